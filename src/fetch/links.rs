//! The `Link` header (RFC 8288): where the origin says its hub and its own address are. Pure.
//!
//! # Limits
//! - Links of another context (`anchor`) are left out: they say nothing of this document.
//! - At most [`MOST`] links are read.

use http::{HeaderMap, header};
use url::Url;

/// Links of one answer beyond which none is read.
const MOST: usize = 64;

/// A link of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// One relation, in lower case: `hub`, `self`, `alternate`.
    pub rel: String,
    /// Where it leads.
    pub href: Url,
}

/// The links of a head, one for each relation, in the order written.
pub(super) fn links(headers: &HeaderMap, base: &Url) -> Vec<Link> {
    let mut links = Vec::new();
    for line in headers.get_all(header::LINK) {
        read(&String::from_utf8_lossy(line.as_bytes()), base, &mut links);
    }
    links
}

fn read(line: &str, base: &Url, links: &mut Vec<Link>) {
    let mut rest = line;
    while let Some((_, from)) = rest.split_once('<') {
        let Some((target, after)) = from.split_once('>') else { return };
        let (rels, is_other, after) = parameters(after);
        rest = after;
        let (Some(rels), Ok(href)) = (rels, base.join(target.trim())) else { continue };
        if is_other {
            continue;
        }
        for rel in rels.split_ascii_whitespace() {
            if links.len() == MOST {
                return;
            }
            links.push(Link { rel: rel.to_ascii_lowercase(), href: href.clone() });
        }
    }
}

/// The first `rel`, whether there is an `anchor`, and what stands behind the next comma.
fn parameters(text: &str) -> (Option<String>, bool, &str) {
    let (mut rels, mut is_other) = (None, false);
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(after) = rest.strip_prefix(';') else {
            // The next link stands behind a comma; anything else is passed over up to one.
            let end = rest.find(',').map_or(rest.len(), |comma| comma + 1);
            return (rels, is_other, &rest[end..]);
        };
        let end = after.find(['=', ';', ',']).unwrap_or(after.len());
        let name = after[..end].trim().to_ascii_lowercase();
        rest = &after[end..];
        let mut value = String::new();
        if let Some(given) = rest.strip_prefix('=') {
            (value, rest) = parameter_value(given.trim_start());
        }
        match name.as_str() {
            // The first one counts (§3.3).
            "rel" if rels.is_none() => rels = Some(value),
            "anchor" => is_other = true,
            _ => {}
        }
    }
}

/// A token or a quoted string, and what stands behind it.
fn parameter_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            _ => value.push(letter),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn found(lines: &[&str]) -> Vec<String> {
        let base = Url::parse("https://s.example/feeds/rss.xml").expect("a URL");
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::LINK, HeaderValue::from_str(line).expect("a value"));
        }
        let links = links(&headers, &base);
        links.iter().map(|link| format!("{} {}", link.rel, link.href)).collect()
    }

    #[test]
    fn hubs_and_own_addresses_are_found_however_they_are_written() {
        assert_eq!(
            found(&["<https://hub.example/>; rel=\"hub\", </feeds/rss.xml>;rel=self"]),
            ["hub https://hub.example/", "self https://s.example/feeds/rss.xml"]
        );
        assert_eq!(found(&["<a> ; REL = \"Self  hub\"; type=\"x\""]).len(), 2);
        assert_eq!(found(&["<a>; rel=self", "<b>; rel=hub"]).len(), 2);
        assert_eq!(
            found(&["<a>; title=\"x, <y>; rel=z\"; rel=hub"]),
            ["hub https://s.example/feeds/a"]
        );
        assert_eq!(
            found(&[r#"<a>; title="q\"<z>"; rel="hub""#]),
            ["hub https://s.example/feeds/a"]
        );
        assert_eq!(found(&["<?a,b;c>; rel=hub"]), ["hub https://s.example/feeds/rss.xml?a,b;c"]);
    }

    #[test]
    fn only_the_first_relation_counts_and_other_contexts_do_not() {
        assert_eq!(found(&["<a>; rel=hub; rel=self"]), ["hub https://s.example/feeds/a"]);
        assert!(found(&["<a>; rel=hub; anchor=\"https://other.example/\""]).is_empty());
    }

    #[test]
    fn what_is_no_link_is_passed_over() {
        for line in [
            "",
            "<",
            "<a",
            "<a>",
            "a; rel=hub",
            "<a>; rel",
            "<a>; rel=\"",
            "<http://[>; rel=hub",
            ";;;,,,",
        ] {
            assert!(found(&[line]).is_empty(), "{line}");
        }
        assert_eq!(found(&["rubbish, <a>; rel=hub"]).len(), 1);
        assert_eq!(found(&[&"<a>; rel=hub, ".repeat(1000)]).len(), MOST);
    }
}
