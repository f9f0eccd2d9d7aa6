//! The snippets in `contrib/`, in the servers that they are for: they give the service's headers.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Newsroom, repository, service::Answer, skip, story};

/// A server that is killed when dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("GET {path} HTTP/1.1\r\nHost: feeds.gazette.example\r\n");
        let request = format!("{head}Connection: close\r\n{lines}\r\n");
        stream.write_all(request.as_bytes()).expect("a request");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        Answer::of(&bytes)
    }

    fn wait(mut self) -> Self {
        let until = Instant::now() + Duration::from_mins(2);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.try_wait().expect("a process");
            assert!(ended.is_none() && Instant::now() < until, "the server doesn't start");
            std::thread::yield_now();
        }
        self
    }
}

/// Whether a program is there; where it must be, it is a failure that it isn't.
fn has(program: &str) -> bool {
    let found = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin"]
        .iter()
        .any(|folder| Path::new(folder).join(program).exists());
    if !found {
        skip(&format!("{program} is not installed: contrib/ is not tested"));
        assert!(std::env::var_os("CI").is_none(), "CI wants {program}");
    }
    found
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port()
}

fn newsroom() -> Newsroom {
    let newsroom = Newsroom::new().config(
        "[publish]\nsections = \"found\"\nlimit = 1\nwindow = \"1h\"\n\n\
         [[moved]]\nfrom = \"latam/seguridad\"\nto = \"latam/security\"\n\n\
         [[moved]]\nfrom = \"/old/feed/\"\n",
    );
    for (name, day) in [("one", 1), ("two", 2), ("three", 3)] {
        let text = "The river rose by two metres overnight, the council said. ".repeat(40);
        let date = format!("2026-01-0{day}");
        newsroom.story(&format!("latam/security/{name}.md"), story(name, &date, "", &text));
    }
    newsroom.build();
    newsroom.write("feeds/license.xml", "<rsl/>");
    newsroom
}

/// The snippet for this newsroom at this port.
fn snippet(name: &str, newsroom: &Newsroom, address: &str) -> String {
    let text = fs::read_to_string(repository().join("contrib").join(name)).expect("a snippet");
    let folder = newsroom.path("feeds");
    let text = text.replace("/srv/newsroom/feeds", folder.to_str().expect("UTF-8"));
    let text = text.replace("https://feeds.example.org", "https://feeds.gazette.example");
    match name {
        "Caddyfile" => text.replace("\nfeeds.example.org {", &format!("\nhttp://{address} {{")),
        _ => text
            .replace("feeds.example.org", "feeds.gazette.example")
            .replace("listen 80;", &format!("listen {address};")),
    }
}

/// A configuration of a whole server, readable to the user it runs as.
fn open_to_all(newsroom: &Newsroom) {
    use std::os::unix::fs::PermissionsExt;
    let all = fs::Permissions::from_mode(0o755);
    fs::set_permissions(newsroom.path("."), all).expect("rights");
}

