//! A store that is gone, out of reach, empty, damaged or another program's: no command ever takes
//! that for a new one, and what a store leaves beside its place harms no other.

use std::{fs, os::unix::fs::symlink};

use rusqlite::Connection;

use crate::support::{Newsroom, Ran, postgres::block_on, story};
use feedwright::store::{Address, Store};

/// Built, with its store in a file.
fn built() -> Newsroom {
    written(Newsroom::new().on_sqlite())
}

/// The same on whatever engine the tests run.
fn written(newsroom: Newsroom) -> Newsroom {
    for day in 1..=3 {
        let date = format!("2026-01-0{day}T09:00:00Z");
        newsroom.story(&format!("news/{day}.md"), story(&format!("Day {day}"), &date, "", "Text."));
    }
    newsroom.build();
    newsroom
}

/// The log of a store that was written to by a program which then was killed.
fn hot_log(newsroom: &Newsroom) -> Vec<u8> {
    let store = Connection::open(newsroom.path("stories.db")).expect("a store");
    store
        .execute_batch(
            "CREATE TABLE other (text TEXT); UPDATE story SET title = hex(randomblob(9000)); \
             INSERT INTO other SELECT hex(randomblob(20000)) FROM story",
        )
        .expect("written");
    let log = fs::read(newsroom.path("stories.db-wal")).expect("a log");
    assert!(log.len() > 30_000, "it holds pages");
    log
}

#[track_caller]
fn assert_sound(newsroom: &Newsroom, file: &str) {
    let store = Connection::open(newsroom.path(file)).expect("a store");
    let ask = |query: &str| store.query_row(query, [], |row| row.get::<_, String>(0));
    assert_eq!(ask("PRAGMA integrity_check").as_deref(), Ok("ok"));
    let titles = "SELECT group_concat(substr(title, 1, 9), ', ') FROM (SELECT title FROM story ORDER BY title)";
    assert_eq!(ask(titles).as_deref(), Ok("Day 1, Day 2, Day 3"));
}

/// Commands that read or write the store.
fn each_command(newsroom: &Newsroom) -> Vec<Ran> {
    let given =
        r#"{"id":"q","title":"Q","content_text":"b","date_published":"2026-02-01T10:00:00Z"}"#;
    vec![
        newsroom.run(["build"]),
        newsroom.run(["build", "--dry-run"]),
        newsroom.run_with_input(["add", "-"], given),
        newsroom.run(["adopt", "feeds"]),
        newsroom.run(["list"]),
        newsroom.run(["status"]),
        newsroom.run(["show", "news/1.md"]),
        newsroom.run(["explain", "news/1.md", "news"]),
        newsroom.run(["retract", "news/1.md"]),
        newsroom.run(["restore", "news/1.md"]),
        newsroom.run(["store", "copy", "sqlite:stories.db", "sqlite:copy.db"]),
    ]
}

#[test]
fn what_a_store_that_was_moved_away_left_is_not_played_into_a_new_one() {
    let newsroom = built();
    let log = hot_log(&newsroom);
    fs::rename(newsroom.path("stories.db"), newsroom.path("away.db")).expect("moves it away");
    newsroom.write("stories.db-wal", &log).write("stories.db-journal", "older");
    newsroom.build();
    assert_sound(&newsroom, "stories.db");
    assert_eq!(fs::read(newsroom.path("stories.db-wal.left")).expect("kept"), log);
    assert_eq!(newsroom.read("stories.db-journal.left"), "older");

    fs::remove_file(newsroom.path("stories.db")).expect("removes it");
    newsroom.write("stories.db-wal", &log[..log.len() / 2]);
    newsroom.run(["adopt", "feeds"]).exits(0);
    newsroom.build();
    assert_sound(&newsroom, "stories.db");
    assert_eq!(fs::read(newsroom.path("stories.db-wal.left")).expect("kept"), log);
    assert!(newsroom.exists("stories.db-wal.left2"));

    newsroom.write("copy.db-wal", &log);
    newsroom.run(["store", "copy", "sqlite:stories.db", "sqlite:copy.db"]).exits(0);
    assert_sound(&newsroom, "copy.db");
}

