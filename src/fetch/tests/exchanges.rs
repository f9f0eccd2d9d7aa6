//! Posts and short questions; who is reached; connections that fail.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

use super::{
    super::{RetryAfter, Robots},
    origin::{Act, Origin, Told, answer},
    *,
};

fn public() -> Manner {
    Manner { reach: Reach::Public, ..manner() }
}

#[tokio::test]
async fn a_public_request_never_reaches_this_machine() {
    let origin = Origin::saying(answer("200 OK", "", b"secret")).await;
    let port = origin.address.port();
    let names = Told::new(&[&[origin.address], &["[::1]:0".parse().expect("an address")]]);
    let client = client_with(names.clone());
    // A connection that a private request left behind serves no public one.
    full(&client, &origin.url("/")).await;
    let before = origin.accepted();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "localhost",
        "a.localhost",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::]",
        "127.0.0.1.",
        "１２７.0.0.1",
        "rebound.example",
        "other.example",
    ] {
        let url = Url::parse(&format!("http://{host}:{port}/")).expect(host);
        let failure = get(&client, &url, public()).await.expect_err(host);
        assert_eq!(failure.kind.code(), "forbidden-address", "{host}: {failure}");
    }
    assert_eq!(names.looked_up(), 2, "two names alone were worth a look");
    assert_eq!(origin.accepted(), before);
    assert_eq!(origin.asked().len(), 1);
}

#[tokio::test]
async fn a_name_that_stands_for_another_address_a_moment_later_gains_nothing() {
    let origin = Origin::saying(answer("200 OK", "", b"secret")).await;
    let names = Told::new(&[&[origin.address], &[origin.address], &[origin.address]]);
    let client = client_with(names.clone());
    let url =
        Url::parse(&format!("http://rebound.example:{}/", origin.address.port())).expect("a URL");
    for _ in 0..3 {
        assert_eq!(fault(&client, &url, public()).await.code(), "forbidden-address");
    }
    assert_eq!(names.looked_up(), 3, "looked up for each connection, by the connector alone");
    assert_eq!(origin.accepted(), 0);
    let fetched = full(&client, &url).await;
    assert_eq!(&*fetched.body, b"secret", "a private request may");
}

#[tokio::test]
async fn of_several_addresses_only_permitted_ones_are_dialled() {
    let origin = Origin::saying(answer("200 OK", "", b"here")).await;
    let metadata: SocketAddr = "169.254.169.254:0".parse().expect("an address");
    let client = client_with(Told::new(&[&[metadata, origin.address]]));
    let url = Url::parse(&format!("http://two.example:{}/", origin.address.port())).expect("a URL");
    assert_eq!(&*full(&client, &url).await.body, b"here");
    let alone = client_with(Told::new(&[&[metadata]]));
    let failure = get(&alone, &url, manner()).await.expect_err("a failure");
    assert!(failure.to_string().contains("169.254.169.254"), "{failure}");
    assert_eq!(failure.kind.code(), "forbidden-address");
}

#[tokio::test]
async fn names_connections_and_secure_connections_fail_each_in_their_own_way() {
    let unknown = client_with(Told::new(&[]));
    let url = Url::parse("http://unknown.example/").expect("a URL");
    assert_eq!(fault(&unknown, &url, public()).await.code(), "dns");
    let nowhere = client_with(Told::new(&[&[]]));
    assert_eq!(fault(&nowhere, &url, public()).await.code(), "dns");
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", closed.local_addr().expect("an address"));
    let url = Url::parse(&url).expect("a URL");
    drop(closed);
    let client = client();
    assert_eq!(fault(&client, &url, manner()).await.code(), "connect");
    let plain = Origin::saying(answer("200 OK", "", b"no TLS")).await;
    let mut url = plain.url("/");
    url.set_scheme("https").expect("a scheme");
    let kind = fault(&client, &url, limited(|limits| limits.head = SHORT)).await;
    assert!(matches!(kind.code(), "tls" | "timeout"), "{kind}");
}

