//! `build` tells webhooks what it published: clause by clause of `docs/webhooks.md`.

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use serde_json::Value;

use crate::support::{
    Newsroom,
    origin::{Asked, Origin, Said},
    story,
};

const SECRET: &str = "swordfish-swordfish";

fn newsroom(origin: &Origin) -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.story("news/one.md", story("One", "2026-01-01", "", "Text."));
    newsroom.build();
    newsroom.set_config(&webhook(origin, "cdn", "/hook"));
    origin.say("/hook", Said::new(204, ""));
    newsroom
}

fn webhook(origin: &Origin, name: &str, path: &str) -> String {
    format!(
        "[[webhook]]\nname = \"{name}\"\nurl = \"{}\"\nsecret = \"{SECRET}\"\n\
         allow_private = true\n",
        origin.at(path)
    )
}

/// What a webhook got, in order.
fn bodies(origin: &Origin, path: &str) -> Vec<Value> {
    let came = origin.came("POST", path);
    came.iter().map(|it| serde_json::from_slice(&it.body).expect("JSON")).collect()
}

fn last(origin: &Origin) -> Value {
    bodies(origin, "/hook").pop().expect("a bulletin")
}

/// The titles that a feed names under `what`.
fn titles(bulletin: &Value, feed: &str, what: &str) -> Vec<String> {
    let feeds = bulletin["feeds"].as_array().expect("feeds");
    let feed = feeds.iter().find(|it| it["feed"] == feed);
    let stories = feed.and_then(|feed| feed[what].as_array()).into_iter().flatten();
    stories.map(|story| story["title"].as_str().expect("a title").to_owned()).collect()
}

fn names_file(bulletin: &Value, what: &str, file: &str) -> bool {
    let address = format!("https://feeds.gazette.example/{file}");
    bulletin["files"][what].as_array().expect("files").contains(&Value::from(address))
}

/// By Python's hmac, which is not ours.
fn signature(asked: &Asked) -> String {
    let script = "import hmac,sys;print(hmac.new(sys.argv[1].encode(),sys.argv[2].encode(),\
                  'sha256').hexdigest())";
    let body = String::from_utf8(asked.body.clone()).expect("UTF-8");
    let signed = format!("{}.{body}", asked.header("X-Feedwright-Timestamp").expect("an instant"));
    let ran = Command::new("python3").args(["-c", script, SECRET, &signed]).output();
    let digest = String::from_utf8(ran.expect("python3").stdout).expect("digits");
    format!("sha256={}", digest.trim())
}

#[test]
fn a_build_tells_what_came_changed_and_was_taken_back_and_which_files_differ() {
    let origin = Origin::start();
    let newsroom = newsroom(&origin);
    newsroom.build();
    assert!(bodies(&origin, "/hook").is_empty(), "what is published already is no news");

    newsroom.story("news/two.md", story("Two", "2026-01-02", "", "Text."));
    newsroom.build();
    let told = last(&origin);
    for feed in ["", "news"] {
        assert_eq!(titles(&told, feed, "new"), ["Two"]);
        assert_eq!(titles(&told, feed, "changed"), [""; 0]);
    }
    assert_eq!(told["feeds"][1]["url"], "https://feeds.gazette.example/news/");
    assert_eq!(told["feeds"][1]["new"][0]["id"], newsroom.id_of("Two"));
    for file in ["news/rss.xml", "news/", "news/index.html", "rss.xml", "feeds.opml"] {
        assert!(names_file(&told, "changed", file), "{file}: {told}");
    }
    assert!(!names_file(&told, "changed", "page.css"), "it is as it was");
    let asked = origin.came("POST", "/hook").remove(0);
    assert_eq!(asked.header("Content-Type"), Some("application/json"));
    assert_eq!(asked.header("X-Feedwright-Signature"), Some(&*signature(&asked)));

    newsroom.story("news/two.md", story("Second", "2026-01-02", "", "Text."));
    newsroom.build();
    assert_eq!(titles(&last(&origin), "news", "changed"), ["Second"]);
    newsroom.run(["retract", "news/two.md"]).exits(0);
    newsroom.build();
    assert_eq!(titles(&last(&origin), "news", "retracted"), ["Second"]);
    assert_eq!(titles(&last(&origin), "news", "new"), [""; 0]);
    newsroom.build();
    let numbers: Vec<_> = bodies(&origin, "/hook").iter().map(|it| it["number"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3], "a build that publishes nothing tells nothing");
}

#[test]
fn a_story_that_slides_into_a_feed_is_not_new_and_one_in_the_archive_is_taken_back_too() {
    let origin = Origin::start();
    let newsroom = newsroom(&origin);
    let small = "[publish]\nsections = \"found\"\nlimit = 2\nwindow = \"1h\"\n\n";
    newsroom.set_config(&format!("{small}{}", webhook(&origin, "cdn", "/hook")));
    for day in 2..=6 {
        let text = story(&format!("Day {day}"), &format!("2026-01-0{day}"), "", "Text.");
        newsroom.story(&format!("news/{day}.md"), text);
        newsroom.build();
    }
    newsroom.run(["retract", "news/6.md"]).exits(0);
    newsroom.run(["retract", "news/2.md"]).exits(0);
    newsroom.build();
    let told = last(&origin);
    let mut gone = titles(&told, "news", "retracted");
    gone.sort();
    assert_eq!(gone, ["Day 2", "Day 6"]);
    assert_eq!(titles(&told, "news", "new"), [""; 0], "{told}");
}

