//! Pictures and attached files of a story.

use serde::{Deserialize, Serialize};

/// The lead image of a story; `url` is absolute once a source has brought it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Image {
    /// Absolute http or https address.
    pub url: String,
    /// What the picture shows, for those who don't see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// A short name of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text beneath it, plain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Name or address of its licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Bytes, where the file is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// A small form of the same picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Thumbnail>,
}

/// A small form of a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thumbnail {
    /// Absolute http or https address.
    pub url: String,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// Audio, video or a document that belongs to a story.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Enclosure {
    /// Absolute http or https address.
    pub url: String,
    /// Media type such as `audio/mpeg`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Bytes; none where it isn't known (RSS then says 0, as the RSS profile advises).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    /// What a reader shows for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Playing time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
}

impl Enclosure {
    /// Whether it is audio, video or a document rather than a picture.
    pub fn is_image(&self) -> bool {
        self.media_type.starts_with("image/")
    }
}
