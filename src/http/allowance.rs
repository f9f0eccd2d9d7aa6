//! How often a client gets a feed in full: many times at once, then once a minute.
//!
//! A reader that asks conditionally is never counted while it has what is there; nor is anybody on
//! this machine, who may be a proxy with all readers behind it, until the proxy is named.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicUsize, Ordering},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::DashMapStateStore,
};

use super::client::Client;

/// A client and a document.
type Key = (IpAddr, u64);

/// Clients that are remembered before those that have their whole allowance are forgotten.
const MANY: usize = 50_000;

/// What clients may still have.
#[derive(Debug)]
pub(super) struct Allowance {
    limiter: Option<RateLimiter<Key, DashMapStateStore<Key>, DefaultClock>>,
    clock: DefaultClock,
    /// How many may be remembered before the next look for those that can be forgotten.
    enough: AtomicUsize,
}

impl Allowance {
    /// So many full answers at once, for each client and document; none: as many as it likes.
    pub(super) fn new(burst: Option<u32>) -> Self {
        let burst = burst.and_then(NonZeroU32::new);
        let quota = |burst| Quota::per_minute(NonZeroU32::MIN).allow_burst(burst);
        let limiter = burst.map(|burst| RateLimiter::dashmap(quota(burst)));
        Self { limiter, clock: DefaultClock::default(), enough: AtomicUsize::new(MANY) }
    }

    /// Takes one; else the seconds to wait for the next.
    pub(super) fn take(&self, client: Client, document: u64) -> Result<(), u64> {
        let (Some(limiter), Some(network)) = (&self.limiter, client.network()) else {
            return Ok(());
        };
        if limiter.len() > self.enough.load(Ordering::Relaxed) {
            limiter.retain_recent();
            // However many come at once, each pays for a few.
            self.enough.store(MANY.max(limiter.len() * 2), Ordering::Relaxed);
        }
        limiter.check_key(&(network, document)).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::Known(address.parse().expect("an address"))
    }

    #[test]
    fn a_client_gets_its_allowance_of_each_feed_and_is_told_when_to_come_back() {
        let allowance = Allowance::new(Some(3));
        let greedy = client("192.0.2.1");
        for _ in 0..3 {
            assert_eq!(allowance.take(greedy, 1), Ok(()));
        }
        let wait = allowance.take(greedy, 1).expect_err("no more");
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(allowance.take(greedy, 2), Ok(()), "another feed");
        assert_eq!(allowance.take(client("192.0.2.2"), 1), Ok(()), "another client");
    }

    #[test]
    fn one_subscriber_has_one_allowance_for_all_its_addresses() {
        let allowance = Allowance::new(Some(1));
        assert_eq!(allowance.take(client("2001:db8:1:2::1"), 1), Ok(()));
        assert!(allowance.take(client("2001:db8:1:2:ffff::2"), 1).is_err());
        assert_eq!(allowance.take(client("2001:db8:1:3::1"), 1), Ok(()));
    }

    #[test]
    fn who_is_unknown_and_who_has_no_limit_is_never_refused() {
        let (limited, unlimited) = (Allowance::new(Some(1)), Allowance::new(None));
        for _ in 0..10 {
            assert_eq!(limited.take(Client::Local, 1), Ok(()));
            assert_eq!(unlimited.take(client("192.0.2.1"), 1), Ok(()));
        }
    }
}
