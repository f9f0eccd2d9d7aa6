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
use crate::{cli::failure::Failure, source::hugo_permalink};

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
    let in_subfolder = flag(&config, "defaultContentLanguageInSubdir");
    let prefix = if in_subfolder { "{language}/" } else { "{language_prefix}" };
    let ugly = flag(&config, "uglyURLs");
    let ending = if ugly { ".html" } else { "/" };
    let by_file_name = date_by_file_name(&config);
    let last = if by_file_name { "{slug}" } else { "{slug_or_filename}" };
    let mut remarks = Vec::new();
    if !tables.is_empty() && tables.values().any(|table| in_table(table, "baseURL").is_some()) {
        remarks.push("a language with an address of its own is read under the main one".into());
    }
    let mut patterns = BTreeMap::new();
    for section in ugly_sections(&config) {
        patterns.insert(section, format!("/{prefix}{{path}}/{last}.html"));
    }
    for (section, pattern) in permalinks(&config) {
        match hugo_permalink(&pattern, &section) {
            Ok(ours) => {
                patterns.insert(section, format!("/{prefix}{}", ours.trim_start_matches('/')));
            }
            Err(token) => remarks.push(format!(
                "section `{section}`: the permalink `{pattern}` has `{token}`, which stands for \
                 nothing here\n  fix: give the stories of the section their addresses, with `url` \
                 in each or with a pattern of your own under `permalinks` in config.toml"
            )),
        }
    }
    let plan = |name: &str, content: PathBuf, language: Option<String>| SourcePlan {
        name: name.to_owned(),
        folder: content,
        permalink: format!("/{prefix}{{path}}/{last}{ending}"),
        permalinks: patterns.clone(),
        language,
        static_folder: Some(folder.join(text_of(&config, "staticDir").unwrap_or("static".into()))),
        guid: Some("permalink"),
    };
    let content = |table: &Map<String, Value>| text_of(table, "contentDir");
    let shared = content(&own).or_else(|| content(&config)).unwrap_or_else(|| "content".into());
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

/// Sections whose addresses end in `.html`, where not all do.
fn ugly_sections(config: &Map<String, Value>) -> Vec<String> {
    let table = table_of(config, "uglyURLs").into_iter().flatten();
    table.filter(|(_, ugly)| ugly.as_bool() == Some(true)).map(|(name, _)| name.clone()).collect()
}

fn flag(table: &Map<String, Value>, name: &str) -> bool {
    let found = table.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.is_some_and(|(_, value)| value.as_bool() == Some(true))
}

fn in_table<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v)
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
