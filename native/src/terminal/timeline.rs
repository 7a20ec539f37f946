//! A run as lanes of characters: one lane per worker, time from left to right.

use std::fmt::Write;

use parlab_shared::report::Run;

/// Lanes that are shown; with more workers the rest is counted.
const LANES_SHOWN: usize = 8;

/// Draws the run `width` columns wide. Neighbouring tasks differ in shade; `x` marks a failed one; a blank is a worker
/// with nothing to do.
pub fn timeline(title: &str, run: &Run, width: usize) -> String {
    let mut text = format!("{title}\n");
    let workers = run.spans.iter().map(|span| span.worker as usize + 1).max().unwrap_or(0);
    let label_width = 10;
    let columns = width.saturating_sub(label_width + 2).max(10);
    let end_ms = run.spans.iter().map(|span| span.end_ms).fold(run.wall_ms, f64::max);
    let column = |ms: f64| ((ms / end_ms * columns as f64) as usize).min(columns - 1);
    for worker in 0..workers.min(LANES_SHOWN) {
        let mut lane = vec![' '; columns];
        let mut spans: Vec<_> = run.spans.iter().filter(|span| span.worker as usize == worker).collect();
        spans.sort_by(|one, other| one.start_ms.total_cmp(&other.start_ms));
        for (index, span) in spans.into_iter().enumerate() {
            let shade = match (&span.error, index % 2) {
                (Some(_), _) => 'x',
                (None, 0) => '█',
                (None, _) => '▒',
            };
            lane[column(span.start_ms)..=column(span.end_ms)].fill(shade);
        }
        _ = writeln!(text, "{:>label_width$} │{}│", format!("worker {worker}"), lane.into_iter().collect::<String>());
    }
    if workers > LANES_SHOWN {
        _ = writeln!(text, "{:>label_width$}  … and {} more workers", "", workers - LANES_SHOWN);
    }
    let end = format!("{:.3} s", end_ms / 1e3);
    _ = writeln!(text, "{:>label_width$}  0{end:>rest$}", "", rest = columns - 1);
    _ = writeln!(text, "{:>label_width$}  {}", "arrived", run.arrival());
    text
}
