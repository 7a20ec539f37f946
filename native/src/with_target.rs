//! Runs that have a target of their own: it is looked after between them.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use anyhow::bail;
use parlab_shared::label::RowLabel;
use parlab_shared::measure::{Executor, Plan};
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::target::Secured;

use crate::executors::Live;
use crate::target::settling::Settled;
use crate::target_process::{Manner, TargetProcess};
use crate::terminal::complain;

/// Connections that a target has room for beside those that tasks can have open at once.
const SPARE: usize = 64;

/// An executor, and the target that its runs send requests to, if they have one of their own.
#[derive(Debug)]
pub struct WithTarget<E> {
    executor: E,
    target: Option<(TargetProcess, Manner)>,
    /// Where a page's runs find a target with TLS, if whoever opened the page has one.
    secured: Option<Secured>,
    live: Live,
    /// Whether the target that runs is the second one.
    is_second: bool,
    /// Why nothing more can be carried out.
    ended: Option<String>,
}

/// How many connections a target needs for a plan.
///
/// # Errors
/// A row has more requests in flight than the system lets wait for a server.
pub fn connections(plan: &Plan) -> anyhow::Result<usize> {
    let asking = plan.rows().filter(|row| row.workload.model().is_some());
    let Some((most, row)) = asking
        .map(|row| (row.strategy.tasks_at_once(row.workers).min(row.workload.tasks()), row))
        .max_by_key(|(in_flight, _)| *in_flight)
    else {
        return Ok(SPARE);
    };
    if let Some(queue) = queue()
        && most > queue
    {
        bail!(
            "{} has {most} requests in flight, and this system lets {queue} connections wait for a server \
             (net.core.somaxconn): those beyond it would come a second late; use fewer, or raise that number",
            RowLabel::of(row)
        );
    }
    // A client that opens a connection while another one becomes free has one more than it needs.
    Ok(2 * most as usize + SPARE)
}

/// How many connections may wait to be accepted, where the system tells.
fn queue() -> Option<u32> {
    std::fs::read_to_string("/proc/sys/net/core/somaxconn").ok()?.trim().parse().ok()
}

/// Starts a target for a plan that needs one.
///
/// # Errors
/// It cannot be started, or not for what the plan has in flight.
pub fn start(plan: &Plan, live: &Live) -> anyhow::Result<(TargetProcess, Manner)> {
    let (listen, hosts) = ((Ipv4Addr::LOCALHOST, 0).into(), Vec::new());
    let secured = needs_tls(plan);
    let manner = Manner { listen, hosts, connections: connections(plan)?, secured };
    Ok((TargetProcess::start(&manner, &|| live.cancelled())?, manner))
}

/// Whether a target with TLS is needed for a plan: work of it asks for a protocol.
pub fn needs_tls(plan: &Plan) -> bool {
    plan.rows().any(|row| row.workload.protocol().is_some())
}

impl<E> WithTarget<E> {
    /// An executor and its target, with how that was started.
    pub fn new(executor: E, target: Option<(TargetProcess, Manner)>, live: Live) -> Self {
        Self { executor, target, secured: None, live, is_second: false, ended: None }
    }

    /// An executor in a page, whose requests over a protocol that is asked for go there.
    pub fn in_page(executor: E, secured: Option<Secured>, live: Live) -> Self {
        Self { secured, ..Self::new(executor, None, live) }
    }

    /// What carries out the runs.
    pub fn inner(&self) -> &E {
        &self.executor
    }

    /// Waits until all connections of a run have ended, and starts a target that has ended again, once. Returns what
    /// spoilt the run.
    fn look_after(&mut self) -> Option<String> {
        let stopped = || self.live.cancelled();
        let (target, manner) = self.target.as_mut()?;
        let reason = match target.settle(&stopped) {
            Ok(settled) => return fault(settled),
            Err(_) if self.live.cancelled() => return None,
            Err(error) => format!("the target server was lost: {error:#}"),
        };
        let again = Some(Manner { listen: target.listens_at(), ..manner.clone() }).filter(|_| !self.is_second);
        self.is_second = true;
        // Its port is free only when it is gone.
        self.target = None;
        let started = again.map(|manner| anyhow::Ok((TargetProcess::start(&manner, &stopped)?, manner)));
        match started {
            Some(Ok(target)) => {
                complain(&format!("{reason}; it was started again, and the run failed"));
                self.target = Some(target);
            }
            Some(Err(error)) => self.ended = Some(format!("{reason}, and cannot be started again: {error:#}")),
            None => self.ended = Some(format!("{reason}, for the second time")),
        }
        Some(reason)
    }
}

/// What is wrong with a run after which the target stands so: it waited for something that is no part of its work.
fn fault(settled: Settled) -> Option<String> {
    let Settled { waited, turned_away } = settled;
    if waited > 0 {
        return Some(format!("the target server had no room for {waited} connections, and they waited for it"));
    }
    (turned_away > 0).then(|| format!("the system turned {turned_away} connections away, and they came a second late"))
}

impl<E: Executor> Executor for WithTarget<E> {
    async fn execute(&mut self, run: &RunSpec) -> Execution {
        let secured = self.target.as_ref().map_or(self.secured.as_ref(), |(target, _)| target.secured());
        let run = match secured {
            Some(secured) if run.row.workload.protocol().is_some() => {
                Cow::Owned(RunSpec { secured: Some(secured.clone()), ..run.clone() })
            }
            _ => Cow::Borrowed(run),
        };
        let mut execution = self.executor.execute(&run).await;
        if run.row.workload.model().is_some()
            && let Some(reason) = self.look_after()
        {
            execution.spoil(&reason);
        }
        execution
    }

    fn cancelled(&self) -> bool {
        self.executor.cancelled()
    }

    fn gone(&self) -> Option<&str> {
        self.ended.as_deref().or(self.executor.gone())
    }

    async fn probe_ms(&mut self) -> Option<f64> {
        self.executor.probe_ms().await
    }

    fn asleep_ms(&self) -> f64 {
        self.executor.asleep_ms()
    }

    fn now_ms(&self) -> f64 {
        self.executor.now_ms()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_waited_for_the_target_is_spoilt() {
        assert_eq!(fault(Settled::default()), None);
        let reason = fault(Settled { waited: 3, turned_away: 1 }).expect("a reason");
        assert!(reason.contains("no room for 3 connections"), "{reason}");
        let reason = fault(Settled { waited: 0, turned_away: 2 }).expect("a reason");
        assert!(reason.contains("turned 2 connections away"), "{reason}");
    }
}
