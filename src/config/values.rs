//! Single values: from a text as written to a value that can be relied on, or a fault.

use std::str::FromStr;

use chrono_tz::{TZ_VARIANTS, Tz};
use url::Url;

use super::{
    fault::meant,
    spot::{Faults, Spot},
};
use crate::story::{FeedPath, Language, SectionPath};

/// One line of text without control characters.
pub(super) fn text(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<String> {
    if written.trim().contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        faults.add_key(at, "has more than one line", "write it in one line");
        return None;
    }
    let legal = |letter: &char| !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}');
    let clean: String = written.trim().replace('\t', " ").chars().filter(legal).collect();
    if clean.is_empty() {
        faults.add_key(at, "is empty", "write a text, or remove the key");
        return None;
    }
    Some(clean)
}

/// A colour as six hexadecimal digits.
pub(super) fn color(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let digits = written.trim().trim_start_matches('#');
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(digits.to_ascii_uppercase());
    }
    let fix = "write six hexadecimal digits, such as `0B5FA5`";
    faults.add_key(at, &format!("`{written}` is no colour"), fix);
    None
}

/// An absolute http or https address without credentials; its text is ASCII.
pub(super) fn address(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Url> {
    let written = written.trim();
    let problem = match Url::parse(written) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || !written.contains("://") => {
            "is no http or https address"
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            faults.add_key(at, "holds a name or password", "write the address without them");
            return None;
        }
        Ok(url) => return Some(url),
        Err(_) => "is no absolute address",
    };
    let guess = Some(format!("https://{}", written.trim_start_matches('/')));
    let guess = guess.filter(|guess| {
        !written.contains(':')
            && Url::parse(guess).is_ok_and(|url| url.domain().is_some_and(dotted))
    });
    let fix = match guess {
        Some(guess) => format!("write the whole address, such as `{guess}`"),
        None => "write the whole address, such as `https://www.example.com/`".to_owned(),
    };
    faults.add_key(at, &format!("`{written}` {problem}"), fix);
    None
}

fn dotted(domain: &str) -> bool {
    domain.contains('.')
}

/// An address under which others lie: it ends in `/` and has neither query nor fragment.
pub(super) fn base_address(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Url> {
    let mut url = address(written, at, faults)?;
    if url.query().is_some() || url.fragment().is_some() {
        let what = format!("`{}` has a query or fragment", written.trim());
        faults.add_key(at, &what, "write it without what follows `?` or `#`");
        return None;
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Some(url)
}

pub(super) fn language(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Language> {
    let parsed = written.parse().ok();
    if parsed.is_none() {
        let what = format!("`{written}` is no language tag");
        faults.add_key(at, &what, "write one such as `en`, `es` or `pt-BR`");
    }
    parsed
}

pub(super) fn languages(
    written: Option<&Vec<String>>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<Vec<Language>> {
    let all = written?.iter().enumerate();
    let mut read = Vec::new();
    for language in all.filter_map(|(index, tag)| language(tag, &at.item(index), faults)) {
        if !read.contains(&language) {
            read.push(language);
        }
    }
    Some(read)
}

pub(super) fn time_zone(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Tz> {
    let parsed = Tz::from_str(written.trim()).ok();
    if parsed.is_none() {
        let fix = match meant(written.trim(), TZ_VARIANTS.iter().map(|zone| zone.name())) {
            Some(zone) => format!("did you mean `{zone}`?"),
            None => "write a name of the IANA time zones, such as `America/Bogota`".to_owned(),
        };
        faults.add_key(at, &format!("`{written}` is no time zone"), fix);
    }
    parsed
}

pub(super) fn section(
    written: &str,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<SectionPath> {
    path(written, "a section", at, faults)
}

pub(super) fn feed(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<FeedPath> {
    path(written, "a feed path", at, faults)
}

fn path<T: FromStr>(
    written: &str,
    kind: &str,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Option<T> {
    let parsed = written.parse().ok();
    if parsed.is_none() {
        let what = format!("`{written}` is not {kind}");
        faults.add_key(at, &what, "write one such as `latam/security`, without `.` and `..`");
    }
    parsed
}

/// A mail address with a name, as RSS wants it: `desk@example.com (Desk)`.
pub(super) fn mailbox(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let clean = text(written, at, faults)?;
    let parts =
        clean.split_once(" (").and_then(|(mail, name)| Some((mail, name.strip_suffix(')')?)));
    let is_mail = |mail: &str| {
        let (user, host) = mail.split_once('@').unwrap_or_default();
        !user.is_empty() && !host.is_empty() && !mail.contains([' ', '<', '>', '(', ')'])
    };
    if parts.is_some_and(|(mail, name)| is_mail(mail) && !name.trim().is_empty()) {
        return Some(clean);
    }
    let turned =
        clean.split_once('<').map(|(name, mail)| (name.trim(), mail.trim_end_matches('>')));
    let fix = match turned {
        Some((name, mail)) if is_mail(mail) && !name.is_empty() => {
            format!("write `{mail} ({name})`")
        }
        _ if is_mail(&clean) => format!("add the name: `{clean} (Name)`"),
        _ => "write it as `desk@example.com (Name)`".to_owned(),
    };
    faults.add_key(at, &format!("`{clean}` is no mail address with a name"), fix);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixes(read: impl Fn(&Spot<'_>, &mut Faults<'_>)) -> Vec<String> {
        let root = toml::de::DeValue::Boolean(true);
        let mut faults = Faults::new("config.toml", "", Vec::new());
        read(&Spot::root(&root).key("site").key("x"), &mut faults);
        let found = faults.settle(()).err().map(|faults| faults.0).unwrap_or_default();
        found.into_iter().map(|fault| fault.fix).collect()
    }

    #[test]
    fn an_address_is_absolute_and_without_credentials() {
        for bad in ["/x", "ftp://x.example/", "https://u:p@x.example/", "https:x", "mailto:a@b.c"] {
            assert_eq!(fixes(|at, faults| assert!(address(bad, at, faults).is_none())).len(), 1);
        }
        let fix = fixes(|at, faults| assert!(address("www.example.com/a", at, faults).is_none()));
        assert_eq!(fix, ["write the whole address, such as `https://www.example.com/a`"]);
        fixes(|at, faults| {
            let url = base_address("https://münchen.example/ñ", at, faults).expect("an address");
            assert_eq!(url.as_str(), "https://xn--mnchen-3ya.example/%C3%B1/");
        });
    }

    #[test]
    fn a_mistyped_time_zone_is_guessed() {
        let fix = fixes(|at, faults| assert!(time_zone("America/Mexico", at, faults).is_none()));
        assert!(fix[0].contains("America/"), "{fix:?}");
        let fix = fixes(|at, faults| assert!(time_zone("America/Bogata", at, faults).is_none()));
        assert_eq!(fix, ["did you mean `America/Bogota`?"]);
    }

    #[test]
    fn a_mailbox_is_turned_round() {
        let fix = fixes(|at, faults| assert!(mailbox("Desk <d@x.example>", at, faults).is_none()));
        assert_eq!(fix, ["write `d@x.example (Desk)`"]);
        fixes(|at, faults| {
            assert_eq!(
                mailbox("d@x.example (Desk)", at, faults).as_deref(),
                Some("d@x.example (Desk)")
            );
        });
    }

    #[test]
    fn a_text_is_one_line_without_control_characters() {
        fixes(|at, faults| {
            assert_eq!(text(" a\u{0}\tb\u{1b} ", at, faults).as_deref(), Some("a b"));
        });
        assert_eq!(fixes(|at, faults| assert!(text("a\nb", at, faults).is_none())).len(), 1);
    }
}
