//! `feedwright diff`: what a reader would see change between two feeds.
//!
//! # Limits
//! - Files alone are compared; the order of entries and the feed's own texts are not.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::{
    args::DiffArgs,
    failure::{Exit, Failure},
    output::Output,
};
use crate::{
    source::feed::{
        ChangedEntry, Comparison, Hints, MAX_FEED_BYTES, NamedEntry, ReadFeed, RenamedEntry,
        compare, read_feed,
    },
    text,
};

pub(super) fn run(diff: &DiffArgs, output: &Output) -> Result<Exit, Failure> {
    let [old, new] = [bytes(&diff.old)?, bytes(&diff.new)?];
    let (old, new) = match (feed(&diff.old, &old), feed(&diff.new, &new)) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(fault), Ok(_)) | (Ok(_), Err(fault)) => return Err(Failure::Content(fault)),
        (Err(one), Err(other)) if one == other => return Err(Failure::Content(one)),
        (Err(one), Err(other)) => return Err(Failure::Content(format!("{one}\nerror: {other}"))),
    };
    for (file, feed) in [(&diff.old, &old), (&diff.new, &new)] {
        if let Some(line) = feed.cut {
            let file = file.display();
            output.note(&format!(
                "`{file}` breaks off: entries after line {line} can't be read, and may seem gone"
            ));
        }
    }
    for (file, feed) in [(&diff.old, &old), (&diff.new, &new)] {
        if feed.passed_over > 0 {
            let (file, entries) = (file.display(), feed.passed_over);
            output.note(&format!("`{file}` is long: its last {entries} entries are not compared"));
        }
    }
    let comparison = compare(&old, &new);
    if output.json {
        let json = serde_json::to_string(&comparison);
        output.line(&json.map_err(|error| Failure::Content(error.to_string()))?)?;
    } else if !comparison.is_empty() {
        output.line(&for_people(&comparison))?;
    } else if output.is_terminal() {
        output.line("no difference")?;
    }
    Ok(Exit::Done)
}

#[expect(clippy::disallowed_methods, reason = "reads the two files")]
fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // One byte more tells that the file is too large.
        File::open(file)?.take(MAX_FEED_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| Failure::file(file, source))
}

fn feed(file: &Path, bytes: &[u8]) -> Result<ReadFeed, String> {
    let fault = |error: crate::source::feed::FeedReadError| {
        format!("`{}`: {error}\n  fix: {}", file.display(), error.fix())
    };
    read_feed(bytes, &Hints::default()).map_err(fault)
}

fn for_people(comparison: &Comparison) -> String {
    let mut lines = Vec::new();
    let named = |sign: &str, entry: &NamedEntry| {
        format!("{sign}{}", name(&entry.title, entry.url.as_deref(), &entry.id))
    };
    lines.extend(comparison.new.iter().map(|entry| named("+ new             ", entry)));
    lines.extend(comparison.gone.iter().map(|entry| named("- gone            ", entry)));
    lines.extend(comparison.taken_back.iter().map(|entry| named("x taken back      ", entry)));
    lines.extend(comparison.changed.iter().map(changed));
    lines.extend(comparison.would_look_new.iter().map(renamed));
    lines.join("\n")
}

fn changed(entry: &ChangedEntry) -> String {
    let fields: Vec<_> = entry.fields.iter().map(ToString::to_string).collect();
    let name = name(&entry.title, None, &entry.id);
    format!("~ changed         {name}: {}", fields.join(", "))
}

fn renamed(entry: &RenamedEntry) -> String {
    let name = name(&entry.title, entry.url.as_deref(), &entry.new_id);
    let [old, new] = [&entry.old_id, &entry.new_id].map(|id| text::one_line(id));
    format!(
        "! would look new  {name}\n    its id was `{old}` and is `{new}`: readers will see it again"
    )
}

/// The title with what tells entries of one title apart.
fn name(title: &str, url: Option<&str>, id: &str) -> String {
    let title = if title.is_empty() { "(no title)" } else { title };
    text::one_line(&format!("{title}  {}", url.unwrap_or(id)))
}
