//! Rules: which stories a feed carries.

use std::fmt;

use regex::{Regex, RegexBuilder};

use super::{Language, SectionPath};

/// A condition on a story. An empty [`Where::All`] holds for every story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    /// Every one of them holds.
    All(Vec<Where>),
    /// At least one of them holds.
    Any(Vec<Where>),
    /// It does not hold.
    Not(Box<Where>),
    /// In one of these sections, or in what lies in them.
    Section(Vec<SectionPath>),
    /// With one of these tags, letter case aside.
    Tag(Vec<String>),
    /// By one of these people, letter case aside.
    Author(Vec<String>),
    /// In one of these languages; `pt` covers `pt-BR`.
    Language(Vec<Language>),
    /// From one of these sources.
    Source(Vec<String>),
    /// With one of these guids.
    Id(Vec<String>),
    /// With one of these in its title.
    Title(Vec<Pattern>),
    /// With one of these in its text. A story whose text isn't at hand does not satisfy it.
    Content(Vec<Pattern>),
    /// With one of these things.
    Has(Vec<Has>),
}

/// What is looked for in a text, letter case aside: a part of it, or `/a regular expression/`.
#[derive(Clone)]
pub struct Pattern {
    written: String,
    expression: Option<Regex>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with a regular expression, or that it is too large.
    pub fn read(written: &str) -> Result<Self, String> {
        let inner = written.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let expression = match inner.filter(|inner| !inner.is_empty()) {
            None => None,
            Some(inner) => {
                let mut builder = RegexBuilder::new(inner);
                builder.case_insensitive(true).size_limit(1 << 20);
                Some(builder.build().map_err(|error| last_line(&error.to_string()))?)
            }
        };
        Ok(Self { written: written.to_owned(), expression })
    }

    /// Whether `text` has it.
    pub fn is_in(&self, text: &str) -> bool {
        match &self.expression {
            Some(expression) => expression.is_match(text),
            None => text.to_lowercase().contains(&self.written.to_lowercase()),
        }
    }
}

/// The sentence of a fault; what stands above it draws the expression.
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    line.trim_start_matches("error:").trim().to_owned()
}

impl AsRef<str> for Pattern {
    fn as_ref(&self) -> &str {
        &self.written
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(f)
    }
}

/// A thing that a story may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// A lead image.
    Image,
    /// An audio file.
    Audio,
    /// A video file.
    Video,
    /// Any attached file.
    Enclosure,
    /// A correction.
    Correction,
    /// A summary of its own.
    Summary,
}

/// What a rule may ask of a story.
#[derive(Debug, Clone, Copy)]
#[expect(missing_docs, reason = "the members are those of `Story` and `Facts`")]
pub struct RuleFacts<'a> {
    pub guid: &'a str,
    pub source: &'a str,
    pub title: &'a str,
    pub language: &'a Language,
    pub sections: &'a [SectionPath],
    pub facts: &'a super::Facts,
    /// Its words, where they are at hand.
    pub text: Option<&'a str>,
}

impl Where {
    /// A rule that every story satisfies.
    pub const fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// Whether `story` satisfies the rule.
    pub fn holds(&self, story: RuleFacts<'_>) -> bool {
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.holds(story)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(story)),
            Self::Not(rule) => !rule.holds(story),
            Self::Section(wanted) => {
                story.sections.iter().any(|has| wanted.iter().any(|section| section.contains(has)))
            }
            Self::Tag(wanted) => story.facts.tags.iter().any(|tag| one_of(tag, wanted)),
            Self::Author(wanted) => {
                story.facts.authors.iter().any(|person| one_of(&person.name, wanted))
            }
            Self::Language(wanted) => wanted.iter().any(|tag| tag.covers(story.language)),
            Self::Source(wanted) => wanted.iter().any(|name| name == story.source),
            Self::Id(wanted) => wanted.iter().any(|id| id == story.guid),
            Self::Title(wanted) => wanted.iter().any(|pattern| pattern.is_in(story.title)),
            Self::Content(wanted) => {
                story.text.is_some_and(|text| wanted.iter().any(|pattern| pattern.is_in(text)))
            }
            Self::Has(wanted) => wanted.iter().any(|thing| has(story.facts, *thing)),
        }
    }
}

fn one_of(text: &str, wanted: &[String]) -> bool {
    let text = text.to_lowercase();
    wanted.iter().any(|wanted| wanted.to_lowercase() == text)
}

fn has(facts: &super::Facts, thing: Has) -> bool {
    let enclosed = |kind: &str| facts.enclosures.iter().any(|e| e.media_type.starts_with(kind));
    match thing {
        Has::Image => facts.image.is_some(),
        Has::Audio => enclosed("audio/"),
        Has::Video => enclosed("video/"),
        Has::Enclosure => !facts.enclosures.is_empty(),
        Has::Correction => facts.correction.is_some(),
        Has::Summary => facts.summary.is_some(),
    }
}
