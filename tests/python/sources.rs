//! Rows that Python carries out as their source did: the same results as natively, where native has that way too.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parlab_shared::run::Run;
use parlab_shared::strategy::{Mechanism, Strategy};
use parlab_shared::way::{Handing, Setup};

use crate::support::parlab::report;
use crate::support::results::{ONCE, results};

const SMOKE: [&str; 2] = ["--scale", "smoke"];

/// The source's own rows of an experiment, natively and in Python.
fn of_source(args: &[&str]) -> [Vec<Run>; 2] {
    ["native", "python"]
        .map(|platform| report(&[args, &SMOKE, &ONCE, &["--variant", "source", "--platform", platform]].concat()).runs)
}

/// Checks that Python's rows have the results of the native ones, as far as there are such; returns Python's.
#[track_caller]
fn check_source(args: &[&str], only_in_python: usize) -> Vec<Run> {
    let [native, python] = of_source(args);
    let mut alone = 0;
    for run in &python {
        let errors: Vec<_> = run.spans.iter().filter_map(|span| span.error.as_ref()).collect();
        assert!(errors.is_empty() && !run.spans.is_empty(), "{args:?}: {} {errors:?}", run.mechanism);
        match native.iter().find(|native| native.row == run.row) {
            Some(native) => assert_eq!(results(run), results(native), "{args:?}: {}", run.mechanism),
            None => alone += 1,
        }
    }
    assert_eq!((alone, python.len()), (only_in_python, native.len() + only_in_python), "{args:?}");
    python
}

#[test]
fn bodies_stay_unread_where_the_source_never_read_them() {
    for run in check_source(&["urls", "-n", "5", "--size", "3000000"], 0) {
        assert!(run.spans.iter().all(|span| span.bytes == 0), "{:?}", run.spans);
        let is_timed = run.row.way.setup == Setup::Timed;
        assert_eq!(is_timed, run.row.strategy != Strategy::Sequential);
    }
}

#[test]
fn an_unread_body_ends_its_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let ended = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ended);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let count = Arc::clone(&count);
            std::thread::spawn(move || -> std::io::Result<()> {
                let mut requests = BufReader::new(connection.try_clone()?);
                let mut line = String::new();
                while requests.read_line(&mut line)? > 2 {
                    line.clear();
                }
                // Whoever waits for the body waits for ever.
                (&connection).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
                if requests.read(&mut [0; 1])? == 0 {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                Ok(())
            });
        }
    });
    let rows = ["-s", "sequential,async,threads,processes", "-w", "2", "--timeout", "5", "--target", &url];
    let source = ["urls", "-n", "3", "--variant", "source", "--platform", "python"];
    let report = report(&[&source[..], &rows, &SMOKE, &ONCE].concat());
    assert_eq!(report.failed(), 0, "{:?}", report.runs);
    assert_eq!(report.runs.iter().map(|run| run.spans.len()).sum::<usize>(), 12);
    // The server hears of the last ones a moment later.
    let deadline = Instant::now() + Duration::from_secs(30);
    while ended.load(Ordering::SeqCst) < 12 {
        assert!(Instant::now() < deadline, "{ended:?} connections ended");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn texts_are_sent_where_the_source_sent_them() {
    let length = 2_500_000;
    for run in check_source(&["io-heavy", "-n", "4", "--size", &length.to_string()], 0) {
        assert!(run.spans.iter().all(|span| span.bytes == length && span.checksum == run.spans[0].checksum));
    }
    // No text is a text, too.
    check_source(&["io-heavy", "-n", "2", "--size", "0", "-s", "processes"], 0);
}

#[test]
fn the_three_crawls_of_the_source_are_three_algorithms() {
    let python = check_source(&["crawl"], 1);
    let [serial, rounds, asyncio] = python.as_slice() else { panic!("{} rows", python.len()) };
    assert_eq!(
        [serial.mechanism, rounds.mechanism, asyncio.mechanism],
        [Mechanism::OneThread, Mechanism::MultiprocessingPool, Mechanism::RunInExecutor]
    );
    assert_eq!((rounds.row.way.handing, asyncio.row.way.handing), (Handing::Callback, Handing::Executor));
    // The serial one looks whether it has enough after each page, one by rounds after ten, the last one after all that it
    // knew.
    let visited = [serial, rounds, asyncio].map(|run| run.spans.len());
    assert_eq!(visited[1] % 10, 1, "{visited:?}");
    assert!(visited[0] < visited[1] && visited[1] < visited[2], "{visited:?}");
    // A worker of a round is made for it alone.
    assert!(rounds.spans[1..11].iter().all(|span| span.worker < 10), "{:?}", rounds.spans);
}
