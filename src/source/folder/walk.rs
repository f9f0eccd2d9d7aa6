//! Walks the folder: which files are stories, which name sections.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use walkdir::{DirEntry, WalkDir};

use super::{FolderSource, Index, Listing, StoryFault, file, names};

/// A story file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Below the source's folder, parted by `/`.
    pub path: String,
    /// Equal in all translations, where there are several.
    pub translation_key: Option<String>,
}

const ENDINGS: &[&str] = &["md", "markdown", "mkd", "mkdn", "html", "htm", "txt"];
const MAX_FOLDERS: usize = 40;

pub(super) fn list(source: &FolderSource) -> Listing {
    let mut listing = Listing::default();
    let walk = WalkDir::new(&source.root).follow_links(true).max_depth(MAX_FOLDERS);
    for entry in walk.sort_by_file_name().into_iter().filter_entry(is_wanted) {
        match entry {
            Ok(entry) if entry.file_type().is_file() => note(source, &entry, &mut listing),
            Ok(_) => {}
            Err(error) => {
                let path = error.path().and_then(|path| path.strip_prefix(&source.root).ok());
                if error.loop_ancestor().is_none() {
                    listing.unreachable.push(path.and_then(slashed).unwrap_or_default());
                }
                listing.faults.push(walk_fault(source, &error));
            }
        }
    }
    drop_bundle_resources(&mut listing.files);
    if source.root.join("_config.yml").exists() || source.root.join("_config.yaml").exists() {
        // Of a Jekyll site, the posts are the stories.
        listing.files.retain(|found| found.path.split('/').any(|part| part == "_posts"));
    }
    listing.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    pair_translations(source, &mut listing.files);
    listing
}

/// Hidden files and the folders in which Jekyll and Zola keep other things are passed over.
fn is_wanted(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let known = name == "_posts" || name.starts_with("_index.");
    entry.depth() == 0 || known || !name.starts_with(['.', '_'])
}

fn note(source: &FolderSource, entry: &DirEntry, listing: &mut Listing) {
    let below = entry.path().strip_prefix(&source.root).unwrap_or(entry.path());
    let ending = entry.path().extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if !ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
        return;
    }
    let Some(path) = slashed(below) else {
        return listing.faults.push(StoryFault {
            file: entry.path().display().to_string(),
            line: None,
            what: "the file's name isn't UTF-8".into(),
            fix: "rename the file".into(),
        });
    };
    let name = path.rsplit('/').next().unwrap_or(&path);
    if name.starts_with("_index.") {
        listing.indexes.extend(index(source, &path));
        return;
    }
    listing.files.push(Found { path, translation_key: None });
}

/// A folder with an `index` file is one story; the other texts in it belong to that.
fn drop_bundle_resources(files: &mut Vec<Found>) {
    let is_index = |name: &str| name.split('.').next() == Some("index");
    let bundles: HashSet<String> = files
        .iter()
        .filter_map(|found| found.path.rsplit_once('/'))
        .filter(|(_, name)| is_index(name))
        .map(|(folder, _)| folder.to_owned())
        .collect();
    if bundles.is_empty() {
        return;
    }
    files.retain(|found| {
        let Some((folder, name)) = found.path.rsplit_once('/') else { return true };
        let mut around = std::iter::successors(Some(folder), |folder| {
            folder.rsplit_once('/').map(|(folder, _)| folder)
        });
        match bundles.contains(folder) {
            true => is_index(name),
            false => !around.any(|folder| bundles.contains(folder)),
        }
    });
}

fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<_>> = path.iter().map(|part| part.to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

/// The title that an `_index` file gives to its section; a broken one gives none.
fn index(source: &FolderSource, path: &str) -> Option<Index> {
    let fields = file::fields(&source.root.join(path)).ok()??;
    let title = crate::text::plain_text(fields.get("title")?.as_str()?);
    let spot = names::spot(source, path);
    let section = spot.folder.parse().ok();
    let named = !title.is_empty() && (section.is_some() || spot.folder.is_empty());
    named.then_some(Index { section, title, language: spot.language })
}

fn pair_translations(source: &FolderSource, files: &mut [Found]) {
    if !files.iter().any(|found| names::may_name_language(&found.path)) {
        return;
    }
    let mut bases: HashMap<String, Vec<usize>> = HashMap::new();
    let mut several = false;
    for (place, found) in files.iter().enumerate() {
        let list = bases.entry(names::translation_base(source, &found.path)).or_default();
        list.push(place);
        several |= list.len() > 1;
    }
    if !several {
        return;
    }
    for (base, places) in bases.into_iter().filter(|(_, places)| places.len() > 1) {
        for place in places {
            let key = format!("{}:{}", source.name, base.trim_start_matches('/'));
            files[place].translation_key = Some(key);
        }
    }
}

fn walk_fault(source: &FolderSource, error: &walkdir::Error) -> StoryFault {
    let file = error.path().unwrap_or(&source.root).display().to_string();
    let (what, fix) = if let Some(ancestor) = error.loop_ancestor() {
        let what = format!("a symbolic link that leads back to `{}`", ancestor.display());
        (what, "remove the link".to_owned())
    } else {
        let what = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
        (what, "check that it exists and that this user may read it".to_owned())
    };
    StoryFault { file, line: None, what, fix }
}
