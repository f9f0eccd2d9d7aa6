//! Texts that refer to other stories: what they ask for, what it comes to, and which of them must
//! be rendered again because it came to something else.
//!
//! # Promises
//! - The answers depend on the public stories of the text's own source alone.
//! - A text is rendered again when one of its answers is another one, and not when a story that it
//!   refers to merely has other words.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use memchr::memmem;

use super::PassError;
use crate::{
    source::References,
    store::{Reference, Store, TOGETHER},
    story::{RawText, path_name},
    text::{ShortcodeContext, expand},
};

/// The paths that a text asks for.
pub(super) fn asked(raw: &RawText, site_url: &str) -> BTreeSet<String> {
    if !may_refer(&raw.text) {
        return BTreeSet::new();
    }
    let asked = RefCell::new(BTreeSet::new());
    let note = |target: &str| {
        asked.borrow_mut().insert(References::path(target).to_owned());
        None
    };
    let context = ShortcodeContext { site_url, page_url: site_url, page_title: "", resolve: &note };
    expand(&raw.text, raw.markup, &context);
    asked.into_inner()
}

/// Whether a text may refer to other stories of its source.
fn may_refer(text: &str) -> bool {
    let has = |mark: &&str| memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    has(&"@/") || (["{{", "{%"].iter().any(has) && ["ref", "post_url", "link"].iter().any(has))
}

/// The stories that these paths of sources may mean, by source.
pub(super) async fn answers<'a>(
    store: &mut Store,
    asked: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<HashMap<String, References>, PassError> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (source, path) in asked {
        names.entry(source).or_default().insert(path_name(path));
    }
    let mut answers = HashMap::with_capacity(names.len());
    for (source, names) in names {
        let names: Vec<&str> = names.into_iter().collect();
        let found = store.named(source, &names).await?;
        answers.insert(source.to_owned(), References::new(found));
    }
    Ok(answers)
}

/// Stories whose texts refer to one that changed, so that they lead elsewhere now. Of `work`, which
/// is looked at, and of all files that moved.
pub(super) async fn outdated(
    store: &mut Store,
    work: &[(i64, i64)],
) -> Result<Vec<i64>, PassError> {
    let mut outdated = BTreeSet::new();
    if !store.has_references().await? {
        return Ok(Vec::new());
    }
    let moved = store.moved_references().await?;
    note_outdated(store, &moved, &mut outdated).await?;
    if !moved.is_empty() {
        store.settle_references().await?;
    }
    for chunk in work.chunks(TOGETHER) {
        let ids: Vec<i64> = chunk.iter().map(|(_, id)| *id).collect();
        let asked = store.references_to(&ids).await?;
        note_outdated(store, &asked, &mut outdated).await?;
    }
    Ok(outdated.into_iter().collect())
}

async fn note_outdated(
    store: &mut Store,
    asked: &[Reference],
    outdated: &mut BTreeSet<i64>,
) -> Result<(), PassError> {
    let paths = asked.iter().map(|asked| (asked.source.as_str(), asked.path.as_str()));
    let answers = answers(store, paths).await?;
    for asked in asked {
        if answers[&asked.source].resolve(&asked.path) != asked.url.as_deref() {
            outdated.extend(store.referring(asked).await?);
        }
    }
    Ok(())
}
