//! From text to the tables as written, finding every fault of form in one run.
//!
//! serde stops at the first fault. So what it stumbled over is found again by its span, taken out
//! of the parsed table, and the rest is tried again, until nothing is wrong any more.

use std::ops::Range;

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue, ValueDeserializer},
};

use super::{
    fault::{did_you_mean, meant},
    spot::{Faults, Spot},
    written::Written,
};

/// Tables that stand once.
const SINGLES: [&str; 6] = ["site", "store", "publish", "server", "schedule", "websub"];

/// Tables that stand any number of times.
const LISTS: [&str; 5] = ["section", "feed", "moved", "source", "webhook"];

/// Parses `text`. A fault of syntax ends the run, except for duplicate keys, of which the first
/// is kept.
pub(super) fn parse<'t>(text: &'t str, faults: &mut Faults<'_>) -> Option<DeValue<'t>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let is_duplicate = |error: &toml::de::Error| error.message().starts_with("duplicate key");
    if errors.iter().all(is_duplicate) {
        for error in &errors {
            let offset = error.span().map(|span| span.start);
            let name = error.span().and_then(|span| text.get(span)).unwrap_or_default();
            let what = format!("`{name}` is written twice");
            faults.add_at(offset, "", what, "keep one of the two".to_owned());
        }
        return Some(DeValue::Table(table.into_inner()));
    }
    let mut error = errors.into_iter().find(|error| !is_duplicate(error))?;
    error.set_input(Some(text));
    let offset = error.span().map_or(0, |span| span.start);
    let shown = error.to_string();
    let what = format!("this is no TOML:\n{}", shown.trim_end());
    faults.add_at(Some(offset), "", what, "correct the marked place".to_owned());
    None
}

/// Reads the tables, taking everything unreadable out of `root`.
pub(super) fn read(root: &mut DeValue<'_>, faults: &mut Faults<'_>) -> Written {
    take_out_misshapen(root, faults);
    loop {
        let whole = Spanned::new(0..0, root.clone());
        let error = match Written::deserialize(ValueDeserializer::from(whole)) {
            Ok(written) => return written,
            Err(error) => error,
        };
        let trail = error.span().and_then(|span| trail_to(root, &span));
        note(&error, root, trail.as_deref().unwrap_or_default(), faults);
        match trail {
            Some(trail) => remove(root, &trail),
            None => return Written::default(),
        }
    }
}

/// serde would read a list as a table by position, and say odd things about `[section]`.
fn take_out_misshapen(root: &mut DeValue<'_>, faults: &mut Faults<'_>) {
    let DeValue::Table(tables) = root else { return };
    let mut misshapen = Vec::new();
    for (key, value) in tables.iter() {
        let (name, value) = (key.get_ref().as_ref(), value.get_ref());
        let right = if LISTS.contains(&name) && !value.is_array() {
            format!("[[{name}]]")
        } else if SINGLES.contains(&name) && !value.is_table() {
            format!("[{name}]")
        } else {
            continue;
        };
        let what = if value.is_table() {
            format!("`[{name}]` is a single table")
        } else {
            format!("`{name}` is not a table of its own")
        };
        faults.add_at(Some(key.span().start), "", what, format!("write `{right}`"));
        misshapen.push(name.to_owned());
    }
    for name in misshapen {
        tables.remove(name.as_str());
    }
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Item(usize),
}

/// The way to the innermost key or value that has exactly this span.
fn trail_to(value: &DeValue<'_>, span: &Range<usize>) -> Option<Vec<Step>> {
    let inside = |value: &Spanned<DeValue<'_>>, own: bool, step: Step| {
        if let Some(mut trail) = trail_to(value.get_ref(), span) {
            trail.insert(0, step);
            return Some(trail);
        }
        (own || value.span() == *span).then(|| vec![step])
    };
    match value {
        DeValue::Table(table) => table.iter().find_map(|(key, value)| {
            inside(value, key.span() == *span, Step::Key(key.get_ref().to_string()))
        }),
        DeValue::Array(list) => {
            list.iter().enumerate().find_map(|(at, value)| inside(value, false, Step::Item(at)))
        }
        _ => None,
    }
}

fn remove(value: &mut DeValue<'_>, trail: &[Step]) {
    match (value, trail) {
        (DeValue::Table(table), [Step::Key(key)]) => {
            table.remove(key.as_str());
        }
        (DeValue::Table(table), [Step::Key(key), rest @ ..]) => {
            if let Some(inner) = table.get_mut(key.as_str()) {
                remove(inner.get_mut(), rest);
            }
        }
        (DeValue::Array(list), [Step::Item(at)]) => {
            let mut kept = DeArray::new();
            let others = list.iter().enumerate().filter(|(index, _)| index != at);
            others.for_each(|(_, item)| kept.push(item.clone()));
            *list = kept;
        }
        (DeValue::Array(list), [Step::Item(at), rest @ ..]) => {
            if let Some(inner) = list.get_mut(*at) {
                remove(inner.get_mut(), rest);
            }
        }
        _ => {}
    }
}

