//! Looks for changes: story folders, and the store, which other commands write to.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, event::ModifyKind};

use super::passes::Ask;
use crate::{
    source::folder::FolderSource,
    store::{Address, Store, StoreError},
};

/// A server's store is asked for its revision so often.
const GLANCE: Duration = Duration::from_secs(1);
/// One that doesn't answer is asked again after that time.
const UNANSWERED: Duration = Duration::from_secs(15);

/// The revision of the store that passes saw last: what they write themselves asks for no other.
#[derive(Debug, Clone)]
pub(super) struct Seen(Arc<AtomicI64>);

/// That a pass is at work.
const AT_WORK: i64 = i64::MIN;

impl Seen {
    /// Nothing was seen.
    pub(super) fn nothing() -> Self {
        Self(Arc::new(AtomicI64::new(0)))
    }

    /// A pass begins; gives what was seen before, for [`Seen::ends`] if it fails.
    pub(super) fn begins(&self) -> i64 {
        self.0.swap(AT_WORK, Ordering::Relaxed)
    }

    /// A pass ended, having seen the store at that revision.
    pub(super) fn ends(&self, revision: i64) {
        self.0.store(revision, Ordering::Relaxed);
    }

    /// Whether passes know nothing of that revision yet.
    fn is_behind(&self, revision: i64) -> bool {
        ![AT_WORK, revision].contains(&self.0.load(Ordering::Relaxed))
    }
}

/// Asks for passes as long as it is kept.
pub(super) struct Watch {
    _disk: Option<RecommendedWatcher>,
    _store: Option<mpsc::Sender<()>>,
}

/// Asks for a pass whenever something below the sources or in the store changes. What can't be
/// watched is looked at by schedule alone.
pub(super) fn watch(
    sources: &[FolderSource],
    store: &Address,
    seen: &Seen,
    asks: &mpsc::Sender<Ask>,
) -> Watch {
    let server = match store {
        Address::File(_) => None,
        Address::Server { .. } => follow(store.clone(), seen.clone(), asks.clone()),
    };
    Watch { _disk: watch_disk(sources, store, asks), _store: server }
}

/// Looks at the revision of a server's store, on a thread that ends when what is returned is
/// dropped.
fn follow(address: Address, seen: Seen, asks: mpsc::Sender<Ask>) -> Option<mpsc::Sender<()>> {
    let (kept, ends) = mpsc::channel();
    let follow = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        let mut asked = None;
        let mut wait = Duration::ZERO;
        while ends.recv_timeout(wait) == Err(mpsc::RecvTimeoutError::Timeout) {
            let ended = runtime.block_on(glance(&address, &ends, &seen, &mut asked, &asks));
            match ended {
                Ok(()) => wait = GLANCE,
                // Passes say what is wrong with it.
                Err(error) => {
                    tracing::debug!(%error, "changes in the store are seen by schedule alone");
                    wait = UNANSWERED;
                }
            }
        }
    };
    match thread::Builder::new().name("follow".to_owned()).spawn(follow) {
        Ok(_) => Some(kept),
        Err(error) => {
            tracing::warn!(%error, "changes in the store are seen by schedule alone");
            None
        }
    }
}

/// Asks for a pass, once, at each revision that passes didn't see, until `ends` says so or there is
/// no store.
async fn glance(
    address: &Address,
    ends: &mpsc::Receiver<()>,
    seen: &Seen,
    asked: &mut Option<i64>,
    asks: &mpsc::Sender<Ask>,
) -> Result<(), StoreError> {
    let Some(mut store) = Store::open_existing(address).await? else { return Ok(()) };
    loop {
        let (revision, _) = store.revisions().await?;
        if seen.is_behind(revision)
            && asked.replace(revision) != Some(revision)
            && asks.send(Ask::Changed).is_err()
        {
            break;
        }
        if ends.recv_timeout(GLANCE) != Err(mpsc::RecvTimeoutError::Timeout) {
            break;
        }
    }
    store.close().await
}

fn watch_disk(
    sources: &[FolderSource],
    store: &Address,
    asks: &mpsc::Sender<Ask>,
) -> Option<RecommendedWatcher> {
    let database = match store {
        Address::File(file) => Some(file.clone()),
        Address::Server { .. } => None,
    };
    let roots: Vec<PathBuf> = sources.iter().map(|source| source.root.clone()).collect();
    let (file, asks) = (database.clone(), asks.clone());
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        let counts = |path: &PathBuf| match &file {
            Some(file) if path == file => is_write(event.kind),
            Some(file) if is_beside(path, file) => false,
            _ => is_change(event.kind) && roots.iter().any(|root| path.starts_with(root)),
        };
        if event.need_rescan() || event.paths.iter().any(counts) {
            let _ = asks.send(Ask::Changed);
        }
    });
    let mut watcher = match watcher {
        Ok(watcher) => watcher,
        Err(error) => {
            tracing::warn!(%error, "changes are seen by schedule alone");
            return None;
        }
    };
    let folders = sources.iter().map(|source| (source.root.as_path(), RecursiveMode::Recursive));
    let beside = database.as_deref().and_then(Path::parent);
    let beside = beside.map(|folder| (folder, RecursiveMode::NonRecursive));
    for (folder, mode) in folders.chain(beside) {
        if let Err(error) = watcher.watch(folder, mode) {
            let folder = folder.display();
            tracing::warn!(%error, %folder, "changes in it are seen by schedule alone");
        }
    }
    Some(watcher)
}

/// Whether there may be another story.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Modify(ModifyKind::Metadata(_)) | EventKind::Access(_) | EventKind::Other => {
            false
        }
        EventKind::Any | EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(_) => true,
    }
}

/// Whether something was written into a file: looking at the store changes its times.
fn is_write(kind: EventKind) -> bool {
    matches!(kind, EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Any))
}

/// Whether a file is the store's log, or its lock.
fn is_beside(path: &Path, database: &Path) -> bool {
    let names = (path.as_os_str().as_encoded_bytes(), database.as_os_str().as_encoded_bytes());
    let rest = names.0.strip_prefix(names.1);
    rest.is_some_and(|rest| matches!(rest.first(), Some(b'-' | b'.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_asked_for_what_none_saw() {
        let seen = Seen::nothing();
        assert!(!seen.is_behind(0), "an empty store");
        assert!(seen.is_behind(3));
        let before = seen.begins();
        assert!(!seen.is_behind(3) && !seen.is_behind(4), "it is looked at");
        seen.ends(before);
        assert!(seen.is_behind(3), "that pass failed");
        seen.begins();
        seen.ends(4);
        assert!(!seen.is_behind(4) && seen.is_behind(5));
    }

    #[test]
    fn only_what_can_be_another_story_counts() {
        use notify::event::{AccessKind, CreateKind, DataChange, MetadataKind};
        assert!(is_change(EventKind::Create(CreateKind::File)));
        assert!(!is_change(EventKind::Access(AccessKind::Read)));
        assert!(!is_change(EventKind::Modify(ModifyKind::Metadata(MetadataKind::WriteTime))));
        assert!(is_write(EventKind::Modify(ModifyKind::Data(DataChange::Content))));
        assert!(!is_write(EventKind::Create(CreateKind::File)));
        let database = Path::new("/n/stories.db");
        assert!(is_beside(Path::new("/n/stories.db-wal"), database));
        assert!(is_beside(Path::new("/n/stories.db.lock"), database));
        assert!(!is_beside(Path::new("/n/stories.db"), database));
        assert!(!is_beside(Path::new("/n/stories/a.md"), database));
    }
}
