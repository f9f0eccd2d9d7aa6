//! The feeds folder: files are staged beside their places and renamed into them together.
//!
//! # Promises
//! - A reader sees the old file or the new file, never a part: temporary file, fsync, rename,
//!   fsync of the folder.
//! - A file whose bytes are the same is not touched.
//! - If anything can't be staged (no room, no right to write), nothing is changed.
//! - No name leads out of the folder, not even through a symbolic link.
//! - Temporary files of a killed build are swept by the next one.

#![expect(clippy::disallowed_methods, reason = "this is the adapter that writes the feeds folder")]

use std::{
    collections::BTreeSet,
    fs::{self, File, Metadata},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, TimeDelta, Utc};
use rayon::prelude::*;

use super::sync::Syncer;

const TEMPORARY: &str = ".feedwright-";

/// The folder that is published, with what is staged for it.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    staging: Mutex<Staging>,
}

/// What stands ready, and the folders that were made for it.
#[derive(Debug, Default)]
struct Staging {
    files: Vec<Staged>,
    made: Vec<PathBuf>,
    syncer: Option<Syncer>,
}

#[derive(Debug)]
struct Staged {
    temporary: PathBuf,
    target: PathBuf,
    name: String,
}

/// What tells a file from one that was changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Modification time in nanoseconds since 1970.
    pub modified: i64,
}

/// A file that stands ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Laid {
    /// Whether its bytes differ from those that were there.
    pub written: bool,
    /// When they changed.
    pub changed: DateTime<Utc>,
}

/// What a commit did.
#[derive(Debug, Default)]
pub struct Committed {
    /// Files that were written.
    pub written: Vec<String>,
}

/// The folder can't be written.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// An input or output operation failed.
    #[error("`{}` can't be written: {source}\n  fix: {}", file.display(), advice(source))]
    Io {
        /// The file or folder.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A name that would leave the folder.
    #[error(
        "`{name}` would be written outside the feeds folder\n  fix: remove the symbolic link, or \
         rename the section"
    )]
    Outside {
        /// The name below the folder.
        name: String,
    },
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room on the disk; the feeds there are the old ones, whole"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "let this user write there, or set `publish.folder`; the feeds there are the old ones"
        }
        _ => "look after the disk; each feed there is whole, the old or the new one",
    }
}

