//! What a file of the feeds folder is, by its name, and how it is answered.

use crate::story::{FeedPath, Format, Licensing};

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Feed(Format),
    Archive(Format),
    /// The HTML page beside a feed.
    Twin,
    Opml,
    NewsSitemap,
    /// The licence terms.
    License,
    Stylesheet,
}

pub(super) const TWIN: &str = "index.html";

impl Kind {
    /// The kind of a file and the folder of the feed that it belongs to, such as `latam/security`;
    /// none: readers don't get it.
    pub(super) fn of(name: &str) -> Option<(Self, FeedPath)> {
        let (folder, last) = name.rsplit_once('/').unwrap_or(("", name));
        let archive = folder.strip_suffix("archive").filter(|_| is_page(last));
        if let Some(feed) = archive.filter(|feed| feed.is_empty() || feed.ends_with('/')) {
            let mut formats = Format::ALL.iter().filter(|format| format.has_archive());
            let format = formats.find(|format| name.ends_with(&first_page(**format, last)));
            return Some((Self::Archive(*format?), path(feed.trim_end_matches('/'))?));
        }
        let format = Format::ALL.iter().find(|format| format.file_name() == last);
        let kind = match (folder, last) {
            _ if format.is_some() => Self::Feed(*format?),
            (_, TWIN) => Self::Twin,
            ("", "feeds.opml") => Self::Opml,
            ("", "news-sitemap.xml") => Self::NewsSitemap,
            ("", Licensing::FILE) => Self::License,
            ("", "feed.css" | "page.css") => Self::Stylesheet,
            _ => return None,
        };
        Some((kind, path(folder)?))
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Feed(Format::Rss) | Self::Archive(Format::Rss) => {
                "application/rss+xml; charset=utf-8"
            }
            Self::Feed(Format::Atom) | Self::Archive(Format::Atom) => {
                "application/atom+xml; charset=utf-8"
            }
            // No parameter: RFC 8259 §11.
            Self::Feed(Format::Json) | Self::Archive(Format::Json) => "application/feed+json",
            Self::Feed(Format::Ninjs) | Self::Archive(Format::Ninjs) => "application/json",
            Self::Twin => "text/html; charset=utf-8",
            Self::Opml => "text/x-opml; charset=utf-8",
            Self::NewsSitemap => "application/xml; charset=utf-8",
            // As links to it name it: the declaration says how it is written.
            Self::License => Licensing::MEDIA_TYPE,
            Self::Stylesheet => "text/css; charset=utf-8",
        }
    }

    /// The name in logs and metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Feed(Format::Rss) => "rss",
            Self::Feed(Format::Atom) => "atom",
            Self::Feed(Format::Json) => "json",
            Self::Feed(Format::Ninjs) => "ninjs",
            Self::Archive(_) => "archive",
            Self::Twin => "html",
            Self::Opml => "opml",
            Self::NewsSitemap => "sitemap",
            Self::License => "license",
            Self::Stylesheet => "css",
        }
    }
}

fn path(folder: &str) -> Option<FeedPath> {
    if folder.is_empty() { Some(FeedPath::root()) } else { folder.parse().ok() }
}

/// Whether a name is that of an archive page: `atom-0001.xml`.
fn is_page(last: &str) -> bool {
    let number = |stem: &str| stem.rsplit_once('-').map(|(_, number)| number.to_owned());
    let number = last.rsplit_once('.').and_then(|(stem, _)| number(stem));
    number.is_some_and(|number| number.len() >= 4 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// The archive name of the page that `last` names, were it of that format.
fn first_page(format: Format, last: &str) -> String {
    let digits: String = last.chars().filter(char::is_ascii_digit).collect();
    format.archive_name(digits.parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Option<(Kind, String)> {
        Kind::of(name).map(|(kind, feed)| (kind, feed.to_string()))
    }

    #[test]
    fn a_file_is_known_by_its_name() {
        let known = |kind, feed: &str| Some((kind, feed.to_owned()));
        assert_eq!(of("rss.xml"), known(Kind::Feed(Format::Rss), ""));
        assert_eq!(
            of("latam/security/feed.json"),
            known(Kind::Feed(Format::Json), "latam/security")
        );
        assert_eq!(of("archive/rss.xml"), known(Kind::Feed(Format::Rss), "archive"));
        assert_eq!(of("latam/archive/atom-0001.xml"), known(Kind::Archive(Format::Atom), "latam"));
        assert_eq!(of("archive/feed-12345.json"), known(Kind::Archive(Format::Json), ""));
        assert_eq!(of("latam/ninjs.json"), known(Kind::Feed(Format::Ninjs), "latam"));
        assert_eq!(of("latam/index.html"), known(Kind::Twin, "latam"));
        assert_eq!(of("feeds.opml"), known(Kind::Opml, ""));
        assert_eq!(of("news-sitemap.xml"), known(Kind::NewsSitemap, ""));
        assert_eq!(of("license.xml"), known(Kind::License, ""));
    }

    #[test]
    fn what_is_not_for_readers_is_no_document() {
        for name in [
            "nginx-moved.map",
            ".feedwright-1-0.tmp",
            "latam/archive/.feedwright-1-0.tmp",
            "latam/archive/atom-1.xml",
            "latam/archive/atom-00x1.xml",
            "latam/archive/atom-0001.json",
            "latam/archive/ninjs-0001.json",
            "xarchive/atom-0001.xml",
            "latam/feeds.opml",
            "latam/license.xml",
            "latam/rss.xml.gz",
            "",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }
}
