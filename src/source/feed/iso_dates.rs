//! Days in the forms of ISO 8601: by month, by week, by the number in the year; with hyphens or
//! without.
//!
//! # Limits
//! - No years of two digits: `03-12-31` may be read in three ways.

use chrono::{NaiveDate, Weekday};

use super::date_words;

/// A day that begins with its year (ISO 8601 §5.2), and what follows.
pub(super) fn day(text: &str) -> Option<(NaiveDate, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let year: i32 = text.get(..4)?.parse().ok().filter(|_| digits >= 4)?;
    let bytes = text.as_bytes();
    let (day, end) = match (digits, bytes.get(4)) {
        (8, _) => (NaiveDate::from_ymd_opt(year, number(4, 6)?, number(6, 8)?)?, 8),
        (7, _) => (NaiveDate::from_yo_opt(year, number(4, 7)?)?, 7),
        (4, None) => (NaiveDate::from_ymd_opt(year, 1, 1)?, 4),
        (4, Some(b'W' | b'w')) => week_day(text, year, 5)?,
        (4, Some(sign @ (b'-' | b'/' | b'.'))) => {
            if matches!(bytes.get(5), Some(b'W' | b'w')) {
                week_day(text, year, 6)?
            } else {
                day_of_year(text, year, *sign)?
            }
        }
        _ => return None,
    };
    Some((day, &text[end..]))
}

/// `T103000+01` with the colons that ISO 8601 lets one leave out.
pub(super) fn with_colons(text: &str) -> String {
    let Some(time) = text.strip_prefix(['T', 't', '_']) else { return text.to_owned() };
    let digits = time.bytes().take_while(u8::is_ascii_digit).count();
    let (clock, rest) = time.split_at(digits);
    match digits {
        2 if !rest.starts_with(':') => format!("{clock}:00{rest}"),
        4 => format!("{}:{}{rest}", &clock[..2], &clock[2..]),
        6 => format!("{}:{}:{}{rest}", &clock[..2], &clock[2..4], &clock[4..]),
        _ => time.to_owned(),
    }
}

fn week_day(text: &str, year: i32, at: usize) -> Option<(NaiveDate, usize)> {
    let week = text.get(at..at + 2)?.parse().ok()?;
    let behind = at + 2;
    let mut end = behind;
    let mut day = Weekday::Mon;
    let rest = text.get(behind..)?;
    let sign = usize::from(rest.starts_with('-'));
    if let Some(number @ b'1'..=b'7') = rest.as_bytes().get(sign) {
        day = Weekday::try_from(number - b'1').ok()?;
        end = behind + sign + 1;
    }
    Some((NaiveDate::from_isoywd_opt(year, week, day)?, end))
}

/// `2026-11-23`, `2026-1-3`, `2026-327`, `2026-11`.
fn day_of_year(text: &str, year: i32, sign: u8) -> Option<(NaiveDate, usize)> {
    let digits = |from: usize| {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let number = |from: usize, length: usize| text.get(from..from + length)?.parse::<u32>().ok();
    let first = digits(5);
    if first == 3 {
        return Some((NaiveDate::from_yo_opt(year, number(5, 3)?)?, 8));
    }
    // `2004-július-13`
    let word = text[5..].split(char::from(sign)).next().filter(|_| first == 0);
    let (month, end) = match word {
        Some(word) => (date_words::month(word)?, 5 + word.len()),
        None if first <= 2 => (number(5, first)?, 5 + first),
        None => return None,
    };
    if text.as_bytes().get(end) != Some(&sign) {
        // With something behind it that is no day.
        let alone = text[end..].starts_with(['T', 't', ' ', 'Z']) || text.len() == end;
        return alone
            .then(|| NaiveDate::from_ymd_opt(year, month, 1))
            .flatten()
            .map(|it| (it, end));
    }
    let second = digits(end + 1);
    if !(1..=2).contains(&second) {
        return None;
    }
    let day = NaiveDate::from_ymd_opt(year, month, number(end + 1, second)?)?;
    Some((day, end + 1 + second))
}
