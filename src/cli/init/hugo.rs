//! Hugo: `hugo.toml` (or `config.toml`, `.yaml`, `.json`), the files of `config/_default/` and
//! `config/production/`; stories below `content/`.

#![expect(clippy::disallowed_methods, reason = "reads the existing site")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::site::{ExistingSite, Settings, SourcePlan, settings_file, table_of, text_of};
use crate::{cli::failure::Failure, source::hugo_permalink, story::Slugs};

pub(super) fn read(folder: &Path) -> Option<Result<ExistingSite, Failure>> {
    let config = merged(folder)?;
    let url = text_of(&config, "baseURL")?;
    let language = text_of(&config, "defaultContentLanguage").unwrap_or_else(|| "en".into());
    let tables = table_of(&config, "languages").cloned().unwrap_or_default();
    let own = table_of(&tables, &language).cloned().unwrap_or_default();
    let code = |table: &Map<String, Value>| {
        text_of(table, "locale").or_else(|| text_of(table, "languageCode"))
    };
    let tag = code(&own)
        .or_else(|| code(&config))
        .and_then(|code| Some(code.parse::<crate::story::Language>().ok()?.to_string()));
    let in_subfolder = flag(&config, "defaultContentLanguageInSubdir") && !tables.is_empty();
    let ugly = flag(&config, "uglyURLs");
    let ending = if ugly { ".html" } else { "/" };
    let by_file_name = date_by_file_name(&config);
    let last = if by_file_name { "{slug}" } else { "{slug_or_filename}" };
    let mut remarks = Vec::new();
    let main = Map::new();
    // Where languages have addresses of their own, those need no prefix.
    let hosts: BTreeMap<&String, String> = tables
        .iter()
        .filter_map(|(tag, table)| Some((tag, text_of(table.as_object()?, "baseURL")?)))
        .collect();
    let url = hosts.get(&language).cloned().unwrap_or(url);
    let rooted = |tag: &str, prefix: &str| match hosts.get(&tag.to_owned()) {
        Some(host) => format!("{}/", host.trim_end_matches('/')),
        None => format!("/{prefix}"),
    };
    let shown = tag.clone().unwrap_or_else(|| language.clone());
    let root = match in_subfolder {
        _ if !hosts.is_empty() => "/".to_owned(),
        true if shown.eq_ignore_ascii_case(&language) => "/{language}/".to_owned(),
        _ => "/{language_prefix}".to_owned(),
    };
    let in_section = |config: &Map<String, Value>, root: &str, remarks: &mut Vec<String>| {
        let mut patterns = BTreeMap::new();
        let ugly_ones = ugly_sections(config);
        for section in &ugly_ones {
            patterns.insert(section.clone(), format!("{root}{{path}}/{last}.html"));
        }
        for (section, pattern) in permalinks(config) {
            let ending = if ugly_ones.contains(&section) { ".html" } else { ending };
            match hugo_permalink(&pattern, &section) {
                Ok(ours) => {
                    let ours = ours.trim_matches('/');
                    patterns.insert(section, format!("{root}{ours}{ending}"));
                }
                Err(token) => remarks.push(format!(
                    "section `{section}`: the permalink `{pattern}` has `{token}`, which stands \
                     for nothing here\n  fix: give the stories of the section their addresses, \
                     with `url` in each or with a pattern of your own under `permalinks` in \
                     config.toml"
                )),
            }
        }
        patterns
    };
    let patterns = in_section(&of_language(&config, &own), &root, &mut remarks);
    let mut language_permalinks = BTreeMap::new();
    for (tag, table) in &tables {
        let table = table.as_object().unwrap_or(&main);
        let is_main = *tag == language;
        // The folder of the main language is called by its key, whatever tag its pages have.
        let odd_folder = is_main && in_subfolder && !shown.eq_ignore_ascii_case(&language);
        let has_own = !is_main
            && (hosts.contains_key(tag)
                || table_of(table, "permalinks").is_some()
                || table_of(&own, "permalinks").is_some());
        if !has_own && !odd_folder {
            continue;
        }
        let root = rooted(tag, &format!("{}/", tag.to_ascii_lowercase()));
        let all = of_language(&config, table);
        let mut patterns = in_section(&all, &root, &mut remarks);
        patterns.insert("/".into(), format!("{root}{{path}}/{last}{ending}"));
        language_permalinks.insert(if is_main { shown.clone() } else { tag.clone() }, patterns);
    }
    let content = |table: &Map<String, Value>| text_of(table, "contentDir");
    let shared = content(&own).or_else(|| content(&config)).unwrap_or_else(|| "content".into());
    let has_capitals = |section: &&String| {
        let entries = fs::read_dir(folder.join(&shared)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut same = names.filter(|name| name.eq_ignore_ascii_case(section));
        same.any(|name| name.chars().any(char::is_uppercase))
    };
    remarks.extend(patterns.keys().filter(has_capitals).map(|section| {
        format!(
            "section `{section}`: its folder has capitals, for which Hugo before 0.123 takes no \
             permalink pattern\n  fix: where the site is made with an older one, remove \
             `{section}` from `permalinks` in config.toml"
        )
    }));
    remarks.dedup();
    let slugs = match (flag(&config, "removePathAccents"), flag(&config, "disablePathToLower")) {
        (false, false) => Slugs::Hugo,
        (false, true) => Slugs::HugoCased,
        (true, false) => Slugs::HugoPlain,
        (true, true) => Slugs::HugoCasedPlain,
    };
    let plan = |name: &str, content: PathBuf, language: Option<String>| SourcePlan {
        name: name.to_owned(),
        folder: content,
        permalink: format!("{root}{{path}}/{last}{ending}"),
        permalinks: patterns.clone(),
        language_permalinks: language_permalinks.clone(),
        slugs,
        language,
        static_folder: Some(folder.join(text_of(&config, "staticDir").unwrap_or("static".into()))),
        guid: Some("permalink"),
    };
    let mut sources = vec![plan("hugo", folder.join(&shared), None)];
    for (tag, table) in &tables {
        let Some(other) = table.as_object().and_then(content).filter(|dir| *dir != shared) else {
            continue;
        };
        sources.push(plan(&format!("hugo-{tag}"), folder.join(other), Some(tag.clone())));
    }
    let by = |name: &str| text_of(&own, name).or_else(|| text_of(&config, name));
    let params = table_of(&config, "params").cloned().unwrap_or_default();
    let zone = by("timeZone").filter(|zone| !zone.is_empty()).unwrap_or_else(|| "UTC".into());
    Some(Ok(ExistingSite {
        program: "Hugo",
        settings: Settings {
            title: by("title").unwrap_or_default(),
            url,
            // Without a table of languages a folder `es` is a section.
            has_one_language: tables.len() <= 1,
            languages: tables.keys().filter(|key| **key != language).cloned().collect(),
            language: tag.unwrap_or(language),
            time_zone: zone,
            description: text_of(&params, "description"),
            copyright: by("copyright"),
            ..Settings::default()
        },
        sources,
        remarks,
    }))
}

const ENDINGS: [&str; 4] = ["toml", "yaml", "yml", "json"];
/// Files that hold the configuration itself; others are tables of it.
const WHOLE: [&str; 2] = ["hugo", "config"];

/// What a site that is being published is configured with: the file at its root, what stands in
/// `config/_default`, and what production has otherwise.
fn merged(folder: &Path) -> Option<Map<String, Value>> {
    let at_root = WHOLE.iter().flat_map(|name| ENDINGS.map(|end| format!("{name}.{end}")));
    let mut config = at_root.into_iter().find_map(|name| settings_file(&folder.join(name)));
    for part in ["config/_default", "config/production"] {
        for (name, content) in tables(&folder.join(part)) {
            let content = match name.split_once('.') {
                _ if WHOLE.contains(&name.as_str()) => content,
                None => within(&name, content),
                // `languages.es.toml` is the table of a language, `params.es.toml` one in it.
                Some(("languages", tag)) => within("languages", within(tag, content)),
                Some((table, tag)) => within("languages", within(tag, within(table, content))),
            };
            merge(config.get_or_insert_default(), content);
        }
    }
    // Zola's `config.toml` has `base_url`.
    config.filter(|config| config.keys().any(|key| key.eq_ignore_ascii_case("baseURL")))
}

/// The settings in the files of a folder, by what the files are called, the whole ones first.
fn tables(folder: &Path) -> Vec<(String, Map<String, Value>)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let name = |file: &PathBuf| Some(file.file_stem()?.to_str()?.to_owned());
    files.sort_by_key(|file| {
        (!name(file).is_some_and(|name| WHOLE.contains(&name.as_str())), file.clone())
    });
    let is_settings = |file: &&PathBuf| {
        file.extension().and_then(|end| end.to_str()).is_some_and(|end| ENDINGS.contains(&end))
    };
    files
        .iter()
        .filter(is_settings)
        .filter_map(|file| Some((name(file)?, settings_file(file)?)))
        .collect()
}

