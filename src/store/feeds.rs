//! What was decided once about each feed, and what is to be done to it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Store, StoreError,
    engine::{Row, Statement},
    rows,
};
use crate::story::{FeedPath, Guid};

/// A place in the order of a feed: newest first, equal instants by guid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderKey {
    /// When the story became public.
    pub published: DateTime<Utc>,
    /// Its guid.
    pub guid: Guid,
}

impl OrderKey {
    /// Whether a feed shows this before `other`, or it is the same place.
    pub fn is_at_or_before(&self, other: &Self) -> bool {
        self.published > other.published
            || (self.published == other.published && self.guid <= other.guid)
    }
}

/// What was decided once about a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRecord {
    /// Its row.
    pub id: i64,
    /// Where it stands.
    pub path: FeedPath,
    /// Its Atom id, kept through moves.
    pub atom_id: String,
    /// What made it: `site`, `section`, `found`, `rule` or `partner`.
    pub kind: String,
    /// Its date, which never falls.
    pub updated: Option<DateTime<Utc>>,
    /// When it was seen to be retired.
    pub retired: Option<DateTime<Utc>>,
    /// Digest of its rule, as its members were last settled by.
    pub rule: String,
    /// Digest of all else that its files depend on beside stories.
    pub settings: String,
    /// The same for archive pages.
    pub page_settings: String,
    /// The first story that the feed did not carry; none: it carries all of its members.
    pub floor: Option<OrderKey>,
    /// Number of the archive page that is being filled; those before it are closed.
    pub open_page: u32,
    /// Whether its members are settled on archive pages.
    pub paged: bool,
    /// Whether its files are to be made again.
    pub dirty: bool,
    /// How many entries it last carried.
    pub entries: usize,
}

impl FeedRecord {
    /// A feed that is new.
    pub fn new(path: FeedPath, atom_id: String, kind: &str) -> Self {
        Self {
            id: 0,
            path,
            atom_id,
            kind: kind.to_owned(),
            updated: None,
            retired: None,
            rule: String::new(),
            settings: String::new(),
            page_settings: String::new(),
            floor: None,
            open_page: 1,
            paged: false,
            dirty: true,
            entries: 0,
        }
    }

    /// Whether a change of the story at `key` can be seen in the feed itself.
    pub fn shows(&self, key: &OrderKey) -> bool {
        self.floor.as_ref().is_none_or(|floor| key.is_at_or_before(floor))
    }

    /// Lets the feed's date be at least `at`.
    pub fn note_date(&mut self, at: DateTime<Utc>) {
        self.updated = self.updated.max(Some(at));
    }
}

const COLUMNS: &str = "id, path, atom_id, kind, updated, retired, rule, settings, page_settings, \
    floor_published, floor_guid, open_page, paged, dirty, entries";

/// Rows of feeds that are reserved together.
const FEED_ROWS: usize = 16;

impl Store {
    /// Every feed that there ever was.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn feeds(&mut self) -> Result<BTreeMap<FeedPath, FeedRecord>, StoreError> {
        let query = Statement::new(format!("SELECT {COLUMNS} FROM feed"));
        let rows = self.engine.rows(query).await?;
        rows.iter().map(|row| record(row).map(|feed| (feed.path.clone(), feed))).collect()
    }

    /// Keeps a feed; one without a row (0) gets one.
    ///
    /// # Errors
    /// If the store fails, or the feed's place is another's; the embedded engine may say so at the
    /// next question.
    pub async fn keep_feed(&mut self, feed: &mut FeedRecord) -> Result<(), StoreError> {
        if feed.id == 0 {
            feed.id = self.feed_row().await?;
        }
        let floor = feed.floor.as_ref();
        let query = Statement::new(format!(
            "INSERT INTO feed ({COLUMNS}, carried) VALUES \
             ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, '{{}}') \
             ON CONFLICT (id) DO UPDATE SET path = excluded.path, atom_id = excluded.atom_id, \
             kind = excluded.kind, updated = excluded.updated, retired = excluded.retired, \
             rule = excluded.rule, settings = excluded.settings, \
             page_settings = excluded.page_settings, floor_published = excluded.floor_published, \
             floor_guid = excluded.floor_guid, open_page = excluded.open_page, \
             paged = excluded.paged, dirty = excluded.dirty, entries = excluded.entries"
        ))
        .bind(feed.id)
        .bind(feed.path.as_str())
        .bind(&feed.atom_id)
        .bind(&feed.kind)
        .bind(feed.updated.map(|at| at.timestamp_millis()))
        .bind(feed.retired.map(|at| at.timestamp_millis()))
        .bind(&feed.rule)
        .bind(&feed.settings)
        .bind(&feed.page_settings)
        .bind(floor.map(|key| key.published.timestamp_millis()))
        .bind(floor.map(|key| key.guid.to_string()))
        .bind(i64::from(feed.open_page))
        .bind(i64::from(feed.paged))
        .bind(i64::from(feed.dirty))
        .bind(i64::try_from(feed.entries).unwrap_or(i64::MAX));
        Ok(self.engine.tell(query).await?)
    }

    /// A row for a feed that is new. They are reserved a few at a time: a new store finds many feeds
    /// while it has other things to do.
    async fn feed_row(&mut self) -> Result<i64, StoreError> {
        if self.feed_rows.is_empty() {
            let first = self.reserve("feed", FEED_ROWS).await?;
            self.feed_rows = (first..).take(FEED_ROWS).collect();
        }
        Ok(self.feed_rows.pop_front().unwrap_or_default())
    }

    /// Guid and revision of each entry that a feed last carried.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn carried(&mut self, feed: i64) -> Result<BTreeMap<String, i64>, StoreError> {
        let query = Statement::new("SELECT carried FROM feed WHERE id = $1").bind(feed);
        let Some(row) = self.engine.row(query).await? else { return Ok(BTreeMap::new()) };
        serde_json::from_str(row.text(0)).map_err(|error| StoreError::Damaged(error.to_string()))
    }

    /// Keeps what a feed carries now.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_carried(
        &mut self,
        feed: i64,
        carried: &BTreeMap<String, i64>,
    ) -> Result<(), StoreError> {
        let query = Statement::new("UPDATE feed SET carried = $1 WHERE id = $2");
        Ok(self.engine.tell(query.bind(rows::json(carried)?).bind(feed)).await?)
    }
}

fn record(row: &Row) -> Result<FeedRecord, StoreError> {
    let path = row.text(1).parse().map_err(|_| StoreError::Damaged(row.string(1)))?;
    let floor = match (row.int_or_none(9), row.text_or_none(10)) {
        (Some(published), Some(guid)) => {
            Some(OrderKey { published: rows::instant(published)?, guid: Guid::kept(guid) })
        }
        _ => None,
    };
    Ok(FeedRecord {
        id: row.int(0),
        path,
        atom_id: row.string(2),
        kind: row.string(3),
        updated: row.int_or_none(4).map(rows::instant).transpose()?,
        retired: row.int_or_none(5).map(rows::instant).transpose()?,
        rule: row.string(6),
        settings: row.string(7),
        page_settings: row.string(8),
        floor,
        open_page: u32::try_from(row.int(11)).unwrap_or(1),
        paged: row.int(12) == 1,
        dirty: row.int(13) == 1,
        entries: usize::try_from(row.int(14)).unwrap_or_default(),
    })
}
