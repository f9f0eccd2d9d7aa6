//! Findings for people: what, where, why, and what to do.

use super::{Outcome, total};
use crate::{
    check::{Finding, Rule},
    cli::{failure::Failure, output::Output},
};

/// Places of one rule in one document that are shown.
const PLACES: usize = 3;

pub(super) fn print(outcomes: &[Outcome], output: &Output) -> Result<(), Failure> {
    for outcome in outcomes {
        document(outcome, output)?;
    }
    let all = total(outcomes);
    if all.all() > 0 || outcomes.len() > 1 {
        let mut parts = vec![many(all.errors, "error"), many(all.warnings, "warning")];
        if all.infos > 0 {
            parts.push(many(all.infos, "remark"));
        }
        let documents = many(outcomes.len(), "document");
        output.line(&format!("{} in {documents}", parts.join(", ")))?;
    }
    Ok(())
}

fn document(outcome: &Outcome, output: &Output) -> Result<(), Failure> {
    let name = plain(&outcome.name);
    let checked = &outcome.checked;
    if checked.counts.all() == 0 {
        return output.line(&format!("{name}: no faults ({})", checked.kind.name()));
    }
    let mut rules: Vec<&'static Rule> = Vec::new();
    for finding in &checked.findings {
        if !rules.iter().any(|rule| rule.id == finding.rule.id) {
            rules.push(finding.rule);
        }
    }
    rules.sort_by_key(|rule| rule.severity);
    for rule in rules {
        let of_rule = checked.findings.iter().filter(|finding| finding.rule.id == rule.id);
        let of_rule: Vec<&Finding> = of_rule.collect();
        for finding in of_rule.iter().take(PLACES) {
            output.line(&line(&name, finding))?;
        }
        if of_rule.len() > PLACES {
            output.line(&format!("  and {} more places", of_rule.len() - PLACES))?;
        }
        output.line(&format!("  why: {}", rule.why))?;
        output.line(&format!("  fix: {}", rule.fix))?;
        output.line(&format!("  source: {}", rule.source))?;
    }
    Ok(())
}

fn line(name: &str, finding: &Finding) -> String {
    let place = match finding.place {
        Some(place) => format!("{name}:{}:{}", place.line, place.column),
        None => name.to_owned(),
    };
    let (severity, id, title) =
        (finding.rule.severity.as_str(), finding.rule.id, finding.rule.title);
    let detail = match finding.detail.as_str() {
        "" => String::new(),
        detail => format!(": {}", plain(detail)),
    };
    format!("{place} {severity} {id}  {title}{detail}")
}

fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A text of others must not steer the terminal.
fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}
