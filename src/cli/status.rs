//! stub
use super::{
    args::{Args, StatusArgs},
    failure::{Exit, Failure},
    output::Output,
};
use chrono::{DateTime, Utc};
pub(super) async fn run(
    _e: &StatusArgs,
    _a: &Args,
    _o: &Output,
    _n: DateTime<Utc>,
) -> Result<Exit, Failure> {
    Ok(Exit::Done)
}
