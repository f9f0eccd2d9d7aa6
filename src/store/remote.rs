//! What is known of each remote source: when it is asked next, what it last said, who asks it now.
//!
//! # Promises
//! - A source is asked by one at a time: it is claimed for a while, and claims of others are passed
//!   over without waiting (`FOR UPDATE SKIP LOCKED` on a server).
//! - What a source said is kept in the transaction that keeps the stories which it brought.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Store, StoreError,
    engine::{Asked, Row, Statement, Value},
    rows,
};

/// Whether a source is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RemoteState {
    /// When it is due.
    #[default]
    Active,
    /// Once a day, since it failed for long.
    Paused,
    /// No more: it is gone (410).
    Stopped,
}

impl RemoteState {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }
}

/// What is known of a remote source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remote {
    /// Whether it is asked.
    pub state: RemoteState,
    /// When it is asked next.
    pub next_due: Option<DateTime<Utc>>,
    /// Digest of the settings with which it was last asked: with others it is read anew.
    pub settings: String,
    /// Where it moved for good; none: the address in the configuration.
    pub address: Option<String>,
    /// Where it said that it moved for good, and how many times in a row.
    pub moving: Option<(String, u32)>,
    /// `ETag`, as it came.
    pub etag: Option<String>,
    /// `Last-Modified`, as it came.
    pub last_modified: Option<String>,
    /// How far a WordPress site or a database was read.
    pub cursor: Option<String>,
    /// Whether a fetch went well before.
    pub begun: bool,
    /// When it was last asked.
    pub asked: Option<DateTime<Utc>>,
    /// When it last answered as it should.
    pub answered: Option<DateTime<Utc>>,
    /// When it last brought something new.
    pub brought: Option<DateTime<Utc>>,
    /// What came of the last time: `ok`, `same` or a fault such as `dns` or `status-503`.
    pub outcome: String,
    /// The fault in a sentence, or what is to be said of an answer that went well.
    pub said: Option<String>,
    /// How many times in a row it failed.
    pub failures: u32,
    /// Since when it fails.
    pub failing_since: Option<DateTime<Utc>>,
    /// How many times in a row it brought nothing new.
    pub quiet: u32,
    /// The hub that it names, and its topic there.
    pub hub: Option<(String, String)>,
}

/// Which sources are claimed.
#[derive(Debug, Clone, Copy)]
pub enum Claims<'a> {
    /// Those that are due.
    Due,
    /// Those of these that nobody asks, due or not.
    Named(&'a [&'a str]),
    /// Those of these that nobody asks and that are due.
    DueOf(&'a [&'a str]),
}

/// A source that is claimed.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its name.
    pub source: String,
    /// What is known of it.
    pub remote: Remote,
}

/// What is known of a source, on its way into the store.
#[derive(Debug)]
pub struct Kept(Asked);

impl Store {
    /// Lets the store know these sources and no others: one that is new is due at once, one that is
    /// no longer there is forgotten.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_remotes(&mut self, names: &BTreeSet<&str>) -> Result<(), StoreError> {
        let known = self.engine.rows(Statement::new("SELECT source FROM remote")).await?;
        let known: BTreeSet<String> = known.iter().map(|row| row.string(0)).collect();
        let gone: Vec<&str> =
            known.iter().map(String::as_str).filter(|name| !names.contains(name)).collect();
        let new: Vec<&str> = names.iter().copied().filter(|name| !known.contains(*name)).collect();
        if gone.is_empty() && new.is_empty() {
            return Ok(());
        }
        self.engine.begin().await?;
        for chunk in gone.chunks(500) {
            let mut query = Statement::new("DELETE FROM remote WHERE source IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        let record = rows::json(&Remote::default())?;
        let new = new
            .into_iter()
            .map(|name| [Value::from(name), "active".into(), 0_i64.into(), record.as_str().into()]);
        let insert = "INSERT INTO remote (source, state, next_due, record)";
        self.engine.insert(insert, new, "ON CONFLICT (source) DO NOTHING").await?;
        self.engine.commit().await?;
        Ok(())
    }

    /// What is known of all remote sources, by name.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn remotes(&mut self) -> Result<BTreeMap<String, Remote>, StoreError> {
        let query = "SELECT source, record FROM remote ORDER BY source";
        let rows = self.engine.rows(Statement::new(query)).await?;
        rows.iter().map(|row| Ok((row.string(0), remote(row, 1)?))).collect()
    }

