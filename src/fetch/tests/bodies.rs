//! Bodies that lie, grow, drip or never end.

use super::{
    super::{Body, Waited},
    origin::{Act, Origin, answer},
    *,
};

async fn fault_of(bytes: impl Into<Vec<u8>>, manner: Manner) -> FailureKind {
    let origin = Origin::saying(bytes).await;
    fault(&client(), &origin.url("/"), manner).await
}

#[tokio::test]
async fn a_document_comes_whole_with_all_that_is_said_of_it() {
    let document = "<rss>".repeat(1000);
    let coded = gzipped(document.as_bytes());
    let lines = "Content-Encoding: gzip\r\nContent-Type: Text/XML; charset=UTF-8\r\n\
        ETag: \"a\"\r\nLast-Modified: yesterday\r\nLink: <https://hub.example/>; rel=hub\r\n\
        Cache-Control: max-age=900\r\n";
    let origin = Origin::saying(answer("200 OK", lines, &coded)).await;
    let fetched = full(&client(), &origin.url("/feed")).await;
    assert_eq!(&*fetched.body, document.as_bytes());
    assert_eq!(fetched.wire_bytes, coded.len() as u64);
    assert_eq!(fetched.content_type.as_deref(), Some("text/xml"));
    assert_eq!(fetched.charset.as_deref(), Some("utf-8"));
    assert_eq!(fetched.validators, validators("\"a\"", "yesterday"));
    assert_eq!(fetched.freshness.lifetime(), Some(Duration::from_mins(15)));
    assert_eq!(fetched.links[0].rel, "hub");
    assert_eq!((fetched.trail.moved, fetched.trail.downgraded), (None, false));
}

