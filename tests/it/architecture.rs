//! The house rules that a reader of one file can't see: floors, sizes, headers, whose types leak.
//!
//! # Limits
//! - Reads the text, not the syntax tree: a `crate::` in a macro's body counts as an import.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Every folder and file at the top of `src/`, by floor. A file imports only from lower floors.
const FLOORS: [&[&str]; 8] = [
    &["story"],
    &["text", "fetch", "store", "config"],
    &["source", "feed"],
    &["format", "check"],
    &["publish"],
    &["pass", "poll", "http", "websub"],
    &["service", "schedule"],
    &["cli", "main", "lib"],
];
const LONGEST: usize = 600;

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The folder (or file) at the top of `src/` to which it belongs.
    fn place(&self) -> String {
        let first = self.path.components().next().expect("a path").as_os_str();
        Path::new(first).file_stem().expect("a name").to_string_lossy().into_owned()
    }

    fn shown(&self, line: usize) -> String {
        format!("src/{}:{line}", self.path.display())
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("UTF-8");
                let path = path.strip_prefix(&root).expect("below src").to_owned();
                sources.push(Source { path, text });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 50, "the sources are found");
    sources
}

fn floor(place: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&place))
}

/// The text with comments and the insides of string literals blanked; lines stay where they are.
fn code(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    let blank = |letter: char| if letter == '\n' { '\n' } else { ' ' };
    while at < letters.len() {
        let here = letters[at];
        let next = letters.get(at + 1).copied();
        let end = match (here, next) {
            ('/', Some('/')) => end_where(&letters, at, |rest| rest[0] == '\n'),
            ('/', Some('*')) => {
                end_where(&letters, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2
            }
            ('"', _) => {
                let mut end = at + 1;
                while end < letters.len() && letters[end] != '"' {
                    end += 1 + usize::from(letters[end] == '\\');
                }
                end + 1
            }
            ('r', Some('"' | '#'))
                if !code.ends_with(|c: char| c.is_alphanumeric() || c == '_') =>
            {
                let hashes = letters[at + 1..].iter().take_while(|letter| **letter == '#').count();
                if letters.get(at + 1 + hashes) == Some(&'"') {
                    let close: Vec<char> =
                        std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    let body = at + hashes + 2;
                    end_where(&letters, body, |rest| rest.starts_with(&close)) + close.len()
                } else {
                    at
                }
            }
            ('\'', Some('"')) => at + 3,
            ('\'', Some('\\')) => end_where(&letters, at + 3, |rest| rest[0] == '\'') + 1,
            _ => at,
        };
        let end = end.min(letters.len());
        if end == at {
            code.push(here);
            at += 1;
        } else {
            code.extend(letters[at..end].iter().map(|letter| blank(*letter)));
            at = end;
        }
    }
    code
}

fn end_where(letters: &[char], from: usize, is_end: impl Fn(&[char]) -> bool) -> usize {
    (from..letters.len()).find(|at| is_end(&letters[*at..])).unwrap_or(letters.len())
}

/// What the code names below `crate::`, with its line: `crate::a`, `crate::{a, b::{c}, self}`.
fn named_in_crate(code: &str) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    for (start, found) in code.match_indices("crate::") {
        let line = 1 + code[..start].matches('\n').count();
        let rest = &code[start + found.len()..];
        match rest.strip_prefix('{') {
            None => named.push((line, word(rest))),
            Some(group) => {
                let mut depth = 0;
                let mut begins = true;
                for (at, letter) in group.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begins = true,
                        letter if begins && !letter.is_whitespace() => {
                            let line = line + group[..at].matches('\n').count();
                            named.push((line, word(&group[at..])));
                            begins = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    named
}

fn word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

#[test]
fn a_file_imports_only_from_lower_floors_or_its_own_folder() {
    let mut faults = Vec::new();
    for source in sources() {
        let place = source.place();
        let Some(own) = floor(&place) else {
            faults.push(format!("{}: `{place}` stands on no floor; give it one", source.shown(1)));
            continue;
        };
        for (line, name) in named_in_crate(&code(&source.text)) {
            let below = floor(&name).is_some_and(|floor| floor < own);
            if !below && name != place {
                let place = source.shown(line);
                faults.push(format!("{place}: floor {own} imports `crate::{name}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_relative_path_climbs_out_of_its_folder() {
    let mut faults = Vec::new();
    for source in sources() {
        let depth = source.path.components().count() - usize::from(source.path.ends_with("mod.rs"));
        let code = code(&source.text);
        let tests = code.find("mod tests {").unwrap_or(code.len());
        for (start, _) in code.match_indices("super::") {
            let chain = code[start..].split("super::").take_while(|part| part.is_empty()).count();
            let inner = code[..start].ends_with("super::");
            let allowed = depth - 1 + usize::from(start > tests);
            if !inner && chain > allowed && source.path.components().count() > 1 {
                let line = 1 + code[..start].matches('\n').count();
                faults.push(format!("{}: `super::` {chain} times", source.shown(line)));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn types_of_the_feed_crates_stay_in_the_formats_and_the_feed_source() {
    let mut faults = Vec::new();
    for source in sources() {
        let path = source.path.to_string_lossy().into_owned();
        if path.starts_with("format/") || path.starts_with("source/feed") {
            continue;
        }
        let code = code(&source.text);
        for krate in ["rss::", "atom_syndication::"] {
            for (start, _) in code.match_indices(krate) {
                let before = code[..start].chars().next_back().unwrap_or(' ');
                if !(before.is_alphanumeric() || before == '_' || before == ':') {
                    let line = 1 + code[..start].matches('\n').count();
                    faults.push(format!("{}: `{krate}`", source.shown(line)));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_file_is_longer_than_six_hundred_lines() {
    let sources = sources();
    let lengths = sources.iter().map(|source| (source, source.text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > LONGEST);
    let long: Vec<_> = long.map(|(source, lines)| source.shown(lines)).collect();
    assert!(long.is_empty(), "split by subject: {}", long.join(", "));
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    let sources = sources();
    let silent = sources.iter().filter(|source| !source.text.starts_with("//! "));
    let silent: Vec<_> = silent.map(|source| source.shown(1)).collect();
    assert!(silent.is_empty(), "{}", silent.join(", "));
}

#[test]
fn the_page_about_architecture_names_every_folder() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let page = fs::read_to_string(page).expect("docs/architecture.md");
    let folders: BTreeSet<_> =
        sources().iter().filter(|s| s.path.components().count() > 1).map(Source::place).collect();
    let missing: Vec<_> =
        folders.iter().filter(|folder| !page.contains(&format!("{folder}/"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_reader_of_sources_sees_groups_and_passes_over_words() {
    let text = "use crate::{\n    a::{self, B},\n    c,\n};\n// crate::d\nlet e = \"crate::f\";\n\
        let q = '\"'; crate::g::h(); r#\"crate::i \" \"#; /* crate::j */";
    let named: Vec<_> = named_in_crate(&code(text));
    let named: Vec<_> = named.iter().map(|(line, name)| (*line, name.as_str())).collect();
    assert_eq!(named, [(2, "a"), (3, "c"), (7, "g")]);
}
