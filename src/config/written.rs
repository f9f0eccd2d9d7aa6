//! The single tables of `config.toml` as they are written: every key may be absent.
//!
//! The doc comments of the fields are what editors show (see [`schema`](super::schema)).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    entries::{FeedWritten, MovedWritten, SectionWritten, SourceWritten, WebhookWritten},
    resolved::SectionsMode,
};

/// The newsroom: site, store, sections, feeds and sources.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "feedwright configuration")]
pub(super) struct Written {
    /// The publication whose stories are published.
    pub(super) site: SiteWritten,
    /// Where stories are kept.
    pub(super) store: StoreWritten,
    /// What is published, and where to.
    pub(super) publish: PublishWritten,
    /// Addresses that `serve` listens on.
    pub(super) server: ServerWritten,
    /// When `serve` makes a pass.
    pub(super) schedule: ScheduleWritten,
    /// How remote sources are asked.
    pub(super) fetch: FetchWritten,
    /// Push to subscribers.
    pub(super) websub: WebsubWritten,
    /// Titles and settings of sections.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) section: Vec<SectionWritten>,
    /// Feeds by any other rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) feed: Vec<FeedWritten>,
    /// Feeds and old addresses that moved or were retired.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) moved: Vec<MovedWritten>,
    /// Where stories come from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) source: Vec<SourceWritten>,
    /// Who is told what each pass published.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) webhook: Vec<WebhookWritten>,
}

/// `[site]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteWritten {
    /// Name of the publication. Required.
    pub(super) title: Option<String>,
    /// Where stories live. Required.
    pub(super) url: Option<String>,
    /// Where the feeds folder is served; absent: the same as `url`.
    pub(super) feeds_url: Option<String>,
    /// The main language, such as `en` or `pt-BR`; absent: `en`.
    pub(super) language: Option<String>,
    /// For dates without a zone, such as `America/Mexico_City`; absent: `UTC`.
    pub(super) time_zone: Option<String>,
    /// What the publication is about, in a sentence.
    pub(super) description: Option<String>,
    /// Such as `© 2026 LatAm Reports`.
    pub(super) copyright: Option<String>,
    /// Who answers for the content: `mail (Name)`.
    pub(super) editor: Option<String>,
    /// Who answers for technical matters: `mail (Name)`.
    pub(super) webmaster: Option<String>,
    /// Address of a square picture, for Atom and JSON Feed.
    pub(super) icon: Option<String>,
    /// Address of a small square picture.
    pub(super) favicon: Option<String>,
    /// Address of a picture twice as wide as high, for Atom.
    pub(super) logo: Option<String>,
    /// Address of a large picture behind the title, for Feedly.
    pub(super) cover: Option<String>,
    /// The colour of the publication in six hexadecimal digits, such as `0B5FA5`, for Feedly.
    pub(super) accent_color: Option<String>,
    /// The picture of the RSS channel: its address, or its address and size.
    pub(super) image: Option<ImageWritten>,
    /// Address of the licence under which the feeds may be used.
    pub(super) license: Option<String>,
    /// What partners may do with the stories, in a sentence; for ninjs.
    pub(super) usage_terms: Option<String>,
    /// What programs may do with the stories, in the words of RSL 1.0.
    pub(super) rsl: Option<RslWritten>,
    /// Further languages, whose folders such as `content/pt/` are recognised.
    pub(super) languages: Option<Vec<String>>,
}

/// What programs may do with stories, and for what in return (RSL 1.0).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RslWritten {
    /// What is allowed: uses (`all`, `ai-all`, `ai-train`, `ai-input`, `ai-index`, `search`), users
    /// (`commercial`, `non-commercial`, `education`, `government`, `personal`), countries (`BR`, `EU`).
    pub(super) permits: Option<Vec<String>>,
    /// What isn't, in the same words; it counts before `permits`.
    pub(super) prohibits: Option<Vec<String>>,
    /// For what in return.
    pub(super) payment: Option<PaymentName>,
    /// Address of a licence that many share, such as one of Creative Commons.
    pub(super) standard: Option<String>,
    /// Address of your own page on which a licence is to be had.
    pub(super) custom: Option<String>,
    /// How much, such as `0.015 USD`.
    pub(super) amount: Option<String>,
    /// Address of the terms for people.
    pub(super) terms: Option<String>,
    /// Address of the licence server.
    pub(super) server: Option<String>,
}

/// For what in return stories may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PaymentName {
    Purchase,
    Subscription,
    Training,
    Crawl,
    Use,
    Contribution,
    Attribution,
    Free,
}

/// `[store]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StoreWritten {
    /// Where stories are kept: `sqlite:stories.db` (the default) or
    /// `postgres://user:password@host/database`.
    pub(super) url: Option<String>,
    /// A file that holds the address, where it is a secret.
    pub(super) url_file: Option<String>,
}

