//! Patterns that give a story its address: `https://…/{section}/{year}/{month}/{slug}/`.

use chrono::NaiveDateTime;
use url::Url;

use super::slugs::{self, urlize};
use crate::story::{Language, SectionPath, Slugs};

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
    Branch,
    Categories,
    SlugCategories,
    /// By chrono's pattern.
    Date(&'static str),
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
    ("year", Token::Date("%Y")),
    ("month", Token::Date("%m")),
    ("day", Token::Date("%d")),
    ("hour", Token::Date("%H")),
    ("minute", Token::Date("%M")),
    ("second", Token::Date("%S")),
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
    ("branch", Token::Branch),
    ("categories", Token::Categories),
    ("slug_categories", Token::SlugCategories),
    ("month_name", Token::Date("%B")),
    ("short_month", Token::Date("%b")),
    ("month_number", Token::Date("%-m")),
    ("day_number", Token::Date("%-d")),
    ("short_year", Token::Date("%y")),
    ("weekday", Token::Date("%w")),
    ("iso_weekday", Token::Date("%u")),
    ("weekday_name", Token::Date("%A")),
    ("short_weekday", Token::Date("%a")),
    ("day_of_year", Token::Date("%-j")),
    ("padded_day_of_year", Token::Date("%j")),
    ("week", Token::Date("%V")),
    ("week_year", Token::Date("%G")),
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
#[derive(Clone, Copy)]
pub(super) struct PermalinkFacts<'a> {
    pub(super) sections: &'a [SectionPath],
    pub(super) path: &'a str,
    /// Found out only where it is asked for.
    pub(super) date: &'a dyn Fn() -> NaiveDateTime,
    pub(super) slug: &'a str,
    pub(super) own_slug: Option<&'a str>,
    pub(super) filename: &'a str,
    pub(super) title: &'a str,
    /// The title as it is written.
    pub(super) raw_title: &'a str,
    /// As far as `_index` files make sections of the folder.
    pub(super) branch: &'a str,
    /// Of Jekyll's posts, as they are written; found out only where they are asked for.
    pub(super) categories: &'a dyn Fn() -> Vec<String>,
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
    pub(super) fn address(
        &self,
        site: &Url,
        facts: PermalinkFacts<'_>,
        rule: Slugs,
    ) -> Option<Url> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Token(token) => text.push_str(&value(*token, facts, rule)),
            }
        }
        let text = match text.split_once("://") {
            Some((scheme, rest)) => format!("{scheme}://{}", single_slashes(rest)),
            None => single_slashes(&text).trim_start_matches('/').to_owned(),
        };
        site.join(&if text.is_empty() { "./".to_owned() } else { text }).ok()
    }

    /// The same by Hugo's rule, which brings the whole path to its form and not the parts of it
    /// alone. `home` is what stands before all pages of the language.
    pub(super) fn hugo_address(
        &self,
        home: &(Url, String),
        facts: PermalinkFacts<'_>,
        rule: Slugs,
    ) -> Option<Url> {
        // What a section's pattern gives is unescaped on the way; Hugo's own default isn't.
        let is_default = self.parts.contains(&Part::Token(Token::Path));
        let mut path = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => path.push_str(&slugs::unescaped(below(&home.0, plain))),
                Part::Token(token) => {
                    let text = hugo_value(*token, facts);
                    // Folders are taken as they are, other texts brought to their form first.
                    let as_is = matches!(token, Token::Section | Token::Branch);
                    path.push_str(&match (is_default, as_is) {
                        (true, _) => text,
                        (false, true) => slugs::unescaped(&text),
                        (false, false) => slugs::hugo_token(rule, &text),
                    });
                }
            }
        }
        joined(&home.0, &slugs::hugo_link(rule, &path))
    }

    /// What stands before all pages of a story's language, where this is Hugo's default pattern:
    /// the address, and the folder of the language.
    pub(super) fn hugo_home(&self, site: &Url, facts: PermalinkFacts<'_>) -> (Url, String) {
        let before = self.parts.iter().take_while(|part| **part != Part::Token(Token::Path));
        let mut home = (site.clone(), String::new());
        for part in before {
            match part {
                Part::Text(plain) if plain.contains("://") && !plain.starts_with(site.as_str()) => {
                    home.0 = Url::parse(plain).unwrap_or(home.0);
                }
                Part::Text(plain) => home.1.push_str(below(site, plain).trim_start_matches('/')),
                Part::Token(token) => home.1.push_str(&hugo_value(*token, facts)),
            }
        }
        home
    }
}

