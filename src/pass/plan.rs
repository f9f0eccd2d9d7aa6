//! What a reader would see change in a feed: the plan before publishing.
//!
//! # Promises
//! - An entry that comes and is one that goes, by the rule of `feedwright diff` ([`Lost`]), would
//!   look new.
//! - A feed that is to be made again is made as it would be, and compared with what is published.
//!
//! # Limits
//! - Entries of feeds alone: not what belongs to a feed itself, nor archive pages and other files.
//! - Of what was adopted addresses and dates are known, no titles.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{
    Newsroom, PassError,
    choose::Choice,
    document::{self, Parts},
    feeds::PlannedFeed,
    publish::Press,
    render::Renderer,
};
use crate::{
    feed::History,
    format,
    publish::Folder,
    source::feed::{ChangedEntry, Field, Hints, Lost, Named, ReadFeed, compare, read_feed},
    store::{AdoptedEntry, Candidate, Store},
    story::{Format, Guid, Story, entry_key},
};

/// What a reader of one feed would see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FeedPlan {
    /// Entries that the reader hasn't seen.
    pub new: Vec<PlannedEntry>,
    /// Entries that differ from what the reader has seen.
    pub changed: Vec<PlannedEntry>,
    /// Entries that are no longer there.
    pub gone: Vec<PlannedEntry>,
    /// Entries that would look new but aren't: readers have them under another guid.
    pub would_look_new: Vec<PlannedEntry>,
    /// Whether no build has made the feed yet.
    #[serde(skip)]
    pub is_first: bool,
}

/// A story, as a plan names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the members are those of `Story`")]
pub struct PlannedEntry {
    pub id: String,
    pub title: String,
    pub url: String,
    /// The guid under which readers know it, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_as: Option<String>,
}

impl FeedPlan {
    /// Whether a reader would see nothing new, changed or gone.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty() && self.gone.is_empty()
    }
}

/// What a plan of feeds is made with.
pub(super) struct Planner<'p, 'a> {
    pub(super) press: &'p Press<'a>,
    pub(super) store: &'p mut Store,
    pub(super) renderer: &'p mut Renderer<'a>,
}

impl Planner<'_, '_> {
    /// What readers would see of the feed at this place.
    pub(super) async fn feed(
        self,
        place: usize,
        before: &BTreeMap<String, i64>,
        chosen: Vec<(Candidate, Choice)>,
    ) -> Result<FeedPlan, PassError> {
        let press = self.press;
        let (feed, record) = (&press.plan.feeds[place], &press.records[place]);
        let mut plan = entries(press.newsroom, self.store, feed, before, &chosen).await?;
        if plan.is_first {
            return Ok(plan);
        }
        let are_settings_the_same = record.page_settings == feed.record.page_settings;
        // Other settings and titles of sections show the same stories otherwise.
        let stories = || chosen.iter().map(|(candidate, _)| &candidate.story);
        let carried: HashMap<String, PlannedEntry> =
            stories().map(|story| (story.guid.to_string(), entry(story))).collect();
        let ids: Vec<i64> = stories().map(|story| story.id).collect();
        let words = self.renderer.words(self.store, &ids).await?;
        let parts = Parts {
            siblings: document::siblings(self.store, &chosen).await?,
            updated: record.updated,
            buried: Vec::new(),
            history: History::default(),
            chosen,
        };
        let document = document::document(press, feed, parts, words);
        for (format, old) in published(press.newsroom, feed) {
            let bytes = format::write(&document, format);
            let Ok(new) = read_feed(&bytes, &Hints::default()) else { continue };
            for ChangedEntry { id, fields, .. } in compare(&old, &new).changed {
                // A story whose links lead elsewhere now has not been edited.
                if are_settings_the_same && fields == [Field::Content] {
                    continue;
                }
                let changed = carried.get(&id).filter(|entry| !plan.changed.contains(entry));
                plan.changed.extend(changed.cloned());
            }
        }
        Ok(plan)
    }
}

