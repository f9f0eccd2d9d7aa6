//! Stories that can't be read: reported with file and line, never in the way of the others.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, os::unix::fs::symlink};

use crate::support::{Newsroom, story};

/// A newsroom with one good story.
fn with_a_good_story() -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.story("news/good.md", story("Good", "2026-01-01", "", "Good text."));
    newsroom
}

/// Broken stories: name, bytes, where the report points to, and a word of what it says.
fn broken() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let text = |front: &str| format!("{front}\n\nBody.\n").into_bytes();
    let dated = |body: &str| story("Bad", "2026-01-02", "", body);
    let utf16 = |text: &str| -> Vec<u8> {
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let mut latin1 = story("Bad", "2026-01-02", "author: X", "First.\n\nCaf").into_bytes();
    latin1.extend_from_slice(b"\xe9 closed.\n");
    vec![
        (
            "yaml.md",
            text("---\ntitle: Bad\ndate: 2026-01-02\ntags: [one, two\nauthor: X\n---"),
            "yaml.md:",
            "fix:",
        ),
        (
            "toml.md",
            text("+++\ntitle = \"Bad\"\ndate = 2026-01-02\ntags = [\n\"x\" \"y\"]\n+++"),
            "toml.md:5:",
            "fix:",
        ),
        ("json.md", text("{\n\"title\": \"Bad\",\n\"date\": 2026-01-02\n}"), "json.md:3:", "fix:"),
        ("unclosed.md", text("---\ntitle: Bad\ndate: 2026-01-02"), "unclosed.md:1:", "fix:"),
        (
            "date.md",
            text("---\ntitle: Bad\nauthor: X\ndate: the day before yesterday\n---"),
            "date.md:4:",
            "`the day before yesterday`",
        ),
        ("month.md", text("---\ntitle: Bad\ndate: 2026-13-40\n---"), "month.md:3:", "`2026-13-40`"),
        ("latin1.md", latin1, "latin1.md:10:", "UTF-8"),
        ("utf16.md", utf16(&dated("Text.")), "utf16.md:1:", "UTF-16"),
        ("nul.md", dated("One.\n\nTwo\0.").into_bytes(), "nul.md:8:", "NUL"),
        ("deep.html", dated(&"<div>".repeat(20_000)).into_bytes(), "deep.html:6:", "nested"),
        ("quotes.md", dated(&"> ".repeat(20_000)).into_bytes(), "quotes.md:6:", "nested"),
        ("brackets.md", dated(&"[".repeat(600_000)).into_bytes(), "", ""),
        ("large.md", dated(&"Words. ".repeat(900_000)).into_bytes(), "large.md:", "large"),
        (
            "future.md",
            text("---\ntitle: Bad\ndate: 2026-01-02\nlastmod: 2099-01-01\n---"),
            "future.md:4:",
            "future",
        ),
        (
            "section.md",
            text("---\ntitle: Bad\ndate: 2026-01-02\nsection: ../../etc\n---"),
            "section.md:4:",
            "`../../etc`",
        ),
        (
            "language.md",
            text("---\ntitle: Bad\ndate: 2026-01-02\nlanguage: not a language\n---"),
            "language.md:4:",
            "`not a language`",
        ),
    ]
}

