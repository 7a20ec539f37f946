//! A pair as text: what was asked, how its platforms compare, the tables behind it, timelines of each row on one axis.

use parlab_shared::analysis::{PairAnalysis, PairStage, RowAnalysis};
use parlab_shared::report::Report;
use parlab_shared::say::{self, View};

use super::{LEGEND, about, leaves_out, of_several, row_title, tables};
use crate::terminal::style::Style;
use crate::terminal::timeline::timeline;

/// What the parts of a pair say, as text, one experiment after another.
pub fn pair_results(reports: &[Report], style: Style) -> String {
    let pair = PairAnalysis::of(reports);
    let machines = say::pair_machines(&pair).into_iter().map(|line| style.paragraph(&line, 0));
    let machines: String = machines.collect();
    let mut said = Vec::new();
    let mut text = style.heading(&say::pair_title(&pair));
    if let [stage] = &pair.stages[..] {
        text += &(about_stage(&pair, stage, style) + &machines + "\n");
        text += &tables(&say::pair_tables(&pair, stage, View::Terminal), &mut said, style);
        text += &tables(&say::pair_summary(&pair), &mut said, style);
        text +=
            &(timelines(&pair, stage, style) + &stage.known().map_or_else(String::new, |part| leaves_out(part, style)));
        return text;
    }
    text += &(machines + "\n");
    if pair.stages.is_empty() {
        return text;
    }
    let (view, note) = of_several(style);
    for stage in &pair.stages {
        text += &(style.heading(stage.name()) + &about_stage(&pair, stage, style) + "\n");
        text += &tables(&say::pair_tables(&pair, stage, view), &mut said, style);
        text += &stage.known().map_or_else(String::new, |part| leaves_out(part, style));
    }
    text += &tables(&say::pair_summary(&pair), &mut said, style);
    text + &style.paragraph(note, 0)
}

/// What was asked of an experiment, with what, and the answer.
fn about_stage(pair: &PairAnalysis<'_>, stage: &PairStage<'_>, style: Style) -> String {
    let Some(known) = stage.known() else { return String::new() };
    about(known, say::pair_statements(pair, stage), style)
}

/// The last run of each row on each platform; those of a row have one axis.
fn timelines(pair: &PairAnalysis<'_>, stage: &PairStage<'_>, style: Style) -> String {
    let mut text = style.heading("Timelines") + &style.paragraph(LEGEND, 0) + "\n";
    for row in &stage.rows {
        let names = pair.names.iter().enumerate();
        let sides: Vec<(&String, &RowAnalysis<'_>)> =
            names.filter_map(|(part, name)| Some((name, stage.side(row, part)?))).collect();
        let end_ms = sides.iter().map(|(_, side)| side.last_run().wall_ms).fold(0.0, f64::max);
        for (name, side) in sides {
            text += &timeline(&format!("{name}: {}", row_title(side)), side.last_run(), end_ms, style);
        }
        text += "\n";
    }
    text
}
