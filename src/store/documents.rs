//! The manifest: every file that was published.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Store, StoreError,
    engine::{Row, Statement, Value, last_by_key},
    rows,
};
use crate::story::FeedPath;

/// A file that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its place below the feeds folder.
    pub file: String,
    /// The feed it belongs to.
    pub feed: String,
    /// Its archive page; 0: the feed itself.
    pub page: u32,
    /// Digest of its bytes.
    pub digest: String,
    /// Bytes.
    pub size: u64,
    /// Its modification time in nanoseconds, by which a change from outside is noticed.
    pub stamp: i64,
    /// When its bytes changed.
    pub changed: DateTime<Utc>,
}

const COLUMNS: &str = "file, feed, page, digest, size, stamp, changed";

impl Store {
    /// Every file that was published and not removed since, archive pages left out.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn current_files(&mut self) -> Result<BTreeMap<String, Published>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM document WHERE page = 0");
        let rows = self.engine.rows(Statement::new(query)).await?;
        rows.iter().map(|row| published(row).map(|known| (known.file.clone(), known))).collect()
    }

    /// The archive pages' files of a feed.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn archived_files(&mut self, feed: &FeedPath) -> Result<Vec<String>, StoreError> {
        let query = "SELECT file FROM document WHERE feed = $1 AND page > 0 ORDER BY file";
        let rows = self.engine.rows(Statement::new(query).bind(feed.as_str())).await?;
        Ok(rows.iter().map(|row| row.string(0)).collect())
    }

    /// Keeps what a pass published and decided, in one transaction: nothing is left to be done for
    /// `feeds` and `pages`.
    ///
    /// # Errors
    /// If the store fails; then nothing of it is kept, and the next pass publishes again.
    pub async fn keep_published(
        &mut self,
        files: &[Published],
        removed: &[String],
        feeds: &[i64],
        pages: &[(i64, u32)],
    ) -> Result<(), StoreError> {
        self.engine.begin().await?;
        let files = last_by_key(files, |file| &file.file);
        let rows = files.iter().map(|file| {
            [
                Value::from(&file.file),
                (&file.feed).into(),
                i64::from(file.page).into(),
                (&file.digest).into(),
                i64::try_from(file.size).unwrap_or(i64::MAX).into(),
                file.stamp.into(),
                file.changed.timestamp_millis().into(),
            ]
        });
        self.engine
            .insert(
                &format!("INSERT INTO document ({COLUMNS})"),
                rows,
                "ON CONFLICT (file) DO UPDATE SET \
                 feed = excluded.feed, page = excluded.page, digest = excluded.digest, \
                 size = excluded.size, stamp = excluded.stamp, \
                 changed = excluded.changed",
            )
            .await?;
        for chunk in removed.chunks(500) {
            let mut query = Statement::new("DELETE FROM document WHERE file IN ");
            query.push_list(chunk);
            self.engine.run(query).await?;
        }
        for chunk in feeds.chunks(500) {
            let mut query = Statement::new("UPDATE feed SET dirty = 0 WHERE id IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        for group in pages.chunk_by(|a, b| a.0 == b.0) {
            for chunk in group.chunks(500) {
                let mut query = Statement::new("UPDATE page SET dirty = 0 WHERE feed = ");
                query.push_bind(chunk[0].0).push(" AND number IN ");
                query.push_list(chunk.iter().map(|(_, number)| i64::from(*number)));
                self.engine.run(query).await?;
            }
        }
        self.engine.commit().await?;
        Ok(())
    }
}

fn published(row: &Row) -> Result<Published, StoreError> {
    Ok(Published {
        file: row.string(0),
        feed: row.string(1),
        page: u32::try_from(row.int(2)).unwrap_or_default(),
        digest: row.string(3),
        size: row.int(4).unsigned_abs(),
        stamp: row.int(5),
        changed: rows::instant(row.int(6))?,
    })
}
