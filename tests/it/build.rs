//! The road from stories to feeds, walked by `feedwright build`.

use std::fs;

use crate::support::{Newsroom, files_below, parsed, story};
use chrono::{TimeDelta, Utc};

/// A story about nothing, dated.
fn plain(title: &str, date: &str) -> String {
    story(title, date, "", "Nothing happened.")
}

#[test]
fn a_story_stands_in_its_section_in_the_sections_around_it_and_in_the_site_wide_feed() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/security/ports.md", plain("Ports", "2026-01-03"));
    newsroom.story("latam/economy/prices.md", plain("Prices", "2026-01-02"));
    newsroom.story("sport.md", story("Sport", "2026-01-01", "section: sport", "Nil nil."));
    newsroom.build();

    assert_eq!(newsroom.titles(""), ["Ports", "Prices", "Sport"]);
    assert_eq!(newsroom.titles("latam"), ["Ports", "Prices"]);
    assert_eq!(newsroom.titles("latam/security"), ["Ports"]);
    assert_eq!(newsroom.titles("latam/economy"), ["Prices"]);
    assert_eq!(newsroom.titles("sport"), ["Sport"]);
}

#[test]
fn a_story_of_two_sections_stands_once_in_each_feed_that_carries_either() {
    let newsroom = Newsroom::new();
    let text = story("Ports", "2026-01-03", "sections: [latam/security, latam/economy]", "Text.");
    newsroom.story("ports.md", text);
    newsroom.build();

    for feed in ["", "latam", "latam/security", "latam/economy"] {
        assert_eq!(newsroom.titles(feed), ["Ports"], "feed `{feed}`");
    }
}

#[test]
fn a_first_build_makes_the_feeds_that_many_builds_make() {
    let tables = "[publish]\nsections = \"found\"\narchives = ARCHIVES\nlimit = 3\n\
        [[feed]]\npath = \"floods\"\nwhere = { title = \"flood\" }\n\
        [[moved]]\nfrom = \"sports\"\nto = \"sport\"\n";
    for archives in ["true", "false"] {
        let newsroom = || {
            let newsroom = Newsroom::empty();
            fs::create_dir(newsroom.path("stories")).expect("a new folder");
            newsroom.config(&tables.replace("ARCHIVES", archives))
        };
        let (at_once, one_by_one) = (newsroom(), newsroom());
        for day in 1..=9 {
            let path = ["latam/security", "latam", "sports", "asia/east"][day % 4];
            let title = format!("{} {day}", ["Flood", "Calm"][day % 2]);
            let text = match day {
                7 => story(&title, "2026-01-07", "expires: 2026-01-08", "Over."),
                8 => plain(&title, "2099-01-08"),
                _ => plain(&title, &format!("2026-01-0{day}")),
            };
            at_once.story(&format!("{path}/story-{day}.md"), &text);
            one_by_one.story(&format!("{path}/story-{day}.md"), &text);
            one_by_one.build();
        }
        at_once.build();
        let made = files_below(&at_once.path("feeds"));
        assert!(made.len() > 20, "{:?}", made.keys());
        assert_eq!(at_once.titles("floods").len(), 3);
        assert_eq!(made, files_below(&one_by_one.path("feeds")), "archives: {archives}");

        let before = at_once.files("feeds");
        at_once.run(["build", "--full"]).exits(0);
        assert_eq!(at_once.changed_since(&before), [""; 0], "archives: {archives}");
    }
}

#[test]
fn the_three_formats_carry_the_same_entries_in_the_same_order() {
    let newsroom = Newsroom::new();
    for day in 1..=9 {
        let date = format!("2026-01-0{}", 1 + day % 3); // Ties among them.
        newsroom.story(&format!("latam/story-{day}.md"), plain(&format!("Story {day}"), &date));
    }
    newsroom.build();

    for feed in ["", "latam/"] {
        let ids = newsroom.ids(feed.trim_end_matches('/'));
        assert_eq!(ids.len(), 9);
        for file in ["rss.xml", "atom.xml"] {
            let feed = parsed(newsroom.published(&format!("{feed}{file}")).as_bytes());
            let same: Vec<_> = feed.entries.into_iter().map(|entry| entry.id).collect();
            assert_eq!(same, ids, "{file}");
        }
    }
}

