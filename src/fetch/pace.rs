//! Politeness: how many requests a host gets at a time, and how soon after each other.
//!
//! # Promises
//! - Turns at a host are given in the order in which they are asked for.
//! - A turn that is given up while it is waited for takes nothing from anybody.
//! - Hosts with nothing under way are forgotten, once their gap is over.
//! - A pace without limits costs nothing: no lock, no memory.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Mutex as FairMutex, OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};
use url::Url;

use super::address::is_private_host;

/// How a host is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From the start of one request to the start of the next. Hosts of this machine and of private
    /// networks, as far as their address says so, need none.
    pub gap: Duration,
    /// Requests at a time; from 12 on, any number.
    pub at_once: u32,
}

impl Pace {
    /// As fast as it goes: for one's own services.
    pub const LIFTED: Self = Self { gap: Duration::ZERO, at_once: u32::MAX };
    /// One at a time: for pages, which are many at one host.
    pub const ONE_BY_ONE: Self = Self { gap: Duration::from_secs(1), at_once: 1 };
}

impl Default for Pace {
    fn default() -> Self {
        Self { gap: Duration::from_secs(1), at_once: 2 }
    }
}

/// The room of one host: divisible by every number up to 4, by 6 and by 12, so that requests with
/// different paces share it. One that wants two at a time takes half of it.
const ROOM: u32 = 12;
/// Hosts that are remembered before those that can be forgotten are looked for.
const MANY: usize = 1024;

/// Whose turn it is, host by host.
#[derive(Debug, Default)]
pub(super) struct Turns {
    hosts: Mutex<HashMap<String, Arc<HostTurns>>>,
    enough: AtomicUsize,
}

#[derive(Debug)]
struct HostTurns {
    room: Arc<Semaphore>,
    /// When the last request started, and when the gap that it asked for is over.
    last: FairMutex<Option<(Instant, Instant)>>,
}

/// A request may be under way as long as it is held.
#[derive(Debug)]
pub(super) struct Turn {
    _room: OwnedSemaphorePermit,
    _host: Arc<HostTurns>,
}

impl Turns {
    /// Waits for a turn at the host of this address.
    pub(super) async fn take(&self, url: &Url, pace: Pace) -> Option<Turn> {
        let gap = if is_private_host(url) { Duration::ZERO } else { pace.gap };
        if gap.is_zero() && pace.at_once >= ROOM {
            return None;
        }
        let host = self.host(url);
        let share = ROOM / pace.at_once.clamp(1, ROOM);
        let room = Arc::clone(&host.room).acquire_many_owned(share).await.ok()?;
        let mut last = host.last.lock().await;
        if let Some((started, _)) = *last
            && !gap.is_zero()
        {
            sleep_until(started + gap).await;
        }
        let now = Instant::now();
        *last = Some((now, now + gap));
        drop(last);
        Some(Turn { _room: room, _host: host })
    }

    fn host(&self, url: &Url) -> Arc<HostTurns> {
        let name = url.host_str().unwrap_or_default();
        let key = format!("{name}:{}", url.port_or_known_default().unwrap_or_default());
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() > self.enough.load(Ordering::Relaxed).max(MANY) {
            let now = Instant::now();
            hosts.retain(|_, host| Arc::strong_count(host) > 1 || !host.is_over(now));
            // However many come at once, each pays for a few.
            self.enough.store(hosts.len() * 2, Ordering::Relaxed);
        }
        let new = || {
            let room = Arc::new(Semaphore::new(ROOM as usize));
            Arc::new(HostTurns { room, last: FairMutex::default() })
        };
        Arc::clone(hosts.entry(key).or_insert_with(new))
    }
}

impl HostTurns {
    fn is_over(&self, now: Instant) -> bool {
        self.last.try_lock().is_ok_and(|last| last.is_none_or(|(_, over)| over <= now))
    }
}

#[cfg(test)]
mod tests {
    use tokio::{sync::mpsc, time::timeout};

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    const HOUR: Duration = Duration::from_hours(1);
    const SHARED: Pace = Pace { gap: Duration::ZERO, at_once: 2 };
    const ALONE: Pace = Pace { gap: Duration::ZERO, at_once: 1 };
    const SELDOM: Pace = Pace { gap: HOUR, at_once: 1 };

