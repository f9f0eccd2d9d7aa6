//! Which story is in which feed, in what order, and which stories a pass must look at.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::{
    Candidate, Cursor, Page, Store, StoreError,
    engine::{Asked, Row, Statement, Value, last_by_key},
    query, rows,
};
use crate::story::{Guid, Phase, State, Story};

/// What falls due next; each is answered by an index.
pub(super) const NEXT_DUE: [&str; 2] = [
    "SELECT min(published) FROM story WHERE phase = 'pending'",
    "SELECT min(leaves) FROM story WHERE phase = 'public' AND leaves IS NOT NULL",
];

/// Under this name the store remembers when the oldest story leaves the sitemap for Google News.
pub const NEWS_DUE: &str = "news due";
/// Under this name it keeps when feeds lose a story by age alone: `feed:milliseconds`, by spaces.
pub const PROFILES_DUE: &str = "profiles due";

/// A story in a feed. The row stays when the story leaves, and with it the archive page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The story's row.
    pub story: i64,
    /// The feed's row.
    pub feed: i64,
    /// The instant by which the feed orders it.
    pub published: DateTime<Utc>,
    /// The guid by which the feed orders it.
    pub guid: Guid,
    /// Whether it is in the feed (or on its archive pages) now.
    pub inside: bool,
    /// The archive page on which it was settled.
    pub page: Option<u32>,
    /// When a correction or a notice lifted it into the feed again.
    pub raised: Option<DateTime<Utc>>,
}

/// Candidates that were asked for.
#[derive(Debug)]
pub struct AskedCandidates(Asked);

/// Stories that were asked for to try rules on them.
#[derive(Debug)]
pub struct AskedScan(Asked);

/// What a rule asks of stories beside their source and language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Needs {
    /// Their titles.
    pub titles: bool,
    /// Their sections, tags, people and attachments.
    pub facts: bool,
}

fn scanned(row: &Row) -> Result<Story, StoreError> {
    let published = rows::instant(row.int(4))?;
    Ok(Story {
        id: row.int(0),
        guid: Guid::kept(row.text(1)),
        source: row.string(2),
        key: String::new(),
        path: String::new(),
        revision: 0,
        url: String::new(),
        title: row.string(7),
        language: rows::language(row.text(3))?,
        published,
        updated: published,
        expires: None,
        state: State::Live,
        phase: Phase::Public,
        changed: published,
        leaves: None,
        notice: None,
        raised: row.int_or_none(6).map(rows::instant).transpose()?,
        size: row.int(5).unsigned_abs(),
        facts: rows::facts(row.text(8))?,
    })
}

