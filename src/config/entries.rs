//! The repeated tables of `config.toml` as they are written: sections, feeds, moves, sources,
//! webhooks.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    resolved::GuidMode,
    written::{
        ContentName, FormatName, ImageWritten, OneOrMany, RslWritten, SizeWritten, TextWritten,
    },
};
use crate::story::{Profile, Slugs};

/// `[[section]]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionWritten {
    /// The section, such as `latam/security`. Required.
    pub(super) path: Option<String>,
    /// Name of the section, one for all or one per language.
    pub(super) title: Option<TextWritten>,
    /// What the section carries, one for all or one per language.
    pub(super) description: Option<TextWritten>,
    /// Language of the feed; absent: the site's.
    pub(super) language: Option<String>,
    /// Picture of the feed; absent: the site's.
    pub(super) image: Option<ImageWritten>,
    /// Address of the section's page on the site; absent: the page beside the feed.
    pub(super) page: Option<String>,
    /// Overrides `limit` of `[publish]`.
    #[schemars(range(min = 1, max = 10000))]
    pub(super) limit: Option<i64>,
    /// Overrides `window` of `[publish]`.
    pub(super) window: Option<String>,
    /// Overrides `max_bytes` of `[publish]`.
    pub(super) max_bytes: Option<SizeWritten>,
    /// Overrides `formats` of `[publish]`.
    pub(super) formats: Option<Vec<FormatName>>,
    /// Overrides `content` of `[publish]`.
    pub(super) content: Option<ContentName>,
    /// Stands in place of `rsl` of `[site]`.
    pub(super) rsl: Option<RslWritten>,
}

/// `[[feed]]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedWritten {
    /// Where the feed stands, such as `espanol`. Required.
    pub(super) path: Option<String>,
    /// Name of the feed, one for all or one per language.
    pub(super) title: Option<TextWritten>,
    /// What the feed carries, one for all or one per language.
    pub(super) description: Option<TextWritten>,
    /// Language of the feed; absent: the site's.
    pub(super) language: Option<String>,
    /// Picture of the feed; absent: the site's.
    pub(super) image: Option<ImageWritten>,
    /// Address of a page with the same stories; absent: the page beside the feed.
    pub(super) page: Option<String>,
    /// Overrides `limit` of `[publish]`.
    #[schemars(range(min = 1, max = 10000))]
    pub(super) limit: Option<i64>,
    /// Overrides `window` of `[publish]`.
    pub(super) window: Option<String>,
    /// Overrides `max_bytes` of `[publish]`.
    pub(super) max_bytes: Option<SizeWritten>,
    /// Overrides `formats` of `[publish]`.
    pub(super) formats: Option<Vec<FormatName>>,
    /// Overrides `content` of `[publish]`.
    pub(super) content: Option<ContentName>,
    /// Which stories it carries: all of its keys must hold. Required.
    #[serde(rename = "where")]
    pub(super) rule: Option<WhereWritten>,
    /// Picture that stands for the feed at an aggregator; absent: the site's.
    pub(super) logo: Option<String>,
    /// The aggregator that it is written for and held to.
    pub(super) profile: Option<ProfileName>,
    /// `token`: only for partners that hold a token.
    pub(super) access: Option<AccessName>,
}

/// A rule: all of its keys must hold, and a list means any of its values.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WhereWritten {
    /// In a section or in what lies in it.
    pub(super) section: Option<OneOrMany>,
    /// With a tag.
    pub(super) tag: Option<OneOrMany>,
    /// By a person.
    pub(super) author: Option<OneOrMany>,
    /// In a language; `pt` covers `pt-BR`.
    pub(super) language: Option<OneOrMany>,
    /// From a source, by its name.
    pub(super) source: Option<OneOrMany>,
    /// With a guid.
    pub(super) id: Option<OneOrMany>,
    /// With a text in its title; `/…/` is a regular expression.
    pub(super) title: Option<OneOrMany>,
    /// With a text in its words; `/…/` is a regular expression. In the rule of a source only.
    pub(super) content: Option<OneOrMany>,
    /// With a thing: `image`, `audio`, `video`, `enclosure`, `correction` or `summary`.
    pub(super) has: Option<OneOrMany>,
    /// All of these rules hold.
    pub(super) all: Option<Vec<WhereWritten>>,
    /// At least one of these rules holds.
    pub(super) any: Option<Vec<WhereWritten>>,
    /// This rule does not hold.
    pub(super) not: Option<Box<WhereWritten>>,
}

/// `[[moved]]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MovedWritten {
    /// A feed path, or an old address such as `/category/x/feed/` or `/index.xml`. Required.
    pub(super) from: Option<String>,
    /// The feed path where it went; absent: retired.
    pub(super) to: Option<String>,
}

/// `[[webhook]]`
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WebhookWritten {
    /// A short name, of its own; absent: the host of `url`.
    pub(super) name: Option<String>,
    /// The address that is told. Required.
    pub(super) url: Option<String>,
    /// What is signed with. This or `secret_file` is required.
    pub(super) secret: Option<String>,
    /// A file that holds what is signed with.
    pub(super) secret_file: Option<String>,
    /// Whether the address may be a private one.
    pub(super) allow_private: Option<bool>,
}

