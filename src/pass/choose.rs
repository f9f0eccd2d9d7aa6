//! Which stories a feed carries: members from the store, newest first, until it is full, and those
//! that a correction or a notice lifts into it again.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Newsroom, PassError, Report,
    feeds::PlannedFeed,
    profiles::{Judge, Violation},
    render::Renderer,
};
pub(super) use crate::feed::Choice;
use crate::{
    feed::{Selection, text_bytes},
    store::{AskedCandidates, Candidate, Cursor, Needs, OrderKey, Store},
    story::{ContentMode, FeedSpec, Move, Profile, RuleFacts, SectionPath, State, Story, Where},
};

/// Members asked of the store beyond what a feed will carry, to see where it ends.
const SPARE: usize = 8;
/// Stories that violate what a feed is held to, after which older ones aren't looked at.
const LEFT_OUT: usize = 200;
/// Stories that may be lifted into a feed at once.
const RAISED: usize = 50;

/// The stories of one feed in the making.
pub(super) struct Chooser<'a> {
    newsroom: &'a Newsroom<'a>,
    feed: &'a PlannedFeed,
    cursor: Cursor,
    selection: Selection,
    /// Candidates that may be carried, once their sizes are known.
    wanted: Vec<Candidate>,
    raised: Vec<Candidate>,
    /// The newest members, and those that were lifted, as they were asked for.
    asked: Option<(AskedCandidates, AskedCandidates)>,
    exhausted: bool,
    /// What was published up to then is too old for the aggregator that the feed is for.
    too_old: Option<DateTime<Utc>>,
}

/// What a feed carries.
pub(super) struct Chosen {
    /// In the order of the feed, with how each is carried.
    pub(super) entries: Vec<(Candidate, Choice)>,
    /// The first member that it doesn't carry; none: it carries all, but for what can't be rendered.
    pub(super) floor: Option<OrderKey>,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(
        newsroom: &'a Newsroom<'a>,
        feed: &'a PlannedFeed,
        now: DateTime<Utc>,
    ) -> Self {
        let longest = feed.spec.profile.and_then(Profile::longest);
        Self {
            too_old: longest.and_then(|longest| now.checked_sub_signed(longest)),
            newsroom,
            feed,
            cursor: Cursor::start(),
            selection: Selection::new(feed.spec.limits),
            wanted: Vec::new(),
            raised: Vec::new(),
            asked: None,
            exhausted: false,
        }
    }

