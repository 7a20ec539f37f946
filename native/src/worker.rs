//! A worker process: takes tasks from standard input, one at a time, and answers on standard output.

use std::io;
use std::sync::Arc;

use parlab_shared::measure::{Board, Order, work};

use crate::clock::Clock;
use crate::frames::{self, Hello, Ready};
use crate::host::NativeHost;

/// Serves tasks until standard input ends.
///
/// # Errors
/// The pipes broke, or what came through them was no message.
pub fn serve() -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let Some(Hello { base, worker, setting }) = frames::read(&mut input)? else { return Ok(()) };
    // The parent keeps the run's board; here there is none to note anything on.
    let host = NativeHost::new(Clock::join(base), Arc::new(Board::new(0, 0)), setting);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    frames::write(&mut output, &Ready)?;
    while let Some(Order { task, queued_ms }) = frames::read(&mut input)? {
        let finished = runtime.block_on(work(&task, queued_ms, worker, &host));
        frames::write(&mut output, &finished)?;
    }
    Ok(())
}
