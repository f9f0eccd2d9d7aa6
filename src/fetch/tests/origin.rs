//! An origin written by hand: it answers each connection with the bytes that a test gives it.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use url::Url;

use super::super::resolver::Names;

/// What an origin does once it read a request.
pub(super) enum Act {
    /// Sends these bytes and waits for the next request.
    Send(Vec<u8>),
    /// Sends these bytes and ends the connection.
    End(Vec<u8>),
    /// Sends the first bytes, then the second ones again and again.
    Flood(Vec<u8>, Vec<u8>),
    /// Sends the first bytes, then nothing.
    Hang(Vec<u8>),
}

/// An origin on this machine.
pub(super) struct Origin {
    pub(super) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl Origin {
    /// Answers each request, of which it is given the head, by what `act` says.
    pub(super) async fn start(act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (accepted, asked) = (Arc::new(AtomicUsize::new(0)), Arc::default());
        let (counted, heard) = (Arc::clone(&accepted), Arc::clone(&asked));
        let act = Arc::new(act);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (act, heard) = (Arc::clone(&act), Arc::clone(&heard));
                tokio::spawn(async move { serve(stream, &*act, &heard).await });
            }
        });
        Self { address, accepted, asked, serving }
    }

    /// Always the same answer.
    pub(super) async fn saying(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |_| Act::End(answer.clone())).await
    }

    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).expect("a URL")
    }

    /// How many connections were made.
    pub(super) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// The heads of all requests.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("a lock").clone()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    act: &(dyn Fn(&str) -> Act + Send + Sync),
    heard: &Mutex<Vec<String>>,
) -> Option<()> {
    loop {
        let head = request(&mut stream).await?;
        heard.lock().expect("a lock").push(head.clone());
        match act(&head) {
            Act::Send(bytes) => stream.write_all(&bytes).await.ok()?,
            Act::End(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                return stream.shutdown().await.ok();
            }
            Act::Flood(first, again) => {
                stream.write_all(&first).await.ok()?;
                loop {
                    stream.write_all(&again).await.ok()?;
                }
            }
            Act::Hang(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                // Until the other side goes away.
                let _ = stream.read_to_end(&mut Vec::new()).await;
                return None;
            }
        }
    }
}

/// The head of a request, and its body as far as it says how long that is.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut room = [0; 4096];
    loop {
        let count = stream.read(&mut room).await.ok().filter(|count| *count > 0)?;
        read.extend_from_slice(&room[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().expect("a number")) {
            return Some(text);
        }
    }
}

/// A whole answer with a length.
pub(super) fn answer(status: &str, lines: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("HTTP/1.1 {status}\r\n{lines}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// The names of a test: each time one is looked up, the next of these lists is given.
#[derive(Debug)]
pub(super) struct Told {
    lists: Vec<Vec<SocketAddr>>,
    next: AtomicUsize,
}

impl Told {
    pub(super) fn new(lists: &[&[SocketAddr]]) -> Arc<Self> {
        let lists = lists.iter().map(|list| list.to_vec()).collect();
        Arc::new(Self { lists, next: AtomicUsize::new(0) })
    }

    pub(super) fn looked_up(&self) -> usize {
        self.next.load(Ordering::SeqCst)
    }
}

impl Names for Told {
    fn addresses(&self, _: &str) -> io::Result<Vec<SocketAddr>> {
        let place = self.next.fetch_add(1, Ordering::SeqCst);
        let list = self.lists.get(place.min(self.lists.len().wrapping_sub(1)));
        list.cloned().ok_or_else(|| io::Error::other("no such name"))
    }
}
