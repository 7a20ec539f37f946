//! How long exports of a report of 100,000 tasks take: `cargo bench -p parlab-shared --bench exports`.

#![allow(clippy::disallowed_methods, clippy::print_stdout, missing_docs)] // A bench reads the clock and prints.

use std::time::Instant;

use parlab_shared::analysis::Analysis;
use parlab_shared::chart::{self, Detail, Form};
use parlab_shared::export::Format;
use parlab_shared::report::Report;

/// Tasks of all runs together.
const TASKS: u32 = 100_000;

fn main() {
    for runs in [1, 10] {
        let report = report(runs);
        println!("{TASKS} tasks in {runs} runs");
        time("analysis", || Analysis::of(&report).rows.len());
        let analysis = Analysis::of(&report);
        time("charts", || chart::figures(&analysis, Form::Wide, "bench").map(|chart| chart.svg.len()).sum());
        time("timelines", || {
            chart::timelines(&analysis, Detail::FULL, Form::Wide, "bench").map(|(_, chart)| chart.svg.len()).sum()
        });
        for format in Format::ALL {
            time(format.name(), || format.render(std::slice::from_ref(&report)).len());
        }
        let json = report.to_json();
        time("read json", || Report::from_json(&json).expect("a report").runs.len());
    }
}

/// Times one call of three: the fastest, with what it returned.
fn time(name: &str, mut work: impl FnMut() -> usize) {
    let mut once = || {
        let begun = Instant::now();
        let result = work();
        (begun.elapsed().as_secs_f64() * 1e3, result)
    };
    let runs = [once(), once(), once()];
    let (fastest, result) = runs.into_iter().min_by(|(ms, _), (next_ms, _)| ms.total_cmp(next_ms)).expect("three");
    println!("  {name:10} {fastest:8.1} ms  ({result})");
}

/// A report like that of `post` under threads, read from JSON as any other.
fn report(runs: u32) -> Report {
    let tasks = TASKS / runs;
    let span = |task: u32| {
        let start = f64::from(task / 8) * 0.731 + f64::from(task % 8) * 0.01;
        let error = match task % 1000 {
            999 => r#"{"kind":"status","message":"the server answered 500 Internal Server Error"}"#,
            _ => "null",
        };
        format!(
            r#"{{"task":{task},"worker":{},"queued_ms":0.0012,"start_ms":{start},"end_ms":{},"bytes":512,"checksum":"{:016x}","error":{error},"phases":{{"first-byte":0.512}}}}"#,
            task % 8,
            start + 0.7001,
            u64::from(task) * 0x9e37_79b9
        )
    };
    let spans: Vec<String> = (0..tasks).map(span).collect();
    let run = |repetition: u32| {
        format!(
            r#"{{"workload":"post","params":{{"tasks":{tasks},"latency_ms":"","fail":""}},"strategy":"threads","workers":8,"dispatch":"pool","mechanism":"os-threads","repetition":{repetition},"warmup":false,"cancelled":false,"started_ms":{},"setup_ms":0.3,"wall_ms":{},"spans":[{}]}}"#,
            f64::from(repetition) * 2e4,
            f64::from(tasks) * 0.1,
            spans.join(",")
        )
    };
    let runs: Vec<String> = (0..runs).map(run).collect();
    let json = format!(
        r#"{{"schema_version":1,"id":"bench","created":"2026-01-01T00:00:00Z","tool":{{"name":"parlab","version":"0","build":"0"}},"platform":"native","environment":{{"os":"linux","arch":"x86_64","cpu":null,"cores":2,"clock_step_ms":0.00002,"load_before":null,"browser":null,"cross_origin_isolated":null}},"experiment":"post","scale":"lab","seed":1,"cancelled":false,"runs":[{}],"warnings":[]}}"#,
        runs.join(",")
    );
    Report::from_json(&json).expect("a report")
}
