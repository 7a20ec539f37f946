//! The state of the page, and what changes it.

use std::collections::BTreeSet;
use std::rc::Rc;

use parlab_shared::conduct::{Offer, Passed};
use parlab_shared::number::Counted;

use super::route::{Draft, Requested, View};
use super::session::{Event, Gone, Recorded};
use crate::views::{Card, CatalogueView, MachineView, PlanRow, PlanView};
use parlab_shared::measure::{RunFinished, RunStarted};

/// Everything that the page shows, but for what moves in every frame, and what views ask for themselves.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Where the user is.
    pub view: View,
    /// What there is to choose from.
    pub catalogue: Rc<CatalogueView>,
    /// Whether there is a lab.
    pub lab: LabState,
    /// What the server carries plans out on, if it has a right to ask it.
    pub server: Option<Rc<Server>>,
    /// Reports of pages elsewhere that nobody has looked at yet.
    pub arrived: Vec<Passed>,
    /// What is known of its machine.
    pub machine: Option<Rc<MachineView>>,
    /// What is asked for.
    pub draft: Draft,
    /// Parameters of the address that could not be read one by one, until something is changed.
    pub given: Option<Vec<(String, String)>>,
    /// What went wrong, newest last.
    pub errors: Vec<String>,
    /// What is worth saying but no error.
    pub notices: Vec<String>,
    /// What to know of other tabs.
    pub tabs: Option<String>,
    /// The plan that is being carried out.
    pub running: Option<Shared<Running>>,
    /// How the last plan ended.
    pub outcome: Option<Outcome>,
    /// Why the plan that was asked for last is not run.
    pub refused: Option<String>,
    /// The reports that are kept, newest first.
    pub history: Rc<Vec<Card>>,
    /// Those of this visit, and files that were opened: they need not be kept.
    pub opened: Vec<Card>,
    /// Which reports stand side by side, by their ids.
    pub compared: Vec<String>,
    /// Why files were not read, since the last one that was.
    pub unread: Vec<String>,
}

/// How a plan ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was run.
    pub name: String,
    /// In a sentence.
    pub text: String,
    /// What went wrong.
    pub problems: Vec<String>,
    /// The report, if there is one.
    pub report: Option<String>,
    /// It drew a picture.
    pub picture: bool,
}

/// Whether there is a lab.
#[derive(Clone, Debug, PartialEq)]
pub enum LabState {
    /// It is being started.
    Starting,
    /// It is there; its environment as JSON.
    Ready(Rc<str>),
    /// It could not be started, for this reason.
    Absent(String),
}

/// A server that carries plans out for this page.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// What it has to be told.
    pub token: String,
    /// What it carries plans out on.
    pub platforms: Vec<Offer>,
    /// It passes reports on among pages on several machines.
    pub shares: bool,
}

/// A plan that is being carried out.
#[derive(Clone, Debug)]
pub struct Running {
    /// The plan that is being carried out.
    pub plan: Rc<PlanView>,
    /// The parts of the plan, by name; none, if this page carries it out alone.
    pub parts: Vec<String>,
    /// The run that is going on.
    pub started: Option<RunStarted>,
    /// The runs that are over.
    pub over: Vec<RunFinished>,
    /// The user asked to stop.
    pub cancelling: bool,
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
    /// The user is somewhere else now.
    Went(View),
    /// What there is to choose from is known.
    Catalogued(Rc<CatalogueView>),
    /// What the server carries plans out on.
    Offered(Rc<Server>),
    /// Reports of pages elsewhere arrived.
    Arrived(Vec<Passed>),
    /// One of them, by its number, was looked at, or need not be.
    Settled(u64),
    /// What is known of the machine.
    Described(Rc<MachineView>),
    /// Another experiment, as it is or with parameters.
    Drafted(Draft),
    /// The user changed a parameter; `None` leaves it to the experiment.
    Changed(String, Option<String>),
    /// A plan is not run, for this reason.
    NotRun(String),
    /// Something cannot be done, for this reason.
    Refused(String),
    /// Something is worth saying.
    Noticed(String),
    /// The user has read the errors.
    Dismissed,
    /// Reports stand side by side, ratios of each by the first.
    Compared(Vec<String>),
    /// A file was not read, for this reason, which stands where files are dropped.
    Unread(String),
    /// A file was opened: it stands side by side with what is compared.
    Added(Card),
    /// What is kept changed to this.
    Kept(Vec<Card>),
}

