//! Small feeds of every kind, and what must not harm the reader.

use super::*;
use crate::story::Thumbnail;

fn named(name: &str) -> Person {
    Person { name: name.to_owned(), ..Person::default() }
}

fn image(entry: &ReadEntry) -> Option<&str> {
    entry.image.as_ref().map(|image| image.url.as_str())
}

fn read(text: &str) -> ReadFeed {
    read_feed(text.as_bytes(), &Hints::default()).expect("a feed")
}

fn only(text: &str) -> ReadEntry {
    let mut feed = read(text);
    assert_eq!(feed.entries.len(), 1, "{feed:#?}");
    feed.entries.remove(0)
}

/// An item in a channel, with the usual vocabularies.
fn item(inside: &str) -> ReadEntry {
    only(&format!(
        "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>T</title>\
         <item>{inside}</item></channel></rss>"
    ))
}

fn at(text: &str) -> Option<DateTime<Utc>> {
    let date = text.parse();
    assert!(date.is_ok(), "{text}");
    date.ok()
}

#[test]
fn an_rss_item_is_read_with_all_that_readers_use() {
    let feed = read(
        r#"<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"
  xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>The Gazette</title><atom:link rel="self" href="https://g.example/rss.xml"/>
<link>https://g.example/</link><lastBuildDate>Tue, 13 Jan 2026 15:00:00 GMT</lastBuildDate>
<item><title>River &amp;amp; valley</title><link> https://g.example/a?b=1&amp;c=2 </link>
<guid isPermaLink="false"> https://g.example/?p=123 </guid>
<pubDate>Mon, 12 Jan 2026 15:00:00 GMT</pubDate><dcterms:modified>2026-01-13T15:00:00Z</dcterms:modified>
<description>It &lt;b&gt;rose&lt;/b&gt;.</description><content:encoded><![CDATA[<p>It rose.</p>]]></content:encoded>
<dc:creator>Ana Ruiz, Li Wei</dc:creator><category domain="https://g.example/">news/city</category><category>rivers</category>
<enclosure url="https://g.example/a.mp3" type="audio/mpeg" length="12"/>
<media:content url="https://g.example/a.jpg" medium="image"><media:thumbnail url="https://g.example/s.jpg"/></media:content>
</item></channel></rss>"#,
    );
    assert_eq!((feed.kind, feed.title.as_str()), (FeedKind::Rss, "The Gazette"));
    assert_eq!(feed.link.as_deref(), Some("https://g.example/"));
    assert_eq!(feed.updated, at("2026-01-13T15:00:00Z"));
    let category = |term: &str, scheme: Option<&str>| ReadCategory {
        term: term.to_owned(),
        scheme: scheme.map(str::to_owned),
        label: None,
    };
    let wanted = ReadEntry {
        guid: "https://g.example/?p=123".to_owned(),
        url: Some("https://g.example/a?b=1&c=2".to_owned()),
        title: "River & valley".to_owned(),
        published: at("2026-01-12T15:00:00Z"),
        updated: at("2026-01-13T15:00:00Z"),
        summary: Some("It <b>rose</b>.".to_owned()),
        content_html: Some("<p>It rose.</p>".to_owned()),
        base: None,
        authors: vec![named("Ana Ruiz, Li Wei")],
        categories: vec![
            category("news/city", Some("https://g.example/")),
            category("rivers", None),
        ],
        image: Some(Image {
            url: "https://g.example/a.jpg".to_owned(),
            thumbnail: Some(Thumbnail {
                url: "https://g.example/s.jpg".to_owned(),
                ..Thumbnail::default()
            }),
            ..Image::default()
        }),
        enclosures: vec![ReadEnclosure {
            url: "https://g.example/a.mp3".to_owned(),
            media_type: Some("audio/mpeg".to_owned()),
            length: Some(12),
            ..ReadEnclosure::default()
        }],
        ..ReadEntry::default()
    };
    assert_eq!(feed.entries, [wanted]);
}

