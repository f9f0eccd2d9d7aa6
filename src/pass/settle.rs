//! What changed since the last pass, story by story: its phase, the feeds it enters and leaves, the
//! archive page on which it is settled, and what is to be made again because of it.
//!
//! # Promises
//! - A pass looks at the stories that were written since the last one, those whose hour has come,
//!   and those that the guard held back; at all stories only for a feed with a new rule.
//! - Everything that is decided here is kept in one transaction, with marks on what is to be made
//!   again. The marks go when the files are in their places: a crash in between loses nothing.
//! - A story leaves a tombstone where it was public and was taken back, not where it moved.

mod left;
mod scan;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::{
    Newsroom, PassError, Report,
    choose::{self, key, rename_sections},
    feeds::{self, Plan},
    guard::Guard,
    languages,
    pager::Pager,
    references,
    report::HeldBack,
    stale,
};
use crate::{
    store::{Buried, Member, OrderKey, Store, TOGETHER},
    story::{Guid, Phase, SectionPath, State, Story},
};

/// Settles what changed.
pub(super) async fn settle(
    newsroom: &Newsroom<'_>,
    plan: &mut Plan,
    store: &mut Store,
    guard: &mut Guard,
    at: Hour,
    report: &mut Report,
) -> Result<(), PassError> {
    store.begin().await?;
    let (revision, settled) = store.revisions().await?;
    let due = store.due(at.now).await?;
    for phase in [Phase::Public, Phase::Gone] {
        let ids: Vec<i64> = due.iter().filter(|due| due.2 == phase).map(|due| due.1).collect();
        store.set_phase(&ids, phase).await?;
    }
    let held_before = store.held().await?;
    // In a store that is new no story was ever in a feed; without archive pages their order is no
    // matter.
    let all_at_once = settled == 0 && held_before.is_empty() && !newsroom.archives;
    let mut work = match all_at_once {
        true => Vec::new(),
        false => store.touched(if at.full { -1 } else { settled }).await?,
    };
    if !all_at_once {
        work.extend(due.iter().map(|(published, id, _)| (*published, *id)));
    }
    let mut settler = Settler {
        newsroom,
        plan,
        store,
        now: at.now,
        pager: Pager::default(),
        rows: Vec::new(),
        drops: Vec::new(),
        late: BTreeSet::new(),
        marked: BTreeSet::new(),
        sections: Vec::new(),
        looked_at: Vec::new(),
        back: Vec::new(),
        held_before: held_before.iter().copied().collect(),
        settled,
        taken_back: BTreeSet::new(),
    };
    settler.begin_paging(settled).await?;
    settler.new_rules(settled, at.full).await?;
    let held: Vec<i64> = held_before.iter().map(|(_, story)| *story).collect();
    for story in settler.store.stories(&held).await? {
        work.push((story.published.timestamp_millis(), story.id));
    }
    work.sort_unstable();
    work.dedup();
    match all_at_once {
        true => settler.all_stories().await?,
        false => settler.stories(&work, settled == 0).await?,
    }
    settler.translations(&work).await?;
    settler.references(&work).await?;
    settler.titles().await?;
    settler.drops(guard, report).await?;
    settler.finish().await?;
    if revision != settled {
        store.settle_revision(revision).await?;
    }
    store.commit().await?;
    feeds::report_undeclared(newsroom, store, report).await
}

/// When a pass is made, and whether it looks at everything again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hour {
    pub(super) now: DateTime<Utc>,
    pub(super) full: bool,
}

struct Settler<'a, 'n> {
    newsroom: &'a Newsroom<'n>,
    plan: &'a mut Plan,
    store: &'a mut Store,
    now: DateTime<Utc>,
    pager: Pager,
    /// Members that changed.
    rows: Vec<Member>,
    /// Public stories that a feed doesn't want any more.
    drops: Vec<Member>,
    /// Feeds whose members are settled on pages at the end, all at once.
    late: BTreeSet<usize>,
    /// Feeds whose records changed.
    marked: BTreeSet<usize>,
    /// Sections without feeds, with the stories that name them.
    sections: Vec<(String, i64)>,
    looked_at: Vec<i64>,
    /// Stories that are in feeds which they may have left before.
    back: Vec<(i64, Guid)>,
    /// Feeds and stories that the guard held back before.
    held_before: BTreeSet<(i64, i64)>,
    /// The revision up to which everything was settled before.
    settled: i64,
    /// Guids of stories that were retracted since.
    taken_back: BTreeSet<String>,
}

