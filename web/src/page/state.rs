//! The state of the page, and what changes it.

use std::rc::Rc;

use parlab_shared::measure::{ALL, Plan};
use parlab_shared::number::Counted;
use parlab_shared::report::{Environment, Report};
use parlab_shared::row::Row;
use parlab_shared::run::Run;

use super::draft::Draft;
use super::history::Entry;
use super::session::{Event, RunSummary};
use crate::messages::RunStarted;

/// Everything that the page shows, but for what moves in every frame.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Whether there is a lab.
    pub lab: LabState,
    /// What is asked for.
    pub draft: Draft,
    /// What went wrong, newest last.
    pub errors: Vec<String>,
    /// What is worth saying but no error.
    pub notices: Vec<String>,
    /// The plan that is being carried out.
    pub running: Option<Shared<Running>>,
    /// How the last plan ended.
    pub outcome: Option<String>,
    /// The last plan draws a picture.
    pub picture: bool,
    /// The report that is shown.
    pub report: Option<Shared<Report>>,
    /// What stands beside it.
    pub others: Vec<NamedFile>,
    /// The reports that are kept.
    pub history: Vec<Entry>,
}

/// Whether there is a lab.
#[derive(Clone, Debug, PartialEq)]
pub enum LabState {
    /// It is being started.
    Starting,
    /// It is there.
    Ready(Rc<Environment>),
    /// It could not be started, for this reason.
    Absent(String),
}

/// A plan that is being carried out.
#[derive(Clone, Debug)]
pub struct Running {
    /// The plan that is being carried out.
    pub plan: Rc<Plan>,
    /// The run that is going on.
    pub started: Option<RunStarted>,
    /// The runs that are over.
    pub summaries: Vec<RunSummary>,
    /// The user asked to stop.
    pub cancelling: bool,
}

/// A report that stands beside the one that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedReport {
    /// Where it came from, for the user.
    pub name: String,
    /// The report that stands beside the one shown.
    pub report: Shared<Report>,
}

/// What stands beside the report that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedFile {
    /// Where it came from, for the user.
    pub name: String,
    /// What it holds.
    pub file: ReportFile,
}

/// What a file of reports holds.
#[derive(Clone, Debug, PartialEq)]
pub enum ReportFile {
    /// A report by itself.
    Alone(Shared<Report>),
    /// The parts of a pair.
    Pair(Shared<Vec<Report>>),
}

impl ReportFile {
    /// The reports of a file; `None` if there are none.
    pub fn of(mut reports: Vec<Report>) -> Option<Self> {
        match reports.len() {
            0 | 1 => reports.pop().map(|report| Self::Alone(Shared(Rc::new(report)))),
            _ => Some(Self::Pair(Shared(Rc::new(reports)))),
        }
    }

    /// Its id, which no other file has.
    pub fn id(&self) -> &str {
        match self {
            Self::Alone(report) => &report.id,
            Self::Pair(reports) => reports.first().and_then(|first| first.part.as_ref()).map_or("", |part| &part.pair),
        }
    }
}

