//! A text cut into tags, texts, comments and the like.

use memchr::memchr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    CData,
    Comment,
    Instruction,
    Doctype,
    Start,
    End,
}

/// A piece of the text, delimiters included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The piece that begins at a byte, or where and why there is none.
pub(super) fn next(text: &str, start: usize) -> Result<Token, (usize, &'static str)> {
    let rest = &text[start..];
    let token = |kind, length| Ok(Token { kind, start, end: start + length });
    let until = |kind, opening: usize, closing: &str, why| match rest[opening..].find(closing) {
        Some(length) => token(kind, opening + length + closing.len()),
        None => Err((start, why)),
    };
    if !rest.starts_with('<') {
        return token(Kind::Text, memchr(b'<', rest.as_bytes()).unwrap_or(rest.len()));
    }
    if rest.starts_with("<!--") {
        return until(Kind::Comment, 4, "-->", "a comment that never ends");
    }
    if rest.starts_with("<![CDATA[") {
        return until(Kind::CData, 9, "]]>", "a CDATA section that never ends");
    }
    if rest.starts_with("<?") {
        return until(Kind::Instruction, 2, "?>", "an instruction that never ends");
    }
    if rest.starts_with("<!DOCTYPE") {
        return match doctype(rest) {
            Some(length) => token(Kind::Doctype, length),
            None => Err((start, "a document type that never ends")),
        };
    }
    if rest.starts_with("</") {
        return until(Kind::End, 2, ">", "an end tag that never ends");
    }
    match rest[1..].chars().next() {
        Some(letter) if super::tag::begins_name(letter) => match tag(rest) {
            Some(length) => token(Kind::Start, length),
            None => Err((start, "a tag that never ends")),
        },
        _ => Err((start, "a `<` that begins no tag")),
    }
}

/// The length of a tag: a `>` in quotes does not end it.
fn tag(rest: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            // Nobody means that: a quote was forgotten.
            (None, b'<') if at > 0 => return None,
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// The length of a document type with its declarations.
fn doctype(rest: &str) -> Option<usize> {
    let (mut quote, mut inside, mut at) = (None, false, 0);
    let bytes = rest.as_bytes();
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (None, b'<') if inside && rest[at..].starts_with("<!--") => {
                at += 4 + rest[at + 4..].find("-->")? + 2;
            }
            (None, b'[') => inside = true,
            (None, b']') => inside = false,
            (None, b'>') if !inside => return Some(at + 1),
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
        at += 1;
    }
    None
}
