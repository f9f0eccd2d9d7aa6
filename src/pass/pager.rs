//! Archive pages (RFC 5005 §4): on which page a story is settled, and when a page closes.
//!
//! # Promises
//! - Stories are settled in the order in which they first became public in the feed, and stay.
//! - A page closes when it holds as many stories as the feed may, or as many bytes, or when one of
//!   its stories is not in the feed itself.
//! - Closing a page soils it, the one before it (which gains `next-archive`) and the feed.

use std::collections::{BTreeMap, btree_map::Entry};

use super::PassError;
use crate::{
    store::{FeedRecord, Page, Store},
    story::{ContentMode, FeedSpec},
};

/// The pages that are being filled, and those that changed.
#[derive(Debug, Default)]
pub(super) struct Pager {
    /// The open page of each feed, by its row.
    open: BTreeMap<i64, Page>,
    closed: BTreeMap<(i64, u32), Page>,
    /// Pages in the store that gained a follower.
    followed: Vec<(i64, u32)>,
}

/// Bytes of an entry beside its text.
const ENTRY_BYTES: u64 = 1200;

impl Pager {
    /// Settles a story on a page of the feed.
    pub(super) async fn settle(
        &mut self,
        store: &mut Store,
        spec: &FeedSpec,
        record: &mut FeedRecord,
        story: i64,
        text_bytes: u64,
    ) -> Result<u32, PassError> {
        let limits = spec.limits;
        let bytes = match spec.content {
            // Markdown as HTML, escaped.
            ContentMode::Full => text_bytes + text_bytes / 4 + ENTRY_BYTES,
            ContentMode::Summary => ENTRY_BYTES * 2,
        };
        let open = self.open_page(store, record).await?;
        if !open.stories.is_empty() && open.bytes + bytes > limits.max_bytes {
            self.close(store, record).await?;
        }
        let open = self.open_page(store, record).await?;
        open.stories.push(story);
        open.bytes += bytes;
        let (number, is_full) = (open.number, open.stories.len() >= limits.entries);
        if is_full {
            self.close(store, record).await?;
        }
        Ok(number)
    }

    /// The page of the feed that is being filled.
    pub(super) async fn open_page(
        &mut self,
        store: &mut Store,
        record: &FeedRecord,
    ) -> Result<&mut Page, PassError> {
        let (id, number) = (record.id, record.open_page);
        Ok(match self.open.entry(id) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(place) => {
                let page = store.page(id, number).await?;
                place.insert(page.unwrap_or(Page { feed: id, number, ..Page::default() }))
            }
        })
    }

    /// Closes the page that is being filled.
    pub(super) async fn close(
        &mut self,
        store: &mut Store,
        record: &mut FeedRecord,
    ) -> Result<(), PassError> {
        let mut page = self.open_page(store, record).await?.clone();
        page.dirty = true;
        let id = record.id;
        record.open_page += 1;
        record.dirty = true;
        self.open.insert(id, Page { feed: id, number: page.number + 1, ..Page::default() });
        if page.number > 1 {
            match self.closed.get_mut(&(id, page.number - 1)) {
                Some(before) => before.dirty = true,
                None => self.followed.push((id, page.number - 1)),
            }
        }
        self.closed.insert((id, page.number), page);
        Ok(())
    }

    /// Keeps what changed so far.
    pub(super) async fn flush(&mut self, store: &mut Store) -> Result<(), PassError> {
        let pages: Vec<Page> = std::mem::take(&mut self.closed).into_values().collect();
        store.keep_pages(&pages).await?;
        for (feed, number) in std::mem::take(&mut self.followed) {
            store.soil_page(feed, number, None).await?;
        }
        Ok(())
    }

    /// Keeps everything, the open pages too.
    pub(super) async fn finish(mut self, store: &mut Store) -> Result<(), PassError> {
        self.flush(store).await?;
        let open: Vec<Page> =
            self.open.into_values().filter(|page| !page.stories.is_empty()).collect();
        store.keep_pages(&open).await?;
        Ok(())
    }
}
