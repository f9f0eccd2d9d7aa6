//! Feeds are made a few at a time: their stories are looked up, their texts are rendered, their files
//! are written. While that is done for one group, the next is looked up and the one before is written.
//!
//! # Promises
//! - What a feed becomes doesn't depend on those that are made beside it.
//! - A text that several feeds need is read and rendered once.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{
    FeedReport, PassError, Progress, Report,
    choose::{Choice, Chooser, Chosen},
    document::{self, Parts},
    moved::{self, Output},
    pager::Pager,
    plan::Planner,
    profiles::{self, Judge},
    publish::{Laid, Press},
    render::Renderer,
};
use crate::{
    feed::{FeedDocument, History},
    format,
    store::{AskedTexts, Candidate, Change, FeedRecord, OrderKey, Store},
    story::{Format, State},
};

/// Feeds whose entries are in memory at once, in each of two steps.
const TOGETHER: usize = 3;
/// Tombstones that a feed shows at most.
const TOMBSTONES: usize = 1000;

/// The line along which feeds are made.
pub(super) struct Line<'p, 'a> {
    pub(super) press: &'p mut Press<'a>,
    pub(super) store: &'p mut Store,
    pub(super) renderer: &'p mut Renderer<'a>,
    pub(super) pager: &'p mut Pager,
    /// Whether nothing is written: only what would change is told.
    pub(super) is_plan: bool,
}

/// Feeds whose stories are known, and whose texts are asked for.
struct Begun<'a> {
    choosers: Vec<(usize, Chooser<'a>)>,
    texts: AskedTexts,
}

/// Feeds that are decided, with the lines of the report about them.
#[derive(Default)]
struct Decided<'a> {
    lines: Vec<FeedReport>,
    /// Place of the line, place of the feed, what is to be written.
    documents: Vec<(usize, usize, FeedDocument<'a>)>,
}

