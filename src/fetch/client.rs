//! The client: one request, with its redirects, within its limits.
//!
//! # Promises
//! - Each [`Reach`] has its own connections: one to a private address never serves a request that
//!   may go to public ones alone. Proxies of the environment are not used, for they would dial in
//!   our place.
//! - Every address is checked before it is asked: the one given and each one it redirects to.
//! - Validators go to each address of a chain, since the last one gave them; they are no secrets.
//!   Nothing else goes along: no cookie, no referrer, no user, no added query.
//! - A large answer, a slow one and a false one end as a [`FetchFailure`]: there are no partial
//!   answers.
//!
//! # Limits
//! - Connections live in the runtime that made them: one runtime, one client.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use reqwest::{Response, redirect::Policy};
use url::Url;

use super::{
    Answer, Fetched, Manner, NotModified, Reach, Reply, Request, RetryAfter, Trail,
    allotment::Allotment,
    body::{Places, beginning},
    decode::ACCEPTED,
    failure::{FailureKind, FetchError, FetchFailure, Waited},
    pace::Turns,
    resolver::{Names, Resolver, SystemNames, room},
    trail::leads_on,
};

/// How long a connection may take to come about.
pub(super) const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection is kept for the next request.
const KEPT: Duration = Duration::from_secs(15);
/// Connections to one host that are kept.
const KEPT_PER_HOST: usize = 64;
/// Bytes that may be under way before we take them: in one stream, in one connection (HTTP/2).
const WINDOWS: (u32, u32) = (256 << 10, 1 << 20);
/// The most that HTTP/2 takes for a head.
const HTTP2_HEAD: u32 = 64 << 10;

/// The one HTTP client. Cheap to clone: clones share connections, turns and places.
#[derive(Debug, Clone)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    public: reqwest::Client,
    private_too: reqwest::Client,
    agent: HeaderValue,
    turns: Turns,
    places: Places,
}

impl Client {
    /// A client that says who it is: `feedwright/VERSION (+CONTACT)`.
    ///
    /// # Errors
    ///
    /// If the system has no root certificates.
    pub fn new(contact: &str) -> Result<Self, FetchError> {
        let names: Arc<dyn Names> = Arc::new(SystemNames);
        Self::with_names(contact, &names)
    }

    pub(super) fn with_names(contact: &str, names: &Arc<dyn Names>) -> Result<Self, FetchError> {
        // Another one may stand already: then that is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let failed = |error: &dyn std::error::Error| FetchError(error.to_string());
        let agent = format!("feedwright/{} (+{contact})", env!("CARGO_PKG_VERSION"));
        let agent = HeaderValue::from_str(&agent).map_err(|error| failed(&error))?;
        let room = room();
        let connections = |reach| {
            let (names, room) = (Arc::clone(names), Arc::clone(&room));
            reqwest::Client::builder()
                .dns_resolver(Resolver { reach, names, room })
                .no_proxy()
                .redirect(Policy::none())
                .referer(false)
                .connect_timeout(CONNECT)
                .pool_idle_timeout(KEPT)
                .pool_max_idle_per_host(KEPT_PER_HOST)
                .http2_initial_stream_window_size(WINDOWS.0)
                .http2_initial_connection_window_size(WINDOWS.1)
                .http2_max_header_list_size(HTTP2_HEAD)
                .build()
                .map_err(|error| failed(&error))
        };
        Ok(Self(Arc::new(Shared {
            public: connections(Reach::Public)?,
            private_too: connections(Reach::PrivateToo)?,
            agent,
            turns: Turns::default(),
            places: Places::default(),
        })))
    }

    /// Asks for a document, conditionally if there are validators, and follows where it leads.
    ///
    /// # Errors
    ///
    /// Whatever isn't a whole `200`, or a `304` that was asked for; see [`FailureKind`]. Stories
    /// and validators that are there already stay good then.
    pub async fn get(&self, request: &Request<'_>) -> Result<Answer, FetchFailure> {
        let mut trail = Trail::begin(request.url);
        let mut time = Allotment::new(request.manner.limits.total);
        loop {
            let hop = self.hop(request, &trail, &mut time).await;
            let hop = hop.map_err(|(kind, retry_after)| {
                FetchFailure::new(&trail.url, kind).retrying(retry_after)
            });
            match hop? {
                Hop::NotModified(headers) => {
                    return Ok(Answer::NotModified(NotModified::read(trail, &headers)));
                }
                Hop::Full(headers, body, wire_bytes) => {
                    return Ok(Answer::Full(Fetched::read(trail, &headers, body, wire_bytes)));
                }
                Hop::Further(status, location) => {
                    let max_hops = request.manner.limits.max_hops;
                    let followed = trail.follow(status, &location, max_hops);
                    followed.map_err(|kind| FetchFailure::new(&trail.url, kind))?;
                }
            }
        }
    }

