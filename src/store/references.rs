//! Which stories texts refer to: by what path they ask, and to which address it came when they were
//! rendered.
//!
//! # Promises
//! - What a text may mean is asked by name (the last part of a path), which every story has in a
//!   column with an index: it costs what is asked, not what is stored.
//! - A text that was rendered and a story whose file moved find each other, whichever came first.
//!   What else happens to a story, a pass finds by its revision or its hour.
//!
//! # Limits
//! - Nothing is kept of a text that isn't rendered, or that asks for nothing.

use super::{
    Store, StoreError,
    engine::{Row, Statement, Value},
};
use crate::story::path_name;

/// Rows of one statement.
const ROWS: usize = 200;
/// Stories of an older store that get their names together.
const NAMED_TOGETHER: i64 = 1000;

const NAMED: &str = "SELECT path, url FROM story \
    WHERE phase = 'public' AND state = 'live' AND source = $1 AND name IN ";
const ASKED: &str = "SELECT DISTINCT r.source, r.path, r.url FROM story s \
    JOIN reference r ON r.source = s.source AND r.name = s.name WHERE s.id IN ";
const MOVED: &str = "SELECT DISTINCT source, path, url FROM reference WHERE dirty = 1";
const REFERRING: &str = "SELECT DISTINCT story FROM reference \
    WHERE source = $1 AND name = $2 AND path = $3 AND coalesce(url, '') = $4";
const SOIL: &str = "UPDATE reference SET dirty = 1 WHERE source = $1 AND name IN ";
const UNNAMED: &str = "SELECT id, path FROM story WHERE name IS NULL ORDER BY id LIMIT $1";

/// What a text asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The source whose stories may be meant.
    pub source: String,
    /// The path as the text has it.
    pub path: String,
    /// The address to which it came; none: no story, or no single one, is meant.
    pub url: Option<String>,
}

