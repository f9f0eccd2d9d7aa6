//! What the rules are for: planted faults, each found at its line; and what is sound has none.

mod atom;
mod hostile;
mod rss;
mod values;
mod xml;

use chrono::{DateTime, Utc};

use super::{Checked, Hints, Severity, check};

/// The present of these tests.
pub(super) fn now() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().expect("an instant")
}

pub(super) fn checked(document: &str) -> Checked {
    let hints = Hints { now: Some(now()), ..Hints::default() };
    check(document.as_bytes(), &hints)
}

/// Rules and lines of what was found; remarks are left out.
pub(super) fn found(document: &str) -> Vec<(&'static str, usize)> {
    let of = |checked: &Checked| -> Vec<(&'static str, usize)> {
        let graver = checked.findings.iter().filter(|it| it.rule.severity != Severity::Info);
        graver.map(|it| (it.rule.id, it.place.map_or(0, |place| place.line))).collect()
    };
    of(&checked(document))
}

/// Each fault must be found at its line; `wrap` puts it into a sound document, in which its first
/// line is the line `first`.
pub(super) fn planted(
    wrap: fn(&str) -> String,
    first: usize,
    faults: &[(&'static str, usize, &str)],
) {
    for (rule, line, fault) in faults {
        let document = wrap(fault);
        let expected = (*rule, first + line - 1);
        let all = found(&document);
        assert!(all.contains(&expected), "{rule} at {}: {all:?} in\n{document}", expected.1);
    }
}

const SPACES: &str = "xmlns:atom=\"http://www.w3.org/2005/Atom\" \
    xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
    xmlns:media=\"http://search.yahoo.com/mrss/\" \
    xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
    xmlns:sy=\"http://purl.org/rss/1.0/modules/syndication/\" \
    xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\" \
    xmlns:wfw=\"http://wellformedweb.org/CommentAPI/\" \
    xmlns:geo=\"http://www.w3.org/2003/01/geo/wgs84_pos#\" \
    xmlns:xhtml=\"http://www.w3.org/1999/xhtml\"";

/// A channel of RSS with these lines in it, from line 9 on; then comes a sound item.
pub(super) fn channel(lines: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" {SPACES}>\n<channel>\n\
         <title>A</title>\n<link>https://a.example/</link>\n<description>B</description>\n\
         <language>en</language>\n\
         <atom:link rel=\"self\" href=\"https://a.example/rss.xml\" type=\"application/rss+xml\"/>\n\
         {lines}\n<item>\n<title>C</title>\n<guid isPermaLink=\"false\">tag:a.example,2026:1</guid>\n\
         </item>\n</channel>\n</rss>\n"
    )
}

/// A feed of RSS with these lines in its item, from line 10 on.
pub(super) fn item(lines: &str) -> String {
    let guid = match lines.contains("guid") {
        true => "",
        false => "<guid isPermaLink=\"false\">tag:a.example,2026:1</guid>",
    };
    let whole = channel("");
    let (head, _) = whole.split_once("\n\n<item>").expect("an item");
    format!("{head}\n<item>\n{lines}\n<title>C</title>{guid}\n</item>\n</channel>\n</rss>\n")
}

/// A feed of Atom with these lines in it, from line 8 on; then comes a sound entry.
pub(super) fn feed(lines: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:thr=\"http://purl.org/syndication/thread/1.0\" \
         xmlns:fh=\"http://purl.org/syndication/history/1.0\" xml:lang=\"en\">\n\
         <title>A</title>\n<id>tag:a.example,2026:feed</id>\n\
         <updated>2026-01-31T10:00:00Z</updated>\n<author><name>B</name></author>\n\
         <link rel=\"self\" href=\"https://a.example/atom.xml\"/>\n\
         {lines}\n<entry>\n<title>C</title>\n<id>tag:a.example,2026:1</id>\n\
         <updated>2026-01-31T10:00:00Z</updated>\n<content>D</content>\n</entry>\n</feed>\n"
    )
}

