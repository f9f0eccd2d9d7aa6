//! Subscribers of our hub, hubs that we tell, hubs that tell us: clause by clause of
//! `docs/websub.md`.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use crate::support::{
    Newsroom,
    origin::{Asked, Origin, Said, rss},
    service::{Answer, Service},
    story,
};

const TOPIC: &str = "https://feeds.gazette.example/news/rss.xml";
const HUB: &str =
    "[publish]\nsections = \"found\"\n\n[websub]\nhub = \"own\"\nallow_private = true\n";

fn newsroom(config: &str) -> Newsroom {
    let newsroom = Newsroom::new().config(config);
    newsroom.story("news/one.md", story("One", "2026-01-01", "", "Text."));
    newsroom
}

fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn subscribe(service: &Service, callback: &str, more: &[(&str, &str)]) -> Answer {
    let own = [("hub.mode", "subscribe"), ("hub.topic", TOPIC), ("hub.callback", callback)];
    let pairs: Vec<_> = more.iter().chain(&own).copied().collect();
    service.post("/hub", &form(&pairs))
}

/// Lets a path do what a subscriber does: it answers the challenge, and what it gets with a status.
fn listens(origin: &Origin, path: &str, status: u16) {
    origin.answer(path, move |asked| match asked.parameter("hub.challenge") {
        Some(challenge) => Said::new(200, &challenge),
        None => Said::new(status, ""),
    });
}

fn verified(service: &Service, origin: &Origin, path: &str) {
    service.wait_for("the callback is asked", || !origin.came("GET", path).is_empty());
    service.wait_for("it counts", || service.metric("feedwright_subscriptions") > 0);
}

fn subscribed(service: &Service, origin: &Origin, path: &str, more: &[(&str, &str)]) {
    listens(origin, path, 204);
    let before = service.metric(VERIFIED);
    let answer = subscribe(service, &origin.at(path), more);
    assert_eq!(answer.status, 202, "{}", answer.text());
    service.wait_for("it is verified", || service.metric(VERIFIED) > before);
}

const VERIFIED: &str = "feedwright_subscription_requests_total{outcome=\"verified\"}";
const UNVERIFIED: &str = "feedwright_subscription_requests_total{outcome=\"unverified\"}";

fn tell(newsroom: &Newsroom, title: &str) {
    newsroom.story("news/two.md", story(title, "2026-01-02", "", "Text."));
}

fn got(origin: &Origin, path: &str, words: &str) -> Option<Asked> {
    let told = origin.came("POST", path);
    told.into_iter().find(|asked| String::from_utf8_lossy(&asked.body).contains(words))
}

#[test]
fn a_subscriber_is_verified_and_gets_the_whole_feed_signed_when_it_changes() {
    let (origin, newsroom) = (Origin::start(), newsroom(HUB));
    let service = newsroom.serve();
    let more = [("hub.secret", "swordfish"), ("hub.lease_seconds", "600"), ("hub.foo", "bar")];
    listens(&origin, "/cb", 200);
    let answer = subscribe(&service, &origin.at("/cb?key=a%20b"), &more);
    assert_eq!(answer.status, 202, "{}", answer.text());
    verified(&service, &origin, "/cb");

    let asked = &origin.came("GET", "/cb")[0];
    assert!(asked.target.starts_with("/cb?key=a%20b&"), "{}", asked.target);
    assert_eq!(asked.parameter("hub.mode").as_deref(), Some("subscribe"));
    assert_eq!(asked.parameter("hub.topic").as_deref(), Some(TOPIC));
    assert_eq!(asked.parameter("hub.lease_seconds").as_deref(), Some("600"));
    assert!(asked.parameter("hub.challenge").expect("a challenge").len() >= 32);

    tell(&newsroom, "A second headline");
    service.wait_for("it is told", || got(&origin, "/cb", "A second headline").is_some());
    let told = got(&origin, "/cb", "A second headline").expect("told");
    assert_eq!(told.target, "/cb?key=a%20b");
    assert_eq!(told.header("Content-Type"), Some("application/rss+xml; charset=utf-8"));
    let link = told.header("Link").expect("links");
    assert_eq!(link.matches("rel=\"self\"").count(), 1);
    assert!(link.contains(&format!("<{TOPIC}>; rel=\"self\"")), "{link}");
    assert!(link.contains("<https://feeds.gazette.example/hub>; rel=\"hub\""), "{link}");
    assert_eq!(told.body, service.get("/news/rss.xml", &[]).body);
    let mac = hmac_of("swordfish", &told.body);
    assert_eq!(told.header("X-Hub-Signature"), Some(&*format!("sha256={mac}")));

    // It is told once of each change, and not again by a pass that changes nothing.
    service.wait_for("all is delivered", || {
        service.metric("feedwright_deliveries_total{outcome=\"taken\"}") == 1
    });
    newsroom.story("news/two.md", story("A third headline", "2026-01-02", "", "Text."));
    service.wait_for("the edit is told", || got(&origin, "/cb", "A third headline").is_some());
    assert_eq!(origin.came("POST", "/cb").len(), 2);
}

