//! `feedwright add`: stories from files and standard input.

#![expect(clippy::disallowed_methods, reason = "reads the files that the arguments name")]

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    args::{AddArgs, Args},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
};
use crate::{
    config::{Config, SectionsMode},
    pass::{self, Report},
    publish::Held,
    source::{Desk, Given, GivenDefaults, StoryFault, read_given},
    store::{Known, Outcome, Store, SyncContext},
    story::{Guid, Incoming, State, Story, StoryJson},
    text,
};

/// The source under which stories given by hand are kept.
pub(super) const SOURCE: &str = "added";
/// Stories that are compared and stored together.
const BATCH: usize = 256;
/// Stories that are remembered while more are stored; beyond that the store is asked again.
const REMEMBERED: usize = 200_000;
/// Bytes of a piece of an input of many stories.
const PIECE: usize = 4 << 20;

pub(super) async fn run(
    add: &AddArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let defaults = defaults(add, &config)?;
    if add.id.is_some() && add.files.len() > 1 {
        return Err(Failure::usage("one --id for several files", "add them one by one"));
    }
    let desk = newsroom::desk(&config)?;
    let mut pieces = read_in_background(add.files.clone(), desk, defaults, now);
    let mut faults = Vec::new();
    let mut unread = None;
    let mut results = Results::default();
    // What is piped in may take its time: the store is opened when there is something to store.
    let mut open = None;
    while let Some(piece) = pieces.recv().await {
        let (name, read) = match piece {
            Ok(piece) => piece,
            Err((file, error)) => {
                let failure = Failure::file(&file, error);
                output.error(&failure.to_string());
                unread = Some(failure);
                continue;
            }
        };
        let mut stories = Vec::with_capacity(read.len());
        for story in read {
            match story {
                Ok(story) => stories.push((name.clone(), story)),
                Err(fault) => faults.push(fault),
            }
        }
        let (store, known, _lock) = if let Some(open) = &mut open {
            open
        } else {
            let Held { mut store, lock } = newsroom::hold_store(&config, output).await?;
            let known = store.known(SOURCE).await?;
            open.insert((store, known, lock))
        };
        while !stories.is_empty() {
            if known.count() > REMEMBERED {
                *known = store.known(SOURCE).await?;
            }
            let batch: Vec<_> = stories.drain(..stories.len().min(BATCH)).collect();
            let intake = Intake { config: &config, store, now };
            results.note(intake.take(batch, known, &mut faults).await?, output.json);
            output.progress("storing stories", results.counts.values().sum(), 0);
        }
    }
    output.finish_progress();
    if let Some((store, _, _lock)) = open {
        store.close().await?;
    }
    for fault in &faults {
        output.error(&fault.to_string());
    }
    say(&results, output)?;
    match unread {
        Some(_) => Ok(Exit::InputOutput),
        None if faults.is_empty() => Ok(Exit::Done),
        None => Ok(Exit::ContentFaults),
    }
}

/// A piece of an input with the stories in it, or why it can't be read.
type Piece = Result<(String, Vec<Result<Incoming, StoryFault>>), (PathBuf, io::Error)>;

/// Reads the inputs a piece ahead of the store.
fn read_in_background(
    files: Vec<PathBuf>,
    desk: Desk,
    defaults: GivenDefaults,
    now: DateTime<Utc>,
) -> mpsc::Receiver<Piece> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        for file in files {
            let name = file.display().to_string();
            let mut pieces = match Pieces::open(&file) {
                Ok(pieces) => pieces,
                Err(error) => {
                    if sender.blocking_send(Err((file, error))).is_err() {
                        return;
                    }
                    continue;
                }
            };
            loop {
                let piece = match pieces.next() {
                    Ok(None) => break,
                    Ok(Some((first_line, bytes))) => {
                        let given = Given { name: &name, bytes: &bytes, first_line };
                        Ok((name.clone(), read_given(&desk, given, &defaults, now)))
                    }
                    Err(error) => Err((file.clone(), error)),
                };
                let failed = piece.is_err();
                if sender.blocking_send(piece).is_err() {
                    return; // The command failed and says so itself.
                }
                if failed {
                    break;
                }
            }
        }
    });
    receiver
}

