//! Who subscribed to which feed at our hub, and what each has of it (WebSub §5).
//!
//! There is no queue: a subscription is behind when it has an older version of its topic than there
//! is. Whoever was slow gets the newest, once.
//!
//! # Promises
//! - A delivery is claimed for a while; who dies meanwhile leaves it to others.
//! - What came of a delivery is kept with the version that was delivered, so that a newer one is
//!   still owed.

use chrono::{DateTime, Utc};

use super::{
    Store, StoreError,
    engine::{Row, Statement, Value},
    rows,
};
use crate::story::{FeedPath, Format, Secret};

/// A subscription that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribed {
    /// The topic's address as the subscriber wrote it.
    pub topic: String,
    /// Where it is told.
    pub callback: String,
    /// The host of that address.
    pub host: String,
    /// Row of the feed.
    pub feed: i64,
    /// Its form.
    pub format: Format,
    /// What is signed with.
    pub secret: Option<Secret>,
    /// Until when it is told.
    pub expires: DateTime<Utc>,
}

/// A subscription as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// What was subscribed to, where and until when.
    pub subscribed: Subscribed,
    /// Whether it has the newest version.
    pub is_behind: bool,
    /// When it is tried again, if it failed.
    pub next_due: Option<DateTime<Utc>>,
    /// How many times in a row it failed.
    pub failures: u32,
    /// What came of the last delivery: a status or a fault.
    pub said: String,
    /// When.
    pub said_at: Option<DateTime<Utc>>,
}

/// A delivery that is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Row of the subscription.
    pub id: i64,
    /// Where it goes.
    pub callback: String,
    /// Row of the feed.
    pub feed: i64,
    /// Where the feed stands.
    pub path: FeedPath,
    /// Its form.
    pub format: Format,
    /// The version that is owed.
    pub version: i64,
    /// What is signed with.
    pub secret: Option<Secret>,
    /// How many times in a row it failed.
    pub failures: u32,
    /// Since when this version could not be delivered.
    pub failing: Option<DateTime<Utc>>,
}

/// How many subscriptions there are, and how many of them are behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubscriptionCounts {
    /// All.
    pub all: u64,
    /// Those that a change is to be delivered to.
    pub behind: u64,
}

