//! Asks one source, and hands on what it says, part by part.

mod feed;
mod look;
mod page;
mod sql;
mod wordpress;

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use url::Url;

use super::{Kind, Push, Source, schedule::Rhythmic};
use crate::{
    fetch::{
        Client, FailureKind, FetchFailure, Fetched, Limits, Manner, NotModified, Pace, Request,
        Robots, Trail, Validators,
    },
    source::{feed::FeedReadError, remote::Brought},
    store::Remote,
};
pub use look::{Looked, NOWHERE, look, look_at};
use page::Selectors;

/// What a source may take in all, however many documents it has; it goes on the next time.
const TOTAL: Duration = Duration::from_mins(10);
/// Stories that wait to be stored take so much memory at most: 32 MiB.
pub(super) const ROOM: u32 = 512;
/// Bytes of one piece of it.
const ROOM_PIECE: usize = 64 << 10;
/// Redirects for good that are believed.
const BELIEVED: u32 = 2;

/// What a task hands on.
pub(super) enum Part {
    /// Stories, or the end.
    Batch(Box<Batch>),
    /// Which of these stories the store has as they are.
    Question {
        /// Name of the source.
        source: String,
        /// Path and digest.
        stories: Vec<(String, String)>,
        /// Takes the paths of those that are as they were.
        answer: oneshot::Sender<HashSet<String>>,
    },
}

/// Some stories of a source.
pub(super) struct Batch {
    pub(super) source: Arc<Source>,
    /// What is known of the source once these are stored.
    pub(super) remote: Remote,
    /// Whether it is read with other settings than before.
    pub(super) renewed: bool,
    pub(super) brought: Brought,
    pub(super) gone: Gone,
    pub(super) notes: Vec<String>,
    /// That was all.
    pub(super) end: Option<End>,
    /// The room in memory that it takes.
    pub(super) _room: Option<OwnedSemaphorePermit>,
}

/// Which of the stored stories are gone there.
pub(super) enum Gone {
    /// Nothing is said of it.
    Unsaid,
    /// Those that came after an instant and aren't in the batch; none: all that aren't.
    Missing(Option<DateTime<Utc>>),
    /// These, by key.
    Named(Vec<String>),
}

/// How it ended.
pub(super) struct End {
    pub(super) outcome: Result<Success, Fault>,
    pub(super) took: Duration,
    /// Whether the source was not asked, but told of by its hub.
    pub(super) is_pushed: bool,
}

/// What went well.
pub(super) struct Success {
    /// `ok`, or `same` where the source said that nothing changed.
    pub(super) code: &'static str,
    pub(super) said: Rhythmic,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// A short word, stable.
    pub(super) code: String,
    /// A sentence.
    pub(super) said: String,
    pub(super) retry_after: Option<Duration>,
    /// The source is gone for good.
    pub(super) is_gone: bool,
}

impl Fault {
    pub(super) fn new(code: &str, said: impl Into<String>) -> Self {
        Self { code: code.to_owned(), said: said.into(), retry_after: None, is_gone: false }
    }

    fn fetching(failure: &FetchFailure, now: DateTime<Utc>) -> Self {
        const LONGEST: Duration = Duration::from_hours(24 * 7);
        let code = match failure.kind {
            FailureKind::Status(status) => format!("status-{status}"),
            ref kind => kind.code().to_owned(),
        };
        let fix = failure.fix().map_or(String::new(), |fix| format!("\n  fix: {fix}"));
        Self {
            code,
            said: format!("{failure}{fix}"),
            retry_after: failure.retry_after.map(|after| after.wait(now, LONGEST)),
            is_gone: failure.kind == FailureKind::Status(410),
        }
    }

    fn reading(address: &Url, error: &FeedReadError) -> Self {
        let code = match error {
            FeedReadError::TooLarge { .. } => "too-large",
            FeedReadError::TooDeep { .. } => "too-deep",
            FeedReadError::TooMany { .. } => "too-many",
            FeedReadError::Empty => "empty",
            FeedReadError::NotAFeed { .. } => "not-a-feed",
            FeedReadError::HtmlPage { .. } => "html-page",
            FeedReadError::BadXml { .. } => "bad-xml",
            FeedReadError::BadJson { .. } => "bad-json",
        };
        let place = crate::fetch::shown(address);
        Self::new(code, format!("`{place}`: {error}\n  fix: {}", error.fix()))
    }
}

/// One source being asked.
pub(super) struct Asker {
    pub(super) source: Arc<Source>,
    pub(super) client: Client,
    pub(super) pace: Pace,
    /// What sites let robots read.
    pub(super) robots: Arc<Robots>,
    /// Documents are read on as many threads as there are cores.
    pub(super) readers: Arc<Semaphore>,
    pub(super) parts: mpsc::Sender<Part>,
    /// Room for stories that wait to be stored, in [`ROOM`] pieces.
    pub(super) room: Arc<Semaphore>,
    /// What a hub told of the source: then it isn't asked.
    pub(super) push: Option<Push>,
    pub(super) clock: fn() -> DateTime<Utc>,
}

