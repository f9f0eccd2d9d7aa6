//! Bytes → what kind of document it is → its findings.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;

use super::{
    article::Paper,
    encoding::{Decoded, decode},
    grammar::Inside,
    http::{self, Exchange},
    json, news_sitemap, polls,
    profile::{self, Profile},
    report::{Counts, Finding, Report, shown},
    rules,
    tree::{Tree, UNKNOWN},
    walk::{Around, Check, Format},
    xml,
};

/// Longer documents are not looked into.
pub const MAX_CHECK_BYTES: usize = 16 << 20;

const ATOM: &str = "http://www.w3.org/2005/Atom";

/// What is known of a document beside its bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints<'a> {
    /// Where it is served, or will be.
    pub address: Option<&'a Url>,
    /// The present; none: dates in the future are not looked for.
    pub now: Option<DateTime<Utc>>,
    /// Aggregators that are to take it.
    pub profiles: &'a [Profile],
    /// How its address answered, if it was asked.
    pub exchange: Option<&'a Exchange>,
    /// What the same address gave later.
    pub later: Option<&'a [u8]>,
}

/// What a document is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// RSS 0.91 to 2.0, with its version.
    Rss(String),
    /// RSS 0.90, 1.0 and 1.1.
    Rdf,
    /// A feed of Atom.
    Atom,
    /// A single entry of Atom.
    AtomEntry,
    /// JSON Feed.
    JsonFeed,
    /// A list of subscriptions.
    Opml,
    /// A sitemap, or an index of them.
    Sitemap,
    /// Licence terms (RSL); only their XML is checked.
    Rsl,
    /// Something else.
    Unknown,
}

impl DocumentKind {
    /// Its name for people.
    pub fn name(&self) -> String {
        match self {
            Self::Rss(version) => format!("RSS {version}"),
            Self::Rdf => "RSS 1.0".to_owned(),
            Self::Atom => "Atom 1.0".to_owned(),
            Self::AtomEntry => "Atom 1.0, an entry".to_owned(),
            Self::JsonFeed => "JSON Feed".to_owned(),
            Self::Opml => "OPML".to_owned(),
            Self::Sitemap => "sitemap".to_owned(),
            Self::Rsl => "RSL".to_owned(),
            Self::Unknown => "unknown".to_owned(),
        }
    }
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What it is.
    pub kind: DocumentKind,
    /// What was found, in the order of the document; what has no place comes first.
    pub findings: Vec<Finding>,
    /// How much was found, beyond [`super::MOST`] of a severity too.
    pub counts: Counts,
}

/// Checks a document.
pub fn check(bytes: &[u8], hints: &Hints<'_>) -> Checked {
    let mut report = Report::default();
    if bytes.len() > MAX_CHECK_BYTES {
        report.add_whole(&rules::XML_TOO_LARGE, format!("{} bytes", bytes.len()));
        return finish(DocumentKind::Unknown, report, "");
    }
    let charset = hints.exchange.and_then(|exchange| exchange.charset.as_deref());
    let (kind, text, own) = if is_json(bytes) {
        let (kind, text) = json::check(bytes, hints, &mut report);
        (kind, text, Some("utf-8".to_owned()))
    } else {
        let decoded = decode(bytes, charset, &mut report);
        let kind = check_xml(&decoded, bytes.len(), hints, &mut report);
        (kind, decoded.text, decoded.own)
    };
    if let Some(exchange) = hints.exchange {
        http::judge(exchange, &kind, own.as_deref(), &mut report);
    }
    finish(kind, report, &text)
}

fn finish(kind: DocumentKind, report: Report, text: &str) -> Checked {
    let (findings, counts) = report.finish(text);
    Checked { kind, findings, counts }
}

/// Whether it is meant as JSON.
fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

