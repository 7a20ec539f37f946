//! `parlab compare`: ratios of saved reports.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use comfy_table::CellAlignment;
use parlab_shared::report::{Checked, Comparison, Ratio, Threshold, compare, names, row_name};
use parlab_shared::text::one_line;

use super::Ended;
use super::report::read;
use crate::terminal::{complain, table};

/// Compares every report with the first, and all of them with the thresholds.
pub fn run(paths: &[PathBuf], thresholds: &[Threshold], json: bool) -> anyhow::Result<Ended> {
    let reports = read(paths)?;
    let [first, others @ ..] = &reports[..] else { bail!("there is nothing to compare: give two reports or more") };
    if others.is_empty() {
        bail!("one report has nothing to be compared with: give another one");
    }
    let names = names(&reports);
    let named = names.iter().zip(paths).map(|(name, path)| format!("{name} ({})", path.display()));
    let files: Vec<String> = named.collect();
    let comparisons = others.iter().zip(1..).map(|(other, at)| Compared {
        names: [&names[0], &names[at]],
        files: [&files[0], &files[at]],
        comparison: compare(first, other),
    });
    let comparisons: Vec<Compared<'_>> = comparisons.collect();
    let checked: Vec<(&Threshold, Checked)> =
        thresholds.iter().map(|one| Ok((one, one.check(&reports)?))).collect::<anyhow::Result<_>>()?;
    let mut out = std::io::stdout().lock();
    if json {
        let checked: Vec<_> = checked
            .iter()
            .map(|(threshold, checked)| {
                serde_json::json!({
                    "threshold": threshold.to_string(), "passes": checked.passes(), "checked": checked,
                })
            })
            .collect();
        let comparisons: Vec<&Comparison> = comparisons.iter().map(|one| &one.comparison).collect();
        let all = serde_json::json!({ "comparisons": comparisons, "thresholds": checked });
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    } else {
        for one in comparisons.iter().filter(|one| !one.is_nothing()) {
            writeln!(out, "{}", one.text())?;
        }
        for line in checked.iter().flat_map(|(threshold, checked)| verdicts(threshold, checked)) {
            writeln!(out, "{}", one_line(&line))?;
        }
    }
    for (report, file) in reports.iter().zip(&files) {
        for warning in &report.warnings {
            complain(&format!("warning: {file}: {warning}"));
        }
    }
    for one in &comparisons {
        for caveat in &one.comparison.caveats {
            complain(&format!("warning: {}", caveat.in_words(one.files)));
        }
    }
    if let Some(nothing) = comparisons.iter().find(|one| one.is_nothing()) {
        let [first, second] = nothing.files;
        let why = nothing.comparison.left_out(nothing.names).join("; ");
        bail!(
            "no row of {first} and {second} can be compared: both need one of the same work, with whole runs and no failed \
             task ({why})"
        );
    }
    let is_clean = checked.iter().all(|(_, checked)| checked.passes())
        && !comparisons.iter().any(|one| one.comparison.has_other_work());
    Ok(if is_clean { Ended::Clean } else { Ended::Flawed })
}

/// A report beside the first one.
struct Compared<'a> {
    /// What both are called.
    names: [&'a str; 2],
    /// The same with their files.
    files: [&'a str; 2],
    comparison: Comparison,
}

impl Compared<'_> {
    /// Whether no row could be compared; that they did other work is a result.
    fn is_nothing(&self) -> bool {
        self.comparison.ratios.is_empty() && !self.comparison.has_other_work()
    }

    fn text(&self) -> String {
        let [first, second] = self.names.map(one_line);
        let mut text = one_line(&format!("{} ÷ {}", self.files[1], self.files[0])) + "\n";
        if !self.comparison.ratios.is_empty() {
            let columns = [format!("{first} ms"), format!("{second} ms"), format!("{second} ÷ {first}")];
            let [first, second, ratio] = &columns;
            let mut lines = table(["experiment", "row", first, second, ratio, "95 % interval", "verdict"]);
            for one in &self.comparison.ratios {
                let experiment = one.row.experiment.as_deref().unwrap_or(one.row.workload.name());
                lines.add_row([
                    one_line(experiment),
                    one_line(&one.row.label()),
                    format!("{:.1}", one.first_ms),
                    format!("{:.1}", one.second_ms),
                    format!("{:.3}", one.ratio),
                    interval(one),
                    one.verdict.name().replace('-', " "),
                ]);
            }
            for column in lines.column_iter_mut().skip(2).take(4) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            text += &format!("{lines}\n");
        }
        let left_out = self.comparison.left_out(self.files);
        for line in self.comparison.mean_in_words().into_iter().chain(left_out) {
            text += &(one_line(&line) + "\n");
        }
        text
    }
}

fn interval(one: &Ratio) -> String {
    one.interval
        .map_or_else(|| "too few runs".to_owned(), |interval| format!("{:.3} – {:.3}", interval.low, interval.high))
}

/// A line for each way in which rows stand to a threshold.
fn verdicts(threshold: &Threshold, checked: &Checked) -> Vec<String> {
    let ratio = |one: &Ratio| format!("{} ({:.3}, 95 % interval {})", row_name(&one.row), one.ratio, interval(one));
    let sides = [threshold.denominator.as_str(), threshold.numerator.as_str()];
    let Checked { broken, unjudged, doubtful, kept } = checked;
    let unjudged = unjudged.iter().map(|one| format!("{}: {}", row_name(&one.row), one.reason.in_words(sides)));
    let all = checked.rows();
    let line = |what: &str, rows: Vec<String>| {
        let rows = (!rows.is_empty()).then_some(rows)?;
        Some(format!("{what} in {} of {all} rows: {}", rows.len(), rows.join("; ")))
    };
    [
        line(&format!("broken: {threshold}"), broken.iter().map(ratio).collect()),
        line(&format!("not judged: {threshold}"), unjudged.collect()),
        line(
            &format!("not surely broken: {threshold}, cannot tell without more runs"),
            doubtful.iter().map(ratio).collect(),
        ),
        (!kept.is_empty()).then(|| format!("holds: not {threshold} in {} of {all} rows", kept.len())),
    ]
    .into_iter()
    .flatten()
    .collect()
}
