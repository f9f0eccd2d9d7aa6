//! `feedwright config`, the environment, and what the command says about itself.

use std::process::Stdio;

use crate::support::{Newsroom, story};

#[test]
fn check_says_nothing_about_a_good_configuration() {
    Newsroom::new().run(["config", "check"]).exits(0).says_nothing();
}

#[test]
fn check_tells_all_faults_with_line_and_fix_and_exits_2() {
    let newsroom = Newsroom::new();
    newsroom.write(
        "config.toml",
        "[site]\ntitle = \"X\"\nurl = \"ftp://x.example/\"\ntime_zone = \"America/Mexico\"\n\
         language = \"english please\"\n\n[publish]\nlimit = 0\nwindow = \"2 moons\"\n\n\
         [[feed]]\npath = \"es\"\nwhere = { langauge = \"es\" }\n\n\
         [[source]]\nname = \"desk\"\npath = \"storys\"\npermalink = \"/{sluck}/\"\n",
    );
    let ran = newsroom.run(["config", "check"]).exits(2);
    for line in [3, 4, 5, 8, 9, 13, 17, 18] {
        let place = format!("config.toml:{line}");
        assert!(ran.stderr.contains(&place), "{place} is not in\n{}", ran.stderr);
    }
    assert!(ran.stderr.contains("did you mean `language`?"), "{}", ran.stderr);
    assert!(ran.stderr.matches("fix:").count() >= 8, "{}", ran.stderr);
    assert!(!newsroom.has_store() && !newsroom.exists("feeds"));
}

#[test]
fn a_file_that_is_no_toml_shows_the_line() {
    let newsroom = Newsroom::new();
    newsroom.write("config.toml", "[site]\ntitle = \"X\nurl = \"https://x.example/\"\n");
    newsroom.run(["build"]).exits(2).complains_of(["config.toml:2", "fix:"]);
}

#[test]
fn a_missing_configuration_is_named_with_what_to_do() {
    let newsroom = Newsroom::empty();
    newsroom.run(["build"]).exits(2).complains_of(["config.toml", "feedwright init"]);
    newsroom.run(["build", "--config", "other.toml"]).exits(2).complains_of(["other.toml"]);
}

#[test]
fn show_prints_a_configuration_that_loads_and_shows_the_same_again() {
    let newsroom = Newsroom::new();
    newsroom.set_config(
        "[publish]\nlimit = 7\n[[section]]\npath = \"latam\"\ntitle = { en = \"LatAm\", es = \"AL\" }\n\
         [[feed]]\npath = \"es\"\nwhere = { language = \"es\" }\n",
    );
    let shown = newsroom.run(["config", "show"]).exits(0).stdout;
    assert!(shown.contains("limit = 7") && shown.contains("latam"), "{shown}");
    assert!(shown.contains("window") && shown.contains("max_bytes"), "defaults too: {shown}");
    newsroom.write("config.toml", &shown);
    assert_eq!(newsroom.run(["config", "show"]).exits(0).stdout, shown);
    newsroom.run(["config", "show", "--format", "json"]).exits(0).json();
}

#[test]
fn show_hides_secrets() {
    let newsroom = Newsroom::new();
    newsroom.write("secret.txt", "sqlite:hidden-name.db\n");
    newsroom.set_config("[store]\nurl_file = \"secret.txt\"\n");
    let ran = newsroom.run(["config", "show"]).exits(0);
    assert!(!ran.stdout.contains("hidden-name"), "{ran:?}");
    newsroom.build();
    assert!(newsroom.exists("hidden-name.db"));
}

#[test]
fn a_variable_sets_a_single_value() {
    let newsroom = Newsroom::new().variable("FEEDWRIGHT_STORE_URL", "sqlite:elsewhere/kept.db");
    newsroom.story("a.md", story("A", "2026-01-02", "", "Text."));
    newsroom.build();
    assert!(newsroom.exists("elsewhere/kept.db") && !newsroom.exists("stories.db"));

    let newsroom = newsroom
        .variable("FEEDWRIGHT_SITE_TITLE", "The Herald")
        .variable("FEEDWRIGHT_PUBLISH_LIMIT", "3")
        .variable("FEEDWRIGHT_PUBLISH_FORMATS", "[\"json\"]");
    let shown = newsroom.run(["config", "show"]).exits(0).stdout;
    assert!(shown.contains("The Herald") && shown.contains("limit = 3"), "{shown}");
    newsroom.build();
    assert_eq!(newsroom.json("")["title"], "The Herald");
}

