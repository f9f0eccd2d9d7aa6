//! Partner feeds, as partners and strangers see them: what `docs/partners.md` says.

use crate::support::{
    Newsroom,
    service::{Answer, Service},
    story,
};

const RSS: &str = "/partners/flipboard/rss.xml";

fn config(access: &str) -> String {
    format!(
        "[publish]\nsections = \"found\"\n\n[server]\nlisten = \"127.0.0.1:8080\"\n\n[websub]\n\
         hub = \"own\"\nallow_private = true\n\n\
         [[feed]]\npath = \"partners/flipboard\"\nwhere = {{ tag = \"shared\" }}\n\
         access = \"{access}\"\n\n\
         [[feed]]\npath = \"partners/msn\"\nwhere = {{ tag = \"shared\" }}\naccess = \"token\"\n"
    )
}

fn newsroom(access: &str) -> Newsroom {
    let newsroom = Newsroom::new().config(&config(access));
    let text = "The river rose by two metres overnight, the council said. ".repeat(40);
    newsroom.story("news/one.md", story("One", "2026-01-01", "tags: [shared]", &text));
    newsroom
}

/// A new token for the feed of Flipboard alone.
fn token(newsroom: &Newsroom) -> String {
    let feed = ["partner", "add", "flipboard", "--feed", "partners/flipboard"];
    newsroom.run(feed).exits(0).stdout.trim().to_owned()
}

fn listed(newsroom: &Newsroom) -> serde_json::Value {
    newsroom.run(["partner", "list", "--format", "json"]).exits(0).json()
}

fn bearer(service: &Service, token: &str, path: &str) -> Answer {
    service.get(path, &[("Authorization", &format!("Bearer {token}"))])
}

fn in_path(token: &str) -> String {
    format!("/partners/flipboard/{token}/rss.xml")
}

#[track_caller]
fn refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(!answer.has("etag") && !answer.has("access-control-allow-origin"));
    assert!(!answer.text().contains("fwp_"));
}

#[test]
fn a_right_token_opens_its_feed_as_a_header_and_in_the_address() {
    let newsroom = newsroom("token");
    let token = token(&newsroom);
    let service = newsroom.serve();
    let by_header = bearer(&service, &token, RSS);
    assert_eq!(by_header.status, 200, "{}", by_header.text());
    assert!(by_header.text().contains("<title>One</title>"));
    let own = "https://feeds.gazette.example/partners/flipboard/rss.xml";
    assert!(by_header.text().contains(&format!("href=\"{own}\"")), "{}", by_header.text());
    assert!(!by_header.text().contains("rel=\"hub\""));
    for (name, value) in [
        ("content-type", "application/rss+xml; charset=utf-8"),
        ("cache-control", "private, max-age=900"),
        ("vary", "Authorization, Accept-Encoding"),
        ("x-robots-tag", "noindex"),
        ("referrer-policy", "no-referrer"),
        ("link", &format!("<{own}>; rel=\"self\"")),
    ] {
        assert_eq!(by_header.header(name), value);
    }
    assert!(!by_header.has("access-control-allow-origin"));
    let by_path = service.get(&in_path(&token), &[]);
    assert_eq!((by_path.status, &by_path.body), (200, &by_header.body));
    assert_eq!(by_path.header("etag"), by_header.header("etag"));
    for (file, kind) in
        [("atom.xml", "application/atom+xml"), ("feed.json", "application/feed+json")]
    {
        let answer = bearer(&service, &token, &format!("/partners/flipboard/{file}"));
        assert_eq!(answer.status, 200);
        assert!(answer.header("content-type").starts_with(kind));
    }
    // No browser is sent elsewhere: there is no page.
    let people = [("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Site", "none")];
    assert_eq!(service.get(&in_path(&token), &people).status, 200);
    for page in ["/partners/flipboard/", "/partners/flipboard", "/partners/flipboard/index.html"] {
        refused(&service.get(page, &[]), 404);
    }
    refused(&bearer(&service, &token, "/partners/flipboard/feed.xml"), 404);
    refused(&bearer(&service, &token, "/partners/flipboard/archive/rss-0001.xml"), 401);
    assert_eq!(service.get("/news/rss.xml", &[("Authorization", "Bearer x")]).status, 200);
}

