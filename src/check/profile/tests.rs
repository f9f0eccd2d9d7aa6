//! What the rules of aggregators are for: planted faults, and feeds that are as they ask.

use super::Profile;
use crate::check::{Hints, Severity, check, tests::now};

const SPACES: &str = "xmlns:atom=\"http://www.w3.org/2005/Atom\" \
    xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
    xmlns:media=\"http://search.yahoo.com/mrss/\" \
    xmlns:mi=\"http://schemas.ingestion.microsoft.com/common/\" \
    xmlns:snf=\"http://www.smartnews.be/snf\" \
    xmlns:webfeeds=\"http://webfeeds.org/rss/1.0\"";

/// An item as every aggregator wants it: ten lines.
fn item(number: usize) -> String {
    format!(
        "<item>\n<title>A title of some length, number {number}</title><mi:shortTitle>A title</mi:shortTitle>\n\
         <link>https://www.a.example/{number}</link>\n\
         <description>{}</description>\n\
         <guid isPermaLink=\"false\">tag:a.example,2026:{number}</guid>\n\
         <pubDate>Sat, 28 Feb 2026 10:00:00 GMT</pubDate>\n\
         <content:encoded><![CDATA[<p>Words</p>]]></content:encoded>\n\
         <dc:creator>B</dc:creator>\n\
         <enclosure url=\"https://www.a.example/a.jpg\" length=\"9\" type=\"image/jpeg\"/>\n\
         <media:thumbnail url=\"https://www.a.example/a.jpg\" width=\"800\" height=\"600\"/></item>\n",
        "d".repeat(300)
    )
}

/// A feed of thirty items, which begin at line 15.
fn feed() -> String {
    let items: String = (1..=30).map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" {SPACES}>\n<channel>\n\
         <title>A</title>\n<link>https://www.a.example/</link>\n<description>B</description>\n\
         <language>en</language>\n<pubDate>Sat, 28 Feb 2026 10:00:00 GMT</pubDate>\n\
         <atom:link rel=\"self\" href=\"https://a.example/rss.xml\" type=\"application/rss+xml\"/>\n\
         <snf:logo><url>https://a.example/a.png</url></snf:logo>\n\
         <webfeeds:cover image=\"https://a.example/a.png\"/>\n<webfeeds:icon>https://a.example/a.png</webfeeds:icon>\n\
         <webfeeds:logo>https://a.example/a.png</webfeeds:logo>\n<webfeeds:accentColor>00ff00</webfeeds:accentColor>\n\
         {items}</channel>\n</rss>\n"
    )
}

fn found(document: &str, profile: Profile) -> Vec<(&'static str, usize)> {
    let hints = Hints { now: Some(now()), profiles: &[profile], ..Hints::default() };
    let checked = check(document.as_bytes(), &hints);
    let graver = checked.findings.iter().filter(|it| it.rule.severity != Severity::Info);
    graver.map(|it| (it.rule.id, it.place.map_or(0, |place| place.line))).collect()
}

