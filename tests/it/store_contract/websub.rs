//! Subscriptions at our hub, outside hubs, hubs that tell us.

use chrono::{DateTime, TimeDelta, Utc};
use feedwright::{
    store::{
        Callback, CallbackState, Change, Delivery, FeedRecord, Store, Subscribed,
        SubscriptionCounts,
    },
    story::{FeedPath, Format, Secret},
};

use super::{Place, noon};

contract!(
    what_is_owed_is_the_newest_version_and_is_claimed_by_one,
    a_delivery_that_failed_waits_and_one_whose_holder_is_gone_is_claimed_again,
    the_newest_subscription_to_one_topic_and_callback_wins,
    leases_end,
    a_change_is_told_when_it_is_published_and_edits_wait_for_each_other,
    a_hub_that_is_new_is_told_of_what_changes_from_then_on,
    a_source_has_one_callback_and_what_is_void_is_forgotten,
);

const NONE: TimeDelta = TimeDelta::zero();

async fn feed(store: &mut Store, path: &str) -> i64 {
    let path: FeedPath = path.parse().expect("a path");
    let mut feed = FeedRecord::new(path.clone(), format!("tag:{path}"), "section");
    store.keep_feed(&mut feed).await.expect("kept");
    assert_eq!(store.feed_at(&path).await.expect("an answer"), Some(feed.id));
    feed.id
}

async fn changes(store: &mut Store, feed: i64, change: Change, now: DateTime<Utc>) {
    store.stage_topic(feed, change).await.expect("staged");
    store.release_topics(now, NONE).await.expect("released");
}

fn wish(feed: i64, callback: &str) -> Subscribed {
    Subscribed {
        topic: "https://feeds.example/news/rss.xml".to_owned(),
        callback: callback.to_owned(),
        host: "reader.example".to_owned(),
        feed,
        format: Format::Rss,
        secret: None,
        expires: noon() + TimeDelta::days(10),
    }
}

async fn claim(store: &mut Store, failing: bool, lease: &str, now: DateTime<Utc>) -> Vec<Delivery> {
    let until = now + TimeDelta::minutes(2);
    let claimed = store.claim_deliveries(failing, 100, lease, (now, until)).await.expect("claims");
    let mut claimed = claimed;
    claimed.sort_by(|a, b| a.callback.cmp(&b.callback));
    claimed
}

async fn what_is_owed_is_the_newest_version_and_is_claimed_by_one(place: Place) {
    let mut store = place.open().await;
    let news = feed(&mut store, "news").await;
    changes(&mut store, news, Change::News, noon()).await;
    store.subscribe(&[wish(news, "https://a/"), wish(news, "https://b/")]).await.expect("kept");
    assert!(claim(&mut store, false, "one", noon()).await.is_empty(), "what is old is not owed");
    changes(&mut store, news, Change::News, noon()).await;
    changes(&mut store, news, Change::Edit, noon()).await;
    let counts = store.count_subscriptions().await.expect("counts");
    assert_eq!(counts, SubscriptionCounts { all: 2, behind: 2 });
    let claimed = claim(&mut store, false, "one", noon()).await;
    let shown: Vec<_> = claimed.iter().map(|it| (it.callback.as_str(), it.version)).collect();
    assert_eq!(shown, [("https://a/", 3), ("https://b/", 3)]);
    assert_eq!((claimed[0].path.as_str(), claimed[0].format), ("news", Format::Rss));
    assert!(claim(&mut store, false, "two", noon()).await.is_empty());
    // What changes while it is delivered is owed again.
    changes(&mut store, news, Change::News, noon()).await;
    let ids: Vec<i64> = claimed.iter().map(|it| it.id).collect();
    store.delivered(&ids, 3, "200", noon(), false).await.expect("kept");
    let again = claim(&mut store, false, "two", noon()).await;
    assert_eq!(again.iter().map(|it| it.version).collect::<Vec<_>>(), [4, 4]);
    store.delivered(&ids, 4, "200", noon(), false).await.expect("kept");
    assert!(claim(&mut store, false, "two", noon()).await.is_empty());
    store.close().await.expect("closed");
}

