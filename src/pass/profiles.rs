//! Feeds for aggregators are held to what those demand before anything is published: an entry that
//! violates it is left out of that feed, and reported.
//!
//! # Promises
//! - The rules are those of [`check`](crate::check): what `feedwright check --profile` would find in
//!   an entry is found here.
//! - Each story is judged by itself: what one is found guilty of costs no other its place.
//! - Where the feed itself violates a demand, its last good files stay.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::{
    Newsroom, PassError,
    choose::{self, Choice},
    document::{self, Parts},
    feeds::{Plan, PlannedFeed},
    publish::Press,
    render::Renderer,
};
use crate::{
    check::{self, Hints, Rule, SHOWN, Severity},
    feed::{FeedDocument, History, Selection, Words},
    format,
    publish::Folder,
    source::StoryFault,
    store::{Buried, Candidate, FeedRecord, PROFILES_DUE, Store},
    story::{FeedSpec, Format, Profile, State, Story},
};

/// What violates a demand, with the rule; and how it is mended, if it can be.
pub(super) struct Violation {
    pub(super) what: String,
    fix: Option<&'static str>,
}

/// What is to be done about a violation, in the words of those who write stories.
fn in_the_story(rule: &'static Rule) -> &'static str {
    match rule.id {
        "msn/title-length" => {
            "write a title of 21 to 150 letters, or give the story a `short_title`"
        }
        "msn/body-missing" => "give the story its text, or keep it out by the `where` of the feed",
        "msn/https" => "give an address that begins with `https://`",
        "msn/image-size" => "give a smaller picture",
        _ => rule.fix,
    }
}

/// Holds stories to the profile of a feed.
#[derive(Clone, Copy)]
pub(super) struct Judge<'j, 'a> {
    pub(super) press: &'j Press<'a>,
    pub(super) feed: &'j PlannedFeed,
    profile: Profile,
}

impl<'j, 'a> Judge<'j, 'a> {
    /// For a feed that has a profile.
    pub(super) fn of(press: &'j Press<'a>, feed: &'j PlannedFeed) -> Option<Self> {
        Some(Self { press, feed, profile: feed.spec.profile? })
    }

    /// What the feed itself violates, whatever is in it.
    pub(super) fn of_feed(&self, updated: Option<DateTime<Utc>>) -> Option<Violation> {
        self.found(Vec::new(), HashMap::new(), updated)
    }

    /// What each of these violates, on all cores.
    pub(super) async fn of_all(
        &self,
        store: &mut Store,
        renderer: &Renderer<'_>,
        candidates: &[Candidate],
    ) -> Result<Vec<Option<Violation>>, PassError> {
        let ids: Vec<i64> = candidates.iter().map(|candidate| candidate.story.id).collect();
        let words = renderer.words(store, &ids).await?;
        let of = |candidate: &Candidate| self.of_story(candidate, words.get(&candidate.story.id));
        Ok(candidates.par_iter().map(of).collect())
    }

    /// A story that is left out, as a fault; none where it is its age alone, which nobody can mend.
    pub(super) fn fault(&self, story: &Story, violation: Violation) -> Option<StoryFault> {
        let Violation { what, fix } = violation;
        // A notice is for those who know the story.
        let fix = fix.filter(|_| story.state == State::Live)?;
        Some(StoryFault {
            file: place(self.press.newsroom, story),
            line: None,
            what: format!("the feed `{}` leaves it out: {what}", self.feed.spec.path),
            fix: fix.to_owned(),
        })
    }

    /// So many stories are left out that something is wrong with all of them.
    pub(super) fn too_many(&self, count: usize) -> StoryFault {
        StoryFault {
            file: format!("feed {}", self.feed.spec.path),
            line: None,
            what: format!("{count} stories violate its profile; older ones aren't looked at"),
            fix: "mend what they have in common, or keep them out by `where`".to_owned(),
        }
    }

    /// What a story violates.
    pub(super) fn of_story(
        &self,
        candidate: &Candidate,
        words: Option<&Words>,
    ) -> Option<Violation> {
        let story = &candidate.story;
        if let Some(longest) = self.profile.longest()
            && self.press.now - story.published >= longest
        {
            let (days, name) = (longest.num_days(), self.profile.name());
            let what = format!("it is older than {days} days ({name}/date)");
            return Some(Violation { what, fix: None });
        }
        let choice = match story.state {
            State::Retracted => Choice::Carried,
            _ => Selection::new(self.feed.spec.limits)
                .offer(story.published, choose::weight(candidate, &self.feed.spec)),
        };
        if choice == Choice::SummaryOnly && self.profile == Profile::Msn {
            let most = self.feed.spec.limits.max_bytes;
            let what = format!("its text alone is larger than the feed may be ({most} bytes)");
            return Some(Violation { what, fix: Some("raise `max_bytes` of the feed") });
        }
        let words = words.map(|words| (story.id, words.clone())).into_iter().collect();
        let updated = Some(document::newest_change(&[(candidate.clone(), choice)])?);
        self.found(vec![(candidate.clone(), choice)], words, updated)
    }

    /// What a feed says of entries that changed while their dates stayed: it takes more than a look
    /// at one document to see that, and MSN goes by dates.
    pub(super) fn quiet_changes(
        &self,
        document: &FeedDocument<'_>,
        edited: &BTreeSet<&str>,
    ) -> Vec<String> {
        let name = self.feed.spec.path.file(Format::Rss.file_name());
        let before = self.press.folder.as_ref().and_then(|it| Folder::read(it.root(), &name));
        let Some(before) = before.filter(|_| self.profile == Profile::Msn && !edited.is_empty())
        else {
            return Vec::new();
        };
        let later = format::write(document, Format::Rss);
        let hints = Hints { later: Some(&later), ..Hints::default() };
        let findings = check::check(&before, &hints).findings.into_iter();
        let quiet = findings.filter(|it| it.rule.id == "polls/quiet-change");
        // A finding names what is left of an id once it is cut.
        let named = |detail: &str| detail.trim_matches('`').trim_end_matches('…').to_owned();
        let cut = |guid: &str| guid.trim().chars().take(SHOWN).collect::<String>();
        let of = |detail: &str| edited.iter().find(|guid| cut(guid) == named(detail)).copied();
        let notes = quiet.filter_map(|it| of(&it.detail).map(str::to_owned)).map(|guid| {
            format!(
                "the feed `{}`: {guid} changed and its date didn't, so MSN keeps the old words\n  \
                 fix: set its `updated`, or leave `updated` out",
                self.feed.spec.path
            )
        });
        notes.collect()
    }

    fn found(
        &self,
        chosen: Vec<(Candidate, Choice)>,
        words: HashMap<i64, Words>,
        updated: Option<DateTime<Utc>>,
    ) -> Option<Violation> {
        // A clock that was set back makes no story one of the future.
        let newest = chosen.iter().map(|(candidate, _)| candidate.story.published).max();
        let now = newest.max(Some(self.press.now));
        let parts = Parts {
            chosen,
            siblings: HashMap::new(),
            updated,
            buried: Vec::new(),
            history: History::default(),
        };
        let document = document::document(self.press, self.feed, parts, words);
        let bytes = format::write(&document, Format::Rss);
        let address = document.self_url(Format::Rss).parse().ok();
        let profiles = [self.profile.into()];
        let hints =
            Hints { address: address.as_ref(), now, profiles: &profiles, ..Hints::default() };
        let findings = check::check(&bytes, &hints).findings;
        let error = findings.into_iter().find(|it| it.rule.severity == Severity::Error)?;
        let detail = match error.detail.as_str() {
            "" => String::new(),
            detail => format!(": {detail}"),
        };
        let what = format!("{}{detail} ({})", error.rule.title, error.rule.id);
        Some(Violation { what, fix: Some(in_the_story(error.rule)) })
    }
}

/// What a story violates of the profile of a feed, outside of a pass.
pub(super) fn violation(
    newsroom: &Newsroom<'_>,
    spec: FeedSpec,
    candidate: &Candidate,
    words: Option<&Words>,
    now: DateTime<Utc>,
) -> Option<String> {
    let plan = Plan::of_one(newsroom, spec);
    let press = Press::bare(newsroom, &plan, now);
    Some(Judge::of(&press, plan.feeds.first()?)?.of_story(candidate, words)?.what)
}

/// Whether a story that was taken back may be named: what its aggregator would never have taken is
/// nothing to it.
pub(super) fn may_name(
    now: DateTime<Utc>,
    profile: Profile,
    (url, published): &(String, DateTime<Utc>),
) -> bool {
    let is_young = profile.longest().is_none_or(|longest| now - *published < longest);
    is_young && (profile != Profile::Msn || url.starts_with("https://"))
}

/// Where a story stands, as a person would open it.
fn place(newsroom: &Newsroom<'_>, story: &Story) -> String {
    let source = newsroom.sources.iter().find(|source| source.name == story.source);
    source.map_or_else(
        || format!("the {} story {}", story.source, story.path),
        |source| source.shown(&story.path),
    )
}

/// A feed that violates a demand by itself, as a fault.
pub(super) fn fault(feed: &PlannedFeed, Violation { what, fix }: Violation) -> StoryFault {
    StoryFault {
        file: format!("feed {}", feed.spec.path),
        line: None,
        what: format!("it isn't published, and its last files stay: {what}"),
        fix: fix.unwrap_or_default().to_owned(),
    }
}

/// When feeds lose a story because of its age alone, by row.
pub(super) type Ages = BTreeMap<i64, DateTime<Utc>>;

/// When a feed loses the first of these stories by its age alone, after `now`.
pub(super) fn loses_next(
    profile: Option<Profile>,
    now: DateTime<Utc>,
    chosen: &[(Candidate, Choice)],
    buried: &[Buried],
) -> Option<DateTime<Utc>> {
    let longest = profile?.longest()?;
    let chosen = chosen.iter().map(|(candidate, _)| candidate.story.published);
    let buried = buried.iter().filter_map(|gone| Some(gone.story.as_ref()?.1));
    let ends = chosen.chain(buried).filter_map(|it| it.checked_add_signed(longest));
    ends.filter(|ends| *ends > now).min()
}

/// What is known of that from passes before.
pub(super) async fn ages(store: &mut Store) -> Result<Ages, PassError> {
    let kept = store.remembered(PROFILES_DUE).await?.unwrap_or_default();
    let pair = |pair: &str| {
        let (feed, due) = pair.split_once(':')?;
        let due = DateTime::from_timestamp_millis(due.parse().ok()?)?;
        Some((feed.parse().ok()?, due))
    };
    Ok(kept.split(' ').filter_map(pair).collect())
}

/// Keeps it, of feeds that are still there.
pub(super) async fn keep_ages(
    store: &mut Store,
    before: &Ages,
    now: &Ages,
    records: &[FeedRecord],
) -> Result<(), PassError> {
    let mut there = now.clone();
    there.retain(|feed, _| records.iter().any(|it| it.id == *feed));
    if *before == there {
        return Ok(());
    }
    let pairs = there.iter().map(|(feed, due)| format!("{feed}:{}", due.timestamp_millis()));
    Ok(store.remember(PROFILES_DUE, &pairs.collect::<Vec<_>>().join(" ")).await?)
}
