//! Guids and dates taken over from feeds that readers already have.

use std::fs;

use crate::support::{Newsroom, story};

/// What Hugo leaves in `public/index.xml`: the address is the guid.
fn hugo_feed(entries: &[(&str, &str)]) -> String {
    let item = |(slug, date): &(&str, &str)| {
        let url = format!("https://www.gazette.example/news/{slug}/");
        format!(
            "<item><title>{slug}</title><link>{url}</link><pubDate>{date}</pubDate>\
             <guid>{url}</guid><description>x</description></item>"
        )
    };
    let items: String = entries.iter().map(item).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<rss version=\"2.0\">\
         <channel><title>G</title><link>https://www.gazette.example/</link>\
         <description>G</description>{items}</channel></rss>"
    )
}

fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.story("news/bridge.md", story("Bridge", "2026-01-02T09:00:00Z", "", "One."));
    newsroom.story("news/river.md", story("River", "2026-01-03T09:00:00Z", "", "Two."));
    newsroom
}

const BRIDGE: &str = "https://www.gazette.example/news/bridge/";

#[test]
fn after_adopting_a_hugo_feed_the_plan_shows_no_entry_as_new_that_readers_had() {
    let newsroom = newsroom();
    let old = hugo_feed(&[("bridge", "Fri, 02 Jan 2026 09:00:00 +0000")]);
    newsroom.write("old.xml", old);
    let ran = newsroom.run(["adopt", "old.xml"]).exits(0);
    assert!(ran.stdout.contains("matched    bridge"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 matched, 0 without a story"), "{}", ran.stdout);

    let plan = newsroom.run(["build", "--dry-run"]).exits(0).stdout;
    assert!(plan.contains("+ River"), "{plan}");
    assert!(!plan.contains("Bridge"), "{plan}");
    assert!(!newsroom.exists("feeds"), "a plan publishes nothing");

    newsroom.build();
    assert_eq!(newsroom.id_of("Bridge"), BRIDGE);
}

#[test]
fn the_plan_warns_where_entries_would_look_new_that_readers_have_under_another_guid() {
    let newsroom = newsroom();
    newsroom.write("feeds/rss.xml", hugo_feed(&[("bridge", "Fri, 02 Jan 2026 09:00:00 +0000")]));
    let ran = newsroom.run(["build", "--dry-run"]).exits(0);
    assert!(ran.stdout.contains("! Bridge"), "{}", ran.stdout);
    assert!(ran.stdout.contains(BRIDGE), "{}", ran.stdout);
    ran.complains_of(["1 entries would look new", "feedwright adopt"]);
}

#[test]
fn what_matches_no_story_is_told_and_remembered_for_the_story_that_comes_later() {
    let newsroom = newsroom();
    let old = hugo_feed(&[("harbour", "Fri, 02 Jan 2026 09:00:00 +0000")]);
    newsroom.write("old.xml", old);
    let ran = newsroom.run(["adopt", "old.xml"]).exits(0);
    assert!(ran.stdout.contains("unmatched  harbour"), "{}", ran.stdout);

    newsroom.story("news/harbour.md", story("Harbour", "2026-01-04", "", "Three."));
    newsroom.build();
    assert_eq!(newsroom.id_of("Harbour"), "https://www.gazette.example/news/harbour/");
}

#[test]
fn a_story_without_a_date_of_its_own_takes_the_date_that_readers_have() {
    let newsroom = newsroom();
    newsroom.story("news/pasted.txt", "A pasted title\n\nBy Ana Ruiz\n\nThe river rose again.\n");
    newsroom.run(["build"]).exits(0);
    let address = newsroom.json("")["items"][0]["url"].as_str().expect("a url").to_owned();
    newsroom.lose_store();
    fs::remove_dir_all(newsroom.path("feeds")).expect("feeds");
    let slug = address.trim_end_matches('/').rsplit('/').next().expect("a slug").to_owned();
    newsroom.write("old.xml", hugo_feed(&[(&slug, "Mon, 05 Jan 2026 09:00:00 +0000")]));
    newsroom.run(["adopt", "old.xml"]).exits(0);
    newsroom.build();

    let item = newsroom.json("")["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|item| item["title"] == "A pasted title")
        .expect("the story")
        .clone();
    assert_eq!(item["date_published"], "2026-01-05T09:00:00Z");
}

#[test]
fn a_lost_store_loses_no_identity_when_our_own_feeds_are_adopted() {
    let newsroom = newsroom();
    newsroom.story("news/pasted.txt", "A pasted title\n\nBy Ana Ruiz\n\nThe river rose again.\n");
    newsroom.build();
    // A rename keeps the guid, which a new store could not know.
    newsroom.rename_story("news/bridge.md", "news/crossing.md");
    newsroom.build();
    let before = newsroom.files("feeds");
    newsroom.lose_store();
    newsroom.run(["adopt", "feeds"]).exits(0);
    newsroom.run(["build", "--dry-run"]).exits(0).says_nothing();
    newsroom.build();
    let bytes = |files: &std::collections::BTreeMap<String, crate::support::File>| -> Vec<_> {
        files.iter().map(|(name, file)| (name.clone(), file.bytes.clone())).collect()
    };
    assert_eq!(bytes(&newsroom.files("feeds")), bytes(&before));
}

#[test]
fn a_story_that_these_feeds_already_carried_keeps_its_guid() {
    let newsroom = newsroom();
    newsroom.build();
    let guid = newsroom.id_of("Bridge");
    newsroom.write("old.xml", hugo_feed(&[("bridge", "Fri, 02 Jan 2026 09:00:00 +0000")]));
    let ran = newsroom.run(["adopt", "old.xml"]).exits(0);
    assert!(ran.stdout.contains("already published here"), "{}", ran.stdout);
    ran.complains_of(["adopt before the first build"]);
    newsroom.build();
    assert_eq!(newsroom.id_of("Bridge"), guid);
}

/// A feed as WordPress writes it: titles with address and guid.
fn rss(entries: &[(&str, &str, &str)]) -> String {
    let item = |(title, link, guid): &(&str, &str, &str)| {
        format!(
            "<item><title>{title}</title><link>{link}</link>\
             <guid isPermaLink=\"false\">{guid}</guid></item>\n"
        )
    };
    let items: String = entries.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>G</title>\n{items}</channel></rss>")
}

#[test]
fn a_comment_on_a_story_is_not_taken_for_the_story() {
    let newsroom = newsroom();
    let comment = format!("{BRIDGE}#comment-1");
    let id = "https://www.gazette.example/?p=1";
    let comments = rss(&[("By: Ana", &comment, &format!("{id}#comment-1"))]);
    newsroom.write("old/comments.xml", comments);
    newsroom.write("old/feed.xml", rss(&[("Bridge", BRIDGE, id)]));
    let ran = newsroom.run(["adopt", "old/comments.xml"]).exits(0);
    assert!(ran.stdout.contains("unmatched  By: Ana"), "{}", ran.stdout);

    let ran = newsroom.run(["adopt", "old"]).exits(0);
    assert!(ran.stdout.contains("1 matched, 1 without a story"), "{}", ran.stdout);
    newsroom.build();
    assert_eq!(newsroom.id_of("Bridge"), id);
}

#[test]
fn a_story_whose_own_address_has_a_fragment_takes_the_guid_of_the_entry_there() {
    let newsroom = newsroom();
    let place = "https://www.gazette.example/live/#item-7";
    newsroom
        .story("news/seven.md", story("Seven", "2026-01-04", &format!("url: {place}"), "Live."));
    newsroom.write(
        "old.xml",
        rss(&[("Seven", place, "item-7"), ("Live", "https://www.gazette.example/live/", "all")]),
    );
    let ran = newsroom.run(["adopt", "old.xml"]).exits(0);
    assert!(ran.stdout.contains("1 matched, 1 without a story"), "{}", ran.stdout);
    newsroom.build();
    assert!(newsroom.id_of("Seven").contains("item-7"));
}

#[test]
fn a_feed_that_breaks_off_is_adopted_as_far_as_it_goes_and_said_to_be_broken() {
    let newsroom = newsroom();
    let river = "https://www.gazette.example/news/river/";
    let whole = rss(&[("Bridge", BRIDGE, "one"), ("River", river, "two")]);
    let end = whole.find(river).expect("the second entry");
    newsroom.write("old/feed.xml", &whole[..end]);
    for place in ["old/feed.xml", "old"] {
        let ran = newsroom.run(["adopt", place]).exits(1);
        assert!(ran.stdout.contains("1 matched, 0 without a story"), "{}", ran.stdout);
        ran.complains_of(["old/feed.xml", "breaks off", "line 3", "fix:"]);
    }
}

#[test]
fn in_a_folder_a_feed_in_json_that_breaks_off_is_said_and_what_is_no_feed_is_not() {
    let newsroom = newsroom();
    newsroom.write("old/feed.xml", rss(&[("Bridge", BRIDGE, "one")]));
    newsroom.write("old/settings.json", "{ not quite JSON }");
    assert_eq!(newsroom.run(["adopt", "old"]).exits(0).stderr, "");
    newsroom.write("old/feed.json", "{\"version\": \"https://jsonfeed.org/version/1.1\", \"ite");
    let ran = newsroom.run(["adopt", "old"]).exits(1);
    assert!(ran.stdout.contains("1 matched"), "{}", ran.stdout);
    ran.complains_of(["old/feed.json", "fix:"]);
}

#[test]
fn of_two_stories_whose_entries_have_one_guid_the_second_is_told_too() {
    let newsroom = newsroom();
    let river = "https://www.gazette.example/news/river/";
    let harbour = "https://www.gazette.example/news/harbour/";
    let old =
        rss(&[("Harbour", harbour, "dup"), ("Bridge", BRIDGE, "dup"), ("River", river, "dup")]);
    newsroom.write("old.xml", old);
    let ran = newsroom.run(["adopt", "old.xml"]).exits(0);
    assert!(ran.stdout.contains("matched    Bridge  dup"), "{}", ran.stdout);
    let river = ran.stdout.lines().find(|line| line.contains("River")).unwrap_or_default();
    assert!(river.starts_with("taken      River  dup  (another story has"), "{}", ran.stdout);
    newsroom.build();
    assert_eq!(newsroom.id_of("Bridge"), "dup");
}

#[test]
fn what_is_no_feed_is_refused() {
    let newsroom = newsroom();
    newsroom.write("old.xml", "<html><body>no feed</body></html>");
    newsroom.run(["adopt", "old.xml"]).exits(1).complains_of(["old.xml", "fix:"]);
    newsroom.run(["adopt", "gone.xml"]).exits(3).complains_of(["gone.xml"]);
}
