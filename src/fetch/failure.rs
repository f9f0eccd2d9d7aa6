//! What can go wrong with a request.
//!
//! # Promises
//! - A message names the address without its query, user and password: those may hold secrets.
//! - [`FailureKind::code`] is stable: it may be stored, counted and compared.

use std::{error::Error, io, time::Duration};

use url::Url;

use super::{address::Refusal, decode::DecodeError, retry::RetryAfter};

/// Longest address that a message shows.
const SHOWN: usize = 200;

/// A client that can't be made.
#[derive(Debug, thiserror::Error)]
#[error(
    "the HTTP client can't be made: {0}\nfix: install the root certificates of the system (`ca-certificates`)"
)]
pub struct FetchError(pub(super) String);

/// A request that brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{place}`: {kind}")]
pub struct FetchFailure {
    /// What went wrong.
    pub kind: FailureKind,
    /// When the origin wants to be asked again.
    pub retry_after: Option<RetryAfter>,
    place: Box<str>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FailureKind {
    /// The address, one it redirects to, or one its name stands for may not be asked.
    #[error("{0}")]
    Forbidden(#[from] Refusal),
    /// The name has no address, or none could be had.
    #[error("the name can't be resolved: {0}")]
    Dns(String),
    /// Nobody answers there.
    #[error("no connection: {0}")]
    Connect(String),
    /// No trusted connection.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// It took too long.
    #[error("{what} took longer than {} s", .allowed.as_secs_f32())]
    Timeout {
        /// What was waited for.
        what: Waited,
        /// How long it may take.
        allowed: Duration,
    },
    /// Three other large answers are being read, and stayed so.
    #[error("other large answers were still being read after {} s", .0.as_secs_f32())]
    Busy(Duration),
    /// What came is not HTTP, or the connection broke before an answer.
    #[error("the answer is not HTTP: {0}")]
    Protocol(String),
    /// A head beyond the limit.
    #[error("the head of the answer has more than {0} bytes, or more than 100 lines")]
    HeadTooLarge(usize),
    /// An address that can be written but not asked: one of 64 KiB.
    #[error("there is no request for this address: {0}")]
    Unusable(String),
    /// A body beyond the limit, decoded.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(u64),
    /// A body that grows out of all proportion when it is decoded.
    #[error("the answer grows more than {0} times when decoded")]
    Bomb(u64),
    /// The body ended too early, or broke off.
    #[error("the answer broke off: {0}")]
    Truncated(String),
    /// A coding that we didn't ask for, or several.
    #[error("the answer has the coding `{0}`, which was not asked for")]
    Coding(String),
    /// The body is not what its coding says.
    #[error("the answer can't be decoded from {0}")]
    Garbled(&'static str),
    /// It leads back to where it was.
    #[error("it redirects in a circle")]
    RedirectLoop,
    /// It leads on and on.
    #[error("it redirects more than {0} times")]
    TooManyHops(usize),
    /// It leads nowhere.
    #[error("it redirects to `{0}`, which is no address")]
    BadRedirect(String),
    /// An answer that brings nothing.
    #[error("the answer has status {0}")]
    Status(u16),
    /// `304 Not Modified` to a request without conditions.
    #[error("the answer is 304, though nothing was asked about a change")]
    NotAsked,
}

/// What was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// A connection and the head of an answer.
    Head,
    /// The next part of a body.
    Body,
    /// All of it.
    Total,
}

impl std::fmt::Display for Waited {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Head => "the head of the answer",
            Self::Body => "the next part of the answer",
            Self::Total => "the whole of it",
        })
    }
}

