//! The driver of a browser, on this machine.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reqwest::{Method, Url};

use super::engine::Engine;
use super::find::Installed;
use super::kept::{Kept, listens};
use super::wire::Wire;
use crate::run_folder::PlanFolder;

/// How long a driver, or a display, may take until it is there. A busy machine needs a while.
const START: Duration = Duration::from_secs(30);
/// How often is looked.
const LOOK: Duration = Duration::from_millis(10);
/// How long it may take to answer, once it is there.
const ANSWER: Duration = Duration::from_secs(5);
/// How often it is started at most: somebody else may take the port that it was to have.
const TRIES: u32 = 3;
/// What a display is made with: it finds a number that is free, and says it; it is as large as the windows, with colours.
const DISPLAY: &[&str] = &["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset"];

/// A running driver. Dropping it ends it, its browser, and the display that they have.
#[derive(Debug)]
pub struct Driver {
    // Ends before the display that it needs.
    kept: Kept,
    _display: Option<Kept>,
    wire: Wire,
}

impl Driver {
    /// Starts a driver, and a display for it if it needs one; waits until it answers.
    ///
    /// # Errors
    /// It ends, or does not answer; what it said last is part of the message.
    pub async fn start(engine: Engine, driver: &Installed, display: Option<&Path>) -> anyhow::Result<Self> {
        let display = match display {
            Some(program) => Some(start_display(program).await?),
            None => None,
        };
        let mut env = environment(engine);
        if let Some((_, name)) = &display {
            // Its windows go there, also where there is another display.
            env.extend([("DISPLAY", name.as_str()), ("GDK_BACKEND", "x11")]);
        }
        let mut words = String::new();
        for _ in 0..TRIES {
            match try_start(engine, &driver.path, &env).await? {
                Ok((kept, wire)) => return Ok(Self { kept, _display: display.map(|(kept, _)| kept), wire }),
                Err(last) => words = last,
            }
        }
        bail!("{driver} ends when it is started: {words}")
    }

    /// What it is asked with.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Where it and its browser write their files.
    pub fn folder(&self) -> &Path {
        self.kept.folder()
    }

    /// What it said last, if it has ended.
    pub fn last_words(&mut self) -> Option<String> {
        self.kept.last_words()
    }
}

/// A driver that answers, or the last words of one that ended.
async fn try_start(engine: Engine, path: &Path, env: &[(&str, &str)]) -> anyhow::Result<Result<(Kept, Wire), String>> {
    let port = free_port()?;
    let wire = Wire::to(&Url::parse(&format!("http://127.0.0.1:{port}/"))?)?;
    let mut kept = Kept::start(PlanFolder::create()?, path, &arguments(engine, port), env)?;
    let until = Instant::now() + START;
    loop {
        if let Some(words) = kept.last_words() {
            return Ok(Err(words));
        }
        // Whoever else has the port may answer as a driver does.
        if wire.ask(Method::GET, &["status"], None, ANSWER).await.is_ok() && listens(kept.keeper(), port) {
            return Ok(Ok((kept, wire)));
        }
        if Instant::now() > until {
            bail!("{} does not answer within {} s, and said {:?}", path.display(), START.as_secs(), kept.said());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A display, and what it is called.
async fn start_display(program: &Path) -> anyhow::Result<(Kept, String)> {
    let arguments: Vec<_> = DISPLAY.iter().map(|argument| (*argument).to_owned()).collect();
    let mut kept = Kept::start(PlanFolder::create()?, program, &arguments, &[])?;
    let until = Instant::now() + START;
    loop {
        let said = kept.said();
        let number =
            said.split_inclusive('\n').filter(|line| line.ends_with('\n')).find_map(|line| line.trim().parse().ok());
        if let Some::<u32>(number) = number {
            return Ok((kept, format!(":{number}")));
        }
        if let Some(words) = kept.last_words() {
            bail!("{} ends when it is started: {words}", program.display());
        }
        if Instant::now() > until {
            bail!("{} makes no display within {} s, and said {said:?}", program.display(), START.as_secs());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A port that nobody has just now.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("there is no free port for a driver")?;
    Ok(listener.local_addr()?.port())
}

/// What a driver is started with.
fn arguments(engine: Engine, port: u16) -> Vec<String> {
    let port = format!("--port={port}");
    match engine {
        Engine::Chromium | Engine::Webkit => vec![port],
        // Its second port would be the same for all.
        Engine::Firefox => vec![port, "--websocket-port=0".to_owned()],
    }
}

/// What a driver and its browser are told by way of the environment.
fn environment(engine: Engine) -> Vec<(&'static str, &'static str)> {
    match engine {
        Engine::Chromium => Vec::new(),
        Engine::Firefox => vec![("MOZ_CRASHREPORTER_DISABLE", "1")],
        Engine::Webkit => {
            // Pages have no shared memory there, isolated or not, unless this asks for it.
            let mut all = vec![("JSC_useSharedArrayBuffer", "1")];
            if is_root() {
                // Its sandbox cannot be made by root, and without it nothing starts.
                all.push(("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"));
            }
            all
        }
    }
}

/// Whether this process may do everything: browsers refuse to make their sandboxes then.
pub fn is_root() -> bool {
    #[cfg(unix)]
    let is_root = rustix::process::geteuid().is_root();
    #[cfg(not(unix))]
    let is_root = false;
    is_root
}
