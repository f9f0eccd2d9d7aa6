//! What the owner of a site lets programs read: `robots.txt` (RFC 9309).
//!
//! # Promises
//! - What can't be had for now (5xx, no connection) forbids everything for now (§2.3.1.4); what
//!   isn't there (4xx) allows everything (§2.3.1.3). `429` asks for patience: for now, nothing.
//! - A file is asked for at most once a day for each origin; one that couldn't be had, once in ten
//!   minutes.
//! - No file costs much, whatever it holds: half a mebibyte of it is read (§2.5), and patterns that
//!   are dear to match are counted.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use texting_robots::Robot;
use tokio::time::Instant;
use url::{Position, Url};

use super::{Answer, Client, FailureKind, Limits, Manner, Request};

/// Our name in such files.
const AGENT: &str = "feedwright";
/// Bytes that are read (§2.5).
const READ: usize = 512 << 10;
/// Lines with `$` that are heeded, and their length: each becomes a regular expression.
const ANCHORED: (usize, usize) = (64, 256);
/// How long a file holds (§2.4).
const DAY: Duration = Duration::from_hours(24);
/// How long the want of one holds.
const FOR_NOW: Duration = Duration::from_mins(10);
/// Origins that are remembered.
const MANY: usize = 64;
/// The longest delay that is heeded: a longer one is a way to say no.
const LONGEST_DELAY: f32 = 60.0;

/// What one file says to us.
#[derive(Debug)]
pub struct Rules(Kind);

#[derive(Debug)]
enum Kind {
    All,
    Nothing,
    Written(Robot),
}

/// The files of the sites that were asked.
#[derive(Debug, Default)]
pub struct Robots(Mutex<HashMap<String, Kept>>);

#[derive(Debug)]
struct Kept {
    rules: Arc<Rules>,
    until: Instant,
}

impl Rules {
    /// Reads a file.
    pub fn read(file: &[u8]) -> Self {
        let end = file.len().min(READ);
        // A line that is cut off might forbid more than was meant.
        let end =
            if end < file.len() { memchr::memrchr(b'\n', &file[..end]).unwrap_or(0) } else { end };
        let mut anchored = 0;
        let mut kept = Vec::with_capacity(end);
        for line in file[..end].split(|byte| matches!(byte, b'\n' | b'\r')) {
            let rule = line.split(|byte| *byte == b'#').next().unwrap_or_default();
            if memchr::memchr(b'$', rule).is_some() {
                anchored += 1;
                if anchored > ANCHORED.0 || rule.len() > ANCHORED.1 {
                    continue;
                }
            }
            kept.extend_from_slice(rule);
            kept.push(b'\n');
        }
        Self(Robot::new(AGENT, &kept).map_or(Kind::Nothing, Kind::Written))
    }

    /// Whether we may read this address.
    pub fn allow(&self, url: &Url) -> bool {
        match &self.0 {
            Kind::All => true,
            Kind::Nothing => false,
            Kind::Written(robot) => robot.allowed(&url[..Position::AfterQuery]),
        }
    }

    /// The time that the owner wants between two requests, up to a minute.
    pub fn delay(&self) -> Option<Duration> {
        let Kind::Written(robot) = &self.0 else { return None };
        let delay = robot.delay.filter(|delay| delay.is_finite())?;
        Some(Duration::from_secs_f32(delay.clamp(0.0, LONGEST_DELAY)))
    }
}

