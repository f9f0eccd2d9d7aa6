//! Character references and entities in text.
//!
//! # Promises
//! - References are resolved as browsers do; those that mean nothing stay as they are, those to
//!   what XML forbids go.
//! - Of the entities that a document declares only those count that stand for plain text or for one
//!   character; none is looked for elsewhere, none stands for another, and all together they add no
//!   more than [`MAX_EXPANDED`] bytes.

use std::collections::HashMap;

use encoding_rs::WINDOWS_1252;

use crate::text::legal;

/// Bytes that entities of a document may add to it.
const MAX_EXPANDED: usize = 1024 * 1024;
/// Bytes of the declarations that are looked at.
const MAX_DECLARATIONS: usize = 64 * 1024;
/// No name of HTML is longer.
const LONGEST: usize = 33;

/// The entities that a document declares.
#[derive(Debug, Default)]
pub(super) struct Entities {
    values: HashMap<String, String>,
    expanded: usize,
}

impl Entities {
    /// Reads what stands in a document type: `rss [<!ENTITY name "value">]`.
    pub(super) fn declare(&mut self, doctype: &str) {
        let Some((_, subset)) = doctype.split_once('[') else { return };
        let end = subset.floor_char_boundary(subset.len().min(MAX_DECLARATIONS));
        for declaration in subset[..end].split("<!ENTITY").skip(1) {
            let Some((name, rest)) = declaration.trim_start().split_once(char::is_whitespace)
            else {
                continue;
            };
            let rest = rest.trim_start();
            let Some(quote @ ('"' | '\'')) = rest.chars().next() else { continue };
            let Some((value, _)) = rest[1..].split_once(quote) else { continue };
            let value = match value.strip_prefix("&#").and_then(|it| it.strip_suffix(';')) {
                Some(number) => numbered(number).map(String::from),
                None => (!value.contains(['&', '<', '%'])).then(|| value.to_owned()),
            };
            if let Some(value) = value {
                self.values.entry(name.to_owned()).or_insert(value);
            }
        }
    }

    /// What the reference `&name;` stands for, added to `text`.
    pub(super) fn push(&mut self, name: &str, text: &mut String) {
        let letter = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => '\u{A0}',
            _ => return self.push_other(name, text),
        };
        text.push(letter);
    }

    fn push_other(&mut self, name: &str, text: &mut String) {
        if let Some(number) = name.strip_prefix('#') {
            text.extend(numbered(number));
            return;
        }
        if let Some(value) = self.values.get(name)
            && self.expanded + value.len() <= MAX_EXPANDED
        {
            self.expanded += value.len();
            text.push_str(value);
            return;
        }
        let written = format!("&{name};");
        if (2..LONGEST).contains(&name.len()) {
            text.push_str(&html_escape::decode_html_entities(&written));
        } else {
            text.push_str(&written);
        }
    }

    /// `text` with its references resolved.
    pub(super) fn resolved(&mut self, text: &str) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('&') {
            result.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest.bytes().take(LONGEST + 1).position(|byte| byte == b';');
            match end {
                Some(end) if is_name(&rest[1..end]) => {
                    self.push(&rest[1..end], &mut result);
                    rest = &rest[end + 1..];
                }
                _ => {
                    result.push('&');
                    rest = &rest[1..];
                }
            }
        }
        result.push_str(rest);
        result
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"#_-.".contains(&byte))
}

/// The character of that number: those of windows-1252 are meant where XML has controls.
fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    let code = code.ok()?;
    let letter = match u8::try_from(code) {
        Ok(byte @ 0x80..=0x9F) => {
            WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next()
        }
        _ => char::from_u32(code),
    };
    letter.filter(|letter| !legal(letter.encode_utf8(&mut [0; 4])).is_empty())
}
