//! The address of the store, which may hold a password.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::spot::{Faults, Spot};

/// The address of the store. Printing it hides a password; [`expose`](Self::expose) doesn't.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl {
    text: String,
    file: PathBuf,
}

impl StoreUrl {
    /// The address as the engine takes it: `sqlite:/srv/news/stories.db`.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The file of an embedded store, absolute.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// An embedded store in `file`, which is absolute.
    pub fn sqlite(file: PathBuf) -> Self {
        Self { text: format!("sqlite:{}", file.display()), file }
    }

    /// Reads an address; files are taken from `folder`.
    pub(super) fn read(
        written: &str,
        folder: &Path,
        at: &Spot<'_>,
        faults: &mut Faults<'_>,
    ) -> Option<Self> {
        let written = written.trim();
        let (scheme, rest) = written.split_once(':').unwrap_or((written, ""));
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let (what, fix) = match scheme {
            "sqlite" if path.is_empty() || path.starts_with(':') => {
                ("names no file".to_owned(), "write one such as `sqlite:stories.db`")
            }
            "sqlite" if path.contains('?') => (
                format!("`{}` has options", masked(written)),
                "leave out what follows `?`: feedwright sets what it needs",
            ),
            "sqlite" => return Some(Self::sqlite(super::paths::joined(folder, path))),
            "postgres" | "postgresql" => (
                format!("`{}`: this version stores in SQLite only", masked(written)),
                "write an address such as `sqlite:stories.db`",
            ),
            _ => (
                format!("`{}` is no address of a store", masked(written)),
                "write one such as `sqlite:stories.db`",
            ),
        };
        faults.add_key(at, &what, fix);
        None
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.text))
    }
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreUrl({self})")
    }
}

/// `address` with `***` for its password, in the authority or as a `password` in the query.
///
/// A password may itself hold `@`, `/` or `:` unencoded, so everything from the first `:` after
/// the scheme to the last `@` counts as one.
pub(super) fn masked(address: &str) -> String {
    let mut shown = address.to_owned();
    if let Some(start) = shown.find("://").map(|at| at + 3)
        && let Some(end) = shown.rfind('@').filter(|end| *end > start)
        && let Some(colon) = shown[start..end].find(':').map(|at| start + at)
    {
        shown.replace_range(colon + 1..end, "***");
    }
    for key in ["password=", "sslpassword=", "token=", "key="] {
        let mut from = 0;
        while let Some(at) = shown[from..].find(key).map(|at| from + at + key.len()) {
            let end = shown[at..].find(['&', '#']).map_or(shown.len(), |end| at + end);
            shown.replace_range(at..end, "***");
            from = at;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_hidden_wherever_it_stands() {
        for (address, shown) in [
            ("postgres://u:s3cret@db/news", "postgres://u:***@db/news"),
            ("postgres://u:s3/c@r:et@db:5/n", "postgres://u:***@db:5/n"),
            (
                "postgres://db/n?user=u&password=s3cret&x=1",
                "postgres://db/n?user=u&password=***&x=1",
            ),
            ("sqlite:/srv/stories.db", "sqlite:/srv/stories.db"),
        ] {
            assert_eq!(masked(address), shown);
        }
        let store = StoreUrl { text: "postgres://u:s3cret@db/n".into(), file: PathBuf::new() };
        assert!(!format!("{store} {store:?}").contains("s3cret"));
        assert!(store.expose().contains("s3cret"));
    }
}