impl Robots {
    /// What the site of this address says, asked for where it isn't known. `now` is the present
    /// instant.
    pub async fn rules(
        &self,
        client: &Client,
        url: &Url,
        manner: &Manner,
        now: Instant,
    ) -> Arc<Rules> {
        let origin = url[..Position::BeforePath].to_owned();
        if let Some(kept) = self.lock().get(&origin).filter(|kept| now < kept.until) {
            return Arc::clone(&kept.rules);
        }
        let (rules, holds) = match url.join("/robots.txt") {
            Ok(address) => ask(client, &address, manner).await,
            Err(_) => (Kind::Nothing, FOR_NOW),
        };
        let rules = Arc::new(Rules(rules));
        let mut all = self.lock();
        if all.len() >= MANY && !all.contains_key(&origin) {
            all.retain(|_, kept| now < kept.until);
            let soonest = all.iter().min_by_key(|(_, kept)| kept.until);
            if let Some(soonest) = soonest.map(|(origin, _)| origin.clone())
                && all.len() >= MANY
            {
                all.remove(&soonest);
            }
        }
        all.insert(origin, Kept { rules: Arc::clone(&rules), until: now + holds });
        rules
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn ask(client: &Client, address: &Url, manner: &Manner) -> (Kind, Duration) {
    let limits = Limits { max_bytes: 4 << 20, ..manner.limits };
    let manner = Manner { limits, ..*manner };
    let request =
        Request { url: address, accept: "text/plain, */*;q=0.1", validators: None, manner };
    match client.get(&request).await {
        Ok(Answer::Full(fetched)) => (Rules::read(&fetched.body).0, DAY),
        Ok(Answer::NotModified(_)) => (Kind::Nothing, FOR_NOW),
        Err(failure) => match failure.kind {
            FailureKind::Status(429) => (Kind::Nothing, FOR_NOW),
            FailureKind::Status(200..500)
            | FailureKind::TooManyHops(_)
            | FailureKind::RedirectLoop
            | FailureKind::BadRedirect(_) => (Kind::All, DAY),
            _ => (Kind::Nothing, FOR_NOW),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(file: &str, path: &str) -> bool {
        let url = Url::parse("https://s.example").and_then(|url| url.join(path)).expect("a URL");
        Rules::read(file.as_bytes()).allow(&url)
    }

    #[test]
    fn our_own_group_counts_before_that_of_all_and_the_longest_rule_wins() {
        let file =
            "User-agent: *\nDisallow: /\n\nUser-agent: Feedwright\nDisallow: /a\nAllow: /a/b";
        assert!(allowed(file, "/x"));
        assert!(!allowed(file, "/a/x?y"));
        assert!(allowed(file, "/a/b"));
        assert!(!allowed("User-agent: *\nDisallow: /", "/x"));
        assert!(allowed("User-agent: other\nDisallow: /", "/x"));
        assert!(allowed("", "/x"));
        assert!(allowed("User-agent: *\nDisallow:", "/x"));
    }

    #[test]
    fn stars_and_ends_are_heeded() {
        let file = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /*/private/";
        assert!(!allowed(file, "/a/b.pdf"));
        assert!(allowed(file, "/a/b.pdf?x"));
        assert!(!allowed(file, "/a/private/x"));
    }

    #[test]
    fn a_delay_is_read_and_never_longer_than_a_minute() {
        let delay = |text: &str| {
            let file = format!("User-agent: *\nCrawl-delay: {text}\nDisallow: /a");
            Rules::read(file.as_bytes()).delay().map(|delay| delay.as_millis())
        };
        assert_eq!(delay("2.5"), Some(2500));
        assert_eq!(delay("86400"), Some(60_000));
        for text in ["nan", "-1", "soon", "inf"] {
            assert!(delay(text).is_none_or(|delay| delay <= 60_000), "{text}");
        }
    }

    #[test]
    fn a_file_of_any_size_and_content_is_read() {
        let dear = "Disallow: /*a*b*c*d*e*f*g$\n".repeat(100_000);
        let rules = Rules::read(format!("User-agent: *\nDisallow: /x\n{dear}").as_bytes());
        assert!(!rules.allow(&Url::parse("https://s.example/x").expect("a URL")));
        let long = format!("User-agent: *\nDisallow: /{}$\nDisallow: /y", "*a".repeat(10_000));
        assert!(!allowed(&long, "/y"));
        for file in [&b"\xff\xfe\x00\x00"[..], b"User-agent", b"Disallow: /a$b$c", &[b'*'; 5000]] {
            Rules::read(file).allow(&Url::parse("https://s.example/x").expect("a URL"));
        }
    }
}
