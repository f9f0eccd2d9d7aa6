//! Rules of values: dates, addresses, languages, HTML.

use super::{channel, checked, entry, item, planted};

#[test]
fn faults_of_dates() {
    planted(
        item,
        10,
        &[
            ("date/rfc822", 1, "<pubDate>2026-01-31</pubDate>"),
            ("date/rfc822", 2, "<pubDate>\nSat, 31 Feb 2026 10:00:00 GMT</pubDate>"),
            ("date/weekday", 1, "<pubDate>Sun, 31 Jan 2026 10:00:00 GMT</pubDate>"),
            ("date/rfc822-unusual", 1, "<pubDate>31 Jan 26 10:00:00 GMT</pubDate>"),
            ("date/implausible", 1, "<pubDate>Wed, 31 Jan 2035 10:00:00 GMT</pubDate>"),
            ("date/w3c", 1, "<dc:date>31 January</dc:date>"),
        ],
    );
    planted(entry, 9, &[("date/rfc3339", 1, "<updated>2026-01-31</updated>")]);
}

#[test]
fn faults_of_addresses() {
    planted(
        item,
        10,
        &[
            ("address/not-absolute", 1, "<link>/a.html</link>"),
            ("address/character", 1, "<link>https://a.example/a b</link>"),
            ("address/not-ascii", 1, "<link>https://a.example/é</link>"),
            ("address/scheme", 1, "<link>nonsense:a</link>"),
        ],
    );
    planted(
        entry,
        9,
        &[
            ("address/tag", 1, "<id>tag:a.example:1</id>"),
            ("address/urn", 1, "<id>urn:uuid:1</id>"),
            ("address/invalid", 1, "<link href=\"http:///a\"/>"),
        ],
    );
}

#[test]
fn faults_of_words() {
    planted(channel, 9, &[("value/language", 1, "<dc:language>klingonese</dc:language>")]);
    planted(entry, 9, &[("value/language", 1, "<title xml:lang=\"en_US\">x</title>")]);
}

#[test]
fn faults_of_html() {
    planted(
        item,
        10,
        &[
            ("html/in-text", 1, "<category>a &lt;b>c&lt;/b></category>"),
            ("html/character-data", 1, "<category>the &lt;blink tag</category>"),
            ("html/not-html", 2, "<description>\n&lt;b>a</description>"),
            (
                "html/element-dangerous",
                3,
                "<description><![CDATA[\n<p>\n<iframe></iframe></p>]]></description>",
            ),
            (
                "html/attribute-dangerous",
                1,
                "<description>&lt;p onclick=\"x\">a&lt;/p></description>",
            ),
            (
                "html/style-dangerous",
                1,
                "<description>&lt;p style=\"position:fixed\">a&lt;/p></description>",
            ),
            (
                "html/address-relative",
                2,
                "<description>a\n&lt;a href=\"/a\">b&lt;/a></description>",
            ),
        ],
    );
}

#[test]
fn a_feed_without_a_language_is_remarked() {
    let document = channel("").replace("<language>en</language>", "");
    let remarks = checked(&document).findings;
    assert!(remarks.iter().any(|finding| finding.rule.id == "feed/language-missing"));
}
