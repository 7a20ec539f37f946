//! Strangers: whoever connects and asks for nothing, sends a half, does not read, or comes from elsewhere. None of them holds up
//! the page, or takes its places and its memory.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use reqwest::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HOST, ORIGIN};
use reqwest::{Method, StatusCode};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::client::client;
use crate::support::parlab::parlab;
use crate::support::process::wait_for;
use crate::support::server::Server;

/// More than a server has room for.
const MANY: usize = 970;
/// How long an answer may take on a busy machine. Where somebody is waited for who says nothing, it takes ten seconds.
const SOON: Duration = Duration::from_secs(5);
/// Until when all are gone who take ten seconds too long.
const GONE: Duration = Duration::from_secs(40);

/// Connections over each of which something is said.
fn strangers(server: &Server, count: usize, said: &[u8]) -> Vec<TcpStream> {
    // This process has their other ends.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("it may have what it may choose");
    let connect = |_| {
        let mut stream = TcpStream::connect(server.address()).expect("the server accepts");
        stream.set_read_timeout(Some(GONE)).expect("a time");
        // A server may have enough of it before all is said.
        _ = stream.write_all(said);
        stream
    };
    (0..count).map(connect).collect()
}

/// What comes over a connection until it ends.
fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => {}
        // The server did not read all that it was sent.
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// Asks the server as the page does, with a connection of its own.
#[track_caller]
fn answers_soon(server: &Server) {
    let (begun, mut stream) = (Instant::now(), TcpStream::connect(server.address()).expect("the server accepts"));
    stream.set_read_timeout(Some(GONE)).expect("a time");
    stream.write_all(b"GET /api/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("it listens");
    let answer = rest(stream);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
}

/// What a server has in memory, in MB.
fn memory_mb(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("it runs");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
    resident.trim_end_matches("kB").trim().parse::<u64>().expect("a number") / 1000
}

#[test]
fn who_asks_for_nothing_takes_nobodys_place_and_is_gone_after_a_while() {
    let (server, begun) = (Server::start(&[]), Instant::now());
    let silent = strangers(&server, MANY / 2, b"");
    let half = strangers(&server, MANY / 2, b"GET / HTTP/1.1\r\nHost: loc");
    for _ in 0..10 {
        answers_soon(&server);
    }
    for stream in silent.into_iter().chain(half) {
        assert_eq!(rest(stream), "");
    }
    assert!(begun.elapsed() < GONE, "{:?}", begun.elapsed());
}

#[test]
fn who_asks_for_nothing_more_makes_room() {
    let server = Server::start(&[]);
    let all = strangers(&server, MANY, b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    answers_soon(&server);
    // The first that came is the first to go.
    let answer = rest(all.into_iter().next().expect("some"));
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}

#[test]
fn who_asks_for_what_takes_long_leaves_places_to_the_page() {
    let server = Server::start(&[]);
    let request = b"GET /target/bytes/1?latency=600000 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let all = strangers(&server, MANY, request);
    answers_soon(&server);
    let waits = |stream: &&TcpStream| {
        stream.set_nonblocking(true).expect("it does not wait");
        stream.peek(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    };
    wait_for("those beyond are refused", || (all.iter().filter(waits).count() == 900).then_some(()));
}

#[test]
fn half_sent_bodies_take_little_memory_and_no_room_from_what_plans_post() {
    let (server, begun) = (Server::start(&[]), Instant::now());
    answers_soon(&server);
    let before = memory_mb(&server);
    let head = "POST /target/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n\"";
    let half = strangers(&server, 500, &[head.as_bytes(), &[b'x'; 900_000]].concat());
    answers_soon(&server);
    let during = memory_mb(&server);
    assert!(during < before + 300, "{before} MB before, {during} MB with them");

    let post = "POST /target/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 16\r\n\r\n{\"request\":1234}";
    let answer = rest(strangers(&server, 1, post.as_bytes()).remove(0));
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("{\"request\":1234}"), "{answer}");

    let answers: Vec<String> = half.into_iter().map(rest).collect();
    assert!(begun.elapsed() < GONE, "{:?}", begun.elapsed());
    for status in ["408 Request Timeout", "503 Service Unavailable"] {
        let answer = answers.iter().find(|answer| answer.starts_with(&format!("HTTP/1.1 {status}\r\n")));
        let answer = answer.unwrap_or_else(|| panic!("none has {status}"));
        for header in
            ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff", "connection: close"]
        {
            assert!(answer.contains(&format!("\r\n{header}")), "{header}: {answer}");
        }
    }
    wait_for("memory is given back", || (memory_mb(&server) < before + 150).then_some(()));
}

#[tokio::test]
async fn who_does_not_read_takes_little_memory() {
    let server = Server::start(&[]);
    answers_soon(&server);
    let before = memory_mb(&server);
    let all = strangers(&server, 300, b"GET /target/bytes/2000000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    answers_soon(&server);
    let during = memory_mb(&server);
    assert!(during < before + 100, "{before} MB before, {during} MB with them");
    drop(all);
    let client = client();
    let in_flight = async || -> serde_json::Value {
        let stats = client.get(server.at("/target/stats")).send().await.expect("an answer");
        stats.json::<serde_json::Value>().await.expect("JSON")["total"]["in_flight"].clone()
    };
    let begun = Instant::now();
    while in_flight().await != 0 {
        assert!(begun.elapsed() < GONE, "they are answered still");
    }
}

#[test]
fn what_is_no_request_is_refused_without_a_body() {
    let server = Server::start(&[]);
    let check = |said: String, status: &str| {
        let answer = rest(strangers(&server, 1, said.as_bytes()).remove(0));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{status}: {answer}");
        assert!(answer.contains("\r\ncontent-length: 0\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    };
    let request = |address: usize, header: usize| {
        let (address, header) = ("a".repeat(address), "b".repeat(header));
        format!("GET /?{address} HTTP/1.1\r\nHost: localhost\r\nX: {header}\r\n\r\n")
    };
    check("What is this?\r\n\r\n".to_owned(), "400");
    check(request(66_000, 0), "414");
    check(request(0, 200_000), "431");
}

#[tokio::test]
async fn pages_of_others_are_answered_nowhere() {
    let server = Server::start(&["--host", "lab.example"]);
    let paths = ["/", "/nothing", "/api/info", "/api/executor", "/target/bytes/1", "/target/page/0", "/target/stats"];
    let ask = async |path: &str, origin: &str| {
        let path = format!("{path}?token={}", server.token());
        client().get(server.at(&path)).header(ORIGIN, origin).send().await.expect("an answer")
    };
    for path in paths {
        for origin in ["http://evil.example", "null", "http://127.0.0.1:1"] {
            let response = ask(path, origin).await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path} {origin}");
            assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin", "{path} {origin}");
            let reason = response.text().await.expect("text");
            assert!(reason.contains("only pages of this server") && reason.contains("--host NAME"), "{reason}");
        }
        for origin in [server.url().trim_end_matches('/'), "https://lab.example"] {
            let status = ask(path, origin).await.status();
            assert!(path == "/api/executor" || status != StatusCode::FORBIDDEN, "{path} {origin}: {status}");
        }
    }
    let post = client().post(server.at("/target/echo")).header(ORIGIN, "http://evil.example").body("{}");
    assert_eq!(post.send().await.expect("an answer").status(), StatusCode::FORBIDDEN);
}

/// A `parlab target`, ended when it is dropped; and its address.
pub struct Target(Child, pub String);

impl Target {
    /// Starts one on a free port of loopback.
    pub fn start(options: &[&str]) -> Self {
        let mut command = parlab();
        let command = command.arg("target").args(options).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("parlab runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("it says where it is");
        let url = line.trim_end().strip_prefix("parlab target at ").expect("an address").to_owned();
        Self(child, url)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_target_alone_answers_to_its_own_hosts_and_lets_pages_of_others_delete_nothing() {
    let target = Target::start(&["--host", "lab.example"]);
    assert!(target.1.starts_with("http://127.0.0.1:"), "{}", target.1);
    let ask = async |method: Method, path: &str, header: (reqwest::header::HeaderName, &str)| {
        let request = client().request(method, format!("{}{path}", target.1)).header(header.0, header.1);
        request.send().await.expect("an answer")
    };
    for path in ["target/bytes/1", "target/page/0", "target/stats", "nothing", ""] {
        for (host, refused) in
            [("evil.example", true), ("192.168.0.1", true), ("lab.example", false), ("localhost:1", false)]
        {
            let status = ask(Method::GET, path, (HOST, host)).await.status();
            assert_eq!(status == StatusCode::FORBIDDEN, refused, "{path} {host}: {status}");
        }
        // Measuring it is what it is for.
        let response = ask(Method::GET, path, (ORIGIN, "http://evil.example")).await;
        assert_ne!(response.status(), StatusCode::FORBIDDEN, "{path}");
        assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
    }
    for header in [(ORIGIN, "http://evil.example"), (ORIGIN, "null"), (HOST, "evil.example")] {
        let response = ask(Method::DELETE, "target/stats", header.clone()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{header:?}");
    }
    let status = ask(Method::DELETE, "target/stats", (HOST, "localhost")).await.status();
    assert_eq!(status, StatusCode::NO_CONTENT);
}
