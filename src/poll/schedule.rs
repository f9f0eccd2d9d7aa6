//! When a source is asked next. Pure.
//!
//! # Promises
//! - Not sooner than an hour, unless the source is set to it or says so itself; longer where it asks
//!   for longer; a day where nothing tells whether it changed.
//! - After a fault the time doubles each time, up to a day; `Retry-After` is held to.
//! - In hours and on days that a feed names as quiet it isn't asked.

use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

use crate::source::feed::Rhythm;

/// Without a word of the source.
const HOUR: Duration = Duration::from_hours(1);
/// Longest time between two fetches that is not asked for.
const DAY: Duration = Duration::from_hours(24);
/// Shortest time that a source may ask for.
const SHORTEST: Duration = Duration::from_mins(5);
/// Longest time that a source may ask for.
const LONGEST: Duration = Duration::from_hours(24 * 7);
/// Fetches without anything new after which a source without a time of its own is asked less often.
const QUIET: u32 = 6;

/// What an answer that went well says about the next one.
#[derive(Debug, Clone, Default)]
pub struct Rhythmic {
    /// How long the answer holds (`Cache-Control`, `Expires`).
    pub lifetime: Option<Duration>,
    /// What the feed says.
    pub rhythm: Rhythm,
    /// Whether the next request can be conditional.
    pub has_validators: bool,
    /// How many times in a row nothing new came.
    pub quiet: u32,
}

/// When to ask after an answer that went well.
pub(super) fn after_answer(
    now: DateTime<Utc>,
    every: Option<Duration>,
    said: &Rhythmic,
) -> DateTime<Utc> {
    let minutes = |minutes: u64| Duration::from_secs(minutes.saturating_mul(60));
    let asked = [
        said.lifetime,
        said.rhythm.ttl_minutes.map(minutes),
        said.rhythm.update_every.map(minutes),
    ];
    let asked = asked.into_iter().flatten().filter(|asked| !asked.is_zero()).max();
    let asked = asked.map(|asked| asked.clamp(SHORTEST, LONGEST));
    let wait = match (every, asked) {
        (Some(every), asked) => every.max(asked.unwrap_or_default()),
        (None, Some(asked)) => asked,
        (None, None) if said.has_validators => HOUR,
        (None, None) => DAY,
    };
    let wait = match (every, said.quiet / QUIET) {
        (None, slower @ 1..) => wait.max((wait * (slower + 1)).min(DAY)),
        _ => wait,
    };
    awake(now + delta(wait), &said.rhythm)
}

/// When to ask after a fault, the `failures`th in a row. `seed` spreads sources that fail together.
pub(super) fn after_fault(
    now: DateTime<Utc>,
    every: Option<Duration>,
    failures: u32,
    retry_after: Option<Duration>,
    seed: &str,
) -> DateTime<Utc> {
    let first = every.unwrap_or(HOUR).min(DAY);
    let wait = first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(DAY);
    let hash = blake3::hash(format!("{seed} {failures}").as_bytes());
    let spread = wait / 10 * u32::from(hash.as_bytes()[0]) / 255;
    now + delta((wait + spread).max(retry_after.unwrap_or_default().min(LONGEST)))
}

/// The first instant from `at` on that a feed doesn't name as quiet.
fn awake(at: DateTime<Utc>, rhythm: &Rhythm) -> DateTime<Utc> {
    let is_quiet = |at: DateTime<Utc>| {
        rhythm.skip_days.contains(&at.weekday())
            || u8::try_from(at.hour()).is_ok_and(|hour| rhythm.skip_hours.contains(&hour))
    };
    let mut awake = at;
    // A feed that is quiet all week is asked all the same.
    for _ in 0..24 * 7 {
        if !is_quiet(awake) {
            return awake;
        }
        let hour = awake.with_minute(0).and_then(|at| at.with_second(0));
        awake = hour.unwrap_or(awake) + TimeDelta::hours(1);
    }
    at
}

fn delta(span: Duration) -> TimeDelta {
    TimeDelta::from_std(span).unwrap_or(TimeDelta::days(7))
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-03-02T12:00:00Z".parse().expect("a Monday")
    }

    fn wait(every: Option<u64>, said: &Rhythmic) -> i64 {
        let every = every.map(|minutes| Duration::from_secs(minutes * 60));
        (after_answer(noon(), every, said) - noon()).num_minutes()
    }

    fn known() -> Rhythmic {
        Rhythmic { has_validators: true, ..Rhythmic::default() }
    }

    #[test]
    fn an_hour_unless_somebody_says_otherwise_and_a_day_without_validators() {
        assert_eq!(wait(None, &known()), 60);
        assert_eq!(wait(None, &Rhythmic::default()), 24 * 60);
        assert_eq!(wait(Some(15), &known()), 15);
        let quarter = Rhythmic { lifetime: Some(Duration::from_mins(15)), ..known() };
        assert_eq!(wait(None, &quarter), 15);
        let never = Rhythmic { lifetime: Some(Duration::ZERO), ..known() };
        assert_eq!(wait(None, &never), 60);
    }

    #[test]
    fn a_source_that_asks_for_longer_gets_longer() {
        let ttl = |minutes| Rhythmic {
            rhythm: Rhythm { ttl_minutes: Some(minutes), ..Rhythm::default() },
            ..known()
        };
        assert_eq!(wait(Some(15), &ttl(90)), 90);
        assert_eq!(wait(Some(15), &ttl(5)), 15);
        assert_eq!(wait(None, &ttl(u64::MAX)), 7 * 24 * 60);
        assert_eq!(wait(None, &ttl(1)), 5);
    }

    #[test]
    fn a_source_that_brings_nothing_new_is_asked_less_often_unless_it_is_set() {
        let quiet = |times| Rhythmic { quiet: times, ..known() };
        assert_eq!(wait(None, &quiet(5)), 60);
        assert_eq!(wait(None, &quiet(6)), 120);
        assert_eq!(wait(None, &quiet(600)), 24 * 60);
        assert_eq!(wait(Some(15), &quiet(600)), 15);
    }

    #[test]
    fn quiet_hours_and_days_are_passed_over() {
        let rhythm = Rhythm { skip_hours: vec![13, 14], ..Rhythm::default() };
        let next = after_answer(noon(), None, &Rhythmic { rhythm, ..known() });
        assert_eq!(next.to_rfc3339(), "2026-03-02T15:00:00+00:00");
        let rhythm = Rhythm { skip_days: vec![Weekday::Mon, Weekday::Tue], ..Rhythm::default() };
        let next = after_answer(noon(), None, &Rhythmic { rhythm, ..known() });
        assert_eq!(next.to_rfc3339(), "2026-03-04T00:00:00+00:00");
        let rhythm = Rhythm { skip_hours: (0..24).collect(), ..Rhythm::default() };
        assert_eq!(wait(None, &Rhythmic { rhythm, ..known() }), 60);
    }

    #[test]
    fn faults_double_the_time_up_to_a_day_and_retry_after_is_held_to() {
        let wait = |failures, retry: Option<u64>| {
            let retry = retry.map(Duration::from_secs);
            let every = Some(Duration::from_mins(10));
            (after_fault(noon(), every, failures, retry, "wire") - noon()).num_minutes()
        };
        assert!((10..=11).contains(&wait(1, None)));
        assert!((40..=44).contains(&wait(3, None)));
        assert!((24 * 60..=24 * 60 + 144).contains(&wait(60, None)));
        assert_eq!(wait(1, Some(7200)), 120);
        assert_eq!(wait(1, Some(u64::MAX)), 7 * 24 * 60);
    }
}
