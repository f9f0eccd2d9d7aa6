//! Documents, bytes, files: each feed that differs is written, all files appear together.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::{
    FeedReport, Newsroom, PassError, Progress, Report,
    choose::{Chooser, holds, rename_sections},
    document,
    feeds::{Plan, PlannedFeed},
    moved::{self, Output, Retired},
    render::Renderer,
};
use crate::{
    feed::{Choice, Translation},
    format::{self, FeedLink},
    publish::Folder,
    store::{Candidate, FeedRecord, Published, Store},
    story::{FeedPath, Guid},
};

/// Feeds whose entries are in memory at once.
const FEEDS_TOGETHER: usize = 8;

pub(super) async fn publish(
    newsroom: &Newsroom<'_>,
    mut store: Store,
    plan: &Plan,
    now: DateTime<Utc>,
    report: &mut Report,
    progress: &Progress<'_>,
) -> Result<Store, PassError> {
    let folder = Folder::open(&newsroom.folder)?;
    let manifest = store.published().await?;
    let planned = plan.feeds.iter().flat_map(|feed| moved::files(&feed.spec, &newsroom.moves));
    let planned: Vec<String> = planned.map(|(name, _)| name).collect();
    folder.sweep(manifest.keys().chain(&planned).map(String::as_str))?;
    let mut press = Press { newsroom, plan, manifest, folder, files: BTreeMap::new(), now };
    let mut renderer = Renderer::new(now);
    let mut records: Vec<FeedRecord> = Vec::with_capacity(plan.feeds.len());
    for feeds in plan.feeds.chunks(FEEDS_TOGETHER) {
        progress("building feeds", records.len(), plan.feeds.len());
        records.extend(press.feeds(feeds, &mut store, &mut renderer, report).await?);
    }
    press.furniture(&records)?;
    let retired = moved::publish(&mut press, report)?;
    progress("publishing", 0, 0);
    // A new store is put in place first: what is published is known to it.
    let mut store = store.settle().await?;
    press.finish(&mut store, records, retired, report).await?;
    Ok(store)
}

/// A pass's files in the making.
pub(super) struct Press<'a> {
    pub(super) newsroom: &'a Newsroom<'a>,
    pub(super) plan: &'a Plan,
    manifest: BTreeMap<String, Published>,
    folder: Folder,
    /// Every file that belongs to the newsroom now; bytes' digest none where it was kept unread.
    files: BTreeMap<String, Pressed>,
    pub(super) now: DateTime<Utc>,
}

struct Pressed {
    feed: FeedPath,
    digest: Option<String>,
    size: u64,
    written: bool,
}

impl<'a> Press<'a> {
    /// Makes the files of these feeds, but for those that are there and depend on nothing that
    /// differs. Their texts are rendered and their files written together, so that every core has
    /// work.
    async fn feeds(
        &mut self,
        feeds: &'a [PlannedFeed],
        store: &mut Store,
        renderer: &mut Renderer,
        report: &mut Report,
    ) -> Result<Vec<FeedRecord>, PassError> {
        let mut choosers = Vec::with_capacity(feeds.len());
        for feed in feeds {
            let mut chooser = Chooser::new(self.newsroom, &feed.spec, self.now);
            chooser.look_up(store).await?;
            choosers.push(chooser);
        }
        let wanted = choosers.iter().flat_map(Chooser::wanted);
        renderer.freshen(&self.newsroom.site, store, wanted, report).await?;

        let mut records = Vec::with_capacity(feeds.len());
        let mut lines = Vec::with_capacity(feeds.len());
        let mut documents = Vec::new();
        for (feed, chooser) in feeds.iter().zip(choosers) {
            let chosen = chooser.settle(store, renderer, report).await?;
            let siblings = document::siblings(store, &chosen, self.now).await?;
            let old = self.plan.records.get(&feed.spec.path);
            let members: BTreeMap<String, i64> = chosen
                .iter()
                .map(|(candidate, _)| (candidate.story.guid.to_string(), candidate.story.revision))
                .collect();
            let updated = self.feed_date(feed, old, &chosen, &members, store).await?;
            let inputs = document::inputs(self, feed, &chosen, &siblings, updated);
            lines.push(counted(feed.spec.path.as_str(), old, &members));
            let same = old.is_some_and(|old| old.inputs == inputs);
            let files = moved::files(&feed.spec, &self.newsroom.moves);
            if !(same && self.keep_files(&feed.spec.path, &files)) {
                let ids: Vec<i64> = chosen.iter().map(|(c, _)| c.story.id).collect();
                let mut words = renderer.words(store, &ids).await?;
                let document =
                    document::document(self, feed, chosen, siblings, updated, &mut words);
                documents.push((lines.len() - 1, document, files));
            }
            records.push(FeedRecord {
                path: feed.spec.path.clone(),
                atom_id: feed.atom_id.clone(),
                kind: feed.kind.to_owned(),
                updated,
                retired: None,
                inputs,
                members,
            });
        }
        renderer.forget();
        let links = self.links();
        let written: Vec<_> = documents
            .into_par_iter()
            .map(|(line, document, files)| {
                let outputs = document.formats.iter().map(|format| Output::Feed(*format));
                let outputs: Vec<Output> = outputs.chain([Output::Twin]).collect();
                let bytes = outputs.into_par_iter().map(|output| match output {
                    Output::Feed(format) => (output, format::write(&document, format)),
                    Output::Twin => (output, format::page(&document, &links)),
                });
                (line, bytes.collect::<Vec<_>>(), files)
            })
            .collect();
        for (line, outputs, files) in written {
            for (output, bytes) in outputs {
                for (name, _) in files.iter().filter(|(_, of)| *of == output) {
                    lines[line].written |= self.stage(&feeds[line].spec.path, name, &bytes)?;
                }
            }
        }
        for (line, feed) in lines.iter_mut().zip(feeds) {
            let of_feed = self.files.values().filter(|file| file.feed == feed.spec.path);
            line.bytes = of_feed.map(|file| file.size).max().unwrap_or_default();
        }
        report.feeds.extend(lines);
        Ok(records)
    }

