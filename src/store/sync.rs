//! Taking in what a source brings: new, changed, moved, returned and vanished stories.

mod version;

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt,
};

use chrono::{DateTime, Utc};

use super::{
    Known, Store, StoreError,
    engine::{Asked, Row, Statement, Value},
    rows,
};
use crate::story::{Guid, Incoming, Markup, Phase, RawText, State, Story, entry_key, path_name};
use version::{Seen, version};

/// Rows of one statement: enough to make the call's cost small, within every engine's limits.
const ROWS: usize = 200;

/// What a source's stories are taken in with.
#[derive(Clone, Copy)]
pub struct SyncContext<'a> {
    /// Name of the source.
    pub source: &'a str,
    /// Host of the site, the owner of minted guids.
    pub host: &'a str,
    /// The present instant.
    pub now: DateTime<Utc>,
    /// Whether stories that readers have, and that new dates would hide, are left as they are.
    pub keeps_public: bool,
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
    /// Left as it is: by its new dates it would be public no more.
    Kept {
        /// Its row.
        id: i64,
        /// When it would become public.
        published: DateTime<Utc>,
        /// When it would leave every feed.
        expires: Option<DateTime<Utc>>,
    },
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

/// What readers already had of a story, before it was stored here.
#[derive(Debug, Clone)]
struct Adopted {
    guid: String,
    published: Option<i64>,
    updated: Option<i64>,
}

