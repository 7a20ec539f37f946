//! `parlab serve --tls`: both protocols over TLS, whom it refuses, and pages on several machines: a telephone's report arrives
//! beside the computer's.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use axum::body::Body;
use hyper::{Request, StatusCode, Version};
use parlab_shared::conduct::Passed;
use parlab_shared::say::facts;
use reqwest::header::{HOST, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::client::{builder, client};
use crate::support::driver::Engine;
use crate::support::http2::{Http2, connect};
use crate::support::parlab::{parlab, text};
use crate::support::server::Server;

/// More than a server has room for.
const MANY: usize = 970;
/// Until when all are gone who take ten seconds too long.
const GONE: Duration = Duration::from_secs(40);

/// The fingerprint that a server printed.
fn fingerprint(server: &Server) -> String {
    server.says("fingerprint is the one below");
    let line = server.says(":");
    assert_eq!(line.split(':').count(), 32, "{line}");
    line
}

/// A client that lets any certificate pass, and speaks HTTP/1.1.
fn untrusting() -> ClientBuilder {
    builder().tls_danger_accept_invalid_certs(true)
}

async fn bytes(response: hyper::Response<hyper::body::Incoming>) -> Result<usize, axum::Error> {
    axum::body::to_bytes(Body::new(response.into_body()), 1 << 20).await.map(|bytes| bytes.len())
}

#[tokio::test]
async fn both_protocols_are_spoken_with_the_certificate_that_was_printed() {
    let server = Server::start(&["--tls"]);
    assert!(server.url().starts_with("https://127.0.0.1:"), "{}", server.url());
    let fingerprint = fingerprint(&server);
    let other = fingerprint.replacen(&fingerprint[..2], if fingerprint.starts_with("00") { "01" } else { "00" }, 1);
    assert!(connect(server.address(), &other, &[]).await.is_err());

    for (asked, spoken) in
        [(&[&b"h2"[..], b"http/1.1"][..], Some(&b"h2"[..])), (&[b"http/1.1"], Some(b"http/1.1")), (&[], None)]
    {
        let stream = connect(server.address(), &fingerprint, asked).await.expect("it is trusted");
        assert_eq!(stream.get_ref().1.alpn_protocol(), spoken);
    }
    let http2 = Http2::connect(server.address(), &fingerprint).await;
    let answer = http2.get("/api/info").await.expect("an answer");
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));
    for name in ["content-security-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy"] {
        assert!(answer.headers().contains_key(name), "{name}");
    }
    let answer = untrusting().build().expect("a client").get(server.at("/api/info")).send().await.expect("an answer");
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_11));
}

