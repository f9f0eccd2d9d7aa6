//! The two engines behind one face: a statement is written once and runs on SQLite and PostgreSQL.
//!
//! # Promises
//! - Placeholders are `$1`, `$2`, … on both; values are integers, texts, bytes, or nothing.
//! - A text is kept without NUL, which PostgreSQL refuses: both engines keep the same.
//! - Transactions nest: an inner one is a part of the outer one, so that a whole pass can be tried and
//!   undone ([`Engine::begin`], [`Engine::undo`]). No inner one is undone alone.
//!
//! # Limits
//! - After a failed statement a transaction can't be committed: the caller gives the store up, and
//!   the engine undoes what was not committed.

use std::{borrow::Cow, collections::HashSet, hash::Hash};

use rusqlite::types;
use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, Postgres, Row as _, postgres::PgRow,
    query::Query,
};

use super::sqlite::{Cells, Coming, Sqlite};

/// Rows of one statement on a server: enough to make the call's cost small, within its limits.
const ROWS: usize = 200;

/// A connection to an engine.
#[derive(Debug)]
pub(super) struct Engine {
    kind: Kind,
    /// Transactions that are open, one in the other.
    depth: usize,
    /// Whether a statement failed in the transaction that is open.
    failed: bool,
    /// Whether all transactions are parts of one that ends with the connection.
    lasting: bool,
}

#[derive(Debug)]
enum Kind {
    Sqlite(Sqlite),
    Postgres(PgConnection),
}

/// What an engine says when it refuses.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The embedded engine.
    #[error(transparent)]
    Embedded(#[from] rusqlite::Error),
    /// A server, or the way to it.
    #[error(transparent)]
    Server(#[from] sqlx::Error),
    /// We ourselves.
    #[error("{0}")]
    Unfit(String),
}

/// A value that a statement is run with.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(&'a [u8]),
}

/// A statement with its values.
#[derive(Debug, Clone, Default)]
pub(super) struct Statement<'a> {
    text: String,
    values: Vec<Value<'a>>,
}

/// A row that an engine gave.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(Cells),
    Postgres(PgRow),
}

/// Rows that were asked for.
#[derive(Debug)]
pub(super) enum Asked {
    Coming(Coming<Vec<Cells>>),
    Here(Vec<PgRow>),
}

impl Engine {
    pub(super) fn sqlite(connection: Sqlite) -> Self {
        Self { kind: Kind::Sqlite(connection), depth: 0, failed: false, lasting: false }
    }

    pub(super) fn postgres(connection: PgConnection) -> Self {
        Self { kind: Kind::Postgres(connection), depth: 0, failed: false, lasting: false }
    }

    pub(super) const fn is_sqlite(&self) -> bool {
        matches!(self.kind, Kind::Sqlite(_))
    }

    /// Says goodbye to the engine.
    pub(super) async fn close(mut self) -> Result<(), EngineError> {
        self.end_lasting().await?;
        match self.kind {
            Kind::Sqlite(connection) => Ok(connection.close().await?),
            Kind::Postgres(connection) => Ok(connection.close().await?),
        }
    }

    /// Runs a statement; how many rows it touched.
    pub(super) async fn run(&mut self, statement: Statement<'_>) -> Result<u64, EngineError> {
        let Statement { text, values } = statement;
        let ran = match &mut self.kind {
            Kind::Sqlite(connection) => {
                let ran = connection.run(numbered(&text), owned(values)).await;
                ran.map_err(EngineError::from)
            }
            Kind::Postgres(connection) => {
                let query = bound(sqlx::query(AssertSqlSafe(text)), values);
                let ran = query.execute(connection).await;
                ran.map(|done| done.rows_affected()).map_err(EngineError::from)
            }
        };
        self.noted(ran)
    }

    /// Runs a statement of which nothing is to be known. The embedded engine may still be at it when
    /// this returns.
    pub(super) async fn tell(&mut self, statement: Statement<'_>) -> Result<(), EngineError> {
        if let Kind::Sqlite(connection) = &mut self.kind {
            let Statement { text, values } = statement;
            let told = connection.tell(numbered(&text), owned(values)).await;
            return self.noted(told.map_err(EngineError::from));
        }
        self.run(statement).await.map(|_| ())
    }

    /// All rows of a statement.
    pub(super) async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<Row>, EngineError> {
        let asked = self.ask(statement).await?;
        self.answer(asked).await
    }

    /// Asks for all rows of a statement. The embedded engine looks for them while the caller goes on.
    pub(super) async fn ask(&mut self, statement: Statement<'_>) -> Result<Asked, EngineError> {
        let Statement { text, values } = statement;
        let asked = match &mut self.kind {
            Kind::Sqlite(connection) => {
                let coming = connection.ask_rows(numbered(&text), owned(values)).await;
                coming.map(Asked::Coming).map_err(EngineError::from)
            }
            Kind::Postgres(connection) => {
                let query = bound(sqlx::query(AssertSqlSafe(text)), values);
                let rows = query.fetch_all(connection).await;
                rows.map(Asked::Here).map_err(EngineError::from)
            }
        };
        self.noted(asked)
    }

