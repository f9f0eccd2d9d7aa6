//! Stories, transactions and what is remembered.

use std::slice::from_ref;

use chrono::TimeDelta;
use feedwright::{
    store::{AdoptedEntry, Needs, OrderKey, Outcome, Purge, Retraction, Store, Whereabouts},
    story::{Guid, Incoming, Phase, State, Story},
};

use super::{Place, at, incoming, member, members, noon, story, take_anew, take_guarded, with_id};

contract!(
    a_new_story_gets_its_guid_and_keeps_it,
    a_batch_may_hold_a_story_and_its_change,
    a_story_is_known_by_its_path_its_key_and_its_guid,
    guids_that_are_taken_get_a_number_or_are_refused,
    a_withdrawn_story_comes_back_under_its_guid,
    a_story_that_readers_have_is_kept_from_dates_that_would_hide_it,
    a_retracted_story_stays_so_until_it_is_restored,
    a_purged_story_keeps_its_guid_alone,
    stories_written_since_a_revision_are_touched,
    a_story_falls_due_when_its_hour_has_come,
    stories_and_members_are_counted,
    a_story_without_readers_takes_an_adopted_guid,
    adopted_entries_add_up,
    translations_find_each_other,
    what_was_said_is_said_once,
    what_is_given_up_was_never_done,
    what_is_committed_within_a_trial_goes_with_it,
    a_failed_statement_fails_the_transaction,
    texts_are_kept_letter_for_letter,
    a_large_batch_is_stored_whole,
    listings_are_kept_replaced_and_forgotten,
);

pub(crate) async fn a_new_story_gets_its_guid_and_keeps_it(place: Place) {
    let mut store = place.open().await;
    assert!(store.is_empty().await.expect("counted"));
    let first = incoming("a.md", "A", "2026-02-01T00:00:00Z");
    let guid = Guid::kept("tag:www.example.org,2026-02-01:a");
    assert_eq!(take_anew(&mut store, from_ref(&first)).await, [Outcome::New(guid.clone())]);
    assert_eq!(take_anew(&mut store, from_ref(&first)).await, [Outcome::Same(guid.clone())]);
    let other = Incoming { published: Some(at("2026-02-02T00:00:00Z")), ..first.clone() };
    let other = Incoming { title: "B".into(), digest: "b".into(), ..other };
    assert_eq!(take_anew(&mut store, &[other]).await, [Outcome::Changed(guid.clone())]);
    store.close().await.expect("closed");
    let mut store = Store::open_existing(&place.address).await.expect("opened").expect("there");
    let story = story(&mut store, "a.md").await;
    assert_eq!((story.guid, story.title.as_str(), story.updated), (guid, "B", noon()));
    assert_eq!(story.size, "A, in full.".len() as u64);
}

pub(crate) async fn a_batch_may_hold_a_story_and_its_change(place: Place) {
    let mut store = place.open().await;
    let first = with_id("x", incoming("a.md", "A", "2026-02-01T00:00:00Z"));
    let again = with_id("x", incoming("b.md", "B", "2026-02-01T00:00:00Z"));
    let outcomes = take_anew(&mut store, &[first, again]).await;
    assert!(matches!(outcomes.as_slice(), [Outcome::New(_), Outcome::Changed(_)]), "{outcomes:?}");
    assert_eq!(story(&mut store, "b.md").await.title, "B");
}

pub(crate) async fn a_story_is_known_by_its_path_its_key_and_its_guid(place: Place) {
    let mut store = place.open().await;
    let first = with_id("x", incoming("a.md", "A", "2026-02-01T00:00:00Z"));
    take_anew(&mut store, &[first.clone(), incoming("b.md", "B", "2026-02-01T00:00:00Z")]).await;
    let mut known = store.known("desk").await.expect("known");
    store.recall("desk", &mut known, &["a.md", "c.md"]).await.expect("recalled");
    assert_eq!(known.digest("a.md"), Some(first.digest.as_str()));
    assert_eq!(known.digest("b.md"), None);
    let (by_key, digest) = store.by_key("desk", "id:x").await.expect("asked").expect("there");
    assert_eq!((by_key.path.as_str(), digest), ("a.md", first.digest.clone()));
    assert_eq!(store.by_key("wire", "id:x").await.expect("asked"), None);
    for named in ["x", "a.md", by_key.guid.as_str(), by_key.url.as_str()] {
        assert_eq!(
            store.find(named).await.expect("asked").as_slice(),
            from_ref(&by_key),
            "{named}"
        );
    }
    let moved = with_id("x", Incoming { path: "moved.md".into(), ..first });
    take_anew(&mut store, &[moved]).await;
    assert_eq!(story(&mut store, "moved.md").await.guid, by_key.guid);
}

