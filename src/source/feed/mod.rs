//! The one reader of feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1, read
//! into plain types; and what differs between two feeds.
//!
//! Takes bytes, gives a [`ReadFeed`]. Reads no clock, file or socket.
//!
//! # Promises
//! - A guid is what the document has, letter for letter but for white space around it. Nothing is
//!   made up: without a guid it is the address, without an address the title.
//! - Never a panic, a full stack or a hang: size, nesting, elements and entries are bounded
//!   ([`MAX_FEED_BYTES`], [`MAX_FEED_DEPTH`], [`MAX_FEED_ELEMENTS`], [`MAX_FEED_ENTRIES`]). One
//!   entry is held as a tree at a time; no entity of a document stands for another.
//! - Forgiven: bare `&` and `<`, HTML entities, a missing or unknown version, prefixes without a
//!   declaration, tags that don't match, attributes without quotes, encodings that are missing or
//!   lie, illegal characters, dates in odd forms, what a program says before the feed, a document
//!   that breaks off. What stands before the break is read, the broken entry is left out, and
//!   [`ReadFeed::cut`] says where it was. `docs/reading.md` has the whole list.
//!
//! # Limits
//! - JSON is taken as it is or not at all.
//! - HTML comes as the feed has it, not cleaned and its addresses not made absolute: what is shown
//!   or stored goes through `text::render`.
//! - An address is whatever the feed says: `text::absolute_address` tells whether it is one.

mod atom;
mod base64;
mod compare;
mod date_words;
pub(super) mod dates;
mod element;
mod elements;
pub(super) mod encoding;
mod html;
mod iso_dates;
mod json;
mod lost;
mod media;
mod page;
mod people;
mod references;
mod rss;
mod space;
mod xml;

pub use compare::{ChangedEntry, Comparison, Field, NamedEntry, RenamedEntry, compare};
use element::Element;
pub use lost::{Lost, Named};

use std::fmt;

use chrono::{DateTime, Utc, Weekday};
use url::Url;

use crate::{
    story::{Image, Origin, Person},
    text::legal,
};

/// Larger documents are refused.
pub const MAX_FEED_BYTES: usize = 64 * 1024 * 1024;
/// Elements (in JSON: lists and objects) within each other beyond which a document is refused.
pub const MAX_FEED_DEPTH: usize = 256;
/// Elements that an entry, or a feed beside its entries, may have.
pub const MAX_FEED_ELEMENTS: usize = 100_000;
/// Entries beyond so many are passed over, whatever is asked for.
pub const MAX_FEED_ENTRIES: usize = 50_000;

/// What is known about a document beside its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Hints<'a> {
    /// The encoding that HTTP names (`charset` of the content type).
    pub charset: Option<&'a str>,
    /// Where the document came from: relative addresses start there.
    pub address: Option<&'a Url>,
    /// Entries beyond so many are passed over; never more than [`MAX_FEED_ENTRIES`] are read.
    pub max_entries: usize,
}

impl Default for Hints<'_> {
    fn default() -> Self {
        Self { charset: None, address: None, max_entries: MAX_FEED_ENTRIES }
    }
}

/// A feed as its document has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadFeed {
    /// What it is written in.
    pub kind: FeedKind,
    /// Plain text; empty where there is none.
    pub title: String,
    /// The page of the same stories.
    pub link: Option<String>,
    /// When it changed last.
    pub updated: Option<DateTime<Utc>>,
    /// As it is written (`pt-br`), for entries that name none.
    pub language: Option<String>,
    /// Plain text, for entries that say nothing of it.
    pub rights: Option<String>,
    /// For entries that have none of their own (RFC 4287 §4.2.1).
    pub authors: Vec<Person>,
    /// Hubs that tell of changes (WebSub §4).
    pub hubs: Vec<String>,
    /// The address that the feed says it has: the topic of its hubs.
    pub self_link: Option<String>,
    /// Where older entries are (RFC 5005: `next`, else `prev-archive`; `next_url` of JSON Feed).
    pub next_page: Option<String>,
    /// How often it wants to be read.
    pub rhythm: Rhythm,
    /// In the order of the document.
    pub entries: Vec<ReadEntry>,
    /// Entries beyond [`Hints::max_entries`].
    pub passed_over: usize,
    /// What was taken back (RFC 6721).
    pub tombstones: Vec<ReadTombstone>,
    /// The line, from 1, after which nothing could be read; none: the document is whole. Entries
    /// that are missing from a feed that was cut may well exist.
    pub cut: Option<usize>,
}