#[test]
fn a_store_that_cant_be_reached_is_not_taken_for_a_missing_one() {
    let newsroom = built();
    let before = newsroom.files("feeds");
    fs::create_dir(newsroom.path("volume")).expect("a folder");
    let (store, kept) = (newsroom.path("stories.db"), newsroom.path("volume/stories.db"));
    fs::rename(&store, &kept).expect("moves it");
    symlink(&kept, &store).expect("a link");
    newsroom.build();
    newsroom.run(["retract", "news/2.md"]).exits(0);
    newsroom.build();
    assert_eq!(newsroom.titles("news"), ["Day 3", "Day 1"]);
    let told = newsroom.files("feeds");
    assert_ne!(told, before);

    fs::rename(newsroom.path("volume"), newsroom.path("unmounted")).expect("unmounts");
    for ran in each_command(&newsroom) {
        ran.exits(3).complains_of(["stories.db", "volume/stories.db", "fix:"]);
    }
    assert!(fs::symlink_metadata(&store).expect("a link").is_symlink());
    assert!(!newsroom.exists("volume") && !newsroom.exists("copy.db"));
    fs::rename(newsroom.path("unmounted"), newsroom.path("volume")).expect("mounts");
    newsroom.build();
    assert_eq!(newsroom.files("feeds"), told);

    fs::remove_file(&store).expect("removes the link");
    symlink(&store, &store).expect("a link to itself");
    for ran in each_command(&newsroom) {
        ran.exits(3).complains_of(["stories.db", "fix:"]);
    }
    assert_eq!(newsroom.files("feeds"), told);
}

#[test]
fn what_was_put_in_a_stores_place_while_a_new_one_was_filled_stays() {
    let newsroom = Newsroom::new().on_sqlite();
    let place = newsroom.path("stories.db");
    let address = Address::File(place.clone());
    block_on(async {
        let store = Store::open(&address).await.expect("a new store");
        fs::write(&place, "a backup that somebody restores").expect("written");
        let error = store.settle().await.expect_err("the place is taken").to_string();
        assert!(error.contains("stories.db") && error.contains("fix:"), "{error}");
    });
    assert_eq!(newsroom.read("stories.db"), "a backup that somebody restores");
    assert!(!newsroom.exists("stories.db.filling"));
}

#[test]
fn a_file_without_a_stores_tables_is_no_new_store() {
    let newsroom = built();
    let before = newsroom.files("feeds");
    for text in ["", "x"] {
        newsroom.write("stories.db", text);
        for ran in each_command(&newsroom) {
            ran.exits(3).complains_of(["stories.db", "backup", "adopt", "fix:"]);
        }
        assert_eq!(newsroom.read("stories.db"), text);
    }
    for (tables, what) in [
        (
            "CREATE TABLE other (a); INSERT INTO other VALUES (1)",
            "another program keeps its tables",
        ),
        ("CREATE TABLE other (a); DROP TABLE other", "it has no tables"),
    ] {
        fs::remove_file(newsroom.path("stories.db")).expect("removed");
        let other = Connection::open(newsroom.path("stories.db")).expect("a database");
        other.execute_batch(tables).expect("tables");
        let bytes = fs::read(newsroom.path("stories.db")).expect("a database");
        for ran in each_command(&newsroom) {
            ran.exits(3).complains_of(["stories.db", what, "fix:"]);
        }
        assert_eq!(fs::read(newsroom.path("stories.db")).expect("a database"), bytes);
    }
    assert_eq!(newsroom.files("feeds"), before);
}

const NO_TEXT: &str = "UPDATE story SET title = CAST(x'ff41' AS TEXT) WHERE id = 1";

#[test]
fn damage_is_called_damage_with_the_way_out_of_it() {
    for harm in [
        NO_TEXT,
        "DROP TABLE member",
        "DROP TABLE body",
        "DROP TABLE meta",
        "DROP TABLE _sqlx_migrations",
        "ALTER TABLE story DROP COLUMN facts",
    ] {
        let newsroom = Newsroom::new();
        // Only a file can hold what is no text.
        let newsroom = written(if harm == NO_TEXT { newsroom.on_sqlite() } else { newsroom });
        let before = newsroom.files("feeds");
        newsroom.change_store(harm);
        let ran = newsroom.run(["build", "--full"]).exits(3);
        ran.complains_of(["the store is damaged: ", "fix:", "backup", "adopt"]);
        assert_eq!(newsroom.changed_since(&before), [""; 0], "{harm}");
    }
}
