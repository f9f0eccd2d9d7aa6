//! Rules of Atom, of its links, and of feed history.

use url::Url;

use super::{bare, entry, feed, found, now, planted};
use crate::check::{Hints, check};

#[test]
fn faults_of_a_feed() {
    planted(
        feed,
        8,
        &[
            ("feed/element-unknown", 1, "<published>2026-01-31T10:00:00Z</published>"),
            ("feed/element-vocabulary-unclear", 1, "<x xmlns=\"\"/>"),
            (
                "atom/alternate-repeated",
                2,
                "<link href=\"https://a.example/\"/>\n<link href=\"https://b.example/\"/>",
            ),
            ("feed/self-relative", 1, "<link rel=\"self\" href=\"/atom.xml\"/>"),
            (
                "feed/self-type",
                1,
                "<link rel=\"self\" type=\"text/html\" href=\"https://a.example/\"/>",
            ),
            (
                "history/complete-paged",
                1,
                "<link rel=\"next\" href=\"https://a.example/2\"/><fh:complete/>",
            ),
            (
                "history/complete-current",
                1,
                "<link rel=\"current\" href=\"https://a.example/2\"/><fh:complete/>",
            ),
            ("history/archive-alone", 1, "<fh:archive/>"),
            ("history/current-missing", 1, "<fh:archive/>"),
            (
                "history/past-end",
                2,
                "<link rel=\"first\" href=\"https://a.example/atom.xml\"/>\n<link rel=\"previous\" href=\"https://a.example/0\"/>",
            ),
            ("atom/prefix-avoided", 1, "<x:y xmlns:x=\"http://www.w3.org/1999/xhtml\"/>"),
        ],
    );
    let late = feed("").replace("</feed>", "<subtitle>x</subtitle></feed>");
    assert!(found(&late).contains(&("atom/metadata-late", 15)));
    let with = |from: &str, to: &str| found(&feed("").replace(from, to));
    assert!(with("<title>A</title>\n", "").contains(&("atom/title-missing", 2)));
    assert!(with("<id>tag:a.example,2026:feed</id>\n", "").contains(&("atom/id-missing", 2)));
    assert!(with("rel=\"self\"", "rel=\"related\"").contains(&("atom/self-missing", 2)));
    assert!(with("<author><name>B</name></author>", "").contains(&("atom/author-missing", 9)));
    assert!(
        with("<author><name>B</name></author>", "<author/>").contains(&("feed/element-missing", 6))
    );
    assert!(with("<name>B<", "<name>B &lt;b@c.example><").contains(&("atom/mail-in-name", 6)));
}

#[test]
fn faults_of_an_entry() {
    planted(
        entry,
        9,
        &[
            ("atom/updated-missing", 0, "<!-- <updated -->"),
            ("atom/content-missing", 0, "<!-- <content -->"),
            ("atom/text-missing", 0, "<!-- <content -->"),
            (
                "atom/summary-missing",
                0,
                "<content src=\"https://a.example/a.pdf\" type=\"application/pdf\"/>",
            ),
            ("atom/type-missing", 1, "<content src=\"https://a.example/a.pdf\"/>"),
            ("atom/href-missing", 1, "<link/>"),
            ("atom/link-text", 1, "<link href=\"https://a.example/\">words</link>"),
            ("atom/rel-unregistered", 1, "<link rel=\"friend\" href=\"https://a.example/\"/>"),
            ("history/link-in-entry", 1, "<link rel=\"next\" href=\"https://a.example/\"/>"),
            ("websub/hub-in-entry", 1, "<link rel=\"hub\" href=\"https://a.example/\"/>"),
            (
                "atom/thread-when",
                1,
                "<link rel=\"replies\" thr:when=\"2026-01-31T10:00:00Z\" href=\"https://a.example/\"/>",
            ),
            ("feed/attribute-blank", 1, "<link title=\"\" href=\"https://a.example/\"/>"),
            ("atom/source-incomplete", 1, "<source><title>x</title></source>"),
            ("atom/text-type", 1, "<title type=\"text/html\">x</title>"),
            ("atom/xhtml-div", 1, "<content type=\"xhtml\">words</content>"),
            ("atom/base64", 1, "<content type=\"image/png\">abc</content>"),
            ("atom/mode", 1, "<content type=\"application/xml\" mode=\"escaped\"><x/></content>"),
            (
                "atom/markup-twice",
                1,
                "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">a &lt;b>c&lt;/b></div></content>",
            ),
            ("html/undeclared", 1, "<title>a &lt;b>c&lt;/b></title>"),
            ("html/fragment", 1, "<content type=\"text/html\">&lt;p>x&lt;/p></content>"),
            (
                "html/element-dangerous",
                2,
                "<content type=\"html\">a\n&lt;script>b&lt;/script></content>",
            ),
            (
                "html/element-dangerous",
                1,
                "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><iframe/></div></content>",
            ),
            (
                "html/attribute-dangerous",
                1,
                "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p onclick=\"x\"/></div></content>",
            ),
            ("feed/space-unexpected", 1, "<id> tag:a.example,2026:1</id>"),
            ("feed/space-unexpected", 1, "<author><name>A</name><uri> </uri></author>"),
            ("address/not-canonical", 1, "<id>HTTP://a.example/</id>"),
            (
                "atom/updated-repeated",
                7,
                "<updated>2026-01-30T10:00:00Z</updated>\n<title>x</title><id>tag:a.example,2026:2</id></entry>\n\n\n<entry>\n\n<title>y</title><updated>2026-01-30T10:00:00Z</updated>",
            ),
            (
                "atom/id-repeated",
                2,
                "<id>tag:a.example,2026:1</id></entry><entry>\n<id>tag:a.example,2026:1</id>",
            ),
        ],
    );
}

#[test]
fn all_entries_with_one_id() {
    let one = "<entry><title>C</title><id>tag:a.example,2026:1</id>\
        <updated>2026-01-31T10:00:00Z</updated><content>D</content></entry>\n";
    let all = found(&feed(&one.repeat(10)));
    assert!(all.contains(&("atom/ids-equal", 2)));
    assert!(!all.iter().any(|(rule, _)| *rule == "atom/id-repeated"));
}

#[test]
fn faults_of_whole_feeds_of_atom() {
    planted(
        bare,
        1,
        &[
            ("feed/namespace-missing", 2, "\n<feed/>"),
            ("feed/namespace-wrong", 2, "\n<feed xmlns=\"http://www.w3.org/2005/atom\"/>"),
            (
                "feed/namespace-obsolete",
                2,
                "\n<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\"/>",
            ),
        ],
    );
}

#[test]
fn the_self_link_must_name_where_the_feed_is() {
    let rules = |address: &str| -> Vec<&'static str> {
        let address = Url::parse(address).expect("an address");
        let hints = Hints { address: Some(&address), now: Some(now()), ..Hints::default() };
        let checked = check(feed("").as_bytes(), &hints);
        checked.findings.iter().map(|finding| finding.rule.id).collect()
    };
    assert_eq!(rules("https://a.example/atom.xml"), [""; 0]);
    assert_eq!(rules("https://A.example:443/atom.xml"), [""; 0]);
    assert_eq!(rules("https://b.example/atom.xml"), ["feed/self-differs"]);
}
