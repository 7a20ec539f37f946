//! What whoever conducts a plan and an executor at the other end of a socket say to each other.
//!
//! Text messages are JSON. What a run left behind is one binary message, an [`Executed`] as postcard: a tenth of the size,
//! and read in a tenth of the time. The executor speaks first, with [`FromExecutor::Ready`]; then each order is answered
//! before the next one comes, but for [`ToExecutor::Cancel`], which may come at any time. Whoever conducts closes the
//! socket when all is done; any other end is a loss.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::measure::Counts;
use crate::report::{Environment, Tool};
use crate::run::{Execution, RunSpec};

/// The longest message, in bytes: a million tasks may leave 256 bytes each. Those that compute leave about 50.
pub const MESSAGE_BYTES_MAX: usize = 256 << 20;

/// A worker's clock may be so much behind the one that began the run, in milliseconds.
const BEHIND_MAX_MS: f64 = 1000.0;
/// No run takes longer, in milliseconds: over 100 days.
const TIME_MAX_MS: f64 = 9e9;

/// What an executor is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToExecutor {
    /// Carry this run out. Without a target of its own it asks the one beside the page.
    Execute(Box<RunSpec>),
    /// Time a fixed piece of computing.
    Probe,
    /// Stop the run that is on, as soon as the task at hand allows.
    Cancel,
}

/// What an executor says as text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromExecutor {
    /// It is there. Comes once, first.
    Ready {
        /// On what it measures.
        environment: Box<Environment>,
        /// The program that it is a part of.
        tool: Tool,
    },
    /// What the fixed piece of computing took, in milliseconds.
    Probed(f64),
    /// How far the run is that is on. Comes some times a second, whether anything has changed or not: it is also the sign
    /// that somebody is there.
    Progress(Counts),
}

/// What an executor says as bytes: a run is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Executed {
    /// What the run left behind; times are since the order came.
    pub execution: Execution,
    /// The page was hidden for some of the run: browsers slow down what nobody sees.
    pub hidden: bool,
}

