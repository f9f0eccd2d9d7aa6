//! A thread that answers: its connections, their deadlines, and how it ends.
//!
//! Each worker has a runtime and a copy of the listener of its own, so that nothing of a connection
//! is shared between threads.
//!
//! # Promises
//! - A connection that waits for a request holds a socket and a few hundred bytes, no buffer.
//! - Whatever a client does or doesn't, its connection ends by a deadline.
//! - When the service ends, answers under way go out whole; requests under way are answered.

use std::{
    cell::{Cell, RefCell},
    io,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::{
    net::{TcpListener, TcpStream, UnixListener},
    sync::watch,
    task::{AbortHandle, LocalSet},
    time,
};

use super::{
    access::{AccessLog, Lines},
    client::Peer,
    connection::{self, Handler},
    metrics::{Metrics, Reason},
    state::{Deadlines, State},
    stream::Stream,
};

/// How often deadlines are looked at.
const SWEEP: Duration = Duration::from_millis(250);
/// How long to wait before the next connection where none can be had.
const BREATH: Duration = Duration::from_millis(100);
/// How long connections in the queue are taken at the end, and the pause after which there are none.
const LAST_CALL: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_millis(5);
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\n\
    Content-Length: 0\r\n\r\n";

/// Where connections come from; bound, and not blocking.
#[derive(Debug)]
pub enum Socket {
    /// A port.
    Tcp(std::net::TcpListener),
    /// A file.
    Unix(std::os::unix::net::UnixListener),
}

impl Socket {
    /// The same socket for another thread.
    ///
    /// # Errors
    /// If there are no more file descriptors.
    pub fn again(&self) -> io::Result<Self> {
        Ok(match self {
            Self::Tcp(listener) => Self::Tcp(listener.try_clone()?),
            Self::Unix(listener) => Self::Unix(listener.try_clone()?),
        })
    }
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Listener {
    fn of(socket: Socket) -> io::Result<Self> {
        Ok(match socket {
            Socket::Tcp(listener) => Self::Tcp(TcpListener::from_std(listener)?),
            Socket::Unix(listener) => Self::Unix(UnixListener::from_std(listener)?),
        })
    }

    fn let_no_more_in(&self) {
        let _ = match self {
            Self::Tcp(listener) => rustix::net::listen(listener, 0),
            Self::Unix(listener) => rustix::net::listen(listener, 0),
        };
    }

    async fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                settle(&stream);
                Ok((Stream::Tcp(stream), Peer::Address(peer.ip().to_canonical())))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Peer::Unix))
            }
        }
    }
}

/// Bytes that the system takes ahead of a slow reader. It would take megabytes of its own accord,
/// which cost its memory and hide that nobody reads.
const SEND_BUFFER: usize = 256 << 10;
/// After so many milliseconds in which a reader takes nothing of what the system holds for it, the
/// system ends the connection (RFC 5482).
const UNTAKEN_MILLISECONDS: u32 = 30_000;

/// Sets a connection up; where the system can't, it serves as it is.
fn settle(stream: &TcpStream) {
    use rustix::net::sockopt;
    // Answers are written whole: nothing is gained by waiting for more.
    let _ = stream.set_nodelay(true);
    let _ = sockopt::set_socket_send_buffer_size(stream, SEND_BUFFER);
    #[cfg(target_os = "linux")]
    let _ = sockopt::set_tcp_user_timeout(stream, UNTAKEN_MILLISECONDS);
}

/// What all workers of a listener have in common.
pub struct Common {
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Where lines go.
    pub log: AccessLog,
    /// How long things may take.
    pub deadlines: Deadlines,
    /// Connections that may be open.
    pub most_connections: usize,
    /// The present instant.
    pub clock: fn() -> DateTime<Utc>,
}

/// A connection, and the way to end it.
type Taken = (Rc<State>, AbortHandle);

/// One of the threads that answer.
pub(super) struct Worker {
    common: Arc<Common>,
    pub(super) deadlines: Deadlines,
    pub(super) lines: RefCell<Lines>,
    /// Part of the ids of its requests.
    pub(super) name: u32,
    next_id: Cell<u64>,
    seconds: Cell<i64>,
    is_ending: Cell<bool>,
    connections: RefCell<Vec<Option<Taken>>>,
    free: RefCell<Vec<usize>>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Worker {
    pub(super) fn metrics(&self) -> &Metrics {
        &self.common.metrics
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.common.clock)()
    }

    /// The present second since 1970, give or take a sweep.
    pub(super) fn second(&self) -> i64 {
        self.seconds.get()
    }

    pub(super) fn is_ending(&self) -> bool {
        self.is_ending.get()
    }

    pub(super) fn next_id(&self) -> u64 {
        self.next_id.set(self.next_id.get() + 1);
        self.next_id.get()
    }

