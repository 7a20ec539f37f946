//! `parlab run`: carries a plan out on this machine and prints what came out.

use anyhow::{anyhow, bail};
use parlab_shared::measure::{PairPlan, Request};
use parlab_shared::say::doubts;
use parlab_shared::strategy::Platform;

use super::ExitStatus;
use super::output::OutputArgs;
use super::saving::verdict;
use super::session::{Outcome, Session};
use crate::terminal::{self, Style};

/// Runs what was asked for.
pub fn run(request: &Request, platform: Platform, to: &OutputArgs, wide: bool) -> anyhow::Result<ExitStatus> {
    if platform.is_browser() {
        bail!(
            "platform {platform} is a browser: use `parlab pair`, which opens it, or start `parlab serve` and open the page"
        );
    }
    let plan = request.plan(platform).map_err(|error| anyhow!(error.of_options()))?;
    let plan = PairPlan::alone(plan, platform);
    let mut session = Session::begin(plan, to)?;
    let executor = session.on_this_machine(0)?;
    let Outcome { reports, stopped, saved } = session.carry_out(&mut [executor])?;

    // First what is kept, then what somebody may not read to its end.
    let status = verdict(&reports);
    let streamed = session.streams.write(&reports);
    let text = (!session.streams.take_stdout()).then(|| {
        let style = Style::of_stdout(wide);
        reports.iter().map(|report| terminal::results(report, style)).collect::<String>()
    });
    let printed = text.map_or(Ok(()), |text| terminal::print(&text));
    for doubt in doubts(&reports, &[]) {
        terminal::complain(&format!("warning: {doubt}"));
    }
    stopped.iter().for_each(|stopped| terminal::complain(stopped));
    saved.and(streamed)?;
    status.unless(printed)
}
