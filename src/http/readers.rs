//! The public side: every request of a reader, and what it gets.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use hyper::body::Incoming;

use super::{
    allowance::Allowance,
    answer::{self, Answer, Found},
    client::{Client, Peer, Trust},
    connection::{Handler, Reply},
    documents::{Described, Document, Documents},
    door::{self, Door, Knock},
    kind::Kind,
    metrics::Metrics,
    partners::{Grant, Key, Opened, Partners},
    target,
};
use crate::story::{Access, FeedPath};

/// What readers are answered from, swapped as a whole.
pub struct Readers {
    documents: ArcSwap<Documents>,
    partners: ArcSwap<Partners>,
    rules: ArcSwap<Rules>,
    metrics: Arc<Metrics>,
    /// Answers what isn't for documents.
    door: Option<Arc<dyn Door>>,
}

/// How readers are treated.
#[derive(Debug)]
struct Rules {
    trust: Trust,
    burst: Option<u32>,
    allowance: Allowance,
}

impl Readers {
    /// Answers from these documents.
    pub fn new(
        documents: Documents,
        trust: Trust,
        burst: Option<u32>,
        metrics: Arc<Metrics>,
        door: Option<Arc<dyn Door>>,
    ) -> Self {
        let allowance = Allowance::new(burst);
        let rules = ArcSwap::from_pointee(Rules { trust, burst, allowance });
        let documents = ArcSwap::from_pointee(documents);
        Self { documents, partners: ArcSwap::default(), rules, metrics, door }
    }

    /// What is served now.
    pub fn documents(&self) -> Arc<Documents> {
        self.documents.load_full()
    }

    /// Serves these from now on.
    pub fn serve(&self, documents: Documents) {
        self.documents.store(Arc::new(documents));
    }

    /// Lets those in, from now on, who have these tokens.
    pub fn admit(&self, keys: Vec<Key>) {
        let before = self.partners.load();
        self.partners.store(Arc::new(Partners::new(keys, &before)));
    }

    /// What tokens opened since this was last asked.
    pub fn take_opened(&self) -> Vec<Opened> {
        self.partners.load().take_opened()
    }

    /// Takes back what could not be kept of it.
    pub fn give_back(&self, opened: &[Opened]) {
        self.partners.load().give_back(opened);
    }

    /// Treats readers like this from now on; who has used up an allowance that stays the same
    /// doesn't get it anew.
    pub fn treat(&self, trust: Trust, burst: Option<u32>) {
        let now = self.rules.load();
        if now.trust != trust || now.burst != burst {
            let allowance = Allowance::new(burst);
            self.rules.store(Arc::new(Rules { trust, burst, allowance }));
        }
    }

    /// Why a client doesn't get a document in full, if it doesn't.
    fn refuses(&self, client: Client, document: u64) -> Option<Answer> {
        let taken = self.rules.load().allowance.take(client, document);
        taken.err().map(answer::too_many)
    }

    /// The reply to a request that isn't for a document, if it is one.
    fn knocked(
        self: &Arc<Self>,
        request: &mut Request<Option<Incoming>>,
        base: &str,
    ) -> Option<Reply> {
        let door = Arc::clone(self.door.as_ref().filter(|_| door::may_be(request.uri()))?);
        let path = target::path(request.uri(), request.version(), request.headers(), base).ok()?;
        let behind = door.behind(&path)?;
        let knock = Knock {
            method: request.method().clone(),
            path,
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            body: Bytes::new(),
        };
        let body = match knock.method {
            Method::POST => request.body_mut().take(),
            _ => None,
        };
        let metrics = Arc::clone(&self.metrics);
        Some(Reply::Later(Box::pin(async move {
            let answer = door::open(&*door, behind, knock, body).await;
            metrics.count(None, "websub", answer.status.as_u16(), answer.body.len());
            answer
        })))
    }

