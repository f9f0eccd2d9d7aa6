//! Brings the store to what a folder holds. Reading and parsing overlap with storing.
//!
//! # Promises
//! - Where nothing changed, the store is asked what the folders held, and nothing else.
//! - What the folders hold is remembered once the stories are stored: after a crash they are read
//!   again.
//! - No more published stories are withdrawn, or hidden by new dates, than the guard permits. The
//!   others are held and reported at every pass, each until it is back or a person accepts it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use super::{
    HeldBack, Newsroom, PassError, Progress, Report, SourceReport,
    guard::{Guard, hidden_by_dates},
    render,
};
use crate::{
    source::{
        StoryFault,
        folder::{Findings, FolderSource, Found, Index, Read, Walk},
        remote::address_print,
    },
    store::{Counts, Known, Outcome, Store, StoreError, SyncContext, Vanished},
    story::{Incoming, State},
};

/// Files that are read once more and stored together.
const BATCH: usize = 512;
/// Files that are looked at to tell whether a source is another one under a new name.
const LOOKED_AT: usize = 20;

/// Takes in what the sources have.
pub(super) struct Sync<'a, 'n> {
    pub(super) newsroom: &'a Newsroom<'n>,
    pub(super) guard: &'a mut Guard,
    pub(super) now: DateTime<Utc>,
    /// Whether every file is read, whatever is remembered of it.
    pub(super) full: bool,
}

impl Sync<'_, '_> {
    /// Takes in one source; gives the titles that its folders have.
    ///
    /// # Errors
    /// If the store fails. What was stored by then stays, and is read again.
    pub(super) async fn run(
        &mut self,
        source: &FolderSource,
        store: &mut Store,
        report: &mut Report,
        progress: &Progress<'_>,
    ) -> Result<Vec<Index>, PassError> {
        progress("listing stories", 0, 0);
        let rows = self.listings(source, store, report).await?;
        let mut walk = source.walk(&rows);
        report.faults.append(&mut walk.faults);
        let files = Arc::new(std::mem::take(&mut walk.to_read));
        let mut counts = Counts { same: walk.same, ..Counts::default() };
        let (mut held, mut kept) = (Vec::new(), Vec::new());
        let guarded = store.guarded(Some(&source.name)).await?;
        let mut findings = Findings::default();
        if walk.forgetful || !files.is_empty() || !walk.gone.is_empty() {
            let mut known = store.known(&source.name).await?;
            let mut gone: BTreeSet<String> = std::mem::take(&mut walk.gone).into_iter().collect();
            if walk.forgetful {
                let paths = store.standing_paths(&source.name, &known).await?;
                gone.extend(paths.into_iter().filter(|path| !walk.has(path)));
            }
            let read = files.iter().map(|found| found.path.as_str());
            let paths: Vec<&str> = read.chain(gone.iter().map(String::as_str)).collect();
            store.recall(&source.name, &mut known, &paths).await?;
            known.note_vanished(gone.iter().map(String::as_str));

            let (newsroom, now, walk) = (self.newsroom, self.now, &walk);
            let keeps_public = !self.guard.accept;
            let mut intake = Intake {
                newsroom,
                source,
                walk,
                known,
                report,
                counts,
                findings,
                now,
                keeps_public,
                kept: Vec::new(),
            };
            let mut reads = intake.read_in_background(&files, self.full);
            let mut done = 0;
            while let Some(reads) = reads.recv().await {
                let batch: Vec<&Found> = files[done..done + reads.len()].iter().collect();
                intake.take(store, &batch, reads).await?;
                done += batch.len();
                progress("reading stories", done, files.len());
            }
            let no_story = intake.findings.no_story.iter().copied();
            let mut left =
                intake.known.left_behind(gone.iter().map(String::as_str).chain(no_story));
            left.extend(intake.kept.iter().map(Kept::vanished));
            let mut going;
            (going, held) = self.divide(left, walk.count == 0, &guarded);
            let stay: HashSet<i64> = held.iter().map(|story| story.id).collect();
            let released: Vec<Kept<'_>> =
                intake.kept.extract_if(.., |kept| !stay.contains(&kept.id)).collect();
            kept = std::mem::take(&mut intake.kept);
            let stored: HashSet<i64> = released.iter().map(|kept| kept.id).collect();
            going.retain(|story| !stored.contains(&story.id));
            intake.release(store, &released).await?;
            intake.counts.same += kept.len();
            (counts, findings) = (intake.counts, intake.findings);
            report.notes.extend(swallowed(source, &going));
            let ids: Vec<i64> = going.iter().map(|story| story.id).collect();
            store.withdraw(&ids, now).await?;
            counts.withdrawn = ids.len();
        }
        let now_guarded = held.iter().map(|story| story.id).collect();
        store.keep_guarded(&guarded, &now_guarded).await?;
        let hidden: HashMap<i64, String> =
            kept.into_iter().map(|kept| (kept.id, kept.why)).collect();
        report.held.extend(held.iter().map(|story| HeldBack {
            story: source.shown(&story.path),
            why: hidden.get(&story.id).cloned().unwrap_or_else(|| why(source, &walk, &story.path)),
        }));
        findings.held = held.iter().map(|story| story.path.as_str()).collect();
        store.keep_listings(&source.name, &walk.listings(&findings)).await?;
        report.sources.push(SourceReport { name: source.name.clone(), counts });
        Ok(walk.indexes)
    }

