//! Atom 1.0 (RFC 4287) and its draft 0.3, and tombstones (RFC 6721).
//!
//! # Promises
//! - One address of several alternates: that of an HTML page before others, then the first.
//! - An entry without an author has none here; that of the feed counts then (§4.2.1).
//!
//! # Limits
//! - Content that stands elsewhere (`src`), in base64 or in another vocabulary than HTML is left
//!   out.

use super::{
    FeedKind, ReadCategory, ReadEntry, ReadFeed, ReadTombstone, dates, guid_of, media, people,
    xml::{
        Element,
        Space::{self, Atom, Plain, Tombstones},
    },
};
use crate::{
    story::Person,
    text::{one_line, plain_text, plain_to_html},
};

/// The feed, or the entry that stands alone.
pub(super) fn read(root: &Element) -> ReadFeed {
    // A feed that forgot its namespace.
    let space = if root.space == Plain { Plain } else { Atom };
    let alone = root.local.eq_ignore_ascii_case("entry").then_some(root);
    ReadFeed {
        kind: FeedKind::Atom,
        title: title(root, space),
        link: alternate(root, space),
        updated: date(root, space, &["updated", "modified"]),
        authors: authors(root, space),
        entries: root
            .all(space, "entry")
            .chain(alone)
            .filter(|entry| entry.whole)
            .map(|element| entry(element, space))
            .collect(),
        tombstones: tombstones(root),
        ..ReadFeed::default()
    }
}

fn entry(element: &Element, space: Space) -> ReadEntry {
    let url = alternate(element, space);
    let title = title(element, space);
    let content = element.all(space, "content").find(|content| construct(content).is_some());
    ReadEntry {
        guid: guid_of(element.text_of(space, "id"), url.as_ref(), &title),
        url,
        published: date(element, space, &["published", "issued", "created", "pubDate"]),
        updated: date(element, space, &["updated", "modified"]),
        summary: element.all(space, "summary").find_map(|summary| {
            let html = match construct(summary)? {
                Construct::Plain(text) => html_escape::encode_text(&text).into_owned(),
                Construct::Html(html) => html,
            };
            (!html.is_empty()).then_some(html)
        }),
        content_html: content.and_then(construct).map(|content| match content {
            Construct::Plain(text) => plain_to_html(&text),
            Construct::Html(html) => html,
        }),
        base: content.unwrap_or(element).base(),
        authors: authors(element, space),
        categories: element.all(space, "category").filter_map(category).collect(),
        image: media::image(element),
        enclosures: media::enclosures(element),
        title,
        ..ReadEntry::default()
    }
}

/// What a text construct holds (§3.1).
enum Construct {
    Plain(String),
    Html(String),
}

/// None where it is empty or no text at all.
fn construct(element: &Element) -> Option<Construct> {
    let kind = element.attribute("type").unwrap_or("text").to_ascii_lowercase();
    let mode = element.attribute("mode").unwrap_or_default().to_ascii_lowercase();
    let has_elements = element.children().next().is_some();
    let html = match kind.as_str() {
        _ if mode == "base64" => return None,
        "xhtml" | "application/xhtml+xml" => Some(inside_div(element)),
        kind if kind.contains("html") => Some(element.html()),
        // Not escaped though it should be; or XML, which Atom 0.3 has HTML in.
        "text" | "text/plain" | "text/xml" | "application/xml" if has_elements => {
            Some(inside_div(element))
        }
        "text" | "text/plain" => None,
        _ => return None,
    };
    let construct = match html {
        Some(html) => Construct::Html(html),
        None => Construct::Plain(element.text()),
    };
    let (Construct::Html(text) | Construct::Plain(text)) = &construct;
    (!text.is_empty()).then_some(construct)
}

/// The markup without the `div` that §3.1.1.3 asks for.
fn inside_div(element: &Element) -> String {
    let mut children = element.children();
    match (children.next(), children.next()) {
        (None, _) => element.text(),
        (Some(div), None) if div.local.eq_ignore_ascii_case("div") => div.markup(),
        _ => element.markup(),
    }
}

fn title(element: &Element, space: Space) -> String {
    match element.all(space, "title").find_map(construct) {
        Some(Construct::Plain(text)) => one_line(&text),
        Some(Construct::Html(html)) => plain_text(&html),
        None => String::new(),
    }
}

fn date(element: &Element, space: Space, names: &[&str]) -> Option<chrono::DateTime<chrono::Utc>> {
    names.iter().find_map(|name| dates::read(&element.text_of(space, name)?))
}

/// The names of the authors of a feed, an entry or an RSS item.
pub(super) fn authors(element: &Element, space: Space) -> Vec<Person> {
    let name = |author: &Element| {
        let (name, email) = (author.text_of(space, "name"), author.text_of(space, "email"));
        // Some write the name right into it.
        let written = || if email.is_none() { author.text() } else { String::new() };
        let name = plain_text(&name.unwrap_or_else(written));
        let url = author.text_of(space, "uri").or_else(|| author.text_of(space, "url"));
        Person { name, email, url: url.map(|url| author.absolute(&url)) }
    };
    people::distinct(element.all(space, "author").map(name).collect())
}

fn category(category: &Element) -> Option<ReadCategory> {
    let attribute = |name| category.attribute(name).map(plain_text);
    let text = category.text();
    let term = attribute("term").or_else(|| (!text.is_empty()).then(|| plain_text(&text)))?;
    let label = attribute("label").filter(|label| *label != term);
    Some(ReadCategory { term, label, scheme: attribute("scheme") })
}

/// The address of the page that a feed, an entry or a channel stands for.
pub(super) fn alternate(element: &Element, space: Space) -> Option<String> {
    let links: Vec<_> =
        element.all(space, "link").filter(|it| it.attribute("href").is_some()).collect();
    let rel = |link: &Element| link.attribute("rel").map(str::to_ascii_lowercase);
    let is = |link: &Element, wanted: &str| match rel(link) {
        None => wanted == "alternate",
        Some(rel) => rel == wanted || rel.ends_with(&format!("/relation/{wanted}")),
    };
    let is_page = |link: &Element| link.attribute("type").is_none_or(|kind| kind.contains("html"));
    let alternates = || links.iter().filter(|link| is(link, "alternate"));
    let chosen = alternates()
        .find(|link| is_page(link))
        .or_else(|| alternates().next())
        .or_else(|| links.iter().find(|link| is(link, "self") && space_of_entry(element)))?;
    chosen.attribute("href").map(|href| chosen.absolute(href))
}

/// Whether `rel="self"` may stand for an address: that of a feed is the feed's own.
fn space_of_entry(element: &Element) -> bool {
    element.local.eq_ignore_ascii_case("entry")
}

/// The entries that a feed or channel says were taken back.
pub(super) fn tombstones(element: &Element) -> Vec<ReadTombstone> {
    let deleted = element.all(Tombstones, "deleted-entry");
    let tombstone = |deleted: &Element| {
        let guid = deleted.attribute("ref")?.to_owned();
        Some(ReadTombstone { guid, when: deleted.attribute("when").and_then(dates::read) })
    };
    deleted.filter_map(tombstone).collect()
}
