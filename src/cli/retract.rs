//! `feedwright retract` and `feedwright restore`: one story is taken back, or given back.

#![expect(clippy::disallowed_methods, reason = "looks whether a story's file is there")]

use std::fs;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{
    add,
    args::{Args, RestoreArgs, RetractArgs},
    failure::{Exit, Failure},
    find, newsroom,
    output::Output,
};
use crate::{
    config::Config,
    publish::BuildLock,
    publish::Held,
    store::{Purge, Retraction, Store, Whereabouts},
    story::{State, Story},
    text,
};

/// How long a notice stands in the place of a story.
const NOTICE_DAYS: i64 = 30;

pub(super) async fn retract(
    retract: &RetractArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let words = retract.notice.as_deref().map(text::one_line);
    if words.as_deref() == Some("") {
        let fix = "say what readers are to know, or leave the option out";
        return Err(Failure::usage("--notice is empty", fix));
    }
    let Taken { story, mut store, _lock } = take(&config, &retract.story, output).await?;
    let is_again = story.state == State::Retracted;
    let stands = |words: &String| {
        is_again
            && story.notice.as_ref() == Some(words)
            && story.leaves.is_some_and(|leaves| leaves > now)
    };
    let words = words.filter(|words| !stands(words));
    let purges = retract.purge && !story.is_purged();
    let changes = !is_again || words.is_some() || purges;
    let was_public = store.was_public(story.id).await?;
    if changes {
        let until = now + TimeDelta::days(NOTICE_DAYS);
        let purge = match story.source.as_str() {
            _ if !purges => None,
            add::SOURCE => Some(Purge::All),
            _ => Some(Purge::KeepPath),
        };
        let retraction = Retraction { notice: words.clone().map(|words| (words, until)), purge };
        store.retract(&story, &retraction, now).await?;
    }
    let scrubbed = !retract.purge || store.scrub().await?;
    let after = store.stories(&[story.id]).await?;
    store.close().await?;

    if !changes {
        output.note(&format!("`{}` is retracted already", story.guid));
    }
    if !scrubbed {
        output.note(
            "the text is deleted, but another program reads the store, or it is on a server: its \
             bytes are overwritten later\n  fix: run this again when nothing else reads the store, \
             or let the server vacuum",
        );
    }
    if words.is_some() && (!was_public || story.published > now) {
        let why = if was_public { "its hour lies ahead" } else { "no reader has seen the story" };
        output.note(&format!("{why}: the notice isn't shown to anyone"));
    }
    let result = if changes { "retracted" } else { "unchanged" };
    let after = after.into_iter().next();
    let notice = after.as_ref().and_then(|story| story.notice.clone().zip(story.leaves));
    let form = json!({
        "result": result,
        "id": story.guid,
        "title": story.title,
        "notice": notice.as_ref().map(|(text, _)| text),
        "notice_until": notice.as_ref().map(|(_, until)| rfc3339(*until)),
        "was_public": was_public,
        "purged": after.is_some_and(|story| story.is_purged()),
    });
    let mut line = format!("retracted: {}\n  {}", title(&story), story.guid);
    if purges {
        line.push_str("\n  its text is deleted from the store");
    }
    line.push_str(if was_public { "\n  it leaves the feeds at the next build" } else { "" });
    say(form, changes.then_some(line), output)
}

pub(super) async fn restore(
    restore: &RestoreArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let Taken { story, mut store, _lock } = take(&config, &restore.story, output).await?;
    if story.state != State::Retracted {
        store.close().await?;
        let note = format!("`{}` isn't retracted", story.guid);
        output.note(&note);
        let form = json!({
            "result": "unchanged", "id": story.guid, "title": story.title, "note": note,
        });
        return say(form, None, output);
    }
    if story.is_purged() && story.source == add::SOURCE {
        return Err(Failure::Content(format!(
            "`{}` was purged: its text is nowhere any more\n  fix: `feedwright add` the text \
             again with another --id; it will be a new story",
            story.guid
        )));
    }
    let (whereabouts, note) = whereabouts(&config, &story);
    store.restore(&story, whereabouts, now).await?;
    if whereabouts == Whereabouts::InSource {
        let folder = story.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        store.forget_listing(&story.source, folder).await?;
    }
    store.close().await?;
    if let Some(note) = &note {
        output.note(note);
    }
    let state = match whereabouts {
        Whereabouts::Gone => "withdrawn",
        Whereabouts::Stored | Whereabouts::InSource => "live",
    };
    let form = json!({
        "result": "restored", "id": story.guid, "title": story.title, "state": state, "note": note,
    });
    let what = match whereabouts {
        Whereabouts::Gone => "it stays out of the feeds until its file is back",
        _ if story.is_purged() => "its text is read from its file at the next build",
        Whereabouts::Stored | Whereabouts::InSource => "it is back in its feeds at the next build",
    };
    let line = format!("restored: {}\n  {}\n  {what}", title(&story), story.guid);
    say(form, Some(line), output)
}

/// A story that is about to be changed, with what that takes.
struct Taken {
    story: Story,
    store: Store,
    _lock: Option<BuildLock>,
}

async fn take(config: &Config, named: &str, output: &Output) -> Result<Taken, Failure> {
    let mut held = newsroom::hold_existing(config, output).await?;
    let story = find::story(config, held.as_mut().map(|held| &mut held.store), named).await?;
    match held {
        Some(Held { store, lock }) => Ok(Taken { story, store, _lock: lock }),
        None => Err(Failure::Content(format!("no story `{named}` is stored"))),
    }
}

/// Where the words of a retracted story are, and what a person should know about that.
fn whereabouts(config: &Config, story: &Story) -> (Whereabouts, Option<String>) {
    if story.source == add::SOURCE {
        return (Whereabouts::Stored, None);
    }
    let source = config.sources.iter().find(|source| source.name == story.source);
    let Some(source) = source else {
        let note = format!(
            "the source `{}` isn't in the configuration any more: the story is withdrawn",
            story.source
        );
        return (Whereabouts::Gone, Some(note));
    };
    let file = source.folder.join(&story.path);
    match fs::metadata(&file) {
        Ok(found) if found.is_file() => (Whereabouts::InSource, None),
        _ => {
            let file = file.display();
            let note = format!("`{file}` is gone: the story is withdrawn until it is back");
            (Whereabouts::Gone, Some(note))
        }
    }
}

/// What a person knows a story by; the title of a purged one is gone.
fn title(story: &Story) -> &str {
    if story.title.is_empty() { "(its title is deleted)" } else { &story.title }
}

fn say(form: Value, line: Option<String>, output: &Output) -> Result<Exit, Failure> {
    if output.json {
        let mut form = form;
        if let Value::Object(members) = &mut form {
            members.retain(|_, value| !value.is_null());
        }
        return output.data(format!("{form:#}\n").as_bytes());
    }
    if let Some(line) = line.filter(|_| output.is_terminal() || output.verbose) {
        output.line(&line.replace(|c: char| c.is_control() && c != '\n', "\u{fffd}"))?;
    }
    Ok(Exit::Done)
}

fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
