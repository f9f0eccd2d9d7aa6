//! The sitemap for Google News: two days, our own stories, nothing ahead of its hour.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::support::{Newsroom, story};

fn hours_ago(hours: i64) -> String {
    (Utc::now() - TimeDelta::hours(hours)).to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new().config("[publish]\nsections = \"found\"\nnews_sitemap = true\n");
    let elsewhere = "url: https://wire.example/there";
    newsroom
        .story("news/old.md", story("Three days old", &hours_ago(72), "", "Text."))
        .story("news/fresh.md", story("Fresh & new", &hours_ago(1), "", "Text."))
        .story("news/first.md", story("The day before", &hours_ago(30), "language: pt", "Text."))
        .story("news/wire.md", story("From the wire", &hours_ago(2), elsewhere, "Text."))
        .story("news/ahead.md", story("Embargoed", &hours_ago(-5), "", "Text."));
    newsroom
}

#[test]
fn it_lists_the_stories_of_two_days_newest_first_and_passes_the_check() {
    let newsroom = newsroom();
    newsroom.build();
    let sitemap = newsroom.published("news-sitemap.xml");
    let titles: Vec<&str> = sitemap
        .split("<news:title>")
        .skip(1)
        .map(|rest| rest.split("</news:title>").next().expect("a title"))
        .collect();
    assert_eq!(titles, ["Fresh &amp; new", "The day before"], "{sitemap}");
    assert!(sitemap.contains("<news:name>The Gazette</news:name>"));
    assert!(sitemap.contains("<news:language>pt</news:language>"));
    let file = newsroom.path("feeds/news-sitemap.xml");
    let file = file.to_str().expect("UTF-8");
    newsroom.run(["check", "--profile", "google-news", "--deny", "warnings", file]).exits(0);
    let before = newsroom.files("feeds");
    newsroom.build();
    assert_eq!(newsroom.changed_since(&before), [""; 0], "the same stories, the same bytes");
}

#[test]
fn a_story_leaves_it_after_two_days_by_the_clock_alone() {
    let newsroom = newsroom();
    newsroom.build();
    let due = |newsroom: &Newsroom| {
        let status = newsroom.run(["status", "--next-due", "--format", "json"]).exits(0).json();
        let at = status["next_due"]["at"].as_str().expect("an instant").to_owned();
        at.parse::<DateTime<Utc>>().expect("an instant")
    };
    let embargo = Utc::now() + TimeDelta::hours(6);
    assert!(due(&newsroom) < embargo, "the embargo ends first");
    newsroom.remove_story("news/ahead.md");
    newsroom.build();
    let leaves = due(&newsroom) - Utc::now();
    assert!(leaves > TimeDelta::hours(17) && leaves < TimeDelta::hours(19), "{leaves}");
    let at = (Utc::now() + TimeDelta::hours(20)).to_rfc3339();
    newsroom.run(["build", "--at", &at, "--out", "preview"]).exits(0);
    let sitemap = newsroom.read("preview/news-sitemap.xml");
    assert!(sitemap.contains("Fresh") && !sitemap.contains("The day before"), "{sitemap}");
}

#[test]
fn without_the_setting_there_is_none_and_nothing_is_due() {
    let newsroom = newsroom();
    newsroom.remove_story("news/ahead.md");
    newsroom.build();
    newsroom.set_config("[publish]\nsections = \"found\"\n");
    newsroom.run(["build"]).exits(0);
    let status = newsroom.run(["status", "--next-due", "--format", "json"]).exits(0).json();
    assert!(status["next_due"].is_null(), "{status}");
    let other = Newsroom::new();
    other.build();
    assert!(!other.exists("feeds/news-sitemap.xml"));
}
