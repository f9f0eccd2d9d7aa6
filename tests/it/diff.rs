//! `feedwright diff`: what a reader would see change between two feeds.

use crate::support::{Newsroom, Ran, story};
use serde_json::json;

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel>\
         <title>The Gazette</title><link>https://www.gazette.example/</link>\n{items}\n\
         </channel></rss>\n"
    )
}

fn item(guid: &str, title: &str, page: &str) -> String {
    format!(
        "<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title>\
         <link>https://www.gazette.example/{page}</link>\
         <pubDate>Mon, 12 Jan 2026 15:00:00 GMT</pubDate></item>"
    )
}

/// `diff` of two texts.
fn diff(old: &str, new: &str) -> Ran {
    differ(old, new).run(["diff", "old.xml", "new.xml"])
}

fn differ(old: &str, new: &str) -> Newsroom {
    let folder = Newsroom::empty();
    folder.write("old.xml", old).write("new.xml", new);
    folder
}

#[test]
fn every_sort_of_difference_has_its_sign() {
    let old = rss(&[
        item("1", "Stays", "stays"),
        item("2", "Goes", "goes"),
        item("3", "River rises", "river"),
        item("4", "Moves", "moves"),
    ]
    .join("\n"));
    let new = rss(&[
        item("1", "Stays", "stays"),
        item("3", "River falls", "river-falls"),
        item("https://www.gazette.example/moves", "Moves", "moves"),
        item("5", "Comes", "comes"),
    ]
    .join("\n"));
    let ran = diff(&old, &new).exits(0);
    assert_eq!(
        ran.stdout,
        "+ new             Comes https://www.gazette.example/comes\n\
         - gone            Goes https://www.gazette.example/goes\n\
         ~ changed         River falls 3: title, address\n\
         ! would look new  Moves https://www.gazette.example/moves\n    \
         its id was `4` and is `https://www.gazette.example/moves`: readers will see it again\n"
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn programs_get_the_differences_as_json() {
    let old = rss(&[item("1", "Goes", "goes"), item("2", "A", "a"), item("3", "B", "b")].join(""));
    let new = rss(&[item("2", "Z", "a"), item("x", "B", "b"), item("4", "Comes", "c")].join(""));
    let ran = differ(&old, &new).run(["diff", "old.xml", "new.xml", "--format", "json"]).exits(0);
    assert_eq!(
        ran.json(),
        json!({
            "new": [{"id": "4", "title": "Comes", "url": "https://www.gazette.example/c"}],
            "gone": [{"id": "1", "title": "Goes", "url": "https://www.gazette.example/goes"}],
            "changed": [{"id": "2", "title": "Z", "fields": ["title"]}],
            "would_look_new": [{
                "old_id": "3", "new_id": "x", "title": "B", "url": "https://www.gazette.example/b"
            }],
            "taken_back": [],
        })
    );
}

#[test]
fn equal_feeds_say_nothing_in_a_pipe_and_empty_lists_to_a_program() {
    let feed = rss(&item("1", "A", "a"));
    diff(&feed, &feed.replace("><", ">\n  <")).exits(0).says_nothing();
    let ran = differ(&feed, &feed).run(["diff", "old.xml", "new.xml", "--format", "json"]).exits(0);
    assert_eq!(ran.json()["changed"], json!([]));
}

#[test]
fn the_formats_of_one_feed_do_not_differ() {
    let newsroom = Newsroom::new();
    newsroom
        .story(
            "latam/flood.md",
            story(
                "River & <valley>",
                "2026-01-12 15:00",
                "authors: [Ana Ruiz, Li Wei]\ntags: [rivers, \"Q&A\"]\nimage: /flood.jpg\n\
                 lastmod: 2026-01-13 10:00\nsummary: \"1 < 2 & more\"",
                "It *rose* by two metres — “at least”.\n\n> Café\n\n- one\n- two\n",
            ),
        )
        .story("latam/bare.md", story("Bare", "2026-01-11 15:00", "", "Short."));
    newsroom.build();
    let files = ["feeds/rss.xml", "feeds/atom.xml", "feeds/feed.json"];
    for old in files {
        for new in files {
            let ran = newsroom.run(["diff", old, new]).exits(0);
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{old} {new}");
        }
    }
}

#[test]
fn the_formats_of_a_feed_of_summaries_do_not_differ() {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"found\"\ncontent = \"summary\"\n");
    newsroom.story("a.md", story("A", "2026-01-12 15:00", "summary: In short.", "At length."));
    newsroom.build();
    for new in ["feeds/atom.xml", "feeds/feed.json"] {
        newsroom.run(["diff", "feeds/rss.xml", new]).exits(0).says_nothing();
    }
}

#[test]
fn a_story_with_another_text_is_changed_in_its_content() {
    let newsroom = Newsroom::new();
    newsroom.story("a.md", story("A", "2026-01-12 15:00", "summary: S", "One."));
    newsroom.build();
    let before = newsroom.published("feed.json");
    newsroom.write("before.json", before);
    newsroom.story("a.md", story("A", "2026-01-12 15:00", "summary: S", "Two."));
    newsroom.build();
    let ran = newsroom.run(["diff", "before.json", "feeds/feed.json"]).exits(0);
    assert!(ran.stdout.contains("dates, content\n"), "{ran:#?}");
}

#[test]
fn what_was_taken_back_is_told_from_what_is_gone() {
    let atom = |inside: &str| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" \
             xmlns:at=\"http://purl.org/atompub/tombstones/1.0\"><title>T</title>{inside}</feed>"
        )
    };
    let old = atom("<entry><id>urn:a</id><title>A</title></entry>");
    let new = atom("<at:deleted-entry ref=\"urn:a\" when=\"2026-01-01T00:00:00Z\"/>");
    let ran = diff(&old, &new).exits(0);
    assert_eq!(ran.stdout, "x taken back      A urn:a\n");
}

