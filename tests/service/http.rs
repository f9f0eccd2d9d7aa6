//! What readers get of a running service, clause by clause of `docs/http.md`.

use std::{fs, io::Read};

use crate::support::{
    Newsroom,
    service::{Answer, Service},
    story,
};

const HUB: &str = "https://hub.example/";

/// A newsroom with three stories in `latam/security`, and old addresses.
fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new().config(&format!(
        "[publish]\nsections = \"found\"\nlimit = 1\nwindow = \"1h\"\n\n[websub]\nhub = \"{HUB}\"\n\n\
         [[moved]]\nfrom = \"latam/seguridad\"\nto = \"latam/security\"\n\n\
         [[moved]]\nfrom = \"/category/security/feed/\"\nto = \"latam/security\"\n\n\
         [[moved]]\nfrom = \"/old/feed/\"\n"
    ));
    for (name, day) in [("one", 1), ("two", 2), ("three", 3)] {
        let date = format!("2026-01-0{day}T12:00:00Z");
        let text = "The river rose by two metres overnight, the council said. ".repeat(40);
        newsroom.story(&format!("latam/security/{name}.md"), story(name, &date, "", &text));
    }
    newsroom
}

const RSS: &str = "/latam/security/rss.xml";
const CODINGS: [&str; 4] = ["identity", "gzip", "br", "zstd"];

/// The headers of an answer without what differs by the moment.
fn lasting(answer: &Answer) -> Vec<(String, String)> {
    let passing = ["date", "connection"];
    answer.headers.iter().filter(|(name, _)| !passing.contains(&name.as_str())).cloned().collect()
}

fn seconds(date: &str) -> u64 {
    let time = httpdate::parse_http_date(date).expect("an HTTP date");
    time.duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
}

fn decoded(answer: &Answer) -> Vec<u8> {
    let body = &answer.body[..];
    let mut bytes = Vec::new();
    let coding = answer.has("content-encoding").then(|| answer.header("content-encoding"));
    match coding {
        None => bytes.extend_from_slice(body),
        Some("gzip") => {
            flate2::read::GzDecoder::new(body).read_to_end(&mut bytes).expect("gzip");
        }
        Some("br") => brotli::BrotliDecompress(&mut &body[..], &mut bytes).expect("brotli"),
        Some(_) => bytes = zstd::stream::decode_all(body).expect("zstd"),
    }
    bytes
}

#[test]
fn clause_1_a_200_carries_validators_freshness_and_its_exact_type() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let feed = "Accept-Encoding, Sec-Fetch-Dest, Sec-Fetch-Site";
    for (path, file, media_type, vary) in [
        (RSS, "latam/security/rss.xml", "application/rss+xml; charset=utf-8", feed),
        ("/atom.xml", "atom.xml", "application/atom+xml; charset=utf-8", feed),
        ("/latam/feed.json", "latam/feed.json", "application/feed+json", feed),
        ("/feeds.opml", "feeds.opml", "text/x-opml; charset=utf-8", "Accept-Encoding"),
        ("/", "index.html", "text/html; charset=utf-8", "Accept-Encoding"),
        (
            "/latam/security/",
            "latam/security/index.html",
            "text/html; charset=utf-8",
            "Accept-Encoding",
        ),
        ("/page.css", "page.css", "text/css; charset=utf-8", "Accept-Encoding"),
    ] {
        for coding in CODINGS {
            let answer = service.get(path, &[("Accept-Encoding", coding)]);
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("content-type"), media_type, "{path}");
            assert_eq!(answer.header("vary"), vary, "{path} {coding}");
            assert_eq!(
                answer.header("cache-control"),
                "public, max-age=900, stale-while-revalidate=60, stale-if-error=86400"
            );
            assert!(answer.header("etag").starts_with('"'), "strong: {answer:?}");
            let (changed, date) = (answer.header("last-modified"), answer.header("date"));
            assert!(seconds(changed) <= seconds(date), "{changed} is after {date}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.has("access-control-allow-origin"), !media_type.contains("html"));
            assert!(!answer.has("set-cookie") && !answer.has("location"), "{answer:?}");
            assert_eq!(answer.header("content-length"), answer.body.len().to_string());
            let published = fs::read(newsroom.path("feeds").join(file)).expect("a file");
            assert_eq!(decoded(&answer), published, "{path} {coding}");
        }
    }
    let archive = service.get("/latam/security/archive/atom-0001.xml", &[]);
    assert_eq!(archive.status, 200);
    assert_eq!(archive.header("cache-control"), "public, max-age=3600");
    assert_eq!(archive.header("accept-ranges"), "bytes");
    assert_eq!(archive.header("content-type"), "application/atom+xml; charset=utf-8");
    assert_eq!(archive.text(), newsroom.published("latam/security/archive/atom-0001.xml"));
}

