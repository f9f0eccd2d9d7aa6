//! What passes published, and how far each webhook is.

use chrono::{DateTime, TimeDelta, Utc};
use feedwright::store::{Owed, Sent, Store};

use super::{Place, noon};

contract!(
    a_webhook_that_is_new_is_told_of_what_is_published_from_then_on,
    each_webhook_gets_every_bulletin_in_order_and_one_at_a_time,
    what_is_staged_is_told_when_it_is_published_and_a_crash_loses_none,
    one_that_fails_waits_and_delays_no_other,
    what_all_have_is_not_kept_and_so_many_are_at_most,
);

async fn publish(store: &mut Store, feeds: &str, files: &str) {
    if !feeds.is_empty() {
        store.stage_bulletin(feeds, noon()).await.expect("staged");
    }
    store.release_bulletins(files, noon()).await.expect("released");
}

async fn claim(store: &mut Store, now: DateTime<Utc>) -> Vec<Owed> {
    store.claim_bulletins(100, "one", (now, now + TimeDelta::minutes(2))).await.expect("claims")
}

fn shown(owed: &[Owed]) -> Vec<(&str, i64, &str, &str)> {
    owed.iter().map(|it| (&*it.webhook, it.number, &*it.feeds, &*it.files)).collect()
}

async fn taken(store: &mut Store, owed: &Owed) {
    store.sent_bulletin(owed, Sent::Taken, "status-200", noon()).await.expect("kept");
}

async fn a_webhook_that_is_new_is_told_of_what_is_published_from_then_on(place: Place) {
    let mut store = place.open().await;
    assert_eq!(store.last_bulletin().await.expect("an answer"), None);
    store.keep_webhooks(&["one"]).await.expect("kept");
    publish(&mut store, "[1]", "").await;
    assert_eq!(store.last_bulletin().await.expect("an answer"), Some(noon()));
    store.keep_webhooks(&["one", "two"]).await.expect("kept");
    publish(&mut store, "", "{2}").await;
    let owed = claim(&mut store, noon()).await;
    assert_eq!(shown(&owed), [("one", 1, "[1]", ""), ("two", 2, "", "{2}")]);
    store.keep_webhooks(&["two"]).await.expect("kept");
    let states = store.webhooks().await.expect("states");
    assert_eq!(states.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["two"]);
    store.close().await.expect("closed");
}

async fn each_webhook_gets_every_bulletin_in_order_and_one_at_a_time(place: Place) {
    let mut store = place.open().await;
    store.keep_webhooks(&["one", "two"]).await.expect("kept");
    publish(&mut store, "[1]", "{1}").await;
    publish(&mut store, "[2]", "{2}").await;
    let owed = claim(&mut store, noon()).await;
    assert_eq!(shown(&owed), [("one", 1, "[1]", "{1}"), ("two", 1, "[1]", "{1}")]);
    assert!(claim(&mut store, noon()).await.is_empty(), "they are claimed");
    taken(&mut store, &owed[0]).await;
    let next = claim(&mut store, noon()).await;
    assert_eq!(shown(&next), [("one", 2, "[2]", "{2}")]);
    taken(&mut store, &next[0]).await;
    assert!(claim(&mut store, noon()).await.is_empty());
    // Whoever claimed it for the other is gone: it is claimed again after a while, or when that is
    // known.
    let late = noon() + TimeDelta::minutes(3);
    assert_eq!(shown(&claim(&mut store, late).await), [("two", 1, "[1]", "{1}")]);
    store.end_bulletin_claims(&|lease| lease == "another").await.expect("ended");
    assert!(claim(&mut store, late).await.is_empty());
    store.end_bulletin_claims(&|lease| lease == "one").await.expect("ended");
    assert_eq!(claim(&mut store, late).await.len(), 1);
    store.close().await.expect("closed");
}

async fn what_is_staged_is_told_when_it_is_published_and_a_crash_loses_none(place: Place) {
    let mut store = place.open().await;
    store.keep_webhooks(&["one"]).await.expect("kept");
    store.stage_bulletin("[1]", noon()).await.expect("staged");
    assert!(claim(&mut store, noon()).await.is_empty(), "its files are on their way");
    // The pass was killed; the next one finds more.
    store.stage_bulletin("[2]", noon()).await.expect("staged");
    store.release_bulletins("{2}", noon()).await.expect("released");
    let first = claim(&mut store, noon()).await;
    assert_eq!(shown(&first), [("one", 1, "[1]", "")]);
    taken(&mut store, &first[0]).await;
    assert_eq!(shown(&claim(&mut store, noon()).await), [("one", 2, "[2]", "{2}")]);
    store.release_bulletins("", noon()).await.expect("released");
    assert_eq!(store.webhooks().await.expect("states")[0].waiting, 1, "nothing is no bulletin");
    store.close().await.expect("closed");
}

async fn one_that_fails_waits_and_delays_no_other(place: Place) {
    let mut store = place.open().await;
    store.keep_webhooks(&["one", "two"]).await.expect("kept");
    publish(&mut store, "[1]", "").await;
    publish(&mut store, "[2]", "").await;
    let owed = claim(&mut store, noon()).await;
    let later = noon() + TimeDelta::seconds(10);
    let kept = store.sent_bulletin(&owed[0], Sent::Again(later), "status-500", noon()).await;
    kept.expect("kept");
    taken(&mut store, &owed[1]).await;
    assert_eq!(store.next_bulletin(noon()).await.expect("an instant"), Some(later));
    assert_eq!(shown(&claim(&mut store, noon()).await), [("two", 2, "[2]", "")]);
    let again = claim(&mut store, later).await;
    assert_eq!((again[0].number, again[0].failures), (1, 1));
    let states = store.webhooks().await.expect("states");
    assert_eq!((states[0].said.as_str(), states[0].said_at), ("status-500", Some(noon())));
    assert_eq!((states[0].waiting, states[0].missed), (2, 0));
    let kept = store.sent_bulletin(&again[0], Sent::GivenUp(later), "status-500", later).await;
    kept.expect("kept");
    let next = claim(&mut store, later).await;
    assert_eq!(shown(&next), [("one", 2, "[2]", "")]);
    taken(&mut store, &next[0]).await;
    let states = store.webhooks().await.expect("states");
    assert_eq!((states[0].waiting, states[0].missed, states[0].failures), (0, 1, 0));
    store.close().await.expect("closed");
}

async fn what_all_have_is_not_kept_and_so_many_are_at_most(place: Place) {
    let mut store = place.open().await;
    store.keep_webhooks(&["one"]).await.expect("kept");
    for number in 1..=3 {
        publish(&mut store, &format!("[{number}]"), "").await;
        let owed = claim(&mut store, noon()).await;
        assert_eq!(owed[0].number, number, "numbers go on");
        taken(&mut store, &owed[0]).await;
    }
    for number in 4..=250 {
        publish(&mut store, &format!("[{number}]"), "").await;
    }
    assert_eq!(store.webhooks().await.expect("states")[0].waiting, 200);
    assert_eq!(claim(&mut store, noon()).await[0].number, 51, "the oldest were missed");
    store.close().await.expect("closed");
}
