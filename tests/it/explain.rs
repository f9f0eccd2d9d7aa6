//! `feedwright explain`: why a story is in a feed, or isn't; one test per way.

use crate::support::{Newsroom, story};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

/// A newsroom whose feeds carry two stories; older ones are in archive pages of two.
fn archive() -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"found\"\nlimit = 2\nwindow = \"1h\"\n");
    for day in 1..=7 {
        let date = format!("2026-01-0{day}T12:00:00Z");
        newsroom
            .story(&format!("latam/{day}.md"), story(&format!("Day {day}"), &date, "", "Text."));
    }
    newsroom.build();
    newsroom
}

/// A newsroom with one story in `latam`.
fn one(more: &str) -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", story("A", "2026-01-01T12:00:00Z", more, "Text."));
    newsroom.build();
    newsroom
}

fn explain(newsroom: &Newsroom, story: &str, feed: &str) -> Value {
    newsroom.run(["explain", story, feed, "--format", "json"]).exits(0).json()
}

/// The sentence, where the story is in the feed (or not) for that reason.
#[track_caller]
fn why(newsroom: &Newsroom, story: &str, feed: &str, inside: bool, reason: &str) -> String {
    let form = explain(newsroom, story, feed);
    assert_eq!((&form["in"], &form["reason"]), (&inside.into(), &reason.into()), "{form:#}");
    form["text"].as_str().expect("a text").to_owned()
}

fn details(newsroom: &Newsroom, story: &str, feed: &str) -> String {
    explain(newsroom, story, feed)["details"].to_string()
}

fn ahead(time: TimeDelta) -> String {
    let at: DateTime<Utc> = Utc::now() + time;
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[test]
fn in_since_it_is_among_the_newest() {
    let newsroom = archive();
    let text = why(&newsroom, "latam/6.md", "latam", true, "limit");
    assert_eq!(text, "in, place 2 of 2: it is among the newest 2");
    let form = explain(&newsroom, "latam/6.md", "latam");
    assert_eq!((&form["feed"], form["page"].is_null()), (&"latam".into(), true));
    assert!(form["story"].as_str().expect("a guid").starts_with("tag:"));

    let shown = newsroom.run(["explain", "latam/6.md", "latam"]).exits(0);
    assert!(shown.stdout.starts_with("in, place 2 of 2: "), "{}", shown.stdout);
    assert!(shown.stdout.contains("Day 6"), "{}", shown.stdout);
    assert_eq!(shown.stderr, "");
}

#[test]
fn in_since_it_is_within_the_window() {
    let newsroom = archive();
    newsroom.set_config("[publish]\nsections = \"found\"\nlimit = 2\nwindow = \"3d\"\n");
    newsroom.build();
    let text = why(&newsroom, "latam/5.md", "latam", true, "window");
    assert_eq!(
        text,
        "in, place 3 of 3: beyond the newest 2, it is less than 3d older than the newest"
    );
}

#[test]
fn in_since_a_correction_lifts_it() {
    let newsroom = archive();
    let correction = "correction: { text: It was Tuesday., date: 2026-01-07T11:30:00Z }";
    newsroom.story("latam/1.md", story("Day 1", "2026-01-01T12:00:00Z", correction, "Text."));
    newsroom.build();
    let text = why(&newsroom, "latam/1.md", "latam", true, "correction");
    assert!(
        text.contains("until the feed's newest entry is later than 2026-01-07 12:30"),
        "{text}"
    );
    let text = why(&newsroom, "latam/2.md", "latam", false, "limit");
    assert!(text.contains("it ends with `Day 6`"), "what is lifted is not its end: {text}");
}

#[test]
fn in_since_a_notice_stands_in_its_place() {
    let newsroom = archive();
    newsroom.run(["retract", "latam/1.md", "--notice", "Taken back."]).exits(0);
    let text = why(&newsroom, "latam/1.md", "latam", false, "retracted");
    assert!(text.starts_with("not in: it was retracted on "), "{text}");
    newsroom.build();
    let text = why(&newsroom, "latam/1.md", "latam", true, "notice");
    assert!(text.starts_with("in, place 3 of 3: a notice stands in its place until "), "{text}");
}

#[test]
fn on_an_archive_page_since_the_feed_ends_before_it() {
    let newsroom = archive();
    let text = why(&newsroom, "latam/1.md", "latam", false, "limit");
    assert!(text.contains("it ends with `Day 6` of 2026-01-06 12:00:00 UTC"), "{text}");
    assert!(text.contains("it carries the newest 2"), "{text}");
    let page = explain(&newsroom, "latam/1.md", "latam")["page"].clone();
    let page = page.as_str().expect("a page");
    assert!(newsroom.published(page).contains("Day 1"), "{page}");
    assert!(text.contains(page), "{text}");
}

#[test]
fn out_since_there_is_no_room_for_it() {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"found\"\nmax_bytes = \"20 KiB\"\n");
    let body = "Many words and nothing said. ".repeat(200);
    for day in 1..=5 {
        newsroom.story(
            &format!("latam/{day}.md"),
            story(&format!("Day {day}"), &format!("2026-01-0{day}T12:00:00Z"), "", &body),
        );
    }
    newsroom.build();
    let text = why(&newsroom, "latam/1.md", "latam", false, "size");
    assert!(text.contains("its 20480 bytes (`max_bytes`) are full"), "{text}");
    assert!(text.contains("it is on archive page 1"), "{text}");
}

