//! What a stored story becomes with what came in for it.

use chrono::{DateTime, Utc};

use super::SyncContext;
use crate::story::{Incoming, Phase, RawText, State, Story};

/// What a stored story becomes.
pub(super) struct Version<'a> {
    pub(super) url: &'a str,
    pub(super) published: DateTime<Utc>,
    pub(super) updated: DateTime<Utc>,
    pub(super) raised: Option<DateTime<Utc>>,
    pub(super) phase: Phase,
    pub(super) is_same: bool,
    /// Whether its new dates take it from readers. What falls due by itself is none of that.
    pub(super) hides: bool,
}

/// The date that a story's present words have.
#[derive(Clone, Copy)]
pub(super) struct Seen {
    pub(super) date: DateTime<Utc>,
    /// Whether readers have seen one.
    pub(super) readers_saw: bool,
}

pub(super) fn version<'a>(
    (old, seen): (&'a Story, Seen),
    old_text: &RawText,
    incoming: &'a Incoming,
    text: &RawText,
    context: SyncContext<'_>,
) -> Version<'a> {
    let published = incoming.published.unwrap_or(old.published);
    // An address made of the instant of the reading is no address of a story seen before, save
    // where its own was purged.
    let own = incoming.published.is_some() || old.is_purged();
    let url = if own { &incoming.url } else { &old.url };
    let corrected = old.facts.correction != incoming.facts.correction;
    let same_words = old.title == incoming.title
        && old.facts.image == incoming.facts.image
        && (old_text == text || (context.same_text)(old_text, text, &incoming.url));
    let date = match (same_words, corrected && incoming.facts.correction.is_some()) {
        (true, false) => seen.date,
        _ => seen.date.max(context.now),
    };
    let mut updated = incoming.updated.unwrap_or(date);
    if seen.readers_saw {
        // A date that readers have seen never falls.
        updated = updated.max(seen.date);
    }
    let updated = updated.max(published);
    let raised = match &incoming.facts.correction {
        None => None,
        Some(_) if !corrected => old.raised,
        Some(correction) => Some(correction.date.unwrap_or(context.now)),
    };
    let same_hours =
        old.state == State::Live && old.published == published && old.expires == incoming.expires;
    let before = same_hours.then_some(old.phase);
    let phase = Phase::at(context.now, State::Live, published, incoming.expires, before);
    let is_same = same_hours
        && same_words
        && old.url == *url
        && old.language == incoming.language
        && old.updated == updated
        && old.facts == incoming.facts
        && old_text == text;
    let is_due = old.expires.is_some_and(|at| at <= context.now);
    let was_out = old.state == State::Live && old.phase == Phase::Public && !is_due;
    let hides = was_out && phase != Phase::Public;
    Version { url, published, updated, raised, phase, is_same, hides }
}
