//! A report as text: what was asked, the tables that answer it, then a timeline of each row.

use parlab_shared::analysis::{Analysis, RowAnalysis};
use parlab_shared::report::Report;
use parlab_shared::say::number::Time;
use parlab_shared::say::{self, View};

use super::style::Style;
use super::table::titled_table;
use super::timeline::timeline;

/// The whole report as text, one experiment after another. Of several, timelines would bury the tables: they are left out.
pub fn results(report: &Report, style: Style) -> String {
    let parts = Analysis::parts(report);
    let mut text = String::new();
    for part in &parts {
        text += &heading(part, style);
        for table in say::tables(part, View::Terminal) {
            text += &(titled_table(&table, style) + "\n");
        }
        if parts.len() == 1 {
            for row in &part.rows {
                text += &(timeline(&title(row), row.last_run(), style) + "\n");
            }
        }
        if let Some(hides) = part.experiment().and_then(|experiment| experiment.hides.as_ref()) {
            text += &(style.paragraph(&format!("What the article leaves out: {hides}"), 0) + "\n");
        }
    }
    if parts.len() > 1 {
        text += &style.paragraph("Timelines are shown where a single experiment runs.", 0);
    }
    text
}

/// What an experiment is, and what it was measured on.
fn heading(part: &Analysis<'_>, style: Style) -> String {
    let report = part.report;
    let title = format!("{} at scale {} on {}", part.name(), report.scale, report.platform);
    let mut text = style.bold(&style.text(&title)) + "\n";
    let question = part.experiment().map(|experiment| experiment.question.clone());
    let machine = format!(
        "{}; clock step {}; build {}",
        say::machine(report),
        Time(report.environment.clock_step_ms),
        report.tool.build
    );
    for paragraph in [question, say::parameters(part), Some(machine)].into_iter().flatten() {
        text += &style.paragraph(&paragraph, 0);
    }
    text + "\n"
}

/// What a row is called in the article, if it is in one, and here.
fn title(row: &RowAnalysis<'_>) -> String {
    let figure = row.source.and_then(|source| source.figure.as_ref());
    figure.map_or_else(|| row.label.to_string(), |figure| format!("{figure} ({})", row.label))
}

#[cfg(test)]
mod tests {
    use parlab_shared::analysis::{compare, names};
    use parlab_shared::report::fixture::samples::{Sample, samples};

    use super::*;
    use crate::terminal::golden;

    /// What standard output holds of a sample.
    fn text(Sample { reports, .. }: &Sample, style: Style) -> String {
        let names = names(reports);
        let whole = reports.iter().map(|report| results(report, style));
        let comparisons = reports.iter().zip(&names).skip(1).map(|(report, name)| {
            titled_table(&say::comparison(&compare(&reports[0], report), [&names[0], name]), style)
        });
        whole.chain(comparisons).collect()
    }

    /// The samples that are drawn for wide terminals too: those with tables that not all others have.
    const WIDE: [&str; 5] = ["computing", "crawl", "failures", "several-experiments", "comparison"];

    #[test]
    fn terminals_of_every_width_show_the_golden_files() {
        let mut texts = Vec::new();
        for sample in samples() {
            let mut draw = |name: &str, width, ascii| {
                let style = Style { width: Some(width), colour: false, ascii };
                texts.push((format!("{}.{name}.txt", sample.name), text(&sample, style)));
            };
            draw("80", 80, false);
            if WIDE.contains(&sample.name) {
                draw("120", 120, false);
                draw("200", 200, false);
            }
            if sample.name == "failures" {
                draw("ascii", 80, true);
            }
        }
        golden::check(texts);
    }
}
