//! Patterns that give a story its address: `https://…/{section}/{year}/{month}/{slug}/`.

use chrono::{Datelike, NaiveDateTime, Timelike};
use url::Url;

use crate::story::{Language, SectionPath};

/// A pattern for story addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permalink {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Token(Token),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Section,
    Sections,
    Path,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Slug,
    SlugAscii,
    SlugRaw,
    SlugOrFilename,
    SlugOrTitle,
    Filename,
    Title,
    Language,
    LanguagePrefix,
    Id,
}

/// Every token of a pattern, as it is written between braces.
const TOKENS: &[(&str, Token)] = &[
    ("section", Token::Section),
    ("sections", Token::Sections),
    ("path", Token::Path),
    ("year", Token::Year),
    ("month", Token::Month),
    ("day", Token::Day),
    ("hour", Token::Hour),
    ("minute", Token::Minute),
    ("second", Token::Second),
    ("slug", Token::Slug),
    ("slug_ascii", Token::SlugAscii),
    ("slug_raw", Token::SlugRaw),
    ("slug_or_filename", Token::SlugOrFilename),
    ("slug_or_title", Token::SlugOrTitle),
    ("filename", Token::Filename),
    ("title", Token::Title),
    ("language", Token::Language),
    ("language_prefix", Token::LanguagePrefix),
    ("id", Token::Id),
];

/// A pattern that can't be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PermalinkError {
    /// No such token.
    #[error("unknown token `{{{0}}}` in the permalink")]
    UnknownToken(String),
    /// A brace without its partner.
    #[error("a `{{` without `}}` in the permalink")]
    Unclosed,
}

/// What a pattern may ask of a story.
#[derive(Debug, Clone, Copy)]
pub(super) struct PermalinkFacts<'a> {
    pub(super) sections: &'a [SectionPath],
    pub(super) path: &'a str,
    pub(super) date: NaiveDateTime,
    pub(super) slug: &'a str,
    pub(super) own_slug: Option<&'a str>,
    pub(super) filename: &'a str,
    pub(super) title: &'a str,
    pub(super) language: &'a Language,
    pub(super) main_language: &'a Language,
    pub(super) id: &'a str,
}

impl Permalink {
    /// Where stories stand when nothing else is said: their language where it isn't the site's,
    /// their folder, then their slug.
    pub fn by_folder() -> Self {
        let slash = || Part::Text("/".into());
        let parts = vec![
            Part::Token(Token::LanguagePrefix),
            Part::Token(Token::Path),
            slash(),
            Part::Token(Token::Slug),
            slash(),
        ];
        Self { parts }
    }

    /// Reads a pattern with tokens between braces.
    ///
    /// # Errors
    /// For an unknown token or an unclosed brace.
    pub fn parse(pattern: &str) -> Result<Self, PermalinkError> {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some((text, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(PermalinkError::Unclosed)?;
            let token = TOKENS
                .iter()
                .find(|(known, _)| *known == name)
                .ok_or_else(|| PermalinkError::UnknownToken(name.to_owned()))?;
            if !text.is_empty() {
                parts.push(Part::Text(text.to_owned()));
            }
            parts.push(Part::Token(token.1));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The address of a story, below `site` where the pattern names no host.
    pub(super) fn address(&self, site: &Url, facts: PermalinkFacts<'_>) -> Option<Url> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Token(token) => text.push_str(&value(*token, facts)),
            }
        }
        let text = match text.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://{}", single_slashes(rest)),
            None => single_slashes(&text).trim_start_matches('/').to_owned(),
        };
        site.join(&if text.is_empty() { "./".to_owned() } else { text }).ok()
    }
}

/// Hugo's pattern for the pages of a section as ours.
///
/// # Errors
/// The first token that has no counterpart, as it is written.
pub fn hugo_permalink(pattern: &str, section: &str) -> Result<String, String> {
    let section = urlize(section);
    let mut ours = String::new();
    let mut rest = pattern;
    while let Some((text, after)) = rest.split_once(':') {
        ours.push_str(text);
        let end = after.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let (name, after) = after.split_at(end.unwrap_or(after.len()));
        let part = after.strip_prefix('[').and_then(|after| after.split_once(']'));
        let (part, after) = part.map_or((None, after), |(part, after)| (Some(part), after));
        ours.push_str(match (name, part) {
            // A pattern is for a section at the top, which `:section` names alone.
            ("section", None) | ("sections", Some("0" | "first")) => &section,
            ("sections", None) => "{path}",
            ("year", None) => "{year}",
            ("month", None) => "{month}",
            ("day", None) => "{day}",
            ("slug", None) => "{slug_or_title}",
            ("slugorfilename" | "slugorcontentbasename", None) => "{slug_or_filename}",
            ("filename" | "contentbasename", None) => "{filename}",
            ("title", None) => "{title}",
            (_, None) => return Err(format!(":{name}")),
            (_, Some(part)) => return Err(format!(":{name}[{part}]")),
        });
        rest = after;
    }
    ours.push_str(rest);
    Ok(ours)
}

/// Jekyll's `:tokens` or the name of one of its styles as ours.
pub fn jekyll_permalink(pattern: &str) -> String {
    const NAMES: &[(&str, &str)] = &[
        (":slugified_categories", "{sections}"),
        (":categories", "{sections}"),
        (":short_year", "{year}"),
        (":year", "{year}"),
        (":i_month", "{month}"),
        (":month", "{month}"),
        (":i_day", "{day}"),
        (":day", "{day}"),
        (":hour", "{hour}"),
        (":minute", "{minute}"),
        (":second", "{second}"),
        (":title", "{slug_raw}"),
        (":slug", "{slug}"),
        (":name", "{filename}"),
        (":path", "{path}"),
        (":output_ext", ".html"),
    ];
    let pattern = match pattern {
        "date" => "/:categories/:year/:month/:day/:title:output_ext",
        "pretty" => "/:categories/:year/:month/:day/:title/",
        "none" => "/:categories/:title:output_ext",
        other => other,
    };
    let mut text = pattern.to_owned();
    for (colon, braces) in NAMES {
        text = text.replace(colon, braces);
    }
    text
}

