//! What a request asks for: a method and a path, read strictly.
//!
//! # Promises
//! - No path climbs: dot segments, encoded slashes, backslashes and control characters are
//!   refused, raw or encoded.

use http::{HeaderMap, Method, StatusCode, Uri, Version, header};

/// Bytes of path and query that a request may have.
const LONGEST: usize = 2048;

/// A request that can be looked up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// GET or HEAD of a path, decoded, below where the feeds are served: `latam/rss.xml`.
    Path(String),
    /// OPTIONS, of whatever.
    Options,
}

/// Reads what is asked for; the error is the status that refuses it.
///
/// `base` is the path of the feeds' address, such as `/` or `/feeds/`: a proxy may have taken it
/// off already.
pub(super) fn read(
    method: &Method,
    uri: &Uri,
    version: Version,
    headers: &HeaderMap,
    base: &str,
) -> Result<Target, StatusCode> {
    if *method == Method::OPTIONS {
        one_host(version, headers)?;
        return Ok(Target::Options);
    }
    if *method != Method::GET && *method != Method::HEAD {
        one_host(version, headers)?;
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    path(uri, version, headers, base).map(Target::Path)
}

/// The path of a request, decoded, below where the feeds are served.
pub(super) fn path(
    uri: &Uri,
    version: Version,
    headers: &HeaderMap,
    base: &str,
) -> Result<String, StatusCode> {
    one_host(version, headers)?;
    let whole = uri.path_and_query().map_or(0, |whole| whole.as_str().len());
    if whole > LONGEST {
        return Err(StatusCode::URI_TOO_LONG);
    }
    let path = uri.path();
    let path = path.strip_prefix(base).or_else(|| path.strip_prefix('/'));
    path.and_then(decoded).ok_or(StatusCode::BAD_REQUEST)
}

/// RFC 9112 §3.2.
fn one_host(version: Version, headers: &HeaderMap) -> Result<(), StatusCode> {
    let count = || headers.get_all(header::HOST).iter().count();
    if version == Version::HTTP_11 && count() != 1 { Err(StatusCode::BAD_REQUEST) } else { Ok(()) }
}

/// A path without its percents, if nothing in it is odd.
fn decoded(path: &str) -> Option<String> {
    let whole = path.as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_/.".contains(byte);
    if whole.iter().all(is_plain) && !whole.starts_with(b".") && !path.contains("/.") {
        return Some(path.to_owned()); // As most are.
    }
    let mut percents = whole.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    let is_coded = |at: usize| {
        whole.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !percents.all(|(at, _)| is_coded(at)) {
        return None;
    }
    let text = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let slashes = |text: &str| text.bytes().filter(|byte| *byte == b'/').count();
    let is_odd = text.contains(|letter: char| letter == '\\' || letter.is_control())
        || text.split('/').any(|part| part == "." || part == "..")
        || slashes(&text) != slashes(path);
    (!is_odd).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn get(uri: &str, base: &str) -> Result<Target, StatusCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("feeds.example"));
        let uri = uri.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
        read(&Method::GET, &uri, Version::HTTP_11, &headers, base)
    }

    #[expect(clippy::unnecessary_wraps, reason = "as it is compared")]
    fn path(text: &str) -> Result<Target, StatusCode> {
        Ok(Target::Path(text.to_owned()))
    }

    #[test]
    fn a_path_is_decoded_below_the_base() {
        assert_eq!(get("/latam/rss.xml", "/"), path("latam/rss.xml"));
        assert_eq!(get("/feeds/latam/rss.xml?x=1", "/feeds/"), path("latam/rss.xml"));
        assert_eq!(get("/latam/rss.xml", "/feeds/"), path("latam/rss.xml"));
        assert_eq!(get("http://feeds.example/rss.xml", "/"), path("rss.xml"));
        assert_eq!(get("/%6Catam/", "/"), path("latam/"));
        assert_eq!(get("/", "/"), path(""));
        assert_eq!(get("/m%C3%A9xico/", "/"), path("méxico/"));
    }

    #[test]
    fn a_path_that_climbs_or_hides_something_is_refused() {
        for odd in [
            "/../etc/passwd",
            "/a/../rss.xml",
            "/%2e%2e/etc/passwd",
            "/a/%2E%2e/b",
            "/./rss.xml",
            "/a%2Frss.xml",
            "/a%2frss.xml",
            "/a%5Crss.xml",
            "/rss.xml%00",
            "/rss.xml%0d%0aX:1",
            "/%ff%fe",
            "/%",
            "/%zz",
            "/a%2",
        ] {
            assert_eq!(get(odd, "/"), Err(StatusCode::BAD_REQUEST), "{odd}");
        }
    }

    #[test]
    fn what_is_too_long_or_without_one_host_is_refused() {
        let long = format!("/{}", "a".repeat(LONGEST));
        assert_eq!(get(&long, "/"), Err(StatusCode::URI_TOO_LONG));
        let uri: Uri = "/rss.xml".parse().expect("an address");
        let mut headers = HeaderMap::new();
        let ask = |version, headers: &HeaderMap| read(&Method::GET, &uri, version, headers, "/");
        assert_eq!(ask(Version::HTTP_11, &headers), Err(StatusCode::BAD_REQUEST));
        assert_eq!(ask(Version::HTTP_10, &headers), path("rss.xml"));
        headers.append(header::HOST, HeaderValue::from_static("a"));
        headers.append(header::HOST, HeaderValue::from_static("b"));
        assert_eq!(ask(Version::HTTP_11, &headers), Err(StatusCode::BAD_REQUEST));
    }

    #[test]
    fn other_methods_are_refused() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("a"));
        let uri: Uri = "/rss.xml".parse().expect("an address");
        for name in ["POST", "PUT", "DELETE", "TRACE", "BREW"] {
            let method = Method::from_bytes(name.as_bytes()).expect("a method");
            let answer = read(&method, &uri, Version::HTTP_11, &headers, "/");
            assert_eq!(answer, Err(StatusCode::METHOD_NOT_ALLOWED), "{name}");
        }
    }
}
