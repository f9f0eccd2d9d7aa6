//! A store that is gone, out of reach, empty, damaged or another program's: no command ever takes
//! that for a new one, and what a store leaves beside its place harms no other.

use std::fs;

use rusqlite::Connection;

use crate::support::{Newsroom, story};

fn built() -> Newsroom {
    let newsroom = Newsroom::new();
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
