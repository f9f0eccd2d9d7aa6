//! What a pass and a person ask of the store.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{
    Store, StoreError,
    engine::{Asked, Row, Statement, Value, last_by_key},
    rows,
};
use crate::story::{Guid, Image, Language, RawText, Story};

/// Rows that are asked for at once.
pub const TOGETHER: usize = 2000;

/// Stories that were asked for.
#[derive(Debug)]
pub struct AskedStories(Asked);

/// Texts that were asked for.
#[derive(Debug)]
pub struct AskedTexts(Option<Asked>);

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

/// Where the next page of candidates begins.
#[derive(Debug, Clone)]
pub struct Cursor {
    pub(super) published: i64,
    pub(super) guid: String,
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
    /// Public stories with one of these translation keys.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn siblings(&mut self, keys: &[&str]) -> Result<Vec<Sibling>, StoreError> {
        let mut siblings = Vec::new();
        for keys in keys.chunks(500) {
            let mut query = Statement::new(
                "SELECT s.id, s.translation_key, s.language, s.url FROM story s \
                 WHERE s.phase = 'public' AND s.state = 'live' AND s.translation_key IN ",
            );
            query.push_list(keys.iter().copied());
            query.push(" ORDER BY s.translation_key, s.language, s.guid");
            for row in self.engine.rows(query).await? {
                siblings.push(Sibling {
                    id: row.int(0),
                    translation_key: row.string(1),
                    language: rows::language(row.text(2))?,
                    url: row.string(3),
                });
            }
        }
        Ok(siblings)
    }

    /// The texts of these stories as their sources have them.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn raw_texts(&mut self, ids: &[i64]) -> Result<HashMap<i64, RawText>, StoreError> {
        let mut texts = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(TOGETHER) {
            let asked = self.ask_texts(ids).await?;
            texts.extend(self.asked_texts(asked).await?);
        }
        Ok(texts)
    }

    /// Asks for the texts of at most [`TOGETHER`] stories as their sources have them: they are
    /// looked for while the caller goes on.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn ask_texts(&mut self, ids: &[i64]) -> Result<AskedTexts, StoreError> {
        if ids.is_empty() {
            return Ok(AskedTexts(None));
        }
        let mut query = Statement::new("SELECT story, markup, text FROM body WHERE story IN ");
        query.push_list(ids.iter().copied());
        Ok(AskedTexts(Some(self.engine.ask(query).await?)))
    }

    /// The texts that were asked for, by row.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn asked_texts(
        &mut self,
        asked: AskedTexts,
    ) -> Result<HashMap<i64, RawText>, StoreError> {
        let rows = match asked.0 {
            Some(asked) => self.engine.answer(asked).await?,
            None => Vec::new(),
        };
        let text = |row: &Row| {
            let raw = RawText { markup: rows::markup(row.text(1))?, text: row.string(2) };
            Ok((row.int(0), raw))
        };
        rows.iter().map(text).collect()
    }

    /// What the texts of these stories became, where they were rendered.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn words(&mut self, ids: &[i64]) -> Result<HashMap<i64, RenderedText>, StoreError> {
        let mut texts = HashMap::with_capacity(ids.len());
        let select = "SELECT story, html, excerpt, image FROM rendered WHERE story IN ";
        for row in self.rows_of(select, ids).await? {
            let image = row.text_or_none(3).map(rows::image).transpose()?;
            let text = RenderedText { html: row.string(1), excerpt: row.string(2), image };
            texts.insert(row.int(0), text);
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
        let rows = self.rows_of("SELECT story, digest FROM rendered WHERE story IN ", ids).await?;
        Ok(rows.iter().map(|row| (row.int(0), row.string(1))).collect())
    }

    /// The rows of a statement that ends before a list of ids.
    pub(super) async fn rows_of(
        &mut self,
        select: &str,
        ids: &[i64],
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(TOGETHER) {
            let mut query = Statement::new(select);
            query.push_list(chunk.iter().copied());
            rows.extend(self.engine.rows(query).await?);
        }
        Ok(rows)
    }

    /// Keeps what was rendered.
    ///
    /// # Errors
    /// If the store fails; then nothing of it is kept.
    pub async fn keep_rendered(&mut self, rendered: &[RenderedRow<'_>]) -> Result<(), StoreError> {
        let rendered = last_by_key(rendered, |row| row.story);
        let mut rows = Vec::with_capacity(rendered.len());
        for row in rendered {
            rows.push([
                Value::from(row.story),
                row.digest.into(),
                row.html.into(),
                row.excerpt.into(),
                row.image.map(rows::json).transpose()?.into(),
                i64::try_from(row.bytes).unwrap_or(i64::MAX).into(),
            ]);
        }
        let insert = "INSERT INTO rendered (story, digest, html, excerpt, image, bytes)";
        let conflict = "ON CONFLICT (story) DO UPDATE SET digest = excluded.digest, \
            html = excluded.html, excerpt = excluded.excerpt, image = excluded.image, \
            bytes = excluded.bytes";
        Ok(self.engine.insert(insert, rows, conflict).await?)
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
        let query = Statement::new(text)
            .bind(cursor.published)
            .bind(cursor.guid)
            .bind(i64::try_from(count).unwrap_or(i64::MAX));
        self.engine.rows(query).await?.iter().map(rows::story).collect()
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
        let query = Statement::new(text).bind(named).bind(format!("id:{named}"));
        self.engine.rows(query).await?.iter().map(rows::story).collect()
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
        let row = self.engine.row(Statement::new(text).bind(source).bind(key)).await?;
        row.map(|row| Ok((rows::story(&row)?, row.string(rows::STORY_WIDTH)))).transpose()
    }

    /// The stories with these guids.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn by_guid(&mut self, guids: &[Guid]) -> Result<Vec<Story>, StoreError> {
        let mut stories = Vec::new();
        for chunk in guids.chunks(500) {
            let columns = rows::STORY_COLUMNS;
            let mut query =
                Statement::new(format!("SELECT {columns} FROM story s WHERE s.guid IN "));
            query.push_list(chunk.iter().map(Guid::as_str));
            for row in self.engine.rows(query).await? {
                stories.push(rows::story(&row)?);
            }
        }
        Ok(stories)
    }

    /// These stories, in no order.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn stories(&mut self, ids: &[i64]) -> Result<Vec<Story>, StoreError> {
        let mut stories = Vec::with_capacity(ids.len());
        for ids in ids.chunks(TOGETHER) {
            let asked = self.ask_stories(ids).await?;
            stories.extend(self.asked_stories(asked).await?);
        }
        Ok(stories)
    }

    /// Asks for at most [`TOGETHER`] stories: they are looked for while the caller goes on.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn ask_stories(&mut self, ids: &[i64]) -> Result<AskedStories, StoreError> {
        let columns = rows::STORY_COLUMNS;
        let mut query = Statement::new(format!("SELECT {columns} FROM story s WHERE s.id IN "));
        query.push_list(ids.iter().copied());
        Ok(AskedStories(self.engine.ask(query).await?))
    }

    /// The stories that were asked for, in no order.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn asked_stories(&mut self, asked: AskedStories) -> Result<Vec<Story>, StoreError> {
        self.engine.answer(asked.0).await?.par_iter().map(rows::story).collect()
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
        let query = Statement::new(query).bind(source).bind(path).bind(what);
        Ok(self.engine.run(query).await? == 1)
    }
}

pub(super) fn candidate(row: &Row) -> Result<Candidate, StoreError> {
    Ok(Candidate {
        story: rows::story(row)?,
        rendered_digest: row.text_or_none(rows::STORY_WIDTH).map(str::to_owned),
        rendered_bytes: row.int(rows::STORY_WIDTH + 1).unsigned_abs(),
    })
}
