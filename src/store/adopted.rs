//! Guids and dates that were taken over from feeds which readers already had.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{
    Store, StoreError,
    engine::{Statement, Value},
};
use crate::story::{Story, entry_key};

/// An entry that readers already had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdoptedEntry {
    /// As their feed had it.
    pub guid: String,
    /// Key of its address.
    pub address: String,
    /// When it was published.
    pub published: Option<DateTime<Utc>>,
    /// When it was changed.
    pub updated: Option<DateTime<Utc>>,
}

impl Store {
    /// Keeps entries that readers had; of an entry that is known already, what is newly said.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_adopted(&mut self, entries: &[AdoptedEntry]) -> Result<(), StoreError> {
        // A feed's formats name the same entries: a statement may write each once.
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
        let mut merged: Vec<AdoptedEntry> = Vec::with_capacity(entries.len());
        for entry in entries {
            if let Some(place) = places.get(entry.guid.as_str()) {
                let known = &mut merged[*place];
                known.address.clone_from(&entry.address);
                known.published = entry.published.or(known.published);
                known.updated = entry.updated.or(known.updated);
            } else {
                places.insert(&entry.guid, merged.len());
                merged.push(entry.clone());
            }
        }
        let rows = merged.iter().map(|entry| {
            [
                Value::from(&entry.guid),
                (&entry.address).into(),
                entry.published.map(|at| at.timestamp_millis()).into(),
                entry.updated.map(|at| at.timestamp_millis()).into(),
            ]
        });
        self.engine
            .insert(
                "INSERT INTO adopted (guid, url, published, updated)",
                rows,
                "ON CONFLICT (guid) DO UPDATE SET url = excluded.url, \
                 published = coalesce(excluded.published, adopted.published), \
                 updated = coalesce(excluded.updated, adopted.updated)",
            )
            .await?;
        Ok(())
    }

    /// Gives a story that no feed ever carried the guid under which readers have it, and the dates
    /// that it doesn't say itself. Whether the guid was free.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn adopt(&mut self, story: &Story, entry: &AdoptedEntry) -> Result<bool, StoreError> {
        self.engine.begin().await?;
        let taken = Statement::new("SELECT id FROM story WHERE guid = $1 AND id <> $2");
        let taken = self.engine.row(taken.bind(&entry.guid).bind(story.id)).await?.is_some();
        if !taken {
            let revision = self.next_revision().await?;
            let updated = entry.updated.max(Some(story.updated));
            let query = "UPDATE story SET guid = $1, revision = $2, updated = $3 WHERE id = $4";
            let query = Statement::new(query)
                .bind(&entry.guid)
                .bind(revision)
                .bind(updated.map(|at| at.timestamp_millis()))
                .bind(story.id);
            self.engine.run(query).await?;
        }
        self.engine.commit().await?;
        Ok(!taken)
    }

    /// The stories at these addresses, by address key. Every story is looked at.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn at_addresses(
        &mut self,
        addresses: &HashSet<&str>,
    ) -> Result<HashMap<String, Story>, StoreError> {
        let mut ids = HashMap::new();
        let mut after = 0;
        loop {
            let query = "SELECT id, url FROM story WHERE id > $1 ORDER BY id LIMIT 5000";
            let rows = self.engine.rows(Statement::new(query).bind(after)).await?;
            let Some(last) = rows.last() else { break };
            after = last.int(0);
            for row in &rows {
                let key = entry_key(row.text(1));
                if addresses.contains(key.as_str()) {
                    ids.insert(row.int(0), key);
                }
            }
        }
        let rows: Vec<i64> = ids.keys().copied().collect();
        let mut found = HashMap::new();
        for story in self.stories(&rows).await? {
            if let Some(key) = ids.remove(&story.id) {
                found.insert(key, story);
            }
        }
        Ok(found)
    }

    /// Those of these guids that readers had.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn adopted_guids(&mut self, guids: &[&str]) -> Result<HashSet<String>, StoreError> {
        let mut found = HashSet::new();
        for chunk in guids.chunks(500) {
            let mut query = Statement::new("SELECT guid FROM adopted WHERE guid IN ");
            query.push_list(chunk.iter().copied());
            found.extend(self.engine.rows(query).await?.iter().map(|row| row.string(0)));
        }
        Ok(found)
    }

    /// The guids under which readers had these addresses, each with its address.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn adopted_addresses(
        &mut self,
        addresses: &[String],
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = Vec::new();
        for chunk in addresses.chunks(500) {
            let mut query = Statement::new("SELECT guid, url FROM adopted WHERE url IN ");
            query.push_list(chunk);
            let rows = self.engine.rows(query).await?;
            found.extend(rows.iter().map(|row| (row.string(0), row.string(1))));
        }
        Ok(found)
    }

    /// The entries of these instants that readers had, and that no story has become.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn adopted_unmatched(
        &mut self,
        instants: &[DateTime<Utc>],
    ) -> Result<Vec<AdoptedEntry>, StoreError> {
        let mut found = Vec::new();
        for chunk in instants.chunks(500) {
            let mut query = Statement::new(
                "SELECT guid, url, published FROM adopted \
                 WHERE NOT EXISTS (SELECT 1 FROM story WHERE story.guid = adopted.guid) \
                 AND published IN ",
            );
            query.push_list(chunk.iter().map(DateTime::timestamp_millis));
            found.extend(self.engine.rows(query).await?.iter().map(|row| AdoptedEntry {
                guid: row.string(0),
                address: row.string(1),
                published: row.int_or_none(2).and_then(DateTime::from_timestamp_millis),
                updated: None,
            }));
        }
        found.sort_unstable_by(|a, b| a.guid.cmp(&b.guid));
        Ok(found)
    }
}