/// An input in pieces that can be read apart: some lines of JSON stories, or the whole of it.
struct Pieces {
    reader: Box<dyn BufRead>,
    line: usize,
    /// Whether each line is a story; not known before the first.
    by_line: Option<bool>,
}

impl Pieces {
    fn open(file: &Path) -> io::Result<Self> {
        let reader: Box<dyn BufRead> = match file == Path::new("-") {
            true => Box::new(BufReader::new(io::stdin())),
            false => Box::new(BufReader::with_capacity(1 << 20, fs::File::open(file)?)),
        };
        Ok(Self { reader, line: 1, by_line: None })
    }

    /// The next piece, and the line on which it begins.
    fn next(&mut self) -> io::Result<Option<(usize, Vec<u8>)>> {
        let mut bytes = Vec::new();
        let first_line = self.line;
        let begins = self.by_line.is_none();
        if begins {
            self.reader.read_until(b'\n', &mut bytes)?;
            let story = serde_json::from_slice::<serde_json::Map<String, Value>>(&bytes);
            self.by_line = Some(story.is_ok());
        }
        if self.by_line == Some(true) {
            self.line += usize::from(begins);
            while bytes.len() < PIECE && self.reader.read_until(b'\n', &mut bytes)? > 0 {
                self.line += 1;
            }
        } else {
            self.reader.read_to_end(&mut bytes)?;
        }
        let is_blank = bytes.iter().all(u8::is_ascii_whitespace);
        Ok((begins || !is_blank).then_some((first_line, bytes)))
    }
}

/// The flags as front matter would have them.
fn defaults(add: &AddArgs, config: &Config) -> Result<GivenDefaults, Failure> {
    let mut fields: Vec<(&'static str, Value)> = Vec::new();
    let mut list = |name, values: &[String]| {
        if !values.is_empty() {
            fields.push((name, json!(values)));
        }
    };
    list("section", &add.section);
    list("tags", &add.tag);
    list("authors", &add.author);
    for section in &add.section {
        section.parse::<crate::story::SectionPath>().map_err(|error| {
            Failure::usage(format!("--section: {error}"), "name it as in config.toml")
        })?;
    }
    if let Some(published) = &add.published {
        text::read_date(published, config.site.time_zone).map_err(|error| {
            Failure::usage(format!("--published: {error}"), "write 2026-01-31T15:00:00-06:00")
        })?;
        fields.push(("published", json!(published)));
    }
    if let Some(language) = &add.language {
        language.parse::<crate::story::Language>().map_err(|error| {
            Failure::usage(format!("--language: {error}"), "use a tag such as `pt-BR`")
        })?;
        fields.push(("language", json!(language)));
    }
    if let Some(id) = &add.id {
        fields.push(("id", json!(id)));
    }
    Ok(GivenDefaults { fields })
}

/// What became of one given story.
struct Taken {
    what: &'static str,
    guid: Guid,
    title: String,
}

struct Intake<'a> {
    config: &'a Config,
    store: &'a mut Store,
    now: DateTime<Utc>,
}

