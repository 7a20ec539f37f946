//! `parlab compare`: ratios of saved reports.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use parlab_shared::analysis::{Checked, Comparison, Ratio, Threshold, caveats, compare, names, pool, warnings};
use parlab_shared::label::full_name;
use parlab_shared::report::Report;
use parlab_shared::say;

use super::ExitStatus;
use super::report::read_each;
use crate::terminal::{INDENT, Style, complain, print, titled_table};

/// Compares every report with the first, and all of them with the thresholds. Where one names several files, their runs are
/// taken together.
pub fn run(named: &[PathBuf], thresholds: &[Threshold], json: bool, wide: bool) -> anyhow::Result<ExitStatus> {
    let (reports, named): (Vec<Report>, Vec<&Path>) = sides(named)?.into_iter().unzip();
    let [baseline, candidates @ ..] = &reports[..] else {
        bail!("there is nothing to compare: give two reports or more")
    };
    if candidates.is_empty() {
        bail!("one report has nothing to be compared with: give another one");
    }
    let names = names(&reports);
    let files = names.iter().zip(&named).map(|(name, path)| format!("{name} ({})", path.display()));
    let files: Vec<String> = files.collect();
    let compared = candidates.iter().zip(1..).map(|(candidate, at)| Compared {
        names: [&names[0], &names[at]],
        files: [&files[0], &files[at]],
        comparison: compare(baseline, candidate),
    });
    let compared: Vec<Compared<'_>> = compared.collect();
    let check = |threshold| Ok((threshold, Threshold::check(threshold, &reports)?));
    let checked: Vec<(&Threshold, Checked)> = thresholds.iter().map(check).collect::<anyhow::Result<_>>()?;
    let mut out = String::new();
    if json {
        let comparisons: Vec<&Comparison> = compared.iter().map(|compared| &compared.comparison).collect();
        let thresholds = checked.iter().map(|(threshold, checked)| {
            serde_json::json!({ "threshold": threshold.to_string(), "passes": checked.passes(), "checked": checked })
        });
        let all = serde_json::json!({ "comparisons": comparisons, "thresholds": thresholds.collect::<Vec<_>>() });
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    } else {
        let style = Style::of_stdout(wide);
        for ((report, name), path) in reports.iter().zip(&names).zip(&named) {
            let (path, what) = (path.display(), say::title(report));
            let about = format!("{name} is {path}: {what}, begun {}, on {}", report.created, say::machine(report));
            write!(out, "{}", style.paragraph(&about, INDENT))?;
        }
        writeln!(out)?;
        for compared in compared.iter().filter(|compared| !compared.is_nothing()) {
            let table = say::comparison(&compared.comparison, compared.names);
            writeln!(out, "{}", titled_table(&table, style))?;
        }
        for line in checked.iter().flat_map(|(threshold, checked)| verdicts(threshold, checked)) {
            write!(out, "{}", style.message(&line))?;
        }
    }
    let printed = print(&out);
    for (report, file) in reports.iter().zip(&files) {
        for warning in warnings(report) {
            complain(&format!("warning: {file}: {warning}"));
        }
    }
    // Tables have them below.
    for Compared { comparison, files, .. } in compared.iter().filter(|compared| json || compared.is_nothing()) {
        for caveat in &comparison.caveats {
            complain(&format!("warning: {}", caveat.in_words(*files)));
        }
    }
    if let Some(nothing) = compared.iter().find(|compared| compared.is_nothing()) {
        let [baseline, candidate] = nothing.files;
        let why = nothing.comparison.left_out(nothing.names).join("; ");
        bail!(
            "{baseline} and {candidate} have no row in common that can be compared: the same work, with whole runs and no \
             failed task ({why})"
        );
    }
    let is_clean = checked.iter().all(|(_, checked)| checked.passes())
        && !compared.iter().any(|compared| compared.comparison.has_other_work());
    ExitStatus::of(is_clean).unless(printed)
}

/// The reports that are compared, each of one file or of several, with the argument that names them. A pair is as many
/// reports as it has parts.
///
/// # Errors
/// A file cannot be read or is named twice; files that are named together are not of the same plan.
fn sides(named: &[PathBuf]) -> anyhow::Result<Vec<(Report, &Path)>> {
    let of_sides: Vec<Vec<PathBuf>> = named.iter().map(|path| files_of(path)).collect();
    let paths: Vec<PathBuf> = of_sides.iter().flatten().cloned().collect();
    let mut files = read_each(&paths)?.into_iter();
    let mut sides = Vec::new();
    for (paths, name) in of_sides.iter().zip(named) {
        let mut together: Vec<Vec<Report>> = files.by_ref().take(paths.len()).collect();
        let parts = together.first().map_or(0, Vec::len);
        if let Some(at) = together.iter().position(|file| file.len() != parts) {
            let [first, differs] = [0, at].map(|at| paths[at].display());
            bail!(
                "{first} and {differs} have not as many platforms: only pairs of the same platforms are taken together"
            );
        }
        for _ in 0..parts {
            let side: Vec<Report> = together.iter_mut().map(|file| file.remove(0)).collect();
            for (report, path) in side.iter().zip(paths).skip(1) {
                let files = [&paths[0], path].map(|path| path.display().to_string());
                for caveat in caveats(&side[0], report) {
                    complain(&format!("warning: taken together: {}", caveat.in_words([&files[0], &files[1]])));
                }
            }
            sides.push((pool(side).with_context(|| name.display().to_string())?, name.as_path()));
        }
    }
    Ok(sides)
}

/// The files that an argument names: itself, if there is such a file, or those between its commas.
fn files_of(path: &Path) -> Vec<PathBuf> {
    match path.to_str() {
        Some(text) if text.contains(',') && !path.exists() => {
            text.split(',').filter(|part| !part.is_empty()).map(PathBuf::from).collect()
        }
        _ => vec![path.to_owned()],
    }
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
}

/// A line for each way in which rows stand to a threshold.
pub fn verdicts(threshold: &Threshold, checked: &Checked) -> Vec<String> {
    let ratio = |ratio: &Ratio| {
        let interval = ratio.estimate.interval.map_or_else(
            || "too few runs".to_owned(),
            |interval| format!("95 % interval {:.3} – {:.3}", interval.low, interval.high),
        );
        format!("{} ({:.3}, {interval})", full_name(&ratio.row), ratio.estimate.ratio)
    };
    let sides = [threshold.denominator.as_str(), threshold.numerator.as_str()];
    let Checked { broken, unjudged, doubtful, kept } = checked;
    let unjudged = unjudged.iter().map(|row| format!("{}: {}", full_name(&row.row), row.reason.in_words(sides)));
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
