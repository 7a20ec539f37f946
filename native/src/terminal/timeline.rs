//! A run as lanes of characters: one lane per worker, time from left to right.

use std::fmt::Write;

use parlab_shared::report::{Run, Span};

use super::style::{PROSE_MAX, Style};

/// Lanes that are shown; with more workers the rest is counted.
const LANES_SHOWN: usize = 8;
/// What stands before a lane.
const LABEL_WIDTH: usize = 10;
/// And around it: a blank and its two ends.
const FRAME_WIDTH: usize = 3;

/// Draws a run in lines of exactly the width that there is. Neighbouring tasks differ in shade; `x` marks a failed one; a
/// blank is a worker with nothing to do.
pub fn timeline(title: &str, run: &Run, style: Style) -> String {
    let mut text = style.bold(&style.text(title)) + "\n";
    let workers = run.spans.iter().map(|span| span.worker as usize + 1).max().unwrap_or(0);
    let columns = style.width.unwrap_or(PROSE_MAX) - LABEL_WIDTH - FRAME_WIDTH;
    let end_ms = run.spans.iter().map(|span| span.end_ms).fold(run.wall_ms, f64::max);
    let column = |ms: f64| ((ms / end_ms * columns as f64) as usize).min(columns - 1);
    for worker in 0..workers.min(LANES_SHOWN) {
        let mut lane = vec![' '; columns];
        let mut spans: Vec<&Span> = run.spans.iter().filter(|span| span.worker as usize == worker).collect();
        spans.sort_by(|span, next| span.start_ms.total_cmp(&next.start_ms));
        for (index, span) in spans.into_iter().enumerate() {
            let shade = match (&span.error, index % 2) {
                (Some(_), _) => 'x',
                (None, 0) => '█',
                (None, _) => '▒',
            };
            lane[column(span.start_ms)..=column(span.end_ms)].fill(shade);
        }
        let lane = style.text(&format!("│{}│", lane.into_iter().collect::<String>()));
        _ = writeln!(text, "{:>LABEL_WIDTH$} {lane}", format!("worker {worker}"));
    }
    if workers > LANES_SHOWN {
        let more = format!("{:LABEL_WIDTH$} … and {} more workers", "", workers - LANES_SHOWN);
        text += &(style.text(&more) + "\n");
    }
    let end = format!("{:.3} s", end_ms / 1e3);
    _ = writeln!(text, "{:LABEL_WIDTH$}  0{end:>rest$}", "", rest = columns - 1);
    text += &style.paragraph(&format!("{:>LABEL_WIDTH$}  {}", "arrived", run.arrival()), LABEL_WIDTH + 2);
    text
}