#[test]
fn an_unknown_variable_or_a_bad_value_is_a_fault() {
    let newsroom = Newsroom::new().variable("FEEDWRIGHT_STORE_ULR", "sqlite:x.db");
    let ran = newsroom.run(["build"]).exits(2);
    ran.complains_of(["FEEDWRIGHT_STORE_ULR", "did you mean `FEEDWRIGHT_STORE_URL`?"]);
    assert!(!newsroom.exists("feeds"));

    let newsroom = Newsroom::new().variable("FEEDWRIGHT_PUBLISH_LIMIT", "many");
    newsroom.run(["config", "check"]).exits(2).complains_of(["FEEDWRIGHT_PUBLISH_LIMIT", "many"]);
}

#[test]
fn the_configuration_can_be_named_by_variable_and_paths_follow_it() {
    let newsroom = Newsroom::new();
    newsroom.story("a.md", story("A", "2026-01-02", "", "Text."));
    let config = newsroom.path("config.toml");
    let config = config.to_str().expect("UTF-8");
    let elsewhere = Newsroom::empty().variable("FEEDWRIGHT_CONFIG", config);
    elsewhere.build();
    assert_eq!(newsroom.titles(""), ["A"]);
    assert_eq!(elsewhere.files("").len(), 0);
}

#[test]
fn the_schema_is_json_and_describes_every_table() {
    let schema = Newsroom::empty().run(["config", "schema"]).exits(0).json();
    assert!(schema["$schema"].as_str().is_some_and(|name| name.contains("json-schema.org")));
    for table in ["site", "store", "publish", "section", "feed", "moved", "source"] {
        assert!(schema["properties"][table].is_object(), "{table}");
    }
    assert_eq!(schema["additionalProperties"], false);
}

#[test]
fn a_new_newsroom_builds_at_once() {
    let newsroom = Newsroom::empty();
    newsroom.run(["init", "demo"]).exits(0);
    newsroom.run(["build", "--config", "demo/config.toml"]).exits(0).says_nothing();
    let feed = newsroom.read("demo/feeds/feed.json");
    assert!(feed.contains("content_html"), "{feed}");
    let before = newsroom.files("demo");
    let ran = newsroom.run(["init", "demo"]);
    assert_eq!(ran.status, Some(2), "{ran:?}");
    assert_eq!(newsroom.files("demo"), before, "what is there is not written over");
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let newsroom = Newsroom::empty();
    for shell in ["bash", "zsh", "fish"] {
        let ran = newsroom.run(["completions", shell]).exits(0);
        assert!(ran.stdout.contains("feedwright") && ran.stdout.contains("build"), "{shell}");
    }
    let ran = newsroom.run(["man"]).exits(0);
    assert!(ran.stdout.contains(".TH") && ran.stdout.contains("feedwright"));
    newsroom.run(["man", "pages"]).exits(0);
    assert!(newsroom.exists("pages/feedwright-build.1"), "{:?}", newsroom.files("pages").keys());
}

#[test]
fn usage_faults_exit_2_and_help_and_version_exit_0() {
    let newsroom = Newsroom::new();
    newsroom.run(["bild"]).exits(2).complains_of(["bild"]);
    newsroom.run(["build", "--nonsense"]).exits(2);
    newsroom.run(["-v", "-q", "build"]).exits(2);
    assert!(newsroom.run(["--help"]).exits(0).stdout.contains("Exit codes"));
    assert!(newsroom.run(["--version"]).exits(0).stdout.contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn build_tells_programs_and_the_curious_what_it_did() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/a.md", story("A", "2026-01-02", "", "Text."));
    let told = newsroom.run(["build", "--format", "json"]).exits(0).json();
    assert_eq!(told["sources"][0]["new"], 1);
    assert_eq!(told["feeds"][0]["entries"], 1);
    assert_eq!(told["faults"].as_array().map(Vec::len), Some(0));
    let ran = newsroom.run(["build", "-v"]).exits(0);
    for word in ["feed", "entries", "new", "changed", "gone", "bytes", "latam"] {
        assert!(ran.stdout.contains(word), "{word}: {}", ran.stdout);
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_command_quietly() {
    let newsroom = Newsroom::empty();
    let mut command = newsroom.command();
    command.args(["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("the command ends");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert_eq!(ended.status.code(), Some(0));
}

#[test]
fn stories_are_built_the_same_from_any_folder() {
    let newsroom = Newsroom::new();
    newsroom.story("a.md", story("A", "2026-01-02", "", "Text."));
    newsroom.build();
    let before = newsroom.files("feeds");
    let mut command = newsroom.command();
    command.current_dir("/").env("TZ", "Pacific/Apia").arg("build").arg("--config");
    let ran = command.arg(newsroom.path("config.toml")).output().expect("it runs");
    assert!(ran.status.success() && ran.stdout.is_empty(), "{ran:?}");
    assert_eq!(newsroom.files("feeds"), before);
    assert!(newsroom.has_store());
}
