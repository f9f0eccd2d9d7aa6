//! The repository's own `feeds/`, read by parsers that others wrote: they see the same entries,
//! ids and instants in every format.

use std::{collections::BTreeMap, env, process::Command};

use crate::support::{files_below, parsed, repository, skip};
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;

/// An entry as a reader sees it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    id: String,
    title: String,
    url: String,
    published: DateTime<Utc>,
}

/// Feeds of the repository: path, then the text of each format.
fn feeds() -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let mut feeds: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    for (name, bytes) in files_below(&repository().join("feeds")) {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
        if ["rss.xml", "atom.xml", "feed.json"].contains(&file) {
            feeds.entry(folder.to_owned()).or_default().insert(file.to_owned(), bytes);
        }
    }
    assert!(feeds.len() >= 7, "the sample newsroom is there");
    feeds
}

fn by_serde(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a date").parse().expect("RFC 3339")
}

fn seen_by_serde(feed: &Value) -> Vec<Seen> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let items = feed["items"].as_array().expect("items").iter();
    let seen = items.map(|item| Seen {
        id: text(&item["id"]),
        title: text(&item["title"]),
        url: text(&item["url"]),
        published: instant(&item["date_published"]).trunc_subsecs(0),
    });
    seen.collect()
}

fn seen_by_feed_rs(bytes: &[u8]) -> Vec<Seen> {
    let entries = parsed(bytes).entries.into_iter();
    let seen = entries.map(|entry| Seen {
        id: entry.id,
        title: entry.title.expect("a title").content,
        url: entry
            .links
            .iter()
            .find(|link| {
                !matches!(link.rel.as_deref(), Some("self" | "enclosure" | "related" | "via"))
            })
            .expect("a link")
            .href
            .clone(),
        published: entry.published.expect("a date").trunc_subsecs(0),
    });
    seen.collect()
}

#[test]
fn feed_rs_and_serde_json_see_the_same_entries_in_all_three_formats() {
    for (path, files) in feeds() {
        assert_eq!(files.len(), 3, "feeds/{path}");
        let json = seen_by_serde(&by_serde(&files["feed.json"]));
        for file in ["rss.xml", "atom.xml", "feed.json"] {
            assert_eq!(seen_by_feed_rs(&files[file]), json, "feeds/{path}/{file}");
        }
    }
}

#[test]
fn atom_and_json_agree_on_when_an_entry_was_changed() {
    for (path, files) in feeds() {
        let atom = parsed(&files["atom.xml"]).entries;
        let json = by_serde(&files["feed.json"]);
        for (entry, item) in atom.iter().zip(json["items"].as_array().expect("items")) {
            let published = instant(&item["date_published"]);
            let modified = item["date_modified"].as_str().map(|_| instant(&item["date_modified"]));
            assert_eq!(entry.updated, Some(modified.unwrap_or(published)), "feeds/{path}");
            assert!(entry.updated >= entry.published, "feeds/{path}");
        }
    }
}

#[test]
fn ids_are_unique_in_a_feed_and_entries_stand_newest_first() {
    for (path, files) in feeds() {
        let seen = seen_by_serde(&by_serde(&files["feed.json"]));
        let order: Vec<_> =
            seen.iter().map(|entry| (-entry.published.timestamp(), &entry.id)).collect();
        assert!(order.is_sorted(), "feeds/{path}: {order:?}");
        let ids: std::collections::BTreeSet<_> = seen.iter().map(|entry| &entry.id).collect();
        assert_eq!(ids.len(), seen.len(), "feeds/{path}");
    }
}

#[test]
fn every_feed_names_itself_by_the_address_at_which_it_is_served() {
    for (path, files) in feeds() {
        // A feed that moved names its new place.
        let moved = path.ends_with("seguridad");
        for (file, bytes) in &files {
            let text = String::from_utf8_lossy(bytes);
            let folder = if moved { "latam/security" } else { path.as_str() };
            let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let own = format!("https://feeds.latamreports.example/{folder}{file}");
            assert!(text.contains(&format!("\"{own}\"")), "feeds/{path}/{file}: {own}");
        }
    }
}

#[test]
fn feedparser_sees_what_serde_json_sees() {
    let script = r#"
import calendar, feedparser, json, sys
feeds = {}
for name in sys.argv[1:]:
    feed = feedparser.parse(open(name, "rb").read())
    entries = [[e.id, e.title, e.link, calendar.timegm(e.published_parsed)] for e in feed.entries]
    feeds[name] = [bool(feed.bozo), entries]
json.dump(feeds, sys.stdout)
"#;
    let has_it = Command::new("python3").args(["-c", "import feedparser"]).output();
    if !has_it.is_ok_and(|ran| ran.status.success()) {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "CI needs Python's feedparser");
        return skip("Python's feedparser is not here (pip install feedparser)");
    }
    let mut command = Command::new("python3");
    command.arg("-c").arg(script).env("TZ", "Asia/Tokyo").env("PYTHONUTF8", "1");
    let mut expected = BTreeMap::new();
    for (path, files) in feeds() {
        let seen = seen_by_serde(&by_serde(&files["feed.json"]));
        let entries: Vec<_> = seen
            .into_iter()
            .map(|entry| (entry.id, entry.title, entry.url, entry.published.timestamp()))
            .collect();
        for file in ["rss.xml", "atom.xml"] {
            let name = repository().join("feeds").join(&path).join(file).display().to_string();
            command.arg(&name);
            expected.insert(name, (false, entries.clone()));
        }
    }
    let ran = command.output().expect("python3");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    type Entry = (String, String, String, i64);
    let seen: BTreeMap<String, (bool, Vec<Entry>)> =
        serde_json::from_slice(&ran.stdout).expect("JSON");
    for (name, expected) in expected {
        assert_eq!(seen[&name], expected, "{name}");
    }
}
