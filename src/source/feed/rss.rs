//! RSS 0.9x, 1.0 and 2.0 with the vocabularies that come in it.
//!
//! # Promises
//! - Versions are not looked at: elements mean the same in all of them.
//! - Elements of Atom and Dublin Core stand in for those of RSS that are missing.
//!
//! # Limits
//! - `description` is always the summary; whether it is the whole text is for others to tell.

use super::{
    FeedKind, ReadCategory, ReadEntry, ReadFeed, dates, guid_of, media, people,
    xml::{
        Element,
        Space::{Atom, Content, DublinCore, DublinTerms, Itunes, Plain, Rdf, Xhtml},
    },
};
use crate::{story::Person, text::plain_text};

/// The feed below `rss`, `rdf:RDF` or a lone `channel`.
pub(super) fn read(root: &Element) -> ReadFeed {
    let channel = root.all(Plain, "channel").next().unwrap_or(root);
    let date = |space, local| channel.text_of(space, local).and_then(|text| dates::read(&text));
    let items = channel.all(Plain, "item");
    // RSS 1.0 has its items beside the channel.
    let beside = (!std::ptr::eq(channel, root)).then(|| root.all(Plain, "item"));
    ReadFeed {
        kind: if root.is(Rdf, "RDF") { FeedKind::Rdf } else { FeedKind::Rss },
        title: title(channel),
        link: link(channel),
        updated: date(Plain, "lastBuildDate")
            .or_else(|| date(Atom, "updated"))
            .or_else(|| date(Plain, "pubDate"))
            .or_else(|| date(DublinCore, "date")),
        authors: people::named(channel, Plain, "managingEditor"),
        entries: items
            .chain(beside.into_iter().flatten())
            .filter(|item| item.whole)
            .map(entry)
            .collect(),
        tombstones: super::atom::tombstones(channel),
        ..ReadFeed::default()
    }
}

fn entry(item: &Element) -> ReadEntry {
    let date = |space, local| item.text_of(space, local).and_then(|text| dates::read(&text));
    let guid = item.all(Plain, "guid").next();
    let written = guid.map(Element::text).filter(|text| !text.is_empty());
    let url = link(item).or_else(|| {
        // RSS 2.0: a guid is an address unless it says otherwise.
        let permalink = guid?.attribute("isPermaLink") != Some("false");
        written.clone().filter(|text| permalink && text.contains("://"))
    });
    let title = title(item);
    let html = |space, local| {
        let html = item.all(space, local).map(Element::html);
        html.into_iter().find(|html| !html.is_empty())
    };
    let about = || item.attribute("rdf:about").map(str::to_owned);
    ReadEntry {
        guid: guid_of(written.or_else(about), url.as_ref(), &title),
        url,
        published: date(Plain, "pubDate")
            .or_else(|| date(DublinCore, "date"))
            .or_else(|| date(DublinTerms, "issued"))
            .or_else(|| date(DublinTerms, "created"))
            .or_else(|| date(Atom, "published")),
        updated: date(DublinTerms, "modified").or_else(|| date(Atom, "updated")),
        summary: html(Plain, "description").or_else(|| html(DublinCore, "description")),
        content_html: html(Content, "encoded").or_else(|| html(Xhtml, "body")),
        base: item.base(),
        authors: authors(item),
        categories: categories(item),
        image: media::image(item),
        enclosures: media::enclosures(item),
        title,
        ..ReadEntry::default()
    }
}

fn title(element: &Element) -> String {
    let own = element.text_of(Plain, "title").or_else(|| element.text_of(DublinCore, "title"));
    plain_text(&own.unwrap_or_default())
}

fn link(element: &Element) -> Option<String> {
    let own = element.all(Plain, "link").find_map(|link| {
        let text = link.text();
        let href = || link.attribute("href").map(str::to_owned);
        let address = if text.is_empty() { href() } else { Some(text) };
        address.map(|address| link.absolute(&address))
    });
    own.or_else(|| super::atom::alternate(element, Atom))
}

fn authors(item: &Element) -> Vec<Person> {
    let mut names = people::named(item, Plain, "author");
    names.extend(people::named(item, DublinCore, "creator"));
    names.extend(super::atom::authors(item, Atom));
    if names.is_empty() {
        names = people::named(item, Itunes, "author");
    }
    people::distinct(names)
}

fn categories(item: &Element) -> Vec<ReadCategory> {
    let own = item.all(Plain, "category").map(|category| ReadCategory {
        term: plain_text(&category.text()),
        label: None,
        scheme: category.attribute("domain").map(str::to_owned),
    });
    let subjects = item.all(DublinCore, "subject").map(|subject| ReadCategory {
        term: plain_text(&subject.text()),
        ..ReadCategory::default()
    });
    own.chain(subjects).filter(|category| !category.term.is_empty()).collect()
}