/// How often a feed wants to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rhythm {
    /// How long it may be kept (RSS `ttl`).
    pub ttl_minutes: Option<u64>,
    /// Hours of the day, 0 to 23 in UTC, in which nothing new comes.
    pub skip_hours: Vec<u8>,
    /// Days of the week, in UTC, on which nothing new comes.
    pub skip_days: Vec<Weekday>,
    /// Minutes between two changes (`sy:updatePeriod`, `sy:updateFrequency`).
    pub update_every: Option<u64>,
}

/// What a feed is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FeedKind {
    /// RSS 0.90 and 1.0, which are RDF.
    Rdf,
    /// RSS 0.91 to 2.0.
    #[default]
    Rss,
    /// Atom 1.0 and its draft 0.3.
    Atom,
    /// JSON Feed.
    Json,
}

impl fmt::Display for FeedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rdf => "RSS 1.0",
            Self::Rss => "RSS",
            Self::Atom => "Atom",
            Self::Json => "JSON Feed",
        })
    }
}

/// An entry as its document has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadEntry {
    /// RSS `guid`, RDF `about`, Atom or JSON `id`; without one the address, or the title.
    pub guid: String,
    /// Its page; a relative address is joined to `xml:base`, or to the document's own address.
    pub url: Option<String>,
    /// Plain text; empty where there is none.
    pub title: String,
    /// When it became public.
    pub published: Option<DateTime<Utc>>,
    /// When it was changed.
    pub updated: Option<DateTime<Utc>>,
    /// When it stops being true or public: the end of `dcterms:valid`.
    pub expires: Option<DateTime<Utc>>,
    /// The first date that could not be read, where that leaves the entry without any.
    pub undated: Option<String>,
    /// HTML, a plain summary being escaped. The `description` of RSS, which may be the whole text.
    pub summary: Option<String>,
    /// HTML of the whole text, plain text being made HTML.
    pub content_html: Option<String>,
    /// What relative addresses in the HTML start from, where the document says so.
    pub base: Option<String>,
    /// As it is written (`pt-br`), where the entry names one of its own.
    pub language: Option<String>,
    /// Plain text.
    pub rights: Option<String>,
    /// Whoever is nothing but a mail address has an empty name.
    pub authors: Vec<Person>,
    /// Sections, tags, subjects.
    pub categories: Vec<ReadCategory>,
    /// The lead image: Media RSS, iTunes, `image` of JSON Feed.
    pub image: Option<Image>,
    /// Attached files.
    pub enclosures: Vec<ReadEnclosure>,
    /// The feed that it was taken from (RSS `source`, `atom:source`).
    pub origin: Option<Origin>,
}

/// A category as its document has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ReadCategory {
    /// What programs go by.
    pub term: String,
    /// What people see, where it is something else.
    pub label: Option<String>,
    /// Whose term it is.
    pub scheme: Option<String>,
}

/// An attached file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadEnclosure {
    /// Address.
    pub url: String,
    /// Media type.
    pub media_type: Option<String>,
    /// Bytes.
    pub length: Option<u64>,
    /// What a reader shows for it.
    pub title: Option<String>,
    /// Playing time.
    pub duration_seconds: Option<u64>,
}

/// An entry that was taken back (RFC 6721 §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadTombstone {
    /// The guid of the entry.
    pub guid: String,
    /// When it was taken back.
    pub when: Option<DateTime<Utc>>,
}

/// Why a document is not read. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedReadError {
    /// More bytes than a feed has.
    #[error("it has {bytes} bytes, more than {MAX_FEED_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Elements, lists or objects within each other beyond what a feed needs.
    #[error("line {line}: it is nested more than {MAX_FEED_DEPTH} deep")]
    TooDeep {
        /// Where the limit is passed.
        line: usize,
    },
    /// More elements or values than a feed has.
    #[error("line {line}: it has more than {MAX_FEED_ELEMENTS} elements")]
    TooMany {
        /// Where the limit is passed.
        line: usize,
    },
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// Another sort of document.
    #[error("it is no feed: it begins with `{found}`")]
    NotAFeed {
        /// Its root element, or its first letters.
        found: String,
    },
    /// A page for people, which may say where its feeds are.
    #[error("it is no feed but an HTML page{}", named(feeds))]
    HtmlPage {
        /// The feeds that the page names, absolute where its address is known.
        feeds: Vec<String>,
    },
    /// XML of which not even the beginning can be read.
    #[error("line {line}: it is no XML: {reason}")]
    BadXml {
        /// Where it breaks.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// No JSON, or not that of a feed.
    #[error("it is no JSON Feed: {reason}")]
    BadJson {
        /// What the parser says, with the place.
        reason: String,
    },
}

