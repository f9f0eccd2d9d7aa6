//! RSL 1.0 (<https://rslstandard.org>, RSL-SPEC-1.0): what programs may do with stories, as a document
//! of its own and as an element of RSS items.
//!
//! # Promises
//! - Nothing is said of what others own: a story that came from elsewhere, or whose rights are
//!   someone else's, has no terms, nor has a notice in the place of a story.
//! - The document depends on settings alone: no story and no build changes its bytes.
//! - A `*` or `$` of an address means itself, not what it means in robots.txt (RFC 9309 §2.2.3).
//!
//! # Limits
//! - `content` names addresses, and those begin with what it names: stories of a section that lie
//!   elsewhere on the site have its terms in RSS alone.
//! - §4.7 has items at the feed's own origin. Site and feeds folder count as one here, whichever
//!   hosts they are at.

use url::Url;

use crate::{
    feed::{Entry, FeedDocument},
    story::{Bearing, Licensing, SectionPath, Site, Terms},
};

use super::xml::{self, Element, owned};

pub(super) const PREFIX: &str = "rsl";

/// The bytes of `license.xml`; none where there are no terms.
pub fn license(site: &Site) -> Option<Vec<u8>> {
    if site.rsl.is_empty() {
        return None;
    }
    let mut line = format!("<rsl xmlns=\"{}\">", Licensing::NAMESPACE);
    for (address, terms) in places(site) {
        let mut content = content(&address, terms);
        // Who holds the rights (§3.16): a name, where `copyright` of the site is a sentence.
        content.children.push(text("rsl:copyright", &site.title));
        push(&content, &mut line);
    }
    line.push_str("</rsl>");
    Some(format!("{}\n{}\n", xml::DECLARATION, xml::indented(&line)).into_bytes())
}

/// What holds where: on the site, and in the feeds folder where that lies elsewhere.
fn places(site: &Site) -> Vec<(String, &Terms)> {
    let mut places = Vec::new();
    let has_folder = !is_below(&site.feeds_url, &site.url);
    for base in [Some(&site.url), has_folder.then_some(&site.feeds_url)].into_iter().flatten() {
        places.extend(site.rsl.site.iter().map(|terms| (pattern(base), terms)));
        for (path, section) in &site.rsl.sections {
            let page = section.page.as_deref().and_then(|page| Url::parse(page).ok());
            let page = page.filter(|page| is_below(page, base));
            let address = match page.or_else(|| base.join(&format!("{path}/")).ok()) {
                Some(address) => pattern(&address),
                None => continue,
            };
            places.push((address, &section.terms));
        }
    }
    places
}

/// `rsl:content` of an item (§4.7); none where nothing holds for it.
pub(super) fn item(document: &FeedDocument, entry: &Entry) -> Option<Element> {
    let site = document.site;
    if site.rsl.is_empty() || !is_own(site, entry) {
        return None;
    }
    let url = Url::parse(&entry.url).ok().filter(|url| is_of(site, url))?;
    let main = entry.categories.iter().find(|category| category.section_title.is_some());
    let section = main.and_then(|category| category.term.parse::<SectionPath>().ok());
    Some(content(&pattern(&url), site.rsl.of(section.as_ref())?))
}

/// Whether the rights are the site's.
fn is_own(site: &Site, entry: &Entry) -> bool {
    let comes_from_here = entry.origin.as_ref().is_none_or(|origin| {
        let home = origin.home.as_deref().unwrap_or(&origin.url);
        Url::parse(home).is_ok_and(|home| is_at(&home, &site.url))
    });
    let rights = entry.rights.as_deref().map(str::trim);
    let are_here = rights.is_none_or(|rights| rights.is_empty() || Some(rights) == notice(site));
    comes_from_here && are_here && entry.withdrawn.is_none()
}

fn notice(site: &Site) -> Option<&str> {
    site.copyright.as_deref().map(str::trim)
}

/// Whether an address is that of a story here. What leads to the site itself is none: its terms
/// would be those of all that lies there.
fn is_of(site: &Site, url: &Url) -> bool {
    let is_root = |base: &Url| url.path() == base.path() && url.query().is_none();
    let bases = [&site.url, &site.feeds_url];
    bases.iter().any(|base| is_at(url, base)) && !bases.iter().any(|base| is_root(base))
}

fn is_at(url: &Url, base: &Url) -> bool {
    url.host_str() == base.host_str() && url.port() == base.port()
}

fn is_below(url: &Url, base: &Url) -> bool {
    is_at(url, base) && url.path().starts_with(base.path())
}

/// An address as `content` names it, and all that begins with it.
fn pattern(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    url.as_str().replace('*', "%2A").replace('$', "%24")
}

/// `content` (§3.3), with its elements in the order in which the feed crates put them: by name.
fn content(url: &str, terms: &Terms) -> Element {
    let mut attributes = vec![("url", owned(url))];
    attributes.extend(terms.server.iter().map(|server| ("server", owned(server))));
    let mut children = vec![license_of(terms)];
    children.extend(terms.terms.iter().map(|address| text("rsl:terms", address)));
    Element { attributes, children, ..named("rsl:content") }
}

