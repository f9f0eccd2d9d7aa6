//! A request, and what is answered: pure but for archive pages, which are read from the folder.
//!
//! Clauses by number are those of `docs/http.md`.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};

use super::{
    coding::{Accepted, Coding},
    conditional,
    documents::{Described, Document, Documents, FEED_VARY, NOSNIFF, Place, not_modified, tag},
    kind::Kind,
    partners::{self, Grant, Partners},
    range::{self, Part},
    sealed::Sealed,
    target::{self, Target},
};
use crate::story::{FeedPath, Site};

/// What goes back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The body, for the system to send.
    pub(super) sealed: Option<Sealed>,
    pub(super) coding: Coding,
    /// Nobody answers a request for what follows on this connection.
    pub(super) is_last: bool,
    /// The partner whose token was sent.
    pub(super) partner: Option<Arc<str>>,
}

impl Answer {
    pub(super) fn of_partner(self, partner: Arc<str>) -> Self {
        Self { partner: Some(partner), ..self }
    }
}

/// What is to be done about a request.
#[derive(Debug)]
pub(super) enum Found {
    /// A document in memory.
    Document(Arc<Document>),
    /// A document of a partner feed, for who sent a right token.
    Partner(Arc<Document>, Grant),
    /// A file of the folder, by its name.
    Stored(String, Kind, FeedPath),
    /// The answer is known without a document.
    Answer(Answer),
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
/// What leads elsewhere for good is believed for an hour, so that a mistake can be mended.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, OPTIONS");

/// Finds what a request asks for.
pub(super) fn find<B>(
    request: &Request<B>,
    documents: &Documents,
    partners: &Partners,
    now: i64,
) -> Found {
    let (uri, headers) = (request.uri(), request.headers());
    let base = documents.serving.site.feeds_url.path();
    let path = match target::read(request.method(), uri, request.version(), headers, base) {
        Ok(Target::Path(path)) => path,
        Ok(Target::Options) => return Found::Answer(options()),
        Err(status) => return Found::Answer(refusal(status)),
    };
    let queried = uri.query().and_then(|query| documents.find(&format!("{path}?{query}")));
    let place = queried.or_else(|| documents.find(&path));
    if let Some(asked) = partners::asked(&path, headers, documents, place.is_some()) {
        return asked.find(documents, partners, now);
    }
    match place {
        Some(Place::Document(document)) => match &document.twin {
            Some(twin) if is_navigation(headers) => Found::Answer(see_other(twin.clone())),
            _ => Found::Document(document),
        },
        Some(Place::Stored(kind, feed)) => {
            let name = if path.is_empty() || path.ends_with('/') {
                format!("{path}{}", super::kind::TWIN)
            } else {
                path
            };
            match (kind, is_navigation(headers)) {
                (Kind::Feed(_), true) => {
                    let twin = documents.serving.site.address(&feed.folder());
                    let answer = HeaderValue::from_str(&twin).map(see_other);
                    answer.map_or(Found::Stored(name, kind, feed), Found::Answer)
                }
                _ => Found::Stored(name, kind, feed),
            }
        }
        Some(Place::Moved(to)) => Found::Answer(moved(to)),
        Some(Place::Gone) => Found::Answer(gone()),
        Some(Place::Broken) => {
            Found::Answer(later("This feed is being published again. Ask again soon.\n"))
        }
        None if documents.count() == 0 => Found::Answer(unavailable()),
        None => Found::Answer(not_found(&documents.serving.site)),
    }
}

/// Whether a person's browser navigates here, other than by a link on our own pages. No reader
/// sends this header.
fn is_navigation(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|dest| dest == "document")
        && headers.get("sec-fetch-site").is_none_or(|site| site != "same-origin")
}

