//! The addresses under which WordPress gives its posts
//! (<https://developer.wordpress.org/rest-api/reference/posts/>).
//!
//! # Promises
//! - Only what is read is asked for.
//!
//! # Limits
//! - `modified_after` is understood since WordPress 5.7; older sites give all posts again.

use chrono::{DateTime, SecondsFormat, Utc};
use url::Url;

/// Posts in one answer: WordPress allows no more.
const PER_PAGE: &str = "100";
const EMBED: &str = "author,wp:featuredmedia,wp:term";
const FIELDS: &str = "id,guid,link,status,lang,title,content,excerpt,date,date_gmt,modified,\
    modified_gmt,jetpack_featured_media_url,yoast_head_json.author,yoast_head_json.og_image,\
    _links,_embedded";

/// Where a site's REST API stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestApi {
    root: Url,
}

impl RestApi {
    /// The usual place: `/wp-json/` below the address of the site.
    pub fn at(site: &Url) -> Self {
        let mut root = bare(site);
        root.set_path(&format!("{}/wp-json/", site_path(site)));
        Self { root }
    }

    /// Where it stands on sites without pretty permalinks, and wherever `/wp-json/` is not found.
    pub fn plain(site: &Url) -> Self {
        let mut root = bare(site);
        root.set_path(&format!("{}/", site_path(site)));
        root.set_query(Some("rest_route=/"));
        Self { root }
    }

    /// The address of the posts, newest first; `page` counts from 1.
    pub fn newest_posts(&self, page: u32) -> Url {
        self.posts(page, &[("orderby", "date"), ("order", "desc")])
    }

    /// The address of the posts that changed after `instant`, those first that changed first.
    pub fn posts_modified_after(&self, instant: DateTime<Utc>, page: u32) -> Url {
        let instant = instant.to_rfc3339_opts(SecondsFormat::Secs, true);
        let order = [("orderby", "modified"), ("order", "asc"), ("modified_after", &*instant)];
        self.posts(page, &order)
    }

    fn posts(&self, page: u32, order: &[(&str, &str)]) -> Url {
        const POSTS: &str = "wp/v2/posts";
        let mut url = self.root.clone();
        let route = url.query_pairs().find(|(name, _)| name == "rest_route");
        let route = route.map(|(_, route)| format!("{}/{POSTS}", route.trim_end_matches('/')));
        match route {
            Some(route) => {
                let others: Vec<(String, String)> = url
                    .query_pairs()
                    .filter(|(name, _)| name != "rest_route")
                    .map(|(name, value)| (name.into_owned(), value.into_owned()))
                    .collect();
                url.query_pairs_mut()
                    .clear()
                    .append_pair("rest_route", &route)
                    .extend_pairs(others);
            }
            None => url.set_path(&format!("{}/{POSTS}", url.path().trim_end_matches('/'))),
        }
        url.query_pairs_mut()
            .append_pair("per_page", PER_PAGE)
            .append_pair("page", &page.to_string())
            .extend_pairs(order)
            .append_pair("_embed", EMBED)
            .append_pair("_fields", FIELDS);
        url
    }
}

fn bare(site: &Url) -> Url {
    let mut root = site.clone();
    root.set_query(None);
    root.set_fragment(None);
    root
}

/// The path of a site, which may have been given as that of its front page.
fn site_path(site: &Url) -> &str {
    let path = site.path();
    path.strip_suffix("index.php").unwrap_or(path).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    fn begins(api: &RestApi) -> String {
        let url = api.newest_posts(2).to_string();
        url.split("&order").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_posts_stand_below_the_address_of_the_site() {
        for (site, wanted) in [
            ("https://s.example", "https://s.example/wp-json/wp/v2/posts?per_page=100&page=2"),
            ("https://s.example/", "https://s.example/wp-json/wp/v2/posts?per_page=100&page=2"),
            (
                "https://s.example/blog/?x=1#y",
                "https://s.example/blog/wp-json/wp/v2/posts?per_page=100&page=2",
            ),
            (
                "https://s.example/blog/index.php",
                "https://s.example/blog/wp-json/wp/v2/posts?per_page=100&page=2",
            ),
        ] {
            assert_eq!(begins(&RestApi::at(&url(site))), wanted, "{site}");
        }
        assert_eq!(
            begins(&RestApi::plain(&url("https://s.example/blog"))),
            "https://s.example/blog/?rest_route=%2Fwp%2Fv2%2Fposts&per_page=100&page=2"
        );
    }

    #[test]
    fn a_later_fetch_asks_for_what_changed_since() {
        let instant = "2026-03-01T09:00:00.5Z".parse().expect("an instant");
        let url = RestApi::at(&url("https://s.example")).posts_modified_after(instant, 1);
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let has = |name: &str, value: &str| pairs.contains(&(name.to_owned(), value.to_owned()));
        assert!(has("modified_after", "2026-03-01T09:00:00Z"), "{url}");
        assert!(has("orderby", "modified") && has("order", "asc"), "{url}");
        assert!(has("_embed", "author,wp:featuredmedia,wp:term"), "{url}");
    }
}