/// What a feed would carry that it doesn't, and the other way round.
async fn entries(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    feed: &PlannedFeed,
    before: &BTreeMap<String, i64>,
    chosen: &[(Candidate, Choice)],
) -> Result<FeedPlan, PassError> {
    let mut plan = FeedPlan { is_first: before.is_empty(), ..FeedPlan::default() };
    let carried: HashMap<&str, &Story> =
        chosen.iter().map(|(c, _)| (c.story.guid.as_str(), &c.story)).collect();
    let gone: Vec<Guid> =
        before.keys().filter(|guid| !carried.contains_key(guid.as_str())).map(Guid::kept).collect();
    let gone = store.by_guid(&gone).await?;
    let mut lost = Lost::default();
    for story in &gone {
        lost.add(story.guid.to_string(), named(story));
    }
    // Readers of other feeds, or of this one before the store was lost.
    let guids: Vec<&str> = carried.keys().copied().collect();
    let mut had = store.adopted_guids(&guids).await?;
    for (guid, address) in store.adopted_addresses(&carried_addresses(chosen)).await? {
        if !carried.contains_key(guid.as_str()) {
            lost.add(guid, Named { url: Some(&address), ..Named::default() });
        }
    }
    let instants: Vec<_> = chosen.iter().map(|(candidate, _)| candidate.story.published).collect();
    for AdoptedEntry { guid, address, published, .. } in store.adopted_unmatched(&instants).await? {
        lost.add(guid, Named { url: Some(&address), published, title: "" });
    }
    let there = plan.is_first.then(|| published(newsroom, feed).next()).flatten();
    for entry in there.into_iter().flat_map(|(_, feed)| feed.entries) {
        if carried.contains_key(entry.guid.as_str()) {
            had.insert(entry.guid);
            continue;
        }
        let (url, title) = (entry.url.unwrap_or_default(), entry.title);
        let names = Named { url: Some(&url), title: &title, published: entry.published };
        lost.add(entry.guid.clone(), names);
        plan.gone.push(PlannedEntry { id: entry.guid, title, url, known_as: None });
    }
    for (candidate, _) in chosen {
        let story = &candidate.story;
        let guid = story.guid.as_str();
        match before.get(guid) {
            Some(revision) if *revision == story.revision => {}
            Some(_) => plan.changed.push(entry(story)),
            None if plan.is_first && had.contains(guid) => {}
            None => {
                if let Some(other) = lost.take(named(story)) {
                    let known_as = Some(other);
                    plan.would_look_new.push(PlannedEntry { known_as, ..entry(story) });
                }
                plan.new.push(entry(story));
            }
        }
    }
    plan.gone.extend(gone.iter().map(entry));
    Ok(plan)
}

fn named(story: &Story) -> Named<'_> {
    Named { url: Some(&story.url), title: &story.title, published: Some(story.published) }
}

/// The feed as it lies in the published folder, in each format.
fn published(
    newsroom: &Newsroom<'_>,
    feed: &PlannedFeed,
) -> impl Iterator<Item = (Format, ReadFeed)> {
    let formats = feed.spec.formats.iter().copied().filter(|format| format.is_for_readers());
    formats.filter_map(move |format| {
        let bytes = Folder::read(&newsroom.folder, &feed.spec.path.file(format.file_name()))?;
        Some((format, read_feed(&bytes, &Hints::default()).ok()?))
    })
}

fn carried_addresses(chosen: &[(Candidate, Choice)]) -> Vec<String> {
    chosen.iter().map(|(candidate, _)| entry_key(&candidate.story.url)).collect()
}

fn entry(story: &Story) -> PlannedEntry {
    PlannedEntry {
        id: story.guid.to_string(),
        title: story.title.clone(),
        url: story.url.clone(),
        known_as: None,
    }
}
