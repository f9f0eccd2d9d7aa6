//! A PostgreSQL server as the store: what it must be, and who may write.
//!
//! # Promises
//! - One that writes holds the newsroom until it closes the store (an advisory lock of its
//!   session): two machines never make a pass at once. Tables are changed under the same lock.
//! - A machine that vanishes is noticed within two minutes, and its lock is free again.
//! - Nothing of the server's or the database's defaults (collation, time-outs, isolation,
//!   acknowledgement before the disk) changes what is stored.
//!
//! # Limits
//! - The session is the lock: a pooler between us must keep a session to itself.

use std::{io, time::Duration};

use sqlx::{ConnectOptions, PgConnection, migrate::Migrator, postgres::PgConnectOptions};

use super::{
    Address, StoreError,
    advice::{Asked, advice, server_advice},
    engine::{Engine, EngineError, Statement},
    error::{NO_NOTES, writer},
    migrate::{self, MigrationError},
};

static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations/postgres");

/// How long a server may take to let us in.
const PATIENCE: Duration = Duration::from_secs(10);
/// The oldest PostgreSQL that its makers still look after.
const OLDEST: i64 = 140_000;

/// What holds for our session, whatever the server's defaults. A pass renders for minutes within
/// a transaction, so it may be idle there; a statement or a wait for a row that takes so long is
/// broken.
const SESSION: &str = "\
    SET statement_timeout = '10min'; \
    SET lock_timeout = '1min'; \
    SET idle_in_transaction_session_timeout = 0; \
    SET idle_session_timeout = 0; \
    SET default_transaction_isolation = 'read committed'; \
    SET tcp_keepalives_idle = 60; \
    SET tcp_keepalives_interval = 10; \
    SET tcp_keepalives_count = 6; \
    SET client_min_messages = warning; \
    SET jit = off; \
    SET quote_all_identifiers = off; \
    SELECT set_config('synchronous_commit', 'on', false) \
        WHERE current_setting('synchronous_commit') = 'off'";

/// The lock of a newsroom: ours ("feed"), then that of the schema in this database.
const LOCK: &str = "(1717921124, hashtext(coalesce(current_schema()::TEXT, '')))";

/// A session on a server that can hold a store.
pub(super) async fn connect(url: &str, address: &Address) -> Result<Engine, StoreError> {
    let options: PgConnectOptions = url.parse().map_err(|source| {
        let fix = "write postgres://user:password@host/database".to_owned();
        StoreError::Open { store: address.to_string(), source: EngineError::Server(source), fix }
    })?;
    let options = options.application_name("feedwright").disable_statement_logging();
    let fault = |source: EngineError| {
        let fix = advice_of(&source, asked(&options));
        StoreError::Open { store: address.to_string(), source, fix }
    };
    let connecting = tokio::time::timeout(PATIENCE, options.connect()).await;
    let connection = connecting.unwrap_or_else(|_| Err(silence()));
    let connection: PgConnection = connection.map_err(|error| fault(error.into()))?;
    let mut engine = Engine::postgres(connection);
    let nature = "SELECT current_setting('server_version_num')::BIGINT, \
        current_setting('server_encoding')::TEXT";
    let row = engine.row(Statement::new(nature)).await.map_err(fault)?;
    let (version, encoding) = row.map(|row| (row.int(0), row.string(1))).unwrap_or_default();
    if let Some((what, fix)) = unfit(version, &encoding) {
        let source = EngineError::Unfit(what);
        return Err(StoreError::Open { store: address.to_string(), source, fix });
    }
    engine.script(SESSION.into()).await.map_err(fault)?;
    Ok(engine)
}

fn asked(options: &PgConnectOptions) -> Asked<'_> {
    let role = options.get_username();
    Asked { role, database: options.get_database().unwrap_or(role) }
}

fn silence() -> sqlx::Error {
    let what = format!("no answer within {} seconds", PATIENCE.as_secs());
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, what))
}

/// Why a server can't hold a store, and what to do about it.
fn unfit(version: i64, encoding: &str) -> Option<(String, String)> {
    if version < OLDEST {
        let what = format!("PostgreSQL {} is too old", version / 10_000);
        return Some((what, format!("use PostgreSQL {} or later", OLDEST / 10_000)));
    }
    // SQL_ASCII keeps bytes as they are.
    if !matches!(encoding, "UTF8" | "SQL_ASCII") {
        let what = format!("the database keeps texts as {encoding}, which lacks most letters");
        let fix = "make one in UTF-8 (createdb --encoding=UTF8 --template=template0 NAME) and \
            name it in `store.url`";
        return Some((what, fix.to_owned()));
    }
    None
}