impl Intake<'_> {
    /// A text without an id is known by its section and title. The same words another day are
    /// another story: nothing is overwritten by a title that comes back.
    async fn keep_apart(&mut self, incoming: &mut Incoming) -> Result<(), Failure> {
        if incoming.key.starts_with("id:") {
            return Ok(());
        }
        let held = self.store.by_key(SOURCE, &incoming.key).await?;
        let Some((held, digest)) = held.filter(|(_, digest)| *digest != incoming.digest) else {
            return Ok(());
        };
        let day = |instant: DateTime<Utc>| instant.date_naive();
        let other_day = match incoming.published {
            Some(published) => day(published) != day(held.published),
            None => self.now - held.published > chrono::TimeDelta::days(1),
        };
        if other_day && digest != incoming.digest {
            let day = day(incoming.published.unwrap_or(self.now));
            incoming.key.push_str(&format!("@{day}"));
            incoming.path.push_str(&format!("@{day}"));
        }
        Ok(())
    }

    /// The fault of a story in a section that has no feed; the story is stored all the same.
    fn undeclared(&self, file: &str, incoming: &Incoming) -> Option<StoryFault> {
        if self.config.sections == SectionsMode::Found {
            return None;
        }
        let declared = |section| {
            let moved = self.config.moves.iter().any(|moved| {
                moved.from_feed().is_some_and(|from| from.section().as_ref() == Some(section))
            });
            moved || self.config.feeds.iter().any(|feed| feed.section.as_ref() == Some(section))
        };
        let section = incoming.facts.sections.iter().find(|section| !declared(section))?;
        Some(StoryFault {
            file: file.to_owned(),
            line: None,
            what: format!("stored, but the section `{section}` isn't declared and has no feed"),
            fix: "declare it as a [[section]], or add the story again with the right --section"
                .into(),
        })
    }

    async fn take(
        mut self,
        batch: Vec<(String, Incoming)>,
        known: &mut Known,
        faults: &mut Vec<StoryFault>,
    ) -> Result<Vec<Taken>, Failure> {
        let site = &self.config.site;
        let guids: Vec<Guid> =
            batch.iter().filter_map(|(_, incoming)| incoming.guid.clone()).collect();
        let held = self.store.by_guid(&guids).await?;
        let mut report = Report::default();
        let holders: HashMap<Guid, (String, String, String)> = held
            .iter()
            .map(|story| {
                let place = (story.source.clone(), story.key.clone(), story.path.clone());
                (story.guid.clone(), place)
            })
            .collect();
        let retracted = retracted_ones(&held);
        let forms = pass::json_form(site, self.store, held, &mut report).await?;
        let forms: HashMap<String, StoryJson> =
            forms.into_iter().map(|form| (form.id.clone(), form)).collect();

        let mut taken = Vec::new();
        let mut to_store = Vec::new();
        for (file, mut incoming) in batch {
            let Some(guid) = incoming.guid.clone() else {
                to_store.push((file, incoming));
                continue;
            };
            let Some((source, key, path)) = holders.get(&guid) else {
                to_store.push((file, incoming));
                continue;
            };
            if retracted.contains(&guid) {
                faults.push(taken_back(file, &guid));
                continue;
            }
            if forms.get(guid.as_str()).is_some_and(|form| says_the_same(form, &incoming)) {
                taken.push(Taken { what: "unchanged", guid, title: incoming.title });
            } else if source == SOURCE {
                incoming.key.clone_from(key);
                incoming.path.clone_from(path);
                to_store.push((file, incoming));
            } else {
                faults.push(StoryFault {
                    file,
                    line: None,
                    what: format!("the story `{guid}` belongs to the source `{source}` ({path})"),
                    fix: "edit it there, or give this one another id".into(),
                });
            }
        }
        for (file, incoming) in &mut to_store {
            self.keep_apart(incoming).await?;
            faults.extend(self.undeclared(file, incoming));
        }
        let same_text = pass::same_text(site);
        let context = SyncContext {
            source: SOURCE,
            host: site.host(),
            now: self.now,
            // Whoever gives a story means its dates.
            keeps_public: false,
            same_text: &same_text,
        };
        let (files, mut incoming): (Vec<String>, Vec<Incoming>) = to_store.into_iter().unzip();
        let outcomes = self.store.take_in(&mut incoming, known, &|_| false, context).await?;
        let same = outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Same(guid) => Some(guid.clone()),
            _ => None,
        });
        let same: Vec<Guid> = same.collect();
        let retracted = retracted_ones(&self.store.by_guid(&same).await?);
        for ((file, story), outcome) in files.into_iter().zip(incoming).zip(outcomes) {
            let (what, guid) = match outcome {
                Outcome::New(guid) => ("added", guid),
                Outcome::Changed(guid) => ("changed", guid),
                Outcome::Same(guid) if retracted.contains(&guid) => {
                    faults.push(taken_back(file, &guid));
                    continue;
                }
                Outcome::Same(guid) => ("unchanged", guid),
                Outcome::Kept { .. } => continue,
                Outcome::Refused { id, holder } => {
                    faults.push(StoryFault {
                        file,
                        line: None,
                        what: format!("`{id}` is the id of {holder} already"),
                        fix: "give one of the two another `id` (or address, where guids are permalinks)".into(),
                    });
                    continue;
                }
            };
            taken.push(Taken { what, guid, title: story.title });
        }
        Ok(taken)
    }
}

