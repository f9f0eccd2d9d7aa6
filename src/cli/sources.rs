//! The configuration becomes what fetching needs to know.

use std::sync::Arc;

use super::{failure::Failure, newsroom};
use crate::{
    config::{self, Config, RemoteKind, SectionsMode},
    fetch::{Client, FailureKind, FetchFailure, Pace, Reach},
    poll::{Kind, Poll, Source},
    source::remote::{Categories, Republish, Terms},
    story::{Markup, SectionPath},
    websub,
};

/// What fetching needs to know.
pub(super) fn poll(config: &Config) -> Result<Poll, Failure> {
    Ok(Poll {
        site: config.site.clone(),
        sources: config.remote.iter().map(|remote| Arc::new(source(config, remote))).collect(),
        store: newsroom::address(&config.store),
        client: client(config)?,
        at_once: config.fetch.at_once,
        pace: pace(config),
        guard: config.publish.guard,
        clock: super::now,
    })
}

/// Who is told of changes, and which sources' hubs tell us.
pub(super) fn websub(config: &Config) -> Result<websub::Settings, Failure> {
    let feeds = config.remote.iter().filter(|it| matches!(it.kind, RemoteKind::Feed { .. }));
    let sources = feeds.map(|remote| (remote.name.clone(), reach(remote.allow_private)));
    Ok(websub::Settings {
        site: config.site.clone(),
        moves: config.moves.clone(),
        folder: config.publish.folder.clone(),
        store: newsroom::address(&config.store),
        client: client(config)?,
        own_hub: config.websub.own_hub,
        reach: reach(config.websub.allow_private),
        sources: sources.collect(),
        webhooks: config.webhooks.iter().map(webhook).collect(),
    })
}

fn webhook(webhook: &config::Webhook) -> websub::Webhook {
    websub::Webhook {
        name: webhook.name.clone(),
        url: webhook.url.clone(),
        secret: webhook.secret.clone(),
        reach: reach(webhook.allow_private),
    }
}

fn reach(allow_private: bool) -> Reach {
    if allow_private { Reach::PrivateToo } else { Reach::Public }
}

/// A request of a command that brought nothing, with what to do.
pub(super) fn unfetched(failure: &FetchFailure) -> Failure {
    let fix = match &failure.kind {
        FailureKind::Forbidden(refusal) if refusal.is_private() => {
            Some("give `--allow-private` if it is yours")
        }
        _ => failure.fix(),
    };
    let fix = fix.map_or(String::new(), |fix| format!("\n  fix: {fix}"));
    Failure::Network(format!("{failure}{fix}"))
}

/// Asks, under our name.
pub(super) fn client(config: &Config) -> Result<Client, Failure> {
    Client::new(&config.fetch.contact).map_err(|error| Failure::Network(error.to_string()))
}

/// How hosts are treated.
pub(super) fn pace(config: &Config) -> Pace {
    match config.fetch.pace {
        gap if gap.is_zero() => Pace::LIFTED,
        gap => Pace { gap, at_once: 2 },
    }
}

/// A source as the poller takes it.
pub(super) fn source(config: &Config, remote: &config::RemoteSource) -> Source {
    let kind = match remote.kind.clone() {
        RemoteKind::Feed { url } => Kind::Feed(url),
        RemoteKind::WordPress { url } => Kind::WordPress(url),
        RemoteKind::Page { url, links, content, remove } => {
            Kind::Page { url, links, content, remove }
        }
        RemoteKind::Sql { database, query, cursor } => {
            Kind::Sql { database: newsroom::address(&database), query, cursor }
        }
    };
    let categories = match kind {
        Kind::WordPress(_) => Categories::Sections,
        _ => Categories::Tags,
    };
    let markup = match kind {
        // One's own system may keep shortcodes, others publish what is finished.
        Kind::Sql { .. } => Markup::Html,
        Kind::Feed(_) | Kind::WordPress(_) | Kind::Page { .. } => Markup::Finished,
    };
    Source {
        terms: Terms {
            source: remote.name.clone(),
            section: remote.section.clone(),
            tags: remote.tags.clone(),
            language: remote.language.clone(),
            zone: remote.time_zone,
            map: lower_case(&remote.map),
            rule: remote.rule.clone(),
            republish: match remote.republish {
                config::Republish::Full => Republish::Full,
                config::Republish::Summary => Republish::Summary,
                config::Republish::Link => Republish::Link,
            },
            attribution: remote.attribution.clone(),
            ..terms(config, categories, markup)
        },
        kind,
        every: remote.every,
        max_bytes: remote.max_bytes,
        max_entries: remote.max_entries,
        patience: remote.patience,
        full_text: remote.full_text,
        backfill: remote.backfill,
        follows_deletes: remote.follows_deletes,
        priority: remote.priority,
        reach: reach(remote.allow_private),
    }
}

/// What is done with stories where nothing else is said.
pub(super) fn terms(config: &Config, categories: Categories, markup: Markup) -> Terms {
    Terms {
        source: String::new(),
        site: config.site.clone(),
        section: None,
        declared: (config.sections == SectionsMode::Declared).then(|| declared(config)),
        categories,
        tags: Vec::new(),
        markup,
        language: config.site.language.clone(),
        zone: config.site.time_zone,
        map: std::collections::BTreeMap::new(),
        rule: crate::story::Where::everything(),
        republish: Republish::Full,
        attribution: None,
    }
}

fn declared(config: &Config) -> Vec<SectionPath> {
    config.feeds.iter().filter_map(|feed| feed.section.clone()).collect()
}

fn lower_case(
    map: &std::collections::BTreeMap<String, Vec<String>>,
) -> std::collections::BTreeMap<String, Vec<String>> {
    let lower = |names: &Vec<String>| names.iter().map(|name| name.to_ascii_lowercase()).collect();
    map.iter().map(|(field, names)| (field.clone(), lower(names))).collect()
}
