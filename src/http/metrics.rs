//! Numbers for Prometheus: what was asked and answered, how passes went, what is stored.
//!
//! # Limits
//! - Labels are feeds of the newsroom and fixed words, never what a client sent.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};

use super::coding::{CODINGS, Coding};
use crate::{store::StoryCounts, story::FeedPath};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    /// Path of the feed, `/` for the site-wide one; nothing where none was found.
    feed: String,
    /// `rss`, `atom`, `json`, `html`, `archive`, `opml`, `css`; nothing where none was found.
    kind: &'static str,
    status: u32,
    coding: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFeed {
    feed: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPartner {
    /// The name under which a person keeps it.
    partner: String,
    status: u32,
}

/// Upper bounds in seconds: an answer from memory takes microseconds, a slow reader minutes.
const REQUEST_SECONDS: [f64; 13] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 10.0, 60.0,
];
const PASS_SECONDS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0, 600.0];

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    bytes: Family<OfFeed, Counter>,
    pub(super) request_seconds: Histogram,
    /// Connections that are open.
    pub(super) connections: Gauge,
    pub(super) cut: Family<Reason, Counter>,
    pub(super) lost_lines: Counter,
    passes: Family<Outcome, Counter>,
    pass_seconds: Histogram,
    last_pass: Gauge,
    last_good_pass: Gauge,
    reload_ok: Gauge,
    stories: Family<InState, Gauge>,
    feeds: Gauge,
    documents: Gauge,
    document_bytes: Gauge,
    newest: Gauge,
    newest_age: Gauge,
    next_due: Gauge,
    held: Gauge,
    faults: Gauge,
    hub: Hub,
    partner_requests: Family<OfPartner, Counter>,
}

#[derive(Debug)]
struct Hub {
    subscriptions: Gauge,
    behind: Gauge,
    deliveries: Family<Outcome, Counter>,
    requests: Family<Outcome, Counter>,
    pinged: Counter,
    told: Counter,
}

