//! Raw texts become clean HTML, once per story version, on all cores; the store keeps the result.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;
use url::Url;

use super::{
    PassError, Report,
    references::{answers, asked},
};
use crate::{
    feed::{Words, text_bytes},
    source::{References, StoryFault},
    store::{AskedTexts, Candidate, Reference, RenderedRow, RenderedText, Store},
    story::{RawText, Site, Story, StoryJson},
    text::{self, Rendered, ShortcodeContext},
};

/// Renders what candidates need.
pub(super) struct Renderer<'a> {
    site: &'a Site,
    /// Whether what the store has is made again.
    again: bool,
    /// What was rendered in this pass: the size of each text, none where it can't be rendered.
    sizes: HashMap<i64, Option<u64>>,
    /// Texts that were asked for, to be rendered.
    asked: HashSet<i64>,
    /// Texts that were just rendered; the feeds that need them take them.
    fresh: HashMap<i64, Words>,
}

/// What the text of `story` was rendered from and how.
fn digest(story: &Story) -> String {
    format!("{}-{}", text::RULES_VERSION, story.revision)
}

impl<'a> Renderer<'a> {
    pub(super) fn new(site: &'a Site, again: bool) -> Self {
        let (sizes, asked, fresh) = (HashMap::new(), HashSet::new(), HashMap::new());
        Self { site, again, sizes, asked, fresh }
    }

    fn is_stale(&self, candidate: &Candidate) -> bool {
        !self.sizes.contains_key(&candidate.story.id)
            && (self.again || candidate.rendered_digest != Some(digest(&candidate.story)))
    }

