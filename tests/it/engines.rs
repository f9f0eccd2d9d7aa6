//! The whole program on both engines: the same newsroom gives the same bytes, wherever its stories
//! are kept.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
};

use crate::support::{
    Newsroom, files_below,
    postgres::{self, Database, block_on},
    repository, story,
};
use chrono::{DateTime, Utc};
use feedwright::{
    store::{Address, Retraction, Store},
    story::Story,
};
use serde_json::Value;

/// The sample newsroom, with its store at `url`.
fn sample(url: &str) -> Newsroom {
    let newsroom = Newsroom::empty().variable("FEEDWRIGHT_STORE_URL", url);
    let config = fs::read(repository().join("config.toml")).expect("config.toml");
    newsroom.write("config.toml", config);
    for folder in ["stories", "static", "media"] {
        for (name, bytes) in files_below(&repository().join(folder)) {
            newsroom.write(&format!("{folder}/{name}"), bytes);
        }
    }
    newsroom
}

fn server_address(database: &Database) -> Address {
    Address::Server { url: database.url(), shown: "the server".into() }
}

fn feeds(newsroom: &Newsroom) -> BTreeMap<String, Vec<u8>> {
    files_below(&newsroom.path("feeds"))
}

/// Compares by name first, so that a failure can be read.
#[track_caller]
fn assert_same(one: &Newsroom, other: &Newsroom) {
    let (one, other) = (feeds(one), feeds(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        let (bytes, others) = (bytes.as_slice(), other[name].as_slice());
        assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(others), "{name}");
        assert_eq!(bytes, others, "{name}");
    }
}

#[track_caller]
fn writes_nothing(newsroom: &Newsroom) {
    let before = newsroom.files("feeds");
    newsroom.build().says_nothing();
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
}

/// Takes the newest story of the sample back, as a person would, at a fixed instant.
fn take_back_the_newest(address: &Address) -> String {
    block_on(async {
        let at: DateTime<Utc> = "2026-10-01T12:00:00Z".parse().expect("an instant");
        let mut store = Store::hold(address, || ()).await.expect("a store");
        let newest = store.listed(None, 50).await.expect("listed");
        let newest = newest.into_iter().find(Story::is_public).expect("a story");
        let notice = Some(("Taken back.".to_owned(), at + chrono::TimeDelta::days(30_000)));
        let retraction = Retraction { notice, ..Retraction::default() };
        store.retract(&newest, &retraction, at).await.expect("retracted");
        store.close().await.expect("closed");
        newest.guid.to_string()
    })
}

/// Adds a sentence to a story that says itself when it was changed.
fn edit(newsroom: &Newsroom) -> String {
    let stories = files_below(&newsroom.path("stories")).into_iter();
    let (name, text) = stories
        .filter_map(|(name, bytes)| Some((name, String::from_utf8(bytes).ok()?)))
        .find(|(_, text)| text.starts_with("---\n") && !text.contains("lastmod"))
        .expect("a story to edit");
    let text = text.replacen("---\n", "---\nlastmod: 2026-09-30T10:00:00Z\n", 1);
    newsroom.story(&name, format!("{text}\nOne sentence more, ¡y otra!\n"));
    name
}

#[test]
fn the_sample_newsroom_is_the_same_from_both_engines_through_edits_and_retractions() {
    let Some(database) = postgres::database() else { return };
    let on_file = sample("sqlite:stories.db");
    let on_server = sample(&database.url());
    for newsroom in [&on_file, &on_server] {
        newsroom.build().says_nothing();
        writes_nothing(newsroom);
    }
    assert_same(&on_file, &on_server);
    assert_eq!(feeds(&on_file), files_below(&repository().join("feeds")));
    assert!(!on_server.exists("stories.db") && !on_server.exists("stories.db.lock"));

    let before = feeds(&on_server);
    assert_eq!(edit(&on_file), edit(&on_server));
    for newsroom in [&on_file, &on_server] {
        newsroom.build().says_nothing();
        writes_nothing(newsroom);
    }
    assert_ne!(feeds(&on_server), before);
    assert_same(&on_file, &on_server);

    let guid = take_back_the_newest(&Address::File(on_file.path("stories.db")));
    assert_eq!(take_back_the_newest(&server_address(&database)), guid);
    for newsroom in [&on_file, &on_server] {
        newsroom.build().says_nothing();
        writes_nothing(newsroom);
    }
    assert!(on_server.published("atom.xml").contains("Taken back."));
    assert_same(&on_file, &on_server);
    // Nothing beside the configuration but what the newsroom had, and feeds.
    let left = files_below(&on_server.path("")).into_keys();
    let left: Vec<_> = left.filter(|name| !name.contains('/') && name != "config.toml").collect();
    assert_eq!(left, [""; 0]);
}

#[test]
fn a_pass_that_only_looks_keeps_nothing_on_a_server() {
    let Some(database) = postgres::database() else { return };
    let newsroom = sample(&database.url());
    let tables = "SELECT count(*)::TEXT FROM pg_tables WHERE schemaname = 'public'";
    newsroom.run(["build", "--dry-run"]).exits(0);
    assert_eq!(database.ask(tables), "0");
    let preview = ["build", "--at", "2027-01-01", "--out", "preview"];
    newsroom.run(preview).exits(0);
    assert_eq!(database.ask(tables), "0");
    assert!(newsroom.exists("preview/rss.xml") && !newsroom.exists("feeds"));
    newsroom.build();
    let before = feeds(&newsroom);
    edit(&newsroom);
    newsroom.run(["build", "--dry-run"]).exits(0);
    assert_eq!(feeds(&newsroom), before);
}

