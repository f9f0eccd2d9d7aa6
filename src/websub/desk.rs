//! Where everything comes together that is kept: one loop with the store, and tasks that ask others.
//!
//! # Promises
//! - No task touches the store; what they bring is kept in batches.
//! - The store is asked for little: what is owed is claimed a few hundred at a time.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::{
    sync::{Semaphore, mpsc, watch},
    task::JoinSet,
    time,
};

use super::{
    Event, Settings, WebSub, count,
    deliver::{self, AT_ONCE, Outcome},
    own, ping,
    topics::Shelf,
    verify::{self, Verification},
    webhook,
    wish::{Mode, Wish},
};
use crate::store::{
    Callback, Delivery, Owed, Ping, Store, StoreError, Subscribed, is_lease_gone, own_lease,
};

/// Deliveries under way, at most: to callbacks that answered the last time, and to others.
const MOST_UNDER_WAY: usize = 512;
const MOST_FAILING: usize = 128;
/// Deliveries that are claimed together.
const CLAIMED: usize = 256;
/// A claim holds longer than a delivery may take.
const CLAIM: TimeDelta = TimeDelta::minutes(2);
/// Outside hubs that are told at a time.
const PINGS: usize = 16;
/// Webhooks that are told at a time.
const WEBHOOKS: usize = 16;
/// Results are kept when so many are there, or the first is so old.
const BATCH: usize = 256;
const OLDEST: Duration = Duration::from_millis(50);
/// What other processes did is noticed within that time.
const LOOKS: Duration = Duration::from_secs(5);
/// Leases, counts and our own subscriptions are looked at so often.
const ROUND: Duration = Duration::from_secs(30);
/// Time after a store that failed, or isn't there yet.
const AFTER_FAULT: Duration = Duration::from_secs(5);
/// Subscriptions there may be: in all, and at callbacks of one host.
const MOST: u64 = 200_000;
const MOST_AT_HOST: u64 = 50_000;

/// What a task brought.
enum Ended {
    Delivered(Box<Delivery>, Outcome),
    Verified(Box<Verification>, Result<(), String>),
    Pinged(Box<Ping>, ping::Told),
    Hooked(Box<Owed>, ping::Told),
    Asked(String, DateTime<Utc>, Result<(), String>),
    Denied,
}

/// Why the loop is left.
enum Left {
    Ended,
    OtherStore,
}

impl WebSub {
    /// Does what is to be done until `ends` turns true.
    pub async fn run(self: &Arc<Self>, mut ends: watch::Receiver<bool>) {
        let inbox = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut inbox) = inbox else { return };
        while !*ends.borrow() {
            let settings = self.settings.load_full();
            let worked = match Store::open_existing(&settings.store).await {
                Ok(Some(store)) => Desk::new(self, store).work(&mut inbox, &mut ends).await,
                Ok(None) => Ok(None),
                Err(error) => Err(error),
            };
            match worked {
                Ok(Some(Left::Ended)) => return,
                Ok(Some(Left::OtherStore)) => continue,
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "subscriptions can't be seen to; trying again soon");
                }
            }
            tokio::select! {
                () = time::sleep(AFTER_FAULT) => {}
                () = self.wakes.notified() => {}
                _ = ends.changed() => {}
            }
        }
    }
}

/// The loop's things.
struct Desk<'a> {
    websub: &'a Arc<WebSub>,
    store: Store,
    lease: String,
    tasks: JoinSet<Ended>,
    /// Places for deliveries that are quick.
    places: Arc<Semaphore>,
    under_way: usize,
    failing_under_way: usize,
    pings_under_way: usize,
    webhooks_under_way: usize,
    shelf: Shelf,
    /// What is to be kept.
    ended: Vec<Ended>,
    /// Since when the first of it waits.
    oldest: Option<Instant>,
    /// Callbacks whose records changed.
    changed: Vec<String>,
    /// When something is owed to somebody next.
    next: Option<DateTime<Utc>>,
    /// When a hub is to be asked next.
    next_ask: Option<DateTime<Utc>>,
    is_owed_more: bool,
    /// Whether subscriptions came or went since they were counted.
    is_miscounted: bool,
}

