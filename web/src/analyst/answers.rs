//! The answers to questions that touch no database.

use std::collections::BTreeSet;
use std::rc::Rc;

use parlab_shared::chart::{Form, TimelineData};
use parlab_shared::export::Format;
use parlab_shared::measure::Plan;
use parlab_shared::measure::option::RUN;
use parlab_shared::report::{Environment, Report, load};
use parlab_shared::say;

use super::card::{card, json};
use super::walls::Walls;
use super::{charts, compare, machine, repeat, results, setup, timelines};
use crate::questions::{Answer, Beginning, FILE_MB_MAX, OwnTarget, PageFacts, Question, Subject};
use crate::views::{Card, Parameters};

/// So many reports are held ready at most: what is shown, and what stands beside it.
const OPEN_MAX: usize = 12;
/// So many of them stay ready however large they are.
const LEAST_OPEN: usize = 2;
/// Where all reports that are held ready have more tasks than this, older ones that the history keeps are let go: they are
/// soon read again, while memory that a module once needed is never given back.
const SPANS_MAX: usize = 30_000;
/// A name has no more characters than this; a longer one is cut in its middle.
const NAME_MAX: usize = 60;

/// What travels beside an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Beside {
    /// Nothing.
    #[default]
    Nothing,
    /// A file of text, with its media type.
    File(String, &'static str),
    /// The bars of a timeline.
    Bars(Box<TimelineData>),
}

/// Reports that belong together, with their card.
#[derive(Clone, Debug)]
struct Open {
    reports: Rc<Vec<Report>>,
    card: Card,
}

/// Who answers.
pub struct Answers {
    facts: PageFacts,
    /// The last one is the one that was wanted last.
    open: Vec<Open>,
    /// What the lab said of its machine.
    here: Option<Environment>,
    /// What runs took on this machine.
    walls: Walls,
    /// What was run at earlier visits, as in the address, of which is known what it took.
    recalled: BTreeSet<String>,
}

impl Answers {
    /// Somebody who answers this page.
    pub fn new(facts: PageFacts) -> Self {
        Self { facts, open: Vec::new(), here: None, walls: Walls::default(), recalled: BTreeSet::new() }
    }

    /// A beginning that says where the target is, if it is in the browser.
    pub fn placed(&self, beginning: Beginning) -> Beginning {
        match beginning {
            Beginning::Own { plan, id, created, environment } if self.facts.target == OwnTarget::Browser => {
                let asks =
                    serde_json::from_str::<Plan>(&plan).is_ok_and(|plan| plan.needs_target() && plan.target.is_none());
                let placed = || {
                    let environment: Environment = serde_json::from_str(&environment).ok()?;
                    serde_json::to_string(&Environment { target_in_browser: true, ..environment }).ok()
                };
                // What cannot be read is refused when it is recorded.
                let environment = asks.then(placed).flatten().unwrap_or(environment);
                Beginning::Own { plan, id, created, environment }
            }
            beginning => beginning,
        }
    }

    /// Whether a report is held ready.
    pub fn has(&self, id: &str) -> bool {
        self.open.iter().any(|open| open.card.id == id)
    }

    /// Holds a report ready no longer.
    pub fn let_go(&mut self, id: &str) {
        self.open.retain(|open| open.card.id != id);
    }

    /// The reports that a question is about.
    pub fn wanted(question: &Question) -> Vec<String> {
        match question {
            Question::Results(id)
            | Question::Timeline { id, .. }
            | Question::Export(id, _)
            | Question::Repeat(id)
            | Question::Link(id)
            | Question::Json(id)
            | Question::Charts { subject: Subject::Part(id, _), .. } => vec![id.clone()],
            Question::Compare(ids) | Question::Charts { subject: Subject::Comparison(ids), .. } => ids.to_vec(),
            _ => Vec::new(),
        }
    }

    /// Holds reports ready. Returns their card; `None` if there are none.
    pub fn hold(&mut self, reports: Vec<Report>, named: Option<Card>) -> Option<Card> {
        let card = named.or_else(|| card(&reports))?;
        self.open.retain(|open| open.card.id != card.id);
        self.open.push(Open { reports: Rc::new(reports), card: card.clone() });
        while self.open.len() > LEAST_OPEN && self.spans() > SPANS_MAX {
            // What the history does not keep is nowhere else.
            let older = &self.open[..self.open.len() - LEAST_OPEN];
            let Some(kept) = older.iter().position(|open| open.card.bytes.is_some()) else { break };
            self.open.remove(kept);
        }
        if self.open.len() > OPEN_MAX {
            let kept = self.open.iter().position(|open| open.card.bytes.is_some());
            self.open.remove(kept.unwrap_or(0));
        }
        Some(card)
    }

