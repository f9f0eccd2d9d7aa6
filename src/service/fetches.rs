//! When remote sources are fetched. Two threads do it, beside the one that makes passes: one asks and
//! reads, the other stores, and asks for a pass when something came in.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::{runtime::Builder, sync::watch};
use url::Url;

use super::{passes, priority::yield_to_others};
use crate::{
    poll::{Aim, Poll, Push, Told, Which},
    store::{Store, StoreError},
    websub::{Telling, WebSub},
};

/// A clock that is set, and sources that another process made due, are noticed within that time.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Time after a store that failed.
const AFTER_FAULT: Duration = Duration::from_secs(10);

/// What is to be done, which changes with the configuration.
#[derive(Clone)]
pub(super) enum Order {
    /// To fetch these.
    Fetch(Arc<Poll>),
    /// To wait.
    Wait,
    /// To end.
    End,
}

impl Order {
    pub(super) fn of(poll: Option<&Arc<Poll>>) -> Self {
        poll.map_or(Self::Wait, |poll| Self::Fetch(Arc::clone(poll)))
    }
}

/// A source that is just being asked when its hub tells of it: then what was told is taken later,
/// so many times.
const PATIENCE: Duration = Duration::from_secs(2);
const TRIES: usize = 30;

/// Fetches what is due and takes what hubs tell, until there is nothing more to be ordered.
pub(super) fn run(
    mut orders: watch::Receiver<Order>,
    mut tellings: tokio::sync::mpsc::Receiver<Telling>,
    asks: &mpsc::Sender<passes::Ask>,
    hub: &WebSub,
) {
    yield_to_others();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .on_thread_start(yield_to_others)
        .thread_name("fetches")
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "remote sources can't be fetched: no runtime");
            return;
        }
    };
    let mut told = orders.clone();
    let takes = async {
        let mut by = None;
        loop {
            match &*told.borrow_and_update() {
                Order::Fetch(poll) => by = Some(Arc::clone(poll)),
                Order::Wait => by = None,
                Order::End => tellings.close(),
            }
            tokio::select! {
                biased;
                // What was acknowledged is stored, whatever comes.
                telling = tellings.recv() => match (telling, &by) {
                    (None, _) => break,
                    (Some(telling), Some(poll)) => take(poll, telling, asks).await,
                    (Some(_), None) => {}
                },
                changed = told.changed() => if changed.is_err() { tellings.close() },
            }
        }
    };
    let fetches = async {
        loop {
            let order = orders.borrow_and_update().clone();
            let wait = match order {
                Order::End => break,
                Order::Wait => None,
                Order::Fetch(poll) => tokio::select! {
                    wait = turn(&poll, asks, hub) => Some(wait),
                    // What is under way is begun again: nothing of it is lost.
                    changed = orders.changed() => match changed {
                        Ok(()) => continue,
                        Err(_) => break,
                    },
                },
            };
            let waits = async {
                match wait {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = waits => {}
                changed = orders.changed() => if changed.is_err() { break },
            }
        }
    };
    runtime.block_on(async {
        tokio::join!(fetches, takes);
    });
    // A name that is still being looked up is left behind.
    runtime.shutdown_background();
}

/// Fetches what is due; how long to wait then.
async fn turn(poll: &Poll, asks: &mpsc::Sender<passes::Ask>, hub: &WebSub) -> Duration {
    match poll.run(Which::Due, Aim::Keep, &|_, _| {}).await {
        Err(error) => {
            tracing::error!(%error, "what remote sources bring can't be stored");
            AFTER_FAULT
        }
        Ok(told) => {
            if told.iter().map(say).fold(false, |any, brought| any | brought) {
                let _ = asks.send(passes::Ask::Changed);
            }
            if !told.is_empty() {
                // A source may have named a hub.
                hub.wake();
            }
            match next(poll).await {
                Ok(Some(due)) => {
                    let left = (due - (poll.clock)()).to_std().unwrap_or_default();
                    left.clamp(Duration::from_millis(100), LONGEST_WAIT)
                }
                Ok(None) => LONGEST_WAIT,
                Err(error) => {
                    tracing::error!(%error, "the store doesn't say which source is due");
                    AFTER_FAULT
                }
            }
        }
    }
}

/// Takes what a hub told of a source.
async fn take(poll: &Poll, telling: Telling, asks: &mpsc::Sender<passes::Ask>) {
    let Telling { source, topic, body, content_type } = telling;
    let Ok(address) = Url::parse(&topic) else { return };
    let charset = content_type.as_deref().and_then(charset).map(str::to_owned);
    let push = Push { source, address, body, charset };
    for _ in 0..TRIES {
        match poll.run(Which::Pushed(&push), Aim::Keep, &|_, _| {}).await {
            Ok(told) if told.is_empty() => tokio::time::sleep(PATIENCE).await,
            Ok(told) => {
                if told.iter().map(say).fold(false, |any, brought| any | brought) {
                    let _ = asks.send(passes::Ask::Changed);
                }
                return;
            }
            Err(error) => {
                tracing::error!(%error, "what a hub told can't be stored");
                tokio::time::sleep(AFTER_FAULT).await;
            }
        }
    }
    tracing::warn!(source = push.source, "what a hub told is dropped; the source is asked for it");
}

/// The `charset` of a media type.
fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}

async fn next(poll: &Poll) -> Result<Option<DateTime<Utc>>, StoreError> {
    let Some(mut store) = Store::open_existing(&poll.store).await? else { return Ok(None) };
    let next = store.next_fetch().await?;
    store.close().await?;
    Ok(next)
}

/// Logs what came of a source; whether anything is to be published.
fn say(told: &Told) -> bool {
    let Told { source, new, changed, same, withdrawn, .. } = told;
    let millis = u64::try_from(told.took.as_millis()).unwrap_or(u64::MAX);
    if let Some(fault) = &told.fault {
        tracing::warn!(source, outcome = told.outcome, fault, "a source failed");
    } else if new + changed + withdrawn > 0 {
        tracing::info!(source, new, changed, same, withdrawn, millis, "a source brought stories");
    } else {
        tracing::debug!(source, outcome = told.outcome, millis, "a source brought nothing new");
    }
    for note in &told.notes {
        tracing::info!(source, note);
    }
    for rejected in &told.rejected {
        tracing::info!(source, rejected, "an entry is left out");
    }
    new + changed + withdrawn > 0
}
