//! Taking stories back and giving them back, as an editor does it and as readers see it.

use crate::support::{Newsroom, story};
use chrono::{TimeDelta, Utc};

const NOTICE: &str = "Taken back: the <minister> never said so.";
const SHOWN: &str = "Taken back: the &lt;minister&gt; never said so.";

/// A newsroom whose feeds carry two stories, with seven in archive pages of two.
fn archive() -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"found\"\nlimit = 2\nwindow = \"1h\"\n");
    for day in 1..=7 {
        let body = format!("Zanzibar words of day {day}, all of them.");
        let text = story(&format!("Day {day}"), &format!("2026-01-0{day}T12:00:00Z"), "", &body);
        newsroom.story(&format!("latam/day-{day}.md"), text);
    }
    newsroom.build();
    newsroom
}

/// The files below `feeds/` in which `text` stands.
fn with(newsroom: &Newsroom, text: &str) -> Vec<String> {
    let files = newsroom.files("feeds").into_iter();
    let holds = files.filter(|(_, file)| String::from_utf8_lossy(&file.bytes).contains(text));
    holds.map(|(name, _)| name).collect()
}

/// The guid of a stored story.
fn guid(newsroom: &Newsroom, named: &str) -> String {
    let form = newsroom.run(["show", named, "--format", "json"]).exits(0).json();
    form["id"].as_str().expect("an id").to_owned()
}

/// How `show` names its state.
fn state(newsroom: &Newsroom, named: &str) -> String {
    let shown = newsroom.run(["show", named]).exits(0).stdout;
    let line = shown.lines().find_map(|line| line.strip_prefix("state"));
    line.expect("a state").trim().to_owned()
}

#[test]
fn a_retracted_story_leaves_every_format_and_every_archive_page_at_the_next_build() {
    let newsroom = archive();
    let pages = with(&newsroom, "of day 2,");
    assert!(pages.iter().any(|name| name.contains("archive/atom-")), "{pages:?}");
    assert_eq!(with(&newsroom, "of day 7,").len(), 8, "four files of two feeds");

    newsroom.run(["retract", "latam/day-2.md"]).exits(0).says_nothing();
    newsroom.run(["retract", "stories/latam/day-7.md"]).exits(0).says_nothing();
    assert_eq!(with(&newsroom, "of day 7,").len(), 8, "not before the next build");
    newsroom.build();

    for text in ["of day 2,", "of day 7,", "Day 2<", "Day 7<"] {
        assert_eq!(with(&newsroom, text), [""; 0], "{text}");
    }
    assert_eq!(newsroom.titles("latam"), ["Day 6", "Day 5"]);
    for named in ["latam/day-2.md", "latam/day-7.md"] {
        let id = guid(&newsroom, named);
        for feed in ["atom.xml", "latam/atom.xml"] {
            let atom = newsroom.published(feed);
            assert!(atom.contains(&format!("<at:deleted-entry ref=\"{id}\"")), "{feed} {id}");
        }
        assert_eq!(state(&newsroom, named), "retracted");
    }
    newsroom.build().says_nothing();
}

#[test]
fn a_notice_stands_under_the_guid_of_the_story_whatever_its_age() {
    let newsroom = archive();
    let id = guid(&newsroom, "latam/day-1.md");
    newsroom.run(["retract", &id, "--notice", NOTICE]).exits(0).says_nothing();
    newsroom.build();

    assert_eq!(with(&newsroom, "of day 1,"), [""; 0], "the old words are nowhere");
    for feed in ["", "latam"] {
        assert!(newsroom.ids(feed).contains(&id), "{feed}");
        let items = newsroom.json(feed);
        let items = items["items"].as_array().expect("items");
        let item = items.iter().find(|item| item["id"] == id.as_str()).expect("the notice");
        assert_eq!(item["content_html"], format!("<p>{SHOWN}</p>"));
        let atom = newsroom.atom(feed);
        let entry = atom.entries.iter().find(|entry| entry.id == id).expect("the notice");
        assert!(entry.updated > entry.published, "readers see that it changed");
        assert!(atom.updated >= entry.updated);
    }
    for file in ["rss.xml", "atom.xml", "index.html", "latam/rss.xml", "latam/index.html"] {
        assert!(newsroom.published(file).contains("never said so."), "{file}");
    }
    let atom = newsroom.published("latam/atom.xml");
    let tombstone = atom.split("<at:deleted-entry").nth(1).expect("a tombstone");
    assert!(tombstone.contains(&id) && tombstone.contains("at:comment"), "{tombstone}");
    assert!(tombstone.contains("never said so."), "{tombstone}");
    for name in with(&newsroom, "never said so.") {
        assert!(!name.contains("archive/"), "a notice is for today's readers: {name}");
    }
    newsroom.build().says_nothing();
}

