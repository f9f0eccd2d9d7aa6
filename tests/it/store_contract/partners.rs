//! Documents of partner feeds, and the tokens by which they are read.

use chrono::{DateTime, TimeDelta, Utc};
use feedwright::{
    store::{
        Change, FeedRecord, KeptToken, NewToken, PartnerDocument, Store, Subscribed, TokenState,
        Used,
    },
    story::{FeedPath, Format, Token},
};

use super::{Place, noon};

contract!(
    documents_are_kept_replaced_and_forgotten,
    a_partner_has_two_live_tokens_at_most,
    a_token_is_taken_back_once_and_by_its_own_partner_alone,
    what_tokens_open_is_added_up,
    nobody_is_told_of_a_feed_that_is_no_topic_any_more,
);

fn path(text: &str) -> FeedPath {
    text.parse().expect("a path")
}

fn document(file: &str, digest: &str, changed: DateTime<Utc>) -> PartnerDocument {
    let (file, digest) = (file.to_owned(), digest.to_owned());
    PartnerDocument { file, feed: "partners/x".to_owned(), digest, size: 4, changed }
}

async fn documents_are_kept_replaced_and_forgotten(place: Place) {
    let mut store = place.open().await;
    let bytes = vec![0, 159, 146, 150];
    let rss = document("partners/x/rss.xml", "one", noon());
    let atom = document("partners/x/atom.xml", "two", noon());
    let made = [(rss.clone(), bytes.clone()), (atom.clone(), bytes.clone())];
    store.keep_partner_documents(&made, &[]).await.expect("kept");
    let known = store.partner_documents().await.expect("documents");
    assert_eq!(known.into_values().collect::<Vec<_>>(), [atom, rss.clone()]);
    assert_eq!(store.partner_bytes(&rss.file).await.expect("an answer"), Some(bytes));

    let later = document(&rss.file, "three", noon() + TimeDelta::seconds(1));
    let made = [(later.clone(), b"text".to_vec())];
    store.keep_partner_documents(&made, &["partners/x/atom.xml"]).await.expect("kept");
    let known = store.partner_documents().await.expect("documents");
    assert_eq!(known.into_values().collect::<Vec<_>>(), [later]);
    let bytes = store.partner_bytes(&rss.file).await.expect("an answer");
    assert_eq!(bytes.as_deref(), Some(&b"text"[..]));
    assert_eq!(store.partner_bytes("partners/x/atom.xml").await.expect("an answer"), None);
}

async fn add(store: &mut Store, partner: &str, seed: u8, expires: Option<i64>) -> Option<i64> {
    let digest = Token::of([seed; 32]).digest();
    let token = NewToken {
        partner,
        digest: &digest,
        feeds: &[path("partners/x"), path("partners/y")],
        created: noon(),
        expires: expires.map(|hours| noon() + TimeDelta::hours(hours)),
    };
    store.add_token(&token).await.expect("an answer")
}

async fn tokens(store: &mut Store) -> Vec<KeptToken> {
    store.partner_tokens().await.expect("tokens")
}

async fn a_partner_has_two_live_tokens_at_most(place: Place) {
    let mut store = place.open().await;
    let first = add(&mut store, "flipboard", 1, Some(1)).await.expect("a token");
    let second = add(&mut store, "flipboard", 2, None).await.expect("a token");
    assert!(second > first);
    assert_eq!(add(&mut store, "flipboard", 3, None).await, None);
    assert!(add(&mut store, "msn", 4, None).await.is_some(), "others have their own");
    store.revoke_tokens("flipboard", Some(first), noon()).await.expect("taken back");
    // One whose time is over doesn't count either.
    assert!(add(&mut store, "flipboard", 5, Some(0)).await.is_some());
    assert!(add(&mut store, "flipboard", 6, None).await.is_some());
    assert_eq!(add(&mut store, "flipboard", 7, None).await, None);

    let all = tokens(&mut store).await;
    let own: Vec<_> = all.iter().filter(|it| it.partner == "flipboard").collect();
    let states: Vec<_> = own.iter().map(|it| it.state(noon())).collect();
    use TokenState::{Expired, Live, Revoked};
    assert_eq!(states, [Revoked, Live, Expired, Live]);
    assert_eq!((own[1].id, own[1].digest == Token::of([2; 32]).digest()), (second, true));
    assert_eq!(own[1].feeds, [path("partners/x"), path("partners/y")]);
    assert_eq!((own[1].created, own[1].expires, own[1].revoked), (noon(), None, None));
    assert_eq!(own[0].expires, Some(noon() + TimeDelta::hours(1)));
    assert_eq!(own[0].revoked, Some(noon()));
}

