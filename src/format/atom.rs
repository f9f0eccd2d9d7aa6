//! Atom 1.0 (RFC 4287) with Media RSS, tombstones (RFC 6721) and archive pages (RFC 5005 §4),
//! through the `atom_syndication` crate.
//!
//! # Promises
//! - Titles are plain text (as `type="html"` six readers show a literal `&amp;`), content is
//!   `type="html"`.
//! - `xml:lang` stands on title, summary and content where a story's language differs: the crate
//!   has no place for it on the entry.
//! - One alternate link per entry; translations are `related`, since readers open the last or the
//!   first alternate, whichever it is.
//! - An entry without a byline counts as written by the feed's author (§4.2.1).
//!
//! # Limits
//! - An archive page has no license link; the feed it leads to has it.
//! - A feed that never had a story is dated 2000-01-01, so that its bytes depend on no clock.

use atom_syndication::{
    Category, Content, Entry as AtomEntry, Feed, Generator, Link, Person, Source, Text,
    WriteConfig,
    extension::{Extension, ExtensionMap},
};

use crate::{
    feed::{self, Entry, FeedDocument, Tombstone},
    story::{self, Format, Language, Licensing, Origin},
};

use super::{
    GENERATOR, dates, history, media,
    xml::{self, Element, owned},
};

const GENERATOR_URI: &str = "https://feedwright.example/";
const HTML: &str = "text/html";
/// The Atom "deleted-entry" element (RFC 6721 §3), and what it is declared as.
const TOMBSTONES: (&str, &str) = ("at", "http://purl.org/atompub/tombstones/1.0");

/// The bytes of `atom.xml`.
pub(super) fn write(document: &FeedDocument) -> Vec<u8> {
    let stylesheet = xml::stylesheet(&document.site.address("feed.css"));
    let head = format!("{}\n{stylesheet}\n", xml::DECLARATION).into_bytes();
    let config = WriteConfig { write_document_declaration: false, indent_size: Some(2) };
    let mut bytes =
        feed(document).write_with_config(head, config).expect("writing into memory cannot fail");
    bytes.push(b'\n');
    bytes
}

fn feed(document: &FeedDocument) -> Feed {
    let site = document.site;
    let mut feed = Feed {
        title: owned(&document.title).into(),
        id: owned(&document.id),
        updated: dates::fixed(document.updated.unwrap_or_else(dates::never)),
        authors: vec![Person {
            name: owned(&site.title),
            uri: Some(site.url.to_string()),
            ..Person::default()
        }],
        categories: document.category.iter().map(|it| category(document, it)).collect(),
        generator: Some(Generator {
            value: GENERATOR.to_owned(),
            uri: Some(GENERATOR_URI.to_owned()),
            version: None,
        }),
        icon: site.icon.as_deref().map(owned),
        links: feed_links(document),
        logo: document.logo.as_deref().map(owned),
        rights: site.copyright.as_deref().map(|text| owned(text).into()),
        subtitle: media::present(Some(&document.description)).map(|text| owned(text).into()),
        entries: document.entries.iter().map(|it| entry(document, it)).collect(),
        lang: Some(document.language.to_string()),
        ..Feed::default()
    };
    let mut declare = |prefix: &str, namespace: &str| {
        feed.namespaces.insert(prefix.to_owned(), namespace.to_owned());
    };
    if document.entries.iter().any(|entry| entry.image.is_some()) {
        declare("media", media::NAMESPACE);
    }
    // The crate writes what follows after the entries, in the order of the prefixes.
    let (prefix, namespace) = TOMBSTONES;
    if !document.tombstones.is_empty() {
        declare(prefix, namespace);
    }
    for gone in &document.tombstones {
        add(&mut feed.extensions, prefix, tombstone(document, gone));
    }
    if let Some(mark) = history::mark(document) {
        declare(history::PREFIX, history::NAMESPACE);
        add(&mut feed.extensions, history::PREFIX, mark);
    }
    feed
}

fn feed_links(document: &FeedDocument) -> Vec<Link> {
    let mut links = vec![
        feed_link("self", &document.self_url(Format::Atom)),
        page_link("alternate", &document.page, None),
    ];
    links.extend(history::hubs(document).iter().map(|hub| link("hub", &hub.0)));
    let beside = history::links(document, Format::Atom);
    links.extend(beside.iter().map(|it| feed_link(it.rel, &it.url)));
    if !history::is_archive(document) {
        links.extend(document.site.license.iter().map(|license| link("license", license)));
        links.extend(document.site.rsl_url().map(|terms| Link {
            mime_type: Some(Licensing::MEDIA_TYPE.to_owned()),
            ..link("license", &terms)
        }));
    }
    links
}