    /// The files of every feed together: stylesheets and the list of feeds.
    fn furniture(&mut self, records: &[FeedRecord]) -> Result<(), PassError> {
        let newest = records.iter().filter_map(|record| record.updated).max();
        let opml = format::opml(&self.newsroom.site, &self.links(), newest);
        let root = FeedPath::root();
        self.stage(&root, "feeds.opml", &opml)?;
        self.stage(&root, "feed.css", format::FEED_CSS.as_bytes())?;
        self.stage(&root, "page.css", format::PAGE_CSS.as_bytes())?;
        Ok(())
    }

    pub(super) fn links(&self) -> Vec<FeedLink<'a>> {
        let link = |feed: &'a PlannedFeed| {
            let spec = &feed.spec;
            FeedLink {
                path: &spec.path,
                title: &spec.title,
                description: &spec.description,
                language: &spec.language,
                page: &feed.page,
                formats: &spec.formats,
                section: spec.section.as_ref(),
            }
        };
        self.plan.feeds.iter().map(link).collect()
    }

    /// The latest instant at which anything of the feed was published, updated, withdrawn, expired
    /// or moved out; it never falls.
    async fn feed_date(
        &self,
        feed: &PlannedFeed,
        old: Option<&FeedRecord>,
        chosen: &[(Candidate, Choice)],
        members: &BTreeMap<String, i64>,
        store: &mut Store,
    ) -> Result<Option<DateTime<Utc>>, PassError> {
        let mut newest = chosen.iter().map(|(c, _)| c.story.updated.min(self.now)).max();
        let Some(old) = old else { return Ok(newest) };
        newest = newest.max(old.updated);
        let gone = old.members.keys().filter(|guid| !members.contains_key(*guid));
        let gone: Vec<Guid> = gone.map(Guid::kept).collect();
        if gone.is_empty() {
            return Ok(newest);
        }
        let names: Vec<&str> = gone.iter().map(Guid::as_str).collect();
        let changed = store.changed_at(&names).await?;
        for story in store.by_guid(&gone).await? {
            let changed = changed.get(story.guid.as_str()).copied();
            let (public, expires) = (story.is_public(self.now), story.expires);
            let mut candidate = Candidate { story, rendered_digest: None, rendered_bytes: 0 };
            rename_sections(&mut candidate, &self.newsroom.moves);
            let left = match expires.filter(|expires| *expires <= self.now) {
                Some(expires) => Some(expires),
                None if public && holds(&feed.spec.rule, &candidate) => None, // It aged out.
                None => changed,
            };
            newest = newest.max(left);
        }
        Ok(newest)
    }

    /// The same feed in other languages: `es/latam` is `latam` in Spanish.
    pub(super) fn alternates(&self, path: &FeedPath) -> Vec<Translation> {
        let base = |feed: &PlannedFeed| {
            let path = feed.spec.path.as_str();
            let (first, rest) = path.split_once('/').unwrap_or((path, ""));
            let tag = feed.spec.language.as_str().to_ascii_lowercase();
            if first == tag { rest.to_owned() } else { path.to_owned() }
        };
        let Some(own) = self.plan.feeds.iter().find(|feed| feed.spec.path == *path) else {
            return Vec::new();
        };
        let wanted = base(own);
        let same = self.plan.feeds.iter().filter(|feed| base(feed) == wanted);
        let alternates: Vec<_> = same
            .map(|feed| Translation {
                language: feed.spec.language.clone(),
                url: self.newsroom.site.address(&feed.spec.path.folder()),
            })
            .collect();
        if alternates.len() > 1 { alternates } else { Vec::new() }
    }

    /// Whether all files of a feed are as the manifest has them; they then stay as they are.
    fn keep_files(&mut self, path: &FeedPath, files: &[(String, Output)]) -> bool {
        let mut kept = Vec::new();
        for (name, _) in files {
            let name = name.clone();
            let Some(known) = self.manifest.get(&name) else { return false };
            // The copy of a feed that moved here for a while is another feed's file.
            if known.feed != path.as_str() {
                return false;
            }
            let there = self.folder.stamp(&name);
            if there.is_none_or(|there| there.size != known.size || there.modified != known.stamp) {
                return false;
            }
            let size = known.size;
            kept.push((name, Pressed { feed: path.clone(), digest: None, size, written: false }));
        }
        self.files.extend(kept);
        true
    }

    pub(super) fn stage(
        &mut self,
        feed: &FeedPath,
        name: &str,
        bytes: &[u8],
    ) -> Result<bool, PassError> {
        let written = self.folder.stage(name, bytes)?;
        let digest = blake3::hash(bytes).to_hex()[..32].to_owned();
        let size = bytes.len() as u64;
        let pressed = Pressed { feed: feed.clone(), digest: Some(digest), size, written };
        self.files.insert(name.to_owned(), pressed);
        Ok(written)
    }

    /// The files of a feed that were published and are still there.
    pub(super) fn published_files(&self, feed: &FeedPath) -> Vec<String> {
        let of_feed = self.manifest.values().filter(|known| known.feed == feed.as_str());
        of_feed.map(|known| known.file.clone()).collect()
    }

    /// Whether a file belongs to the newsroom after this pass.
    pub(super) fn is_current(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// Publishes everything at once and keeps what was decided.
    async fn finish(
        self,
        store: &mut Store,
        mut records: Vec<FeedRecord>,
        retired: Retired,
        report: &mut Report,
    ) -> Result<(), PassError> {
        let unwanted: Vec<String> = retired
            .files
            .into_iter()
            .filter(|name| self.manifest.contains_key(name) && !self.files.contains_key(name))
            .collect();
        for note in unexplained(&self.manifest, &self.files, &unwanted) {
            if store.say_once("", "", &note).await? {
                report.notes.push(note);
            }
        }
        let folder = self.newsroom.folder.clone();
        let committed = self.folder.commit(&unwanted)?;
        let after = Folder::open(&folder)?;
        let files = self.files.into_iter().filter_map(|(file, pressed)| {
            let digest = pressed.digest?;
            let stamp = after.stamp(&file)?;
            let known = self.manifest.get(&file);
            let same = known.is_some_and(|known| {
                known.digest == digest && known.stamp == stamp.modified && !pressed.written
            });
            let feed = pressed.feed.as_str().to_owned();
            let published =
                Published { file, feed, digest, size: stamp.size, stamp: stamp.modified };
            (!same).then_some(published)
        });
        let files: Vec<Published> = files.collect();
        records.extend(retired.records);
        records.retain(|record| self.plan.records.get(&record.path) != Some(record));
        if !(files.is_empty() && records.is_empty() && unwanted.is_empty()) {
            store.keep_published(&records, &files, &unwanted, self.now).await?;
        }
        report.written = committed.written;
        report.removed = unwanted;
        Ok(())
    }
}

