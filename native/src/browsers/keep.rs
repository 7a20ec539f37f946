//! `parlab keep`: a process that keeps a program for another parlab, and ends all that came of it when that one is over.
//!
//! A driver that is killed leaves its browser behind, and a parlab that is killed can end nothing any more. A keeper
//! lives beside both: its standard input ends with parlab, however that ends. What the program started, and whatever that
//! started, stays below the keeper, because orphans become children of the nearest "subreaper" above them
//! (<https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html>).

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Method, Url};
use tokio::process::Command;
use tokio::sync::oneshot;

use super::wire;
use crate::signals;

/// How long a session elsewhere may take to end.
const SESSION_END: Duration = Duration::from_secs(10);

/// Whether all that is below a process can be found. Elsewhere only the program itself is ended.
const CAN_FIND: bool = cfg!(target_os = "linux");

/// Keeps a program, if there is one, until it ends by itself or standard input does; then ends whatever is left of it,
/// and the sessions elsewhere that standard input named, an address in each line. Removes the folder if it was not the
/// program that ended.
///
/// # Errors
/// The program cannot be started, or ended by itself.
pub fn keep(folder: Option<&Path>, program: &[OsString]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let kept = runtime.block_on(async {
        signals::leave_to_parent()?;
        let (tell, ended) = oneshot::channel();
        let listen = move || tell.send(std::io::stdin().lines().map_while(Result::ok).collect::<Vec<_>>());
        thread::Builder::new().name("parent".to_owned()).spawn(listen)?;
        let (sessions, kept) = tokio::select! {
            sessions = ended => (sessions.unwrap_or_default(), Ok(())),
            Err(error) = run(program), if !program.is_empty() => (Vec::new(), Err(error)),
        };
        for session in &sessions {
            // Nobody is left to tell. What does not answer is ended by whoever opened it, in its own time.
            _ = end_session(session).await;
        }
        kept
    });
    end_descendants();
    // Of a program that ended by itself, the parent reads there what it said.
    if let Some(folder) = folder.filter(|_| kept.is_ok()) {
        // Nobody is left to tell; the next parlab looks for folders of the dead.
        _ = fs::remove_dir_all(folder);
    }
    kept
}

/// Starts the program, and says how it ended.
async fn run(program: &[OsString]) -> anyhow::Result<()> {
    let [program, args @ ..] = program else { bail!("there is no program to keep") };
    adopt_orphans();
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null());
    #[cfg(unix)]
    command.process_group(0);
    command.kill_on_drop(!CAN_FIND);
    let name = Path::new(program).display();
    let mut child = command.spawn().with_context(|| format!("{name} cannot be started"))?;
    let status = child.wait().await.with_context(|| format!("{name} cannot be waited for"))?;
    bail!("{name} ended ({status})")
}

async fn end_session(address: &str) -> anyhow::Result<()> {
    let address = Url::parse(address)?;
    wire::Wire::to(&address)?.ask(Method::DELETE, &[], None, SESSION_END).await?;
    Ok(())
}

#[cfg(target_os = "linux")]
fn adopt_orphans() {
    // Where that cannot be had, only what stays below the program is ended.
    _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Ends all processes below this one, as those that want to tidy up before their end are asked to at first.
#[cfg(target_os = "linux")]
fn end_descendants() {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};
    use std::time::Instant;
    /// How long they have for that.
    const TIDY: Duration = Duration::from_millis(500);
    /// When whoever is left cannot be ended.
    const LIMIT: Duration = Duration::from_secs(8);
    /// How often is looked who is left.
    const LOOK: Duration = Duration::from_millis(10);
    let begun = Instant::now();
    let mut asked = Vec::new();
    while begun.elapsed() < LIMIT {
        // Whoever has ended is there until somebody has asked how.
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        let left = super::kept::descendants(std::process::id());
        if left.is_empty() {
            return;
        }
        let signal = if begun.elapsed() < TIDY { Signal::TERM } else { Signal::KILL };
        for pid in left.into_iter().filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
            if signal == Signal::KILL || !asked.contains(&pid) {
                asked.push(pid);
                // It fails for those that have ended since, and those that are somebody else's.
                _ = kill_process(pid, signal);
            }
        }
        thread::sleep(LOOK);
    }
}

#[cfg(not(target_os = "linux"))]
fn adopt_orphans() {}

#[cfg(not(target_os = "linux"))]
fn end_descendants() {}