    /// How many tasks the reports have that are held ready.
    fn spans(&self) -> usize {
        let reports = self.open.iter().flat_map(|open| open.reports.iter());
        reports.flat_map(|report| &report.runs).map(|run| run.spans.len()).sum()
    }

    /// A report that is held ready is wanted: it stays longer than others.
    pub fn touch(&mut self, id: &str) {
        if let Some(place) = self.open.iter().position(|open| open.card.id == id) {
            self.open[place..].rotate_left(1);
        }
    }

    /// Holds reports ready that were measured here just now.
    pub fn hold_own(&mut self, reports: Vec<Report>, named: Option<Card>) -> Option<Card> {
        self.learn(&reports);
        self.hold(reports, named)
    }

    /// Learns how long runs take on this machine, if reports are of it.
    pub fn learn(&mut self, reports: &[Report]) {
        if let Some(here) = &self.here {
            self.walls.learn(reports, here);
        }
    }

    /// What is set up with some parameters, as in the address, if it is not known yet what that took at earlier visits: once.
    pub fn not_recalled(&mut self, parameters: &Parameters) -> Option<String> {
        let (_, run) = parameters.iter().find(|(key, _)| key == RUN)?;
        (self.here.is_some() && self.recalled.insert(run.clone())).then(|| run.clone())
    }

    /// The reports that are held ready under an id.
    ///
    /// # Errors
    /// They are not.
    pub fn reports(&self, id: &str) -> Result<Rc<Vec<Report>>, String> {
        self.find(id).map(|open| open.reports.clone())
    }

    fn find(&self, id: &str) -> Result<&Open, String> {
        let found = self.open.iter().find(|open| open.card.id == id);
        found.ok_or_else(|| format!("The report {} is not kept in this browser.", cut(id)))
    }

    /// The answer to a question, with these bytes beside it.
    ///
    /// # Errors
    /// Why there is none, for a human.
    pub fn answer(&mut self, question: Question, bytes: Vec<u8>) -> Result<(Answer, Beside), String> {
        let answer = match question {
            Question::SetUp(parameters) => Answer::SetUp(Box::new(setup::set_up(parameters, &self.facts, &self.walls))),
            Question::Machine(environment) => {
                let environment = serde_json::from_str(&environment).map_err(|error| error.to_string())?;
                let view = machine::view(&environment, &self.facts);
                self.here = Some(environment);
                Answer::Machine(view)
            }
            Question::Open(name) => Answer::Cards(vec![self.open_file(&name, &bytes)?]),
            Question::Results(id) => {
                let Open { reports, card } = self.find(&id)?;
                Answer::Results(Box::new(results::results(reports, card.clone())))
            }
            Question::Charts { subject, scope, width } => Answer::Charts(match subject {
                Subject::Part(id, part) => charts::of_part(&self.reports(&id)?, part, Form::fitting(width), &scope),
                Subject::Comparison(ids) => {
                    let [baseline, candidate] = self.sides(&ids)?;
                    charts::of_sides(&compare::Sides::all(&baseline, &candidate), Form::fitting(width), &scope)
                }
            }),
            Question::Timeline { id, part, place } => {
                let found = timelines::timeline(&self.reports(&id)?, part, place);
                let (view, bars) = found.ok_or("the report has no such timeline")?;
                return Ok((Answer::Timeline(Box::new(view)), Beside::Bars(Box::new(bars))));
            }
            Question::Compare(ids) => {
                let [baseline, candidate] = self.sides(&ids)?;
                Answer::Comparison(Box::new(compare::view(&baseline, &candidate)))
            }
            Question::Export(id, format) => {
                let format =
                    Format::ALL.iter().find(|known| known.name() == format).ok_or("there is no such format")?;
                let reports = self.reports(&id)?;
                let file = Beside::File(format.render(&reports), format.media_type());
                return Ok((Answer::File(file_name(&reports, *format)), file));
            }
            Question::Repeat(id) => {
                let reports = self.reports(&id)?;
                let plan = repeat::same_plan(reports.first().ok_or("there is no report")?, &self.facts)?;
                Answer::Plan(Box::new(setup::again(plan, &self.facts, &self.walls)))
            }
            Question::Conducted(plan) => {
                let plan = serde_json::from_str(&plan).map_err(|error| error.to_string())?;
                // What this page measured tells nothing of how long several platforms take in turn.
                Answer::Plan(Box::new(setup::again(plan, &self.facts, &Walls::default())))
            }
            Question::Json(id) => Answer::Text(json(&self.reports(&id)?)),
            _ => return Err("this is another one's question".to_owned()),
        };
        Ok((answer, Beside::Nothing))
    }

