//! A report as text: what was asked, the answer, the tables behind it, a timeline of each row.

mod pair;

use parlab_shared::analysis::{Analysis, RowAnalysis};
use parlab_shared::number::Time;
use parlab_shared::report::Report;
use parlab_shared::say::{self, Statement, Table, Texts, View};

pub use pair::pair_results;

use super::style::Style;
use super::table::table_after;
use super::timeline::timeline;

/// What a timeline shows.
const LEGEND: &str = "The last run of each row: neighbouring tasks differ in shade, x is a task that failed, and where \
                      nothing is drawn a worker has no task.";
/// What is shown of several experiments, each of whose tables are many.
const OVERVIEW: &str = "Of several experiments only rows and failures are shown: --wide shows all tables, and an \
                        experiment that runs alone has timelines too.";
/// What is not shown of several experiments in any case.
const NO_TIMELINES: &str = "Timelines are shown where an experiment runs alone.";

/// The whole report as text, one experiment after another.
pub fn results(report: &Report, style: Style) -> String {
    let parts = Analysis::parts(report);
    let title = format!("{} at scale {} on {}", say::title(report), report.scale, report.platform);
    let mut text = style.heading(&title);
    // Whoever sends this to a file sees nothing else of it.
    text += &say::stopped(report).map_or_else(String::new, |stopped| style.paragraph(&stopped, 0));
    if let [part] = &parts[..] {
        text += &(about(part, say::statements(part), style) + &machine(report, style) + "\n");
        text += &tables(&say::tables(part, View::Terminal), &mut Vec::new(), style);
        text += &(style.heading("Timelines") + &style.paragraph(LEGEND, 0) + "\n");
        for row in &part.rows {
            text += &(timeline(&row_title(row), row.last_run(), 0.0, style) + "\n");
        }
        return text + &leaves_out(part, style);
    }
    text += &(machine(report, style) + "\n");
    if parts.is_empty() {
        return text;
    }
    let (view, note) = of_several(style);
    let mut said = Vec::new();
    for part in &parts {
        text += &(style.heading(part.name()) + &about(part, say::statements(part), style) + "\n");
        text += &(tables(&say::tables(part, view), &mut said, style) + &leaves_out(part, style));
    }
    text + &style.paragraph(note, 0)
}

/// What is shown of several experiments, and what is said of the rest: where there is room for all columns there is for all
/// tables.
fn of_several(style: Style) -> (View, &'static str) {
    match style.width {
        Some(_) => (View::Overview, OVERVIEW),
        None => (View::Terminal, NO_TIMELINES),
    }
}

/// What was asked, with what, and the answer.
fn about(part: &Analysis<'_>, found: Vec<Statement>, style: Style) -> String {
    let question = say::texts(part).map(|texts| texts.question);
    let paragraphs =
        [question, say::parameters(part)].into_iter().flatten().chain(found.into_iter().map(|said| said.text));
    paragraphs.map(|paragraph| style.paragraph(&paragraph, 0)).collect()
}

/// What a report was measured on.
fn machine(report: &Report, style: Style) -> String {
    let step = Time(report.environment.clock_step_ms);
    let machine = format!("{}; clock step {step}; build {}", say::machine(report), report.tool.build);
    style.paragraph(&machine, 0)
}

/// Tables below each other. Notes that were `said` before are not said again.
fn tables(tables: &[Table], said: &mut Vec<String>, style: Style) -> String {
    tables.iter().map(|table| table_after(said, table, style) + "\n").collect()
}

/// What an experiment's article does not say.
fn leaves_out(part: &Analysis<'_>, style: Style) -> String {
    let texts = say::texts(part);
    let said = texts.iter().flat_map(Texts::beside_the_article);
    said.map(|(heading, text)| style.paragraph(&format!("{heading}: {text}"), 0) + "\n").collect()
}

/// What a row is called in the article, if it is in one, and here.
fn row_title(row: &RowAnalysis<'_>) -> String {
    let figure = row.source.and_then(|source| source.figure.as_ref());
    figure.map_or_else(|| row.label.to_string(), |figure| format!("{figure} ({})", row.label))
}

#[cfg(test)]
mod tests {
    use parlab_shared::analysis::{compare, names, together, twins};
    use parlab_shared::report::fixture::samples::{Sample, samples};

    use super::*;
    use crate::golden;
    use crate::terminal::titled_table;

    /// What standard output holds of a sample.
    fn text(Sample { reports, .. }: &Sample, style: Style) -> String {
        let names = names(reports);
        let files: Vec<&[Report]> = together(reports).collect();
        let whole = files.iter().map(|file| match file {
            [report] => results(report, style),
            parts => pair_results(parts, style),
        });
        let mut first = files[0].len();
        let comparisons = files.iter().skip(1).flat_map(|file| {
            let of_file = twins(files[0], file).into_iter().map(|[baseline, candidate]| {
                let names = [&names[baseline], &names[first + candidate]].map(String::as_str);
                titled_table(&say::comparison(&compare(&files[0][baseline], &file[candidate]), names), style)
            });
            let text: Vec<String> = of_file.collect();
            first += file.len();
            text
        });
        whole.chain(comparisons).collect()
    }

    /// The samples that are drawn for wide terminals too: those with tables that not all others have.
    const WIDE: [&str; 7] =
        ["computing", "crawl", "failures", "several-experiments", "comparison", "pair", "pair-python"];

    #[test]
    fn where_nothing_was_measured_nothing_is_said_of_several_experiments() {
        let style = Style { width: Some(80), colour: false, ascii: false };
        let mut pair = samples().into_iter().find(|sample| sample.name == "pair").expect("a sample").reports;
        pair.iter_mut().for_each(|part| part.runs.clear());
        for text in [results(&pair[0], style), pair_results(&pair, style)] {
            assert!(!text.is_empty() && !text.contains("experiments"), "{text}");
        }
    }

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