#[tokio::test]
async fn over_http2_whom_a_request_is_for_and_where_it_comes_from_are_looked_at_too() {
    let server = Server::start(&["--tls", "--host", "lab.example"]);
    let http2 = Http2::connect(server.address(), &fingerprint(&server)).await;
    let ask = async |authority: &str, header: Option<(&str, &str)>| {
        let request = Request::get(format!("https://{authority}/api/info"));
        let request = header.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        http2.send(request.body(Body::empty()).expect("a request")).await.expect("an answer").status()
    };
    let own = server.address();
    assert_eq!(ask(own, None).await, StatusCode::OK);
    assert_eq!(ask("lab.example", None).await, StatusCode::OK);
    assert_eq!(ask("evil.example", None).await, StatusCode::FORBIDDEN);
    // What the request is for is not what it says besides.
    assert_eq!(ask("evil.example", Some(("host", own))).await, StatusCode::FORBIDDEN);
    assert_eq!(ask(own, Some(("origin", &format!("https://{own}")))).await, StatusCode::OK);
    assert_eq!(ask(own, Some(("origin", "https://evil.example"))).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn over_http2_requests_wait_side_by_side_and_what_is_spoilt_is_one_stream() {
    let server = Server::start(&["--tls"]);
    let http2 = Http2::connect(server.address(), &fingerprint(&server)).await;
    let begun = Instant::now();
    let asked = (0..60).map(async |task| {
        let answer = http2.get(&format!("/target/bytes/1000?latency=1000&task={task}")).await.expect("an answer");
        bytes(answer).await.expect("all of it")
    });
    let spoilt = async {
        let garbled = http2.get("/target/bytes/1000?latency=200&fail=garbage").await;
        assert!(garbled.is_err_and(|error| error.to_string().contains("http2")), "the stream is reset");
        let cut = http2.get("/target/bytes/100000?latency=200&fail=cut").await.expect("a head");
        bytes(cut).await.expect_err("it is not whole");
    };
    let stalled = http2.get("/target/bytes/1000?fail=stall").await.expect("a head");
    let (answers, ()) = futures::join!(futures::future::join_all(asked), spoilt);
    assert_eq!(answers, [1000; 60]);
    // By sixes, it would take ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    drop(stalled);
    let stats =
        untrusting().build().expect("a client").get(server.at("/target/stats")).send().await.expect("an answer");
    let stats: serde_json::Value = stats.json().await.expect("JSON");
    assert_eq!(stats["total"]["connections"], 1, "{stats}");
}

#[tokio::test]
async fn heads_and_bodies_have_limits_over_http2_too() {
    let server = Server::start(&["--tls"]);
    let fingerprint = fingerprint(&server);
    let ask = async |http2: &Http2, request: hyper::http::request::Builder, body: Vec<u8>| {
        let answer = http2.send(request.body(Body::from(body)).expect("a request")).await;
        answer.map(|answer| answer.status().as_u16()).map_err(|error| format!("{error:?}"))
    };
    let at = |path: &str| format!("https://{}{path}", server.address());
    let http2 = Http2::connect(server.address(), &fingerprint).await;
    let head = |bytes| Request::get(at("/api/info")).header("x", "b".repeat(bytes));
    assert_eq!(ask(&http2, head(30_000), Vec::new()).await, Ok(200));
    assert_ne!(ask(&http2, head(200_000), Vec::new()).await, Ok(200));
    // Whoever sends so much may have lost its connection.
    let http2 = Http2::connect(server.address(), &fingerprint).await;
    let post = || Request::post(at("/target/echo"));
    assert_eq!(ask(&http2, post(), vec![b'x'; (1 << 20) + 1]).await, Ok(413));
    assert_eq!(ask(&http2, post(), b"{}".to_vec()).await, Ok(200));
}

#[tokio::test]
async fn who_does_not_trust_it_is_refused_and_who_forgets_tls_is_led_to_it() {
    let server = Server::start(&["--tls"]);
    let refused = client().get(server.url()).send().await.expect_err("nobody vouches for it");
    let mut reason: &dyn std::error::Error = &refused;
    while let Some(cause) = reason.source() {
        reason = cause;
    }
    assert!(reason.to_string().contains("UnknownIssuer"), "{reason}");

    let plain = |client: ClientBuilder, host: &str| {
        let client: Client = client.redirect(Policy::none()).build().expect("a client");
        client.get(format!("http://{}/?run=sum", server.address())).header(HOST, host.to_owned()).send()
    };
    let answer = plain(builder(), server.address()).await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.headers()[LOCATION], server.at("/?run=sum"));
    let said = answer.text().await.expect("text");
    assert!(said.starts_with("This server speaks https only: ask for https://"), "{said}");
    assert_eq!(plain(builder(), "evil.example").await.expect("an answer").status(), StatusCode::FORBIDDEN);
    // It goes on for those who let the certificate pass.
    let answer = untrusting().build().expect("a client").get(server.at("/api/info")).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_never_ends_a_handshake_takes_nobodys_place_and_is_gone_after_a_while() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let (server, begun) = (Server::start(&["--tls"]), Instant::now());
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("it may have what it may choose");
    let strangers = (0..MANY).map(|number| {
        let mut stream = TcpStream::connect(server.address()).expect("the server accepts");
        stream.set_read_timeout(Some(GONE)).expect("a time");
        if number % 2 == 0 {
            // The beginning of a handshake.
            _ = stream.write_all(&[22, 3, 1, 1, 0, 1, 0]);
        }
        stream
    });
    let strangers: Vec<TcpStream> = strangers.collect();
    let client = untrusting().build().expect("a client");
    for _ in 0..5 {
        let asked = Instant::now();
        assert_eq!(client.get(server.at("/api/info")).send().await.expect("an answer").status(), StatusCode::OK);
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    }
    let ended = tokio::task::spawn_blocking(move || {
        strangers.into_iter().for_each(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    });
    ended.await.expect("they end");
    assert!(begun.elapsed() < GONE, "{:?}", begun.elapsed());
}

#[test]
fn without_tls_what_does_not_work_elsewhere_is_said_and_a_port_in_use_is_no_question_of_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::elsewhere(folder.path());
    let port = server.address().rsplit(':').next().expect("a port").to_owned();
    let output = parlab().args(["serve", "--tls", "--listen", &format!("0.0.0.0:{port}")]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("cannot listen on 0.0.0.0:") && said.contains("--listen"), "{said}");
    let output = parlab().args(["serve", "--tls", "--listen", "127.0.0.1:0", "--host", "lab.exämple"]).output();
    let said = text(&output.expect("it runs").stderr).to_owned();
    assert!(said.contains("lab.exämple cannot stand in a certificate"), "{said}");
}

#[tokio::test]
async fn reports_are_passed_on_to_whoever_knows_the_token() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::elsewhere(folder.path());
    let client = untrusting().build().expect("a client");
    let post = |token: &str, body: String| {
        let address = format!("/api/reports?token={token}&page=a&from=A+phone%1B[2J&title=Posts");
        client.post(server.at(&address)).body(body).send()
    };
    assert_eq!(post("0", "{}".to_owned()).await.expect("an answer").status(), StatusCode::FORBIDDEN);
    let taken: Passed = post(server.token(), "{}".to_owned()).await.expect("an answer").json().await.expect("JSON");
    assert_eq!((taken.number, taken.bytes), (1, 2));
    assert_eq!(server.says("arrived from"), "a report arrived from A phone [2J: Posts (2 B)");
    let get = |path: &str, token: &str| client.get(server.at(&format!("{path}token={token}"))).send();
    let list: Vec<Passed> = get("/api/reports?", server.token()).await.expect("an answer").json().await.expect("JSON");
    assert_eq!(list, [taken]);
    let list: Vec<Passed> =
        get("/api/reports?after=1&", server.token()).await.expect("one").json().await.expect("JSON");
    assert_eq!(list, []);
    assert_eq!(get("/api/reports/1?", server.token()).await.expect("an answer").text().await.expect("text"), "{}");
    assert_eq!(get("/api/reports/2?", server.token()).await.expect("an answer").status(), StatusCode::NOT_FOUND);
    for path in ["/api/reports?", "/api/reports/1?"] {
        assert_eq!(get(path, "0").await.expect("an answer").status(), StatusCode::FORBIDDEN);
    }
    let long = Server::start(&["--tls"]);
    let none =
        untrusting().build().expect("a client").get(long.at(&format!("/api/reports?token={}", long.token()))).send();
    assert_eq!(none.await.expect("an answer").status(), StatusCode::NOT_FOUND, "there is nobody to pass them on to");
}

