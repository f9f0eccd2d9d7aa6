//! Partner feeds: made by passes, kept in the store, and nothing of them where everybody looks.

use std::collections::BTreeMap;

use crate::support::{Newsroom, postgres::block_on, story};
use feedwright::{
    store::{PartnerDocument, Store, Subscribed},
    story::Format,
};

const LISTENS: &str = "[server]\nlisten = \"127.0.0.1:8080\"\n\n";
const FEED: &str = "[[feed]]\npath = \"partners/flipboard\"\ntitle = \"For Flipboard\"\n\
    where = { tag = \"shared\" }\n";
const SHARED: &str = "tags: [shared]";

fn config(access: &str, more: &str) -> String {
    let publish = "[publish]\nsections = \"found\"\nlimit = 2\nwindow = \"0s\"\n\n";
    format!("{publish}{LISTENS}{FEED}access = \"{access}\"\n\n{more}")
}

fn newsroom(access: &str) -> Newsroom {
    let newsroom = Newsroom::new().config(&config(access, ""));
    for day in 1..=4 {
        let (title, date) = (format!("Story {day}"), format!("2026-01-0{day}"));
        newsroom.story(&format!("news/{day}.md"), story(&title, &date, SHARED, "Text."));
    }
    newsroom
}

fn with_store<T>(newsroom: &Newsroom, act: impl AsyncFnOnce(&mut Store) -> T) -> T {
    let address = newsroom.store();
    block_on(async {
        let mut store = Store::hold(&address, || ()).await.expect("a store");
        let done = act(&mut store).await;
        store.close().await.expect("closed");
        done
    })
}

fn kept(newsroom: &Newsroom) -> BTreeMap<String, PartnerDocument> {
    with_store(newsroom, async |store| store.partner_documents().await.expect("documents"))
}

/// What the store holds of a document of a partner feed.
pub(crate) fn bytes(newsroom: &Newsroom, file: &str) -> String {
    let bytes = with_store(newsroom, async |store| store.partner_bytes(file).await);
    String::from_utf8(bytes.expect("an answer").expect("a document")).expect("UTF-8")
}

/// Neither a file's name nor what is in it tells of the feed.
#[track_caller]
fn nothing_tells_of_it(newsroom: &Newsroom, folder: &str) {
    let files = newsroom.files(folder);
    assert!(files.contains_key("feeds.opml"), "{folder} was built");
    for (name, file) in files {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        assert!(!name.contains("flipboard") && !name.contains("partners"), "{name}");
        assert!(!text.contains("lipboard") && !text.contains("partners/"), "{name}:\n{text}");
    }
}

#[test]
fn nothing_in_the_folder_tells_of_a_partner_feed() {
    let newsroom = newsroom("token");
    newsroom.set_config(&config("token", "[websub]\nhub = \"https://hub.example/\"\n"));
    newsroom.run(["build", "--dry-run"]).exits(0);
    newsroom.run(["build", "--at", "2026-02-01T00:00:00Z", "--out", "later"]).exits(0);
    nothing_tells_of_it(&newsroom, "later");
    newsroom.build();
    nothing_tells_of_it(&newsroom, "feeds");
    assert!(newsroom.exists("feeds/archive/rss-0001.xml"), "others have archives");

    let names: Vec<String> = kept(&newsroom).into_keys().collect();
    let of = |name| format!("partners/flipboard/{name}");
    assert_eq!(names, [of("atom.xml"), of("feed.json"), of("rss.xml")]);
    for name in names {
        let text = bytes(&newsroom, &name);
        assert!(text.contains("Story 4") && text.contains("Story 3"), "{text}");
        assert!(text.contains(&format!("https://feeds.gazette.example/{name}")), "{text}");
        assert!(!text.contains("hub.example") && !text.contains("archive"), "{text}");
    }
    with_store(&newsroom, async |store| {
        let feed = store.feed_at(&"partners/flipboard".parse().expect("a path")).await;
        let feed = feed.expect("an answer").expect("a feed");
        let topics = store.claim_pings(99, chrono::Utc::now(), chrono::Utc::now()).await;
        assert!(topics.expect("pings").iter().all(|ping| ping.topic.feed != feed));
    });
}

