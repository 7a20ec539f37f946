//! The command line: options become a request, a request a plan, results text.

mod compare;
mod list;
mod output;
mod report;
mod run;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use parlab_shared::dictionary::Keep;
use parlab_shared::measure::{ALL, PrecisionOf, Request, Scale};
use parlab_shared::report::Threshold;
use parlab_shared::strategy::{Dispatch, Platform, Strategy};

use crate::{peer, terminal};
use output::OutputArgs;

/// A laboratory for parallelism: the same work natively and in the browser, compared run for run.
#[derive(Debug, Parser)]
#[command(name = "parlab", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show experiments, workloads, strategies, and what is supported where
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Run an experiment or a workload natively
    Run(Box<RunArgs>),
    /// Compare saved reports: ratios with intervals, each report by the first
    Compare {
        /// Reports, as `--json` or the page wrote them
        #[arg(required = true, value_name = "REPORT")]
        reports: Vec<PathBuf>,
        /// End with exit code 1 if this is surely true of a row, as in 'browser/native > 1.5 on count with threads x 2':
        /// if the whole 95 % interval of its ratio is beyond the number. Also if a row that is meant cannot be judged:
        /// tasks of it failed, it has under 6 runs, only one report has it; name the rows that are meant (on, with)
        #[arg(long, value_name = "EXPR")]
        fail_if: Vec<Threshold>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write reports that were saved as one page, as tables or as a trace
    Report {
        /// Reports, as `parlab run --json` or the page wrote them
        #[arg(required = true, value_name = "REPORT")]
        reports: Vec<PathBuf>,
        #[command(flatten)]
        to: OutputArgs,
    },
    /// Serve the page on this machine
    Serve {
        /// Address and port to listen on; port 0 takes a free one
        #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8017")]
        listen: std::net::SocketAddr,
        /// Open the page in a browser, where there is a display
        #[arg(long)]
        open: bool,
        /// Leave the isolation headers out, to see what works without shared memory
        #[arg(long)]
        no_isolation: bool,
    },
    /// Serve what network workloads ask for, without the page
    Target {
        /// Address and port to listen on; port 0 takes a free one
        #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
        listen: std::net::SocketAddr,
        /// End when standard input ends
        #[arg(long)]
        attached: bool,
    },
    /// Print the JSON Schema of the report
    Schema,
    /// Perform tasks for another parlab; started by it
    #[command(hide = true)]
    Worker,
}

