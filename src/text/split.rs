//! Front matter: the fields above a story's text, in YAML (`---`), TOML (`+++`) or JSON.
//!
//! # Promises
//! - Dates arrive as the strings that were written; numbers and booleans keep their kind.
//! - A fault names its line in the whole file.
//! - Depth, aliases and size are bounded in all three languages.
//!
//! # Limits
//! - YAML 1.2: `yes` and `on` are strings; `007` is one too.

use serde_json::{Map, Value};

use super::{TextError, error::line_of, guard::guard_length, simple_yaml};

/// The longest front matter, in bytes.
const MAX_FIELDS_BYTES: usize = 256 * 1024;
/// The deepest nesting of lists and mappings.
const MAX_FIELDS_DEPTH: usize = 64;

/// A file, split into its fields and its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Split<'t> {
    /// None where the file has no front matter.
    pub fields: Option<Map<String, Value>>,
    /// What follows.
    pub body: &'t str,
    /// The line on which `body` starts, counted from 1.
    pub body_line: usize,
}

/// Splits a file; one without front matter is all body.
pub fn split_front_matter(text: &str) -> Result<Split<'_>, TextError> {
    guard_length(text)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default().trim_end();
    match first {
        "---" => fenced(text, "---", read_yaml),
        "+++" => fenced(text, "+++", read_toml),
        _ if starts_json(text) => json(text),
        first if matches!(first.trim_matches(is_space), "" | "---" | "+++") => {
            Ok(behind_space(text)?.unwrap_or(Split { fields: None, body: text, body_line: 1 }))
        }
        _ => Ok(Split { fields: None, body: text, body_line: 1 }),
    }
}

/// Whether a letter shows nothing.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{200B}' | '\u{200E}' | '\u{2060}' | '\u{FEFF}')
}

/// Front matter that white space stands before, as Hugo takes it. A rule above a text isn't one: what
/// stands between it and another must be fields.
fn behind_space(text: &str) -> Result<Option<Split<'_>>, TextError> {
    let start = text.trim_start_matches(is_space);
    let read: (&str, Reader) = match start.lines().next().unwrap_or_default().trim_end() {
        "---" => ("---", read_yaml),
        "+++" => ("+++", read_toml),
        _ => return Ok(None),
    };
    let (fence, read) = read;
    let mut inside = start.lines().skip(1).take_while(|line| line.trim_end() != fence);
    let is_field = |line: &str| {
        let name = line.split_once([':', '=']).map_or("", |(name, _)| name.trim());
        !name.is_empty() && name.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '-')
    };
    if !inside.find(|line| !line.trim().is_empty()).is_some_and(is_field) {
        return Ok(None);
    }
    let above = line_of(text, text.len() - start.len()) - 1;
    let split = fenced(start, fence, read).map_err(|error| error.moved_down(above))?;
    Ok(Some(Split { body_line: split.body_line + above, ..split }))
}

fn fault(line: usize, message: impl Into<String>) -> TextError {
    TextError::FrontMatter { line, message: message.into() }
}

type Reader = fn(&str) -> Result<Map<String, Value>, TextError>;

fn fenced<'t>(text: &'t str, fence: &str, read: Reader) -> Result<Split<'t>, TextError> {
    let start = text.find('\n').map_or(text.len(), |at| at + 1);
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let bare = line.trim_end();
        if bare == fence || (fence == "---" && bare == "...") {
            let source = &text[start..at];
            if source.len() > MAX_FIELDS_BYTES {
                return Err(too_long());
            }
            let body = &text[at + line.len()..];
            let body_line = line_of(text, at) + usize::from(line.ends_with('\n'));
            return Ok(Split { fields: Some(read(source)?), body, body_line });
        }
        at += line.len();
    }
    Err(fault(
        1,
        format!(
            "the front matter that starts with `{fence}` has no end\n\
             fix: put a line `{fence}` below the fields, or a blank line above if it is a rule"
        ),
    ))
}

fn too_long() -> TextError {
    fault(1, format!("the front matter is longer than {MAX_FIELDS_BYTES} bytes"))
}