async fn a_delivery_that_failed_waits_and_one_whose_holder_is_gone_is_claimed_again(place: Place) {
    let mut store = place.open().await;
    let news = feed(&mut store, "news").await;
    store.subscribe(&[wish(news, "https://a/"), wish(news, "https://b/")]).await.expect("kept");
    changes(&mut store, news, Change::News, noon()).await;
    let claimed = claim(&mut store, false, "one", noon()).await;
    let later = noon() + TimeDelta::seconds(10);
    store.not_delivered(&claimed[0], "status-500", noon(), later).await.expect("kept");
    assert_eq!(store.next_telling(noon()).await.expect("an instant"), Some(later));
    assert!(claim(&mut store, true, "one", noon()).await.is_empty());
    assert!(claim(&mut store, false, "one", later).await.is_empty());
    let failing = claim(&mut store, true, "one", later).await;
    assert_eq!(failing.len(), 1);
    assert_eq!((failing[0].failures, failing[0].failing), (1, Some(noon())));
    let listed = store.subscriptions(noon()).await.expect("a list");
    assert_eq!((listed[0].said.as_str(), listed[0].failures), ("status-500", 1));
    assert!(listed[0].is_behind);
    // Of another version it has not failed yet; it is still not trusted to answer quickly.
    store.end_delivery_claims(&|lease| lease == "one").await.expect("ended");
    changes(&mut store, news, Change::News, later).await;
    let failing = claim(&mut store, true, "two", later).await;
    assert_eq!((failing[0].failures, failing[0].failing), (1, None));
    store.delivered(&[failing[0].id], 2, "gave up", later, true).await.expect("kept");
    assert!(claim(&mut store, true, "two", later).await.is_empty());
    let well = claim(&mut store, false, "two", later).await;
    assert_eq!(well.iter().map(|it| it.callback.as_str()).collect::<Vec<_>>(), ["https://b/"]);
    // Its claim is over after a while.
    let late = later + TimeDelta::minutes(3);
    assert_eq!(claim(&mut store, false, "three", late).await.len(), 1);
    store.close().await.expect("closed");
}

async fn the_newest_subscription_to_one_topic_and_callback_wins(place: Place) {
    let mut store = place.open().await;
    let news = feed(&mut store, "news").await;
    let secret = |text: &str| Some(Secret::new(text.to_owned()));
    let first = Subscribed { secret: secret("one"), ..wish(news, "https://a/") };
    store.subscribe(&[first]).await.expect("kept");
    changes(&mut store, news, Change::News, noon()).await;
    let second = Subscribed {
        secret: secret("two"),
        expires: noon() + TimeDelta::days(20),
        ..wish(news, "https://a/")
    };
    store.subscribe(&[second.clone(), second]).await.expect("kept");
    let claimed = claim(&mut store, false, "one", noon()).await;
    assert_eq!(claimed.len(), 1, "once, and what was owed is owed");
    assert_eq!(claimed[0].secret, secret("two"));
    let listed = store.subscriptions(noon()).await.expect("a list");
    assert_eq!(listed[0].subscribed.expires, noon() + TimeDelta::days(20));
    assert_eq!(store.count_subscriptions_at("reader.example").await.expect("a count"), 1);
    let other = Some("https://feeds.example/rss.xml");
    assert_eq!(store.unsubscribe(other, "https://a/").await.expect("left"), 0);
    assert_eq!(store.unsubscribe(None, "https://a/").await.expect("left"), 1);
    store.close().await.expect("closed");
}

async fn leases_end(place: Place) {
    let mut store = place.open().await;
    let news = feed(&mut store, "news").await;
    store.subscribe(&[wish(news, "https://a/")]).await.expect("kept");
    changes(&mut store, news, Change::News, noon()).await;
    let over = noon() + TimeDelta::days(10);
    assert!(claim(&mut store, false, "one", over).await.is_empty());
    assert!(store.subscriptions(over).await.expect("a list").is_empty());
    assert_eq!(store.end_leases(over - TimeDelta::milliseconds(1)).await.expect("ended"), 0);
    assert_eq!(store.end_leases(over).await.expect("ended"), 1);
    store.close().await.expect("closed");
}