impl Store {
    /// Takes in a batch, in order, in one transaction; the texts of what isn't refused are moved out
    /// of it. `present` tells whether the source has a file at a path now: an id held by one of them
    /// is not given to another.
    ///
    /// # Errors
    /// If the store fails; then nothing of the batch is stored.
    pub async fn take_in(
        &mut self,
        batch: &mut [Incoming],
        known: &mut Known,
        present: &(dyn Fn(&str) -> bool + Sync),
        context: SyncContext<'_>,
    ) -> Result<Vec<Outcome>, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let texts: Vec<String> =
            batch.iter_mut().map(|incoming| std::mem::take(&mut incoming.text.text)).collect();
        let (outcomes, texts) = self.take_in_texts(batch, texts, known, present, context).await?;
        for (incoming, text) in batch.iter_mut().zip(texts) {
            incoming.text.text = text;
        }
        Ok(outcomes)
    }

    /// The same with the texts apart; gives those that are left.
    async fn take_in_texts(
        &mut self,
        batch: &[Incoming],
        texts: Vec<String>,
        known: &mut Known,
        present: &(dyn Fn(&str) -> bool + Sync),
        context: SyncContext<'_>,
    ) -> Result<(Vec<Outcome>, Vec<String>), StoreError> {
        self.engine.begin().await?;
        let numbers = self.ask_numbers(batch.len()).await?;
        let paths: Vec<&str> = batch.iter().map(|incoming| incoming.path.as_str()).collect();
        let all_keys: Vec<&str> = batch.iter().map(|incoming| incoming.key.as_str()).collect();
        self.recall_by("path", context.source, known, &paths).await?;
        self.recall_by("key", context.source, known, &all_keys).await?;
        let adopted = self.adopted(batch, known).await?;
        let wanted: Vec<Guid> =
            batch.iter().map(|incoming| first_guid(incoming, context)).collect();
        let taken = self.taken_guids(&wanted, &adopted, known).await?;
        let (revision, last_id) = self.numbers(numbers).await?;
        let mut intake =
            Intake { taken, wanted, adopted, revision, context, batch, texts, new: Vec::new() };
        let mut outcomes = Vec::with_capacity(batch.len());
        let first_id = last_id + 1 - i64::try_from(batch.len()).unwrap_or(i64::MAX);
        let mut next_id = first_id;
        let keys: HashSet<&str> = all_keys.into_iter().collect();
        let read: HashMap<&str, &str> =
            batch.iter().map(|incoming| (incoming.path.as_str(), incoming.key.as_str())).collect();
        for (place, incoming) in batch.iter().enumerate() {
            let outcome = match known.key_of(incoming, &keys) {
                Some(key) => {
                    let holder = known.story(&key).map(|holder| (holder.id, holder.path.clone()));
                    let (id, path) = holder.unwrap_or_default();
                    let holds_it = present(&path)
                        && read.get(path.as_str()).is_none_or(|key| *key == incoming.key);
                    if path != incoming.path && holds_it {
                        let id = incoming.key.trim_start_matches("id:").to_owned();
                        Outcome::Refused { id, holder: path }
                    } else {
                        if id >= first_id {
                            // It came in with this very batch: it must be there to be changed.
                            self.insert(&mut intake).await?;
                        }
                        let outcome = self.update(&mut intake, place, id).await?;
                        known.learn(Some(&key), incoming, id);
                        outcome
                    }
                }
                None => match self.free_guid(&mut intake, place).await? {
                    Err(refused) => refused,
                    Ok(guid) => {
                        known.learn(None, incoming, next_id);
                        known.take_guid(&guid);
                        intake.new.push((next_id, place, guid.clone()));
                        next_id += 1;
                        Outcome::New(guid)
                    }
                },
            };
            outcomes.push(outcome);
        }
        self.insert(&mut intake).await?;
        self.engine.commit().await?;
        Ok((outcomes, intake.texts))
    }

    /// Withdraws these stories.
    ///
    /// # Errors
    /// If the store fails; then nothing is withdrawn.
    pub async fn withdraw(&mut self, ids: &[i64], now: DateTime<Utc>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.engine.begin().await?;
        let revision = self.next_revision().await?;
        for chunk in ids.chunks(ROWS) {
            let mut query = Statement::new(
                "UPDATE story SET state = 'withdrawn', phase = 'gone', revision = $1, changed = $2 \
                 WHERE id IN ",
            )
            .bind(revision)
            .bind(now.timestamp_millis());
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        self.engine.commit().await?;
        Ok(())
    }

    /// Asks for the next revision, and for so many numbers of stories.
    async fn ask_numbers(&mut self, stories: usize) -> Result<Asked, StoreError> {
        let query = Statement::new(
            "UPDATE counter SET value = value + CASE name WHEN 'revision' THEN 1 ELSE $1 END \
             WHERE name IN ('revision', 'story') RETURNING name, value",
        );
        let count = i64::try_from(stories).unwrap_or(i64::MAX);
        Ok(self.engine.ask(query.bind(count)).await?)
    }

    /// The revision, and the last number of a story, that were asked for.
    async fn numbers(&mut self, asked: Asked) -> Result<(i64, i64), StoreError> {
        let rows = self.engine.answer(asked).await?;
        let of = |name: &str| {
            let row = rows.iter().find(|row| row.text(0) == name);
            row.map(|row| row.int(1)).ok_or_else(|| no_counter(name))
        };
        Ok((of("revision")?, of("story")?))
    }

    pub(super) async fn next_revision(&mut self) -> Result<i64, StoreError> {
        self.reserve("revision", 1).await
    }

    /// The first of `count` unused numbers of a counter. Its row stays locked to the commit.
    pub(super) async fn reserve(
        &mut self,
        counter: &'static str,
        count: usize,
    ) -> Result<i64, StoreError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let query =
            Statement::new("UPDATE counter SET value = value + $1 WHERE name = $2 RETURNING value");
        let row = self.engine.row(query.bind(count).bind(counter)).await?;
        let last = row.ok_or_else(|| no_counter(counter))?.int(0);
        Ok(last - count + 1)
    }

    /// What readers already had of the stories of the batch, by address.
    async fn adopted(
        &mut self,
        batch: &[Incoming],
        known: &Known,
    ) -> Result<HashMap<String, Adopted>, StoreError> {
        let mut adopted = HashMap::new();
        if !known.adopts {
            return Ok(adopted);
        }
        for chunk in batch.chunks(ROWS) {
            let mut query =
                Statement::new("SELECT url, guid, published, updated FROM adopted WHERE url IN ");
            query.push_list(chunk.iter().map(|incoming| entry_key(&incoming.url)));
            for row in self.engine.rows(query).await? {
                let (published, updated) = (row.int_or_none(2), row.int_or_none(3));
                adopted.insert(row.string(0), Adopted { guid: row.string(1), published, updated });
            }
        }
        Ok(adopted)
    }

    /// Guids that new stories would get but other stories have, with their holders.
    async fn taken_guids<'a>(
        &mut self,
        wanted: &[Guid],
        adopted: &HashMap<String, Adopted>,
        known: &Known,
    ) -> Result<HashMap<String, Holder<'a>>, StoreError> {
        let mut taken = HashMap::with_capacity(wanted.len());
        let wanted = wanted.iter().map(Guid::as_str);
        let wanted = wanted.chain(adopted.values().map(|adopted| adopted.guid.as_str()));
        let wanted: Vec<&str> = wanted.filter(|guid| known.may_have(guid)).collect();
        for chunk in wanted.chunks(ROWS) {
            let mut query = Statement::new("SELECT guid, path, source FROM story WHERE guid IN ");
            query.push_list(chunk.iter().copied());
            for row in self.engine.rows(query).await? {
                taken.insert(row.string(0), Holder::of(&row));
            }
        }
        Ok(taken)
    }

    /// The guid of a new story: the one that readers had, else its own, else a minted one; a
    /// minted one that is taken gets a number, a settled one is refused.
    async fn free_guid(
        &mut self,
        intake: &mut Intake<'_>,
        place: usize,
    ) -> Result<Result<Guid, Outcome>, StoreError> {
        let incoming = &intake.batch[place];
        let wanted = intake.wanted[place].clone();
        let had = intake.adopted(incoming).map(|adopted| adopted.guid.clone());
        let mut guid = had.filter(|guid| !intake.taken.contains_key(guid)).map(Guid::kept);
        if guid.is_none() && incoming.guid.is_none() && intake.taken.contains_key(wanted.as_str()) {
            // `.` follows `-` in ASCII: all guids that begin with the wanted one and a hyphen.
            let query = "SELECT guid, path, source FROM story WHERE guid > $1 AND guid < $2";
            let query = Statement::new(query).bind(format!("{wanted}-")).bind(format!("{wanted}."));
            for row in self.engine.rows(query).await? {
                intake.taken.insert(row.string(0), Holder::of(&row));
            }
        }
        let mut number = 2;
        let guid = loop {
            let candidate = guid.take().unwrap_or_else(|| wanted.clone());
            match intake.taken.get(candidate.as_str()) {
                None => break candidate,
                Some(holder) if incoming.guid.is_some() => {
                    let (id, holder) = (candidate.to_string(), holder.to_string());
                    return Ok(Err(Outcome::Refused { id, holder }));
                }
                Some(_) => {
                    guid = Some(Guid::kept(format!("{wanted}-{number}")));
                    number += 1;
                }
            }
        };
        let holder = Holder { path: (&incoming.path).into(), source: intake.context.source.into() };
        intake.taken.insert(guid.to_string(), holder);
        Ok(Ok(guid))
    }

    /// Inserts the stories of the batch that are new, and forgets that they are.
    async fn insert(&mut self, intake: &mut Intake<'_>) -> Result<(), StoreError> {
        let new = std::mem::take(&mut intake.new);
        let context = intake.context;
        let now = context.now.timestamp_millis();
        let mut stories = Vec::with_capacity(new.len());
        for (id, place, guid) in &new {
            let incoming = &intake.batch[*place];
            let Dates { published, updated, raised } = intake.first_dates(incoming);
            let phase = Phase::at(context.now, State::Live, published, incoming.expires, None);
            let leaves = incoming.expires.map(|at| at.timestamp_millis());
            stories.push([
                Value::from(*id),
                guid.as_str().into(),
                context.source.into(),
                (&incoming.key).into(),
                (&incoming.path).into(),
                (&incoming.digest).into(),
                intake.revision.into(),
                (&incoming.url).into(),
                (&incoming.title).into(),
                incoming.language.as_str().into(),
                published.timestamp_millis().into(),
                updated.timestamp_millis().into(),
                leaves.into(),
                now.into(),
                now.into(),
                "live".into(),
                incoming.facts.translation_key.as_deref().into(),
                rows::json(&incoming.facts)?.into(),
                rows::phase_name(phase).into(),
                leaves.into(),
                raised.map(|at| at.timestamp_millis()).into(),
                size(&intake.texts[*place]).into(),
                path_name(&incoming.path).into(),
            ]);
        }
        let insert = "INSERT INTO story (id, guid, source, key, path, digest, revision, url, title, \
            language, published, updated, expires, first_seen, changed, state, translation_key, \
            facts, phase, leaves, raised, size, name)";
        self.engine.insert(insert, stories, "").await?;
        let bodies = new.iter().map(|(id, place, _)| {
            let markup = rows::markup_name(intake.batch[*place].text.markup);
            let text = std::mem::take(&mut intake.texts[*place]);
            [Value::from(*id), markup.into(), text.into()]
        });
        self.engine.insert("INSERT INTO body (story, markup, text)", bodies, "").await?;
        Ok(())
    }

    /// Brings the stored story `id` to what came in, if that differs.
    async fn update(
        &mut self,
        intake: &mut Intake<'_>,
        place: usize,
        id: i64,
    ) -> Result<Outcome, StoreError> {
        let (context, incoming) = (intake.context, &intake.batch[place]);
        let text = std::mem::take(&mut intake.texts[place]);
        let text = RawText { markup: incoming.text.markup, text };
        let (old, old_text) = self.stored(id).await?;
        if old.path != incoming.path {
            self.soil_references(context.source, [&old.path, &incoming.path]).await?;
        }
        if old.state == State::Retracted {
            self.engine.run(settle(incoming, Some(&incoming.digest), id)).await?;
            return Ok(Outcome::Same(old.guid));
        }
        let readers_saw = match old.phase {
            Phase::Public => true,
            Phase::Pending => self.was_public(id).await?,
            Phase::Gone => false,
        };
        // The date of an hour that no longer comes is none that anybody saw.
        let date = match old.phase == Phase::Pending && old.updated > context.now {
            true if readers_saw => context.now,
            true => incoming.published.unwrap_or(old.published),
            false => old.updated,
        };
        let seen = Seen { date, readers_saw };
        let new = version((&old, seen), &old_text, incoming, &text, context);
        if new.hides && context.keeps_public {
            // Where it stands is known, what it says by now isn't: it is to be read again.
            if (&old.key, &old.path) != (&incoming.key, &incoming.path) {
                self.engine.run(settle(incoming, None, id)).await?;
            }
            let (published, expires) = (new.published, incoming.expires);
            return Ok(Outcome::Kept { id, published, expires });
        }
        self.engine.run(settle(incoming, Some(&incoming.digest), id)).await?;
        if new.is_same {
            return Ok(Outcome::Same(old.guid));
        }
        let old_key = old.facts.translation_key.as_deref();
        if let Some(key) = old_key.filter(|_| old_key != incoming.facts.translation_key.as_deref())
        {
            // What was its translation names it no more.
            let query = "UPDATE story SET revision = $1 WHERE translation_key = $2";
            self.engine.run(Statement::new(query).bind(intake.revision).bind(key)).await?;
        }
        let change = Statement::new(
            "UPDATE story SET revision = $1, url = $2, title = $3, language = $4, \
             published = $5, updated = $6, expires = $7, changed = $8, state = 'live', \
             translation_key = $9, facts = $10, phase = $11, leaves = $7, notice = NULL, \
             raised = $12, size = $13 WHERE id = $14",
        )
        .bind(intake.revision)
        .bind(new.url)
        .bind(&incoming.title)
        .bind(incoming.language.as_str())
        .bind(new.published.timestamp_millis())
        .bind(new.updated.timestamp_millis())
        .bind(incoming.expires.map(|at| at.timestamp_millis()))
        .bind(context.now.timestamp_millis())
        .bind(incoming.facts.translation_key.as_deref())
        .bind(rows::json(&incoming.facts)?)
        .bind(rows::phase_name(new.phase))
        .bind(new.raised.map(|at| at.timestamp_millis()))
        .bind(size(&text.text))
        .bind(id);
        self.engine.run(change).await?;
        let body = Statement::new("UPDATE body SET markup = $1, text = $2 WHERE story = $3")
            .bind(rows::markup_name(text.markup))
            .bind(text.text)
            .bind(id);
        self.engine.run(body).await?;
        Ok(Outcome::Changed(old.guid))
    }

    async fn stored(&mut self, id: i64) -> Result<(Story, RawText), StoreError> {
        let query = Statement::new(format!(
            "SELECT {}, b.markup, b.text FROM story s JOIN body b ON b.story = s.id \
             WHERE s.id = $1",
            rows::STORY_COLUMNS
        ));
        let row = self.engine.row(query.bind(id)).await?;
        let row = row.ok_or_else(|| StoreError::Damaged(format!("no story {id}")))?;
        let markup: Markup = rows::markup(row.text(rows::STORY_WIDTH))?;
        let text = row.string(rows::STORY_WIDTH + 1);
        Ok((rows::story(&row)?, RawText { markup, text }))
    }
}

