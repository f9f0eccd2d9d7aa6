//! Reads a story's fields, under the names that Hugo, Zola, Jekyll and our JSON form give them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};
use url::Url;

mod media;
mod place;
mod values;

use super::permalink::Permalink;
use crate::{
    story::{
        Correction, Facts, Guid, Incoming, Language, Origin, Person, RawText, SectionPath, Slugs,
    },
    text,
};
use values::{look_up, lower_case, scalar, text_in, texts};

/// Where a new story's guid comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuidMode {
    /// Minted from the site's host, the story's first date and its path.
    Minted,
    /// The story's first address, as Hugo's and Zola's feeds have it.
    Permalink,
    /// The same without its ending, as Jekyll's feeds have it.
    Jekyll,
}

/// What all stories of a source share.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Where stories live.
    pub site_url: Url,
    /// The site's main language.
    pub main_language: Language,
    /// For stories that don't name theirs.
    pub language: Language,
    /// For dates without a zone.
    pub zone: Tz,
    /// Gives addresses.
    pub permalink: Permalink,
    /// Gives addresses in these sections, the longest path that fits winning.
    pub permalinks: Vec<(SectionPath, Permalink)>,
    /// The same for languages that have others; without a section: all that have no other.
    pub language_permalinks: Vec<(Language, Option<SectionPath>, Permalink)>,
    /// By whose rules names and titles become parts of an address.
    pub slugs: Slugs,
    /// Gives guids.
    pub guid: GuidMode,
    /// Story field → the names it goes by in this source, tried before the usual ones.
    pub map: BTreeMap<String, Vec<String>>,
    /// For stories that name no section and stand in no folder.
    pub section: Option<SectionPath>,
    /// Given to every story.
    pub tags: Vec<String>,
}

/// Where one story stands in its source.
#[derive(Debug, Clone, Default)]
pub struct Spot {
    /// For messages and identity: a file's path below the source's folder.
    pub path: String,
    /// The folder part of it, without language folders.
    pub folder: String,
    /// As far as `_index` files make sections of that folder, where the source's rules are Hugo's.
    pub branch: String,
    /// File name without ending and language.
    pub filename: String,
    /// The same without a leading date.
    pub slug: String,
    /// The date in the file name.
    pub date: Option<String>,
    /// Whether it is one of Jekyll's posts.
    pub is_post: bool,
    /// Language by file name or folder.
    pub language: Option<Language>,
    /// Equal in all translations, where there are several.
    pub translation_key: Option<String>,
    /// What a guid is minted from.
    pub mint_path: String,
}

/// What is known of a local media file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// Bytes.
    pub length: u64,
    /// Pixels, of a picture.
    pub size: Option<(u32, u32)>,
    /// Whether the file stands beside the story rather than below the site's root.
    pub beside_story: bool,
}

/// A field that can't be used: its name as written, what is wrong, how to fix it.
#[derive(Debug)]
pub(super) struct FieldFault {
    pub(super) field: String,
    pub(super) what: String,
    pub(super) fix: String,
}

/// A story whose fields were read, or the reason why it is none.
#[derive(Debug)]
pub(super) enum Fields {
    Story(Box<Incoming>),
    Draft,
    /// No date: a page, not a story.
    Undated,
}

/// What to do with a story that names no date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undated {
    IsAPage,
    TakesFirstSeen,
}

/// One story's fields on their way to an [`Incoming`].
pub(super) struct FieldReader<'a> {
    pub(super) desk: &'a Desk,
    pub(super) spot: &'a Spot,
    pub(super) now: DateTime<Utc>,
    pub(super) undated: Undated,
    pub(super) measure: &'a dyn Fn(&str) -> Option<Measured>,
}