impl<'a> Line<'_, 'a> {
    /// Makes the feeds at these places of the plan.
    pub(super) async fn run(
        mut self,
        places: &[usize],
        report: &mut Report,
        progress: &Progress<'_>,
    ) -> Result<(), PassError> {
        let mut groups = places.chunks(TOGETHER);
        let first = self.ask(groups.next()).await?;
        let mut begun = self.begin(first).await?;
        let mut asked = self.ask(groups.next()).await?;
        let mut decided = Decided::default();
        let mut done = 0;
        while !begun.choosers.is_empty() {
            progress("building feeds", done, self.press.plan.feeds.len());
            done += begun.choosers.len();
            let next = self.begin(asked).await?;
            asked = self.ask(groups.next()).await?;
            if groups.len() == 0 {
                // The store has little else to do by now.
                self.store.index().await?;
            }
            let Begun { choosers, texts } = begun;
            self.render(&choosers, texts, decided, report).await?;
            decided = self.decide(choosers, report).await?;
            begun = next;
        }
        let laid = decided.write(self.press)?;
        self.note(decided, laid, report);
        Ok(())
    }

    /// Asks for what a group of feeds may carry.
    async fn ask(
        &mut self,
        places: Option<&[usize]>,
    ) -> Result<Vec<(usize, Chooser<'a>)>, PassError> {
        let mut choosers = Vec::with_capacity(TOGETHER);
        for place in places.unwrap_or_default() {
            let mut chooser =
                Chooser::new(self.press.newsroom, &self.press.plan.feeds[*place], self.press.now);
            chooser.ask(self.store).await?;
            choosers.push((*place, chooser));
        }
        Ok(choosers)
    }

    /// Takes what a group of feeds may carry, and asks for the texts of it.
    async fn begin(
        &mut self,
        mut choosers: Vec<(usize, Chooser<'a>)>,
    ) -> Result<Begun<'a>, PassError> {
        for (_, chooser) in &mut choosers {
            chooser.begin(self.store).await?;
        }
        let wanted = choosers.iter().flat_map(|(_, chooser)| chooser.wanted());
        let texts = self.renderer.ask(self.store, wanted).await?;
        Ok(Begun { choosers, texts })
    }

    /// Renders what a group of feeds needs, and writes the one before.
    async fn render(
        &mut self,
        choosers: &[(usize, Chooser<'a>)],
        texts: AskedTexts,
        before: Decided<'a>,
        report: &mut Report,
    ) -> Result<(), PassError> {
        let press = &*self.press;
        let write = || before.write(press);
        let wanted = || choosers.iter().flat_map(|(_, chooser)| chooser.wanted());
        let laid = self.renderer.render(self.store, texts, wanted(), write, report).await?;
        self.note(before, laid?, report);
        self.renderer.freshen(self.store, wanted(), report).await
    }

    /// Decides what feeds carry.
    async fn decide(
        &mut self,
        choosers: Vec<(usize, Chooser<'a>)>,
        report: &mut Report,
    ) -> Result<Decided<'a>, PassError> {
        let mut decided = Decided::default();
        let (store, renderer) = (&mut *self.store, &mut *self.renderer);
        for (place, chooser) in choosers {
            let feed = &self.press.plan.feeds[place];
            let judge = Judge::of(self.press, feed);
            if let Some(judge) = judge
                && let Some(violation) = judge.of_feed(self.press.records[place].updated)
            {
                report.faults.push(profiles::fault(feed, violation));
                // It stays to be made; its last files are explained all the same.
                let files = moved::files(&feed.spec, &self.press.newsroom.moves);
                self.press.ages.remove(&feed.record.id);
                self.press.keep_files(&feed.spec.path, &files);
                continue;
            }
            let Chosen { entries: chosen, floor } =
                chooser.settle(store, renderer, judge, report).await?;
            let record = &mut self.press.records[place];
            record.floor = floor;
            if record.paged {
                close_uncovered(store, self.pager, record).await?;
            }
            if let Some(newest) = document::newest_change(&chosen) {
                record.note_date(newest);
            }
            let members: BTreeMap<String, i64> = chosen
                .iter()
                .map(|(candidate, _)| (candidate.story.guid.to_string(), candidate.story.revision))
                .collect();
            record.entries = members.len();
            let before = match store.is_filling() {
                true => BTreeMap::new(), // A store that is new has no feed that was made.
                false => store.carried(record.id).await?,
            };
            let line = counted(feed.spec.path.as_str(), &before, &members);
            if self.is_plan {
                let planner = Planner { press: self.press, store, renderer };
                let plan = planner.feed(place, &before, chosen).await?;
                decided.lines.push(FeedReport { plan: Some(plan), ..line });
                continue;
            }
            decided.lines.push(line);
            let buried = match store.is_filling() {
                true => Vec::new(), // Nor one from which anything was taken back.
                false => store.buried(record.id, TOMBSTONES).await?,
            };
            let loses = profiles::loses_next(feed.spec.profile, self.press.now, &chosen, &buried);
            // Whoever is told of changes knows nothing yet from which this one differs.
            let is_first = store.is_filling() || self.press.manifest.is_empty();
            let is_told = !is_first && feed.spec.is_public();
            if let Some(bulletin) = self.press.bulletin.as_mut().filter(|_| is_told) {
                let place = (&self.press.newsroom.site, &feed.spec.path);
                bulletin.note(store, place, &before, &chosen, &buried).await?;
            }
            if before != members {
                if is_told {
                    store.stage_topic(record.id, change(&before, &members, &chosen)).await?;
                }
                store.keep_carried(record.id, &members).await?;
            }
            let parts = Parts {
                siblings: document::siblings(store, &chosen).await?,
                updated: record.updated,
                buried,
                history: History {
                    page: None,
                    prev: record.open_page.checked_sub(1).filter(|page| *page > 0 && record.paged),
                    next: None,
                },
                chosen,
            };
            let row = record.id;
            match loses {
                Some(due) => self.press.ages.insert(row, due),
                None => self.press.ages.remove(&row),
            };
            self.press.done_feeds.push(row);
            let ids: Vec<i64> = parts.chosen.iter().map(|(c, _)| c.story.id).collect();
            let words = renderer.words(store, &ids).await?;
            let document = document::document(self.press, feed, parts, words);
            if let Some(judge) = Judge::of(self.press, feed) {
                let differs = |(guid, revision): &(&String, &i64)| {
                    before.get(*guid).is_some_and(|known| known != *revision)
                };
                let edited = members.iter().filter(differs).map(|(guid, _)| guid.as_str());
                report.notes.extend(judge.quiet_changes(&document, &edited.collect()));
            }
            decided.documents.push((decided.lines.len() - 1, place, document));
        }
        renderer.forget();
        Ok(decided)
    }

    /// Notes what was written of feeds.
    fn note(&mut self, decided: Decided<'a>, laid: Vec<Laid>, report: &mut Report) {
        let mut lines = decided.lines;
        for Laid { line, name, bytes, pressed, kept } in laid {
            lines[line].bytes = lines[line].bytes.max(bytes);
            lines[line].written |= kept.is_some();
            self.press.shelf.take(kept);
            if let Some(pressed) = pressed {
                lines[line].written |= pressed.written;
                self.press.files.insert(name, pressed);
            }
        }
        report.feeds.extend(lines);
    }
}

impl Decided<'_> {
    /// Writes the files of these feeds, on all cores.
    fn write(&self, press: &Press<'_>) -> Result<Vec<Laid>, PassError> {
        let links = press.links();
        let of_feed = |(line, place, document): &(usize, usize, FeedDocument<'_>)| {
            let spec = &press.plan.feeds[*place].spec;
            if !spec.is_public() {
                let kept = |format: &Format| {
                    let name = spec.path.file(format.file_name());
                    Ok(Laid::kept(press, *line, spec, name, format::write(document, *format)))
                };
                return vec![document.formats.par_iter().map(kept).collect()];
            }
            let files = moved::files(spec, &press.newsroom.moves);
            let outputs = document.formats.iter().map(|format| Output::Feed(*format));
            let outputs: Vec<Output> = outputs.chain([Output::Twin]).collect();
            let laid: Vec<Result<Vec<Laid>, PassError>> = outputs
                .into_par_iter()
                .map(|output| {
                    let bytes = match output {
                        Output::Feed(format) => format::write(document, format),
                        Output::Twin => format::page(document, &links),
                    };
                    let names = files.iter().filter(|(_, of)| *of == output);
                    names
                        .map(|(name, _)| Laid::new(press, *line, (&spec.path, 0), name, &bytes))
                        .collect()
                })
                .collect();
            laid
        };
        let laid: Result<Vec<Vec<Laid>>, PassError> =
            self.documents.par_iter().flat_map_iter(of_feed).collect();
        Ok(laid?.into_iter().flatten().collect())
    }
}