impl FeedReadError {
    /// What to do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "ask the publisher for a shorter feed",
            Self::TooDeep { .. } => "look for elements that are left open above this line",
            Self::TooMany { .. } => "give a feed with fewer entries",
            Self::Empty | Self::NotAFeed { .. } => "give the file of an RSS, Atom or JSON feed",
            Self::HtmlPage { feeds } if feeds.is_empty() => {
                "look on the page for the address of its feed"
            }
            Self::HtmlPage { .. } => "give the address of the feed that you want of these",
            Self::BadXml { .. } => "mend the document at this line",
            Self::BadJson { .. } => "give a document with the members that jsonfeed.org names",
        }
    }
}

/// Reads a feed of any kind.
///
/// # Errors
/// What is no feed, and what is beyond the bounds; a feed that merely breaks off is read so far.
pub fn read_feed(bytes: &[u8], hints: &Hints<'_>) -> Result<ReadFeed, FeedReadError> {
    if bytes.len() > MAX_FEED_BYTES {
        return Err(FeedReadError::TooLarge { bytes: bytes.len() });
    }
    let text = encoding::decoded(bytes, hints.charset);
    let is_nothing = |letter: char| letter.is_whitespace() || matches!(letter, '\0' | '\u{FEFF}');
    match text.trim_start_matches(is_nothing).chars().next() {
        None => Err(FeedReadError::Empty),
        Some('{' | '[') => json::read(&text, hints),
        Some(_) => read_xml(&text, hints),
    }
}

fn read_xml(text: &str, hints: &Hints<'_>) -> Result<ReadFeed, FeedReadError> {
    let text = legal(text);
    if !text.contains('<') {
        let found = text.trim_start().chars().take(20).collect();
        return Err(FeedReadError::NotAFeed { found });
    }
    let start = page::feed_start(&text);
    let mut entries = Entries::at_most(hints.max_entries);
    let mut take = |element: &Element| {
        entries.take(|| match element.local.eq_ignore_ascii_case("item") {
            true => Some(rss::entry(element)),
            false => Some(atom::entry(element)),
        });
    };
    let document = match start {
        Some(start) => xml::parse(&text, start, hints.address, &mut take)?,
        None if page::is_page(&text) => {
            let feeds = page::feeds(&text, hints.address);
            return Err(FeedReadError::HtmlPage { feeds });
        }
        None => xml::parse(&text, 0, hints.address, &mut take)?,
    };
    let root = &document.root;
    let feed = match root.local.to_ascii_lowercase().as_str() {
        "rss" | "rdf" | "channel" | "item" => rss::feed(root),
        "feed" | "entry" => atom::feed(root),
        _ => return Err(FeedReadError::NotAFeed { found: format!("<{}>", root.local) }),
    };
    // Behind a channel that is whole nothing is missing but `</rss>`.
    let all_there = root.local == "rss" && root.children().last().is_some_and(|it| it.whole);
    Ok(entries.into_feed(ReadFeed { cut: document.cut.filter(|_| !all_there), ..feed }))
}

/// The entries of a feed, up to a bound.
struct Entries {
    read: Vec<ReadEntry>,
    bound: usize,
    passed_over: usize,
}

impl Entries {
    fn at_most(bound: usize) -> Self {
        Self { read: Vec::new(), bound: bound.min(MAX_FEED_ENTRIES), passed_over: 0 }
    }

    /// Takes one more entry, if there is room.
    fn take(&mut self, entry: impl FnOnce() -> Option<ReadEntry>) {
        if self.read.len() == self.bound {
            self.passed_over += 1;
        } else {
            self.read.extend(entry());
        }
    }

    fn into_feed(self, feed: ReadFeed) -> ReadFeed {
        ReadFeed { entries: self.read, passed_over: self.passed_over, ..feed }
    }
}

/// The feeds of a page, for a message.
fn named(feeds: &[String]) -> String {
    match feeds {
        [] => String::new(),
        feeds => format!(", whose feeds are `{}`", feeds.join("`, `")),
    }
}

/// The guid that an entry has, given what its document says.
fn guid_of(written: Option<String>, url: Option<&String>, title: &str) -> String {
    let given = |text: &String| !text.trim().is_empty();
    written.filter(given).or_else(|| url.cloned()).unwrap_or_else(|| title.to_owned())
}

/// The line, from 1, on which the byte `at` of `text` stands.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod tests;
