//! Dates as feeds have them.
//!
//! # Promises
//! - The clock is never read, and nothing is made up: what names no day of a year is no date, but
//!   for a year alone and a year with a month, which W3CDTF allows.
//! - A date without a zone, or with one that nobody knows, is read as UTC; one in Korean as of
//!   Korea.
//! - A date that could be read in two ways (`01/02/2026`) is none; with dots the day comes first.
//!
//! # Limits
//! - Years 1000 to 9998: the others stand for "never" in some programs.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::{
    date_words,
    element::Element,
    iso_dates,
    space::Space::{self, DublinCore, DublinTerms},
};
use crate::text::one_line;

/// No date is longer.
const LONGEST: usize = 100;

/// The dates of an entry or a feed.
pub(super) struct Dates<'a> {
    element: &'a Element,
    /// The first that can't be read.
    pub(super) unread: Option<String>,
}

impl<'a> Dates<'a> {
    pub(super) fn of(element: &'a Element) -> Self {
        Self { element, unread: None }
    }

    /// When it became public.
    pub(super) fn published(&mut self) -> Option<DateTime<Utc>> {
        self.core(&["pubDate", "published", "issued"])
            .or_else(|| self.first(DublinCore, &["date"]))
            .or_else(|| self.first(DublinTerms, &["issued", "date", "created"]))
            .or_else(|| self.core(&["created"]))
    }

    /// When it was changed.
    pub(super) fn updated(&mut self) -> Option<DateTime<Utc>> {
        self.core(&["updated", "modified"])
            .or_else(|| self.first(DublinTerms, &["modified"]))
            // CDF
            .or_else(|| self.noted(self.element.attribute("lastmod")?))
    }

    /// When it stops being public: RSS 0.93, or the end of a DCMI period.
    pub(super) fn expires(&mut self) -> Option<DateTime<Utc>> {
        self.core(&["expirationDate"]).or_else(|| {
            let valid = self.element.text_of(DublinTerms, "valid")?;
            let parts = valid.split(';').filter_map(|part| part.split_once('='));
            let (_, end) = parts.into_iter().find(|(name, _)| name.trim() == "end")?;
            read(end)
        })
    }

    /// The first of these of RSS or Atom that can be read.
    pub(super) fn core(&mut self, names: &[&str]) -> Option<DateTime<Utc>> {
        names.iter().find_map(|name| self.noted(&self.element.core_text(name)?))
    }

    /// The first of these of `space` that can be read.
    pub(super) fn first(&mut self, space: Space, names: &[&str]) -> Option<DateTime<Utc>> {
        names.iter().find_map(|name| self.noted(&self.element.text_of(space, name)?))
    }

    fn noted(&mut self, written: &str) -> Option<DateTime<Utc>> {
        let date = read(written);
        if date.is_none() && self.unread.is_none() {
            self.unread = Some(one_line(written).chars().take(LONGEST).collect());
        }
        date
    }
}

/// The instant that `written` names, if it names one.
pub(in crate::source) fn read(written: &str) -> Option<DateTime<Utc>> {
    let written = written.trim();
    if written.len() > LONGEST {
        return None;
    }
    let date = match DateTime::parse_from_rfc3339(written)
        .or_else(|_| DateTime::parse_from_rfc2822(written))
    {
        Ok(date) => date.with_timezone(&Utc),
        Err(_) => Written::read(written).or_else(|| epoch(written))?,
    };
    (1000..=9998).contains(&date.year()).then_some(date)
}

/// Seconds since 1970, as some programs write them.
fn epoch(written: &str) -> Option<DateTime<Utc>> {
    let digits = written.len() == 10 && written.bytes().all(|byte| byte.is_ascii_digit());
    DateTime::from_timestamp(written.parse().ok().filter(|_| digits)?, 0)
}

