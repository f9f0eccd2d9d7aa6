//! What one folder held, packed into one row of bytes that is compared as a whole.
//!
//! ```text
//! row    form, 1 byte · settings, 16 bytes · role, 1 byte · `_index` files, u16 · files, u32
//!        length of the list, u32 · list · a mark for each file, 1 byte · titles of the `_index` files
//! list   for each file: length of its name, u16 · name · stamp, 32 bytes
//! title  length, u16 · text; empty where the file gives none
//! ```
//!
//! # Promises
//! - Two folders with the same files have the same list, byte for byte: `_index` files stand first,
//!   both parts are ordered by the bytes of the names.
//! - No bytes make the reader panic; a row that isn't whole is none.

use std::{borrow::Cow, cmp::Ordering, sync::OnceLock};

/// Size, modification, change and inode of a file: another value, and the file is read.
pub(super) type Stamp = [u8; 32];

/// The stamp that no file has.
pub(super) const NEVER: Stamp = [0; 32];

/// Digest of everything that makes files read differently.
pub(super) type Settings = [u8; 16];

/// What is remembered of a file beside its stamp.
pub(super) mod mark {
    /// It has translations.
    pub(in super::super) const PAIRED: u8 = 1;
    /// Its story would have gone if the guard had let it.
    pub(in super::super) const HELD: u8 = 2;
    /// A page or a draft.
    pub(in super::super) const NO_STORY: u8 = 4;
    /// What goes into the row.
    pub(in super::super) const LASTING: u8 = PAIRED | HELD | NO_STORY;
    /// It wasn't there before.
    pub(in super::super) const FRESH: u8 = 8;
    /// It isn't as it was.
    pub(in super::super) const DIFFERS: u8 = 16;
    /// It can't be looked at: what was known of it stays.
    pub(in super::super) const KEPT: u8 = 32;
    /// It is to be read.
    pub(in super::super) const TO_READ: u8 = 64;
}

/// What a folder's files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Each is a story.
    Plain = 0,
    /// Its `index` files are one story; the other texts belong to that.
    Bundle = 1,
    /// None is: they belong to a bundle around, or aren't posts of a Jekyll site.
    Outside = 2,
}

impl Role {
    /// Whether a file of this name is a story, or a page.
    pub(super) fn takes(self, name: &str) -> bool {
        match self {
            Self::Plain => true,
            Self::Bundle => name.starts_with("index."),
            Self::Outside => false,
        }
    }
}

/// Whether this is the name of a file that names its section.
pub(super) fn is_index(name: &[u8]) -> bool {
    name.starts_with(b"_index.")
}

const FORM: u8 = 1;
const HEAD: usize = 28;
const STAMP: usize = size_of::<Stamp>();

/// A stored row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'k> {
    pub(super) settings: Settings,
    pub(super) role: Role,
    pub(super) list: &'k [u8],
    pub(super) indexes: usize,
    /// One for each file.
    pub(super) marks: &'k [u8],
    titles: &'k [u8],
}

/// A file in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry<'l> {
    pub(super) name: &'l str,
    pub(super) stamp: Stamp,
}

impl Entry<'_> {
    /// The order of a list.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        in_order(self.name.as_bytes(), other.name.as_bytes())
    }
}

fn in_order(a: &[u8], b: &[u8]) -> Ordering {
    (is_index(b), a).cmp(&(is_index(a), b))
}

impl<'k> Row<'k> {
    /// Reads the head; [`is_sound`](Self::is_sound) looks at the list.
    pub(super) fn parse(row: &'k [u8]) -> Option<Self> {
        let (head, rest) = row.split_at_checked(HEAD)?;
        let (&[form], head) = head.split_first_chunk()?;
        let (&settings, head) = head.split_first_chunk()?;
        let (&[role], head) = head.split_first_chunk()?;
        let (&indexes, head) = head.split_first_chunk()?;
        let (&files, head) = head.split_first_chunk()?;
        let (&length, _) = head.split_first_chunk()?;
        let role = match role {
            0 => Role::Plain,
            1 => Role::Bundle,
            2 => Role::Outside,
            _ => return None,
        };
        let indexes = usize::from(u16::from_le_bytes(indexes));
        let files = usize::try_from(u32::from_le_bytes(files)).ok()?;
        let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
        let (list, rest) = rest.split_at_checked(length)?;
        let (marks, titles) = rest.split_at_checked(files)?;
        let whole = form == FORM && indexes <= files;
        whole.then_some(Self { settings, role, list, indexes, marks, titles })
    }