async fn a_token_is_taken_back_once_and_by_its_own_partner_alone(place: Place) {
    let mut store = place.open().await;
    let first = add(&mut store, "flipboard", 1, None).await.expect("a token");
    let second = add(&mut store, "flipboard", 2, None).await.expect("a token");
    let other = add(&mut store, "msn", 3, None).await.expect("a token");
    let wrong = store.revoke_tokens("flipboard", Some(other), noon()).await.expect("an answer");
    assert_eq!(wrong, [0_i64; 0]);
    let one = store.revoke_tokens("flipboard", Some(second), noon()).await.expect("an answer");
    assert_eq!(one, [second]);
    let later = noon() + TimeDelta::hours(1);
    let rest = store.revoke_tokens("flipboard", None, later).await.expect("an answer");
    assert_eq!(rest, [first]);
    let all = tokens(&mut store).await;
    assert_eq!(all[1].revoked, Some(noon()), "the first time counts");
    assert_eq!(all[2].revoked, None);
}

async fn what_tokens_open_is_added_up(place: Place) {
    let mut store = place.open().await;
    let id = add(&mut store, "flipboard", 1, None).await.expect("a token");
    assert_eq!(tokens(&mut store).await[0].last_used, None);
    let later = noon() + TimeDelta::hours(1);
    for (requests, last) in [(3, later), (2, noon())] {
        store.count_uses(&[Used { id, requests, last }]).await.expect("counted");
    }
    let token = &tokens(&mut store).await[0];
    assert_eq!((token.requests, token.last_used), (5, Some(later)));
}

async fn nobody_is_told_of_a_feed_that_is_no_topic_any_more(place: Place) {
    let mut store = place.open().await;
    let mut ids = Vec::new();
    for name in ["partners/x", "news"] {
        let mut feed = FeedRecord::new(path(name), format!("tag:{name}"), "rule");
        store.keep_feed(&mut feed).await.expect("kept");
        store.stage_topic(feed.id, Change::News).await.expect("staged");
        let wish = Subscribed {
            topic: format!("https://feeds.example/{name}/rss.xml"),
            callback: "https://reader.example/".to_owned(),
            host: "reader.example".to_owned(),
            feed: feed.id,
            format: Format::Rss,
            secret: None,
            expires: noon() + TimeDelta::days(10),
        };
        store.subscribe(&[wish]).await.expect("a subscription");
        ids.push(feed.id);
    }
    store.keep_hubs(&["https://hub.example/"]).await.expect("a hub");
    store.release_topics(noon(), TimeDelta::zero()).await.expect("released");
    store.stage_topic(ids[0], Change::News).await.expect("staged");
    store.end_topic(ids[0]).await.expect("ended");
    store.release_topics(noon(), TimeDelta::zero()).await.expect("released");
    let left = store.subscriptions(noon()).await.expect("subscriptions");
    assert_eq!(left.iter().map(|it| it.subscribed.feed).collect::<Vec<_>>(), [ids[1]]);
    let until = noon() + TimeDelta::minutes(2);
    let pings = store.claim_pings(10, noon(), until).await.expect("pings");
    let told: Vec<_> = pings.iter().map(|it| (it.topic.feed, it.topic.version)).collect();
    assert_eq!(told, [(ids[1], 1)]);
}
