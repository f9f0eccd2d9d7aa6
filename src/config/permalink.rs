//! Permalink patterns: the address of a story, with tokens in braces.

use url::Url;

use super::{
    fault::did_you_mean,
    spot::{Faults, Spot},
    values,
};

use crate::story::PERMALINK_TOKENS as TOKENS;

/// Of these, one at least tells stories apart.
const TELLING: [&str; 8] = [
    "slug",
    "slug_ascii",
    "slug_raw",
    "slug_or_filename",
    "slug_or_title",
    "filename",
    "title",
    "id",
];

/// Stands for a token while the address around it is read; letters that no rule rewrites.
const STAND_IN: &str = "feedwrighttokenx";

/// Reads a pattern: absolute, or beginning with `/` and taken from `site`.
///
/// What stands between the tokens is brought to the form of an ASCII address.
pub(super) fn read(
    written: &str,
    site: &Url,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<String> {
    let written = written.trim();
    let tokens = tokens(written, at, faults)?;
    if !tokens.iter().any(|token| TELLING.contains(token)) {
        let fix = "add one of `{slug}`, `{filename}`, `{title}`, `{id}`";
        faults.add_key(at, &format!("`{written}` gives many stories one address"), fix);
        return None;
    }
    let mut bare = match written.strip_prefix('/') {
        Some(rest) if !rest.starts_with('/') => format!("{site}{rest}"),
        _ => written.to_owned(),
    };
    for (index, token) in tokens.iter().enumerate() {
        bare = bare.replacen(&format!("{{{token}}}"), &stand_in(index), 1);
    }
    let is_absolute = bare.starts_with("https://") || bare.starts_with("http://");
    if !is_absolute {
        let fix = "begin it with `https://` or `/`, such as `/{section}/{slug}/`";
        faults.add_key(at, &format!("`{written}` is no absolute address"), fix);
        return None;
    }
    let url = values::address(&bare, at, faults)?;
    if url.host_str().is_some_and(|host| host.contains(STAND_IN)) || url.fragment().is_some() {
        let fix = "use tokens in the path and the query only, and no `#`";
        faults.add_key(at, &format!("`{written}` is no address of a page"), fix);
        return None;
    }
    let mut pattern = String::from(url);
    for (index, token) in tokens.iter().enumerate() {
        pattern = pattern.replacen(&stand_in(index), &format!("{{{token}}}"), 1);
    }
    Some(pattern)
}

fn stand_in(index: usize) -> String {
    format!("{STAND_IN}{index}x")
}

/// The tokens in their order; none where a brace is left over or a token is unknown.
fn tokens<'w>(written: &'w str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Vec<&'w str>> {
    let mut tokens = Vec::new();
    let mut all_known = true;
    let mut rest = written;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((token, after)) = after.split_once('}') else {
            faults.add_key(at, &format!("`{written}` has a `{{` without `}}`"), "close the token");
            return None;
        };
        if TOKENS.contains(&token) {
            tokens.push(token);
        } else {
            all_known = false;
            let what = format!("has the unknown token `{{{token}}}`");
            faults.add_key(at, &what, did_you_mean(token, TOKENS));
        }
        rest = after;
    }
    all_known.then_some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(text: &str) -> Result<String, String> {
        let root = toml::de::DeValue::Boolean(true);
        let mut faults = Faults::new("config.toml", "", Vec::new());
        let site = Url::parse("https://x.example/blog/").expect("an address");
        let at = Spot::root(&root).key("source").inner("permalink");
        let read = read(text, &site, &at, &mut faults);
        let settled = faults.settle(read);
        settled.map(|read| read.expect("a pattern")).map_err(|faults| faults.0[0].fix.clone())
    }

    #[test]
    fn a_pattern_is_absolute_or_taken_from_the_site() {
        assert_eq!(
            read_one("https://x.example/{section}/{year}/{slug}/").as_deref(),
            Ok("https://x.example/{section}/{year}/{slug}/")
        );
        assert_eq!(
            read_one("/política/{slug}?l={language}").as_deref(),
            Ok("https://x.example/blog/pol%C3%ADtica/{slug}?l={language}")
        );
        for bad in ["{slug}/", "//y.example/{slug}", "https://{slug}.example/", "/{slug}#a"] {
            assert!(read_one(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_token_is_guessed() {
        assert_eq!(read_one("/{slgu}/"), Err("did you mean `slug`?".to_owned()));
        assert_eq!(read_one("/{slug"), Err("close the token".to_owned()));
    }

    #[test]
    fn a_pattern_that_gives_all_stories_one_address_is_refused() {
        assert!(read_one("/{section}/{year}/").is_err());
    }
}