#[test]
fn an_atom_entry_is_read_with_all_that_readers_use() {
    let feed = read(
        r#"<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0"
  xml:base="https://g.example/"><title type="html">The &lt;i&gt;Gazette&lt;/i&gt;</title>
<link rel="self" href="atom.xml"/><link href="/"/><updated>2026-01-13T15:00:00Z</updated>
<author><name>The Gazette</name></author>
<at:deleted-entry ref="tag:g.example,2026:9" when="2026-01-13T12:00:00Z"/>
<entry><id>
  tag:g.example,2026:1 </id><title>Use of &lt;b&gt;</title><link rel="related" href="/no"/>
<link rel="alternate" type="application/json" href="/a.json"/><link href="/a"/>
<link rel="enclosure" href="/a.mp3" type="audio/mpeg" length="0"/>
<updated>2026-01-13T15:00:00Z</updated><published>2026-01-12T15:00:00Z</published>
<author><name>Ana Ruiz</name></author><author><name>Li Wei</name></author>
<category term="news/city" label="City" scheme="https://g.example/"/>
<summary>1 &lt; 2</summary>
<content type="xhtml" xml:base="/deep/"><div xmlns="http://www.w3.org/1999/xhtml"><p title="a &quot;b&quot; &lt;">x<br/>y</p></div></content>
</entry></feed>"#,
    );
    assert_eq!((feed.kind, feed.title.as_str()), (FeedKind::Atom, "The Gazette"));
    assert_eq!(feed.link.as_deref(), Some("https://g.example/"));
    assert_eq!(feed.authors, [named("The Gazette")]);
    let when = at("2026-01-13T12:00:00Z");
    assert_eq!(feed.tombstones, [ReadTombstone { guid: "tag:g.example,2026:9".to_owned(), when }]);
    let entry = &feed.entries[0];
    assert_eq!(entry.guid, "tag:g.example,2026:1");
    assert_eq!(entry.url.as_deref(), Some("https://g.example/a"));
    assert_eq!(entry.title, "Use of <b>");
    assert_eq!(entry.published, at("2026-01-12T15:00:00Z"));
    assert_eq!(entry.updated, at("2026-01-13T15:00:00Z"));
    assert_eq!(entry.summary.as_deref(), Some("1 &lt; 2"));
    let content = "<p title=\"a &quot;b&quot; &lt;\">x<br>y</p>";
    assert_eq!(entry.content_html.as_deref(), Some(content));
    assert_eq!(entry.base.as_deref(), Some("https://g.example/deep/"));
    assert_eq!(entry.authors, [named("Ana Ruiz"), named("Li Wei")]);
    assert_eq!(entry.categories[0].label.as_deref(), Some("City"));
    assert_eq!(
        (entry.enclosures[0].url.as_str(), entry.enclosures[0].length),
        ("https://g.example/a.mp3", None)
    );
}

#[test]
fn a_json_feed_is_read_and_a_number_is_an_id() {
    let feed = read(
        r#"{"version":"https://jsonfeed.org/version/1","title":"T","home_page_url":"https://g.example/",
"items":[{"id":42,"url":"https://g.example/a","title":"A","content_html":"<p>x</p>","summary":"a < b",
"image":"https://g.example/a.jpg","date_published":"2026-01-12T15:00:00Z","author":{"name":"Ana"},
"tags":["t",5],"attachments":[{"url":"https://g.example/a.mp3","mime_type":"audio/mpeg","size_in_bytes":9}]},
{"id":"b","content_text":"One\n\nTwo"},{"id":"c","summary":"S","content_text":"S"},"no item"]}"#,
    );
    assert_eq!(feed.kind, FeedKind::Json);
    let [first, second, third] = &feed.entries[..] else { unreachable!("{feed:#?}") };
    assert_eq!((first.guid.as_str(), first.summary.as_deref()), ("42", Some("a &lt; b")));
    assert_eq!((&first.authors[..], first.categories.len()), (&[named("Ana")][..], 1));
    assert_eq!(first.enclosures[0].length, Some(9));
    assert!(second.content_html.as_ref().is_some_and(|html| html.contains("<p>Two</p>")));
    assert_eq!(third.content_html, None, "the summary said twice");
}