/// Those that were taken back.
fn retracted_ones(stories: &[Story]) -> HashSet<Guid> {
    let retracted = stories.iter().filter(|story| story.state == State::Retracted);
    retracted.map(|story| story.guid.clone()).collect()
}

/// The fault of a text whose story was taken back: it isn't stored.
fn taken_back(file: String, guid: &Guid) -> StoryFault {
    StoryFault {
        file,
        line: None,
        what: format!("the story `{guid}` is retracted: this isn't stored"),
        fix: "`feedwright restore` it first, or give this one another id".into(),
    }
}

/// Whether an incoming story is just what the store gave out.
fn says_the_same(form: &StoryJson, incoming: &Incoming) -> bool {
    let facts = &incoming.facts;
    let whole_second = |instant: DateTime<Utc>| instant.timestamp();
    form.url == incoming.url
        && form.title == incoming.title
        && form.language == incoming.language.as_str()
        && incoming.published.is_none_or(|at| whole_second(at) == whole_second(form.published))
        && incoming.updated.is_none_or(|at| whole_second(at) == whole_second(form.updated))
        && form.expires == incoming.expires
        && form.short_title == facts.short_title
        && form.summary == facts.summary
        && form.authors == facts.authors
        && form.sections == facts.sections
        && form.tags == facts.tags
        && form.translation_key == facts.translation_key
        && form.correction == facts.correction
        && form.image == facts.image
        && form.enclosures == facts.enclosures
        && form.origin == facts.origin
        && form.rights == facts.rights
        && form.content_html == incoming.text.text
}

/// How many are named; of more, the numbers are told.
const MANY: usize = 20;

/// What became of all given stories.
#[derive(Default)]
struct Results {
    /// The first of them, or all.
    named: Vec<Taken>,
    counts: BTreeMap<&'static str, usize>,
}

impl Results {
    fn note(&mut self, taken: Vec<Taken>, all: bool) {
        for taken in taken {
            *self.counts.entry(taken.what).or_default() += 1;
            if all || self.named.len() < MANY {
                self.named.push(taken);
            }
        }
    }
}

fn say(results: &Results, output: &Output) -> Result<(), Failure> {
    if output.json {
        let form: Vec<_> = results
            .named
            .iter()
            .map(|taken| json!({ "result": taken.what, "id": taken.guid, "title": taken.title }))
            .collect();
        return output.data(format!("{:#}\n", Value::from(form)).as_bytes()).map(|_| ());
    }
    if output.is_terminal() || output.verbose {
        for taken in &results.named {
            output.line(&format!("{}: {}\n  {}", taken.what, taken.title, taken.guid))?;
        }
        if results.counts.values().sum::<usize>() > MANY {
            let count = |what| results.counts.get(what).copied().unwrap_or_default();
            output.line(&format!(
                "… in all {} added, {} changed, {} unchanged",
                count("added"),
                count("changed"),
                count("unchanged")
            ))?;
        }
    }
    Ok(())
}
