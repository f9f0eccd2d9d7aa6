//! Remote sources: what they have comes in once, changes when it changes, and goes out with the
//! next build.

mod twice;

use std::fs;

use crate::support::{
    Newsroom, Ran,
    origin::{Origin, Said, rss},
};

const RSS: &str = "application/rss+xml";
const MONDAY: &str = "Mon, 05 Jan 2026 10:00:00 GMT";
const TUESDAY: &str = "Tue, 06 Jan 2026 10:00:00 GMT";
const WEDNESDAY: &str = "Wed, 07 Jan 2026 10:00:00 GMT";

/// A newsroom with a source at the origin's `/feed`.
fn subscribed(origin: &Origin, more: &str) -> Newsroom {
    Newsroom::new().config(&wire(origin, more))
}

fn wire(origin: &Origin, more: &str) -> String {
    format!("[fetch]\npace = \"0s\"\n{}", source(origin, "wire", "/feed", more))
}

fn source(origin: &Origin, name: &str, path: &str, more: &str) -> String {
    format!(
        "[[source]]\nname = \"{name}\"\nkind = \"feed\"\nurl = \"{}\"\nallow_private = true\n{more}\n",
        origin.at(path)
    )
}

fn fetch(newsroom: &Newsroom) -> Ran {
    newsroom.run(["fetch", "--format", "json"])
}

/// New, changed and same stories of the only source.
fn counts(ran: &Ran) -> [u64; 3] {
    let told = &ran.json()[0];
    ["new", "changed", "same"].map(|name| told[name].as_u64().expect("a number"))
}

#[test]
fn what_a_feed_has_is_published_under_its_own_guid_and_name_by_the_next_build() {
    let origin = Origin::start();
    origin.serve("/feed", RSS, rss(&[("River rises", "7", MONDAY, "Two metres.")]));
    let newsroom = subscribed(&origin, "section = \"wire\"\ntags = [\"agency\"]");
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [1, 0, 0]);
    newsroom.build();
    let entry = &newsroom.json("wire")["items"][0];
    assert_eq!(entry["id"], "https://wire.example/?p=7");
    assert_eq!(entry["url"], "https://wire.example/7");
    assert_eq!(entry["date_published"], "2026-01-05T10:00:00Z");
    assert!(entry["tags"].as_array().expect("tags").contains(&"agency".into()));
    assert!(newsroom.published("wire/rss.xml").contains(">The Wire</source>"));
}

#[test]
fn the_second_fetch_is_conditional_and_an_answer_304_costs_no_story() {
    let origin = Origin::start();
    origin.serve("/feed", RSS, rss(&[("River rises", "7", MONDAY, "Two metres.")]));
    let newsroom = subscribed(&origin, "");
    fetch(&newsroom).exits(0);
    let again = fetch(&newsroom).exits(0);
    assert_eq!(again.json()[0]["outcome"], "same");
    let asked = origin.asked("/feed");
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].header("If-None-Match"), None);
    assert!(asked[1].header("If-None-Match").is_some());
    let agent = asked[0].header("User-Agent").expect("a name");
    assert!(agent.starts_with("feedwright/") && agent.contains("gazette.example"), "{agent}");
    for never in ["Cookie", "Referer"] {
        assert_eq!(asked[1].header(never), None);
    }
}

#[test]
fn status_says_of_a_source_that_answered_what_could_not_be_taken_until_it_changes() {
    let origin = Origin::start();
    let item = |text| ("River rises", "7", MONDAY, text);
    origin.serve("/feed", RSS, rss(&["One", "Two", "Three"].map(item)));
    let newsroom = subscribed(&origin, "");
    let line = |newsroom: &Newsroom| {
        let said = newsroom.run(["status"]).stdout;
        said.split_once("wire: ").expect("the source").1.to_owned()
    };
    for outcome in ["ok", "same"] {
        assert_eq!(fetch(&newsroom).exits(0).json()[0]["outcome"], outcome);
        let said = line(&newsroom);
        assert!(said.contains("\n  left out: River rises: "), "{outcome}: {said}");
    }
    origin.serve("/feed", RSS, rss(&[("River falls", "8", TUESDAY, "One metre.")]));
    fetch(&newsroom).exits(0);
    assert!(!line(&newsroom).contains("left out"), "{}", line(&newsroom));
}

