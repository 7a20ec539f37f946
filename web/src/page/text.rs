//! Numbers and names as people read them.

pub use parlab_shared::chart::{label as row, many_workloads};
use parlab_shared::measure::{Plan, Stage};
use parlab_shared::report::Report;
use parlab_shared::strategy::{Mechanism, Platform, Strategy};
use parlab_shared::workload::Workload;

/// Milliseconds with about four digits: more would be noise.
pub fn ms(value: f64) -> String {
    let digits = match value.abs() {
        value if value >= 1000.0 => return grouped(value.round() as u64),
        value if value >= 100.0 => 1,
        value if value >= 10.0 => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

/// A time in the unit that fits it.
pub fn duration(ms: f64) -> String {
    match ms {
        ms if ms >= 120_000.0 => format!("{:.0} min {:.0} s", (ms / 60_000.0).floor(), ms / 1000.0 % 60.0),
        ms if ms >= 1000.0 => format!("{:.1} s", ms / 1000.0),
        ms => format!("{ms:.0} ms"),
    }
}

/// A short time: in microseconds where a millisecond is long.
pub fn short(ms: f64) -> String {
    if ms < 1.0 { format!("{:.1} µs", ms * 1000.0) } else { format!("{} ms", self::ms(ms)) }
}

/// Seconds as a source prints them.
pub fn seconds(value: f64) -> String {
    value.to_string()
}

/// A whole number in groups of three.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// How many times.
pub fn times(value: f64) -> String {
    format!("{value:.2}×")
}

/// A share of 1.
pub fn percent(value: f64) -> String {
    format!("{:.0}\u{202f}%", value * 100.0)
}

/// A rate with about three digits.
pub fn rate(value: f64) -> String {
    let digits = match value.abs() {
        value if value >= 1000.0 => return grouped(value.round() as u64),
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

/// A number of something, with its plural.
pub fn count(number: usize, singular: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {singular}{plural}", grouped(number as u64))
}

/// How many tasks a run has: of a crawl it is only known how many there can be.
pub fn tasks(workload: &Workload) -> String {
    let tasks = count(workload.tasks() as usize, "task");
    match workload {
        Workload::Crawl { .. } => format!("up to {tasks}"),
        _ => tasks,
    }
}

/// How many runs a plan has.
pub fn runs(plan: &Plan) -> usize {
    let of = |stage: &Stage| stage.rows.len() * (stage.warmup as usize + stage.runs as usize);
    plan.stages.iter().map(of).sum()
}

/// A size in bytes.
pub fn bytes(value: usize) -> String {
    match value {
        value if value >= 1 << 20 => format!("{:.1} MB", value as f64 / f64::from(1 << 20)),
        value => format!("{} kB", value.div_ceil(1 << 10)),
    }
}

/// What the page says of a strategy, in a few words.
pub fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Sequential => "one after another",
        Strategy::Async => "one event loop",
        Strategy::Threads => "one shared memory",
        Strategy::Processes => "isolated, messages only",
    }
}

/// What a mechanism is, in a sentence.
pub fn mechanism(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::OneThread => "One thread, one task after another.",
        Mechanism::EventLoop => "One thread with an event loop.",
        Mechanism::RayonPool => "A rayon pool over one memory.",
        Mechanism::OsThreads => "Threads of the operating system over one memory.",
        Mechanism::ChildProcesses => "Child processes, messages over pipes.",
        Mechanism::SharedWorkers => "Web Workers over one shared memory, each with its event loop.",
        Mechanism::IsolatedWorkers => "Web Workers that share nothing, all in one OS process; messages.",
        Mechanism::ThreadPoolExecutor => "Python's ThreadPoolExecutor: threads that take turns on one global lock.",
        Mechanism::ProcessPoolExecutor => "Python's ProcessPoolExecutor: processes, pickled messages over pipes.",
    }
}

/// A platform at the beginning of a sentence.
pub fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Native => "Native",
        Platform::Browser => "Browser",
        Platform::Python => "Python",
    }
}

/// What a report is about: the experiment, how many of them, or else its workloads.
pub fn title(report: &Report) -> String {
    let changes = report.runs.windows(2).filter(|two| two[0].row.experiment != two[1].row.experiment).count();
    if changes > 0 {
        return count(changes + 1, "experiment");
    }
    if let Some(experiment) = &report.experiment {
        return experiment.clone();
    }
    let mut names: Vec<&str> = Vec::new();
    for run in &report.runs {
        if !names.contains(&run.row.workload.name()) {
            names.push(run.row.workload.name());
        }
    }
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

/// The machine that a report was measured on, in one line.
pub fn machine(report: &Report) -> String {
    let environment = &report.environment;
    let mut parts = vec![environment.os.clone()];
    parts.extend(environment.cpu.clone());
    parts.push(count(environment.cores as usize, "core"));
    parts.extend(environment.browser.as_ref().map(|browser| format!("{} {}", browser.name, browser.version)));
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_about_four_digits() {
        let cases =
            [(0.0, "0.000"), (1.23456, "1.235"), (12.3456, "12.35"), (123.456, "123.5"), (1234.56, "1\u{202f}235")];
        for (value, expected) in cases {
            assert_eq!(ms(value), expected);
        }
    }

    #[test]
    fn durations_have_the_unit_that_fits() {
        for (value, expected) in
            [(12.4, "12 ms"), (999.0, "999 ms"), (1500.0, "1.5 s"), (119_000.0, "119.0 s"), (125_000.0, "2 min 5 s")]
        {
            assert_eq!(duration(value), expected);
        }
        assert_eq!((short(0.25), short(2.5)), ("250.0 µs".to_owned(), "2.500 ms".to_owned()));
    }

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!((grouped(0), grouped(999)), ("0".to_owned(), "999".to_owned()));
        assert_eq!((count(1, "run"), count(0, "run")), ("1 run".to_owned(), "0 runs".to_owned()));
        assert_eq!(
            (bytes(1), bytes(2048), bytes(3 << 20)),
            ("1 kB".to_owned(), "2 kB".to_owned(), "3.0 MB".to_owned())
        );
        assert_eq!((rate(0.123), rate(12.34), rate(1234.5)), ("0.12".to_owned(), "12.3".to_owned(), grouped(1235)));
    }
}
