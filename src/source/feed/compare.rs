//! What someone who follows a feed sees when one document takes another's place.
//!
//! # Promises
//! - Entries are the same if their guids are, as in a reader. One that is a lost one under another
//!   guid ([`Lost`]) would look new.
//! - Between formats only what both carry counts: RSS has one enclosure, authors are compared as
//!   one line, `updated` counts where both have it, summaries as plain text.
//!
//! # Limits
//! - The order of entries, and what belongs to the feed itself, are not compared.
//! - Of several entries with one guid the first counts.
//! - An entry that merely fell off the end of a feed is gone like any other.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
};

use serde::Serialize;
use url::Url;

use super::{
    FeedKind, ReadCategory, ReadEntry, ReadFeed,
    html::reduced,
    lost::{Lost, Named},
};
use crate::{story::Person, text::plain_text};

/// What differs between two documents of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// In the new document only.
    pub new: Vec<NamedEntry>,
    /// In the old document only.
    pub gone: Vec<NamedEntry>,
    /// In both, but not alike.
    pub changed: Vec<ChangedEntry>,
    /// In both under different guids: readers will show them again.
    pub would_look_new: Vec<RenamedEntry>,
    /// In the old document, and a tombstone in the new one.
    pub taken_back: Vec<NamedEntry>,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An entry by what names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamedEntry {
    /// Its guid.
    pub id: String,
    /// Plain text.
    pub title: String,
    /// Its page.
    pub url: Option<String>,
}

impl NamedEntry {
    fn of(entry: &ReadEntry) -> Self {
        Self { id: entry.guid.clone(), title: entry.title.clone(), url: entry.url.clone() }
    }
}

/// An entry that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedEntry {
    /// Its guid.
    pub id: String,
    /// Its new title.
    pub title: String,
    /// What changed.
    pub fields: Vec<Field>,
}

/// An entry whose guid is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RenamedEntry {
    /// The guid that readers know.
    pub old_id: String,
    /// The guid that they don't.
    pub new_id: String,
    /// Its new title.
    pub title: String,
    /// Its page.
    pub url: Option<String>,
}

/// A part of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "named as they are shown")]
pub enum Field {
    Title,
    Address,
    Dates,
    Summary,
    Content,
    Authors,
    Categories,
    Image,
    Enclosures,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Title => "title",
            Self::Address => "address",
            Self::Dates => "dates",
            Self::Summary => "summary",
            Self::Content => "content",
            Self::Authors => "authors",
            Self::Categories => "categories",
            Self::Image => "image",
            Self::Enclosures => "enclosures",
        })
    }
}

/// What differs if `new` takes the place of `old`.
pub fn compare(old: &ReadFeed, new: &ReadFeed) -> Comparison {
    let was = by_guid(old);
    let is = by_guid(new);
    let dead: HashSet<&str> = new.tombstones.iter().map(|it| it.guid.as_str()).collect();
    let mut comparison = Comparison::default();
    let mut lost = Lost::default();
    for entry in once_each(old).filter(|entry| !is.contains_key(key(entry))) {
        match dead.contains(key(entry)) {
            true => comparison.taken_back.push(NamedEntry::of(entry)),
            false => lost.add(entry, named(entry)),
        }
    }
    let pair = Pair { old: old.kind, new: new.kind };
    for entry in once_each(new) {
        if let Some(before) = was.get(key(entry)) {
            let fields = pair.changed(before, entry);
            if !fields.is_empty() {
                let (id, title) = (entry.guid.clone(), entry.title.clone());
                comparison.changed.push(ChangedEntry { id, title, fields });
            }
        } else if let Some(before) = lost.take(named(entry)) {
            comparison.would_look_new.push(RenamedEntry {
                old_id: before.guid.clone(),
                new_id: entry.guid.clone(),
                title: entry.title.clone(),
                url: entry.url.clone(),
            });
        } else {
            comparison.new.push(NamedEntry::of(entry));
        }
    }
    comparison.gone = lost.left().map(NamedEntry::of).collect();
    comparison
}

fn by_guid(feed: &ReadFeed) -> HashMap<&str, &ReadEntry> {
    once_each(feed).map(|entry| (key(entry), entry)).collect()
}

/// What tells an entry from others: its guid, or its text where it has nothing that names it.
fn key(entry: &ReadEntry) -> &str {
    let text = || entry.summary.as_deref().or(entry.content_html.as_deref());
    if entry.guid.is_empty() { text().unwrap_or_default() } else { &entry.guid }
}

/// The entries, the first of each guid.
fn once_each(feed: &ReadFeed) -> impl Iterator<Item = &ReadEntry> {
    let mut seen = HashSet::new();
    feed.entries.iter().filter(move |entry| seen.insert(key(entry)))
}

fn named(entry: &ReadEntry) -> Named<'_> {
    Named { url: entry.url.as_deref(), title: &entry.title, published: entry.published }
}

/// The address in one spelling.
fn address(entry: &ReadEntry) -> Option<String> {
    let url = entry.url.as_deref()?;
    Some(Url::parse(url).map_or_else(|_| url.to_owned(), String::from))
}

/// Formats differ in what they say of a picture.
fn image(entry: &ReadEntry) -> Option<&str> {
    entry.image.as_ref().map(|image| image.url.as_str())
}

