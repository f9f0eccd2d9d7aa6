//! `Retry-After` (RFC 9110 §10.2.3): seconds, or a date. Pure.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// When an origin wants to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryAfter {
    /// So long after its answer.
    Wait(Duration),
    /// Not before this instant.
    Until(DateTime<Utc>),
}

impl RetryAfter {
    /// Reads the value of the header; what can't be read says nothing.
    pub fn read(value: &str) -> Option<Self> {
        let value = value.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            // More seconds than fit are as good as forever.
            return Some(Self::Wait(Duration::from_secs(value.parse().unwrap_or(u64::MAX))));
        }
        http_date(value).map(Self::Until)
    }

    /// How long to wait from `now` on, but no longer than `longest`.
    pub fn wait(self, now: DateTime<Utc>, longest: Duration) -> Duration {
        let wait = match self {
            Self::Wait(wait) => wait,
            Self::Until(instant) => (instant - now).to_std().unwrap_or_default(),
        };
        wait.min(longest)
    }
}

/// A date as HTTP writes it (RFC 9110 §5.6.7), the two obsolete forms included.
pub(super) fn http_date(value: &str) -> Option<DateTime<Utc>> {
    httpdate::parse_http_date(value.trim()).ok().map(DateTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn wait(value: &str) -> Option<u64> {
        let now = http_date("Fri, 31 Dec 1999 23:59:00 GMT").expect("a date");
        RetryAfter::read(value).map(|after| after.wait(now, DAY).as_secs())
    }

    #[test]
    fn seconds_and_all_three_forms_of_dates_are_read() {
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("Fri, 31 Dec 1999 23:59:59 GMT"), Some(59));
        assert_eq!(wait("Friday, 31-Dec-99 23:59:59 GMT"), Some(59));
        assert_eq!(wait("Fri Dec 31 23:59:59 1999"), Some(59));
    }

    #[test]
    fn a_date_that_is_past_waits_no_longer_and_no_wait_is_longer_than_the_longest() {
        assert_eq!(wait("Fri, 31 Dec 1999 23:58:00 GMT"), Some(0));
        assert_eq!(wait("Fri, 31 Dec 2100 23:58:00 GMT"), Some(DAY.as_secs()));
        assert_eq!(wait("99999999999999999999999"), Some(DAY.as_secs()));
    }

    #[test]
    fn what_is_neither_says_nothing() {
        for value in ["", "-1", "1.5", "soon", "+3", "1e3", "Fri, 31 Feb 1999", "12 s"] {
            assert_eq!(wait(value), None, "{value}");
        }
    }
}
