//! What is wrong in a configuration, where, and what to do about it.

use std::fmt;

/// One thing in a configuration that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFault {
    /// Name of the file, or `environment` for a variable.
    pub file: String,
    /// Line in the file, counted from 1; none where something is missing as a whole.
    pub line: Option<usize>,
    /// The table or entry, such as `site` or `section latam/security`, or the variable's name;
    /// empty for the file as a whole.
    pub place: String,
    /// What is wrong, with the offending value in backticks; a syntax fault shows its line too.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.place.is_empty() {
            write!(f, ", {}", self.place)?;
        }
        write!(f, ": {}\n  fix: {}", self.what, self.fix)
    }
}

/// Everything that is wrong in a configuration, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigFaults(pub Vec<ConfigFault>);

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

/// The candidate that `word` was probably meant to be.
pub(super) fn meant<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let word = word.to_lowercase();
    let far = |candidate: &str| strsim::damerau_levenshtein(&word, &candidate.to_lowercase());
    let near = candidates.into_iter().map(|candidate| (far(candidate), candidate)).min()?;
    let allowed = 1 + word.chars().count() / 4;
    (near.0 <= allowed).then_some(near.1)
}

/// `did you mean …?`, or the list of what would do.
pub(super) fn did_you_mean<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
) -> String {
    if let Some(candidate) = meant(word, candidates.clone()) {
        return format!("did you mean `{candidate}`?");
    }
    let all: Vec<String> = candidates.into_iter().map(|known| format!("`{known}`")).collect();
    match all.as_slice() {
        [] => "remove it".to_owned(),
        [only] => format!("use {only}, or remove it"),
        _ => format!("use one of {}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_prints_where_what_and_the_fix() {
        let fault = ConfigFault {
            file: "config.toml".into(),
            line: Some(14),
            place: "section latam/security".into(),
            what: "unknown key `titel`".into(),
            fix: did_you_mean("titel", ["path", "title"]),
        };
        assert_eq!(
            fault.to_string(),
            "config.toml:14, section latam/security: unknown key `titel`\n  \
             fix: did you mean `title`?"
        );
    }

    #[test]
    fn a_word_that_is_near_nothing_gets_the_list() {
        assert_eq!(did_you_mean("colour", ["path", "title"]), "use one of `path`, `title`");
        assert_eq!(meant("Feed_URL", ["url", "feeds_url"]), Some("feeds_url"));
    }
}