/// What stands in a date, as it is found.
#[derive(Default)]
struct Written {
    date: Option<NaiveDate>,
    day: Option<u32>,
    month: Option<u32>,
    year: Option<i32>,
    time: Option<NaiveTime>,
    /// `24:00` is the midnight that ends a day.
    next_day: bool,
    /// `pm` adds to the hour.
    half: Option<Half>,
    zone: Option<Zone>,
}

#[derive(Clone, Copy, PartialEq)]
enum Half {
    Morning,
    Afternoon,
}

#[derive(Clone, Copy)]
enum Zone {
    Fixed(FixedOffset),
    Named(Tz),
}

impl Written {
    fn read(text: &str) -> Option<DateTime<Utc>> {
        let mut written = Self::default();
        let text = unified(text);
        let text = match iso_dates::day(&text) {
            Some((day, rest)) => {
                written.date = Some(day);
                iso_dates::with_colons(rest)
            }
            None => text,
        };
        let mut month_is_next = false;
        for word in text.split(|letter: char| letter.is_whitespace() || letter == ',') {
            let word = word.trim_matches(['(', ')', '[', ']', '"']);
            if word.is_empty() {
                continue;
            }
            // `23 tháng 11, 2026`
            if month_is_next && let Ok(number) = word.parse() {
                written.month = Some(number);
                month_is_next = false;
                continue;
            }
            month_is_next = matches!(word.to_lowercase().as_str(), "tháng" | "thg");
            written.word(word)?;
        }
        written.instant()
    }

    /// None where the word can't stand in a date.
    fn word(&mut self, word: &str) -> Option<()> {
        let first = word.chars().next()?;
        if first.is_ascii_digit() {
            return self.number(word);
        }
        if matches!(first, '+' | '-' | '−')
            && let Some(offset) = offset(word)
        {
            self.zone.get_or_insert(Zone::Fixed(offset));
            return Some(());
        }
        // `2026-11-23 T10:00`
        if let Some(time) = word.strip_prefix(['T', 't'])
            && time.starts_with(|it: char| it.is_ascii_digit())
        {
            return self.number(time);
        }
        let bare = word.trim_end_matches('.');
        match bare.replace('.', "").to_lowercase().as_str() {
            "am" | "오전" => self.half = Some(Half::Morning),
            "pm" | "오후" => self.half = Some(Half::Afternoon),
            _ => self.name(bare),
        }
        Some(())
    }

    /// A month, a zone, or a word that says nothing: a week day, `de`, `klo`.
    fn name(&mut self, word: &str) {
        // `Nov-23-2026`, `Nov/23`
        let month = word.split(['-', '/']).next().and_then(date_words::month);
        if self.date.is_none() && self.time.is_none() && month.is_some() {
            // A week day may look like a month; the month comes after it.
            self.month = month;
            for part in word.split(['-', '/']).skip(1) {
                let _ = self.number(part);
            }
            return;
        }
        if self.zone.is_some() || (self.time.is_none() && self.date.is_none()) {
            return;
        }
        let after_name = ["UTC", "GMT", "Etc/"].iter().find_map(|name| {
            let (head, rest) = word.split_at_checked(name.len())?;
            head.eq_ignore_ascii_case(name).then_some(rest)
        });
        self.zone = date_words::zone(word)
            .or_else(|| after_name.and_then(offset))
            .or_else(|| after_name.and_then(date_words::zone))
            .map(Zone::Fixed)
            .or_else(|| word.parse().ok().map(Zone::Named));
    }

