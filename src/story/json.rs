//! The one JSON form of a story: what `list`, `show` and the API give, and `add` takes.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use super::{Correction, Enclosure, Image, Origin, Person, SectionPath, Story};

/// A story in JSON: instants in RFC 3339, absent members left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the members are those of `Story` and `Facts`")]
pub struct StoryJson {
    pub id: String,
    pub url: String,
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    pub content_html: String,
    #[serde(serialize_with = "rfc3339")]
    pub published: DateTime<Utc>,
    #[serde(serialize_with = "rfc3339")]
    pub updated: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339_or_none")]
    pub expires: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Person>,
    pub sections: Vec<SectionPath>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    pub language: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translation_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enclosures: Vec<Enclosure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
}

impl StoryJson {
    /// The JSON form of `story`, whose text was rendered as `content_html`.
    pub fn new(story: Story, content_html: String) -> Self {
        let facts = story.facts;
        Self {
            id: story.guid.to_string(),
            url: story.url,
            title: story.title,
            short_title: facts.short_title,
            summary: facts.summary,
            content_html,
            published: story.published,
            updated: story.updated,
            expires: story.expires,
            authors: facts.authors,
            sections: facts.sections,
            tags: facts.tags,
            language: story.language.to_string(),
            translation_key: facts.translation_key,
            correction: facts.correction,
            image: facts.image,
            enclosures: facts.enclosures,
            origin: facts.origin,
            rights: facts.rights,
        }
    }
}

fn rfc3339<S: Serializer>(instant: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&instant.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

#[expect(clippy::ref_option, reason = "the form that serde calls")]
fn rfc3339_or_none<S: Serializer>(
    instant: &Option<DateTime<Utc>>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match instant {
        Some(instant) => rfc3339(instant, to),
        None => to.serialize_none(),
    }
}
