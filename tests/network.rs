//! Work that waits: the same results under every strategy, and a fault test for each way to fail.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;

use parlab_shared::report::{Report, Warning};
use parlab_shared::span::ErrorKind;
use parlab_shared::strategy::Dispatch;
use parlab_shared::target::Filter;
use parlab_shared::target::site::{Course, Site};

use crate::support::parlab::report;
use crate::support::results::{EVERY, Left, ONCE, good_results, results};
use crate::support::tcp;

/// Runs an experiment under every strategy and checks that all runs have the same results, and how many there are.
#[track_caller]
fn check_equal(args: &[&str], tasks: usize) -> Vec<Left> {
    let mut first = None;
    for every in EVERY {
        let report = report(&[args, every, &["--scale", "smoke"], &ONCE].concat());
        for run in &report.runs {
            let row = format!("{} × {} {}", run.row.strategy, run.row.workers, run.row.dispatch);
            let found = good_results(run);
            assert_eq!(found.len(), tasks, "{row}");
            assert_eq!(found, *first.get_or_insert_with(|| found.clone()), "{row}");
        }
    }
    first.expect("some runs")
}

#[test]
fn the_same_results_under_every_strategy() {
    let posts = check_equal(&["post", "-n", "12"], 12);
    assert!(
        posts.iter().all(|(_, bytes, status, _)| *bytes > 0 && status.as_deref() == Some("00000000000000c8")),
        "{posts:?}"
    );
    let downloads = check_equal(&["urls", "-n", "4", "--size", "300000"], 4);
    assert!(downloads.iter().all(|(_, bytes, ..)| *bytes == 300_000));
    check_equal(&["sites", "-n", "6"], 6);
    check_equal(&["images"], 5);
    check_equal(&["mixed", "-n", "10"], 10);
    let texts = check_equal(&["io-heavy", "-n", "4", "--size", "2500000"], 4);
    assert!(texts.iter().all(|(_, bytes, ..)| *bytes == 2_500_000));
    // The same text, whether workers make it or are sent it.
    assert_eq!(check_equal(&["io-heavy", "-n", "4", "--size", "2500000", "--sent"], 4), texts);
}

#[test]
fn a_body_that_stays_unread_costs_its_head() {
    let heads = check_equal(&["urls", "-n", "6", "--size", "200000000", "--unread"], 6);
    assert!(
        heads.iter().all(|(_, bytes, status, ..)| *bytes == 0 && status.as_deref() == Some("00000000000000c8")),
        "{heads:?}"
    );
}

#[test]
fn a_crawl_that_ends_when_enough_is_found_goes_as_predicted() {
    for filter in Filter::ALL {
        let course = Course { round: 10, visited: 40, found: 80, filter: *filter };
        let predicted = Site { seed: 1, pages: 200, links: 20 }.waves(course).concat();
        assert!((5..40).contains(&predicted.len()), "{filter}: {predicted:?}");
        let args = ["crawl", "--size", "200", "--round", "10", "--found", "80", "--filter", filter.name()];
        check_equal(&args, predicted.len());
    }
}