fn check_xml(
    Decoded { text, encoding, .. }: &Decoded,
    bytes: usize,
    hints: &Hints<'_>,
    report: &mut Report,
) -> DocumentKind {
    let mut tree = xml::parse(text, report);
    let kind = kind(&mut tree, report);
    let format = match kind {
        DocumentKind::Rss(_) => Format::Rss,
        DocumentKind::Rdf => Format::Rdf,
        DocumentKind::Atom | DocumentKind::AtomEntry => Format::Atom,
        DocumentKind::Opml => Format::Opml,
        DocumentKind::Sitemap => {
            news_sitemap::check(&tree, hints, report);
            profile::judge_sitemap(&tree, hints, report);
            return kind;
        }
        DocumentKind::JsonFeed | DocumentKind::Rsl | DocumentKind::Unknown => return kind,
    };
    let version = match &kind {
        DocumentKind::Rss(version) => version.clone(),
        _ => String::new(),
    };
    let mut check = Check {
        tree: &tree,
        hints,
        report,
        format,
        version,
        encoding,
        seen: HashSet::new(),
        repeated_ids: 0,
        is_podcast: false,
        around: Around::default(),
    };
    match kind {
        DocumentKind::Rss(_) => check.rss(0),
        DocumentKind::Rdf => check.rdf(0),
        DocumentKind::Atom => check.atom(0, Inside::Feed),
        DocumentKind::AtomEntry => check.atom(0, Inside::Entry),
        _ => check.opml(0),
    }
    let paper = Paper { tree: &tree, format, encoding, bytes };
    profile::judge(&paper, hints, report);
    if let Some(later) = hints.later {
        compare(&paper, later, report);
    }
    kind
}

/// Holds a document against what its address gave later; what is wrong with that is no matter.
fn compare(paper: &Paper<'_, '_>, later: &[u8], report: &mut Report) {
    if later.len() > MAX_CHECK_BYTES {
        return;
    }
    let mut unsaid = Report::default();
    let Decoded { text, encoding, .. } = &decode(later, None, &mut unsaid);
    let mut tree = xml::parse(text, &mut unsaid);
    let format = match kind(&mut tree, &mut unsaid) {
        DocumentKind::Rss(_) => Format::Rss,
        DocumentKind::Atom => Format::Atom,
        _ => return,
    };
    let later = Paper { tree: &tree, format, encoding, bytes: later.len() };
    polls::judge(paper, &later, report);
}

/// What the outermost element says the document is. Names that are in a wrong namespace, or in
/// none, are put where they belong, so that the rest can be checked.
fn kind(tree: &mut Tree<'_>, report: &mut Report) -> DocumentKind {
    let Some(root) = tree.root() else { return DocumentKind::Unknown };
    let (at, prefix, local, written) = (root.at, root.prefix, root.local, root.written);
    if prefix == "atom" && &*root.namespace != ATOM {
        report.add(&rules::NAMESPACE_WRONG, at, shown(&root.namespace));
    }
    let version = root.value("version").map(|it| it.chars().take(8).collect::<String>());
    match (prefix, local) {
        ("", "rss") => {}
        (_, "rss") => {
            report.add(&rules::NAMESPACE_WRONG, at, shown(&root.namespace));
            adopt(tree, "");
        }
        ("rdf", "RDF") | ("rss11", "Channel") => {
            for element in &mut tree.elements {
                if matches!(element.prefix, "rss1" | "rss090" | "rss11") {
                    element.prefix = "";
                }
            }
            return DocumentKind::Rdf;
        }
        ("atom", "feed") => return DocumentKind::Atom,
        ("atom", "entry") => return DocumentKind::AtomEntry,
        ("atom03", _) => {
            report.add(&rules::NAMESPACE_OBSOLETE, at, "");
            return DocumentKind::Unknown;
        }
        (_, "feed" | "entry") => {
            match &*root.namespace {
                "" => report.add(&rules::NAMESPACE_MISSING, at, ""),
                "http://example.com/newformat#" => report.add(&rules::NAMESPACE_OBSOLETE, at, ""),
                other => report.add(&rules::NAMESPACE_WRONG, at, shown(other)),
            }
            adopt(tree, "atom");
            return match local {
                "feed" => DocumentKind::Atom,
                _ => DocumentKind::AtomEntry,
            };
        }
        ("", "opml" | "outlineDocument") => return DocumentKind::Opml,
        ("sitemap", "urlset" | "sitemapindex") => return DocumentKind::Sitemap,
        ("rsl", "rsl") => return DocumentKind::Rsl,
        _ => {
            report.add(&rules::ROOT_UNKNOWN, at, format!("<{written}>"));
            return DocumentKind::Unknown;
        }
    }
    DocumentKind::Rss(version.unwrap_or_else(|| "2.0".to_owned()))
}

/// Takes all that is in the namespace of the outermost element for the format's own.
fn adopt(tree: &mut Tree<'_>, prefix: &'static str) {
    let Some(namespace) = tree.root().map(|root| root.namespace.clone()) else { return };
    for element in &mut tree.elements {
        let is_own = element.namespace == namespace;
        if is_own && (!namespace.is_empty() || element.prefix != UNKNOWN) {
            element.prefix = prefix;
        }
    }
}