impl<'a> Desk<'a> {
    fn new(websub: &'a Arc<WebSub>, store: Store) -> Self {
        Self {
            websub,
            store,
            lease: own_lease("hub"),
            tasks: JoinSet::new(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            under_way: 0,
            failing_under_way: 0,
            pings_under_way: 0,
            webhooks_under_way: 0,
            shelf: Shelf::default(),
            ended: Vec::new(),
            oldest: None,
            changed: Vec::new(),
            next: None,
            next_ask: None,
            is_owed_more: true,
            is_miscounted: false,
        }
    }

    fn now(&self) -> DateTime<Utc> {
        (self.websub.clock)()
    }

    async fn work(
        mut self,
        inbox: &mut mpsc::Receiver<Event>,
        ends: &mut watch::Receiver<bool>,
    ) -> Result<Option<Left>, StoreError> {
        let mut settings = self.websub.settings.load_full();
        // Claims of our own are those of a loop that failed.
        let own = self.lease.clone();
        let is_gone = |lease: &str| lease == own || is_lease_gone(lease);
        self.store.end_delivery_claims(&is_gone).await?;
        self.store.end_bulletin_claims(&is_gone).await?;
        self.look_around(&settings).await?;
        let (mut round, mut look) = (time::interval(ROUND), time::interval(LOOKS));
        round.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        look.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            if self.is_owed_more && self.under_way + CLAIMED <= MOST_UNDER_WAY {
                self.take_up(&settings).await?;
            }
            let until_kept = self.oldest.map(|oldest| OLDEST.saturating_sub(oldest.elapsed()));
            let until_ask =
                self.next_ask.map(|next| (next - self.now()).to_std().unwrap_or_default());
            let until_due = self.next.map(|next| (next - self.now()).to_std().unwrap_or_default());
            tokio::select! {
                biased;
                _ = ends.wait_for(|ends| *ends) => {
                    self.keep(&settings).await?;
                    self.store.close().await?;
                    return Ok(Some(Left::Ended));
                }
                Some(ended) = self.tasks.join_next(), if !self.tasks.is_empty() => {
                    self.note(ended.unwrap_or_else(|error| {
                        tracing::error!(%error, "a task failed");
                        Ended::Denied
                    }));
                }
                Some(event) = inbox.recv() => self.heed(event, &settings),
                () = time::sleep(until_kept.unwrap_or_default()), if until_kept.is_some() => {}
                () = self.websub.wakes.notified() => {
                    let new = self.websub.settings.load_full();
                    let is_same_store = new.store == settings.store;
                    settings = new;
                    if !is_same_store {
                        self.keep(&settings).await?;
                        self.store.close().await?;
                        return Ok(Some(Left::OtherStore));
                    }
                    self.look_around(&settings).await?;
                }
                _ = round.tick() => self.look_around(&settings).await?,
                () = time::sleep(until_ask.unwrap_or_default()), if until_ask.is_some() => {
                    self.look_around(&settings).await?;
                }
                _ = look.tick() => {
                    self.is_owed_more = true;
                    if self.is_miscounted {
                        self.count().await?;
                    }
                }
                () = time::sleep(until_due.unwrap_or_default()), if until_due.is_some() => {
                    self.next = None;
                    self.is_owed_more = true;
                }
            }
            let is_old = self.oldest.is_some_and(|oldest| oldest.elapsed() >= OLDEST);
            if self.ended.len() >= BATCH || is_old {
                self.keep(&settings).await?;
            }
        }
    }

    /// Looks at what others may have changed: documents, sources, leases.
    async fn look_around(&mut self, settings: &Arc<Settings>) -> Result<(), StoreError> {
        let now = self.now();
        self.shelf.clear();
        self.store.keep_hubs(&settings.outside()).await?;
        let webhooks: Vec<_> = settings.webhooks.iter().map(|it| it.name.as_str()).collect();
        self.store.keep_webhooks(&webhooks).await?;
        self.store.end_leases(now).await?;
        self.count().await?;
        self.subscribe_to_sources(settings, now).await?;
        self.is_owed_more = true;
        Ok(())
    }

    async fn count(&mut self) -> Result<(), StoreError> {
        let counts = self.store.count_subscriptions().await?;
        self.websub.counts.subscriptions.store(counts.all, Ordering::Relaxed);
        self.websub.counts.behind.store(counts.behind, Ordering::Relaxed);
        self.is_miscounted = false;
        Ok(())
    }

