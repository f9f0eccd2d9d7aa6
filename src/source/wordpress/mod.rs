//! What WordPress gives of its posts: pages of its REST API ([`rest`](read_posts)) and its export
//! files ([`posts`]), read as [`ReadEntry`](crate::source::feed::ReadEntry).
//!
//! Takes bytes, gives entries and faults. Reads no clock, file or socket.
//!
//! # Promises
//! - A guid is the one WordPress minted, letter for letter (`https://site.example/?p=123`): the
//!   same in the API, in the export and in the site's own feeds.
//! - Drafts, private posts and those behind a password never come out; they are counted.
//! - One bad post never stops the others.
//!
//! # Limits
//! - HTML comes as WordPress has it, shortcodes and all: `text::render` makes it clean.
//! - Pages, menus and other kinds of content are passed over.

mod attachments;
mod autop;
mod export;
mod fields;
mod items;
mod requests;
mod rest;

pub use attachments::{Attachment, Attachments, attachments};
pub use autop::autop;
pub use export::{ExportError, ExportSite, Posts, Tally, posts};
pub use requests::RestApi;
pub use rest::{PostFault, PostPage, RestError, read_posts};
