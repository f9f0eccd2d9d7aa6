//! No accident empties a feed: an unmounted volume, a half-done copy, a hundred drafts at once.

use std::fs;

use crate::support::{Newsroom, story};

/// A newsroom of `stories` stories, built once, whose guard lets three go.
fn newsroom(stories: usize) -> Newsroom {
    let newsroom = Newsroom::new().config("[publish]\nsections = \"found\"\nguard = 3\n");
    for number in 0..stories {
        newsroom.story(&format!("latam/s{number}.md"), text(number));
    }
    newsroom.build();
    assert_eq!(newsroom.titles("latam").len(), stories);
    newsroom
}

fn text(number: usize) -> String {
    story(&format!("S{number}"), &format!("2026-01-{:02}", number + 1), "", "Text.")
}

#[test]
fn a_folder_that_is_suddenly_empty_withdraws_nothing_until_a_person_accepts_it() {
    let newsroom = newsroom(3);
    let before = newsroom.files("feeds");
    let away = newsroom.path("away");
    fs::rename(newsroom.path("stories"), &away).expect("unmounts");
    fs::create_dir(newsroom.path("stories")).expect("a mount point");

    for _ in 0..2 {
        newsroom.run(["build"]).exits(1).complains_of(["s0.md", "--accept"]);
        assert_eq!(newsroom.files("feeds"), before);
    }

    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!(newsroom.titles("latam"), [""; 0]);
    newsroom.build().says_nothing();
}

#[test]
fn a_folder_that_is_mounted_again_is_as_it_was() {
    let newsroom = newsroom(3);
    let before = newsroom.files("feeds");
    fs::rename(newsroom.path("stories"), newsroom.path("away")).expect("unmounts");
    fs::create_dir(newsroom.path("stories")).expect("a mount point");
    newsroom.run(["build"]).exits(1);

    fs::remove_dir(newsroom.path("stories")).expect("a mount point");
    fs::rename(newsroom.path("away"), newsroom.path("stories")).expect("mounts");
    newsroom.build().says_nothing();
    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn more_than_the_guard_allows_is_held_and_what_is_new_is_published() {
    let newsroom = newsroom(6);
    for number in 0..4 {
        newsroom.remove_story(&format!("latam/s{number}.md"));
    }
    newsroom.story("latam/new.md", story("New", "2026-02-01", "", "Text."));

    let ran = newsroom.run(["build", "--format", "json"]).exits(1);
    assert_eq!(ran.json()["held"].as_array().map(Vec::len), Some(4));
    assert_eq!(newsroom.titles("latam"), ["New", "S5", "S4", "S3", "S2", "S1", "S0"]);

    newsroom.story("latam/s0.md", text(0));
    newsroom.build();
    assert_eq!(newsroom.titles("latam"), ["New", "S5", "S4", "S0"], "three are allowed");
}

#[test]
fn many_drafts_at_once_are_held_as_vanished_files_are() {
    let newsroom = newsroom(5);
    for number in 0..4 {
        let draft = text(number).replacen("---\n", "---\ndraft: true\n", 1);
        newsroom.story(&format!("latam/s{number}.md"), draft);
    }
    for _ in 0..2 {
        newsroom.run(["build"]).exits(1).complains_of(["s3.md", "a draft or a page now"]);
        assert_eq!(newsroom.titles("latam").len(), 5);
    }
    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!(newsroom.titles("latam"), ["S4"]);
}

#[test]
fn the_only_story_may_go() {
    let newsroom = newsroom(1);
    newsroom.remove_story("latam/s0.md");
    newsroom.build();
    assert_eq!(newsroom.titles("latam"), [""; 0]);
}

#[test]
fn stories_that_are_renamed_all_at_once_are_not_withdrawn() {
    let newsroom = newsroom(6);
    let ids = newsroom.ids("latam");
    fs::rename(newsroom.path("stories/latam"), newsroom.path("stories/america")).expect("renames");
    newsroom.run(["build"]).exits(1);
    assert_eq!(newsroom.ids("").len(), 6);
    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!(newsroom.ids("america"), ids);
}

#[test]
fn a_full_build_misses_no_file_that_went_meanwhile() {
    let newsroom = newsroom(2);
    newsroom.remove_story("latam/s0.md");
    newsroom.run(["build", "--full"]).exits(0);
    assert_eq!(newsroom.titles("latam"), ["S1"]);
}
