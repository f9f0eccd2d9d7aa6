//! Rules of RSS, of the vocabularies in it, of OPML and of news sitemaps.

use super::{bare, channel, found, item, outlines, planted, sitemap};
use crate::check::{Exchange, Hints, check};

#[test]
fn faults_of_a_channel() {
    planted(
        channel,
        9,
        &[
            ("feed/element-unknown", 1, "<nonsense/>"),
            ("feed/element-repeated", 1, "<title>A</title>"),
            ("feed/element-misplaced", 1, "<atom:summary>x</atom:summary>"),
            ("feed/text-unexpected", 1, "words"),
            ("feed/attribute-unknown", 2, "\n<docs x=\"1\">https://a.example/</docs>"),
            (
                "feed/attribute-foreign",
                1,
                "<docs x:y=\"1\" xmlns:x=\"https://b.example/\">https://a.example/</docs>",
            ),
            ("feed/xhtml-misplaced", 1, "<xhtml:p>x</xhtml:p>"),
            ("feed/semantics-doubled", 1, "<dc:language>en</dc:language>"),
            (
                "rss/item-before-metadata",
                1,
                "<item><title>D</title><guid isPermaLink=\"false\">tag:a.example,2026:2</guid></item><ttl>5</ttl>",
            ),
            (
                "rss/text-input",
                1,
                "<textInput><title>a</title><description>b</description><name>c</name><link>https://a.example/</link></textInput>",
            ),
            (
                "rss/form-name",
                1,
                "<textInput><title>a</title><description>b</description><name>1 c</name><link>https://a.example/</link></textInput>",
            ),
            ("rss/blink", 1, "<blink/>"),
            ("rss/hour", 1, "<skipHours><hour>25</hour></skipHours>"),
            ("rss/hour-24", 1, "<skipHours><hour>24</hour></skipHours>"),
            ("rss/day", 1, "<skipDays><day>Lunes</day></skipDays>"),
            (
                "rss/skips-too-many",
                1,
                "<skipDays><day>Monday</day><day>Monday</day><day>Monday</day><day>Monday</day><day>Monday</day><day>Monday</day><day>Monday</day><day>Monday</day></skipDays>",
            ),
            ("value/repeated", 2, "<skipHours><hour>1</hour>\n<hour>1</hour></skipHours>"),
            (
                "rss/image-title-differs",
                1,
                "<image><title>Z</title><link>https://a.example/</link><url>https://a.example/a.png</url></image>",
            ),
            (
                "rss/image-link-differs",
                1,
                "<image><title>A</title><link>https://z.example/</link><url>https://a.example/a.png</url></image>",
            ),
            (
                "rss/image-format",
                1,
                "<image><title>A</title><link>https://a.example/</link><url>https://a.example/a.webp</url></image>",
            ),
            (
                "rss/image-size",
                2,
                "<image><title>A</title><link>https://a.example/</link><url>https://a.example/a.png</url>\n<width>145</width></image>",
            ),
            (
                "rss/title-missing",
                1,
                "<image><link>https://a.example/</link><url>https://a.example/a.png</url></image>",
            ),
            (
                "rss/link-missing",
                1,
                "<image><title>A</title><url>https://a.example/a.png</url></image>",
            ),
            (
                "feed/element-missing",
                1,
                "<image><title>A</title><link>https://a.example/</link></image>",
            ),
            (
                "feed/attribute-missing",
                1,
                "<cloud domain=\"a.example\" path=\"/\" registerProcedure=\"\" protocol=\"soap\"/>",
            ),
            ("sy/period", 1, "<sy:updatePeriod>often</sy:updatePeriod>"),
            ("websub/hub-address", 1, "<atom:link rel=\"hub\" href=\"ftp://a.example/\"/>"),
            ("rss/mail-without-name", 1, "<webMaster>a@b.example</webMaster>"),
            ("value/mail", 1, "<webMaster>nobody</webMaster>"),
            ("value/mail-host", 1, "<webMaster>root@localhost (Root)</webMaster>"),
        ],
    );
}

