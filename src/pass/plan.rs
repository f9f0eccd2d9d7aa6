//! What a reader would see change in a feed: the plan before publishing.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::{Newsroom, PassError, choose::Choice, feeds::PlannedFeed};
use crate::{
    publish::Folder,
    source::feed::{Hints, ReadFeed, read_feed},
    store::{Candidate, Store},
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
    /// Entries that would look new but aren't: the same address under another guid.
    pub would_look_new: Vec<PlannedEntry>,
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

/// What a feed would carry that it doesn't, and the other way round.
pub(super) async fn feed(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    feed: &PlannedFeed,
    before: &BTreeMap<String, i64>,
    chosen: &[(Candidate, Choice)],
) -> Result<FeedPlan, PassError> {
    let mut plan = FeedPlan::default();
    let carried: HashMap<&str, &Story> =
        chosen.iter().map(|(c, _)| (c.story.guid.as_str(), &c.story)).collect();
    let gone: Vec<Guid> =
        before.keys().filter(|guid| !carried.contains_key(guid.as_str())).map(Guid::kept).collect();
    let gone = store.by_guid(&gone).await?;
    let mut known: HashMap<String, String> =
        gone.iter().map(|story| (entry_key(&story.url), story.guid.to_string())).collect();
    // Readers of other feeds, or of this one before the store was lost.
    let guids: Vec<&str> = carried.keys().copied().collect();
    let mut had = store.adopted_guids(&guids).await?;
    for (guid, address) in store.adopted_addresses(&carried_addresses(chosen)).await? {
        known.entry(address).or_insert(guid);
    }
    let there = before.is_empty().then(|| published(newsroom, feed)).flatten();
    for entry in there.into_iter().flat_map(|feed| feed.entries) {
        if let Some(url) = &entry.url {
            known.entry(entry_key(url)).or_insert_with(|| entry.guid.clone());
        }
        if carried.contains_key(entry.guid.as_str()) {
            had.insert(entry.guid);
        } else {
            let (title, url) = (entry.title, entry.url.unwrap_or_default());
            plan.gone.push(PlannedEntry { id: entry.guid, title, url, known_as: None });
        }
    }
    for (candidate, _) in chosen {
        let story = &candidate.story;
        let guid = story.guid.as_str();
        match before.get(guid) {
            Some(revision) if *revision == story.revision => {}
            Some(_) => plan.changed.push(entry(story)),
            None if before.is_empty() && had.contains(guid) => {}
            None => {
                let other = known.get(&entry_key(&story.url)).filter(|other| *other != guid);
                if let Some(other) = other {
                    let known_as = Some(other.clone());
                    plan.would_look_new.push(PlannedEntry { known_as, ..entry(story) });
                }
                plan.new.push(entry(story));
            }
        }
    }
    plan.gone.extend(gone.iter().map(entry));
    Ok(plan)
}

/// The feed as it lies in the published folder, made by a store that is lost.
fn published(newsroom: &Newsroom<'_>, feed: &PlannedFeed) -> Option<ReadFeed> {
    let read = |format: &Format| {
        let bytes = Folder::read(&newsroom.folder, &feed.spec.path.file(format.file_name()))?;
        read_feed(&bytes, &Hints::default()).ok()
    };
    feed.spec.formats.iter().filter(|format| format.is_for_readers()).find_map(read)
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