impl FieldReader<'_> {
    /// Reads `fields`; `text` is the body, `digest` that of everything.
    pub(super) fn read(
        &self,
        fields: &Map<String, Value>,
        text: RawText,
        digest: String,
    ) -> Result<Fields, FieldFault> {
        let (desk, spot) = (self.desk, self.spot);
        let fields = &lower_case(fields);
        let is = |name: &str, wanted: bool| {
            let mapped = desk.map.get(name).into_iter().flatten().map(String::as_str);
            let value = mapped.chain([name]).find_map(|name| truth(look_up(fields, name)?));
            value == Some(wanted)
        };
        let hidden = is("render", false) || is("headless", true) || hidden(fields);
        // What isn't clearly no draft is one: it is never published by a slip of the pen.
        let drafted = self.find(fields, "draft", &[]).is_some_and(|(_, v)| truth(v).is_none());
        if is("draft", true) || drafted || is("published", false) || hidden {
            return Ok(Fields::Draft);
        }
        let names =
            ["publishdate", "published", "pubdate", "published_at", "date_published", "date"];
        let mut published = self.date(fields, "published", &names)?;
        if let (None, Some(day)) = (published, &spot.date) {
            published = text::read_date(day, desk.zone).ok();
        }
        if published.is_none() && self.undated == Undated::IsAPage {
            return Ok(Fields::Undated);
        }
        let names = ["lastmod", "updated", "modified", "last_modified_at", "date_modified"];
        let updated = self.date(fields, "updated", &names)?;
        if updated.is_some_and(|updated| updated > self.now && Some(updated) > published) {
            return Err(FieldFault {
                field: self.name_of(fields, "updated", &names),
                what: "the date of the last change lies in the future".into(),
                fix: "give the date at which the story was last changed, or leave it out".into(),
            });
        }
        let expires = self.date(
            fields,
            "expires",
            &["expirydate", "expires", "unpublishdate", "expires_at"],
        )?;
        let title = self.plain(fields, "title", &["title", "headline"]).unwrap_or_default();
        let title = if title.is_empty() { humanized(&spot.slug) } else { title };
        if title.is_empty() {
            return Err(FieldFault {
                field: "title".into(),
                what: "a story without a title".into(),
                fix: "give it a title".into(),
            });
        }
        let language = match self.string(fields, "language", &["language", "lang", "locale"]) {
            None => spot.language.clone().unwrap_or_else(|| desk.language.clone()),
            Some((field, tag)) => tag.parse().map_err(|error| FieldFault {
                field,
                what: format!("{error}"),
                fix: "use a language tag of BCP 47".into(),
            })?,
        };
        let sections = self.sections(fields)?;
        let id = self.string(fields, "id", &["id", "guid", "uuid"]);
        let id = id.map(|(_, id)| id.replace('\0', "")).filter(|id| !id.is_empty());
        let url = self.place(fields, &title, &sections, id.as_deref(), published)?;
        let host = desk.site_url.host_str().unwrap_or("localhost");
        let guid = match (&id, desk.guid) {
            (Some(id), _) => Some(Incoming::own_guid(host, id)),
            (None, GuidMode::Permalink) => Some(Guid::kept(url.as_str())),
            (None, GuidMode::Jekyll) => {
                let address = url.as_str().trim_end_matches('/');
                Some(Guid::kept(address.strip_suffix(".html").unwrap_or(address)))
            }
            (None, GuidMode::Minted) => None,
        };
        let key = id.map_or_else(|| format!("path:{}", spot.path), |id| format!("id:{id}"));
        let facts = self.facts(fields, &url, sections)?;
        Ok(Fields::Story(Box::new(Incoming {
            key,
            path: spot.path.clone(),
            guid,
            mint_path: spot.mint_path.clone(),
            digest,
            url: url.into(),
            title,
            language,
            published,
            updated,
            expires,
            facts,
            text,
        })))
    }

    fn facts(
        &self,
        fields: &Map<String, Value>,
        url: &Url,
        sections: Vec<SectionPath>,
    ) -> Result<Facts, FieldFault> {
        let names = ["summary", "description", "excerpt", "standfirst", "extra.summary"];
        let summary = self.plain(fields, "summary", &names).filter(|text| !text.is_empty());
        let mut tags = self.desk.tags.clone();
        let names = ["tags", "taxonomies.tags", "extra.tags", "keywords"];
        let given = self.find(fields, "tags", &names).map(|(_, list)| match list {
            // Jekyll parts a text by spaces.
            Value::String(text) if self.spot.is_post && !text.contains(',') => {
                text.split_whitespace().map(text::plain_text).collect()
            }
            list => texts(list),
        });
        for tag in given.unwrap_or_default() {
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let names = ["translation_key", "translationkey"];
        let translation_key = self
            .string(fields, "translation_key", &names)
            .map(|(_, key)| key)
            .or_else(|| self.spot.translation_key.clone());
        let names = ["rights", "copyright"];
        let rights = self.plain(fields, "rights", &names).filter(|text| !text.is_empty());
        let names = ["short_title", "shorttitle", "link_title", "linktitle", "extra.short_title"];
        let short_title = self.plain(fields, "short_title", &names).filter(|text| !text.is_empty());
        Ok(Facts {
            short_title,
            summary,
            authors: self.authors(fields, url),
            sections,
            tags,
            translation_key,
            correction: self.correction(fields)?,
            image: self.image(fields, url),
            enclosures: self.enclosures(fields, url),
            origin: self.origin(fields, url),
            rights,
        })
    }

    /// The field `ours` under its mapped names, else under the usual ones.
    fn find<'f>(
        &self,
        fields: &'f Map<String, Value>,
        ours: &str,
        usual: &[&str],
    ) -> Option<(String, &'f Value)> {
        let mapped = self.desk.map.get(ours).into_iter().flatten().map(String::as_str);
        let usual = if usual.is_empty() { &[ours][..] } else { usual };
        mapped.chain(usual.iter().copied()).find_map(|name| {
            let value = look_up(fields, name)?;
            // A truth value is a switch (`published: true` in Jekyll), never a text or a date.
            let empty = value.is_null()
                || value.as_str().is_some_and(|text| text.trim().is_empty())
                || value.as_array().is_some_and(Vec::is_empty);
            (!empty && !value.is_boolean()).then(|| (name.to_owned(), value))
        })
    }

    fn name_of(&self, fields: &Map<String, Value>, ours: &str, usual: &[&str]) -> String {
        self.find(fields, ours, usual).map_or_else(|| ours.to_owned(), |(name, _)| name)
    }

    fn string(
        &self,
        fields: &Map<String, Value>,
        ours: &str,
        usual: &[&str],
    ) -> Option<(String, String)> {
        let (name, value) = self.find(fields, ours, usual)?;
        let text = text::one_line(&scalar(value)?);
        (!text.is_empty()).then_some((name, text))
    }

    fn plain(&self, fields: &Map<String, Value>, ours: &str, usual: &[&str]) -> Option<String> {
        let (_, value) = self.find(fields, ours, usual)?;
        Some(text::plain_text(&scalar(value)?))
    }

    fn date(
        &self,
        fields: &Map<String, Value>,
        ours: &str,
        usual: &[&str],
    ) -> Result<Option<DateTime<Utc>>, FieldFault> {
        let Some((field, value)) = self.find(fields, ours, usual) else { return Ok(None) };
        let text = scalar(value).unwrap_or_else(|| value.to_string());
        // Hugo and others write the zero date where none was set; Jekyll's `published` is a switch.
        if text.starts_with("0001-01-01") || (ours == "published" && truth(value).is_some()) {
            return Ok(None);
        }
        let date = text::read_date(&text, self.desk.zone).map_err(|error| FieldFault {
            what: format!("{field}: {error}"),
            field,
            fix: "write it as 2026-01-31 or 2026-01-31T15:00:00-06:00".into(),
        })?;
        Ok(Some(date))
    }

    /// The story's own sections, else its folder, else its categories, else its source's.
    fn sections(&self, fields: &Map<String, Value>) -> Result<Vec<SectionPath>, FieldFault> {
        let own = self.find(fields, "section", &["sections", "section"]);
        let own = own.or_else(|| self.find(fields, "sections", &["sections"]));
        let (field, named) = match own {
            Some((field, list)) => (field, texts(list)),
            None if self.spot.folder.is_empty() || self.spot.is_post => {
                let (field, mut named) = self.named_categories(fields);
                // The folders above `_posts` are categories as well.
                let folders = self.spot.folder.split('/').filter(|part| !part.is_empty());
                named.splice(0..0, folders.map(str::to_owned));
                if named.is_empty() {
                    return Ok(self.desk.section.iter().cloned().collect());
                }
                (field, named)
            }
            None => ("folder".to_owned(), vec![self.spot.folder.clone()]),
        };
        let mut sections: Vec<SectionPath> = Vec::new();
        for name in named.iter().filter(|name| !name.trim().is_empty()) {
            let section: SectionPath = name.parse().map_err(|error| FieldFault {
                field: field.clone(),
                what: format!("section: {error}"),
                fix: "name a section such as `latam/security`".into(),
            })?;
            if !sections.contains(&section) {
                sections.push(section);
            }
        }
        Ok(sections)
    }

    fn authors(&self, fields: &Map<String, Value>, url: &Url) -> Vec<Person> {
        let names =
            ["authors", "author", "byline", "taxonomies.authors", "extra.authors", "extra.author"];
        let Some((_, value)) = self.find(fields, "authors", &names) else { return Vec::new() };
        let list = match value {
            Value::Array(list) => list.iter().collect(),
            one => vec![one],
        };
        let person = |value: &Value| match value {
            Value::Object(person) => Some(Person {
                name: text::plain_text(&scalar(look_up(person, "name")?)?),
                email: text_in(person, &["email"]).map(|mail| text::one_line(&mail)),
                url: text_in(person, &["url", "link"])
                    .and_then(|link| text::absolute_address(&link, url)),
            }),
            other => Some(Person { name: text::plain_text(&scalar(other)?), ..Person::default() }),
        };
        list.into_iter().filter_map(person).filter(|person| !person.name.is_empty()).collect()
    }

    fn correction(&self, fields: &Map<String, Value>) -> Result<Option<Correction>, FieldFault> {
        let Some((field, value)) = self.find(fields, "correction", &[]) else { return Ok(None) };
        let (text, date) = match value {
            Value::Object(note) => (
                text_in(note, &["text"]).unwrap_or_default(),
                text_in(note, &["date"])
                    .map(|date| text::read_date(&date, self.desk.zone))
                    .transpose()
                    .map_err(|error| FieldFault {
                        field,
                        what: format!("correction: {error}"),
                        fix: "write the date as 2026-01-31".into(),
                    })?,
            ),
            other => (scalar(other).unwrap_or_default(), None),
        };
        let text = text::plain_text(&text);
        Ok((!text.is_empty()).then_some(Correction { text, date }))
    }

    fn origin(&self, fields: &Map<String, Value>, story: &Url) -> Option<Origin> {
        let (_, value) = self.find(fields, "origin", &["origin", "source"])?;
        let given = value.as_object()?;
        let address = |names: &[&str]| text::absolute_address(&text_in(given, names)?, story);
        Some(Origin {
            title: text::plain_text(&text_in(given, &["title", "name"])?),
            url: address(&["url", "feed"])?,
            home: address(&["home", "link", "site"]),
        })
    }
}

/// A truth value, also as a word: `yes`, `"true"`, `off`.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(word) => match word.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Whether Hugo is told to build no page, or to list it nowhere (`build`, once `_build`).
fn hidden(fields: &Map<String, Value>) -> bool {
    let build = fields.get("build").or_else(|| fields.get("_build")).and_then(Value::as_object);
    build.is_some_and(|build| {
        ["render", "list"]
            .iter()
            .filter_map(|name| build.get(*name))
            .any(|value| value.as_bool() == Some(false) || value.as_str() == Some("never"))
    })
}

/// "river-rises_again" as a title, where a file has none.
fn humanized(slug: &str) -> String {
    let text = text::one_line(&slug.replace(['-', '_'], " "));
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}
