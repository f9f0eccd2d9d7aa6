//! A server that can't be used, or is set up oddly: what is said, and that no password is.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use crate::support::{
    Newsroom, Ran, postgres,
    postgres::{Database, block_on},
    skip, story,
};
use feedwright::store::{Address, Store};

/// A password that must never be seen, with letters that an address writes otherwise.
const PASSWORD: &str = "s3cret%2Fw%40rd";
const HIDDEN: [&str; 3] = ["s3cret", "w@rd", "w%40rd"];

fn newsroom(url: &str) -> Newsroom {
    let newsroom = Newsroom::new().variable("FEEDWRIGHT_STORE_URL", url);
    newsroom.story("a.md", story("A", "2026-01-01", "", "Text."));
    newsroom
}

/// `build` fails with exit code 3, what is wrong and what to do; nothing is left behind.
#[track_caller]
fn refused<const N: usize>(url: &str, words: [&str; N]) -> Ran {
    let newsroom = newsroom(url);
    let ran = newsroom.run(["build"]).exits(3).complains_of(words).complains_of(["\n  fix: "]);
    for hidden in HIDDEN {
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(hidden), "{ran:#?}");
    }
    assert!(!newsroom.exists("feeds") && !newsroom.exists("stories.db"));
    ran
}

fn with_role(database: &Database, role: &str, attributes: &str) {
    database.run(&format!("CREATE ROLE {role} LOGIN PASSWORD 's3cret/w@rd' {attributes}"));
}

#[test]
fn a_server_that_is_down_is_to_be_started() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let url = format!("postgres://u:{PASSWORD}@127.0.0.1:{port}/news");
    let shown = format!("`postgres://u:***@127.0.0.1:{port}/news` can't be opened");
    refused(&url, [&shown, "refused", "start the server, or correct host and port"]);
    let socket = "postgres:///news?host=/nonexistent&user=u";
    refused(socket, ["No such file", "start the server, or correct host and port"]);
}

#[test]
fn what_answers_there_may_be_no_server_of_postgresql() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    // It refuses TLS and says nothing more: the second time it hangs up.
    let server = thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().expect("a caller");
            let mut asked = [0; 8];
            stream.read_exact(&mut asked).expect("a request for TLS");
            stream.write_all(b"N").expect("no");
        }
    });
    let url = |mode: &str| format!("postgres://u:{PASSWORD}@127.0.0.1:{port}/news?sslmode={mode}");
    refused(&url("require"), ["does not support TLS", "switch TLS on", "sslmode=prefer"]);
    refused(&url("prefer"), ["can't be opened"]);
    server.join().expect("it answered twice");
}

#[test]
fn a_wrong_password_is_to_be_corrected_and_is_never_shown() {
    let Some(database) = postgres::database() else { return };
    with_role(&database, "forgetful", "");
    let url = database.url_for("forgetful", "s3cret-not");
    let fix = "correct the password of `forgetful` in `store.url`";
    refused(&url, ["password authentication failed", fix, "forgetful:***@"]);
    refused(&database.url_for("nobody", PASSWORD), ["`nobody`"]);
}

#[test]
fn the_password_may_be_in_a_file_or_in_the_environment() {
    let Some(database) = postgres::database() else { return };
    with_role(&database, "discreet", "");
    database.run("GRANT CREATE ON SCHEMA public TO discreet");
    let newsroom = Newsroom::new().config("[store]\nurl_file = \"store.secret\"\n");
    newsroom.write("store.secret", format!("{}\n", database.url_for("discreet", PASSWORD)));
    newsroom.build().says_nothing();
    let shown = newsroom.run(["config", "show"]).exits(0).stdout;
    assert!(HIDDEN.iter().all(|hidden| !shown.contains(hidden)), "{shown}");
    let url = database.url_for("discreet", PASSWORD).replace(&format!(":{PASSWORD}@"), "@");
    let newsroom = self::newsroom(&url);
    newsroom.run(["build"]).exits(3);
    let newsroom = newsroom.variable("PGPASSWORD", "s3cret/w@rd");
    newsroom.build().says_nothing();
}

