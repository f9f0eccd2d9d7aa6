//! The text of an article, found on its page.
//!
//! # Promises
//! - A fault in the finder ends the reading of this page and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dom_query::Document;
use dom_smoothie::{Config, Readability};
use url::Url;

use super::document::{MAX_ELEMENTS, PageError, matcher};

/// What was found.
pub(super) struct Body {
    pub(super) html: String,
    /// What the page's words look like to be; empty where nothing was found.
    pub(super) title: String,
    pub(super) byline: Option<String>,
}

/// Takes elements off the page that are no part of its text.
pub(super) fn remove(document: &Document, selectors: &[String]) -> Result<(), PageError> {
    for selector in selectors {
        document.select_matcher(&matcher(selector)?).remove();
    }
    Ok(())
}

/// What a selector chooses; of elements within each other the outermost.
pub(super) fn chosen(document: &Document, selector: &str) -> Result<Body, PageError> {
    let wanted = matcher(selector)?;
    let nodes = document.select_matcher(&wanted);
    let mut html = String::new();
    for node in nodes.nodes() {
        if !node.ancestors_it(None).any(|around| around.is_match(&wanted)) {
            html.push_str(node.inner_html().trim());
            html.push('\n');
        }
    }
    if html.trim().is_empty() {
        return Err(PageError::NoMatch { selector: selector.to_owned() });
    }
    Ok(Body { html, title: String::new(), byline: None })
}

/// What Readability, the algorithm of Firefox's reading view, takes for the text.
pub(super) fn found(document: Document, address: &Url) -> Result<Body, PageError> {
    // JSON-LD is read by `json_ld`, which knows more of it.
    let config = Config {
        disable_json_ld: true,
        max_elements_to_parse: 2 * MAX_ELEMENTS,
        ..Config::default()
    };
    let read = || {
        let mut reader =
            Readability::with_document(document, Some(address.as_str()), Some(config)).ok()?;
        reader.parse().ok()
    };
    // The document is gone afterwards, so nothing half-changed is seen.
    let article =
        catch_unwind(AssertUnwindSafe(read)).ok().flatten().ok_or(PageError::NoArticle)?;
    if article.text_content.trim().is_empty() {
        return Err(PageError::NoArticle);
    }
    Ok(Body {
        html: unwrapped(&article.content).to_owned(),
        title: article.title,
        byline: article.byline,
    })
}

/// The content without the element that the finder puts around it.
fn unwrapped(html: &str) -> &str {
    let inner = html.strip_prefix("<div id=\"readability-page-1\"").and_then(|rest| {
        rest.split_once('>').and_then(|(_, rest)| rest.trim_end().strip_suffix("</div>"))
    });
    inner.unwrap_or(html).trim()
}
