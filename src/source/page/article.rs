//! One article's page.
//!
//! # Promises
//! - The guid is the page's canonical address.
//! - What the article says of itself in JSON-LD comes first, then Open Graph and its like, then
//!   what the page shows.
//!
//! # Limits
//! - A story that goes on over several pages is read as far as the first.

use url::Url;

use super::{
    body::{self, Body},
    document::{PageError, open},
    facts::{self, Facts},
    json_ld::{self, Said},
};
use crate::{
    source::feed::{ReadCategory, ReadEntry, dates},
    story::{Image, Person},
    text::{absolute_address, plain_text},
};

/// More categories than anyone needs are passed over.
const MAX_CATEGORIES: usize = 100;
/// A longer byline is a sentence.
const LONGEST_BYLINE: usize = 120;

/// How a site's articles are read; by default the text is found without help.
#[derive(Debug, Clone, Copy, Default)]
pub struct ArticleRules<'a> {
    /// A CSS selector of the text.
    pub content: Option<&'a str>,
    /// CSS selectors of what is to be left out.
    pub remove: &'a [String],
}

/// An article as its page has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Article {
    /// What was read.
    pub entry: ReadEntry,
    /// The page says that readers have to pay (`isAccessibleForFree`): the text may be its
    /// beginning alone.
    pub paywalled: bool,
}

/// Reads the article whose page is at `address`; `charset` is the one that HTTP names.
///
/// # Errors
/// A page that can't be read or has no text, and selectors that are none or choose nothing.
pub fn read_article(
    bytes: &[u8],
    address: &Url,
    charset: Option<&str>,
    rules: ArticleRules<'_>,
) -> Result<Article, PageError> {
    let page = open(bytes, address, charset)?;
    let facts = Facts::of(&page.document);
    let url = facts::canonical(&page, &facts, address);
    let said = Url::parse(&url).ok().map(|url| json_ld::read(&page.document, &url, &page.base));
    let said = said.unwrap_or_default();
    let language = facts::language(&page, &facts);
    let time = facts::time(&page.document);
    let base = page.base;
    body::remove(&page.document, rules.remove)?;
    let body = match rules.content {
        Some(selector) => {
            let title = heading(&page.document);
            Body { title, ..body::chosen(&page.document, selector)? }
        }
        None => body::found(page.document, &base)?,
    };

    let written = [said.published.as_deref(), facts.published(), time.as_deref()];
    let published = written.into_iter().flatten().find_map(dates::read);
    let undated = written.into_iter().flatten().next().filter(|_| published.is_none());
    let modified = said.modified.as_deref().or(facts.modified()).and_then(dates::read);
    let expires = said.expires.as_deref().or(facts.first(&["article:expiration_time"]));
    let description = ["og:description", "description", "twitter:description", "dc.description"];
    let summary = said.description.clone().or_else(|| facts.first(&description).map(plain_text));
    let title = said.headline.clone().or_else(|| facts.title());
    let entry = ReadEntry {
        guid: url.clone(),
        url: Some(url),
        title: title.unwrap_or_else(|| plain_text(&body.title)),
        published,
        updated: modified,
        expires: expires.and_then(dates::read),
        undated: undated.map(str::to_owned),
        summary: summary.map(|text| html_escape::encode_text(&text).into_owned()),
        content_html: Some(body.html),
        base: Some(base.to_string()),
        language: said.language.clone().or(language),
        rights: said.rights.clone(),
        authors: authors(&said, &facts, body.byline.as_deref()),
        categories: categories(&said, &facts),
        image: image(&said, &facts, &base),
        ..ReadEntry::default()
    };
    let tier = facts.first(&["article:content_tier"]);
    let paywalled = said.paywalled || tier.is_some_and(|tier| tier != "free");
    Ok(Article { entry, paywalled })
}

