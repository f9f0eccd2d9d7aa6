//! Keeps stories and what was decided about them: guids, dates, revisions, the manifest.
//!
//! # Promises
//! - Every write to a story takes the next revision, in the transaction that commits it.
//! - What was acknowledged is on disk (write-ahead log, `synchronous = FULL`; on a server,
//!   `synchronous_commit`).
//! - A guid, once given, is never changed.
//!
//! - Two engines, SQLite (embedded) and PostgreSQL, run the same statements and give the same
//!   rows in the same order.
//!
//! # Limits
//! - Instants are epoch milliseconds.

mod adopted;
mod advice;
mod callbacks;
mod copy;
mod documents;
mod engine;
mod error;
mod feeds;
mod holder;
mod known;
mod lease;
mod listing;
mod members;
mod migrate;
mod open;
mod pages;
mod partners;
mod passed;
mod place;
mod query;
mod references;
mod remote;
mod retract;
mod rows;
mod server;
mod sqlite;
mod subscriptions;
mod sync;
mod tally;
mod topics;
mod webhooks;

pub use adopted::AdoptedEntry;
pub use callbacks::{Callback, CallbackState};
pub use copy::Copied;
pub use documents::Published;
pub use engine::EngineError;
pub use error::StoreError;
pub use feeds::{FeedRecord, OrderKey};
pub use known::{Known, Vanished};
pub use lease::{is_lease_gone, own_lease};
pub use members::{AskedCandidates, AskedScan, Member, NEWS_DUE, Needs, PROFILES_DUE};
pub use open::{Address, Store};
pub use pages::{Buried, Page};
pub use partners::{KeptToken, LIVE_TOKENS, NewToken, PartnerDocument, TokenState, Used};
pub use passed::{ALIKE, Match, Matching, Standing, Unprinted};
pub use query::{
    AskedStories, AskedTexts, Candidate, Cursor, RenderedRow, RenderedText, Sibling, TOGETHER,
};
pub use references::Reference;
pub use remote::{Claimed, Claims, Kept, Remote, RemoteState};
pub use retract::{Purge, Retraction, Whereabouts};
pub use subscriptions::{Delivery, Subscribed, Subscription, SubscriptionCounts};
pub use sync::{Counts, Outcome, SyncContext};
pub use tally::{StoryCounts, Tally};
pub use topics::{Change, Ping, Topic};
pub use webhooks::{Owed, Sent, WebhookState};
