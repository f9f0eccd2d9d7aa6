//! Where a connection stands, and until when it may stand there.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    sync::Arc,
    task::{Context, Waker},
    time::{Duration, Instant},
};

use http::{HeaderValue, Method, Uri};

use super::{
    access::Line,
    client::{Client, Peer},
    sealed::Sealed,
    worker::Worker,
};

/// How long a connection may take for what it does.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// Between requests, and before the first.
    pub idle: Duration,
    /// For the head of a request, from its first byte.
    pub head: Duration,
    /// To take any byte of an answer.
    pub stall: Duration,
    /// To take a whole answer; a second more for every KiB of it.
    pub answer: Duration,
    /// To end, once we have nothing more to say.
    pub linger: Duration,
    /// For answers under way when the service ends.
    pub drain: Duration,
    /// For requests that are under way to us when it ends.
    pub grace: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(75),
            head: Duration::from_secs(10),
            stall: Duration::from_secs(15),
            answer: Duration::from_secs(30),
            linger: Duration::from_secs(2),
            drain: Duration::from_secs(20),
            grace: Duration::from_secs(1),
        }
    }
}

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It waits for a request.
    Idle,
    /// The head of a request comes in.
    Head,
    /// An answer goes out.
    Answering,
    /// The last answer is out.
    Closing,
}

impl Phase {
    /// Why a connection is cut that stays here too long.
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Head => "slow request",
            Self::Answering => "slow reader",
            Self::Closing => "slow end",
        }
    }
}

/// A request whose answer is on its way.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) started: Instant,
    pub(super) id: u64,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) partner: Option<Arc<str>>,
    pub(super) agent: Option<HeaderValue>,
    pub(super) client: Client,
    pub(super) status: u16,
    pub(super) coding: &'static str,
    pub(super) bytes: usize,
    pub(super) sealed: Option<Sealed>,
}

/// The state of one connection.
#[derive(Debug)]
pub(super) struct State {
    worker: Rc<Worker>,
    pub(super) peer: Peer,
    phase: Cell<Phase>,
    deadline: Cell<Instant>,
    /// By when the answer must be out altogether.
    answer_by: Cell<Instant>,
    asked: Cell<u32>,
    ended: Cell<u32>,
    out: Cell<u32>,
    /// Whether the last look for bytes found none.
    pub(super) waits: Cell<bool>,
    /// Whether bytes came that no request was read from yet.
    is_heard: Cell<bool>,
    /// Wakes the connection's task.
    waker: RefCell<Option<Waker>>,
    /// Whether it is to be put away: for a while nothing came.
    is_to_rest: Cell<bool>,
    entries: RefCell<VecDeque<Entry>>,
}

