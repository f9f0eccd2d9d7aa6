//! Parts of a file (RFC 9110 §14), for archive pages: one range of bytes.

use http::{
    HeaderMap,
    header::{IF_RANGE, RANGE},
};

use super::conditional;

/// What part of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// From the first to the last byte, both included.
    Range(usize, usize),
    /// One that isn't there: 416.
    None,
}

/// Reads `Range` and `If-Range`. Several ranges, other units and what can't be read ask for the
/// whole (§14.2).
pub(super) fn read(headers: &HeaderMap, length: usize, tag: &str, changed: i64) -> Part {
    let range = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let Some(set) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    if let Some(condition) = headers.get(IF_RANGE) {
        // Strongly compared: a date only where it is the very one (§13.1.5).
        let text = condition.to_str().unwrap_or_default().trim();
        if text != tag && conditional::seconds(text) != Some(changed) {
            return Part::Whole;
        }
    }
    let Some((first, last)) = set.trim().split_once('-') else { return Part::Whole };
    let number = |text: &str| match text.is_empty() || text.bytes().any(|b| !b.is_ascii_digit()) {
        true => None,
        false => Some(text.parse().unwrap_or(usize::MAX)),
    };
    match (number(first), number(last), first.is_empty(), last.is_empty()) {
        (Some(first), Some(last), ..) if first > last => Part::Whole,
        (Some(first), ..) if first >= length => Part::None,
        (Some(first), Some(last), ..) => Part::Range(first, last.min(length - 1)),
        (Some(first), None, _, true) => Part::Range(first, length - 1),
        (None, Some(0), true, _) => Part::None,
        (None, Some(_), true, _) if length == 0 => Part::None,
        (None, Some(last), true, _) => Part::Range(length.saturating_sub(last), length - 1),
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn part(range: &'static str, condition: Option<&'static str>) -> Part {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, HeaderValue::from_static(range));
        if let Some(condition) = condition {
            headers.insert(IF_RANGE, HeaderValue::from_static(condition));
        }
        read(&headers, 100, "\"tag\"", 0)
    }

    #[test]
    fn one_range_is_read_and_kept_within_the_file() {
        assert_eq!(part("bytes=0-9", None), Part::Range(0, 9));
        assert_eq!(part("bytes=90-", None), Part::Range(90, 99));
        assert_eq!(part("bytes=90-999999999999999999999999", None), Part::Range(90, 99));
        assert_eq!(part("bytes=-10", None), Part::Range(90, 99));
        assert_eq!(part("bytes=-1000", None), Part::Range(0, 99));
        assert_eq!(part("bytes=100-", None), Part::None);
        assert_eq!(part("bytes=-0", None), Part::None);
    }

    #[test]
    fn anything_else_asks_for_the_whole() {
        for odd in ["bytes=0-1,5-6", "lines=1-2", "bytes=9-1", "bytes=", "bytes=-", "bytes=a-b"] {
            assert_eq!(part(odd, None), Part::Whole, "{odd}");
        }
        assert_eq!(part("bytes=0-9", Some("\"other\"")), Part::Whole);
        assert_eq!(part("bytes=0-9", Some("W/\"tag\"")), Part::Whole);
        assert_eq!(part("bytes=0-9", Some("\"tag\"")), Part::Range(0, 9));
    }
}