#[test]
fn the_first_fetch_does_not_flood_and_what_it_left_stays_left() {
    let origin = Origin::start();
    let items = [
        ("Third", "3", WEDNESDAY, "Text three."),
        ("Second", "2", TUESDAY, "Text two."),
        ("First", "1", MONDAY, "Text one."),
    ];
    origin.serve("/feed", RSS, rss(&items));
    let newsroom = subscribed(&origin, "backfill = 2");
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [2, 0, 0]);
    let fourth = ("Fourth", "4", "Thu, 08 Jan 2026 10:00:00 GMT", "Text four.");
    origin.serve("/feed", RSS, rss(&[&[fourth], &items[..]].concat()));
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [1, 0, 2]);
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["Fourth", "Third", "Second"]);
}

#[test]
fn an_edit_changes_a_story_and_a_date_alone_does_not() {
    let origin = Origin::start();
    origin.serve("/feed", RSS, rss(&[("River rises", "7", MONDAY, "Two metres.")]));
    let newsroom = subscribed(&origin, "");
    fetch(&newsroom).exits(0);
    origin.serve("/feed", RSS, rss(&[("River rises", "7", WEDNESDAY, "Two metres.")]));
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [0, 0, 1]);
    origin.serve("/feed", RSS, rss(&[("River rises", "7", WEDNESDAY, "Three metres.")]));
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [0, 1, 0]);
    newsroom.build();
    let entry = &newsroom.json("")["items"][0];
    assert_eq!(entry["date_published"], "2026-01-05T10:00:00Z", "when it came out stays");
    assert!(entry["content_html"].as_str().expect("a text").contains("Three metres."));
}

#[test]
fn a_feed_that_makes_new_ids_each_time_is_seen_through_by_its_addresses() {
    let origin = Origin::start();
    let feed = |id: &str| {
        rss(&[("River rises", "7", MONDAY, "Two metres.")])
            .replace("https://wire.example/?p=7", &format!("urn:uuid:{id}"))
    };
    origin.serve("/feed", RSS, feed("a"));
    let newsroom = subscribed(&origin, "");
    fetch(&newsroom).exits(0);
    origin.serve("/feed", RSS, feed("b"));
    assert_eq!(counts(&fetch(&newsroom).exits(0))[0], 0);
    newsroom.build();
    assert_eq!(newsroom.ids(""), ["urn:uuid:a"]);
}

#[test]
fn entries_that_share_an_id_are_two_stories_if_they_differ_also_when_one_of_them_goes() {
    let origin = Origin::start();
    let feed = |titles: &[&str]| {
        let items: Vec<_> =
            titles.iter().map(|title| (*title, *title, MONDAY, "Text of it.")).collect();
        let feed = rss(&items);
        let from = |title: &&str| format!("https://wire.example/?p={title}");
        titles.iter().fold(feed, |feed, title| feed.replace(&from(title), "same"))
    };
    origin.serve("/feed", RSS, feed(&["One", "Two"]));
    let newsroom = subscribed(&origin, "");
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [2, 0, 0]);
    origin.serve("/feed", RSS, feed(&["Two", "Three"]));
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [1, 0, 1]);
    newsroom.build();
    let mut titles = newsroom.titles("");
    titles.sort();
    assert_eq!(titles, ["One", "Three", "Two"]);
}