    /// What the folders of a source held; nothing of their files where all is read.
    async fn listings(
        &self,
        source: &FolderSource,
        store: &mut Store,
        report: &mut Report,
    ) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        let mut rows = store.listings(&source.name).await?;
        if rows.is_empty()
            && let Some(before) = self.name_before(source, store).await?
        {
            store.rename_source(&before, &source.name).await?;
            rows = store.listings(&source.name).await?;
            report.notes.push(format!(
                "source {} has the files of {before}, which the configuration doesn't name any \
                 more: they are the same stories",
                source.name
            ));
        }
        if self.full {
            rows.values_mut().for_each(Vec::clear);
        }
        Ok(rows)
    }

    /// The name that a source had before, where another has it by now: that of one that isn't
    /// configured any more and most of whose files are in this one's folder.
    async fn name_before(
        &self,
        source: &FolderSource,
        store: &mut Store,
    ) -> Result<Option<String>, StoreError> {
        let mut orphans = store.listed_sources().await?;
        orphans.retain(|name| self.newsroom.sources.iter().all(|known| known.name != *name));
        if orphans.is_empty() || !store.known(&source.name).await?.is_nothing() {
            return Ok(None);
        }
        let nothing = BTreeMap::new();
        let walk = source.walk(&nothing);
        for name in orphans {
            let mut live = store.live_titles(&name).await?;
            // Of those that the guard keeps, most files are gone anyway.
            live.retain(|path, (_, is_guarded)| !*is_guarded || walk.has(path));
            let live = live.iter().map(|(path, (title, _))| (path, title));
            let live: Vec<(&String, &String)> = live.collect();
            let here: Vec<(&String, &String)> =
                live.iter().copied().filter(|(path, _)| walk.has(path)).collect();
            if here.is_empty() || here.len() * 2 <= live.len() {
                continue;
            }
            // Other stories may have the same names.
            let looked_at: Vec<&(&String, &String)> = here.iter().take(LOOKED_AT).collect();
            let found =
                |it: &&(&String, &String)| Found { path: it.0.clone(), translation_key: None };
            let files: Vec<Found> = looked_at.iter().map(found).collect();
            let reads = source.read(&files, &|_| None, self.now);
            let same = reads
                .iter()
                .zip(&looked_at)
                .filter(|(read, it)| matches!(read, Read::Story(story) if story.title == *it.1));
            if same.count() * 2 > looked_at.len() {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// Of the stories that were left behind: those that may go, and those that are held, now or
    /// (`guarded`) before. A source without any file is a volume that isn't mounted, as far as the
    /// pass can tell.
    fn divide(
        &mut self,
        left: Vec<Vanished>,
        is_bare: bool,
        guarded: &BTreeSet<i64>,
    ) -> (Vec<Vanished>, Vec<Vanished>) {
        let (public, mut going): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|story| story.public);
        if self.guard.accept {
            going.extend(public);
            return (going, Vec::new());
        }
        let lost = is_bare && public.len() > 1;
        let (mut held, new): (Vec<_>, Vec<_>) =
            public.into_iter().partition(|story| guarded.contains(&story.id));
        self.guard.held += held.len();
        if !lost && self.guard.permits(new.len()) {
            going.extend(new);
        } else {
            self.guard.held += new.len();
            held.extend(new);
        }
        (going, held)
    }
}

/// Why a published story at `path` isn't there for its source any more.
fn why(source: &FolderSource, walk: &Walk<'_>, path: &str) -> String {
    match (walk.has(path), walk.count) {
        (true, _) => "it is a draft or a page now".into(),
        (false, 1..) if source.root.join(path).is_file() => match source.index_around(path) {
            Some(index) => format!("`{index}` makes its folder one story"),
            None => "it is no story any more".into(),
        },
        (false, 0) => "its file is gone, and so is every other of its source".into(),
        (false, _) => "its file is gone".into(),
    }
}

/// What is to be said of stories that go although their files are there.
fn swallowed(source: &FolderSource, going: &[Vanished]) -> Vec<String> {
    let mut indexes: BTreeMap<String, usize> = BTreeMap::new();
    for story in going.iter().filter(|story| source.root.join(&story.path).is_file()) {
        if let Some(index) = source.index_around(&story.path) {
            *indexes.entry(index).or_default() += 1;
        }
    }
    let said = indexes.into_iter().map(|(index, count)| {
        format!(
            "{}: it makes its folder one story, to which the other files there belong: {count} \
             that were stories are withdrawn\n  fix: if they are to be stories, move or rename it",
            source.shown(&index)
        )
    });
    said.collect()
}

/// Files of one source on their way into the store.
struct Intake<'a, 'f> {
    newsroom: &'a Newsroom<'a>,
    source: &'a FolderSource,
    walk: &'a Walk<'a>,
    known: Known,
    report: &'a mut Report,
    counts: Counts,
    findings: Findings<'f>,
    now: DateTime<Utc>,
    /// Whether published stories that new dates would hide stay as they are.
    keeps_public: bool,
    /// Those.
    kept: Vec<Kept<'f>>,
}

/// A published story that stays as it is, though its file has dates that would hide it.
struct Kept<'f> {
    id: i64,
    file: &'f Found,
    why: String,
}