#[test]
fn nothing_that_is_embargoed_is_told_until_its_hour() {
    let origin = Origin::start();
    let newsroom = newsroom(&origin);
    newsroom.story("news/two.md", story("Two", "2026-01-02", "", "Text."));
    newsroom.story("news/far.md", story("Embargoed", "2100-01-01", "", "Text."));
    newsroom.build();
    let all = origin.came("POST", "/hook");
    assert!(!String::from_utf8_lossy(&all[0].body).contains("Embargoed"));
    assert_eq!(titles(&last(&origin), "news", "new"), ["Two"]);
    newsroom.run(["build", "--at", "2101-01-01", "--out", "preview"]).exits(0);
    newsroom.run(["build", "--dry-run"]).exits(0);
    assert_eq!(origin.came("POST", "/hook").len(), all.len(), "a look ahead tells nobody");
}

#[test]
fn one_that_fails_is_told_later_in_order_and_delays_no_other() {
    let origin = Origin::start();
    let newsroom = newsroom(&origin);
    let both = [webhook(&origin, "cdn", "/hook"), webhook(&origin, "cms", "/down")].concat();
    newsroom.set_config(&both);
    origin.say("/down", Said::new(500, "no"));
    newsroom.story("news/two.md", story("Two", "2026-01-02", "", "Text."));
    newsroom.build().complains_of(["the webhook cms could not be told", "status-500", "fix:"]);
    newsroom.story("news/three.md", story("Three", "2026-01-03", "", "Text."));
    newsroom.build();
    assert_eq!(bodies(&origin, "/hook").len(), 2);
    assert_eq!(bodies(&origin, "/down").len(), 1, "it waits before it is asked again");
    let status = newsroom.run(["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["webhooks"][0]["name"], "cdn");
    assert_eq!(status["webhooks"][0]["said"], "status-204");
    assert_eq!(status["webhooks"][1]["said"], "status-500");
    assert_eq!(status["webhooks"][1]["waiting"], 2);
    let text = newsroom.run(["status"]).exits(0).stdout;
    assert!(text.contains("webhook         cms: status-500"), "{text}");
    assert!(text.contains("; 2 wait"), "{text}");
}

#[test]
fn a_build_that_is_killed_while_it_tells_leaves_that_to_the_next_one() {
    let origin = Origin::start();
    let newsroom = newsroom(&origin);
    let (hangs, begun) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let (held, counted) = (Arc::clone(&hangs), Arc::clone(&begun));
    origin.answer("/hook", move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        while held.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        Said::new(200, "")
    });
    newsroom.story("news/two.md", story("Two", "2026-01-02", "", "Text."));
    let mut build = newsroom.command().arg("build").spawn().expect("a build");
    while begun.load(Ordering::Relaxed) == 0 {
        assert!(build.try_wait().expect("a state").is_none(), "it tells before it ends");
        std::thread::yield_now();
    }
    build.kill().expect("killed");
    build.wait().expect("ended");
    hangs.store(false, Ordering::Relaxed);
    newsroom.build();
    assert_eq!(begun.load(Ordering::Relaxed), 2);
    assert_eq!(titles(&last(&origin), "news", "new"), ["Two"]);
    assert_eq!(last(&origin)["number"], 1);
}

#[test]
fn a_webhook_needs_a_secret_a_name_of_its_own_and_a_public_address() {
    let newsroom = Newsroom::new();
    let fault = |lines: &str| {
        newsroom.set_config(lines);
        newsroom.run(["config", "check"]).exits(2).stderr
    };
    let one = "[[webhook]]\nurl = \"https://hooks.example/a\"\n";
    assert!(fault(one).contains("`secret` is missing"));
    assert!(fault(&format!("{one}secret = \"short\"\n")).contains("shorter than 16 characters"));
    let good = format!("{one}secret = \"{SECRET}\"\n");
    assert!(fault(&format!("{good}{good}")).contains("is the name of another webhook"));
    assert!(fault(&format!("{one}secret_file = \"nowhere\"\n")).contains("cannot be read"));
    newsroom.write("secret", format!("{SECRET}\n"));
    newsroom.set_config(&format!("{one}secret_file = \"secret\"\n"));
    newsroom.run(["config", "check"]).exits(0);
    newsroom.set_config(&good);
    let shown = newsroom.run(["config", "show"]).exits(0).stdout;
    assert!(shown.contains("hooks.example") && !shown.contains(SECRET), "{shown}");

    let origin = Origin::start();
    let private = webhook(&origin, "cdn", "/hook").replace("allow_private = true\n", "");
    newsroom.set_config(&private);
    newsroom.story("one.md", story("One", "2026-01-01", "", "Text."));
    newsroom.build().complains_of(["the webhook cdn could not be told"]);
    assert!(origin.came("POST", "/hook").is_empty());
}
