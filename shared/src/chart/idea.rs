//! The picture of an experiment's idea: what its rows would do if nothing else took any time.

mod frames;
mod sharing;
mod steps;
mod tasks;

use super::axis::TimeUnit;
use super::form::Form;
use super::frame::{EDGE, clip, width};
use super::legend::{colour, line};
use super::svg::{Anchor, Area, Svg};
use crate::analysis::by_parameter;
use crate::experiment::{Experiment, ExperimentRow, Variant};
use crate::ideal::{Doing, Piece, end, schedule};
use crate::label::RowLabel;
use crate::row::Row;
use crate::scale::Scale;
use crate::span::phase;
use crate::strategy::Platform;
use crate::target::Protocol;
use crate::workload::Cost;
use tasks::tasks;

/// No more rows than this: it is the idea, not the experiment.
const ROWS_MAX: usize = 3;
/// The most workers of a row; of more, all rows have their share.
const WORKERS_MAX: u32 = 6;
/// The height of a worker's lane.
const LANE: f64 = 13.0;
/// From one row's name to its lanes, and the size of all text, as in the style.
const NAME: f64 = 27.0;
const TEXT: f64 = 21.0;
/// How wide every picture is.
const WIDTH: f64 = Form::Wide.width() as f64;

/// A small picture of what an experiment is about, derived from its rows and workload: their ideal schedules on a
/// machine with so many `cores`, a task's phases, ways to share a dictionary, frames that are drawn meanwhile, times over a
/// parameter, or steps of single operations.
///
/// It has no scale: it shows what runs beside what, not for how long. What waits is lighter than what computes.
///
/// Its ids begin with the experiment's name: a page has one picture of an experiment.
pub fn idea(experiment: &Experiment, cores: u32) -> String {
    let title = format!("{}: the idea", experiment.title);
    let mut svg = Svg::new(Form::Wide);
    let own: Vec<Row> = experiment.rows(Scale::Exact, Platform::Native, Variant::Parlab);
    let phases = experiment.rows.iter().find(|row| !row.source_phases_s.is_empty());
    let mut ways: Vec<_> = own.iter().filter_map(|row| row.workload.sharing()).collect();
    ways.sort_unstable_by_key(|way| way.name());
    ways.dedup();
    let mut threads: Vec<_> = own.iter().filter_map(|row| row.workload.on_thread()).collect();
    threads.dedup();
    let (bottom, description) = if let Some(row) = phases {
        draw_phases(&mut svg, row)
    } else if !threads.is_empty() {
        frames::draw(&mut svg, &threads)
    } else if ways.len() > 1 {
        (sharing::draw(&mut svg, &ways, EDGE), sharing::describe(&ways))
    } else if let Some(steps) = steps::steps(experiment, &own) {
        steps::draw(&mut svg, &steps)
    } else if let Some(lines) = lines(&own) {
        draw_lines(&mut svg, &lines)
    } else {
        draw_schedules(&mut svg, experiment, &own, cores)
    };
    svg.finish(&title, &description, bottom + EDGE).svg(&format!("idea-{}", experiment.name))
}

/// The rows that tell the most: each strategy and dispatch with its most workers, beside a row with one worker.
fn telling<'a>(experiment: &Experiment, own: &'a [Row]) -> Vec<&'a Row> {
    let of_source: Vec<&Row> = own
        .iter()
        .zip(experiment.rows_of(Variant::Parlab))
        .filter(|(_, row)| row.figure.is_some())
        .map(|(row, _)| row)
        .collect();
    let rows = if of_source.is_empty() { own.iter().collect() } else { of_source };
    let sequential = rows.iter().any(|row| !row.strategy.is_concurrent());
    let key = |row: &Row| (row.strategy, row.dispatch, row.way.lock, !sequential && row.workers == 1);
    let mut telling: Vec<&Row> = Vec::new();
    for row in &rows {
        match telling.iter_mut().find(|alike| key(alike) == key(row)) {
            Some(alike) if alike.workers < row.workers => *alike = row,
            Some(_) => {}
            None => telling.push(row),
        }
    }
    // Where rows differ in their workers alone, that is the idea.
    if telling.len() == 1 {
        telling = rows;
    }
    telling.sort_by_key(|row| row.workers);
    telling.truncate(ROWS_MAX);
    telling
}

