//! HTTP for readers, from memory, and for those who watch.

mod access;
mod allowance;
mod answer;
mod client;
mod coding;
mod conditional;
mod connection;
mod documents;
mod door;
mod kind;
mod metrics;
mod operations;
mod partners;
mod range;
mod readers;
mod sealed;
mod state;
mod stream;
mod target;
mod worker;

pub use access::AccessLog;
pub use client::Trust;
pub use documents::{Documents, Serving, Trouble};
pub use door::{Behind, Door, Knock, Said, is_token};
pub use metrics::{HubCounts, Metrics, Standing};
pub use operations::{Health, Operations};
pub use partners::{Key, Opened};
pub use readers::Readers;
pub use state::Deadlines;
pub use worker::{Common, Socket};

use std::{
    io,
    sync::{Arc, atomic::AtomicUsize},
    thread::{self, JoinHandle},
};

use tokio::sync::watch;

use worker::Post;

/// A thread that answers, until it is told to end and everything is answered.
pub type Answering = JoinHandle<io::Result<()>>;

/// Answers readers on `workers` threads until `ends` turns true.
///
/// # Errors
/// If there are no more threads or file descriptors.
pub fn answer_readers(
    socket: &Socket,
    common: &Arc<Common>,
    readers: &Arc<Readers>,
    workers: usize,
    ends: &watch::Receiver<bool>,
) -> io::Result<Vec<Answering>> {
    let workers = workers.max(1);
    let listening = Arc::new(AtomicUsize::new(workers));
    (0..workers)
        .map(|number| {
            let socket = socket.again()?;
            let (common, readers, ends) = (Arc::clone(common), Arc::clone(readers), ends.clone());
            let name = instance().wrapping_add(u32::try_from(number).unwrap_or_default());
            let post = Post { name, listening: Arc::clone(&listening) };
            thread::Builder::new()
                .name(format!("http {number}"))
                .spawn(move || worker::run(socket, &common, readers, post, ends))
        })
        .collect()
}

/// Answers those who run the service, on a thread of its own, until `ends` turns true.
///
/// # Errors
/// If there is no thread to be had.
pub fn answer_operators(
    socket: Socket,
    common: &Arc<Common>,
    operations: &Arc<Operations>,
    ends: &watch::Receiver<bool>,
) -> io::Result<Answering> {
    let (common, operations, ends) = (Arc::clone(common), Arc::clone(operations), ends.clone());
    let post = Post { name: instance(), listening: Arc::new(AtomicUsize::new(1)) };
    thread::Builder::new()
        .name("operations".to_owned())
        .spawn(move || worker::run(socket, &common, operations, post, ends))
}

/// Tells the requests of this process from those of another.
fn instance() -> u32 {
    let started = blake3::hash(format!("{:?}", std::time::Instant::now()).as_bytes());
    let [a, b, c, ..] = *started.as_bytes();
    u32::from_be_bytes([a, b, c, 0])
}
