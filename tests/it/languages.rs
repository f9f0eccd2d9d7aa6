//! A feed per language: `split_by_language`.

use crate::support::{Newsroom, story};

const CONFIG: &str = r#"
[publish]
sections = "found"
split_by_language = true

[[section]]
path = "latam/security"
title = { en = "LatAm Security", es = "Seguridad en Latinoamérica" }
description = { en = "Ports and borders.", es = "Puertos y fronteras." }
"#;

fn newsroom(config: &str) -> Newsroom {
    let newsroom = Newsroom::new().config(config);
    let text = "The pilots went out before dawn.";
    let date = |day: u32| format!("2026-02-{day:02}T08:00:00Z");
    newsroom
        .story("latam/security/port.md", story("The port", &date(3), "", text))
        .story("latam/security/port.es.md", story("El puerto", &date(2), "", text))
        .story("latam/security/rio.md", story("O rio", &date(4), "language: pt-BR", text))
        .story("world/summit.md", story("The summit", &date(5), "", text))
        .story("latam/ahead.md", story("En avant", "2999-01-01", "language: fr", text));
    newsroom
}

#[test]
fn each_language_of_a_section_has_a_feed_with_its_own_words() {
    let newsroom = newsroom(CONFIG);
    newsroom.build();
    for (feed, titles) in [
        ("es", &["El puerto"][..]),
        ("es/latam", &["El puerto"]),
        ("es/latam/security", &["El puerto"]),
        ("en", &["The summit", "The port"]),
        ("en/latam/security", &["The port"]),
        ("pt/latam/security", &["O rio"]),
        ("en/world", &["The summit"]),
        ("latam/security", &["O rio", "The port", "El puerto"]),
    ] {
        let mut carried = newsroom.titles(feed);
        let mut titles = titles.to_vec();
        carried.sort_unstable();
        titles.sort_unstable();
        assert_eq!(carried, titles, "{feed}");
    }
    // What is embargoed makes no feed, and no language has one where it has no story.
    for feed in ["fr", "fr/latam", "es/world", "pt/world"] {
        assert!(!newsroom.exists(&format!("feeds/{feed}")), "{feed}");
    }
    let spanish = newsroom.published("es/latam/security/rss.xml");
    for part in [
        "<title>Seguridad en Latinoamérica</title>",
        "<description>Puertos y fronteras.</description>",
        "<language>es</language>",
        "<link>https://feeds.gazette.example/es/latam/security/</link>",
    ] {
        assert!(spanish.contains(part), "{part}: {spanish}");
    }
    let portuguese = newsroom.published("pt/latam/security/rss.xml");
    assert!(portuguese.contains("<title>LatAm Security (pt)</title>"), "{portuguese}");
    assert!(portuguese.contains("<language>pt</language>"));
    let twin = newsroom.published("es/latam/security/index.html");
    assert!(twin.contains("<html lang=\"es\""), "{twin}");
    for (language, path) in [("es", "es/latam"), ("en", "en/latam"), ("pt", "pt/latam")] {
        let link = format!(
            "<link rel=\"alternate\" hreflang=\"{language}\" \
             href=\"https://feeds.gazette.example/{path}/security/\">"
        );
        for page in ["es/latam/security", "latam/security"] {
            let page = newsroom.published(&format!("{page}/index.html"));
            assert_eq!(page.matches(&link).count(), 1, "{link}: {page}");
        }
    }
    let atom = newsroom.published("es/latam/security/atom.xml");
    assert!(atom.contains("rel=\"related\" hreflang=\"en\""), "{atom}");
    let opml = newsroom.published("feeds.opml");
    assert!(opml.contains("es/latam/security/rss.xml"));
    newsroom.run(["check", "--deny", "warnings"]).exits(0);
}

