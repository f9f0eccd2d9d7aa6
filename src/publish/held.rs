//! A store that nobody else writes to.

use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{BuildLock, LockError};
use crate::store::{Address, Store, StoreError};

/// A store that is written to.
#[derive(Debug)]
pub struct Held {
    /// It.
    pub store: Store,
    /// The lock beside a file. A server's lock goes with the store.
    pub lock: Option<BuildLock>,
}

/// A store in a file that is open, while others may write to it.
#[derive(Debug)]
pub struct LeftOpen {
    store: Store,
    /// The file that it is.
    identity: Option<(u64, u64)>,
}

impl LeftOpen {
    /// Closes it.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn close(self) -> Result<(), StoreError> {
        self.store.close().await
    }
}

/// The store can't be had.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// It can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its lock can't be taken.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Its folder can't be made.
    #[error("`{}` can't be made: {source}\n  fix: check that this user may write there", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Held {
    /// Opens the store to write to, waiting for who does, once `on_wait` is called: on this machine
    /// for a store in a file, on any machine for one on a server.
    ///
    /// # Errors
    /// If it can't be locked or opened.
    pub async fn take(address: &Address, on_wait: &dyn Fn()) -> Result<Self, HoldError> {
        let lock = lock(address, on_wait)?;
        Ok(Self { store: Store::hold(address, on_wait).await?, lock })
    }

    /// The same, for one that does other things while it waits.
    ///
    /// # Errors
    /// If it can't be locked or opened.
    pub async fn wait_for(address: &Address) -> Result<Self, HoldError> {
        let own = address.clone();
        let lock = tokio::task::spawn_blocking(move || lock(&own, &|| {})).await;
        let lock = lock.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        Ok(Self { store: Store::hold(address, || ()).await?, lock })
    }

    /// Takes the lock again of a store in a file that was let go open ([`Held::leave_open`]), while
    /// other things are done; opens it anew if something else stands in its place by now.
    ///
    /// # Errors
    /// If it can't be locked or opened.
    pub async fn wait_again(address: &Address, left: LeftOpen) -> Result<Self, HoldError> {
        let own = address.clone();
        let lock = tokio::task::spawn_blocking(move || lock(&own, &|| {})).await;
        let lock = lock.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
        if left.identity.is_some() && identity(address) == left.identity {
            return Ok(Self { store: left.store, lock });
        }
        left.store.close().await?;
        Ok(Self { store: Store::hold(address, || ()).await?, lock })
    }

    /// Lets others have the store. That of a file stays open, with what it has in memory, unless it
    /// is new: then it is put into its place. A server's lock goes with the session.
    ///
    /// # Errors
    /// If what was written can't be kept.
    pub async fn leave_open(self, address: &Address) -> Result<Option<LeftOpen>, HoldError> {
        if self.lock.is_none() || self.store.is_filling() {
            self.store.close().await?;
            return Ok(None);
        }
        Ok(Some(LeftOpen { store: self.store, identity: identity(address) }))
    }

    /// The same, if there is a store.
    ///
    /// # Errors
    /// If it can't be locked or opened.
    pub async fn take_existing(
        address: &Address,
        on_wait: &dyn Fn(),
    ) -> Result<Option<Self>, HoldError> {
        if address.is_free()? {
            return Ok(None);
        }
        let lock = lock(address, on_wait)?;
        let store = Store::hold_existing(address, on_wait).await?;
        Ok(store.map(|store| Self { store, lock }))
    }
}

/// Which file stands at an address.
#[expect(clippy::disallowed_methods, reason = "asks whether the file is still the same")]
fn identity(address: &Address) -> Option<(u64, u64)> {
    let Address::File(file) = address else { return None };
    let file = std::fs::metadata(file).ok()?;
    Some((file.dev(), file.ino()))
}

/// Takes the lock beside a store in a file.
fn lock(address: &Address, on_wait: &dyn Fn()) -> Result<Option<BuildLock>, HoldError> {
    let Address::File(file) = address else { return Ok(None) };
    if let Some(folder) = file.parent() {
        let fault = |source| HoldError::Folder { folder: folder.to_owned(), source };
        BuildLock::make_folder(folder).map_err(fault)?;
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    Ok(Some(BuildLock::take(Path::new(&name), on_wait)?))
}
