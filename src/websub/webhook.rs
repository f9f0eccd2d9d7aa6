//! Webhooks: addresses of our own choice that are told what each pass published.
//!
//! # Promises
//! - Each gets bulletins in their order, one at a time; one that hangs or fails delays no other.
//! - What is owed stands in the store: a service that is killed goes on with it. A bulletin comes at
//!   least once, under the same id.
//! - What is signed holds the instant of sending, so that what was overheard is of no use later.
//!
//! # Limits
//! - A bulletin is given up a day after it was published; the next one follows. Numbers tell.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::task::JoinSet;
use url::Url;

use super::{Settings, deliver, ping::Told, sign};
use crate::{
    fetch::{Limits, Manner, Pace, Reach},
    store::{Owed, Sent, Store, StoreError, is_lease_gone, own_lease},
    story::Secret,
};

/// A webhook may take so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// A pause that it asks for is kept up to this.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// A bulletin is sent for so long after it was published.
const LONGEST_TRIED: TimeDelta = TimeDelta::hours(24);
/// A claim holds longer than a sending may take.
pub(super) const CLAIM: TimeDelta = TimeDelta::minutes(2);
/// Bulletins that are claimed together by a build.
const TOGETHER: usize = 16;

/// An address that is told what passes publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its name, by which the store knows it.
    pub name: String,
    /// The address.
    pub url: Url,
    /// What is signed with.
    pub secret: Secret,
    /// How far it may lie.
    pub reach: Reach,
}

#[derive(Serialize)]
struct Message<'a> {
    id: String,
    number: i64,
    at: String,
    site: &'a str,
    feeds: &'a RawValue,
    files: &'a RawValue,
}

/// Tells webhooks what they don't know yet, as far as they take it; what fails is sent again the next
/// time it is due. Gives the webhooks that could not be told, and why.
///
/// # Errors
/// If the store fails.
pub async fn tell_webhooks(
    settings: &Arc<Settings>,
    store: &mut Store,
    clock: &(dyn Fn() -> DateTime<Utc> + Sync),
) -> Result<Vec<(String, String)>, StoreError> {
    let mut failed = Vec::new();
    store.end_bulletin_claims(&is_lease_gone).await?;
    let lease = own_lease("build");
    let mut tasks = JoinSet::new();
    loop {
        let now = clock();
        for it in store.claim_bulletins(TOGETHER, &lease, (now, now + CLAIM)).await? {
            let settings = Arc::clone(settings);
            tasks.spawn(async move {
                let told = tell(&settings, &it, now).await;
                (it, told)
            });
        }
        let Some(told) = tasks.join_next().await else { return Ok(failed) };
        let (it, told) = match told {
            Ok(told) => told,
            Err(error) => {
                tracing::error!(%error, "a task failed");
                continue;
            }
        };
        if let Err((why, _)) = &told {
            failed.push((it.webhook.clone(), why.clone()));
        }
        keep(store, &it, told, clock()).await?;
    }
}

/// Sends a bulletin; the error says why it wasn't taken, and how long the webhook wants to be left
/// alone.
pub(super) async fn tell(settings: &Settings, owed: &Owed, now: DateTime<Utc>) -> Told {
    let webhook = settings.webhooks.iter().find(|it| it.name == owed.webhook);
    let Some(webhook) = webhook else {
        return Err(("it is no longer configured".to_owned(), None));
    };
    let body = body(settings.site.feeds_url.as_str(), owed);
    let Some(headers) = headers(&webhook.secret, &body, now) else {
        return Err(("its headers can't be written".to_owned(), None));
    };
    let limits = Limits { total: PATIENCE, head: PATIENCE, ..Limits::default() };
    let manner = Manner { reach: webhook.reach, pace: Pace::LIFTED, limits };
    let told = settings.client.post(&webhook.url, headers, body, &manner).await;
    let reply = told.map_err(|failure| (deliver::said(&failure.kind), None))?;
    if reply.is_success() {
        return Ok(format!("status-{}", reply.status));
    }
    let after = reply.retry_after.map(|after| after.wait(now, LONGEST_PAUSE));
    Err((format!("status-{}", reply.status), after))
}