fn note(error: &toml::de::Error, root: &DeValue<'_>, trail: &[Step], faults: &mut Faults<'_>) {
    let offset = error.span().map(|span| span.start);
    let keys: Vec<&str> = trail
        .iter()
        .filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Item(_) => None,
        })
        .collect();
    let place = place_of(root, trail);
    let key = keys.last().copied().unwrap_or_default();
    let message = error.message();
    let (what, fix) = if message.starts_with("unknown field") {
        let known = candidates(message);
        if let Some(candidate) = meant(key, known.iter().copied()) {
            faults.spoil(&place, candidate);
        }
        (format!("unknown key `{key}`"), did_you_mean(key, known))
    } else {
        // The key of the entry itself, so that what lies deeper doesn't hide it.
        let entry_key = keys.get(1).copied().unwrap_or_default();
        faults.spoil(&place, entry_key);
        if let Some(rest) = message.strip_prefix("unknown variant `") {
            let value = rest.split('`').next().unwrap_or_default();
            let known = candidates(message);
            (format!("`{key}` cannot be `{value}`"), did_you_mean(value, known))
        } else {
            wrong_type(key, message)
        }
    };
    faults.add_at(offset, &place, what, fix);
}

/// What serde lists after `expected`.
fn candidates(message: &str) -> Vec<&str> {
    let listed = message.split_once("expected ").map_or("", |(_, listed)| listed);
    listed.split('`').skip(1).step_by(2).collect()
}

fn wrong_type(key: &str, message: &str) -> (String, String) {
    let (found, expected) = match message.rsplit_once("expected ") {
        Some((found, expected)) => (found.trim_end_matches(", "), expected),
        None => {
            return (format!("`{key}`: {message}"), "correct the value".to_owned());
        }
    };
    let expected = match expected {
        "a string" => "a text in quotes",
        "a sequence" => "a list in square brackets",
        "a boolean" => "`true` or `false`",
        "i64" | "u32" => "a whole number",
        other if other.starts_with("struct") || other == "a map" => "a table",
        other => other,
    };
    let found = found.trim_start_matches("invalid type: ").trim_start_matches("invalid value: ");
    let what = if found.is_empty() {
        format!("`{key}` has a value of the wrong kind")
    } else {
        format!("`{key}` has a value of the wrong kind ({found})")
    };
    (what, format!("write {expected}"))
}

fn place_of(root: &DeValue<'_>, trail: &[Step]) -> String {
    let root = Spot::root(root);
    match trail {
        [Step::Key(table), Step::Item(at), ..] => root.key(table).item(*at).place().to_owned(),
        [Step::Key(table), _, ..] => root.key(table).place().to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new("config.toml", text, Vec::new());
        if let Some(mut root) = parse(text, &mut faults) {
            read(&mut root, &mut faults);
        }
        let found = faults.settle(()).err().map(|faults| faults.0).unwrap_or_default();
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_fault_of_form_is_found_in_one_run() {
        let text = "[site]\ntitel = \"x\"\nurl = 5\n\n[[section]]\npath = \"a\"\nlimit = \"many\"\n\
                    formats = [\"rss\", \"jsn\"]\n\n[[feed]]\npath = \"b\"\n\
                    where = { not = { tagg = \"x\" } }\ntitle = [1]\n[sections]\n";
        assert_eq!(
            faults_of(text),
            [
                "config.toml:2, site: unknown key `titel`\n  fix: did you mean `title`?",
                "config.toml:3, site: `url` has a value of the wrong kind (integer `5`)\n  \
                 fix: write a text in quotes",
                "config.toml:7, section a: `limit` has a value of the wrong kind (string \"many\")\n  \
                 fix: write a whole number",
                "config.toml:8, section a: `formats` cannot be `jsn`\n  fix: did you mean `json`?",
                "config.toml:12, feed b: unknown key `tagg`\n  fix: did you mean `tag`?",
                "config.toml:13, feed b: `title` has a value of the wrong kind\n  \
                 fix: write a text, or a table of texts by language",
                "config.toml:14: unknown key `sections`\n  fix: did you mean `section`?",
            ]
        );
    }

    #[test]
    fn a_table_in_the_wrong_brackets_is_told_the_right_ones() {
        assert_eq!(
            faults_of("[section]\npath = \"a\"\n[[site]]\ntitle = \"x\"\n"),
            [
                "config.toml:1: `[section]` is a single table\n  fix: write `[[section]]`",
                "config.toml:3: `site` is not a table of its own\n  fix: write `[site]`",
            ]
        );
    }

    #[test]
    fn a_fault_of_syntax_shows_its_line() {
        let found = faults_of("[site]\ntitle = \n");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("config.toml:2: this is no TOML:"), "{}", found[0]);
        assert!(found[0].contains("2 | title = \n"), "{}", found[0]);
    }

    #[test]
    fn a_key_written_twice_does_not_hide_other_faults() {
        let found = faults_of("\u{feff}[site]\r\ntitle = \"a\"\r\n[site]\r\nurl = 5\r\n");
        assert!(found[0].starts_with("config.toml:3: `site` is written twice"), "{found:#?}");
        let found = faults_of("[site]\ntitle = \"a\"\ntitle = \"b\"\nurll = \"\"\n");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("config.toml:3: `title` is written twice"), "{}", found[0]);
    }
}
