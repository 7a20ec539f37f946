//! The server, from the client's side: what it sends, to whom, and how it ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use parlab_shared::conduct::Info;
use parlab_shared::strategy::Platform;
use reqwest::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH,
    VARY,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};

use crate::support::client::client;
use crate::support::parlab::{parlab, text};
use crate::support::server::Server;

/// What isolates the page.
const ISOLATION: [(&str, &str); 2] =
    [("cross-origin-opener-policy", "same-origin"), ("cross-origin-embedder-policy", "require-corp")];

/// What every response carries besides.
const ALWAYS: [(&str, &str); 4] = [
    ("cross-origin-resource-policy", "same-origin"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
         img-src 'self' blob: data:; connect-src 'self' http: https: ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

/// Sends a request. A 503 means that the binary under test has no page, and says how to give it one.
async fn send(request: RequestBuilder) -> Response {
    let response = request.send().await.expect("the server answers");
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        panic!("{}", response.text().await.expect("the reason is text"));
    }
    response
}

async fn get(server: &Server, path: &str) -> Response {
    send(client().get(server.at(path))).await
}

async fn get_encoded(server: &Server, path: &str, accept_encoding: &str) -> Response {
    send(client().get(server.at(path)).header(ACCEPT_ENCODING, accept_encoding)).await
}

/// A header's value; empty where there is none.
fn header(response: &Response, name: impl reqwest::header::AsHeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("headers of this server are ASCII"))
}

async fn body(response: Response) -> Vec<u8> {
    response.bytes().await.expect("the body arrives whole").to_vec()
}

/// One response of each status that the server knows.
async fn one_of_each(server: &Server) -> Vec<Response> {
    let client = client();
    let page = get(server, "/").await;
    let tag = header(&page, ETAG).to_owned();
    let responses = vec![
        page,
        get(server, "/api/info").await,
        send(client.get(server.url()).header(IF_NONE_MATCH, tag)).await,
        send(client.get(server.url()).header(HOST, "evil.example")).await,
        get(server, "/nothing").await,
        get(server, "/api/nothing").await,
        send(client.post(server.url())).await,
        send(client.post(server.at("/api/info"))).await,
        get_encoded(server, "/", "*;q=0").await,
        send(client.post(server.at("/target/echo")).body(vec![b'x'; (1 << 20) + 1])).await,
        send(client.get(server.at("/target/bytes/1?fail=status"))).await,
        send(client.get(server.at("/target/bytes/x"))).await,
    ];
    let statuses: Vec<_> = responses.iter().map(|response| response.status().as_u16()).collect();
    assert_eq!(statuses, [200, 200, 304, 403, 404, 404, 405, 405, 406, 413, 500, 400]);
    responses
}

#[tokio::test]
async fn every_response_isolates_the_page_and_says_what_it_may_do() {
    let server = Server::start(&[]);
    for response in one_of_each(&server).await {
        for (name, value) in ISOLATION.into_iter().chain(ALWAYS) {
            assert_eq!(header(&response, name), value, "{name} of {}", response.status());
        }
    }
}

#[tokio::test]
async fn isolation_can_be_left_out() {
    let server = Server::start(&["--no-isolation"]);
    for response in one_of_each(&server).await {
        for (name, _) in ISOLATION {
            assert!(!response.headers().contains_key(name), "{name} of {}", response.status());
        }
        for (name, value) in ALWAYS {
            assert_eq!(header(&response, name), value, "{name} of {}", response.status());
        }
    }
}

/// The path of a file of the page's build: in the folder that the index names.
async fn built(server: &Server, name: &str) -> String {
    let index = String::from_utf8(body(get(server, "/").await).await).expect("text");
    let folder = index.split_once("src=\"b/").and_then(|(_, rest)| rest.split_once("/start.js"));
    let (folder, _) = folder.unwrap_or_else(|| panic!("no folder of a build is named by\n{index}"));
    format!("/b/{folder}/{name}")
}

#[tokio::test]
async fn files_have_their_media_types() {
    let server = Server::start(&[]);
    let check = async |path: &str, media_type| {
        let response = get(&server, path).await;
        assert_eq!((response.status(), header(&response, CONTENT_TYPE)), (StatusCode::OK, media_type), "{path}");
    };
    check("/", "text/html; charset=utf-8").await;
    check("/index.html", "text/html; charset=utf-8").await;
    for name in ["start.js", "worker.js", "page.js", "later.js", "lab/lab.js", "lab-plain/lab.js", "analyst/analyst.js"]
    {
        check(&built(&server, name).await, "text/javascript; charset=utf-8").await;
    }
    for name in
        ["page_bg.wasm", "split_rest.wasm", "lab/lab_bg.wasm", "lab-plain/lab_bg.wasm", "analyst/analyst_bg.wasm"]
    {
        check(&built(&server, name).await, "application/wasm").await;
    }
    check(&built(&server, "page.css").await, "text/css; charset=utf-8").await;
    check(&built(&server, "icon.svg").await, "image/svg+xml").await;
    check(&built(&server, "workers.json").await, "application/json").await;
}

