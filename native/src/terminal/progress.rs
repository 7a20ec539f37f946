//! The progress bar, drawn by a thread of its own that only reads the run's board.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use parlab_shared::measure::RunSpec;
use parlab_shared::say::label::full_name;

use crate::executors::Live;

/// How often the bar is drawn: rarely, because drawing takes time from what is measured.
const REDRAW: Duration = Duration::from_millis(200);
/// What takes less than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// A progress bar for a plan. Hidden where standard error is no terminal.
#[derive(Debug)]
pub struct Progress {
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    run: Mutex<(usize, usize, String)>,
    over: AtomicBool,
}

impl Progress {
    /// Starts to show what is going on in `live`.
    pub fn start(live: Live) -> Self {
        let shared = Arc::new(Shared::default());
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || draw(&shared, &live)
        });
        Self { shared, thread }
    }

    /// A run begins.
    pub fn begin(&self, index: usize, of: usize, spec: &RunSpec) {
        let kind = if spec.warmup { " (warm-up)" } else { "" };
        let label = full_name(&spec.row) + kind;
        *self.shared.run.lock().unwrap_or_else(PoisonError::into_inner) = (index, of, label);
    }

    /// Takes the bar away.
    pub fn end(self) {
        self.shared.over.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
        // A bar that panicked shows nothing more, and that is all.
        _ = self.thread.join();
    }
}

fn draw(shared: &Shared, live: &Live) {
    thread::park_timeout(PATIENCE);
    if shared.over.load(Ordering::Relaxed) {
        return;
    }
    let style = ProgressStyle::with_template("{elapsed:>4} {bar:24} run {prefix} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(0).with_style(style);
    while !shared.over.load(Ordering::Relaxed) {
        let (index, of, label) = shared.run.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(board) = live.board() {
            let (finished, failed, tasks) = (board.finished(), board.failed(), board.tasks());
            // The bar counts in thousandths of a run, so that a long run moves it too.
            bar.set_length(of as u64 * 1000);
            bar.set_position(index as u64 * 1000 + u64::from(finished) * 1000 / u64::from(tasks.max(1)));
            bar.set_prefix(format!("{}/{of}", index + 1));
            let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
            bar.set_message(format!("{label}: {finished}/{tasks} tasks{failures}"));
        }
        thread::park_timeout(REDRAW);
    }
    bar.finish_and_clear();
}
