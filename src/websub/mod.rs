//! `WebSub` (W3C Recommendation, 2018): the hub that tells subscribers of our feeds, what outside
//! hubs are told, and our own subscriptions to the feeds of others; webhooks are told here too.
//!
//! # Promises
//! - A request is answered at once, whatever a callback does; a callback that hangs or fails delays
//!   no other.
//! - What is owed to a subscriber stands in the store: a service that is killed goes on with it. Each
//!   subscriber gets the newest version of a feed at least once.
//! - Callbacks and hubs are asked by the one HTTP client, whose rules say which addresses it may.
//! - Memory: so many requests, deliveries and tellings at a time, whoever asks.
//!
//! # Limits
//! - Claims and results are written between passes: a long pass on SQLite makes them wait.
//! - A request for a subscription that was answered and not verified yet is lost by a crash.

mod callbacks;
mod deliver;
mod desk;
mod hub;
mod own;
mod ping;
mod sign;
mod topics;
mod verify;
mod webhook;
mod wish;

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::sync::{Notify, mpsc};

use crate::{
    fetch::{Client, Reach},
    store::{Address, Callback},
    story::{Move, Site},
};
use verify::{Pending, Verification};

pub use callbacks::LONGEST_TELLING;
pub use hub::LONGEST_FORM;
pub use ping::tell_hubs;
pub use verify::deny;
pub use webhook::{Webhook, tell_webhooks};

/// What the configuration says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The publication, with its hubs.
    pub site: Site,
    /// Feeds that moved: their old topics are still subscribed to.
    pub moves: Vec<Move>,
    /// Where the feeds are published.
    pub folder: PathBuf,
    /// Where subscriptions are kept.
    pub store: Address,
    /// Asks.
    pub client: Client,
    /// Whether our own hub answers.
    pub own_hub: bool,
    /// How far its callbacks may lie.
    pub reach: Reach,
    /// Feeds of others that are fetched, and how far each may lie.
    pub sources: BTreeMap<String, Reach>,
    /// Who is told what each pass published.
    pub webhooks: Vec<Webhook>,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// A sentence.
    pub why: String,
    /// Seconds after which it may be tried again.
    pub retry_after: Option<u32>,
}

impl Settings {
    /// The hubs of others that are told of changes.
    fn outside(&self) -> Vec<&str> {
        let own = self.own_hub.then(|| self.site.address("hub"));
        let hubs = self.site.hubs.iter().map(|hub| hub.0.as_str());
        hubs.filter(|hub| own.as_deref() != Some(hub)).collect()
    }
}

impl Refusal {
    fn bad(why: &str) -> Self {
        Self { status: 400, why: why.to_owned(), retry_after: None }
    }

    fn new(status: u16, why: &str) -> Self {
        Self { status, why: why.to_owned(), retry_after: None }
    }

    fn later(why: &str, seconds: u32) -> Self {
        Self { status: 503, why: why.to_owned(), retry_after: Some(seconds) }
    }
}

/// What a hub told us of a source.
#[derive(Debug)]
pub struct Telling {
    /// The source.
    pub source: String,
    /// The address of what was told: the topic.
    pub topic: String,
    /// The document, or a part of it with what is new.
    pub body: Bytes,
    /// The `Content-Type`.
    pub content_type: Option<String>,
}

/// What happened, in numbers.
#[derive(Debug, Default)]
pub struct Counts {
    /// Subscriptions there are.
    pub subscriptions: AtomicU64,
    /// Those to whom a change is owed.
    pub behind: AtomicU64,
    /// Deliveries that were taken.
    pub delivered: AtomicU64,
    /// Deliveries that were not.
    pub failed: AtomicU64,
    /// Changes that a subscriber was given up about.
    pub given_up: AtomicU64,
    /// Subscriptions that were verified.
    pub verified: AtomicU64,
    /// Those that were not.
    pub unverified: AtomicU64,
    /// Requests to the hub that were refused.
    pub refused: AtomicU64,
    /// Times an outside hub was told.
    pub pinged: AtomicU64,
    /// What hubs told us of sources.
    pub told: AtomicU64,
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Something that the desk is to see to.
#[derive(Debug)]
enum Event {
    Verify(Box<Verification>),
    Confirmed { token: String, expires: DateTime<Utc> },
    Denied { token: String, why: String },
    Told { token: String, at: DateTime<Utc> },
}

/// Events that wait, at most.
const EVENTS: usize = 4096;
/// What hubs told us and nobody has taken yet.
const TELLINGS: usize = 8;

/// The part of the service that speaks `WebSub`.
#[derive(Debug)]
pub struct WebSub {
    settings: ArcSwap<Settings>,
    clock: fn() -> DateTime<Utc>,
    /// Says that something is to be done.
    wakes: Notify,
    events: mpsc::Sender<Event>,
    /// Taken by the desk.
    inbox: Mutex<Option<mpsc::Receiver<Event>>>,
    pending: Arc<Pending>,
    /// Our own subscriptions, by token.
    callbacks: Mutex<HashMap<String, Callback>>,
    tellings: mpsc::Sender<Telling>,
    /// What happened.
    pub counts: Counts,
}

impl WebSub {
    /// Speaks by these settings. What hubs tell of sources comes out of the receiver.
    pub fn new(
        settings: Settings,
        clock: fn() -> DateTime<Utc>,
    ) -> (Arc<Self>, mpsc::Receiver<Telling>) {
        let (events, inbox) = mpsc::channel(EVENTS);
        let (tellings, told) = mpsc::channel(TELLINGS);
        let websub = Self {
            settings: ArcSwap::from_pointee(settings),
            clock,
            wakes: Notify::new(),
            events,
            inbox: Mutex::new(Some(inbox)),
            pending: Arc::default(),
            callbacks: Mutex::default(),
            tellings,
            counts: Counts::default(),
        };
        (Arc::new(websub), told)
    }

    /// Speaks by other settings from now on.
    pub fn settle(&self, settings: Settings) {
        self.settings.store(Arc::new(settings));
        self.wake();
    }

    /// Something was published, or fetched.
    pub fn wake(&self) {
        self.wakes.notify_one();
    }

    fn callbacks(&self) -> std::sync::MutexGuard<'_, HashMap<String, Callback>> {
        self.callbacks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
