//! The target, from both sides: what clients get from `parlab serve`, and what the server counts.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use reqwest::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, ORIGIN};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::client::{builder, client};
use crate::support::server::Server;

/// A client that asks this machine, whatever proxy the environment names.
async fn get(server: &Server, path: &str) -> Response {
    client().get(server.at(path)).send().await.expect("the server answers")
}

async fn body(server: &Server, path: &str) -> Vec<u8> {
    let response = get(server, path).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    response.bytes().await.expect("the body arrives whole").to_vec()
}

async fn text(server: &Server, path: &str) -> String {
    String::from_utf8(body(server, path).await).expect("it is text")
}

async fn stats(server: &Server) -> Value {
    get(server, "/target/stats").await.json().await.expect("it is JSON")
}

/// Adler-32 (RFC 1950), as plainly as it can be written.
fn adler32(bytes: &[u8]) -> u32 {
    let step = |(a, b): (u32, u32), byte: &u8| ((a + u32::from(*byte)) % 65_521, (a + b + u32::from(*byte)) % 65_521);
    let (a, b) = bytes.iter().fold((1, 0), step);
    b << 16 | a
}

#[tokio::test]
async fn bytes_are_those_of_the_formula() {
    let server = Server::start(&[]);
    // Computed with another implementation of the formula, in Python.
    for (count, expected) in [(0, 1), (1_048_576, 238_169_041), (2_500_000, 349_267_712)] {
        let path = format!("/target/bytes/{count}");
        let response = get(&server, &path).await;
        assert_eq!(response.headers()[CONTENT_LENGTH], count.to_string().as_str());
        assert_eq!(response.headers()[CONTENT_TYPE], "application/octet-stream");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        let first = response.bytes().await.expect("the body arrives whole");
        assert_eq!((first.len(), adler32(&first)), (count, expected));
        assert!(first == body(&server, &path).await, "the second body of {count} bytes differs");
    }
}

#[tokio::test]
async fn images_are_images() {
    let server = Server::start(&[]);
    let file = body(&server, "/target/image/7.png").await;
    assert!((200_000..500_000).contains(&file.len()), "{}", file.len());
    let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().expect("it is a PNG");
    let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut pixels).expect("it decodes");
    assert_eq!((info.width, info.height, info.color_type), (640, 480, png::ColorType::Rgb));
    assert!(file == body(&server, "/target/image/7.png").await);
    assert!(file != body(&server, "/target/image/8.png").await);
    assert!(file != body(&server, "/target/image/7.png?seed=2").await);
}

/// Where the links of a page lead, in whatever way the attribute is written.
fn hrefs(html: &str) -> Vec<&str> {
    let rest = html.split("href=").chain(html.split("HREF=")).filter(|rest| !rest.starts_with("<!DOCTYPE"));
    let values = rest.map(|rest| match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest[1..].split(quote).next().unwrap_or_default(),
        _ => rest.split([' ', '>']).next().unwrap_or_default(),
    });
    values.collect()
}

