//! Platform `python`: CPython carries the runs out. It is told of each in a line of JSON, answers with one, and meanwhile
//! notes on a board in a file how far its tasks are.

mod board_file;
mod interpreter;
mod package;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use parlab_shared::measure::{Board, Executor};
use parlab_shared::report::Python;
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::strategy::Platform;

use crate::clock::Clock;
use crate::executors::Live;
use crate::run_folder::RunFolder;
use crate::salvage::salvage;
use crate::terminal::complain;

use board_file::BoardFile;
use interpreter::{Check, Checked, Hello, Interpreter, Order};
use package::Package;

/// The environment variable that names the Python to use.
const CHOICE: &str = "PARLAB_PYTHON";

/// How often the board is read, and whether the run was cancelled: rarely, because it takes time from what is measured.
const LOOK: Duration = Duration::from_millis(100);

/// Carries runs out in a Python process, and after one that died, once, in a new one. Between two runs it does nothing, and
/// neither does Python.
#[derive(Debug)]
pub struct PythonExecutor {
    clock: Clock,
    live: Live,
    /// Where the package is, and what each run has to do with files.
    folder: PathBuf,
    package: Package,
    program: OsString,
    interpreter: Option<Interpreter>,
    /// Whether the Python that runs is the second one.
    is_second: bool,
    /// Whether the last one was ended by this program.
    was_ended: bool,
    /// Why there is no Python any more.
    gone: Option<String>,
    /// The interpreter, as reports name it.
    pub python: Python,
    /// The smallest step that Python's clock was seen to make, in milliseconds.
    pub clock_step_ms: f64,
}

impl PythonExecutor {
    /// Finds a Python and starts it: the one that [`CHOICE`] names, or else `python3` or `python`. Its runs are shown in
    /// `live`, and stopped through it. All its files lie in `folder`.
    ///
    /// # Errors
    /// There is none, or none that is new enough; the message says how to get one.
    pub async fn start(live: Live, folder: &Path) -> anyhow::Result<Self> {
        let package = Package::unpack(folder)?;
        let chosen = std::env::var_os(CHOICE).filter(|program| !program.is_empty());
        let programs = chosen.map_or_else(|| vec!["python3".into(), "python".into()], |program| vec![program]);
        let mut reasons = Vec::new();
        for program in programs {
            match start_unless_stopped(&program, &package, &live).await {
                Ok((interpreter, hello)) => {
                    let (interpreter, python, clock_step_ms) = (Some(interpreter), hello.python, hello.clock_step_ms);
                    return Ok(Self {
                        clock: Clock::start(),
                        live,
                        folder: folder.to_owned(),
                        package,
                        program,
                        interpreter,
                        is_second: false,
                        was_ended: false,
                        gone: None,
                        python,
                        clock_step_ms,
                    });
                }
                Err(error) => reasons.push(format!("{}: {error:#}", program.display())),
            }
        }
        let reasons = reasons.join("; ");
        bail!("no Python can be used ({reasons}): install Python 3.9 or newer, or name one with {CHOICE}")
    }

    /// Ends Python, and returns when it has ended.
    pub async fn end(mut self) {
        if let Some(interpreter) = self.interpreter.take() {
            interpreter.end().await;
        }
    }

    /// Checks that requests over https can be sent.
    ///
    /// # Errors
    /// Python has nobody to trust, or no TLS; the message says what to do.
    pub async fn check_https(&mut self) -> anyhow::Result<()> {
        let interpreter = self.interpreter.as_mut().context("there is no Python")?;
        let checked: Checked = interpreter.ask(&Check::Https).await?;
        checked.unable.map_or(Ok(()), |reason| bail!("{}: {reason}", self.program.display()))
    }