    /// Sees to our own subscriptions.
    async fn subscribe_to_sources(
        &mut self,
        settings: &Arc<Settings>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let remotes = self.store.remotes().await?;
        let held = self.callbacks_by_source().await?;
        let (new, void) = own::differences(settings, &remotes, &held, now);
        let void: Vec<&str> = void.iter().map(String::as_str).collect();
        if !void.is_empty() {
            self.store.forget_callbacks(&void).await?;
        }
        for callback in &new {
            self.store.keep_callback(callback).await?;
        }
        // Another machine may have been first.
        let held = match new.is_empty() && void.is_empty() {
            true => held,
            false => self.callbacks_by_source().await?,
        };
        let mut due = Vec::new();
        {
            let mut callbacks = self.websub.callbacks();
            let mut known = std::mem::take(&mut *callbacks);
            for callback in held.into_values() {
                // Whoever heard of the hub last knows when it is to be asked next.
                let ours = known.remove(&callback.token).filter(|it| it.next >= callback.next);
                callbacks.insert(callback.token.clone(), ours.unwrap_or(callback));
            }
            for callback in callbacks.values_mut().filter(|callback| callback.next <= now) {
                callback.asks(now);
                due.push(callback.clone());
            }
        }
        self.plan_asks();
        for callback in due {
            let settings = Arc::clone(settings);
            self.tasks.spawn(async move {
                let answer = own::ask(&settings, &callback).await;
                Ended::Asked(callback.token, callback.next, answer)
            });
        }
        Ok(())
    }

    fn plan_asks(&mut self) {
        self.next_ask = self.websub.callbacks().values().map(|callback| callback.next).min();
    }

    async fn callbacks_by_source(&mut self) -> Result<BTreeMap<String, Callback>, StoreError> {
        let held = self.store.callbacks().await?;
        Ok(held.into_iter().map(|callback| (callback.source.clone(), callback)).collect())
    }

    fn heed(&mut self, event: Event, settings: &Arc<Settings>) {
        match event {
            Event::Verify(verification) => {
                let settings = Arc::clone(settings);
                self.tasks.spawn(async move {
                    let outcome = verification.ask(&settings).await;
                    Ended::Verified(verification, outcome)
                });
            }
            Event::Confirmed { token, expires } => {
                if let Some(callback) = self.websub.callbacks().get(&token) {
                    let (source, hub) = (&callback.source, &callback.hub);
                    tracing::info!(source, hub, %expires, "a hub tells of a source");
                }
                self.changed(token);
            }
            Event::Denied { token, why } => {
                if let Some(callback) = self.websub.callbacks().get(&token) {
                    let (source, hub) = (&callback.source, &callback.hub);
                    tracing::warn!(source, hub, why, "a hub refuses to tell of a source");
                }
                self.changed(token);
            }
            Event::Told { token, at } => {
                if let Some(callback) = self.websub.callbacks().get_mut(&token) {
                    callback.told = Some(at);
                }
                self.changed(token);
            }
        }
    }

    fn changed(&mut self, token: String) {
        self.plan_asks();
        self.oldest.get_or_insert_with(Instant::now);
        if !self.changed.contains(&token) {
            self.changed.push(token);
        }
    }

    /// Notes what a task brought.
    fn note(&mut self, ended: Ended) {
        match &ended {
            Ended::Delivered(delivery, _) => match delivery.failures {
                0 => self.under_way -= 1,
                _ => self.failing_under_way -= 1,
            },
            Ended::Pinged(..) => self.pings_under_way -= 1,
            Ended::Hooked(..) => self.webhooks_under_way -= 1,
            Ended::Asked(..) | Ended::Verified(..) => {}
            Ended::Denied => return,
        }
        self.oldest.get_or_insert_with(Instant::now);
        self.ended.push(ended);
    }

