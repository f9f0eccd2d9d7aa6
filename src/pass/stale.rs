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
    let forms = guids.iter().flat_map(|guid| [(*guid).to_owned(), escaped(guid)]);
    let forms: BTreeSet<String> = forms.collect();
    let carries = |file: &String| {
        let bytes = Folder::read(&press.newsroom.folder, file).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        // A tombstone says what is to be said.
        let tells = |form: &String| text.matches(&format!(" ref=\"{form}\"")).count();
        forms.iter().any(|form| text.matches(form.as_str()).count() > tells(form))
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