#[test]
fn a_feed_that_breaks_off_is_compared_so_far_with_a_note() {
    let old = rss(&[item("1", "A", "a"), item("2", "B", "b")].join("\n"));
    let new = &old[..old.find("<title>B").expect("the second item")];
    let ran = diff(&old, new).exits(0);
    assert!(ran.stdout.starts_with("- gone            B"), "{ran:#?}");
    ran.complains_of(["note: `new.xml` breaks off", "line 4"]);
}

#[test]
fn a_missing_file_name_is_wrong_usage() {
    let folder = Newsroom::empty();
    folder.run(["diff"]).exits(2);
    folder.run(["diff", "old.xml"]).exits(2).complains_of(["<NEW>"]);
}

#[test]
fn an_unreadable_file_is_a_fault_of_input() {
    let folder = differ(&rss(""), &rss(""));
    folder.run(["diff", "old.xml", "none.xml"]).exits(3).complains_of(["`none.xml`"]);
    folder.run(["diff", ".", "old.xml"]).exits(3).complains_of(["`.`"]);
}

#[test]
fn files_that_are_no_feeds_are_all_named_with_a_fix() {
    let folder = differ("<html><body>x</body></html>", "{\"items\": 1}");
    folder.run(["diff", "old.xml", "new.xml"]).exits(1).complains_of([
        "error: `old.xml`: it is no feed but an HTML page",
        "fix: look on the page for the address of its feed",
        "error: `new.xml`: it is no JSON Feed",
    ]);
}

#[test]
fn no_configuration_is_needed_and_the_words_of_a_feed_do_not_steer_the_terminal() {
    let new = rss(&item("1", "A&#27;[31m&#10;B", "a"));
    let ran = diff(&rss(""), &new).exits(0);
    assert_eq!(ran.stdout, "+ new             A[31m B https://www.gazette.example/a\n");
}