pub(crate) async fn guids_that_are_taken_get_a_number_or_are_refused(place: Place) {
    let mut store = place.open().await;
    let named = |path: &str| {
        let story = incoming(path, path, "2026-02-01T00:00:00Z");
        Incoming { mint_path: "same".into(), ..story }
    };
    let outcomes = take_anew(&mut store, &[named("a.md"), named("b.md")]).await;
    let guid = |ending: &str| {
        Outcome::New(Guid::kept(format!("tag:www.example.org,2026-02-01:same{ending}")))
    };
    assert_eq!(outcomes, [guid(""), guid("-2")]);
    assert_eq!(take_anew(&mut store, &[named("c.md")]).await, [guid("-3")]);
    let mut own = incoming("d.md", "D", "2026-02-01T00:00:00Z");
    own.guid = Some(Guid::kept("tag:www.example.org,2026-02-01:same-3"));
    let refused = take_anew(&mut store, &[own]).await;
    assert!(
        matches!(&refused[0], Outcome::Refused { holder, .. } if holder.contains("c.md")),
        "{refused:?}"
    );
}

pub(crate) async fn a_withdrawn_story_comes_back_under_its_guid(place: Place) {
    let mut store = place.open().await;
    let first = incoming("a.md", "A", "2026-02-01T00:00:00Z");
    take_anew(&mut store, from_ref(&first)).await;
    let before = story(&mut store, "a.md").await;
    store.withdraw(&[before.id], noon()).await.expect("withdrawn");
    let gone = story(&mut store, "a.md").await;
    assert_eq!((gone.state, gone.phase), (State::Withdrawn, Phase::Gone));
    assert!(gone.revision > before.revision);
    let back = take_anew(&mut store, &[first]).await;
    assert_eq!(back, [Outcome::Changed(before.guid)]);
    assert_eq!(story(&mut store, "a.md").await.phase, Phase::Public);
}

pub(crate) async fn a_story_that_readers_have_is_kept_from_dates_that_would_hide_it(place: Place) {
    let mut store = place.open().await;
    let first = with_id("x", incoming("a.md", "A", "2026-03-01T11:00:00Z"));
    take_anew(&mut store, from_ref(&first)).await;
    let ahead = with_id("x", incoming("b.md", "B", "2027-01-01T00:00:00Z"));
    let over = Incoming { expires: Some(at("2026-03-01T12:00:00Z")), ..first.clone() };
    for hiding in [ahead, over] {
        let (published, expires) = (hiding.published, hiding.expires);
        let kept = take_guarded(&mut store, from_ref(&hiding), noon()).await;
        let [Outcome::Kept { id, published: then, expires: ends }] = kept[..] else {
            assert_eq!(kept, [], "not kept");
            return;
        };
        assert_eq!((Some(then), ends), (published, expires));
        let stored = story(&mut store, &hiding.path).await;
        assert_eq!((stored.id, stored.title.as_str(), stored.phase), (id, "A", Phase::Public));
        assert_eq!((Some(stored.published), stored.expires), (first.published, None));
    }
    // A clock that jumped back makes no accident of a date that is as it was.
    let edited = Incoming { title: "C".into(), digest: "c".into(), ..first };
    let taken = take_guarded(&mut store, &[edited], noon() - TimeDelta::hours(2)).await;
    assert!(matches!(taken[..], [Outcome::Changed(_)]), "{taken:?}");
    assert_eq!(story(&mut store, "a.md").await.phase, Phase::Public);
}

