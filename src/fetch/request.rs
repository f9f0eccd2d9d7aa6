//! What is asked, how far it may go and how much may come of it.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use url::Url;

use super::{Pace, Reach};

/// Longest validator that is kept: one that is longer makes the next request too large.
const LONGEST_VALIDATOR: usize = 4096;

/// A document that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Where it is.
    pub url: &'a Url,
    /// The kinds of documents that are of use: the value of `Accept`.
    pub accept: &'static str,
    /// What the last answer was known by; none: the document is wanted in any case.
    pub validators: Option<&'a Validators>,
    /// How it is asked.
    pub manner: Manner,
}

/// How a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Manner {
    /// How far it may go.
    pub reach: Reach,
    /// How its host is treated.
    pub pace: Pace,
    /// How much may come of it.
    pub limits: Limits,
}

/// How much may come of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the body, decoded.
    pub max_bytes: u64,
    /// Times that a body above 1 MiB may grow when decoded.
    pub max_ratio: u64,
    /// Bytes of the lines of a head.
    pub max_head_bytes: usize,
    /// Redirects that are followed.
    pub max_hops: usize,
    /// From the start of the first connection to the last byte, redirects included. The time
    /// within which a request waits for its turn, or for room for a large body, is not counted.
    pub total: Duration,
    /// From the start of a connection to the end of a head.
    pub head: Duration,
    /// From one part of a body to the next.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 16 << 20,
            max_ratio: 200,
            max_head_bytes: 64 << 10,
            max_hops: 5,
            total: Duration::from_secs(30),
            head: Duration::from_secs(15),
            idle: Duration::from_secs(10),
        }
    }
}

/// What an answer is known by (RFC 9110 §8.8), exactly as the origin wrote it, quotes and `W/`
/// included. A byte beyond ASCII stands as the character of that number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validators {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there is nothing to ask with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    pub(super) fn read(headers: &HeaderMap) -> Self {
        let read = |name| {
            let value: &HeaderValue = headers.get(name)?;
            let length = value.as_bytes().len();
            let is_usable = (1..=LONGEST_VALIDATOR).contains(&length);
            is_usable.then(|| value.as_bytes().iter().map(|byte| char::from(*byte)).collect())
        };
        Self { etag: read(header::ETAG), last_modified: read(header::LAST_MODIFIED) }
    }

    /// Adds both conditions to a head; whether there was one.
    pub(super) fn ask(&self, headers: &mut HeaderMap) -> bool {
        let mut asked = false;
        let conditions =
            [(header::IF_NONE_MATCH, &self.etag), (header::IF_MODIFIED_SINCE, &self.last_modified)];
        for (name, written) in conditions {
            if let Some(value) = written.as_deref().and_then(verbatim) {
                headers.insert(name, value);
                asked = true;
            }
        }
        asked
    }
}

/// The bytes that [`Validators::read`] took a text from.
fn verbatim(text: &str) -> Option<HeaderValue> {
    if text.is_ascii() {
        return HeaderValue::from_str(text).ok();
    }
    let bytes: Option<Vec<u8>> = text.chars().map(|letter| u8::try_from(letter).ok()).collect();
    HeaderValue::from_bytes(&bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validators_go_back_byte_for_byte() {
        for etag in [&b"\"a\""[..], b"W/\"b\"", b"unquoted", b"\"\xe4\xff\"", "\"ü\"".as_bytes()] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ETAG, HeaderValue::from_bytes(etag).expect("a value"));
            headers.insert(header::LAST_MODIFIED, HeaderValue::from_static("yesterday"));
            let kept = Validators::read(&headers);
            let mut asked = HeaderMap::new();
            assert!(kept.ask(&mut asked));
            assert_eq!(asked[header::IF_NONE_MATCH].as_bytes(), etag);
            assert_eq!(asked[header::IF_MODIFIED_SINCE], "yesterday");
        }
    }

    #[test]
    fn nothing_is_invented_and_what_can_not_be_sent_is_left_out() {
        let mut headers = HeaderMap::new();
        assert!(Validators::read(&headers).is_empty());
        headers.insert(header::ETAG, HeaderValue::from_static(""));
        assert!(Validators::read(&headers).is_empty());
        let long = "x".repeat(LONGEST_VALIDATOR + 1);
        headers.insert(header::ETAG, HeaderValue::from_str(&long).expect("a value"));
        assert!(Validators::read(&headers).is_empty());
        let mut asked = HeaderMap::new();
        let broken =
            Validators { etag: Some("a\r\nb".to_owned()), last_modified: Some("→".into()) };
        assert!(!broken.ask(&mut asked));
        assert!(asked.is_empty());
    }
}
