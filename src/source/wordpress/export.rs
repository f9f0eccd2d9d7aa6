//! Export files of WordPress (WXR 1.0 to 1.2: RSS 2.0 with elements of its own), of any size.
//!
//! # Promises
//! - Posts come one at a time; never more than one is in memory.
//! - A post that can't be read, and a file that breaks off, are faults with their line; all that
//!   was whole comes out.
//!
//! # Limits
//! - Posts alone, published or scheduled; the others are counted in [`Tally`].
//! - Reusable blocks, and galleries that name pictures by number, stay out of the text.

use std::{
    collections::HashMap,
    io::{self, BufRead},
};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use percent_encoding::percent_decode_str;

use super::{
    Attachments, autop,
    items::{Items, Kind, MAX_ITEM_BYTES, Piece},
};
use crate::{
    source::feed::{
        ReadCategory, ReadEnclosure, ReadEntry,
        element::Element,
        space::Space,
        xml,
    },
    story::Person,
    text::{plain_text, read_date},
};

/// Sections above a section; more are no tree but a circle.
const MAX_PARENTS: usize = 16;

/// Why an export, or a post in it, is not read. Lines count from 1.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file can't be read.
    #[error("it can't be read: {0}")]
    Io(#[from] io::Error),
    /// Another sort of file.
    #[error("it is no export of WordPress: it begins with `{found}`")]
    NotAnExport {
        /// Its first letters.
        found: String,
    },
    /// The file ends too early.
    #[error("line {line}: it breaks off: what begins here has no end")]
    Cut {
        /// Where the post without an end begins, or the last line.
        line: usize,
    },
    /// A post without an end, or one that is no XML.
    #[error("line {line}: the post that begins here is broken{}", said(.reason))]
    Broken {
        /// Where the post begins.
        line: usize,
        /// What the parser says; empty where the end is missing.
        reason: String,
    },
    /// A post beyond every reason.
    #[error("line {line}: the post that begins here has more than {MAX_ITEM_BYTES} bytes")]
    TooLarge {
        /// Where the post begins.
        line: usize,
    },
    /// A post that has neither a guid nor an address.
    #[error("line {line}: the post `{title}` has neither `guid` nor `link`")]
    Nameless {
        /// Where the post begins.
        line: usize,
        /// Its title.
        title: String,
    },
}

impl ExportError {
    /// What to do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::Io(_) => "see that the file is there and may be read",
            Self::NotAnExport { .. } => {
                "give the XML file that Tools, Export in WordPress makes (unpacked)"
            }
            Self::Cut { .. } => "export again, month by month if the site runs out of time",
            Self::Broken { .. } => "mend the file at this line, or export this post again",
            Self::TooLarge { .. } => "shorten the post, or take it out of the file",
            Self::Nameless { .. } => "give the post a `guid` in the file",
        }
    }
}

fn said(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

/// What an export says of its site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportSite {
    /// Plain text; empty where there is none.
    pub title: String,
    /// Its front page.
    pub link: Option<String>,
    /// A language tag, as it is written.
    pub language: Option<String>,
}

/// What became of the items of an export.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Posts that came out, those scheduled too.
    pub posts: usize,
    /// Those of them whose hour had not come when the file was made.
    pub scheduled: usize,
    /// Drafts, pending and private posts, and those in the bin.
    pub unpublished: usize,
    /// Posts behind a password.
    pub protected: usize,
    /// Pages, attachments, menus, revisions and all else.
    pub others: usize,
}

/// The posts of an export, in its order.
pub struct Posts<'a, R> {
    items: Items<R>,
    attachments: &'a Attachments,
    zone: Tz,
    head: Head,
    tally: Tally,
    ended: bool,
}

/// Begins to read the posts of an export; `zone` is the site's, for posts without a date in UTC.
///
/// # Errors
/// A file that can't be read, or is no export.
pub fn posts<R: BufRead>(
    reader: R,
    attachments: &Attachments,
    zone: Tz,
) -> Result<Posts<'_, R>, ExportError> {
    let mut items = Items::new(reader);
    let head = items.next()?.map(|piece| piece.text).unwrap_or_default();
    check_head(&head)?;
    Ok(Posts {
        items,
        attachments,
        zone,
        head: Head::read(&head),
        tally: Tally::default(),
        ended: false,
    })
}

