//! Stories become feed documents, independent of any format. Pure: no clock, file or socket.

mod document;
mod entry;
mod moved;
mod profile;
mod selection;

pub use document::{Category, Entry, FeedDocument, History, Tombstone, Translation};
pub use entry::{Words, entry, text_bytes};
pub use moved::{Living, OldAddress, format_at, old_addresses};
pub use selection::{Choice, Selection};