fn link(rel: &str, href: &str) -> Link {
    Link { href: owned(href), rel: rel.to_owned(), ..Link::default() }
}

fn feed_link(rel: &str, href: &str) -> Link {
    Link { mime_type: Some(Format::Atom.media_type().to_owned()), ..link(rel, href) }
}

fn page_link(rel: &str, href: &str, language: Option<&Language>) -> Link {
    Link {
        hreflang: language.map(ToString::to_string),
        mime_type: Some(HTML.to_owned()),
        ..link(rel, href)
    }
}

fn category(document: &FeedDocument, category: &feed::Category) -> Category {
    Category {
        term: owned(&category.term),
        scheme: category.section_title.as_ref().map(|_| document.site.url.to_string()),
        label: category.section_title.as_deref().map(owned),
    }
}

fn entry(document: &FeedDocument, entry: &Entry) -> AtomEntry {
    let language = entry.language.as_ref();
    let mut result = AtomEntry {
        title: text(&entry.title, language),
        id: owned(entry.guid.as_str()),
        updated: dates::fixed(entry.modified.unwrap_or(entry.published)),
        authors: entry.authors.iter().filter_map(person).collect(),
        categories: entry.categories.iter().map(|it| category(document, it)).collect(),
        links: entry_links(entry),
        published: Some(dates::fixed(entry.published)),
        rights: entry.rights.as_deref().map(|rights| owned(rights).into()),
        source: entry.origin.as_ref().map(|origin| source(origin, entry)),
        summary: summary(entry).map(|summary| text(summary, language)),
        content: entry.content_html.as_deref().map(|html| Content {
            lang: language.map(ToString::to_string),
            value: Some(owned(html)),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..AtomEntry::default()
    };
    if let Some(image) = &entry.image {
        add(&mut result.extensions, "media", media::content(image));
    }
    result
}

/// The summary; without one and without content the title, since readers want some text (the W3C
/// validator's `MissingTextualContent`).
fn summary(entry: &Entry) -> Option<&str> {
    let fallback = entry.content_html.is_none().then_some(entry.title.as_str());
    media::present(Some(&entry.summary)).or(fallback)
}

fn text(value: &str, language: Option<&Language>) -> Text {
    Text { lang: language.map(ToString::to_string), ..Text::plain(owned(value)) }
}

fn person(person: &story::Person) -> Option<Person> {
    let name = media::present(Some(&person.name))?;
    let uri = media::present(person.url.as_deref()).map(owned);
    Some(Person { name: owned(name), uri, ..Person::default() })
}

fn entry_links(entry: &Entry) -> Vec<Link> {
    let mut links = vec![page_link("alternate", &entry.url, entry.language.as_ref())];
    let translations = entry.translations.iter();
    links.extend(translations.map(|it| page_link("related", &it.url, Some(&it.language))));
    links.extend(media::attachments(&entry.enclosures).map(|enclosure| Link {
        mime_type: Some(owned(media::media_type(enclosure))),
        title: media::present(enclosure.title.as_deref()).map(owned),
        length: enclosure.length.map(|length| length.to_string()),
        ..link("enclosure", &enclosure.url)
    }));
    links
}

/// Where the entry came from (§4.2.11). The other feed's own id and date are not known: its home
/// page and the entry's date stand in for them.
fn source(origin: &Origin, entry: &Entry) -> Source {
    let home = media::present(origin.home.as_deref());
    let own = media::present(Some(&origin.url));
    // What the address promises; most feeds are RSS.
    let kind = |url: &str| match url {
        url if url.ends_with(".json") => Format::Json,
        url if url.contains("atom") => Format::Atom,
        _ => Format::Rss,
    };
    let of_kind = |url: &&str| Link {
        mime_type: Some(kind(url).media_type().to_owned()),
        ..link("self", url)
    };
    let mut links: Vec<_> = own.iter().map(of_kind).collect();
    links.extend(home.iter().map(|url| page_link("alternate", url, None)));
    Source {
        title: owned(&origin.title).into(),
        id: owned(home.or(own).unwrap_or(&entry.url)),
        updated: dates::fixed(entry.published),
        links,
        ..Source::default()
    }
}

/// `at:deleted-entry` (RFC 6721 §3). Its `at:by` is a person, so that `name` is Atom's own element.
fn tombstone(document: &FeedDocument, tombstone: &Tombstone) -> Element {
    let text = |name, text: &str| Element { name, text: Some(owned(text)), ..Element::default() };
    let by = Element {
        name: "at:by",
        children: vec![text("name", &document.site.title)],
        ..Element::default()
    };
    let comment = media::present(tombstone.comment.as_deref()).map(|comment| Element {
        attributes: vec![("xml:lang", document.language.to_string())],
        ..text("at:comment", comment)
    });
    Element {
        name: "at:deleted-entry",
        attributes: vec![
            ("ref", owned(tombstone.guid.as_str())),
            ("when", dates::rfc3339(tombstone.when)),
        ],
        text: None,
        children: std::iter::once(by).chain(comment).collect(),
    }
}

fn add(map: &mut ExtensionMap, prefix: &str, element: Element) {
    let names = map.entry(prefix.to_owned()).or_default();
    names.entry(element.name.to_owned()).or_default().push(element.into());
}

impl From<Element> for Extension {
    /// Escapes the attributes: the crate writes those of extensions raw.
    fn from(element: Element) -> Self {
        let attributes = element.attributes.into_iter();
        let mut extension = Self {
            name: element.name.to_owned(),
            value: element.text,
            attrs: attributes.map(|(name, it)| (name.to_owned(), xml::escaped(&it))).collect(),
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
        story::Terms,
    };

    fn written(fixture: &Fixture) -> String {
        String::from_utf8(write(&fixture.document())).expect("UTF-8")
    }

    #[test]
    fn the_elements_of_a_full_entry_stand_in_the_order_of_the_sample() {
        let text = written(&Fixture::full());
        let entry = text.split("<entry>").nth(1).expect("an entry");
        assert_eq!(
            element_names(entry).join(" "),
            "title id updated author name uri author name category category category link \
             link link link published rights source title id updated link link summary \
             content media:content media:credit media:description media:thumbnail \
             media:title"
        );
        for tag in ["title", "summary"] {
            assert!(entry.contains(&format!("<{tag} xml:lang=\"pt-BR\">")), "{tag}");
        }
        assert!(entry.contains("<content xml:lang=\"pt-BR\" type=\"html\">"));
        assert!(entry.contains("rel=\"related\" hreflang=\"es\""));
    }

    #[test]
    fn the_elements_of_the_feed_stand_in_the_order_of_the_sample() {
        let text = written(&Fixture::full());
        let head = text.split("<entry>").next().expect("a head");
        assert!(head.starts_with(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<?xml-stylesheet type=\"text/css\" \
             href=\"https://feeds.harbour.example/feed.css\"?>\n<feed xmlns="
        ));
        assert_eq!(
            element_names(head).join(" "),
            "feed title id updated author name uri category generator icon link link link \
             link logo rights subtitle"
        );
    }

    /// `rel`, address within the feed's folder and media type of the feed's links.
    fn links_of(text: &str) -> Vec<String> {
        let feed = Feed::read_from(text.as_bytes()).expect("Atom");
        let place = "https://feeds.harbour.example/harbour/";
        let words = |link: &Link| {
            let media_type = link.mime_type.as_deref().unwrap_or("-");
            format!("{} {} {media_type}", link.rel, link.href.replace(place, ""))
        };
        feed.links.iter().map(words).collect()
    }

    #[test]
    fn an_archive_page_is_linked_in_the_order_of_the_sample_and_marked_after_its_entries() {
        let text = written(&Fixture::archive_page());
        assert_eq!(
            links_of(&text),
            [
                "self archive/atom-0002.xml application/atom+xml",
                "alternate https://www.harbour.example/harbour/ text/html",
                "current atom.xml application/atom+xml",
                "prev-archive archive/atom-0001.xml application/atom+xml",
                "next-archive archive/atom-0003.xml application/atom+xml",
            ]
        );
        let end = text.rsplit("</entry>").next().expect("an end");
        assert_eq!(element_names(end), ["fh:archive"]);
        assert!(text.contains(&format!("xmlns:fh=\"{}\"", history::NAMESPACE)));
        assert!(!text.contains("xmlns:at="));
    }

    #[test]
    fn the_feed_leads_to_its_newest_archive_page_between_hubs_and_license() {
        let text = written(&Fixture::with_tombstones());
        assert_eq!(
            links_of(&text)[2..],
            [
                "hub https://hub.example/ -",
                "prev-archive archive/atom-0004.xml application/atom+xml",
                "license https://licences.example/by/4.0/ -",
            ]
        );
        assert!(!text.contains("xmlns:fh") && !text.contains("fh:archive"));
    }

    #[test]
    fn licence_terms_for_programs_are_linked_after_the_licence_for_people() {
        let mut fixture = Fixture::full();
        fixture.site.rsl.site = Some(Terms::default());
        let links = links_of(&written(&fixture));
        assert_eq!(
            links[links.len() - 2..],
            [
                "license https://licences.example/by/4.0/ -",
                "license https://feeds.harbour.example/license.xml application/rsl+xml",
            ]
        );
        let mut page = Fixture::archive_page();
        page.site.rsl.site = Some(Terms::default());
        assert!(!written(&page).contains("license.xml"));
    }

    #[test]
    fn stories_taken_back_stand_after_the_entries_as_in_the_sample() {
        let text = written(&Fixture::with_tombstones());
        let end = text.rsplit("</entry>").next().expect("an end");
        assert_eq!(
            element_names(end).join(" "),
            "at:deleted-entry at:by name at:comment at:deleted-entry at:by name"
        );
        let lines: Vec<_> = end.lines().map(str::trim).collect();
        assert_eq!(
            lines.concat(),
            "<at:deleted-entry ref=\"tag:www.harbour.example,2026-02-07:harbour/collision\" \
             when=\"2026-02-09T11:05:30Z\"><at:by><name>Harbour Post</name></at:by>\
             <at:comment xml:lang=\"en\">Withdrawn: it happened in another harbour.</at:comment>\
             </at:deleted-entry>\
             <at:deleted-entry ref=\"https://www.harbour.example/?p=70&amp;d=1\" \
             when=\"2026-02-01T09:00:00Z\"><at:by><name>Harbour Post</name></at:by>\
             </at:deleted-entry></feed>"
        );
        assert!(text.contains(&format!("xmlns:{}=\"{}\"", TOMBSTONES.0, TOMBSTONES.1)));
    }

    #[test]
    fn a_story_taken_back_without_a_word_has_no_empty_comment() {
        let mut fixture = Fixture::with_tombstones();
        fixture.tombstones[0].comment = Some(" \n".into());
        assert!(!written(&fixture).contains("at:comment"));
    }

    #[test]
    fn hostile_texts_stay_inside_the_tombstone_they_belong_to() {
        let fixture = Fixture::hostile();
        let feed = Feed::read_from(written(&fixture).as_bytes()).expect("Atom");
        assert_eq!(feed.extensions["at"]["deleted-entry"].len(), 1);
        let tombstone = &feed.extensions["at"]["deleted-entry"][0];
        assert_eq!(tombstone.attrs["ref"], fixture.entries[0].url);
        assert_eq!(tombstone.children["comment"][0].value.as_deref(), Some(HOSTILE_LEGAL));
        assert_eq!(tombstone.children.len(), 2, "{:?}", tombstone.children);
    }

    #[test]
    fn an_empty_feed_has_a_date_that_never_changes_and_no_foreign_namespace() {
        let text = written(&Fixture::empty());
        assert!(text.contains("<updated>2000-01-01T00:00:00+00:00</updated>"));
        assert!(!text.contains("xmlns:"));
    }

    #[test]
    fn an_entry_without_content_always_has_a_summary() {
        let mut fixture = Fixture::full();
        for entry in &mut fixture.entries {
            entry.content_html = None;
        }
        fixture.entries[1].summary = String::new();
        let feed = Feed::read_from(written(&fixture).as_bytes()).expect("Atom");
        let read = |at: usize| feed.entries[at].summary.as_ref().map(|text| text.value.as_str());
        assert_eq!(read(0), Some(fixture.entries[0].summary.as_str()));
        assert_eq!(read(1), Some(fixture.entries[1].title.as_str()));
        assert!(feed.entries.iter().all(|entry| entry.content.is_none()));
    }

    #[test]
    fn hostile_texts_survive_the_crate_that_wrote_them() {
        let fixture = Fixture::hostile();
        let text = written(&fixture);
        let feed = Feed::read_from(text.as_bytes()).expect("Atom");
        let entry = &feed.entries[0];
        assert_eq!(entry.title.value, HOSTILE_LEGAL);
        assert_eq!(entry.summary.as_ref().expect("a summary").value, HOSTILE_LEGAL);
        assert_eq!(entry.authors[0].name, HOSTILE_LEGAL);
        let content = fixture.entries[0].content_html.as_deref().expect("content");
        let read = entry.content.as_ref().and_then(|content| content.value.as_deref());
        assert_eq!(read, Some(xml::legal(content).as_ref()));
        let media = &entry.extensions["media"]["content"][0];
        assert_eq!(media.attrs["url"], fixture.entries[0].image.as_ref().expect("an image").url);
        assert_eq!(media.children["credit"][0].value.as_deref(), Some(HOSTILE_LEGAL));
    }

    /// When this fails, upstream escapes attributes of extensions: drop `xml::escaped` here, or
    /// they will be escaped twice.
    #[test]
    fn atom_syndication_still_writes_attributes_of_extensions_raw() {
        let mut extension = Extension { name: "media:content".into(), ..Extension::default() };
        extension.attrs.insert("url".into(), "https://m.example/?a=1&b=2".into());
        let mut feed = Feed::default();
        let names = feed.extensions.entry("media".into()).or_default();
        names.insert("content".into(), vec![extension]);
        assert!(feed.to_string().contains("url=\"https://m.example/?a=1&b=2\""));
    }
}
