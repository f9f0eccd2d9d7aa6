//! `feedwright store copy`: a newsroom moves between engines, and no reader sees it.

use std::{collections::BTreeSet, fs};

use crate::support::{Newsroom, files_below, postgres, postgres::block_on, repository, story};
use feedwright::{
    store::{
        Address, AdoptedEntry, Buried, Callback, CallbackState, Change, NewToken, PartnerDocument,
        Reference, Store, Subscribed,
    },
    story::{Format, Secret, Token},
};

/// The sample newsroom, told where its store is by each command.
fn sample() -> Newsroom {
    let newsroom = Newsroom::empty().on_sqlite();
    let config = fs::read(repository().join("config.toml")).expect("config.toml");
    newsroom.write("config.toml", config);
    for (name, bytes) in files_below(&repository().join("stories")) {
        newsroom.write(&format!("stories/{name}"), bytes);
    }
    newsroom
}

/// A build on that store says nothing and writes nothing.
#[track_caller]
fn builds_without_a_change(newsroom: &Newsroom, store: &str) {
    let before = newsroom.files("feeds");
    let ran = newsroom.command().arg("build").env("FEEDWRIGHT_STORE_URL", store).output();
    let ran = ran.expect("it runs");
    assert!(ran.status.success() && ran.stderr.is_empty() && ran.stdout.is_empty(), "{ran:?}");
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
}

fn listed(newsroom: &Newsroom, store: &str) -> String {
    let mut list = newsroom.command();
    list.args(["list", "--format", "json"]).env("FEEDWRIGHT_STORE_URL", store);
    String::from_utf8(list.output().expect("it runs").stdout).expect("UTF-8")
}

/// Puts a row into tables that a sample's first build leaves empty.
fn fill(address: &Address) {
    block_on(async {
        let mut store = Store::hold(address, || ()).await.expect("a store");
        let feeds = store.feeds().await.expect("feeds");
        let feed = feeds.values().next().expect("a feed").id;
        let story = store.listed(None, 1).await.expect("stories").remove(0);
        let now = story.published;
        let buried = Buried { guid: story.guid.clone(), at: now, comment: None, story: None };
        store.bury(&[(feed, buried)]).await.expect("buried");
        let asked = Reference { source: story.source.clone(), path: "é".into(), url: None };
        store.keep_references(&[], &[(story.id, vec![asked])]).await.expect("kept");
        store.keep_held(&[(feed, story.id)]).await.expect("held");
        store.keep_guarded(&BTreeSet::new(), &BTreeSet::from([story.id])).await.expect("guarded");
        store.keep_undeclared(&[], &[("x".into(), story.id)]).await.expect("undeclared");
        let entry = AdoptedEntry {
            guid: "old".into(),
            address: "é".into(),
            published: Some(now),
            updated: None,
        };
        store.keep_adopted(&[entry]).await.expect("adopted");
        let document = PartnerDocument {
            file: "partners/x/rss.xml".into(),
            feed: "partners/x".into(),
            digest: "d".into(),
            size: 3,
            changed: now,
        };
        let made = [(document, vec![0, 255, b'x'])];
        store.keep_partner_documents(&made, &[]).await.expect("a document");
        let digest = Token::of([7; 32]).digest();
        let token = NewToken {
            partner: "flipboard",
            digest: &digest,
            feeds: &["partners/x".parse().expect("a path")],
            created: now,
            expires: None,
        };
        store.add_token(&token).await.expect("a token");
        store.say_once("", "", "something").await.expect("said");
        store.keep_remotes(&["wire"].into()).await.expect("a source");
        store.pass_over("wire", &[("id:1", Some(1)), ("id:2", None)]).await.expect("passed over");
        store.keep_prints(&[(-7, 1)]).await.expect("a print");
        store.stage_topic(feed, Change::News).await.expect("a change");
        store.keep_hubs(&["https://hub.example/"]).await.expect("a hub");
        store.keep_webhooks(&["cdn"]).await.expect("a webhook");
        store.stage_bulletin("[]", now).await.expect("a bulletin");
        let subscribed = Subscribed {
            topic: "https://feeds.example/rss.xml".into(),
            callback: "https://reader.example/é".into(),
            host: "reader.example".into(),
            feed,
            format: Format::Rss,
            secret: Some(Secret::new("swordfish".into())),
            expires: now,
        };
        store.subscribe(&[subscribed]).await.expect("a subscription");
        let callback = Callback {
            token: "t".into(),
            source: "wire".into(),
            hub: "https://hub.example/".into(),
            topic: "https://wire.example/".into(),
            secret: Secret::new("swordfish".into()),
            state: CallbackState::Active,
            expires: Some(now),
            next: now,
            failures: 0,
            said: None,
            told: None,
        };
        store.keep_callback(&callback).await.expect("a callback");
        store.close().await.expect("closed");
    });
}

