//! Finds the story that a `ref`, `@/…` or `post_url` in another story's text means.

use std::collections::HashMap;

use crate::story::{path_name, plain_path};

/// Addresses of a source's stories, by the ways in which texts name them.
///
/// Of a text's target only the stories of the same [`path_name`] count: those of one name must be
/// here all or not at all.
#[derive(Debug, Default)]
pub struct References {
    by_name: HashMap<String, Namesakes>,
}

/// Stories of one name.
#[derive(Debug, Default)]
struct Namesakes {
    by_path: HashMap<String, String>,
    /// By the last part of the path alone; none where two stories share it.
    by_last_part: HashMap<String, Option<String>>,
}

impl References {
    /// Takes the paths of stories with their addresses.
    pub fn new(mut addresses: Vec<(String, String)>) -> Self {
        let mut references = Self::default();
        addresses.sort_unstable(); // `index.md` before `index.pt.md`: the main one is meant.
        for (path, url) in addresses {
            let plain = plain_path(&path).to_owned();
            let namesakes = references.by_name.entry(path_name(&path).to_owned()).or_default();
            namesakes
                .by_last_part
                .entry(last_part(&plain).to_owned())
                .and_modify(|other| *other = None)
                .or_insert_with(|| Some(url.clone()));
            namesakes.by_path.entry(plain).or_insert_with(|| url.clone());
            namesakes.by_path.insert(path, url);
        }
        references
    }

    /// The path that `target` in a text asks for.
    pub fn path(target: &str) -> &str {
        let path = target.split_once('#').map_or(target, |(path, _)| path);
        path.trim_start_matches("@/").trim_start_matches("./").trim_matches('/')
    }

    /// The address of the story that `target` means.
    pub fn resolve(&self, target: &str) -> Option<&str> {
        let path = Self::path(target);
        let plain = plain_path(path);
        let Namesakes { by_path, by_last_part } = self.by_name.get(path_name(path))?;
        let url = by_path
            .get(path)
            .or_else(|| by_path.get(plain))
            .or_else(|| by_path.get(&format!("_posts/{plain}")))
            .or_else(|| by_last_part.get(last_part(plain))?.as_ref());
        url.map(String::as_str)
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 10] = [
        "posts/2026-01-02-river.md",
        "posts/bridge/index.md",
        "posts/bridge/index.pt.md",
        "a/x.md",
        "b/x.md",
        "_posts/2026-01-03-dam.md",
        "c/dam.md.txt",
        "c/dam.md",
        "index.md",
        "d/index.md/index.md",
    ];

    fn references(paths: &[&str]) -> References {
        let address = |path: &&str| ((*path).to_owned(), format!("https://s.example/{path}"));
        References::new(paths.iter().map(address).collect())
    }

    #[test]
    fn a_story_is_found_by_every_way_of_naming_it() {
        let references = references(&PATHS);
        let river = Some("https://s.example/posts/2026-01-02-river.md");
        assert_eq!(references.resolve("/posts/2026-01-02-river.md"), river);
        assert_eq!(references.resolve("2026-01-02-river"), river);
        assert_eq!(references.resolve("@/posts/2026-01-02-river.md#top"), river);
        let bridge = Some("https://s.example/posts/bridge/index.md");
        assert_eq!(references.resolve("posts/bridge"), bridge);
        assert_eq!(references.resolve("bridge"), None, "two stories are named bridge");
        assert_eq!(references.resolve("x.md"), None, "two stories are named x");
        assert!(references.resolve("a/x").is_some());
        let dam = Some("https://s.example/_posts/2026-01-03-dam.md");
        assert_eq!(references.resolve("2026-01-03-dam"), dam);
    }

    #[test]
    fn the_stories_of_a_name_alone_give_the_same_answer_as_all() {
        let all = references(&PATHS);
        let shorter = PATHS.iter().flat_map(|path| [*path, plain_path(path), last_part(path)]);
        for target in shorter.flat_map(|path| [path, plain_path(path), path_name(path)]) {
            let name = path_name(References::path(target));
            let named: Vec<&str> =
                PATHS.into_iter().filter(|path| path_name(path) == name).collect();
            assert_eq!(references(&named).resolve(target), all.resolve(target), "{target}");
        }
    }
}
