//! The other side: a process that carries runs out which its parent tells it of.

use std::io;

use anyhow::Context;
use parlab_shared::measure::Executor;
use parlab_shared::run::Execution;

use super::{FromApart, Order, Spec, ToApart, mapped};
use crate::capacity;
use crate::executors::{Live, NativeExecutor};
use crate::messages::Ready;
use crate::parent::Parent;

/// Serves orders until standard input ends.
///
/// # Errors
/// The pipes broke, or what came through them was no message.
pub fn serve() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut parent = runtime.block_on(async { Parent::take() })?;
    drop(runtime);
    capacity::limit_own_memory();
    let Some(Spec { clock, folder }) = parent.hear()? else { return Ok(()) };
    let mut executor = NativeExecutor::new(clock, Live::default(), Some(folder));
    parent.tell(&Ready)?;
    while let Some(message) = parent.hear::<ToApart>()? {
        let answer = match message {
            ToApart::Execute(order) => {
                let executed = carry_out(&executor, &order);
                FromApart::Executed(executed.map_err(|error| format!("{error:#}")))
            }
            ToApart::Probe => FromApart::Probed(futures::executor::block_on(executor.probe_ms())),
        };
        parent.tell(&answer)?;
    }
    Ok(())
}

fn carry_out(executor: &NativeExecutor, Order { run, board }: &Order) -> anyhow::Result<Execution> {
    let run = serde_json::from_str(run).context("the order is none")?;
    Ok(executor.execute_on(&run, mapped::open(board)?))
}