#[test]
fn step_by_step_gives_what_everything_at_once_gives() {
    let newsroom = newsroom(CONFIG);
    newsroom.build();
    newsroom.story("world/cumbre.es.md", story("La cumbre", "2026-02-06", "", "Texto."));
    newsroom.build();
    assert_eq!(newsroom.titles("es/world"), ["La cumbre"]);
    let before = newsroom.files("feeds");
    newsroom.build();
    newsroom.run(["build", "--full"]).exits(0);
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
    // A story that changes its language changes its feed.
    newsroom
        .story("world/cumbre.es.md", story("La cumbre", "2026-02-06", "language: pt", "Texto."));
    newsroom.build();
    assert_eq!(newsroom.titles("es/world"), [""; 0]);
    assert_eq!(newsroom.titles("pt/world"), ["La cumbre"]);
    let why =
        newsroom.run(["explain", "stories/world/cumbre.es.md", "es/world", "--format", "json"]);
    let why = why.exits(0).json();
    assert_eq!((&why["in"], &why["reason"]), (&false.into(), &"rule".into()), "{why}");
    let why =
        newsroom.run(["explain", "stories/world/cumbre.es.md", "pt/world", "--format", "json"]);
    assert_eq!(why.exits(0).json()["in"], true);
}

#[test]
fn switched_on_later_it_takes_in_what_is_there_and_off_again_it_leaves_the_files() {
    let plain = CONFIG.replace("split_by_language = true\n", "");
    let newsroom = newsroom(&plain);
    newsroom.build();
    assert!(!newsroom.exists("feeds/es"));
    newsroom.set_config(CONFIG);
    newsroom.build();
    assert_eq!(newsroom.titles("es/latam"), ["El puerto"]);
    assert_eq!(newsroom.titles("en"), ["The summit", "The port"]);
    let whole = newsroom.files("feeds");
    newsroom.run(["build", "--full"]).exits(0);
    assert_eq!(newsroom.changed_since(&whole), [""; 0]);
    newsroom.set_config(&plain);
    let build = newsroom.run(["build"]).exits(0);
    assert!(build.stderr.contains("`es/latam/` keeps"), "{}", build.stderr);
    assert!(newsroom.exists("feeds/es/latam/rss.xml"));
}

#[test]
fn a_section_that_is_called_like_a_language_goes_before() {
    let newsroom = newsroom(CONFIG);
    newsroom.story("it/desk.md", story("The computer desk", "2026-02-06", "section: it", "Text."));
    newsroom.story("world/vertice.md", story("Il vertice", "2026-02-06", "language: it", "Testo."));
    newsroom.build();
    assert_eq!(newsroom.titles("it"), ["The computer desk"]);
    assert_eq!(newsroom.titles("it/world"), ["Il vertice"]);
}

#[test]
fn a_region_that_is_named_keeps_its_stories_from_the_language_that_comes_later() {
    let newsroom = Newsroom::new().variable("FEEDWRIGHT_SITE_LANGUAGE", "en-US").config(CONFIG);
    newsroom.story("world/a.md", story("At home", "2026-02-01", "", "Text."));
    newsroom.build();
    assert_eq!(newsroom.titles("en-us/world"), ["At home"]);
    newsroom.story("world/b.md", story("Abroad", "2026-02-02", "language: en-GB", "Text."));
    newsroom.build();
    assert_eq!(newsroom.titles("en/world"), ["Abroad"]);
    assert_eq!(newsroom.titles("en-us/world"), ["At home"]);
    let before = newsroom.files("feeds");
    newsroom.run(["build", "--full"]).exits(0);
    assert_eq!(newsroom.changed_since(&before), [""; 0]);
}

#[test]
fn the_feeds_in_languages_move_along_with_their_section() {
    let newsroom =
        newsroom(&CONFIG.replace("[[section]]", "[[section]]\npath = \"world\"\n[[section]]"));
    newsroom.story("seguridad/uno.md", story("Uno", "2026-02-06", "language: en", "Texto."));
    newsroom.build();
    assert_eq!(newsroom.titles("en/seguridad"), ["Uno"]);
    let id = newsroom.atom("en/seguridad").id;
    newsroom.set_config(&format!("{CONFIG}\n[[moved]]\nfrom = \"seguridad\"\nto = \"orden\"\n"));
    newsroom.run(["build"]).exits(0);
    assert_eq!(newsroom.titles("en/orden"), ["Uno"]);
    assert_eq!(newsroom.atom("en/orden").id, id);
    // The copy at the old place leads to the new one.
    assert!(newsroom.published("en/seguridad/rss.xml").contains("/en/orden/rss.xml"));
}
