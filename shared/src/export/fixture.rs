//! Reports drawn by chance, hostile texts included.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use crate::dictionary::Sharing;
use crate::report::{Environment, Report, fixture};
use crate::row::Row;
use crate::run::Run;
use crate::span::{Checksum, ErrorKind, Span, TaskError};
use crate::strategy::{Platform, Strategy as Spread};
use crate::workload::{Count, Dictionary, Model, Post, Workload};

/// Up to three reports of a few runs.
pub(super) fn reports() -> impl Strategy<Value = Vec<Report>> {
    vec(report(), 0..4)
}

/// Text with everything that means something in CSV, HTML, Markdown or JSON.
fn text() -> impl Strategy<Value = String> {
    let hostile = ["<script>alert(1)</script>", "a,\"b\"\r\nc", "| `x` | [y](z) |", "=1+1", "</style>", "\u{0}\u{7f}é"];
    prop_oneof![any::<String>(), proptest::sample::select(hostile.map(str::to_owned).to_vec())]
}

fn report() -> impl Strategy<Value = Report> {
    let platform = proptest::sample::select(Platform::ALL.to_vec());
    (text(), platform, text(), option::of(text()), vec(run(), 0..5)).prop_map(|(id, platform, os, cpu, runs)| {
        // No two runs are the same repetition.
        let report = fixture::report((0..).zip(runs).map(|(repetition, run)| Run { repetition, ..run }).collect());
        let environment = Environment { os, cpu, ..report.environment };
        Report { id, platform, environment, seed: u64::MAX, ..report }
    })
}

fn run() -> impl Strategy<Value = Run> {
    let workloads = [
        Workload::Count(Count { tasks: 4, n: 10 }),
        Workload::Post(Post { tasks: 4, protocol: None, model: Model::default() }),
        Workload::Dictionary(Dictionary { tasks: 4, inserts: 1, sharing: Sharing::Lock, model: Model::default() }),
    ];
    let shape = (
        proptest::sample::select(workloads.to_vec()),
        proptest::sample::select(Spread::ALL.to_vec()),
        1..4_u32,
        any::<bool>(),
    );
    let times = (0.0..1e6, 0.0..1e3, 0.0..1e6);
    (option::of(text()), shape, times, vec(span(), 0..8)).prop_map(
        |(experiment, (workload, strategy, workers, warmup), (started_ms, setup_ms, wall_ms), spans)| {
            let row = Row { experiment, ..fixture::row(workload, strategy, workers) };
            let spans = (0..).zip(spans).map(|(task, span)| Span { task, ..span }).collect();
            Run { warmup, started_ms, setup_ms, ..fixture::run(row, wall_ms, spans) }
        },
    )
}

fn span() -> impl Strategy<Value = Span> {
    let phases = ["first-byte", "get", "parse", "filter", "wait", "insert", "a\"b,c"].map(str::to_owned);
    let phases = btree_map(proptest::sample::select(phases.to_vec()), -1.0..100.0_f64, 0..5);
    let error = (proptest::sample::select(ErrorKind::ALL.to_vec()), text());
    let outcome = prop_oneof![any::<u64>().prop_map(Ok), error.prop_map(Err)];
    let times = (-1.0..1.0, -1.0..1e4, 0.0..1e3);
    (0..5_u32, times, any::<u64>(), outcome, phases).prop_map(
        |(worker, (queued_ms, start_ms, lasted_ms), bytes, outcome, phases): (_, (f64, f64, f64), _, _, _)| Span {
            queued_ms,
            bytes,
            checksum: outcome.as_ref().ok().copied().map(Checksum),
            error: outcome.err().map(|(kind, message)| TaskError::new(kind, message)),
            phases: BTreeMap::from_iter(phases),
            ..fixture::span(0, worker, start_ms, start_ms + lasted_ms)
        },
    )
}
