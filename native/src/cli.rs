//! The command line: options become a request, a request a plan, results text.

mod compare;
mod doctor;
mod gate;
mod input;
mod list;
mod manual;
mod new;
mod options;
mod output;
mod pair;
mod parse;
mod report;
mod run;
mod saving;
mod selftest;
mod serve;
mod session;
mod site;
mod stop;
mod unwritten;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use parlab_shared::analysis::Threshold;
use parlab_shared::measure::{ALL, Request};
use parlab_shared::strategy::Platform;

use crate::browsers::BrowserArgs;
use crate::browsers::keep::keep;
use crate::{apart, open_files, peer, signals, terminal};
use options::Options;
use output::OutputArgs;

/// Where a server listens.
fn address(text: &str) -> Result<SocketAddr, String> {
    let usage = "use an IP address and a port from 0 to 65535, as in 127.0.0.1:8017";
    text.parse().map_err(|_| usage.to_owned())
}

/// How many connections a server may have.
fn connections(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=1_000_000) => Ok(number),
        _ => Err("use a whole number from 1 to 1000000".to_owned()),
    }
}

/// Where `parlab run` runs.
fn platform(text: &str) -> Result<Platform, String> {
    text.parse().map_err(|_| "use native or python; `parlab pair` runs in browsers, too".to_owned())
}

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
        /// Show all columns, however wide tables get
        #[arg(long)]
        wide: bool,
    },
    /// Run an experiment or a workload natively
    Run(Box<RunArgs>),
    /// Run an experiment or a workload on several platforms in turn, and compare them
    Pair(Box<pair::PairArgs>),
    /// Compare saved reports: each divided by the first one, row by row, with intervals
    Compare {
        /// Reports, as `--json` or the page wrote them. Several sessions of the same plan are taken together with commas:
        /// `parlab compare a1.json,a2.json b1.json,b2.json`
        /// A pair by itself is compared with its first platform, two pairs platform by platform
        #[arg(required = true, value_name = "REPORT[,REPORT]")]
        reports: Vec<PathBuf>,
        /// End with exit code 1 if this is surely true of a row, as in 'chromium/native > 1.5 on count with threads x 2':
        /// if the whole 95 % interval of its ratio is beyond the number, by more than chance among all rows that are meant.
        /// Also if a row that is meant cannot be judged: tasks of it failed, it has under 6 runs, only one report has it.
        /// EXPR is SIDE/SIDE, > or <, a number, then which rows are meant: `on` with an experiment or a workload, `with` a
        /// strategy, `x` its workers, and after commas whatever else the row is called by, such as `one per task`, `map`,
        /// `sharing lock`, `n 10000`; `pool` and `single` are those without such a name. A SIDE is a platform, a browser's name, or #2
        /// for the second report. Of two pairs, chromium/native is that of the second one, and
        /// '#2/#1 of chromium/native > 1.1' is how it changed from the first to the second
        #[arg(long, value_name = "EXPR")]
        fail_if: Vec<Threshold>,
        /// End with exit code 1 also if it cannot be told of a row that is meant
        #[arg(long, requires = "fail_if")]
        strict: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Show all columns, however wide tables get
        #[arg(long)]
        wide: bool,
    },
    /// Write reports that were saved as one page, as tables or as a trace
    Report {
        /// Reports, as `parlab run --json` or the page wrote them; `-` is standard input
        #[arg(required = true, value_name = "REPORT")]
        reports: Vec<PathBuf>,
        #[command(flatten)]
        to: OutputArgs,
    },
    /// Serve the page on this machine. The address that is printed has a token in it: only with that can the page have
    /// something done here, such as a plan carried out natively beside it
    Serve {
        /// Address and port to listen on; port 0 takes a free one
        #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8017", value_parser = address)]
        listen: SocketAddr,
        /// Speak https, with a certificate that is made at each start and that no browser knows: it warns once. Only so can
        /// browsers on other machines run threads and write files; with `--listen 0.0.0.0:8017`, a QR code leads a telephone there
        #[arg(long)]
        tls: bool,
        /// Open the page in a browser, where there is a display
        #[arg(long)]
        open: bool,
        /// Leave the isolation headers out, to see what works without shared memory
        #[arg(long)]
        no_isolation: bool,
        /// Answer requests to this name, too, as of a proxy; requests to names that are not this machine's are refused
        #[arg(long, value_name = "NAME")]
        host: Vec<String>,
    },
    /// Serve the target of network workloads alone, without the page
    Target {
        /// Address and port to listen on; port 0 takes a free one
        #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0", value_parser = address)]
        listen: SocketAddr,
        /// Have at most so many connections open at once
        #[arg(long, value_name = "N", default_value_t = crate::http::MAX_CONNECTIONS, value_parser = connections)]
        connections: usize,
        /// End when standard input ends
        #[arg(long)]
        attached: bool,
        /// Listen with TLS, too, at an address for HTTP/1.1 and one for HTTP/2, and print both with their certificate, as JSON
        #[arg(long)]
        secured: bool,
        /// Answer requests to this name, too, as of a proxy; requests to names that are not this machine's are refused
        #[arg(long, value_name = "NAME")]
        host: Vec<String>,
    },
    /// Test whether what this machine measures can be believed
    Selftest {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what is found on this machine, what will be measured badly because of it, and what helps; browsers are opened
    Doctor {
        #[command(flatten)]
        browsers: BrowserArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Show everything in one line each, however wide
        #[arg(long)]
        wide: bool,
    },
    /// Make a crate of your own, with an example of a function that parlab measures: `cargo lab --with DIR …` builds it in
    New {
        /// Where the crate is made: a folder that is not there yet, named as the crate is
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Write the page for any host that serves files, under any path: there a service worker in the browser stands in for the
    /// server, and the page works without a network
    Site {
        /// Where it is written: a folder that is not there yet, empty, or one that a site was written to before
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Print the JSON Schema of the report
    Schema,
    /// Print what a shell completes commands with, to be kept where that shell looks for it
    Completions {
        /// The shell
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Write manual pages, to be kept where `man` looks for them
    Man {
        /// The folder that they are written to; it is made if it is not there
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Perform tasks for another parlab; started by it
    #[command(hide = true)]
    Worker,
    /// Carry runs out for another parlab; started by it
    #[command(hide = true)]
    Execute,
    /// Keep a program for another parlab, and end all that came of it; started by it
    #[command(hide = true)]
    Keep {
        /// What to remove at the end
        #[arg(long)]
        folder: Option<PathBuf>,
        /// The program and its arguments
        #[arg(last = true)]
        program: Vec<OsString>,
    },
}

#[derive(Debug, Args)]
// What a negative number cannot be used for is said by the plan, which knows why.
#[command(allow_negative_numbers = true)]
struct RunArgs {
    /// An experiment or a workload; `parlab list` shows them
    name: Option<String>,
    /// Every experiment, one after another, in one report
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// Where to run: native or python (native if not given)
    #[arg(long, default_value_t = Platform::Native, hide_default_value = true, value_parser = platform)]
    platform: Platform,
    /// Show all columns, and of several experiments all tables, however wide they get
    #[arg(long)]
    wide: bool,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    to: OutputArgs,
}

impl RunArgs {
    fn request(&self) -> anyhow::Result<Request> {
        self.options.request(wanted(self.name.as_deref(), self.all, "run")?)
    }
}

/// The name of what a command is to run.
///
/// # Errors
/// Nothing says what that is.
fn wanted<'a>(name: Option<&'a str>, all: bool, command: &str) -> anyhow::Result<&'a str> {
    match name {
        Some(name) => Ok(name),
        None if all => Ok(ALL),
        None => bail!(
            "nothing says what to run: name an experiment or a workload, as in `parlab {command} cpu-heavy` (`parlab list` \
             shows them), or run every experiment with `parlab {command} --all`"
        ),
    }
}

/// The exit code of a command that could not run, or whose results could not be written.
const UNABLE: u8 = 2;

/// How a command that could run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExitStatus {
    /// Everything ran clean.
    Clean,
    /// It ran, but a task failed, it was stopped, or a threshold does not pass.
    Flawed,
}

impl ExitStatus {
    /// The exit code.
    fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Flawed => 1,
        }
    }

    fn of(is_clean: bool) -> Self {
        if is_clean { Self::Clean } else { Self::Flawed }
    }

    /// The same, unless something else failed. What failed does not hide a flaw: the verdict decides the exit code, and
    /// not whoever reads what is printed.
    fn unless(self, other: anyhow::Result<()>) -> anyhow::Result<Self> {
        match (self, other) {
            (Self::Flawed, Err(error)) => {
                terminal::complain(&format!("{error:#}"));
                Ok(self)
            }
            (_, other) => other.map(|()| self),
        }
    }
}