/// Text as it is shown: RSS has HTML where the others have plain text.
fn seen(text: &str) -> String {
    plain_text(text)
}

fn byline(entry: &ReadEntry) -> String {
    let shown = |author: &Person| match author.name.as_str() {
        "" => author.email.clone().unwrap_or_default(),
        name => name.to_owned(),
    };
    seen(&entry.authors.iter().map(shown).collect::<Vec<_>>().join(", "))
}

/// The summary as plain text; a title that stands in for one is none.
fn shown_summary(entry: &ReadEntry) -> Option<String> {
    let summary = seen(entry.summary.as_deref()?);
    (!summary.is_empty() && summary != seen(&entry.title)).then_some(summary)
}

/// The formats on both sides.
#[derive(Clone, Copy)]
struct Pair {
    old: FeedKind,
    new: FeedKind,
}

impl Pair {
    fn changed(self, old: &ReadEntry, new: &ReadEntry) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut note = |field, differs: bool| {
            if differs {
                fields.push(field);
            }
        };
        note(Field::Title, seen(&old.title) != seen(&new.title));
        note(Field::Address, address(old) != address(new));
        note(Field::Dates, self.dates_differ(old, new));
        let (summary, content) = self.texts_differ(old, new);
        note(Field::Summary, summary);
        note(Field::Content, content);
        note(Field::Authors, byline(old) != byline(new));
        note(Field::Categories, self.categories_differ(old, new));
        note(Field::Image, image(old) != image(new));
        note(Field::Enclosures, self.enclosures_differ(old, new));
        fields
    }

    fn same(self) -> bool {
        self.old == self.new
    }

    fn has(self, kind: FeedKind) -> bool {
        self.old == kind || self.new == kind
    }

    fn dates_differ(self, old: &ReadEntry, new: &ReadEntry) -> bool {
        let [was, is] = [old, new].map(|it| it.published.map(|date| date.timestamp()));
        let [was_updated, is_updated] =
            [old, new].map(|it| it.updated.or(it.published).map(|date| date.timestamp()));
        if self.same() {
            return was != is || was_updated != is_updated;
        }
        let both_differ = |one: Option<i64>, other: Option<i64>| {
            one.zip(other).is_some_and(|(one, other)| one != other)
        };
        // Atom must say when an entry was updated, others may leave it out.
        let both_updated = old.updated.is_some() && new.updated.is_some();
        both_differ(was, is) || (both_updated && both_differ(was_updated, is_updated))
    }

    /// Whether the summaries and whether the contents differ.
    fn texts_differ(self, old: &ReadEntry, new: &ReadEntry) -> (bool, bool) {
        let html = |html: &Option<String>| html.as_deref().map(reduced);
        let [was, is] = [old, new].map(|entry| html(&entry.content_html));
        if self.same() {
            return (html(&old.summary) != html(&new.summary), was != is);
        }
        let summaries = shown_summary(old) != shown_summary(new);
        // RSS may have as its description what the other has as content.
        let description_and_content =
            |bare: &ReadEntry, full: &ReadEntry, content| match html(&bare.summary) == content {
                true => (false, false),
                false => (summaries && full.summary.is_some(), true),
            };
        match (&was, &is) {
            (None, Some(_)) => description_and_content(old, new, is),
            (Some(_), None) => description_and_content(new, old, was),
            _ => (summaries, was != is),
        }
    }

    fn categories_differ(self, old: &ReadEntry, new: &ReadEntry) -> bool {
        let terms = |entry: &ReadEntry| set(&entry.categories, |it| it.term.clone());
        if self.same() || !self.has(FeedKind::Json) {
            return terms(old) != terms(new);
        }
        // Tags of JSON Feed are what people see: labels of Atom, and no scheme.
        let labels = |entry: &ReadEntry| {
            set(&entry.categories, |it| it.label.clone().unwrap_or_else(|| it.term.clone()))
        };
        if self.has(FeedKind::Atom) {
            return labels(old) != labels(new);
        }
        let free = |entry: &ReadEntry| {
            let free: Vec<_> =
                entry.categories.iter().filter(|it| it.scheme.is_none()).cloned().collect();
            set(&free, |it| it.term.clone())
        };
        let (tags, other) = match self.old {
            FeedKind::Json => (terms(old), new),
            _ => (terms(new), old),
        };
        tags.len() != terms(other).len() || !free(other).is_subset(&tags)
    }

    fn enclosures_differ(self, old: &ReadEntry, new: &ReadEntry) -> bool {
        let urls = |entry: &ReadEntry| -> BTreeSet<String> {
            entry.enclosures.iter().map(|it| it.url.clone()).collect()
        };
        let (was, is) = (urls(old), urls(new));
        if self.same() {
            let files = |entry: &ReadEntry| -> Vec<_> {
                entry
                    .enclosures
                    .iter()
                    .map(|it| (it.url.clone(), it.media_type.clone(), it.length))
                    .collect()
            };
            return files(old) != files(new);
        }
        if self.has(FeedKind::Rss) {
            let (fewer, more) = if self.old == FeedKind::Rss { (&was, &is) } else { (&is, &was) };
            return fewer.is_empty() != more.is_empty() || !fewer.is_subset(more);
        }
        was != is
    }
}

fn set(categories: &[ReadCategory], name: impl Fn(&ReadCategory) -> String) -> BTreeSet<String> {
    categories.iter().map(name).collect()
}
