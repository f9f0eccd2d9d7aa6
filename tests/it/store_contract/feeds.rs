//! Feeds, their members, pages, tombstones and files.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use feedwright::{
    store::{
        Buried, Candidate, Cursor, FeedRecord, Member, OrderKey, Page, Published, RenderedRow,
        Store,
    },
    story::Guid,
};

use super::{Place, feed, member, members, noon, story};

contract!(
    members_come_newest_first_and_ties_by_guid,
    a_member_written_twice_at_once_is_the_last,
    lifted_members_come_last_lifted_first,
    stories_are_listed_newest_first_page_by_page,
    pages_are_kept_soiled_and_given_in_order,
    a_page_remembers_the_latest_leaving,
    tombstones_come_last_taken_back_first,
    documents_are_kept_until_they_are_removed,
    feeds_keep_what_was_decided,
    rendered_texts_are_kept_by_story,
    held_and_undeclared_stories_are_replaced,
);

const TIES: [&str; 7] = ["B-1", "B1", "Z", "_x", "a-c", "ab", "á"];

pub(crate) async fn members_come_newest_first_and_ties_by_guid(place: Place) {
    let mut store = place.open().await;
    let same = "2026-02-01T00:00:00Z";
    let mut given: Vec<(&str, &str)> = TIES.iter().map(|guid| (*guid, same)).collect();
    given.reverse();
    given.push(("newer", "2026-02-02T00:00:00Z"));
    members(&mut store, &given).await;
    let mut expected = vec!["newer"];
    expected.extend(TIES);
    let mut seen = Vec::new();
    let mut cursor = Cursor::start();
    loop {
        let page = newest(&mut store, 1, &cursor, 3).await;
        let Some(last) = page.last() else { break };
        cursor = Cursor::after(&last.story);
        seen.extend(page.into_iter().map(|candidate| candidate.story.guid.to_string()));
    }
    assert_eq!(seen, expected);
    let oldest_first: Vec<i64> =
        store.unpaged(1).await.expect("asked").into_iter().map(|(story, _)| story).collect();
    let stories = store.candidates(&oldest_first).await.expect("asked");
    let guid = |id: &i64| {
        let found = stories.iter().find(|candidate| candidate.story.id == *id);
        found.expect("a story").story.guid.to_string()
    };
    expected.reverse();
    assert_eq!(oldest_first.iter().map(guid).collect::<Vec<_>>(), expected);
    store.set_page(1, 1, &oldest_first[..2]).await.expect("set");
    assert_eq!(store.unpaged(1).await.expect("asked").len(), expected.len() - 2);
}

pub(crate) async fn a_member_written_twice_at_once_is_the_last(place: Place) {
    let mut store = place.open().await;
    members(&mut store, &[("a", "2026-02-01T00:00:00Z"), ("b", "2026-02-01T00:00:00Z")]).await;
    let a = story(&mut store, "a").await;
    let inside = member(&a, 1);
    let outside = Member { inside: false, page: Some(3), ..inside.clone() };
    store.keep_members(&[outside.clone(), inside, outside.clone()]).await.expect("kept");
    let of = store.members_of(&[a.id]).await.expect("asked");
    assert_eq!(of[&a.id], [outside]);
    assert_eq!(newest(&mut store, 1, &Cursor::start(), 9).await.len(), 1);
    let b = story(&mut store, "b").await;
    store.keep_members(&[member(&a, 2), member(&b, 2)]).await.expect("kept");
    let beside: BTreeSet<_> = store.beside(1).await.expect("asked").into_iter().collect();
    assert_eq!(beside, BTreeSet::from([(1, None), (2, None)]));
}

pub(crate) async fn lifted_members_come_last_lifted_first(place: Place) {
    let mut store = place.open().await;
    let day = "2026-02-01T00:00:00Z";
    members(&mut store, &[("a-b", day), ("aa", day), ("B", day), ("c", day)]).await;
    for (guid, hour) in [("a-b", 1), ("aa", 1), ("B", 1), ("c", 2)] {
        let story = story(&mut store, guid).await;
        let raised = Some(noon() + TimeDelta::hours(hour));
        store.keep_members(&[Member { raised, ..member(&story, 1) }]).await.expect("kept");
    }
    let raised = raised(&mut store, 1, 3).await;
    let raised: Vec<_> = raised.iter().map(|candidate| candidate.story.guid.as_str()).collect();
    assert_eq!(raised, ["c", "B", "a-b"]);
}

pub(crate) async fn stories_are_listed_newest_first_page_by_page(place: Place) {
    let mut store = place.open().await;
    let day = "2026-02-01T00:00:00Z";
    let given: Vec<(&str, &str)> = TIES.iter().map(|guid| (*guid, day)).collect();
    members(&mut store, &given).await;
    let first = store.listed(None, 4).await.expect("asked");
    let rest = store.listed(first.last(), 10).await.expect("asked");
    let seen: Vec<_> = first.iter().chain(&rest).map(|story| story.guid.as_str()).collect();
    assert_eq!(seen, TIES);
}