#[test]
fn validators_codings_and_head_are_those_of_every_feed() {
    let newsroom = newsroom("token");
    let token = token(&newsroom);
    let service = newsroom.serve();
    let path = in_path(&token);
    let whole = service.get(&path, &[]);
    let head = service.ask("HEAD", &path, &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("etag"), whole.header("etag"));
    let length = whole.body.len().to_string();
    assert_eq!(head.header("content-length"), length);
    let (tag, date) = (whole.header("etag"), whole.header("last-modified"));
    for condition in [("If-None-Match", tag), ("If-Modified-Since", date)] {
        let answer = service.get(&path, &[condition]);
        assert_eq!((answer.status, answer.body.len()), (304, 0));
        assert_eq!(answer.header("cache-control"), "private, max-age=900");
        assert_eq!(answer.header("vary"), "Authorization, Accept-Encoding");
    }
    let coded = service.get(&path, &[("Accept-Encoding", "gzip")]);
    assert_eq!(coded.header("content-encoding"), "gzip");
    assert!(coded.body.len() < whole.body.len());
    // Another replica has the same from the store alone.
    drop(service);
    std::fs::remove_dir_all(newsroom.path("feeds")).expect("another machine");
    let service = newsroom.serve();
    let again = service.get(&path, &[]);
    assert_eq!((again.header("etag"), again.header("last-modified")), (tag, date));
}

#[test]
fn ninjs_is_for_partners() {
    let newsroom = newsroom("token");
    let config = config("token").replacen("access =", "formats = [\"ninjs\"]\naccess =", 1);
    newsroom.set_config(&config);
    let token = token(&newsroom);
    let service = newsroom.serve();
    let answer = bearer(&service, &token, "/partners/flipboard/ninjs.json");
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert!(answer.text().contains("\"title\": \"One\""), "{}", answer.text());
    let by_path = service.get(&format!("/partners/flipboard/{token}/ninjs.json"), &[]);
    assert_eq!(by_path.body, answer.body);
    newsroom.run(["check"]).exits(0);
}

#[test]
fn who_has_no_right_token_learns_nothing() {
    let newsroom = newsroom("token");
    let token = token(&newsroom);
    let service = newsroom.serve();
    let asked = service.get(RSS, &[]);
    refused(&asked, 401);
    assert_eq!(asked.header("www-authenticate"), "Bearer realm=\"partner feeds\"");
    let wrong = format!("fwp_{}", "A".repeat(43));
    // There, of another feed, nowhere: alike.
    let mut said = Vec::new();
    for (sent, path) in [
        (&wrong, RSS),
        (&token, "/partners/msn/rss.xml"),
        (&wrong, "/partners/nobody/rss.xml"),
        (&token, "/partners/nobody/rss.xml"),
    ] {
        let answer = bearer(&service, sent, path);
        refused(&answer, 401);
        assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
        said.push(answer.body);
    }
    said.dedup();
    assert_eq!(said.len(), 1);
    let mut said = Vec::new();
    for path in [
        in_path(&wrong),
        in_path("fwp_x"),
        in_path(&token).replace("flipboard", "msn"),
        in_path(&token).replace("flipboard", "nobody"),
        in_path(&token).replace("partners/flipboard/", ""),
        in_path(&token).replace("flipboard", "Flipboard"),
    ] {
        let answer = service.get(&path, &[]);
        refused(&answer, 404);
        said.push(answer.body);
    }
    said.dedup();
    assert_eq!(said.len(), 1);
    refused(&service.get(RSS, &[("Authorization", &format!("Basic {token}"))]), 401);
    refused(&service.get(&format!("{RSS}?token={token}"), &[]), 401);
    refused(&service.get(&in_path(&token).replace("rss.xml", "index.html"), &[]), 404);
    // Nor from the lists that everybody reads, or at the hub.
    for list in ["/feeds.opml", "/", "/news/"] {
        assert!(!service.get(list, &[]).text().contains("partners"), "{list}");
    }
    let form = "hub.mode=subscribe&hub.callback=https%3A%2F%2Freader.example%2Fcb&hub.topic=https%3A%2F%2F\
                feeds.gazette.example%2Fpartners%2Fflipboard%2Frss.xml";
    assert_eq!(service.post("/hub", form).status, 404);
}

#[test]
fn tokens_are_changed_and_taken_back_while_the_service_runs() {
    let newsroom = newsroom("token");
    let service = newsroom.serve();
    let first = token(&newsroom);
    service.wait_for("the token counts", || bearer(&service, &first, RSS).status == 200);
    let second = token(&newsroom);
    service.wait_for("the second counts", || bearer(&service, &second, RSS).status == 200);
    assert_eq!(bearer(&service, &first, RSS).status, 200, "both do, so that it can be changed");
    let id = listed(&newsroom)[0]["id"].to_string();
    newsroom.run(["partner", "revoke", "flipboard", "--token", &id]).exits(0);
    service.wait_for("the first is refused", || bearer(&service, &first, RSS).status != 200);
    refused(&bearer(&service, &first, RSS), 410);
    refused(&service.get(&in_path(&first), &[]), 410);
    // Of a feed that it was not for, it is as wrong as before.
    refused(&bearer(&service, &first, "/partners/msn/rss.xml"), 401);
    assert_eq!(service.get(&in_path(&second), &[]).status, 200);
}

