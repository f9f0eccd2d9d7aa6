//! Asks a running service how it is.

use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    time::Duration,
};

use serde_json::Value;

use crate::config::{Config, Listen};

/// A service on this machine answers at once, or isn't there.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes that it says at most.
const LONGEST: u64 = 1 << 20;

/// What the service of this newsroom says of itself, if it runs: `/status` of its operations
/// listener. What another newsroom's service says there doesn't count.
pub(super) fn service(config: &Config) -> Option<Value> {
    let answer = match &config.server.ops {
        Listen::Tcp(address) => {
            let stream = TcpStream::connect_timeout(address, PATIENCE).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).ok()?;
            ask(stream)
        }
        Listen::Unix(file) => {
            let stream = UnixStream::connect(file).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).ok()?;
            ask(stream)
        }
    }?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status: Value =
        head.starts_with("HTTP/1.1 200").then(|| serde_json::from_str(body).ok())??;
    let store = super::newsroom::address(&config.store).to_string();
    let is_ours = status["feedwright"].is_string()
        && status["store"] == store
        && status["feeds_url"] == config.site.feeds_url.as_str();
    is_ours.then_some(status)
}

fn ask(mut stream: impl Read + Write) -> Option<String> {
    let request = b"GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream.write_all(request).ok()?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// The same for a person.
pub(super) fn text(service: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("never").to_owned();
    let mut lines = vec![format!("service         runs since {}", text(&service["since"]))];
    let last = &service["last_pass"];
    if last.is_object() {
        let seconds = last["seconds"].as_f64().unwrap_or_default();
        lines.push(match last["failed"].as_str() {
            None => format!("last pass       {}, in {seconds:.2} s", text(&last["ended"])),
            Some(why) => format!(
                "last pass       failed at {}: {why}\n                the last good one ended at {}; its feeds are served",
                text(&last["ended"]),
                text(&service["last_good_pass"])
            ),
        });
    }
    lines.push(format!("next pass       {}", text(&service["next_pass"])));
    if let Some(why) = service["configuration_refused"].as_str() {
        lines.push(format!("configuration   refused when it was last read: {why}"));
    }
    let mebibytes = service["document_bytes"].as_f64().unwrap_or_default() / f64::from(1 << 20);
    lines.push(format!(
        "documents       {} in {mebibytes:.1} MiB; connections: {}",
        service["documents"], service["connections"]
    ));
    lines.join("\n")
}
