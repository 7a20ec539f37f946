//! A peer: a process that takes tasks from standard input, one at a time, and answers on standard output.

use std::io;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use parlab_shared::dictionary::Dictionary;
use parlab_shared::measure::{Board, Station, ToPeer, serve_peer};

use crate::host::NativeHost;
use crate::messages::{self, PeerSpec, Ready};
use crate::signals;

/// Serves tasks until standard input ends.
///
/// # Errors
/// The pipes broke, or what came through them was no message.
pub fn serve() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { signals::leave_to_parent() })?;
    signals::end_with_parent()?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let Some(PeerSpec { clock, worker, setting }) = messages::read(&mut input)? else { return Ok(()) };
    // The parent keeps the run's board; here there is none to note anything on.
    let board = Arc::new(Board::new(0, 0).under(setting.lock, move || clock.now_ms()));
    let (dictionary, wanted) = Dictionary::with_owner(setting.sharing, 1);
    let mut wanted = wanted.map_or_else(|| stream::pending().left_stream(), StreamExt::right_stream);
    let host = NativeHost::new(clock, board, setting, Arc::new(dictionary), worker);
    messages::write(&mut output, &Ready)?;
    // What it took to be ready is no part of the run.
    host.take_costs();
    while let Some(message) = messages::read::<ToPeer>(&mut input)? {
        let ask = async |question| {
            messages::write(&mut output, &question)?;
            messages::read(&mut input)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        };
        let answer: io::Result<_> = runtime.block_on(serve_peer(message, &host, &mut wanted, ask));
        messages::write(&mut output, &answer?)?;
    }
    Ok(())
}