impl Folder {
    /// Opens the folder, making it where it isn't there, and sweeps what a killed build left.
    ///
    /// # Errors
    /// If it can't be made or read.
    pub fn open(root: &Path) -> Result<Self, PublishError> {
        fs::create_dir_all(root).map_err(at(root))?;
        let root = fs::canonicalize(root).map_err(at(root))?;
        Ok(Self { root, staging: Mutex::default() })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Removes temporary files from the folders of these files, and from the root.
    ///
    /// # Errors
    /// If one can't be removed.
    pub fn sweep<'f>(&self, files: impl Iterator<Item = &'f str>) -> Result<(), PublishError> {
        let mut folders: BTreeSet<PathBuf> = files
            .flat_map(|file| Path::new(file).ancestors().skip(1))
            .map(|folder| self.root.join(folder))
            .collect();
        folders.insert(self.root.clone());
        for folder in folders {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                    fs::remove_file(entry.path()).map_err(at(&entry.path()))?;
                }
            }
        }
        Ok(())
    }

    /// The bytes of a file in the published folder `root`, if it is there.
    pub fn read(root: &Path, name: &str) -> Option<Vec<u8>> {
        fs::read(root.join(name)).ok()
    }

    /// The size and time of a file, if it is there.
    pub fn stamp(&self, name: &str) -> Option<Stamp> {
        fs::metadata(self.root.join(name)).ok().filter(Metadata::is_file).map(|file| stamp(&file))
    }

    /// Makes a file ready to be published, where its bytes differ from those that are there. Files
    /// can be staged from several threads.
    ///
    /// A file's modification time is the instant at which its bytes changed (`since`, for bytes
    /// that were published before), so that any server dates them as the service does; it never
    /// goes back, and two changes never fall into one second.
    ///
    /// # Errors
    /// If it can't be written in full, or would leave the folder.
    pub fn stage(
        &self,
        name: &str,
        bytes: &[u8],
        since: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Laid, PublishError> {
        let target = self.place(name)?;
        let there = fs::metadata(&target).ok().filter(Metadata::is_file);
        let dated = there.as_ref().and_then(|file| file.modified().ok()).map(whole_milliseconds);
        if there.is_some_and(|file| file.len() == bytes.len() as u64)
            && fs::read(&target).is_ok_and(|there| there == bytes)
        {
            let changed = since.or(dated).unwrap_or(now);
            if dated != Some(changed) {
                // Bytes that are right are served, whatever their date.
                let _ = File::options().write(true).open(&target).and_then(|f| date(&f, changed));
            }
            return Ok(Laid { written: false, changed });
        }
        let changed =
            since.unwrap_or_else(|| dated.map_or(now, |dated| now.max(next_second(dated))));
        let folder = target.parent().unwrap_or(&self.root).to_owned();
        let temporary = {
            let mut staging = self.staging();
            staging.make(&folder)?;
            let number = staging.files.len();
            let temporary = folder.join(format!("{TEMPORARY}{}-{number}.tmp", std::process::id()));
            let (temporary_too, name) = (temporary.clone(), name.to_owned());
            staging.files.push(Staged { temporary: temporary_too, target, name });
            temporary
        };
        let mut file = create(&temporary).map_err(at(&temporary))?;
        file.write_all(bytes).and_then(|()| date(&file, changed)).map_err(at(&temporary))?;
        self.staging().syncer.get_or_insert_with(Syncer::start).sync(temporary, file);
        Ok(Laid { written: true, changed })
    }

    fn staging(&self) -> MutexGuard<'_, Staging> {
        self.staging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings everything that is staged into its place, then removes `unwanted` files.
    ///
    /// # Errors
    /// If something can't be made durable: nothing was renamed then; or if a rename fails.
    pub fn commit(self, unwanted: &[String]) -> Result<Committed, PublishError> {
        let Staging { files: mut staged, made, syncer } = std::mem::take(&mut *self.staging());
        staged.sort_by(|a, b| (a.turn(), &a.name).cmp(&(b.turn(), &b.name)));
        let mut done = syncer.map_or(Ok(()), Syncer::finish);
        let mut committed = Committed::default();
        let mut folders = BTreeSet::new();
        for file in &staged {
            if done.is_err() {
                let _ = fs::remove_file(&file.temporary);
                continue;
            }
            done = fs::rename(&file.temporary, &file.target).map_err(at(&file.target));
            if done.is_err() {
                let _ = fs::remove_file(&file.temporary);
                continue;
            }
            folders.extend(file.target.parent().map(Path::to_owned));
            committed.written.push(file.name.clone());
        }
        done?;
        folders.extend(made.iter().filter_map(|made| made.parent().map(Path::to_owned)));
        for name in unwanted {
            let target = self.place(name)?;
            match fs::remove_file(&target) {
                Ok(()) => folders.extend(target.parent().map(Path::to_owned)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(at(&target)(error)),
            }
        }
        let folders: Vec<_> = folders.into_iter().collect();
        folders.par_iter().try_for_each(|folder| {
            File::open(folder).and_then(|open| open.sync_all()).map_err(at(folder))
        })?;
        Ok(committed)
    }

    /// Where a name stands, if it stays below the folder.
    fn place(&self, name: &str) -> Result<PathBuf, PublishError> {
        let plain = Path::new(name)
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        let outside = || PublishError::Outside { name: name.to_owned() };
        if !plain || name.is_empty() || name.contains('\0') {
            return Err(outside());
        }
        let target = self.root.join(name);
        // The folders that are there already must not lead elsewhere.
        let there = target.ancestors().skip(1).find(|folder| folder.exists());
        let real = there.and_then(|folder| fs::canonicalize(folder).ok());
        if real.is_some_and(|real| real.starts_with(&self.root)) {
            Ok(target)
        } else {
            Err(outside())
        }
    }
}

impl Staging {
    fn make(&mut self, folder: &Path) -> Result<(), PublishError> {
        if !folder.is_dir() {
            let missing = folder.ancestors().take_while(|folder| !folder.exists());
            self.made.extend(missing.map(Path::to_owned));
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        Ok(())
    }
}

impl Staged {
    /// When its turn comes: archive pages are there before the feeds that lead to them.
    fn turn(&self) -> usize {
        usize::from(!self.name.starts_with("archive/") && !self.name.contains("/archive/"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let staging = self.staging.get_mut().unwrap_or_else(PoisonError::into_inner);
        for file in &staging.files {
            let _ = fs::remove_file(&file.temporary);
        }
        // Folders that were made for what was never published.
        for folder in &staging.made {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The store keeps milliseconds.
fn whole_milliseconds(time: SystemTime) -> DateTime<Utc> {
    let time = DateTime::<Utc>::from(time);
    DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
}

/// The first instant that HTTP tells from this one.
fn next_second(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at) + TimeDelta::seconds(1)
}

fn date(file: &File, at: DateTime<Utc>) -> io::Result<()> {
    file.set_modified(at.into())
}

fn stamp(file: &Metadata) -> Stamp {
    let modified = file.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX));
    Stamp { size: file.len(), modified }
}

#[cfg(unix)]
fn create(file: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create_new(true).mode(0o644).open(file)
}

#[cfg(not(unix))]
fn create(file: &Path) -> io::Result<File> {
    File::options().write(true).create_new(true).open(file)
}

pub(super) fn at(file: &Path) -> impl FnOnce(io::Error) -> PublishError {
    let file = file.to_owned();
    move |source| PublishError::Io { file, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::from_timestamp_millis(1_768_407_600_500).unwrap();

    fn stage(folder: &Folder, name: &str, bytes: &[u8]) -> Laid {
        folder.stage(name, bytes, None, NOW).expect("stages")
    }

    #[test]
    fn a_file_is_dated_when_its_bytes_changed_and_no_two_changes_within_a_second() {
        let dir = tempfile::tempdir().expect("a folder");
        let dated = || {
            let file = fs::metadata(dir.path().join("rss.xml")).expect("a file");
            whole_milliseconds(file.modified().expect("a time"))
        };
        let publish = |bytes: &[u8], since| {
            let folder = Folder::open(dir.path()).expect("opens");
            let laid = folder.stage("rss.xml", bytes, since, NOW).expect("stages");
            folder.commit(&[]).expect("commits");
            assert_eq!(dated(), laid.changed);
            laid.changed
        };
        assert_eq!(publish(b"one", None), NOW);
        let second = DateTime::from_timestamp(NOW.timestamp() + 1, 0).expect("an instant");
        assert_eq!(publish(b"two", None), second);
        // Another program touched it; the bytes are known since `second`.
        let file = File::options().write(true).open(dir.path().join("rss.xml")).expect("a file");
        date(&file, NOW + TimeDelta::days(1)).expect("dates");
        assert_eq!(publish(b"two", Some(second)), second);
        // It is gone, and published again: its readers have it since then.
        fs::remove_file(dir.path().join("rss.xml")).expect("removes");
        assert_eq!(publish(b"two", Some(second)), second);
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn staged_files_appear_together_and_equal_ones_are_left_alone() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(dir.path()).expect("opens");
        assert!(stage(&folder, "latam/rss.xml", b"one").written);
        assert!(!dir.path().join("latam/rss.xml").exists());
        let written = folder.commit(&[]).expect("commits").written;
        assert_eq!(written, ["latam/rss.xml"]);
        assert_eq!(names(&dir.path().join("latam")), ["rss.xml"]);

        let folder = Folder::open(dir.path()).expect("opens");
        assert!(!stage(&folder, "latam/rss.xml", b"one").written);
        assert!(folder.commit(&[]).expect("commits").written.is_empty());
    }

    #[test]
    fn what_is_given_up_leaves_nothing_behind() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(dir.path()).expect("opens");
        stage(&folder, "a/b/rss.xml", b"one");
        drop(folder);
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn a_killed_build_is_swept() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(dir.path().join("latam")).expect("makes");
        fs::write(dir.path().join("latam/.feedwright-1-0.tmp"), "half").expect("writes");
        let folder = Folder::open(dir.path()).expect("opens");
        folder.sweep(["latam/rss.xml"].into_iter()).expect("sweeps");
        assert!(names(&dir.path().join("latam")).is_empty());
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(dir.path()).expect("opens");
        for name in ["../x", "/etc/x", "a/../../x", "", "."] {
            assert!(folder.stage(name, b"x", None, NOW).is_err(), "{name}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("out")).expect("links");
            assert!(folder.stage("out/rss.xml", b"x", None, NOW).is_err());
        }
        assert!(names(elsewhere.path()).is_empty());
    }
}
