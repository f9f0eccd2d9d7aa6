//! Single values: from a text as written to a value that can be relied on, or a fault.

use std::{str::FromStr, time::Duration};

use chrono_tz::{TZ_VARIANTS, Tz};
use url::Url;

use super::{
    fault::meant,
    spot::{Faults, Spot},
    written::SizeWritten,
};
use crate::story::{FeedPath, Language, SectionPath};

/// A century: more than anyone waits, and far from where clocks overflow.
const LONGEST_SECONDS: u64 = 100 * 366 * 86_400;

const LARGEST_LIMIT: i64 = 10_000;

/// One line of text without control characters.
pub(super) fn text(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<String> {
    if written
        .trim()
        .contains(['\n', '\r', '\u{2028}', '\u{2029}'])
    {
        faults.add_key(at, "has more than one line", "write it in one line");
        return None;
    }
    let legal = |letter: &char| !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}');
    let clean: String = written
        .trim()
        .replace('\t', " ")
        .chars()
        .filter(legal)
        .collect();
    if clean.is_empty() {
        faults.add_key(at, "is empty", "write a text, or remove the key");
        return None;
    }
    Some(clean)
}

/// An absolute http or https address without credentials; its text is ASCII.
pub(super) fn address(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Url> {
    let written = written.trim();
    let problem = match Url::parse(written) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || !written.contains("://") => {
            "is no http or https address"
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            faults.add_key(
                at,
                "holds a name or password",
                "write the address without them",
            );
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

/// A span of time such as `2d`, `36h` or `1h 30m`.
pub(super) fn span(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<Duration> {
    let parsed = span_of(written);
    if parsed.is_none() {
        let what = format!("`{written}` is no span of time");
        faults.add_key(
            at,
            &what,
            "write a number and `s`, `m`, `h`, `d` or `w`, such as `36h`",
        );
    }
    parsed
}

fn span_of(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let end = rest
            .find(|letter: char| !letter.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "s" => 1,
            "m" | "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 7 * 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(number.checked_mul(unit)?)?;
        rest = rest[end..].trim_start();
    }
    (seconds <= LONGEST_SECONDS).then(|| Duration::from_secs(seconds))
}

/// The shortest text that [`span`] reads back.
pub(super) fn span_text(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m")];
    let fits = units
        .iter()
        .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    fits.map_or_else(
        || format!("{seconds}s"),
        |(unit, name)| format!("{}{name}", seconds / unit),
    )
}

/// A number of bytes such as `1MiB`, `500 KB` or `1.5 MB`.
pub(super) fn size(written: &SizeWritten, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<u64> {
    let (parsed, shown) = match written {
        SizeWritten::Bytes(number) => (u64::try_from(*number).ok(), number.to_string()),
        SizeWritten::Text(text) => (size_of(text), text.clone()),
    };
    match parsed {
        None => {
            let what = format!("`{shown}` is no size");
            faults.add_key(
                at,
                &what,
                "write one such as `1MiB`, `500 KB` or a number of bytes",
            );
        }
        Some(bytes) if bytes < 1024 => {
            let what = format!("`{shown}` is less than a feed needs");
            faults.add_key(at, &what, "allow at least `1KiB`, better `100KiB`");
        }
        Some(_) => return parsed,
    }
    None
}

fn size_of(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit: u64 = match unit.trim().to_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "kib" => 1 << 10,
        "mb" => 1_000_000,
        "mib" => 1 << 20,
        "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => return None,
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let mut bytes = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    if !part.is_empty() {
        let scale = 10_u64.checked_pow(u32::try_from(part.len()).ok()?)?;
        bytes = bytes.checked_add(part.parse::<u64>().ok()?.checked_mul(unit)? / scale)?;
    }
    Some(bytes)
}

/// The shortest text that [`size`] reads back.
pub(super) fn size_text(bytes: u64) -> String {
    let units = [(1 << 20, "MiB"), (1 << 10, "KiB")];
    let fits = units.iter().find(|(unit, _)| bytes.is_multiple_of(*unit));
    fits.map_or_else(
        || bytes.to_string(),
        |(unit, name)| format!("{}{name}", bytes / unit),
    )
}

/// How many stories a feed holds.
pub(super) fn limit(written: i64, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<usize> {
    if !(1..=LARGEST_LIMIT).contains(&written) {
        let what = format!("`{written}` is out of range");
        faults.add_key(
            at,
            &what,
            format!("write a number from 1 to {LARGEST_LIMIT}"),
        );
        return None;
    }
    usize::try_from(written).ok()
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
        faults.add_key(
            at,
            &what,
            "write one such as `latam/security`, without `.` and `..`",
        );
    }
    parsed
}

/// A mail address with a name, as RSS wants it: `desk@example.com (Desk)`.
pub(super) fn mailbox(written: &str, at: &Spot<'_>, faults: &mut Faults<'_>) -> Option<String> {
    let clean = text(written, at, faults)?;
    let parts = clean
        .split_once(" (")
        .and_then(|(mail, name)| Some((mail, name.strip_suffix(')')?)));
    let is_mail = |mail: &str| {
        let (user, host) = mail.split_once('@').unwrap_or_default();
        !user.is_empty() && !host.is_empty() && !mail.contains([' ', '<', '>', '(', ')'])
    };
    if parts.is_some_and(|(mail, name)| is_mail(mail) && !name.trim().is_empty()) {
        return Some(clean);
    }
    let turned = clean
        .split_once('<')
        .map(|(name, mail)| (name.trim(), mail.trim_end_matches('>')));
    let fix = match turned {
        Some((name, mail)) if is_mail(mail) && !name.is_empty() => {
            format!("write `{mail} ({name})`")
        }
        _ if is_mail(&clean) => format!("add the name: `{clean} (Name)`"),
        _ => "write it as `desk@example.com (Name)`".to_owned(),
    };
    faults.add_key(
        at,
        &format!("`{clean}` is no mail address with a name"),
        fix,
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_sizes_are_read_and_written_back() {
        let seconds = |text: &str| span_of(text).map(|span| span.as_secs());
        assert_eq!(seconds("2d"), Some(172_800));
        assert_eq!(seconds("1h 30m"), Some(5_400));
        assert_eq!(seconds("1w"), Some(604_800));
        for text in [
            "",
            "2",
            "d",
            "2 fortnights",
            "-1d",
            "999999999999w",
            "1000000w",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(span_text(Duration::from_secs(172_800)), "2d");
        assert_eq!(span_text(Duration::ZERO), "0s");
        assert_eq!(size_of("1MiB"), Some(1_048_576));
        assert_eq!(size_of("500 KB"), Some(500_000));
        assert_eq!(size_of("1.5MiB"), Some(1_572_864));
        assert_eq!(size_of("2048"), Some(2_048));
        assert_eq!(size_of("99999999999999GiB"), None);
        assert_eq!(size_of("MiB"), None);
        assert_eq!(size_text(1_048_576), "1MiB");
        assert_eq!(size_text(500_001), "500001");
    }

    fn fixes(read: impl Fn(&Spot<'_>, &mut Faults<'_>)) -> Vec<String> {
        let root = toml::de::DeValue::Boolean(true);
        let mut faults = Faults::new("config.toml", "", Vec::new());
        read(&Spot::root(&root).key("site").key("x"), &mut faults);
        let found = faults
            .settle(())
            .err()
            .map(|faults| faults.0)
            .unwrap_or_default();
        found.into_iter().map(|fault| fault.fix).collect()
    }

    #[test]
    fn an_address_is_absolute_and_without_credentials() {
        for bad in [
            "/x",
            "ftp://x.example/",
            "https://u:p@x.example/",
            "https:x",
            "mailto:a@b.c",
        ] {
            assert_eq!(
                fixes(|at, faults| assert!(address(bad, at, faults).is_none())).len(),
                1
            );
        }
        let fix = fixes(|at, faults| assert!(address("www.example.com/a", at, faults).is_none()));
        assert_eq!(
            fix,
            ["write the whole address, such as `https://www.example.com/a`"]
        );
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
            assert_eq!(
                text(" a\u{0}\tb\u{1b} ", at, faults).as_deref(),
                Some("a b")
            );
        });
        assert_eq!(
            fixes(|at, faults| assert!(text("a\nb", at, faults).is_none())).len(),
            1
        );
    }
}