    /// Candidates that were looked up and not yet decided on, and whose texts are needed.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Candidate> {
        texts(&self.wanted).chain(texts(&self.raised))
    }

    /// Asks for the first candidates that may be carried.
    pub(super) async fn ask(&mut self, store: &mut Store) -> Result<(), PassError> {
        let feed = self.feed.record.id;
        let newest = store.ask_newest(feed, &self.cursor, self.count()).await?;
        self.asked = Some((newest, store.ask_raised(feed, RAISED).await?));
        Ok(())
    }

    /// Takes the candidates that were asked for.
    pub(super) async fn begin(&mut self, store: &mut Store) -> Result<(), PassError> {
        let Some((newest, raised)) = self.asked.take() else { return Ok(()) };
        let found = store.asked_candidates(newest).await?;
        self.look_at(found);
        let newest = self.wanted.first().map(|candidate| candidate.story.published);
        let window = TimeDelta::from_std(self.feed.spec.limits.window).unwrap_or_default();
        let since = newest.and_then(|newest| newest.checked_sub_signed(window));
        let mut raised = store.asked_candidates(raised).await?;
        raised.retain(|candidate| is_raised(&candidate.story, since));
        self.raised = raised;
        for candidate in &mut self.raised {
            rename_sections(&mut candidate.story, &self.newsroom.moves);
        }
        Ok(())
    }

    /// Looks up the next candidates that may be carried.
    async fn look_up(&mut self, store: &mut Store) -> Result<(), PassError> {
        let asked = store.ask_newest(self.feed.record.id, &self.cursor, self.count()).await?;
        let found = store.asked_candidates(asked).await?;
        self.look_at(found);
        Ok(())
    }

    fn count(&self) -> usize {
        self.feed.spec.limits.entries + SPARE
    }

    fn look_at(&mut self, found: Vec<Candidate>) {
        self.exhausted = found.len() < self.count();
        // How many of these would be carried if all that aren't rendered yet were small, and those
        // with another text as long as before. Where that turns out wrong, more are looked up.
        let mut guess = self.selection.clone();
        for mut candidate in found {
            self.cursor = Cursor::after(&candidate.story);
            rename_sections(&mut candidate.story, &self.newsroom.moves);
            let published = candidate.story.published;
            let done = self.is_too_old(published)
                || guess.offer(published, weight(&candidate, &self.feed.spec)) == Choice::Done;
            // The first that isn't carried is kept: it is the floor.
            self.wanted.push(candidate);
            if done {
                self.exhausted = false;
                break;
            }
        }
    }

    fn is_too_old(&self, published: DateTime<Utc>) -> bool {
        self.too_old.is_some_and(|too_old| published <= too_old)
    }

    /// Decides, rendering what isn't rendered yet.
    pub(super) async fn settle(
        mut self,
        store: &mut Store,
        renderer: &mut Renderer<'_>,
        judge: Option<Judge<'_, '_>>,
        report: &mut Report,
    ) -> Result<Chosen, PassError> {
        let raised = std::mem::take(&mut self.raised);
        renderer.freshen(store, texts(&raised), report).await?;
        let raised = judged(judge, store, renderer, renderer.measured(raised)).await?;
        let mut lifted: Vec<(Candidate, Choice)> = Vec::with_capacity(raised.len());
        for (candidate, _) in raised.into_iter().filter(|(_, violation)| violation.is_none()) {
            let choice = self.selection.lift(weight(&candidate, &self.feed.spec));
            if choice != Choice::Done {
                lifted.push((candidate, choice));
            }
        }
        let mut entries: Vec<(Candidate, Choice)> = Vec::new();
        let (mut floor, mut left_out) = (None, 0);
        'all: loop {
            let wanted = std::mem::take(&mut self.wanted);
            renderer.freshen(store, texts(&wanted), report).await?;
            let measured = renderer.measured(wanted);
            for (candidate, violation) in judged(judge, store, renderer, measured).await? {
                let published = candidate.story.published;
                if self.is_too_old(published) {
                    floor = Some(key(&candidate.story));
                    break 'all;
                }
                if let Some((judge, violation)) = judge.zip(violation)
                    && self.selection.wants(published)
                {
                    report.faults.extend(judge.fault(&candidate.story, violation));
                    left_out += 1;
                    if left_out == LEFT_OUT {
                        report.faults.push(judge.too_many(LEFT_OUT));
                        floor = Some(key(&candidate.story));
                        break 'all;
                    }
                    continue;
                }
                let held = lifted.iter().find(|(other, _)| other.story.id == candidate.story.id);
                let choice = match held {
                    Some((_, choice)) if self.selection.offer_lifted(published) => *choice,
                    Some(_) => Choice::Done,
                    None => self.selection.offer(published, weight(&candidate, &self.feed.spec)),
                };
                match choice {
                    Choice::Done => {
                        floor = Some(key(&candidate.story));
                        break 'all;
                    }
                    choice => entries.push((candidate, choice)),
                }
            }
            if self.exhausted {
                break;
            }
            self.look_up(store).await?;
        }
        let carried: HashSet<i64> = entries.iter().map(|(c, _)| c.story.id).collect();
        entries.extend(lifted.into_iter().filter(|(c, _)| !carried.contains(&c.story.id)));
        entries.sort_by(|(a, _), (b, _)| {
            let newest_first = b.story.published.cmp(&a.story.published);
            newest_first.then_with(|| a.story.guid.cmp(&b.story.guid))
        });
        Ok(Chosen { entries, floor })
    }
}

