//! Tells outside hubs that feeds changed (the publisher's side; WebSub §6, as hubs have it).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::{Settings, deliver, topics};
use crate::{
    fetch::{Limits, Manner, Pace, Reach},
    store::{Ping, Store, StoreError},
};

/// A hub may take so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// A pause that a hub asks for is kept up to this.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// What a hub said; the error says why it doesn't know, and how long it wants to be left alone.
pub(super) type Told = Result<String, (String, Option<Duration>)>;

/// Tellings that are claimed together.
const TOGETHER: usize = 16;
/// A claim holds longer than a telling may take: three documents.
const CLAIM: TimeDelta = TimeDelta::minutes(2);

/// Tells outside hubs what they don't know yet, once; what fails is tried again the next time it is
/// due. Gives the hubs that could not be told, and why.
///
/// # Errors
/// If the store fails.
pub async fn tell_hubs(
    settings: &Settings,
    store: &mut Store,
    now: DateTime<Utc>,
) -> Result<Vec<(String, String)>, StoreError> {
    store.keep_hubs(&settings.outside()).await?;
    let mut failed: Vec<(String, String)> = Vec::new();
    loop {
        let pings = store.claim_pings(TOGETHER, now, now + CLAIM).await?;
        if pings.is_empty() {
            return Ok(failed);
        }
        for it in pings {
            // One that doesn't answer isn't asked about every feed.
            let before = failed.iter().find(|(hub, _)| *hub == it.hub);
            let told = match before {
                Some((_, why)) => Err((why.clone(), None)),
                None => ping(settings, &it, now).await,
            };
            if let Err((why, _)) = &told
                && before.is_none()
            {
                failed.push((it.hub.clone(), why.clone()));
            }
            keep(store, &it, told, now).await?;
        }
    }
}

/// Keeps what came of a telling.
pub(super) async fn keep(
    store: &mut Store,
    ping: &Ping,
    told: Told,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (said, after) = match told {
        Ok(said) => return store.pinged(ping, &said).await,
        Err(failed) => failed,
    };
    if ping.failures == 0 {
        let feed = ping.topic.path.as_str();
        tracing::warn!(hub = ping.hub, feed, said, "a hub could not be told; it is tried again");
    }
    match deliver::again((ping.failures, ping.failing), after, ping.topic.feed, now) {
        Some(next) => store.not_pinged(ping, &said, now, next).await,
        None => store.pinged(ping, &said).await,
    }
}

/// Tells a hub of all documents of a feed; the error says why it doesn't know, and how long it wants
/// to be left alone.
pub(super) async fn ping(settings: &Settings, ping: &Ping, now: DateTime<Utc>) -> Told {
    let Ok(hub) = Url::parse(&ping.hub) else {
        return Err(("it is no address".to_owned(), None));
    };
    let limits = Limits { total: PATIENCE, head: PATIENCE, ..Limits::default() };
    // The configuration names the hub: it may lie anywhere.
    let manner = Manner { reach: Reach::PrivateToo, pace: Pace::LIFTED, limits };
    let mut said = String::new();
    for topic in topics::of_feed(settings, &ping.topic.path) {
        // The names of PubSubHubbub and of WebSub: hubs know the one or the other.
        let pairs = [("hub.mode", "publish"), ("hub.url", &*topic), ("hub.topic", &*topic)];
        let (headers, body) = deliver::form(&pairs);
        let told = settings.client.post(&hub, headers, body, &manner).await;
        let reply = told.map_err(|failure| (deliver::said(&failure.kind), None))?;
        if !reply.is_success() {
            let after = reply.retry_after.map(|after| after.wait(now, LONGEST_PAUSE));
            return Err((format!("status-{}", reply.status), after));
        }
        said = reply.status.to_string();
    }
    Ok(said)
}
