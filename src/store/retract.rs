//! Taking stories back, and giving them back.
//!
//! # Promises
//! - A story is taken back whole or not at all, and keeps its guid.
//! - What no reader has seen leaves neither a notice nor a tombstone.
//! - Of a purged story the guid, the key by which its source knows it, its dates and its language
//!   are kept, and where its file stands with a digest of it, so that the file stays retracted
//!   when it is edited or moved.
//!
//! # Limits
//! - PostgreSQL overwrites what was deleted when it vacuums, which is left to it.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, engine::Statement, rows};
use crate::story::{Phase, State, Story};

/// How a story is taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retraction {
    /// What stands in its place, and until when; none: nothing does, or what stands there already.
    pub notice: Option<(String, DateTime<Utc>)>,
    /// Whether its words are deleted.
    pub purge: Option<Purge>,
}

/// What a purge leaves of where a story stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purge {
    /// The path of its file.
    KeepPath,
    /// Nothing: the path was made of its title.
    All,
}

/// Where a story's words are when it is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// The store has them.
    Stored,
    /// The source has them; they are read again.
    InSource,
    /// Nowhere.
    Gone,
}

impl Store {
    /// Takes a story back. On SQLite, what a purge deletes is overwritten: see [`Store::scrub`].
    ///
    /// # Errors
    /// If the store fails; then the story is as it was.
    pub async fn retract(
        &mut self,
        story: &Story,
        retraction: &Retraction,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.engine.begin().await?;
        let revision = self.next_revision().await?;
        let is_again = story.state == State::Retracted;
        // A second retraction says more about the first, and is no later.
        let at = match retraction.notice {
            None if is_again => story.changed,
            _ => now,
        };
        let standing = story.notice.clone().zip(story.leaves).filter(|_| is_again);
        let notice = retraction.notice.clone().or(standing);
        let leaves = notice.as_ref().map(|(_, until)| *until);
        // What no reader has seen is taken back without a word.
        let is_shown = leaves.is_some_and(|leaves| leaves > now)
            && story.published <= now
            && self.was_public(story.id).await?;
        let phase = if is_shown { Phase::Public } else { Phase::Gone };
        let query = Statement::new(
            "UPDATE story SET state = 'retracted', revision = $1, changed = $2, phase = $3, \
             notice = $4, leaves = $5, raised = $6 WHERE id = $7",
        )
        .bind(revision)
        .bind(at.timestamp_millis())
        .bind(rows::phase_name(phase))
        .bind(notice.as_ref().map(|(text, _)| text.as_str()))
        .bind(leaves.map(|at| at.timestamp_millis()))
        .bind(is_shown.then(|| at.timestamp_millis()))
        .bind(story.id);
        self.engine.run(query).await?;
        if let Some(purge) = retraction.purge {
            self.purge(story, purge, revision).await?;
        }
        Ok(self.engine.commit().await?)
    }

    async fn purge(
        &mut self,
        story: &Story,
        purge: Purge,
        revision: i64,
    ) -> Result<(), StoreError> {
        if let Some(key) = &story.facts.translation_key {
            // What was its translation names it no more.
            let query = "UPDATE story SET revision = $1 WHERE translation_key = $2";
            self.engine.run(Statement::new(query).bind(revision).bind(key)).await?;
        }
        for text in [
            "UPDATE story SET title = '', url = '', facts = '{}', translation_key = NULL, size = 0 \
             WHERE id = $1",
            "UPDATE body SET text = '' WHERE story = $1",
            "DELETE FROM rendered WHERE story = $1",
            "DELETE FROM undeclared WHERE story = $1",
        ] {
            self.engine.run(Statement::new(text).bind(story.id)).await?;
        }
        if purge == Purge::All {
            let query = Statement::new("UPDATE story SET path = '', name = '' WHERE id = $1");
            self.engine.run(query.bind(story.id)).await?;
            self.soil_references(&story.source, [&story.path, ""]).await?;
        }
        self.forget_in_bulletins(story.guid.as_str()).await?;
        let query = Statement::new("UPDATE adopted SET url = '' WHERE guid = $1");
        self.engine.run(query.bind(story.guid.as_str())).await?;
        Ok(())
    }

    /// Writes the store anew, so that what was deleted is in none of its files; whether that is so
    /// now. It isn't while another program reads the store, nor on PostgreSQL.
    ///
    /// # Errors
    /// If the store fails, as for want of room: this takes as much again as the store.
    pub async fn scrub(&mut self) -> Result<bool, StoreError> {
        if !self.engine.is_sqlite() {
            return Ok(false);
        }
        self.engine.end_lasting().await?;
        self.engine.script("VACUUM".into()).await?;
        let query = Statement::new("PRAGMA wal_checkpoint(TRUNCATE)");
        Ok(self.engine.row(query).await?.is_some_and(|row| row.int(0) == 0))
    }

    /// Whether a pass ever put a story into a feed: readers may have it.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn was_public(&mut self, story: i64) -> Result<bool, StoreError> {
        let query = Statement::new("SELECT story FROM member WHERE story = $1 LIMIT 1");
        Ok(self.engine.row(query.bind(story)).await?.is_some())
    }

    /// Gives a story back: live where its words are, else withdrawn. What was purged is withdrawn
    /// until its source is read.
    ///
    /// # Errors
    /// If the store fails; then the story is as it was.
    pub async fn restore(
        &mut self,
        story: &Story,
        whereabouts: Whereabouts,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.engine.begin().await?;
        let (_, settled) = self.revisions().await?;
        let revision = self.next_revision().await?;
        let state = match whereabouts {
            Whereabouts::Gone => State::Withdrawn,
            _ if story.is_purged() => State::Withdrawn,
            Whereabouts::Stored | Whereabouts::InSource => State::Live,
        };
        let phase = Phase::at(now, state, story.published, story.expires, None);
        // Readers who were told of the retraction have a later date than the story's own.
        let was_told = story.revision <= settled && self.was_public(story.id).await?;
        let updated = if was_told { story.updated.max(now) } else { story.updated };
        let correction = story.facts.correction.as_ref();
        let raised = correction.map(|correction| correction.date.unwrap_or(story.updated));
        let query = Statement::new(
            "UPDATE story SET state = $1, revision = $2, changed = $3, phase = $4, \
             notice = NULL, leaves = expires, updated = $5, raised = $6 WHERE id = $7",
        )
        .bind(rows::state_name(state))
        .bind(revision)
        .bind(now.timestamp_millis())
        .bind(rows::phase_name(phase))
        .bind(updated.timestamp_millis())
        .bind(raised.map(|at| at.timestamp_millis()))
        .bind(story.id);
        self.engine.run(query).await?;
        if whereabouts != Whereabouts::Stored {
            // The file may say something else by now.
            let query = Statement::new("UPDATE story SET digest = '' WHERE id = $1");
            self.engine.run(query.bind(story.id)).await?;
        }
        Ok(self.engine.commit().await?)
    }
}
