//! How an address answers: content type, encoding, redirects, validators, conditional requests.

use super::{
    document::DocumentKind,
    report::{Report, shown},
    rules,
};

/// An answer, as far as rules look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Whether it came over TLS.
    pub is_encrypted: bool,
    /// Whether it led from https to http.
    pub is_downgraded: bool,
    /// Redirects that were followed.
    pub redirects: usize,
    /// Where the address has moved for good.
    pub moved: Option<String>,
    /// The media type, in lower case.
    pub content_type: Option<String>,
    /// Its `charset`, in lower case.
    pub charset: Option<String>,
    /// Whether there is an `ETag` or a `Last-Modified`.
    pub has_validator: bool,
    /// What a second request came to that asked for changes alone; none if it was not made.
    pub repeated: Option<Repeated>,
    /// Whether it says how long it holds.
    pub has_lifetime: bool,
    /// Whether it may not be kept.
    pub is_no_store: bool,
    /// Whether it was compressed.
    pub is_compressed: bool,
    /// Whether a `Link` in the head names a hub.
    pub names_hub: bool,
    /// Whether one names the feed's own address.
    pub names_self: bool,
}

/// What a conditional request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeated {
    /// 304.
    NotModified,
    /// The same document again.
    Same,
    /// Another document.
    Changed,
}

const XML_TYPES: [&str; 2] = ["application/xml", "text/xml"];

/// `own` is the encoding that the document itself names.
pub(super) fn judge(
    exchange: &Exchange,
    kind: &DocumentKind,
    own: Option<&str>,
    report: &mut Report,
) {
    match exchange.content_type.as_deref() {
        None => report.add_whole(&rules::HTTP_TYPE_MISSING, ""),
        Some(named) => content_type(named, kind, report),
    }
    if let (Some(charset), Some(own)) = (exchange.charset.as_deref(), own)
        && !charset.eq_ignore_ascii_case(own)
    {
        let detail = format!("{} and {}", shown(charset), shown(own));
        report.add_whole(&rules::HTTP_CHARSET, detail);
    }
    let is_text = exchange.content_type.as_deref().is_some_and(|it| it.starts_with("text/"));
    if is_text && exchange.charset.is_none() {
        report.add_whole(&rules::HTTP_TEXT_XML, "");
    }
    if exchange.is_downgraded {
        report.add_whole(&rules::HTTP_DOWN, "");
    } else if !exchange.is_encrypted {
        report.add_whole(&rules::HTTP_PLAIN, "");
    }
    match &exchange.moved {
        Some(address) => report.add_whole(&rules::HTTP_MOVED, shown(address)),
        None if exchange.redirects > 0 => {
            report.add_whole(&rules::HTTP_REDIRECTS, format!("{} times", exchange.redirects));
        }
        None => {}
    }
    if !exchange.has_validator {
        report.add_whole(&rules::HTTP_NO_VALIDATOR, "");
    }
    if exchange.repeated == Some(Repeated::Same) {
        report.add_whole(&rules::HTTP_NOT_CONDITIONAL, "");
    }
    if exchange.is_no_store {
        report.add_whole(&rules::HTTP_NO_STORE, "");
    } else if !exchange.has_lifetime {
        report.add_whole(&rules::HTTP_CACHE, "");
    }
    if !exchange.is_compressed {
        report.add_whole(&rules::HTTP_UNCOMPRESSED, "");
    }
}

fn content_type(named: &str, kind: &DocumentKind, report: &mut Report) {
    let own: &[&str] = match kind {
        DocumentKind::Rss(_) => &["application/rss+xml"],
        DocumentKind::Rdf => &["application/rdf+xml", "application/rss+xml"],
        DocumentKind::Atom | DocumentKind::AtomEntry => &["application/atom+xml"],
        DocumentKind::JsonFeed => &["application/feed+json", "application/json"],
        DocumentKind::Opml => &["text/x-opml", "text/x-opml+xml", "application/xml+opml"],
        DocumentKind::Rsl => &["application/rsl+xml"],
        DocumentKind::Sitemap => &["application/xml", "text/xml"],
        DocumentKind::Unknown => return,
    };
    if own.contains(&named) {
        return;
    }
    match XML_TYPES.contains(&named) && *kind != DocumentKind::JsonFeed {
        true => report.add_whole(&rules::HTTP_TYPE_GENERAL, shown(named)),
        false => report.add_whole(&rules::HTTP_TYPE, shown(named)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(change: impl FnOnce(&mut Exchange)) -> Vec<&'static str> {
        let mut exchange = Exchange {
            is_encrypted: true,
            content_type: Some("application/rss+xml".to_owned()),
            charset: Some("utf-8".to_owned()),
            has_validator: true,
            repeated: Some(Repeated::NotModified),
            has_lifetime: true,
            is_compressed: true,
            ..Exchange::default()
        };
        change(&mut exchange);
        let mut report = Report::default();
        judge(&exchange, &DocumentKind::Rss("2.0".to_owned()), Some("utf-8"), &mut report);
        report.finish("").0.iter().map(|it| it.rule.id).collect()
    }

    #[test]
    fn an_answer_without_fault_has_none() {
        assert_eq!(found(|_| {}), [""; 0]);
    }

    #[test]
    fn each_fault_of_an_answer_is_found() {
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(found(|it| it.content_type = None), ["http/content-type-missing"]);
        assert_eq!(found(|it| it.content_type = named("text/html")), ["http/content-type"]);
        let general = found(|it| it.content_type = named("application/xml"));
        assert_eq!(general, ["http/content-type-general"]);
        assert_eq!(found(|it| it.charset = named("iso-8859-1")), ["http/charset-differs"]);
        let text = found(|it| (it.content_type, it.charset) = (named("text/xml"), None));
        assert_eq!(text, ["http/content-type-general", "http/charset-missing"]);
        assert_eq!(found(|it| it.is_encrypted = false), ["http/not-encrypted"]);
        assert_eq!(found(|it| it.is_downgraded = true), ["http/downgraded"]);
        assert_eq!(found(|it| it.redirects = 1), ["http/redirected"]);
        assert_eq!(found(|it| it.moved = named("https://a.example/")), ["http/moved"]);
        assert_eq!(found(|it| it.has_validator = false), ["http/validator-missing"]);
        let same = found(|it| it.repeated = Some(Repeated::Same));
        assert_eq!(same, ["http/conditional-ignored"]);
        assert_eq!(found(|it| it.is_no_store = true), ["http/no-store"]);
        assert_eq!(found(|it| it.has_lifetime = false), ["http/cache-control-missing"]);
        assert_eq!(found(|it| it.is_compressed = false), ["http/uncompressed"]);
    }
}
