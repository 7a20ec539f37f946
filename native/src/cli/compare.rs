//! `parlab compare`: ratios of saved reports.

use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use comfy_table::CellAlignment;
use parlab_shared::report::{Checked, Comparison, Ratio, Reason, Threshold, compare};
use parlab_shared::strategy::Platform;

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
    let comparisons: Vec<Comparison> = others.iter().map(|other| compare(other, first)).collect();
    let checked: Vec<(&Threshold, Checked)> =
        thresholds.iter().map(|one| Ok((one, one.check(&reports)?))).collect::<anyhow::Result<_>>()?;
    let mut out = std::io::stdout().lock();
    if json {
        let checked: Vec<_> = checked
            .iter()
            .map(|(threshold, checked)| {
                serde_json::json!({
                    "threshold": threshold.to_string(), "checked": checked,
                })
            })
            .collect();
        let all = serde_json::json!({ "comparisons": comparisons, "thresholds": checked });
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
    } else {
        for ((other, comparison), path) in others.iter().zip(&comparisons).zip(&paths[1..]) {
            writeln!(out, "{} ({}) / {} ({})", other.platform, path.display(), first.platform, paths[0].display())?;
            write!(out, "{}", text(comparison, [other.platform, first.platform]))?;
        }
        for (threshold, checked) in &checked {
            writeln!(out, "{}", verdict(threshold, checked))?;
        }
    }
    for comparison in &comparisons {
        if comparison.builds_differ {
            complain("warning: the reports come from different builds: their work may be defined differently");
        }
        if comparison.ratios.is_empty() && comparison.refused.is_empty() {
            bail!("the reports have no row in common: none has the same workload, strategy, workers and dispatch");
        }
    }
    let other_work = |one: &parlab_shared::report::Refused| matches!(one.reason, Reason::Checksum { .. });
    let flawed = comparisons.iter().flat_map(|one| &one.refused).any(other_work)
        || checked.iter().any(|(_, checked)| !checked.broken.is_empty());
    Ok(if flawed { Ended::Flawed } else { Ended::Clean })
}

fn text(comparison: &Comparison, platforms: [Platform; 2]) -> String {
    let mut text = String::new();
    let [first, second] = platforms.map(|platform| format!("{platform} ms"));
    if !comparison.ratios.is_empty() {
        let mut lines = table(["experiment", "row", &first, &second, "ratio", "95 % interval", "verdict"]);
        for one in &comparison.ratios {
            let experiment = one.row.experiment.clone().unwrap_or_else(|| one.row.workload.name().to_owned());
            let (first, second) = (format!("{:.1}", one.first_ms), format!("{:.1}", one.second_ms));
            let (ratio, interval) = (format!("{:.3}", one.ratio), interval(one));
            lines.add_row([
                experiment,
                one.row.label(),
                first,
                second,
                ratio,
                interval,
                one.verdict.name().replace('-', " "),
            ]);
        }
        for column in lines.column_iter_mut().skip(2).take(4) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        text += &format!("{lines}\n");
    }
    if let Some(mean) = &comparison.mean {
        text += &format!("geometric mean {:.3}", mean.ratio);
        if let Some(interval) = mean.interval {
            text += &format!(" (95 % interval {:.3} – {:.3})", interval.low, interval.high);
        }
        text.push('\n');
    }
    for one in &comparison.refused {
        let name = one.row.experiment.as_deref().unwrap_or(one.row.workload.name());
        text += &format!("not compared: {name}, {}: {}\n", one.row.label(), one.reason);
    }
    text.push('\n');
    text
}

fn interval(one: &Ratio) -> String {
    one.interval
        .map_or_else(|| "too few runs".to_owned(), |interval| format!("{:.3} – {:.3}", interval.low, interval.high))
}

fn verdict(threshold: &Threshold, checked: &Checked) -> String {
    let of = |ratios: &[Ratio]| {
        let one = |one: &Ratio| format!("{}, {} ({:.3})", one.row.workload.name(), one.row.label(), one.ratio);
        ratios.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    let mut text = match (&checked.broken[..], checked.rows) {
        ([], rows) => format!("holds: not {threshold} ({rows} rows)"),
        (broken, rows) => format!("broken: {threshold} in {} of {rows} rows: {}", broken.len(), of(broken)),
    };
    if !checked.doubtful.is_empty() {
        text += &format!("\ncannot tell: {threshold} for {}: more runs would", of(&checked.doubtful));
    }
    text
}