impl State {
    /// The page as it opens.
    pub fn new(requested: &Requested) -> Self {
        let draft: Draft = requested.parameters.iter().cloned().collect();
        let is_doubtful = draft.parameters().len() != requested.parameters.len();
        Self {
            view: requested.view.clone(),
            catalogue: Rc::default(),
            lab: LabState::Starting,
            server: None,
            arrived: Vec::new(),
            machine: None,
            given: is_doubtful.then(|| requested.parameters.clone()),
            draft,
            errors: requested.errors.clone(),
            notices: Vec::new(),
            tabs: None,
            running: None,
            outcome: None,
            refused: None,
            history: Rc::default(),
            opened: Vec::new(),
            compared: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// What is asked for, as it was given.
    pub fn parameters(&self) -> Vec<(String, String)> {
        self.given.clone().unwrap_or_else(|| self.draft.parameters())
    }

    /// The report that an experiment is shown with: the last one of it.
    pub fn last_report(&self, run: &str) -> Option<&Card> {
        let own = self.opened.iter().rev().filter(|card| card.name.is_none());
        own.chain(self.history.iter()).find(|card| card.run == run)
    }

    /// Whether a report of this visit is nowhere but in this page.
    pub fn has_unkept(&self) -> bool {
        self.opened.iter().any(|card| card.name.is_none() && card.bytes.is_none())
    }

    /// A report, by its id.
    pub fn card(&self, id: &str) -> Option<&Card> {
        self.opened.iter().chain(self.history.iter()).find(|card| card.id == id)
    }

    /// What went wrong, as the head of the page shows it: what a plan ended with stands beside that, where it is in sight.
    pub fn errors(&self) -> Vec<String> {
        let elsewhere = |outcome: &&Outcome| self.view != View::Experiment || outcome.name != self.draft.get("run");
        let problems = self.outcome.iter().filter(elsewhere).flat_map(|outcome| &outcome.problems);
        self.errors.iter().chain(problems).cloned().collect()
    }

    /// The page after an action.
    pub fn after(&self, action: Action) -> Self {
        let mut next = self.clone();
        match action {
            Action::Session(event) => next.session(event),
            Action::Went(view) => {
                next.unread.clear();
                next.refused = None;
                next.view = view;
            }
            Action::Catalogued(catalogue) => next.catalogue = catalogue,
            Action::Offered(server) => next.server = Some(server),
            Action::Arrived(passed) => next.arrived.extend(passed),
            Action::Settled(number) => next.arrived.retain(|passed| passed.number != number),
            Action::Described(machine) => next.machine = Some(machine),
            Action::Drafted(draft) => (next.draft, next.given) = (draft, None),
            Action::Changed(key, value) => {
                next.given = None;
                next.draft.put(&key, value);
            }
            Action::NotRun(reason) => {
                next.notices.clear();
                next.refused = Some(reason);
            }
            Action::Refused(reason) => {
                next.errors.retain(|error| *error != reason);
                next.errors.push(reason);
            }
            Action::Noticed(notice) => next.notice(notice),
            Action::Dismissed => {
                next.errors.clear();
                next.outcome.iter_mut().for_each(|outcome| outcome.problems.clear());
            }
            Action::Compared(mut ids) => {
                let mut seen = BTreeSet::new();
                ids.retain(|id| seen.insert(id.clone()));
                next.compared = ids;
            }
            Action::Unread(reason) => {
                next.unread.retain(|known| *known != reason);
                next.unread.push(reason);
                next.view = View::Compare;
            }
            Action::Added(card) => {
                next.unread.clear();
                let own = next.opened.iter().rev().find(|own| own.name.is_none()).map(|own| own.id.clone());
                // The first file that is opened stands beside what this page measured last.
                let own = own.filter(|_| next.compared.is_empty());
                next.compared.retain(|id| *id != card.id);
                next.compared.push(card.id.clone());
                next.compared.extend(own);
                next.open(card);
                next.view = View::Compare;
            }
            Action::Kept(cards) => next.history = Rc::new(cards),
        }
        next
    }

    fn notice(&mut self, notice: String) {
        self.notices.retain(|known| *known != notice);
        self.notices.push(notice);
    }

    fn open(&mut self, card: Card) {
        self.opened.retain(|known| known.id != card.id);
        self.opened.push(card);
    }

    fn session(&mut self, event: Event) {
        match event {
            Event::Starting => self.lab = LabState::Starting,
            Event::Ready(environment) => self.lab = LabState::Ready(environment),
            Event::Absent(reason) => self.lab = LabState::Absent(reason),
            Event::Started(plan) => self.begun(plan, Vec::new()),
            Event::Conducted(plan, parts) => self.begun(plan, parts),
            Event::RunStarted(started) => self.running(|running| running.started = Some(started)),
            Event::RunFinished(run) => self.running(|running| running.over.push(run)),
            Event::Cancelling => self.running(|running| running.cancelling = true),
            // What became of it follows.
            Event::Finished(_) => {}
            Event::Recorded(recorded) => self.recorded(recorded),
            // Of the still page, which has no state of this kind.
            Event::Serving | Event::Served(_) => {}
            Event::Tabs(notice) => self.tabs = notice,
            Event::Noticed(notice) => self.notice(notice),
        }
    }

    fn begun(&mut self, plan: Rc<PlanView>, parts: Vec<String>) {
        self.errors.clear();
        self.refused = None;
        self.notices = plan.left_out.iter().cloned().collect();
        self.outcome = None;
        let running = Running { plan, parts, started: None, over: Vec::new(), cancelling: false };
        self.running = Some(Shared(Rc::new(running)));
    }

    fn running(&mut self, change: impl FnOnce(&mut Running)) {
        if let Some(running) = &mut self.running {
            change(Rc::make_mut(&mut running.0));
        }
    }

    fn recorded(&mut self, Recorded { card, is_measured, cancelled, problems }: Recorded) {
        let Some(running) = self.running.take() else { return };
        let runs = Counted(card.as_ref().map_or(0, |card| card.runs) as u64, "run");
        let text = match (cancelled, &card) {
            (true, None) => "Stopped before the first run was over: there is nothing to show.".to_owned(),
            (true, Some(_)) if !is_measured => {
                "Stopped before a measured run was over: nothing was measured.".to_owned()
            }
            (true, Some(_)) => format!("Stopped. {runs} kept."),
            (false, _) => format!("Done: {runs}."),
        };
        // What was not measured has no results.
        let card = card.filter(|_| is_measured);
        let plan = &running.plan;
        self.outcome = Some(Outcome {
            name: plan.name.clone(),
            text,
            problems,
            report: card.as_ref().map(|card| card.id.clone()),
            picture: plan.rows.iter().any(|row| row.picture.is_some()),
        });
        if let Some(card) = card {
            self.open(card);
        }
    }
}

impl Running {
    /// How many runs the plan has, of all its parts.
    pub fn of(&self) -> usize {
        self.plan.runs * self.parts.len().max(1)
    }

    /// The row of the run that is going on.
    pub fn row(&self) -> Option<&PlanRow> {
        self.plan.rows.get(self.started?.row)
    }

    /// The experiment that is going on, if there are several.
    pub fn experiment(&self) -> Option<&str> {
        self.row()?.experiment.as_deref()
    }

    /// The rows of the experiment that is going on with their places and, part by part, their measured wall times so far.
    pub fn rows(&self) -> impl Iterator<Item = (usize, &PlanRow, Vec<Vec<f64>>)> {
        let experiment = self.experiment();
        let rows = self.plan.rows.iter().enumerate();
        let rows = rows.filter(move |(_, row)| experiment.is_none() || row.experiment.as_deref() == experiment);
        rows.map(|(place, row)| {
            let walls = |part: usize| {
                let over = self.over.iter().filter(|run| run.part == part && run.row == place && !run.warmup);
                over.map(|run| run.wall_ms).collect()
            };
            (place, row, (0..self.parts.len().max(1)).map(walls).collect())
        })
    }

    /// On which part a run goes on, where there are several: ` on firefox`.
    pub fn on(&self) -> String {
        let name = self.started.and_then(|started| self.parts.get(started.part));
        name.map_or_else(String::new, |name| format!(" on {name}"))
    }

    /// How many tasks of a row failed so far, on all parts, those of warm-up runs included.
    pub fn failed(&self, row: usize) -> usize {
        self.over.iter().filter(|run| run.row == row).map(|run| run.failed).sum()
    }

    /// How long runs of a row took, at most.
    pub fn expected_ms(&self, row: usize) -> Option<f64> {
        let over = self.over.iter().filter(|run| run.row == row);
        over.map(|run| run.wall_ms).max_by(f64::total_cmp)
    }

    /// About how long it goes on, in milliseconds, if that can be told: from what runs of each row took so far, with all that
    /// was around them, and of rows that had no run from all. `current_ms` is how long the run that goes on takes, as far as
    /// can be seen, and counts as long as none is over.
    pub fn left_ms(&self, gone: Gone, current_ms: Option<f64>) -> Option<f64> {
        let parts = self.parts.len().max(1);
        let over = self.over.len() as f64;
        if over == 0.0 {
            // What a plan takes in this browser tells nothing of other platforms.
            let estimate_ms = self.plan.estimate_ms.filter(|_| parts == 1);
            let all_ms = estimate_ms.or_else(|| Some(current_ms? * self.of() as f64))?;
            return Some((all_ms - gone.since_ms).max(0.0));
        }
        let mut walls = vec![(0.0, 0.0); self.plan.rows.len() * parts];
        for run in &self.over {
            if let Some((count, sum_ms)) = walls.get_mut(run.row * parts + run.part) {
                *count += 1.0;
                *sum_ms += run.wall_ms;
            }
        }
        let all_ms: f64 = walls.iter().map(|(_, sum_ms)| sum_ms).sum();
        let around_ms = ((gone.spent_ms - all_ms) / over).max(0.0);
        let each = self.plan.runs as f64 / self.plan.rows.len().max(1) as f64;
        let typical_ms =
            |(count, sum_ms): (f64, f64)| around_ms + if count > 0.0 { sum_ms / count } else { all_ms / over };
        let left_ms: f64 = walls.iter().map(|of_row| (each - of_row.0).max(0.0) * typical_ms(*of_row)).sum();
        let current = self.started.and_then(|started| walls.get(started.row * parts + started.part));
        let current_ms = current.map_or(0.0, |of_row| typical_ms(*of_row));
        Some((left_ms - gone.since_ms.min(current_ms)).max(0.0))
    }
}

#[cfg(test)]
mod tests;
