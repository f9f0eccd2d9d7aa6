//! What a pass did, for the person or the program that asked for it.

use serde::Serialize;

use super::FeedPlan;
use crate::{source::StoryFault, store::Counts};

/// Called with what is being done, how much of it is done, and how much there is (0: unknown).
pub type Progress<'a> = dyn Fn(&'static str, usize, usize) + 'a;

/// What a pass did.
#[derive(Debug, Default)]
pub struct Report {
    /// Each source, as the configuration orders them.
    pub sources: Vec<SourceReport>,
    /// Each feed, by path.
    pub feeds: Vec<FeedReport>,
    /// What is wrong with stories; the others were published.
    pub faults: Vec<StoryFault>,
    /// What the guard held back; it stays as it was until a person accepts it.
    pub held: Vec<HeldBack>,
    /// What a person should know; nothing of it is a fault.
    pub notes: Vec<String>,
    /// Files that were written.
    pub written: Vec<String>,
    /// Files that were removed, each because the configuration says so.
    pub removed: Vec<String>,
}

/// A published story that would have been taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldBack {
    /// Where it stands in its source.
    pub story: String,
    /// What would have become of it.
    pub why: String,
}

/// What a source brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReport {
    /// Its name.
    pub name: String,
    /// How many stories.
    pub counts: Counts,
}

/// What became of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FeedReport {
    /// Its path; empty for the site-wide feed.
    pub feed: String,
    /// Entries it carries.
    pub entries: usize,
    /// Entries that a reader hasn't seen there.
    pub new: usize,
    /// Entries that differ from what a reader has seen there.
    pub changed: usize,
    /// Entries that were there.
    pub gone: usize,
    /// Size of its largest file.
    pub bytes: u64,
    /// Whether any file of it was written.
    pub written: bool,
    /// Entry by entry, where a plan was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<FeedPlan>,
}