    /// The stale ones among `candidates`, each once.
    fn stale<'c>(
        &self,
        candidates: impl IntoIterator<Item = &'c Candidate>,
    ) -> BTreeMap<i64, &'c Candidate> {
        let stale = candidates.into_iter().filter(|candidate| self.is_stale(candidate));
        stale.map(|candidate| (candidate.story.id, candidate)).collect()
    }

    /// Asks for the texts of the stale ones among `candidates` that weren't asked for yet, as many as
    /// are in memory at once.
    pub(super) async fn ask(
        &mut self,
        store: &mut Store,
        candidates: impl IntoIterator<Item = &Candidate>,
    ) -> Result<AskedTexts, PassError> {
        let mut ids: Vec<i64> = self.stale(candidates).into_keys().collect();
        ids.retain(|id| !self.asked.contains(id));
        ids.truncate(RENDERED_TOGETHER);
        self.asked.extend(&ids);
        Ok(store.ask_texts(&ids).await?)
    }

    /// Renders the texts that were asked for, those of stale ones among `candidates`; `meanwhile` is
    /// done beside it.
    pub(super) async fn render<R: Send>(
        &mut self,
        store: &mut Store,
        asked: AskedTexts,
        candidates: impl IntoIterator<Item = &Candidate>,
        meanwhile: impl FnOnce() -> R + Send,
        report: &mut Report,
    ) -> Result<R, PassError> {
        let texts = store.asked_texts(asked).await?;
        let stale: Vec<&Candidate> = self.stale(candidates).into_values().collect();
        self.render_all(store, (&stale, texts), meanwhile, report).await
    }

    /// Renders the stale ones among `candidates`, each once, and keeps the result. A text that
    /// can't be rendered is reported.
    pub(super) async fn freshen(
        &mut self,
        store: &mut Store,
        candidates: impl IntoIterator<Item = &Candidate>,
        report: &mut Report,
    ) -> Result<(), PassError> {
        let stale: Vec<&Candidate> = self.stale(candidates).into_values().collect();
        for candidates in stale.chunks(RENDERED_TOGETHER) {
            let ids: Vec<i64> = candidates.iter().map(|candidate| candidate.story.id).collect();
            let texts = store.raw_texts(&ids).await?;
            self.render_all(store, (candidates, texts), || (), report).await?;
        }
        Ok(())
    }

    async fn render_all<R: Send>(
        &mut self,
        store: &mut Store,
        (candidates, texts): (&[&Candidate], HashMap<i64, RawText>),
        meanwhile: impl FnOnce() -> R + Send,
        report: &mut Report,
    ) -> Result<R, PassError> {
        let site = self.site;
        let stories = candidates.iter().map(|candidate| &candidate.story);
        let stale: Vec<(&Story, &RawText)> =
            stories.filter_map(|story| Some((story, texts.get(&story.id)?))).collect();
        let asked: Vec<BTreeSet<String>> =
            stale.par_iter().map(|(_, raw)| asked(raw, site.url.as_str())).collect();
        let asking = || stale.iter().zip(&asked).map(|((story, _), paths)| (*story, paths));
        let paths = asking().flat_map(|(story, paths)| {
            paths.iter().map(|path| (story.source.as_str(), path.as_str()))
        });
        let answers = answers(store, paths).await?;
        let render = |(story, raw): &(&Story, &RawText)| {
            let rendered = render(site, story, raw, answers.get(&story.source))?;
            let bytes = text_bytes(&rendered.html);
            Ok::<_, text::TextError>((rendered, bytes))
        };
        let (rendered, done) =
            rayon::join(|| stale.par_iter().map(render).collect::<Vec<_>>(), meanwhile);
        let digests: Vec<String> = stale.iter().map(|(story, _)| digest(story)).collect();
        let mut rows = Vec::with_capacity(stale.len());
        for (((story, _), digest), rendered) in stale.iter().zip(&digests).zip(&rendered) {
            match rendered {
                Ok((rendered, bytes)) => {
                    self.sizes.insert(story.id, Some(*bytes));
                    rows.push(RenderedRow {
                        story: story.id,
                        digest,
                        html: &rendered.html,
                        excerpt: &rendered.excerpt,
                        image: rendered.first_image.as_ref(),
                        bytes: *bytes,
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
                    self.sizes.insert(story.id, None);
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
        let before = candidates.iter().filter(|candidate| candidate.rendered_digest.is_some());
        let before = before.map(|candidate| candidate.story.id);
        let before: Vec<i64> = before.filter(|id| texts.contains_key(id)).collect();
        let asking = asking().filter(|(story, _)| self.sizes[&story.id].is_some());
        let references: Vec<(i64, Vec<Reference>)> = asking
            .filter_map(|(story, paths)| {
                Some((story.id, referring(story, paths, answers.get(&story.source)?)))
            })
            .collect();
        store.keep_references(&before, &references).await?;
        for ((story, _), rendered) in stale.iter().zip(rendered) {
            if let Ok((Rendered { html, excerpt, first_image, .. }, _)) = rendered {
                self.fresh.insert(story.id, Words { html, excerpt, image: first_image });
            }
        }
        Ok(done)
    }

    /// The words of these stories, which are rendered.
    pub(super) async fn words(
        &self,
        store: &mut Store,
        ids: &[i64],
    ) -> Result<HashMap<i64, Words>, PassError> {
        let stored: Vec<i64> =
            ids.iter().copied().filter(|id| !self.fresh.contains_key(id)).collect();
        let stored = store.words(&stored).await?.into_iter().map(|(id, text)| (id, words(text)));
        let fresh = ids.iter().filter_map(|id| Some((*id, self.fresh.get(id)?.clone())));
        Ok(stored.chain(fresh).collect())
    }

    /// Forgets texts that were just rendered, once they are many; the store has them.
    pub(super) fn forget(&mut self) {
        if self.fresh.len() > RENDERED_TOGETHER {
            self.fresh.clear();
        }
    }

    /// These candidates with the sizes of their texts, without those that can't be rendered.
    pub(super) fn measured(&self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let measure = |mut candidate: Candidate| {
            if let Some(size) = self.sizes.get(&candidate.story.id) {
                candidate.rendered_bytes = (*size)?;
            }
            Some(candidate)
        };
        candidates.into_iter().filter_map(measure).collect()
    }
}

/// Texts that are in memory at once.
const RENDERED_TOGETHER: usize = 500;

fn render(
    site: &Site,
    story: &Story,
    raw: &RawText,
    references: Option<&References>,
) -> Result<Rendered, text::TextError> {
    let resolve = |target: &str| Some(references?.resolve(target)?.to_owned());
    render_at(site, raw, &story.url, &story.title, &resolve)
}

/// What a text asks for, with what it comes to.
fn referring(story: &Story, paths: &BTreeSet<String>, answers: &References) -> Vec<Reference> {
    let reference = |path: &String| Reference {
        source: story.source.clone(),
        path: path.clone(),
        url: answers.resolve(path).map(str::to_owned),
    };
    paths.iter().map(reference).collect()
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

/// Tells whether two raw texts come out the same.
pub fn same_text(site: &Site) -> impl Fn(&RawText, &RawText, &str) -> bool + Sync + '_ {
    |old, new, url| {
        let html = |raw| render_at(site, raw, url, "", &|_| None).map(|rendered| rendered.html);
        // Lines broken at other places read the same, but for preformatted text.
        let same = |old: &str, new: &str| {
            old == new
                || (!old.contains("<pre") && old.split_whitespace().eq(new.split_whitespace()))
        };
        matches!((html(old), html(new)), (Ok(old), Ok(new)) if same(&old, &new))
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
    let candidates: Vec<Candidate> = stories.iter().map(candidate).collect();
    let mut renderer = Renderer::new(site, false);
    renderer.freshen(store, &candidates, report).await?;
    renderer.words(store, &ids).await
}

/// A stored text as the feed floor takes it.
fn words(text: RenderedText) -> Words {
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
