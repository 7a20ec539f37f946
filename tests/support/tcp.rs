//! Servers that do with a connection what a test wants, and addresses where there is none.

use std::net::{TcpListener, TcpStream};
use std::thread;

/// Starts a server that does the same with every connection, each on a thread of its own; returns its address. It ends with
/// the test's process.
pub fn serve<T>(with: impl Fn(TcpStream) -> T + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let with = with.clone();
            // A client that gives up, or a server that does, is part of the test.
            thread::spawn(move || drop(with(connection)));
        }
    });
    url
}

/// An address where nobody listens.
pub fn nobody() -> String {
    // Bound and dropped.
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    format!("http://127.0.0.1:{port}")
}
