//! The time that a request may take: all its parts draw on one sum.
//!
//! Waiting for a turn, or for room, is no part of it: that is our doing, not the origin's.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::failure::{FailureKind, Waited};

/// What is left of the time of a request.
#[derive(Debug)]
pub(super) struct Allotment {
    total: Duration,
    left: Duration,
}

impl Allotment {
    pub(super) fn new(total: Duration) -> Self {
        Self { total, left: total }
    }

    /// Waits for a part, no longer than it may take and no longer than what is left.
    pub(super) async fn spend<F: Future>(
        &mut self,
        what: Waited,
        most: Duration,
        part: F,
    ) -> Result<F::Output, FailureKind> {
        let over = FailureKind::Timeout { what: Waited::Total, allowed: self.total };
        // A part that is there at once would never be timed: bytes that come as fast as they are
        // read, one by one.
        if self.left.is_zero() {
            return Err(over);
        }
        let begun = Instant::now();
        let outcome = timeout(most.min(self.left), part).await;
        let ran_out =
            if most < self.left { FailureKind::Timeout { what, allowed: most } } else { over };
        self.left = self.left.saturating_sub(begun.elapsed());
        outcome.map_err(|_| ran_out)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    const MOMENT: Duration = Duration::from_millis(5);
    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn parts_draw_on_one_sum_and_end_with_it() {
        let mut time = Allotment::new(MOMENT);
        assert_eq!(time.spend(Waited::Body, HOUR, ready(1)).await, Ok(1));
        let over = FailureKind::Timeout { what: Waited::Total, allowed: MOMENT };
        for most in [HOUR, MOMENT] {
            let late = time.spend(Waited::Body, most, pending::<()>()).await;
            assert_eq!(late, Err(over.clone()));
        }
        let at_once = time.spend(Waited::Body, HOUR, ready(1)).await;
        assert_eq!(at_once, Err(over), "no more, though it is there");
    }

    #[tokio::test]
    async fn a_part_ends_at_its_own_limit() {
        let mut time = Allotment::new(HOUR);
        let late = time.spend(Waited::Head, MOMENT, pending::<()>()).await;
        assert_eq!(late, Err(FailureKind::Timeout { what: Waited::Head, allowed: MOMENT }));
        assert!(time.left < HOUR);
    }
}