#[test]
fn a_source_that_fails_stops_no_other_and_keeps_its_stories() {
    let origin = Origin::start();
    origin.serve("/feed", RSS, rss(&[("River rises", "7", MONDAY, "Two metres.")]));
    origin.serve("/other", RSS, rss(&[("Dam holds", "8", TUESDAY, "So far.")]));
    let newsroom = subscribed(&origin, &source(&origin, "other", "/other", ""));
    fetch(&newsroom).exits(0);
    origin.say(
        "/feed",
        Said {
            status: 200,
            headers: Vec::new(),
            body: b"<!doctype html><title>Oops</title>".to_vec(),
        },
    );
    origin.serve("/other", RSS, rss(&[("Dam broke", "8", TUESDAY, "At noon.")]));
    let ran = newsroom.run(["fetch"]).exits(3).complains_of(["source wire", "HTML page", "fix:"]);
    assert!(!ran.stderr.contains("source other"), "{}", ran.stderr);
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["Dam broke", "River rises"]);
    let status = newsroom.run(["status"]).exits(0).stdout;
    assert!(status.contains("wire: html-page (1 times since"), "{status}");
    // The validators of the last good answer stay.
    newsroom.run(["fetch", "wire"]).exits(3);
    assert!(origin.asked("/feed")[2].header("If-None-Match").is_some());
}

#[test]
fn a_source_that_is_gone_for_good_is_asked_once_more_only_by_name() {
    let origin = Origin::start();
    origin.refuse("/feed", 410, &[]);
    let newsroom = subscribed(&origin, "");
    newsroom.run(["fetch"]).exits(3).complains_of(["410", "isn't asked any more"]);
    newsroom.run(["fetch"]).exits(0);
    assert_eq!(origin.asked("/feed").len(), 1);
    newsroom.run(["fetch", "wire"]).exits(3);
    assert_eq!(origin.asked("/feed").len(), 2);
}

#[test]
fn a_move_for_good_is_believed_once_it_is_repeated() {
    let origin = Origin::start();
    origin.refuse("/feed", 301, &[("Location", "/new")]);
    origin.serve("/new", RSS, rss(&[("River rises", "7", MONDAY, "Two metres.")]));
    let newsroom = subscribed(&origin, "");
    for _ in 0..3 {
        fetch(&newsroom).exits(0);
    }
    assert_eq!(origin.asked("/feed").len(), 2);
    assert_eq!(origin.asked("/new").len(), 3);
}

#[test]
fn an_address_of_this_machine_is_not_asked_unless_the_source_says_so() {
    let origin = Origin::start();
    let config = wire(&origin, "").replace("allow_private = true\n", "");
    let newsroom = Newsroom::new().config(&config);
    newsroom.run(["fetch"]).exits(3).complains_of(["source wire", "127.0.0.1"]);
    assert!(origin.targets().is_empty());
}

#[test]
fn rules_say_which_stories_are_taken_and_rights_how_much_of_them() {
    let origin = Origin::start();
    let items = [
        ("Buy now", "1", MONDAY, "A paid text."),
        ("River rises", "2", TUESDAY, "Two metres. Families leave."),
        ("Market", "3", WEDNESDAY, "This is <b>sponsored</b> content."),
    ];
    origin.serve("/feed", RSS, rss(&items));
    let more = "where = { not = { any = [{ title = \"/^buy\\\\b/\" }, { content = \"sponsored\" }] } }\n\
        republish = \"summary\"\nattribution = \"Wire Agency\"";
    let newsroom = subscribed(&origin, more);
    let told = fetch(&newsroom).exits(0).json();
    assert_eq!((&told[0]["new"], &told[0]["left_out"]), (&1.into(), &2.into()));
    newsroom.build();
    let entry = &newsroom.json("")["items"][0];
    let html = entry["content_html"].as_str().expect("a text");
    assert!(html.contains("<a href=\"https://wire.example/2\">Wire Agency</a>"), "{html}");
}

#[test]
fn no_address_but_one_of_the_web_gets_out_wherever_it_stands_in_a_feed() {
    let origin = Origin::start();
    let feed = rss(&[("River rises", "7", MONDAY, "<a href=\"javascript:x\">Two</a> metres.")])
        .replace("<link>https://wire.example/</link>", "<link>javascript:alert(1)</link>")
        .replace(
            "<pubDate>",
            "<source url=\"javascript:alert(2)\">S</source><enclosure url=\"javascript:alert(3)\" \
             type=\"audio/mpeg\" length=\"1\"/><pubDate>",
        );
    origin.serve("/feed", RSS, feed);
    let newsroom = subscribed(&origin, "");
    fetch(&newsroom).exits(0);
    newsroom.build();
    for file in ["rss.xml", "atom.xml", "feed.json", "index.html"] {
        assert!(!newsroom.published(file).contains("javascript:"), "{file}");
    }
}

