//! Entries that are gone under their guids, known again by what else names them.
//!
//! # Promises
//! - An entry that comes is one that is gone if it has its address, else if it has its title and
//!   its instant; where the title isn't known, the last part of its address stands for it. A gone
//!   entry is found once.
//!
//! # Limits
//! - Instants count by the second, as RSS has them.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Utc};

use crate::{
    story::{entry_key, path_name},
    text::plain_text,
};

/// What names an entry beside its guid.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named<'a> {
    /// Its page.
    pub url: Option<&'a str>,
    /// As its feed has it; empty where it isn't known.
    pub title: &'a str,
    /// When it was published.
    pub published: Option<DateTime<Utc>>,
}

impl Named<'_> {
    fn address(&self) -> Option<String> {
        self.url.filter(|url| !url.is_empty()).map(entry_key)
    }

    fn title_and_instant(&self) -> Option<(String, i64)> {
        // RSS has HTML where the others have plain text.
        let title = plain_text(self.title);
        Some((title, self.published?.timestamp())).filter(|(title, _)| !title.is_empty())
    }

    fn name_and_instant(&self) -> Option<(String, i64)> {
        let address = self.address()?;
        let (_, path) = address.split_once('/')?;
        Some((path_name(path).to_owned(), self.published?.timestamp()))
    }
}

/// Entries that are gone.
#[derive(Debug)]
pub struct Lost<T> {
    entries: Vec<Option<T>>,
    by_address: HashMap<String, VecDeque<usize>>,
    by_title: HashMap<(String, i64), VecDeque<usize>>,
    /// Those without a title.
    by_name: HashMap<(String, i64), VecDeque<usize>>,
}

impl<T> Default for Lost<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            by_address: HashMap::new(),
            by_title: HashMap::new(),
            by_name: HashMap::new(),
        }
    }
}

impl<T> Lost<T> {
    /// Adds an entry that is gone.
    pub fn add(&mut self, entry: T, named: Named<'_>) {
        let place = self.entries.len();
        if let Some(address) = named.address() {
            self.by_address.entry(address).or_default().push_back(place);
        }
        if let Some(title) = named.title_and_instant() {
            self.by_title.entry(title).or_default().push_back(place);
        } else if let Some(name) = named.name_and_instant() {
            self.by_name.entry(name).or_default().push_back(place);
        }
        self.entries.push(Some(entry));
    }

    /// The entry that one which comes was, which is lost no more.
    pub fn take(&mut self, named: Named<'_>) -> Option<T> {
        let entries = &mut self.entries;
        let mut first = |places: Option<&mut VecDeque<usize>>| {
            let places = places?;
            std::iter::from_fn(|| places.pop_front()).find_map(|place| entries[place].take())
        };
        let by_address = named.address();
        first(by_address.and_then(|it| self.by_address.get_mut(&it)))
            .or_else(|| first(self.by_title.get_mut(&named.title_and_instant()?)))
            .or_else(|| first(self.by_name.get_mut(&named.name_and_instant()?)))
    }

    /// Those that nothing was, in the order in which they were added.
    pub fn left(self) -> impl Iterator<Item = T> {
        self.entries.into_iter().flatten()
    }
}