#[tokio::test]
async fn what_workers_load_is_listed() {
    let server = Server::start(&[]);
    let listed: Vec<String> = get(&server, &built(&server, "workers.json").await).await.json().await.expect("a list");
    for name in ["worker.js", "lab/lab.js", "lab/lab_bg.wasm", "lab-plain/lab.js", "analyst/analyst_bg.wasm"] {
        assert!(listed.iter().any(|listed| listed == name), "{name} is not in {listed:?}");
    }
    // The scripts that modules import, too, whatever their folder is called.
    assert!(listed.iter().any(|name| name.starts_with("lab/snippets/") && name.ends_with(".js")), "{listed:?}");
    for name in &listed {
        assert_eq!(get(&server, &built(&server, name).await).await.status(), StatusCode::OK, "{name}");
    }
}

#[tokio::test]
async fn a_file_of_a_build_is_kept_and_one_of_another_build_is_missed_with_the_way_out() {
    let server = Server::start(&[]);
    let script = built(&server, "page.js").await;
    let response = get(&server, &script).await;
    assert_eq!(header(&response, CACHE_CONTROL), "public, max-age=31536000, immutable");
    let index = get(&server, "/").await;
    assert_eq!(header(&index, CACHE_CONTROL), "no-cache");

    let check = async |path: &str, reason: &str| {
        let response = get(&server, path).await;
        assert_eq!((response.status(), header(&response, CACHE_CONTROL)), (StatusCode::NOT_FOUND, ""), "{path}");
        assert_eq!(body(response).await, reason.as_bytes(), "{path}");
    };
    check("/b/0123456789abcdef/page.js", "The page was replaced by that of another build of parlab: reload it.\n")
        .await;
    let nothing = "There is nothing at this address.\n";
    check(&script.replace("page.js", "old.js"), nothing).await;
    check("/page.js", nothing).await;
}

#[tokio::test]
async fn compressed_representations_are_the_same_file() {
    let server = Server::start(&[]);
    for name in ["page.js", "page_bg.wasm"] {
        let path = &*built(&server, name).await;
        let plain = get(&server, path).await;
        let brotli = get_encoded(&server, path, "gzip, deflate, br").await;
        let gzip = get_encoded(&server, path, "gzip;q=1.0, br;q=0").await;
        assert_eq!([&plain, &brotli, &gzip].map(|response| header(response, CONTENT_ENCODING)), ["", "br", "gzip"]);
        for response in [&plain, &brotli, &gzip] {
            assert_eq!(header(response, VARY), "accept-encoding");
            assert_eq!(header(response, CONTENT_TYPE), header(&plain, CONTENT_TYPE));
        }
        // A tag is strong: other bytes, another tag.
        assert!(header(&plain, ETAG) != header(&brotli, ETAG) && header(&brotli, ETAG) != header(&gzip, ETAG));

        let (plain, brotli, gzip) = (body(plain).await, body(brotli).await, body(gzip).await);
        assert!(brotli.len() < gzip.len() && gzip.len() < plain.len(), "{path}");
        let mut decoded = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli, &mut decoded).expect("it is brotli");
        assert!(decoded == plain, "{path} in brotli is another file");
        decoded.clear();
        flate2::read::GzDecoder::new(&*gzip).read_to_end(&mut decoded).expect("it is gzip");
        assert!(decoded == plain, "{path} in gzip is another file");
    }
}

#[tokio::test]
async fn a_file_that_has_not_changed_is_not_sent_again() {
    let server = Server::start(&[]);
    let first = get(&server, "/").await;
    let tag = header(&first, ETAG);
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag} is a strong tag");
    let check = async |if_none_match: &str, status: StatusCode| {
        let response = send(client().get(server.at("/")).header(IF_NONE_MATCH, if_none_match)).await;
        assert_eq!(response.status(), status, "{if_none_match}");
        assert_eq!((header(&response, ETAG), header(&response, CACHE_CONTROL)), (tag, "no-cache"));
        assert_eq!(body(response).await.is_empty(), status == StatusCode::NOT_MODIFIED);
    };
    check(tag, StatusCode::NOT_MODIFIED).await;
    check(&format!("\"other\", W/{tag}"), StatusCode::NOT_MODIFIED).await;
    check("*", StatusCode::NOT_MODIFIED).await;
    check("\"other\"", StatusCode::OK).await;
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::start(&[]);
    // On a busy machine what the server offers is known only after its first answer: it changes once, and then no more.
    let info = async || body(get(&server, "/api/info").await).await;
    let has_changed = info().await != info().await;
    assert!(!has_changed || info().await == info().await, "what the server offers changes again and again");
    for path in ["/", &built(&server, "page.js").await, "/api/info"] {
        let get = get(&server, path).await;
        let head = send(client().head(server.at(path))).await;
        for name in [CONTENT_TYPE, CONTENT_LENGTH, CACHE_CONTROL, ETAG, VARY] {
            assert_eq!(header(&head, &name), header(&get, &name), "{name} of {path}");
        }
        assert_eq!(header(&head, CONTENT_LENGTH), body(get).await.len().to_string());
        assert!(body(head).await.is_empty());
    }
}