/// Each change of the sound feed must be found at its line.
fn planted(profile: Profile, faults: &[(&'static str, usize, &str, &str)]) {
    assert_eq!(found(&feed(), profile), [], "the feed is sound");
    for (rule, line, from, to) in faults {
        let document = feed().replacen(from, to, 1);
        assert_ne!(document, feed(), "{rule}: `{from}` is there");
        let all = found(&document, profile);
        assert!(all.contains(&(*rule, *line)), "{rule} at {line}: {all:?}");
    }
}

#[test]
fn faults_for_msn() {
    let title =
        "<title>A title of some length, number 1</title><mi:shortTitle>A title</mi:shortTitle>";
    let long = format!("<title>{}</title>", "x".repeat(151));
    let longer = format!("<title>{}</title>", "x".repeat(76));
    let short = title.replace(">A title<", &format!(">{}<", "x".repeat(55)));
    planted(
        Profile::Msn,
        &[
            ("msn/title-length", 16, title, "<title>Short</title>"),
            ("msn/title-length", 16, title, &long),
            ("msn/title-long", 16, title, &longer),
            ("msn/title-html", 16, title, "<title>A &lt;b>title&lt;/b> of some length</title>"),
            ("msn/title-url", 16, title, "<title>A title with https://a.example/</title>"),
            ("msn/short-title", 16, title, &short),
            ("msn/https", 17, "https://www.a.example/1<", "http://www.a.example/1<"),
            ("msn/link-missing", 15, "<link>https://www.a.example/1</link>", ""),
            ("msn/id-missing", 15, "<guid isPermaLink=\"false\">tag:a.example,2026:1</guid>", ""),
            (
                "msn/body-missing",
                15,
                "<content:encoded><![CDATA[<p>Words</p>]]></content:encoded>",
                "",
            ),
            (
                "msn/date",
                20,
                "Sat, 28 Feb 2026 10:00:00 GMT</pubDate>\n<content",
                "Fri, 28 Feb 2025 10:00:00 GMT</pubDate>\n<content",
            ),
            (
                "msn/entry-old",
                20,
                "Sat, 28 Feb 2026 10:00:00 GMT</pubDate>\n<content",
                "Fri, 20 Feb 2026 10:00:00 GMT</pubDate>\n<content",
            ),
            (
                "msn/date",
                20,
                "Sat, 28 Feb 2026 10:00:00 GMT</pubDate>\n<content",
                "yesterday</pubDate>\n<content",
            ),
            (
                "msn/date-zone",
                20,
                "10:00:00 GMT</pubDate>\n<content",
                "10:00:00 -0300</pubDate>\n<content",
            ),
            (
                "msn/language",
                22,
                "<dc:creator>B</dc:creator>",
                "<dc:creator>B</dc:creator><dc:language>es</dc:language>",
            ),
            (
                "msn/short-title-missing",
                15,
                title,
                "<title>A title of some length, number 1</title>",
            ),
            ("msn/short-title-missing", 15, ">A title</mi", "></mi"),
            (
                "msn/credentials",
                17,
                "https://www.a.example/1<",
                "https://me:secret@www.a.example/1<",
            ),
            ("msn/image-size", 23, "length=\"9\"", "length=\"14000001\""),
            ("msn/https", 23, "https://www.a.example/a.jpg", "http://www.a.example/a.jpg"),
            ("msn/https", 5, "<link>https://www.a.example/<", "<link>http://www.a.example/<"),
            (
                "msn/https",
                9,
                "href=\"https://a.example/rss.xml\"",
                "href=\"http://a.example/rss.xml\"",
            ),
            ("msn/title-html", 16, ">A title</mi", ">A &lt;b>title&lt;/b></mi"),
        ],
    );
    let without = feed().replace("<enclosure", "<x").replace("media:thumbnail", "media:keywords");
    assert!(found(&without, Profile::Msn).contains(&("msn/image-missing", 15)));
    let few = feed().replacen(&item(1), "", 1);
    assert!(found(&few, Profile::Msn).contains(&("msn/few-entries", 0)));
    let large = feed().replacen("<p>Words", &format!("<p>{}", "x".repeat(10_000_000)), 1);
    assert!(found(&large, Profile::Msn).contains(&("msn/size", 0)));
    let address = url::Url::parse("http://a:b@a.example/rss.xml").expect("an address");
    let hints = Hints { address: Some(&address), profiles: &[Profile::Msn], ..Hints::default() };
    let rules: Vec<_> =
        check(feed().as_bytes(), &hints).findings.iter().map(|it| it.rule.id).collect();
    assert!(rules.contains(&"msn/credentials") && rules.contains(&"msn/https"));
}

#[test]
fn faults_for_msn_in_html() {
    let body = |inner: &str| format!("<p>Words</p>\n<p>More\n{inner}</p>");
    let deep = format!("{}x{}", "<div>".repeat(10), "</div>".repeat(10));
    planted(
        Profile::Msn,
        &[
            (
                "msn/https",
                23,
                "<p>Words</p>",
                &body("<img src=\"http://www.a.example/b.jpg\" alt=\"b\">"),
            ),
            (
                "msn/embed",
                23,
                "<p>Words</p>",
                &body("<iframe src=\"https://frames.example/x\"></iframe>"),
            ),
            (
                "msn/embed",
                23,
                "<p>Words</p>",
                &body("<iframe src=\"http://www.youtube.com/embed/x\"></iframe>"),
            ),
            ("msn/body-missing", 15, "<p>Words</p>", "<p>&nbsp;<br> \u{200b}</p>"),
            (
                "msn/https",
                23,
                "<p>Words</p>",
                &body("<img src=\" HTTP&#58;//www.a.example/b.jpg\" alt=\"b\">"),
            ),
            (
                "msn/credentials",
                23,
                "<p>Words</p>",
                &body("<a href=\"https://me:secret@a.example/\">there</a>"),
            ),
            ("msn/html-stripped", 23, "<p>Words</p>", &body("<audio></audio>")),
            ("msn/html-stripped", 21, "<p>Words</p>", "<p>Words<audio></audio></p>"),
            ("msn/inline-style", 21, "<p>Words</p>", "<p style=\"color: red\">Words</p>"),
            ("msn/repeated-breaks", 22, "<p>Words</p>", "<p>Words<br>\n<br></p>"),
            ("msn/nesting", 21, "<p>Words</p>", &deep),
            (
                "msn/html-stripped",
                21,
                "<p>Words</p>",
                "<figure><img src=\"https://www.a.example/b.jpg\" alt=\"b\"></figure>",
            ),
            (
                "msn/repeated-breaks",
                21,
                "<p>Words</p>",
                "<p>Words<b>x<br></b>&nbsp;<!-- a --><i><br></i></p>",
            ),
            (
                "msn/https",
                21,
                "<p>Words</p>",
                "<p>Words<img src=\"https://www.a.example/b.jpg\" srcset=\"https://www.a.example/c.jpg 1x, http://www.a.example/d.jpg 2x\" alt=\"b\"></p>",
            ),
            (
                "msn/https",
                21,
                "<p>Words</p>",
                "<p>Words<img src=\"data:image/gif;base64,AA\" alt=\"b\"></p>",
            ),
            (
                "msn/credentials",
                21,
                "<p>Words</p>",
                "<p><a href=\"https://a.example/?q=1&amp;Password=x\">a</a></p>",
            ),
        ],
    );
}

#[test]
fn faults_for_flipboard() {
    let body = "<content:encoded><![CDATA[<p>Words</p>]]></content:encoded>";
    planted(
        Profile::Flipboard,
        &[
            ("flipboard/channel", 3, "<language>en</language>", ""),
            ("flipboard/item", 15, "<guid isPermaLink=\"false\">tag:a.example,2026:1</guid>", ""),
            (
                "flipboard/date-zone",
                20,
                "10:00:00 GMT</pubDate>\n<content",
                "10:00:00</pubDate>\n<content",
            ),
            ("flipboard/author-missing", 15, "<dc:creator>B</dc:creator>", ""),
            ("flipboard/image-missing", 15, "type=\"image/jpeg\"", "type=\"audio/mpeg\""),
            ("flipboard/image-small", 24, "height=\"600\"", "height=\"400\""),
            ("flipboard/text-missing", 15, body, ""),
            (
                "flipboard/other-host",
                17,
                "https://www.a.example/1<",
                "https://www.other.example/1<",
            ),
        ],
    );
    let short = feed().replacen(&"d".repeat(300), "d", 1).replacen(body, "", 1);
    assert!(found(&short, Profile::Flipboard).contains(&("flipboard/description-short", 15)));
    let marked = feed().replacen(&"d".repeat(300), &"&lt;b>d&lt;/b>".repeat(150), 1);
    assert!(found(&marked, Profile::Flipboard).contains(&("flipboard/description-short", 15)));
    let few = feed().replacen(&item(1), "", 1);
    assert!(found(&few, Profile::Flipboard).contains(&("flipboard/few-entries", 0)));
}

#[test]
fn faults_for_smartnews() {
    let long = format!("<description>{}</description>", "x".repeat(31));
    planted(
        Profile::SmartNews,
        &[
            ("smartnews/channel", 3, "<language>en</language>", ""),
            ("smartnews/description-long", 6, "<description>B</description>", &long),
            ("smartnews/item", 15, "<link>https://www.a.example/1</link>", ""),
            (
                "smartnews/logo-missing",
                3,
                "<snf:logo><url>https://a.example/a.png</url></snf:logo>",
                "",
            ),
            (
                "smartnews/logo-missing",
                3,
                "<url>https://a.example/a.png</url>",
                "https://a.example/a.png",
            ),
            (
                "smartnews/text-missing",
                15,
                "<content:encoded><![CDATA[<p>Words</p>]]></content:encoded>",
                "",
            ),
            ("smartnews/thumbnail-missing", 15, "media:thumbnail", "media:player"),
            (
                "smartnews/guid-or-date-missing",
                15,
                "<guid isPermaLink=\"false\">tag:a.example,2026:1</guid>",
                "",
            ),
            ("smartnews/utf8", 0, "encoding=\"utf-8\"", "encoding=\"iso-8859-1\""),
        ],
    );
    let large = feed().replacen("<p>Words", &format!("<p>{}", "x".repeat(1_000_000)), 1);
    assert!(found(&large, Profile::SmartNews).contains(&("smartnews/size", 0)));
}

#[test]
fn faults_for_feedly() {
    planted(
        Profile::Feedly,
        &[
            ("feedly/cover-missing", 3, "<webfeeds:cover image=\"https://a.example/a.png\"/>", ""),
            (
                "feedly/cover-missing",
                11,
                "https://a.example/a.png\"/>\n<webfeeds:icon",
                "/a.png\"/>\n<webfeeds:icon",
            ),
            ("feedly/accent-color", 14, ">00ff00<", ">green<"),
            (
                "feedly/related",
                14,
                "<webfeeds:accentColor>00ff00</webfeeds:accentColor>",
                "<webfeeds:related layout=\"list\"/>",
            ),
        ],
    );
}

#[test]
fn faults_for_google_news() {
    assert!(found(&feed(), Profile::GoogleNews).contains(&("google-news/not-a-sitemap", 0)));
    let story = "<url><loc>https://a.example/1</loc>\n<news:news><news:publication>\
        <news:name>A</news:name><news:language>pt</news:language></news:publication>\
        <news:publication_date>2026-03-01T10:00:00Z</news:publication_date>\n\
        <news:title>B</news:title></news:news></url>";
    let sitemap = crate::check::tests::sitemap(story);
    assert_eq!(found(&sitemap, Profile::GoogleNews), []);
    let plain = crate::check::tests::sitemap("<url><loc>https://a.example/1</loc></url>");
    assert_eq!(found(&plain, Profile::GoogleNews)[0].0, "google-news/no-news");
    let named = sitemap.replace(">B<", ">B - A<");
    assert_eq!(found(&named, Profile::GoogleNews), [("google-news/title-extra", 5)]);
    for (title, is_dated) in [
        ("B - March 1, 2026", true),
        ("B (2026-03-01)", true),
        ("B 2026-03-01", true),
        ("1 March 2026: B", true),
        ("B since 1 March 2026", false),
        ("B - February 27, 2026", false),
        ("1 March 2026", false),
    ] {
        let dated = sitemap.replace(">B<", &format!(">{title}<"));
        let expected = [("google-news/title-date", 5)];
        assert_eq!(
            found(&dated, Profile::GoogleNews),
            expected[..usize::from(is_dated)],
            "{title}"
        );
    }
    assert_eq!(found(&sitemap, Profile::Msn), [("profile/format", 0)]);
}