#[test]
fn rdf_is_read_with_its_items_beside_the_channel() {
    let feed = read(
        r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://g.example/rss"><title>T</title><link>https://g.example/</link></channel>
<item rdf:about="urn:a"><title>A</title><link>https://g.example/a</link></item>
<item><title>B</title><link>https://g.example/b</link></item></rdf:RDF>"#,
    );
    let guids: Vec<_> = feed.entries.iter().map(|entry| entry.guid.as_str()).collect();
    assert_eq!((feed.kind, &guids[..]), (FeedKind::Rdf, &["urn:a", "https://g.example/b"][..]));
}

#[test]
fn no_guid_is_made_up() {
    assert_eq!(
        item("<link>http://G.example/ñ ñ</link><title>A</title>").guid,
        "http://G.example/ñ ñ"
    );
    assert_eq!(item("<title>A</title><guid> </guid>").guid, "A");
    let permalink = item("<guid>https://g.example/a</guid>");
    assert_eq!(permalink.url.as_deref(), Some("https://g.example/a"));
    assert_eq!(item("<guid isPermaLink=\"false\">https://g.example/a</guid>").url, None);
}

#[test]
fn pictures_and_files_are_told_apart() {
    let thumbnail = item("<media:thumbnail url='https://g.example/t.jpg'/>");
    assert_eq!(image(&thumbnail), Some("https://g.example/t.jpg"));
    let both = item(
        "<enclosure url='https://g.example/a.mp3'/><media:group><media:content \
         url='https://g.example/v.mp4' type='video/mp4'/><media:content \
         url='https://g.example/i.png'/></media:group>",
    );
    assert_eq!(image(&both), Some("https://g.example/i.png"));
    let urls: Vec<_> = both.enclosures.iter().map(|it| it.url.as_str()).collect();
    assert_eq!(urls, ["https://g.example/a.mp3", "https://g.example/v.mp4"]);
}

#[test]
fn what_is_badly_written_is_read_all_the_same() {
    assert_eq!(
        item("<title>Q&A &nbsp;&eacute; &bogus; &#150; &#0;x</title>").title,
        "Q&A é &bogus; – x"
    );
    assert_eq!(item("<link>http://a/?a=1&b=2</link>").url.as_deref(), Some("http://a/?a=1&b=2"));
    assert_eq!(item("<title>A\u{1}\u{B}B</title>").title, "AB");
    let html = item("<description>One<br>two <b>three</description><title>After</title>");
    assert_eq!(
        (html.summary.as_deref(), html.title.as_str()),
        (Some("One<br>two <b>three</b>"), "After")
    );
    assert_eq!(item("<TITLE>A</TITLE></nothing>").title, "A");
    assert_eq!(item("<undeclared:x/><dc:creator>A</dc:creator>").authors, [named("A")]);
    for root in
        ["<rss>", "<rss version=\"9\">", "<rss version=2.0 xmlns='urn:own'>", "Warning: x\n<rss>"]
    {
        let text = format!("{root}<channel><item><title>A</title></item></channel></rss>");
        assert_eq!(only(&text).title, "A", "{root}");
    }
    let draft = only(
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><id>a</id><issued>2026-01-01T00:00:00Z</issued>\
         <content type='text/html' mode='escaped'>&lt;p&gt;x</content></entry></feed>",
    );
    assert_eq!(
        (draft.published, draft.content_html.as_deref()),
        (at("2026-01-01T00:00:00Z"), Some("<p>x"))
    );
    assert_eq!(only("<feed><entry><title>A</title></entry></feed>").title, "A");
}

#[test]
fn a_feed_that_breaks_off_is_read_so_far_and_says_where() {
    let whole = "<rss><channel>\n<item><title>A</title></item>\n<item><title>B</title></item>\n</channel></rss>";
    assert_eq!(read(whole).cut, None);
    for end in ["<title>B</ti", "<title>B</title>", "<![CDATA[", "<!--", "<a b=\"", "</item", "&am"]
    {
        let start = whole.find("<title>B").expect("a second item");
        let feed = read(&format!("{}{end}", &whole[..start]));
        assert_eq!((feed.entries.len(), feed.cut), (1, Some(3)), "{end}");
    }
}