/// What the hub did so far.
#[derive(Debug)]
pub struct HubCounts {
    /// Subscriptions there are.
    pub subscriptions: u64,
    /// Those to whom a change is owed.
    pub behind: u64,
    /// Deliveries by outcome.
    pub deliveries: [(&'static str, u64); 3],
    /// Requests for subscriptions by outcome.
    pub requests: [(&'static str, u64); 3],
    /// Times an outside hub was told.
    pub pinged: u64,
    /// What hubs told us of sources.
    pub told: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Reason {
    pub(super) reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

/// What a pass left behind, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Stories by state.
    pub stories: StoryCounts,
    /// Feeds that are published.
    pub feeds: u64,
    /// The newest date of any feed.
    pub newest: Option<DateTime<Utc>>,
    /// When something falls due next.
    pub next_due: Option<DateTime<Utc>>,
    /// Stories that the guard holds.
    pub held: u64,
    /// Faults in stories.
    pub faults: u64,
}

/// The counters of one document, by coding.
#[derive(Debug, Default)]
pub(super) struct DocumentCounts {
    whole: [Counter; CODINGS.len()],
    not_modified: [Counter; CODINGS.len()],
    bytes: Counter,
}

impl DocumentCounts {
    pub(super) fn whole(&self, coding: Coding, bytes: usize) {
        self.whole[coding as usize].inc();
        self.bytes.inc_by(bytes as u64);
    }

    pub(super) fn not_modified(&self, coding: Coding) {
        self.not_modified[coding as usize].inc();
    }
}

fn shown(feed: &FeedPath) -> String {
    if feed.is_root() { "/".to_owned() } else { feed.to_string() }
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Arc<Self> {
        let mut registry = Registry::with_prefix("feedwright");
        macro_rules! register {
            ($name:literal, $help:literal, $metric:expr) => {{
                let metric = $metric;
                registry.register($name, $help, metric.clone());
                metric
            }};
        }
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program", Info::new(version));
        let requests = register!("requests", "Answers to readers", Family::default());
        let bytes = register!("response_bytes", "Bytes of bodies sent", Family::default());
        let request_seconds = register!(
            "request_seconds",
            "From a request's head to the last byte of its answer",
            Histogram::new(REQUEST_SECONDS)
        );
        let connections = register!("connections", "Open connections", Gauge::default());
        let cut = register!("connections_cut", "Connections that were ended", Family::default());
        let lost_lines =
            register!("access_lines_lost", "Lines that nobody took in time", Counter::default());
        let passes = register!("passes", "Passes by outcome", Family::default());
        let pass_seconds =
            register!("pass_seconds", "How long passes took", Histogram::new(PASS_SECONDS));
        let last_pass =
            register!("last_pass_timestamp_seconds", "End of the last pass", Gauge::default());
        let last_good_pass = register!(
            "last_good_pass_timestamp_seconds",
            "End of the last pass that didn't fail",
            Gauge::default()
        );
        let reload_ok = register!(
            "last_reload_successful",
            "Whether the configuration was taken when it was last read (1 or 0)",
            Gauge::default()
        );
        reload_ok.set(1);
        let stories = register!("stories", "Stories by state", Family::default());
        let feeds = register!("feeds", "Feeds that are published", Gauge::default());
        let documents = register!("documents", "Documents that are served", Gauge::default());
        let document_bytes =
            register!("document_bytes", "Memory of documents, all codings", Gauge::default());
        let newest = register!(
            "newest_story_timestamp_seconds",
            "The newest date of any feed",
            Gauge::default()
        );
        let newest_age =
            register!("newest_story_age_seconds", "Seconds since then", Gauge::default());
        let next_due = register!(
            "next_due_timestamp_seconds",
            "When something falls due; 0: nothing does",
            Gauge::default()
        );
        let held = register!("held_stories", "Stories that the guard holds", Gauge::default());
        let faults = register!("story_faults", "Faults in stories, last pass", Gauge::default());
        let hub = Hub {
            subscriptions: register!("subscriptions", "At our hub", Gauge::default()),
            behind: register!(
                "subscriptions_behind",
                "Those to whom a change is owed",
                Gauge::default()
            ),
            deliveries: register!("deliveries", "To subscribers, by outcome", Family::default()),
            requests: register!(
                "subscription_requests",
                "At our hub, by outcome",
                Family::default()
            ),
            pinged: register!("hub_pings", "Outside hubs told of a change", Counter::default()),
            told: register!("hub_tellings", "What hubs told of sources", Counter::default()),
        };
        let partner_requests =
            register!("partner_requests", "Answers to partners", Family::default());
        Arc::new(Self {
            registry,
            requests,
            bytes,
            request_seconds,
            connections,
            cut,
            lost_lines,
            passes,
            pass_seconds,
            last_pass,
            last_good_pass,
            reload_ok,
            stories,
            feeds,
            documents,
            document_bytes,
            newest,
            newest_age,
            next_due,
            held,
            faults,
            hub,
            partner_requests,
        })
    }

    /// The counters of a document.
    pub(super) fn document(&self, feed: &FeedPath, kind: &'static str) -> DocumentCounts {
        let counter =
            |status, coding: Coding| self.counter(&shown(feed), kind, status, coding.name());
        DocumentCounts {
            whole: CODINGS.map(|coding| counter(200, coding)),
            not_modified: CODINGS.map(|coding| counter(304, coding)),
            bytes: self.bytes.get_or_create_owned(&OfFeed { feed: shown(feed) }),
        }
    }

    fn counter(
        &self,
        feed: &str,
        kind: &'static str,
        status: u32,
        coding: &'static str,
    ) -> Counter {
        let feed = feed.to_owned();
        self.requests.get_or_create_owned(&Request { feed, kind, status, coding })
    }

    /// Counts an answer that isn't one of a document in memory.
    pub(super) fn count(
        &self,
        feed: Option<&FeedPath>,
        kind: &'static str,
        status: u16,
        bytes: usize,
    ) {
        let feed = feed.map(shown).unwrap_or_default();
        self.counter(&feed, kind, u32::from(status), "identity").inc();
        if bytes > 0 {
            self.bytes.get_or_create(&OfFeed { feed }).inc_by(bytes as u64);
        }
    }

    /// Counts an answer to a partner, beside that of the feed.
    pub(super) fn to_partner(&self, partner: &str, status: u16) {
        let (partner, status) = (partner.to_owned(), u32::from(status));
        self.partner_requests.get_or_create_owned(&OfPartner { partner, status }).inc();
    }

    /// Counts a pass that ended at `now`.
    pub fn passed(&self, took: Duration, is_good: bool, now: DateTime<Utc>) {
        let outcome = if is_good { "done" } else { "failed" };
        self.passes.get_or_create(&Outcome { outcome }).inc();
        self.pass_seconds.observe(took.as_secs_f64());
        self.last_pass.set(now.timestamp());
        if is_good {
            self.last_good_pass.set(now.timestamp());
        }
    }

    /// Whether the configuration was taken when it was last read.
    pub fn reloaded(&self, is_good: bool) {
        self.reload_ok.set(i64::from(is_good));
    }

    /// What stands after a pass.
    pub fn stands(&self, standing: &Standing, documents: usize, bytes: u64) {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for (state, count) in standing.stories.named() {
            self.stories.get_or_create(&InState { state }).set(number(count));
        }
        self.feeds.set(number(standing.feeds));
        self.documents.set(i64::try_from(documents).unwrap_or(i64::MAX));
        self.document_bytes.set(number(bytes));
        self.newest.set(standing.newest.map_or(0, |at| at.timestamp()));
        self.next_due.set(standing.next_due.map_or(0, |at| at.timestamp()));
        self.held.set(number(standing.held));
        self.faults.set(number(standing.faults));
    }

    /// What the hub did so far; counts never fall.
    pub fn hub(&self, counts: &HubCounts) {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let raise = |counter: &Counter, to: u64| counter.inc_by(to.saturating_sub(counter.get()));
        self.hub.subscriptions.set(number(counts.subscriptions));
        self.hub.behind.set(number(counts.behind));
        for (outcome, to) in counts.deliveries {
            raise(&self.hub.deliveries.get_or_create(&Outcome { outcome }), to);
        }
        for (outcome, to) in counts.requests {
            raise(&self.hub.requests.get_or_create(&Outcome { outcome }), to);
        }
        raise(&self.hub.pinged, counts.pinged);
        raise(&self.hub.told, counts.told);
    }

    /// All of it, in the text form of `OpenMetrics`.
    ///
    /// # Panics
    /// Never: it is written into memory.
    pub fn text(&self, now: DateTime<Utc>) -> String {
        let newest = self.newest.get();
        self.newest_age.set(if newest == 0 { 0 } else { now.timestamp() - newest });
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("writing into memory cannot fail");
        text
    }
}
