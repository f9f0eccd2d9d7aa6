//! Dates as feeds have them.
//!
//! # Promises
//! - The clock is never read. A date without a zone is read as UTC.
//! - A date that could be read in two ways (`01/02/2026`) is none; with dots the day comes first.
//!
//! # Limits
//! - Years 1000 to 9999.

use chrono::{DateTime, Datelike, Utc};

use crate::text::read_date;

/// Zones that mean one thing in feeds, and that `text::read_date` doesn't know.
const ZONES: [(&str, &str); 12] = [
    ("CEST", "+0200"),
    ("EEST", "+0300"),
    ("MSK", "+0300"),
    ("IST", "+0530"),
    ("SGT", "+0800"),
    ("HKT", "+0800"),
    ("JST", "+0900"),
    ("KST", "+0900"),
    ("AEST", "+1000"),
    ("AEDT", "+1100"),
    ("NZST", "+1200"),
    ("NZDT", "+1300"),
];

/// The instant that `written` names, if it names one.
pub(in crate::source) fn read(written: &str) -> Option<DateTime<Utc>> {
    let written = written.trim();
    if written.len() > 80 {
        return None;
    }
    let date = DateTime::parse_from_rfc3339(written)
        .or_else(|_| DateTime::parse_from_rfc2822(written))
        .map(|date| date.with_timezone(&Utc))
        .ok()
        .or_else(|| read_date(written, chrono_tz::UTC).ok())
        .or_else(|| epoch(written))
        .or_else(|| read_date(&rearranged(written), chrono_tz::UTC).ok())?;
    (1000..=9999).contains(&date.year()).then_some(date)
}

/// Seconds since 1970, as some programs write them.
fn epoch(written: &str) -> Option<DateTime<Utc>> {
    let digits = written.len() == 10 && written.bytes().all(|byte| byte.is_ascii_digit());
    DateTime::from_timestamp(written.parse().ok().filter(|_| digits)?, 0)
}

/// Odd forms as `text::read_date` knows them: a week day in any language, a year of two digits or
/// at the end (asctime), `23.11.2026`, a year and a month, a zone named twice.
fn rearranged(written: &str) -> String {
    let mut words: Vec<String> =
        written.replace(',', " ").split_whitespace().map(str::to_owned).collect();
    let is_word =
        |word: &String| word.chars().all(|letter| letter.is_alphabetic() || letter == '.');
    if let [first, second, ..] = &words[..]
        && is_word(first)
        && (written.contains(',') || is_word(second))
    {
        words.remove(0);
    }
    // `Nov 23 10:00:00 CET 2026`
    if let [month, day, time, .., year] = &words[..]
        && is_word(month)
        && time.contains(':')
        && year.len() == 4
        && words.len() <= 5
    {
        let zone = words.get(3).filter(|_| words.len() == 5).cloned().unwrap_or_default();
        words = vec![day.clone(), month.clone(), year.clone(), time.clone(), zone];
    }
    if let [day, month, year, ..] = &mut words[..]
        && day.len() <= 2
        && is_word(month)
        && year.len() == 2
        && let Ok(number) = year.parse::<u32>()
    {
        // RFC 2822 §4.3
        *year = (if number < 50 { 2000 } else { 1900 } + number).to_string();
    }
    if let Some(first) = words.first_mut() {
        let parts: Vec<&str> = first.trim_end_matches('.').split('.').collect();
        if let [day, month, year] = parts[..]
            && year.len() == 4
        {
            *first = format!("{year}-{month}-{day}");
        } else if first.len() == 7 && first.as_bytes()[4] == b'-' {
            first.push_str("-01");
        }
    }
    if let [.., offset, name] = &words[..]
        && offset.starts_with(['+', '-'])
        && is_word(name)
    {
        words.pop();
    }
    if let Some(last) = words.last_mut()
        && let Some((_, offset)) = ZONES.iter().find(|(name, _)| last.eq_ignore_ascii_case(name))
    {
        (*offset).clone_into(last);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_odd_forms_are_read() {
        for (written, wanted) in [
            ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00"),
            ("Mon, 23 Nov 2026 10:00:00 GMT", "2026-11-23T10:00:00"),
            // The week day is wrong.
            ("Tue, 23 Nov 2026 10:00:00 +0000", "2026-11-23T10:00:00"),
            ("Mon, 23 Nov 2026 10:00:00 CET", "2026-11-23T09:00:00"),
            ("Mon, 23 Nov 2026 10:00:00 CEST", "2026-11-23T08:00:00"),
            ("23 Nov 2026 10:00:00 IST", "2026-11-23T04:30:00"),
            ("2026-11-23 10:00:00", "2026-11-23T10:00:00"),
            ("2026-11-23T10:00", "2026-11-23T10:00:00"),
            ("23.11.2026", "2026-11-23T00:00:00"),
            ("23.11.2026 10:00", "2026-11-23T10:00:00"),
            ("Mon Nov 23 10:00:00 2026", "2026-11-23T10:00:00"),
            ("Mon Nov 23 10:00:00 CET 2026", "2026-11-23T09:00:00"),
            ("Sat, 07 Sep 02 00:00:01 GMT", "2002-09-07T00:00:01"),
            ("Sa, 07 Sep 02 00:00:01 GMT", "2002-09-07T00:00:01"),
            ("Mo, 23 Nov 2026 10:00:00 +0100", "2026-11-23T09:00:00"),
            ("2026-11", "2026-11-01T00:00:00"),
            ("1518478934", "2018-02-12T23:42:14"),
            ("2026/11/23 10:00:00 +0000 UTC", "2026-11-23T10:00:00"),
        ] {
            let read = read(written).map(|date| date.format("%Y-%m-%dT%H:%M:%S").to_string());
            assert_eq!(read.as_deref(), Some(wanted), "{written}");
        }
    }

    #[test]
    fn what_names_no_instant_gives_none() {
        let long = "1".repeat(10_000);
        for written in ["", "soon", "01/02/2026", "99.99.2026", "+", "é.é.éééé", "éééé-1", &long]
        {
            assert_eq!(read(written), None, "{written}");
        }
    }
}
