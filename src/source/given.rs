//! Stories given by hand: files and standard input, as `add` takes them.
//!
//! A text may be Markdown or HTML with front matter, a text pasted from a web page, a JSON story,
//! an array of JSON stories, or JSON lines.

use chrono::{DateTime, Utc};
use rayon::prelude::*;
use serde_json::{Map, Value, value::RawValue};

use super::{
    Desk, Spot, StoryFault,
    fields::{FieldFault, FieldReader, Fields, Undated},
    folder::{dated, line_of, pasted_fields, with_title},
    slugs::urlize,
};
use crate::{
    story::{Incoming, Markup, RawText},
    text,
};

/// One text given by hand.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// File name, or `-` for standard input.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The line on which they begin in the whole.
    pub first_line: usize,
}

/// What is said beside the text; it wins over what the text says.
#[derive(Debug, Clone, Default)]
pub struct GivenDefaults {
    /// Field name and value, as front matter would have it.
    pub fields: Vec<(&'static str, Value)>,
}

/// Reads the stories in `given`. Each one is read on its own: a bad one doesn't stop the others.
pub fn read_given(
    desk: &Desk,
    given: Given<'_>,
    defaults: &GivenDefaults,
    now: DateTime<Utc>,
) -> Vec<Result<Incoming, StoryFault>> {
    let reader = GivenReader { desk, given, defaults, now };
    let text = match std::str::from_utf8(given.bytes) {
        Ok(text) => text::legal(text.strip_prefix('\u{feff}').unwrap_or(text)).into_owned(),
        Err(error) => {
            let line = line_at(given.bytes, error.valid_up_to());
            let what = "the text is not UTF-8".into();
            return vec![Err(reader.fault(Some(line), what, "save it as UTF-8"))];
        }
    };
    if text.trim().is_empty() {
        let what = "there is no text".into();
        return vec![Err(reader.fault(None, what, "give a story"))];
    }
    let ending = given.name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let json = matches!(ending.as_str(), "json" | "jsonl" | "ndjson");
    if json || ((ending.is_empty() || given.name == "-") && is_json(&text)) {
        return reader.read_json(&text);
    }
    vec![reader.read_text(&text, &ending)]
}

/// Whether a text is JSON, rather than a story with JSON front matter or one that starts in a
/// bracket: a list of objects, or objects with nothing else behind them.
fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    if let Some(rest) = text.strip_prefix('[') {
        return rest.trim_start().starts_with(['{', ']']);
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(Value::Object(_))) => {
            let rest = text[values.byte_offset()..].trim_start();
            rest.is_empty() || rest.starts_with('{')
        }
        _ => text.starts_with("{\"") || text.starts_with("{ \""),
    }
}

struct GivenReader<'a> {
    desk: &'a Desk,
    given: Given<'a>,
    defaults: &'a GivenDefaults,
    now: DateTime<Utc>,
}

