//! `feedwright add`, `list` and `show`: stories given by hand.

use crate::support::{Newsroom, Ran, story};
use serde_json::{Value, json};

/// A piece of news as an editor pastes it from a web page.
const PASTED: &str = "Harbour Reopens After Three Years of Repairs’ Delays

Photo of author

By Gazette Staff Writers

The harbour of Santa Rosa opened again on Tuesday, three years after the storm that closed it. The mayor called it “a day we stopped believing in” before a crowd of several hundred.

Fishing boats were the first to enter, followed by two ferries and the pilot’s launch.

Repairs Over Promises

The work cost twice what was planned, the auditor’s report says, and a second pier is still missing.

“We’ll finish it,” the minister said. He gave no date.
";

fn newsroom() -> Newsroom {
    Newsroom::new()
}

fn stored(newsroom: &Newsroom) -> Vec<Value> {
    let list = newsroom.run(["list", "--format", "json"]).exits(0).json();
    list.as_array().expect("a list").clone()
}

/// What `add --format json` did with each story.
fn results(ran: &Ran) -> Vec<String> {
    let list = ran.json();
    let list = list.as_array().expect("a list").iter();
    list.map(|one| one["result"].as_str().expect("a word").to_owned()).collect()
}

#[test]
fn pasted_text_becomes_a_story_with_title_byline_and_subheading() {
    let newsroom = newsroom();
    newsroom.write("pasted.txt", PASTED);
    let published = "2026-01-13T15:00:00-06:00";
    newsroom
        .run(["add", "pasted.txt", "--section", "latam/security", "--published", published])
        .exits(0);
    newsroom.build();

    for feed in ["", "latam", "latam/security"] {
        let feed = newsroom.json(feed);
        let item = &feed["items"][0];
        assert_eq!(item["title"], "Harbour Reopens After Three Years of Repairs’ Delays");
        assert_eq!(item["authors"][0]["name"], "Gazette Staff Writers");
        assert_eq!(item["date_published"], "2026-01-13T21:00:00Z");
        let html = item["content_html"].as_str().expect("HTML");
        assert!(html.contains(">Repairs Over Promises</h"), "a subheading: {html}");
        assert_eq!(html.matches("<p>").count(), 4, "every paragraph: {html}");
        for kept in ["“a day we stopped believing in”", "pilot’s", "“We’ll finish it,”"]
        {
            assert!(html.contains(kept), "{kept}: {html}");
        }
        for dropped in ["Photo of author", "By Gazette", "Harbour Reopens"] {
            assert!(!html.contains(dropped), "{dropped}: {html}");
        }
    }
    for file in ["latam/security/rss.xml", "latam/security/atom.xml"] {
        let text = newsroom.published(file);
        assert!(text.contains("Gazette Staff Writers") && !text.contains("Photo of author"));
    }
}

#[test]
fn flags_give_what_the_text_does_not_say() {
    let newsroom = newsroom();
    let ran = newsroom.run_with_input(
        [
            "add",
            "-",
            "--section",
            "sport",
            "--section",
            "latam",
            "--published",
            "2026-07-01 09:30",
            "--language",
            "pt-BR",
            "--tag",
            "futebol",
            "--tag",
            "copa",
            "--author",
            "Ana Ruiz",
            "--author",
            "Luis Vega",
            "--id",
            "final-2026",
        ],
        "# A final\n\nUm a zero.\n",
    );
    ran.exits(0);
    newsroom.build();
    let feed = newsroom.json("sport");
    let item = &feed["items"][0];
    assert_eq!(item["date_published"], "2026-07-01T15:30:00Z", "in the site's time zone");
    assert_eq!(item["language"], "pt-BR");
    let authors = item["authors"].as_array().expect("authors");
    assert_eq!(
        (&authors[0]["name"], &authors[1]["name"]),
        (&json!("Ana Ruiz"), &json!("Luis Vega"))
    );
    assert!(item["id"].as_str().expect("a text").contains("final-2026"));
    let tags = item["tags"].to_string();
    assert!(tags.contains("futebol") && tags.contains("copa"), "{tags}");
    assert_eq!(newsroom.titles("latam"), newsroom.titles("sport"));
}