#[test]
fn clause_2_if_none_match_answers_304_to_a_match_and_wins_over_dates() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    for path in [RSS, "/latam/security/archive/atom-0001.xml", "/"] {
        let first = service.get(path, &[]);
        let (tag, changed) = (first.header("etag"), first.header("last-modified"));
        let weak = format!("W/{tag}");
        let list = format!("\"other\", {tag}");
        for value in [tag, &weak, &list, "*"] {
            let answer = service.get(path, &[("If-None-Match", value)]);
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{path} {value}");
        }
        let both = [("If-None-Match", "\"other\""), ("If-Modified-Since", changed)];
        assert_eq!(service.get(path, &both).status, 200, "{path}");
    }
}

#[test]
fn clause_3_if_modified_since_answers_304_to_the_same_and_later_dates() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    for path in [RSS, "/latam/security/archive/atom-0001.xml"] {
        let changed = service.get(path, &[]).header("last-modified").to_owned();
        let time = httpdate::parse_http_date(&changed).expect("a date");
        let by = |seconds: i64| {
            let delta = std::time::Duration::from_secs(seconds.unsigned_abs());
            let time = if seconds < 0 { time - delta } else { time + delta };
            httpdate::fmt_http_date(time)
        };
        let status = |date: &str| service.get(path, &[("If-Modified-Since", date)]).status;
        assert_eq!(status(&changed), 304, "{path}");
        assert_eq!(status(&by(3600)), 304, "{path}");
        assert_eq!(status(&by(-1)), 200, "{path}");
        assert_eq!(status("a while ago"), 200, "{path}");
    }
}

#[test]
fn clause_4_a_304_has_no_body_and_the_headers_of_the_200() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    for path in [RSS, "/latam/security/archive/atom-0001.xml", "/latam/"] {
        for coding in CODINGS {
            let whole = service.get(path, &[("Accept-Encoding", coding)]);
            let headers = [("Accept-Encoding", coding), ("If-None-Match", whole.header("etag"))];
            let answer = service.get(path, &headers);
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{path} {coding}");
            for name in ["etag", "last-modified", "cache-control", "vary", "link"] {
                assert_eq!(answer.header(name), whole.header(name), "{path} {name}");
            }
            assert!(answer.has("date") && !answer.has("content-length"), "{answer:?}");
        }
    }
}

#[test]
fn clause_5_each_coding_has_a_tag_of_its_own_and_q_0_is_honoured() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let tag =
        |coding: &str| service.get(RSS, &[("Accept-Encoding", coding)]).header("etag").to_owned();
    let tags: std::collections::BTreeSet<String> = CODINGS.map(tag).into_iter().collect();
    assert_eq!(tags.len(), CODINGS.len(), "{tags:?}");
    let coding = |accepted: &str| {
        let answer = service.get(RSS, &[("Accept-Encoding", accepted)]);
        answer.has("content-encoding").then(|| answer.header("content-encoding").to_owned())
    };
    assert_eq!(coding("gzip;q=0"), None);
    assert_eq!(coding("br;q=0, gzip").as_deref(), Some("gzip"));
    assert_eq!(coding("*;q=0"), None);
    // A tag of another coding names other bytes.
    let headers = [("Accept-Encoding", "br"), ("If-None-Match", &tag("gzip"))];
    assert_eq!(service.get(RSS, &headers).status, 200);
}

/// What a reader keeps of every document.
fn validators(service: &Service) -> Vec<(String, String)> {
    let paths = [RSS, "/atom.xml", "/", "/latam/security/archive/rss-0001.xml"];
    let asked = paths.iter().flat_map(|path| CODINGS.iter().map(move |coding| (path, coding)));
    asked
        .map(|(path, coding)| {
            let answer = service.get(path, &[("Accept-Encoding", coding)]);
            (answer.header("etag").to_owned(), answer.header("last-modified").to_owned())
        })
        .collect()
}

