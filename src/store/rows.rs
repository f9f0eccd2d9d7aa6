//! Rows to stories and back.

use chrono::{DateTime, Utc};
use sqlx::{Row, sqlite::SqliteRow};

use super::StoreError;
use crate::story::{Facts, Guid, Image, Language, Markup, State, Story};

/// The columns of [`story`], in order.
pub(super) const STORY_COLUMNS: &str = "s.id, s.guid, s.source, s.key, s.path, s.revision, s.url, \
    s.title, s.language, s.published, s.updated, s.expires, s.state, s.facts";

pub(super) fn story(row: &SqliteRow) -> Result<Story, StoreError> {
    Ok(Story {
        id: row.get(0),
        guid: Guid::kept(row.get::<String, _>(1)),
        source: row.get(2),
        key: row.get(3),
        path: row.get(4),
        revision: row.get(5),
        url: row.get(6),
        title: row.get(7),
        language: language(row.get(8))?,
        published: instant(row.get(9))?,
        updated: instant(row.get(10))?,
        expires: row.get::<Option<i64>, _>(11).map(instant).transpose()?,
        state: state(row.get(12))?,
        facts: facts(row.get(13))?,
    })
}

pub(super) fn language(text: &str) -> Result<Language, StoreError> {
    text.parse().map_err(|_| damaged("language", text))
}

pub(super) fn instant(millis: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(millis).ok_or_else(|| damaged("instant", &millis.to_string()))
}

pub(super) fn facts(text: &str) -> Result<Facts, StoreError> {
    serde_json::from_str(text).map_err(|error| damaged("facts", &error.to_string()))
}

pub(super) fn image(text: &str) -> Result<Image, StoreError> {
    serde_json::from_str(text).map_err(|error| damaged("image", &error.to_string()))
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| damaged("value", &error.to_string()))
}

pub(super) fn state(text: &str) -> Result<State, StoreError> {
    match text {
        "live" => Ok(State::Live),
        "withdrawn" => Ok(State::Withdrawn),
        "retracted" => Ok(State::Retracted),
        other => Err(damaged("state", other)),
    }
}

pub(super) const fn markup_name(markup: Markup) -> &'static str {
    match markup {
        Markup::Markdown => "markdown",
        Markup::Html => "html",
        Markup::Plain => "plain",
    }
}

pub(super) fn markup(text: &str) -> Result<Markup, StoreError> {
    match text {
        "markdown" => Ok(Markup::Markdown),
        "html" => Ok(Markup::Html),
        "plain" => Ok(Markup::Plain),
        other => Err(damaged("markup", other)),
    }
}

fn damaged(what: &str, value: &str) -> StoreError {
    StoreError::Damaged(format!("{what} `{value}`"))
}