    /// Takes a connection in.
    fn take<H: Handler>(self: &Rc<Self>, stream: Stream, peer: Peer, handler: &Rc<H>) {
        let open = &self.common.metrics.connections;
        let most = i64::try_from(self.common.most_connections).unwrap_or(i64::MAX);
        if open.get() >= most {
            self.common.metrics.cut.get_or_create(&Reason { reason: "too many" }).inc();
            refuse(&stream);
            return;
        }
        open.inc();
        let place = self.free.borrow_mut().pop();
        let place = place.unwrap_or_else(|| {
            self.connections.borrow_mut().push(None);
            self.connections.borrow().len() - 1
        });
        let state = Rc::new(State::new(Rc::clone(self), peer));
        let leave = Leave { worker: Rc::clone(self), place };
        let serves =
            connection::serve(stream, Rc::clone(&state), Rc::clone(self), Rc::clone(handler));
        let task = tokio::task::spawn_local(async move {
            let _leave = leave;
            serves.await;
        });
        self.connections.borrow_mut()[place] = Some((state, task.abort_handle()));
    }

    /// Ends what is overdue.
    fn sweep(&self) {
        let now = Instant::now();
        self.seconds.set(self.now().timestamp());
        for (state, task) in self.connections.borrow().iter().flatten() {
            if state.is_overdue(now) {
                let reason = state.phase().reason();
                self.common.metrics.cut.get_or_create(&Reason { reason }).inc();
                task.abort();
            } else {
                state.rest();
            }
        }
        self.lines.borrow_mut().hand_on();
    }

    /// From now on answers are the last ones.
    fn end(&self) {
        self.is_ending.set(true);
        let now = Instant::now();
        for (state, _) in self.connections.borrow().iter().flatten() {
            let time = match state.phase() {
                super::state::Phase::Idle => self.deadlines.grace,
                _ => self.deadlines.drain,
            };
            state.hasten(now + time);
        }
    }

    fn is_empty(&self) -> bool {
        self.connections.borrow().iter().flatten().next().is_none()
    }
}

fn refuse(stream: &Stream) {
    let _ = match stream {
        Stream::Tcp(stream) => stream.try_write(FULL),
        Stream::Unix(stream) => stream.try_write(FULL),
    };
}

/// Gives a connection's place free, however it ends.
struct Leave {
    worker: Rc<Worker>,
    place: usize,
}

impl Drop for Leave {
    fn drop(&mut self) {
        let taken = self.worker.connections.borrow_mut()[self.place].take();
        self.worker.free.borrow_mut().push(self.place);
        self.worker.common.metrics.connections.dec();
        drop(taken);
    }
}

/// One of several workers.
pub(super) struct Post {
    /// Part of the ids of its requests.
    pub(super) name: u32,
    /// How many still take connections.
    pub(super) listening: Arc<AtomicUsize>,
}

/// Answers on this thread until `ends` turns true, and then until all is answered.
///
/// # Errors
/// If the system gives no runtime or the socket can't be used.
pub(super) fn run<H: Handler>(
    socket: Socket,
    common: &Arc<Common>,
    handler: H,
    post: Post,
    mut ends: watch::Receiver<bool>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async move {
        let listener = Listener::of(socket)?;
        let handler = Rc::new(handler);
        let worker = Rc::new(Worker {
            common: Arc::clone(common),
            deadlines: common.deadlines,
            lines: RefCell::new(common.log.lines()),
            name: post.name,
            next_id: Cell::new(0),
            seconds: Cell::new((common.clock)().timestamp()),
            is_ending: Cell::new(false),
            connections: RefCell::default(),
            free: RefCell::default(),
        });
        let mut sweep = time::interval(SWEEP);
        sweep.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = ends.wait_for(|ends| *ends) => break,
                _ = sweep.tick() => worker.sweep(),
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => worker.take(stream, peer, &handler),
                    Err(error) => {
                        tracing::warn!(%error, "a connection can't be taken");
                        time::sleep(BREATH).await;
                    }
                },
            }
        }
        // Who is in the queue was let in: closing it would cut them off. Those that come now get no
        // place in it and ask again, until they are refused.
        listener.let_no_more_in();
        let until = Instant::now() + LAST_CALL;
        while Instant::now() < until
            && let Ok(Ok((stream, peer))) = time::timeout(PAUSE, listener.accept()).await
        {
            worker.take(stream, peer, &handler);
        }
        drop(listener);
        // Who is sent away by one worker must not find a door open at another that closes next.
        post.listening.fetch_sub(1, Ordering::AcqRel);
        while Instant::now() < until && post.listening.load(Ordering::Acquire) > 0 {
            time::sleep(PAUSE / 5).await;
        }
        worker.end();
        while !worker.is_empty() {
            time::sleep(SWEEP / 10).await;
            worker.sweep();
        }
        Ok(())
    })
}

/// Bytes of an answer, as hyper takes them.
pub(super) struct Full {
    pub(super) bytes: Option<Bytes>,
    pub(super) state: Rc<State>,
}

impl Drop for Full {
    fn drop(&mut self) {
        self.state.ended();
    }
}
