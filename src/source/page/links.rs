//! The articles that a list page links to.
//!
//! # Promises
//! - Absolute addresses, each once, in the order of the page.
//!
//! # Limits
//! - Without a selector it is a guess: links in headlines, else those in articles, else those in
//!   the main part that look like headlines; never the furniture around them.

use std::collections::HashSet;

use dom_query::{Matcher, NodeRef};
use url::Url;

use super::document::{Page, PageError, matcher, open, same_site};
use crate::{
    story::address_key,
    text::{absolute_address, one_line},
};

/// More links than a list page has are passed over.
const MAX_LINKS: usize = 2000;
/// As many links in headlines make a list.
const ENOUGH: usize = 3;
/// Words of a link that may be a headline.
const HEADLINE_WORDS: usize = 4;
const FURNITURE: [&str; 5] = ["nav", "header", "footer", "aside", "form"];
/// First parts of paths that lead to lists and forms.
const NO_ARTICLES: [&str; 16] = [
    "tag",
    "tags",
    "category",
    "categories",
    "author",
    "authors",
    "autor",
    "page",
    "search",
    "login",
    "feed",
    "about",
    "contact",
    "privacy",
    "terms",
    "topics",
];

/// Which links are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct LinkRules<'a> {
    /// A CSS selector of links, or of elements that stand for all links in them.
    pub selector: Option<&'a str>,
    /// How far they may lead.
    pub reach: Reach,
}

/// How far links may lead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// To the site of the list.
    #[default]
    SameSite,
    /// Anywhere.
    Anywhere,
}

/// The addresses that the list page at `address` links to; `charset` is the one that HTTP names.
///
/// # Errors
/// A page that can't be read, a selector that is none, or one that nothing matches.
pub fn links(
    bytes: &[u8],
    address: &Url,
    charset: Option<&str>,
    rules: LinkRules<'_>,
) -> Result<Vec<String>, PageError> {
    let page = open(bytes, address, charset)?;
    let mut list = List { page: &page, address, reach: rules.reach };
    let Some(selector) = rules.selector else { return Ok(list.guessed()) };
    let chosen = page.document.select_matcher(&matcher(selector)?);
    if chosen.is_empty() {
        return Err(PageError::NoMatch { selector: selector.to_owned() });
    }
    let mut anchors = Vec::new();
    for node in chosen.nodes() {
        if node.has_name("a") {
            anchors.push(*node);
        } else {
            anchors.extend(node.descendants_it().filter(|inner| inner.has_name("a")));
        }
    }
    Ok(list.addresses(anchors.into_iter()))
}

struct List<'p> {
    page: &'p Page,
    address: &'p Url,
    reach: Reach,
}

impl List<'_> {
    fn guessed(&mut self) -> Vec<String> {
        self.reach = Reach::SameSite;
        let mut best = Vec::new();
        let headlines = ["h1 a", "h2 a", "h3 a", "h4 a", "a:has(h1, h2, h3, h4)"].join(", ");
        for (selector, is_sure) in
            [(headlines.as_str(), true), ("article a", false), ("main a", false), ("body a", false)]
        {
            let Ok(matcher) = Matcher::new(selector) else { continue };
            let chosen = self.page.document.select_matcher(&matcher);
            let fits = |node: &NodeRef<'_>| !is_furniture(node) && (is_sure || is_headline(node));
            let found = self.addresses(chosen.nodes().iter().filter(|node| fits(node)).copied());
            let found: Vec<String> =
                found.into_iter().filter(|it| self.may_be_article(it)).collect();
            if found.len() >= ENOUGH {
                return found;
            }
            if best.is_empty() {
                best = found;
            }
        }
        best
    }

    fn addresses<'n>(&self, anchors: impl Iterator<Item = NodeRef<'n>>) -> Vec<String> {
        // The page links to itself, by its name or by a fragment.
        let mut seen = HashSet::from([address_key(self.address.as_str())]);
        let address = |anchor: NodeRef<'_>| {
            let href = anchor.attr("href")?;
            let href = href.trim();
            if href.is_empty() || href.starts_with('#') {
                return None;
            }
            let address = absolute_address(href, &self.page.base)?;
            let mut url = Url::parse(&address).ok()?;
            let near = self.reach == Reach::Anywhere || same_site(&url, self.address);
            url.set_fragment(None);
            (near && seen.insert(address_key(url.as_str()))).then(|| url.to_string())
        };
        anchors.filter_map(address).take(MAX_LINKS).collect()
    }

    /// Whether an address looks like that of a text rather than of a list, a form or a file.
    fn may_be_article(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        let parts: Vec<&str> =
            url.path_segments().into_iter().flatten().filter(|it| !it.is_empty()).collect();
        let Some(last) = parts.last() else { return url.query().is_some() };
        let is_list = parts[..parts.len().min(2)].iter().any(|part| NO_ARTICLES.contains(part));
        let kind = mime_guess::from_path(last).first_raw().unwrap_or("text/html");
        !is_list && (kind.starts_with("text/") || !last.contains('.')) && url.path().len() > 1
    }
}