#[test]
fn faults_of_an_item() {
    planted(
        item,
        10,
        &[
            ("rss/guid-not-permalink", 1, "<guid>tag:a.example,2026:1</guid>"),
            ("rss/guid-short", 1, "<guid isPermaLink=\"false\">12</guid>"),
            ("value/boolean", 1, "<guid isPermaLink=\"no\">tag:a.example,2026:1</guid>"),
            ("rss/content-before-description", 1, "<content:encoded>a</content:encoded>"),
            (
                "rss/enclosure-repeated",
                2,
                "<enclosure url=\"https://a.example/a\" length=\"1\" type=\"a/b\"/>\n<enclosure url=\"https://a.example/b\" length=\"1\" type=\"a/b\"/>",
            ),
            (
                "rss/enclosure-length",
                1,
                "<enclosure url=\"https://a.example/a\" length=\"-1\" type=\"a/b\"/>",
            ),
            (
                "value/number",
                1,
                "<enclosure url=\"https://a.example/a\" length=\"many\" type=\"a/b\"/>",
            ),
            (
                "value/media-type",
                1,
                "<enclosure url=\"https://a.example/a\" length=\"1\" type=\"audio\"/>",
            ),
            ("address/invalid", 1, "<enclosure url=\"/a\" length=\"1\" type=\"a/b\"/>"),
            ("rss/text-doubled", 1, "<atom:content>a</atom:content>"),
            ("rss/comment-rss", 1, "<wfw:commentRSS>https://a.example/</wfw:commentRSS>"),
            ("rss/comments-without-date", 1, "<slash:comments>1</slash:comments>"),
            ("slash/hit-parade", 1, "<slash:hit_parade>a</slash:hit_parade>"),
            ("geo/degrees", 1, "<geo:lat>91</geo:lat>"),
            ("feed/blank", 1, "<category/>"),
        ],
    );
    let all = found(&item("<guid isPermaLink=\"false\">a:b</guid>").replace("guid", "dc:source"));
    assert!(all.contains(&("rss/guid-missing", 9)), "{all:?}");
    let twice = item(
        "<guid isPermaLink=\"false\">tag:a.example,2026:1</guid></item>\n<item>\n<guid isPermaLink=\"false\">tag:a.example,2026:1</guid>",
    );
    assert!(found(&twice).contains(&("value/repeated", 12)));
}

#[test]
fn faults_of_whole_feeds_of_rss() {
    let with = |from: &str, to: &str| found(&channel("").replace(from, to));
    assert!(with("version=\"2.0\"", "version=\"3.0\"").contains(&("rss/version", 2)));
    assert!(with("<title>A</title>\n", "").contains(&("rss/title-missing", 3)));
    assert!(with("<description>B</description>\n", "").contains(&("rss/description-missing", 3)));
    assert!(with("rel=\"self\"", "rel=\"related\"").contains(&("rss/self-missing", 3)));
    let hub = channel("<atom:link rel=\"hub\" href=\"https://a.example/hub\"/>");
    let hub = hub.replace("rel=\"self\"", "rel=\"related\"");
    assert!(found(&hub).contains(&("websub/self-missing", 9)));
    assert!(with("<title>C</title>\n", "").contains(&("rss/item-empty", 10)));
    planted(
        bare,
        1,
        &[
            (
                "rss/doctype",
                1,
                "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \"http://my.netscape.com/publish/formats/rss-0.91.dtd\">\n<rss version=\"0.91\"/>",
            ),
            (
                "feed/namespace-wrong",
                2,
                "\n<rss xmlns=\"http://backend.userland.com/rss2\" version=\"2.0\"/>",
            ),
            (
                "feed/element-without-namespace",
                3,
                "<rss version=\"2.0\" xmlns:x=\"https://x.example/\">\n<channel><x:a>\n<b/></x:a></channel></rss>",
            ),
            (
                "rdf/about-missing",
                2,
                "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\">\n<channel/></rdf:RDF>",
            ),
            (
                "media/namespace",
                1,
                "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss\"/>",
            ),
            (
                "wiki/namespace-old",
                1,
                "<rss version=\"2.0\" xmlns:wiki=\"http://www.usemod.com/cgi-bin/mb.pl?ModWiki\"/>",
            ),
            ("feed/root-unknown", 1, "<html><head/></html>"),
        ],
    );
}

#[test]
fn an_address_whose_feed_names_no_hub_is_remarked() {
    let rules = |exchange: &Exchange, document: &str| -> Vec<&'static str> {
        let hints = Hints { exchange: Some(exchange), ..Hints::default() };
        check(document.as_bytes(), &hints).findings.iter().map(|it| it.rule.id).collect()
    };
    let (plain, named) = (Exchange::default(), Exchange { names_hub: true, ..Exchange::default() });
    let hub = channel("<atom:link rel=\"hub\" href=\"https://a.example/hub\"/>");
    let json =
        "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"A\", \"items\": []}";
    assert!(rules(&plain, &channel("")).contains(&"websub/hub-missing"));
    assert!(rules(&plain, json).contains(&"websub/hub-missing"));
    assert!(!rules(&named, &channel("")).contains(&"websub/hub-missing"));
    assert!(!rules(&plain, &hub).contains(&"websub/hub-missing"));
}

