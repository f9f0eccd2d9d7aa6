//! Whole configurations, as a user writes them.

use std::{io, path::Path, time::Duration};

use super::*;
use crate::story::{
    Access, Allowance, FeedPath, Format, Has, Language, Payment, SectionPath, Title, Where,
};

/// The configuration of the design, with every table and every key it shows.
const WHOLE: &str = include_str!("whole.toml");

const SMALL: &str = "[site]\ntitle = \"X\"\nurl = \"https://x.example\"\n";

fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
    let read_file = |path: &Path| match path.to_str() {
        Some("/srv/news/secret") => Ok("sqlite:from-file.db\n".to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let folder_exists = |path: &Path| !path.ends_with("missing");
    let source = ConfigText {
        text,
        name: "config.toml",
        folder: Path::new("/srv/news"),
        read_file: &read_file,
        folder_exists: &folder_exists,
    };
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    load(&source, variables.collect::<Vec<_>>())
}

fn good(text: &str) -> Config {
    load_with(text, &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

fn faults(text: &str) -> Vec<String> {
    let found = load_with(text, &[]).expect_err("faults");
    found.0.iter().map(ToString::to_string).collect()
}

/// The faults of `text` below a small site, with lines counted from its own first line.
fn fault_below(text: &str) -> String {
    let found = faults(&format!("{SMALL}{text}"));
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].clone()
}

fn section(path: &str) -> SectionPath {
    path.parse().expect("a section")
}

#[test]
fn the_whole_configuration_loads() {
    let config = good(WHOLE);
    assert_eq!(config.site.title, "LatAm Reports");
    assert_eq!(config.site.hubs[0].0, "https://feeds.latamreports.example/hub");
    assert_eq!(config.store.expose(), "sqlite:/srv/news/stories.db");
    assert_eq!(config.publish.folder, Path::new("/srv/news/feeds"));
    assert_eq!(config.publish.limits.window, Duration::from_hours(48));
    let paths: Vec<_> = config.feeds.iter().map(|spec| spec.path.as_str()).collect();
    assert_eq!(paths, ["", "latam/security", "espanol"]);
    let access: Vec<_> = config.feeds.iter().map(|spec| spec.access).collect();
    assert_eq!(access, [Access::Public, Access::Public, Access::Token]);
    assert_eq!(config.feeds[0].title, "LatAm Reports");
    assert_eq!(config.feeds[0].page.as_deref(), Some("https://www.latamreports.example/"));
    assert_eq!(config.feeds[1].description, "Stories in LatAm Security.");
    assert_eq!(config.feeds[1].rule, Where::Section(vec![section("latam/security")]));
    assert_eq!(config.feeds[1].ttl_minutes, 15);
    assert_eq!(config.sources.len(), 1);
    assert_eq!(config.sources[0].folder, Path::new("/srv/news/stories"));
    assert_eq!(config.sources[0].time_zone, chrono_tz::America::Mexico_City);
    assert_eq!(config.moves[0].from_feed(), "latam/seguridad".parse::<FeedPath>().ok());
    let notices = config.notices.join("\n");
    assert_eq!(config.remote.len(), 1);
    assert_eq!(config.remote[0].every, Some(Duration::from_mins(15)));
    assert_eq!((config.remote[0].backfill, config.remote[0].allow_private), (Some(20), false));
    assert!(notices.is_empty(), "{notices}");
}

#[test]
fn a_title_and_an_address_are_enough() {
    let config = good(SMALL);
    assert_eq!(config.site.url.as_str(), "https://x.example/");
    assert_eq!(config.site.feeds_url, config.site.url);
    assert_eq!(config.site.description, "Everything X publishes, newest first.");
    assert_eq!(config.publish.formats, [Format::Rss, Format::Atom, Format::Json]);
    assert_eq!((config.publish.limits.entries, config.publish.guard), (50, 20));
    assert_eq!(config.publish.limits.max_bytes, 1_048_576);
    assert!(config.publish.archives);
    assert_eq!(config.schedule.every, Duration::from_mins(5));
    assert_eq!(config.notices, Vec::<String>::new());
}

#[test]
fn nine_faults_are_reported_in_one_run_with_their_lines() {
    let text = r#"[site]
title = "X"
url = "www.x.example"
time_zone = "America/Bogata"

[publish]
max_bytes = "1 MeB"
limits = 5

[[section]]
path = "latam"

[[section]]
path = "Latam/"

[[feed]]
path = "espanol"
where = { source = "wires", has = "sound" }

[[source]]
name = "wire"
path = "missing"
permalink = "/{slgu}/"
"#;
    assert_eq!(
        faults(text),
        [
            "config.toml:3, site: `url` `www.x.example` is no absolute address\n  \
             fix: write the whole address, such as `https://www.x.example`",
            "config.toml:4, site: `time_zone` `America/Bogata` is no time zone\n  \
             fix: did you mean `America/Bogota`?",
            "config.toml:7, publish: `max_bytes` `1 MeB` is no size\n  \
             fix: write one such as `1MiB`, `500 KB` or a number of bytes",
            "config.toml:8, publish: unknown key `limits`\n  fix: did you mean `limit`?",
            "config.toml:14, section Latam/: `path` `latam` is the path of section latam on line 11 \
             too\n  fix: give each its own path, or remove one of them",
            "config.toml:18, feed espanol: `source` `wires` is no source\n  \
             fix: did you mean `wire`?",
            "config.toml:18, feed espanol: `has` `sound` is nothing a story has\n  \
             fix: use one of `image`, `audio`, `video`, `enclosure`, `correction`, `summary`",
            "config.toml:22, source wire: `path` `missing` is no folder that can be read \
             (/srv/news/missing)\n  fix: make the folder readable, or correct the path",
            "config.toml:23, source wire: `permalink` has the unknown token `{slgu}`\n  \
             fix: did you mean `slug`?",
        ]
    );
}

#[test]
fn an_empty_file_says_what_is_missing_and_a_typo_is_not_also_missing() {
    let found = faults("");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("config.toml, site: `title` is missing"), "{}", found[0]);
    let found = faults("[site]\ntitel = \"X\"\nurl = 3\n");
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn a_variable_overrides_a_single_value() {
    let variables = [
        ("FEEDWRIGHT_SITE_TITLE", "2026"),
        ("FEEDWRIGHT_STORE_URL", "sqlite:/var/other.db"),
        ("FEEDWRIGHT_PUBLISH_LIMIT", "7"),
        ("FEEDWRIGHT_PUBLISH_FORMATS", "[\"json\"]"),
        ("FEEDWRIGHT_PUBLISH_MAX_BYTES", "500000"),
        ("FEEDWRIGHT_SERVER_LISTEN", "unix:/run/f.sock"),
        ("FEEDWRIGHT_WEBSUB_HUB", "[\"https://hub.example/\"]"),
        ("FEEDWRIGHT_LOG", "debug"),
        ("FEEDWRIGHT_SITE_EDITOR", ""),
        ("HOME", "/root"),
    ];
    let config = load_with(WHOLE, &variables).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.site.title, "2026");
    assert_eq!(config.store.file(), Some(Path::new("/var/other.db")));
    assert_eq!(config.publish.limits.entries, 7);
    assert_eq!(config.publish.formats, [Format::Json]);
    assert_eq!(config.publish.limits.max_bytes, 500_000);
    assert_eq!(config.server.listen.to_string(), "unix:/run/f.sock");
    assert_eq!(config.site.hubs[0].0, "https://hub.example/");
    let from_file = [("FEEDWRIGHT_STORE_URL_FILE", "secret")];
    let config = load_with(WHOLE, &from_file).unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.store.file(), Some(Path::new("/srv/news/from-file.db")));
}

