//! The state of the page, and what changes it.

use std::rc::Rc;

use parlab_shared::measure::{ALL, Plan, Row};
use parlab_shared::report::{Environment, Report, Run};
use parlab_shared::say::number::Count;
use yew::Reducible;

use super::draft::Draft;
use super::history::{self, Entry};
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
    /// The reports that stand beside it.
    pub others: Vec<Other>,
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
    /// The plan.
    pub plan: Rc<Plan>,
    /// The run that is going on.
    pub begins: Option<RunStarted>,
    /// The runs that are over.
    pub summaries: Vec<RunSummary>,
    /// The user asked to stop.
    pub cancelling: bool,
}

/// A report that stands beside the one that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// Where it came from, for the user.
    pub name: String,
    /// The report.
    pub report: Shared<Report>,
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
    /// A report stands beside the one that is shown.
    Added(String, Rc<Report>),
    /// It no longer does.
    Removed(usize),
    /// What is kept changed.
    Kept,
}

impl State {
    /// The page as it opens.
    pub fn new(draft: Draft, errors: Vec<String>) -> Self {
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
            history: history::entries(),
        }
    }

    fn session(&mut self, event: Event) {
        match event {
            Event::Starting => self.lab = LabState::Starting,
            Event::Ready(environment) => self.lab = LabState::Ready(Rc::new(environment)),
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
                let running = Running { plan, begins: None, summaries: Vec::new(), cancelling: false };
                self.running = Some(Shared(Rc::new(running)));
            }
            Event::RunStarted(begins) => self.running(|running| running.begins = Some(begins)),
            Event::RunFinished(summary) => self.running(|running| running.summaries.push(summary)),
            Event::Cancelling => self.running(|running| running.cancelling = true),
            Event::Finished { report, problem } => self.finished(report, problem),
        }
    }

    fn running(&mut self, change: impl FnOnce(&mut Running)) {
        if let Some(running) = &mut self.running {
            change(Rc::make_mut(&mut running.0));
        }
    }

    fn finished(&mut self, report: Rc<Report>, problem: Option<String>) {
        self.running = None;
        let runs = Count(report.runs.len() as u64, "run");
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
        self.begins.as_ref().filter(|_| several).and_then(|begins| begins.spec.row.experiment.as_deref())
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

    /// How long the longest run so far took, of the experiment that is going on.
    pub fn longest_ms(&self) -> Option<f64> {
        let experiment = self.experiment();
        let summaries = self.summaries.iter();
        let summaries = summaries.filter(|one| experiment.is_none() || one.row.experiment.as_deref() == experiment);
        summaries.map(|summary| summary.wall_ms).max_by(f64::total_cmp)
    }
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = (*self).clone();
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
            Action::Added(name, report) => {
                next.others.retain(|other| other.report.id != report.id);
                next.others.push(Other { name, report: Shared(report) });
            }
            Action::Removed(index) => {
                next.others.remove(index);
            }
            Action::Kept => next.history = history::entries(),
        }
        Rc::new(next)
    }
}
