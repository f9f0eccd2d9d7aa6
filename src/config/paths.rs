//! Folders: joined to the configuration's, and none inside another where that would do harm.
//!
//! # Limits
//! - Compares names only: a symlink that leads from one folder into another is not seen.

use std::path::{Component, Path, PathBuf};

use super::{
    resolved::{Config, FolderSource},
    spot::{Faults, Spot},
};

/// `written` taken from `folder`, without `.` and `..` segments.
pub(super) fn joined(folder: &Path, written: &str) -> PathBuf {
    plain(&folder.join(written.trim()))
}

/// The same path without `..` segments, for comparing.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

fn overlap(one: &Path, other: &Path) -> bool {
    let (one, other) = (plain(one), plain(other));
    one.starts_with(&other) || other.starts_with(&one)
}

/// Finds folders that would swallow each other.
pub(super) fn check(
    config: &Config,
    folder: &Path,
    source_spots: &[Spot<'_>],
    root: &Spot<'_>,
    faults: &mut Faults<'_>,
) {
    let publish = &config.publish.folder;
    let at = root.key("publish").key("folder");
    let shown = publish.display();
    let own = "name a folder that holds nothing but feeds, such as `feeds`";
    if plain(folder).starts_with(plain(publish)) {
        faults.add_key(&at, &format!("`{shown}` would publish the configuration itself"), own);
    } else if config.store.file().is_some_and(|file| plain(file).starts_with(plain(publish))) {
        let at = if at.is_written() { at } else { root.key("store").key("url") };
        let what = format!("the store would lie in the published folder `{shown}`");
        faults.add(&at, what, "move the store out of it");
    }
    for (index, (source, at)) in config.sources.iter().zip(source_spots).enumerate() {
        let at = at.key("path");
        if overlap(&source.folder, publish) && !plain(folder).starts_with(plain(publish)) {
            let what = format!(
                "`{}` and the published folder `{shown}` lie in one another",
                source.folder.display()
            );
            faults.add_key(&at, &what, "keep stories and feeds in folders of their own");
        }
        let overlaps = |other: &&FolderSource| overlap(&source.folder, &other.folder);
        if let Some(other) = config.sources[..index].iter().find(overlaps) {
            let what = format!(
                "`{}` and the folder of source {} lie in one another",
                source.folder.display(),
                other.name
            );
            faults.add_key(&at, &what, "give each source a folder of its own");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_compared_by_segments() {
        let path = Path::new;
        assert!(overlap(path("/a/b"), path("/a")));
        assert!(overlap(path("/a/x/../b"), path("/a/b")));
        assert!(!overlap(path("/a/bc"), path("/a/b")));
        assert_eq!(joined(path("/a"), "./b/"), path("/a/b"));
        assert_eq!(joined(path("/a"), "/c"), path("/c"));
    }
}
