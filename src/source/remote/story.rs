//! A story as it would come in, in the one JSON form.

use chrono::{DateTime, Utc};
use url::Url;

use crate::{
    story::{Incoming, Phase, Site, State, Story, StoryJson},
    text::{self, ShortcodeContext},
};

/// The JSON form of a story that isn't stored; none where its text can't be rendered.
pub fn story_form(incoming: &Incoming, site: &Site, now: DateTime<Utc>) -> Option<StoryJson> {
    let base = Url::parse(&incoming.url).ok()?;
    let context = ShortcodeContext {
        site_url: site.url.as_str(),
        page_url: &incoming.url,
        page_title: &incoming.title,
        resolve: &|_| None,
    };
    let rendered = text::render(&incoming.text, &base, &context).ok()?;
    let published = incoming.published.unwrap_or(now);
    let story = Story {
        id: 0,
        guid: incoming.first_guid(site.host(), published),
        source: String::new(),
        key: incoming.key.clone(),
        path: incoming.path.clone(),
        revision: 0,
        url: incoming.url.clone(),
        title: incoming.title.clone(),
        language: incoming.language.clone(),
        published,
        updated: incoming.updated.unwrap_or(published),
        expires: incoming.expires,
        state: State::Live,
        phase: Phase::Pending,
        changed: now,
        leaves: None,
        notice: None,
        raised: None,
        size: 0,
        facts: incoming.facts.clone(),
    };
    let form = StoryJson::new(story, rendered.html);
    // An id is shown as it is there: what it becomes here, `add` makes of it too.
    let id = incoming.key.strip_prefix("id:").map_or(form.id, str::to_owned);
    Some(StoryJson { id, ..form })
}
