//! The folder source: Markdown, HTML and plain text files below one folder.
//!
//! # Promises
//! - One bad file never stops the others; each fault names the file and, where it can, the line.
//! - The files come in the order of their paths, whatever the file system says.
//! - A file is read when its size, its times or its inode differ from what is remembered, and once
//!   more where it changed within two seconds before the walk.
//! - Nothing but regular files is read, none above [`MAX_TEXT_BYTES`](crate::text::MAX_TEXT_BYTES).
//!
//! # Limits
//! - A local media file is measured when its story is read: a picture replaced under the same name
//!   is measured again when its story changes.
//! - A file whose bytes change while size, times and inode stay is not read again; no ordinary
//!   program does that.

#![expect(clippy::disallowed_methods, reason = "the file system's clock tells what changed lately")]

mod compare;
mod file;
mod names;
mod packed;
mod pairs;
mod scan;
#[cfg(test)]
mod tests;
mod walk;

use std::{collections::BTreeMap, iter::successors, path::PathBuf, time::SystemTime};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::{Desk, StoryFault};
use crate::story::{Incoming, Language, SectionPath};

pub(super) use file::{line_of, pasted_fields, with_title};
pub(super) use names::dated;
use scan::ENDINGS;
pub use walk::{Findings, Found, Walk};

/// So many files are read at a time,
const BATCH: usize = 512;
/// but first so many, which show how fast the disk is.
const FIRST: usize = 64;

/// A folder of stories.
#[derive(Debug, Clone)]
pub struct FolderSource {
    /// As the configuration names it.
    pub name: String,
    /// Where the files are.
    pub root: PathBuf,
    /// What all its stories share.
    pub desk: Desk,
    /// Languages that folders and file names may give, beside those of two letters.
    pub languages: Vec<Language>,
    /// Whether others are recognised by their usual names.
    pub guesses_languages: bool,
    /// Sections that are declared: such a folder is a section even if it reads as a language.
    pub declared: Vec<SectionPath>,
    /// Where files below the site's root lie, to measure media.
    pub static_folder: Option<PathBuf>,
    /// Digest of every setting above: another setting reads every file anew.
    pub settings: String,
}

/// What an `_index` file says of its section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The section; none for the site's own.
    pub section: Option<SectionPath>,
    /// Its title.
    pub title: String,
    /// Its language; none: the site's.
    pub language: Option<Language>,
}

/// What one file turned out to be.
#[derive(Debug)]
pub enum Read {
    /// A story that is new or differs from what is stored.
    Story(Box<Incoming>),
    /// A story that is stored as it is.
    Same,
    /// Not to be published now, by its author's word.
    Draft,
    /// No date: a page.
    Page,
    /// It can't be read.
    Faulty(StoryFault),
}

impl FolderSource {
    /// Walks the folder. `known` is what each folder held before, as [`Walk::listings`] gave it:
    /// folder below the source's own → packed row; empty: everything is to be read.
    pub fn walk<'k>(&self, known: &'k BTreeMap<String, Vec<u8>>) -> Walk<'k> {
        // The file system's own time, whatever instant the pass is made for.
        walk::walk(self, known, SystemTime::now())
    }

    /// The `index` file that makes a folder around `path` one story, to which a text there belongs.
    pub fn index_around(&self, path: &str) -> Option<String> {
        let (mut folder, name) = path.rsplit_once('/')?;
        if name.starts_with("index.") {
            folder = folder.rsplit_once('/')?.0;
        }
        let around = successors(Some(folder), |folder| Some(folder.rsplit_once('/')?.0));
        let mut indexes = around.flat_map(|folder| {
            ENDINGS.iter().map(move |ending| format!("{folder}/index.{ending}"))
        });
        indexes.find(|index| self.root.join(index).is_file())
    }

    /// Reads `files` on all cores, in order. `stored` gives the digest under which the store has
    /// the story of a path; an equal one isn't parsed again.
    pub fn read<'s>(
        &self,
        files: &[Found],
        stored: &(dyn Fn(&str) -> Option<&'s str> + Sync),
        now: DateTime<Utc>,
    ) -> Vec<Read> {
        read_with(&file::Reader::new(self, now), files, stored)
    }

    /// Reads `files` some at a time, and gives `take` what they are, until it returns false. Where
    /// the disk is waited for, it fetches the next ones meanwhile.
    pub fn read_in_turn<'s>(
        &self,
        files: &[Found],
        stored: &(dyn Fn(&str) -> Option<&'s str> + Sync),
        now: DateTime<Utc>,
        mut take: impl FnMut(Vec<Read>) -> bool,
    ) {
        let reader = file::Reader::new(self, now);
        let (mut next, mut fetched, mut waits) = (0, 0, false);
        while next < files.len() {
            let end = files.len().min(next + if next == 0 { FIRST } else { BATCH });
            // What was fetched doesn't show how slow the disk is.
            waits |= reader.waits();
            if waits {
                let until = files.len().min(end + BATCH);
                files[fetched.max(next)..until].iter().for_each(|found| reader.fetch(found));
                fetched = until;
            }
            if !take(read_with(&reader, &files[next..end], stored)) {
                return;
            }
            next = end;
        }
    }

    /// A file of this source as a person would open it.
    pub fn shown(&self, path: &str) -> String {
        self.root.join(path).display().to_string()
    }
}

fn read_with<'s>(
    reader: &file::Reader<'_>,
    files: &[Found],
    stored: &(dyn Fn(&str) -> Option<&'s str> + Sync),
) -> Vec<Read> {
    let read =
        |buffer: &mut Vec<u8>, found: &Found| reader.read(found, stored(&found.path), buffer);
    files.par_iter().map_init(Vec::new, read).collect()
}
