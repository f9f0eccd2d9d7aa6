//! Looks into the folders, on all cores: which files stories may be in, and their stamps.
//!
//! # Promises
//! - Hidden files and the folders in which Jekyll and Zola keep other things are passed over.
//! - Symbolic links are followed, but none that leads back to a folder around it.
//! - A folder that can't be looked into is named; nothing is said about what is in it.
//!
//! # Limits
//! - Folders more than [`MAX_FOLDERS`] deep are passed over.

#![expect(clippy::disallowed_methods, reason = "this is the adapter that looks into folders")]

use std::{
    ffi::OsStr,
    fs::{self, DirEntry, Metadata},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::packed::{Heap, NEVER, Stamp};
use crate::source::StoryFault;

pub(super) const ENDINGS: &[&str] = &["md", "markdown", "mkd", "mkdn", "html", "htm", "txt"];
const MAX_FOLDERS: usize = 40;

/// What is in one folder.
#[derive(Debug)]
pub(super) struct Scanned {
    /// Below the root, parted by `/`; empty for the root.
    pub(super) path: String,
    /// Its files, packed.
    pub(super) list: Vec<u8>,
    /// How many of them are `_index` files.
    pub(super) indexes: usize,
    /// Names that lead nowhere: links whose targets are out of reach.
    pub(super) missing: Vec<String>,
}

/// What is in all of them.
#[derive(Debug)]
pub(super) struct Scan<T> {
    /// What was made of each folder, in no order.
    pub(super) folders: Vec<T>,
    pub(super) faults: Vec<StoryFault>,
    /// Folders, and files that are links, which couldn't be looked at.
    pub(super) unreachable: Vec<String>,
}

/// Looks into `root` and all folders below it; `take` is given each, on whichever core is free.
pub(super) fn scan<T: Send>(root: &Path, take: &(dyn Fn(Scanned) -> T + Sync)) -> Scan<T> {
    let scan =
        Mutex::new(Scan { folders: Vec::new(), faults: Vec::new(), unreachable: Vec::new() });
    let scanner = Scanner { root, take, scan: &scan };
    let task = Task { folder: root.to_owned(), path: Some(String::new()), depth: 0 };
    rayon::scope(|scope| scanner.look(task, scope));
    let mut scan = scan.into_inner().unwrap_or_else(PoisonError::into_inner);
    scan.faults.sort_unstable();
    scan.unreachable.sort_unstable();
    scan
}

/// Whether a file with this stamp changed so lately that it may change again within the same
/// tick of the file system's clock, or says that it will.
pub(super) fn is_recent(stamp: &Stamp, now: SystemTime) -> bool {
    let settled = now.checked_sub(Duration::from_secs(2)).map_or(0, nanoseconds);
    let instant = |at: usize| {
        stamp[at..].first_chunk().map_or(i64::MAX, |instant| i64::from_le_bytes(*instant))
    };
    instant(8) > settled || instant(16) > settled
}

fn nanoseconds(instant: SystemTime) -> i64 {
    let since = instant.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(unix)]
fn stamp(file: &Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt;

    let instant = |seconds: i64, nanoseconds: i64| {
        seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
    };
    let mut stamp = NEVER;
    stamp[..8].copy_from_slice(&file.size().to_le_bytes());
    stamp[8..16].copy_from_slice(&instant(file.mtime(), file.mtime_nsec()).to_le_bytes());
    stamp[16..24].copy_from_slice(&instant(file.ctime(), file.ctime_nsec()).to_le_bytes());
    stamp[24..].copy_from_slice(&file.ino().to_le_bytes());
    stamp
}

/// Where there are neither inodes nor change times, size and modification must do.
#[cfg(not(unix))]
fn stamp(file: &Metadata) -> Stamp {
    let modified = file.modified().map_or(i64::MAX, nanoseconds);
    let mut stamp = NEVER;
    stamp[..8].copy_from_slice(&file.len().to_le_bytes());
    stamp[8..16].copy_from_slice(&modified.to_le_bytes());
    stamp[31] = 1; // An empty file of 1970 is a file too.
    stamp
}

#[cfg(unix)]
fn is_same(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    false // Loops end at `MAX_FOLDERS`.
}

/// A folder to look into.
struct Task {
    folder: PathBuf,
    /// None where a part of it isn't UTF-8.
    path: Option<String>,
    depth: usize,
}

impl Task {
    /// What is called `name` in it, where both are UTF-8.
    fn below(&self, name: &OsStr) -> Option<String> {
        let (path, name) = (self.path.as_deref()?, name.to_str()?);
        Some(if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") })
    }

    fn folder_below(&self, name: &OsStr) -> Self {
        Self { folder: self.folder.join(name), path: self.below(name), depth: self.depth + 1 }
    }
}

struct Scanner<'s, T> {
    root: &'s Path,
    take: &'s (dyn Fn(Scanned) -> T + Sync),
    scan: &'s Mutex<Scan<T>>,
}

impl<T> Clone for Scanner<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Scanner<'_, T> {}

/// What is known of a folder while it is looked into.
#[derive(Default)]
struct Sight {
    heap: Heap,
    missing: Vec<String>,
    folders: Vec<Task>,
    faults: Vec<StoryFault>,
    unreachable: Vec<String>,
}

impl<'s, T: Send> Scanner<'s, T> {
    fn look(self, task: Task, scope: &rayon::Scope<'s>) {
        let mut sight = Sight::default();
        let whole = self.entries(&task, &mut sight);
        if let Err(error) = &whole {
            sight.faults.push(fault(&task.folder, error));
            sight.unreachable.extend(task.path.clone());
        }
        for task in std::mem::take(&mut sight.folders) {
            scope.spawn(move |scope| self.look(task, scope));
        }
        let (list, indexes) = sight.heap.into_list();
        let missing = sight.missing;
        // What can't be listed to its end isn't known.
        let path = task.path.filter(|_| whole.is_ok());
        let taken = path.map(|path| (self.take)(Scanned { path, list, indexes, missing }));
        let mut scan = self.scan.lock().unwrap_or_else(PoisonError::into_inner);
        scan.folders.extend(taken);
        scan.faults.append(&mut sight.faults);
        scan.unreachable.append(&mut sight.unreachable);
    }

    fn entries(&self, task: &Task, sight: &mut Sight) -> io::Result<()> {
        for entry in fs::read_dir(&task.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if is_wanted(name.as_encoded_bytes())
                && let Err(error) = self.note(task, &entry, &name, sight)
            {
                // It went while it was looked at, unless it is a link.
                let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
                if error.kind() == io::ErrorKind::NotFound && !link {
                    continue;
                }
                sight.faults.push(fault(&entry.path(), &error));
                sight.unreachable.extend(task.below(&name));
                sight.missing.extend(name.to_str().map(str::to_owned));
            }
        }
        Ok(())
    }

    fn note(
        &self,
        task: &Task,
        entry: &DirEntry,
        name: &OsStr,
        sight: &mut Sight,
    ) -> io::Result<()> {
        let kind = entry.file_type()?;
        let target = match kind.is_symlink() {
            true => Some(fs::metadata(entry.path())?),
            false => None,
        };
        if target.as_ref().map_or(kind.is_dir(), Metadata::is_dir) {
            if let Some(around) = target.and_then(|target| self.around(&task.folder, &target)) {
                sight.faults.push(StoryFault {
                    file: entry.path().display().to_string(),
                    line: None,
                    what: format!("a symbolic link that leads back to `{}`", around.display()),
                    fix: "remove the link".into(),
                });
            } else if task.depth + 1 < MAX_FOLDERS {
                sight.folders.push(task.folder_below(name));
            }
            return Ok(());
        }
        let is_file = target.as_ref().map_or(kind.is_file(), Metadata::is_file);
        if !is_file || !has_story_ending(name.as_encoded_bytes()) {
            return Ok(());
        }
        let Some(name) = name.to_str().filter(|_| task.path.is_some()) else {
            sight.faults.push(StoryFault {
                file: entry.path().display().to_string(),
                line: None,
                what: "the file's name isn't UTF-8".into(),
                fix: "rename the file".into(),
            });
            return Ok(());
        };
        let stamp = match target.map_or_else(|| entry.metadata(), Ok) {
            Ok(file) => stamp(&file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            // Reading it will say what is wrong.
            Err(_) => [0xFF; size_of::<Stamp>()],
        };
        sight.heap.add(name, &stamp);
        Ok(())
    }

    /// The folder around (or the folder itself) that `target` is.
    fn around(&self, folder: &Path, target: &Metadata) -> Option<PathBuf> {
        let mut around = folder.ancestors().take_while(|around| around.starts_with(self.root));
        let is_it = |around: &&Path| fs::metadata(around).is_ok_and(|it| is_same(&it, target));
        around.find(is_it).map(Path::to_owned)
    }
}

fn is_wanted(name: &[u8]) -> bool {
    !name.starts_with(b".")
        && (!name.starts_with(b"_") || name == b"_posts" || name.starts_with(b"_index."))
}

fn has_story_ending(name: &[u8]) -> bool {
    let Some(dot) = name.iter().rposition(|byte| *byte == b'.').filter(|dot| *dot > 0) else {
        return false;
    };
    ENDINGS.iter().any(|ending| ending.as_bytes().eq_ignore_ascii_case(&name[dot + 1..]))
}

fn fault(path: &Path, error: &io::Error) -> StoryFault {
    StoryFault {
        file: path.display().to_string(),
        line: None,
        what: error.to_string(),
        fix: "check that it exists and that this user may read it".into(),
    }
}
