//! One article that comes by two ways, and two that look like one.

use super::{MONDAY, RSS, TUESDAY, fetch, source, subscribed, wire};
use crate::support::{
    self, Newsroom,
    origin::{Origin, rss},
};

#[test]
fn one_article_of_two_sources_is_published_once_by_the_first_of_them() {
    let origin = Origin::start();
    let text = "The river rose by two metres overnight, and the ferry at Puerto Norte stopped at \
        dawn. The mayor asked families on the lower bank to leave their houses before noon.";
    let second = rss(&[("River rises", "7", MONDAY, text)])
        .replace("https://wire.example/", "https://partner.example/");
    origin.serve("/feed", RSS, rss(&[("River rises fast", "7", TUESDAY, text)]));
    origin.serve("/second", RSS, second);
    let tables = wire(&origin, "priority = 1");
    let second = source(&origin, "second", "/second", "priority = 2");
    let newsroom = Newsroom::new().config(&format!("{tables}{second}"));
    newsroom.run(["fetch", "second"]).exits(0);
    newsroom.build();
    let guid = newsroom.ids("");
    assert_eq!(newsroom.titles(""), ["River rises"]);
    // The one that goes first takes the story over, under the guid that readers know.
    newsroom.run(["fetch"]).exits(0);
    newsroom.build();
    assert_eq!((newsroom.titles(""), newsroom.ids("")), (vec!["River rises fast".into()], guid));
    newsroom.run(["fetch"]).exits(0);
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["River rises fast"]);
}

#[test]
fn our_own_story_that_a_source_brought_first_is_ours_under_the_guid_that_readers_know() {
    let origin = Origin::start();
    let text = "The river rose by two metres overnight, says the wire.";
    let feed = rss(&[("River rises, says the wire", "7", TUESDAY, text)])
        .replace("https://wire.example/7", "https://www.gazette.example/news/river/");
    origin.serve("/feed", RSS, feed);
    let newsroom = subscribed(&origin, "");
    newsroom.story("news/bridge.md", support::story("The bridge", "2026-01-02", "", "Open."));
    fetch(&newsroom).exits(0);
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["River rises, says the wire", "The bridge"]);
    let guids = newsroom.ids("");
    // Its file comes, and is the story from now on.
    newsroom.story("news/river.md", support::story("The river rises", "2026-01-05", "", text));
    fetch(&newsroom).exits(0);
    newsroom.build();
    newsroom.build();
    fetch(&newsroom).exits(0);
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["The river rises", "The bridge"]);
    assert_eq!(newsroom.ids(""), guids);
    newsroom.run(["build", "--full"]).exits(0);
    assert_eq!(newsroom.titles(""), ["The river rises", "The bridge"]);
}

#[test]
fn words_that_many_articles_have_make_none_of_them_another() {
    let origin = Origin::start();
    let teaser = "This article is for subscribers of the wire alone: subscribe today, for less than \
        a coffee, and read all that our reporters bring home from forty provinces every day.";
    let feed = |host: &str, kind: &str, number: usize| -> String {
        let titles: Vec<String> = (0..number).map(|at| format!("{kind} number {at}")).collect();
        let ids: Vec<String> = (0..number).map(|at| format!("{kind}{at}")).collect();
        let items = titles
            .iter()
            .zip(&ids)
            .map(|(title, id)| (title.as_str(), id.as_str(), MONDAY, teaser));
        rss(&items.collect::<Vec<_>>()).replace("wire.example", host)
    };
    origin.serve("/feed", RSS, feed("wire.example", "Storm", 4));
    origin.serve("/second", RSS, feed("partner.example", "Strike", 30));
    origin.serve("/third", RSS, feed("third.example", "Vote", 2));
    let second = source(&origin, "second", "/second", "backfill = \"all\"");
    let third = source(&origin, "third", "/third", "");
    let newsroom = Newsroom::new().config(&format!("{}{second}{third}", wire(&origin, "")));
    newsroom.run(["fetch", "wire"]).exits(0);
    newsroom.run(["fetch", "second"]).exits(0);
    newsroom.run(["fetch", "third"]).exits(0);
    newsroom.build();
    assert_eq!(newsroom.titles("").len(), 36);
}

#[test]
fn our_own_story_that_comes_back_is_not_published_twice() {
    let origin = Origin::start();
    let text = "The river rose by two metres overnight, and the ferry at Puerto Norte stopped at \
        dawn. The mayor asked families on the lower bank to leave their houses before noon.";
    origin.serve("/feed", RSS, rss(&[("River rises", "7", TUESDAY, text)]));
    let newsroom = subscribed(&origin, "");
    let own = support::story("The river rises", "2026-01-05", "", text);
    newsroom.story("news/river.md", own);
    newsroom.build();
    let told = fetch(&newsroom).exits(0).json();
    assert_eq!((&told[0]["new"], &told[0]["duplicate"]), (&0.into(), &1.into()));
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["The river rises"]);
}

#[test]
fn no_source_takes_the_guid_of_anothers_story() {
    let origin = Origin::start();
    origin.serve("/feed", RSS, rss(&[("Mine", "7", MONDAY, "Text that is mine.")]));
    let stolen = rss(&[("Stolen", "7", TUESDAY, "Text that is another.")])
        .replace("<link>https://wire.example/7", "<link>https://thief.example/x");
    origin.serve("/other", RSS, stolen);
    let newsroom = subscribed(&origin, &source(&origin, "other", "/other", ""));
    newsroom.run(["fetch", "wire"]).exits(0);
    newsroom.run(["fetch", "other"]).exits(0);
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["Stolen", "Mine"]);
    let ids = newsroom.ids("");
    assert_eq!(ids[1], "https://wire.example/?p=7");
    assert!(ids[0].starts_with("tag:www.gazette.example,2000:other/"), "{ids:?}");
}
