//! What sweeps over workers say about more workers.

use crate::analysis::{Analysis, SharedResource, Sweep};
use crate::number::{Cores, Percent, Times};
use crate::say::table::{Cell, Column, Line, Note, Table, Unit};
use crate::say::verdict::too_few_runs;
use crate::statistics::RatioEstimate;
use crate::statistics::scaling::{Fit, Law, NoFit, karp_flatt};
use crate::text::{listed, sentence};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let columns = vec![
        Column::new("sweep", "Sweep", Unit::Text, 0),
        Column::new("law", "Law", Unit::Text, 0),
        Column::new("says", "What it says", Unit::Text, 0),
    ];
    let lines = analysis.sweeps.iter().flat_map(|sweep| {
        let label = sweep.label().to_string();
        let line = move |(law, says): (&str, String)| Line::Cells {
            row: None,
            cells: vec![Cell::text(label.clone()), Cell::text(law), Cell::text(says)],
        };
        said(sweep).into_iter().map(line)
    });
    let lines = lines.collect();
    let note =
        "Speed-ups here are compared with 1 worker of the same kind, or with the sequential row where there is none.";
    Table {
        key: "scaling",
        title: "How it scales".to_owned(),
        about: "What laws of scaling say of each sweep over workers",
        columns,
        lines,
        notes: vec![Note::on(&[], note)],
    }
}

/// Each law with what it says of a sweep; where none says anything, one sentence on what would tell.
fn said(sweep: &Sweep) -> Vec<(&'static str, String)> {
    let serial = ("Serial fraction (Karp-Flatt)", fractions(sweep));
    let law = |law: &Result<Fit, NoFit>, kind| match law {
        Ok(fit) => fit.sentence(),
        Err(NoFit::TooFewCounts { counts, .. }) => too_few_counts(sweep, *counts, kind),
        Err(reason) => reason.to_string(),
    };
    match (&sweep.amdahl, &sweep.universal) {
        (Err(NoFit::TooFewCounts { .. }), _) => vec![("Laws of scaling", law(&sweep.amdahl, Law::Amdahl)), serial],
        (Err(amdahl), Err(universal)) if amdahl == universal => vec![("Laws of scaling", amdahl.to_string()), serial],
        (amdahl, universal) => vec![
            (Law::Amdahl.name(), law(amdahl, Law::Amdahl)),
            (Law::Universal.name(), law(universal, Law::Universal)),
            serial,
        ],
    }
}

/// What would tell, where a law has too few numbers of workers to be held against.
fn too_few_counts(sweep: &Sweep, counts: usize, law: Law) -> String {
    let needed = law.counts_needed();
    if sweep.shared == Some(SharedResource::GlobalLock) {
        return "No law is fitted: the global lock (GIL) lets one thread compute at a time. Processes, or threads without \
                that lock, would tell."
            .to_owned();
    }
    if let (None, Some(workers)) = (sweep.shared, sweep.idle.first()) {
        return format!(
            "Cannot be told: in many runs some of {workers} workers had no task. Longer tasks, or more of them, would tell."
        );
    }
    let lacking = needed.saturating_sub(counts);
    let more = if lacking == 1 { "one more number".to_owned() } else { format!("{lacking} more numbers") };
    let cores_needed = needed + 1;
    match sweep.shared.or(sweep.cores.map(SharedResource::Cores)) {
        Some(SharedResource::Cores(cores) | SharedResource::FreeCores { cores, .. }) if cores < cores_needed as f64 => {
            let workers: Vec<String> = (1..=cores_needed).map(|workers| workers.to_string()).collect();
            let workers = workers.join(", ");
            let takes = format!("it takes {needed} numbers of workers beside 1 that have a core each");
            let machine = format!("a machine with {cores_needed} cores or more");
            match (sweep.shared, sweep.cores) {
                (Some(SharedResource::FreeCores { .. }), Some(all)) => {
                    let free = if all < cores_needed as f64 { machine } else { "the cores without them".to_owned() };
                    format!(
                        "Cannot be told: other programs left {cores:.2} of {}, and {takes}. Workers {workers} on {free} \
                         would tell.",
                        Cores(all)
                    )
                }
                _ => format!("Cannot be told on {}: {takes}. Workers {workers} on {machine} would tell.", Cores(cores)),
            }
        }
        _ => {
            let cores = if sweep.cores.is_some() { ", each with a core of its own," } else { "" };
            format!("Too few numbers of workers to tell: {more} beside 1{cores} would.")
        }
    }
}

