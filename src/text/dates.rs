//! Dates as people and programs write them.
//!
//! # Promises
//! - The clock is never read: a date without a time is midnight in the given zone.
//! - A time that the zone skips is moved forward by the gap; one that it has twice is the earlier.
//! - A date that could be read in two ways is refused.
//!
//! # Limits
//! - Years 1000 to 9999; month names in English, Spanish and Portuguese.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::date_words::{Zone, is_filler, month_named, zone_named};

/// A date that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no date: {reason}")]
pub struct DateError {
    text: String,
    reason: &'static str,
}

/// Reads a date; what doesn't name its zone is read in `zone`.
pub fn read_date(text: &str, zone: Tz) -> Result<DateTime<Utc>, DateError> {
    let fault = |reason| {
        let text: String = text.trim().chars().take(60).collect();
        DateError { text, reason }
    };
    let written = Written::read(text.trim()).map_err(fault)?;
    let date = written.instant(zone).ok_or_else(|| fault("there is no such day or time"))?;
    if !(1000..=9999).contains(&date.year()) {
        return Err(fault("its year is not between 1000 and 9999"));
    }
    Ok(date)
}

/// Day and time as they are written, whatever the zone.
pub fn written_time(text: &str) -> Option<NaiveDateTime> {
    let written = Written::read(text.trim()).ok()?;
    Some(written.day?.and_time(written.time.unwrap_or(NaiveTime::MIN)))
}

/// What stands in a date.
#[derive(Debug, Default)]
struct Written {
    day: Option<NaiveDate>,
    time: Option<NaiveTime>,
    zone: Option<Zone>,
}

impl Written {
    fn read(text: &str) -> Result<Self, &'static str> {
        if text.len() > 80 {
            return Err("it is too long");
        }
        if text.is_empty() {
            return Err("it is empty");
        }
        let mut written = Self::default();
        let rest = match iso_day(text)? {
            Some((day, rest)) => {
                written.day = Some(day);
                rest
            }
            None => written.day_in_words(text)?,
        };
        written.read_time(rest.trim())?;
        Ok(written)
    }

    /// `Tue, 13 Jan 2026`, `13 January 2026`, `January 13, 2026`, `13 de enero de 2026`: what
    /// follows the year is given back.
    fn day_in_words<'t>(&mut self, text: &'t str) -> Result<&'t str, &'static str> {
        let (mut day, mut month) = (None, None);
        let mut rest = text;
        loop {
            rest = rest.trim_start_matches([' ', ',', '.', '\t']);
            let dashed = day.is_some() || month.is_some();
            rest = if dashed { rest.trim_start_matches(['-', '/']) } else { rest };
            let end = rest.find([' ', ',', '.', '\t', '-', '/']).unwrap_or(rest.len());
            let word = &rest[..end];
            if word.is_empty() {
                return Err("it names no day, month and year");
            }
            let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == 'º');
            if let (Some(day), Some(month)) = (day, month) {
                if word.eq_ignore_ascii_case("de") || word.eq_ignore_ascii_case("del") {
                    rest = &rest[end..];
                    continue;
                }
                let year = year(word)?;
                self.day =
                    Some(NaiveDate::from_ymd_opt(year, month, day).ok_or("there is no such day")?);
                return Ok(&rest[end..]);
            }
            if let Ok(number) = digits.parse::<u32>() {
                let sign = rest[end..].chars().next();
                if matches!(sign, Some('/' | '.' | '-')) && numbers_alone(&rest[end..]) {
                    return Err("day and month can't be told apart");
                }
                if day.is_some() || digits.len() > 2 {
                    return Err("it names no day, month and year");
                }
                day = Some(number);
            } else if let Some(number) = month_named(word) {
                month = Some(number);
            } else if !is_filler(word) {
                return Err("it names no day, month and year");
            }
            rest = &rest[end..];
        }
    }

    /// `15:00`, `15:00:00.5 -0600`, `3:04 pm GMT`.
    fn read_time(&mut self, text: &str) -> Result<(), &'static str> {
        let text = text.trim_start_matches([',', ' ']);
        let text = text.strip_prefix("at ").or(text.strip_prefix("a las ")).unwrap_or(text);
        if text.is_empty() {
            return Ok(());
        }
        let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')));
        let (clock, rest) = text.split_at(end.unwrap_or(text.len()));
        if clock.is_empty() {
            self.zone = Some(zone_named(text)?);
            return Ok(());
        }
        let rest = rest.trim_start();
        let bare = rest.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == '.');
        let half = rest[..rest.len() - bare.len()].replace('.', "").to_ascii_lowercase();
        let (half, rest) = match half.as_str() {
            "am" => (Some(0), bare),
            "pm" => (Some(12), bare),
            _ => (None, rest),
        };
        self.time = Some(clock_time(clock, half).ok_or("there is no such time")?);
        let rest = rest.trim();
        // RFC 2822 may name the zone again in brackets.
        let rest = rest.split(" (").next().unwrap_or(rest).trim();
        if !rest.is_empty() {
            self.zone = Some(zone_named(rest)?);
        }
        Ok(())
    }

    fn instant(&self, zone: Tz) -> Option<DateTime<Utc>> {
        let local = self.day?.and_time(self.time.unwrap_or(NaiveTime::MIN));
        match self.zone.unwrap_or(Zone::Named(zone)) {
            Zone::Fixed(offset) => {
                offset.from_local_datetime(&local).single().map(|date| date.with_timezone(&Utc))
            }
            Zone::Named(zone) => {
                if let Some(date) = zone.from_local_datetime(&local).earliest() {
                    return Some(date.with_timezone(&Utc));
                }
                // In a gap: the offset from before it moves the time forward by the gap.
                [1, 3, 25].iter().find_map(|hours| {
                    let back = TimeDelta::hours(*hours);
                    let before = zone.from_local_datetime(&local.checked_sub_signed(back)?);
                    before.latest()?.with_timezone(&Utc).checked_add_signed(back)
                })
            }
        }
    }
}