#[test]
fn an_edited_or_recreated_file_of_a_retracted_story_stays_retracted() {
    let newsroom = archive();
    let id = guid(&newsroom, "latam/day-7.md");
    newsroom.run(["retract", &id]).exits(0);
    newsroom.build();

    newsroom.story("latam/day-7.md", story("Again", "2026-01-07", "", "Quokka words."));
    newsroom.build();
    assert_eq!(with(&newsroom, "Quokka"), [""; 0]);

    newsroom.remove_story("latam/day-7.md");
    newsroom.build();
    newsroom.story("latam/day-7.md", story("Once more", "2026-01-09", "", "Wombat words."));
    newsroom.build();
    assert_eq!(with(&newsroom, "Wombat"), [""; 0]);
    assert_eq!(state(&newsroom, &id), "retracted");

    newsroom.story("latam/day-7.md", story("New id", "2026-01-09", "id: other", "Numbat words."));
    newsroom.build();
    assert_eq!(with(&newsroom, "Numbat"), [""; 0], "an id written into the file changes nothing");
}

#[test]
fn a_renamed_file_of_a_retracted_story_stays_retracted() {
    for purge in [None, Some("--purge")] {
        let newsroom = archive();
        for day in [6, 7] {
            let named = format!("latam/day-{day}.md");
            let mut command = newsroom.command();
            command.args(["retract", &named]).args(purge);
            assert!(command.status().expect("the command starts").success());
        }
        newsroom.rename_story("latam/day-7.md", "latam/renamed-at-once.md");
        newsroom.build();
        newsroom.rename_story("latam/day-6.md", "latam/renamed-later.md");
        newsroom.build();
        newsroom.rename_story("latam/renamed-later.md", "latam/and-again.md");
        newsroom.build();
        assert_eq!(newsroom.titles("latam"), ["Day 5", "Day 4"], "{purge:?}");
        assert_eq!(state(&newsroom, "latam/and-again.md"), "retracted");
    }
}

#[test]
fn a_restored_story_comes_back_under_its_guid_with_what_its_file_says_now() {
    let newsroom = archive();
    let before = newsroom.ids("latam");
    newsroom.run(["retract", &before[0], "--notice", NOTICE]).exits(0);
    newsroom.build();
    let notice = newsroom.updated("Day 7");
    newsroom
        .story("latam/day-7.md", story("Day 7", "2026-01-07T12:00:00Z", "", "Corrected words."));
    newsroom.build();

    newsroom.run(["restore", "latam/day-7.md"]).exits(0).says_nothing();
    newsroom.build();

    assert_eq!(newsroom.ids("latam"), before);
    assert_eq!(with(&newsroom, "never said so."), [""; 0]);
    assert!(with(&newsroom, "Corrected words.").contains(&"latam/rss.xml".to_owned()));
    assert!(!newsroom.published("latam/atom.xml").contains("at:deleted-entry"));
    assert!(newsroom.updated("Day 7") >= notice, "a date that readers have seen never falls");
    newsroom.build().says_nothing();
}

