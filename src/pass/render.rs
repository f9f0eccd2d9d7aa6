//! Raw texts become clean HTML, once per story version, on all cores; the store keeps the result.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use url::Url;

use super::{PassError, Report};
use crate::{
    feed::{Words, text_bytes},
    source::{References, StoryFault},
    store::{Candidate, RenderedRow, RenderedText, Store},
    story::{RawText, Site, Story, StoryJson},
    text::{self, Rendered, ShortcodeContext},
};

/// Renders what candidates need, and remembers the addresses that texts refer to.
#[derive(Default)]
pub(super) struct Renderer {
    references: BTreeMap<String, References>,
}

/// What the text of `story` was rendered from and how.
fn digest(story: &Story) -> String {
    format!("{}-{}", text::RULES_VERSION, story.revision)
}

/// Whether a candidate's text is rendered as it is now.
pub(super) fn is_fresh(candidate: &Candidate) -> bool {
    candidate.rendered_digest.as_deref() == Some(digest(&candidate.story).as_str())
}

impl Renderer {
    /// Renders the stale ones among `candidates` and keeps the result; their sizes are set after
    /// that. A text that can't be rendered is reported and left out.
    pub(super) async fn freshen(
        &mut self,
        site: &Site,
        store: &mut Store,
        candidates: &mut Vec<Candidate>,
        report: &mut Report,
    ) -> Result<(), PassError> {
        let stale: Vec<i64> =
            candidates.iter().filter(|c| !is_fresh(c)).map(|c| c.story.id).collect();
        if stale.is_empty() {
            return Ok(());
        }
        let texts = store.raw_texts(&stale).await?;
        let stale: Vec<(&Story, &RawText)> = candidates
            .iter()
            .filter(|candidate| !is_fresh(candidate))
            .filter_map(|candidate| Some((&candidate.story, texts.get(&candidate.story.id)?)))
            .collect();
        for (story, raw) in &stale {
            if refers(&raw.text) && !self.references.contains_key(&story.source) {
                let addresses = store.addresses(&story.source).await?;
                self.references.insert(story.source.clone(), References::new(addresses));
            }
        }
        let references = &self.references;
        let rendered: Vec<Result<Rendered, text::TextError>> = stale
            .par_iter()
            .map(|(story, raw)| render(site, story, raw, references.get(&story.source)))
            .collect();
        let mut rows = Vec::with_capacity(stale.len());
        let mut broken = Vec::new();
        let digests: Vec<String> = stale.iter().map(|(story, _)| digest(story)).collect();
        let mut sizes = HashMap::new();
        for (((story, _), digest), rendered) in stale.iter().zip(&digests).zip(&rendered) {
            match rendered {
                Ok(rendered) => {
                    let bytes = text_bytes(&rendered.html);
                    sizes.insert(story.id, bytes);
                    rows.push(RenderedRow {
                        story: story.id,
                        digest,
                        html: &rendered.html,
                        excerpt: &rendered.excerpt,
                        image: rendered.first_image.as_ref(),
                        bytes,
                    });
                    for name in &rendered.unknown_shortcodes {
                        if store.say_once(&story.source, name, "shortcode").await? {
                            report.notes.push(format!(
                                "{}: the shortcode `{name}` isn't known; its inner text is kept",
                                story.path
                            ));
                        }
                    }
                }
                Err(error) => {
                    broken.push(story.id);
                    report.faults.push(StoryFault {
                        file: story.path.clone(),
                        line: error.line(),
                        what: error.to_string(),
                        fix: error.fix().to_owned(),
                    });
                }
            }
        }
        store.keep_rendered(&rows).await?;
        candidates.retain(|candidate| !broken.contains(&candidate.story.id));
        for candidate in candidates.iter_mut() {
            if let Some(bytes) = sizes.get(&candidate.story.id) {
                candidate.rendered_bytes = *bytes;
                candidate.rendered_digest = Some(digest(&candidate.story));
            }
        }
        Ok(())
    }
}

fn render(
    site: &Site,
    story: &Story,
    raw: &RawText,
    references: Option<&References>,
) -> Result<Rendered, text::TextError> {
    let resolve = |target: &str| references.and_then(|references| references.resolve(target));
    render_at(site, raw, &story.url, &story.title, &resolve)
}

fn render_at(
    site: &Site,
    raw: &RawText,
    url: &str,
    title: &str,
    resolve: &dyn Fn(&str) -> Option<String>,
) -> Result<Rendered, text::TextError> {
    let base = Url::parse(url).unwrap_or_else(|_| site.url.clone());
    let context = ShortcodeContext {
        site_url: site.url.as_str(),
        page_url: base.as_str(),
        page_title: title,
        resolve,
    };
    text::render(raw, &base, &context)
}

/// Whether a text may refer to other stories of its source.
fn refers(text: &str) -> bool {
    ["ref", "@/", "post_url", "{% link", "{%- link"].iter().any(|mark| text.contains(mark))
        && ["{{", "{%", "@/"].iter().any(|mark| text.contains(mark))
}

/// Tells whether two raw texts come out the same.
pub fn same_text(site: &Site) -> impl Fn(&RawText, &RawText, &str) -> bool + Sync + '_ {
    |old, new, url| {
        let html = |raw| render_at(site, raw, url, "", &|_| None).map(|rendered| rendered.html);
        matches!((html(old), html(new)), (Ok(old), Ok(new)) if old == new)
    }
}

/// The clean words of stored stories, rendered as needed, by row.
///
/// # Errors
/// If the store fails.
pub async fn story_words(
    site: &Site,
    store: &mut Store,
    stories: &[Story],
    report: &mut Report,
) -> Result<HashMap<i64, Words>, PassError> {
    let ids: Vec<i64> = stories.iter().map(|story| story.id).collect();
    let known = store.rendered_digests(&ids).await?;
    let candidate = |story: &Story| Candidate {
        story: story.clone(),
        rendered_digest: known.get(&story.id).cloned(),
        rendered_bytes: 0,
    };
    let mut candidates: Vec<Candidate> = stories.iter().map(candidate).collect();
    Renderer::default().freshen(site, store, &mut candidates, report).await?;
    Ok(store.words(&ids).await?.into_iter().map(|(id, text)| (id, words(text))).collect())
}

/// A stored text as the feed floor takes it.
pub(super) fn words(text: RenderedText) -> Words {
    Words { html: text.html, excerpt: text.excerpt, image: text.image }
}

/// The one JSON form of these stories.
///
/// # Errors
/// If the store fails.
pub async fn json_form(
    site: &Site,
    store: &mut Store,
    stories: Vec<Story>,
    report: &mut Report,
) -> Result<Vec<StoryJson>, PassError> {
    let mut words = story_words(site, store, &stories, report).await?;
    let form = |story: Story| {
        let html = words.remove(&story.id).map(|words| words.html).unwrap_or_default();
        StoryJson::new(story, html)
    };
    Ok(stories.into_iter().map(form).collect())
}