#[test]
fn the_same_again_changes_nothing() {
    let newsroom = newsroom();
    newsroom.write("pasted.txt", PASTED);
    let add = ["add", "pasted.txt", "--section", "news", "--format", "json"];
    assert_eq!(results(&newsroom.run(add).exits(0)), ["added"]);
    newsroom.build();
    let (before, list) = (newsroom.files("feeds"), stored(&newsroom));

    assert_eq!(results(&newsroom.run(add).exits(0)), ["unchanged"]);

    assert_eq!(stored(&newsroom), list, "the instant it was first seen is kept too");
    newsroom.build().says_nothing();
    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn another_text_under_the_same_id_changes_the_story_and_keeps_its_first_date() {
    let newsroom = newsroom();
    let add = ["add", "-", "--section", "news", "--id", "harbour", "--format", "json"];
    newsroom.run_with_input(add, PASTED).exits(0);
    let first = stored(&newsroom).remove(0);

    let edited = PASTED.replace("several hundred", "several thousand");
    assert_eq!(results(&newsroom.run_with_input(add, &edited).exits(0)), ["changed"]);

    let list = stored(&newsroom);
    assert_eq!(list.len(), 1);
    assert_eq!(list[0]["id"], first["id"]);
    assert_eq!(list[0]["published"], first["published"]);
    assert!(list[0]["content_html"].as_str().expect("HTML").contains("several thousand"));
}

#[test]
fn json_lists_and_json_lines_bring_several_stories() {
    let one = |number: u8| {
        json!({
            "id": format!("https://www.gazette.example/{number}/"),
            "url": format!("https://www.gazette.example/{number}/"),
            "title": format!("Story {number}"),
            "content_html": format!("<p>Text {number}.</p><script>x</script>"),
            "published": format!("2026-01-0{number}T10:00:00Z"),
            "sections": ["news"],
            "authors": [{ "name": "Ana Ruiz" }],
        })
    };
    let newsroom = newsroom();
    let list = json!([one(1), one(2)]).to_string();
    newsroom.run_with_input(["add", "-"], list).exits(0);
    let lines = format!("{}\n{}\n", one(3), one(4));
    newsroom.run_with_input(["add", "-"], lines).exits(0);
    newsroom.write("five.json", one(5).to_string());
    newsroom.run(["add", "five.json"]).exits(0);
    newsroom.build();

    let titles = ["Story 5", "Story 4", "Story 3", "Story 2", "Story 1"];
    assert_eq!(newsroom.titles("news"), titles);
    assert_eq!(newsroom.ids("")[0], "https://www.gazette.example/5/");
    assert!(!newsroom.published("feed.json").contains("<script"));
}

#[test]
fn front_matter_speaks_for_the_story_and_a_flag_goes_before_it() {
    let newsroom = newsroom();
    let fields = "section: latam/security\nauthors: [Ana Ruiz]\ntags: [ports]\nid: ports-7";
    newsroom.write("a.md", story("Ports", "2026-01-02T08:00:00Z", fields, "A *text*."));
    newsroom.run(["add", "a.md"]).exits(0);
    let story = stored(&newsroom).remove(0);
    assert_eq!(story["title"], "Ports");
    assert_eq!(story["published"], "2026-01-02T08:00:00Z");
    assert!(story["content_html"].as_str().expect("HTML").contains("<em>text</em>"));
    assert_eq!(story["sections"][0], "latam/security");

    newsroom.run(["add", "a.md", "--section", "sport"]).exits(0);
    assert_eq!(stored(&newsroom).len(), 1);
    assert_eq!(stored(&newsroom)[0]["sections"][0], "sport");
}

#[test]
fn what_list_gives_out_can_be_added_again_and_changes_nothing() {
    let newsroom = newsroom();
    let more = "lastmod: 2026-01-04T08:00:00Z\nauthors: [Ana Ruiz, Luis Vega]\ntags: [a, b]\n\
        cover: /c.jpg\nsummary: In short.\ncorrection: A name was wrong.\nexpires: 2126-01-01";
    let body = "Text with a [link](/x/) and ![a picture](p.jpg).\n\n> A quote.\n\n| a | b |\n|---|---|\n| 1 | 2 |";
    newsroom.story("latam/a.md", story("A “quoted” title", "2026-01-02", more, body));
    newsroom.story("latam/a.es.md", story("Un título", "2026-01-02", "", "Texto."));
    newsroom.build();
    newsroom.run_with_input(["add", "-", "--section", "news"], PASTED).exits(0);
    newsroom.build();
    let list = newsroom.run(["list", "--format", "json"]).exits(0).stdout;
    let before = newsroom.files("feeds");

    let ran = newsroom.run_with_input(["add", "-", "--format", "json"], &list).exits(0);
    assert_eq!(results(&ran), ["unchanged"; 3]);
    assert_eq!(newsroom.run(["list", "--format", "json"]).stdout, list);
    newsroom.build().says_nothing();
    assert_eq!(newsroom.files("feeds"), before);

    let other = Newsroom::new();
    other.run_with_input(["add", "-"], &list).exits(0);
    let taken = other.run(["list", "--format", "json"]).exits(0).stdout;
    assert_eq!(taken, list, "an empty newsroom takes over guids, dates and texts");
    other.build();
    for file in ["rss.xml", "atom.xml", "feed.json", "latam/feed.json", "news/atom.xml"] {
        assert_eq!(other.published(file), newsroom.published(file), "{file}");
    }
}

#[test]
fn a_fault_in_one_of_several_inputs_does_not_lose_the_others() {
    let newsroom = newsroom();
    newsroom.write("good.md", story("Good", "2026-01-02", "section: news", "Text."));
    newsroom.write("bad.md", story("Bad", "never", "section: news", "Text."));
    newsroom.write("also.md", story("Also", "2026-01-03", "section: news", "Text."));
    let ran = newsroom.run(["add", "good.md", "bad.md", "also.md"]).exits(1);
    ran.complains_of(["bad.md:3", "`never`", "fix:"]);
    newsroom.build();
    assert_eq!(newsroom.titles("news"), ["Also", "Good"]);
}

/// One story on a line, as `list --format json` has it.
const LINE: &str =
    "{\"title\": \"One\", \"published\": \"2026-01-04T00:00:00Z\", \"content_html\": \"x\"}";

#[test]
fn a_broken_line_among_json_lines_is_a_fault_and_no_text_of_a_story() {
    let other = LINE.replace("-04T", "-05T");
    let broken = [
        (format!("{LINE}\n{{\"title\": \"Two\",\n"), 2),
        (format!("{LINE}\n{{\"title\": \"Two\",\n{LINE}\n"), 2),
        (format!("{LINE}\n{other}\n{{\"title\" \"Two\"}}\n"), 3),
    ];
    for (lines, line) in broken {
        let newsroom = newsroom();
        let ran = newsroom.run_with_input(["add", "-"], &lines);
        let ran = ran.exits(1).complains_of(["standard input:", "fix:"]);
        let reported = (line..=line + 1).any(|n| ran.stderr.contains(&format!("input:{n}")));
        assert!(reported, "line {line}: {}", ran.stderr);
        newsroom.build();
        assert!(newsroom.titles("").iter().all(|title| title == "One"), "{lines}");
        assert!(!newsroom.published("feed.json").contains("Two"), "{lines}");
    }
}

#[test]
fn the_same_story_twice_in_one_input_is_stored_once() {
    let newsroom = newsroom();
    newsroom.run_with_input(["add", "-"], format!("[{LINE}, {LINE}]")).exits(0);
    assert_eq!(stored(&newsroom).len(), 1);
    newsroom.write("a.txt", PASTED);
    newsroom.run(["add", "a.txt", "a.txt"]).exits(0);
    assert_eq!(stored(&newsroom).len(), 2);
}

#[test]
fn a_json_list_that_breaks_off_is_a_fault_and_no_pasted_text() {
    for cut in ["[{\"title\": \"One\"}", "[\n{\"title\": \"One\"},\n{\"tit"] {
        let newsroom = newsroom();
        newsroom.run_with_input(["add", "-"], cut).exits(1).complains_of(["fix:"]);
        newsroom.build();
        assert!(!newsroom.published("feed.json").contains("[{"), "{cut}");
    }
}

#[test]
fn a_fault_in_a_json_list_names_the_line_of_its_story() {
    let newsroom = newsroom();
    let bad = "{\"title\": \"Bad\", \"published\": \"never\"}";
    newsroom.write("list.json", format!("[\n{LINE},\n{bad}\n]\n"));
    newsroom.run(["add", "list.json"]).exits(1).complains_of(["list.json:3", "`never`"]);
}

#[test]
fn a_title_that_is_a_number_gives_a_guid_with_a_path() {
    let newsroom = newsroom();
    newsroom.run_with_input(["add", "-"], "[{\"title\": 7}]").exits(0);
    for story in stored(&newsroom) {
        let id = story["id"].as_str().expect("a text");
        assert!(!id.ends_with(':') && !id.contains(":-"), "{id}");
    }
}

#[test]
fn exit_codes_tell_usage_content_and_missing_files_apart() {
    let newsroom = newsroom();
    newsroom.write("a.txt", PASTED);
    newsroom.run(["add"]).exits(2);
    newsroom.run(["add", "a.txt", "--published", "soon"]).exits(2).complains_of(["`soon`", "fix:"]);
    newsroom.run(["add", "a.txt", "--language", "no language"]).exits(2);
    newsroom.run(["add", "a.txt", "--section", "../x"]).exits(2).complains_of(["../x"]);
    newsroom.run(["add", "a.txt", "a.txt", "--id", "x"]).exits(2);
    assert_eq!(stored(&newsroom).len(), 0, "nothing was stored by any of these");
    newsroom.run(["add", "missing.txt", "a.txt"]).exits(3).complains_of(["missing.txt"]);
    assert_eq!(stored(&newsroom).len(), 1, "the other file is stored");
    newsroom.run_with_input(["add", "-"], "").exits(1).complains_of(["fix:"]);
    newsroom.run_with_input(["add", "-"], b"Title\n\ncaf\xe9\n").exits(1).complains_of(["UTF-8"]);
    assert_eq!(stored(&newsroom).len(), 1);
}

#[test]
fn a_story_of_a_folder_is_not_changed_by_add() {
    let newsroom = newsroom();
    newsroom.story("news/a.md", story("A", "2026-01-02", "id: one", "Text."));
    newsroom.build();
    let ran = newsroom.run_with_input(["add", "-", "--id", "one"], PASTED).exits(1);
    ran.complains_of(["one", "news/a.md", "fix:"]);
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["A"]);
}

