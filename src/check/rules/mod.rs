//! The rules: what can be found, how grave it is, why it matters, what to do and who says so.
//!
//! # Promises
//! - An id, once published, means the same for good: people put ids into scripts.
//! - `docs/check.md` lists every rule; a test compares the two.

mod feeds;
mod formats;
mod outside;
mod profiles;
mod values;
mod vocabularies;
mod xml;

pub(super) use feeds::*;
pub(super) use formats::*;
pub(super) use outside::*;
pub(super) use profiles::*;
pub(super) use values::*;
pub(super) use vocabularies::*;
pub(super) use xml::*;

use serde::Serialize;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A specification forbids it, or readers lose something.
    Error,
    /// Some readers stumble over it.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// Its name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// Something that can be found.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, for good: `rss/guid-missing`.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong, in a sentence without its end.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Who says so: a clause of a specification, or a page of a reader.
    pub source: &'static str,
}

/// Declares rules and lists them.
macro_rules! rules {
    ($($name:ident $severity:ident $id:literal $title:literal $why:literal $fix:literal
       $source:literal)*) => {
        $(pub(in crate::check) static $name: super::Rule = super::Rule {
            id: $id,
            severity: super::Severity::$severity,
            title: $title,
            why: $why,
            fix: $fix,
            source: $source,
        };)*
        pub(super) static LIST: &[&super::Rule] = &[$(&$name),*];
    };
}
use rules;

/// Every rule, by its id.
pub fn all() -> Vec<&'static Rule> {
    let lists = [
        xml::LIST,
        feeds::LIST,
        values::LIST,
        formats::LIST,
        vocabularies::LIST,
        outside::LIST,
        profiles::LIST,
    ];
    let mut all: Vec<_> = lists.concat();
    all.sort_by_key(|rule| rule.id);
    all
}
