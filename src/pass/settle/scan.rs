//! Looks at all public stories, row by row: for feeds with a new rule, and where nothing is settled.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    ops::Range,
};

use super::{
    super::{
        PassError,
        choose::{self, rename_sections},
        feeds,
    },
    Settler,
};
use crate::{
    store::{AskedScan, Needs, Store},
    story::{State, Story},
};

/// Stories that rules are tried on together.
const SCAN: i64 = 5000;
/// Stories that are looked at together: few, so that they are decided on while the next are read.
const FIRST: i64 = 500;
/// Such groups that are asked for ahead.
const AHEAD: usize = 2;

impl Settler<'_, '_> {
    /// Looks at all stories of a store in which none was ever in a feed.
    pub(super) async fn all_stories(&mut self) -> Result<(), PassError> {
        let mut needs = Needs { titles: false, facts: true };
        for feed in &self.plan.feeds {
            choose::asked_by(&feed.spec.rule, &mut needs);
        }
        let mut scan = Scan::begin(self.store, FIRST, needs).await?;
        while let Some(stories) = scan.next(self.store).await? {
            for mut story in stories {
                rename_sections(&mut story, &self.newsroom.moves);
                self.note_sections(&story).await?;
                for place in self.plan.wanting(&story) {
                    self.enter(&story, place, None).await?;
                }
                self.looked_at.push(story.id);
            }
            self.flush().await?;
        }
        Ok(())
    }

    /// Tries new rules on all public stories.
    pub(super) async fn new_rules(&mut self, settled: i64, full: bool) -> Result<(), PassError> {
        let sections = self.sections_digest();
        let known = self.store.remembered("sections").await?;
        let new_sections = known.as_deref() != Some(sections.as_str());
        if new_sections {
            self.store.remember("sections", &sections).await?;
        }
        let mut changed: BTreeSet<usize> = BTreeSet::new();
        for place in 0..self.plan.feeds.len() {
            let feed = &mut self.plan.feeds[place];
            if !feed.has_new_rule {
                continue;
            }
            if feed.record.rule.is_empty() {
                // It comes back: its pages may have been removed.
                self.store.soil_pages(feed.record.id).await?;
            }
            feed.record.rule = feeds::rule_digest(&feed.spec.rule, &self.newsroom.moves);
            feed.record.dirty = true;
            changed.insert(place);
            self.marked.insert(place);
        }
        // Without settled stories, and where everything is looked at, the others' way does it all.
        if settled == 0 || full || (changed.is_empty() && !new_sections) {
            return Ok(());
        }
        if self.newsroom.archives {
            self.late.extend(&changed);
        }
        // A feed that comes back has members that left, with their pages.
        let mut settled_before = new_sections && !self.plan.others.is_empty();
        for place in &changed {
            // A feed without settings was never published, and never had a member.
            settled_before |= !self.plan.feeds[*place].record.settings.is_empty();
        }
        let mut needs = Needs { titles: false, facts: new_sections };
        for place in &changed {
            choose::asked_by(&self.plan.feeds[*place].spec.rule, &mut needs);
        }
        let mut scan = Scan::begin(self.store, SCAN, needs).await?;
        while let Some(mut stories) = scan.next(self.store).await? {
            let ids: Vec<i64> = stories.iter().map(|story| story.id).collect();
            let mut members = match settled_before {
                true => self.store.members_of(&ids).await?,
                false => HashMap::new(),
            };
            for story in stories.iter_mut().filter(|story| story.state == State::Live) {
                rename_sections(story, &self.newsroom.moves);
                if new_sections {
                    let new = self.note_sections(story).await?;
                    if self.newsroom.archives {
                        self.late.extend(&new);
                    }
                    changed.extend(new);
                }
                let old = members.remove(&story.id).unwrap_or_default();
                for place in &changed {
                    let feed = &self.plan.feeds[*place];
                    let member = old.iter().find(|member| member.feed == feed.record.id);
                    match (choose::holds(&feed.spec.rule, story), member) {
                        (true, member) if member.is_none_or(|member| !member.inside) => {
                            self.enter(story, *place, member).await?;
                        }
                        (false, Some(member)) if member.inside => self.leave(story, member).await?,
                        _ => {}
                    }
                }
            }
            if new_sections {
                self.looked_at.extend(ids);
            }
            self.flush().await?;
        }
        Ok(())
    }

    fn sections_digest(&self) -> String {
        let feeds = self.newsroom.feeds.iter().map(|spec| (&spec.path, &spec.section));
        let feeds: Vec<_> = feeds.collect();
        let moves = &self.newsroom.moves;
        let split = self.newsroom.split_languages.as_ref();
        // Without languages the text is the one that stores of earlier versions have.
        let split = split.map(|named| format!(" {named:?}")).unwrap_or_default();
        let text = format!("{} {feeds:?} {moves:?}{split}", self.newsroom.sections_are_found);
        blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
    }
}

/// All public stories, group by group; the next are read while some are looked at.
struct Scan {
    asked: VecDeque<AskedScan>,
    /// Rows that were not asked for yet.
    rest: Range<i64>,
    count: i64,
    needs: Needs,
}

impl Scan {
    async fn begin(store: &mut Store, count: i64, needs: Needs) -> Result<Self, PassError> {
        let rest = 0..store.newest_row().await?;
        let mut scan = Self { asked: VecDeque::new(), rest, count, needs };
        for _ in 0..AHEAD {
            scan.ask(store).await?;
        }
        Ok(scan)
    }

    async fn ask(&mut self, store: &mut Store) -> Result<(), PassError> {
        if !self.rest.is_empty() {
            self.asked.push_back(store.ask_scan(self.rest.start, self.count, self.needs).await?);
            self.rest.start += self.count;
        }
        Ok(())
    }

    async fn next(&mut self, store: &mut Store) -> Result<Option<Vec<Story>>, PassError> {
        let Some(asked) = self.asked.pop_front() else { return Ok(None) };
        let stories = store.asked_scan(asked).await?;
        self.ask(store).await?;
        Ok(Some(stories))
    }
}
