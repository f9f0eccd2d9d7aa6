//! The newsroom and its feeds, as settled by the configuration.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{FeedPath, Language, Licensing, SectionPath, Where};

/// The newsroom whose stories are published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Name of the publication.
    pub title: String,
    /// What it is about, in a sentence.
    pub description: String,
    /// Where stories live; ends in `/`.
    pub url: Url,
    /// Where the feeds folder is served; ends in `/`.
    pub feeds_url: Url,
    /// The main language.
    pub language: Language,
    /// For dates without a zone.
    pub time_zone: Tz,
    /// Such as `© 2026 LatAm Reports`.
    pub copyright: Option<String>,
    /// `mail (Name)`, as RSS wants it.
    pub editor: Option<String>,
    /// `mail (Name)`, as RSS wants it.
    pub webmaster: Option<String>,
    /// Square picture, for Atom and JSON Feed.
    pub icon: Option<String>,
    /// Small square picture.
    pub favicon: Option<String>,
    /// Picture twice as wide as high, for Atom.
    pub logo: Option<String>,
    /// Large picture behind the title, for Feedly.
    pub cover: Option<String>,
    /// Six hexadecimal digits, for Feedly.
    pub accent_color: Option<String>,
    /// For the RSS channel.
    pub image: Option<SiteImage>,
    /// Address of the licence under which the feeds may be used.
    pub license: Option<String>,
    /// What partners may do with the stories, in a sentence.
    pub usage_terms: Option<String>,
    /// What programs may do with the stories.
    pub rsl: Licensing,
    /// `WebSub` hubs that are told of changes.
    pub hubs: Vec<Hub>,
}

impl Site {
    /// The host that owns minted guids.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or("localhost")
    }

    /// The address of a file below the feeds folder.
    pub fn address(&self, file: &str) -> String {
        format!("{}{file}", self.feeds_url)
    }

    /// The address of the document with the licence terms, if there are any.
    pub fn rsl_url(&self) -> Option<String> {
        (!self.rsl.is_empty()).then(|| self.address(Licensing::FILE))
    }
}

/// Address of a `WebSub` hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hub(pub String);

/// The picture of an RSS channel (at most 144 wide and 400 high, else without sizes).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteImage {
    /// Absolute address.
    pub url: String,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
}

/// A text that may differ by language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Title {
    /// One for all.
    Plain(String),
    /// One per language.
    ByLanguage(BTreeMap<Language, String>),
}

impl Title {
    /// The text in `language`, whatever its region; none where there is one for all, or for others.
    pub fn own(&self, language: &Language) -> Option<&str> {
        let Self::ByLanguage(texts) = self else { return None };
        let near = || texts.iter().find(|(tag, _)| tag.primary() == language.primary());
        texts.get(language).or_else(|| near().map(|(_, text)| text)).map(String::as_str)
    }

    /// The text for `language`: its own, that of a wider or narrower form, else the first.
    pub fn in_language(&self, language: &Language) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::ByLanguage(texts) => texts
                .get(language)
                .or_else(|| {
                    let near =
                        |(tag, _): &(&Language, &String)| tag.primary() == language.primary();
                    texts.iter().find(near).map(|(_, text)| text)
                })
                .or_else(|| texts.values().next())
                .map_or("", String::as_str),
        }
    }
}

/// A form in which a feed is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
    /// ninjs 3.1, for partners rather than readers.
    Ninjs,
}

impl Format {
    /// Every format, those of readers first.
    pub const ALL: [Self; 4] = [Self::Rss, Self::Atom, Self::Json, Self::Ninjs];

    /// Whether programs of readers subscribe to it: such formats are listed wherever a feed is.
    pub const fn is_for_readers(self) -> bool {
        !matches!(self, Self::Ninjs)
    }

    /// Whether older stories are kept in archive pages of this format.
    pub const fn has_archive(self) -> bool {
        self.is_for_readers()
    }

    /// File name in the feed's folder.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Rss => "rss.xml",
            Self::Atom => "atom.xml",
            Self::Json => "feed.json",
            Self::Ninjs => "ninjs.json",
        }
    }

    /// File name of an archive page, from 1, in the feed's folder: `archive/atom-0001.xml`. Only
    /// formats that [have archives](Self::has_archive) ever use theirs.
    pub fn archive_name(self, page: u32) -> String {
        match self {
            Self::Rss => format!("archive/rss-{page:04}.xml"),
            Self::Atom => format!("archive/atom-{page:04}.xml"),
            Self::Json => format!("archive/feed-{page:04}.json"),
            Self::Ninjs => format!("archive/ninjs-{page:04}.json"),
        }
    }

    /// Media type as `link` elements give it, without parameters.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
            Self::Ninjs => "application/json",
        }
    }

    /// Name for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rss => "RSS",
            Self::Atom => "Atom",
            Self::Json => "JSON Feed",
            Self::Ninjs => "ninjs",
        }
    }
}

