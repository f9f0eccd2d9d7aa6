//! A newsroom in memory: what the design says a pass decides, worked out anew each time.
//!
//! # Limits
//! - Knows no bytes: `max_bytes` is out of its reach.
//! - A feed that the configuration doesn't name any more begins anew when it comes back.

pub(crate) mod folder;
pub(crate) mod follow;
pub(crate) mod history;
pub(crate) mod room;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
};

use history::{Action, Draft, Setup};
use proptest::test_runner::{Config, RngSeed};

/// Hours since the beginning of the history.
pub(crate) type Hour = i64;
pub(crate) type Slot = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Live,
    Withdrawn,
    Retracted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Pending,
    Public,
    Gone,
}

/// A stored story.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    /// Its place among all that were ever stored.
    pub(crate) row: usize,
    pub(crate) draft: Draft,
    pub(crate) state: State,
    pub(crate) phase: Phase,
    /// When it was last written.
    pub(crate) changed: Hour,
    /// Its expiry, or the end of its notice.
    pub(crate) leaves: Option<Hour>,
    /// When a correction or a notice lifted it.
    pub(crate) raised: Option<Hour>,
    /// Its own `lastmod`, else when other words of it were first seen.
    updated: Hour,
    /// Whether its words were deleted.
    purged: bool,
    /// Whether a pass was made since it was last written.
    told: bool,
}

/// What was decided about a feed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Feed {
    pub(crate) inside: BTreeSet<Slot>,
    /// Closed pages, by number from 1.
    pub(crate) pages: Vec<Vec<Slot>>,
    /// The page that is being filled.
    pub(crate) open: Vec<Slot>,
    /// Every story that was ever inside.
    had: BTreeSet<Slot>,
    /// Stories that were taken back, and when.
    pub(crate) buried: BTreeMap<Slot, Hour>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    pub(crate) stories: BTreeMap<Slot, Story>,
    pub(crate) feeds: BTreeMap<String, Feed>,
    /// Sections whose feeds stories made.
    found: BTreeSet<String>,
    /// The feeds that there are, by path.
    pub(crate) planned: BTreeSet<String>,
    /// What the last pass was made with.
    pub(crate) setup: Setup,
}

/// How far a pass came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It decided and published.
    Whole,
    /// It decided and could not publish.
    Decided,
}

impl Feed {
    fn settled(&self, slot: Slot) -> bool {
        self.open.contains(&slot) || self.pages.iter().any(|page| page.contains(&slot))
    }
}

impl Model {
    /// Something happens to a story.
    pub(crate) fn act(&mut self, action: &Action, now: Hour) {
        match action {
            Action::TakeIn(slot, draft) => self.take_in(*slot, draft, now),
            Action::Withdraw(slot) => {
                let story = self.story(*slot);
                (story.state, story.phase, story.changed) = (State::Withdrawn, Phase::Gone, now);
            }
            Action::Retract { slot, notice, purge } => {
                // Whoever has never had it isn't told.
                let was_out = self.feeds.values().any(|feed| feed.had.contains(slot));
                let story = self.story(*slot);
                let is_again = story.state == State::Retracted;
                let standing = story.leaves.filter(|_| is_again);
                let until = notice.map(|hours| now + hours).or(standing);
                let speaks = until.is_some_and(|until| until > now)
                    && story.draft.published <= now
                    && was_out;
                story.phase = if speaks { Phase::Public } else { Phase::Gone };
                if !is_again || notice.is_some() {
                    story.changed = now;
                }
                story.raised = speaks.then_some(story.changed);
                story.leaves = until;
                story.state = State::Retracted;
                if *purge {
                    story.purged = true;
                    story.draft.sections.clear();
                    story.draft.tagged = false;
                    story.draft.pair = None;
                    story.draft.corrected = None;
                }
            }
            Action::Restore(slot, is_there) => {
                let was_out = self.feeds.values().any(|feed| feed.had.contains(slot));
                let story = self.story(*slot);
                let has_words = *is_there && !story.purged;
                story.state = if has_words { State::Live } else { State::Withdrawn };
                story.leaves = story.draft.expires;
                story.phase = first_phase(now, story.state, story.draft.published, story.leaves);
                story.raised = story.draft.corrected.map(|_| story.updated);
                if was_out && story.told {
                    story.updated = story.updated.max(now);
                }
                story.changed = now;
            }
        }
    }