/// Closes the page that is being filled if a story on it is not in the feed itself.
async fn close_uncovered(
    store: &mut Store,
    pager: &mut Pager,
    record: &mut FeedRecord,
) -> Result<(), PassError> {
    let Some(floor) = record.floor.clone() else { return Ok(()) };
    let stories = pager.open_page(store, record).await?.stories.clone();
    let members = store.members_of(&stories).await?;
    let uncovered = members.into_values().flatten().any(|member| {
        let key = OrderKey { published: member.published, guid: member.guid };
        member.feed == record.id && member.inside && floor.is_at_or_before(&key)
    });
    if uncovered {
        pager.close(store, record).await?;
        pager.flush(store).await?;
    }
    Ok(())
}

/// Whether a feed has news, or only edits. What was taken back with a notice is news.
fn change(
    before: &BTreeMap<String, i64>,
    members: &BTreeMap<String, i64>,
    chosen: &[(Candidate, Choice)],
) -> Change {
    let are_the_same = before.len() == members.len() && before.keys().eq(members.keys());
    let is_notice = |(candidate, _): &(Candidate, Choice)| {
        let story = &candidate.story;
        story.state != State::Live && before.get(story.guid.as_str()) != Some(&story.revision)
    };
    if are_the_same && !chosen.iter().any(is_notice) { Change::Edit } else { Change::News }
}

fn counted(
    path: &str,
    before: &BTreeMap<String, i64>,
    members: &BTreeMap<String, i64>,
) -> FeedReport {
    let changed = members
        .iter()
        .filter(|(guid, revision)| before.get(*guid).is_some_and(|before| before != *revision));
    FeedReport {
        feed: path.to_owned(),
        entries: members.len(),
        new: members.keys().filter(|guid| !before.contains_key(*guid)).count(),
        changed: changed.count(),
        gone: before.keys().filter(|guid| !members.contains_key(*guid)).count(),
        ..FeedReport::default()
    }
}
