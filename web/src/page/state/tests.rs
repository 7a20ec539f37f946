//! What becomes of a page on which something happens.

use super::*;
use crate::fixture::{over, plan, plan_view, started};
use crate::page::route;

fn state() -> State {
    State::new(&Requested::default())
}

/// A page on which all of this happens, one after the other.
fn after(actions: impl IntoIterator<Item = Action>) -> State {
    actions.into_iter().fold(state(), |state, action| state.after(action))
}

fn card(id: &str, runs: usize) -> Card {
    Card {
        id: id.to_owned(),
        title: "count".to_owned(),
        name: None,
        experiment: None,
        run: "count".to_owned(),
        created: String::new(),
        machines: Vec::new(),
        parts: Vec::new(),
        runs,
        stopped: false,
        bytes: None,
        repeatable: true,
    }
}

fn begun() -> Action {
    Action::Session(Event::Started(Rc::new(plan_view())))
}

fn finished(wall_ms: f64, warmup: bool) -> Action {
    Action::Session(Event::RunFinished(RunFinished { wall_ms, warmup, ..over(0) }))
}

#[test]
fn the_lab_comes_and_goes() {
    let ready = after([Action::Session(Event::Ready("{}".into()))]);
    assert_eq!(ready.lab, LabState::Ready("{}".into()));
    let absent = ready.after(Action::Session(Event::Absent("no workers".to_owned())));
    assert_eq!(absent.lab, LabState::Absent("no workers".to_owned()));
    assert_eq!(absent.after(Action::Session(Event::Starting)).lab, LabState::Starting);
}

#[test]
fn a_plan_shows_what_is_known_of_it_so_far() {
    let begun = after([Action::Refused("a reason".to_owned()), Action::Noticed("a notice".to_owned()), begun()]);
    assert!(begun.errors.is_empty() && begun.notices.is_empty());
    let first = Action::Session(Event::RunStarted(started(&plan(), 0)));
    let on = [first, finished(9.0, true), finished(4.0, false)];
    let on = on.into_iter().fold(begun, |state, action| state.after(action));
    let running = on.running.clone().expect("a plan is carried out");
    let walls: Vec<Vec<Vec<f64>>> = running.rows().map(|(_, _, walls)| walls).collect();
    // Warm-up runs are not measured, but tell how long a run may take.
    let of = (running.expected_ms(0), running.of());
    assert_eq!((walls, of), (vec![vec![vec![4.0]], vec![vec![]]], (Some(9.0), 2)));
    assert_eq!((running.experiment(), running.cancelling), (None, false));
    // One run of the other row is left, of which nothing is known yet.
    let gone = |spent_ms, since_ms| Gone { spent_ms, since_ms };
    assert_eq!(running.left_ms(gone(13.0, 0.0), None), Some(6.5));
    let cancelling = on.after(Action::Session(Event::Cancelling));
    assert!(cancelling.running.is_some_and(|running| running.cancelling));
    assert!(!running.cancelling, "what was shown does not change");
}

#[test]
fn what_happens_when_no_plan_is_carried_out_changes_nothing() {
    let late = [Event::RunStarted(started(&plan(), 0)), Event::Cancelling].map(Action::Session);
    assert_eq!(after(late.into_iter().chain([finished(1.0, false)])), state());
}

#[track_caller]
fn check_end(recorded: Recorded, outcome: &str, report: Option<&str>) {
    let problems = recorded.problems.clone();
    let over = after([begun(), Action::Session(Event::Recorded(recorded))]);
    assert!(over.running.is_none());
    let ended = over.outcome.expect("an outcome");
    assert_eq!((ended.text.as_str(), ended.report.as_deref()), (outcome, report));
    assert_eq!(ended.problems, problems);
    let kept = report.map(|_| "an id");
    assert_eq!(over.opened.first().map(|card| card.id.as_str()), kept);
}

#[test]
fn a_plan_ends() {
    let recorded = |card, is_measured, cancelled| Recorded { card, is_measured, cancelled, problems: vec![] };
    check_end(recorded(Some(card("an id", 1)), true, false), "Done: 1 run.", Some("an id"));
    check_end(recorded(Some(card("an id", 3)), true, true), "Stopped. 3 runs kept.", Some("an id"));
    check_end(
        recorded(Some(card("an id", 3)), false, true),
        "Stopped before a measured run was over: nothing was measured.",
        None,
    );
    check_end(recorded(None, false, true), "Stopped before the first run was over: there is nothing to show.", None);
    let problems = vec!["The lab died.".to_owned()];
    let died = Recorded { problems, ..recorded(Some(card("an id", 2)), true, true) };
    check_end(died, "Stopped. 2 runs kept.", Some("an id"));
}

#[test]
fn why_nothing_is_run_stands_where_it_was_asked_for() {
    let asked = [Action::Noticed("asked".to_owned()), Action::NotRun("gone".to_owned())];
    let refused = after(asked);
    assert_eq!((refused.refused.as_deref(), refused.notices.len(), refused.errors().len()), (Some("gone"), 0, 0));
    assert_eq!(refused.after(begun()).refused, None);
    assert_eq!(refused.after(Action::Went(View::Gallery)).refused, None);
}

#[test]
fn what_a_plan_ended_with_stands_beside_it_or_in_the_head() {
    let problems = vec!["The lab died.".to_owned()];
    let recorded = Recorded { card: None, is_measured: false, cancelled: true, problems: problems.clone() };
    let over = [begun(), Action::Session(Event::Recorded(recorded))];
    let over = over.into_iter().fold(state(), |state, action| state.after(action));
    assert_eq!(over.errors(), problems, "the gallery is shown");
    let there = [Action::Drafted(Draft::of("count", "")), Action::Went(View::Experiment)];
    let there = there.into_iter().fold(over, |state, action| state.after(action));
    assert!(there.errors().is_empty() && there.outcome.as_ref().is_some_and(|outcome| outcome.problems == problems));
    let dismissed = there.after(Action::Dismissed).after(Action::Went(View::History));
    assert!(dismissed.errors().is_empty());
}

