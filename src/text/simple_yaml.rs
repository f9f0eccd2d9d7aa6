//! The front matter that most stories have, read without a YAML parser: one plain field a line.
//!
//! # Promises
//! - What it reads, it reads as the YAML parser would; of anything else it leaves the whole to that.
//! - Ten times as fast: the parser takes a tenth of a cold pass.

use serde_json::{Map, Value};

/// Fields that a story has, about.
const FIELDS: usize = 12;

/// Reads `source`, if every line of it is `name: value` of the simplest kind.
pub(super) fn read(source: &str) -> Option<Map<String, Value>> {
    let mut fields = Map::with_capacity(FIELDS);
    for line in source.lines() {
        let (name, value) = line.split_once(':')?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !name.bytes().all(plain) || !name.bytes().next()?.is_ascii_alphabetic() {
            return None;
        }
        let value = scalar(value.strip_prefix(' ')?.trim())?;
        if is_word(name) || fields.insert(name.to_owned(), value).is_some() {
            return None;
        }
    }
    Some(fields)
}

fn scalar(text: &str) -> Option<Value> {
    match text.bytes().next()? {
        // A JSON text is the same in YAML, but for the two escapes that YAML doesn't have.
        b'"' if !text.contains("\\u") && !text.contains("\\/") => {
            serde_json::from_str::<String>(text).ok().map(Value::String)
        }
        b'[' if !text.contains('\\') => {
            let list: Vec<String> = serde_json::from_str(text).ok()?;
            Some(list.into_iter().map(Value::String).collect())
        }
        b'0'..=b'9' => is_date(text).then(|| Value::String(text.to_owned())),
        first if first.is_ascii_alphabetic() => match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => is_plain(text).then(|| Value::String(text.to_owned())),
        },
        _ => None,
    }
}

/// `2026-01-31` or `2026-01-31T15:00:00Z`, alone.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let day = digits(0..4) && digits(5..7) && digits(8..10) && bytes[4] == b'-' && bytes[7] == b'-';
    let rest = bytes.get(10..).unwrap_or_default();
    let time = rest.is_empty()
        || (rest[0] == b'T' && rest.iter().all(|b| b.is_ascii_digit() || b"T:.Z+-".contains(b)));
    day && time
}

/// Words and signs that mean nothing in YAML.
fn is_plain(text: &str) -> bool {
    let safe = |letter: char| letter.is_alphanumeric() || " -_/.,'()".contains(letter);
    !is_word(text) && text.chars().all(safe) && !text.ends_with([' ', '-'])
}

/// Words that YAML 1.1 or 1.2 takes for something other than a text.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 11] =
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(source: &str) -> Option<Value> {
        serde_saphyr::from_str(source).ok()
    }

    #[test]
    fn what_it_reads_it_reads_as_the_parser_does() {
        let values = [
            "River rises",
            "\"Quoted: “yes”, she said\"",
            "\"a\\tb \\\"c\\\" d\\\\\"",
            "[\"a\", \"b c\"]",
            "[]",
            "2026-01-31",
            "2026-01-31T15:00:00-06:00",
            "true",
            "false",
            "latam/security",
            "Inés Zúñiga, José (ed.)",
            "Emily O'Connor",
            "es",
        ];
        for value in values {
            let source = format!("title: {value}\nlang: en");
            let simple = read(&source).map(Value::Object);
            assert!(simple.is_some(), "{value}");
            assert_eq!(simple, parsed(&source), "{value}");
        }
    }

    #[test]
    fn anything_that_may_mean_more_is_left_to_the_parser() {
        let lines = [
            "title: Yes",
            "n: 3",
            "id: 007",
            "x: 1.5",
            "x: 1e3",
            "x: a: b",
            "x: a #b",
            "x: *a",
            "x: &a b",
            "x: !t b",
            "x: |",
            "x: >",
            "x: 'a'",
            "x: {a: b}",
            "x: [a, b]",
            "x:",
            "x: ~",
            "- a",
            "  y: 1",
            "# c",
            "x: null",
            "x: 12:30",
            "\"x\": 1",
            "x: a\nx: b",
            "x: \"a",
            "x: \"\\ud83d\\ude00\"",
            "x: 2026-01-31 10:00",
            "yes: a",
            "x: @a",
            "x: %a",
            "",
            "<<: a",
            "x: a\n  b",
        ];
        for line in lines {
            let source = format!("{line}\n");
            assert_eq!(read(&source).filter(|_| !source.trim().is_empty()), None, "{line}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_simple_line_is_read_as_the_parser_reads_it(
            line in "[a-c]{1,2}: [ -~ñé]{0,12}",
            more in "[d-f]{1,2}: [a-zA-Z0-9:\\-T\"\\[\\],' ]{0,12}",
        ) {
            let source = format!("{line}\n{more}\n");
            if let Some(fields) = read(&source) {
                proptest::prop_assert_eq!(Some(Value::Object(fields)), parsed(&source), "{}", source);
            }
        }
    }
}
