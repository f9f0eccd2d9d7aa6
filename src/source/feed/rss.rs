//! RSS 0.9x, 1.0 and 2.0 with the vocabularies that come in it, and CDF, which came before it.
//!
//! # Promises
//! - Versions are not looked at: elements mean the same in all of them.
//! - Elements of Atom and Dublin Core stand in for those of RSS that are missing.
//!
//! # Limits
//! - `description` is always the summary; whether it is the whole text is for others to tell.

use super::{
    FeedKind, ReadEntry, ReadFeed, atom,
    dates::Dates,
    element::Element,
    elements, guid_of, media, people,
    space::Space::{Content, DublinCore, Itunes, Media, Plain, Rdf, Xhtml},
};
use crate::{story::Origin, text::plain_text};

/// What stands beside the items of `rss`, `rdf:RDF` or a lone `channel`.
pub(super) fn feed(root: &Element) -> ReadFeed {
    let channel = root.core("channel").next().unwrap_or(root);
    let mut dates = Dates::of(channel);
    ReadFeed {
        kind: if root.is(Rdf, "RDF") { FeedKind::Rdf } else { FeedKind::Rss },
        title: title(channel),
        link: link(channel),
        updated: dates
            .core(&["lastBuildDate", "updated", "pubDate"])
            .or_else(|| dates.first(DublinCore, &["date"])),
        authors: people::editors(channel),
        tombstones: atom::tombstones(channel),
        ..elements::of_feed(channel)
    }
}

/// An `item`.
pub(super) fn entry(item: &Element) -> ReadEntry {
    let guid = item.core("guid").chain(item.core("id")).next();
    let written = guid.map(Element::text).filter(|text| !text.is_empty());
    let url = link(item).or_else(|| {
        // RSS 2.0: a guid is an address unless it says otherwise.
        let permalink =
            guid?.attribute("isPermaLink").is_none_or(|it| it.eq_ignore_ascii_case("true"));
        written.clone().filter(|text| permalink && text.contains("://"))
    });
    let title = title(item);
    let mut dates = Dates::of(item);
    let published = dates.published();
    let updated = dates.updated();
    let about = || item.attribute_named("about").map(|about| item.absolute(about));
    let (summary, content) = texts(item);
    ReadEntry {
        guid: guid_of(written.or_else(about), url.as_ref(), &title),
        published,
        updated,
        expires: dates.expires(),
        undated: dates.unread.filter(|_| published.is_none() && updated.is_none()),
        summary,
        base: item.declared_base(),
        content_html: content,
        language: item
            .core_text("language")
            .or_else(|| item.text_of(DublinCore, "language"))
            .or_else(|| item.language()),
        rights: elements::rights(item),
        authors: people::authors(item),
        categories: elements::categories(item),
        image: media::image(item),
        enclosures: media::enclosures(item),
        origin: item.core("source").find_map(origin),
        title,
        url,
    }
}

/// The summary and the whole text.
fn texts(item: &Element) -> (Option<String>, Option<String>) {
    let html = |space, local| item.all(space, local).map(Element::html).find(|it| !it.is_empty());
    let descriptions = item.all(Plain, "description").map(Element::html);
    let summaries = item.core("summary").chain(item.core("abstract")).filter_map(atom::html);
    let others = [(DublinCore, "description"), (Itunes, "summary")];
    let others = others.into_iter().filter_map(|(space, local)| html(space, local));
    let texts: Vec<String> =
        descriptions.filter(|html| !html.is_empty()).chain(summaries).chain(others).collect();
    let content = html(Content, "encoded")
        .or_else(|| html(Xhtml, "body"))
        .or_else(|| html(Plain, "body"))
        .or_else(|| html(Plain, "fullitem"))
        .or_else(|| item.core("content").find_map(atom::html));
    let mut texts = texts.into_iter();
    let summary =
        texts.next().or_else(|| media::description(item)).or_else(|| html(Itunes, "subtitle"));
    // Of several descriptions that one is the whole text which says more.
    let length = summary.as_ref().map_or(0, String::len);
    let content = content.or_else(|| texts.filter(|it| it.len() > length).max_by_key(String::len));
    (summary, content)
}

fn title(element: &Element) -> String {
    match element.core_text("title") {
        Some(title) => elements::plain_title(&title),
        None => elements::other_title(element),
    }
}

fn link(element: &Element) -> Option<String> {
    let own = element.all(Plain, "link").filter_map(|link| {
        let text = link.text();
        if text.is_empty() { None } else { Some(link.absolute(&text)) }
    });
    own.last()
        .or_else(|| atom::alternate(element))
        // CDF
        .or_else(|| element.address(&["href"]))
        .or_else(|| element.all(Media, "player").find_map(|it| it.address(&["url"])))
}

/// The feed that an item was taken from.
fn origin(source: &Element) -> Option<Origin> {
    let origin = Origin {
        title: plain_text(&source.text()),
        url: source.address(&["url"]).unwrap_or_default(),
        home: None,
    };
    (origin != Origin::default()).then_some(origin)
}
