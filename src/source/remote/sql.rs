//! Stories in a database: what a query gives, its columns named after the fields of a story.
//!
//! # Promises
//! - Nothing is written: SQLite is opened to read, PostgreSQL is asked in a transaction that may only
//!   read, with a bound on the time of a statement.
//! - Where the query names `$1`, rows come in the order of the cursor, and those with the last value
//!   all come, so that none is missed between two fetches.
//!
//! # Limits
//! - Rows with one value of the cursor are in memory together.

use std::{path::Path, time::Duration};

use futures_core::Stream;
use rusqlite::{Connection, OpenFlags, types::ValueRef};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, ConnectOptions, Row as _, postgres::PgConnectOptions};

/// Where a database is.
#[derive(Clone, Copy)]
pub enum Database<'a> {
    /// A file of SQLite.
    File(&'a Path),
    /// `postgres://…`, with its password.
    Server(&'a str),
}

/// What is asked of a database.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The query; `$1` is where the cursor stands.
    pub query: &'a str,
    /// The column that `$1` goes by.
    pub cursor: &'a str,
    /// Where the cursor stands; none: at the beginning.
    pub from: Option<&'a str>,
    /// Only so many of the latest rows; none: all, from the cursor on.
    pub latest: Option<usize>,
    /// Rows that are taken at a time.
    pub rows: usize,
    /// How long a statement may take.
    pub patience: Duration,
}

/// What a database gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Column → value.
    pub rows: Vec<Map<String, Value>>,
    /// Where the cursor stands now.
    pub cursor: Option<String>,
    /// Whether there may be more.
    pub more: bool,
}

/// A database that doesn't answer as it should. Nothing of its address is in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// It can't be opened or reached.
    #[error("the database can't be opened: {0}")]
    Open(String),
    /// It refuses the query.
    #[error("the database refuses the query: {0}")]
    Query(String),
    /// The query names `$1`, and gives no column to go by.
    #[error("the query gives no column `{0}` for `$1` to go by")]
    NoCursor(String),
}

/// Asks a database.
///
/// # Errors
/// If it can't be reached, or refuses.
pub async fn ask(database: Database<'_>, question: &Question<'_>) -> Result<Rows, SqlError> {
    match database {
        Database::Server(url) => ask_server(url, question).await,
        Database::File(file) => {
            let (file, query) = (file.to_owned(), question.query.to_owned());
            let (cursor, from) = (question.cursor.to_owned(), question.from.map(str::to_owned));
            let (latest, rows, patience) = (question.latest, question.rows, question.patience);
            let asked = tokio::task::spawn_blocking(move || {
                let (query, cursor, from) = (&query, &cursor, from.as_deref());
                ask_file(&file, &Question { query, cursor, from, latest, rows, patience })
            });
            asked.await.map_err(|error| SqlError::Open(error.to_string()))?
        }
    }
}

impl Question<'_> {
    fn goes_on(&self) -> bool {
        self.query.contains("$1")
    }

    /// `query`, in the order in which its rows are wanted. The cursor's value is the last column.
    fn ordered(&self, query: &str, row: &str, text_of: &dyn Fn(&str) -> String) -> String {
        let column = format!("q.\"{}\"", self.cursor.replace('"', "\"\""));
        if !self.goes_on() {
            let limit = self.latest.map_or(String::new(), |rows| format!(" LIMIT {rows}"));
            return format!("SELECT {row}, NULL FROM ({query}\n) AS q{limit}");
        }
        let order = match self.latest {
            Some(rows) => format!("{column} DESC LIMIT {rows}"),
            None => column.clone(),
        };
        let value = text_of(&column);
        format!("SELECT {row}, {value} FROM ({query}\n) AS q ORDER BY {order}")
    }
}

/// Collects rows until there are enough.
struct Collector<'a> {
    question: &'a Question<'a>,
    rows: Rows,
}

impl Collector<'_> {
    /// Takes a row; whether another one is wanted.
    fn take(&mut self, row: Map<String, Value>, cursor: Option<String>) -> bool {
        let rows = &mut self.rows;
        let same = cursor == rows.cursor && self.question.goes_on();
        if rows.rows.len() >= self.question.rows && !same {
            rows.more = true;
            return false;
        }
        rows.rows.push(row);
        match self.question.latest {
            // The first one has the largest value.
            Some(_) => rows.cursor = rows.cursor.take().or(cursor),
            None => rows.cursor = cursor.or(rows.cursor.take()),
        }
        true
    }
}

fn ask_file(file: &Path, question: &Question<'_>) -> Result<Rows, SqlError> {
    let open = |error: rusqlite::Error| SqlError::Open(error.to_string());
    let refused = |error: rusqlite::Error| SqlError::Query(error.to_string());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(open)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(open)?;
    connection.pragma_update(None, "query_only", true).map_err(open)?;
    let deadline = std::time::Instant::now() + question.patience;
    connection
        .progress_handler(10_000, Some(move || std::time::Instant::now() > deadline))
        .map_err(open)?;
    let columns: Vec<String> = {
        let statement = connection.prepare(question.query).map_err(refused)?;
        statement.column_names().into_iter().map(str::to_owned).collect()
    };
    if question.goes_on() && !columns.iter().any(|column| column == question.cursor) {
        return Err(SqlError::NoCursor(question.cursor.to_owned()));
    }
    let query = question.ordered(question.query, "q.*", &str::to_owned);
    let mut statement = connection.prepare(&query).map_err(refused)?;
    let from = question.from.map_or(rusqlite::types::Value::Integer(0), from_text);
    let mut rows = match question.goes_on() {
        true => statement.query([from]),
        false => statement.query([]),
    }
    .map_err(refused)?;
    let mut collector = Collector { question, rows: Rows::default() };
    collector.rows.cursor = question.from.filter(|_| question.latest.is_none()).map(str::to_owned);
    while let Some(row) = rows.next().map_err(refused)? {
        let mut fields = Map::new();
        for (place, column) in columns.iter().enumerate() {
            let value = json_of(row.get_ref(place).map_err(refused)?);
            fields.insert(column.clone(), value);
        }
        let cursor = to_text(row.get_ref(columns.len()).map_err(refused)?);
        if !collector.take(fields, cursor) {
            break;
        }
    }
    Ok(collector.rows)
}