    /// Has Python carry a run out. Where it does not, the board holds what it did.
    async fn carry_out(&mut self, run: &RunSpec, board: &Board) -> anyhow::Result<Execution> {
        // Lives until the run is over, its removal included, which nobody times.
        let folder = RunFolder::create(&self.folder)?;
        let file = BoardFile::create(board, &self.folder)?;
        let lives = self.interpreter.as_mut().is_some_and(Interpreter::lives);
        let mut interpreter = match self.interpreter.take().filter(|_| lives) {
            Some(interpreter) => interpreter,
            None => self.start_again().await?,
        };
        let order = Order { run, folder: folder.path(), board: file.path(), clock_base_ms: self.clock.base_ms() };
        let stopped = async {
            while !self.live.cancelled() {
                tokio::time::sleep(LOOK).await;
                file.show_on(board);
                if !board.begun_before(self.clock.now_ms() - run.task_limit_ms as f64).is_empty() {
                    return true;
                }
            }
            false
        };
        let (answer, took_too_long): (anyhow::Result<Execution>, bool) = tokio::select! {
            answer = interpreter.ask(&order) => (answer, false),
            took_too_long = stopped => (Err(anyhow::anyhow!("the run was stopped")), took_too_long),
        };
        if answer.is_ok() {
            interpreter.complaints.new_lines().iter().for_each(|line| complain(&format!("python: {line}")));
            self.interpreter = Some(interpreter);
            return answer;
        }
        interpreter.end().await;
        file.show_on(board);
        // That it was ended for a task that took too long is no loss: the next one takes its place.
        self.was_ended = took_too_long;
        if let Err(error) = &answer
            && self.is_second
            && !took_too_long
            && !self.live.cancelled()
        {
            self.gone = Some(format!("Python was lost for the second time: {error:#}"));
        }
        answer
    }

    /// A Python in the place of one that died; there is one such.
    async fn start_again(&mut self) -> anyhow::Result<Interpreter> {
        if let Some(reason) = &self.gone {
            bail!("{reason}");
        }
        if !std::mem::take(&mut self.was_ended) {
            self.is_second = true;
        }
        match start_unless_stopped(&self.program, &self.package, &self.live).await {
            Ok((interpreter, _)) => Ok(interpreter),
            Err(error) => {
                let reason = format!("Python cannot be started again: {error:#}");
                self.gone = Some(reason.clone());
                bail!(reason)
            }
        }
    }
}

/// Starts a Python, unless the plan is stopped before that is ready.
async fn start_unless_stopped(program: &OsStr, package: &Package, live: &Live) -> anyhow::Result<(Interpreter, Hello)> {
    tokio::select! {
        started = Interpreter::start(program, package) => started,
        () = live.until_cancelled() => bail!("the plan was stopped before Python was ready"),
    }
}

