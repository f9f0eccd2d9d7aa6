//! Requests that aren't for documents: to the hub, and from the hubs of others.

use std::{future::poll_fn, pin::Pin};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use http_body::Body;
use hyper::body::Incoming;

use super::{
    answer::{Answer, plain},
    partners,
};

/// Answers such requests, at once.
pub trait Door: Send + Sync {
    /// What stands behind a path below where the feeds are served.
    fn behind(&self, path: &str) -> Option<Behind>;
    /// The answer to a request whose body is whole.
    fn answer(&self, knock: &Knock) -> Said;
}

/// What stands behind a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// Bytes that the body of a POST may have; 0: it isn't read.
    pub most: usize,
}

/// A request.
#[derive(Debug)]
pub struct Knock {
    /// GET, HEAD or POST.
    pub method: Method,
    /// The path below where the feeds are served.
    pub path: String,
    /// The query, as it came.
    pub query: String,
    /// The head.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// An answer: a status and a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// The text.
    pub text: String,
    /// Seconds after which it may be asked again.
    pub retry_after: Option<u32>,
}

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");

/// The path of a request, where it may be one for a door.
pub(super) fn may_be(uri: &Uri) -> bool {
    let path = uri.path();
    path.ends_with("/hub") || path.contains("/websub/")
}

/// An address as it is logged: a token, which nobody else may know, is left out.
pub(super) fn logged(uri: Uri) -> Uri {
    match uri.path().split_once("/websub/") {
        Some((before, token)) if is_token(token) => {
            Uri::try_from(format!("{before}/websub/-")).unwrap_or_default()
        }
        _ => match partners::without_tokens(uri.path()) {
            Some(path) => Uri::try_from(path).unwrap_or_default(),
            None => uri,
        },
    }
}

/// Whether it may be a word that nobody can guess, as [`Door`]s give them out: 32 digits in
/// hexadecimal.
pub fn is_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is behind a path, answered.
pub(super) async fn open(
    door: &dyn Door,
    behind: Behind,
    mut knock: Knock,
    body: Option<Incoming>,
) -> Answer {
    let is_unread = knock.method == Method::POST && behind.most == 0;
    if is_unread {
        // Who may not say anything is answered all the same.
    } else if knock.method == Method::POST
        && let Some(body) = body
    {
        match whole(body, behind.most).await {
            Ok(body) => knock.body = body,
            Err(status) => {
                let mut answer = plain(status, format!("{status}\n"));
                answer.is_last = true;
                return answer;
            }
        }
    } else if knock.method != Method::GET && knock.method != Method::HEAD {
        let mut answer = plain(StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD, POST\n".to_owned());
        answer.headers.insert(header::ALLOW, METHODS);
        answer.is_last = true;
        return answer;
    }
    let Said { status, text, retry_after } = door.answer(&knock);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = plain(status, text);
    answer.is_last = is_unread;
    if let Some(seconds) = retry_after {
        answer.headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    answer
}

/// A whole body. The deadline of the connection bounds how long it may take.
async fn whole(mut body: Incoming, most: usize) -> Result<Bytes, StatusCode> {
    let announced = body.size_hint().lower();
    if usize::try_from(announced).is_ok_and(|bytes| bytes > most) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(frame) = frame else { return Err(StatusCode::BAD_REQUEST) };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}
