//! Limits that hold before any parser runs whose cost or stack grows faster than its text.
//!
//! The tree builder of HTML is quadratic in the depth of nesting, in the attributes of a tag, in
//! the elements that a table pushes out of itself, in formatting that is left open and in character
//! references. One linear scan counts them all.
//!
//! # Promises
//! - What passes is parsed and cleaned in time that is linear in its size.
//! - The scan never counts less depth than the parser builds, so no arrangement of stray end tags,
//!   comments or quotes slips through.
//!
//! # Limits
//! - Sloppy documents can be counted too deep: 257 `<span>` that are never closed are refused.

use std::{collections::HashMap, iter};

use memchr::{memchr, memchr_iter};

use super::{
    error::{TextError, line_of},
    tag::{Tag, end_of_comment},
};

/// The longest text that is parsed.
pub const MAX_TEXT_BYTES: usize = 5 * 1024 * 1024;
/// The deepest nesting of elements, quotes and lists.
pub const MAX_DEPTH: usize = 256;
/// The most attributes in one tag.
pub(super) const MAX_ATTRIBUTES: usize = 256;
/// The most elements that stand in tables outside of cells.
pub(super) const MAX_MISPLACED: usize = 4096;

/// The most tags: a tree takes many times the room of its text.
pub(super) const MAX_TAGS: usize = 100_000;
/// How often formatting elements that are left open may be opened again. A parser does so in each
/// element that follows (HTML §13.2.4.3), so that a small text may become a huge tree.
pub(super) const MAX_REOPENED: usize = 200_000;

/// Elements that are opened again where they are left open (HTML §13.2.4.3).
const FORMATTING: [&str; 14] = [
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// The most character references: the tree builder is quadratic in those of one text.
pub(super) const MAX_REFERENCES: usize = 200_000;

/// Elements without content; in SVG and `MathML` only the last five are not.
const VOID: [&str; 17] = [
    "area", "base", "basefont", "bgsound", "col", "frame", "input", "keygen", "link", "param",
    "source", "track", "wbr", "br", "embed", "hr", "img",
];
/// Void or implied-end elements that end SVG and `MathML` content (HTML §13.2.6.5), so that they
/// can't nest there.
const BREAKS_OUT: [&str; 9] = ["br", "embed", "hr", "img", "meta", "p", "li", "dd", "dt"];
/// Elements whose end tag may be left out, and that can't hold their like (`rt` and `rp` can,
/// outside of `ruby`).
const IMPLIED_END: [&str; 14] = [
    "p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option", "optgroup",
    "colgroup", "meta",
];

/// Refuses HTML that is too long, too deep, or has too many attributes in a tag.
pub fn guard_html(html: &str) -> Result<(), TextError> {
    guard_length(html)?;
    if memchr_iter(b'&', html.as_bytes()).count() > MAX_REFERENCES {
        return Err(TextError::TooManyReferences);
    }
    let mut scan = Scan::default();
    let mut at = 0;
    let bytes = html.as_bytes();
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let start = at + found;
        at = match bytes.get(start + 1) {
            Some(b'/') if bytes.get(start + 2).is_some_and(u8::is_ascii_alphabetic) => {
                let tag = Tag::read(html, start + 2);
                scan.end(&tag.name);
                if scan.reopened > MAX_REOPENED {
                    return Err(TextError::TooManyReopened { line: line_of(html, start) });
                }
                tag.end
            }
            Some(b'/') if bytes.get(start + 2) == Some(&b'>') => start + 3,
            Some(b'!' | b'?' | b'/') => end_of_comment(html, start),
            Some(letter) if letter.is_ascii_alphabetic() => {
                let tag = Tag::read(html, start + 1);
                if tag.attributes > MAX_ATTRIBUTES {
                    return Err(TextError::TooManyAttributes { line: line_of(html, start) });
                }
                scan.start(&tag);
                if scan.reopened > MAX_REOPENED {
                    return Err(TextError::TooManyReopened { line: line_of(html, start) });
                }
                if scan.depth > MAX_DEPTH {
                    return Err(TextError::TooDeep { line: line_of(html, start) });
                }
                if scan.misplaced > MAX_MISPLACED {
                    return Err(TextError::TooManyMisplaced { line: line_of(html, start) });
                }
                scan.end_of_raw_text(html, &tag)
            }
            _ => start + 1,
        };
    }
    Ok(())
}

