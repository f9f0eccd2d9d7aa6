//! Exports, whole and broken.

use super::*;
use crate::source::wordpress::attachments;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>
<!-- generator=\"WordPress/6.4\" -->
<rss version=\"2.0\" xmlns:excerpt=\"http://wordpress.org/export/1.2/excerpt/\"
 xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"
 xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:wp=\"http://wordpress.org/export/1.2/\">
<channel><title>The Daily &amp; more</title><link>https://s.example</link><language>es</language>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:author><wp:author_login><![CDATA[ana]]></wp:author_login>
<wp:author_display_name><![CDATA[Ana Ruiz]]></wp:author_display_name></wp:author>
<wp:category><wp:category_nicename>security</wp:category_nicename>
<wp:category_parent>latam</wp:category_parent></wp:category>
<wp:category><wp:category_nicename>latam</wp:category_nicename>
<wp:category_parent>security</wp:category_parent></wp:category>
";

fn item(status: &str, kind: &str, more: &str) -> String {
    format!(
        "<item><title>T</title><guid isPermaLink=\"false\">https://s.example/?p=1</guid>\n\
         <wp:status><![CDATA[{status}]]></wp:status><wp:post_type>{kind}</wp:post_type>{more}</item>\n"
    )
}

/// Entries, faults and the tally of an export with these items.
fn read(items: &str) -> (Vec<ReadEntry>, Vec<String>, Tally) {
    let text = format!("{HEAD}{items}");
    let pictures = attachments(text.as_bytes()).expect("attachments");
    let mut posts =
        posts(text.as_bytes(), &pictures, chrono_tz::America::Bogota).expect("an export");
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    for post in posts.by_ref() {
        match post {
            Ok(entry) => entries.push(entry),
            Err(fault) => faults.push(fault.to_string()),
        }
    }
    (entries, faults, posts.tally())
}

#[test]
fn a_post_is_read_with_author_sections_picture_and_text() {
    let post = "<item><title><![CDATA[Flood &amp; rain]]></title>
        <link>https://s.example/flood/</link><pubDate>Sun, 01 Mar 2026 09:00:00 +0000</pubDate>
        <dc:creator><![CDATA[ana]]></dc:creator>
        <guid isPermaLink=\"false\">https://s.example/?p=12&#038;x=1</guid><description></description>
        <content:encoded><![CDATA[It rose.\n\nThen ]]]]><![CDATA[> fell.]]></content:encoded>
        <excerpt:encoded><![CDATA[It rose]]></excerpt:encoded>
        <wp:post_id>12</wp:post_id><wp:post_date>2026-03-01 04:00:00</wp:post_date>
        <wp:post_date_gmt>2026-03-01 09:00:00</wp:post_date_gmt>
        <wp:post_modified_gmt>2026-03-02 09:00:00</wp:post_modified_gmt>
        <wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:post_password></wp:post_password>
        <category domain=\"category\" nicename=\"security\"><![CDATA[Security]]></category>
        <category domain=\"post_tag\" nicename=\"r%c3%ado\"><![CDATA[Río]]></category>
        <category domain=\"post_format\" nicename=\"post-format-aside\">Aside</category>
        <category>Security</category>
        <wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>99</wp:meta_value></wp:postmeta>
        <wp:postmeta><wp:meta_key>enclosure</wp:meta_key><wp:meta_value><![CDATA[https://s.example/a.mp3
1234
audio/mpeg
]]></wp:meta_value></wp:postmeta></item>";
    let picture = "<item><wp:post_id>99</wp:post_id><wp:post_type>attachment</wp:post_type>
        <wp:attachment_url>https://s.example/dam.jpg</wp:attachment_url></item></channel></rss>";
    let (entries, faults, tally) = read(&format!("{post}\n{picture}"));
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!((tally.posts, tally.others), (1, 1));
    let entry = &entries[0];
    assert_eq!(entry.title, "Flood & rain");
    assert_eq!(entry.guid, "https://s.example/?p=12&x=1");
    assert_eq!(entry.url.as_deref(), Some("https://s.example/flood/"));
    assert_eq!(entry.content_html.as_deref(), Some("<p>It rose.</p>\n<p>Then ]]> fell.</p>"));
    assert_eq!(entry.summary.as_deref(), Some("It rose"));
    assert_eq!(entry.authors[0].name, "Ana Ruiz");
    let terms: Vec<&str> = entry.categories.iter().map(|it| it.term.as_str()).collect();
    // The sections name each other as parents.
    assert_eq!(terms, ["latam/security", "río"]);
    assert_eq!(entry.image.as_ref().expect("an image").url, "https://s.example/dam.jpg");
    assert_eq!(entry.enclosures[0].length, Some(1234));
    assert_eq!(entry.language.as_deref(), Some("es"));
    let updated = entry.updated.map(|date| date.to_rfc3339());
    assert_eq!(updated.as_deref(), Some("2026-03-02T09:00:00+00:00"));
}

