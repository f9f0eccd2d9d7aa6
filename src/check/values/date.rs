//! Dates of RSS (RFC 822), Atom (RFC 3339) and Dublin Core (W3CDTF).

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use regex::{Captures, Regex};

use super::address::regex;
use crate::check::rules::{self, Rule};

/// Longer texts are no dates.
const LONGEST: usize = 200;
/// There were no feeds before.
const FIRST_YEAR: i32 = 1990;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

static RFC_2822: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"^(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d\d?) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (\d\d\d\d) (\d\d):(\d\d)(?::(\d\d))? ([+-]?\d\d[03]0|UT|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|Z)$",
    )
});
static RFC_822: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"^(?i)(?:(mon|tue|wed|thu|fri|sat|sun)\s*,\s*)?(\d\d?)\s+(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\s+(\d\d(?:\d\d)?)\s+(\d\d):(\d\d)(?::(\d\d))?\s+([+-]\d\d\d\d|ut|gmt|est|edt|cst|cdt|mst|mdt|pst|pdt|[a-ik-z])?$",
    )
});
static ISO: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"^(\d\d\d\d)(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d*)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$",
    )
});
static COMMENT: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"\([^(]*?\)"));
static ESCAPED: LazyLock<Option<Regex>> = LazyLock::new(|| regex(r"\\."));

/// What a date of ISO 8601 must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Iso {
    /// Everything (RFC 3339).
    Full,
    /// A zone, where there is a time (W3CDTF).
    Zoned,
    /// Nothing beyond the year.
    Any,
}

/// What is wrong with a date of RSS, if anything is.
pub(in crate::check) fn rfc822(value: &str, now: Option<DateTime<Utc>>) -> Option<&'static Rule> {
    if value.len() > LONGEST {
        return Some(&rules::DATE_RFC822);
    }
    if let Some(parts) = RFC_2822.as_ref().and_then(|it| it.captures(value)) {
        let Some(day) = rfc822_day(&parts) else { return Some(&rules::DATE_RFC822) };
        if parts.get(1).is_some_and(|name| name.as_str() != day.format("%a").to_string()) {
            return Some(&rules::DATE_WEEKDAY);
        }
        return is_implausible(day, now).then_some(&rules::DATE_IMPLAUSIBLE);
    }
    let mut plain =
        ESCAPED.as_ref().map_or(value.into(), |it| it.replace_all(value, "")).into_owned();
    while let Some(found) = COMMENT.as_ref().and_then(|it| it.find(&plain)).map(|it| it.range()) {
        plain.replace_range(found, " ");
    }
    match RFC_822.as_ref().and_then(|it| it.captures(plain.trim())) {
        Some(parts) if rfc822_day(&parts).is_some() => Some(&rules::DATE_UNUSUAL),
        _ => Some(&rules::DATE_RFC822),
    }
}

/// What is wrong with a date in a form of ISO 8601, if anything is.
pub(in crate::check) fn iso(
    value: &str,
    form: Iso,
    now: Option<DateTime<Utc>>,
) -> Option<&'static Rule> {
    let wrong = match form {
        Iso::Full => &rules::DATE_RFC3339,
        Iso::Zoned | Iso::Any => &rules::DATE_W3C,
    };
    let Some(parts) = ISO.as_ref().and_then(|it| it.captures(value)) else { return Some(wrong) };
    let has = |group| parts.get(group).is_some();
    let is_complete = match form {
        Iso::Full => has(6) && has(7),
        Iso::Zoned => !has(4) || has(7),
        Iso::Any => true,
    };
    let number = |group| parts.get(group).map_or(0, |it| it.as_str().parse().unwrap_or(u32::MAX));
    let year = i32::try_from(number(1)).unwrap_or_default();
    let day = NaiveDate::from_ymd_opt(
        year,
        number(2).max(u32::from(!has(2))),
        number(3).max(u32::from(!has(3))),
    );
    let Some(day) = day.filter(|_| is_complete && is_time(number(4), number(5), number(6))) else {
        return Some(wrong);
    };
    is_implausible(day, now).then_some(&rules::DATE_IMPLAUSIBLE)
}

