//! Whether two addresses mean the same page, as far as that can be told without asking.

/// What equal addresses share: host and path without scheme, letter case of the host, `index.html`,
/// fragment, final slash, and the marks by which visits are counted (`utm_source=rss`).
pub fn address_key(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('#').next().unwrap_or_default();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = path.strip_suffix("index.html").unwrap_or(path);
    let mut key = format!("{}{}", host.to_lowercase(), path.trim_end_matches('/'));
    let told = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("utm_"));
    for (place, pair) in told.enumerate() {
        key.push(if place == 0 { '?' } else { '&' });
        key.push_str(pair);
    }
    key
}

/// What equal addresses of entries share: as [`address_key`], with the fragment, since a comment
/// has the address of its page and a fragment of its own.
pub fn entry_key(url: &str) -> String {
    let key = address_key(url);
    match url.split_once('#') {
        // What counts readers is no place on the page.
        Some((_, fragment)) if !fragment.is_empty() && !fragment.contains('=') => {
            format!("{key}#{fragment}")
        }
        _ => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_share_a_key_and_others_do_not() {
        let key = address_key("https://S.example/a/b/");
        for same in ["http://s.example/a/b", "https://s.example/a/b/index.html?utm_source=rss#top"]
        {
            assert_eq!(address_key(same), key, "{same}");
        }
        for other in ["https://s.example/a/b?p=1", "https://s.example/A/b", "https://s.example/a"] {
            assert_ne!(address_key(other), key, "{other}");
        }
    }

    #[test]
    fn an_entry_at_a_place_on_a_page_is_not_the_page() {
        let page = entry_key("https://s.example/a/");
        for same in ["http://s.example/a#", "https://s.example/a/#xtor=RSS-1"] {
            assert_eq!(entry_key(same), page);
        }
        assert_ne!(entry_key("https://s.example/a/#comment-1"), page);
        assert_eq!(
            entry_key("https://s.example/a/#one"),
            entry_key("https://s.example/a/index.html#one")
        );
    }
}