#[test]
fn with_its_summary_only_since_its_text_is_too_large() {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"found\"\nmax_bytes = \"20 KiB\"\n");
    let body = "Many words and nothing said. ".repeat(2000);
    newsroom.story("latam/a.md", story("A", "2026-01-01", "", &body));
    newsroom.build();
    let text = why(&newsroom, "latam/a.md", "latam", true, "size");
    assert!(text.starts_with("in, place 1 of 1: with its summary only"), "{text}");
}

#[test]
fn out_since_its_hour_lies_ahead() {
    let newsroom = one("");
    newsroom.story("latam/b.md", story("B", "2126-01-01T12:00:00Z", "", "Text."));
    newsroom.build();
    let text = why(&newsroom, "latam/b.md", "latam", false, "embargo");
    assert_eq!(text, "not in: it is published on 2126-01-01 12:00:00 UTC, which lies ahead");
}

#[test]
fn out_since_it_expired() {
    let newsroom = one("expiryDate: 2026-01-03T12:00:00Z");
    let text = why(&newsroom, "latam/a.md", "latam", false, "expiry");
    assert_eq!(text, "not in: it expired on 2026-01-03 12:00:00 UTC");
}

#[test]
fn out_since_it_was_retracted_or_purged() {
    let newsroom = one("");
    newsroom.run(["retract", "latam/a.md"]).exits(0);
    let text = why(&newsroom, "latam/a.md", "latam", true, "retracted");
    assert!(text.contains("retracted on ") && text.contains("leaves at the next build"), "{text}");
    assert!(details(&newsroom, "latam/a.md", "latam").contains("a build is due"));
    newsroom.build();
    let text = why(&newsroom, "latam/a.md", "latam", false, "retracted");
    assert!(!text.contains("purged"), "{text}");

    newsroom.run(["retract", "latam/a.md", "--purge"]).exits(0);
    let text = why(&newsroom, "latam/a.md", "latam", false, "retracted");
    assert!(text.contains("its text was purged"), "{text}");
}

#[test]
fn out_since_it_was_withdrawn() {
    let newsroom = one("");
    newsroom.run(["retract", "latam/a.md"]).exits(0);
    newsroom.remove_story("latam/a.md");
    newsroom.run(["restore", "latam/a.md"]).exits(0);
    newsroom.build();
    let text = why(&newsroom, "latam/a.md", "latam", false, "withdrawn");
    assert!(text.contains("`latam/a.md` was gone"), "{text}");

    newsroom.story("latam/a.md", story("A", "2026-01-01", "draft: true", "Text."));
    why(&newsroom, "latam/a.md", "latam", false, "draft");
}

#[test]
fn out_since_it_is_in_another_section() {
    let newsroom = one("");
    newsroom.story("sport/b.md", story("B", "2026-01-01", "", "Text."));
    newsroom.build();
    let text = why(&newsroom, "latam/a.md", "sport", false, "section");
    assert_eq!(text, "not in: its sections are `latam`, and the feed carries `sport`");
}

#[test]
fn out_since_the_rule_does_not_want_it() {
    let newsroom = one("tags: [sponsored]");
    newsroom.set_config(
        "[publish]\nsections = \"found\"\n[[feed]]\npath = \"es\"\n\
         where = { language = \"es\", not = { tag = \"sponsored\" } }\n",
    );
    why(&newsroom, "latam/a.md", "es", false, "rule");
    assert!(details(&newsroom, "latam/a.md", "es").contains("a build is due: the feed is new"));
    newsroom.build();
    let text = why(&newsroom, "latam/a.md", "es", false, "rule");
    assert!(text.contains("`language = \"es\"`: the story is `en`"), "{text}");
    assert!(
        text.contains("`not tag = \"sponsored\"`: the story has the tag `sponsored`"),
        "{text}"
    );
}

