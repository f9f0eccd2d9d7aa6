//! Findings for programs, in a form of our own that `docs/check.md` describes.

use serde_json::{Value, json};

use super::{Outcome, total};
use crate::check::{self, Counts, Finding, Rule};

pub(super) fn report(outcomes: &[Outcome]) -> String {
    let documents: Vec<Value> = outcomes.iter().map(document).collect();
    format!("{:#}", json!({ "documents": documents, "total": counts(total(outcomes)) }))
}

fn document(outcome: &Outcome) -> Value {
    let checked = &outcome.checked;
    let findings: Vec<Value> = checked.findings.iter().map(finding).collect();
    json!({
        "document": outcome.name,
        "kind": checked.kind.name(),
        "counts": counts(checked.counts),
        "findings": findings,
    })
}

fn counts(counts: Counts) -> Value {
    json!({ "errors": counts.errors, "warnings": counts.warnings, "infos": counts.infos })
}

fn finding(finding: &Finding) -> Value {
    let mut value = rule(finding.rule);
    if let Some(place) = finding.place {
        value["line"] = json!(place.line);
        value["column"] = json!(place.column);
    }
    if !finding.detail.is_empty() {
        value["detail"] = json!(finding.detail);
    }
    value
}

fn rule(rule: &Rule) -> Value {
    json!({
        "rule": rule.id,
        "severity": rule.severity.as_str(),
        "title": rule.title,
        "why": rule.why,
        "fix": rule.fix,
        "source": rule.source,
    })
}

/// All rules.
pub(super) fn rules() -> String {
    let all: Vec<Value> = check::rules().into_iter().map(rule).collect();
    format!("{:#}", Value::Array(all))
}
