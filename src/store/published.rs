//! The manifest: what was published, and what was decided once about each feed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{Connection, Row};

use super::{Store, StoreError, rows};
use crate::story::FeedPath;

/// What was decided once about a feed, and what it last carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRecord {
    /// Where it stands.
    pub path: FeedPath,
    /// Its Atom id, kept through moves.
    pub atom_id: String,
    /// What made it: `site`, `section`, `found` or `rule`.
    pub kind: String,
    /// Its date, which never falls.
    pub updated: Option<DateTime<Utc>>,
    /// When it was seen to be retired.
    pub retired: Option<DateTime<Utc>>,
    /// Digest of everything its files were made from.
    pub inputs: String,
    /// Guid and revision of each entry it last carried.
    pub members: BTreeMap<String, i64>,
}

/// A file that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its place below the feeds folder.
    pub file: String,
    /// The feed it belongs to.
    pub feed: String,
    /// Digest of its bytes.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// Its modification time in nanoseconds, by which a change from outside is noticed.
    pub stamp: i64,
}

impl Store {
    /// Every feed that was ever published.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn feeds(&mut self) -> Result<BTreeMap<FeedPath, FeedRecord>, StoreError> {
        let query = "SELECT path, atom_id, kind, updated, retired, inputs, members FROM feed";
        let mut feeds = BTreeMap::new();
        for row in sqlx::query(query).fetch_all(&mut self.db).await? {
            let text: String = row.get(0);
            let path: FeedPath = text.parse().map_err(|_| StoreError::Damaged(text.clone()))?;
            let members = serde_json::from_str(row.get(6))
                .map_err(|error| StoreError::Damaged(error.to_string()))?;
            let record = FeedRecord {
                path: path.clone(),
                atom_id: row.get(1),
                kind: row.get(2),
                updated: row.get::<Option<i64>, _>(3).map(rows::instant).transpose()?,
                retired: row.get::<Option<i64>, _>(4).map(rows::instant).transpose()?,
                inputs: row.get(5),
                members,
            };
            feeds.insert(path, record);
        }
        Ok(feeds)
    }

    /// Every file that was published and not removed since.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn published(&mut self) -> Result<BTreeMap<String, Published>, StoreError> {
        let query = "SELECT file, feed, digest, size, stamp FROM document";
        let rows = sqlx::query(query).fetch_all(&mut self.db).await?;
        let published = rows.iter().map(|row| {
            let file: String = row.get(0);
            let document = Published {
                file: file.clone(),
                feed: row.get(1),
                digest: row.get(2),
                size: row.get::<i64, _>(3).unsigned_abs(),
                stamp: row.get(4),
            };
            (file, document)
        });
        Ok(published.collect())
    }

    /// Keeps what a pass published and decided, in one transaction.
    ///
    /// # Errors
    /// If the store fails; then nothing of it is kept, and the next pass publishes again.
    pub async fn keep_published(
        &mut self,
        feeds: &[FeedRecord],
        files: &[Published],
        removed: &[String],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.db.begin().await?;
        for feed in feeds {
            let query = "INSERT INTO feed (path, atom_id, kind, updated, retired, inputs, members) \
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (path) DO UPDATE SET \
                kind = excluded.kind, updated = excluded.updated, retired = excluded.retired, \
                inputs = excluded.inputs, members = excluded.members";
            sqlx::query(query)
                .bind(feed.path.as_str())
                .bind(&feed.atom_id)
                .bind(&feed.kind)
                .bind(feed.updated.map(|at| at.timestamp_millis()))
                .bind(feed.retired.map(|at| at.timestamp_millis()))
                .bind(&feed.inputs)
                .bind(rows::json(&feed.members)?)
                .execute(&mut *transaction)
                .await?;
        }
        for file in files {
            let query = "INSERT INTO document (file, feed, digest, size, stamp, changed) \
                VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (file) DO UPDATE SET \
                feed = excluded.feed, digest = excluded.digest, size = excluded.size, \
                stamp = excluded.stamp, changed = CASE WHEN document.digest = excluded.digest \
                THEN document.changed ELSE excluded.changed END";
            sqlx::query(query)
                .bind(&file.file)
                .bind(&file.feed)
                .bind(&file.digest)
                .bind(i64::try_from(file.size).unwrap_or(i64::MAX))
                .bind(file.stamp)
                .bind(now.timestamp_millis())
                .execute(&mut *transaction)
                .await?;
        }
        for file in removed {
            let query = "DELETE FROM document WHERE file = $1";
            sqlx::query(query).bind(file).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}