#[test]
fn a_fault_in_a_variable_names_the_variable() {
    let variables = [
        ("FEEDWRIGHT_PUBLISH_LIMIT", "0"),
        ("FEEDWRIGHT_PUBLISH_GUARD", "many"),
        ("FEEDWRIGHT_SITE_LANGUAGES", "[\"pt\", 5]"),
        ("FEEDWRIGHT_SITE_TITEL", "X"),
    ];
    let found = load_with(SMALL, &variables).expect_err("faults").0;
    let found: Vec<_> = found.iter().map(|f| (f.line, f.place.as_str(), f.fix.as_str())).collect();
    assert_eq!(
        found,
        [
            (None, "FEEDWRIGHT_PUBLISH_GUARD", "write it as in config.toml"),
            (None, "FEEDWRIGHT_PUBLISH_LIMIT", "write a number from 1 to 10000"),
            (None, "FEEDWRIGHT_SITE_LANGUAGES", "write a text in quotes"),
            (None, "FEEDWRIGHT_SITE_TITEL", "did you mean `FEEDWRIGHT_SITE_TITLE`?"),
        ]
    );
}

#[test]
fn what_show_prints_loads_again_as_the_same() {
    let config = good(WHOLE);
    let shown = show(&config);
    let again = good(&shown);
    assert_eq!(show(&again), shown);
    assert_eq!(again.feeds, config.feeds);
    assert_eq!(again.site, config.site);
    assert_eq!(again.sources, config.sources);
    assert_eq!(again.moves, config.moves);
    assert_eq!(again.notices, config.notices);
    assert_eq!(show_json(&config)["publish"]["window"], "2d");
    assert_eq!(show_json(&config)["site"].get("logo"), None);
}

