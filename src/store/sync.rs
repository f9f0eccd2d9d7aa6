//! Taking in what a source brings: new, changed, moved, returned and vanished stories.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::{Connection, QueryBuilder, Row, Sqlite, SqliteConnection, Transaction};

use super::{Store, StoreError, rows};
use crate::story::{Guid, Incoming, Markup, RawText, SectionPath, State, Story};

/// Rows of one statement: enough to make the call's cost small, within every engine's limits.
const ROWS: usize = 200;

/// What the store already has of one source.
#[derive(Debug, Default)]
pub struct Known {
    stories: HashMap<String, KnownStory>,
    keys_by_path: HashMap<String, String>,
    /// Stories whose files are gone, by the digest of what they were read from.
    vanished: HashMap<String, Vec<String>>,
}

#[derive(Debug, Clone)]
struct KnownStory {
    id: i64,
    path: String,
    digest: String,
    state: State,
}

/// What a source's stories are taken in with.
#[derive(Clone, Copy)]
pub struct SyncContext<'a> {
    /// Name of the source.
    pub source: &'a str,
    /// Host of the site, the owner of minted guids.
    pub host: &'a str,
    /// The present instant.
    pub now: DateTime<Utc>,
    /// Whether two raw texts at an address mean the same once rendered.
    pub same_text: &'a (dyn Fn(&RawText, &RawText, &str) -> bool + Sync),
}

/// What became of one incoming story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to do.
    Same(Guid),
    /// Stored for the first time.
    New(Guid),
    /// Stored anew, under the guid it has.
    Changed(Guid),
    /// Not stored: what it would have been known by belongs to another story.
    Refused {
        /// The id or guid.
        id: String,
        /// Where the story that holds it stands, with its source.
        holder: String,
    },
}

/// How many stories a source brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub new: usize,
    pub changed: usize,
    pub same: usize,
    pub withdrawn: usize,
}

impl Known {
    /// The digests of all live stories, by path.
    pub fn digests(&self) -> HashMap<String, String> {
        let live = self.stories.values().filter(|story| story.state == State::Live);
        live.map(|story| (story.path.clone(), story.digest.clone())).collect()
    }