    /// Whether a source is fetched.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn is_remote(&mut self, source: &str) -> Result<bool, StoreError> {
        let query = Statement::new("SELECT source FROM remote WHERE source = $1").bind(source);
        Ok(self.engine.row(query).await?.is_some())
    }

    /// When the next source is due that nobody asks.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn next_fetch(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let query = "SELECT min(next_due) FROM remote WHERE state <> 'stopped'";
        let row = self.engine.row(Statement::new(query)).await?;
        let due = row.and_then(|row| row.int_or_none(0));
        Ok(due.and_then(DateTime::from_timestamp_millis))
    }

    /// Claims up to `count` sources for `lease` until an instant, those first that have waited
    /// longest. Claims that are over count as none, and so do those of the same holder.
    ///
    /// # Errors
    /// If the store fails; then none is claimed.
    pub async fn claim(
        &mut self,
        which: Claims<'_>,
        count: usize,
        lease: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Vec<Claimed>, StoreError> {
        let millis = now.timestamp_millis();
        let mut query = Statement::new("UPDATE remote SET lease = ");
        query.push_bind(lease).push(", lease_until = ").push_bind(until.timestamp_millis());
        query.push(" WHERE source IN (SELECT source FROM remote WHERE ");
        match which {
            Claims::Due => {
                query.push("state <> 'stopped' AND next_due <= ").push_bind(millis);
            }
            Claims::Named([]) | Claims::DueOf([]) => return Ok(Vec::new()),
            Claims::DueOf(names) => {
                query.push("state <> 'stopped' AND next_due <= ").push_bind(millis);
                query.push(" AND source IN ").push_list(names.iter().copied());
            }
            Claims::Named(names) => {
                query.push("source IN ").push_list(names.iter().copied());
            }
        }
        query.push(" AND (lease_until IS NULL OR lease_until <= ").push_bind(millis);
        query.push(" OR lease = ").push_bind(lease);
        query.push(") ORDER BY next_due, source LIMIT ");
        query.push_bind(i64::try_from(count).unwrap_or(i64::MAX));
        if !self.engine.is_sqlite() {
            query.push(" FOR UPDATE SKIP LOCKED");
        }
        query.push(") RETURNING source, record");
        let rows = self.engine.rows(query).await?;
        let claimed = |row: &Row| Ok(Claimed { source: row.string(0), remote: remote(row, 1)? });
        rows.iter().map(claimed).collect()
    }

    /// Lets go of sources that were claimed, as they are.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn let_go(&mut self, sources: &[&str], lease: &str) -> Result<(), StoreError> {
        if sources.is_empty() {
            return Ok(());
        }
        let mut query = Statement::new("UPDATE remote SET lease = NULL, lease_until = NULL WHERE ");
        query.push("lease = ").push_bind(lease).push(" AND source IN ");
        query.push_list(sources.iter().copied());
        self.engine.run(query).await?;
        Ok(())
    }

    /// Ends claims whose holders are known to be gone.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn end_claims(&mut self, is_gone: &dyn Fn(&str) -> bool) -> Result<(), StoreError> {
        let query = "SELECT DISTINCT lease FROM remote WHERE lease IS NOT NULL";
        let leases = self.engine.rows(Statement::new(query)).await?;
        for lease in leases.iter().map(|row| row.text(0)).filter(|lease| is_gone(lease)) {
            let query = "UPDATE remote SET lease = NULL, lease_until = NULL WHERE lease = $1";
            self.engine.run(Statement::new(query).bind(lease)).await?;
        }
        Ok(())
    }

    /// Keeps what is known of a source now, and ends the claim on it. Nothing is kept where the
    /// claim is somebody else's by now, or the source is no longer there.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_remote(
        &mut self,
        source: &str,
        remote: &Remote,
        lease: &str,
    ) -> Result<Kept, StoreError> {
        let due = remote.next_due.map_or(0, |at| at.timestamp_millis());
        let query = Statement::new(
            "UPDATE remote SET state = $1, next_due = $2, record = $3, lease = NULL, \
             lease_until = NULL WHERE source = $4 AND lease = $5 RETURNING source",
        );
        let query = query.bind(remote.state.name()).bind(due).bind(rows::json(remote)?);
        Ok(Kept(self.engine.ask(query.bind(source).bind(lease)).await?))
    }

    /// Whether it was kept.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn was_kept(&mut self, kept: Kept) -> Result<bool, StoreError> {
        Ok(!self.engine.answer(kept.0).await?.is_empty())
    }

    /// Keeps how far a source was read, while it is read on.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_reading(
        &mut self,
        source: &str,
        remote: &Remote,
        lease: &str,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let query =
            "UPDATE remote SET record = $1, lease_until = $2 WHERE source = $3 AND lease = $4";
        let query = Statement::new(query).bind(rows::json(remote)?);
        let query = query.bind(until.timestamp_millis()).bind(source).bind(lease);
        Ok(self.engine.run(query).await? > 0)
    }
}

fn remote(row: &Row, column: usize) -> Result<Remote, StoreError> {
    let fault = |error| StoreError::Damaged(format!("a record of a remote source: {error}"));
    serde_json::from_str(row.text(column)).map_err(fault)
}
