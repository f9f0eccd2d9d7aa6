//! The feeds: the site-wide one, those of sections, and those by other rules.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    amounts,
    entries::{AccessName, FeedWritten, SectionWritten},
    profiles, resolve,
    resolved::{Config, Publish, SectionsMode},
    rsl, rules,
    spot::{Faults, Spot},
    values,
    written::{ContentName, FormatName, ImageWritten, SizeWritten, TextWritten, Written},
};
use crate::story::{
    Access, FeedPath, FeedSpec, Language, SectionPath, SectionTerms, Site, Title, Where,
};

/// What `[[section]]` and `[[feed]]` have in common.
struct Settings<'a> {
    title: Option<&'a TextWritten>,
    description: Option<&'a TextWritten>,
    language: Option<&'a str>,
    image: Option<&'a ImageWritten>,
    page: Option<&'a str>,
    limit: Option<i64>,
    window: Option<&'a str>,
    max_bytes: Option<&'a SizeWritten>,
    formats: Option<&'a [FormatName]>,
    content: Option<ContentName>,
}

/// What a further feed has to get along with.
struct Census<'k, 'a> {
    known: rules::Known<'k>,
    taken: BTreeMap<FeedPath, Spot<'a>>,
}

macro_rules! settings {
    ($written:expr) => {
        Settings {
            title: $written.title.as_ref(),
            description: $written.description.as_ref(),
            language: $written.language.as_deref(),
            image: $written.image.as_ref(),
            page: $written.page.as_deref(),
            limit: $written.limit,
            window: $written.window.as_deref(),
            max_bytes: $written.max_bytes.as_ref(),
            formats: $written.formats.as_deref(),
            content: $written.content,
        }
    };
}

/// The feed of a section about which nothing is said.
pub(super) fn section_defaults(
    path: &SectionPath,
    site: &Site,
    publish: &Publish,
    ttl_minutes: u32,
) -> FeedSpec {
    let title = path.humanized();
    FeedSpec {
        path: FeedPath::from(path),
        description: section_description(&title),
        title,
        language: site.language.clone(),
        page: None,
        image: site.image.clone(),
        section: Some(path.clone()),
        rule: Where::Section(vec![path.clone()]),
        limits: publish.limits,
        formats: publish.formats.clone(),
        content: publish.content,
        ttl_minutes,
        profile: None,
        logo: None,
        access: Access::Public,
    }
}

pub(super) fn section_description(title: &str) -> String {
    format!("Stories in {title}.")
}

/// Fills in feeds and titles of sections. `sources` are the names that rules may use; none where
/// they cannot be known for sure.
pub(super) fn resolve(
    config: &mut Config,
    written: &Written,
    sources: Option<&BTreeSet<&str>>,
    root: &Spot<'_>,
    faults: &mut Faults<'_>,
) {
    let mut taken = BTreeMap::new();
    let mut sections = Vec::new();
    for (index, section) in written.section.iter().enumerate() {
        let at = root.key("section").item(index);
        let Some(path) = section_path(section, &at, faults) else {
            continue;
        };
        free(FeedPath::from(&path), &at, &mut taken, faults);
        let mut spec = section_defaults(&path, &config.site, &config.publish, config.ttl_minutes());
        let settings = settings!(section);
        let (title, description) = settings.lay_over(&mut spec, &at, faults);
        if let Some(terms) = rsl::terms(section.rsl.as_ref(), &at.key("rsl"), faults) {
            let terms = SectionTerms { terms, page: spec.page.clone() };
            config.site.rsl.sections.insert(path.clone(), terms);
        }
        config.section_titles.extend(title.map(|title| (path.clone(), title)));
        config.section_descriptions.extend(description.map(|text| (path, text)));
        if settings.description.is_none() {
            spec.description = section_description(&spec.title);
        }
        sections.push(spec);
    }
    sections.sort_by(|one, other| one.path.cmp(&other.path));
    let declared = match config.sections {
        SectionsMode::Found => None,
        SectionsMode::Declared => {
            Some(sections.iter().filter_map(|spec| spec.section.clone()).collect::<Vec<_>>())
        }
    };
    config.feeds.push(site_wide(config));
    config.feeds.append(&mut sections);
    let known =
        rules::Known { sources, sections: declared.as_deref(), texts: rules::Texts::Unseen };
    let mut census = Census { known, taken };
    for (index, feed) in written.feed.iter().enumerate() {
        let at = root.key("feed").item(index);
        let spec = other_feed(config, feed, &at, &mut census, faults);
        if !spec.is_public()
            && written.server.listen.is_none()
            && !faults.is_spoiled(&root.key("server").key("listen"))
        {
            let what = "`token` needs a service that asks for it: a folder is public";
            let fix = "name where `feedwright serve` listens, in [server]: \
                       `listen = \"127.0.0.1:8080\"`";
            faults.add_key(&at.key("access"), what, fix);
        }
        config.feeds.push(spec);
    }
}

fn site_wide(config: &Config) -> FeedSpec {
    let site = &config.site;
    FeedSpec {
        path: FeedPath::root(),
        title: site.title.clone(),
        description: site.description.clone(),
        language: site.language.clone(),
        page: Some(site.url.to_string()),
        image: site.image.clone(),
        section: None,
        rule: Where::everything(),
        limits: config.publish.limits,
        formats: config.publish.formats.clone(),
        content: config.publish.content,
        ttl_minutes: config.ttl_minutes(),
        profile: None,
        logo: None,
        access: Access::Public,
    }
}