#[derive(Debug, Args)]
// What a negative number cannot be used for is said by the plan, which knows why.
#[command(allow_negative_numbers = true)]
struct RunArgs {
    /// An experiment or a workload; `parlab list` shows them
    #[arg(required_unless_present = "all")]
    name: Option<String>,
    /// Every experiment, one after another, in one report
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// Only these strategies, separated by commas
    #[arg(short, long, value_delimiter = ',', value_name = "NAMES")]
    strategy: Option<Vec<Strategy>>,
    /// These numbers of workers, separated by commas; for async, tasks in flight
    #[arg(short, long, value_delimiter = ',', value_name = "NUMBERS")]
    workers: Option<Vec<u32>>,
    /// Tasks per run
    #[arg(short = 'n', long, value_name = "NUMBER")]
    tasks: Option<u32>,
    /// The workload's main parameter
    #[arg(long, value_name = "NUMBER")]
    size: Option<u64>,
    /// Where to run
    #[arg(long, default_value_t = Platform::Native)]
    platform: Platform,
    /// Which sizes: the source's own (exact), long enough to measure (lab), or seconds (smoke)
    #[arg(long, default_value_t = Scale::Lab)]
    scale: Scale,
    /// Workers that live for the run (pool), or a new one for every task (per-task)
    #[arg(long)]
    dispatch: Option<Dispatch>,
    /// Measured runs per row
    #[arg(long, value_name = "NUMBER")]
    runs: Option<u32>,
    /// Warm-up runs per row
    #[arg(long, value_name = "NUMBER")]
    warmup: Option<u32>,
    /// Warm up until a row's last two runs differ by no more than so many percent (at most 10 runs, or --warmup)
    #[arg(long, value_name = "PERCENT")]
    stable: Option<f64>,
    /// Measure until every row's 95 % interval is no wider than so many percent to both sides
    #[arg(long, value_name = "PERCENT")]
    precision: Option<f64>,
    /// What that interval is of: the row's median, or its ratio to the first row
    #[arg(long, value_name = "WHAT")]
    precision_of: Option<PrecisionOf>,
    /// How many seconds an experiment may go on for its precision (60 if not given)
    #[arg(long, value_name = "SECONDS")]
    budget: Option<f64>,
    /// Decides everything that is drawn by chance
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How long the target waits before it answers: milliseconds or MIN-MAX
    #[arg(long, value_name = "MS")]
    latency: Option<String>,
    /// How the target fails: status, cut, stall, garbage or redirect, with :PROBABILITY if not always
    #[arg(long, value_name = "KIND")]
    fail: Option<String>,
    /// How many seconds a task may wait for an answer (30 if not given)
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<f64>,
    /// Send requests to this server instead of one that is started for the run
    #[arg(long, value_name = "URL")]
    target: Option<String>,
    /// Wait until a file that was written is on the disk (write)
    #[arg(long)]
    flush: bool,
    /// Let all tasks overwrite one file, as the source does (write)
    #[arg(long)]
    one_file: bool,
    /// Pages per wave of a crawl; 0 for all that are known
    #[arg(long, value_name = "NUMBER")]
    round: Option<u32>,
    /// How a dictionary is shared: lock, sharded, owner or merge (dictionary)
    #[arg(long, value_name = "HOW")]
    keep: Option<Keep>,
    #[command(flatten)]
    to: OutputArgs,
}

impl RunArgs {
    fn request(&self) -> Request {
        Request {
            name: self.name.clone().unwrap_or_else(|| ALL.to_owned()),
            strategies: self.strategy.clone(),
            workers: self.workers.clone(),
            tasks: self.tasks,
            size: self.size,
            scale: self.scale,
            dispatch: self.dispatch,
            runs: self.runs,
            warmup: self.warmup,
            stable: self.stable,
            precision: self.precision,
            precision_of: self.precision_of,
            budget: self.budget,
            seed: self.seed,
            latency: self.latency.clone(),
            fail: self.fail.clone(),
            timeout: self.timeout,
            target: self.target.clone(),
            flush: self.flush.then_some(true),
            one_file: self.one_file.then_some(true),
            round: self.round,
            keep: self.keep,
        }
    }
}

/// How a command that could run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// Everything ran clean.
    Clean,
    /// It ran, but a task failed, it was stopped, or a threshold does not pass.
    Flawed,
}

/// Runs the command line and returns its exit code: 0 all clean, 1 it ran but something failed, 2 it could not run.
pub fn main() -> ExitCode {
    terminal::panic_in_one_line();
    let result = match Cli::parse().command {
        Command::List { json } => list::list(json),
        Command::Compare { reports, fail_if, json } => compare::run(&reports, &fail_if, json),
        Command::Run(args) => run::run(&args.request(), args.platform, &args.to),
        Command::Report { reports, to } => report::report(&reports, &to),
        Command::Serve { listen, open, no_isolation } => serve::serve(listen, open, !no_isolation),
        Command::Target { listen, attached } => serve::serve_target(listen, attached),
        Command::Schema => list::schema(),
        Command::Worker => peer::serve().map(|()| Ended::Clean).map_err(Into::into),
    };
    match result {
        Ok(Ended::Clean) => ExitCode::SUCCESS,
        Ok(Ended::Flawed) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// Whether whoever read our output went away, as `head` does: no failure of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_options_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }
}
