//! Runs over time: the last run of each row, as many of them as possible on one axis.

mod data;
mod lanes;
mod numbers;
mod picture;

use super::form::Form;
use super::svg::Picture;
use crate::analysis::{Analysis, RowAnalysis};
use crate::number::Time;
use crate::run::Run;
use crate::way::Setup;

pub use data::{TimelineData, timeline_data};
pub use picture::Detail;

/// Of runs that took more than so many times as long, the shorter could not be seen on one axis.
const APART: f64 = 10.0;
/// What shows in a timeline where connections are too few.
const CONNECTIONS: &str = " Under HTTP/1.1 a browser opens six connections to a host: of more requests at a time, the others \
                           wait for one, and their bars are longer.";

/// The last run of each row.
pub(super) fn of_analysis<'a>(
    analysis: &'a Analysis<'a>,
    detail: Detail,
    form: Form,
) -> impl Iterator<Item = (&'a RowAnalysis<'a>, Picture)> + 'a {
    analysis.rows.iter().map(move |row| {
        let beside = analysis.rows.iter().filter(|beside| beside.row.workload == row.row.workload);
        let beside: Vec<f64> = beside.map(|beside| beside.last_run().wall_ms).collect();
        (row, of_row(row, &beside, detail, form))
    })
}

/// The last runs of rows that did the same work, with what each side is called, below each other on one axis.
pub(super) fn of_sides(rows: &[(&str, &RowAnalysis<'_>)], detail: Detail, form: Form) -> Picture {
    let runs: Vec<(&str, &Run)> = rows.iter().map(|(name, row)| (*name, row.last_run())).collect();
    let title = rows.first().map_or_else(String::new, |(_, row)| figure_title(row));
    let mut picture = picture::aligned(form, &title, &runs, detail);
    let captions = rows.iter().map(|(name, row)| format!("{name}: {}", caption(row, row.last_run(), false)));
    picture.caption = Some(captions.collect::<Vec<String>>().join(" "));
    picture
}

/// The last run of a row, beside runs that took so many milliseconds.
fn of_row(row: &RowAnalysis<'_>, beside_ms: &[f64], detail: Detail, form: Form) -> Picture {
    let run = row.last_run();
    let end_ms = axis_end(run.wall_ms, beside_ms);
    let longer = beside_ms.iter().any(|ms| *ms > end_ms);
    let mut picture = picture::timeline(form, &figure_title(row), run, Some(end_ms), detail);
    picture.caption = Some(caption(row, run, longer));
    picture
}

/// Where the axis of a run ends: with the longest of the runs beside it, so that what is faster is shorter, as long as
/// there is something to be seen.
fn axis_end(wall_ms: f64, beside_ms: &[f64]) -> f64 {
    beside_ms.iter().copied().filter(|ms| *ms <= wall_ms * APART).fold(wall_ms, f64::max)
}

fn caption(row: &RowAnalysis<'_>, run: &Run, longer: bool) -> String {
    let kind = match (run.warmup, run.cancelled) {
        (_, true) => ", stopped before its end",
        (true, false) => ", a warm-up run",
        (false, false) => "",
    };
    let (wall, setup) = (Time(run.wall_ms), Time(run.setup_ms));
    let (begin, when) = match run.row.way.setup {
        Setup::Untimed => ("the first task's start", "before that"),
        Setup::Timed => ("the making of the first worker", "of that"),
    };
    let axis =
        if longer { format!(" Rows that took over {APART} times as long have a longer axis.") } else { String::new() };
    let connections = if is_crowded(row, run) { CONNECTIONS } else { "" };
    format!(
        "{} ({}){kind}: {wall} from {begin} to the last result; making the workers took {setup} {when}. \
         Results arrived: {}.{axis}{connections}",
        row.label,
        run.mechanism,
        run.arrival()
    )
}

/// Whether more requests were in flight than a browser has connections for.
fn is_crowded(row: &RowAnalysis<'_>, run: &Run) -> bool {
    let at_once = run.row.workers.min(run.row.workload.tasks());
    run.row.workload.model().is_some() && row.connections_max.is_some_and(|most| at_once > most)
}

/// The title of the source's figure, or else the row.
fn figure_title(row: &RowAnalysis<'_>) -> String {
    let of_source = row.source.and_then(|source| source.figure.clone());
    of_source.unwrap_or_else(|| row.label.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::check::{check, count};
    use crate::report::fixture::{report, row, run, span};
    use crate::strategy::Strategy;
    use crate::workload::{Count, Workload};

    #[test]
    fn what_is_far_shorter_has_a_shorter_axis() {
        let ends = |walls: &[f64]| walls.iter().map(|ms| axis_end(*ms, walls)).collect::<Vec<_>>();
        assert_eq!(ends(&[5.0, 50.0]), [50.0, 50.0]);
        assert_eq!(ends(&[11.0, 500.0, 12.0]), [12.0, 500.0, 12.0]);
        assert_eq!(ends(&[0.0, 1.0]), [0.0, 1.0]);
        assert_eq!(axis_end(1.0, &[f64::NAN, 1.0]), 1.0);
    }

    #[test]
    fn ten_thousand_tasks_of_12_ms_beside_500_ms() {
        let of = |strategy, task_ms: f64| {
            let spans = (0..10_000).map(|task| span(task, 0, f64::from(task) * task_ms, f64::from(task + 1) * task_ms));
            let row = row(Workload::Count(Count { tasks: 10_000, n: 10 }), strategy, 2);
            run(row, 10_000.0 * task_ms, spans.collect())
        };
        let report = report(vec![of(Strategy::Threads, 0.0012), of(Strategy::Processes, 0.05)]);
        let analysis = Analysis::of(&report);
        let pictures: Vec<Picture> =
            of_analysis(&analysis, Detail::FULL, Form::Wide).map(|(_, picture)| picture).collect();
        let captions: Vec<&str> = pictures.iter().filter_map(|picture| picture.caption.as_deref()).collect();
        let [threads, processes] = [
            "threads × 2 (one-thread): 12.0 ms from the first task's start to the last result; making the workers took \
             0.00 ms before that. Results arrived: in the order of tasks. Rows that took over 10 times as long have a \
             longer axis.",
            "processes × 2 (one-thread): 500 ms from the first task's start to the last result; making the workers \
             took 0.00 ms before that. Results arrived: in the order of tasks.",
        ];
        assert_eq!(captions, [threads, processes]);
        for (picture, last) in pictures.iter().zip([">12</text>", ">500</text>"]) {
            let svg = picture.svg("t");
            check(&svg);
            assert_eq!((count(&svg, ">Milliseconds</text>"), count(&svg, last)), (1, 1), "{svg}");
        }
    }

    #[test]
    fn setup_that_is_timed_is_part_of_the_time() {
        let caption_of = |setup| {
            let mut run = run(row(Workload::Count(Count { tasks: 1, n: 10 }), Strategy::Threads, 2), 12.0, Vec::new());
            (run.row.way.setup, run.setup_ms, run.spans) = (setup, 3.0, vec![span(0, 0, 3.0, 12.0)]);
            let report = report(vec![run]);
            let analysis = Analysis::of(&report);
            let picture = of_analysis(&analysis, Detail::FULL, Form::Wide).next().map(|(_, picture)| picture.caption);
            picture.flatten().expect("a caption")
        };
        let untimed = caption_of(Setup::Untimed);
        assert!(
            untimed.contains(
                "from the first task's start to the last result; making the workers took 3.00 ms before that"
            )
        );
        let timed = caption_of(Setup::Timed);
        assert!(timed.contains(
            "from the making of the first worker to the last result; making the workers took 3.00 ms of that"
        ));
    }
}
