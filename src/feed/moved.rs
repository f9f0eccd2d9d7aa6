//! Where the old addresses of moved and retired feeds lead.

use crate::story::{FeedPath, Format, Move, Site};

/// An address that feeds were once at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldAddress {
    /// Path, and query if it had one, on the host where feeds are served: `/feeds/old/rss.xml`.
    pub path: String,
    /// The address it moved to; none: retired for good.
    pub to: Option<String>,
}

/// What is published, as far as old addresses lead to it.
pub trait Living {
    /// The formats of a feed that is published, the preferred one first.
    fn formats(&self, feed: &FeedPath) -> Option<&[Format]>;
    /// Whether a retired feed still says farewell in its place.
    fn says_farewell(&self, feed: &FeedPath) -> bool;
}

/// Every old address, in the order of the moves.
pub fn old_addresses(site: &Site, moves: &[Move], living: &dyn Living) -> Vec<OldAddress> {
    const TWIN: &str = "index.html";
    let base = site.feeds_url.path();
    let mut known = Vec::new();
    let mut add = |path: String, to: Option<String>| known.push(OldAddress { path, to });
    for moved in moves {
        let to = moved.to.as_ref().and_then(|to| Some((to, living.formats(to)?)));
        if to.is_none() && moved.to.is_some() {
            continue; // What it moved to isn't there yet.
        }
        match (moved.from_feed(), to) {
            (Some(from), Some((to, formats))) => {
                let files = formats.iter().map(|format| format.file_name()).chain([TWIN]);
                for file in files {
                    let new = site.address(&to.file(file));
                    add(format!("{base}{}", from.file(file)), Some(new));
                }
                add(format!("{base}{}", from.folder()), Some(site.address(&to.folder())));
            }
            (None, Some((to, formats))) => {
                if let Some(format) = format_at(&moved.from, formats) {
                    add(moved.from.clone(), Some(site.address(&to.file(format.file_name()))));
                }
            }
            (Some(from), None) => {
                // As long as the feed says farewell there, readers are let in.
                if !living.says_farewell(&from) {
                    for format in Format::ALL {
                        add(format!("{base}{}", from.file(format.file_name())), None);
                    }
                    add(format!("{base}{}", from.folder()), None);
                }
            }
            (None, None) => add(moved.from.clone(), None),
        }
    }
    known
}

/// The form that the name of an old address promises, or the preferred one of those for readers.
pub fn format_at(address: &str, formats: &[Format]) -> Option<Format> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let wanted = match path.rsplit('/').next().unwrap_or_default() {
        "ninjs.json" => Format::Ninjs,
        name if name.ends_with(".json") => Format::Json,
        name if name.contains("atom") => Format::Atom,
        _ => Format::Rss,
    };
    let preferred = || formats.iter().find(|format| format.is_for_readers());
    formats.iter().find(|format| **format == wanted).or_else(preferred).copied()
}
