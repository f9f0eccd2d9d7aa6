//! Conditional requests (RFC 9110 §13): whether a reader has these bytes already.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{
    HeaderMap,
    header::{IF_MODIFIED_SINCE, IF_NONE_MATCH},
};

/// Whether the answer is 304: the reader of a GET or HEAD has the representation with this entity
/// tag (with its quotes), whose bytes changed at that second since 1970.
///
/// `If-None-Match` is compared weakly and wins over `If-Modified-Since` (§13.2.2); a date that
/// can't be read is no condition (§13.1.3).
pub(super) fn has_it(headers: &HeaderMap, tag: &str, changed: i64) -> bool {
    let mut tags = headers.get_all(IF_NONE_MATCH).iter().peekable();
    if tags.peek().is_some() {
        return tags.any(|value| matches(value.as_bytes(), tag));
    }
    let mut dates = headers.get_all(IF_MODIFIED_SINCE).iter();
    let (Some(date), None) = (dates.next(), dates.next()) else { return false };
    date.to_str().ok().and_then(seconds).is_some_and(|since| changed <= since)
}

/// Whether a list of entity tags names this one.
fn matches(list: &[u8], tag: &str) -> bool {
    let mut rest = list.trim_ascii();
    if rest == b"*" {
        return true;
    }
    while !rest.is_empty() {
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        let strong = rest.strip_prefix(b"W/").unwrap_or(rest);
        let end = match strong.strip_prefix(b"\"") {
            // A comma may stand within the quotes.
            Some(opaque) => opaque.iter().position(|byte| *byte == b'"').map(|end| end + 2),
            // Some readers drop the quotes; nothing of ours looks like that.
            None => strong.iter().position(|byte| *byte == b','),
        };
        let end = end.unwrap_or(strong.len()).max(usize::from(!strong.is_empty()));
        if &strong[..end] == tag.as_bytes() {
            return true;
        }
        rest = &strong[end..];
    }
    false
}

/// An HTTP date, in any of its three forms, as seconds since 1970.
pub(super) fn seconds(date: &str) -> Option<i64> {
    let instant = httpdate::parse_http_date(date.trim()).ok()?;
    i64::try_from(instant.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// Seconds since 1970 as an HTTP date.
pub(super) fn date(seconds: i64) -> String {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    let instant: SystemTime = UNIX_EPOCH + since;
    httpdate::fmt_http_date(instant)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const TAG: &str = "\"5f0c2a9e-gzip\"";
    /// Wed, 14 Jan 2026 16:20:00 GMT
    const CHANGED: i64 = 1_768_407_600;

    fn has(headers: &[(http::HeaderName, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, HeaderValue::from_static(value));
        }
        has_it(&map, TAG, CHANGED)
    }

    #[test]
    fn if_none_match_takes_a_match_a_list_a_weak_tag_and_a_star() {
        for list in [
            "\"5f0c2a9e-gzip\"",
            "W/\"5f0c2a9e-gzip\"",
            "\"other\", \"5f0c2a9e-gzip\"",
            "\"a,b\",W/\"5f0c2a9e-gzip\" , \"c\"",
            " * ",
            ", ,\"5f0c2a9e-gzip\"",
        ] {
            assert!(has(&[(IF_NONE_MATCH, list)]), "{list}");
        }
        assert!(has(&[(IF_NONE_MATCH, "\"a\""), (IF_NONE_MATCH, "\"5f0c2a9e-gzip\"")]));
    }

    #[test]
    fn if_none_match_without_a_match_wins_over_a_date_that_matches() {
        for list in [
            "\"5f0c2a9e\"",
            "5f0c2a9e-gzip",
            "\"a, 5f0c2a9e-gzip\"",
            "\"",
            "",
            "W/",
            "\"x\"\"5f0c2a9e\"",
        ] {
            let date = (IF_MODIFIED_SINCE, "Wed, 14 Jan 2026 16:20:00 GMT");
            assert!(!has(&[(IF_NONE_MATCH, list), date]), "{list}");
        }
    }

    #[test]
    fn if_modified_since_takes_the_same_second_and_later_ones() {
        for (date, expected) in [
            ("Wed, 14 Jan 2026 16:20:00 GMT", true),
            ("Wed, 14 Jan 2026 16:20:01 GMT", true),
            ("Wednesday, 14-Jan-26 16:20:00 GMT", true),
            ("Wed Jan 14 16:20:00 2026", true),
            ("Wed, 14 Jan 2026 16:19:59 GMT", false),
            ("yesterday", false),
            ("", false),
        ] {
            assert_eq!(has(&[(IF_MODIFIED_SINCE, date)]), expected, "{date}");
        }
        assert!(!has(&[]));
    }

    #[test]
    fn a_date_is_written_as_it_is_read() {
        assert_eq!(date(CHANGED), "Wed, 14 Jan 2026 16:20:00 GMT");
        assert_eq!(seconds(&date(CHANGED)), Some(CHANGED));
    }
}
