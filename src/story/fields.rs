//! A story, as a source brings it and as the store keeps it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Enclosure, Guid, Image, Language, SectionPath, mint_guid, wrap_own_id};

/// Who wrote a story.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// As the byline shows it.
    pub name: String,
    /// Never published in JSON Feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Absolute address of the person's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What was wrong with an earlier version of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "CorrectionForm", into = "CorrectionForm")]
pub struct Correction {
    /// The note, plain text.
    pub text: String,
    /// When it was made; none where the story doesn't say (its `updated` is shown then).
    pub date: Option<DateTime<Utc>>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum CorrectionForm {
    Text(String),
    Dated { text: String, date: DateTime<Utc> },
}

impl From<CorrectionForm> for Correction {
    fn from(form: CorrectionForm) -> Self {
        match form {
            CorrectionForm::Text(text) => Self { text, date: None },
            CorrectionForm::Dated { text, date } => Self { text, date: Some(date) },
        }
    }
}

impl From<Correction> for CorrectionForm {
    fn from(correction: Correction) -> Self {
        match correction.date {
            None => Self::Text(correction.text),
            Some(date) => Self::Dated { text: correction.text, date },
        }
    }
}

/// Where a story that is republished came from (`source` in RSS, `atom:source` in Atom).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Origin {
    /// Name of the publication.
    pub title: String,
    /// Absolute address of its feed.
    pub url: String,
    /// Absolute address of its home page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
}

/// What is known about a story beside its address, title, dates and text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// For places with little room, plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_title: Option<String>,
    /// As the front matter gives it, plain text; none: made from the first paragraphs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// In the order of the byline.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Person>,
    /// The first is the main one; empty: the site-wide feed alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<SectionPath>,
    /// As written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Equal in all translations of one story.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translation_key: Option<String>,
    /// Shown on top of the story.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correction: Option<Correction>,
    /// The lead image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Audio, video and documents.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enclosures: Vec<Enclosure>,
    /// None: our own story.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Who holds the rights, where it isn't the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rights: Option<String>,
}

/// How a story's text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Markup {
    /// `CommonMark` with tables, strikethrough and footnotes; shortcodes are understood.
    Markdown,
    /// HTML, whole or a fragment; shortcodes are understood.
    Html,
    /// HTML as WordPress keeps it: its own shortcodes, in brackets, are understood.
    WordPress,
    /// HTML that is finished, as others publish it: nothing in it is a shortcode.
    Finished,
    /// Paragraphs parted by empty lines, short ones without end punctuation being headings.
    Plain,
}

/// A story's text as its source has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawText {
    /// How to read `text`.
    pub markup: Markup,
    /// UTF-8 without characters that XML forbids.
    pub text: String,
}

/// A story on its way from a source to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// What identifies it in its source: its own id where it has one, else its path.
    pub key: String,
    /// Where it stands in its source (a file's path below the source's folder), for messages.
    pub path: String,
    /// A guid that is settled already: the story's own id as a URI, or its permalink.
    pub guid: Option<Guid>,
    /// The path that a guid is minted from where `guid` is none.
    pub mint_path: String,
    /// Digest of everything it was read from; an equal digest means an equal story.
    pub digest: String,
    /// Absolute address.
    pub url: String,
    /// Plain text.
    pub title: String,
    /// The story's, else its source's, else the site's.
    pub language: Language,
    /// None: the instant at which it is first seen.
    pub published: Option<DateTime<Utc>>,
    /// The story's own `lastmod`.
    pub updated: Option<DateTime<Utc>>,
    /// When it leaves every feed.
    pub expires: Option<DateTime<Utc>>,
    /// All else.
    pub facts: Facts,
    /// The text.
    pub text: RawText,
}

impl Incoming {
    /// The guid this story gets if it is new: its settled one, else one minted for `date`.
    pub fn first_guid(&self, host: &str, date: DateTime<Utc>) -> Guid {
        self.guid.clone().unwrap_or_else(|| mint_guid(host, date.date_naive(), &self.mint_path))
    }

    /// The guid that a story's own `id` gives.
    pub fn own_guid(host: &str, id: &str) -> Guid {
        wrap_own_id(host, id)
    }
}

/// What became of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its source has it.
    Live,
    /// It vanished from its source (or became a draft); kept, published nowhere.
    Withdrawn,
    /// Taken back by hand; outlives its file.
    Retracted,
}

/// Whether readers may know of a story. It changes when its hour has come, and stays when a clock
/// jumps back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Its `published` instant lies ahead: nothing of it is in anything public.
    Pending,
    /// It is in the feeds that want it.
    Public,
    /// It expired or was taken back.
    Gone,
}

impl Phase {
    /// The phase of a story that was just written: `before` is the one it had if its dates and its
    /// state are the same as before.
    pub fn at(
        now: DateTime<Utc>,
        state: State,
        published: DateTime<Utc>,
        leaves: Option<DateTime<Utc>>,
        before: Option<Self>,
    ) -> Self {
        match before {
            Some(Self::Gone) => Self::Gone,
            _ if state == State::Withdrawn => Self::Gone,
            // A retracted story without the end of a notice says nothing.
            _ if state == State::Retracted && leaves.is_none() => Self::Gone,
            _ if leaves.is_some_and(|leaves| leaves <= now) => Self::Gone,
            Some(Self::Public) => Self::Public,
            _ if published <= now => Self::Public,
            _ => Self::Pending,
        }
    }
}

/// A story in the store, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The store's row; never published.
    pub id: i64,
    /// Decided once.
    pub guid: Guid,
    /// Name of its source.
    pub source: String,
    /// What identifies it in its source.
    pub key: String,
    /// Where it stands in its source.
    pub path: String,
    /// The store's revision at its last change.
    pub revision: i64,
    /// Absolute address.
    pub url: String,
    /// Plain text.
    pub title: String,
    /// Always known: the site's where nothing else says.
    pub language: Language,
    /// When it became or becomes public.
    pub published: DateTime<Utc>,
    /// Its own `lastmod`, else when the store first saw another title, body or image, else
    /// `published`; never before `published`.
    pub updated: DateTime<Utc>,
    /// When it leaves every feed.
    pub expires: Option<DateTime<Utc>>,
    /// Live or taken back.
    pub state: State,
    /// Whether readers may know of it, as a pass last saw it.
    pub phase: Phase,
    /// When the store last saw a change: of its words, its place, its state.
    pub changed: DateTime<Utc>,
    /// When it stops being public: its expiry, or the end of its notice.
    pub leaves: Option<DateTime<Utc>>,
    /// What stands in the place of a retracted text.
    pub notice: Option<String>,
    /// When a correction or a notice lifted it into its feeds again.
    pub raised: Option<DateTime<Utc>>,
    /// Bytes of its raw text.
    pub size: u64,
    /// All else.
    pub facts: Facts,
}

impl Story {
    /// Whether readers may know of the story.
    pub fn is_public(&self) -> bool {
        self.phase == Phase::Public
    }

    /// Whether its words were deleted: every other story has an address.
    pub fn is_purged(&self) -> bool {
        self.url.is_empty()
    }

    /// When it was changed after it was published, if it was.
    pub fn modified(&self) -> Option<DateTime<Utc>> {
        (self.updated.timestamp() > self.published.timestamp()).then_some(self.updated)
    }
}