impl Asker {
    /// Asks, and hands on what comes; the end comes last, whatever happens.
    pub(super) async fn ask(self, mut remote: Remote) {
        let started = Instant::now();
        if self.push.is_none() {
            remote.asked = Some((self.clock)());
        }
        let settings = self.source.digest();
        let renewed = remote.settings != settings;
        if renewed {
            let before = remote.clone();
            remote = Remote { settings, etag: None, last_modified: None, ..before };
            (remote.cursor, remote.address, remote.moving) = (None, None, None);
        }
        let mut turn = Turn { asker: &self, remote, renewed };
        let outcome = match tokio::time::timeout(TOTAL, turn.read()).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Fault::new(
                "timeout",
                format!(
                    "it took longer than {} s in all; it goes on the next time",
                    TOTAL.as_secs()
                ),
            )),
        };
        let end = End { outcome, took: started.elapsed(), is_pushed: self.push.is_some() };
        turn.hand_on(Brought::default(), Gone::Unsaid, Vec::new(), Some(end)).await;
    }
}

/// A source while it is asked.
struct Turn<'a> {
    asker: &'a Asker,
    remote: Remote,
    renewed: bool,
}

impl Turn<'_> {
    async fn read(&mut self) -> Result<Success, Fault> {
        if let Some(push) = &self.asker.push {
            return self.take_push(push).await;
        }
        match &self.asker.source.kind {
            Kind::Feed(url) => self.read_feed(url).await,
            Kind::Sql { database, query, cursor } => self.read_sql(database, query, cursor).await,
            Kind::WordPress(site) => self.read_wordpress(site).await,
            Kind::Page { url, links, content, remove } => {
                let (links, content) = (links.as_deref(), content.as_deref());
                self.read_page(url, Selectors { links, content, remove }).await
            }
        }
    }

    fn now(&self) -> DateTime<Utc> {
        (self.asker.clock)()
    }

    async fn hand_on(&self, brought: Brought, gone: Gone, notes: Vec<String>, end: Option<End>) {
        let (source, remote) = (Arc::clone(&self.asker.source), self.remote.clone());
        let renewed = self.renewed;
        let pieces =
            u32::try_from(brought.weight().div_ceil(ROOM_PIECE)).unwrap_or(u32::MAX).min(ROOM);
        let room = Arc::clone(&self.asker.room).acquire_many_owned(pieces).await.ok();
        let batch = Batch { source, remote, renewed, brought, gone, notes, end, _room: room };
        // Nobody listens where the store failed: that is told there.
        let _ = self.asker.parts.send(Part::Batch(Box::new(batch))).await;
    }

    fn manner(&self) -> Manner {
        let source = &self.asker.source;
        let limits =
            Limits { max_bytes: source.max_bytes, total: source.patience, ..Limits::default() };
        Manner { reach: source.reach, pace: self.asker.pace, limits }
    }

    /// Where the source is: where it moved, else where the configuration says.
    fn address(&self, configured: &Url) -> Url {
        let moved = self.remote.address.as_deref().and_then(|address| Url::parse(address).ok());
        moved.unwrap_or_else(|| configured.clone())
    }

    /// Asks for a document that is known by the validators of the source.
    async fn get(&mut self, url: &Url, accept: &'static str) -> Result<Reply, Fault> {
        let (etag, last_modified) = (self.remote.etag.clone(), self.remote.last_modified.clone());
        let validators = Validators { etag, last_modified };
        let validators = Some(&validators).filter(|validators| !validators.is_empty());
        let request = Request { url, accept, validators, manner: self.manner() };
        match self.asker.client.get(&request).await {
            Err(failure) => Err(Fault::fetching(&failure, self.now())),
            Ok(crate::fetch::Answer::NotModified(answer)) => {
                self.note_move(&answer.trail);
                let NotModified { validators, .. } = &answer;
                self.remote.etag = validators.etag.clone().or(self.remote.etag.take());
                Ok(Reply::Same(Box::new(answer)))
            }
            Ok(crate::fetch::Answer::Full(answer)) => {
                self.note_move(&answer.trail);
                Ok(Reply::Full(Box::new(answer)))
            }
        }
    }

    /// A move for good is believed once it is repeated (RFC 9110 §15.4.2).
    fn note_move(&mut self, trail: &Trail) {
        let times = match (&trail.moved, &self.remote.moving) {
            (None, _) => {
                self.remote.moving = None;
                return;
            }
            (Some(moved), Some((before, times))) if moved.as_str() == before => times + 1,
            _ => 1,
        };
        let moved = trail.moved.as_ref().map(ToString::to_string);
        self.remote.moving = moved.clone().map(|moved| (moved, times));
        if times >= BELIEVED {
            self.remote.address = moved;
            self.remote.moving = None;
        }
    }
}

/// What came of a request.
enum Reply {
    Same(Box<NotModified>),
    Full(Box<Fetched>),
}
