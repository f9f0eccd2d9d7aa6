//! Sources: folders become [`FolderSource`]s; others are resolved in [`remote`](super::remote).

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::{
    entries::{SourceKind, SourceWritten},
    fault::did_you_mean,
    paths, permalink, remote,
    resolve::Outside,
    resolved::{Config, FolderSource, RemoteSource, SectionsMode},
    spot::{Faults, Spot},
    values,
    written::{OneOrMany, Written},
};
use crate::story::{Language, SectionPath, Site};

/// What `map` may give names to.
const FIELDS: [&str; 20] = [
    "id",
    "title",
    "url",
    "summary",
    "published",
    "updated",
    "expires",
    "draft",
    "authors",
    "section",
    "sections",
    "tags",
    "language",
    "translation_key",
    "correction",
    "image",
    "enclosures",
    "origin",
    "rights",
    "slug",
];

/// Fields that hold what isn't a single fact.
const MORE_FIELDS: [&str; 2] = ["aliases", "body"];

/// What a source takes where it says nothing itself.
struct Around<'a> {
    site: &'a Site,
    languages: &'a [Language],
    languages_are_given: bool,
    outside: &'a Outside<'a>,
}

/// The names of all sources; none where one has no usable name, and rules can't be held to them.
pub(super) fn names(sources: &[SourceWritten]) -> Option<BTreeSet<&str>> {
    sources.iter().map(|source| source.name.as_deref().map(str::trim)).collect()
}

/// Fills in the folder sources, and gives the place of each.
pub(super) fn resolve<'a>(
    config: &mut Config,
    written: &Written,
    languages: &[Language],
    root: &Spot<'a>,
    outside: &Outside<'_>,
    faults: &mut Faults<'_>,
) -> Vec<Spot<'a>> {
    let names = names(&written.source);
    let mut spots = Vec::new();
    let mut taken: BTreeMap<&str, Spot<'a>> = BTreeMap::new();
    for (index, source) in written.source.iter().enumerate() {
        let at = root.key("source").item(index);
        let name = name(source, &at, faults).unwrap_or_default();
        match taken.get(name) {
            Some(first) if !name.is_empty() => {
                let line = faults.reference(&first.key("name"));
                let what = format!("`{name}` is the name of the source {line} too");
                faults.add_key(&at.key("name"), &what, "give each source a name of its own");
            }
            _ => {
                taken.insert(name, at.clone());
            }
        }
        let section = section(source, config, &at, faults);
        let kind = source.kind.unwrap_or_default();
        if kind == SourceKind::Folder {
            let languages_are_given = written.site.languages.is_some();
            let around = Around { site: &config.site, languages, languages_are_given, outside };
            let folder = folder(source, &around, &at, faults);
            config.sources.push(FolderSource { name: name.to_owned(), section, ..folder });
            spots.push(at);
        } else {
            let around = remote::Around {
                kind,
                number: index,
                section,
                names: names.as_ref(),
                outside,
                site: &config.site,
            };
            let resolved = remote::resolve(source, &around, &at, faults);
            config.remote.extend(resolved.map(|it| RemoteSource { name: name.to_owned(), ..it }));
        }
    }
    spots
}

fn name<'w>(source: &'w SourceWritten, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<&'w str> {
    let at = at.key("name");
    let Some(name) = source.name.as_deref().map(str::trim) else {
        faults.add_missing(&at, "name the source: `name = \"newsroom\"`");
        return None;
    };
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        let fix = "use 1 to 64 letters, digits, `-`, `_` and `.`, such as `newsroom`";
        faults.add_key(&at, &format!("`{name}` is no name for a source"), fix);
        return None;
    }
    Some(name)
}

