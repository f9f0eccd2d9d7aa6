//! Where the newsrooms of the tests keep their stories: in `stories.db`, or, with
//! `FEEDWRIGHT_TEST_STORE=postgres`, in a database for each newsroom.
//!
//! A test that says itself where its store is keeps it there; one that is about the file of an
//! embedded store says so by [`Newsroom::on_sqlite`].

use std::{
    env, fs,
    sync::{Arc, OnceLock},
};

use feedwright::store::{Address, Store};

use super::{
    Newsroom, Ran,
    postgres::{self, Database},
};

const VARIABLE: &str = "FEEDWRIGHT_STORE_URL";
/// What an embedded store consists of.
const FILES: [&str; 4] = ["stories.db", "stories.db-wal", "stories.db-shm", "stories.db.filling"];

/// Where a newsroom has its store, unless its configuration says otherwise.
pub(super) enum Kept {
    InFile,
    /// Made when it is asked for first.
    OnServer(Box<OnceLock<Arc<Database>>>),
}

impl Kept {
    pub(super) fn as_asked() -> Self {
        match env::var("FEEDWRIGHT_TEST_STORE").as_deref() {
            Ok("postgres") => Self::OnServer(Box::default()),
            Err(env::VarError::NotPresent) | Ok("" | "sqlite") => Self::InFile,
            other => unknown(&format!("{other:?}")),
        }
    }
}

/// Who holds a newsroom.
#[expect(dead_code, reason = "what is held is never looked at")]
pub(crate) enum Holder {
    Lock(fs::File),
    /// The session goes before what it runs on.
    Session(Box<(Store, tokio::runtime::Runtime)>),
}

#[expect(clippy::panic, reason = "ends a test")]
fn unknown(engine: &str) -> Kept {
    panic!("FEEDWRIGHT_TEST_STORE is `postgres` or `sqlite`, not {engine}")
}

impl Newsroom {
    /// The same with its store in a file, whatever the tests are asked to run on: for tests of what
    /// a file can suffer.
    pub(crate) fn on_sqlite(mut self) -> Self {
        self.kept = Kept::InFile;
        self
    }

    /// The database, unless the store is in a file or where the test says.
    pub(super) fn database(&self) -> Option<&Arc<Database>> {
        let Kept::OnServer(database) = &self.kept else { return None };
        let says = |name: &str| self.variables.iter().any(|(known, _)| known.starts_with(name));
        let config = fs::read_to_string(self.path("config.toml")).unwrap_or_default();
        if says(VARIABLE) || config.contains("[store]\n") {
            return None;
        }
        Some(database.get_or_init(|| Arc::new(postgres::newsroom())))
    }

    /// The variables that what runs here is given.
    pub(crate) fn surroundings(&self) -> Vec<(String, String)> {
        let store = self.database().map(|database| (VARIABLE.to_owned(), database.url()));
        self.variables.iter().cloned().chain(store).collect()
    }

    pub(crate) fn store(&self) -> Address {
        match self.database() {
            Some(database) => {
                Address::Server { url: database.url(), shown: "the server".to_owned() }
            }
            None => Address::File(self.path("stories.db")),
        }
    }

    /// The address as commands take it.
    pub(crate) fn store_url(&self) -> String {
        let server = self.database().map(|database| database.url());
        server.unwrap_or_else(|| "sqlite:stories.db".to_owned())
    }

    /// Whether anything was ever stored, or begun to be.
    pub(crate) fn has_store(&self) -> bool {
        match self.database() {
            Some(database) => {
                database.ask("SELECT count(*)::TEXT FROM pg_tables WHERE schemaname = 'public'")
                    != "0"
            }
            None => FILES.into_iter().any(|name| self.exists(name)),
        }
    }

    /// Everything that is stored, row by row; for comparison.
    pub(crate) fn stored(&self) -> Vec<u8> {
        match self.database() {
            Some(database) => database.ask("SELECT database_to_xml(true, false, '')::TEXT").into(),
            None => fs::read(self.path("stories.db")).expect("a store"),
        }
    }

    /// Runs statements in the store, which nobody has open.
    pub(crate) fn change_store(&self, statements: &str) {
        if let Some(database) = self.database() {
            return database.run(statements);
        }
        let store = rusqlite::Connection::open(self.path("stories.db")).expect("a store");
        store.execute_batch(statements).expect(statements);
        store.close().expect("a closed store");
    }

    /// The newsroom as another build holds it, until this is dropped. It was built before.
    pub(crate) fn hold(&self) -> Holder {
        if self.database().is_none() {
            let lock = fs::File::options().write(true).open(self.path("stories.db.lock"));
            let lock = lock.expect("the lock of a newsroom");
            lock.lock().expect("nobody has it");
            return Holder::Lock(lock);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let store = runtime.block_on(Store::hold(&self.store(), || ())).expect("a store");
        Holder::Session(Box::new((store, runtime)))
    }

    /// The store is gone, as if it had never been.
    pub(crate) fn lose_store(&self) {
        match self.database() {
            Some(database) => database.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public"),
            None => {
                for name in FILES {
                    let _ = fs::remove_file(self.path(name));
                }
            }
        }
    }

    /// The store becomes one that can't be read.
    pub(crate) fn destroy_store(&self) {
        match self.database() {
            Some(database) => database.run(
                "CREATE TABLE IF NOT EXISTS meta (x TEXT); DROP TABLE meta CASCADE; \
                 CREATE TABLE IF NOT EXISTS _sqlx_migrations (x TEXT)",
            ),
            None => fs::write(self.path("stories.db"), "this is no database ".repeat(1000))
                .expect("written"),
        }
    }

    /// A copy of another's store, as a backup that is played in. Nobody has that one open.
    pub(crate) fn copy_store_of(&self, other: &Self) {
        match (&self.kept, other.database()) {
            (Kept::OnServer(own), Some(database)) => {
                let copy = Arc::new(postgres::newsroom());
                let mut command = super::feedwright();
                command.args(["store", "copy", &database.url(), &copy.url()]);
                let ran = command.output().expect("it runs");
                assert!(ran.status.success(), "{ran:?}");
                assert!(own.set(copy).is_ok(), "a copy comes before anything is run");
            }
            _ => {
                fs::copy(other.path("stories.db"), self.path("stories.db")).expect("a copy");
            }
        }
    }

    /// A purge said nothing, but that a server's vacuum overwrites what was deleted.
    #[track_caller]
    pub(crate) fn purged(&self, ran: Ran) {
        let ran = ran.exits(0);
        if self.database().is_none() {
            ran.says_nothing();
            return;
        }
        assert_eq!((ran.stdout.as_str(), ran.stderr.matches("note: ").count()), ("", 1));
        ran.complains_of(["or it is on a server", "let the server vacuum"]);
    }

    /// Whether this text lies anywhere in the store.
    pub(crate) fn store_holds(&self, text: &str) -> bool {
        if let Some(database) = self.database() {
            return database.holds(text);
        }
        FILES.iter().any(|name| {
            let bytes = fs::read(self.path(name)).unwrap_or_default();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        })
    }
}
