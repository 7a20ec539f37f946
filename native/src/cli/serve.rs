//! `parlab serve`: the page, on this machine.

use std::io::BufRead;
use std::net::SocketAddr;

use super::ExitStatus;
use crate::browsers::has_display;
use crate::server::{self, Options};
use crate::signals::Signals;
use crate::target;
use crate::target_process::Settling;
use crate::terminal::{complain, print};

/// Serves the page until the process is told to end.
pub fn serve(listen: SocketAddr, open: bool, isolation: bool) -> anyhow::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let server = server::bind(&Options { listen, isolation, hub: None })?;
        let url = server.url();
        print(&format!("parlab serves {url}\n"))?;
        if open
            && has_display()
            && let Err(error) = opener::open_browser(&url)
        {
            complain(&format!("no browser could be opened ({error}); open {url} yourself"));
        }
        let mut signals = Signals::listen()?;
        let told = async {
            signals.next().await;
        };
        server.run(told).await
    })?;
    Ok(ExitStatus::Clean)
}

/// Serves what network workloads ask for, over so many connections at once, until the process is told to end. If it is
/// `attached`, each line on standard input is answered when no connection is open any more; and it ends when standard
/// input does, so that it neither outlives whoever started it nor ends before.
pub fn serve_target(listen: SocketAddr, connections: usize, attached: bool) -> anyhow::Result<ExitStatus> {
    let (ask, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let ask = if attached {
        // However reading ends, nobody is left at the other side, or never was.
        let listen = move || std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|_| ask.send(()));
        std::thread::Builder::new().name("listener".to_owned()).spawn(listen)?;
        None
    } else {
        Some(ask)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let server = target::bind(listen, connections)?;
        let mut signals = Signals::listen()?;
        print(&format!("parlab target at {}\n", server.url()))?;
        let mut settling = Settling::of(server.room());
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
        server.run(told).await
    })?;
    drop(ask);
    Ok(ExitStatus::Clean)
}
