//! A server of others' feeds and pages on this machine, which says what it is told to say.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What a path is answered with.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A request as it came: its target, the lines of its head, its body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) head: Vec<String>,
    pub(crate) body: Vec<u8>,
}

/// What a path answers by itself.
type Answers = dyn Fn(&Asked) -> Said + Send + Sync;

impl Said {
    /// A status with a text.
    pub(crate) fn new(status: u16, text: &str) -> Self {
        Self { status, headers: Vec::new(), body: text.as_bytes().to_vec() }
    }
}

impl Asked {
    /// A parameter of the query, or of a form in the body.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        let query = url::form_urlencoded::parse(query.as_bytes());
        let mut all = query.chain(url::form_urlencoded::parse(&self.body));
        all.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&String| {
            line.split_once(':').is_some_and(|(it, _)| it.eq_ignore_ascii_case(name))
        };
        let line = self.head.iter().find(named)?;
        line.split_once(':').map(|(_, value)| value.trim())
    }
}

#[derive(Default)]
struct Shared {
    pages: Mutex<BTreeMap<String, Said>>,
    answers: Mutex<BTreeMap<String, Arc<Answers>>>,
    asked: Mutex<Vec<Asked>>,
}

/// The server; it answers 404 for what it wasn't told of.
pub(crate) struct Origin {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

impl Origin {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&own);
                thread::spawn(move || answer(&connection, &shared));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Answers a path (with its query) with a body; its tag is made of the body, and asked for with
    /// that tag it answers 304.
    pub(crate) fn serve(&self, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> &Self {
        let body = body.into();
        let tag = format!("\"{}\"", blake3::hash(&body).to_hex());
        let headers = vec![("Content-Type".into(), kind.into()), ("ETag".into(), tag)];
        self.say(path, Said { status: 200, headers, body })
    }

    /// Answers a path with anything.
    pub(crate) fn say(&self, path: &str, said: Said) -> &Self {
        self.shared.pages.lock().expect("pages").insert(path.to_owned(), said);
        self
    }

    /// Answers a path, whatever its query, by itself.
    pub(crate) fn answer(
        &self,
        path: &str,
        answers: impl Fn(&Asked) -> Said + Send + Sync + 'static,
    ) -> &Self {
        let mut all = self.shared.answers.lock().expect("answers");
        all.insert(path.to_owned(), Arc::new(answers));
        drop(all);
        self
    }

    /// What came to a path, whatever its query, by one method.
    pub(crate) fn came(&self, method: &str, path: &str) -> Vec<Asked> {
        let asked = self.shared.asked.lock().expect("requests");
        let is_it =
            |asked: &&Asked| asked.method == method && asked.target.split('?').next() == Some(path);
        asked.iter().filter(is_it).cloned().collect()
    }

    /// Answers a path with a status and headers.
    pub(crate) fn refuse(&self, path: &str, status: u16, headers: &[(&str, &str)]) -> &Self {
        let headers = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.say(path, Said { status, headers, body: Vec::new() })
    }

    /// What was asked of a path.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        let asked = self.shared.asked.lock().expect("requests");
        asked.iter().filter(|asked| asked.target == path).cloned().collect()
    }

    /// Everything that was asked for.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.shared.asked.lock().expect("requests").iter().map(|it| it.target.clone()).collect()
    }
}

fn answer(connection: &TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(connection);
    let mut writer = connection;
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if !matches!(reader.read_line(&mut line), Ok(length) if length > 0) {
                return;
            }
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            head.push(line);
        }
        let mut line = head[0].split(' ').map(str::to_owned);
        let method = line.next().unwrap_or_default();
        let target = line.next().unwrap_or_else(|| "/".to_owned());
        let head = head.split_off(1);
        let mut asked = Asked { method, target: target.clone(), head, body: Vec::new() };
        let length = asked.header("Content-Length").and_then(|it| it.parse().ok()).unwrap_or(0);
        asked.body = vec![0; length];
        if reader.read_exact(&mut asked.body).is_err() {
            return;
        }
        let path = target.split('?').next().unwrap_or_default();
        let answers = shared.answers.lock().expect("answers").get(path).cloned();
        let known = match answers {
            Some(answers) => Some(answers(&asked)),
            None => shared.pages.lock().expect("pages").get(&target).cloned(),
        };
        let mut said =
            known.unwrap_or(Said { status: 404, headers: Vec::new(), body: b"no".to_vec() });
        let tag = said.headers.iter().find(|(name, _)| name == "ETag").map(|(_, tag)| tag.as_str());
        if tag.is_some() && asked.header("If-None-Match") == tag {
            said = Said { status: 304, headers: said.headers, body: Vec::new() };
        }
        shared.asked.lock().expect("requests").push(asked);
        let mut text = format!("HTTP/1.1 {} Said\r\n", said.status);
        for (name, value) in &said.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if said.status != 304 {
            text.push_str(&format!("Content-Length: {}\r\n", said.body.len()));
        }
        text.push_str("\r\n");
        if writer.write_all(text.as_bytes()).and_then(|()| writer.write_all(&said.body)).is_err() {
            return;
        }
    }
}

/// An RSS feed of items; each is a title, a guid, a date and a text.
pub(crate) fn rss(items: &[(&str, &str, &str, &str)]) -> String {
    let mut feed = String::from(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The Wire</title>\
         <link>https://wire.example/</link><description>All of it</description>",
    );
    for (title, guid, date, text) in items {
        feed.push_str(&format!(
            "<item><title>{title}</title><link>https://wire.example/{guid}</link>\
             <guid isPermaLink=\"false\">https://wire.example/?p={guid}</guid>\
             <pubDate>{date}</pubDate><description><![CDATA[<p>{text}</p>]]></description></item>"
        ));
    }
    feed + "</channel></rss>"
}