#[test]
fn a_build_is_due_for_a_new_feed() {
    let newsroom = one("tags: [ports]");
    newsroom.set_config(
        "[publish]\nsections = \"found\"\n[[feed]]\npath = \"ports\"\n\
         where = { tag = \"ports\" }\n",
    );
    let text = why(&newsroom, "latam/a.md", "ports", false, "build");
    assert_eq!(text, "not in: the next build brings it in: the feed is new");
}

#[test]
fn out_since_its_section_is_not_declared() {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"declared\"\n[[section]]\npath = \"sport\"\n");
    newsroom.story("latam/a.md", story("A", "2026-01-01", "", "Text."));
    newsroom.run(["build"]).exits(1);
    let text = why(&newsroom, "latam/a.md", "latam", false, "undeclared");
    assert!(text.contains("`latam` isn't declared"), "{text}");
    why(&newsroom, "latam/a.md", "/", true, "limit");
}

#[test]
fn in_since_the_guard_keeps_it() {
    let newsroom = Newsroom::new();
    let config = |rule: &str| {
        let feed = format!("[[feed]]\npath = \"f\"\nwhere = {{ {rule} }}\n");
        newsroom.set_config(&format!("[publish]\nsections = \"found\"\nguard = 1\n{feed}"));
    };
    config("section = \"latam\"");
    for day in 1..=3 {
        newsroom.story(&format!("latam/{day}.md"), story("A", "2026-01-01", "", "Text."));
    }
    newsroom.build();
    config("tag = \"none\"");
    newsroom.run(["build"]).exits(1);
    let text = why(&newsroom, "latam/1.md", "f", true, "held");
    assert!(text.contains("the guard keeps it") && text.contains("--accept"), "{text}");
}

#[test]
fn in_since_the_guard_keeps_a_story_whose_file_is_gone() {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"found\"\nguard = 1\n");
    for day in 1..=3 {
        newsroom.story(&format!("latam/{day}.md"), story("A", "2026-01-01", "", "Text."));
    }
    newsroom.build();
    for day in 1..=2 {
        newsroom.remove_story(&format!("latam/{day}.md"));
    }
    newsroom.run(["build"]).exits(1);
    why(&newsroom, "latam/1.md", "latam", true, "held");
    assert!(details(&newsroom, "latam/1.md", "latam").contains("the guard keeps it"));
    why(&newsroom, "latam/3.md", "latam", true, "limit");
}

#[test]
fn an_index_file_makes_a_folder_one_story_and_that_is_said() {
    let newsroom = one("");
    newsroom.story("latam/index.html", "<p>A stray page.</p>");
    let said = newsroom.run(["build"]).exits(0);
    said.complains_of(["latam/index.html: it makes its folder one story", "1 that were stories"]);
    newsroom.story("latam/new.md", story("New", "2026-01-02", "", "Text."));
    newsroom.build();
    for file in ["latam/a.md", "latam/new.md"] {
        let form = explain(&newsroom, file, "latam");
        assert_eq!(form["reason"], "page", "{form:#}");
        assert!(form.to_string().contains("`latam/index.html` makes its folder one story"));
    }
    newsroom.remove_story("latam/index.html");
    newsroom.build();
    assert_eq!(newsroom.titles("latam"), ["New", "A"]);
}

#[test]
fn out_since_another_story_has_its_id() {
    let newsroom = one("id: same");
    newsroom.story("latam/b.md", story("B", "2026-01-02", "id: same", "Text."));
    newsroom.run(["build"]).exits(1);
    let text = why(&newsroom, "stories/latam/b.md", "latam", false, "fault");
    assert!(text.contains("`same` is the id of `latam/a.md` already"), "{text}");
}

#[test]
fn a_build_is_due_for_what_was_changed_after_the_last() {
    let newsroom = one("");
    newsroom.write("b.md", story("B", "2026-01-02", "section: latam\nid: b-1", "Text."));
    newsroom.run(["add", "b.md"]).exits(0);
    let text = why(&newsroom, "b-1", "latam", false, "build");
    assert!(text.contains("the next build brings it in"), "{text}");
    newsroom.build();
    why(&newsroom, "b-1", "latam", true, "limit");
}