impl Settler<'_, '_> {
    /// Feeds that begin, or end, to keep archives.
    async fn begin_paging(&mut self, settled: i64) -> Result<(), PassError> {
        for place in 0..self.plan.feeds.len() {
            let feed = &mut self.plan.feeds[place];
            let paged = self.newsroom.archives && feed.spec.has_archives();
            if feed.record.paged == paged {
                continue;
            }
            feed.record.paged = paged;
            feed.record.dirty = true;
            self.marked.insert(place);
            if feed.record.paged && settled > 0 {
                self.late.insert(place);
                self.store.soil_pages(feed.record.id).await?;
            }
        }
        Ok(())
    }

    /// Looks at these stories, oldest first; the next are looked up meanwhile. In a store that is new
    /// none was ever in a feed.
    async fn stories(&mut self, work: &[(i64, i64)], is_new: bool) -> Result<(), PassError> {
        let ids: Vec<i64> = work.iter().map(|(_, id)| *id).collect();
        let mut chunks = ids.chunks(TOGETHER).peekable();
        let Some(first) = chunks.peek() else { return Ok(()) };
        let mut asked = self.store.ask_stories(first).await?;
        while let Some(ids) = chunks.next() {
            let stories = self.store.asked_stories(asked).await?;
            let members = match is_new {
                true => HashMap::new(),
                false => self.store.members_of(ids).await?,
            };
            let Some(next) = chunks.peek() else {
                return self.look_at(ids, stories, members).await;
            };
            asked = self.store.ask_stories(next).await?;
            self.look_at(ids, stories, members).await?;
        }
        Ok(())
    }

    async fn look_at(
        &mut self,
        ids: &[i64],
        stories: Vec<Story>,
        mut members: HashMap<i64, Vec<Member>>,
    ) -> Result<(), PassError> {
        let mut stories: HashMap<i64, Story> =
            stories.into_iter().map(|story| (story.id, story)).collect();
        for id in ids {
            let Some(mut story) = stories.remove(id) else { continue };
            rename_sections(&mut story, &self.newsroom.moves);
            if story.state == State::Retracted && story.revision > self.settled {
                self.taken_back.insert(story.guid.to_string());
            }
            let old = members.remove(id).unwrap_or_default();
            let wanting = match story.state {
                _ if !story.is_public() => Vec::new(),
                State::Retracted => self.noticing(&story, &old),
                _ => {
                    self.note_sections(&story).await?;
                    self.plan.wanting(&story)
                }
            };
            for member in old.iter().filter(|member| member.inside) {
                let Some(place) = self.plan.place_of(member.feed) else { continue };
                if !wanting.contains(&place) {
                    self.leave(&story, member).await?;
                }
            }
            self.feeds_left(&story, &old, &wanting).await?;
            for place in wanting {
                let feed = self.plan.feeds[place].record.id;
                let member = old.iter().find(|member| member.feed == feed);
                self.enter(&story, place, member).await?;
            }
            self.looked_at.push(story.id);
        }
        self.flush().await
    }

    /// The feeds that show the notice of a retracted story: those that it was in, else (it had
    /// left them before) those that had it and want it by their rules. A purged one is known by no
    /// rule any more.
    fn noticing(&self, story: &Story, old: &[Member]) -> Vec<usize> {
        let was_inside = old.iter().any(|member| member.inside);
        let had = old.iter().filter(|member| member.inside || !was_inside);
        let mut places: Vec<usize> =
            had.filter_map(|member| self.plan.place_of(member.feed)).collect();
        if !was_inside && !story.is_purged() {
            places.retain(|place| choose::holds(&self.plan.feeds[*place].spec.rule, story));
        }
        places
    }

