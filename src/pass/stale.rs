//! Files that were published and that the configuration doesn't explain any more stay as they are,
//! until a story that they carry is taken back: nobody would take it out of them.

use std::collections::{BTreeMap, BTreeSet};

use super::{PassError, Report, publish::Press};
use crate::{publish::Folder, store::Store, story::FeedPath};

/// Under this name the store remembers the guids of stories that were taken back, until a pass has
/// published that.
pub(super) const TAKEN_BACK: &str = "taken back";

/// Notes stories that were taken back.
pub(super) async fn note(store: &mut Store, guids: &BTreeSet<String>) -> Result<(), PassError> {
    if guids.is_empty() {
        return Ok(());
    }
    let before = store.remembered(TAKEN_BACK).await?.unwrap_or_default();
    let all: BTreeSet<&str> = before.lines().chain(guids.iter().map(String::as_str)).collect();
    let all: Vec<&str> = all.into_iter().filter(|guid| !guid.is_empty()).collect();
    Ok(store.remember(TAKEN_BACK, &all.join("\n")).await?)
}

/// The unexplained files that carry a story which was taken back, with those that belong to them: the
/// archive pages of a format, and all of a feed that is no more.
pub(super) async fn reached(
    press: &Press<'_>,
    store: &mut Store,
    unwanted: &[String],
    report: &mut Report,
) -> Result<Vec<String>, PassError> {
    let taken = store.remembered(TAKEN_BACK).await?.unwrap_or_default();
    let guids: Vec<&str> = taken.lines().collect();
    if guids.is_empty() {
        return Ok(Vec::new());
    }
    let mut groups: BTreeMap<(FeedPath, String), Vec<String>> = BTreeMap::new();
    for known in press.manifest.values() {
        if press.is_current(&known.file) || unwanted.contains(&known.file) {
            continue;
        }
        if let Ok(feed) = known.feed.parse() {
            let group = (feed, kind(press, &known.feed, &known.file));
            groups.entry(group).or_default().push(known.file.clone());
        }
    }
    for ((feed, of), files) in &mut groups {
        let mut pages = store.archived_files(feed).await?;
        pages.retain(|file| kind(press, feed.as_str(), file) == *of && !unwanted.contains(file));
        files.append(&mut pages);
    }
    let carries = |file: &String| {
        let bytes = Folder::read(&press.newsroom.folder, file).unwrap_or_default();
        let text = unescaped(&String::from_utf8_lossy(&bytes));
        guids.iter().any(|guid| names(&text, guid))
    };
    let mut reached = Vec::new();
    for files in groups.into_values().filter(|files| files.iter().any(carries)) {
        report.notes.push(format!(
            "{} carried a story that was taken back and that no pass takes out of them, since the \
             configuration doesn't explain them any more: they are removed",
            files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", ")
        ));
        reached.extend(files);
    }
    if reached.is_empty() {
        store.remember(TAKEN_BACK, "").await?;
    }
    Ok(reached)
}

/// What of a feed a file belongs to: a format, or all of it where the feed is no more.
fn kind(press: &Press<'_>, feed: &str, file: &str) -> String {
    if !press.plan.feeds.iter().any(|planned| planned.spec.path.as_str() == feed) {
        return String::new();
    }
    let name = file.rsplit('/').next().unwrap_or_default();
    stem(name).split('-').next().unwrap_or_default().to_owned()
}

fn stem(name: &str) -> &str {
    name.split_once('.').map_or(name, |(stem, _)| stem)
}

/// Whether a document has an entry of this id: RSS and Atom, JSON Feed, ninjs. A link to it, or a
/// tombstone, is none.
fn names(text: &str, guid: &str) -> bool {
    [
        format!(">{guid}<"),
        format!(">![CDATA[{guid}]]<"),
        format!("\"id\":\"{guid}\""),
        format!("\"id\": \"{guid}\""),
        format!("\"uri\":\"{guid}\""),
        format!("\"uri\": \"{guid}\""),
    ]
    .iter()
    .any(|form| text.contains(form.as_str()))
}

fn unescaped(text: &str) -> String {
    let text = ["&apos;", "&#39;", "&#x27;"]
        .iter()
        .fold(text.to_owned(), |text, form| text.replace(form, "'"));
    let text = text.replace("&quot;", "\"").replace("&#38;", "&");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