    /// A day, a year, a time, or several in one word.
    fn number(&mut self, word: &str) -> Option<()> {
        if word.contains(':') {
            return self.clock(word);
        }
        let parts: Vec<&str> = word.trim_end_matches('.').split(['-', '/', '.']).collect();
        if let [one, two, three] = parts[..] {
            return self.three(word, one, two, three);
        }
        if let [one, two] = parts[..]
            && date_words::month(two).is_some()
        {
            self.number(one)?;
            self.month = date_words::month(two);
            return Some(());
        }
        let digits = word.len() - word.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let (digits, suffix) = word.split_at(digits);
        if suffix.eq_ignore_ascii_case("am") || suffix.eq_ignore_ascii_case("pm") {
            self.time = NaiveTime::from_hms_opt(digits.parse().ok()?, 0, 0);
            return self.word(suffix);
        }
        if !suffix.chars().all(|it| it.is_alphabetic() || matches!(it, '.' | 'º' | 'ª' | '°')) {
            return None;
        }
        match digits.len() {
            1 | 2 if self.day.is_none() && self.date.is_none() => self.day = digits.parse().ok(),
            1.. if self.year.is_none() && self.date.is_none() => self.year = Some(year(digits)?),
            _ => {}
        }
        Some(())
    }

    /// `23-Nov-2026`, `23.11.2026`, `2026/11/23`, or `13/01/2026`, which can be told apart.
    fn three(&mut self, word: &str, one: &str, two: &str, three: &str) -> Option<()> {
        if let Some(month) = date_words::month(two) {
            self.month = Some(month);
            // `2004-július-13`
            let (day, number) = if one.len() == 4 { (three, one) } else { (one, three) };
            self.day = day.parse().ok();
            self.year = Some(year(number)?);
            return Some(());
        }
        let (first, second) = (one.parse().ok()?, two.parse().ok()?);
        if one.len() == 4 {
            self.date = NaiveDate::from_ymd_opt(one.parse().ok()?, second, three.parse().ok()?);
            return self.date.map(|_| ());
        }
        if three.len() != 4 {
            return None;
        }
        let (day, month) = if word.contains('.') || first > 12 || first == second {
            (first, second)
        } else if second > 12 {
            (second, first)
        } else {
            return None;
        };
        (self.day, self.month, self.year) = (Some(day), Some(month), Some(year(three)?));
        Some(())
    }

    /// `15:00`, `15:00:00.5-06:00`, `3:04pm`.
    fn clock(&mut self, word: &str) -> Option<()> {
        let is_clock = |it: char| it.is_ascii_digit() || matches!(it, ':' | '.' | ',');
        let end = word.find(|it: char| !is_clock(it)).unwrap_or(word.len());
        let (clock, rest) = word.split_at(end);
        let clock = clock.trim_end_matches(['.', ',']);
        let (whole, fraction) = clock.split_once(['.', ',']).unwrap_or((clock, ""));
        let mut parts = whole.split(':').map(|part| part.parse::<u32>().ok());
        let (hour, minute) = (parts.next()??, parts.next()??);
        let second = parts.next().unwrap_or(Some(0))?;
        let fraction: String = fraction.chars().take(9).collect();
        let nanos = format!("{fraction:0<9}").parse().unwrap_or(0);
        self.next_day = (hour, minute, second) == (24, 0, 0);
        let hour = if self.next_day { 0 } else { hour };
        // A leap second is the last second of its minute.
        let second = if second == 60 { 59 } else { second };
        self.time = Some(NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?);
        if rest.is_empty() { Some(()) } else { self.word(rest) }
    }

    fn instant(&self) -> Option<DateTime<Utc>> {
        let date = match self.date {
            Some(date) => date,
            None => NaiveDate::from_ymd_opt(self.year?, self.month?, self.day.unwrap_or(1))?,
        };
        let mut time = self.time.unwrap_or(NaiveTime::MIN);
        let hour = chrono::Timelike::hour(&time);
        time = match self.half {
            Some(Half::Afternoon) if hour < 12 => time + TimeDelta::hours(12),
            Some(Half::Morning) if hour == 12 => time - TimeDelta::hours(12),
            _ => time,
        };
        let mut local = date.and_time(time);
        if self.next_day {
            local = local.checked_add_signed(TimeDelta::days(1))?;
        }
        match self.zone {
            None => Some(local.and_utc()),
            Some(Zone::Fixed(offset)) => {
                offset.from_local_datetime(&local).single().map(|date| date.with_timezone(&Utc))
            }
            Some(Zone::Named(zone)) => {
                let hour_later = || local.checked_add_signed(TimeDelta::hours(1));
                let found = zone.from_local_datetime(&local).earliest();
                found
                    .or_else(|| zone.from_local_datetime(&hour_later()?).earliest())
                    .map(|date| date.with_timezone(&Utc))
            }
        }
    }
}