    /// Whether the list is one that was written here.
    pub(super) fn is_sound(&self) -> bool {
        let mut list = self.list;
        let mut before: &[u8] = &[];
        for place in 0..self.marks.len() {
            let Some((name, rest)) = next(list) else { return false };
            let ordered = place == 0 || in_order(before, name).is_lt();
            let named = is_index(name) == (place < self.indexes);
            if !ordered || !named || simdutf8::basic::from_utf8(name).is_err() {
                return false;
            }
            (before, list) = (name, rest);
        }
        list.is_empty()
    }

    /// The files, each with its mark.
    pub(super) fn files(&self) -> impl Iterator<Item = (Entry<'k>, u8)> + use<'k> {
        entries(self.list).zip(self.marks.iter().copied())
    }

    /// The titles of the `_index` files, as far as they were written.
    pub(super) fn titles(&self) -> Vec<String> {
        let mut titles = self.titles;
        let mut next = || {
            let (length, rest) = titles.split_first_chunk()?;
            let (title, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
            titles = rest;
            String::from_utf8(title.to_vec()).ok()
        };
        (0..self.indexes).map_while(|_| next()).collect()
    }
}

/// The files of a list.
fn entries(list: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let here = rest;
        (_, rest) = next(here)?;
        Some(entry_at(here, 0))
    })
}

/// The first name of a list, and what follows its entry.
fn next(list: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = list.split_first_chunk()?;
    let (name, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
    Some((name, rest.get(STAMP..)?))
}

/// The files of a folder, in order.
#[derive(Debug)]
pub(super) struct List<'k> {
    bytes: Cow<'k, [u8]>,
    indexes: usize,
    /// Where entries begin; found when one is asked for.
    starts: OnceLock<Vec<usize>>,
}

impl<'k> List<'k> {
    pub(super) fn new(bytes: impl Into<Cow<'k, [u8]>>, indexes: usize) -> Self {
        Self { bytes: bytes.into(), indexes, starts: OnceLock::new() }
    }

    /// How many `_index` files stand before the others.
    pub(super) const fn indexes(&self) -> usize {
        self.indexes
    }

    pub(super) fn len(&self) -> usize {
        self.starts().len()
    }

    pub(super) fn entry(&self, place: usize) -> Entry<'_> {
        entry_at(&self.bytes, self.starts()[place])
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        entries(&self.bytes)
    }

    /// Where the file of this name stands.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let place = self.first_from(name);
        (place < self.len() && self.entry(place).name == name).then_some(place)
    }

    /// Where the first file stands that doesn't come before `name`.
    pub(super) fn first_from(&self, name: &str) -> usize {
        let before = |start: &usize| {
            let there = entry_at(&self.bytes, *start).name;
            in_order(there.as_bytes(), name.as_bytes()).is_lt()
        };
        self.starts().partition_point(before)
    }

    fn starts(&self) -> &[usize] {
        self.starts.get_or_init(|| {
            let mut starts = Vec::with_capacity(self.bytes.len() / 64);
            let mut rest: &[u8] = &self.bytes;
            while let Some((_, after)) = next(rest) {
                starts.push(self.bytes.len() - rest.len());
                rest = after;
            }
            starts
        })
    }
}

fn entry_at(list: &[u8], start: usize) -> Entry<'_> {
    let rest = &list[start..];
    let name = next(rest).map_or(&[][..], |(name, _)| name);
    let stamp = rest[2 + name.len()..].first_chunk().copied().unwrap_or(NEVER);
    Entry { name: simdutf8::basic::from_utf8(name).unwrap_or_default(), stamp }
}

/// Files as they are found, in any order.
#[derive(Debug, Default)]
pub(super) struct Heap {
    bytes: Vec<u8>,
    indexes: Vec<usize>,
    others: Vec<usize>,
}

impl Heap {
    /// Adds a file; a name is at most 65,535 bytes long.
    pub(super) fn add(&mut self, name: &str, stamp: &Stamp) {
        let list = if is_index(name.as_bytes()) { &mut self.indexes } else { &mut self.others };
        list.push(self.bytes.len());
        push_entry(&mut self.bytes, name, stamp);
    }

    /// The list of them, and how many `_index` files it begins with.
    pub(super) fn into_list(mut self) -> (Vec<u8>, usize) {
        let name = |start: &usize| next(&self.bytes[*start..]).map_or(&[][..], |(name, _)| name);
        for part in [&mut self.indexes, &mut self.others] {
            part.sort_unstable_by(|a, b| name(a).cmp(name(b)));
        }
        let mut list = Vec::with_capacity(self.bytes.len());
        for start in self.indexes.iter().chain(&self.others) {
            let end = start + 2 + name(start).len() + STAMP;
            list.extend_from_slice(&self.bytes[*start..end]);
        }
        (list, self.indexes.len())
    }
}

