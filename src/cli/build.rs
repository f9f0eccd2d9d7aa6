//! `feedwright build`: one pass.

use chrono::{DateTime, Utc};

use super::{
    args::{Args, BuildArgs},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
    report,
};
use crate::pass::{self, Order};

pub(super) async fn run(
    _build: &BuildArgs,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let config = newsroom::load(args)?;
    for notice in &config.notices {
        output.say(&format!("note: {notice}"));
    }
    let _lock = newsroom::lock(&config, output)?;
    let store = newsroom::open_store(&config).await?;
    let newsroom = newsroom::newsroom(&config)?;
    let progress = |what, done, all| output.progress(what, done, all);
    let report = pass::run(&newsroom, store, &Order::at(now), &progress).await;
    output.finish_progress();
    report::build(&report?, output)
}
