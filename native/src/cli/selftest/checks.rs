//! The checks.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use parlab_shared::export::Format;
use parlab_shared::label::full_name;
use parlab_shared::measure::{PairPlan, Request};
use parlab_shared::number::Time;
use parlab_shared::report::Report;
use parlab_shared::run::Run;
use parlab_shared::strategy::Platform;

use super::bench::{Bench, Known, small};
use super::times;
use crate::cli::output::{OutputArgs, Outputs};
use crate::clock::Clock;
use crate::environment;
use crate::prepared::begin;

/// A check: what is tested, what a failure means, and the test, which says what it found.
pub struct Check {
    /// What it is called.
    pub name: &'static str,
    /// What is tested.
    pub tests: &'static str,
    /// What a failure means.
    pub means: &'static str,
    /// Makes it: what was found, or what is wrong.
    pub make: fn(&mut Bench) -> Result<String, String>,
}

/// All of them, in the order in which they are made.
pub const CHECKS: &[Check] = &[
    Check {
        name: "clock",
        tests: "the clock that runs are timed with never goes back, and steps by a microsecond at most",
        means: "times on this machine are off by as much as is named; under a virtual machine, another clock source \
                of the system may help",
        make: clock,
    },
    Check {
        name: "kernels",
        tests: "8 or 9 times the work takes 5 to 14 times as long, for every kernel that computes",
        means: "the compiler removed work from this build, or other programs use the machine: end those and repeat",
        make: kernels,
    },
    Check {
        name: "checksums, native",
        tests: "every strategy returns the same checksum for each task, also of files and of what the target serves",
        means: "strategies did not do the same work here, and their times must not be compared",
        make: native_checksums,
    },
    Check {
        name: "checksums, Python",
        tests: "Python returns the checksums that native runs return, if a Python is found",
        means: "Python does other work than parlab natively, and their times must not be compared",
        make: python_checksums,
    },
    Check {
        name: "no difference",
        tests: "of the same work twice, in turn, no difference is shown: the interval of the ratio holds 1 (in one of 3 \
                tries)",
        means: "this machine favours what runs first or second, and small differences here are none",
        make: no_difference,
    },
    Check {
        name: "twice the work",
        tests: "twice the work takes twice as long: the interval of the ratio holds 2, give or take 1 % (in one of 3 tries)",
        means: "ratios measured here are off; a processor that changes its speed or a busy machine are the usual causes",
        make: twice_the_work,
    },
    Check {
        name: "report",
        tests: "a report that is written and read back is the same, byte for byte",
        means: "reports saved here cannot be trusted: the disk is full or damaged, or parlab has a fault that we want to \
                know of",
        make: report,
    },
];

/// How often the clock is read.
const READINGS: u32 = 200_000;
/// A step larger than this leaves short tasks unmeasured, in milliseconds.
const STEP_MAX_MS: f64 = 0.001;
/// What is done with every strategy, and of which size, where its own would take long in Python.
const WORKS: &[(&str, Option<u64>)] = &[
    ("count", Some(50_000)),
    ("countdown", Some(50_000)),
    ("sum", Some(50_000)),
    ("mandelbrot", Some(64)),
    ("dictionary", Some(5000)),
    ("write", Some(100_000)),
    ("download", Some(100_000)),
    ("post", None),
    ("crawl", None),
];
fn clock(_: &mut Bench) -> Result<String, String> {
    let clock = Clock::start();
    let mut last_ms = clock.now_ms();
    for _ in 0..READINGS {
        let now_ms = clock.now_ms();
        if now_ms < last_ms {
            return Err(format!("it went back by {}", Time(last_ms - now_ms)));
        }
        last_ms = now_ms;
    }
    let step_ms = Clock::step_ms();
    if step_ms > STEP_MAX_MS {
        return Err(format!("its smallest step is {}", Time(step_ms)));
    }
    Ok(format!("it never went back in {READINGS} readings, and its smallest step is {}", Time(step_ms)))
}

fn kernels(bench: &mut Bench) -> Result<String, String> {
    times::kernels(&mut |workload, size| bench.wall_ms(workload, size))
}

