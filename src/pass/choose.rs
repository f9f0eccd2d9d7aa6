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

/// The stories of `spec`, newest first, with how each is carried.
pub(super) async fn choose(
    newsroom: &Newsroom<'_>,
    spec: &FeedSpec,
    store: &mut Store,
    renderer: &mut Renderer,
    now: DateTime<Utc>,
    report: &mut Report,
) -> Result<Vec<(Candidate, Choice)>, PassError> {
    let sections = narrowing(&spec.rule).map(|sections| with_moved(&sections, &newsroom.moves));
    let filtered = !matches!(&spec.rule, Where::Section(_))
        && !matches!(&spec.rule, Where::All(rules) if rules.is_empty());
    let page = if filtered { SCAN } else { spec.limits.entries + SPARE };
    let mut selection = Selection::new(spec.limits);
    let mut chosen = Vec::new();
    let mut cursor = Cursor::start();
    loop {
        let found = candidates(store, sections.as_deref(), &cursor, page, now).await?;
        let last_page = found.len() < page;
        let Some(last) = found.last() else { return Ok(chosen) };
        cursor = Cursor::after(&last.story);
        let mut wanted = Vec::new();
        // How many of these the selection would take if they were small.
        let mut guess = selection.clone();
        let mut full = false;
        for mut candidate in found {
            rename_sections(&mut candidate, &newsroom.moves);
            if !holds(&spec.rule, &candidate) {
                continue;
            }
            if guess.offer(candidate.story.published, candidate.rendered_bytes) == Choice::Done {
                full = true;
                break;
            }
            wanted.push(candidate);
        }
        renderer.freshen(&newsroom.site, store, &mut wanted, report).await?;
        for candidate in wanted {
            match selection.offer(candidate.story.published, candidate.rendered_bytes) {
                Choice::Done => return Ok(chosen),
                choice => chosen.push((candidate, choice)),
            }
        }
        if full || last_page {
            return Ok(chosen);
        }
    }
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

async fn candidates(
    store: &mut Store,
    sections: Option<&[SectionPath]>,
    cursor: &Cursor,
    count: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Candidate>, PassError> {
    let Some(sections) = sections else {
        return Ok(store.newest(None, cursor, count, now).await?);
    };
    if let [section] = sections {
        return Ok(store.newest(Some(section), cursor, count, now).await?);
    }
    let mut all = Vec::new();
    for section in sections {
        all.extend(store.newest(Some(section), cursor, count, now).await?);
    }
    all.sort_by(|a, b| {
        let newest_first = b.story.published.cmp(&a.story.published);
        newest_first.then_with(|| a.story.guid.cmp(&b.story.guid))
    });
    all.dedup_by_key(|candidate| candidate.story.id);
    all.truncate(count);
    Ok(all)
}