#[test]
fn what_is_deleted_there_is_withdrawn_where_the_source_follows() {
    let origin = Origin::start();
    let items = [
        ("Third", "3", WEDNESDAY, "Text three."),
        ("Second", "2", TUESDAY, "Text two."),
        ("First", "1", MONDAY, "Text one."),
    ];
    for (deletes, left) in
        [("follow", vec!["Third", "First"]), ("keep", vec!["Third", "Second", "First"])]
    {
        origin.serve("/feed", RSS, rss(&items));
        let newsroom = subscribed(&origin, &format!("deletes = \"{deletes}\""));
        fetch(&newsroom).exits(0);
        origin.serve("/feed", RSS, rss(&[items[0], items[2]]));
        fetch(&newsroom).exits(0);
        newsroom.build();
        assert_eq!(newsroom.titles(""), left);
    }
}

#[test]
fn a_dry_run_tells_and_keeps_nothing() {
    let origin = Origin::start();
    origin.serve("/feed", RSS, rss(&[("River rises", "7", MONDAY, "Two metres.")]));
    let newsroom = subscribed(&origin, "");
    newsroom.build();
    let told = newsroom.run(["fetch", "--dry-run", "--format", "json"]).exits(0);
    assert_eq!(counts(&told), [1, 0, 0]);
    assert_eq!(newsroom.run(["list"]).exits(0).stdout, "");
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [1, 0, 0]);
}

#[test]
fn what_source_test_shows_can_be_added() {
    let newsroom = Newsroom::new();
    newsroom.write("feed.xml", rss(&[("River rises", "7", MONDAY, "Two metres.")]));
    let shown = newsroom.run(["source", "test", "feed.xml", "--format", "json"]).exits(0);
    let form = &shown.json()[0];
    assert_eq!(form["id"], "https://wire.example/?p=7");
    assert_eq!(form["content_html"], "<p>Two metres.</p>");
    assert_eq!(newsroom.run(["list"]).exits(0).stdout, "", "nothing is stored");
    newsroom.run_with_input(["add", "-"], &shown.stdout).exits(0);
    newsroom.build();
    assert_eq!(newsroom.ids(""), ["https://wire.example/?p=7"]);
}

#[test]
fn an_unknown_source_is_named_and_only_due_ones_are_fetched_for_cron() {
    let origin = Origin::start();
    origin.serve("/feed", RSS, rss(&[("River rises", "7", MONDAY, "Two metres.")]));
    let newsroom = subscribed(&origin, "");
    newsroom.run(["fetch", "wires"]).exits(2).complains_of(["`wires` is no remote source", "wire"]);
    newsroom.run(["fetch", "--due"]).exits(0);
    newsroom.run(["fetch", "--due"]).exits(0);
    assert_eq!(origin.asked("/feed").len(), 1, "it is due in an hour");
}

#[test]
fn a_database_is_read_from_where_the_last_fetch_ended() {
    let newsroom = Newsroom::new().config(
        "[[source]]\nname = \"cms\"\nkind = \"sql\"\nurl = \"sqlite:cms.db\"\ndeletes = \"follow\"\n\
         query = \"SELECT id, headline, url, body, published, updated, deleted FROM posts WHERE updated > $1\"\n\
         map = { title = \"headline\", body = \"body\" }\n",
    );
    let cms = rusqlite::Connection::open(newsroom.path("cms.db")).expect("a database");
    cms.execute_batch(
        "CREATE TABLE posts (id, headline, url, body, published, updated, deleted);
         INSERT INTO posts VALUES
           (1, 'River rises', 'https://www.gazette.example/1', 'Two metres.', '2026-01-05', 1767700000, 0),
           (2, 'Dam holds', 'https://www.gazette.example/2', 'So far.', '2026-01-06', 1767700001, 0);",
    )
    .expect("it runs");
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [2, 0, 0]);
    cms.execute_batch(
        "UPDATE posts SET headline = 'River falls', updated = 1767700002 WHERE id = 1;
         UPDATE posts SET deleted = 1, updated = 1767700003 WHERE id = 2;",
    )
    .expect("it runs");
    let told = fetch(&newsroom).exits(0);
    assert_eq!(counts(&told), [0, 1, 0]);
    assert_eq!(told.json()[0]["withdrawn"], 1);
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["River falls"]);
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [0, 0, 0]);
}

