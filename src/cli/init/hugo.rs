//! Hugo: `hugo.toml` (or `config.toml`, `.yaml`, `.json`), the files of `config/_default/` and
//! `config/production/`; stories below `content/`.

#![expect(clippy::disallowed_methods, reason = "reads the existing site")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{
    hugo_addresses::{Addresses, Site},
    site::{ExistingSite, Settings, SourcePlan, settings_file, table_of, text_of},
};
use crate::cli::failure::Failure;

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
    let content = |table: &Map<String, Value>| text_of(table, "contentDir");
    let shared = content(&own).or_else(|| content(&config)).unwrap_or_else(|| "content".into());
    let shown = tag.unwrap_or_else(|| language.clone());
    let Addresses { url, default, patterns, by_language, slugs, remarks } = Site {
        config: &config,
        language: &language,
        shown: &shown,
        content: &folder.join(&shared),
    }
    .addresses(url);
    let plan = |name: &str, content: PathBuf, language: Option<String>| SourcePlan {
        name: name.to_owned(),
        folder: content,
        permalink: default.clone(),
        permalinks: patterns.clone(),
        language_permalinks: by_language.clone(),
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
            language: shown,
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
pub(super) fn merge(settings: &mut Map<String, Value>, more: Map<String, Value>) {
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
