//! Tells outside hubs that feeds changed (the publisher's side; WebSub §6, as hubs have it).

use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use super::{Settings, deliver, topics};
use crate::{
    fetch::{Limits, Manner, Pace, Reach},
    store::Ping,
};

/// A hub may take so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// A pause that a hub asks for is kept up to this.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// Tells a hub of all documents of a feed; the error says why it doesn't know, and how long it wants
/// to be left alone.
pub(super) async fn ping(
    settings: &Settings,
    ping: &Ping,
    now: DateTime<Utc>,
) -> Result<String, (String, Option<Duration>)> {
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