fn within(table: &str, content: Map<String, Value>) -> Map<String, Value> {
    Map::from_iter([(table.to_owned(), Value::Object(content))])
}

/// Adds settings to others, table by table; what is added goes before what is there.
fn merge(settings: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        let there = settings.keys().find(|key| key.eq_ignore_ascii_case(&name)).cloned();
        let key = there.unwrap_or(name);
        match (settings.get_mut(&key), value) {
            (Some(Value::Object(there)), Value::Object(more)) => merge(there, more),
            (_, value) => {
                settings.insert(key, value);
            }
        }
    }
}

/// The settings as a language has them: its permalinks take the place of all others.
fn of_language(config: &Map<String, Value>, own: &Map<String, Value>) -> Map<String, Value> {
    let mut settings = config.clone();
    if table_of(own, "permalinks").is_some() {
        settings.retain(|name, _| !name.eq_ignore_ascii_case("permalinks"));
    }
    merge(&mut settings, own.clone());
    settings
}

/// Sections whose addresses end in `.html`, where not all do.
fn ugly_sections(config: &Map<String, Value>) -> Vec<String> {
    let table = table_of(config, "uglyURLs").into_iter().flatten();
    table.filter(|(_, ugly)| ugly.as_bool() == Some(true)).map(|(name, _)| name.clone()).collect()
}

fn flag(table: &Map<String, Value>, name: &str) -> bool {
    let found = table.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.is_some_and(|(_, value)| value.as_bool() == Some(true))
}

/// Whether the date in a file name is taken out of the address (`frontmatter.date`).
fn date_by_file_name(config: &Map<String, Value>) -> bool {
    let dates = table_of(config, "frontmatter").and_then(|table| table.get("date"));
    dates
        .and_then(Value::as_array)
        .is_some_and(|list| list.iter().any(|entry| entry.as_str() == Some(":filename")))
}

/// Patterns by section, in both forms: `[permalinks]` and `[permalinks.page]`.
fn permalinks(config: &Map<String, Value>) -> Vec<(String, String)> {
    let Some(table) = table_of(config, "permalinks") else { return Vec::new() };
    let pages = table_of(table, "page").unwrap_or(table);
    let patterns = pages
        .iter()
        .filter_map(|(section, pattern)| Some((section.clone(), pattern.as_str()?.to_owned())));
    patterns
        .filter(|(section, _)| !["tags", "categories", "authors"].contains(&section.as_str()))
        .collect()
}
