//! One connection: it waits, reads requests, answers, and waits again.
//!
//! hyper reads and writes HTTP/1; between requests it is put away with its buffers.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};

use super::{
    answer::Answer,
    client::{Client, Peer},
    state::{Entry, Phase, State},
    stream::{Io, Stream},
    worker::{Full, Worker},
};

/// Bytes that the head of a request may have.
const LONGEST_HEAD: usize = 16 << 10;
/// Lines that it may have.
const MOST_HEADERS: usize = 64;

/// A reply that takes a while.
pub(super) type Later = Pin<Box<dyn Future<Output = Answer>>>;

/// What is made of a request.
pub(super) enum Reply {
    Now(Answer),
    Later(Later),
}

/// Who answers.
pub(super) trait Handler: 'static {
    /// For whom a peer asks.
    fn client(&self, peer: Peer, headers: &HeaderMap) -> Client;
    /// The answer at that second since 1970.
    ///
    /// Who wants the body takes it out of the request.
    fn reply(&self, request: &mut Request<Option<Incoming>>, client: Client, now: i64) -> Reply;
    /// Counts a request that couldn't be read.
    fn unreadable(&self, status: StatusCode);
}

/// What asks again within this time is likely to go on.
const QUICK: Duration = Duration::from_millis(20);

/// How requests come on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// One, and then nothing for long.
    Once,
    /// One after the other: what reads them stays.
    OnAndOn,
}

/// How one round of requests ended.
enum Round {
    /// The next request may come.
    Over(Stream, Bytes),
    /// None will.
    Last(Io),
}

/// Answers on a connection until it ends.
pub(super) async fn serve<H: Handler>(
    mut stream: Stream,
    state: Rc<State>,
    worker: Rc<Worker>,
    handler: Rc<H>,
) {
    let mut before = Bytes::new();
    let mut pace = Pace::Once;
    loop {
        if before.is_empty() {
            state.enter(Phase::Idle);
            let since = Instant::now();
            let Some(bytes) = stream.first_bytes().await else { return };
            before = bytes;
            let is_quick = since.elapsed() < QUICK;
            pace = if is_quick { Pace::OnAndOn } else { Pace::Once };
        }
        state.begin();
        // Boxed: what waits stays small.
        match Box::pin(round(stream, before, pace, &state, &worker, &handler)).await {
            Round::Over(again, rest) => (stream, before) = (again, rest),
            Round::Last(io) => {
                state.enter(Phase::Closing);
                return io.linger().await;
            }
        }
    }
}

async fn round<H: Handler>(
    stream: Stream,
    before: Bytes,
    pace: Pace,
    state: &Rc<State>,
    worker: &Rc<Worker>,
    handler: &Rc<H>,
) -> Round {
    let io = Io { stream, before, state: Rc::clone(state) };
    let service = service_fn(|request: Request<Incoming>| {
        let mut request = request.map(Some);
        let (state, worker) = (Rc::clone(state), Rc::clone(worker));
        let started = Instant::now();
        state.asked();
        let client = handler.client(state.peer, request.headers());
        let reply = handler.reply(&mut request, client, worker.second());
        let respond = move |answer| response(answer, request, started, client, state, &worker);
        match reply {
            Reply::Now(answer) => Answering::Now(Some(respond(answer))),
            Reply::Later(answer) => {
                Answering::Later(Box::pin(async move { respond(answer.await) }))
            }
        }
    });
    let mut connection = http1::Builder::new()
        .writev(true)
        .half_close(true)
        .header_read_timeout(None)
        .max_buf_size(LONGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(io, service);
    let ended = poll_fn(|cx| match connection.poll_without_shutdown(cx) {
        Poll::Ready(ended) => Poll::Ready(Some(ended)),
        Poll::Pending if !state.is_between_requests() => Poll::Pending,
        Poll::Pending if pace == Pace::Once || state.is_to_rest() => Poll::Ready(None),
        Poll::Pending => {
            state.waits_awake(cx);
            Poll::Pending
        }
    })
    .await;
    let parts = connection.into_parts();
    match ended {
        None => Round::Over(parts.io.stream, parts.read_buf),
        Some(ended) => {
            if let Err(error) = ended
                && error.is_parse()
            {
                let status = match error.is_parse_too_large() {
                    true => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                    false => StatusCode::BAD_REQUEST,
                };
                handler.unreadable(status);
            }
            Round::Last(parts.io)
        }
    }
}

/// A response that is ready, as most are, or is waited for.
enum Answering {
    Now(Option<Response<Full>>),
    Later(Pin<Box<dyn Future<Output = Response<Full>>>>),
}

impl Future for Answering {
    type Output = Result<Response<Full>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Now(response) => response.take().map_or(Poll::Pending, |it| Poll::Ready(Ok(it))),
            Self::Later(response) => response.as_mut().poll(cx).map(Ok),
        }
    }
}

fn response(
    answer: Answer,
    request: Request<Option<Incoming>>,
    started: Instant,
    client: Client,
    state: Rc<State>,
    worker: &Worker,
) -> Response<Full> {
    let Answer { status, headers, body, sealed, coding, is_last, partner } = answer;
    let (head, asked) = request.into_parts();
    let is_empty = head.method == http::Method::HEAD;
    state.answers(Entry {
        started,
        id: worker.next_id(),
        agent: head.headers.get(header::USER_AGENT).cloned(),
        method: head.method,
        uri: super::door::logged(head.uri),
        partner,
        client,
        status: status.as_u16(),
        coding: coding.name(),
        bytes: if is_empty { 0 } else { body.len() },
        sealed,
    });
    let has_length = !matches!(status, StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT);
    let is_nothing = has_length && body.is_empty();
    let mut response = Response::new(Full { bytes: Some(body), state });
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if is_nothing {
        // hyper leaves it out for HEAD.
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    // A body that nobody wanted was not meant for us; its bytes are not taken for another request.
    let has_rest = asked.is_some_and(|body| !body.is_end_stream());
    if is_last || worker.is_ending() || has_rest {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

impl Body for Full {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = self.bytes.take().filter(|bytes| !bytes.is_empty());
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