/// `[[source]]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceWritten {
    /// A short name, never to be changed: stories are kept under it. Required.
    pub(super) name: Option<String>,
    /// What it is; absent: `folder`.
    pub(super) kind: Option<SourceKind>,
    /// The folder with the stories.
    pub(super) path: Option<String>,
    /// Pattern of a story's address, with `{section}`, `{year}`, `{month}`, `{day}`, `{slug}`,
    /// `{filename}`, `{path}`, `{language}`, `{title}` and `{id}`.
    pub(super) permalink: Option<String>,
    /// Patterns for single sections and what lies in them, before `permalink`:
    /// `permalinks = { notes = "/notes/{year}/{slug}/" }`.
    pub(super) permalinks: Option<BTreeMap<String, String>>,
    /// By whose rules names and titles become parts of an address, as `init --from` writes it;
    /// absent: `feedwright`.
    pub(super) slugs: Option<Slugs>,
    /// Patterns for languages other than the main one, by language and section; `/` is what has no
    /// other: `language_permalinks = { pt = { "/" = "/pt/{path}/{slug}/" } }`.
    pub(super) language_permalinks: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// `minted`: guids are made once (the default); `permalink`: a story's first address is it.
    pub(super) guid: Option<GuidMode>,
    /// Their names for the fields of a story: `map = { authors = "by", tags = ["topics"] }`.
    pub(super) map: Option<BTreeMap<String, OneOrMany>>,
    /// The section of stories that name none.
    pub(super) section: Option<String>,
    /// The language of stories that name none; absent: the site's.
    pub(super) language: Option<String>,
    /// Languages whose folders such as `pt/` are recognised; absent: the site's.
    pub(super) languages: Option<Vec<String>>,
    /// For dates without a zone; absent: the site's.
    pub(super) time_zone: Option<String>,
    /// Tags that all of its stories get.
    pub(super) tags: Option<Vec<String>>,
    /// The folder whose files are served at the site's root (Hugo's `static/`), where the size of
    /// local pictures and sound is measured.
    #[serde(rename = "static")]
    pub(super) static_folder: Option<String>,
    /// Address of a remote source: the feed, the WordPress site, the page that lists articles or
    /// the sitemap, the database.
    pub(super) url: Option<String>,
    /// A file that holds the address of a database, where it is a secret.
    pub(super) url_file: Option<String>,
    /// Time between fetches, such as `15m`; absent: as the source says, an hour at least.
    pub(super) every: Option<String>,
    /// Whether a remote source may lie on a private address.
    pub(super) allow_private: Option<bool>,
    /// Which stories are taken from a remote source.
    #[serde(rename = "where")]
    pub(super) rule: Option<WhereWritten>,
    /// Bounds of a remote source: `limits = { bytes = "16MiB", entries = 10000, time = "30s" }`.
    pub(super) limits: Option<LimitsWritten>,
    /// Whether the article behind each entry of a feed is fetched, and its text taken.
    pub(super) full_text: Option<bool>,
    /// How much of a story its rights allow to republish: `full`, `summary` or `link`.
    pub(super) republish: Option<RepublishName>,
    /// Whose stories they are, as readers see it; absent: the title of the feed.
    pub(super) attribution: Option<String>,
    /// Which source wins where several bring one story: the lowest number; absent: the order in
    /// this file. Folders and what was added by hand win over all.
    pub(super) priority: Option<i64>,
    /// How many stories the first fetch takes, or `all`; absent: 20.
    pub(super) backfill: Option<BackfillWritten>,
    /// What becomes of stories that are deleted there: `keep` or `follow`.
    pub(super) deletes: Option<DeletesName>,
    /// A CSS selector for the links to articles on a page.
    pub(super) links: Option<String>,
    /// A CSS selector for the text of an article.
    pub(super) content: Option<String>,
    /// CSS selectors for what is left out of articles.
    pub(super) remove: Option<Vec<String>>,
    /// What is asked of a database, its columns named after the fields of a story. `$1` is the
    /// largest value of `cursor` that came in so far.
    pub(super) query: Option<String>,
    /// The column that `$1` goes by; absent: `updated`.
    pub(super) cursor: Option<String>,
}

impl std::fmt::Debug for WebhookWritten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookWritten").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Bounds of what is fetched.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsWritten {
    /// Bytes of one document, decoded; absent: `16MiB`.
    pub(super) bytes: Option<SizeWritten>,
    /// Entries that are taken of one document; absent: 10000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) entries: Option<i64>,
    /// Time that one answer may take; absent: `30s`.
    pub(super) time: Option<String>,
}

/// How much of a story may be republished.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RepublishName {
    /// All of it.
    #[default]
    Full,
    /// A short text, and the way to the rest.
    Summary,
    /// The title, and the way to the rest.
    Link,
}

/// What becomes of stories that their source deletes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DeletesName {
    /// They stay.
    #[default]
    Keep,
    /// They are withdrawn.
    Follow,
}

/// How far back the first fetch goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum BackfillWritten {
    /// So many stories.
    Stories(i64),
    /// `all`
    Text(String),
}

/// What a source is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum SourceKind {
    #[default]
    Folder,
    Feed,
    WordPress,
    Page,
    Sql,
}

impl SourceKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Feed => "feed",
            Self::WordPress => "wordpress",
            Self::Page => "page",
            Self::Sql => "sql",
        }
    }
}

/// An aggregator whose demands a feed meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ProfileName {
    Flipboard,
    Msn,
    SmartNews,
    Feedly,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Flipboard => Self::Flipboard,
            ProfileName::Msn => Self::Msn,
            ProfileName::SmartNews => Self::SmartNews,
            ProfileName::Feedly => Self::Feedly,
        }
    }
}

/// Who may read a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum AccessName {
    Public,
    Token,
}