impl<R> Posts<'_, R> {
    /// What the export says of its site.
    pub fn site(&self) -> &ExportSite {
        &self.head.site
    }

    /// What became of the items so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }
}

impl<R: BufRead> Iterator for Posts<'_, R> {
    type Item = Result<ReadEntry, ExportError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let piece = match self.items.next() {
                Ok(Some(piece)) => piece,
                Ok(None) => {
                    self.ended = true;
                    return None;
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error.into()));
                }
            };
            let line = piece.line;
            match piece.kind {
                Kind::Head => {}
                Kind::Cut => return Some(Err(ExportError::Cut { line })),
                Kind::Broken => {
                    return Some(Err(ExportError::Broken { line, reason: String::new() }));
                }
                Kind::TooLarge => return Some(Err(ExportError::TooLarge { line })),
                Kind::Item => match self.read(&piece) {
                    Ok(Some(entry)) => return Some(Ok(entry)),
                    Ok(None) => {}
                    Err(error) => return Some(Err(error)),
                },
            }
        }
        None
    }
}

impl<R> Posts<'_, R> {
    /// The post in an item; none where it is something else, or not public.
    fn read(&mut self, piece: &Piece) -> Result<Option<ReadEntry>, ExportError> {
        let line = piece.line;
        let broken = |reason: String| ExportError::Broken { line, reason };
        let document = xml::tree(&piece.text).map_err(|error| broken(error.to_string()))?;
        let item = &document.root;
        if !item.whole {
            return Err(broken(String::new()));
        }
        if word(item, "post_type").is_some_and(|kind| kind != "post") {
            self.tally.others += 1;
            return Ok(None);
        }
        let status = word(item, "status");
        let scheduled = status.as_deref() == Some("future");
        if !scheduled && status.is_some_and(|status| status != "publish") {
            self.tally.unpublished += 1;
            return Ok(None);
        }
        if word(item, "post_password").is_some() {
            self.tally.protected += 1;
            return Ok(None);
        }
        let entry = self.entry(item);
        if entry.guid.is_empty() {
            return Err(ExportError::Nameless { line, title: entry.title });
        }
        self.tally.posts += 1;
        self.tally.scheduled += usize::from(scheduled);
        Ok(Some(entry))
    }

    fn entry(&self, item: &Element) -> ReadEntry {
        let url = item.text_of(Space::Plain, "link");
        let guid = item.text_of(Space::Plain, "guid").or_else(|| url.clone());
        let html = |space| item.all(space, "encoded").map(raw).find(|text| !text.is_empty());
        let image = meta(item, "_thumbnail_id")
            .and_then(|id| self.attachments.find(id.parse().ok()?))
            .map(super::Attachment::image);
        ReadEntry {
            guid: guid.unwrap_or_default(),
            url: url.clone(),
            title: plain_text(&item.text_of(Space::Plain, "title").unwrap_or_default()),
            published: self.published(item),
            updated: word(item, "post_modified_gmt").and_then(|text| instant(&text, Tz::UTC)),
            summary: html(Space::Other),
            content_html: html(Space::Content).map(|text| autop(&text)),
            base: url,
            authors: self.authors(item),
            categories: self.categories(item),
            image,
            enclosures: metas(item, "enclosure").filter_map(|text| enclosure(&text)).collect(),
            language: self.head.site.language.clone(),
            ..ReadEntry::default()
        }
    }

    fn published(&self, item: &Element) -> Option<DateTime<Utc>> {
        let own = |name, zone| word(item, name).and_then(|text| instant(&text, zone));
        let feed = || instant(&item.text_of(Space::Plain, "pubDate")?, Tz::UTC);
        own("post_date_gmt", Tz::UTC).or_else(|| own("post_date", self.zone)).or_else(feed)
    }

    fn authors(&self, item: &Element) -> Vec<Person> {
        let logins = item.all(Space::DublinCore, "creator").map(Element::text);
        let names = logins.map(|login| self.head.authors.get(&login).cloned().unwrap_or(login));
        let people = names.map(|name| Person { name: plain_text(&name), ..Person::default() });
        people.filter(|person| !person.name.is_empty()).collect()
    }

    fn categories(&self, item: &Element) -> Vec<ReadCategory> {
        let mut categories: Vec<ReadCategory> = Vec::new();
        for category in item.all(Space::Plain, "category") {
            // WXR 1.0 names each a second time without its taxonomy.
            let (Some(domain), Some(slug)) =
                (category.attribute("domain"), category.attribute("nicename"))
            else {
                continue;
            };
            let taxonomy = if domain == "tag" { "post_tag" } else { domain };
            if matches!(taxonomy, "post_format" | "nav_menu") {
                continue;
            }
            let slug = decoded_slug(slug);
            let term = if taxonomy == "category" { self.head.path(&slug) } else { slug };
            let label = Some(plain_text(&category.text())).filter(|label| !label.is_empty());
            let category = ReadCategory { term, label, scheme: Some(taxonomy.to_owned()) };
            if !categories.contains(&category) {
                categories.push(category);
            }
        }
        categories
    }
}

