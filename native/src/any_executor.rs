//! Whatever carries the runs of one part out: a pair has several kinds at once.

use std::path::PathBuf;

use anyhow::{Context, bail};
use parlab_shared::measure::{Executor, Plan};
use parlab_shared::report::{Environment, Warning};
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::strategy::Platform;
use tokio::runtime::{Handle, Runtime};

use crate::apart::ApartExecutor;
use crate::clock::Clock;
use crate::executors::{Live, NativeExecutor};
use crate::hub::Place;
use crate::python::PythonExecutor;
use crate::remote::{Open, RemoteExecutor};
use crate::tls;

/// An executor of any platform. Whoever drives it must not be an event loop of tokio's: natively each run has one of its
/// own, and what talks to another process brings one along.
#[derive(Debug)]
pub enum AnyExecutor {
    /// This process and its children.
    Native(NativeExecutor),
    /// A process apart, and the event loop that talks to it.
    Apart(Box<(Runtime, ApartExecutor)>),
    /// A process of Python, and the event loop that talks to it.
    Python(Box<(Runtime, PythonExecutor)>),
    /// A page, and the event loop of the server that talks to it.
    Remote(Box<(Handle, RemoteExecutor)>),
}

impl AnyExecutor {
    /// An executor of this machine for a plan, which shows its runs in `live` and is stopped through it. Work that writes files
    /// takes a `folder`, and so does what is told through files.
    ///
    /// # Errors
    /// There is none on that platform, or the plan needs TLS and there is nobody to trust.
    pub fn start(platform: Platform, plan: &Plan, live: Live, folder: Option<PathBuf>) -> anyhow::Result<Self> {
        let needs_tls = plan.needs_tls();
        match platform {
            Platform::Native => {
                if needs_tls {
                    tls::trusting()?;
                }
                if plan.calls_added_functions() {
                    let folder = folder.context("a process apart is told through files, and has no folder for them")?;
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                    return Ok(Self::Apart(Box::new((runtime, ApartExecutor::new(live, &folder)))));
                }
                Ok(Self::Native(NativeExecutor::new(Clock::start(), live, folder)))
            }
            Platform::Python => {
                let folder = folder.context("Python is told through files, and has no folder for them")?;
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let mut executor = runtime.block_on(PythonExecutor::start(live, &folder))?;
                if needs_tls {
                    runtime.block_on(executor.check_https())?;
                }
                Ok(Self::Python(Box::new((runtime, executor))))
            }
            Platform::Browser | Platform::Chromium | Platform::Firefox | Platform::Webkit => {
                bail!("platform {platform} is a browser: it carries runs out itself")
            }
        }
    }

    /// An executor in a page that is opened now, and waited for at its place; `server` is the event loop of whoever serves
    /// it.
    ///
    /// # Errors
    /// It cannot be opened, does not connect, or is of another build.
    pub fn remote(server: Handle, live: Live, page: Box<dyn Open>, place: Place) -> anyhow::Result<Self> {
        let executor = server.block_on(RemoteExecutor::start(live, page, place))?;
        Ok(Self::Remote(Box::new((server, executor))))
    }

    /// Puts into a part's environment what only its executor knows; `here` is this machine.
    pub fn describe(&self, environment: &mut Environment, here: &Environment) {
        match self {
            Self::Native(_) | Self::Apart(_) => {}
            Self::Python(python) => {
                environment.clock_step_ms = python.1.clock_step_ms;
                environment.python = Some(python.1.python.clone());
            }
            Self::Remote(remote) => {
                if let Some(there) = remote.1.environment(here) {
                    *environment = there;
                }
            }
        }
    }

    /// What happened to it that its runs do not show.
    pub fn warnings(&self) -> Vec<Warning> {
        match self {
            Self::Native(_) | Self::Apart(_) | Self::Python(_) => Vec::new(),
            Self::Remote(remote) => remote.1.warnings(),
        }
    }
}

