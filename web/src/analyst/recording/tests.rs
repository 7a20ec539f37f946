use parlab_shared::conduct::Happened;
use parlab_shared::measure::{Board, Plan, Snapshot};
use parlab_shared::report::fixture::PairBuilder;
use parlab_shared::report::{Report, Throttled, Warning};
use parlab_shared::run::Run;
use parlab_shared::strategy::Platform;
use parlab_shared::task::{Task, Work};
use proptest::prelude::*;

use super::*;
use crate::analyst::card::json;
use crate::analyst::history::History;
use crate::analyst::history::store::Store;
use crate::analyst::history::store::Table;
use crate::analyst::history::store::fake::{Shelf, now};
use crate::fixture::{environment, plan, run, span};
use crate::questions::{Ending, Salvage};

fn own(plan: &Plan) -> Beginning {
    Beginning::Own {
        plan: serde_json::to_string(plan).expect("written"),
        id: "an-id".to_owned(),
        created: "2026-01-01T00:00:00Z".to_owned(),
        environment: serde_json::to_string(&environment()).expect("written"),
    }
}

fn ended() -> Ending {
    Ending { cancelled: false, was_hidden: false, problem: None, salvage: None, happened: String::new() }
}

fn whole(row: usize) -> Run {
    Run { spans: (0..4).map(|task| span(task, 1.0)).collect(), ..run(&plan(), row) }
}

fn raw(run: &Run) -> Vec<u8> {
    serde_json::to_vec(run).expect("written")
}

fn report_of(runs: Vec<RawRun>, ending: &Ending, board: Option<&[u8]>) -> Recorded {
    reports(&own(&plan()), runs, ending, board, "a-build").expect("a report")
}

#[test]
fn runs_become_a_report() {
    let runs = vec![(0, raw(&whole(0))), (0, raw(&whole(1)))];
    let recorded = report_of(runs, &ended(), None);
    let [report] = &recorded.reports[..] else { panic!("one report") };
    assert_eq!(report.runs, [whole(0), whole(1)]);
    assert_eq!((&*report.id, report.cancelled, report.warnings.len()), ("an-id", false, 0));
    assert!(report.tool.build.starts_with("a-build"), "{}", report.tool.build);
    assert!(recorded.is_measured());
    let hidden = report_of(vec![], &Ending { was_hidden: true, cancelled: true, ..ended() }, None);
    assert_eq!(hidden.reports[0].warnings, [Warning::HiddenPage]);
    assert!(hidden.reports[0].cancelled && !hidden.is_measured());
    // What the lab did not finish for a reason of its own was stopped, too.
    assert!(report_of(vec![], &Ending { problem: Some("it died".to_owned()), ..ended() }, None).reports[0].cancelled);
}

#[test]
fn a_run_that_cannot_be_read_is_counted() {
    let runs = vec![(0, raw(&whole(0))), (0, b"{".to_vec()), (7, raw(&whole(1)))];
    let recorded = report_of(runs, &ended(), None);
    assert_eq!((recorded.runs(), recorded.unread), (1, 2));
}

/// A board of four tasks of the plan, of which the first ones are over.
fn board(over: u32) -> Vec<u8> {
    let board = Board::new(4, 0);
    for task in 0..over {
        let mut finished =
            parlab_shared::measure::failed(task, 0, [100.0, 100.0, 101.0], parlab_shared::span::TaskError::cancelled());
        finished.span.error = None;
        board.end(&Task { id: task, work: Work::Count { n: 1 } }, &finished);
    }
    assert_eq!(Snapshot::decode(&board.bytes()).expect("a board").finished, over);
    board.bytes()
}

