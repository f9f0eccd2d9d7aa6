//! What feeds of other people's programs look like, and what an entry may say.

use super::*;
use crate::story::Thumbnail;

fn read(text: &str) -> ReadFeed {
    read_feed(text.as_bytes(), &Hints::default()).expect("a feed")
}

fn only(text: &str) -> ReadEntry {
    let mut feed = read(text);
    assert_eq!(feed.entries.len(), 1, "{feed:#?}");
    feed.entries.remove(0)
}

fn item(inside: &str) -> ReadEntry {
    only(&format!("<rss version=\"2.0\"><channel><item>{inside}</item></channel></rss>"))
}

fn entry(inside: &str) -> ReadEntry {
    only(&format!("<feed xmlns='http://www.w3.org/2005/Atom'><entry>{inside}</entry></feed>"))
}

fn at(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok()
}

#[test]
fn relative_addresses_start_where_the_document_is() {
    let address = Url::parse("https://g.example/news/feed.xml").ok();
    let hints = Hints { address: address.as_ref(), ..Hints::default() };
    let rss = "<rss><channel><link>/</link><atom:link rel='hub' href='/hub'/><item><link>a</link>\
               <enclosure url='b.mp3'/><media:thumbnail url='//cdn.example/c.jpg'/></item>\
               <item xml:base='https://other.example/x/'><link>a</link></item></channel></rss>";
    let feed = read_feed(rss.as_bytes(), &hints).expect("a feed");
    assert_eq!(feed.link.as_deref(), Some("https://g.example/"));
    assert_eq!(feed.hubs, ["https://g.example/hub"]);
    let [first, second] = &feed.entries[..] else { unreachable!("{feed:#?}") };
    assert_eq!(first.url.as_deref(), Some("https://g.example/news/a"));
    assert_eq!(first.enclosures[0].url, "https://g.example/news/b.mp3");
    assert_eq!(first.image.as_ref().map(|it| it.url.as_str()), Some("https://cdn.example/c.jpg"));
    assert_eq!(second.url.as_deref(), Some("https://other.example/x/a"));
    assert_eq!(
        (first.base.as_deref(), second.base.as_deref()),
        (None, Some("https://other.example/x/"))
    );
    let json = "{\"title\":\"T\",\"next_url\":\"2.json\",\"items\":[{\"id\":1,\"url\":\"a\"}]}";
    let feed = read_feed(json.as_bytes(), &hints).expect("a feed");
    assert_eq!(feed.next_page.as_deref(), Some("https://g.example/news/2.json"));
    assert_eq!(feed.entries[0].url.as_deref(), Some("https://g.example/news/a"));
}

#[test]
fn a_feed_says_how_often_it_wants_to_be_read_and_who_tells_of_changes() {
    let feed = read(
        "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' xmlns:a='http://www.w3.org/2005/Atom'>\
         <channel><title>T</title><language>pt-br</language><copyright>(c) G</copyright><ttl>60</ttl>\
         <skipHours><hour>24</hour><hour>3</hour><hour>x</hour><hour>99</hour></skipHours>\
         <skipDays><day>Sunday</day><day>Caturday</day></skipDays>\
         <sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>\
         <a:link rel='self' href='https://g.example/rss'/><a:link rel='hub' href='https://h.example/'/>\
         <a:link rel='next' href='https://g.example/rss?page=2'/></channel></rss>",
    );
    assert_eq!((feed.language.as_deref(), feed.rights.as_deref()), (Some("pt-br"), Some("(c) G")));
    assert_eq!(
        (&feed.hubs[..], feed.self_link.as_deref()),
        (&["https://h.example/".to_owned()][..], Some("https://g.example/rss"))
    );
    assert_eq!(feed.next_page.as_deref(), Some("https://g.example/rss?page=2"));
    let rhythm = Rhythm {
        ttl_minutes: Some(60),
        skip_hours: vec![0, 3],
        skip_days: vec![Weekday::Sun],
        update_every: Some(360),
    };
    assert_eq!(feed.rhythm, rhythm);
    let json = read(
        "{\"title\":\"T\",\"feed_url\":\"https://g.example/f\",\"language\":\"en\",\"hubs\":[{\"type\":\
         \"rssCloud\",\"url\":\"https://c.example/\"},{\"type\":\"WebSub\",\"url\":\"https://h.example/\"}],\"items\":[]}",
    );
    assert_eq!(
        (&json.hubs[..], json.self_link.as_deref()),
        (&["https://h.example/".to_owned()][..], Some("https://g.example/f"))
    );
}

