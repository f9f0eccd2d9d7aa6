//! Cuts a stored text into tags, comments and words.

use crate::source::tags::{Tags, tag_name};

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
    let mut cutter = Cutter { text, tags: Tags::new(text) };
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

struct Cutter<'t> {
    text: &'t str,
    tags: Tags<'t>,
}

impl<'t> Cutter<'t> {
    /// The piece that begins at `at`, and where it ends.
    fn piece(&mut self, at: usize) -> Option<(Piece<'t>, usize)> {
        let text = self.text;
        let rest = &text[at..];
        if let Some(inside) = rest.strip_prefix('[') {
            let name = tag_name(inside);
            let name = CODE.into_iter().find(|code| name == *code)?;
            let end = self.tags.behind(at, &format!("[/{name}]"))?;
            return Some((Piece::Block(&text[at..end]), end));
        }
        if rest.starts_with("<!--") {
            let end = self.tags.behind(at, "-->")?;
            return Some((Piece::Comment(&text[at..end]), end));
        }
        let closes = rest[1..].starts_with('/');
        let name = tag_name(&rest[1 + usize::from(closes)..]).to_ascii_lowercase();
        if name.is_empty() {
            return None;
        }
        let end = self.tags.end_of_tag(at)?;
        if !closes && let Some((_, is_block)) = OPAQUE.iter().find(|(opaque, _)| name == *opaque) {
            let end = self.tags.behind(end, &format!("</{name}>")).unwrap_or(end);
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
}
