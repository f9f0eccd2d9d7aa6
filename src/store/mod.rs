//! Keeps stories and what was decided about them: guids, dates, revisions, the manifest.
//!
//! # Promises
//! - Every write to a story takes the next revision, in the transaction that commits it.
//! - What was acknowledged is on disk (write-ahead log, `synchronous = FULL`).
//! - A guid, once given, is never changed.
//!
//! # Limits
//! - One engine so far: SQLite, embedded. The statements are written so that PostgreSQL runs
//!   them too; instants are epoch milliseconds.

mod adopted;
mod documents;
mod engine;
mod feeds;
mod holder;
mod known;
mod members;
mod open;
mod pages;
mod query;
mod retract;
mod rows;
mod sync;
mod tally;

pub use adopted::AdoptedEntry;
pub use documents::Published;
pub use feeds::{FeedRecord, OrderKey};
pub use known::{Known, Vanished};
pub use members::{Member, Needs};
pub use open::{Address, Store, StoreError};
pub use pages::{Buried, Page};
pub use query::{Candidate, Cursor, RenderedRow, RenderedText, Sibling};
pub use retract::{Purge, Retraction, Whereabouts};
pub use sync::{Counts, Outcome, SyncContext};
pub use tally::Tally;