#[test]
fn what_is_left_is_told_from_what_was_measured() {
    let check = |running: &Running, [spent_ms, since_ms]: [f64; 2], current_ms, expected| {
        assert_eq!(running.left_ms(Gone { spent_ms, since_ms }, current_ms), expected);
    };
    let run = |row, part, wall_ms| RunFinished { part, row, wall_ms, ..over(row) };
    let plan = PlanView { runs: 4, estimate_ms: Some(100.0), ..plan_view() };
    let on = |parts: &[&str], over: Vec<RunFinished>| Running {
        plan: Rc::new(plan.clone()),
        parts: parts.iter().map(|part| (*part).to_owned()).collect(),
        started: Some(started(&crate::fixture::plan(), 1)),
        over,
        cancelling: false,
    };
    check(&on(&[], vec![]), [0.0, 30.0], Some(1.0), Some(70.0));
    check(&on(&[], vec![]), [0.0, 300.0], None, Some(0.0));
    // What is known here tells nothing of a pair; a run that goes on does.
    check(&on(&["native", "firefox"], vec![]), [0.0, 1.0], None, None);
    check(&on(&["native", "firefox"], vec![]), [0.0, 1.0], Some(5.0), Some(39.0));
    // Two runs took 10 ms each in all, of which 4 ms and 6 ms were measured; one of each row is left.
    let half = on(&[], vec![run(0, 0, 4.0), run(1, 0, 6.0)]);
    check(&half, [20.0, 0.0], None, Some(20.0));
    check(&half, [20.0, 3.0], None, Some(17.0));
    check(&half, [20.0, 500.0], None, Some(9.0));
    // Of a part that had no run yet, what the others took.
    check(&on(&["native", "firefox"], vec![run(0, 0, 4.0)]), [4.0, 0.0], None, Some(7.0 * 4.0));
}

#[test]
fn an_error_is_said_once_until_it_was_read() {
    let refused = ["a", "b", "a"].map(|reason| Action::Refused(reason.to_owned()));
    let state = after(refused);
    assert_eq!(state.errors, ["b", "a"]);
    assert!(state.after(Action::Dismissed).errors.is_empty());
}

#[test]
fn why_a_file_was_not_read_stands_where_files_are_dropped() {
    let unread = ["a", "b", "a"].map(|reason| Action::Unread(reason.to_owned()));
    let state = after(unread);
    assert_eq!((&state.view, &state.unread[..]), (&View::Compare, &["b".to_owned(), "a".to_owned()][..]));
    assert!(state.errors().is_empty(), "it is said once");
    assert!(state.after(Action::Went(View::Compare)).unread.is_empty());
    assert!(state.after(Action::Added(card("file", 1))).unread.is_empty());
}

#[test]
fn the_draft_follows_the_controls() {
    let chosen = after([
        Action::Drafted(Draft::of("sum", "")),
        Action::Changed("workers".to_owned(), Some("1,2".to_owned())),
        Action::Changed("runs".to_owned(), Some("3".to_owned())),
        Action::Changed("runs".to_owned(), None),
    ]);
    assert_eq!(chosen.draft.query(), "?run=sum&workers=1,2");
}

#[test]
fn parameters_that_come_twice_are_passed_on_until_something_is_changed() {
    let state = State::new(&route::read("?run=sum&runs=1&runs=2"));
    assert_eq!(state.parameters().len(), 3);
    let changed = state.after(Action::Changed("runs".to_owned(), Some("2".to_owned())));
    assert_eq!(changed.parameters().len(), 2);
}

#[test]
fn what_is_nowhere_else_would_be_lost() {
    let added = |card: Card| after([Action::Added(card)]);
    assert!(!added(Card { name: Some("a file".to_owned()), ..card("file", 1) }).has_unkept());
    assert!(!added(Card { bytes: Some(7), ..card("kept", 1) }).has_unkept());
    assert!(added(card("unkept", 1)).has_unkept());
}

#[test]
fn an_experiment_is_shown_with_its_last_report() {
    let kept = Action::Kept(vec![card("kept", 1)]);
    let state = after([kept]);
    assert_eq!(state.last_report("count").map(|card| card.id.as_str()), Some("kept"));
    assert_eq!(state.last_report("sum"), None);
    let file = Card { name: Some("a file".to_owned()), ..card("file", 1) };
    let mut state = state.after(Action::Added(file));
    assert_eq!((&state.view, &state.compared[..]), (&View::Compare, &["file".to_owned()][..]));
    [card("first", 1), card("second", 1)].into_iter().for_each(|card| state.open(card));
    assert_eq!(state.last_report("count").map(|card| card.id.as_str()), Some("second"));
    assert!(state.card("file").is_some() && state.card("kept").is_some() && state.card("none").is_none());
}

#[test]
fn reports_of_elsewhere_stay_until_somebody_looks_at_them() {
    let passed = |number| Passed {
        number,
        page: "a".to_owned(),
        from: "a telephone".to_owned(),
        title: "Posts".to_owned(),
        bytes: 2,
    };
    let arrived = after([Action::Arrived(vec![passed(1), passed(2)]), Action::Arrived(vec![passed(3)])]);
    let settled = arrived.after(Action::Settled(2));
    assert_eq!(settled.arrived, [passed(1), passed(3)]);
}
