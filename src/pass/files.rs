//! The files of a pass: which are as they should be, which are staged, and what is kept of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    PassError, Report, bulletin,
    moved::{Output, Retired},
    publish::{Press, UNDER_WAY},
    stale::TAKEN_BACK,
};
use crate::{
    publish::{Folder, Laid},
    store::{Published, Store},
    story::FeedPath,
};

/// A file of this pass.
pub(super) struct Pressed {
    pub(super) feed: FeedPath,
    pub(super) page: u32,
    /// Digest of its bytes and when they changed; none: it was kept unread.
    pub(super) digest: Option<(String, DateTime<Utc>)>,
    pub(super) size: u64,
    pub(super) written: bool,
}

impl Press<'_> {
    /// Whether all files of a feed are as the manifest has them; they then stay as they are.
    pub(super) fn keep_files(&mut self, path: &FeedPath, files: &[(String, Output)]) -> bool {
        let mut kept = Vec::new();
        for (name, _) in files {
            let Some(known) = self.manifest.get(name) else { return false };
            // The copy of a feed that moved here for a while is another feed's file.
            if known.feed != path.as_str() || !self.is_there(known) {
                return false;
            }
            let size = known.size;
            let feed = path.clone();
            kept.push((
                name.clone(),
                Pressed { feed, page: 0, digest: None, size, written: false },
            ));
        }
        self.files.extend(kept);
        true
    }

    /// Whether a published file is as it was left.
    pub(super) fn is_there(&self, known: &Published) -> bool {
        let there = self.folder.as_ref().and_then(|folder| folder.stamp(&known.file));
        // Where nothing is published, nothing needs to be looked at.
        self.folder.is_none()
            || there.is_some_and(|there| there.size == known.size && there.modified == known.stamp)
    }

    /// Whether a published file is not there any more.
    pub(super) fn is_lost(&self, name: &str) -> bool {
        let folder = self.folder.as_ref().filter(|_| self.manifest.contains_key(name));
        folder.is_some_and(|folder| folder.stamp(name).is_none())
    }

    /// Stages a file, and notes it.
    pub(super) fn stage(
        &mut self,
        feed: &FeedPath,
        page: u32,
        name: &str,
        bytes: &[u8],
    ) -> Result<bool, PassError> {
        let Some(pressed) = self.lay(feed, page, name, bytes)? else { return Ok(false) };
        let written = pressed.written;
        self.files.insert(name.to_owned(), pressed);
        Ok(written)
    }

    /// Stages a file, if anything is published; on any thread.
    pub(super) fn lay(
        &self,
        feed: &FeedPath,
        page: u32,
        name: &str,
        bytes: &[u8],
    ) -> Result<Option<Pressed>, PassError> {
        let digest = blake3::hash(bytes).to_hex()[..32].to_owned();
        let (feed, size) = (feed.clone(), bytes.len() as u64);
        let known = self.manifest.get(name);
        let known = known.filter(|known| known.digest == digest && known.feed == feed.as_str());
        if known.is_some_and(|known| self.is_there(known)) {
            return Ok(Some(Pressed { feed, page, digest: None, size, written: false }));
        }
        let Some(folder) = &self.folder else { return Ok(None) };
        let since = self.manifest.get(name).filter(|known| known.digest == digest);
        let Laid { written, changed } =
            folder.stage(name, bytes, since.map(|known| known.changed), self.now)?;
        Ok(Some(Pressed { feed, page, digest: Some((digest, changed)), size, written }))
    }

    /// Whether a file was published before.
    pub(super) fn was_published(&self, name: &str) -> bool {
        self.manifest.contains_key(name)
    }

    /// Whether a file belongs to the newsroom after this pass.
    pub(super) fn is_current(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    pub(super) fn has_work(&self, retired: &Retired) -> bool {
        !self.done_feeds.is_empty()
            || !self.done_pages.is_empty()
            || !retired.files.is_empty()
            || self.files.values().any(|file| file.written)
    }

    /// The files that are told of: those that aren't what they were, and those that go.
    fn told(&self, unwanted: &[String]) -> String {
        let was = |name: &str| self.manifest.get(name).map(|known| known.digest.as_str());
        let changed = self.files.iter().filter_map(|(name, file)| {
            let (digest, _) = file.digest.as_ref()?;
            (was(name) != Some(digest.as_str())).then_some(name.as_str())
        });
        bulletin::files(&self.newsroom.site, changed, unwanted.iter().map(String::as_str))
    }

    /// Publishes everything at once and keeps what was done.
    pub(super) async fn finish(
        self,
        store: &mut Store,
        retired: Retired,
        report: &mut Report,
    ) -> Result<(), PassError> {
        let has_work = self.has_work(&retired);
        let unwanted: Vec<String> =
            retired.files.into_iter().filter(|name| !self.files.contains_key(name)).collect();
        for note in unexplained(&self.manifest, &self.files, &unwanted) {
            if store.say_once("", "", &note).await? {
                report.notes.push(note);
            }
        }
        let told = self.bulletin.as_ref().map(|_| self.told(&unwanted));
        let Some(folder) = self.folder else { return Ok(()) };
        let root = folder.root().to_owned();
        let committed = folder.commit(&unwanted)?;
        report.written = committed.written;
        if has_work {
            let after = Folder::open(&root)?;
            let files = self.files.into_iter().filter_map(|(file, pressed)| {
                let (digest, changed) = pressed.digest?;
                let stamp = after.stamp(&file)?;
                let feed = pressed.feed.as_str().to_owned();
                let (size, stamp) = (stamp.size, stamp.modified);
                Some(Published { file, feed, page: pressed.page, digest, size, stamp, changed })
            });
            let files: Vec<Published> = files.collect();
            let done = (self.done_feeds.as_slice(), self.done_pages.as_slice());
            store.begin().await?;
            store.keep_published(&files, &unwanted, done.0, done.1).await?;
            store.release_topics(self.now, self.newsroom.edits_every).await?;
            if let Some(files) = told {
                store.release_bulletins(&files, self.now).await?;
            }
            store.remember(UNDER_WAY, "no").await?;
            if !unwanted.is_empty() {
                store.remember(TAKEN_BACK, "").await?;
            }
            store.commit().await?;
        }
        report.removed = unwanted;
        Ok(())
    }
}

/// Files that were published and that the configuration doesn't explain any more, by feed.
fn unexplained(
    manifest: &BTreeMap<String, Published>,
    files: &BTreeMap<String, Pressed>,
    unwanted: &[String],
) -> Vec<String> {
    let left = manifest
        .values()
        .filter(|known| !files.contains_key(&known.file) && !unwanted.contains(&known.file));
    let mut folders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for known in left {
        let (folder, name) = known.file.rsplit_once('/').unwrap_or(("", &known.file));
        folders.entry(folder).or_default().push(name);
    }
    let notes = folders.into_iter().map(|(folder, names)| {
        let moved = match folder {
            "" => String::new(),
            _ => format!(
                "if the feed moved or ended, add a [[moved]] with from = \"{folder}\"; else "
            ),
        };
        format!(
            "`{folder}/` keeps {}, which the configuration doesn't explain any more; said once\n  \
             fix: {moved}delete what you don't want",
            names.join(", "),
        )
    });
    notes.collect()
}