/// A batch on its way into the store.
struct Intake<'a> {
    /// Guids that are taken, with their holders.
    taken: HashMap<String, Holder<'a>>,
    /// The guids that the stories of the batch would get if they were new.
    wanted: Vec<Guid>,
    adopted: HashMap<String, Adopted>,
    revision: i64,
    context: SyncContext<'a>,
    batch: &'a [Incoming],
    /// Those that weren't moved into the store yet.
    texts: Vec<String>,
    /// Row, place in the batch, guid.
    new: Vec<(i64, usize, Guid)>,
}

struct Dates {
    published: DateTime<Utc>,
    updated: DateTime<Utc>,
    raised: Option<DateTime<Utc>>,
}

impl Intake<'_> {
    fn adopted(&self, incoming: &Incoming) -> Option<&Adopted> {
        if self.adopted.is_empty() {
            return None;
        }
        self.adopted.get(&entry_key(&incoming.url))
    }

    /// The dates of a story that is seen for the first time.
    fn first_dates(&self, incoming: &Incoming) -> Dates {
        let had = self.adopted(incoming);
        let instant = |millis: Option<i64>| millis.and_then(DateTime::from_timestamp_millis);
        let had_published = instant(had.and_then(|adopted| adopted.published));
        let published = incoming.published.or(had_published).unwrap_or(self.context.now);
        let had_updated = instant(had.and_then(|adopted| adopted.updated));
        let own = incoming.updated.max(had_updated.filter(|had| *had <= self.context.now));
        let updated = own.unwrap_or(published).max(published);
        // Of a correction without a date nobody knows whether it is new.
        let raised = incoming.facts.correction.as_ref().and_then(|correction| correction.date);
        Dates { published, updated, raised }
    }
}

/// Where a story stands by now and, once it is stored as it is there, the digest of that.
fn settle<'s>(incoming: &'s Incoming, digest: Option<&'s str>, id: i64) -> Statement<'s> {
    let query = "UPDATE story SET key = $1, path = $2, digest = COALESCE($3, digest), name = $4 \
        WHERE id = $5";
    let query = Statement::new(query).bind(&incoming.key).bind(&incoming.path).bind(digest);
    query.bind(path_name(&incoming.path)).bind(id)
}

fn first_guid(incoming: &Incoming, context: SyncContext<'_>) -> Guid {
    incoming.first_guid(context.host, incoming.published.unwrap_or(context.now))
}

/// The story that has a guid.
struct Holder<'a> {
    path: Cow<'a, str>,
    source: Cow<'a, str>,
}

impl Holder<'_> {
    fn of(row: &Row) -> Self {
        Self { path: row.string(1).into(), source: row.string(2).into() }
    }
}

impl fmt::Display for Holder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (source `{}`)", self.path, self.source)
    }
}

pub(super) fn no_counter(name: &str) -> StoreError {
    StoreError::Damaged(format!("no counter `{name}`"))
}

fn size(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}
