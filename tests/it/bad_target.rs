//! Configurations, stores, targets and stories that mean harm: the feeds stay whole and inside.

use std::{fs, os::unix::fs::symlink, process::Command};

use crate::support::{Newsroom, parsed, skip, story};
use lol_html::{HtmlRewriter, Settings, element};

fn built() -> Newsroom {
    built_on(Newsroom::new())
}

fn built_on(newsroom: Newsroom) -> Newsroom {
    newsroom.story("news/a.md", story("A", "2026-01-01", "", "Text."));
    newsroom.build();
    newsroom
}

#[test]
fn a_config_fault_publishes_nothing_and_all_faults_are_told_at_once() {
    let newsroom = built();
    let before = newsroom.files("");
    newsroom.story("news/b.md", story("B", "2026-01-02", "", "Text."));
    let broken = "[publish]\nlimt = 5\nformats = [\"rss\", \"jsn\"]\n\n[[section]]\npath = \"news\"\n\
        [[section]]\npath = \"news\"\n";
    newsroom.set_config(broken);
    let ran = newsroom.run(["build"]).exits(2);
    let ran = ran.complains_of(["config.toml:9", "`limt`", "did you mean `limit`?"]);
    let ran = ran.complains_of(["config.toml:10", "`jsn`", "did you mean `json`?"]);
    assert!(ran.stderr.contains("config.toml:15"), "the path that stands twice: {}", ran.stderr);
    assert_eq!(ran.stdout, "");
    let mut after = newsroom.files("");
    for own in ["config.toml", "stories/news/b.md"] {
        after.remove(own);
    }
    assert_eq!(after.len() + 1, before.len());
    assert!(after.iter().all(|(name, file)| before.get(name) == Some(file)));
}

#[test]
fn a_target_below_a_file_is_an_input_output_fault() {
    let newsroom = Newsroom::new().config("[publish]\nfolder = \"taken/feeds\"\n");
    newsroom.write("taken", "a file").story("a.md", story("A", "2026-01-01", "", "Text."));
    newsroom.run(["build"]).exits(3).complains_of(["taken", "fix:"]);
    assert_eq!(newsroom.read("taken"), "a file");
}

#[test]
fn where_one_file_cannot_be_written_every_feed_stays_as_it_was() {
    let newsroom = built();
    let before = newsroom.files("feeds");
    newsroom.write("feeds/zeta", "a file where a folder should be");
    newsroom.story("zeta/b.md", story("B", "2026-01-02", "", "Text."));
    newsroom.run(["build"]).exits(3).complains_of(["zeta", "fix:"]);
    let mut after = newsroom.files("feeds");
    assert!(after.remove("zeta").is_some());
    assert_eq!(after, before, "and no temporary file stays");

    fs::remove_file(newsroom.path("feeds/zeta")).expect("the file in the way");
    newsroom.build();
    assert_eq!(newsroom.titles("zeta"), ["B"]);
    assert_eq!(newsroom.titles(""), ["B", "A"]);
}

#[test]
fn a_full_target_leaves_the_old_feeds_whole() {
    let newsroom = built();
    let old = newsroom.files("feeds");
    let long = "A long text. ".repeat(20_000);
    newsroom.story("news/b.md", story("B", "2026-01-02", "", &long));
    // A small file system over the feeds folder, seen by this command alone.
    let script = "mkdir whole && cp -a feeds/. whole && \
        mount -t tmpfs -o size=200k none feeds && cp -a whole/. feeds || exit 99\n\
        \"$0\" build; code=$?\n\
        mkdir after && cp -a feeds/. after || exit 99\nexit $code";
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script]);
    command.arg(env!("CARGO_BIN_EXE_feedwright")).current_dir(newsroom.path(""));
    let ran = command
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .env("TZ", "UTC")
        .env("LANG", "C.UTF-8");
    let ran = ran.envs(newsroom.surroundings()).output();
    let ran = match ran {
        Ok(ran) if ran.status.code() == Some(3) || newsroom.exists("after") => ran,
        other => return skip(&format!("no small file system can be mounted here: {other:?}")),
    };
    let said = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(3), "{said}");
    assert!(said.contains("room"), "{said}");
    let after = newsroom.files("after");
    assert_eq!(after.keys().collect::<Vec<_>>(), old.keys().collect::<Vec<_>>());
    assert!(after.iter().all(|(name, file)| file.bytes == old[name].bytes), "{said}");

    newsroom.build();
    assert_eq!(newsroom.titles("news"), ["B", "A"], "with room again, the pass is made up for");
}

