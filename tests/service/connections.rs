//! Clients that are slow, or never end: each costs little and is cut by a deadline.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

use chrono::Utc;
use feedwright::{
    http::{
        self, AccessLog, Answering, Common, Deadlines, Documents, Metrics, Readers, Serving,
        Socket, Trust,
    },
    store::Published,
    story::{Format, Licensing, Site},
};
use tokio::sync::watch;

/// A worker with one large feed, and short deadlines.
struct Server {
    address: SocketAddr,
    metrics: Arc<Metrics>,
    ends: watch::Sender<bool>,
    answering: Vec<Answering>,
    _folder: tempfile::TempDir,
}

/// More than the buffers of a connection hold.
const LARGE: usize = 12 << 20;

fn site() -> Site {
    let address = |text: &str| text.parse().expect("an address");
    Site {
        title: "The Gazette".to_owned(),
        description: String::new(),
        url: address("https://www.gazette.example/"),
        feeds_url: address("https://feeds.gazette.example/"),
        language: "en".parse().expect("a language"),
        time_zone: chrono_tz::Tz::UTC,
        copyright: None,
        editor: None,
        webmaster: None,
        icon: None,
        favicon: None,
        logo: None,
        cover: None,
        accent_color: None,
        image: None,
        license: None,
        usage_terms: None,
        rsl: Licensing::default(),
        hubs: Vec::new(),
    }
}

impl Server {
    fn start(deadlines: Deadlines, most_connections: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Not to be compressed: it goes over the wire in full.
        let mut seed = 1_u32;
        let bytes: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        })
        .take(LARGE)
        .collect();
        fs::write(folder.path().join("rss.xml"), &bytes).expect("a file");
        let published = Published {
            file: "rss.xml".to_owned(),
            feed: String::new(),
            page: 0,
            digest: blake3::hash(&bytes).to_hex()[..32].to_owned(),
            size: bytes.len() as u64,
            stamp: 0,
            changed: Utc::now(),
        };
        let serving = Arc::new(Serving {
            site: site(),
            moves: Vec::new(),
            partners: Vec::new(),
            formats: vec![Format::Rss],
            max_age_seconds: 900,
            folder: folder.path().to_owned(),
            cache_bytes: 1 << 30,
        });
        let metrics = Metrics::new();
        let none = Documents::none(Arc::clone(&serving));
        let manifest = BTreeMap::from([("rss.xml".to_owned(), published)]);
        let (documents, troubles) = Documents::load(&serving, &manifest, &none, &metrics);
        assert!(troubles.is_empty(), "{troubles:?}");
        let trust =
            Trust { networks: Vec::new(), unix: false, header: "x-forwarded-for".to_owned() };
        let readers = Arc::new(Readers::new(documents, trust, None, Arc::clone(&metrics), None));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("not blocking");
        let address = listener.local_addr().expect("an address");
        let common = Arc::new(Common {
            log: AccessLog::none(Arc::clone(&metrics)),
            metrics: Arc::clone(&metrics),
            deadlines,
            most_connections,
            clock: Utc::now,
        });
        let (ends, ending) = watch::channel(false);
        let answering = http::answer_readers(&Socket::Tcp(listener), &common, &readers, 1, &ending);
        let answering = answering.expect("a thread");
        Self { address, metrics, ends, answering, _folder: folder }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_mins(3))).expect("a deadline");
        stream
    }

    /// What is counted under that name.
    fn counts(&self, line: &str) -> String {
        let text = self.metrics.text(Utc::now());
        let found = text.lines().find_map(|known| known.strip_prefix(line));
        found.unwrap_or("0").trim().to_owned()
    }

    fn cut(&self, reason: &str) -> String {
        self.counts(&format!("feedwright_connections_cut_total{{reason=\"{reason}\"}}"))
    }

    fn end(self) {
        self.ends.send(true).expect("somebody listens");
        for thread in self.answering {
            thread.join().expect("no panic").expect("no error");
        }
    }
}

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_mins(10);

fn patient() -> Deadlines {
    Deadlines { idle: LONG, head: LONG, stall: LONG, answer: LONG, ..Deadlines::default() }
}

/// Reads to the end, which may be an abrupt one.
fn rest(mut stream: TcpStream) -> usize {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes.len()
}

const HEAD: &[u8] = b"HEAD /rss.xml HTTP/1.1\r\nHost: x\r\n\r\n";
const GET: &[u8] = b"GET /rss.xml HTTP/1.1\r\nHost: x\r\n\r\n";

fn is_answered(server: &Server) {
    let mut stream = server.connect();
    stream.write_all(HEAD).expect("a request");
    let mut start = [0; 15];
    stream.read_exact(&mut start).expect("an answer");
    assert_eq!(&start, b"HTTP/1.1 200 OK");
}