fn json_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => nested(&String::from_utf8_lossy(bytes)),
    }
}

/// A list or an object that a column holds as text (`["a", "b"]`), or the text.
fn nested(text: &str) -> Value {
    let trimmed = text.trim();
    if trimmed.starts_with(['[', '{'])
        && let Ok(value @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str(trimmed)
    {
        return value;
    }
    Value::from(text)
}

/// A cursor is kept as text that says what it was: `i:` a number, `r:` a fraction, `t:` a text.
fn to_text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(format!("i:{number}")),
        ValueRef::Real(number) => Some(format!("r:{number}")),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(format!("t:{}", String::from_utf8_lossy(bytes)))
        }
    }
}

fn from_text(text: &str) -> rusqlite::types::Value {
    use rusqlite::types::Value::{Integer, Real, Text};
    match text.split_once(':') {
        Some(("i", number)) => number.parse().map_or(Integer(0), Integer),
        Some(("r", number)) => number.parse().map_or(Integer(0), Real),
        Some(("t", text)) => Text(text.to_owned()),
        _ => Text(text.to_owned()),
    }
}

async fn ask_server(url: &str, question: &Question<'_>) -> Result<Rows, SqlError> {
    let said = |error: sqlx::Error| match error.as_database_error() {
        Some(error) => error.message().to_owned(),
        None => error.to_string(),
    };
    let open = |error: sqlx::Error| SqlError::Open(said(error));
    let refused = |error: sqlx::Error| SqlError::Query(said(error));
    let options: PgConnectOptions = url.parse().map_err(open)?;
    let connecting = tokio::time::timeout(question.patience, options.connect());
    let timed_out = |_| SqlError::Open("it doesn't answer in time".to_owned());
    let mut connection = connecting.await.map_err(timed_out)?.map_err(open)?;
    let settings = format!(
        "SET statement_timeout = {}; SET TimeZone = 'UTC'; SET standard_conforming_strings = on; \
         BEGIN READ ONLY",
        question.patience.as_millis()
    );
    sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut connection).await.map_err(open)?;
    let from = match (question.goes_on(), question.from) {
        (true, None) => {
            let prepare = format!("PREPARE feedwright AS {}", question.query);
            sqlx::raw_sql(AssertSqlSafe(prepare))
                .execute(&mut connection)
                .await
                .map_err(refused)?;
            let kind = "SELECT parameter_types[1]::text FROM pg_prepared_statements \
                        WHERE name = 'feedwright'";
            let kind = sqlx::query(kind).fetch_one(&mut connection).await.map_err(refused)?;
            beginning_of(&kind.try_get::<String, _>(0).unwrap_or_default()).to_owned()
        }
        (_, from) => from.unwrap_or_default().to_owned(),
    };
    let literal = format!("'{}'", from.replace('\0', "").replace('\'', "''"));
    let query = question.query.replace("$1", &literal);
    // The types of a row are those that JSON has; a cursor is asked for as it is written.
    let query =
        question.ordered(&query, "row_to_json(q)::text", &|column| format!("{column}::text"));
    let mut collector = Collector { question, rows: Rows::default() };
    collector.rows.cursor = question.from.filter(|_| question.latest.is_none()).map(str::to_owned);
    {
        let mut rows = sqlx::raw_sql(AssertSqlSafe(query)).fetch(&mut connection);
        while let Some(row) = next(&mut rows).await {
            let row = row.map_err(|error| missing(question, refused(error)))?;
            let fields: String = row.try_get(0).map_err(refused)?;
            let cursor: Option<String> = row.try_get(1).map_err(refused)?;
            let Ok(Value::Object(mut fields)) = serde_json::from_str(&fields) else { continue };
            for value in fields.values_mut() {
                if let Value::String(text) = value {
                    *value = nested(text);
                }
            }
            if !collector.take(fields, cursor) {
                break;
            }
        }
    }
    // What is left of the answer is thrown away with the connection.
    drop(connection);
    Ok(collector.rows)
}

/// The next row of a stream.
async fn next<S: Stream + Unpin>(rows: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *rows).poll_next(context)).await
}

/// A refusal that is about the cursor's column says what to do about it.
fn missing(question: &Question<'_>, error: SqlError) -> SqlError {
    match &error {
        SqlError::Query(said)
            if question.goes_on() && said.contains(&format!("q.{}", question.cursor)) =>
        {
            SqlError::NoCursor(question.cursor.to_owned())
        }
        _ => error,
    }
}

/// A value of a type that comes before all others.
fn beginning_of(kind: &str) -> &'static str {
    match kind {
        "text" | "character varying" | "character" | "bpchar" => "",
        "date" => "-infinity",
        kind if kind.starts_with("timestamp") => "-infinity",
        _ => "0",
    }
}