/// What stands before the first item.
#[derive(Default)]
struct Head {
    site: ExportSite,
    /// Display names by login.
    authors: HashMap<String, String>,
    /// Slugs of sections by those of the sections in them.
    parents: HashMap<String, String>,
}

impl Head {
    fn read(text: &str) -> Self {
        let Ok(document) = xml::tree(text) else { return Self::default() };
        let root = &document.root;
        let Some(channel) = root.all(Space::Plain, "channel").next() else {
            return Self::default();
        };
        let text = |name| channel.text_of(Space::Plain, name);
        let pairs = |element: &'static str, from: &'static str, to: &'static str| {
            let all = channel.all(Space::Other, element);
            all.filter_map(move |it| Some((word(it, from)?, word(it, to)?)))
        };
        Self {
            site: ExportSite {
                title: plain_text(&text("title").unwrap_or_default()),
                link: text("link"),
                language: text("language"),
            },
            authors: pairs("author", "author_login", "author_display_name").collect(),
            parents: pairs("category", "category_nicename", "category_parent")
                .map(|(slug, parent)| (decoded_slug(&slug), decoded_slug(&parent)))
                .collect(),
        }
    }

    /// A section below those that it is in: `latam/security`.
    fn path(&self, slug: &str) -> String {
        let mut parts = vec![slug];
        while let Some(parent) = parts.last().and_then(|slug| self.parents.get(*slug)) {
            if parts.len() > MAX_PARENTS || parts.contains(&parent.as_str()) {
                break;
            }
            parts.push(parent);
        }
        parts.reverse();
        parts.join("/")
    }
}

/// Refuses what does not begin like an export.
pub(super) fn check_head(text: &str) -> Result<(), ExportError> {
    let text = text.trim_start();
    if text.contains("<rss") || text.contains("<channel") {
        return Ok(());
    }
    Err(ExportError::NotAnExport { found: text.chars().take(20).collect() })
}

/// The text of an element of WordPress's own below `element`.
pub(super) fn word(element: &Element, local: &str) -> Option<String> {
    element.text_of(Space::Other, local)
}

/// The first value of that name among what plugins and WordPress remember of a post.
pub(super) fn meta(item: &Element, key: &str) -> Option<String> {
    metas(item, key).next()
}

fn metas<'a>(item: &'a Element, key: &'a str) -> impl Iterator<Item = String> + 'a {
    let all = item.all(Space::Other, "postmeta");
    all.filter(move |meta| word(meta, "meta_key").as_deref() == Some(key))
        .filter_map(|meta| word(meta, "meta_value"))
}

/// Raw text; elements stand in it where a CDATA section in the text ended the one around it.
fn raw(element: &Element) -> String {
    match element.children().next() {
        None => element.text(),
        Some(_) => html_escape::decode_html_entities(&element.markup()).into_owned(),
    }
}

/// `2026-03-01 10:00:00`, or nothing where it is all zeros.
fn instant(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    read_date(text, zone).ok()
}

/// Slugs that are no ASCII are percent-encoded.
pub(super) fn decoded_slug(slug: &str) -> String {
    percent_decode_str(slug).decode_utf8().map_or_else(|_| slug.to_owned(), Into::into)
}

/// Address, size and media type, each on its line.
fn enclosure(text: &str) -> Option<ReadEnclosure> {
    let mut lines = text.lines().map(str::trim);
    let url = lines.next().filter(|line| !line.is_empty())?.to_owned();
    let length = lines.next().and_then(|line| line.parse().ok()).filter(|length| *length > 0);
    let media_type = lines.next().filter(|line| line.contains('/')).map(str::to_ascii_lowercase);
    Some(ReadEnclosure { url, media_type, length, ..ReadEnclosure::default() })
}

#[cfg(test)]
mod tests;
