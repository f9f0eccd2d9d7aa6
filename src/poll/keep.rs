//! Holds the newsroom while what sources brought is stored.

mod batch;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::{Aim, Poll, PollError, Told, ask::Part};
use crate::{
    publish::{Held, LeftOpen},
    store::{Kept, Store},
};
use batch::Keeping;

/// How long a pass may have to wait for what is being stored.
const LONGEST_HOLD: Duration = Duration::from_secs(2);
/// How long a store that is new is filled the fast way, of which nothing is kept before it ends, at
/// most.
const FILLING: Duration = Duration::from_secs(10);
/// When nothing came for so long, others may have the store; one that is new is put into its place.
const PAUSE: Duration = Duration::from_millis(50);
const LULL: Duration = Duration::from_millis(250);
/// How long what comes is stored in one transaction: pages that all of it changes are written once.
const TOGETHER: Duration = Duration::from_millis(500);

/// Stores batches; holds the newsroom only while it does.
pub(super) struct Keeper<'a> {
    poll: &'a Poll,
    lease: &'a str,
    aim: Aim,
    held: Option<Held>,
    /// The store between two holds.
    left: Option<LeftOpen>,
    /// Since when.
    since: Instant,
    /// Since when a transaction is open.
    begun: Option<Instant>,
    /// Whether what other ways brought in is known by its prints, since the store is held.
    printed: bool,
    /// What came of sources that aren't at their end.
    under_way: BTreeMap<String, Told>,
    /// Of those that are, while the transaction is open.
    ended: Vec<(Told, Kept)>,
    /// Of those whose stories are stored for good.
    told: Vec<Told>,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(poll: &'a Poll, lease: &'a str, aim: Aim) -> Self {
        Self {
            poll,
            lease,
            aim,
            held: None,
            left: None,
            since: Instant::now(),
            begun: None,
            printed: false,
            under_way: BTreeMap::new(),
            ended: Vec::new(),
            told: Vec::new(),
        }
    }

    /// The store, held.
    pub(super) async fn store(&mut self) -> Result<&mut Store, PollError> {
        let held = if let Some(held) = self.held.take() {
            held
        } else {
            let address = &self.poll.store;
            let mut held = match self.left.take() {
                Some(left) => Held::wait_again(address, left).await?,
                None => Held::wait_for(address).await?,
            };
            self.since = Instant::now();
            self.printed = false;
            if self.aim == Aim::Try {
                held.store.begin().await?;
            }
            held.store.expect_much().await?;
            held
        };
        Ok(&mut self.held.insert(held).store)
    }

    /// Whether others have to wait for the store.
    pub(super) fn holds(&self) -> bool {
        self.held.is_some() && self.aim == Aim::Keep
    }

    /// Whether there is no store yet that others could have.
    pub(super) fn is_filling(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.store.is_filling())
    }

    /// How long nothing comes before others may have the store.
    pub(super) fn pause(&self) -> Duration {
        if self.is_filling() { LULL } else { PAUSE }
    }

    /// Whether others had to wait for long.
    pub(super) fn has_held_long(&self) -> bool {
        let longest = if self.is_filling() { FILLING } else { LONGEST_HOLD };
        self.holds() && self.since.elapsed() > longest
    }

    /// Makes what was stored so far last.
    pub(super) async fn commit(&mut self) -> Result<(), PollError> {
        if let (Some(held), Some(_)) = (&mut self.held, self.begun.take()) {
            if self.printed {
                held.store.all_printed().await?;
            }
            let mut ended = Vec::with_capacity(self.ended.len());
            for (mut told, kept) in self.ended.drain(..) {
                if !held.store.was_kept(kept).await? {
                    told.notes.push("another process took it over meanwhile".to_owned());
                }
                ended.push(told);
            }
            held.store.commit().await?;
            self.told.append(&mut ended);
        }
        Ok(())
    }

    /// Lets others have the store, unless what was done is only tried.
    pub(super) async fn rest(&mut self) -> Result<(), PollError> {
        self.commit().await?;
        if self.aim == Aim::Keep
            && let Some(held) = self.held.take()
        {
            self.left = held.leave_open(&self.poll.store).await?;
        }
        Ok(())
    }

    /// How many sources are at their end.
    pub(super) const fn done(&self) -> usize {
        self.told.len() + self.ended.len()
    }

    /// Ends; gives what came of each source.
    pub(super) async fn end(mut self) -> Result<Vec<Told>, PollError> {
        self.commit().await?;
        if self.aim == Aim::Try
            && let Some(Held { store, lock: _lock }) = self.held.take()
        {
            store.give_up().await?;
            return Ok(self.told);
        }
        if let Some(Held { store, lock: _lock }) = self.held.take() {
            store.close().await?;
        }
        if let Some(left) = self.left.take() {
            left.close().await?;
        }
        Ok(self.told)
    }

    /// Stores parts, each in one transaction with what comes shortly before and after.
    pub(super) async fn keep(&mut self, parts: Vec<Part>) -> Result<(), PollError> {
        let (poll, lease) = (self.poll, self.lease);
        self.store().await?;
        let Self { held: Some(held), under_way, printed, begun, ended, .. } = self else {
            return Ok(());
        };
        let store = &mut held.store;
        if begun.is_none() {
            store.begin().await?;
            *begun = Some(Instant::now());
        }
        for part in parts {
            match part {
                Part::Question { source, stories, answer } => {
                    let mut known = store.known(&source).await?;
                    let paths: Vec<&str> = stories.iter().map(|(path, _)| path.as_str()).collect();
                    store.recall(&source, &mut known, &paths).await?;
                    let same = stories
                        .iter()
                        .filter(|(path, digest)| known.digest(path) == Some(digest.as_str()));
                    let _ = answer.send(same.map(|(path, _)| path.clone()).collect());
                }
                Part::Batch(batch) => {
                    let name = batch.source.name().to_owned();
                    let told = under_way.entry(name.clone()).or_insert_with(|| Told::new(&name));
                    let kept = Keeping { poll, lease, store, told, printed }.keep(*batch).await?;
                    if let Some(kept) = kept {
                        ended.extend(under_way.remove(&name).map(|told| (told, kept)));
                    }
                }
            }
        }
        if self.begun.is_some_and(|begun| begun.elapsed() >= TOGETHER) {
            self.commit().await?;
        }
        Ok(())
    }
}
