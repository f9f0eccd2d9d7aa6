//! A story becomes an entry of one feed.

use super::{Category, Choice, Entry, Translation, profile};
use crate::{
    story::{ContentMode, FeedSpec, Image, Language, SectionPath, State, Story},
    text,
};

/// What a story's text became.
#[derive(Debug, Clone)]
pub struct Words {
    /// Clean HTML.
    pub html: String,
    /// Its first words, plain.
    pub excerpt: String,
    /// The first image in it.
    pub image: Option<Image>,
}

/// Makes the entry of `story` in `feed`. `section_title` names a section in the feed's language.
pub fn entry(
    story: Story,
    words: Words,
    feed: &FeedSpec,
    choice: Choice,
    section_title: &dyn Fn(&SectionPath) -> String,
    translations: Vec<Translation>,
) -> Entry {
    let modified = story.modified();
    let withdrawn = (story.state == State::Retracted).then_some(story.changed);
    let facts = story.facts;
    let note = facts.correction.as_ref().map(|correction| {
        let date = correction.date.or(modified).unwrap_or(story.published);
        text::correction_note(&correction.text, date, &story.language)
    });
    let blank = words.html.trim().is_empty() && note.is_none();
    let whole = feed.content == ContentMode::Full && choice == Choice::Carried && !blank;
    let content_html = whole.then(|| match &note {
        Some(note) => format!("{note}{}", words.html),
        None => words.html,
    });
    // A story of pictures alone still says what it is.
    let summary = [facts.summary.unwrap_or_default(), words.excerpt, story.title.clone()];
    let summary = summary.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let sections = facts.sections.iter().map(|section| Category {
        term: section.as_str().to_owned(),
        section_title: Some(section_title(section)),
    });
    let tags = facts.tags.into_iter().map(|term| Category { term, section_title: None });
    let entry = Entry {
        guid: story.guid,
        url: story.url,
        title: story.title,
        short_title: facts.short_title,
        language: differing(&story.language, &feed.language),
        summary,
        content_html,
        published: story.published,
        modified,
        corrected: note.is_some(),
        withdrawn,
        authors: facts.authors,
        categories: sections.chain(tags).collect(),
        image: facts.image.or(words.image),
        enclosures: facts.enclosures,
        origin: facts.origin,
        rights: facts.rights,
        translations,
    };
    match feed.profile {
        Some(profile) => profile::fitted(entry, profile),
        None => entry,
    }
}

fn differing(story: &Language, feed: &Language) -> Option<Language> {
    (story != feed).then(|| story.clone())
}

/// Bytes that a text takes in the format that escapes the most (Atom).
pub fn text_bytes(html: &str) -> u64 {
    let escaped = html.bytes().map(|byte| match byte {
        b'<' | b'>' => 4,
        b'&' => 5,
        _ => 1,
    });
    escaped.sum()
}