async fn a_change_is_told_when_it_is_published_and_edits_wait_for_each_other(place: Place) {
    let mut store = place.open().await;
    let news = feed(&mut store, "news").await;
    store.subscribe(&[wish(news, "https://a/")]).await.expect("kept");
    let hour = TimeDelta::hours(1);
    let mut at = noon();
    let mut release = async |store: &mut Store, changes: &[Change], minutes: i64| {
        at += TimeDelta::minutes(minutes);
        for change in changes {
            store.stage_topic(news, *change).await.expect("staged");
        }
        let before = claim(store, false, "none", at).await;
        assert!(before.is_empty(), "nothing is told before it is published");
        store.release_topics(at, hour).await.expect("released");
        let due = store.next_telling(at).await.expect("an instant");
        let claimed = claim(store, false, "one", at).await;
        if let Some(delivery) = claimed.first() {
            store
                .delivered(&[delivery.id], delivery.version, "200", at, false)
                .await
                .expect("kept");
        }
        (claimed.len(), due.map(|due| (due - at).num_minutes()))
    };
    assert_eq!(release(&mut store, &[Change::Edit], 0).await, (1, None), "the first goes out");
    assert_eq!(release(&mut store, &[Change::Edit], 10).await, (0, Some(50)));
    assert_eq!(release(&mut store, &[Change::Edit], 10).await, (0, Some(40)));
    assert_eq!(release(&mut store, &[Change::Edit, Change::News], 1).await, (1, None));
    assert_eq!(release(&mut store, &[Change::News, Change::Edit], 1).await, (1, None));
    assert_eq!(release(&mut store, &[Change::Edit], 61).await, (1, None));
    assert_eq!(release(&mut store, &[], 1).await, (0, None));
    store.close().await.expect("closed");
}

async fn a_hub_that_is_new_is_told_of_what_changes_from_then_on(place: Place) {
    let mut store = place.open().await;
    let (news, sport) = (feed(&mut store, "news").await, feed(&mut store, "sport").await);
    changes(&mut store, news, Change::News, noon()).await;
    store.keep_hubs(&["https://hub/"]).await.expect("kept");
    let until = noon() + TimeDelta::minutes(2);
    let claimed = store.claim_pings(9, noon(), until).await.expect("claims");
    assert!(claimed.is_empty(), "it knows what is old");
    changes(&mut store, news, Change::Edit, noon()).await;
    changes(&mut store, sport, Change::News, noon()).await;
    store.keep_hubs(&["https://hub/"]).await.expect("kept");
    let claimed = store.claim_pings(9, noon(), until).await.expect("claims");
    let told: Vec<_> = claimed.iter().map(|it| (it.hub.as_str(), it.topic.path.as_str())).collect();
    assert_eq!(told, [("https://hub/", "news"), ("https://hub/", "sport")]);
    assert!(store.claim_pings(9, noon(), until).await.expect("claims").is_empty());
    store.pinged(&claimed[0], "204").await.expect("kept");
    store.not_pinged(&claimed[1], "timeout", noon(), until).await.expect("kept");
    assert!(store.claim_pings(9, noon(), until).await.expect("claims").is_empty());
    let again = store.claim_pings(9, until, until).await.expect("claims");
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].failures, again[0].failing), (1, Some(noon())));
    // One that is named no more is forgotten, and new when it comes back.
    store.keep_hubs(&[]).await.expect("kept");
    store.keep_hubs(&["https://hub/"]).await.expect("kept");
    assert!(store.claim_pings(9, until, until).await.expect("claims").is_empty());
    store.close().await.expect("closed");
}

async fn a_source_has_one_callback_and_what_is_void_is_forgotten(place: Place) {
    let mut store = place.open().await;
    let callback = |token: &str| Callback {
        token: token.to_owned(),
        source: "wire".to_owned(),
        hub: "https://hub/".to_owned(),
        topic: "https://wire/".to_owned(),
        secret: Secret::new("swordfish".to_owned()),
        state: CallbackState::Asked,
        expires: None,
        next: noon(),
        failures: 0,
        said: None,
        told: None,
    };
    store.keep_callback(&callback("one")).await.expect("kept");
    let active = Callback { state: CallbackState::Active, ..callback("one") };
    store.keep_callback(&active).await.expect("kept");
    // What another process knows of one that is void by now is not kept.
    store.keep_callback(&callback("two")).await.expect("passed over");
    assert_eq!(store.callbacks().await.expect("callbacks"), [active]);
    store.forget_callbacks(&["one"]).await.expect("forgotten");
    store.keep_callback(&callback("two")).await.expect("kept");
    assert_eq!(store.callbacks().await.expect("callbacks"), [callback("two")]);
    store.close().await.expect("closed");
}
