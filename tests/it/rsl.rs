//! Licence terms for programs (RSL): one document of the whole newsroom, and in RSS the terms of each
//! story that is ours.

use quick_xml::{Reader, events::Event};

use crate::{
    partners,
    support::{Newsroom, story},
};

const PUBLISH: &str = "[publish]\nsections = \"found\"\nlimit = 2\nwindow = \"0s\"\n\
    formats = [\"rss\", \"atom\", \"json\", \"ninjs\"]\n\n";
const TERMS: &str = r#"
[site.rsl]
permits = ["search", "BR"]
prohibits = ["ai-train"]
payment = "attribution"
terms = "https://www.gazette.example/terms/?a=1&b=2"

[[section]]
path = "latam"
[section.rsl]
payment = "free"

[[section]]
path = "latam/security"
[section.rsl]
prohibits = ["all"]
payment = "crawl"
amount = "0.015 USD"
custom = "https://www.gazette.example/licence/"
"#;
const PARTNER: &str = "\n[server]\nlisten = \"127.0.0.1:8080\"\n\n[[feed]]\npath = \"partner\"\n\
    where = { section = \"latam\" }\naccess = \"token\"\n";

fn newsroom(tables: &str) -> Newsroom {
    let newsroom = Newsroom::new().config(&format!("{PUBLISH}{tables}"));
    let wire = "origin: { title: Wire, url: https://wire.example/rss }";
    let agency = "rights: © Agency";
    for (file, day, more) in [
        ("plain.md", 1, ""),
        ("latam/chile/desert.md", 2, ""),
        ("latam/security/guards.md", 3, ""),
        ("latam/security/wire.md", 4, wire),
        ("latam/security/agency.md", 5, agency),
        ("world/far.md", 6, ""),
    ] {
        newsroom.story(file, story(file, &format!("2026-01-0{day}"), more, "Text."));
    }
    newsroom
}

/// Each `content` of a document: the item that it stands in, its address, and its licence in short.
fn contents(text: &str) -> Vec<(String, String, String)> {
    let mut reader = Reader::from_str(text);
    let (mut found, mut title, mut open) = (Vec::new(), String::new(), String::new());
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.name().as_ref().trim_start_matches("rsl:").to_owned();
                let first = tag.attributes().next().map(|it| it.expect("an attribute").value);
                let first = first.unwrap_or_default().into_owned();
                match name.as_str() {
                    "content" => found.push((title.clone(), first, String::new())),
                    "payment" | "permits" | "prohibits" => {
                        let last: &mut (String, String, String) =
                            found.last_mut().expect("content");
                        last.2.push_str(&format!("[{name} {first}]"));
                    }
                    _ => {}
                }
                open = name;
            }
            Event::Text(words) if open == "title" => title = words.to_string(),
            Event::Text(words) if !words.trim().is_empty() => {
                if let Some(last) = found.last_mut().filter(|_| open.contains("its")) {
                    last.2.push_str(&words);
                }
            }
            Event::End(_) => open.clear(),
            Event::Eof => return found,
            _ => {}
        }
    }
}

fn content(title: &str, url: &str, licence: &str) -> (String, String, String) {
    (title.to_owned(), url.to_owned(), licence.to_owned())
}

const SITE: &str =
    "[payment attribution][permits usage]search[permits geo]BR[prohibits usage]ai-train";
const LATAM: &str = "[payment free]";
const SECURITY: &str = "[payment crawl][prohibits usage]all";

#[test]
fn the_document_names_the_site_and_its_sections_each_with_its_terms() {
    let newsroom = newsroom(TERMS);
    newsroom.build();
    let text = newsroom.published("license.xml");
    assert!(text.contains("<rsl xmlns=\"https://rslstandard.org/rsl\">"), "{text}");
    assert!(text.contains("<terms>https://www.gazette.example/terms/?a=1&amp;b=2</terms>"));
    assert!(text.contains("<amount currency=\"USD\">0.015</amount>"), "{text}");
    let named = contents(&text);
    let mut wanted = Vec::new();
    for host in ["www", "feeds"] {
        for (path, licence) in [("", SITE), ("latam/", LATAM), ("latam/security/", SECURITY)] {
            wanted.push(content("", &format!("https://{host}.gazette.example/{path}"), licence));
        }
    }
    assert_eq!(named, wanted);

    let before = newsroom.files("feeds");
    newsroom.story("world/new.md", story("New", "2026-01-09", "", "Text."));
    newsroom.build();
    assert!(!newsroom.changed_since(&before).contains(&"license.xml".to_owned()));
    newsroom.run(["build", "--full"]).exits(0);
    assert_eq!(newsroom.published("license.xml"), text);
}

