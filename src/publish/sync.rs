//! Makes staged files durable in the background, while the next ones are made.

use std::{
    fs::File,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

use super::{PublishError, folder::at};

/// Waiting for a disk needs no core: several waits run at once, and the disk takes them together.
const THREADS: usize = 8;

/// Threads that fsync files.
#[derive(Debug)]
pub(super) struct Syncer {
    files: mpsc::Sender<(PathBuf, File)>,
    threads: Vec<JoinHandle<Result<(), PublishError>>>,
}

impl Syncer {
    pub(super) fn start() -> Self {
        let (files, waiting) = mpsc::channel::<(PathBuf, File)>();
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = (0..THREADS).map(|_| {
            let waiting = Arc::clone(&waiting);
            thread::spawn(move || {
                let mut result = Ok(());
                loop {
                    let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((path, file)) = next else { return result };
                    let synced = file.sync_all().map_err(at(&path));
                    result = result.and(synced);
                }
            })
        });
        Self { files, threads: threads.collect() }
    }

    pub(super) fn sync(&self, path: PathBuf, file: File) {
        // The threads end only after the sender is dropped.
        let _ = self.files.send((path, file));
    }

    /// Waits until every file is on disk.
    pub(super) fn finish(self) -> Result<(), PublishError> {
        drop(self.files);
        let mut result = Ok(());
        for thread in self.threads {
            result = result.and(thread.join().unwrap_or_else(|_| {
                let lost = std::io::Error::other("a thread that syncs files ended early");
                Err(at(&PathBuf::from("feeds"))(lost))
            }));
        }
        result
    }
}
