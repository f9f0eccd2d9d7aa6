//! `feedwright source test`: what a source would bring.

#![expect(clippy::disallowed_methods, reason = "reads the file that the arguments name")]

use std::{fs, path::Path, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;
use url::Url;

use super::{
    args::{Args, SourceCommand, TestArgs, TestKind},
    failure::{Exit, Failure},
    newsroom,
    output::Output,
    sources,
};
use crate::{
    config::Config,
    fetch::Reach,
    poll::{self, Kind, Looked, Source},
    source::{
        feed::{ReadEntry, ReadFeed},
        page::{ArticleRules, read_article},
        remote::{Categories, EntryReader, Terms, story_form},
    },
    story::{Markup, Site, StoryJson},
};

/// Bytes of a document, and how long it may take.
const MAX_BYTES: u64 = 16 << 20;
const PATIENCE: Duration = Duration::from_secs(30);
const MAX_ENTRIES: usize = 10_000;

pub(super) async fn run(
    command: &SourceCommand,
    args: &Args,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let SourceCommand::Test(test) = command;
    // A source is looked at before there is a newsroom, too.
    let config = match args.config.exists() {
        true => newsroom::load(args)?,
        false => newsroom::bare()?,
    };
    let looked = look(test, &config, now).await?;
    say(test, &config.site, &looked, output, now)
}

async fn look(test: &TestArgs, config: &Config, now: DateTime<Utc>) -> Result<Looked, Failure> {
    let named = test.source.as_str();
    let known = config.remote.iter().find(|remote| remote.name == named);
    let content = |why: String| Failure::Content(format!("`{named}`: {why}"));
    if let Some(remote) = known {
        let source = Source { backfill: test.limit, ..sources::source(config, remote) };
        return ask(source, test, config).await;
    }
    if let Ok(url) = Url::parse(named)
        && matches!(url.scheme(), "http" | "https")
    {
        if test.kind == Some(TestKind::Article) {
            return Err(Failure::usage(
                "an article by its address",
                "save its page, and give the file: curl -o page.html 'https://…'",
            ));
        }
        let kind = match test.kind {
            Some(TestKind::Wordpress) => Kind::WordPress(url),
            Some(TestKind::Page) => {
                let links = test.links.clone();
                Kind::Page { url, links, content: None, remove: Vec::new() }
            }
            _ => Kind::Feed(url),
        };
        return ask(source(test, config, kind), test, config).await;
    }
    let bytes = fs::read(named).map_err(|error| Failure::file(Path::new(named), error))?;
    let nowhere = Url::parse("about:blank").map_err(|error| content(error.to_string()))?;
    let source = source(test, config, Kind::Feed(nowhere));
    if test.kind == Some(TestKind::Article) {
        return article(&source.terms, &bytes, now).map_err(content);
    }
    poll::look_at(&source, &bytes, now).map_err(content)
}

async fn ask(source: Source, test: &TestArgs, config: &Config) -> Result<Looked, Failure> {
    let client = sources::client(config)?;
    let reach = if test.allow_private { Reach::PrivateToo } else { source.reach };
    let source = Source { reach, ..source };
    let looked = poll::look(source, &client, sources::pace(config), super::now).await;
    looked.map_err(Failure::Network)
}

/// A source that no configuration names.
fn source(test: &TestArgs, config: &Config, kind: Kind) -> Source {
    let categories = match kind {
        Kind::WordPress(_) => Categories::Sections,
        _ => Categories::Tags,
    };
    let terms =
        Terms { source: "test".to_owned(), ..sources::terms(config, categories, Markup::Finished) };
    Source {
        terms,
        kind,
        every: None,
        max_bytes: MAX_BYTES,
        max_entries: MAX_ENTRIES,
        patience: PATIENCE,
        full_text: false,
        backfill: test.limit,
        follows_deletes: false,
        priority: 0,
        reach: Reach::Public,
    }
}

/// An article in a file.
fn article(terms: &Terms, bytes: &[u8], now: DateTime<Utc>) -> Result<Looked, String> {
    let address = terms.site.url.clone();
    let article = read_article(bytes, &address, None, ArticleRules::default());
    let article = article.map_err(|error| format!("{error}\n  fix: {}", error.fix()))?;
    let feed = ReadFeed::default();
    let reader = EntryReader { terms, feed: &feed, address: &address, now };
    let entries: Vec<ReadEntry> = vec![article.entry];
    let brought = reader.read(entries);
    let rejected = brought.rejected.into_iter().map(|it| format!("{}: {}", it.entry, it.why));
    let mut looked = Looked { rejected: rejected.collect(), ..Looked::default() };
    looked.stories = brought.stories;
    if article.paywalled {
        looked.notes.push("the page says that readers have to pay for it".to_owned());
    }
    Ok(looked)
}

fn say(
    test: &TestArgs,
    site: &Site,
    looked: &Looked,
    output: &Output,
    now: DateTime<Utc>,
) -> Result<Exit, Failure> {
    let most = test.limit.unwrap_or(usize::MAX);
    let forms: Vec<StoryJson> = looked
        .stories
        .iter()
        .take(most)
        .filter_map(|story| story_form(story, site, now))
        .map(as_written)
        .collect();
    if output.json {
        let forms = serde_json::to_value(&forms).unwrap_or(Value::Null);
        output.line(&format!("{forms:#}"))?;
    } else {
        for form in &forms {
            output.line(&lines(form))?;
        }
        output.line(&format!("{} stories would come in", forms.len()))?;
    }
    for note in &looked.notes {
        output.note(note);
    }
    if looked.left_out > 0 {
        output.note(&format!("{} left out by the rule of the source", looked.left_out));
    }
    for rejected in &looked.rejected {
        output.error(&format!("left out: {rejected}"));
    }
    Ok(if looked.rejected.is_empty() { Exit::Done } else { Exit::ContentFaults })
}

/// Addresses that start from nowhere, as the document has them.
fn as_written(form: StoryJson) -> StoryJson {
    let relative = |text: &str| text.replace(poll::NOWHERE, "/");
    let url = match form.url.as_str() {
        poll::NOWHERE => String::new(),
        url => relative(url),
    };
    StoryJson { url, content_html: relative(&form.content_html), ..form }
}

/// A story for a person: what it is, and how much of it there is.
fn lines(form: &StoryJson) -> String {
    let plain = |text: &str| text.replace(char::is_control, " ");
    let names: Vec<&str> = form.authors.iter().map(|author| author.name.as_str()).collect();
    let mut lines = vec![
        format!(
            "{}  {}",
            form.published.to_rfc3339_opts(SecondsFormat::Secs, true),
            plain(&form.title)
        ),
        format!("  {}", form.url),
        format!("  id {}", plain(&form.id)),
    ];
    let words = crate::text::plain_text(&form.content_html).split_whitespace().count();
    let mut facts = vec![format!("{words} words"), form.language.clone()];
    if !names.is_empty() {
        facts.push(format!("by {}", plain(&names.join(", "))));
    }
    if !form.tags.is_empty() {
        facts.push(format!("tags {}", plain(&form.tags.join(", "))));
    }
    if form.image.is_some() {
        facts.push("an image".to_owned());
    }
    match form.enclosures.len() {
        0 => {}
        count => facts.push(format!("{count} enclosures")),
    }
    lines.push(format!("  {}", facts.join(" · ")));
    lines.join("\n")
}