    /// Sends a body once. Redirects are not followed: whether it may be sent again is the caller's
    /// business.
    ///
    /// # Errors
    ///
    /// If there is no answer at all; one of any status is a [`Reply`].
    pub async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Bytes,
        manner: &Manner,
    ) -> Result<Reply, FetchFailure> {
        self.exchange(Method::POST, url, (headers, Some(body)), manner).await
    }

    /// Asks once for a short answer, of any status. Redirects are not followed.
    ///
    /// # Errors
    ///
    /// If there is no answer at all; one of any status is a [`Reply`].
    pub async fn ask(&self, url: &Url, manner: &Manner) -> Result<Reply, FetchFailure> {
        self.exchange(Method::GET, url, (HeaderMap::new(), None), manner).await
    }

    async fn exchange(
        &self,
        method: Method,
        url: &Url,
        (mut headers, body): (HeaderMap, Option<Bytes>),
        manner: &Manner,
    ) -> Result<Reply, FetchFailure> {
        let failure = |kind| FetchFailure::new(url, kind);
        let mut time = Allotment::new(manner.limits.total);
        headers.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        manner.reach.check(url).map_err(|refusal| failure(refusal.into()))?;
        let _turn = self.0.turns.take(url, manner.pace).await;
        let mut message = reqwest::Request::new(method, url.clone());
        *message.headers_mut() = headers;
        *message.body_mut() = body.map(Into::into);
        let answer = self.send(message, manner, &mut time).await;
        let mut answer = answer.map_err(failure)?;
        let body = beginning(&mut answer, &manner.limits, &mut time).await;
        Ok(Reply {
            status: answer.status().as_u16(),
            body,
            retry_after: retry_after(answer.headers()),
            location: location(answer.headers()).and_then(|location| url.join(&location).ok()),
        })
    }

    /// Asks the address at the end of the trail.
    async fn hop(
        &self,
        request: &Request<'_>,
        trail: &Trail,
        time: &mut Allotment,
    ) -> Result<Hop, (FailureKind, Option<RetryAfter>)> {
        let plain = |kind: FailureKind| (kind, None);
        let manner = &request.manner;
        manner.reach.check(&trail.url).map_err(|refusal| plain(refusal.into()))?;
        let _turn = self.0.turns.take(&trail.url, manner.pace).await;
        let mut message = reqwest::Request::new(Method::GET, trail.url.clone());
        let headers = message.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static(request.accept));
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED));
        let asked = request.validators.is_some_and(|validators| validators.ask(headers));
        let mut answer = self.send(message, manner, time).await.map_err(plain)?;
        match answer.status().as_u16() {
            200 => {
                let read = self.0.places.read(&mut answer, &manner.limits, time).await;
                let (body, wire_bytes) = read.map_err(plain)?;
                Ok(Hop::Full(std::mem::take(answer.headers_mut()), body, wire_bytes))
            }
            304 if asked => Ok(Hop::NotModified(std::mem::take(answer.headers_mut()))),
            304 => Err(plain(FailureKind::NotAsked)),
            status => match location(answer.headers()) {
                Some(location) if leads_on(status) => Ok(Hop::Further(status, location)),
                _ => Err((FailureKind::Status(status), retry_after(answer.headers()))),
            },
        }
    }

    /// Sends a request and waits for the head of its answer.
    async fn send(
        &self,
        mut message: reqwest::Request,
        manner: &Manner,
        time: &mut Allotment,
    ) -> Result<Response, FailureKind> {
        let client = match manner.reach {
            Reach::Public => &self.0.public,
            Reach::PrivateToo => &self.0.private_too,
        };
        message.headers_mut().insert(header::USER_AGENT, self.0.agent.clone());
        let answer = time.spend(Waited::Head, manner.limits.head, client.execute(message)).await?;
        let answer = answer.map_err(|error| FailureKind::of(&error))?;
        // As HTTP/1.1 writes them: `name: value` and the end of the line.
        let lines = answer.headers().iter();
        let bytes: usize = lines.map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if bytes > manner.limits.max_head_bytes {
            return Err(FailureKind::HeadTooLarge(manner.limits.max_head_bytes));
        }
        Ok(answer)
    }
}

/// What one address answered.
enum Hop {
    NotModified(HeaderMap),
    Full(HeaderMap, super::Body, u64),
    Further(u16, String),
}

fn retry_after(headers: &HeaderMap) -> Option<RetryAfter> {
    RetryAfter::read(headers.get(header::RETRY_AFTER)?.to_str().ok()?)
}

fn location(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::LOCATION)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}
