//! Opening the store: created on first use, brought up to date, refused when it is newer than us.

#![expect(clippy::disallowed_methods, reason = "this is the adapter that puts the store in place")]

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, Row, SqliteConnection,
    migrate::{MigrateError, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::task::JoinHandle;

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// An open store. One connection; a second process waits for its turn to write.
///
/// A store that isn't there yet is filled beside its place, without a journal, and put there whole
/// by [`Store::settle`]: nothing is acknowledged before that.
#[derive(Debug)]
pub struct Store {
    pub(super) db: SqliteConnection,
    file: PathBuf,
    filling: Option<PathBuf>,
    /// Writes back what a new store holds so far, while more is made.
    writing_back: Option<JoinHandle<io::Result<()>>>,
}

/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store was written by a later version.
    #[error(
        "the store `{file}` was made by feedwright {theirs}, which is newer than this one \
         ({ours})\n  fix: use feedwright {theirs} or later, or point `store.url` at another file"
    )]
    Newer {
        /// The store's file.
        file: String,
        /// Version that wrote it.
        theirs: String,
        /// This version.
        ours: &'static str,
    },
    /// The file can't be opened or isn't a store.
    #[error("the store `{file}` can't be opened: {source}\n  fix: {fix}")]
    Open {
        /// The store's file.
        file: String,
        /// What the engine says.
        source: sqlx::Error,
        /// What to do.
        fix: &'static str,
    },
    /// The store's file can't be put into its place.
    #[error("the store `{}`: {source}\n  fix: check that there is room and that this user may write there", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A statement failed.
    #[error("the store failed: {0}")]
    Statement(#[from] sqlx::Error),
    /// The store holds something this version never writes.
    #[error("the store is damaged: {0}\n  fix: restore `stories.db` from a backup")]
    Damaged(String),
}

impl Store {
    /// Opens the SQLite store in `file`, creating and migrating it as needed. The caller holds the
    /// lock of the newsroom.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a store of a later version, [`StoreError::Open`] for a file that
    /// is no store or can't be reached.
    pub async fn open(file: &Path) -> Result<Self, StoreError> {
        if fs::metadata(file).is_ok() {
            return Self::connect(file, file, None).await;
        }
        let mut beside = file.as_os_str().to_owned();
        beside.push(".filling");
        let beside = PathBuf::from(beside);
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::File { file: beside, source: error });
            }
            _ => {}
        }
        Self::connect(&beside.clone(), file, Some(beside)).await
    }

    /// Opens the store in `file` if there is one.
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub async fn open_existing(file: &Path) -> Result<Option<Self>, StoreError> {
        match fs::metadata(file) {
            Ok(_) => Self::connect(file, file, None).await.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Lets the disk begin with what a new store holds so far.
    pub fn write_back(&mut self) {
        if let Some(beside) = self.filling.clone() {
            let sync = move || fs::File::open(&beside).and_then(|file| file.sync_data());
            self.writing_back = Some(tokio::task::spawn_blocking(sync));
        }
    }

    /// Puts a new store into its place, whole and on disk; one that is there already stays.
    ///
    /// # Errors
    /// If it can't be made durable; then there is no store, as before.
    pub async fn settle(self) -> Result<Self, StoreError> {
        let Some(beside) = self.filling else { return Ok(self) };
        self.db.close().await?;
        let written = match self.writing_back {
            Some(writing_back) => writing_back.await.map_err(io::Error::other).flatten(),
            None => Ok(()),
        };
        let at = |source| StoreError::File { file: beside.clone(), source };
        written.map_err(at)?;
        fs::File::open(&beside).and_then(|file| file.sync_all()).map_err(at)?;
        fs::rename(&beside, &self.file).map_err(at)?;
        if let Some(folder) = self.file.parent() {
            fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(at)?;
        }
        Self::connect(&self.file, &self.file, None).await
    }

    async fn connect(
        file: &Path,
        place: &Path,
        filling: Option<PathBuf>,
    ) -> Result<Self, StoreError> {
        let name = file.display().to_string();
        let open_error = |source: sqlx::Error| {
            let text = source.to_string();
            let fix = if text.contains("not a database") || text.contains("malformed") {
                "restore the file from a backup, or move it away to start anew"
            } else if text.contains("locked") {
                "another program holds it; try again when that has ended"
            } else {
                "check that the folder exists and that this user may write in it"
            };
            StoreError::Open { file: name.clone(), source, fix }
        };
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(match filling {
                Some(_) => SqliteJournalMode::Off,
                None => SqliteJournalMode::Wal,
            })
            .synchronous(match filling {
                Some(_) => SqliteSynchronous::Off,
                None => SqliteSynchronous::Full,
            })
            .busy_timeout(Duration::from_secs(30))
            .page_size(16384) // A story's text fills no page of 4096 bytes.
            .pragma("cache_size", "-16384")
            .disable_statement_logging();
        let db = SqliteConnection::connect_with(&options).await.map_err(open_error)?;
        let mut store = Self { db, file: place.to_owned(), filling, writing_back: None };
        match MIGRATIONS.run_direct(None, &mut store.db, false).await {
            Ok(()) => {}
            Err(MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..)) => {
                let theirs = store.writer().await.unwrap_or_else(|| "of a later version".into());
                return Err(StoreError::Newer { file: name, theirs, ours: VERSION });
            }
            Err(MigrateError::Execute(error)) => return Err(open_error(error)),
            Err(error) => return Err(open_error(sqlx::Error::Migrate(Box::new(error)))),
        }
        store.sign(name).await?;
        Ok(store)
    }

    /// Closes the store; what is in the write-ahead log goes into the file.
    ///
    /// # Errors
    /// If the engine can't write.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.settle().await?.db.close().await?)
    }

    /// Whether no story was ever stored.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn is_empty(&mut self) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT value FROM counter WHERE name = 'story'")
            .fetch_one(&mut self.db)
            .await?;
        Ok(row.get::<i64, _>(0) == 0)
    }

    async fn writer(&mut self) -> Option<String> {
        let query = sqlx::query("SELECT value FROM meta WHERE name = 'writer'");
        query.fetch_optional(&mut self.db).await.ok()?.map(|row| row.get(0))
    }

    /// Leaves our version in the store, so that an older one can name it.
    async fn sign(&mut self, file: String) -> Result<(), StoreError> {
        match self.writer().await {
            Some(writer) if writer == VERSION => return Ok(()),
            Some(theirs) if later(&theirs, VERSION) => {
                return Err(StoreError::Newer { file, theirs, ours: VERSION });
            }
            _ => {}
        }
        let sign = "INSERT INTO meta (name, value) VALUES ('writer', $1) \
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        sqlx::query(sign).bind(VERSION).execute(&mut self.db).await?;
        Ok(())
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether version `a` comes after `b`, number by number.
fn later(a: &str, b: &str) -> bool {
    let numbers = |version: &str| -> Vec<u64> {
        version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
    };
    numbers(a) > numbers(b)
}
