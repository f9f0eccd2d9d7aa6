//! Values of fields, by their many names and forms.

use serde_json::{Map, Value};

use crate::text;

/// The fields under names in lower case: `publishDate` is `publishdate`.
pub(super) fn lower_case(fields: &Map<String, Value>) -> std::borrow::Cow<'_, Map<String, Value>> {
    use std::borrow::Cow;
    let is_lower = |name: &str| !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower_inside = fields.values().filter_map(Value::as_object);
    if fields.keys().chain(lower_inside.flat_map(Map::keys)).all(|name| is_lower(name)) {
        return Cow::Borrowed(fields);
    }
    let lower = fields.iter().map(|(name, value)| {
        let value = match value {
            Value::Object(table) => Value::Object(lower_case(table).into_owned()),
            other => other.clone(),
        };
        (name.to_ascii_lowercase(), value)
    });
    Cow::Owned(lower.collect())
}

/// A field by its name in lower case, through tables: `extra.lang`; else in `params` or `extra`.
pub(super) fn look_up<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
    if let Some((table, rest)) = name.split_once('.') {
        return get(get(fields, table)?.as_object()?, rest);
    }
    let inner = || get(fields, "params").or_else(|| get(fields, "extra"))?.as_object();
    // Most names aren't there, and most stories have no tables.
    let has_tables = || fields.values().any(Value::is_object);
    get(fields, name).or_else(|| get(has_tables().then(inner)??, name))
}

/// A field of a table. Few fields are sooner looked through than hashed.
fn get<'f>(fields: &'f Map<String, Value>, name: &str) -> Option<&'f Value> {
    const FEW: usize = 16;
    match fields.len() {
        ..=FEW => fields.iter().find_map(|(known, value)| (known == name).then_some(value)),
        _ => fields.get(name),
    }
}

pub(super) fn text_in(fields: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| scalar(look_up(fields, name)?)).filter(|text| !text.is_empty())
}

pub(super) fn number_in(fields: &Map<String, Value>, name: &str) -> Option<u64> {
    match look_up(fields, name)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A list of texts, or a text parted by commas.
pub(super) fn texts(value: &Value) -> Vec<String> {
    let clean = |text: String| text::plain_text(&text);
    match value {
        Value::Array(list) => list.iter().filter_map(scalar).map(clean).collect(),
        Value::String(text) => text.split(',').map(|part| clean(part.to_owned())).collect(),
        other => scalar(other).map(clean).into_iter().collect(),
    }
}
