//! A small newsroom for the tests of this floor, with every field of a document in use.

use chrono::{DateTime, Utc};

use super::FeedLink;
use crate::{
    feed::{Category, Entry, FeedDocument, History, Tombstone, Translation},
    story::{
        Enclosure, FeedPath, Format, Guid, Hub, Image, Language, Licensing, Origin, Person,
        Profile, SectionPath, Site, SiteImage, Thumbnail,
    },
};

/// A text that breaks careless writers, and what must be left of it.
pub(super) const HOSTILE: &str = "]]> <script>alert(\"1\")</script> & &amp; 'x' {{ 7*7 }} \u{0}\u{b}🌊\u{fffe} <![CDATA[ ñ\u{ffff}";
pub(super) const HOSTILE_LEGAL: &str =
    "]]> <script>alert(\"1\")</script> & &amp; 'x' {{ 7*7 }} 🌊 <![CDATA[ ñ";

pub(super) struct Fixture {
    pub(super) profile: Option<Profile>,
    pub(super) site: Site,
    pub(super) path: String,
    pub(super) title: String,
    pub(super) language: Language,
    pub(super) page: String,
    pub(super) image: Option<SiteImage>,
    pub(super) updated: Option<DateTime<Utc>>,
    pub(super) alternates: Vec<Translation>,
    pub(super) entries: Vec<Entry>,
    pub(super) tombstones: Vec<Tombstone>,
    pub(super) history: History,
}

impl Fixture {
    /// Every field of the document and of its first entry is in use.
    pub(super) fn full() -> Self {
        Self {
            updated: Some(instant("2026-02-10T08:00:00.250Z")),
            alternates: vec![
                translation("es", "https://feeds.harbour.example/es/harbour/"),
                translation("en", "https://feeds.harbour.example/harbour/"),
            ],
            entries: vec![rich_entry(), plain_entry()],
            site: site(),
            ..Self::empty()
        }
    }

    /// A feed that never had a story, of a site that tells no hub.
    pub(super) fn empty() -> Self {
        Self {
            site: Site { hubs: Vec::new(), ..site() },
            path: "harbour".into(),
            title: "Harbour & Tides".into(),
            language: language("en"),
            page: "https://www.harbour.example/harbour/".into(),
            image: Some(SiteImage {
                url: "https://www.harbour.example/logo-88.png".into(),
                width: Some(88),
                height: Some(88),
            }),
            updated: None,
            alternates: Vec::new(),
            entries: Vec::new(),
            profile: None,
            tombstones: Vec::new(),
            history: History::default(),
        }
    }

    /// The second of three archive pages.
    pub(super) fn archive_page() -> Self {
        let history = History { page: Some(2), prev: Some(1), next: Some(3) };
        Self { history, ..Self::full() }
    }

    /// A feed with archive pages, of which two stories were taken back, one of them with a word.
    pub(super) fn with_tombstones() -> Self {
        let tombstone = |guid: &str, when, comment: Option<&str>| Tombstone {
            guid: Guid::kept(guid),
            when: instant(when),
            comment: comment.map(str::to_owned),
            story: None,
        };
        Self {
            tombstones: vec![
                tombstone(
                    "tag:www.harbour.example,2026-02-07:harbour/collision",
                    "2026-02-09T11:05:30.75Z",
                    Some("Withdrawn: it happened in another harbour."),
                ),
                tombstone("https://www.harbour.example/?p=70&d=1", "2026-02-01T09:00:00Z", None),
            ],
            history: History { prev: Some(4), ..History::default() },
            ..Self::full()
        }
    }

