//! What a worker leaves behind when a panic ends it.
//!
//! WebAssembly cannot unwind here: after a panic the instance is unusable. The hook notes on the
//! board which tasks die with the worker, then throws, so that the panic's message reaches whoever
//! made the worker as an error event.

use std::cell::Cell;
use std::sync::Once;

use parlab_shared::measure::task_at_hand;

use super::from_team::post_snapshot;
use super::host::BrowserHost;

std::thread_local! {
    static POST: Cell<Option<Post>> = const { Cell::new(None) };
}

/// Who this worker is, for what it leaves behind.
#[derive(Clone, Copy, Debug)]
struct Post {
    host: BrowserHost,
    worker: u32,
    copies_board: bool,
}

/// From now on, a panic is noted on the board for `worker`, and the board is posted if it `copies_board`.
pub fn prepare(host: BrowserHost, worker: u32, copies_board: bool) {
    POST.with(|post| post.set(Some(Post { host, worker, copies_board })));
    install();
}

/// From now on, a panic becomes a JavaScript error with its message.
pub fn install() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(speak)));
}

fn speak(panic: &std::panic::PanicHookInfo<'_>) {
    if let Some(Post { host, worker, copies_board }) = POST.with(Cell::get) {
        host.board.fatal(worker, task_at_hand(), host.clock.now_ms());
        if copies_board {
            post_snapshot(host.board);
        }
    }
    wasm_bindgen::throw_str(&panic.to_string());
}
