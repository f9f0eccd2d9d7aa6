//! The embedded engine: SQLite on a thread of its own.
//!
//! # Promises
//! - What is asked is answered in the order in which it was asked.
//! - Rows to be inserted and orders are taken on the way: who sends them goes on while they are
//!   stored. One that fails makes the next question fail, a commit too, so that nothing half done is
//!   kept.
//!
//! # Limits
//! - Few batches of rows are on their way at once: who sends more waits.

use std::{path::Path, sync::Arc, thread};

use rusqlite::{
    Connection, OpenFlags, Row, Statement,
    config::DbConfig,
    params_from_iter,
    types::{Value, ValueRef},
};
use tokio::sync::{Semaphore, mpsc, oneshot};

/// Batches of rows that are on their way at once.
const BATCHES: usize = 4;
/// Batches, questions and orders that are on their way at once.
const ON_THE_WAY: usize = 64;
/// Statements that are kept prepared.
const PREPARED: usize = 64;

type Answer<T> = oneshot::Sender<rusqlite::Result<T>>;

enum Job {
    Do(Box<dyn FnOnce(&mut Desk) + Send>),
    Close(Answer<()>),
}

/// A connection, on its thread.
#[derive(Debug)]
pub(super) struct Sqlite {
    jobs: mpsc::Sender<Job>,
    /// Room for batches of rows.
    room: Arc<Semaphore>,
}

struct Desk {
    connection: Connection,
    /// Why rows that were sent could not be inserted.
    failed: Option<rusqlite::Error>,
}

/// A row as it was read.
pub(super) type Cells = Box<[Value]>;

/// An answer that is on its way.
#[derive(Debug)]
pub(super) struct Coming<T>(oneshot::Receiver<rusqlite::Result<T>>);

