//! Amounts: spans of time, sizes and limits, with their bounds.

use std::time::Duration;

use super::{
    spot::{Faults, Spot},
    written::SizeWritten,
};

/// A century: more than anyone waits, and far from where clocks overflow.
const LONGEST_SECONDS: u64 = 100 * 366 * 86_400;

const LARGEST_LIMIT: i64 = 10_000;

/// A span of time such as `2d`, `36h` or `1h 30m`.
pub(super) fn span(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Duration> {
    let parsed = span_of(written);
    if parsed.is_none() {
        let what = format!("`{written}` is no span of time");
        faults.add_key(at, &what, "write a number and `s`, `m`, `h`, `d` or `w`, such as `36h`");
    }
    parsed
}

fn span_of(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let end = rest.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "s" => 1,
            "m" | "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = rest[end..].trim_start();
    }
    (seconds <= LONGEST_SECONDS).then(|| Duration::from_secs(seconds))
}

/// The shortest text that [`span`] reads back.
pub(super) fn span_text(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let fits = units.iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    fits.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}

/// A number of bytes such as `1MiB`, `500 KB` or `1.5 MB`.
pub(super) fn size(written: &SizeWritten, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<u64> {
    let (parsed, shown) = match written {
        SizeWritten::Bytes(number) => (u64::try_from(*number).ok(), number.to_string()),
        SizeWritten::Text(text) => (size_of(text), text.clone()),
    };
    match parsed {
        None => {
            let what = format!("`{shown}` is no size");
            faults.add_key(at, &what, "write one such as `1MiB`, `500 KB` or a number of bytes");
        }
        Some(bytes) if bytes < 1024 => {
            let what = format!("`{shown}` is less than a feed needs");
            faults.add_key(at, &what, "allow at least `1KiB`, better `100KiB`");
        }
        Some(_) => return parsed,
    }
    None
}

fn size_of(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit: u64 = match unit.trim().to_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "kib" => 1 << 10,
        "mb" => 1_000_000,
        "mib" => 1 << 20,
        "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => return None,
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let mut bytes = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    if !part.is_empty() {
        let scale = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
        bytes = bytes.checked_add(part.parse::<u64>().ok()?.checked_mul(unit)? / scale)?;
    }
    Some(bytes)
}

/// The shortest text that [`size`] reads back.
pub(super) fn size_text(bytes: u64) -> String {
    let units = [(1 << 20, "MiB"), (1 << 10, "KiB")];
    let fits = units.iter().find(|(unit, _)| bytes.is_multiple_of(*unit));
    fits.map_or_else(|| bytes.to_string(), |(unit, name)| format!("{}{name}", bytes / unit))
}

/// How many stories a feed holds.
pub(super) fn limit(written: i64, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<usize> {
    if !(1..=LARGEST_LIMIT).contains(&written) {
        let what = format!("`{written}` is out of range");
        faults.add_key(at, &what, format!("write a number from 1 to {LARGEST_LIMIT}"));
        return None;
    }
    usize::try_from(written).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_sizes_are_read_and_written_back() {
        let seconds = |text: &str| span_of(text).map(|span| span.as_secs());
        assert_eq!(seconds("2d"), Some(172_800));
        assert_eq!(seconds("1h 30m"), Some(5_400));
        assert_eq!(seconds("1w"), Some(604_800));
        for text in ["", "2", "d", "2 fortnights", "-1d", "999999999999w", "1000000w"] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(span_text(Duration::from_hours(48)), "2d");
        assert_eq!(span_text(Duration::ZERO), "0s");
        assert_eq!(size_of("1MiB"), Some(1_048_576));
        assert_eq!(size_of("500 KB"), Some(500_000));
        assert_eq!(size_of("1.5MiB"), Some(1_572_864));
        assert_eq!(size_of("2048"), Some(2_048));
        assert_eq!(size_of("99999999999999GiB"), None);
        assert_eq!(size_of("MiB"), None);
        assert_eq!(size_text(1_048_576), "1MiB");
        assert_eq!(size_text(500_001), "500001");
    }
}