#[test]
fn a_restored_story_is_dated_after_the_notice_that_readers_have_seen() {
    let newsroom = archive();
    newsroom.run(["retract", "latam/day-7.md", "--notice", NOTICE]).exits(0);
    newsroom.build();
    let notice = newsroom.updated("Day 7");
    newsroom.run(["restore", "latam/day-7.md"]).exits(0);
    newsroom.build();
    assert!(newsroom.updated("Day 7") >= notice, "feeds show whole seconds");
    assert!(with(&newsroom, "of day 7,").contains(&"latam/rss.xml".to_owned()));
}

#[test]
fn an_old_story_comes_back_on_its_archive_page() {
    let newsroom = archive();
    let before = with(&newsroom, "of day 1,");
    newsroom.run(["retract", "latam/day-1.md"]).exits(0);
    newsroom.build();
    newsroom.run(["restore", "latam/day-1.md"]).exits(0);
    newsroom.build();
    assert_eq!(with(&newsroom, "of day 1,"), before);
}

#[test]
fn a_retraction_that_no_build_has_seen_leaves_no_trace_when_it_is_taken_back() {
    let newsroom = archive();
    let before = newsroom.files("feeds");
    newsroom.run(["retract", "latam/day-7.md"]).exits(0);
    newsroom.run(["restore", "latam/day-7.md"]).exits(0);
    newsroom.build();
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
}

#[test]
fn a_story_that_no_reader_has_seen_leaves_no_tombstone_and_no_notice() {
    let newsroom = archive();
    let tomorrow = (Utc::now() + TimeDelta::days(1)).to_rfc3339();
    newsroom.story("latam/tomorrow.md", story("Tomorrow", &tomorrow, "", "Words."));
    newsroom.build();
    let before = newsroom.files("feeds");
    let id = guid(&newsroom, "latam/tomorrow.md");

    let text = story("Fresh", "2026-01-08T12:00:00Z", "section: latam\nid: fresh", "Words.");
    newsroom.write("fresh.md", text);
    newsroom.run(["add", "fresh.md"]).exits(0);

    for named in [id.as_str(), "fresh"] {
        newsroom
            .run(["retract", named, "--notice", NOTICE])
            .exits(0)
            .complains_of(["note: ", "no reader has seen"]);
    }
    newsroom.build();
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
}

#[test]
fn a_second_retraction_without_new_words_says_so_and_changes_nothing() {
    let newsroom = archive();
    newsroom.run(["retract", "latam/day-7.md", "--notice", NOTICE]).exits(0);
    newsroom.build();
    let before = newsroom.files("feeds");

    newsroom.run(["retract", "latam/day-7.md"]).exits(0).complains_of(["retracted already"]);
    let same = newsroom.run(["retract", "latam/day-7.md", "--notice", NOTICE]).exits(0);
    same.complains_of(["retracted already"]);
    newsroom.build();
    assert_eq!(newsroom.changed_since(&before), [""; 0]);

    newsroom.run(["retract", "latam/day-7.md", "--notice", "Other words."]).exits(0).says_nothing();
    newsroom.build();
    assert_eq!(with(&newsroom, "never said so."), [""; 0]);
    assert!(with(&newsroom, "Other words.").contains(&"latam/feed.json".to_owned()));
}

#[test]
fn a_notice_can_be_given_later() {
    let newsroom = archive();
    newsroom.run(["retract", "latam/day-3.md"]).exits(0);
    newsroom.build();
    newsroom.run(["retract", "latam/day-3.md", "--notice", NOTICE]).exits(0).says_nothing();
    newsroom.build();
    assert!(with(&newsroom, "never said so.").contains(&"latam/rss.xml".to_owned()));
}

