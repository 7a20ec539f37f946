//! What is said of a bar.

use parlab_shared::number::{Grouped, Time};

use super::bars::{Bars, FAILED};
use crate::views::{CellView, ColumnView, LineView, TableView, TimelineView};

/// What is known of a bar, a line each.
pub fn lines(view: &TimelineView, bars: &Bars, bar: usize) -> String {
    let (start, end) = (bars.starts[bar], bars.ends[bar]);
    let mut lines = vec![format!("Task {}", bars.tasks[bar])];
    let lane = bars.lanes[bar] as usize;
    let part =
        view.parts.iter().find(|(_, first, count)| (*first as usize..(*first + *count) as usize).contains(&lane));
    let part = part.map(|(name, ..)| name).filter(|name| view.parts.len() > 1 && !name.is_empty());
    let places = [view.lanes.get(lane), part, view.kinds.get(kind(bars, bar)).map(|(name, _)| name)];
    lines.push(places.into_iter().flatten().cloned().collect::<Vec<String>>().join(" · "));
    let queued = bars.queued_ms(bar);
    let queued_text = queued.map_or_else(String::new, |ms| format!("queued at {}, ", moment(ms)));
    lines.push(capital(&format!("{queued_text}began at {}, ended at {}", moment(start), moment(end))));
    let waited = queued.filter(|ms| *ms < start).map(|ms| format!(" after {} in the queue", Time(start - ms)));
    lines.push(format!("Took {}{}", Time(end - start), waited.unwrap_or_default()));
    if failed(bars, bar) {
        lines.push(error(view, bar).map_or_else(|| "Failed".to_owned(), |reason| format!("Failed: {reason}")));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// The bars of a timeline as a table, from a place on, in the order in which they came.
pub fn table(view: &TimelineView, bars: &Bars, from: usize, count: usize) -> TableView {
    let column = ColumnView::plain;
    let columns = vec![
        column("task", "Task", 0, true),
        column("lane", "Worker", 1, false),
        column("kind", "Kind", 3, false),
        column("queued", "Queued, ms", 4, true),
        column("start", "Begun, ms", 1, true),
        column("end", "Ended, ms", 2, true),
        column("duration", "Took, ms", 0, true),
        column("error", "Failure", 2, false),
    ];
    let text = CellView::plain;
    let name = |name: Option<&String>| text(name.cloned().unwrap_or_default());
    let ms =
        |ms: Option<f64>| CellView { value: ms, ..text(ms.map_or_else(|| "–".to_owned(), |ms| format!("{ms:.3}"))) };
    let line = |bar: usize| {
        let part = view.parts.iter().rfind(|(_, first, _)| *first <= bars.lanes[bar]).filter(|_| view.parts.len() > 1);
        let lane = view.lanes.get(bars.lanes[bar] as usize);
        let lane = part.zip(lane).map(|((part, ..), lane)| format!("{part} · {lane}")).or_else(|| lane.cloned());
        let failure = error(view, bar).unwrap_or("failed").to_owned();
        let (start, end) = (bars.starts[bar], bars.ends[bar]);
        let cells = vec![
            CellView { value: Some(f64::from(bars.tasks[bar])), ..text(bars.tasks[bar].to_string()) },
            text(lane.unwrap_or_default()),
            name(view.kinds.get(kind(bars, bar)).map(|(name, _)| name)),
            ms(bars.queued_ms(bar)),
            ms(Some(start)),
            ms(Some(end)),
            ms(Some(end - start)),
            if failed(bars, bar) { CellView { alarm: true, ..text(failure) } } else { text("–".to_owned()) },
        ];
        LineView::Cells { row: None, cells }
    };
    TableView {
        key: "timeline".to_owned(),
        title: format!("{}, task by task", view.title),
        about: "What each bar stands for.".to_owned(),
        columns,
        lines: (from..bars.len().min(from + count)).map(line).collect(),
        notes: Vec::new(),
        folded: false,
    }
}

/// A moment of a run, as exactly as clocks tell it: of many short tasks all would seem to begin at once otherwise.
fn moment(ms: f64) -> String {
    format!("{} ms", Grouped((ms * 1e3).round() / 1e3))
}

/// What went wrong with the task of a bar, if that is known.
fn error(view: &TimelineView, bar: usize) -> Option<&str> {
    let found = view.errors.binary_search_by_key(&bar, |(bar, _)| *bar as usize);
    found.ok().map(|at| view.errors[at].1.as_str())
}

fn kind(bars: &Bars, bar: usize) -> usize {
    usize::from(bars.kinds[bar] & !FAILED)
}

fn failed(bars: &Bars, bar: usize) -> bool {
    bars.kinds[bar] & FAILED != 0
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::look::scene::tests::scene;

    #[test]
    fn what_is_known_of_a_task_is_said() {
        let (mut view, mut bars, _) = scene(&[1], &[(0, 2.0, 5.5, 0), (0, 6.0, 7.0, 1 | FAILED)]);
        assert_eq!(lines(&view, &bars, 0), "Task 0\nworker 0 · computes\nBegan at 2 ms, ended at 5.5 ms\nTook 3.50 ms");
        bars.queued = vec![0.0, f64::NAN];
        view.errors = vec![(1, "timeout after 1 s".to_owned())];
        assert_eq!(
            lines(&view, &bars, 0),
            "Task 0\nworker 0 · computes\nQueued at 0 ms, began at 2 ms, ended at 5.5 ms\n\
             Took 3.50 ms after 2.00 ms in the queue"
        );
        assert!(
            lines(&view, &bars, 1)
                .ends_with("worker 0 · waits\nBegan at 6 ms, ended at 7 ms\nTook 1.00 ms\nFailed: timeout after 1 s")
        );
        view.errors.clear();
        assert!(lines(&view, &bars, 1).ends_with("\nFailed"));
    }

    #[test]
    fn of_several_parts_each_is_named() {
        let (view, bars, _) = scene(&[1, 2], &[(0, 0.0, 1.0, 0), (2, 0.0, 1.0, 9)]);
        assert!(lines(&view, &bars, 0).contains("\nworker 0 · part 1 · computes\n"));
        assert!(lines(&view, &bars, 1).contains("\nworker 2 · part 3\n"), "{}", lines(&view, &bars, 1));
        let cell = |line: &LineView| match line {
            LineView::Cells { cells, .. } => cells.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>().join("|"),
            LineView::LeftOut { .. } => String::new(),
        };
        let table = table(&view, &bars, 0, 10);
        let said: Vec<String> = table.lines.iter().map(cell).collect();
        assert_eq!(
            said,
            ["0|part 1 · worker 0|computes|–|0.000|1.000|1.000|–", "1|part 3 · worker 2||–|0.000|1.000|1.000|–"]
        );
    }

    #[test]
    fn a_table_has_no_more_lines_than_are_asked_for() {
        let many: Vec<_> = (0..1000).map(|_| (0, 0.0, 1.0, 0)).collect();
        let (view, bars, _) = scene(&[1], &many);
        let lines = |from, count| table(&view, &bars, from, count).lines.len();
        assert_eq!((lines(0, 250), lines(900, 250), lines(5000, 250)), (250, 100, 0));
    }
}