/// By Python's hmac, which is not ours.
fn hmac_of(secret: &str, body: &[u8]) -> String {
    use std::io::Write;
    let script = "import hmac,sys;print(hmac.new(sys.argv[1].encode(),sys.stdin.buffer.read(),\
                  'sha256').hexdigest())";
    let mut python = std::process::Command::new("python3")
        .args(["-c", script, secret])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("python3");
    python.stdin.take().expect("a pipe").write_all(body).expect("written");
    let output = python.wait_with_output().expect("an output");
    String::from_utf8(output.stdout).expect("digits").trim().to_owned()
}

#[test]
fn ninjs_is_served_and_delivered_and_no_page_leads_to_it() {
    let formats = "sections = \"found\"\nformats = [\"rss\", \"ninjs\"]";
    let config = HUB.replace("sections = \"found\"", formats);
    let (origin, newsroom) = (Origin::start(), newsroom(&config));
    let service = newsroom.serve();
    let answer = service.get("/news/ninjs.json", &[]);
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let page = service.get("/news/", &[]);
    assert!(!page.header("link").contains("ninjs") && !page.text().contains("ninjs"));

    let topic = TOPIC.replace("rss.xml", "ninjs.json");
    listens(&origin, "/cb", 204);
    let callback = origin.at("/cb");
    let pairs = [("hub.mode", "subscribe"), ("hub.topic", &topic), ("hub.callback", &callback)];
    assert_eq!(service.post("/hub", &form(&pairs)).status, 202);
    verified(&service, &origin, "/cb");
    tell(&newsroom, "A second headline");
    service.wait_for("it is told", || got(&origin, "/cb", "A second headline").is_some());
    let told = got(&origin, "/cb", "A second headline").expect("told");
    assert_eq!(told.header("Content-Type"), Some("application/json"));
    assert!(String::from_utf8_lossy(&told.body).contains("\"composite\""));
}

#[test]
fn without_a_secret_nothing_is_signed() {
    let (origin, newsroom) = (Origin::start(), newsroom(HUB));
    let service = newsroom.serve();
    subscribed(&service, &origin, "/cb", &[]);
    tell(&newsroom, "A second headline");
    service.wait_for("it is told", || got(&origin, "/cb", "A second headline").is_some());
    assert_eq!(origin.came("POST", "/cb")[0].header("X-Hub-Signature"), None);
}