/// Every kind of document gets from the server what it gets from the service.
fn gives_the_same_headers(newsroom: &Newsroom, server: &Server) {
    let service = newsroom.serve();
    let kept = [
        "content-type",
        "cache-control",
        "last-modified",
        "vary",
        "link",
        "access-control-allow-origin",
        "x-content-type-options",
        "content-security-policy",
    ];
    for path in [
        "/rss.xml",
        "/latam/security/rss.xml",
        "/latam/security/atom.xml",
        "/latam/security/feed.json",
        "/latam/security/archive/rss-0001.xml",
        "/latam/security/archive/atom-0001.xml",
        "/latam/security/archive/feed-0001.json",
        "/feeds.opml",
        "/page.css",
        "/",
        "/latam/security/",
    ] {
        let (ours, theirs) = (service.get(path, &[]), server.get(path, &[]));
        assert_eq!((ours.status, theirs.status), (200, 200), "{path}");
        assert_eq!(ours.body, theirs.body, "{path}");
        for name in kept {
            if name == "link" && ours.header("content-type").starts_with("text/html") {
                continue; // What it says stands in the page too.
            }
            let of = |answer: &Answer| answer.has(name).then(|| answer.header(name).to_owned());
            assert_eq!(of(&theirs), of(&ours), "{path} {name}");
        }
        let tag = theirs.header("etag").to_owned();
        let again = server.get(path, &[("If-None-Match", &tag)]);
        assert_eq!(again.status, 304, "{path}");
        let coded = server.get(path, &[("Accept-Encoding", "gzip")]);
        if path.ends_with(".xml") || path.ends_with(".json") {
            assert!(coded.has("content-encoding"), "{path}: {coded:?}");
            assert_eq!(coded.header("content-encoding"), "gzip", "{path}");
        }
    }
    let license = server.get("/license.xml", &[]);
    assert_eq!(license.header("content-type"), "application/rsl+xml");
    assert_eq!(license.header("vary"), "Accept-Encoding");
    let navigates = [("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Site", "none")];
    for path in ["/rss.xml", "/latam/security/atom.xml"] {
        let (ours, theirs) = (service.get(path, &navigates), server.get(path, &navigates));
        assert_eq!(theirs.status, 303, "{path}");
        for name in ["location", "cache-control", "vary"] {
            assert_eq!(theirs.header(name), ours.header(name), "{path} {name}");
        }
    }
    let links = [("Sec-Fetch-Dest", "document"), ("Sec-Fetch-Site", "same-origin")];
    assert_eq!(server.get("/latam/security/rss.xml", &links).status, 200);
    assert_eq!(server.get("/nginx-moved.map", &[]).status, 404);
    assert_eq!(server.get("/latam/.feedwright-1-0.tmp", &[]).status, 404);
    assert_eq!(server.get("/nothing/rss.xml", &[]).status, 404);
}

#[test]
fn nginx_gives_the_headers_of_the_service() {
    if !has("nginx") {
        return;
    }
    let newsroom = newsroom();
    open_to_all(&newsroom);
    newsroom.write("feeds/latam/.feedwright-1-0.tmp", "half");
    let port = free_port();
    let snippet = snippet("nginx-static.conf", &newsroom, &format!("127.0.0.1:{port}"));
    let at = |name: &str| newsroom.path(name).display().to_string();
    let whole = format!(
        "daemon off; master_process off; pid {}; error_log {};\nevents {{}}\n\
         http {{ access_log off;\n{}\n{snippet}\n}}\n",
        at("nginx.pid"),
        at("nginx.log"),
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};", at(kind)))
            .join(" "),
    );
    newsroom.write("nginx.conf", whole);
    let child = Command::new("nginx")
        .args(["-c", &at("nginx.conf"), "-e", &at("nginx.log")])
        .env("PATH", "/usr/sbin:/usr/bin:/usr/local/bin:/usr/local/sbin")
        .stderr(Stdio::inherit())
        .spawn()
        .expect("nginx starts");
    let server = Server { child, port }.wait();
    gives_the_same_headers(&newsroom, &server);
    for (old, to) in [("/latam/seguridad/rss.xml", "rss.xml"), ("/latam/seguridad/", "")] {
        let moved = server.get(old, &[]);
        assert_eq!(moved.status, 301, "{old}");
        let new = format!("https://feeds.gazette.example/latam/security/{to}");
        assert_eq!(moved.header("location"), new);
    }
    assert_eq!(server.get("/old/feed/", &[]).status, 410);
}

#[test]
fn caddy_gives_the_headers_of_the_service() {
    if !has("caddy") {
        return;
    }
    let newsroom = newsroom();
    newsroom.write("feeds/latam/.feedwright-1-0.tmp", "half");
    let port = free_port();
    let snippet = snippet("Caddyfile", &newsroom, &format!("feeds.gazette.example:{port}"));
    newsroom.write("Caddyfile", format!("{{\n\tadmin off\n\tauto_https off\n}}\n{snippet}"));
    let child = Command::new("caddy")
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(newsroom.path("Caddyfile"))
        .env("HOME", newsroom.path("."))
        .env("PATH", "/usr/sbin:/usr/bin:/usr/local/bin:/usr/local/sbin")
        .stderr(Stdio::null())
        .spawn()
        .expect("caddy starts");
    gives_the_same_headers(&newsroom, &Server { child, port }.wait());
}
