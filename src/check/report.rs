//! What was found.
//!
//! # Limits
//! - Of each severity at most [`MOST`] findings are kept with their places; all are counted.

use super::{
    place::{Place, Places},
    rules::{Rule, Severity},
};

/// Findings of one severity that are kept.
pub const MOST: usize = 1000;
/// Characters of a value that are shown.
pub const SHOWN: usize = 80;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// Where; none for what is true of the document as a whole or of its address.
    pub place: Option<Place>,
    /// What exactly: an element, a value. May be empty.
    pub detail: String,
}

/// How much was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Remarks.
    pub infos: usize,
}

impl Counts {
    /// All together.
    pub fn all(self) -> usize {
        self.errors + self.warnings + self.infos
    }

    fn of(&mut self, severity: Severity) -> &mut usize {
        match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
            Severity::Info => &mut self.infos,
        }
    }
}

/// Collects findings by the bytes they stand at.
#[derive(Debug, Default)]
pub(super) struct Report {
    found: Vec<(Option<usize>, &'static Rule, String)>,
    counts: Counts,
}

impl Report {
    pub(super) fn add(&mut self, rule: &'static Rule, at: usize, detail: impl Into<String>) {
        self.push(rule, Some(at), detail.into());
    }

    /// Adds what has no place.
    pub(super) fn add_whole(&mut self, rule: &'static Rule, detail: impl Into<String>) {
        self.push(rule, None, detail.into());
    }

    fn push(&mut self, rule: &'static Rule, at: Option<usize>, detail: String) {
        let count = self.counts.of(rule.severity);
        *count += 1;
        if *count <= MOST {
            self.found.push((at, rule, detail));
        }
    }

    /// Takes back what was found by a rule.
    pub(super) fn remove(&mut self, rule: &'static Rule) {
        let before = self.found.len();
        self.found.retain(|(_, other, _)| other.id != rule.id);
        *self.counts.of(rule.severity) -= before - self.found.len();
    }

    /// The findings in the order of `text`.
    pub(super) fn finish(mut self, text: &str) -> (Vec<Finding>, Counts) {
        self.found.sort_by_key(|(at, rule, _)| (*at, rule.severity));
        let mut places = Places::new(text);
        let place = |(at, rule, detail): (Option<usize>, &'static Rule, String)| Finding {
            rule,
            place: at.map(|at| places.of(at)),
            detail,
        };
        (self.found.into_iter().map(place).collect(), self.counts)
    }
}

/// A value of the document, short and on one line.
pub(super) fn shown(value: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let mut short: String = value.trim().chars().take(SHOWN).map(plain).collect();
    if value.trim().chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}