#[test]
fn a_wordpress_site_gives_its_posts_with_their_guids() {
    let origin = Origin::start();
    let post = |id: u32, title: &str, modified: &str| {
        serde_json::json!({
            "id": id, "status": "publish", "link": format!("https://blog.example/{id}/"),
            "guid": { "rendered": format!("https://blog.example/?p={id}") },
            "title": { "rendered": title }, "date_gmt": "2026-01-05T10:00:00",
            "modified_gmt": modified, "excerpt": { "rendered": "" },
            "content": { "rendered": format!("<p>Text of {title}</p>"), "protected": false },
        })
    };
    // The addresses are those that the site is asked by.
    let newsroom = Newsroom::new().config(&format!(
        "[fetch]\npace = \"0s\"\n[[source]]\nname = \"blog\"\nkind = \"wordpress\"\nurl = \"{}\"\n\
         allow_private = true\n",
        origin.at("/")
    ));
    newsroom.run(["fetch"]).exits(3).complains_of(["source blog"]);
    let asked = origin.targets();
    let first = asked.iter().find(|it| it.starts_with("/wp-json/")).expect("a request").clone();
    let posts = [post(1, "One", "2026-01-05T10:00:00"), post(2, "Two", "2026-01-06T10:00:00")];
    origin.serve(&first, "application/json", serde_json::to_vec(&posts).expect("JSON"));
    assert_eq!(counts(&fetch(&newsroom).exits(0)), [2, 0, 0]);
    newsroom.run(["fetch"]).exits(3);
    let later = origin.targets().pop().expect("a request");
    assert!(later.contains("modified_after=2026-01-06T10"), "{later}");
    newsroom.build();
    let mut ids = newsroom.ids("");
    ids.sort();
    assert_eq!(ids, ["https://blog.example/?p=1", "https://blog.example/?p=2"]);
}

#[test]
fn a_page_without_a_feed_gives_the_articles_it_links_to_if_robots_may_read_them() {
    let origin = Origin::start();
    let article = |title: &str| {
        let text =
            "The river rose by two metres overnight, and the ferry stopped at dawn. ".repeat(12);
        format!(
            "<html lang=\"en\"><head><title>{title}</title><meta property=\"og:title\" \
             content=\"{title}\"><meta property=\"article:published_time\" \
             content=\"2026-01-05T10:00:00Z\"></head><body><article><h1>{title}</h1><p>{title}: \
             {text}</p><p>{text}</p></article></body></html>"
        )
    };
    origin.serve("/news", "text/html", "<ul class=l><li><a href=/a/1>One</a><li><a href=/a/2>Two</a><li><a href=/private/3>No</a></ul>");
    for (path, title) in [("/a/1", "One"), ("/a/2", "Two"), ("/private/3", "Three")] {
        origin.serve(path, "text/html", article(title));
    }
    origin.serve("/robots.txt", "text/plain", "User-agent: *\nDisallow: /private/\n");
    let newsroom = Newsroom::new().config(&format!(
        "[fetch]\npace = \"0s\"\n[[source]]\nname = \"site\"\nkind = \"page\"\nurl = \"{}\"\n\
         allow_private = true\nlinks = \".l a\"\n",
        origin.at("/news")
    ));
    let told = fetch(&newsroom).exits(0);
    assert_eq!(counts(&told), [2, 0, 0], "{told:?}");
    assert!(origin.asked("/private/3").is_empty());
    newsroom.build();
    let mut titles = newsroom.titles("");
    titles.sort();
    assert_eq!(titles, ["One", "Two"]);
    fetch(&newsroom).exits(0);
    assert_eq!(origin.asked("/a/1").len(), 1, "an article is fetched once");
}

