//! Places in the parsed file, and the list of faults found there.
//!
//! A [`Spot`] is a path into the table that carries byte offsets. What an environment variable
//! set stands beyond the end of the text, so that one number tells both apart.

use std::collections::HashSet;

use toml::de::DeValue;

use super::fault::{ConfigFault, ConfigFaults};

/// The keys that may name an entry of a list of tables.
const ENTRY_NAMES: [&str; 3] = ["name", "path", "from"];

/// A key, an entry or the whole of the file.
#[derive(Clone)]
pub(super) struct Spot<'a> {
    offset: Option<usize>,
    place: String,
    key: String,
    value: Option<&'a DeValue<'a>>,
}

impl<'a> Spot<'a> {
    pub(super) fn root(value: &'a DeValue<'a>) -> Self {
        Self { offset: None, place: String::new(), key: String::new(), value: Some(value) }
    }

    /// The key `name` in this table; where it isn't written, the table itself.
    pub(super) fn key(&self, name: &str) -> Self {
        let mut spot = self.inner(name);
        if self.place.is_empty() {
            name.clone_into(&mut spot.place);
            spot.key.clear();
        }
        spot
    }

    /// The same inside a value, where `name` is a key in any case.
    pub(super) fn inner(&self, name: &str) -> Self {
        let table = match self.value {
            Some(DeValue::Table(table)) => Some(table),
            _ => None,
        };
        let entry = table.and_then(|table| table.get_key_value(name));
        let mut spot = self.clone();
        spot.value = entry.map(|(_, value)| value.get_ref());
        spot.offset = entry.map(|(key, _)| key.span().start).or(self.offset);
        name.clone_into(&mut spot.key);
        spot
    }

    /// The entry `index` of this list. An entry of a list of tables is called by its name.
    pub(super) fn item(&self, index: usize) -> Self {
        let mut spot = self.clone();
        let item = match self.value {
            Some(DeValue::Array(list)) => list.get(index),
            _ => None,
        };
        spot.value = item.map(toml::Spanned::get_ref);
        spot.offset = item.map(|item| item.span().start).or(self.offset);
        if self.key.is_empty() {
            spot.place = match spot.name() {
                Some(name) => format!("{} {name}", self.place),
                None => format!("{} number {}", self.place, index + 1),
            };
        }
        spot
    }

    fn name(&self) -> Option<&'a str> {
        let DeValue::Table(table) = self.value? else {
            return None;
        };
        ENTRY_NAMES.iter().find_map(|key| match table.get(*key)?.get_ref() {
            DeValue::String(text) => text.trim().lines().next(),
            _ => None,
        })
    }

    /// Whether it is written at all.
    pub(super) fn is_written(&self) -> bool {
        self.value.is_some()
    }

    /// The table or entry, as faults name it.
    pub(super) fn place(&self) -> &str {
        &self.place
    }
}

/// The faults found so far.
pub(super) struct Faults<'a> {
    file: &'a str,
    text: &'a str,
    variables: Vec<&'a str>,
    found: Vec<(usize, ConfigFault)>,
    spoiled: HashSet<(String, String)>,
}

impl<'a> Faults<'a> {
    pub(super) fn new(file: &'a str, text: &'a str, variables: Vec<&'a str>) -> Self {
        Self { file, text, variables, found: Vec::new(), spoiled: HashSet::new() }
    }

    /// The offset that stands for the variable `index`.
    pub(super) fn variable_offset(&self, index: usize) -> usize {
        self.text.len() + 1 + index
    }

    /// Notes a fault at `spot`.
    pub(super) fn add(&mut self, spot: &Spot<'_>, what: impl Into<String>, fix: impl Into<String>) {
        self.add_at(spot.offset, &spot.place, what.into(), fix.into());
    }

    /// Notes a fault about the key of `spot`: `what` goes on after its name.
    pub(super) fn add_key(&mut self, spot: &Spot<'_>, what: &str, fix: impl Into<String>) {
        self.add(spot, format!("`{}` {what}", spot.key), fix);
    }

    /// Notes that `spot`'s key is missing, unless a fault of its own already says why.
    pub(super) fn add_missing(&mut self, spot: &Spot<'_>, fix: impl Into<String>) {
        if !self.is_spoiled(spot) {
            self.add_key(spot, "is missing", fix);
        }
    }

    pub(super) fn add_at(&mut self, offset: Option<usize>, place: &str, what: String, fix: String) {
        let variable =
            offset.and_then(|at| self.variables.get(at.checked_sub(self.text.len() + 1)?));
        let fault = match variable {
            Some(name) => ConfigFault {
                file: "environment".to_owned(),
                line: None,
                place: (*name).to_owned(),
                what,
                fix,
            },
            None => ConfigFault {
                file: self.file.to_owned(),
                line: offset.map(|offset| self.line_at(offset)),
                place: place.to_owned(),
                what,
                fix,
            },
        };
        self.found.push((offset.unwrap_or(0), fault));
    }

    /// Remembers that `key` was written but could not be read.
    pub(super) fn spoil(&mut self, place: &str, key: &str) {
        self.spoiled.insert((place.to_owned(), key.to_owned()));
    }

    /// Whether the key of `spot` was written but could not be read.
    pub(super) fn is_spoiled(&self, spot: &Spot<'_>) -> bool {
        self.spoiled.contains(&(spot.place.clone(), spot.key.clone()))
    }

    /// `on line 12`, or the variable, for a message about another place.
    pub(super) fn reference(&self, spot: &Spot<'_>) -> String {
        let Some(offset) = spot.offset else {
            return "elsewhere".to_owned();
        };
        let variable =
            offset.checked_sub(self.text.len() + 1).and_then(|at| self.variables.get(at));
        variable.map_or_else(
            || format!("on line {}", self.line_at(offset)),
            |name| format!("in {name}"),
        )
    }

    fn line_at(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }

    /// `value` where nothing is wrong, else all faults in the order of the file.
    pub(super) fn settle<T>(self, value: T) -> Result<T, ConfigFaults> {
        if self.found.is_empty() { Ok(value) } else { Err(self.into_faults()) }
    }

    /// All faults in the order of the file, those of the environment last.
    pub(super) fn into_faults(mut self) -> ConfigFaults {
        self.found.sort_by_key(|(offset, _)| *offset);
        ConfigFaults(self.found.into_iter().map(|(_, fault)| fault).collect())
    }
}

#[cfg(test)]
mod tests {
    use toml::de::DeTable;

    use super::*;

    #[test]
    fn a_spot_knows_its_line_and_the_name_of_its_entry() {
        let text = "[site]\ntitle = \"x\"\n\n[[section]]\npath = \"a\"\n[[section]]\nlimit = 3\n";
        let root = DeValue::Table(DeTable::parse(text).expect("TOML").into_inner());
        let mut faults = Faults::new("config.toml", text, vec!["FEEDWRIGHT_X"]);
        let root = Spot::root(&root);
        faults.add(&root.key("section").item(1).key("limit"), "w", "f");
        faults.add_key(&root.key("section").item(0).key("title"), "w", "f");
        faults.add(&root.key("site").key("title"), "w", "f");
        faults.add_at(Some(faults.variable_offset(0)), "", "w".into(), "f".into());
        let found = faults.settle(()).expect_err("faults").0;
        let seen: Vec<_> = found.iter().map(|f| (f.line, f.place.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Some(2), "site"),
                (Some(4), "section a"),
                (Some(7), "section number 2"),
                (None, "FEEDWRIGHT_X")
            ]
        );
        assert_eq!(found[1].what, "`title` w");
    }
}
