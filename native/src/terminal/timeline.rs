//! A run as lanes of characters: one lane per worker, time from left to right.

use std::fmt::Write;

use parlab_shared::number::Time;
use parlab_shared::run::Run;
use parlab_shared::span::Span;

use super::style::{PROSE_MAX, Style};

/// Lanes that are shown; with more workers the rest is counted.
const LANES_SHOWN: usize = 8;
/// What stands before a lane.
const LABEL_WIDTH: usize = 10;
/// And around it: a blank and its two ends.
const FRAME_WIDTH: usize = 3;

/// Draws a run in lines of exactly the width that there is. Neighbouring tasks differ in shade; `x` marks a failed one; a
/// blank is a worker with nothing to do. The axis ends where the run does, or later, at `end_ms`.
pub fn timeline(title: &str, run: &Run, end_ms: f64, style: Style) -> String {
    let mut text = style.heading(title);
    let workers = run.spans.iter().map(|span| span.worker as usize + 1).max().unwrap_or(0);
    let columns = style.width.unwrap_or(PROSE_MAX).saturating_sub(LABEL_WIDTH + FRAME_WIDTH).max(1);
    let end_ms = run.spans.iter().map(|span| span.end_ms).fold(run.wall_ms.max(end_ms), f64::max);
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
    let end = Time(end_ms).to_string();
    _ = writeln!(text, "{:LABEL_WIDTH$}  0{end:>rest$}", "", rest = columns - 1);
    text += &style.paragraph(&format!("{:>LABEL_WIDTH$}  {}", "arrived", run.arrival()), LABEL_WIDTH + 2);
    text
}

#[cfg(test)]
mod tests {
    use parlab_shared::measure::failed;
    use parlab_shared::row::Row;
    use parlab_shared::run::{Execution, RunSpec};
    use parlab_shared::span::TaskError;
    use parlab_shared::strategy::{Dispatch, Mechanism, Strategy};
    use parlab_shared::way::Way;
    use parlab_shared::workload::{Count, Workload};

    use super::*;
    use crate::terminal::wrap::width;

    /// A run of tasks on as many workers, each one millisecond later than the one before; the last one failed.
    fn run(workers: u32) -> Run {
        let spans = (0..workers).map(|task| {
            let start_ms = f64::from(workers - task);
            let mut span = failed(task, task, [0.0, start_ms, start_ms + 5.0], TaskError::cancelled()).span;
            span.error = span.error.filter(|_| task + 1 == workers);
            span
        });
        let row = Row {
            experiment: None,
            workload: Workload::Count(Count { tasks: workers, n: 1 }),
            strategy: Strategy::Threads,
            workers,
            dispatch: Dispatch::Pool,
            way: Way::default(),
            swept: vec![],
        };
        let spec = RunSpec {
            row,
            repetition: 0,
            warmup: false,
            seed: 1,
            target: String::new(),
            secured: None,
            timeout_ms: 1,
            task_limit_ms: 300_000,
        };
        let wall_ms = f64::from(workers) + 5.0;
        let (mechanism, spans) = (Mechanism::OsThreads, spans.collect());
        Run::new(spec, Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms, costs: None, spans }, 0.0, false)
    }

    #[test]
    fn a_run_as_lanes() {
        let style = Style { width: Some(40), colour: false, ascii: false };
        let expected = [
            "threads × 3",
            "  worker 0 │          █████████████████│",
            "  worker 1 │      ██████████████████   │",
            "  worker 2 │   xxxxxxxxxxxxxxxxxx      │",
            "            0                   8.00 ms",
            "   arrived  in the order 2 1 0; 2 of 3",
            "            results came after a later",
            "            task's",
        ];
        let text = timeline("threads × 3", &run(3), 0.0, style);
        assert_eq!(text.lines().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn lanes_have_exactly_the_width() {
        let title = "'Sharing' Dictionary by combining Dictionaries at the end (processes × 2, keep merge)";
        for columns in [40, 79, 80, 120, 200] {
            for ascii in [false, true] {
                let text = timeline(title, &run(20), 0.0, Style { width: Some(columns), colour: false, ascii });
                let (lanes, others): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.ends_with(['│', '|']));
                assert!(lanes.len() == LANES_SHOWN && lanes.iter().all(|lane| width(lane) == columns), "{text}");
                assert!(others.iter().all(|line| width(line) <= columns), "{text}");
                assert!(!ascii || text.is_ascii(), "{text}");
            }
        }
    }
}
