//! `frames`: a countdown, and the frames that are drawn meanwhile.

use serde::{Deserialize, Serialize};

use super::countdown::{CHUNK, countdown};
use super::entry::{Definition, Entry, Parameters, Size};
use super::limits::within;
use super::{Cost, OutOfRange, Setting, Waves};
use crate::screen::{Drawing, Drawn, OnThread, Screen};
use crate::task::Work;

/// More tasks than this are too long to look at, and their spans would not all be kept.
const TASKS_MAX: u32 = 1000;
/// A page that draws nothing for longer is taken for a dead one: so many steps are some seconds.
const N_MAX: u64 = 5_000_000_000;
/// How long a piece is worked at, in milliseconds: what of a frame's time may be used without missing the next one.
const PIECE_MS: f64 = 8.0;

/// What `frames` is.
pub(super) static ENTRY: Entry = Entry {
    name: "frames",
    about: "count from n down to 0 while a thread draws 60 frames a second, on that thread or on another",
    size: Some(Size { name: "n", means: "steps per task" }),
    in_python: false,
    writes_files: false,
    finds_tasks: false,
};

/// Count from n down to 0 in every task, while a thread draws frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Frames {
    /// Tasks per run, one after another.
    pub tasks: u32,
    /// Steps per task.
    pub n: u64,
    /// Where they are done.
    pub on: OnThread,
}

impl Definition for Frames {
    fn cost(&self) -> Cost {
        // Frames are waited for as well.
        Cost::Unknown
    }

    fn waves(&self, _: Setting<'_>) -> Waves {
        let Self { tasks, n, on } = *self;
        Waves::once((0..tasks).map(|_| Work::Frames(Drawing { on, n })))
    }

    fn on_thread(&self) -> Option<OnThread> {
        Some(self.on)
    }
}

impl Parameters for Frames {
    fn size(&self) -> Option<u64> {
        Some(self.n)
    }

    fn set_size(&mut self, size: u64) {
        self.n = size;
    }

    fn check(&self) -> Result<(), OutOfRange> {
        within("tasks", self.tasks.into(), 1, TASKS_MAX.into(), "one is done after another, each for a good while")?;
        within("n", self.n, 1, N_MAX, "a page that draws nothing for so long is taken for a dead one")
    }
}

/// Draws frames while the work is done: on this thread, if that is asked for, and else until it is told to end.
pub async fn draw(screen: &impl Screen, Drawing { on, n }: Drawing) -> Drawn {
    // The first frame comes when it likes, the second one is in step with those that follow.
    screen.frame().await;
    let mut last_ms = screen.frame().await;
    let mut drawn = Drawn::default();
    let mut frame_at = |drawn: &mut Drawn, at_ms: f64| {
        drawn.frame(at_ms - last_ms);
        last_ms = at_ms;
    };
    match on {
        OnThread::MainThread => drawn.steps = countdown(n, || !screen.is_told_to_end()),
        OnThread::MainThreadInPieces => {
            let mut left = n;
            while left > 0 && !screen.is_told_to_end() {
                let until_ms = screen.now_ms() + PIECE_MS;
                while left > 0 && screen.now_ms() < until_ms {
                    let steps = left.min(CHUNK / 4);
                    left -= countdown(steps, || true).unwrap_or_default();
                }
                if left > 0 {
                    frame_at(&mut drawn, screen.frame().await);
                }
            }
            drawn.steps = (left == 0).then_some(n);
        }
        OnThread::Worker => {
            screen.draws();
            while !screen.is_told_to_end() {
                frame_at(&mut drawn, screen.frame().await);
            }
        }
    }
    frame_at(&mut drawn, screen.frame().await);
    drawn
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use futures::executor::block_on;

    use super::*;
    use crate::screen::FRAME_MS;

    /// A display whose clock goes on by a frame at each frame, and by a millisecond whenever it is read.
    #[derive(Default)]
    struct Display {
        now_ms: Cell<f64>,
        frames: Cell<u32>,
        /// Told to end after so many frames.
        ends_after: Option<u32>,
        said: Cell<u32>,
        /// What passes until it is asked whether it was told to end.
        chunk_ms: f64,
    }

    impl Screen for Display {
        async fn frame(&self) -> f64 {
            self.frames.set(self.frames.get() + 1);
            self.now_ms.set(((self.now_ms.get() / FRAME_MS).floor() + 1.0) * FRAME_MS);
            self.now_ms.get()
        }

        fn now_ms(&self) -> f64 {
            self.now_ms.set(self.now_ms.get() + 1.0);
            self.now_ms.get()
        }

        fn draws(&self) {
            self.said.set(self.said.get() + 1);
        }

        fn is_told_to_end(&self) -> bool {
            self.now_ms.set(self.now_ms.get() + self.chunk_ms);
            self.ends_after.is_some_and(|frames| self.frames.get() >= frames)
        }
    }

    #[test]
    fn work_in_one_piece_drops_frames_and_others_do_not() {
        let n = 10 * CHUNK;
        let check = |on: OnThread, ends_after: Option<u32>, steps: Option<u64>, dropped: u32| {
            let chunk_ms = if on == OnThread::MainThread { 10.0 } else { 0.0 };
            let display = Display { ends_after, chunk_ms, ..Display::default() };
            let drawn = block_on(draw(&display, Drawing { on, n }));
            assert_eq!((drawn.steps, drawn.dropped), (steps, dropped), "{on}: {drawn:?}");
            assert_eq!(display.said.get(), u32::from(on == OnThread::Worker), "{on}");
            display.frames.get()
        };
        // Ten chunks take 100 ms: six frames are late for it, and the seventh comes.
        assert_eq!(check(OnThread::MainThread, None, Some(n), 6), 3);
        assert!(check(OnThread::MainThreadInPieces, None, Some(n), 0) > 5);
        assert_eq!(check(OnThread::Worker, Some(20), None, 0), 21);
        // Nobody waits any more.
        assert_eq!(check(OnThread::MainThread, Some(0), None, 0), 3);
        assert_eq!(check(OnThread::MainThreadInPieces, Some(4), None, 0), 5);
    }
}