#[test]
fn no_secret_is_shown() {
    let text = format!(
        "{SMALL}[[source]]\nname = \"db\"\nkind = \"sql\"\nurl = \"postgres://u:s3cret@db/cms\"\n\
         query = \"SELECT 1\"\n"
    );
    let config = good(&text);
    let shown = format!("{}{}{config:?}", show(&config), show_json(&config));
    assert!(shown.contains("postgres://u:***@db/cms") && !shown.contains("s3cret"), "{shown}");
    let config = good(&format!("{SMALL}[store]\nurl = \"postgres://u:s3cret@db/news\"\n"));
    let shown = format!("{}{}{config:?}", show(&config), show_json(&config));
    assert!(shown.contains("postgres://u:***@db/news") && !shown.contains("s3cret"), "{shown}");
    assert_eq!(config.store.expose(), "postgres://u:s3cret@db/news");
    let fault = fault_below("[store]\nurl = \"postgres://u:s3cret@db\"\n");
    assert!(fault.contains("names no database"), "{fault}");
    assert!(!fault.contains("s3cret"), "{fault}");
    let fault = fault_below("[site.image]\nurl = \"https://u:s3cret@x.example/i.png\"\n");
    assert!(!fault.contains("s3cret"), "{fault}");
}

#[test]
fn each_kind_of_remote_source_has_its_own_keys() {
    let fault = |lines: &str| fault_below(&format!("[[source]]\nname = \"wire\"\n{lines}"));
    let feed = "kind = \"feed\"\nurl = \"https://wire.example/rss\"\n";
    for (lines, wanted) in [
        ("kind = \"feed\"\n".to_owned(), "`url` is missing"),
        (
            format!("{feed}query = \"SELECT 1\"\n"),
            "`query` is no setting of a source of kind `feed`",
        ),
        (format!("{feed}path = \"stories\"\n"), "`path` is no setting of a source of kind `feed`"),
        (format!("{feed}backfill = \"some\"\n"), "`some` is no number of stories"),
        (format!("{feed}where = {{ title = \"/(/\" }}\n"), "`/(/` is no regular expression"),
        (format!("{feed}limits = {{ bytes = \"1GiB\" }}\n"), "is too much"),
        (format!("{feed}every = \"0s\"\n"), "is no time at all"),
        ("kind = \"page\"\nurl = \"ftp://x.example/\"\n".to_owned(), "is no http or https address"),
        ("path = \"stories\"\nevery = \"5m\"\n".to_owned(), "is no setting of a folder"),
    ] {
        let said = fault(&lines);
        assert!(said.contains(wanted), "{lines}: {said}");
    }
    let fault = fault_below("[[feed]]\npath = \"x\"\nwhere = { content = \"flood\" }\n");
    assert!(fault.contains("is no key of a feed's rule"), "{fault}");
}

#[test]
fn every_key_of_the_whole_configuration_is_in_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
    let resolve = |shape: &serde_json::Value| {
        let target = shape["$ref"].as_str().or_else(|| shape["items"]["$ref"].as_str());
        let target = target.expect("a table");
        schema.pointer(&target[1..]).expect("a definition").clone()
    };
    let whole: toml::Table = toml::from_str(WHOLE).expect("TOML");
    for (table, value) in &whole {
        let shape = resolve(&schema["properties"][table]);
        let single = [value.clone()];
        for entry in value.as_array().map_or(&single[..], Vec::as_slice) {
            for key in entry.as_table().expect("a table").keys() {
                assert!(shape["properties"][key].is_object(), "{table}.{key}");
            }
        }
    }
}