fn read_yaml(source: &str) -> Result<Map<String, Value>, TextError> {
    if let Some(at) = deep_indent(source) {
        return Err(fault(1 + line_of(source, at), "the fields are nested too deep"));
    }
    let mut options = serde_saphyr::Options::default();
    options.strict_booleans = true;
    options.leading_zero_numbers_as_strings = true;
    options.underscored_numbers_as_strings = true;
    options.with_snippet = false;
    let mut budget = serde_saphyr::Budget::default();
    budget.max_depth = MAX_FIELDS_DEPTH;
    budget.flow_nesting_limit = MAX_FIELDS_DEPTH;
    budget.max_aliases = 256;
    budget.max_nodes = 50_000;
    budget.max_documents = 1;
    options.budget = Some(budget);
    options.alias_limits.max_total_replayed_events = 50_000;
    if source.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(Map::new());
    }
    if let Some(fields) = simple_yaml::read(source) {
        return Ok(fields);
    }
    let value: Value = serde_saphyr::from_str_with_options(source, options).map_err(|error| {
        let line = error.location().map_or(1, |place| usize::try_from(place.line()).unwrap_or(1));
        let message = first_line(&error.to_string());
        // The line in the front matter would stand beside the line in the file.
        let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
        let message = match message.strip_prefix("duplicate mapping key: ") {
            Some(rest) => {
                let name = rest.split(',').next().unwrap_or(rest).trim();
                format!("the field `{name}` is given twice\nfix: keep one of the two lines")
            }
            None => message,
        };
        fault(1 + line.max(1), message)
    })?;
    match value {
        Value::Object(fields) => Ok(fields),
        Value::Null => Ok(Map::new()),
        _ => Err(fault(2, "the front matter holds no fields\nfix: write `name: value` lines")),
    }
}

/// Where block collections are opened on one line beyond any sense: `- - - -`.
fn deep_indent(source: &str) -> Option<usize> {
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        let bytes = line.as_bytes();
        let opens =
            bytes.iter().take_while(|byte| matches!(byte, b' ' | b'-' | b'?' | b'[' | b'{'));
        if opens.filter(|byte| **byte != b' ').count() > MAX_FIELDS_DEPTH {
            let is_rule = line.trim().bytes().all(|byte| byte == b'-');
            if !is_rule {
                return Some(at);
            }
        }
        at += line.len();
    }
    None
}

fn read_toml(source: &str) -> Result<Map<String, Value>, TextError> {
    let table: toml::Table = toml::from_str(source).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        fault(1 + line_of(source, at), first_line(error.message()))
    })?;
    Ok(table.into_iter().map(|(name, value)| (name, from_toml(value))).collect())
}

/// Recursion is bounded by the parser, which refuses what is nested more than 80 deep.
fn from_toml(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(values) => Value::Array(values.into_iter().map(from_toml).collect()),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(name, value)| (name, from_toml(value))).collect())
        }
    }
}

/// `{` alone says little: `{{< figure >}}` and `{: .class}` start texts too.
fn starts_json(text: &str) -> bool {
    let rest = text.trim_start();
    rest.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(['"', '}']))
}