/// A day that begins with its year, and what follows.
fn iso_day(text: &str) -> Result<Option<(NaiveDate, &str)>, &'static str> {
    let bytes = text.as_bytes();
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 8 && bytes.len() == 8 {
        let day = NaiveDate::parse_from_str(text, "%Y%m%d").map_err(|_| "there is no such day")?;
        return Ok(Some((day, "")));
    }
    let Some(sign @ (b'-' | b'/' | b'.')) = bytes.get(digits) else {
        return Ok(None);
    };
    if digits != 4 {
        return Ok(None);
    }
    let rest = &text[5..];
    let (month, rest) = number(rest).ok_or("its month is no number")?;
    let rest = rest.strip_prefix(char::from(*sign)).ok_or("it names no day")?;
    let (day, rest) = number(rest).ok_or("its day is no number")?;
    let year = text[..4].parse().map_err(|_| "its year is no number")?;
    let day = NaiveDate::from_ymd_opt(year, month, day).ok_or("there is no such day")?;
    let rest = match rest.as_bytes() {
        [b'T' | b't' | b'_' | b' ' | b',', ..] => &rest[1..],
        [] | [b'Z' | b'z' | b'+', ..] => rest,
        _ => return Err("something follows the day that is no time"),
    };
    Ok(Some((day, rest)))
}

/// One or two digits.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if !(1..=2).contains(&end) {
        return None;
    }
    Some((text[..end].parse().ok()?, &text[end..]))
}

fn year(word: &str) -> Result<i32, &'static str> {
    match (word.len(), word.parse::<i32>()) {
        (4, Ok(year)) => Ok(year),
        _ => Err("its year has not four digits"),
    }
}

/// Whether the next word is a number too: `01/02/2026`.
fn numbers_alone(rest: &str) -> bool {
    let next = rest.trim_start_matches(['/', '.', '-', ' ']);
    next.starts_with(|c: char| c.is_ascii_digit())
}