#[test]
fn a_section_takes_its_title_by_language_and_its_own_limits() {
    let config = good(&format!(
        "{SMALL}[[section]]\npath = \"latam/security\"\nlanguage = \"es-MX\"\nlimit = 3\n\
         title = {{ es = \"Seguridad\", en = \"Security\" }}\n\
         [[section]]\npath = \"america\"\ncontent = \"summary\"\nformats = [\"atom\", \"atom\"]\n"
    ));
    let paths: Vec<_> = config.feeds.iter().map(|spec| spec.path.as_str()).collect();
    assert_eq!(paths, ["", "america", "latam/security"]);
    assert_eq!(config.feeds[1].title, "America");
    assert_eq!(config.feeds[1].formats, [Format::Atom]);
    assert_eq!(config.feeds[2].title, "Seguridad");
    assert_eq!(config.feeds[2].limits.entries, 3);
    let title = &config.section_titles[&section("latam/security")];
    let english: Language = "en".parse().expect("a tag");
    assert_eq!(title.in_language(&english), "Security");
    assert!(matches!(title, Title::ByLanguage(_)));
}

#[test]
fn a_partner_feed_wants_a_service_that_listens() {
    let feed =
        "[[feed]]\npath = \"partners/flipboard\"\nwhere = { tag = \"x\" }\naccess = \"token\"\n";
    assert_eq!(
        fault_below(feed),
        "config.toml:7, feed partners/flipboard: `access` `token` needs a service that asks for it: \
         a folder is public\n  fix: name where `feedwright serve` listens, in [server]: \
         `listen = \"127.0.0.1:8080\"`"
    );
    let named = format!("[server]\nlisten = \"127.0.0.1:8080\"\n{feed}");
    let config = good(&format!("{SMALL}{named}"));
    assert_eq!(config.feeds[1].access, Access::Token);
    assert_eq!(config.feeds[1].path.as_str(), "partners/flipboard");
    let public = feed.replace("token", "public");
    assert_eq!(good(&format!("{SMALL}{public}")).feeds[1].access, Access::Public);
    let environment = [("FEEDWRIGHT_SERVER_LISTEN", "127.0.0.1:8080")];
    load_with(&format!("{SMALL}{feed}"), &environment).expect("the environment names it");
}

#[test]
fn a_found_section_gets_the_defaults_and_the_title_of_its_index() {
    let config = good(&format!(
        "{SMALL}[publish]\nlimit = 9\n[[section]]\npath = \"a\"\ntitle = \"Ay\"\n\
         [[section]]\npath = \"b\"\nlimit = 4\n"
    ));
    let found = config.found_section(&section("latam/security"), None);
    assert_eq!(found.title, "Latam Security");
    assert_eq!(found.limits.entries, 9);
    assert_eq!(found.section, Some(section("latam/security")));
    let found = config.found_section(&section("latam"), Some("LatAm"));
    assert_eq!((found.title.as_str(), found.description.as_str()), ("LatAm", "Stories in LatAm."));
    assert_eq!(config.found_section(&section("a"), Some("Other")).title, "Ay");
    let found = config.found_section(&section("b"), Some("Bee"));
    assert_eq!((found.title.as_str(), found.limits.entries), ("Bee", 4));
}

#[test]
fn a_feed_has_a_rule_and_a_path_of_its_own() {
    let fault = fault_below("[[feed]]\npath = \"x\"\n");
    assert!(fault.starts_with("config.toml:4, feed x: `where` is missing"), "{fault}");
    let fault = fault_below("[[feed]]\npath = \"/\"\nwhere = { tag = \"x\" }\n");
    assert!(fault.starts_with("config.toml:5, feed /: `path` is empty"), "{fault}");
    let fault = fault_below("[[section]]\npath = \"\"\n");
    assert!(fault.starts_with("config.toml:5, section number 1: `path` is empty"), "{fault}");
    let fault = fault_below("[[section]]\npath = \"../x\"\n");
    assert!(fault.contains("without `.` and `..`"), "{fault}");
    let config =
        good(&format!("{SMALL}[[feed]]\npath = \"sound\"\nwhere = {{ has = \"audio\" }}\n"));
    assert_eq!(config.feeds[1].rule, Where::Has(vec![Has::Audio]));
    assert_eq!(config.feeds[1].title, "Sound");
}

