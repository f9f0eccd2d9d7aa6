//! The configuration file, the environment and the store become a newsroom to work in.

#![expect(clippy::disallowed_methods, reason = "the one place that reads configuration")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::TimeDelta;

use super::{args::Args, failure::Failure, output::Output};
use crate::{
    config::{self, Config, ConfigFault, ConfigFaults, GuidMode as Guids, SectionsMode, StoreUrl},
    pass::{Newsroom, SectionFeed},
    publish::Held,
    source::{Desk, GuidMode, Permalink, folder::FolderSource},
    store::{Address, Store},
    story::Slugs,
};

/// Reads the configuration that the arguments name.
pub(super) fn load(args: &Args) -> Result<Config, Failure> {
    let file = &args.config;
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::usage(
                format!("there is no `{}`", file.display()),
                "name it with --config, or make a newsroom with `feedwright init`",
            ));
        }
        Err(error) => {
            return Err(Failure::usage(
                format!("`{}` can't be read: {error}", file.display()),
                "check that this user may read it and that it is UTF-8",
            ));
        }
    };
    let folder = folder_of(file).map_err(|error| Failure::file(file, error))?;
    let environment = env::vars_os().filter_map(|(name, value)| {
        Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
    });
    let source = config::ConfigText {
        text: &text,
        name: &file.display().to_string(),
        folder: &folder,
        read_file: &|path| fs::read_to_string(path),
        folder_exists: &|path| path.is_dir() && fs::read_dir(path).is_ok(),
    };
    Ok(config::load(&source, environment)?)
}

/// What is known where there is no configuration: nothing of a newsroom.
pub(super) fn bare() -> Result<Config, Failure> {
    let folder = env::current_dir().map_err(|error| Failure::file(Path::new("."), error))?;
    let source = config::ConfigText {
        text: "[site]\ntitle = \"Test\"\nurl = \"https://newsroom.invalid/\"\n",
        name: "no configuration",
        folder: &folder,
        read_file: &|path| fs::read_to_string(path),
        folder_exists: &|_| false,
    };
    Ok(config::load(&source, std::iter::empty())?)
}

/// The absolute folder of the configuration: what it names is relative to it.
fn folder_of(file: &Path) -> std::io::Result<PathBuf> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::canonicalize(folder.unwrap_or(Path::new(".")))
}

/// Where the store is.
pub(super) fn address(store: &StoreUrl) -> Address {
    match store.file() {
        Some(file) => Address::File(file.to_owned()),
        None => Address::Server { url: store.expose().to_owned(), shown: store.to_string() },
    }
}

/// Opens the store to read from, if there is one.
pub(super) async fn existing_store(config: &Config) -> Result<Option<Store>, Failure> {
    Ok(Store::open_existing(&address(&config.store)).await?)
}

/// Opens the store to write to, waiting for a build that does.
pub(super) async fn hold_store(config: &Config, output: &Output) -> Result<Held, Failure> {
    hold(&address(&config.store), output).await
}

/// The same for a store by its address.
pub(super) async fn hold(address: &Address, output: &Output) -> Result<Held, Failure> {
    Ok(Held::take(address, &|| waits(output)).await?)
}

/// The same, if there is a store.
pub(super) async fn hold_existing(
    config: &Config,
    output: &Output,
) -> Result<Option<Held>, Failure> {
    hold_if_there(&address(&config.store), output).await
}

/// The same for a store by its address.
pub(super) async fn hold_if_there(
    address: &Address,
    output: &Output,
) -> Result<Option<Held>, Failure> {
    Ok(Held::take_existing(address, &|| waits(output)).await?)
}

fn waits(output: &Output) {
    output.say("another feedwright is at work here; waiting until it ends");
}

/// The source and the path in it of a file that a person names, whether it is there or not.
pub(super) fn path_in_source(config: &Config, named: &str) -> Option<(String, String)> {
    let file = real_path(named)?;
    config.sources.iter().find_map(|source| {
        let root = fs::canonicalize(&source.folder).unwrap_or_else(|_| source.folder.clone());
        let path = file.strip_prefix(root).ok()?.to_str()?.to_owned();
        Some((source.name.clone(), path))
    })
}

/// The place of a file without links; of one that is gone, as far as folders are there.
fn real_path(named: &str) -> Option<PathBuf> {
    let file = std::path::absolute(named).ok()?;
    file.ancestors().find_map(|above| {
        let rest = file.strip_prefix(above).ok()?;
        let above = fs::canonicalize(above).ok()?;
        Some(if rest.as_os_str().is_empty() { above } else { above.join(rest) })
    })
}

/// What a pass needs of the configuration.
pub(super) fn newsroom(config: &Config) -> Result<Newsroom<'_>, Failure> {
    with_sections(config, Box::new(|path, title| config.found_section(path, title)))
}

