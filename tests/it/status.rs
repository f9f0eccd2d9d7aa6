//! What `feedwright status` tells, and what falls due next.

use crate::support::{Newsroom, story};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use feedwright::store::{Retraction, Store};

fn plain(title: &str, date: &str) -> String {
    story(title, date, "", "Nothing happened.")
}

/// An instant some days ahead, in whole seconds.
fn ahead(days: i64) -> DateTime<Utc> {
    let at = Utc::now() + TimeDelta::days(days);
    DateTime::from_timestamp(at.timestamp(), 0).expect("an instant")
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn next_due(newsroom: &Newsroom) -> String {
    newsroom.run(["status", "--next-due"]).exits(0).stdout
}

#[test]
fn status_counts_stories_by_what_readers_may_know_of_them() {
    let newsroom = Newsroom::new();
    let coming = ahead(3);
    for (name, date) in [("a", "2026-01-01"), ("b", "2026-01-02"), ("c", "2026-01-03")] {
        newsroom.story(&format!("news/{name}.md"), plain(&format!("Public {name}"), date));
    }
    newsroom.story("news/ahead.md", plain("Xyzzy headline", &written(coming)));
    newsroom.story("news/over.md", story("Over", "2026-01-02", "expiryDate: 2026-01-03", "Text."));
    newsroom
        .run_with_input(["add", "-", "--section", "news"], "Added\n\nBy Ana\n\nText.\n")
        .exits(0);
    newsroom.build();
    newsroom.run(["retract", "news/a.md"]).exits(0);
    newsroom.build();

    let form = newsroom.run(["status", "--format", "json"]).exits(0).json();
    let stories = &form["stories"];
    assert_eq!(stories["public"], 3);
    assert_eq!(stories["pending"], 1);
    assert_eq!(stories["gone"], 1);
    assert_eq!(stories["retracted"], 1);
    assert_eq!(stories["withdrawn"], 0);
    assert_eq!(form["feeds"]["count"], 2);
    assert!(form["feeds"]["newest"].as_str().expect("an instant").ends_with('Z'));
    assert_eq!(form["sources"][0]["source"], "added");
    assert_eq!(form["sources"][0]["public"], 1);
    assert_eq!(
        (&form["sources"][1]["source"], &form["sources"][1]["public"]),
        (&"desk".into(), &2.into())
    );
    assert_eq!((&form["held"], &form["build_due"]), (&0.into(), &false.into()));
    assert_eq!(form["next_due"]["at"], written(coming));
    assert_eq!(form["next_due"]["epoch_seconds"], coming.timestamp());

    let shown = newsroom.run(["status"]).exits(0).stdout;
    for part in
        ["stories", "public", "pending", "  desk", "  added", "feeds           2, the newest of"]
    {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let line = shown.lines().find(|line| line.starts_with("stories ")).expect("a line");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["stories", "3", "1", "1", "0", "1"]);
    assert!(!shown.to_lowercase().contains("xyzzy"), "what lies ahead is not told: {shown}");
    assert!(!shown.contains("a build is due"), "{shown}");
}

#[test]
fn status_says_that_a_build_is_due_when_something_was_changed_after_the_last() {
    let newsroom = Newsroom::new();
    let shown = newsroom.run(["status"]).exits(0).stdout;
    assert!(shown.contains("a build is due now"), "nothing was built yet: {shown}");
    newsroom.story("news/a.md", plain("A", "2026-01-01"));
    newsroom.build();
    assert!(!newsroom.run(["status"]).exits(0).stdout.contains("a build is due"));

    newsroom.run(["retract", "news/a.md"]).exits(0);
    assert!(newsroom.run(["status"]).exits(0).stdout.contains("a build is due now"));
    let form = newsroom.run(["status", "--format", "json"]).exits(0).json();
    assert_eq!(form["build_due"], true);
    newsroom.build();
    assert!(!newsroom.run(["status"]).exits(0).stdout.contains("a build is due"));
}

#[test]
fn status_tells_what_the_guard_holds_back() {
    let newsroom = Newsroom::new();
    let config = |rule: &str| {
        let feed = format!("[[feed]]\npath = \"f\"\nwhere = {{ {rule} }}\n");
        newsroom.set_config(&format!("[publish]\nsections = \"found\"\nguard = 1\n{feed}"));
    };
    config("section = \"news\"");
    for day in 1..=3 {
        newsroom.story(&format!("news/{day}.md"), plain(&day.to_string(), "2026-01-01"));
    }
    newsroom.build();
    config("tag = \"none\"");
    newsroom.run(["build"]).exits(1);
    let form = newsroom.run(["status", "--format", "json"]).exits(0).json();
    assert_eq!(form["held"], 3);
    let shown = newsroom.run(["status"]).exits(0).stdout;
    assert!(shown.contains("held back       3 stories") && shown.contains("--accept"), "{shown}");
}

#[test]
fn next_due_is_the_first_embargo_expiry_or_end_of_a_notice() {
    let newsroom = Newsroom::new();
    let (embargo, expiry) = (ahead(10), ahead(20));
    assert_eq!(next_due(&newsroom), "", "nothing is stored");
    newsroom.story("news/a.md", plain("A", "2026-01-01"));
    newsroom.build();
    assert_eq!(next_due(&newsroom), "", "nothing is due");
    let form = newsroom.run(["status", "--next-due", "--format", "json"]).exits(0).json();
    assert_eq!(form, serde_json::json!({ "next_due": null }));

    newsroom.run(["retract", "news/a.md", "--notice", "Taken back."]).exits(0);
    newsroom.build();
    let notice = next_due(&newsroom);
    let before = Utc::now() + TimeDelta::days(30) - TimeDelta::minutes(10);
    assert!(notice > before.format("%Y-%m-%d %H:%M:%S UTC\n").to_string(), "{notice}");

    let more = format!("expiryDate: {}", written(expiry));
    newsroom.story("news/b.md", story("B", "2026-01-01", &more, "Text."));
    newsroom.build();
    assert_eq!(next_due(&newsroom), expiry.format("%Y-%m-%d %H:%M:%S UTC\n").to_string());

    newsroom.story("news/c.md", plain("C", &written(embargo)));
    newsroom.build();
    assert_eq!(next_due(&newsroom), embargo.format("%Y-%m-%d %H:%M:%S UTC\n").to_string());
    let form = newsroom.run(["status", "--next-due", "--format", "json"]).exits(0).json();
    assert_eq!(form["next_due"]["at"], written(embargo));
    assert_eq!(form["next_due"]["epoch_seconds"], embargo.timestamp());
}

#[test]
fn next_due_is_rounded_up_to_a_whole_second() {
    let newsroom = Newsroom::new();
    let second = ahead(10);
    let at = second + TimeDelta::milliseconds(250);
    newsroom.story("news/a.md", plain("A", &at.to_rfc3339_opts(SecondsFormat::Millis, true)));
    newsroom.build();
    let up = second + TimeDelta::seconds(1);
    assert_eq!(next_due(&newsroom), up.format("%Y-%m-%d %H:%M:%S UTC\n").to_string());
}

#[test]
fn what_fell_due_since_the_last_build_is_due_now() {
    let newsroom = Newsroom::new();
    newsroom.story("news/a.md", plain("A", "2026-01-01"));
    newsroom.build();
    let began = Utc::now();
    let address = newsroom.store();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    // A notice that was given two days ago, for one day.
    runtime.block_on(async {
        let mut store = Store::open(&address).await.expect("a store");
        let story = store.find("news/a.md").await.expect("an answer").remove(0);
        let notice = Some(("Taken back.".to_owned(), began - TimeDelta::days(1)));
        let retraction = Retraction { notice, purge: None };
        let at = began - TimeDelta::days(2);
        store.retract(&story, &retraction, at).await.expect("it is kept");
        store.close().await.expect("it is closed");
    });
    let due = next_due(&newsroom);
    assert!(due >= began.format("%Y-%m-%d %H:%M:%S UTC\n").to_string(), "{due}");
    newsroom.build();
    assert_eq!(next_due(&newsroom), "");
    assert_eq!(newsroom.titles(""), [""; 0]);
}
