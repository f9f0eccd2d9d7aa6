//! Remote sources: claims, what is known of them, what was passed over.

use std::collections::{BTreeSet, HashSet};

use chrono::TimeDelta;
use feedwright::{
    store::{ALIKE, Claims, Remote, RemoteState, Store},
    story::Incoming,
};

use super::{Place, incoming, noon, story, take_anew};

contract!(
    a_source_is_claimed_by_one_at_a_time_and_what_is_known_of_it_comes_back,
    a_claim_that_is_over_or_whose_holder_is_gone_counts_as_none,
    what_is_passed_over_comes_back_when_the_other_story_is_withdrawn,
    prints_find_the_stories_of_other_sources,
    of_sources_that_are_named_those_that_are_due_can_be_claimed_and_let_go,
);

fn names() -> BTreeSet<&'static str> {
    ["a", "b", "c"].into()
}

async fn kept(store: &mut Store, source: &str, remote: &Remote, lease: &str) -> bool {
    let kept = store.keep_remote(source, remote, lease).await.expect("an answer");
    store.was_kept(kept).await.expect("an answer")
}

async fn a_source_is_claimed_by_one_at_a_time_and_what_is_known_of_it_comes_back(place: Place) {
    let mut store = place.open().await;
    store.keep_remotes(&names()).await.expect("sources");
    let until = noon() + TimeDelta::minutes(5);
    let claimed = store.claim(Claims::Due, 2, "one", noon(), until).await.expect("claims");
    let mine: BTreeSet<String> = claimed.iter().map(|it| it.source.clone()).collect();
    assert_eq!(mine, ["a".to_owned(), "b".to_owned()].into());
    let others = store.claim(Claims::Due, 9, "two", noon(), until).await.expect("claims");
    let others: Vec<_> = others.iter().map(|it| it.source.as_str()).collect();
    assert_eq!(others, ["c"], "what is claimed is passed over");
    let known = Remote {
        state: RemoteState::Paused,
        next_due: Some(noon() + TimeDelta::hours(1)),
        etag: Some("W/\"x\"".to_owned()),
        ..Remote::default()
    };
    assert!(kept(&mut store, "a", &known, "one").await);
    assert!(!kept(&mut store, "b", &known, "two").await, "another's claim");
    assert_eq!(store.remotes().await.expect("sources")["a"], known);
    let later = noon() + TimeDelta::minutes(30);
    let due = store.claim(Claims::Due, 9, "two", later, later).await.expect("claims");
    assert!(due.iter().all(|it| it.source != "a"), "it is due in an hour");
    // A source that is no longer configured is forgotten.
    store.keep_remotes(&["b"].into()).await.expect("sources");
    assert_eq!(store.remotes().await.expect("sources").len(), 1);
    store.close().await.expect("closed");
}

async fn a_claim_that_is_over_or_whose_holder_is_gone_counts_as_none(place: Place) {
    let mut store = place.open().await;
    store.keep_remotes(&names()).await.expect("sources");
    let until = noon() + TimeDelta::minutes(5);
    store.claim(Claims::Named(&["a", "b"]), 9, "one", noon(), until).await.expect("claims");
    let late = until + TimeDelta::seconds(1);
    let again = store.claim(Claims::Named(&["a"]), 9, "two", late, late).await.expect("claims");
    assert_eq!(again.len(), 1);
    store.end_claims(&|lease| lease == "one").await.expect("ended");
    let again = store.claim(Claims::Named(&["b"]), 9, "two", noon(), until).await.expect("claims");
    assert_eq!(again.len(), 1);
    store.close().await.expect("closed");
}