#[test]
fn a_feed_carries_the_newest_of_its_limit_or_all_of_its_window_whichever_is_more() {
    let newsroom = Newsroom::new();
    newsroom.set_config(
        "[publish]\nsections = \"declared\"\nlimit = 2\nwindow = \"1h\"\n\
         [[section]]\npath = \"news\"\nwindow = \"3d\"\n\
         [[feed]]\npath = \"five\"\nlimit = 5\nwhere = { section = \"news\" }\n",
    );
    for day in 1..=8 {
        let date = format!("2026-01-0{day}T12:00:00Z");
        newsroom.story(&format!("news/{day}.md"), plain(&day.to_string(), &date));
    }
    newsroom.build();

    assert_eq!(newsroom.titles(""), ["8", "7"], "the limit, where the window is short");
    assert_eq!(newsroom.titles("five"), ["8", "7", "6", "5", "4"]);
    let in_window = newsroom.titles("news");
    assert!(in_window.len() > 2, "the window goes beyond the limit: {in_window:?}");
    let as_published = ["8", "7", "6", "5"];
    assert!(as_published.starts_with(&in_window.iter().map(String::as_str).collect::<Vec<_>>()));
}

#[test]
fn the_oldest_stories_give_way_to_max_bytes_and_the_newest_always_stays() {
    let newsroom = Newsroom::new();
    newsroom.set_config(
        "[publish]\nmax_bytes = \"20 KiB\"\nwindow = \"1h\"\n\
         [[section]]\npath = \"news\"\nmax_bytes = \"1 KiB\"\n",
    );
    let body = "Many words and nothing said. ".repeat(200);
    for day in 1..=9 {
        let date = format!("2026-01-0{day}");
        newsroom.story(&format!("news/{day}.md"), story(&day.to_string(), &date, "", &body));
    }
    newsroom.build();

    let titles = newsroom.titles("");
    assert!((2..=3).contains(&titles.len()), "5.8 kB each, at most 20 KiB: {titles:?}");
    assert_eq!(titles[..2], ["9", "8"]);
    assert_eq!(newsroom.titles("news"), ["9"], "a feed is never empty for want of room");
    for file in ["rss.xml", "atom.xml", "feed.json"] {
        assert!(newsroom.published(file).len() < 20 * 1024, "{file}");
    }
}

#[test]
fn a_feed_carries_the_stories_for_which_its_rule_holds() {
    let newsroom = Newsroom::new();
    newsroom.set_config(
        r#"[publish]
sections = "found"
[[feed]]
path = "f/es"
where = { language = "es", not = { tag = "sponsored" } }
[[feed]]
path = "f/either"
where = { any = [{ tag = "ports" }, { author = "Ana Ruiz" }] }
[[feed]]
path = "f/both"
where = { all = [{ tag = ["ports", "ships"] }, { section = "latam" }] }
[[feed]]
path = "f/pictures"
where = { has = "image" }
[[feed]]
path = "f/flood"
where = { title = "flood" }
[[feed]]
path = "f/corrected"
where = { has = "correction", section = ["sport", "latam"] }
[[feed]]
path = "f/one"
where = { id = "tag:www.gazette.example,2026:one" }
"#,
    );
    let lay = |path: &str, title: &str, day: u8, more: &str| {
        newsroom.story(path, story(title, &format!("2026-01-0{day}"), more, "Text."));
    };
    lay("latam/a.md", "Puertos", 9, "lang: es\ntags: [ports]");
    lay("latam/b.md", "Anuncio", 8, "lang: es\ntags: [sponsored]");
    lay("sport/c.md", "Ships", 7, "tags: [ships]\nauthor: Ana Ruiz");
    lay("latam/d.md", "Flood rises", 6, "cover: /flood.jpg\ntags: [ships]");
    lay("sport/e.md", "Score", 5, "correction: The score was wrong.\nlang: es-MX");
    lay("latam/f.md", "One", 4, "id: \"tag:www.gazette.example,2026:one\"");
    newsroom.build();

    assert_eq!(newsroom.titles("f/es"), ["Puertos", "Score"], "`es` takes `es-MX` as well");
    assert_eq!(newsroom.titles("f/either"), ["Puertos", "Ships"]);
    assert_eq!(newsroom.titles("f/both"), ["Puertos", "Flood rises"]);
    assert_eq!(newsroom.titles("f/pictures"), ["Flood rises"]);
    assert_eq!(newsroom.titles("f/flood"), ["Flood rises"]);
    assert_eq!(newsroom.titles("f/corrected"), ["Score"]);
    assert_eq!(newsroom.titles("f/one"), ["One"]);
}

