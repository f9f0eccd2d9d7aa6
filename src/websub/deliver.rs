//! Delivers a document to a subscriber (WebSub §7).
//!
//! # Promises
//! - Few deliveries that are quick are under way at a time; one that takes long stands aside, so that
//!   it keeps nobody waiting.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, header};
use tokio::{sync::Semaphore, time};
use url::Url;

use super::{Settings, sign, topics::Document};
use crate::{
    fetch::{FailureKind, Limits, Manner, Pace, RetryAfter},
    store::Delivery,
};

/// Deliveries that are quick, at a time.
pub(super) const AT_ONCE: usize = 64;
/// A delivery that takes longer stands aside.
const QUICK: Duration = Duration::from_millis(50);
/// A delivery may take so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// A change is given up after so long.
const LONGEST_TRIED: TimeDelta = TimeDelta::hours(24);
/// Time before a delivery that failed is tried again: so long, then four times, up to an hour.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// What came of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The subscriber has it.
    Taken(u16),
    /// The subscriber wants nothing any more (410).
    Left,
    /// It is tried again, not before so long.
    Failed(String, Option<Duration>),
}

/// Sends a document.
pub(super) async fn deliver(
    settings: &Settings,
    delivery: &Delivery,
    document: Document,
    places: &Arc<Semaphore>,
    now: DateTime<Utc>,
) -> Outcome {
    let Ok(url) = Url::parse(&delivery.callback) else {
        return Outcome::Failed("it is no address".to_owned(), None);
    };
    let place = places.acquire().await;
    let Some(headers) = headers(delivery, &document) else {
        return Outcome::Failed("its headers can't be written".to_owned(), None);
    };
    let limits = Limits { total: PATIENCE, head: PATIENCE, ..Limits::default() };
    let manner = Manner { reach: settings.reach, pace: Pace::LIFTED, limits };
    let mut sending = std::pin::pin!(settings.client.post(&url, headers, document.bytes, &manner));
    let sent = if let Ok(sent) = time::timeout(QUICK, &mut sending).await {
        sent
    } else {
        drop(place);
        sending.await
    };
    match sent {
        Ok(reply) if reply.is_success() => Outcome::Taken(reply.status),
        Ok(reply) if reply.status == 410 => Outcome::Left,
        Ok(reply) => {
            let after = reply.retry_after.map(|after: RetryAfter| after.wait(now, LONGEST_PAUSE));
            Outcome::Failed(format!("status-{}", reply.status), after)
        }
        Err(failure) => Outcome::Failed(said(&failure.kind), None),
    }
}

/// A fault, in a word.
pub(super) fn said(kind: &FailureKind) -> String {
    kind.code().to_owned()
}

fn headers(delivery: &Delivery, document: &Document) -> Option<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(4);
    let content_type = HeaderValue::from_static(document.content_type);
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::LINK, HeaderValue::from_str(&document.link).ok()?);
    if let Some(secret) = &delivery.secret {
        let signature = sign::signature(secret, &document.bytes);
        headers.insert("x-hub-signature", HeaderValue::from_str(&signature).ok()?);
    }
    Some(headers)
}

/// When a delivery that failed is tried again; none: it was tried for long enough.
pub(super) fn again(
    (failures, failing): (u32, Option<DateTime<Utc>>),
    after: Option<Duration>,
    id: i64,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let pause = FIRST_PAUSE.saturating_mul(4_u32.saturating_pow(failures.min(8)));
    let pause = pause.min(LONGEST_PAUSE).max(after.unwrap_or_default());
    // A few that failed together don't come back together.
    let spread = pause / 5 * u32::try_from(id.unsigned_abs() % 16).unwrap_or_default() / 16;
    let next = now + TimeDelta::from_std(pause + spread).unwrap_or(TimeDelta::hours(1));
    (next - failing.unwrap_or(now) <= LONGEST_TRIED).then_some(next)
}

/// The bytes of a form.
pub(super) fn form(pairs: &[(&str, &str)]) -> (HeaderMap, Bytes) {
    let mut headers = HeaderMap::with_capacity(1);
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert(header::CONTENT_TYPE, kind);
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    (headers, Bytes::from(form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_after_a_day() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("an instant");
        let pause = |failures, failing, after| {
            again((failures, failing), after, 0, now).map(|next| (next - now).num_seconds())
        };
        assert_eq!(pause(0, None, None), Some(10));
        assert_eq!(pause(1, Some(now), None), Some(40));
        assert_eq!(pause(7, Some(now), None), Some(3600));
        assert_eq!(pause(u32::MAX, Some(now), None), Some(3600));
        assert_eq!(pause(0, None, Some(Duration::from_mins(2))), Some(120));
        let long_ago = now - TimeDelta::hours(24) + TimeDelta::minutes(1);
        assert_eq!(pause(7, Some(long_ago), None), None);
        let spread = again((0, None), None, 15, now).map(|next| (next - now).num_milliseconds());
        assert_eq!(spread, Some(11_875));
    }
}