#[test]
fn a_store_of_a_newer_version_is_refused_with_its_version() {
    let newsroom = built();
    let before = newsroom.files("feeds");
    newsroom.change_store("UPDATE meta SET value = '99.1.2' WHERE name = 'writer'");
    for command in [&["build"][..], &["list"], &["add", "stories/news/a.md"]] {
        let ran = newsroom.command().args(command).output().expect("it runs");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(3), "{command:?}: {said}");
        assert!(said.contains("99.1.2") && said.contains(env!("CARGO_PKG_VERSION")), "{said}");
    }
    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn a_store_with_a_later_migration_is_refused_as_newer() {
    let newsroom = built();
    let before = newsroom.files("feeds");
    newsroom.change_store("UPDATE meta SET value = '99.1.2' WHERE name = 'writer'");
    newsroom.change_store(
        "INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, success, checksum, \
         execution_time FROM _sqlx_migrations LIMIT 1",
    );
    newsroom.run(["build"]).exits(3).complains_of(["the store `", "99.1.2", "fix:"]);
    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn a_store_that_is_none_is_named_and_left_alone() {
    let newsroom = built_on(Newsroom::new().on_sqlite());
    let before = newsroom.files("feeds");
    let garbage = "no database, but something that someone may want back\n".repeat(200);
    for name in ["stories.db-wal", "stories.db-shm"] {
        let _ = fs::remove_file(newsroom.path(name));
    }
    newsroom.write("stories.db", &garbage);
    newsroom.run(["build"]).exits(3).complains_of(["stories.db", "fix:"]);
    assert_eq!(newsroom.read("stories.db"), garbage);
    assert_eq!(newsroom.files("feeds"), before);
}

#[test]
fn no_section_leads_out_of_the_feeds_folder() {
    let sections = [
        "../../etc",
        "/etc/feedwright",
        "..",
        "a/../../../b",
        "./..",
        "a\\..\\..\\b",
        "%2e%2e/x",
        "~",
    ];
    for section in sections {
        let newsroom = built();
        let before: Vec<_> = newsroom.files("").into_keys().collect();
        let fields = format!("section: '{section}'");
        newsroom.story("news/b.md", story("B", "2026-01-02", &fields, "Text."));
        let ran = newsroom.run(["build"]);
        assert!(matches!(ran.status, Some(0 | 1)), "{section}: {ran:?}");
        let after = newsroom.files("").into_keys();
        let new: Vec<_> = after.filter(|name| !before.contains(name)).collect();
        let inside = |name: &String| name.starts_with("feeds/") || name == "stories/news/b.md";
        assert!(new.iter().all(inside), "{section}: {new:?}");
        assert!(new.iter().all(|name| !name.contains("..")), "{section}: {new:?}");
    }
}

#[test]
fn no_path_of_the_config_leads_out_of_the_feeds_folder() {
    for table in [
        "[[section]]\npath = \"../out\"\n",
        "[[feed]]\npath = \"a/../../out\"\nwhere = { tag = \"x\" }\n",
        "[[feed]]\npath = \"/out\"\nwhere = { tag = \"x\" }\nformats = []\n",
        "[[section]]\npath = \"news\"\n[[moved]]\nfrom = \"/../../out/feed.xml\"\nto = \"news\"\n",
        "[[section]]\npath = \"news\"\n[[moved]]\nfrom = \"/a/%2e%2e/%2e%2e/out.xml\"\nto = \"news\"\n",
    ] {
        let newsroom = Newsroom::new().config(table);
        newsroom.run(["build"]).exits(2).complains_of(["config.toml:", "out", "fix:"]);
        assert!(!newsroom.exists("feeds") && !newsroom.exists("out"), "{table}");
    }
}

#[test]
fn nothing_is_written_through_a_link_that_leads_out_of_the_feeds_folder() {
    let newsroom = built();
    fs::create_dir(newsroom.path("elsewhere")).expect("a folder");
    symlink(newsroom.path("elsewhere"), newsroom.path("feeds/sport")).expect("a link");
    newsroom.story("sport/b.md", story("B", "2026-01-02", "", "Text."));
    newsroom.run(["build"]).exits(3).complains_of(["sport", "outside"]);
    assert_eq!(newsroom.files("elsewhere").len(), 0);
}

const VECTORS: [&str; 22] = [
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<img src=x\nonerror\n=\nalert(1)//>",
    "<svg onload=alert(1)><svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<a href=\"javascript:alert(1)\">a</a>",
    "<a href=\" &#14; jAvA&#09;script&colon;alert(1)\">a</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">a</a>",
    "<a href='vbscript:msgbox(1)'>a</a>",
    "[a](javascript:alert(1))",
    "[a](<java\tscript:alert(1)>)",
    "![a](javascript:alert(1) \"x\")",
    "<javascript:alert(1)>",
    "<iframe src=javascript:alert(1)></iframe><iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action=javascript:alert(1)><input autofocus onfocus=alert(1)><button formaction=javascript:alert(1)>x</button></form>",
    "<style>@import 'javascript:alert(1)';</style><p style=\"background:url(javascript:alert(1))\">x</p>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<object data=javascript:alert(1)></object><embed src=javascript:alert(1)><base href=javascript://>",
    "]]><script>alert(1)</script><![CDATA[",
    "<video poster=javascript:alert(1) onplay=alert(1)><source src=javascript:alert(1) onerror=alert(1)></video>",
];

#[test]
fn hostile_stories_bring_no_script_handler_or_dangerous_address_into_any_output() {
    let newsroom = Newsroom::new();
    for (number, vector) in VECTORS.iter().enumerate() {
        let quoted = serde_json::to_string(vector).expect("JSON");
        let fields = format!(
            "{{\"title\": {quoted}, \"date\": \"2026-01-01\", \"tags\": [{quoted}], \
             \"summary\": {quoted}, \"authors\": [{{\"name\": {quoted}, \
             \"url\": \"javascript:alert(1)\"}}], \"correction\": {quoted}, \
             \"image\": {{\"url\": \"javascript:alert(1)\", \"alt\": {quoted}, \"caption\": {quoted}}}, \
             \"enclosures\": [{{\"url\": \"javascript:alert(1)\", \"type\": \"audio/mpeg\"}}]}}"
        );
        let body = format!("Before.\n\n{vector}\n\nAfter {vector} words.\n");
        newsroom.story(&format!("news/{number}.md"), format!("{fields}\n\n{body}"));
        newsroom.story(&format!("html/{number}.html"), format!("{fields}\n{body}"));
        newsroom.story(&format!("text/{number}.txt"), format!("{vector}\n\nBy {vector}\n\n{body}"));
    }
    newsroom.run(["build"]);
    assert!(newsroom.titles("").len() >= 40, "they are published: {:?}", newsroom.titles("").len());

    let mut found = Vec::new();
    for (name, file) in newsroom.files("feeds") {
        let text = String::from_utf8(file.bytes).expect("UTF-8");
        let pieces = match name.rsplit('.').next() {
            Some("html") => vec![text],
            Some("json") => texts_of(&serde_json::from_str(&text).expect("JSON")),
            Some("xml") => texts_of_feed(&text),
            _ => Vec::new(),
        };
        for piece in pieces {
            found.extend(dangers(&piece).into_iter().map(|danger| format!("{name}: {danger}")));
        }
    }
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// HTML and addresses of a JSON feed; titles, names and tags are plain text there.
fn texts_of(feed: &serde_json::Value) -> Vec<String> {
    let items = feed["items"].as_array().expect("items");
    let mut texts = Vec::new();
    for item in items {
        texts.extend(item["content_html"].as_str().map(str::to_owned));
        let addresses = [&item["url"], &item["external_url"], &item["image"]];
        let authors = item["authors"].as_array().into_iter().flatten().map(|author| &author["url"]);
        let attachments = item["attachments"].as_array().into_iter().flatten();
        let addresses = addresses.into_iter().chain(authors).chain(attachments.map(|a| &a["url"]));
        let addresses = addresses.filter_map(serde_json::Value::as_str);
        texts.extend(addresses.map(|address| format!("<a href=\"{address}\">x</a>")));
    }
    texts
}

/// The same of RSS or Atom.
fn texts_of_feed(text: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let is_atom = text.contains("<feed ");
    assert!(!is_atom || !text.contains("<summary type="), "a summary that is no plain text");
    for entry in parsed(text.as_bytes()).entries {
        texts.extend(entry.content.and_then(|content| content.body));
        // A summary of Atom is plain text; a description of RSS is shown as HTML.
        let summary = entry.summary.filter(|_| !is_atom);
        texts.extend(summary.map(|summary| summary.content));
        let people = entry.authors.into_iter().filter_map(|author| author.uri);
        let links = entry.links.into_iter().map(|link| link.href);
        let media = entry.media.into_iter().flat_map(|media| media.content);
        let media = media.filter_map(|content| content.url).map(String::from);
        let addresses = people.chain(links).chain(media);
        texts.extend(addresses.map(|address| format!("<a href=\"{address}\">x</a>")));
    }
    texts
}

/// What is dangerous in a piece of HTML, as another's parser sees it.
fn dangers(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let check = element!("*", |element| {
        let name = element.tag_name();
        let bad =
            ["script", "style", "iframe", "object", "embed", "form", "input", "button", "base"];
        if bad.contains(&name.as_str()) {
            found.push(format!("<{name}>"));
        }
        for attribute in element.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            let address = html_escape::decode_html_entities(&value).to_lowercase();
            let address: String = address.chars().filter(|letter| *letter > ' ').collect();
            let scheme = ["javascript:", "vbscript:", "data:text"];
            let address_key = !matches!(key.as_str(), "title" | "alt" | "content");
            if key.starts_with("on") || key == "srcdoc" || key == "style" {
                found.push(format!("<{name} {key}>"));
            } else if address_key && scheme.iter().any(|scheme| address.starts_with(scheme)) {
                found.push(format!("<{name} {key}=\"{value}\">"));
            }
        }
        Ok(())
    });
    let settings = Settings::new().append_element_content_handler(check);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(html.as_bytes()).expect("HTML");
    rewriter.end().expect("HTML");
    found
}
