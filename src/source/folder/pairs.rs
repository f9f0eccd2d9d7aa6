//! Finds the translations of a story, in whatever folders they are.
//!
//! Files are paired where they have the same place and name but for language and ending, and at
//! least one of them may name a language.
//!
//! # Limits
//! - Files out of reach count as being there.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
};

use super::{FolderSource, compare::Folder, names, packed::mark};

/// Names that may have got, or lost, a translation.
pub(super) struct Suspects {
    hasher: RandomState,
    /// None: all.
    names: Option<HashSet<u64>>,
}

impl Suspects {
    pub(super) fn all() -> Self {
        Self { hasher: RandomState::new(), names: None }
    }

    pub(super) fn none() -> Self {
        Self { hasher: RandomState::new(), names: Some(HashSet::new()) }
    }

    /// A file came or went.
    pub(super) fn add(&mut self, folder: &str, name: &str) {
        let hash = self.hasher.hash_one(rough_name(folder, name));
        self.names.as_mut().map(|names| names.insert(hash));
    }

    fn are_none(&self) -> bool {
        self.names.as_ref().is_some_and(HashSet::is_empty)
    }
}

/// A key that translations share; others may share it too.
fn rough_name<'n>(folder: &'n str, name: &'n str) -> &'n str {
    let start = |name: &'n str| name.split('.').next().unwrap_or(name);
    match start(name) {
        "index" if !folder.is_empty() => start(folder.rsplit('/').next().unwrap_or(folder)),
        name => name,
    }
}

/// The key that all translations of a story share.
pub(super) fn key(source: &FolderSource, path: &str) -> String {
    let base = names::translation_base(source, path);
    format!("{}:{}", source.name, base.trim_start_matches('/'))
}

/// Marks the stories that have translations; one that had none before, or has none any more, is to
/// be read again.
pub(super) fn pair(source: &FolderSource, suspects: &Suspects, folders: &mut [Folder<'_>]) {
    if suspects.are_none() {
        return;
    }
    let mut rough: HashMap<u64, Vec<(usize, usize)>> = HashMap::new();
    for (at, folder) in folders.iter().enumerate() {
        for (place, entry) in folder.list.iter().enumerate().skip(folder.list.indexes()) {
            let name = suspects.hasher.hash_one(rough_name(&folder.path, entry.name));
            let suspected = suspects.names.as_ref().is_none_or(|names| names.contains(&name));
            if suspected && folder.has_story(place) {
                rough.entry(name).or_default().push((at, place));
            }
        }
    }
    let mut paired: HashSet<(usize, usize)> = HashSet::new();
    for files in rough.values().filter(|files| files.len() > 1) {
        let path = |(at, place): (usize, usize)| {
            let folder: &Folder<'_> = &folders[at];
            folder.at(folder.list.entry(place).name)
        };
        let mut bases: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for file in files {
            bases.entry(names::translation_base(source, &path(*file))).or_default().push(*file);
        }
        let named = |file: &(usize, usize)| names::may_name_language(&path(*file));
        let groups = bases.into_values();
        paired.extend(groups.filter(|group| group.len() > 1 && group.iter().any(named)).flatten());
    }
    for file in rough.into_values().flatten() {
        let (folder, place) = (&mut folders[file.0], file.1);
        match (paired.contains(&file), folder.marks[place] & mark::PAIRED != 0) {
            (true, false) => folder.set(place, mark::PAIRED | mark::TO_READ),
            (false, true) => {
                folder.unset(place, mark::PAIRED);
                folder.set(place, mark::TO_READ);
            }
            _ => {}
        }
    }
}
