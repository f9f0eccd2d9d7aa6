//! `feedwright explain`: why a story is in a feed, or isn't.

use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{
    args::{Args, ExplainArgs},
    failure::{Exit, Failure},
    find, newsroom,
    output::Output,
};
use crate::{
    config::Config,
    pass::{self, Explanation, Newsroom, Reason},
    source::folder::{Found, Read},
    store::Store,
    story::{FeedPath, Format, Guid, Incoming, State, Story},
};

pub(super) async fn run(
    explain: &ExplainArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let newsroom = newsroom::newsroom(&config)?;
    let named = explain.story.as_str();
    let Some(path) = feed_path(&config, &explain.feed) else {
        let text = format!(
            "`{}` names no feed\n  fix: write a path such as `latam/security`",
            explain.feed
        );
        return say(unknown(named, &explain.feed, text), None, output);
    };
    let mut store = newsroom::existing_store(&config).await?;
    let found = match &mut store {
        Some(store) => find::stories(&config, store, named).await?,
        None => Vec::new(),
    };
    let (explanation, story) = match &mut store {
        Some(store) if !found.is_empty() => {
            let story = find::one(found, named)?;
            let mut explanation = pass::explain(&newsroom, store, &story, &path, now).await?;
            if explanation.reason != Reason::Unknown {
                let is_guarded = store.guarded(None).await?.contains(&story.id);
                consider_file(&newsroom, &story, is_guarded, &mut explanation, now);
            }
            (explanation, Some(story))
        }
        _ => {
            let store = store.as_mut();
            let file = not_stored((&config, &newsroom), store, named, &path, now).await?;
            let explanation =
                file.unwrap_or_else(|| unknown(named, path.as_str(), find::none(named)));
            (explanation, None)
        }
    };
    if let Some(store) = store {
        store.close().await?;
    }
    say(explanation, story.as_ref(), output)
}

/// The feed that a person names by its path, its address or one of its files.
fn feed_path(config: &Config, named: &str) -> Option<FeedPath> {
    let named = named.trim().split(['?', '#']).next().unwrap_or_default();
    let base = config.site.feeds_url.as_str();
    let below = named.strip_prefix(base).or_else(|| {
        // Without the last slash, the address of the site-wide feed.
        (named == base.trim_end_matches('/')).then_some("")
    });
    let path = below.unwrap_or(named);
    if path.contains("://") {
        return None;
    }
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let is_file = Format::ALL.iter().any(|format| file.eq_ignore_ascii_case(format.file_name()))
        || file == "index.html";
    if is_file { folder } else { path }.parse().ok()
}

fn unknown(story: &str, feed: &str, text: String) -> Explanation {
    Explanation {
        story: story.to_owned(),
        feed: feed.to_owned(),
        inside: false,
        reason: Reason::Unknown,
        text,
        page: None,
        details: Vec::new(),
    }
}