fn section(
    source: &SourceWritten,
    config: &Config,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<SectionPath> {
    let at = at.key("section");
    let section = values::section(source.section.as_deref()?, &at, faults)?;
    let mut declared = config.feeds.iter().filter_map(|spec| spec.section.as_ref());
    if config.sections == SectionsMode::Declared && !declared.any(|one| *one == section) {
        let fix = format!("add a [[section]] with `path = \"{section}\"`, or correct the name");
        faults.add_key(&at, &format!("`{section}` is no declared section"), fix);
    }
    Some(section)
}

/// A folder source, apart from its name and section.
fn folder(
    source: &SourceWritten,
    around: &Around<'_>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> FolderSource {
    let Around { site, languages, languages_are_given, outside } = around;
    let path = source.path.as_deref().map(str::trim).filter(|path| !path.is_empty());
    if path.is_none() {
        faults
            .add_missing(&at.key("path"), "name the folder with the stories: `path = \"stories\"`");
    }
    let mut existing = |path: &str, key: &str| {
        let folder = paths::joined(outside.folder, path);
        if !(outside.folder_exists)(&folder) {
            let what = format!("`{path}` is no folder that can be read ({})", folder.display());
            faults.add_key(&at.key(key), &what, "make the folder readable, or correct the path");
        }
        folder
    };
    let folder = path.map(|path| existing(path, "path")).unwrap_or_default();
    let static_folder = source.static_folder.as_deref().map(|path| existing(path, "static"));
    for (key, is_written) in remote::own_keys(source) {
        if is_written {
            let fix = "remove it, or set `kind` to what the source is, such as `feed`";
            faults.add_key(&at.key(key), "is no setting of a folder", fix);
        }
    }
    let pattern = source.permalink.as_deref();
    let language = source.language.as_deref();
    let language = language.and_then(|tag| values::language(tag, &at.key("language"), faults));
    let zone = source.time_zone.as_deref();
    let mut tags = Vec::new();
    for (index, tag) in source.tags.iter().flatten().enumerate() {
        tags.extend(values::text(tag, &at.key("tags").item(index), faults));
    }
    let language = language.unwrap_or_else(|| site.language.clone());
    let are_given = source.languages.is_some() || *languages_are_given;
    let languages = values::languages(source.languages.as_ref(), &at.key("languages"), faults)
        .unwrap_or_else(|| languages.to_vec());
    FolderSource {
        name: String::new(),
        folder,
        permalink: pattern
            .and_then(|pattern| permalink::read(pattern, &site.url, &at.key("permalink"), faults)),
        permalinks: permalinks(source, &site.url, at, faults),
        language_permalinks: language_permalinks(source, &site.url, at, faults),
        slugs: source.slugs.unwrap_or_default(),
        guid: source.guid.unwrap_or_default(),
        map: map(source.map.as_ref(), &at.key("map"), faults),
        section: None,
        guesses_languages: !are_given || !languages.is_empty(),
        languages: languages.into_iter().filter(|one| *one != language).collect(),
        language,
        time_zone: zone
            .and_then(|zone| values::time_zone(zone, &at.key("time_zone"), faults))
            .unwrap_or(site.time_zone),
        tags,
        static_folder,
    }
}

fn permalinks(
    source: &SourceWritten,
    site: &Url,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Vec<(SectionPath, String)> {
    let at = at.key("permalinks");
    let mut patterns = Vec::new();
    for (section, pattern) in source.permalinks.iter().flatten() {
        let at = at.inner(section);
        let section = values::section(section, &at, faults);
        let pattern = permalink::read(pattern, site, &at, faults);
        patterns.extend(section.zip(pattern));
    }
    patterns
}

/// Patterns by language; `/` is what has no other.
fn language_permalinks(
    source: &SourceWritten,
    site: &Url,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Vec<(Language, Option<SectionPath>, String)> {
    let at = at.key("language_permalinks");
    let mut all = Vec::new();
    for (tag, patterns) in source.language_permalinks.iter().flatten() {
        let at = at.inner(tag);
        let Some(language) = values::language(tag, &at, faults) else { continue };
        for (section, pattern) in patterns {
            let at = at.inner(section);
            let pattern = permalink::read(pattern, site, &at, faults);
            let section = match section.as_str() {
                "/" => Some(None),
                named => values::section(named, &at, faults).map(Some),
            };
            if let Some((section, pattern)) = section.zip(pattern) {
                all.push((language.clone(), section, pattern));
            }
        }
    }
    all
}

pub(super) fn map(
    written: Option<&BTreeMap<String, OneOrMany>>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> BTreeMap<String, Vec<String>> {
    let mut map = BTreeMap::new();
    for (field, theirs) in written.into_iter().flatten() {
        let at = at.inner(field);
        let known = FIELDS.iter().chain(&MORE_FIELDS).copied();
        if !known.clone().any(|one| one == field) {
            let what = format!("unknown story field `{field}` in `map`");
            faults.add(&at, what, did_you_mean(field, known));
        }
        let mut names = Vec::new();
        for name in theirs.as_slice() {
            names.extend(values::text(name, &at, faults));
        }
        if theirs.as_slice().is_empty() {
            faults.add_key(&at, "is empty", "name one of their fields, or remove the key");
        }
        map.insert(field.clone(), names);
    }
    map
}
