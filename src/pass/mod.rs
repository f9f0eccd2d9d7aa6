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

mod bulletin;
mod choose;
mod document;
mod explain;
mod feeds;
mod files;
mod guard;
mod languages;
mod line;
mod moved;
mod news;
mod pager;
mod partners;
mod plan;
mod profiles;
mod publish;
mod reason;
mod references;
mod render;
mod report;
mod settle;
mod stale;
mod sync;

use std::{collections::BTreeMap, path::PathBuf, thread};

use chrono::{DateTime, TimeDelta, Utc};

pub use explain::explain;
pub use guard::hidden_by_dates;
pub use plan::{FeedPlan, PlannedEntry};
pub use reason::{Explanation, Reason};
pub use render::{json_form, same_text, story_words};
pub use report::{FeedReport, HeldBack, Progress, Report, SourceReport};

use guard::Guard;
use settle::Hour;

use crate::{
    publish::PublishError,
    source::folder::{FolderSource, Index},
    store::{Store, StoreError},
    story::{FeedSpec, Language, Move, SectionPath, Site, Title},
};

/// Makes the feed of a section; the text is the title that its `_index` file gives.
pub type SectionFeed<'a> = dyn Fn(&SectionPath, Option<&str>) -> FeedSpec + Send + Sync + 'a;

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
    /// What the configuration says of sections, where it says it by language.
    pub section_descriptions: BTreeMap<SectionPath, Title>,
    /// The languages that the newsroom names, if each language of a section has a feed of its own.
    pub split_languages: Option<Vec<Language>>,
    /// Feeds that moved or were retired.
    pub moves: Vec<Move>,
    /// Where stories come from.
    pub sources: Vec<FolderSource>,
    /// The feeds folder.
    pub folder: PathBuf,
    /// Whether older stories are kept in archive pages.
    pub archives: bool,
    /// Whether there is a sitemap for Google News.
    pub news_sitemap: bool,
    /// How many published stories a pass may withdraw or drop unasked.
    pub guard: usize,
    /// Time between two tellings of edits to one feed; all else is told of at once.
    pub edits_every: TimeDelta,
    /// Names of the webhooks that are told what passes publish.
    pub webhooks: Vec<String>,
}

/// What a pass is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aim {
    /// To publish.
    Publish,
    /// To say what publishing would change. Nothing is kept.
    Plan,
    /// To lay everything into a folder as it would be. Nothing else is kept.
    Preview(PathBuf),
}

/// How a pass is made.
#[derive(Debug, Clone)]
pub struct Order {
    /// What for.
    pub aim: Aim,
    /// The instant that it takes for the present.
    pub now: DateTime<Utc>,
    /// Whether everything that was not decided once is made again.
    pub full: bool,
    /// Whether the guard lets everything through.
    pub accept: bool,
}

impl Order {
    /// A pass that publishes what changed.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { aim: Aim::Publish, now, full: false, accept: false }
    }
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

/// Walks the road once.
///
/// # Errors
/// If the store fails or the folder can't be written; each feed there is whole then.
pub async fn run(
    newsroom: &Newsroom<'_>,
    mut store: Store,
    order: &Order,
    progress: &Progress<'_>,
) -> Result<Report, PassError> {
    let mut report = Report::default();
    let mut guard = Guard { allowed: newsroom.guard, accept: order.accept, used: 0, held: 0 };
    let is_trial = order.aim != Aim::Publish;
    if is_trial {
        store.begin().await?;
    }
    let indexes = bring_in(newsroom, &mut store, order, &mut guard, &mut report, progress).await?;
    if !is_trial {
        store.write_back().await?;
    }
    let hour = Hour { now: order.now, full: order.full };
    let mut plan = feeds::plan(newsroom, &mut store, &indexes).await?;
    settle::settle(newsroom, &mut plan, &mut store, &mut guard, hour, &mut report).await?;
    store.index_members().await?;
    if !is_trial {
        store.write_back().await?;
    }
    let store =
        publish::publish(newsroom, store, &plan, &order.aim, hour, &mut report, progress).await?;
    match is_trial {
        true => store.give_up().await?,
        false => store.close().await?,
    }
    Ok(report)
}

/// Brings the store to what the sources have, and does no more.
///
/// # Errors
/// If the store fails.
pub async fn sync(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    order: &Order,
    progress: &Progress<'_>,
) -> Result<Report, PassError> {
    let mut report = Report::default();
    let mut guard = Guard { allowed: newsroom.guard, accept: order.accept, used: 0, held: 0 };
    bring_in(newsroom, store, order, &mut guard, &mut report, progress).await?;
    Ok(report)
}

/// Threads on which a pass reads, renders and writes: one per core. More would wait less for a disk
/// that is read for the first time, and get in each other's way at all other times.
fn start_threads() {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    // Those of an earlier pass go on, and they have the priority of passes.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(cores).build_global();
}

async fn bring_in(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    order: &Order,
    guard: &mut Guard,
    report: &mut Report,
    progress: &Progress<'_>,
) -> Result<Vec<Index>, PassError> {
    start_threads();
    let mut indexes = Vec::new();
    for source in &newsroom.sources {
        let mut sync = sync::Sync { newsroom, guard, now: order.now, full: order.full };
        indexes.extend(sync.run(source, store, report, progress).await?);
    }
    Ok(indexes)
}

/// What every feed's bytes depend on beside its stories and settings.
const VERSION: &str = env!("CARGO_PKG_VERSION");
