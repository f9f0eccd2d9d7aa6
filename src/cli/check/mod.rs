//! `feedwright check`: rules over feeds as they are published.

#![expect(clippy::disallowed_methods, reason = "reads the files that the arguments name")]

mod json;
mod named;
mod sarif;
mod text;

use std::path::Path;

use chrono::{DateTime, Utc};
use url::Url;

use super::{
    args::{Args, CheckArgs, DenyWhat, OutputFormat, ProfileName},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
};
use crate::check::{self, Checked, Counts, Hints, Profile};
use named::Document;

/// A document and what came of it.
struct Outcome {
    /// As the argument names it: a file, an address.
    name: String,
    checked: Checked,
}

pub(super) async fn run(
    check: &CheckArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let format = args.format;
    if check.rules {
        return list_rules(format, output);
    }
    let config = match args.config.exists() {
        true => Some(newsroom::load(args)?),
        false => None,
    };
    let served_at = served_at(check)?;
    let profiles: Vec<Profile> = check.profile.iter().map(|name| profile(*name)).collect();
    let (documents, mut missing) = named::documents(check, config.as_ref()).await?;
    let mut outcomes = Vec::with_capacity(documents.len());
    for document in documents {
        let profiles = &document.profiles(&profiles);
        let Document { name, bytes, address, exchange, later, .. } = document;
        let address = served_at.as_ref().or(address.as_ref());
        let (exchange, later) = (exchange.as_ref(), later.as_deref());
        let hints = Hints { address, now: Some(now), profiles, exchange, later };
        outcomes.push(Outcome { name, checked: check::check(&bytes, &hints) });
    }
    if outcomes.is_empty()
        && let Some(failure) = missing.pop()
    {
        return Err(failure);
    }
    match format {
        OutputFormat::Text => text::print(&outcomes, output)?,
        OutputFormat::Json => output.line(&json::report(&outcomes))?,
        OutputFormat::Sarif => output.line(&sarif::report(&outcomes))?,
    }
    for failure in &missing {
        output.error(&failure.to_string());
    }
    if !missing.is_empty() {
        return Ok(Exit::InputOutput);
    }
    let all = total(&outcomes);
    let is_denied = check.deny == Some(DenyWhat::Warnings) && all.warnings > 0;
    Ok(if all.errors > 0 || is_denied { Exit::ContentFaults } else { Exit::Done })
}

fn total(outcomes: &[Outcome]) -> Counts {
    outcomes.iter().fold(Counts::default(), |all, outcome| {
        let counts = outcome.checked.counts;
        Counts {
            errors: all.errors + counts.errors,
            warnings: all.warnings + counts.warnings,
            infos: all.infos + counts.infos,
        }
    })
}

/// Where the one document is said to be served.
fn served_at(check: &CheckArgs) -> Result<Option<Url>, Failure> {
    let Some(written) = &check.served_at else { return Ok(None) };
    if check.documents.len() != 1 {
        let fix = "name the one file whose address it is";
        return Err(Failure::usage("--served-at is the address of one document", fix));
    }
    match Url::parse(written) {
        Ok(url) => Ok(Some(url)),
        Err(error) => {
            let what = format!("`{written}` is no address: {error}");
            Err(Failure::usage(what, "write one such as https://feeds.example.org/rss.xml"))
        }
    }
}

fn profile(name: ProfileName) -> Profile {
    match name {
        ProfileName::Msn => Profile::Msn,
        ProfileName::Flipboard => Profile::Flipboard,
        ProfileName::Smartnews => Profile::SmartNews,
        ProfileName::Feedly => Profile::Feedly,
        ProfileName::GoogleNews => Profile::GoogleNews,
    }
}

fn list_rules(format: OutputFormat, output: &Output) -> Result<Exit, Failure> {
    match format {
        OutputFormat::Text => {
            for rule in check::rules() {
                let (severity, id, title) = (rule.severity.as_str(), rule.id, rule.title);
                output.line(&format!("{severity:<7} {id:<32} {title} ({})", rule.source))?;
            }
        }
        OutputFormat::Json | OutputFormat::Sarif => output.line(&json::rules())?,
    }
    Ok(Exit::Done)
}

/// The name of a file below the current folder, with `/` on every system.
fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
