//! Findings in SARIF 2.1.0, which code hosts and editors show beside the lines.

use serde_json::{Value, json};

use super::Outcome;
use crate::check::{Finding, Rule, Severity};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn report(outcomes: &[Outcome]) -> String {
    let mut rules: Vec<&'static Rule> = Vec::new();
    let mut results = Vec::new();
    for outcome in outcomes {
        for finding in &outcome.checked.findings {
            let known = rules.iter().position(|rule| rule.id == finding.rule.id);
            let index = known.unwrap_or(rules.len());
            if known.is_none() {
                rules.push(finding.rule);
            }
            results.push(result(&outcome.name, finding, index));
        }
    }
    let rules: Vec<Value> = rules.into_iter().map(rule).collect();
    let driver = json!({
        "name": "feedwright",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    format!("{:#}", json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] }))
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": format!("{}. {}", rule.title, rule.why) },
        "help": { "text": format!("{} ({})", rule.fix, rule.source) },
        "defaultConfiguration": { "level": level(rule.severity) },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn result(name: &str, finding: &Finding, index: usize) -> Value {
    let text = match finding.detail.as_str() {
        "" => finding.rule.title.to_owned(),
        detail => format!("{}: {detail}", finding.rule.title),
    };
    let mut location = json!({ "artifactLocation": { "uri": uri(name) } });
    if let Some(place) = finding.place {
        location["region"] = json!({ "startLine": place.line, "startColumn": place.column });
    }
    json!({
        "ruleId": finding.rule.id,
        "ruleIndex": index,
        "level": level(finding.rule.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": location }],
    })
}

/// The name of a document as a URI reference.
fn uri(name: &str) -> String {
    if name.starts_with("http://") || name.starts_with("https://") {
        return name.to_owned();
    }
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let encode = |byte: u8| match kept(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    name.bytes().map(encode).collect()
}
