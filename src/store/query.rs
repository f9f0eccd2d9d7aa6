//! What a pass and a person ask of the store.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

use super::{Store, StoreError, rows};
use crate::story::{Guid, Image, Language, RawText, SectionPath, Story};

/// A story that a feed may carry, with what is known of its rendered text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The story.
    pub story: Story,
    /// What its text was rendered from and how; none: not rendered yet.
    pub rendered_digest: Option<String>,
    /// Bytes of its rendered text, as counted for `max_bytes`.
    pub rendered_bytes: u64,
}

/// What a story's text became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedText {
    /// Clean HTML.
    pub html: String,
    /// Its first words.
    pub excerpt: String,
    /// The first image in it.
    pub image: Option<Image>,
}

/// A public story in another language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    /// The story's row.
    pub id: i64,
    /// Equal in all translations.
    pub translation_key: String,
    /// Its language.
    pub language: Language,
    /// Its address.
    pub url: String,
}

/// What was rendered for one story.
#[derive(Debug)]
#[expect(missing_docs, reason = "the members are those of `RenderedText`")]
pub struct RenderedRow<'a> {
    pub story: i64,
    pub digest: &'a str,
    pub html: &'a str,
    pub excerpt: &'a str,
    pub image: Option<&'a Image>,
    pub bytes: u64,
}

const PUBLIC: &str =
    "s.state = 'live' AND s.published <= $1 AND (s.expires IS NULL OR s.expires > $1)";
const CANDIDATE: &str = "r.digest, coalesce(r.bytes, 0)";
/// The order of every feed: newest first, equal instants by guid.
const AFTER: &str = "(p.published < $2 OR (p.published = $2 AND p.guid > $3))";

/// Where the next page of candidates begins.
#[derive(Debug, Clone)]
pub struct Cursor {
    published: i64,
    guid: String,
}

impl Cursor {
    /// Before the first candidate.
    pub fn start() -> Self {
        Self { published: i64::MAX, guid: String::new() }
    }

    /// After `story`.
    pub fn after(story: &Story) -> Self {
        Self { published: story.published.timestamp_millis(), guid: story.guid.to_string() }
    }
}