#[test]
fn the_text_of_the_article_takes_the_place_of_a_short_one_in_the_feed() {
    let origin = Origin::start();
    let whole =
        "The river rose by two metres overnight, and the ferry stopped at dawn. ".repeat(12);
    let feed = rss(&[("River rises", "7", MONDAY, "Two metres.")])
        .replace("https://wire.example/7", &origin.at("/7"));
    origin.serve("/feed", RSS, feed);
    origin.serve(
        "/7",
        "text/html",
        format!("<html><body><nav>Menu</nav><article><h1>River rises</h1><p>{whole}</p><p>{whole}</p></article></body></html>"),
    );
    let newsroom = subscribed(&origin, "full_text = true");
    fetch(&newsroom).exits(0);
    newsroom.build();
    let entry = &newsroom.json("")["items"][0];
    let html = entry["content_html"].as_str().expect("a text");
    assert!(html.contains("ferry stopped") && !html.contains("Menu"), "{html}");
    assert_eq!(entry["id"], "https://wire.example/?p=7");
}

#[test]
fn an_export_of_wordpress_comes_in_whole_and_again_changes_nothing() {
    let newsroom = Newsroom::new();
    let item = |id: u32, status: &str| {
        format!(
            "<item><title>Post {id}</title><link>https://blog.example/{id}/</link>\
             <guid isPermaLink=\"false\">https://blog.example/?p={id}</guid>\
             <content:encoded><![CDATA[First line of {id}.\n\nSecond one.]]></content:encoded>\
             <wp:post_id>{id}</wp:post_id><wp:post_date_gmt>2026-01-0{id} 10:00:00</wp:post_date_gmt>\
             <wp:status>{status}</wp:status><wp:post_type>post</wp:post_type></item>"
        )
    };
    newsroom.write(
        "export.xml",
        format!(
            "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
             xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><title>Blog</title>\
             <link>https://blog.example</link><wp:wxr_version>1.2</wp:wxr_version>{}{}{}</channel></rss>",
            item(1, "publish"),
            item(2, "draft"),
            item(3, "publish")
        ),
    );
    let told = newsroom.run(["import", "wordpress", "export.xml"]).exits(0).stdout;
    assert!(told.starts_with("2 posts: 2 new") && told.contains("1 not published"), "{told}");
    newsroom.build();
    assert_eq!(newsroom.ids(""), ["https://blog.example/?p=3", "https://blog.example/?p=1"]);
    let html = newsroom.json("")["items"][0]["content_html"].clone();
    assert_eq!(html, "<p>First line of 3.</p>\n<p>Second one.</p>");
    let again = newsroom.run(["import", "wordpress", "export.xml"]).exits(0).stdout;
    assert!(again.contains("0 new, 0 changed, 2 the same"), "{again}");
}

#[test]
fn a_feed_is_no_export_of_wordpress() {
    let newsroom = Newsroom::new();
    newsroom.story("news/a.md", crate::support::story("Alpha", "2026-01-05", "", "One."));
    newsroom.build();
    newsroom.run(["import", "wordpress", "feeds/rss.xml"]).exits(1).complains_of([
        "feeds/rss.xml",
        "no export of WordPress",
        "fix:",
    ]);
    newsroom.build();
    assert_eq!(newsroom.titles(""), ["Alpha"]);
}

