//! Where a document stands in its feed's history (RFC 5005 §4), alike in RSS and Atom.
//!
//! # Promises
//! - The feed itself names the newest archive page; a page names itself an archive, and gives the
//!   feed and the pages beside it.
//! - An archive page tells no hub: a hub's topic is the feed, which pages are no part of.
//!
//! # Limits
//! - JSON Feed has a single link for this, `next_url`: a page says neither what it is nor where
//!   newer stories are.

use crate::{
    feed::{FeedDocument, History},
    story::{Format, Hub},
};

use super::xml::Element;

/// Feed Paging and Archiving (RFC 5005 §4).
pub(super) const NAMESPACE: &str = "http://purl.org/syndication/history/1.0";
/// What [`NAMESPACE`] is declared as.
pub(super) const PREFIX: &str = "fh";

/// A link to another document of the same feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HistoryLink {
    /// How it is related to this document.
    pub(super) rel: &'static str,
    /// Its address, in the same format.
    pub(super) url: String,
}

/// Whether the document is a page of older stories rather than the feed itself.
pub(super) fn is_archive(document: &FeedDocument) -> bool {
    document.history.page.is_some()
}

/// `fh:archive`, which tells that the document won't change; none on the feed itself.
pub(super) fn mark(document: &FeedDocument) -> Option<Element> {
    is_archive(document).then(|| Element {
        name: "fh:archive",
        text: Some(String::new()),
        ..Element::default()
    })
}

/// What lies beside the document: the feed, then older stories, then newer ones.
pub(super) fn links(document: &FeedDocument, format: Format) -> Vec<HistoryLink> {
    let History { page, prev, next } = document.history;
    let archive = |rel, page| HistoryLink { rel, url: document.archive_url(format, page) };
    let current = page.map(|_| HistoryLink { rel: "current", url: document.feed_url(format) });
    let prev = prev.map(|prev| archive("prev-archive", prev));
    let next = page.and(next).map(|next| archive("next-archive", next));
    current.into_iter().chain(prev).chain(next).collect()
}

/// The hubs that the document tells.
pub(super) fn hubs<'a>(document: &FeedDocument<'a>) -> &'a [Hub] {
    if is_archive(document) { &[] } else { document.hubs }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::fixture::Fixture;

    fn beside(history: History) -> Vec<(&'static str, String)> {
        let fixture = Fixture { history, ..Fixture::full() };
        let links = links(&fixture.document(), Format::Rss);
        let place = "https://feeds.harbour.example/harbour/";
        links.into_iter().map(|link| (link.rel, link.url.replace(place, ""))).collect()
    }

    #[test]
    fn the_feed_names_the_newest_archive_page_and_nothing_newer() {
        assert_eq!(beside(History::default()), []);
        assert_eq!(
            beside(History { page: None, prev: Some(12), next: Some(13) }),
            [("prev-archive", "archive/rss-0012.xml".to_owned())]
        );
    }

    #[test]
    fn an_archive_page_names_the_feed_and_the_pages_that_there_are() {
        let current = ("current", "rss.xml".to_owned());
        let prev = ("prev-archive", "archive/rss-0001.xml".to_owned());
        let next = ("next-archive", "archive/rss-0003.xml".to_owned());
        let page = |prev, next| beside(History { page: Some(2), prev, next });
        assert_eq!(page(Some(1), Some(3)), [current.clone(), prev.clone(), next.clone()]);
        assert_eq!(page(Some(1), None), [current.clone(), prev]);
        assert_eq!(page(None, Some(3)), [current.clone(), next]);
        assert_eq!(page(None, None), [current]);
    }
}
