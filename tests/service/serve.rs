//! The service's life: passes by schedule and on change, signals, failure, what it tells of itself.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use crate::support::{
    Newsroom,
    service::{Answer, Service},
    story,
};
use chrono::{TimeDelta, Utc};

fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new();
    newsroom.story("news/one.md", story("One", "2026-01-01", "", "Text."));
    newsroom
}

fn shows(service: &Service, words: &str) -> bool {
    service.get("/news/rss.xml", &[]).text().contains(words)
}

#[test]
fn what_a_killed_pass_left_is_asked_for_again_and_not_denied() {
    let newsroom = newsroom();
    newsroom.run(["build"]).exits(0);
    // A file that is newer than what the store knows of it, and no pass yet that mends it.
    let file = newsroom.path("feeds/news/rss.xml");
    let newer = newsroom.read("feeds/news/rss.xml") + "<!-- newer -->\n";
    fs::write(&file, newer).expect("a file");
    let lock = newsroom.hold();
    let service = newsroom.serve();
    let answer = service.get("/news/rss.xml", &[]);
    assert_eq!((answer.status, answer.header("retry-after")), (503, "10"));
    assert_eq!(service.get("/news/atom.xml", &[]).status, 200);
    assert_eq!(service.get("/nobody/rss.xml", &[]).status, 404);
    drop(lock);
    service.wait_for("it is there", || service.get("/news/rss.xml", &[]).status == 200);
    assert!(!service.get("/news/rss.xml", &[]).text().contains("newer"));
}

#[test]
fn a_story_that_is_laid_down_is_served_without_being_asked_for() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    newsroom.story("news/two.md", story("A second headline", "2026-01-02", "", "Text."));
    service.wait_for("the story is served", || shows(&service, "A second headline"));
    newsroom.remove_story("news/two.md");
    service.wait_for("it is gone", || !shows(&service, "A second headline"));
}

#[test]
fn a_story_that_is_added_or_taken_back_by_a_command_is_served_so() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    newsroom
        .run_with_input(["add", "-", "--section", "news"], "Added by hand\n\nBy Ana\n\nText.\n")
        .exits(0);
    service.wait_for("the story is served", || shows(&service, "Added by hand"));
    newsroom.run(["retract", "news/one.md"]).exits(0);
    service.wait_for("it is taken back", || !shows(&service, ">One<"));
}

#[test]
fn a_story_appears_at_its_hour_and_expires_at_its_hour() {
    let newsroom = newsroom();
    let at = |seconds| (Utc::now() + TimeDelta::seconds(seconds)).to_rfc3339();
    let (day_ago, comes) = (at(-86_400), Utc::now() + TimeDelta::seconds(4));
    let ahead = story("An embargoed headline", &comes.to_rfc3339(), "", "Text.");
    newsroom.story("news/ahead.md", ahead);
    let service = newsroom.serve();
    let is_early = !shows(&service, "An embargoed headline");
    assert!(is_early || Utc::now() >= comes);
    assert!(service.ops("/status").text().contains("next_due"));
    service.wait_for("it appears", || shows(&service, "An embargoed headline"));
    assert!(Utc::now() >= comes, "not before its hour");
    // How long a pass takes isn't known: the hour of its end is set once it is there.
    let expiry = format!("expiryDate: {}", at(4));
    newsroom.story("news/ahead.md", story("An embargoed headline", &day_ago, &expiry, "Text."));
    service.wait_for("it goes", || !shows(&service, "An embargoed headline"));
}

#[test]
fn what_is_published_is_served_before_the_first_pass_and_after_one_that_fails() {
    let newsroom = newsroom();
    newsroom.build();
    let service = newsroom.serve();
    service.wait_for("a pass is done", || service.ops("/status").text().contains("\"ended\""));
    // Something destroys the store.
    newsroom.destroy_store();
    newsroom.story("news/two.md", story("Two", "2026-01-02", "", "Text."));
    service.wait_for_line("a pass failed");
    service.wait_for("it is told", || service.ops("/readyz").text().contains("last pass failed"));
    assert_eq!(service.ops("/readyz").status, 200, "readers are answered");
    assert!(shows(&service, ">One<"));
    let metrics = service.ops("/metrics").text();
    assert!(metrics.contains("feedwright_passes_total{outcome=\"failed\"}"), "{metrics}");
    assert_eq!(service.ops("/healthz").status, 200);
}

#[test]
fn where_nothing_is_published_yet_it_is_not_ready_and_says_when_to_come_back() {
    let newsroom = newsroom();
    newsroom.destroy_store();
    let service = newsroom.start_serving(&[]);
    service.wait_for_line("a pass failed");
    let answer = service.get("/news/rss.xml", &[]);
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "10");
    assert_eq!(service.ops("/readyz").status, 503);
}

