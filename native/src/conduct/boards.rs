//! How far runs of this machine are, sent to the page some times a second, by a thread of its own. It sleeps for as long as
//! no such run is on: nothing of this program wakes while the page measures.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parlab_shared::conduct::FromConductor;
use parlab_shared::measure::Board;

use super::mouth::Mouth;
use crate::executors::Live;

/// How often: rarely, because it takes time from what is measured.
const PERIOD: Duration = Duration::from_millis(500);

/// Whoever sends them. Dropping it ends that.
#[derive(Debug)]
pub struct Boards {
    shared: Arc<Shared>,
    live: Live,
    /// `None` where there was none to spare: then no board is sent.
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    watched: Mutex<Watched>,
    changed: Condvar,
}

/// What is looked at.
#[derive(Debug, Default)]
enum Watched {
    /// Nothing.
    #[default]
    Nothing,
    /// A run, by its place in the plan. Until it begins, the board that is shown is the one before it.
    Run(usize, Option<Arc<Board>>),
    /// Nothing any more.
    Over,
}

impl Boards {
    /// Sends the boards that `live` shows.
    pub fn start(live: &Live, mouth: &Mouth) -> Self {
        let shared = Arc::<Shared>::default();
        let send = {
            let (shared, live, mouth) = (Arc::clone(&shared), live.clone(), mouth.clone());
            move || send(&shared, &live, &mouth)
        };
        let thread = thread::Builder::new().name("boards".to_owned()).spawn(send).ok();
        Self { shared, live: live.clone(), thread }
    }

    /// A run of this machine is about to begin: the one at this place in the plan.
    pub fn begin(&self, index: usize) {
        self.shared.watch(Watched::Run(index, self.live.board()));
    }

    /// It is over. Afterwards no board is on its way.
    pub fn end(&self) {
        self.shared.watch(Watched::Nothing);
    }
}

impl Drop for Boards {
    fn drop(&mut self) {
        self.shared.watch(Watched::Over);
        // It only reads memory, and whoever it speaks to hears it or is gone.
        _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watch(&self, watched: Watched) {
        *self.lock() = watched;
        self.changed.notify_all();
    }
}

fn send(shared: &Shared, live: &Live, mouth: &Mouth) {
    let mut watched = shared.lock();
    loop {
        let index = match &*watched {
            Watched::Nothing => None,
            Watched::Run(index, _) => Some(*index),
            Watched::Over => return,
        };
        let Some(index) = index else {
            watched = shared.changed.wait(watched).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let is_on = |watched: &mut Watched| matches!(watched, Watched::Run(on, _) if *on == index);
        let (waited, timeout) =
            shared.changed.wait_timeout_while(watched, PERIOD, is_on).unwrap_or_else(PoisonError::into_inner);
        watched = waited;
        // Said under the lock: who ends the run waits until it is.
        if timeout.timed_out()
            && !mouth.is_paused()
            && let Watched::Run(_, before) = &*watched
            && let Some(board) = live.board().filter(|board| !is_same(board, before.as_ref()))
        {
            mouth.say_with(&FromConductor::Board { index }, &board.bytes());
        }
    }
}

fn is_same(board: &Arc<Board>, other_board: Option<&Arc<Board>>) -> bool {
    other_board.is_some_and(|other_board| Arc::ptr_eq(board, other_board))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use parlab_shared::conduct::unpack;
    use parlab_shared::measure::Snapshot;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::conduct::mouth::{Said, Words};

    /// The next board: its run, and how many tasks it has.
    fn next(words: &mut UnboundedReceiver<Words>) -> (usize, usize) {
        let Some(Words { said: Said::Bytes(bytes), .. }) = words.blocking_recv() else { panic!("no bytes") };
        let Some((FromConductor::Board { index }, board)) = unpack(&bytes) else { panic!("no board") };
        (index, Snapshot::decode(board).expect("a board").slots.len())
    }

    #[test]
    fn boards_are_of_the_run_that_is_on_and_none_comes_between_runs() {
        let (sender, mut words) = unbounded_channel();
        let (live, is_paused) = (Live::default(), Arc::new(AtomicBool::new(false)));
        let boards = Boards::start(&live, &Mouth::new(sender, Arc::clone(&is_paused)));
        live.show(Arc::new(Board::new(1, 0)));
        let board = Arc::new(Board::new(2, 0));
        boards.begin(7);
        // Until the run has its own, nothing is sent.
        thread::sleep(PERIOD + PERIOD / 2);
        assert!(words.try_recv().is_err());
        live.show(Arc::clone(&board));
        assert_eq!([next(&mut words), next(&mut words)], [(7, 2), (7, 2)]);
        is_paused.store(true, Ordering::Relaxed);
        // One may have been on its way.
        _ = words.try_recv();
        thread::sleep(2 * PERIOD);
        assert!(words.try_recv().is_err(), "nobody looks");
        is_paused.store(false, Ordering::Relaxed);
        assert_eq!(next(&mut words), (7, 2));
        thread::scope(|scope| {
            // Whoever ends it may have to wait for the last one to be written.
            let ended = scope.spawn(|| boards.end());
            while !ended.is_finished() {
                _ = words.try_recv();
                thread::yield_now();
            }
        });
        thread::sleep(2 * PERIOD);
        assert!(words.try_recv().is_err(), "no run of this machine is on");
        drop(boards);
        assert!(words.blocking_recv().is_none());
    }
}
