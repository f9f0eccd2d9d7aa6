//! Taking stories back, and giving them back.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, engine::Statement, rows};
use crate::story::{Phase, State, Story};

/// How a story is taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retraction {
    /// What stands in its place, and until when; none: nothing does.
    pub notice: Option<(String, DateTime<Utc>)>,
    /// Whether nothing but the guid is kept.
    pub purge: bool,
}

impl Store {
    /// Takes a story back.
    ///
    /// # Errors
    /// If the store fails; then the story is as it was.
    pub async fn retract(
        &mut self,
        story: &Story,
        retraction: &Retraction,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if retraction.purge && self.engine.is_sqlite() {
            // What is deleted is overwritten in the file.
            self.engine.script("PRAGMA secure_delete = ON".into()).await?;
        }
        self.engine.begin().await?;
        let revision = self.next_revision().await?;
        let notice = retraction.notice.as_ref();
        let leaves = notice.map(|(_, until)| *until);
        // What no reader has seen is taken back without a word.
        let seen = story.phase == Phase::Public;
        let phase = match seen && leaves.is_some_and(|leaves| leaves > now) {
            true => Phase::Public,
            false => Phase::Gone,
        };
        // A second retraction says more about the first, and is no later.
        let at = match story.state {
            State::Retracted if notice.is_none() => story.changed,
            _ => now,
        };
        let query = Statement::new(
            "UPDATE story SET state = 'retracted', revision = $1, changed = $2, phase = $3, \
             notice = $4, leaves = $5, raised = $6 WHERE id = $7",
        )
        .bind(revision)
        .bind(at.timestamp_millis())
        .bind(rows::phase_name(phase))
        .bind(notice.map(|(text, _)| text.as_str()))
        .bind(leaves.map(|at| at.timestamp_millis()))
        .bind((phase == Phase::Public).then(|| at.timestamp_millis()))
        .bind(story.id);
        self.engine.run(query).await?;
        if retraction.purge {
            if let Some(key) = &story.facts.translation_key {
                // What was its translation names it no more.
                let query = "UPDATE story SET revision = $1 WHERE translation_key = $2";
                self.engine.run(Statement::new(query).bind(revision).bind(key)).await?;
            }
            for text in [
                "UPDATE story SET title = '', url = '', path = '', facts = '{}', digest = '', \
                 translation_key = NULL, size = 0 WHERE id = $1",
                "UPDATE body SET text = '' WHERE story = $1",
                "DELETE FROM rendered WHERE story = $1",
            ] {
                self.engine.run(Statement::new(text).bind(story.id)).await?;
            }
        }
        self.engine.commit().await?;
        if retraction.purge && self.engine.is_sqlite() {
            self.engine.script("PRAGMA wal_checkpoint(TRUNCATE)".into()).await?;
        }
        Ok(())
    }

    /// Gives a story back: live where its source has it, else withdrawn.
    ///
    /// # Errors
    /// If the store fails; then the story is as it was.
    pub async fn restore(
        &mut self,
        story: &Story,
        is_there: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.engine.begin().await?;
        let revision = self.next_revision().await?;
        let state = if is_there { State::Live } else { State::Withdrawn };
        let phase = Phase::at(now, state, story.published, story.expires, None);
        let query = Statement::new(
            "UPDATE story SET state = $1, revision = $2, changed = $3, phase = $4, \
             notice = NULL, leaves = expires, raised = NULL, digest = '' WHERE id = $5",
        )
        .bind(rows::state_name(state))
        .bind(revision)
        .bind(now.timestamp_millis())
        .bind(rows::phase_name(phase))
        .bind(story.id);
        self.engine.run(query).await?;
        self.engine.commit().await?;
        Ok(())
    }
}
