//! Fetches what remote sources have and stores it.
//!
//! # Promises
//! - A source that fails, hangs or sends rubbish stops no other, and loses no story that is stored.
//! - What a source is known by (its validators, how far it was read) is kept in the transaction that
//!   keeps its stories: after a crash nothing is lost and nothing comes twice.
//! - The lock of the newsroom is held while something is stored, not while something is fetched.
//! - Memory: a few documents and the stories of a few more, however many sources there are.
//!
//! # Limits
//! - What is fetched is published by the next pass.

mod ask;
mod keep;
mod schedule;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use url::Url;

pub use ask::{Looked, NOWHERE, look, look_at};
pub use schedule::Rhythmic;

use crate::{
    fetch::{Client, Pace, Reach, Robots},
    publish::HoldError,
    source::remote::Terms,
    store::{Address, Claimed, Claims, StoreError, is_lease_gone, own_lease},
    story::Site,
};
use ask::{Asker, Part, ROOM};
use keep::Keeper;

/// A source that is fetched.
#[derive(Debug, Clone)]
pub struct Source {
    /// What is done with its stories.
    pub terms: Terms,
    /// What is asked.
    pub kind: Kind,
    /// Time between fetches; none: as the source says.
    pub every: Option<Duration>,
    /// Bytes of one document, decoded.
    pub max_bytes: u64,
    /// Entries of one document.
    pub max_entries: usize,
    /// Time that one answer may take.
    pub patience: Duration,
    /// Whether the article behind each entry is fetched.
    pub full_text: bool,
    /// How many stories the first fetch takes; none: all.
    pub backfill: Option<usize>,
    /// Whether stories that are deleted there are withdrawn.
    pub follows_deletes: bool,
    /// Which source wins where several bring one story: the lowest.
    pub priority: i64,
    /// How far its requests may go.
    pub reach: Reach,
}

/// What a source is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A feed.
    Feed(Url),
    /// A site whose posts WordPress's REST interface gives.
    WordPress(Url),
    /// A page that lists articles, or a sitemap.
    Page {
        /// Its address.
        url: Url,
        /// Finds the links to articles.
        links: Option<String>,
        /// Finds the text of an article.
        content: Option<String>,
        /// Finds what is left out of it.
        remove: Vec<String>,
    },
    /// A database.
    Sql {
        /// Where it is.
        database: Address,
        /// What is asked.
        query: String,
        /// The column that `$1` goes by.
        cursor: String,
    },
}

impl Source {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.terms.source
    }

    /// A digest of everything that makes it be read anew.
    fn digest(&self) -> String {
        let Self { terms, kind, full_text, max_entries, .. } = self;
        let kind = match kind {
            // A new password is the same database.
            Kind::Sql { database, query, cursor } => format!("{database} {query} {cursor}"),
            kind => format!("{kind:?}"),
        };
        let text = format!("{} {kind} {full_text} {max_entries}", terms.digest());
        blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
    }
}

/// Everything that fetching needs to know.
pub struct Poll {
    /// The publication.
    pub site: Site,
    /// The sources, as the configuration orders them.
    pub sources: Vec<Arc<Source>>,
    /// Where stories are kept.
    pub store: Address,
    /// Asks.
    pub client: Client,
    /// How many are asked at once.
    pub at_once: usize,
    /// How hosts are treated.
    pub pace: Pace,
    /// How many published stories a source may withdraw at a time.
    pub guard: usize,
    /// The present instant.
    pub clock: fn() -> DateTime<Utc>,
}

/// What a hub told of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The source.
    pub source: String,
    /// The address of what was told.
    pub address: Url,
    /// The feed, or what is new in it.
    pub body: Bytes,
    /// The `charset` that it came with.
    pub charset: Option<String>,
}

/// Which sources are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// None: what a hub told is taken. Where the source is just being asked, nothing is told of it.
    Pushed(&'a Push),
    /// Those that are due.
    Due,
    /// All that did not end.
    All,
    /// These, whatever became of them.
    Named(&'a [String]),
}

/// Whether what is fetched is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// It is.
    Keep,
    /// It is only told.
    Try,
}

/// What came of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its name.
    pub source: String,
    /// Stories that came in for the first time.
    pub new: usize,
    /// Stories that came in again and differ.
    pub changed: usize,
    /// Stories that are as they were.
    pub same: usize,
    /// Stories that were withdrawn there.
    pub withdrawn: usize,
    /// Articles that another source brought already.
    pub duplicate: usize,
    /// Entries that the rule of the source, or its backfill, left out.
    pub left_out: usize,
    /// Entries that can't be taken, and why.
    pub rejected: Vec<String>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// `ok`, `same`, or a fault such as `dns`.
    pub outcome: String,
    /// The fault, in a sentence.
    pub fault: Option<String>,
    /// How long it took.
    pub took: Duration,
    /// When it is asked next; none: no more.
    pub next: Option<DateTime<Utc>>,
}

impl Told {
    fn new(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            new: 0,
            changed: 0,
            same: 0,
            withdrawn: 0,
            duplicate: 0,
            left_out: 0,
            rejected: Vec::new(),
            notes: Vec::new(),
            outcome: String::new(),
            fault: None,
            took: Duration::ZERO,
            next: None,
        }
    }
}

/// Nothing can be stored.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    /// The store can't be had.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How long a source is claimed: longer than one may take.
const LEASE: TimeDelta = TimeDelta::minutes(15);

/// Told how many sources are done, of how many.
pub type Progress<'a> = dyn Fn(usize, usize) + 'a;

