//! The sitemap for Google News: the only file that time alone changes.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::{PassError, publish::Press};
use crate::{
    format::{self, MOST_NEWS, News},
    store::{Cursor, NEWS_DUE, Store},
    story::{FeedPath, State},
};

/// How long a story is news.
const DAYS: TimeDelta = TimeDelta::days(2);
const FILE: &str = "news-sitemap.xml";
/// Stories that are looked at together.
const TOGETHER: usize = 100;

/// Lists the stories of the last two days that live on the site itself.
pub(super) async fn publish(press: &mut Press<'_>, store: &mut Store) -> Result<(), PassError> {
    let before = store.remembered(NEWS_DUE).await?.unwrap_or_default();
    if !press.newsroom.news_sitemap {
        if !before.is_empty() {
            store.remember(NEWS_DUE, "").await?;
        }
        return Ok(());
    }
    let place = press.plan.feeds.iter().position(|feed| feed.spec.path.is_root());
    let Some(record) = place.map(|place| &press.records[place]) else { return Ok(()) };
    let since = press.now - DAYS;
    let own = press.newsroom.site.host().trim_start_matches("www.").to_owned();
    let is_own = |address: &str| {
        let host = url::Url::parse(address).ok();
        let host = host.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        host == own || host.ends_with(&format!(".{own}"))
    };
    let mut seen = HashSet::new();
    let mut news = Vec::new();
    let mut cursor = Some(Cursor::start());
    while let Some(from) = cursor.take() {
        let asked = store.ask_newest(record.id, &from, TOGETHER).await?;
        let candidates = store.asked_candidates(asked).await?;
        let last = candidates.last().filter(|_| candidates.len() == TOGETHER);
        cursor = last.filter(|it| it.story.published > since).map(|it| Cursor::after(&it.story));
        for candidate in candidates {
            let story = candidate.story;
            let is_news = story.published > since && story.state == State::Live;
            if is_news && is_own(&story.url) && seen.insert(story.url.clone()) {
                let (url, title, language) = (story.url, story.title, story.language);
                news.push(News { url, title, language, published: story.published });
            }
        }
        cursor = cursor.filter(|_| news.len() < MOST_NEWS);
    }
    news.truncate(MOST_NEWS);
    let bytes = format::news_sitemap(&press.newsroom.site, &news);
    press.stage(&FeedPath::root(), 0, FILE, &bytes)?;
    let due = news.last().map(|oldest| (oldest.published + DAYS).timestamp_millis());
    let due = due.map(|due| due.to_string()).unwrap_or_default();
    if before != due {
        store.remember(NEWS_DUE, &due).await?;
    }
    Ok(())
}