#[tokio::test]
async fn a_crawl_finds_every_page_and_no_other() {
    let server = Server::start(&[]);
    let client = client();
    let start = "/target/page/0?pages=40&links=50&run=crawl";
    let mut seen = BTreeSet::from([start.to_owned()]);
    let mut frontier = vec![start.to_owned()];
    while let Some(path) = frontier.pop() {
        let response = client.get(server.at(&path)).send().await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        let html = response.text().await.expect("it is text");
        let links = hrefs(&html);
        assert_eq!(links.len(), 50, "{path}");
        for link in links.iter().filter(|link| link.starts_with(|first: char| first.is_ascii_digit())) {
            let link = link.split('#').next().unwrap_or_default();
            let page = format!("/target/page/{}", link.strip_suffix("/?ref=outind").unwrap_or(link));
            if seen.insert(page.clone()) {
                frontier.push(page);
            }
        }
    }
    assert_eq!(seen.len(), 40);
    assert_eq!(stats(&server).await["runs"]["crawl"]["requests"], json!({ "page": 40 }));

    let page = text(&server, "/target/page/3?pages=40").await;
    assert_eq!(page, text(&server, "/target/page/3?pages=40/?ref=outind").await);
    // Below its own address, the other pages are a folder up.
    let below = text(&server, "/target/page/3/?ref=outind").await;
    assert_ne!(text(&server, "/target/page/3").await, below);
    assert!(hrefs(&below).iter().any(|link| link.starts_with("../")));
    assert_eq!(get(&server, "/target/page/40?pages=40").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn echo_answers_what_it_was_sent() {
    let server = Server::start(&[]);
    let post =
        async |body: Vec<u8>| client().post(server.at("/target/echo")).body(body).send().await.expect("an answer");
    let sent = br#" {"key": [1, "two", null]} "#;
    let response = post(sent.to_vec()).await;
    assert_eq!(
        (response.status(), &response.headers()[CONTENT_TYPE]),
        (StatusCode::OK, &"application/json".parse().expect("a value"))
    );
    assert_eq!(response.bytes().await.expect("the body arrives whole"), sent.as_slice());
    assert_eq!(post(b"{".to_vec()).await.status(), StatusCode::BAD_REQUEST);
    let text = |length: usize| [b"\"".to_vec(), vec![b'x'; length - 2], b"\"".to_vec()].concat();
    assert_eq!(post(text(1 << 20)).await.status(), StatusCode::OK);
    assert_eq!(post(text((1 << 20) + 1)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(post(text(8 << 20)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let response = get(&server, "/target/echo").await;
    assert_eq!(
        (response.status(), &response.headers()[ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().expect("a value"))
    );
}

#[tokio::test]
async fn latency_and_bandwidth_take_their_time() {
    let server = Server::start(&[]);
    let took = async |path: &str| {
        let begun = Instant::now();
        body(&server, path).await;
        begun.elapsed()
    };
    assert!(took("/target/bytes/1?latency=200").await >= Duration::from_millis(200));
    assert!(took("/target/page/0?latency=100-300").await >= Duration::from_millis(100));
    assert!(took("/target/bytes/100000?bandwidth=400000").await >= Duration::from_millis(250));
}

#[tokio::test]
async fn the_same_requests_meet_the_same_fate_in_any_order() {
    let server = Server::start(&[]);
    let client = client();
    let fates = async |tasks: Vec<u32>, seed: u32| {
        let mut fates = Vec::new();
        for task in tasks {
            let path = format!("/target/bytes/9?fail=status:0.3&seed={seed}&task={task}");
            fates.push((task, client.get(server.at(&path)).send().await.expect("the server answers").status()));
        }
        fates.sort_unstable();
        fates
    };
    let forwards = fates((0..60).collect(), 1).await;
    assert_eq!(forwards, fates((0..60).rev().collect(), 1).await);
    assert_ne!(forwards, fates((0..60).collect(), 2).await);
    let failed = forwards.iter().filter(|(_, status)| *status == StatusCode::INTERNAL_SERVER_ERROR).count();
    assert!((8..=28).contains(&failed), "{failed} of 60");
}

/// The answer to a request, byte by byte, until the connection ends.
fn raw(server: &Server, path: &str) -> Vec<u8> {
    let mut connection = TcpStream::connect(server.address()).expect("the server accepts");
    write!(connection, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("the server reads");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).expect("the server ends the connection");
    answer
}

#[tokio::test]
async fn failures_are_what_they_are_called() {
    let server = Server::start(&[]);
    let response = get(&server, "/target/bytes/9?fail=status").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);

    for path in ["/target/bytes/1000000", "/target/bytes/0", "/target/page/0", "/target/image/0.png"] {
        let response = get(&server, &format!("{path}?fail=cut")).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let error = response.bytes().await.expect_err("the body is cut");
        assert!(error.is_body() || error.is_decode(), "{path}: {error:?}");
    }
    let answer = raw(&server, "/target/bytes/1000?fail=cut");
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("the head is whole") + 4;
    assert_eq!(answer.len() - head, 500);

    let error = client().get(server.at("/target/bytes/9?fail=garbage")).send().await.expect_err("it is no HTTP");
    assert!(error.is_request(), "{error:?}");
    assert!(raw(&server, "/target/bytes/9?fail=garbage").starts_with(b"\x00\xff\xfe\x80 these bytes are not HTTP"));

    let error = client().get(server.at("/target/bytes/9?fail=redirect")).send().await.expect_err("it never ends");
    assert!(error.is_redirect(), "{error:?}");
    let still = builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let response = still.get(server.at("/target/bytes/9?fail=redirect&hop=4")).send().await.expect("an answer");
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(response.headers()[LOCATION], "?fail=redirect&hop=5");

    let mut response = get(&server, "/target/bytes/1000?fail=stall").await;
    let mut arrived = 0;
    while arrived < 500 {
        arrived += response.chunk().await.expect("half of it comes").expect("the body does not end").len();
    }
    assert_eq!(arrived, 500);
    let more = tokio::time::timeout(Duration::from_millis(300), response.chunk()).await;
    assert!(more.is_err(), "something came: {more:?}");
    drop(response);

    let failures = &stats(&server).await["total"]["failures"];
    let expected = [("status", 1), ("cut", 5), ("garbage", 2), ("stall", 1)];
    for (kind, count) in expected {
        assert_eq!(failures[kind], count, "{kind}: {failures}");
    }
    assert!(failures["redirect"].as_u64() > Some(5), "{failures}");
}

#[tokio::test]
async fn stats_say_what_the_server_saw() {
    let server = Server::start(&[]);
    let client = client();
    let url = |run: &str| server.at(&format!("/target/bytes/1000?latency=300&run={run}"));
    let requests = ["a", "a", "a", "b"].map(|run| client.get(url(run)).send());
    for response in futures::future::join_all(requests).await {
        response.expect("the server answers").bytes().await.expect("the body arrives whole");
    }
    let seen = stats(&server).await;
    let of = |counts: &Value| {
        ["bytes_sent", "connections", "most_in_flight", "in_flight"]
            .map(|name| counts[name].as_u64().expect("a number"))
    };
    assert_eq!(seen["total"]["requests"], json!({ "bytes": 4 }));
    assert_eq!(of(&seen["total"]), [4000, 4, 4, 0]);
    assert_eq!(of(&seen["runs"]["a"]), [3000, 3, 3, 0]);
    assert_eq!(of(&seen["runs"]["b"]), [1000, 1, 1, 0]);

    // Without the server's token, or as a page of somebody else, nobody deletes anything.
    let right = format!("/target/stats?token={}", server.token());
    let refused = [("/target/stats", None), ("/target/stats?token=0", None), (&*right, Some("http://evil.example"))];
    for (path, origin) in refused {
        let request = client.delete(server.at(path));
        let request = origin.into_iter().fold(request, |request, origin| request.header(ORIGIN, origin));
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path} {origin:?}");
        assert!(response.text().await.expect("text").starts_with("Refused: "));
    }
    assert_eq!(of(&stats(&server).await["total"])[0], 4000);
    let response = client.delete(server.at(&right)).send().await.expect("the server answers");
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    let seen = stats(&server).await;
    assert_eq!((of(&seen["total"]), &seen["runs"]), ([0; 4], &json!({})));
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_the_way_out() {
    let server = Server::start(&[]);
    let check = async |path: &str, words: &[&str]| {
        let response = get(&server, path).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
        let reason = response.text().await.expect("the reason is text");
        assert!(words.iter().all(|word| reason.contains(word)), "{path}: {reason}");
    };
    check("/target/bytes/2000000001", &["2000000001", "2000000000"]).await;
    check("/target/bytes/-1", &["-1", "whole number"]).await;
    check("/target/page/x", &["x", "whole number"]).await;
    check("/target/image/1000.png", &["1000.png", "999"]).await;
    check("/target/image/1.jpg", &["1.jpg", "ID.png"]).await;
    check("/target/bytes/1?latncy=5", &["latncy=5", "latency"]).await;
    check("/target/bytes/1?latency=soon", &["latency=soon", "600000"]).await;
    check("/target/bytes/1?pages=5", &["pages=5", "no parameter"]).await;
    check("/target/page/1?fail=fire", &["fail=fire", "stall"]).await;
    check("/target/stats?x=1", &["x=1"]).await;
    let response = get(&server, "/target/nothing").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(response.text().await.expect("the reason is text").contains("/target/bytes/N"));
}