/// Keeps what came of a sending.
pub(super) async fn keep(
    store: &mut Store,
    owed: &Owed,
    told: Told,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (said, after) = match told {
        Ok(said) => return store.sent_bulletin(owed, Sent::Taken, &said, now).await,
        Err(failed) => failed,
    };
    let (webhook, number) = (&owed.webhook, owed.number);
    if owed.failures == 0 {
        tracing::warn!(webhook, number, said, "a webhook could not be told; it is tried again");
    }
    let sent = again(owed, after, now);
    if matches!(sent, Sent::GivenUp(_)) {
        tracing::warn!(webhook, number, said, "a webhook was tried for a day; it misses this");
    }
    store.sent_bulletin(owed, sent, &said, now).await
}

/// What becomes of a bulletin that wasn't taken.
fn again(owed: &Owed, after: Option<Duration>, now: DateTime<Utc>) -> Sent {
    let next = deliver::again((owed.failures, None), after, 0, now).unwrap_or(now + LONGEST_TRIED);
    if next - owed.at <= LONGEST_TRIED { Sent::Again(next) } else { Sent::GivenUp(next) }
}

/// What a webhook gets; the same bytes each time.
fn body(site: &str, owed: &Owed) -> Bytes {
    let raw = |text: &str, none: &str| {
        let text = if text.is_empty() { none } else { text };
        RawValue::from_string(text.to_owned()).unwrap_or_default()
    };
    let (feeds, files) =
        (raw(&owed.feeds, "[]"), raw(&owed.files, r#"{"changed":[],"gone":[],"more":false}"#));
    let message = Message {
        id: format!("{}-{}", owed.at.timestamp_millis(), owed.number),
        number: owed.number,
        at: owed.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        site,
        feeds: &feeds,
        files: &files,
    };
    serde_json::to_vec(&message).map(Bytes::from).unwrap_or_default()
}

/// The instant of sending and the body are signed together.
fn headers(secret: &Secret, body: &[u8], now: DateTime<Utc>) -> Option<HeaderMap> {
    let timestamp = now.timestamp().to_string();
    let signed = [timestamp.as_bytes(), b".", body].concat();
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-feedwright-timestamp", HeaderValue::from_str(&timestamp).ok()?);
    let signature = sign::signature(secret, &signed);
    headers.insert("x-feedwright-signature", HeaderValue::from_str(&signature).ok()?);
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owed(at: DateTime<Utc>, failures: u32) -> Owed {
        let (feeds, files) = ("[{\"feed\":\"\"}]".to_owned(), String::new());
        Owed {
            webhook: "cdn".to_owned(),
            number: 7,
            at,
            feeds,
            files,
            failures,
            lease: String::new(),
        }
    }

    #[test]
    fn a_bulletin_is_given_up_a_day_after_it_was_published_and_the_next_one_follows() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        let after = |seconds| now + TimeDelta::seconds(seconds);
        assert_eq!(again(&owed(now, 0), None, now), Sent::Again(after(10)));
        assert_eq!(again(&owed(now, 1), None, now), Sent::Again(after(40)));
        let asked = Some(Duration::from_mins(5));
        assert_eq!(again(&owed(now, 0), asked, now), Sent::Again(after(300)));
        let yesterday = now - TimeDelta::hours(24) + TimeDelta::minutes(30);
        assert_eq!(again(&owed(yesterday, 9), None, now), Sent::GivenUp(after(3600)));
        assert_eq!(again(&owed(yesterday, 0), None, now), Sent::Again(after(10)));
    }

    #[test]
    fn a_bulletin_has_the_same_bytes_each_time_and_every_member() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        let site = "https://feeds.example/";
        let body = body(site, &owed(now, 0));
        let message: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(message["id"], "1800000000000-7");
        assert_eq!(message["at"], "2027-01-15T08:00:00.000Z");
        assert_eq!(message["feeds"][0]["feed"], "");
        assert_eq!(message["files"]["changed"], serde_json::json!([]));
        assert_eq!(super::body(site, &owed(now, 3)), body);
    }

    #[test]
    fn the_instant_is_signed_with_the_body() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        let secret = Secret::new("Jefe".to_owned());
        let headers = headers(&secret, b"{}", now).expect("headers");
        assert_eq!(headers["x-feedwright-timestamp"], "1800000000");
        let signature = sign::signature(&secret, b"1800000000.{}");
        assert_eq!(headers["x-feedwright-signature"], signature);
        assert!(signature.starts_with("sha256="));
        let later = super::headers(&secret, b"{}", now + TimeDelta::seconds(1)).expect("headers");
        assert_ne!(later["x-feedwright-signature"], signature);
    }
}
