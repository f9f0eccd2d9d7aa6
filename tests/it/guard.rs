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
    newsroom.remove_story("latam/s5.md");
    let all = ["New", "S5", "S4", "S3", "S2", "S1", "S0"];
    newsroom.run(["build"]).exits(1);
    assert_eq!(newsroom.titles("latam"), all, "three are left, which are held");

    newsroom.story("latam/s5.md", text(5));
    newsroom.story("latam/s1.md", text(1));
    newsroom.run(["build"]).exits(1);
    assert_eq!(newsroom.titles("latam"), all);
    newsroom.remove_story("latam/s5.md");
    newsroom.run(["build"]).exits(1).complains_of(["s2.md", "s3.md"]);
    assert_eq!(newsroom.titles("latam"), ["New", "S4", "S3", "S2", "S1", "S0"], "one may go");
    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!(newsroom.titles("latam"), ["New", "S4", "S1", "S0"]);
    newsroom.remove_story("latam/s4.md");
    newsroom.build();
}

#[test]
fn what_the_guard_holds_is_held_until_a_person_accepts_it_however_few_are_allowed_at_once() {
    let two = "[publish]\nsections = \"found\"\nguard = 3\n\
        [[source]]\nname = \"wire\"\npath = \"more\"\n";
    let newsroom = Newsroom::new().config(two);
    for number in 0..6 {
        newsroom.story(&format!("latam/s{number}.md"), text(number));
        newsroom.write(&format!("more/sport/t{number}.md"), text(number));
    }
    newsroom.build();
    for number in 0..2 {
        newsroom.remove_story(&format!("latam/s{number}.md"));
        fs::remove_file(newsroom.path(&format!("more/sport/t{number}.md"))).expect("goes");
    }
    for _ in 0..3 {
        newsroom.run(["build"]).exits(1).complains_of(["s0.md", "s1.md"]);
        assert_eq!(newsroom.titles("latam").len(), 6);
        assert_eq!(newsroom.titles("sport").len(), 4);
        let form = newsroom.run(["status", "--format", "json"]).exits(0).json();
        assert_eq!(form["held"], 2);
    }
    // A rule that another two stories don't follow is held beside them, and stays so.
    newsroom.run(["build", "--accept"]).exits(0);
    let moved = |number| text(number).replacen("---\n", "---\nsection: other\n", 1);
    for number in 2..4 {
        fs::remove_file(newsroom.path(&format!("more/sport/t{number}.md"))).expect("goes");
        newsroom.story(&format!("latam/s{number}.md"), moved(number));
    }
    for _ in 0..3 {
        newsroom.run(["build"]).exits(1).complains_of(["would leave the feed `/latam`"]);
        assert_eq!(newsroom.titles("latam").len(), 4);
        assert_eq!(newsroom.titles("sport").len(), 2);
    }
    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!(newsroom.titles("latam").len(), 2);
}

#[test]
fn what_goes_missing_elsewhere_counts_together_with_what_is_held() {
    let wire = "[publish]\nsections = \"found\"\nguard = 3\n\
        [[source]]\nname = \"wire\"\npath = \"more\"\n";
    let newsroom = Newsroom::new().config(wire);
    for number in 0..5 {
        newsroom.story(&format!("latam/s{number}.md"), text(number));
        newsroom.write(&format!("more/sport/t{number}.md"), text(number));
    }
    newsroom.build();
    for number in 0..4 {
        fs::remove_file(newsroom.path(&format!("more/sport/t{number}.md"))).expect("goes");
    }
    newsroom.run(["build"]).exits(1);
    newsroom.remove_story("latam/s0.md");
    newsroom.run(["build"]).exits(1).complains_of(["s0.md", "t3.md"]);
    assert_eq!((newsroom.titles("latam").len(), newsroom.titles("sport").len()), (5, 5));
    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!((newsroom.titles("latam").len(), newsroom.titles("sport").len()), (4, 1));
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
