//! The configuration as resolved, in the form of the file and without secrets.

use serde_json::Value;

use super::{
    amounts::{size_text, span_text},
    entries::{AccessName, BackfillWritten, DeletesName, LimitsWritten, SourceWritten},
    resolved::{Config, Listen, RemoteKind, RemoteSource},
    rsl,
    store_url::masked,
    written::{
        ContentName, FormatName, ImageWritten, OneOrMany, SizeWritten, SizedImage, TextWritten,
        Written,
    },
};
use std::collections::BTreeMap;

use crate::story::{Access, ContentMode, FeedPath, FeedSpec, Format, Language, Limits, SiteImage};

/// The configuration as TOML that loads again, every default written out and secrets as `***`.
pub fn show(config: &Config) -> String {
    // A table always serializes; the alternative is shown rather than hidden.
    toml::to_string(&config.shown).unwrap_or_else(|error| format!("# {error}\n"))
}

/// The same as JSON.
pub fn show_json(config: &Config) -> Value {
    let mut value = serde_json::to_value(&config.shown).unwrap_or_default();
    drop_nulls(&mut value);
    value
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// `written` with what was resolved written over it.
pub(super) fn fill(written: &Written, config: &Config, languages: &[Language]) -> Written {
    let mut shown = written.clone();
    fill_site(&mut shown, config, languages);
    // An address that is kept in a file is a secret: only the file is named.
    shown.store.url = match shown.store.url_file {
        Some(_) => None,
        None => Some(masked(config.store.expose())),
    };
    let publish = &config.publish;
    shown.publish.folder = Some(publish.folder.display().to_string());
    shown.publish.formats = Some(format_names(&publish.formats));
    (shown.publish.limit, shown.publish.window, shown.publish.max_bytes) =
        limit_texts(&publish.limits);
    shown.publish.guard = i64::try_from(publish.guard).ok();
    shown.publish.sections = Some(config.sections);
    shown.publish.content = Some(content_name(publish.content));
    shown.publish.archives = Some(publish.archives);
    shown.publish.news_sitemap = Some(publish.news_sitemap);
    shown.publish.split_by_language = Some(publish.split_by_language);
    shown.publish.precompress.get_or_insert_default();
    let listen = |listen: &Listen| Some(listen.to_string());
    shown.server.listen = listen(&config.server.listen);
    shown.server.ops = listen(&config.server.ops);
    let proxies = &config.server.proxies;
    let unix = proxies.unix.then(|| "unix".to_owned());
    let networks = proxies.networks.iter().map(ToString::to_string);
    shown.server.proxies = Some(networks.chain(unix).collect());
    shown.server.client_header = Some(proxies.header.clone());
    shown.server.allowance = Some(config.server.allowance.map_or(0, i64::from));
    shown.server.cache = Some(SizeWritten::Text(size_text(config.server.cache_bytes)));
    shown.schedule.every = Some(span_text(config.schedule.every));
    shown.fetch.at_once = i64::try_from(config.fetch.at_once).ok();
    shown.fetch.pace = Some(span_text(config.fetch.pace));
    shown.fetch.contact = Some(config.fetch.contact.clone());
    shown.websub.allow_private = Some(config.websub.allow_private);
    shown.websub.edits_every = Some(span_text(config.websub.edits_every));
    for section in &mut shown.section {
        let path = section.path.as_deref().and_then(|path| path.parse::<FeedPath>().ok());
        if let Some(spec) = config.feeds.iter().find(|spec| Some(&spec.path) == path.as_ref()) {
            fill_feed!(section, spec);
            let own = spec.section.as_ref().and_then(|path| config.site.rsl.sections.get(path));
            section.rsl = own.map(|own| rsl::written(&own.terms));
        }
    }
    for feed in &mut shown.feed {
        let path = feed.path.as_deref().and_then(|path| path.parse::<FeedPath>().ok());
        if let Some(spec) = config.feeds.iter().find(|spec| Some(&spec.path) == path.as_ref()) {
            fill_feed!(feed, spec);
            feed.logo.clone_from(&spec.logo);
            feed.access = Some(match spec.access {
                Access::Public => AccessName::Public,
                Access::Token => AccessName::Token,
            });
        }
    }
    fill_sources(&mut shown, config);
    for (shown, webhook) in shown.webhook.iter_mut().zip(&config.webhooks) {
        shown.name = Some(webhook.name.clone());
        shown.url = Some(webhook.url.to_string());
        shown.secret = shown.secret.as_ref().map(|_| "*".repeat(16));
        shown.allow_private = Some(webhook.allow_private);
    }
    shown
}

macro_rules! fill_feed {
    ($written:expr, $spec:expr) => {{
        let spec: &FeedSpec = $spec;
        $written.path = Some(spec.path.to_string());
        fill_text(&mut $written.title, &spec.title);
        fill_text(&mut $written.description, &spec.description);
        $written.language = Some(spec.language.to_string());
        $written.image = spec.image.as_ref().map(image);
        $written.page.clone_from(&spec.page);
        ($written.limit, $written.window, $written.max_bytes) = limit_texts(&spec.limits);
        $written.formats = Some(format_names(&spec.formats));
        $written.content = Some(content_name(spec.content));
    }};
}
use fill_feed;

fn fill_site(shown: &mut Written, config: &Config, languages: &[Language]) {
    let (written, site) = (&mut shown.site, &config.site);
    written.title = Some(site.title.clone());
    written.url = Some(site.url.to_string());
    written.feeds_url = Some(site.feeds_url.to_string());
    written.language = Some(site.language.to_string());
    written.time_zone = Some(site.time_zone.name().to_owned());
    written.description = Some(site.description.clone());
    written.copyright.clone_from(&site.copyright);
    written.editor.clone_from(&site.editor);
    written.webmaster.clone_from(&site.webmaster);
    written.icon.clone_from(&site.icon);
    written.favicon.clone_from(&site.favicon);
    written.logo.clone_from(&site.logo);
    written.cover.clone_from(&site.cover);
    written.accent_color.clone_from(&site.accent_color);
    written.image = site.image.as_ref().map(image);
    written.license.clone_from(&site.license);
    written.usage_terms.clone_from(&site.usage_terms);
    written.rsl = site.rsl.site.as_ref().map(rsl::written);
    // An empty list says that there are none: nothing else says so.
    let list = languages.iter().map(ToString::to_string).collect();
    written.languages = written.languages.take().map(|_| list);
}

fn fill_sources(shown: &mut Written, config: &Config) {
    for source in &mut shown.source {
        source.kind = Some(source.kind.unwrap_or_default());
        source.url = source.url.as_deref().map(masked);
        let name = source.name.as_deref().unwrap_or_default().trim().to_owned();
        let Some(folder) = config.sources.iter().find(|folder| folder.name == name) else {
            if let Some(remote) = config.remote.iter().find(|remote| remote.name == name) {
                source.name = Some(name);
                fill_remote(source, remote);
            }
            continue;
        };
        source.name = Some(name);
        source.path = Some(folder.folder.display().to_string());
        source.permalink.clone_from(&folder.permalink);
        let patterns = folder.permalinks.iter();
        let patterns = patterns.map(|(section, pattern)| (section.to_string(), pattern.clone()));
        source.permalinks = (!folder.permalinks.is_empty()).then(|| patterns.collect());
        source.slugs = Some(folder.slugs);
        let mut by_language: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (language, section, pattern) in &folder.language_permalinks {
            let section = section.as_ref().map_or_else(|| "/".to_owned(), ToString::to_string);
            let patterns = by_language.entry(language.to_string()).or_default();
            patterns.insert(section, pattern.clone());
        }
        source.language_permalinks = (!by_language.is_empty()).then_some(by_language);
        source.guid = Some(folder.guid);
        source.section = folder.section.as_ref().map(ToString::to_string);
        source.language = Some(folder.language.to_string());
        let are_said = !folder.languages.is_empty() || !folder.guesses_languages;
        let languages = folder.languages.iter().map(ToString::to_string);
        source.languages = are_said.then(|| languages.collect());
        source.time_zone = Some(folder.time_zone.name().to_owned());
        source.tags = Some(folder.tags.clone());
        let names = folder.map.iter();
        let names = names.map(|(field, names)| (field.clone(), OneOrMany::Many(names.clone())));
        source.map = (!folder.map.is_empty()).then(|| names.collect());
        source.static_folder =
            folder.static_folder.as_ref().map(|folder| folder.display().to_string());
    }
}

fn fill_remote(source: &mut SourceWritten, remote: &RemoteSource) {
    source.section = remote.section.as_ref().map(ToString::to_string);
    source.tags = Some(remote.tags.clone());
    source.language = Some(remote.language.to_string());
    source.time_zone = Some(remote.time_zone.name().to_owned());
    source.every = remote.every.map(span_text);
    source.limits = Some(LimitsWritten {
        bytes: Some(SizeWritten::Text(size_text(remote.max_bytes))),
        entries: i64::try_from(remote.max_entries).ok(),
        time: Some(span_text(remote.patience)),
    });
    source.republish = Some(remote.republish);
    source.attribution.clone_from(&remote.attribution);
    source.priority = Some(remote.priority);
    source.backfill = Some(match remote.backfill {
        None => BackfillWritten::Text("all".to_owned()),
        Some(stories) => BackfillWritten::Stories(i64::try_from(stories).unwrap_or(i64::MAX)),
    });
    source.deletes =
        Some(if remote.follows_deletes { DeletesName::Follow } else { DeletesName::Keep });
    match &remote.kind {
        RemoteKind::Feed { .. } => {
            source.allow_private = Some(remote.allow_private);
            source.full_text = Some(remote.full_text);
        }
        RemoteKind::WordPress { .. } | RemoteKind::Page { .. } => {
            source.allow_private = Some(remote.allow_private);
        }
        RemoteKind::Sql { cursor, .. } => source.cursor = Some(cursor.clone()),
    }
    if source.url_file.is_some() {
        source.url = None;
    }
}

/// A text by language stays as it is written.
fn fill_text(written: &mut Option<TextWritten>, text: &str) {
    if !matches!(written, Some(TextWritten::ByLanguage(_))) {
        *written = Some(TextWritten::Plain(text.to_owned()));
    }
}

fn image(image: &SiteImage) -> ImageWritten {
    match (image.width, image.height) {
        (None, None) => ImageWritten::Address(image.url.clone()),
        (width, height) => {
            ImageWritten::Sized(SizedImage { url: image.url.clone(), width, height })
        }
    }
}

fn limit_texts(limits: &Limits) -> (Option<i64>, Option<String>, Option<SizeWritten>) {
    (
        i64::try_from(limits.entries).ok(),
        Some(span_text(limits.window)),
        Some(SizeWritten::Text(size_text(limits.max_bytes))),
    )
}

fn format_names(formats: &[Format]) -> Vec<FormatName> {
    let name = |format: &Format| match format {
        Format::Rss => FormatName::Rss,
        Format::Atom => FormatName::Atom,
        Format::Json => FormatName::Json,
        Format::Ninjs => FormatName::Ninjs,
    };
    formats.iter().map(name).collect()
}

fn content_name(content: ContentMode) -> ContentName {
    match content {
        ContentMode::Full => ContentName::Full,
        ContentMode::Summary => ContentName::Summary,
    }
}
