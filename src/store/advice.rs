//! What to do when an engine refuses.
//!
//! # Limits
//! - A server's words depend on its language: what it means is read from its SQLSTATE alone.

use std::io;

use rusqlite::{Error, ErrorCode};
use sqlx::postgres::PgDatabaseError;

use super::engine::EngineError;

/// The way back from a damaged store.
pub(super) const RECOVERY: &str = "the feeds that are published stay as they are. Restore the \
    store from a backup (docs/operations.md), or save what is readable of a file: sqlite3 \
    stories.db .recover | sqlite3 saved.db. Without either, move it away (`stories.db`, \
    `stories.db-wal` and `stories.db-shm` together) or, on a server, name an empty database, run \
    `feedwright adopt` on the published feeds, so that no reader sees old stories as new, and \
    build again";

/// What an engine says, in its own words.
pub(super) fn said(error: &EngineError) -> String {
    let by_server = match error {
        EngineError::Server(error) => error.as_database_error().and_then(|error| {
            error.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::message)
        }),
        _ => None,
    };
    by_server.map_or_else(|| error.to_string(), str::to_owned)
}

/// How the store is damaged, if that is why a statement failed: it holds what we never write, or
/// lacks what we always make. What else a server suffers it says by its state ([`by_state`]).
pub(super) fn damage(error: &EngineError) -> Option<String> {
    let error = match error {
        EngineError::Embedded(error) => error,
        EngineError::Server(server) => {
            let lacks = matches!(state(server).as_deref(), Some("42P01" | "42703"));
            return lacks.then(|| said(error));
        }
        EngineError::Unfit(_) => return None,
    };
    let lacks = ["no such table", "no such column", "has no column named"];
    let lacks = |text: &str| lacks.iter().any(|words| text.contains(words));
    match error {
        Error::SqlInputError { msg: text, .. } | Error::SqliteFailure(_, Some(text))
            if lacks(text) =>
        {
            Some(text.clone())
        }
        Error::FromSqlConversionFailure(..) | Error::Utf8Error(..) => {
            Some("it holds a text that isn't UTF-8".to_owned())
        }
        Error::SqliteFailure(code, _)
            if matches!(code.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =>
        {
            Some(error.to_string())
        }
        _ => None,
    }
}

/// What to do about a statement that failed.
pub(super) fn advice(error: &EngineError) -> String {
    if let EngineError::Server(error) = error
        && let Some(fix) = by_state(error)
    {
        return fix.to_owned();
    }
    let text = error.to_string();
    let text = text.to_lowercase();
    if text.contains("malformed") || text.contains("not a database") || text.contains("corrupt") {
        RECOVERY.to_owned()
    } else if text.contains("full") || text.contains("no space") {
        "make room on the disk; the feeds there are the old ones, whole".to_owned()
    } else if text.contains("locked") || text.contains("busy") {
        "another program holds it; try again when that has ended".to_owned()
    } else if text.contains("permission denied") || text.contains("readonly") {
        "let this user read and write the store, and the `-wal` and `-shm` beside it".to_owned()
    } else {
        "look after the store's disk or server, then run this again: nothing half done was kept"
            .to_owned()
    }
}

/// Who asks a server for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) role: &'a str,
    pub(super) database: &'a str,
}

/// What to do about a server that can't be used.
pub(super) fn server_advice(error: &sqlx::Error, asked: Asked<'_>) -> String {
    let Asked { role, database } = asked;
    let tls = "check the server's certificate (`sslrootcert` names the authority that signed it) \
        and its name, or set another `sslmode` in `store.url`";
    match error {
        // rustls reports a certificate it doesn't trust as data that makes no sense.
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => tls.into(),
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            "see whether the server runs and the network reaches it, or correct host and port in \
             `store.url`"
                .into()
        }
        sqlx::Error::Io(_) => "start the server, or correct host and port in `store.url`".into(),
        sqlx::Error::Tls(error) if error.to_string().contains("does not support TLS") => {
            "switch TLS on in the server (`ssl = on`), or set `sslmode=prefer` in `store.url` \
             where nobody can read along"
                .into()
        }
        sqlx::Error::Tls(_) => tls.into(),
        sqlx::Error::Configuration(_) => {
            "write postgres://user:password@host/database, and give certificates by files that \
             are there"
                .into()
        }
        _ => match state(error).as_deref() {
            Some("28P01") => format!(
                "correct the password of `{role}` in `store.url` (or in the file that \
                 `store.url_file` names)"
            ),
            Some("28000") => format!(
                "create the role `{role}` and let it in by the server's pg_hba.conf; where the \
                 server wants TLS, set `sslmode=require` in `store.url`"
            ),
            Some("3D000") => format!(
                "create it (createdb --encoding=UTF8 --owner={role} {database}), or correct the \
                 name in `store.url`"
            ),
            Some("42501" | "3F000") => format!(
                "let the role create tables (GRANT USAGE, CREATE ON SCHEMA public TO {role}, in \
                 the database {database}); where they are there already, grant it every right on \
                 them"
            ),
            _ => by_state(error).unwrap_or("look after the server, then run this again").into(),
        },
    }
}

fn state(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// What to do by the server's SQLSTATE (PostgreSQL, appendix A).
fn by_state(error: &sqlx::Error) -> Option<&'static str> {
    let state = state(error).filter(|state| state.len() == 5)?;
    Some(match state.as_str() {
        "42501" => "grant the role every right on feedwright's tables, or let it own them",
        "42P07" | "42710" | "42P01" | "42703" => {
            "the tables there aren't feedwright's: give it a database of its own, or a schema \
             (`?options=-csearch_path%3Dfeeds`)"
        }
        "25006" => "name the primary server in `store.url`: this one only reads",
        "53100" => "make room on the server's disk; the feeds there are the old ones, whole",
        "53300" => "let the server take more connections (max_connections), or end some",
        "55P03" | "57014" | "40P01" => {
            "another program holds the tables; try again when that has ended"
        }
        "57P03" => "wait until the server has started, then run this again",
        _ if state.starts_with("57P") || state.starts_with("08") => {
            "the server went away: start it, then run this again; nothing half done was kept"
        }
        _ if state.starts_with("XX") => {
            "the server's files are damaged: see its log, and restore the database from a backup"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_cant_be_reached_is_told_from_one_that_isnt_trusted() {
        let asked = Asked { role: "news", database: "news" };
        let advice = |kind: io::ErrorKind| {
            server_advice(&sqlx::Error::Io(io::Error::new(kind, "words")), asked)
        };
        assert!(advice(io::ErrorKind::ConnectionRefused).starts_with("start the server"));
        assert!(advice(io::ErrorKind::TimedOut).contains("the network reaches it"));
        assert!(advice(io::ErrorKind::InvalidData).contains("certificate"));
        let refused = sqlx::Error::Tls("server does not support TLS".into());
        assert!(server_advice(&refused, asked).contains("sslmode=prefer"));
    }
}