#[test]
fn a_file_that_is_no_stored_story_says_why() {
    let newsroom = one("");
    newsroom.story("latam/new.md", story("New", "2026-01-02", "", "Text."));
    let text = why(&newsroom, "stories/latam/new.md", "latam", false, "build");
    assert_eq!(text, "not in: it isn't stored yet: the next build reads it");
    newsroom.story("latam/draft.md", story("Draft", "2026-01-02", "draft: true", "Text."));
    why(&newsroom, "stories/latam/draft.md", "latam", false, "draft");
    newsroom.story("latam/page.md", "---\ntitle: Page\n---\nText.\n");
    let text = why(&newsroom, "latam/page.md", "latam", false, "page");
    assert!(text.contains("no date"), "{text}");
    newsroom.story("latam/bad.md", "---\ntitle: Bad\ndate: soon\n---\nText.\n");
    let text = why(&newsroom, "latam/bad.md", "latam", false, "fault");
    assert!(text.contains("latam/bad.md:3: ") && text.contains("fix: "), "{text}");
}

#[test]
fn a_stored_story_says_what_became_of_its_file() {
    let newsroom = one("");
    newsroom.story("latam/a.md", "---\ntitle: A\ndate: soon\n---\nText.\n");
    why(&newsroom, "latam/a.md", "latam", true, "limit");
    assert!(details(&newsroom, "latam/a.md", "latam").contains("last good version"));
    newsroom.story("latam/a.md", story("A", "2026-01-01", "draft: true", "Text."));
    assert!(details(&newsroom, "latam/a.md", "latam").contains("draft"));
    newsroom.remove_story("latam/a.md");
    assert!(details(&newsroom, "latam/a.md", "latam").contains("its file is gone"));
}

#[test]
fn a_feed_is_named_by_its_path_its_address_or_its_file() {
    let newsroom = one("");
    for feed in [
        "latam",
        "/latam/",
        "latam/rss.xml",
        "latam/atom.xml",
        "latam/index.html",
        "https://feeds.gazette.example/latam/feed.json",
        "https://feeds.gazette.example/latam/",
    ] {
        assert_eq!(explain(&newsroom, "latam/a.md", feed)["feed"], "latam", "{feed}");
    }
    for feed in
        ["/", "", "rss.xml", "https://feeds.gazette.example/", "https://feeds.gazette.example"]
    {
        let form = explain(&newsroom, "latam/a.md", feed);
        assert_eq!((&form["feed"], &form["in"]), (&"".into(), &true.into()), "{feed}");
    }
}

#[test]
fn a_moved_feed_is_explained_at_its_new_place_and_a_retired_one_as_such() {
    let newsroom = one("");
    newsroom.set_config(
        "[publish]\nsections = \"found\"\n[[moved]]\nfrom = \"old\"\nto = \"latam\"\n\
         [[moved]]\nfrom = \"gone\"\n",
    );
    newsroom.build();
    assert_eq!(explain(&newsroom, "latam/a.md", "old/rss.xml")["feed"], "latam");
    let text = why(&newsroom, "latam/a.md", "gone", false, "retired");
    assert!(text.contains("retired"), "{text}");
}

#[test]
fn what_is_unknown_is_a_fault() {
    let newsroom = one("");
    let ran = newsroom.run(["explain", "latam/a.md", "latm"]).exits(1);
    ran.complains_of(["there is no feed `latm`", "did you mean `latam`?"]);
    newsroom.run(["explain", "latam/a.md", "../x"]).exits(1).complains_of(["names no feed"]);
    newsroom
        .run(["explain", "latam/a.md", "https://www.elsewhere.example/rss.xml"])
        .exits(1)
        .complains_of(["names no feed"]);
    let ran = newsroom.run(["explain", "latam/none.md", "latam"]).exits(1);
    ran.complains_of(["no story `latam/none.md` is stored", "fix: "]);
    let form = newsroom.run(["explain", "none", "latam", "--format", "json"]).exits(1).json();
    assert_eq!((&form["in"], &form["reason"]), (&false.into(), &"unknown".into()));
    let form = newsroom.run(["explain", "latam/a.md", "latm", "--format", "json"]).exits(1).json();
    assert_eq!(form["reason"], "unknown");
    Newsroom::new().run(["explain", "latam/a.md", "latam"]).exits(1);
}

#[test]
fn an_explanation_changes_nothing() {
    let newsroom = archive();
    let before = newsroom.files("feeds");
    explain(&newsroom, "latam/1.md", "latam");
    newsroom.build().says_nothing();
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
}

#[test]
fn what_an_hour_changes_is_said_with_the_hour() {
    let newsroom = one("");
    let date = ahead(TimeDelta::days(2));
    newsroom.story("latam/b.md", story("B", &date, "", "Text."));
    newsroom.build();
    let text = why(&newsroom, "latam/b.md", "/", false, "embargo");
    assert!(text.contains(&date[..10]), "{text}");
}
