//! What the store has of one source, as far as it was asked for.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
};

use super::{
    Store, StoreError,
    engine::{Row, Statement},
    rows,
};
use crate::story::{Guid, Incoming, Phase, State};

/// What the store has of one source. Rows are fetched when they are needed, so that a pass costs
/// what changed.
#[derive(Debug, Default)]
pub struct Known {
    stories: HashMap<String, KnownStory>,
    keys_by_path: HashMap<String, String>,
    /// Stories whose files are gone, by the digest of what they were read from.
    vanished: HashMap<String, Vec<String>>,
    /// Whether everything is here that the store has.
    complete: bool,
    /// Where the store was empty: hashes of the guids that it has now. One that isn't here is free.
    pub(super) guids: Option<HashSet<u64>>,
    /// Whether feeds of others were adopted.
    pub(super) adopts: bool,
    /// Whether entries of the source were passed over.
    passed: bool,
    /// Whether the store has prints of articles.
    prints: bool,
}

#[derive(Debug, Clone)]
pub(super) struct KnownStory {
    pub(super) id: i64,
    pub(super) path: String,
    digest: String,
    state: State,
    phase: Phase,
}

/// A live story whose file is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vanished {
    /// Its row.
    pub id: i64,
    /// Where its file was.
    pub path: String,
    /// Whether readers know of it.
    pub public: bool,
}

impl Known {
    /// The digest of the live story that was read from `path`.
    pub fn digest(&self, path: &str) -> Option<&str> {
        let story = self.stories.get(self.keys_by_path.get(path)?)?;
        (story.state == State::Live).then_some(story.digest.as_str())
    }

    /// Tells which files are gone, so that a moved one is known again by its content, and one of a
    /// retracted story stays retracted. The stories read from them must have been recalled.
    pub fn note_vanished<'p>(&mut self, paths: impl Iterator<Item = &'p str>) {
        let mut gone: Vec<(&str, &String, &String)> = paths
            .filter_map(|path| {
                let key = self.keys_by_path.get(path)?;
                let story = self.stories.get(key)?;
                (story.state != State::Withdrawn).then_some((path, &story.digest, key))
            })
            .collect();
        gone.sort_unstable();
        let mut vanished: HashMap<String, Vec<String>> = HashMap::new();
        for (_, digest, key) in gone.into_iter().rev() {
            vanished.entry(digest.clone()).or_default().push(key.clone());
        }
        self.vanished = vanished;
    }

    /// Whether nothing is known of a story, neither by its key nor by where it stands.
    pub fn is_new(&self, incoming: &Incoming) -> bool {
        !self.stories.contains_key(&incoming.key) && !self.keys_by_path.contains_key(&incoming.path)
    }

    /// The live stories that are still known by these paths, at which no story is now.
    pub fn left_behind<'p>(&self, paths: impl Iterator<Item = &'p str>) -> Vec<Vanished> {
        let mut left: Vec<Vanished> = paths
            .filter_map(|path| {
                let story = self.stories.get(self.keys_by_path.get(path)?)?;
                let live = story.state == State::Live && story.path == path;
                let public = story.phase == Phase::Public;
                live.then(|| Vanished { id: story.id, path: path.to_owned(), public })
            })
            .collect();
        left.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        left.dedup();
        left
    }

    /// Whether the store has none of the source, and nothing was learned since.
    pub fn is_nothing(&self) -> bool {
        self.complete && self.stories.is_empty()
    }

    /// Whether entries of the source were passed over.
    pub const fn has_passed(&self) -> bool {
        self.passed
    }

    /// Whether the store knows articles by prints: some came from remote sources.
    pub const fn has_prints(&self) -> bool {
        self.prints
    }

    /// The row of the story that goes by this key.
    pub fn row(&self, key: &str) -> Option<i64> {
        Some(self.stories.get(key)?.id)
    }

    /// How many stories are known.
    pub fn count(&self) -> usize {
        self.stories.len()
    }

    pub(super) fn story(&self, key: &str) -> Option<&KnownStory> {
        self.stories.get(key)
    }

    /// The key under which the store knows `incoming`, if it does.
    pub(super) fn key_of(&mut self, incoming: &Incoming, keys: &HashSet<&str>) -> Option<String> {
        if self.stories.contains_key(&incoming.key) {
            return Some(incoming.key.clone());
        }
        // The same file under another id, unless the story that was there is somewhere else now.
        if let Some(key) = self.keys_by_path.get(&incoming.path)
            && !keys.contains(key.as_str())
        {
            return Some(key.clone());
        }
        self.vanished.get_mut(&incoming.digest)?.pop()
    }

    /// Remembers where `incoming`, stored as row `id`, is now.
    pub fn learn(&mut self, old_key: Option<&str>, incoming: &Incoming, id: i64) {
        let mut phase = Phase::Pending;
        if let Some(key) = old_key
            && let Some(old) = self.stories.remove(key)
        {
            phase = old.phase;
            if self.keys_by_path.get(&old.path).is_some_and(|known| known == key) {
                self.keys_by_path.remove(&old.path);
            }
        }
        let story = KnownStory {
            id,
            path: incoming.path.clone(),
            digest: incoming.digest.clone(),
            state: State::Live,
            phase,
        };
        self.stories.insert(incoming.key.clone(), story);
        self.keys_by_path.insert(incoming.path.clone(), incoming.key.clone());
    }

    /// Remembers that a guid is taken.
    pub(super) fn take_guid(&mut self, guid: &Guid) {
        if let Some(guids) = &mut self.guids {
            guids.insert(hash(guid.as_str()));
        }
    }

    /// Whether the store may have a guid already.
    pub(super) fn may_have(&self, guid: &str) -> bool {
        self.guids.as_ref().is_none_or(|guids| guids.contains(&hash(guid)))
    }

    fn add(&mut self, key: String, story: KnownStory) {
        if self.stories.contains_key(&key) {
            return;
        }
        if story.state == State::Live || !self.keys_by_path.contains_key(&story.path) {
            self.keys_by_path.insert(story.path.clone(), key.clone());
        }
        self.stories.insert(key, story);
    }
}

