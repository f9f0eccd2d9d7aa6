//! No accident empties a feed: an unmounted volume, a half-done copy, a hundred drafts at once.

use std::{fs, thread, time::Duration};

use chrono::{TimeDelta, Utc};

use crate::support::{Newsroom, SITE, SOURCE, story};

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

/// A newsroom of thirty stories, built once, whose guard lets twenty go. Their files have dates of
/// other kinds too.
fn thirty() -> Newsroom {
    let newsroom = Newsroom::new();
    for number in 0..30 {
        newsroom.story(&format!("latam/s{number:02}.md"), many_dates(number, "2026-01"));
    }
    newsroom.build();
    assert_eq!(newsroom.titles("latam").len(), 30);
    newsroom
}

fn many_dates(number: usize, month: &str) -> String {
    let more = "review: 2099-05-01\nchecked: 2026-02-01";
    story(&format!("S{number}"), &format!("{month}-{:02}", number % 28 + 1), more, "Text.")
}

/// Gives the source another setting.
fn set(newsroom: &Newsroom, setting: &str) {
    let publish = "[publish]\nsections = \"found\"\n";
    newsroom.write("config.toml", format!("{SITE}\n{publish}{SOURCE}{setting}\n"));
}

/// How many stories `status` says are held.
fn held(newsroom: &Newsroom) -> serde_json::Value {
    newsroom.run(["status", "--format", "json"]).exits(0).json()["held"].clone()
}

#[test]
fn a_setting_that_dates_stories_ahead_takes_none_of_them_until_a_person_accepts_it() {
    let newsroom = thirty();
    let before = newsroom.files("feeds");
    set(&newsroom, "map = { published = \"review\" }");

    let plan = newsroom.run(["build", "--dry-run", "--format", "json"]).exits(1).json();
    assert_eq!(plan["held"].as_array().map(Vec::len), Some(30));
    let why = "its date is now 2099-05-01 06:00:00 UTC, which lies ahead";
    for more in ["build", "build", "build --full"] {
        let words: Vec<&str> = more.split(' ').collect();
        let ran = match words.as_slice() {
            [build] => newsroom.run([build]),
            _ => newsroom.run(["build", "--full"]),
        };
        ran.exits(1).complains_of(["30 published stories", "s00.md", why, "--accept"]);
        assert_eq!(newsroom.files("feeds"), before);
        assert_eq!(held(&newsroom), 30);
    }
    let explained = newsroom.run(["explain", "latam/s00.md", "latam", "--format", "json"]);
    let explained = explained.exits(0).json();
    assert_eq!((&explained["in"], &explained["reason"]), (&true.into(), &"held".into()));
    let details = explained["details"].to_string();
    assert!(details.contains(why) && details.contains("the guard keeps it"), "{details}");

    let new = "---\ntitle: New\nreview: 2026-03-01\n---\n\nText.\n";
    newsroom.story("latam/new.md", new);
    newsroom.run(["build"]).exits(1);
    let titles = newsroom.titles("latam");
    assert_eq!((titles.len(), titles[0].as_str()), (31, "New"));
    newsroom.remove_story("latam/new.md");
    newsroom.run(["build"]).exits(1).complains_of(["31 published stories"]);

    set(&newsroom, "");
    newsroom.story("latam/new.md", new.replace("review", "date"));
    newsroom.build().says_nothing();
    assert_eq!((newsroom.titles("latam").len(), held(&newsroom)), (31, 0.into()));

    set(&newsroom, "map = { published = \"review\" }");
    newsroom.story("latam/new.md", new);
    newsroom.run(["build"]).exits(1);
    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!((newsroom.titles("latam"), held(&newsroom)), (vec!["New".to_owned()], 0.into()));
    newsroom.build().says_nothing();
}