#[test]
fn clause_6_validators_survive_a_kill_and_are_equal_on_every_replica() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let before = validators(&service);
    service.signal("-KILL");
    assert_eq!(service.ends(), None);
    assert_eq!(validators(&newsroom.serve()), before);

    // Another machine with a copy of the store, whose feeds folder is empty.
    let replica = self::newsroom();
    replica.copy_store_of(&newsroom);
    let tags = |all: Vec<(String, String)>| all.into_iter().map(|(tag, _)| tag).collect::<Vec<_>>();
    let copied = validators(&replica.serve());
    // Archive pages are dated by their files; those of the copy were written now.
    let current = CODINGS.len() * 3;
    assert_eq!(copied[..current], before[..current]);
    assert_eq!(tags(copied), tags(before));
}

#[test]
fn clause_6_two_edits_within_a_second_change_the_tag_and_the_date() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let mut seen = vec![service.get(RSS, &[])];
    for edit in ["First edit.", "Second edit.", "Third edit."] {
        newsroom.story("latam/security/three.md", story("three", "2026-01-03T12:00:00Z", "", edit));
        newsroom.build();
        service.wait_for("the edit is served", || service.get(RSS, &[]).text().contains(edit));
        seen.push(service.get(RSS, &[]));
    }
    let changed = |answer: &Answer| seconds(answer.header("last-modified"));
    for pair in seen.windows(2) {
        assert_ne!(pair[0].header("etag"), pair[1].header("etag"));
        assert!(changed(&pair[0]) <= changed(&pair[1]));
        let since = pair[0].header("last-modified");
        let answer = service.get(RSS, &[("If-Modified-Since", since)]);
        assert_eq!(answer.status, 200, "who has the one before gets the new one");
    }
}

#[test]
fn clause_7_head_equals_get_conditionals_included() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let archive = "/latam/security/archive/atom-0001.xml";
    for path in
        [RSS, "/", "/feeds.opml", archive, "/nothing", "/latam/seguridad/rss.xml", "/old/feed/"]
    {
        for headers in [
            vec![],
            vec![("Accept-Encoding", "gzip")],
            vec![("If-None-Match", "*")],
            vec![("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")],
            vec![("Sec-Fetch-Dest", "document")],
        ] {
            let (head, get) = (service.ask("HEAD", path, &headers), service.get(path, &headers));
            assert_eq!(head.status, get.status, "{path} {headers:?}");
            assert_eq!(lasting(&head), lasting(&get), "{path} {headers:?}");
            assert!(head.body.is_empty(), "{path}");
        }
    }
}

#[test]
fn clause_8_moved_and_retired_feeds_and_other_methods_say_so() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let new = "https://feeds.gazette.example/latam/security";
    for (old, to) in [
        ("/latam/seguridad/rss.xml", "/rss.xml"),
        ("/latam/seguridad/", "/"),
        ("/latam/seguridad", "/"),
        ("/latam/seguridad/archive/atom-0001.xml", "/archive/atom-0001.xml"),
        ("/category/security/feed/", "/rss.xml"),
        ("/category/security/feed", "/rss.xml"),
        ("/latam/security", "/"),
    ] {
        let answer = service.get(old, &[]);
        assert_eq!(answer.status, 301, "{old}");
        assert_eq!(answer.header("location"), format!("{new}{to}"), "{old}");
    }
    assert_eq!(service.get("/old/feed/", &[]).status, 410);
    assert_eq!(service.get("/nothing/rss.xml", &[]).status, 404);
    assert_eq!(service.get("/nginx-moved.map", &[]).status, 404, "it is the server's");
    for method in ["POST", "PUT", "DELETE", "BREW"] {
        let answer = service.ask(method, RSS, &[("Content-Length", "0")]);
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    }
}