    /// One entry, and one story taken back, whose every text is [`HOSTILE`].
    pub(super) fn hostile() -> Self {
        let mut fixture = Self::full();
        fixture.title = HOSTILE.into();
        fixture.site.title = HOSTILE.into();
        fixture.site.copyright = Some(HOSTILE.into());
        let mut entry = rich_entry();
        let url = "https://www.harbour.example/s?a=1&b=\"2\"&c='3'&d=</x>";
        entry.url = url.into();
        entry.title = HOSTILE.into();
        entry.summary = HOSTILE.into();
        entry.content_html =
            Some(format!("<p>a ]]> b ]]\u{0}> c &amp; d 🌊 <a href=\"{url}\">e</a></p>"));
        entry.rights = Some(HOSTILE.into());
        entry.authors[0].name = HOSTILE.into();
        entry.authors.truncate(1);
        entry.categories[2].term = HOSTILE.into();
        entry.enclosures[2].title = Some(HOSTILE.into());
        entry.enclosures[2].url = url.into();
        if let Some(image) = &mut entry.image {
            image.url = format!("{url}\"/><evil/>");
            image.credit = Some(HOSTILE.into());
            image.caption = Some(HOSTILE.into());
        }
        if let Some(origin) = &mut entry.origin {
            origin.title = HOSTILE.into();
            origin.url = url.into();
        }
        fixture.entries = vec![entry];
        fixture.tombstones = vec![Tombstone {
            guid: Guid::kept(format!("{url}\u{0}")),
            when: instant("2026-02-09T11:05:30Z"),
            comment: Some(HOSTILE.into()),
            story: None,
        }];
        fixture
    }

    pub(super) fn document(&self) -> FeedDocument<'_> {
        let path: FeedPath = self.path.parse().expect("a path");
        FeedDocument {
            site: &self.site,
            id: self.site.address(&path.folder()),
            address: path.clone(),
            path,
            title: self.title.clone(),
            description: "Ships, tides and quays, told from the pier.".into(),
            language: self.language.clone(),
            page: self.page.clone(),
            hubs: &self.site.hubs,
            image: self.image.clone(),
            logo: self.site.logo.clone(),
            profile: self.profile,
            category: Some(section("harbour", "Harbour news")),
            ttl_minutes: 20,
            formats: vec![Format::Rss, Format::Atom, Format::Json],
            updated: self.updated,
            alternates: self.alternates.clone(),
            entries: self.entries.clone(),
            tombstones: self.tombstones.clone(),
            history: self.history,
        }
    }
}

pub(super) fn site() -> Site {
    let url = |text: &str| text.parse().expect("an address");
    Site {
        title: "Harbour Post".into(),
        description: "News from the quays.".into(),
        url: url("https://www.harbour.example/"),
        feeds_url: url("https://feeds.harbour.example/"),
        language: language("en"),
        time_zone: chrono_tz::UTC,
        copyright: Some("© 2026 Harbour Post".into()),
        editor: Some("desk@harbour.example (Harbour Desk)".into()),
        webmaster: Some("web@harbour.example (Harbour Web)".into()),
        icon: Some("https://www.harbour.example/icon.png".into()),
        favicon: Some("https://www.harbour.example/favicon.png".into()),
        logo: Some("https://www.harbour.example/logo.svg".into()),
        cover: Some("https://www.harbour.example/cover.jpg".into()),
        accent_color: Some("0B5FA5".into()),
        image: None,
        license: Some("https://licences.example/by/4.0/".into()),
        usage_terms: Some("Licensed partners only.".into()),
        rsl: Licensing::default(),
        hubs: vec![Hub("https://hub.example/".into())],
    }
}