impl Executed {
    /// What is wrong with it as the answer to a run that was ordered `elapsed_ms` ago, if anything is.
    pub fn fault(&self, run: &RunSpec, elapsed_ms: f64) -> Option<String> {
        let Execution { began_ms, setup_ms, wall_ms, costs, spans, .. } = &self.execution;
        let is_time = |ms: f64| (-BEHIND_MAX_MS..=TIME_MAX_MS).contains(&ms);
        if [*began_ms, *setup_ms, *wall_ms].iter().any(|ms| !is_time(*ms) || *ms < 0.0) {
            return Some(format!(
                "a run that began at {began_ms:?} ms, with {setup_ms:?} ms before and {wall_ms:?} ms after"
            ));
        }
        // One clock may be a little faster than another one, and both have steps.
        if began_ms + wall_ms > elapsed_ms * 1.01 + 5.0 {
            return Some(format!("a run of {:.0} ms after {elapsed_ms:.0} ms", began_ms + wall_ms));
        }
        let costs = costs.unwrap_or_default();
        if ![costs.user_ms, costs.system_ms].iter().flatten().all(|ms| is_time(*ms) && *ms >= 0.0) {
            return Some(format!("CPU times that are none: {:?}, {:?}", costs.user_ms, costs.system_ms));
        }
        let (mut tasks, of) = (BTreeSet::new(), run.row.workload.tasks());
        for span in spans {
            let times = [span.queued_ms, span.start_ms, span.end_ms];
            if span.task >= of || !tasks.insert(span.task) {
                return Some(format!("task {} of {of}, which is none or comes twice", span.task));
            }
            if !times.iter().chain(span.phases.values()).all(|ms| is_time(*ms)) {
                return Some(format!("times of task {} that are none: {times:?}", span.task));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::measure::{Request, failed};
    use crate::report::Report;
    use crate::span::{Checksum, ErrorKind, Span, TaskError};
    use crate::strategy::{Mechanism, Platform, Strategy as Spread};

    fn spec() -> RunSpec {
        let request =
            Request { strategies: Some(vec![Spread::Threads]), tasks: Some(vec![4]), ..Request::named("count") };
        let plan = request.plan(Platform::Browser).expect("a plan");
        plan.run(plan.rows().next().expect("a row"), 2, true)
    }

    fn executed(tasks: u32) -> Executed {
        let span = |task| Span { error: None, ..failed(task, 0, [0.0, 1.0, 2.0], TaskError::cancelled()).span };
        let spans = (0..tasks).map(span).collect();
        let execution = Execution {
            mechanism: Mechanism::RayonPool,
            began_ms: 10.0,
            setup_ms: 9.0,
            wall_ms: 2.0,
            costs: None,
            spans,
        };
        Executed { execution, hidden: false }
    }

    /// Any time, in milliseconds.
    fn ms() -> impl Strategy<Value = f64> {
        prop_oneof![-1e3..9e9, Just(0.1 + 0.2), Just(f64::MIN_POSITIVE)]
    }

    prop_compose! {
        fn span()(
            task in any::<u32>(), worker in any::<u32>(), times in [ms(), ms(), ms()], bytes in any::<u64>(),
            checksum in proptest::option::of(any::<u64>()), kind in proptest::sample::select(ErrorKind::ALL),
            message in proptest::option::of(".*"), phases in proptest::collection::btree_map(".*", ms(), 0..4),
        ) -> Span {
            let [queued_ms, start_ms, end_ms] = times;
            let error = message.map(|message| TaskError::new(kind, message));
            let checksum = checksum.map(Checksum);
            Span { task, worker, queued_ms, start_ms, end_ms, bytes, checksum, error, phases }
        }
    }

    prop_compose! {
        fn anything_executed()(
            times in [ms(), ms(), ms()], spans in proptest::collection::vec(span(), 0..20), hidden in any::<bool>(),
            mechanism in proptest::sample::select(Mechanism::ALL),
        ) -> Executed {
            let [began_ms, setup_ms, wall_ms] = times;
            Executed { execution: Execution { mechanism, began_ms, setup_ms, wall_ms, costs: None, spans }, hidden }
        }
    }

    proptest! {
        #[test]
        fn what_a_run_left_behind_survives_the_way(executed in anything_executed()) {
            let bytes = postcard::to_stdvec(&executed).expect("written");
            prop_assert_eq!(postcard::from_bytes::<Executed>(&bytes).expect("read"), executed);
        }

        #[test]
        fn bytes_that_are_nothing_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            // Whatever comes out is either refused here or found to be no answer: nothing panics.
            if let Ok(executed) = postcard::from_bytes::<Executed>(&bytes) {
                _ = executed.fault(&spec(), 100.0);
            }
        }

        #[test]
        fn numbers_survive_the_way(ms in ms(), finished in any::<u32>(), failed in any::<u32>()) {
            for said in [FromExecutor::Probed(ms), FromExecutor::Progress(Counts { finished, failed })] {
                let text = serde_json::to_string(&said).expect("written");
                prop_assert_eq!(serde_json::from_str::<FromExecutor>(&text).expect("read"), said);
            }
        }
    }

    #[test]
    fn orders_survive_the_way() {
        for order in [ToExecutor::Execute(Box::new(spec())), ToExecutor::Probe, ToExecutor::Cancel] {
            let text = serde_json::to_string(&order).expect("written");
            assert_eq!(serde_json::from_str::<ToExecutor>(&text).expect("read"), order);
        }
        let report = Report::from_json(include_str!("../../tests/data/report-v1.json")).expect("a report");
        let ready = FromExecutor::Ready { environment: Box::new(report.environment), tool: report.tool };
        let text = serde_json::to_string(&ready).expect("written");
        assert_eq!(serde_json::from_str::<FromExecutor>(&text).expect("read"), ready);
    }

    #[test]
    fn a_million_tasks_fit_into_a_message() {
        let mut many = executed(1000);
        for span in &mut many.execution.spans {
            (span.task, span.worker, span.bytes) = (span.task + 999_000, 63, u64::MAX);
            span.checksum = Some(Checksum(u64::MAX));
            // As much as a request leaves behind.
            span.phases =
                ["connect", "headers", "body", "resent", "write", "wait"].map(|name| (name.to_owned(), 0.1)).into();
        }
        let bytes = postcard::to_stdvec(&many).expect("written").len();
        assert!(bytes * 1000 < MESSAGE_BYTES_MAX, "{bytes} bytes for 1000 tasks");
        let text = serde_json::to_string(&many).expect("written").len();
        assert!(bytes * 3 < text * 2, "{bytes} bytes, {text} as text");
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Executed), expected: Option<&str>) {
        let mut executed = executed(4);
        change(&mut executed);
        let fault = executed.fault(&spec(), 13.0);
        assert_eq!(fault.is_some(), expected.is_some(), "{fault:?}");
        assert!(fault.unwrap_or_default().contains(expected.unwrap_or_default()));
    }

    #[test]
    fn an_answer_that_cannot_be_is_found() {
        check(|_| {}, None);
        check(|executed| executed.execution.spans.truncate(1), None);
        // A worker whose clock is a little behind, as for natively measured runs.
        check(|executed| executed.execution.spans[0].queued_ms = -0.5, None);
        check(|executed| executed.execution.began_ms = f64::NAN, Some("NaN"));
        check(|executed| executed.execution.began_ms = -1.0, Some("-1.0"));
        check(|executed| executed.execution.setup_ms = f64::INFINITY, Some("inf"));
        check(|executed| executed.execution.wall_ms = 20.0, Some("a run of 30 ms after 13 ms"));
        check(|executed| executed.execution.spans[3].task = 4, Some("task 4 of 4"));
        check(|executed| executed.execution.spans[3].task = 1, Some("task 1 of 4"));
        check(|executed| executed.execution.spans[1].end_ms = f64::NAN, Some("times of task 1"));
        let phase = |executed: &mut Executed| _ = executed.execution.spans[2].phases.insert("body".to_owned(), 1e300);
        check(phase, Some("times of task 2"));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for text in ["", "null", "\"Ready\"", "{\"Probed\":\"1\"}", "{\"Probed\":null}", "\"Stop\""] {
            assert!(serde_json::from_str::<FromExecutor>(text).is_err(), "{text}");
        }
    }
}