/// Whether there are tables of ours, or of another that notes in the same way what was done to them.
pub(super) async fn is_store(engine: &mut Engine) -> Result<bool, StoreError> {
    if has_table(engine, "_sqlx_migrations").await? {
        return Ok(true);
    }
    if has_table(engine, "meta").await? && writer(engine).await.is_some() {
        return Err(StoreError::Damaged(NO_NOTES.into()));
    }
    Ok(false)
}

async fn has_table(engine: &mut Engine, name: &str) -> Result<bool, EngineError> {
    let row = engine.row(Statement::new("SELECT to_regclass($1)::TEXT").bind(name)).await?;
    Ok(row.is_some_and(|row| row.text_or_none(0).is_some()))
}

/// Holds the newsroom until the session ends; where another holds it, calls `on_wait` and waits.
pub(super) async fn lock(engine: &mut Engine, on_wait: impl FnOnce()) -> Result<(), StoreError> {
    let query =
        format!("SELECT CASE WHEN pg_try_advisory_lock{LOCK} THEN 1::BIGINT ELSE 0::BIGINT END");
    if engine.row(Statement::new(query)).await?.is_some_and(|row| row.int(0) == 1) {
        return Ok(());
    }
    on_wait();
    engine.script("SET statement_timeout = 0; SET lock_timeout = 0".into()).await?;
    engine.script(format!("SELECT pg_advisory_lock{LOCK}")).await?;
    engine.script(SESSION.into()).await?;
    Ok(())
}

async fn unlock(engine: &mut Engine) -> Result<(), EngineError> {
    engine.script(format!("SELECT pg_advisory_unlock{LOCK}")).await
}

/// Brings the tables up to date, under the newsroom's lock. A role that may not change tables can
/// work with tables that are.
pub(super) async fn migrate(engine: &mut Engine, held: Held) -> Result<(), MigrationError> {
    if is_current(engine).await? {
        return Ok(());
    }
    if held == Held::No {
        lock(engine, || ()).await.map_err(|error| match error {
            StoreError::Statement { source } => MigrationError::Engine(source),
            other => MigrationError::Engine(EngineError::Unfit(other.to_string())),
        })?;
    }
    migrate::run(engine, &MIGRATIONS).await?;
    if held == Held::No {
        unlock(engine).await?;
    }
    Ok(())
}

/// Whether the session holds the newsroom already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Yes,
    No,
}

async fn is_current(engine: &mut Engine) -> Result<bool, EngineError> {
    if !has_table(engine, "_sqlx_migrations").await? {
        return Ok(false);
    }
    let query = "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version";
    let applied = engine.rows(Statement::new(query)).await?;
    let ours = MIGRATIONS.iter().map(|migration| (migration.version, &*migration.checksum));
    Ok(applied.iter().map(|row| (row.int(0), row.bytes(1))).eq(ours))
}

/// What a failed migration means.
pub(super) fn migration_fault(source: EngineError, url: &str, address: &Address) -> StoreError {
    let fix = match url.parse::<PgConnectOptions>() {
        Ok(options) => advice_of(&source, asked(&options)),
        Err(_) => "write postgres://user:password@host/database".to_owned(),
    };
    StoreError::Open { store: address.to_string(), source, fix }
}

fn advice_of(error: &EngineError, asked: Asked<'_>) -> String {
    match error {
        EngineError::Server(error) => server_advice(error, asked),
        error => advice(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_or_lacks_letters_is_refused_with_what_to_do() {
        assert_eq!(unfit(140_000, "UTF8"), None);
        assert_eq!(unfit(180_001, "SQL_ASCII"), None);
        let (what, fix) = unfit(130_023, "UTF8").expect("too old");
        assert_eq!(what, "PostgreSQL 13 is too old");
        assert_eq!(fix, "use PostgreSQL 14 or later");
        let (what, fix) = unfit(0, "").expect("no server says nothing");
        assert_eq!(
            (what.as_str(), fix.as_str()),
            ("PostgreSQL 0 is too old", "use PostgreSQL 14 or later")
        );
        let (what, fix) = unfit(150_000, "LATIN1").expect("no home for 日本");
        assert!(what.contains("LATIN1") && fix.contains("--encoding=UTF8"), "{what} {fix}");
    }
}
