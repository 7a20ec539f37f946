//! `parlab serve`: the page, on this machine.

use std::io::{BufRead, IsTerminal, Write};
use std::net::SocketAddr;
use std::time::Duration;

use futures::future::{try_join, try_join_all};
use parlab_shared::target::Secured;
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use super::ExitStatus;
use crate::browsers::has_display;
use crate::conduct::Conductor;
use crate::http::Server;
use crate::server::{self, Options, reach};
use crate::signals::Signals;
use crate::target;
use crate::target::settling::Settling;
use crate::terminal::{Style, complain, print, qr};
use crate::token::Token;

/// How long a browser may take to read the file that leads it to the page.
const LEAD: Duration = Duration::from_secs(60);
/// How long a plan that is stopped may hold up the end of the server.
const END: Duration = Duration::from_secs(10);

/// Threads that serve a target beside the one that accepts connections.
const OTHERS: usize = 1;

/// Serves the page at an address, with TLS or without, and for requests to some more hosts, until the process is told to end.
pub fn serve(
    listen: SocketAddr,
    tls: bool,
    hosts: Vec<String>,
    isolation: bool,
    open: bool,
) -> anyhow::Result<ExitStatus> {
    let (token, conductor) = (Token::random()?, Conductor::start());
    let hub = conductor.hub.clone();
    let options = Options { listen, hosts, isolation, tls, token, hub, conductor: Some(conductor.clone()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let bound = server::bind(&options)?;
        let server = &bound.page;
        let url = format!("{}?token={}", server.url(), options.token);
        print(&format!("parlab serves {url}\n"))?;
        let address = server.address();
        let elsewhere: Vec<String> =
            reach::from_elsewhere(address).iter().map(|address| format!("{}://{address}/", server.scheme())).collect();
        if let Some(first) = elsewhere.first() {
            let is_terminal = std::io::stdout().is_terminal();
            print(&leading(&format!("{first}?token={}", options.token), is_terminal.then(|| Style::of_stdout(false))))?;
        }
        if let Some(certificate) = server.certificate() {
            print(&trust(&certificate.fingerprint(), Style::of_stdout(false)))?;
        }
        if !address.ip().is_loopback() {
            complain(&heard_elsewhere(&elsewhere, &server::hosts(&options), tls));
        }
        if open && has_display() {
            match opened(&url) {
                // It is dropped, and so removed, when this ends, at the latest.
                Ok(lead) => drop(tokio::spawn(async move {
                    tokio::time::sleep(LEAD).await;
                    drop(lead);
                })),
                Err(error) => complain(&format!("no browser could be opened ({error:#}); open {url} yourself")),
            }
        }
        let mut signals = Signals::listen()?;
        let told = async {
            signals.next().await;
            // A page that has a plan carried out is told why that ends; who is impatient does not wait for it.
            tokio::select! {
                () = conductor.end("parlab serve was ended") => {}
                _ = signals.next() => {}
                () = tokio::time::sleep(END) => {}
            }
        };
        bound.run(told).await;
        anyhow::Ok(())
    })?;
    Ok(ExitStatus::Clean)
}

/// Opens an address in the user's browser, by way of a file that nobody else may read: what stands on a command line can be
/// read by everybody on this machine, and the address has the server's token in it.
///
/// # Errors
/// There is no browser, or no room for the file.
fn opened(url: &str) -> anyhow::Result<NamedTempFile> {
    let mut lead = tempfile::Builder::new().prefix("parlab-").suffix(".html").tempfile()?;
    write!(
        lead,
        "<!doctype html><meta charset=utf-8><title>parlab</title><meta http-equiv=refresh content=\"0;url={url}\">"
    )?;
    lead.flush()?;
    opener::open_browser(lead.path())?;
    Ok(lead)
}

/// Where another machine finds the page, on a terminal also as a QR code for a telephone, or why there is none.
fn leading(url: &str, terminal: Option<Style>) -> String {
    let at = format!("on another machine in this network: {url}\n");
    let code = terminal.map_or_else(String::new, |style| match qr(url, style) {
        Ok(code) => code,
        Err(reason) => style.lines(&format!("{reason}. The address above works as well.")),
    });
    at + &code
}

/// How somebody can tell that it is this server's certificate that a browser warns of.
fn trust(fingerprint: &str, style: Style) -> String {
    let how = style.message(
        "The certificate was made when this server started, and no browser knows it: each warns once. Have the browser show the \
         certificate, go on if its SHA-256 fingerprint is the one below, and do not if it is another one: then somebody else \
         answers.",
    );
    // Whole, so that it can be searched for and copied.
    format!("{how}{fingerprint}\n")
}