#[test]
fn check_holds_partner_feeds_to_the_rules_too() {
    let newsroom = newsroom("token");
    let named = ["check", "partners/flipboard", "--format", "json"];
    newsroom.run(named).exits(2).complains_of(["was not made yet", "feedwright build"]);
    newsroom.build();
    let checked = newsroom.run(named).exits(0);
    for file in ["atom.xml", "feed.json", "rss.xml"] {
        assert!(checked.stdout.contains(&format!("partners/flipboard/{file}")), "{checked:?}");
    }
    let all = newsroom.run(["check", "--deny", "warnings", "--format", "json"]).exits(0);
    assert!(all.stdout.contains("partners/flipboard/rss.xml"), "{all:?}");
}

#[test]
fn a_section_that_a_partner_feed_carries_has_its_own_feed_all_the_same() {
    let newsroom = newsroom("token");
    let config = config("token", "").replace("{ tag = \"shared\" }", "{ section = \"news\" }");
    newsroom.set_config(&config.replace("partners/flipboard", "a"));
    newsroom.build();
    assert_eq!(newsroom.titles("news"), ["Story 4", "Story 3"]);
    assert!(!newsroom.exists("feeds/a"));
    assert_eq!(kept(&newsroom).len(), 3);
}

#[test]
fn equal_bytes_are_not_written_and_a_lost_document_is_made_again_as_it_was() {
    let newsroom = newsroom("token");
    newsroom.build();
    let before = kept(&newsroom);
    newsroom.story("news/other.md", story("Not theirs", "2026-01-05", "", "Text."));
    newsroom.build();
    newsroom.run(["build", "--full"]).exits(0);
    assert_eq!(kept(&newsroom), before);

    let text = bytes(&newsroom, "partners/flipboard/rss.xml");
    with_store(&newsroom, async |store| {
        store.keep_partner_documents(&[], &["partners/flipboard/rss.xml"]).await.expect("lost");
    });
    newsroom.build();
    assert_eq!(bytes(&newsroom, "partners/flipboard/rss.xml"), text);
    let after = kept(&newsroom);
    assert_eq!(after["partners/flipboard/atom.xml"], before["partners/flipboard/atom.xml"]);

    newsroom.story("news/4.md", story("Story 4 anew", "2026-01-04", SHARED, "Text."));
    newsroom.run(["build", "--dry-run"]).exits(0);
    newsroom.run(["build", "--at", "2026-02-01T00:00:00Z", "--out", "later"]).exits(0);
    assert_eq!(kept(&newsroom), after, "neither a plan nor a preview keeps anything");
    newsroom.build();
    let now = kept(&newsroom);
    for (file, document) in &now {
        assert_ne!(document.digest, after[file].digest);
        assert!(document.changed.timestamp() > after[file].changed.timestamp(), "{file}");
    }
    assert!(bytes(&newsroom, "partners/flipboard/rss.xml").contains("Story 4 anew"));
}