    /// The answer with a document in memory.
    fn prepared(
        &self,
        request: &Request<Option<Incoming>>,
        document: &Document,
        client: Client,
        now: i64,
    ) -> Answer {
        let answer = answer::with_document(request, document, now);
        let is_get = request.method() == Method::GET;
        if answer.status == StatusCode::NOT_MODIFIED {
            document.counts.not_modified(answer.coding);
            return answer;
        }
        if let Some(refused) = is_get.then(|| self.refuses(client, document.key)).flatten() {
            let (feed, kind) = (Some(&document.feed), document.kind.name());
            self.metrics.count(feed, kind, refused.status.as_u16(), refused.body.len());
            return refused;
        }
        let sent = if is_get { answer.body.len() } else { 0 };
        document.counts.whole(answer.coding, sent);
        answer
    }

    /// The answer to a partner.
    fn for_partner(&self, answer: Answer, grant: Grant, now: i64) -> Answer {
        grant.uses.count(now);
        self.metrics.to_partner(&grant.partner, answer.status.as_u16());
        answer.of_partner(grant.partner)
    }

    /// The answer with a file of the folder.
    fn stored(
        self: &Arc<Self>,
        request: &Request<Option<Incoming>>,
        name: String,
        (kind, feed): (Kind, FeedPath),
        client: Client,
        now: i64,
    ) -> Reply {
        let serving = Arc::clone(&self.documents.load().serving);
        let mut asked = Request::new(());
        *asked.method_mut() = request.method().clone();
        *asked.headers_mut() = request.headers().clone();
        let readers = Arc::clone(self);
        Reply::Later(Box::pin(async move {
            let file = serving.folder.join(&name);
            let read = tokio::task::spawn_blocking(move || super::documents::read(&file)).await;
            let answer = match read {
                Ok(Ok((bytes, changed))) => {
                    let (feed, name) = (&feed, name.as_str());
                    let access = Access::Public;
                    let what = Described { serving: &serving, kind, feed, name, access };
                    let answer = answer::with_file(&asked, &what, bytes, changed, now);
                    let is_whole = answer.status == StatusCode::OK && asked.method() == Method::GET;
                    let refused = is_whole.then(|| readers.refuses(client, key(name)));
                    refused.flatten().unwrap_or(answer)
                }
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                    answer::not_found(&serving.site)
                }
                Ok(Err(error)) => {
                    tracing::error!(%error, file = name, "a file can't be read");
                    answer::refusal(StatusCode::INTERNAL_SERVER_ERROR)
                }
                Err(_) => answer::refusal(StatusCode::INTERNAL_SERVER_ERROR),
            };
            let bytes = if asked.method() == Method::HEAD { 0 } else { answer.body.len() };
            // What isn't there is nobody's: else anyone could make up names that are counted.
            let feed = Some(&feed).filter(|_| answer.status != StatusCode::NOT_FOUND);
            readers.metrics.count(feed, kind.name(), answer.status.as_u16(), bytes);
            answer
        }))
    }
}

/// A document, as the allowance knows it.
pub(super) fn key(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

impl Handler for Arc<Readers> {
    fn client(&self, peer: Peer, headers: &HeaderMap) -> Client {
        self.rules.load().trust.client(peer, headers)
    }

    fn reply(&self, request: &mut Request<Option<Incoming>>, client: Client, now: i64) -> Reply {
        let documents = self.documents.load();
        if let Some(reply) = self.knocked(request, documents.serving.site.feeds_url.path()) {
            return reply;
        }
        let request = &*request;
        let answer = match answer::find(request, &documents, &self.partners.load(), now) {
            Found::Stored(name, kind, feed) => {
                return self.stored(request, name, (kind, feed), client, now);
            }
            Found::Answer(answer) => answer,
            Found::Document(document) => {
                return Reply::Now(self.prepared(request, &document, client, now));
            }
            Found::Partner(document, grant) => {
                let answer = self.prepared(request, &document, client, now);
                return Reply::Now(self.for_partner(answer, grant, now));
            }
        };
        if let Some(partner) = &answer.partner {
            self.metrics.to_partner(partner, answer.status.as_u16());
        }
        self.metrics.count(None, "", answer.status.as_u16(), answer.body.len());
        Reply::Now(answer)
    }

    fn unreadable(&self, status: StatusCode) {
        self.metrics.count(None, "", status.as_u16(), 0);
    }
}
