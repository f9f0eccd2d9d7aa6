//! Finds why a story is in a feed, or isn't, from what was gathered about both. Pure.
//!
//! # Promises
//! - One reason, the one that has to go first: a retracted story is not said to be too old.
//! - What is said is what was published last. What the next build would change is said beside it.
//!
//! # Limits
//! - Where several stories are lifted into a feed at once and leave each other no room, that is
//!   not told from a lack of room as such.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::choose::{self, Choice};
use crate::{
    store::{Member, OrderKey},
    story::{FeedSpec, Format, Guid, Phase, Profile, SectionPath, State, Story},
};

/// Why a story is in a feed, or isn't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The story's guid; its file, where it isn't stored.
    pub story: String,
    /// The feed's path; empty for the site-wide one.
    pub feed: String,
    /// Whether the feed carries it.
    #[serde(rename = "in")]
    pub inside: bool,
    /// In one word.
    pub reason: Reason,
    /// In a sentence.
    pub text: String,
    /// The file of the archive page on which it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// What else there is to say, each in a sentence.
    pub details: Vec<String>,
}

/// The reason in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// It is among the newest, or isn't.
    Limit,
    /// It is within the window beyond those.
    Window,
    /// There is no room for it, or for its text.
    Size,
    /// A correction lifts it.
    Correction,
    /// A notice stands in its place.
    Notice,
    /// The guard keeps it.
    Held,
    /// Its hour lies ahead.
    Embargo,
    /// Its time is over.
    Expiry,
    /// It is in another section.
    Section,
    /// The section has no feed, since it isn't declared.
    Undeclared,
    /// The feed's rule doesn't want it.
    Rule,
    /// It violates what the aggregator demands that the feed is for.
    Profile,
    /// It was taken back.
    Retracted,
    /// Its source doesn't have it any more.
    Withdrawn,
    /// Its file is a draft.
    Draft,
    /// Its file has no date.
    Page,
    /// Its file or its text can't be read.
    Fault,
    /// The next build has to decide.
    Build,
    /// The feed was retired.
    Retired,
    /// There is no such feed, or no such story.
    Unknown,
}

/// What was gathered about a story and a feed.
pub(super) struct Evidence<'a> {
    pub(super) story: &'a Story,
    pub(super) spec: &'a FeedSpec,
    pub(super) now: DateTime<Utc>,
    /// Why a build is due, if one is.
    pub(super) due: Option<&'static str>,
    /// Whether the guard keeps the story in the feed.
    pub(super) held: bool,
    pub(super) member: Option<&'a Member>,
    /// What the feed carries, in its order.
    pub(super) carried: &'a [Carried],
    /// Members of the feed that stand before the story.
    pub(super) rank: usize,
    /// The first member that the feed doesn't carry.
    pub(super) floor: Option<&'a OrderKey>,
    /// Number of the archive page that is being filled; none: no archive is kept.
    pub(super) open_page: Option<u32>,
    /// How the story is carried by its size.
    pub(super) choice: Choice,
    /// Why its text can't be rendered, if it was tried.
    pub(super) fault: Option<String>,
    /// What it violates of the feed's profile.
    pub(super) violation: Option<String>,
}

/// An entry that a feed carries.
#[derive(Debug, Clone)]
pub(super) struct Carried {
    pub(super) key: OrderKey,
    pub(super) title: String,
}