impl FailureKind {
    /// A short word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden-address",
            Self::Dns(_) => "dns",
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Timeout { .. } => "timeout",
            Self::Busy(_) => "busy",
            Self::Protocol(_) => "protocol",
            Self::HeadTooLarge(_) => "head-too-large",
            Self::Unusable(_) => "unusable-address",
            Self::TooLarge(_) => "too-large",
            Self::Bomb(_) => "bomb",
            Self::Truncated(_) => "truncated",
            Self::Coding(_) => "coding",
            Self::Garbled(_) => "garbled",
            Self::RedirectLoop => "redirect-loop",
            Self::TooManyHops(_) => "too-many-hops",
            Self::BadRedirect(_) => "bad-redirect",
            Self::Status(_) => "status",
            Self::NotAsked => "not-asked",
        }
    }

    /// What came of a request without an answer.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if let Some(refusal) = cause::<Refusal>(error) {
            return Self::Forbidden(refusal.clone());
        }
        if let Some(fault) = cause::<rustls::Error>(error) {
            return Self::Tls(fault.to_string());
        }
        let told = last_words(error);
        match cause::<hyper::Error>(error) {
            Some(fault) if fault.is_parse_too_large() => return Self::HeadTooLarge(HYPER_HEAD),
            Some(fault) if fault.is_incomplete_message() => {
                return Self::Protocol("the connection ended before an answer".to_owned());
            }
            _ => {}
        }
        if error.is_builder() {
            Self::Unusable(told)
        } else if error.is_dns() {
            Self::Dns(told)
        } else if error.is_connect() && error.is_timeout() {
            Self::Timeout { what: Waited::Head, allowed: super::client::CONNECT }
        } else if error.is_connect() {
            Self::Connect(told)
        } else {
            Self::Protocol(told)
        }
    }

    /// What came of a body that did not end well.
    pub(super) fn of_body(error: &reqwest::Error) -> Self {
        Self::Truncated(last_words(error))
    }
}

/// The largest head that hyper reads; its lines are counted apart (`Limits::max_head_bytes`).
const HYPER_HEAD: usize = 8192 + 4096 * 100;

impl From<DecodeError> for FailureKind {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Truncated(coding) => {
                Self::Truncated(format!("it ends within its {coding} coding"))
            }
            DecodeError::Garbled(coding) => Self::Garbled(coding),
            DecodeError::Coding(named) => Self::Coding(named),
        }
    }
}

impl FetchFailure {
    pub(super) fn new(url: &Url, kind: FailureKind) -> Self {
        Self { kind, retry_after: None, place: shown(url).into() }
    }

    pub(super) fn retrying(self, retry_after: Option<RetryAfter>) -> Self {
        Self { retry_after, ..self }
    }

    /// The status of the answer, where that is what was wrong.
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            FailureKind::Status(status) => Some(status),
            _ => None,
        }
    }

    /// The address that failed (the last of a chain), without what may be secret.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What to do, where that can be said.
    pub fn fix(&self) -> Option<&'static str> {
        match &self.kind {
            FailureKind::Forbidden(refusal) if refusal.is_private() => {
                Some("set `allow_private = true` if it is yours (`source test`: `--allow-private`)")
            }
            FailureKind::Dns(_) => Some("look for a typing error in the host"),
            FailureKind::Status(401 | 403) => Some("ask its owner to let this program in"),
            FailureKind::Status(404) => Some("look for its new address"),
            FailureKind::Status(410) => Some("it is gone for good: take it out"),
            _ => None,
        }
    }
}

/// An address as messages show it: no user, password, query or fragment.
pub fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = url.query().map_or("", |_| "?…");
    let path: String = url.path().chars().take(SHOWN).collect();
    let cut = if path.len() < url.path().len() { "…" } else { "" };
    format!("{}://{host}{port}{path}{cut}{query}", url.scheme())
}

/// The first cause of this type; what stands within an I/O error counts.
fn cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(inner) = inner
            && let Some(found) = cause::<E>(inner)
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// What the innermost cause says: those around it repeat that a request failed, and the address.
fn last_words(error: &reqwest::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_address_without_what_may_be_secret() {
        let url = Url::parse("https://u:p@s.example:8443/feed?token=secret#part").expect("a URL");
        let failure = FetchFailure::new(&url, FailureKind::Status(503));
        let told = failure.to_string();
        assert_eq!(told, "`https://s.example:8443/feed?…`: the answer has status 503");
        let long = Url::parse(&format!("https://s.example/{}", "ä".repeat(5000))).expect("a URL");
        assert!(shown(&long).len() < 300);
    }

    #[test]
    fn a_failure_that_leave_would_cure_says_how() {
        let url = Url::parse("http://10.0.0.1/").expect("a URL");
        let refusal = super::super::Reach::Public.check(&url).expect_err("refused");
        let failure = FetchFailure::new(&url, refusal.into());
        assert_eq!(failure.kind.code(), "forbidden-address");
        assert_eq!(
            failure.fix(),
            Some("set `allow_private = true` if it is yours (`source test`: `--allow-private`)")
        );
        let gone = FetchFailure::new(&url, FailureKind::Status(410));
        assert_eq!(gone.status(), Some(410));
    }
}
