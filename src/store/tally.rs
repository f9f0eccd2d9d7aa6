//! How much is stored, for the person who asks.
//!
//! # Limits
//! - These statements read an index or a table from end to end: a pass uses none of them.

use serde::Serialize;

use super::{OrderKey, Store, StoreError, engine::Statement, rows};
use crate::story::{Phase, State};

/// So many stories of a source in one state and phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Name of the source.
    pub source: String,
    /// Live or taken back.
    pub state: State,
    /// Whether readers may know of them.
    pub phase: Phase,
    /// How many.
    pub count: u64,
}

/// How many stories there are in each state.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StoryCounts {
    /// Readers may see them.
    pub public: u64,
    /// Their hour lies ahead.
    pub pending: u64,
    /// They expired.
    pub gone: u64,
    /// Their files are gone.
    pub withdrawn: u64,
    /// They were taken back.
    pub retracted: u64,
}

impl StoryCounts {
    /// Counts these too.
    pub fn add(&mut self, tally: &Tally) {
        let count = match (tally.state, tally.phase) {
            (State::Withdrawn, _) => &mut self.withdrawn,
            (State::Retracted, _) => &mut self.retracted,
            (State::Live, Phase::Public) => &mut self.public,
            (State::Live, Phase::Pending) => &mut self.pending,
            (State::Live, Phase::Gone) => &mut self.gone,
        };
        *count += tally.count;
    }

    /// Each with its name for people.
    pub fn named(&self) -> [(&'static str, u64); 5] {
        [
            ("public", self.public),
            ("pending", self.pending),
            ("expired", self.gone),
            ("withdrawn", self.withdrawn),
            ("retracted", self.retracted),
        ]
    }
}

impl Store {
    /// The stories by source, state and phase.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn tally(&mut self) -> Result<Vec<Tally>, StoreError> {
        let query = "SELECT source, state, phase, count(*) FROM story \
            GROUP BY source, state, phase ORDER BY source, state, phase";
        let rows = self.engine.rows(Statement::new(query)).await?;
        rows.iter()
            .map(|row| {
                Ok(Tally {
                    source: row.string(0),
                    state: rows::state(row.text(1))?,
                    phase: rows::phase(row.text(2))?,
                    count: row.int(3).unsigned_abs(),
                })
            })
            .collect()
    }

    /// How many members of a feed stand before `place`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn members_before(
        &mut self,
        feed: i64,
        place: &OrderKey,
    ) -> Result<usize, StoreError> {
        let query = "SELECT count(*) FROM member WHERE feed = $1 AND inside = 1 \
            AND published >= $2 AND (published > $2 OR guid < $3)";
        let query = Statement::new(query).bind(feed).bind(place.published.timestamp_millis());
        let row = self.engine.row(query.bind(place.guid.as_str())).await?;
        Ok(row.map_or(0, |row| usize::try_from(row.int(0)).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Address, members::NEXT_DUE};

    /// What falls due next is asked every minute, however much is stored.
    #[test]
    fn what_falls_due_next_is_found_by_an_index() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = Address::File(folder.path().join("stories.db"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let steps = runtime.block_on(async {
            let mut store = Store::open(&address).await.expect("a store");
            let mut steps = Vec::new();
            for query in NEXT_DUE {
                let query = Statement::new(format!("EXPLAIN QUERY PLAN {query}"));
                let plan = store.engine.row(query).await.expect("a plan");
                steps.push(plan.expect("a step").string(3));
            }
            assert_eq!(store.next_due().await.expect("an answer"), None);
            steps
        });
        for (step, index) in steps.iter().zip(["story_due", "story_leaving"]) {
            assert!(step.starts_with("SEARCH") && step.contains(index), "{step}");
        }
    }
}