#[test]
fn a_newsroom_goes_to_a_server_and_back_and_not_a_byte_changes() {
    let Some(database) = postgres::database() else { return };
    let server = database.url();
    let newsroom = sample();
    newsroom.build().says_nothing();
    fill(&Address::File(newsroom.path("stories.db")));
    let stories = listed(&newsroom, "sqlite:stories.db");
    let there = newsroom.command().args(["store", "copy", "sqlite:stories.db", &server]).output();
    let there = there.expect("it runs");
    assert!(there.status.success() && there.stderr.is_empty(), "{there:?}");
    let copied = String::from_utf8(there.stdout).expect("UTF-8");
    assert_eq!(copied.lines().count(), 28, "{copied}");
    for (table, rows) in [
        ("reference", "1"),
        ("tombstone", "1"),
        ("held", "1"),
        ("guarded", "1"),
        ("undeclared", "1"),
        ("adopted", "1"),
        ("remote", "1"),
        ("passed", "2"),
        ("print", "1"),
        ("topic", "1"),
        ("subscription", "1"),
        ("ping", "2"),
        ("partner_document", "1"),
        ("partner_token", "1"),
        ("callback", "1"),
        ("bulletin", "1"),
        ("webhook", "1"),
    ] {
        let is_it = |line: &str| line.split_whitespace().eq([table, rows]);
        assert!(copied.lines().any(is_it), "{table}\n{copied}");
    }
    builds_without_a_change(&newsroom, &server);
    assert_eq!(listed(&newsroom, &server), stories);

    let mut back = newsroom.command();
    back.args(["store", "copy", "--format", "json", &server, "sqlite:back/stories.db"]);
    let back = back.output().expect("it runs");
    assert!(back.status.success(), "{back:?}");
    let form: serde_json::Value = serde_json::from_slice(&back.stdout).expect("JSON");
    assert_eq!(form["rows"]["adopted"], 1);
    assert_eq!(form["from"], server.as_str());
    builds_without_a_change(&newsroom, "sqlite:back/stories.db");
    assert_eq!(listed(&newsroom, "sqlite:back/stories.db"), stories);
    assert!(!newsroom.exists("back/stories.db.filling"));

    // What comes later gets the number it would have had.
    newsroom.story("latam/security/late.md", story("Late", "2026-09-30", "", "Text."));
    let feeds = ["sqlite:stories.db", "sqlite:back/stories.db"].map(|store| {
        let ran = newsroom.command().arg("build").env("FEEDWRIGHT_STORE_URL", store).output();
        assert!(ran.expect("it runs").status.success());
        files_below(&newsroom.path("feeds"))
    });
    assert_eq!(feeds[0], feeds[1]);
}

#[test]
fn a_file_is_copied_to_a_file_and_a_server_to_a_server() {
    let newsroom = sample();
    newsroom.build().says_nothing();
    newsroom.run(["store", "copy", "sqlite:stories.db", "sqlite:other.db"]).exits(0);
    builds_without_a_change(&newsroom, "sqlite:other.db");
    let (Some(one), Some(other)) = (postgres::database(), postgres::database()) else { return };
    let (one, other) = (one.url(), other.url());
    newsroom.run(["store", "copy", "sqlite:other.db", &one]).exits(0);
    newsroom.run(["store", "copy", &one, &other]).exits(0);
    builds_without_a_change(&newsroom, &other);
}