/// Candidates, each with what it violates of the feed's profile.
async fn judged(
    judge: Option<Judge<'_, '_>>,
    store: &mut Store,
    renderer: &Renderer<'_>,
    candidates: Vec<Candidate>,
) -> Result<Vec<(Candidate, Option<Violation>)>, PassError> {
    let violations = match judge {
        Some(judge) => judge.of_all(store, renderer, &candidates).await?,
        None => candidates.iter().map(|_| None).collect(),
    };
    Ok(candidates.into_iter().zip(violations).collect())
}

/// Those whose texts are needed: of a retracted story only its notice is shown.
fn texts(candidates: &[Candidate]) -> impl Iterator<Item = &Candidate> {
    candidates.iter().filter(|candidate| candidate.story.state != State::Retracted)
}

/// The place of a story in the order of feeds.
pub(super) fn key(story: &Story) -> OrderKey {
    OrderKey { published: story.published, guid: story.guid.clone() }
}

/// Whether a story that was lifted belongs into a feed whatever its age: a notice until it ends, a
/// correction while it is younger than the window, counted back from the feed's newest entry.
fn is_raised(story: &Story, since: Option<DateTime<Utc>>) -> bool {
    match story.state {
        State::Retracted => true,
        _ => story.raised.is_some_and(|raised| since.is_none_or(|since| raised > since)),
    }
}

/// Bytes of an entry beyond the usual: its text, its tags, its people.
pub(super) fn weight(candidate: &Candidate, spec: &FeedSpec) -> u64 {
    const AROUND: usize = 60;
    if candidate.story.state == State::Retracted {
        return text_bytes(candidate.story.notice.as_deref().unwrap_or_default());
    }
    let facts = &candidate.story.facts;
    let tags: usize = facts.tags.iter().map(|tag| tag.len() + AROUND).sum();
    let people: usize = facts.authors.iter().map(|person| person.name.len() + AROUND).sum();
    let text = match spec.content {
        ContentMode::Full => candidate.rendered_bytes,
        ContentMode::Summary => 0,
    };
    text + (tags + people) as u64
}

/// Whether a story belongs into a feed by its rule.
pub(super) fn holds(rule: &Where, story: &Story) -> bool {
    rule.holds(rule_facts(story))
}

/// What a rule asks of a story beside its source and language.
pub(super) fn asked_by(rule: &Where, needs: &mut Needs) {
    match rule {
        Where::All(rules) | Where::Any(rules) => {
            for rule in rules {
                asked_by(rule, needs);
            }
        }
        Where::Not(rule) => asked_by(rule, needs),
        Where::Title(_) => needs.titles = true,
        Where::Section(_) | Where::Tag(_) | Where::Author(_) | Where::Has(_) => needs.facts = true,
        // The configuration keeps `content` out of the rules of feeds.
        Where::Language(_) | Where::Source(_) | Where::Id(_) | Where::Content(_) => {}
    }
}

/// Why a story doesn't belong into a feed by its rule; none where it does.
pub(super) fn unmet(rule: &Where, story: &Story) -> Option<String> {
    rule.unmet(rule_facts(story))
}

fn rule_facts(story: &Story) -> RuleFacts<'_> {
    RuleFacts {
        guid: story.guid.as_str(),
        source: &story.source,
        title: &story.title,
        language: &story.language,
        sections: &story.facts.sections,
        facts: &story.facts,
        text: None,
    }
}

/// Stories that name a section that moved count as those of its new place.
pub(super) fn rename_sections(story: &mut Story, moves: &[Move]) {
    for (from, to) in section_moves(moves) {
        let sections = &mut story.facts.sections;
        if !sections.iter().any(|section| from.contains(section)) {
            continue;
        }
        for section in sections.iter_mut() {
            *section = section.moved(&from, &to);
        }
        let mut seen = HashSet::new();
        sections.retain(|section| seen.insert(section.clone()));
    }
}

pub(super) fn section_moves(
    moves: &[Move],
) -> impl Iterator<Item = (SectionPath, SectionPath)> + '_ {
    moves
        .iter()
        .filter_map(|moved| Some((moved.from_feed()?.section()?, moved.to.as_ref()?.section()?)))
}
