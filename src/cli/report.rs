//! Prints what a pass did: a table for a person, JSON for a program, faults for a mail from cron.

use std::collections::BTreeSet;

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};
use serde_json::json;

use super::{
    failure::{Exit, Failure},
    output::Output,
};
use crate::pass::{FeedReport, Report};

/// Prints the end of a build.
pub(super) fn build(report: &Report, output: &Output) -> Result<Exit, Failure> {
    for note in &report.notes {
        output.note(note);
    }
    for fault in &report.faults {
        output.error(&fault.to_string());
    }
    if !report.held.is_empty() {
        output.error(&held(report));
    }
    if output.json {
        output.data(as_json(report).as_bytes())?;
    } else if output.is_terminal() || output.verbose {
        output.line(&table(&report.feeds, output.verbose))?;
        output.line(&summary(report))?;
    }
    Ok(exit(report))
}

fn exit(report: &Report) -> Exit {
    match report.faults.is_empty() && report.held.is_empty() {
        true => Exit::Done,
        false => Exit::ContentFaults,
    }
}

/// What the guard held back, and how to let it through.
fn held(report: &Report) -> String {
    const MANY: usize = 20;
    let stories: BTreeSet<&str> = report.held.iter().map(|held| held.story.as_str()).collect();
    let mut lines = vec![format!(
        "{} published stories would be taken away, which the guard permits only if asked; they stay",
        stories.len()
    )];
    let shown = report.held.iter().take(MANY);
    lines.extend(shown.map(|held| format!("  {}: {}", held.story, held.why)));
    if report.held.len() > MANY {
        lines.push(format!("  … and {} more (--format json lists all)", report.held.len() - MANY));
    }
    lines.push(
        "  fix: look whether a folder is missing or the configuration is wrong; if all is as it \
         should be, run `feedwright build --accept`"
            .to_owned(),
    );
    lines.join("\n")
}

/// Prints what a build would change for readers.
pub(super) fn plan(report: &Report, output: &Output) -> Result<Exit, Failure> {
    for fault in &report.faults {
        output.error(&fault.to_string());
    }
    if !report.held.is_empty() {
        output.error(&held(report));
    }
    if output.json {
        output.data(as_json(report).as_bytes())?;
        return Ok(exit(report));
    }
    let mut nothing = true;
    for feed in &report.feeds {
        let Some(plan) = feed.plan.as_ref().filter(|plan| !plan.is_empty()) else { continue };
        nothing = false;
        let name = if feed.feed.is_empty() { "/" } else { &feed.feed };
        output.line(&format!(
            "{name}: {} new, {} changed, {} gone",
            plan.new.len(),
            plan.changed.len(),
            plan.gone.len()
        ))?;
        for (mark, entries) in [('+', &plan.new), ('~', &plan.changed), ('-', &plan.gone)] {
            for entry in entries {
                let title = entry.title.replace(char::is_control, " ");
                output.line(&format!("  {mark} {title}  {}", entry.id))?;
            }
        }
        for entry in &plan.would_look_new {
            let title = entry.title.replace(char::is_control, " ");
            let known = entry.known_as.as_deref().unwrap_or_default();
            output.line(&format!(
                "  ! {title}  would look new: readers know {} as {known}",
                entry.url
            ))?;
        }
    }
    warn_of_renamed(report, output);
    if nothing && output.is_terminal() {
        output.line("readers would see no change")?;
    }
    Ok(exit(report))
}

/// Says how entries that would look new can be kept from it.
fn warn_of_renamed(report: &Report, output: &Output) {
    let plans = || report.feeds.iter().filter_map(|feed| feed.plan.as_ref());
    let renamed: usize = plans().map(|plan| plan.would_look_new.len()).sum();
    if renamed == 0 {
        return;
    }
    let fix = match plans().any(|plan| !plan.would_look_new.is_empty() && !plan.is_first) {
        true => {
            "undo what gave them another guid: another `id`, or an edit together with another \
             file name; a file that is renamed, built and then edited keeps its guid"
        }
        false => {
            "`feedwright adopt` the feed that they have, before the first build; if it was adopted \
             already, correct `site.url`, the permalinks, or the links in a copy of that feed, so \
             that its addresses are those of the stories, and adopt again"
        }
    };
    output.note(&format!(
        "{renamed} entries would look new to readers who have them under another guid\n  \
         fix: {fix}"
    ));
}

fn as_json(report: &Report) -> String {
    let faults = report.faults.iter().map(|fault| {
        json!({ "file": fault.file, "line": fault.line, "what": fault.what, "fix": fault.fix })
    });
    let sources = report.sources.iter().map(|source| {
        let counts = source.counts;
        json!({
            "source": source.name, "new": counts.new, "changed": counts.changed,
            "same": counts.same, "withdrawn": counts.withdrawn,
        })
    });
    let form = json!({
        "feeds": report.feeds,
        "sources": sources.collect::<Vec<_>>(),
        "faults": faults.collect::<Vec<_>>(),
        "held": report.held,
        "notes": report.notes,
        "written": report.written,
        "removed": report.removed,
    });
    format!("{form:#}\n")
}

/// Feeds with anything to tell; the rest in one line, unless all are asked for.
fn table(feeds: &[FeedReport], all: bool) -> String {
    const MANY: usize = 40;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let heading = ["feed", "entries", "new", "changed", "gone", "bytes"];
    table.set_header(heading.map(|name| Cell::new(name).add_attribute(Attribute::Bold)));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let quiet = |feed: &FeedReport| !feed.written && feed.new + feed.changed + feed.gone == 0;
    let shorten = !all && feeds.len() > MANY;
    for feed in feeds.iter().filter(|feed| !(shorten && quiet(feed))) {
        let name = if feed.feed.is_empty() { "/" } else { &feed.feed };
        let counts = [feed.entries, feed.new, feed.changed, feed.gone].map(|n| n.to_string());
        table.add_row([name.to_owned()].into_iter().chain(counts).chain([feed.bytes.to_string()]));
    }
    let text = table.trim_fmt();
    let same = feeds.iter().filter(|feed| quiet(feed)).count();
    if shorten && same > 0 { format!("{text}\n… and {same} feeds as they were") } else { text }
}

fn summary(report: &Report) -> String {
    let sum = |of: fn(&crate::store::Counts) -> usize| -> usize {
        report.sources.iter().map(|source| of(&source.counts)).sum()
    };
    let (new, changed, gone) = (sum(|c| c.new), sum(|c| c.changed), sum(|c| c.withdrawn));
    let faults = match report.faults.len() {
        0 => String::new(),
        1 => "; 1 fault".to_owned(),
        many => format!("; {many} faults"),
    };
    format!(
        "\nstories: {new} new, {changed} changed, {gone} withdrawn, {} as they were; \
         files written: {}{faults}",
        sum(|c| c.same),
        report.written.len()
    )
}