impl Executor for AnyExecutor {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        match self {
            Self::Native(executor) => executor.execute(run).await,
            Self::Apart(apart) => apart.0.block_on(apart.1.execute(run)),
            Self::Python(python) => python.0.block_on(python.1.execute(run)),
            Self::Remote(remote) => remote.0.block_on(remote.1.execute(run)),
        }
    }

    fn cancelled(&self) -> bool {
        match self {
            Self::Native(executor) => executor.cancelled(),
            Self::Apart(apart) => apart.1.cancelled(),
            Self::Python(python) => python.1.cancelled(),
            Self::Remote(remote) => remote.1.cancelled(),
        }
    }

    fn gone(&self) -> Option<&str> {
        match self {
            Self::Native(executor) => executor.gone(),
            Self::Apart(apart) => apart.1.gone(),
            Self::Python(python) => python.1.gone(),
            Self::Remote(remote) => remote.1.gone(),
        }
    }

    fn asleep_ms(&self) -> f64 {
        // All of them are on this machine, or it waits for them.
        Clock::asleep_ms()
    }

    async fn probe_ms(&mut self) -> Option<f64> {
        match self {
            Self::Native(executor) => executor.probe_ms().await,
            Self::Apart(apart) => apart.0.block_on(apart.1.probe_ms()),
            Self::Python(python) => python.1.probe_ms().await,
            Self::Remote(remote) => remote.0.block_on(remote.1.probe_ms()),
        }
    }

    fn now_ms(&self) -> f64 {
        match self {
            Self::Native(executor) => executor.now_ms(),
            Self::Apart(apart) => apart.1.now_ms(),
            Self::Python(python) => python.1.now_ms(),
            Self::Remote(remote) => remote.1.now_ms(),
        }
    }
}

#[cfg(test)]
mod tests {
    use parlab_shared::measure::{Event, Request, carry_out};
    use parlab_shared::run::Run;
    use parlab_shared::scale::Scale;
    use parlab_shared::strategy::Strategy;

    use super::*;

    #[test]
    fn native_and_python_take_turns_at_the_same_work() {
        let request = Request {
            strategies: Some(vec![Strategy::Sequential, Strategy::Threads]),
            workers: Some(vec![2]),
            tasks: Some(vec![3]),
            scale: Scale::Smoke,
            runs: Some(3),
            warmup: Some(0),
            ..Request::named("cpu-heavy")
        };
        let plan = request.pair(&[Platform::Native, Platform::Python]).expect("a pair");
        let (folder, live) = (tempfile::tempdir().expect("a folder"), Live::default());
        let start = |platform| {
            AnyExecutor::start(platform, &plan.plan, live.clone(), Some(folder.path().to_owned())).expect("an executor")
        };
        let mut executors = [start(Platform::Native), start(Platform::Python)];
        let mut runs: Vec<(usize, Run)> = Vec::new();
        let on_event = |event: Event<'_>| {
            if let Event::RunFinished { part, run, .. } = event {
                runs.push((part, run));
            }
        };
        futures::executor::block_on(carry_out(&plan, &mut executors, on_event));
        assert_eq!(runs.len(), 12);
        // Two rows, three passes, two parts: the parts of a row are next to each other, one after the other.
        for pair in runs.chunks(2) {
            let [(first, run), (second, other_run)] = pair else { panic!("{} runs", runs.len()) };
            assert_eq!((first + second, &run.row), (1, &other_run.row));
            let checksums = |run: &Run| run.spans.iter().map(|span| span.checksum).collect::<Vec<_>>();
            assert_eq!(checksums(run), checksums(other_run));
            assert_eq!((run.failed(), run.spans.len()), (0, 3));
        }
        // Their clocks run alike: no run begins before the one before it is over. They were read one after the other at the
        // beginning, which takes no millisecond.
        for turn in runs.windows(2) {
            let [(_, run), (_, next)] = turn else { panic!("two runs") };
            assert!(run.started_ms + run.wall_ms <= next.started_ms + 1.0, "{run:?} {next:?}");
        }
    }
}