/// The serial fractions, with what is left out and why.
fn fractions(sweep: &Sweep) -> String {
    let known = sweep.speedups.iter().map(|(workers, speedup)| fraction(*workers, speedup, sweep.passes));
    let known: Vec<String> = known.collect();
    let text =
        if known.is_empty() { "Not told by these numbers of workers.".to_owned() } else { sentence(&known.join("; ")) };
    let beyond: Vec<String> = sweep.beyond.iter().map(u32::to_string).collect();
    let beyond = listed(&beyond, "and");
    let shared = match sweep.shared {
        Some(SharedResource::Cores(cores)) => format!("{beyond} workers share {}", Cores(cores)),
        Some(SharedResource::FreeCores { workers, cores }) => {
            let cores = Cores(cores);
            return format!(
                "{text} Not counted: what {beyond} workers took, because other programs used the cores, too: by the times of \
                 their tasks, {workers} workers had {cores} together."
            );
        }
        Some(SharedResource::GlobalLock) => format!("{beyond} threads take turns at the global lock"),
        None => String::new(),
    };
    let shared = sweep.shared.map(|_| format!(" Not counted: {shared}, which is no matter of the work."));
    let idle: Vec<String> = sweep.idle.iter().map(u32::to_string).collect();
    let idle = (!idle.is_empty()).then(|| {
        let workers = listed(&idle, "and");
        format!(" Not counted: in many runs some of {workers} workers had no task, so that the times are not theirs.")
    });
    [Some(text), shared, idle].into_iter().flatten().collect()
}

/// The serial fraction that a number of workers shows.
fn fraction(workers: u32, speedup: &RatioEstimate, passes: usize) -> String {
    let of = |speedup: f64| karp_flatt(speedup, workers).unwrap_or(f64::NAN);
    let with = format!("with {workers} workers");
    let Some(interval) = speedup.interval else { return format!("{with}, {}", too_few_runs(passes)) };
    // A larger speed-up is a smaller serial part.
    let (low, high) = (of(interval.high), of(interval.low));
    let times = Times(speedup.ratio);
    if high < 0.0 {
        return format!("{with} it is {times} as fast as with 1, faster than the workers allow: suspect the baseline");
    }
    if low > 1.0 {
        return format!("{with} it is {times} as fast as with 1, slower than any serial part explains");
    }
    let between = format!("95 % interval: {} to {}", Percent(low.max(0.0)), Percent(high.min(1.0)));
    if low <= 0.0 {
        return format!("{with} none is shown ({between})");
    }
    // No more than all of it is serial, in the middle neither.
    format!("{with} {} ({between})", Percent(of(speedup.ratio).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::paired_ratio;

    #[test]
    fn no_more_than_all_of_it_is_serial() {
        // Two workers are slower than one in the middle, and may be faster.
        let passes = [12.0, 12.0, 11.5, 6.0, 12.0, 7.0, 11.8].map(|two_ms| (10.0, two_ms));
        let said = fraction(2, &paired_ratio(&passes).expect("a ratio"), passes.len());
        assert!(said.starts_with("with 2 workers 100 % (95 % interval: "), "{said}");
    }

    #[test]
    fn workers_without_a_task_are_named() {
        let mut report = crate::report::fixture::ReportBuilder::of("cpu-heavy").runs(6).build();
        report.environment.cores = 8;
        report.runs.iter_mut().flat_map(|run| &mut run.spans).for_each(|span| span.worker = 0);
        let said = said(&Analysis::of(&report).sweeps[0]);
        let expected = [
            "Cannot be told: in many runs some of 2 workers had no task. Longer tasks, or more of them, would tell.",
            "Not told by these numbers of workers. Not counted: in many runs some of 2 and 4 workers had no task, so that the times are \
             not theirs.",
        ];
        assert_eq!(said.iter().map(|(_, said)| said.as_str()).collect::<Vec<_>>(), expected);
    }
}
