//! Where the results of workers go: the ways to share one dictionary.

use super::WIDTH;
use crate::chart::frame::TEXT;
use crate::chart::svg::{Anchor, Area, Svg};
use crate::dictionary::Sharing;

/// Workers in the picture of one way.
const WORKERS: u32 = 3;
const HEIGHT: f64 = 156.0;

/// Draws the ways side by side, each in a column; returns where the next thing may begin.
pub(super) fn draw(svg: &mut Svg, ways: &[Sharing], top: f64) -> f64 {
    let column = WIDTH / ways.len().max(1) as f64;
    for (way, index) in ways.iter().zip(0..) {
        let middle = column * (f64::from(index) + 0.5);
        draw_way(svg, *way, middle, column.min(150.0), top);
    }
    top + HEIGHT
}

/// One way: workers above, what they fill below.
fn draw_way(svg: &mut Svg, way: Sharing, middle: f64, column: f64, top: f64) {
    let reach = column * 0.42;
    let pitch = 2.0 * reach / f64::from(WORKERS);
    let x_of = |worker: u32| middle - reach + pitch * (f64::from(worker) + 0.5);
    let map = |x: f64, y: f64, half: f64| Area { x: x - half, y, width: 2.0 * half, height: 24.0 };
    let (from, to) = (top + 24.0, top + 104.0);
    for worker in 0..WORKERS {
        let x = x_of(worker);
        let end = match way {
            Sharing::Lock | Sharing::Owner => (middle, if way == Sharing::Owner { top + 56.0 } else { to }),
            Sharing::Sharded => (x, to),
            Sharing::Merge => (x, top + 50.0),
        };
        svg.line("chart-axis", (x, from), end);
        if way == Sharing::Merge {
            svg.rect("chart-idea-place", map(x, top + 50.0, 12.0), None);
            svg.line("chart-ideal", (x, top + 74.0), (middle, to));
        }
    }
    if way == Sharing::Owner {
        svg.line("chart-axis", (middle, top + 70.0), (middle, to));
        svg.circle("chart-bar chart-w3", (middle, top + 64.0), 9.0, None);
    }
    for worker in 0..WORKERS {
        svg.circle(&format!("chart-bar chart-w{worker}"), (x_of(worker), top + 14.0), 10.0, None);
    }
    // A place behind a lock has a thick lid.
    let parts = if way == Sharing::Sharded { WORKERS } else { 1 };
    for part in 0..parts {
        let (x, half) = if parts == 1 { (middle, reach) } else { (x_of(part), pitch / 2.0 - 3.0) };
        svg.rect("chart-idea-place", map(x, to, half), None);
        if matches!(way, Sharing::Lock | Sharing::Sharded) {
            svg.rect("chart-bar chart-any", Area { height: 5.0, ..map(x, to, half) }, None);
        }
    }
    svg.text(
        "chart-text chart-idea-text",
        (middle, top + HEIGHT - 4.0 - (21.0 - TEXT) / 2.0),
        Anchor::Middle,
        way.name(),
    );
}

/// What is drawn, in words.
pub(super) fn describe(ways: &[Sharing]) -> String {
    let way = |way: &Sharing| match way {
        Sharing::Lock => "lock: all workers write to one dictionary behind one lock",
        Sharing::Sharded => "sharded: one dictionary in several parts, each behind a lock of its own",
        Sharing::Owner => "owner: workers send messages to the one that has the dictionary",
        Sharing::Merge => "merge: each worker fills its own, and they are put together at the end",
    };
    format!("Where results go. {}.", ways.iter().map(way).collect::<Vec<_>>().join("; "))
}
