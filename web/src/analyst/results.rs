//! What a report, or a pair, says.

use parlab_shared::analysis::{Analysis, PairAnalysis, PairStage, warnings};
use parlab_shared::chart::ChartKind;
use parlab_shared::number::Counted;
use parlab_shared::report::{Report, Warning};
use parlab_shared::say::{self, Lesson, Marker, Statement, Table, View};

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
    let part = |analysis: &Analysis<'_>| {
        let tables = say::tables(analysis, View::Page);
        PartView {
            name: analysis.name().to_owned(),
            is_experiment: analysis.experiment_name().is_some(),
            title: title(analysis.name(), analysis.experiment().map(|experiment| experiment.title.as_str())),
            texts: say::texts(analysis).map(|texts| said(&texts, &mut marker)),
            statements: statements(&say::statements(analysis), &tables),
            lesson: analysis.experiment_name().and_then(Lesson::of).map(|lesson| outcome(lesson, analysis)),
            parameters: say::parameters(analysis),
            tables: tables.iter().map(table::view).collect(),
            timelines: timelines::of_part(analysis),
        }
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
        let tables = say::pair_tables(&pair, stage, View::Page);
        PartView {
            name: stage.name().to_owned(),
            is_experiment: known.is_some_and(|analysis| analysis.experiment_name().is_some()),
            title: title(
                stage.name(),
                known.and_then(Analysis::experiment).map(|experiment| experiment.title.as_str()),
            ),
            texts: known.and_then(say::texts).map(|texts| said(&texts, &mut marker)),
            statements: statements(&say::pair_statements(&pair, stage), &tables),
            lesson: None,
            parameters: known.and_then(say::parameters),
            tables: tables.iter().map(table::view).collect(),
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

/// What was found, with the chart that shows it and the line of a table that it is mostly about.
fn statements(found: &[Statement], tables: &[Table]) -> Vec<StatementView> {
    let view = |said: &Statement| StatementView {
        text: said.text.clone(),
        row: said
            .rows
            .first()
            .zip(said.line(tables))
            .map(|(row, (key, line))| (row.to_string(), format!("{key}-{line}"))),
        // A part is of one experiment, of which there is one such chart.
        chart: format!("{}-0", ChartKind::showing(said.evidence)),
    };
    found.iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use parlab_shared::chart::Form;
    use parlab_shared::experiment::experiments;
    use parlab_shared::report::fixture::ReportBuilder;
    use parlab_shared::report::{PartOf, Report};

    use super::*;
    use crate::analyst::card::card;
    use crate::analyst::charts;

    /// Asserts that each statement leads to a chart and to a line that are there. Returns how many there are.
    fn check(reports: &[Report], name: &str) -> usize {
        let view = results(reports, card(reports).expect("a report"));
        let mut found = 0;
        for (place, part) in view.parts.iter().enumerate() {
            let charts = charts::of_part(reports, place, Form::Wide, "here");
            let ids: BTreeSet<&str> = charts.iter().map(|chart| chart.id.as_str()).collect();
            for said in &part.statements {
                assert!(ids.contains(&*format!("here-{}", said.chart)), "{name}: {said:?}, {ids:?}");
                let Some((label, line)) = &said.row else { continue };
                let (key, number) = line.rsplit_once('-').expect("a key and a number");
                let table = part.tables.iter().find(|table| table.key == key).expect("a table");
                let line = &table.lines[number.parse::<usize>().expect("a number")];
                assert!(
                    matches!(line, crate::views::LineView::Cells { cells, .. } if cells[0].text == *label),
                    "{line:?}"
                );
                found += 1;
            }
        }
        found
    }

    #[test]
    fn statements_lead_to_their_chart_and_their_row() {
        let mut found = 0;
        for experiment in experiments() {
            let name = &experiment.name;
            let own = |row: &parlab_shared::row::Row, run: u32| {
                (100.0 + f64::from((run * 5 + row.workers) % 7) / 10.0) / f64::from(row.workers.min(2))
            };
            let report = ReportBuilder::of(name).runs(12).wall_ms(own).build();
            found += check(std::slice::from_ref(&report), name);
            let part = |(place, name): (u32, &str)| {
                let part = PartOf { pair: "pair".to_owned(), name: name.to_owned(), place, sizes_of: None };
                Report { part: Some(part), id: format!("pair-{name}"), ..report.clone() }
            };
            found += check(&[(0, "native"), (1, "chromium")].map(part), name);
        }
        assert!(found > experiments().len(), "{found} statements are about a row");
    }
}
