//! What a report, or a pair, says.

use parlab_shared::analysis::{Analysis, PairAnalysis, PairStage, warnings};
use parlab_shared::chart::ChartKind;
use parlab_shared::number::Counted;
use parlab_shared::report::{Report, Warning};
use parlab_shared::say::{self, Doubt, Lesson, Marker, Statement, Table, View};

use super::setup::said;
use super::{table, timelines};
use crate::views::{Card, DoubtView, OutcomeView, PartView, ResultsView, StatementView, TableView};

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
            lesson: outcome(analysis, None).into_iter().collect(),
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
    let warnings: Vec<Warning> = warnings(report).into_iter().filter(|warning| !is_in_table(warning)).collect();
    let runs = Counted(report.runs.len() as u64, "run");
    ResultsView {
        kicker: format!("Results · {}", report.platform),
        title: title_of(&parts),
        facts: vec![format!("{runs} · {} · {}", say::machine(report), report.scale.title())],
        doubts: say::doubts_of(&warnings).into_iter().map(doubt).collect(),
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
            lesson: outcomes(&pair, stage),
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
        doubts: say::doubts(reports, &pair.names).into_iter().map(doubt).collect(),
        summary: say::pair_summary(&pair).iter().map(table::view).collect::<Vec<TableView>>(),
        parts,
        card,
    }
}

fn doubt(Doubt { text, rows }: Doubt) -> DoubtView {
    DoubtView { text, rows }
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

/// What a report says to the lesson of its experiment, if there is one.
fn outcome(analysis: &Analysis<'_>, platform: Option<&str>) -> Option<OutcomeView> {
    let lesson = analysis.experiment_name().and_then(Lesson::of)?;
    let say::Outcome { measured, said } = lesson.outcome(analysis);
    let answers = lesson.answers.iter().map(|answer| answer.text.to_owned());
    let (answers, notice) = (answers.zip(said).collect(), lesson.notice.to_owned());
    Some(OutcomeView { platform: platform.map(str::to_owned), measured, answers, notice })
}

/// What each part of a pair says to the lesson of its experiment: what was expected may hold on one platform only.
fn outcomes(pair: &PairAnalysis<'_>, stage: &PairStage<'_>) -> Vec<OutcomeView> {
    let parts = stage.parts.iter().zip(&pair.names).filter(|(part, _)| !part.rows.is_empty());
    parts.filter_map(|(part, name)| outcome(part, Some(name))).collect()
}

/// What was found, with the chart that shows it and the line of a table that it is mostly about.
fn statements(found: &[Statement], tables: &[Table]) -> Vec<StatementView> {
    let view = |said: &Statement| StatementView {
        text: said.text.clone(),
        row: said.rows.first().map(ToString::to_string).zip(said.line(tables)),
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
                let (key, number) = line.rsplit_once("-line-").expect("a key and a number");
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
    fn each_platform_of_a_pair_answers_a_lesson_by_itself() {
        let part = |(place, name, times): (u32, &str, f64)| {
            let took = |row: &parlab_shared::row::Row, _| if row.workers == 1 { 800.0 } else { 800.0 / times };
            let part = PartOf { pair: "pair".to_owned(), name: name.to_owned(), place, sizes_of: None };
            let report = ReportBuilder::of("cpu-heavy").runs(6).wall_ms(took).build();
            Report { part: Some(part), id: format!("pair-{name}"), ..report }
        };
        let reports = [(0, "native", 2.0), (1, "chromium", 1.0)].map(part);
        let view = results(&reports, card(&reports).expect("a pair"));
        let said = view.parts[0].lesson.iter().map(|told| (told.platform.as_deref(), told.answers[0].1.as_str()));
        let but = "Not as you expected, but: \"About as many times as this computer has cores\".";
        let expected = [(Some("native"), but), (Some("chromium"), "As you expected.")];
        assert_eq!(said.collect::<Vec<_>>(), expected);
        let alone = results(&reports[..1], card(&reports[..1]).expect("a report"));
        assert_eq!(alone.parts[0].lesson.iter().map(|told| &told.platform).collect::<Vec<_>>(), [&None]);
        let sum = ReportBuilder::of("sum").runs(6).build();
        let sum = std::slice::from_ref(&sum);
        assert_eq!(results(sum, card(sum).expect("a report")).parts[0].lesson, []);
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
