//! Rules about bytes and namespaces.

use super::{bare, channel, checked, found, planted};
use crate::check::{Hints, MAX_CHECK_BYTES, check};

fn of_bytes(bytes: &[u8]) -> Vec<(&'static str, usize)> {
    let checked = check(bytes, &Hints::default());
    checked.findings.iter().map(|it| (it.rule.id, it.place.map_or(0, |place| place.line))).collect()
}

#[test]
fn faults_of_bytes() {
    let head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\">\n";
    let bytes = [head.as_bytes(), b"\xE9</rss>"].concat();
    assert!(of_bytes(&bytes).contains(&("xml/encoding-undecodable", 3)));
    let named = |name: &str| head.replace("utf-8", name);
    assert!(of_bytes(named("utf-99").as_bytes()).contains(&("xml/encoding-unknown", 1)));
    assert!(of_bytes(named("utf-16").as_bytes()).contains(&("xml/encoding-contradicts", 1)));
    assert!(of_bytes(named("ibm866").as_bytes()).contains(&("xml/encoding-obscure", 1)));
    assert!(of_bytes(named("iso-8859-1").as_bytes()).contains(&("xml/encoding-not-utf8", 1)));
    assert!(of_bytes(b"<rss/>").contains(&("xml/encoding-missing", 1)));
    let latin = [named("iso-8859-1").as_bytes(), b"\x92</rss>"].concat();
    assert!(of_bytes(&latin).contains(&("xml/character-dubious", 3)));
    assert_eq!(of_bytes(&vec![b' '; MAX_CHECK_BYTES + 1]), [("xml/too-large", 0)]);
}

#[test]
fn faults_of_documents() {
    planted(
        bare,
        1,
        &[
            ("xml/not-well-formed", 2, "<rss>\n<channel></rss>"),
            ("xml/declaration-late", 2, "\n<?xml version=\"1.0\"?><rss/>"),
            ("xml/version", 1, "<?xml version=\"1.1\"?><rss/>"),
            ("xml/namespace-invalid", 1, "<rss xmlns:a=\"not an address\"/>"),
        ],
    );
    let external = checked("<!DOCTYPE rss SYSTEM \"rss.dtd\">\n<rss/>");
    assert!(external.findings.iter().any(|it| it.rule.id == "xml/external-entity"));
}

#[test]
fn faults_of_namespaces() {
    let declared = |name: &str, address: &str| {
        let checked = checked(
            &channel("").replace("<channel>", &format!("<channel xmlns:{name}=\"{address}\">")),
        );
        let rules: Vec<_> = checked.findings.iter().map(|it| it.rule.id).collect();
        rules
    };
    assert!(declared("x", "https://x.example/").contains(&"xml/namespace-unknown"));
    assert!(declared("x", "https://schema.org/").contains(&"xml/namespace-unchecked"));
    assert!(declared("ag", "https://x.example/").contains(&"xml/prefix-reserved"));
    assert!(declared("x", "http://purl.org/dc/terms/").contains(&"xml/prefix-unusual"));
}

#[test]
fn letters_that_were_encoded_twice_are_found() {
    let all = found(&channel("<copyright>\nCafÃ© é</copyright>"));
    assert!(!all.iter().any(|it| it.0 == "xml/character-dubious"), "`é` was encoded once: {all:?}");
    let all = found(&channel("<copyright>\nCafÃ©</copyright>"));
    assert!(all.contains(&("xml/character-dubious", 10)));
}
