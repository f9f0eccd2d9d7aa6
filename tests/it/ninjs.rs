//! ninjs for partners: beside the other formats where it is asked for, listed nowhere.

use std::{fs, path::Path};

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

use crate::support::{Newsroom, files_below, repository, story};

const BOTH: &str = "[publish]\nsections = \"found\"\nformats = [\"rss\", \"ninjs\"]\nlimit = 2\n\
    window = \"1h\"\n";

/// The schema of the IPTC; what it borrows from that of places, we never write.
fn schema() -> Validator {
    let schema = fs::read(repository().join("tests/ninjs/ninjs-schema_3.1.json"));
    let schema: Value = serde_json::from_slice(&schema.expect("the schema")).expect("JSON");
    let geo = "https://geojson.org/schema/GeoJSON.json#";
    let others = Registry::new().add(geo, json!({})).expect("an address");
    let others = others.prepare().expect("a registry");
    let options = jsonschema::options().with_registry(&others).should_validate_formats(true);
    options.build(&schema).expect("a schema")
}

fn items(newsroom: &Newsroom, feed: &str) -> Vec<(String, String)> {
    let text = newsroom.published(&format!("{feed}ninjs.json"));
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let item = |it: &Value| {
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        (text("title"), text("pubStatus"))
    };
    document["associations"].as_array().into_iter().flatten().map(item).collect()
}

#[test]
fn the_sample_newsroom_in_ninjs_holds_to_the_schema() {
    let newsroom =
        Newsroom::empty().variable("FEEDWRIGHT_PUBLISH_FORMATS", "[\"json\", \"ninjs\"]");
    newsroom.write("config.toml", fs::read(repository().join("config.toml")).expect("a file"));
    for folder in ["stories", "static", "media"] {
        for (name, bytes) in files_below(&repository().join(folder)) {
            newsroom.write(&format!("{folder}/{name}"), bytes);
        }
    }
    newsroom.build();
    let (schema, mut stories) = (schema(), 0);
    for (name, bytes) in files_below(&newsroom.path("feeds")) {
        if !name.ends_with("ninjs.json") {
            continue;
        }
        let document: Value = serde_json::from_slice(&bytes).expect("JSON");
        let faults: Vec<_> = schema.iter_errors(&document).map(|it| it.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        let json = newsroom.json(Path::new(&name).parent().and_then(Path::to_str).expect("a feed"));
        let guids = |list: &Value, id: &str| -> Vec<String> {
            let usable = |it: &&Value| it["pubStatus"] != "canceled";
            let list = list.as_array().into_iter().flatten().filter(usable);
            list.map(|it| it[id].as_str().expect("a guid").to_owned()).collect()
        };
        let of_ninjs = guids(&document["associations"], "uri");
        assert_eq!(of_ninjs, guids(&json["items"], "id"), "{name}");
        stories += of_ninjs.len();
    }
    assert!(stories > 5, "{stories}");
}

#[test]
fn it_is_written_only_where_it_is_asked_for_and_listed_nowhere() {
    let plain = Newsroom::new().config("[publish]\nsections = \"found\"\n");
    plain.story("news/one.md", story("One", "2026-01-01", "", "Text."));
    plain.build();
    assert!(!plain.exists("feeds/ninjs.json") && plain.exists("feeds/feed.json"));

    let newsroom = Newsroom::new().config(BOTH);
    for day in 1..=7 {
        let text = story(&format!("Day {day}"), &format!("2026-01-0{day}"), "", "Text.");
        newsroom.story(&format!("news/{day}.md"), text);
    }
    newsroom.build();
    assert_eq!(items(&newsroom, "news/").len(), 2);
    for (name, bytes) in files_below(&newsroom.path("feeds")) {
        let is_own = name.ends_with("ninjs.json");
        assert!(is_own || !String::from_utf8_lossy(&bytes).contains("ninjs"), "{name}");
    }
    // RSS has archive pages; ninjs has none.
    assert!(newsroom.exists("feeds/news/archive/rss-0001.xml"));
    assert!(!newsroom.exists("feeds/news/archive/ninjs-0001.json"));
}

#[test]
fn a_feed_for_partners_alone_has_a_page_and_stands_in_no_list() {
    let feed = "[[feed]]\npath = \"partners\"\nwhere = { tag = \"x\" }\nformats = [\"ninjs\"]\n";
    let newsroom = Newsroom::new().config(feed);
    newsroom.story("one.md", story("One", "2026-01-01", "tags: [x]", "Text."));
    newsroom.build();
    assert_eq!(items(&newsroom, "partners/"), [("One".to_owned(), "usable".to_owned())]);
    assert!(newsroom.exists("feeds/partners/index.html"));
    assert!(!newsroom.published("feeds.opml").contains("partners"));
    newsroom.build().says_nothing();
}

#[test]
fn a_story_that_was_taken_back_is_canceled() {
    let newsroom = Newsroom::new().config(BOTH);
    for day in 1..=2 {
        let text = story(&format!("Day {day}"), &format!("2026-01-0{day}"), "", "Text.");
        newsroom.story(&format!("news/{day}.md"), text);
    }
    newsroom.build();
    newsroom.run(["retract", "news/2.md", "--notice", "It was wrong."]).exits(0);
    newsroom.build();
    let shown = items(&newsroom, "news/");
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(shown[0], ("Day 1".to_owned(), "usable".to_owned()));
    assert_eq!(shown[1].1, "canceled");
    assert!(newsroom.published("news/ninjs.json").contains("\"edNote\": \"It was wrong.\""));
    assert!(newsroom.published("news/rss.xml").contains("It was wrong."));
}