    fn story(&mut self, slot: Slot) -> &mut Story {
        self.stories.get_mut(&slot).expect("a stored story")
    }

    fn take_in(&mut self, slot: Slot, draft: &Draft, now: Hour) {
        let was_out = self.feeds.values().any(|feed| feed.had.contains(&slot));
        let row = self.stories.len();
        let Some(story) = self.stories.get_mut(&slot) else {
            let phase = first_phase(now, State::Live, draft.published, draft.expires);
            let updated = draft.published.max(draft.updated.unwrap_or(draft.published));
            // A correction without a date, in a story that is new.
            let raised = None;
            let (leaves, draft, state) = (draft.expires, draft.clone(), State::Live);
            let (changed, purged, told) = (now, false, false);
            let story =
                Story { row, draft, state, phase, changed, leaves, raised, updated, purged, told };
            self.stories.insert(slot, story);
            return;
        };
        if story.state == State::Retracted {
            return;
        }
        let same_hours = story.state == State::Live
            && (story.draft.published, story.draft.expires) == (draft.published, draft.expires);
        let renamed = Draft { name: draft.name, ..story.draft.clone() };
        if same_hours && renamed == *draft && !story.purged {
            story.draft = renamed; // That is no edit.
            return;
        }
        let corrected = draft.corrected.is_some() && draft.corrected != story.draft.corrected;
        let same_words =
            !story.purged && (story.draft.title, story.draft.body) == (draft.title, draft.body);
        // The date of an hour that no longer comes is none that anybody saw.
        let date = match story.phase == Phase::Pending && story.updated > now {
            true if was_out => now,
            true => draft.published,
            false => story.updated,
        };
        let seen = match same_words && !corrected {
            true => date,
            false => date.max(now),
        };
        let updated = draft.updated.unwrap_or(seen).max(draft.published);
        let readers_saw = story.phase == Phase::Public || story.phase == Phase::Pending && was_out;
        story.updated = if readers_saw { updated.max(date) } else { updated };
        story.phase = match (same_hours, story.phase) {
            (true, Phase::Gone) => Phase::Gone,
            (true, Phase::Public) if draft.expires.is_none_or(|at| at > now) => Phase::Public,
            _ => first_phase(now, State::Live, draft.published, draft.expires),
        };
        if draft.corrected != story.draft.corrected {
            story.raised = draft.corrected.map(|_| now);
        }
        (story.draft, story.state, story.changed) = (draft.clone(), State::Live, now);
        (story.leaves, story.purged, story.told) = (draft.expires, false, false);
    }

    /// Stories whose hour comes with this pass.
    pub(crate) fn due(&self, now: Hour) -> Vec<Slot> {
        let due = self.stories.iter().filter(|(_, story)| next_phase(story, now) != story.phase);
        due.map(|(slot, _)| *slot).collect()
    }

