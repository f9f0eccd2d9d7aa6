//! The address of the store, which may hold a password.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use url::Url;

use super::{
    fault::did_you_mean,
    paths,
    spot::{Faults, Spot},
};

/// What may stand after `?` in the address of a server.
const PARAMETERS: [&str; 12] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];
/// How much a server must be trusted.
const SSL_MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/// The address of the store. Printing it hides a password; [`expose`](Self::expose) doesn't.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl {
    text: String,
    file: Option<PathBuf>,
}

/// An address that is none of a store. `what` goes on after the name of what holds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it {what}\n  fix: {fix}")]
pub struct StoreUrlError {
    /// What is wrong with it.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl StoreUrl {
    /// The address as the engine takes it: `sqlite:/srv/news/stories.db`.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The file of an embedded store, absolute; none: the store is on a server.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// An embedded store in `file`, which is absolute.
    pub fn sqlite(file: PathBuf) -> Self {
        Self { text: format!("sqlite:{}", file.display()), file: Some(file) }
    }

    /// Reads an address; files are taken from `folder`.
    ///
    /// # Errors
    /// With what is wrong, the password hidden.
    pub fn parse(written: &str, folder: &Path) -> Result<Self, StoreUrlError> {
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
            "sqlite" => return Ok(Self::sqlite(paths::joined(folder, path))),
            "postgres" | "postgresql" => return Self::server(written),
            _ => (
                format!("`{}` is no address of a store", masked(written)),
                "write one such as `sqlite:stories.db` or `postgres://user:password@host/database`",
            ),
        };
        Err(StoreUrlError { what, fix: fix.to_owned() })
    }

    fn server(written: &str) -> Result<Self, StoreUrlError> {
        let fault = |what: String, fix: String| {
            Err(StoreUrlError { what: format!("`{}` {what}", masked(written)), fix })
        };
        let form = "write `postgres://user:password@host/database`";
        let url = match Url::parse(written) {
            Ok(url) if !url.cannot_be_a_base() && url.fragment().is_none() => url,
            _ => {
                let fix = "; in a password write `%40` for `@`, `%2F` for `/`, `%3A` for `:`, \
                    `%23` for `#`";
                return fault("is no address of a server".into(), format!("{form}{fix}"));
            }
        };
        for (name, value) in url.query_pairs() {
            if !PARAMETERS.contains(&&*name) {
                let what = format!("has the unknown option `{name}`");
                return fault(what, did_you_mean(&name, PARAMETERS));
            }
            if name == "sslmode" && !SSL_MODES.contains(&&*value) {
                let what = format!("has the unknown sslmode `{value}`");
                return fault(what, did_you_mean(&value, SSL_MODES));
            }
        }
        let named = url.query_pairs().any(|(name, value)| name == "dbname" && !value.is_empty());
        if !named && url.path().trim_matches('/').is_empty() {
            return fault("names no database".into(), form.to_owned());
        }
        Ok(Self { text: written.to_owned(), file: None })
    }

    /// Reads an address in the configuration.
    pub(super) fn read(
        written: &str,
        folder: &Path,
        at: &Spot<'_>,
        faults: &mut Faults<'_>,
    ) -> Option<Self> {
        Self::parse(written, folder)
            .map_err(|StoreUrlError { what, fix }| faults.add_key(at, &what, fix))
            .ok()
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
        let store = parsed("postgres://u:s3cret@db/n").expect("an address");
        assert!(!format!("{store} {store:?}").contains("s3cret"));
        assert!(store.expose().contains("s3cret"));
    }

    fn parsed(written: &str) -> Result<StoreUrl, StoreUrlError> {
        StoreUrl::parse(written, Path::new("/srv/news"))
    }

    #[test]
    fn a_server_is_taken_by_host_or_by_the_folder_of_its_socket() {
        for address in [
            "postgres://u:p@db.example:5433/news",
            "postgresql://u@db.example/news?sslmode=verify-full&sslrootcert=/etc/ca.pem",
            "postgres:///news?host=/run/postgresql",
            "postgres://db?dbname=news",
            "postgres://db/shared?options=-csearch_path%3Dfeeds",
        ] {
            let store = parsed(&format!(" {address}\n")).expect("an address");
            assert_eq!((store.expose(), store.file()), (address, None));
        }
        let file = parsed("sqlite:stories.db").expect("an address");
        assert_eq!(file.file(), Some(Path::new("/srv/news/stories.db")));
    }

    #[test]
    fn a_server_that_is_named_wrongly_is_refused_without_its_password() {
        for (address, what, fix) in [
            ("postgres://u:s3cret@db", "names no database", "user:password@host/database"),
            ("postgres:news", "is no address of a server", "user:password@host/database"),
            ("postgres://u:s3#cret@db/n", "is no address of a server", "`%23` for `#`"),
            ("postgres://u:s3cret@db:port/n", "is no address of a server", "user:password@"),
            ("postgres://u:s3cret@db/n?sslmod=require", "option `sslmod`", "mean `sslmode`?"),
            ("postgres://u:s3cret@db/n?sslmode=yes", "sslmode `yes`", "use one of `disable`"),
        ] {
            let fault = parsed(address).expect_err(address);
            assert!(fault.what.contains(what) && fault.fix.contains(fix), "{fault}");
            assert!(!fault.to_string().contains("cret"), "{fault}");
        }
    }
}
