//! What is drawn of a stretch of time: bars, and where several share a pixel, one for all of them.

use super::scene::{Row, Scene};
use super::window::Window;

/// No more than this is drawn: beyond it, it gets coarser.
const STRIPS_MAX: usize = 24_000;

/// A stretch of a row in one colour, in CSS pixels from the left end of the plot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strip {
    /// The place of its row.
    pub row: usize,
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Its kind.
    pub kind: u8,
    /// A task in it failed.
    pub failed: bool,
    /// It is one bar, not several that share pixels.
    pub is_bar: bool,
}

/// Finds what is drawn along `width` pixels, in `strips`, which is emptied before. Returns how many steps it took: they grow
/// with the width and the rows, and not with the bars.
pub fn find(scene: &Scene, window: Window, width: f64, strips: &mut Vec<Strip>) -> usize {
    let mut steps = 0;
    for grain in [1.0, 2.0, 4.0, 8.0, 16.0] {
        strips.clear();
        let found =
            (0..scene.rows().len()).all(|row| find_in_row(scene, row, window, width, grain, strips, &mut steps));
        if found {
            break;
        }
    }
    steps
}

/// The same in a row, with nothing narrower than `grain`. Returns whether there was room for all of it.
fn find_in_row(
    scene: &Scene,
    place: usize,
    window: Window,
    width: f64,
    grain: f64,
    strips: &mut Vec<Strip>,
    steps: &mut usize,
) -> bool {
    let row: Row = scene.rows()[place];
    let per_ms = width / window.length_ms();
    let x = |ms: f64| (ms - window.from_ms) * per_ms;
    let mut at = scene.first_after(row, window.from_ms);
    // What took no time and is at the very beginning is seen.
    while at > row.from && scene.seen(at - 1).1 >= window.from_ms {
        at -= 1;
        if scene.seen(at).0 < window.from_ms {
            break;
        }
    }
    while at < row.to && scene.seen(at).0 <= window.to_ms {
        *steps += 1;
        let is_wide = |at: usize| {
            let (from, to) = scene.seen(at);
            x(to) - x(from) >= grain
        };
        let (from_ms, to_ms) = scene.seen(at);
        if is_wide(at) {
            let (from, to) = (x(from_ms).max(0.0), x(to_ms).min(width));
            let failed = scene.has_failed(at, at + 1);
            strips.push(Strip { row: place, from, to, kind: scene.kind(at), failed, is_bar: true });
            at += 1;
        } else {
            let column = (x(from_ms).clamp(0.0, width - grain) / grain).floor() * grain;
            let edge_ms = window.from_ms + (column + grain) / per_ms;
            // At least this one, even where its beginning is rounded to the edge.
            let mut next = scene.first_from(at, row, edge_ms).max(at + 1);
            // The last of them can reach beyond the column, and is drawn by itself.
            if next - 1 > at && is_wide(next - 1) {
                next -= 1;
            }
            let strip = Strip {
                row: place,
                from: column,
                to: (column + grain).min(width),
                kind: scene.kind(at + (next - at) / 2),
                failed: scene.has_failed(at, next),
                is_bar: next - at == 1,
            };
            join(strips, strip);
            at = next;
        }
        if strips.len() > STRIPS_MAX {
            return false;
        }
    }
    true
}