impl Evidence<'_> {
    /// Why the story is in the feed, or isn't.
    pub(super) fn explanation(&self) -> Explanation {
        let mut explanation = match self.story.state {
            State::Retracted => self.retracted(),
            State::Withdrawn => self.left(Reason::Withdrawn, &self.withdrawn()),
            State::Live => self.live(),
        };
        if let Some(due) = self.due.filter(|_| explanation.reason != Reason::Build) {
            explanation.details.push(format!("a build is due: {due}"));
        }
        explanation
    }

    fn retracted(&self) -> Explanation {
        let story = self.story;
        let purged = if story.is_purged() { ", and its text was purged" } else { "" };
        let since = format!("it was retracted on {}{purged}", shown(story.changed));
        let ends = story.leaves.filter(|ends| *ends > self.now && story.is_public());
        match ends {
            Some(ends) if self.place().is_some() => {
                let text = format!("a notice stands in its place until {}; {since}", shown(ends));
                let mut said = self.said(Reason::Notice, &text);
                said.details.extend(story.notice.as_ref().map(|text| format!("notice: {text}")));
                said
            }
            _ => self.left(Reason::Retracted, &since),
        }
    }

    fn withdrawn(&self) -> String {
        let story = self.story;
        format!(
            "it was withdrawn on {}, since `{}` was gone or no story any more",
            shown(story.changed),
            story.path
        )
    }

    fn live(&self) -> Explanation {
        let story = self.story;
        if story.phase == Phase::Pending {
            let published = shown(story.published);
            return match story.published > self.now {
                true => self.left(
                    Reason::Embargo,
                    &format!("it is published on {published}, which lies ahead"),
                ),
                false => self.said(
                    Reason::Build,
                    &format!("its hour came on {published}, and no build has been made since"),
                ),
            };
        }
        if let Some(expired) = story.expires.filter(|expires| *expires <= self.now) {
            return self.left(Reason::Expiry, &format!("it expired on {}", shown(expired)));
        }
        if story.phase == Phase::Gone {
            return self.left(Reason::Expiry, "its time is over");
        }
        match choose::unmet(&self.spec.rule, story) {
            Some(_) if self.held && self.place().is_some() => {
                let why = self.unwanted().1;
                self.said(
                    Reason::Held,
                    &format!(
                        "the guard keeps it though {why}; `feedwright build --accept` lets it go"
                    ),
                )
            }
            Some(_) if !self.held => {
                let (reason, why) = self.unwanted();
                self.left(reason, &why)
            }
            _ => self.wanted(),
        }
    }

    /// Why the rule doesn't want it.
    fn unwanted(&self) -> (Reason, String) {
        let story = self.story;
        let sections = &story.facts.sections;
        if let Some(section) = &self.spec.section
            && !sections.iter().any(|other| section.contains(other))
        {
            let why = match sections.as_slice() {
                [] => format!("it names no section, and the feed carries `{section}`"),
                sections => {
                    let names: Vec<_> = sections.iter().map(SectionPath::as_str).collect();
                    let names = names.join("`, `");
                    format!("its sections are `{names}`, and the feed carries `{section}`")
                }
            };
            return (Reason::Section, why);
        }
        let why = choose::unmet(&self.spec.rule, story).unwrap_or_default();
        (Reason::Rule, format!("the feed's rule doesn't want it: {why}"))
    }

    /// A story that the rule wants.
    fn wanted(&self) -> Explanation {
        let Some(member) = self.member.filter(|member| member.inside) else {
            let due = self.due.unwrap_or("the feed hasn't taken it in yet");
            return self.said(Reason::Build, &format!("the next build brings it in: {due}"));
        };
        let key = OrderKey { published: member.published, guid: member.guid.clone() };
        if let (None, Some(violation)) = (self.place(), &self.violation) {
            let profile = self.spec.profile.map_or("", Profile::name);
            let why = format!("it violates what `profile = \"{profile}\"` demands: {violation}");
            return self.said(Reason::Profile, &why);
        }
        let beyond = self.floor.is_some_and(|floor| floor.is_at_or_before(&key));
        match (self.place().is_some(), beyond) {
            (true, beyond) => self.carried(member, beyond),
            (false, true) => self.beyond(member),
            (false, false) => match (self.due, &self.fault) {
                (_, Some(fault)) => {
                    self.said(Reason::Fault, &format!("its text can't be rendered: {fault}"))
                }
                (Some(due), None) => {
                    self.said(Reason::Build, &format!("the next build brings it in: {due}"))
                }
                (None, None) => self.said(Reason::Fault, "its text can't be rendered"),
            },
        }
    }

    /// A story that the feed carries, beyond its normal reach or not.
    fn carried(&self, member: &Member, beyond: bool) -> Explanation {
        let limits = self.spec.limits;
        if self.choice == Choice::SummaryOnly {
            return self.said(
                Reason::Size,
                &format!(
                    "with its summary only, since its text is larger than a feed of {} bytes \
                     (`max_bytes`) can hold",
                    limits.max_bytes
                ),
            );
        }
        if beyond && let Some(raised) = member.raised {
            let window = TimeDelta::from_std(limits.window).unwrap_or_default();
            let until = raised.checked_add_signed(window).map(shown).unwrap_or_default();
            return self.said(
                Reason::Correction,
                &format!(
                    "a correction of {} lifts it, until the feed's newest entry is later than \
                     {until}",
                    shown(raised)
                ),
            );
        }
        if self.rank < limits.entries {
            return self.said(Reason::Limit, &format!("it is among the newest {}", limits.entries));
        }
        self.said(
            Reason::Window,
            &format!(
                "beyond the newest {}, it is less than {} older than the newest",
                limits.entries,
                span(limits.window)
            ),
        )
    }

    /// A story that is older than what the feed carries.
    fn beyond(&self, member: &Member) -> Explanation {
        let limits = self.spec.limits;
        let mut normal = self
            .carried
            .iter()
            .filter(|entry| self.floor.is_none_or(|floor| !floor.is_at_or_before(&entry.key)));
        let last = normal.next_back();
        let ends = last.map_or("it is empty".to_owned(), |last| {
            format!("it ends with `{}` of {}", last.title, shown(last.key.published))
        });
        let window = TimeDelta::from_std(limits.window).unwrap_or_default();
        let newest = self.carried.first().map(|newest| newest.key.published);
        let since = newest.and_then(|newest| newest.checked_sub_signed(window));
        let is_young =
            self.rank < limits.entries || since.is_some_and(|since| self.story.published > since);
        let (reason, why) = match is_young {
            true => {
                (Reason::Size, format!("its {} bytes (`max_bytes`) are full", limits.max_bytes))
            }
            false => (
                Reason::Limit,
                format!(
                    "it carries the newest {}, and what is less than {} older than the newest",
                    limits.entries,
                    span(limits.window)
                ),
            ),
        };
        let mut explanation = self.said(reason, &format!("{ends}: {why}"));
        let page = member.page.filter(|page| self.open_page.is_some_and(|open| *page < open));
        match (self.open_page, page) {
            (None, _) => explanation.details.push("no archive pages are kept".to_owned()),
            (Some(_), None) => {
                let detail = "its archive page is still being filled, and has no file yet";
                explanation.details.push(detail.to_owned());
            }
            (Some(_), Some(page)) => {
                let atom = self.spec.formats.iter().find(|format| **format == Format::Atom);
                let format =
                    atom.or_else(|| self.spec.formats.iter().find(|format| format.has_archive()));
                let file = format.map(|format| self.spec.path.file(&format.archive_name(page)));
                if let Some(file) = &file {
                    explanation
                        .text
                        .push_str(&format!("; it is on archive page {page} (`{file}`)"));
                }
                explanation.page = file;
            }
        }
        explanation
    }

    /// The story's place among the entries of the feed, from 1.
    fn place(&self) -> Option<usize> {
        let same = |guid: &Guid| *guid == self.story.guid;
        self.carried.iter().position(|entry| same(&entry.key.guid)).map(|place| place + 1)
    }

    /// An explanation of what the feed carries now.
    fn said(&self, reason: Reason, why: &str) -> Explanation {
        let text = match self.place() {
            Some(place) => format!("in, place {place} of {}: {why}", self.carried.len()),
            None => format!("not in: {why}"),
        };
        Explanation {
            story: self.story.guid.to_string(),
            feed: self.spec.path.to_string(),
            inside: self.place().is_some(),
            reason,
            text,
            page: None,
            details: Vec::new(),
        }
    }

    /// The same of a story that doesn't belong there; where it is still carried, the next build
    /// takes it out.
    fn left(&self, reason: Reason, why: &str) -> Explanation {
        let until = if self.place().is_some() { "; it leaves at the next build" } else { "" };
        self.said(reason, &format!("{why}{until}"))
    }
}

pub(super) fn shown(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let fits = units.iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    fits.map_or_else(|| format!("{seconds}s"), |(unit, name)| format!("{}{name}", seconds / unit))
}

#[cfg(test)]
mod tests;
