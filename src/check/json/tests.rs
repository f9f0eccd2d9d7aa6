//! What the rules of JSON Feed are for: each with a fault and its line.

use crate::check::{Hints, check};

fn found(json: &str) -> Vec<(&'static str, usize)> {
    let checked = check(json.as_bytes(), &Hints::default());
    let line = |it: &crate::check::Finding| it.place.map_or(0, |place| place.line);
    checked.findings.iter().map(|it| (it.rule.id, line(it))).collect()
}

/// A feed with these lines in its item.
fn item(lines: &str) -> String {
    format!(
        "{{\n\"version\": \"https://jsonfeed.org/version/1.1\",\n\"title\": \"A\",\n\
         \"feed_url\": \"https://a.example/feed.json\",\n\"items\": [{{\n{lines}\n}}]\n}}"
    )
}

#[test]
fn a_sound_feed_has_no_fault() {
    let lines =
        "\"id\": \"1\", \"content_text\": \"x\", \"date_published\": \"2026-01-31T10:00:00Z\",
        \"authors\": [{\"name\": \"B\"}], \"tags\": [\"c\"], \"_own\": {\"x\": null},
        \"attachments\": [{\"url\": \"https://a.example/a.mp3\", \"mime_type\": \"audio/mpeg\",
        \"size_in_bytes\": 1}]";
    assert_eq!(found(&item(lines)), []);
}

#[test]
fn each_fault_is_found_at_its_line() {
    for (lines, expected) in [
        ("\"content_text\": \"x\"", ("json/member-missing", 5)),
        ("\"id\": \"1\"", ("json/content-missing", 5)),
        ("\"id\": 1, \"content_text\": \"x\"", ("json/id-number", 6)),
        ("\"id\": \"1\",\n\"content_text\": 5", ("json/member-type", 7)),
        ("\"id\": \"1\", \"content_text\": \"x\",\n\"extra\": 5", ("json/member-unknown", 7)),
        ("\"id\": \"1\", \"content_text\": \"x\",\n\"id\": \"2\"", ("json/member-repeated", 7)),
        ("\"id\": \"1\", \"content_text\": \"x\",\n\"url\": \"/a\"", ("address/not-absolute", 7)),
        (
            "\"id\": \"1\", \"content_text\": \"x\",\n\"date_published\": \"1 May\"",
            ("date/rfc3339", 7),
        ),
        ("\"id\": \"1\",\n\"content_html\": \"<script></script>\"", ("html/element-dangerous", 7)),
        ("\"id\": \"1\", \"content_text\": \"x\",\n\"authors\": [{}]", ("json/author-empty", 7)),
        (
            "\"id\": \"1\", \"content_text\": \"x\",\n\"author\": {\"name\": \"A\"}",
            ("json/author-deprecated", 7),
        ),
        ("\"id\": \"1\", \"content_text\": \"x\",\n\"language\": \"q\"", ("value/language", 7)),
        (
            "\"id\": \"1\", \"content_text\": \"x\",\n\"attachments\": [{\"url\": \"https://a.example/\"}]",
            ("json/member-missing", 7),
        ),
        (
            "\"id\": \"1\", \"content_text\": \"x\"},\n{\"id\": \"1\", \"content_text\": \"y\"",
            ("json/id-repeated", 7),
        ),
    ] {
        assert!(found(&item(lines)).contains(&expected), "{lines}: {:?}", found(&item(lines)));
    }
}

#[test]
fn what_is_no_feed_is_told() {
    for (json, expected) in [
        ("[]", ("feed/root-unknown", 1)),
        ("{}", ("feed/root-unknown", 1)),
        ("{\n\"items\": [1,]}", ("json/not-json", 2)),
        ("{\n\"items\": [\n", ("json/not-json", 3)),
        ("{\"items\": []}\nx", ("json/not-json", 2)),
        ("{\"version\":\n\"https://jsonfeed.org/version/2\"}", ("json/version", 2)),
        ("{\"version\":\n\"https://jsonfeed.org/version/1\"}", ("json/version-old", 2)),
        ("{\"items\":\n{}}", ("json/member-type", 2)),
        ("{\n\"title\": \"a\tb\", \"items\": []}", ("json/not-json", 2)),
    ] {
        assert!(found(json).contains(&expected), "{json}: {:?}", found(json));
    }
    let nowhere = item("\"id\": \"1\", \"content_text\": \"x\"").replace("feed_url", "_feed_url");
    assert!(found(&nowhere).contains(&("json/feed-url-missing", 1)));
    let circle =
        nowhere.replace("_feed_url", "next_url\": \"https://a.example/feed.json\",\n\"feed_url");
    assert!(found(&circle).iter().any(|it| it.0 == "json/next-url-self"), "{circle}");
    let small =
        "\"id\": \"1\", \"content_text\": \"x\", \"date_published\": \"2026-01-01t00:00:00z\"";
    assert_eq!(found(&item(small)), found(&item("\"id\": \"1\", \"content_text\": \"x\"")));
    let deep = "[".repeat(100_000);
    assert_eq!(found(&deep)[0].0, "json/not-json");
}
