//! Redirects (RFC 9110 §15.4): where an answer led to. Pure.
//!
//! # Promises
//! - No circle and no endless chain is followed.
//! - [`Trail::moved`] is an address that permanent redirects alone (301, 308) led to, from the
//!   address as it was given on. What stands behind a temporary one, or behind a step from `https`
//!   down to `http`, is never remembered: anyone on the way could have written it.
//!
//! # Limits
//! - A step down to `http` is followed, since some feeds live there, and said in
//!   [`Trail::downgraded`].

use url::Url;

use super::failure::FailureKind;

/// The way from the address asked for to the one that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// The address that answered. A fragment that was asked for is kept (RFC 9110 §10.2.2).
    pub url: Url,
    /// Where the address has moved for good.
    pub moved: Option<Url>,
    /// Whether it led from `https` to `http`.
    pub downgraded: bool,
    /// The addresses before, without fragments.
    before: Vec<Url>,
    is_permanent: bool,
}

/// Whether an answer of this status leads to another address.
pub(super) fn leads_on(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

impl Trail {
    pub(super) fn begin(url: &Url) -> Self {
        Self {
            url: url.clone(),
            moved: None,
            downgraded: false,
            before: Vec::new(),
            is_permanent: true,
        }
    }

    /// How many redirects were followed.
    pub fn hops(&self) -> usize {
        self.before.len()
    }

    /// Goes where an answer of this status leads.
    pub(super) fn follow(
        &mut self,
        status: u16,
        location: &str,
        max_hops: usize,
    ) -> Result<(), FailureKind> {
        if self.before.len() == max_hops {
            return Err(FailureKind::TooManyHops(max_hops));
        }
        let Ok(mut next) = self.url.join(location) else {
            // What follows may be secret.
            let shown = location.split(['?', '#', '@']).next().unwrap_or_default();
            return Err(FailureKind::BadRedirect(shown.chars().take(100).collect()));
        };
        if next.fragment().is_none() {
            next.set_fragment(self.url.fragment());
        }
        self.before.push(without_fragment(&self.url));
        if self.before.contains(&without_fragment(&next)) {
            return Err(FailureKind::RedirectLoop);
        }
        let is_down = self.url.scheme() == "https" && next.scheme() == "http";
        self.downgraded |= is_down;
        self.is_permanent &= matches!(status, 301 | 308) && !is_down;
        if self.is_permanent {
            self.moved = Some(without_fragment(&next));
        }
        self.url = next;
        Ok(())
    }
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(start: &str, steps: &[(u16, &str)]) -> Result<Trail, FailureKind> {
        let mut trail = Trail::begin(&Url::parse(start).expect("a URL"));
        for (status, location) in steps {
            trail.follow(*status, location, 5)?;
        }
        Ok(trail)
    }

    fn moved(start: &str, steps: &[(u16, &str)]) -> Option<String> {
        trail(start, steps).expect("a trail").moved.map(String::from)
    }

    const START: &str = "https://a.example/x/feed?q=1#part";

    #[test]
    fn only_a_chain_that_begins_with_permanent_redirects_moves_an_address() {
        assert_eq!(moved(START, &[]), None);
        assert_eq!(moved(START, &[(301, "/b")]).as_deref(), Some("https://a.example/b"));
        assert_eq!(
            moved(START, &[(308, "b"), (301, "c")]).as_deref(),
            Some("https://a.example/x/c")
        );
        assert_eq!(
            moved(START, &[(301, "/b"), (302, "/c"), (301, "/d")]).as_deref(),
            Some("https://a.example/b")
        );
        for temporary in [302, 303, 307] {
            assert_eq!(moved(START, &[(temporary, "/b"), (301, "/c")]), None);
        }
    }

    #[test]
    fn a_step_down_to_http_is_told_and_never_remembered() {
        let down = trail(START, &[(301, "http://a.example/b"), (301, "https://a.example/c")]);
        let down = down.expect("followed");
        assert!(down.downgraded);
        assert_eq!(down.moved, None);
        let up = trail("http://a.example/", &[(301, "https://a.example/")]).expect("followed");
        assert_eq!((up.downgraded, up.moved.is_some()), (false, true));
    }

    #[test]
    fn locations_are_resolved_and_fragments_inherited() {
        let end = |location| trail(START, &[(302, location)]).expect("a trail").url.to_string();
        assert_eq!(end("../y"), "https://a.example/y#part");
        assert_eq!(end("?q=2"), "https://a.example/x/feed?q=2#part");
        assert_eq!(end("//b.example/y#other"), "https://b.example/y#other");
        assert_eq!(end("https://b.example/ä ö"), "https://b.example/%C3%A4%20%C3%B6#part");
    }

    #[test]
    fn circles_endless_chains_and_rubbish_end_it() {
        let fault = |steps| trail(START, steps).expect_err("a fault");
        assert_eq!(fault(&[(301, START)]), FailureKind::RedirectLoop);
        assert_eq!(fault(&[(301, "?q=1#other")]), FailureKind::RedirectLoop);
        assert_eq!(fault(&[(302, "/a"), (302, "/b"), (302, "/a")]), FailureKind::RedirectLoop);
        let long = [(301, "1"), (301, "2"), (301, "3"), (301, "4"), (301, "5"), (301, "6")];
        assert_eq!(trail(START, &long[..5]).map(|trail| trail.hops()), Ok(5));
        assert_eq!(fault(&long), FailureKind::TooManyHops(5));
        assert!(matches!(fault(&[(301, "https://")]), FailureKind::BadRedirect(_)));
    }
}