impl Kept<'_> {
    /// As the guard sees it.
    fn vanished(&self) -> Vanished {
        Vanished { id: self.id, path: self.file.path.clone(), public: true }
    }
}

impl<'f> Intake<'_, 'f> {
    /// Reads the files on all cores, a few batches ahead of the store.
    fn read_in_background(&self, files: &Arc<Vec<Found>>, full: bool) -> mpsc::Receiver<Vec<Read>> {
        let (sender, receiver) = mpsc::channel(2);
        let digest =
            |found: &Found| Some((found.path.clone(), self.known.digest(&found.path)?.to_owned()));
        let digests: HashMap<String, String> = match full {
            true => HashMap::new(),
            false => files.iter().filter_map(digest).collect(),
        };
        let now = self.now;
        let (source, files) = (self.source.clone(), Arc::clone(files));
        tokio::task::spawn_blocking(move || {
            let stored = |path: &str| digests.get(path).map(String::as_str);
            // Where nobody takes them the pass failed, and says so itself.
            source.read_in_turn(&files, &stored, now, |reads| sender.blocking_send(reads).is_ok());
        });
        receiver
    }

    /// Stores what was kept and may go: their texts weren't, and are read once more.
    async fn release(&mut self, store: &mut Store, kept: &[Kept<'f>]) -> Result<(), PassError> {
        self.keeps_public = false;
        for kept in kept.chunks(BATCH) {
            let files: Vec<&Found> = kept.iter().map(|kept| kept.file).collect();
            let batch: Vec<Found> = files.iter().copied().cloned().collect();
            let reads = self.source.read(&batch, &|_| None, self.now);
            self.take(store, &files, reads).await?;
        }
        Ok(())
    }

    /// Stores a batch.
    async fn take(
        &mut self,
        store: &mut Store,
        files: &[&'f Found],
        reads: Vec<Read>,
    ) -> Result<(), PassError> {
        let Self { source, walk, known, report, counts, findings, .. } = self;
        let mut stories: Vec<Incoming> = Vec::with_capacity(reads.len());
        let mut taken = Vec::with_capacity(reads.len());
        for (file, read) in files.iter().zip(reads) {
            let path = file.path.as_str();
            match read {
                Read::Same => counts.same += 1,
                Read::Story(story) => {
                    stories.push(*story);
                    taken.push(*file);
                }
                Read::Draft => {
                    findings.no_story.insert(path);
                }
                Read::Faulty(fault) => {
                    findings.unsettled.insert(path);
                    report.faults.push(fault);
                }
                Read::Page => {
                    findings.no_story.insert(path);
                    if store.say_once(&source.name, path, "page").await? {
                        let note = format!("{path}: a page, not a story: it has no date");
                        report.notes.push(note);
                    }
                }
            }
        }
        if stories.is_empty() {
            return Ok(());
        }
        take_back(source, store, known, &stories).await?;
        let new: Vec<&str> = stories
            .iter()
            .filter(|story| known.is_new(story))
            .map(|story| story.digest.as_str())
            .collect();
        let present = |path: &str| walk.has(path);
        store.recall_left(&source.name, known, &new, &present).await?;
        let same_text = render::same_text(&self.newsroom.site);
        let context = SyncContext {
            source: &source.name,
            host: self.newsroom.site.host(),
            now: self.now,
            keeps_public: self.keeps_public,
            same_text: &same_text,
        };
        let outcomes = store.take_in(&mut stories, known, &present, context).await?;
        for (file, outcome) in taken.into_iter().zip(outcomes) {
            let path = file.path.as_str();
            match outcome {
                Outcome::Same(_) => counts.same += 1,
                Outcome::New(_) => counts.new += 1,
                Outcome::Changed(_) => counts.changed += 1,
                Outcome::Kept { id, published, expires } => {
                    let why = hidden_by_dates(published, expires, self.now).unwrap_or_default();
                    self.kept.push(Kept { id, file, why });
                }
                Outcome::Refused { id, holder } => {
                    findings.unsettled.insert(path);
                    report.faults.push(StoryFault {
                        file: source.shown(path),
                        line: None,
                        what: format!("`{id}` is the id of {holder} already"),
                        fix: "give one of the two another `id` (or address, where guids are \
                              permalinks)"
                            .into(),
                    });
                }
            }
        }
        Ok(())
    }
}

/// A story of ours that a remote source brought before its file was read is the file's from now on,
/// under the guid that readers know.
async fn take_back(
    source: &FolderSource,
    store: &mut Store,
    known: &mut Known,
    stories: &[Incoming],
) -> Result<(), StoreError> {
    if !known.has_prints() {
        return Ok(());
    }
    let is_new =
        |story: &&Incoming| known.row(&story.key).is_none() && known.digest(&story.path).is_none();
    let by_print: HashMap<i64, &Incoming> = stories
        .iter()
        .filter(is_new)
        .filter_map(|story| Some((address_print(&story.url)?, story)))
        .collect();
    let keys: Vec<&str> = by_print.values().map(|story| story.key.as_str()).collect();
    let standing = store.standing(&source.name, &keys, &[]).await?;
    let prints: Vec<i64> = by_print.keys().copied().collect();
    let asked = store.ask_matches(&source.name, &prints).await?;
    for found in store.matches(asked).await? {
        let Some(story) = by_print.get(&found.print) else { continue };
        let is_theirs = found.state == State::Live && store.is_remote(&found.source).await?;
        let is_ours = standing.contains_key(&story.key) || known.row(&story.key).is_some();
        if is_theirs && !is_ours {
            store.give_over(&found, &source.name, &story.key, &story.path).await?;
            known.learn(None, story, found.id);
        }
    }
    Ok(())
}
