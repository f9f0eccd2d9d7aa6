//! RSS 2.0 with the atom, content, dc, dcterms, fh and media namespaces, through the `rss` crate.
//!
//! # Promises
//! - What readers and validators ask for: a self link, a language, one `dc:creator` with all names
//!   (repeated ones show as the first, the last or rubbish), `description` before
//!   `content:encoded`, at most one enclosure, guids that are no permalinks.
//! - `description` is HTML to readers, so the plain summary is escaped in it.
//! - No element for which there is nothing to say; an empty feed has no dates.
//! - An archive page has no `ttl`: nobody needs to ask for it again.
//!
//! # Limits
//! - RSS has no place for the rights of a single item, nor for stories that were taken back.

use ::rss::{
    Category, Channel, Guid, Image, Item, Source,
    extension::{
        Extension, ExtensionMap,
        atom::{AtomExtension, Link},
        dublincore::DublinCoreExtension,
    },
};

use chrono::{DateTime, Utc};

use crate::{
    feed::{self, Entry, FeedDocument},
    story::{Format, Licensing, Profile, SiteImage},
};

use super::{
    GENERATOR, dates, history, media, rsl, rss_profile,
    xml::{self, Element, owned},
};

const DOCS: &str = "https://www.rssboard.org/rss-specification";
/// The largest picture of a channel that RSS 2.0 allows.
const IMAGE_WIDTH: u32 = 144;
const IMAGE_HEIGHT: u32 = 400;

/// The bytes of `rss.xml`.
pub(super) fn write(document: &FeedDocument) -> Vec<u8> {
    let bytes = channel(document)
        .pretty_write_to(Vec::with_capacity(about(document)), b' ', 2)
        .expect("writing into memory cannot fail");
    let text = simdutf8::basic::from_utf8(&bytes).expect("only text was written");
    let root = text.strip_prefix(xml::DECLARATION).unwrap_or(text).trim_start();
    let stylesheet = xml::stylesheet(&document.site.address("feed.css"));
    let mut file = String::with_capacity(text.len() + text.len() / 64 + stylesheet.len());
    file.push_str(xml::DECLARATION);
    file.push('\n');
    file.push_str(&stylesheet);
    file.push('\n');
    xml::push_hexadecimal(root, &mut file);
    file.push('\n');
    file.into_bytes()
}

/// About how many bytes a document takes, so that it needn't be moved while it grows.
fn about(document: &FeedDocument) -> usize {
    const AROUND: usize = 2048;
    let texts = document.entries.iter().map(|entry| {
        entry.content_html.as_ref().map_or(0, String::len) + entry.summary.len() + AROUND
    });
    AROUND + texts.sum::<usize>()
}

fn channel(document: &FeedDocument) -> Channel {
    let site = document.site;
    let mut channel = Channel {
        title: owned(&document.title),
        link: owned(&document.page),
        description: owned(&document.description),
        language: Some(document.language.to_string()),
        copyright: site.copyright.as_deref().map(owned),
        managing_editor: site.editor.as_deref().map(owned),
        webmaster: site.webmaster.as_deref().map(owned),
        pub_date: published(document).map(dates::rfc822),
        last_build_date: document.updated.map(dates::rfc822),
        categories: document.category.iter().map(|it| category(document, it)).collect(),
        generator: Some(GENERATOR.to_owned()),
        docs: Some(DOCS.to_owned()),
        ttl: (!history::is_archive(document)).then(|| document.ttl_minutes.to_string()),
        image: document.image.as_ref().map(|it| image(document, it)),
        atom_ext: Some(AtomExtension { links: links(document) }),
        items: document.entries.iter().map(|entry| item(document, entry)).collect(),
        ..Channel::default()
    };
    rss_profile::push_channel(document, &mut channel.extensions);
    channel.items.extend(rss_profile::withdrawn(document));
    let mut declare = |prefix: &str, namespace: &str| {
        channel.namespaces.insert(prefix.to_owned(), namespace.to_owned());
    };
    if channel.items.iter().any(|item| item.extensions.contains_key("dcterms")) {
        declare("dcterms", rss_profile::DCTERMS);
    }
    if channel.items.iter().any(|item| item.extensions.contains_key(rsl::PREFIX)) {
        declare(rsl::PREFIX, Licensing::NAMESPACE);
    }
    if let Some((prefix, namespace)) = document.profile.and_then(rss_profile::namespace) {
        declare(prefix, namespace);
    }
    if document.entries.iter().any(|entry| entry.image.is_some()) {
        declare("media", media::NAMESPACE);
    }
    if let Some(mark) = history::mark(document) {
        declare(history::PREFIX, history::NAMESPACE);
        add(&mut channel.extensions, history::PREFIX, mark);
    }
    channel
}

