//! What a build would change, seen before it is published: `--dry-run`, `--at`.

use std::fs;

use crate::support::{Newsroom, story};
use chrono::{TimeDelta, Utc};

fn soon() -> String {
    (Utc::now() + TimeDelta::hours(2)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[test]
fn a_plan_names_what_readers_would_see_as_new_changed_and_gone_and_keeps_nothing() {
    let newsroom = Newsroom::new();
    newsroom.story("news/a.md", story("Alpha", "2026-01-01", "", "One."));
    newsroom.story("news/b.md", story("Beta", "2026-01-02", "", "Two."));
    newsroom.build();
    let before = newsroom.files("feeds");
    let store = newsroom.stored();

    newsroom.story("news/a.md", story("Alpha", "2026-01-01", "", "One, corrected."));
    newsroom.story("news/c.md", story("Gamma", "2026-01-03", "", "Three."));
    newsroom.remove_story("news/b.md");
    for _ in 0..2 {
        let plan = newsroom.run(["build", "--dry-run"]).exits(0).stdout;
        for line in ["news: 1 new, 1 changed, 1 gone", "+ Gamma", "~ Alpha", "- Beta"] {
            assert!(plan.contains(line), "`{line}` is not in\n{plan}");
        }
    }
    assert_eq!(newsroom.changed_since(&before), Vec::<String>::new());
    assert!(newsroom.stored() == store, "nothing is kept");

    newsroom.build();
    assert_eq!(newsroom.titles("news"), ["Gamma", "Alpha"]);
    newsroom.run(["build", "--dry-run"]).exits(0).says_nothing();
}

#[test]
fn a_plan_in_json_lists_every_entry() {
    let newsroom = Newsroom::new();
    newsroom.story("news/a.md", story("Alpha", "2026-01-01", "", "One."));
    let plan = newsroom.run(["build", "--dry-run", "--format", "json"]).exits(0).json();
    let feeds = plan["feeds"].as_array().expect("feeds");
    let news = feeds.iter().find(|feed| feed["feed"] == "news").expect("news");
    assert_eq!(news["plan"]["new"][0]["title"], "Alpha");
    assert!(!newsroom.has_store(), "nothing is kept");
}

#[test]
fn a_plan_warns_of_a_file_that_was_renamed_and_edited_at_once() {
    let newsroom = Newsroom::new();
    newsroom.story("news/flood.md", story("Flood", "2026-01-02T09:00:00Z", "", "The river rose."));
    newsroom.build();
    newsroom.remove_story("news/flood.md");
    newsroom.story("news/tide.md", story("Flood", "2026-01-02T09:00:00Z", "", "The sea rose."));

    let old = newsroom.id_of("Flood");
    let plan = newsroom.run(["build", "--dry-run"]).exits(0);
    let told = plan.stdout.lines().find(|line| line.contains("! Flood")).unwrap_or_default();
    assert!(told.contains(&old), "{}", plan.stdout);
    let plan = plan.complains_of(["would look new", "fix: undo"]);
    assert!(!plan.stderr.contains("before the first build"), "{}", plan.stderr);

    // What is said to help helps.
    newsroom.remove_story("news/tide.md");
    newsroom.story("news/tide.md", story("Flood", "2026-01-02T09:00:00Z", "", "The river rose."));
    newsroom.build();
    newsroom.story("news/tide.md", story("Flood", "2026-01-02T09:00:00Z", "", "The sea rose."));
    let plan = newsroom.run(["build", "--dry-run"]).exits(0).stdout;
    assert!(plan.contains("~ Flood") && !plan.contains('!'), "{plan}");
    newsroom.build();
    assert_eq!(newsroom.id_of("Flood"), old);
}

#[test]
fn a_plan_of_a_lost_store_knows_entries_again_whose_site_has_another_host() {
    let newsroom = Newsroom::new();
    newsroom.story("news/a.md", story("Alpha", "2026-01-01T09:00:00Z", "", "One."));
    newsroom.build();
    let old = newsroom.id_of("Alpha");
    newsroom.lose_store();
    let config = newsroom.read("config.toml").replace("gazette.example", "herald.example");
    newsroom.write("config.toml", config);
    for adopts in [false, true] {
        if adopts {
            let told = newsroom.run(["adopt", "feeds"]).exits(0);
            assert!(told.stdout.contains("0 matched, 1 without a story"), "{}", told.stdout);
        }
        let plan = newsroom.run(["build", "--dry-run"]).exits(0);
        let told = plan.stdout.lines().find(|line| line.contains("! Alpha")).unwrap_or_default();
        assert!(told.contains(&old), "{}", plan.stdout);
        plan.complains_of(["before the first build"]);
    }
}

#[test]
fn a_plan_warns_of_what_was_adopted_but_matched_no_story() {
    let newsroom = Newsroom::new();
    newsroom.story("news/river.md", story("River", "2026-01-02T09:00:00Z", "", "It rose."));
    newsroom.story("news/dam.md", story("Dam", "2026-01-02T09:00:00Z", "", "It held."));
    newsroom.write(
        "old.xml",
        "<rss version=\"2.0\"><channel><title>G</title><item><title>River</title>\
         <link>https://old.example/2026/river.html</link><guid>river-7</guid>\
         <pubDate>Fri, 02 Jan 2026 09:00:00 +0000</pubDate></item></channel></rss>",
    );
    let told = newsroom.run(["adopt", "old.xml"]).exits(0);
    assert!(told.stdout.contains("unmatched  River"), "{}", told.stdout);
    let plan = newsroom.run(["build", "--dry-run"]).exits(0);
    let plan = plan.complains_of(["if it was adopted already, correct"]).stdout;
    let told: Vec<&str> = plan.lines().filter(|line| line.contains('!')).collect();
    assert!(!told.is_empty(), "{plan}");
    assert!(told.iter().all(|line| line.contains("River") && line.contains("river-7")), "{plan}");

    // What is said to help helps.
    let corrected = newsroom.read("old.xml");
    let link = "https://old.example/2026/river.html";
    let corrected = corrected.replace(link, "https://www.gazette.example/news/river/");
    newsroom.write("corrected.xml", corrected);
    newsroom.run(["adopt", "corrected.xml"]).exits(0);
    let plan = newsroom.run(["build", "--dry-run"]).exits(0).stdout;
    assert!(!plan.contains('!') && !plan.contains("River"), "{plan}");
    newsroom.build();
    assert_eq!(newsroom.id_of("River"), "river-7");
}

#[test]
fn a_plan_names_the_entries_that_other_settings_change() {
    const FOUND: &str = "[publish]\nsections = \"found\"\n";
    let newsroom = Newsroom::new();
    let long = "The river rose again in the night. ".repeat(60);
    newsroom.story("news/a.md", story("Alpha", "2026-01-01", "summary: In short.", &long));
    newsroom.story("sport/b.md", story("Beta", "2026-01-02", "summary: In short.", "Brief."));
    newsroom.build();
    let plan = |config: &str| {
        newsroom.set_config(config);
        newsroom.run(["build", "--dry-run"]).exits(0).stdout
    };

    let summaries = plan(&format!("{FOUND}content = \"summary\"\n"));
    for line in ["news: 0 new, 1 changed, 0 gone", "~ Alpha", "~ Beta"] {
        assert!(summaries.contains(line), "`{line}` is not in\n{summaries}");
    }
    let small = plan(&format!("{FOUND}max_bytes = \"1500 B\"\n"));
    assert!(small.contains("news: 0 new, 1 changed, 0 gone"), "{small}");
    let title = plan(&format!("{FOUND}\n[[section]]\npath = \"news\"\ntitle = \"The News\"\n"));
    assert!(title.contains("~ Alpha") && !title.contains("~ Beta"), "{title}");
    // What belongs to a feed itself is no entry.
    assert_eq!(plan(&format!("{FOUND}limit = 40\n")), "");
}

#[test]
fn a_preview_shows_the_hour_of_an_embargo_and_nothing_else_does() {
    let newsroom = Newsroom::new();
    newsroom.story("news/a.md", story("Alpha", "2026-01-01", "", "One."));
    newsroom.build();
    newsroom.story("secret/b.md", story("Embargoed", &soon(), "", "Two."));
    newsroom.build();
    let before = newsroom.files("feeds");

    let at = (Utc::now() + TimeDelta::hours(3)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    newsroom.run(["build", "--at", &at, "--out", "preview"]).exits(0);
    let preview = newsroom.read("preview/secret/rss.xml");
    assert!(preview.contains("Embargoed"), "{preview}");
    assert!(newsroom.read("preview/news/rss.xml").contains("Alpha"));

    newsroom.build();
    assert_eq!(newsroom.changed_since(&before), Vec::<String>::new());
    assert!(!newsroom.exists("feeds/secret"));
}

#[test]
fn a_preview_never_lies_where_readers_look() {
    let newsroom = Newsroom::new();
    newsroom.story("news/a.md", story("Alpha", "2026-01-01", "", "One."));
    fs::create_dir(newsroom.path("www")).expect("a folder");
    std::os::unix::fs::symlink("www", newsroom.path("feeds")).expect("a link");
    std::os::unix::fs::symlink("www", newsroom.path("other")).expect("a link");
    for out in ["feeds", "feeds/preview", ".", "www", "www/preview", "other", "other/a/b"] {
        newsroom
            .run(["build", "--at", "2027-01-01", "--out", out])
            .exits(2)
            .complains_of(["where the feeds are published", "fix:"]);
    }
    for out in ["stories", "stories/news"] {
        let ran = newsroom.run(["build", "--at", "2027-01-01", "--out", out]);
        ran.exits(2).complains_of(["where the stories of desk lie", "fix:"]);
    }
    newsroom.run(["build", "--at", "soon", "--out", "preview"]).exits(2);
    newsroom.run(["build", "--at", "2027-01-01"]).exits(2).complains_of(["--out"]);
}

#[test]
fn a_full_build_makes_the_same_files_again() {
    let newsroom = Newsroom::new();
    newsroom.story("news/a.md", story("Alpha", "2026-01-01", "", "One."));
    newsroom.build();
    let before = newsroom.files("feeds");
    newsroom.run(["build", "--full"]).exits(0);
    assert_eq!(newsroom.changed_since(&before), Vec::<String>::new());
}
