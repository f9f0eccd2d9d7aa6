//! Jekyll: `_config.yml`, stories in `_posts` folders.

use std::path::Path;

use super::site::{ExistingSite, Settings, SourcePlan, settings_file, text_of};
use crate::{cli::failure::Failure, source::jekyll_permalink, story::Slugs};

pub(super) fn read(folder: &Path) -> Option<Result<ExistingSite, Failure>> {
    let names = ["_config.yml", "_config.yaml", "_config.toml"];
    let config = names.iter().find_map(|name| settings_file(&folder.join(name)))?;
    let base = text_of(&config, "baseurl").unwrap_or_default();
    let url = text_of(&config, "url").unwrap_or_default();
    let url = if url.is_empty() {
        url
    } else {
        format!("{}/{}", url.trim_end_matches('/'), base.trim_matches('/'))
    };
    let style = text_of(&config, "permalink").unwrap_or_else(|| "date".into());
    let mut remarks = Vec::new();
    if config.get("collections").is_some() {
        remarks.push("collections other than posts are left out".into());
    }
    let source = SourcePlan {
        name: "jekyll".into(),
        folder: folder.join(text_of(&config, "source").unwrap_or_default()),
        permalink: jekyll_permalink(&style),
        static_folder: Some(folder.to_owned()),
        slugs: Slugs::Jekyll,
        guid: Some("jekyll"),
        ..SourcePlan::default()
    };
    Some(Ok(ExistingSite {
        program: "Jekyll",
        settings: Settings {
            title: text_of(&config, "title")
                .or_else(|| text_of(&config, "name"))
                .unwrap_or_default(),
            url,
            language: ["lang", "locale", "language"]
                .iter()
                .find_map(|name| text_of(&config, name))
                .and_then(|tag| Some(tag.parse::<crate::story::Language>().ok()?.to_string()))
                .unwrap_or_else(|| "en".into()),
            time_zone: text_of(&config, "timezone").unwrap_or_else(|| "UTC".into()),
            description: text_of(&config, "description"),
            ..Settings::default()
        },
        sources: vec![source],
        remarks,
    }))
}