#[tokio::test]
async fn each_coding_and_chunks_and_bodies_that_end_with_the_connection_are_read() {
    let document = b"a document of some words, words, words".repeat(50);
    let brotli = {
        let (mut coded, parameters) = (Vec::new(), brotli::enc::BrotliEncoderParams::default());
        brotli::BrotliCompress(&mut &document[..], &mut coded, &parameters).expect("memory");
        coded
    };
    let zstd = zstd::bulk::compress(&document, 3).expect("memory");
    let client = client();
    let codings = [("gzip", gzipped(&document)), ("br", brotli), ("zstd", zstd)];
    for (name, coded) in codings.into_iter().chain([("identity", document.clone())]) {
        let coding = format!("Content-Encoding: {name}\r\n");
        let mut chunked =
            format!("HTTP/1.1 200 OK\r\n{coding}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
        for piece in coded.chunks(11) {
            chunked.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            chunked.extend_from_slice(piece);
            chunked.extend_from_slice(b"\r\n");
        }
        chunked.extend_from_slice(b"0\r\n\r\n");
        let ending =
            [format!("HTTP/1.0 200 OK\r\n{coding}\r\n").into_bytes(), coded.clone()].concat();
        for bytes in [answer("200 OK", &coding, &coded), chunked, ending] {
            let origin = Origin::saying(bytes).await;
            assert_eq!(&*full(&client, &origin.url("/")).await.body, document, "{name}");
        }
    }
}

#[tokio::test]
async fn a_body_shorter_than_its_length_is_no_answer() {
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly these";
    assert_eq!(fault_of(short, manner()).await.code(), "truncated");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nonly \r\n";
    assert_eq!(fault_of(chunked, manner()).await.code(), "truncated");
    let coded = gzipped(&b"many words ".repeat(100));
    let bytes = answer("200 OK", "Content-Encoding: gzip\r\n", &coded[..coded.len() - 9]);
    assert_eq!(fault_of(bytes, manner()).await.code(), "truncated");
}

#[tokio::test]
async fn a_body_longer_than_its_length_ends_there_and_its_connection_is_not_used_again() {
    let origin = Origin::start(|_| {
        Act::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nonlyHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil".to_vec())
    })
    .await;
    let client = client();
    for _ in 0..3 {
        assert_eq!(&*full(&client, &origin.url("/")).await.body, b"only");
    }
    assert_eq!(origin.accepted(), 3);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_whether_it_says_so_or_not() {
    let manner = limited(|limits| limits.max_bytes = 1000);
    let said = "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n";
    assert_eq!(fault_of(said, manner).await, FailureKind::TooLarge(1000));
    let endless = Origin::start(|_| {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        Act::Flood(head, [b"1000\r\n", &[b'x'; 0x1000][..], b"\r\n"].concat())
    })
    .await;
    let kind = fault(&client(), &endless.url("/"), self::manner()).await;
    assert_eq!(kind, FailureKind::TooLarge(16 << 20));
    let exact = answer("200 OK", "", &[b'x'; 1000]);
    let origin = Origin::saying(exact).await;
    assert!(get(&client(), &origin.url("/"), manner).await.is_ok());
}

#[tokio::test]
async fn a_body_that_grows_out_of_proportion_is_cut_while_it_grows() {
    let bomb = gzipped(&vec![0; 12 << 20]);
    let bytes = answer("200 OK", "Content-Encoding: gzip\r\n", &bomb);
    assert_eq!(fault_of(bytes, manner()).await, FailureKind::Bomb(200));
    let zstd = zstd::bulk::compress(&vec![0; 12 << 20], 3).expect("memory");
    let bytes = answer("200 OK", "Content-Encoding: zstd\r\n", &zstd);
    assert_eq!(fault_of(bytes, manner()).await, FailureKind::Bomb(200));
    let modest = gzipped(&vec![0; 1 << 20]);
    let origin = Origin::saying(answer("200 OK", "Content-Encoding: gzip\r\n", &modest)).await;
    assert_eq!(full(&client(), &origin.url("/")).await.body.len(), 1 << 20);
}

#[tokio::test]
async fn codings_that_were_not_asked_for_are_refused() {
    for coding in ["gzip, gzip", "br\r\nContent-Encoding: gzip", "compress", "dcz"] {
        let lines = format!("Content-Encoding: {coding}\r\n");
        let kind = fault_of(answer("200 OK", &lines, &gzipped(b"x")), manner()).await;
        assert_eq!(kind.code(), "coding", "{coding}");
    }
    let kind =
        fault_of(answer("200 OK", "Content-Encoding: br\r\n", b"<rss>plain</rss>"), manner());
    assert_eq!(kind.await.code(), "garbled");
}

#[tokio::test]
async fn a_head_beyond_the_limit_is_refused() {
    let line = format!("X-Line: {}\r\n", "x".repeat(4000));
    let kind = fault_of(answer("200 OK", &line.repeat(20), b"x"), manner()).await;
    assert_eq!(kind, FailureKind::HeadTooLarge(64 << 10));
    let flood = Origin::start(move |_| {
        Act::Flood(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-Line: again and again\r\n".to_vec())
    })
    .await;
    let code = fault(&client(), &flood.url("/"), manner()).await.code();
    assert!(matches!(code, "head-too-large" | "protocol"), "{code}");
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    for rubbish in
        ["", "hello", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 20\r\n\r\n", "\0\0\0", "ICY 200 OK\r\n\r\n"]
    {
        assert_eq!(fault_of(rubbish, manner()).await.code(), "protocol", "{rubbish}");
    }
}

#[tokio::test]
async fn who_says_nothing_and_who_stops_within_a_body_is_left() {
    let client = client();
    let manner = limited(|limits| (limits.head, limits.idle) = (SHORT, SHORT));
    let silent = Origin::start(|_| Act::Hang(Vec::new())).await;
    let kind = fault(&client, &silent.url("/"), manner).await;
    assert_eq!(kind, FailureKind::Timeout { what: Waited::Head, allowed: SHORT });
    let stops = |_: &str| Act::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome".to_vec());
    let kind = fault(&client, &Origin::start(stops).await.url("/"), manner).await;
    assert_eq!(kind, FailureKind::Timeout { what: Waited::Body, allowed: SHORT });
    let manner = limited(|limits| limits.total = SHORT);
    let kind = fault(&client, &Origin::start(stops).await.url("/"), manner).await;
    assert_eq!(kind, FailureKind::Timeout { what: Waited::Total, allowed: SHORT });
}

#[tokio::test]
async fn a_body_that_drips_is_cut_when_the_time_is_over() {
    let origin = Origin::start(|_| {
        // Byte by byte as fast as it goes: however many come, they are too many or too late.
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        Act::Flood(head, b"1\r\nx\r\n".to_vec())
    })
    .await;
    let manner = limited(|limits| (limits.total, limits.max_bytes) = (SHORT, u64::MAX));
    let kind = fault(&client(), &origin.url("/"), manner).await;
    assert_eq!(kind, FailureKind::Timeout { what: Waited::Total, allowed: SHORT });
}

#[tokio::test]
async fn three_large_bodies_are_held_at_a_time_and_a_fourth_waits_for_one_to_go() {
    let origin = Origin::saying(answer("200 OK", "", &vec![b'x'; 600 << 10])).await;
    let client = client();
    let mut held: Vec<Body> = Vec::new();
    for _ in 0..3 {
        held.push(full(&client, &origin.url("/")).await.body);
    }
    let manner = limited(|limits| limits.total = SHORT);
    let kind = fault(&client, &origin.url("/"), manner).await;
    assert_eq!(kind, FailureKind::Busy(SHORT));
    let small = Origin::saying(answer("200 OK", "", &vec![b'x'; 500 << 10])).await;
    assert_eq!(full(&client, &small.url("/")).await.body.len(), 500 << 10);
    let fourth = origin.url("/");
    let (fetched, ()) = tokio::join!(full(&client, &fourth), async { held.truncate(2) });
    assert_eq!(fetched.body.len(), 600 << 10);
}