#[test]
fn an_item_is_found_behind_an_element_that_was_left_open() {
    let feed = read(
        "<rss><channel><category>x<item><title>A</title><item><title>B</title></item></channel>",
    );
    let titles: Vec<_> = feed.entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!((&titles[..], feed.cut), (&["A", "B"][..], None));
}

#[test]
fn what_is_no_feed_is_refused_with_what_it_is() {
    for (bytes, wanted) in [
        (&b""[..], "it is empty"),
        (b"\xEF\xBB\xBF \n", "it is empty"),
        (b"hello", "it is no feed: it begins with `hello`"),
        (b"<!DOCTYPE html><html><body></body></html>", "it is no feed but an HTML page"),
        (b"<svg><path/></svg>", "it is no feed: it begins with `<svg>`"),
        (b"{\"items\":[]}", "it is no JSON Feed: neither"),
        (b"[1]", "it is no JSON Feed: it is no object"),
        (b"{\"version\":\"https://jsonfeed.org/version/1\"}", "it is no JSON Feed: it has no list"),
        (b"{\"items\":[", "it is no JSON Feed: EOF"),
        (b"\n<", "line 2: it is no XML"),
        (b"<?xml version='1.0'?>", "line 1: it is no XML: it has no element"),
    ] {
        let error = read_feed(bytes, &Hints::default()).expect_err("no feed");
        assert!(error.to_string().starts_with(wanted), "{error}");
        assert!(!error.fix().is_empty());
    }
}

#[test]
fn deep_wide_and_large_documents_are_refused_not_walked() {
    let media = "<rss xmlns:media='http://search.yahoo.com/mrss/'><channel><item>";
    for (start, nested) in [
        (media, "<media:group>"),
        ("<rss>", "<x>"),
        ("<feed>", "<content type='xhtml'>"),
        ("", "{\"items\":"),
    ] {
        let deep = format!("{start}{}", nested.repeat(20_000));
        let error = read_feed(deep.as_bytes(), &Hints::default()).expect_err("too deep");
        assert!(matches!(error, FeedReadError::TooDeep { line: 1 }), "{error}");
    }
    let allowed = format!("{media}{}", "<media:group>".repeat(MAX_FEED_DEPTH - 3));
    assert_eq!(read(&allowed).cut, Some(1));
    for start in ["<rss>", "<rss><channel><item>"] {
        let wide = format!("{start}{}", "<a/>".repeat(MAX_FEED_ELEMENTS + 1));
        let error = read_feed(wide.as_bytes(), &Hints::default()).expect_err("too wide");
        assert!(matches!(error, FeedReadError::TooMany { .. }), "{error}");
    }
    let large = vec![b' '; MAX_FEED_BYTES + 1];
    assert_eq!(
        read_feed(&large, &Hints::default()),
        Err(FeedReadError::TooLarge { bytes: large.len() })
    );
}

#[test]
fn documents_made_to_be_costly_cost_little() {
    let many = 200_000;
    for text in [
        format!("<rss {}>", "a='b' ".repeat(many)),
        format!("<rss {}><channel/></rss>", (0..many).map(|n| format!("xmlns:n{n}='u' ")).collect::<String>()),
        format!("<rss xml:base='http://a/{}'><channel><link>x</link></channel></rss>", "a/".repeat(many)),
        format!("<rss>{}</rss>", "</a>".repeat(many)),
        format!("<rss><channel><item><title>{}", "&lt;b&gt;".repeat(many)),
        format!("<rss><channel><item><author>{}", "“a@b.cc” ".repeat(many)),
        "<!DOCTYPE rss [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><rss><channel><title>&b;</title></channel></rss>"
            .to_owned(),
    ] {
        assert!(read_feed(text.as_bytes(), &Hints::default()).is_ok(), "{}", text.chars().take(60).collect::<String>());
    }
}

#[test]
fn feeds_that_end_another_parser_are_read() {
    // feed-rs 3.0 panics on both.
    let authors = item("<author>Ana Ruiz Perez “ana@x.example”</author>").authors;
    let email = Some("ana@x.example".to_owned());
    assert_eq!(authors, [Person { email, ..named("Ana Ruiz Perez") }]);
    item(&format!("<title>A</title><itunes:duration>{}</itunes:duration>", "9".repeat(30)));
}