    /// Claims what is owed, as far as there is room, and begins with it.
    async fn take_up(&mut self, settings: &Arc<Settings>) -> Result<(), StoreError> {
        let now = self.now();
        self.is_owed_more = false;
        if settings.own_hub {
            let claimed = self.claim(false, CLAIMED, now).await?;
            self.is_owed_more |= claimed.len() == CLAIMED;
            self.under_way += claimed.len();
            self.begin(claimed, settings, now);
            let room = MOST_FAILING.saturating_sub(self.failing_under_way);
            if room > 0 {
                let claimed = self.claim(true, room, now).await?;
                self.failing_under_way += claimed.len();
                self.begin(claimed, settings, now);
            }
        }
        let room = PINGS.saturating_sub(self.pings_under_way);
        if room > 0 && !settings.outside().is_empty() {
            let pings = self.store.claim_pings(room, now, now + CLAIM).await?;
            self.pings_under_way += pings.len();
            for it in pings {
                let settings = Arc::clone(settings);
                self.tasks.spawn(async move {
                    let told = ping::ping(&settings, &it, now).await;
                    Ended::Pinged(Box::new(it), told)
                });
            }
        }
        let next = self.store.next_telling(now).await?;
        let hook = self.tell_webhooks(settings, now).await?;
        self.next = next.into_iter().chain(hook).min();
        Ok(())
    }

    /// Claims what is owed to webhooks and begins with it; when something waits for its hour.
    async fn tell_webhooks(
        &mut self,
        settings: &Arc<Settings>,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let room = WEBHOOKS.saturating_sub(self.webhooks_under_way);
        if room == 0 || settings.webhooks.is_empty() {
            return Ok(None);
        }
        let until = now + webhook::CLAIM;
        for owed in self.store.claim_bulletins(room, &self.lease, (now, until)).await? {
            self.webhooks_under_way += 1;
            let settings = Arc::clone(settings);
            self.tasks.spawn(async move {
                let told = webhook::tell(&settings, &owed, now).await;
                Ended::Hooked(Box::new(owed), told)
            });
        }
        self.store.next_bulletin(now).await
    }