/// Refuses Markdown whose quotes and lists are nested too deep, or that is too long.
pub(super) fn guard_markdown(text: &str) -> Result<(), TextError> {
    guard_length(text)?;
    let bytes = text.as_bytes();
    let starts = iter::once(0).chain(memchr_iter(b'\n', bytes).map(|end| end + 1));
    for (index, start) in starts.enumerate() {
        if containers(&bytes[start..]) > MAX_DEPTH {
            return Err(TextError::TooDeep { line: index + 1 });
        }
    }
    Ok(())
}

pub(super) fn guard_length(text: &str) -> Result<(), TextError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(TextError::TooLong { bytes: text.len() });
    }
    if memchr_iter(b'<', text.as_bytes()).count() > MAX_TAGS {
        return Err(TextError::TooManyTags);
    }
    Ok(())
}

/// How many quotes and list items the line that begins here opens or goes on with.
fn containers(bytes: &[u8]) -> usize {
    let (mut at, mut count, mut spaces) = (0, 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' => spaces += 1,
            b'>' => count += 1,
            b'-' | b'+' | b'*' if bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace) => {
                count += 1;
            }
            b'0'..=b'9' => {
                while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                }
                if !matches!(bytes.get(at), Some(b'.' | b')')) {
                    break;
                }
                count += 1;
            }
            _ => break,
        }
        at += 1;
    }
    // Items that go on are shown by their indentation alone, two columns each at least.
    count.max(spaces / 2 * usize::from(count > 0))
}

/// Open elements by name. An end tag closes the latest of its name and nothing else, so that
/// what the parser keeps open (or opens again) stays counted.
#[derive(Default)]
struct Scan {
    open: HashMap<String, usize>,
    depth: usize,
    misplaced: usize,
    /// Formatting elements among those that are open.
    formatting: usize,
    /// How many of them a parser may have opened again by now.
    reopened: usize,
    /// In a table and in no cell of it, as far as can be told.
    between_cells: bool,
    /// Once SVG or `MathML` has begun, void elements and implied ends are no longer sure.
    foreign: bool,
}

impl Scan {
    fn start(&mut self, tag: &Tag) {
        let name = tag.name.as_str();
        match name {
            "svg" | "math" => self.foreign = true,
            "td" | "th" | "caption" => self.between_cells = false,
            "table" | "tr" | "tbody" | "thead" | "tfoot" | "colgroup" => self.between_cells = true,
            _ => {}
        }
        if self.between_cells
            && !matches!(name, "table" | "tr" | "tbody" | "thead" | "tfoot" | "colgroup" | "col")
        {
            self.misplaced += 1;
        }
        let flat = VOID.contains(&name) || IMPLIED_END.contains(&name);
        let counts = if self.foreign {
            !(tag.self_closing && !is_html_block(name) || BREAKS_OUT.contains(&name))
        } else {
            !flat
        };
        if counts {
            *self.open.entry(tag.name.clone()).or_default() += 1;
            self.depth += 1;
            if FORMATTING.contains(&name) {
                self.formatting += 1;
                return;
            }
        }
        self.reopened += self.formatting;
    }

    fn end(&mut self, name: &str) {
        if let Some(count) = self.open.get_mut(name)
            && *count > 0
        {
            *count -= 1;
            self.depth -= 1;
            if FORMATTING.contains(&name) {
                self.formatting -= 1;
            }
        }
        self.reopened += self.formatting;
        match name {
            "td" | "th" | "caption" | "tr" | "tbody" | "thead" | "tfoot" => {
                self.between_cells = true;
            }
            "table" => self.between_cells = self.open.get("table").is_some_and(|open| *open > 0),
            _ => {}
        }
    }