#[test]
fn a_token_whose_time_is_over_opens_nothing() {
    let newsroom = newsroom("token");
    let soon = chrono::Utc::now() + chrono::TimeDelta::seconds(3);
    let soon = soon.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let added = newsroom.run(["partner", "add", "flipboard", "--expires", &soon]).exits(0);
    let token = added.stdout.trim().to_owned();
    let service = newsroom.serve();
    service.wait_for("its time is over", || bearer(&service, &token, RSS).status == 401);
    let answer = bearer(&service, &token, RSS);
    refused(&answer, 401);
    assert!(answer.text().contains("time is over"), "{}", answer.text());
    refused(&service.get(&in_path(&token), &[]), 404);
    assert_eq!(listed(&newsroom)[0]["state"], "expired");
}

#[test]
fn logs_and_numbers_have_the_partners_name_and_never_a_token() {
    let newsroom = newsroom("token");
    let token = token(&newsroom);
    let service = newsroom.serve();
    bearer(&service, &token, RSS);
    service.get(&in_path(&token), &[]);
    service.get(&in_path(&token).replace("fwp_", "%66wp%5f"), &[]);
    service.get(&format!("/{token}"), &[]);
    service.get(&in_path(&token.replace("fwp_", "fwp_x")), &[]);
    service.get(&format!("/partners/flipboard/{token}/archive/rss-0001.xml"), &[]);
    service.get(&format!("/{token}/archive/atom-0001.xml"), &[]);
    service.get("/made-up/archive/rss-0001.xml", &[]);
    service.get("/last", &[]);
    let by = |path: &'static str, status: u16, partner: &'static str| {
        let wanted = |line: &serde_json::Value| line["path"] == path && line["status"] == status;
        let line = service.wait_for_access(wanted);
        assert_eq!(line["partner"].as_str().unwrap_or_default(), partner, "{line}");
    };
    by(RSS, 200, "flipboard");
    // The wrong token among the right ones is nobody's.
    by("/partners/flipboard/-/rss.xml", 200, "flipboard");
    by("/partners/flipboard/-/rss.xml", 404, "");
    by("/-", 404, "");
    by("/last", 404, "");
    let of = "{partner=\"flipboard\",status=\"200\"}";
    assert_eq!(service.metric(&format!("feedwright_partner_requests_total{of}")), 3);
    let letters = &token[10..30];
    // What isn't there is counted under no name, in small letters neither.
    let numbers = service.ops("/metrics").text().to_lowercase();
    assert!(
        !numbers.contains(&letters.to_lowercase()) && !numbers.contains("made-up"),
        "{numbers}"
    );
    assert!(!service.ops("/status").text().contains(letters));
    service.wait_for("it is counted", || listed(&newsroom)[0]["requests"] == 3);
    assert!(listed(&newsroom)[0]["last_used"].is_string());
    let said = service.all_that_was_said();
    assert!(said.contains("/partners/flipboard/-/rss.xml") && !said.contains(letters), "{said}");
}

#[test]
fn what_was_opened_is_counted_when_the_service_ends() {
    let newsroom = newsroom("token");
    let token = token(&newsroom);
    let service = newsroom.serve();
    assert_eq!(bearer(&service, &token, RSS).status, 200);
    service.signal("-TERM");
    assert_eq!(service.ends(), Some(0));
    assert_eq!(listed(&newsroom)[0]["requests"], 1);
}

#[test]
fn a_feed_that_becomes_private_is_shut_at_once_and_opened_again_later() {
    let newsroom = newsroom("public");
    let service = newsroom.serve();
    assert_eq!(service.get(RSS, &[]).status, 200);
    let token = newsroom.run(["partner", "add", "flipboard"]).exits(0).stdout.trim().to_owned();
    newsroom.set_config(&config("token"));
    service.signal("-HUP");
    service.wait_for("it is shut", || service.get(RSS, &[]).status == 401);
    service.wait_for("partners are let in", || bearer(&service, &token, RSS).status == 200);
    assert!(!newsroom.exists("feeds/partners/flipboard/rss.xml"));
    newsroom.set_config(&config("public"));
    service.signal("-HUP");
    service.wait_for("it is opened", || service.get(RSS, &[]).status == 200);
    assert!(service.get(RSS, &[]).has("access-control-allow-origin"));
}

#[test]
fn what_lies_in_the_folder_of_a_private_feed_is_not_served_before_the_first_pass() {
    let newsroom = newsroom("public");
    newsroom.build();
    newsroom.set_config(&config("token"));
    // The first pass waits.
    let _lock = newsroom.hold();
    let service = newsroom.start_serving(&[]);
    service.wait_for("others are served", || service.get("/news/rss.xml", &[]).status == 200);
    refused(&service.get(RSS, &[]), 401);
    refused(&service.get("/partners/flipboard/", &[]), 404);
    assert!(newsroom.exists("feeds/partners/flipboard/rss.xml"), "no pass was made");
}