#[test]
fn heads_that_never_end_are_cut_while_others_are_answered() {
    let server = Server::start(Deadlines { head: SHORT, ..patient() }, 1000);
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(b"GET /rss.xml HTTP/1.1\r\nX-a: b\r\n").expect("a part");
            stream
        })
        .collect();
    is_answered(&server);
    for stream in slow {
        assert_eq!(rest(stream), 0);
    }
    assert_eq!(server.cut("slow request"), "50");
    server.end();
}

#[test]
fn a_head_that_comes_byte_by_byte_is_cut_on_a_busy_connection_too() {
    let server = Server::start(Deadlines { head: SHORT, ..patient() }, 10);
    let mut stream = server.connect();
    let mut bytes = [0; 4096];
    for _ in 0..20 {
        stream.write_all(HEAD).expect("a request");
        assert!(stream.read(&mut bytes).expect("an answer") > 0);
    }
    stream.set_read_timeout(Some(SHORT / 10)).expect("a deadline");
    let is_cut = HEAD[..30].iter().chain([b'x'; 600].iter()).any(|byte| {
        let is_sent = stream.write_all(&[*byte]).is_ok();
        let read = stream.read(&mut bytes);
        let waits = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
        !is_sent || !read.as_ref().is_err_and(waits)
    });
    assert!(is_cut);
    assert_eq!(server.cut("slow request"), "1");
    server.end();
}

#[test]
fn a_reader_that_takes_nothing_is_cut_while_others_are_answered() {
    let server = Server::start(Deadlines { stall: SHORT, ..patient() }, 1000);
    let slow: Vec<TcpStream> = (0..5)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(GET).expect("a request");
            stream
        })
        .collect();
    is_answered(&server);
    while server.cut("slow reader") != "5" {
        std::thread::yield_now();
    }
    for stream in slow {
        assert!(rest(stream) < LARGE);
    }
    server.end();
}

#[test]
fn an_answer_that_nobody_takes_holds_up_the_end_only_so_long() {
    let server = Server::start(Deadlines { drain: SHORT, ..patient() }, 1000);
    let mut stream = server.connect();
    stream.write_all(GET).expect("a request");
    is_answered(&server);
    server.end();
    assert!(rest(stream) < LARGE);
}

#[test]
fn who_asks_nothing_is_cut_in_the_end() {
    let server = Server::start(Deadlines { idle: SHORT, ..patient() }, 1000);
    let silent = server.connect();
    let mut once = server.connect();
    once.write_all(HEAD).expect("a request");
    assert!(rest(once) > 0);
    assert_eq!(rest(silent), 0);
    assert_eq!(server.cut("idle"), "2");
    server.end();
}

#[test]
fn more_connections_than_there_may_be_are_sent_away() {
    let server = Server::start(patient(), 3);
    let open: Vec<TcpStream> = (0..3).map(|_| server.connect()).collect();
    while server.counts("feedwright_connections ") != "3" {
        std::thread::yield_now();
    }
    let mut bytes = Vec::new();
    server.connect().read_to_end(&mut bytes).expect("an answer");
    assert!(bytes.starts_with(b"HTTP/1.1 503 "), "{:?}", String::from_utf8_lossy(&bytes));
    drop(open);
    while server.counts("feedwright_connections ") != "0" {
        std::thread::yield_now();
    }
    is_answered(&server);
    server.end();
}

#[test]
fn requests_that_come_together_or_in_pieces_are_answered_one_by_one() {
    let server = Server::start(patient(), 10);
    let mut stream = server.connect();
    let three = [HEAD, HEAD, &HEAD[..20]].concat();
    stream.write_all(&three).expect("two requests and a part");
    let mut bytes = [0; 4096];
    let mut text = String::new();
    while text.matches("\r\n\r\n").count() < 2 {
        let read = stream.read(&mut bytes).expect("an answer");
        text.push_str(std::str::from_utf8(&bytes[..read]).expect("ASCII"));
    }
    stream.write_all(&HEAD[20..]).expect("the rest");
    while text.matches("\r\n\r\n").count() < 3 {
        let read = stream.read(&mut bytes).expect("an answer");
        assert!(read > 0, "{text}");
        text.push_str(std::str::from_utf8(&bytes[..read]).expect("ASCII"));
    }
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 3, "{text}");
    for byte in HEAD {
        stream.write_all(&[*byte]).expect("a byte");
    }
    assert!(stream.read(&mut bytes).expect("an answer") > 0);
    server.end();
}

#[test]
fn a_client_that_closed_its_side_gets_its_answer() {
    let server = Server::start(patient(), 10);
    let mut stream = server.connect();
    stream.write_all(GET).expect("a request");
    stream.shutdown(std::net::Shutdown::Write).expect("half closed");
    assert!(rest(stream) > LARGE);
    server.end();
}