    /// The paths of live stories in these folders, which can't be looked into now.
    pub fn paths_below(&self, folders: &[String]) -> Vec<String> {
        let live = self.stories.values().filter(|story| story.state == State::Live);
        let below = |path: &str, folder: &str| {
            folder.is_empty()
                || path == folder
                || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        live.filter(|story| folders.iter().any(|folder| below(&story.path, folder)))
            .map(|story| story.path.clone())
            .collect()
    }

    /// Tells which files are there, so that a moved one is known again by its content.
    pub fn note_present(&mut self, present: &HashSet<&str>) {
        let mut gone: Vec<_> = self
            .stories
            .iter()
            .filter(|(_, story)| story.state == State::Live)
            .filter(|(_, story)| !present.contains(story.path.as_str()))
            .map(|(key, story)| (&story.path, &story.digest, key))
            .collect();
        gone.sort_unstable();
        let mut vanished: HashMap<String, Vec<String>> = HashMap::new();
        for (_, digest, key) in gone.into_iter().rev() {
            vanished.entry(digest.clone()).or_default().push(key.clone());
        }
        self.vanished = vanished;
    }

    /// The key under which the store knows `incoming`, if it does.
    fn key_of(&mut self, incoming: &Incoming, keys: &HashSet<&str>) -> Option<String> {
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

    fn learn(&mut self, old_key: Option<&str>, incoming: &Incoming, id: i64) {
        if let Some(key) = old_key
            && let Some(old) = self.stories.remove(key)
            && self.keys_by_path.get(&old.path).is_some_and(|known| known == key)
        {
            self.keys_by_path.remove(&old.path);
        }
        let story = KnownStory {
            id,
            path: incoming.path.clone(),
            digest: incoming.digest.clone(),
            state: State::Live,
        };
        self.stories.insert(incoming.key.clone(), story);
        self.keys_by_path.insert(incoming.path.clone(), incoming.key.clone());
    }
}

impl Store {
    /// What the store has of `source`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn known(&mut self, source: &str) -> Result<Known, StoreError> {
        let query = "SELECT key, id, path, digest, state FROM story WHERE source = $1";
        let rows = sqlx::query(query).bind(source).fetch_all(&mut self.db).await?;
        let mut known = Known::default();
        for row in rows {
            let (key, path): (String, String) = (row.get(0), row.get(2));
            let state = rows::state(row.get(4))?;
            let story = KnownStory { id: row.get(1), path, digest: row.get(3), state };
            if state == State::Live || !known.keys_by_path.contains_key(&story.path) {
                known.keys_by_path.insert(story.path.clone(), key.clone());
            }
            known.stories.insert(key, story);
        }
        Ok(known)
    }

    /// Takes in a batch, in order, in one transaction. `present` are the paths that the source
    /// has now: an id held by one of them is not given to another.
    ///
    /// # Errors
    /// If the store fails; then nothing of the batch is stored.
    pub async fn take_in(
        &mut self,
        batch: &[Incoming],
        known: &mut Known,
        present: &HashSet<&str>,
        context: SyncContext<'_>,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut transaction = self.db.begin().await?;
        let revision = next_revision(&mut transaction).await?;
        let mut taken = taken_guids(&mut transaction, batch, context).await?;
        let mut outcomes = Vec::with_capacity(batch.len());
        let mut new: Vec<(i64, usize, Guid)> = Vec::new();
        let mut next_id = reserve_ids(&mut transaction, batch.len()).await?;
        let first_id = next_id;
        let keys: HashSet<&str> = batch.iter().map(|incoming| incoming.key.as_str()).collect();
        let read: HashMap<&str, &str> =
            batch.iter().map(|incoming| (incoming.path.as_str(), incoming.key.as_str())).collect();
        for (place, incoming) in batch.iter().enumerate() {
            let outcome = match known.key_of(incoming, &keys) {
                Some(key) => {
                    let holder = &known.stories[&key];
                    let holds_it = |path: &str| {
                        present.contains(path)
                            && read.get(path).is_none_or(|key| *key == incoming.key)
                    };
                    if holder.path != incoming.path && holds_it(&holder.path) {
                        Outcome::Refused {
                            id: incoming.key.trim_start_matches("id:").to_owned(),
                            holder: holder.path.clone(),
                        }
                    } else {
                        let id = holder.id;
                        if id >= first_id {
                            // It came in with this very batch: it must be there to be changed.
                            insert(&mut transaction, batch, &mut new, revision, context).await?;
                        }
                        let outcome =
                            update(&mut transaction, incoming, id, revision, context).await?;
                        known.learn(Some(&key), incoming, id);
                        outcome
                    }
                }
                None => match free_guid(&mut transaction, incoming, &mut taken, context).await? {
                    Err(refused) => refused,
                    Ok(guid) => {
                        known.learn(None, incoming, next_id);
                        new.push((next_id, place, guid.clone()));
                        next_id += 1;
                        Outcome::New(guid)
                    }
                },
            };
            outcomes.push(outcome);
        }
        insert(&mut transaction, batch, &mut new, revision, context).await?;
        transaction.commit().await?;
        Ok(outcomes)
    }

    /// Withdraws the live stories of a source that are read from none of `present`.
    /// Gives the paths they had.
    ///
    /// # Errors
    /// If the store fails; then nothing is withdrawn.
    pub async fn withdraw_absent(
        &mut self,
        known: &Known,
        present: &HashSet<&str>,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, StoreError> {
        let mut gone: Vec<_> = known
            .stories
            .values()
            .filter(|story| story.state == State::Live && !present.contains(story.path.as_str()))
            .map(|story| (story.path.clone(), story.id))
            .collect();
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        gone.sort_unstable();
        let mut transaction = self.db.begin().await?;
        let revision = next_revision(&mut transaction).await?;
        for chunk in gone.chunks(ROWS) {
            let mut query = QueryBuilder::<Sqlite>::new("UPDATE story SET state = 'withdrawn'");
            query.push(", revision = ").push_bind(revision);
            query.push(", changed = ").push_bind(now.timestamp_millis());
            query.push(" WHERE id IN (");
            let mut ids = query.separated(", ");
            for (_, id) in chunk {
                ids.push_bind(*id);
            }
            query.push(")").build().execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(gone.into_iter().map(|(path, _)| path).collect())
    }
}

type Write<'t> = Transaction<'t, Sqlite>;

async fn next_revision(transaction: &mut Write<'_>) -> Result<i64, StoreError> {
    let query = "UPDATE counter SET value = value + 1 WHERE name = 'revision' RETURNING value";
    Ok(sqlx::query(query).fetch_one(&mut **transaction).await?.get(0))
}

/// The first of `count` unused story ids.
async fn reserve_ids(transaction: &mut Write<'_>, count: usize) -> Result<i64, StoreError> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let query = "UPDATE counter SET value = value + $1 WHERE name = 'story' RETURNING value";
    let last: i64 = sqlx::query(query).bind(count).fetch_one(&mut **transaction).await?.get(0);
    Ok(last - count + 1)
}

/// Guids that new stories of the batch would get but other stories have, with their holders.
async fn taken_guids(
    transaction: &mut Write<'_>,
    batch: &[Incoming],
    context: SyncContext<'_>,
) -> Result<HashMap<String, String>, StoreError> {
    let mut taken = HashMap::new();
    for chunk in batch.chunks(ROWS) {
        let mut query =
            QueryBuilder::<Sqlite>::new("SELECT guid, path, source FROM story WHERE guid IN (");
        let mut guids = query.separated(", ");
        for incoming in chunk {
            guids.push_bind(first_guid(incoming, context).to_string());
        }
        for row in query.push(")").build().fetch_all(&mut **transaction).await? {
            let (path, source): (String, String) = (row.get(1), row.get(2));
            taken.insert(row.get(0), format!("{path} (source `{source}`)"));
        }
    }
    Ok(taken)
}

/// Where the guid that would be minted is taken: those with a number behind it that are taken too.
async fn number_taken(
    transaction: &mut Write<'_>,
    incoming: &Incoming,
    taken: &mut HashMap<String, String>,
    context: SyncContext<'_>,
) -> Result<(), StoreError> {
    let wanted = first_guid(incoming, context);
    if incoming.guid.is_some() || !taken.contains_key(wanted.as_str()) {
        return Ok(());
    }
    // `.` follows `-` in ASCII: all guids that begin with the wanted one and a hyphen.
    let query = "SELECT guid, path, source FROM story WHERE guid > $1 AND guid < $2";
    let query = sqlx::query(query).bind(format!("{wanted}-")).bind(format!("{wanted}."));
    for row in query.fetch_all(&mut **transaction).await? {
        let (path, source): (String, String) = (row.get(1), row.get(2));
        taken.insert(row.get(0), format!("{path} (source `{source}`)"));
    }
    Ok(())
}

fn first_guid(incoming: &Incoming, context: SyncContext<'_>) -> Guid {
    incoming.first_guid(context.host, incoming.published.unwrap_or(context.now))
}

/// The guid of a new story; a minted one that is taken gets a number, a settled one is refused.
async fn free_guid(
    transaction: &mut Write<'_>,
    incoming: &Incoming,
    taken: &mut HashMap<String, String>,
    context: SyncContext<'_>,
) -> Result<Result<Guid, Outcome>, StoreError> {
    number_taken(transaction, incoming, taken, context).await?;
    let wanted = first_guid(incoming, context);
    let mut guid = wanted.clone();
    let mut number = 2;
    while let Some(holder) = taken.get(guid.as_str()) {
        if incoming.guid.is_some() {
            return Ok(Err(Outcome::Refused { id: guid.to_string(), holder: holder.clone() }));
        }
        guid = Guid::kept(format!("{wanted}-{number}"));
        number += 1;
    }
    taken.insert(guid.to_string(), format!("{} (source `{}`)", incoming.path, context.source));
    Ok(Ok(guid))
}

/// Inserts the stories of the batch that are `new` (row, place in the batch, guid), and forgets
/// that they are.
async fn insert(
    transaction: &mut Write<'_>,
    batch: &[Incoming],
    new: &mut Vec<(i64, usize, Guid)>,
    revision: i64,
    context: SyncContext<'_>,
) -> Result<(), StoreError> {
    let numbered = std::mem::take(new);
    let now = context.now.timestamp_millis();
    for chunk in numbered.chunks(ROWS) {
        let mut facts = Vec::with_capacity(chunk.len());
        for (_, place, _) in chunk {
            facts.push(rows::json(&batch[*place].facts)?);
        }
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO story (id, guid, source, key, path, digest, revision, url, title, \
             language, published, updated, expires, first_seen, changed, state, \
             translation_key, facts) ",
        );
        query.push_values(chunk.iter().zip(facts), |mut row, ((id, place, guid), facts)| {
            let incoming = &batch[*place];
            let published = incoming.published.unwrap_or(context.now).timestamp_millis();
            let updated = incoming.updated.map_or(published, |at| at.timestamp_millis());
            row.push_bind(*id)
                .push_bind(guid.as_str())
                .push_bind(context.source)
                .push_bind(&incoming.key)
                .push_bind(&incoming.path)
                .push_bind(&incoming.digest)
                .push_bind(revision)
                .push_bind(&incoming.url)
                .push_bind(&incoming.title)
                .push_bind(incoming.language.as_str())
                .push_bind(published)
                .push_bind(updated.max(published))
                .push_bind(incoming.expires.map(|at| at.timestamp_millis()))
                .push_bind(now)
                .push_bind(now)
                .push_bind("live")
                .push_bind(incoming.facts.translation_key.as_deref())
                .push_bind(facts);
        });
        query.build().execute(&mut **transaction).await?;
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO body (story, markup, text) ");
        query.push_values(chunk, |mut row, (id, place, _)| {
            let text = &batch[*place].text;
            row.push_bind(*id).push_bind(rows::markup_name(text.markup)).push_bind(&text.text);
        });
        query.build().execute(&mut **transaction).await?;
        let places = chunk.iter().flat_map(|(id, place, guid)| {
            let incoming = &batch[*place];
            let published = incoming.published.unwrap_or(context.now).timestamp_millis();
            places(&incoming.facts.sections, published, guid, *id)
        });
        insert_places(transaction, &places.collect::<Vec<_>>()).await?;
    }
    Ok(())
}

struct Place {
    section: SectionPath,
    published: i64,
    guid: String,
    story: i64,
    own: bool,
}

/// A row for each section a story names, and for each that these lie in.
fn places(sections: &[SectionPath], published: i64, guid: &Guid, story: i64) -> Vec<Place> {
    let mut seen = HashSet::new();
    let own = sections.iter().map(|section| (section.clone(), true));
    let around = sections.iter().flat_map(|section| section.lineage().skip(1));
    own.chain(around.map(|section| (section, false)))
        .filter(|(section, _)| seen.insert(section.clone()))
        .map(|(section, own)| Place { section, published, guid: guid.to_string(), story, own })
        .collect()
}

async fn insert_places(transaction: &mut Write<'_>, places: &[Place]) -> Result<(), StoreError> {
    for chunk in places.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO place (section, published, guid, story, own) ",
        );
        query.push_values(chunk, |mut row, place| {
            row.push_bind(place.section.as_str())
                .push_bind(place.published)
                .push_bind(&place.guid)
                .push_bind(place.story)
                .push_bind(i64::from(place.own));
        });
        query.build().execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Brings the stored story `id` to what came in, if that differs.
async fn update(
    transaction: &mut Write<'_>,
    incoming: &Incoming,
    id: i64,
    revision: i64,
    context: SyncContext<'_>,
) -> Result<Outcome, StoreError> {
    let (old, old_text) = stored(transaction, id).await?;
    if old.state == State::Retracted {
        return Ok(Outcome::Same(old.guid));
    }
    let published = incoming.published.unwrap_or(old.published);
    // An address made of the instant of the reading is no address of a story seen before.
    let url = if incoming.published.is_some() { &incoming.url } else { &old.url };
    let same_words = old.title == incoming.title
        && old.facts.image == incoming.facts.image
        && (old_text == incoming.text
            || (context.same_text)(&old_text, &incoming.text, &incoming.url));
    let updated = match incoming.updated {
        Some(own) => own,
        None if same_words => old.updated,
        None => context.now,
    }
    .max(published);
    let same = old.state == State::Live
        && same_words
        && old.url == *url
        && old.language == incoming.language
        && old.published == published
        && old.updated == updated
        && old.expires == incoming.expires
        && old.facts == incoming.facts
        && old_text == incoming.text;
    let settle = "UPDATE story SET key = $2, path = $3, digest = $4 WHERE id = $1";
    sqlx::query(settle)
        .bind(id)
        .bind(&incoming.key)
        .bind(&incoming.path)
        .bind(&incoming.digest)
        .execute(&mut **transaction)
        .await?;
    if same {
        return Ok(Outcome::Same(old.guid));
    }
    let change = "UPDATE story SET revision = $2, url = $3, title = $4, language = $5, \
        published = $6, updated = $7, expires = $8, changed = $9, state = 'live', \
        translation_key = $10, facts = $11 WHERE id = $1";
    sqlx::query(change)
        .bind(id)
        .bind(revision)
        .bind(url)
        .bind(&incoming.title)
        .bind(incoming.language.as_str())
        .bind(published.timestamp_millis())
        .bind(updated.timestamp_millis())
        .bind(incoming.expires.map(|at| at.timestamp_millis()))
        .bind(context.now.timestamp_millis())
        .bind(incoming.facts.translation_key.as_deref())
        .bind(rows::json(&incoming.facts)?)
        .execute(&mut **transaction)
        .await?;
    sqlx::query("UPDATE body SET markup = $2, text = $3 WHERE story = $1")
        .bind(id)
        .bind(rows::markup_name(incoming.text.markup))
        .bind(&incoming.text.text)
        .execute(&mut **transaction)
        .await?;
    sqlx::query("DELETE FROM place WHERE story = $1").bind(id).execute(&mut **transaction).await?;
    let places = places(&incoming.facts.sections, published.timestamp_millis(), &old.guid, id);
    insert_places(transaction, &places).await?;
    Ok(Outcome::Changed(old.guid))
}

async fn stored(
    transaction: &mut SqliteConnection,
    id: i64,
) -> Result<(Story, RawText), StoreError> {
    let query = format!(
        "SELECT {}, b.markup, b.text FROM story s JOIN body b ON b.story = s.id WHERE s.id = $1",
        rows::STORY_COLUMNS
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(query)).bind(id).fetch_one(transaction).await?;
    let markup: Markup = rows::markup(row.get(14))?;
    Ok((rows::story(&row)?, RawText { markup, text: row.get(15) }))
}
