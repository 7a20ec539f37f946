//! A proxy that serves another server below a path, as those of notebooks and of CI do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::server::Server;
use super::tcp;

/// Starts one; returns the address of the server below its path, which begins and ends with a slash.
pub fn proxy(server: &Server, below: &'static str) -> String {
    proxy_with(server, below, "//", "")
}

/// The same, with another script in place of the one that the server has at addresses with an end.
pub fn proxy_with(server: &Server, below: &'static str, end: &'static str, script: &'static str) -> String {
    let behind = server.address().to_owned();
    let url = tcp::serve(move |stream| pass_on(stream, &behind, below, (end, script)));
    format!("{url}{below}")
}

/// The same, for a browser that keeps nothing for pages.
pub fn without_storage(server: &Server, below: &'static str) -> String {
    const BLOCKED: &str = concat!(
        "Object.defineProperty(self, 'indexedDB', { get() { throw new DOMException('It is blocked.', 'SecurityError'); } });",
        include_str!("../../web/static/worker.js")
    );
    proxy_with(server, below, "/worker.js", BLOCKED)
}

/// Passes one request on, without the path that the proxy is at; what is elsewhere there is not.
fn pass_on(stream: TcpStream, behind: &str, below: &str, (end, script): (&str, &str)) -> Option<()> {
    let mut from = BufReader::new(stream.try_clone().ok()?);
    let (mut head, mut length, mut line) = (String::new(), 0, String::new());
    while from.read_line(&mut line).ok()? > 2 {
        if let Some((name, value)) = line.trim_end().split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse().ok()?;
        }
        // It asks for one answer per connection, and by the name that it knows the server by.
        if !["host: ", "connection: "].iter().any(|own| line.to_ascii_lowercase().starts_with(own)) {
            head += &line;
        }
        line.clear();
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    let Some((method, path)) = head.split_once(' ').filter(|(_, path)| path.starts_with(below)) else {
        return (&stream).write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok();
    };
    if path.split(' ').next().is_some_and(|path| path.ends_with(end)) {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nConnection: close\r\n\
            Cross-Origin-Embedder-Policy: require-corp\r\nCross-Origin-Resource-Policy: same-origin\r\n";
        let answer = format!("{head}Content-Length: {}\r\n\r\n{script}", script.len());
        return (&stream).write_all(answer.as_bytes()).ok();
    }
    let mut server = TcpStream::connect(behind).ok()?;
    let head = format!("{method} /{}Host: {behind}\r\nConnection: close\r\n\r\n", &path[below.len()..]);
    server.write_all(head.as_bytes()).and_then(|()| server.write_all(&body)).ok()?;
    std::io::copy(&mut server, &mut &stream).ok().map(|_| ())
}
