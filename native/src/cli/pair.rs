//! `parlab pair`: carries a plan out on several platforms in turn, and prints how they compare.

mod pages;

use std::net::SocketAddr;

use anyhow::anyhow;
use clap::Args;
use parlab_shared::analysis::{PairAnalysis, Threshold};
use parlab_shared::measure::{PairPlan, Request};
use parlab_shared::say::doubts;
use parlab_shared::strategy::Platform;
use reqwest::Url;

use super::doctor;
use super::gate::Gate;
use super::options::Options;
use super::output::OutputArgs;
use super::saving::verdict;
use super::session::{Outcome, Session};
use super::{ExitStatus, wanted};
use crate::alone::alone;
use crate::any_executor::AnyExecutor;
use crate::browsers::{BrowserArgs, Found};
use crate::terminal::{self, Style, complain};
use crate::with_target::WithTarget;
use pages::Pages;

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
    /// Where to run, in turn: native, python, chromium, firefox, webkit (native and every browser that is found, if not
    /// given). Ratios are to the first one; one that is named twice is measured against itself
    #[arg(long, value_name = "PLATFORMS", value_delimiter = ',', value_parser = platform)]
    platform: Option<Vec<Platform>>,
    #[command(flatten)]
    browsers: BrowserArgs,
    /// Address and port that the page is served at; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where browsers find the page, if not at the address that it is served at: as in `https://lab.example/below/`
    #[arg(long, value_name = "URL", value_parser = pages::public_url)]
    public_url: Option<Url>,
    /// End with exit code 1 if this is surely true of a row, as in 'chromium/native > 1.5 on count with threads x 2':
    /// if the whole 95 % interval of its ratio is beyond the number, by more than chance among all rows that are meant.
    /// Also if a row that is meant cannot be judged: tasks of it failed, or it has under 6 runs
    #[arg(long, value_name = "EXPR")]
    fail_if: Vec<Threshold>,
    /// End with exit code 1 also if it cannot be told of a row that is meant
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

/// Where a part of a pair runs.
fn platform(text: &str) -> Result<Platform, String> {
    let platform = Platform::OF_PAIRS.iter().find(|platform| platform.name() == text);
    let names = || Platform::OF_PAIRS.iter().map(|platform| platform.name()).collect::<Vec<_>>().join(", ");
    platform.copied().ok_or_else(|| format!("use some of {}", names()))
}

/// A platform, with its browser if it is one.
type Chosen = (Platform, Option<Found>);

/// The plan for some platforms.
fn planned(request: &Request, platforms: &[Platform]) -> anyhow::Result<PairPlan> {
    request.pair(platforms).map_err(|error| anyhow!(error.of_options()))
}

/// Runs what was asked for.
pub fn pair(args: &PairArgs) -> anyhow::Result<ExitStatus> {
    let request = args.request()?;
    // What cannot be a pair anyhow is said before anybody looks for browsers.
    args.platform.iter().try_for_each(|asked| planned(&request, asked).map(drop))?;
    let chosen = pages::platforms(args.platform.as_deref(), &args.browsers)?;
    let platforms: Vec<Platform> = chosen.iter().map(|(platform, _)| *platform).collect();
    let plan = planned(&request, &platforms)?;
    Gate::rehearse(&args.fail_if, &plan)?;
    let _alone = alone()?;
    let mut session = Session::begin(plan, &args.to)?;
    for doubt in doctor::said(&doctor::machine(session.environment()).collect::<Vec<_>>()) {
        complain(&format!("warning: {doubt}"));
    }
    let opened = open(args, chosen, &mut session);
    if session.live().cancelled() {
        complain("stopped before the first run");
        return Ok(ExitStatus::Flawed);
    }
    // The server lives as long as its pages.
    let (mut executors, pages) = opened?;
    let Outcome { reports, stopped, saved } = session.carry_out(&mut executors)?;
    // Browsers end before anything is printed, which somebody may not read to its end.
    drop((executors, pages));

    let streamed = session.streams.write(&reports);
    let gate = Gate::of(&args.fail_if, args.strict, &reports)?;
    let printed = if session.streams.take_stdout() {
        gate.lines().for_each(|line| complain(&line));
        Ok(())
    } else {
        let style = Style::of_stdout(args.wide);
        let lines = gate.lines().map(|line| style.message(&line));
        terminal::print(&(terminal::pair_results(&reports, style) + &lines.collect::<String>()))
    };
    let analysis = PairAnalysis::of(&reports);
    doubts(&reports, &analysis.names).iter().for_each(|doubt| complain(&format!("warning: {doubt}")));
    stopped.iter().for_each(|stopped| complain(stopped));
    saved.and(streamed)?;
    let is_clean = gate.passes() && !analysis.has_other_work();
    let status = if is_clean { verdict(&reports) } else { ExitStatus::Flawed };
    status.unless(printed)
}

/// What carries out each part, and the server of those that are pages.
fn open(
    args: &PairArgs,
    chosen: Vec<Chosen>,
    session: &mut Session,
) -> anyhow::Result<(Vec<WithTarget<AnyExecutor>>, Option<Pages>)> {
    let needs_pages = chosen.iter().any(|(_, found)| found.is_some());
    let pages = needs_pages
        .then(|| Pages::serve(args.listen, args.public_url.as_ref(), &session.plan().plan, session.live()))
        .transpose()?;
    let mut executors = Vec::new();
    for (place, (_, found)) in chosen.into_iter().enumerate() {
        executors.push(match (found, &pages) {
            (Some(found), Some(pages)) => {
                let page = pages.open(found, session.live())?;
                session.in_page(place, page, pages.secured())
            }
            _ => session.on_this_machine(place)?,
        });
    }
    Ok((executors, pages))
}
