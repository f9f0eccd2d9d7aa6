//! What goes wrong with a store, in words for who looks after it.

use std::{io, path::PathBuf};

use super::{
    Address,
    advice::{RECOVERY, advice, damage, said},
    engine::{Engine, EngineError, Statement},
    migrate::MigrationError,
};

/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store was written by a later version.
    #[error(
        "the store `{store}` was made by feedwright {theirs}, which is newer than this one \
         ({ours})\n  fix: use feedwright {theirs} or later, or point `store.url` at another store"
    )]
    Newer {
        /// The store.
        store: String,
        /// Version that wrote it.
        theirs: String,
        /// This version.
        ours: &'static str,
    },
    /// The store can't be opened or isn't a store.
    #[error("the store `{store}` can't be opened: {}\n  fix: {fix}", said(source))]
    Open {
        /// The store.
        store: String,
        /// What the engine says.
        source: EngineError,
        /// What to do.
        fix: String,
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
    #[error("the store failed: {}\n  fix: {}", said(source), advice(source))]
    Statement {
        /// What the engine says.
        source: EngineError,
    },
    /// The store holds something this version never writes.
    #[error("the store is damaged: {0}\n  fix: {RECOVERY}")]
    Damaged(String),
    /// A store is to be copied to where something is.
    #[error(
        "`{store}` holds something already (in its table `{table}`)\n  fix: name a store that is empty or isn't there yet"
    )]
    NotEmpty {
        /// The store.
        store: String,
        /// Where something was found first.
        table: &'static str,
    },
    /// A copy isn't what was copied.
    #[error(
        "the copy of the table `{table}` differs: {what}\n  fix: nothing was kept; see that no other program writes there, and copy again"
    )]
    Copied {
        /// The table.
        table: &'static str,
        /// How it differs.
        what: String,
    },
}

/// A store of ours without the table that says what was done to its tables.
pub(super) const NO_NOTES: &str = "it has no table `_sqlx_migrations`";

impl From<EngineError> for StoreError {
    fn from(source: EngineError) -> Self {
        match damage(&source) {
            Some(what) => Self::Damaged(what),
            None => Self::Statement { source },
        }
    }
}

/// The version that wrote the store last.
pub(super) async fn writer(engine: &mut Engine) -> Option<String> {
    let query = Statement::new("SELECT value FROM meta WHERE name = 'writer'");
    engine.row(query).await.ok()?.map(|row| row.string(0))
}

/// What it means that tables can't be brought up to date.
pub(super) async fn migration_fault(
    error: MigrationError,
    address: &Address,
    engine: &mut Engine,
    fault: impl Fn(EngineError) -> StoreError,
) -> StoreError {
    let store = address.to_string();
    match error {
        MigrationError::Engine(error) => fault(error),
        error => match (writer(engine).await, error) {
            (Some(theirs), MigrationError::Unknown) => {
                StoreError::Newer { store, theirs, ours: VERSION }
            }
            (Some(_), MigrationError::Foreign) => StoreError::Damaged(NO_NOTES.into()),
            (_, MigrationError::Bare) => StoreError::Open {
                store,
                source: EngineError::Unfit("it has no tables".into()),
                fix: RECOVERY.into(),
            },
            (Some(theirs), _) => StoreError::Open {
                store,
                source: EngineError::Unfit(format!("another build of {theirs} made its tables")),
                fix: "open it with that build; or move it away, its `-wal` and `-shm` too, run \
                      `feedwright adopt` on the published feeds, so that no reader sees old \
                      stories as new, and build again"
                    .into(),
            },
            (None, _) => StoreError::Open {
                store,
                source: EngineError::Unfit("another program keeps its tables there".into()),
                fix: "give feedwright a file, a database or a schema of its own \
                      (`?options=-csearch_path%3Dfeeds`)"
                    .into(),
            },
        },
    }
}

/// Ours.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whether version `a` comes after `b`, number by number.
pub(super) fn later(a: &str, b: &str) -> bool {
    let numbers = |version: &str| -> Vec<u64> {
        version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
    };
    numbers(a) > numbers(b)
}