/// Dates of East Asia with their signs made hyphens, and those of Korea with its zone.
fn unified(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let korean = text.contains(['년', '오']);
    let mut text = text.replace(['年', '년', '月', '월'], "-").replace(['日', '일'], " ");
    if text.contains("- ") {
        text = text.replace("- ", "-");
    }
    if korean {
        text.push_str(" KST");
    }
    text
}

/// A year of four digits, or of two (RFC 2822 §4.3).
fn year(digits: &str) -> Option<i32> {
    let number: i32 = digits.parse().ok()?;
    match digits.len() {
        2 if number < 50 => Some(2000 + number),
        2 | 3 => Some(1900 + number),
        4 => Some(number),
        _ => None,
    }
}

/// `+0100`, `-05:00`, `+1`, `−3`.
fn offset(text: &str) -> Option<FixedOffset> {
    let (sign, digits) = match text.chars().next()? {
        '+' => (1, &text[1..]),
        '-' => (-1, &text[1..]),
        '−' => (-1, &text['−'.len_utf8()..]),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|letter| *letter != ':').take(5).collect();
    if !matches!(digits.len(), 1..=4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours = if digits.len() == 3 { 1 } else { digits.len().min(2) };
    let (hours, minutes) = digits.split_at(hours);
    let hours: i32 = hours.parse().ok()?;
    let minutes: i32 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)).filter(|_| minutes < 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_odd_forms_are_read() {
        for (written, wanted) in [
            ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00"),
            ("2026-11-23T10:00:00.123+01:00", "2026-11-23T09:00:00"),
            ("20261123T100000Z", "2026-11-23T10:00:00"),
            ("2026-327T10:00Z", "2026-11-23T10:00:00"),
            ("2026327", "2026-11-23T00:00:00"),
            ("2026-W48-1", "2026-11-23T00:00:00"),
            ("2026W48", "2026-11-23T00:00:00"),
            ("2026-11", "2026-11-01T00:00:00"),
            ("2026", "2026-01-01T00:00:00"),
            ("2026-11-23T24:00:00Z", "2026-11-24T00:00:00"),
            ("2026-11-23 10:00:00", "2026-11-23T10:00:00"),
            ("2026-11-23T10:00", "2026-11-23T10:00:00"),
            ("2026-11-23 10:00:00 -0500", "2026-11-23T15:00:00"),
            ("2026/11/23 10:00:00 +0000 UTC", "2026-11-23T10:00:00"),
            ("2026-11-23 10:00 America/Bogota", "2026-11-23T15:00:00"),
            ("Mon, 23 Nov 2026 10:00:00 GMT", "2026-11-23T10:00:00"),
            ("Mon, 23 Nov 2026 10:00 PDT", "2026-11-23T17:00:00"),
            ("Mon,23 Nov 2026 10:00:00 UT", "2026-11-23T10:00:00"),
            // The week day is wrong.
            ("Tue, 23 Nov 2026 10:00:00 +0000", "2026-11-23T10:00:00"),
            ("Mon, 3 Nov 2026 1:00:00 Z", "2026-11-03T01:00:00"),
            ("Mon, 23 Nov 2026 10:00:00 CET", "2026-11-23T09:00:00"),
            ("Mon, 23 Nov 2026 10:00:00 CEST", "2026-11-23T08:00:00"),
            ("Mon, 23 Nov 2026 10:00:00 GMT-05:00", "2026-11-23T15:00:00"),
            ("Mon, 23 Nov 2026 10:00:00 -0600 (CST)", "2026-11-23T16:00:00"),
            ("Mon, 23 Nov 2026 10:00:00 nowhere", "2026-11-23T10:00:00"),
            ("23 Nov 2026 10:00:00 IST", "2026-11-23T04:30:00"),
            ("23-Nov-2026 10:00:00", "2026-11-23T10:00:00"),
            ("November 23, 2026 3:04 pm", "2026-11-23T15:04:00"),
            ("November 23rd, 2026 at 12:04 a.m. UTC", "2026-11-23T00:04:00"),
            ("23.11.2026", "2026-11-23T00:00:00"),
            ("23.11.2026 10:00", "2026-11-23T10:00:00"),
            ("1.2.2026", "2026-02-01T00:00:00"),
            ("11/23/2026 10:00:00 AM", "2026-11-23T10:00:00"),
            ("23/11/2026", "2026-11-23T00:00:00"),
            ("Mon Nov 23 10:00:00 2026", "2026-11-23T10:00:00"),
            ("Mon Nov 23 10:00:00 CET 2026", "2026-11-23T09:00:00"),
            ("Sat, 07 Sep 02 00:00:01 GMT", "2002-09-07T00:00:01"),
            ("Sat, 07 Sep 99 00:00:01 GMT", "1999-09-07T00:00:01"),
            ("Mo, 23 Nov 2026 10:00:00 +0100", "2026-11-23T09:00:00"),
            ("1518478934", "2018-02-12T23:42:14"),
            ("1969-07-20T20:17:40Z", "1969-07-20T20:17:40"),
        ] {
            let read = read(written).map(|date| date.format("%Y-%m-%dT%H:%M:%S").to_string());
            assert_eq!(read.as_deref(), Some(wanted), "{written}");
        }
    }

    #[test]
    fn months_are_known_in_the_languages_of_feeds() {
        for (written, wanted) in [
            ("martes, 13 de enero de 2026", "2026-01-13T00:00:00"),
            ("mar., 13 janv. 2026", "2026-01-13T00:00:00"),
            ("3 de março de 2026 10:00", "2026-03-03T10:00:00"),
            ("1er août 2026", "2026-08-01T00:00:00"),
            ("Mo, 7. März 2026 10:00:00 +0100", "2026-03-07T09:00:00"),
            ("do, 28 mei 2026 10:00:00 +0200", "2026-05-28T08:00:00"),
            ("fredag 15 maj 2026", "2026-05-15T00:00:00"),
            ("11 giugno 2026", "2026-06-11T00:00:00"),
            ("Пн, 23 ноября 2026 10:00:00 +0300", "2026-11-23T07:00:00"),
            ("Κυρ, 11 Ιούλ 2004 12:00:00 EST", "2004-07-11T17:00:00"),
            ("2004-július-13T9:15-05:00", "2004-07-13T14:15:00"),
            ("2004년 05월 28일  01:31:15", "2004-05-27T16:31:15"),
            ("2004-05-25 오후 11:23:17", "2004-05-25T14:23:17"),
            ("2026年11月23日 10:00", "2026-11-23T10:00:00"),
            ("Thứ hai, 23 tháng 11 2026 10:00:00 +0700", "2026-11-23T03:00:00"),
        ] {
            let read = read(written).map(|date| date.format("%Y-%m-%dT%H:%M:%S").to_string());
            assert_eq!(read.as_deref(), Some(wanted), "{written}");
        }
    }

    #[test]
    fn what_names_no_instant_gives_none() {
        let long = "1".repeat(10_000);
        for written in [
            "",
            "soon",
            "01/02/2026",
            "99.99.2026",
            "+",
            "é.é.éééé",
            "éééé-1",
            &long,
            "23",
            "10:00",
            "2026-13-01",
            "2026-02-30",
            "2026-11-23 25:00",
            "0000-00-00",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "-2026-01-01",
            "November 23",
            "03-12-31",
            "2026-W99-1",
            "2026-400",
            "1 2 3 4",
            "é년",
            "2026-é",
        ] {
            assert_eq!(read(written), None, "{written}");
        }
    }
}