/// Adds a strip, to the one before it if they look the same and touch each other.
fn join(strips: &mut Vec<Strip>, strip: Strip) {
    if let Some(last) = strips.last_mut()
        && (last.row, last.kind, last.failed) == (strip.row, strip.kind, strip.failed)
        && last.to >= strip.from
        && !(last.is_bar && last.to - last.from > 1.5)
    {
        last.to = last.to.max(strip.to);
        last.is_bar = false;
        return;
    }
    strips.push(strip);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::look::bars::FAILED;
    use crate::page::look::scene::tests::scene;

    fn strips(bars: &[(u32, f64, f64, u8)], window: Window, width: f64) -> Vec<Strip> {
        let mut strips = Vec::new();
        find(&scene(&[4], bars).2, window, width, &mut strips);
        strips
    }

    #[track_caller]
    fn check(bars: &[(u32, f64, f64, u8)], window: Window, expected: &[(usize, f64, f64, u8, bool)]) {
        let strips = strips(bars, window, 100.0);
        let said: Vec<_> =
            strips.iter().map(|strip| (strip.row, strip.from, strip.to, strip.kind, strip.failed)).collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn wide_bars_are_where_their_times_are() {
        let bars = [(0, 0.0, 10.0, 0), (0, 10.0, 25.0, 1), (2, 50.0, 100.0, 1 | FAILED)];
        let all = Window::all(100.0);
        check(&bars, all, &[(0, 0.0, 10.0, 0, false), (0, 10.0, 25.0, 1, false), (2, 50.0, 100.0, 1, true)]);
        // From 20 to 60.
        let near = all.zoomed(2.5, 100.0 / 3.0);
        check(&bars, near, &[(0, 0.0, 12.5, 1, false), (2, 75.0, 100.0, 1, true)]);
    }

    #[test]
    fn what_shares_a_pixel_is_drawn_once_and_a_failure_among_it_is_seen() {
        let many: Vec<_> = (0..1000_u32)
            .map(|at| (0, f64::from(at) * 0.1, f64::from(at) * 0.1 + 0.1, if at == 555 { FAILED } else { 0 }))
            .collect();
        check(
            &many,
            Window::all(100.0),
            &[(0, 0.0, 55.0, 0, false), (0, 55.0, 56.0, 0, true), (0, 56.0, 100.0, 0, false)],
        );
    }

    #[test]
    fn gaps_of_more_than_a_pixel_are_seen() {
        let bars = [(0, 0.0, 0.2, 0), (0, 5.1, 5.2, 0), (0, 5.4, 5.5, 0), (0, 99.99, 99.995, 0)];
        check(
            &bars,
            Window::all(100.0),
            &[(0, 0.0, 1.0, 0, false), (0, 5.0, 6.0, 0, false), (0, 99.0, 100.0, 0, false)],
        );
    }

    #[test]
    fn what_took_no_time_is_seen_wherever_it_is() {
        let bars = [(0, 0.0, 0.0, 0), (1, 50.0, 50.0, 0), (2, 100.0, 100.0, 0)];
        check(
            &bars,
            Window::all(100.0),
            &[(0, 0.0, 1.0, 0, false), (1, 50.0, 51.0, 0, false), (2, 99.0, 100.0, 0, false)],
        );
    }

    #[test]
    fn what_is_outside_is_not_looked_at() {
        let bars: Vec<_> = (0..10_000_u32).map(|at| (at % 4, f64::from(at), f64::from(at) + 1.0, 0)).collect();
        let (_, _, scene) = scene(&[4], &bars);
        let mut strips = Vec::new();
        let steps = find(&scene, Window::all(10_000.0).zoomed(1000.0, 5000.0), 800.0, &mut strips);
        assert!((8..=16).contains(&steps) && strips.len() == steps, "{steps} {}", strips.len());
    }

    /// The work of a frame grows with pixels and rows, not with bars.
    #[test]
    fn a_frame_of_a_hundred_thousand_bars_takes_as_many_steps_as_one_of_more() {
        let steps = |bars: u32, width: f64| {
            let of_bars: Vec<_> = (0..bars)
                .map(|at| {
                    let start = f64::from(at / 4) * 4e5 / f64::from(bars);
                    (at % 4, start, start + 3e5 / f64::from(bars), (at % 2) as u8)
                })
                .collect();
            let (_, _, scene) = scene(&[4], &of_bars);
            let mut strips = Vec::with_capacity(10_000);
            let room = strips.capacity();
            let steps = find(&scene, Window::all(scene.until_ms()), width, &mut strips);
            assert_eq!(strips.capacity(), room, "nothing is allocated for a frame");
            steps
        };
        let few = steps(100_000, 1000.0);
        assert!((3900..=8100).contains(&few), "{few}");
        assert!(steps(300_000, 1000.0) <= few + 8);
        assert!(steps(100_000, 500.0) <= few / 2 + 8);
    }

    #[test]
    fn no_frame_draws_more_than_a_frame_has_time_for() {
        // Bars of two pixels with gaps of two, in as many rows as there can be.
        let bars: Vec<_> = (0..160_u32)
            .flat_map(|lane| (0..600_u32).map(move |at| (lane, f64::from(at) * 4.0, f64::from(at) * 4.0 + 2.0, 0)))
            .collect();
        let (_, _, scene) = scene(&[160], &bars);
        let mut strips = Vec::new();
        find(&scene, Window::all(scene.until_ms()), 2400.0, &mut strips);
        assert!((160..=STRIPS_MAX).contains(&strips.len()), "{}", strips.len());
        let last = strips.last().map(|strip| strip.row);
        assert_eq!(last, Some(159), "no row is missing");
    }
}