#[test]
fn moves_neither_circle_nor_hide_a_living_feed() {
    let moved = |from: &str, to: &str| format!("[[moved]]\nfrom = \"{from}\"\nto = \"{to}\"\n");
    let config = good(&format!("{SMALL}{}{}", moved("a", "b"), moved("b", "c")));
    let ends: Vec<_> = config.moves.iter().filter_map(|moved| moved.to.as_ref()).collect();
    assert_eq!(ends.iter().map(|path| path.as_str()).collect::<Vec<_>>(), ["c", "c"]);
    let found = faults(&format!("{SMALL}{}{}", moved("a", "b"), moved("b", "a")));
    assert!(found.len() == 2 && found[0].contains("comes back to itself"), "{found:#?}");
    let declared = "[publish]\nsections = \"declared\"\n[[section]]\npath = \"latam\"\n";
    for (from, to, expected) in [
        ("latam", "", "is the place of a feed that is published"),
        ("/latam/rss.xml", "latam", "is the place of a feed that is published"),
        ("/feeds.opml", "latam", "is the place of a feed that is published"),
        ("x", "latan", "did you mean `latam`?"),
        ("../x", "latam", "is not a feed path"),
        ("/x/%2e%2e/y", "latam", "is no old address"),
        ("https://x.example/feed", "latam", "is a whole address"),
    ] {
        let fault = fault_below(&format!("{declared}{}", moved(from, to)));
        assert!(fault.contains(expected), "{fault}");
    }
    good(&format!("{SMALL}{declared}{}", moved("/category/x/feed/", "latam")));
}

#[test]
fn no_folder_swallows_another() {
    let source =
        |path: &str| format!("[[source]]\nname = \"n{}\"\npath = \"{path}\"\n", path.len());
    for (text, expected) in [
        ("[publish]\nfolder = \".\"\n".to_owned(), "would publish the configuration itself"),
        ("[publish]\nfolder = \"..\"\n".to_owned(), "would publish the configuration itself"),
        ("[store]\nurl = \"sqlite:feeds/s.db\"\n".to_owned(), "move the store out of it"),
        (source("feeds/stories"), "lie in one another"),
        (source("./feeds/../feeds"), "lie in one another"),
        (source("."), "lie in one another"),
        (source("a") + &source("a/bb"), "the folder of source n1"),
        ("[publish]\nfolder = \"s3://bucket/x\"\n".to_owned(), "publishes to a folder only"),
        ("[publish]\nprecompress = [\"br\"]\n".to_owned(), "does not precompress"),
    ] {
        let fault = fault_below(&text);
        assert!(fault.contains(expected), "{fault}");
    }
    let nowhere = faults(&format!("{SMALL}[[source]]\nname = \"n\"\n"));
    assert!(nowhere.len() == 1 && nowhere[0].contains("`path` is missing"), "{nowhere:#?}");
}

#[test]
fn sources_are_named_once_and_map_only_what_a_story_has() {
    let fault = fault_below("[[source]]\nname = \"n\"\npath = \"s\"\nmap = { autors = \"by\" }\n");
    assert!(fault.starts_with("config.toml:7, source n: unknown story field `autors`"), "{fault}");
    assert!(fault.ends_with("did you mean `authors`?"), "{fault}");
    let two = "[[source]]\nname = \"n\"\npath = \"s\"\n[[source]]\nname = \"n\"\npath = \"t\"\n";
    let fault = fault_below(two);
    assert!(
        fault.contains(":8, source n: `name` `n` is the name of the source on line 5"),
        "{fault}"
    );
    let fault = fault_below("[[source]]\nname = \"n\"\npath = \"s\"\nevery = \"5m\"\n");
    assert!(fault.contains("`every` is no setting of a folder"), "{fault}");
    let config = good(&format!(
        "{SMALL}[[source]]\nname = \"n\"\npath = \"s\"\npermalinks = {{ notes = \"/n/{{slug}}\" }}\n"
    ));
    let pattern = (section("notes"), "https://x.example/n/{slug}".to_owned());
    assert_eq!(config.sources[0].permalinks, [pattern]);
    assert_eq!(good(&show(&config)).sources, config.sources);
    let fault = fault_below("[[source]]\npath = \"s\"\n");
    assert!(fault.contains("source s: `name` is missing"), "{fault}");
}