fn json(text: &str) -> Result<Split<'_>, TextError> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Map<String, Value>>();
    let fields = match values.next() {
        Some(Ok(fields)) => fields,
        Some(Err(error)) => return Err(fault(error.line(), first_line(&error.to_string()))),
        None => return Err(fault(1, "the front matter is empty")),
    };
    let end = values.byte_offset();
    if end > MAX_FIELDS_BYTES {
        return Err(too_long());
    }
    let rest = &text[end..];
    let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
    if !rest[..line_end].trim().is_empty() {
        let message =
            "text follows the fields on their last line\nfix: start the text on its own line";
        return Err(fault(line_of(text, end), message));
    }
    let body = &rest[line_end..];
    Ok(Split { fields: Some(fields), body, body_line: line_of(text, end + line_end) })
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(text: &str) -> Value {
        Value::Object(split_front_matter(text).expect("split").fields.expect("fields"))
    }

    fn line_of_fault(text: &str) -> usize {
        match split_front_matter(text) {
            Err(TextError::FrontMatter { line, .. }) => line,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn white_space_above_front_matter_hides_no_draft_and_a_rule_stays_one() {
        let draft = "---\ntitle: Secret\ndraft: true\n---\nText.\n";
        for space in ["\n", " ", "\n \t\n\n", "\u{FEFF}\n", "\u{200B}"] {
            let text = format!("{space}{draft}");
            let split = split_front_matter(&text).expect("split");
            assert_eq!(split.fields.expect("fields")["draft"], true, "{space:?}");
            assert_eq!(split.body, "Text.\n");
        }
        let toml = split_front_matter("\n+++\ndraft = true\n+++\nText.\n").expect("split");
        assert_eq!((toml.fields.map(|it| it.len()), toml.body_line), (Some(1), 5));
        for text in ["\n---\n\nText below a rule.\n\n---\n", "\n\nText: of a story\n", "\n---\n"] {
            let split = split_front_matter(text).expect("split");
            assert_eq!((split.fields, split.body), (None, text));
        }
        let fault = split_front_matter("\n\n---\na: 1\nb: [\n---\n").expect_err("a fault");
        assert!(fault.line().is_some_and(|line| line >= 5), "{fault:?}");
        let twice = split_front_matter("---\na: 1\nb: |\n  x\na: 2\n---\n").expect_err("a fault");
        assert_eq!(twice.to_string(), "the field `a` is given twice");
        assert_eq!(twice.fix(), "keep one of the two lines");
    }

    #[test]
    fn yaml_fields_keep_what_was_written() {
        let text = "\u{FEFF}---\r\ndate: 2026-01-13\r\ntitle: Yes\r\nid: 007\r\nn: 3\r\nf: 1.5\r\n\
                    draft: true\r\ntags: [a, b]\r\nx: |\r\n  one\r\n  two\r\nnone:\r\ntime: 2026-01-13 10:00:00 -0600\r\n\
                    y: 1_000\r\nclock: 12:30\r\n---\r\nBody\r\n";
        let split = split_front_matter(text).expect("split");
        assert_eq!((split.body, split.body_line), ("Body\r\n", 17));
        assert_eq!(
            fields(text),
            json!({"date": "2026-01-13", "title": "Yes", "id": "007", "n": 3, "f": 1.5,
                   "draft": true, "tags": ["a", "b"], "x": "one\ntwo\n", "none": null,
                   "time": "2026-01-13 10:00:00 -0600", "y": "1_000", "clock": "12:30"})
        );
        assert_eq!(fields("---\n# nothing\n---\n"), json!({}));
    }

    #[test]
    fn toml_and_json_fields_are_read_too() {
        let text = "+++\ndate = 2026-01-13T10:00:00-06:00\nday = 2026-01-13\nn = 3\n[extra]\nx = [1, \"a\"]\n+++\nBody";
        assert_eq!(
            fields(text),
            json!({"date": "2026-01-13T10:00:00-06:00", "day": "2026-01-13", "n": 3,
                   "extra": {"x": [1, "a"]}})
        );
        let text = "{\n  \"title\": \"a } b\",\n  \"n\": 1\n}\n\nBody";
        assert_eq!(fields(text), json!({"title": "a } b", "n": 1}));
        assert_eq!(
            split_front_matter(text).map(|split| (split.body, split.body_line)),
            Ok(("\nBody", 5))
        );
    }

    #[test]
    fn a_file_without_front_matter_is_all_body() {
        for text in ["Hello", "", "{{< figure >}}\nx", "{: .x}", "----\nx", "{%raw%}"] {
            let split = split_front_matter(text).expect("split");
            assert_eq!((split.fields, split.body, split.body_line), (None, text, 1));
        }
    }

    #[test]
    fn a_fault_names_its_line_in_the_whole_file() {
        assert_eq!(line_of_fault("---\ntitle: a\nb: [1, 2\n---\nx"), 3);
        assert_eq!(line_of_fault("---\na: 1\na: 2\n---\n"), 3);
        assert_eq!(line_of_fault("+++\na = 1\nb = \n+++\n"), 3);
        assert_eq!(line_of_fault("{\"a\": 1,\n\"b\": }\n"), 2);
        assert_eq!(line_of_fault("---\nJust a rule above.\n"), 1);
        assert_eq!(line_of_fault("---\njust text\n---\n"), 2);
        assert_eq!(line_of_fault("---\n- a\n---\n"), 2);
        assert_eq!(line_of_fault("{\"a\": 1} text\n"), 1);
    }

    #[test]
    fn hostile_front_matter_is_refused() {
        let mut bomb = "---\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..9 {
            let alias = format!("*a{},", n - 1).repeat(10);
            bomb.push_str(&format!("a{n}: &a{n} [{}]\n", alias.trim_end_matches(',')));
        }
        bomb.push_str("---\n");
        assert!(split_front_matter(&bomb).is_err());
        for open in ["[", "{a: ", "- ", "? "] {
            let text = format!("---\nx:\n  {}\n---\n", open.repeat(20_000));
            assert!(split_front_matter(&text).is_err(), "{open}");
        }
        let ladder: String = (0..300).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
        assert!(split_front_matter(&format!("---\n{ladder}---\n")).is_err());
        let text = format!("+++\na = {}\n+++\n", "[".repeat(20_000));
        assert!(split_front_matter(&text).is_err());
        let text = format!("{{\"a\": {}", "[".repeat(20_000));
        assert!(split_front_matter(&text).is_err());
    }
}
