//! A source that is a feed.

use std::{collections::HashMap, ops::Deref};

use chrono::{DateTime, Utc};
use tokio::sync::SemaphorePermit;
use url::Url;

use super::{Fault, Gone, Reply, Selectors, Success, Turn};
use crate::{
    fetch::Link,
    poll::{Push, Source, schedule::Rhythmic},
    source::{
        feed::{Hints, ReadEntry, ReadFeed, read_feed},
        page::with_article,
        remote::{Brought, EntryReader, Rejected},
    },
    story::Incoming,
};

/// What is of use, the preferred first.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, \
    application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, \
    */*;q=0.1";

/// A document that was read.
pub(super) struct ReadDocument {
    /// What the feed says of itself, without its entries.
    pub(super) feed: ReadFeed,
    /// Its stories.
    pub(super) brought: Brought,
    /// The entries that they were made of, where their articles are to be fetched.
    entries: Vec<ReadEntry>,
    /// The earliest date in it.
    pub(super) oldest: Option<DateTime<Utc>>,
    /// What a person should know.
    pub(super) notes: Vec<String>,
}

impl<'a> Turn<'a> {
    pub(super) async fn read_feed(&mut self, url: &Url) -> Result<Success, Fault> {
        let url = self.address(url);
        let answer = match self.get(&url, ACCEPT).await? {
            Reply::Full(answer) => answer,
            Reply::Same(answer) => {
                let said = Rhythmic {
                    lifetime: answer.freshness.lifetime(),
                    has_validators: true,
                    ..Rhythmic::default()
                };
                return Ok(Success { code: "same", said });
            }
        };
        let (validators, lifetime) = (answer.validators.clone(), answer.freshness.lifetime());
        let (charset, links) = (answer.charset.clone(), answer.links.clone());
        let (document, mut reading) =
            self.read_document(answer.body, charset, &answer.trail.url).await?;
        self.remote.hub = hub(&links, &document.feed, &answer.trail.url);
        let ReadDocument { feed, mut brought, entries, oldest, mut notes } = document;
        if let Some(line) = feed.cut
            && brought.keys.is_empty()
        {
            let place = crate::fetch::shown(&url);
            let said = format!("`{place}`: it breaks off at line {line}, before its first entry");
            return Err(Fault::new("broken", said));
        }
        if self.asker.source.full_text {
            drop(reading.take());
            self.take_articles(&url, &feed, &mut brought, entries).await;
        }
        if let Some(line) = feed.cut {
            // What is missing may come the next time: it is asked for in any case.
            notes.push(format!(
                "the document breaks off at line {line}; what stands before was read"
            ));
        } else {
            self.remote.etag.clone_from(&validators.etag);
            self.remote.last_modified.clone_from(&validators.last_modified);
        }
        let gone = match self.asker.source.follows_deletes {
            true if feed.cut.is_none() && feed.passed_over == 0 => {
                let named: Vec<String> =
                    feed.tombstones.iter().map(|gone| format!("id:{}", gone.guid)).collect();
                match (named.is_empty(), oldest) {
                    (false, _) => Gone::Named(named),
                    (true, Some(oldest)) if !brought.keys.is_empty() => Gone::Missing(Some(oldest)),
                    _ => Gone::Unsaid,
                }
            }
            _ => Gone::Unsaid,
        };
        self.hand_on(brought, gone, notes, None).await;
        drop(reading);
        let has_validators = !validators.is_empty();
        let said = Rhythmic { lifetime, rhythm: feed.rhythm, has_validators, quiet: 0 };
        Ok(Success { code: "ok", said })
    }

    /// Takes what a hub told: the whole feed, or what is new in it.
    pub(super) async fn take_push(&mut self, push: &Push) -> Result<Success, Fault> {
        let Push { address, body, charset, .. } = push;
        let (document, _) = self.read_document(body.clone(), charset.clone(), address).await?;
        let ReadDocument { feed, mut brought, entries, notes, .. } = document;
        if self.asker.source.full_text {
            self.take_articles(address, &feed, &mut brought, entries).await;
        }
        // What isn't in it may be there all the same.
        self.hand_on(brought, Gone::Unsaid, notes, None).await;
        Ok(Success { code: "told", said: Rhythmic::default() })
    }

    /// Fetches the articles of stories that aren't stored as the feed has them, and takes their texts.
    /// A story whose article can't be had stays as the feed has it, and is tried again.
    async fn take_articles(
        &self,
        address: &Url,
        feed: &ReadFeed,
        brought: &mut Brought,
        entries: Vec<ReadEntry>,
    ) {
        let source = &self.asker.source;
        let stories =
            brought.stories.iter().map(|story| (story.path.clone(), story.digest.clone()));
        let same = self.known(stories.collect()).await;
        let mut entries: HashMap<String, ReadEntry> =
            entries.into_iter().map(|entry| (entry.guid.trim().to_owned(), entry)).collect();
        let most = match self.remote.begun {
            false => source.backfill.unwrap_or(usize::MAX),
            true => usize::MAX,
        };
        let differing = brought.stories.iter_mut().filter(|story| !same.contains(&story.path));
        for story in differing.take(most) {
            let Some(entry) = entries.remove(story.key.trim_start_matches("id:")) else { continue };
            let Ok(url) = Url::parse(&story.url) else { continue };
            let none = Selectors { links: None, content: None, remove: &[] };
            let article = match self.article(&url, none).await {
                Ok(article) => article.entry,
                Err(fault) => {
                    let why = format!("its article is missing: {}", fault.said.replace('\n', ";"));
                    brought.rejected.push(Rejected { entry: story.title.clone(), why });
                    story.digest.push('?');
                    continue;
                }
            };
            let entry = with_article(entry, article);
            let reader = EntryReader { terms: &source.terms, feed, address, now: self.now() };
            if let Some(whole) = reader.read(vec![entry]).stories.pop() {
                // What the feed says tells whether it changed.
                let (digest, path) = (story.digest.clone(), story.path.clone());
                *story = Incoming { path, digest, ..whole };
            }
        }
    }

    /// Reads a document on a thread of its own. Who keeps the place among the readers until what
    /// came of it is handed on lets no more documents be read than there is room for.
    async fn read_document(
        &self,
        body: impl Deref<Target = [u8]> + Send + 'static,
        charset: Option<String>,
        address: &Url,
    ) -> Result<(ReadDocument, Option<SemaphorePermit<'a>>), Fault> {
        let source = std::sync::Arc::clone(&self.asker.source);
        let (address, now) = (address.clone(), self.now());
        let reading = self.asker.readers.acquire().await.ok();
        let read = tokio::task::spawn_blocking(move || {
            read_document(&source, &body, charset.as_deref(), &address, now)
        });
        let fault = |error: tokio::task::JoinError| {
            Fault::new("bug", format!("reading it failed: {error}\n  fix: report it with the feed"))
        };
        Ok((read.await.map_err(fault)??, reading))
    }
}

/// The hub that a feed names and its topic there: what the head says goes before what the document
/// says (WebSub §4).
fn hub(links: &[Link], feed: &ReadFeed, address: &Url) -> Option<(String, String)> {
    let link = |rel| links.iter().find(|link| link.rel == rel).map(|link| link.href.to_string());
    let hub = link("hub").or_else(|| feed.hubs.first().cloned())?;
    let topic = link("self").or_else(|| feed.self_link.clone());
    Some((hub, topic.unwrap_or_else(|| address.to_string())))
}

/// Reads a feed's document.
pub(super) fn read_document(
    source: &Source,
    body: &[u8],
    charset: Option<&str>,
    address: &Url,
    now: DateTime<Utc>,
) -> Result<ReadDocument, Fault> {
    let hints = Hints { charset, address: Some(address), max_entries: source.max_entries };
    let mut feed = read_feed(body, &hints).map_err(|error| Fault::reading(address, &error))?;
    let entries = std::mem::take(&mut feed.entries);
    let dates = entries.iter().filter_map(|entry| entry.published.or(entry.updated));
    let oldest = dates.min();
    let mut notes = Vec::new();
    if feed.passed_over > 0 {
        notes.push(format!(
            "{} entries beyond `limits.entries` ({}) were passed over",
            feed.passed_over, source.max_entries
        ));
    }
    let undated: Vec<&str> =
        entries.iter().filter_map(|entry| entry.undated.as_deref()).take(3).collect();
    if !undated.is_empty() {
        let shown: Vec<String> = undated.iter().map(|date| format!("`{date}`")).collect();
        notes.push(format!("dates that can't be read: {}", shown.join(", ")));
    }
    let kept = if source.full_text { entries.clone() } else { Vec::new() };
    let brought = EntryReader { terms: &source.terms, feed: &feed, address, now }.read(entries);
    Ok(ReadDocument { feed, brought, entries: kept, oldest, notes })
}