/// The instant of a date of RSS.
pub(in crate::check) fn instant(value: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(value).or_else(|_| DateTime::parse_from_rfc3339(value));
    date.ok().map(|date| date.to_utc())
}

fn rfc822_day(parts: &Captures<'_>) -> Option<NaiveDate> {
    let number = |group| parts.get(group).map_or(Some(0), |it| it.as_str().parse::<u32>().ok());
    let month = parts.get(3)?.as_str().to_ascii_lowercase();
    let month = MONTHS.iter().position(|known| *known == month)?;
    let year = i32::try_from(number(4)?).ok()?;
    let year = match (parts.get(4)?.len(), year) {
        (2, 50..) => year + 1900,
        (2, _) => year + 2000,
        _ => year,
    };
    let month = u32::try_from(month).ok()? + 1;
    let day = NaiveDate::from_ymd_opt(year, month, number(2)?)?;
    is_time(number(5)?, number(6)?, number(7)?).then_some(day)
}

/// Leap seconds included.
fn is_time(hour: u32, minute: u32, second: u32) -> bool {
    hour < 24 && minute < 60 && second <= 60
}

/// Whether the day lies beyond tomorrow, whatever the zone, or before all feeds.
fn is_implausible(day: NaiveDate, now: Option<DateTime<Utc>>) -> bool {
    let is_ahead = now.is_some_and(|now| day > (now + Duration::days(1)).date_naive());
    day.year() < FIRST_YEAR || is_ahead
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(rule: Option<&'static Rule>) -> &'static str {
        rule.map_or("", |rule| rule.id)
    }

    #[test]
    fn dates_of_rss_are_judged() {
        let now = DateTime::from_timestamp(1_800_000_000, 0);
        for (date, expected) in [
            ("Sat, 07 Sep 2002 09:42:31 GMT", ""),
            ("7 Sep 2002 09:42 +0000", ""),
            ("Sun, 07 Sep 2002 09:42:31 GMT", "date/weekday"),
            ("Sat, 07 Sep 02 09:42:31 GMT", "date/rfc822-unusual"),
            ("sat, 07 sep 2002 (a (b)) 09:42:31 gmt", "date/rfc822-unusual"),
            ("Sat, 31 Sep 2002 09:42:31 GMT", "date/rfc822"),
            ("Sat, 07 Sep 2002 24:42:31 GMT", "date/rfc822"),
            ("2002-09-07", "date/rfc822"),
            ("", "date/rfc822"),
            ("Fri, 01 Jan 2027 00:00:00 GMT", ""),
            ("Wed, 01 Jan 2070 00:00:00 GMT", "date/implausible"),
            ("Thu, 01 Jan 1970 00:00:00 GMT", "date/implausible"),
        ] {
            assert_eq!(id(rfc822(date, now)), expected, "{date}");
        }
    }

    #[test]
    fn dates_of_atom_and_dublin_core_are_judged() {
        for (date, full, zoned) in [
            ("2003-12-13T18:30:02Z", "", ""),
            ("2003-12-13T18:30:02.25+01:00", "", ""),
            ("2003-12-13T18:30Z", "date/rfc3339", ""),
            ("2003-12-13T18:30:02", "date/rfc3339", "date/w3c"),
            ("2003-12-13", "date/rfc3339", ""),
            ("2003", "date/rfc3339", ""),
            ("2003-02-30T18:30:02Z", "date/rfc3339", "date/w3c"),
            ("2003-12-13 18:30:02Z", "date/rfc3339", "date/w3c"),
            ("2003-13", "date/rfc3339", "date/w3c"),
        ] {
            assert_eq!(id(iso(date, Iso::Full, None)), full, "{date}");
            assert_eq!(id(iso(date, Iso::Zoned, None)), zoned, "{date}");
        }
    }
}