impl Executor for PythonExecutor {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        let mechanism = run.row.mechanism(Platform::Python).expect("a plan has rows that its platform can run");
        let board = Arc::new(Board::new(run.row.workload.tasks(), 0));
        self.live.show(Arc::clone(&board));
        match self.carry_out(run, &board).await {
            Ok(execution) => execution,
            Err(error) => salvage(run, mechanism, &board, &format!("{error:#}"), self.now_ms(), self.cancelled()),
        }
    }

    fn cancelled(&self) -> bool {
        self.live.cancelled()
    }

    fn gone(&self) -> Option<&str> {
        self.gone.as_deref()
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use parlab_shared::measure::Request;
    use parlab_shared::strategy::Strategy;
    use rustix::process::{Pid, Signal, kill_process};
    use tokio::runtime::Runtime;

    use super::*;

    /// A Python, and what it needs.
    struct Bench {
        runtime: Runtime,
        python: PythonExecutor,
        _folder: tempfile::TempDir,
    }

    impl Bench {
        fn start() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let started = runtime.block_on(PythonExecutor::start(Live::default(), folder.path()));
            Self { runtime, python: started.expect("a Python"), _folder: folder }
        }

        /// Two sleeps of 300 ms at most, on two workers where there can be several.
        fn run(&mut self, strategy: Strategy) -> Execution {
            let request = Request {
                strategies: Some(vec![strategy]),
                workers: strategy.is_concurrent().then(|| vec![2]),
                tasks: Some(vec![2]),
                size: Some(vec![300]),
                ..Request::named("gather")
            };
            let plan = request.plan(Platform::Python).expect("a plan");
            let run = plan.run(plan.rows().next().expect("a row"), 0, false);
            self.runtime.block_on(self.python.execute(&run))
        }

        fn pid(&self) -> Pid {
            self.python.interpreter.as_ref().expect("it runs").pid().expect("it lives")
        }
    }

    fn reasons(execution: &Execution) -> Vec<String> {
        execution.spans.iter().filter_map(|span| Some(span.error.as_ref()?.to_string())).collect()
    }

    #[test]
    fn a_python_that_is_lost_is_started_once_more_and_then_given_up() {
        let mut bench = Bench::start();
        // Nothing was going on: nothing is lost but the Python.
        kill_process(bench.pid(), Signal::KILL).expect("killed");
        thread::sleep(Duration::from_millis(200));
        assert_eq!(reasons(&bench.run(Strategy::Sequential)), [] as [&str; 0]);
        let pid = bench.pid();
        let killer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            kill_process(pid, Signal::KILL)
        });
        let lost = reasons(&bench.run(Strategy::Sequential));
        killer.join().expect("it ends").expect("killed");
        assert!(lost[0].starts_with("worker-died: the process ended (signal: 9"), "{lost:?}");
        let reason = bench.python.gone().expect("it is given up").to_owned();
        assert!(reason.starts_with("Python was lost for the second time: the process ended (signal: 9"), "{reason}");
        assert_eq!(reasons(&bench.run(Strategy::Sequential)), [format!("setup: {reason}")]);
    }

    /// What the threads of a process, and of its children, have done so far: nanoseconds on a core, and how often they gave
    /// it up to wait.
    fn activity(pid: Pid) -> (u64, u64) {
        let (mut on_core_ns, mut waits) = (0, 0);
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("it lives");
        let processes = children.split_whitespace().map(str::to_owned).chain([pid.to_string()]);
        let threads =
            processes.flat_map(|process| std::fs::read_dir(format!("/proc/{process}/task")).expect("it lives"));
        for thread in threads.flatten() {
            let read = |name| std::fs::read_to_string(thread.path().join(name)).expect("it lives");
            let number = |text: &str| text.trim().parse::<u64>().expect("a number");
            on_core_ns += read("schedstat").split(' ').next().map_or(0, number);
            waits +=
                read("status").lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).map_or(0, number);
        }
        (on_core_ns, waits)
    }

    #[test]
    fn between_two_runs_python_does_nothing() {
        let mut bench = Bench::start();
        for strategy in [Strategy::Async, Strategy::Threads, Strategy::Processes] {
            assert_eq!(reasons(&bench.run(strategy)), [] as [&str; 0], "{strategy}");
        }
        let pid = bench.pid();
        // It has answered, and may still be on its way to the next order.
        thread::sleep(Duration::from_millis(200));
        let before = activity(pid);
        thread::sleep(Duration::from_millis(2500));
        assert_eq!(activity(pid), before);
    }

    #[test]
    fn times_are_on_the_systems_clock_however_late_python_hears_of_a_run() {
        let mut bench = Bench::start();
        let pid = bench.pid();
        let before_ms = bench.python.now_ms();
        kill_process(pid, Signal::STOP).expect("stopped");
        let waker = thread::spawn(move || {
            thread::sleep(Duration::from_millis(500));
            kill_process(pid, Signal::CONT)
        });
        let execution = bench.run(Strategy::Threads);
        waker.join().expect("it ends").expect("it goes on");
        assert_eq!(reasons(&execution), [] as [&str; 0]);
        let (began_ms, after_ms) = (execution.began_ms - before_ms, bench.python.now_ms() - before_ms);
        assert!(began_ms >= 500.0 && began_ms + execution.wall_ms <= after_ms, "{execution:?} within {after_ms} ms");
    }
}
