//! Moved and retired feeds.

use std::collections::BTreeMap;

use super::{
    entries::MovedWritten,
    fault::did_you_mean,
    resolved::{Config, SectionsMode},
    spot::{Faults, Spot},
    values,
    written::Written,
};
use crate::story::{FeedPath, Format, Language, Move};

/// The feeds in single languages of a feed that moved: they move along.
pub(super) fn in_languages(moves: &[Move], languages: &[Language]) -> Vec<Move> {
    let along = |moved: &Move, language: &Language| {
        let language = language.as_str().to_ascii_lowercase();
        let from = format!("{language}/{}", moved.from_feed()?);
        let to = moved.to.as_ref().map(|to| format!("{language}/{to}"));
        let to = to.map(|to| to.trim_end_matches('/').parse()).transpose().ok()?;
        Some(Move { from, to })
    };
    let moves = moves.iter().filter(|moved| moved.from_feed().is_some_and(|it| !it.is_root()));
    moves.flat_map(|moved| languages.iter().filter_map(move |it| along(moved, it))).collect()
}

/// Fills in the moves; `to` is where a chain of them ends.
pub(super) fn resolve(
    config: &mut Config,
    written: &Written,
    root: &Spot<'_>,
    faults: &mut Faults<'_>,
) {
    let mut moves: Vec<(Move, Spot<'_>)> = Vec::new();
    for (index, moved) in written.moved.iter().enumerate() {
        let at = root.key("moved").item(index);
        let from = from(moved, config, &at, faults);
        let to = moved.to.as_deref().and_then(|to| values::feed(to, &at.key("to"), faults));
        let Some(from) = from else { continue };
        if let Some((_, first)) = moves.iter().find(|(known, _)| known.from == from) {
            let line = faults.reference(&first.key("from"));
            let what = format!("`{from}` has moved {line} already");
            faults.add_key(&at.key("from"), &what, "keep one of the two");
            continue;
        }
        moves.push((Move { from, to }, at));
    }
    let next: BTreeMap<String, Option<FeedPath>> =
        moves.iter().map(|(moved, _)| (moved.from.clone(), moved.to.clone())).collect();
    for (mut moved, at) in moves {
        if let Ok(end) = end_of(&moved, &next) {
            moved.to = end;
        } else {
            let what = format!("`{}` comes back to itself", moved.from);
            faults.add_key(&at.key("to"), &what, "let `to` name a feed that stays");
            continue;
        }
        if let Some(to) = &moved.to {
            check_living(to, config, &at.key("to"), faults);
        }
        config.moves.push(moved);
    }
}

/// Where the chain of moves from `moved` ends; an error where it never does.
fn end_of(moved: &Move, next: &BTreeMap<String, Option<FeedPath>>) -> Result<Option<FeedPath>, ()> {
    let mut to = moved.to.clone();
    for _ in 0..=next.len() {
        let Some(path) = &to else { return Ok(None) };
        match next.get(path.as_str()) {
            Some(further) => to.clone_from(further),
            None => return Ok(to),
        }
    }
    Err(())
}

fn from(
    moved: &MovedWritten,
    config: &Config,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<String> {
    let at = at.key("from");
    let Some(from) = moved.from.as_deref().map(str::trim) else {
        faults.add_missing(&at, "name the old feed: `from = \"latam/seguridad\"`");
        return None;
    };
    let (from, living) = if from.starts_with('/') {
        (old_address(from, &at, faults)?, living_address(from, config))
    } else {
        if from.contains("://") {
            let fix = "write it without scheme and host, such as `/category/x/feed/`";
            faults.add_key(&at, &format!("`{from}` is a whole address"), fix);
            return None;
        }
        let path = values::feed(from, &at, faults)?;
        if path.is_root() {
            faults.add_key(&at, "is empty", "name a path; the site-wide feed stays at the root");
            return None;
        }
        (path.to_string(), config.feeds.iter().any(|spec| spec.path == path))
    };
    if living {
        let what = format!("`{from}` is the place of a feed that is published");
        faults.add_key(&at, &what, "remove that feed, or this move");
        return None;
    }
    Some(from)
}

/// An address of another system, as a path that is safe to lay down in a folder.
fn old_address(from: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let path = from.split(['?', '#']).next().unwrap_or(from);
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let leads_out = decoded.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."));
    let strange = |letter: char| letter.is_control() || matches!(letter, '\\' | '"' | '<' | '>');
    let odd = decoded.contains(strange) || from.contains([' ', '#', ';', '{', '}']);
    if leads_out || odd || decoded.contains("//") || path == "/" {
        let fix = "write an old address below the site, such as `/category/x/feed/`";
        faults.add_key(at, &format!("`{from}` is no old address"), fix);
        return None;
    }
    Some(from.to_owned())
}

/// Whether an address is that of a feed which is published: its folder or one of its files.
fn living_address(from: &str, config: &Config) -> bool {
    let plain = from.split('?').next().unwrap_or(from).trim_matches('/');
    let (folder, file) = plain.rsplit_once('/').unwrap_or(("", plain));
    let is_file = Format::ALL.iter().any(|f| f.file_name() == file) || file == "index.html";
    config.feeds.iter().any(|spec| {
        let path = spec.path.as_str();
        (!path.is_empty() && path == plain) || (is_file && path == folder)
    }) || plain == "feeds.opml"
}

fn check_living(to: &FeedPath, config: &Config, at: &Spot<'_>, faults: &mut Faults<'_>) {
    let mut living = config.feeds.iter().map(|spec| &spec.path);
    if config.sections == SectionsMode::Declared && !living.any(|path| path == to) {
        let names =
            config.feeds.iter().map(|spec| spec.path.as_str()).filter(|path| !path.is_empty());
        let fix = did_you_mean(to.as_str(), names);
        faults.add_key(at, &format!("`{to}` is no declared section or feed"), fix);
    }
}