/// Files that were published and that the configuration doesn't explain any more, by feed.
fn unexplained(
    manifest: &BTreeMap<String, Published>,
    files: &BTreeMap<String, Pressed>,
    unwanted: &[String],
) -> Vec<String> {
    let left = manifest
        .values()
        .filter(|known| !files.contains_key(&known.file) && !unwanted.contains(&known.file));
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for known in left {
        let (folder, name) = known.file.rsplit_once('/').unwrap_or(("", &known.file));
        folders.entry(folder).or_default().push(name);
    }
    let notes = folders.into_iter().map(|(folder, names)| {
        let moved = match folder {
            "" => String::new(),
            _ => format!(
                "if the feed moved or ended, add a [[moved]] with from = \"{folder}\"; else "
            ),
        };
        format!(
            "`{folder}/` keeps {}, which the configuration doesn't explain any more; said once\n  \
             fix: {moved}delete what you don't want",
            names.join(", "),
        )
    });
    notes.collect()
}

fn counted(path: &str, old: Option<&FeedRecord>, members: &BTreeMap<String, i64>) -> FeedReport {
    let empty = BTreeMap::new();
    let before = old.map_or(&empty, |old| &old.members);
    let changed = members
        .iter()
        .filter(|(guid, revision)| before.get(*guid).is_some_and(|before| before != *revision));
    FeedReport {
        feed: path.to_owned(),
        entries: members.len(),
        new: members.keys().filter(|guid| !before.contains_key(*guid)).count(),
        changed: changed.count(),
        gone: before.keys().filter(|guid| !members.contains_key(*guid)).count(),
        bytes: 0,
        written: false,
    }
}
