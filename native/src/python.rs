//! Platform `python`: CPython carries the runs out. It is told of each in a line of JSON, answers with one, and meanwhile
//! notes on a board in a file how far its tasks are.

mod board_file;
mod interpreter;
mod package;

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use parlab_shared::measure::{Board, Executor, failed};
use parlab_shared::report::Python;
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::strategy::{Mechanism, Platform};

use crate::clock::Clock;
use crate::executors::Live;
use crate::run_folder::RunFolder;
use crate::terminal::complain;

use board_file::BoardFile;
use interpreter::{Interpreter, Order};
use package::Package;

/// The environment variable that names the Python to use.
const CHOICE: &str = "PARLAB_PYTHON";

/// How often the board is read, and whether the run was cancelled: rarely, because it takes time from what is measured.
const LOOK: Duration = Duration::from_millis(100);

/// Carries runs out in a Python process, and after one that died in a new one.
#[derive(Debug)]
pub struct PythonExecutor {
    clock: Clock,
    live: Live,
    /// Where the package is, and what each run has to do with files.
    folder: PathBuf,
    package: Package,
    program: OsString,
    interpreter: Option<Interpreter>,
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
            match Interpreter::start(&program, &package).await {
                Ok((interpreter, hello)) => {
                    let (interpreter, python, clock_step_ms) = (Some(interpreter), hello.python, hello.clock_step_ms);
                    return Ok(Self {
                        clock: Clock::start(),
                        live,
                        folder: folder.to_owned(),
                        package,
                        program,
                        interpreter,
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

    /// Has Python carry a run out. Where it does not, the board holds what it did.
    async fn carry_out(&mut self, run: &RunSpec, board: &Board) -> anyhow::Result<Execution> {
        // Lives until the run is over, its removal included, which nobody times.
        let folder = RunFolder::create(&self.folder)?;
        let file = BoardFile::create(board, &self.folder)?;
        let mut interpreter = match self.interpreter.take() {
            Some(interpreter) => interpreter,
            None => Interpreter::start(&self.program, &self.package).await.context("Python cannot be started again")?.0,
        };
        let order = Order { run, folder: folder.path(), board: file.path(), clock_ms: self.clock.now_ms() };
        let cancelled = async {
            while !self.live.cancelled() {
                tokio::time::sleep(LOOK).await;
                file.show_on(board);
            }
        };
        let answer = tokio::select! {
            answer = interpreter.ask(&order) => answer,
            () = cancelled => Err(anyhow::anyhow!("the run was cancelled")),
        };
        if answer.is_ok() {
            interpreter.complaints().iter().for_each(|line| complain(&format!("python: {line}")));
            self.interpreter = Some(interpreter);
            return answer;
        }
        interpreter.end().await;
        file.show_on(board);
        answer
    }

    /// What is known of a run that Python did not carry out to its end.
    fn salvage(&self, run: &RunSpec, mechanism: Mechanism, board: &Board, reason: &str) -> Execution {
        let now_ms = self.clock.now_ms();
        if !self.live.cancelled() {
            // On an event loop all tasks have the same worker.
            let workers = run.row.strategy.effective_workers(run.row.workers);
            (0..workers).for_each(|worker| board.fatal(worker, None, now_ms));
        }
        let mut spans = board.snapshot().spans(reason);
        let is_told = spans.iter().flat_map(|span| &span.error).any(|error| error.kind == ErrorKind::WorkerDied);
        if !self.live.cancelled() && !is_told {
            // It died before the first task, or between two tasks: the next one is lost, or if there is none, the last.
            let kind = if spans.is_empty() { ErrorKind::Setup } else { ErrorKind::WorkerDied };
            let ended: HashSet<u32> = spans.iter().map(|span| span.task).collect();
            let lost = (0..board.tasks()).find(|task| !ended.contains(task)).unwrap_or(board.tasks() - 1);
            spans.retain(|span| span.task != lost);
            spans.push(failed(lost, 0, [now_ms; 3], TaskError::new(kind, reason)).span);
        }
        let began_ms = spans.iter().map(|span| span.queued_ms).fold(now_ms, f64::min);
        let mut execution = Execution { mechanism, began_ms, setup_ms: 0.0, wall_ms: now_ms - began_ms, spans };
        execution.rebase();
        execution
    }
}

impl Executor for PythonExecutor {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        let row = &run.row;
        let mechanism = row.mechanism(Platform::Python).unwrap_or(Mechanism::OneThread);
        let board = Arc::new(Board::new(row.workload.tasks(), 0));
        self.live.show(Arc::clone(&board));
        match self.carry_out(run, &board).await {
            Ok(execution) => execution,
            Err(error) => self.salvage(run, mechanism, &board, &format!("{error:#}")),
        }
    }

    fn cancelled(&self) -> bool {
        self.live.cancelled()
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}
