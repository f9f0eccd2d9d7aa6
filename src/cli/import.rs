//! `feedwright import`: what other programs export.

#![expect(clippy::disallowed_methods, reason = "reads the file that the arguments name")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{BufReader, Write},
    path::Path,
};

use chrono::{DateTime, Utc};
use serde_json::json;
use url::Url;

use super::{
    args::{Args, ImportCommand, ImportOpmlArgs, ImportWordPressArgs},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
    sources,
};
use crate::{
    config::Config,
    pass,
    publish::Held,
    source::{
        feed::{ReadEntry, ReadFeed},
        opml::{Subscription, read_opml},
        remote::{Categories, EntryReader, Terms},
        wordpress::{attachments, posts},
    },
    store::{Known, Outcome, Store, SyncContext},
    story::{Markup, SectionPath},
};

/// The source under which imported posts are kept; no pass withdraws them.
const SOURCE: &str = "imported";
/// Posts that are stored together.
const BATCH: usize = 256;

pub(super) async fn run(
    command: &ImportCommand,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    match command {
        ImportCommand::Wordpress(import) => wordpress(import, args, output, now).await,
        ImportCommand::Opml(import) => opml(import, args, output),
    }
}

async fn wordpress(
    import: &ImportWordPressArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let section = section(import.section.as_deref())?;
    let terms = Terms {
        source: SOURCE.to_owned(),
        section,
        ..sources::terms(&config, Categories::Sections, Markup::WordPress)
    };
    let name = import.file.display().to_string();
    let open = || {
        let file = File::open(&import.file).map_err(|error| Failure::file(&import.file, error))?;
        Ok::<_, Failure>(BufReader::with_capacity(1 << 18, file))
    };
    let fault = |error: &crate::source::wordpress::ExportError| {
        Failure::Content(format!("`{name}`: {error}\n  fix: {}", error.fix()))
    };
    // Pictures may stand behind the posts that they belong to.
    let attachments = attachments(open()?).map_err(|error| fault(&error))?;
    let mut posts = posts(open()?, &attachments, config.site.time_zone).map_err(|e| fault(&e))?;
    let site = posts.site().clone();
    let link = site.link.as_deref().and_then(|link| Url::parse(link).ok());
    let address = link.unwrap_or_else(|| config.site.url.clone());
    let feed = ReadFeed {
        title: site.title,
        link: site.link,
        language: site.language,
        ..ReadFeed::default()
    };
    let Held { mut store, lock } = newsroom::hold_store(&config, output).await?;
    if import.dry_run {
        store.begin().await?;
    }
    let known = store.known(SOURCE).await?;
    let mut intake = Intake {
        config: &config,
        store,
        known,
        reader: EntryReader { terms: &terms, feed: &feed, address: &address, now },
        counts: Counts::default(),
        faults: Vec::new(),
    };
    let mut batch: Vec<ReadEntry> = Vec::new();
    let mut names = BTreeMap::new();
    for post in posts.by_ref() {
        match post {
            Ok(entry) => {
                names.extend(section_names(&entry));
                batch.push(entry);
            }
            Err(error) => intake.faults.push(format!("{error}; fix: {}", error.fix())),
        }
        if batch.len() == BATCH {
            intake.take(std::mem::take(&mut batch)).await?;
            output.progress("importing", intake.counts.all(), 0);
        }
    }
    intake.take(batch).await?;
    output.finish_progress();
    let Intake { store, counts, faults, .. } = intake;
    match import.dry_run {
        true => store.give_up().await?,
        false => store.close().await?,
    }
    drop(lock);
    for fault in &faults {
        output.error(&format!("`{name}`: {fault}"));
    }
    if terms.section.is_none() && terms.declared.is_none() {
        suggest_titles(&config, names, output);
    }
    let tally = posts.tally();
    let left = [
        (tally.unpublished, "not published"),
        (tally.protected, "behind a password"),
        (tally.others, "pages, pictures and the like"),
    ];
    if output.json {
        output.line(&format!(
            "{:#}",
            json!({
                "new": counts.new, "changed": counts.changed, "same": counts.same,
                "scheduled": tally.scheduled, "unpublished": tally.unpublished,
                "protected": tally.protected, "others": tally.others, "faults": faults,
            })
        ))?;
    } else {
        let mut text = format!(
            "{} posts: {} new, {} changed, {} the same",
            counts.all(),
            counts.new,
            counts.changed,
            counts.same
        );
        for (count, what) in left.iter().filter(|(count, _)| *count > 0) {
            text.push_str(&format!("; {count} {what}"));
        }
        output.line(&text)?;
    }
    Ok(if faults.is_empty() { Exit::Done } else { Exit::ContentFaults })
}