impl GivenReader<'_> {
    fn fault(&self, line: Option<usize>, what: String, fix: &str) -> StoryFault {
        let file = if self.given.name == "-" { "standard input" } else { self.given.name };
        let line = line.map(|line| line + self.given.first_line - 1);
        StoryFault { file: file.to_owned(), line, what, fix: fix.to_owned() }
    }

    /// Reads a list of stories, or stories one after the other. Of stories one a line, a broken
    /// one doesn't take the rest with it.
    fn read_json(&self, text: &str) -> Vec<Result<Incoming, StoryFault>> {
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let values = lines.par_iter().map(|line| serde_json::from_str::<&RawValue>(line.trim()));
        let values: Vec<_> = values.collect();
        let is_story = |value: &Result<&RawValue, _>| {
            value.as_ref().is_ok_and(|value| value.get().starts_with('{'))
        };
        if lines.len() > 1 && values.iter().all(is_story) {
            let values = values.into_par_iter().flatten_iter();
            return values.map(|value| self.read_value(value, text)).collect();
        }
        let mut stories = Vec::new();
        let mut at = 0;
        while let Some(ahead) = text[at..].find(|letter: char| !letter.is_whitespace()) {
            at += ahead;
            let mut values =
                serde_json::Deserializer::from_str(&text[at..]).into_iter::<&RawValue>();
            match values.next() {
                None => break,
                Some(Ok(value)) if value.get().starts_with('[') => {
                    at += values.byte_offset();
                    let list: Vec<&RawValue> =
                        serde_json::from_str(value.get()).unwrap_or_default();
                    let list = list.into_par_iter().map(|story| self.read_value(story, text));
                    stories.extend(list.collect::<Vec<_>>());
                }
                Some(Ok(value)) => {
                    at += values.byte_offset();
                    stories.push(self.read_value(value, text));
                }
                Some(Err(error)) => {
                    let fix = "give a JSON story, an array of them, or one on each line";
                    let place = line_at(text.as_bytes(), at) + error.line() - 1;
                    let what = error.to_string();
                    let what = what.split(" at line ").next().unwrap_or(&what);
                    stories.push(Err(self.fault(Some(place), format!("no JSON: {what}"), fix)));
                    let Some(end) = text[at..].find('\n') else { break };
                    at += end;
                    if !text[at..].trim_start().starts_with('{') {
                        break;
                    }
                }
            }
        }
        stories
    }

    fn read_value(&self, value: &RawValue, text: &str) -> Result<Incoming, StoryFault> {
        let place = (value.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        // Counting lines costs a look at all that stands before: only a fault is worth it.
        let line = || Some(line_at(text.as_bytes(), place));
        let Ok(Value::Object(fields)) = serde_json::from_str(value.get()) else {
            let fix = "give an object with `title`, `published`, `content_html` …";
            return Err(self.fault(line(), "this JSON value is no story".into(), fix));
        };
        const BODIES: &[(&str, Markup)] = &[
            ("content_html", Markup::Html),
            ("content_markdown", Markup::Markdown),
            ("content_text", Markup::Plain),
            ("body", Markup::Markdown),
            ("content", Markup::Markdown),
        ];
        let body = BODIES.iter().find_map(|(name, markup)| {
            // What JSON escapes was not in the text when it was made legal.
            let text = text::legal(fields.get(*name)?.as_str()?).into_owned();
            Some(RawText { markup: *markup, text })
        });
        let body = body.unwrap_or(RawText { markup: Markup::Html, text: String::new() });
        self.read_fields(fields, body, &line, "")
    }

    fn read_text(&self, text: &str, ending: &str) -> Result<Incoming, StoryFault> {
        let markup = match ending {
            "html" | "htm" => Markup::Html,
            "md" | "markdown" | "mkd" | "mkdn" => Markup::Markdown,
            _ => Markup::Plain,
        };
        let broken =
            |error: text::TextError| self.fault(error.line(), error.to_string(), error.fix());
        let split = text::split_front_matter(text).map_err(broken)?;
        let name = self.given.name.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
        match split.fields {
            Some(fields) => {
                let markup = if ending.is_empty() { Markup::Markdown } else { markup };
                let (fields, body) = with_title(fields, split.body.to_owned(), markup);
                self.read_fields(fields, RawText { markup, text: body }, &|| None, stem)
            }
            None if markup == Markup::Plain => {
                let (fields, body) = pasted_fields(text).map_err(broken)?;
                self.read_fields(fields, RawText { markup, text: body }, &|| None, "")
            }
            None => {
                let (fields, body) = with_title(Map::new(), text.to_owned(), markup);
                self.read_fields(fields, RawText { markup, text: body }, &|| None, stem)
            }
        }
    }

    fn read_fields(
        &self,
        mut fields: Map<String, Value>,
        text: RawText,
        line: &dyn Fn() -> Option<usize>,
        stem: &str,
    ) -> Result<Incoming, StoryFault> {
        for (name, value) in &self.defaults.fields {
            fields.retain(|field, _| !same_field(name, field));
            fields.insert((*name).to_owned(), value.clone());
        }
        text::guard(&text).map_err(|error| {
            self.fault(error.line().or_else(line), error.to_string(), error.fix())
        })?;
        let digest = digest(&fields, &text);
        let (date, slug) = dated(stem);
        let text_of = |name: &str| match fields.get(name) {
            Some(Value::String(text)) => text::plain_text(text),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let (title, own) = (text_of("title"), text_of("slug"));
        // A file name says little (`index.md`, `text.txt`), unless a date makes it a post's.
        let slug = if date.is_some() { slug } else { "" };
        let slug = [own.as_str(), slug, &title, stem]
            .into_iter()
            .map(urlize)
            .find(|slug| !slug.is_empty());
        let slug: String = slug.unwrap_or_default().chars().take(100).collect();
        let spot = Spot { filename: slug.clone(), slug, date, ..Spot::default() };
        let reader = FieldReader {
            desk: self.desk,
            spot: &spot,
            now: self.now,
            undated: Undated::TakesFirstSeen,
            measure: &|_| None,
        };
        let story = match reader.read(&fields, text, digest) {
            Ok(Fields::Story(story)) => story,
            Ok(_) => {
                let fix = "take the draft mark away";
                return Err(self.fault(line(), "this story is a draft".into(), fix));
            }
            Err(FieldFault { field, what, fix }) => {
                let line = line()
                    .or_else(|| Some(line_of(&String::from_utf8_lossy(self.given.bytes), &field)));
                return Err(self.fault(line, what, &fix));
            }
        };
        let mut story = *story;
        let section = story.facts.sections.first().map(|section| format!("{section}/"));
        story.mint_path = format!("{}{}", section.unwrap_or_default(), spot.slug);
        story.path.clone_from(&story.mint_path);
        if story.key == "path:" {
            story.key = format!("path:{}", story.mint_path);
        }
        Ok(story)
    }
}

/// Whether the text's own `field` says what the flag `name` says.
fn same_field(name: &str, field: &str) -> bool {
    let names: &[&str] = match name {
        "section" => &["section", "sections"],
        "published" => &["published", "date", "publishDate", "pubDate"],
        "language" => &["language", "lang", "locale"],
        "authors" => &["authors", "author", "byline"],
        "id" => &["id", "guid", "uuid"],
        _ => &[name],
    };
    names.iter().any(|known| known.eq_ignore_ascii_case(field))
}

fn digest(fields: &Map<String, Value>, text: &RawText) -> String {
    let mut digest = blake3::Hasher::new();
    for (name, value) in fields {
        digest.update(name.as_bytes()).update(&[0]).update(value.to_string().as_bytes());
    }
    digest.update(&[1]).update(text.text.as_bytes());
    digest.finalize().to_hex()[..32].to_owned()
}

fn line_at(bytes: &[u8], place: usize) -> usize {
    1 + bytes[..place.min(bytes.len())].iter().filter(|byte| **byte == b'\n').count()
}