fn value(token: Token, facts: PermalinkFacts<'_>) -> String {
    let local = facts.date;
    let main = facts.sections.first().map_or("", SectionPath::as_str);
    match token {
        Token::Section => main.to_owned(),
        Token::Sections => {
            facts.sections.iter().map(SectionPath::as_str).collect::<Vec<_>>().join("/")
        }
        Token::Path => facts.path.split('/').map(urlize).collect::<Vec<_>>().join("/"),
        Token::Year => format!("{:04}", local.year()),
        Token::Month => format!("{:02}", local.month()),
        Token::Day => format!("{:02}", local.day()),
        Token::Hour => format!("{:02}", local.hour()),
        Token::Minute => format!("{:02}", local.minute()),
        Token::Second => format!("{:02}", local.second()),
        Token::Slug => urlize(facts.slug),
        Token::SlugAscii => urlize(&deunicode::deunicode(facts.slug)),
        Token::SlugRaw => facts.slug.replace(['/', '?', '#'], "-"),
        Token::SlugOrFilename => own_slug(facts, facts.filename),
        Token::SlugOrTitle => own_slug(facts, facts.title),
        Token::Filename => urlize(facts.filename),
        Token::Title => urlize(facts.title),
        Token::Language => facts.language.as_str().to_ascii_lowercase(),
        Token::LanguagePrefix if facts.main_language.covers(facts.language) => String::new(),
        Token::LanguagePrefix => format!("{}/", facts.language.as_str().to_ascii_lowercase()),
        Token::Id => urlize(facts.id),
    }
}

/// The slug that a story names, in which Hugo leaves slashes, else another text.
fn own_slug(facts: PermalinkFacts<'_>, other: &str) -> String {
    match facts.own_slug {
        Some(slug) => {
            let parts = slug.split('/').map(urlize).filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join("/")
        }
        None => urlize(other),
    }
}

/// A text as a segment of an address: lower case, letters and digits of any script kept, the rest
/// a hyphen.
pub(super) fn urlize(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for letter in text.trim().chars() {
        if letter.is_alphanumeric() || matches!(letter, '_' | '.') {
            segment.extend(letter.to_lowercase());
        } else if !segment.is_empty() && !segment.ends_with('-') && letter != '\'' && letter != '’'
        {
            segment.push('-');
        }
    }
    let trimmed = segment.trim_end_matches('-');
    if trimmed.chars().all(|letter| letter == '.') { String::new() } else { trimmed.to_owned() }
}

fn single_slashes(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter != '/' || !result.ends_with('/') {
            result.push(letter);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(pattern: &str) -> String {
        let sections = ["latam/security".parse().expect("a section")];
        let language = "pt-BR".parse().expect("a language");
        let facts = PermalinkFacts {
            sections: &sections,
            path: "LatAm/Security",
            date: "2026-01-13T20:30:00".parse().expect("a date"),
            slug: "Río crece",
            own_slug: None,
            filename: "2026-01-14-rio",
            title: "Río crece",
            language: &language,
            main_language: &"en".parse().expect("a language"),
            id: "42",
        };
        let site = Url::parse("https://www.latamreports.example/").expect("an address");
        let pattern = Permalink::parse(pattern).expect("a pattern");
        pattern.address(&site, facts).expect("an address").to_string()
    }

    #[test]
    fn tokens_are_filled_with_the_storys_own_date() {
        assert_eq!(
            address("https://x.example/{section}/{year}/{month}/{day}/{slug}/"),
            "https://x.example/latam/security/2026/01/13/r%C3%ADo-crece/"
        );
    }

    #[test]
    fn a_pattern_without_a_host_stands_below_the_site() {
        assert_eq!(
            address("/{language_prefix}{path}/{filename}/"),
            "https://www.latamreports.example/pt-br/latam/security/2026-01-14-rio/"
        );
    }

    #[test]
    fn the_tokens_are_those_that_the_configuration_allows() {
        let names: Vec<&str> = TOKENS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, crate::story::PERMALINK_TOKENS);
    }

    #[test]
    fn tokens_of_hugo_are_read_whole_and_one_that_has_no_counterpart_is_named() {
        let ours = |pattern| hugo_permalink(pattern, "LatAm");
        assert_eq!(ours("/:section/:year/:slug/").as_deref(), Ok("/latam/{year}/{slug_or_title}/"));
        assert_eq!(
            ours("/:sections/:month-:day/:title").as_deref(),
            Ok("/{path}/{month}-{day}/{title}")
        );
        assert_eq!(ours("/:sections[0]/:filename/").as_deref(), Ok("/latam/{filename}/"));
        assert_eq!(ours("/:year/:yearday/:slug/"), Err(":yearday".into()));
        assert_eq!(ours("/:monthname/:slug/"), Err(":monthname".into()));
        assert_eq!(ours("/:sections[1:]/:slug/"), Err(":sections[1:]".into()));
        assert_eq!(ours("/:sections[1:/:slug/"), Err(":".into()));
    }

    #[test]
    fn an_unknown_token_is_named() {
        let fault = Permalink::parse("/{sectoin}/").expect_err("a fault");
        assert_eq!(fault, PermalinkError::UnknownToken("sectoin".into()));
    }
}