#[test]
fn an_entry_says_where_it_came_from_in_which_language_and_whose_it_is() {
    let rss = item(
        "<title>A</title><source url='https://o.example/rss'>The Origin</source><dc:language>fr</dc:language>\
         <dc:rights>(c) O</dc:rights><dcterms:valid>start=2026-01-01; end=2026-02-01T00:00:00Z</dcterms:valid>",
    );
    let origin = Origin {
        title: "The Origin".to_owned(),
        url: "https://o.example/rss".to_owned(),
        home: None,
    };
    assert_eq!((rss.origin, rss.language.as_deref()), (Some(origin.clone()), Some("fr")));
    assert_eq!((rss.rights.as_deref(), rss.expires), (Some("(c) O"), at("2026-02-01T00:00:00Z")));
    let atom = entry(
        "<title>A</title><source><title>The Origin</title><link rel='self' href='https://o.example/rss'/>\
         <link href='https://o.example/'/><updated>2026-01-01T00:00:00Z</updated></source>\
         <content xml:lang='fr'>x</content><rights type='html'>&lt;b>(c)&lt;/b> O</rights>",
    );
    let home = Some("https://o.example/".to_owned());
    assert_eq!(atom.origin, Some(Origin { home, ..origin }));
    assert_eq!((atom.title.as_str(), atom.updated), ("A", None), "those of the source are its own");
    assert_eq!((atom.language.as_deref(), atom.rights.as_deref()), (Some("fr"), Some("(c) O")));
}

#[test]
fn a_picture_comes_with_what_is_said_of_it() {
    let entry = item(
        "<media:group><media:content url='https://g.example/a.jpg' medium='image' width='800' height='600' \
         fileSize='9'><media:title>Bridge</media:title><media:description>The &lt;b&gt;old&lt;/b&gt; bridge\
         </media:description><media:credit role='photographer'>Li Wei</media:credit>\
         <media:license href='https://cc.example/by'>CC BY</media:license></media:content>\
         <media:thumbnail url='https://g.example/s.jpg' width='80'/></media:group>",
    );
    let text = |text: &str| Some(text.to_owned());
    let wanted = Image {
        url: "https://g.example/a.jpg".to_owned(),
        alt: None,
        title: text("Bridge"),
        caption: text("The old bridge"),
        credit: text("Li Wei"),
        license: text("https://cc.example/by"),
        width: Some(800),
        height: Some(600),
        length: Some(9),
        thumbnail: Some(Thumbnail {
            url: "https://g.example/s.jpg".to_owned(),
            width: Some(80),
            height: None,
        }),
    };
    assert_eq!(entry.image, Some(wanted));
    assert_eq!(entry.enclosures, []);
}

#[test]
fn an_episode_has_its_playing_time_and_a_file_its_title() {
    let episode = item(
        "<enclosure url='https://g.example/a.mp3' length='0' type='audio/mpeg'/>\
         <itunes:duration>1:02:03</itunes:duration><itunes:author>Ana</itunes:author>\
         <itunes:image href='https://g.example/a.jpg'/>",
    );
    assert_eq!(
        (episode.enclosures[0].duration_seconds, episode.enclosures[0].length),
        (Some(3723), None)
    );
    assert_eq!((episode.authors[0].name.as_str(), episode.image.is_some()), ("Ana", true));
    let atom = entry("<link rel='enclosure' href='https://g.example/a.pdf' title='The report'/>");
    assert_eq!(atom.enclosures[0].title.as_deref(), Some("The report"));
}

#[test]
fn a_mail_address_is_no_name() {
    let people = item("<author>ana@g.example</author><dc:creator>Li Wei</dc:creator>").authors;
    let [ana, li] = &people[..] else { unreachable!("{people:?}") };
    assert_eq!((ana.name.as_str(), ana.email.as_deref()), ("", Some("ana@g.example")));
    assert_eq!((li.name.as_str(), &li.email), ("Li Wei", &None));
    let parts = entry(
        "<author><name>Ana</name><email>ana@g.example</email><uri>https://a.example/</uri></author>",
    );
    let ana = &parts.authors[0];
    assert_eq!((ana.name.as_str(), ana.url.as_deref()), ("Ana", Some("https://a.example/")));
    assert_eq!(ana.email.as_deref(), Some("ana@g.example"));
}