fn is_furniture(node: &NodeRef<'_>) -> bool {
    node.ancestors_it(None).any(|around| {
        // The header of an article holds its headline.
        FURNITURE.iter().any(|name| around.has_name(name))
            && !around.ancestors_it(None).any(|outer| outer.has_name("article"))
    })
}

fn is_headline(node: &NodeRef<'_>) -> bool {
    one_line(&node.text()).split(' ').filter(|word| word.len() > 1).count() >= HEADLINE_WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(html: &str, rules: LinkRules<'_>) -> Result<Vec<String>, PageError> {
        let address = Url::parse("https://s.example/news/").expect("an address");
        links(html.as_bytes(), &address, None, rules)
    }

    const LIST: &str = "<base href='/latam/'><nav><h2><a href='/menu-one-two'>Menu</a></h2></nav>
        <main><article><header><h2><a href='flood#top'>Flood</a></h2></header>
        <a href='/tag/water/'>Water</a></article>
        <h3><a href=' /latam/flood '>Flood again</a></h3><a href='dam'><h3>Dam</h3></a>
        <h2><a href='https://other.example/x'>Far</a><a href='mailto:a@s.example'>Mail</a></h2>
        <h2><a href='//www.s.example/rain?p=1&amp;q=2'>Rain</a><a href='#x'>Top</a></h2>
        <h2><a href='/news/'>News</a></h2></main><footer><a href='/about'>About</a></footer>";

    #[test]
    fn headlines_are_found_without_a_selector() {
        assert_eq!(
            found(LIST, LinkRules::default()).expect("links"),
            [
                "https://s.example/latam/flood",
                "https://s.example/latam/dam",
                "https://www.s.example/rain?p=1&q=2"
            ]
        );
    }

    #[test]
    fn a_list_without_headlines_gives_the_links_that_read_like_some() {
        let html = "<main><ul><li><a href=/a>The river rose again today</a><li><a href=/b>Dams along \
                    the river hold</a><li><a href=/c>What the rain has brought</a>\
                    <li><a href=/d>More</a></ul></main>";
        let found = found(html, LinkRules::default()).expect("links");
        assert_eq!(found, ["https://s.example/a", "https://s.example/b", "https://s.example/c"]);
    }

    #[test]
    fn a_selector_names_links_or_what_holds_them() {
        let rules = LinkRules { selector: Some("article, h2 > a"), reach: Reach::Anywhere };
        assert_eq!(
            found(LIST, rules).expect("links"),
            [
                "https://s.example/menu-one-two",
                "https://s.example/latam/flood",
                "https://s.example/tag/water/",
                "https://other.example/x",
                "https://www.s.example/rain?p=1&q=2",
            ]
        );
    }

    #[test]
    fn a_bad_selector_is_named() {
        let rules = |selector| LinkRules { selector: Some(selector), ..LinkRules::default() };
        let said = |selector| found(LIST, rules(selector)).expect_err("an error").to_string();
        assert_eq!(said("a[[x"), "`a[[x` is no CSS selector");
        assert_eq!(said(".none"), "nothing on the page matches `.none`");
    }
}
