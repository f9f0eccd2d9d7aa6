//! Google News, beyond what every news sitemap must have.

use crate::check::{
    report::{Report, shown},
    rules,
    tree::{Element, Tree},
};

pub(super) fn judge(tree: &Tree<'_>, report: &mut Report) {
    for (url, _) in tree.children(0) {
        for (news, _) in tree.children(url).filter(|(_, it)| it.is("news", "news")) {
            let publication = tree.children(news).find(|(_, it)| it.is("news", "publication"));
            let name = publication.and_then(|(id, _)| tree.child(id, "news", "name"));
            let Some(name) = name.map(Element::trimmed).filter(|it| !it.is_empty()) else {
                continue;
            };
            let Some(title) = tree.child(news, "news", "title") else { continue };
            let text = title.trimmed();
            let ends = [" - ", " | ", " – ", ": "].iter().any(|mark| {
                text.ends_with(&format!("{mark}{name}"))
                    || text.starts_with(&format!("{name}{mark}"))
            });
            if ends {
                report.add(&rules::NEWS_TITLE, title.text_at(), shown(text));
            }
        }
    }
}
