//! Characters that may stand in a feed.
//!
//! # Promises
//! - What comes out is legal in XML 1.0 and draws no warning of the W3C validator for C1 controls
//!   or U+FFFD.
//! - A text without such characters is borrowed, not copied.
//!
//! # Limits
//! - Marks of writing direction stay: Arabic and Hebrew need them.

use std::borrow::Cow;

const BLOCK: usize = 256;

/// Strips what XML 1.0 forbids or discourages: controls but TAB, LF and CR, noncharacters, byte
/// order marks and U+FFFD (XML 1.0 §2.2).
pub fn legal(text: &str) -> Cow<'_, str> {
    let may_be_bad =
        |byte: &u8| (*byte < 0x20 && !is_xml_space(*byte)) || matches!(byte, 0x7F | 0xC2 | 0xEF..);
    // Whole blocks without an early end, which the compiler makes vector instructions of.
    let block_may_be_bad =
        |block: &[u8]| block.iter().fold(false, |bad, byte| bad | may_be_bad(byte));
    // These bytes all begin a character.
    let is_bad = |(at, byte): (usize, &u8)| {
        may_be_bad(byte) && text[at..].chars().next().is_some_and(|letter| !is_legal(letter))
    };
    let bad_block = |(number, block): (usize, &[u8])| {
        block_may_be_bad(block)
            && block.iter().enumerate().any(|(at, byte)| is_bad((number * BLOCK + at, byte)))
    };
    if !text.as_bytes().chunks(BLOCK).enumerate().any(bad_block) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|letter| is_legal(*letter)).collect())
}

/// [`legal`], with every run of white space made one space, and none at the ends.
pub fn one_line(text: &str) -> String {
    let text = legal(text);
    let mut line = String::with_capacity(text.len());
    let mut rest = &*text;
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(first_space(rest).unwrap_or(rest.len()));
        if !word.is_empty() && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        rest = behind.trim_start();
    }
    line
}

/// Where the first white space stands.
fn first_space(text: &str) -> Option<usize> {
    let is_space = |(at, byte): (usize, u8)| match byte {
        b'\t'..=b'\r' | b' ' => true,
        // With these begins all other white space, and many a letter.
        0xC2 | 0xE1..=0xE3 => text[at..].starts_with(char::is_whitespace),
        _ => false,
    };
    text.bytes().enumerate().position(is_space)
}

const fn is_xml_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r')
}

fn is_legal(letter: char) -> bool {
    match letter {
        '\t' | '\n' | '\r' => true,
        '\0'..='\u{1F}'
        | '\u{7F}'..='\u{9F}'
        | '\u{FDD0}'..='\u{FDEF}'
        | '\u{FEFF}'
        | '\u{FFFD}' => false,
        _ => u32::from(letter) & 0xFFFE != 0xFFFE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_forbids_are_stripped() {
        let text = "a\0b\u{1}c\u{B}d\u{1F}e\u{7F}f\u{85}g\u{9F}h\u{FFFE}i\u{FFFF}j\u{FDD0}k\
                    \u{1FFFE}l\u{10FFFF}m\u{FFFD}n\u{FEFF}o";
        assert_eq!(legal(text), "abcdefghijklmno");
    }

    #[test]
    fn letters_of_every_script_stay_and_are_not_copied() {
        let text = "¿Qué? “coração”\t\n\r 日本 🎉 \u{202E}x\u{202C} \u{200F}";
        assert!(matches!(legal(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn white_space_of_any_kind_becomes_one_space() {
        assert_eq!(one_line("  a\u{A0}\u{A0}b\r\n\tc\u{2028}d\u{3000} "), "a b c d");
        assert_eq!(one_line("\u{FEFF} \n"), "");
        let spaces = (0..=0x10_FFFF).filter_map(char::from_u32).filter(|c| c.is_whitespace());
        for space in spaces.filter(|space| is_legal(*space)) {
            assert_eq!(one_line(&format!("{space}“a”{space}b é{space}")), "“a” b é");
        }
    }
}
