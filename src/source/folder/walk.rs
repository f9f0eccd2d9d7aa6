//! Walks the folder: what is to be read, what is gone.
//!
//! # Promises
//! - Folders with the same files as before, by their stamps, cost the looking and no more.
//! - Which files are stories, and which of them are translations of each other, depends on the
//!   names that are there and on the settings, never on the way they came there.
//! - What lies below a folder that can't be looked into is not gone.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::SystemTime,
};

use super::{
    FolderSource, Index, StoryFault,
    compare::{Folder, Rules},
    names,
    packed::{Entry, NEVER, Role, Row, Stamp, Writer, mark},
    pairs::{self, Suspects},
    scan,
};

/// A story file that is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Below the source's folder, parted by `/`.
    pub path: String,
    /// Equal in all translations, where there are several.
    pub translation_key: Option<String>,
}

/// What the folders hold, against what they held before.
#[derive(Debug)]
pub struct Walk<'k> {
    /// Files that are new, aren't as they were, or were unsettled; ordered by path.
    pub to_read: Vec<Found>,
    /// Paths at which a story file was and isn't any more, ordered.
    pub gone: Vec<String>,
    /// How many story files there are, those to be read, pages and drafts among them.
    pub count: usize,
    /// How many of them are stories and not to be read.
    pub same: usize,
    /// Titles that `_index` files give to their sections.
    pub indexes: Vec<Index>,
    /// What couldn't be walked.
    pub faults: Vec<StoryFault>,
    /// Folders that couldn't be looked into (empty: the source's own), and files behind links that
    /// lead nowhere: their stories may be there.
    pub unreachable: Vec<String>,
    /// Whether it isn't known what all folders held before: then the store must be asked which of
    /// its paths are gone.
    pub forgetful: bool,
    folders: Vec<Folder<'k>>,
    known: &'k BTreeMap<String, Vec<u8>>,
    rules: Rules,
    now: SystemTime,
}

/// What came of a walk: paths, and what is to be remembered of them.
#[derive(Debug, Default)]
pub struct Findings<'p> {
    /// To be read again at the next walk, whatever that finds.
    pub unsettled: HashSet<&'p str>,
    /// No story now, but held back: the next walk says so again.
    pub held: BTreeSet<&'p str>,
    /// Read, and found to be pages or drafts.
    pub no_story: HashSet<&'p str>,
}

/// Walks the folder of `source` at `now`, the file system's time.
pub(super) fn walk<'k>(
    source: &FolderSource,
    known: &'k BTreeMap<String, Vec<u8>>,
    now: SystemTime,
) -> Walk<'k> {
    let rules = Rules::of(source);
    let scan = scan::scan(&source.root, &|scanned| {
        let row = known.get(&scanned.path).map(Vec::as_slice);
        Folder::seen(source, rules, scanned, row)
    });
    let mut walk = Walk {
        to_read: Vec::new(),
        gone: Vec::new(),
        count: 0,
        same: 0,
        indexes: Vec::new(),
        faults: scan.faults,
        unreachable: scan.unreachable,
        forgetful: known.is_empty(),
        folders: scan.folders,
        known,
        rules,
        now,
    };
    walk.add_unseen();
    walk.settle(source);
    walk
}

impl<'k> Walk<'k> {
    /// Whether there is a story file at `path`, or may be, out of reach.
    pub fn has(&self, path: &str) -> bool {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let is_here = || {
            let folder = self.folder(folder)?;
            Some(folder.has_story(folder.list.find(name)?))
        };
        self.is_out_of_reach(path) || is_here() == Some(true)
    }

