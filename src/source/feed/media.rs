//! Pictures and attached files, alike in RSS and Atom.
//!
//! # Promises
//! - A picture is the lead image, not an enclosure, unless the feed attaches it as one.
//!
//! # Limits
//! - Of several pictures the first counts, `media:content` before thumbnails.

use std::collections::HashSet;

use super::{
    ReadEnclosure,
    xml::{
        Element,
        Space::{Atom, Itunes, Media, Plain},
    },
};
use crate::story::Image;

/// An entry's lead image.
pub(super) fn image(entry: &Element) -> Option<Image> {
    let media = media(entry);
    let url =
        |element: &&Element, name| element.attribute(name).map(|address| element.absolute(address));
    let content = media.iter().filter(|it| it.is(Media, "content") && is_image(it));
    let thumbnails = media.iter().filter(|it| it.is(Media, "thumbnail"));
    let itunes = entry.all(Itunes, "image").find_map(|it| url(&it, "href"));
    let plain = || {
        entry.all(Plain, "image").find_map(|it| {
            let address = it.text_of(Plain, "url").or_else(|| url(&it, "href"))?;
            Some(it.absolute(&address))
        })
    };
    let url = content.chain(thumbnails).find_map(|it| url(it, "url")).or(itunes).or_else(plain)?;
    Some(Image { url, ..Image::default() })
}

/// The files that are attached to an entry, each address once.
pub(super) fn enclosures(entry: &Element) -> Vec<ReadEnclosure> {
    let read = |element: &Element, names: [&str; 2]| {
        let [url, length] = names;
        Some(ReadEnclosure {
            url: element.absolute(element.attribute(url)?),
            media_type: element.attribute("type").map(str::to_ascii_lowercase),
            // A length of 0 says that it isn't known.
            length: element.attribute(length).and_then(|it| it.parse().ok()).filter(|it| *it > 0),
            ..ReadEnclosure::default()
        })
    };
    let is_enclosure = |link: &&Element| {
        let rel = link.attribute("rel");
        (link.space == Atom || link.space == Plain)
            && rel.is_some_and(|rel| rel.eq_ignore_ascii_case("enclosure"))
    };
    let own = entry.all(Plain, "enclosure").map(|it| read(it, ["url", "length"]));
    let links = entry.children().filter(|it| it.local.eq_ignore_ascii_case("link"));
    let links = links.filter(is_enclosure).map(|it| read(it, ["href", "length"]));
    let media = media(entry);
    let media = media.iter().filter(|it| it.is(Media, "content") && is_recording(it));
    let media = media.map(|it| read(it, ["url", "fileSize"]));
    let mut seen = HashSet::new();
    let all = own.chain(links).chain(media).flatten();
    all.filter(|enclosure| seen.insert(enclosure.url.clone())).collect()
}

/// The elements of Media RSS in an entry, those within others too.
fn media(entry: &Element) -> Vec<&Element> {
    fn collect<'a>(element: &'a Element, found: &mut Vec<&'a Element>) {
        for child in element.children().filter(|child| child.space == Media) {
            found.push(child);
            collect(child, found);
        }
    }
    let mut found = Vec::new();
    collect(entry, &mut found);
    found
}

fn is_image(content: &Element) -> bool {
    match (content.attribute("medium"), content.attribute("type")) {
        (Some(medium), _) => medium.eq_ignore_ascii_case("image"),
        (None, Some(kind)) => kind.to_ascii_lowercase().starts_with("image/"),
        (None, None) => content.attribute("url").is_some_and(|url| {
            let path = url.split(['?', '#']).next().unwrap_or_default();
            mime_guess::from_path(path).first_raw().is_some_and(|kind| kind.starts_with("image/"))
        }),
    }
}

fn is_recording(content: &Element) -> bool {
    let medium = content.attribute("medium").unwrap_or_default().to_ascii_lowercase();
    let kind = content.attribute("type").unwrap_or_default().to_ascii_lowercase();
    matches!(medium.as_str(), "audio" | "video")
        || kind.starts_with("audio/")
        || kind.starts_with("video/")
}
