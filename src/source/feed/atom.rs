//! Atom 1.0 (RFC 4287) and its draft 0.3, and tombstones (RFC 6721).
//!
//! # Promises
//! - One address of several alternates: that of an HTML page before others, of these the last.
//! - An entry without an author has none here; that of the feed counts then (§4.2.1).
//!
//! # Limits
//! - Content that stands elsewhere (`src`), or that is neither text nor HTML, is left out.

use super::{
    FeedKind, ReadEntry, ReadFeed, ReadTombstone, base64,
    dates::Dates,
    element::Element,
    elements, guid_of, media, people,
    space::Space::{Atom, DublinCore, Tombstones},
};
use crate::{
    story::Origin,
    text::{one_line, plain_text, plain_to_html},
};

/// What stands beside the entries.
pub(super) fn feed(root: &Element) -> ReadFeed {
    let mut dates = Dates::of(root);
    ReadFeed {
        kind: FeedKind::Atom,
        title: title(root),
        link: alternate(root),
        updated: dates.core(&["updated", "modified"]),
        authors: people::authors(root),
        tombstones: tombstones(root),
        ..elements::of_feed(root)
    }
}

/// An `entry`.
pub(super) fn entry(element: &Element) -> ReadEntry {
    let id = element.core_text("id").or_else(|| element.core_text("guid"));
    // An id may be an address, and often is that of the page.
    let url = alternate(element).or_else(|| id.clone().filter(|id| is_web_address(id)));
    let title = title(element);
    let content = element.core("content").find(|content| construct(content).is_some());
    let mut dates = Dates::of(element);
    let published = dates.published();
    let updated = dates.updated();
    ReadEntry {
        guid: guid_of(id, url.as_ref(), &title),
        published,
        updated,
        expires: dates.expires(),
        undated: dates.unread.filter(|_| published.is_none() && updated.is_none()),
        summary: element
            .core("summary")
            .find_map(html)
            .or_else(|| element.text_of(DublinCore, "description"))
            .or_else(|| media::description(element).filter(|_| content.is_none())),
        content_html: content.and_then(|content| match construct(content)? {
            Construct::Plain(text) => Some(plain_to_html(&text)),
            Construct::Html(html) => Some(html),
        }),
        base: content.unwrap_or(element).declared_base(),
        language: content
            .and_then(Element::language)
            .or_else(|| element.language())
            .or_else(|| element.text_of(DublinCore, "language")),
        rights: elements::rights(element),
        authors: people::authors(element),
        categories: elements::categories(element),
        image: media::image(element),
        enclosures: media::enclosures(element),
        origin: element.core("source").find_map(origin),
        title,
        url,
    }
}

fn is_web_address(id: &str) -> bool {
    let scheme = id.split("://").next().unwrap_or_default();
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// What a text construct holds (§3.1).
pub(super) enum Construct {
    Plain(String),
    Html(String),
}

/// A text construct as HTML that stays what it was: plain text is escaped.
pub(super) fn html(element: &Element) -> Option<String> {
    let html = match construct(element)? {
        Construct::Plain(text) => html_escape::encode_text(&text).into_owned(),
        Construct::Html(html) => html,
    };
    (!html.is_empty()).then_some(html)
}

/// None where it is empty or no text at all.
pub(super) fn construct(element: &Element) -> Option<Construct> {
    let kind = element.attribute("type").unwrap_or("text").to_ascii_lowercase();
    let mode = element.attribute("mode").unwrap_or_default();
    let has_elements = element.children().next().is_some();
    let is_html = kind.contains("html");
    let is_text = kind == "text" || kind.starts_with("text/");
    let is_xml = kind.ends_with("/xml") || kind.ends_with("+xml");
    let construct = if mode.eq_ignore_ascii_case("base64") {
        let text = base64::decoded(&element.text())?;
        if is_html { Construct::Html(text) } else { Construct::Plain(text) }
    } else if kind == "xhtml" || kind == "application/xhtml+xml" {
        Construct::Html(inside_div(element))
    } else if is_html {
        Construct::Html(element.html())
    } else if has_elements && (is_text || kind == "application/xml") {
        // Not escaped though it should be; or XML, which Atom 0.3 has HTML in.
        Construct::Html(inside_div(element))
    } else if is_text || (is_xml && !has_elements) {
        Construct::Plain(element.text())
    } else if has_elements || is_xml {
        return None;
    } else {
        // Anything else is base64 (§4.1.3.3), which may hold a text.
        let text = base64::decoded(&element.text())?;
        if text.contains("</") { Construct::Html(text) } else { Construct::Plain(text) }
    };
    let (Construct::Html(text) | Construct::Plain(text)) = &construct;
    (!text.is_empty()).then_some(construct)
}

/// The markup without the `div` that §3.1.1.3 asks for.
fn inside_div(element: &Element) -> String {
    let mut children = element.children();
    match (children.next(), children.next()) {
        (None, _) => element.text(),
        (Some(div), None) if div.local.eq_ignore_ascii_case("div") && element.has_no_text() => {
            div.markup()
        }
        _ => element.markup(),
    }
}

fn title(element: &Element) -> String {
    match element.core("title").find_map(construct) {
        Some(Construct::Plain(text)) => one_line(&text),
        Some(Construct::Html(html)) => plain_text(&html),
        None => elements::other_title(element),
    }
}

/// The feed that an entry was taken from (§4.2.11).
fn origin(source: &Element) -> Option<Origin> {
    let link = |rel| link(source, rel);
    let origin = Origin {
        title: title(source),
        url: link("self").unwrap_or_default(),
        home: link("alternate"),
    };
    (origin != Origin::default()).then_some(origin)
}

/// The address of the page that a feed, an entry or a channel stands for.
pub(super) fn alternate(element: &Element) -> Option<String> {
    let is_entry = element.is_core("entry");
    // That of a feed is the feed's own.
    link(element, "alternate").or_else(|| link(element, "self").filter(|_| is_entry))
}

/// The address of a link with that relation; that of an HTML page before others.
pub(super) fn link(element: &Element, wanted: &str) -> Option<String> {
    let links = || {
        element.core("link").filter(|link| {
            let is_wanted = match link.attribute("rel") {
                None => wanted == "alternate",
                Some(rel) => rel.rsplit('/').next().is_some_and(|rel| {
                    rel.split_whitespace().any(|it| it.eq_ignore_ascii_case(wanted))
                }),
            };
            is_wanted && address(link).is_some()
        })
    };
    let is_page = |link: &&Element| link.attribute("type").is_none_or(|kind| kind.contains("html"));
    links().filter(is_page).last().or_else(|| links().next()).and_then(address)
}

/// Where a link leads; some have it as their text.
fn address(link: &Element) -> Option<String> {
    link.address(&["href"]).or_else(|| {
        let text = link.text();
        (link.space == Atom && !text.is_empty()).then(|| link.absolute(&text))
    })
}

/// The entries that a feed or channel says were taken back.
pub(super) fn tombstones(element: &Element) -> Vec<ReadTombstone> {
    let deleted = element.all(Tombstones, "deleted-entry");
    let tombstone = |deleted: &Element| {
        let guid = deleted.attribute("ref")?.to_owned();
        let when = deleted.attribute("when").and_then(super::dates::read);
        Some(ReadTombstone { guid, when })
    };
    deleted.filter_map(tombstone).collect()
}
