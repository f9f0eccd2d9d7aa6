//! Opening the store: created on first use, brought up to date, refused when it is newer than us.

#![expect(clippy::disallowed_methods, reason = "this is the adapter that puts the store in place")]

use std::{
    collections::VecDeque,
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::OpenFlags;
use sqlx::migrate::Migrator;
use tokio::task::JoinHandle;

use super::{
    advice::advice,
    engine::{Engine, EngineError, Statement},
    error::{StoreError, VERSION, later, migration_fault, writer},
    holder,
    migrate::{self, MigrationError},
    place,
    server::{self, Held},
    sqlite::Sqlite,
    sync::no_counter,
};

static SQLITE: Migrator = sqlx::migrate!("src/store/migrations/sqlite");

/// How long a locked database is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a store is. Printing it shows no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// An embedded store in a file, absolute.
    File(PathBuf),
    /// A PostgreSQL server: `postgres://user:password@host/database`.
    Server {
        /// The address with its password.
        url: String,
        /// The same without.
        shown: String,
    },
}

impl Address {
    /// Whether it is that of a file, and nothing is there. A server is to be asked.
    ///
    /// # Errors
    /// [`StoreError::Open`] where that can't be told: what can't be reached is not missing.
    pub fn is_free(&self) -> Result<bool, StoreError> {
        match self {
            Self::File(file) => Ok(!place::is_there(file)?),
            Self::Server { .. } => Ok(false),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Server { shown, .. } => f.write_str(shown),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// Where a new store is filled. It is gone with the store, unless it was put into its place.
#[derive(Debug)]
struct Beside(PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        // Where it can't be removed, the next one that fills a store does.
        let _ = fs::remove_file(&self.0);
    }
}

/// A new store, which counts for nothing before it is whole.
#[derive(Debug)]
enum Filling {
    /// A file beside the place where it will be.
    File(Beside),
    /// The tables of a database, in the transaction that makes them.
    Tables,
}

/// An open store: one connection. A second process waits for its turn to write.
///
/// A store that isn't there yet is filled in one transaction, an embedded one without a journal
/// beside its place, and is there as a whole with [`Store::settle`]: nothing is acknowledged before
/// that.
#[derive(Debug)]
pub struct Store {
    pub(super) engine: Engine,
    pub(super) address: Address,
    filling: Option<Filling>,
    /// Rows that are reserved for feeds.
    pub(super) feed_rows: VecDeque<i64>,
    /// Statements that make the indexes which a new store does without while it is filled.
    put_off: Vec<String>,
    /// Writes back what a new store holds so far, while more is made.
    writing_back: Vec<JoinHandle<io::Result<()>>>,
}

impl Store {
    /// Opens a store, creating and migrating it as needed. The caller holds the lock of the
    /// newsroom, or only reads.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a store of a later version, [`StoreError::Open`] for a file that
    /// is no store, a server that is down or refuses.
    pub async fn open(address: &Address) -> Result<Self, StoreError> {
        let file = match address {
            Address::Server { url, .. } => {
                let engine = server::connect(url, address).await?;
                return Self::on_server(engine, url, address, Held::No).await;
            }
            Address::File(file) => file,
        };
        if place::is_there(file)? {
            return Self::connect_file(file, address, None).await;
        }
        let beside = place::with_ending(file, ".filling");
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::File { file: beside, source: error });
            }
            _ => {}
        }
        Self::connect_file(&beside.clone(), address, Some(Beside(beside))).await
    }

    /// Opens a store to write in it. On a server this takes the lock of the newsroom, which is let
    /// go when the store is closed; where another session has it, calls `on_wait` and waits. For a
    /// file the caller holds the lock already.
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub async fn hold(address: &Address, on_wait: impl FnOnce()) -> Result<Self, StoreError> {
        let Address::Server { url, .. } = address else { return Self::open(address).await };
        let mut engine = server::connect(url, address).await?;
        server::lock(&mut engine, on_wait).await?;
        Self::on_server(engine, url, address, Held::Yes).await
    }

    /// Opens a store if there is one.
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub async fn open_existing(address: &Address) -> Result<Option<Self>, StoreError> {
        match address {
            Address::File(file) => match place::is_there(file)? {
                true => Self::connect_file(file, address, None).await.map(Some),
                false => Ok(None),
            },
            Address::Server { url, .. } => {
                let engine = server::connect(url, address).await?;
                Self::if_there(engine, url, address, Held::No).await
            }
        }
    }

    /// The same to write in it, as for [`Store::hold`].
    ///
    /// # Errors
    /// As for [`Store::open`].
    pub async fn hold_existing(
        address: &Address,
        on_wait: impl FnOnce(),
    ) -> Result<Option<Self>, StoreError> {
        let Address::Server { url, .. } = address else {
            return Self::open_existing(address).await;
        };
        let mut engine = server::connect(url, address).await?;
        server::lock(&mut engine, on_wait).await?;
        Self::if_there(engine, url, address, Held::Yes).await
    }

    /// Lets the disk begin with what a new store holds so far.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn write_back(&mut self) -> Result<(), StoreError> {
        if let Some(Filling::File(Beside(beside))) = &self.filling {
            let beside = beside.clone();
            self.engine.write_out().await?;
            let sync = move || fs::File::open(&beside).and_then(|file| file.sync_data());
            self.writing_back.push(tokio::task::spawn_blocking(sync));
        }
        Ok(())
    }

    /// Makes room for many stories that come at once: the embedded engine keeps more of its pages in
    /// memory, and carries over less often what is in its log.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn expect_much(&mut self) -> Result<(), StoreError> {
        if self.engine.is_sqlite() && self.filling.is_none() {
            let pragmas = "PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4000";
            self.engine.script(pragmas.to_owned()).await?;
        }
        Ok(())
    }

    /// Makes the index by which feeds are asked for, if it was put off while a new store is filled.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn index_members(&mut self) -> Result<(), StoreError> {
        let rest = self.put_off.extract_if(.., |index| !index.contains(PUT_OFF[0])).collect();
        self.index().await?;
        self.put_off = rest;
        Ok(())
    }

    /// Makes all indexes that were put off. The embedded engine may still be at it when this returns.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn index(&mut self) -> Result<(), StoreError> {
        for index in std::mem::take(&mut self.put_off) {
            self.engine.tell(Statement::new(index)).await?;
        }
        Ok(())
    }

    /// Puts a new store into its place, whole and on disk; one that is there already stays.
    ///
    /// # Errors
    /// If it can't be made durable; then there is no store, as before.
    pub async fn settle(mut self) -> Result<Self, StoreError> {
        self.index().await?;
        let filling = self.filling.take();
        let (Some(Filling::File(beside)), Address::File(file)) = (filling, self.address.clone())
        else {
            self.engine.end_lasting().await?;
            return Ok(self);
        };
        let address = self.address.clone();
        self.put(&beside, &file).await?;
        Self::connect_file(&file, &address, None).await
    }

    /// Closes a new store and puts it into its place.
    async fn put(self, Beside(beside): &Beside, file: &Path) -> Result<(), StoreError> {
        self.engine.close().await?;
        let at = |source| StoreError::File { file: beside.clone(), source };
        for writing_back in self.writing_back {
            writing_back.await.map_err(io::Error::other).flatten().map_err(at)?;
        }
        fs::File::open(beside).and_then(|file| file.sync_all()).map_err(at)?;
        place::put(beside, file)
    }

    async fn connect_file(
        file: &Path,
        address: &Address,
        filling: Option<Beside>,
    ) -> Result<Self, StoreError> {
        let fault = |source: EngineError| {
            let text = source.to_string();
            let locked = text.contains("locked") || text.contains("busy");
            let fix = if text.contains("unable to open") {
                "check that the folder exists and that this user may write in it".to_owned()
            } else if locked && let Some(holder) = holder::of(file) {
                format!("{holder} holds it; try again when that has ended")
            } else {
                advice(&source)
            };
            StoreError::Open { store: file.display().to_string(), source, fix }
        };
        // A story's text fills no page of 4096 bytes.
        // What is deleted is overwritten: a purge must reach what a later pass lets go.
        let (synchronous, cache, overwrite) = match filling {
            Some(_) => ("OFF", 16384, "OFF"),
            None => ("FULL", 4096, "ON"),
        };
        let make = filling.as_ref().map_or(OpenFlags::empty(), |_| OpenFlags::SQLITE_OPEN_CREATE);
        let pragmas = format!(
            "PRAGMA busy_timeout = {}; PRAGMA page_size = 16384; \
             PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON; \
             PRAGMA cache_size = -{cache}; PRAGMA secure_delete = {overwrite}",
            PATIENCE.as_millis(),
        );
        let connection = Sqlite::open(file, make, pragmas).await;
        let mut engine = Engine::sqlite(connection.map_err(|error| fault(error.into()))?);
        // Another program may hold the database: that is waited for here, and said by whom.
        if let Err(error) = make_ready(&mut engine, filling.as_ref()).await {
            return Err(migration_fault(error, address, &mut engine, fault).await);
        }
        let put_off = match filling {
            Some(_) => {
                engine.begin_lasting().await?;
                put_off_indexes(&mut engine).await?
            }
            None => Vec::new(),
        };
        let address = address.clone();
        let mut store = Self {
            engine,
            address,
            filling: filling.map(Filling::File),
            put_off,
            feed_rows: VecDeque::new(),
            writing_back: Vec::new(),
        };
        store.sign().await?;
        store.name_stories().await?;
        Ok(store)
    }

    async fn if_there(
        mut engine: Engine,
        url: &str,
        address: &Address,
        held: Held,
    ) -> Result<Option<Self>, StoreError> {
        if !server::is_store(&mut engine).await? {
            engine.close().await?;
            return Ok(None);
        }
        Self::on_server(engine, url, address, held).await.map(Some)
    }

    async fn on_server(
        mut engine: Engine,
        url: &str,
        address: &Address,
        held: Held,
    ) -> Result<Self, StoreError> {
        // Who doesn't hold the newsroom must not keep others from making the tables.
        let is_new = held == Held::Yes && !server::is_store(&mut engine).await?;
        if is_new {
            engine.begin_lasting().await?;
        }
        if let Err(error) = server::migrate(&mut engine, held).await {
            let fault = |source| server::migration_fault(source, url, address);
            return Err(migration_fault(error, address, &mut engine, fault).await);
        }
        let mut store = Self {
            engine,
            address: address.clone(),
            filling: is_new.then_some(Filling::Tables),
            put_off: Vec::new(),
            feed_rows: VecDeque::new(),
            writing_back: Vec::new(),
        };
        store.sign().await?;
        store.name_stories().await?;
        Ok(store)
    }

    /// Closes the store; what is in the write-ahead log goes into the file, and a server's lock is
    /// free.
    ///
    /// # Errors
    /// If the engine can't write.
    pub async fn close(mut self) -> Result<(), StoreError> {
        self.index().await?;
        let filling = self.filling.take();
        if let (Some(Filling::File(beside)), Address::File(file)) = (filling, self.address.clone())
        {
            // Once it is in its place nothing may fail: it would be there all the same.
            return self.put(&beside, &file).await;
        }
        if self.engine.is_sqlite() {
            // Closing would do the same and say nothing of a disk that fails.
            self.engine.script("PRAGMA wal_checkpoint(TRUNCATE)".into()).await?;
        }
        Ok(self.engine.close().await?)
    }

    /// Whether a new store is being filled, of which nobody sees anything yet.
    pub const fn is_filling(&self) -> bool {
        self.filling.is_some()
    }

    /// Closes the store without what was done to it since the outermost [`begin`](Self::begin).
    ///
    /// # Errors
    /// If the store fails.
    pub async fn give_up(mut self) -> Result<(), StoreError> {
        match self.filling.take() {
            Some(Filling::File(_)) => return Ok(()),
            Some(Filling::Tables) => self.put_off.clear(),
            None => {}
        }
        self.engine.undo().await?;
        self.close().await
    }

    /// Whether no story was ever stored.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn is_empty(&mut self) -> Result<bool, StoreError> {
        Ok(self.counter("story").await? == 0)
    }

    /// The value of a counter.
    pub(super) async fn counter(&mut self, name: &'static str) -> Result<i64, StoreError> {
        let query = Statement::new("SELECT value FROM counter WHERE name = $1").bind(name);
        self.engine.row(query).await?.map(|row| row.int(0)).ok_or_else(|| no_counter(name))
    }

    /// Leaves our version in the store, so that an older one can name it.
    async fn sign(&mut self) -> Result<(), StoreError> {
        match writer(&mut self.engine).await {
            Some(writer) if writer == VERSION => return Ok(()),
            Some(theirs) if later(&theirs, VERSION) => {
                let store = self.address.to_string();
                return Err(StoreError::Newer { store, theirs, ours: VERSION });
            }
            _ => {}
        }
        self.remember("writer", VERSION).await
    }

    /// Begins a transaction; what follows is kept whole or not at all.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        Ok(self.engine.begin().await?)
    }

    /// Keeps what was done since [`begin`](Self::begin).
    ///
    /// # Errors
    /// If the store fails; then nothing of it is kept.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        Ok(self.engine.commit().await?)
    }

    /// What was remembered under a name.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn remembered(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let query = Statement::new("SELECT value FROM meta WHERE name = $1").bind(name);
        Ok(self.engine.row(query).await?.map(|row| row.string(0)))
    }

    /// Remembers a text under a name.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn remember(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let query = Statement::new(
            "INSERT INTO meta (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        );
        self.engine.run(query.bind(name).bind(value)).await?;
        Ok(())
    }
}

/// Indexes whose rows would come in no order, which takes longer, row by row, than to sort them once.
/// By the first feeds are asked for; for the others there is time while feeds are made.
const PUT_OFF: [&str; 3] = ["member_order", "story_newest", "story_name"];

/// Brings the tables of a file up to date. One that isn't ours isn't changed.
async fn make_ready(engine: &mut Engine, filling: Option<&Beside>) -> Result<(), MigrationError> {
    if filling.is_none() {
        migrate::check_begun(engine).await?;
    }
    let journal = if filling.is_some() { "OFF" } else { "WAL" };
    engine.script(format!("PRAGMA journal_mode = {journal}")).await?;
    migrate::run(engine, &SQLITE).await
}

/// Drops the indexes that are put off; gives how they are made.
async fn put_off_indexes(engine: &mut Engine) -> Result<Vec<String>, StoreError> {
    let mut indexes = Vec::with_capacity(PUT_OFF.len());
    for name in PUT_OFF {
        let query = Statement::new("SELECT sql FROM sqlite_master WHERE name = $1").bind(name);
        if let Some(row) = engine.row(query).await? {
            engine.script(format!("DROP INDEX {name}")).await?;
            indexes.push(row.string(0));
        }
    }
    Ok(indexes)
}
