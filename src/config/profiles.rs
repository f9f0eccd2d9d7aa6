//! Feeds that are written for an aggregator: what it asks of their settings.

use super::{
    entries::FeedWritten,
    spot::{Faults, Spot},
};
use crate::story::{ContentMode, FeedSpec, Format, Language, Profile, Site, Where};

/// Letters of a description that `SmartNews` takes.
const SMARTNEWS_DESCRIPTION: usize = 30;
/// Bytes of a feed that it reads for sure.
const SMARTNEWS_BYTES: u64 = 950_000;
/// Bytes of a feed that MSN takes.
const MSN_BYTES: u64 = 10_000_000;

/// Lays the demands of a profile over a feed; those that can't be met are faults.
pub(super) fn hold(
    profile: Profile,
    (spec, written): (&mut FeedSpec, &FeedWritten),
    site: &Site,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) {
    let name = profile.name();
    spec.profile = Some(profile);
    if written.formats.is_some() && spec.formats != [Format::Rss] {
        let what = format!("names more than RSS, and `profile = \"{name}\"` asks for RSS alone");
        faults.add_key(&at.key("formats"), &what, "write `formats = [\"rss\"]`, or remove the key");
    }
    spec.formats = vec![Format::Rss];
    match profile {
        Profile::Msn => msn((spec, written), site, at, faults),
        Profile::SmartNews => smartnews((spec, written), at, faults),
        Profile::Flipboard | Profile::Feedly => {}
    }
}

/// One language, https, whole texts, at most 10 MB.
fn msn(
    (spec, written): (&mut FeedSpec, &FeedWritten),
    site: &Site,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) {
    if let Ok(language) = spec.language.primary().parse::<Language>() {
        let rule = std::mem::replace(&mut spec.rule, Where::everything());
        spec.rule = Where::All(vec![rule, Where::Language(vec![language])]);
    }
    if site.feeds_url.scheme() != "https" {
        let what = format!("MSN takes https alone, and feeds are served at {}", site.feeds_url);
        let fix = "give [site] a `feeds_url` (or `url`) that begins with `https://`";
        faults.add_key(&at.key("profile"), &what, fix);
    }
    if spec.content == ContentMode::Summary {
        let what = "MSN takes whole texts alone, and the feed carries summaries";
        faults.add_key(&at.key("profile"), what, "write `content = \"full\"` in this feed");
    }
    if spec.limits.max_bytes > MSN_BYTES && written.max_bytes.is_some() {
        faults.add_key(&at.key("max_bytes"), "is more than MSN takes", "write at most `10MB`");
    }
    spec.limits.max_bytes = spec.limits.max_bytes.min(MSN_BYTES);
}

/// A description of thirty letters, at most a megabyte.
fn smartnews(
    (spec, written): (&mut FeedSpec, &FeedWritten),
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) {
    if written.max_bytes.is_none() {
        spec.limits.max_bytes = spec.limits.max_bytes.min(SMARTNEWS_BYTES);
    }
    if written.description.is_none() {
        spec.description = first_letters(&spec.title);
        return;
    }
    let letters = spec.description.chars().count();
    if letters > SMARTNEWS_DESCRIPTION {
        let what = format!("has {letters} letters, and SmartNews takes {SMARTNEWS_DESCRIPTION}");
        faults.add_key(&at.key("description"), &what, "write a shorter one for this feed");
    }
}

/// As many words of a title as a description for `SmartNews` may have.
fn first_letters(title: &str) -> String {
    let mut short = String::new();
    for word in title.split_whitespace() {
        let space = usize::from(!short.is_empty());
        if short.chars().count() + space + word.chars().count() > SMARTNEWS_DESCRIPTION {
            break;
        }
        if space == 1 {
            short.push(' ');
        }
        short.push_str(word);
    }
    match short.is_empty() {
        true => title.chars().take(SMARTNEWS_DESCRIPTION).collect(),
        false => short,
    }
}

#[cfg(test)]
mod tests {
    use super::first_letters;

    #[test]
    fn a_description_for_smartnews_ends_with_a_word_and_is_never_empty() {
        assert_eq!(first_letters("LatAm Security"), "LatAm Security");
        let long = "LatAm Reports: Security and Defence in the Americas";
        assert_eq!(first_letters(long), "LatAm Reports: Security and");
        assert_eq!(first_letters(&"á".repeat(40)), "á".repeat(30));
    }
}