#[test]
fn a_broken_story_is_reported_with_file_and_line_and_the_others_are_published() {
    let mut wrong = Vec::new();
    for (name, bytes, place, word) in broken().into_iter().filter(|case| !case.2.is_empty()) {
        let newsroom = with_a_good_story();
        newsroom.story(&format!("news/{name}"), bytes);
        let ran = newsroom.run(["build"]);
        let titles = newsroom.titles("news");
        let named = ran.stderr.contains(&format!("/stories/news/{place}"));
        if ran.status != Some(1) || titles != ["Good"] || !named || !ran.stderr.contains(word) {
            wrong.push(format!("{name}, wanted {place} … {word}: {titles:?} {ran:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_report_of_a_broken_front_matter_names_one_line() {
    let newsroom = with_a_good_story();
    newsroom.story("news/a.md", "---\ntitle: Bad\ntags: [one, two\nauthor: X\n---\n\nText.\n");
    let ran = newsroom.run(["build"]).exits(1).complains_of(["news/a.md:4:"]);
    assert!(!ran.stderr.contains("line 3"), "counted from another line: {}", ran.stderr);
}

#[test]
fn text_that_is_dear_to_parse_is_published_or_refused_and_never_fatal() {
    for (name, bytes, ..) in broken().into_iter().filter(|case| case.2.is_empty()) {
        let newsroom = with_a_good_story();
        newsroom.story(&format!("news/{name}"), bytes);
        let ran = newsroom.run(["build"]);
        assert!(matches!(ran.status, Some(0 | 1)), "{name}: {ran:?}");
        assert!(newsroom.titles("news").contains(&"Good".to_owned()));
    }
}

#[test]
fn a_story_that_was_fine_before_keeps_its_last_good_version() {
    for (name, bytes, place, _) in broken().into_iter().filter(|case| !case.2.is_empty()) {
        let newsroom = with_a_good_story();
        let path = format!("news/{name}");
        newsroom.story(&path, story("Fine", "2026-01-02", "", "As it was."));
        newsroom.build();
        let before = newsroom.files("feeds");

        newsroom.story(&path, bytes);
        for _ in 0..2 {
            newsroom.run(["build"]).exits(1).complains_of([place]);
            assert_eq!(newsroom.files("feeds"), before, "{name}");
        }

        newsroom.story(&path, story("Mended", "2026-01-02", "", "As it is."));
        newsroom.build();
        assert_eq!(newsroom.titles("news"), ["Mended", "Good"], "{name}");
    }
}

#[test]
fn every_broken_story_is_named_in_one_run() {
    let newsroom = with_a_good_story();
    for (name, bytes, ..) in broken() {
        newsroom.story(&format!("news/{name}"), bytes);
    }
    let ran = newsroom.run(["build"]).exits(1);
    for (name, _, place, _) in broken().iter().filter(|case| !case.2.is_empty()) {
        assert!(ran.stderr.contains(place), "{name} is not in {}", ran.stderr);
    }
}

#[test]
fn a_file_of_fifty_megabytes_is_refused_by_its_size() {
    let newsroom = with_a_good_story();
    newsroom.story("news/huge.md", story("Huge", "2026-01-02", "", "Text."));
    let file = fs::File::options().write(true).open(newsroom.path("stories/news/huge.md"));
    file.expect("a file").set_len(50 << 20).expect("a sparse file");
    newsroom.run(["build"]).exits(1).complains_of(["/stories/news/huge.md", "large"]);
    assert_eq!(newsroom.titles(""), ["Good"]);
}

#[test]
fn a_link_that_leads_back_or_nowhere_is_reported_and_passed_over() {
    let newsroom = with_a_good_story();
    let stories = newsroom.path("stories");
    symlink(&stories, stories.join("news/loop")).expect("a link");
    newsroom.run(["build"]).exits(1).complains_of(["news/loop", "link"]);
    assert_eq!(newsroom.titles(""), ["Good"]);

    fs::remove_file(stories.join("news/loop")).expect("the link");
    symlink("self.md", stories.join("news/self.md")).expect("a link");
    symlink("/nowhere/at-all.md", stories.join("news/nowhere.md")).expect("a link");
    newsroom.run(["build"]).exits(1).complains_of(["self.md", "nowhere.md"]);
    assert_eq!(newsroom.titles(""), ["Good"]);
}

#[test]
fn a_name_that_is_no_utf8_is_reported_and_passed_over() {
    let newsroom = with_a_good_story();
    let name = newsroom.path("stories/news").join(OsStr::from_bytes(b"caf\xe9.md"));
    fs::write(name, story("Bad", "2026-01-02", "", "Text.")).expect("a file");
    newsroom.run(["build"]).exits(1).complains_of(["/stories/news/caf", "UTF-8"]);
    assert_eq!(newsroom.titles(""), ["Good"]);

    let folder = newsroom.path("stories").join(OsStr::from_bytes(b"sali\xf3"));
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("a.md"), story("Bad", "2026-01-02", "", "Text.")).expect("a file");
    newsroom.run(["build"]).exits(1).complains_of(["/stories/sali"]);
    assert_eq!(newsroom.titles(""), ["Good"]);
}

#[test]
fn of_two_newcomers_with_one_id_the_first_by_path_gets_it_and_both_are_named() {
    let newsroom = Newsroom::new();
    newsroom.story("news/b.md", story("Second", "2026-01-03", "id: one", "Text."));
    newsroom.story("news/a.md", story("First", "2026-01-02", "id: one", "Text."));
    for _ in 0..2 {
        newsroom.run(["build"]).exits(1).complains_of(["news/b.md", "news/a.md", "`one`"]);
        assert_eq!(newsroom.titles(""), ["First"]);
    }
}

#[test]
fn the_story_that_holds_an_id_keeps_it_against_a_newcomer_that_comes_first_by_path() {
    let newsroom = Newsroom::new();
    newsroom.story("news/z.md", story("Holder", "2026-01-02", "id: one", "Text."));
    newsroom.build();
    newsroom.story("news/a.md", story("Newcomer", "2026-01-03", "id: one", "Text."));
    newsroom.run(["build"]).exits(1).complains_of(["news/a.md", "news/z.md", "`one`"]);
    assert_eq!(newsroom.titles(""), ["Holder"]);

    newsroom.story("news/z.md", story("Holder, edited", "2026-01-02", "id: one", "Text."));
    newsroom.run(["build"]).exits(1);
    assert_eq!(newsroom.titles(""), ["Holder, edited"]);

    newsroom.remove_story("news/z.md");
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["Newcomer"], "once it is free, it goes over");
}

#[test]
fn a_broken_holder_keeps_its_id_too() {
    let newsroom = Newsroom::new();
    newsroom.story("news/z.md", story("Holder", "2026-01-02", "id: one", "Text."));
    newsroom.build();
    newsroom.story("news/z.md", "---\ntitle: [broken\n---\nText.\n");
    newsroom.story("news/a.md", story("Newcomer", "2026-01-03", "id: one", "Text."));
    newsroom.run(["build"]).exits(1).complains_of(["news/a.md", "news/z.md"]);
    assert_eq!(newsroom.titles(""), ["Holder"]);
}

#[test]
fn a_stories_folder_that_went_away_is_a_fault_and_empties_no_feed() {
    let newsroom = with_a_good_story();
    newsroom.build();
    let before = newsroom.files("feeds");
    fs::rename(newsroom.path("stories"), newsroom.path("away")).expect("a folder");
    newsroom.run(["build"]).exits(2).complains_of(["config.toml", "stories"]);
    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn messages_never_steer_the_terminal() {
    let newsroom = with_a_good_story();
    newsroom.story(
        "news/\u{1b}[31mred.md",
        "---\ntitle: \"\u{1b}]0;x\u{7}\"\ndate: no\u{1b}[2J\n---\n",
    );
    let ran = newsroom.run(["build"]).exits(1);
    assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn a_file_that_is_not_there_is_said_with_what_to_do() {
    let newsroom = Newsroom::new();
    newsroom.write("there.xml", "<rss version=\"2.0\"><channel></channel></rss>");
    let fix = ["gone.xml", "there is no such file", "fix: look for a typing error"];
    newsroom.run(["adopt", "gone.xml"]).exits(3).complains_of(fix);
    newsroom.run(["check", "gone.xml"]).exits(3).complains_of(fix);
    newsroom.run(["diff", "there.xml", "gone.xml"]).exits(3).complains_of(fix);
    newsroom.run(["source", "test", "gone.xml"]).exits(3).complains_of(fix);
    newsroom.run(["import", "wordpress", "gone.xml"]).exits(3).complains_of(fix);
    newsroom.run(["import", "opml", "gone.xml"]).exits(3).complains_of(fix);
    newsroom.run(["init", "new", "--from", "gone.xml"]).exits(3).complains_of(fix);

    let fix = ["can't be read here", "fix: save what it has"];
    newsroom.run(["adopt", "ftp://s.example/feed"]).exits(3).complains_of(fix);
    newsroom.run(["diff", "there.xml", "https://s.example/feed"]).exits(3).complains_of(fix);

    newsroom.run(["init", "there.xml"]).exits(3).complains_of(["there.xml", "fix: name another"]);
}