fn clock_time(clock: &str, half: Option<u32>) -> Option<NaiveTime> {
    let clock = clock.trim_end_matches([',', '.']);
    let (whole, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
    let mut parts = whole.split(':');
    let two = |part: &str| {
        let fits = (1..=2).contains(&part.len());
        if fits { part.parse::<u32>().ok() } else { None }
    };
    let mut hour = two(parts.next()?)?;
    let minute = parts.next().map_or(if half.is_some() { Some(0) } else { None }, two)?;
    let second = parts.next().map_or(Some(0), two)?;
    if parts.next().is_some() {
        return None;
    }
    if let Some(half) = half {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + half;
    }
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    // A leap second is the last second of its minute.
    NaiveTime::from_hms_nano_opt(
        hour,
        minute,
        second.min(if second == 60 { 59 } else { second }),
        nanos,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEXICO: Tz = chrono_tz::America::Mexico_City;
    const NEW_YORK: Tz = chrono_tz::America::New_York;

    fn read(text: &str) -> String {
        match read_date(text, MEXICO) {
            Ok(date) => date.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            Err(fault) => fault.reason.to_owned(),
        }
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        for (text, wanted) in [
            ("2026-01-13T15:00:00Z", "2026-01-13T15:00:00Z"),
            ("2026-01-13T15:00:00.25-06:00", "2026-01-13T21:00:00.250Z"),
            ("2026-01-13", "2026-01-13T06:00:00Z"),
            ("2026-1-3", "2026-01-03T06:00:00Z"),
            ("20260113", "2026-01-13T06:00:00Z"),
            ("2026-01-13 15:00", "2026-01-13T21:00:00Z"),
            ("2026-01-13T15:00", "2026-01-13T21:00:00Z"),
            ("2026-01-13 15:00:00 -0600", "2026-01-13T21:00:00Z"),
            ("2026-01-13 15:00:00.123456 Z", "2026-01-13T15:00:00.123456Z"),
            ("2026-01-13 15:00:00 UTC", "2026-01-13T15:00:00Z"),
            ("2026-01-13 15:00:00+06:00", "2026-01-13T09:00:00Z"),
            ("2026-01-13 15:00 America/Bogota", "2026-01-13T20:00:00Z"),
            ("2026/01/13 15:00:00 +0000 UTC", "its time zone is not known"),
            ("2026/01/13 15:00", "2026-01-13T21:00:00Z"),
            ("Tue, 13 Jan 2026 15:00:00 EST", "2026-01-13T20:00:00Z"),
            ("Tue, 13 Jan 2026 15:00 GMT", "2026-01-13T15:00:00Z"),
            ("13 Jan 2026 15:00:00 -0600 (CST)", "2026-01-13T21:00:00Z"),
            ("13 January 2026", "2026-01-13T06:00:00Z"),
            ("January 13, 2026", "2026-01-13T06:00:00Z"),
            ("January 13, 2026 3:04 pm", "2026-01-13T21:04:00Z"),
            ("Jan. 13th, 2026 at 12:04 a.m. UTC", "2026-01-13T00:04:00Z"),
            ("13 de enero de 2026", "2026-01-13T06:00:00Z"),
            ("13-Jan-2026", "2026-01-13T06:00:00Z"),
            ("3 de março de 2026 10:00", "2026-03-03T16:00:00Z"),
            ("martes, 13 de enero de 2026", "2026-01-13T06:00:00Z"),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_date_that_could_be_two_is_refused_with_a_way_to_write_it() {
        for text in ["01/02/2026", "1.2.2026", "01-02-2026", "13/01/2026 10:00"] {
            let fault = read_date(text, MEXICO).expect_err(text).to_string();
            assert!(fault.contains("can't be told apart"), "{fault}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "soon",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "2026-01-13 25:00",
            "2026-01-13 x",
            "13 January",
            "January 2026",
            "2026-01-13T",
            "12:00",
            "0999-12-31",
            "-2026-01-01",
            "9999-12-31 23:59:59 -0600",
            "1000-01-01T00:00:00+01:00",
            "2026-01-13-05",
            "1 2 3 4",
        ] {
            let read = read_date(text, MEXICO);
            assert!(read.is_err() || text.ends_with('T'), "{text}: {read:?}");
        }
        assert!(read_date(&"1".repeat(100_000), MEXICO).is_err());
    }

    #[test]
    fn a_skipped_time_moves_forward_and_a_double_one_is_the_earlier() {
        let read = |text| read_date(text, NEW_YORK).expect("a date").to_rfc3339();
        assert_eq!(read("2026-03-08 02:30"), "2026-03-08T07:30:00+00:00");
        assert_eq!(read("2026-11-01 01:30"), "2026-11-01T05:30:00+00:00");
        let samoa = read_date("2011-12-30 10:00", chrono_tz::Pacific::Apia).expect("a date");
        assert_eq!(samoa.to_rfc3339(), "2011-12-30T20:00:00+00:00");
    }
}