    /// Sections that a public story names: they get feeds, or are noted as undeclared. Gives the
    /// places of feeds that are new.
    async fn note_sections(&mut self, story: &Story) -> Result<Vec<usize>, PassError> {
        let count = self.plan.feeds.len();
        if self.newsroom.sections_are_found {
            for section in story.facts.sections.iter().flat_map(SectionPath::lineage) {
                if self.plan.of_section(&section).is_none() {
                    self.plan.add_found(self.newsroom, self.store, &section).await?;
                }
            }
        } else {
            for section in feeds::undeclared_sections(self.newsroom, story) {
                self.sections.push((section.to_string(), story.id));
            }
        }
        if let Some(named) = &self.newsroom.split_languages
            && let Some(language) = languages::feed_language(named, &story.language)
        {
            self.plan.add_language(self.newsroom, self.store, None, &language).await?;
            for section in story.facts.sections.iter().flat_map(SectionPath::lineage) {
                if self.plan.of_section(&section).is_some() {
                    let section = Some(&section);
                    self.plan.add_language(self.newsroom, self.store, section, &language).await?;
                }
            }
        }
        let new: Vec<usize> = (count..self.plan.feeds.len()).collect();
        for place in &new {
            self.plan.feeds[*place].record.paged = self.newsroom.archives;
            self.marked.insert(*place);
        }
        Ok(new)
    }

    /// A story is in a feed: as before, or again, or for the first time.
    async fn enter(
        &mut self,
        story: &Story,
        place: usize,
        old: Option<&Member>,
    ) -> Result<(), PassError> {
        let retracted = story.state == State::Retracted;
        if retracted && old.is_none() {
            return Ok(()); // A notice is for those who know the story.
        }
        let mut page = old.and_then(|member| member.page);
        let feed = &mut self.plan.feeds[place];
        if page.is_none() && feed.record.paged && !self.late.contains(&place) && !retracted {
            let settled =
                self.pager.settle(self.store, &feed.spec, &mut feed.record, story.id, story.size);
            page = Some(settled.await?);
        }
        let new = Member {
            story: story.id,
            feed: feed.record.id,
            published: story.published,
            guid: story.guid.clone(),
            inside: true,
            page,
            raised: story.raised,
        };
        let before = old.filter(|member| member.inside);
        let keys = [Some(key(story)), before.map(order)];
        let raised = new.raised.is_some() || before.is_some_and(|member| member.raised.is_some());
        let is_settled = old.is_some_and(|member| member.page == page);
        // A story that was just settled, or comes back to the page being filled, may be one that the
        // feed doesn't reach: the page closes. The tombstone of one that comes back goes.
        let returns = old.is_some_and(|member| !member.inside);
        if !is_settled
            || returns
            || raised
            || keys.iter().flatten().any(|key| feed.record.shows(key))
        {
            feed.record.dirty = true;
            self.marked.insert(place);
        }
        if let Some(page) = page.filter(|_| is_settled) {
            // A notice is no part of archives: there the story is gone.
            let left = retracted.then_some(story.changed);
            self.store.soil_page(new.feed, page, left).await?;
        }
        if retracted {
            self.bury(story, new.feed).await?;
        } else if old.is_some() {
            self.back.push((new.feed, story.guid.clone()));
        }
        if old != Some(&new) {
            self.rows.push(new);
        }
        Ok(())
    }

    /// A story leaves a feed; where it is public and merely not wanted, only if the guard permits.
    async fn leave(&mut self, story: &Story, member: &Member) -> Result<(), PassError> {
        if story.is_public() && story.state == State::Live {
            self.drops.push(member.clone());
            return Ok(());
        }
        self.take_out(story, member).await
    }

    async fn take_out(&mut self, story: &Story, member: &Member) -> Result<(), PassError> {
        let Some(place) = self.plan.place_of(member.feed) else { return Ok(()) };
        // When it was taken away, or when its hour or that of its notice was over.
        let left = story.leaves.filter(|leaves| *leaves <= self.now);
        let left = left.map_or(story.changed, |left| left.max(story.changed));
        let feed = &mut self.plan.feeds[place];
        if member.raised.is_some() || feed.record.shows(&order(member)) {
            feed.record.dirty = true;
            feed.record.note_date(left);
        }
        self.marked.insert(place);
        if let Some(page) = member.page {
            self.store.soil_page(member.feed, page, Some(left)).await?;
        }
        if story.state != State::Live {
            // Readers of the feed itself are told, wherever the story stood.
            self.plan.feeds[place].record.dirty = true;
            self.plan.feeds[place].record.note_date(left);
            // What a profile left out nobody has.
            let planned = &self.plan.feeds[place];
            let reaches = planned.spec.profile.is_some() && planned.record.shows(&order(member));
            let guid = story.guid.as_str();
            if !reaches || self.store.carried(member.feed).await?.contains_key(guid) {
                self.bury(story, member.feed).await?;
            }
        }
        self.rows.push(Member { inside: false, raised: None, ..member.clone() });
        Ok(())
    }

