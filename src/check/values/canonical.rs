//! The simplest form of an address (RFC 3986 §6.2.2, §6.2.3; RFC 4287 §4.2.6.1).
//!
//! # Limits
//! - Letters beyond ASCII are left as they are.

use std::borrow::Cow;

const PORTS: [(&str, &str); 3] = [("http", "80"), ("https", "443"), ("ftp", "21")];

/// Whether an id is in its simplest form; ids that are no whole addresses always are.
pub(in crate::check) fn is_canonical(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once(':') else { return true };
    if scheme.bytes().any(|byte| byte.is_ascii_uppercase()) || !percents_are_canonical(rest) {
        return false;
    }
    let Some(rest) = rest.strip_prefix("//") else { return true };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    authority_is_canonical(scheme, authority) && path_is_canonical(path)
}

fn authority_is_canonical(scheme: &str, authority: &str) -> bool {
    let (user, host) =
        authority.rsplit_once('@').map_or(("-", authority), |(user, host)| (user, host));
    if matches!(user, "" | ":") || host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return false;
    }
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, Some(port)),
        _ => (host, None),
    };
    let is_default = PORTS.iter().any(|(known, usual)| *known == scheme && port == Some(*usual));
    let ends_with_dot =
        name.len() > 1 && name.ends_with('.') && name[..name.len() - 1].contains('.');
    !is_default && port != Some("") && !ends_with_dot
}

fn path_is_canonical(path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.starts_with('/') && !path.split('/').any(|part| matches!(part, "." | ".."))
}

/// Whether each `%` is followed by two digits, in capitals, for a byte that needs it.
fn percents_are_canonical(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('%') {
        let Some(digits) = after.get(..2) else { return false };
        let Ok(byte) = u8::from_str_radix(digits, 16) else { return false };
        let needless = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if needless || digits.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return false;
        }
        rest = after;
    }
    true
}

/// An address for comparison: without what makes no difference.
pub(in crate::check) fn comparable(value: &str) -> Cow<'_, str> {
    match url::Url::parse(value) {
        Ok(mut url) => {
            url.set_fragment(None);
            Cow::Owned(url.into())
        }
        Err(_) => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_their_simplest_form_are_told_from_others() {
        for good in ["https://example.org/", "https://example.org/a%20b?x=/../#y", "urn:a:b", "x"] {
            assert!(is_canonical(good), "{good}");
        }
        for bad in [
            "HTTP://example.org/",
            "http://Example.org/",
            "http://example.org:80/",
            "http://example.org",
            "http://example.org/a/../b",
            "http://example.org/%7Ea",
            "http://example.org/%2f",
            "http://@example.org/",
        ] {
            assert!(!is_canonical(bad), "{bad}");
        }
    }
}