impl State {
    pub(super) fn new(worker: Rc<Worker>, peer: Peer) -> Self {
        let now = Instant::now();
        let deadline = now + worker.deadlines.idle;
        Self {
            worker,
            peer,
            phase: Cell::new(Phase::Idle),
            deadline: Cell::new(deadline),
            answer_by: Cell::new(now),
            asked: Cell::new(0),
            ended: Cell::new(0),
            out: Cell::new(0),
            waits: Cell::new(false),
            is_heard: Cell::new(false),
            waker: RefCell::default(),
            is_to_rest: Cell::new(false),
            entries: RefCell::default(),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase.get()
    }

    pub(super) fn is_overdue(&self, now: Instant) -> bool {
        self.deadline.get() <= now
    }

    /// It may stay where it is for so long at most.
    pub(super) fn hasten(&self, until: Instant) {
        self.deadline.set(self.deadline.get().min(until));
        self.answer_by.set(self.answer_by.get().min(until));
    }

    /// It does something else now.
    pub(super) fn enter(&self, phase: Phase) {
        let deadlines = &self.worker.deadlines;
        let now = Instant::now();
        let time = match phase {
            Phase::Idle if self.worker.is_ending() => deadlines.grace,
            Phase::Idle => deadlines.idle,
            Phase::Head => deadlines.head,
            Phase::Answering => deadlines.stall,
            Phase::Closing => deadlines.linger,
        };
        self.phase.set(phase);
        self.deadline.set(now + time);
        self.is_to_rest.set(false);
    }

    /// A request comes, the first of a round.
    pub(super) fn begin(&self) {
        self.asked.set(0);
        self.ended.set(0);
        self.out.set(0);
        self.waits.set(false);
        self.is_heard.set(false);
        *self.waker.borrow_mut() = None;
        self.enter(Phase::Head);
    }

    /// A request may come at once, as the last one did: the connection waits with its buffers.
    pub(super) fn waits_awake(&self, cx: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
        if self.phase.get() != Phase::Idle {
            self.enter(Phase::Idle);
        }
    }

    /// Has a connection that waits awake put away, if it did so at the last look too.
    pub(super) fn rest(&self) {
        if self.phase.get() != Phase::Idle {
            return;
        }
        if self.is_to_rest.replace(true)
            && let Some(waker) = self.waker.borrow_mut().take()
        {
            waker.wake();
        }
    }

    /// Whether it was found idle, and woken for it.
    pub(super) fn is_to_rest(&self) -> bool {
        self.is_to_rest.get() && self.waker.borrow().is_none()
    }

    /// Bytes came: the time for a head runs from the first of them.
    pub(super) fn hears(&self) {
        self.is_heard.set(true);
        if self.phase.get() == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    /// A request was read; its answer has so many bytes.
    pub(super) fn answers(&self, entry: Entry) {
        let deadlines = &self.worker.deadlines;
        let whole = deadlines.answer + Duration::from_millis(entry.bytes as u64);
        let now = entry.started;
        self.phase.set(Phase::Answering);
        self.answer_by.set(now + whole);
        self.deadline.set(now + deadlines.stall.min(whole));
        self.entries.borrow_mut().push_back(entry);
    }

    /// Another request is being answered.
    pub(super) fn asked(&self) {
        self.is_heard.set(false);
        self.asked.set(self.asked.get() + 1);
    }

    /// All bytes of an answer are with hyper.
    pub(super) fn ended(&self) {
        self.ended.set(self.ended.get() + 1);
    }

    /// The client took some bytes.
    pub(super) fn progressed(&self) {
        if self.phase.get() == Phase::Answering {
            let next = Instant::now() + self.worker.deadlines.stall;
            self.deadline.set(next.min(self.answer_by.get()));
        }
    }

    /// All bytes that hyper had are with the system.
    pub(super) fn flushed(&self) {
        let new = self.ended.get() - self.out.get();
        if new == 0 {
            return;
        }
        self.out.set(self.ended.get());
        for _ in 0..new {
            if let Some(entry) = self.entries.borrow_mut().pop_front() {
                self.log(&entry);
            }
        }
    }

    /// Whether every request was answered and no byte of another is there.
    pub(super) fn is_between_requests(&self) -> bool {
        let is_all_out = self.asked.get() > 0 && self.asked.get() == self.out.get();
        self.waits.get() && is_all_out && !self.is_heard.get()
    }

    /// The body that a part belongs to, and its place there, if the system can send it.
    pub(super) fn sealed(&self, part: &[u8]) -> Option<(Sealed, usize)> {
        let entries = self.entries.borrow();
        entries.iter().find_map(|entry| {
            let sealed = entry.sealed.as_ref()?;
            Some((sealed.clone(), sealed.place(part)?))
        })
    }

    fn log(&self, entry: &Entry) {
        let took = entry.started.elapsed();
        let worker = &self.worker;
        worker.metrics().request_seconds.observe(took.as_secs_f64());
        let mut lines = worker.lines.borrow_mut();
        if !lines.is_wanted() {
            return;
        }
        lines.add(&Line {
            at: worker.now(),
            id: (worker.name, entry.id),
            client: &entry.client,
            method: entry.method.as_str(),
            path: entry.uri.path(),
            partner: entry.partner.as_deref(),
            status: entry.status,
            coding: entry.coding,
            bytes: entry.bytes,
            took,
            agent: entry.agent.as_ref().map_or(b"", |agent| agent.as_bytes()),
        });
    }
}

impl Drop for State {
    /// Answers that never got out whole are logged as such.
    fn drop(&mut self) {
        for mut entry in std::mem::take(&mut *self.entries.borrow_mut()) {
            entry.coding = "cut";
            self.log(&entry);
        }
    }
}
