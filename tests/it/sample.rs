//! The sample newsroom of the repository is also the golden test: `feeds/` exactly as built.

use std::{collections::BTreeMap, fs, path::Path};

use crate::support::{Newsroom, files_below, repository};

/// What a build reads.
const GIVEN: [&str; 3] = ["stories", "static", "media"];

fn copy_of_the_sample() -> Newsroom {
    let newsroom = Newsroom::empty();
    let config = fs::read(repository().join("config.toml")).expect("config.toml");
    newsroom.write("config.toml", config);
    for folder in GIVEN {
        for (name, bytes) in files_below(&repository().join(folder)) {
            newsroom.write(&format!("{folder}/{name}"), bytes);
        }
    }
    newsroom
}

/// Compares by name first, so that a failure can be read.
#[track_caller]
fn assert_same(built: &BTreeMap<String, Vec<u8>>, golden: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(built.keys().collect::<Vec<_>>(), golden.keys().collect::<Vec<_>>());
    for (name, bytes) in built {
        let (built, golden) = (lines(bytes), lines(&golden[name]));
        for (number, (built, golden)) in (1..).zip(built.iter().zip(&golden)) {
            assert_eq!(built, golden, "feeds/{name}:{number}");
        }
        assert_eq!(built.len(), golden.len(), "feeds/{name}");
    }
    assert_eq!(built, golden);
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(bytes).split_inclusive('\n').map(str::to_owned).collect()
}

fn golden() -> BTreeMap<String, Vec<u8>> {
    files_below(&repository().join("feeds"))
}

#[test]
fn the_sample_newsroom_builds_to_exactly_the_feeds_of_the_repository() {
    let newsroom = copy_of_the_sample();
    newsroom.build().says_nothing();
    assert_same(&files_below(&newsroom.path("feeds")), &golden());
}

#[test]
fn time_zone_language_and_working_folder_make_no_difference() {
    let places = [
        ("Pacific/Kiritimati", "tr_TR.UTF-8", Path::new("/")),
        ("America/Anchorage", "C", Path::new("/tmp")),
        (":nonsense", "de_DE.ISO-8859-1", Path::new("/usr")),
    ];
    for (zone, language, folder) in places {
        let newsroom = copy_of_the_sample();
        let mut command = newsroom.command();
        command.current_dir(folder).env("TZ", zone).env("LANG", language).env("LC_ALL", language);
        command.env("HOME", "/nonexistent").env("USER", "someone").arg("build").arg("--config");
        let ran = command.arg(newsroom.path("config.toml")).output().expect("it runs");
        assert!(ran.status.success(), "{ran:?}");
        assert_same(&files_below(&newsroom.path("feeds")), &golden());
    }
}

#[test]
fn built_story_by_story_it_comes_out_the_same_as_built_at_once() {
    let newsroom = copy_of_the_sample();
    let stories: Vec<_> = files_below(&newsroom.path("stories")).into_iter().collect();
    fs::remove_dir_all(newsroom.path("stories")).expect("the stories");
    fs::create_dir(newsroom.path("stories")).expect("an empty folder");
    // The latest first, so that every order in which stories may come in is another one.
    for (name, bytes) in stories.iter().rev() {
        newsroom.story(name, bytes);
        newsroom.run(["build"]);
    }
    newsroom.build();
    assert_same(&files_below(&newsroom.path("feeds")), &golden());
}

#[test]
fn a_fresh_clone_takes_over_its_feeds_without_writing_one() {
    let newsroom = copy_of_the_sample();
    for (name, bytes) in golden() {
        newsroom.write(&format!("feeds/{name}"), bytes);
    }
    let before = newsroom.files("feeds");
    newsroom.build().says_nothing();
    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn the_stylesheets_and_listings_that_pages_name_are_there() {
    let feeds = golden();
    for name in ["index.html", "feeds.opml", "feed.css", "page.css", "rss.xml", "atom.xml"] {
        assert!(feeds.contains_key(name), "feeds/{name}");
    }
    for (name, bytes) in feeds.iter().filter(|(name, _)| name.ends_with("index.html")) {
        let page = String::from_utf8_lossy(bytes);
        assert!(!page.contains("<script"), "{name}");
        assert!(page.contains("viewport") && page.contains("rel=\"alternate\""), "{name}");
    }
}
