//! What texts refer to, and the names by which stories are found.

use std::slice::from_ref;

use feedwright::{
    store::{Purge, Reference, RenderedRow, Retraction, Store},
    story::{Incoming, Phase},
};

use super::{Place, incoming, noon, story, take_anew};

contract!(
    stories_are_found_by_name_while_they_are_public,
    what_a_rendered_text_asks_for_is_kept_until_it_is_rendered_again,
    a_text_is_found_by_the_name_that_a_file_had_and_by_the_one_it_gets,
    a_purge_marks_the_name_of_a_story_and_forgets_it,
    stories_that_came_in_before_names_get_theirs,
);

fn dated(path: &str) -> Incoming {
    incoming(path, path, "2026-02-01T00:00:00Z")
}

fn asks(path: &str, url: Option<&str>) -> Reference {
    Reference { source: "desk".into(), path: path.into(), url: url.map(str::to_owned) }
}

/// Notes that the text of `story` was rendered, and what it asked for.
async fn render(store: &mut Store, story: i64, asked: Vec<Reference>) {
    let again = !store.rendered_digests(&[story]).await.expect("asked").is_empty();
    let row = RenderedRow { story, digest: "1", html: "", excerpt: "", image: None, bytes: 0 };
    store.keep_rendered(&[row]).await.expect("kept");
    let before = if again { vec![story] } else { Vec::new() };
    store.keep_references(&before, &[(story, asked)]).await.expect("kept");
}

async fn named(store: &mut Store, names: &[&str]) -> Vec<String> {
    let found = store.named("desk", names).await.expect("asked");
    let mut paths: Vec<String> = found.into_iter().map(|(path, _)| path).collect();
    paths.sort_unstable();
    paths
}

pub(crate) async fn stories_are_found_by_name_while_they_are_public(place: Place) {
    let mut store = place.open().await;
    let ahead =
        Incoming { published: Some(noon() + chrono::TimeDelta::hours(1)), ..dated("c/x.md") };
    take_anew(&mut store, &[dated("a/x.md"), dated("b/x/index.md"), dated("y.md"), ahead]).await;
    assert_eq!(named(&mut store, &["x", "z"]).await, ["a/x.md", "b/x/index.md"]);
    assert_eq!(store.named("wire", &["x"]).await.expect("asked"), []);
    let ahead = story(&mut store, "c/x.md").await.id;
    store.set_phase(&[ahead], Phase::Public).await.expect("set");
    assert_eq!(named(&mut store, &["x"]).await.len(), 3);
    let gone = story(&mut store, "a/x.md").await;
    store.withdraw(&[gone.id, ahead], noon()).await.expect("withdrawn");
    assert_eq!(named(&mut store, &["x"]).await, ["b/x/index.md"]);
    take_anew(&mut store, &[dated("a/x.md")]).await;
    assert_eq!(named(&mut store, &["x"]).await, ["a/x.md", "b/x/index.md"]);
}

pub(crate) async fn what_a_rendered_text_asks_for_is_kept_until_it_is_rendered_again(place: Place) {
    let mut store = place.open().await;
    assert!(!store.has_references().await.expect("asked"));
    take_anew(&mut store, &[dated("a.md"), dated("b.md"), dated("x.md")]).await;
    let (a, b) = (story(&mut store, "a.md").await.id, story(&mut store, "b.md").await.id);
    let x = story(&mut store, "x.md").await;
    let (found, missing) = (asks("x.md", Some(&x.url)), asks("x", None));
    let other = asks("y", None);
    render(&mut store, a, vec![found.clone(), missing.clone(), other.clone()]).await;
    render(&mut store, b, vec![missing.clone()]).await;
    assert!(store.has_references().await.expect("asked"));
    let mut to_x = store.references_to(&[x.id, a]).await.expect("asked");
    to_x.sort();
    assert_eq!(to_x, [missing.clone(), found.clone()], "each once");
    assert_eq!(store.referring(&found).await.expect("asked"), [a]);
    let mut both = store.referring(&missing).await.expect("asked");
    both.sort_unstable();
    assert_eq!(both, [a, b]);
    // It refers to something else now.
    render(&mut store, a, vec![other.clone()]).await;
    assert_eq!(store.referring(&missing).await.expect("asked"), [b]);
    assert_eq!(store.referring(&other).await.expect("asked"), [a]);
    store.forget_rendered(&[a, b]).await.expect("forgotten");
    assert!(!store.has_references().await.expect("asked"));
    assert!(store.rendered_digests(&[a, b]).await.expect("asked").is_empty());
}

pub(crate) async fn a_text_is_found_by_the_name_that_a_file_had_and_by_the_one_it_gets(
    place: Place,
) {
    let mut store = place.open().await;
    let target = super::with_id("t", dated("x/old.md"));
    take_anew(&mut store, &[dated("a.md"), target.clone()]).await;
    let a = story(&mut store, "a.md").await.id;
    let (old, new) = (asks("x/old.md", Some(&target.url)), asks("new", None));
    render(&mut store, a, vec![old.clone(), new.clone(), asks("z", None)]).await;
    take_anew(&mut store, from_ref(&target)).await;
    assert_eq!(store.moved_references().await.expect("asked"), []);
    let moved = Incoming { path: "x/new.md".into(), ..target.clone() };
    take_anew(&mut store, from_ref(&moved)).await;
    let mut asked = store.moved_references().await.expect("asked");
    asked.sort();
    assert_eq!(asked, [new, old]);
    assert_eq!(named(&mut store, &["old", "new"]).await, ["x/new.md"]);
    store.settle_references().await.expect("settled");
    assert_eq!(store.moved_references().await.expect("asked"), []);
    // A retracted story moves too: it may be restored.
    let retracted = story(&mut store, "x/new.md").await;
    store.retract(&retracted, &Retraction::default(), noon()).await.expect("retracted");
    take_anew(&mut store, from_ref(&target)).await;
    assert_eq!(store.moved_references().await.expect("asked").len(), 2);
    assert_eq!(store.references_to(&[retracted.id]).await.expect("asked").len(), 1);
}

pub(crate) async fn a_purge_marks_the_name_of_a_story_and_forgets_it(place: Place) {
    let mut store = place.open().await;
    take_anew(&mut store, &[dated("a.md"), dated("x.md")]).await;
    let (a, x) = (story(&mut store, "a.md").await, story(&mut store, "x.md").await);
    let asked = asks("x.md", Some(&x.url));
    render(&mut store, a.id, vec![asked.clone()]).await;
    let purge = Retraction { notice: None, purge: Some(Purge::All) };
    store.retract(&x, &purge, noon()).await.expect("purged");
    assert_eq!(store.moved_references().await.expect("asked"), [asked]);
    assert_eq!(store.references_to(&[x.id]).await.expect("asked"), []);
    // Of what was purged itself nothing is kept either.
    store.retract(&a, &purge, noon()).await.expect("purged");
    assert!(!store.has_references().await.expect("asked"));
}

pub(crate) async fn stories_that_came_in_before_names_get_theirs(place: Place) {
    let mut store = place.open().await;
    let many: Vec<Incoming> = (0..450).map(|number| dated(&format!("{number}/x.md"))).collect();
    take_anew(&mut store, &many).await;
    store.close().await.expect("closed");
    place.run("UPDATE story SET name = NULL").await;
    let mut store = place.open().await;
    assert_eq!(named(&mut store, &["x"]).await.len(), 450);
}