/// The newest entry's date. `SmartNews` asks for one in an empty feed too: that of an empty Atom feed.
fn published(document: &FeedDocument) -> Option<DateTime<Utc>> {
    let is_asked_for = document.profile == Some(Profile::SmartNews);
    let otherwise = || is_asked_for.then(|| document.updated.unwrap_or_else(dates::never));
    document.newest().or_else(otherwise)
}

fn links(document: &FeedDocument) -> Vec<Link> {
    let link = |rel: &str, href| Link { href, rel: rel.to_owned(), ..Link::default() };
    let feed_link = |rel, href| Link {
        mime_type: Some(Format::Rss.media_type().to_owned()),
        ..link(rel, href)
    };
    let mut links = vec![feed_link("self", document.self_url(Format::Rss))];
    links.extend(history::hubs(document).iter().map(|hub| link("hub", owned(&hub.0))));
    let beside = history::links(document, Format::Rss).into_iter();
    links.extend(beside.map(|it| feed_link(it.rel, it.url)));
    links
}

/// The channel's picture; title and link are the channel's, as RSS 2.0 asks.
fn image(document: &FeedDocument, image: &SiteImage) -> Image {
    let sizes = image
        .width
        .zip(image.height)
        .filter(|(width, height)| *width <= IMAGE_WIDTH && *height <= IMAGE_HEIGHT);
    Image {
        url: owned(&image.url),
        title: owned(&document.title),
        link: owned(&document.page),
        width: sizes.map(|(width, _)| width.to_string()),
        height: sizes.map(|(_, height)| height.to_string()),
        description: None,
    }
}

fn category(document: &FeedDocument, category: &feed::Category) -> Category {
    let is_section = category.section_title.is_some();
    Category {
        name: owned(&category.term),
        domain: is_section.then(|| document.site.url.to_string()),
    }
}

fn item(document: &FeedDocument, entry: &Entry) -> Item {
    let summary = media::present(Some(&entry.summary));
    Item {
        title: Some(owned(&entry.title)),
        link: Some(owned(&entry.url)),
        description: summary.map(|text| html_escape::encode_text(&xml::legal(text)).into_owned()),
        categories: entry.categories.iter().map(|it| category(document, it)).collect(),
        enclosure: rss_profile::enclosure(document, entry),
        guid: Some(Guid { value: owned(entry.guid.as_str()), permalink: false }),
        pub_date: Some(dates::rfc822(entry.published)),
        source: entry
            .origin
            .as_ref()
            .filter(|origin| !origin.url.is_empty())
            .map(|origin| Source { url: owned(&origin.url), title: Some(owned(&origin.title)) }),
        content: entry.content_html.as_deref().map(owned),
        extensions: extensions(document, entry),
        dublin_core_ext: dublin_core(entry),
        ..Item::default()
    }
}

fn dublin_core(entry: &Entry) -> Option<DublinCoreExtension> {
    let names: Vec<_> = entry.authors.iter().map(|person| owned(&person.name)).collect();
    let names = names.join(", ");
    let creators: Vec<_> = media::present(Some(&names)).map(str::to_owned).into_iter().collect();
    let languages: Vec<_> = entry.language.iter().map(ToString::to_string).collect();
    (!creators.is_empty() || !languages.is_empty()).then(|| DublinCoreExtension {
        creators,
        languages,
        ..DublinCoreExtension::default()
    })
}