impl Poll {
    /// Fetches sources and stores what they bring. Gives what came of each, as they ended.
    ///
    /// # Errors
    /// If the store fails. What was stored by then stays.
    pub async fn run(
        &self,
        which: Which<'_>,
        aim: Aim,
        progress: &Progress<'_>,
    ) -> Result<Vec<Told>, PollError> {
        let (lease, push) = match which {
            Which::Pushed(push) => (own_lease("push"), Some(push)),
            _ => (own_lease("fetch"), None),
        };
        let begun = (self.clock)();
        let mut keeper = Keeper::new(self, &lease, aim);
        let mut waiting = self.begin(&mut keeper, which).await?;
        let (parts, mut brought) = mpsc::channel::<Part>(PARTS);
        let readers = Arc::new(Semaphore::new(cores()));
        let robots = Arc::new(Robots::default());
        let room = Arc::new(Semaphore::new(ROOM as usize));
        let mut asking = JoinSet::new();
        let mut all = waiting.len();
        let mut claimed: Vec<Claimed> = Vec::new();
        let sources: HashMap<&str, &Arc<Source>> =
            self.sources.iter().map(|source| (source.name(), source)).collect();
        loop {
            while asking.len() < self.at_once {
                if claimed.is_empty() && !waiting.is_empty() {
                    claimed = self.claim(&mut keeper, which, begun, &mut waiting, &lease).await?;
                    all = all.min(keeper.done() + asking.len() + claimed.len() + waiting.len());
                }
                let Some(next) = claimed.pop() else { break };
                let Some(source) = sources.get(next.source.as_str()) else { continue };
                asking.spawn(
                    Asker {
                        source: Arc::clone(source),
                        client: self.client.clone(),
                        pace: self.pace,
                        robots: Arc::clone(&robots),
                        readers: Arc::clone(&readers),
                        parts: parts.clone(),
                        room: Arc::clone(&room),
                        push: push.cloned(),
                        clock: self.clock,
                    }
                    .ask(next.remote),
                );
            }
            if asking.is_empty() && brought.is_empty() {
                break;
            }
            // What comes while something is stored is stored next, together.
            tokio::select! {
                biased;
                part = brought.recv() => {
                    let mut batch: Vec<Part> = part.into_iter().collect();
                    while batch.len() < PARTS && let Ok(part) = brought.try_recv() {
                        batch.push(part);
                    }
                    keeper.keep(batch).await?;
                    progress(keeper.done(), all);
                }
                // A pass may want the store while nothing comes.
                () = tokio::time::sleep(keeper.pause()), if keeper.holds() => keeper.rest().await?,
                ended = asking.join_next(), if !asking.is_empty() => {
                    // A bug in one reader is told like any other fault of its source.
                    if let Some(Err(error)) = ended {
                        tracing::error!(%error, "a source could not be read to its end");
                    }
                }
            }
            if keeper.has_held_long() {
                keeper.rest().await?;
            }
        }
        keeper.end().await
    }

    /// Lets the store know the sources, and finds those that are to be asked.
    async fn begin(
        &self,
        keeper: &mut Keeper<'_>,
        which: Which<'_>,
    ) -> Result<Vec<String>, PollError> {
        let now = (self.clock)();
        let names: BTreeSet<&str> = self.sources.iter().map(|source| source.name()).collect();
        let store = keeper.store().await?;
        store.keep_remotes(&names).await?;
        store.end_claims(&is_lease_gone).await?;
        let known = store.remotes().await?;
        let mut wanted: Vec<(DateTime<Utc>, String)> = known
            .into_iter()
            .filter(|(name, remote)| {
                names.contains(name.as_str())
                    && match which {
                        Which::Pushed(push) => push.source == *name,
                        Which::Named(wanted) => wanted.contains(name),
                        Which::All => remote.state != crate::store::RemoteState::Stopped,
                        Which::Due => {
                            remote.state != crate::store::RemoteState::Stopped
                                && remote.next_due.is_none_or(|due| due <= now)
                        }
                    }
            })
            .map(|(name, remote)| (remote.next_due.unwrap_or_default(), name))
            .collect();
        wanted.sort();
        if !keeper.is_filling() {
            keeper.rest().await?;
        }
        Ok(wanted.into_iter().map(|(_, name)| name).collect())
    }

    /// Claims some of the sources that are waiting. Of several that fetch at once from one store each
    /// leaves alone what another has asked meanwhile.
    async fn claim(
        &self,
        keeper: &mut Keeper<'_>,
        which: Which<'_>,
        begun: DateTime<Utc>,
        waiting: &mut Vec<String>,
        lease: &str,
    ) -> Result<Vec<Claimed>, PollError> {
        let now = (self.clock)();
        keeper.commit().await?;
        let store = keeper.store().await?;
        let mut claimed = Vec::new();
        while claimed.is_empty() && !waiting.is_empty() {
            let some: Vec<String> = waiting.drain(..waiting.len().min(self.at_once * 4)).collect();
            let names: Vec<&str> = some.iter().map(String::as_str).collect();
            let wanted = match which {
                Which::Due => Claims::DueOf(&names),
                _ => Claims::Named(&names),
            };
            claimed = store.claim(wanted, names.len(), lease, now, now + LEASE).await?;
            if which == Which::All {
                let is_done = |it: &Claimed| it.remote.asked.is_some_and(|at| at >= begun);
                let done: Vec<Claimed> = claimed.extract_if(.., |it| is_done(it)).collect();
                let done: Vec<&str> = done.iter().map(|it| it.source.as_str()).collect();
                store.let_go(&done, lease).await?;
            }
        }
        claimed.reverse();
        Ok(claimed)
    }
}

/// Parts that are stored together.
const PARTS: usize = 64;

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
