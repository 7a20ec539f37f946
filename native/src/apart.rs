//! Natively, functions of somebody's own crate are run in a process apart: one that never ends, takes all memory or brings its
//! process down costs its run, and nothing else. That process carries runs out as this one would, one after another; both have
//! the run's board in their memory.

mod mapped;
mod served;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use parlab_shared::measure::{Board, Executor};
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::strategy::Platform;
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::complaints::Complaints;
use crate::executors::Live;
use crate::framed_child::FramedChild;
use crate::salvage::salvage;
use crate::terminal::complain;

pub use served::serve;

/// What the process is called in messages.
const WHAT: &str = "process that runs it";
/// How often is looked whether a run was stopped: rarely, because it takes time from what is measured.
const LOOK: Duration = Duration::from_millis(500);
/// How often a run that was stopped may be seen to go on. Functions may take a while until they ask whether they are cancelled.
const LOOKS: u32 = 6;

/// What the process is made for: what it is told first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    /// The clock that it reads, too.
    clock: Clock,
    /// Where its tasks write files.
    folder: PathBuf,
}

/// What it is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToApart {
    /// Carry a run out.
    Execute(Order),
    /// Time a fixed piece of computing.
    Probe,
}

/// A run to be carried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Order {
    /// The run, as JSON: the frames' own form knows no row within it.
    run: String,
    /// The file of its board.
    board: PathBuf,
}

/// What it answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromApart {
    /// What the run left behind; or why it was not begun.
    Executed(Result<Execution, String>),
    /// What the piece of computing took, in milliseconds.
    Probed(Option<f64>),
}

/// Carries runs out in a process apart, and after one that was lost in a new one.
#[derive(Debug)]
pub struct ApartExecutor {
    clock: Clock,
    live: Live,
    folder: PathBuf,
    process: Option<(FramedChild, Complaints)>,
}

impl ApartExecutor {
    /// An executor that shows its runs in `live` and is stopped through it. All its files lie in `folder`.
    pub fn new(live: Live, folder: &Path) -> Self {
        Self { clock: Clock::start(), live, folder: folder.to_owned(), process: None }
    }

    /// The process, which is started if there is none.
    async fn process(&mut self) -> anyhow::Result<&mut (FramedChild, Complaints)> {
        let process = match self.process.take() {
            Some(process) => process,
            None => {
                let (to, complaints) = Complaints::create(&self.folder.join("complaints"))?;
                let spec = Spec { clock: self.clock, folder: self.folder.clone() };
                let live = self.live.clone();
                let child = tokio::select! {
                    started = FramedChild::start(WHAT, "execute", to, &spec) => started?,
                    () = live.until_cancelled() => bail!("the plan was stopped before it was ready"),
                };
                (child, complaints)
            }
        };
        Ok(self.process.insert(process))
    }

    /// Has the process carry a run out. One that does not is gone afterwards.
    async fn carry_out(&mut self, run: &RunSpec, board: &Board, path: &Path) -> anyhow::Result<Execution> {
        let order = ToApart::Execute(Order { run: serde_json::to_string(run)?, board: path.to_owned() });
        let (child, complaints) = self.process().await?;
        let answer: anyhow::Result<FromApart> = tokio::select! {
            answer = child.ask(&order) => answer,
            () = until_it_does_not_stop(board) => Err(anyhow::anyhow!("the {WHAT} did not stop")),
        };
        let lines = complaints.new_lines();
        match answer {
            Ok(FromApart::Executed(executed)) => {
                lines.iter().for_each(|line| complain(line));
                executed.map_err(anyhow::Error::msg)
            }
            Ok(FromApart::Probed(_)) => self.lose("it answered something else than it was asked".to_owned()).await,
            Err(error) => {
                let said = if lines.is_empty() { String::new() } else { format!(": {}", lines.join("; ")) };
                self.lose(format!("{error:#}{said}")).await
            }
        }
    }

    async fn lose<T>(&mut self, reason: String) -> anyhow::Result<T> {
        if let Some((child, _)) = self.process.take() {
            child.kill().await;
        }
        bail!(reason)
    }

    async fn probe(&mut self) -> anyhow::Result<Option<f64>> {
        let (child, _) = self.process().await?;
        match child.ask(&ToApart::Probe).await {
            Ok(FromApart::Probed(ms)) => Ok(ms),
            _ => self.lose("it has no pace".to_owned()).await,
        }
    }
}

/// Returns when a run was stopped and goes on all the same.
async fn until_it_does_not_stop(board: &Board) {
    let mut looks = 0;
    while looks < LOOKS {
        tokio::time::sleep(LOOK).await;
        looks += u32::from(board.cancelled());
    }
}

impl Executor for ApartExecutor {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        let workload = &run.row.workload;
        let mechanism = run.row.mechanism(Platform::Native).expect("a plan has rows that its platform can run");
        let (tasks, side) = (workload.tasks(), workload.picture_side().unwrap_or(0));
        let (board, path) = match mapped::create(&self.folder, tasks, side) {
            Ok((board, path)) => (Arc::new(board), path),
            Err(error) => {
                let board = Board::new(tasks, side);
                return salvage(run, mechanism, &board, &format!("{error:#}"), self.now_ms(), self.cancelled());
            }
        };
        self.live.show(Arc::clone(&board));
        match self.carry_out(run, &board, &path).await {
            Ok(execution) => execution,
            Err(error) => salvage(run, mechanism, &board, &format!("{error:#}"), self.now_ms(), self.cancelled()),
        }
    }

    fn cancelled(&self) -> bool {
        self.live.cancelled()
    }

    async fn probe_ms(&mut self) -> Option<f64> {
        // Why there is none, the run says that follows.
        self.probe().await.ok().flatten()
    }

    fn now_ms(&self) -> f64 {
        self.clock.now_ms()
    }
}

#[cfg(test)]
mod tests {
    use parlab_shared::measure::{Request, failed};
    use parlab_shared::span::TaskError;

    use super::*;
    use crate::messages;

    #[test]
    fn what_is_said_is_understood() {
        let plan = Request::named("cpu-heavy").plan(Platform::Native).expect("a plan");
        let run = plan.run(plan.rows().next().expect("a row"), 0, false);
        let said = Order { run: serde_json::to_string(&run).expect("JSON"), board: PathBuf::from("board") };
        let heard = messages::encode(&ToApart::Execute(said)).and_then(|bytes| messages::decode(&bytes));
        let ToApart::Execute(order) = heard.expect("an order") else { panic!("another message") };
        assert_eq!(serde_json::from_str::<RunSpec>(&order.run).expect("a run"), run);
        let mechanism = run.row.mechanism(Platform::Native).expect("a row that can be run");
        let spans = vec![failed(1, 0, [0.0, 1.0, 2.0], TaskError::cancelled()).span];
        let left = Execution { mechanism, began_ms: 5.0, setup_ms: 1.0, wall_ms: 2.0, costs: None, spans };
        let answer = messages::encode(&FromApart::Executed(Ok(left.clone())));
        let heard = answer.and_then(|bytes| messages::decode(&bytes)).expect("an answer");
        let FromApart::Executed(Ok(execution)) = heard else { panic!("another answer") };
        assert_eq!(execution, left);
    }
}
