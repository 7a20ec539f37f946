//! A peer: a process that takes tasks from its parent, and answers.

use std::io;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use parlab_shared::dictionary::Dictionary;
use parlab_shared::measure::{Board, Station, ToPeer, serve_peer};

use crate::host::NativeHost;
use crate::messages::{PeerSpec, Ready};
use crate::parent::Parent;

/// Serves tasks until standard input ends.
///
/// # Errors
/// The pipes broke, or what came through them was no message.
pub fn serve() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut parent = runtime.block_on(async { Parent::take() })?;
    let Some(PeerSpec { clock, worker, setting }) = parent.hear()? else { return Ok(()) };
    // The parent keeps the run's board; here there is none to note anything on.
    let board = Arc::new(Board::new(0, 0).under(setting.lock, move || clock.now_ms()));
    let (dictionary, wanted) = Dictionary::with_owner(setting.sharing, 1);
    let mut wanted = wanted.map_or_else(|| stream::pending().left_stream(), StreamExt::right_stream);
    let host = NativeHost::new(clock, board, setting, Arc::new(dictionary), worker);
    parent.tell(&Ready)?;
    // What it took to be ready is no part of the run.
    host.take_costs();
    while let Some(message) = parent.hear::<ToPeer>()? {
        let ask = async |question| {
            parent.tell(&question)?;
            parent.hear()?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        };
        let answer: io::Result<_> = runtime.block_on(serve_peer(message, &host, &mut wanted, ask));
        parent.tell(&answer?)?;
    }
    Ok(())
}