#[tokio::test]
async fn only_get_and_head_are_allowed() {
    let server = Server::start(&[]);
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE] {
        for path in ["/", &built(&server, "page.js").await, "/api/info"] {
            let response = send(client().request(method.clone(), server.at(path))).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert_eq!(header(&response, ALLOW), "GET,HEAD", "{method} {path}");
        }
    }
}

/// Sends a request line that no proper client would send, and returns the status line.
fn status_of_raw(server: &Server, target: &str) -> String {
    let mut connection = TcpStream::connect(server.address()).expect("the server accepts");
    connection.set_read_timeout(Some(Duration::from_secs(10))).expect("ten seconds are a timeout");
    let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).expect("the server reads");
    let mut response = Vec::new();
    connection.read_to_end(&mut response).expect("the server answers");
    String::from_utf8_lossy(&response).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn only_the_files_of_the_page_are_served() {
    let server = Server::start(&[]);
    let script = built(&server, "page.js").await;
    let not_found = "HTTP/1.1 404 Not Found";
    // A compressed copy is a representation of its file, not a file.
    assert_eq!(status_of_raw(&server, &format!("{script}.br")), not_found);
    assert_eq!(status_of_raw(&server, &format!("{script}.gz")), not_found);
    let folder = script.trim_end_matches("page.js");
    let around = ["lab", "lab/", "lab/../page.js"].map(|path| format!("{folder}{path}"));
    let outside = [&format!("/{script}"), "/b", "/b/", folder, "/../Cargo.toml", "/%2e%2e/Cargo.toml"];
    for target in around.iter().map(String::as_str).chain(outside) {
        assert_eq!(status_of_raw(&server, target), not_found, "{target}");
    }
    for target in ["/etc/passwd", "//etc/passwd", "/..%2f..%2fetc%2fpasswd", &format!("{script}%00.html")] {
        assert_eq!(status_of_raw(&server, target), not_found, "{target}");
    }
    assert_eq!(status_of_raw(&server, &format!("{script}?anything=1")), "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn a_foreign_host_name_is_refused_on_loopback() {
    let server = Server::start(&[]);
    let check = async |host: &str, status: StatusCode| {
        for path in ["/", "/api/info", "/nothing"] {
            let response = send(client().get(server.at(path)).header(HOST, host)).await;
            let refused = response.status() == StatusCode::FORBIDDEN;
            assert_eq!(refused, status == StatusCode::FORBIDDEN, "{path} of {host}: {}", response.status());
            assert!(!refused || response.text().await.expect("the reason is text").contains("localhost"));
        }
    };
    check("localhost", StatusCode::OK).await;
    check("localhost:1", StatusCode::OK).await;
    check("127.0.0.1:1", StatusCode::OK).await;
    check("[::1]:1", StatusCode::OK).await;
    check("evil.example", StatusCode::FORBIDDEN).await;
    check("localhost.evil.example:80", StatusCode::FORBIDDEN).await;
    check("192.168.0.1", StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn a_server_for_every_address_answers_to_addresses_and_to_names_that_it_was_given() {
    let mut command = parlab();
    command.args(["serve", "--listen", "0.0.0.0:0", "--host", "lab.example"]);
    let server = Server::launch(command);
    // 0.0.0.0 is no secure context; the address that it prints is one.
    assert!(server.url().starts_with("http://127.0.0.1:"), "{}", server.url());
    for (host, status) in
        [("lab.example", StatusCode::OK), ("192.168.0.1:80", StatusCode::OK), ("evil.example", StatusCode::FORBIDDEN)]
    {
        let response = send(client().get(server.at("/api/info")).header(HOST, host)).await;
        assert_eq!(response.status(), status, "{host}");
    }
}

#[tokio::test]
async fn info_names_the_program_and_what_it_offers_to_whom() {
    let server = Server::start(&[]);
    let response = get(&server, "/api/info").await;
    assert_eq!(header(&response, CONTENT_TYPE), "application/json");
    assert_eq!(header(&response, CACHE_CONTROL), "no-store");
    let info: serde_json::Value = response.json().await.expect("it is JSON");
    assert_eq!((&info["name"], &info["version"]), (&"parlab".into(), &env!("CARGO_PKG_VERSION").into()));
    assert!(info["build"].is_string(), "{info}");
    let info: Info = serde_json::from_value(info).expect("what it is");
    let platforms: Vec<Platform> = info.platforms.iter().map(|offer| offer.platform).collect();
    assert_eq!((platforms, info.trusted), (vec![Platform::Native, Platform::Python], false));
    assert!(info.platforms[1].version.as_ref().is_some_and(|version| version.starts_with("3.")), "{info:?}");

    let trusted: Info =
        get(&server, &format!("/api/info?token={}", server.token())).await.json().await.expect("it is JSON");
    assert_eq!(trusted, Info { trusted: true, ..info });
    for wrong in ["", "00", &server.token()[1..], Server::start(&[]).token()] {
        let response = get(&server, &format!("/api/info?token={wrong}")).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{wrong}");
        let reason = response.text().await.expect("the reason is text");
        assert!(reason.contains("open the address that parlab printed last"), "{reason}");
    }
}

#[tokio::test]
async fn the_binary_needs_no_other_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let binary = folder.path().join("parlab-alone");
    std::fs::copy(Path::new(env!("CARGO_BIN_EXE_parlab")), &binary).expect("the binary can be copied");
    let mut command = Command::new(binary);
    command.args(["serve", "--listen", "127.0.0.1:0"]).current_dir(&folder);
    let server = Server::launch(command);
    for path in ["/", &built(&server, "page_bg.wasm").await, &built(&server, "lab/lab_bg.wasm").await] {
        assert_eq!(get(&server, path).await.status(), StatusCode::OK, "{path}");
    }
}

#[test]
fn a_port_in_use_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let mut command = parlab();
    let output = command.args(["serve", "--listen", &address]).output().expect("the binary starts");
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains(&address) && stderr.contains("--listen"), "{stderr}");
    assert!(output.stdout.is_empty(), "it printed an address that it does not serve");
}

