//! Bringing a store's tables up to date: numbered steps, each with a checksum, each done once, all of
//! them or none. They are noted as `sqlx` does it.

use sqlx::migrate::Migrator;

use super::engine::{Engine, EngineError, Statement};

/// Where the steps that were done are noted.
const SQLITE_NOTES: &str = "\
    CREATE TABLE IF NOT EXISTS _sqlx_migrations (
        version BIGINT PRIMARY KEY,
        description TEXT NOT NULL,
        installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
        success BOOLEAN NOT NULL,
        checksum BLOB NOT NULL,
        execution_time BIGINT NOT NULL
    )";

const POSTGRES_NOTES: &str = "\
    CREATE TABLE IF NOT EXISTS _sqlx_migrations (
        version BIGINT PRIMARY KEY,
        description TEXT NOT NULL,
        installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
        success BOOLEAN NOT NULL,
        checksum BYTEA NOT NULL,
        execution_time BIGINT NOT NULL
    )";

/// Whether the notes are there.
const NOTED: &str = "SELECT name FROM sqlite_master WHERE name = '_sqlx_migrations'";

/// Why tables can't be brought up to date.
#[derive(Debug)]
pub(super) enum MigrationError {
    /// A step was done that isn't known here.
    Unknown,
    /// A step was done that is another here.
    Differs,
    /// No step was ever done, and there are tables.
    Foreign,
    /// There is no table, in a file that should have some.
    Bare,
    /// The engine refused.
    Engine(EngineError),
}

impl From<EngineError> for MigrationError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

/// Checks that steps were done in a file that was there already. A store of ours is made whole,
/// beside its place.
pub(super) async fn check_begun(engine: &mut Engine) -> Result<(), MigrationError> {
    if engine.row(Statement::new(NOTED)).await?.is_some() {
        return Ok(());
    }
    match engine.row(Statement::new("SELECT name FROM sqlite_master LIMIT 1")).await? {
        Some(_) => Err(MigrationError::Foreign),
        None => Err(MigrationError::Bare),
    }
}

/// Does the steps that were not done yet, in one transaction.
pub(super) async fn run(engine: &mut Engine, steps: &Migrator) -> Result<(), MigrationError> {
    engine.begin().await?;
    let notes = if engine.is_sqlite() { SQLITE_NOTES } else { POSTGRES_NOTES };
    engine.script(notes.to_owned()).await?;
    let done = "SELECT version, checksum FROM _sqlx_migrations ORDER BY version";
    let done = engine.rows(Statement::new(done)).await?;
    for row in &done {
        let known = steps.iter().find(|step| step.version == row.int(0));
        if *known.ok_or(MigrationError::Unknown)?.checksum != *row.bytes(1) {
            return Err(MigrationError::Differs);
        }
    }
    let is_done = |version: i64| done.iter().any(|row| row.int(0) == version);
    for step in steps.iter().filter(|step| !is_done(step.version)) {
        engine.script(step.sql.as_str().to_owned()).await?;
        let note = Statement::new(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES ($1, $2, TRUE, $3, 0)",
        );
        let note = note.bind(step.version).bind(&*step.description).bind(&*step.checksum);
        engine.run(note).await?;
    }
    Ok(engine.commit().await?)
}