#[test]
fn a_database_that_isnt_there_is_to_be_created() {
    let Some(server) = postgres::server() else { return };
    let fix = "create it (createdb --encoding=UTF8 --owner=postgres nowhere)";
    refused(&server.address("nowhere"), ["does not exist", fix]);
}

#[test]
fn a_role_without_rights_is_to_be_given_them() {
    let Some(database) = postgres::database() else { return };
    with_role(&database, "guest", "");
    let url = database.url_for("guest", PASSWORD);
    let fix = "GRANT USAGE, CREATE ON SCHEMA public TO guest";
    refused(&url, ["permission denied for schema public", fix]);
    database.run("REVOKE USAGE ON SCHEMA public FROM PUBLIC");
    refused(&url, [fix]);
}

#[test]
fn a_role_that_may_not_change_tables_can_work_with_those_there() {
    let Some(database) = postgres::database() else { return };
    newsroom(&database.url()).build();
    with_role(&database, "clerk", "");
    let newsroom = newsroom(&database.url_for("clerk", PASSWORD));
    let fix = "where they are there already, grant it every right on them";
    newsroom.run(["list"]).exits(3).complains_of(["permission denied", fix]);
    let fix = "grant the role every right on feedwright's tables";
    database.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk");
    newsroom.run(["list"]).exits(0);
    newsroom.run(["build"]).exits(3).complains_of(["permission denied", fix]);
    database.run("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk");
    newsroom.build().says_nothing();
}

#[test]
fn a_server_that_only_reads_is_not_written_to() {
    let Some(database) = postgres::database() else { return };
    newsroom(&database.url()).build();
    database
        .run(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name));
    let newsroom = newsroom(&database.url());
    newsroom.run(["list"]).exits(0);
    newsroom.run(["build"]).exits(3).complains_of(["read-only", "name the primary server"]);
}

#[test]
fn a_server_that_wants_tls_is_told_from_one_that_wants_another_password() {
    let Some(database) = postgres::database() else { return };
    with_role(&database, "walled", "");
    let url = format!("{}?sslmode=disable", database.url_for("walled", PASSWORD));
    refused(&url, ["pg_hba.conf", "set `sslmode=require` in `store.url`"]);
    let Some(authority) = &database.server.authority else {
        return skip("openssl is not here to make a certificate");
    };
    database.run("GRANT CREATE ON SCHEMA public TO walled");
    let url = |host: &str, mode: &str| {
        let url = database.url_for("walled", PASSWORD).replace("127.0.0.1", host);
        format!("{url}?sslmode={mode}")
    };
    newsroom(&url("127.0.0.1", "require")).build().says_nothing();
    let fix = "check the server's certificate (`sslrootcert` names";
    refused(&url("localhost", "verify-full"), ["certificate", fix]);
    let known = format!("verify-full&sslrootcert={}", authority.display());
    newsroom(&url("localhost", &known)).build().says_nothing();
    // Not the name in the certificate.
    refused(&url("127.0.0.1", &known), ["certificate", fix]);
    let nowhere = "verify-full&sslrootcert=/nonexistent.pem";
    refused(&url("localhost", nowhere), ["can't be opened"]);
}

#[test]
fn a_database_that_lacks_letters_is_refused() {
    let Some(server) = postgres::server() else { return };
    let database = server.try_database("TEMPLATE template0 ENCODING 'LATIN1'").expect("made");
    let url = database.url();
    refused(&url, ["the database keeps texts as LATIN1", "createdb --encoding=UTF8"]);
}

#[test]
fn tables_of_another_program_are_left_alone() {
    let Some(database) = postgres::database() else { return };
    database.run("CREATE TABLE story (id INTEGER)");
    let url = database.url();
    refused(&url, ["already exists", "give it a database of its own, or a schema"]);
    let count = "SELECT count(*)::TEXT FROM pg_tables WHERE schemaname = 'public' \
        AND tablename <> 'story'";
    assert_eq!(database.ask(count), "0");
    database.run("CREATE SCHEMA feeds");
    let newsroom = newsroom(&format!("{url}?options=-csearch_path%3Dfeeds"));
    newsroom.build().says_nothing();
    assert_eq!(newsroom.titles(""), ["A"]);

    let other = postgres::database().expect("a database");
    other.run(
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
         installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, \
         checksum BYTEA NOT NULL, execution_time BIGINT NOT NULL); \
         INSERT INTO _sqlx_migrations VALUES (2024, 'theirs', now(), true, '\\x00', 1)",
    );
    refused(&other.url(), ["another program keeps its tables there", "of its own"]);
}