    /// A turn, if it can be had at once.
    async fn at_once(turns: &Turns, host: &str, pace: Pace) -> Option<Turn> {
        timeout(Duration::ZERO, turns.take(&url(host), pace)).await.ok().flatten()
    }

    const HOST: &str = "https://s.example/a";

    #[tokio::test]
    async fn a_host_gets_so_many_requests_at_a_time_and_another_host_its_own() {
        let turns = Turns::default();
        let first = at_once(&turns, HOST, SHARED).await.expect("a turn");
        let _second = at_once(&turns, HOST, SHARED).await.expect("a turn");
        assert!(at_once(&turns, HOST, SHARED).await.is_none(), "two at a time");
        assert!(at_once(&turns, "https://s.example:8443/", SHARED).await.is_some(), "another port");
        drop(first);
        assert!(at_once(&turns, HOST, SHARED).await.is_some());
    }

    #[tokio::test]
    async fn one_that_wants_to_be_alone_waits_for_the_others_and_they_for_it() {
        let turns = Turns::default();
        let shared = at_once(&turns, HOST, SHARED).await.expect("a turn");
        assert!(at_once(&turns, HOST, ALONE).await.is_none());
        drop(shared);
        let _alone = at_once(&turns, HOST, ALONE).await.expect("a turn");
        assert!(at_once(&turns, HOST, SHARED).await.is_none());
    }

    #[tokio::test]
    async fn requests_start_in_order_and_no_closer_than_the_gap() {
        let pace = Pace { gap: Duration::from_millis(5), at_once: 2 };
        let turns = Arc::new(Turns::default());
        let (sender, mut started) = mpsc::unbounded_channel();
        for number in 0..5 {
            let (turns, sender) = (Arc::clone(&turns), sender.clone());
            tokio::spawn(async move {
                let _turn = turns.take(&url(HOST), pace).await;
                sender.send((number, Instant::now())).expect("a listener");
            });
            tokio::task::yield_now().await;
        }
        let mut earliest = Instant::now();
        for number in 0..5 {
            let (came, instant) = started.recv().await.expect("a start");
            assert_eq!(came, number);
            assert!(number == 0 || instant >= earliest, "{number}");
            earliest = instant + pace.gap - Duration::from_millis(1);
        }
    }

    #[tokio::test]
    async fn a_turn_that_is_given_up_takes_nothing_from_anybody() {
        let turns = Turns::default();
        drop(at_once(&turns, HOST, SELDOM).await.expect("the first"));
        assert!(at_once(&turns, HOST, SELDOM).await.is_none(), "within the gap");
        assert!(at_once(&turns, HOST, ALONE).await.is_some(), "who needs no gap");
    }

    #[tokio::test]
    async fn what_is_lifted_leaves_no_trace_and_private_hosts_need_no_gap() {
        let turns = Turns::default();
        assert!(turns.take(&url(HOST), Pace::LIFTED).await.is_none());
        assert!(turns.hosts.lock().expect("a lock").is_empty());
        for _ in 0..3 {
            assert!(at_once(&turns, "http://127.0.0.1:8080/", SELDOM).await.is_some());
        }
    }

    #[tokio::test]
    async fn hosts_with_nothing_under_way_are_forgotten_once_their_gap_is_over() {
        let turns = Turns::default();
        let held = at_once(&turns, "https://held.example/", SHARED).await.expect("a turn");
        drop(at_once(&turns, "https://seldom.example/", SELDOM).await.expect("a turn"));
        for number in 0..10 * MANY {
            drop(at_once(&turns, &format!("https://h{number}.example/"), SHARED).await);
        }
        let hosts = turns.hosts.lock().expect("a lock");
        assert!(hosts.len() <= MANY + 1, "{}", hosts.len());
        assert!(hosts.contains_key("held.example:443"));
        assert!(hosts.contains_key("seldom.example:443"));
        drop(held);
    }
}
