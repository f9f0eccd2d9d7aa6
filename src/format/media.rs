//! Pictures as Media RSS, alike in RSS and Atom, and the choice among attached files.
//!
//! # Promises
//! - The lead image is `media:content`, never an enclosure: readers show it without offering it as
//!   a download.
//! - No element that the W3C validator takes for a fault (`media:license`, `media:rights`).
//!
//! # Limits
//! - A media type is guessed from the address alone and left out where that says nothing.

use crate::story::{Enclosure, Image};

use super::xml::{Element, owned};

/// Media RSS (spec 1.5.1).
pub(super) const NAMESPACE: &str = "http://search.yahoo.com/mrss/";

/// `media:content` of a story's lead image.
pub(super) fn content(image: &Image) -> Element {
    let mut attributes = vec![("url", owned(&image.url)), ("medium", "image".to_owned())];
    if let Some(media_type) = image_type(&image.url) {
        attributes.push(("type", media_type.to_owned()));
    }
    push_sizes(&mut attributes, image.width, image.height);
    if let Some(length) = image.length.filter(|length| *length > 0) {
        attributes.push(("fileSize", length.to_string()));
    }
    let mut children = Vec::new();
    if let Some(credit) = present(image.credit.as_deref()) {
        let role = ("role", "photographer".to_owned());
        let scheme = ("scheme", "urn:ebu".to_owned());
        children.push(text("media:credit", vec![role, scheme], credit));
    }
    let described = present(image.caption.as_deref()).or_else(|| present(image.alt.as_deref()));
    if let Some(description) = described {
        let plain = ("type", "plain".to_owned());
        children.push(text("media:description", vec![plain], description));
    }
    children.push(thumbnail(image));
    if let Some(title) = present(image.title.as_deref()) {
        let plain = ("type", "plain".to_owned());
        children.push(text("media:title", vec![plain], title));
    }
    Element { name: "media:content", attributes, text: None, children }
}

/// The small form of the picture, or the picture itself: some readers look nowhere else.
fn thumbnail(image: &Image) -> Element {
    let (url, width, height) = match &image.thumbnail {
        Some(small) => (&small.url, small.width, small.height),
        None => (&image.url, image.width, image.height),
    };
    let mut attributes = vec![("url", owned(url))];
    push_sizes(&mut attributes, width, height);
    text("media:thumbnail", attributes, "")
}

fn push_sizes(
    attributes: &mut Vec<(&'static str, String)>,
    width: Option<u32>,
    height: Option<u32>,
) {
    for (name, pixels) in [("width", width), ("height", height)] {
        if let Some(pixels) = pixels.filter(|pixels| *pixels > 0) {
            attributes.push((name, pixels.to_string()));
        }
    }
}

fn text(name: &'static str, attributes: Vec<(&'static str, String)>, text: &str) -> Element {
    Element { name, attributes, text: Some(owned(text)), children: Vec::new() }
}

/// The text, unless there is none to show.
pub(super) fn present(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.trim().is_empty())
}

/// The media type that the ending of an address speaks of, for pictures.
pub(super) fn image_type(url: &str) -> Option<&'static str> {
    guessed_type(url).filter(|media_type| media_type.starts_with("image/"))
}

fn guessed_type(url: &str) -> Option<&'static str> {
    let path = url.split(['?', '#']).next()?;
    let (_, path) = path.split_once("://")?;
    let (_, path) = path.split_once('/')?;
    mime_guess::from_path(path).first_raw()
}

/// The media type of an attached file: its own, else guessed, else bytes of an unknown kind.
pub(super) fn media_type(enclosure: &Enclosure) -> &str {
    match present(Some(&enclosure.media_type)) {
        Some(media_type) => media_type,
        None => guessed_type(&enclosure.url).unwrap_or("application/octet-stream"),
    }
}

/// The attached files that are no pictures.
pub(super) fn attachments(enclosures: &[Enclosure]) -> impl Iterator<Item = &Enclosure> {
    enclosures.iter().filter(|enclosure| !media_type(enclosure).starts_with("image/"))
}

/// The one file that RSS can attach: audio before video before documents (the RSS profile allows
/// a single enclosure, and readers disagree about more).
pub(super) fn foremost(enclosures: &[Enclosure]) -> Option<&Enclosure> {
    attachments(enclosures).min_by_key(|enclosure| match media_type(enclosure).split('/').next() {
        Some("audio") => 0,
        Some("video") => 1,
        _ => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enclosure(media_type: &str, url: &str) -> Enclosure {
        Enclosure { url: url.into(), media_type: media_type.into(), ..Enclosure::default() }
    }

    #[test]
    fn a_media_type_is_guessed_only_where_the_address_tells_one() {
        assert_eq!(image_type("https://m.example/a.b/boat.JPG?w=1200#x"), Some("image/jpeg"));
        assert_eq!(image_type("https://m.example/boat.webp"), Some("image/webp"));
        assert_eq!(image_type("https://m.example/image.php?f=boat.jpg"), None);
        assert_eq!(image_type("https://m.example/boat"), None);
        assert_eq!(image_type("https://png"), None);
    }

    #[test]
    fn a_picture_without_a_small_form_is_its_own_thumbnail() {
        let image = Image {
            url: "https://m.example/x".into(),
            alt: Some("A boat".into()),
            caption: Some(" ".into()),
            width: Some(0),
            height: Some(9),
            ..Image::default()
        };
        let content = content(&image);
        let names: Vec<_> = content.attributes.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["url", "medium", "height"]);
        assert_eq!(content.children.len(), 2);
        assert_eq!(content.children[0].text.as_deref(), Some("A boat"));
        assert_eq!(content.children[1].name, "media:thumbnail");
        assert_eq!(content.children[1].attributes[0].1, image.url);
    }

    #[test]
    fn audio_is_attached_before_video_before_documents_and_never_a_picture() {
        let picture = enclosure("image/png", "https://m.example/a.png");
        let unnamed = enclosure("", "https://m.example/a.jpg");
        let text = enclosure("application/pdf", "https://m.example/a.pdf");
        let film = enclosure("video/mp4", "https://m.example/a.mp4");
        let sound = enclosure("audio/mpeg", "https://m.example/a.mp3");
        let all = [picture, unnamed, text, film, sound];
        assert_eq!(foremost(&all), Some(&all[4]));
        assert_eq!(foremost(&all[..4]), Some(&all[3]));
        assert_eq!(foremost(&all[..3]), Some(&all[2]));
        assert_eq!(foremost(&all[..2]), None);
        assert_eq!(media_type(&enclosure("", "https://m.example/a")), "application/octet-stream");
    }
}
