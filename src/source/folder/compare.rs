//! One folder: what it held before, against what it holds now.

use std::{borrow::Cow, cmp::Ordering};

use super::{
    FolderSource, file, names,
    packed::{Entry, List, Role, Row, Settings, Writer, is_index, mark},
    scan::Scanned,
};

/// What makes files read differently, for all folders of a source.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) settings: Settings,
    /// Of a Jekyll site, the posts are the stories.
    posts_alone: bool,
}

impl Rules {
    pub(super) fn of(source: &FolderSource) -> Self {
        let is_there = |name: &str| source.root.join(name).exists();
        let posts_alone = is_there("_config.yml") || is_there("_config.yaml");
        let declared = names::declared_languages(source);
        // Another version may see a story where this one saw a page.
        let version = env!("CARGO_PKG_VERSION");
        let posts = if posts_alone { "posts" } else { "" };
        let mut digest = blake3::Hasher::new();
        for part in [version, &source.name, &source.settings, &declared, posts] {
            digest.update(part.as_bytes()).update(&[0]);
        }
        let mut settings = Settings::default();
        digest.finalize_xof().fill(&mut settings);
        Self { settings, posts_alone }
    }

    /// Whether files in a folder can be stories.
    pub(super) fn allow(self, folder: &str) -> bool {
        !self.posts_alone || folder.split('/').any(|part| part == "_posts")
    }
}

/// A folder, before and now.
#[derive(Debug)]
pub(super) struct Folder<'k> {
    /// Below the source's folder; empty for that.
    pub(super) path: String,
    /// Its row, where there is a sound one.
    pub(super) old: Option<Row<'k>>,
    /// Its files, and those that are there no more but out of reach ([`mark::KEPT`]).
    pub(super) list: List<'k>,
    /// One for each file of the list.
    pub(super) marks: Cow<'k, [u8]>,
    /// One for each `_index` file.
    pub(super) titles: Vec<String>,
    /// Files that are gone, with their marks.
    pub(super) lost: Vec<(Entry<'k>, u8)>,
    pub(super) role: Role,
    /// Whether it could be looked into.
    pub(super) reachable: bool,
    /// Whether anything is not as it was.
    pub(super) touched: bool,
}

impl<'k> Folder<'k> {
    /// A folder that was looked into; `row` is its row.
    pub(super) fn seen(
        source: &FolderSource,
        rules: Rules,
        scanned: Scanned,
        row: Option<&'k [u8]>,
    ) -> Self {
        let Scanned { path, list, indexes, missing } = scanned;
        let old = row.and_then(Row::parse);
        if let Some(old) = old
            && missing.is_empty()
            && old.settings == rules.settings
            && old.list == list
        {
            return Self::unchanged(path, old);
        }
        let mut folder = Self::gone(path, old.filter(Row::is_sound));
        let old = std::mem::take(&mut folder.lost);
        folder.merge(source, rules, old, &List::new(list, indexes), &missing);
        folder
    }

    /// A folder that has the files of its row.
    fn unchanged(path: String, old: Row<'k>) -> Self {
        Self {
            path,
            old: Some(old),
            list: List::new(old.list, old.indexes),
            marks: Cow::Borrowed(old.marks),
            titles: old.titles(),
            lost: Vec::new(),
            role: old.role,
            reachable: true,
            touched: false,
        }
    }

    /// A folder that is there no more.
    pub(super) fn gone(path: String, old: Option<Row<'k>>) -> Self {
        Self {
            path,
            old,
            list: List::new(&[][..], 0),
            marks: Cow::default(),
            titles: Vec::new(),
            lost: old.iter().flat_map(Row::files).collect(),
            role: old.map_or(Role::Plain, |old| old.role),
            reachable: true,
            touched: true,
        }
    }

    /// A folder that may be as it was, but is out of reach.
    pub(super) fn unreachable(path: String, old: Row<'k>) -> Self {
        let marks = old.marks.iter().map(|mark| mark | mark::KEPT).collect();
        Self { marks, reachable: false, ..Self::unchanged(path, old) }
    }

