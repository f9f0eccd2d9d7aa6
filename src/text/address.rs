//! Addresses that may be published.
//!
//! # Promises
//! - What comes out is an absolute URI of ASCII characters (RFC 3986): hosts in punycode, the rest
//!   percent-encoded.
//! - No scheme but the listed ones, no user names or passwords.

use url::{Position, Url};

/// `text`, read against `base`, as an absolute http or https address; none where it is no such.
pub fn absolute_address(text: &str, base: &Url) -> Option<String> {
    absolute(text, base, &["https", "http"])
}

/// Whether [`absolute_address`] would give `url` back as it is.
pub fn is_absolute_address(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http")
        && url.username().is_empty()
        && url.password().is_none()
        && !url[Position::BeforePath..].bytes().any(needs_a_look)
}

/// Like [`absolute_address`], for links: `mailto` and `tel` too.
pub(super) fn absolute_link(text: &str, base: &Url) -> Option<String> {
    absolute(text, base, &["https", "http", "mailto", "tel"])
}

/// Every candidate of a `srcset` made absolute; those that can't be are dropped.
pub(super) fn absolute_srcset(text: &str, base: &Url) -> Option<String> {
    let mut set = String::new();
    for (address, descriptor) in candidates(text) {
        let Some(address) = absolute_address(address, base) else {
            continue;
        };
        if !set.is_empty() {
            set.push_str(", ");
        }
        // A comma at either end of an address would be read as a separator.
        let ends = address.trim_end_matches(',');
        set.push_str(ends);
        (ends.len()..address.len()).for_each(|_| set.push_str("%2C"));
        if !descriptor.is_empty() {
            set.push(' ');
            set.push_str(descriptor);
        }
    }
    (!set.is_empty()).then_some(set)
}

/// The address and the descriptor (`2x`, `640w`, or nothing) of each candidate
/// (HTML §4.8.4.2.2: an address ends at white space, or at commas that end it).
pub(super) fn candidates(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        if address.ends_with(',') {
            rest = after;
            return Some((address.trim_end_matches(','), ""));
        }
        let (descriptor, after) = after.split_once(',').unwrap_or((after, ""));
        rest = after;
        Some((address, usable(descriptor.trim())))
    })
}

fn usable(descriptor: &str) -> &str {
    let number = descriptor.strip_suffix(['w', 'x']).unwrap_or_default();
    let fits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if fits { descriptor } else { "" }
}

fn absolute(text: &str, base: &Url, schemes: &[&str]) -> Option<String> {
    let mut url = base.join(text.trim()).ok()?;
    if !schemes.contains(&url.scheme()) {
        return None;
    }
    if url.has_authority() && (!url.username().is_empty() || url.password().is_some()) {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    Some(as_uri(&url))
}

/// `url` leaves some characters as they are that RFC 3986 does not know.
fn as_uri(url: &Url) -> String {
    let (head, rest) = (&url[..Position::BeforePath], &url[Position::BeforePath..]);
    let bytes = rest.as_bytes();
    let first_hash = rest.find('#');
    let bad = |at: usize| match bytes[at] {
        b'%' => {
            let hex = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_hexdigit);
            !(hex(bytes.get(at + 1)) && hex(bytes.get(at + 2)))
        }
        b'#' => first_hash != Some(at),
        byte => !byte.is_ascii_graphic() || b"\"<>[\\]^`{|}".contains(&byte),
    };
    if !rest.bytes().any(needs_a_look) {
        return url.as_str().to_owned();
    }
    let mut uri = String::with_capacity(url.as_str().len() + 8);
    uri.push_str(head);
    for (at, byte) in bytes.iter().enumerate() {
        if bad(at) {
            uri.push_str(percent_encoding::percent_encode_byte(*byte));
        } else {
            uri.push(char::from(*byte));
        }
    }
    uri
}

/// Whether a byte may have to be written in another way.
fn needs_a_look(byte: u8) -> bool {
    !byte.is_ascii_graphic()
        || matches!(byte, b'%' | b'#' | b'"' | b'<' | b'>' | b'['..=b'^' | b'`' | b'{'..=b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://news.example/latam/flood/").expect("a base")
    }

    fn address(text: &str) -> Option<String> {
        absolute_address(text, &base())
    }

    #[test]
    fn addresses_come_out_as_absolute_uris_in_ascii() {
        for (text, wanted) in [
            ("/a b.jpg", "https://news.example/a%20b.jpg"),
            ("x?y=ñ#é", "https://news.example/latam/flood/x?y=%C3%B1#%C3%A9"),
            ("//cdn.example/i", "https://cdn.example/i"),
            ("http://münchen.example/", "http://xn--mnchen-3ya.example/"),
            ("#top", "https://news.example/latam/flood/#top"),
            ("/a|b[c]{d}?q=[1]^`", "https://news.example/a%7Cb%5Bc%5D%7Bd%7D?q=%5B1%5D%5E%60"),
            ("/100%?a=%zz&b=%41#x#y", "https://news.example/100%25?a=%25zz&b=%41#x%23y"),
            ("http://[::1]:80/x", "http://[::1]/x"),
            ("https://me:secret@host.example/x", "https://host.example/x"),
            (" \n/x\t", "https://news.example/x"),
        ] {
            assert_eq!(address(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn an_address_that_is_absolute_comes_out_as_it_is() {
        for (text, is) in [
            ("https://news.example/latam/2026/flood/", true),
            ("http://news.example/?a=b&c", true),
            ("https://news.example/a%20b", false),
            ("https://me@news.example/a", false),
            ("ftp://news.example/a", false),
        ] {
            let url = Url::parse(text).expect("an address");
            assert_eq!(is_absolute_address(&url), is, "{text}");
            assert!(!is || address(text).as_deref() == Some(url.as_str()), "{text}");
        }
    }

    #[test]
    fn other_schemes_and_unparsable_addresses_are_none() {
        for text in [
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            " \u{1}javascript:alert(1)",
            "data:image/png;base64,AAAA",
            "vbscript:x",
            "ftp://host.example/x",
            "mailto:a@b.example",
            "file:///etc/passwd",
            "http://",
            "http://[::1",
            "blob:https://a.example/1",
        ] {
            assert_eq!(address(text), None, "{text}");
        }
        assert_eq!(
            absolute_link("mailto:a@b.example", &base()).as_deref(),
            Some("mailto:a@b.example")
        );
    }

    #[test]
    fn each_candidate_of_a_srcset_is_made_absolute() {
        let set = |text: &str| absolute_srcset(text, &base());
        let wanted = "https://news.example/a,w_1/x.jpg 1x, https://news.example/b.jpg 2x";
        assert_eq!(set("/a,w_1/x.jpg 1x, /b.jpg 2x").as_deref(), Some(wanted));
        let wanted = "https://news.example/a.jpg, https://news.example/b.jpg 640w";
        assert_eq!(set("/a.jpg, /b.jpg 640w, javascript:x 3x").as_deref(), Some(wanted));
        assert_eq!(set("data:image/png;base64,AA== 1x"), None);
        assert_eq!(set(" , ,"), None);
    }
}