#[test]
fn a_story_that_left_the_feeds_before_can_be_retracted_with_a_notice() {
    let newsroom = archive();
    let notice_of = |named: &str| {
        let id = guid(&newsroom, named);
        newsroom.run(["retract", named, "--notice", NOTICE]).exits(0).says_nothing();
        newsroom.build();
        for feed in ["", "latam"] {
            assert!(newsroom.ids(feed).contains(&id), "{named} in {feed}");
        }
        assert!(newsroom.published("latam/atom.xml").contains(&format!("ref=\"{id}\"")));
        assert_eq!(state(&newsroom, &id), "retracted");
    };
    // Withdrawn, without a file.
    newsroom.run(["retract", "latam/day-7.md"]).exits(0);
    newsroom.remove_story("latam/day-7.md");
    newsroom.run(["restore", "latam/day-7.md"]).exits(0);
    newsroom.build();
    assert_eq!(state(&newsroom, "latam/day-7.md"), "withdrawn");
    notice_of("latam/day-7.md");
    assert_eq!(with(&newsroom, "of day 7,"), [""; 0]);

    // Expired.
    let text = story("Day 1", "2026-01-01T12:00:00Z", "expiryDate: 2026-01-03", "Zanzibar words.");
    newsroom.story("latam/day-1.md", text);
    newsroom.build();
    notice_of("latam/day-1.md");

    // Made a draft.
    let text = story("Day 2", "2026-01-02T12:00:00Z", "draft: true", "Zanzibar words.");
    newsroom.story("latam/day-2.md", text);
    newsroom.build();
    notice_of("latam/day-2.md");
}

#[test]
fn a_restored_story_whose_file_is_gone_is_withdrawn_and_a_note_says_so() {
    let newsroom = archive();
    newsroom.run(["retract", "latam/day-7.md"]).exits(0);
    newsroom.remove_story("latam/day-7.md");
    let ran = newsroom.run(["restore", "stories/latam/day-7.md"]).exits(0);
    ran.complains_of(["note: ", "is gone", "withdrawn"]);
    newsroom.build();
    assert_eq!(state(&newsroom, "latam/day-7.md"), "withdrawn");
    assert_eq!(with(&newsroom, "of day 7,"), [""; 0]);
}

#[test]
fn what_is_not_retracted_is_not_restored_and_that_is_no_fault() {
    let newsroom = archive();
    let before = newsroom.files("feeds");
    let ran = newsroom.run(["restore", "latam/day-7.md"]).exits(0);
    ran.complains_of(["note: ", "isn't retracted"]);
    newsroom.build();
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
}

#[test]
fn a_story_that_was_added_comes_back_with_the_words_that_are_stored() {
    let newsroom = archive();
    let text = story("Added", "2026-01-08T12:00:00Z", "section: latam\nid: added-1", "Echidna.");
    newsroom.write("added.md", text);
    newsroom.run(["add", "added.md"]).exits(0);
    newsroom.build();
    let before = newsroom.ids("latam");

    newsroom.run(["retract", "added-1"]).exits(0);
    newsroom.build();
    assert_eq!(with(&newsroom, "Echidna"), [""; 0]);
    let again = newsroom.run(["add", "added.md"]).exits(1);
    again.complains_of(["retracted", "feedwright restore"]);
    newsroom.build();
    assert_eq!(with(&newsroom, "Echidna"), [""; 0], "adding it again doesn't bring it back");

    newsroom.run(["restore", "added-1"]).exits(0).says_nothing();
    newsroom.build();
    assert_eq!(newsroom.ids("latam"), before);
    newsroom.run(["add", "added.md"]).exits(0);
}

/// Whether any file of the store holds `text`.
#[test]
fn readers_of_a_section_that_a_story_left_are_told_when_it_is_taken_back_and_that_it_is_back() {
    let newsroom = Newsroom::new();
    let lay = |section: &str| {
        let more = format!("section: {section}");
        newsroom.story("a.md", story("Alpha", "2026-01-01", &more, "Text."));
    };
    newsroom.story("latam/b.md", story("Beta", "2026-01-02", "", "Text."));
    lay("latam");
    newsroom.build();
    let id = guid(&newsroom, "a.md");
    let tells = |feed: &str| {
        newsroom
            .published(&format!("{feed}/atom.xml"))
            .contains(&format!("deleted-entry ref=\"{id}\""))
    };
    lay("sport");
    newsroom.build();
    assert!(!tells("latam"), "it has merely moved");
    newsroom.run(["retract", "a.md"]).exits(0);
    newsroom.build();
    assert!(tells("latam") && tells("sport"));
    newsroom.build().says_nothing();
    lay("latam/security");
    newsroom.run(["restore", &id]).exits(0);
    newsroom.build();
    assert!(!tells("latam") && !tells("sport"));
    assert_eq!(newsroom.titles("latam/security"), ["Alpha"]);
}

