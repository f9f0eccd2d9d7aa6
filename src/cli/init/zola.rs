//! Zola: `config.toml` with `base_url`, stories below `content/`.

use std::path::Path;

use serde_json::Value;

use super::site::{ExistingSite, Settings, SourcePlan, settings_file, table_of, text_of};
use crate::{cli::failure::Failure, story::Slugs};

pub(super) fn read(folder: &Path) -> Option<Result<ExistingSite, Failure>> {
    let mut config = ["config.toml", "zola.toml"].iter();
    let config = config.find_map(|name| settings_file(&folder.join(name)))?;
    let url = text_of(&config, "base_url")?;
    let language = text_of(&config, "default_language").unwrap_or_else(|| "en".into());
    let languages = table_of(&config, "languages");
    let languages = languages.map(|table| table.keys().cloned().collect::<Vec<_>>());
    let mut remarks = Vec::new();
    if config.get("ignored_content").is_some() {
        remarks.push("`ignored_content` isn't followed: mark such files as drafts".into());
    }
    let slugify = table_of(&config, "slugify").cloned().unwrap_or_default();
    let slugs = match text_of(&slugify, "paths").as_deref() {
        Some("safe") => Slugs::ZolaSafe,
        Some("off") => Slugs::ZolaOff,
        _ => Slugs::Zola,
    };
    let keeps_dates = slugify.get("paths_keep_dates").and_then(Value::as_bool) == Some(true);
    let last = if keeps_dates { "{slug_or_filename}" } else { "{slug}" };
    let source = SourcePlan {
        name: "zola".into(),
        folder: folder.join("content"),
        permalink: format!("/{{language_prefix}}{{path}}/{last}/"),
        slugs,
        static_folder: Some(folder.join("static")),
        guid: Some("permalink"),
        ..SourcePlan::default()
    };
    Some(Ok(ExistingSite {
        program: "Zola",
        settings: Settings {
            title: text_of(&config, "title").unwrap_or_default(),
            url,
            languages: languages
                .unwrap_or_default()
                .into_iter()
                .filter(|l| *l != language)
                .collect(),
            language,
            time_zone: "UTC".into(),
            description: text_of(&config, "description"),
            ..Settings::default()
        },
        sources: vec![source],
        remarks,
    }))
}