#[test]
fn nothing_of_a_story_of_tomorrow_is_in_any_output() {
    let newsroom = Newsroom::new();
    let tomorrow = (Utc::now() + TimeDelta::days(1)).to_rfc3339();
    newsroom.story("latam/today.md", story("Today", "2026-01-01", "", "Text."));
    newsroom.build();
    let before = newsroom.files("feeds");

    let more = "tags: [xyzzytag]\nauthor: Xyzzy Author\nlastmod: 2026-02-02";
    newsroom.story("xyzzy/deep/b.md", story("Xyzzy headline", &tomorrow, more, "Xyzzy body."));
    newsroom.story("latam/today.es.md", story("Xyzzy hoy", &tomorrow, "", "Xyzzy cuerpo."));
    newsroom.story("xyzzy/_index.md", "---\ntitle: Xyzzy section\n---\n");
    let ran = newsroom.build();
    assert!(!ran.stdout.to_lowercase().contains("xyzzy"), "{ran:?}");

    for (name, file) in newsroom.files("feeds") {
        let text = String::from_utf8_lossy(&file.bytes).to_lowercase();
        assert!(!name.contains("xyzzy") && !text.contains("xyzzy"), "{name}");
    }
    assert_eq!(newsroom.changed_since(&before), [""; 0], "no count and no date tells of it");
    assert!(newsroom.run(["list"]).exits(0).stdout.contains("Xyzzy headline"), "it is stored");
}

#[test]
fn a_story_whose_time_is_over_is_in_no_feed() {
    let newsroom = Newsroom::new();
    newsroom.story("news/over.md", story("Over", "2026-01-02", "expiryDate: 2026-01-03", "Text."));
    newsroom
        .story("news/lasts.md", story("Lasts", "2026-01-01", "expiryDate: 2126-01-01", "Text."));
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["Lasts"]);
    assert_eq!(newsroom.titles("news"), ["Lasts"]);

    newsroom.story("news/lasts.md", story("Lasts", "2026-01-01", "expires: 2026-01-02", "Text."));
    newsroom.build();
    assert_eq!(newsroom.titles("news"), [""; 0]);
}

#[test]
fn a_draft_is_no_story_and_one_that_becomes_a_draft_again_is_withdrawn() {
    let newsroom = Newsroom::new();
    newsroom.story("news/a.md", story("A", "2026-01-02", "draft: true", "Text."));
    newsroom.story("news/b.md", plain("B", "2026-01-01"));
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["B"]);

    newsroom.story("news/b.md", story("B", "2026-01-01", "draft: true", "Text."));
    newsroom.build();
    assert_eq!(newsroom.titles(""), [""; 0]);
}

#[test]
fn a_second_build_writes_nothing_and_says_nothing() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/security/a.md", plain("A", "2026-01-01"));
    newsroom.story("about.md", "---\ntitle: About us\n---\nA page.\n");
    newsroom.build();
    let before = newsroom.files("feeds");

    newsroom.build().says_nothing();

    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn a_published_file_that_someone_changed_or_removed_is_made_whole() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", plain("A", "2026-01-01"));
    newsroom.build();
    let (rss, css) = (newsroom.published("latam/rss.xml"), newsroom.published("feed.css"));

    newsroom.write("feeds/latam/rss.xml", "spoiled");
    fs::remove_file(newsroom.path("feeds/feed.css")).expect("a stylesheet");
    newsroom.build();

    assert_eq!(newsroom.published("latam/rss.xml"), rss);
    assert_eq!(newsroom.published("feed.css"), css);
}

#[test]
fn an_edit_changes_only_the_feeds_that_carry_the_story() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/security/a.md", plain("A", "2026-01-02"));
    newsroom.story("latam/economy/b.md", plain("B", "2026-01-01"));
    newsroom.story("sport/c.md", plain("C", "2026-01-01"));
    newsroom.build();
    let before = newsroom.files("feeds");

    newsroom.story("latam/security/a.md", story("A", "2026-01-02", "", "Something happened."));
    newsroom.build();

    let changed = newsroom.changed_since(&before);
    let feeds: Vec<_> = changed.iter().filter(|name| *name != "feeds.opml").collect();
    let mut expected = Vec::new();
    for feed in ["", "latam/", "latam/security/"] {
        for file in ["atom.xml", "feed.json", "index.html", "rss.xml"] {
            expected.push(format!("{feed}{file}"));
        }
    }
    expected.sort();
    assert_eq!(feeds, expected.iter().collect::<Vec<_>>());
}

