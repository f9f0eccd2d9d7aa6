//! Finds the story that a `ref`, `@/…` or `post_url` in another story's text means.

use std::collections::HashMap;

/// Addresses of a source's stories, by the ways in which texts name them.
#[derive(Debug, Default)]
pub struct References {
    by_path: HashMap<String, String>,
    /// By the last part of the path alone; none where two stories share it.
    by_name: HashMap<String, Option<String>>,
}

impl References {
    /// Takes the paths of stories with their addresses.
    pub fn new(addresses: HashMap<String, String>) -> Self {
        let mut references = Self::default();
        let mut addresses: Vec<_> = addresses.into_iter().collect();
        addresses.sort_unstable(); // `index.md` before `index.pt.md`: the main one is meant.
        for (path, url) in addresses {
            let plain = plain(&path).to_owned();
            let name = plain.rsplit('/').next().unwrap_or(&plain).to_owned();
            references
                .by_name
                .entry(name)
                .and_modify(|other| *other = None)
                .or_insert_with(|| Some(url.clone()));
            references.by_path.entry(plain).or_insert_with(|| url.clone());
            references.by_path.insert(path, url);
        }
        references
    }

    /// The address of the story that `target` means, with its fragment.
    pub fn resolve(&self, target: &str) -> Option<String> {
        let (path, fragment) = target.split_once('#').map_or((target, ""), |(p, f)| (p, f));
        let path = path.trim_start_matches("@/").trim_start_matches("./").trim_matches('/');
        let plain = plain(path);
        let name = plain.rsplit('/').next().unwrap_or(plain);
        let url = self
            .by_path
            .get(path)
            .or_else(|| self.by_path.get(plain))
            .or_else(|| self.by_path.get(&format!("_posts/{plain}")))
            .or_else(|| self.by_name.get(name)?.as_ref())?;
        Some(if fragment.is_empty() { url.clone() } else { format!("{url}#{fragment}") })
    }
}

/// A path without its ending and without the `index` of a bundle.
fn plain(path: &str) -> &str {
    let (folder, file) = path.rsplit_once('/').map_or(("", path), |(folder, file)| (folder, file));
    let known = [".md", ".markdown", ".mkd", ".html", ".htm", ".txt"];
    let stem = known.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path);
    if !folder.is_empty() && file.starts_with("index.") { folder } else { stem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_found_by_every_way_of_naming_it() {
        let addresses = ["posts/2026-01-02-river.md", "posts/bridge/index.md", "a/x.md", "b/x.md"];
        let addresses =
            addresses.map(|path| (path.to_owned(), format!("https://s.example/{path}")));
        let references = References::new(addresses.into_iter().collect());
        let river = Some("https://s.example/posts/2026-01-02-river.md".to_owned());
        assert_eq!(references.resolve("/posts/2026-01-02-river.md"), river);
        assert_eq!(references.resolve("2026-01-02-river"), river);
        assert_eq!(
            references.resolve("@/posts/2026-01-02-river.md#top").as_deref(),
            Some("https://s.example/posts/2026-01-02-river.md#top")
        );
        assert!(references.resolve("posts/bridge").is_some());
        assert_eq!(references.resolve("x.md"), None, "two stories are named x");
        assert!(references.resolve("a/x").is_some());
    }
}
