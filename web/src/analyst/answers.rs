//! The answers to questions that touch no database.

use std::rc::Rc;

use parlab_shared::chart::TimelineData;
use parlab_shared::export::Format;
use parlab_shared::report::{Report, load};
use parlab_shared::run::Run;
use parlab_shared::say;

use super::card::{card, json};
use super::recording::Recording;
use super::{charts, compare, machine, repeat, results, setup, timelines};
use crate::questions::{Answer, PageFacts, Question, Subject};
use crate::views::Card;

/// So many reports are held ready at most: what is shown, and what stands beside it.
const OPEN_MAX: usize = 12;
/// A file larger than this is not read: it would fill the page's memory.
const FILE_BYTES_MAX: usize = 64_000_000;
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
    recording: Option<Recording>,
}

impl Answers {
    /// Somebody who answers this page.
    pub fn new(facts: PageFacts) -> Self {
        Self { facts, open: Vec::new(), recording: None }
    }

    /// Holds reports ready. Returns their card; `None` if there are none.
    pub fn hold(&mut self, reports: Vec<Report>, named: Option<Card>) -> Option<Card> {
        let card = named.or_else(|| card(&reports))?;
        self.open.retain(|open| open.card.id != card.id);
        self.open.push(Open { reports: Rc::new(reports), card: card.clone() });
        if self.open.len() > OPEN_MAX {
            self.open.remove(0);
        }
        Some(card)
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
            Question::SetUp(parameters) => Answer::SetUp(Box::new(setup::set_up(parameters, &self.facts))),
            Question::Machine(environment) => {
                let environment = serde_json::from_str(&environment).map_err(|error| error.to_string())?;
                Answer::Machine(machine::view(&environment, &self.facts))
            }
            Question::Begin(beginning) => {
                self.recording = Some(Recording::begin(beginning)?);
                Answer::Done
            }
            Question::Run { part, .. } => {
                if let Some(recording) = &mut self.recording {
                    recording.run(part, bytes);
                }
                Answer::Done
            }
            Question::End(ending) => {
                let recording = self.recording.take().ok_or("nothing is being recorded")?;
                let reports = recording.end(&ending, &bytes)?;
                let is_measured = reports.iter().flat_map(|report| &report.runs).any(Run::is_measured);
                let has_runs = reports.iter().any(|report| !report.runs.is_empty());
                let card = if has_runs { self.hold(reports, None) } else { None };
                Answer::Recorded { card, is_measured, unkept: None }
            }
            Question::Open(name) => Answer::Cards(vec![self.open_file(&name, &bytes)?]),
            Question::Results(id) => {
                let Open { reports, card } = self.find(&id)?;
                Answer::Results(Box::new(results::results(reports, card.clone())))
            }
            Question::Charts { subject, scope, .. } => Answer::Charts(match subject {
                Subject::Part(id, part) => charts::of_part(&self.reports(&id)?, part, &scope),
                Subject::Comparison(ids) => {
                    let [baseline, candidate] = self.sides(&ids)?;
                    charts::of_sides(&compare::Sides::of(&baseline[0], &candidate[0]), &scope)
                }
            }),
            Question::Timeline { id, part, place } => {
                let found = timelines::timeline(&self.reports(&id)?, part, place);
                let (view, bars) = found.ok_or("the report has no such timeline")?;
                return Ok((Answer::Timeline(Box::new(view)), Beside::Bars(Box::new(bars))));
            }
            Question::Compare(ids) => {
                let [baseline, candidate] = self.sides(&ids)?;
                Answer::Comparison(Box::new(compare::view(&baseline[0], &candidate[0])))
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
                let memory = self.facts.unshared.as_ref().map_or(Ok(()), Err);
                let plan = repeat::same_plan(reports.first().ok_or("there is no report")?, memory)?;
                Answer::Plan(Box::new(setup::again(plan, &self.facts)))
            }
            Question::Conducted(plan) => {
                let plan = serde_json::from_str(&plan).map_err(|error| error.to_string())?;
                Answer::Plan(Box::new(setup::again(plan, &self.facts)))
            }
            Question::Json(id) => Answer::Text(json(&self.reports(&id)?)),
            _ => return Err("this browser keeps no history here".to_owned()),
        };
        Ok((answer, Beside::Nothing))
    }

    fn sides(&self, ids: &[String; 2]) -> Result<[Rc<Vec<Report>>; 2], String> {
        let [baseline, candidate] = ids;
        Ok([self.reports(baseline)?, self.reports(candidate)?])
    }

    fn open_file(&mut self, name: &str, bytes: &[u8]) -> Result<Card, String> {
        let name = cut(name);
        if bytes.len() > FILE_BYTES_MAX {
            return Err(format!("{name} is larger than {} MB", FILE_BYTES_MAX / 1_000_000));
        }
        let reports = load(bytes).map_err(|error| format!("{name} {error}"))?;
        let card = card(&reports).map(|card| Card { name: Some(name.clone()), ..card });
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
    use parlab_shared::report::{ReportFile, Warning, files};

    use super::*;
    use crate::fixture::{board_bytes, plan_view, run};
    use crate::questions::{Beginning, Ending, Salvage};

    fn answers() -> Answers {
        Answers::new(PageFacts { folder: None, unshared: None, build: String::new() })
    }

    fn ask(answers: &mut Answers, question: Question) -> Answer {
        answers.answer(question, Vec::new()).expect("an answer").0
    }

    fn begin(answers: &mut Answers) {
        let environment = serde_json::to_string(&crate::fixture::environment()).expect("written");
        let (id, created) = ("an-id".to_owned(), "2026-01-02T03:04:05Z".to_owned());
        ask(answers, Question::Begin(Beginning::Own { plan: plan_view().plan, id, created, environment }));
    }

    fn ending() -> Ending {
        Ending { cancelled: false, was_hidden: false, problem: None, salvage: None, warnings: String::new() }
    }

    #[test]
    fn what_the_server_conducted_is_a_pair_with_what_happened_to_its_parts() {
        let mut reports = load(include_bytes!("../../../tests/data/report-v2.json")).expect("a pair");
        let runs: Vec<Vec<Run>> = reports.iter_mut().map(|report| std::mem::take(&mut report.runs)).collect();
        let text = files(&reports).iter().map(ReportFile::to_json).collect();
        let mut answers = answers();
        ask(&mut answers, Question::Begin(Beginning::Conducted(vec![text])));
        for (part, run) in runs.iter().enumerate().flat_map(|(part, runs)| runs.iter().map(move |run| (part, run))) {
            let bytes = serde_json::to_vec(run).expect("written");
            answers.answer(Question::Run { part, pass_is_over: false }, bytes).expect("taken");
        }
        let lost = Warning::Lost { reason: "it is gone".to_owned() };
        let happened: Vec<Vec<Warning>> =
            (0..runs.len()).map(|part| if part == 1 { vec![lost.clone()] } else { Vec::new() }).collect();
        let warnings = serde_json::to_string(&happened).expect("written");
        let Answer::Recorded { card: Some(card), .. } =
            ask(&mut answers, Question::End(Ending { warnings, ..ending() }))
        else {
            panic!("a report")
        };
        let Answer::Text(json) = ask(&mut answers, Question::Json(card.id)) else { panic!("a text") };
        let recorded = load(json.as_bytes()).expect("a pair");
        assert!(recorded[1].warnings.contains(&lost) && !recorded[0].warnings.contains(&lost));
        let recorded: Vec<Vec<Run>> = recorded.into_iter().map(|report| report.runs).collect();
        assert_eq!(recorded, runs);
    }

    #[test]
    fn what_is_recorded_can_be_shown_exported_and_repeated() {
        let mut answers = answers();
        begin(&mut answers);
        let plan = crate::fixture::plan();
        for row in [0, 1] {
            let spans = (0..4).map(|task| crate::fixture::span(task, 1.0)).collect();
            let bytes = serde_json::to_vec(&Run { spans, ..run(&plan, row) }).expect("written");
            answers.answer(Question::Run { part: 0, pass_is_over: row == 1 }, bytes).expect("taken");
        }
        let Answer::Recorded { card: Some(card), is_measured, unkept } = ask(&mut answers, Question::End(ending()))
        else {
            panic!("a card")
        };
        assert_eq!((card.id.as_str(), card.runs, is_measured, unkept), ("an-id", 2, true, None));
        let Answer::Results(view) = ask(&mut answers, Question::Results(card.id.clone())) else { panic!("results") };
        assert_eq!(view.parts.len(), 1);
        let subject = Subject::Part(card.id.clone(), 0);
        let charts = ask(&mut answers, Question::Charts { subject, scope: "one".to_owned(), width: 600 });
        let Answer::Charts(charts) = charts else { panic!("charts") };
        assert!(!charts.is_empty() && charts.iter().all(|chart| chart.svg.starts_with("<svg")));
        let Answer::Plan(again) = ask(&mut answers, Question::Repeat(card.id.clone())) else { panic!("a plan") };
        assert_eq!((again.name.as_str(), again.runs), ("count", 2));
        let (name, file) = answers
            .answer(Question::Export(card.id.clone(), Format::Markdown.name().to_owned()), Vec::new())
            .expect("a file");
        assert!(
            matches!((name, file), (Answer::File(name), Beside::File(text, _)) if name.ends_with(".md") && !text.is_empty())
        );
        let Answer::Comparison(same) = ask(&mut answers, Question::Compare([card.id.clone(), card.id])) else {
            panic!("a comparison")
        };
        assert!(same.refusal.is_some());
    }

    #[test]
    fn of_a_plan_that_was_stopped_before_its_first_run_there_is_no_report() {
        let mut answers = answers();
        begin(&mut answers);
        let answer = ask(&mut answers, Question::End(Ending { cancelled: true, ..ending() }));
        assert_eq!(answer, Answer::Recorded { card: None, is_measured: false, unkept: None });
    }

    #[test]
    fn a_run_whose_lab_died_is_kept_as_far_as_its_board_tells() {
        let salvage =
            Salvage { row: 0, warmup: false, repetition: 0, started_ms: 20.0, reason: "it is gone".to_owned() };
        for (over, runs) in [(0, 0), (3, 1)] {
            let mut answers = answers();
            begin(&mut answers);
            let ending = Ending { cancelled: true, salvage: Some(salvage.clone()), ..ending() };
            let (answer, _) = answers.answer(Question::End(ending), board_bytes(over)).expect("an answer");
            let Answer::Recorded { card, .. } = answer else { panic!("a recording") };
            assert_eq!(card.map_or(0, |card| card.runs), runs);
        }
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