#[test]
fn a_story_that_was_taken_back_is_in_no_file_that_the_configuration_no_longer_explains() {
    let newsroom = Newsroom::new();
    let config = |formats: &str, more: &str| {
        newsroom.set_config(&format!(
            "[publish]\nsections = \"found\"\nlimit = 2\nwindow = \"1h\"\nformats = {formats}\n{more}"
        ));
    };
    let extra = "[[feed]]\npath = \"extra\"\ntitle = \"E\"\nwhere = { section = \"latam\" }\n";
    config("[\"atom\", \"json\"]", extra);
    for day in 1..=5 {
        let text = story(&format!("Day {day}"), &format!("2026-01-0{day}"), "", "Text.");
        newsroom.story(&format!("latam/{day}.md"), text);
    }
    let odd = story("Odd", "2025-12-31", "id: \"https://gazette.example/?p=1&q='x'\"", "Text.");
    newsroom.story("latam/odd.md", odd);
    newsroom.build();
    config("[\"atom\"]", "");
    newsroom.run(["build"]).exits(0).complains_of(["`extra/` keeps"]);
    newsroom.story("latam/6.md", story("Day 6", "2026-01-06", "", "Text."));
    newsroom.build();
    assert_eq!(newsroom.titles("latam"), ["Day 5", "Day 4"], "what nothing explains stays");

    newsroom.run(["retract", "latam/1.md", "--purge"]).exits(0);
    let said = newsroom.run(["build"]).exits(0);
    said.complains_of(["`archive/feed-0001.json`", "`extra/atom.xml`", "they are removed"]);
    for file in ["feed.json", "latam/feed.json", "extra/index.html", "extra/archive/feed-0001.json"]
    {
        assert!(!newsroom.exists(&format!("feeds/{file}")), "{file}");
    }
    assert_eq!(with(&newsroom, "Day 1"), [""; 0]);
    assert!(newsroom.exists("feeds/latam/archive/atom-0001.xml"));
    newsroom.build().says_nothing();
}

#[test]
fn a_purge_leaves_nothing_of_the_text_in_the_store() {
    let newsroom = Newsroom::new();
    // Long enough for pages of its own, and edited, so that older versions lie in free pages.
    let body = |word: &str| format!("{word} paragraph.\n\n").repeat(3000);
    for (day, word) in (1..=5).zip(["Aardvark", "Bilby", "Cassowary", "Dingo", "Echidna"]) {
        let text = story(word, &format!("2026-01-0{day}T12:00:00Z"), "", &body(word));
        newsroom.story(&format!("latam/{day}.md"), text);
    }
    newsroom.build();
    let more = "summary: \"Platypus summary\"\ntags: [platypustag]\nauthor: Platypus Author";
    for word in ["Platypus", "Platypus again", "Platypus"] {
        let text = story("Platypus title", "2026-01-06T12:00:00Z", more, &body(word));
        newsroom.story("latam/6.md", text);
        newsroom.build();
    }
    let id = guid(&newsroom, "latam/6.md");
    assert!(newsroom.store_holds("Platypus"));

    newsroom.purged(newsroom.run(["retract", "latam/6.md", "--purge"]));
    newsroom.remove_story("latam/6.md");
    assert!(!newsroom.store_holds("Platypus") && !newsroom.store_holds("platypustag"));
    newsroom.build();

    assert!(!newsroom.store_holds("Platypus") && !newsroom.store_holds("platypustag"));
    assert!(newsroom.store_holds("Aardvark"), "the others are as they were");
    assert_eq!(with(&newsroom, "latypus"), [""; 0]);
    assert!(newsroom.published("latam/atom.xml").contains(&format!("deleted-entry ref=\"{id}\"")));
    assert_eq!(newsroom.titles("latam").len(), 5);
    let again = newsroom.run(["retract", &id, "--purge"]).exits(0);
    again.complains_of(["retracted already"]);
    let listed = newsroom.run(["list"]).exits(0).stdout;
    assert!(listed.contains(&id), "the guid is kept: {listed}");
}