pub(crate) async fn a_retracted_story_stays_so_until_it_is_restored(place: Place) {
    let mut store = place.open().await;
    let first = incoming("a.md", "A", "2026-02-01T00:00:00Z");
    take_anew(&mut store, from_ref(&first)).await;
    let before = story(&mut store, "a.md").await;
    assert!(!store.was_public(before.id).await.expect("asked"));
    store.keep_members(&[member(&before, 1)]).await.expect("kept");
    assert!(store.was_public(before.id).await.expect("asked"));
    let until = noon() + TimeDelta::days(2);
    let retraction =
        Retraction { notice: Some(("Taken back.".into(), until)), ..Retraction::default() };
    store.retract(&before, &retraction, noon()).await.expect("retracted");
    let taken_back = story(&mut store, "a.md").await;
    assert_eq!((taken_back.state, taken_back.phase), (State::Retracted, Phase::Public));
    assert_eq!(taken_back.notice.as_deref(), Some("Taken back."));
    assert_eq!((taken_back.leaves, taken_back.raised), (Some(until), Some(noon())));
    let edited = Incoming { title: "Again".into(), digest: "again".into(), ..first };
    take_anew(&mut store, &[edited]).await;
    assert_eq!(story(&mut store, "a.md").await.state, State::Retracted);
    let taken_back = story(&mut store, "a.md").await;
    store.restore(&taken_back, Whereabouts::Stored, noon()).await.expect("restored");
    let restored = story(&mut store, "a.md").await;
    assert_eq!((restored.state, restored.phase), (State::Live, Phase::Public));
    assert_eq!((restored.notice, restored.raised, restored.leaves), (None, None, None));
    let restored = story(&mut store, "a.md").await;
    store.restore(&restored, Whereabouts::Gone, noon()).await.expect("restored");
    assert_eq!(story(&mut store, "a.md").await.state, State::Withdrawn);
}

pub(crate) async fn a_purged_story_keeps_its_guid_alone(place: Place) {
    let mut store = place.open().await;
    let mut translated = incoming("a.md", "A", "2026-02-01T00:00:00Z");
    translated.facts.translation_key = Some("k".into());
    take_anew(&mut store, &[translated]).await;
    let before = story(&mut store, "a.md").await;
    let purge = Retraction { purge: Some(Purge::All), ..Retraction::default() };
    store.retract(&before, &purge, noon()).await.expect("retracted");
    let purged = &store.by_guid(&[before.guid]).await.expect("asked")[0];
    assert!(purged.is_purged());
    assert_eq!((purged.title.as_str(), purged.url.as_str(), purged.size), ("", "", 0));
    assert_eq!(purged.path, "");
    let texts = store.raw_texts(&[before.id]).await.expect("asked");
    assert_eq!(texts[&before.id].text, "");
    store.scrub().await.expect("scrubbed, where that can be done");
}

pub(crate) async fn stories_written_since_a_revision_are_touched(place: Place) {
    let mut store = place.open().await;
    assert_eq!(store.revisions().await.expect("asked"), (0, 0));
    take_anew(&mut store, &[incoming("a.md", "A", "2026-02-01T00:00:00Z")]).await;
    let (revision, settled) = store.revisions().await.expect("asked");
    let a = story(&mut store, "a.md").await;
    let touched = store.touched(settled).await.expect("asked");
    assert_eq!(touched, [(a.published.timestamp_millis(), a.id)]);
    store.settle_revision(revision).await.expect("settled");
    assert_eq!(store.revisions().await.expect("asked"), (revision, revision));
    assert_eq!(store.touched(revision).await.expect("asked"), []);
    take_anew(&mut store, &[incoming("b.md", "B", "2026-02-02T00:00:00Z")]).await;
    assert_eq!(store.touched(revision).await.expect("asked").len(), 1);
    assert_eq!(store.touched(-1).await.expect("asked").len(), 2);
    let all = Needs { titles: true, facts: true };
    let stories = scan(&mut store, 0, 10, all).await;
    assert_eq!(stories.iter().map(|story| story.title.as_str()).collect::<Vec<_>>(), ["A", "B"]);
    let narrow = scan(&mut store, 0, 1, Needs::default()).await;
    assert_eq!((narrow[0].title.as_str(), narrow[0].id), ("", stories[0].id));
    assert_eq!(scan(&mut store, stories[0].id, 1, all).await, stories[1..]);
}

