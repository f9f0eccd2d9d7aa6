//! References: what `&…;` stands for (XML 1.0 §4.1).
//!
//! # Promises
//! - No entity grows: one that stands for another, for markup, for a file or for more than 32
//!   letters stands for nothing.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use super::{
    super::{
        report::{Report, shown},
        rules,
        tree::Text,
    },
    is_legal,
};

/// The longest name of an entity.
const LONGEST: usize = 64;
/// Entities that a document may declare, and the letters of one.
const MOST: usize = 1000;
const MOST_LETTERS: usize = 32;

#[derive(Default)]
pub(super) struct Entities {
    /// What the document declares; none for what must not be expanded.
    declared: HashMap<String, Option<String>>,
    /// Entities that stand in another document, which nobody fetches.
    external: HashSet<String>,
    /// Whether the entities of HTML are declared elsewhere, as for RSS 0.91.
    pub(super) knows_html: bool,
}

impl Entities {
    /// Takes in the declarations of a document type.
    pub(super) fn declare(&mut self, doctype: &str) {
        for part in doctype.split("<!ENTITY").skip(1).take(MOST) {
            let mut rest = part.trim_start();
            if rest.starts_with('%') {
                continue;
            }
            let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (name, after) = rest.split_at(length);
            rest = after.trim_start();
            let Some(quote @ ('"' | '\'')) = rest.chars().next() else {
                self.external.insert(name.to_owned());
                continue;
            };
            let value = rest[1..].split(quote).next();
            let value = value.filter(|value| value.len() <= MOST_LETTERS);
            let value = value.map(without_numbers);
            let value = value.filter(|value| !value.contains(['&', '<', '%']));
            self.declared.entry(name.to_owned()).or_insert(value);
        }
    }

    /// Adds what the reference at the start of `raw` stands for, and gives its length.
    pub(super) fn expand(
        &self,
        raw: &str,
        at: usize,
        text: &mut Text,
        report: &mut Report,
    ) -> usize {
        let end = raw.bytes().take(LONGEST).position(|byte| byte == b';');
        let name = end.map(|end| &raw[1..end]).filter(|name| is_reference(name));
        let Some(name) = name else {
            report.add(&rules::XML_BROKEN, at, "a `&` that begins no reference");
            text.push("&", at);
            return 1;
        };
        match self.meant(name, at, report) {
            Some(letters) => text.push(&letters, at),
            None => text.push(&raw[..name.len() + 2], at),
        }
        name.len() + 2
    }

    /// The value of an attribute (XML 1.0 §3.3.3).
    pub(super) fn attribute<'t>(
        &self,
        raw: &'t str,
        at: usize,
        report: &mut Report,
    ) -> Cow<'t, str> {
        let is_plain = |byte: u8| !matches!(byte, b'&' | b'\n' | b'\r' | b'\t');
        if raw.bytes().all(is_plain) {
            return Cow::Borrowed(raw);
        }
        let mut text = Text::default();
        let mut rest = raw;
        let mut place = at;
        while let Some(amp) = rest.find('&') {
            text.push(&spaced(&rest[..amp]), place);
            let length = self.expand(&rest[amp..], place + amp, &mut text, report);
            place += amp + length;
            rest = &rest[amp + length..];
        }
        text.push(&spaced(rest), place);
        Cow::Owned(text.value)
    }

    fn meant(&self, name: &str, at: usize, report: &mut Report) -> Option<String> {
        let letter = match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ if name.starts_with('#') => match number(name) {
                Some(letter) if is_legal(letter) => letter,
                _ => {
                    report.add(&rules::XML_ILLEGAL, at, format!("`&{name};`"));
                    return None;
                }
            },
            _ => return self.declared(name, at, report),
        };
        Some(letter.to_string())
    }

    fn declared(&self, name: &str, at: usize, report: &mut Report) -> Option<String> {
        match self.declared.get(name) {
            Some(Some(value)) => return Some(value.clone()),
            Some(None) => report.add(&rules::XML_ENTITY_REFUSED, at, format!("`&{name};`")),
            None if self.external.contains(name) => {
                report.add(&rules::XML_EXTERNAL, at, format!("`&{name};`"));
            }
            None => {
                let written = format!("&{name};");
                let decoded = html_escape::decode_html_entities(&written);
                if self.knows_html && decoded != written {
                    return Some(decoded.into_owned());
                }
                report.add(&rules::XML_ENTITY, at, shown(&written));
            }
        }
        None
    }
}

fn is_reference(name: &str) -> bool {
    match name.strip_prefix('#') {
        Some(_) => number_text(name).is_some(),
        None => super::tag::is_name(name),
    }
}

/// The digits of `#10` or `#xA`, and their base.
fn number_text(name: &str) -> Option<(&str, u32)> {
    let digits = name.strip_prefix('#')?;
    let (digits, base) = match digits.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    (!digits.is_empty() && digits.chars().all(|it| it.is_digit(base))).then_some((digits, base))
}

fn number(name: &str) -> Option<char> {
    let (digits, base) = number_text(name)?;
    char::from_u32(u32::from_str_radix(digits, base).ok()?)
}

/// The value of a declaration: numbers stand for letters in it already (XML 1.0 §4.5).
fn without_numbers(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some(amp) = rest.find("&#") {
        let (before, from) = rest.split_at(amp);
        text.push_str(before);
        let named = from.split_once(';').map(|(name, after)| (number(&name[1..]), after));
        if let Some((letter, after)) = named {
            text.extend(letter.filter(|letter| is_legal(*letter)));
            rest = after;
        } else {
            // It stands for nothing.
            text.push_str("&#");
            rest = &from[2..];
        }
    }
    text.push_str(rest);
    text
}

fn spaced(text: &str) -> String {
    text.replace("\r\n", " ").replace(['\n', '\r', '\t'], " ")
}