/// That other machines can use the page: where they find it, which hosts it answers to, and what does not work there.
fn heard_elsewhere(urls: &[String], hosts: &str, tls: bool) -> String {
    let urls = if urls.is_empty() { "no address is known".to_owned() } else { urls.join(", ") };
    let insecure = if tls {
        ""
    } else {
        "Without TLS, browsers on other machines take it for insecure: there it has no shared memory, and so no threads, no \
         files for tasks to write, and a coarse clock. --tls is the way out. "
    };
    format!(
        "warning: whoever can reach this machine can use this page and its target ({urls}). {insecure}Requests are answered \
         whose Host is {hosts}; name others with --host"
    )
}

/// Serves what network workloads ask for, for requests to some more hosts, over so many connections at once, until the process
/// is told to end. If it is
/// `secured`, it listens with TLS, too, and says where. If it is
/// `attached`, each line on standard input is answered when no connection is open any more; and it ends when standard
/// input does, so that it neither outlives whoever started it nor ends before.
pub fn serve_target(
    listen: SocketAddr,
    hosts: &[String],
    connections: usize,
    attached: bool,
    secured: bool,
) -> anyhow::Result<ExitStatus> {
    let (ask, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let ask = if attached {
        // However reading ends, nobody is left at the other side, or never was.
        let listen = move || std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|_| ask.send(()));
        std::thread::Builder::new().name("listener".to_owned()).spawn(listen)?;
        None
    } else {
        Some(ask)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = target::bind(listen, hosts, connections)?;
        let beside = secured.then(|| target::bind_secured(listen.ip(), hosts, connections)).transpose()?;
        let mut signals = Signals::listen()?;
        print(&format!("parlab target at {}\n", server.url()))?;
        if let Some([http1, http2]) = &beside {
            let certificate = http1.certificate().map(|certificate| certificate.pem().to_owned());
            let said = Secured { http1: http1.url(), http2: http2.url(), certificate };
            print(&(serde_json::to_string(&said)? + "\n"))?;
        }
        let beside: Vec<Server> = beside.into_iter().flatten().collect();
        let mut settling = Settling::of(beside.iter().chain([&server]).map(Server::room).collect());
        let attend = async {
            while asked.recv().await.is_some() {
                let settled = settling.wait().await;
                // Nobody is left at the other side: the end of standard input says so, too.
                _ = print(&(serde_json::to_string(&settled).unwrap_or_default() + "\n"));
            }
        };
        let told = async {
            tokio::select! {
                // Of one that is attached they are for whoever started it.
                _ = signals.next(), if !attached => {}
                () = attend => {}
            }
        };
        let over = CancellationToken::new();
        let told = async {
            told.await;
            over.cancel();
        };
        let beside = beside.into_iter().map(|server| server.run_on_threads(OTHERS, over.cancelled()));
        try_join(server.run_on_threads(OTHERS, told), try_join_all(beside)).await.map(drop)
    })?;
    drop(ask);
    Ok(ExitStatus::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URLS: [&str; 2] = ["http://192.168.0.7:8510/", "http://[fd00::7]:8510/"];

    #[test]
    fn who_serves_other_machines_is_warned() {
        let warning = |tls| heard_elsewhere(&URLS.map(str::to_owned), "localhost, an address of this machine", tls);
        for (tls, insecure) in [(false, 1), (true, 0)] {
            let warning = warning(tls);
            assert!(warning.contains(" (http://192.168.0.7:8510/, http://[fd00::7]:8510/). "), "{warning}");
            assert!(warning.contains("whose Host is localhost, an address of this machine; "), "{warning}");
            assert_eq!(warning.matches("no threads").count(), insecure, "{warning}");
            assert_eq!(warning.matches("--tls is the way out").count(), insecure, "{warning}");
        }
    }

    #[test]
    fn another_machine_is_led_there_and_a_telephone_by_a_code_where_there_is_room() {
        let url = format!("{}?token={}", URLS[0], "0123456789abcdef".repeat(2));
        let style = Style { width: Some(80), colour: false, ascii: false };
        let piped = leading(&url, None);
        assert_eq!(piped, format!("on another machine in this network: {url}\n"));
        let drawn = leading(&url, Some(style));
        assert!(drawn.starts_with(&piped) && drawn.contains('▀') && drawn.lines().count() > 20, "{drawn}");
        for (style, reason) in [
            (Style { width: Some(40), ..style }, "needs a terminal of 41 columns"),
            (Style { ascii: true, ..style }, "drawn with characters that the locale"),
        ] {
            let said = leading(&url, Some(style));
            let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains(reason) && words.ends_with("The address above works as well."), "{said}");
        }
    }
}