pub(crate) async fn a_story_falls_due_when_its_hour_has_come(place: Place) {
    let mut store = place.open().await;
    assert_eq!(store.next_due().await.expect("asked"), None);
    let tomorrow = incoming("a.md", "A", "2026-03-02T12:00:00Z");
    let leaving = incoming("b.md", "B", "2026-02-01T00:00:00Z");
    let leaving = Incoming { expires: Some(at("2026-03-03T00:00:00Z")), ..leaving };
    take_anew(&mut store, &[tomorrow, leaving]).await;
    let (a, b) = (story(&mut store, "a.md").await.id, story(&mut store, "b.md").await.id);
    assert_eq!(store.due(noon()).await.expect("asked"), []);
    assert_eq!(store.next_due().await.expect("asked"), Some(at("2026-03-02T12:00:00Z")));
    let due = store.due(at("2026-03-04T00:00:00Z")).await.expect("asked");
    let due: Vec<_> = due.iter().map(|(_, id, phase)| (*id, *phase)).collect();
    assert_eq!(due, [(a, Phase::Public), (b, Phase::Gone)]);
    store.set_phase(&[a], Phase::Public).await.expect("set");
    assert_eq!(store.next_due().await.expect("asked"), Some(at("2026-03-03T00:00:00Z")));
}

/// Guids whose order differs between bytes and dictionaries.
pub(crate) async fn stories_and_members_are_counted(place: Place) {
    let mut store = place.open().await;
    let day = "2026-02-01T00:00:00Z";
    members(&mut store, &[("B", day), ("a", day), ("a-b", day)]).await;
    let tally = store.tally().await.expect("counted");
    assert_eq!(tally.len(), 1, "{tally:?}");
    assert_eq!((tally[0].source.as_str(), tally[0].count), ("desk", 3));
    let place = OrderKey { published: at(day), guid: Guid::kept("a-b") };
    assert_eq!(store.members_before(1, &place).await.expect("counted"), 2);
}

pub(crate) async fn a_story_without_readers_takes_an_adopted_guid(place: Place) {
    let mut store = place.open().await;
    let batch = ["a.md", "b.md"].map(|path| incoming(path, path, "2026-02-01T00:00:00Z"));
    take_anew(&mut store, &batch).await;
    let (a, b) = (story(&mut store, "a.md").await, story(&mut store, "b.md").await);
    let key = feedwright::story::address_key(&a.url);
    let found = store.at_addresses(&[key.as_str()].into()).await.expect("asked");
    assert_eq!(found[&key], a);
    let entry =
        AdoptedEntry { guid: "old".into(), address: key, published: None, updated: Some(noon()) };
    assert!(store.adopt(&a, &entry).await.expect("adopted"));
    assert!(!store.adopt(&b, &entry).await.expect("refused"));
    let adopted = story(&mut store, "a.md").await;
    assert_eq!((adopted.guid.as_str(), adopted.updated), ("old", noon()));
    assert_eq!(story(&mut store, "b.md").await, b);
}

pub(crate) async fn adopted_entries_add_up(place: Place) {
    let mut store = place.open().await;
    let entry = |guid: &str, address: &str, published, updated| AdoptedEntry {
        guid: guid.into(),
        address: address.into(),
        published,
        updated,
    };
    let (first, second) = (at("2025-01-01T00:00:00Z"), at("2025-01-02T00:00:00Z"));
    // RSS and Atom of one feed name the same entry.
    let both = [
        entry("old-a", "www.example.org/a.md", Some(first), None),
        entry("old-a", "www.example.org/a.md", None, Some(second)),
    ];
    store.keep_adopted(&both).await.expect("kept");
    store.keep_adopted(&[entry("old-a", "www.example.org/a.md", None, None)]).await.expect("kept");
    let guids = store.adopted_guids(&["old-a", "old-b"]).await.expect("asked");
    assert_eq!(guids.into_iter().collect::<Vec<_>>(), ["old-a"]);
    let key = feedwright::story::address_key("https://www.example.org/a.md/");
    store.keep_adopted(&[entry("old-a", &key, None, None)]).await.expect("kept");
    let addresses = store.adopted_addresses(from_ref(&key)).await.expect("asked");
    assert_eq!(addresses, [("old-a".to_owned(), key.clone())]);
    let unmatched = store.adopted_unmatched(&[second, first]).await.expect("asked");
    assert_eq!(unmatched, [entry("old-a", &key, Some(first), None)]);
    let mut story = incoming("a.md", "A", "2026-02-01T00:00:00Z");
    story.published = None;
    let taken = take_anew(&mut store, &[story]).await;
    assert_eq!(taken, [Outcome::New(Guid::kept("old-a"))]);
    let story = &store.by_guid(&[Guid::kept("old-a")]).await.expect("asked")[0];
    assert_eq!((story.published, story.updated), (first, second));
    assert!(store.adopted_unmatched(&[first]).await.expect("asked").is_empty());
}

