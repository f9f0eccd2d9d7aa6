//! When passes run, and what becomes of them.
//!
//! One thread does all of it: it waits for the next instant at which something is due, for a
//! change, or for other settings; it makes a pass, and swaps the documents in.

use std::{
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::oneshot;

use super::{
    Settings,
    priority::yield_to_others,
    standing::{self, Known, Last},
    watch,
};
use crate::{
    http::{Documents, Metrics, Operations, Readers, Standing},
    pass::{self, Order, Report},
    publish::Held,
    store::{PartnerDocument, Store, StoreError},
    websub::WebSub,
};

/// What the thread is asked for.
pub(super) enum Ask {
    /// Something changed on disk.
    Changed,
    /// Other settings.
    Settings(Box<Settings>),
    /// Settings were refused, and why.
    Refused(String),
    /// Nothing more.
    End,
}

/// Changes come in bursts: a pass begins when so long none came,
const QUIET: Duration = Duration::from_millis(200);
/// or when the first is so old.
const PATIENCE: Duration = Duration::from_secs(3);
/// A clock that is set is noticed within that time.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Faults that are told one by one.
const MANY_FAULTS: usize = 50;

/// Makes passes.
pub(super) struct Passes {
    settings: Settings,
    readers: Arc<Readers>,
    operations: Arc<Operations>,
    metrics: Arc<Metrics>,
    hub: Arc<WebSub>,
    clock: fn() -> DateTime<Utc>,
    asks: mpsc::Sender<Ask>,
    known: Known,
    seen: watch::Seen,
    /// What was said of stories the last time.
    said: Vec<String>,
}

/// What a pass brought about.
struct Done {
    report: Option<Report>,
    documents: Documents,
    troubles: Vec<crate::http::Trouble>,
    standing: Standing,
    /// The revision of the store.
    revision: i64,
}

impl Passes {
    pub(super) fn new(
        settings: Settings,
        readers: &Arc<Readers>,
        operations: &Arc<Operations>,
        metrics: &Arc<Metrics>,
        hub: &Arc<WebSub>,
        clock: fn() -> DateTime<Utc>,
        asks: mpsc::Sender<Ask>,
    ) -> Self {
        let known = Known { since: Some(clock()), ..Known::default() };
        let (readers, operations) = (Arc::clone(readers), Arc::clone(operations));
        let (metrics, hub) = (Arc::clone(metrics), Arc::clone(hub));
        let (seen, said) = (watch::Seen::nothing(), Vec::new());
        Self { settings, readers, operations, metrics, hub, clock, asks, known, seen, said }
    }

    /// Runs until it is told to end. Says once what was published already is loaded (and whether
    /// anything was), and once the first pass is over.
    pub(super) fn run(
        mut self,
        asked: &mpsc::Receiver<Ask>,
        loaded: oneshot::Sender<bool>,
        first: oneshot::Sender<()>,
    ) {
        yield_to_others();
        self.describe();
        match apart(|| self.load(None)) {
            Ok(done) => self.take(done),
            Err(why) => tracing::error!(error = why, "what is published can't be read"),
        }
        let _ = loaded.send(self.known.documents > 0);
        let mut first = Some(first);
        let mut watcher = self.watch();
        loop {
            self.pass();
            if let Some(first) = first.take() {
                let _ = first.send(());
            }
            match self.wait(asked) {
                Next::Pass => {}
                Next::OtherSettings => {
                    drop(watcher);
                    watcher = self.watch();
                }
                Next::End => return,
            }
        }
    }

    fn watch(&self) -> watch::Watch {
        let Settings { newsroom, store, .. } = &self.settings;
        watch::watch(&newsroom.sources, store, &self.seen, &self.asks)
    }

    fn describe(&mut self) {
        self.known.feeds_url = self.settings.serving.site.feeds_url.to_string();
        self.known.store = self.settings.store.to_string();
    }

    fn pass(&mut self) {
        let started = Instant::now();
        let now = (self.clock)();
        let seen = self.seen.begins();
        let outcome = apart(|| self.make(now));
        self.seen.ends(outcome.as_ref().map_or(seen, |done| done.revision));
        let (ended, took) = ((self.clock)(), started.elapsed());
        self.metrics.passed(took, outcome.is_ok(), ended);
        let mut last = Last { ended, took, failed: None, written: 0 };
        match outcome {
            Ok(done) => {
                last.written = done.report.as_ref().map_or(0, |report| report.written.len());
                self.say(&done, took);
                self.known.last_good = Some(ended);
                self.take(done);
            }
            Err(why) => {
                tracing::error!(error = why, "a pass failed; the last good feeds are served");
                last.failed = Some(why);
            }
        }
        self.known.last = Some(last);
        self.known.next = Some(self.next(now));
        self.tell();
    }

    /// Walks the road once.
    fn make(&self, now: DateTime<Utc>) -> Result<Done, String> {
        let settings = &self.settings;
        let report = wait_for(async {
            let waits =
                || tracing::info!("another feedwright is at work here; waiting until it ends");
            let held = Held::take(&settings.store, &waits).await.map_err(|e| e.to_string())?;
            let Held { store, lock: _lock } = held;
            let order = Order::at(now);
            let report = pass::run(&settings.newsroom, store, &order, &|_, _, _| {}).await;
            report.map_err(|error| error.to_string())
        })?;
        self.load(Some(report))
    }

    /// Reads what is published now.
    fn load(&self, report: Option<Report>) -> Result<Done, String> {
        let settings = &self.settings;
        let counts = |report: &Report| {
            report
                .sources
                .iter()
                .map(|s| s.counts.new + s.counts.changed + s.counts.withdrawn)
                .sum()
        };
        let moved: usize = report.as_ref().map_or(1, counts);
        let has_changed =
            moved > 0 || report.as_ref().is_some_and(|report| !report.written.is_empty());
        let before = self.readers.documents();
        let (revision, manifest, partners, standing) = wait_for(async {
            let store = Store::open_existing(&settings.store).await;
            let Some(mut store) = store.map_err(|error| error.to_string())? else {
                return Ok(Default::default());
            };
            let asked = async {
                let (revision, _) = store.revisions().await?;
                let manifest = store.current_files().await?;
                let partners = partner_documents(&mut store, &before).await?;
                let known = &self.known.standing;
                let standing = standing::ask(&mut store, has_changed, known).await?;
                Ok((revision, manifest, partners, standing))
            };
            let asked: Result<_, StoreError> = asked.await;
            store.close().await.map_err(|error| error.to_string())?;
            asked.map_err(|error| error.to_string())
        })?;
        let serving = match **before.serving() == settings.serving {
            true => Arc::clone(before.serving()),
            false => Arc::new(settings.serving.clone()),
        };
        let (documents, troubles) = Documents::load(&serving, &manifest, &before, &self.metrics);
        let documents = documents.with_partners(partners, &before, &self.metrics);
        let faults = report.as_ref().map_or(self.known.standing.faults, |r| r.faults.len() as u64);
        let standing = Standing { faults, ..standing };
        Ok(Done { report, documents, troubles, standing, revision })
    }

    /// Serves it from now on.
    fn take(&mut self, done: Done) {
        for (file, why) in &done.troubles {
            tracing::error!(file, why, "a file isn't served as it was published");
        }
        let (count, bytes) = (done.documents.count(), done.documents.bytes());
        self.known.standing = done.standing;
        self.known.documents = count;
        self.known.document_bytes = bytes;
        self.metrics.stands(&done.standing, count, bytes);
        self.readers.serve(done.documents);
        self.hub.wake();
        self.tell();
    }

    fn tell(&self) {
        self.operations.tell(self.known.health());
    }

    /// Logs a pass that did something, and faults that were not there the last time.
    fn say(&mut self, done: &Done, took: Duration) {
        let Some(report) = &done.report else { return };
        let sum = |of: fn(&crate::store::Counts) -> usize| -> usize {
            report.sources.iter().map(|source| of(&source.counts)).sum()
        };
        let (new, changed, withdrawn) = (sum(|c| c.new), sum(|c| c.changed), sum(|c| c.withdrawn));
        let (written, removed) = (report.written.len(), report.removed.len());
        let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        if new + changed + withdrawn + written + removed > 0 {
            tracing::info!(millis, new, changed, withdrawn, written, removed, "a pass is done");
        } else {
            tracing::debug!(millis, "a pass found nothing new");
        }
        for note in &report.notes {
            tracing::info!(note);
        }
        let mut faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
        if !report.held.is_empty() {
            let held = report.held.len();
            faults.push(format!(
                "{held} published stories would be taken away; the guard holds them\n  fix: see \
                 `feedwright build`, let them go with `feedwright build --accept`"
            ));
        }
        if faults != self.said {
            for fault in faults.iter().take(MANY_FAULTS) {
                tracing::warn!(fault);
            }
            if faults.len() > MANY_FAULTS {
                let more = faults.len() - MANY_FAULTS;
                tracing::warn!(more, "and more faults; `feedwright build` lists all");
            }
            self.said = faults;
        }
    }

    /// When the next pass is due: by schedule, or when a story's hour comes.
    fn next(&self, begun: DateTime<Utc>) -> DateTime<Utc> {
        let every = TimeDelta::from_std(self.settings.every).unwrap_or(TimeDelta::days(1));
        let by_schedule = begun.checked_add_signed(every).unwrap_or(DateTime::<Utc>::MAX_UTC);
        // What was due already, this pass has done or left for a reason.
        let due = self.known.standing.next_due.filter(|due| *due > begun);
        due.map_or(by_schedule, |due| due.min(by_schedule))
    }

    fn wait(&mut self, asked: &mpsc::Receiver<Ask>) -> Next {
        loop {
            let due = self.known.next.unwrap_or_default();
            let Ok(left) = (due - (self.clock)()).to_std() else { return Next::Pass };
            if left.is_zero() {
                return Next::Pass;
            }
            match asked.recv_timeout(left.min(LONGEST_WAIT)) {
                Ok(ask) => {
                    if let Some(next) = self.heed(ask, asked) {
                        return next;
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return Next::End,
            }
        }
    }

    /// Does what is asked; of many changes it makes one.
    fn heed(&mut self, ask: Ask, asked: &mpsc::Receiver<Ask>) -> Option<Next> {
        match ask {
            Ask::End => return Some(Next::End),
            Ask::Refused(why) => {
                self.known.refused = Some(why);
                self.tell();
                return None;
            }
            Ask::Settings(settings) => {
                self.settings = *settings;
                self.known.refused = None;
                self.describe();
                return Some(Next::OtherSettings);
            }
            Ask::Changed => {}
        }
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            match asked.recv_timeout(QUIET) {
                Ok(Ask::Changed) => {}
                Ok(other) => return self.heed(other, asked).or(Some(Next::Pass)),
                Err(_) => break,
            }
        }
        Some(Next::Pass)
    }
}

/// What comes after waiting.
enum Next {
    Pass,
    OtherSettings,
    End,
}

/// The documents of partner feeds, with the bytes of those that aren't served yet.
async fn partner_documents(
    store: &mut Store,
    before: &Documents,
) -> Result<Vec<(PartnerDocument, Option<Vec<u8>>)>, StoreError> {
    let mut documents = Vec::new();
    for document in store.partner_documents().await?.into_values() {
        let bytes = match before.has_bytes(&document) {
            true => None,
            false => store.partner_bytes(&document.file).await?,
        };
        documents.push((document, bytes));
    }
    Ok(documents)
}

/// Runs work that waits for the store, on this thread.
fn wait_for<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| format!("no runtime: {error}"))?.block_on(work)
}

/// Does work on a thread of its own, so that a bug in it ends the work and not the service.
fn apart<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("pass".to_owned()).spawn_scoped(scope, work);
        let thread = thread.map_err(|error| format!("no thread: {error}"))?;
        thread.join().unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("a bug in feedwright: {}", text.unwrap_or("it panicked")))
        })
    })
}
