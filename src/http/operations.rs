//! The side of those who run the service: health, readiness, numbers. It knows what is embargoed,
//! and is not for the public.

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use hyper::body::Incoming;
use serde_json::Value;

use super::{
    answer::{Answer, refusal},
    client::{Client, Peer},
    coding::Coding,
    connection::{Handler, Reply},
    metrics::Metrics,
};

/// What is told of the service as a whole.
#[derive(Debug, Default)]
pub struct Health {
    /// Whether readers can be answered.
    pub is_ready: bool,
    /// One sentence: ready, or why not, or what is wrong while readers are answered.
    pub sentence: String,
    /// The same at length, for `feedwright status`.
    pub status: Value,
}

/// Answers on the operations listener.
#[derive(Debug)]
pub struct Operations {
    health: ArcSwap<Health>,
    metrics: Arc<Metrics>,
    clock: fn() -> DateTime<Utc>,
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

impl Operations {
    /// Not ready yet.
    pub fn new(metrics: Arc<Metrics>, clock: fn() -> DateTime<Utc>) -> Self {
        let health = Health { sentence: "starting".to_owned(), ..Health::default() };
        Self { health: ArcSwap::from_pointee(health), metrics, clock }
    }

    /// Tells this from now on.
    pub fn tell(&self, health: Health) {
        self.health.store(Arc::new(health));
    }

    fn answer(&self, path: &str) -> Answer {
        let health = self.health.load();
        match path {
            "/healthz" => text(StatusCode::OK, "alive\n".to_owned()),
            "/readyz" => {
                let ready = health.is_ready;
                let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                text(status, format!("{}\n", health.sentence))
            }
            "/status" => {
                let mut status = health.status.clone();
                status["connections"] = self.metrics.connections.get().into();
                body("application/json", format!("{status:#}\n"))
            }
            "/metrics" => body(OPEN_METRICS, self.metrics.text((self.clock)())),
            "/" => text(StatusCode::OK, "/healthz /readyz /status /metrics\n".to_owned()),
            _ => text(StatusCode::NOT_FOUND, "404 Not Found\n".to_owned()),
        }
    }
}

fn text(status: StatusCode, text: String) -> Answer {
    Answer { status, ..body("text/plain; charset=utf-8", text) }
}

fn body(media_type: &'static str, text: String) -> Answer {
    let mut headers = HeaderMap::with_capacity(2);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let (status, coding) = (StatusCode::OK, Coding::Identity);
    let body = Bytes::from(text);
    Answer { status, headers, body, sealed: None, coding, is_last: false, partner: None }
}

impl Handler for Arc<Operations> {
    fn client(&self, _: Peer, _: &HeaderMap) -> Client {
        Client::Local
    }

    fn reply(&self, request: &mut Request<Option<Incoming>>, _: Client, _: i64) -> Reply {
        let is_read = request.method() == Method::GET || request.method() == Method::HEAD;
        Reply::Now(match is_read {
            true => self.answer(request.uri().path()),
            false => refusal(StatusCode::METHOD_NOT_ALLOWED),
        })
    }

    fn unreadable(&self, _: StatusCode) {}
}
