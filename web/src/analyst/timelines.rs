//! The runs that can be looked into: the last one of each row, of a pair those of all its parts on one axis.

use parlab_shared::analysis::{Analysis, PairAnalysis, PairStage, RowAnalysis};
use parlab_shared::chart::{TimelineData, timeline_data};
use parlab_shared::report::Report;
use parlab_shared::task::Work;
use parlab_shared::workload::{Cost, Setting, Workload};

use crate::views::TimelineView;

/// The reasons of so many failures are told; of the others it is told that they failed.
const ERRORS_MAX: usize = 1000;

/// What the timelines of a part are called, by the rows that they are of.
pub fn of_part(part: &Analysis<'_>) -> Vec<String> {
    part.rows.iter().map(|row| row.label.to_string()).collect()
}

/// The same of an experiment of a pair.
pub fn of_stage(stage: &PairStage<'_>, parts: usize) -> Vec<String> {
    let label = |row| (0..parts).find_map(|part| stage.side(row, part)).map(|row| row.label.to_string());
    stage.rows.iter().map(|row| label(row).unwrap_or_default()).collect()
}

/// A timeline by the place of its part and its own place in it; nothing, if there is none.
pub fn timeline(reports: &[Report], part: usize, place: usize) -> Option<(TimelineView, TimelineData)> {
    match reports {
        [report] => {
            let part = Analysis::part(report, part)?;
            let row = part.rows.get(place)?;
            Some(view(&[("", row)]))
        }
        _ => {
            let pair = PairAnalysis::of(reports);
            let stage = pair.stages.get(part)?;
            let row = stage.rows.get(place)?;
            let names = pair.names.iter().enumerate();
            let sides: Vec<(&str, &RowAnalysis<'_>)> =
                names.filter_map(|(part, name)| Some((name.as_str(), stage.side(row, part)?))).collect();
            Some(view(&sides))
        }
    }
}

/// The kinds of tasks of a workload that has several.
pub fn kind_names(workload: &Workload) -> Vec<String> {
    let names: &[&str] = if is_mixture(workload) { &["computes", "waits"] } else { &[] };
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The kind of each of its tasks, as the seed draws them; none, if all are of one kind.
pub fn kinds_of(workload: &Workload, seed: u64) -> Vec<u8> {
    if !is_mixture(workload) {
        return Vec::new();
    }
    let tasks = workload.waves(Setting { target: "/", seed }).next(&[]).unwrap_or_default();
    tasks.iter().map(|task| u8::from(!matches!(task.work, Work::Countdown { .. }))).collect()
}

fn is_mixture(workload: &Workload) -> bool {
    matches!(workload.cost(), Cost::Mixed)
}

fn view(sides: &[(&str, &RowAnalysis<'_>)]) -> (TimelineView, TimelineData) {
    let mut data = timeline_data(sides);
    let mut errors = std::mem::take(&mut data.errors);
    errors.truncate(ERRORS_MAX);
    let view = TimelineView {
        title: sides.first().map_or_else(String::new, |(_, row)| row.label.to_string()),
        parts: std::mem::take(&mut data.parts),
        lanes: std::mem::take(&mut data.lanes),
        kinds: std::mem::take(&mut data.kinds),
        bars: data.tasks.len(),
        errors,
    };
    (view, data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{plan, report, run, span};

    #[test]
    fn every_row_has_a_timeline_with_its_name() {
        let runs = [0, 1].map(|row| {
            let mut run = run(&plan(), row);
            run.spans = vec![span(0, 5.0), span(1, 6.0)];
            run
        });
        let reports = [report(runs.to_vec())];
        let part = Analysis::part(&reports[0], 0).expect("it has one");
        let names = of_part(&part);
        assert_eq!(names.len(), 2);
        for (place, name) in names.iter().enumerate() {
            let (view, data) = timeline(&reports, 0, place).expect("it is there");
            assert_eq!((&view.title, view.bars, data.starts_ms.len()), (name, 2, 2));
            assert_eq!((view.lanes.len(), view.parts.len(), view.kinds.len()), (1, 1, 1));
        }
        assert!(
            timeline(&reports, 0, 2).is_none() && timeline(&reports, 9, 0).is_none() && timeline(&[], 0, 0).is_none()
        );
    }
}