/// How much of a story a feed carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContentMode {
    /// The whole text.
    Full,
    /// The summary alone.
    Summary,
}

/// Who may read a feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Access {
    /// Everybody: it is in the feeds folder.
    #[default]
    Public,
    /// Partners, by their tokens: it is never in the folder, and nothing public tells of it.
    Token,
}

/// How much a feed carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The newest so many stories stay,
    pub entries: usize,
    /// and all that are at most so much older than the newest.
    pub window: Duration,
    /// The oldest give way to stay below.
    pub max_bytes: u64,
}

/// One feed to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedSpec {
    /// Where it stands.
    pub path: FeedPath,
    /// Shown by readers.
    pub title: String,
    /// What it carries.
    pub description: String,
    /// Of the feed; entries may differ.
    pub language: Language,
    /// The page of the same stories on the site; none: the HTML twin.
    pub page: Option<String>,
    /// The channel's picture.
    pub image: Option<SiteImage>,
    /// The section it stands for, if it is one.
    pub section: Option<SectionPath>,
    /// Which stories it carries.
    pub rule: Where,
    /// How many.
    pub limits: Limits,
    /// In which forms.
    pub formats: Vec<Format>,
    /// How much of each.
    pub content: ContentMode,
    /// How long a reader may wait before it asks again.
    pub ttl_minutes: u32,
    /// The aggregator that it is written for and held to.
    pub profile: Option<Profile>,
    /// The feed's own logo; none: the site's.
    pub logo: Option<String>,
    /// Who may read it.
    pub access: Access,
}

impl FeedSpec {
    /// Whether everybody may read it.
    pub fn is_public(&self) -> bool {
        self.access == Access::Public
    }

    /// Whether older stories are kept in archive pages, where there are any: aggregators read none.
    pub fn has_archives(&self) -> bool {
        self.profile.is_none() && self.is_public()
    }

    /// Whether lists of feeds show it: what is written for a machine is nothing to subscribe to.
    pub fn is_listed(&self) -> bool {
        self.is_public() && self.profile.is_none_or(|profile| profile == Profile::Feedly)
    }
}

/// An aggregator that a feed can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Microsoft Start, MSN.
    Msn,
    /// Flipboard.
    Flipboard,
    /// `SmartNews`.
    SmartNews,
    /// Feedly.
    Feedly,
}

impl Profile {
    /// Its name in the configuration and in rules.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Msn => "msn",
            Self::Flipboard => "flipboard",
            Self::SmartNews => "smartnews",
            Self::Feedly => "feedly",
        }
    }

    /// How long after it was published a story may still be in a feed for it.
    pub const fn longest(self) -> Option<TimeDelta> {
        match self {
            Self::Msn => Some(TimeDelta::days(365)),
            Self::Flipboard | Self::SmartNews | Self::Feedly => None,
        }
    }
}

/// A feed that moved or was retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// A feed path, or an old address below the site's root such as `/category/x/feed/`.
    pub from: String,
    /// Where it went; none: retired.
    pub to: Option<FeedPath>,
}

impl Move {
    /// `from` as a feed path, where it is no address.
    pub fn from_feed(&self) -> Option<FeedPath> {
        if self.from.starts_with('/') { None } else { self.from.parse().ok() }
    }
}

/// The tokens that a permalink pattern may hold between braces.
pub const PERMALINK_TOKENS: [&str; 35] = [
    "section",
    "sections",
    "path",
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
    "slug",
    "slug_ascii",
    "slug_raw",
    "slug_or_filename",
    "slug_or_title",
    "filename",
    "title",
    "language",
    "language_prefix",
    "id",
    "branch",
    "categories",
    "slug_categories",
    "month_name",
    "short_month",
    "month_number",
    "day_number",
    "short_year",
    "weekday",
    "iso_weekday",
    "weekday_name",
    "short_weekday",
    "day_of_year",
    "padded_day_of_year",
    "week",
    "week_year",
];
