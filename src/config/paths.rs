//! Folders: joined to the configuration's, and none inside another where that would do harm, by
//! whatever links they are named.

#![expect(clippy::disallowed_methods, reason = "follows the links of folders")]

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

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

/// Where a path leads, as far as it is there.
fn real(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        if let Ok(real) = fs::canonicalize(above) {
            let rest = path.strip_prefix(above).unwrap_or(Path::new(""));
            return plain(&real.join(rest));
        }
    }
    plain(path)
}

fn is_within(path: &Path, folder: &Path) -> bool {
    plain(path).starts_with(plain(folder)) || real(path).starts_with(real(folder))
}

/// Whether one of two folders lies in the other, or they are the same.
pub fn overlap(one: &Path, other: &Path) -> bool {
    is_within(one, other) || is_within(other, one)
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
    if is_within(folder, publish) {
        faults.add_key(&at, &format!("`{shown}` would publish the configuration itself"), own);
    } else if config.store.file().is_some_and(|file| is_within(file, publish)) {
        let at = if at.is_written() { at } else { root.key("store").key("url") };
        let what = format!("the store would lie in the published folder `{shown}`");
        faults.add(&at, what, "move the store out of it");
    }
    for (index, (source, at)) in config.sources.iter().zip(source_spots).enumerate() {
        let at = at.key("path");
        // Without a path, that has been said.
        let is_named = |source: &FolderSource| !source.folder.as_os_str().is_empty();
        if !is_named(source) {
            continue;
        }
        if overlap(&source.folder, publish) && !is_within(folder, publish) {
            let what = format!(
                "`{}` and the published folder `{shown}` lie in one another",
                source.folder.display()
            );
            faults.add_key(&at, &what, "keep stories and feeds in folders of their own");
        }
        let overlaps =
            |other: &&FolderSource| is_named(other) && overlap(&source.folder, &other.folder);
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

    #[test]
    fn folders_are_compared_by_where_links_lead() {
        let place = tempfile::tempdir().expect("a folder");
        let path = |name: &str| place.path().join(name);
        fs::create_dir(path("www")).expect("a folder");
        std::os::unix::fs::symlink(path("www"), path("feeds")).expect("a link");
        assert!(overlap(&path("feeds"), &path("www")));
        assert!(overlap(&path("www/not/there"), &path("feeds")));
        assert!(!overlap(&path("feeds"), &path("stories")));
    }
}