    async fn claim(
        &mut self,
        failing: bool,
        count: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<Delivery>, StoreError> {
        self.store.claim_deliveries(failing, count, &self.lease, (now, now + CLAIM)).await
    }

    fn begin(&mut self, claimed: Vec<Delivery>, settings: &Arc<Settings>, now: DateTime<Utc>) {
        for delivery in claimed {
            let of_feed = (delivery.feed, delivery.version);
            let document = self.shelf.get(of_feed, (&delivery.path, delivery.format), settings);
            let (settings, places) = (Arc::clone(settings), Arc::clone(&self.places));
            self.tasks.spawn(async move {
                let outcome = match document {
                    Ok(document) => {
                        deliver::deliver(&settings, &delivery, document, &places, now).await
                    }
                    Err(error) => Outcome::Failed(format!("its document: {error}"), None),
                };
                Ended::Delivered(Box::new(delivery), outcome)
            });
        }
    }

    /// Keeps what tasks brought, in one transaction.
    async fn keep(&mut self, settings: &Arc<Settings>) -> Result<(), StoreError> {
        self.oldest = None;
        let ended = std::mem::take(&mut self.ended);
        let now = self.now();
        self.store.begin().await?;
        let (mut taken, mut left) = (BTreeMap::<(i64, u16), Vec<i64>>::new(), Vec::new());
        let mut subscribed: Vec<Subscribed> = Vec::new();
        for ended in ended {
            match ended {
                Ended::Delivered(delivery, Outcome::Taken(status)) => {
                    count(&self.websub.counts.delivered);
                    taken.entry((delivery.version, status)).or_default().push(delivery.id);
                }
                Ended::Delivered(delivery, Outcome::Left) => left.push(delivery.id),
                Ended::Delivered(delivery, Outcome::Failed(said, after)) => {
                    self.keep_failure(&delivery, &said, after, now).await?;
                }
                Ended::Verified(verification, outcome) => {
                    self.verified(*verification, outcome, settings, &mut subscribed).await?;
                }
                Ended::Pinged(ping, told) => {
                    if told.is_ok() {
                        count(&self.websub.counts.pinged);
                    }
                    ping::keep(&mut self.store, &ping, told, now).await?;
                }
                Ended::Hooked(owed, told) => {
                    webhook::keep(&mut self.store, &owed, told, now).await?;
                }
                Ended::Asked(token, next, answer) => self.keep_answer(token, next, answer, now),
                Ended::Denied => {}
            }
        }
        for ((version, status), ids) in &taken {
            self.store.delivered(ids, *version, &status.to_string(), now, false).await?;
        }
        if !left.is_empty() {
            self.store.end_subscriptions(&left).await?;
        }
        self.store.subscribe(&subscribed).await?;
        for token in std::mem::take(&mut self.changed) {
            let callback = self.websub.callbacks().get(&token).cloned();
            if let Some(callback) = callback {
                self.store.keep_callback(&callback).await?;
            }
        }
        self.store.commit().await?;
        // What changed while it was delivered is owed again.
        (self.is_owed_more, self.is_miscounted) = (true, true);
        Ok(())
    }

    async fn keep_failure(
        &mut self,
        delivery: &Delivery,
        said: &str,
        after: Option<Duration>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        count(&self.websub.counts.failed);
        let tried = (delivery.failures, delivery.failing);
        if let Some(next) = deliver::again(tried, after, delivery.id, now) {
            return self.store.not_delivered(delivery, said, now, next).await;
        }
        count(&self.websub.counts.given_up);
        tracing::warn!(
            callback = shown(&delivery.callback),
            feed = %delivery.path,
            said,
            "a subscriber was tried for a day; it is left alone until the next change"
        );
        self.store.delivered(&[delivery.id], delivery.version, said, now, true).await
    }

    /// What becomes of a request once its callback was asked.
    async fn verified(
        &mut self,
        verification: Verification,
        outcome: Result<(), String>,
        settings: &Arc<Settings>,
        subscribed: &mut Vec<Subscribed>,
    ) -> Result<(), StoreError> {
        let Verification { wish, found, waits } = verification;
        let Wish { mode, topic, callback, address, lease, secret } = wish;
        let place = shown(&callback);
        if let Err(why) = outcome {
            count(&self.websub.counts.unverified);
            tracing::debug!(callback = place, topic, why, "a request was not verified");
            return Ok(());
        }
        if !waits.counts() {
            return Ok(());
        }
        count(&self.websub.counts.verified);
        let feed = match &found {
            Some(found) => self.store.feed_at(&found.path).await?,
            None => None,
        };
        let (Mode::Subscribe, Some(found), Some(feed)) = (mode, found, feed) else {
            // What was verified before it is ended with it.
            self.store.subscribe(&std::mem::take(subscribed)).await?;
            self.store.unsubscribe(Some(&topic), &callback).await?;
            tracing::info!(callback = place, topic, "a subscription ended");
            return Ok(());
        };
        let at_host = self.store.count_subscriptions_at(&waits.host).await?;
        if at_host >= MOST_AT_HOST
            || self.websub.counts.subscriptions.load(Ordering::Relaxed) >= MOST
        {
            tracing::warn!(callback = place, topic, "there are too many subscriptions");
            let settings = Arc::clone(settings);
            self.tasks.spawn(async move {
                verify::deny(&settings, &address, &topic, "there are too many subscriptions").await;
                Ended::Denied
            });
            return Ok(());
        }
        tracing::debug!(callback = place, topic, lease, "a subscription stands");
        subscribed.push(Subscribed {
            topic,
            callback,
            host: waits.host.clone(),
            feed,
            format: found.format,
            secret,
            expires: self.now() + TimeDelta::seconds(lease),
        });
        Ok(())
    }

    fn keep_answer(
        &mut self,
        token: String,
        next: DateTime<Utc>,
        answer: Result<(), String>,
        now: DateTime<Utc>,
    ) {
        {
            let mut callbacks = self.websub.callbacks();
            let Some(callback) = callbacks.get_mut(&token) else { return };
            if let Err(why) = &answer {
                let (source, hub) = (&callback.source, &callback.hub);
                tracing::warn!(source, hub, why, "a hub doesn't tell of a source");
            }
            callback.asked(answer, next, now);
        }
        self.plan_asks();
        self.changed.push(token);
    }
}

/// An address as it is logged: what it was given for is nobody's business.
fn shown(address: &str) -> String {
    url::Url::parse(address).map_or_else(|_| "?".to_owned(), |url| crate::fetch::shown(&url))
}