/// The address at which others reach a server, with its token.
fn elsewhere(server: &Server) -> String {
    let line = server.says("on another machine in this network: ");
    line.rsplit(' ').next().expect("an address").to_owned()
}

/// In a browser that lets the certificate pass, all works as over http on loopback.
async fn everything_works(engine: Engine) {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::elsewhere(folder.path());
    let address = elsewhere(&server);
    for url in [&format!("{}?token={}", server.url(), server.token()), &address] {
        let browser = Browser::open_untrusting_in(engine, url).await;
        browser.ready().await;
        assert!(browser.get::<bool>("self.isSecureContext && crossOriginIsolated").await, "{url}");
        let options = json!({ "run": "connections", "scale": "smoke", "runs": 1, "warmup": 0 });
        let report = browser.run(options).await.expect("a report");
        assert_eq!((report.failed(), report.environment.http.as_deref()), (0, Some("h2")), "{url}");
        let facts = facts(&report);
        assert!(facts.contains(&("Page came over", "HTTP/2".to_owned())), "{facts:?}");
        let threads =
            json!({ "run": "post", "scale": "smoke", "runs": 1, "strategy": "threads,processes", "workers": 2 });
        assert_eq!(browser.run(threads).await.expect("a report").failed(), 0, "{url}");
        // By way of two WebSockets.
        let plan = "?run=sum&scale=smoke&strategy=sequential&tasks=4&runs=2&warmup=0";
        browser.goto(&format!("{}{plan}", url.split('?').next().expect("an address"))).await;
        browser.click("#run-natively:not(:disabled)").await;
        browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
        assert_eq!(browser.text("#status").await, "Done: 4 runs.", "{url}");
        assert_eq!(browser.text("#errors").await, "", "{url}");
    }
}

#[tokio::test]
async fn everything_works_over_tls_in_chromium() {
    everything_works(Engine::Chromium).await;
}

#[tokio::test]
async fn everything_works_over_tls_in_firefox() {
    everything_works(Engine::Firefox).await;
}

#[tokio::test]
async fn everything_works_over_tls_in_webkit() {
    everything_works(Engine::Webkit).await;
}

#[tokio::test]
async fn a_report_of_another_machine_arrives_beside_the_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::elsewhere(folder.path());
    let (phone, here) = (elsewhere(&server), format!("{}?token={}", server.url(), server.token()));
    let plan = json!({ "run": "sum", "scale": "smoke", "strategy": "sequential", "runs": 2, "warmup": 0 });
    let here = Browser::open_untrusting_in(Engine::Chromium, &here).await;
    here.ready().await;
    let own = here.run(plan.clone()).await.expect("a report");
    let phone = Browser::open_untrusting_in(Engine::Firefox, &phone).await;
    phone.ready().await;
    assert!(phone.text("footer").await.contains("Results go to the server of this page"));
    let theirs = phone.run(plan).await.expect("a report");
    let line = server.says("a report arrived from Firefox");
    assert!(line.contains(": ") && line.ends_with(" kB)"), "{line}");

    here.until("document.querySelector('#arrived li')?.innerText.includes('A report arrived from Firefox')").await;
    assert!(here.text("footer").await.contains("Results stay in this browser, and with the server"));
    here.click("#arrived li button").await;
    here.until("document.querySelectorAll('#compare article.beside').length === 2").await;
    let beside: Vec<String> =
        here.get("[...document.querySelectorAll('article.beside')].map((one) => one.dataset.report)").await;
    assert_eq!(beside, [theirs.id, own.id]);
    here.until("!document.querySelector('#arrived li') && document.querySelector('#compare article table')").await;
    // Its own is not offered to whoever handed it over.
    assert_eq!(phone.text("#arrived").await, "");
    assert_eq!(server.token().len(), 32);
}