/// `[publish]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishWritten {
    /// Where feeds are written; absent: `feeds`.
    pub(super) folder: Option<String>,
    /// In which forms, the preferred one first; absent: `rss`, `atom`, `json`.
    pub(super) formats: Option<Vec<FormatName>>,
    /// The newest so many stories (or all younger than `window`, whichever is more); absent: 50.
    #[schemars(range(min = 1, max = 10000))]
    pub(super) limit: Option<i64>,
    /// All stories so much younger than the newest stay, such as `2d` (the default) or `36h`.
    pub(super) window: Option<String>,
    /// The oldest stories give way to keep a feed below this, such as `1MiB` (the default).
    pub(super) max_bytes: Option<SizeWritten>,
    /// How many published stories a pass may drop or rename without being asked; absent: 20.
    #[schemars(range(min = 0))]
    pub(super) guard: Option<i64>,
    /// `found`: every section that stories name has a feed (the default); `declared`: only those
    /// in this file.
    pub(super) sections: Option<SectionsMode>,
    /// Whether feeds carry the whole text (the default) or the summary.
    pub(super) content: Option<ContentName>,
    /// Whether older stories are kept in archive pages (RFC 5005); absent: true.
    pub(super) archives: Option<bool>,
    /// Whether `news-sitemap.xml` lists the stories of the last two days for Google News.
    pub(super) news_sitemap: Option<bool>,
    /// Whether each language of the site and of a section has a feed of its own, such as
    /// `es/latam/security`; absent: no.
    pub(super) split_by_language: Option<bool>,
    /// Codings in which files are laid down beside themselves.
    pub(super) precompress: Option<Vec<CodingName>>,
}

/// `[server]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerWritten {
    /// Where readers are answered: `127.0.0.1:8080` (the default) or `unix:/run/feedwright.sock`.
    pub(super) listen: Option<String>,
    /// Where health and metrics are answered; not for the public. Absent: `127.0.0.1:8081`.
    pub(super) ops: Option<String>,
    /// Proxies that say for whom they ask: addresses, networks such as `10.0.0.0/8`, or `unix`.
    pub(super) proxies: Option<Vec<String>>,
    /// The header in which they say it; absent: `X-Forwarded-For`.
    pub(super) client_header: Option<String>,
    /// How often in a row a client may fetch a feed in full that it could have asked for
    /// conditionally; then once a minute. Absent: 60; 0: as often as it likes.
    #[schemars(range(min = 0, max = 100_000))]
    pub(super) allowance: Option<i64>,
    /// How much memory documents may take, all codings together, such as `256MiB` (the default);
    /// what doesn't fit is read from the folder.
    pub(super) cache: Option<SizeWritten>,
}

/// `[schedule]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleWritten {
    /// Time between passes, such as `5m` (the default).
    pub(super) every: Option<String>,
}

/// `[fetch]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FetchWritten {
    /// How many sources are asked at once; absent: 16.
    #[schemars(range(min = 1, max = 256))]
    pub(super) at_once: Option<i64>,
    /// Time between two requests to one host, such as `1s` (the default); `0s` lifts it.
    pub(super) pace: Option<String>,
    /// How those who run a source reach us: a mail or web address, told in `User-Agent`; absent:
    /// the site's address.
    pub(super) contact: Option<String>,
}

/// `[websub]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebsubWritten {
    /// `own`, or addresses of outside hubs; absent: none.
    pub(super) hub: Option<OneOrMany>,
    /// Whether callbacks may lie on private addresses (intranets and tests).
    pub(super) allow_private: Option<bool>,
    /// How often subscribers are told of edits to one feed at most, such as `10m`; what is new or taken
    /// back goes out at once. Absent: edits too.
    pub(super) edits_every: Option<String>,
}

/// A text, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
pub(super) enum OneOrMany {
    /// One.
    One(String),
    /// Any of several.
    Many(Vec<String>),
}

impl OneOrMany {
    pub(super) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// A text, or one per language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, or a table of texts by language")]
pub(super) enum TextWritten {
    /// One for all.
    Plain(String),
    /// By language, such as `{ es = "Seguridad", en = "Security" }`.
    ByLanguage(BTreeMap<String, String>),
}

/// A number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a size such as \"1MiB\", or a number of bytes")]
pub(super) enum SizeWritten {
    /// Bytes.
    Bytes(i64),
    /// With a unit: `1MiB`, `500 KB`.
    Text(String),
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected an address, or a table of `url`, `width` and `height`")]
pub(super) enum ImageWritten {
    /// Its address.
    Address(String),
    /// Its address and size.
    Sized(SizedImage),
}

/// A picture whose size is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SizedImage {
    /// Its address.
    pub(super) url: String,
    /// Pixels.
    pub(super) width: Option<u32>,
    /// Pixels.
    pub(super) height: Option<u32>,
}

/// A form of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum FormatName {
    Rss,
    Atom,
    Json,
    /// For partners: never unless it is named.
    Ninjs,
}

/// How much of a story a feed carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ContentName {
    Full,
    Summary,
}

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum CodingName {
    Gzip,
    Br,
}