#[tokio::test]
async fn a_post_is_sent_once_and_its_answer_given_whatever_it_is() {
    let origin = Origin::start(|_| {
        let lines = "Location: /other\r\nRetry-After: 7\r\n";
        Act::End(answer("307 Elsewhere", lines, &[b'x'; 9000]))
    })
    .await;
    let mut headers = HeaderMap::new();
    headers.insert("x-hub-signature", HeaderValue::from_static("sha256=00"));
    let body = Bytes::from_static(b"<rss/>");
    let reply = client().post(&origin.url("/callback"), headers, body, &manner()).await;
    let reply = reply.expect("a reply");
    assert_eq!((reply.status, reply.body.len(), reply.is_success()), (307, 4096, false));
    assert_eq!(reply.location, Some(origin.url("/other")));
    assert_eq!(reply.retry_after, Some(RetryAfter::Wait(Duration::from_secs(7))));
    let [asked] = origin.asked().try_into().expect("one request");
    assert!(asked.starts_with("POST /callback HTTP/1.1\r\n") && asked.ends_with("\r\n\r\n<rss/>"));
    assert!(asked.contains("x-hub-signature: sha256=00\r\n"), "{asked}");
}

#[tokio::test]
async fn a_question_keeps_its_query_and_its_short_answer_may_break_off() {
    let origin =
        Origin::saying("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nchallenge").await;
    let url = origin.url("/callback?a=b&hub.challenge=challenge");
    let reply = client().ask(&url, &manner()).await.expect("a reply");
    assert_eq!((reply.status, &*reply.body, reply.is_success()), (202, &b"challenge"[..], true));
    assert!(origin.asked()[0].starts_with("GET /callback?a=b&hub.challenge=challenge HTTP/1.1"));
    let failure = client().ask(&url, &public()).await.expect_err("refused");
    assert_eq!(failure.kind.code(), "forbidden-address");
    assert!(!failure.to_string().contains("hub.challenge"));
}

#[tokio::test]
async fn robots_are_asked_once_and_what_can_not_be_had_forbids_for_now() {
    let client = client();
    let now = Instant::now();
    for (bytes, allowed, again) in [
        (answer("200 OK", "", b"User-agent: *\nDisallow: /x"), false, 1),
        (answer("200 OK", "", b"User-agent: *\nDisallow: /y"), true, 1),
        (answer("404 Not Found", "", b""), true, 1),
        (answer("204 No Content", "", b""), true, 1),
        (answer("503 Later", "", b""), false, 2),
        (answer("429 Slow", "", b""), false, 2),
        (b"rubbish".to_vec(), false, 2),
    ] {
        let origin = Origin::saying(bytes).await;
        let robots = Robots::default();
        let url = origin.url("/x?q=1");
        for minutes in [0, 1, 11] {
            let now = now + Duration::from_mins(minutes);
            let rules = robots.rules(&client, &url, &manner(), now).await;
            assert_eq!(rules.allow(&url), allowed);
        }
        assert_eq!(origin.asked().len(), again);
        assert!(origin.asked()[0].starts_with("GET /robots.txt HTTP/1.1\r\n"));
    }
}

#[tokio::test]
async fn many_conditional_requests_share_a_few_connections() {
    let origin = Origin::start(|_| Act::Send(b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec())).await;
    let client = client();
    let known = validators("\"a\"", "yesterday");
    let url = Arc::new(origin.url("/feed"));
    let workers: Vec<_> = (0..32)
        .map(|_| {
            let (client, known, url) = (client.clone(), known.clone(), Arc::clone(&url));
            tokio::spawn(async move {
                for _ in 0..63 {
                    let request = Request {
                        url: &url,
                        accept: "*/*",
                        validators: Some(&known),
                        manner: manner(),
                    };
                    assert!(matches!(client.get(&request).await, Ok(Answer::NotModified(_))));
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a worker");
    }
    assert_eq!(origin.asked().len(), 32 * 63);
    assert!(origin.accepted() <= 64, "{}", origin.accepted());
}

#[tokio::test]
async fn an_address_longer_than_any_request_is_refused() {
    let origin = Origin::saying(answer("200 OK", "", b"")).await;
    let url = origin.url(&format!("/{}", "x".repeat(70_000)));
    assert_eq!(fault(&client(), &url, manner()).await.code(), "unusable-address");
    assert_eq!(origin.accepted(), 0);
}
