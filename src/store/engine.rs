//! The two engines behind one face: a statement is written once and runs on SQLite and PostgreSQL.
//!
//! # Promises
//! - Placeholders are `$1`, `$2`, … on both; values are integers, texts, bytes, or nothing.
//! - A text is kept without NUL, which PostgreSQL refuses: both engines keep the same.
//! - Transactions nest: an inner one is a savepoint of the outer one, so that a whole pass can be
//!   tried and undone ([`Engine::begin`], [`Engine::undo`]).
//!
//! # Limits
//! - After a failed statement a transaction can't be committed: the caller gives the store up, and
//!   the engine undoes what was not committed.

use std::{borrow::Cow, collections::HashSet, hash::Hash};

use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, Postgres, Row as _, Sqlite,
    SqliteConnection, migrate::MigrateError, migrate::Migrator, postgres::PgRow, query::Query,
    sqlite::SqliteRow,
};

/// A connection to an engine.
#[derive(Debug)]
pub(super) struct Engine {
    kind: Kind,
    /// Transactions that are open, one in the other.
    depth: usize,
    /// Whether a statement failed in the transaction that is open.
    failed: bool,
}

#[derive(Debug)]
enum Kind {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
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
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Engine {
    pub(super) fn sqlite(connection: SqliteConnection) -> Self {
        Self { kind: Kind::Sqlite(connection), depth: 0, failed: false }
    }

    pub(super) fn postgres(connection: PgConnection) -> Self {
        Self { kind: Kind::Postgres(connection), depth: 0, failed: false }
    }

    pub(super) const fn is_sqlite(&self) -> bool {
        matches!(self.kind, Kind::Sqlite(_))
    }

    /// Brings the tables up to date.
    pub(super) async fn migrate(&mut self, migrations: &Migrator) -> Result<(), MigrateError> {
        match &mut self.kind {
            Kind::Sqlite(connection) => migrations.run_direct(None, connection, false).await,
            Kind::Postgres(connection) => migrations.run_direct(None, connection, false).await,
        }
    }

    /// Says goodbye to the engine.
    pub(super) async fn close(self) -> Result<(), sqlx::Error> {
        match self.kind {
            Kind::Sqlite(connection) => connection.close().await,
            Kind::Postgres(connection) => connection.close().await,
        }
    }

    /// Runs a statement; how many rows it touched.
    pub(super) async fn run(&mut self, statement: Statement<'_>) -> Result<u64, sqlx::Error> {
        let Statement { text, values } = statement;
        let ran = match &mut self.kind {
            Kind::Sqlite(connection) => {
                let query = bound_sqlite(sqlx::query(AssertSqlSafe(positional(text))), values);
                query.execute(connection).await.map(|done| done.rows_affected())
            }
            Kind::Postgres(connection) => {
                let query = bound_postgres(sqlx::query(AssertSqlSafe(text)), values);
                query.execute(connection).await.map(|done| done.rows_affected())
            }
        };
        self.noted(ran)
    }

    /// All rows of a statement.
    pub(super) async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<Row>, sqlx::Error> {
        let Statement { text, values } = statement;
        let rows = match &mut self.kind {
            Kind::Sqlite(connection) => {
                let query = bound_sqlite(sqlx::query(AssertSqlSafe(positional(text))), values);
                let rows = query.fetch_all(connection).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Kind::Postgres(connection) => {
                let query = bound_postgres(sqlx::query(AssertSqlSafe(text)), values);
                let rows = query.fetch_all(connection).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        self.noted(rows)
    }

    /// The first row of a statement, if it has one.
    pub(super) async fn row(
        &mut self,
        statement: Statement<'_>,
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Runs a text of several statements without values.
    pub(super) async fn script(&mut self, text: String) -> Result<(), sqlx::Error> {
        let script = sqlx::raw_sql(AssertSqlSafe(text));
        let ran = match &mut self.kind {
            Kind::Sqlite(connection) => connection.execute(script).await.map(|_| ()),
            Kind::Postgres(connection) => connection.execute(script).await.map(|_| ()),
        };
        self.noted(ran)
    }

    /// Remembers that a statement failed.
    fn noted<T>(&mut self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.failed |= result.is_err();
        result
    }

    /// Begins a transaction, or a savepoint in the one that is open.
    pub(super) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        if self.depth == 0 {
            self.failed = false;
        }
        let begin = match (self.depth, &self.kind) {
            (0, Kind::Sqlite(_)) => "BEGIN IMMEDIATE".to_owned(),
            (0, Kind::Postgres(_)) => "BEGIN".to_owned(),
            (depth, _) => format!("SAVEPOINT inner_{depth}"),
        };
        self.script(begin).await?;
        self.depth += 1;
        Ok(())
    }

    /// Ends the innermost transaction; what it did stays.
    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        if self.failed {
            // PostgreSQL would answer with a rollback, and call that a success.
            let why = "a statement failed in the transaction; nothing of it is kept";
            return Err(sqlx::Error::Protocol(why.into()));
        }
        self.depth = self.depth.saturating_sub(1);
        let commit = match self.depth {
            0 => "COMMIT".to_owned(),
            depth => format!("RELEASE SAVEPOINT inner_{depth}"),
        };
        self.script(commit).await
    }

    /// Undoes everything since the outermost [`begin`](Self::begin), if there was one.
    pub(super) async fn undo(&mut self) -> Result<(), sqlx::Error> {
        self.failed = false;
        match std::mem::take(&mut self.depth) {
            0 => Ok(()),
            _ => self.script("ROLLBACK".to_owned()).await,
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

    /// Goes on with ` VALUES (…), (…)`.
    pub(super) fn push_rows<const N: usize>(
        &mut self,
        rows: impl IntoIterator<Item = [Value<'a>; N]>,
    ) -> &mut Self {
        for (place, row) in rows.into_iter().enumerate() {
            self.text.push_str(if place == 0 { " VALUES " } else { ", " });
            self.push_list(row);
        }
        self
    }
}

impl Row {
    pub(super) fn int(&self, column: usize) -> i64 {
        match self {
            Self::Sqlite(row) => row.get(column),
            Self::Postgres(row) => row.get(column),
        }
    }

    pub(super) fn int_or_none(&self, column: usize) -> Option<i64> {
        match self {
            Self::Sqlite(row) => row.get(column),
            Self::Postgres(row) => row.get(column),
        }
    }

    pub(super) fn text(&self, column: usize) -> &str {
        match self {
            Self::Sqlite(row) => row.get(column),
            Self::Postgres(row) => row.get(column),
        }
    }

    pub(super) fn string(&self, column: usize) -> String {
        self.text(column).to_owned()
    }

    pub(super) fn text_or_none(&self, column: usize) -> Option<&str> {
        match self {
            Self::Sqlite(row) => row.get(column),
            Self::Postgres(row) => row.get(column),
        }
    }

    pub(super) fn bytes(&self, column: usize) -> &[u8] {
        match self {
            Self::Sqlite(row) => row.get(column),
            Self::Postgres(row) => row.get(column),
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

fn without_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "").into() } else { text }
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

/// The statement with `?` for `$1`, `$2`, … where each stands once and in its turn: SQLite looks a
/// named placeholder up among all of them, which takes quadratic time in a long list of rows.
fn positional(text: String) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text.as_str();
    let mut turn = 0;
    while let Some(start) = rest.find('$') {
        let digits = rest[start + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let number = &rest[start + 1..start + 1 + digits];
        turn += 1;
        if number.parse() != Ok(turn) {
            return text;
        }
        result.push_str(&rest[..start]);
        result.push('?');
        rest = &rest[start + 1 + digits..];
    }
    result.push_str(rest);
    result
}

type Bound<'q, D> = Query<'q, D, <D as sqlx::Database>::Arguments>;

fn bound_sqlite<'q>(query: Bound<'q, Sqlite>, values: Vec<Value<'q>>) -> Bound<'q, Sqlite> {
    values.into_iter().fold(query, |query, value| match value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    })
}

fn bound_postgres<'q>(query: Bound<'q, Postgres>, values: Vec<Value<'q>>) -> Bound<'q, Postgres> {
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
    fn placeholders_lose_their_numbers_only_where_each_stands_once_and_in_its_turn() {
        let text = |text: &str| positional(text.to_owned());
        assert_eq!(text("VALUES ($1, $2), ($3, $4)"), "VALUES (?, ?), (?, ?)");
        assert_eq!(text("a <= $2 OR b = $1"), "a <= $2 OR b = $1");
        assert_eq!(text("a = $1 AND b = $1"), "a = $1 AND b = $1");
        assert_eq!(text("SELECT 1"), "SELECT 1");
    }

    #[test]
    fn lists_and_rows_are_numbered_on_from_what_was_bound() {
        let mut statement = Statement::new("SELECT a FROM b WHERE c = $1 AND d IN ").bind(7);
        statement.push_list(["x", "y"]).push(" AND e = ").push_bind(8);
        assert_eq!(statement.text, "SELECT a FROM b WHERE c = $1 AND d IN ($2, $3) AND e = $4");
        assert_eq!(statement.values.len(), 4);
    }
}
