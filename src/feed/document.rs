//! The feed document: everything a format needs, already decided.

use chrono::{DateTime, Utc};

use crate::story::{
    Enclosure, FeedPath, Format, Guid, Hub, Image, Language, Origin, Person, Profile, Site,
    SiteImage,
};

/// One feed, ready to be written in any format.
///
/// All texts are plain and legal in XML, all addresses absolute ASCII URIs, `content_html` is clean.
#[derive(Debug, Clone)]
pub struct FeedDocument<'a> {
    /// The newsroom.
    pub site: &'a Site,
    /// Where the feed stands.
    pub path: FeedPath,
    /// Where its self links and twin stand: `path`, or its new place for the copy of a moved feed.
    pub address: FeedPath,
    /// Atom id, kept through moves.
    pub id: String,
    /// Shown by readers.
    pub title: String,
    /// What it carries.
    pub description: String,
    /// Of the feed; entries may differ.
    pub language: Language,
    /// Page of the same stories on the site, or the twin.
    pub page: String,
    /// The channel's picture.
    pub image: Option<SiteImage>,
    /// The logo of the feed, or of the site.
    pub logo: Option<String>,
    /// The aggregator that it is written for.
    pub profile: Option<Profile>,
    /// The section it stands for.
    pub category: Option<Category>,
    /// How long a reader may wait before it asks again.
    pub ttl_minutes: u32,
    /// The forms it is published in, the first being the preferred one.
    pub formats: Vec<Format>,
    /// Newest change of anything that is or was in it; none for a feed that never had a story.
    pub updated: Option<DateTime<Utc>>,
    /// The same feed in other languages: address of the twin, itself included where there are any.
    pub alternates: Vec<Translation>,
    /// Newest first.
    pub entries: Vec<Entry>,
    /// Stories that were taken back, the newest first.
    pub tombstones: Vec<Tombstone>,
    /// The hubs that tell of changes of it.
    pub hubs: &'a [Hub],
    /// Which part of the feed's history this is, and what lies beside it.
    pub history: History,
}

/// Where a document stands in a feed's history (RFC 5005 §4): the feed itself, or an archive page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    /// Number of this archive page, from 1; none: the feed itself.
    pub page: Option<u32>,
    /// The page of older stories, if there is one.
    pub prev: Option<u32>,
    /// The page of newer stories, if there is one; none for the feed itself.
    pub next: Option<u32>,
}

/// A story that was taken back (RFC 6721).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The story's identity.
    pub guid: Guid,
    /// When it was taken back.
    pub when: DateTime<Utc>,
    /// Why, plain text, in the feed's language.
    pub comment: Option<String>,
    /// Its address, and when it was published; none where nothing of it is known any more.
    pub story: Option<(String, DateTime<Utc>)>,
}

impl FeedDocument<'_> {
    /// The address of this document in `format`.
    pub fn self_url(&self, format: Format) -> String {
        match self.history.page {
            None => self.feed_url(format),
            Some(page) => self.archive_url(format, page),
        }
    }

    /// The address of the feed itself in `format`, on archive pages too.
    pub fn feed_url(&self, format: Format) -> String {
        self.site.address(&self.address.file(format.file_name()))
    }

    /// The address of an archive page of this feed in `format`.
    pub fn archive_url(&self, format: Format, page: u32) -> String {
        self.site.address(&self.address.file(&format.archive_name(page)))
    }

    /// The address of its HTML twin.
    pub fn twin_url(&self) -> String {
        self.site.address(&self.address.folder())
    }

    /// The newest `published` instant among its entries.
    pub fn newest(&self) -> Option<DateTime<Utc>> {
        self.entries.iter().map(|entry| entry.published).max()
    }
}

/// A story in a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its identity in every format.
    pub guid: Guid,
    /// Absolute address of the story.
    pub url: String,
    /// Plain text.
    pub title: String,
    /// For places with little room, plain text.
    pub short_title: Option<String>,
    /// The story's language, set only where it differs from the feed's.
    pub language: Option<Language>,
    /// Plain text; empty where there is none.
    pub summary: String,
    /// Clean HTML; none in summary mode.
    pub content_html: Option<String>,
    /// When it became public.
    pub published: DateTime<Utc>,
    /// When it was changed after that.
    pub modified: Option<DateTime<Utc>>,
    /// Whether the change was a correction.
    pub corrected: bool,
    /// When it was taken back; what is here is a notice then.
    pub withdrawn: Option<DateTime<Utc>>,
    /// In the order of the byline.
    pub authors: Vec<Person>,
    /// Sections first, then tags.
    pub categories: Vec<Category>,
    /// The lead image.
    pub image: Option<Image>,
    /// Audio, video and documents.
    pub enclosures: Vec<Enclosure>,
    /// Where it was taken from.
    pub origin: Option<Origin>,
    /// Who holds the rights, where it isn't the site.
    pub rights: Option<String>,
    /// The same story in other languages.
    pub translations: Vec<Translation>,
}

/// A section or a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Section path, or the tag.
    pub term: String,
    /// Title of the section; none for a tag.
    pub section_title: Option<String>,
}

/// The same thing in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// Its language.
    pub language: Language,
    /// Absolute address.
    pub url: String,
}
