//! What stays the same for readers: guids and feeds, whatever moves.

use crate::support::{Newsroom, parsed, story};

fn plain(title: &str, date: &str) -> String {
    story(title, date, "", "Nothing happened.")
}

#[test]
fn a_guid_is_made_of_host_date_and_path_and_is_the_same_in_every_newsroom() {
    let make = || {
        let newsroom = Newsroom::new();
        newsroom.story("latam/a story ñ.md", plain("A", "2026-01-02"));
        newsroom.build();
        newsroom.id_of("A")
    };
    let id = make();
    assert_eq!(make(), id);
    assert!(id.starts_with("tag:www.gazette.example,2026-01-02:latam/"), "{id}");
    assert!(id.is_ascii() && !id.contains(' '), "{id}");
}

#[test]
fn an_hour_that_no_longer_comes_dates_nothing() {
    let newsroom = Newsroom::new();
    let dates = || {
        let entry = newsroom.json("")["items"][0].clone();
        ["date_published", "date_modified"].map(|name| entry[name].as_str().map(str::to_owned))
    };
    newsroom.story("a.md", plain("A", "2127-09-25"));
    newsroom.build();
    newsroom.story("a.md", plain("A", "2127-06-01"));
    newsroom.build();
    newsroom.story("a.md", plain("A", "2026-01-05T00:00:00Z"));
    newsroom.build();
    let first = Some("2026-01-05T00:00:00Z".to_owned());
    assert_eq!(dates(), [first.clone(), None], "it was never edited");

    newsroom.story("a.md", plain("A", "2127-09-25"));
    newsroom.build();
    newsroom.story("a.md", plain("A", "2026-01-05T00:00:00Z"));
    newsroom.build();
    let [published, modified] = dates();
    assert_eq!(published, first);
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let modified = modified.expect("readers may have seen a later date");
    assert!(modified.as_str() > "2026-01-05T00:00:00Z" && modified <= now, "{modified}");
}

#[test]
fn what_comes_in_with_an_old_correction_is_not_news() {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"found\"\nlimit = 1\n");
    newsroom.story("new.md", plain("New", "2026-11-20"));
    newsroom.build();
    for (name, correction) in [("a", "A name was wrong."), ("b", "{ text: A, date: 2012-03-05 }")] {
        let more = format!("correction: {correction}\nlastmod: 2026-11-19");
        newsroom.story(&format!("{name}.md"), story(name, "2012-03-04", &more, "Text."));
    }
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["New"]);
    let more = "correction: Another name was wrong.\nlastmod: 2026-11-19";
    newsroom.story("a.md", story("a", "2012-03-04", more, "Text."));
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["New", "a"], "readers are told of what came to it since");
}

#[test]
fn a_guid_outlives_another_title_section_and_date() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", plain("A", "2026-01-02"));
    newsroom.build();
    let id = newsroom.id_of("A");
    newsroom.story("latam/a.md", story("New", "2025-12-31", "section: sport\nslug: x", "Other."));
    newsroom.build();
    assert_eq!(newsroom.titles("sport"), ["New"]);
    assert_eq!(newsroom.ids(""), [id]);
}

#[test]
fn a_renamed_file_without_an_id_keeps_its_guid() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", plain("A", "2026-01-02"));
    newsroom.build();
    let id = newsroom.id_of("A");
    newsroom.rename_story("latam/a.md", "latam/better-name.md");
    newsroom.build();
    assert_eq!(newsroom.ids(""), [id]);
}

