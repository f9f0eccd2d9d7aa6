//! Archive pages and tombstones.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Store, StoreError,
    engine::{Row, Statement, Value, last_by_key},
    rows,
};
use crate::story::Guid;

/// An archive page of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The feed's row.
    pub feed: i64,
    /// From 1.
    pub number: u32,
    /// Rows of the stories that were settled on it.
    pub stories: Vec<i64>,
    /// Bytes that they take, estimated when they were settled.
    pub bytes: u64,
    /// Whether its files are to be made again.
    pub dirty: bool,
    /// When a story last left it, or the date it was last published with: the later of the two. It
    /// never falls.
    pub left_at: Option<DateTime<Utc>>,
}

/// A story that was taken back from a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buried {
    /// Its identity.
    pub guid: Guid,
    /// When it was taken back.
    pub at: DateTime<Utc>,
    /// Why.
    pub comment: Option<String>,
    /// The story's address, and when it was published; none where it was purged.
    pub story: Option<(String, DateTime<Utc>)>,
}

const COLUMNS: &str = "feed, number, stories, bytes, dirty, left_at";

impl Store {
    /// An archive page, if it was begun.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn page(&mut self, feed: i64, number: u32) -> Result<Option<Page>, StoreError> {
        let query = format!("SELECT {COLUMNS} FROM page WHERE feed = $1 AND number = $2");
        let query = Statement::new(query).bind(feed).bind(i64::from(number));
        self.engine.row(query).await?.as_ref().map(page).transpose()
    }

    /// Keeps these pages.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_pages(&mut self, pages: &[Page]) -> Result<(), StoreError> {
        let pages = last_by_key(pages, |page| (page.feed, page.number));
        let rows = pages.iter().map(|page| {
            [
                Value::from(page.feed),
                i64::from(page.number).into(),
                list(&page.stories).into(),
                i64::try_from(page.bytes).unwrap_or(i64::MAX).into(),
                i64::from(page.dirty).into(),
                page.left_at.map(|at| at.timestamp_millis()).into(),
            ]
        });
        self.engine
            .insert(
                "INSERT INTO page (feed, number, stories, bytes, dirty, left_at)",
                rows,
                "ON CONFLICT (feed, number) DO UPDATE SET stories = excluded.stories, \
                 bytes = excluded.bytes, dirty = excluded.dirty, \
                 left_at = CASE WHEN page.left_at > coalesce(excluded.left_at, page.left_at - 1) \
                 THEN page.left_at ELSE excluded.left_at END",
            )
            .await?;
        Ok(())
    }

    /// Marks a page to be made again; its date is `left_at` at least, where that is given.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn soil_page(
        &mut self,
        feed: i64,
        number: u32,
        left_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let query = "UPDATE page SET dirty = 1, left_at = CASE WHEN $1 > coalesce(left_at, $1 - 1) \
            THEN $1 ELSE left_at END WHERE feed = $2 AND number = $3";
        let query = Statement::new(query).bind(left_at.map(|at| at.timestamp_millis()));
        Ok(self.engine.tell(query.bind(feed).bind(i64::from(number))).await?)
    }

    /// Marks all pages of a feed to be made again.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn soil_pages(&mut self, feed: i64) -> Result<(), StoreError> {
        let query = "UPDATE page SET dirty = 1 WHERE feed = $1";
        Ok(self.engine.tell(Statement::new(query).bind(feed)).await?)
    }

    /// Up to `count` pages that are to be made again, after the page `after`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn dirty_pages(
        &mut self,
        after: (i64, u32),
        count: usize,
    ) -> Result<Vec<Page>, StoreError> {
        let query = format!(
            "SELECT {COLUMNS} FROM page WHERE dirty = 1 \
             AND (feed > $1 OR (feed = $1 AND number > $2)) ORDER BY feed, number LIMIT $3"
        );
        let query = Statement::new(query).bind(after.0).bind(i64::from(after.1));
        let query = query.bind(i64::try_from(count).unwrap_or(i64::MAX));
        self.engine.rows(query).await?.iter().map(page).collect()
    }

    /// Keeps that stories were taken back.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn bury(&mut self, buried: &[(i64, Buried)]) -> Result<(), StoreError> {
        let buried = last_by_key(buried, |(feed, buried)| (*feed, &buried.guid));
        let rows = buried.iter().map(|(feed, buried)| {
            [
                Value::from(*feed),
                buried.guid.as_str().into(),
                buried.at.timestamp_millis().into(),
                buried.comment.as_deref().into(),
            ]
        });
        self.engine
            .insert(
                "INSERT INTO tombstone (feed, guid, at, comment)",
                rows,
                "ON CONFLICT (feed, guid) DO UPDATE SET at = excluded.at, \
                 comment = excluded.comment",
            )
            .await?;
        Ok(())
    }

    /// When a story was taken back from these feeds, by feed.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn buried_in(
        &mut self,
        feeds: &[i64],
        guid: &Guid,
    ) -> Result<BTreeMap<i64, DateTime<Utc>>, StoreError> {
        let mut query = Statement::new("SELECT feed, at FROM tombstone WHERE guid = ");
        query.push_bind(guid.as_str()).push(" AND feed IN ").push_list(feeds.iter().copied());
        let rows = self.engine.rows(query).await?;
        rows.iter().map(|row| Ok((row.int(0), rows::instant(row.int(1))?))).collect()
    }

    /// Forgets that stories were taken back from a feed.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unbury(&mut self, feed: i64, guids: &[&str]) -> Result<(), StoreError> {
        for chunk in guids.chunks(500) {
            let mut query = Statement::new("DELETE FROM tombstone WHERE feed = $1 AND guid IN ");
            query = query.bind(feed);
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        Ok(())
    }

    /// The stories that were taken back from a feed, the last first; at most `count`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn buried(&mut self, feed: i64, count: usize) -> Result<Vec<Buried>, StoreError> {
        let query = "SELECT tombstone.guid, at, comment, story.url, story.published FROM tombstone \
            LEFT JOIN story ON story.guid = tombstone.guid AND story.state <> 'live' \
            WHERE feed = $1 \
            ORDER BY at DESC, tombstone.guid LIMIT $2";
        let query = Statement::new(query).bind(feed);
        let query = query.bind(i64::try_from(count).unwrap_or(i64::MAX));
        let rows = self.engine.rows(query).await?;
        rows.iter()
            .map(|row| {
                Ok(Buried {
                    guid: Guid::kept(row.text(0)),
                    at: rows::instant(row.int(1))?,
                    comment: row.text_or_none(2).map(str::to_owned),
                    story: row
                        .text_or_none(3)
                        .filter(|url| !url.is_empty())
                        .map(|url| {
                            Ok::<_, StoreError>((url.to_owned(), rows::instant(row.int(4))?))
                        })
                        .transpose()?,
                })
            })
            .collect()
    }
}

fn page(row: &Row) -> Result<Page, StoreError> {
    let stories = row.text(2).split(',').filter(|id| !id.is_empty()).map(str::parse);
    let stories = stories.collect::<Result<_, _>>();
    Ok(Page {
        feed: row.int(0),
        number: u32::try_from(row.int(1)).unwrap_or(1),
        stories: stories.map_err(|_| StoreError::Damaged(row.string(2)))?,
        bytes: row.int(3).unsigned_abs(),
        dirty: row.int(4) == 1,
        left_at: row.int_or_none(5).map(rows::instant).transpose()?,
    })
}

fn list(ids: &[i64]) -> String {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    ids.join(",")
}
