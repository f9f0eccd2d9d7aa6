//! Prints what a pass did: a table for a person, JSON for a program, faults for a mail from cron.

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
    if output.json {
        output.data(as_json(report).as_bytes())?;
    } else if output.is_terminal() || output.verbose {
        output.line(&table(&report.feeds, output.verbose))?;
        output.line(&summary(report))?;
    }
    Ok(if report.faults.is_empty() { Exit::Done } else { Exit::ContentFaults })
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