/// What left a source, by the digests that follow. Without an order: one by path would make the
/// engine read all of the source.
const LEFT: &str = "SELECT key, id, path, digest, state, phase FROM story WHERE state <> 'live' \
    AND source = ";

fn known_story(row: &Row) -> Result<(String, KnownStory), StoreError> {
    let story = KnownStory {
        id: row.int(1),
        path: row.string(2),
        digest: row.string(3),
        state: rows::state(row.text(4))?,
        phase: rows::phase(row.text(5))?,
    };
    Ok((row.string(0), story))
}

fn hash(text: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(text)
}

impl Store {
    /// Begins with what the store has of `source`: nothing yet, unless that is all there is.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn known(&mut self, source: &str) -> Result<Known, StoreError> {
        let query = "SELECT \
             CAST((SELECT count(*) FROM (SELECT 1 FROM story WHERE source = $1 LIMIT 1) a) AS BIGINT), \
             CAST((SELECT count(*) FROM (SELECT 1 FROM adopted LIMIT 1) b) AS BIGINT), \
             CAST((SELECT count(*) FROM (SELECT 1 FROM passed WHERE source = $1 LIMIT 1) c) \
             AS BIGINT), (SELECT value FROM counter WHERE name = 'story'), \
             CAST((SELECT count(*) FROM (SELECT 1 FROM print LIMIT 1) d) AS BIGINT)";
        let row = self.engine.row(Statement::new(query).bind(source)).await?;
        let count = |column| row.as_ref().map_or(0, |row| row.int(column));
        let (complete, guids) = (count(0) == 0, (count(3) == 0).then(HashSet::new));
        let (adopts, passed, prints) = (count(1) > 0, count(2) > 0, count(4) > 0);
        Ok(Known { complete, guids, adopts, passed, prints, ..Known::default() })
    }

    /// Where all stories of `source` that aren't withdrawn were read from; none where the store has
    /// none of it.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn standing_paths(
        &mut self,
        source: &str,
        known: &Known,
    ) -> Result<Vec<String>, StoreError> {
        if known.complete {
            return Ok(Vec::new());
        }
        let query = "SELECT path FROM story WHERE source = $1 AND state <> 'withdrawn'";
        let rows = self.engine.rows(Statement::new(query).bind(source)).await?;
        Ok(rows.iter().map(|row| row.string(0)).collect())
    }

    /// Recalls the stories of `source` that were read from these paths.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn recall(
        &mut self,
        source: &str,
        known: &mut Known,
        paths: &[&str],
    ) -> Result<(), StoreError> {
        known.stories.reserve(paths.len());
        known.keys_by_path.reserve(paths.len());
        if let Some(guids) = &mut known.guids {
            guids.reserve(paths.len());
        }
        self.recall_by("path", source, known, paths).await
    }

    /// Recalls the stories of `source` that left before, retracted ones too, by the digests of
    /// what they were read from: a file may come back in another place. One whose file is
    /// still there (`present`) is another story.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn recall_left(
        &mut self,
        source: &str,
        known: &mut Known,
        digests: &[&str],
        present: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<(), StoreError> {
        if known.complete {
            return Ok(());
        }
        let mut left = Vec::new();
        for digests in digests.chunks(500) {
            let mut query = Statement::new(LEFT);
            query.push_bind(source).push(" AND digest IN ");
            query.push_list(digests.iter().copied());
            for row in self.engine.rows(query).await? {
                left.push(known_story(&row)?);
            }
        }
        left.sort_unstable_by(|(_, a), (_, b)| (&a.path, a.id).cmp(&(&b.path, b.id)));
        for (key, story) in left {
            let is_moving = known.vanished.get(&story.digest);
            if present(&story.path) || is_moving.is_some_and(|keys| keys.contains(&key)) {
                continue;
            }
            known.vanished.entry(story.digest.clone()).or_default().insert(0, key.clone());
            known.add(key, story);
        }
        Ok(())
    }

    /// Recalls the stories of `source` that have these values in a column.
    pub(super) async fn recall_by(
        &mut self,
        column: &'static str,
        source: &str,
        known: &mut Known,
        values: &[&str],
    ) -> Result<(), StoreError> {
        if known.complete {
            return Ok(());
        }
        for values in values.chunks(500) {
            let mut query = Statement::new(
                "SELECT key, id, path, digest, state, phase FROM story WHERE source = ",
            );
            query.push_bind(source).push(" AND ").push(column).push(" IN ");
            query.push_list(values.iter().copied());
            for row in self.engine.rows(query).await? {
                let (key, story) = known_story(&row)?;
                known.add(key, story);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Address;

    #[tokio::test]
    async fn what_left_is_found_by_its_digest_and_not_by_reading_the_source() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = Address::File(folder.path().join("stories.db"));
        let mut store = Store::open(&address).await.expect("a store");
        store.index().await.expect("indexes");
        let query = format!("EXPLAIN QUERY PLAN {LEFT} $1 AND digest IN ($2, $3)");
        let query = Statement::new(query).bind("desk").bind("a").bind("b");
        let plan = store.engine.rows(query).await.expect("a plan");
        let steps: Vec<&str> = plan.iter().map(|row| row.text(3)).collect();
        assert_eq!(steps, ["SEARCH story USING INDEX story_left (source=? AND digest=?)"]);
    }
}
