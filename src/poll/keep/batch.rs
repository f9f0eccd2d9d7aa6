//! Stores a batch that a source brought: what is new, changed, another's too, or gone.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::super::{
    LEASE, Poll, Source, Told,
    ask::{Batch, End, Fault, Gone},
    schedule,
};
use crate::{
    source::remote::{Brought, Prints, is_same_article, prints},
    store::{
        ALIKE, Kept, Match, Matching, Outcome, Remote, RemoteState, Store, StoreError, SyncContext,
    },
    story::{Incoming, RawText, State},
    text,
};

/// A source that fails for so long and so often is asked once a day from then on.
const PATIENCE: TimeDelta = TimeDelta::days(7);
const FAILURES: u32 = 10;
/// Time between two requests to a source that is paused.
const PAUSED: TimeDelta = TimeDelta::days(1);
/// Entries of a source whose faults are told one by one.
const TOLD: usize = 5;

/// One batch on its way into the store.
pub(super) struct Keeping<'a> {
    pub(super) poll: &'a Poll,
    pub(super) lease: &'a str,
    pub(super) store: &'a mut Store,
    pub(super) told: &'a mut Told,
    pub(super) printed: &'a mut bool,
}

impl Keeping<'_> {
    /// Stores a batch; at the end of the source, whether what is known of it is kept.
    pub(super) async fn keep(&mut self, batch: Batch) -> Result<Option<Kept>, StoreError> {
        let Batch { source, mut remote, renewed, brought, gone, notes, end, _room } = batch;
        let now = (self.poll.clock)();
        if renewed && source.backfill.is_none() {
            self.store.forget_passed(source.name()).await?;
        }
        self.told.left_out += brought.left_out;
        for rejected in &brought.rejected {
            self.told.rejected.push(format!("{}: {}", rejected.entry, rejected.why));
        }
        for note in notes {
            if !self.told.notes.contains(&note) {
                self.told.notes.push(note);
            }
        }
        let Brought { stories, prints, keys, .. } = brought;
        self.take(&source, &remote, stories, prints, now).await?;
        self.withdraw(&source, &keys, gone, now).await?;
        match end {
            None => {
                remote.begun = true;
                self.store.keep_reading(source.name(), &remote, self.lease, now + LEASE).await?;
                Ok(None)
            }
            Some(end) => {
                self.settle(&source, &mut remote, end, now);
                self.store.keep_remote(source.name(), &remote, self.lease).await.map(Some)
            }
        }
    }

    /// Stores what is new or differs.
    async fn take(
        &mut self,
        source: &Source,
        remote: &Remote,
        stories: Vec<Incoming>,
        prints: HashMap<String, Prints>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if stories.is_empty() {
            return Ok(());
        }
        let name = source.name();
        // Of a first fetch all is new: what others have of it is looked for meanwhile.
        let matching = match remote.begun {
            false => Some(self.ask_matches(name, &prints).await?),
            true => None,
        };
        let mut known = self.store.known(name).await?;
        let paths: Vec<&str> = stories.iter().map(|story| story.path.as_str()).collect();
        self.store.recall(name, &mut known, &paths).await?;
        let present: HashSet<String> = stories.iter().map(|story| story.path.clone()).collect();
        let (same, differing): (Vec<_>, Vec<_>) = stories
            .into_iter()
            .partition(|story| known.digest(&story.path) == Some(story.digest.as_str()));
        self.told.same += same.len();
        if differing.is_empty() {
            return Ok(());
        }
        let keys: Vec<&str> = differing.iter().map(|story| story.key.as_str()).collect();
        let paths: Vec<&str> = differing.iter().map(|story| story.path.as_str()).collect();
        let standing = match known.is_nothing() {
            true => HashMap::new(),
            false => self.store.standing(name, &keys, &paths).await?,
        };
        let passed = match known.has_passed() {
            true => self.store.passed(name, &keys).await?,
            false => HashSet::new(),
        };
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for mut story in differing {
            let (by_id, by_place) = (standing.get(&story.key), standing.get(&story.path));
            if let (Some(by_id), Some(by_place)) = (by_id, by_place)
                && by_id.id != by_place.id
            {
                // Of two stories with one id this is the one at that address.
                story.key.clone_from(&by_place.key);
            }
            match by_place.or(by_id) {
                Some(before) => {
                    // When it became public is decided once.
                    story.published = Some(before.published);
                    story.updated = story.updated.filter(|at| *at > before.published);
                    old.push(story);
                }
                None if passed.contains(&story.key) => self.told.left_out += 1,
                None => new.push(story),
            }
        }
        if !remote.begun {
            self.leave_older(source, &mut new).await?;
        }
        let (prints, took_over) = self.keep_first(source, &mut new, prints, matching).await?;
        if took_over {
            known = self.store.known(name).await?;
        }
        old.append(&mut new);
        let same_text = same_text(self.poll);
        let host = self.poll.site.host();
        let context =
            SyncContext { source: name, host, now, keeps_public: false, same_text: &same_text };
        let present = |path: &str| present.contains(path);
        let mut outcomes = self.store.take_in(&mut old, &mut known, &present, context).await?;
        // A guid that is another story's is wrapped with the name of the source.
        for (story, outcome) in old.iter_mut().zip(&mut outcomes) {
            if let Outcome::Refused { .. } = outcome {
                let id = story.key.trim_start_matches("id:");
                story.guid = Some(Incoming::own_guid(host, &format!("{name}/{id}")));
                let again = std::slice::from_mut(story);
                let again = self.store.take_in(again, &mut known, &present, context).await?;
                if let Some(again) = again.into_iter().next() {
                    *outcome = again;
                }
            }
        }
        let mut taken = Vec::new();
        for (story, outcome) in old.iter().zip(outcomes) {
            match outcome {
                Outcome::New(_) => self.told.new += 1,
                Outcome::Changed(_) => self.told.changed += 1,
                Outcome::Same(_) | Outcome::Kept { .. } => self.told.same += 1,
                Outcome::Refused { id, holder } => {
                    self.told
                        .rejected
                        .push(format!("{}: `{id}` is the id of {holder}", story.title));
                    continue;
                }
            }
            taken.push(story.key.as_str());
        }
        let prints: Vec<(i64, i64)> = taken
            .into_iter()
            .filter_map(|key| Some((known.row(key)?, prints.get(key)?)))
            .flat_map(|(id, prints)| prints.all().map(move |print| (print, id)))
            .collect();
        self.store.keep_prints(&prints).await
    }

    /// The first fetch takes the newest stories; those before them are passed over for good.
    async fn leave_older(
        &mut self,
        source: &Source,
        new: &mut Vec<Incoming>,
    ) -> Result<(), StoreError> {
        let Some(most) = source.backfill else { return Ok(()) };
        let most = most.saturating_sub(self.told.new);
        if new.len() <= most {
            return Ok(());
        }
        // The order of the document stands where there are no dates: the newest come first.
        new.sort_by_key(|story| std::cmp::Reverse(story.published));
        let older = new.split_off(most);
        self.told.left_out += older.len();
        let older: Vec<(&str, Option<i64>)> =
            older.iter().map(|story| (story.key.as_str(), None)).collect();
        self.store.pass_over(source.name(), &older).await
    }

    /// Takes those out that another source brought already, unless this one goes first: then it
    /// takes the story over. Gives the prints of the others, by key, and whether one was taken over.
    async fn keep_first(
        &mut self,
        source: &Source,
        new: &mut Vec<Incoming>,
        known: HashMap<String, Prints>,
        matching: Option<Matching>,
    ) -> Result<(HashMap<String, Prints>, bool), StoreError> {
        if new.is_empty() {
            return Ok((HashMap::new(), false));
        }
        let mut took_over = false;
        let asked = matching.filter(|_| new.iter().all(|story| known.contains_key(&story.key)));
        let mut all = known;
        for story in new.iter() {
            let made = || prints(&story.url, &story.title, &story.text);
            all.entry(story.key.clone()).or_insert_with(made);
        }
        let is_new: HashSet<&str> = new.iter().map(|story| story.key.as_str()).collect();
        all.retain(|key, _| is_new.contains(key.as_str()));
        let matching = match asked {
            Some(matching) => matching,
            None => self.ask_matches(source.name(), &all).await?,
        };
        let mut matches: HashMap<i64, Vec<Match>> = HashMap::new();
        for found in self.store.matches(matching).await? {
            matches.entry(found.print).or_default().push(found);
        }
        let mut alike: HashMap<i64, usize> = HashMap::new();
        for print in all.values().flat_map(Prints::all) {
            *alike.entry(print).or_default() += 1;
        }
        matches.retain(|print, _| alike.get(print).is_some_and(|alike| *alike <= ALIKE));
        let mut kept = Vec::with_capacity(new.len());
        for story in std::mem::take(new) {
            let found = match all.get(&story.key) {
                Some(prints) => self.same(&story, prints, &matches).await?,
                None => None,
            };
            let Some(found) = found else {
                kept.push(story);
                continue;
            };
            if self.goes_before(source, found) {
                self.store.give_over(found, source.name(), &story.key, &story.path).await?;
                took_over = true;
                kept.push(Incoming { published: Some(found.published), ..story });
                continue;
            }
            self.told.duplicate += 1;
            self.store.pass_over(source.name(), &[(&story.key, Some(found.id))]).await?;
            all.remove(&story.key);
        }
        *new = kept;
        Ok((all, took_over))
    }

    /// The story of another source that is the same article.
    async fn same<'m>(
        &mut self,
        story: &Incoming,
        prints: &Prints,
        matches: &'m HashMap<i64, Vec<Match>>,
    ) -> Result<Option<&'m Match>, StoreError> {
        let by_address = prints.address.and_then(|print| matches.get(&print)?.first());
        if by_address.is_some() {
            return Ok(by_address);
        }
        let mut seen = HashSet::new();
        let by_words = prints.words.iter().filter_map(|print| matches.get(print)).flatten();
        let by_words: Vec<&Match> = by_words.filter(|found| seen.insert(found.id)).collect();
        if by_words.is_empty() {
            return Ok(None);
        }
        let rows: Vec<i64> = by_words.iter().map(|found| found.id).collect();
        let texts = self.store.texts(&rows).await?;
        let ours = (story.title.as_str(), story.published.unwrap_or_default(), &story.text);
        Ok(by_words.into_iter().find(|found| {
            texts.get(&found.id).is_some_and(|text| {
                is_same_article(ours, (found.title.as_str(), found.published, text))
            })
        }))
    }

    /// Asks which stories of other sources have these prints.
    async fn ask_matches(
        &mut self,
        source: &str,
        prints: &HashMap<String, Prints>,
    ) -> Result<Matching, StoreError> {
        if !*self.printed {
            self.print_others().await?;
            *self.printed = true;
        }
        let wanted: Vec<i64> = prints.values().flat_map(Prints::all).collect();
        self.store.ask_matches(source, &wanted).await
    }

    /// Whether a source goes before the one that has a story. Our own folders and what was added by
    /// hand go before all.
    fn goes_before(&self, source: &Source, found: &Match) -> bool {
        let holder = self.poll.sources.iter().find(|it| it.name() == found.source);
        found.state == State::Live && holder.is_some_and(|it| source.priority < it.priority)
    }

    /// Takes the prints of stories that other ways brought in.
    async fn print_others(&mut self) -> Result<(), StoreError> {
        let names: Vec<&str> = self.poll.sources.iter().map(|source| source.name()).collect();
        while let Some(stories) = self.store.unprinted(&names).await? {
            let mut found = Vec::new();
            for story in stories {
                let prints = prints(&story.url, &story.title, &story.text);
                found.extend(prints.all().map(|print| (print, story.id)));
            }
            self.store.keep_prints(&found).await?;
        }
        Ok(())
    }

    /// Withdraws what is gone there, as far as the guard permits.
    async fn withdraw(
        &mut self,
        source: &Source,
        keys: &HashSet<String>,
        gone: Gone,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let live = match &gone {
            Gone::Unsaid => return Ok(()),
            Gone::Missing(after) => self.store.live_after(source.name(), *after).await?,
            Gone::Named(named) if named.is_empty() => return Ok(()),
            Gone::Named(_) => self.store.live_after(source.name(), None).await?,
        };
        let is_gone = |key: &String| match &gone {
            Gone::Named(named) => named.contains(key),
            _ => !keys.contains(key),
        };
        let going: Vec<_> =
            live.iter().filter(|(key, _)| is_gone(key)).map(|(_, story)| story).collect();
        let public = going.iter().filter(|story| story.public).count();
        if public > self.poll.guard || (public > 1 && public == live.len()) {
            self.told.notes.push(format!(
                "{public} published stories are gone there; that is more than the guard permits, and \
                 they stay\n  fix: retract what is to go, or raise `publish.guard`"
            ));
            return Ok(());
        }
        let ids: Vec<i64> = going.iter().map(|story| story.id).collect();
        self.told.withdrawn += ids.len();
        self.store.withdraw(&ids, now).await
    }

    /// Notes how it ended, and when the source is asked next.
    fn settle(&mut self, source: &Source, remote: &mut Remote, end: End, now: DateTime<Utc>) {
        self.told.took = end.took;
        let is_new = self.told.new + self.told.changed + self.told.withdrawn > 0;
        match end.outcome {
            // Its own answers tell how it does, and when it is asked.
            Ok(success) if end.is_pushed => success.code.clone_into(&mut self.told.outcome),
            Err(fault) if end.is_pushed => {
                self.told.outcome = fault.code;
                self.told.fault = Some(fault.said);
            }
            Ok(mut success) => {
                // What was said of a document holds for as long as it stays as it is.
                if success.code != "same" || remote.failures > 0 {
                    let first = self.told.rejected.first().map(|first| self.left_out(first));
                    remote.said = first.or_else(|| self.told.notes.first().cloned());
                }
                remote.begun = true;
                remote.state = RemoteState::Active;
                remote.answered = Some(now);
                remote.failures = 0;
                remote.failing_since = None;
                success.code.clone_into(&mut remote.outcome);
                remote.quiet = if is_new { 0 } else { remote.quiet.saturating_add(1) };
                success.said.quiet = remote.quiet;
                remote.next_due = Some(schedule::after_answer(now, source.every, &success.said));
            }
            Err(fault) => self.note_fault(source, remote, fault, now),
        }
        if is_new {
            remote.brought = Some(now);
        }
        if !end.is_pushed {
            self.told.outcome.clone_from(&remote.outcome);
        }
        self.told.next = remote.next_due.filter(|_| remote.state != RemoteState::Stopped);
        let more = self.told.rejected.len().saturating_sub(TOLD);
        if more > 0 {
            self.told.rejected.truncate(TOLD);
            self.told.rejected.push(format!("and {more} more"));
        }
    }

    /// What can't be taken: the first, and how many more.
    fn left_out(&self, first: &str) -> String {
        match self.told.rejected.len() {
            0 | 1 => format!("left out: {first}"),
            all => format!("left out: {first}; and {} more", all - 1),
        }
    }

    fn note_fault(
        &mut self,
        source: &Source,
        remote: &mut Remote,
        fault: Fault,
        now: DateTime<Utc>,
    ) {
        remote.failures = remote.failures.saturating_add(1);
        let since = *remote.failing_since.get_or_insert(now);
        remote.outcome.clone_from(&fault.code);
        remote.said = Some(fault.said.clone());
        let next = schedule::after_fault(
            now,
            source.every,
            remote.failures,
            fault.retry_after,
            source.name(),
        );
        remote.next_due = Some(next);
        self.told.fault = Some(fault.said);
        if fault.is_gone {
            remote.state = RemoteState::Stopped;
            self.told.notes.push(format!(
                "it is gone for good (410) and isn't asked any more\n  fix: give its new address, or \
                 take it out of the configuration; `feedwright fetch {}` asks once more",
                source.name()
            ));
        } else if remote.failures >= FAILURES && now - since >= PATIENCE {
            remote.state = RemoteState::Paused;
            remote.next_due = Some(next.max(now + PAUSED));
            self.told.notes.push(format!(
                "it has failed {} times since {} and is asked once a day from now on",
                remote.failures,
                since.format("%Y-%m-%d %H:%M UTC")
            ));
        }
    }
}

/// Whether two raw texts at an address mean the same once cleaned.
fn same_text(poll: &Poll) -> impl Fn(&RawText, &RawText, &str) -> bool + Sync {
    let site = poll.site.url.to_string();
    move |a: &RawText, b: &RawText, address: &str| {
        let Ok(base) = url::Url::parse(address) else { return false };
        let context = text::ShortcodeContext {
            site_url: &site,
            page_url: address,
            page_title: "",
            resolve: &|_| None,
        };
        let render = |raw: &RawText| text::render(raw, &base, &context).map(|it| it.html);
        matches!((render(a), render(b)), (Ok(a), Ok(b)) if a == b)
    }
}
