//! Says why a rule doesn't hold for a story, in words and in the form of the configuration.
//!
//! # Promises
//! - [`Where::unmet`] gives a reason exactly where [`Where::holds`] says no.
//! - Only what fails is named, each with what the story has instead.

use super::{Has, RuleFacts, SectionPath, Where};

impl Where {
    /// Why the rule doesn't hold for `story`; none where it does.
    pub fn unmet(&self, story: RuleFacts<'_>) -> Option<String> {
        if self.holds(story) {
            return None;
        }
        Some(match self {
            Self::All(rules) => {
                let unmet: Vec<String> =
                    rules.iter().filter_map(|rule| rule.unmet(story)).collect();
                unmet.join("; ")
            }
            Self::Any(rules) if rules.is_empty() => "no rule is named".to_owned(),
            Self::Any(rules) => {
                let unmet: Vec<String> =
                    rules.iter().filter_map(|rule| rule.unmet(story)).collect();
                format!("none of these holds: {}", unmet.join("; "))
            }
            Self::Not(rule) => format!("`{}`: {}", self.written(), rule.met(story)),
            leaf => format!("`{}`: {}", leaf.written(), leaf.instead(story)),
        })
    }

    /// What the story has instead of what a rule of one key asks for.
    fn instead(&self, story: RuleFacts<'_>) -> String {
        let facts = story.facts;
        match self {
            Self::Section(_) => match story.sections {
                [] => "the story names no section".to_owned(),
                sections => format!("the story is in {}", quoted(sections)),
            },
            Self::Tag(_) if facts.tags.is_empty() => "the story has no tag".to_owned(),
            Self::Tag(_) => format!("the story's tags are {}", quoted(&facts.tags)),
            Self::Author(_) if facts.authors.is_empty() => "the story has no author".to_owned(),
            Self::Author(_) => {
                let names: Vec<&str> = facts.authors.iter().map(|one| one.name.as_str()).collect();
                format!("the story is by {}", quoted(&names))
            }
            Self::Language(_) => format!("the story is `{}`", story.language),
            Self::Source(_) => format!("the story is from `{}`", story.source),
            Self::Id(_) => format!("the story is `{}`", story.guid),
            Self::Title(_) => format!("the story's title is `{}`", story.title),
            Self::Content(_) => "the story's text has nothing of it".to_owned(),
            Self::Has(_) => "the story has none".to_owned(),
            Self::All(_) | Self::Any(_) | Self::Not(_) => "it doesn't hold".to_owned(),
        }
    }

    /// What of the story makes a rule hold.
    fn met(&self, story: RuleFacts<'_>) -> String {
        let one = |values: &[String], has: &dyn Fn(&[String]) -> bool| {
            let value = values.iter().find(|value| has(std::slice::from_ref(*value)));
            value.cloned().unwrap_or_default()
        };
        match self {
            Self::All(rules) if rules.is_empty() => "every story is one".to_owned(),
            Self::All(rules) => {
                let met: Vec<String> = rules.iter().map(|rule| rule.met(story)).collect();
                met.join(", and ")
            }
            Self::Any(rules) => {
                let met = rules.iter().filter(|rule| rule.holds(story));
                met.map(|rule| rule.met(story)).collect::<Vec<_>>().join(", and ")
            }
            Self::Not(rule) => rule.unmet(story).unwrap_or_default(),
            Self::Section(_) => format!("the story is in {}", quoted(story.sections)),
            Self::Tag(tags) => {
                let tag = one(tags, &|tag| Self::Tag(tag.to_vec()).holds(story));
                format!("the story has the tag `{tag}`")
            }
            Self::Author(names) => {
                let name = one(names, &|name| Self::Author(name.to_vec()).holds(story));
                format!("the story is by `{name}`")
            }
            Self::Title(parts) => {
                let part = parts.iter().find(|part| part.is_in(story.title));
                format!("the story's title has `{}`", part.map_or("", |part| part.as_ref()))
            }
            Self::Content(parts) => {
                let text = story.text.unwrap_or_default();
                let part = parts.iter().find(|part| part.is_in(text));
                format!("the story's text has `{}`", part.map_or("", |part| part.as_ref()))
            }
            Self::Has(things) => {
                let things = things.iter().filter(|thing| Self::Has(vec![**thing]).holds(story));
                let names: Vec<&str> = things.map(|thing| thing.name()).collect();
                format!("the story has {}", quoted(&names))
            }
            Self::Language(_) | Self::Source(_) | Self::Id(_) => self.instead(story),
        }
    }

    /// The rule as the configuration has it.
    pub fn written(&self) -> String {
        match self {
            Self::All(rules) => joined(rules),
            Self::Any(rules) => {
                let rules: Vec<_> =
                    rules.iter().map(|rule| format!("{{ {} }}", rule.written())).collect();
                format!("any = [{}]", rules.join(", "))
            }
            Self::Not(rule) => match rule.as_ref() {
                Self::All(rules) => format!("not {{ {} }}", joined(rules)),
                rule => format!("not {}", rule.written()),
            },
            Self::Section(sections) => {
                let names: Vec<&str> = sections.iter().map(SectionPath::as_str).collect();
                key("section", &names)
            }
            Self::Tag(tags) => key("tag", tags),
            Self::Author(names) => key("author", names),
            Self::Language(tags) => {
                key("language", &tags.iter().map(ToString::to_string).collect::<Vec<_>>())
            }
            Self::Source(names) => key("source", names),
            Self::Id(ids) => key("id", ids),
            Self::Title(parts) => key("title", parts),
            Self::Content(parts) => key("content", parts),
            Self::Has(things) => {
                key("has", &things.iter().map(|thing| thing.name()).collect::<Vec<_>>())
            }
        }
    }
}