#[test]
fn an_import_says_how_sections_were_called_there() {
    let newsroom = Newsroom::new();
    newsroom.write(
        "export.xml",
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:wp=\"http://wordpress.org/export/1.2/\"><channel><title>Blog</title>\
         <link>https://blog.example</link><wp:wxr_version>1.2</wp:wxr_version><item><title>A</title>\
         <link>https://blog.example/1/</link><guid isPermaLink=\"false\">https://blog.example/?p=1</guid>\
         <category domain=\"category\" nicename=\"medias\"><![CDATA[Médias & \"presse\"]]></category>\
         <category domain=\"category\" nicename=\"sport\"><![CDATA[Sport]]></category>\
         <content:encoded><![CDATA[Text [php]<?php echo \"<b>x</b>\"; ?>[/php] {{ x }}]]></content:encoded>\
         <wp:post_id>1</wp:post_id><wp:post_date_gmt>2026-01-01 10:00:00</wp:post_date_gmt>\
         <wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item></channel></rss>",
    );
    let said = newsroom.run(["import", "wordpress", "export.xml"]).exits(0).stderr;
    let table = "[[section]]\npath = \"medias\"\ntitle = ";
    assert!(said.contains(table) && !said.contains("\"sport\""), "{said}");
    let config = newsroom.read("config.toml");
    let tables = said.split_once("\n\n").expect("tables").1;
    newsroom.write("config.toml", format!("{config}\n{tables}"));
    newsroom.build();
    let feed = newsroom.json("medias");
    assert!(feed["title"].as_str().expect("a title").contains("Médias & \"presse\""), "{feed}");
    let html = feed["items"][0]["content_html"].as_str().expect("a text");
    assert!(html.contains("<code>&lt;?php echo \"&lt;b&gt;x&lt;/b&gt;\"; ?&gt;</code>"), "{html}");
    assert!(html.contains("{{ x }}"), "{html}");
}

#[test]
fn a_list_of_subscriptions_becomes_sources_once() {
    let newsroom = Newsroom::new();
    newsroom.write(
        "feeds.opml",
        "<opml version=\"2.0\"><body><outline text=\"Wires\"><outline text=\"The Wire\" \
         type=\"rss\" xmlUrl=\"https://wire.example/rss\"/></outline></body></opml>",
    );
    newsroom.run(["import", "opml", "feeds.opml"]).exits(0);
    let config = newsroom.read("config.toml");
    assert!(config.ends_with(
        "[[source]]\nname = \"the-wire\"\nkind = \"feed\"\nurl = \"https://wire.example/rss\"\ntags = [\"Wires\"]\n"
    ), "{config}");
    newsroom.run(["import", "opml", "feeds.opml"]).exits(0);
    assert_eq!(newsroom.read("config.toml"), config);
}

#[test]
fn guids_are_adopted_from_a_feed_at_an_address() {
    let origin = Origin::start();
    let old = rss(&[("River rises", "7", MONDAY, "Two metres.")])
        .replace("https://wire.example/7", "https://www.gazette.example/news/river/");
    origin.serve("/index.xml", RSS, old);
    let newsroom = Newsroom::new();
    newsroom.story(
        "news/river.md",
        crate::support::story("River rises", "2026-01-05", "", "Two metres."),
    );
    let address = origin.at("/index.xml");
    let fix = "fix: give `--allow-private`";
    newsroom.run(["adopt", &address]).exits(3).complains_of(["127.0.0.1", fix]);
    newsroom.run(["check", &address]).exits(3).complains_of(["127.0.0.1", fix]);
    newsroom.run(["source", "test", &address]).exits(3).complains_of(["`--allow-private`"]);
    newsroom.run(["adopt", "--allow-private", &address]).exits(0);
    newsroom.build();
    assert_eq!(newsroom.ids(""), ["https://wire.example/?p=7"]);
}

#[test]
fn the_service_fetches_and_publishes_what_comes() {
    let origin = Origin::start();
    origin.serve("/feed", RSS, rss(&[("River rises", "7", MONDAY, "Two metres.")]));
    let newsroom = subscribed(&origin, "section = \"news\"");
    let service = newsroom.serve();
    let shows = || service.get("/news/rss.xml", &[]).text().contains("River rises");
    service.wait_for("the story is served", shows);
    let config = fs::read_to_string(newsroom.path("config.toml")).expect("a configuration");
    assert!(config.contains("kind = \"feed\""));
}
