//! What a store promises, asked of both engines: the same tests, once on SQLite, once on
//! PostgreSQL.

use crate::support::postgres;
use chrono::{DateTime, Utc};
use feedwright::{
    store::{Address, FeedRecord, Known, Member, Outcome, Store, SyncContext},
    story::{Facts, FeedPath, Guid, Incoming, Markup, RawText, Story},
};
use sqlx::{ConnectOptions, Executor, postgres::PgConnectOptions};
use tempfile::TempDir;

/// A place for a store, of its own for each test.
struct Place {
    address: Address,
    _folder: Option<TempDir>,
}

impl Place {
    async fn open(&self) -> Store {
        Store::hold(&self.address, || ()).await.expect("a store")
    }

    /// Runs a statement that the store itself has no use for, while it is closed.
    async fn run(&self, statement: &'static str) {
        match &self.address {
            Address::File(file) => {
                let connection = rusqlite::Connection::open(file).expect("a connection");
                connection.execute_batch(statement).expect("it runs");
            }
            Address::Server { url, .. } => {
                let options: PgConnectOptions = url.parse().expect("an address");
                let mut connection = options.connect().await.expect("a connection");
                connection.execute(statement).await.expect("it runs");
            }
        }
    }
}

fn on_sqlite(test: impl AsyncFnOnce(Place)) {
    let folder = tempfile::tempdir().expect("a folder");
    let address = Address::File(folder.path().join("stories.db"));
    postgres::block_on(test(Place { address, _folder: Some(folder) }));
}

fn on_postgres(test: impl AsyncFnOnce(Place)) {
    let Some(database) = postgres::database() else { return };
    let address = Address::Server { url: database.url(), shown: "the server".into() };
    postgres::block_on(test(Place { address, _folder: None }));
}

/// Every test, once on each engine.
macro_rules! contract {
    ($($test:ident),+ $(,)?) => {
        mod sqlite { $(#[test] fn $test() { crate::store_contract::on_sqlite(super::$test); })+ }
        mod postgresql { $(#[test] fn $test() { crate::store_contract::on_postgres(super::$test); })+ }
    };
}

mod feeds;
mod partners;
mod references;
mod remote;
mod stories;
mod webhooks;
mod websub;

/// Else the tests on the order of guids would show little.
#[test]
fn the_order_of_letters_in_the_tests_databases_is_not_that_of_bytes() {
    let Some(database) = postgres::database() else { return };
    let order = "SELECT CASE WHEN 'a' < 'B' THEN 'dictionary' ELSE 'bytes' END";
    assert_eq!(database.ask(order), "dictionary", "PostgreSQL 15 or later with ICU is wanted");
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn noon() -> DateTime<Utc> {
    at("2026-03-01T12:00:00Z")
}

fn incoming(path: &str, title: &str, published: &str) -> Incoming {
    Incoming {
        key: format!("path:{path}"),
        path: path.into(),
        guid: None,
        mint_path: path.trim_end_matches(".md").into(),
        digest: format!("{title}-{published}"),
        url: format!("https://www.example.org/{path}/"),
        title: title.into(),
        language: "en".parse().expect("a language"),
        published: Some(at(published)),
        updated: None,
        expires: None,
        facts: Facts::default(),
        text: RawText { markup: Markup::Markdown, text: format!("{title}, in full.") },
    }
}

fn with_id(id: &str, mut story: Incoming) -> Incoming {
    story.key = format!("id:{id}");
    story.guid = Some(Incoming::own_guid("www.example.org", id));
    story
}

async fn take(store: &mut Store, known: &mut Known, batch: &[Incoming]) -> Vec<Outcome> {
    let context = SyncContext {
        source: "desk",
        host: "www.example.org",
        now: noon(),
        keeps_public: false,
        same_text: &|a, b, _| a == b,
    };
    store.take_in(&mut batch.to_vec(), known, &|_| false, context).await.expect("taken in")
}

/// The same at another instant, in which stories that readers have stay as they are.
async fn take_guarded(store: &mut Store, batch: &[Incoming], now: DateTime<Utc>) -> Vec<Outcome> {
    let same_text: &(dyn Fn(&RawText, &RawText, &str) -> bool + Sync) = &|a, b, _| a == b;
    let host = "www.example.org";
    let context = SyncContext { source: "desk", host, now, keeps_public: true, same_text };
    let mut known = store.known("desk").await.expect("known");
    let taken = store.take_in(&mut batch.to_vec(), &mut known, &|_| false, context).await;
    taken.expect("taken in")
}

async fn take_anew(store: &mut Store, batch: &[Incoming]) -> Vec<Outcome> {
    let mut known = store.known("desk").await.expect("known");
    take(store, &mut known, batch).await
}

async fn story(store: &mut Store, path: &str) -> Story {
    store.find(path).await.expect("found").pop().expect("a story")
}

/// Stories with these guids and instants, members of feed 1.
async fn members(store: &mut Store, stories: &[(&str, &str)]) {
    let batch: Vec<_> = stories
        .iter()
        .map(|(guid, published)| {
            let mut story = incoming(guid, guid, published);
            story.guid = Some(Guid::kept(*guid));
            story
        })
        .collect();
    take_anew(store, &batch).await;
    let mut members = Vec::new();
    for (guid, _) in stories {
        let story = &store.by_guid(&[Guid::kept(*guid)]).await.expect("a story")[0];
        members.push(member(story, 1));
    }
    store.keep_members(&members).await.expect("kept");
}

fn member(story: &Story, feed: i64) -> Member {
    Member {
        story: story.id,
        feed,
        published: story.published,
        guid: story.guid.clone(),
        inside: true,
        page: None,
        raised: story.raised,
    }
}

async fn feed(store: &mut Store, path: &str) -> FeedRecord {
    let path: FeedPath = path.parse().expect("a path");
    let mut feed = FeedRecord::new(path, "https://feeds.example.org/".into(), "section");
    store.keep_feed(&mut feed).await.expect("kept");
    feed
}
