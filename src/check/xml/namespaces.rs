//! Namespaces: prefixes → vocabularies, and what is odd about a declaration.
//!
//! # Limits
//! - At most 256 are in force at once; the others count as unknown.

use std::{collections::HashMap, rc::Rc, sync::LazyLock};

use super::super::{
    report::{Report, shown},
    rules::{self, Severity},
    tree::UNKNOWN,
    values::address::{self, Demand},
};

const MOST: usize = 256;

/// Vocabularies and their usual prefixes.
const KNOWN: &[(&str, &str)] = &[
    ("http://www.bloglines.com/about/specs/fac-1.0", "access"),
    ("http://webns.net/mvcb/", "admin"),
    ("http://purl.org/rss/1.0/modules/aggregation/", "ag"),
    ("http://purl.org/rss/1.0/modules/annotate/", "annotate"),
    ("http://www.w3.org/2007/app", "app"),
    ("http://media.tangent.org/rss/1.0/", "audio"),
    ("http://backend.userland.com/blogChannelModule", "blogChannel"),
    ("http://web.resource.org/cc/", "cc"),
    ("http://www.microsoft.com/schemas/rss/core/2005", "cf"),
    ("http://purl.org/rss/1.0/modules/company", "company"),
    ("http://purl.org/rss/1.0/modules/content/", "content"),
    ("http://conversationsnetwork.org/rssNamespace-1.0/", "conversationsNetwork"),
    ("http://my.theinfo.org/changed/1.0/rss/", "cp"),
    ("http://backend.userland.com/creativeCommonsRssModule", "creativeCommons"),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://purl.org/dc/terms/", "dcterms"),
    ("http://purl.org/rss/1.0/modules/email/", "email"),
    ("http://purl.org/rss/1.0/modules/event/", "ev"),
    ("http://rssnamespace.org/feedburner/ext/1.0", "feedburner"),
    ("http://purl.org/syndication/history/1.0", "fh"),
    ("http://xmlns.com/foaf/0.1/", "foaf"),
    ("http://base.google.com/ns/1.0", "g"),
    ("http://www.w3.org/2003/01/geo/wgs84_pos#", "geo"),
    ("http://geourl.org/rss/module/", "geourl"),
    ("http://www.georss.org/georss", "georss"),
    ("http://www.opengis.net/gml", "gml"),
    ("http://postneo.com/icbm", "icbm"),
    ("http://purl.org/rss/1.0/modules/image/", "image"),
    ("urn:atom-extension:indexing", "indexing"),
    ("http://www.itunes.com/dtds/podcast-1.0.dtd", "itunes"),
    ("http://earth.google.com/kml/2.0", "kml20"),
    ("http://earth.google.com/kml/2.1", "kml21"),
    ("http://www.opengis.net/kml/2.2", "kml22"),
    ("http://purl.org/rss/1.0/modules/link/", "l"),
    ("http://www.w3.org/1998/Math/MathML", "mathml"),
    ("http://search.yahoo.com/mrss/", "media"),
    ("http://openid.net/xmlns/1.0", "openid"),
    ("http://a9.com/-/spec/opensearch/1.1/", "opensearch"),
    ("http://a9.com/-/spec/opensearchrss/1.0/", "opensearch10"),
    ("http://www.opml.org/spec2", "opml"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("http://www.w3.org/2000/01/rdf-schema#", "rdfs"),
    ("http://purl.org/rss/1.0/modules/reference/", "ref"),
    ("http://purl.org/rss/1.0/modules/richequiv/", "reqv"),
    ("http://my.netscape.com/rdf/simple/0.9/", "rss090"),
    ("http://purl.org/rss/1.0/modules/rss091#", "rss091"),
    ("http://purl.org/rss/1.0/", "rss1"),
    ("http://purl.org/net/rss1.1#", "rss11"),
    ("http://purl.org/rss/1.0/modules/search/", "search"),
    ("http://purl.org/rss/1.0/modules/slash/", "slash"),
    ("http://schemas.xmlsoap.org/soap/envelope/", "soap"),
    ("http://purl.org/rss/1.0/modules/servicestatus/", "ss"),
    ("http://hacks.benhammersley.com/rss/streaming/", "str"),
    ("http://purl.org/rss/1.0/modules/subscription/", "sub"),
    ("http://www.w3.org/2000/svg", "svg"),
    ("http://feedsync.org/2007/feedsync", "sx"),
    ("http://purl.org/rss/1.0/modules/syndication/", "sy"),
    ("http://purl.org/rss/1.0/modules/taxonomy/", "taxo"),
    ("http://purl.org/syndication/thread/1.0", "thr"),
    ("http://purl.org/rss/1.0/modules/threading/", "thr"),
    ("http://madskills.com/public/xml/rss/module/trackback/", "trackback"),
    ("http://wellformedweb.org/CommentAPI/", "wfw"),
    ("http://purl.org/rss/1.0/modules/wiki/", "wiki"),
    ("http://www.usemod.com/cgi-bin/mb.pl?ModWiki", "wiki"),
    ("http://www.w3.org/1999/xhtml", "xhtml"),
    ("http://www.w3.org/1999/xlink", "xlink"),
    ("http://www.w3.org/XML/1998/namespace", "xml"),
    ("xri://$xrd*($v*2.0)", "xrd"),
    ("xri://$xrds", "xrds"),
    ("http://www.w3.org/2005/Atom", "atom"),
    ("http://purl.org/atom/ns#", "atom03"),
    // What follows is ours to know: the W3C feed validator does not.
    ("http://purl.org/atompub/tombstones/1.0", "at"),
    ("http://webfeeds.org/rss/1.0", "webfeeds"),
    ("http://www.smartnews.be/snf", "snf"),
    ("http://schemas.ingestion.microsoft.com/common/", "mi"),
    ("https://rslstandard.org/rsl", "rsl"),
    ("http://source.scripting.com/", "source"),
    ("http://www.sitemaps.org/schemas/sitemap/0.9", "sitemap"),
    ("http://www.google.com/schemas/sitemap-news/0.9", "news"),
    ("http://www.google.com/schemas/sitemap-image/1.1", "imagemap"),
];

/// Vocabularies that are known and not checked.
const UNCHECKED: [&str; 6] = [
    "http://schemas.google.com/g/2005",
    "http://www.rawvoice.com/rawvoiceRssModule/",
    "https://schema.org/",
    "http://schema.org/",
    "https://podcastindex.org/namespace/1.0",
    "https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
];

/// The address of Media RSS as many write it.
const MEDIA_WITHOUT_SLASH: &str = "http://search.yahoo.com/mrss";

static BY_ADDRESS: LazyLock<HashMap<String, &str>> =
    LazyLock::new(|| KNOWN.iter().map(|(address, prefix)| (near(address), *prefix)).collect());

/// An address as far as nearly all readers compare it: a last `/` or `#` and capitals left out.
fn near(address: &str) -> String {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    address.trim_end_matches(|letter| !is_word(letter)).to_lowercase()
}

/// What an odd declaration may mean depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Atom,
    Other,
}