fn section_path(
    section: &SectionWritten,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<SectionPath> {
    let at = at.key("path");
    match section.path.as_deref() {
        None => {
            faults.add_missing(&at, "name the section: `path = \"latam/security\"`");
            None
        }
        Some(path) if path.trim().trim_matches('/').is_empty() => {
            let fix = "name a section; titles of the site-wide feed belong into [site]";
            faults.add_key(&at, "is empty", fix);
            None
        }
        Some(path) => values::section(path, &at, faults),
    }
}

/// One feed by a rule of its own.
fn other_feed<'a>(
    config: &mut Config,
    feed: &FeedWritten,
    at: &Spot<'a>,
    census: &mut Census<'_, 'a>,
    faults: &mut Faults<'_>,
) -> FeedSpec {
    let path = match feed.path.as_deref() {
        None => {
            faults.add_missing(&at.key("path"), "say where it stands: `path = \"espanol\"`");
            None
        }
        Some(path) => values::feed(path, &at.key("path"), faults),
    };
    let at_rule = at.key("where");
    let rule = feed.rule.as_ref().map(|rule| rules::rule(rule, &census.known, &at_rule, faults));
    if rule.is_none() {
        let fix = "say which stories it carries, such as `where = { tag = \"floods\" }`";
        faults.add_missing(&at_rule, fix);
    }
    if path.as_ref().is_some_and(FeedPath::is_root) {
        let fix = "name a path of its own; the site-wide feed stands at the root";
        faults.add_key(&at.key("path"), "is empty", fix);
    }
    let path = path.unwrap_or_default();
    let named = path.section();
    if !path.is_root() {
        free(path.clone(), at, &mut census.taken, faults);
    }
    let title = named.as_ref().map(SectionPath::humanized).unwrap_or_default();
    let mut spec = FeedSpec {
        path,
        title,
        page: None,
        rule: rule.unwrap_or_else(Where::everything),
        description: format!("A selection of the stories of {}.", config.site.title),
        ..site_wide(config)
    };
    settings!(feed).lay_over(&mut spec, at, faults);
    if let Some(logo) = feed.logo.as_deref() {
        spec.logo = values::address(logo, &at.key("logo"), faults).map(String::from);
    }
    if let Some(profile) = feed.profile {
        profiles::hold(profile.into(), (&mut spec, feed), &config.site, at, faults);
    }
    if feed.access == Some(AccessName::Token) {
        spec.access = Access::Token;
    }
    spec
}

/// Notes a fault where `path` is taken already.
fn free<'a>(
    path: FeedPath,
    at: &Spot<'a>,
    taken: &mut BTreeMap<FeedPath, Spot<'a>>,
    faults: &mut Faults<'_>,
) {
    if let Some(first) = taken.get(&path) {
        let (place, line) = (first.place().to_owned(), faults.reference(&first.key("path")));
        let what = format!("`{path}` is the path of {place} {line} too");
        faults.add_key(&at.key("path"), &what, "give each its own path, or remove one of them");
    } else {
        taken.insert(path, at.clone());
    }
}

fn by_language(written: &TextWritten, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Title> {
    match written {
        TextWritten::Plain(text) => values::text(text, at, faults).map(Title::Plain),
        TextWritten::ByLanguage(texts) => {
            let mut read: BTreeMap<Language, String> = BTreeMap::new();
            for (tag, text) in texts {
                let language = values::language(tag, at, faults);
                let text = values::text(text, at, faults);
                read.extend(language.zip(text));
            }
            if texts.is_empty() {
                faults.add_key(at, "is empty", "write a text, or remove the key");
            }
            (!read.is_empty()).then_some(Title::ByLanguage(read))
        }
    }
}

impl Settings<'_> {
    /// Lays what is written over `spec`; gives title and description in all of their languages.
    fn lay_over(
        &self,
        spec: &mut FeedSpec,
        at: &Spot<'_>,
        faults: &mut Faults<'_>,
    ) -> (Option<Title>, Option<Title>) {
        macro_rules! set {
            ($target:expr, $key:literal, $value:expr, $read:expr) => {
                if let Some(value) = $value
                    && let Some(read) = $read(value, &at.key($key), faults)
                {
                    $target = read;
                }
            };
        }
        set!(spec.language, "language", self.language, values::language);
        let title = self.title.and_then(|title| by_language(title, &at.key("title"), faults));
        if let Some(title) = &title {
            spec.title = title.in_language(&spec.language).to_owned();
        }
        let written = self.description;
        let description =
            written.and_then(|text| by_language(text, &at.key("description"), faults));
        if let Some(read) = &description {
            spec.description = read.in_language(&spec.language).to_owned();
        }
        set!(spec.limits.entries, "limit", self.limit, amounts::limit);
        set!(spec.limits.window, "window", self.window, amounts::span);
        set!(spec.limits.max_bytes, "max_bytes", self.max_bytes, amounts::size);
        set!(spec.formats, "formats", self.formats, resolve::formats);
        if let Some(content) = self.content {
            spec.content = resolve::content(content);
        }
        if let Some(page) = self.page {
            spec.page = values::address(page, &at.key("page"), faults).map(String::from);
        }
        if self.image.is_some() {
            spec.image = resolve::image(self.image, &at.key("image"), faults);
        }
        (title, description)
    }
}
