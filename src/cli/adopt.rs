//! `feedwright adopt`: guids and dates of feeds that readers already have.
//!
//! # Promises
//! - A story gets the guid under which readers have its address; its own words and dates stay.
//! - A story that this newsroom's feeds already carried keeps the guid that it has there.
//! - What no story answers to yet is remembered: the story that comes in at that address later
//!   gets the guid.
//! - What of a feed can't be read is said.

#![expect(clippy::disallowed_methods, reason = "reads the files that the arguments name")]

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use url::Url;
use walkdir::WalkDir;

use super::{
    args::{AdoptArgs, Args},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
    sources,
};
use crate::{
    config::Config,
    fetch::{Answer, Limits, Manner, Reach, Request},
    pass::{self, Order},
    publish::Held,
    source::feed::{self, FeedReadError, Hints, ReadEntry, ReadFeed},
    store::{AdoptedEntry, Store},
    story::{Story, entry_key},
};

pub(super) async fn run(
    adopt: &AdoptArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let mut entries = Entries::new();
    let mut is_whole = true;
    for file in &adopt.feeds {
        let documents = if let Some(url) = address(file) {
            vec![(file.clone(), fetched(&url, adopt, &config).await?)]
        } else {
            let (documents, unread) = feeds(file)?;
            for unread in unread {
                output.error(&unread.to_string());
                is_whole = false;
            }
            documents
        };
        for (name, bytes) in documents {
            let read = match feed::read_feed(&bytes, &Hints::default()) {
                Ok(read) => read,
                Err(error) if file.is_dir() && is_no_feed(&error, &bytes) => continue,
                Err(error) => {
                    let name = name.display();
                    let said = format!("`{name}`: {error}\n  fix: {}", error.fix());
                    if !file.is_dir() {
                        return Err(Failure::Content(said));
                    }
                    output.error(&said);
                    is_whole = false;
                    continue;
                }
            };
            for missing in missing(&name, &read) {
                output.error(&missing);
                is_whole = false;
            }
            for entry in read.entries {
                note(&mut entries, entry, now);
            }
        }
    }
    let Held { mut store, lock } = newsroom::hold_store(&config, output).await?;
    // A story that comes later takes the guid at the first address that has it.
    let first = entries.values().filter_map(|had| Some(had.first()?.entry.clone()));
    let adopted: Vec<AdoptedEntry> = first.collect();
    store.keep_adopted(&adopted).await?;
    // New stories take the guids over as they come in.
    let newsroom = newsroom::newsroom(&config)?;
    let progress = |what, done, all| output.progress(what, done, all);
    let report = pass::sync(&newsroom, &mut store, &Order::at(now), &progress).await?;
    output.finish_progress();
    for fault in &report.faults {
        output.error(&fault.to_string());
    }
    let outcomes = outcomes(&mut store, entries).await?;
    store.close().await?;
    drop(lock);
    say(&outcomes, output)?;
    Ok(if report.faults.is_empty() && is_whole { Exit::Done } else { Exit::ContentFaults })
}

/// Whether a file in a folder of feeds is something else, rather than a feed that can't be read.
fn is_no_feed(error: &FeedReadError, bytes: &[u8]) -> bool {
    match error {
        FeedReadError::TooLarge { .. }
        | FeedReadError::TooDeep { .. }
        | FeedReadError::TooMany { .. } => false,
        // JSON that breaks off can't be read at all.
        FeedReadError::BadJson { .. } => memchr::memmem::find(bytes, b"jsonfeed.org").is_none(),
        _ => true,
    }
}

/// What of a document couldn't be read.
fn missing(name: &Path, read: &ReadFeed) -> Vec<String> {
    let name = name.display();
    let cut = read.cut.map(|line| {
        format!(
            "`{name}` breaks off: entries after line {line} can't be read\n  fix: get the whole \
             file, and adopt it again"
        )
    });
    let long = (read.passed_over > 0).then(|| {
        format!(
            "`{name}` is long: its last {} entries are not read\n  fix: make two files of it",
            read.passed_over
        )
    });
    cut.into_iter().chain(long).collect()
}

/// The address that is named instead of a file.
fn address(place: &Path) -> Option<Url> {
    let url = Url::parse(place.to_str()?).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The bytes of a feed at an address.
async fn fetched(url: &Url, adopt: &AdoptArgs, config: &Config) -> Result<Vec<u8>, Failure> {
    let reach = if adopt.allow_private { Reach::PrivateToo } else { Reach::Public };
    let limits = Limits { max_bytes: feed::MAX_FEED_BYTES as u64, ..Limits::default() };
    let manner = Manner { reach, limits, pace: sources::pace(config) };
    let request = Request { url, accept: "*/*", validators: None, manner };
    match sources::client(config)?.get(&request).await {
        Ok(Answer::Full(answer)) => Ok(answer.body.to_vec()),
        Ok(Answer::NotModified(_)) => Err(Failure::Network(format!("`{url}`: 304, not asked for"))),
        Err(failure) => Err(sources::unfetched(&failure)),
    }
}

/// A file and its bytes.
type Document = (PathBuf, Vec<u8>);

/// The bytes of a file, or of every file in a folder that may be a feed; and what of the folder
/// can't be read: it may look new to readers.
fn feeds(place: &Path) -> Result<(Vec<Document>, Vec<Failure>), Failure> {
    let read = |file: PathBuf| match fs::read(&file) {
        Ok(bytes) => Ok((file, bytes)),
        Err(error) => Err(Failure::file(&file, error)),
    };
    if !place.is_dir() {
        return Ok((vec![read(place.to_owned())?], Vec::new()));
    }
    let endings = ["xml", "json", "rss", "atom"];
    let (mut documents, mut unread) = (Vec::new(), Vec::new());
    for entry in WalkDir::new(place).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let at = error.path().unwrap_or(place).to_owned();
                unread.push(Failure::file(&at, error.into()));
                continue;
            }
        };
        let ending = entry.path().extension().and_then(|ending| ending.to_str());
        if entry.file_type().is_file() && ending.is_some_and(|ending| endings.contains(&ending)) {
            match read(entry.into_path()) {
                Ok(document) => documents.push(document),
                Err(failure) => unread.push(failure),
            }
        }
    }
    Ok((documents, unread))
}