#[test]
fn what_the_sources_did_runs_clean() {
    let rows = |name: &str| {
        let report = report(&[name, "--variant", "source", "--scale", "smoke", "--runs", "1", "--warmup", "0"]);
        let errors: Vec<_> =
            report.runs.iter().flat_map(|run| &run.spans).filter_map(|span| span.error.as_ref()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let left_out = report.warnings.iter().filter(|warning| matches!(warning, Warning::LeftOut { .. })).count();
        (report.runs.len(), left_out)
    };
    assert_eq!(rows("urls"), (7, 0));
    assert_eq!(rows("io-heavy"), (7, 0));
    // Threads behind an event loop are Python's.
    assert_eq!(rows("crawl"), (2, 1));
}

#[test]
fn a_crawl_finds_every_page_of_the_site_once() {
    let pages = check_equal(&["crawl"], 30);
    assert!(pages.iter().zip(0..).all(|((task, ..), expected)| *task == expected));
}

#[test]
fn a_crawl_of_the_whole_frontier_visits_the_same_pages() {
    let pages = |round: &str| {
        let report = report(&["crawl", "-s", "async", "-w", "20", "--scale", "smoke", "--runs", "1", "--round", round]);
        results(&report.runs[0])
    };
    assert_eq!(pages("0"), pages("1"));
}

#[test]
fn texts_can_be_flushed_and_share_a_file() {
    let texts = check_equal(&["io-heavy", "-n", "4", "--size", "100000", "--flush", "--one-file"], 4);
    assert!(texts.iter().all(|(_, bytes, checksum, _)| *bytes == 100_000 && *checksum == texts[0].2));
}

#[test]
fn a_crawl_times_its_phases() {
    let report = report(&["crawl", "-s", "sequential", "--scale", "smoke", "--runs", "1"]);
    for span in &report.runs[0].spans {
        let phase = |name| span.phases.get(name).copied().expect("a phase");
        let parts = phase("get") + phase("parse") + phase("filter");
        assert!(parts <= span.end_ms - span.start_ms && phase("first-byte") <= phase("get"), "{span:?}");
    }
}

#[test]
fn sleeps_are_the_seeds() {
    let squares = check_equal(&["square", "-n", "10"], 10);
    let expected: Vec<_> = (0..10).map(|x: u64| (x as u32, 0, Some(format!("{:016x}", x * x)), None)).collect();
    assert_eq!(squares, expected);
}

/// Failures by kind, and the tasks that ended well.
fn outcome(report: &Report) -> (BTreeMap<ErrorKind, usize>, usize) {
    let mut failures = BTreeMap::new();
    let mut well = 0;
    for span in report.runs.iter().flat_map(|run| &run.spans) {
        match &span.error {
            Some(error) => *failures.entry(error.kind).or_default() += 1,
            None => well += 1,
        }
    }
    (failures, well)
}

/// Runs a faulty experiment and checks that tasks fail with this kind, that others end well, and that none is missing.
#[track_caller]
fn check_fault(args: &[&str], expected: ErrorKind, all_fail: bool) {
    for strategy in ["async", "threads", "processes"] {
        let report =
            report(&[args, &["-s", strategy, "-w", "2", "--scale", "smoke", "--runs", "1", "--warmup", "0"]].concat());
        let (failures, well) = outcome(&report);
        let failed = failures.get(&expected).copied().unwrap_or_default();
        assert_eq!(failures.len(), 1, "{strategy}: {failures:?}");
        assert_eq!(failed + well, 8, "{strategy}: {failures:?} and {well} well");
        assert!(failed > 0 && (well == 0) == all_fail, "{strategy}: {failed} failed, {well} ended well");
    }
}

#[test]
fn the_targets_faults_are_failed_tasks_with_a_kind() {
    check_fault(&["post", "-n", "8", "--fail", "status:0.5"], ErrorKind::Status, false);
    check_fault(&["post", "-n", "8", "--fail", "cut:0.5"], ErrorKind::Body, false);
    check_fault(&["urls", "-n", "8", "--fail", "cut:0.5"], ErrorKind::Body, false);
    check_fault(&["post", "-n", "8", "--fail", "garbage:0.5"], ErrorKind::Network, false);
    check_fault(&["post", "-n", "8", "--fail", "redirect:0.5"], ErrorKind::Redirect, false);
    check_fault(&["post", "-n", "8", "--fail", "stall:0.5", "--timeout", "0.3"], ErrorKind::Timeout, false);
}

#[test]
fn a_target_that_is_not_there() {
    check_fault(&["post", "-n", "8", "--target", &tcp::nobody()], ErrorKind::Connect, true);
    check_fault(&["post", "-n", "8", "--target", "http://parlab.invalid"], ErrorKind::Dns, true);
}

#[test]
fn a_target_that_accepts_and_says_nothing() {
    // Keeps what it accepts open, and reads what comes.
    let url = tcp::serve(|mut connection| while connection.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {});
    check_fault(&["post", "-n", "8", "--target", &url, "--timeout", "0.3"], ErrorKind::Timeout, true);
}

#[test]
fn a_broken_page_is_no_failure_but_a_failed_page_is_one() {
    let report =
        report(&["crawl", "-s", "async", "-w", "4", "--scale", "smoke", "--runs", "1", "--fail", "status:0.3"]);
    let run = &report.runs[0];
    assert!(!run.spans.is_empty());
    assert!(run.spans.iter().filter_map(|span| span.error.as_ref()).all(|error| error.kind == ErrorKind::Status));
}

#[test]
fn fractions_of_milliseconds_are_waited_for() {
    let latency = ["--latency", "0.5-2.5", "--fail", "cut:0"];
    let report =
        report(&[&["post", "-n", "8", "-s", "sequential", "--runs", "1", "--warmup", "0"][..], &latency].concat());
    let (failures, well) = outcome(&report);
    assert!(failures.is_empty() && well == 8, "{failures:?}");
    assert!(report.runs[0].spans.iter().all(|span| span.end_ms - span.start_ms >= 0.5));
    assert!(report.to_json().contains("\"latency_ms\":\"0.5-2.5\""));
}

/// Reads one request to its end; `false` if there is none.
fn read_request(connection: &mut TcpStream) -> bool {
    let (mut request, mut more) = (Vec::new(), [0; 4096]);
    loop {
        let Some(read) = connection.read(&mut more).ok().filter(|read| *read > 0) else { return false };
        request.extend_from_slice(&more[..read]);
        let Some(head) = request.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        if request.len() >= head + 4 + length.unwrap_or(0) {
            return true;
        }
    }
}

/// A server that says that it keeps a connection, and ends it instead of answering the second request on it.
fn start_forgetful() -> String {
    tcp::serve(|mut connection| {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        if read_request(&mut connection) && connection.write_all(answer).is_ok() {
            read_request(&mut connection);
        }
    })
}

#[test]
fn a_request_whose_kept_connection_ends_unanswered_is_sent_again() {
    let url = start_forgetful();
    for platform in ["native", "python"] {
        for every in EVERY {
            let brief = ["--scale", "smoke", "--runs", "1", "--warmup", "0", "--target", &url, "--platform", platform];
            let report = report(&[&["post", "-n", "12"], every, &brief[..]].concat());
            let (failures, well) = outcome(&report);
            assert!(failures.is_empty() && well == 12 * report.runs.len(), "{platform}: {failures:?}");
            for run in report.runs.iter().filter(|run| run.row.dispatch == Dispatch::Pool) {
                let resent = run.spans.iter().filter(|span| span.phases.contains_key("resent")).count();
                // The second request on a connection is, and never the first of all.
                assert!(resent > 0 && resent < 12, "{platform}, {} × {}: {resent}", run.row.strategy, run.row.workers);
            }
        }
    }
}

#[test]
fn a_new_connection_that_ends_unanswered_is_a_failure() {
    let url = tcp::serve(|mut connection| read_request(&mut connection));
    check_fault(&["post", "-n", "8", "--target", &url], ErrorKind::Network, true);
}