#[test]
fn only_the_exact_challenge_with_a_status_of_success_makes_a_subscription() {
    let (origin, newsroom) = (Origin::start(), newsroom(HUB));
    let service = newsroom.serve();
    type Answers = fn(&str) -> Said;
    let answers: [(&str, Answers); 5] = [
        ("/wrong", |_| Said::new(200, "something else")),
        ("/more", |challenge| Said::new(200, &format!("{challenge}\n"))),
        ("/none", |challenge| Said::new(404, challenge)),
        ("/moved", |challenge| Said {
            headers: vec![("Location".to_owned(), "/right".to_owned())],
            ..Said::new(302, challenge)
        }),
        ("/fails", |challenge| Said::new(500, challenge)),
    ];
    for (path, answer) in answers {
        origin.answer(path, move |asked| {
            answer(&asked.parameter("hub.challenge").unwrap_or_default())
        });
        assert_eq!(subscribe(&service, &origin.at(path), &[]).status, 202, "{path}");
    }
    service.wait_for("none counts", || service.metric(UNVERIFIED) == 5);
    assert_eq!(service.metric(VERIFIED), 0);
    assert!(origin.came("GET", "/right").is_empty());
    assert_eq!(
        newsroom.run(["hub", "list", "--format", "json"]).exits(0).json(),
        serde_json::json!([])
    );
}

#[test]
fn what_can_not_be_is_refused_at_once_with_a_reason() {
    let newsroom = newsroom("[publish]\nsections = \"found\"\n\n[websub]\nhub = \"own\"\n");
    let service = newsroom.serve();
    let own = [
        ("hub.mode", "subscribe"),
        ("hub.topic", TOPIC),
        ("hub.callback", "https://reader.example/cb"),
    ];
    let with = |name: &str, value: &str| {
        let pairs: Vec<_> = own
            .iter()
            .map(|(key, old)| (*key, if *key == name { value } else { *old }))
            .chain((!own.iter().any(|(key, _)| *key == name)).then_some((name, value)))
            .collect();
        service.post("/hub", &form(&pairs))
    };
    let long = "x".repeat(200);
    for (name, value, status, words) in [
        ("hub.mode", "dance", 400, "`hub.mode`"),
        ("hub.topic", "https://other.example/feed", 404, "no feed of this hub"),
        ("hub.topic", "https://feeds.gazette.example/news/", 404, "no feed of this hub"),
        ("hub.topic", "https://feeds.gazette.example/none/rss.xml", 404, "no feed of this hub"),
        ("hub.topic", "", 400, "`hub.topic` is missing"),
        ("hub.callback", "http://127.0.0.1/cb", 400, "not a public address"),
        ("hub.callback", "http://[::1]/cb", 400, "not a public address"),
        ("hub.callback", "http://0x7f.1/cb", 400, "not a public address"),
        ("hub.callback", "file:///etc/passwd", 400, "neither http nor https"),
        ("hub.callback", "nonsense", 400, "no absolute address"),
        ("hub.secret", &long, 400, "200 bytes"),
        ("hub.lease_seconds", "-7", 400, "`hub.lease_seconds`"),
        ("hub.mode", "publish", 403, "its own newsroom"),
    ] {
        let answer = with(name, value);
        assert_eq!(answer.status, status, "{name}={value}: {}", answer.text());
        assert!(answer.text().contains(words), "{name}={value}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    }
    assert_eq!(service.post("/hub", &"x".repeat(20_000)).status, 413);
    assert_eq!(service.get("/hub", &[]).status, 200);
    assert_eq!(service.ask("DELETE", "/hub", &[]).header("allow"), "GET, HEAD, POST");
    let unknown = format!("/websub/{}", "0".repeat(32));
    assert_eq!(service.post(&unknown, "x").status, 410);
    assert_eq!(service.get(&format!("{unknown}?hub.mode=subscribe"), &[]).status, 404);
    assert_eq!(service.post("/websub/short", "x").status, 405, "it is the name of a section");
}

#[test]
fn where_there_is_no_hub_nothing_answers_as_one() {
    let newsroom = newsroom("[publish]\nsections = \"found\"\n");
    let service = newsroom.serve();
    assert_eq!(service.get("/hub", &[]).status, 404);
    assert_eq!(service.post("/hub", "hub.mode=subscribe").status, 405);
}

#[test]
fn a_subscription_is_one_however_often_it_is_made_and_ends_when_it_is_left() {
    let (origin, newsroom) = (Origin::start(), newsroom(HUB));
    let service = newsroom.serve();
    subscribed(&service, &origin, "/cb", &[("hub.secret", "old")]);
    subscribed(&service, &origin, "/cb", &[("hub.secret", "new")]);
    tell(&newsroom, "A second headline");
    service.wait_for("it is told", || got(&origin, "/cb", "A second headline").is_some());
    service.wait_for("none is owed", || service.metric("feedwright_subscriptions_behind") == 0);
    let told = origin.came("POST", "/cb");
    assert_eq!(told.len(), 1);
    let signature = format!("sha256={}", hmac_of("new", &told[0].body));
    assert_eq!(told[0].header("X-Hub-Signature"), Some(&*signature));
    let listed = newsroom.run(["hub", "list", "--format", "json"]).exits(0).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["topic"], TOPIC);
    assert_eq!(listed[0]["callback"], origin.at("/cb"));
    assert_eq!(listed[0]["said"], "204");

    let before = service.metric(VERIFIED);
    let pairs =
        [("hub.mode", "unsubscribe"), ("hub.topic", TOPIC), ("hub.callback", &*origin.at("/cb"))];
    assert_eq!(service.post("/hub", &form(&pairs)).status, 202);
    service.wait_for("it is left", || service.metric(VERIFIED) > before);
    let asked = origin.came("GET", "/cb").pop().expect("asked");
    assert_eq!(asked.parameter("hub.mode").as_deref(), Some("unsubscribe"));
    assert_eq!(asked.parameter("hub.lease_seconds"), None);
    let listed = newsroom.run(["hub", "list", "--format", "json"]).exits(0).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(0));
}

