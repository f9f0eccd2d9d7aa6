//! Guids: the identity of a story in every feed, decided once and kept.

use std::fmt;

use chrono::NaiveDate;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

/// The identity of a story in every format: an absolute URI in ASCII, unique in the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Guid(String);

impl Guid {
    /// Takes a guid that is kept as it is: one from the store, or adopted from elsewhere.
    pub fn kept(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The guid as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stays unencoded in the specific part of a tag URI (RFC 4151 §2.1: pchar and `/`).
const TAG_SAFE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b':');

/// Mints a tag URI (RFC 4151) from the site's host, the story's first date and its path.
pub fn mint_guid(host: &str, date: NaiveDate, path: &str) -> Guid {
    let path = utf8_percent_encode(path, TAG_SAFE);
    Guid(format!("tag:{host},{}:{path}", date.format("%Y-%m-%d")))
}

/// A story's own id: kept where it is an absolute URI, wrapped in a tag URI of the site otherwise.
///
/// The wrapping carries no date of the story (a tag's date says when the host owned its name, and
/// the story's may change), so the same id always gives the same guid.
pub fn wrap_own_id(host: &str, id: &str) -> Guid {
    if is_absolute_uri(id) {
        return Guid(id.to_owned());
    }
    let id = utf8_percent_encode(id, TAG_SAFE);
    Guid(format!("tag:{host},2000:{id}"))
}

/// Whether `id` reads as an absolute URI in ASCII: a scheme of two letters or more, then a rest
/// (RFC 3986 §3.1; `C:\x` and `note: x` are none).
fn is_absolute_uri(id: &str) -> bool {
    let Some((scheme, rest)) = id.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    let starts = letters.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let goes_on =
        letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let clean = id.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte));
    let rooted = match scheme {
        "tag" => rest.contains(',') && rest.contains(':'),
        "urn" => rest.contains(':'),
        _ => rest.starts_with("//") && rest.len() > 2,
    };
    scheme.len() > 1 && starts && goes_on && clean && rooted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_guid_is_ascii_and_reproducible() {
        let date = NaiveDate::from_ymd_opt(2026, 1, 13).expect("a date");
        let guid = mint_guid("www.latamreports.example", date, "latam/política & ley");
        assert_eq!(
            guid.as_str(),
            "tag:www.latamreports.example,2026-01-13:latam/pol%C3%ADtica%20%26%20ley"
        );
    }

    #[test]
    fn an_own_id_wins_and_is_wrapped_only_where_it_is_no_uri() {
        let wrapped = |id: &str| wrap_own_id("h.example", id).to_string();
        for uri in ["https://h.example/?p=123", "urn:uuid:1-2", "tag:h.example,2026:x"] {
            assert_eq!(wrapped(uri), uri);
        }
        assert_eq!(wrapped("4711"), "tag:h.example,2000:4711");
        assert_eq!(wrapped("C:\\x"), "tag:h.example,2000:C:%5Cx");
        assert_eq!(wrapped("https://h.example/ñ"), "tag:h.example,2000:https://h.example/%C3%B1");
        assert_eq!(wrapped("flood:day-2"), "tag:h.example,2000:flood:day-2");
    }
}