#[test]
fn what_a_dead_lab_left_on_its_board_is_kept() {
    let salvage =
        Salvage { row: 1, warmup: false, repetition: 0, started_ms: 40.0, reason: "it does not answer".to_owned() };
    let ending = Ending { cancelled: true, problem: Some("dead".to_owned()), salvage: Some(salvage), ..ended() };
    let recorded = report_of(vec![(0, raw(&whole(0)))], &ending, Some(&board(3)));
    let [_, kept] = &recorded.reports[0].runs[..] else { panic!("two runs") };
    assert_eq!((kept.spans.len(), kept.cancelled, kept.started_ms, kept.wall_ms), (3, true, 40.0, 1.0));
    assert_eq!(kept.row, whole(1).row);
    // Its times are since it began.
    assert_eq!(kept.spans[0].queued_ms, 0.0);
    for nothing in [Some(board(0)), Some(vec![1, 2, 3]), None] {
        assert_eq!(report_of(vec![], &ending, nothing.as_deref()).runs(), 0);
    }
}

#[test]
fn a_pair_that_the_server_conducts_has_its_parts() {
    let pair = PairBuilder::of("sum", &[Platform::Native, Platform::Firefox]).tasks(2).build();
    let without: Vec<Report> = pair.iter().map(|report| Report { runs: Vec::new(), ..report.clone() }).collect();
    let beginning = Beginning::Conducted(vec![json(&without)]);
    let recording = Recording::begin(beginning.clone()).expect("it begins");
    assert_eq!((&*recording.id, recording.of), ("pair", None));
    let parts = pair.iter().enumerate();
    let runs: Vec<RawRun> =
        parts.flat_map(|(part, report)| report.runs.iter().map(move |run| (part, raw(run)))).collect();
    let recorded = reports(&beginning, runs, &Ending { was_hidden: true, ..ended() }, None, "").expect("a pair");
    assert_eq!(recorded.reports[0].runs, pair[0].runs);
    assert_eq!(recorded.reports[1].runs, pair[1].runs);
    // What happened to its second part, the server says.
    let lost = Warning::Lost { reason: "it is gone".to_owned() };
    let throttled = Some(Throttled { periods: 3, ms: 1.5 });
    let happened =
        [Happened { throttled, ..Happened::default() }, Happened { warnings: vec![lost.clone()], throttled: None }];
    let happened = serde_json::to_string(&happened).expect("written");
    let told = reports(&beginning, vec![], &Ending { happened, ..ended() }, None, "").expect("a pair").reports;
    assert!(told[1].warnings.contains(&lost) && !told[0].warnings.contains(&lost));
    assert_eq!([0, 1].map(|part| told[part].environment.throttled), [throttled, None]);
    // Only the page was hidden.
    let hidden = |report: &Report| report.warnings.contains(&Warning::HiddenPage);
    assert_eq!(recorded.reports.iter().map(hidden).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn what_begins_nothing_is_refused() {
    let bad = [
        Beginning::Conducted(vec!["{".to_owned()]),
        Beginning::Own { plan: "{}".to_owned(), id: String::new(), created: String::new(), environment: String::new() },
    ];
    for beginning in bad {
        Recording::begin(beginning).expect_err("refused");
    }
}

#[test]
fn what_came_is_written_after_a_pass_and_seldom() {
    let mut recording = Recording::begin(own(&plan())).expect("it begins");
    let bytes = || raw(&whole(0));
    assert_eq!(recording.run(0, bytes(), false, 0.0), None, "the pass is not over");
    let first = recording.run(0, bytes(), true, 1.0).expect("the pass is over");
    assert_eq!((first.number, split(&first.bytes).len()), (0, 2));
    assert_eq!(recording.run(0, bytes(), true, 2.0), None, "it is still being written");
    recording.wrote(&first, true, 1.0, 11.0);
    // It took 10 ms: the next one comes 200 ms later.
    assert_eq!(recording.run(0, bytes(), true, 210.0), None, "it is too early");
    assert_eq!(recording.run(0, bytes(), false, 300.0), None, "the pass is not over");
    let second = recording.run(0, bytes(), true, 310.0).expect("it is time");
    assert_eq!((second.number, split(&second.bytes).len()), (1, 4));
    // What could not be written comes again.
    recording.wrote(&second, false, 310.0, 310.0);
    let third = recording.run(0, bytes(), true, 311.0).expect("it is time");
    assert_eq!((third.number, split(&third.bytes).len()), (1, 5));
    assert_eq!(recording.into_runs().len(), 7);
}

proptest! {
    #[test]
    fn pieces_come_apart_as_they_were(runs in proptest::collection::vec((0..9_usize, proptest::collection::vec(any::<u8>(), 0..50)), 0..9), cut in 0..400_usize) {
        let bytes = joined(&runs);
        prop_assert_eq!(split(&bytes), runs.clone());
        let some = split(&bytes[..cut.min(bytes.len())]);
        prop_assert_eq!(&some[..], &runs[..some.len()]);
    }

    #[test]
    fn what_is_no_piece_is_no_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        split(&bytes);
    }
}

/// A history in which a recording was begun, and so many runs of it written down.
fn interrupted(runs: &[Run]) -> History<Shelf> {
    let history = History(Shelf::with_room(usize::MAX));
    let mut recording = Recording::begin(own(&plan())).expect("it begins");
    now(history.0.write(vec![kept::begun(&recording, 1000.0)])).expect("there is room");
    for run in runs {
        let piece = recording.run(0, raw(run), true, 0.0).expect("it is time");
        now(history.0.write(kept::piece(&recording, &piece, 1000.0))).expect("there is room");
        recording.wrote(&piece, true, 0.0, 0.0);
    }
    history
}

fn recover(history: &History<Shelf>, free: Option<bool>, now_ms: f64) -> Vec<String> {
    now(kept::recover(history, async |_: &str| free, now_ms, "")).expect("it can be read")
}

#[test]
fn what_nobody_goes_on_with_becomes_a_stopped_report() {
    let history = interrupted(&[whole(0), whole(1)]);
    assert!(recover(&history, Some(false), 1e12).is_empty(), "a tab goes on with it");
    assert!(recover(&history, None, 60_000.0).is_empty(), "without locks: somebody may");
    for free in [Some(true), None] {
        let history = interrupted(&[whole(0)]);
        let [note] = &recover(&history, free, 1e9)[..] else { panic!("one") };
        assert_eq!(
            note,
            "count, begun 2026-01-01 00:00 UTC, was interrupted when its page was closed: 1 of 2 runs are in the history."
        );
        let reports = now(history.load("an-id")).expect("it is kept");
        assert_eq!((reports[0].runs.len(), reports[0].cancelled), (1, true));
        assert_eq!(history.0.count(Table::Recordings) + history.0.count(Table::Pieces), 0);
        assert!(recover(&history, free, 1e9).is_empty(), "once");
    }
}

#[test]
fn a_recording_without_runs_or_that_is_damaged_leaves_nothing() {
    let nothing = interrupted(&[]);
    assert!(recover(&nothing, Some(true), 0.0).is_empty());
    assert!(nothing.0.kept.borrow().is_empty());
    let damaged = interrupted(&[whole(0)]);
    damaged.0.kept.borrow_mut().insert((Table::Recordings, "an-id".to_owned()), b"{".to_vec());
    assert!(recover(&damaged, Some(true), 0.0).is_empty());
    assert!(damaged.0.kept.borrow().is_empty());
    // The same run twice is no report.
    let twice = interrupted(&[whole(0), whole(0)]);
    assert!(recover(&twice, Some(true), 0.0).is_empty());
}

#[test]
fn what_cannot_be_kept_stays_for_the_next_visit() {
    let history = interrupted(&[whole(0)]);
    let before = history.0.kept.borrow().clone();
    history.0.room.set(0);
    now(kept::recover(&history, async |_: &str| Some(true), 0.0, "")).expect_err("it is full");
    assert_eq!(*history.0.kept.borrow(), before);
}
