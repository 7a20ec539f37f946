//! The other side: a process that carries runs out which its parent tells it of.

use std::io;

use anyhow::Context;
use parlab_shared::measure::Executor;
use parlab_shared::run::Execution;

use super::{FromApart, Order, Spec, ToApart, mapped};
use crate::executors::{Live, NativeExecutor};
use crate::messages::{self, Ready};
use crate::{capacity, signals};

/// Serves orders until standard input ends.
///
/// # Errors
/// The pipes broke, or what came through them was no message.
pub fn serve() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { signals::leave_to_parent() })?;
    drop(runtime);
    signals::end_with_parent()?;
    capacity::limit_own_memory();
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let Some(Spec { clock, folder }) = messages::read(&mut input)? else { return Ok(()) };
    let mut executor = NativeExecutor::new(clock, Live::default(), Some(folder));
    messages::write(&mut output, &Ready)?;
    while let Some(message) = messages::read::<ToApart>(&mut input)? {
        let answer = match message {
            ToApart::Execute(order) => {
                let executed = carry_out(&executor, &order);
                FromApart::Executed(executed.map_err(|error| format!("{error:#}")))
            }
            ToApart::Probe => FromApart::Probed(futures::executor::block_on(executor.probe_ms())),
        };
        messages::write(&mut output, &answer)?;
    }
    Ok(())
}

fn carry_out(executor: &NativeExecutor, Order { run, board }: &Order) -> anyhow::Result<Execution> {
    let run = serde_json::from_str(run).context("the order is none")?;
    Ok(executor.execute_on(&run, mapped::open(board)?))
}