#[test]
fn updated_moves_with_the_words_of_a_story_and_with_nothing_else() {
    let newsroom = Newsroom::new();
    newsroom.story("a.md", story("A", "2026-01-02T09:00:00Z", "", "One two *three*."));
    newsroom.build();
    let first = newsroom.updated("A");
    assert_eq!(first, "2026-01-02T09:00:00+00:00");

    let silent = [
        story("A", "2026-01-02T09:00:00Z", "# only a comment", "One two *three*."),
        story("A", "2026-01-02T09:00:00Z", "", "\n\nOne two _three_.   \n\n"),
        story("A", "2026-01-02T09:00:00Z", "tags: [new]\nweight: 3", "One two *three*."),
    ];
    for text in silent {
        newsroom.story("a.md", &text);
        newsroom.build();
        assert_eq!(newsroom.updated("A"), first, "after {text}");
    }

    newsroom.story("a.md", story("A", "2026-01-02T09:00:00Z", "", "One two *four*."));
    newsroom.build();
    let words = newsroom.updated("A");
    assert!(words > first, "{words}");
    newsroom.story("a.md", story("B", "2026-01-02T09:00:00Z", "", "One two *four*."));
    newsroom.build();
    assert!(newsroom.updated("B") >= words);

    let seen = newsroom.updated("B");
    let own = "lastmod: 2026-01-05T10:00:00Z";
    newsroom.story("a.md", story("B", "2026-01-02T09:00:00Z", own, "One two *four*."));
    newsroom.build();
    assert_eq!(newsroom.updated("B"), seen, "a date that readers have seen never falls");
}

#[test]
fn a_storys_own_lastmod_goes_before_what_was_seen() {
    let newsroom = Newsroom::new();
    let own = |day: &str| format!("lastmod: 2026-01-{day}T10:00:00Z");
    newsroom.story("a.md", story("A", "2026-01-02T09:00:00Z", &own("05"), "One."));
    newsroom.build();
    assert_eq!(newsroom.updated("A"), "2026-01-05T10:00:00+00:00");

    newsroom.story("a.md", story("A", "2026-01-02T09:00:00Z", &own("05"), "Another text."));
    newsroom.build();
    assert_eq!(newsroom.updated("A"), "2026-01-05T10:00:00+00:00", "the editor says when");
    newsroom.story("a.md", story("A", "2026-01-02T09:00:00Z", &own("06"), "Another text."));
    newsroom.build();
    assert_eq!(newsroom.updated("A"), "2026-01-06T10:00:00+00:00");
}

#[test]
fn a_paragraph_that_is_only_wrapped_at_other_places_moves_no_updated() {
    let newsroom = Newsroom::new();
    newsroom.story("a.md", story("A", "2026-01-02T09:00:00Z", "", "One two three."));
    newsroom.build();
    newsroom.story("a.md", story("A", "2026-01-02T09:00:00Z", "", "One two\nthree."));
    newsroom.build();
    assert_eq!(newsroom.updated("A"), "2026-01-02T09:00:00+00:00");
}

#[test]
fn a_story_whose_file_vanished_leaves_all_feeds_and_comes_back_with_its_guid() {
    let newsroom = Newsroom::new();
    let text = plain("A", "2026-01-02");
    newsroom.story("latam/a.md", &text).story("latam/b.md", plain("B", "2026-01-01"));
    newsroom.build();
    let id = newsroom.id_of("A");

    newsroom.remove_story("latam/a.md");
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["B"]);
    assert_eq!(newsroom.titles("latam"), ["B"]);
    for (name, file) in newsroom.files("feeds") {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        let tombstone = format!("<at:deleted-entry ref=\"{id}\"");
        assert_eq!(text.matches(&id).count(), text.matches(&tombstone).count(), "{name}");
    }
    assert!(newsroom.run(["list"]).exits(0).stdout.contains("withdrawn"), "it is kept as such");

    newsroom.story("latam/a.md", &text);
    newsroom.build();
    assert_eq!(newsroom.id_of("A"), id);
    assert_eq!(newsroom.titles("latam"), ["A", "B"]);
}

#[test]
fn a_feeds_date_never_falls_when_its_newest_story_goes() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", plain("A", "2026-01-02"));
    newsroom.story("latam/b.md", plain("B", "2026-01-01"));
    newsroom.build();
    let before = newsroom.atom("latam").updated.expect("a date");

    newsroom.remove_story("latam/a.md");
    newsroom.build();
    let after = newsroom.atom("latam").updated.expect("a date");
    assert!(after > before, "the withdrawal is what happened last: {after}");
}
