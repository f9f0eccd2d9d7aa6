//! What is understood of an existing site, and the configuration that follows from it.

#![expect(clippy::disallowed_methods, reason = "reads the existing site")]

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{hugo, jekyll, zola};
use crate::{
    cli::{failure::Failure, newsroom},
    config::Config,
    source::folder::Read,
    story::{SectionPath, Slugs},
    text,
};

/// A site made with another program.
#[derive(Debug, Default)]
pub(super) struct ExistingSite {
    /// Hugo, Zola or Jekyll.
    pub(super) program: &'static str,
    pub(super) settings: Settings,
    pub(super) sources: Vec<SourcePlan>,
    /// What was left out, or should be looked at.
    pub(super) remarks: Vec<String>,
}

/// The `[site]` table.
#[derive(Debug, Default)]
pub(super) struct Settings {
    pub(super) title: String,
    pub(super) url: String,
    pub(super) feeds_url: Option<String>,
    pub(super) language: String,
    pub(super) languages: Vec<String>,
    /// Whether it is known that there are no others.
    pub(super) has_one_language: bool,
    pub(super) time_zone: String,
    pub(super) description: Option<String>,
    pub(super) copyright: Option<String>,
}

/// A `[[source]]` table.
#[derive(Debug, Default)]
pub(super) struct SourcePlan {
    pub(super) name: String,
    pub(super) folder: PathBuf,
    pub(super) permalink: String,
    pub(super) permalinks: BTreeMap<String, String>,
    /// Language → section → pattern, where a language has others.
    pub(super) language_permalinks: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) slugs: Slugs,
    pub(super) language: Option<String>,
    pub(super) static_folder: Option<PathBuf>,
    pub(super) guid: Option<&'static str>,
}

/// A section that stories name, with how many stories it has and the title its index gives.
pub(super) struct NamedSection {
    path: SectionPath,
    stories: usize,
    title: Option<String>,
}

impl ExistingSite {
    pub(super) fn read(folder: &Path) -> Result<Self, Failure> {
        let folder = fs::canonicalize(folder).map_err(|error| Failure::file(folder, error))?;
        let site = hugo::read(&folder).or_else(|| zola::read(&folder));
        let site = site.or_else(|| jekyll::read(&folder)).unwrap_or_else(|| {
            Err(Failure::usage(
                format!("`{}` is no Hugo, Zola or Jekyll site", folder.display()),
                "name the folder with its hugo.toml, config.toml or _config.yml; for any other \
                 folder of stories make a newsroom with `feedwright init` and set `path`",
            ))
        })?;
        if site.settings.url.is_empty() {
            return Err(Failure::usage(
                format!("the {} site names no address", site.program),
                "set its base address (baseURL, base_url or url) and try again",
            ));
        }
        Ok(site)
    }

    /// The sections that stories of the site name, as a build would read them.
    pub(super) fn sections(
        &self,
        config: &Config,
        now: DateTime<Utc>,
    ) -> Result<Vec<NamedSection>, Failure> {
        let mut sections: BTreeMap<SectionPath, (usize, Option<String>)> = BTreeMap::new();
        for source in &newsroom::newsroom(config)?.sources {
            let nothing = BTreeMap::new();
            let walk = source.walk(&nothing);
            for batch in walk.to_read.chunks(256) {
                for read in source.read(batch, &|_| None, now) {
                    let Read::Story(story) = read else { continue };
                    for section in &story.facts.sections {
                        for section in section.lineage() {
                            sections.entry(section).or_default().0 += 1;
                        }
                    }
                }
            }
            for index in walk.indexes {
                let main = index.language.as_ref().is_none_or(|tag| *tag == config.site.language);
                if let Some(known) = index.section.and_then(|path| sections.get_mut(&path))
                    && (main || known.1.is_none())
                {
                    known.1 = Some(index.title);
                }
            }
        }
        let named = sections.into_iter();
        Ok(named.map(|(path, (stories, title))| NamedSection { path, stories, title }).collect())
    }