/// Schedules one below the other on one axis of time.
fn draw_schedules(svg: &mut Svg, experiment: &Experiment, own: &[Row], cores: u32) -> (f64, String) {
    let rows = telling(experiment, own);
    let most = rows.iter().map(|row| row.workers).max().unwrap_or(1);
    let share = f64::from(WORKERS_MAX.min(most)) / f64::from(most.max(1));
    let tasks = tasks(experiment, share);
    let drawn = |row: &&Row| -> (String, u32, Vec<Piece>) {
        // Where protocols are compared, it is in a browser that they differ.
        let connections =
            Platform::Browser.connections_max().filter(|_| row.workload.protocol() == Some(Protocol::Http1));
        let at_once = connections.map_or(row.workers, |most| row.workers.min(most));
        let workers = ((f64::from(at_once) * share).round() as u32).max(1);
        // One worker computes on one core, and so do threads that take turns.
        let cores = if row.strategy.is_parallel() && !row.takes_turns() { cores.max(1) } else { 1 };
        (RowLabel::of(row).to_string(), workers, schedule(&tasks, workers, cores.into()))
    };
    let rows: Vec<_> = rows.iter().map(drawn).collect();
    let longest = rows.iter().map(|(_, _, pieces)| end(pieces)).fold(f64::MIN_POSITIVE, f64::max);
    let mut y = EDGE;
    let mut said = "Ideal schedules of a few tasks, a lane for each worker.".to_owned();
    for (name, workers, pieces) in &rows {
        svg.text("chart-text chart-idea-text", (EDGE, y + 20.0), Anchor::Start, &clip(name, TEXT, WIDTH - 2.0 * EDGE));
        y += NAME;
        for piece in pieces {
            draw_piece(svg, piece, y, longest);
        }
        y += f64::from(*workers) * LANE + 7.0;
        said += &format!(" {name}: ends after {:.0} % of the longest.", end(pieces) / longest * 100.0);
    }
    (y, said)
}

fn draw_piece(svg: &mut Svg, piece: &Piece, top: f64, longest: f64) {
    let Piece { worker, doing, from, to } = *piece;
    let x = |at: f64| EDGE + (WIDTH - 2.0 * EDGE) * at / longest;
    // A gap keeps neighbours apart.
    let area = Area {
        x: x(from),
        y: top + f64::from(worker) * LANE,
        width: (x(to) - x(from) - 2.0).max(1.0),
        height: LANE - 3.0,
    };
    let kind = if doing == Doing::Waits { "chart-idea-wait" } else { "chart-bar" };
    svg.rect(&format!("{kind} {}", colour(worker as usize)), area, None);
    if doing == Doing::Fails {
        svg.hatch(area);
    }
}

/// The source's phases of one task, in the lengths that it gives.
fn draw_phases(svg: &mut Svg, row: &ExperimentRow) -> (f64, String) {
    let mut phases: Vec<(&str, f64)> =
        row.source_phases_s.iter().map(|(name, seconds)| (name.as_str(), seconds * 1e3)).collect();
    phases.sort_by(|(_, ms), (_, next_ms)| next_ms.total_cmp(ms));
    let total: f64 = phases.iter().map(|(_, ms)| ms).sum();
    let unit = TimeUnit::of(phases.first().map_or(0.0, |(_, ms)| *ms));
    let label = |(name, ms): &(&str, f64)| format!("{name} {}", unit.text(*ms));
    let names = phases.iter().map(|phase| width(&label(phase), TEXT)).fold(0.0, f64::max);
    let mut x = EDGE;
    let mut y = EDGE + 8.0;
    for (phase, index) in phases.iter().zip(0..) {
        let length = (WIDTH - 2.0 * EDGE) * phase.1 / total.max(f64::MIN_POSITIVE);
        // What gets a page waits for it.
        let kind = if phase.0 == phase::GET { "chart-idea-wait" } else { "chart-bar" };
        let area = Area { x, y, width: (length - 2.0).max(2.0), height: 26.0 };
        svg.rect(&format!("{kind} {}", colour(index)), area, None);
        x += length;
        // Each name begins under its part, or ends at the edge.
        let at = area.x.min(WIDTH - EDGE - names);
        svg.text("chart-text chart-idea-text", (at, y + 52.0), Anchor::Start, &label(phase));
        y += 48.0;
    }
    let said: Vec<String> = phases.iter().map(label).collect();
    (y + 10.0, format!("One task in parts, one after another, as the source measured them: {}.", said.join(", ")))
}