#[test]
fn who_leaves_right_after_coming_is_gone() {
    let (origin, newsroom) = (Origin::start(), newsroom(HUB));
    let service = newsroom.serve();
    for number in 0..20 {
        let path = format!("/cb{number}");
        listens(&origin, &path, 204);
        assert_eq!(subscribe(&service, &origin.at(&path), &[]).status, 202);
        service.wait_for("the callback is asked", || !origin.came("GET", &path).is_empty());
        let callback = origin.at(&path);
        let pairs =
            [("hub.mode", "unsubscribe"), ("hub.topic", TOPIC), ("hub.callback", &*callback)];
        assert_eq!(service.post("/hub", &form(&pairs)).status, 202);
    }
    service.wait_for("all left", || service.metric(VERIFIED) >= 20);
    service.wait_for("none is left", || {
        let listed = newsroom.run(["hub", "list", "--format", "json"]).exits(0).json();
        listed.as_array().is_some_and(Vec::is_empty)
    });
}

#[test]
fn callbacks_that_hang_hold_up_no_other() {
    let (origin, newsroom) = (Origin::start(), newsroom(HUB));
    let service = newsroom.serve();
    let silent = std::net::TcpListener::bind("0.0.0.0:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    // More hosts than are asked at a time, each with as many as are asked of one.
    for number in 0..200 {
        let callback = format!("http://127.0.1.{}:{port}/{number}", number / 32);
        assert_eq!(subscribe(&service, &callback, &[]).status, 202);
    }
    subscribed(&service, &origin, "/cb", &[]);
    // It did not wait until enough of them were given up.
    assert!(service.metric(UNVERIFIED) < 40, "{}", service.metric(UNVERIFIED));
}

#[test]
fn a_subscriber_that_fails_delays_no_other_and_one_that_is_gone_is_forgotten() {
    let (origin, newsroom) = (Origin::start(), newsroom(HUB));
    let service = newsroom.serve();
    for path in ["/fails", "/gone", "/moved", "/well"] {
        subscribed(&service, &origin, path, &[]);
    }
    listens(&origin, "/fails", 500);
    listens(&origin, "/gone", 410);
    listens(&origin, "/moved", 302);
    tell(&newsroom, "A second headline");
    service.wait_for("it is told", || got(&origin, "/well", "A second headline").is_some());
    let failed = "feedwright_deliveries_total{outcome=\"failed\"}";
    service.wait_for("two fail", || service.metric(failed) == 2);
    let standing = || {
        let listed = newsroom.run(["hub", "list", "--format", "json"]).exits(0).json();
        let line = |it: &serde_json::Value| {
            let callback = it["callback"].as_str().expect("an address").to_owned();
            (callback, it["said"].as_str().expect("a word").to_owned(), it["behind"] == true)
        };
        listed.as_array().expect("a list").iter().map(line).collect::<Vec<_>>()
    };
    let expected =
        [("/fails", "status-500", true), ("/moved", "status-302", true), ("/well", "204", false)]
            .map(|(path, said, behind)| (origin.at(path), said.to_owned(), behind));
    service.wait_for("it is noted", || standing() == expected);
    // A person can send one away.
    newsroom.run(["hub", "remove", &origin.at("/fails")]).exits(0);
    let denied =
        || origin.came("GET", "/fails").into_iter().find_map(|it| it.parameter("hub.reason"));
    service.wait_for("it is told why", || denied().is_some());
    assert_eq!(standing().len(), 2);
    newsroom.run(["hub", "remove", &origin.at("/fails")]).exits(1);
}

#[test]
fn what_is_owed_is_delivered_after_the_service_was_killed() {
    let (origin, newsroom) = (Origin::start(), newsroom(HUB));
    let mut service = newsroom.serve();
    subscribed(&service, &origin, "/cb", &[]);
    let holds = Arc::new(AtomicBool::new(true));
    let held = Arc::clone(&holds);
    let started = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&started);
    origin.answer("/cb", move |_| {
        *counted.lock().expect("a number") += 1;
        while held.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        Said::new(204, "")
    });
    tell(&newsroom, "A second headline");
    service.wait_for("a delivery is under way", || *started.lock().expect("a number") > 0);
    service.kill();
    holds.store(false, Ordering::Relaxed);
    let service = newsroom.serve();
    service.wait_for("it is told", || {
        *started.lock().expect("a number") > 1
            && service.metric("feedwright_deliveries_total{outcome=\"taken\"}") == 1
    });
    assert!(got(&origin, "/cb", "A second headline").is_some());
}