    /// Whether `path` lies below a folder that couldn't be looked into, or is a link to nowhere.
    fn is_out_of_reach(&self, path: &str) -> bool {
        self.unreachable.iter().any(|folder| {
            let rest = path.strip_prefix(folder.as_str());
            folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn folder(&self, path: &str) -> Option<&Folder<'k>> {
        let place = self.folders.binary_search_by(|folder| folder.path.as_str().cmp(path));
        place.ok().map(|place| &self.folders[place])
    }

    /// Adds the folders that are gone or out of reach; sorts all of them.
    fn add_unseen(&mut self) {
        let is_new = |folder: &Folder<'_>| folder.old.is_none() && folder.marks.is_empty();
        self.folders.retain(|folder| !is_new(folder) || self.known.contains_key(&folder.path));
        self.folders.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let is_seen = |path: &str| self.folder(path).is_some();
        let unseen: Vec<_> = self.known.iter().filter(|(path, _)| !is_seen(path)).collect();
        for (path, row) in unseen {
            let row = Row::parse(row).filter(Row::is_sound);
            let folder = match (row, self.is_out_of_reach(path)) {
                (Some(row), true) => Folder::unreachable(path.clone(), row),
                (None, true) => {
                    self.forgetful = true;
                    continue;
                }
                (row, false) => Folder::gone(path.clone(), row),
            };
            self.folders.push(folder);
        }
        self.folders.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        let forgotten =
            |folder: &Folder<'_>| folder.old.is_none() && self.known.contains_key(&folder.path);
        self.forgetful |= self.folders.iter().any(forgotten);
    }

    /// Finds out what is to be read and what is gone.
    fn settle(&mut self, source: &FolderSource) {
        let rules = self.rules;
        let renamed = self.folders.iter().any(|folder| folder.is_renamed(rules));
        if renamed {
            self.settle_roles();
        }
        let is_other = |folder: &Folder<'_>| {
            folder.reachable && folder.old.is_some_and(|old| old.settings != rules.settings)
        };
        let mut suspects = match self.forgetful || self.folders.iter().any(is_other) {
            true => Suspects::all(),
            false => Suspects::none(),
        };
        for folder in self.folders.iter_mut().filter(|folder| folder.touched) {
            settle_files(folder, &mut self.gone, &mut suspects);
        }
        pairs::pair(source, &suspects, &mut self.folders);
        for folder in &self.folders {
            let (count, others) = folder.count();
            self.count += count;
            self.same += count - others;
            self.indexes.extend(indexes(source, folder));
            if folder.touched && folder.reachable {
                self.to_read.extend(to_read(source, folder));
            }
        }
        self.gone.sort_unstable();
        self.to_read.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    }

    /// A folder with an `index` file is one story; the other texts in it and below it belong to
    /// that. Of a Jekyll site, the posts alone are stories.
    fn settle_roles(&mut self) {
        let bundles = self.folders.iter().filter(|folder| folder.is_bundle());
        let bundles: HashSet<String> = bundles.map(|folder| folder.path.clone()).collect();
        for folder in &mut self.folders {
            let mut around = std::iter::successors(above(&folder.path), |path| above(path));
            let role = match bundles.contains(&folder.path) {
                _ if !self.rules.allow(&folder.path) => Role::Outside,
                true => Role::Bundle,
                false if around.any(|path| bundles.contains(path)) => Role::Outside,
                false => Role::Plain,
            };
            folder.touched |= role != folder.role;
            folder.role = role;
        }
    }

    /// The rows to keep once everything that was read is stored: those that aren't as they were.
    /// Without bytes: the folder is gone, and its row with it.
    pub fn listings(&self, findings: &Findings<'_>) -> Vec<(String, Option<Vec<u8>>)> {
        let mut held: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in &findings.held {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            held.entry(folder).or_default().push(name);
        }
        let mut rows = Vec::new();
        for folder in &self.folders {
            let held = held.remove(folder.path.as_str()).unwrap_or_default();
            if folder.touched || !held.is_empty() {
                rows.push((folder.path.clone(), self.row(folder, findings, &held)));
            }
        }
        for (path, held) in held {
            let folder = Folder::gone(path.to_owned(), None);
            rows.push((path.to_owned(), self.row(&folder, findings, &held)));
        }
        rows.retain(|(path, row)| self.known.get(path) != row.as_ref());
        rows
    }

    fn row(&self, folder: &Folder<'_>, findings: &Findings<'_>, held: &[&str]) -> Option<Vec<u8>> {
        let mut files: Vec<(Entry<'_>, u8, &str)> = Vec::with_capacity(folder.marks.len());
        for (place, entry) in folder.list.iter().enumerate() {
            let title = folder.titles.get(place).map_or("", String::as_str);
            let (stamp, mark) = self.remembered(folder, place, entry, findings);
            files.push((Entry { stamp, ..entry }, mark, title));
        }
        for name in held {
            if let Some(place) = folder.list.find(name) {
                // It is there: only reading it can tell again what it is.
                (files[place].0.stamp, files[place].1) = (NEVER, files[place].1 | mark::HELD);
                continue;
            }
            let lost = folder.lost.iter().find(|(lost, _)| lost.name == *name);
            // Once it is back as it was, nothing happened.
            let (entry, mark) = lost.copied().unwrap_or((Entry { name, stamp: NEVER }, 0));
            files.push((entry, (mark & mark::LASTING) | mark::HELD, ""));
        }
        files.sort_by(|(a, ..), (b, ..)| a.order(b));
        let mut row = Writer::default();
        for (entry, mark, title) in files {
            row.add(entry, mark, title);
        }
        match folder.old.filter(|_| !folder.reachable) {
            Some(old) => row.finish(&old.settings, old.role),
            None => row.finish(&self.rules.settings, folder.role),
        }
    }

    /// The stamp and the mark under which a file is remembered.
    fn remembered(
        &self,
        folder: &Folder<'_>,
        place: usize,
        entry: Entry<'_>,
        findings: &Findings<'_>,
    ) -> (Stamp, u8) {
        let mark = folder.marks[place];
        if mark & mark::KEPT != 0 {
            let other = mark & (mark::TO_READ | mark::DIFFERS) != 0;
            return (if other { NEVER } else { entry.stamp }, mark & mark::LASTING);
        }
        let recent = || scan::is_recent(&entry.stamp, self.now);
        if !folder.has_story(place) {
            return (if recent() { NEVER } else { entry.stamp }, 0);
        }
        let path = folder.at(entry.name);
        let mut lasting = mark & mark::LASTING & !mark::HELD;
        if mark & mark::TO_READ != 0 {
            lasting &= !mark::NO_STORY;
            lasting |= if findings.no_story.contains(path.as_str()) { mark::NO_STORY } else { 0 };
        }
        let unsettled = findings.unsettled.contains(path.as_str()) || recent();
        (if unsettled { NEVER } else { entry.stamp }, lasting)
    }
}

fn above(folder: &str) -> Option<&str> {
    folder.rsplit_once('/').map(|(above, _)| above)
}

/// Marks the files of a folder that are to be read; tells which are gone.
fn settle_files(folder: &mut Folder<'_>, gone: &mut Vec<String>, suspects: &mut Suspects) {
    for place in folder.list.indexes()..folder.marks.len() {
        let mark = folder.marks[place];
        let name = folder.list.entry(place).name;
        let (has, had) = (folder.has_story(place), folder.had_story(name, mark));
        if has != had {
            suspects.add(&folder.path, name);
        }
        if had && !has && mark & mark::KEPT == 0 {
            gone.push(folder.at(name));
        }
        if has && (!had || mark & mark::DIFFERS != 0) {
            folder.set(place, mark::TO_READ);
        }
    }
    for (lost, mark) in &folder.lost {
        if folder.had_story(lost.name, *mark) {
            suspects.add(&folder.path, lost.name);
            gone.push(folder.at(lost.name));
        }
    }
}

fn to_read<'f>(
    source: &'f FolderSource,
    folder: &'f Folder<'_>,
) -> impl Iterator<Item = Found> + 'f {
    let files = folder.list.iter().zip(folder.marks.iter());
    let files = files.filter(|(_, mark)| *mark & (mark::TO_READ | mark::KEPT) == mark::TO_READ);
    files.map(|(entry, mark)| {
        let path = folder.at(entry.name);
        let paired = mark & mark::PAIRED != 0;
        let translation_key = paired.then(|| pairs::key(source, &path));
        Found { path, translation_key }
    })
}

/// The titles that the `_index` files of a folder give.
fn indexes<'f>(
    source: &'f FolderSource,
    folder: &'f Folder<'_>,
) -> impl Iterator<Item = Index> + 'f {
    folder.list.iter().zip(&folder.titles).filter_map(|(entry, title)| {
        let spot = names::spot(source, &folder.at(entry.name));
        let section = spot.folder.parse().ok();
        let named = !title.is_empty() && (section.is_some() || spot.folder.is_empty());
        let title = title.clone();
        named.then_some(Index { section, title, language: spot.language })
    })
}