pub(crate) async fn pages_are_kept_soiled_and_given_in_order(place: Place) {
    let mut store = place.open().await;
    let (one, two) = (feed(&mut store, "a").await.id, feed(&mut store, "b").await.id);
    let page = |feed, number, stories: &[i64]| Page {
        feed,
        number,
        stories: stories.to_vec(),
        bytes: 1 << 40,
        ..Page::default()
    };
    let last = page(one, 1, &[3, 1, 2]);
    store.keep_pages(&[page(one, 1, &[9]), page(one, 2, &[]), last.clone()]).await.expect("kept");
    store.keep_pages(&[page(two, 1, &[4])]).await.expect("kept");
    assert_eq!(store.page(one, 1).await.expect("asked"), Some(last));
    assert_eq!(store.page(one, 7).await.expect("asked"), None);
    assert_eq!(store.dirty_pages((0, 0), 9).await.expect("asked"), []);
    store.soil_pages(one).await.expect("soiled");
    store.soil_page(two, 1, None).await.expect("soiled");
    let numbers = |pages: Vec<Page>| -> Vec<(i64, u32)> {
        pages.iter().map(|page| (page.feed, page.number)).collect()
    };
    let dirty = store.dirty_pages((0, 0), 2).await.expect("asked");
    assert_eq!(numbers(dirty), [(one, 1), (one, 2)]);
    assert_eq!(numbers(store.dirty_pages((one, 2), 2).await.expect("asked")), [(two, 1)]);
    let done = [(one, 1), (one, 2), (two, 1)];
    store.keep_published(&[], &[], &[], &done).await.expect("kept");
    assert_eq!(store.dirty_pages((0, 0), 9).await.expect("asked"), []);
}

pub(crate) async fn a_page_remembers_the_latest_leaving(place: Place) {
    let mut store = place.open().await;
    let feed = feed(&mut store, "a").await.id;
    store.keep_pages(&[Page { feed, number: 1, ..Page::default() }]).await.expect("kept");
    let (early, late) = (noon(), noon() + TimeDelta::hours(1));
    for (left, expected) in [
        (None, None),
        (Some(early), Some(early)),
        (Some(late), Some(late)),
        (Some(early), Some(late)),
        (None, Some(late)),
    ] {
        store.soil_page(feed, 1, left).await.expect("soiled");
        let page = store.page(feed, 1).await.expect("asked").expect("a page");
        assert_eq!((page.left_at, page.dirty), (expected, true), "{left:?}");
    }
}

pub(crate) async fn tombstones_come_last_taken_back_first(place: Place) {
    let mut store = place.open().await;
    let feed = feed(&mut store, "a").await.id;
    let buried = |guid: &str, hour: i64, comment: Option<&str>| {
        let comment = comment.map(str::to_owned);
        (
            feed,
            Buried {
                guid: Guid::kept(guid),
                at: noon() + TimeDelta::hours(hour),
                comment,
                story: None,
            },
        )
    };
    let rows = [
        buried("B", 1, None),
        buried("a-c", 1, Some("why")),
        buried("ab", 1, None),
        buried("old", 0, None),
        buried("twice", 9, None),
        buried("twice", 2, Some("second")),
    ];
    store.bury(&rows).await.expect("buried");
    let seen = store.buried(feed, 9).await.expect("asked");
    let order = [5, 0, 1, 2, 3].map(|place| rows[place].1.clone());
    assert_eq!(seen, order);
    assert_eq!(store.buried(feed, 1).await.expect("asked"), order[..1]);
    store.unbury(feed, &["twice", "B", "nobody"]).await.expect("unburied");
    assert_eq!(store.buried(feed, 9).await.expect("asked"), order[2..]);
}

pub(crate) async fn documents_are_kept_until_they_are_removed(place: Place) {
    let mut store = place.open().await;
    let file = |file: &str, page, digest: &str| Published {
        file: file.into(),
        feed: "latam".into(),
        page,
        digest: digest.into(),
        size: u64::from(u32::MAX) + 1,
        stamp: 1_772_000_000_123_456_789,
        changed: noon(),
    };
    let files = [
        file("latam/rss.xml", 0, "a"),
        file("latam/archive/rss-0002.xml", 2, "b"),
        file("latam/archive/rss-0001.xml", 1, "c"),
    ];
    let twice = [file("latam/rss.xml", 0, "before"), files[0].clone()];
    store.keep_published(&twice, &[], &[], &[]).await.expect("kept");
    store.keep_published(&files, &[], &[], &[]).await.expect("kept");
    let current = store.current_files().await.expect("asked");
    assert_eq!(current, BTreeMap::from([("latam/rss.xml".to_owned(), files[0].clone())]));
    let latam = "latam".parse().expect("a path");
    let archived = store.archived_files(&latam).await.expect("asked");
    assert_eq!(archived, ["latam/archive/rss-0001.xml", "latam/archive/rss-0002.xml"]);
    let removed = ["latam/rss.xml".to_owned(), "unknown".to_owned()];
    store.keep_published(&[], &removed, &[], &[]).await.expect("kept");
    assert_eq!(store.current_files().await.expect("asked"), BTreeMap::new());
}