impl<T> Coming<T> {
    pub(super) async fn answer(self) -> rusqlite::Result<T> {
        self.0.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Sqlite {
    /// Opens a file to read and write, as `how` says too, and runs `pragmas`.
    pub(super) async fn open(
        file: &Path,
        how: OpenFlags,
        pragmas: String,
    ) -> rusqlite::Result<Self> {
        let (jobs, mut asked) = mpsc::channel::<Job>(ON_THE_WAY);
        let (opened, opening) = oneshot::channel();
        let file = file.to_owned();
        let started = thread::Builder::new().name("store".into()).spawn(move || {
            let how = how | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&file, how).and_then(|connection| {
                connection.set_prepared_statement_cache_capacity(PREPARED);
                // A plan that depends on the values is made anew with them, each time.
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
                connection.execute_batch(&pragmas).map(|()| connection)
            });
            let (connection, outcome) = match connection {
                Ok(connection) => (Some(connection), Ok(())),
                Err(error) => (None, Err(error)),
            };
            let _ = opened.send(outcome);
            let Some(connection) = connection else { return };
            let mut desk = Desk { connection, failed: None };
            while let Some(job) = asked.blocking_recv() {
                match job {
                    Job::Do(job) => job(&mut desk),
                    Job::Close(answer) => {
                        let closed = desk.connection.close().map_err(|(_, error)| error);
                        let _ = answer.send(desk.failed.map_or(closed, Err));
                        return;
                    }
                }
            }
        });
        started.map_err(|error| refusal(&error.to_string()))?;
        opening.await.unwrap_or_else(|_| Err(ended()))?;
        Ok(Self { jobs, room: Arc::new(Semaphore::new(BATCHES)) })
    }

    /// Runs a statement; how many rows it touched.
    pub(super) async fn run(&self, text: String, values: Vec<Value>) -> rusqlite::Result<u64> {
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(&text)?;
            Ok(statement.execute(params_from_iter(values))? as u64)
        })
        .await?
        .answer()
        .await
    }

    /// Asks for all rows of a statement.
    pub(super) async fn ask_rows(
        &self,
        text: String,
        values: Vec<Value>,
    ) -> rusqlite::Result<Coming<Vec<Cells>>> {
        self.ask(move |connection| {
            let mut statement = connection.prepare_cached(&text)?;
            let width = statement.column_count();
            let mut rows = statement.query(params_from_iter(values))?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                all.push(cells(row, width)?);
            }
            Ok(all)
        })
        .await
    }

    /// Inserts rows of `width` values each, one after the other, by a statement for one row.
    pub(super) async fn insert(
        &self,
        text: String,
        width: usize,
        values: Vec<Value>,
    ) -> rusqlite::Result<()> {
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| ended())?;
        self.order(move |connection| {
            let _room = room;
            let mut statement = connection.prepare_cached(&text)?;
            values.chunks_exact(width).try_for_each(|row| insert_row(&mut statement, row))
        })
        .await
    }

    /// Runs a statement while the caller goes on.
    pub(super) async fn tell(&self, text: String, values: Vec<Value>) -> rusqlite::Result<()> {
        self.order(move |connection| {
            connection.prepare_cached(&text)?.execute(params_from_iter(values)).map(|_| ())
        })
        .await
    }

    /// Runs a text of several statements without values.
    pub(super) async fn script(&self, text: String) -> rusqlite::Result<()> {
        self.ask(move |connection| connection.execute_batch(&text)).await?.answer().await
    }

    /// Undoes the transaction that is open, whatever failed in it.
    pub(super) async fn undo(&self) -> rusqlite::Result<()> {
        self.send(|desk| desk.failed = None).await?;
        let roll_back = |connection: &Connection| match connection.is_autocommit() {
            true => Ok(()), // A full disk has undone it already.
            false => connection.execute_batch("ROLLBACK"),
        };
        self.ask(roll_back).await?.answer().await
    }

    /// Closes the connection.
    pub(super) async fn close(self) -> rusqlite::Result<()> {
        let (answer, coming) = oneshot::channel();
        self.jobs.send(Job::Close(answer)).await.map_err(|_| ended())?;
        Coming(coming).answer().await
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> rusqlite::Result<Coming<T>> {
        let (answer, coming) = oneshot::channel();
        self.send(move |desk| {
            let result = match desk.failed.take() {
                Some(error) => Err(error),
                None => question(&desk.connection),
            };
            let _ = answer.send(result);
        })
        .await?;
        Ok(Coming(coming))
    }

    /// Has something done on the way; it isn't done where something before it failed.
    async fn order(
        &self,
        order: impl FnOnce(&Connection) -> rusqlite::Result<()> + Send + 'static,
    ) -> rusqlite::Result<()> {
        self.send(move |desk| {
            if desk.failed.is_none() {
                desk.failed = order(&desk.connection).err();
            }
        })
        .await
    }

    async fn send(&self, job: impl FnOnce(&mut Desk) + Send + 'static) -> rusqlite::Result<()> {
        self.jobs.send(Job::Do(Box::new(job))).await.map_err(|_| ended())
    }
}

/// The values of a row. Texts are most of it: they are looked through with vector instructions.
fn cells(row: &Row<'_>, width: usize) -> rusqlite::Result<Cells> {
    let mut cells = Vec::with_capacity(width);
    for column in 0..width {
        cells.push(match row.get_ref(column)? {
            ValueRef::Text(bytes) => match simdutf8::basic::from_utf8(bytes) {
                Ok(text) => Value::Text(text.to_owned()),
                Err(_) => row.get(column)?, // It says what is wrong.
            },
            other => other.try_into()?,
        });
    }
    Ok(cells.into_boxed_slice())
}

fn insert_row(statement: &mut Statement<'_>, row: &[Value]) -> rusqlite::Result<()> {
    for (place, value) in row.iter().enumerate() {
        statement.raw_bind_parameter(place + 1, value)?;
    }
    statement.raw_execute().map(|_| ())
}

fn ended() -> rusqlite::Error {
    refusal("its thread ended early")
}

fn refusal(why: &str) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_MISUSE);
    rusqlite::Error::SqliteFailure(code, Some(why.to_owned()))
}
