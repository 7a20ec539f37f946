//! `parlab compare`: ratios of saved reports.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use parlab_shared::analysis::{
    Checked, Comparison, PairAnalysis, Ratio, Threshold, caveats, compare, names, pool, twins,
};
use parlab_shared::label::full_name;
use parlab_shared::report::Report;
use parlab_shared::say::{self, doubts};

use super::ExitStatus;
use super::report::read_each;
use crate::terminal::{INDENT, Style, complain, pair_results, print, titled_table};

/// Compares every report with the first, the parts of a pair with its first part and two pairs part by part, and all of them
/// with the thresholds. Where one argument names several files, their runs are taken together. With `strict`, a threshold
/// passes only if it is known of every row.
pub fn run(
    named: &[PathBuf],
    thresholds: &[Threshold],
    strict: bool,
    json: bool,
    wide: bool,
) -> anyhow::Result<ExitStatus> {
    let files = sides(named)?;
    if let [file] = &files[..]
        && file.len() < 2
    {
        bail!("one report has nothing to be compared with: give another one");
    }
    let reports: Vec<Report> = files.concat();
    let names = names(&reports);
    let pair = (files.len() == 1).then(|| PairAnalysis::of(&reports));
    let compared = match &pair {
        Some(pair) => of_parts(pair, &named[0]),
        None => of_files(&files, &names, named)?,
    };
    let check = |threshold| Ok((threshold, Threshold::check(threshold, &reports)?));
    let checked: Vec<(&Threshold, Checked)> = thresholds.iter().map(check).collect::<anyhow::Result<_>>()?;
    let passes = |checked: &Checked| checked.passes() && (!strict || checked.is_certain());
    let mut out = String::new();
    if json {
        let comparisons: Vec<&Comparison> = compared.iter().map(|compared| &compared.comparison).collect();
        let thresholds = checked.iter().map(|(threshold, checked)| {
            serde_json::json!({ "threshold": threshold.to_string(), "passes": passes(checked), "checked": checked })
        });
        let all = serde_json::json!({ "comparisons": comparisons, "thresholds": thresholds.collect::<Vec<_>>() });
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    } else {
        let style = Style::of_stdout(wide);
        if pair.is_some() {
            out += &pair_results(&reports, style);
        } else {
            put_names(&mut out, &files, &names, named, style)?;
            for compared in compared.iter().filter(|compared| !compared.is_nothing()) {
                let table = say::comparison(&compared.comparison, compared.names());
                writeln!(out, "{}", titled_table(&table, style))?;
            }
        }
        for line in checked.iter().flat_map(|(threshold, checked)| verdicts(threshold, checked)) {
            write!(out, "{}", style.message(&line))?;
        }
    }
    let printed = print(&out);
    let mut names = &names[..];
    for (file, path) in files.iter().zip(named) {
        let (own, others) = names.split_at(file.len());
        names = others;
        let whose = match own {
            [name] => format!("{name} ({})", path.display()),
            _ => path.display().to_string(),
        };
        doubts(file, own).iter().for_each(|doubt| complain(&format!("warning: {whose}: {doubt}")));
    }
    // Tables have them below.
    for Compared { comparison, files, .. } in compared.iter().filter(|compared| json || compared.is_nothing()) {
        for caveat in &comparison.caveats {
            complain(&format!("warning: {}", caveat.in_words([&files[0], &files[1]])));
        }
    }
    // Of a pair, what its other platforms show is a result.
    let is_unable = if pair.is_some() { compared.iter().all(Compared::is_nothing) } else { true };
    if let Some(nothing) = compared.iter().find(|compared| is_unable && compared.is_nothing()) {
        let [baseline, candidate] = &nothing.files;
        let why = nothing.comparison.left_out(nothing.names()).join("; ");
        bail!(
            "{baseline} and {candidate} have no row in common that can be compared: the same work, with whole runs and no \
             failed task ({why})"
        );
    }
    let is_clean = checked.iter().all(|(_, checked)| passes(checked))
        && !compared.iter().any(|compared| compared.comparison.has_other_work());
    ExitStatus::of(is_clean).unless(printed)
}

/// The parts of a pair beside its first one.
fn of_parts(pair: &PairAnalysis<'_>, path: &Path) -> Vec<Compared> {
    let compared = pair.comparisons.iter().zip(&pair.names[1..]).map(|(comparison, name)| {
        let names = [&pair.names[0], name];
        let files = names.map(|name| format!("{name} ({})", path.display()));
        Compared { names: names.map(String::clone), files, comparison: comparison.clone() }
    });
    compared.collect()
}

