//! Writes feed documents: RSS, Atom, JSON Feed, ninjs, the HTML twin, and the list of all feeds.
//!
//! Every function takes plain data and gives the bytes of one file; nothing is read or written
//! elsewhere, and no type of the feed crates gets out.
//!
//! # Promises
//! - Same arguments, same bytes. Instants are written as whole seconds.
//! - The output is well-formed whatever the texts hold: characters that XML forbids are dropped,
//!   all else is escaped and comes out of a parser as it went in.
//! - Namespaces are declared only where they are used, and no mail address of an author is shown.
//!
//! # Limits
//! - `content_html` goes out as it is: it must have been cleaned before.
//! - Years outside 0–9999 are written as the nearest year inside: no feed format knows others.

mod atom;
mod dates;
mod history;
mod json_feed;
mod media;
mod news_sitemap;
mod ninjs;
mod opml;
mod page;
mod rsl;
mod rss;
mod rss_profile;
mod words;
mod xml;

#[cfg(test)]
mod fixture;

pub use news_sitemap::{MOST_NEWS, News, news_sitemap};
pub use opml::opml;
pub use page::page;
pub use rsl::license;

use crate::{
    feed::FeedDocument,
    story::{FeedPath, Format, Language, SectionPath},
};

/// What a browser shows an XML feed with; stands beside the root feed as `feed.css`.
pub const FEED_CSS: &str = include_str!("../../templates/feed.css");

/// How the HTML twins look; stands beside the root feed as `page.css`.
pub const PAGE_CSS: &str = include_str!("../../templates/page.css");

/// Name of the program in feeds; without a version, which would change every feed at an upgrade.
const GENERATOR: &str = "feedwright";

/// One of all the feeds, as lists of them show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedLink<'a> {
    /// Where it stands.
    pub path: &'a FeedPath,
    /// Shown by readers.
    pub title: &'a str,
    /// What it carries; may be empty.
    pub description: &'a str,
    /// Its main language.
    pub language: &'a Language,
    /// Page of the same stories on the site, or the twin.
    pub page: &'a str,
    /// The forms it is published in, the first being the preferred one.
    pub formats: &'a [Format],
    /// The section it stands for, if it is one.
    pub section: Option<&'a SectionPath>,
}

impl FeedLink<'_> {
    /// The form in which readers subscribe to it; none: it is for partners alone.
    fn preferred(&self) -> Option<Format> {
        self.formats.iter().copied().find(|format| format.is_for_readers())
    }
}

/// Writes `document` in `format`.
pub fn write(document: &FeedDocument, format: Format) -> Vec<u8> {
    match format {
        Format::Rss => rss::write(document),
        Format::Atom => atom::write(document),
        Format::Json => json_feed::write(document),
        Format::Ninjs => ninjs::write(document),
    }
}

#[cfg(test)]
mod tests {
    use feed_rs::parser;

    use super::{fixture::Fixture, *};

    /// The formats that readers of feeds know.
    const ALL: [Format; 3] = [Format::Rss, Format::Atom, Format::Json];

    fn read(document: &FeedDocument, format: Format) -> feed_rs::model::Feed {
        let bytes = write(document, format);
        parser::parse(bytes.as_slice()).unwrap_or_else(|fault| {
            panic!("{}: {fault}\n{}", format.name(), String::from_utf8_lossy(&bytes))
        })
    }

    #[test]
    fn every_format_carries_the_same_stories() {
        let fixture = Fixture::full();
        let document = fixture.document();
        for format in ALL {
            let feed = read(&document, format);
            assert_eq!(feed.title.expect("a title").content, document.title);
            assert_eq!(feed.entries.len(), document.entries.len());
            for (read, entry) in feed.entries.iter().zip(&document.entries) {
                let name = format.name();
                assert_eq!(read.id, entry.guid.as_str(), "{name}");
                assert_eq!(read.published, Some(entry.published), "{name}");
                assert_eq!(read.links[0].href, entry.url, "{name}");
                assert_eq!(read.title.as_ref().expect("a title").content, entry.title, "{name}");
            }
        }
    }

    #[test]
    fn hostile_texts_come_out_of_every_format_as_they_went_in() {
        let fixture = Fixture::hostile();
        let document = fixture.document();
        for format in ALL {
            let feed = read(&document, format);
            let title = &feed.entries[0].title.as_ref().expect("a title").content;
            assert_eq!(title, fixture::HOSTILE_LEGAL, "{}", format.name());
            let url = url::Url::parse(&document.entries[0].url).expect("an address");
            assert_eq!(feed.entries[0].links[0].href, url.as_str(), "{}", format.name());
        }
    }

    #[test]
    fn no_format_shows_a_mail_address_of_an_author_or_a_forbidden_character() {
        let fixture = Fixture::hostile();
        let full = Fixture::full();
        for document in [fixture.document(), full.document()] {
            let mut files: Vec<_> =
                Format::ALL.iter().map(|format| write(&document, *format)).collect();
            files.push(page(&document, &[]));
            for file in files {
                let text = String::from_utf8(file).expect("UTF-8");
                assert!(!text.contains("@private.example"), "{text}");
                assert!(!text.contains(['\u{0}', '\u{b}', '\u{fffe}', '\u{ffff}']), "{text}");
                assert!(!text.contains("\\u0000"), "{text}");
            }
        }
    }

    #[test]
    fn an_archive_page_and_a_feed_with_tombstones_are_read_in_every_format() {
        for fixture in [Fixture::archive_page(), Fixture::with_tombstones()] {
            let document = fixture.document();
            for format in ALL {
                let feed = read(&document, format);
                let read: Vec<_> = feed.entries.iter().map(|entry| entry.id.as_str()).collect();
                let written: Vec<_> = document.entries.iter().map(|it| it.guid.as_str()).collect();
                assert_eq!(read, written, "{}", format.name());
                if format != Format::Json {
                    let links: Vec<_> = feed.links.iter().map(|link| link.href.as_str()).collect();
                    let own = document.self_url(format);
                    assert!(links.contains(&own.as_str()), "{own} is not in {links:?}");
                }
            }
        }
    }

    #[test]
    fn years_beyond_the_formats_do_not_panic() {
        let mut fixture = Fixture::with_tombstones();
        fixture.entries[0].published = chrono::DateTime::<chrono::Utc>::MAX_UTC;
        fixture.entries[1].published = chrono::DateTime::<chrono::Utc>::MIN_UTC;
        fixture.updated = Some(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        fixture.tombstones[0].when = chrono::DateTime::<chrono::Utc>::MAX_UTC;
        let document = fixture.document();
        for format in Format::ALL {
            assert!(String::from_utf8_lossy(&write(&document, format)).contains("9999"));
        }
        assert!(String::from_utf8_lossy(&page(&document, &[])).contains("9999"));
    }
}
