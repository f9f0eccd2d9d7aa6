//! `feedwright check`: feeds held to their specifications, as a person or a pipeline asks for it.

use std::{
    collections::BTreeSet,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use serde_json::Value;

use crate::support::{
    Newsroom,
    origin::{Asked, Origin, Said},
    repository, story,
};

/// A feed whose item has no guid, at line 9, and no title, as often as asked.
fn faulty(items: usize) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n\
         <title>A</title><link>https://a.example/</link><description>B</description>\n\
         <language>en</language>\n\
         <atom:link rel=\"self\" href=\"https://a.example/feed.xml\" type=\"application/rss+xml\"/>\n\n\n\
         {}</channel>\n</rss>\n",
        "  <item><link>https://a.example/1</link></item>\n".repeat(items)
    )
}

fn sound() -> String {
    faulty(1).replace(
        "<item>",
        "<item><title>C</title><guid isPermaLink=\"false\">tag:a.example,2026:1</guid>",
    )
}

/// The repository's own newsroom, as it lies there.
fn sample() -> Command {
    let mut command = crate::support::feedwright();
    command.current_dir(repository());
    command
}

#[test]
fn a_finding_says_where_what_why_and_what_to_do() {
    let folder = Newsroom::empty();
    folder.write("feed.xml", faulty(1));
    let ran = folder.run(["check", "feed.xml"]).exits(1);
    assert_eq!(
        ran.stdout,
        "feed.xml:9:3 error rss/item-empty  An item has neither title nor description\n  \
         why: There is nothing that a reader could show\n  \
         fix: Add a `title` or a `description`\n  \
         source: RSS 2.0 \"elements of <item>\"\n\
         feed.xml:9:3 warning rss/guid-missing  An item has no guid\n  \
         why: Without one, readers go by link or title: an edited title looks like a new story\n  \
         fix: Add `<guid isPermaLink=\"false\">tag:example.org,2026-01-31:story</guid>`, and never \
         change it\n  \
         source: RSS Advisory Board profile, guid; W3C feed validator: MissingGuid\n\
         1 error, 1 warning in 1 document\n"
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn what_is_sound_says_so_and_many_places_are_counted() {
    let folder = Newsroom::empty();
    folder.write("feed.xml", sound()).write("many.xml", faulty(30));
    let ran = folder.run(["check", "feed.xml"]).exits(0);
    assert_eq!(ran.stdout, "feed.xml: no faults (RSS 2.0)\n");
    let ran = folder.run(["check", "many.xml"]).exits(1);
    assert!(ran.stdout.contains("  and 27 more places\n"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("30 errors, 30 warnings in 1 document\n"), "{}", ran.stdout);
    let json = folder.run(["check", "many.xml", "--format", "json"]).exits(1).json();
    let findings = json["documents"][0]["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 60);
}

#[test]
fn warnings_fail_when_they_are_denied() {
    let folder = Newsroom::empty();
    let warned = sound().replace("<guid isPermaLink=\"false\">tag:a.example,2026:1</guid>", "");
    folder.write("feed.xml", warned);
    folder.run(["check", "feed.xml"]).exits(0);
    folder.run(["check", "feed.xml", "--deny", "warnings"]).exits(1);
}

#[test]
fn what_can_not_be_read_or_means_nothing_has_its_exit_code() {
    let folder = Newsroom::empty();
    folder.run(["check", "missing.xml"]).exits(3).complains_of(["missing.xml"]);
    folder.run(["check"]).exits(2).complains_of(["nothing to check", "fix:"]);
    folder.run(["check", "--profile", "nobody", "x"]).exits(2);
    folder.run(["list", "--format", "sarif"]).exits(2).complains_of(["SARIF"]);
    folder.run(["check", "x", "--served-at", "nowhere"]).exits(2).complains_of(["no address"]);
    let ran = folder.run_with_input(["check", "-"], sound()).exits(0);
    assert_eq!(ran.stdout, "standard input: no faults (RSS 2.0)\n");
}

#[test]
fn the_json_form_is_stable() {
    let folder = Newsroom::empty();
    folder.write("feed.xml", faulty(1));
    let json = folder.run(["check", "feed.xml", "--format", "json"]).exits(1).json();
    let document = &json["documents"][0];
    assert_eq!(document["document"], "feed.xml");
    assert_eq!(document["kind"], "RSS 2.0");
    assert_eq!(json["total"], serde_json::json!({ "errors": 1, "warnings": 1, "infos": 0 }));
    let names: BTreeSet<&str> = document["findings"][0]
        .as_object()
        .expect("a finding")
        .keys()
        .map(String::as_str)
        .collect();
    let expected = ["column", "fix", "line", "rule", "severity", "source", "title", "why"];
    assert_eq!(names, BTreeSet::from(expected));
}

#[test]
fn the_sarif_form_names_rules_and_lines() {
    let folder = Newsroom::empty();
    folder.write("a feed.xml", faulty(1));
    let sarif = folder.run(["check", "a feed.xml", "--format", "sarif"]).exits(1).json();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "rss/item-empty");
    assert_eq!(result["level"], "error");
    let index = result["ruleIndex"].as_u64().expect("a number");
    let rule = &run["tool"]["driver"]["rules"][usize::try_from(index).expect("small")];
    assert_eq!(rule["id"], "rss/item-empty");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20feed.xml");
    assert_eq!(place["region"], serde_json::json!({ "startLine": 9, "startColumn": 3 }));
}

#[test]
fn the_feeds_of_the_repository_have_no_error_and_no_warning_that_is_not_documented() {
    let output = sample().args(["check", "--format", "json"]).output().expect("a run");
    assert_eq!(output.status.code(), Some(0));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let documents = json["documents"].as_array().expect("documents");
    assert!(documents.len() > 20, "all feeds are looked at");
    for document in documents {
        let name = document["document"].as_str().expect("a name");
        for finding in document["findings"].as_array().expect("findings") {
            let rule = finding["rule"].as_str().expect("a rule");
            // Stories that were published at one instant.
            assert_eq!(rule, "atom/updated-repeated", "{name}: {finding}");
        }
    }
}

#[test]
fn a_feed_of_the_newsroom_is_named_by_its_path() {
    let newsroom = Newsroom::new();
    newsroom.story("latam/one.md", story("One", "2026-01-12", "", "Words."));
    newsroom.build();
    let ran = newsroom.run(["check", "latam", "--format", "json"]).exits(0);
    let json = ran.json();
    let names: Vec<&str> = json["documents"]
        .as_array()
        .expect("documents")
        .iter()
        .map(|document| document["document"].as_str().expect("a name"))
        .collect();
    assert_eq!(names, ["feeds/latam/atom.xml", "feeds/latam/feed.json", "feeds/latam/rss.xml"]);
    assert_eq!(json["total"]["warnings"], 0, "{}", ran.stdout);
    let all = newsroom.run(["check", "--format", "json"]).exits(0).json();
    assert!(all["documents"].as_array().expect("documents").len() > names.len());
}

#[test]
fn the_self_link_is_compared_with_where_a_file_will_be_served() {
    let folder = Newsroom::empty();
    folder.write("feed.xml", sound());
    let right = ["check", "feed.xml", "--served-at", "https://a.example/feed.xml"];
    folder.run(right).exits(0);
    let wrong =
        ["check", "feed.xml", "--deny", "warnings", "--served-at", "https://b.example/feed.xml"];
    let ran = folder.run(wrong).exits(1);
    assert!(ran.stdout.contains("feed/self-differs"), "{}", ran.stdout);
}

#[test]
fn an_address_is_asked_how_it_answers_too() {
    let origin = Origin::start();
    let folder = Newsroom::empty();
    let address = origin.at("/feed.xml");
    let feed = sound().replace("https://a.example/feed.xml", &address);
    origin.serve("/feed.xml", "text/html", feed);
    let ran = folder.run(["check", &address, "--allow-private", "--format", "json"]).exits(0);
    let json = ran.json();
    let findings = json["documents"][0]["findings"].as_array().expect("findings");
    let rules: BTreeSet<&str> =
        findings.iter().map(|finding| finding["rule"].as_str().expect("a rule")).collect();
    assert!(rules.contains("http/content-type"), "{rules:?}");
    assert!(rules.contains("http/not-encrypted"), "{rules:?}");
    // Addresses of this machine are not reached unless that is allowed.
    folder.run(["check", &address]).exits(3);
    origin.refuse("/gone.xml", 404, &[]);
    folder
        .run(["check", &origin.at("/gone.xml"), "--allow-private"])
        .exits(3)
        .complains_of(["404"]);
}

#[test]
fn what_changes_from_one_request_to_the_next_is_found_at_its_line() {
    type Item = fn(usize) -> [String; 3];
    type Case<'c> = (&'c str, Item, &'c [(&'c str, u64)]);
    let origin = Origin::start();
    let folder = Newsroom::empty();
    let date = |second: usize| format!("Sat, 28 Feb 2026 10:00:0{second} GMT");
    let cases: [Case<'_>; 4] = [
        ("same", |_| ["i".into(), "0".into(), "x".into()], &[]),
        ("id", |count| [format!("i{count}"), "0".into(), "x".into()], &[("polls/id-changes", 7)]),
        ("date", |count| ["i".into(), count.to_string(), "x".into()], &[("polls/date-changes", 8)]),
        (
            "text",
            |count| ["i".into(), "0".into(), format!("x{count}")],
            &[("polls/quiet-change", 4)],
        ),
    ];
    for (name, item, expected) in cases {
        let count = AtomicUsize::new(1);
        let answer = move |_: &Asked| {
            let [id, second, text] = item(count.fetch_add(1, Ordering::Relaxed));
            let date = date(second.parse().expect("a digit"));
            let body = format!(
                "<rss version=\"2.0\"><channel>\n<title>A</title><link>https://a.example/</link>\n\
                 <description>B</description>\n<item>\n<title>T</title>\n\
                 <link>https://a.example/1</link>\n<guid isPermaLink=\"false\">{id}</guid>\n\
                 <pubDate>{date}</pubDate>\n<description>{text}</description></item>\n\
                 </channel></rss>"
            );
            let headers = vec![("Content-Type".into(), "application/rss+xml".into())];
            Said { status: 200, headers, body: body.into_bytes() }
        };
        let path = format!("/{name}.xml");
        origin.answer(&path, answer);
        let address = origin.at(&path);
        let ran = folder.run(["check", &address, "--allow-private", "--format", "json"]).exits(0);
        let json = ran.json();
        let findings = json["documents"][0]["findings"].as_array().expect("findings");
        let of_polls = findings.iter().filter_map(|it| {
            let rule = it["rule"].as_str().filter(|rule| rule.starts_with("polls/"))?;
            Some((rule, it["line"].as_u64().expect("a line")))
        });
        assert_eq!(of_polls.collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn a_document_that_can_not_be_had_hides_nothing_of_the_others() {
    let folder = Newsroom::empty();
    folder.write("feed.xml", sound().replace("<title>", "<title><b>"));
    let ran = folder.run(["check", "gone.xml", "feed.xml"]).exits(3).complains_of(["gone.xml"]);
    assert!(ran.stdout.contains("feed.xml:"), "{}", ran.stdout);
}

#[test]
fn what_is_found_in_a_folder_is_held_to_the_profiles_that_are_for_it() {
    let newsroom = Newsroom::new().config(
        "[publish]\nsections = \"found\"\nnews_sitemap = true\n\
         [[feed]]\npath = \"partner\"\nwhere = { section = \"news\" }\nprofile = \"msn\"\n",
    );
    newsroom.story("news/a.md", story("A title that is long enough", "2026-02-01", "", "Text."));
    newsroom.build();
    let ran = newsroom.run(["check", "--profile", "google-news", "--profile", "flipboard"]);
    assert!(!ran.exits(0).stdout.contains("profile/format"));
    let own = newsroom.run(["check"]).exits(0);
    assert!(
        own.stdout.contains("feeds/partner/rss.xml:1:1 warning msn/few-entries")
            || own.stdout.contains("msn/few-entries"),
        "{}",
        own.stdout
    );
    // Named one by one, what isn't for a profile is a fault.
    newsroom.run(["check", "--profile", "msn", "feeds/feed.json"]).exits(1);
}

#[test]
fn rules_are_listed() {
    let folder = Newsroom::empty();
    let ran = folder.run(["check", "--rules"]).exits(0);
    assert!(ran.stdout.contains("rss/guid-missing"), "{}", ran.stdout);
    let json = folder.run(["check", "--rules", "--format", "json"]).exits(0).json();
    assert!(json.as_array().expect("a list").len() > 200);
}

#[test]
fn a_declaration_that_breaks_off_in_a_letter_is_a_finding_and_stops_no_other_file() {
    let newsroom = Newsroom::empty();
    newsroom.write("odd.xml", "<!DOCTYPE r [<!ENTITY a \"&#160é\">]><r>&a;</r>");
    newsroom.write("sound.xml", "<rss version=\"2.0\"><channel></channel></rss>");
    let ran = newsroom.run(["check", "--format", "json", "odd.xml", "sound.xml"]).exits(1);
    assert_eq!(ran.json()["documents"].as_array().map(Vec::len), Some(2));
}

#[test]
fn all_documents_of_a_folder_are_looked_at_and_an_empty_one_is_no_success() {
    let newsroom = Newsroom::empty();
    newsroom.write("k/feed.xml", "<rss version=\"2.0\"><channel></channel></rss>");
    newsroom.write("k/deep/x.atom", "<feed xmlns=\"http://www.w3.org/2005/Atom\"/>");
    newsroom.write("empty/notes.txt", "nothing");
    let ran = newsroom.run(["check", "--format", "json", "k"]).exits(1);
    assert_eq!(ran.json()["documents"].as_array().map(Vec::len), Some(2));
    newsroom.run(["check", "empty"]).exits(2).complains_of(["holds nothing to check"]);
}