fn extensions(document: &FeedDocument, entry: &Entry) -> ExtensionMap {
    let mut map = ExtensionMap::new();
    if let Some(modified) = entry.modified {
        let text = Some(dates::rfc3339(modified));
        add(&mut map, "dcterms", Element { name: "dcterms:modified", text, ..Element::default() });
    }
    if let Some(image) = &entry.image {
        add(&mut map, "media", media::content(image));
    }
    rss_profile::push_item(document, entry, &mut map);
    if let Some(terms) = rsl::item(document, entry) {
        add(&mut map, rsl::PREFIX, terms);
    }
    map
}

pub(super) fn add(map: &mut ExtensionMap, prefix: &str, element: Element) {
    let names = map.entry(prefix.to_owned()).or_default();
    names.entry(element.name.to_owned()).or_default().push(element.into());
}

impl From<Element> for Extension {
    fn from(element: Element) -> Self {
        let mut extension = Self {
            name: element.name.to_owned(),
            value: element.text,
            attrs: element.attributes.into_iter().map(|(name, it)| (name.to_owned(), it)).collect(),
            ..Self::default()
        };
        for child in element.children {
            let key = child.name.to_owned();
            extension.children.entry(key).or_default().push(child.into());
        }
        extension
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        format::fixture::{Fixture, HOSTILE_LEGAL, element_names},
        story::{Allowance, Payment, Terms},
    };

    fn written(fixture: &Fixture) -> String {
        String::from_utf8(write(&fixture.document())).expect("UTF-8")
    }

    #[test]
    fn the_elements_of_a_full_item_stand_in_the_order_of_the_sample() {
        let text = written(&Fixture::full());
        let item = text.split("<item>").nth(1).expect("an item");
        assert_eq!(
            element_names(item).join(" "),
            "title link description category category category enclosure guid pubDate \
             source content:encoded dcterms:modified media:content media:credit \
             media:description media:thumbnail media:title dc:creator dc:language"
        );
    }

    #[test]
    fn the_elements_of_the_channel_stand_in_the_order_of_the_sample() {
        let text = written(&Fixture::full());
        let head = text.split("<item>").next().expect("a head");
        assert!(head.starts_with(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<?xml-stylesheet type=\"text/css\" \
             href=\"https://feeds.harbour.example/feed.css\"?>\n<rss version=\"2.0\" xmlns:atom="
        ));
        assert_eq!(
            element_names(head).join(" "),
            "rss channel title link description language copyright managingEditor webMaster \
             pubDate lastBuildDate category generator docs ttl image url title link width \
             height atom:link atom:link"
        );
    }

    /// `rel`, address within the feed's folder and media type of the channel's links.
    fn links_of(text: &str) -> Vec<String> {
        let channel = Channel::read_from(text.as_bytes()).expect("RSS");
        let place = "https://feeds.harbour.example/harbour/";
        let words = |link: &Link| {
            let media_type = link.mime_type.as_deref().unwrap_or("-");
            format!("{} {} {media_type}", link.rel, link.href.replace(place, ""))
        };
        channel.atom_ext.expect("links").links.iter().map(words).collect()
    }

    #[test]
    fn an_archive_page_is_marked_and_linked_in_the_order_of_the_sample() {
        let text = written(&Fixture::archive_page());
        let head = text.split("<item>").next().expect("a head");
        assert_eq!(
            element_names(head).join(" "),
            "rss channel title link description language copyright managingEditor webMaster \
             pubDate lastBuildDate category generator docs image url title link width height \
             fh:archive atom:link atom:link atom:link atom:link"
        );
        assert_eq!(
            links_of(&text),
            [
                "self archive/rss-0002.xml application/rss+xml",
                "current rss.xml application/rss+xml",
                "prev-archive archive/rss-0001.xml application/rss+xml",
                "next-archive archive/rss-0003.xml application/rss+xml",
            ]
        );
        let declared = format!("xmlns:fh=\"{}\"", history::NAMESPACE);
        assert_eq!(text.matches(&declared).count(), 1);
    }

