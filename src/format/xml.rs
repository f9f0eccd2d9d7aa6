//! What the XML crates leave to their callers: legal characters, escaping, the document's head.
//!
//! # Promises
//! - [`legal`] text can stand in any XML 1.0 document (§2.2).
//! - [`escaped`] text can stand in an attribute and comes back unchanged, white space included.
//! - [`push_hexadecimal`] and [`indented`] change the spelling of a document, never what a parser sees.

use std::{borrow::Cow, fmt::Write};

use memchr::memmem;

/// The declaration at the head of every XML file, in the spelling of the `rss` crate.
pub(super) const DECLARATION: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

/// An element of another namespace, as the feed crates' `Extension` types take it.
///
/// Children come out in the order of their names: both crates keep them in a sorted map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    /// With its prefix.
    pub(super) name: &'static str,
    /// Unescaped.
    pub(super) attributes: Vec<(&'static str, String)>,
    /// Unescaped; none only beside children, so that indentation doesn't become text.
    pub(super) text: Option<String>,
    /// Inside it.
    pub(super) children: Vec<Element>,
}

/// The text without the characters that XML 1.0 forbids; the last defence, texts arrive legal.
pub(super) fn legal(text: &str) -> Cow<'_, str> {
    if may_be_forbidden(text) && text.contains(is_forbidden) {
        Cow::Owned(text.replace(is_forbidden, ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// [`legal`] text, owned.
pub(super) fn owned(text: &str) -> String {
    legal(text).into_owned()
}

/// Whether a closer look is needed: block by block, which the compiler makes vector instructions of.
fn may_be_forbidden(text: &str) -> bool {
    const BLOCK: usize = 256;
    let suspicious =
        |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0xEF;
    let of_block = |block: &[u8]| block.iter().fold(false, |found, byte| found | suspicious(*byte));
    text.as_bytes().chunks(BLOCK).any(of_block)
}

fn is_forbidden(letter: char) -> bool {
    matches!(
        letter,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// The text as it stands between the quotes of an attribute.
///
/// `atom_syndication` 0.12.10 writes attributes of extensions raw, so they are escaped before.
pub(super) fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in legal(text).chars() {
        match letter {
            '&' => result.push_str("&amp;"),
            '<' => result.push_str("&lt;"),
            '>' => result.push_str("&gt;"),
            '"' => result.push_str("&quot;"),
            '\t' => result.push_str("&#9;"),
            '\n' => result.push_str("&#10;"),
            '\r' => result.push_str("&#13;"),
            letter => result.push(letter),
        }
    }
    result
}

/// The instruction that lets a browser show a feed (xml-stylesheet §4).
pub(super) fn stylesheet(address: &str) -> String {
    format!(r#"<?xml-stylesheet type="text/css" href="{}"?>"#, escaped(address))
}

/// Spells `&amp;` and `&lt;` as `&#x26;` and `&#x3C;` outside CDATA.
///
/// Readers that take RSS titles for HTML unescape twice and would see markup; the RSS Advisory
/// Board's profile recommends the hexadecimal form, which they leave alone.
pub(super) fn push_hexadecimal(document: &str, result: &mut String) {
    const OPEN: &str = "<![CDATA[";
    const CLOSE: &str = "]]>";
    let find = |text: &str, word: &str| memmem::find(text.as_bytes(), word.as_bytes());
    let mut rest = document;
    while !rest.is_empty() {
        let (outside, inside) = rest.split_at(find(rest, OPEN).unwrap_or(rest.len()));
        respell(outside, result);
        let end = find(inside, CLOSE).map_or(inside.len(), |at| at + CLOSE.len());
        let (section, after) = inside.split_at(end);
        result.push_str(section);
        rest = after;
    }
}

fn respell(text: &str, result: &mut String) {
    let mut parts = text.split('&');
    result.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (spelling, rest) = if let Some(rest) = part.strip_prefix("amp;") {
            ("&#x26;", rest)
        } else if let Some(rest) = part.strip_prefix("lt;") {
            ("&#x3C;", rest)
        } else {
            ("&", part)
        };
        result.push_str(spelling);
        result.push_str(rest);
    }
}

/// A document written in one line, with two spaces per level.
///
/// Only for documents without mixed content whose `>` is escaped in texts and attributes.
pub(super) fn indented(line: &str) -> String {
    let mut result = String::with_capacity(line.len() + line.len() / 8);
    let mut depth = 0_usize;
    let mut opened = false;
    for (place, tag) in line.split("><").enumerate() {
        let closes = tag.starts_with('/');
        if closes {
            depth = depth.saturating_sub(1);
        }
        if place > 0 {
            result.push('>');
            if !(closes && opened) {
                result.push('\n');
                let _ = write!(result, "{:1$}", "", depth * 2);
            }
            result.push('<');
        }
        result.push_str(tag);
        opened = !closes && !tag.ends_with('/') && !tag.contains("</");
        depth += usize::from(opened);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hexadecimal(document: &str) -> String {
        let mut result = String::new();
        push_hexadecimal(document, &mut result);
        result
    }

    #[test]
    fn characters_that_xml_forbids_are_dropped_and_others_kept() {
        assert_eq!(legal("a\u{0}b\u{b}c\u{fffe}d\u{ffff}\u{1f}"), "abcd");
        let fine = "tab\t line\n return\r ñ \u{85} \u{fffd} 🌊 \u{10ffff}";
        assert!(matches!(legal(fine), Cow::Borrowed(_)));
    }

    #[test]
    fn an_attribute_can_neither_end_early_nor_lose_white_space() {
        assert_eq!(
            escaped("a?x=1&y=\"2\"/><evil/>\n\t\u{0}"),
            "a?x=1&amp;y=&quot;2&quot;/&gt;&lt;evil/&gt;&#10;&#9;"
        );
    }

    #[test]
    fn references_are_spelled_in_hexadecimal_outside_cdata_only() {
        let document =
            "<a b=\"1&amp;2\">&lt;i>&quot;&amp;lt;</a><![CDATA[&amp;]]]]><![CDATA[>&lt;]]>&lt;";
        assert_eq!(
            hexadecimal(document),
            "<a b=\"1&#x26;2\">&#x3C;i>&quot;&#x26;lt;</a><![CDATA[&amp;]]]]><![CDATA[>&lt;]]>&#x3C;"
        );
        assert_eq!(hexadecimal("<![CDATA[never closed &amp;"), "<![CDATA[never closed &amp;");
        assert_eq!(hexadecimal(""), "");
    }

    #[test]
    fn indentation_adds_nothing_to_texts() {
        assert_eq!(
            indented("<a><b>text</b><c></c><d x=\"1\"/><e><f/></e></a>"),
            "<a>\n  <b>text</b>\n  <c></c>\n  <d x=\"1\"/>\n  <e>\n    <f/>\n  </e>\n</a>"
        );
    }
}
