//! Entries that were not taken, and by what an article is known again that another source brings.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{
    Store, StoreError, Vanished,
    engine::{Asked, Statement, Value},
    rows,
};
use crate::story::{Phase, RawText, State};

/// Stories beyond that number that have one print are no more alike than others.
pub const ALIKE: usize = 8;

/// A story of another source that has a print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// What it was found by.
    pub print: i64,
    /// Its row.
    pub id: i64,
    /// Its source.
    pub source: String,
    /// What identifies it there.
    pub key: String,
    /// What became of it.
    pub state: State,
    /// Plain text.
    pub title: String,
    /// When it became public.
    pub published: DateTime<Utc>,
}

/// Stories of other sources that were asked for.
#[derive(Debug)]
pub struct Matching(Vec<Asked>);

/// A story of a source that is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its row.
    pub id: i64,
    /// What identifies it in its source.
    pub key: String,
    /// When it became public.
    pub published: DateTime<Utc>,
}

/// A story whose prints aren't known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unprinted {
    /// Its row.
    pub id: i64,
    /// Absolute address.
    pub url: String,
    /// Plain text.
    pub title: String,
    /// As its source has it.
    pub text: RawText,
}

impl Store {
    /// Of these entries of a source, those that were passed over: older than what the first fetch
    /// took, or an article that another source brought and that isn't withdrawn there.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn passed(
        &mut self,
        source: &str,
        keys: &[&str],
    ) -> Result<HashSet<String>, StoreError> {
        let mut passed = HashSet::new();
        for keys in keys.chunks(500) {
            let mut query = Statement::new(
                "SELECT p.key FROM passed p LEFT JOIN story s ON s.id = p.story WHERE p.source = ",
            );
            query.push_bind(source).push(" AND (s.state IS NULL OR s.state <> 'withdrawn')");
            query.push(" AND p.key IN ").push_list(keys.iter().copied());
            passed.extend(self.engine.rows(query).await?.iter().map(|row| row.string(0)));
        }
        Ok(passed)
    }

    /// Passes entries of a source over from now on; a row names the story that is the same article.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn pass_over(
        &mut self,
        source: &str,
        entries: &[(&str, Option<i64>)],
    ) -> Result<(), StoreError> {
        let mut seen = HashSet::new();
        let entries = entries.iter().filter(|(key, _)| seen.insert(*key));
        let rows =
            entries.map(|(key, story)| [Value::from(source), (*key).into(), (*story).into()]);
        let insert = "INSERT INTO passed (source, key, story)";
        let again = "ON CONFLICT (source, key) DO UPDATE SET story = excluded.story";
        self.engine.insert(insert, rows, again).await?;
        Ok(())
    }

    /// Forgets which entries of a source were older than what the first fetch took.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn forget_passed(&mut self, source: &str) -> Result<(), StoreError> {
        let query = "DELETE FROM passed WHERE source = $1 AND story IS NULL";
        self.engine.run(Statement::new(query).bind(source)).await?;
        Ok(())
    }

    /// Asks for the stories of other sources that have one of these prints and aren't withdrawn; of
    /// no print that more than [`ALIKE`] have. The embedded engine looks for them while the caller
    /// goes on.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn ask_matches(
        &mut self,
        source: &str,
        prints: &[i64],
    ) -> Result<Matching, StoreError> {
        let mut prints = prints.to_vec();
        prints.sort_unstable();
        prints.dedup();
        let most = i64::try_from(ALIKE).unwrap_or(i64::MAX);
        let mut asked = Vec::new();
        for prints in prints.chunks(500) {
            let mut query = Statement::new(
                "SELECT p.print, s.id, s.source, s.key, s.state, s.title, s.published \
                 FROM (SELECT print, story, count(*) OVER (PARTITION BY print) AS alike \
                 FROM print WHERE print IN ",
            );
            query.push_list(prints.iter().copied());
            query.push(") p JOIN story s ON s.id = p.story WHERE p.alike <= ").push_bind(most);
            query.push(" AND s.state <> 'withdrawn' AND s.source <> ").push_bind(source);
            query.push(" ORDER BY s.id");
            asked.push(self.engine.ask(query).await?);
        }
        Ok(Matching(asked))
    }

    /// What was asked for.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn matches(&mut self, asked: Matching) -> Result<Vec<Match>, StoreError> {
        let mut matches = Vec::new();
        for asked in asked.0 {
            for row in self.engine.answer(asked).await? {
                matches.push(Match {
                    print: row.int(0),
                    id: row.int(1),
                    source: row.string(2),
                    key: row.string(3),
                    state: rows::state(row.text(4))?,
                    title: row.string(5),
                    published: rows::instant(row.int(6))?,
                });
            }
        }
        Ok(matches)
    }

    /// The texts of stories, as their sources have them, by row.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn texts(&mut self, stories: &[i64]) -> Result<HashMap<i64, RawText>, StoreError> {
        let mut texts = HashMap::with_capacity(stories.len());
        for stories in stories.chunks(500) {
            let mut query = Statement::new("SELECT story, markup, text FROM body WHERE story IN ");
            query.push_list(stories.iter().copied());
            for row in self.engine.rows(query).await? {
                let text = RawText { markup: rows::markup(row.text(1))?, text: row.string(2) };
                texts.insert(row.int(0), text);
            }
        }
        Ok(texts)
    }

    /// Keeps prints of stories.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_prints(&mut self, prints: &[(i64, i64)]) -> Result<(), StoreError> {
        let mut seen = HashSet::new();
        let prints = prints.iter().filter(|print| seen.insert(**print));
        let rows = prints.map(|(print, story)| [Value::from(*print), (*story).into()]);
        let insert = "INSERT INTO print (print, story)";
        self.engine.insert(insert, rows, "ON CONFLICT (print, story) DO NOTHING").await?;
        Ok(())
    }

    /// Stories beside those of `sources` that came in or were changed since prints were last taken,
    /// some at a time; none: that was all. What is given is not given again.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unprinted(
        &mut self,
        sources: &[&str],
    ) -> Result<Option<Vec<Unprinted>>, StoreError> {
        let printed = Statement::new("SELECT value FROM counter WHERE name = 'printed'");
        let printed = self.engine.row(printed).await?.map_or(0, |row| row.int(0));
        let newest = Statement::new("SELECT value FROM counter WHERE name = 'revision'");
        let newest = self.engine.row(newest).await?.map_or(0, |row| row.int(0));
        if newest <= printed {
            return Ok(None);
        }
        // A revision may be that of many stories: all of them belong together.
        let upto = "SELECT revision FROM story WHERE revision > $1 ORDER BY revision \
                    LIMIT 1 OFFSET 500";
        let upto = self.engine.row(Statement::new(upto).bind(printed)).await?;
        let upto = upto.map_or(newest, |row| row.int(0));
        let mut query = Statement::new(
            "SELECT s.id, s.url, s.title, b.markup, b.text FROM story s \
             JOIN body b ON b.story = s.id WHERE s.revision > ",
        );
        query.push_bind(printed).push(" AND s.revision <= ").push_bind(upto);
        if !sources.is_empty() {
            query.push(" AND s.source NOT IN ").push_list(sources.iter().copied());
        }
        let rows = self.engine.rows(query).await?;
        let settle = "UPDATE counter SET value = $1 WHERE name = 'printed'";
        self.engine.run(Statement::new(settle).bind(upto)).await?;
        let stories = rows.iter().map(|row| {
            let text = RawText { markup: rows::markup(row.text(3))?, text: row.string(4) };
            Ok(Unprinted { id: row.int(0), url: row.string(1), title: row.string(2), text })
        });
        stories.collect::<Result<_, StoreError>>().map(Some)
    }

    /// Prints were taken of all that came in or was changed by now.
    ///
    /// # Errors
    /// If the store fails; the embedded engine may say so at the next question.
    pub async fn all_printed(&mut self) -> Result<(), StoreError> {
        let settle = "UPDATE counter SET value = (SELECT value FROM counter WHERE name = 'revision') \
                      WHERE name = 'printed'";
        Ok(self.engine.tell(Statement::new(settle)).await?)
    }

    /// Gives a story to another source, which has the same article and goes first; its guid stays.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn give_over(
        &mut self,
        story: &Match,
        source: &str,
        key: &str,
        path: &str,
    ) -> Result<(), StoreError> {
        let query = "UPDATE story SET source = $1, key = $2, path = $3, digest = '' WHERE id = $4";
        let query = Statement::new(query).bind(source).bind(key).bind(path).bind(story.id);
        self.engine.run(query).await?;
        self.pass_over(&story.source, &[(&story.key, Some(story.id))]).await
    }

    /// The stories of a source by what identifies them there, and by where they stand.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn standing(
        &mut self,
        source: &str,
        keys: &[&str],
        paths: &[&str],
    ) -> Result<HashMap<String, Standing>, StoreError> {
        let mut found = HashMap::new();
        for (column, names) in [("path", paths), ("key", keys)] {
            for names in names.chunks(500) {
                let mut query = Statement::new(format!(
                    "SELECT {column}, id, published, key FROM story WHERE source = "
                ));
                query.push_bind(source).push(" AND ").push(column).push(" IN ");
                query.push_list(names.iter().copied());
                for row in self.engine.rows(query).await? {
                    let published = DateTime::from_timestamp_millis(row.int(2));
                    let published = published.unwrap_or_default();
                    let (id, key) = (row.int(1), row.string(3));
                    found.insert(row.string(0), Standing { id, key, published });
                }
            }
        }
        Ok(found)
    }

    /// The live stories of a source that were published after an instant (none: all of them), with
    /// what identifies them there.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn live_after(
        &mut self,
        source: &str,
        after: Option<DateTime<Utc>>,
    ) -> Result<Vec<(String, Vanished)>, StoreError> {
        let query = "SELECT key, id, path, phase FROM story WHERE source = $1 AND state = 'live' \
                     AND published > $2 ORDER BY id";
        let after = after.map_or(i64::MIN, |at| at.timestamp_millis());
        let rows = self.engine.rows(Statement::new(query).bind(source).bind(after)).await?;
        let vanished = rows.iter().map(|row| {
            let public = rows::phase(row.text(3))? == Phase::Public;
            Ok((row.string(0), Vanished { id: row.int(1), path: row.string(2), public }))
        });
        vanished.collect()
    }
}
