//! The document of one feed or archive page: its stories' words, translations and dates put
//! together.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::{PassError, VERSION, feeds::PlannedFeed, publish::Press};
use crate::{
    feed::{Category, Choice, Entry, FeedDocument, History, Tombstone, Translation, Words, entry},
    store::{Buried, Candidate, Sibling, Store},
    story::{Facts, State, Story},
    text,
};

/// How long a tombstone stays at least, counted back from the feed's newest entry.
const TOMBSTONE_DAYS: i64 = 30;

/// Digests of what a feed's files, and those of its archive pages, are made from beside stories.
pub(super) fn settings(press: &Press<'_>, feed: &PlannedFeed) -> (String, String) {
    let moves: Vec<_> = super::choose::section_moves(&press.newsroom.moves).collect();
    let shared = format!(
        "{VERSION} {} {:?} {:?} {} {} {moves:?}",
        text::RULES_VERSION,
        press.newsroom.site,
        feed.spec,
        feed.record.atom_id,
        press.newsroom.archives,
    );
    let own = format!(
        "{shared} {:?} {:?}",
        press.alternates(&feed.spec.path),
        if feed.spec.path.is_root() { press.links() } else { Vec::new() },
    );
    let digest = |text: &str| blake3::hash(text.as_bytes()).to_hex()[..32].to_owned();
    (digest(&own), digest(&shared))
}

/// What a document is made of.
pub(super) struct Parts {
    pub(super) chosen: Vec<(Candidate, Choice)>,
    pub(super) siblings: HashMap<i64, Vec<Translation>>,
    pub(super) updated: Option<DateTime<Utc>>,
    pub(super) buried: Vec<Buried>,
    pub(super) history: History,
}

/// The document of a feed, or of one of its archive pages.
pub(super) fn document<'a>(
    press: &Press<'a>,
    feed: &PlannedFeed,
    parts: Parts,
    mut words: HashMap<i64, Words>,
) -> FeedDocument<'a> {
    let spec = &feed.spec;
    let title = |section: &_| press.plan.titles.of(section, &spec.language);
    let mut siblings = parts.siblings;
    let entries: Vec<Entry> = parts
        .chosen
        .into_iter()
        .map(|(candidate, choice)| {
            let mut story = candidate.story;
            let words = match story.state {
                State::Retracted => notice(&mut story, press.newsroom.site.url.as_str()),
                _ => words.remove(&story.id).unwrap_or_else(no_words),
            };
            let translations = siblings.remove(&story.id).unwrap_or_default();
            entry(story, words, spec, choice, &title, translations)
        })
        .collect();
    let mut tombstones = tombstones(parts.buried, &entries);
    if let Some(profile) = spec.profile {
        for gone in &mut tombstones {
            // Of a purged story nothing is left: the site stands for it.
            let nothing = || (press.newsroom.site.url.to_string(), gone.when);
            let story = gone.story.take().unwrap_or_else(nothing);
            gone.story =
                Some(story).filter(|story| super::profiles::may_name(press.now, profile, story));
        }
    }
    FeedDocument {
        site: &press.newsroom.site,
        path: spec.path.clone(),
        address: spec.path.clone(),
        id: feed.record.atom_id.clone(),
        title: spec.title.clone(),
        description: spec.description.clone(),
        language: spec.language.clone(),
        page: feed.page.clone(),
        image: spec.image.clone(),
        logo: spec.logo.clone().or_else(|| press.newsroom.site.logo.clone()),
        profile: spec.profile,
        category: spec.section.as_ref().map(|section| Category {
            term: section.as_str().to_owned(),
            section_title: Some(title(section)),
        }),
        ttl_minutes: spec.ttl_minutes,
        formats: spec.formats.clone(),
        updated: parts.updated,
        alternates: press.alternates(&spec.path),
        entries,
        tombstones,
        hubs: if spec.is_public() { &press.newsroom.site.hubs } else { &[] },
        history: parts.history,
    }
}

fn no_words() -> Words {
    Words { html: String::new(), excerpt: String::new(), image: None }
}

/// A retracted story keeps its guid, address and sections; the notice stands for its words. A purged
/// one has no title and no address either: its notice leads to the site.
fn notice(story: &mut Story, site: &str) -> Words {
    const TITLE: usize = 80;
    let text = story.notice.clone().unwrap_or_default();
    story.updated = story.updated.max(story.changed).max(story.published);
    let facts = std::mem::take(&mut story.facts);
    story.facts = Facts { sections: facts.sections, ..Facts::default() };
    let html = format!("<p>{}</p>", html_escape::encode_text(&text));
    if story.is_purged() {
        site.clone_into(&mut story.url);
        story.title = text::excerpt(&html, TITLE);
    }
    Words { html, excerpt: text, image: None }
}

/// The tombstones that a feed shows: newer than its oldest entry, or of the last thirty days before
/// its newest.
fn tombstones(buried: Vec<Buried>, entries: &[Entry]) -> Vec<Tombstone> {
    let oldest = entries.iter().map(|entry| entry.published).min();
    let newest = entries.iter().map(|entry| entry.published).max();
    let days = TimeDelta::days(TOMBSTONE_DAYS);
    let since = newest.and_then(|newest| newest.checked_sub_signed(days)).min(oldest);
    buried
        .into_iter()
        .filter(|buried| since.is_none_or(|since| buried.at >= since))
        .map(|buried| Tombstone {
            guid: buried.guid,
            when: buried.at,
            comment: buried.comment,
            story: buried.story,
        })
        .collect()
}

/// The newest change among these stories. What a story says of itself counts up to the instant at
/// which the store saw it: the hour of the pass has no part in it, so that the same stories give the
/// same date whenever everything is made again, and whatever the clock says then.
pub(super) fn newest_change(chosen: &[(Candidate, Choice)]) -> Option<DateTime<Utc>> {
    let of = |story: &Story| {
        let seen = story.changed.max(story.published);
        match story.state {
            State::Retracted => seen,
            _ => story.updated.min(seen).max(story.published),
        }
    };
    chosen.iter().map(|(candidate, _)| of(&candidate.story)).max()
}

/// The public translations of chosen stories, by row.
pub(super) async fn siblings(
    store: &mut Store,
    chosen: &[(Candidate, Choice)],
) -> Result<HashMap<i64, Vec<Translation>>, PassError> {
    let keys: BTreeSet<&str> = chosen
        .iter()
        .filter_map(|(candidate, _)| candidate.story.facts.translation_key.as_deref())
        .collect();
    let keys: Vec<&str> = keys.into_iter().collect();
    let mut by_key: HashMap<String, Vec<Sibling>> = HashMap::new();
    for sibling in store.siblings(&keys).await? {
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
