//! A source that is a WordPress site, asked by its REST interface.

use chrono::{DateTime, Utc};
use url::Url;

use super::{Fault, Gone, Reply, Success, Turn};
use crate::{
    poll::schedule::Rhythmic,
    source::{
        feed::ReadFeed,
        remote::{Brought, EntryReader, Rejected},
        wordpress::{PostPage, RestApi, RestError, read_posts},
    },
};

const ACCEPT: &str = "application/json";
/// Posts of a page.
const PAGE: usize = 100;
/// Pages of one turn: the rest comes the next time.
const MOST_PAGES: u32 = 1_000;

impl Turn<'_> {
    pub(super) async fn read_wordpress(&mut self, site: &Url) -> Result<Success, Fault> {
        // Pages of posts have no use for what the last one was known by.
        (self.remote.etag, self.remote.last_modified) = (None, None);
        let site = &self.address(site);
        let mut api = RestApi::at(site);
        match self.remote.cursor.as_deref().and_then(|at| at.parse::<DateTime<Utc>>().ok()) {
            None => self.read_newest(site, &mut api).await?,
            Some(since) => self.read_changed(site, &mut api, since).await?,
        }
        let said = Rhythmic { has_validators: true, ..Rhythmic::default() };
        Ok(Success { code: "ok", said })
    }

    /// The first time: the newest posts, as far back as is wanted.
    async fn read_newest(&mut self, site: &Url, api: &mut RestApi) -> Result<(), Fault> {
        let source = std::sync::Arc::clone(&self.asker.source);
        let wanted = source.backfill.unwrap_or(usize::MAX).min(source.max_entries);
        let (mut seen, mut latest) = (0, None);
        for page in 1..=MOST_PAGES {
            let posts = self.posts(site, api, |api| api.newest_posts(page), page).await?;
            let count = count(&posts);
            latest = latest.max(newest(&posts));
            let brought = self.posts_brought(site, posts);
            seen += count;
            self.hand_on(brought, Gone::Unsaid, Vec::new(), None).await;
            if count < PAGE || seen >= wanted {
                break;
            }
        }
        self.remote.cursor = latest.map(|at| at.to_rfc3339());
        Ok(())
    }

    /// Later: what changed since.
    async fn read_changed(
        &mut self,
        site: &Url,
        api: &mut RestApi,
        mut since: DateTime<Utc>,
    ) -> Result<(), Fault> {
        let mut page = 1;
        for _ in 0..MOST_PAGES {
            let asked = |api: &RestApi| api.posts_modified_after(since, page);
            let posts = self.posts(site, api, asked, page).await?;
            let count = count(&posts);
            let latest = newest(&posts);
            let brought = self.posts_brought(site, posts);
            match latest.filter(|latest| *latest > since) {
                Some(latest) => (since, page) = (latest, 1),
                None => page += 1,
            }
            self.remote.cursor = Some(since.to_rfc3339());
            self.hand_on(brought, Gone::Unsaid, Vec::new(), None).await;
            if count < PAGE {
                break;
            }
        }
        if self.asker.source.follows_deletes {
            let posts = self.posts(site, api, |api| api.newest_posts(1), 1).await?;
            let oldest = posts.entries.iter().filter_map(|entry| entry.published).min();
            let is_all = count(&posts) < PAGE;
            let brought = self.posts_brought(site, posts);
            let gone = match (brought.keys.is_empty(), is_all) {
                (true, _) => Gone::Unsaid,
                (false, true) => Gone::Missing(None),
                (false, false) => oldest.map_or(Gone::Unsaid, |at| Gone::Missing(Some(at))),
            };
            self.hand_on(brought, gone, Vec::new(), None).await;
        }
        Ok(())
    }

    /// A page of posts. Where the site hasn't pretty addresses, `api` changes to its other place.
    async fn posts(
        &mut self,
        site: &Url,
        api: &mut RestApi,
        address: impl Fn(&RestApi) -> Url,
        page: u32,
    ) -> Result<PostPage, Fault> {
        let zone = self.asker.source.terms.zone;
        let mut url = address(api);
        loop {
            let plain = RestApi::plain(site);
            let may_be_elsewhere = page == 1 && *api != plain;
            let answer = match self.get(&url, ACCEPT).await {
                Ok(Reply::Full(answer)) => answer,
                Ok(Reply::Same(_)) => return Ok(PostPage::default()),
                Err(fault) if fault.code == "status-404" && may_be_elsewhere => {
                    *api = plain;
                    url = address(api);
                    continue;
                }
                // WordPress answers so behind the last page.
                Err(fault) if fault.code == "status-400" && page > 1 => {
                    return Ok(PostPage::default());
                }
                Err(fault) => return Err(fault),
            };
            match read_posts(&answer.body, zone) {
                Ok(posts) => return Ok(posts),
                Err(error) if error.is_wrong_place() && may_be_elsewhere => {
                    *api = plain;
                    url = address(api);
                }
                Err(error) if error.is_past_the_end() => return Ok(PostPage::default()),
                Err(error) => return Err(fault(&url, &error)),
            }
        }
    }

    fn posts_brought(&self, site: &Url, posts: PostPage) -> Brought {
        let feed = ReadFeed { link: Some(site.to_string()), ..ReadFeed::default() };
        let terms = &self.asker.source.terms;
        let reader = EntryReader { terms, feed: &feed, address: site, now: self.now() };
        let mut brought = reader.read(posts.entries);
        let bad = posts.faults.into_iter().map(|fault| Rejected {
            entry: fault.id.map_or_else(|| "a post".to_owned(), |id| format!("post {id}")),
            why: fault.what,
        });
        brought.rejected.extend(bad);
        brought
    }
}

fn count(posts: &PostPage) -> usize {
    posts.entries.len() + posts.faults.len() + posts.passed_over
}

/// When the posts of a page last changed.
fn newest(posts: &PostPage) -> Option<DateTime<Utc>> {
    posts.entries.iter().filter_map(|entry| entry.updated.max(entry.published)).max()
}

fn fault(url: &Url, error: &RestError) -> Fault {
    let code = match error {
        RestError::TooLarge { .. } | RestError::Unbounded(_) => "too-large",
        RestError::Empty => "empty",
        RestError::Refused { .. } => "refused",
        RestError::WebPage { .. } => "html-page",
        RestError::BadJson { .. } | RestError::NotPosts { .. } => "bad-json",
    };
    let place = crate::fetch::shown(url);
    Fault::new(code, format!("`{place}`: {error}\n  fix: {}", error.fix()))
}