#[test]
fn clause_8_who_fetches_in_full_again_and_again_is_told_when_to_come_back() {
    let newsroom = newsroom();
    newsroom.set_config(
        "[publish]\nsections = \"found\"\n\n[server]\nallowance = 5\nproxies = [\"127.0.0.1\"]\n",
    );
    let service = newsroom.serve();
    let asks = |path: &str, client: &str| service.get(path, &[("X-Forwarded-For", client)]);
    let statuses: Vec<u16> = (0..7).map(|_| asks(RSS, "192.0.2.1").status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429, 429]);
    let refused = asks(RSS, "192.0.2.1");
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(refused.header("cache-control"), "no-store");
    // Another feed, another client, a lie in the header: none of them is in the way of others.
    assert_eq!(asks("/latam/rss.xml", "192.0.2.1").status, 200);
    assert_eq!(asks(RSS, "192.0.2.2").status, 200);
    assert_eq!(asks(RSS, "6.6.6.6, 192.0.2.1").status, 429, "its own words don't count");
    // Who asks conditionally is never refused.
    let tag = asks(RSS, "192.0.2.3").header("etag").to_owned();
    for _ in 0..20 {
        let headers = [("X-Forwarded-For", "192.0.2.3"), ("If-None-Match", tag.as_str())];
        assert_eq!(service.get(RSS, &headers).status, 304);
    }
    // Nor is this machine where no proxy is named: all readers may be behind it.
    newsroom.set_config("[publish]\nsections = \"found\"\n\n[server]\nallowance = 5\n");
    service.signal("-HUP");
    service.wait_for_line("the configuration was read again");
    assert!((0..20).all(|_| service.get(RSS, &[]).status == 200));
}

#[test]
fn clause_9_a_feed_names_itself_and_its_hub() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let own = "https://feeds.gazette.example/latam/security";
    for method in ["GET", "HEAD"] {
        let feed = service.ask(method, RSS, &[]);
        let links = format!("<{own}/rss.xml>; rel=\"self\", <{HUB}>; rel=\"hub\"");
        assert_eq!(feed.header("link"), links);
        let archive = service.ask(method, "/latam/security/archive/atom-0001.xml", &[]);
        let links = format!(
            "<{own}/archive/atom-0001.xml>; rel=\"self\", <{own}/atom.xml>; rel=\"current\""
        );
        assert_eq!(archive.header("link"), links);
    }
    let twin = service.get("/latam/security/", &[]);
    assert!(!twin.header("link").contains("hub"), "{twin:?}");
    assert!(twin.header("link").contains("rel=\"alternate\"; type=\"application/rss+xml\""));
}

#[test]
fn licence_terms_are_served_as_such_and_every_feed_and_page_leads_to_them() {
    let newsroom = newsroom();
    let text = newsroom.read("config.toml");
    let terms = "\n[site.rsl]\npermits = [\"search\"]\n";
    newsroom.write("config.toml", format!("{text}{terms}"));
    let service = newsroom.serve();
    let licence = service.get("/license.xml", &[]);
    assert_eq!(licence.status, 200, "{licence:?}");
    assert_eq!(licence.header("content-type"), "application/rsl+xml");
    assert!(!licence.has("link"), "{licence:?}");
    let own = "https://feeds.gazette.example/license.xml";
    let link = format!("<{own}>; rel=\"license\"; type=\"application/rsl+xml\"");
    for path in ["/rss.xml", "/", "/feed.json"] {
        let answer = service.get(path, &[]);
        assert!(answer.header("link").ends_with(&format!(", {link}")), "{path}: {answer:?}");
    }
}

#[test]
fn a_browser_that_navigates_to_a_feed_is_sent_to_its_page() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let navigates =
        |site: &str| service.get(RSS, &[("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Site", site)]);
    for site in ["none", "cross-site", "same-site"] {
        let answer = navigates(site);
        assert_eq!(answer.status, 303, "{site}");
        let twin = "https://feeds.gazette.example/latam/security/";
        assert_eq!(answer.header("location"), twin);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("vary"), "Accept-Encoding, Sec-Fetch-Dest, Sec-Fetch-Site");
    }
    assert_eq!(navigates("same-origin").status, 200, "a link on the page opens the feed");
    let fetched = [("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(service.get(RSS, &fetched).status, 200, "a script of a web reader");
    let page = service.get("/latam/security/", &[("Sec-Fetch-Dest", "document")]);
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
}

#[test]
fn a_page_on_another_site_may_ask_conditionally() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let answer = service.ask("OPTIONS", RSS, &[("Origin", "https://reader.example")]);
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("access-control-allow-headers").contains("If-None-Match"));
}

