//! What a file's path says: section, slug, date, language.

use std::collections::BTreeSet;

use super::FolderSource;
use crate::{
    source::Spot,
    story::{Language, SectionPath},
};

/// Reads `path` (parted by `/`, below the source's folder).
pub(super) fn spot(source: &FolderSource, path: &str) -> Spot {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let (stem, by_name) = without_language(source, stem);
    let bundle = stem == "index" && !folder.is_empty();
    let (folder, stem) = match bundle {
        true => folder.rsplit_once('/').unwrap_or(("", folder)),
        false => (folder, stem),
    };
    // Jekyll: what stands above `_posts` are categories, what stands below it is nothing.
    // Of Hugo's and Zola's pages the file name alone gives the language.
    let by_files = source.desk.slugs.is_hugo() || source.desk.slugs.is_zola();
    let is_post = path.split('/').any(|part| part == "_posts");
    let (folder, by_folder) = match is_post {
        true => {
            let above = folder.split("_posts").next().unwrap_or_default().trim_matches('/');
            (above, folder_language(source, above).1)
        }
        false if by_files => (folder, None),
        false => folder_language(source, folder),
    };
    let (date, slug) = dated(stem);
    let join =
        |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    let language = by_name.or(by_folder);
    let mint_path = match &language {
        Some(language) => format!("{}.{}", join(slug), language.as_str().to_ascii_lowercase()),
        None => join(slug),
    };
    Spot {
        path: path.to_owned(),
        branch: String::new(),
        folder: folder.to_owned(),
        filename: stem.to_owned(),
        slug: slug.to_owned(),
        date,
        is_post,
        language,
        translation_key: None,
        mint_path,
    }
}

/// Whether the path can give a language at all: a dot in the stem, or a short first folder.
pub(super) fn may_name_language(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let folder = path.split_once('/').map_or("", |(folder, _)| folder);
    stem.contains('.') || matches!(folder.len(), 2 | 3) || folder.contains(['-', '_'])
}

/// The folders that would be read as languages if they weren't declared as sections.
pub(super) fn declared_languages(source: &FolderSource) -> String {
    let first = |section: &SectionPath| section.as_str().split('/').next().map(str::to_owned);
    let folders: BTreeSet<String> = source.declared.iter().filter_map(first).collect();
    let reads_as_one =
        |folder: &String| language(source, folder, Language::from_folder_name).is_some();
    folders.into_iter().filter(reads_as_one).collect::<Vec<_>>().join(" ")
}

/// What all translations of a story share: its path without language and ending.
pub(super) fn translation_base(source: &FolderSource, path: &str) -> String {
    let spot = spot(source, path);
    format!("{}/{}", spot.folder, spot.filename)
}

/// `story.pt` is `story` in Portuguese; `version.2` is itself.
fn without_language<'s>(source: &FolderSource, stem: &'s str) -> (&'s str, Option<Language>) {
    let Some((name, ending)) = stem.rsplit_once('.') else { return (stem, None) };
    match language(source, ending, Language::from_file_name) {
        Some(language) if !name.is_empty() => (name, Some(language)),
        _ => (stem, None),
    }
}

/// The first folder gives the language where it reads as one and is no declared section.
fn folder_language<'s>(source: &FolderSource, folder: &'s str) -> (&'s str, Option<Language>) {
    let (first, rest) = folder.split_once('/').unwrap_or((folder, ""));
    let declared =
        source.declared.iter().any(|section| section.as_str().split('/').next() == Some(first));
    match language(source, first, Language::from_folder_name) {
        Some(language) if !declared => (rest, Some(language)),
        _ => (folder, None),
    }
}

fn language(
    source: &FolderSource,
    name: &str,
    guess: fn(&str) -> Option<Language>,
) -> Option<Language> {
    if !source.guesses_languages {
        return None; // There are none, not even one for the site's own.
    }
    let tag: Option<Language> = name.parse().ok();
    // A short name such as `pt` means the site's own Portuguese where that is `pt-BR`.
    let desk = &source.desk;
    let mut known = source.languages.iter().chain([&desk.language, &desk.main_language]);
    if let Some(tag) = &tag
        && let Some(known) = known.find(|known| *known == tag || tag.covers(known))
    {
        return Some(known.clone());
    }
    // They know those that are configured, and take another ending for a part of the name.
    let by_files = source.desk.slugs.is_hugo() || source.desk.slugs.is_zola();
    if by_files { None } else { guess(name) }
}

/// `2026-01-31-title` is `title` of that day, `2026-01-31T08:30:00Z-title` of that instant.
pub(crate) fn dated(stem: &str) -> (Option<String>, &str) {
    let Some((day, rest)) = stem.split_at_checked(10) else { return (None, stem) };
    if chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_err() || day.contains([' ', '+']) {
        return (None, stem);
    }
    let time = match rest.strip_prefix('T') {
        // The time ends at the first hyphen behind its seconds.
        Some(time) => time.get(8..).and_then(|zone| Some(9 + zone.find(['-', '_'])?)),
        None => Some(0),
    };
    let Some((time, slug)) = time.and_then(|end| rest.split_at_checked(end)) else {
        return (None, stem);
    };
    match slug.strip_prefix(['-', '_']) {
        Some(slug) if !slug.is_empty() => (Some(format!("{day}{time}")), slug),
        _ if slug.is_empty() && time.is_empty() => (Some(day.to_owned()), stem),
        _ => (None, stem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::folder::file::tests::source;

    fn read(path: &str) -> (String, String, String, Option<String>) {
        let spot = spot(&source(), path);
        (spot.folder, spot.filename, spot.slug, spot.language.map(String::from))
    }

    fn expect(path: &str, parts: [&str; 3], language: Option<&str>) {
        let (folder, filename, slug, tag) = read(path);
        assert_eq!([folder, filename, slug], parts.map(str::to_owned), "{path}");
        assert_eq!(tag.as_deref(), language, "{path}");
    }

    #[test]
    fn a_path_gives_section_slug_date_and_language() {
        expect(
            "latam/security/2026-01-31-x-y.md",
            ["latam/security", "2026-01-31-x-y", "x-y"],
            None,
        );
        expect("_posts/2026-01-31-x.markdown", ["", "2026-01-31-x", "x"], None);
        expect("latam/_posts/2026-01-31-x.md", ["latam", "2026-01-31-x", "x"], None);
        expect("_posts/sub/2026-01-31-x.md", ["", "2026-01-31-x", "x"], None);
        expect("es/_posts/2026-01-31-x.md", ["es", "2026-01-31-x", "x"], Some("es"));
        let timed = "2026-01-31T08:30:00Z-x";
        expect("posts/2026-01-31T08:30:00Z-x.md", ["posts", timed, "x"], None);
        expect("latam/x/index.md", ["latam", "x", "x"], None);
        expect("latam/x/index.pt.md", ["latam", "x", "x"], Some("pt"));
        expect("latam/x.pt-br.md", ["latam", "x", "x"], Some("pt-BR"));
        expect("pt/latam/x.md", ["latam", "x", "x"], Some("pt"));
        expect("latam/version.2.md", ["latam", "version.2", "version.2"], None);
        expect("security/x.md", ["security", "x", "x"], None);
    }

    #[test]
    fn translations_share_their_base() {
        let base = |path: &str| translation_base(&source(), path);
        assert_eq!(base("latam/x.md"), base("latam/x.pt.md"));
        assert_eq!(base("latam/x.md"), base("pt/latam/x.md"));
        assert_ne!(base("latam/x.md"), base("latam/y.pt.md"));
    }
}