    async fn bury(&mut self, story: &Story, feed: i64) -> Result<(), PassError> {
        let comment = story.notice.clone();
        let buried = Buried { guid: story.guid.clone(), at: story.changed, comment, story: None };
        Ok(self.store.bury(&[(feed, buried)]).await?)
    }

    /// The entries of a story's translations name it, or no longer do.
    async fn translations(&mut self, work: &[(i64, i64)]) -> Result<(), PassError> {
        let mut keys: BTreeSet<String> = BTreeSet::new();
        for chunk in work.chunks(TOGETHER) {
            let ids: Vec<i64> = chunk.iter().map(|(_, id)| *id).collect();
            keys.extend(self.store.translation_keys(&ids).await?);
        }
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut siblings = self.store.translations(&keys).await?;
        siblings.retain(|sibling| work.binary_search(sibling).is_err());
        let ids: Vec<i64> = siblings.iter().map(|(_, id)| *id).collect();
        self.soil_all(&ids).await
    }

    /// Texts that refer to a story which is elsewhere now, or gone, or back, are rendered again.
    async fn references(&mut self, work: &[(i64, i64)]) -> Result<(), PassError> {
        let outdated = references::outdated(self.store, work).await?;
        self.store.forget_rendered(&outdated).await?;
        self.soil_all(&outdated).await
    }

    /// Marks what shows these stories to be made again.
    async fn soil_all(&mut self, stories: &[i64]) -> Result<(), PassError> {
        for chunk in stories.chunks(TOGETHER) {
            for member in self.store.members_of(chunk).await?.into_values().flatten() {
                self.soil(&member).await?;
            }
        }
        Ok(())
    }

    /// Marks what shows a member to be made again.
    async fn soil(&mut self, member: &Member) -> Result<(), PassError> {
        let Some(place) = self.plan.place_of(member.feed).filter(|_| member.inside) else {
            return Ok(());
        };
        let record = &mut self.plan.feeds[place].record;
        if member.raised.is_some() || record.shows(&order(member)) {
            record.dirty = true;
            self.marked.insert(place);
        }
        if let Some(page) = member.page {
            self.store.soil_page(member.feed, page, None).await?;
        }
        Ok(())
    }

