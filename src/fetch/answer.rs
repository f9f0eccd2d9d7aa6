//! What comes of a request.

use std::{fmt, ops::Deref};

use bytes::Bytes;
use http::{HeaderMap, header};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use super::{Freshness, Link, RetryAfter, Trail, Validators, links::links};

/// What a document's origin says.
#[derive(Debug)]
pub enum Answer {
    /// It is as it was.
    NotModified(NotModified),
    /// Here it is.
    Full(Fetched),
}

/// `304 Not Modified`.
#[derive(Debug)]
pub struct NotModified {
    /// The way to the address that answered.
    pub trail: Trail,
    /// What the document is known by now; what isn't named stays as it was.
    pub validators: Validators,
    /// How long it holds.
    pub freshness: Freshness,
}

/// `200 OK`, whole and decoded.
#[derive(Debug)]
pub struct Fetched {
    /// The way to the address that answered.
    pub trail: Trail,
    /// The media type in lower case, without parameters.
    pub content_type: Option<String>,
    /// The `charset` of the media type, in lower case.
    pub charset: Option<String>,
    /// What the document is known by.
    pub validators: Validators,
    /// How long it holds.
    pub freshness: Freshness,
    /// Links in the head.
    pub links: Vec<Link>,
    /// The document.
    pub body: Body,
    /// Bytes of the body as they came.
    pub wire_bytes: u64,
}

/// The bytes of a document. A large one takes one of a few places, which it gives back when it is
/// dropped: drop it when it is read.
pub struct Body {
    bytes: Vec<u8>,
    _place: Option<OwnedSemaphorePermit>,
}

/// The answer to a [`super::Client::post`] or a [`super::Client::ask`], whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// The first 4 KiB of what it says.
    pub body: Bytes,
    /// When the origin wants to be asked again.
    pub retry_after: Option<RetryAfter>,
    /// Where it leads (`Location`); not followed.
    pub location: Option<Url>,
}

impl Reply {
    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Body {
    pub(super) fn new(bytes: Vec<u8>, place: Option<OwnedSemaphorePermit>) -> Self {
        Self { bytes, _place: place }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.bytes.len())
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl NotModified {
    pub(super) fn read(trail: Trail, headers: &HeaderMap) -> Self {
        let (validators, freshness) = (Validators::read(headers), Freshness::read(headers));
        Self { trail, validators, freshness }
    }
}

impl Fetched {
    pub(super) fn read(trail: Trail, headers: &HeaderMap, body: Body, wire_bytes: u64) -> Self {
        let (content_type, charset) = media_type(headers);
        Self {
            content_type,
            charset,
            validators: Validators::read(headers),
            freshness: Freshness::read(headers),
            links: links(headers, &trail.url),
            body,
            wire_bytes,
            trail,
        }
    }
}

/// `Content-Type` and its charset, in lower case.
fn media_type(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let Some(value) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    else {
        return (None, None);
    };
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let kind = parts.next().filter(|kind| !kind.is_empty());
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        (name.trim() == "charset" && !value.is_empty()).then_some(value)
    });
    (kind, charset)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_media_type_and_its_charset_are_read_however_they_are_written() {
        let read = |value| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
            let (kind, charset) = media_type(&headers);
            format!("{} {}", kind.unwrap_or_default(), charset.unwrap_or_default())
        };
        assert_eq!(read("application/rss+xml; charset=UTF-8"), "application/rss+xml utf-8");
        assert_eq!(read("Text/XML;version=1; Charset = \"ISO-8859-1\""), "text/xml iso-8859-1");
        assert_eq!(read("text/html;charset='utf-8';x=y"), "text/html utf-8");
        assert_eq!(read("text/html; charset="), "text/html ");
        assert_eq!(read(""), " ");
    }
}
