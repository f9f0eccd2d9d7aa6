//! Asks a callback whether it wants what was asked for in its name (WebSub §5.3).
//!
//! # Promises
//! - Requests that wait are bounded, all together and for each host; few callbacks of one host are
//!   asked at a time.
//! - Of requests for one topic and callback, the newest that was verified counts.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, time::timeout};
use url::Url;

use super::{
    Refusal, Settings, sign,
    topics::Topic,
    wish::{Mode, Wish},
};
use crate::fetch::{Limits, Manner, Pace, Reach};

/// Requests that wait to be verified, for callbacks of one host.
const PER_HOST: usize = 2500;
/// And in all.
const IN_ALL: usize = 10_000;
/// Callbacks of one host that are asked at a time.
const AT_ONCE_PER_HOST: usize = 32;
/// And in all: each takes a socket.
const AT_ONCE: usize = 128;
/// One that takes longer stands aside, so that those of other hosts don't wait for it; so many may.
const QUICK: Duration = Duration::from_millis(50);
const ASIDE: usize = 512;
/// A callback may take so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// What waits, by host and by what is asked for.
#[derive(Debug)]
pub(super) struct Pending {
    waiting: Mutex<Waiting>,
    turns: Semaphore,
    aside: Semaphore,
}

impl Default for Pending {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turns: Semaphore::new(AT_ONCE),
            aside: Semaphore::new(ASIDE),
        }
    }
}

#[derive(Debug, Default)]
struct Waiting {
    all: usize,
    hosts: HashMap<String, (usize, Arc<Semaphore>)>,
    /// How many wait, and the number of the newest that was verified.
    wishes: HashMap<(String, String), (usize, u64)>,
    last: u64,
}

/// A place among those that wait; it is given back when this is dropped.
#[derive(Debug)]
pub(super) struct Waits {
    pending: Arc<Pending>,
    pub(super) host: String,
    key: (String, String),
    number: u64,
    turns: Arc<Semaphore>,
}

/// A request that is to be verified.
#[derive(Debug)]
pub(super) struct Verification {
    pub(super) wish: Wish,
    /// None: it is no topic any more.
    pub(super) found: Option<Topic>,
    pub(super) waits: Waits,
}

impl Pending {
    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place.
    pub(super) fn enter(
        self: &Arc<Self>,
        host: String,
        (topic, callback): (&str, &str),
    ) -> Result<Waits, Refusal> {
        let mut waiting = self.waiting();
        if waiting.all >= IN_ALL {
            return Err(Refusal::later("too many requests wait to be verified", 30));
        }
        waiting.last += 1;
        let number = waiting.last;
        let turns = || (0, Arc::new(Semaphore::new(AT_ONCE_PER_HOST)));
        let at_host = waiting.hosts.entry(host.clone()).or_insert_with(turns);
        if at_host.0 >= PER_HOST {
            let why = "too many requests for callbacks of this host wait to be verified";
            return Err(Refusal { status: 429, ..Refusal::later(why, 10) });
        }
        at_host.0 += 1;
        let turns = Arc::clone(&at_host.1);
        waiting.all += 1;
        let key = (topic.to_owned(), callback.to_owned());
        waiting.wishes.entry(key.clone()).or_default().0 += 1;
        drop(waiting);
        Ok(Waits { pending: Arc::clone(self), host, key, number, turns })
    }
}

impl Waits {
    /// Whether this request counts: none that came later was verified before.
    pub(super) fn counts(&self) -> bool {
        let mut waiting = self.pending.waiting();
        let Some((_, newest)) = waiting.wishes.get_mut(&self.key) else { return false };
        let counts = *newest < self.number;
        *newest = (*newest).max(self.number);
        counts
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        let mut waiting = self.pending.waiting();
        waiting.all -= 1;
        if let Some((count, _)) = waiting.hosts.get_mut(&self.host) {
            *count -= 1;
            if *count == 0 {
                waiting.hosts.remove(&self.host);
            }
        }
        if let Some((count, _)) = waiting.wishes.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                waiting.wishes.remove(&self.key);
            }
        }
    }
}

impl Verification {
    /// Asks the callback; the error says why it doesn't count.
    pub(super) async fn ask(&self, settings: &Settings) -> Result<(), String> {
        let pending = &self.waits.pending;
        let _at_host = self.waits.turns.acquire().await;
        let turn = pending.turns.acquire().await;
        let challenge = sign::random().ok_or("the system has no random numbers")?;
        let Wish { mode, topic, address, lease, .. } = &self.wish;
        let mut url = address.clone();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("hub.mode", mode.name()).append_pair("hub.topic", topic);
            query.append_pair("hub.challenge", &challenge);
            if *mode == Mode::Subscribe {
                query.append_pair("hub.lease_seconds", &lease.to_string());
            }
        }
        let manner = manner(settings.reach);
        let mut asking = std::pin::pin!(settings.client.ask(&url, &manner));
        let reply = if let Ok(reply) = timeout(QUICK, &mut asking).await {
            reply
        } else {
            let aside = pending.aside.try_acquire();
            let turn = Some(turn).filter(|_| aside.is_err());
            let reply = asking.await;
            drop((aside, turn));
            reply
        };
        let reply = reply.map_err(|failure| failure.kind.to_string())?;
        if !reply.is_success() {
            return Err(format!("it answered {}", reply.status));
        }
        match reply.body == challenge.as_bytes() {
            true => Ok(()),
            false => Err("it answered with another text than the challenge".to_owned()),
        }
    }
}

/// How callbacks are asked.
pub(super) fn manner(reach: Reach) -> Manner {
    let limits = Limits { total: PATIENCE, head: PATIENCE, idle: PATIENCE, ..Limits::default() };
    Manner { reach, pace: Pace::LIFTED, limits }
}

/// Tells a subscriber that it isn't one any more (WebSub §5.2), once.
pub async fn deny(settings: &Settings, callback: &Url, topic: &str, why: &str) {
    let mut url = callback.clone();
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("hub.mode", "denied").append_pair("hub.topic", topic);
        query.append_pair("hub.reason", why);
    }
    // Whether it hears of it makes no difference.
    let _ = settings.client.ask(&url, &manner(settings.reach)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_for_each_host_and_given_back() {
        let pending = Arc::new(Pending::default());
        let enter = |host: &str, callback: &str| pending.enter(host.to_owned(), ("t", callback));
        let mut inside: Vec<Waits> = (0..PER_HOST)
            .map(|number| enter("a.example", &number.to_string()).expect("a place"))
            .collect();
        let refusal = enter("a.example", "x").expect_err("full");
        assert_eq!((refusal.status, refusal.retry_after), (429, Some(10)));
        assert!(enter("b.example", "x").is_ok());
        inside.pop();
        assert!(enter("a.example", "x").is_ok());
        drop(inside);
        let waiting = pending.waiting();
        assert!(waiting.hosts.is_empty() && waiting.wishes.is_empty());
    }

    #[test]
    fn the_newest_that_was_verified_counts() {
        let pending = Arc::new(Pending::default());
        let enter = || pending.enter("a.example".to_owned(), ("t", "c")).expect("a place");
        let (first, second, third) = (enter(), enter(), enter());
        assert!(second.counts());
        assert!(!first.counts());
        assert!(third.counts());
    }
}