pub(crate) async fn translations_find_each_other(place: Place) {
    let mut store = place.open().await;
    let translated = |path: &str, language: &str, key: &str| {
        let mut story = incoming(path, path, "2026-02-01T00:00:00Z");
        story.language = language.parse().expect("a language");
        story.facts.translation_key = Some(key.to_owned());
        story
    };
    let batch = [
        translated("p.md", "pt-BR", "k"),
        translated("e.md", "es", "k"),
        translated("n.md", "en", "l"),
    ];
    take_anew(&mut store, &batch).await;
    let siblings = store.siblings(&["k"]).await.expect("asked");
    let languages: Vec<_> = siblings.iter().map(|sibling| sibling.language.as_str()).collect();
    assert_eq!(languages, ["es", "pt-BR"]);
    assert_eq!(store.translations(&["k", "l"]).await.expect("asked").len(), 3);
    let id = story(&mut store, "n.md").await.id;
    assert_eq!(store.translation_keys(&[id]).await.expect("asked"), ["l"]);
}

pub(crate) async fn what_was_said_is_said_once(place: Place) {
    let mut store = place.open().await;
    assert!(store.say_once("desk", "a.md", "page").await.expect("said"));
    assert!(!store.say_once("desk", "a.md", "page").await.expect("said"));
    assert!(store.say_once("", "", "page").await.expect("said"));
    assert_eq!(store.remembered("x").await.expect("asked"), None);
    store.remember("x", "1").await.expect("remembered");
    store.remember("x", "2").await.expect("remembered");
    assert_eq!(store.remembered("x").await.expect("asked").as_deref(), Some("2"));
}

/// A store that is in its place, so that only a transaction can take something back.
async fn settled(place: &Place) -> Store {
    place.open().await.close().await.expect("closed");
    place.open().await
}

pub(crate) async fn what_is_given_up_was_never_done(place: Place) {
    let mut store = settled(&place).await;
    store.begin().await.expect("begun");
    take_anew(&mut store, &[incoming("a.md", "A", "2026-02-01T00:00:00Z")]).await;
    assert!(!store.is_empty().await.expect("asked"));
    store.give_up().await.expect("given up");
    let mut store = place.open().await;
    assert!(store.is_empty().await.expect("asked"));
    assert_eq!(store.revisions().await.expect("asked"), (0, 0));
    store.give_up().await.expect("without a transaction there is nothing to give up");
    // A store that was never settled leaves nothing, or an empty one.
    assert!(place.open().await.is_empty().await.expect("asked"));
}

pub(crate) async fn what_is_committed_within_a_trial_goes_with_it(place: Place) {
    let mut store = settled(&place).await;
    store.remember("x", "before").await.expect("remembered");
    store.begin().await.expect("begun");
    store.begin().await.expect("begun within");
    store.remember("x", "within").await.expect("remembered");
    store.commit().await.expect("committed within");
    store.begin().await.expect("begun again");
    store.remember("y", "open").await.expect("remembered");
    assert_eq!(store.remembered("x").await.expect("asked").as_deref(), Some("within"));
    store.give_up().await.expect("given up");
    let mut store = place.open().await;
    assert_eq!(store.remembered("x").await.expect("asked").as_deref(), Some("before"));
    assert_eq!(store.remembered("y").await.expect("asked"), None);
}