/// The categories of a post by the sections that they become.
fn section_names(entry: &ReadEntry) -> impl Iterator<Item = (SectionPath, String)> {
    let categories = entry.categories.iter().filter(|it| it.scheme.as_deref() == Some("category"));
    categories.filter_map(|it| Some((it.term.to_lowercase().parse().ok()?, it.label.clone()?)))
}

/// Says what the configuration needs for sections to be called as they were.
fn suggest_titles(config: &Config, names: BTreeMap<SectionPath, String>, output: &Output) {
    let differs = |(path, name): &(SectionPath, String)| {
        !config.section_titles.contains_key(path) && config.found_section(path, None).title != *name
    };
    let tables: Vec<String> = names
        .into_iter()
        .filter(differs)
        .map(|(path, name)| {
            let (path, title) = (path.as_str(), toml::Value::String(name));
            format!("[[section]]\npath = \"{path}\"\ntitle = {title}")
        })
        .collect();
    if !tables.is_empty() {
        output.note(&format!(
            "some sections go by other names than there; to keep them, add to the configuration:\n\n{}\n",
            tables.join("\n\n")
        ));
    }
}

#[derive(Default)]
struct Counts {
    new: usize,
    changed: usize,
    same: usize,
}

impl Counts {
    const fn all(&self) -> usize {
        self.new + self.changed + self.same
    }
}

/// Posts on their way into the store.
struct Intake<'a> {
    config: &'a Config,
    store: Store,
    known: Known,
    reader: EntryReader<'a>,
    counts: Counts,
    faults: Vec<String>,
}

impl Intake<'_> {
    async fn take(&mut self, entries: Vec<ReadEntry>) -> Result<(), Failure> {
        if entries.is_empty() {
            return Ok(());
        }
        // An export is told to go out at its hour.
        let dates: Vec<_> =
            entries.iter().map(|it| (format!("id:{}", it.guid.trim()), it.published)).collect();
        let mut brought = self.reader.read(entries);
        for story in &mut brought.stories {
            let date = dates.iter().find(|(key, _)| *key == story.key).and_then(|(_, date)| *date);
            story.published = date.or(story.published);
        }
        let rejected = brought.rejected.iter().map(|it| format!("{}: {}", it.entry, it.why));
        self.faults.extend(rejected);
        let site = &self.config.site;
        let same_text = pass::same_text(site);
        let context = SyncContext {
            source: SOURCE,
            host: site.host(),
            now: self.reader.now,
            keeps_public: false,
            same_text: &same_text,
        };
        let mut stories = brought.stories;
        let outcomes =
            self.store.take_in(&mut stories, &mut self.known, &|_| false, context).await?;
        for (story, outcome) in stories.iter().zip(outcomes) {
            match outcome {
                Outcome::New(_) => self.counts.new += 1,
                Outcome::Changed(_) => self.counts.changed += 1,
                Outcome::Same(_) | Outcome::Kept { .. } => self.counts.same += 1,
                Outcome::Refused { id, holder } => {
                    self.faults.push(format!("{}: `{id}` is the id of {holder}", story.title));
                }
            }
        }
        Ok(())
    }
}