proptest::proptest! {
    #[test]
    fn no_bytes_harm_the_reader(pieces in proptest::collection::vec(0_usize..PIECES.len(), 0..40)) {
        let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
        for start in ["", "<rss><channel><item>", "<feed><entry>", "{\"items\":["] {
            if let Ok(feed) = read_feed(format!("{start}{text}").as_bytes(), &Hints::default()) {
                let difference = compare(&feed, &feed);
                proptest::prop_assert!(difference.is_empty(), "{difference:?}");
            }
        }
    }
}

const PIECES: [&str; 40] = [
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<title>",
    "</title>",
    "<guid>",
    "</guid>",
    "<id>x</id>",
    "<link href='",
    "'/>",
    "<author>",
    "</author>",
    "é@é.é",
    "“a@b”",
    "(",
    ")",
    "<content type='xhtml'>",
    "</content>",
    "<div>",
    "</div>",
    "<br>",
    "&",
    "&amp;",
    "&#x110000;",
    "&#xD800;",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<!DOCTYPE x [",
    "]>",
    "\"",
    "{",
    "}",
    "\"id\":",
    "xml:base='http://[::1'",
    "\u{0}",
    "<pubDate>Mon, 23 Nov 26 é</pubDate>",
    "<description>",
];

#[test]
fn bytes_cut_anywhere_do_no_harm() {
    let text = "\u{feff}<?xml version='1.0' encoding='utf-8'?><rss><channel><item><title>Añ “é”</title>\
                <link>http://a/</link><description><![CDATA[<p>é</p>]]></description></item></channel></rss>";
    for end in 0..text.len() {
        let _ = read_feed(&text.as_bytes()[..end], &Hints::default());
        let _ = read_feed(&text.as_bytes()[end..], &Hints::default());
    }
}

mod comparing {
    //! Two documents of one feed.

    use super::*;

    fn rss(items: &str) -> ReadFeed {
        read(&format!(
            "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' \
             xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:dcterms='http://purl.org/dc/terms/'>\
             <channel><title>T</title>{items}</channel></rss>"
        ))
    }

    fn atom(entries: &str) -> ReadFeed {
        read(&format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:at='http://purl.org/atompub/tombstones/1.0'>\
             <title>T</title><author><name>Desk</name></author>{entries}</feed>"
        ))
    }

    fn fields(old: &ReadFeed, new: &ReadFeed) -> Vec<Field> {
        let comparison = compare(old, new);
        comparison.changed.into_iter().flat_map(|changed| changed.fields).collect()
    }

    const ONE: &str = "<item><guid>1</guid><title>One</title><link>http://a/1</link>\
        <pubDate>Mon, 12 Jan 2026 15:00:00 GMT</pubDate></item>";

    #[test]
    fn entries_are_new_gone_or_the_same_by_their_guids() {
        let two = "<item><guid>2</guid><title>Two</title></item>";
        let comparison = compare(&rss(ONE), &rss(two));
        assert_eq!((comparison.new[0].id.as_str(), comparison.gone[0].id.as_str()), ("2", "1"));
        assert!(compare(&rss(ONE), &rss(ONE)).is_empty());
        let nameless =
            "<item><description>A</description></item><item><description>B</description></item>";
        let comparison = compare(&rss(nameless), &rss(&nameless.replace(">B<", ">C<")));
        assert_eq!((comparison.new.len(), comparison.gone.len()), (1, 1));
    }

    #[test]
    fn another_guid_with_the_same_address_or_the_same_title_and_instant_would_look_new() {
        let by_address = ONE.replace("<guid>1<", "<guid>x<").replace("One", "Other");
        let by_title = ONE.replace("<guid>1<", "<guid>x<").replace("http://a/1", "http://b/");
        for item in [by_address, by_title] {
            let comparison = compare(&rss(ONE), &rss(&item));
            assert!(comparison.new.is_empty() && comparison.gone.is_empty(), "{comparison:?}");
            let renamed = &comparison.would_look_new[0];
            assert_eq!((renamed.old_id.as_str(), renamed.new_id.as_str()), ("1", "x"));
        }
    }

    #[test]
    fn a_tombstone_makes_a_lost_entry_one_that_was_taken_back() {
        let old = atom("<entry><id>1</id><title>One</title></entry>");
        let new = atom("<at:deleted-entry ref='1' when='2026-01-01T00:00:00Z'/>");
        let comparison = compare(&old, &new);
        assert_eq!((comparison.taken_back.len(), comparison.gone.len()), (1, 0));
    }

    #[test]
    fn each_changed_field_is_named() {
        let old = ONE.replace(
            "</item>",
            "<description>S</description><content:encoded>&lt;p&gt;C&lt;/p&gt;</content:encoded>\
             <dc:creator>A</dc:creator><category>c</category><enclosure url='http://a/x'/></item>",
        );
        for (from, to, field) in [
            ("One", "Won", Field::Title),
            ("http://a/1", "http://a/2", Field::Address),
            ("12 Jan", "13 Jan", Field::Dates),
            (">S<", ">Z<", Field::Summary),
            (";C&", ";D&", Field::Content),
            (">A<", ">B<", Field::Authors),
            (">c<", ">d<", Field::Categories),
            ("http://a/x", "http://a/y", Field::Enclosures),
        ] {
            assert_eq!(fields(&rss(&old), &rss(&old.replace(from, to))), [field]);
        }
    }

    #[test]
    fn the_same_story_in_rss_and_atom_is_the_same() {
        let rss = rss(
            "<item><guid>1</guid><title>Use of &amp;lt;b&amp;gt;</title><link>http://a/1</link>\
             <pubDate>Mon, 12 Jan 2026 15:00:00 GMT</pubDate><description>S &amp;amp; T</description>\
             <content:encoded><![CDATA[<p>Caf&eacute;</p> <p>x<br></p>]]></content:encoded>\
             <dc:creator>Ana, Li</dc:creator><category domain='http://a/'>news</category>\
             <enclosure url='http://a/x' length='1'/></item>",
        );
        let atom = atom(
            "<entry><id>1</id><title>Use of &lt;b&gt;</title><link href='http://a/1'/>\
             <published>2026-01-12T15:00:00Z</published><updated>2026-01-12T15:00:00Z</updated>\
             <summary>S &amp; T</summary><author><name>Ana</name></author><author><name>Li</name></author>\
             <content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Café</p>\n<p>x<br/></p></div></content>\
             <category term='news' label='News'/><link rel='enclosure' href='http://a/x'/>\
             <link rel='enclosure' href='http://a/y'/></entry>",
        );
        assert_eq!(fields(&rss, &atom), []);
        assert_eq!(fields(&atom, &rss), []);
    }

    #[test]
    fn a_description_that_is_the_content_is_no_change() {
        let full = "<item><guid>1</guid><title>A</title><description>&lt;p&gt;x&lt;/p&gt;</description></item>";
        let atom = atom(
            "<entry><id>1</id><title>A</title><content type='html'>&lt;p&gt;x</content></entry>",
        );
        assert_eq!(fields(&rss(full), &atom), [Field::Content], "an end tag is missing");
        let closed = full.replace("&lt;/p&gt;", "");
        assert_eq!(fields(&rss(&closed), &atom), []);
    }

    #[test]
    fn tags_of_json_feed_are_the_labels_of_atom() {
        let json = read(
            "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"T\",\"items\":[{\"id\":\"1\",\
             \"title\":\"A\",\"content_text\":\"A\",\"tags\":[\"News\",\"t\"]}]}",
        );
        let atom = atom(
            "<entry><id>1</id><title>A</title><summary>A</summary><category term='news' label='News'/>\
             <category term='t'/></entry>",
        );
        assert_eq!(fields(&json, &atom), []);
        let rss =
            rss("<item><guid>1</guid><title>A</title><category domain='http://a/'>news</category>\
             <category>t</category></item>");
        assert_eq!(fields(&json, &rss), []);
        assert_eq!(fields(&rss, &json), []);
    }
}
