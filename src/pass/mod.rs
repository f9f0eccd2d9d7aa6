//! One pass along the whole road: sources → store → selection → documents → bytes → folder.
//!
//! # Promises
//! - The files depend on the store and the configuration alone, never on the hour of the build,
//!   except that a story appears when its `published` instant has come.
//! - A feed whose stories and settings are the same is not rendered again.
//! - A bad story never stops the others; a target that can't be written leaves the old feeds whole.
//!
//! # Limits
//! - One pass at a time: the caller holds the lock.

mod choose;
mod document;
mod feeds;
mod moved;
mod publish;
mod render;
mod report;
mod sync;

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{DateTime, Utc};

pub use render::{json_form, same_text, story_words};
pub use report::{FeedReport, Progress, Report, SourceReport};

use crate::{
    publish::PublishError,
    source::folder::FolderSource,
    store::{Store, StoreError},
    story::{FeedSpec, Move, SectionPath, Site, Title},
};

/// Makes the feed of a section; the text is the title that its `_index` file gives.
pub type SectionFeed<'a> = dyn Fn(&SectionPath, Option<&str>) -> FeedSpec + 'a;

/// Everything a pass needs to know about the newsroom.
pub struct Newsroom<'a> {
    /// The publication.
    pub site: Site,
    /// The feeds that the configuration names.
    pub feeds: Vec<FeedSpec>,
    /// Makes the feed of a section that the configuration doesn't title.
    pub section_feed: Box<SectionFeed<'a>>,
    /// Whether every section that stories name has a feed; else a story in a section that the
    /// configuration doesn't name is a fault.
    pub sections_are_found: bool,
    /// Titles that the configuration gives to sections.
    pub section_titles: BTreeMap<SectionPath, Title>,
    /// Feeds that moved or were retired.
    pub moves: Vec<Move>,
    /// Where stories come from.
    pub sources: Vec<FolderSource>,
    /// The feeds folder.
    pub folder: PathBuf,
}

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The feeds folder can't be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Walks the road once at `now`.
///
/// # Errors
/// If the store fails or the folder can't be written; each feed there is whole then.
pub async fn run(
    newsroom: &Newsroom<'_>,
    mut store: Store,
    now: DateTime<Utc>,
    progress: &Progress<'_>,
) -> Result<Report, PassError> {
    let mut report = Report::default();
    let mut indexes = Vec::new();
    for source in &newsroom.sources {
        let listed = sync::sync(newsroom, source, &mut store, now, &mut report, progress).await?;
        indexes.extend(listed);
    }
    store.write_back();
    let plan = feeds::settle(newsroom, &mut store, &indexes, now, &mut report).await?;
    let store = publish::publish(newsroom, store, &plan, now, &mut report, progress).await?;
    store.close().await?;
    Ok(report)
}

/// What every feed's bytes depend on beside its stories and settings.
const VERSION: &str = env!("CARGO_PKG_VERSION");
