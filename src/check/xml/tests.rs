//! What the reader of XML is for.

use super::*;

fn found(text: &str) -> Vec<(&'static str, usize)> {
    let mut report = Report::default();
    parse(text, &mut report);
    let found = report.finish(text).0;
    let place = |finding: &crate::check::Finding| finding.place.map_or(0, |place| place.line);
    found.iter().map(|finding| (finding.rule.id, place(finding))).collect()
}

#[test]
fn what_is_not_well_formed_is_found_at_its_line() {
    for (text, line) in [
        ("<a>\n<b></a>", 2),
        ("<a>\n&\n</a>", 2),
        ("<a\n b=c/>", 2),
        ("<a\n b='1'\n b='2'/>", 3),
        ("<a>\n", 2),
        ("", 1),
        ("<a/>\n<b/>", 2),
        ("<a>\n]]></a>", 2),
        ("<a>\n<!-- -- --></a>", 2),
        ("<a>\n< b</a>", 2),
        ("<a/>\nx", 2),
        ("<a b='1'c='2'/>", 1),
        ("<a:b:c/>", 1),
        ("<a>\n</a></a>", 2),
        ("<a>\n<b x='>\n</a>", 2),
    ] {
        assert_eq!(found(text).first(), Some(&("xml/not-well-formed", line)), "{text:?}");
    }
    assert_eq!(found("<?xml version='1.0'?>\n<!-- x --><a b='>' c=\"'\"><![CDATA[<]]></a>\n"), []);
}

#[test]
fn what_leaves_the_shape_clear_does_not_hide_the_rest() {
    let text = "<a>\n&nbsp;\n&#0;\n\u{8}\n<x:b/>\n</a>";
    let expected = [
        ("xml/entity-undefined", 2),
        ("xml/character-illegal", 3),
        ("xml/character-illegal", 4),
        ("xml/prefix-undeclared", 5),
    ];
    assert_eq!(found(text), expected);
}

#[test]
fn no_entity_grows() {
    let text = "<!DOCTYPE a [<!ENTITY x 'é'><!ENTITY y '&x;&x;'><!ENTITY z SYSTEM 'file:///'>]>\n\
        <a b='&x;'>&x;\n&y;\n&z;</a>";
    let mut report = Report::default();
    let tree = parse(text, &mut report);
    assert_eq!(tree.elements[0].text.value, "é\n&y;\n&z;");
    let found: Vec<_> = report.finish(text).0.iter().map(|it| it.rule.id).collect();
    assert_eq!(found, ["xml/entity-refused", "xml/external-entity"]);
}

#[test]
fn a_text_knows_where_its_letters_stood() {
    let text = "<a>x&amp;<![CDATA[y]]>z</a>";
    let mut report = Report::default();
    let tree = parse(text, &mut report);
    let letters = &tree.elements[0].text;
    assert_eq!(letters.value, "x&yz");
    let places: Vec<_> = (0..4).map(|byte| letters.place(byte).expect("a place")).collect();
    assert_eq!(places, [3, 4, text.find('y').expect("y"), text.find("z<").expect("z")]);
}

#[test]
fn depth_is_bounded() {
    let deep = "<a>".repeat(100_000);
    assert_eq!(found(&deep)[0].0, "xml/too-deep");
}

#[test]
fn namespaces_are_known_by_their_address() {
    let mut report = Report::default();
    let text = "<r xmlns:d='http://purl.org/dc/elements/1.1'><d:x/><n xmlns='urn:x'/></r>";
    let tree = parse(text, &mut report);
    let prefixes: Vec<_> = tree.elements.iter().map(|it| it.prefix).collect();
    assert_eq!(prefixes, ["", "dc", UNKNOWN]);
}
