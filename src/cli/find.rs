//! The story that a person means: by its guid, its address, its own id, or its file.

use super::{failure::Failure, newsroom};
use crate::{config::Config, store::Store, story::Story};

/// The one stored story that `named` means.
pub(super) async fn story(
    config: &Config,
    store: Option<&mut Store>,
    named: &str,
) -> Result<Story, Failure> {
    let found = match store {
        Some(store) => stories(config, store, named).await?,
        None => Vec::new(),
    };
    one(found, named)
}

/// The story, if it is one.
pub(super) fn one(found: Vec<Story>, named: &str) -> Result<Story, Failure> {
    match <[Story; 1]>::try_from(found) {
        Ok([story]) => Ok(story),
        Err(none) if none.is_empty() => Err(Failure::Content(self::none(named))),
        Err(many) => {
            let guids: Vec<&str> = many.iter().map(|story| story.guid.as_str()).collect();
            Err(Failure::Content(format!(
                "`{named}` names {} stories\n  fix: name one by its guid: {}",
                guids.len(),
                guids.join(", ")
            )))
        }
    }
}

/// What is said where no story is meant.
pub(super) fn none(named: &str) -> String {
    format!(
        "no story `{named}` is stored\n  fix: name it by its guid (`feedwright list` shows them), \
         its address, or its file"
    )
}

/// Every stored story that `named` may mean.
pub(super) async fn stories(
    config: &Config,
    store: &mut Store,
    named: &str,
) -> Result<Vec<Story>, Failure> {
    if named.trim().is_empty() {
        return Ok(Vec::new());
    }
    if let Some((source, path)) = newsroom::path_in_source(config, named) {
        let mut found = store.find(&path).await?;
        found.retain(|story| story.source == source && story.path == path);
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(store.find(named).await?)
}