/// The same for passes that are made as long as the program runs.
pub(super) fn lasting_newsroom(config: &Arc<Config>) -> Result<Newsroom<'static>, Failure> {
    let own = Arc::clone(config);
    with_sections(config, Box::new(move |path, title| own.found_section(path, title)))
}

fn with_sections<'a>(
    config: &Config,
    section_feed: Box<SectionFeed<'a>>,
) -> Result<Newsroom<'a>, Failure> {
    let sources = config.sources.iter().map(|source| folder_source(config, source));
    Ok(Newsroom {
        site: config.site.clone(),
        feeds: config.feeds.clone(),
        section_feed,
        sections_are_found: config.sections == SectionsMode::Found,
        section_titles: config.section_titles.clone(),
        section_descriptions: config.section_descriptions.clone(),
        split_languages: config.publish.split_by_language.then(|| config.languages.clone()),
        moves: config.moves.clone(),
        sources: sources.collect::<Result<_, _>>()?,
        folder: config.publish.folder.clone(),
        archives: config.publish.archives,
        news_sitemap: config.publish.news_sitemap,
        guard: config.publish.guard,
        edits_every: TimeDelta::from_std(config.websub.edits_every).unwrap_or(TimeDelta::MAX),
        webhooks: config.webhooks.iter().map(|webhook| webhook.name.clone()).collect(),
    })
}

/// What stories given by hand share: the addresses are those of the first source.
pub(super) fn desk(config: &Config) -> Result<Desk, Failure> {
    let first = config.sources.first().map(|source| folder_source(config, source)).transpose()?;
    let desk = site_desk(config);
    Ok(match first {
        Some(FolderSource { desk: first, .. }) => {
            let Desk { permalink, permalinks, language_permalinks, slugs, .. } = first;
            Desk { permalink, permalinks, language_permalinks, slugs, ..desk }
        }
        None => desk,
    })
}

fn site_desk(config: &Config) -> Desk {
    Desk {
        site_url: config.site.url.clone(),
        main_language: config.site.language.clone(),
        language: config.site.language.clone(),
        zone: config.site.time_zone,
        permalink: Permalink::by_folder(),
        permalinks: Vec::new(),
        language_permalinks: Vec::new(),
        slugs: Slugs::Feedwright,
        guid: GuidMode::Minted,
        map: std::collections::BTreeMap::new(),
        section: None,
        tags: Vec::new(),
    }
}

fn folder_source(config: &Config, source: &config::FolderSource) -> Result<FolderSource, Failure> {
    let pattern = |pattern: &str| {
        Permalink::parse(pattern).map_err(|error| {
            let fault = ConfigFault {
                file: "config.toml".into(),
                line: None,
                place: format!("source {}", source.name),
                what: error.to_string(),
                fix: "use the tokens that docs/configuration.md lists".into(),
            };
            ConfigFaults(vec![fault])
        })
    };
    let permalink = source.permalink.as_deref().map(pattern).transpose()?;
    let permalinks = source
        .permalinks
        .iter()
        .map(|(section, text)| Ok((section.clone(), pattern(text)?)))
        .collect::<Result<_, ConfigFaults>>()?;
    let language_permalinks = source
        .language_permalinks
        .iter()
        .map(|(language, section, text)| Ok((language.clone(), section.clone(), pattern(text)?)))
        .collect::<Result<_, ConfigFaults>>()?;
    let desk = Desk {
        language: source.language.clone(),
        zone: source.time_zone,
        permalink: permalink.unwrap_or_else(Permalink::by_folder),
        permalinks,
        language_permalinks,
        slugs: source.slugs,
        guid: match source.guid {
            Guids::Minted => GuidMode::Minted,
            Guids::Permalink => GuidMode::Permalink,
            Guids::Jekyll => GuidMode::Jekyll,
        },
        map: source
            .map
            .iter()
            .map(|(ours, names)| {
                (ours.clone(), names.iter().map(|name| name.to_ascii_lowercase()).collect())
            })
            .collect(),
        section: source.section.clone(),
        tags: source.tags.clone(),
        ..site_desk(config)
    };
    let declared = config.feeds.iter().filter_map(|feed| feed.section.clone());
    // Another setting reads every file anew; where the folder lies makes no difference.
    let settings = blake3::hash(
        format!("{desk:?} {:?} {}", source.languages, source.guesses_languages).as_bytes(),
    );
    Ok(FolderSource {
        name: source.name.clone(),
        root: source.folder.clone(),
        desk,
        languages: source.languages.clone(),
        guesses_languages: source.guesses_languages,
        declared: declared.collect(),
        static_folder: source.static_folder.clone(),
        settings: settings.to_hex().to_string(),
    })
}