    /// A pass: everything is worked out from the stories and from what was decided once.
    pub(crate) fn pass(&mut self, setup: &Setup, now: Hour, reach: Reach) {
        for story in self.stories.values_mut() {
            story.phase = next_phase(story, now);
            story.told = true;
        }
        let (before, named) = (self.setup.named_feeds(), setup.named_feeds());
        self.setup = setup.clone();
        if let Some((from, Some(to))) = setup.moved
            && !self.feeds.contains_key(to)
            && let Some(feed) = self.feeds.remove(from)
        {
            self.feeds.insert(to.to_owned(), feed);
            if self.found.remove(from) {
                self.found.insert(to.to_owned());
            }
        }
        self.plan();
        let planned = self.planned.clone();
        for (path, feed) in &mut self.feeds {
            let is_new = before.contains(path) && !named.contains(path);
            if is_new || !planned.contains(path) {
                feed.inside.clear();
            }
        }
        let inside: BTreeSet<Slot> =
            self.feeds.values().flat_map(|feed| feed.inside.iter().copied()).collect();
        for feed in self.feeds.values_mut() {
            // Readers of feeds that it had left are told too, unless it has merely moved.
            for slot in &feed.had {
                let story = &self.stories[slot];
                let had_expired = story.draft.expires.is_some_and(|at| at <= story.changed);
                match (story.state, story.phase) {
                    (State::Live, Phase::Public) => drop(feed.buried.remove(slot)),
                    (State::Live, _) => {}
                    _ if had_expired && !feed.inside.contains(slot) => {}
                    _ => drop(feed.buried.insert(*slot, story.changed)),
                }
            }
        }
        for path in planned {
            let mut feed = self.feeds.remove(&path).unwrap_or_default();
            self.settle(&path, &mut feed, &inside);
            if reach == Reach::Whole && setup.archives {
                let carried: BTreeSet<Slot> = self.newest(&feed).into_iter().collect();
                if feed.open.iter().any(|s| feed.inside.contains(s) && !carried.contains(s)) {
                    feed.pages.push(std::mem::take(&mut feed.open));
                }
            }
            self.feeds.insert(path, feed);
        }
    }

    /// Which stories are in a feed now, and on which page the new ones are; `anywhere`: those that
    /// were in any feed.
    fn settle(&self, path: &str, feed: &mut Feed, anywhere: &BTreeSet<Slot>) {
        let wanted = |slot: &Slot| {
            let story = &self.stories[slot];
            let by_rule = || self.setup.wants(path, &story.draft);
            story.phase == Phase::Public
                && match story.state {
                    State::Live => by_rule(),
                    // A notice stands where the story was; if it was nowhere any more, where it
                    // had been and would be.
                    _ if anywhere.contains(slot) => feed.inside.contains(slot),
                    _ => feed.had.contains(slot) && (story.purged || by_rule()),
                }
        };
        let inside: BTreeSet<Slot> = self.stories.keys().copied().filter(wanted).collect();
        for slot in feed.inside.difference(&inside).chain(&inside) {
            let story = &self.stories[slot];
            if story.state == State::Live {
                if inside.contains(slot) {
                    feed.buried.remove(slot);
                }
            } else {
                feed.buried.insert(*slot, story.changed);
            }
        }
        feed.had.extend(&inside);
        feed.inside = inside;
        if !self.setup.archives {
            return;
        }
        let mut new: Vec<Slot> = feed.inside.iter().copied().collect();
        new.retain(|slot| !feed.settled(*slot) && self.stories[slot].state == State::Live);
        new.sort_by_key(|slot| (self.stories[slot].draft.published, self.stories[slot].row));
        for slot in new {
            feed.open.push(slot);
            if feed.open.len() >= self.setup.limit {
                feed.pages.push(std::mem::take(&mut feed.open));
            }
        }
    }

    fn plan(&mut self) {
        let mut planned = self.setup.named_feeds();
        if self.setup.found {
            let public = self
                .stories
                .values()
                .filter(|story| story.phase == Phase::Public && story.state == State::Live);
            for section in public.flat_map(|story| &story.draft.sections) {
                self.found.extend(lineage(&self.setup.renamed(section)));
            }
            self.found.retain(|section| {
                !planned.contains(section)
                    && self.setup.moved.as_ref().is_none_or(|m| m.0 != *section)
            });
            planned.extend(self.found.iter().cloned());
        } else {
            self.found.retain(|section| !planned.contains(section));
        }
        self.planned = planned;
    }