impl Store {
    /// Stories that were written after revision `settled`, oldest first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn touched(&mut self, settled: i64) -> Result<Vec<(i64, i64)>, StoreError> {
        let query = Statement::new("SELECT published, id FROM story WHERE revision > $1");
        let rows = self.engine.rows(query.bind(settled)).await?;
        Ok(rows.iter().map(|row| (row.int(0), row.int(1))).collect())
    }

    /// Stories whose hour has come: with the phase that they enter.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn due(&mut self, now: DateTime<Utc>) -> Result<Vec<(i64, i64, Phase)>, StoreError> {
        let now = now.timestamp_millis();
        let mut due = Vec::new();
        let coming = "SELECT published, id, leaves FROM story \
            WHERE phase = 'pending' AND published <= $1";
        for row in self.engine.rows(Statement::new(coming).bind(now)).await? {
            let over = row.int_or_none(2).is_some_and(|leaves| leaves <= now);
            due.push((row.int(0), row.int(1), if over { Phase::Gone } else { Phase::Public }));
        }
        let leaving = "SELECT published, id FROM story \
            WHERE phase = 'public' AND leaves IS NOT NULL AND leaves <= $1";
        for row in self.engine.rows(Statement::new(leaving).bind(now)).await? {
            due.push((row.int(0), row.int(1), Phase::Gone));
        }
        Ok(due)
    }

    /// The next instant at which a story falls due; it may have passed since the last build.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn next_due(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut next: Option<i64> = None;
        for query in NEXT_DUE {
            let row = self.engine.row(Statement::new(query)).await?;
            let instant = row.and_then(|row| row.int_or_none(0));
            next = next.into_iter().chain(instant).min();
        }
        let news = self.remembered(NEWS_DUE).await?.and_then(|text| text.parse().ok());
        let ages = self.remembered(PROFILES_DUE).await?.unwrap_or_default();
        let ages = ages.split(' ').filter_map(|pair| pair.split_once(':')?.1.parse().ok());
        next = next.into_iter().chain(news).chain(ages).min();
        next.map(rows::instant).transpose()
    }

    /// Sets the phase of stories.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn set_phase(&mut self, ids: &[i64], phase: Phase) -> Result<(), StoreError> {
        for chunk in ids.chunks(500) {
            let mut query = Statement::new("UPDATE story SET phase = $1 WHERE id IN ")
                .bind(rows::phase_name(phase));
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        Ok(())
    }

    /// Public stories of these translation keys: rows with their instants.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn translations(&mut self, keys: &[&str]) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut found = Vec::new();
        for chunk in keys.chunks(500) {
            let mut query = Statement::new(
                "SELECT published, id FROM story WHERE phase = 'public' AND translation_key IN ",
            );
            query.push_list(chunk.iter().copied());
            let rows = self.engine.rows(query).await?;
            found.extend(rows.iter().map(|row| (row.int(0), row.int(1))));
        }
        Ok(found)
    }

    /// The translation keys of these stories.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn translation_keys(&mut self, ids: &[i64]) -> Result<Vec<String>, StoreError> {
        let select = "SELECT translation_key FROM story \
            WHERE translation_key IS NOT NULL AND id IN ";
        let rows = self.rows_of(select, ids).await?;
        Ok(rows.iter().map(|row| row.string(0)).collect())
    }

    /// The feeds, and the archive pages in them, that share a story with `feed`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn beside(&mut self, feed: i64) -> Result<Vec<(i64, Option<u32>)>, StoreError> {
        let query = "SELECT DISTINCT b.feed, b.page FROM member a \
            JOIN member b ON b.story = a.story AND b.inside = 1 \
            WHERE a.feed = $1 AND a.inside = 1";
        let rows = self.engine.rows(Statement::new(query).bind(feed)).await?;
        let page = |page: Option<i64>| page.and_then(|page| u32::try_from(page).ok());
        Ok(rows.iter().map(|row| (row.int(0), page(row.int_or_none(1)))).collect())
    }

    /// The feeds that these stories are or were in.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn members_of(
        &mut self,
        stories: &[i64],
    ) -> Result<HashMap<i64, Vec<Member>>, StoreError> {
        let select = "SELECT story, feed, published, guid, inside, page, raised FROM member \
            WHERE story IN ";
        let mut members: HashMap<i64, Vec<Member>> = HashMap::new();
        for row in self.rows_of(select, stories).await? {
            let member = Member {
                story: row.int(0),
                feed: row.int(1),
                published: rows::instant(row.int(2))?,
                guid: Guid::kept(row.text(3)),
                inside: row.int(4) == 1,
                page: row.int_or_none(5).and_then(|page| u32::try_from(page).ok()),
                raised: row.int_or_none(6).map(rows::instant).transpose()?,
            };
            members.entry(member.story).or_default().push(member);
        }
        Ok(members)
    }

    /// Takes all members out of a feed; their rows stay.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn empty_feed(&mut self, feed: i64) -> Result<(), StoreError> {
        let query = "UPDATE member SET inside = 0, raised = NULL WHERE feed = $1 AND inside = 1";
        self.engine.run(Statement::new(query).bind(feed)).await?;
        Ok(())
    }

    /// Keeps these members.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_members(&mut self, members: &[Member]) -> Result<(), StoreError> {
        let mut members = last_by_key(members, |member| (member.story, member.feed));
        members.sort_unstable_by_key(|member| (member.story, member.feed));
        let rows = members.iter().map(|member| {
            [
                Value::from(member.story),
                member.feed.into(),
                member.published.timestamp_millis().into(),
                member.guid.as_str().into(),
                i64::from(member.inside).into(),
                member.page.map(i64::from).into(),
                member.raised.map(|at| at.timestamp_millis()).into(),
            ]
        });
        self.engine
            .insert(
                "INSERT INTO member (story, feed, published, guid, inside, page, raised)",
                rows,
                "ON CONFLICT (story, feed) DO UPDATE SET published = excluded.published, \
                 guid = excluded.guid, inside = excluded.inside, page = excluded.page, \
                 raised = excluded.raised",
            )
            .await?;
        Ok(())
    }

    /// Asks for up to `count` members of a feed after `cursor`, newest first: they are looked for
    /// while the caller goes on.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn ask_newest(
        &mut self,
        feed: i64,
        cursor: &Cursor,
        count: usize,
    ) -> Result<AskedCandidates, StoreError> {
        let query = Statement::new(format!(
            "SELECT {}, r.digest, coalesce(r.bytes, 0) FROM member p \
             JOIN story s ON s.id = p.story LEFT JOIN rendered r ON r.story = s.id \
             WHERE p.feed = $1 AND p.inside = 1 \
             AND p.published <= $2 AND (p.published < $2 OR p.guid > $3) \
             ORDER BY p.published DESC, p.guid LIMIT $4",
            rows::STORY_COLUMNS
        ))
        .bind(feed)
        .bind(cursor.published)
        .bind(&cursor.guid)
        .bind(i64::try_from(count).unwrap_or(i64::MAX));
        Ok(AskedCandidates(self.engine.ask(query).await?))
    }

    /// The candidates that were asked for, in the order that was asked for.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn asked_candidates(
        &mut self,
        asked: AskedCandidates,
    ) -> Result<Vec<Candidate>, StoreError> {
        self.engine.answer(asked.0).await?.par_iter().map(query::candidate).collect()
    }

    /// Asks for members of a feed that were lifted into it again, the last lifted first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn ask_raised(
        &mut self,
        feed: i64,
        count: usize,
    ) -> Result<AskedCandidates, StoreError> {
        let query = Statement::new(format!(
            "SELECT {}, r.digest, coalesce(r.bytes, 0) FROM member p \
             JOIN story s ON s.id = p.story LEFT JOIN rendered r ON r.story = s.id \
             WHERE p.feed = $1 AND p.raised IS NOT NULL AND p.inside = 1 \
             ORDER BY p.raised DESC, p.guid LIMIT $2",
            rows::STORY_COLUMNS
        ))
        .bind(feed)
        .bind(i64::try_from(count).unwrap_or(i64::MAX));
        Ok(AskedCandidates(self.engine.ask(query).await?))
    }

    /// These stories as candidates of a feed or a page, newest first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn candidates(&mut self, ids: &[i64]) -> Result<Vec<Candidate>, StoreError> {
        let select = format!(
            "SELECT {}, r.digest, coalesce(r.bytes, 0) FROM story s \
             LEFT JOIN rendered r ON r.story = s.id WHERE s.id IN ",
            rows::STORY_COLUMNS
        );
        let rows = self.rows_of(&select, ids).await?;
        rows.iter().map(query::candidate).collect()
    }

    /// The stories that are on an archive page now, in no order.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn on_page(&mut self, page: &Page) -> Result<Vec<Candidate>, StoreError> {
        if page.stories.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = Statement::new(format!(
            "SELECT {}, r.digest, coalesce(r.bytes, 0) FROM member p \
             JOIN story s ON s.id = p.story LEFT JOIN rendered r ON r.story = s.id \
             WHERE p.feed = ",
            rows::STORY_COLUMNS
        ));
        query.push_bind(page.feed).push(" AND p.inside = 1 AND p.story IN ");
        query.push_list(page.stories.iter().copied());
        self.engine.rows(query).await?.iter().map(query::candidate).collect()
    }

    /// The newest row of a story.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn newest_row(&mut self) -> Result<i64, StoreError> {
        self.counter("story").await
    }

    /// Asks for the public ones among the `count` rows after row `after`, with what rules and feeds' orders ask
    /// for; titles and facts only where `needs` says so.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn ask_scan(
        &mut self,
        after: i64,
        count: i64,
        needs: Needs,
    ) -> Result<AskedScan, StoreError> {
        // A column that isn't read isn't copied: at a million stories, that is most of the time.
        let title = if needs.titles { "title" } else { "''" };
        let facts = if needs.facts { "facts" } else { "'{}'" };
        let query = Statement::new(format!(
            "SELECT id, guid, source, language, published, size, raised, {title}, {facts} \
             FROM story WHERE id > $1 AND id <= $2 AND phase = 'public' AND state = 'live' \
             ORDER BY id"
        ))
        .bind(after)
        .bind(after.saturating_add(count));
        Ok(AskedScan(self.engine.ask(query).await?))
    }

    /// The stories that were asked for, by row.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn asked_scan(&mut self, asked: AskedScan) -> Result<Vec<Story>, StoreError> {
        self.engine.answer(asked.0).await?.par_iter().map(scanned).collect()
    }

    /// Members of a feed that are settled on no archive page, oldest first: row and bytes.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unpaged(&mut self, feed: i64) -> Result<Vec<(i64, u64)>, StoreError> {
        let query = "SELECT p.story, s.size FROM member p JOIN story s ON s.id = p.story \
            WHERE p.feed = $1 AND p.inside = 1 AND p.page IS NULL \
            ORDER BY p.published, p.story";
        let rows = self.engine.rows(Statement::new(query).bind(feed)).await?;
        Ok(rows.iter().map(|row| (row.int(0), row.int(1).unsigned_abs())).collect())
    }

    /// Settles members of a feed on an archive page.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn set_page(
        &mut self,
        feed: i64,
        page: u32,
        stories: &[i64],
    ) -> Result<(), StoreError> {
        for chunk in stories.chunks(500) {
            let mut query =
                Statement::new("UPDATE member SET page = $1 WHERE feed = $2 AND story IN ")
                    .bind(i64::from(page))
                    .bind(feed);
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        Ok(())
    }

    /// The stories that the guard keeps in feeds: feed and story.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn held(&mut self) -> Result<Vec<(i64, i64)>, StoreError> {
        let rows = self.engine.rows(Statement::new("SELECT feed, story FROM held")).await?;
        Ok(rows.iter().map(|row| (row.int(0), row.int(1))).collect())
    }

    /// Keeps which stories the guard keeps in feeds, in the place of those before.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_held(&mut self, held: &[(i64, i64)]) -> Result<(), StoreError> {
        self.engine.run(Statement::new("DELETE FROM held")).await?;
        let held = last_by_key(held, |held| *held);
        let rows = held.iter().map(|(feed, story)| [Value::from(*feed), (*story).into()]);
        self.engine.insert("INSERT INTO held (feed, story)", rows, "").await?;
        Ok(())
    }

    /// Stories whose files are gone, or would hide them, and which the guard keeps; of one source, or
    /// of all.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn guarded(&mut self, source: Option<&str>) -> Result<BTreeSet<i64>, StoreError> {
        // Few, or none: they are asked for first.
        let all = self.engine.rows(Statement::new("SELECT story FROM guarded")).await?;
        let all: Vec<i64> = all.iter().map(|row| row.int(0)).collect();
        let Some(source) = source else { return Ok(all.into_iter().collect()) };
        let mut guarded = BTreeSet::new();
        for chunk in all.chunks(500) {
            let mut query = Statement::new("SELECT id, source FROM story WHERE id IN ");
            query.push_list(chunk.iter().copied());
            let rows = self.engine.rows(query).await?;
            let of_source = rows.iter().filter(|row| row.text(1) == source);
            guarded.extend(of_source.map(|row| row.int(0)));
        }
        Ok(guarded)
    }

    /// Keeps `now` of a source in place of `before`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_guarded(
        &mut self,
        before: &BTreeSet<i64>,
        now: &BTreeSet<i64>,
    ) -> Result<(), StoreError> {
        let gone: Vec<i64> = before.difference(now).copied().collect();
        for chunk in gone.chunks(500) {
            let mut query = Statement::new("DELETE FROM guarded WHERE story IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        let new = now.difference(before).map(|story| [Value::from(*story)]);
        self.engine.insert("INSERT INTO guarded (story)", new.collect::<Vec<_>>(), "").await?;
        Ok(())
    }

    /// Says of these stories which sections without feeds they name.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_undeclared(
        &mut self,
        stories: &[i64],
        undeclared: &[(String, i64)],
    ) -> Result<(), StoreError> {
        for chunk in stories.chunks(500) {
            let mut query = Statement::new("DELETE FROM undeclared WHERE story IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        let rows =
            undeclared.iter().map(|(section, story)| [Value::from(section), (*story).into()]);
        self.engine.insert("INSERT INTO undeclared (section, story)", rows, "").await?;
        Ok(())
    }

    /// Stories that name sections without feeds: section, source, path; at most ten a section.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn undeclared(&mut self) -> Result<Vec<(String, String, String)>, StoreError> {
        let query = "SELECT u.section, s.source, s.path FROM undeclared u \
            JOIN story s ON s.id = u.story ORDER BY u.section, s.path";
        let mut all: Vec<(String, String, String)> = Vec::new();
        for row in self.engine.rows(Statement::new(query)).await? {
            let section = row.text(0);
            if all.iter().filter(|(other, ..)| other == section).count() < 10 {
                all.push((section.to_owned(), row.string(1), row.string(2)));
            }
        }
        Ok(all)
    }

    /// Notes that everything up to the present revision is settled.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn settle_revision(&mut self, revision: i64) -> Result<(), StoreError> {
        let query = "UPDATE counter SET value = $1 WHERE name = 'settled'";
        self.engine.run(Statement::new(query).bind(revision)).await?;
        Ok(())
    }

    /// The present revision, and that up to which everything is settled.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn revisions(&mut self) -> Result<(i64, i64), StoreError> {
        Ok((self.counter("revision").await?, self.counter("settled").await?))
    }
}