#[test]
fn licence_terms_are_the_sites_or_a_sections_in_its_place() {
    let config = good(WHOLE);
    let rsl = &config.site.rsl;
    let names = |section: Option<&str>| {
        let terms = rsl.of(section.map(self::section).as_ref()).expect("terms");
        let names = |tokens: &[Allowance]| {
            tokens.iter().map(|token| token.name()).collect::<Vec<_>>().join(" ")
        };
        (names(&terms.permits), names(&terms.prohibits), terms.payment.map(Payment::name))
    };
    let site = ("search ai-index".to_owned(), "ai-train".to_owned(), Some("attribution"));
    let own = ("all".to_owned(), "ai-all government".to_owned(), Some("crawl"));
    assert_eq!(names(None), site);
    assert_eq!(names(Some("latam")), site);
    assert_eq!(names(Some("latam/security/borders")), own);
    let page = rsl.sections[&section("latam/security")].page.as_deref();
    assert_eq!(page, Some("https://www.latamreports.example/latam/security/"));
    assert!(good(SMALL).site.rsl.is_empty());

    let variable = ("FEEDWRIGHT_SITE_RSL", "{ permits = [\"search\", \"search\"] }");
    let config = load_with(SMALL, &[variable]).expect("a configuration");
    let site = config.site.rsl.of(None).expect("terms");
    assert_eq!(site.permits.len(), 1);
}

#[test]
fn licence_terms_that_say_nothing_or_contradict_themselves_are_faults() {
    for (lines, what, fix) in [
        ("", "`rsl` says nothing", "say what is allowed"),
        ("terms = \"https://x.example/terms\"", "`rsl` says nothing", "remove the table"),
        ("permits = []", "`permits` is empty", "name what is meant"),
        ("permits = [\"ai-trian\"]", "cannot name `ai-trian`", "did you mean `ai-train`?"),
        ("permits = [\"Search\"]", "cannot name `Search`", "did you mean `search`?"),
        ("prohibits = [\"br\"]", "cannot name `br`", "did you mean `BR`?"),
        ("prohibits = [\"UK\"]", "cannot name `UK`", "ISO 3166-1"),
        ("permit = [\"search\"]", "unknown key `permit`", "did you mean `permits`?"),
        (
            "permits = [\"search\", \"ai-input\"]\nprohibits = [\"ai-all\"]",
            "`permits` names `ai-input`, which `prohibits` takes back by `ai-all`",
            "keep `ai-input` in one of the two",
        ),
        ("payment = \"atribution\"", "cannot be `atribution`", "did you mean `attribution`?"),
        ("payment = \"use\"\namount = \"1 EURO\"", "is no sum of money", "`0.015 USD`"),
        ("amount = \"1 EUR\"", "stands without `payment`", "`payment = \"crawl\"`"),
        ("payment = \"free\"\namount = \"1 EUR\"", "stands beside", "remove one of them"),
        ("payment = \"use\"\ncustom = \"/licence\"", "is no absolute address", "whole address"),
        ("payment = \"use\"\nserver = \"ftp://x.example\"", "is no http", "whole address"),
    ] {
        let fault = fault_below(&format!("[site.rsl]\n{lines}\n"));
        assert!(fault.contains(what) && fault.contains(fix), "{lines}: {fault}");
        assert!(fault.contains(", site: "), "{fault}");
        let section = format!("[[section]]\npath = \"news\"\n[section.rsl]\n{lines}\n");
        let fault = fault_below(&section);
        assert!(fault.contains(what) && fault.contains(", section news: "), "{lines}: {fault}");
    }
    let wide = "[site.rsl]\npermits = [\"all\"]\nprohibits = [\"ai-train\"]\n";
    good(&format!("{SMALL}{wide}"));
}
