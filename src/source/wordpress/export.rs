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
    fields::{Field, read_fields},
    items::{Items, Kind, MAX_ITEM_BYTES, Piece},
};
use crate::{
    source::feed::{ReadCategory, ReadEnclosure, ReadEntry},
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
    /// A feed, which has no ids, states and types of posts.
    #[error("it is no export of WordPress but a feed: it has no `wp:` elements")]
    Feed,
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
            Self::Feed => {
                "give the XML file that Tools, Export in WordPress makes; a feed is taken in by a \
                 [[source]] with `kind = \"feed\"`"
            }
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
        let item =
            read_fields(&piece.text).map_err(|reason| ExportError::Broken { line, reason })?;
        if !item.whole {
            return Err(ExportError::Broken { line, reason: String::new() });
        }
        if item.text_of("wp:post_type").is_some_and(|kind| kind != "post") {
            self.tally.others += 1;
            return Ok(None);
        }
        let status = item.text_of("wp:status");
        let scheduled = status == Some("future");
        if !scheduled && status.is_some_and(|status| status != "publish") {
            self.tally.unpublished += 1;
            return Ok(None);
        }
        if item.text_of("wp:post_password").is_some() {
            self.tally.protected += 1;
            return Ok(None);
        }
        let entry = self.entry(&item);
        if entry.guid.is_empty() {
            return Err(ExportError::Nameless { line, title: entry.title });
        }
        self.tally.posts += 1;
        self.tally.scheduled += usize::from(scheduled);
        Ok(Some(entry))
    }

    fn entry(&self, item: &Field) -> ReadEntry {
        let text = |name| item.text_of(name).map(str::to_owned);
        let url = text("link");
        let image = item
            .meta("_thumbnail_id")
            .and_then(|id| self.attachments.find(id.parse().ok()?))
            .map(super::Attachment::image);
        ReadEntry {
            guid: text("guid").or_else(|| url.clone()).unwrap_or_default(),
            base: url.clone(),
            url,
            title: plain_text(item.text_of("title").unwrap_or_default()),
            published: self.published(item),
            updated: item.text_of("wp:post_modified_gmt").and_then(|text| instant(text, Tz::UTC)),
            summary: text("excerpt:encoded"),
            content_html: item.text_of("content:encoded").map(autop),
            authors: self.authors(item),
            categories: self.categories(item),
            image,
            enclosures: item.metas("enclosure").filter_map(enclosure).collect(),
            language: self.head.site.language.clone(),
            ..ReadEntry::default()
        }
    }

    fn published(&self, item: &Field) -> Option<DateTime<Utc>> {
        let own = |name, zone| item.text_of(name).and_then(|text| instant(text, zone));
        own("wp:post_date_gmt", Tz::UTC)
            .or_else(|| own("wp:post_date", self.zone))
            .or_else(|| own("pubDate", Tz::UTC))
    }

    fn authors(&self, item: &Field) -> Vec<Person> {
        let logins = item.all("dc:creator").map(Field::text);
        let names = logins.map(|login| self.head.authors.get(login).map_or(login, String::as_str));
        let people = names.map(|name| Person { name: plain_text(name), ..Person::default() });
        people.filter(|person| !person.name.is_empty()).collect()
    }

    fn categories(&self, item: &Field) -> Vec<ReadCategory> {
        let mut categories: Vec<ReadCategory> = Vec::new();
        for category in item.all("category") {
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
            let label = Some(plain_text(category.text())).filter(|label| !label.is_empty());
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
        let Ok(root) = read_fields(text) else { return Self::default() };
        let Some(channel) = root.all("channel").next() else { return Self::default() };
        let text = |name| channel.text_of(name).map(str::to_owned);
        let pairs = |name: &'static str, from: &'static str, to: &'static str| {
            let pair = move |field: &Field| {
                Some((field.text_of(from)?.to_owned(), field.text_of(to)?.to_owned()))
            };
            channel.all(name).filter_map(pair)
        };
        Self {
            site: ExportSite {
                title: plain_text(channel.text_of("title").unwrap_or_default()),
                link: text("link"),
                language: text("language"),
            },
            authors: pairs("wp:author", "wp:author_login", "wp:author_display_name").collect(),
            parents: pairs("wp:category", "wp:category_nicename", "wp:category_parent")
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
    // Prefixes are by convention; the namespace has the version of the form in it.
    if text.contains("//wordpress.org/export/") || text.contains("<wp:") {
        return Ok(());
    }
    if text.contains("<rss") || text.contains("<channel") {
        return Err(ExportError::Feed);
    }
    Err(ExportError::NotAnExport { found: text.chars().take(20).collect() })
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
