//! No accident empties a feed: how many published stories a pass may take away unasked.

use chrono::{DateTime, Utc};

use super::reason::shown;

/// What a pass may take away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    /// Published stories that may be withdrawn or dropped.
    pub(super) allowed: usize,
    /// Whether a person accepted whatever comes.
    pub(super) accept: bool,
    /// How many were taken away so far.
    pub(super) used: usize,
    /// How many are held, as far as the pass has come.
    pub(super) held: usize,
}

impl Guard {
    /// Whether so many more may be taken away beside those that are held; if so, they count. What is
    /// held waits for a person, however few are left of it.
    pub(super) fn permits(&mut self, more: usize) -> bool {
        let permitted = self.accept || more == 0 || self.used + more + self.held <= self.allowed;
        if permitted {
            self.used += more;
        }
        permitted
    }
}

/// Why a story with these dates isn't public at `now`; none: it is.
pub fn hidden_by_dates(
    published: DateTime<Utc>,
    expires: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<String> {
    match expires.filter(|at| *at <= now) {
        Some(at) => Some(format!("its end (`expires`) is now {}, which is past", shown(at))),
        None if published > now => {
            Some(format!("its date is now {}, which lies ahead", shown(published)))
        }
        None => None,
    }
}