/// Why a file of a source is in no feed, if `named` is one.
async fn not_stored(
    (config, newsroom): (&Config, &Newsroom<'_>),
    store: Option<&mut Store>,
    named: &str,
    feed: &FeedPath,
    now: DateTime<Utc>,
) -> Result<Option<Explanation>, Failure> {
    let found = newsroom::path_in_source(config, named).or_else(|| {
        // Below the source's folder, as `show` takes it.
        let source = config.sources.iter().find(|source| source.folder.join(named).is_file())?;
        Some((source.name.clone(), named.to_owned()))
    });
    let Some((source, path)) = found else { return Ok(None) };
    let (reason, text) = match look(newsroom, &source, &path, now) {
        None | Some(File::Gone) => return Ok(None),
        Some(File::Other(reason, text)) => (reason, text),
        Some(File::Story { key, guid, .. }) => match holder(store, &source, &key, guid).await? {
            Some(text) => (Reason::Fault, text),
            None => (Reason::Build, "it isn't stored yet: the next build reads it".to_owned()),
        },
    };
    let text = format!("not in: {text}");
    Ok(Some(Explanation { reason, ..unknown(&path, feed.as_str(), text) }))
}

/// Which story has what a file would be known by, if one has.
async fn holder(
    store: Option<&mut Store>,
    source: &str,
    key: &str,
    guid: Option<Guid>,
) -> Result<Option<String>, Failure> {
    let Some(store) = store else { return Ok(None) };
    let by_key = store.by_key(source, key).await?.map(|(story, _)| story);
    let by_guid = store.by_guid(guid.as_slice()).await?.into_iter().next();
    let said = |(id, holder): (&str, Story)| {
        let holder = holder.path;
        format!(
            "`{id}` is the id of `{holder}` already\n  fix: give one of the two another `id` (or \
             address, where guids are permalinks)"
        )
    };
    let id = key.trim_start_matches("id:");
    let id = by_key.map(|story| (id, story));
    Ok(id.or(guid.as_ref().map(Guid::as_str).zip(by_guid)).map(said))
}

/// What a file is now.
enum File {
    Gone,
    /// What a new story would be known by.
    Story {
        key: String,
        guid: Option<Guid>,
        published: Option<DateTime<Utc>>,
        expires: Option<DateTime<Utc>>,
    },
    /// No story, and why.
    Other(Reason, String),
}

/// Looks at a file of a folder source; none if there is no such source.
fn look(newsroom: &Newsroom<'_>, source: &str, path: &str, now: DateTime<Utc>) -> Option<File> {
    let source = newsroom.sources.iter().find(|known| known.name == source)?;
    if !source.root.join(path).is_file() {
        return Some(File::Gone);
    }
    if let Some(index) = source.index_around(path) {
        let text = format!("`{index}` makes its folder one story, to which the file belongs");
        return Some(File::Other(Reason::Page, text));
    }
    let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
    if name.starts_with("_index.") {
        let text = "it names its section and is no story".to_owned();
        return Some(File::Other(Reason::Page, text));
    }
    let found = Found { path: path.to_owned(), translation_key: None };
    let read = source.read(&[found], &|_| None, now).into_iter().next()?;
    Some(match read {
        Read::Story(story) => {
            let Incoming { key, guid, published, expires, .. } = *story;
            File::Story { key, guid, published, expires }
        }
        Read::Same => return None, // Nothing was said to be known.
        Read::Draft => File::Other(Reason::Draft, "its file is a draft".to_owned()),
        Read::Page => {
            let text = "its file has no date: it is a page, not a story".to_owned();
            File::Other(Reason::Page, text)
        }
        Read::Faulty(fault) => File::Other(Reason::Fault, format!("its file has a fault: {fault}")),
    })
}

/// Adds what the file of a stored story says by now.
fn consider_file(
    newsroom: &Newsroom<'_>,
    story: &Story,
    is_guarded: bool,
    explanation: &mut Explanation,
    now: DateTime<Utc>,
) {
    let Some(file) = look(newsroom, &story.source, &story.path, now) else { return };
    let then = match is_guarded {
        true => "the guard keeps it; `feedwright build --accept` lets it go",
        false => "the next build withdraws it",
    };
    if is_guarded && matches!(file, File::Gone | File::Other(Reason::Draft | Reason::Page, _)) {
        explanation.reason = Reason::Held;
    }
    match (story.state, file) {
        (State::Live, File::Gone) => {
            explanation.details.push(format!("its file is gone: {then}"));
        }
        (State::Live, File::Other(Reason::Fault, text)) => {
            explanation.details.push(format!("{text}\n  until then its last good version stands"));
        }
        (State::Live, File::Other(_, text)) => {
            explanation.details.push(format!("{text}: {then}"));
        }
        (State::Live, File::Story { published, expires, .. }) if is_guarded => {
            let published = published.unwrap_or(story.published);
            if let Some(why) = pass::hidden_by_dates(published, expires, now) {
                explanation.reason = Reason::Held;
                explanation.details.push(format!("{why}: {then}"));
            }
        }
        (State::Withdrawn, File::Other(reason, text)) => {
            explanation.reason = reason;
            explanation.details.push(text);
        }
        (State::Withdrawn, File::Story { .. }) => {
            explanation.details.push("its file is there: the next build reads it".to_owned());
        }
        _ => {}
    }
}

fn say(explanation: Explanation, story: Option<&Story>, output: &Output) -> Result<Exit, Failure> {
    let exit = match explanation.reason {
        Reason::Unknown => Exit::ContentFaults,
        _ => Exit::Done,
    };
    if output.json {
        let text = serde_json::to_string_pretty(&explanation);
        let text = text.map_err(|error| Failure::Content(error.to_string()))?;
        output.line(&text)?;
        return Ok(exit);
    }
    if exit != Exit::Done {
        return Err(Failure::Content(explanation.text));
    }
    let mut lines = vec![explanation.text];
    lines.extend(explanation.details.iter().map(|detail| format!("  {detail}")));
    if let Some(story) = story {
        let published = story.published.to_rfc3339_opts(SecondsFormat::Secs, true);
        lines.push(format!("  story: {} ({published})\n  guid: {}", story.title, story.guid));
    }
    // A story's words must not steer the terminal.
    let text = lines.join("\n").replace(|c: char| c.is_control() && c != '\n', "\u{fffd}");
    output.line(&text)?;
    Ok(exit)
}
