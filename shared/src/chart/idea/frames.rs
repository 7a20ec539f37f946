//! Frames that are drawn, and work that is done meanwhile, on the thread that draws or on another.

use super::{LANE, NAME, TEXT, WIDTH};
use crate::chart::frame::{EDGE, clip};
use crate::chart::legend::colour;
use crate::chart::svg::{Anchor, Area, Svg};
use crate::screen::OnThread;

/// Frames that are due in the picture.
const FRAMES: u32 = 24;
/// The frame after which the work begins, and how many frames' time it takes in one piece.
const BEGINS: u32 = 5;
const LASTS: u32 = 9;
/// How much of a frame's time a frame is drawn with, and a piece of work.
const FRAME: f64 = 0.25;
const PIECE: f64 = 0.5;

/// What stands in a lane: from where, how long, both in frames, and whether it is work.
type Part = (f64, f64, bool);

/// The lanes of a row: what the thread that draws does, and what a worker does, if it does anything.
fn lanes(on: OnThread) -> Vec<Vec<Part>> {
    let (begins, lasts) = (f64::from(BEGINS), f64::from(LASTS));
    // A piece for each frame, until as much is done as in one piece.
    let pieces = (lasts / PIECE).ceil() as u32;
    let frame = |at: u32| (f64::from(at), FRAME, false);
    let frames = || (0..FRAMES).map(frame);
    let whole = (begins + FRAME, lasts, true);
    match on {
        OnThread::MainThread => {
            let is_drawn = |(at, ..): &Part| *at <= begins || *at >= begins + FRAME + lasts;
            vec![frames().filter(is_drawn).chain([whole]).collect()]
        }
        OnThread::MainThreadInPieces => {
            let piece = |at: u32| (f64::from(BEGINS + at) + FRAME, PIECE, true);
            let ends = f64::from(FRAMES);
            vec![frames().chain((0..pieces).map(piece).filter(|(at, ..)| *at < ends)).collect()]
        }
        OnThread::Worker => vec![frames().collect(), vec![whole]],
    }
}

/// Draws a row below the other for each thread; returns where the next thing may begin, and what is drawn, in words.
pub(super) fn draw(svg: &mut Svg, threads: &[OnThread]) -> (f64, String) {
    let x = |at: f64| EDGE + (WIDTH - 2.0 * EDGE) * at / f64::from(FRAMES);
    let mut y = EDGE;
    for on in threads {
        let name = clip(&format!("work on {on}"), TEXT, WIDTH - 2.0 * EDGE);
        svg.text("chart-text chart-idea-text", (EDGE, y + 20.0), Anchor::Start, &name);
        y += NAME;
        for (lane, parts) in lanes(*on).into_iter().enumerate() {
            for (at, length, is_work) in parts {
                let area = Area { x: x(at), y, width: (x(at + length) - x(at) - 1.0).max(1.0), height: LANE - 3.0 };
                let kind =
                    if is_work { format!("chart-bar {}", colour(lane)) } else { "chart-bar chart-any".to_owned() };
                svg.rect(&kind, area, None);
            }
            y += LANE;
        }
        y += 7.0;
    }
    let said = "A mark for each frame that is drawn, a bar for work. On the main thread in one piece, no frame is drawn \
                meanwhile; in pieces, one follows each frame and the work lasts longer; on a worker, all frames are drawn \
                beside it.";
    (y, said.to_owned())
}
