//! Feedly: what makes a feed look well there. Advice alone.

use crate::check::{
    article::Paper,
    report::{Report, shown},
    rules,
};

pub(super) fn judge(paper: &Paper<'_, '_>, report: &mut Report) {
    let Some(channel) = paper.channel() else { return };
    let tree = paper.tree;
    let at = tree.elements[channel].at;
    for name in ["cover", "icon", "logo"] {
        if !tree.says(channel, "webfeeds", name) {
            report.add(&rules::FEEDLY_COVER, at, format!("there is no <webfeeds:{name}>"));
        }
    }
    if let Some(cover) = tree.child(channel, "webfeeds", "cover")
        && let Some(image) = cover.value("image")
        && !image.trim().starts_with("https://")
    {
        report.add(&rules::FEEDLY_COVER, cover.at, format!("{} is no https address", shown(image)));
    }
    if let Some(color) = tree.child(channel, "webfeeds", "accentColor") {
        let text = color.trimmed().trim_start_matches('#');
        if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            report.add(&rules::FEEDLY_COLOR, color.text_at(), shown(color.trimmed()));
        }
    }
    if let Some(related) = tree.child(channel, "webfeeds", "related") {
        let is_card = related.value("layout") == Some("card");
        if !is_card || related.value("target") != Some("browser") {
            report.add(&rules::FEEDLY_RELATED, related.at, "");
        }
    }
}