#[test]
fn the_same_commands_work_on_a_server() {
    let Some(database) = postgres::database() else { return };
    let newsroom = Newsroom::new().variable("FEEDWRIGHT_STORE_URL", &database.url());
    assert_eq!(newsroom.run(["list", "--format", "json"]).exits(0).json(), Value::Array(vec![]));
    let tables = "SELECT count(*)::TEXT FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(database.ask(tables), "0", "who looks makes nothing");
    newsroom.story("city/a.md", story("A", "2026-01-01", "", "Text."));
    newsroom.build().says_nothing();
    let given = "{\"id\": \"a\\u0000b\", \"title\": \"N\\u0000UL\", \"url\": \"/n/\", \
        \"summary\": \"x\\u0000\", \"translation_key\": \"k\\u0000\", \"tags\": [\"t\\u0000\"], \
        \"content_html\": \"<p>No\\u0000thing\", \"published\": \"2026-01-02T00:00:00Z\"}";
    newsroom.run_with_input(["add", "-"], given).exits(0);
    newsroom.run_with_input(["add", "-"], given).exits(0);
    newsroom.build().says_nothing();
    assert_eq!(newsroom.titles(""), ["NUL", "A"]);
    let listed = newsroom.run(["list", "--format", "json"]).exits(0).stdout;
    newsroom.run_with_input(["add", "-"], &listed).exits(0);
    assert_eq!(newsroom.run(["list", "--format", "json"]).exits(0).stdout, listed);
    newsroom.run(["show", "city/a.md"]).exits(0);
}

/// A database whose letters are no UTF-8 to it, and in the order of bytes: what a server set up
/// in a bare container makes unasked.
#[test]
fn stories_of_one_instant_stand_in_one_order_whatever_the_server_thinks_of_letters() {
    let Some(server) = postgres::server() else { return };
    let plain = server.try_database("TEMPLATE template0 ENCODING 'SQL_ASCII'").expect("made");
    let Some(dictionary) = postgres::database() else { return };
    let urls = ["sqlite:stories.db".to_owned(), plain.url(), dictionary.url()];
    let newsrooms = urls.map(|url| {
        let newsroom = Newsroom::new().variable("FEEDWRIGHT_STORE_URL", &url);
        for name in ["a-b", "ab", "B", "a_b", "Z", "ñ", "n", "A-b", "a.b", "日本"] {
            newsroom.story(&format!("news/{name}.md"), story(name, "2026-01-01", "", "Text."));
        }
        newsroom.build().says_nothing();
        newsroom
    });
    assert_same(&newsrooms[0], &newsrooms[1]);
    assert_same(&newsrooms[0], &newsrooms[2]);
    assert!(newsrooms[0].ids("").is_sorted());
}

#[test]
fn a_pass_waits_for_the_one_that_holds_the_newsroom_and_says_so() {
    let Some(database) = postgres::database() else { return };
    let newsroom = Newsroom::new().variable("FEEDWRIGHT_STORE_URL", &database.url());
    newsroom.story("a.md", story("A", "2026-01-01", "", "Text."));
    let address = server_address(&database);
    block_on(async {
        let held = Store::hold(&address, || ()).await.expect("a store");
        let mut command = newsroom.command();
        let mut mailed = newsroom.command();
        let mailed = mailed.arg("build").stderr(Stdio::piped()).spawn().expect("it starts");
        command.args(["build", "--verbose"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut waiting = command.spawn().expect("it starts");
        let mut said = BufReader::new(waiting.stderr.take().expect("its words"));
        let mut first = String::new();
        said.read_line(&mut first).expect("a line");
        assert_eq!(first, "another feedwright is at work here; waiting until it ends\n");
        assert!(!newsroom.exists("feeds"));
        held.close().await.expect("closed");
        assert!(waiting.wait().expect("it ends").success());
        let mailed = mailed.wait_with_output().expect("it ends");
        assert!(mailed.status.success());
        assert_eq!(String::from_utf8_lossy(&mailed.stderr), "", "cron would mail it");
    });
    assert_eq!(newsroom.titles(""), ["A"]);
}

#[test]
fn the_service_serves_the_same_from_both_engines_and_tells_no_secret() {
    let Some(database) = postgres::database() else { return };
    let (embedded, server) = (sample("sqlite:stories.db"), sample(&database.url()));
    let (one, other) = (embedded.serve(), server.serve());
    for path in ["/rss.xml", "/latam/security/atom.xml", "/es/feed.json", "/latam/"] {
        let gzip = [("Accept-Encoding", "gzip")];
        let (one, other) = (one.get(path, &gzip), other.get(path, &gzip));
        assert_eq!((one.status, other.status), (200, 200), "{path}");
        assert_eq!(one.header("etag"), other.header("etag"), "{path}");
        assert_eq!(one.body, other.body, "{path}");
    }
    server.story("latam/security/new.md", story("A new headline", "2026-02-21", "", "Text."));
    server.build();
    server.write("config.toml", format!("{}\n# Once more.\n", server.read("config.toml")));
    other.signal("-HUP");
    other.wait_for("it is served", || other.get("/rss.xml", &[]).text().contains("A new headline"));
    let status = other.ops("/status").text();
    let url = url::Url::parse(&database.url()).expect("an address");
    let secret = url.password().unwrap_or("no password");
    assert!(!status.contains(secret), "{status}");
}
