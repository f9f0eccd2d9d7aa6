//! `FEEDWRIGHT_<TABLE>_<KEY>` variables override single values of the single tables.
//!
//! A key that holds text takes the variable as it is; any other is read as a TOML value, so that
//! `FEEDWRIGHT_PUBLISH_FORMATS='["rss"]'` and `FEEDWRIGHT_PUBLISH_LIMIT=30` work. An empty
//! variable counts as unset.

use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use super::{fault::meant, spot::Faults};

/// What every variable's name begins with.
pub(super) const PREFIX: &str = "FEEDWRIGHT_";

/// Read elsewhere.
const FOREIGN: [&str; 2] = ["FEEDWRIGHT_LOG", "FEEDWRIGHT_CONFIG"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Text,
    /// A text, or a list or table where it begins like one.
    TextOrMore,
    Value,
}

use Takes::{Text, TextOrMore, Value};

const KEYS: &[(&str, &str, Takes)] = &[
    ("site", "title", Text),
    ("site", "url", Text),
    ("site", "feeds_url", Text),
    ("site", "language", Text),
    ("site", "time_zone", Text),
    ("site", "description", Text),
    ("site", "copyright", Text),
    ("site", "editor", Text),
    ("site", "webmaster", Text),
    ("site", "icon", Text),
    ("site", "favicon", Text),
    ("site", "logo", Text),
    ("site", "cover", Text),
    ("site", "accent_color", Text),
    ("site", "image", TextOrMore),
    ("site", "license", Text),
    ("site", "usage_terms", Text),
    ("site", "rsl", Value),
    ("site", "languages", Value),
    ("store", "url", Text),
    ("store", "url_file", Text),
    ("publish", "folder", Text),
    ("publish", "formats", Value),
    ("publish", "limit", Value),
    ("publish", "window", Text),
    ("publish", "max_bytes", TextOrMore),
    ("publish", "guard", Value),
    ("publish", "sections", Text),
    ("publish", "content", Text),
    ("publish", "archives", Value),
    ("publish", "news_sitemap", Value),
    ("publish", "split_by_language", Value),
    ("publish", "precompress", Value),
    ("server", "listen", Text),
    ("server", "ops", Text),
    ("server", "proxies", Value),
    ("server", "client_header", Text),
    ("server", "allowance", Value),
    ("server", "cache", TextOrMore),
    ("schedule", "every", Text),
    ("fetch", "at_once", Value),
    ("fetch", "pace", Text),
    ("fetch", "contact", Text),
    ("websub", "hub", TextOrMore),
    ("websub", "allow_private", Value),
    ("websub", "edits_every", Text),
];

fn variable(table: &str, key: &str) -> String {
    format!("{PREFIX}{}_{}", table.to_uppercase(), key.to_uppercase())
}

/// Lays `variables` over `root`, each at the offset that stands for it.
pub(super) fn apply<'t>(
    root: &mut DeValue<'t>,
    variables: &'t [(String, String)],
    faults: &mut Faults<'_>,
) {
    let DeValue::Table(tables) = root else { return };
    for (index, (name, text)) in variables.iter().enumerate() {
        let offset = faults.variable_offset(index);
        if text.is_empty() || FOREIGN.contains(&name.as_str()) {
            continue;
        }
        let known = KEYS.iter().find(|(table, key, _)| *name == variable(table, key));
        let Some((table, key, takes)) = known else {
            let names: Vec<String> = KEYS.iter().map(|(t, k, _)| variable(t, k)).collect();
            let fix = match meant(name, names.iter().map(String::as_str)) {
                Some(candidate) => format!("did you mean `{candidate}`?"),
                None => format!("unset it, or name it {PREFIX}<TABLE>_<KEY> after a single value"),
            };
            faults.add_at(Some(offset), "", "unknown variable".to_owned(), fix);
            continue;
        };
        let span = offset..offset;
        let as_text = match takes {
            Text => true,
            TextOrMore => !text.trim_start().starts_with(['[', '{']),
            Value => false,
        };
        let value = if as_text {
            DeValue::String(text.as_str().into())
        } else {
            match DeValue::parse(text.trim()) {
                Ok(value) => value.into_inner(),
                Err(error) => {
                    let what = format!("`{text}` cannot be read: {}", error.message());
                    faults.spoil(table, key);
                    faults.add_at(Some(offset), "", what, "write it as in config.toml".to_owned());
                    continue;
                }
            }
        };
        let held = tables
            .entry(Spanned::new(span.clone(), (*table).into()))
            .or_insert_with(|| Spanned::new(span.clone(), DeValue::Table(DeTable::new())));
        if let DeValue::Table(held) = held.get_mut() {
            // Inserting over a present key would keep the old key and its span.
            held.remove(*key);
            held.insert(Spanned::new(span, (*key).into()), at_offset(value, offset, &mut 0));
        }
    }
    one_store_address(tables, faults.variable_offset(0));
}

/// Of `url` and `url_file`, one that a variable set displaces the one in the file.
fn one_store_address(tables: &mut DeTable<'_>, variables_from: usize) {
    let Some(DeValue::Table(store)) = tables.get_mut("store").map(Spanned::get_mut) else {
        return;
    };
    let from_file = |key: &str| store.get(key).map(|value| value.span().start < variables_from);
    match (from_file("url"), from_file("url_file")) {
        (Some(true), Some(false)) => store.remove("url"),
        (Some(false), Some(true)) => store.remove("url_file"),
        _ => None,
    };
}

/// The same value at `offset`. The ends of the spans differ, so that each part can be found again.
fn at_offset<'t>(value: DeValue<'t>, offset: usize, parts: &mut usize) -> Spanned<DeValue<'t>> {
    *parts += 1;
    let span = offset..offset + *parts;
    let value = match value {
        DeValue::Array(list) => {
            let mut moved = DeArray::new();
            for item in list {
                moved.push(at_offset(item.into_inner(), offset, parts));
            }
            DeValue::Array(moved)
        }
        DeValue::Table(table) => {
            let entries = table.into_iter().map(|(key, value)| {
                *parts += 1;
                let key = Spanned::new(offset..offset + *parts, key.into_inner());
                (key, at_offset(value.into_inner(), offset, parts))
            });
            DeValue::Table(entries.collect())
        }
        other => other,
    };
    Spanned::new(span, value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::schema;

    #[test]
    fn every_key_of_a_single_table_has_its_variable() {
        let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
        let mut wanted = BTreeSet::new();
        for (table, shape) in schema["properties"].as_object().expect("tables") {
            let Some(target) = shape["$ref"].as_str() else {
                continue;
            };
            let keys = &schema.pointer(&target[1..]).expect("a definition")["properties"];
            for key in keys.as_object().expect("keys").keys() {
                wanted.insert(variable(table, key));
            }
        }
        let known: BTreeSet<_> = KEYS.iter().map(|(t, k, _)| variable(t, k)).collect();
        assert_eq!(known, wanted);
    }
}
