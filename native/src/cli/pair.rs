//! `parlab pair`: carries a plan out on several platforms in turn, and prints how they compare.

mod alone;

use anyhow::anyhow;
use clap::Args;
use parlab_shared::analysis::{PairAnalysis, Threshold};
use parlab_shared::measure::{PairPlan, Request};
use parlab_shared::say::doubts;
use parlab_shared::strategy::Platform;

use super::gate::Gate;
use super::options::Options;
use super::output::OutputArgs;
use super::saving::verdict;
use super::session::{Outcome, Session};
use super::{ExitStatus, wanted};
use crate::terminal::{self, Style};

/// What `parlab pair` is given.
#[derive(Debug, Args)]
// What a negative number cannot be used for is said by the plan, which knows why.
#[command(allow_negative_numbers = true)]
pub struct PairArgs {
    /// An experiment or a workload; `parlab list` shows them
    name: Option<String>,
    /// Every experiment, one after another, in one report
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// Where to run, in turn: native, python, chromium, firefox, webkit. Ratios are to the first one; one that is named
    /// twice is measured against itself
    #[arg(long, value_name = "PLATFORMS", value_delimiter = ',', required = true)]
    platform: Vec<Platform>,
    /// End with exit code 1 if this is surely true of a row, as in 'chromium/native > 1.5 on count with threads x 2':
    /// if the whole 95 % interval of its ratio is beyond the number, by more than chance among all rows that are meant.
    /// Also if a row that is meant cannot be judged: tasks of it failed, or it has under 6 runs
    #[arg(long, value_name = "EXPR")]
    fail_if: Vec<Threshold>,
    /// End with exit code 1 also if of a row it cannot be told whether it is true
    #[arg(long, requires = "fail_if")]
    strict: bool,
    /// Show all columns, and of several experiments all tables, however wide they get
    #[arg(long)]
    wide: bool,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    to: OutputArgs,
}

impl PairArgs {
    fn request(&self) -> anyhow::Result<Request> {
        self.options.request(wanted(self.name.as_deref(), self.all, "pair")?)
    }
}

/// The plan for some platforms.
fn planned(request: &Request, platforms: &[Platform]) -> anyhow::Result<PairPlan> {
    request.pair(platforms).map_err(|error| anyhow!(error.of_options()))
}

/// Runs what was asked for.
pub fn pair(args: &PairArgs) -> anyhow::Result<ExitStatus> {
    let plan = planned(&args.request()?, &args.platform)?;
    Gate::rehearse(&args.fail_if, &plan)?;
    let _alone = alone::alone()?;
    let mut session = Session::begin(plan, &args.to)?;
    let places = 0..session.plan.parts.len();
    let mut executors = places.map(|place| session.on_this_machine(place)).collect::<anyhow::Result<Vec<_>>>()?;
    let Outcome { reports, lost, saved } = session.carry_out(&mut executors)?;
    // Before anything is printed, which somebody may not read to its end.
    drop(executors);

    let streamed = session.streams.write(&reports);
    let gate = Gate::of(&args.fail_if, args.strict, &reports)?;
    let text = (!session.streams.take_stdout()).then(|| {
        let style = Style::of_stdout(args.wide);
        let lines = gate.lines().map(|line| style.message(&line));
        terminal::pair_results(&reports, style) + &lines.collect::<String>()
    });
    let printed = text.map_or(Ok(()), |text| terminal::print(&text));
    if session.streams.take_stdout() {
        gate.lines().for_each(|line| terminal::complain(&line));
    }
    let pair = PairAnalysis::of(&reports);
    doubts(&reports, &pair.names).iter().for_each(|doubt| terminal::complain(&format!("warning: {doubt}")));
    for (name, reason) in &lost {
        terminal::complain(&format!("{name}: {reason}"));
    }
    if reports.iter().any(|report| report.cancelled) {
        let runs = reports.iter().map(|report| report.runs.len()).sum::<usize>();
        terminal::complain(&format!("stopped after {runs} of {} runs", session.plan.runs()));
    }
    saved.and(streamed)?;
    let is_same_work = !pair.has_other_work();
    let status = if gate.passes() && is_same_work { verdict(&reports) } else { ExitStatus::Flawed };
    status.unless(printed)
}
