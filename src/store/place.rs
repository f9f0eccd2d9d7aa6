//! The place of a store in a file: whether one is there, and how a new one comes to it.
//!
//! # Promises
//! - A store is missing only where nothing is: what can't be looked at is a fault.
//! - A new store replaces nothing, and takes nothing in that another one left beside its place: a
//!   log that isn't its own would be played into it.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the adapter that looks at the store's file"
)]

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};

use super::{StoreError, advice::RECOVERY, engine::EngineError};

/// What the engine keeps beside a file.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What a database has at least: a page.
const SMALLEST: u64 = 512;

/// Whether there is a store in `file`, or something else that would have to be one.
pub(super) fn is_there(file: &Path) -> Result<bool, StoreError> {
    let it = match fs::symlink_metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return no_link_leads_nowhere(file).map(|()| false);
        }
        it => it,
    };
    let disk = "see that its disk is there and that this user may read it; a new store is made \
        only where nothing is";
    let it = it.map_err(|error| unfit(file, error.to_string(), disk))?;
    let it = match it.is_symlink() {
        true => fs::metadata(file).map_err(|error| {
            let to = fs::read_link(file).unwrap_or_default();
            let what = format!("it is a link to `{}`: {error}", to.display());
            let fix = "see that what it leads to is there (a disk that isn't mounted?) and that \
                this user may read it; a new store is made only where nothing is, not even a link";
            unfit(file, what, fix)
        })?,
        false => it,
    };
    if it.is_file() && it.len() < SMALLEST {
        // The engine would begin a new one in it.
        let what = format!("it has {} bytes, and no store is so small", it.len());
        return Err(unfit(file, what, RECOVERY));
    }
    Ok(true)
}

/// Of the folders around a file that isn't there none is a link to nowhere.
fn no_link_leads_nowhere(file: &Path) -> Result<(), StoreError> {
    let link = file.ancestors().skip(1).find(|above| fs::symlink_metadata(above).is_ok());
    let Some(link) = link.filter(|above| fs::metadata(above).is_err()) else { return Ok(()) };
    let what = format!("`{}`, on the way to it, leads nowhere", link.display());
    let fix = "see that what it leads to is there (a disk that isn't mounted?)";
    Err(unfit(file, what, fix))
}

/// Puts the store that was filled in `beside` into `file`, where nothing is, for good.
pub(super) fn put(beside: &Path, file: &Path) -> Result<(), StoreError> {
    let at = |source| StoreError::File { file: file.to_owned(), source };
    set_leftovers_aside(file).map_err(at)?;
    match rename_to_free(beside, file) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let what = "something was put there while a new store was filled; it stays".to_owned();
            return Err(unfit(file, what, "run this again to work with what is there now"));
        }
        renamed => renamed.map_err(at)?,
    }
    sync_folder(file).map_err(|source| {
        // Nothing was acknowledged yet, and nothing may seem to be kept.
        let _ = fs::remove_file(file);
        at(source)
    })
}

/// Gives other names to what a store that was here before left: it may need it.
fn set_leftovers_aside(file: &Path) -> io::Result<()> {
    let mut are_some = false;
    for ending in BESIDE {
        let left = with_ending(file, ending);
        for number in 1_u32.. {
            let ending = if number == 1 { ".left".into() } else { format!(".left{number}") };
            match rename_to_free(&left, &with_ending(&left, &ending)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                renamed => are_some |= renamed.map(|()| true)?,
            }
            break;
        }
    }
    if are_some { sync_folder(file) } else { Ok(()) }
}

/// Renames, unless something has that name already.
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // Not every file system can. Whoever makes a store holds the newsroom's lock.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => match fs::symlink_metadata(to) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(from, to),
            Err(error) => Err(error),
        },
        renamed => Ok(renamed?),
    }
}

fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// The file whose name goes on with `ending`.
pub(super) fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn unfit(file: &Path, what: String, fix: &str) -> StoreError {
    let source = EngineError::Unfit(what);
    StoreError::Open { store: file.display().to_string(), source, fix: fix.to_owned() }
}
