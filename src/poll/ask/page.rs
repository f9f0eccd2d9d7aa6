//! A source that is a page which lists articles, or a sitemap; and the article behind an entry.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use tokio::{sync::oneshot, time::Instant};
use url::Url;

use super::{Fault, Gone, Part, Reply, Success, Turn};
use crate::{
    fetch::{Answer, Fetched, Manner, Pace, Request},
    poll::schedule::Rhythmic,
    source::{
        feed::{ReadEntry, ReadFeed},
        page::{Article, ArticleRules, LinkRules, Reach, links, read_article, read_sitemap},
        remote::{EntryReader, Rejected},
    },
};

const ACCEPT: &str = "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.1";
/// Articles that are fetched in one turn, once the first fetch is over.
const ARTICLES: usize = 50;
/// Sitemaps of one list that are read in one turn, those first that changed last.
const SITEMAPS: usize = 5;
/// Articles that are handed on together.
const TOGETHER: usize = 10;

/// How the articles of a page are found and read.
#[derive(Clone, Copy)]
pub(super) struct Selectors<'a> {
    pub(super) links: Option<&'a str>,
    pub(super) content: Option<&'a str>,
    pub(super) remove: &'a [String],
}

/// An article that a page lists.
struct Listed {
    url: Url,
    modified: Option<DateTime<Utc>>,
}