    /// A section with another title: what shows a story of it is made again.
    async fn titles(&mut self) -> Result<(), PassError> {
        let titles = self.plan.titles.written();
        let text = serde_json::to_string(&titles).unwrap_or_default();
        let known = self.store.remembered("titles").await?;
        if known.as_deref() == Some(text.as_str()) {
            return Ok(());
        }
        self.store.remember("titles", &text).await?;
        let Some(known) = known else { return Ok(()) };
        let before: BTreeMap<String, String> = serde_json::from_str(&known).unwrap_or_default();
        let names: BTreeSet<&String> = titles.keys().chain(before.keys()).collect();
        let other = names.into_iter().filter(|name| titles.get(*name) != before.get(*name));
        for section in other.filter_map(|name| name.parse().ok()) {
            match self.plan.of_section(&section) {
                Some(place) => {
                    let feed = self.plan.feeds[place].record.id;
                    for (feed, page) in self.store.beside(feed).await? {
                        if let Some(place) = self.plan.place_of(feed) {
                            self.plan.feeds[place].record.dirty = true;
                            self.marked.insert(place);
                        }
                        if let Some(page) = page {
                            self.store.soil_page(feed, page, None).await?;
                        }
                    }
                }
                None => {
                    for place in 0..self.plan.feeds.len() {
                        let record = &mut self.plan.feeds[place].record;
                        record.dirty = true;
                        self.store.soil_pages(record.id).await?;
                        self.marked.insert(place);
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes out what feeds don't want any more, or holds it back.
    async fn drops(&mut self, guard: &mut Guard, report: &mut Report) -> Result<(), PassError> {
        let mut drops = std::mem::take(&mut self.drops);
        drops.sort_unstable_by_key(|member| (member.story, member.feed));
        drops.dedup();
        let was_held = |member: &Member| self.held_before.contains(&(member.feed, member.story));
        let waiting: BTreeSet<i64> =
            drops.iter().filter(|member| was_held(member)).map(|member| member.story).collect();
        let new: BTreeSet<i64> = drops.iter().map(|member| member.story).collect();
        let new = new.difference(&waiting).count();
        guard.held += waiting.len();
        let permitted = guard.permits(new);
        let mut held: BTreeSet<(i64, i64)> = BTreeSet::new();
        for drops in drops.chunks(TOGETHER) {
            // What a scan knows of a story is not all of it.
            let ids: BTreeSet<i64> = drops.iter().map(|member| member.story).collect();
            let ids: Vec<i64> = ids.into_iter().collect();
            let stories = self.store.stories(&ids).await?;
            let stories: HashMap<i64, Story> =
                stories.into_iter().map(|story| (story.id, story)).collect();
            for member in drops {
                let Some(story) = stories.get(&member.story) else { continue };
                if permitted && (guard.accept || !waiting.contains(&member.story)) {
                    self.take_out(story, member).await?;
                    continue;
                }
                held.insert((member.feed, member.story));
                let Some(place) = self.plan.place_of(member.feed) else { continue };
                // It stays, with what is new of it.
                self.enter(story, place, Some(member)).await?;
                report.held.push(HeldBack {
                    story: story.path.clone(),
                    why: format!("would leave the feed `/{}`", self.plan.feeds[place].spec.path),
                });
            }
        }
        if held != self.held_before {
            let held: Vec<(i64, i64)> = held.into_iter().collect();
            self.store.keep_held(&held).await?;
        }
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), PassError> {
        self.store.keep_members(&std::mem::take(&mut self.rows)).await?;
        let mut back = std::mem::take(&mut self.back);
        back.sort_unstable();
        for group in back.chunk_by(|a, b| a.0 == b.0) {
            let guids: Vec<&str> = group.iter().map(|(_, guid)| guid.as_str()).collect();
            self.store.unbury(group[0].0, &guids).await?;
        }
        let looked_at = std::mem::take(&mut self.looked_at);
        let sections: BTreeSet<_> = std::mem::take(&mut self.sections).into_iter().collect();
        if !self.newsroom.sections_are_found {
            let sections: Vec<_> = sections.into_iter().collect();
            self.store.keep_undeclared(&looked_at, &sections).await?;
        }
        self.pager.flush(self.store).await
    }

    /// Settles the members of feeds that are late on pages, and keeps what is left.
    async fn finish(mut self) -> Result<(), PassError> {
        for place in std::mem::take(&mut self.late) {
            let feed = self.plan.feeds[place].record.id;
            if !self.plan.feeds[place].record.paged {
                continue;
            }
            let mut of_page: (u32, Vec<i64>) = (0, Vec::new());
            for (story, bytes) in self.store.unpaged(feed).await? {
                let planned = &mut self.plan.feeds[place];
                let page = self
                    .pager
                    .settle(self.store, &planned.spec, &mut planned.record, story, bytes)
                    .await?;
                if page != of_page.0 {
                    self.store.set_page(feed, of_page.0, &of_page.1).await?;
                    of_page = (page, Vec::new());
                }
                of_page.1.push(story);
            }
            self.store.set_page(feed, of_page.0, &of_page.1).await?;
            self.marked.insert(place);
        }
        self.pager.finish(self.store).await?;
        stale::note(self.store, &self.taken_back).await?;
        for place in &self.marked {
            self.store.keep_feed(&mut self.plan.feeds[*place].record).await?;
        }
        self.plan.sort();
        Ok(())
    }
}

fn order(member: &Member) -> OrderKey {
    OrderKey { published: member.published, guid: member.guid.clone() }
}
