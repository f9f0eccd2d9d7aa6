//! One build at a time: a lock on a file beside the store.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Held while a build runs; let go when dropped, also by a crash.
#[derive(Debug)]
pub struct BuildLock {
    _file: File,
}

/// The lock can't be had.
#[derive(Debug, thiserror::Error)]
#[error("the lock `{}` can't be taken: {source}\n  fix: check that this user may write there", file.display())]
pub struct LockError {
    /// The lock file.
    file: PathBuf,
    /// What the system says.
    source: io::Error,
}

impl BuildLock {
    /// Makes the folder in which a lock is to lie.
    ///
    /// # Errors
    /// If it can't be made.
    #[expect(clippy::disallowed_methods, reason = "the adapter of locks")]
    pub fn make_folder(folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)
    }

    /// Takes the lock in `file`; where another build holds it, calls `on_wait` and waits.
    ///
    /// # Errors
    /// If the file can't be made or locked.
    pub fn take(file: &Path, on_wait: impl FnOnce()) -> Result<Self, LockError> {
        let fault = |source| LockError { file: file.to_owned(), source };
        let lock =
            File::options().create(true).truncate(false).write(true).open(file).map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                on_wait();
                lock.lock().map_err(fault)?;
            }
            Err(TryLockError::Error(error)) => return Err(fault(error)),
        }
        Ok(Self { _file: lock })
    }
}
