//! Which feeds changed so that others are told of it, and which outside hubs know.
//!
//! # Promises
//! - A change is staged in the transaction that decides it and released in the one that publishes
//!   it: after a crash in between, the next pass releases it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Store, StoreError,
    engine::{Row, Statement},
    rows,
};
use crate::story::FeedPath;

/// A change of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Entries were edited.
    Edit = 1,
    /// Entries came, went or were taken back.
    News = 2,
}

/// A feed that others follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Row of the feed.
    pub feed: i64,
    /// Where it stands now.
    pub path: FeedPath,
    /// One more with each change.
    pub version: i64,
    /// From when on the last change is told of.
    pub due: DateTime<Utc>,
}

/// An outside hub that doesn't know of the last change of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    /// The hub.
    pub hub: String,
    /// What it is to be told of.
    pub topic: Topic,
    /// How many times in a row it could not be told.
    pub failures: u32,
    /// Since when.
    pub failing: Option<DateTime<Utc>>,
}

const TOPIC: &str = "t.feed, f.path, t.version, t.due";

impl Store {
    /// Notes that a feed changes with the files that are about to be published.
    ///
    /// # Errors
    /// If the store fails; the embedded engine may say so at the next question.
    pub async fn stage_topic(&mut self, feed: i64, change: Change) -> Result<(), StoreError> {
        let query = Statement::new(
            "INSERT INTO topic (feed, version, due, staged) VALUES ($1, 0, 0, $2) \
             ON CONFLICT (feed) DO UPDATE SET staged = CASE WHEN topic.staged > excluded.staged \
             THEN topic.staged ELSE excluded.staged END",
        );
        Ok(self.engine.tell(query.bind(feed).bind(change as i64)).await?)
    }

