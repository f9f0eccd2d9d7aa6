//! Which stories a feed carries: candidates from the store, newest first, until it is full.

use chrono::{DateTime, Utc};

use super::{Newsroom, PassError, Report, render::Renderer};
use crate::{
    feed::{Choice, Selection},
    store::{Candidate, Cursor, Store},
    story::{FeedSpec, Move, RuleFacts, SectionPath, Where},
};

/// Stories asked of the store beyond what a feed will carry, to see where it ends.
const SPARE: usize = 8;
/// Stories asked of the store at once where a rule must be tried on each.
const SCAN: usize = 500;

/// The stories of one feed in the making.
pub(super) struct Chooser<'a> {
    newsroom: &'a Newsroom<'a>,
    spec: &'a FeedSpec,
    /// Sections to look into; none: all stories.
    sections: Option<Vec<SectionPath>>,
    page: usize,
    cursor: Cursor,
    selection: Selection,
    /// Candidates that may be carried, once their sizes are known.
    wanted: Vec<Candidate>,
    exhausted: bool,
    now: DateTime<Utc>,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(newsroom: &'a Newsroom<'a>, spec: &'a FeedSpec, now: DateTime<Utc>) -> Self {
        let sections = narrowing(&spec.rule).map(|sections| with_moved(&sections, &newsroom.moves));
        let filtered = !matches!(&spec.rule, Where::Section(_))
            && !matches!(&spec.rule, Where::All(rules) if rules.is_empty());
        Self {
            newsroom,
            spec,
            sections,
            page: if filtered { SCAN } else { spec.limits.entries + SPARE },
            cursor: Cursor::start(),
            selection: Selection::new(spec.limits),
            wanted: Vec::new(),
            exhausted: false,
            now,
        }
    }

    /// Candidates that were looked up and not yet decided on.
    pub(super) fn wanted(&self) -> &[Candidate] {
        &self.wanted
    }

    /// Looks up the next candidates that may be carried.
    pub(super) async fn look_up(&mut self, store: &mut Store) -> Result<(), PassError> {
        let found = self.candidates(store).await?;
        self.exhausted = found.len() < self.page;
        if let Some(last) = found.last() {
            self.cursor = Cursor::after(&last.story);
        }
        // How many of these would be carried if all that aren't rendered yet were small.
        let mut guess = self.selection.clone();
        for mut candidate in found {
            rename_sections(&mut candidate, &self.newsroom.moves);
            if !holds(&self.spec.rule, &candidate) {
                continue;
            }
            if guess.offer(candidate.story.published, weight(&candidate)) == Choice::Done {
                self.exhausted = true;
                break;
            }
            self.wanted.push(candidate);
        }
        Ok(())
    }

    /// Decides, rendering what isn't rendered yet; newest first, with how each is carried.
    pub(super) async fn settle(
        mut self,
        store: &mut Store,
        renderer: &mut Renderer,
        report: &mut Report,
    ) -> Result<Vec<(Candidate, Choice)>, PassError> {
        let mut chosen = Vec::new();
        loop {
            let wanted = std::mem::take(&mut self.wanted);
            renderer.freshen(&self.newsroom.site, store, &wanted, report).await?;
            for candidate in renderer.measured(wanted) {
                match self.selection.offer(candidate.story.published, weight(&candidate)) {
                    Choice::Done => return Ok(chosen),
                    choice => chosen.push((candidate, choice)),
                }
            }
            if self.exhausted {
                return Ok(chosen);
            }
            self.look_up(store).await?;
        }
    }

    async fn candidates(&self, store: &mut Store) -> Result<Vec<Candidate>, PassError> {
        let (cursor, page, now) = (&self.cursor, self.page, self.now);
        match self.sections.as_deref() {
            None => Ok(store.newest(None, cursor, page, now).await?),
            Some([section]) => Ok(store.newest(Some(section), cursor, page, now).await?),
            Some(sections) => {
                let mut all = Vec::new();
                for section in sections {
                    all.extend(store.newest(Some(section), cursor, page, now).await?);
                }
                all.sort_by(|a, b| {
                    let newest_first = b.story.published.cmp(&a.story.published);
                    newest_first.then_with(|| a.story.guid.cmp(&b.story.guid))
                });
                all.dedup_by_key(|candidate| candidate.story.id);
                all.truncate(page);
                Ok(all)
            }
        }
    }
}

/// Bytes of an entry beyond the usual: its text, its tags, its people.
fn weight(candidate: &Candidate) -> u64 {
    const AROUND: usize = 60;
    let facts = &candidate.story.facts;
    let tags: usize = facts.tags.iter().map(|tag| tag.len() + AROUND).sum();
    let people: usize = facts.authors.iter().map(|person| person.name.len() + AROUND).sum();
    candidate.rendered_bytes + (tags + people) as u64
}

/// Whether a story belongs into a feed by its rule.
pub(super) fn holds(rule: &Where, candidate: &Candidate) -> bool {
    let story = &candidate.story;
    rule.holds(RuleFacts {
        guid: story.guid.as_str(),
        source: &story.source,
        title: &story.title,
        language: &story.language,
        sections: &story.facts.sections,
        facts: &story.facts,
    })
}

/// Stories that name a section that moved count as those of its new place.
pub(super) fn rename_sections(candidate: &mut Candidate, moves: &[Move]) {
    for (from, to) in section_moves(moves) {
        let sections = &mut candidate.story.facts.sections;
        for section in sections.iter_mut() {
            *section = section.moved(&from, &to);
        }
        let mut seen = std::collections::HashSet::new();
        sections.retain(|section| seen.insert(section.clone()));
    }
}

fn section_moves(moves: &[Move]) -> impl Iterator<Item = (SectionPath, SectionPath)> + '_ {
    moves
        .iter()
        .filter_map(|moved| Some((moved.from_feed()?.section()?, moved.to.as_ref()?.section()?)))
}

/// Sections outside of which no story can satisfy the rule, if there are such.
fn narrowing(rule: &Where) -> Option<Vec<SectionPath>> {
    match rule {
        Where::Section(sections) => Some(sections.clone()),
        Where::All(rules) => rules.iter().find_map(narrowing),
        _ => None,
    }
}

/// These sections, and the old names of sections that moved into them.
fn with_moved(sections: &[SectionPath], moves: &[Move]) -> Vec<SectionPath> {
    let mut all = sections.to_vec();
    for (from, to) in section_moves(moves) {
        for section in sections {
            if section.contains(&to) {
                all.push(from.clone());
            } else if to.contains(section) {
                // What lies in the moved section moved with it.
                all.push(section.moved(&to, &from));
            }
        }
    }
    all.sort();
    all.dedup();
    all
}