fn push_entry(list: &mut Vec<u8>, name: &str, stamp: &Stamp) {
    push_text(list, name);
    list.extend_from_slice(stamp);
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&text.as_bytes()[..length.into()]);
}

/// Writes a row, file by file in their order.
#[derive(Debug, Default)]
pub(super) struct Writer {
    list: Vec<u8>,
    marks: Vec<u8>,
    indexes: u16,
    titles: Vec<u8>,
}

impl Writer {
    /// Adds a file; the title is that of an `_index` file.
    pub(super) fn add(&mut self, entry: Entry<'_>, mark: u8, title: &str) {
        push_entry(&mut self.list, entry.name, &entry.stamp);
        self.marks.push(mark);
        if is_index(entry.name.as_bytes()) {
            self.indexes += 1;
            push_text(&mut self.titles, title.get(..title.floor_char_boundary(4096)).unwrap_or(""));
        }
    }

    /// The row; none for a folder without files.
    pub(super) fn finish(self, settings: &Settings, role: Role) -> Option<Vec<u8>> {
        let Self { list, marks, indexes, titles } = self;
        if marks.is_empty() {
            return None;
        }
        let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        let mut row = Vec::with_capacity(HEAD + list.len() + marks.len() + titles.len());
        row.push(FORM);
        row.extend_from_slice(settings);
        row.push(role as u8);
        row.extend_from_slice(&indexes.to_le_bytes());
        row.extend_from_slice(&number(marks.len()));
        row.extend_from_slice(&number(list.len()));
        row.extend_from_slice(&list);
        row.extend_from_slice(&marks);
        row.extend_from_slice(&titles);
        Some(row)
    }

    /// The list and the marks alone.
    pub(super) fn into_list(self) -> (Vec<u8>, usize, Vec<u8>) {
        (self.list, self.indexes.into(), self.marks)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn files() -> impl Strategy<Value = BTreeMap<String, (Stamp, u8, String)>> {
        let name = "(_index\\.|[a-zA-Zñ_.-]{0,6})[a-z]{1,3}\\.md";
        let file = (any::<Stamp>(), 0..=mark::LASTING, "[a-zé ]{0,12}");
        proptest::collection::btree_map(name, file, 1..20)
    }

    fn heap(files: &BTreeMap<String, (Stamp, u8, String)>) -> (Vec<u8>, usize) {
        let mut heap = Heap::default();
        // In another order than theirs.
        files.iter().rev().for_each(|(name, (stamp, ..))| heap.add(name, stamp));
        heap.into_list()
    }

    fn row(files: &BTreeMap<String, (Stamp, u8, String)>) -> Vec<u8> {
        let (list, indexes) = heap(files);
        let mut writer = Writer::default();
        for entry in List::new(list, indexes).iter() {
            let (_, mark, title) = &files[entry.name];
            writer.add(entry, *mark, title);
        }
        writer.finish(&[7; 16], Role::Bundle).expect("files")
    }

    proptest! {
        #[test]
        fn a_row_is_read_as_it_was_written(files in files()) {
            let row = row(&files);
            let row = Row::parse(&row).expect("a row");
            prop_assert!(row.is_sound());
            prop_assert_eq!((row.settings, row.role), ([7; 16], Role::Bundle));
            let (packed, indexes) = heap(&files);
            prop_assert_eq!((row.list, row.indexes), (&packed[..], indexes));
            let list = List::new(row.list, row.indexes);
            prop_assert_eq!(list.len(), files.len());
            let titles = row.titles();
            for (place, entry) in list.iter().enumerate() {
                let (stamp, mark, title) = &files[entry.name];
                prop_assert_eq!((&entry.stamp, row.marks[place]), (stamp, *mark));
                prop_assert_eq!(titles.get(place), (place < indexes).then_some(title));
                prop_assert_eq!(list.find(entry.name), Some(place));
            }
            prop_assert_eq!(list.find("no such name"), None);
        }

        #[test]
        fn no_part_of_a_row_and_no_other_bytes_make_the_reader_panic(
            files in files(),
            cut in any::<prop::sample::Index>(),
            other in any::<u8>(),
        ) {
            let mut row = row(&files);
            let place = cut.index(row.len());
            let part = Row::parse(&row[..place]);
            prop_assert!(part.is_none_or(|part| part.is_sound()), "only titles can be missing");
            row[place] = other;
            if let Some(row) = Row::parse(&row).filter(Row::is_sound) {
                let list = List::new(row.list, row.indexes);
                prop_assert_eq!((list.len(), list.iter().count()), (files.len(), files.len()));
                row.titles();
            }
        }
    }
}