/// What stands below `base` in the text with which a pattern begins.
fn below<'t>(base: &Url, text: &'t str) -> &'t str {
    let path = || text.contains("://").then(|| text.splitn(4, '/').nth(3)).flatten();
    text.strip_prefix(base.as_str()).or_else(path).unwrap_or(text)
}

/// A path below an address, also one that looks like an address of its own.
fn joined(base: &Url, path: &str) -> Option<Url> {
    base.join(&format!("./{path}")).ok()
}

/// Hugo's pattern for the pages of a section as ours.
///
/// # Errors
/// The first token that has no counterpart, as it is written.
pub fn hugo_permalink(pattern: &str, section: &str) -> Result<String, String> {
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
            ("section", None) | ("sections", Some("0" | "first")) => section,
            ("sections", None) => "{branch}",
            ("monthname", None) => "{month_name}",
            ("weekday", None) => "{weekday}",
            ("weekdayname", None) => "{weekday_name}",
            ("yearday", None) => "{day_of_year}",
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
        (":slugified_categories", "{slug_categories}"),
        (":categories", "{categories}"),
        (":short_year", "{short_year}"),
        (":w_year", "{week_year}"),
        (":year", "{year}"),
        (":short_month", "{short_month}"),
        (":long_month", "{month_name}"),
        (":i_month", "{month_number}"),
        (":month", "{month}"),
        (":short_day", "{short_weekday}"),
        (":long_day", "{weekday_name}"),
        (":y_day", "{padded_day_of_year}"),
        (":w_day", "{iso_weekday}"),
        (":i_day", "{day_number}"),
        (":week", "{week}"),
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
        "ordinal" => "/:categories/:year/:y_day/:title:output_ext",
        "weekdate" => "/:categories/:year/W:week/:short_day/:title:output_ext",
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

fn value(token: Token, facts: PermalinkFacts<'_>, rule: Slugs) -> String {
    let segment = |text: &str| match rule {
        Slugs::Jekyll => slugs::escaped(&slugs::jekyll_slug(text)),
        Slugs::Zola | Slugs::ZolaSafe | Slugs::ZolaOff => slugs::escaped(&slugs::zola(rule, text)),
        _ => urlize(text),
    };
    // Zola leaves the names of folders as they are.
    let folder = |text: &str| match rule.is_zola() {
        true => slugs::escaped(text),
        false => urlize(text),
    };
    match token {
        Token::Section => facts.sections.first().map_or("", SectionPath::as_str).to_owned(),
        Token::Sections => {
            facts.sections.iter().map(SectionPath::as_str).collect::<Vec<_>>().join("/")
        }
        Token::Categories => slugs::escaped(&each(&(facts.categories)(), str::to_lowercase)),
        Token::SlugCategories => slugs::escaped(&each(&(facts.categories)(), slugs::jekyll_slug)),
        Token::Path => facts.path.split('/').map(folder).collect::<Vec<_>>().join("/"),
        Token::Branch => facts.branch.split('/').map(folder).collect::<Vec<_>>().join("/"),
        Token::Date(pattern) => (facts.date)().format(pattern).to_string(),
        Token::Slug => segment(facts.slug),
        Token::SlugAscii => urlize(&deunicode::deunicode(facts.slug)),
        Token::SlugRaw if rule == Slugs::Jekyll => {
            slugs::escaped(&slugs::jekyll_pretty(facts.slug))
        }
        Token::SlugRaw => facts.slug.replace(['/', '?', '#'], "-"),
        Token::SlugOrFilename if rule.is_zola() => {
            segment(facts.own_slug.unwrap_or(facts.filename))
        }
        Token::SlugOrFilename => own_slug(facts, facts.filename),
        Token::SlugOrTitle => own_slug(facts, facts.title),
        Token::Filename => segment(facts.filename),
        Token::Title => urlize(facts.title),
        Token::Language => facts.language.as_str().to_ascii_lowercase(),
        Token::LanguagePrefix if facts.main_language.covers(facts.language) => String::new(),
        Token::LanguagePrefix => format!("{}/", facts.language.as_str().to_ascii_lowercase()),
        Token::Id => urlize(facts.id),
    }
}

/// What Hugo puts in the place of a token, as it is written.
fn hugo_value(token: Token, facts: PermalinkFacts<'_>) -> String {
    let own = facts.own_slug.map(|slug| slug.trim_matches('-')).filter(|slug| !slug.is_empty());
    let text = match token {
        Token::Slug => own.unwrap_or(facts.slug),
        Token::SlugOrFilename => own.unwrap_or(facts.filename),
        Token::SlugOrTitle => own.unwrap_or(facts.raw_title),
        Token::Filename => facts.filename,
        Token::Title => facts.raw_title,
        Token::Path => facts.path,
        Token::Branch => facts.branch,
        Token::Section => facts.path.split('/').next().unwrap_or_default(),
        other => return value(other, facts, Slugs::Feedwright),
    };
    text.to_owned()
}

/// All categories, none twice, joined by slashes.
fn each(categories: &[String], form: impl Fn(&str) -> String) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in categories.iter().map(|category| form(category)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join("/")
}

/// The slug that a story names, in which slashes stay, else another text.
fn own_slug(facts: PermalinkFacts<'_>, other: &str) -> String {
    match facts.own_slug {
        Some(slug) => {
            let parts = slug.split('/').map(urlize).filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join("/")
        }
        None => urlize(other),
    }
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
            date: &|| "2026-01-13T20:30:00".parse().expect("a date"),
            slug: "Río crece",
            own_slug: None,
            filename: "2026-01-14-rio",
            title: "Río crece",
            raw_title: "Río crece",
            branch: "",
            categories: &Vec::new,
            language: &language,
            main_language: &"en".parse().expect("a language"),
            id: "42",
        };
        let site = Url::parse("https://www.latamreports.example/").expect("an address");
        let pattern = Permalink::parse(pattern).expect("a pattern");
        pattern.address(&site, facts, Slugs::Feedwright).expect("an address").to_string()
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
        assert_eq!(ours("/:section/:year/:slug/").as_deref(), Ok("/LatAm/{year}/{slug_or_title}/"));
        assert_eq!(
            ours("/:sections/:month-:day/:title").as_deref(),
            Ok("/{branch}/{month}-{day}/{title}")
        );
        assert_eq!(ours("/:sections[0]/:filename/").as_deref(), Ok("/LatAm/{filename}/"));
        assert_eq!(
            ours("/:monthname/:yearday/:slug/").as_deref(),
            Ok("/{month_name}/{day_of_year}/{slug_or_title}/")
        );
        assert_eq!(ours("/:year/:January/:slug/"), Err(":January".into()));
        assert_eq!(ours("/:sections[1:]/:slug/"), Err(":sections[1:]".into()));
        assert_eq!(ours("/:sections[1:/:slug/"), Err(":".into()));
    }

    #[test]
    fn an_unknown_token_is_named() {
        let fault = Permalink::parse("/{sectoin}/").expect_err("a fault");
        assert_eq!(fault, PermalinkError::UnknownToken("sectoin".into()));
    }
}