#[test]
fn a_file_that_is_away_for_a_build_and_comes_back_in_another_place_is_the_same_story() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", plain("A", "2026-01-02"));
    newsroom.story("latam/b.md", plain("B", "2026-01-03"));
    newsroom.build();
    let id = newsroom.id_of("A");
    newsroom.remove_story("latam/a.md");
    newsroom.build();
    newsroom.story("sport/c.md", plain("A", "2026-01-02"));
    newsroom.build();
    assert_eq!(newsroom.id_of("A"), id);
    assert_eq!(newsroom.titles("sport"), ["A"]);
    assert!(!newsroom.published("atom.xml").contains("deleted-entry"), "it is back");

    newsroom.run(["retract", "sport/c.md"]).exits(0);
    newsroom.remove_story("sport/c.md");
    newsroom.build();
    newsroom.story("latam/d.md", plain("A", "2026-01-02"));
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["B"], "it stays retracted");
    newsroom.story("latam/e.md", plain("B", "2026-01-03"));
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["B", "B"], "a copy beside its file is another story");
}

#[test]
fn a_source_of_another_name_has_the_same_stories() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", plain("A", "2026-01-02"));
    newsroom.story("latam/b.md", plain("B", "2026-01-03"));
    newsroom.story("latam/c.md", plain("C", "2026-01-04"));
    newsroom.build();
    let ids = newsroom.ids("");
    newsroom.run(["retract", "latam/c.md"]).exits(0);
    newsroom.write("config.toml", newsroom.read("config.toml").replace("\"desk\"", "\"news\""));
    newsroom.run(["build"]).exits(0).complains_of(["source news has the files of desk"]);
    assert_eq!(newsroom.ids(""), ids[1..], "one was taken back");
    newsroom.build().says_nothing();

    // Another folder under another name is no new name.
    newsroom.write("more/x.md", plain("X", "2026-01-05"));
    let config = newsroom.read("config.toml").replace("\"news\"", "\"more\"");
    newsroom.write("config.toml", config.replace("\"stories\"", "\"more\""));
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["X", "B", "A"]);
}

#[test]
fn a_source_with_files_of_the_same_names_is_another_source_and_one_that_lost_retracted_files_is_not()
 {
    let newsroom = Newsroom::new();
    for name in ["a", "b", "c"] {
        newsroom.story(&format!("latam/{name}.md"), plain(name, "2026-01-02"));
        newsroom
            .write(&format!("more/latam/{name}.md"), plain(&format!("Other {name}"), "2026-01-05"));
    }
    newsroom.build();
    let ids = newsroom.ids("");
    let config = newsroom.read("config.toml");
    let more = config.replace("\"desk\"", "\"more\"").replace("\"stories\"", "\"more\"");
    newsroom.write("config.toml", more);
    newsroom.build();
    assert_eq!(newsroom.titles("").len(), 6, "the guids of the first stay theirs");

    newsroom.write("config.toml", config.replace("\"desk\"", "\"news\""));
    for name in ["a", "b"] {
        newsroom.run(["retract", &format!("stories/latam/{name}.md")]);
    }
    newsroom.write("config.toml", &config);
    for name in ["a", "b"] {
        newsroom.run(["retract", &format!("stories/latam/{name}.md")]).exits(0);
    }
    newsroom.remove_story("latam/a.md");
    newsroom.build();
    newsroom.write("config.toml", config.replace("\"desk\"", "\"news\""));
    newsroom.run(["build"]).exits(0).complains_of(["source news has the files of desk"]);
    let left: Vec<String> = newsroom.ids("").into_iter().filter(|id| ids.contains(id)).collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_date_that_readers_saw_does_not_fall_while_a_story_is_away() {
    let newsroom = Newsroom::new();
    let lay = |date: &str, modified: &str| {
        newsroom.story("a.md", story("A", date, &format!("lastmod: {modified}"), "Text."));
        newsroom.build();
    };
    lay("2026-01-05T00:00:00Z", "2026-03-05T00:00:00Z");
    lay("2127-01-05T00:00:00Z", "2026-02-05T00:00:00Z");
    lay("2026-01-05T00:00:00Z", "2026-02-05T00:00:00Z");
    let modified =
        newsroom.json("")["items"][0]["date_modified"].as_str().expect("a date").to_owned();
    assert!(modified.as_str() >= "2026-03-05T00:00:00Z", "{modified}");
}

#[test]
fn a_story_with_an_id_keeps_its_guid_through_another_folder_name_and_text() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", story("A", "2026-01-02", "id: ports-1", "Text."));
    newsroom.build();
    let id = newsroom.id_of("A");
    assert!(id.starts_with("tag:www.gazette.example,") && id.contains("ports-1"), "{id}");

    newsroom.remove_story("latam/a.md");
    newsroom.story("sport/b.md", story("B", "2026-01-03", "id: ports-1", "All new."));
    newsroom.build();
    assert_eq!(newsroom.ids(""), [id.as_str()]);
    assert_eq!(newsroom.titles("sport"), ["B"]);
    assert_eq!(newsroom.titles("latam"), [""; 0], "the section it left has an empty feed");
}

