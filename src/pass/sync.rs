//! Brings the store to what a folder holds. Reading and parsing overlap with storing.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::{Newsroom, PassError, Progress, Report, SourceReport, guard::Guard, render};
use crate::{
    source::{
        StoryFault,
        folder::{self, FolderSource, Found, Index, Listing, Read},
    },
    store::{Counts, Known, Outcome, Store, SyncContext},
    story::Incoming,
};

/// Files that are read and stored together.
const BATCH: usize = 256;

/// A source on its way into the store.
pub(super) struct Sync<'a, 'n> {
    pub(super) newsroom: &'a Newsroom<'n>,
    pub(super) guard: &'a mut Guard,
    pub(super) now: DateTime<Utc>,
    pub(super) full: bool,
}

impl Sync<'_, '_> {
    pub(super) async fn run(
        &mut self,
        source: &FolderSource,
        store: &mut Store,
        report: &mut Report,
        progress: &Progress<'_>,
    ) -> Result<Vec<Index>, PassError> {
        let (newsroom, now) = (self.newsroom, self.now);
        progress("listing stories", 0, 0);
        let Listing { files, indexes, faults, .. } = source.list();
        report.faults.extend(faults);
        let files = Arc::new(files);
        let mut known = store.known(&source.name).await?;
        let present: HashSet<&str> = folder::paths(&files);
        let paths: Vec<&str> = present.iter().copied().collect();
        store.recall(&source.name, &mut known, &paths).await?;
        let digests = paths
            .iter()
            .filter_map(|path| Some(((*path).to_owned(), known.digest(path)?.to_owned())));
        let mut reads = read_in_background(source, &files, digests.collect(), now);
        let mut taken = Intake { newsroom, source, report, counts: Counts::default(), now };
        let mut absent = HashSet::new();
        let mut done = 0;
        while let Some(batch) = reads.recv().await {
            let paths = &files[done..done + batch.len()];
            absent.extend(taken.take(store, &mut known, &present, paths, batch).await?);
            done += paths.len();
            progress("reading stories", done, files.len());
        }
        let counts = taken.counts;
        let _ = (self.full, &mut self.guard);
        report.sources.push(SourceReport { name: source.name.clone(), counts });
        Ok(indexes)
    }
}

/// Reads the files on all cores, a few batches ahead of the store.
fn read_in_background(
    source: &FolderSource,
    files: &Arc<Vec<Found>>,
    digests: HashMap<String, String>,
    now: DateTime<Utc>,
) -> mpsc::Receiver<Vec<Read>> {
    let (sender, receiver) = mpsc::channel(1);
    let (source, files) = (source.clone(), Arc::clone(files));
    tokio::task::spawn_blocking(move || {
        let stored = |path: &str| digests.get(path).map(String::as_str);
        for batch in files.chunks(BATCH) {
            if sender.blocking_send(source.read(batch, &stored, now)).is_err() {
                return; // The pass failed and says so itself.
            }
        }
    });
    receiver
}

struct Intake<'a> {
    newsroom: &'a Newsroom<'a>,
    source: &'a FolderSource,
    report: &'a mut Report,
    counts: Counts,
    now: DateTime<Utc>,
}

impl Intake<'_> {
    /// Stores a batch; gives the paths of files that are no stories now.
    async fn take<'f>(
        &mut self,
        store: &mut Store,
        known: &mut Known,
        present: &HashSet<&str>,
        files: &'f [Found],
        reads: Vec<Read>,
    ) -> Result<Vec<&'f str>, PassError> {
        let mut stories: Vec<Incoming> = Vec::new();
        let mut absent = Vec::new();
        for (file, read) in files.iter().zip(reads) {
            match read {
                Read::Same => self.counts.same += 1,
                Read::Story(story) => stories.push(*story),
                Read::Draft => absent.push(file.path.as_str()),
                Read::Faulty(fault) => self.report.faults.push(fault),
                Read::Page => {
                    absent.push(file.path.as_str());
                    if store.say_once(&self.source.name, &file.path, "page").await? {
                        let note = format!("{}: a page, not a story: it has no date", file.path);
                        self.report.notes.push(note);
                    }
                }
            }
        }
        if stories.is_empty() {
            return Ok(absent);
        }
        let same_text = render::same_text(&self.newsroom.site);
        let context = SyncContext {
            source: &self.source.name,
            host: self.newsroom.site.host(),
            now: self.now,
            same_text: &same_text,
        };
        let outcomes =
            store.take_in(&stories, known, &|path| present.contains(path), context).await?;
        for (story, outcome) in stories.iter().zip(outcomes) {
            match outcome {
                Outcome::Same(_) => self.counts.same += 1,
                Outcome::New(_) => self.counts.new += 1,
                Outcome::Changed(_) => self.counts.changed += 1,
                Outcome::Refused { id, holder } => self.report.faults.push(StoryFault {
                    file: self.source.shown(&story.path),
                    line: None,
                    what: format!("`{id}` is the id of {holder} already"),
                    fix:
                        "give one of the two another `id` (or address, where guids are permalinks)"
                            .into(),
                }),
            }
        }
        Ok(absent)
    }
}