/// A feed's entry with the text of its page: guid, address, title and dates stay those of the
/// feed, all that it leaves open comes from the page.
pub fn with_article(entry: ReadEntry, article: ReadEntry) -> ReadEntry {
    // Relative addresses of the text start from where the text was.
    let (content_html, base) = match article.content_html {
        Some(html) => (Some(html), article.base),
        None => (entry.content_html, entry.base),
    };
    ReadEntry {
        title: if entry.title.is_empty() { article.title } else { entry.title },
        url: entry.url.or(article.url),
        published: entry.published.or(article.published),
        updated: entry.updated.or(article.updated),
        summary: entry.summary.or(article.summary),
        content_html,
        base,
        language: entry.language.or(article.language),
        rights: entry.rights.or(article.rights),
        authors: if entry.authors.is_empty() { article.authors } else { entry.authors },
        categories: if entry.categories.is_empty() { article.categories } else { entry.categories },
        image: entry.image.or(article.image),
        ..entry
    }
}

fn heading(document: &dom_query::Document) -> String {
    let first =
        |selector| facts::all(document, selector).first().map(|node| plain_text(&node.text()));
    first("h1").filter(|text| !text.is_empty()).or_else(|| first("title")).unwrap_or_default()
}

fn authors(said: &Said, facts: &Facts, byline: Option<&str>) -> Vec<Person> {
    if !said.authors.is_empty() {
        return said.authors.clone();
    }
    let mut names = facts.authors();
    if names.is_empty() {
        // A byline with digits has a date in it, whose place nobody knows.
        let byline = byline.filter(|line| !line.contains(|letter: char| letter.is_numeric()));
        names.extend(byline.map(facts::byline));
    }
    let fits = |name: &String| !name.is_empty() && name.chars().count() <= LONGEST_BYLINE;
    names.into_iter().filter(fits).map(|name| Person { name, ..Person::default() }).collect()
}

/// Sections and keywords, told apart by the names that schema.org has for them.
fn categories(said: &Said, facts: &Facts) -> Vec<ReadCategory> {
    let own = |words: Vec<String>, names: &[&str]| {
        if !words.is_empty() {
            return words;
        }
        let found = names.iter().find(|name| facts.all(name).next().is_some());
        let values = found.into_iter().flat_map(|name| facts.all(name));
        values.flat_map(|value| value.split(',')).map(plain_text).collect()
    };
    let sections = own(said.sections.clone(), &["article:section", "parsely-section"]);
    let keywords =
        own(said.keywords.clone(), &["article:tag", "parsely-tags", "news_keywords", "keywords"]);
    let mut categories: Vec<ReadCategory> = Vec::new();
    for (scheme, terms) in [("articleSection", sections), ("keywords", keywords)] {
        for term in terms.into_iter().filter(|term| !term.is_empty()).take(MAX_CATEGORIES) {
            let category = ReadCategory { term, label: None, scheme: Some(scheme.to_owned()) };
            if !categories.contains(&category) {
                categories.push(category);
            }
        }
    }
    categories
}

fn image(said: &Said, facts: &Facts, base: &Url) -> Option<Image> {
    let named =
        ["og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"];
    let address = facts.first(&named).and_then(|text| absolute_address(text, base));
    let pixels =
        |name| facts.first(&[name]).and_then(|text| text.parse().ok()).filter(|it| *it > 0);
    let open_graph = address.map(|url| Image {
        url,
        alt: facts.first(&["og:image:alt", "twitter:image:alt"]).map(plain_text),
        width: pixels("og:image:width"),
        height: pixels("og:image:height"),
        ..Image::default()
    });
    match (&said.image, open_graph) {
        (Some(own), Some(other)) if own.url == other.url => Some(Image {
            alt: own.alt.clone().or(other.alt),
            width: own.width.or(other.width),
            height: own.height.or(other.height),
            ..own.clone()
        }),
        (Some(own), _) => Some(own.clone()),
        (None, other) => other,
    }
}

#[cfg(test)]
mod tests;