/// Every file beside the first one; pairs part by part.
fn of_files(files: &[Vec<Report>], names: &[String], named: &[PathBuf]) -> anyhow::Result<Vec<Compared>> {
    let Some((baseline, candidates)) = files.split_first() else { return Ok(Vec::new()) };
    let mut first = baseline.len();
    let mut compared = Vec::new();
    for (candidate, path) in candidates.iter().zip(&named[1..]) {
        let twins = twins(baseline, candidate);
        if twins.is_empty() {
            bail!(
                "{} and {} have no platform in common: there are {} and {}",
                named[0].display(),
                path.display(),
                names[..baseline.len()].join(", "),
                names[first..first + candidate.len()].join(", ")
            );
        }
        compared.extend(twins.into_iter().map(|[of_baseline, of_candidate]| {
            let names = [&names[of_baseline], &names[first + of_candidate]];
            Compared {
                files: [(names[0], &named[0]), (names[1], path)]
                    .map(|(name, path)| format!("{name} ({})", path.display())),
                names: names.map(String::clone),
                comparison: compare(&baseline[of_baseline], &candidate[of_candidate]),
            }
        }));
        first += candidate.len();
    }
    Ok(compared)
}

/// Which report has which name.
fn put_names(
    out: &mut String,
    files: &[Vec<Report>],
    names: &[String],
    named: &[PathBuf],
    style: Style,
) -> anyhow::Result<()> {
    let reports = files.iter().zip(named).flat_map(|(file, path)| file.iter().map(move |report| (report, path)));
    for ((report, path), name) in reports.zip(names) {
        let (path, what) = (path.display(), say::title(report));
        let about = format!("{name} is {path}: {what}, begun {}, on {}", report.created, say::machine(report));
        write!(out, "{}", style.paragraph(&about, INDENT))?;
    }
    writeln!(out)?;
    Ok(())
}

/// What is compared: of each argument a report, or the parts of a pair, from one file or from several.
///
/// # Errors
/// A file cannot be read or is named twice; files that are named together are not of the same plan.
fn sides(named: &[PathBuf]) -> anyhow::Result<Vec<Vec<Report>>> {
    let of_sides: Vec<Vec<PathBuf>> = named.iter().map(|path| files_of(path)).collect();
    let paths: Vec<PathBuf> = of_sides.iter().flatten().cloned().collect();
    let mut files = read_each(&paths)?.into_iter();
    let side = |(paths, name): (&Vec<PathBuf>, &PathBuf)| {
        let together: Vec<Vec<Report>> = files.by_ref().take(paths.len()).collect();
        for (file, path) in together.iter().zip(paths).skip(1) {
            let files = [&paths[0], path].map(|path| path.display().to_string());
            for caveat in together[0].iter().zip(file).flat_map(|(first, report)| caveats(first, report)) {
                complain(&format!("warning: taken together: {}", caveat.in_words([&files[0], &files[1]])));
            }
        }
        pool(together).with_context(|| name.display().to_string())
    };
    of_sides.iter().zip(named).map(side).collect()
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
struct Compared {
    /// What both are called.
    names: [String; 2],
    /// The same with their files.
    files: [String; 2],
    comparison: Comparison,
}

impl Compared {
    fn names(&self) -> [&str; 2] {
        [&self.names[0], &self.names[1]]
    }

    /// Whether no row could be compared; that they did other work is a result.
    fn is_nothing(&self) -> bool {
        self.comparison.ratios.is_empty() && !self.comparison.has_other_work()
    }
}

/// A line for each way in which rows stand to a threshold.
pub fn verdicts(threshold: &Threshold, checked: &Checked) -> Vec<String> {
    // Of two pairs, which platform a row is of.
    let platforms = checked.platforms();
    let whose = |platform| if platforms.len() > 1 { format!("{platform}: ") } else { String::new() };
    let ratio = |ratio: &Ratio| {
        let interval = ratio.estimate.interval.map_or_else(
            || "too few runs".to_owned(),
            |interval| format!("95 % interval {:.3} – {:.3}", interval.low, interval.high),
        );
        format!("{}{} ({:.3}, {interval})", whose(ratio.candidate), full_name(&ratio.row), ratio.estimate.ratio)
    };
    let sides = [threshold.denominator.as_str(), threshold.numerator.as_str()];
    let Checked { broken, unjudged, doubtful, kept } = checked;
    let unjudged = unjudged
        .iter()
        .map(|row| format!("{}{}: {}", whose(row.candidate), full_name(&row.row), row.reason.in_words(sides)));
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
