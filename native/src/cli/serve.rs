//! `parlab serve`: the page, on this machine.

use std::io::Write;
use std::net::SocketAddr;

use super::ExitStatus;
use crate::server::{self, Options};
use crate::target;
use crate::terminal::complain;

/// Serves the page until the process is told to end.
pub fn serve(listen: SocketAddr, open: bool, isolation: bool) -> anyhow::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let server = server::bind(&Options { listen, isolation }).await?;
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

/// Serves what network workloads ask for until the process is told to end; if it is `attached`, also
/// when standard input ends, so that it never outlives whoever started it.
pub fn serve_target(listen: SocketAddr, attached: bool) -> anyhow::Result<ExitStatus> {
    let (stdin_ended, ended) = tokio::sync::oneshot::channel();
    if attached {
        std::thread::spawn(move || {
            // However reading ends, nobody is left at the other side, or never was.
            _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            _ = stdin_ended.send(());
        });
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let server = target::bind(listen).await?;
        writeln!(std::io::stdout().lock(), "parlab target at {}", server.url())?;
        let told = async {
            tokio::select! {
                () = told_to_end() => {}
                Ok(()) = ended => {}
            }
        };
        server.run(told).await
    })?;
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