#[test]
fn a_store_of_a_later_version_is_refused_with_that_version() {
    let Some(database) = postgres::database() else { return };
    let newsroom = newsroom(&database.url());
    newsroom.build();
    database.run(
        "UPDATE meta SET value = '99.1.0' WHERE name = 'writer'; INSERT INTO _sqlx_migrations \
         VALUES (99, 'later', now(), true, '\\x00', 1)",
    );
    let said = newsroom.run(["build"]).exits(3);
    said.complains_of(["made by feedwright 99.1.0", "use feedwright 99.1.0 or later"]);
}

#[test]
fn what_a_database_sets_for_its_sessions_changes_nothing() {
    let Some(database) = postgres::database() else { return };
    let odd = [
        "idle_in_transaction_session_timeout = '1ms'",
        "default_transaction_isolation = serializable",
        "synchronous_commit = off",
        "standard_conforming_strings = off",
        "bytea_output = escape",
        "DateStyle = 'German'",
        "TimeZone = 'Pacific/Kiritimati'",
        "enable_indexscan = off",
        "enable_seqscan = off",
        "search_path = '$user', public",
        "quote_all_identifiers = on",
    ];
    for setting in odd {
        database.run(&format!("ALTER DATABASE {} SET {setting}", database.name));
    }
    let [odd, plain] = [database.url(), "sqlite:stories.db".to_owned()].map(|url| {
        let newsroom = newsroom(&url);
        newsroom.story("b\\c.md", story("B \\n 'C'", "2026-01-01", "tags: ['\\x41']", "Te\\xt."));
        newsroom.build().says_nothing();
        newsroom
    });
    let bytes = |newsroom: &Newsroom| crate::support::files_below(&newsroom.path("feeds"));
    assert_eq!(bytes(&odd), bytes(&plain));
    odd.run(["store", "copy", &database.url(), "sqlite:copy.db"]).exits(0);
}

#[test]
fn a_store_whose_counters_are_gone_is_damaged() {
    let Some(database) = postgres::database() else { return };
    for url in [database.url(), "sqlite:stories.db".to_owned()] {
        let newsroom = newsroom(&url);
        newsroom.build();
        let before = newsroom.files("feeds");
        if url.starts_with("sqlite") {
            let store = rusqlite::Connection::open(newsroom.path("stories.db")).expect("a store");
            store.execute_batch("DELETE FROM counter").expect("emptied");
        } else {
            database.run("DELETE FROM counter");
        }
        newsroom.run(["build"]).exits(3).complains_of(["the store is damaged: ", "fix:"]);
        newsroom.story("b.md", story("B", "2026-01-02", "", "Text."));
        newsroom.run(["build"]).exits(3).complains_of(["the store is damaged: ", "fix:"]);
        assert_eq!(newsroom.changed_since(&before), [""; 0]);
    }
}

#[test]
fn a_server_that_goes_away_ends_the_pass_and_frees_the_newsroom() {
    let Some(database) = postgres::database() else { return };
    let address = Address::Server { url: database.url(), shown: "the server".into() };
    block_on(async {
        let mut store = Store::hold(&address, || ()).await.expect("a store");
        store.begin().await.expect("begun");
        store.remember("x", "1").await.expect("remembered");
        let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
            WHERE application_name = 'feedwright' AND datname = current_database()";
        database.server.run_now(&database.name, ended).await.expect("ended");
        let error = store.remember("x", "2").await.expect_err("gone").to_string();
        assert!(error.contains("the server went away"), "{error}");
        assert!(store.commit().await.is_err());
        drop(store);
        let mut store =
            Store::hold(&address, || unreachable!("it is free")).await.expect("a store");
        assert_eq!(store.remembered("x").await.expect("asked"), None);
    });
}
