//! Who may read partner feeds: the store's tokens are looked at again and again, what they open is
//! counted there.
//!
//! # Promises
//! - A token that is added or taken back counts within two seconds, without a restart.
//! - No reader waits for the store; while it can't be asked, the tokens last known count.
//! - What was opened is kept every few seconds and at the end; a crash loses no more.

use std::time::Duration;

use chrono::DateTime;
use tokio::{
    sync::{oneshot, watch},
    time,
};

use super::{Settings, priority::yield_to_others};
use crate::{
    http::{Key, Opened, Readers},
    store::{Address, KeptToken, Store, StoreError, Used},
};

/// How often tokens are looked at.
const LOOKS: Duration = Duration::from_secs(1);
/// Looks between two times that counts are kept.
const KEEPS: u32 = 10;

/// What the configuration says of partners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Follow {
    store: Address,
    /// Whether there are partner feeds.
    is_wanted: bool,
}

impl Follow {
    pub(super) fn of(settings: &Settings) -> Self {
        Self { store: settings.store.clone(), is_wanted: !settings.serving.partners.is_empty() }
    }
}

/// Follows the store until `ends` turns true. Says once whether tokens are known was found out.
pub(super) fn run(
    follows: watch::Receiver<Follow>,
    ends: watch::Receiver<bool>,
    readers: &Readers,
    admitted: oneshot::Sender<()>,
) {
    yield_to_others();
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(follow(follows, ends, readers, admitted)),
        Err(error) => tracing::error!(%error, "partners can't be let in: no runtime"),
    }
}

async fn follow(
    mut follows: watch::Receiver<Follow>,
    mut ends: watch::Receiver<bool>,
    readers: &Readers,
    admitted: oneshot::Sender<()>,
) {
    let mut admitted = Some(admitted);
    let mut said = String::new();
    while !*ends.borrow() {
        let wanted = follows.borrow_and_update().clone();
        if wanted.is_wanted {
            let mut desk = Desk { readers, admitted: &mut admitted, known: None };
            match desk.work(&wanted, &follows, &ends).await {
                Ok(()) => said.clear(),
                Err(error) => {
                    let error = error.to_string();
                    if error != said {
                        tracing::error!(
                            error,
                            "tokens of partners can't be looked at; those known before count"
                        );
                        said = error;
                    }
                }
            }
            drop(admitted.take());
            tokio::select! {
                () = time::sleep(LOOKS) => {}
                _ = ends.wait_for(|ends| *ends) => {}
            }
            continue;
        }
        drop(admitted.take());
        tokio::select! {
            changed = follows.changed() => if changed.is_err() { return },
            _ = ends.wait_for(|ends| *ends) => {}
        }
    }
}

struct Desk<'a> {
    readers: &'a Readers,
    admitted: &'a mut Option<oneshot::Sender<()>>,
    /// The tokens that count.
    known: Option<Vec<Key>>,
}

impl Desk<'_> {
    /// Follows a store until other settings come or the service ends. A store that isn't there yet
    /// has no tokens.
    async fn work(
        &mut self,
        wanted: &Follow,
        follows: &watch::Receiver<Follow>,
        ends: &watch::Receiver<bool>,
    ) -> Result<(), StoreError> {
        let Some(mut store) = Store::open_existing(&wanted.store).await? else {
            self.admit(Vec::new());
            return Ok(());
        };
        let mut looks = 0;
        let mut ending = ends.clone();
        loop {
            let tokens = store.partner_tokens().await?;
            self.admit(tokens.into_iter().map(key).collect());
            looks += 1;
            let is_last = *ends.borrow() || *follows.borrow() != *wanted;
            if is_last || looks % KEEPS == 0 {
                self.keep(&mut store).await?;
            }
            if is_last {
                return store.close().await;
            }
            tokio::select! {
                () = time::sleep(LOOKS) => {}
                _ = ending.wait_for(|ends| *ends) => {}
            }
        }
    }

    fn admit(&mut self, keys: Vec<Key>) {
        if self.known.as_ref() != Some(&keys) {
            self.readers.admit(keys.clone());
            self.known = Some(keys);
        }
        drop(self.admitted.take());
    }

    /// Keeps what was opened.
    async fn keep(&self, store: &mut Store) -> Result<(), StoreError> {
        let opened = self.readers.take_opened();
        if opened.is_empty() {
            return Ok(());
        }
        let used = |it: &Opened| Used {
            id: it.id,
            requests: it.requests,
            last: DateTime::from_timestamp(it.last, 0).unwrap_or_default(),
        };
        let uses: Vec<Used> = opened.iter().map(used).collect();
        let kept = store.count_uses(&uses).await;
        if kept.is_err() {
            self.readers.give_back(&opened);
        }
        kept
    }
}

fn key(token: KeptToken) -> Key {
    Key {
        id: token.id,
        partner: token.partner.into(),
        digest: token.digest,
        feeds: token.feeds,
        expires: token.expires.map(|at| at.timestamp()),
        is_revoked: token.revoked.is_some(),
    }
}