#[test]
fn nothing_is_copied_over_something() {
    let newsroom = Newsroom::new().on_sqlite();
    newsroom.story("a.md", story("A", "2026-01-01", "", "Text."));
    newsroom.build();
    newsroom.run(["store", "copy", "sqlite:stories.db", "sqlite:other.db"]).exits(0);
    let before = newsroom.files("");
    let fix = "fix: name a store that is empty or isn't there yet";
    let ran = newsroom.run(["store", "copy", "sqlite:stories.db", "sqlite:other.db"]).exits(2);
    ran.complains_of(["other.db` holds something already", fix]);
    assert_eq!(newsroom.files("").keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    let Some(database) = postgres::database() else { return };
    let url = database.url();
    newsroom.run(["store", "copy", "sqlite:stories.db", &url]).exits(0);
    let ran = newsroom.run(["store", "copy", "sqlite:stories.db", &url]).exits(2);
    ran.complains_of(["holds something already", fix]);
}

#[test]
fn a_copy_that_fails_leaves_nothing_behind() {
    let Some(database) = postgres::database() else { return };
    let newsroom = sample();
    newsroom.build().says_nothing();
    newsroom.run(["store", "copy", "sqlite:stories.db", &database.url()]).exits(0);
    // The copy of a text is changed on its way, as by a trigger that somebody left.
    let Some(other) = postgres::database() else { return };
    newsroom.run(["store", "copy", "sqlite:none.db", &other.url()]).exits(2);
    let empty = Address::Server { url: other.url(), shown: String::new() };
    block_on(async { Store::open(&empty).await.expect("a store").close().await.expect("closed") });
    other.run(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN NEW.text := NEW.text || ' '; RETURN NEW; END $$; \
         CREATE TRIGGER spoil BEFORE INSERT ON body FOR EACH ROW EXECUTE FUNCTION spoil()",
    );
    let ran = newsroom.run(["store", "copy", &database.url(), &other.url()]).exits(3);
    ran.complains_of(["the copy of the table `body` differs", "nothing was kept"]);
    assert_eq!(other.ask("SELECT count(*)::TEXT FROM story"), "0");
    database.run("ALTER TABLE said ADD COLUMN more TEXT");
    let ran = newsroom.run(["store", "copy", &database.url(), "sqlite:new.db"]).exits(3);
    ran.complains_of(["the two stores have different columns"]);
    assert!(!newsroom.exists("new.db") && !newsroom.exists("new.db.filling"));
}

#[test]
fn no_store_is_copied_to_where_feeds_are_published() {
    let newsroom = sample();
    newsroom.build().says_nothing();
    for place in ["sqlite:feeds/x.db", "sqlite:stories/../feeds/deep/x.db"] {
        let ran = newsroom.run(["store", "copy", "sqlite:stories.db", place]).exits(2);
        ran.complains_of(["TO would lie in the published folder", "feeds", "fix:"]);
    }
    assert!(!newsroom.exists("feeds/x.db") && !newsroom.exists("feeds/x.db.lock"));
    assert!(!newsroom.exists("feeds/deep"));
}

#[test]
fn stores_that_are_none_are_refused_before_anything_is_done() {
    let newsroom = Newsroom::new();
    let copy = |from: &str, to: &str| newsroom.run(["store", "copy", from, to]).exits(2);
    copy("sqlite:none.db", "sqlite:new.db").complains_of(["there is no store `", "none.db`"]);
    copy("sqlite:a.db", "sqlite:./a.db").complains_of(["FROM and TO are both"]);
    copy("stories.db", "sqlite:a.db").complains_of(["FROM `stories.db` is no address of a store"]);
    let ran = copy("sqlite:a.db", "postgres://u:s3cret@host");
    assert!(!ran.stderr.contains("s3cret"), "{ran:?}");
    ran.complains_of(["TO `postgres://u:***@host` names no database"]);
    assert_eq!(newsroom.files("").keys().collect::<Vec<_>>(), ["config.toml"]);
    let Some(database) = postgres::database() else { return };
    copy(&database.url(), "sqlite:new.db").complains_of(["there is no store `postgres://"]);
    assert!(!newsroom.exists("new.db.lock"));
}
