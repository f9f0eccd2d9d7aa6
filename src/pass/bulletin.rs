//! What a pass publishes, as webhooks are told of it: the stories that came, changed and were taken
//! back, feed by feed, and the files that differ.
//!
//! # Promises
//! - Only what readers may see: it is gathered from what feeds carry, and from tombstones.
//! - A story that slides into a feed because others left it is not new.
//!
//! # Limits
//! - So many stories and files are named, then the bulletin says that there are more.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Aim, Newsroom, PassError, choose::Choice};
use crate::{
    store::{Buried, Candidate, Store},
    story::{FeedPath, Guid, Site, State, Story},
};

/// Stories that a bulletin names, over all feeds.
const MOST_STORIES: usize = 500;
/// Under this name the store remembers the revision up to which stories were told of.
const KNOWN: &str = "bulletin revision";
/// Files that it names.
const MOST_FILES: usize = 2000;

/// A bulletin in the making.
pub(super) struct Bulletin {
    /// The instant of the one before.
    since: Option<DateTime<Utc>>,
    /// The store's revision then, and now.
    known: i64,
    revision: i64,
    feeds: Vec<FeedNews>,
    stories: usize,
}

/// What is new in a feed.
#[derive(Debug, Default, Serialize)]
struct FeedNews {
    feed: String,
    url: String,
    new: Vec<Named>,
    changed: Vec<Named>,
    retracted: Vec<Named>,
    /// Whether there is more than is named.
    more: bool,
}

/// A story, as bulletins name it: one whose words were deleted has neither address nor title.
#[derive(Debug, Serialize)]
struct Named {
    id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
}

#[derive(Serialize)]
struct Files {
    changed: Vec<String>,
    gone: Vec<String>,
    /// Whether there is more than is named.
    more: bool,
}

impl Bulletin {
    /// Begins one, if the pass publishes and there are webhooks.
    pub(super) async fn begin(
        newsroom: &Newsroom<'_>,
        store: &mut Store,
        aim: &Aim,
    ) -> Result<Option<Self>, PassError> {
        if *aim != Aim::Publish {
            return Ok(None);
        }
        let names: Vec<&str> = newsroom.webhooks.iter().map(String::as_str).collect();
        store.keep_webhooks(&names).await?;
        if names.is_empty() {
            return Ok(None);
        }
        let since = store.last_bulletin().await?;
        let known = store.remembered(KNOWN).await?.and_then(|text| text.parse().ok());
        let (revision, _) = store.revisions().await?;
        let known = known.unwrap_or_default();
        Ok(Some(Self { since, known, revision, feeds: Vec::new(), stories: 0 }))
    }

    /// Notes what is new in a feed: `before` is what it carried, `chosen` what it carries.
    pub(super) async fn note(
        &mut self,
        store: &mut Store,
        (site, path): (&Site, &FeedPath),
        before: &BTreeMap<String, i64>,
        chosen: &[(Candidate, Choice)],
        buried: &[Buried],
    ) -> Result<(), PassError> {
        let mut news = FeedNews {
            feed: path.as_str().to_owned(),
            url: site.address(&path.folder()),
            ..FeedNews::default()
        };
        let stays = |guid: &Guid| chosen.iter().any(|(it, _)| it.story.guid == *guid);
        let is_gone = |it: &&Buried| before.contains_key(it.guid.as_str()) || self.is_recent(it.at);
        let gone = buried.iter().filter(is_gone).filter(|it| !stays(&it.guid));
        let gone: Vec<Guid> = gone.map(|it| it.guid.clone()).collect();
        let mut gone = store.by_guid(&gone).await?;
        // One that is to come back has a new address, which nobody may know yet.
        gone.retain(|story| story.state != State::Live);
        // What was taken back is named first: there is room for it.
        let gone = gone.iter().map(|story| (What::Retracted, story));
        let carried = chosen.iter().filter_map(|(candidate, _)| {
            let story = &candidate.story;
            Some((self.what(story, before.get(story.guid.as_str()))?, story))
        });
        for (what, story) in gone.chain(carried).collect::<Vec<_>>() {
            if self.stories == MOST_STORIES {
                news.more = true;
                break;
            }
            self.stories += 1;
            let list = match what {
                What::New => &mut news.new,
                What::Changed => &mut news.changed,
                What::Retracted => &mut news.retracted,
            };
            list.push(Named {
                id: story.guid.to_string(),
                url: story.url.clone(),
                title: story.title.clone(),
            });
        }
        if news.more
            || !(news.new.is_empty() && news.changed.is_empty() && news.retracted.is_empty())
        {
            self.feeds.push(news);
        }
        Ok(())
    }

