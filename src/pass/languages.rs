//! A feed per language for the site and each of its sections: `es/latam/security`.
//!
//! # Promises
//! - A language has its feed from its first public story on, and keeps it.
//! - What stands at such a path already goes before: a section or feed of that name stays what it is.

use super::{Newsroom, feeds::SectionTitles};
use crate::story::{FeedPath, FeedSpec, Language, SectionPath, Title, Where};

/// The language whose feeds carry a story in `language`: the closest that the newsroom names, else
/// the language without its region.
pub(super) fn feed_language(named: &[Language], language: &Language) -> Option<Language> {
    let covering = named.iter().filter(|known| known.covers(language));
    let closest = covering.max_by_key(|known| known.as_str().len()).cloned();
    closest.or_else(|| language.primary().parse().ok())
}

/// Where the feed of a section (none: of the site) in a language stands.
pub(super) fn path(section: Option<&SectionPath>, language: &Language) -> Option<FeedPath> {
    let language = language.as_str().to_ascii_lowercase();
    match section {
        Some(section) => format!("{language}/{section}").parse().ok(),
        None => language.parse().ok(),
    }
}

/// The section and language of a path.
pub(super) fn named_by(path: &FeedPath) -> Option<(Option<SectionPath>, Language)> {
    let (language, section) = match path.as_str().split_once('/') {
        Some((language, section)) => (language, Some(section.parse().ok()?)),
        None => (path.as_str(), None),
    };
    Some((section, language.parse().ok()?))
}

/// The stories that the feed of a section (none: of the site) in a language carries: those for which
/// it is [`feed_language`].
fn rule(named: &[Language], section: Option<&SectionPath>, language: &Language) -> Where {
    let narrower = named.iter().filter(|other| *other != language && language.covers(other));
    let narrower: Vec<Language> = narrower.cloned().collect();
    let mut rules = Vec::new();
    rules.extend(section.map(|section| Where::Section(vec![section.clone()])));
    rules.push(Where::Language(vec![language.clone()]));
    if !narrower.is_empty() {
        rules.push(Where::Not(Box::new(Where::Language(narrower))));
    }
    Where::All(rules)
}

/// The feed of a section, or of the site, in a language; `base` is that in all languages.
pub(super) fn feed(
    newsroom: &Newsroom<'_>,
    titles: &SectionTitles,
    base: &FeedSpec,
    language: &Language,
) -> Option<FeedSpec> {
    let section = base.section.as_ref();
    let is_main = language.primary() == base.language.primary();
    let own = section.and_then(|section| titles.own(section, language));
    let title = match own {
        Some(title) => title.to_owned(),
        None if is_main => base.title.clone(),
        None => format!("{} ({language})", base.title),
    };
    let described = section.and_then(|section| newsroom.section_descriptions.get(section));
    let description = match described.and_then(|text| text.own(language)) {
        Some(text) => text.to_owned(),
        None if is_main => base.description.clone(),
        None => about(&title, language),
    };
    Some(FeedSpec {
        path: path(section, language)?,
        title,
        description,
        language: language.clone(),
        page: None,
        rule: rule(newsroom.split_languages.as_deref()?, section, language),
        ..base.clone()
    })
}

fn about(title: &str, language: &Language) -> String {
    match language.primary() {
        "es" => format!("Noticias de {title}."),
        "pt" => format!("Notícias de {title}."),
        _ => format!("Stories in {title}."),
    }
}

impl SectionTitles {
    /// The title of a section in this very language, whatever its region.
    fn own(&self, section: &SectionPath, language: &Language) -> Option<&str> {
        self.written_for(section).and_then(|title: &Title| title.own(language))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        tag.parse().expect("a language")
    }

    #[test]
    fn a_story_goes_with_the_closest_language_that_is_named() {
        let named = [language("es"), language("pt"), language("pt-BR")];
        for (of, in_feed) in
            [("pt-BR", "pt-BR"), ("pt-PT", "pt"), ("es-MX", "es"), ("fr-CA", "fr"), ("en", "en")]
        {
            assert_eq!(feed_language(&named, &language(of)), Some(language(in_feed)), "{of}");
        }
    }

    #[test]
    fn a_path_names_what_it_was_made_of() {
        let section = "latam/security".parse().expect("a section");
        for (section, tag, expected) in
            [(Some(&section), "pt-BR", "pt-br/latam/security"), (None, "es", "es")]
        {
            let path = path(section, &language(tag)).expect("a path");
            assert_eq!(path.as_str(), expected);
            assert_eq!(named_by(&path), Some((section.cloned(), language(tag))));
        }
    }
}