/// Holds runs against those known before, and makes those of new work known.
fn hold(known: &mut Known, runs: &[Run], platform: Platform) -> Result<(), String> {
    for run in runs {
        let name = format!("{} ({platform})", full_name(&run.row));
        let checksums: BTreeMap<_, _> = run.spans.iter().map(|span| (span.task, span.checksum)).collect();
        match known.iter().find(|(workload, ..)| *workload == run.row.workload) {
            None => known.push((run.row.workload.clone(), name, checksums)),
            Some((_, first, same)) if *same != checksums => {
                let task = same.keys().chain(checksums.keys()).find(|task| same.get(task) != checksums.get(task));
                return Err(format!("task {} of {name} has another result than in {first}", task.unwrap_or(&0)));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// What is asked for of one of [`WORKS`].
fn request((name, size): &(&str, Option<u64>)) -> Request {
    Request { size: size.map(|size| vec![size]), workers: Some(vec![2]), ..small(name, 4) }
}

/// What every work returned natively, and in how many runs: they are done once.
fn native(bench: &mut Bench) -> Result<(Known, usize), String> {
    if let Some(done) = &bench.native_checksums {
        return done.clone();
    }
    let done = do_natively(bench);
    bench.native_checksums = Some(done.clone());
    done
}

fn do_natively(bench: &mut Bench) -> Result<(Known, usize), String> {
    let (mut known, mut runs) = (Known::new(), 0);
    for work in WORKS {
        let done = bench.native(&request(work))?;
        hold(&mut known, &done, Platform::Native)?;
        runs += done.len();
    }
    Ok((known, runs))
}

fn native_checksums(bench: &mut Bench) -> Result<String, String> {
    let (known, runs) = native(bench)?;
    Ok(format!("{} works agree in {runs} runs", known.len()))
}

fn python_checksums(bench: &mut Bench) -> Result<String, String> {
    let mut python = match bench.python() {
        Ok(python) => python,
        Err(reason) => return Ok(format!("left out: {reason}")),
    };
    let (mut known, _) = native(bench)?;
    let (mut works, mut runs) = (0, 0);
    // Python has what the source documents have.
    for work in WORKS.iter().filter(|work| request(work).plan(Platform::Python).is_ok()) {
        let done = bench.in_python(&mut python, &request(work))?;
        hold(&mut known, &done, Platform::Python)?;
        (works, runs) = (works + 1, runs + done.len());
    }
    Ok(format!("Python {}: {works} works agree in {runs} runs", python.python.version))
}

fn no_difference(bench: &mut Bench) -> Result<String, String> {
    times::of_times_the_work(1, &mut |workload, size| bench.wall_ms(workload, size))
}

fn twice_the_work(bench: &mut Bench) -> Result<String, String> {
    times::of_times_the_work(2, &mut |workload, size| bench.wall_ms(workload, size))
}

fn report(bench: &mut Bench) -> Result<String, String> {
    let request = request(&("post", None));
    let plan = request.plan(Platform::Native).map_err(|error| error.to_string())?;
    let runs = bench.native(&request)?;
    let plan = PairPlan::alone(plan, Platform::Native);
    let mut report = begin(&plan, &environment::look()).remove(0);
    report.runs = runs;
    let path = bench.folder().join("report.json");
    save(&report, path.clone()).map_err(|error| format!("{error:#}"))?;
    let expected = Format::Json.render(std::slice::from_ref(&report));
    let bytes = fs::read(&path).map_err(|error| format!("it cannot be read back: {error}"))?;
    if bytes != expected.as_bytes() {
        let same = bytes.iter().zip(expected.as_bytes()).take_while(|(read, written)| read == written).count();
        return Err(format!("from byte {same} on, something else is read than was written"));
    }
    let read = Report::from_json(&expected).map_err(|error| error.to_string())?;
    if read != report || read.to_json() != expected {
        return Err("it is another one when it is read and written again".to_owned());
    }
    Ok(format!("{} bytes", bytes.len()))
}

/// Writes a report as `--json` does.
fn save(report: &Report, path: PathBuf) -> anyhow::Result<()> {
    Outputs::open(&OutputArgs::json(path))?.files.save(std::slice::from_ref(report))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_natively_is_not_done_again() {
        let mut bench = Bench::start().expect("a folder");
        bench.native_checksums = Some(Err("it was done before".to_owned()));
        assert_eq!(native_checksums(&mut bench), Err("it was done before".to_owned()));
    }
}
