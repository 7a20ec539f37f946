//! A server of others: a few pages, over http or https, that notes what it was asked for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is answered to a path: status, a header, body.
pub type Answer = fn(&str) -> (u16, Option<(&'static str, &'static str)>, String);

/// What a request said.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Path and query.
    pub path: String,
    /// Who asked.
    pub user_agent: String,
}

/// A running server; it ends with the test's process.
pub struct Site {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Site {
    /// A server without TLS.
    pub fn start(answer: Answer) -> Self {
        Self::serve("http", answer, Some)
    }

    /// A server that has a certificate of its own, and the certificate as PEM text.
    pub fn start_secure(answer: Answer) -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("TLS").with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key);
        let config = Arc::new(config.expect("they belong together"));
        let secure = move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).ok()?;
            Some(StreamOwned::new(connection, stream))
        };
        (Self::serve("https", answer, secure), made.cert.pem())
    }

    fn serve<S: Read + Write>(
        scheme: &str,
        answer: Answer,
        open: impl Fn(TcpStream) -> Option<S> + Clone + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("{scheme}://{}", listener.local_addr().expect("an address"));
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (open, noted) = (open.clone(), Arc::clone(&noted));
                thread::spawn(move || open(stream).map(|stream| talk(stream, answer, &noted)));
            }
        });
        Self { url, seen }
    }

    /// The address of a path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What it was asked for since it was asked the last time, by path.
    pub fn seen(&self) -> Vec<Seen> {
        let mut seen = std::mem::take(&mut *self.seen.lock().expect("no thread panics with it"));
        seen.sort_by_key(|request| request.path.clone());
        seen
    }
}

/// Answers one request after another, until the other side ends the connection.
fn talk(stream: impl Read + Write, answer: Answer, seen: &Mutex<Vec<Seen>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut path, mut user_agent, mut length) = (String::new(), String::new(), 0);
        let mut line = String::new();
        while stream.read_line(&mut line).ok()? > 2 {
            match line.trim_end().split_once(": ") {
                None => line.split(' ').nth(1)?.clone_into(&mut path),
                Some((name, value)) if name.eq_ignore_ascii_case("user-agent") => value.clone_into(&mut user_agent),
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
                Some(_) => {}
            }
            line.clear();
        }
        if path.is_empty() {
            return None;
        }
        stream.read_exact(&mut vec![0; length]).ok()?;
        let (status, header, body) = answer(&path);
        seen.lock().ok()?.push(Seen { path, user_agent });
        let header = header.map_or_else(String::new, |(name, value)| format!("{name}: {value}\r\n"));
        let head = format!("HTTP/1.1 {status} As Asked\r\n{header}Content-Length: {}\r\n\r\n", body.len());
        let stream = stream.get_mut();
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()?;
        stream.flush().ok()?;
    }
}
