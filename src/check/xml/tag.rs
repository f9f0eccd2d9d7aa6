//! The inside of a tag: a name and attributes (XML 1.0 §3.1).

/// A start tag.
pub(super) struct Tag<'t> {
    pub(super) name: &'t str,
    pub(super) attributes: Vec<Written<'t>>,
    /// Whether it closes itself.
    pub(super) is_empty: bool,
}

/// An attribute as written.
pub(super) struct Written<'t> {
    pub(super) name: &'t str,
    /// Without its quotes.
    pub(super) raw: &'t str,
    pub(super) at: usize,
    pub(super) value_at: usize,
}

/// Attributes of one tag.
const MAX_ATTRIBUTES: usize = 256;

impl<'t> Tag<'t> {
    /// Reads `<name …>`, which stands at a byte; else where and why it can't be read.
    pub(super) fn read(raw: &'t str, start: usize) -> Result<Self, (usize, &'static str)> {
        let inner = &raw[1..raw.len() - 1];
        let is_empty = inner.ends_with('/');
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let length = inner.find(is_space).unwrap_or(inner.len());
        let (name, rest) = inner.split_at(length);
        if !is_name(name) {
            return Err((start, "not the name of an element"));
        }
        let attributes = attributes(rest, start + 1 + length)?;
        Ok(Self { name, attributes, is_empty })
    }
}

/// Reads attributes that stand at a byte, each with white space before it.
pub(super) fn attributes(
    text: &str,
    start: usize,
) -> Result<Vec<Written<'_>>, (usize, &'static str)> {
    let mut all = Vec::new();
    let mut at = 0;
    loop {
        let rest = text[at..].trim_start_matches(is_space);
        let begins = text.len() - rest.len();
        if rest.is_empty() {
            return Ok(all);
        }
        if begins == at {
            return Err((start + at, "white space is missing before an attribute"));
        }
        if all.len() == MAX_ATTRIBUTES {
            return Err((start + begins, "more than 256 attributes"));
        }
        let length = rest.find(|letter: char| letter == '=' || is_space(letter));
        let (name, after) = rest.split_at(length.unwrap_or(rest.len()));
        if !is_name(name) {
            return Err((start + begins, "not the name of an attribute"));
        }
        let Some(after) = after.trim_start_matches(is_space).strip_prefix('=') else {
            return Err((start + begins, "an attribute without a value"));
        };
        let after = after.trim_start_matches(is_space);
        let quote = after.chars().next().filter(|letter| matches!(letter, '"' | '\''));
        let Some((raw, _)) = quote.and_then(|quote| after[1..].split_once(quote)) else {
            return Err((start + begins, "an attribute without quotes"));
        };
        let value_at = text.len() - after.len() + 1;
        all.push(Written { name, raw, at: start + begins, value_at: start + value_at });
        at = value_at + raw.len() + 1;
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n')
}

/// Whether a name of XML may begin so (XML 1.0 §2.3).
pub(super) fn begins_name(letter: char) -> bool {
    matches!(letter,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}'
        | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// Whether it is a name of XML with at most one prefix (Namespaces in XML 1.0 §3).
pub(super) fn is_name(name: &str) -> bool {
    let goes_on = |letter: char| {
        begins_name(letter)
            || matches!(letter, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}'
                | '\u{203F}'..='\u{2040}')
    };
    let colons = name.bytes().filter(|byte| *byte == b':').count();
    let ends = name.starts_with(':') || name.ends_with(':');
    name.chars().next().is_some_and(begins_name)
        && name.chars().all(goes_on)
        && colons <= 1
        && !ends
}
