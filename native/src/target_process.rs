//! The target server of a native run: a child process of this binary.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

/// A running `parlab target`. Dropping it ends it.
#[derive(Debug)]
pub struct TargetProcess {
    child: Child,
    url: String,
}

impl TargetProcess {
    /// Starts one on a free port of loopback.
    pub fn start() -> anyhow::Result<Self> {
        let binary = std::env::current_exe().context("this program's own file is not known")?;
        let mut child = Command::new(&binary)
            // It ends when its standard input does, however this process ends.
            .args(["target", "--attached"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start the target server from {}", binary.display()))?;
        let mut line = String::new();
        let read = child.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut line));
        match (read, line.trim().strip_prefix("parlab target at ")) {
            (Some(Ok(_)), Some(url)) => Ok(Self { child, url: url.to_owned() }),
            _ => bail!("the target server said no address but {line:?}"),
        }
    }

    /// Where it listens; ends with a slash.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TargetProcess {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