#[test]
fn only_what_is_public_or_scheduled_comes_out_and_the_rest_is_counted() {
    let items = [
        item("publish", "post", ""),
        item(
            "future",
            "post",
            "<wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>\
              <wp:post_date>2030-01-01 00:00:00</wp:post_date>",
        ),
        item("draft", "post", ""),
        item("private", "post", ""),
        item("trash", "post", ""),
        item("publish", "page", ""),
        item("inherit", "revision", ""),
        item("publish", "post", "<wp:post_password><![CDATA[x]]></wp:post_password>"),
    ];
    let (entries, faults, tally) = read(&(items.concat() + "</channel></rss>"));
    assert_eq!((entries.len(), faults.len()), (2, 0));
    let wanted = Tally { posts: 2, scheduled: 1, unpublished: 3, protected: 1, others: 2 };
    assert_eq!(tally, wanted);
    // Midnight in Bogotá.
    let published = entries[1].published.map(|date| date.to_rfc3339());
    assert_eq!(published.as_deref(), Some("2030-01-01T05:00:00+00:00"));
}

#[test]
fn controls_bare_signs_and_sections_that_end_too_early_are_forgiven() {
    let text = "<content:encoded><![CDATA[a ]]> b & <b>c</b> \u{1}]]></content:encoded>";
    let items = item("publish", "post", text) + &item("publish", "post", "<x>AT&T</x>");
    let (entries, faults, _) = read(&(items + "</channel></rss>"));
    assert_eq!((entries.len(), faults.len()), (2, 0));
    let html = entries[0].content_html.clone().unwrap_or_default();
    assert!(html.contains("<b>c</b>") && !html.contains('\u{1}'), "{html}");
}

#[test]
fn a_broken_post_is_a_fault_and_a_cut_file_says_where() {
    let whole = item("publish", "post", "");
    let (entries, faults, _) = read(&format!("{whole}<item><title>open\n{whole}</channel>"));
    assert_eq!(entries.len(), 2);
    assert_eq!(faults, ["line 16: the post that begins here is broken"]);
    let (entries, faults, _) = read(&format!("{whole}<item><title>open"));
    assert_eq!(entries.len(), 1);
    assert_eq!(faults, ["line 16: it breaks off: what begins here has no end"]);
    let (entries, faults, _) = read(&whole);
    assert_eq!(entries.len(), 1);
    assert_eq!(faults, ["line 16: it breaks off: what begins here has no end"]);
}

#[test]
fn a_post_without_any_name_is_a_fault() {
    let items = "<item><title>X</title><wp:post_type>post</wp:post_type></item></channel></rss>";
    let (_, faults, _) = read(items);
    assert_eq!(faults, ["line 14: the post `X` has neither `guid` nor `link`"]);
}

#[test]
fn what_is_no_export_is_an_error_and_hostile_items_are_faults() {
    let none = attachments(HEAD.as_bytes()).expect("none");
    let error = posts(&b"<html>x"[..], &none, Tz::UTC).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("it is no export of WordPress: it begins with `<html>x`"));
    let deep = item("publish", "post", &"<x>".repeat(20_000));
    let (entries, faults, _) = read(&(deep + &item("publish", "post", "") + "</channel>"));
    assert_eq!((entries.len(), faults.len()), (2, 0));
    let many = item("publish", "post", &"<x/>".repeat(200_000));
    let (entries, faults, _) = read(&(many + &item("publish", "post", "") + "</channel>"));
    assert_eq!(entries.len(), 1);
    assert_eq!(
        faults,
        ["line 14: the post that begins here is broken: it has more than 100000 elements"]
    );
}