#[cfg(unix)]
#[test]
fn it_ends_when_asked_to_whatever_is_still_connected() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&[]);
        let silent = TcpStream::connect(server.address()).expect("the server accepts");
        let mut unfinished = TcpStream::connect(server.address()).expect("the server accepts");
        unfinished.write_all(b"GET / HTTP/1.1\r\nHost: loc").expect("the server reads");
        assert_eq!(status_of_raw(&server, "/api/info"), "HTTP/1.1 200 OK");
        server.signal(signal);
        let status = server.wait(Duration::from_secs(2)).unwrap_or_else(|| panic!("it still runs after {signal}"));
        assert_eq!(status.code(), Some(0), "{signal}");
        drop((silent, unfinished));
    }
}

/// What stands on a command line can be read by everybody on the machine: the token, with which things are done, does not.
#[cfg(unix)]
#[test]
fn the_browser_that_is_opened_is_led_to_the_page_by_a_file_of_ones_own() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a folder");
    let browser = folder.path().join("browser");
    // It notes what it is told, the file's mode and what stands in it, as a whole.
    let script =
        "#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{ echo \"$@\"; ls -l \"$1\"; cat \"$1\"; } > noting && mv noting noted\n";
    std::fs::write(&browser, script).expect("written");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    let mut command = parlab();
    command.args(["serve", "--listen", "127.0.0.1:0", "--open"]);
    command.env("BROWSER", &browser).env("DISPLAY", ":9").env("TMPDIR", folder.path());
    let mut server = Server::launch(command);
    let noted = || std::fs::read_to_string(folder.path().join("noted")).ok();
    let waits = std::iter::repeat_with(|| std::thread::sleep(Duration::from_millis(20))).take(1000);
    let noted = waits.into_iter().find_map(|()| noted()).expect("a browser is opened");
    let (told, rest) = noted.split_once('\n').expect("what it was told");
    assert!(told.ends_with(".html") && !told.contains("token"), "{told}");
    assert!(rest.starts_with("-rw------- "), "{rest}");
    assert!(rest.contains(&format!("0;url={}?token={}\"", server.url(), server.token())), "{rest}");
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(20)).is_some());
    let left = std::fs::read_dir(folder.path()).expect("a folder").flatten();
    assert!(
        left.into_iter().all(|entry| entry.path().extension().is_none_or(|ending| ending != "html")),
        "it is removed"
    );
}