async fn what_is_passed_over_comes_back_when_the_other_story_is_withdrawn(place: Place) {
    let mut store = place.open().await;
    take_anew(&mut store, &[incoming("one", "One", "2026-02-01T00:00:00Z")]).await;
    let id = story(&mut store, "one").await.id;
    store.pass_over("wire", &[("id:1", Some(id)), ("id:2", None)]).await.expect("passed over");
    let keys = ["id:1", "id:2", "id:3"];
    let passed = store.passed("wire", &keys).await.expect("an answer");
    assert_eq!(passed, HashSet::from(["id:1".to_owned(), "id:2".to_owned()]));
    store.withdraw(&[id], noon()).await.expect("withdrawn");
    let passed = store.passed("wire", &keys).await.expect("an answer");
    assert_eq!(passed, HashSet::from(["id:2".to_owned()]));
    store.forget_passed("wire").await.expect("forgotten");
    assert!(store.passed("wire", &keys).await.expect("an answer").is_empty());
    store.close().await.expect("closed");
}

async fn prints_find_the_stories_of_other_sources(place: Place) {
    let mut store = place.open().await;
    take_anew(&mut store, &[incoming("one", "One", "2026-02-01T00:00:00Z")]).await;
    let found = store.unprinted(&[]).await.expect("an answer").expect("stories");
    assert_eq!(found.iter().map(|it| it.title.as_str()).collect::<Vec<_>>(), ["One"]);
    assert_eq!(store.unprinted(&[]).await.expect("an answer"), None, "nothing comes twice");
    let own = story(&mut store, "one").await;
    store.keep_prints(&[(i64::MIN, own.id), (7, own.id), (7, own.id)]).await.expect("prints");
    let matching = store.ask_matches("wire", &[7, 8]).await.expect("asked");
    let matches = store.matches(matching).await.expect("an answer");
    assert_eq!((matches.len(), matches[0].id, matches[0].print), (1, own.id, 7));
    let matching = store.ask_matches(&own.source, &[7]).await.expect("asked");
    assert!(store.matches(matching).await.expect("an answer").is_empty(), "its own");
    let others: Vec<Incoming> =
        (0..ALIKE).map(|at| incoming(&format!("o{at}"), "O", "2026-02-01T00:00:00Z")).collect();
    take_anew(&mut store, &others).await;
    for at in 0..ALIKE {
        let matching = store.ask_matches("wire", &[7]).await.expect("asked");
        assert_eq!(store.matches(matching).await.expect("an answer").len(), at + 1);
        let id = story(&mut store, &format!("o{at}")).await.id;
        store.keep_prints(&[(7, id)]).await.expect("prints");
    }
    let matching = store.ask_matches("wire", &[7, 7]).await.expect("asked");
    assert!(store.matches(matching).await.expect("an answer").is_empty(), "too many have it");
    assert_eq!(store.texts(&[own.id]).await.expect("texts")[&own.id].text, "One, in full.");
    store.give_over(&matches[0], "wire", "id:1", "path").await.expect("given over");
    let now = story(&mut store, own.guid.as_str()).await;
    assert_eq!((now.source.as_str(), &now.guid), ("wire", &own.guid));
    let passed = store.passed(&own.source, &[&own.key]).await.expect("an answer");
    assert_eq!(passed.len(), 1, "the one that had it passes it over from now on");
    store.close().await.expect("closed");
}

async fn of_sources_that_are_named_those_that_are_due_can_be_claimed_and_let_go(place: Place) {
    let mut store = place.open().await;
    store.keep_remotes(&names()).await.expect("sources");
    let until = noon() + TimeDelta::minutes(5);
    store.claim(Claims::Named(&["a"]), 9, "one", noon(), until).await.expect("claims");
    let later = Remote { next_due: Some(noon() + TimeDelta::hours(1)), ..Remote::default() };
    assert!(kept(&mut store, "a", &later, "one").await);
    let due = store.claim(Claims::DueOf(&["a", "b"]), 9, "one", noon(), until).await;
    let due = due.expect("claims");
    assert_eq!(due.iter().map(|it| it.source.as_str()).collect::<Vec<_>>(), ["b"]);
    store.let_go(&["b"], "two").await.expect("nothing of its own");
    let claims = Claims::DueOf(&["b"]);
    assert!(store.claim(claims, 9, "two", noon(), until).await.expect("claims").is_empty());
    store.let_go(&["b"], "one").await.expect("let go");
    assert_eq!(store.claim(claims, 9, "two", noon(), until).await.expect("claims").len(), 1);
    store.close().await.expect("closed");
}
