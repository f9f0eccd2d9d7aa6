//! `feedwright build`: one pass, or the plan of one.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{
    args::{Args, BuildArgs},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
    report, sources,
};
use crate::{
    config::{self, Config},
    pass::{self, Aim, Order},
    publish::Held,
    text, websub,
};

pub(super) async fn run(
    build: &BuildArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    let order = order(build, &config, now)?;
    for notice in &config.notices {
        output.say(&format!("note: {notice}"));
    }
    let Held { store, lock } = newsroom::hold_store(&config, output).await?;
    let newsroom = newsroom::newsroom(&config)?;
    let progress = |what, done, all| output.progress(what, done, all);
    let report = pass::run(&newsroom, store, &order, &progress).await;
    output.finish_progress();
    drop(lock);
    match order.aim {
        Aim::Plan => report::plan(&report?, output),
        Aim::Preview(_) => report::build(&report?, output),
        Aim::Publish => {
            let report = report?;
            tell_others(&config, output, now).await?;
            report::build(&report, output)
        }
    }
}

/// Tells webhooks and the hubs of others what changed. Our own is told by the service, which it is a
/// part of.
async fn tell_others(config: &Config, output: &Output, now: DateTime<Utc>) -> Result<(), Failure> {
    let has_hubs = config.site.hubs.len() > usize::from(config.websub.own_hub);
    if !has_hubs && config.webhooks.is_empty() {
        return Ok(());
    }
    let settings = Arc::new(sources::websub(config)?);
    let Some(mut store) = newsroom::existing_store(config).await? else { return Ok(()) };
    if !config.webhooks.is_empty() {
        for (webhook, why) in websub::tell_webhooks(&settings, &mut store, &super::now).await? {
            output.note(&format!(
                "the webhook {webhook} could not be told of what changed: {why}\n  fix: none is \
                 needed if it comes back; the next build or `feedwright serve` tells it"
            ));
        }
    }
    if !has_hubs {
        return Ok(store.close().await?);
    }
    for (hub, why) in websub::tell_hubs(&settings, &mut store, now).await? {
        output.note(&format!(
            "the hub {hub} could not be told of what changed: {why}\n  fix: none is needed if it \
             comes back; the next build or `feedwright serve` tells it"
        ));
    }
    Ok(store.close().await?)
}

/// What the arguments ask for.
fn order(build: &BuildArgs, config: &Config, now: DateTime<Utc>) -> Result<Order, Failure> {
    let (aim, now) = match (&build.at, &build.out) {
        (Some(at), Some(out)) => {
            let at = text::read_date(at, config.site.time_zone).map_err(|error| {
                Failure::usage(format!("--at: {error}"), "write 2026-01-31T15:00:00-06:00")
            })?;
            (Aim::Preview(preview_folder(out, config)?), at)
        }
        _ if build.dry_run => (Aim::Plan, now),
        _ => (Aim::Publish, now),
    };
    Ok(Order { aim, now, full: build.full, accept: build.accept })
}

/// A preview shows what is embargoed: it must not lie where readers look, nor where stories are
/// read.
fn preview_folder(out: &Path, config: &Config) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(out).map_err(|error| Failure::file(out, error))?;
    if config::overlap(&absolute, &config.publish.folder) {
        return Err(Failure::usage(
            format!("--out `{}` is where the feeds are published", out.display()),
            "name a folder of its own: the preview shows what is embargoed",
        ));
    }
    if let Some(source) = config.sources.iter().find(|it| config::overlap(&absolute, &it.folder)) {
        return Err(Failure::usage(
            format!("--out `{}` is where the stories of {} lie", out.display(), source.name),
            "name a folder of its own",
        ));
    }
    Ok(absolute)
}