#[test]
fn an_id_that_is_an_address_is_the_guid_as_it_stands() {
    let newsroom = Newsroom::new();
    let id = "https://old.example/?p=123";
    newsroom.story("a.md", story("A", "2026-01-02", &format!("id: \"{id}\""), "Text."));
    newsroom.story("b.md", story("B", "2026-01-01", "guid: \"urn:uuid:1-2-3\"", "Text."));
    newsroom.build();
    assert_eq!(newsroom.ids(""), [id, "urn:uuid:1-2-3"]);
}

#[test]
fn with_guid_permalink_the_first_address_is_the_guid_for_good() {
    let newsroom = Newsroom::new();
    let config = |pattern: &str| {
        let site = crate::support::SITE;
        let source = crate::support::SOURCE;
        format!("{site}{source}guid = \"permalink\"\npermalink = \"{pattern}\"\n")
    };
    newsroom.write("config.toml", config("/{section}/{slug}/"));
    newsroom.story("latam/a.md", plain("A", "2026-01-02"));
    newsroom.build();
    assert_eq!(newsroom.ids(""), ["https://www.gazette.example/latam/a/"]);

    newsroom.write("config.toml", config("/{year}/{slug}/"));
    newsroom.build();
    assert_eq!(newsroom.json("")["items"][0]["url"], "https://www.gazette.example/2026/a/");
    assert_eq!(newsroom.ids(""), ["https://www.gazette.example/latam/a/"]);
}

#[test]
fn a_moved_feed_leaves_a_copy_and_keeps_its_atom_id() {
    let newsroom = Newsroom::new();
    let section = |path: &str| {
        format!("[publish]\nsections = \"declared\"\n[[section]]\npath = \"{path}\"\n")
    };
    newsroom.set_config(&section("latam/seguridad"));
    newsroom.story("latam/seguridad/a.md", plain("A", "2026-01-02"));
    newsroom.build();
    let id = newsroom.atom("latam/seguridad").id;

    let moved = "[[moved]]\nfrom = \"latam/seguridad\"\nto = \"latam/security\"\n\
        [[moved]]\nfrom = \"/category/seguridad/feed/\"\nto = \"latam/security\"\n";
    newsroom.set_config(&format!("{}{moved}", section("latam/security")));
    newsroom.build();

    assert_eq!(newsroom.titles("latam/security"), ["A"], "the old name counts as the new one");
    assert_eq!(newsroom.atom("latam/security").id, id);
    for file in ["rss.xml", "atom.xml", "feed.json"] {
        let new = newsroom.published(&format!("latam/security/{file}"));
        assert_eq!(newsroom.published(&format!("latam/seguridad/{file}")), new);
        assert!(new.contains(&format!("https://feeds.gazette.example/latam/security/{file}")));
    }
    let map = newsroom.published("nginx-moved.map");
    let line =
        "\"/latam/seguridad/rss.xml\" \"https://feeds.gazette.example/latam/security/rss.xml\";";
    assert!(map.contains(line), "{map}");
    assert!(map.contains("\"/category/seguridad/feed/\""), "{map}");
    newsroom.build().says_nothing();
}

