//! `feedwright fetch`: remote sources now.

use std::time::Duration;

use chrono::{DateTime, Utc};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};

use super::{
    args::{Args, FetchArgs},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
    sources,
};
use crate::poll::{Aim, Told, Which};

pub(super) async fn run(fetch: &FetchArgs, args: &Args, output: &Output) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let known = |name: &String| config.remote.iter().any(|remote| remote.name == *name);
    if let Some(name) = fetch.sources.iter().find(|name| !known(name)) {
        let names: Vec<&str> = config.remote.iter().map(|it| it.name.as_str()).collect();
        let fix = match names.as_slice() {
            [] => "the configuration has none; add a [[source]] with `kind = \"feed\"`".to_owned(),
            names => format!("name one of these: {}", names.join(", ")),
        };
        return Err(Failure::usage(format!("`{name}` is no remote source"), fix));
    }
    if config.remote.is_empty() {
        output.say("the configuration names no remote source");
        return Ok(Exit::Done);
    }
    let poll = sources::poll(&config)?;
    let which = match (fetch.due, fetch.sources.as_slice()) {
        (true, _) => Which::Due,
        (false, []) => Which::All,
        (false, names) => Which::Named(names),
    };
    let aim = if fetch.dry_run { Aim::Try } else { Aim::Keep };
    let progress = |done, all| output.progress("fetching", done, all);
    let mut told = poll.run(which, aim, &progress).await?;
    output.finish_progress();
    let place = |told: &Told| config.remote.iter().position(|it| it.name == told.source);
    told.sort_by_key(place);
    for told in &told {
        say_faults(told, output);
    }
    if output.json {
        let form: Vec<Value> = told.iter().map(form).collect();
        output.line(&format!("{:#}", Value::from(form)))?;
    } else if output.is_terminal() || output.verbose || fetch.dry_run || !fetch.sources.is_empty() {
        output.line(&table(&told))?;
        output.line(&sum(&told))?;
    }
    let failed = told.iter().any(|told| told.fault.is_some());
    Ok(if failed { Exit::InputOutput } else { Exit::Done })
}

fn say_faults(told: &Told, output: &Output) {
    if let Some(fault) = &told.fault {
        output.error(&format!("source {}: {fault}", told.source));
    }
    for note in &told.notes {
        output.note(&format!("source {}: {note}", told.source));
    }
    for rejected in &told.rejected {
        output.note(&format!("source {}: left out: {rejected}", told.source));
    }
}

fn table(told: &[Told]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["source", "new", "changed", "same", "answer", "time", "next"]);
    for told in told {
        table.add_row([
            told.source.clone(),
            told.new.to_string(),
            told.changed.to_string(),
            told.same.to_string(),
            told.outcome.clone(),
            seconds(told.took),
            told.next.map_or_else(|| "never".to_owned(), instant),
        ]);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

fn sum(told: &[Told]) -> String {
    let sum = |count: fn(&Told) -> usize| told.iter().map(count).sum::<usize>();
    let failed = told.iter().filter(|told| told.fault.is_some()).count();
    let mut text = format!(
        "{} sources: {} new, {} changed, {} the same",
        told.len(),
        sum(|it| it.new),
        sum(|it| it.changed),
        sum(|it| it.same)
    );
    for (count, what) in [
        (sum(|it| it.withdrawn), "withdrawn"),
        (sum(|it| it.duplicate), "brought by another source already"),
        (sum(|it| it.left_out), "left out"),
        (failed, "sources failed"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}

fn form(told: &Told) -> Value {
    json!({
        "source": told.source, "new": told.new, "changed": told.changed, "same": told.same,
        "withdrawn": told.withdrawn, "duplicate": told.duplicate, "left_out": told.left_out,
        "rejected": told.rejected, "notes": told.notes, "outcome": told.outcome,
        "fault": told.fault, "seconds": told.took.as_secs_f64(),
        "next": told.next.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
    })
}

fn seconds(took: Duration) -> String {
    format!("{:.2} s", took.as_secs_f64())
}

fn instant(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
