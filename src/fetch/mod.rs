//! The one HTTP client: everything that leaves this machine by HTTP goes through here.
//!
//! Feeds and pages are asked for with [`Client::get`], callbacks and hubs with [`Client::ask`] and
//! [`Client::post`].
//!
//! # Promises
//! - No request reaches a machine that it may not reach ([`Reach`]), whatever a stranger wrote,
//!   whatever a name stands for and wherever an answer leads.
//! - No answer costs more than its [`Limits`]: not in memory, not in time, not in redirects.
//! - No partial answer is given out as a whole one.
//! - Hosts are asked at the [`Pace`] that is given, and are told who asks.
//! - No cookie, no referrer, no added query.
//!
//! # Limits
//! - No cache: validators are kept by whoever asks.
//! - No proxy.

mod address;
mod allotment;
mod answer;
mod body;
mod client;
mod decode;
mod failure;
mod freshness;
mod links;
mod pace;
mod request;
mod resolver;
mod retry;
mod robots;
#[cfg(test)]
mod tests;
mod trail;

pub use address::{Reach, Refusal};
pub use answer::{Answer, Body, Fetched, NotModified, Reply};
pub use client::Client;
pub use failure::{FailureKind, FetchError, FetchFailure, Waited, shown};
pub use freshness::Freshness;
pub use links::Link;
pub use pace::Pace;
pub use request::{Limits, Manner, Request, Validators};
pub use retry::RetryAfter;
pub use robots::{Robots, Rules};
pub use trail::Trail;
