//! The vocabularies that feeds are written in.
//!
//! # Promises
//! - What counts is the address that a prefix was declared for, whatever the prefix is, in capitals
//!   or not, with `https`, and with or without a slash at its end.
//! - A usual prefix that nobody declared means the usual.

/// A vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// None, or one of those that some RSS feeds put their own elements in.
    Plain,
    Atom,
    Content,
    DublinCore,
    DublinTerms,
    Itunes,
    Media,
    Rdf,
    Syndication,
    Tombstones,
    Xhtml,
    Other,
}

impl Space {
    pub(super) fn of_uri(uri: &str) -> Self {
        let uri = uri.trim().to_ascii_lowercase();
        let name = uri.split_once("://").map_or(uri.as_str(), |(_, rest)| rest);
        match name.trim_end_matches('/') {
            ""
            | "purl.org/rss/1.0"
            | "purl.org/rss/1.0/modules/rss091#"
            | "purl.org/rss/1.0/modules/rss091"
            | "purl.org/net/rss1.1#"
            | "my.netscape.com/rdf/simple/0.9"
            | "channel.netscape.com/rdf/simple/0.9"
            | "my.netscape.com/publish/formats/rss-0.91.dtd"
            | "backend.userland.com/rss"
            | "backend.userland.com/rss2"
            | "blogs.law.harvard.edu/tech/rss"
            | "cyber.law.harvard.edu/rss/rss.html" => Self::Plain,
            // The last four are what Atom was called before it had a name.
            "www.w3.org/2005/atom"
            | "purl.org/atom/ns#"
            | "purl.org/atom/ns"
            | "purl.org/atom"
            | "example.com/newformat#"
            | "example.com/necho"
            | "purl.org/echo"
            | "purl.org/pie" => Self::Atom,
            "purl.org/rss/1.0/modules/content" => Self::Content,
            "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" => Self::DublinCore,
            "purl.org/dc/terms" => Self::DublinTerms,
            "www.itunes.com/dtds/podcast-1.0.dtd" | "www.itunes.com/dtds/podcast-1.0" => {
                Self::Itunes
            }
            "search.yahoo.com/mrss" | "video.search.yahoo.com/mrss" => Self::Media,
            "www.w3.org/1999/02/22-rdf-syntax-ns#" | "www.w3.org/1999/02/22-rdf-syntax-ns" => {
                Self::Rdf
            }
            "purl.org/rss/1.0/modules/syndication" => Self::Syndication,
            "purl.org/atompub/tombstones/1.0" => Self::Tombstones,
            "www.w3.org/1999/xhtml" => Self::Xhtml,
            _ => Self::Other,
        }
    }

    /// What a prefix means that nobody declared.
    pub(super) fn of_prefix(prefix: &str) -> Self {
        match prefix.to_ascii_lowercase().as_str() {
            "" => Self::Plain,
            "atom" | "a10" => Self::Atom,
            "content" => Self::Content,
            "dc" => Self::DublinCore,
            "dcterms" => Self::DublinTerms,
            "itunes" => Self::Itunes,
            "media" => Self::Media,
            "rdf" => Self::Rdf,
            "sy" => Self::Syndication,
            "at" => Self::Tombstones,
            "xhtml" => Self::Xhtml,
            _ => Self::Other,
        }
    }
}