#[test]
fn faults_of_media_rss() {
    planted(
        item,
        10,
        &[
            ("media/adult-deprecated", 1, "<media:adult>true</media:adult>"),
            (
                "media/group-single",
                1,
                "<media:group><media:content url=\"https://a.example/a\"/></media:group>",
            ),
            ("media/credit-role", 1, "<media:credit role=\"King\">a</media:credit>"),
            ("media/text-type", 1, "<media:title type=\"rich\">a</media:title>"),
            ("media/hash", 1, "<media:hash>12</media:hash>"),
            ("media/rating", 1, "<media:rating>fine</media:rating>"),
            (
                "media/restriction",
                1,
                "<media:restriction relationship=\"perhaps\">all</media:restriction>",
            ),
            ("media/time", 1, "<media:thumbnail url=\"https://a.example/a\" time=\"noon\"/>"),
            ("media/medium", 1, "<media:content url=\"https://a.example/a\" medium=\"paper\"/>"),
            (
                "media/expression",
                1,
                "<media:content url=\"https://a.example/a\" expression=\"part\"/>",
            ),
            ("feed/attribute-missing", 1, "<media:thumbnail/>"),
            ("value/number", 1, "<media:content url=\"https://a.example/a\" height=\"0\"/>"),
        ],
    );
}

#[test]
fn faults_of_a_podcast() {
    planted(
        channel,
        9,
        &[
            ("itunes/category", 1, "<itunes:category text=\"Nonsense\"/>"),
            ("itunes/category-old", 1, "<itunes:category text=\"Politics\"/>"),
            ("itunes/keywords", 1, "<itunes:keywords>a b c</itunes:keywords>"),
            ("value/choice", 1, "<itunes:type>daily</itunes:type>"),
            (
                "value/too-long",
                1,
                &format!("<itunes:subtitle>{}</itunes:subtitle>", "x".repeat(256)),
            ),
        ],
    );
    planted(
        item,
        10,
        &[
            ("itunes/duration", 1, "<itunes:duration>long</itunes:duration>"),
            (
                "itunes/enclosure-format",
                1,
                "<enclosure url=\"https://a.example/a.ogg\" length=\"1\" type=\"audio/ogg\"/><itunes:title>a</itunes:title>",
            ),
        ],
    );
    let all = found(&channel("<itunes:author>A</itunes:author>"));
    assert!(
        all.contains(&("itunes/element-missing", 3)) && all.contains(&("itunes/owner-missing", 3))
    );
    let latin = channel("<itunes:author>A</itunes:author>").replace("utf-8", "iso-8859-1");
    assert!(found(&latin).contains(&("itunes/not-utf8", 3)));
}

#[test]
fn faults_of_a_list_of_subscriptions() {
    planted(
        outlines,
        4,
        &[
            ("feed/attribute-missing", 1, "<outline title=\"a\"/>"),
            ("opml/xml-url-missing", 1, "<outline text=\"a\" title=\"a\" type=\"rss\"/>"),
            (
                "opml/title-missing",
                1,
                "<outline text=\"a\" type=\"rss\" xmlUrl=\"https://a.example/\"/>",
            ),
            ("opml/url-missing", 1, "<outline text=\"a\" type=\"link\"/>"),
            ("opml/type-missing", 1, "<outline text=\"a\" xmlUrl=\"https://a.example/\"/>"),
            ("opml/feed-version", 1, "<outline text=\"a\" version=\"Atom\"/>"),
        ],
    );
    let with = |from: &str, to: &str| {
        found(&outlines("<outline text=\"a\" type=\"b\"/>").replace(from, to))
    };
    assert!(with("version=\"2.0\"", "version=\"3.0\"").contains(&("opml/version", 2)));
    assert!(with("version=\"2.0\"", "version=\"1.1\"").contains(&("opml/type", 4)));
    assert!(
        with("</head>", "<expansionState>a</expansionState></head>")
            .contains(&("opml/expansion-state", 3))
    );
    assert!(found("<outlineDocument/>").contains(&("opml/obsolete", 1)));
}

#[test]
fn faults_of_a_news_sitemap() {
    let story = |change: (&str, &str)| {
        "<url><loc>https://a.example/1</loc>\n<news:news>\n<news:publication>\
        <news:name>A</news:name>\n<news:language>pt</news:language></news:publication>\
        <news:publication_date>2026-03-01T10:00:00Z</news:publication_date>\
        <news:title>B</news:title></news:news></url>"
            .replace(change.0, change.1)
    };
    planted(
        sitemap,
        3,
        &[
            ("sitemap/element-missing", 2, &story(("<news:title>B</news:title>", ""))),
            ("sitemap/language", 4, &story((">pt<", ">pt-BR<"))),
            ("sitemap/story-old", 4, &story(("2026-03-01", "2026-02-01"))),
            ("date/w3c", 4, &story(("2026-03-01T10:00:00Z", "yesterday"))),
            ("sitemap/loc-repeated", 5, &format!("{}\n{}", story(("", "")), story(("", "")))),
            ("sitemap/news-repeated", 4, &story(("</news:news>", "</news:news><news:news/>"))),
            ("sitemap/too-many", 0, &story(("", "")).repeat(1001)),
        ],
    );
}