/// What readers had, by guid: once at each address.
type Entries = BTreeMap<String, Vec<Had>>;

/// An entry that readers had.
struct Had {
    entry: AdoptedEntry,
    title: String,
}

/// Notes an entry; of one that several feeds have, the latest date.
fn note(entries: &mut Entries, entry: ReadEntry, now: DateTime<Utc>) {
    if entry.guid.is_empty() {
        return;
    }
    let url = entry.url.as_deref().unwrap_or(&entry.guid);
    let not_ahead = |at: Option<DateTime<Utc>>| at.filter(|at| *at <= now);
    let adopted = AdoptedEntry {
        guid: entry.guid.clone(),
        address: entry_key(url),
        published: not_ahead(entry.published),
        updated: not_ahead(entry.updated),
    };
    let had = entries.entry(entry.guid).or_default();
    match had.iter_mut().find(|had| had.entry.address == adopted.address) {
        None => had.push(Had { entry: adopted, title: entry.title }),
        Some(Had { entry: known, .. }) => {
            known.published = known.published.or(adopted.published);
            known.updated = known.updated.max(adopted.updated);
        }
    }
}

/// What became of an entry.
struct Adopted {
    what: &'static str,
    guid: String,
    title: String,
    /// The story's guid, where it is another.
    kept: Option<String>,
}

async fn outcomes(store: &mut Store, entries: Entries) -> Result<Vec<Adopted>, Failure> {
    let addresses: HashSet<&str> =
        entries.values().flatten().map(|had| had.entry.address.as_str()).collect();
    let stories = store.at_addresses(&addresses).await?;
    let ids: Vec<i64> = stories.values().map(|story| story.id).collect();
    let members = store.members_of(&ids).await?;
    let mut outcomes = Vec::with_capacity(entries.len());
    for Had { entry, title } in entries.into_values().flat_map(|had| with_stories(had, &stories)) {
        let guid = entry.guid.clone();
        let story: Option<&Story> = stories.get(&entry.address);
        let (what, kept) = match story {
            None => ("unmatched", None),
            Some(story) if story.guid.as_str() == guid => {
                if entry.updated.is_some_and(|updated| updated > story.updated) {
                    store.adopt(story, &entry).await?;
                }
                ("matched", None)
            }
            // Readers of our own feeds have it under the guid that it has.
            Some(story) if members.contains_key(&story.id) => {
                ("published", Some(story.guid.to_string()))
            }
            Some(story) => match store.adopt(story, &entry).await? {
                true => ("matched", None),
                false => ("taken", Some(story.guid.to_string())),
            },
        };
        outcomes.push(Adopted { what, guid, title, kept });
    }
    Ok(outcomes)
}

/// The entries of a guid that stories answer to; all where none does.
fn with_stories(mut had: Vec<Had>, stories: &HashMap<String, Story>) -> Vec<Had> {
    let answers = |had: &Had| stories.contains_key(&had.entry.address);
    if had.iter().any(answers) {
        had.retain(answers);
    }
    had
}

fn say(outcomes: &[Adopted], output: &Output) -> Result<(), Failure> {
    if output.json {
        let form: Vec<Value> = outcomes
            .iter()
            .map(|adopted| {
                json!({
                    "result": adopted.what, "id": adopted.guid, "title": adopted.title,
                    "kept_id": adopted.kept,
                })
            })
            .collect();
        return output.line(&format!("{:#}", Value::from(form)));
    }
    for adopted in outcomes {
        let title = adopted.title.replace(char::is_control, " ");
        let why = match (adopted.what, &adopted.kept) {
            ("unmatched", _) => "  (no story has its address)".to_owned(),
            ("published", Some(kept)) => format!("  (already published here as {kept})"),
            (_, Some(kept)) => format!("  (another story has that guid; kept {kept})"),
            _ => String::new(),
        };
        output.line(&format!("{:<10} {title}  {}{why}", adopted.what, adopted.guid))?;
    }
    let count = |what| outcomes.iter().filter(|adopted| adopted.what == what).count();
    let (matched, unmatched) = (count("matched"), count("unmatched"));
    output.line(&format!(
        "{matched} matched, {unmatched} without a story, {} kept as they were",
        outcomes.len() - matched - unmatched
    ))?;
    if count("published") > 0 {
        output.note(
            "stories that these feeds already carried keep their guids\n  fix: if nobody has \
             subscribed here yet, move the store and the feeds folder away, and adopt before the \
             first build",
        );
    }
    Ok(())
}
