//! The native twin of a page's main thread: an event loop with a timer for frames. Nothing is painted; what is measured is when
//! the loop comes to its frames.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parlab_shared::measure::Board;
use parlab_shared::screen::{Drawing, Drawn, FRAME_MS, OnThread, Screen};
use parlab_shared::span::{ErrorKind, TaskError};
use parlab_shared::workload::frames;
use tokio::sync::oneshot;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// An event loop that comes to frames.
struct Loop {
    began: Instant,
    /// Frames that were missed are not caught up with: a display shows the next one.
    frames: RefCell<Interval>,
    draws: RefCell<Option<oneshot::Sender<()>>>,
    is_over: Arc<AtomicBool>,
    board: Arc<Board>,
}

impl Screen for Loop {
    #[expect(
        clippy::await_holding_refcell_ref,
        reason = "one frame at a time is waited for, and nobody else borrows it"
    )]
    async fn frame(&self) -> f64 {
        self.frames.borrow_mut().tick().await;
        self.now_ms()
    }

    fn now_ms(&self) -> f64 {
        self.began.elapsed().as_secs_f64() * 1e3
    }

    fn draws(&self) {
        if let Some(draws) = self.draws.take() {
            // A task that was given up waits no more.
            _ = draws.send(());
        }
    }

    fn is_told_to_end(&self) -> bool {
        self.is_over.load(Ordering::Relaxed) || self.board.cancelled()
    }
}

/// Tells the loop to end, also when the task is given up.
struct End(Arc<AtomicBool>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Has an event loop on a thread of its own come to frames while work is done.
///
/// # Errors
/// There is no such thread.
pub(super) async fn draw(board: Arc<Board>, drawing: Drawing, meanwhile: impl FnOnce()) -> Result<Drawn, TaskError> {
    let is_over = Arc::new(AtomicBool::new(false));
    let (say_draws, draws) = oneshot::channel();
    let (say_drawn, drawn) = oneshot::channel();
    let end = End(Arc::clone(&is_over));
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        // Without one, whoever waits hears that nobody says anything any more.
        let Ok(runtime) = runtime else { return };
        let drawn = runtime.block_on(async {
            let mut frames = interval(Duration::from_secs_f64(FRAME_MS / 1e3));
            frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
            let (frames, draws) = (RefCell::new(frames), RefCell::new(Some(say_draws)));
            frames::draw(&Loop { began: Instant::now(), frames, draws, is_over, board }, drawing).await
        });
        _ = say_drawn.send(drawn);
    };
    let no_thread = |reason: String| TaskError::new(ErrorKind::Setup, format!("no thread that draws: {reason}"));
    std::thread::Builder::new().name("screen".to_owned()).spawn(run).map_err(|error| no_thread(error.to_string()))?;
    if drawing.on == OnThread::Worker {
        draws.await.map_err(|_| no_thread("it ended".to_owned()))?;
        meanwhile();
        drop(end);
        return drawn.await.map_err(|_| no_thread("it ended".to_owned()));
    }
    let drawn = drawn.await.map_err(|_| no_thread("it ended".to_owned()));
    drop(end);
    drawn
}
