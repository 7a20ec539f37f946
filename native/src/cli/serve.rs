//! `parlab serve`: the page, on this machine.

use std::io::{BufRead, Write};
use std::net::SocketAddr;

use super::ExitStatus;
use crate::server::{self, Options};
use crate::target;
use crate::target_process::Settling;
use crate::terminal::complain;

/// Serves the page until the process is told to end.
pub fn serve(listen: SocketAddr, open: bool, isolation: bool) -> anyhow::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let server = server::bind(&Options { listen, isolation })?;
        let url = server.url();
        writeln!(std::io::stdout().lock(), "parlab serves {url}")?;
        if open
            && has_display()
            && let Err(error) = opener::open_browser(&url)
        {
            complain(&format!("no browser could be opened ({error}); open {url} yourself"));
        }
        server.run(told_to_end()).await
    })?;
    Ok(ExitStatus::Clean)
}

/// Serves what network workloads ask for, over so many connections at once, until the process is told to end. If it is
/// `attached`, each line on standard input is answered when no connection is open any more; and it ends when standard
/// input does, so that it never outlives whoever started it.
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
        writeln!(std::io::stdout().lock(), "parlab target at {}", server.url())?;
        let mut settling = Settling::of(server.room());
        let attend = async {
            while asked.recv().await.is_some() {
                let settled = settling.wait().await;
                // Nobody is left at the other side: the end of standard input says so, too.
                _ = writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(&settled).unwrap_or_default());
            }
        };
        let told = async {
            tokio::select! {
                () = told_to_end() => {}
                () = attend => {}
            }
        };
        server.run(told).await
    })?;
    drop(ask);
    Ok(ExitStatus::Clean)
}

/// Returns when the user or the system wants the process to end.
async fn told_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler the signal's default ends the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Whether a window could appear. On Linux that takes a display server.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
