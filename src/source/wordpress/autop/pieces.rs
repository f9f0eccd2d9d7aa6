//! Cuts a stored text into tags, comments and words.
//!
//! # Limits
//! - A quote that is left open in a tag is taken for none; after some of them no quotes are heeded.

/// Elements that stand for themselves.
const BLOCKS: [&str; 44] = [
    "table",
    "thead",
    "tfoot",
    "caption",
    "col",
    "colgroup",
    "tbody",
    "tr",
    "td",
    "th",
    "div",
    "dl",
    "dd",
    "dt",
    "ul",
    "ol",
    "li",
    "form",
    "map",
    "area",
    "blockquote",
    "address",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "fieldset",
    "legend",
    "section",
    "article",
    "aside",
    "hgroup",
    "header",
    "footer",
    "nav",
    "figure",
    "figcaption",
    "details",
    "menu",
    "summary",
];
/// Elements whose lines are nobody's business; true where they are blocks.
const OPAQUE: [(&str, bool); 9] = [
    ("pre", true),
    ("style", true),
    ("script", true),
    ("textarea", false),
    ("svg", false),
    ("math", false),
    ("object", false),
    ("video", false),
    ("audio", false),
];
/// Shortcodes whose inner text is code.
const CODE: [&str; 4] = ["code", "sourcecode", "highlight", "prettify"];
/// Open quotes after which quotes are no longer looked at.
const MAX_OPEN_QUOTES: usize = 16;

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Text(&'t str),
    Comment(&'t str),
    /// A tag in a line, or an element that stays as it is.
    Inline(&'t str),
    /// A block that stays as it is.
    Block(&'t str),
    Open {
        name: String,
        html: &'t str,
    },
    Close {
        name: String,
        html: &'t str,
    },
}

pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut cutter = Cutter { text, ends: Ends::default(), open_quotes: 0 };
    let mut pieces = Vec::new();
    let (mut words, mut at) = (0, 0);
    while let Some(found) = text[at..].find(['<', '[']) {
        at += found;
        let Some((piece, end)) = cutter.piece(at) else {
            at += 1;
            continue;
        };
        if words < at {
            pieces.push(Piece::Text(&text[words..at]));
        }
        pieces.push(piece);
        at = end;
        words = end;
    }
    if words < text.len() {
        pieces.push(Piece::Text(&text[words..]));
    }
    pieces
}

/// Names of elements and shortcodes that have no end from some place on: each is looked for once.
#[derive(Default)]
struct Ends {
    missing: Vec<String>,
}

struct Cutter<'t> {
    text: &'t str,
    ends: Ends,
    open_quotes: usize,
}

impl<'t> Cutter<'t> {
    /// The piece that begins at `at`, and where it ends.
    fn piece(&mut self, at: usize) -> Option<(Piece<'t>, usize)> {
        let text = self.text;
        let rest = &text[at..];
        if rest.starts_with('[') {
            let name = name(&rest[1..]);
            let name = CODE.into_iter().find(|code| name == *code)?;
            let end = self.end_of(at, &format!("[/{name}]"))?;
            return Some((Piece::Block(&text[at..end]), end));
        }
        if rest.starts_with("<!--") {
            let end = self.end_of(at, "-->")?;
            return Some((Piece::Comment(&text[at..end]), end));
        }
        let closes = rest[1..].starts_with('/');
        let name = name(&rest[1 + usize::from(closes)..]).to_ascii_lowercase();
        if name.is_empty() {
            return None;
        }
        let end = self.end_of_tag(at)?;
        if !closes && let Some((_, is_block)) = OPAQUE.iter().find(|(opaque, _)| name == *opaque) {
            let end = self.end_of(end, &format!("</{name}>")).unwrap_or(end);
            let html = &text[at..end];
            let piece = if *is_block { Piece::Block(html) } else { Piece::Inline(html) };
            return Some((piece, end));
        }
        let html = &text[at..end];
        let piece = match BLOCKS.contains(&name.as_str()) {
            false => Piece::Inline(html),
            true if closes => Piece::Close { name, html },
            true => Piece::Open { name, html },
        };
        Some((piece, end))
    }

    /// Behind the next `end`, in capitals or not.
    fn end_of(&mut self, from: usize, end: &str) -> Option<usize> {
        if self.ends.missing.iter().any(|missing| missing == end) {
            return None;
        }
        let mut at = from;
        let first = &end[..1];
        while let Some(found) = self.text[at..].find(first) {
            at += found;
            let there = self.text.as_bytes().get(at..at + end.len());
            if there.is_some_and(|there| there.eq_ignore_ascii_case(end.as_bytes())) {
                return Some(at + end.len());
            }
            at += 1;
        }
        self.ends.missing.push(end.to_owned());
        None
    }

    /// Behind the `>` of a tag; those in quotes don't count.
    fn end_of_tag(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut quote = None;
        if self.open_quotes < MAX_OPEN_QUOTES {
            for (place, byte) in bytes.iter().enumerate().skip(at + 1) {
                match (quote, *byte) {
                    (Some(open), byte) if open == byte => quote = None,
                    (Some(_), _) => {}
                    (None, b'>') => return Some(place + 1),
                    (None, b'"' | b'\'') if bytes[place - 1] == b'=' => quote = Some(*byte),
                    (None, _) => {}
                }
            }
            self.open_quotes += 1;
        }
        memchr::memchr(b'>', &bytes[at..]).map(|found| at + found + 1)
    }
}

/// The letters and digits with which `text` begins.
fn name(text: &str) -> &str {
    if !text.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        return "";
    }
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    &text[..end.unwrap_or(text.len())]
}
