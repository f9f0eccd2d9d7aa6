//! Addresses (RFC 3986, RFC 3987), tags (RFC 4151) and URNs (RFC 8141).

use std::sync::LazyLock;

use regex::Regex;

use crate::check::rules::{self, Rule};

/// What is asked of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Demand {
    /// A whole URI.
    Whole,
    /// A whole address; letters beyond ASCII may stand in it.
    WholeIri,
    /// A URI, whole or not.
    Reference,
    /// The same; letters beyond ASCII may stand in it.
    IriReference,
}

/// Schemes that are registered with IANA, as far as feeds know them.
const SCHEMES: &str = " aaa aaas acap acct cap cid crid data dav dict dns doi fax feed file ftp geo \
    git go gopher h323 http https iax icap im imap info ipfs ipns ipp iris irc ircs jabber ldap \
    ldaps magnet mailto maps matrix mid modem msrp msrps mtqp mupdate news nfs ni nntp \
    opaquelocktoken openid pop pres prospero rsync rtmp rtsp rtsps service sftp sgn shttp sip sips \
    skype sms snmp ssh stun svn tag tel telnet tftp thismessage tip tn tv udp urn vemmi view-source \
    wais webcal ws wss xmpp ";

static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"^tag:([a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(-\d\d(-\d\d)?)?:[0-9a-zA-Z;/?:@&=+$._!~*'()%,-]*(#[0-9a-zA-Z;/?:@&=+$._!~*'()%,-]*)?$",
    )
});
static URN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"^(?i:urn):[a-zA-Z0-9][a-zA-Z0-9-]{1,31}:([a-zA-Z0-9()+,.:=@;$_!*'/?&~#-]|%[0-9A-Fa-f]{2})+$",
    )
});
static UUID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"^(?i:urn:uuid):[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$",
    )
});
static HTTP: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"^(?i)https?://(([a-z0-9-]+\.)+[a-z0-9][a-z0-9-]*)(:\d+)?([/?#]|$)"));

pub(super) fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

pub(super) fn matches(regex: &LazyLock<Option<Regex>>, text: &str) -> bool {
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// What is wrong with an address, if anything is.
pub(in crate::check) fn judge(value: &str, demand: Demand) -> Option<&'static Rule> {
    use Demand::{IriReference, Reference, Whole, WholeIri};
    let wrong = match demand {
        Whole | WholeIri => &rules::ADDRESS_RELATIVE,
        Reference | IriReference => &rules::ADDRESS,
    };
    let scheme = value.split(':').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case("tag") {
        return (!matches(&TAG, value)).then_some(&rules::ADDRESS_TAG);
    }
    if scheme.eq_ignore_ascii_case("urn") {
        let is_uuid = value.get(..9).is_some_and(|it| it.eq_ignore_ascii_case("urn:uuid:"));
        let is_good = matches(if is_uuid { &UUID } else { &URN }, value);
        return (!is_good).then_some(&rules::ADDRESS_URN);
    }
    if value.bytes().any(|byte| byte.is_ascii() && !may_stand(byte)) && !is_ipv6(value) {
        return Some(&rules::ADDRESS_CHARACTER);
    }
    let has_scheme = value.contains(':') && is_scheme(scheme);
    let rest = if has_scheme { &value[scheme.len() + 1..] } else { value };
    let is_whole = has_scheme && !rest.trim_start_matches('/').is_empty();
    if matches!(demand, Whole | WholeIri) && !is_whole {
        return Some(wrong);
    }
    if !value.is_ascii() && matches!(demand, Whole | Reference) {
        return Some(&rules::ADDRESS_IRI);
    }
    // `1:x` and `:x` are neither a scheme nor a path.
    if !has_scheme && value.split(['/', '?', '#']).next().is_some_and(|it| it.contains(':')) {
        return Some(wrong);
    }
    if ["http", "https", "ftp"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) && has_scheme
    {
        let host = rest.strip_prefix("//").unwrap_or_default();
        return (host.is_empty() || host.starts_with('/')).then_some(wrong);
    }
    let is_word = scheme.bytes().all(|byte| byte.is_ascii_alphabetic());
    if has_scheme && is_word && !is_registered(scheme) {
        return Some(&rules::ADDRESS_SCHEME);
    }
    None
}

/// Whether it is a whole address of HTTP with a host that has a domain.
pub(in crate::check) fn is_http(value: &str) -> bool {
    matches(&HTTP, value) && value.bytes().all(may_stand)
}

fn is_registered(scheme: &str) -> bool {
    SCHEMES.contains(&format!(" {} ", scheme.to_ascii_lowercase()))
}

fn is_scheme(scheme: &str) -> bool {
    let goes_on = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|letter: char| letter.is_ascii_alphabetic()) && scheme.bytes().all(goes_on)
}

/// Whether its host is an address of IPv6, which has brackets.
fn is_ipv6(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("//[") else { return false };
    let Some((host, rest)) = rest.split_once(']') else { return false };
    let plain = |text: &str| text.bytes().all(|byte| !byte.is_ascii() || may_stand(byte));
    plain(scheme) && plain(rest) && host.bytes().all(|it| it.is_ascii_hexdigit() || it == b':')
}

/// Whether a character of ASCII may stand in an address.
pub(in crate::check) fn may_stand(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b";/?:@&=+$.-_!~*'()%,#".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_judged_by_what_is_asked_of_them() {
        let ids = |value: &str| {
            [Demand::Whole, Demand::Reference, Demand::IriReference]
                .map(|demand| judge(value, demand).map_or("", |rule| rule.id))
        };
        assert_eq!(ids("https://example.org/a?b=c#d"), [""; 3]);
        assert_eq!(ids("/a/b"), ["address/not-absolute", "", ""]);
        assert_eq!(ids(""), ["address/not-absolute", "", ""]);
        assert_eq!(ids("https://example.org/a b"), ["address/character"; 3]);
        assert_eq!(ids("https://example.org/é"), ["address/not-ascii", "address/not-ascii", ""]);
        assert_eq!(
            ids("http:///a"),
            ["address/not-absolute", "address/invalid", "address/invalid"]
        );
        assert_eq!(ids("http://[::1]:80/"), [""; 3]);
        assert_eq!(ids("tag:example.org,2026:a"), [""; 3]);
        assert_eq!(ids("tag:Example.org,2026:a"), ["address/tag"; 3]);
        assert_eq!(ids("urn:uuid:12"), ["address/urn"; 3]);
        assert_eq!(ids("urn:isbn:0451450523"), [""; 3]);
        assert_eq!(ids("nonsense:x"), ["address/scheme"; 3]);
    }

    #[test]
    fn addresses_of_http_have_a_domain() {
        assert!(is_http("https://example.org") && is_http("HTTP://a.example:80/x?y#z"));
        for bad in ["https://localhost/", "ftp://example.org/", "https://example.org/a b", "x"] {
            assert!(!is_http(bad), "{bad}");
        }
    }
}
