//! Reads bodies: decoded as they come, measured at every step.
//!
//! # Promises
//! - A body is whole, or there is none.
//! - Small bodies may be read at the same time as many as there are requests. One that grows beyond
//!   512 KiB takes one of three places and holds it until it is dropped: large bodies take 48 MiB
//!   together (with the limit of 16 MiB for each), however many are asked for at once.
//! - A body waits for a place no longer than a whole request may take, and is then given up: those
//!   who keep large bodies stand in nobody's way forever. The time spent waiting is not counted
//!   against its origin.
//!
//! # Limits
//! - A body without coding and without length, ended by the end of the connection (HTTP/1.0), is
//!   whole as far as anybody can tell; over TLS, an end without farewell is an error. One over
//!   HTTP/2 whose stream is cancelled (`CANCEL`, `NO_ERROR`) looks whole too: hyper says no more.

use std::sync::Arc;

use bytes::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::coop::consume_budget,
    time::timeout,
};

use super::{
    Limits,
    allotment::Allotment,
    answer::Body,
    decode::Decoder,
    failure::{FailureKind, Waited},
};

/// From here on a body is large.
const LARGE: usize = 512 << 10;
/// Large bodies at a time.
const PLACES: usize = 3;
/// Below it a body may grow as it likes.
const FREE_GROWTH: u64 = 1 << 20;
/// Bytes that are decoded at a time.
const STEP: usize = 16 << 10;
/// How much of a reply is read.
const REPLY: usize = 4 << 10;

/// The places of large bodies.
#[derive(Debug, Clone)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PLACES)))
    }
}

impl Places {
    /// The whole body of an answer, decoded, and how many bytes came.
    pub(super) async fn read(
        &self,
        answer: &mut reqwest::Response,
        limits: &Limits,
        time: &mut Allotment,
    ) -> Result<(Body, u64), FailureKind> {
        let mut decoder = Decoder::for_head(answer.headers())?;
        let announced = answer.content_length();
        let said = announced.filter(|_| decoder.is_none());
        if said.is_some_and(|said| said > limits.max_bytes) {
            return Err(FailureKind::TooLarge(limits.max_bytes));
        }
        let mut growing = Growing::new(*limits, said);
        let mut room = if decoder.is_some() { vec![0; STEP] } else { Vec::new() };
        loop {
            let next = time.spend(Waited::Body, limits.idle, answer.chunk()).await?;
            let Some(chunk) = next.map_err(|error| FailureKind::of_body(&error))? else { break };
            let Some(decoder) = &mut decoder else {
                growing.came(chunk.len())?;
                growing.take(&chunk, self).await?;
                continue;
            };
            let mut rest: Bytes = chunk;
            loop {
                let step = decoder.step(&rest, &mut room)?;
                let _ = rest.split_to(step.read);
                growing.came(step.read)?;
                growing.take(&room[..step.written], self).await?;
                if rest.is_empty() && step.written < room.len() {
                    break;
                }
                consume_budget().await;
            }
        }
        // Over HTTP/2 a stream may be given up as if it had ended.
        if let Some(announced) = announced
            && announced != growing.wire
        {
            let came = growing.wire;
            return Err(FailureKind::Truncated(format!("{came} of {announced} bytes came")));
        }
        if let Some(decoder) = &decoder {
            decoder.finish()?;
        }
        Ok((Body::new(growing.bytes, growing.place), growing.wire))
    }
}

/// The first bytes of a body of which no more is wanted. That it breaks off doesn't matter.
pub(super) async fn beginning(
    answer: &mut reqwest::Response,
    limits: &Limits,
    time: &mut Allotment,
) -> Bytes {
    let mut begun = Vec::new();
    while begun.len() < REPLY {
        match time.spend(Waited::Body, limits.idle, answer.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                begun.extend_from_slice(&chunk[..chunk.len().min(REPLY - begun.len())]);
            }
            _ => break,
        }
    }
    begun.into()
}

/// A body while it is read.
struct Growing {
    bytes: Vec<u8>,
    wire: u64,
    place: Option<OwnedSemaphorePermit>,
    /// What is set aside for it once it is large.
    reserve: u64,
    limits: Limits,
}

impl Growing {
    fn new(limits: Limits, said: Option<u64>) -> Self {
        // What a head says is believed only as far as it costs nothing.
        let first = said.map_or(0, |said| usize::try_from(said).unwrap_or(LARGE).min(LARGE));
        let reserve = said.unwrap_or(limits.max_bytes).min(Limits::default().max_bytes);
        Self { bytes: Vec::with_capacity(first), wire: 0, place: None, reserve, limits }
    }

    /// Counts bytes as they came. More of them than may come of them say nothing either.
    fn came(&mut self, bytes: usize) -> Result<(), FailureKind> {
        self.wire += bytes as u64;
        let most = self.limits.max_bytes.max(FREE_GROWTH);
        if self.wire > most { Err(FailureKind::TooLarge(self.limits.max_bytes)) } else { Ok(()) }
    }

    /// Adds decoded bytes.
    async fn take(&mut self, bytes: &[u8], places: &Places) -> Result<(), FailureKind> {
        let length = self.bytes.len() + bytes.len();
        if length as u64 > self.limits.max_bytes {
            return Err(FailureKind::TooLarge(self.limits.max_bytes));
        }
        if length as u64 > FREE_GROWTH.max(self.wire.saturating_mul(self.limits.max_ratio)) {
            return Err(FailureKind::Bomb(self.limits.max_ratio));
        }
        if length > LARGE && self.place.is_none() {
            let place = timeout(self.limits.total, Arc::clone(&places.0).acquire_owned()).await;
            let place = place.ok().and_then(Result::ok);
            self.place = Some(place.ok_or(FailureKind::Busy(self.limits.total))?);
            // At once, so that it is never copied: the system gives what is written to alone.
            let reserve = usize::try_from(self.reserve).unwrap_or(0);
            self.bytes.reserve_exact(reserve.saturating_sub(self.bytes.len()));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}
