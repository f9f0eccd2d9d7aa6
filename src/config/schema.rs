//! The JSON Schema of `config.toml`, for completion in editors.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::written::Written;

/// The JSON Schema (draft 2020-12) of `config.toml`; unknown keys are refused in it as well.
pub fn schema() -> String {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Written>();
    let mut schema = Value::from(schema);
    without_null(&mut schema);
    format!("{schema:#}\n")
}

/// TOML has no null, so an absent key is the only form of none.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
                choices.retain(|choice| choice["type"] != "null");
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    members.shift_remove("anyOf");
                    members.extend(only);
                }
            }
            // `default` of a whole table says nothing and would name null.
            if members.get("default").is_some_and(|value| value.is_object() || value.is_null()) {
                members.shift_remove("default");
            }
            members.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_schema_is_strict_and_describes_every_key() {
        let schema: Value = serde_json::from_str(&schema()).expect("JSON");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let mut undescribed = BTreeSet::new();
        let definitions = schema["$defs"].as_object().expect("definitions");
        for (name, shape) in definitions.iter().chain([(&"root".to_owned(), &schema)]) {
            let Some(keys) = shape["properties"].as_object() else {
                continue;
            };
            assert_eq!(shape["additionalProperties"], false, "{name}");
            let mute = keys.iter().filter(|(_, shape)| shape["description"].is_null());
            undescribed.extend(mute.map(|(key, _)| format!("{name}.{key}")));
        }
        assert_eq!(undescribed, BTreeSet::new());
        assert!(!schema.to_string().contains("\"null\""));
    }
}