    fn in_order(&self, slots: impl IntoIterator<Item = Slot>) -> Vec<Slot> {
        let mut slots: Vec<Slot> = slots.into_iter().collect();
        slots.sort_by_key(|slot| (-self.stories[slot].draft.published, history::id(*slot)));
        slots
    }

    /// The newest `limit`, or all that are younger than the window, whichever is more.
    fn newest(&self, feed: &Feed) -> Vec<Slot> {
        let all = self.in_order(feed.inside.iter().copied());
        let published = |slot: &Slot| self.stories[slot].draft.published;
        let Some(newest) = all.first().map(published) else { return all };
        let floor = newest - self.setup.window;
        let young = all.iter().filter(|slot| published(slot) > floor).count();
        all.into_iter().take(young.max(self.setup.limit)).collect()
    }

    /// What a feed carries, in its order.
    pub(crate) fn entries(&self, path: &str) -> Vec<Slot> {
        let feed = &self.feeds[path];
        let newest = self.newest(feed);
        let since =
            newest.first().map(|slot| self.stories[slot].draft.published - self.setup.window);
        let lifted = feed.inside.iter().copied().filter(|slot| {
            let story = &self.stories[slot];
            let young = || story.raised.is_some_and(|at| since.is_none_or(|since| at > since));
            story.state == State::Retracted || young()
        });
        let all: BTreeSet<Slot> = newest.iter().copied().chain(lifted).collect();
        self.in_order(all)
    }

    /// What each closed page shows, the oldest page first.
    pub(crate) fn pages(&self, path: &str) -> Vec<Vec<Slot>> {
        let feed = &self.feeds[path];
        let shown =
            |slot: &Slot| feed.inside.contains(slot) && self.stories[slot].state == State::Live;
        let pages = feed.pages.iter();
        pages.map(|page| self.in_order(page.iter().copied().filter(shown))).collect()
    }

    /// The tombstones that a feed shows.
    pub(crate) fn tombstones(&self, path: &str) -> BTreeSet<Slot> {
        let entries = self.entries(path);
        let published = |slot: &Slot| self.stories[slot].draft.published;
        let oldest = entries.iter().map(published).min();
        let newest = entries.iter().map(published).max();
        let since = newest.map(|newest| newest - 30 * 24).min(oldest);
        let buried = self.feeds[path].buried.iter();
        let shown = buried.filter(|(_, at)| since.is_none_or(|since| **at >= since));
        shown.map(|(slot, _)| *slot).collect()
    }
}

fn first_phase(now: Hour, state: State, published: Hour, leaves: Option<Hour>) -> Phase {
    if state != State::Live || leaves.is_some_and(|at| at <= now) {
        Phase::Gone
    } else if published <= now {
        Phase::Public
    } else {
        Phase::Pending
    }
}

/// The phase that a story has from `now` on if nothing else happens to it.
fn next_phase(story: &Story, now: Hour) -> Phase {
    let is_over = story.leaves.is_some_and(|at| at <= now);
    match story.phase {
        Phase::Pending if story.draft.published > now => Phase::Pending,
        Phase::Gone => Phase::Gone,
        Phase::Pending | Phase::Public if is_over => Phase::Gone,
        Phase::Pending | Phase::Public => Phase::Public,
    }
}

/// `latam/security` lies in itself and in `latam`.
pub(crate) fn lineage(section: &str) -> Vec<String> {
    let ends = section.match_indices('/').map(|(at, _)| at).chain([section.len()]);
    ends.map(|end| section[..end].to_owned()).collect()
}

/// So many histories, always the same; or as many others as `FEEDWRIGHT_CASES` says.
pub(crate) fn config(cases: u32) -> Config {
    let more = env::var("FEEDWRIGHT_CASES").ok().and_then(|cases| cases.parse().ok());
    Config {
        cases: more.unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: 1500,
        rng_seed: if more.is_some() { RngSeed::Random } else { RngSeed::Fixed(20_260_301) },
        ..Config::default()
    }
}
