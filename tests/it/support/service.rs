//! A running service, and a client that sends and reads exactly what it is told.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::Newsroom;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_mins(3);

/// What a service said on standard error, line by line.
#[derive(Default)]
struct Said {
    lines: Mutex<Vec<String>>,
    more: Condvar,
}

/// `feedwright serve`, killed when dropped.
pub(crate) struct Service {
    child: Child,
    said: Arc<Said>,
    access: Arc<Said>,
    /// Where readers are answered.
    pub(crate) readers: String,
    /// Where those are answered who run it.
    pub(crate) ops: String,
}

impl Newsroom {
    /// The service, answering.
    pub(crate) fn serve(&self) -> Service {
        let service = self.start_serving(&[]);
        service.wait_until_ready();
        service
    }

    /// The service with more arguments, perhaps not ready yet.
    pub(crate) fn start_serving(&self, more: &[&str]) -> Service {
        let mut command = self.command();
        command.arg("serve").args(more);
        for address in ["--listen", "--ops"] {
            if !more.contains(&address) {
                command.args([address, "127.0.0.1:0"]);
            }
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the service starts");
        let said = Said::of(child.stderr.take().expect("a pipe"));
        let access = Said::of(child.stdout.take().expect("a pipe"));
        let serving = said.wait_for(|line| line.contains("\"message\":\"serving\""));
        let serving: Value = serde_json::from_str(&serving).expect("a line of JSON");
        let address = |name: &str| serving[name].as_str().expect("an address").to_owned();
        let (readers, ops) = (address("readers"), address("operations"));
        Service { child, said, access, readers, ops }
    }
}

impl Said {
    fn of(pipe: impl Read + Send + 'static) -> Arc<Self> {
        let said = Arc::new(Self::default());
        let own = Arc::clone(&said);
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                own.lines.lock().expect("lines").push(line);
                own.more.notify_all();
            }
        });
        said
    }

    /// The first line that is looked for.
    fn wait_for(&self, is_it: impl Fn(&str) -> bool) -> String {
        let until = Instant::now() + PATIENCE;
        let mut lines = self.lines.lock().expect("lines");
        loop {
            if let Some(line) = lines.iter().find(|line| is_it(line)) {
                return line.clone();
            }
            let left = until.checked_duration_since(Instant::now());
            let left = left.unwrap_or_else(|| late(&lines));
            lines = self.more.wait_timeout(lines, left).expect("lines").0;
        }
    }
}

#[expect(clippy::panic, reason = "ends a test")]
fn late(lines: &[String]) -> Duration {
    panic!("it never came; what came:\n{}", lines.join("\n"))
}

impl Service {
    pub(crate) fn wait_until_ready(&self) {
        self.wait_for("ready", || self.ops("/readyz").status == 200);
    }

    /// Waits until something holds: it must, in the end.
    #[track_caller]
    pub(crate) fn wait_for(&self, what: &str, holds: impl Fn() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds() {
            let said = self.said.lines.lock().expect("lines").join("\n");
            assert!(Instant::now() < until, "it never came that {what}; it said:\n{said}");
            // Who asks on and on takes the time that it needs.
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for a line on standard error that has these words.
    pub(crate) fn wait_for_line(&self, words: &str) -> String {
        self.said.wait_for(|line| line.contains(words))
    }

    /// Every line so far, of both outputs.
    pub(crate) fn all_that_was_said(&self) -> String {
        let all =
            [&self.said, &self.access].map(|said| said.lines.lock().expect("lines").join("\n"));
        all.join("\n")
    }

    /// Waits for a line of the access log.
    pub(crate) fn wait_for_access(&self, is_it: impl Fn(&Value) -> bool) -> Value {
        let parsed = |line: &str| serde_json::from_str::<Value>(line).expect("a line of JSON");
        parsed(&self.access.wait_for(|line| is_it(&parsed(line))))
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        ask(&self.readers, method, path, headers)
    }

    /// Posts a form.
    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.post_with(path, body, &[("Content-Type", "application/x-www-form-urlencoded")])
    }

    pub(crate) fn post_with(&self, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        send(&self.readers, "POST", path, headers, body)
    }

    /// A number of the metrics; 0 where it isn't there.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let text = self.ops("/metrics").text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |number| number.parse().expect("a number"))
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks on the operations listener.
    pub(crate) fn ops(&self, path: &str) -> Answer {
        ask(&self.ops, "GET", path, &[])
    }

    /// A connection of one's own.
    pub(crate) fn connect(&self) -> TcpStream {
        connect(&self.readers)
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args([name, &pid]).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for its end; the exit code, unless a signal ended it.
    pub(crate) fn ends(mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
    stream
}

fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(address, method, path, headers, "")
}

fn send(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = connect(address);
    let lines: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = match body.is_empty() {
        true => String::new(),
        false => format!("Content-Length: {}\r\n", body.len()),
    };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}{length}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("a request");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    Answer::of(&bytes)
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// An answer that ended with its connection.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let head = std::str::from_utf8(&bytes[..end]).expect("ASCII");
        let mut lines = head.split("\r\n");
        let status = lines.next().expect("a status line");
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").expect("a header");
            (name.to_ascii_lowercase(), value.to_owned())
        });
        let (status, headers) = (status.expect("a status"), headers.collect());
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    /// A header, which must be there once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let (Some((_, value)), None) = (found.next(), found.next()) else {
            no_header(name, &self.headers)
        };
        value
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "ends a test")]
fn no_header(name: &str, headers: &[(String, String)]) -> ! {
    panic!("`{name}` is not there once: {headers:#?}")
}