#[test]
fn a_retired_feed_says_so_in_its_last_entry_and_stays_so() {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"declared\"\n[[section]]\npath = \"sport\"\n[[section]]\npath = \"news\"\n");
    newsroom.story("news/a.md", story("A", "2026-01-02", "sections: [news]", "Text."));
    newsroom.story("sport/b.md", story("B", "2026-01-01", "sections: [sport]", "Text."));
    newsroom.build();

    newsroom.remove_story("sport/b.md");
    newsroom.set_config("[publish]\nsections = \"declared\"\n[[section]]\npath = \"news\"\n[[moved]]\nfrom = \"sport\"\n");
    newsroom.build();
    let farewell = newsroom.titles("sport");
    assert_eq!(farewell.len(), 1, "{farewell:?}");
    assert!(farewell[0].contains("ended"), "{farewell:?}");
    for file in ["sport/rss.xml", "sport/atom.xml"] {
        assert_eq!(parsed(newsroom.published(file).as_bytes()).entries.len(), 1, "{file}");
    }
    assert!(!newsroom.published("feeds.opml").contains("/sport/"));

    let before = newsroom.files("feeds");
    newsroom.build();
    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn a_feed_that_the_config_no_longer_explains_stays_and_is_reported() {
    let newsroom = Newsroom::new();
    let feed = "[[feed]]\npath = \"espanol\"\nwhere = { language = \"es\" }\n";
    newsroom.set_config(feed);
    newsroom.story("a.md", story("A", "2026-01-02", "lang: es", "Texto."));
    newsroom.build();
    let before = newsroom.files("feeds/espanol");
    assert_eq!(before.len(), 4, "{:?}", before.keys());

    newsroom.set_config("");
    newsroom.run(["build"]).complains_of(["espanol"]);
    assert_eq!(newsroom.files("feeds/espanol"), before);
    assert!(!newsroom.published("feeds.opml").contains("espanol"));
}

#[test]
fn files_of_a_format_that_was_switched_off_stay_and_are_reported() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", plain("A", "2026-01-02"));
    newsroom.build();
    let old = newsroom.published("latam/atom.xml");

    newsroom.set_config("[publish]\nformats = [\"rss\", \"json\"]\n");
    newsroom.story("latam/b.md", plain("B", "2026-01-03"));
    newsroom.run(["build"]).complains_of(["atom.xml"]);

    assert_eq!(newsroom.published("latam/atom.xml"), old);
    assert_eq!(newsroom.titles("latam"), ["B", "A"]);
    let page = newsroom.published("latam/index.html");
    assert!(!page.contains("atom.xml"), "no link to what isn't kept up");
}

#[test]
fn in_summary_mode_no_feed_carries_the_whole_text() {
    let newsroom = Newsroom::new();
    newsroom.set_config(
        "[publish]\ncontent = \"summary\"\nsections = \"declared\"\n\
         [[section]]\npath = \"latam\"\ncontent = \"full\"\n",
    );
    let body = format!("{}\n\nThe very last words.", "First words come first. ".repeat(60));
    let text = story("A", "2026-01-02", "summary: In short.", &body);
    newsroom.story("latam/a.md", text);
    newsroom.story("latam/b.md", story("B", "2026-01-01", "", &body));
    newsroom.build();

    for file in ["rss.xml", "atom.xml", "feed.json", "index.html"] {
        let text = newsroom.published(file);
        assert!(!text.contains("The very last words."), "{file}");
        assert!(text.contains("In short.") && text.contains("First words come first."), "{file}");
    }
    assert!(newsroom.published("latam/rss.xml").contains("The very last words."));
}

