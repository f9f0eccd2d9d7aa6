//! What a source would bring, with nothing stored.

use std::{collections::HashSet, sync::Arc};

use chrono::{DateTime, Utc};
use tokio::sync::{Semaphore, mpsc};
use url::Url;

use super::{Asker, Fault, Part, ROOM, feed::read_document};
use crate::{
    fetch::{Client, Pace, Robots},
    poll::Source,
    source::feed::{Hints, read_feed},
    store::Remote,
    story::Incoming,
};

/// Where a document is from that doesn't say so: what is relative in it starts from there.
pub const NOWHERE: &str = "https://nowhere.invalid/";

/// What a source would bring.
#[derive(Debug, Default)]
pub struct Looked {
    /// In the order in which they came.
    pub stories: Vec<Incoming>,
    /// How many the rule of the source left out.
    pub left_out: usize,
    /// Entries that can't be taken, and why.
    pub rejected: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Asks a source as for the first time.
///
/// # Errors
/// What is wrong with it, in a sentence, with what to do.
pub async fn look(
    source: Source,
    client: &Client,
    pace: Pace,
    clock: fn() -> DateTime<Utc>,
) -> Result<Looked, String> {
    let (parts, mut brought) = mpsc::channel(4);
    let asker = Asker {
        source: Arc::new(source),
        client: client.clone(),
        pace,
        robots: Arc::new(Robots::default()),
        readers: Arc::new(Semaphore::new(1)),
        parts,
        room: Arc::new(Semaphore::new(ROOM as usize)),
        push: None,
        clock,
    };
    let asking = tokio::spawn(asker.ask(Remote::default()));
    let mut looked = Looked::default();
    let mut outcome = Ok(());
    while let Some(part) = brought.recv().await {
        match part {
            Part::Question { answer, .. } => {
                let _ = answer.send(HashSet::new());
            }
            Part::Batch(batch) => {
                looked.take(batch.brought, batch.notes);
                if let Some(end) = batch.end {
                    outcome = end.outcome.map(|_| ()).map_err(|fault| fault.said);
                }
            }
        }
    }
    asking.await.map_err(|error| format!("reading it failed: {error}"))?;
    outcome.map(|()| looked)
}

/// Reads the document of a feed that lies in a file.
///
/// # Errors
/// What is wrong with it, in a sentence, with what to do.
pub fn look_at(source: &Source, bytes: &[u8], now: DateTime<Utc>) -> Result<Looked, String> {
    let feed = read_feed(bytes, &Hints { max_entries: 0, ..Hints::default() });
    let feed = feed.map_err(|error| format!("{error}\n  fix: {}", error.fix()))?;
    let own = feed.self_link.or(feed.link).and_then(|link| Url::parse(&link).ok());
    let own = own.filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let nowhere = || Url::parse(NOWHERE).map_err(|error| error.to_string());
    let address = own.map_or_else(nowhere, Ok)?;
    let read = read_document(source, bytes, None, &address, now);
    let document = read.map_err(|Fault { said, .. }| said)?;
    let mut looked = Looked::default();
    looked.take(document.brought, document.notes);
    if let Some(line) = document.feed.cut {
        looked.notes.push(format!("the document breaks off at line {line}"));
    }
    Ok(looked)
}

impl Looked {
    fn take(&mut self, brought: crate::source::remote::Brought, notes: Vec<String>) {
        self.stories.extend(brought.stories);
        self.left_out += brought.left_out;
        self.notes.extend(notes);
        let rejected = brought.rejected.into_iter();
        self.rejected.extend(rejected.map(|it| format!("{}: {}", it.entry, it.why)));
    }
}