    /// The rows that were asked for.
    pub(super) async fn answer(&mut self, asked: Asked) -> Result<Vec<Row>, EngineError> {
        let rows = match asked {
            Asked::Coming(coming) => {
                let rows = coming.answer().await.map_err(EngineError::from);
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Asked::Here(rows) => Ok(rows.into_iter().map(Row::Postgres).collect()),
        };
        self.noted(rows)
    }

    /// The first row of a statement, if it has one.
    pub(super) async fn row(
        &mut self,
        statement: Statement<'_>,
    ) -> Result<Option<Row>, EngineError> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Inserts rows: `insert` names the table and its columns, `conflict` says what becomes of a row
    /// that is there. The embedded engine may still be at it when this returns.
    pub(super) async fn insert<'v, R: IntoIterator<Item = Value<'v>>>(
        &mut self,
        insert: &str,
        rows: impl IntoIterator<Item = R>,
        conflict: &str,
    ) -> Result<(), EngineError> {
        let mut rows = rows.into_iter().peekable();
        let done = match &mut self.kind {
            Kind::Sqlite(connection) => {
                let Some(first) = rows.next() else { return Ok(()) };
                let mut values: Vec<types::Value> = first.into_iter().map(one_owned).collect();
                let width = values.len();
                values.extend(rows.flatten().map(one_owned));
                let places = vec!["?"; width].join(", ");
                let text = format!("{insert} VALUES ({places}) {conflict}");
                connection.insert(text, width, values).await.map_err(EngineError::from)
            }
            Kind::Postgres(connection) => loop {
                if rows.peek().is_none() {
                    break Ok(());
                }
                let mut query = Statement::new(insert);
                for (place, row) in rows.by_ref().take(ROWS).enumerate() {
                    query.push(if place == 0 { " VALUES " } else { ", " }).push_list(row);
                }
                let Statement { text, values } = std::mem::take(query.push(" ").push(conflict));
                let query = bound(sqlx::query(AssertSqlSafe(text)), values);
                if let Err(error) = query.execute(&mut *connection).await {
                    break Err(error.into());
                }
            },
        };
        self.noted(done)
    }

    /// Runs a text of several statements without values.
    pub(super) async fn script(&mut self, text: String) -> Result<(), EngineError> {
        let ran = match &mut self.kind {
            Kind::Sqlite(connection) => connection.script(text).await.map_err(EngineError::from),
            Kind::Postgres(connection) => {
                let script = sqlx::raw_sql(AssertSqlSafe(text));
                connection.execute(script).await.map(|_| ()).map_err(EngineError::from)
            }
        };
        self.noted(ran)
    }

    /// Remembers that a statement failed.
    fn noted<T>(&mut self, result: Result<T, EngineError>) -> Result<T, EngineError> {
        self.failed |= result.is_err();
        result
    }

    /// Makes all that follow one transaction, of which those within it are parts, until the engine is
    /// closed: for a store of which nothing counts before it is whole.
    pub(super) async fn begin_lasting(&mut self) -> Result<(), EngineError> {
        self.script(self.begins().to_owned()).await?;
        self.lasting = true;
        Ok(())
    }

    /// Hands over to the file what the lasting transaction did so far, if there is one.
    pub(super) async fn write_out(&mut self) -> Result<(), EngineError> {
        self.write("COMMIT; BEGIN IMMEDIATE").await
    }

    /// Ends the lasting transaction, if there is one.
    pub(super) async fn end_lasting(&mut self) -> Result<(), EngineError> {
        self.write("COMMIT").await?;
        self.lasting = false;
        Ok(())
    }

    async fn write(&mut self, script: &str) -> Result<(), EngineError> {
        match self.lasting {
            true if self.failed => Err(undone()),
            true => self.script(script.to_owned()).await,
            false => Ok(()),
        }
    }

    fn begins(&self) -> &'static str {
        if self.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN" }
    }

    /// Begins a transaction, or a part of the one that is open.
    pub(super) async fn begin(&mut self) -> Result<(), EngineError> {
        if !self.lasting && self.depth == 0 {
            self.failed = false;
            self.script(self.begins().to_owned()).await?;
        }
        self.depth += 1;
        Ok(())
    }

    /// Ends the innermost transaction; what it did stays.
    pub(super) async fn commit(&mut self) -> Result<(), EngineError> {
        if self.failed {
            // PostgreSQL would answer with a rollback, and call that a success.
            return Err(undone());
        }
        let depth = self.depth.saturating_sub(1);
        if !self.lasting && depth == 0 {
            self.script("COMMIT".to_owned()).await?;
        }
        self.depth = depth;
        Ok(())
    }

