//! Pictures and attached files, alike in RSS and Atom.
//!
//! # Promises
//! - A picture is the lead image, not an enclosure, unless the feed attaches it as one.
//!
//! # Limits
//! - Of several pictures the first counts, `media:content` before thumbnails.
//! - `media:description` is the caption: Media RSS has no place for what is shown to the blind.

use std::collections::HashMap;

use super::{
    ReadEnclosure,
    element::Element,
    space::Space::{Itunes, Media, Plain},
};
use crate::{
    story::{Image, Thumbnail},
    text::plain_text,
};

/// An entry's lead image.
pub(super) fn image(entry: &Element) -> Option<Image> {
    let media = all(entry);
    let content = media.iter().find(|it| it.is(Media, "content") && is_image(it));
    let pictures = content.into_iter().chain(media.iter().filter(|it| it.is(Media, "thumbnail")));
    let mut described = pictures.filter_map(|it| described(it, entry));
    if let Some(mut image) = described.next() {
        if content.is_some() {
            image.thumbnail = thumbnail(&media, &image.url);
        }
        return Some(image);
    }
    let itunes = entry.all(Itunes, "image").find_map(|it| it.address(&["href", "url"]));
    let plain = || {
        entry.all(Plain, "image").find_map(|it| {
            let text = || Some(it.text()).filter(|text| text.contains("://"));
            let address = it.text_of(Plain, "url").or_else(text).map(|url| it.absolute(&url));
            address.or_else(|| it.address(&["href", "url"]))
        })
    };
    Some(Image { url: itunes.or_else(plain)?, ..Image::default() })
}

/// A picture with what is said of it: in it, or beside it where it stands alone.
fn described(picture: &Element, entry: &Element) -> Option<Image> {
    let url = picture.address(&["url"])?;
    let within = |local: &str| {
        let own = picture.text_of(Media, local);
        let group = || entry.all(Media, "group").find_map(|group| group.text_of(Media, local));
        let beside = || entry.text_of(Media, local);
        let text = plain_text(&own.or_else(group).or_else(beside)?);
        (!text.is_empty()).then_some(text)
    };
    let license = picture.all(Media, "license").chain(entry.all(Media, "license")).next();
    let pixels = |name| picture.attribute(name)?.parse().ok().filter(|pixels| *pixels > 0);
    Some(Image {
        url,
        alt: None,
        title: within("title"),
        caption: within("description"),
        credit: within("credit").or_else(|| within("copyright")),
        license: license.and_then(|it| {
            let text = plain_text(&it.text());
            it.address(&["href"]).or((!text.is_empty()).then_some(text))
        }),
        width: pixels("width"),
        height: pixels("height"),
        length: picture.attribute("fileSize").and_then(|it| it.parse().ok()).filter(|it| *it > 0),
        thumbnail: None,
    })
}

fn thumbnail(media: &[&Element], picture: &str) -> Option<Thumbnail> {
    let thumbnail = media.iter().find(|it| it.is(Media, "thumbnail"))?;
    let url = thumbnail.address(&["url"]).filter(|url| url != picture)?;
    let pixels = |name| thumbnail.attribute(name)?.parse().ok().filter(|pixels| *pixels > 0);
    Some(Thumbnail { url, width: pixels("width"), height: pixels("height") })
}

/// What Media RSS says of an entry as a whole, as HTML.
pub(super) fn description(entry: &Element) -> Option<String> {
    let mut descriptions = entry
        .all(Media, "description")
        .chain(entry.all(Media, "group").flat_map(|group| group.all(Media, "description")))
        .map(Element::html);
    descriptions.find(|html| !html.is_empty())
}

/// The files that are attached to an entry, each address once.
pub(super) fn enclosures(entry: &Element) -> Vec<ReadEnclosure> {
    let number = |text: &str| text.trim().parse().ok().filter(|number| *number > 0);
    let read = |element: &Element, length: &str| {
        let title = element.attribute("title").map(plain_text);
        let media_title = || element.text_of(Media, "title").map(|title| plain_text(&title));
        Some(ReadEnclosure {
            url: element.address(&["url", "href", "uri", "src"])?,
            media_type: element.attribute("type").map(str::to_ascii_lowercase),
            // A length of 0 says that it isn't known.
            length: element.attribute(length).and_then(number),
            title: title.or_else(media_title).filter(|title| !title.is_empty()),
            duration_seconds: element.attribute("duration").and_then(seconds),
        })
    };
    let is_enclosure = |link: &&Element| {
        link.attribute("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("enclosure"))
    };
    let own = entry.core("enclosure").map(|it| read(it, "length"));
    let links = entry.core("link").filter(is_enclosure).map(|it| read(it, "length"));
    let media = all(entry);
    let media = media.iter().filter(|it| it.is(Media, "content") && is_recording(it));
    let media: Vec<_> = media.map(|it| read(it, "fileSize")).collect();
    let mut files: Vec<ReadEnclosure> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for file in own.chain(links).chain(media).flatten() {
        if let Some(place) = places.get(&file.url) {
            // The same recording, described in two vocabularies.
            let known = &mut files[*place];
            known.title = known.title.take().or(file.title);
            known.duration_seconds = known.duration_seconds.or(file.duration_seconds);
        } else {
            places.insert(file.url.clone(), files.len());
            files.push(file);
        }
    }
    let duration = entry.text_of(Itunes, "duration").and_then(|text| seconds(&text));
    if let Some(first) = files.first_mut() {
        first.duration_seconds = first.duration_seconds.or(duration);
    }
    files
}

/// `3723`, `62:03`, `1:02:03`.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let whole = text.split('.').next()?;
    let mut seconds = 0_u64;
    for part in whole.split(':') {
        seconds = seconds.checked_mul(60)?.checked_add(part.trim().parse().ok()?)?;
    }
    (seconds > 0 && whole.split(':').count() <= 3).then_some(seconds)
}

/// The elements of Media RSS in an entry, those within others too.
pub(super) fn all(entry: &Element) -> Vec<&Element> {
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
