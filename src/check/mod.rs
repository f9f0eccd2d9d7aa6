//! Rules over a feed as it is published: RSS, Atom, JSON Feed, OPML and news sitemaps.
//!
//! Takes the bytes of a document and what is known of it, gives every fault with its place. Pure:
//! reads no clock, file or socket.
//!
//! # Promises
//! - Never a panic, a full stack or a hang, whatever the bytes: depth, elements and findings are
//!   bounded, and time is linear in the bytes.
//! - A rule's id means the same for good. `docs/check.md` lists all of them.
//! - What the W3C feed validator calls an error is an error here, but for what `docs/check.md`
//!   says; the same holds for its warnings.
//!
//! # Limits
//! - Documents above [`MAX_CHECK_BYTES`] are not looked into.
//! - HTML is checked tag by tag, not by the parser of HTML.

mod article;
mod atom;
mod document;
mod encoding;
mod grammar;

mod http;
mod itunes;
mod itunes_categories;
mod json;
mod link;
mod media;
mod news_sitemap;
mod opml;
mod place;
mod polls;
mod profile;
mod rdf;
mod report;
mod rss;
mod rules;
#[cfg(test)]
mod tests;
mod tree;
mod value;
mod values;
mod walk;
mod xhtml;
mod xml;

pub use document::{Checked, DocumentKind, Hints, MAX_CHECK_BYTES, check};
pub use http::{Exchange, Repeated};
pub use place::Place;
pub use profile::Profile;
pub use report::{Counts, Finding, MOST, SHOWN};
pub use rules::{Rule, Severity, all as rules};