/// The answer with a document from memory: 200, or 304 where the reader has it.
pub(super) fn with_document<B>(request: &Request<B>, document: &Document, now: i64) -> Answer {
    let coding = Accepted::read(request.headers()).best(document.sizes());
    let Some((body, coding)) = document.body(coding) else {
        return refusal(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let (status, mut headers, bytes, sealed) =
        match conditional::has_it(request.headers(), &body.tag, document.changed) {
            true => (StatusCode::NOT_MODIFIED, body.not_modified.clone(), Bytes::new(), None),
            false => (StatusCode::OK, body.whole.clone(), body.bytes.clone(), body.sealed.clone()),
        };
    if document.changed > now {
        date(&mut headers, now);
    }
    Answer { status, headers, body: bytes, sealed, coding, is_last: false, partner: None }
}

/// A date ahead is never sent (RFC 9110 §8.8.2.1): the clock was set back.
fn date(headers: &mut HeaderMap, now: i64) {
    if let Ok(date) = HeaderValue::from_str(&conditional::date(now)) {
        headers.insert(header::LAST_MODIFIED, date);
    }
}

/// The answer with a file: its bytes, and the second at which they changed.
pub(super) fn with_file<B>(
    request: &Request<B>,
    what: &Described<'_>,
    bytes: Bytes,
    changed: i64,
    now: i64,
) -> Answer {
    let tag = tag(&bytes, Coding::Identity);
    let mut headers = what.headers(&tag, changed, Coding::Identity);
    if changed > now {
        date(&mut headers, now);
    }
    let answer = |status, headers, body| Answer {
        status,
        headers,
        body,
        sealed: None,
        coding: Coding::Identity,
        is_last: false,
        partner: None,
    };
    if conditional::has_it(request.headers(), &tag, changed) {
        return answer(StatusCode::NOT_MODIFIED, not_modified(&headers), Bytes::new());
    }
    let is_parted = headers.contains_key(header::ACCEPT_RANGES) && request.method() == Method::GET;
    let part = match is_parted {
        true => range::read(request.headers(), bytes.len(), &tag, changed),
        false => Part::Whole,
    };
    let mut content_range = |range: String| {
        if let Ok(range) = HeaderValue::from_str(&range) {
            headers.insert(header::CONTENT_RANGE, range);
        }
    };
    match part {
        Part::Whole => answer(StatusCode::OK, headers, bytes),
        Part::Range(first, last) => {
            content_range(format!("bytes {first}-{last}/{}", bytes.len()));
            answer(StatusCode::PARTIAL_CONTENT, headers, bytes.slice(first..=last))
        }
        Part::None => {
            content_range(format!("bytes */{}", bytes.len()));
            answer(StatusCode::RANGE_NOT_SATISFIABLE, headers, Bytes::new())
        }
    }
}

/// An answer as it is, in no coding.
fn bare(status: StatusCode, headers: HeaderMap, body: Bytes) -> Answer {
    Answer {
        status,
        headers,
        body,
        sealed: None,
        coding: Coding::Identity,
        is_last: false,
        partner: None,
    }
}

pub(super) fn plain(status: StatusCode, text: String) -> Answer {
    let mut headers = HeaderMap::with_capacity(4);
    headers.insert(header::CONTENT_TYPE, TEXT);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    let body = Bytes::from(text);
    bare(status, headers, body)
}

/// A status with its name; what a client sent is never sent back.
pub(super) fn refusal(status: StatusCode) -> Answer {
    let mut answer = plain(status, format!("{status}\n"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers.insert(header::ALLOW, METHODS);
    }
    // What a body might hold isn't taken for the next request.
    answer.is_last = true;
    answer
}

/// 429: too often, for so many seconds.
pub(super) fn too_many(seconds: u64) -> Answer {
    let text = format!(
        "This feed was sent to you in full too often. Ask again in {seconds} seconds, with \
         If-None-Match or If-Modified-Since: then nothing limits you.\n"
    );
    let mut answer = plain(StatusCode::TOO_MANY_REQUESTS, text);
    answer.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

/// 503: not yet, or not now.
pub(super) fn unavailable() -> Answer {
    later("Nothing is published yet.\n")
}

fn later(text: &str) -> Answer {
    let mut answer = plain(StatusCode::SERVICE_UNAVAILABLE, text.to_owned());
    answer.headers.insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    answer
}

/// 404, with the way to what there is.
pub(super) fn not_found(site: &Site) -> Answer {
    let text = format!("There is no such feed. All feeds: {}\n", site.address(""));
    plain(StatusCode::NOT_FOUND, text)
}

fn gone() -> Answer {
    let mut answer = plain(StatusCode::GONE, "This feed has ended.\n".to_owned());
    answer.headers.insert(header::CACHE_CONTROL, AN_HOUR);
    answer
}

fn moved(to: HeaderValue) -> Answer {
    let text = format!("Moved to {}\n", String::from_utf8_lossy(to.as_bytes()));
    let mut answer = plain(StatusCode::MOVED_PERMANENTLY, text);
    answer.headers.insert(header::LOCATION, to);
    answer.headers.insert(header::CACHE_CONTROL, AN_HOUR);
    answer
}

fn see_other(twin: HeaderValue) -> Answer {
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(header::LOCATION, twin);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::VARY, FEED_VARY);
    let (status, body) = (StatusCode::SEE_OTHER, Bytes::new());
    bare(status, headers, body)
}

/// What a page on another site must ask before it asks conditionally (Fetch, "CORS preflight").
fn options() -> Answer {
    let mut headers = HeaderMap::with_capacity(5);
    headers.insert(header::ALLOW, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    let asked = HeaderValue::from_static("If-None-Match, If-Modified-Since, Range");
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    let (status, body) = (StatusCode::NO_CONTENT, Bytes::new());
    bare(status, headers, body)
}
