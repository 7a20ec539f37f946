//! A host that only has files: below a path, without a header of its own, as those for pages of projects are.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io};

use super::parlab::{parlab, text};
use super::tcp;

/// A running host; it ends with the test's process.
pub struct StaticHost {
    url: String,
    /// What it has; nothing where nobody answers.
    folder: Arc<Mutex<Option<PathBuf>>>,
}

impl StaticHost {
    /// Starts one that has a folder's files below a path, which begins and ends with a slash.
    pub fn start(folder: &Path, below: &'static str) -> Self {
        let folder = Arc::new(Mutex::new(Some(folder.to_owned())));
        let had = Arc::clone(&folder);
        let url = tcp::serve(move |stream| talk(stream, &had, below));
        Self { url: format!("{url}{below}"), folder }
    }

    /// The address of what it has; it ends with a slash.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Has another folder from now on.
    pub fn has(&self, folder: &Path) {
        *self.folder.lock().expect("no thread panics with it") = Some(folder.to_owned());
    }

    /// Answers nobody any more, as if it were not there.
    pub fn leaves(&self) {
        *self.folder.lock().expect("no thread panics with it") = None;
    }
}

/// Answers one request after another, until the other side ends the connection.
fn talk(stream: TcpStream, folder: &Mutex<Option<PathBuf>>, below: &str) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut asked, mut length, mut line) = (String::new(), 0, String::new());
        while stream.read_line(&mut line).ok()? > 2 {
            match line.trim_end().split_once(": ") {
                None => line.trim_end().clone_into(&mut asked),
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
                Some(_) => {}
            }
            line.clear();
        }
        io::copy(&mut stream.by_ref().take(length), &mut io::sink()).ok()?;
        let folder = folder.lock().ok()?.clone()?;
        let (method, path) = asked.split_once(' ')?;
        let path = path.split([' ', '?']).next()?;
        let name = path.strip_prefix(below).map(|name| if name.is_empty() { "index.html" } else { name });
        let file = name.filter(|name| !name.contains("..")).and_then(|name| fs::read(folder.join(name)).ok());
        let (status, content_type, body) = match (method, file) {
            ("GET" | "HEAD", Some(file)) => ("200 OK", content_type(path), file),
            ("GET" | "HEAD", None) => ("404 Not Found", "text/html", b"<p>There is nothing here.".to_vec()),
            _ => ("501 Not Implemented", "text/html", b"<p>This host has files, and nothing else.".to_vec()),
        };
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n", body.len());
        let body = if method == "HEAD" { &[][..] } else { &body };
        let stream = stream.get_mut();
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).ok()?;
    }
}

/// What an ordinary host says of a file; it does not know WebAssembly.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css",
        "js" => "application/javascript",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "wasm" => "application/octet-stream",
        _ => "text/html",
    }
}

/// Writes the site into a folder, as for such a host.
pub fn put_site(folder: &Path) {
    let output = parlab().arg("site").arg(folder).output().expect("parlab runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// The folder of the build that a site's index names, such as `b/0123456789abcdef/`.
pub fn build(folder: &Path) -> String {
    let index = fs::read_to_string(folder.join("index.html")).expect("the index");
    let at = index.find("\"b/").expect("the index names its build") + 1;
    index[at..].splitn(3, '/').take(2).fold(String::new(), |name, part| name + part + "/")
}

/// What [`rebuild`] makes of a build.
pub const REBUILT: &str = "b/00000000000000ff/";

/// Makes a site another build of itself, with nothing of the one before.
pub fn rebuild(folder: &Path) {
    let old = build(folder);
    fs::rename(folder.join(&old), folder.join(REBUILT)).expect("renamed");
    for name in ["index.html", "service-worker.js"] {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).expect("text");
        fs::write(&path, text.replace(&old, REBUILT)).expect("written");
    }
}