impl Store {
    /// Up to `count` public stories after `cursor`, newest first, in `section` or in all.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn newest(
        &mut self,
        section: Option<&SectionPath>,
        cursor: &Cursor,
        count: usize,
        now: DateTime<Utc>,
    ) -> Result<Vec<Candidate>, StoreError> {
        let columns = rows::STORY_COLUMNS;
        let text = match section {
            Some(_) => format!(
                "SELECT {columns}, {CANDIDATE} FROM place p JOIN story s ON s.id = p.story \
                 LEFT JOIN rendered r ON r.story = s.id \
                 WHERE p.section = $5 AND p.published <= $1 AND {AFTER} AND {PUBLIC} \
                 ORDER BY p.published DESC, p.guid LIMIT $4"
            ),
            None => format!(
                "SELECT {columns}, {CANDIDATE} FROM story s LEFT JOIN rendered r ON r.story = s.id \
                 WHERE {after} AND {PUBLIC} ORDER BY s.published DESC, s.guid LIMIT $4",
                after = AFTER.replace("p.", "s.")
            ),
        };
        let mut query = sqlx::query(AssertSqlSafe(text))
            .bind(now.timestamp_millis())
            .bind(cursor.published)
            .bind(&cursor.guid)
            .bind(i64::try_from(count).unwrap_or(i64::MAX));
        if let Some(section) = section {
            query = query.bind(section.as_str());
        }
        query.fetch_all(&mut self.db).await?.iter().map(candidate).collect()
    }

    /// Every section that a story which is or was public names, itself (`true`) or by lying in it.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn sections(
        &mut self,
        now: DateTime<Utc>,
    ) -> Result<Vec<(SectionPath, bool)>, StoreError> {
        let query = "SELECT p.section, max(p.own) FROM place p JOIN story s ON s.id = p.story \
            WHERE p.published <= $1 AND (s.state = 'live' OR s.changed >= s.published) \
            GROUP BY p.section ORDER BY p.section";
        let rows = sqlx::query(query).bind(now.timestamp_millis()).fetch_all(&mut self.db).await?;
        rows.iter()
            .map(|row| {
                let section: String = row.get(0);
                let path = section.parse().map_err(|_| StoreError::Damaged(section.clone()))?;
                Ok((path, row.get::<i64, _>(1) == 1))
            })
            .collect()
    }

    /// The paths of live stories that name `section` themselves, with their sources; at most ten.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn named_in(
        &mut self,
        section: &SectionPath,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let query = "SELECT s.source, s.path FROM place p JOIN story s ON s.id = p.story \
            WHERE p.section = $1 AND p.own = 1 AND s.state = 'live' ORDER BY s.path LIMIT 10";
        let rows = sqlx::query(query).bind(section.as_str()).fetch_all(&mut self.db).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Public stories with one of these translation keys.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn siblings(
        &mut self,
        keys: &[&str],
        now: DateTime<Utc>,
    ) -> Result<Vec<Sibling>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let now = now.timestamp_millis();
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT s.id, s.translation_key, s.language, s.url FROM story s \
             WHERE s.state = 'live' AND s.published <= ",
        );
        query.push_bind(now).push(" AND (s.expires IS NULL OR s.expires > ").push_bind(now);
        query.push(") AND s.translation_key IN (");
        let mut list = query.separated(", ");
        for key in keys {
            list.push_bind(*key);
        }
        query.push(") ORDER BY s.translation_key, s.language, s.guid");
        let rows = query.build().fetch_all(&mut self.db).await?;
        rows.iter()
            .map(|row| {
                Ok(Sibling {
                    id: row.get(0),
                    translation_key: row.get(1),
                    language: rows::language(row.get(2))?,
                    url: row.get(3),
                })
            })
            .collect()
    }

    /// The texts of these stories as their sources have them.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn raw_texts(&mut self, ids: &[i64]) -> Result<HashMap<i64, RawText>, StoreError> {
        let mut texts = HashMap::with_capacity(ids.len());
        let select = "SELECT story, markup, text FROM body WHERE story IN (";
        for row in self.rows_of(select, ids).await? {
            let raw = RawText { markup: rows::markup(row.get(1))?, text: row.get(2) };
            texts.insert(row.get(0), raw);
        }
        Ok(texts)
    }

    /// What the texts of these stories became, where they were rendered.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn words(&mut self, ids: &[i64]) -> Result<HashMap<i64, RenderedText>, StoreError> {
        let mut texts = HashMap::with_capacity(ids.len());
        let select = "SELECT story, html, excerpt, image FROM rendered WHERE story IN (";
        for row in self.rows_of(select, ids).await? {
            let image = row.get::<Option<&str>, _>(3).map(rows::image).transpose()?;
            let text = RenderedText { html: row.get(1), excerpt: row.get(2), image };
            texts.insert(row.get(0), text);
        }
        Ok(texts)
    }

    /// What the texts of these stories were rendered from and how.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn rendered_digests(
        &mut self,
        ids: &[i64],
    ) -> Result<HashMap<i64, String>, StoreError> {
        let rows = self.rows_of("SELECT story, digest FROM rendered WHERE story IN (", ids).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// The rows of a statement that ends in an open list of ids.
    async fn rows_of(
        &mut self,
        select: &'static str,
        ids: &[i64],
    ) -> Result<Vec<SqliteRow>, StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(500) {
            let mut query = QueryBuilder::<Sqlite>::new(select);
            let mut list = query.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            rows.extend(query.push(")").build().fetch_all(&mut self.db).await?);
        }
        Ok(rows)
    }

    /// Keeps what was rendered.
    ///
    /// # Errors
    /// If the store fails; then nothing of it is kept.
    pub async fn keep_rendered(&mut self, rendered: &[RenderedRow<'_>]) -> Result<(), StoreError> {
        for chunk in rendered.chunks(200) {
            let mut images = Vec::with_capacity(chunk.len());
            for row in chunk {
                images.push(row.image.map(rows::json).transpose()?);
            }
            let mut query = QueryBuilder::<Sqlite>::new(
                "INSERT INTO rendered (story, digest, html, excerpt, image, bytes) ",
            );
            query.push_values(chunk.iter().zip(images), |mut values, (row, image)| {
                values
                    .push_bind(row.story)
                    .push_bind(row.digest)
                    .push_bind(row.html)
                    .push_bind(row.excerpt)
                    .push_bind(image)
                    .push_bind(i64::try_from(row.bytes).unwrap_or(i64::MAX));
            });
            query.push(
                " ON CONFLICT (story) DO UPDATE SET digest = excluded.digest, \
                 html = excluded.html, excerpt = excluded.excerpt, image = excluded.image, \
                 bytes = excluded.bytes",
            );
            query.build().execute(&mut self.db).await?;
        }
        Ok(())
    }

    /// Up to `count` stories of any state after `before`, the newest first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn listed(
        &mut self,
        before: Option<&Story>,
        count: usize,
    ) -> Result<Vec<Story>, StoreError> {
        let cursor = before.map_or_else(Cursor::start, Cursor::after);
        let columns = rows::STORY_COLUMNS;
        let text = format!(
            "SELECT {columns} FROM story s WHERE s.published < $1 \
             OR (s.published = $1 AND s.guid > $2) ORDER BY s.published DESC, s.guid LIMIT $3"
        );
        let query = sqlx::query(AssertSqlSafe(text))
            .bind(cursor.published)
            .bind(cursor.guid)
            .bind(i64::try_from(count).unwrap_or(i64::MAX));
        query.fetch_all(&mut self.db).await?.iter().map(rows::story).collect()
    }

    /// The stories that a person may mean: by guid, address, or path in a source.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn find(&mut self, named: &str) -> Result<Vec<Story>, StoreError> {
        let columns = rows::STORY_COLUMNS;
        let text = format!(
            "SELECT {columns} FROM story s WHERE s.guid = $1 OR s.url = $1 OR s.path = $1 \
             OR s.key = $2 ORDER BY s.id LIMIT 20"
        );
        let query = sqlx::query(AssertSqlSafe(text)).bind(named).bind(format!("id:{named}"));
        query.fetch_all(&mut self.db).await?.iter().map(rows::story).collect()
    }

    /// The story that its source knows as `key`, with the digest of what it was read from.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn by_key(
        &mut self,
        source: &str,
        key: &str,
    ) -> Result<Option<(Story, String)>, StoreError> {
        let columns = rows::STORY_COLUMNS;
        let text =
            format!("SELECT {columns}, s.digest FROM story s WHERE s.source = $1 AND s.key = $2");
        let query = sqlx::query(AssertSqlSafe(text)).bind(source).bind(key);
        let row = query.fetch_optional(&mut self.db).await?;
        row.map(|row| Ok((rows::story(&row)?, row.get(14)))).transpose()
    }

    /// The stories with these guids.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn by_guid(&mut self, guids: &[Guid]) -> Result<Vec<Story>, StoreError> {
        let mut stories = Vec::new();
        for chunk in guids.chunks(500) {
            let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
            query.push(rows::STORY_COLUMNS).push(" FROM story s WHERE s.guid IN (");
            let mut list = query.separated(", ");
            for guid in chunk {
                list.push_bind(guid.as_str());
            }
            for row in query.push(")").build().fetch_all(&mut self.db).await? {
                stories.push(rows::story(&row)?);
            }
        }
        Ok(stories)
    }

    /// When each of these stories was last written, by guid.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn changed_at(
        &mut self,
        guids: &[&str],
    ) -> Result<HashMap<String, DateTime<Utc>>, StoreError> {
        let mut changed = HashMap::new();
        for chunk in guids.chunks(500) {
            let mut query =
                QueryBuilder::<Sqlite>::new("SELECT guid, changed FROM story WHERE guid IN (");
            let mut list = query.separated(", ");
            for guid in chunk {
                list.push_bind(*guid);
            }
            for row in query.push(")").build().fetch_all(&mut self.db).await? {
                changed.insert(row.get(0), rows::instant(row.get(1))?);
            }
        }
        Ok(changed)
    }

    /// The addresses of a source's public stories, by path.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn addresses(
        &mut self,
        source: &str,
        now: DateTime<Utc>,
    ) -> Result<HashMap<String, String>, StoreError> {
        let query = "SELECT path, url FROM story WHERE source = $1 AND state = 'live' \
            AND published <= $2 AND (expires IS NULL OR expires > $2)";
        let query = sqlx::query(query).bind(source).bind(now.timestamp_millis());
        let rows = query.fetch_all(&mut self.db).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Notes that something was said; whether it is the first time.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn say_once(
        &mut self,
        source: &str,
        path: &str,
        what: &str,
    ) -> Result<bool, StoreError> {
        let query = "INSERT INTO said (source, path, what) VALUES ($1, $2, $3) \
                     ON CONFLICT (source, path, what) DO NOTHING";
        let done = sqlx::query(query).bind(source).bind(path).bind(what);
        Ok(done.execute(&mut self.db).await?.rows_affected() == 1)
    }
}

fn candidate(row: &SqliteRow) -> Result<Candidate, StoreError> {
    Ok(Candidate {
        story: rows::story(row)?,
        rendered_digest: row.get(14),
        rendered_bytes: row.get::<i64, _>(15).unsigned_abs(),
    })
}