    fn sides(&self, ids: &[String; 2]) -> Result<[Rc<Vec<Report>>; 2], String> {
        let [baseline, candidate] = ids;
        Ok([self.reports(baseline)?, self.reports(candidate)?])
    }

    /// What reports from elsewhere are found by: their own id, unless something else that is open has it.
    fn id_of(&self, id: &str, reports: &[Report]) -> String {
        let is_free = |id: &str| self.open.iter().all(|open| open.card.id != id || *open.reports == reports);
        let others = (2..).map(|number| format!("{id} ({number})"));
        std::iter::once(id.to_owned()).chain(others).find(|id| is_free(id)).unwrap_or_default()
    }

    fn open_file(&mut self, name: &str, bytes: &[u8]) -> Result<Card, String> {
        let name = cut(name);
        if bytes.len() as f64 > f64::from(FILE_MB_MAX) * 1e6 {
            return Err(format!("{name} is larger than {FILE_MB_MAX} MB"));
        }
        let reports = load(bytes).map_err(|error| format!("{name} {error}"))?;
        let card =
            card(&reports).map(|card| Card { name: Some(name.clone()), id: self.id_of(&card.id, &reports), ..card });
        self.hold(reports, card).ok_or_else(|| format!("{name} holds no report"))
    }
}

/// A text that is shown whole if it is short, and else without its middle.
fn cut(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= NAME_MAX {
        return text.to_owned();
    }
    let half = NAME_MAX / 2;
    let (start, end) = (&characters[..half], &characters[characters.len() - half..]);
    format!("{}…{}", start.iter().collect::<String>(), end.iter().collect::<String>())
}

/// What a file is called that reports are saved as.
fn file_name(reports: &[Report], format: Format) -> String {
    let title = reports.first().map(say::title).unwrap_or_default().replace(", ", "-").replace(' ', "-");
    let platforms: Vec<&str> = reports.iter().map(|report| report.platform.name()).collect();
    format!("parlab-{title}-{}.{}", platforms.join("-"), format.extension())
}

#[cfg(test)]
mod tests {
    use parlab_shared::run::Run;

    use super::*;

    use crate::fixture::run;

    fn answers() -> Answers {
        Answers::new(PageFacts {
            folder: None,
            target: OwnTarget::Server,
            unshared: None,
            unfiled: None,
            build: String::new(),
        })
    }

    fn ask(answers: &mut Answers, question: Question) -> Answer {
        answers.answer(question, Vec::new()).expect("an answer").0
    }

    #[test]
    fn what_asks_a_target_in_the_browser_is_recorded_so() {
        use parlab_shared::measure::Request;
        use parlab_shared::strategy::Platform;
        let is_in_browser = |target: OwnTarget, name: &str, server: Option<&str>| {
            let mut request = Request::named(name);
            server.into_iter().for_each(|server| request.set("target", server).expect("an address"));
            let plan = serde_json::to_string(&request.plan(Platform::Browser).expect("a plan")).expect("written");
            let environment = serde_json::to_string(&crate::fixture::environment()).expect("written");
            let beginning = Beginning::Own { plan, id: "a".to_owned(), created: "b".to_owned(), environment };
            let Beginning::Own { environment, .. } =
                Answers::new(PageFacts { target, ..answers().facts }).placed(beginning)
            else {
                panic!("it is its own")
            };
            serde_json::from_str::<Environment>(&environment).expect("an environment").target_in_browser
        };
        assert!(is_in_browser(OwnTarget::Browser, "post", None));
        assert!(!is_in_browser(OwnTarget::Server, "post", None));
        assert!(!is_in_browser(OwnTarget::Browser, "cpu-heavy", None));
        assert!(!is_in_browser(OwnTarget::Browser, "post", Some("http://127.0.0.1:81/")));
    }

