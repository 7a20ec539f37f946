//! `parlab compare`: ratios of saved reports.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use parlab_shared::analysis::{
    Checked, Comparison, PairAnalysis, Ratio, RatioChange, Tax, Threshold, caveats, compare, compare_ratios, names,
    pool, twins,
};
use parlab_shared::label::full_name;
use parlab_shared::report::Report;
use parlab_shared::say::{self, doubts};
use parlab_shared::text::listed;

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
    let (files, named) = sides(named)?;
    let named = &named[..];
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
    let changes = changes(&files);
    let unmatched = if pair.is_some() { Vec::new() } else { unmatched(&files, &names, named) };
    let check = |threshold| Ok((threshold, Threshold::check(threshold, &reports)?));
    let checked: Vec<(&Threshold, Checked)> = thresholds.iter().map(check).collect::<anyhow::Result<_>>()?;
    let passes = |checked: &Checked| checked.passes() && (!strict || checked.is_certain());
    let mut out = String::new();
    if json {
        let comparisons: Vec<&Comparison> = compared.iter().map(|compared| &compared.comparison).collect();
        let thresholds = checked.iter().map(|(threshold, checked)| {
            serde_json::json!({ "threshold": threshold.to_string(), "passes": passes(checked), "checked": checked })
        });
        let changes = changes.iter().map(|Changed { pairs, parts: [below, above], change }| {
            serde_json::json!({ "pairs": pairs, "ratio": format!("{above}/{below}"), "change": change })
        });
        let all = serde_json::json!({
            "comparisons": comparisons,
            "pair": pair.as_ref().map(derived),
            "ratio_changes": changes.collect::<Vec<_>>(),
            "thresholds": thresholds.collect::<Vec<_>>(),
        });
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
            for Changed { pairs, parts, change } in &changes {
                let [parts, pairs] = [parts, pairs].map(|names| [names[0].as_str(), names[1].as_str()]);
                writeln!(out, "{}", titled_table(&say::ratio_change(change, parts, pairs), style))?;
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
    unmatched.iter().for_each(|line| complain(&format!("warning: {line}")));
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
        let why = nothing.comparison.left_out(nothing.names());
        if why.is_empty() {
            bail!("nothing was measured in {baseline}, nor in {candidate}: there is nothing to compare");
        }
        bail!(
            "{baseline} and {candidate} have no row in common that can be compared: the same work, with whole runs and no \
             failed task ({})",
            why.join("; ")
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

/// What a pair says over all of its rows: where the time goes, the means of each platform's ratios, how often equals were
/// called different.
fn derived(pair: &PairAnalysis<'_>) -> serde_json::Value {
    let taxes = pair.stages.iter().flat_map(|stage| {
        let tax =
            |tax: &Tax| serde_json::json!({ "of": stage.name(), "platform": pair.names[tax.part], "steps": tax.steps });
        stage.taxes.iter().map(tax)
    });
    let parts = pair.names.iter().enumerate().skip(1);
    let means = parts.map(|(part, name)| serde_json::json!({ "platform": name, "means": pair.means(part) }));
    serde_json::json!({
        "taxes": taxes.collect::<Vec<_>>(), "means": means.collect::<Vec<_>>(), "equals": pair.repeats
    })
}

/// How the ratio of two platforms changed from the first of several pairs to another one.
struct Changed {
    /// The places of both pairs: `#1`, `#2`.
    pairs: [String; 2],
    /// What both parts are called: the one that is divided by first.
    parts: [String; 2],
    change: RatioChange,
}

/// How the ratios of each pair but the first changed from the first: of each platform to the first one, where both have both.
fn changes(files: &[Vec<Report>]) -> Vec<Changed> {
    let Some((baseline, candidates)) = files.split_first() else { return Vec::new() };
    let of_file = |(at, candidate): (usize, &Vec<Report>)| {
        let twins = twins(baseline, candidate);
        let first = twins.iter().find(|[of_baseline, _]| *of_baseline == 0).copied();
        let others = twins.into_iter().filter(|[of_baseline, _]| *of_baseline != 0);
        let changed = |[[of_baseline, of_candidate], [then, now]]: [[usize; 2]; 2]| {
            let (before, after) = ([of_baseline, then], [of_candidate, now]);
            let change = compare_ratios(before.map(|at| &baseline[at]), after.map(|at| &candidate[at]));
            let named = names(baseline);
            let parts = before.map(|at| named[at].clone());
            (!change.change.ratios.is_empty()).then(|| Changed {
                pairs: ["#1".to_owned(), format!("#{}", at + 2)],
                parts,
                change,
            })
        };
        let all = others.filter_map(|twins| changed([first?, twins]));
        all.collect::<Vec<_>>()
    };
    candidates.iter().enumerate().flat_map(of_file).collect()
}

/// Which platforms are in only one of two files, so that nothing is said of them.
fn unmatched(files: &[Vec<Report>], names: &[String], named: &[PathBuf]) -> Vec<String> {
    let Some((baseline, candidates)) = files.split_first() else { return Vec::new() };
    let mut first = baseline.len();
    let mut lines = Vec::new();
    for (candidate, path) in candidates.iter().zip(&named[1..]) {
        let twins = twins(baseline, candidate);
        let sides = [(0, baseline, &named[0], path), (1, candidate, path, &named[0])];
        for (side, file, there, lacking) in sides {
            let from = if side == 0 { 0 } else { first };
            let alone = (0..file.len()).filter(|at| twins.iter().all(|twin| twin[side] != *at));
            let alone: Vec<String> = alone.map(|at| names[from + at].clone()).collect();
            if !alone.is_empty() {
                let (there, lacking) = (there.display(), lacking.display());
                lines.push(format!("only {there} has {}, which {lacking} lacks: not compared", listed(&alone, "and")));
            }
        }
        first += candidate.len();
    }
    lines
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

/// What is compared, and the file that each of it is in: of each argument a report, or the parts of a pair, from one file or
/// from several that are taken together; of a file with several reports each of them.
///
/// # Errors
/// A file cannot be read or is named twice; files that are named together are not of the same plan.
fn sides(named: &[PathBuf]) -> anyhow::Result<(Vec<Vec<Report>>, Vec<PathBuf>)> {
    let of_sides: Vec<Vec<PathBuf>> = named.iter().map(|path| files_of(path)).collect();
    let paths: Vec<PathBuf> = of_sides.iter().flatten().cloned().collect();
    let mut files = read_each(&paths)?.into_iter();
    let (mut sides, mut names) = (Vec::new(), Vec::new());
    for (paths, name) in of_sides.iter().zip(named) {
        let of_paths: Vec<Vec<Vec<Report>>> = files.by_ref().take(paths.len()).collect();
        if let [of_path] = &of_paths[..] {
            sides.extend(of_path.iter().cloned());
            names.extend(of_path.iter().map(|_| name.clone()));
            continue;
        }
        let path_of = paths.iter().zip(&of_paths).flat_map(|(path, of_path)| of_path.iter().map(move |_| path));
        let path_of: Vec<&PathBuf> = path_of.collect();
        let together = of_paths.concat();
        for (file, path) in together.iter().zip(&path_of).skip(1) {
            let files = [path_of[0], path].map(|path| path.display().to_string());
            for caveat in together[0].iter().zip(file).flat_map(|(first, report)| caveats(first, report)) {
                complain(&format!("warning: taken together: {}", caveat.in_words([&files[0], &files[1]])));
            }
        }
        sides.push(pool(together).with_context(|| name.display().to_string())?);
        names.push(name.clone());
    }
    Ok((sides, names))
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
        (!kept.is_empty()).then(|| format!("passes: not {threshold} in {} of {all} rows", kept.len())),
    ]
    .into_iter()
    .flatten()
    .collect()
}