fn license_of(terms: &Terms) -> Element {
    let mut children: Vec<Element> = payment(terms).into_iter().collect();
    for (name, tokens) in [("rsl:permits", &terms.permits), ("rsl:prohibits", &terms.prohibits)] {
        for bearing in Bearing::ALL {
            let of_it = tokens.iter().filter(|token| token.bearing() == bearing);
            let names: Vec<_> = of_it.map(|token| token.name()).collect();
            if !names.is_empty() {
                let attributes = vec![("type", bearing.name().to_owned())];
                children.push(Element { attributes, ..text(name, &names.join(" ")) });
            }
        }
    }
    Element { children, ..named("rsl:license") }
}

/// `payment` (§3.7).
fn payment(terms: &Terms) -> Option<Element> {
    let amount = terms.amount.iter().map(|amount| Element {
        attributes: vec![("currency", amount.currency.to_owned())],
        ..text("rsl:amount", &amount.value)
    });
    let custom = terms.custom.iter().map(|address| text("rsl:custom", address));
    let standard = terms.standard.iter().map(|address| text("rsl:standard", address));
    let children: Vec<Element> = amount.chain(custom).chain(standard).collect();
    let kind = terms.payment.map(|payment| ("type", payment.name().to_owned()));
    let is_said = kind.is_some() || !children.is_empty();
    is_said.then(|| Element {
        attributes: kind.into_iter().collect(),
        // An element without others in it is written as an empty one.
        text: children.is_empty().then(String::new),
        children,
        ..named("rsl:payment")
    })
}

fn named(name: &'static str) -> Element {
    Element { name, ..Element::default() }
}

fn text(name: &'static str, value: &str) -> Element {
    Element { text: Some(owned(value)), ..named(name) }
}

/// Writes an element without its prefix: the document's own elements have none (§2.2).
fn push(element: &Element, line: &mut String) {
    let name = element.name.trim_start_matches("rsl:");
    line.push('<');
    line.push_str(name);
    for (key, value) in &element.attributes {
        line.push_str(&format!(" {key}=\"{}\"", xml::escaped(value)));
    }
    let words = element.text.as_deref().unwrap_or_default();
    if words.is_empty() && element.children.is_empty() {
        line.push_str("/>");
        return;
    }
    line.push('>');
    line.push_str(&xml::escaped(words));
    for child in &element.children {
        push(child, line);
    }
    line.push_str(&format!("</{name}>"));
}

#[cfg(test)]
mod tests {
    use quick_xml::{Reader, events::Event};

    use super::*;
    use crate::{
        format::fixture::{self, Fixture, HOSTILE, HOSTILE_LEGAL},
        story::{Allowance, Amount, Payment, SectionTerms},
    };

    fn tokens(names: &str) -> Vec<Allowance> {
        names.split(' ').map(|name| Allowance::named(name).expect("a token")).collect()
    }

    fn terms() -> Terms {
        Terms {
            permits: tokens("search non-commercial ai-index BR"),
            prohibits: tokens("ai-train"),
            payment: Some(Payment::Crawl),
            amount: Amount::parse("0.015 USD"),
            custom: Some("https://www.harbour.example/licence?a=1&b=2".into()),
            terms: Some("https://www.harbour.example/terms/".into()),
            server: Some("https://rsl.harbour.example/".into()),
            ..Terms::default()
        }
    }

    fn free() -> Terms {
        Terms { payment: Some(Payment::Free), ..Terms::default() }
    }

    fn section(site: &mut Site, path: &str, page: Option<&str>) {
        let page = page.map(str::to_owned);
        let path = path.parse().expect("a section");
        site.rsl.sections.insert(path, SectionTerms { terms: free(), page });
    }

    fn licensed() -> Site {
        let mut site = fixture::site();
        site.rsl.site = Some(terms());
        site
    }

    fn written(site: &Site) -> String {
        String::from_utf8(license(site).expect("terms")).expect("UTF-8")
    }

    /// An element: its name, the value of its first attribute, its text.
    type Read = (String, String, String);

    /// The elements of a document, as a parser that isn't ours reads them.
    fn read(text: &str) -> Vec<Read> {
        let mut reader = Reader::from_str(text);
        let mut elements: Vec<Read> = Vec::new();
        let decoded = |text: &str| html_escape::decode_html_entities(text).into_owned();
        loop {
            let words = match reader.read_event().expect("XML") {
                Event::Start(tag) | Event::Empty(tag) => {
                    let first = tag.attributes().next().map(|it| it.expect("an attribute"));
                    let first = first.map(|it| decoded(&it.value)).unwrap_or_default();
                    elements.push((tag.name().as_ref().to_owned(), first, String::new()));
                    continue;
                }
                Event::Text(words) => words.to_string(),
                Event::GeneralRef(name) => decoded(&format!("&{};", &*name)),
                Event::Eof => return elements,
                _ => continue,
            };
            elements.last_mut().into_iter().for_each(|it| it.2.push_str(&words));
        }
    }

