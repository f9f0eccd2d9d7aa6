//! What aggregators demand beyond the formats, each in a file of its own.

mod feedly;
mod flipboard;
mod google_news;
mod msn;
mod smartnews;
#[cfg(test)]
mod tests;

use super::{
    article::Paper,
    document::Hints,
    report::Report,
    rules::{self},
    tree::Tree,
    walk::Format,
};
use crate::story;

/// An aggregator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Microsoft Start, MSN.
    Msn,
    /// Flipboard.
    Flipboard,
    /// `SmartNews`.
    SmartNews,
    /// Feedly: advice alone.
    Feedly,
    /// Google News: news sitemaps.
    GoogleNews,
}

impl From<story::Profile> for Profile {
    fn from(profile: story::Profile) -> Self {
        match profile {
            story::Profile::Msn => Self::Msn,
            story::Profile::Flipboard => Self::Flipboard,
            story::Profile::SmartNews => Self::SmartNews,
            story::Profile::Feedly => Self::Feedly,
        }
    }
}

/// Holds a feed to the profiles that are asked for.
pub(super) fn judge(paper: &Paper<'_, '_>, hints: &Hints<'_>, report: &mut Report) {
    for profile in hints.profiles {
        if *profile == Profile::GoogleNews {
            report.add_whole(&rules::NEWS_KIND, "");
            continue;
        }
        if !matches!(paper.format, Format::Rss | Format::Atom) {
            report.add_whole(&rules::PROFILE_FORMAT, "");
            continue;
        }
        match profile {
            Profile::Msn => msn::judge(paper, hints, report),
            Profile::Flipboard => flipboard::judge(paper, report),
            Profile::SmartNews => smartnews::judge(paper, report),
            Profile::Feedly | Profile::GoogleNews => feedly::judge(paper, report),
        }
    }
}

/// The same of a news sitemap.
pub(super) fn judge_sitemap(tree: &Tree<'_>, hints: &Hints<'_>, report: &mut Report) {
    for profile in hints.profiles {
        match profile {
            Profile::GoogleNews => google_news::judge(tree, report),
            _ => report.add_whole(&rules::PROFILE_FORMAT, ""),
        }
    }
}

/// Letters of a text.
fn length(text: &str) -> usize {
    text.chars().count()
}

/// What HTML says, without its tags and the spaces around it.
fn words(html: &str) -> String {
    let pieces = html.split('<').enumerate().map(|(place, piece)| match place {
        0 => piece,
        _ => piece.split_once('>').map_or("", |(_, rest)| rest),
    });
    let text: String = pieces.collect();
    html_escape::decode_html_entities(&text).trim().to_owned()
}
