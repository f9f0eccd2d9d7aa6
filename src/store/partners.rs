//! Feeds for partners: their documents, and the tokens by which they are read.
//!
//! # Promises
//! - A partner feed's documents are kept in the transaction that decides them, so that everybody who
//!   has the store can serve them.
//! - Of a token nothing is kept but a digest.
//! - A partner has two live tokens at most, whoever adds one meanwhile.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Store, StoreError,
    engine::{Row, Statement, Value},
    rows,
};
use crate::story::{FeedPath, TokenDigest};

/// Tokens of a partner that are live at once: the new one is there before the old one goes.
pub const LIVE_TOKENS: usize = 2;

/// A document of a partner feed, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerDocument {
    /// Where it is served, below the feeds' address.
    pub file: String,
    /// The feed it belongs to.
    pub feed: String,
    /// Digest of its bytes.
    pub digest: String,
    /// How many they are.
    pub size: u64,
    /// When they changed.
    pub changed: DateTime<Utc>,
}

/// A token that is to be kept.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// Whose.
    pub partner: &'a str,
    /// What is kept of it.
    pub digest: &'a TokenDigest,
    /// What it opens; none: every partner feed.
    pub feeds: &'a [FeedPath],
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: Option<DateTime<Utc>>,
}

/// How a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// It opens feeds.
    Live,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

impl TokenState {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A token that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptToken {
    /// Its number, by which people name it.
    pub id: i64,
    /// Whose.
    pub partner: String,
    /// What is kept of it.
    pub digest: TokenDigest,
    /// What it opens; none: every partner feed.
    pub feeds: Vec<FeedPath>,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: Option<DateTime<Utc>>,
    /// When it was taken back.
    pub revoked: Option<DateTime<Utc>>,
    /// Requests that it opened.
    pub requests: u64,
    /// When it last did.
    pub last_used: Option<DateTime<Utc>>,
}

impl KeptToken {
    /// How it stands at that instant.
    pub fn state(&self, now: DateTime<Utc>) -> TokenState {
        match (self.revoked, self.expires) {
            (Some(_), _) => TokenState::Revoked,
            (None, Some(expires)) if expires <= now => TokenState::Expired,
            _ => TokenState::Live,
        }
    }
}

/// What a token opened since that was last kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// The token.
    pub id: i64,
    /// How many requests.
    pub requests: u64,
    /// The last one's instant.
    pub last: DateTime<Utc>,
}

const TOKEN: &str = "id, partner, digest, feeds, created, expires, revoked, requests, last_used";