    /// The addresses of `content`.
    fn addresses(site: &Site) -> Vec<String> {
        let elements = read(&written(site)).into_iter();
        elements.filter(|(name, _, _)| name == "content").map(|it| it.1).collect()
    }

    #[test]
    fn the_document_says_what_holds_where_for_whom_and_for_what() {
        let mut site = licensed();
        site.feeds_url = site.url.join("feeds/").expect("an address");
        section(&mut site, "harbour", None);
        assert_eq!(
            written(&site),
            r#"<?xml version="1.0" encoding="utf-8"?>
<rsl xmlns="https://rslstandard.org/rsl">
  <content url="https://www.harbour.example/" server="https://rsl.harbour.example/">
    <license>
      <payment type="crawl">
        <amount currency="USD">0.015</amount>
        <custom>https://www.harbour.example/licence?a=1&amp;b=2</custom>
      </payment>
      <permits type="usage">search ai-index</permits>
      <permits type="user">non-commercial</permits>
      <permits type="geo">BR</permits>
      <prohibits type="usage">ai-train</prohibits>
    </license>
    <terms>https://www.harbour.example/terms/</terms>
    <copyright>Harbour Post</copyright>
  </content>
  <content url="https://www.harbour.example/harbour/">
    <license>
      <payment type="free"/>
    </license>
    <copyright>Harbour Post</copyright>
  </content>
</rsl>
"#
        );
    }

    #[test]
    fn a_section_is_named_by_its_page_on_the_site_and_feeds_elsewhere_by_themselves() {
        let mut site = licensed();
        section(&mut site, "harbour", Some("https://www.harbour.example/quays/*$/?a=1#top"));
        section(&mut site, "town", Some("https://town.example/"));
        assert_eq!(
            addresses(&site),
            [
                "https://www.harbour.example/",
                "https://www.harbour.example/quays/%2A%24/?a=1",
                "https://www.harbour.example/town/",
                "https://feeds.harbour.example/",
                "https://feeds.harbour.example/harbour/",
                "https://feeds.harbour.example/town/",
            ]
        );
        site.rsl.site = None;
        assert_eq!(addresses(&site).len(), 4);
        assert_eq!(license(&fixture::site()), None);
    }

    #[test]
    fn hostile_words_stay_words() {
        let mut site = licensed();
        site.title = HOSTILE.into();
        let elements = read(&written(&site));
        let mut holders = elements.iter().filter(|(name, _, _)| name == "copyright");
        assert_eq!(holders.next().expect("a holder").2.trim_end(), HOSTILE_LEGAL.trim_end());
        let names = "content license payment amount custom permits permits permits prohibits terms copyright";
        let read: Vec<_> = elements[1..12].iter().map(|it| it.0.as_str()).collect();
        assert_eq!(read.join(" "), names);
        assert_eq!(elements.len(), 23);
    }

    #[test]
    fn an_item_has_the_terms_of_its_story_and_anothers_has_none() {
        let mut fixture = Fixture::full();
        fixture.site.rsl.site = Some(terms());
        section(&mut fixture.site, "harbour", None);
        let url = |element: Option<Element>| element.map(|it| it.attributes[0].1.clone());
        let document = fixture.document();
        let (foreign, own) = (&document.entries[0], &document.entries[1]);
        assert_eq!(item(&document, foreign), None, "it came from a wire");
        let element = item(&document, own).expect("terms");
        assert_eq!(element.children[0].children[0].attributes, [("type", "free".to_owned())]);
        assert_eq!(url(Some(element)).as_deref(), Some(own.url.as_str()));

        let of = |change: &dyn Fn(&mut Entry)| {
            let mut entry = own.clone();
            change(&mut entry);
            url(item(&document, &entry))
        };
        assert_eq!(of(&|it| it.rights = Some("© 2026 Coast Wire".into())), None);
        assert!(of(&|it| it.rights = fixture.site.copyright.clone()).is_some());
        assert_eq!(of(&|it| it.url = "https://coast.example/ferry/".into()), None);
        assert_eq!(of(&|it| it.url = "https://www.harbour.example/".into()), None);
        assert_eq!(of(&|it| it.withdrawn = Some(it.published)), None);
        assert!(of(&|it| it.url = "https://feeds.harbour.example/a/".into()).is_some());
        let from = |home: &str| {
            let home = Some(home.to_owned());
            move |it: &mut Entry| {
                it.origin = foreign.origin.clone();
                it.origin.as_mut().into_iter().for_each(|it| it.home.clone_from(&home));
            }
        };
        assert_eq!(of(&from("https://coast.example/")), None);
        assert!(of(&from("https://www.harbour.example/")).is_some(), "our own CMS");
    }
}
