//! Sitemaps (<https://www.sitemaps.org/protocol.html>): lists of pages, and lists of such lists;
//! in XML, with what Google News adds, or one address a line.
//!
//! # Promises
//! - No more than [`MAX_SITEMAP_PAGES`] pages come out, and memory is bounded by them.
//! - A document that breaks off gives what stands before the break, and says where that is.
//!
//! # Limits
//! - Packed files are unpacked by the caller.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use html_escape::decode_html_entities;
use quick_xml::{Reader, events::Event};

use crate::{
    source::feed::{MAX_FEED_BYTES, dates, encoding},
    text::{legal, plain_text},
};

/// Pages beyond so many, which no sitemap may have, are passed over.
pub const MAX_SITEMAP_PAGES: usize = 50_000;
/// A longer value is no address, title or date.
const LONGEST_VALUE: usize = 4096;

/// What a sitemap lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sitemap {
    /// Pages, in its order, each address once.
    pub pages: Vec<SitemapPage>,
    /// Other sitemaps, if it is a list of them.
    pub sitemaps: Vec<SitemapPage>,
    /// How many entries have no address that can be fetched, or are beyond the bound.
    pub passed_over: usize,
    /// The line, from 1, after which nothing could be read; none: the document is whole.
    pub cut: Option<usize>,
}

/// A page or another sitemap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SitemapPage {
    /// Absolute address.
    pub url: String,
    /// When it changed last.
    pub modified: Option<DateTime<Utc>>,
    /// Its title, plain text; from Google News.
    pub title: Option<String>,
    /// When it was published; from Google News.
    pub published: Option<DateTime<Utc>>,
    /// Its language as it is written; from Google News.
    pub language: Option<String>,
}

/// Why a sitemap is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SitemapError {
    /// More bytes than a sitemap may have.
    #[error("the sitemap has {bytes} bytes, more than {MAX_FEED_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Nothing but white space.
    #[error("the sitemap is empty")]
    Empty,
    /// Another sort of document.
    #[error("it is no sitemap: it begins with `{found}`")]
    NotASitemap {
        /// Its root element, or its first letters.
        found: String,
    },
}

impl SitemapError {
    /// What to do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "name one of the smaller sitemaps that it is made of",
            Self::Empty | Self::NotASitemap { .. } => {
                "give the address of a sitemap: `robots.txt` of the site often names it"
            }
        }
    }
}

/// Reads a sitemap of any kind.
///
/// # Errors
/// What is no sitemap; one that merely breaks off is read so far.
pub fn read_sitemap(bytes: &[u8]) -> Result<Sitemap, SitemapError> {
    if bytes.len() > MAX_FEED_BYTES {
        return Err(SitemapError::TooLarge { bytes: bytes.len() });
    }
    let text = encoding::decoded(bytes, None);
    let text = legal(&text);
    match text.trim_start().chars().next() {
        None => Err(SitemapError::Empty),
        Some('<') => read_xml(&text),
        Some(_) => read_lines(&text),
    }
}

fn read_lines(text: &str) -> Result<Sitemap, SitemapError> {
    let mut collected = Collected::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let page = SitemapPage { url: line.to_owned(), ..SitemapPage::default() };
        collected.page(page, Listed::Page);
    }
    if collected.sitemap.pages.is_empty() {
        let found = text.trim_start().chars().take(20).collect();
        return Err(SitemapError::NotASitemap { found });
    }
    Ok(collected.sitemap)
}

fn read_xml(text: &str) -> Result<Sitemap, SitemapError> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;
    let mut collected = Collected::default();
    let mut root = None;
    let mut ended = false;
    loop {
        let event = match reader.read_event() {
            Ok(Event::Eof) | Err(_) => break,
            Ok(event) => event,
        };
        match event {
            Event::Start(tag) | Event::Empty(tag) if root.is_none() => {
                let name = tag.local_name().as_ref().to_ascii_lowercase();
                if !matches!(name.as_str(), "urlset" | "sitemapindex") {
                    return Err(SitemapError::NotASitemap { found: format!("<{name}>") });
                }
                root = Some(name);
            }
            Event::Start(tag) => collected.open(tag.name().as_ref()),
            Event::End(tag) => {
                let name = tag.local_name().as_ref().to_ascii_lowercase();
                ended |= root.as_ref() == Some(&name);
                collected.close(&name);
            }
            Event::Text(text) => collected.text(&text.into_inner()),
            Event::CData(text) => collected.text(&text.into_inner()),
            Event::GeneralRef(name) => {
                collected.text(&decode_html_entities(&format!("&{};", &*name)));
            }
            _ => {}
        }
    }
    if root.is_none() {
        let found = text.trim_start().chars().take(20).collect();
        return Err(SitemapError::NotASitemap { found });
    }
    let mut sitemap = collected.sitemap;
    if !ended {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len()).min(text.len());
        sitemap.cut = Some(1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count());
    }
    Ok(sitemap)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Page,
    Sitemap,
}

/// What was found so far.
#[derive(Default)]
struct Collected {
    sitemap: Sitemap,
    seen: HashSet<String>,
    /// The entry that is open.
    entry: Option<(Listed, SitemapPage)>,
    /// The name of the innermost element that was opened, with its prefix.
    inside: String,
    value: String,
}

