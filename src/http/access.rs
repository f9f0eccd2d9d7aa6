//! The access log: a line of JSON per request.
//!
//! # Promises
//! - What a client sent is escaped and cut short; queries are left out, since they may hold secrets.
//! - A log that nobody takes never holds up an answer: lines are lost then, and counted.

use std::{
    io::Write,
    sync::{
        Arc,
        mpsc::{self, SyncSender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use chrono::{DateTime, Utc};

use super::metrics::Metrics;

/// Bytes after which lines are handed on.
const FULL: usize = 32 << 10;
/// Batches that may wait for the log to be taken.
const WAITING: usize = 64;
/// Letters that a line shows of what a client sent.
const LONGEST: usize = 300;

/// Where lines go.
#[derive(Debug, Clone)]
pub struct AccessLog {
    batches: Option<SyncSender<Vec<u8>>>,
    metrics: Arc<Metrics>,
}

impl AccessLog {
    /// A log that is written by a thread of its own, which ends when all lines are handed on.
    ///
    /// # Errors
    /// If there is no thread to be had.
    pub fn to(
        mut out: impl Write + Send + 'static,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (batches, taken) = mpsc::sync_channel::<Vec<u8>>(WAITING);
        let writer = thread::Builder::new().name("access log".to_owned()).spawn(move || {
            for batch in taken {
                // A reader of the log that went away is no reason to stop.
                let _ = out.write_all(&batch).and_then(|()| out.flush());
            }
        })?;
        Ok((Self { batches: Some(batches), metrics }, writer))
    }

    /// No log.
    pub fn none(metrics: Arc<Metrics>) -> Self {
        Self { batches: None, metrics }
    }

    /// A buffer of one thread's lines.
    pub(super) fn lines(&self) -> Lines {
        Lines { log: self.clone(), buffer: Vec::new(), count: 0, second: (i64::MIN, String::new()) }
    }
}

/// A request that was answered.
pub(super) struct Line<'a> {
    pub(super) at: DateTime<Utc>,
    /// Of the worker, and the request's number there.
    pub(super) id: (u32, u64),
    pub(super) client: &'a dyn std::fmt::Display,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Whose token was sent.
    pub(super) partner: Option<&'a str>,
    pub(super) status: u16,
    pub(super) coding: &'static str,
    /// Of the body.
    pub(super) bytes: usize,
    pub(super) took: Duration,
    pub(super) agent: &'a [u8],
}

/// Lines that are not handed on yet.
#[derive(Debug)]
pub(super) struct Lines {
    log: AccessLog,
    buffer: Vec<u8>,
    count: u64,
    /// The second of the last line, and how it is written.
    second: (i64, String),
}

impl Lines {
    pub(super) fn is_wanted(&self) -> bool {
        self.log.batches.is_some()
    }

    pub(super) fn add(&mut self, line: &Line<'_>) {
        let second = line.at.timestamp();
        if self.second.0 != second {
            self.second = (second, line.at.format("%Y-%m-%dT%H:%M:%S").to_string());
        }
        let out = &mut self.buffer;
        out.extend_from_slice(b"{\"at\":\"");
        out.extend_from_slice(self.second.1.as_bytes());
        let millis = 1000 + u64::from(line.at.timestamp_subsec_millis().min(999));
        let point = out.len();
        number(out, millis);
        out[point] = b'.';
        out.extend_from_slice(b"Z\",\"request\":\"");
        let _ = write!(out, "{:08x}-{:x}\",\"client\":\"{}", line.id.0, line.id.1, line.client);
        out.extend_from_slice(b"\",\"method\":\"");
        escaped(out, line.method.as_bytes());
        out.extend_from_slice(b"\",\"path\":\"");
        escaped(out, line.path.as_bytes());
        if let Some(partner) = line.partner {
            out.extend_from_slice(b"\",\"partner\":\"");
            escaped(out, partner.as_bytes());
        }
        out.extend_from_slice(b"\",\"status\":");
        number(out, u64::from(line.status));
        out.extend_from_slice(b",\"coding\":\"");
        out.extend_from_slice(line.coding.as_bytes());
        out.extend_from_slice(b"\",\"bytes\":");
        number(out, line.bytes as u64);
        out.extend_from_slice(b",\"micros\":");
        number(out, u64::try_from(line.took.as_micros()).unwrap_or(u64::MAX));
        out.extend_from_slice(b",\"agent\":\"");
        escaped(out, line.agent);
        out.extend_from_slice(b"\"}\n");
        self.count += 1;
        if self.buffer.len() >= FULL {
            self.hand_on();
        }
    }

    /// Gives away what there is.
    pub(super) fn hand_on(&mut self) {
        let Some(batches) = &self.log.batches else { return };
        if self.buffer.is_empty() {
            return;
        }
        if batches.try_send(std::mem::take(&mut self.buffer)).is_err() {
            self.log.metrics.lost_lines.inc_by(self.count);
        }
        self.count = 0;
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.hand_on();
    }
}

/// A number in decimal digits.
fn number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
        if number == 0 {
            break out.extend_from_slice(&digits[first..]);
        }
    }
}

/// Printable ASCII as it is; all else, quotes and backslashes as `\u00xx` of each byte.
fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = &text[..text.len().min(LONGEST)];
    let is_odd = |byte: &u8| !matches!(byte, 0x20..=0x7e) || matches!(byte, b'"' | b'\\');
    while let Some(place) = rest.iter().position(is_odd) {
        out.extend_from_slice(&rest[..place]);
        match rest[place] {
            byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
            byte => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
        rest = &rest[place + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_whatever_a_client_sent() {
        let metrics = Metrics::new();
        let mut lines = AccessLog::none(metrics).lines();
        lines.add(&Line {
            at: DateTime::from_timestamp_millis(1_768_407_600_123).expect("an instant"),
            id: (1, 2),
            client: &"192.0.2.1",
            method: "GET",
            path: "/a\"b",
            partner: Some("flipboard"),
            status: 200,
            coding: "gzip",
            bytes: 12,
            took: Duration::from_micros(34),
            agent: "evil\r\n\x1b[31m \\ \u{e9}".as_bytes(),
        });
        let text = String::from_utf8(lines.buffer.clone()).expect("UTF-8");
        assert_eq!(text.lines().count(), 1);
        assert!(text.bytes().all(|byte| byte == b'\n' || (0x20..0x7f).contains(&byte)), "{text}");
        let line: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(line["at"], "2026-01-14T16:20:00.123Z");
        assert_eq!(line["path"], "/a\"b");
        assert_eq!(line["partner"], "flipboard");
        assert_eq!(line["micros"], 34);
        assert_eq!(line["agent"], "evil\r\n\u{1b}[31m \\ \u{c3}\u{a9}");
    }

    #[test]
    fn lines_that_nobody_takes_are_lost_and_counted() {
        struct Stuck;
        impl Write for Stuck {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                thread::park();
                Ok(0)
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let metrics = Metrics::new();
        let (log, _) = AccessLog::to(Stuck, Arc::clone(&metrics)).expect("a thread");
        let mut lines = log.lines();
        for _ in 0..WAITING + 2 {
            lines.buffer.extend_from_slice(b"x");
            lines.count += 1;
            lines.hand_on();
        }
        assert!(metrics.lost_lines.get() >= 1);
    }
}
