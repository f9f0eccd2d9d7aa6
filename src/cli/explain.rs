//! stub
use super::{
    args::{Args, ExplainArgs},
    failure::{Exit, Failure},
    output::Output,
};
use chrono::{DateTime, Utc};
pub(super) async fn run(
    _e: &ExplainArgs,
    _a: &Args,
    _o: &Output,
    _n: DateTime<Utc>,
) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