fn section(written: Option<&str>) -> Result<Option<SectionPath>, Failure> {
    let read = |text: &str| {
        text.parse::<SectionPath>().map_err(|error| {
            Failure::usage(format!("--section: {error}"), "name it as in config.toml")
        })
    };
    written.map(read).transpose()
}

fn opml(import: &ImportOpmlArgs, args: &Args, output: &Output) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let section = section(import.section.as_deref())?;
    let name = import.file.display().to_string();
    let bytes = fs::read(&import.file).map_err(|error| Failure::file(&import.file, error))?;
    let list = read_opml(&bytes)
        .map_err(|error| Failure::Content(format!("`{name}`: {error}\n  fix: {}", error.fix())))?;
    let have: BTreeSet<String> = config
        .remote
        .iter()
        .filter_map(|remote| match &remote.kind {
            crate::config::RemoteKind::Feed { url } => Some(url.to_string()),
            _ => None,
        })
        .collect();
    let folders = config.sources.iter().map(|source| source.name.clone());
    let mut names: BTreeSet<String> =
        config.remote.iter().map(|remote| remote.name.clone()).chain(folders).collect();
    let mut tables = String::new();
    let (mut added, mut there) = (0, 0);
    for subscription in &list.subscriptions {
        if have.contains(&subscription.feed_url) {
            there += 1;
            continue;
        }
        tables.push_str(&table(subscription, section.as_ref(), &mut names));
        added += 1;
    }
    for fault in &list.faults {
        output.error(&format!("`{name}`: {fault}"));
    }
    if import.dry_run || output.json {
        output.data(tables.as_bytes())?;
    }
    if !import.dry_run && added > 0 {
        append(&args.config, &tables)?;
        // What was written must be what is meant.
        newsroom::load(args)?;
    }
    if !output.json {
        let what = if import.dry_run { "would be added" } else { "were added" };
        output.line(&format!("{added} sources {what}; {there} were there already"))?;
    }
    let whole = list.faults.is_empty() && list.cut.is_none();
    if let Some(line) = list.cut {
        output.error(&format!("`{name}` breaks off at line {line}"));
    }
    Ok(if whole { Exit::Done } else { Exit::ContentFaults })
}

/// A source as the configuration has it.
fn table(
    subscription: &Subscription,
    section: Option<&SectionPath>,
    names: &mut BTreeSet<String>,
) -> String {
    let name = free_name(subscription, names);
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut table = format!(
        "\n[[source]]\nname = {}\nkind = \"feed\"\nurl = {}\n",
        quoted(&name),
        quoted(&subscription.feed_url)
    );
    if let Some(section) = section {
        table.push_str(&format!("section = {}\n", quoted(section.as_str())));
    }
    if !subscription.folders.is_empty() {
        let folders: Vec<String> = subscription.folders.iter().map(|it| quoted(it)).collect();
        table.push_str(&format!("tags = [{}]\n", folders.join(", ")));
    }
    names.insert(name);
    table
}

/// A name that no other source has, made of the title.
fn free_name(subscription: &Subscription, names: &BTreeSet<String>) -> String {
    let ascii = deunicode::deunicode(&subscription.title).to_lowercase();
    let words = ascii.split(|letter: char| !letter.is_ascii_alphanumeric());
    let mut name = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    name.truncate(48);
    let name = name.trim_end_matches('-');
    let name = if name.is_empty() { "feed" } else { name };
    let free = |name: &String| !names.contains(name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(free).unwrap_or_default()
}

/// Adds to the end of the configuration, whole or not at all.
fn append(config: &Path, tables: &str) -> Result<(), Failure> {
    let fault = |error| Failure::file(config, error);
    let mut text = fs::read_to_string(config).map_err(fault)?;
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(tables);
    let beside = config.with_extension("toml.new");
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::metadata(config)?.permissions())?;
        file.sync_all()?;
        fs::rename(&beside, config)
    };
    write().map_err(fault)
}