#[test]
fn a_date_that_cannot_be_read_is_told_and_none_is_made_up() {
    let never = item("<pubDate>0000-00-00 00:00:00</pubDate>");
    assert_eq!((never.published, never.undated.as_deref()), (None, Some("0000-00-00 00:00:00")));
    let one = item("<pubDate>soon</pubDate><dc:date>2026-01-12T15:00:00Z</dc:date>");
    assert_eq!((one.published, one.undated), (at("2026-01-12T15:00:00Z"), None));
    assert_eq!(item("<title>A</title>").undated, None);
    assert_eq!(
        item("<PubDate>Mon, 12 Jan 2026 15:00:00 GMT</PubDate>").published,
        at("2026-01-12T15:00:00Z")
    );
}

#[test]
fn vocabularies_are_known_by_their_addresses_under_any_prefix() {
    let entry = only(
        "<x:rss xmlns:x='http://backend.userland.com/rss2'><x:channel><x:item><x:title>A</x:title>\
         <dublin:creator xmlns:dublin='http://purl.org/dc/elements/1.1/'>Ana</dublin:creator>\
         <full:encoded xmlns:full='http://purl.org/rss/1.0/modules/content/'>&lt;p>x</full:encoded>\
         </x:item></x:channel></x:rss>",
    );
    assert_eq!((entry.title.as_str(), entry.authors[0].name.as_str()), ("A", "Ana"));
    assert_eq!(entry.content_html.as_deref(), Some("<p>x"));
    let atom = only(
        "<a:feed xmlns:a='https://www.w3.org/2005/Atom/'><a:entry><a:id>1</a:id></a:entry></a:feed>",
    );
    assert_eq!(atom.guid, "1");
}

#[test]
fn content_may_be_escaped_inline_or_in_base64() {
    for (content, wanted) in [
        ("<content>1 &lt; 2</content>", "<p>1 &lt; 2</p>"),
        ("<content type='html'>&lt;b>x&lt;/b></content>", "<b>x</b>"),
        (
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><b>x</b></div></content>",
            "<b>x</b>",
        ),
        ("<content type='text/html' mode='base64'>PGI+eDwvYj4=</content>", "<b>x</b>"),
        ("<content type='application/octet-stream'>PGI+eDwvYj4=</content>", "<b>x</b>"),
        ("<content type='application/xhtml+xml' mode='xml'><b>x</b></content>", "<b>x</b>"),
    ] {
        assert_eq!(
            entry(content).content_html.as_deref().map(str::trim),
            Some(wanted),
            "{content}"
        );
    }
    assert_eq!(entry("<content type='image/png'>iVBORw0KGgo=</content>").content_html, None);
}

#[test]
fn an_id_stands_in_for_a_link_if_a_browser_can_open_it() {
    assert_eq!(entry("<id>https://g.example/a</id>").url.as_deref(), Some("https://g.example/a"));
    assert_eq!(entry("<id>urn:uuid:1</id>").url, None);
    assert_eq!(item("<guid>12345</guid>").url, None);
}

#[test]
fn entities_of_the_document_stand_for_text_alone() {
    let declared = "<!DOCTYPE rss [<!ENTITY paper \"The Gazette\"><!ENTITY e '&#233;'><!ENTITY b '&paper;&paper;'>\
                    <!ENTITY file SYSTEM 'file:///etc/passwd'><!ENTITY tag '<x>'>]>";
    let title = |text: &str| {
        only(&format!("{declared}<rss><channel><item><title>{text}</title></item></channel></rss>"))
            .title
    };
    assert_eq!(title("&paper; Caf&e;"), "The Gazette Café");
    for other in ["&b;", "&file;", "&tag;", "&none;"] {
        assert_eq!(title(other), other);
    }
    let long = format!("<!DOCTYPE rss [<!ENTITY a '{}'>]>", "a".repeat(10_000));
    let feed = read(&format!(
        "{long}<rss><channel><title>{}</title></channel></rss>",
        "&a;".repeat(100_000)
    ));
    assert!(feed.title.len() < 2_000_000, "{}", feed.title.len());
}

