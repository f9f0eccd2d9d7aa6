//! Where Hugo puts its pages, as patterns of ours: for the site, for sections, for languages.

#![expect(clippy::disallowed_methods, reason = "reads the existing site")]

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Map, Value};

use super::{
    hugo::merge,
    site::{table_of, text_of},
};
use crate::{source::hugo_permalink, story::Slugs};

type Table = Map<String, Value>;
type Patterns = BTreeMap<String, String>;

/// What addresses follow from.
pub(super) struct Site<'s> {
    pub(super) config: &'s Table,
    /// The key of the main language.
    pub(super) language: &'s str,
    /// The tag that its pages have.
    pub(super) shown: &'s str,
    /// The folder with its pages.
    pub(super) content: &'s Path,
}

/// What was understood.
pub(super) struct Addresses {
    /// The site's.
    pub(super) url: String,
    /// Where no section has another.
    pub(super) default: String,
    pub(super) patterns: Patterns,
    /// Language → section → pattern.
    pub(super) by_language: BTreeMap<String, Patterns>,
    pub(super) slugs: Slugs,
    pub(super) remarks: Vec<String>,
}

impl Site<'_> {
    /// Reads them all; `url` is the site's where languages have none of their own.
    pub(super) fn addresses(&self, url: String) -> Addresses {
        let Site { config, language, shown, .. } = *self;
        let nothing = Table::new();
        let tables = table_of(config, "languages").unwrap_or(&nothing);
        let own = table_of(tables, language).unwrap_or(&nothing);
        // Where languages have addresses of their own, those need no folder.
        let address = |table: &Value| text_of(table.as_object()?, "baseURL");
        let hosts: BTreeMap<&str, String> = tables
            .iter()
            .filter_map(|(tag, table)| Some((tag.as_str(), address(table)?)))
            .collect();
        let in_folder = flag(config, "defaultContentLanguageInSubdir") && !tables.is_empty();
        let is_named_alike = shown.eq_ignore_ascii_case(language);
        let root = match in_folder {
            _ if !hosts.is_empty() => "/",
            true if is_named_alike => "/{language}/",
            _ => "/{language_prefix}",
        };
        let mut remarks = Vec::new();
        let patterns = self.patterns(own, root, &mut remarks);
        let mut by_language = BTreeMap::new();
        for (tag, table) in tables {
            let table = table.as_object().unwrap_or(&nothing);
            let is_main = *tag == language;
            let moves = [table, own].iter().any(|table| table_of(table, "permalinks").is_some());
            // The folder of the main one is called by its key, whatever tag its pages have.
            let is_odd = is_main && in_folder && !is_named_alike;
            let has_own = is_odd || (!is_main && (moves || hosts.contains_key(tag.as_str())));
            if !has_own {
                continue;
            }
            let root = match hosts.get(tag.as_str()) {
                Some(host) => format!("{}/", host.trim_end_matches('/')),
                None => format!("/{}/", tag.to_ascii_lowercase()),
            };
            let mut patterns = self.patterns(table, &root, &mut remarks);
            patterns.insert("/".into(), self.default_below(&root));
            by_language.insert(if is_main { shown } else { tag }.to_owned(), patterns);
        }
        remarks
            .extend(patterns.keys().filter(|section| self.has_capitals(section)).map(|section| {
            format!(
                "section `{section}`: its folder has capitals, for which Hugo before 0.123 takes \
                 no permalink pattern\n  fix: where the site is made with an older one, remove \
                 `{section}` from `permalinks` in config.toml"
            )
        }));
        remarks.dedup();
        Addresses {
            url: hosts.get(language).cloned().unwrap_or(url),
            default: self.default_below(root),
            patterns,
            by_language,
            slugs: slugs(config),
            remarks,
        }
    }

    fn default_below(&self, root: &str) -> String {
        format!("{root}{{path}}/{}{}", self.last(), self.ending())
    }

    fn ending(&self) -> &'static str {
        if flag(self.config, "uglyURLs") { ".html" } else { "/" }
    }

    fn last(&self) -> &'static str {
        if date_by_file_name(self.config) { "{slug}" } else { "{slug_or_filename}" }
    }

    /// The patterns of sections in a language, with what stands before them.
    fn patterns(&self, language: &Table, root: &str, remarks: &mut Vec<String>) -> Patterns {
        let config = of_language(self.config, language);
        let ugly = ugly_sections(&config);
        let mut patterns = Patterns::new();
        for section in &ugly {
            patterns.insert(section.clone(), format!("{root}{{path}}/{}.html", self.last()));
        }
        for (section, pattern) in permalinks(&config) {
            let ending = if ugly.contains(&section) { ".html" } else { self.ending() };
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
    }

    fn has_capitals(&self, section: &str) -> bool {
        let entries = fs::read_dir(self.content).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut same = names.filter(|name| name.eq_ignore_ascii_case(section));
        same.any(|name| name.chars().any(char::is_uppercase))
    }
}

fn slugs(config: &Table) -> Slugs {
    match (flag(config, "removePathAccents"), flag(config, "disablePathToLower")) {
        (false, false) => Slugs::Hugo,
        (false, true) => Slugs::HugoCased,
        (true, false) => Slugs::HugoPlain,
        (true, true) => Slugs::HugoCasedPlain,
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