/// A feed of Atom with these lines in an entry, from line 9 on; what is in them is not there twice.
pub(super) fn entry(lines: &str) -> String {
    let parts = [
        ("<title", "<title>C</title>"),
        ("<id", "<id>tag:a.example,2026:1</id>"),
        ("<updated", "<updated>2026-01-31T11:00:00Z</updated>"),
        ("<content", "<content>D</content>"),
    ];
    let rest: String =
        parts.iter().filter(|(name, _)| !lines.contains(name)).map(|(_, part)| *part).collect();
    let whole = feed("");
    let (head, _) = whole.split_once("\n\n<entry>").expect("an entry");
    format!("{head}\n<entry>\n{lines}\n{rest}\n</entry>\n</feed>\n")
}

/// A list of subscriptions with these lines in its body, from line 4 on.
pub(super) fn outlines(lines: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">\n\
         <head><title>A</title></head><body>\n{lines}\n</body>\n</opml>\n"
    )
}

/// A news sitemap with these lines, from line 3 on.
pub(super) fn sitemap(lines: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">\n{lines}\n</urlset>\n"
    )
}

/// A document as it is.
pub(super) fn bare(document: &str) -> String {
    document.to_owned()
}

#[test]
fn what_is_sound_has_no_fault() {
    let story = "<url><loc>https://a.example/1</loc>\n<news:news><news:publication>\
        <news:name>A</news:name><news:language>pt</news:language></news:publication>\
        <news:publication_date>2026-03-01T10:00:00Z</news:publication_date>\
        <news:title>B</news:title></news:news></url>";
    let line =
        "<outline text=\"A\" type=\"rss\" title=\"A\" xmlUrl=\"https://a.example/rss.xml\"/>";
    for document in [channel(""), item(""), feed(""), entry(""), outlines(line), sitemap(story)] {
        assert_eq!(found(&document), [], "{document}");
    }
}

#[test]
fn every_rule_has_its_planted_fault() {
    let tests = [
        include_str!("atom.rs"),
        include_str!("rss.rs"),
        include_str!("values.rs"),
        include_str!("xml.rs"),
        include_str!("../http.rs"),
        include_str!("../json/tests.rs"),
        include_str!("../polls.rs"),
        include_str!("../profile/tests.rs"),
        include_str!("../xml/tests.rs"),
    ]
    .concat();
    let untested = super::rules().into_iter().map(|rule| rule.id);
    let untested: Vec<_> = untested.filter(|id| !tests.contains(&format!("\"{id}\""))).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn no_two_rules_share_an_id_and_none_says_nothing() {
    let rules = super::rules();
    let mut ids: Vec<_> = rules.iter().map(|rule| rule.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), rules.len());
    for rule in rules {
        for text in [rule.title, rule.why, rule.fix, rule.source] {
            assert!(
                !text.is_empty() && !text.ends_with('.') || text.ends_with("`."),
                "{}",
                rule.id
            );
        }
    }
}

#[test]
fn the_page_about_checks_lists_every_rule() {
    let page = include_str!("../../../docs/check.md");
    let (_, rules) = page.split_once("## Rules").expect("a list of rules");
    let rows: Vec<&str> = rules.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = super::rules()
        .iter()
        .map(|rule| {
            let source = rule.source.replace('<', "\\<");
            let (id, severity, title) = (rule.id, rule.severity.as_str(), rule.title);
            format!("| `{id}` | {severity} | {title} | {source} |")
        })
        .collect();
    let missing: Vec<_> = expected.iter().filter(|row| !rows.contains(&row.as_str())).collect();
    assert!(missing.is_empty(), "add to docs/check.md:\n{missing:#?}");
    let stale: Vec<_> = rows.iter().filter(|row| !expected.iter().any(|it| it == *row)).collect();
    assert!(stale.is_empty(), "in docs/check.md alone:\n{stale:#?}");
}
