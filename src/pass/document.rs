//! The document of one feed: its stories' words, translations and dates put together.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::{PassError, VERSION, feeds::PlannedFeed, publish::Press};
use crate::{
    feed::{Category, Choice, FeedDocument, History, Translation, Words, entry},
    store::{Candidate, Sibling, Store},
    text,
};

/// Digest of everything a feed's files are made from.
pub(super) fn inputs(
    press: &Press<'_>,
    feed: &PlannedFeed,
    chosen: &[(Candidate, Choice)],
    siblings: &HashMap<i64, Vec<Translation>>,
    updated: Option<DateTime<Utc>>,
) -> String {
    let mut digest = blake3::Hasher::new();
    let mut add = |text: &str| {
        digest.update(text.as_bytes()).update(&[0]);
    };
    add(VERSION);
    add(&text::RULES_VERSION.to_string());
    add(&format!("{:?}", press.newsroom.site));
    add(&format!("{:?} {} {updated:?}", feed.spec, feed.atom_id));
    add(&format!("{:?} {:?}", press.plan.titles, press.newsroom.moves));
    add(&format!("{:?}", press.alternates(&feed.spec.path)));
    if feed.spec.path.is_root() {
        add(&format!("{:?}", press.links()));
    }
    for (candidate, choice) in chosen {
        let story = &candidate.story;
        let translations = siblings.get(&story.id);
        add(&format!("{} {} {choice:?} {translations:?}", story.guid, story.revision));
    }
    digest.finalize().to_hex()[..32].to_owned()
}

/// The document of a feed.
pub(super) fn document<'a>(
    press: &Press<'a>,
    feed: &PlannedFeed,
    chosen: Vec<(Candidate, Choice)>,
    mut siblings: HashMap<i64, Vec<Translation>>,
    updated: Option<DateTime<Utc>>,
    words: &mut HashMap<i64, Words>,
) -> FeedDocument<'a> {
    let spec = &feed.spec;
    let title = |section: &_| press.plan.titles.of(section, &spec.language);
    let entries = chosen.into_iter().map(|(candidate, choice)| {
        let story = candidate.story;
        let words = words.remove(&story.id);
        let words =
            words.unwrap_or(Words { html: String::new(), excerpt: String::new(), image: None });
        let translations = siblings.remove(&story.id).unwrap_or_default();
        entry(story, words, spec, choice, &title, translations)
    });
    FeedDocument {
        site: &press.newsroom.site,
        path: spec.path.clone(),
        address: spec.path.clone(),
        id: feed.atom_id.clone(),
        title: spec.title.clone(),
        description: spec.description.clone(),
        language: spec.language.clone(),
        page: feed.page.clone(),
        image: spec.image.clone(),
        category: spec.section.as_ref().map(|section| Category {
            term: section.as_str().to_owned(),
            section_title: Some(title(section)),
        }),
        ttl_minutes: spec.ttl_minutes,
        formats: spec.formats.clone(),
        updated,
        alternates: press.alternates(&spec.path),
        entries: entries.collect(),
        tombstones: Vec::new(),
        history: History::default(),
    }
}

/// The public translations of chosen stories, by row.
pub(super) async fn siblings(
    store: &mut Store,
    chosen: &[(Candidate, Choice)],
    now: DateTime<Utc>,
) -> Result<HashMap<i64, Vec<Translation>>, PassError> {
    let keys: BTreeSet<&str> = chosen
        .iter()
        .filter_map(|(candidate, _)| candidate.story.facts.translation_key.as_deref())
        .collect();
    let keys: Vec<&str> = keys.into_iter().collect();
    let mut by_key: HashMap<String, Vec<Sibling>> = HashMap::new();
    for sibling in store.siblings(&keys, now).await? {
        by_key.entry(sibling.translation_key.clone()).or_default().push(sibling);
    }
    let mut translations = HashMap::new();
    for (candidate, _) in chosen {
        let story = &candidate.story;
        let Some(key) = &story.facts.translation_key else { continue };
        let others = by_key.get(key).into_iter().flatten();
        let others = others.filter(|sibling| sibling.id != story.id);
        let others: Vec<_> = others
            .map(|sibling| Translation {
                language: sibling.language.clone(),
                url: sibling.url.clone(),
            })
            .collect();
        if !others.is_empty() {
            translations.insert(story.id, others);
        }
    }
    Ok(translations)
}