#[test]
fn an_item_has_the_terms_of_its_story_and_the_story_of_another_has_none() {
    let newsroom = newsroom(&format!("{TERMS}{PARTNER}"));
    newsroom.build();
    let own = |path: &str, licence: &str| {
        let url = format!("https://www.gazette.example/{}/", path.trim_end_matches(".md"));
        content(path, &url, licence)
    };
    assert_eq!(contents(&newsroom.published("rss.xml")), [own("world/far.md", SITE)]);
    let security = newsroom.published("latam/security/rss.xml");
    assert!(security.contains("latam/security/agency.md") && !security.contains("rsl"));
    let first = newsroom.published("latam/security/archive/rss-0001.xml");
    let guards = own("latam/security/guards.md", SECURITY);
    assert_eq!(contents(&first), std::slice::from_ref(&guards));
    let latam = newsroom.published("latam/archive/rss-0001.xml");
    assert_eq!(contents(&latam), [guards, own("latam/chile/desert.md", LATAM)]);
    let all = newsroom.published("archive/rss-0001.xml");
    assert_eq!(contents(&all)[1], own("plain.md", SITE));

    newsroom.story("latam/tide.md", story("latam/tide.md", "2026-01-08", "", "Text."));
    newsroom.build();
    let partner = partners::bytes(&newsroom, "partner/rss.xml");
    assert_eq!(contents(&partner), [own("latam/tide.md", LATAM)]);
}

#[test]
fn every_feed_and_page_leads_to_the_document_and_check_finds_nothing_wrong() {
    let newsroom = newsroom(TERMS)
        .variable("FEEDWRIGHT_SITE_LICENSE", "https://by.example/4.0/")
        .variable("FEEDWRIGHT_PUBLISH_LIMIT", "50");
    newsroom.build();
    let address = "https://feeds.gazette.example/license.xml";
    for feed in ["", "latam/security/"] {
        let atom = newsroom.published(&format!("{feed}atom.xml"));
        assert!(atom.contains("href=\"https://by.example/4.0/\" rel=\"license\""), "{atom}");
        let link = format!("href=\"{address}\" rel=\"license\" type=\"application/rsl+xml\"");
        assert!(atom.contains(&link), "{atom}");
        let page = newsroom.published(&format!("{feed}index.html"));
        assert!(page.contains("<link rel=\"license\" href=\"https://by.example/4.0/\">"));
        let link =
            format!("<link rel=\"license\" type=\"application/rsl+xml\" href=\"{address}\">");
        assert!(page.contains(&link), "{page}");
        let ninjs = newsroom.published(&format!("{feed}ninjs.json"));
        let ninjs: serde_json::Value = serde_json::from_str(&ninjs).expect("JSON");
        assert_eq!(ninjs["rightsInfo"]["langId"], "https://rslstandard.org/rsl");
        assert_eq!(ninjs["rightsInfo"]["linkedRights"], address);
    }
    newsroom.run(["check", "--deny", "warnings"]).exits(0);
    newsroom.run(["check", "--deny", "warnings", "feeds/license.xml"]).exits(0);
}

#[test]
fn without_terms_nothing_speaks_of_them_and_terms_that_end_are_gone() {
    let newsroom = newsroom("");
    newsroom.build();
    let plain = newsroom.files("feeds");
    newsroom.set_config(&format!("{PUBLISH}{TERMS}"));
    newsroom.build();
    assert!(newsroom.exists("feeds/license.xml"));
    newsroom.build().says_nothing();
    newsroom.set_config(PUBLISH);
    newsroom.build();
    assert!(!newsroom.exists("feeds/license.xml"));
    newsroom.build().says_nothing();
    for (name, file) in newsroom.files("feeds") {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        assert!(!text.contains("rsl") && !text.contains("license.xml"), "{name}");
        assert!(text == String::from_utf8_lossy(&plain[&name].bytes), "{name} is as it was");
    }
}