    /// Behind `tag`, and behind its content where that is no markup.
    fn end_of_raw_text(&self, html: &str, tag: &Tag) -> usize {
        if self.foreign || !matches!(tag.name.as_str(), "script" | "style") {
            return tag.end;
        }
        let bytes = html.as_bytes();
        let mut at = tag.end;
        while let Some(found) = html[at..].find("</") {
            at += found + 2;
            let name = bytes.get(at..at + tag.name.len()).unwrap_or_default();
            if name.eq_ignore_ascii_case(tag.name.as_bytes()) {
                return at - 2;
            }
        }
        html.len()
    }
}

/// Elements that ignore `/>` even behind SVG, because they end it.
fn is_html_block(name: &str) -> bool {
    const ENDING: [&str; 31] = [
        "b",
        "big",
        "blockquote",
        "body",
        "center",
        "code",
        "div",
        "dl",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "i",
        "menu",
        "nobr",
        "ol",
        "pre",
        "ruby",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tt",
        "u",
        "ul",
    ];
    // Outside of SVG every other HTML element ignores it too: only names that SVG and `MathML`
    // know, and void ones, are let off.
    const FOREIGN: [&str; 27] = [
        "path",
        "circle",
        "rect",
        "line",
        "polyline",
        "polygon",
        "ellipse",
        "use",
        "stop",
        "image",
        "animate",
        "animatetransform",
        "animatemotion",
        "set",
        "fegaussianblur",
        "feoffset",
        "feblend",
        "feflood",
        "fecolormatrix",
        "fecomposite",
        "femergenode",
        "mspace",
        "mprescripts",
        "none",
        "lineargradient",
        "radialgradient",
        "g",
    ];
    ENDING.contains(&name) || !(FOREIGN.contains(&name) || VOID.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_deep(html: &str) -> bool {
        matches!(guard_html(html), Err(TextError::TooDeep { .. }))
    }

    #[test]
    fn ordinary_html_passes() {
        let html = "<p>one<p>two<ul><li>a<li>b</ul><br><hr/><img src='a>b'>".repeat(2000);
        assert_eq!(guard_html(&html), Ok(()));
        let table = format!("<table>{}</table>", "<tr><td>a<td><b>b</b>".repeat(3000));
        assert_eq!(guard_html(&table), Ok(()));
        assert_eq!(guard_html("</div></div>a < b <3 <"), Ok(()));
        let script = format!("<script>{}</script>ok", "if (a<b) x('<div>');".repeat(500));
        assert_eq!(guard_html(&script), Ok(()));
        assert_eq!(guard_html(&"<svg><path d='x'/></svg><p>a<br>".repeat(500)), Ok(()));
    }

    #[test]
    fn nesting_is_refused_with_its_line() {
        let html = format!("<p>x</p>\n\n{}", "<div>".repeat(20_000));
        assert_eq!(guard_html(&html), Err(TextError::TooDeep { line: 3 }));
        assert!(too_deep(&"<b>".repeat(300)));
        assert!(too_deep(&"<p><b></p>".repeat(300)));
        assert!(!too_deep(&"<div>".repeat(256)));
    }

    #[test]
    fn no_trick_hides_depth_from_the_scan() {
        for trick in [
            "<div></x>",
            "<div></ div>",
            "<b><div></b>",
            "<div x='</div>'>",
            "<div></div x='>",
            "<!--><div>",
            "<!---><div>",
            "<!--x--!><div>",
            "<div><!-- </div> -->",
            "<div/>",
            "<DIV></div\u{0}>",
            "<div =\"></div>\">",
            "<div <div></div>",
            "<div><table><td></div>",
            "<svg><desc></svg></desc><tr>",
            "<svg></svg><div/>",
            "<x-a>",
            "<rt>",
            "<option>",
            "<dd>",
        ] {
            let html = trick.repeat(2000);
            let tag = Tag::read("div</div>", 0);
            assert_eq!(tag.name, "div<");
            // Whatever passes must be cheap for the parser.
            if guard_html(&html).is_ok() {
                let depth = parsed_depth(&html);
                assert!(depth <= 4 * MAX_DEPTH, "{trick}: {depth}");
            }
        }
    }

    /// Depth of what the cleaner writes with all elements of these tests kept.
    fn parsed_depth(html: &str) -> usize {
        let out = ammonia::Builder::default().clean(html).to_string();
        let (mut depth, mut most) = (0_usize, 0);
        for piece in out.split('<').skip(1) {
            if piece.starts_with('/') {
                depth = depth.saturating_sub(1);
            } else if !piece.starts_with("br") && !piece.starts_with("img") {
                depth += 1;
                most = most.max(depth);
            }
        }
        most
    }

    #[test]
    fn a_tag_with_countless_attributes_is_refused() {
        let names: String = (0..1000).map(|n| format!(" a{n}")).collect();
        let html = format!("\n<p{names}>");
        assert_eq!(guard_html(&html), Err(TextError::TooManyAttributes { line: 2 }));
    }

    #[test]
    fn elements_that_a_table_pushes_out_are_limited() {
        let html = format!("<table>{}", "<br>".repeat(10_000));
        assert!(matches!(guard_html(&html), Err(TextError::TooManyMisplaced { .. })));
    }

    #[test]
    fn formatting_that_is_left_open_is_refused_before_it_multiplies() {
        let open: String = (0..200).map(|id| format!("<b id={id}>")).collect();
        let bomb = format!("<p>{open}</p>{}", "<p>x".repeat(20_000));
        assert!(matches!(guard_html(&bomb), Err(TextError::TooManyReopened { .. })));
        let ends = format!("<p>{open}</p>{}", "</p>x".repeat(20_000));
        assert!(matches!(guard_html(&ends), Err(TextError::TooManyReopened { .. })));
        // Two that somebody forgot do no harm in the longest story.
        assert_eq!(guard_html(&format!("<b><i>{}", "<p>x</p>".repeat(20_000))), Ok(()));
        let closed = format!("<p>{open}{}</p>{}", "</b>".repeat(200), "<p>x".repeat(20_000));
        assert_eq!(guard_html(&closed), Ok(()));
    }

    #[test]
    fn countless_tags_are_refused() {
        assert_eq!(guard_html(&"<br>".repeat(MAX_TAGS + 1)), Err(TextError::TooManyTags));
        assert_eq!(guard_html(&"<br>".repeat(MAX_TAGS)), Ok(()));
    }

    #[test]
    fn countless_character_references_are_refused() {
        let html = "&amp;".repeat(MAX_REFERENCES + 1);
        assert_eq!(guard_html(&html), Err(TextError::TooManyReferences));
    }

    #[test]
    fn too_long_a_text_is_refused() {
        let text = "x".repeat(MAX_TEXT_BYTES + 1);
        assert!(matches!(guard_html(&text), Err(TextError::TooLong { .. })));
        assert!(matches!(guard_markdown(&text), Err(TextError::TooLong { .. })));
    }

    #[test]
    fn quotes_and_lists_within_each_other_are_refused() {
        for nest in [">", "> ", "- ", "1. ", "* > "] {
            let text = format!("ok\n{}x", nest.repeat(300));
            assert_eq!(guard_markdown(&text), Err(TextError::TooDeep { line: 2 }), "{nest}");
        }
        assert_eq!(guard_markdown(&"> - 1. x\n".repeat(1000)), Ok(()));
        assert_eq!(guard_markdown(&format!("{}\n***\n", "-".repeat(2000))), Ok(()));
    }
}