#[test]
fn a_story_of_an_undeclared_section_is_a_fault_and_in_the_site_wide_feed() {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"declared\"\n[[section]]\npath = \"latam/security\"\n[[section]]\npath = \"latam\"\n");
    newsroom.story("latam/secutiry/a.md", plain("A", "2026-01-02"));
    newsroom.story("latam/security/b.md", plain("B", "2026-01-01"));
    let ran = newsroom.run(["build"]).exits(1);
    ran.complains_of([
        "stories/latam/secutiry/a.md",
        "`latam/secutiry`",
        "did you mean `latam/security`",
    ]);

    assert_eq!(newsroom.titles(""), ["A", "B"]);
    assert_eq!(newsroom.titles("latam/security"), ["B"]);
    assert!(!newsroom.exists("feeds/latam/secutiry"));
    newsroom.run(["build"]).exits(1).complains_of(["latam/secutiry"]);
}

#[test]
fn a_declared_section_without_stories_has_an_empty_feed() {
    let newsroom = Newsroom::new();
    newsroom.set_config("[publish]\nsections = \"declared\"\n[[section]]\npath = \"culture\"\n");
    newsroom.build();
    assert_eq!(newsroom.titles("culture"), [""; 0]);
    for file in ["culture/rss.xml", "culture/atom.xml", "rss.xml", "atom.xml"] {
        assert_eq!(parsed(newsroom.published(file).as_bytes()).entries.len(), 0, "{file}");
    }
    newsroom.build().says_nothing();
}

#[test]
fn any_number_of_stories_may_share_a_name_and_a_day() {
    let newsroom = Newsroom::new();
    for (file, title) in [("latam/a.md", "A"), ("latam/a.html", "B"), ("latam/a.txt", "C")] {
        newsroom.story(file, plain(title, "2026-01-02"));
        newsroom.build();
    }

    let ids = ["A", "B", "C"].map(|title| newsroom.id_of(title));
    assert_eq!(ids[1], format!("{}-2", ids[0]));
    assert_eq!(ids[2], format!("{}-3", ids[0]));
}

#[test]
fn two_files_that_change_places_take_their_ids_along() {
    let newsroom = Newsroom::new();
    let x = story("X", "2026-01-02", "id: x", "Nothing happened.");
    let y = story("Y", "2026-01-02", "id: y", "Nothing happened.");
    newsroom.story("latam/a.md", &x).story("latam/b.md", &y).build();
    let ids = ["X", "Y"].map(|title| newsroom.id_of(title));
    newsroom.story("latam/a.md", &y).story("latam/b.md", &x).build();

    assert_eq!(["X", "Y"].map(|title| newsroom.id_of(title)), ids);
}

#[test]
fn a_draft_in_words_is_a_draft() {
    let newsroom = Newsroom::new();
    for (number, word) in ["true", "yes", " On ", "soon"].iter().enumerate() {
        let hidden = format!("draft: \"{word}\"");
        let text = story("Hidden", "2026-01-02", &hidden, "Nothing happened.");
        newsroom.story(&format!("latam/{number}.md"), text);
    }
    newsroom.build();

    assert!(!newsroom.published("feed.json").contains("Hidden"));
}

#[test]
fn a_feed_that_moved_and_was_retired_then_says_so_at_its_old_place() {
    let newsroom = Newsroom::new();
    let config = |moved: &str| {
        format!("[publish]\nsections = \"found\"\n[[moved]]\nfrom = \"sport\"\n{moved}")
    };
    newsroom.set_config("[publish]\nsections = \"found\"\n");
    newsroom.story("sport/b.md", plain("B", "2026-01-01"));
    newsroom.story("news/a.md", plain("A", "2026-01-02"));
    newsroom.build();
    newsroom.set_config(&config("to = \"news\"\n"));
    newsroom.build();
    newsroom.set_config(&config(""));
    newsroom.run(["build", "--accept"]);
    assert!(newsroom.titles("sport")[0].contains("ended"), "{:?}", newsroom.titles("sport"));
    assert!(!newsroom.published("nginx-moved.map").contains("410\";"), "readers are let in");
    let before = newsroom.files("feeds");
    newsroom.build();
    assert_eq!(newsroom.files("feeds"), before);
}