fn rich_entry() -> Entry {
    let file = |media_type: &str, name: &str| Enclosure {
        url: format!("https://media.harbour.example/{name}"),
        media_type: media_type.into(),
        ..Enclosure::default()
    };
    Entry {
        guid: Guid::kept("tag:www.harbour.example,2026-02-09:harbour/draga"),
        url: "https://www.harbour.example/harbour/draga/".into(),
        title: "Draga nova chega ao cais & começa na quinta-feira".into(),
        short_title: None,
        language: Some(language("pt-BR")),
        summary: "A draga <Maré Alta> abre o canal até abril.".into(),
        content_html: Some(
            "<p>A draga chegou na segunda-feira &amp; abre o canal.</p><h2>Até abril</h2>".into(),
        ),
        published: instant("2026-02-09T06:15:00Z"),
        modified: Some(instant("2026-02-10T08:00:00.250Z")),
        corrected: true,
        withdrawn: None,
        authors: vec![
            Person {
                name: "Marta Quiroga".into(),
                email: Some("marta@private.example".into()),
                url: Some("https://www.harbour.example/staff/marta/".into()),
            },
            Person { name: "Ivo Paz".into(), ..Person::default() },
        ],
        categories: vec![
            section("harbour", "Harbour news"),
            section("harbour/dredging", "Dredging"),
            Category { term: "canal".into(), section_title: None },
        ],
        image: Some(Image {
            url: "https://media.harbour.example/draga.jpg?w=1200&q=80".into(),
            alt: Some("A dredger at a quay".into()),
            title: Some("Draga no cais".into()),
            caption: Some("A draga no cais sul.".into()),
            credit: Some("Rui Tavares".into()),
            license: Some("all rights reserved".into()),
            width: Some(1200),
            height: Some(800),
            length: Some(204_800),
            thumbnail: Some(Thumbnail {
                url: "https://media.harbour.example/draga-320.jpg".into(),
                width: Some(320),
                height: Some(213),
            }),
        }),
        enclosures: vec![
            file("image/jpeg", "mapa.jpg"),
            file("application/pdf", "plano.pdf"),
            Enclosure {
                length: Some(5_120_345),
                title: Some("Ouvir".into()),
                duration_seconds: Some(312),
                ..file("audio/mpeg", "draga.mp3")
            },
        ],
        origin: Some(Origin {
            title: "Coast Wire".into(),
            url: "https://coast.example/rss".into(),
            home: Some("https://coast.example/".into()),
        }),
        rights: Some("© 2026 Coast Wire".into()),
        translations: vec![translation("es", "https://www.harbour.example/es/draga/")],
    }
}

fn plain_entry() -> Entry {
    Entry {
        guid: Guid::kept("https://www.harbour.example/?p=77"),
        url: "https://www.harbour.example/harbour/ferry/".into(),
        title: "Night ferry keeps its Sunday run".into(),
        short_title: None,
        language: None,
        summary: "The late boat stays through spring.".into(),
        content_html: Some("<p>The late boat stays through spring.</p>".into()),
        published: instant("2026-02-08T19:40:00Z"),
        modified: None,
        corrected: false,
        withdrawn: None,
        authors: Vec::new(),
        categories: vec![section("harbour", "Harbour news")],
        image: None,
        enclosures: Vec::new(),
        origin: None,
        rights: None,
        translations: Vec::new(),
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn language(text: &str) -> Language {
    text.parse().expect("a language")
}

fn section(path: &str, title: &str) -> Category {
    Category { term: path.into(), section_title: Some(title.into()) }
}

fn translation(tag: &str, url: &str) -> Translation {
    Translation { language: language(tag), url: url.into() }
}

/// What a list of all feeds is made of: path, and the title of those that are sections.
pub(super) struct Links {
    feeds: Vec<(FeedPath, Option<SectionPath>, String)>,
    language: Language,
    pub(super) formats: Vec<Format>,
}

impl Links {
    pub(super) fn new(feeds: &[(&str, Option<&str>)]) -> Self {
        let link = |(path, title): &(&str, Option<&str>)| {
            let section = title.map(|_| path.parse().expect("a section"));
            let title = title.map_or_else(|| format!("Feed `{path}`"), str::to_owned);
            (path.parse().expect("a path"), section, title)
        };
        Self {
            feeds: feeds.iter().map(link).collect(),
            language: language("en"),
            formats: vec![Format::Rss, Format::Atom],
        }
    }

    pub(super) fn all(&self) -> Vec<FeedLink<'_>> {
        let mut links = Vec::new();
        for (path, section, title) in &self.feeds {
            links.push(FeedLink {
                path,
                title,
                description: "What it carries.",
                language: &self.language,
                page: "https://www.harbour.example/",
                formats: &self.formats,
                section: section.as_ref(),
            });
        }
        links
    }
}

/// The names of the elements that open in `xml`, in order.
pub(super) fn element_names(xml: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(cdata) = rest.strip_prefix("![CDATA[") {
            rest = cdata.split_once("]]>").map_or("", |(_, after)| after);
        } else if rest.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            names.push(rest.split([' ', '>', '/']).next().unwrap_or_default());
        }
    }
    names
}