impl Store {
    /// Keeps subscriptions; the newest of one topic and callback wins, its secret included. Who
    /// subscribes is owed what changes from now on.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn subscribe(&mut self, all: &[Subscribed]) -> Result<(), StoreError> {
        if all.is_empty() {
            return Ok(());
        }
        let first = self.reserve("subscription", all.len()).await?;
        for (id, it) in (first..).zip(all) {
            let query = Statement::new(
                "INSERT INTO subscription (id, topic, callback, host, feed, format, secret, \
                 expires, sent, next_due, failures, failing, tried, said, said_at, lease, \
                 lease_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, \
                 COALESCE((SELECT version FROM topic WHERE feed = $5), 0), 0, 0, NULL, 0, '', \
                 NULL, NULL, NULL) ON CONFLICT (topic, callback) DO UPDATE SET \
                 feed = excluded.feed, format = excluded.format, secret = excluded.secret, \
                 expires = excluded.expires, next_due = 0, failures = 0, failing = NULL",
            );
            let query = query.bind(id).bind(&it.topic).bind(&it.callback).bind(&it.host);
            let query = query.bind(it.feed).bind(it.format.name());
            let query = query.bind(it.secret.as_ref().map(|it| it.expose().to_owned()));
            self.engine.run(query.bind(it.expires.timestamp_millis())).await?;
        }
        Ok(())
    }

    /// Ends a subscription, or all of a callback; how many there were.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unsubscribe(
        &mut self,
        topic: Option<&str>,
        callback: &str,
    ) -> Result<u64, StoreError> {
        let mut query = Statement::new("DELETE FROM subscription WHERE callback = ");
        query.push_bind(callback);
        if let Some(topic) = topic {
            query.push(" AND topic = ").push_bind(topic);
        }
        Ok(self.engine.run(query).await?)
    }

    /// All subscriptions whose lease isn't over, by topic and callback.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn subscriptions(
        &mut self,
        now: DateTime<Utc>,
    ) -> Result<Vec<Subscription>, StoreError> {
        let query = Statement::new(
            "SELECT s.topic, s.callback, s.host, s.feed, s.format, s.expires, \
             CAST(CASE WHEN s.sent < COALESCE(t.version, 0) THEN 1 ELSE 0 END AS BIGINT), s.next_due, s.failures, s.said, s.said_at \
             FROM subscription s LEFT JOIN topic t ON t.feed = s.feed WHERE s.expires > $1 \
             ORDER BY s.topic, s.callback",
        );
        let found = self.engine.rows(query.bind(now.timestamp_millis())).await?;
        found.iter().map(subscription).collect()
    }

    /// How many subscriptions there are: all, and those that are behind.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn count_subscriptions(&mut self) -> Result<SubscriptionCounts, StoreError> {
        let count = |row: Option<Row>| row.map_or(0, |row| row.int(0).unsigned_abs());
        let all = self.engine.row(Statement::new("SELECT count(*) FROM subscription")).await?;
        let behind = Statement::new(
            "SELECT count(*) FROM topic t JOIN subscription s ON s.feed = t.feed \
             WHERE s.sent < t.version",
        );
        let behind = self.engine.row(behind).await?;
        Ok(SubscriptionCounts { all: count(all), behind: count(behind) })
    }

    /// How many subscriptions there are at callbacks of one host.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn count_subscriptions_at(&mut self, host: &str) -> Result<u64, StoreError> {
        let query = Statement::new("SELECT count(*) FROM subscription WHERE host = $1").bind(host);
        Ok(self.engine.row(query).await?.map_or(0, |row| row.int(0).unsigned_abs()))
    }

    /// Claims up to `count` deliveries that are due: to callbacks that answered the last time, or
    /// (`failing`) to those that didn't.
    ///
    /// # Errors
    /// If the store fails; then none is claimed.
    pub async fn claim_deliveries(
        &mut self,
        failing: bool,
        count: usize,
        lease: &str,
        (now, until): (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<Delivery>, StoreError> {
        let millis = now.timestamp_millis();
        let mut query = Statement::new("UPDATE subscription SET lease = ");
        query.push_bind(lease).push(", lease_until = ").push_bind(until.timestamp_millis());
        query.push(" WHERE id IN (SELECT s.id FROM ");
        // Each by its own index, so that those who have it already, or fail, are not read.
        query.push(match failing {
            true => "subscription s CROSS JOIN topic t WHERE s.failures > 0",
            false => "topic t CROSS JOIN subscription s WHERE s.failures = 0",
        });
        query.push(" AND t.feed = s.feed AND s.sent < t.version AND t.due <= ");
        query.push_bind(millis).push(" AND s.next_due <= ").push_bind(millis);
        query.push(" AND s.expires > ").push_bind(millis);
        query.push(" AND (s.lease_until IS NULL OR s.lease_until <= ").push_bind(millis).push(")");
        query.push(" LIMIT ").push_bind(i64::try_from(count).unwrap_or(i64::MAX));
        if !self.engine.is_sqlite() {
            query.push(" FOR UPDATE OF s SKIP LOCKED");
        }
        query.push(
            ") RETURNING id, callback, feed, (SELECT path FROM feed WHERE id = \
             subscription.feed), format, (SELECT version FROM topic WHERE feed = \
             subscription.feed), secret, failures, CASE WHEN tried = (SELECT version FROM topic \
             WHERE feed = subscription.feed) THEN failing END",
        );
        self.engine.rows(query).await?.iter().map(delivery).collect()
    }

    /// Subscribers took a version, or are left alone about it (`gave_up`).
    ///
    /// # Errors
    /// If the store fails.
    pub async fn delivered(
        &mut self,
        ids: &[i64],
        version: i64,
        said: &str,
        now: DateTime<Utc>,
        gave_up: bool,
    ) -> Result<(), StoreError> {
        for chunk in ids.chunks(500) {
            let mut query = Statement::new("UPDATE subscription SET sent = ");
            query.push_bind(version).push(", said = ").push_bind(said);
            query.push(", said_at = ").push_bind(now.timestamp_millis());
            // Who was given up about one version is not trusted to answer quickly about the next.
            query.push(if gave_up { "" } else { ", failures = 0, next_due = 0" });
            query.push(", failing = NULL, lease = NULL, lease_until = NULL WHERE id IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        Ok(())
    }

    /// A subscriber didn't take a version: it is tried again at `next`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn not_delivered(
        &mut self,
        delivery: &Delivery,
        said: &str,
        now: DateTime<Utc>,
        next: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let query = Statement::new(
            "UPDATE subscription SET failures = $1, failing = $2, tried = $3, said = $4, \
             said_at = $5, next_due = $6, lease = NULL, lease_until = NULL WHERE id = $7",
        );
        let query = query.bind(i64::from(delivery.failures) + 1);
        let query = query.bind(delivery.failing.unwrap_or(now).timestamp_millis());
        let query = query.bind(delivery.version).bind(said).bind(now.timestamp_millis());
        self.engine.run(query.bind(next.timestamp_millis()).bind(delivery.id)).await?;
        Ok(())
    }

    /// Ends subscriptions.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn end_subscriptions(&mut self, ids: &[i64]) -> Result<(), StoreError> {
        for chunk in ids.chunks(500) {
            let mut query = Statement::new("DELETE FROM subscription WHERE id IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        Ok(())
    }

    /// Ends subscriptions whose lease is over; how many there were.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn end_leases(&mut self, now: DateTime<Utc>) -> Result<u64, StoreError> {
        let query = Statement::new("DELETE FROM subscription WHERE expires <= $1");
        Ok(self.engine.run(query.bind(now.timestamp_millis())).await?)
    }

    /// Ends claims on deliveries whose holders are known to be gone.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn end_delivery_claims(
        &mut self,
        is_gone: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<(), StoreError> {
        let query = "SELECT DISTINCT lease FROM subscription WHERE lease IS NOT NULL";
        let leases = self.engine.rows(Statement::new(query)).await?;
        for lease in leases.iter().map(|row| row.text(0)).filter(|lease| is_gone(lease)) {
            let query = "UPDATE subscription SET lease = NULL, lease_until = NULL WHERE lease = $1";
            self.engine.run(Statement::new(query).bind(Value::from(lease))).await?;
        }
        Ok(())
    }
}

fn format(name: &str) -> Result<Format, StoreError> {
    let all = Format::ALL;
    let found = all.into_iter().find(|format| format.name() == name);
    found.ok_or_else(|| StoreError::Damaged(format!("no format is called `{name}`")))
}

fn failures(row: &Row, column: usize) -> u32 {
    u32::try_from(row.int(column)).unwrap_or(u32::MAX)
}

fn subscription(row: &Row) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        subscribed: Subscribed {
            topic: row.string(0),
            callback: row.string(1),
            host: row.string(2),
            feed: row.int(3),
            format: format(row.text(4))?,
            secret: None,
            expires: rows::instant(row.int(5))?,
        },
        is_behind: row.int(6) != 0,
        next_due: Some(row.int(7)).filter(|at| *at > 0).map(rows::instant).transpose()?,
        failures: failures(row, 8),
        said: row.string(9),
        said_at: row.int_or_none(10).map(rows::instant).transpose()?,
    })
}

fn delivery(row: &Row) -> Result<Delivery, StoreError> {
    let path = row.text(3).parse().map_err(|_| StoreError::Damaged(row.string(3)))?;
    Ok(Delivery {
        id: row.int(0),
        callback: row.string(1),
        feed: row.int(2),
        path,
        format: format(row.text(4))?,
        version: row.int(5),
        secret: row.text_or_none(6).map(|text| Secret::new(text.to_owned())),
        failures: failures(row, 7),
        failing: row.int_or_none(8).map(rows::instant).transpose()?,
    })
}