impl Turn<'_> {
    pub(super) async fn read_page(
        &mut self,
        url: &Url,
        selectors: Selectors<'_>,
    ) -> Result<Success, Fault> {
        let url = self.address(url);
        let mut said = Rhythmic { has_validators: true, ..Rhythmic::default() };
        let answer = match self.get(&url, ACCEPT).await? {
            Reply::Full(answer) => answer,
            Reply::Same(answer) => {
                said.lifetime = answer.freshness.lifetime();
                return Ok(Success { code: "same", said });
            }
        };
        said.lifetime = answer.freshness.lifetime();
        let validators = answer.validators.clone();
        said.has_validators = !validators.is_empty();
        let listed = self.listed(*answer, selectors).await?;
        let mut notes = Vec::new();
        let all = self.read_articles(&url, listed, selectors, &mut notes).await?;
        if all {
            (self.remote.etag, self.remote.last_modified) =
                (validators.etag, validators.last_modified);
        } else {
            notes.push("there are more articles; they come the next time".to_owned());
        }
        self.hand_on(crate::source::remote::Brought::default(), Gone::Unsaid, notes, None).await;
        Ok(Success { code: "ok", said })
    }

    /// The articles that a page or a sitemap lists.
    async fn listed(
        &mut self,
        answer: Fetched,
        selectors: Selectors<'_>,
    ) -> Result<Vec<Listed>, Fault> {
        let url = answer.trail.url.clone();
        let place = crate::fetch::shown(&url);
        if !is_sitemap(&answer) {
            let rules = LinkRules { selector: selectors.links, reach: Reach::SameSite };
            let found = links(&answer.body, &url, answer.charset.as_deref(), rules);
            let found = found.map_err(|error| {
                Fault::new("page", format!("`{place}`: {error}\n  fix: {}", error.fix()))
            })?;
            let listed = found.iter().filter_map(|url| Url::parse(url).ok());
            return Ok(listed.map(|url| Listed { url, modified: None }).collect());
        }
        let fault = |place: &str, error: &crate::source::page::SitemapError| {
            Fault::new("sitemap", format!("`{place}`: {error}\n  fix: {}", error.fix()))
        };
        let sitemap = read_sitemap(&answer.body).map_err(|error| fault(&place, &error))?;
        let mut pages = sitemap.pages;
        let mut others = sitemap.sitemaps;
        others.sort_by_key(|other| std::cmp::Reverse(other.modified));
        for other in others.into_iter().take(SITEMAPS) {
            let Ok(other) = Url::parse(&other.url) else { continue };
            if other.host() != url.host() {
                continue;
            }
            let answer = self.fetch(&other, ACCEPT).await?;
            let place = crate::fetch::shown(&other);
            pages.extend(read_sitemap(&answer.body).map_err(|error| fault(&place, &error))?.pages);
        }
        // The newest first, those without a date as they stand.
        pages.sort_by_key(|page| std::cmp::Reverse(page.published.or(page.modified)));
        let listed = pages.into_iter().filter_map(|page| {
            let modified = page.modified.or(page.published);
            Some(Listed { url: Url::parse(&page.url).ok()?, modified })
        });
        Ok(listed.filter(|page| page.url.host() == url.host()).collect())
    }

    /// Fetches the articles that aren't stored as they are; whether that was all of them.
    async fn read_articles(
        &mut self,
        list: &Url,
        listed: Vec<Listed>,
        selectors: Selectors<'_>,
        notes: &mut Vec<String>,
    ) -> Result<bool, Fault> {
        let source = std::sync::Arc::clone(&self.asker.source);
        let most = match self.remote.begun {
            false => source.backfill.unwrap_or(usize::MAX).min(source.max_entries),
            true => ARTICLES,
        };
        let digest = |page: &Listed| {
            let text = format!("{} {:?} {}", page.url, page.modified, source.digest());
            blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
        };
        let asked = listed.iter().map(|page| (key_path(&page.url), digest(page))).collect();
        let same = self.known(asked).await;
        let wanted: Vec<&Listed> =
            listed.iter().filter(|page| !same.contains(&key_path(&page.url))).collect();
        let feed = ReadFeed { link: Some(list.to_string()), ..ReadFeed::default() };
        let mut entries = Vec::new();
        let mut rejected = Vec::new();
        for (place, page) in wanted.iter().take(most).enumerate() {
            match self.article(&page.url, selectors).await {
                Ok(article) => {
                    if article.paywalled {
                        notes.push(format!("{}: readers have to pay there", page.url));
                    }
                    let published = article.entry.published.or(page.modified);
                    let guid = page.url.to_string();
                    entries.push((ReadEntry { guid, published, ..article.entry }, digest(page)));
                }
                Err(fault) if fault.retry_after.is_some() => return Err(fault),
                Err(fault) => {
                    let why = fault.said.replace('\n', ";");
                    rejected.push(Rejected { entry: page.url.to_string(), why });
                }
            }
            if entries.len() == TOGETHER || place + 1 == wanted.len().min(most) {
                let reader = EntryReader {
                    terms: &source.terms,
                    feed: &feed,
                    address: list,
                    now: self.now(),
                };
                let (some, digests): (Vec<_>, Vec<_>) =
                    std::mem::take(&mut entries).into_iter().unzip();
                let guids: Vec<String> =
                    some.iter().map(|entry: &ReadEntry| entry.guid.clone()).collect();
                let mut brought = reader.read(some);
                for story in &mut brought.stories {
                    // The list tells whether an article changed: it is known by what that says.
                    let place = guids.iter().position(|guid| story.key == format!("id:{guid}"));
                    if let Some(place) = place {
                        story.digest.clone_from(&digests[place]);
                        story.path = key_path_of(&guids[place]);
                    }
                }
                brought.rejected.append(&mut rejected);
                self.hand_on(brought, Gone::Unsaid, Vec::new(), None).await;
            }
        }
        Ok(wanted.len() <= most || !self.remote.begun)
    }

    /// Which of these stories, by path and digest, the store has as they are.
    pub(super) async fn known(&self, stories: Vec<(String, String)>) -> HashSet<String> {
        let (answer, answered) = oneshot::channel();
        let source = self.asker.source.name().to_owned();
        let _ = self.asker.parts.send(Part::Question { source, stories, answer }).await;
        answered.await.unwrap_or_default()
    }

    /// Fetches an article, if its site lets robots read it, one at a time.
    pub(super) async fn article(
        &self,
        url: &Url,
        selectors: Selectors<'_>,
    ) -> Result<Article, Fault> {
        let mut manner = self.manner();
        let (client, robots) = (&self.asker.client, &self.asker.robots);
        let rules = robots.rules(client, url, &manner, Instant::now()).await;
        if !rules.allow(url) {
            let place = crate::fetch::shown(url);
            let said = format!("`{place}`: robots.txt of the site forbids to read it");
            return Err(Fault::new("robots", said));
        }
        manner.pace.at_once = 1;
        manner.pace.gap = manner.pace.gap.max(rules.delay().unwrap_or_default());
        let answer = self.fetch_with(url, ACCEPT, manner).await?;
        let (content, remove) = (selectors.content.map(str::to_owned), selectors.remove.to_vec());
        let _permit = self.asker.readers.acquire().await;
        let read = tokio::task::spawn_blocking(move || {
            let url = answer.trail.url.clone();
            let rules = ArticleRules { content: content.as_deref(), remove: &remove };
            read_article(&answer.body, &url, answer.charset.as_deref(), rules).map_err(|error| {
                let place = crate::fetch::shown(&url);
                Fault::new("page", format!("`{place}`: {error}\n  fix: {}", error.fix()))
            })
        });
        read.await.map_err(|error| Fault::new("bug", format!("reading it failed: {error}")))?
    }

    async fn fetch(&self, url: &Url, accept: &'static str) -> Result<Fetched, Fault> {
        let pace = Pace { at_once: 1, ..self.asker.pace };
        self.fetch_with(url, accept, Manner { pace, ..self.manner() }).await
    }

    async fn fetch_with(
        &self,
        url: &Url,
        accept: &'static str,
        manner: Manner,
    ) -> Result<Fetched, Fault> {
        let request = Request { url, accept, validators: None, manner };
        match self.asker.client.get(&request).await {
            Ok(Answer::Full(answer)) => Ok(answer),
            Ok(Answer::NotModified(_)) => {
                Err(Fault::new("not-asked", "304 that was not asked for"))
            }
            Err(failure) => Err(Fault::fetching(&failure, self.now())),
        }
    }
}

fn key_path(url: &Url) -> String {
    key_path_of(url.as_str())
}

/// Where a listed article stands: at the address by which it is listed.
fn key_path_of(url: &str) -> String {
    format!("page:{url}")
}

fn is_sitemap(answer: &Fetched) -> bool {
    let begin = String::from_utf8_lossy(&answer.body[..answer.body.len().min(1024)]).into_owned();
    let is_text = answer.content_type.as_deref() == Some("text/plain");
    begin.contains("<urlset")
        || begin.contains("<sitemapindex")
        || (is_text && begin.starts_with("http"))
}