    #[test]
    fn the_feed_leads_to_its_newest_archive_page_after_the_hubs_and_has_no_tombstones() {
        let text = written(&Fixture::with_tombstones());
        assert_eq!(
            links_of(&text),
            [
                "self rss.xml application/rss+xml",
                "hub https://hub.example/ -",
                "prev-archive archive/rss-0004.xml application/rss+xml",
            ]
        );
        for name in ["xmlns:fh", "fh:archive", "xmlns:at=", "deleted-entry", "Withdrawn"] {
            assert!(!text.contains(name), "{name}");
        }
    }

    #[test]
    fn licence_terms_stand_in_items_of_our_own_and_are_declared_where_there_are_any() {
        let mut fixture = Fixture::full();
        fixture.site.rsl.site = Some(Terms {
            permits: Allowance::named("search").into_iter().collect(),
            payment: Some(Payment::Attribution),
            standard: Some("https://licences.example/by/4.0/?a=1&b=2".into()),
            ..Terms::default()
        });
        let text = written(&fixture);
        assert_eq!(text.matches("xmlns:rsl=\"https://rslstandard.org/rsl\"").count(), 1);
        let items: Vec<_> = text.split("<item>").skip(1).collect();
        assert!(!items[0].contains("rsl:"), "it came from a wire");
        let (_, terms) = items[1].split_once("<rsl:content").expect("terms");
        let (terms, _) = terms.split_once("</rsl:content>").expect("an end");
        let lines: Vec<_> = terms.lines().map(str::trim).collect();
        assert_eq!(
            lines.concat(),
            "url=\"https://www.harbour.example/harbour/ferry/\"><rsl:license>\
             <rsl:payment type=\"attribution\"><rsl:standard>\
             https://licences.example/by/4.0/?a=1&#x26;b=2</rsl:standard></rsl:payment>\
             <rsl:permits type=\"usage\">search</rsl:permits></rsl:license>"
        );
        fixture.entries.truncate(1);
        assert!(!written(&fixture).contains("rsl"));
    }

    #[test]
    fn an_empty_feed_has_no_dates_and_declares_the_atom_namespace_alone() {
        let text = written(&Fixture::empty());
        assert!(!text.contains("Date>"));
        assert_eq!(text.matches("xmlns").count(), 1);
        assert!(text.contains("xmlns:atom="));
        assert!(text.ends_with("  </channel>\n</rss>\n"));
    }

    #[test]
    fn summary_mode_and_missing_summaries_leave_their_elements_out() {
        let mut fixture = Fixture::full();
        for entry in &mut fixture.entries {
            entry.content_html = None;
            entry.summary = String::new();
        }
        let text = written(&fixture);
        assert!(!text.contains("content:encoded") && !text.contains("xmlns:content"));
        assert_eq!(text.matches("<description>").count(), 1, "the channel's alone");
    }

    #[test]
    fn a_large_channel_picture_is_named_without_its_sizes() {
        let mut fixture = Fixture::full();
        let image = fixture.image.as_mut().expect("an image");
        (image.width, image.height) = (Some(512), Some(512));
        let text = written(&fixture);
        assert!(text.contains("<image>") && !text.contains("<width>"));
    }

    #[test]
    fn hostile_texts_survive_the_crate_that_wrote_them() {
        let fixture = Fixture::hostile();
        let text = written(&fixture);
        let channel = Channel::read_from(text.as_bytes()).expect("RSS");
        let item = &channel.items[0];
        assert_eq!(item.title(), Some(HOSTILE_LEGAL));
        let description = item.description().expect("a description");
        assert_eq!(html_escape::decode_html_entities(description), HOSTILE_LEGAL);
        let content = fixture.entries[0].content_html.as_deref().expect("content");
        assert_eq!(item.content(), Some(xml::legal(content).as_ref()));
        let url = &fixture.entries[0].image.as_ref().expect("an image").url;
        assert_eq!(item.extensions["media"]["content"][0].attrs["url"], *url);
        assert!(!text.split("<![CDATA[").next().expect("a head").contains("&lt;"));
    }
}