#[test]
fn edits_wait_for_each_other_and_news_does_not() {
    let config = format!("{HUB}edits_every = \"1h\"\n");
    let (origin, newsroom) = (Origin::start(), newsroom(&config));
    let service = newsroom.serve();
    subscribed(&service, &origin, "/cb", &[]);
    tell(&newsroom, "A second headline");
    service.wait_for("news is told", || got(&origin, "/cb", "A second headline").is_some());
    tell(&newsroom, "A second headline, edited");
    let shows = |words: &str| service.get("/news/rss.xml", &[]).text().contains(words);
    service.wait_for("the edit is published", || shows("headline, edited"));
    newsroom.story("news/three.md", story("A third headline", "2026-01-03", "", "Text."));
    service.wait_for("news is told", || got(&origin, "/cb", "A third headline").is_some());
    let told = origin.came("POST", "/cb");
    assert_eq!(told.len(), 2, "the edit alone was not told");
    assert!(String::from_utf8_lossy(&told[1].body).contains("headline, edited"));
}

#[test]
fn outside_hubs_are_told_of_every_document_that_changed() {
    let origin = Origin::start();
    origin.answer("/hub", |_| Said::new(204, ""));
    let config =
        format!("[publish]\nsections = \"found\"\n\n[websub]\nhub = [\"{}\"]\n", origin.at("/hub"));
    let newsroom = newsroom(&config);
    let service = newsroom.serve();
    service.wait_for("a pass is done", || service.ops("/status").text().contains("\"ended\""));
    tell(&newsroom, "A second headline");
    let told = || {
        let told = origin.came("POST", "/hub");
        let mut told: Vec<String> =
            told.iter().filter_map(|asked| asked.parameter("hub.url")).collect();
        told.sort();
        told
    };
    let all: Vec<String> =
        ["atom.xml", "feed.json", "news/atom.xml", "news/feed.json", "news/rss.xml", "rss.xml"]
            .iter()
            .map(|file| format!("https://feeds.gazette.example/{file}"))
            .collect();
    service.wait_for("the hub is told", || told() == all);
    let asked = &origin.came("POST", "/hub")[0];
    assert_eq!(asked.parameter("hub.mode").as_deref(), Some("publish"));
    assert_eq!(asked.header("Content-Type"), Some("application/x-www-form-urlencoded"));
}