/// Readers that ask on and on over connections that are kept, and check every answer.
struct Load {
    ends: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn on(service: &Service) -> Self {
        let (ends, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let readers = (0..8).map(|_| {
            let (ends, answers) = (Arc::clone(&ends), Arc::clone(&answers));
            let address = service.readers.clone();
            thread::spawn(move || {
                while !ends.load(Ordering::Relaxed) {
                    let Ok(mut stream) = TcpStream::connect(&address) else { return };
                    let mut is_first = true;
                    while ask_on(&mut stream, is_first) {
                        is_first = false;
                        answers.fetch_add(1, Ordering::Relaxed);
                        if ends.load(Ordering::Relaxed) {
                            return;
                        }
                    }
                }
            })
        });
        let readers = readers.collect();
        Self { ends, answers, readers }
    }

    fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }

    /// Waits for all; a reader that got half an answer panicked.
    fn end(self) {
        self.ends.store(true, Ordering::Relaxed);
        for reader in self.readers {
            reader.join().expect("no answer was cut");
        }
    }
}

/// Asks once and reads the answer whole; whether the connection goes on. One that nobody took, in
/// the moment in which the door was closed, brings nothing; one that was taken brings its answer.
fn ask_on(stream: &mut TcpStream, is_first: bool) -> bool {
    let asked = stream.write_all(b"GET /news/rss.xml HTTP/1.1\r\nHost: x\r\n\r\n");
    if asked.is_err() && is_first {
        return false;
    }
    asked.expect("who was answered is heard");
    let mut bytes = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let answer = Answer::of(&bytes);
            let length: usize = answer.header("content-length").parse().expect("a number");
            if bytes.len() == end + 4 + length {
                assert_eq!(answer.status, 200);
                return !answer.has("connection");
            }
        }
        let read = stream.read(&mut buffer);
        if bytes.is_empty() && is_first && !read.as_ref().is_ok_and(|read| *read > 0) {
            return false;
        }
        let read = read.expect("an answer");
        assert!(read > 0, "cut after {} bytes", bytes.len());
        bytes.extend_from_slice(&buffer[..read]);
    }
}

#[test]
fn the_end_cuts_no_answer_and_exits_0() {
    let newsroom = newsroom();
    let text = "A long report of a flood. ".repeat(20_000);
    newsroom.story("news/long.md", story("Long", "2026-01-02", "", &text));
    for _ in 0..3 {
        let service = newsroom.serve();
        let load = Load::on(&service);
        service.wait_for("readers are answered", || load.answers() > 50);
        service.signal("-TERM");
        assert_eq!(service.ends(), Some(0));
        load.end();
    }
}

#[test]
fn a_configuration_is_read_again_on_sighup_and_a_faulty_one_is_refused() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    let load = Load::on(&service);
    newsroom.set_config(
        "[publish]\nsections = \"found\"\n\n[[section]]\npath = \"news\"\ntitle = \"Renamed\"\n",
    );
    service.signal("-HUP");
    service.wait_for("the title is served", || shows(&service, "<title>Renamed"));

    newsroom.set_config("[publish]\nsections = \"nonsense\"\n");
    service.signal("-HUP");
    let line = service.wait_for_line("the configuration is refused");
    assert!(line.contains("config.toml:"), "{line}");
    service.wait_for("it is told", || service.ops("/readyz").text().contains("refused"));
    assert!(service.ops("/metrics").text().contains("feedwright_last_reload_successful 0"));
    let before = load.answers();
    service.wait_for("readers are answered", || load.answers() > before + 50);
    assert!(shows(&service, "<title>Renamed"));
    load.end();

    newsroom.set_config("[publish]\nsections = \"found\"\n");
    service.signal("-HUP");
    service.wait_for("the title is as it was", || shows(&service, "<title>News"));
    service.wait_for("it is told", || !service.ops("/readyz").text().contains("refused"));
}

#[test]
fn it_listens_on_a_socket_file_and_takes_over_one_that_is_dead() {
    let newsroom = newsroom();
    let file = newsroom.path("readers.sock");
    let address = format!("unix:{}", file.display());
    for kill in ["-KILL", "-TERM"] {
        let service = newsroom.start_serving(&["--listen", &address]);
        service.wait_until_ready();
        let mut stream = UnixStream::connect(&file).expect("a connection");
        let request = b"GET /news/rss.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        stream.write_all(request).expect("a request");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        assert_eq!(Answer::of(&bytes).status, 200);
        service.signal(kill);
        service.ends();
    }
    assert!(!newsroom.exists("readers.sock"));
}