    /// What a story is to who knows what the feed carried; none: nothing new.
    fn what(&self, story: &Story, revision: Option<&i64>) -> Option<What> {
        let is_known = self.since.is_some()
            && story.revision <= self.known
            && !self.is_recent(story.published);
        match revision {
            Some(revision) if *revision == story.revision => None,
            _ if story.state == State::Retracted => Some(What::Retracted),
            Some(_) => Some(What::Changed),
            None if is_known => None,
            None if story.raised.is_some() => Some(What::Changed),
            None => Some(What::New),
        }
    }

    fn is_recent(&self, at: DateTime<Utc>) -> bool {
        self.since.is_some_and(|since| at > since)
    }

    /// Keeps what was noted, with what the pass decides.
    pub(super) async fn stage(
        &self,
        store: &mut Store,
        now: DateTime<Utc>,
    ) -> Result<(), PassError> {
        if !self.feeds.is_empty() {
            store.stage_bulletin(&json(&self.feeds), now).await?;
        }
        if self.known != self.revision {
            store.remember(KNOWN, &self.revision.to_string()).await?;
        }
        Ok(())
    }
}

enum What {
    New,
    Changed,
    Retracted,
}

/// The files that differ for readers, as a bulletin names them; empty where there are none.
pub(super) fn files<'f>(
    site: &Site,
    changed: impl Iterator<Item = &'f str>,
    gone: impl Iterator<Item = &'f str>,
) -> String {
    // A page answers at the address of its folder too.
    let addresses = |file: &'f str| {
        let folder = file.strip_suffix("index.html");
        let folder = folder.filter(|folder| folder.is_empty() || folder.ends_with('/'));
        folder.into_iter().chain([file]).map(|file| site.address(file))
    };
    let is_read = |file: &&str| !file.ends_with(".map");
    let mut changed: Vec<String> = changed.filter(is_read).flat_map(addresses).collect();
    let mut gone: Vec<String> = gone.filter(is_read).flat_map(addresses).collect();
    if changed.is_empty() && gone.is_empty() {
        return String::new();
    }
    let more = changed.len() + gone.len() > MOST_FILES;
    gone.truncate(MOST_FILES);
    changed.truncate(MOST_FILES - gone.len());
    json(&Files { changed, gone, more })
}

#[expect(clippy::expect_used, reason = "the invariant is the message")]
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts are always JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn site() -> Site {
        let url = |text: &str| text.parse().expect("an address");
        Site {
            title: "Post".into(),
            description: String::new(),
            url: url("https://www.post.example/"),
            feeds_url: url("https://feeds.post.example/"),
            language: "en".parse().expect("a language"),
            time_zone: chrono_tz::UTC,
            copyright: None,
            editor: None,
            webmaster: None,
            icon: None,
            favicon: None,
            logo: None,
            cover: None,
            accent_color: None,
            image: None,
            license: None,
            usage_terms: None,
            rsl: crate::story::Licensing::default(),
            hubs: Vec::new(),
        }
    }

    fn read(changed: &[&str], gone: &[&str]) -> Value {
        let files = files(&site(), changed.iter().copied(), gone.iter().copied());
        if files.is_empty() { Value::Null } else { serde_json::from_str(&files).expect("JSON") }
    }

    #[test]
    fn files_are_named_by_every_address_at_which_readers_get_them() {
        let files = read(&["rss.xml", "index.html", "a/index.html"], &["b/archive/rss-0001.xml"]);
        let place = "https://feeds.post.example/";
        let changed = ["rss.xml", "", "index.html", "a/", "a/index.html"];
        let changed: Vec<_> = changed.iter().map(|file| format!("{place}{file}")).collect();
        assert_eq!(files["changed"], Value::from(changed));
        assert_eq!(files["gone"][0], format!("{place}b/archive/rss-0001.xml"));
        assert_eq!(files["more"], false);
        assert_eq!(read(&["nginx-moved.map"], &[]), Value::Null, "no reader gets it");
    }

    #[test]
    fn so_many_files_are_named_and_then_that_there_are_more() {
        let many = vec!["rss.xml"; MOST_FILES + 1];
        let files = read(&many, &["gone.xml"]);
        assert_eq!(files["more"], true);
        assert_eq!(files["gone"].as_array().map(Vec::len), Some(1));
        assert_eq!(files["changed"].as_array().map(Vec::len), Some(MOST_FILES - 1));
    }
}