    /// Undoes everything since the outermost [`begin`](Self::begin), or what a lasting transaction
    /// did, if there was one.
    pub(super) async fn undo(&mut self) -> Result<(), EngineError> {
        self.failed = false;
        let lasting = std::mem::take(&mut self.lasting);
        match std::mem::take(&mut self.depth) {
            0 if !lasting => Ok(()),
            _ => match &mut self.kind {
                Kind::Sqlite(connection) => Ok(connection.undo().await?),
                Kind::Postgres(_) => self.script("ROLLBACK".to_owned()).await,
            },
        }
    }
}

impl<'a> Statement<'a> {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// Gives the next placeholder its value.
    #[must_use]
    pub(super) fn bind(mut self, value: impl Into<Value<'a>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Goes on with `text`.
    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a placeholder and its value.
    pub(super) fn push_bind(&mut self, value: impl Into<Value<'a>>) -> &mut Self {
        self.values.push(value.into());
        self.text.push_str(&format!("${}", self.values.len()));
        self
    }

    /// Goes on with a list of placeholders in parentheses.
    pub(super) fn push_list<V: Into<Value<'a>>>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        self.text.push('(');
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.text.push_str(", ");
            }
            self.push_bind(value);
        }
        self.text.push(')');
        self
    }
}

impl Row {
    /// A number; 0 where there is nothing.
    pub(super) fn int(&self, column: usize) -> i64 {
        self.int_or_none(column).unwrap_or_default()
    }

    pub(super) fn int_or_none(&self, column: usize) -> Option<i64> {
        match self {
            Self::Sqlite(row) => match row[column] {
                types::Value::Integer(number) => Some(number),
                _ => None,
            },
            Self::Postgres(row) => row.get(column),
        }
    }

    /// A text; the empty one where there is nothing.
    pub(super) fn text(&self, column: usize) -> &str {
        self.text_or_none(column).unwrap_or_default()
    }

    pub(super) fn string(&self, column: usize) -> String {
        self.text(column).to_owned()
    }

    pub(super) fn text_or_none(&self, column: usize) -> Option<&str> {
        match self {
            Self::Sqlite(row) => match &row[column] {
                types::Value::Text(text) => Some(text),
                _ => None,
            },
            Self::Postgres(row) => row.get(column),
        }
    }

    pub(super) fn bytes(&self, column: usize) -> &[u8] {
        match self {
            Self::Sqlite(row) => match &row[column] {
                types::Value::Blob(bytes) => bytes,
                _ => &[],
            },
            Self::Postgres(row) => row.get::<Option<&[u8]>, _>(column).unwrap_or_default(),
        }
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(Some(without_nul(value.into())))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        value.as_str().into()
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::Text(Some(without_nul(value.into())))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Self::Text(value.map(|value| without_nul(value.into())))
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(|value| without_nul(value.into())))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

fn undone() -> EngineError {
    EngineError::Unfit("a statement failed in the transaction; nothing of it is kept".into())
}

fn without_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    match memchr::memchr(0, text.as_bytes()) {
        Some(_) => text.replace('\0', "").into(),
        None => text,
    }
}

/// The items without those that a later one of the same key replaces: a statement that writes a row
/// twice is refused by PostgreSQL.
pub(super) fn last_by_key<'v, T, K: Eq + Hash>(
    items: &'v [T],
    key: impl Fn(&'v T) -> K,
) -> Vec<&'v T> {
    let mut seen = HashSet::with_capacity(items.len());
    let mut last: Vec<&T> = items.iter().rev().filter(|item| seen.insert(key(item))).collect();
    last.reverse();
    last
}

/// The statement with the placeholders that SQLite has for numbered values: `?1` for `$1`, which it
/// would take for a name, and look up among all others.
fn numbered(text: &str) -> String {
    text.replace('$', "?")
}

fn owned(values: Vec<Value<'_>>) -> Vec<types::Value> {
    values.into_iter().map(one_owned).collect()
}

fn one_owned(value: Value<'_>) -> types::Value {
    match value {
        Value::Int(value) => value.into(),
        Value::Text(value) => value.map(Cow::into_owned).into(),
        Value::Bytes(value) => types::Value::Blob(value.to_owned()),
    }
}

type Bound<'q> = Query<'q, Postgres, <Postgres as sqlx::Database>::Arguments>;

fn bound<'q>(query: Bound<'q>, values: Vec<Value<'q>>) -> Bound<'q> {
    values.into_iter().fold(query, |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_numbered_on_from_what_was_bound() {
        let mut statement = Statement::new("SELECT a FROM b WHERE c = $1 AND d IN ").bind(7);
        statement.push_list(["x", "y"]).push(" AND e = ").push_bind(8);
        assert_eq!(statement.text, "SELECT a FROM b WHERE c = $1 AND d IN ($2, $3) AND e = $4");
        assert_eq!(statement.values.len(), 4);
        assert_eq!(numbered("a <= $2 OR b = $1"), "a <= ?2 OR b = ?1");
    }
}
