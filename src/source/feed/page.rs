//! HTML pages that come where a feed was expected, and the feeds that they name.
//!
//! # Limits
//! - Looked for are `link` elements of the first 512 KiB; no more than 16 feeds are named.

use quick_xml::events::BytesStart;
use url::Url;

use super::references::Entities;

const MAX_LOOKED_AT: usize = 512 * 1024;
const MAX_FEEDS: usize = 16;
/// No tag that matters is longer.
const LONGEST_TAG: usize = 4096;

const ROOTS: [&str; 4] = ["rss", "rdf", "feed", "channel"];

/// Where the feed begins: at its root, behind what a program said before it. None where no root is
/// found, or none that says more than its name in what looks like a page.
pub(super) fn feed_start(text: &str) -> Option<usize> {
    let head = &text[..text.floor_char_boundary(MAX_LOOKED_AT)];
    let (mut first, mut in_page) = (true, false);
    let mut rest = head;
    // The document type, whose entities count.
    let mut doctype = None;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        rest = &rest[at + 1..];
        let start = head.len() - rest.len() - 1;
        if rest.starts_with("!--") {
            rest = rest.split_once("-->").map_or("", |(_, rest)| rest);
        } else if starts_alike(rest, "!doctype") {
            let is_html = starts_alike(rest[8..].trim_start(), "html");
            in_page |= is_html;
            doctype = doctype.or(Some(start)).filter(|_| !is_html);
            rest = behind_doctype(rest);
        } else if rest.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_') {
            let name = name(rest);
            let local = name.rsplit(':').next().unwrap_or(name);
            let is_root = ROOTS.iter().any(|root| local.eq_ignore_ascii_case(root));
            let says_more = || {
                let tag = &rest[..rest.floor_char_boundary(LONGEST_TAG)];
                let tag = tag.split('>').next().unwrap_or_default();
                tag.contains("xmlns") || tag.contains("version")
            };
            if is_root && (!in_page || says_more()) {
                return Some(doctype.unwrap_or(start));
            }
            if first && !is_html(local) {
                return None;
            }
            in_page |= local.eq_ignore_ascii_case("html");
            first = false;
        }
    }
    None
}

/// Whether the first element is one of HTML.
pub(super) fn is_page(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        rest = &rest[at + 1..];
        if rest.starts_with("!--") {
            rest = rest.split_once("-->").map_or("", |(_, rest)| rest);
        } else if starts_alike(rest, "!doctype") {
            if starts_alike(rest[8..].trim_start(), "html") {
                return true;
            }
            rest = behind_doctype(rest);
        } else if rest.starts_with(|it: char| it.is_ascii_alphabetic()) {
            return is_html(name(rest));
        }
    }
    false
}

fn starts_alike(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// What follows `!DOCTYPE … >` or `!DOCTYPE … [ … ]>`.
fn behind_doctype(text: &str) -> &str {
    let end = match text.find(['[', '>']) {
        Some(at) if text[at..].starts_with('[') => {
            text[at..].find("]>").map_or(text.len(), |end| at + end)
        }
        Some(at) => at,
        None => text.len(),
    };
    &text[end..]
}

fn name(text: &str) -> &str {
    let end = text.find(|it: char| it.is_whitespace() || matches!(it, '>' | '/'));
    &text[..end.unwrap_or(text.len())]
}

/// Whether a root element of that name is that of an HTML page.
fn is_html(local: &str) -> bool {
    const NAMES: [&str; 22] = [
        "html", "head", "body", "title", "meta", "link", "script", "style", "base", "div", "p",
        "br", "b", "h1", "h2", "center", "font", "table", "span", "a", "pre", "main",
    ];
    NAMES.iter().any(|name| local.eq_ignore_ascii_case(name))
}

/// The addresses of the feeds that a page names (`<link rel="alternate" type="application/…">`).
pub(super) fn feeds(html: &str, address: Option<&Url>) -> Vec<String> {
    let html = &html[..html.floor_char_boundary(MAX_LOOKED_AT)];
    let mut entities = Entities::default();
    let mut base = address.cloned();
    let mut feeds = Vec::new();
    for start in memchr::memchr_iter(b'<', html.as_bytes()) {
        let rest = &html[start + 1..];
        let rest = &rest[..rest.floor_char_boundary(LONGEST_TAG)];
        let is_named = |name: &str| {
            rest.get(..name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name))
                && rest[name.len()..].starts_with(|it: char| it.is_ascii_whitespace() || it == '/')
        };
        let (is_link, is_base) = (is_named("link"), is_named("base"));
        let Some(end) = rest.find('>').filter(|_| is_link || is_base) else { continue };
        let tag = BytesStart::from_content(rest[..end].trim_end_matches('/'), 4);
        let mut attributes = Vec::new();
        for attribute in tag.html_attributes().with_checks(false).flatten().take(16) {
            let name = attribute.key.as_ref().to_ascii_lowercase();
            attributes.push((name, entities.resolved(&attribute.value)));
        }
        let value = |name: &str| {
            attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.trim())
        };
        let Some(href) = value("href").filter(|href| !href.is_empty()) else { continue };
        let absolute = match &base {
            Some(base) => base.join(href).ok(),
            None => Url::parse(href).ok(),
        };
        if is_base {
            base = absolute.or(base);
        } else if value("rel").is_some_and(is_alternate) && value("type").is_some_and(is_feed) {
            let feed = absolute.map_or_else(|| href.to_owned(), String::from);
            if !feeds.contains(&feed) {
                feeds.push(feed);
            }
            if feeds.len() == MAX_FEEDS {
                break;
            }
        }
    }
    feeds
}

fn is_alternate(rel: &str) -> bool {
    let is =
        |word: &str| word.eq_ignore_ascii_case("alternate") || word.eq_ignore_ascii_case("feed");
    rel.split_whitespace().any(is)
}

fn is_feed(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(
        kind.as_str(),
        "application/rss+xml"
            | "application/atom+xml"
            | "application/rdf+xml"
            | "application/feed+json"
            | "application/xml"
            | "text/xml"
    )
}
