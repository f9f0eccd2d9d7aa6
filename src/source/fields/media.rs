//! Pictures and attached files, with what is known of those that lie on this disk.

use serde_json::{Map, Value};
use url::Url;

use super::{
    FieldReader, Measured,
    values::{look_up, number_in, scalar, text_in},
};
use crate::{
    story::{Enclosure, Image, Thumbnail},
    text,
};

impl FieldReader<'_> {
    /// An address in a field, made absolute, with what is known of the file behind it.
    fn media(&self, raw: &str, story: &Url) -> Option<(String, Option<Measured>)> {
        let raw = raw.trim();
        let measured = (self.measure)(raw);
        let beside = measured.is_some_and(|measured| measured.beside_story);
        let base = if beside { story } else { &self.desk.site_url };
        Some((text::absolute_address(raw, base)?, measured))
    }

    pub(super) fn image(&self, fields: &Map<String, Value>, story: &Url) -> Option<Image> {
        let names = [
            "image",
            "cover",
            "images",
            "featured_image",
            "featuredimage",
            "feature_image",
            "thumbnail",
            "header.image",
            "header.teaser",
            "extra.image",
            "extra.images",
            "extra.cover",
        ];
        let (_, value) = self.find(fields, "image", &names)?;
        let value = match value {
            Value::Array(list) => list.first()?,
            one => one,
        };
        let Value::Object(given) = value else {
            let (url, measured) = self.media(&scalar(value)?, story)?;
            let size = measured.and_then(|measured| measured.size);
            return Some(Image {
                url,
                width: size.map(|size| size.0),
                height: size.map(|size| size.1),
                length: measured.map(|measured| measured.length),
                ..Image::default()
            });
        };
        let raw = text_in(given, &["url", "src", "image", "path"])?;
        let (url, measured) = self.media(&raw, story)?;
        let size = measured.and_then(|measured| measured.size);
        let plain = |names: &[&str]| {
            text_in(given, names)
                .map(|text| text::plain_text(&text))
                .filter(|text| !text.is_empty())
        };
        let pixels = |name: &str| number_in(given, name).and_then(|n| u32::try_from(n).ok());
        let thumbnail = look_up(given, "thumbnail").and_then(|value| match value {
            Value::Object(small) => {
                let side = |name: &str| number_in(small, name).and_then(|n| u32::try_from(n).ok());
                let (url, measured) = self.media(&text_in(small, &["url", "src"])?, story)?;
                let size = measured.and_then(|measured| measured.size);
                let width = side("width").or(size.map(|size| size.0));
                Some(Thumbnail { url, width, height: side("height").or(size.map(|size| size.1)) })
            }
            other => {
                let (url, measured) = self.media(&scalar(other)?, story)?;
                let size = measured.and_then(|measured| measured.size);
                let (width, height) = (size.map(|size| size.0), size.map(|size| size.1));
                Some(Thumbnail { url, width, height })
            }
        });
        Some(Image {
            url,
            alt: plain(&["alt"]),
            title: plain(&["title"]),
            caption: plain(&["caption"]),
            credit: plain(&["credit", "attribution", "photographer"]),
            license: plain(&["license", "licence"]),
            width: pixels("width").or(size.map(|size| size.0)),
            height: pixels("height").or(size.map(|size| size.1)),
            length: number_in(given, "length").or(measured.map(|measured| measured.length)),
            thumbnail,
        })
    }

    pub(super) fn enclosures(&self, fields: &Map<String, Value>, story: &Url) -> Vec<Enclosure> {
        let names = ["enclosures", "enclosure", "audio", "video", "podcast", "attachments"];
        let Some((_, value)) = self.find(fields, "enclosures", &names) else { return Vec::new() };
        let list = match value {
            Value::Array(list) => list.iter().collect(),
            one => vec![one],
        };
        list.into_iter().filter_map(|value| self.enclosure(value, story)).collect()
    }

    fn enclosure(&self, value: &Value, story: &Url) -> Option<Enclosure> {
        let empty = Map::new();
        let (raw, given) = match value {
            Value::Object(given) => (text_in(given, &["url", "src", "file"])?, given),
            other => (scalar(other)?, &empty),
        };
        let (url, measured) = self.media(&raw, story)?;
        let guessed = || {
            let path = Url::parse(&url).ok()?.path().to_owned();
            Some(mime_guess::from_path(path).first()?.essence_str().to_owned())
        };
        let media_type = text_in(given, &["type", "mime_type", "mime"])
            .map(|text| text::one_line(&text).to_ascii_lowercase())
            .filter(|text| is_media_type(text))
            .or_else(guessed)?;
        Some(Enclosure {
            url,
            media_type,
            length: measured
                .map(|measured| measured.length)
                .or_else(|| number_in(given, "length"))
                .or_else(|| number_in(given, "size_in_bytes")),
            title: text_in(given, &["title"]).map(|title| text::plain_text(&title)),
            duration_seconds: number_in(given, "duration_seconds")
                .or_else(|| number_in(given, "duration")),
        })
    }
}

fn is_media_type(text: &str) -> bool {
    let fits = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    text.split_once('/').is_some_and(|(kind, rest)| fits(kind) && fits(rest))
}
