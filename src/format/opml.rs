//! OPML 2.0 list of all feeds, through the `opml` crate.
//!
//! # Promises
//! - One outline per feed, with the address of its first format for readers: they subscribe to
//!   each outline they find, so a feed in three formats must not stand here three times.
//! - Feeds that are no sections come first, the site-wide one on top; then the sections, those
//!   below one top section in a folder with that section's own feed first.
//! - Folders carry nothing but `text`, feeds nothing inside and no `url`: readers drop or subscribe
//!   to what else is there.
//!
//! # Limits
//! - `version` is written for RSS alone; the specification knows no word for other formats.

use ::opml::{Body, Head, OPML, Outline};
use chrono::{DateTime, Utc};

use crate::story::{Format, SectionPath, Site};

use super::{
    FeedLink, dates, media, words,
    xml::{self, owned},
};

/// The bytes of `feeds.opml`: the feeds as given, except that sections gather in folders.
///
/// `newest` is the newest change of any of them.
pub fn opml(site: &Site, feeds: &[FeedLink], newest: Option<DateTime<Utc>>) -> Vec<u8> {
    let title = words::of(&site.language).all_feeds;
    let document = OPML {
        head: Some(Head {
            title: Some(owned(&format!("{}: {title}", site.title))),
            date_modified: newest.map(dates::rfc822),
            owner_name: Some(owned(&site.title)),
            owner_id: Some(site.url.to_string()),
            ..Head::default()
        }),
        body: Body { outlines: outlines(site, feeds) },
        ..OPML::default()
    };
    rendered(&document).into_bytes()
}

fn rendered(document: &OPML) -> String {
    let line = document.to_string().expect("writing into memory cannot fail");
    format!("{}\n{}\n", xml::DECLARATION, xml::indented(&line))
}

fn outlines(site: &Site, feeds: &[FeedLink]) -> Vec<Outline> {
    let (mut others, sections): (Vec<_>, Vec<_>) =
        feeds.iter().filter(|feed| feed.preferred().is_some()).partition(|it| it.section.is_none());
    others.sort_by_key(|feed| !feed.path.is_root());
    let mut groups: Vec<(&str, Vec<&FeedLink>)> = Vec::new();
    for feed in sections {
        let top = top(feed);
        match groups.iter_mut().find(|(name, _)| *name == top) {
            Some((_, group)) => group.push(feed),
            None => groups.push((top, vec![feed])),
        }
    }
    let single = others.into_iter().map(|feed| outline(site, feed));
    single.chain(groups.into_iter().map(|(top, group)| folder(site, top, group))).collect()
}

/// The first segment of a section's path.
fn top<'a>(feed: &FeedLink<'a>) -> &'a str {
    let path = feed.section.map_or("", SectionPath::as_str);
    path.split('/').next().unwrap_or(path)
}

/// The feeds below one top section; a lone feed needs no folder.
fn folder(site: &Site, top: &str, mut group: Vec<&FeedLink>) -> Outline {
    let is_own = |feed: &FeedLink| feed.section.is_some_and(|section| section.as_str() == top);
    group.sort_by_key(|feed| !is_own(feed));
    match group.as_slice() {
        [feed] => outline(site, feed),
        feeds => {
            let own = feeds.first().filter(|feed| is_own(feed)).map(|feed| owned(feed.title));
            Outline {
                text: own
                    .or_else(|| top.parse().ok().map(|path: SectionPath| path.humanized()))
                    .unwrap_or_else(|| owned(top)),
                outlines: feeds.iter().map(|feed| outline(site, feed)).collect(),
                ..Outline::default()
            }
        }
    }
}

fn outline(site: &Site, feed: &FeedLink) -> Outline {
    let format = feed.preferred().unwrap_or(Format::Rss);
    Outline {
        text: owned(feed.title),
        title: Some(owned(feed.title)),
        r#type: Some("rss".to_owned()),
        version: (format == Format::Rss).then(|| "RSS".to_owned()),
        language: Some(feed.language.to_string()),
        category: feed.section.map(|section| format!("/{section}")),
        xml_url: Some(site.address(&feed.path.file(format.file_name()))),
        html_url: Some(owned(feed.page)),
        description: media::present(Some(feed.description)).map(owned),
        ..Outline::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::fixture::{Fixture, Links};

    fn read(links: &Links) -> (String, OPML) {
        let fixture = Fixture::full();
        let bytes = opml(&fixture.site, &links.all(), fixture.updated);
        let text = String::from_utf8(bytes).expect("UTF-8");
        let document = OPML::from_str(&text).expect("OPML");
        (text, document)
    }

    fn texts(outlines: &[Outline]) -> Vec<&str> {
        outlines.iter().map(|outline| outline.text.as_str()).collect()
    }

    #[test]
    fn other_feeds_come_first_and_sections_stand_in_folders_behind_their_own_feed() {
        let links = Links::new(&[
            ("harbour/tides", Some("Tides & moons")),
            ("spanish", None),
            ("harbour", Some("Harbour news")),
            ("", None),
            ("markets", Some("Markets")),
        ]);
        let (text, document) = read(&links);
        let outlines = &document.body.outlines;
        assert_eq!(texts(outlines), ["Feed ``", "Feed `spanish`", "Harbour news", "Markets"]);
        let folder = &outlines[2];
        assert_eq!(texts(&folder.outlines), ["Harbour news", "Tides & moons"]);
        assert_eq!((&folder.title, &folder.xml_url, &folder.r#type), (&None, &None, &None));
        assert_eq!(folder.outlines[1].category.as_deref(), Some("/harbour/tides"));
        assert_eq!(
            outlines[0].xml_url.as_deref(),
            Some("https://feeds.harbour.example/rss.xml"),
            "the first format's address"
        );
        assert!(text.contains("\n    <outline text=\"Harbour news\">\n      <outline "), "{text}");
    }

    #[test]
    fn a_folder_without_a_feed_of_its_own_is_named_by_its_path() {
        let links = Links::new(&[("old-port/a", Some("A")), ("old-port/b", Some("B"))]);
        let (_, document) = read(&links);
        assert_eq!(texts(&document.body.outlines), ["Old Port"]);
    }

    #[test]
    fn no_version_is_claimed_for_formats_the_specification_has_no_word_for() {
        let mut links = Links::new(&[("", None)]);
        links.formats = vec![Format::Atom, Format::Rss];
        let (_, document) = read(&links);
        let outline = &document.body.outlines[0];
        assert_eq!(outline.version, None);
        assert_eq!(outline.r#type.as_deref(), Some("rss"));
        assert!(outline.xml_url.as_deref().is_some_and(|url| url.ends_with("/atom.xml")));
    }

    #[test]
    fn what_is_for_partners_alone_is_not_listed() {
        let mut links = Links::new(&[("", None)]);
        links.formats = vec![Format::Ninjs, Format::Json];
        let (_, document) = read(&links);
        let address = document.body.outlines[0].xml_url.as_deref();
        assert_eq!(address, Some("https://feeds.harbour.example/feed.json"));
        links.formats = vec![Format::Ninjs];
        let fixture = Fixture::full();
        let text = String::from_utf8(opml(&fixture.site, &links.all(), None)).expect("UTF-8");
        assert!(!text.contains("<outline"), "{text}");
    }

    #[test]
    fn hostile_titles_survive() {
        use crate::format::fixture::{HOSTILE, HOSTILE_LEGAL};
        let (_, document) = read(&Links::new(&[("harbour", Some(HOSTILE))]));
        assert_eq!(document.body.outlines[0].text, HOSTILE_LEGAL);
    }
}
