//! Instants as the formats write them.
//!
//! # Promises
//! - Whole seconds in UTC; never panics (chrono's `to_rfc2822` does outside the years 0–9999).
//!
//! # Limits
//! - Instants outside those years become the first or last second of them.

use chrono::{DateTime, FixedOffset, Utc};

/// 0000-01-01T00:00:00Z.
const FIRST: i64 = -62_167_219_200;
/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;

/// 2000-01-01T00:00:00Z: the date of a feed that never had a story, where there must be one.
pub(super) fn never() -> DateTime<Utc> {
    const NEVER: i64 = 946_684_800;
    DateTime::from_timestamp(NEVER, 0).unwrap_or_default()
}

/// The instant without fractions of a second, within the years that formats can write.
pub(super) fn whole(instant: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = instant.timestamp().clamp(FIRST, LAST);
    DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

/// As `atom_syndication` takes it.
pub(super) fn fixed(instant: DateTime<Utc>) -> DateTime<FixedOffset> {
    whole(instant).fixed_offset()
}

/// `2026-01-14T12:30:00Z` (RFC 3339).
pub(super) fn rfc3339(instant: DateTime<Utc>) -> String {
    whole(instant).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `Wed, 14 Jan 2026 12:30:00 +0000` (RFC 822 with a year of four digits, as RSS wants it).
pub(super) fn rfc822(instant: DateTime<Utc>) -> String {
    whole(instant).format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_of_a_second_are_dropped() {
        let instant: DateTime<Utc> = "2026-03-02T07:08:09.987654321Z".parse().expect("an instant");
        assert_eq!(rfc3339(instant), "2026-03-02T07:08:09Z");
        assert_eq!(rfc822(instant), "Mon, 02 Mar 2026 07:08:09 +0000");
        assert_eq!(fixed(instant).to_rfc3339(), "2026-03-02T07:08:09+00:00");
    }

    #[test]
    fn years_outside_four_digits_become_the_nearest_inside() {
        let (early, late) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        assert_eq!(rfc3339(early), "0000-01-01T00:00:00Z");
        assert_eq!(rfc822(early), "Sat, 01 Jan 0000 00:00:00 +0000");
        assert_eq!(rfc822(late), "Fri, 31 Dec 9999 23:59:59 +0000");
        assert_eq!(fixed(late).to_rfc3339(), "9999-12-31T23:59:59+00:00");
    }
}