/// A line of a sweep: its name and its points.
type Line = (String, Vec<(f64, f64)>);

/// A line for each strategy: how many turns its workers take for so many tasks. `None` where rows do not differ in their number.
fn lines(own: &[Row]) -> Option<Vec<Line>> {
    let (_, curves) = by_parameter(own.iter()).filter(|(swept, _)| *swept == "tasks")?;
    let turns = |(value, row): &(f64, &Row)| {
        let (tasks, workers) = (row.workload.tasks(), row.workers);
        let turns = match row.workload.cost() {
            // Tasks that are equal take turns; others fill the gaps.
            Cost::Steps(_) | Cost::Request { .. } => f64::from(tasks.div_ceil(workers)),
            Cost::Uneven | Cost::Sleep { .. } | Cost::Mixed | Cost::Unknown => f64::from(tasks) / f64::from(workers),
        };
        (*value, turns)
    };
    Some(curves.into_iter().map(|(name, rows)| (name, rows.iter().map(turns).collect())).collect())
}

fn draw_lines(svg: &mut Svg, lines: &[(String, Vec<(f64, f64)>)]) -> (f64, String) {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let x_max = points().map(|point| point.0).fold(f64::MIN_POSITIVE, f64::max);
    let y_max = points().map(|point| point.1).fold(f64::MIN_POSITIVE, f64::max);
    let plot = Area { x: EDGE + 30.0, y: EDGE + 16.0, width: WIDTH - 2.0 * EDGE - 40.0, height: 150.0 };
    let at = |(x, y): (f64, f64)| (plot.x + plot.width * x / x_max, plot.bottom() - plot.height * 0.92 * y / y_max);
    svg.line("chart-axis", (plot.x, plot.y), (plot.x, plot.bottom()));
    svg.line("chart-axis", (plot.x, plot.bottom()), (plot.right(), plot.bottom()));
    svg.text_upwards("chart-text chart-idea-text", (plot.x - 10.0, plot.y + plot.height / 2.0), "time");
    svg.text("chart-text chart-idea-text", (plot.right(), plot.bottom() + 24.0), Anchor::End, "tasks");
    let mut said = "Time over the number of tasks, as it is predicted.".to_owned();
    for (index, (name, points)) in lines.iter().enumerate() {
        svg.polyline(&line(index), points.iter().copied().map(at));
        let last = points.last().copied().unwrap_or_default();
        let (x, y) = at(last);
        svg.text("chart-text chart-idea-text", (x - 60.0, y - 2.0), Anchor::End, name);
        said += &format!(" {name}: a straight line up to {:.0} % of the longest time.", last.1 / y_max * 100.0);
    }
    (plot.bottom() + 30.0, said)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::chart::check::{check, golden};
    use crate::experiment::experiments;

    #[test]
    fn every_experiment_has_a_picture() {
        let on =
            |cores| experiments().iter().map(move |experiment| (experiment.name.as_str(), idea(experiment, cores)));
        [0, 1, 64].into_iter().flat_map(on).for_each(|(_, svg)| check(&svg));
        // More cores are of use to what computes.
        let four_cores =
            on(4).filter(|(name, _)| *name == "cpu-heavy").map(|(_, svg)| ("cpu-heavy on four cores", svg));
        let pictures: Vec<(&str, String)> = on(2).chain(four_cores).collect();
        pictures.iter().for_each(|(_, svg)| check(svg));
        // The first of the gallery are told apart at a glance.
        let drawn = |svg: &str| svg.split_once("</desc>").expect("described").1.to_owned();
        let first: BTreeSet<String> = pictures.iter().take(3).map(|(_, svg)| drawn(svg)).collect();
        assert_eq!(first.len(), 3);
        golden("idea", &pictures);
    }
}
