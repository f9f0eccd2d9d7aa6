//! Rules of feeds: `where` as written becomes a [`Where`].

use std::collections::BTreeSet;

use super::{
    entries::WhereWritten,
    fault::did_you_mean,
    spot::{Faults, Spot},
    values,
    written::OneOrMany,
};
use crate::story::{Has, Pattern, SectionPath, Where};

const THINGS: [(&str, Has); 6] = [
    ("image", Has::Image),
    ("audio", Has::Audio),
    ("video", Has::Video),
    ("enclosure", Has::Enclosure),
    ("correction", Has::Correction),
    ("summary", Has::Summary),
];

/// What a rule may name; none where that cannot be known.
pub(super) struct Known<'a> {
    pub(super) sources: Option<&'a BTreeSet<&'a str>>,
    pub(super) sections: Option<&'a [SectionPath]>,
    pub(super) texts: Texts,
}

/// Whether the words of stories are at hand where a rule is held to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// As they come in from a source.
    Seen,
    /// In a pass, which must not read all texts.
    Unseen,
}

/// Reads a rule. Several keys become [`Where::All`], in a fixed order.
pub(super) fn rule(
    written: &WhereWritten,
    known: &Known<'_>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Where {
    let mut rules = Vec::new();
    let mut texts = |key: &'static str, values: &Option<OneOrMany>| {
        let values = values.as_ref()?.as_slice();
        let mut list = Vec::new();
        for value in values {
            list.extend(values::text(value, &at.inner(key), faults));
        }
        if values.is_empty() {
            faults.add_key(&at.inner(key), "is empty", "name a value, or remove the key");
        }
        (!list.is_empty()).then_some(list)
    };
    let sections = texts("section", &written.section);
    let tags = texts("tag", &written.tag);
    let authors = texts("author", &written.author);
    let languages = texts("language", &written.language);
    let sources = texts("source", &written.source);
    let ids = texts("id", &written.id);
    let titles = texts("title", &written.title);
    let contents = texts("content", &written.content);
    let things = texts("has", &written.has);

    if let Some(texts) = sections {
        rules.push(Where::Section(sections_of(&texts, known, &at.inner("section"), faults)));
    }
    rules.extend(tags.map(Where::Tag));
    rules.extend(authors.map(Where::Author));
    if let Some(tags) = languages {
        let at = at.inner("language");
        let read = tags.iter().filter_map(|tag| values::language(tag, &at, faults));
        rules.push(Where::Language(read.collect()));
    }
    if let Some(names) = sources {
        for name in &names {
            if let Some(known) = known.sources.filter(|known| !known.contains(name.as_str())) {
                let what = format!("`{name}` is no source");
                faults.add_key(
                    &at.inner("source"),
                    &what,
                    did_you_mean(name, known.iter().copied()),
                );
            }
        }
        rules.push(Where::Source(names));
    }
    rules.extend(ids.map(Where::Id));
    let mut patterns = |texts: Vec<String>, key: &'static str| {
        let mut patterns = Vec::new();
        for text in texts {
            match Pattern::read(&text) {
                Ok(pattern) => patterns.push(pattern),
                Err(why) => {
                    let fix = "mend it, or leave the `/` away to look for the text itself";
                    let what = format!("`{text}` is no regular expression: {why}");
                    faults.add_key(&at.inner(key), &what, fix);
                }
            }
        }
        patterns
    };
    let titles = titles.map(|texts| Where::Title(patterns(texts, "title")));
    let contents = contents.map(|texts| Where::Content(patterns(texts, "content")));
    if contents.is_some() && known.texts == Texts::Unseen {
        let fix = "keep such stories out where they come in: `where` of their [[source]]";
        faults.add_key(&at.inner("content"), "is no key of a feed's rule", fix);
    }
    rules.extend(titles);
    rules.extend(contents);
    if let Some(names) = things {
        rules.push(Where::Has(things_of(&names, &at.inner("has"), faults)));
    }
    let mut nested = |key: &'static str, list: &Option<Vec<WhereWritten>>| {
        let list = list.as_ref()?;
        if list.is_empty() {
            faults.add_key(&at.inner(key), "is empty", "name a rule, or remove the key");
        }
        let at = at.inner(key);
        let rules = list.iter().enumerate();
        Some(rules.map(|(index, inner)| rule(inner, known, &at.item(index), faults)).collect())
    };
    let all = nested("all", &written.all).map(Where::All);
    let any = nested("any", &written.any).map(Where::Any);
    rules.extend(all.into_iter().chain(any));
    if let Some(inner) = &written.not {
        let inner = rule(inner, known, &at.inner("not"), faults);
        rules.push(Where::Not(Box::new(inner)));
    }
    if rules.len() == 1 { rules.remove(0) } else { Where::All(rules) }
}

fn sections_of(
    texts: &[String],
    known: &Known<'_>,
    at: &Spot<'_>,
    faults: &mut Faults<'_>,
) -> Vec<SectionPath> {
    let mut sections = Vec::new();
    for text in texts {
        let Some(section) = values::section(text, at, faults) else {
            continue;
        };
        if let Some(declared) = known.sections
            && !declared.iter().any(|one| section.contains(one))
        {
            let what = format!("`{section}` is no declared section");
            faults.add_key(at, &what, did_you_mean(text, declared.iter().map(SectionPath::as_str)));
        }
        sections.push(section);
    }
    sections
}

fn things_of(names: &[String], at: &Spot<'_>, faults: &mut Faults<'_>) -> Vec<Has> {
    let mut things = Vec::new();
    for name in names {
        if let Some((_, thing)) = THINGS.iter().find(|(known, _)| known == name) {
            things.push(*thing);
        } else {
            let fix = did_you_mean(name, THINGS.iter().map(|(known, _)| *known));
            faults.add_key(at, &format!("`{name}` is nothing a story has"), fix);
        }
    }
    things
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Where, Vec<String>> {
        let written: WhereWritten = toml::from_str(text).expect("a rule");
        let root =
            toml::de::DeValue::Table(toml::de::DeTable::parse(text).expect("TOML").into_inner());
        let mut faults = Faults::new("config.toml", text, Vec::new());
        let sources = BTreeSet::from(["wire"]);
        let known = Known { sources: Some(&sources), sections: None, texts: Texts::Seen };
        let rule = rule(&written, &known, &Spot::root(&root), &mut faults);
        faults.settle(rule).map_err(|faults| faults.0.into_iter().map(|f| f.what).collect())
    }

    #[test]
    fn one_key_is_a_rule_and_several_must_all_hold() {
        assert_eq!(read("tag = \"x\""), Ok(Where::Tag(vec!["x".into()])));
        let language = Where::Language(vec!["es".parse().expect("a tag")]);
        let not = Where::Not(Box::new(Where::Tag(vec!["sponsored".into()])));
        assert_eq!(
            read("language = \"es\"\nnot = { tag = \"sponsored\" }"),
            Ok(Where::All(vec![language, not]))
        );
        let any =
            Where::Any(vec![Where::Has(vec![Has::Audio]), Where::Source(vec!["wire".into()])]);
        assert_eq!(read("any = [{ has = \"audio\" }, { source = [\"wire\"] }]"), Ok(any));
    }

    #[test]
    fn an_unknown_name_in_a_rule_is_a_fault_however_deep_it_stands() {
        let faults =
            read("not = { any = [{ has = \"sound\" }, { source = \"wires\" }] }\ntag = []");
        assert_eq!(
            faults.expect_err("faults"),
            [
                "`has` `sound` is nothing a story has",
                "`source` `wires` is no source",
                "`tag` is empty"
            ]
        );
    }
}