    fn merge(
        &mut self,
        source: &FolderSource,
        rules: Rules,
        old: Vec<(Entry<'k>, u8)>,
        now: &List<'_>,
        missing: &[String],
    ) {
        let same_rules = self.old.is_some_and(|old| old.settings == rules.settings);
        let otherwise = if same_rules { 0 } else { mark::DIFFERS };
        let mut old_titles = self.old.map_or_else(Vec::new, |old| old.titles()).into_iter();
        let mut merged = Writer::default();
        let mut old = old.into_iter().peekable();
        let mut now = now.iter().peekable();
        loop {
            let order = match (old.peek(), now.peek()) {
                (Some((old, _)), Some(now)) => old.order(now),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let before = if order.is_le() { old.next() } else { None };
            let here = if order.is_ge() { now.next() } else { None };
            let is_index = |entry: &Entry<'_>| is_index(entry.name.as_bytes());
            let titled = before.as_ref().is_some_and(|(before, _)| is_index(before));
            let old_title = if titled { old_titles.next() } else { None };
            let (entry, mark) = match (before, here) {
                (Some((before, mark)), None) => {
                    if !missing.iter().any(|name| name == before.name) {
                        self.lost.push((before, mark));
                        continue;
                    }
                    (before, mark | mark::KEPT | otherwise)
                }
                (Some((before, mark)), Some(here)) if before.stamp == here.stamp => {
                    (here, mark | otherwise)
                }
                (Some((_, mark)), Some(here)) => (here, mark | mark::DIFFERS),
                (None, Some(here)) => (here, mark::FRESH | mark::DIFFERS),
                (None, None) => break,
            };
            if is_index(&entry) {
                let old =
                    old_title.filter(|_| mark & (mark::DIFFERS | mark::KEPT) != mark::DIFFERS);
                let read = || file::title(source, &joined(&self.path, entry.name));
                self.titles.push(old.unwrap_or_else(read));
            }
            merged.add(entry, mark, "");
        }
        let (list, indexes, marks) = merged.into_list();
        (self.list, self.marks) = (List::new(list, indexes), marks.into());
    }

    /// Whether it has other names than before, or they mean something else.
    pub(super) fn is_renamed(&self, rules: Rules) -> bool {
        let other = self.old.is_none_or(|old| old.settings != rules.settings);
        let fresh = || self.marks.iter().any(|mark| mark & mark::FRESH != 0);
        self.reachable && self.touched && (other || !self.lost.is_empty() || fresh())
    }

    /// Whether it is a page bundle: one story, by its `index` file.
    pub(super) fn is_bundle(&self) -> bool {
        let first = self.list.first_from("index.");
        let named = |name: &str| Role::Bundle.takes(name);
        !self.path.is_empty() && first < self.list.len() && named(self.list.entry(first).name)
    }

    /// Whether a file of the list is a story, or a page.
    pub(super) fn has_story(&self, place: usize) -> bool {
        place >= self.list.indexes() && self.role.takes(self.list.entry(place).name)
    }

    /// How many story files there are, and how many of them are pages or drafts or to be read.
    pub(super) fn count(&self) -> (usize, usize) {
        let here = |place: &usize| self.marks[*place] & mark::KEPT == 0;
        let here = (self.list.indexes()..self.marks.len()).filter(here);
        let count = |places: &mut dyn Iterator<Item = usize>| {
            let other = |place: usize| self.marks[place] & (mark::NO_STORY | mark::TO_READ) != 0;
            places
                .fold((0, 0), |(all, others), place| (all + 1, others + usize::from(other(place))))
        };
        match self.role {
            Role::Plain => count(&mut { here }), // Without a look at the names.
            _ => count(&mut here.filter(|place| self.has_story(*place))),
        }
    }

    /// Whether a file was a story, or a page, as its row tells.
    pub(super) fn had_story(&self, name: &str, mark: u8) -> bool {
        let Some(old) = self.old.filter(|_| mark & mark::FRESH == 0) else { return false };
        !is_index(name.as_bytes()) && (old.role.takes(name) || mark & mark::HELD != 0)
    }

    pub(super) fn set(&mut self, place: usize, mark: u8) {
        self.marks.to_mut()[place] |= mark;
        self.touched = true;
    }

    pub(super) fn unset(&mut self, place: usize, mark: u8) {
        self.marks.to_mut()[place] &= !mark;
        self.touched = true;
    }

    /// The path of a file in it.
    pub(super) fn at(&self, name: &str) -> String {
        joined(&self.path, name)
    }
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