impl Store {
    /// The public stories of `source` that have these names, none of those that were taken back:
    /// paths with addresses.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn named(
        &mut self,
        source: &str,
        names: &[&str],
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = Vec::new();
        self.index().await?;
        for names in names.chunks(500) {
            let mut query = Statement::new(NAMED).bind(source);
            query.push_list(names.iter().copied());
            let rows = self.engine.rows(query).await?;
            found.extend(rows.iter().map(|row| (row.string(0), row.string(1))));
        }
        Ok(found)
    }

    /// Keeps what rendered texts ask for; of stories that were `rendered_before`, in the place of
    /// what those asked for.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep_references(
        &mut self,
        rendered_before: &[i64],
        references: &[(i64, Vec<Reference>)],
    ) -> Result<(), StoreError> {
        for chunk in rendered_before.chunks(500) {
            let mut query = Statement::new("DELETE FROM reference WHERE story IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        let rows = references.iter().flat_map(|(story, references)| {
            (0_i64..).zip(references).map(|(number, reference)| (*story, number, reference))
        });
        let rows = rows.map(|(story, number, reference)| {
            [
                Value::from(story),
                number.into(),
                (&reference.source).into(),
                path_name(&reference.path).into(),
                (&reference.path).into(),
                reference.url.as_deref().into(),
                0.into(),
            ]
        });
        let insert = "INSERT INTO reference (story, number, source, name, path, url, dirty)";
        Ok(self.engine.insert(insert, rows, "").await?)
    }

    /// Whether any text refers to another story.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn has_references(&mut self) -> Result<bool, StoreError> {
        let query = Statement::new("SELECT story FROM reference LIMIT 1");
        Ok(self.engine.row(query).await?.is_some())
    }

    /// What texts ask for by the names of these stories, each once.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn references_to(&mut self, stories: &[i64]) -> Result<Vec<Reference>, StoreError> {
        let rows = self.rows_of(ASKED, stories).await?;
        Ok(rows.iter().map(reference).collect())
    }

    /// What texts ask for by a name that a file had, or got, since the last pass, each once.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn moved_references(&mut self) -> Result<Vec<Reference>, StoreError> {
        let rows = self.engine.rows(Statement::new(MOVED)).await?;
        Ok(rows.iter().map(reference).collect())
    }

    /// The stories whose texts ask for that and were rendered with that address.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn referring(&mut self, reference: &Reference) -> Result<Vec<i64>, StoreError> {
        let query = Statement::new(REFERRING)
            .bind(&reference.source)
            .bind(path_name(&reference.path))
            .bind(&reference.path)
            .bind(reference.url.as_deref().unwrap_or_default());
        Ok(self.engine.rows(query).await?.iter().map(|row| row.int(0)).collect())
    }

    /// Forgets what the texts of these stories became and what they ask for.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn forget_rendered(&mut self, stories: &[i64]) -> Result<(), StoreError> {
        for chunk in stories.chunks(500) {
            let mut query = Statement::new("DELETE FROM rendered WHERE story IN ");
            query.push_list(chunk.iter().copied());
            self.engine.run(query).await?;
        }
        Ok(())
    }

    /// Notes that every file that moved was looked at.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn settle_references(&mut self) -> Result<(), StoreError> {
        let query = "UPDATE reference SET dirty = 0 WHERE dirty = 1";
        self.engine.run(Statement::new(query)).await?;
        Ok(())
    }

    /// Marks what texts ask for by the name that a story's file had or has.
    pub(super) async fn soil_references(
        &mut self,
        source: &str,
        paths: [&str; 2],
    ) -> Result<(), StoreError> {
        let mut query = Statement::new(SOIL).bind(source);
        query.push_list(paths.map(path_name));
        self.engine.run(query).await?;
        Ok(())
    }

    /// Gives names to stories that came in before stories had names.
    pub(super) async fn name_stories(&mut self) -> Result<(), StoreError> {
        loop {
            let rows = self.engine.rows(Statement::new(UNNAMED).bind(NAMED_TOGETHER)).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for chunk in rows.chunks(ROWS) {
                let mut query = Statement::new("UPDATE story SET name = v.column2 FROM (VALUES ");
                for (place, row) in chunk.iter().enumerate() {
                    let named: [Value; 2] = [row.int(0).into(), path_name(row.text(1)).into()];
                    query.push(if place == 0 { "" } else { ", " }).push_list(named);
                }
                query.push(") AS v WHERE story.id = v.column1 AND story.name IS NULL");
                self.engine.run(query).await?;
            }
        }
    }
}

fn reference(row: &Row) -> Reference {
    Reference {
        source: row.string(0),
        path: row.string(1),
        url: row.text_or_none(2).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Address;

    #[test]
    fn what_texts_refer_to_is_found_without_reading_all_stories() {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let address = Address::File(folder.path().join("stories.db"));
            let mut store = Store::open(&address).await.expect("a store");
            store.index().await.expect("indexes");
            for (query, index) in [
                (format!("{NAMED}('a', 'b')"), "story_name (source=? AND name=?)"),
                (format!("{ASKED}(1, 2)"), "reference_name (source=? AND name=?)"),
                (MOVED.to_owned(), "reference_dirty"),
                (REFERRING.to_owned(), "reference_name (source=? AND name=?)"),
                (format!("{SOIL}('a', 'b')"), "reference_name (source=? AND name=?)"),
                (UNNAMED.to_owned(), "story_unnamed"),
            ] {
                let query = (1..=4).fold(query, |query, n| query.replace(&format!("${n}"), "'x'"));
                let query = Statement::new(format!("EXPLAIN QUERY PLAN {query}"));
                let rows = store.engine.rows(query).await.expect("a plan");
                let plan: Vec<&str> = rows.iter().map(|row| row.text(3)).collect();
                assert!(plan.iter().any(|step| step.contains(index)), "{index}: {plan:?}");
                let scans = plan.iter().filter(|step| step.starts_with("SCAN"));
                let scans: Vec<_> = scans.filter(|step| !step.contains("INDEX")).collect();
                assert!(scans.is_empty(), "{plan:?}");
            }
        });
    }
}