#[test]
fn documents_that_find_no_room_in_memory_are_served_from_the_folder() {
    let newsroom = newsroom();
    let large = newsroom.serve();
    let known = validators(&large);
    drop(large);
    let small = newsroom.variable("FEEDWRIGHT_SERVER_CACHE", "1KiB");
    let service = small.serve();
    assert!(service.ops("/metrics").text().contains("feedwright_document_bytes 0"));
    for (place, path) in [RSS, "/atom.xml", "/"].iter().enumerate() {
        let answer = service.get(path, &[("Accept-Encoding", "gzip")]);
        assert_eq!((answer.status, answer.has("content-encoding")), (200, false), "{path}");
        let (tag, changed) = &known[place * CODINGS.len()];
        assert_eq!((answer.header("etag"), answer.header("last-modified")), (&**tag, &**changed));
        assert_eq!(service.get(path, &[("If-None-Match", tag)]).status, 304, "{path}");
    }
    let navigates = [("Sec-Fetch-Dest", "document")];
    assert_eq!(service.get(RSS, &navigates).status, 303);
}

#[test]
fn a_part_of_an_archive_page_can_be_asked_for() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let path = "/latam/security/archive/atom-0001.xml";
    let whole = service.get(path, &[]);
    let part = service.get(path, &[("Range", "bytes=5-14")]);
    assert_eq!((part.status, &part.body[..]), (206, &whole.body[5..15]));
    let length = whole.body.len();
    assert_eq!(part.header("content-range"), format!("bytes 5-14/{length}"));
    let beyond = service.get(path, &[("Range", "bytes=99999999-")]);
    assert_eq!(beyond.status, 416);
    let other = [("Range", "bytes=5-14"), ("If-Range", "\"other\"")];
    assert_eq!(service.get(path, &other).status, 200);
    assert_eq!(service.get(RSS, &[("Range", "bytes=5-14")]).status, 200, "feeds go whole");
}

#[test]
fn requests_that_are_odd_get_a_4xx_and_leave_no_trace_but_an_escaped_line() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let long = format!("/{}", "a".repeat(5000));
    for (path, status) in [
        ("/../../etc/passwd", 400),
        ("/%2e%2e/%2e%2e/etc/passwd", 400),
        ("/latam%2Fsecurity/rss.xml", 400),
        ("/latam/security%5Crss.xml", 400),
        ("/%00", 400),
        (long.as_str(), 414),
        ("/.feedwright-1-0.tmp", 404),
        ("/stories.db", 404),
        ("/archive/../rss.xml", 400),
    ] {
        assert_eq!(service.get(path, &[]).status, status, "{path}");
    }
    let raw = |text: &str| {
        let mut stream = service.connect();
        std::io::Write::write_all(&mut stream, text.as_bytes()).expect("written");
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::of(&bytes).status
    };
    assert_eq!(raw("GET /rss.xml HTTP/1.1\r\nConnection: close\r\n\r\n"), 400, "no host");
    assert_eq!(raw("rubbish\r\n\r\n"), 400);
    assert_eq!(raw("GET / HTTP/1.1\r\nHost : x\r\n\r\n"), 400);
    let many: String = (0..200).map(|number| format!("X-{number}: 1\r\n")).collect();
    assert_eq!(raw(&format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n")), 431);
    let large = "x".repeat(40_000);
    assert_eq!(raw(&format!("GET / HTTP/1.1\r\nHost: x\r\nX: {large}\r\n\r\n")), 431);
    // A body is not taken for another request.
    let smuggled = "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 28\r\n\r\n\
                    GET /nothing HTTP/1.1\r\n\r\n\r\n";
    assert_eq!(raw(smuggled), 200);

    let evil = "/x\"%0a<script>";
    service.get(evil, &[("User-Agent", "a\u{7f}\\\"b"), ("Host-Override", "evil.example")]);
    service.get("/atom.xml?token=secret", &[]);
    let line = service.wait_for_access(|line| line["path"] == "/atom.xml");
    assert!(!line.to_string().contains("secret"), "{line}");
    assert_eq!(line["status"], 200);
    assert_eq!(line["client"], "local");
    let host = [("Host", "evil.example")];
    assert_eq!(service.get("/", &host).status, 400, "two hosts");
    let body = service.get("/nothing", &[("X-Forwarded-Host", "evil.example")]).text();
    assert!(!body.contains("evil"), "{body}");
}
