//! A program that is started here and kept by a keeper.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use reqwest::Url;

use crate::run_folder::PlanFolder;
use crate::this_program::this_program;

/// The file that a program's output goes to, in its folder.
const SAID: &str = "said.txt";
/// How much of the end of it is said when the program fails, in bytes.
const SAID_MAX: usize = 300;
/// How long a keeper may take to end all that it keeps: more than it allows itself.
const END: Duration = Duration::from_secs(15);
/// How often is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// A program, all that it starts, and a folder for all that they write. Dropping it ends them and removes the folder; so
/// does the end of this process, also by SIGKILL.
#[derive(Debug)]
pub struct Kept {
    keeper: Child,
    folder: PlanFolder,
}

impl Kept {
    /// Starts a program. Its temporary files are created in the folder.
    ///
    /// # Errors
    /// There is no process for its keeper. Whether the program itself can be started is seen later.
    pub fn start(folder: PlanFolder, program: &Path, args: &[String], env: &[(&str, &str)]) -> anyhow::Result<Self> {
        let said = File::create(folder.path().join(SAID)).context("a browser's folder cannot be written to")?;
        let mut keep = this_program()?;
        keep.arg("keep").arg("--folder").arg(folder.path()).arg("--").arg(program).args(args);
        keep.env("TMPDIR", folder.path()).envs(env.iter().copied());
        let complaints = said.try_clone().context("a browser's folder cannot be written to")?;
        let keeper = keep.stdin(Stdio::piped()).stdout(said).stderr(complaints).spawn();
        Ok(Self { keeper: keeper.context("a keeper for a browser cannot be started")?, folder })
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the program and its keeper have said so far.
    pub fn said(&self) -> String {
        fs::read(self.folder.path().join(SAID))
            .map(|said| String::from_utf8_lossy(&said).into_owned())
            .unwrap_or_default()
    }

    /// What they said last, if the program has ended.
    pub fn last_words(&mut self) -> Option<String> {
        // A keeper that cannot be looked after keeps nothing.
        let is_over = self.keeper.try_wait().is_ok_and(|status| status.is_none());
        (!is_over).then(|| {
            let said = self.said();
            let said = said.trim_end();
            let from = said.char_indices().map(|(at, _)| at).find(|at| said.len() - at <= SAID_MAX);
            said[from.unwrap_or(0)..].trim_start().to_owned()
        })
    }

    /// The keeper: everything that it keeps is below it.
    pub fn keeper(&self) -> u32 {
        self.keeper.id()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        end(&mut self.keeper);
    }
}

/// A session of a WebDriver elsewhere. Dropping it ends it; so does the end of this process.
#[derive(Debug)]
pub struct KeptSession(Child);

impl KeptSession {
    /// Has one ended in due time.
    ///
    /// # Errors
    /// There is no process for its keeper.
    pub fn keep(session: &Url) -> anyhow::Result<Self> {
        let mut keep = this_program()?;
        keep.arg("keep").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut kept = Self(keep.spawn().context("a keeper for a browser cannot be started")?);
        // Not as an argument, which everybody here could read: it may hold a password.
        if let Some(stdin) = &mut kept.0.stdin {
            writeln!(stdin, "{session}").context("a keeper for a browser cannot be told")?;
        }
        Ok(kept)
    }
}

impl Drop for KeptSession {
    fn drop(&mut self) {
        end(&mut self.0);
    }
}

/// Lets a keeper do what it is there for.
fn end(keeper: &mut Child) {
    drop(keeper.stdin.take());
    let until = Instant::now() + END;
    while keeper.try_wait().is_ok_and(|status| status.is_none()) {
        if Instant::now() > until {
            // Both fail only if it has ended already.
            _ = keeper.kill();
            _ = keeper.wait();
            return;
        }
        thread::sleep(LOOK);
    }
}

/// All processes below one, whoever started them.
#[cfg(target_os = "linux")]
pub fn descendants(of: u32) -> Vec<u32> {
    let all = procfs::process::all_processes().into_iter().flatten().flatten();
    let stats = all.filter_map(|process| process.stat().ok());
    let parents: Vec<_> =
        stats.filter_map(|stat| Some((u32::try_from(stat.ppid).ok()?, u32::try_from(stat.pid).ok()?))).collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(of, _)| *of == parent).map(|(_, pid)| *pid));
        next += 1;
    }
    found.split_off(1)
}

/// Whether a process below this one listens on a port of loopback; true where nobody tells.
#[cfg(target_os = "linux")]
pub fn listens(keeper: u32, port: u16) -> bool {
    use procfs::net::TcpState;
    use procfs::process::{FDTarget, Process};
    let Ok(sockets) = procfs::net::tcp() else { return true };
    let listening = sockets.into_iter().filter(|socket| socket.state == TcpState::Listen);
    let inodes: Vec<_> =
        listening.filter(|socket| socket.local_address.port() == port).map(|socket| socket.inode).collect();
    let is_it = |target: FDTarget| matches!(target, FDTarget::Socket(inode) if inodes.contains(&inode));
    descendants(keeper)
        .into_iter()
        .filter_map(|pid| Process::new(i32::try_from(pid).ok()?).ok()?.fd().ok())
        .any(|descriptors| descriptors.flatten().any(|descriptor| is_it(descriptor.target)))
}

#[cfg(not(target_os = "linux"))]
pub fn listens(_: u32, _: u16) -> bool {
    true
}
