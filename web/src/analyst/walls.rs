//! What runs took on this machine, of late and at earlier visits, which tells how long a plan will.

use std::collections::VecDeque;

use parlab_shared::analysis::Spread;
use parlab_shared::grouping::distinct;
use parlab_shared::measure::{Estimate, Plan};
use parlab_shared::number::Roughly;
use parlab_shared::report::{Environment, Report};
use parlab_shared::row::Row;
use parlab_shared::run::Run;

/// The walls of so many rows are kept at most: those of the longest plan.
const ROWS_MAX: usize = 500;
/// What is known to take less than this at least is not worth a word.
const LEAST_MS: f64 = 1000.0;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The median time of a run of each row that was measured here, with all that is around it, and when that was.
#[derive(Clone, Debug, Default)]
pub struct Walls(VecDeque<Known>);

#[derive(Clone, Debug)]
struct Known {
    row: Row,
    took_ms: f64,
    /// RFC 3339.
    created: String,
}

/// How long a plan takes, in milliseconds, as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Takes {
    /// About so long, as all of its rows took here: those that are known longest on this day.
    About(f64, String),
    /// At least so long: what of it is known.
    AtLeast(f64),
}

impl Takes {
    /// In a sentence.
    pub fn text(&self) -> String {
        match self {
            Self::About(ms, created) => {
                let day = day(created).map_or_else(String::new, |day| format!(" on {day}"));
                format!("About {}, as these rows took here{day}.", Roughly(*ms))
            }
            Self::AtLeast(ms) if *ms < LEAST_MS => "How long it takes is known when it has run here once.".to_owned(),
            Self::AtLeast(ms) => format!("At least {}: not all of it has run here before.", Roughly(*ms)),
        }
    }
}

/// The day of a time of day (RFC 3339), in words.
fn day(created: &str) -> Option<String> {
    let mut numbers = created.get(..10)?.split('-').map(|number| number.parse::<usize>().ok());
    let (year, month, day) = (numbers.next()??, numbers.next()??, numbers.next()??);
    Some(format!("{day} {} {year}", MONTHS.get(month.checked_sub(1)?)?))
}

/// Whether two environments are, as far as they tell, of one browser on one machine; its version may be another one.
fn is_same_place(there: &Environment, here: &Environment) -> bool {
    let name = |environment: &Environment| environment.browser.as_ref().map(|browser| browser.name.clone());
    (name(there), &there.os, there.cores) == (name(here), &here.os, here.cores)
}

impl Walls {
    /// Takes over what was measured in the page's own lab, which is here.
    pub fn learn(&mut self, reports: &[Report], here: &Environment) {
        for report in reports {
            if report.platform.is_browser() && is_same_place(&report.environment, here) {
                self.learn_one(report);
            }
        }
    }

    fn learn_one(&mut self, report: &Report) {
        // In a pair, others have their turn between two runs.
        let next = |place: usize| report.runs.get(place + 1).filter(|_| report.part.is_none());
        let took_ms = |(place, run): (usize, &Run)| match next(place) {
            Some(next) => (next.started_ms - run.started_ms).max(run.whole_ms()),
            None => run.whole_ms(),
        };
        let runs = || report.runs.iter().enumerate().filter(|(_, run)| run.is_measured());
        for row in distinct(runs().map(|(_, run)| &run.row)) {
            let Some(Spread { median_ms, .. }) = Spread::of(runs().filter(|(_, run)| run.row == *row).map(took_ms))
            else {
                continue;
            };
            let known = Known { row: row.clone(), took_ms: median_ms, created: report.created.clone() };
            match self.0.iter_mut().find(|known| known.row == *row) {
                Some(before) if before.created <= known.created => *before = known,
                Some(_) => {}
                None => self.0.push_back(known),
            }
            if self.0.len() > ROWS_MAX {
                self.0.pop_front();
            }
        }
    }

    /// How long a plan takes.
    pub fn of_plan(&self, plan: &Plan) -> Takes {
        let (mut known_ms, mut all_known, mut created) = (0.0, true, None::<&String>);
        for stage in &plan.stages {
            for row in &stage.rows {
                match self.0.iter().find(|known| known.row == *row) {
                    Some(known) => {
                        known_ms += known.took_ms * stage.passes_at_least() as f64;
                        created = created.into_iter().chain([&known.created]).min();
                    }
                    None => all_known = false,
                }
            }
        }
        match created {
            Some(created) if all_known => Takes::About(known_ms, created.clone()),
            _ => Takes::AtLeast(known_ms.max(Estimate::of(plan).time_ms)),
        }
    }
}

#[cfg(test)]
mod tests {
    use parlab_shared::strategy::Platform;

    use super::*;
    use crate::fixture::{environment, plan, report, run, span};

    fn of_row(row: usize, started_ms: f64, wall_ms: f64) -> Run {
        let spans = (0..4).map(|task| span(task, 1.0)).collect();
        Run { started_ms, wall_ms, setup_ms: 1.0, spans, ..run(&plan(), row) }
    }

    fn on(created: &str, runs: Vec<Run>) -> Report {
        let (created, environment) = (created.to_owned(), environment());
        Report { platform: Platform::Browser, part: None, created, environment, ..report(runs) }
    }

    #[test]
    fn a_plan_takes_as_long_as_its_rows_did_here() {
        let mut walls = Walls::default();
        assert_eq!(walls.of_plan(&plan()), Takes::AtLeast(Estimate::of(&plan()).time_ms));
        let here = environment();
        walls.learn(&[on("2026-11-26T10:00:00Z", vec![of_row(0, 0.0, 5e3)])], &here);
        assert_eq!(walls.of_plan(&plan()), Takes::AtLeast(5001.0), "a row was never run");
        // What is around a run counts, but for the last one, of which nothing is known.
        let both = on("2026-11-27T10:00:00Z", vec![of_row(0, 0.0, 19.0), of_row(1, 50.0, 29.0)]);
        walls.learn(std::slice::from_ref(&both), &here);
        let expected = Takes::About(80.0, "2026-11-27T10:00:00Z".to_owned());
        assert_eq!(walls.of_plan(&plan()), expected);
        let elsewhere = [
            Report { platform: Platform::Native, ..both.clone() },
            Report { environment: Environment { cores: 64, ..environment() }, ..both },
            on("2026-11-25T10:00:00Z", vec![of_row(0, 0.0, 999.0), of_row(1, 999.0, 999.0)]),
        ];
        walls.learn(&elsewhere, &here);
        assert_eq!(walls.of_plan(&plan()), expected, "neither another machine nor what is older tells more");
    }

    #[test]
    fn how_good_an_estimate_is_stands_with_it() {
        let check = |takes: Takes, expected: &str| assert_eq!(takes.text(), expected);
        let about = |created: &str| Takes::About(40_000.0, created.to_owned());
        check(about("2026-11-26T10:00:00Z"), "About 40 s, as these rows took here on 26 November 2026.");
        check(about("long ago"), "About 40 s, as these rows took here.");
        check(Takes::AtLeast(12_000.0), "At least 12 s: not all of it has run here before.");
        check(Takes::AtLeast(12.0), "How long it takes is known when it has run here once.");
    }
}