#[test]
fn a_feed_that_becomes_private_leaves_the_folder_and_comes_back_as_any_other() {
    let newsroom = newsroom("public");
    newsroom.build();
    let public = newsroom.files("feeds");
    let own = |name: &String| name.starts_with("partners/");
    assert_eq!(public.keys().filter(|name| own(name)).count(), 4 + 6, "its archive pages too");
    assert!(newsroom.published("feeds.opml").contains("flipboard"));

    newsroom.set_config(&config("token", ""));
    newsroom.build();
    nothing_tells_of_it(&newsroom, "feeds");
    assert_eq!(kept(&newsroom).len(), 3);
    assert_eq!(newsroom.run(["build"]).exits(0).stderr, "", "nothing is left to be said");

    newsroom.set_config(&config("public", ""));
    newsroom.build();
    assert_eq!(kept(&newsroom).len(), 0);
    let bytes = |files: BTreeMap<String, crate::support::File>| {
        files.into_iter().map(|(name, file)| (name, file.bytes)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(bytes(newsroom.files("feeds")), bytes(public));

    // What came while it was private is in its archive too.
    newsroom.set_config(&config("token", ""));
    newsroom.build();
    for day in 5..=7 {
        let (title, date) = (format!("Story {day}"), format!("2026-01-0{day}"));
        newsroom.story(&format!("news/{day}.md"), story(&title, &date, SHARED, "Text."));
    }
    newsroom.build();
    newsroom.set_config(&config("public", ""));
    newsroom.build();
    assert_eq!(newsroom.titles("partners/flipboard"), ["Story 7", "Story 6"]);
    assert!(newsroom.published("partners/flipboard/archive/rss-0003.xml").contains("Story 5"));
}

#[test]
fn nobody_is_told_any_more_of_a_feed_that_becomes_private() {
    let newsroom = newsroom("public");
    newsroom.build();
    let now = chrono::Utc::now();
    let feed = with_store(&newsroom, async |store| {
        let feed = store.feed_at(&"partners/flipboard".parse().expect("a path")).await;
        let feed = feed.expect("an answer").expect("a feed");
        let wish = Subscribed {
            topic: "https://feeds.gazette.example/partners/flipboard/rss.xml".to_owned(),
            callback: "https://reader.example/".to_owned(),
            host: "reader.example".to_owned(),
            feed,
            format: Format::Rss,
            secret: None,
            expires: now + chrono::TimeDelta::days(1),
        };
        store.subscribe(&[wish]).await.expect("a subscription");
        feed
    });
    newsroom.set_config(&config("token", ""));
    newsroom.story("news/9.md", story("Story 9", "2026-01-09", SHARED, "Text."));
    newsroom.build();
    with_store(&newsroom, async |store| {
        assert_eq!(store.subscriptions(now).await.expect("an answer"), []);
        store.keep_hubs(&["https://hub.example/"]).await.expect("a hub");
        let wish = Subscribed {
            topic: "x".to_owned(),
            callback: "https://reader.example/".to_owned(),
            host: "reader.example".to_owned(),
            feed,
            format: Format::Rss,
            secret: None,
            expires: now + chrono::TimeDelta::days(1),
        };
        store.subscribe(&[wish]).await.expect("a subscription");
    });
    newsroom.story("news/9.md", story("Story nine", "2026-01-09", SHARED, "Text."));
    newsroom.build();
    with_store(&newsroom, async |store| {
        assert_eq!(store.subscriptions(now).await.expect("an answer"), [], "nor one that slips in");
        let pings = store.claim_pings(99, chrono::Utc::now(), now).await.expect("pings");
        assert!(!pings.is_empty(), "of others hubs are told");
        assert!(pings.iter().all(|ping| ping.topic.feed != feed));
    });
}

#[test]
fn a_private_feed_leaves_its_old_places_and_a_folder_that_the_store_does_not_know() {
    let newsroom = newsroom("public");
    newsroom.build();
    // The feed moves and becomes private at once.
    let moved = "[[moved]]\nfrom = \"partners/flipboard\"\nto = \"deals/x\"\n";
    let there = config("token", moved).replace("partners/flipboard\"\ntitle", "deals/x\"\ntitle");
    newsroom.set_config(&there);
    newsroom.build();
    for (name, file) in newsroom.files("feeds") {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        assert!(!name.contains("flipboard") && !name.contains("deals"), "{name}");
        assert!(!text.contains("deals/"), "{name}:\n{text}");
    }

    let newsroom = self::newsroom("public");
    newsroom.build();
    newsroom.lose_store();
    newsroom.set_config(&config("token", ""));
    newsroom.build();
    nothing_tells_of_it(&newsroom, "feeds");
}

#[test]
fn a_partner_feed_that_ends_says_no_farewell() {
    let newsroom = newsroom("token");
    newsroom.build();
    let ended = config("token", "[[moved]]\nfrom = \"partners/flipboard\"\n");
    newsroom.set_config(&ended.replace("path = \"partners/flipboard\"", "path = \"b2b\""));
    newsroom.build();
    assert!(!newsroom.exists("feeds/partners") && !newsroom.exists("feeds/b2b"));
    let names: Vec<String> = kept(&newsroom).into_keys().collect();
    assert_eq!(names, ["b2b/atom.xml", "b2b/feed.json", "b2b/rss.xml"]);
}

#[test]
fn partner_add_prints_a_token_once_and_the_store_has_it_nowhere() {
    let newsroom = newsroom("token");
    let added = newsroom.run(["partner", "add", "flipboard", "--expires", "90d"]).exits(0);
    let token = added.stdout.trim();
    assert!(token.starts_with("fwp_") && token.len() == 47, "{token}");
    assert_eq!(added.stderr, "");
    newsroom.build();
    assert!(!newsroom.store_holds(&token[4..24]), "the store has the token");
    let shown = newsroom.run(["partner", "list", "--format", "json"]).exits(0).json();
    let first = &shown[0];
    assert_eq!((&first["partner"], &first["state"]), (&"flipboard".into(), &"live".into()));
    assert_eq!((&first["requests"], &first["feeds"]), (&0.into(), &serde_json::json!([])));
    assert!(first["expires"].is_string() && first["last_used"].is_null());
    let listed = newsroom.run(["partner", "list"]).exits(0).stdout;
    assert!(listed.contains("flipboard") && listed.contains("all"), "{listed}");
    assert!(!listed.contains("fwp_"));
}

#[test]
fn a_second_token_opens_what_the_first_did_and_a_third_is_refused() {
    let newsroom = newsroom("token");
    let feed = ["partner", "add", "msn", "--feed", "partners/flipboard"];
    newsroom.run(feed).exits(0);
    newsroom.run(["partner", "add", "msn"]).exits(0);
    let shown = newsroom.run(["partner", "list", "--format", "json"]).exits(0).json();
    assert_eq!(shown[1]["feeds"], serde_json::json!(["partners/flipboard"]));
    let third = newsroom.run(["partner", "add", "msn"]).exits(2);
    third.complains_of(["`msn` has 2 tokens that are live", "partner revoke msn --token ID"]);
    let id = shown[0]["id"].to_string();
    newsroom.run(["partner", "revoke", "msn", "--token", &id]).exits(0);
    newsroom
        .run(["partner", "revoke", "msn", "--token", &id])
        .exits(1)
        .complains_of(["no token", "partner list"]);
    newsroom.run(["partner", "add", "msn"]).exits(0);
    newsroom.run(["partner", "revoke", "msn"]).exits(0);
    let shown = newsroom.run(["partner", "list", "--format", "json"]).exits(0).json();
    let states = shown.as_array().expect("tokens").iter().map(|token| token["state"].clone());
    assert_eq!(states.collect::<Vec<_>>(), ["revoked", "revoked", "revoked"]);
}

#[test]
fn what_partner_add_cannot_take_is_refused_with_a_fix() {
    let newsroom = newsroom("token");
    for (arguments, words) in [
        (["Flip Board", "--expires", "1y"], ["no name for a partner", "`flipboard`"]),
        (["msn", "--feed", "news"], ["`news` is no feed for partners", "`partners/flipboard`"]),
        (["msn", "--expires", "soon"], ["neither a span nor a date", "`90d`"]),
        (["msn", "--expires", "2020-01-31"], ["is over already", "`90d`"]),
    ] {
        let mut all = vec!["partner", "add"];
        all.extend(arguments.iter().filter(|text| !text.is_empty()));
        let all: [&str; 5] = all.try_into().expect("five");
        newsroom.run(all).exits(2).complains_of(words);
    }
    newsroom.set_config(&config("public", ""));
    newsroom.run(["partner", "add", "msn"]).exits(2).complains_of(["no feed is for partners"]);
}