    /// What was staged is published: it is told of. News at once, edits of one feed not more often
    /// than every `edits_every`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn release_topics(
        &mut self,
        now: DateTime<Utc>,
        edits_every: TimeDelta,
    ) -> Result<(), StoreError> {
        let query = Statement::new(
            "UPDATE topic SET version = version + 1, staged = 0, due = CASE \
             WHEN staged = 2 OR due + $1 <= $2 THEN $2 \
             WHEN due > $2 THEN due ELSE due + $1 END WHERE staged > 0",
        );
        let query = query.bind(edits_every.num_milliseconds()).bind(now.timestamp_millis());
        self.engine.run(query).await?;
        Ok(())
    }

    /// The row of the feed at a path.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn feed_at(&mut self, path: &FeedPath) -> Result<Option<i64>, StoreError> {
        let query = Statement::new("SELECT id FROM feed WHERE path = $1").bind(path.as_str());
        Ok(self.engine.row(query).await?.map(|row| row.int(0)))
    }

    /// When the next change is to be told of that isn't told of yet.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn next_telling(
        &mut self,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let now = now.timestamp_millis();
        let query = Statement::new(
            "SELECT min(at) FROM (SELECT min(due) AS at FROM topic WHERE due > $1 \
             UNION ALL SELECT min(s.next_due) FROM subscription s CROSS JOIN topic t \
             WHERE s.failures > 0 AND s.next_due > $1 AND t.feed = s.feed AND s.sent < t.version \
             UNION ALL SELECT min(p.next_due) FROM topic t JOIN ping p ON p.feed = t.feed \
             WHERE p.told < t.version AND p.next_due > $1) AS ahead",
        );
        let row = self.engine.row(query.bind(now)).await?;
        row.and_then(|row| row.int_or_none(0)).map(rows::instant).transpose()
    }

    /// Lets the store know the outside hubs: one that is new need not be told of what is published
    /// already, one that is no longer there is forgotten.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_hubs(&mut self, hubs: &[&str]) -> Result<(), StoreError> {
        let known = self.engine.rows(Statement::new("SELECT DISTINCT hub FROM ping")).await?;
        let known: Vec<String> = known.iter().map(|row| row.string(0)).collect();
        if hubs.is_empty() && known.is_empty() {
            return Ok(());
        }
        self.engine.begin().await?;
        for gone in known.iter().filter(|hub| !hubs.contains(&hub.as_str())) {
            self.engine.run(Statement::new("DELETE FROM ping WHERE hub = $1").bind(gone)).await?;
        }
        for hub in hubs {
            // Of a hub that is known, feeds that are new are told of; feed 0 is none, and says that
            // the hub is known.
            let is_known = known.iter().any(|it| it == hub);
            let told = if is_known { "0" } else { "version" };
            let query = format!(
                "INSERT INTO ping (hub, feed, told, next_due, failures, failing, said) \
                 SELECT $1, feed, {told}, 0, 0, CAST(NULL AS BIGINT), '' FROM topic \
                 UNION ALL SELECT $1, 0, 0, 0, 0, CAST(NULL AS BIGINT), '' WHERE true \
                 ON CONFLICT (hub, feed) DO NOTHING"
            );
            self.engine.run(Statement::new(query).bind(*hub)).await?;
        }
        Ok(self.engine.commit().await?)
    }

    /// Claims up to `count` tellings for a while: who fails to say what came of them leaves them to
    /// others then.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn claim_pings(
        &mut self,
        count: usize,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Ping>, StoreError> {
        let millis = now.timestamp_millis();
        let mut query = Statement::new(format!(
            "SELECT {TOPIC}, p.hub, p.failures, p.failing FROM ping p \
             JOIN topic t ON t.feed = p.feed JOIN feed f ON f.id = p.feed \
             WHERE p.told < t.version AND t.due <= "
        ));
        query.push_bind(millis).push(" AND p.next_due <= ").push_bind(millis);
        query.push(" ORDER BY p.next_due, p.hub, f.path LIMIT ");
        query.push_bind(i64::try_from(count).unwrap_or(i64::MAX));
        self.engine.begin().await?;
        if !self.engine.is_sqlite() {
            query.push(" FOR UPDATE OF p SKIP LOCKED");
        }
        let found = self.engine.rows(query).await?;
        let pings: Result<Vec<Ping>, StoreError> = found.iter().map(ping).collect();
        let pings = pings?;
        for ping in &pings {
            let query = "UPDATE ping SET next_due = $1 WHERE hub = $2 AND feed = $3";
            let query = Statement::new(query).bind(until.timestamp_millis());
            self.engine.run(query.bind(&ping.hub).bind(ping.topic.feed)).await?;
        }
        self.engine.commit().await?;
        Ok(pings)
    }

    /// A hub was told, or is left alone about this change.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn pinged(&mut self, ping: &Ping, said: &str) -> Result<(), StoreError> {
        let query = Statement::new(
            "UPDATE ping SET told = $1, next_due = 0, failures = 0, failing = NULL, said = $2 \
             WHERE hub = $3 AND feed = $4",
        );
        let query = query.bind(ping.topic.version).bind(said);
        self.engine.run(query.bind(&ping.hub).bind(ping.topic.feed)).await?;
        Ok(())
    }

    /// A hub could not be told: it is tried again at `next`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn not_pinged(
        &mut self,
        ping: &Ping,
        said: &str,
        now: DateTime<Utc>,
        next: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let failing = ping.failing.unwrap_or(now).timestamp_millis();
        let query = Statement::new(
            "UPDATE ping SET next_due = $1, failures = $2, failing = $3, said = $4 \
             WHERE hub = $5 AND feed = $6",
        );
        let query = query.bind(next.timestamp_millis()).bind(i64::from(ping.failures) + 1);
        let query = query.bind(failing).bind(said).bind(&ping.hub).bind(ping.topic.feed);
        self.engine.run(query).await?;
        Ok(())
    }
}

fn topic(row: &Row) -> Result<Topic, StoreError> {
    let path = row.text(1).parse().map_err(|_| StoreError::Damaged(row.string(1)))?;
    Ok(Topic { feed: row.int(0), path, version: row.int(2), due: rows::instant(row.int(3))? })
}

fn ping(row: &Row) -> Result<Ping, StoreError> {
    Ok(Ping {
        topic: topic(row)?,
        hub: row.string(4),
        failures: u32::try_from(row.int(5)).unwrap_or(u32::MAX),
        failing: row.int_or_none(6).map(rows::instant).transpose()?,
    })
}