#[test]
fn an_address_that_is_taken_is_named_with_a_way_out() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    newsroom
        .run(["serve", "--ops", "127.0.0.1:0", "--listen", &service.readers])
        .exits(3)
        .complains_of([service.readers.as_str(), "can't be listened on", "--listen"]);
    newsroom.run(["serve", "--listen", "nowhere"]).exits(2).complains_of(["`nowhere`", "fix:"]);
}

#[test]
fn numbers_are_there_for_prometheus_and_not_for_the_public() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    for path in ["/metrics", "/healthz", "/readyz", "/status"] {
        assert_eq!(service.get(path, &[]).status, 404, "{path}");
    }
    let tag = service.get("/news/rss.xml", &[]).header("etag").to_owned();
    service.get("/news/rss.xml", &[("If-None-Match", &tag)]);
    service.get("/news/rss.xml", &[("Accept-Encoding", "gzip")]);
    service.get("/nothing", &[]);
    let answer = service.ops("/metrics");
    assert!(answer.header("content-type").starts_with("application/openmetrics-text"));
    let metrics = answer.text();
    for line in [
        "feedwright_requests_total{feed=\"news\",kind=\"rss\",status=\"200\",coding=\"identity\"} 1",
        "feedwright_requests_total{feed=\"news\",kind=\"rss\",status=\"200\",coding=\"gzip\"} 1",
        "feedwright_requests_total{feed=\"news\",kind=\"rss\",status=\"304\",coding=\"identity\"} 1",
        "feedwright_requests_total{feed=\"\",kind=\"\",status=\"404\",coding=\"identity\"} 5",
        "feedwright_stories{state=\"public\"} 1",
        "feedwright_feeds 2",
        "feedwright_newest_story_age_seconds ",
        "feedwright_next_due_timestamp_seconds 0",
        "feedwright_pass_seconds_count",
        "feedwright_request_seconds_bucket",
        "# EOF",
    ] {
        assert!(metrics.contains(line), "`{line}` is not in\n{metrics}");
    }
}

#[test]
fn status_tells_of_the_service_that_runs_and_of_no_other() {
    let newsroom = newsroom();
    let ops = format!("unix:{}", newsroom.path("ops.sock").display());
    newsroom.set_config(&format!("[publish]\nsections = \"found\"\n\n[server]\nops = \"{ops}\"\n"));
    let service = newsroom.start_serving(&["--ops", &ops]);
    service.wait_for("it is ready", || {
        let status = newsroom.run(["status", "--format", "json"]).exits(0).json();
        status["service"]["last_pass"]["ended"].is_string()
    });
    let status = newsroom.run(["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["service"]["stories"]["public"], 1);
    assert_eq!(status["stories"]["public"], 1);
    let text = newsroom.run(["status"]).exits(0).stdout;
    assert!(text.contains("service         runs since 20"), "{text}");
    assert!(text.contains("next pass       20"), "{text}");
    let other = self::newsroom();
    other.set_config(&format!("[publish]\nsections = \"found\"\n\n[server]\nops = \"{ops}\"\n"));
    let status = other.run(["status", "--format", "json"]).exits(0).json();
    assert!(status["service"].is_null(), "{status}");
}

#[test]
fn the_service_manager_is_told_when_it_is_ready_reloads_and_stops() {
    let newsroom = newsroom();
    let file = newsroom.path("notify.sock");
    let manager = std::os::unix::net::UnixDatagram::bind(&file).expect("a socket");
    manager.set_read_timeout(Some(std::time::Duration::from_mins(3))).expect("a deadline");
    let newsroom = newsroom.variable("NOTIFY_SOCKET", file.to_str().expect("UTF-8"));
    let told = || {
        let mut bytes = [0; 512];
        let length = manager.recv(&mut bytes).expect("a word");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let service = newsroom.serve();
    assert_eq!(told().trim(), "READY=1");
    service.signal("-HUP");
    let reloading = told();
    assert!(
        reloading.contains("RELOADING=1") && reloading.contains("MONOTONIC_USEC="),
        "{reloading}"
    );
    assert_eq!(told().trim(), "READY=1");
    service.signal("-TERM");
    assert_eq!(told().trim(), "STOPPING=1");
    assert_eq!(service.ends(), Some(0));
}

#[test]
fn the_last_request_is_in_the_access_log() {
    let newsroom = newsroom();
    let service = newsroom.serve();
    service.get("/the-last-one", &[]);
    service.signal("-TERM");
    assert_eq!(service.wait_for_access(|line| line["path"] == "/the-last-one")["status"], 404);
    assert_eq!(service.ends(), Some(0));
}