impl Collected {
    fn open(&mut self, name: &str) {
        let name = name.to_ascii_lowercase();
        match name.rsplit(':').next() {
            // An entry whose end is missing ends here.
            Some("url") => self.entry = Some((Listed::Page, SitemapPage::default())),
            Some("sitemap") => self.entry = Some((Listed::Sitemap, SitemapPage::default())),
            _ => {}
        }
        self.inside = name;
        self.value.clear();
    }

    fn text(&mut self, text: &str) {
        if self.value.len() + text.len() <= LONGEST_VALUE {
            self.value.push_str(text);
        }
    }

    fn close(&mut self, local: &str) {
        if matches!(local, "url" | "sitemap") {
            if let Some((listed, page)) = self.entry.take() {
                self.page(page, listed);
            }
            return;
        }
        let value = std::mem::take(&mut self.value);
        let value = value.trim();
        let (prefix, name) = self.inside.split_once(':').unwrap_or(("", &self.inside));
        let Some((_, page)) = self.entry.as_mut().filter(|_| name == local && !value.is_empty())
        else {
            return;
        };
        match (prefix, name) {
            // Pictures and films have a `loc` of their own.
            ("image" | "video" | "xhtml", _) => {}
            (_, "loc") if page.url.is_empty() => value.clone_into(&mut page.url),
            (_, "lastmod") => page.modified = dates::read(value),
            (_, "publication_date") => page.published = dates::read(value),
            (_, "title") => page.title = Some(plain_text(value)).filter(|it| !it.is_empty()),
            (_, "language") => page.language = Some(value.to_owned()),
            _ => {}
        }
        self.inside.clear();
    }

    fn page(&mut self, page: SitemapPage, listed: Listed) {
        let list = match listed {
            Listed::Page => &mut self.sitemap.pages,
            Listed::Sitemap => &mut self.sitemap.sitemaps,
        };
        let is_address =
            url::Url::parse(&page.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_address || list.len() >= MAX_SITEMAP_PAGES {
            self.sitemap.passed_over += 1;
        } else if self.seen.insert(page.url.clone()) {
            list.push(page);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Sitemap {
        read_sitemap(text.as_bytes()).expect("a sitemap")
    }

    #[test]
    fn pages_come_with_their_dates_and_what_google_news_adds() {
        let sitemap = read(
            "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>
            <url><loc> https://s.example/a?x=1&amp;y=2&z=3 </loc><lastmod>2026-03-01</lastmod>
            <image:image><image:loc>https://s.example/i.jpg</image:loc>
            <image:title>No</image:title></image:image>
            <news:news><news:publication><news:name>S</news:name><news:language>pt</news:language>
            </news:publication><news:publication_date>2026-03-01T10:00:00+01:00
            </news:publication_date><news:title><![CDATA[Rain & flood]]></news:title></news:news>
            </url><url><loc>https://s.example/b</loc></url><url><loc>https://s.example/b</loc></url>
            <url><loc>/relative</loc></url><url/></urlset>",
        );
        let [first, second] = &sitemap.pages[..] else { panic!("{sitemap:?}") };
        assert_eq!(first.url, "https://s.example/a?x=1&y=2&z=3");
        assert_eq!(first.title.as_deref(), Some("Rain & flood"));
        assert_eq!(first.language.as_deref(), Some("pt"));
        let date = |date: Option<DateTime<Utc>>| date.map(|date| date.to_rfc3339());
        assert_eq!(date(first.modified).as_deref(), Some("2026-03-01T00:00:00+00:00"));
        assert_eq!(date(first.published).as_deref(), Some("2026-03-01T09:00:00+00:00"));
        assert_eq!(second.url, "https://s.example/b");
        assert_eq!((sitemap.passed_over, sitemap.cut), (1, None));
    }

    #[test]
    fn a_list_of_sitemaps_is_told_from_a_list_of_pages() {
        let sitemap = read(
            "<s:sitemapindex><s:sitemap><s:loc>https://s.example/1.xml</s:loc>
             <s:lastmod>2026-03-01T10:00Z</s:lastmod></s:sitemap></s:sitemapindex>",
        );
        assert_eq!(sitemap.pages, []);
        assert_eq!(sitemap.sitemaps[0].url, "https://s.example/1.xml");
        assert!(sitemap.sitemaps[0].modified.is_some());
    }

    #[test]
    fn plain_lists_and_broken_ones_are_read() {
        let sitemap = read("https://s.example/a\n\n https://s.example/b \nnonsense\n");
        assert_eq!((sitemap.pages.len(), sitemap.passed_over), (2, 1));
        let sitemap = read("<urlset>\n<url><loc>https://s.example/a</loc></url>\n<url><loc>htt");
        assert_eq!((sitemap.pages.len(), sitemap.cut), (1, Some(3)));
    }

    #[test]
    fn what_is_no_sitemap_is_named() {
        let error = |text: &str| read_sitemap(text.as_bytes()).expect_err("an error").to_string();
        assert_eq!(error("<html><p>"), "it is no sitemap: it begins with `<html>`");
        assert_eq!(error("{\"a\": 1}"), "it is no sitemap: it begins with `{\"a\": 1}`");
        assert_eq!(error(""), "the sitemap is empty");
    }

    #[test]
    fn endless_and_deep_lists_are_bounded() {
        let many: String = (0..60_000).map(|n| format!("https://s.example/{n}\n")).collect();
        let sitemap = read(&many);
        assert_eq!((sitemap.pages.len(), sitemap.passed_over), (MAX_SITEMAP_PAGES, 10_000));
        let deep = read(&format!("<urlset>{}", "<url>".repeat(200_000)));
        assert!(deep.cut.is_some());
    }
}
