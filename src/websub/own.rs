//! Our own subscriptions: the hubs of sources are asked to tell us (WebSub §5.1), and asked again
//! before their promise ends.

use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use super::{Settings, deliver, sign};
use crate::{
    fetch::{Limits, Manner, Pace},
    store::{Callback, CallbackState, Remote},
    story::Secret,
};

/// The lease that is asked for.
const LEASE: TimeDelta = TimeDelta::days(10);
/// A hub may take so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// Hubs that lead to other hubs are followed so far.
const HOPS: usize = 5;
/// How long a hub has to ask back before it is asked again.
const ASKS_BACK: TimeDelta = TimeDelta::hours(1);
/// A refusal is believed so long.
const BELIEVED: TimeDelta = TimeDelta::days(1);

/// Compares what sources say of their hubs with the subscriptions there are: those that are to be
/// made, and the tokens of those that are void.
pub(super) fn differences(
    settings: &Settings,
    remotes: &BTreeMap<String, Remote>,
    callbacks: &BTreeMap<String, Callback>,
    now: DateTime<Utc>,
) -> (Vec<Callback>, Vec<String>) {
    let wanted = |source: &str| {
        settings.sources.get(source)?;
        remotes.get(source)?.hub.as_ref()
    };
    let is_void = |callback: &&Callback| {
        wanted(&callback.source)
            .is_none_or(|(hub, topic)| (hub, topic) != (&callback.hub, &callback.topic))
    };
    let void: Vec<&Callback> = callbacks.values().filter(is_void).collect();
    let is_held = |source: &str| {
        callbacks.get(source).is_some_and(|held| !void.iter().any(|it| it.token == held.token))
    };
    let new = settings.sources.keys().filter(|source| !is_held(source)).filter_map(|source| {
        let (hub, topic) = wanted(source)?;
        Some(Callback {
            token: sign::random()?,
            source: source.clone(),
            hub: hub.clone(),
            topic: topic.clone(),
            secret: Secret::new(sign::random()?),
            state: CallbackState::Wanted,
            expires: None,
            next: now,
            failures: 0,
            said: None,
            told: None,
        })
    });
    (new.collect(), void.iter().map(|callback| callback.token.clone()).collect())
}

/// Asks a hub to tell us; the error says why it doesn't.
pub(super) async fn ask(settings: &Settings, callback: &Callback) -> Result<(), String> {
    let reach = settings.sources.get(&callback.source).copied().unwrap_or_default();
    let limits = Limits { total: PATIENCE, head: PATIENCE, ..Limits::default() };
    let manner = Manner { reach, pace: Pace::default(), limits };
    let own = settings.site.address(&format!("websub/{}", callback.token));
    let lease = LEASE.num_seconds().to_string();
    let (headers, body) = deliver::form(&[
        ("hub.mode", "subscribe"),
        ("hub.topic", &callback.topic),
        ("hub.callback", &own),
        ("hub.secret", callback.secret.expose()),
        ("hub.lease_seconds", &lease),
    ]);
    let mut hub = Url::parse(&callback.hub).map_err(|_| "it is no address".to_owned())?;
    for _ in 0..HOPS {
        let sent = settings.client.post(&hub, headers.clone(), body.clone(), &manner).await;
        let reply = sent.map_err(|failure| failure.to_string())?;
        match reply.location {
            Some(location) if matches!(reply.status, 307 | 308) => hub = location,
            _ if reply.is_success() => return Ok(()),
            _ => {
                let text = String::from_utf8_lossy(&reply.body);
                let text: String = text.chars().take(200).collect();
                return Err(format!("it answered {} {}", reply.status, text.trim()));
            }
        }
    }
    Err("it leads from hub to hub".to_owned())
}

impl Callback {
    /// The hub is about to be asked. It may ask back before it answers.
    pub(super) fn asks(&mut self, now: DateTime<Utc>) {
        // One that tells us goes on while it is asked again.
        if self.state != CallbackState::Active {
            self.state = CallbackState::Asked;
        }
        self.next = now + ASKS_BACK;
    }

    /// The hub answered, or not; `next` is that of [`Callback::asks`].
    pub(super) fn asked(
        &mut self,
        answer: Result<(), String>,
        next: DateTime<Utc>,
        now: DateTime<Utc>,
    ) {
        match answer {
            // What it said before counts for more.
            _ if self.next != next => {}
            Ok(()) => (self.failures, self.said) = (0, None),
            Err(said) => {
                if self.state == CallbackState::Asked {
                    self.state = CallbackState::Wanted;
                }
                self.next = now + TimeDelta::minutes(1 << self.failures.min(10)).min(BELIEVED);
                self.failures = self.failures.saturating_add(1);
                self.said = Some(said);
            }
        }
    }

    /// The hub asked back: it tells us until then. It is asked again when two thirds are over.
    pub(super) fn confirmed(&mut self, expires: DateTime<Utc>, now: DateTime<Utc>) {
        self.state = CallbackState::Active;
        self.expires = Some(expires);
        self.next = now + (expires - now) * 2 / 3;
        self.failures = 0;
        self.said = None;
    }

    /// The hub refused.
    pub(super) fn denied(&mut self, why: String, now: DateTime<Utc>) {
        self.state = CallbackState::Denied;
        self.expires = None;
        self.next = now + BELIEVED;
        self.said = Some(why);
    }
}
