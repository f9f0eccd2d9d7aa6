//! Rows to stories and back.

use chrono::{DateTime, Utc};

use super::{StoreError, engine::Row};
use crate::story::{Facts, Guid, Image, Language, Markup, Phase, State, Story};

/// The columns of [`story`], in order.
pub(super) const STORY_COLUMNS: &str = "s.id, s.guid, s.source, s.key, s.path, s.revision, s.url, \
    s.title, s.language, s.published, s.updated, s.expires, s.state, s.facts, s.phase, s.changed, \
    s.leaves, s.notice, s.raised, s.size";
/// How many they are.
pub(super) const STORY_WIDTH: usize = 20;

pub(super) fn story(row: &Row) -> Result<Story, StoreError> {
    Ok(Story {
        id: row.int(0),
        guid: Guid::kept(row.string(1)),
        source: row.string(2),
        key: row.string(3),
        path: row.string(4),
        revision: row.int(5),
        url: row.string(6),
        title: row.string(7),
        language: language(row.text(8))?,
        published: instant(row.int(9))?,
        updated: instant(row.int(10))?,
        expires: row.int_or_none(11).map(instant).transpose()?,
        state: state(row.text(12))?,
        facts: facts(row.text(13))?,
        phase: phase(row.text(14))?,
        changed: instant(row.int(15))?,
        leaves: row.int_or_none(16).map(instant).transpose()?,
        notice: row.text_or_none(17).map(str::to_owned),
        raised: row.int_or_none(18).map(instant).transpose()?,
        size: row.int(19).unsigned_abs(),
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

pub(super) const fn state_name(state: State) -> &'static str {
    match state {
        State::Live => "live",
        State::Withdrawn => "withdrawn",
        State::Retracted => "retracted",
    }
}

pub(super) fn phase(text: &str) -> Result<Phase, StoreError> {
    match text {
        "pending" => Ok(Phase::Pending),
        "public" => Ok(Phase::Public),
        "gone" => Ok(Phase::Gone),
        other => Err(damaged("phase", other)),
    }
}

pub(super) const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "pending",
        Phase::Public => "public",
        Phase::Gone => "gone",
    }
}

pub(super) const fn markup_name(markup: Markup) -> &'static str {
    match markup {
        Markup::Markdown => "markdown",
        Markup::Html => "html",
        Markup::WordPress => "wordpress",
        Markup::Finished => "finished",
        Markup::Plain => "plain",
    }
}

pub(super) fn markup(text: &str) -> Result<Markup, StoreError> {
    match text {
        "markdown" => Ok(Markup::Markdown),
        "html" => Ok(Markup::Html),
        "wordpress" => Ok(Markup::WordPress),
        "finished" => Ok(Markup::Finished),
        "plain" => Ok(Markup::Plain),
        other => Err(damaged("markup", other)),
    }
}

fn damaged(what: &str, value: &str) -> StoreError {
    StoreError::Damaged(format!("{what} `{value}`"))
}
