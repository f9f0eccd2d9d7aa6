//! How long an answer is said to hold (RFC 9111 §4.2, §5.2). Pure.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, header};

use super::retry::http_date;

/// What an answer says of its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Freshness {
    /// `Cache-Control: max-age`.
    pub max_age: Option<Duration>,
    /// `Expires`; the beginning of time where it is `0` or no date.
    pub expires: Option<DateTime<Utc>>,
    /// When the origin made the answer (`Date`).
    pub date: Option<DateTime<Utc>>,
    /// How long a cache on the way kept it (`Age`).
    pub age: Option<Duration>,
    /// It is not to be kept.
    pub no_store: bool,
    /// It holds for no time.
    pub no_cache: bool,
}

impl Freshness {
    /// Reads the head of an answer. Of a directive that is given twice, the shorter holds.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let mut read = Self {
            date: text(headers, &header::DATE).and_then(http_date),
            age: text(headers, &header::AGE).and_then(seconds),
            expires: text(headers, &header::EXPIRES)
                .map(|value| http_date(value).unwrap_or(DateTime::UNIX_EPOCH)),
            ..Self::default()
        };
        let lines = headers.get_all(header::CACHE_CONTROL).iter();
        for directive in lines.filter_map(|line| line.to_str().ok()).flat_map(|l| l.split(',')) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" => read.no_store = true,
                "no-cache" => read.no_cache = true,
                "max-age" => {
                    // One that can't be read is stale (RFC 9111 §4.2.1).
                    let age = seconds(value.trim().trim_matches('"')).unwrap_or_default();
                    read.max_age = Some(read.max_age.map_or(age, |before| before.min(age)));
                }
                _ => {}
            }
        }
        read
    }

    /// How much longer the answer holds, counted from when it came; none where nothing is said.
    pub fn lifetime(&self) -> Option<Duration> {
        if self.no_store || self.no_cache {
            return Some(Duration::ZERO);
        }
        let said = self.max_age.or_else(|| match (self.expires?, self.date) {
            (expires, _) if expires == DateTime::UNIX_EPOCH => Some(Duration::ZERO),
            (expires, date) => Some((expires - date?).to_std().unwrap_or_default()),
        })?;
        Some(said.saturating_sub(self.age.unwrap_or_default()))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Seconds, at most what a cache must count to (RFC 9111 §1.2.2).
fn seconds(value: &str) -> Option<Duration> {
    const MOST: u64 = 1 << 31;
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(value.parse().unwrap_or(MOST).min(MOST)))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn lifetime(lines: &[(&'static str, &'static str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        Freshness::read(&headers).lifetime().map(|lifetime| lifetime.as_secs())
    }

    #[test]
    fn max_age_is_believed_before_expires_and_less_what_a_cache_kept_it() {
        assert_eq!(lifetime(&[("cache-control", "public, Max-Age=900")]), Some(900));
        assert_eq!(lifetime(&[("cache-control", "max-age=900"), ("age", "100")]), Some(800));
        assert_eq!(lifetime(&[("cache-control", "max-age=9"), ("age", "100")]), Some(0));
        let date = ("date", "Fri, 31 Dec 1999 23:00:00 GMT");
        let expires = ("expires", "Fri, 31 Dec 1999 23:59:59 GMT");
        assert_eq!(lifetime(&[date, expires]), Some(3599));
        assert_eq!(lifetime(&[date, expires, ("cache-control", "max-age=5")]), Some(5));
        assert_eq!(
            lifetime(&[("cache-control", "max-age=5"), ("cache-control", "max-age=3")]),
            Some(3)
        );
    }

    #[test]
    fn what_says_nothing_has_no_lifetime_and_what_is_stale_none_left() {
        assert_eq!(lifetime(&[]), None);
        assert_eq!(lifetime(&[("cache-control", "public, s-maxage=60")]), None);
        assert_eq!(lifetime(&[("expires", "Fri, 31 Dec 1999 23:59:59 GMT")]), None);
        let date = ("date", "Fri, 31 Dec 1999 23:00:00 GMT");
        assert_eq!(lifetime(&[date, ("expires", "0")]), Some(0));
        assert_eq!(lifetime(&[("expires", "-1")]), Some(0));
        for stale in ["no-store", "no-cache", "max-age=x", "max-age=-1", "no-cache=\"a\""] {
            assert_eq!(lifetime(&[("cache-control", stale)]), Some(0), "{stale}");
        }
        assert_eq!(lifetime(&[("cache-control", "max-age=99999999999999999999")]), Some(1 << 31));
    }
}
