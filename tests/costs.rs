//! What runs cost besides time, natively and in Python, with all the processes that have a part in them.

use parlab_shared::run::Run;

use crate::support::parlab::report;

/// Each strategy, with two workers.
const EVERY: [&str; 4] = ["--strategy", "sequential,async,threads,processes", "--workers", "2"];
/// One run of each row.
const ONCE: [&str; 4] = ["--runs", "1", "--warmup", "0"];

/// The runs of some rows, and what their platform is.
fn runs(args: &[&str]) -> Vec<(Run, &'static str)> {
    let of = |platform: &'static str| {
        let report = report(&[args, &["--platform", platform], &ONCE].concat());
        assert_eq!(report.failed(), 0, "{platform} {args:?}");
        report.runs.into_iter().map(move |run| (run, platform))
    };
    ["native", "python"].into_iter().flat_map(of).collect()
}

/// The CPU time of a run, in milliseconds.
fn cpu_ms(run: &Run) -> f64 {
    run.costs.expect("costs").cpu_ms().expect("CPU time")
}

#[test]
fn work_that_computes_has_the_cpu_time_that_it_takes_whoever_does_it() {
    // Other programs make it take longer, and give it no more CPU time.
    let of_rows = runs(&[&["countdown", "-n", "4", "--size", "2000000"], &EVERY[..]].concat());
    let own = runs(&["countdown", "-n", "4", "--size", "500000", "-s", "sequential"]);
    for (quarter, platform) in own {
        let expected_ms = 4.0 * cpu_ms(&quarter);
        for (run, _) in of_rows.iter().filter(|(_, known)| *known == platform) {
            let (cpu_ms, strategy) = (cpu_ms(run), run.row.strategy);
            let share = cpu_ms / expected_ms;
            assert!((0.3..3.0).contains(&share), "{platform} {strategy}: {cpu_ms} ms instead of {expected_ms} ms");
            let cores = run.cores_used().expect("CPU time and time");
            let workers = f64::from(strategy.effective_workers(run.row.workers));
            assert!(cores > 0.0 && cores < 1.2 * workers, "{platform} {strategy}: {cores} cores");
        }
    }
}

#[test]
fn processes_that_end_in_the_run_are_counted() {
    let args = ["count", "-n", "4", "--size", "50000000", "--strategy", "sequential,processes", "--workers", "2"];
    let report = report(&[&args[..], &["--dispatch", "per-task"], &ONCE].concat());
    let [alone, ended] = &report.runs[..] else { panic!("{} rows", report.runs.len()) };
    let share = cpu_ms(ended) / cpu_ms(alone);
    assert!((0.5..5.0).contains(&share), "{share} of what one process took: {:?}", ended.costs);
    assert_eq!(ended.costs.expect("costs").peak_memory_bytes, None, "nobody knows it any more");
}

#[test]
fn work_that_waits_has_next_to_no_cpu_time() {
    for (run, platform) in runs(&[&["square", "-n", "4", "--scale", "lab"], &EVERY[..]].concat()) {
        let (cores, strategy) = (run.cores_used().expect("CPU time and time"), run.row.strategy);
        assert!(cores < 0.3, "{platform} {strategy}: {cores} cores for {} ms", run.wall_ms);
        let waits = run.costs.expect("costs").voluntary_switches.expect("switches");
        assert!(waits > 0, "{platform} {strategy}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn peak_memory_is_of_all_processes_and_of_the_run_alone() {
    let peak = |size: &str| -> Vec<u64> {
        let args = ["triad", "-n", "2", "--size", size, "--strategy", "sequential,processes", "--workers", "2"];
        let report = report(&[&args[..], &ONCE].concat());
        let costs = report.runs.iter().map(|run| run.costs.expect("costs"));
        costs.map(|costs| costs.peak_memory_bytes.filter(|_| !costs.peak_since_start).expect("a peak")).collect()
    };
    // Three lists of eight bytes each, and in two processes, twice.
    let (large, small) = (peak("2000000"), peak("1000"));
    assert!(large[0] > 48_000_000 && large[1] > 2 * 48_000_000, "{large:?}");
    assert!(small[0] + 40_000_000 < large[0] && small[1] + 80_000_000 < large[1], "{small:?}, {large:?}");
}
