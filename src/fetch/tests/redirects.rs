//! Chains, circles, conditions.

use super::{
    super::RetryAfter,
    origin::{Act, Origin, answer},
    *,
};

/// Redirects `/STATUS/PATH` with that status to `/PATH`, and says where it is asked otherwise.
async fn redirecting() -> Origin {
    Origin::start(|head| {
        let path = head.split(' ').nth(1).expect("a path").to_owned();
        let mut parts = path[1..].splitn(2, '/');
        let status = parts.next().unwrap_or_default();
        match (status.parse::<u16>(), parts.next()) {
            (Ok(_), Some(rest)) => {
                let line = format!("Location: /{rest}\r\n");
                Act::Send(answer(&format!("{status} Elsewhere"), &line, b""))
            }
            _ => Act::Send(answer("200 OK", "", path.as_bytes())),
        }
    })
    .await
}

#[tokio::test]
async fn every_kind_of_redirect_is_followed_and_only_permanent_ones_move_an_address() {
    let origin = redirecting().await;
    let client = client();
    for (path, moved) in [
        ("/301/a", Some("/a")),
        ("/308/301/a", Some("/a")),
        ("/301/302/a", Some("/302/a")),
        ("/302/a", None),
        ("/303/a", None),
        ("/307/301/a", None),
        ("/a", None),
    ] {
        let fetched = full(&client, &origin.url(path)).await;
        assert_eq!(&*fetched.body, b"/a", "{path}");
        assert_eq!(fetched.trail.url, origin.url("/a"));
        assert_eq!(fetched.trail.moved, moved.map(|path| origin.url(path)), "{path}");
    }
    assert_eq!(origin.accepted(), 1, "one connection served them all");
}

#[tokio::test]
async fn circles_and_long_chains_end() {
    let origin = redirecting().await;
    let client = client();
    let long = origin.url("/301/302/301/302/301/302/a");
    assert_eq!(fault(&client, &long, manner()).await, FailureKind::TooManyHops(5));
    let circle = Origin::start(|head| {
        let to = if head.starts_with("GET /a") { "/b" } else { "/a" };
        Act::Send(answer("302 Found", &format!("Location: {to}\r\n"), b""))
    })
    .await;
    assert_eq!(fault(&client, &circle.url("/a"), manner()).await, FailureKind::RedirectLoop);
    assert_eq!(circle.asked().len(), 2);
}

#[tokio::test]
async fn an_answer_that_leads_to_a_forbidden_address_is_not_followed() {
    let client = client();
    for location in [
        "ftp://a.example/",
        "http://user:pass@a.example/",
        "http://169.254.169.254/latest/",
        "http://a.example:25/",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ] {
        let lines = format!("Location: {location}\r\n");
        let origin = Origin::saying(answer("301 Moved", &lines, b"")).await;
        let failure = get(&client, &origin.url("/"), manner()).await.expect_err(location);
        assert_eq!(failure.kind.code(), "forbidden-address", "{location}");
        assert!(!failure.to_string().contains("pass@"), "{failure}");
    }
}

#[tokio::test]
async fn a_redirect_without_an_address_is_a_status() {
    let client = client();
    for status in [301, 302, 300, 305, 306] {
        let origin = Origin::saying(answer(&format!("{status} Odd"), "", b"")).await;
        assert_eq!(fault(&client, &origin.url("/"), manner()).await, FailureKind::Status(status));
    }
}

#[tokio::test]
async fn validators_go_along_the_whole_chain_word_for_word_and_nothing_is_added() {
    let origin = Origin::start(|head| {
        Act::Send(if head.starts_with("GET /a?q=1 ") {
            answer("302 Found", "Location: /b\r\nSet-Cookie: a=b\r\n", b"")
        } else {
            b"HTTP/1.1 304 Not Modified\r\nETag: W/\"new\"\r\nCache-Control: max-age=60\r\n\r\n"
                .to_vec()
        })
    })
    .await;
    let client = client();
    let known = validators("W/\"old\"", "some day");
    let url = origin.url("/a?q=1#part");
    let request =
        Request { url: &url, accept: "text/x", validators: Some(&known), manner: manner() };
    for _ in 0..2 {
        let Answer::NotModified(same) = client.get(&request).await.expect("an answer") else {
            panic!("a body");
        };
        assert_eq!(same.validators.etag.as_deref(), Some("W/\"new\""));
        assert_eq!(same.freshness.lifetime(), Some(Duration::from_mins(1)));
        assert_eq!(same.trail.url, origin.url("/b#part"));
    }
    let heads = origin.asked();
    assert_eq!(heads.len(), 4);
    for head in heads {
        let mut lines: Vec<_> =
            head.trim_end().split("\r\n").skip(1).map(str::to_lowercase).collect();
        lines.sort();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            lines,
            [
                "accept-encoding: gzip, br, zstd, deflate".to_owned(),
                "accept: text/x".to_owned(),
                format!("host: {}", origin.address),
                "if-modified-since: some day".to_owned(),
                "if-none-match: w/\"old\"".to_owned(),
                format!("user-agent: feedwright/{version} (+https://newsroom.example/)"),
            ]
        );
    }
}

#[tokio::test]
async fn a_304_that_was_not_asked_for_is_a_failure() {
    let origin = Origin::saying("HTTP/1.1 304 Not Modified\r\n\r\n").await;
    let client = client();
    assert_eq!(fault(&client, &origin.url("/"), manner()).await, FailureKind::NotAsked);
    let empty = Validators::default();
    let url = origin.url("/");
    let request = Request { url: &url, accept: "*/*", validators: Some(&empty), manner: manner() };
    let failure = client.get(&request).await.expect_err("a failure");
    assert_eq!(failure.kind.code(), "not-asked");
}

#[tokio::test]
async fn any_status_but_200_is_a_failure_and_says_when_to_come_back() {
    let client = client();
    for status in [201, 202, 203, 204, 206, 226, 400, 401, 404, 410, 418, 429, 500, 503, 599, 999] {
        let line = format!("{status} Word");
        let origin = Origin::saying(answer(&line, "Retry-After: 120\r\n", b"")).await;
        let failure = get(&client, &origin.url("/"), manner()).await.expect_err("a failure");
        assert_eq!(failure.status(), Some(status));
        assert_eq!(failure.retry_after, Some(RetryAfter::Wait(Duration::from_mins(2))));
    }
}