#[test]
fn added_stories_stay_when_the_folder_is_read_again() {
    let newsroom = newsroom();
    newsroom.story("news/a.md", story("A", "2026-01-02", "", "Text."));
    newsroom
        .run_with_input(["add", "-", "--section", "news", "--published", "2026-01-01"], PASTED)
        .exits(0);
    newsroom.build();
    newsroom.remove_story("news/a.md");
    newsroom.build();
    assert_eq!(newsroom.titles("news").len(), 1);
}

#[test]
fn show_finds_a_story_by_guid_address_and_path() {
    let newsroom = newsroom();
    newsroom.story("latam/a.md", story("A", "2026-01-02", "tags: [ports]", "Text."));
    newsroom.build();
    let id = newsroom.id_of("A");
    for name in [id.as_str(), "https://www.gazette.example/latam/a/", "latam/a.md"] {
        let shown = newsroom.run(["show", name, "--format", "json"]).exits(0).json();
        assert_eq!(shown, stored(&newsroom)[0], "{name}");
        let ran = newsroom.run(["show", name]).exits(0);
        assert!(ran.stdout.contains(&id) && ran.stdout.contains("ports"), "{ran:?}");
    }
    newsroom.run(["show", "latam/b.md"]).exits(1).complains_of(["`latam/b.md`", "fix:"]);
}

#[test]
fn list_can_be_narrowed_and_is_empty_without_a_store() {
    let newsroom = newsroom();
    assert_eq!(newsroom.run(["list", "--format", "json"]).exits(0).json(), json!([]));
    assert!(!newsroom.has_store(), "looking makes no store");
    newsroom.story("latam/security/a.md", story("A", "2026-01-02", "", "Text."));
    newsroom.story("sport/b.md", story("B", "2026-01-03", "", "Text."));
    newsroom.build();
    let ran = newsroom.run(["list", "--section", "latam", "--format", "json"]).exits(0).json();
    assert_eq!(ran.as_array().map(Vec::len), Some(1));
    assert_eq!(ran[0]["title"], "A");
}