/// Runs the command line and returns its exit code: 0 all clean, 1 it ran but something failed, 2 it could not run.
pub fn main() -> ExitCode {
    terminal::panic_in_one_line();
    // Where that cannot be had, such a limit ends the process, as it ends others.
    _ = signals::survive_limits_of_files();
    open_files::raise_limit();
    let command = match parse::parse::<Cli>() {
        Ok(Cli { command }) => command,
        Err(code) => return code,
    };
    let result = match command {
        Command::List { json, wide } => list::list(json, wide),
        Command::Compare { reports, fail_if, strict, json, wide } => {
            compare::run(&reports, &fail_if, strict, json, wide)
        }
        Command::Run(args) => args.request().and_then(|request| run::run(&request, args.platform, &args.to, args.wide)),
        Command::Pair(args) => pair::pair(&args),
        Command::Report { reports, to } => report::report(&reports, &to),
        Command::Serve { listen, tls, open, no_isolation, host } => {
            serve::serve(listen, tls, host, !no_isolation, open)
        }
        Command::Target { listen, connections, attached, secured, host } => {
            serve::serve_target(listen, &host, connections, attached, secured)
        }
        Command::Selftest { json } => selftest::selftest(json),
        Command::Doctor { browsers, json, wide } => doctor::doctor(&browsers, json, wide),
        Command::New { folder } => new::new(&folder),
        Command::Site { folder } => site::site(&folder),
        Command::Schema => list::schema(),
        Command::Completions { shell } => manual::completions(&mut Cli::command(), shell),
        Command::Man { folder } => manual::pages(Cli::command(), &folder),
        Command::Worker => peer::serve().map(|()| ExitStatus::Clean).map_err(Into::into),
        Command::Execute => apart::serve().map(|()| ExitStatus::Clean).map_err(Into::into),
        Command::Keep { folder, program } => keep(folder.as_deref(), &program).map(|()| ExitStatus::Clean),
    };
    match result {
        Ok(status) => ExitCode::from(status.code()),
        Err(error) => unable(&format!("{error:#}")),
    }
}

/// Says why nothing can be run.
pub fn unable(reason: &str) -> ExitCode {
    terminal::complain(reason);
    ExitCode::from(UNABLE)
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
