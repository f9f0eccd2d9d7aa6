//! `serve` tells webhooks what its passes published: clause by clause of `docs/webhooks.md`.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::Value;

use crate::support::{
    Newsroom,
    origin::{Origin, Said},
    story,
};

fn newsroom(origin: &Origin, paths: &[&str]) -> Newsroom {
    let mut config = "[publish]\nsections = \"found\"\n\n".to_owned();
    for path in paths {
        config.push_str(&format!(
            "[[webhook]]\nname = \"{}\"\nurl = \"{}\"\nsecret = \"swordfish-swordfish\"\n\
             allow_private = true\n\n",
            path.trim_start_matches('/'),
            origin.at(path)
        ));
    }
    let newsroom = Newsroom::new().config(&config);
    newsroom.story("news/one.md", story("One", "2026-01-01", "", "Text."));
    newsroom
}

fn tell(newsroom: &Newsroom, title: &str) {
    newsroom.story(&format!("news/{title}.md"), story(title, "2026-01-02", "", "Text."));
}

/// The titles of new stories in the feed of the section, and the ids, as they came.
fn told(origin: &Origin, path: &str) -> Vec<(String, String)> {
    let mut told = Vec::new();
    for asked in origin.came("POST", path) {
        let bulletin: Value = serde_json::from_slice(&asked.body).expect("JSON");
        let id = bulletin["id"].as_str().expect("an id");
        let feeds = bulletin["feeds"].as_array().expect("feeds").iter();
        for feed in feeds.filter(|feed| feed["feed"] == "news") {
            for story in feed["new"].as_array().expect("stories") {
                told.push((story["title"].as_str().expect("a title").to_owned(), id.to_owned()));
            }
        }
    }
    told
}

fn has(origin: &Origin, path: &str, title: &str) -> bool {
    told(origin, path).iter().any(|(it, _)| it == title)
}

#[test]
fn a_webhook_that_hangs_keeps_no_other_waiting_and_gets_everything_in_order() {
    let origin = Origin::start();
    let newsroom = newsroom(&origin, &["/slow", "/quick"]);
    let hangs = Arc::new(AtomicBool::new(true));
    let (held, begun) = (Arc::clone(&hangs), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&begun);
    origin.say("/quick", Said::new(200, ""));
    origin.answer("/slow", move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        while held.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        Said::new(200, "")
    });
    let service = newsroom.serve();
    for title in ["Two", "Three", "Four"] {
        tell(&newsroom, title);
        service.wait_for("the quick one is told", || has(&origin, "/quick", title));
    }
    service.wait_for("the slow one was begun with", || begun.load(Ordering::Relaxed) == 1);
    hangs.store(false, Ordering::Relaxed);
    service.wait_for("the slow one is told", || has(&origin, "/slow", "Four"));
    let titles: Vec<_> = told(&origin, "/slow").into_iter().map(|(title, _)| title).collect();
    assert_eq!(titles, ["Two", "Three", "Four"]);
}

#[test]
fn what_is_owed_to_a_webhook_survives_a_service_that_is_killed_under_the_same_id() {
    let origin = Origin::start();
    let newsroom = newsroom(&origin, &["/hook"]);
    let hangs = Arc::new(AtomicBool::new(false));
    let (held, begun) = (Arc::clone(&hangs), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&begun);
    origin.answer("/hook", move |_| {
        if held.load(Ordering::Relaxed) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
        while held.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        Said::new(200, "")
    });
    let mut service = newsroom.serve();
    tell(&newsroom, "Two");
    service.wait_for("it is told", || has(&origin, "/hook", "Two"));
    hangs.store(true, Ordering::Relaxed);
    tell(&newsroom, "Three");
    service.wait_for("it is being told", || begun.load(Ordering::Relaxed) == 1);
    service.kill();
    hangs.store(false, Ordering::Relaxed);
    let service = newsroom.serve();
    service.wait_for("it is told again", || {
        told(&origin, "/hook").iter().filter(|(title, _)| title == "Three").count() == 2
    });
    let told = told(&origin, "/hook");
    let ids: Vec<_> = told.iter().filter(|(it, _)| it == "Three").map(|(_, id)| id).collect();
    assert_eq!(ids[0], ids[1]);
    tell(&newsroom, "Four");
    service.wait_for("the next follows", || has(&origin, "/hook", "Four"));
}
