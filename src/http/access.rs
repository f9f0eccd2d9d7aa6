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
    thread,
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, Utc};

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
    /// A log that is written by a thread of its own.
    ///
    /// # Errors
    /// If there is no thread to be had.
    pub fn to(
        mut out: impl Write + Send + 'static,
        metrics: Arc<Metrics>,
    ) -> std::io::Result<Self> {
        let (batches, taken) = mpsc::sync_channel::<Vec<u8>>(WAITING);
        thread::Builder::new().name("access log".to_owned()).spawn(move || {
            for batch in taken {
                // A reader of the log that went away is no reason to stop.
                let _ = out.write_all(&batch).and_then(|()| out.flush());
            }
        })?;
        Ok(Self { batches: Some(batches), metrics })
    }

    /// No log.
    pub fn none(metrics: Arc<Metrics>) -> Self {
        Self { batches: None, metrics }
    }

    /// A buffer of one thread's lines.
    pub(super) fn lines(&self) -> Lines {
        Lines { log: self.clone(), buffer: Vec::new(), count: 0 }
    }
}

/// A request that was answered.
pub(super) struct Line<'a> {
    pub(super) at: DateTime<Utc>,
    pub(super) id: &'a dyn std::fmt::Display,
    pub(super) client: &'a dyn std::fmt::Display,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
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
}

impl Lines {
    pub(super) fn is_wanted(&self) -> bool {
        self.log.batches.is_some()
    }

    pub(super) fn add(&mut self, line: &Line<'_>) {
        let out = &mut self.buffer;
        let at = line.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let _ = write!(out, "{{\"at\":\"{at}\",\"request\":\"{}\",\"client\":\"", line.id);
        let _ = write!(out, "{}\",\"method\":\"", line.client);
        escaped(out, line.method.as_bytes());
        out.extend_from_slice(b"\",\"path\":\"");
        escaped(out, line.path.as_bytes());
        let _ = write!(
            out,
            "\",\"status\":{},\"coding\":\"{}\",\"bytes\":{},\"micros\":{},\"agent\":\"",
            line.status,
            line.coding,
            line.bytes,
            line.took.as_micros()
        );
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

/// Printable ASCII as it is; all else, quotes and backslashes as `\u00xx` of each byte.
fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text.iter().take(LONGEST) {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            0x20..=0x7e => out.push(*byte),
            _ => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
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
            id: &"1-2",
            client: &"192.0.2.1",
            method: "GET",
            path: "/a\"b",
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
        let log = AccessLog::to(Stuck, Arc::clone(&metrics)).expect("a thread");
        let mut lines = log.lines();
        for _ in 0..WAITING + 2 {
            lines.buffer.extend_from_slice(b"x");
            lines.count += 1;
            lines.hand_on();
        }
        assert!(metrics.lost_lines.get() >= 1);
    }
}