#[test]
fn what_stands_before_a_feed_is_passed_over() {
    let feed = "<rss version='2.0'><channel><item><title>A</title></item></channel></rss>";
    for before in [
        "\u{feff}\n\n",
        "<!-- cached --><?xml version='1.0'?>",
        "<br />\n<b>Warning</b>: foo() in <b>/a.php</b> on line <b>3</b><br />\n<?xml version='1.0'?>",
        "Notice: 1 < 2 in a.php\n",
        "<?xml version='1.0'?><!DOCTYPE rss PUBLIC '-//Netscape//DTD RSS 0.91//EN' 'rss.dtd'>",
        "<html><body>",
    ] {
        assert_eq!(only(&format!("{before}{feed}")).title, "A", "{before}");
    }
}

#[test]
fn letters_that_look_like_tags_are_letters() {
    assert_eq!(item("<title>1 < 2, I <3 you</title><guid>a</guid>").title, "1 < 2, I <3 you");
    assert_eq!(item("<title>A&lt;B</title>").title, "A<B");
    let open = read(
        "<rss><channel><item><title>A</title><description><![CDATA[x</description></item>\
                     <item><title>B</title></item></channel></rss>",
    );
    let titles: Vec<_> = open.entries.iter().map(|entry| entry.title.as_str()).collect();
    assert_eq!(titles, ["A", "B"], "a section without an end never began");
}

#[test]
fn an_html_page_is_refused_with_the_feeds_that_it_names() {
    let page = "<!doctype html><html><head><base href='/news/'><link rel=\"alternate\" \
                type=\"application/rss+xml\" href=\"/rss?a=1&amp;b=2\"><LINK REL=alternate TYPE=application/atom+xml \
                HREF=atom.xml><link rel='stylesheet' href='a.css'><link rel='alternate' hreflang='fr' href='/fr'>";
    let address = Url::parse("https://g.example/x").ok();
    let hints = Hints { address: address.as_ref(), ..Hints::default() };
    let error = read_feed(page.as_bytes(), &hints).expect_err("a page");
    let feeds = ["https://g.example/rss?a=1&b=2", "https://g.example/news/atom.xml"];
    assert_eq!(error, FeedReadError::HtmlPage { feeds: feeds.map(str::to_owned).to_vec() });
    assert!(error.to_string().ends_with(
        "whose feeds are `https://g.example/rss?a=1&b=2`, `https://g.example/news/atom.xml`"
    ));
    let bare = read_feed(b"<html><title>404</title></html>", &hints).expect_err("a page");
    assert_eq!(bare.to_string(), "it is no feed but an HTML page");
    assert_ne!(bare.fix(), error.fix());
}

#[test]
fn entries_beyond_the_bound_are_counted_and_passed_over() {
    let hints = Hints { max_entries: 2, ..Hints::default() };
    let rss = format!("<rss><channel>{}</channel></rss>", "<item><guid>1</guid></item>".repeat(5));
    let json = format!("{{\"title\":\"T\",\"items\":[{}0]}}", "{\"id\":1},".repeat(4));
    for text in [rss, json] {
        let feed = read_feed(text.as_bytes(), &hints).expect("a feed");
        assert_eq!((feed.entries.len(), feed.passed_over), (2, 3));
    }
    let many = format!("<rss><channel>{}", "<item/>".repeat(MAX_FEED_ENTRIES + 7));
    let feed = read(&many);
    assert_eq!((feed.entries.len(), feed.passed_over), (MAX_FEED_ENTRIES, 7));
}

#[test]
fn the_encoding_that_http_names_counts_unless_the_bytes_say_otherwise() {
    let feed = |declared: &str, title: &[u8], charset| {
        let mut bytes =
            format!("<?xml version='1.0'{declared}?><rss><channel><title>").into_bytes();
        bytes.extend(title);
        bytes.extend(b"</title></channel></rss>");
        let hints = Hints { charset, ..Hints::default() };
        read_feed(&bytes, &hints).expect("a feed").title
    };
    assert_eq!(feed("", b"\xF2\xD5\xD3", Some("koi8-r")), "Рус");
    assert_eq!(feed(" encoding='windows-1251'", b"\xF2\xD5\xD3", Some("KOI8-R")), "Рус");
    assert_eq!(feed(" encoding='koi8-r'", b"\xF2\xD5\xD3", Some("utf-8")), "Рус");
    assert_eq!(feed(" encoding='koi8-r'", b"\xF2\xD5\xD3", Some("nonsense")), "Рус");
    assert_eq!(feed("", "Café".as_bytes(), Some("iso-8859-1")), "Café");
    assert_eq!(feed(" encoding='iso-8859-1'", b"\x93x\x94 \x80", None), "“x” €");
}
