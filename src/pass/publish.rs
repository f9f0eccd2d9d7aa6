//! Documents, bytes, files: each feed that differs is written, all files appear together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::{
    FeedReport, Newsroom, PassError, Progress, Report, VERSION,
    choose::{choose, holds, rename_sections},
    feeds::{Plan, PlannedFeed},
    moved::{self, Output, Retired},
    render::{self, Renderer},
};
use crate::{
    feed::{Category, Choice, FeedDocument, Translation, Words, entry},
    format::{self, FeedLink},
    publish::Folder,
    store::{Candidate, FeedRecord, Published, Sibling, Store},
    story::{FeedPath, Guid},
    text,
};

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
    let mut renderer = Renderer::default();
    let mut records: Vec<FeedRecord> = Vec::with_capacity(plan.feeds.len());
    for (done, feed) in plan.feeds.iter().enumerate() {
        progress("building feeds", done, plan.feeds.len());
        records.push(press.feed(feed, &mut store, &mut renderer, report).await?);
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
    /// Makes the files of one feed, unless they are there and nothing they depend on differs.
    async fn feed(
        &mut self,
        feed: &PlannedFeed,
        store: &mut Store,
        renderer: &mut Renderer,
        report: &mut Report,
    ) -> Result<FeedRecord, PassError> {
        let spec = &feed.spec;
        let chosen = choose(self.newsroom, spec, store, renderer, self.now, report).await?;
        let siblings = siblings(store, &chosen, self.now).await?;
        let old = self.plan.records.get(&spec.path);
        let members: BTreeMap<String, i64> = chosen
            .iter()
            .map(|(candidate, _)| (candidate.story.guid.to_string(), candidate.story.revision))
            .collect();
        let updated = self.feed_date(feed, old, &chosen, &members, store).await?;
        let inputs = self.inputs(feed, &chosen, &siblings, updated);
        let mut line = counted(spec.path.as_str(), old, &members);
        let files = moved::files(spec, &self.newsroom.moves);
        let same = old.is_some_and(|old| old.inputs == inputs);
        if !(same && self.keep_files(&spec.path, &files)) {
            let document = self.document(feed, chosen, siblings, updated, store).await?;
            let outputs = spec.formats.iter().map(|f| Output::Feed(*f)).chain([Output::Twin]);
            let outputs: Vec<Output> = outputs.collect();
            let links = self.links();
            let written = outputs.par_iter().map(|output| match output {
                Output::Feed(format) => format::write(&document, *format),
                Output::Twin => format::page(&document, &links),
            });
            let written: Vec<Vec<u8>> = written.collect();
            for (output, bytes) in outputs.into_iter().zip(written) {
                for (name, _) in files.iter().filter(|(_, of)| *of == output) {
                    line.written |= self.stage(&spec.path, name, &bytes)?;
                }
            }
        }
        let sizes = self.files.values().filter(|file| file.feed == spec.path).map(|file| file.size);
        line.bytes = sizes.max().unwrap_or_default();
        report.feeds.push(line);
        Ok(FeedRecord {
            path: spec.path.clone(),
            atom_id: feed.atom_id.clone(),
            kind: feed.kind.to_owned(),
            updated,
            retired: None,
            inputs,
            members,
        })
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

    /// Digest of everything a feed's files are made from.
    fn inputs(
        &self,
        feed: &PlannedFeed,
        chosen: &[(Candidate, Choice)],
        siblings: &HashMap<i64, Vec<Translation>>,
        updated: Option<DateTime<Utc>>,
    ) -> String {
        let mut digest = blake3::Hasher::new();
        let mut add = |text: &str| {
            digest.update(text.as_bytes()).update(&[0]);
        };
        add(VERSION);
        add(&text::RULES_VERSION.to_string());
        add(&format!("{:?}", self.newsroom.site));
        add(&format!("{:?} {} {updated:?}", feed.spec, feed.atom_id));
        add(&format!("{:?} {:?}", self.plan.titles, self.newsroom.moves));
        add(&format!("{:?}", self.alternates(&feed.spec.path)));
        if feed.spec.path.is_root() {
            add(&format!("{:?}", self.links()));
        }
        for (candidate, choice) in chosen {
            let story = &candidate.story;
            let translations = siblings.get(&story.id);
            add(&format!("{} {} {choice:?} {translations:?}", story.guid, story.revision));
        }
        digest.finalize().to_hex()[..32].to_owned()
    }

    async fn document(
        &self,
        feed: &PlannedFeed,
        chosen: Vec<(Candidate, Choice)>,
        mut siblings: HashMap<i64, Vec<Translation>>,
        updated: Option<DateTime<Utc>>,
        store: &mut Store,
    ) -> Result<FeedDocument<'a>, PassError> {
        let spec = &feed.spec;
        let ids: Vec<i64> = chosen.iter().map(|(candidate, _)| candidate.story.id).collect();
        let mut words = store.words(&ids).await?;
        let title = |section: &_| self.plan.titles.of(section, &spec.language);
        let entries = chosen.into_iter().map(|(candidate, choice)| {
            let story = candidate.story;
            let words = words.remove(&story.id).map(render::words);
            let words =
                words.unwrap_or(Words { html: String::new(), excerpt: String::new(), image: None });
            let translations = siblings.remove(&story.id).unwrap_or_default();
            entry(story, words, spec, choice, &title, translations)
        });
        Ok(FeedDocument {
            site: &self.newsroom.site,
            path: spec.path.clone(),
            address: spec.path.clone(),
            id: feed.atom_id.clone(),
            title: spec.title.clone(),
            description: spec.description.clone(),
            language: spec.language.clone(),
            page: feed.page.clone(),
            image: spec.image.clone(),
            category: spec.section.as_ref().map(|section| Category {
                term: section.as_str().to_owned(),
                section_title: Some(title(section)),
            }),
            ttl_minutes: spec.ttl_minutes,
            formats: spec.formats.clone(),
            updated,
            alternates: self.alternates(&spec.path),
            entries: entries.collect(),
        })
    }

    /// The same feed in other languages: `es/latam` is `latam` in Spanish.
    fn alternates(&self, path: &FeedPath) -> Vec<Translation> {
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
        report.notes.extend(unexplained(&self.manifest, &self.files, &unwanted));
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
    let folders: BTreeSet<(&str, &str)> =
        left.map(|known| (known.feed.as_str(), known.file.as_str())).collect();
    let mut by_feed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (feed, file) in folders {
        by_feed.entry(feed).or_default().push(file.rsplit('/').next().unwrap_or(file));
    }
    let notes = by_feed.into_iter().map(|(feed, names)| {
        format!(
            "the published feed `{}` ({}) is left as it is: the configuration doesn't explain it \
             any more\n  fix: add a [[moved]] entry with from = \"{feed}\", or delete the files",
            if feed.is_empty() { "/" } else { feed },
            names.join(", ")
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

/// The public translations of chosen stories, by row.
async fn siblings(
    store: &mut Store,
    chosen: &[(Candidate, Choice)],
    now: DateTime<Utc>,
) -> Result<HashMap<i64, Vec<Translation>>, PassError> {
    let keys: BTreeSet<&str> = chosen
        .iter()
        .filter_map(|(candidate, _)| candidate.story.facts.translation_key.as_deref())
        .collect();
    let keys: Vec<&str> = keys.into_iter().collect();
    let mut by_key: HashMap<String, Vec<Sibling>> = HashMap::new();
    for sibling in store.siblings(&keys, now).await? {
        by_key.entry(sibling.translation_key.clone()).or_default().push(sibling);
    }
    let mut translations = HashMap::new();
    for (candidate, _) in chosen {
        let story = &candidate.story;
        let Some(key) = &story.facts.translation_key else { continue };
        let others = by_key.get(key).into_iter().flatten();
        let others = others.filter(|sibling| sibling.id != story.id);
        let others: Vec<_> = others
            .map(|sibling| Translation {
                language: sibling.language.clone(),
                url: sibling.url.clone(),
            })
            .collect();
        if !others.is_empty() {
            translations.insert(story.id, others);
        }
    }
    Ok(translations)
}
