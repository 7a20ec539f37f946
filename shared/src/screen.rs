//! The thread that draws: in a browser the page's own, its main thread; natively an event loop that draws as often. What it
//! is asked for, what it answers, and how frames that did not come are counted.

use serde::{Deserialize, Serialize};

use crate::named::named;

/// From one frame to the next, in milliseconds: 60 a second, as many as most displays show.
pub const FRAME_MS: f64 = 1000.0 / 60.0;

/// Where the work of a task is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OnThread {
    /// On the thread that draws, in one piece: no frame is drawn meanwhile.
    #[default]
    MainThread,
    /// On the thread that draws, in pieces, each after a frame was drawn.
    MainThreadInPieces,
    /// On the worker that has the task, while the other thread draws.
    Worker,
}
named!(OnThread "place":
    MainThread = "main-thread", MainThreadInPieces = "main-thread-in-pieces", Worker = "worker");

/// What the thread that draws is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToScreen {
    /// Draw frame after frame while work is done, and note when.
    Draw(Drawing),
    /// What is done elsewhere is over, or nobody waits any more: draw one more frame, and no others.
    End,
}

/// Frames that are to be drawn while work is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawing {
    /// Where the work is done.
    pub on: OnThread,
    /// Steps of the work: those of a countdown.
    pub n: u64,
}

/// What the thread that draws answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromScreen {
    /// A frame was drawn, and more will be: what is done elsewhere may begin.
    Draws,
    /// The work is over, and a frame was drawn after it.
    Drawn(Drawn),
}

/// The frames that were drawn while work was done: from the last one before it to the first one after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Steps that were done on the thread that draws; `None` if they were done elsewhere, or given up.
    pub steps: Option<u64>,
    /// Frames that were due and did not come.
    pub dropped: u32,
    /// The longest time from one frame to the next, in milliseconds.
    pub longest_ms: f64,
}

impl Drawn {
    /// A frame came so long after the one before, in milliseconds. Those that were due in between, to the nearest frame, were
    /// dropped.
    pub fn frame(&mut self, since_last_ms: f64) {
        self.longest_ms = self.longest_ms.max(since_last_ms);
        self.dropped += ((since_last_ms / FRAME_MS).round() as u32).saturating_sub(1);
    }
}

/// The thread that draws, as a platform offers it.
#[expect(async_fn_in_trait, reason = "it is awaited on that very thread; futures need not be Send")]
pub trait Screen {
    /// Draws the next frame when it is due, or as soon as the thread comes to it; returns when that was, in milliseconds.
    async fn frame(&self) -> f64;

    /// Now, in milliseconds on the same clock.
    fn now_ms(&self) -> f64;

    /// Says that a frame was drawn, and more will be.
    fn draws(&self);

    /// Whether it was told that what is done elsewhere is over, or that nobody waits any more.
    fn is_told_to_end(&self) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_did_not_come_are_counted_to_the_nearest() {
        let check = |gaps: &[f64], dropped: u32, longest_ms: f64| {
            let mut drawn = Drawn::default();
            gaps.iter().for_each(|gap| drawn.frame(*gap));
            assert_eq!((drawn.dropped, drawn.longest_ms), (dropped, longest_ms), "{gaps:?}");
        };
        check(&[], 0, 0.0);
        // Displays that show more frames drop none, and a frame that is a little late is there.
        check(&[16.7, 6.9, 24.9, 16.6], 0, 24.9);
        check(&[25.1], 1, 25.1);
        check(&[16.7, 400.0, 34.0], 24, 400.0);
    }
}
