//! Gathers what is known of a story and a feed, so that a reason can be found.
//!
//! # Promises
//! - Nothing is settled, published or decided. (A text that was never rendered may be.)
//! - What is looked at is what the last build left, not what the next one would do.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Explanation, Newsroom, PassError, Reason, Report,
    choose::{self, Choice, key, rename_sections},
    feeds::{self, rule_digest},
    languages, profiles,
    reason::{Carried, Evidence, shown},
    render::story_words,
};
use crate::{
    feed::Selection,
    store::{FeedRecord, Store},
    story::{FeedPath, FeedSpec, Guid, Move, Phase, SectionPath, State, Story},
};

/// Says why the feed at `path` carries a stored story, or doesn't.
///
/// # Errors
/// If the store fails.
pub async fn explain(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    story: &Story,
    path: &FeedPath,
    now: DateTime<Utc>,
) -> Result<Explanation, PassError> {
    let mut story = story.clone();
    rename_sections(&mut story, &newsroom.moves);
    let records = store.feeds().await?;
    let said = |reason, text: String| Explanation {
        story: story.guid.to_string(),
        feed: path.to_string(),
        inside: false,
        reason,
        text,
        page: None,
        details: Vec::new(),
    };
    let spec = match named(newsroom, &records, path, &story) {
        Named::Feed(spec) => *spec,
        Named::Retired(since) => {
            let since = since.map(|at| format!(" on {}", shown(at))).unwrap_or_default();
            return Ok(said(Reason::Retired, format!("not in: the feed was retired{since}")));
        }
        Named::Undeclared => {
            let text = format!(
                "not in: the section `{path}` isn't declared and has no feed; declare it as a \
                 [[section]], or set `sections = \"found\"`"
            );
            return Ok(said(Reason::Undeclared, text));
        }
        Named::Unknown(meant) => {
            let fix = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`feedwright config show` lists the feeds".to_owned(),
            };
            return Ok(said(Reason::Unknown, format!("there is no feed `{path}`\n  fix: {fix}")));
        }
    };
    let record = records.get(&spec.path);
    let feed = record.map_or(0, |record| record.id);
    let mut members = store.members_of(&[story.id]).await?.remove(&story.id).unwrap_or_default();
    members.retain(|member| member.feed == feed);
    let carried = carried(store, feed).await?;
    let mut evidence = Evidence {
        story: &story,
        spec: &spec,
        now,
        due: due(newsroom, store, &story, &spec, record, now).await?,
        held: store.held().await?.contains(&(feed, story.id)),
        member: members.first(),
        carried: &carried,
        rank: store.members_before(feed, &key(&story)).await?,
        floor: record.and_then(|record| record.floor.as_ref()),
        open_page: record.filter(|record| record.paged).map(|record| record.open_page),
        choice: choice(store, &story, &spec).await?,
        fault: None,
        violation: None,
    };
    if spec.profile.is_some() && story.state == State::Live {
        let (one, mut unsaid) = (std::slice::from_ref(&story), Report::default());
        let words = story_words(&newsroom.site, store, one, &mut unsaid).await?;
        let candidates = store.candidates(&[story.id]).await?;
        let found = candidates
            .first()
            .map(|it| profiles::violation(newsroom, spec.clone(), it, words.get(&story.id), now));
        evidence.violation = found.flatten();
    }
    let explanation = evidence.explanation();
    if explanation.reason != Reason::Fault {
        return Ok(explanation);
    }
    let mut report = Report::default();
    story_words(&newsroom.site, store, std::slice::from_ref(&story), &mut report).await?;
    evidence.fault = report.faults.first().map(|fault| fault.what.clone());
    Ok(evidence.explanation())
}

/// What a path names.
enum Named {
    Feed(Box<FeedSpec>),
    /// With the day, if a build has seen it.
    Retired(Option<DateTime<Utc>>),
    Undeclared,
    /// With the path that is nearest to it.
    Unknown(Option<String>),
}