pub(crate) async fn a_failed_statement_fails_the_transaction(place: Place) {
    let mut store = settled(&place).await;
    store.begin().await.expect("begun");
    store.remember("x", "1").await.expect("remembered");
    let nobody = [("x".to_owned(), 4711)];
    // There is no such story. The embedded engine may say so later, but not after the commit.
    let _ = store.keep_undeclared(&[], &nobody).await;
    assert!(store.commit().await.is_err(), "nothing may seem to be kept");
    store.give_up().await.expect("given up");
    let mut store = place.open().await;
    assert_eq!(store.remembered("x").await.expect("asked"), None);
}

pub(crate) async fn texts_are_kept_letter_for_letter(place: Place) {
    let mut store = place.open().await;
    let odd = "’Ñandú’ 日本 \u{1F30A} a\u{301} \\ \\x00 %s $1 '' \" \r\n\t \u{7f}";
    let mut story = incoming("ñ/’.md", odd, "2026-02-01T00:00:00Z");
    story.text.text = odd.repeat(20_000);
    story.facts.summary = Some("a\u{0}b".into());
    take_anew(&mut store, &[story.clone()]).await;
    let stored = self::story(&mut store, "ñ/’.md").await;
    assert_eq!((stored.title.as_str(), stored.facts), (odd, story.facts));
    assert_eq!(store.raw_texts(&[stored.id]).await.expect("asked")[&stored.id], story.text);
    // Neither engine keeps NUL, so that both keep the same.
    store.remember("n\0ul", "a\0b").await.expect("remembered");
    assert_eq!(store.remembered("nul").await.expect("asked").as_deref(), Some("ab"));
}

pub(crate) async fn a_large_batch_is_stored_whole(place: Place) {
    let mut store = place.open().await;
    let batch: Vec<_> = (0..1234)
        .map(|number| incoming(&format!("{number}.md"), "T", "2026-02-01T00:00:00Z"))
        .collect();
    assert_eq!(take_anew(&mut store, &batch).await.len(), 1234);
    let again = take_anew(&mut store, &batch).await;
    assert!(again.iter().all(|outcome| matches!(outcome, Outcome::Same(_))));
    let stories = store.listed(None, 5000).await.expect("asked");
    let ids: Vec<i64> = stories.iter().map(|story| story.id).collect();
    assert_eq!(ids.len(), 1234);
    assert_eq!(store.raw_texts(&ids).await.expect("asked").len(), 1234);
    let stories = store.stories(&ids).await.expect("asked");
    let members: Vec<_> = stories.iter().map(|story| member(story, 1)).collect();
    store.keep_members(&members).await.expect("kept");
    assert_eq!(store.members_of(&ids).await.expect("asked").len(), 1234);
}

pub(crate) async fn listings_are_kept_replaced_and_forgotten(place: Place) {
    let mut store = place.open().await;
    let row = |folder: &str, row: Option<&[u8]>| (folder.to_owned(), row.map(<[u8]>::to_vec));
    let odd: &[u8] = &[0, 255, b'\\', b'x', 0];
    let rows = [row("é", Some(b"before")), row("é", Some(odd)), row("gone", Some(b"x"))];
    store.keep_listings("desk", &rows).await.expect("kept");
    store.keep_listings("wire", &rows[..1]).await.expect("kept");
    store.keep_listings("desk", &[row("gone", None), row("never", None)]).await.expect("kept");
    let kept = store.listings("desk").await.expect("asked");
    assert_eq!(kept.into_iter().collect::<Vec<_>>(), [("é".to_owned(), odd.to_vec())]);
    store.forget_listing("desk", "é").await.expect("forgotten");
    assert_eq!(store.listings("desk").await.expect("asked")["é"], b"");
    assert_eq!(store.listings("wire").await.expect("asked")["é"], b"before");
}

async fn scan(store: &mut Store, after: i64, count: i64, needs: Needs) -> Vec<Story> {
    let asked = store.ask_scan(after, count, needs).await.expect("asked");
    store.asked_scan(asked).await.expect("answered")
}
