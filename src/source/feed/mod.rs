//! The one reader of feeds: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1, read
//! into plain types; and what differs between two feeds.
//!
//! Takes bytes, gives a [`ReadFeed`]. Reads no clock, file or socket.
//!
//! # Promises
//! - A guid is what the document has, letter for letter but for white space around it. Nothing is
//!   made up: without a guid it is the address, without an address the title.
//! - Never a panic, a full stack or a hang: size, nesting and number of elements are bounded
//!   ([`MAX_FEED_BYTES`], [`MAX_FEED_DEPTH`], [`MAX_FEED_ELEMENTS`]), and no entity of a document
//!   is expanded.
//! - Forgiven: bare `&`, HTML entities, a missing or unknown version, prefixes without a
//!   declaration, tags that don't match, attributes without quotes, encodings that are missing or
//!   lie, illegal characters, dates in odd forms, a document that breaks off. What stands before
//!   the break is read, the broken entry is left out, and [`ReadFeed::cut`] says where it was.
//!
//! # Limits
//! - A `<` that begins no tag may take what follows it along. JSON is taken as it is or not at all.
//! - The encoding that HTTP names is not known here; bytes and XML declaration decide.
//! - HTML comes as the feed has it, not cleaned and its addresses not made absolute: what is shown
//!   or stored goes through `text::render`.

mod atom;
mod compare;
mod dates;
mod encoding;
mod html;
mod json;
mod media;
mod people;
mod rss;
mod xml;

pub use compare::{ChangedEntry, Comparison, Field, NamedEntry, RenamedEntry, compare};

use std::fmt;

use chrono::{DateTime, Utc};

use crate::text::legal;

/// Larger documents are refused.
pub const MAX_FEED_BYTES: usize = 64 * 1024 * 1024;
/// Elements (in JSON: lists and objects) within each other beyond which a document is refused.
pub const MAX_FEED_DEPTH: usize = 256;
/// Elements (in JSON: values) beyond which a document is refused.
pub const MAX_FEED_ELEMENTS: usize = 1_000_000;

/// A feed as its document has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadFeed {
    /// What it is written in.
    pub kind: FeedKind,
    /// Plain text; empty where there is none.
    pub title: String,
    /// The page of the same stories.
    pub link: Option<String>,
    /// When it changed last.
    pub updated: Option<DateTime<Utc>>,
    /// Names, for entries that have none of their own (RFC 4287 §4.2.1).
    pub authors: Vec<String>,
    /// In the order of the document.
    pub entries: Vec<ReadEntry>,
    /// What was taken back (RFC 6721).
    pub tombstones: Vec<ReadTombstone>,
    /// The line, from 1, after which nothing could be read; none: the document is whole. Entries
    /// that are missing from a feed that was cut may well exist.
    pub cut: Option<usize>,
}

/// What a feed is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedKind {
    /// RSS 0.90 and 1.0, which are RDF.
    Rdf,
    /// RSS 0.91 to 2.0.
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
    /// Its page; relative addresses are joined to `xml:base` where there is one.
    pub url: Option<String>,
    /// Plain text; empty where there is none.
    pub title: String,
    /// When it became public.
    pub published: Option<DateTime<Utc>>,
    /// When it was changed.
    pub updated: Option<DateTime<Utc>>,
    /// HTML, a plain summary being escaped. The `description` of RSS, which may be the whole text.
    pub summary: Option<String>,
    /// HTML of the whole text, plain text being made HTML.
    pub content_html: Option<String>,
    /// What relative addresses in the HTML start from, where the document says so.
    pub base: Option<String>,
    /// Names.
    pub authors: Vec<String>,
    /// Sections, tags, subjects.
    pub categories: Vec<ReadCategory>,
    /// Address of the lead image: Media RSS, iTunes, `image` of JSON Feed.
    pub image: Option<String>,
    /// Attached files.
    pub enclosures: Vec<ReadEnclosure>,
}

/// A category as its document has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
            Self::BadXml { .. } => "mend the document at this line",
            Self::BadJson { .. } => "give a document with the members that jsonfeed.org names",
        }
    }
}

/// Reads a feed of any kind.
///
/// # Errors
/// What is no feed, and what is beyond the bounds; a feed that merely breaks off is read so far.
pub fn read_feed(bytes: &[u8]) -> Result<ReadFeed, FeedReadError> {
    if bytes.len() > MAX_FEED_BYTES {
        return Err(FeedReadError::TooLarge { bytes: bytes.len() });
    }
    let text = encoding::decoded(bytes);
    let text = text.as_ref();
    match text.trim_start().chars().next() {
        None => Err(FeedReadError::Empty),
        Some('{' | '[') => json::read(text),
        Some(_) => read_xml(text),
    }
}

fn read_xml(text: &str) -> Result<ReadFeed, FeedReadError> {
    let text = legal(text);
    if !text.contains('<') {
        let found = text.trim_start().chars().take(20).collect();
        return Err(FeedReadError::NotAFeed { found });
    }
    let document = xml::parse(&text)?;
    let root = &document.root;
    let mut feed = match root.local.to_ascii_lowercase().as_str() {
        "rss" | "rdf" | "channel" => rss::read(root),
        "feed" | "entry" => atom::read(root),
        _ => return Err(FeedReadError::NotAFeed { found: format!("<{}>", root.local) }),
    };
    // Behind a channel that is whole nothing is missing but `</rss>`.
    let all_there = root.local == "rss" && root.children().last().is_some_and(|it| it.whole);
    feed.cut = document.cut.filter(|_| !all_there);
    Ok(feed)
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
mod tests;