fn named(
    newsroom: &Newsroom<'_>,
    records: &BTreeMap<FeedPath, FeedRecord>,
    path: &FeedPath,
    story: &Story,
) -> Named {
    let moved = newsroom.moves.iter().find(|moved| moved.from_feed().as_ref() == Some(path));
    let path = match moved {
        Some(Move { to: None, .. }) => {
            return Named::Retired(records.get(path).and_then(|record| record.retired));
        }
        Some(Move { to: Some(to), .. }) => to,
        None => path,
    };
    if let Some(spec) = newsroom.feeds.iter().find(|spec| spec.path == *path) {
        return Named::Feed(Box::new(spec.clone()));
    }
    let of_language = || {
        let record = records.get(path).filter(|record| record.kind == feeds::LANGUAGE)?;
        let (section, language) = languages::named_by(&record.path)?;
        let titles = feeds::section_titles(newsroom, &[]);
        let is_base = |spec: &&FeedSpec| match &section {
            Some(section) => spec.section.as_ref() == Some(section),
            None => spec.path.is_root(),
        };
        let declared = newsroom.feeds.iter().find(is_base).cloned();
        let found = || Some((newsroom.section_feed)(section.as_ref()?, None));
        languages::feed(newsroom, &titles, &declared.or_else(found)?, &language)
    };
    if let Some(spec) = of_language() {
        return Named::Feed(Box::new(spec));
    }
    let sections = story.facts.sections.iter().flat_map(SectionPath::lineage);
    let is_named = sections.into_iter().any(|section| Some(section) == path.section());
    let found = newsroom.sections_are_found;
    if let Some(section) = path.section() {
        let is_found = is_named || records.get(path).is_some_and(|record| record.kind == "found");
        if found && is_found {
            return Named::Feed(Box::new((newsroom.section_feed)(&section, None)));
        }
        if is_named {
            return Named::Undeclared;
        }
    }
    let of_store = records.values().filter(|record| found && record.kind == "found");
    let known = newsroom.feeds.iter().map(|spec| &spec.path);
    let known = known.chain(of_store.map(|record| &record.path));
    let nearest = known
        .map(|known| (strsim::damerau_levenshtein(known.as_str(), path.as_str()), known.as_str()));
    let meant = nearest.min().filter(|(distance, _)| *distance <= 3);
    Named::Unknown(meant.map(|(_, meant)| if meant.is_empty() { "/" } else { meant }.to_owned()))
}

/// What the feed carries, in its order.
async fn carried(store: &mut Store, feed: i64) -> Result<Vec<Carried>, PassError> {
    let guids: Vec<Guid> = store.carried(feed).await?.into_keys().map(Guid::kept).collect();
    let stories = store.by_guid(&guids).await?;
    let mut carried: Vec<Carried> =
        stories.into_iter().map(|story| Carried { key: key(&story), title: story.title }).collect();
    carried.sort_by(|a, b| {
        let newest_first = b.key.published.cmp(&a.key.published);
        newest_first.then_with(|| a.key.guid.cmp(&b.key.guid))
    });
    Ok(carried)
}

/// Why a build is due, as far as it touches the story or the feed.
async fn due(
    newsroom: &Newsroom<'_>,
    store: &mut Store,
    story: &Story,
    spec: &FeedSpec,
    record: Option<&FeedRecord>,
    now: DateTime<Utc>,
) -> Result<Option<&'static str>, PassError> {
    let (_, settled) = store.revisions().await?;
    let has_come = match story.phase {
        Phase::Pending => story.published <= now,
        Phase::Public => story.leaves.is_some_and(|leaves| leaves <= now),
        Phase::Gone => false,
    };
    let is_configured = newsroom.feeds.iter().any(|known| known.path == spec.path);
    Ok(match record {
        _ if story.revision > settled => Some("the story was changed after the last one"),
        _ if has_come => Some("the story's hour has come"),
        None => is_configured.then_some("the feed is new"),
        Some(record) if record.rule != rule_digest(&spec.rule, &newsroom.moves) => {
            Some("the feed's rule was changed after the last one")
        }
        Some(record) => record.dirty.then_some("the last one was interrupted"),
    })
}

/// How the story is carried by its size, other things aside.
async fn choice(store: &mut Store, story: &Story, spec: &FeedSpec) -> Result<Choice, PassError> {
    let candidates = store.candidates(&[story.id]).await?;
    let Some(candidate) = candidates.first().filter(|_| story.state != State::Retracted) else {
        return Ok(Choice::Carried);
    };
    Ok(Selection::new(spec.limits).offer(story.published, choose::weight(candidate, spec)))
}