#[test]
fn a_purge_keeps_the_notice_in_every_feed_that_carried_the_story() {
    let newsroom = archive();
    let id = guid(&newsroom, "latam/day-7.md");
    newsroom.purged(newsroom.run(["retract", &id, "--purge", "--notice", NOTICE]));
    newsroom.build();
    for feed in ["", "latam"] {
        let items = newsroom.json(feed);
        let items = items["items"].as_array().expect("items").clone();
        let item = items.iter().find(|item| item["id"] == id.as_str()).expect("the notice");
        assert_eq!(item["content_html"], format!("<p>{SHOWN}</p>"));
        assert!(item["url"].as_str().expect("an address").starts_with("https://"), "{item}");
        assert!(!item["title"].as_str().unwrap_or_default().contains("Day 7"));
    }
    assert_eq!(with(&newsroom, "Day 7<"), [""; 0]);
    newsroom.build().says_nothing();

    // A retraction with a notice can be made a purge; the notice stays.
    newsroom.run(["retract", "latam/day-6.md", "--notice", "Six."]).exits(0);
    newsroom.build();
    newsroom.purged(newsroom.run(["retract", "latam/day-6.md", "--purge"]));
    newsroom.build();
    assert!(with(&newsroom, "Six.").contains(&"latam/rss.xml".to_owned()));
    assert!(!newsroom.store_holds("of day 6,"));
}

#[test]
fn a_purged_story_gets_its_text_back_from_its_file() {
    let newsroom = archive();
    let before = newsroom.ids("latam");
    newsroom.run(["retract", "latam/day-7.md", "--purge"]).exits(0);
    newsroom.build();
    let ran = newsroom.run(["restore", "latam/day-7.md", "--format", "json"]).exits(0);
    assert_eq!(ran.json()["result"], "restored");
    newsroom.build();
    assert_eq!(newsroom.ids("latam"), before);
    assert_eq!(newsroom.titles("latam")[0], "Day 7");
    assert!(with(&newsroom, "of day 7,").contains(&"latam/rss.xml".to_owned()));
}

#[test]
fn a_purged_story_whose_file_is_broken_is_not_published_empty() {
    let newsroom = archive();
    newsroom.run(["retract", "latam/day-7.md", "--purge"]).exits(0);
    newsroom.build();
    newsroom.story("latam/day-7.md", "---\ntitle: Day 7\ndate: soon\n---\n");
    newsroom.run(["restore", "latam/day-7.md"]).exits(0);
    newsroom.run(["build"]).exits(1);
    assert_eq!(newsroom.titles("latam"), ["Day 6", "Day 5"]);
    assert_eq!(newsroom.titles(""), ["Day 6", "Day 5"]);
}

#[test]
fn a_purged_story_without_a_date_gets_its_address_back() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.txt", "River rises\n\nBy Ana Ruiz\n\nThe river rose.\n");
    newsroom.build();
    let before = newsroom.json("latam")["items"][0]["url"].clone();
    newsroom.run(["retract", "latam/a.txt", "--purge"]).exits(0);
    newsroom.build();
    newsroom.run(["restore", "latam/a.txt"]).exits(0);
    newsroom.build();
    assert_eq!(newsroom.json("latam")["items"][0]["url"], before);
}

