//! What RSS feeds for aggregators have beside the elements of every feed.
//!
//! # Promises
//! - MSN: short titles, and a story that was taken back stays as a word about it, with the instant at
//!   which it ended (`dcterms:valid`): that is how MSN takes it down.
//! - Flipboard: the lead image is the enclosure.
//! - `SmartNews`: its logo, a thumbnail per item, a date even in an empty feed.
//! - Feedly: cover, icon, logo and colour.

use ::rss::{Enclosure, Guid, Item, extension::ExtensionMap};
use chrono::{DateTime, Utc};

use crate::{
    feed::{Entry, FeedDocument, Tombstone},
    story::{Image, Profile},
};

use super::{
    dates, media,
    rss::add,
    words,
    xml::{Element, owned},
};

/// Instants as Dublin Core has them.
pub(super) const DCTERMS: &str = "http://purl.org/dc/terms/";

/// The namespace that a profile needs, with its prefix.
pub(super) fn namespace(profile: Profile) -> Option<(&'static str, &'static str)> {
    match profile {
        Profile::Msn => Some(("mi", "http://schemas.ingestion.microsoft.com/common/")),
        Profile::SmartNews => Some(("snf", "http://www.smartnews.be/snf")),
        Profile::Feedly => Some(("webfeeds", "http://webfeeds.org/rss/1.0")),
        Profile::Flipboard => None,
    }
}

/// Adds what the channel has.
pub(super) fn push_channel(document: &FeedDocument, map: &mut ExtensionMap) {
    let logo = document.logo.as_deref();
    match document.profile {
        Some(Profile::SmartNews) => {
            if let Some(logo) = logo {
                let url = Element { text: Some(owned(logo)), ..named("url") };
                add(map, "snf", Element { children: vec![url], ..named("snf:logo") });
            }
        }
        Some(Profile::Feedly) => {
            let site = document.site;
            let text = |name, text: Option<&str>| {
                text.map(|text| Element { text: Some(owned(text)), ..named(name) })
            };
            let cover = site.cover.as_deref().map(|cover| Element {
                attributes: vec![("image", owned(cover))],
                text: Some(String::new()),
                ..named("webfeeds:cover")
            });
            let attributes = [("layout", "card"), ("target", "browser")];
            let related = Element {
                attributes: attributes.map(|(name, value)| (name, value.to_owned())).into(),
                text: Some(String::new()),
                ..named("webfeeds:related")
            };
            let elements = [
                text("webfeeds:accentColor", site.accent_color.as_deref()),
                cover,
                text("webfeeds:icon", site.icon.as_deref()),
                text("webfeeds:logo", logo),
                Some(related),
            ];
            for element in elements.into_iter().flatten() {
                add(map, "webfeeds", element);
            }
        }
        Some(Profile::Msn | Profile::Flipboard) | None => {}
    }
}

/// Adds what an item has.
pub(super) fn push_item(document: &FeedDocument, entry: &Entry, map: &mut ExtensionMap) {
    match document.profile {
        Some(Profile::Msn) => {
            if let Some(short) = media::present(entry.short_title.as_deref()) {
                let text = Some(owned(short));
                add(map, "mi", Element { text, ..named("mi:shortTitle") });
            }
            if let Some(ended) = entry.withdrawn {
                add(map, "dcterms", valid(entry.published, ended));
            }
        }
        Some(Profile::SmartNews) => {
            if let Some(image) = &entry.image {
                let attributes = vec![("url", owned(&image.url))];
                let text = Some(String::new());
                add(map, "media", Element { attributes, text, ..named("media:thumbnail") });
            }
        }
        Some(Profile::Flipboard | Profile::Feedly) | None => {}
    }
}

/// The file that an item attaches.
pub(super) fn enclosure(document: &FeedDocument, entry: &Entry) -> Option<Enclosure> {
    match document.profile {
        Some(Profile::Flipboard) => entry.image.as_ref().map(picture),
        Some(Profile::Msn | Profile::SmartNews) => None,
        Some(Profile::Feedly) | None => {
            media::foremost(&entry.enclosures).map(|enclosure| Enclosure {
                url: owned(&enclosure.url),
                length: enclosure.length.unwrap_or(0).to_string(),
                mime_type: owned(media::media_type(enclosure)),
            })
        }
    }
}

fn picture(image: &Image) -> Enclosure {
    Enclosure {
        url: owned(&image.url),
        length: image.length.unwrap_or(0).to_string(),
        // An address without an ending is most often a photograph's.
        mime_type: media::image_type(&image.url).unwrap_or("image/jpeg").to_owned(),
    }
}

/// Stories that were taken back without a notice, as MSN is told of them.
pub(super) fn withdrawn(document: &FeedDocument) -> Vec<Item> {
    if document.profile != Some(Profile::Msn) {
        return Vec::new();
    }
    let shown = |guid: &str| document.entries.iter().any(|entry| entry.guid.as_str() == guid);
    let gone = document.tombstones.iter().filter(|gone| !shown(gone.guid.as_str()));
    gone.filter_map(|gone| item(document, gone)).collect()
}

fn item(document: &FeedDocument, gone: &Tombstone) -> Option<Item> {
    let (url, published) = gone.story.as_ref()?;
    let words = words::of(&document.language);
    let text = gone.comment.as_deref().unwrap_or(words.withdrawn);
    let text = html_escape::encode_text(&owned(text)).into_owned();
    let mut extensions = ExtensionMap::new();
    let modified = Some(dates::rfc3339(gone.when.max(*published)));
    add(&mut extensions, "dcterms", Element { text: modified, ..named("dcterms:modified") });
    add(&mut extensions, "dcterms", valid(*published, gone.when));
    Some(Item {
        title: Some(words.withdrawn.to_owned()),
        link: Some(owned(url)),
        guid: Some(Guid { value: owned(gone.guid.as_str()), permalink: false }),
        pub_date: Some(dates::rfc822(*published)),
        content: Some(format!("<p>{text}</p>")),
        description: Some(text),
        extensions,
        ..Item::default()
    })
}

/// How long a story held (DCMI Period).
fn valid(published: DateTime<Utc>, ended: DateTime<Utc>) -> Element {
    let (start, end) = (dates::rfc3339(published), dates::rfc3339(ended.max(published)));
    let text = Some(format!("start={start}; end={end}; scheme=W3C-DTF"));
    Element { text, ..named("dcterms:valid") }
}

fn named(name: &'static str) -> Element {
    Element { name, ..Element::default() }
}
