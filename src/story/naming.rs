//! By which name the texts of other stories refer to a story.

/// Longer names are cut: they still lead to every story that may be meant.
const LONGEST_NAME: usize = 200;

/// A path without its ending and without the `index` of a bundle.
pub fn plain_path(path: &str) -> &str {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let known = [".md", ".markdown", ".mkd", ".html", ".htm", ".txt"];
    let stem = known.iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path);
    if !folder.is_empty() && file.starts_with("index.") { folder } else { stem }
}

/// The name that a path and all shorter ways of writing it have in common: the last part of it.
pub fn path_name(path: &str) -> &str {
    let mut plain = path;
    while plain_path(plain) != plain {
        plain = plain_path(plain);
    }
    let name = plain.rsplit('/').next().unwrap_or(plain);
    &name[..name.floor_char_boundary(LONGEST_NAME)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_path_has_its_name() {
        for path in
            ["posts/dam.md", "posts/dam", "dam", "dam.html", "dam/index.pt.md", "dam.md.txt"]
        {
            assert_eq!(path_name(path), "dam", "{path}");
        }
        assert_eq!(path_name("_posts/2026-01-02-dam.md"), "2026-01-02-dam");
        assert_eq!((path_name(""), path_name(".md"), path_name("index.md")), ("", "", "index"));
        assert_eq!(path_name(&"ñ".repeat(300)), "ñ".repeat(100));
    }
}
