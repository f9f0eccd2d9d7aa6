//! How things stand after a pass: in numbers, in a sentence, at length.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::{
    http::{Health, Standing},
    store::{Store, StoreError},
};

/// What is known of the service.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) since: Option<DateTime<Utc>>,
    pub(super) feeds_url: String,
    pub(super) store: String,
    pub(super) standing: Standing,
    pub(super) documents: usize,
    pub(super) document_bytes: u64,
    pub(super) last: Option<Last>,
    pub(super) last_good: Option<DateTime<Utc>>,
    pub(super) next: Option<DateTime<Utc>>,
    /// Why the configuration was refused when it was last read.
    pub(super) refused: Option<String>,
}

/// The last pass.
#[derive(Debug)]
pub(super) struct Last {
    pub(super) ended: DateTime<Utc>,
    pub(super) took: Duration,
    /// Why it failed, if it did.
    pub(super) failed: Option<String>,
    pub(super) written: usize,
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

impl Known {
    /// What is told of it.
    pub(super) fn health(&self) -> Health {
        let is_ready = self.documents > 0;
        let failed = self.last.as_ref().and_then(|last| last.failed.as_deref());
        let mut sentence = match (is_ready, failed) {
            (true, None) => "ready".to_owned(),
            (true, Some(why)) => {
                format!("ready, with the last good feeds: the last pass failed: {why}")
            }
            (false, None) => "not ready: nothing is published yet".to_owned(),
            (false, Some(why)) => {
                format!("not ready: nothing is published, and the last pass failed: {why}")
            }
        };
        if let Some(why) = &self.refused {
            sentence.push_str(&format!("\nthe configuration was refused when last read: {why}"));
        }
        Health { is_ready, sentence, status: self.status() }
    }

    fn status(&self) -> Value {
        let last = self.last.as_ref().map(|last| {
            json!({
                "ended": rfc3339(last.ended),
                "seconds": last.took.as_secs_f64(),
                "failed": last.failed,
                "written": last.written,
            })
        });
        let standing = &self.standing;
        json!({
            "feedwright": env!("CARGO_PKG_VERSION"),
            "feeds_url": self.feeds_url,
            "store": self.store,
            "since": self.since.map(rfc3339),
            "last_pass": last,
            "last_good_pass": self.last_good.map(rfc3339),
            "next_pass": self.next.map(rfc3339),
            "configuration_refused": self.refused,
            "documents": self.documents,
            "document_bytes": self.document_bytes,
            "stories": standing.stories,
            "feeds": standing.feeds,
            "newest": standing.newest.map(rfc3339),
            "next_due": standing.next_due.map(rfc3339),
            "held": standing.held,
            "faults": standing.faults,
        })
    }
}

/// Asks the store how things stand. Stories are counted from end to end, so only `if` something
/// changed; else the counts of `before` hold.
pub(super) async fn ask(
    store: &mut Store,
    has_changed: bool,
    before: &Standing,
) -> Result<Standing, StoreError> {
    let mut standing = *before;
    if has_changed {
        standing = Standing::default();
        for tally in store.tally().await? {
            standing.stories.add(&tally);
        }
    }
    let feeds = store.feeds().await?;
    let living = || feeds.values().filter(|feed| feed.retired.is_none());
    standing.feeds = living().count() as u64;
    standing.newest = living().filter_map(|feed| feed.updated).max();
    let held: BTreeSet<i64> = store.held().await?.into_iter().map(|(_, story)| story).collect();
    standing.held = held.len() as u64;
    standing.next_due = store.next_due().await?;
    Ok(standing)
}
