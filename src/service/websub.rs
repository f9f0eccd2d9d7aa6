//! The door at which hubs and subscribers knock, and the thread that sees to them.

use std::sync::{Arc, atomic::Ordering};

use http::{Method, header};
use tokio::sync::watch;

use crate::{
    http::{Behind, Door, HubCounts, Knock, Metrics, Said, is_token},
    websub::{LONGEST_FORM, LONGEST_TELLING, Refusal, WebSub},
};

/// Where requests to the hub come in, below where the feeds are served.
const HUB: &str = "hub";
/// Threads that deliver, at most.
const MOST_THREADS: usize = 2;
/// Before the token of a callback.
const CALLBACKS: &str = "websub/";

impl Door for WebSub {
    fn behind(&self, path: &str) -> Option<Behind> {
        if let Some(token) = path.strip_prefix(CALLBACKS).filter(|token| is_token(token)) {
            // Nothing of what strangers send is read.
            return Some(Behind {
                most: if self.is_callback(token) { LONGEST_TELLING } else { 0 },
            });
        }
        (path == HUB && self.is_hub()).then_some(Behind { most: LONGEST_FORM })
    }

    fn answer(&self, knock: &Knock) -> Said {
        let is_post = knock.method == Method::POST;
        let answered = match (knock.path.strip_prefix(CALLBACKS), is_post) {
            (Some(token), false) => self.confirm(token, &knock.query).map(|text| (200, text)),
            (Some(_), true) if knock.headers.contains_key(header::CONTENT_ENCODING) => {
                let why = "send it as it is, without a Content-Encoding";
                Err(Refusal { status: 415, why: why.to_owned(), retry_after: None })
            }
            (Some(token), true) => {
                let text = |name: &str| knock.headers.get(name)?.to_str().ok();
                let kind = text(header::CONTENT_TYPE.as_str()).map(str::to_owned);
                self.tell(token, knock.body.clone(), kind, text("x-hub-signature"))
                    .map(|()| (202, String::new()))
            }
            (None, false) => Ok((200, self.about_hub())),
            (None, true) => {
                let taken = "It is taken: the callback is asked next.\n";
                self.take_form(&knock.body).map(|()| (202, taken.to_owned()))
            }
        };
        match answered {
            Ok((status, text)) => Said { status, text, retry_after: None },
            Err(Refusal { status, why, retry_after }) => {
                Said { status, text: format!("{why}\n"), retry_after }
            }
        }
    }
}

/// Sees to subscribers and hubs until `ends` turns true.
pub(super) fn run(websub: &Arc<WebSub>, ends: watch::Receiver<bool>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("websub")
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            runtime.block_on(websub.run(ends));
            // A name that is still being looked up is left behind.
            runtime.shutdown_background();
        }
        Err(error) => tracing::error!(%error, "subscribers can't be told: no runtime"),
    }
}

/// Passes the numbers on.
pub(super) fn tell_counts(websub: &WebSub, metrics: &Metrics) {
    let counts = &websub.counts;
    let get = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    metrics.hub(&HubCounts {
        subscriptions: get(&counts.subscriptions),
        behind: get(&counts.behind),
        deliveries: [
            ("taken", get(&counts.delivered)),
            ("failed", get(&counts.failed)),
            ("given up", get(&counts.given_up)),
        ],
        requests: [
            ("verified", get(&counts.verified)),
            ("unverified", get(&counts.unverified)),
            ("refused", get(&counts.refused)),
        ],
        pinged: get(&counts.pinged),
        told: get(&counts.told),
    });
}
