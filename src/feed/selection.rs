//! Chooses how far back a feed reaches.
//!
//! Takes the candidates newest first, one by one, and says where to stop. Reads no clock, file or
//! socket.
//!
//! # Promises
//! - Same candidates, same selection: the order is by instant, then by guid, and it is the store's.
//! - A story younger than `window` (counted back from the newest one) stays even beyond the
//!   limit, so a reader that polls seldom misses nothing.
//! - The bytes stay below `max_bytes`: the oldest give way. A story that alone is larger is
//!   carried with its summary only.

use chrono::{DateTime, Utc};

use crate::story::Limits;

/// Bytes that an entry takes beside its text: tags, dates, addresses.
const ENTRY_BYTES: u64 = 1200;
/// Bytes that a feed takes beside its entries.
const FEED_BYTES: u64 = 4096;

/// A feed's choice in the making.
#[derive(Debug, Clone)]
pub struct Selection {
    limits: Limits,
    newest: Option<DateTime<Utc>>,
    taken: usize,
    bytes: u64,
}

/// What becomes of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The feed carries it.
    Carried,
    /// The feed carries its summary: the text alone is larger than a feed may be.
    SummaryOnly,
    /// Neither this nor any older one.
    Done,
}

impl Selection {
    /// Begins with nothing chosen.
    pub fn new(limits: Limits) -> Self {
        Self { limits, newest: None, taken: 0, bytes: FEED_BYTES }
    }

    /// Whether a story of that instant can still be chosen, its size aside.
    pub fn wants(&self, published: DateTime<Utc>) -> bool {
        if self.taken < self.limits.entries {
            return true;
        }
        let window = chrono::TimeDelta::from_std(self.limits.window).ok();
        let floor = self.newest.zip(window).and_then(|(newest, w)| newest.checked_sub_signed(w));
        floor.is_some_and(|floor| published > floor)
    }

    /// Offers the next candidate, whose text takes `bytes` in the largest format.
    pub fn offer(&mut self, published: DateTime<Utc>, bytes: u64) -> Choice {
        if !self.wants(published) {
            return Choice::Done;
        }
        let room = self.limits.max_bytes.saturating_sub(self.bytes);
        let alone = self.limits.max_bytes.saturating_sub(FEED_BYTES);
        let whole = bytes.saturating_add(ENTRY_BYTES);
        let (choice, bytes) = match whole > alone {
            true => (Choice::SummaryOnly, ENTRY_BYTES * 2),
            false => (Choice::Carried, whole),
        };
        // The newest story is always there, however small `max_bytes`.
        if bytes > room && self.taken > 0 {
            return Choice::Done;
        }
        self.newest = self.newest.max(Some(published));
        self.taken += 1;
        self.bytes += bytes;
        choice
    }

    /// Reserves room for a story that is carried whatever its age, whose text takes `bytes`; before
    /// any other is offered. Such stories take at most half of the feed.
    pub fn lift(&mut self, bytes: u64) -> Choice {
        let half = self.limits.max_bytes / 2;
        for (choice, bytes) in [
            (Choice::Carried, bytes.saturating_add(ENTRY_BYTES)),
            (Choice::SummaryOnly, ENTRY_BYTES * 2),
        ] {
            if self.bytes + bytes <= half {
                self.bytes += bytes;
                return choice;
            }
        }
        Choice::Done
    }

    /// Offers the next candidate, for which [`lift`](Self::lift) has reserved room.
    pub fn offer_lifted(&mut self, published: DateTime<Utc>) -> bool {
        if !self.wants(published) {
            return false;
        }
        self.newest = self.newest.max(Some(published));
        self.taken += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const HOUR: i64 = 3600;

    fn at(hours_ago: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_760_000_000 - hours_ago * HOUR, 0).expect("an instant")
    }

    fn limits(entries: usize, window_hours: u64, max_bytes: u64) -> Limits {
        Limits { entries, window: Duration::from_secs(window_hours * 3600), max_bytes }
    }

    fn taken(limits: Limits, stories: &[(i64, u64)]) -> Vec<Choice> {
        let mut selection = Selection::new(limits);
        stories.iter().map(|(age, bytes)| selection.offer(at(*age), *bytes)).collect()
    }

    #[test]
    fn the_newest_stay_or_all_that_are_young_whichever_is_more() {
        use Choice::{Carried, Done};
        let stories = [(0, 10), (1, 10), (2, 10), (50, 10)];
        assert_eq!(taken(limits(2, 0, 1 << 20), &stories), [Carried, Carried, Done, Done]);
        assert_eq!(taken(limits(2, 3, 1 << 20), &stories), [Carried, Carried, Carried, Done]);
        assert_eq!(taken(limits(9, 0, 1 << 20), &stories), [Carried; 4]);
    }

    #[test]
    fn the_window_counts_back_from_the_newest_entry_not_from_now() {
        let old = [(9000, 10), (9001, 10)];
        assert_eq!(taken(limits(1, 2, 1 << 20), &old), [Choice::Carried; 2]);
    }

    #[test]
    fn what_is_lifted_takes_at_most_half_and_no_room_twice() {
        let mut selection = Selection::new(limits(2, 0, 20_000));
        assert_eq!(selection.lift(4_000), Choice::Carried);
        assert_eq!(selection.lift(4_000), Choice::Done);
        assert!(selection.offer_lifted(at(0)));
        assert_eq!(selection.offer(at(1), 8_000), Choice::Carried);
        assert!(!selection.offer_lifted(at(2)), "the limit counts it all the same");
    }

    #[test]
    fn the_oldest_give_way_to_the_size() {
        use Choice::{Carried, Done, SummaryOnly};
        let choices = taken(limits(9, 0, 20_000), &[(0, 8_000), (1, 4_000), (2, 4_000)]);
        assert_eq!(choices, [Carried, Carried, Done]);
        let choices = taken(limits(9, 0, 20_000), &[(0, 90_000), (1, 4_000)]);
        assert_eq!(choices, [SummaryOnly, Carried]);
    }
}