    /// The text of the newsroom's configuration in `dir`.
    pub(super) fn config(&self, dir: &Path, sections: &[NamedSection]) -> Result<String, Failure> {
        let dir = fs::create_dir_all(dir).and_then(|()| fs::canonicalize(dir));
        let dir = dir.map_err(|error| Failure::file(Path::new("."), error))?;
        let mut text = format!(
            "# Made from a {} site. `feedwright config schema` describes every key.\n\n{}\n",
            self.program,
            self.settings.table()
        );
        text.push_str("[publish]\nfolder = \"feeds\"\n");
        text.push_str("sections = \"declared\" # a typo in a story then makes no public feed\n");
        for section in sections {
            let path = section.path.as_str();
            let title = section.title.clone().unwrap_or_else(|| section.path.humanized());
            let _ = write!(
                text,
                "\n[[section]]\npath = {}\ntitle = {}\n",
                quoted(path),
                quoted(&title)
            );
        }
        for source in &self.sources {
            let _ = write!(text, "\n[[source]]\nname = {}\n", quoted(&source.name));
            let folder = relative(&dir, &source.folder);
            let _ = writeln!(text, "path = {}", quoted(&folder));
            let _ = writeln!(text, "permalink = {}", quoted(&source.permalink));
            if !source.permalinks.is_empty() {
                let _ =
                    writeln!(text, "permalinks = {}", table(&source.permalinks, |to| quoted(to)));
            }
            if !source.language_permalinks.is_empty() {
                let by_language =
                    table(&source.language_permalinks, |to| table(to, |to| quoted(to)));
                let _ = writeln!(text, "language_permalinks = {by_language}");
            }
            let slugs = serde_json::to_value(source.slugs).unwrap_or_default();
            let slugs = slugs.as_str().unwrap_or_default();
            let _ = writeln!(text, "slugs = {} # as {} has them", quoted(slugs), self.program);
            if let Some(guid) = source.guid {
                let _ =
                    writeln!(text, "guid = {} # what readers of the old feeds know", quoted(guid));
            }
            if let Some(language) = &source.language {
                let _ = writeln!(text, "language = {}", quoted(language));
            }
            if let Some(folder) = source.static_folder.as_ref().filter(|folder| folder.is_dir()) {
                let _ = writeln!(text, "static = {}", quoted(&relative(&dir, folder)));
            }
        }
        Ok(text)
    }

    /// What was understood, for the person who asked.
    pub(super) fn understood(&self, sections: &[NamedSection]) -> String {
        let settings = &self.settings;
        let mut text = format!("Read as a {} site:\n", self.program);
        let mut line = |name: &str, value: &str| {
            if !value.is_empty() {
                let _ = writeln!(text, "  {name:<12}{value}");
            }
        };
        line("title", &settings.title);
        line("address", &settings.url);
        line("language", &settings.language);
        line("languages", &settings.languages.join(", "));
        line("time zone", &settings.time_zone);
        for source in &self.sources {
            line("stories", &source.folder.display().to_string());
            line("permalinks", &source.permalink);
            for (section, pattern) in &source.permalinks {
                line("", &format!("{section}: {pattern}"));
            }
            for (language, patterns) in &source.language_permalinks {
                for (section, pattern) in patterns {
                    line("", &format!("{language}, {section}: {pattern}"));
                }
            }
        }
        let names =
            sections.iter().map(|section| format!("{} ({})", section.path, section.stories));
        line("sections", &names.collect::<Vec<_>>().join(", "));
        text
    }
}

impl Settings {
    /// The `[site]` table.
    pub(super) fn table(&self) -> String {
        let mut text = String::from("[site]\n");
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(text, "{name} = {}", quoted(value));
        };
        line("title", if self.title.is_empty() { "Newsroom" } else { &self.title });
        line("url", &self.url);
        if let Some(address) = &self.feeds_url {
            line("feeds_url", address);
        }
        line("language", &self.language);
        line("time_zone", &self.time_zone);
        if let Some(description) = &self.description {
            line("description", description);
        }
        if let Some(copyright) = &self.copyright {
            line("copyright", copyright);
        }
        if !self.languages.is_empty() || self.has_one_language {
            let list: Vec<_> = self.languages.iter().map(|tag| quoted(tag)).collect();
            let _ = writeln!(text, "languages = [{}]", list.join(", "));
        }
        text
    }
}

/// A table of TOML on one line.
fn table<V>(entries: &BTreeMap<String, V>, form: impl Fn(&V) -> String) -> String {
    let entries = entries.iter().map(|(name, to)| format!("{} = {}", quoted(name), form(to)));
    format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
}

/// A text as TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// `to` as seen from `dir`, where one lies near the other; else absolute.
fn relative(dir: &Path, to: &Path) -> String {
    if let Ok(below) = to.strip_prefix(dir) {
        return below.display().to_string();
    }
    let mut up = String::new();
    for ancestor in dir.ancestors().skip(1).take(3) {
        up.push_str("../");
        if ancestor.parent().is_some()
            && let Ok(below) = to.strip_prefix(ancestor)
        {
            return format!("{up}{}", below.display());
        }
    }
    to.display().to_string()
}

/// A configuration in TOML, YAML or JSON, by the file's ending; none where it can't be read.
pub(super) fn settings_file(file: &Path) -> Option<Map<String, Value>> {
    let raw = fs::read_to_string(file).ok()?;
    let wrapped = match file.extension()?.to_str()? {
        "toml" => format!("+++\n{raw}\n+++\n"),
        "yaml" | "yml" => {
            let plain = raw.trim_start().trim_start_matches("---");
            format!("---\n{}\n---\n", plain.trim_end().trim_end_matches("..."))
        }
        _ => return serde_json::from_str(&raw).ok(),
    };
    text::split_front_matter(&wrapped).ok()?.fields
}

/// A text in a table, letter case aside.
pub(super) fn text_of(table: &Map<String, Value>, name: &str) -> Option<String> {
    let found = table.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1;
    found.as_str().map(text::one_line).filter(|text| !text.is_empty())
}

/// A table in a table, letter case aside.
pub(super) fn table_of<'t>(
    table: &'t Map<String, Value>,
    name: &str,
) -> Option<&'t Map<String, Value>> {
    table.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_object()
}