pub(crate) async fn feeds_keep_what_was_decided(place: Place) {
    let mut store = place.open().await;
    let mut latam = feed(&mut store, "latam").await;
    let root = feed(&mut store, "").await;
    assert_ne!(latam.id, root.id);
    latam.path = "americas".parse().expect("a path");
    latam.floor = Some(OrderKey { published: noon(), guid: Guid::kept("g") });
    (latam.updated, latam.retired) = (Some(noon()), Some(noon()));
    (latam.open_page, latam.paged, latam.entries) = (7, true, 50);
    store.keep_feed(&mut latam).await.expect("kept");
    let carried = BTreeMap::from([("tag:x,2026:é".to_owned(), 3_000_000_000)]);
    store.keep_carried(latam.id, &carried).await.expect("kept");
    store.keep_feed(&mut latam).await.expect("kept");
    let feeds = store.feeds().await.expect("asked");
    assert_eq!(feeds.into_values().collect::<Vec<_>>(), [root.clone(), latam.clone()]);
    assert_eq!(store.carried(latam.id).await.expect("asked"), carried);
    assert_eq!(store.carried(root.id).await.expect("asked"), BTreeMap::new());
    store.keep_published(&[], &[], &[latam.id], &[]).await.expect("kept");
    assert!(!store.feeds().await.expect("asked")[&latam.path].dirty);
    // Another feed can't have its place, which may be said at the next question.
    let mut second = FeedRecord::new(latam.path.clone(), "x".into(), "rule");
    let kept = store.keep_feed(&mut second).await;
    assert!(kept.is_err() || store.feeds().await.is_err());
}

pub(crate) async fn rendered_texts_are_kept_by_story(place: Place) {
    let mut store = place.open().await;
    members(&mut store, &[("a", "2026-02-01T00:00:00Z")]).await;
    let story = story(&mut store, "a").await;
    let row = |digest, html, bytes| RenderedRow {
        story: story.id,
        digest,
        html,
        excerpt: "A.",
        image: None,
        bytes,
    };
    let before = newest(&mut store, 1, &Cursor::start(), 1).await;
    assert_eq!((before[0].rendered_digest.as_deref(), before[0].rendered_bytes), (None, 0));
    store
        .keep_rendered(&[row("1", "<p>x", 3), row("2", "<p>y", 5_000_000_000)])
        .await
        .expect("kept");
    let after = newest(&mut store, 1, &Cursor::start(), 1).await;
    assert_eq!(after[0].rendered_digest.as_deref(), Some("2"));
    assert_eq!(after[0].rendered_bytes, 5_000_000_000);
    assert_eq!(store.words(&[story.id]).await.expect("asked")[&story.id].html, "<p>y");
    assert_eq!(store.rendered_digests(&[story.id]).await.expect("asked")[&story.id], "2");
    let page = Page { feed: 1, number: 1, stories: vec![story.id], ..Page::default() };
    assert_eq!(store.on_page(&page).await.expect("asked"), after);
}

pub(crate) async fn held_and_undeclared_stories_are_replaced(place: Place) {
    let mut store = place.open().await;
    let one = feed(&mut store, "a").await.id;
    members(&mut store, &[("b", "2026-02-01T00:00:00Z"), ("C", "2026-02-01T00:00:00Z")]).await;
    let (b, c) = (story(&mut store, "b").await.id, story(&mut store, "C").await.id);
    store.keep_held(&[(one, b), (one, c), (one, b)]).await.expect("kept");
    let held: BTreeSet<_> = store.held().await.expect("asked").into_iter().collect();
    assert_eq!(held, BTreeSet::from([(one, b), (one, c)]));
    store.keep_held(&[(one, c)]).await.expect("kept");
    assert_eq!(store.held().await.expect("asked"), [(one, c)]);
    let named = [("x".to_owned(), b), ("x".to_owned(), c), ("W".to_owned(), b)];
    store.keep_undeclared(&[b, c], &named).await.expect("kept");
    let seen = store.undeclared().await.expect("asked");
    let seen: Vec<_> =
        seen.iter().map(|(section, _, path)| (section.as_str(), path.as_str())).collect();
    assert_eq!(seen, [("W", "b"), ("x", "C"), ("x", "b")]);
    store.keep_undeclared(&[b], &[]).await.expect("kept");
    assert_eq!(store.undeclared().await.expect("asked").len(), 1);
}

async fn newest(store: &mut Store, feed: i64, after: &Cursor, count: usize) -> Vec<Candidate> {
    let asked = store.ask_newest(feed, after, count).await.expect("asked");
    store.asked_candidates(asked).await.expect("answered")
}

async fn raised(store: &mut Store, feed: i64, count: usize) -> Vec<Candidate> {
    let asked = store.ask_raised(feed, count).await.expect("asked");
    store.asked_candidates(asked).await.expect("answered")
}
