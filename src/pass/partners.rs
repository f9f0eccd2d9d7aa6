//! Partner feeds: made as all others are, and kept in the store instead of the folder.
//!
//! # Promises
//! - Nothing of a partner feed is in the folder, whatever was there before it was one.
//! - Equal bytes are not written, and stay dated as they were; a document that is lost is made again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{PassError, moved, publish::Press};
use crate::{
    store::{PartnerDocument, Store},
    story::{FeedSpec, Format},
};

/// The documents of partner feeds.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// As they are kept.
    known: BTreeMap<String, PartnerDocument>,
    /// Those that were made and differ, with their bytes.
    made: Vec<(PartnerDocument, Vec<u8>)>,
}

impl Shelf {
    /// What the store has.
    pub(super) async fn open(store: &mut Store) -> Result<Self, PassError> {
        Ok(Self { known: store.partner_documents().await?, made: Vec::new() })
    }

    /// Whether every document of a feed is kept.
    pub(super) fn is_whole(&self, spec: &FeedSpec) -> bool {
        files(spec).all(|file| self.known.contains_key(&file))
    }

    /// Bytes of the largest document of a feed, as it is kept.
    pub(super) fn largest(&self, spec: &FeedSpec) -> u64 {
        let sizes = files(spec).filter_map(|file| Some(self.known.get(&file)?.size));
        sizes.max().unwrap_or_default()
    }

    /// A document to be kept, where it differs from what is. Two changes never fall into one second,
    /// and no date goes back.
    pub(super) fn lay(
        &self,
        spec: &FeedSpec,
        file: &str,
        bytes: Vec<u8>,
        now: DateTime<Utc>,
    ) -> Option<(PartnerDocument, Vec<u8>)> {
        let digest = blake3::hash(&bytes).to_hex()[..32].to_owned();
        let known = self.known.get(file);
        if known.is_some_and(|known| known.digest == digest && known.feed == spec.path.as_str()) {
            return None;
        }
        let same = known.filter(|known| known.digest == digest);
        let changed = match (same, known) {
            (Some(same), _) => same.changed,
            (None, Some(known)) => now.max(next_second(known.changed)),
            (None, None) => now,
        };
        let (file, feed) = (file.to_owned(), spec.path.to_string());
        let size = bytes.len() as u64;
        Some((PartnerDocument { file, feed, digest, size, changed }, bytes))
    }

    /// Takes documents that differ.
    pub(super) fn take(&mut self, made: impl IntoIterator<Item = (PartnerDocument, Vec<u8>)>) {
        self.made.extend(made);
    }
}

/// Where the documents of a feed are served.
fn files(spec: &FeedSpec) -> impl Iterator<Item = String> {
    spec.formats.iter().map(|format| spec.path.file(format.file_name()))
}

/// The first instant that HTTP tells from this one.
fn next_second(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at) + TimeDelta::seconds(1)
}

/// Keeps the documents of partner feeds, in the transaction that decides them, and gives the files
/// of the folder that must go: who has the folder would have what is for partners alone.
pub(super) async fn keep(
    press: &mut Press<'_>,
    store: &mut Store,
) -> Result<Vec<String>, PassError> {
    let (made, known) = {
        let shelf = &mut press.shelf;
        (std::mem::take(&mut shelf.made), std::mem::take(&mut shelf.known))
    };
    let partners = || press.plan.feeds.iter().filter(|feed| !feed.spec.is_public());
    let wanted: BTreeSet<String> = partners().flat_map(|feed| files(&feed.spec)).collect();
    let gone: Vec<&str> =
        known.keys().filter(|file| !wanted.contains(*file)).map(String::as_str).collect();
    store.keep_partner_documents(&made, &gone).await?;
    let mut unwanted = Vec::new();
    for feed in partners() {
        store.end_topic(feed.record.id).await?;
        unwanted.extend(store.archived_files(&feed.spec.path).await?);
        unwanted.extend(press.left_in_folder(&feed.spec));
    }
    unwanted.sort_unstable();
    unwanted.dedup();
    Ok(unwanted)
}

impl Press<'_> {
    /// The files that a feed has, or had before it became a partner feed. Without a manifest, of
    /// another store or a lost one, those in its own folder are known by their names.
    fn left_in_folder(&self, spec: &FeedSpec) -> Vec<String> {
        let published = self.manifest.values().filter(|known| known.feed == spec.path.as_str());
        let mut left: Vec<String> = published.map(|known| known.file.clone()).collect();
        let copies = moved::files(spec, &self.newsroom.moves).into_iter().map(|(name, _)| name);
        left.extend(copies.filter(|name| self.was_published(name)));
        let is_there =
            |name: &String| self.folder.as_ref().is_some_and(|folder| folder.stamp(name).is_some());
        let own = Format::ALL.map(Format::file_name).into_iter().chain(["index.html"]);
        left.extend(own.map(|name| spec.path.file(name)).filter(is_there));
        for format in Format::ALL.into_iter().filter(|format| format.has_archive()) {
            let pages = (1..).map(|page| spec.path.file(&format.archive_name(page)));
            left.extend(pages.take_while(is_there));
        }
        left
    }
}