#[test]
fn a_purged_story_that_was_added_cannot_be_restored() {
    let newsroom = archive();
    newsroom.write("added.md", story("Added", "2026-01-08", "section: latam\nid: added-1", "E."));
    newsroom.run(["add", "added.md"]).exits(0);
    newsroom.build();
    newsroom.run(["retract", "added-1", "--purge"]).exits(0);
    let ran = newsroom.run(["restore", "added-1"]).exits(1);
    ran.complains_of(["purged", "fix: ", "feedwright add"]);
    assert_eq!(state(&newsroom, "added-1"), "retracted");
}

#[test]
fn translations_do_not_name_a_story_that_was_taken_back() {
    for purge in ["", "--purge"] {
        let newsroom = Newsroom::new();
        newsroom.story("latam/a.md", story("River", "2026-01-02", "", "Words."));
        newsroom.story("latam/a.es.md", story("Rio", "2026-01-02", "slug: rio-uno", "Palabras."));
        newsroom.build();
        let names_it = |newsroom: &Newsroom| newsroom.published("atom.xml").contains("rio-uno");
        assert!(names_it(&newsroom));
        let mut command = newsroom.command();
        command.args(["retract", "latam/a.es.md"]);
        command.args(Some(purge).filter(|flag| !flag.is_empty()));
        assert!(command.output().expect("the command starts").status.success());
        newsroom.build();
        assert!(!names_it(&newsroom), "{}", newsroom.published("atom.xml"));
    }
}

#[test]
fn a_feed_that_never_carried_a_story_shows_no_notice_of_it() {
    let newsroom = archive();
    let id = guid(&newsroom, "latam/day-7.md");
    newsroom.run(["retract", &id, "--notice", NOTICE]).exits(0);
    newsroom.build();
    newsroom.set_config(
        "[publish]\nsections = \"found\"\nlimit = 2\nwindow = \"1h\"\n\
         [[feed]]\npath = \"all\"\nwhere = { section = \"latam\" }\n",
    );
    newsroom.build();
    newsroom.run(["build", "--full"]).exits(0);
    assert!(!newsroom.published("all/atom.xml").contains(&id));
    assert!(newsroom.ids("latam").contains(&id));
}

#[test]
fn what_was_done_is_said_to_those_who_ask() {
    let newsroom = archive();
    let id = guid(&newsroom, "latam/day-7.md");
    let ran = newsroom.run(["retract", &id, "-v"]).exits(0);
    for part in ["retracted", "Day 7", &id, "at the next build"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let ran = newsroom.run(["restore", &id, "-v"]).exits(0);
    for part in ["restored", "Day 7", &id, "at the next build"] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let form =
        newsroom.run(["retract", &id, "--notice", NOTICE, "--format", "json"]).exits(0).json();
    assert_eq!(form["result"], "retracted");
    assert_eq!((&form["id"], &form["title"]), (&id.into(), &"Day 7".into()));
    assert_eq!((&form["notice"], &form["purged"]), (&NOTICE.into(), &false.into()));
    assert!(form["notice_until"].as_str().expect("an instant").ends_with('Z'));
    let again =
        newsroom.run(["retract", &form["id"].to_string().replace('"', ""), "--format", "json"]);
    assert_eq!(again.exits(0).json()["result"], "unchanged");
}

#[test]
fn a_story_that_is_not_stored_is_neither_retracted_nor_restored() {
    let newsroom = archive();
    for command in ["retract", "restore"] {
        let ran = newsroom.run([command, "latam/day-8.md"]).exits(1);
        ran.complains_of(["no story `latam/day-8.md` is stored", "fix: "]);
        newsroom.run([command, ""]).exits(1);
    }
    newsroom
        .run(["retract", "latam/day-7.md", "--notice", " "])
        .exits(2)
        .complains_of(["--notice"]);
    assert_eq!(state(&newsroom, "latam/day-7.md"), "live");
    Newsroom::new().run(["retract", "latam/day-8.md"]).exits(1);
}
