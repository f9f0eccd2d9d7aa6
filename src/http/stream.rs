//! A connection's bytes, as hyper reads and writes them, and what they tell of its state.

use std::{
    cell::RefCell,
    io::{self, IoSlice},
    os::fd::{AsFd, BorrowedFd},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use hyper::rt::{Read, ReadBufCursor, Write};
use rustix::net::SendFlags;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::{TcpStream, UnixStream},
};

use super::state::State;

/// A connection of either kind.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    /// Waits for bytes, holding no buffer meanwhile; none: the client is gone.
    pub(super) async fn first_bytes(&mut self) -> Option<Bytes> {
        let read = std::future::poll_fn(|cx| {
            SPACE.with_borrow_mut(|space| {
                let mut buffer = ReadBuf::new(&mut space[..]);
                let read = self.poll_read(cx, &mut buffer);
                read.map_ok(|()| Bytes::copy_from_slice(buffer.filled()))
            })
        });
        read.await.ok().filter(|bytes| !bytes.is_empty())
    }

    fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
            Self::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
        }
    }

    /// Tries to write in another way than tokio knows, again once there is room.
    fn poll_write_with(
        &self,
        cx: &mut Context<'_>,
        mut write: impl FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(match self {
                Self::Tcp(stream) => stream.poll_write_ready(cx),
                Self::Unix(stream) => stream.poll_write_ready(cx),
            })?;
            let written = match self {
                Self::Tcp(stream) => stream.try_io(Interest::WRITABLE, || write(stream.as_fd())),
                Self::Unix(stream) => stream.try_io(Interest::WRITABLE, || write(stream.as_fd())),
            };
            match written {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

const SCRATCH: usize = 8 << 10;
/// What is left of a body is handed to the system from so many bytes on.
const LARGE: usize = 16 << 10;

thread_local! {
    /// Where bytes are read to first: a connection that waits holds no buffer.
    static SPACE: RefCell<Box<[u8; SCRATCH]>> = RefCell::new(Box::new([0; SCRATCH]));
}

/// A stream whose connection's state is kept.
#[derive(Debug)]
pub(super) struct Io {
    pub(super) stream: Stream,
    /// What was read before, and is to be read again.
    pub(super) before: Bytes,
    pub(super) state: Rc<State>,
}

impl Io {
    /// Ends the answer's side, then takes what the client still sends: a socket that is closed with
    /// unread bytes takes the answer's last ones with it.
    pub(super) async fn linger(mut self) {
        let ended = std::future::poll_fn(|cx| self.stream.poll_shutdown(cx)).await;
        if ended.is_err() {
            return;
        }
        while self.stream.first_bytes().await.is_some() {}
    }

    fn noted(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(_)) = written {
            self.state.progressed();
        }
        written
    }
}

impl Read for Io {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.before.has_remaining() {
            let bytes = self.before.len().min(buffer.remaining());
            buffer.put_slice(&self.before.split_to(bytes));
            return Poll::Ready(Ok(()));
        }
        let room = buffer.remaining().min(SCRATCH);
        let read = SPACE.with_borrow_mut(|space| {
            let mut bytes = ReadBuf::new(&mut space[..room]);
            let read = self.stream.poll_read(cx, &mut bytes);
            if let Poll::Ready(Ok(())) = read {
                buffer.put_slice(bytes.filled());
                if !bytes.filled().is_empty() {
                    self.state.hears();
                }
            }
            read
        });
        self.state.waits.set(read.is_pending());
        read
    }
}

impl Write for Io {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream.poll_write(cx, bytes);
        self.noted(written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut full = parts.iter().filter(|part| !part.is_empty());
        let (first, second) = (full.next(), full.next());
        let is_large = |part: &&IoSlice<'_>| part.len() >= LARGE;
        let written = if let Some(part) = first.filter(is_large)
            && let Some((sealed, place)) = self.state.sealed(part)
        {
            let count = part.len();
            self.stream.poll_write_with(cx, |socket| sealed.send(socket, place, count))
        } else if let (Some(head), Some(body)) = (first, second.filter(is_large))
            && self.state.sealed(body).is_some()
        {
            // The body follows in the same packets.
            self.stream.poll_write_with(cx, |socket| {
                Ok(rustix::net::send(socket, head, SendFlags::MORE | SendFlags::NOSIGNAL)?)
            })
        } else {
            self.stream.poll_write_vectored(cx, parts)
        };
        self.noted(written)
    }

    /// Called when all that was to be written has been.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.state.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_shutdown(cx)
    }
}
