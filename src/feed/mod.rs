//! Stories become feed documents, independent of any format. Pure: no clock, file or socket.

mod document;
mod entry;
mod selection;

pub use document::{Category, Entry, FeedDocument, History, Tombstone, Translation};
pub use entry::{Words, entry, text_bytes};
pub use selection::{Choice, Selection};
