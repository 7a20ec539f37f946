//! What a report, or a pair, says.

use parlab_shared::analysis::{Analysis, PairAnalysis, PairStage, warnings};
use parlab_shared::chart::ChartKind;
use parlab_shared::number::Counted;
use parlab_shared::report::{Report, Warning};
use parlab_shared::say::{self, Lesson, Marker, Statement, View};

use super::setup::said;
use super::{table, timelines};
use crate::views::{Card, OutcomeView, PartView, ResultsView, StatementView, TableView};

/// What reports say that belong together: one by itself, or the parts of a pair.
pub fn results(reports: &[Report], card: Card) -> ResultsView {
    match reports {
        [report] => of_report(report, card),
        _ => of_pair(reports, card),
    }
}

fn of_report(report: &Report, card: Card) -> ResultsView {
    let analyses = Analysis::parts(report);
    let mut marker = Marker::default();
    let part = |analysis: &Analysis<'_>| PartView {
        name: analysis.name().to_owned(),
        is_experiment: analysis.experiment_name().is_some(),
        title: title(analysis.name(), analysis.experiment().map(|experiment| experiment.title.as_str())),
        texts: say::texts(analysis).map(|texts| said(&texts, &mut marker)),
        statements: statements(&say::statements(analysis)),
        lesson: analysis.experiment_name().and_then(Lesson::of).map(|lesson| outcome(lesson, analysis)),
        parameters: say::parameters(analysis),
        tables: say::tables(analysis, View::Page).iter().map(table::view).collect(),
        timelines: timelines::of_part(analysis),
    };
    let parts: Vec<PartView> = analyses.iter().map(part).collect();
    // What is left out of an experiment stands in its table.
    let is_in_table = |warning: &Warning| match warning {
        Warning::LeftOut { name, .. } => parts.iter().any(|part| part.name == *name),
        _ => false,
    };
    let doubts = warnings(report).iter().filter(|warning| !is_in_table(warning)).map(ToString::to_string).collect();
    let runs = Counted(report.runs.len() as u64, "run");
    ResultsView {
        kicker: format!("Results · {}", report.platform),
        title: title_of(&parts),
        facts: vec![format!("{runs} · {} · {}", say::machine(report), report.scale.title())],
        doubts,
        summary: Vec::new(),
        parts,
        card,
    }
}

fn of_pair(reports: &[Report], card: Card) -> ResultsView {
    let pair = PairAnalysis::of(reports);
    let mut marker = Marker::default();
    let part = |stage: &PairStage<'_>| {
        let known = stage.known();
        PartView {
            name: stage.name().to_owned(),
            is_experiment: known.is_some_and(|analysis| analysis.experiment_name().is_some()),
            title: title(
                stage.name(),
                known.and_then(Analysis::experiment).map(|experiment| experiment.title.as_str()),
            ),
            texts: known.and_then(say::texts).map(|texts| said(&texts, &mut marker)),
            statements: statements(&say::pair_statements(&pair, stage)),
            lesson: None,
            parameters: known.and_then(say::parameters),
            tables: say::pair_tables(&pair, stage, View::Page).iter().map(table::view).collect(),
            timelines: timelines::of_stage(stage, reports.len()),
        }
    };
    let parts: Vec<PartView> = pair.stages.iter().map(part).collect();
    ResultsView {
        kicker: format!("Pair · {}", pair.names.join(", ")),
        title: title_of(&parts),
        facts: [reports[0].scale.title().to_owned()].into_iter().chain(say::pair_machines(&pair)).collect(),
        doubts: say::doubts(reports, &pair.names),
        summary: say::pair_summary(&pair).iter().map(table::view).collect::<Vec<TableView>>(),
        parts,
        card,
    }
}

fn title_of(parts: &[PartView]) -> String {
    match parts {
        [part] => part.title.clone(),
        _ => "Several experiments".to_owned(),
    }
}

fn title(name: &str, title: Option<&str>) -> String {
    title.unwrap_or(name).to_owned()
}

/// What a report says to a lesson.
fn outcome(lesson: &Lesson, analysis: &Analysis<'_>) -> OutcomeView {
    let say::Outcome { measured, said } = lesson.outcome(analysis);
    let answers = lesson.answers.iter().map(|answer| answer.text.to_owned());
    OutcomeView { measured, answers: answers.zip(said).collect(), notice: lesson.notice.to_owned() }
}

fn statements(found: &[Statement]) -> Vec<StatementView> {
    let view = |said: &Statement| StatementView {
        text: said.text.clone(),
        row: said.rows.first().map(ToString::to_string),
        chart: Some(ChartKind::showing(said.evidence).name().to_owned()),
    };
    found.iter().map(view).collect()
}
