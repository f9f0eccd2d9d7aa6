//! Sources that are fetched: what they say becomes stories, under the rights that they have here.
//!
//! Takes what was fetched and parsed, gives [`Incoming`] stories. Reads no
//! clock, file or socket; only [`sql`] asks a database.
//!
//! # Promises
//! - Dates alone never make a story look new: a story that is known is compared by its words.
//! - A date that lies ahead is none, and neither is one beyond the years that a feed can carry.
//! - A guid of theirs is kept where it is an absolute URI; where it is not, or names this site, it is
//!   wrapped with the name of the source.

mod entry;
mod prints;
pub mod sql;
mod story;

use std::collections::BTreeMap;

use chrono_tz::Tz;

pub use entry::{Brought, EntryReader, Rejected};
pub use prints::{Prints, address_print, is_same_article, prints};
pub use story::story_form;

use crate::{
    story::{Guid, Incoming, Language, Markup, RuleFacts, SectionPath, Site, Where},
    text,
};

/// What is done with the stories of a source.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Name of the source.
    pub source: String,
    /// The publication that takes them in.
    pub site: Site,
    /// Their section; none: what they name, as far as it has a feed.
    pub section: Option<SectionPath>,
    /// Sections that have feeds; none: every one that a story names gets one.
    pub declared: Option<Vec<SectionPath>>,
    /// Whether the categories of a story are sections here.
    pub categories: Categories,
    /// Tags that all of them get.
    pub tags: Vec<String>,
    /// What their HTML is.
    pub markup: Markup,
    /// The language of those that name none.
    pub language: Language,
    /// For dates without a zone.
    pub zone: Tz,
    /// Story field → the names it goes by there.
    pub map: BTreeMap<String, Vec<String>>,
    /// Which are taken.
    pub rule: Where,
    /// How much may be republished.
    pub republish: Republish,
    /// Whose they are, as readers see it; none: the title of the feed.
    pub attribution: Option<String>,
}

/// What the categories of a story are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Categories {
    /// Tags.
    Tags,
    /// Sections, as far as they have feeds; else tags.
    Sections,
}

/// How much of a story may be republished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Republish {
    /// All of it.
    Full,
    /// A short text, and the way to the rest.
    Summary,
    /// The title, and the way to the rest.
    Link,
}

impl Terms {
    /// Whether a story is one of those that are taken.
    pub fn takes(&self, story: &Incoming) -> bool {
        if self.rule == Where::everything() {
            return true;
        }
        self.rule.holds(RuleFacts {
            guid: story.guid.as_ref().map_or("", Guid::as_str),
            source: &self.source,
            title: &story.title,
            language: &story.language,
            sections: &story.facts.sections,
            facts: &story.facts,
            text: Some(&text::plain_text(&story.text.text)),
        })
    }

    /// A digest of everything that a story is made with: with others it is made anew.
    pub fn digest(&self) -> String {
        let Self { source, site, section, declared, categories, tags, markup, language, .. } = self;
        let Self { zone, map, rule, republish, attribution, .. } = self;
        let place =
            (source, site.url.as_str(), section, declared, categories, tags, language, markup);
        let text = format!("{place:?} {:?}", (zone, map, rule, republish, attribution));
        blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
    }
}