/// A source with a hub at `/hub`.
fn source(origin: &Origin) -> String {
    format!(
        "[publish]\nsections = \"found\"\n\n[[source]]\nname = \"wire\"\nkind = \"feed\"\n\
         url = \"{}\"\nallow_private = true\nevery = \"1h\"\n",
        origin.at("/feed")
    )
}

const MONDAY: &str = "Mon, 05 Jan 2026 10:00:00 GMT";
const TUESDAY: &str = "Tue, 06 Jan 2026 10:00:00 GMT";

fn serve_wire(origin: &Origin, hub: &str) {
    let headers = vec![
        ("Content-Type".to_owned(), "application/rss+xml".to_owned()),
        ("Link".to_owned(), format!("<{hub}>; rel=hub, <https://wire.example/all>; rel=self")),
    ];
    let body = rss(&[("River rises", "7", MONDAY, "Two metres.")]).into_bytes();
    origin.say("/feed", Said { status: 200, headers, body });
}

/// The path of our callback that a hub was given.
fn callback_of(asked: &Asked) -> String {
    let callback = asked.parameter("hub.callback").expect("a callback");
    callback.strip_prefix("https://feeds.gazette.example").expect("ours").to_owned()
}

#[test]
fn a_hub_tells_of_a_source_once_it_asked_back_and_only_with_its_signature() {
    let origin = Origin::start();
    // The hub has moved.
    serve_wire(&origin, &origin.at("/old-hub"));
    origin.refuse("/old-hub", 307, &[("Location", "/hub")]);
    origin.answer("/hub", |_| Said::new(202, ""));
    let newsroom = newsroom(&source(&origin));
    let service = newsroom.serve();
    service.wait_for("the hub is asked", || !origin.came("POST", "/hub").is_empty());
    let asked = &origin.came("POST", "/hub")[0];
    assert_eq!(asked.parameter("hub.mode").as_deref(), Some("subscribe"));
    assert_eq!(asked.parameter("hub.topic").as_deref(), Some("https://wire.example/all"));
    assert_eq!(origin.came("POST", "/old-hub")[0].body, asked.body);
    let secret = asked.parameter("hub.secret").expect("a secret");
    let callback = callback_of(asked);

    let ask_back = |topic: &str, mode: &str| {
        let query = form(&[
            ("hub.mode", mode),
            ("hub.topic", topic),
            ("hub.challenge", "a b&c"),
            ("hub.lease_seconds", "864000"),
        ]);
        service.get(&format!("{callback}?{query}"), &[])
    };
    assert_eq!(ask_back("https://wire.example/other", "subscribe").status, 404);
    assert_eq!(ask_back("https://wire.example/all", "unsubscribe").status, 404);
    let answer = ask_back("https://wire.example/all", "subscribe");
    assert_eq!((answer.status, answer.text()), (200, "a b&c".to_owned()));

    let news = rss(&[
        ("Bridge opens", "8", TUESDAY, "Today."),
        ("River rises", "7", MONDAY, "Two metres."),
    ]);
    let signed = |signature: &str| {
        service.post_with(&callback, &news, &[("X-Hub-Signature", signature)]).status
    };
    assert_eq!(signed("sha256=00"), 202, "answered alike");
    assert_eq!(signed(&format!("sha256={}", hmac_of("guess", news.as_bytes()))), 202);
    assert_eq!(service.post(&callback, &news).status, 202);
    assert_eq!(service.metric("feedwright_hub_tellings_total"), 0);
    assert_eq!(signed(&format!("sha256={}", hmac_of(&secret, news.as_bytes()))), 202);
    let shows = |words: &str| service.get("/rss.xml", &[]).text().contains(words);
    service.wait_for("it is published", || shows("Bridge opens"));
    assert_eq!(origin.asked("/feed").len(), 1, "nothing was fetched for it");
    let status = newsroom.run(["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["remote"][0]["hub"]["state"], "active", "{status}");
    // Neither its token nor its secret is said anywhere.
    let said = newsroom.run(["status"]).exits(0).stdout;
    let token = callback.rsplit('/').next().expect("a token");
    assert!(!said.contains(token) && !said.contains(&secret));
    let line = service
        .wait_for_access(|line| line["path"].as_str().is_some_and(|it| it.contains("/websub/")));
    assert!(!line.to_string().contains(token), "{line}");
}

#[test]
fn a_hub_that_refuses_is_left_alone_and_the_source_is_fetched_as_before() {
    let origin = Origin::start();
    serve_wire(&origin, &origin.at("/hub"));
    origin.answer("/hub", |_| Said::new(202, ""));
    let newsroom = newsroom(&source(&origin));
    let service = newsroom.serve();
    service.wait_for("the hub is asked", || !origin.came("POST", "/hub").is_empty());
    let callback = callback_of(&origin.came("POST", "/hub")[0]);
    let query = form(&[
        ("hub.mode", "denied"),
        ("hub.topic", "https://wire.example/all"),
        ("hub.reason", "members only"),
    ]);
    assert_eq!(service.get(&format!("{callback}?{query}"), &[]).status, 200);
    let hub =
        || newsroom.run(["status", "--format", "json"]).exits(0).json()["remote"][0]["hub"].clone();
    service.wait_for("it is noted", || hub()["state"] == "denied");
    assert_eq!(hub()["said"], "members only");
    // After that no challenge is answered.
    let query = form(&[
        ("hub.mode", "subscribe"),
        ("hub.topic", "https://wire.example/all"),
        ("hub.challenge", "x"),
    ]);
    assert_eq!(service.get(&format!("{callback}?{query}"), &[]).status, 404);
}

#[test]
fn what_a_hub_told_is_stored_before_the_service_ends() {
    let origin = Origin::start();
    serve_wire(&origin, &origin.at("/hub"));
    origin.answer("/hub", |_| Said::new(202, ""));
    let newsroom = newsroom(&source(&origin));
    let service = newsroom.serve();
    service.wait_for("the hub is asked", || !origin.came("POST", "/hub").is_empty());
    let asked = &origin.came("POST", "/hub")[0];
    let secret = asked.parameter("hub.secret").expect("a secret");
    let news = rss(&[("Bridge opens", "8", TUESDAY, "Today.")]);
    let signature = format!("sha256={}", hmac_of(&secret, news.as_bytes()));
    let callback = callback_of(asked);
    let coded = [("X-Hub-Signature", &*signature), ("Content-Encoding", "gzip")];
    assert_eq!(service.post_with(&callback, &news, &coded).status, 415);
    let told = service.post_with(&callback, &news, &[("X-Hub-Signature", &signature)]);
    assert_eq!(told.status, 202);
    service.signal("-TERM");
    assert_eq!(service.ends(), Some(0));
    newsroom.build();
    assert!(newsroom.titles("").contains(&"Bridge opens".to_owned()));
}