impl Store {
    /// The documents of partner feeds, by file.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn partner_documents(
        &mut self,
    ) -> Result<BTreeMap<String, PartnerDocument>, StoreError> {
        let query = "SELECT file, feed, digest, CAST(length(bytes) AS BIGINT), changed \
            FROM partner_document";
        let found = self.engine.rows(Statement::new(query)).await?;
        let document = |row: &Row| {
            let document = PartnerDocument {
                file: row.string(0),
                feed: row.string(1),
                digest: row.string(2),
                size: row.int(3).unsigned_abs(),
                changed: rows::instant(row.int(4))?,
            };
            Ok((document.file.clone(), document))
        };
        found.iter().map(document).collect()
    }

    /// The bytes of a partner feed's document, if it is there.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn partner_bytes(&mut self, file: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let query = Statement::new("SELECT bytes FROM partner_document WHERE file = $1");
        Ok(self.engine.row(query.bind(file)).await?.map(|row| row.bytes(0).to_owned()))
    }

    /// Keeps documents of partner feeds, and forgets those of the files that are `gone`.
    ///
    /// # Errors
    /// If the store fails; the embedded engine may say so at the next question.
    pub async fn keep_partner_documents(
        &mut self,
        made: &[(PartnerDocument, Vec<u8>)],
        gone: &[&str],
    ) -> Result<(), StoreError> {
        let made = made.iter().map(|(document, bytes)| {
            [
                Value::from(&document.file),
                (&document.feed).into(),
                (&document.digest).into(),
                bytes.as_slice().into(),
                document.changed.timestamp_millis().into(),
            ]
        });
        self.engine
            .insert(
                "INSERT INTO partner_document (file, feed, digest, bytes, changed)",
                made,
                "ON CONFLICT (file) DO UPDATE SET feed = excluded.feed, digest = excluded.digest, \
                 bytes = excluded.bytes, changed = excluded.changed",
            )
            .await?;
        for chunk in gone.chunks(500) {
            let mut query = Statement::new("DELETE FROM partner_document WHERE file IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        Ok(())
    }

    /// Nobody is told of a feed any more: its subscriptions end, and what hubs were not told yet
    /// they won't be.
    ///
    /// # Errors
    /// If the store fails; the embedded engine may say so at the next question.
    pub async fn end_topic(&mut self, feed: i64) -> Result<(), StoreError> {
        for query in [
            "DELETE FROM subscription WHERE feed = $1",
            "UPDATE topic SET staged = 0 WHERE feed = $1 AND staged > 0",
            "UPDATE ping SET told = (SELECT version FROM topic WHERE feed = $1) WHERE feed = $1 \
             AND told < (SELECT version FROM topic WHERE feed = $1)",
        ] {
            self.engine.tell(Statement::new(query).bind(feed)).await?;
        }
        Ok(())
    }

    /// All tokens, by partner and age.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn partner_tokens(&mut self) -> Result<Vec<KeptToken>, StoreError> {
        let query = format!("SELECT {TOKEN} FROM partner_token ORDER BY partner, id");
        self.engine.rows(Statement::new(query)).await?.iter().map(token).collect()
    }

    /// Keeps a token and gives its number; none: the partner has [`LIVE_TOKENS`] already.
    ///
    /// # Errors
    /// If the store fails; then it isn't kept.
    pub async fn add_token(&mut self, new: &NewToken<'_>) -> Result<Option<i64>, StoreError> {
        self.engine.begin().await?;
        // The counter's row is locked from here on: who adds another one waits, and counts this one.
        let id = self.reserve("partner_token", 1).await?;
        let live = Statement::new(
            "SELECT count(*) FROM partner_token WHERE partner = $1 AND revoked IS NULL \
             AND (expires IS NULL OR expires > $2)",
        );
        let live = live.bind(new.partner).bind(new.created.timestamp_millis());
        let live = self.engine.row(live).await?.map_or(0, |row| row.int(0));
        if usize::try_from(live).is_ok_and(|live| live >= LIVE_TOKENS) {
            self.engine.commit().await?;
            return Ok(None);
        }
        let query = Statement::new(format!(
            "INSERT INTO partner_token ({TOKEN}) VALUES ($1, $2, $3, $4, $5, $6, NULL, 0, NULL)"
        ));
        let query = query.bind(id).bind(new.partner).bind(new.digest.as_bytes());
        let query = query.bind(rows::json(&new.feeds)?).bind(new.created.timestamp_millis());
        self.engine.run(query.bind(new.expires.map(|at| at.timestamp_millis()))).await?;
        self.engine.commit().await?;
        Ok(Some(id))
    }

    /// Takes back the tokens of a partner, or one of them; the numbers of those that were not taken
    /// back before.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn revoke_tokens(
        &mut self,
        partner: &str,
        id: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<Vec<i64>, StoreError> {
        let mut query = Statement::new("UPDATE partner_token SET revoked = ");
        query.push_bind(now.timestamp_millis()).push(" WHERE revoked IS NULL AND partner = ");
        query.push_bind(partner);
        if let Some(id) = id {
            query.push(" AND id = ").push_bind(id);
        }
        query.push(" RETURNING id");
        let found = self.engine.rows(query).await?;
        let mut ids: Vec<i64> = found.iter().map(|row| row.int(0)).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Counts what tokens opened; several services may count at once.
    ///
    /// # Errors
    /// If the store fails; then nothing of it is counted.
    pub async fn count_uses(&mut self, uses: &[Used]) -> Result<(), StoreError> {
        self.engine.begin().await?;
        for used in uses {
            let query = Statement::new(
                "UPDATE partner_token SET requests = requests + $1, last_used = CASE \
                 WHEN last_used > $2 THEN last_used ELSE $2 END WHERE id = $3",
            );
            let query = query.bind(i64::try_from(used.requests).unwrap_or(i64::MAX));
            self.engine.run(query.bind(used.last.timestamp_millis()).bind(used.id)).await?;
        }
        Ok(self.engine.commit().await?)
    }
}

fn token(row: &Row) -> Result<KeptToken, StoreError> {
    let instant = |column| row.int_or_none(column).map(rows::instant).transpose();
    let damaged = |what: String| StoreError::Damaged(format!("a token of a partner: {what}"));
    Ok(KeptToken {
        id: row.int(0),
        partner: row.string(1),
        digest: TokenDigest::kept(row.bytes(2)).ok_or_else(|| damaged("its digest".to_owned()))?,
        feeds: serde_json::from_str(row.text(3)).map_err(|error| damaged(error.to_string()))?,
        created: rows::instant(row.int(4))?,
        expires: instant(5)?,
        revoked: instant(6)?,
        requests: row.int(7).unsigned_abs(),
        last_used: instant(8)?,
    })
}