/// Something large and constant: equal only to itself, so that comparing is free.
#[derive(Debug)]
pub struct Shared<T>(pub Rc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> std::ops::Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What changes the state.
#[derive(Clone, Debug)]
pub enum Action {
    /// Something happened in the session.
    Session(Event),
    /// The user chose an experiment or workload.
    Chosen(String),
    /// All that is asked for at once.
    Drafted(Draft),
    /// The user changed a parameter; `None` leaves it to the experiment.
    Changed(&'static str, Option<String>),
    /// Something cannot be done, for this reason.
    Refused(String),
    /// Something is worth saying.
    Noticed(String),
    /// The user has read the errors.
    Dismissed,
    /// A report is shown.
    Opened(Rc<Report>),
    /// A report, or a pair, stands beside the one that is shown.
    Added(String, ReportFile),
    /// It no longer does.
    Removed(usize),
    /// What is kept changed to this.
    Kept(Vec<Entry>),
}

impl State {
    /// The page as it opens, with what was kept before.
    pub fn new(draft: Draft, errors: Vec<String>, history: Vec<Entry>) -> Self {
        Self {
            lab: LabState::Starting,
            draft,
            errors,
            notices: Vec::new(),
            running: None,
            outcome: None,
            picture: false,
            report: None,
            others: Vec::new(),
            history,
        }
    }

    /// The page after an action.
    pub fn after(&self, action: Action) -> Self {
        let mut next = self.clone();
        match action {
            Action::Session(event) => next.session(event),
            Action::Chosen(name) => next.draft.choose(&name),
            Action::Drafted(draft) => next.draft = draft,
            Action::Changed(key, Some(value)) => next.draft.put(key, &value),
            Action::Changed(key, None) => next.draft.clear(key),
            Action::Refused(reason) => {
                next.errors.retain(|error| *error != reason);
                next.errors.push(reason);
            }
            Action::Noticed(notice) => next.notices.push(notice),
            Action::Dismissed => next.errors.clear(),
            Action::Opened(report) => {
                next.outcome = None;
                next.picture = false;
                next.report = Some(Shared(report));
            }
            Action::Added(name, file) => {
                next.others.retain(|beside| beside.file.id() != file.id());
                next.others.push(NamedFile { name, file });
            }
            Action::Removed(index) => {
                next.others.remove(index);
            }
            Action::Kept(entries) => next.history = entries,
        }
        next
    }

    fn session(&mut self, event: Event) {
        match event {
            Event::Starting => self.lab = LabState::Starting,
            Event::Ready(environment) => self.lab = LabState::Ready(environment),
            Event::Absent(reason) => self.lab = LabState::Absent(reason),
            Event::Started(plan) => {
                self.errors.clear();
                self.notices.clear();
                self.outcome = None;
                // A plan that did not come from the controls: they follow.
                let several = (plan.stages.len() > 1).then_some(ALL);
                let name = several.or(plan.experiment()).or(plan.rows().next().map(|row| row.workload.name()));
                if let Some(name) = name.filter(|name| *name != self.draft.get("run")) {
                    self.draft.choose(name);
                }
                self.picture = plan.rows().any(|row| row.workload.picture_side().is_some());
                let running = Running { plan, started: None, summaries: Vec::new(), cancelling: false };
                self.running = Some(Shared(Rc::new(running)));
            }
            Event::RunStarted(started) => self.running(|running| running.started = Some(started)),
            Event::RunFinished(summary) => self.running(|running| running.summaries.push(summary)),
            Event::Cancelling => self.running(|running| running.cancelling = true),
            Event::Finished { report, problem } => self.finished(report, problem),
            // Of the still page, which has no state of this kind.
            Event::Serving | Event::Served(_) => {}
        }
    }

    fn running(&mut self, change: impl FnOnce(&mut Running)) {
        if let Some(running) = &mut self.running {
            change(Rc::make_mut(&mut running.0));
        }
    }

    fn finished(&mut self, report: Rc<Report>, problem: Option<String>) {
        self.running = None;
        let runs = Counted(report.runs.len() as u64, "run");
        let is_measured = report.runs.iter().any(Run::is_measured);
        self.outcome = Some(match (report.cancelled, report.runs.is_empty()) {
            (true, true) => "Stopped before the first run was over: there is nothing to show.".to_owned(),
            (true, false) if !is_measured => "Stopped before a run was measured: there are no times.".to_owned(),
            (true, false) => format!("Stopped. {runs} kept."),
            (false, _) => format!("Done: {runs}."),
        });
        self.errors.extend(problem);
        if !report.runs.is_empty() {
            self.report = Some(Shared(report));
        }
    }
}

impl Running {
    /// How many runs the plan has.
    pub fn of(&self) -> usize {
        self.plan.runs()
    }

    /// The experiment that is going on, if there are several.
    pub fn experiment(&self) -> Option<&str> {
        let several = self.plan.stages.len() > 1;
        self.started.as_ref().filter(|_| several).and_then(|started| started.spec.row.experiment.as_deref())
    }

    /// The rows of the experiment that is going on with their measured wall times so far, in the order of the plan.
    pub fn rows(&self) -> impl Iterator<Item = (&Row, Vec<f64>)> {
        let experiment = self.experiment();
        let rows = self.plan.rows().filter(move |row| experiment.is_none() || row.experiment.as_deref() == experiment);
        rows.map(|row| {
            let measured = self.summaries.iter().filter(move |summary| summary.row == *row && !summary.warmup);
            (row, measured.map(|summary| summary.wall_ms).collect())
        })
    }

    /// How long runs of the row that is going on took, at most.
    pub fn expected_ms(&self) -> Option<f64> {
        let row = &self.started.as_ref()?.spec.row;
        let summaries = self.summaries.iter().filter(|summary| summary.row == *row);
        summaries.map(|summary| summary.wall_ms).max_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{environment, plan, started};

    fn state() -> State {
        State::new(Draft::default(), vec![], vec![])
    }

    /// A page on which all of this happens, one after the other.
    fn after(actions: impl IntoIterator<Item = Action>) -> State {
        actions.into_iter().fold(state(), |state, action| state.after(action))
    }

    fn report(runs: usize, cancelled: bool) -> Rc<Report> {
        let spans = (0..4).map(|task| crate::fixture::span(task, 1.0)).collect();
        let run = Run { spans, ..crate::fixture::run(&plan(), 0) };
        let runs = vec![run; runs];
        Rc::new(Report { cancelled, ..crate::fixture::report(runs) })
    }

    fn summary(wall_ms: f64, warmup: bool) -> Action {
        let row = plan().rows().next().expect("a row").clone();
        Action::Session(Event::RunFinished(RunSummary { row, warmup, wall_ms, failed: 0 }))
    }

    #[test]
    fn the_lab_comes_and_goes() {
        let ready = after([Action::Session(Event::Ready(Rc::new(environment())))]);
        assert_eq!(ready.lab, LabState::Ready(Rc::new(environment())));
        let absent = ready.after(Action::Session(Event::Absent("no workers".to_owned())));
        assert_eq!(absent.lab, LabState::Absent("no workers".to_owned()));
        assert_eq!(absent.after(Action::Session(Event::Starting)).lab, LabState::Starting);
    }

    #[test]
    fn a_plan_shows_what_is_known_of_it_so_far() {
        let begun = after([
            Action::Refused("a reason".to_owned()),
            Action::Noticed("a notice".to_owned()),
            Action::Session(Event::Started(Rc::new(plan()))),
        ]);
        assert!(begun.errors.is_empty() && begun.notices.is_empty() && !begun.picture);
        // It did not come from the controls: they follow.
        assert_eq!(begun.draft.get("run"), "count");
        let on = [Action::Session(Event::RunStarted(started(&plan(), 0))), summary(9.0, true), summary(4.0, false)];
        let on = on.into_iter().fold(begun, |state, action| state.after(action));
        let running = on.running.clone().expect("a plan is carried out");
        let walls: Vec<Vec<f64>> = running.rows().map(|(_, walls)| walls).collect();
        // Warm-up runs are not measured, but tell how long a run may take.
        assert_eq!((walls, running.expected_ms(), running.of()), (vec![vec![4.0], vec![]], Some(9.0), 2));
        assert_eq!((running.experiment(), running.cancelling), (None, false));
        let cancelling = on.after(Action::Session(Event::Cancelling));
        assert!(cancelling.running.is_some_and(|running| running.cancelling));
        assert!(!running.cancelling, "what was shown does not change");
    }

    #[test]
    fn what_happens_when_no_plan_is_carried_out_changes_nothing() {
        let late = [Event::RunStarted(started(&plan(), 0)), Event::Cancelling].map(Action::Session);
        assert_eq!(after(late.into_iter().chain([summary(1.0, false)])), state());
    }

    #[track_caller]
    fn check_end(runs: usize, cancelled: bool, problem: Option<&str>, outcome: &str) {
        let problem = problem.map(str::to_owned);
        let end = Event::Finished { report: report(runs, cancelled), problem: problem.clone() };
        let over = after([Action::Session(Event::Started(Rc::new(plan()))), Action::Session(end)]);
        assert!(over.running.is_none());
        assert_eq!(over.outcome.as_deref(), Some(outcome));
        assert_eq!(over.errors, problem.into_iter().collect::<Vec<_>>());
        assert_eq!(over.report.is_some(), runs > 0, "an empty report shows nothing");
    }

    #[test]
    fn a_plan_ends() {
        check_end(1, false, None, "Done: 1 run.");
        check_end(3, true, None, "Stopped. 3 runs kept.");
        check_end(0, true, None, "Stopped before the first run was over: there is nothing to show.");
        check_end(2, true, Some("The lab died."), "Stopped. 2 runs kept.");
    }

    #[test]
    fn a_plan_that_was_stopped_during_warm_up_has_no_times() {
        let mut report = Report::clone(&report(2, true));
        report.runs.iter_mut().for_each(|run| run.warmup = true);
        let end = Event::Finished { report: Rc::new(report), problem: None };
        let over = after([Action::Session(Event::Started(Rc::new(plan()))), Action::Session(end)]);
        assert_eq!(over.outcome.as_deref(), Some("Stopped before a run was measured: there are no times."));
    }

    #[test]
    fn an_error_is_said_once_until_it_was_read() {
        let refused = ["a", "b", "a"].map(|reason| Action::Refused(reason.to_owned()));
        let state = after(refused);
        assert_eq!(state.errors, ["b", "a"]);
        assert!(state.after(Action::Dismissed).errors.is_empty());
    }

    #[test]
    fn the_draft_follows_the_controls() {
        let chosen = after([
            Action::Chosen("sum".to_owned()),
            Action::Changed("workers", Some("1,2".to_owned())),
            Action::Changed("runs", Some("3".to_owned())),
            Action::Changed("runs", None),
        ]);
        assert_eq!(chosen.draft.query(), "?run=sum&workers=1,2");
        let drafted = chosen.after(Action::Drafted(Draft::default()));
        assert_eq!(drafted.draft, Draft::default());
    }

    #[test]
    fn reports_stand_beside_each_other_once() {
        let (first, second) = (report(1, false), report(2, false));
        let other = Report { id: "another".to_owned(), ..(*first).clone() };
        let beside = after([
            Action::Opened(report(1, false)),
            Action::Added("first".to_owned(), ReportFile::Alone(Shared(first))),
            Action::Added("other".to_owned(), ReportFile::of(vec![other]).expect("a report")),
            Action::Added("second".to_owned(), ReportFile::Alone(Shared(second))),
        ]);
        let names = |state: &State| state.others.iter().map(|beside| beside.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&beside), ["other", "second"]);
        assert_eq!(names(&beside.after(Action::Removed(0))), ["second"]);
        assert!(beside.report.is_some());
    }

    #[test]
    fn what_is_kept_is_shown() {
        let entry = Entry {
            id: "1".to_owned(),
            title: "sum".to_owned(),
            created: String::new(),
            runs: 1,
            cancelled: false,
            bytes: 10,
        };
        assert_eq!(after([Action::Kept(vec![entry.clone()])]).history, [entry]);
    }
}