    #[test]
    fn what_was_measured_can_be_shown_exported_and_repeated() {
        let mut answers = answers();
        let spans = || (0..4).map(|task| crate::fixture::span(task, 1.0)).collect();
        let runs = [0, 1].map(|row| Run { spans: spans(), ..run(&crate::fixture::plan(), row) });
        let report = Report { experiment: None, ..crate::fixture::report(runs.into()) };
        let card = answers.hold(vec![report], None).expect("a card");
        assert!(answers.has(&card.id) && !answers.has("another"));
        let Answer::Results(view) = ask(&mut answers, Question::Results(card.id.clone())) else { panic!("results") };
        assert_eq!(view.parts.len(), 1);
        let subject = Subject::Part(card.id.clone(), 0);
        let charts = ask(&mut answers, Question::Charts { subject, scope: "one".to_owned(), width: 600 });
        let Answer::Charts(charts) = charts else { panic!("charts") };
        assert!(
            !charts.is_empty() && charts.iter().all(|chart| chart.svg.starts_with("<svg") && chart.table.is_some())
        );
        let Answer::Plan(again) = ask(&mut answers, Question::Repeat(card.id.clone())) else { panic!("a plan") };
        assert_eq!((again.name.as_str(), again.runs), ("count", 2));
        let (name, file) = answers
            .answer(Question::Export(card.id.clone(), Format::Markdown.name().to_owned()), Vec::new())
            .expect("a file");
        assert!(
            matches!((name, file), (Answer::File(name), Beside::File(text, _)) if name.ends_with(".md") && !text.is_empty())
        );
        let same_id = card.id.clone();
        let Answer::Comparison(same) = ask(&mut answers, Question::Compare([card.id.clone(), card.id])) else {
            panic!("a comparison")
        };
        assert!(same.refusal.is_some());
        answers.let_go(&same_id);
        assert!(!answers.has(&same_id));
    }

    #[test]
    fn many_large_reports_in_a_row_take_no_more_room_than_two() {
        let mut answers = answers();
        let mut hold = |id: &str, kept: bool| {
            let spans = (0..20_000).map(|task| crate::fixture::span(task, 1.0)).collect();
            let run = Run { spans, ..run(&crate::fixture::plan(), 0) };
            let report = Report { id: id.to_owned(), part: None, ..crate::fixture::report(vec![run]) };
            let bytes = kept.then_some(7);
            let card = card(std::slice::from_ref(&report)).map(|card| Card { bytes, ..card });
            answers.hold(vec![report], card);
            answers.touch("wanted");
            answers.open.iter().map(|open| open.card.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(hold("file", false), ["file"]);
        assert_eq!(hold("wanted", true), ["file", "wanted"]);
        for id in ["1", "2", "3"] {
            assert_eq!(hold(id, true), ["file", id, "wanted"], "what is nowhere else stays, and what is wanted");
        }
    }

    #[test]
    fn a_file_with_the_id_of_another_report_does_not_take_its_place() {
        let mut answers = answers();
        let mut open = |seed: u64| {
            let report = Report { id: "an-id".to_owned(), seed, ..crate::fixture::report(vec![]) };
            let bytes = json(&[report]).into_bytes();
            let (answer, _) = answers.answer(Question::Open("a.json".to_owned()), bytes).expect("it is read");
            let Answer::Cards(cards) = answer else { panic!("cards") };
            (cards[0].id.clone(), answers.reports(&cards[0].id).expect("it is open")[0].seed)
        };
        let opened = [1, 2, 1, 2].map(&mut open);
        let expected = [("an-id", 1), ("an-id (2)", 2), ("an-id", 1), ("an-id (2)", 2)];
        assert_eq!(opened, expected.map(|(id, seed)| (id.to_owned(), seed)));
    }

    #[test]
    fn files_that_are_no_reports_are_refused_by_a_short_name() {
        let long = "x".repeat(200) + ".json";
        let reason = answers().answer(Question::Open(long), b"{".to_vec()).expect_err("refused");
        assert!(reason.starts_with("xxx") && reason.len() < 300, "{reason}");
        let reason = answers().answer(Question::Results("gone".to_owned()), Vec::new()).expect_err("refused");
        assert_eq!(reason, "The report gone is not kept in this browser.");
    }
}
