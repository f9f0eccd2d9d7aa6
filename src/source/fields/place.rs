//! Where a story stands: its address, and what of its fields that shows.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value};
use url::Url;

use super::{
    FieldFault, FieldReader,
    values::{look_up, scalar, texts},
};
use crate::{
    source::{
        permalink::{Permalink, PermalinkFacts, jekyll_permalink},
        slugs,
    },
    story::{SectionPath, Slugs},
    text,
};

impl FieldReader<'_> {
    /// The address of a story whose other fields are read.
    pub(super) fn place(
        &self,
        fields: &Map<String, Value>,
        title: &str,
        sections: &[SectionPath],
        id: Option<&str>,
        published: Option<DateTime<Utc>>,
    ) -> Result<Url, FieldFault> {
        let (desk, spot) = (self.desk, self.spot);
        let raw_title = self.find(fields, "title", &["title", "headline"]);
        let raw_title = raw_title.and_then(|(_, title)| scalar(title)).unwrap_or_default();
        let own_slug = match desk.slugs.is_hugo() {
            true => self.find(fields, "slug", &[]).and_then(|(_, slug)| scalar(slug)),
            false => self.string(fields, "slug", &["slug"]).map(|(_, slug)| slug),
        };
        let slug = own_slug.clone().unwrap_or_else(|| spot.slug.clone());
        let facts = PermalinkFacts {
            sections,
            // A story given by hand stands in no folder; its section is the nearest thing.
            path: match spot.path.as_str() {
                "" => sections.first().map_or("", SectionPath::as_str),
                _ => &spot.folder,
            },
            date: &|| self.date_of_address(fields, published.unwrap_or(self.now)),
            slug: &slug,
            own_slug: own_slug.as_deref(),
            filename: &spot.filename,
            title,
            raw_title: &raw_title,
            branch: &spot.branch,
            categories: &|| self.categories(fields),
            // What the front matter says of the language moves no page.
            language: spot.language.as_ref().unwrap_or(&desk.language),
            main_language: &desk.main_language,
            id: id.unwrap_or(&slug),
        };
        self.address(fields, facts)
    }

    /// The day that an address shows: `date`, even where another field says when to publish, in
    /// the zone that it is written in, as Hugo has it; Jekyll turns it to the site's.
    fn date_of_address(
        &self,
        fields: &Map<String, Value>,
        published: DateTime<Utc>,
    ) -> NaiveDateTime {
        let local = |instant: DateTime<Utc>| instant.with_timezone(&self.desk.zone).naive_local();
        let names = ["date", "publishdate", "pubdate", "published"];
        // A truth value is a switch.
        let written = names.iter().find_map(|name| scalar(look_up(fields, name)?));
        let Some(written) = written.filter(|text| text::read_date(text, self.desk.zone).is_ok())
        else {
            return local(published);
        };
        match text::written_time(&written) {
            Some(time) if !self.spot.is_post => time,
            _ => local(text::read_date(&written, self.desk.zone).unwrap_or(published)),
        }
    }

    /// The categories in the front matter, with the name of the field.
    pub(super) fn named_categories(&self, fields: &Map<String, Value>) -> (String, Vec<String>) {
        let names = ["categories", "category", "taxonomies.categories"];
        match self.find(fields, "section", &names) {
            // Jekyll parts a text by spaces, but for `category`.
            Some((field, Value::String(text)))
                if !(text.contains(',')
                    || field == "category" && self.desk.slugs == Slugs::Jekyll) =>
            {
                (field, text.split_whitespace().map(str::to_owned).collect())
            }
            Some((field, list)) => (field, texts(list)),
            None => (String::new(), Vec::new()),
        }
    }

    /// The categories in the address of one of Jekyll's posts: the folders above `_posts`, a
    /// language's too, then those that it names.
    fn categories(&self, fields: &Map<String, Value>) -> Vec<String> {
        let above = match self.spot.is_post {
            true => self.spot.path.split("_posts").next().unwrap_or_default(),
            false => &self.spot.folder,
        };
        let above = above.split('/').filter(|part| !part.is_empty());
        above.map(str::to_owned).chain(self.named_categories(fields).1).collect()
    }

    /// Its own address, else the pattern's.
    fn address(
        &self,
        fields: &Map<String, Value>,
        facts: PermalinkFacts<'_>,
    ) -> Result<Url, FieldFault> {
        let site = &self.desk.site_url;
        let names = ["url", "permalink", "path"];
        let is_hugo = self.desk.slugs.is_hugo();
        let home = match is_hugo {
            true => self.permalink(facts, true).hugo_home(site, facts),
            false => (site.clone(), String::new()),
        };
        if let Some((field, own)) = self.string(fields, "url", &names) {
            let fault = |what: String| FieldFault {
                field: field.clone(),
                what,
                fix: "give an address such as `/2026/01/story/` or `https://…`".into(),
            };
            // Zola's `path` is a folder, whether it ends in a slash or not.
            let own = match field.as_str() {
                "path" => format!("{}/", own.trim_end_matches('/')),
                _ => own,
            };
            let own = match own.contains(':') && !own.contains("://") {
                true => filled_colons(&own, facts, self.desk.slugs),
                false => own,
            };
            let own = match is_hugo && field == "url" && !own.contains("://") {
                true => slugs::hugo_url(&own, &home.1),
                false => own,
            };
            let relative = own.trim_start_matches('/');
            let joined = match own.contains("://") {
                true => Url::parse(&own),
                false => home.0.join(if relative.is_empty() { "./" } else { relative }),
            };
            let url = joined.map_err(|error| fault(format!("{field}: `{own}`: {error}")))?;
            let Some(url) = text::absolute_address(url.as_str(), site) else {
                return Err(fault(format!("{field}: `{own}` is no http or https address")));
            };
            return Url::parse(&url).map_err(|error| fault(error.to_string()));
        }
        let permalink = self.permalink(facts, false);
        let url = match is_hugo {
            true => permalink.hugo_address(&home, facts, self.desk.slugs),
            false => permalink.address(site, facts, self.desk.slugs),
        };
        let url = url.ok_or_else(|| FieldFault {
            field: "url".into(),
            what: "no address can be made for this story".into(),
            fix: "check the permalink of its source".into(),
        })?;
        if text::is_absolute_address(&url) {
            return Ok(url);
        }
        let text = text::absolute_address(url.as_str(), site).unwrap_or_else(|| url.to_string());
        Ok(Url::parse(&text).unwrap_or(url))
    }

    /// The pattern of a story's language and section: the longest path wins.
    /// `at_top`: that of what lies in no section.
    fn permalink(&self, facts: PermalinkFacts<'_>, at_top: bool) -> &Permalink {
        let desk = self.desk;
        // Hugo's sections are folders, whatever the front matter says.
        let folder: Option<SectionPath> =
            if desk.slugs.is_hugo() { facts.path.parse().ok() } else { None };
        let main = folder.as_ref().or(facts.sections.first());
        let holds =
            |section: &SectionPath| !at_top && main.is_some_and(|main| section.contains(main));
        let in_language = desk.language_permalinks.iter().filter(|(language, section, _)| {
            language == facts.language && section.as_ref().is_none_or(holds)
        });
        let length = |section: &Option<SectionPath>| {
            section.as_ref().map_or(0, |section| section.as_str().len())
        };
        let in_language = in_language.max_by_key(|(_, section, _)| length(section));
        if let Some((_, _, permalink)) = in_language {
            return permalink;
        }
        let own = desk.permalinks.iter().filter(|(section, _)| holds(section));
        let own = own.max_by_key(|(section, _)| section.as_str().len());
        own.map_or(&desk.permalink, |(_, permalink)| permalink)
    }
}

/// A front matter permalink with Jekyll's `:tokens`.
fn filled_colons(pattern: &str, facts: PermalinkFacts<'_>, rule: Slugs) -> String {
    let braces = Permalink::parse(&jekyll_permalink(pattern));
    let base = Url::parse("https://x.invalid/").ok();
    let url = braces.ok().zip(base).and_then(|(pattern, base)| pattern.address(&base, facts, rule));
    url.map_or_else(|| pattern.to_owned(), |url| url.path().to_owned())
}