#[test]
fn a_setting_that_ends_stories_at_once_takes_none_of_them() {
    let newsroom = thirty();
    let before = newsroom.files("feeds");
    set(&newsroom, "map = { expires = \"checked\" }");
    let why = "its end (`expires`) is now 2026-02-01 06:00:00 UTC, which is past";
    for _ in 0..2 {
        newsroom.run(["build"]).exits(1).complains_of(["30 published stories", "s00.md", why]);
        assert_eq!(newsroom.files("feeds"), before);
    }
    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!(newsroom.titles("latam"), [""; 0]);
}

#[test]
fn another_time_zone_takes_no_story_of_this_morning() {
    let newsroom = Newsroom::new();
    set(&newsroom, "time_zone = \"UTC\"");
    let morning = (Utc::now() - TimeDelta::hours(3)).format("%Y-%m-%dT%H:%M:%S").to_string();
    for number in 0..30 {
        let text = story(&format!("S{number}"), &morning, "", "Text.");
        newsroom.story(&format!("latam/s{number:02}.md"), text);
    }
    newsroom.build();
    let before = newsroom.files("feeds");
    set(&newsroom, "time_zone = \"America/Mexico_City\"");
    newsroom.run(["build"]).exits(1).complains_of(["30 published stories", "s00.md", "lies ahead"]);
    assert_eq!(newsroom.files("feeds"), before);
    set(&newsroom, "time_zone = \"UTC\"");
    newsroom.build().says_nothing();
    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn files_that_are_all_dated_ahead_wait_with_their_other_edits() {
    let newsroom = thirty();
    let before = newsroom.files("feeds");
    for number in 0..30 {
        let text = many_dates(number, "2099-01").replace("Text.", "Edited.");
        newsroom.story(&format!("latam/s{number:02}.md"), text);
    }
    for _ in 0..2 {
        newsroom.run(["build"]).exits(1).complains_of([
            "30 published stories",
            "s00.md",
            "2099-01-01",
        ]);
        assert_eq!(newsroom.files("feeds"), before);
    }
    // They come back one by one; what is left waits, however few.
    for number in 0..29 {
        let text = many_dates(number, "2026-01").replace("Text.", "Edited.");
        newsroom.story(&format!("latam/s{number:02}.md"), text);
    }
    let ran = newsroom.run(["build", "--format", "json"]).exits(1).json();
    assert_eq!(ran["held"].as_array().map(Vec::len), Some(1));
    let feed = newsroom.published("latam/feed.json");
    assert_eq!((feed.matches("Edited.").count() > 0, newsroom.titles("latam").len()), (true, 30));
    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!(newsroom.titles("latam").len(), 29);
}

#[test]
fn stories_that_the_guard_allows_leave_at_once_when_they_are_dated_ahead() {
    let newsroom = thirty();
    newsroom.story("latam/s07.md", many_dates(7, "2099-01"));
    newsroom.build().says_nothing();
    assert_eq!(newsroom.titles("latam").len(), 29);
    assert!(!newsroom.titles("latam").contains(&"S7".to_owned()));
    for number in 8..28 {
        newsroom.story(&format!("latam/s{number:02}.md"), many_dates(number, "2099-01"));
    }
    newsroom.build().says_nothing();
    assert_eq!(newsroom.titles("latam").len(), 9);
    newsroom.story("latam/s07.md", many_dates(7, "2026-01"));
    newsroom.build();
    assert_eq!(newsroom.titles("latam").len(), 10);
}

#[test]
fn files_that_are_gone_and_files_that_are_dated_ahead_count_together() {
    let newsroom = thirty();
    let before = newsroom.files("feeds");
    for number in 0..12 {
        newsroom.remove_story(&format!("latam/s{number:02}.md"));
        newsroom
            .story(&format!("latam/s{:02}.md", number + 12), many_dates(number + 12, "2099-01"));
    }
    let said = newsroom.run(["build"]).exits(1);
    said.complains_of(["s00.md: its file is gone", "s12.md: its date is now 2099"]);
    assert_eq!((newsroom.files("feeds"), held(&newsroom)), (before.clone(), 24.into()));

    // What was dated ahead is gone as well by now, and is held still.
    newsroom.remove_story("latam/s12.md");
    newsroom.run(["build"]).exits(1).complains_of(["s12.md: its file is gone"]);
    assert_eq!((newsroom.files("feeds"), held(&newsroom)), (before, 24.into()));
    newsroom.run(["build", "--accept"]).exits(0);
    assert_eq!(newsroom.titles("latam").len(), 6);
}

#[test]
fn a_story_that_is_renamed_and_dated_ahead_is_held_where_it_is() {
    let newsroom = Newsroom::new().config("[publish]\nsections = \"found\"\nguard = 3\n");
    let text = |number: usize, date: &str| {
        story(&format!("S{number}"), date, &format!("id: s{number}"), "Text.")
    };
    for number in 0..5 {
        newsroom.story(&format!("latam/s{number}.md"), text(number, "2026-01-01"));
    }
    newsroom.build();
    let before = newsroom.files("feeds");
    for number in 0..4 {
        newsroom.remove_story(&format!("latam/s{number}.md"));
        newsroom.story(&format!("latam/t{number}.md"), text(number, "2099-01-01"));
    }
    // Another story takes the place of one of them.
    newsroom.story("latam/s0.md", story("Other", "2098-01-01", "", "Text."));
    for _ in 0..2 {
        let ran = newsroom.run(["build", "--format", "json"]).exits(1);
        assert_eq!(ran.json()["held"].as_array().map(Vec::len), Some(4));
        assert_eq!(newsroom.files("feeds"), before);
    }
    newsroom.remove_story("latam/t0.md");
    newsroom.run(["build"]).exits(1).complains_of(["t0.md: its file is gone", "t3.md: its date"]);
    assert_eq!((newsroom.files("feeds"), held(&newsroom)), (before, 4.into()));
    for number in 0..4 {
        newsroom.story(&format!("latam/t{number}.md"), text(number, "2026-01-01"));
    }
    newsroom.build();
    assert_eq!((newsroom.titles("latam").len(), held(&newsroom)), (5, 0.into()));
}

#[test]
fn what_expires_by_itself_is_never_held_though_its_file_was_edited() {
    let newsroom = Newsroom::new().config("[publish]\nsections = \"found\"\nguard = 1\n");
    let soon = (Utc::now() + TimeDelta::seconds(4)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let text = |number: usize, words: &str| {
        story(&format!("S{number}"), "2026-01-01", &format!("expires: {soon}"), words)
    };
    for number in 0..4 {
        newsroom.story(&format!("latam/s{number}.md"), text(number, "Text."));
    }
    newsroom.build();
    assert_eq!(newsroom.titles("latam").len(), 4);
    thread::sleep(Duration::from_secs(5));
    for number in 0..4 {
        newsroom.story(&format!("latam/s{number}.md"), text(number, "Edited."));
    }
    newsroom.build();
    assert_eq!(newsroom.titles("latam"), [""; 0]);
}

#[test]
fn a_source_with_held_stories_keeps_them_under_another_name_and_holds_none_once_it_is_no_source() {
    let newsroom = thirty();
    let before = newsroom.files("feeds");
    let map = "map = { published = \"review\" }";
    set(&newsroom, map);
    newsroom.run(["build"]).exits(1);
    let other = |name: &str, more: &str| {
        let publish = "[publish]\nsections = \"found\"\n";
        let source = format!("[[source]]\nname = \"{name}\"\npath = \"stories\"\n{more}\n");
        newsroom.write("config.toml", format!("{SITE}\n{publish}{source}"));
    };
    other("newsdesk", map);
    newsroom.run(["build"]).exits(1).complains_of(["they are the same stories", "30 published"]);
    assert_eq!((newsroom.files("feeds"), held(&newsroom)), (before.clone(), 30.into()));

    newsroom.write("elsewhere/sport/t.md", story("T", "2026-01-01", "", "Text."));
    let config = newsroom.read("config.toml");
    newsroom
        .write("config.toml", config.replace("newsdesk", "wire").replace("stories", "elsewhere"));
    newsroom.run(["build"]).exits(0);
    assert_eq!(held(&newsroom), 0);
}