impl Has {
    /// Its name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Enclosure => "enclosure",
            Self::Correction => "correction",
            Self::Summary => "summary",
        }
    }
}

fn joined(rules: &[Where]) -> String {
    rules.iter().map(Where::written).collect::<Vec<_>>().join(", ")
}

fn key<T: AsRef<str>>(name: &str, values: &[T]) -> String {
    match values {
        [one] => format!("{name} = {:?}", one.as_ref()),
        many => {
            let many: Vec<String> = many.iter().map(|one| format!("{:?}", one.as_ref())).collect();
            format!("{name} = [{}]", many.join(", "))
        }
    }
}

fn quoted<T: AsRef<str>>(values: &[T]) -> String {
    values.iter().map(|value| format!("`{}`", value.as_ref())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Facts, Language, Pattern, Person};

    fn section(text: &str) -> SectionPath {
        text.parse().expect("a section")
    }

    fn tag(text: &str) -> Where {
        Where::Tag(vec![text.to_owned()])
    }

    /// Why a rule doesn't hold for an English story in `latam`, tagged `sponsored` and `ports`.
    fn unmet(rule: &Where) -> Option<String> {
        let language: Language = "en".parse().expect("a language");
        let sections = [section("latam")];
        let author = Person { name: "Ana Ruiz".to_owned(), ..Person::default() };
        let facts = Facts {
            authors: vec![author],
            tags: vec!["sponsored".to_owned(), "ports".to_owned()],
            summary: Some("Short.".to_owned()),
            ..Facts::default()
        };
        let story = RuleFacts {
            guid: "tag:x,2026:a",
            source: "desk",
            title: "River rises",
            language: &language,
            sections: &sections,
            facts: &facts,
            text: Some("The dam holds."),
        };
        let unmet = rule.unmet(story);
        assert_eq!(unmet.is_none(), rule.holds(story), "{rule:?}");
        unmet
    }

    #[test]
    fn each_key_says_what_the_story_has_instead() {
        let list = |text: &str| vec![text.to_owned()];
        let es: Language = "es".parse().expect("a language");
        for (rule, reason) in [
            (
                Where::Section(vec![section("sport")]),
                "`section = \"sport\"`: the story is in `latam`",
            ),
            (tag("ships"), "`tag = \"ships\"`: the story's tags are `sponsored`, `ports`"),
            (Where::Author(list("Bo")), "`author = \"Bo\"`: the story is by `Ana Ruiz`"),
            (Where::Language(vec![es]), "`language = \"es\"`: the story is `en`"),
            (Where::Source(list("wire")), "`source = \"wire\"`: the story is from `desk`"),
            (Where::Id(list("b")), "`id = \"b\"`: the story is `tag:x,2026:a`"),
            (
                Where::Title(vec![Pattern::read("flood").expect("a pattern")]),
                "`title = \"flood\"`: the story's title is `River rises`",
            ),
            (
                Where::Content(vec![Pattern::read("/dam (broke|gave)/").expect("a pattern")]),
                "`content = \"/dam (broke|gave)/\"`: the story's text has nothing of it",
            ),
            (
                Where::Has(vec![Has::Image, Has::Audio]),
                "`has = [\"image\", \"audio\"]`: the story has none",
            ),
        ] {
            assert_eq!(unmet(&rule).as_deref(), Some(reason));
        }
    }

    #[test]
    fn of_rules_that_must_all_hold_those_are_named_that_do_not() {
        let rule =
            Where::All(vec![tag("ports"), tag("ships"), Where::Not(Box::new(tag("sponsored")))]);
        assert_eq!(
            unmet(&rule).as_deref(),
            Some(
                "`tag = \"ships\"`: the story's tags are `sponsored`, `ports`; \
                 `not tag = \"sponsored\"`: the story has the tag `sponsored`"
            )
        );
        assert_eq!(unmet(&Where::everything()), None);
    }

    #[test]
    fn of_alternatives_all_are_named() {
        let rule = Where::Any(vec![tag("a"), Where::All(vec![tag("ports"), tag("b")])]);
        let reason = unmet(&rule).expect("a reason");
        assert!(reason.starts_with("none of these holds: `tag = \"a\"`: "), "{reason}");
        assert!(reason.contains("`tag = \"b\"`: ") && !reason.contains("= \"ports\""), "{reason}");
        assert_eq!(unmet(&Where::Any(vec![tag("a"), tag("ports")])), None);
        assert_eq!(unmet(&Where::Any(Vec::new())).as_deref(), Some("no rule is named"));
    }

    #[test]
    fn what_must_not_hold_says_what_holds() {
        let not = |rule: Where| unmet(&Where::Not(Box::new(rule))).expect("a reason");
        let both = Where::All(vec![tag("PORTS"), Where::Section(vec![section("latam")])]);
        assert_eq!(
            not(both),
            "`not { tag = \"PORTS\", section = \"latam\" }`: the story has the tag `PORTS`, and the \
             story is in `latam`"
        );
        let either = Where::Any(vec![tag("a"), Where::Has(vec![Has::Image, Has::Summary])]);
        assert_eq!(
            not(either),
            "`not any = [{ tag = \"a\" }, { has = [\"image\", \"summary\"] }]`: the story has \
             `summary`"
        );
        let double = not(Where::Not(Box::new(tag("a"))));
        assert!(double.contains("the story's tags are"), "{double}");
        assert!(not(Where::everything()).ends_with("every story is one"));
    }
}