/// A declaration of a namespace.
pub(super) struct Declaration<'d> {
    /// Empty for the default namespace.
    pub(super) prefix: &'d str,
    pub(super) address: &'d str,
    /// Elements around the one that it stands on.
    pub(super) depth: usize,
    pub(super) at: usize,
    pub(super) family: Family,
}

/// What prefixes mean at a place in the document.
#[derive(Default)]
pub(super) struct Scope {
    /// Prefix, vocabulary, address, depth.
    declared: Vec<(String, &'static str, Rc<str>, usize)>,
}

impl Scope {
    /// What a prefix means; empty: the default namespace.
    pub(super) fn find(&self, prefix: &str) -> Option<(&'static str, Rc<str>)> {
        if prefix == "xml" {
            return Some(("xml", Rc::from("")));
        }
        let found = self.declared.iter().rev().find(|(other, ..)| other == prefix)?;
        Some((found.1, Rc::clone(&found.2)))
    }

    /// Forgets what was declared on an element that ended.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|(.., declared)| *declared >= depth) {
            self.declared.pop();
        }
    }

    /// Takes in a declaration.
    pub(super) fn declare(&mut self, declared: &Declaration<'_>, report: &mut Report) {
        judge(declared, report);
        let Declaration { prefix, address, depth, .. } = *declared;
        if self.declared.len() < MOST {
            let space = match address {
                "" => "",
                _ => BY_ADDRESS.get(&near(address)).copied().unwrap_or(UNKNOWN),
            };
            self.declared.push((prefix.to_owned(), space, Rc::from(address), depth));
        }
    }
}

fn judge(declared: &Declaration<'_>, report: &mut Report) {
    let Declaration { prefix, address, at, family, .. } = *declared;
    if address.split_whitespace().count() > 1 {
        report.add(&rules::XML_NAMESPACE, at, shown(address));
        return;
    }
    let known = KNOWN.iter().find(|(known, _)| *known == address).map(|(_, usual)| *usual);
    let avoided = |prefix: &str| ["atom", "xhtml"].contains(&prefix) && family == Family::Atom;
    let is_usual = KNOWN.iter().any(|(_, usual)| *usual == prefix);
    if is_usual {
        if address == MEDIA_WITHOUT_SLASH {
            report.add(&rules::MEDIA_NAMESPACE, at, "");
        } else if known != Some(prefix) {
            report.add(&rules::NS_RESERVED, at, shown(prefix));
        } else if prefix == "wiki" && address.contains("usemod") {
            report.add(&rules::WIKI_NAMESPACE, at, shown(address));
        } else if avoided(prefix) {
            report.add(&rules::ATOM_PREFIX, at, shown(prefix));
        }
    } else if let Some(usual) = known {
        if !prefix.is_empty() {
            report.add(&rules::NS_UNUSUAL, at, format!("{} instead of `{usual}`", shown(prefix)));
            if avoided(usual) {
                report.add(&rules::ATOM_PREFIX, at, shown(prefix));
            }
        }
    } else if address == MEDIA_WITHOUT_SLASH {
        report.add(&rules::MEDIA_NAMESPACE, at, "");
    } else if UNCHECKED.contains(&address) {
        report.add(&rules::NS_UNSUPPORTED, at, shown(address));
    } else if address::judge(address, Demand::IriReference)
        .is_some_and(|rule| rule.severity == Severity::Error)
    {
        report.add(&rules::XML_NAMESPACE, at, shown(address));
    } else if !address.is_empty() && address != "http://example.com/newformat#" {
        report.add(&rules::NS_UNKNOWN, at, shown(address));
    }
}
