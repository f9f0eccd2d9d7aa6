//! Requests to origins that are written by hand, on this machine.

mod addresses;
mod bodies;
mod exchanges;
mod origin;
mod redirects;

use std::{io::Write, sync::Arc, time::Duration};

use url::Url;

use super::{
    Answer, Client, FailureKind, FetchFailure, Fetched, Limits, Manner, Pace, Reach, Request,
    Validators, resolver::Names,
};

fn contact() -> &'static str {
    "https://newsroom.example/"
}

fn client() -> Client {
    Client::new(contact()).expect("a client")
}

fn client_with(names: Arc<origin::Told>) -> Client {
    let names: Arc<dyn Names> = names;
    Client::with_names(contact(), &names).expect("a client")
}

/// On this machine, without waiting for turns.
fn manner() -> Manner {
    Manner { reach: Reach::PrivateToo, pace: Pace::LIFTED, limits: Limits::default() }
}

fn limited(change: impl FnOnce(&mut Limits)) -> Manner {
    let mut manner = manner();
    change(&mut manner.limits);
    manner
}

async fn get(client: &Client, url: &Url, manner: Manner) -> Result<Answer, FetchFailure> {
    let request = Request { url, accept: "application/rss+xml", validators: None, manner };
    client.get(&request).await
}

async fn full(client: &Client, url: &Url) -> Fetched {
    match get(client, url, manner()).await.expect("an answer") {
        Answer::Full(fetched) => fetched,
        Answer::NotModified(_) => panic!("not asked for"),
    }
}

async fn fault(client: &Client, url: &Url, manner: Manner) -> FailureKind {
    get(client, url, manner).await.expect_err("a failure").kind
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    coder.write_all(bytes).expect("memory");
    coder.finish().expect("memory")
}

const SHORT: Duration = Duration::from_millis(500);

fn validators(etag: &str, last_modified: &str) -> Validators {
    Validators { etag: Some(etag.to_owned()), last_modified: Some(last_modified.to_owned()) }
}
