//! A path for those who learn: three experiments in order, with one idea each. Predict first, then run; what was measured
//! decides between the answers, as far as its interval does.

use super::statement::with_margin;
use super::verdict::too_few_runs;
use crate::analysis::{Analysis, RowAnalysis};
use crate::dictionary::Sharing;
use crate::number::Cores;
use crate::statistics::paired_ratio;
use crate::strategy::Strategy;
use crate::text::{in_sentence, listed, sentence};

/// A step of the path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lesson {
    /// The experiment to run.
    pub experiment: &'static str,
    /// How it is run, as in an address: in seconds, each run long beside what else happens, and often enough for an interval
    /// that leaves out the fastest and the slowest.
    pub options: &'static [(&'static str, &'static str)],
    /// What it is about, in a word.
    pub idea: &'static str,
    /// The idea, in a sentence or two.
    pub about: &'static str,
    /// What to predict.
    pub question: &'static str,
    /// What one may answer.
    pub answers: &'static [Answer],
    /// What is divided by what.
    compared: Compared,
    /// What to notice then.
    pub notice: &'static str,
}

/// An answer, and the ratios that it holds for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// It in words.
    pub text: &'static str,
    /// The smallest ratio and the largest.
    within: (f64, f64),
    /// They are times the number of cores.
    per_core: bool,
}

/// What is compared: of each kind of row the one with the most workers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Compared {
    /// How many times as fast a row is as the sequential one.
    Speed(Strategy),
    /// How many times as long it takes to share a dictionary in one way as in another.
    Sharing(Sharing, Sharing),
}

/// What a report says to a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was measured, in a sentence.
    pub measured: String,
    /// Answer by answer, what is to be said to whoever expected it.
    pub said: Vec<String>,
}

/// What helps where runs do not tell.
const AGAIN: &str = "Close other programs and run again.";

/// The path.
pub const PATH: &[Lesson] = &[
    Lesson {
        experiment: "post",
        options: &[
            ("scale", "smoke"),
            ("strategy", "sequential,async"),
            ("workers", "6"),
            ("tasks", "12"),
            ("latency", "40"),
            ("runs", "9"),
        ],
        idea: "Waiting",
        about: "A task that waits for an answer needs no core. Others can wait at the same time, even on one thread.",
        question: "An event loop on one thread sends six requests before the first answer is there. How many times as fast is \
                   that as one request after another?",
        answers: &[
            answer("No faster: there is only one thread", 0.0, 1.2),
            answer("Up to three times as fast", 1.2, 3.0),
            answer("More than three times as fast", 3.0, f64::INFINITY),
        ],
        compared: Compared::Speed(Strategy::Async),
        notice: "In the timeline the bars lie below each other: all requests wait at once. Nobody computed faster.",
    },
    Lesson {
        experiment: "cpu-heavy",
        options: &[
            ("scale", "smoke"),
            ("strategy", "sequential,threads"),
            ("workers", "2,4,8"),
            ("size", "15000000"),
            ("runs", "9"),
        ],
        idea: "Computing",
        about: "A task that computes keeps a core busy. Only more cores do more of it at once, and there are as many as there are.",
        question: "Eight threads share work that only computes. How many times as fast are they as one?",
        answers: &[
            answer("No faster: the work is the same", 0.0, 1.2),
            Answer { per_core: true, ..answer("About as many times as this computer has cores", 0.6, 1.3) },
            answer("About eight times as fast", 6.5, 9.5),
        ],
        compared: Compared::Speed(Strategy::Threads),
        notice: "Look at the line of speed-ups beyond the cores: there threads take turns, and each task takes longer.",
    },
    Lesson {
        experiment: "dictionary",
        options: &[
            ("scale", "smoke"),
            ("strategy", "threads"),
            ("workers", "2"),
            ("tasks", "8"),
            ("latency", "0"),
            ("size", "2000"),
            ("runs", "9"),
        ],
        idea: "Sharing",
        about: "Workers that write to one place have to wait for each other. How they share decides what that costs.",
        question: "Two threads put many results into one dictionary. Its owner inserts them: each result goes to it in a message, \
                   and is waited for. How long does that take, beside threads that each keep a dictionary of their own, merged at \
                   the end?",
        answers: &[
            answer("As long: it is the same results", 0.0, 1.2),
            answer("Up to twice as long", 1.2, 2.0),
            answer("More than twice as long", 2.0, f64::INFINITY),
        ],
        compared: Compared::Sharing(Sharing::Owner, Sharing::Merge),
        notice: "A lock is in the table of rows, too: whoever finds it free goes on at once, and sends no message.",
    },
];

const fn answer(text: &'static str, from: f64, to: f64) -> Answer {
    Answer { text, within: (from, to), per_core: false }
}

/// How an interval lies to the ratios that an answer holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    /// All of it is among them.
    Inside,
    /// A part of it.
    Partly,
    /// Nothing of it.
    Apart,
}

impl Lesson {
    /// The lesson of an experiment, if it has one.
    pub fn of(experiment: &str) -> Option<&'static Lesson> {
        PATH.iter().find(|lesson| lesson.experiment == experiment)
    }

    /// What an analysis of its experiment says to it.
    pub fn outcome(&self, analysis: &Analysis<'_>) -> Outcome {
        let unknown = |why: &str| {
            let measured = sentence(why);
            Outcome { measured, said: vec!["These runs do not tell.".to_owned(); self.answers.len()] }
        };
        let (over, under) = match self.compared {
            Compared::Speed(strategy) => {
                let row = |strategy| most_workers(analysis, |row| row.row.strategy == strategy);
                (row(Strategy::Sequential), row(strategy))
            }
            Compared::Sharing(one, beside) => {
                let row = |sharing| {
                    most_workers(analysis, |row| {
                        row.row.strategy == Strategy::Threads && row.row.workload.sharing() == Some(sharing)
                    })
                };
                (row(one), row(beside))
            }
        };
        let (Some(over), Some(under)) = (over, under) else {
            return unknown("the rows that answer this were not measured, or failed");
        };
        let pairs = over.pairs_with(under);
        let Some(ratio) = paired_ratio(&pairs) else { return unknown(&too_few_runs(0)) };
        let (Some(interval), Some(known)) = (ratio.interval, with_margin(&ratio)) else {
            return unknown(&format!("{}: raise \"Measured runs\"", too_few_runs(pairs.len())));
        };
        let cores = analysis.report.environment.usable_cores();
        let [name_over, name_under] = [over, under].map(|row| row.label.to_string());
        let (name_over, name_under) = (in_sentence(&name_over), in_sentence(&name_under));
        let measured = match self.compared {
            Compared::Speed(_) => format!("{name_under} is {known} times as fast as {name_over}"),
            Compared::Sharing(..) => format!("{name_over} takes {known} times as long as {name_under}"),
        };
        let on = if self.answers.iter().any(|answer| answer.per_core) {
            format!(", on {}", Cores(cores))
        } else {
            String::new()
        };
        let fits: Vec<Fit> =
            self.answers.iter().map(|answer| answer.fit((interval.low, interval.high), cores)).collect();
        Outcome { measured: sentence(&format!("{measured}{on}")), said: self.said(&fits) }
    }

    /// What is said to whoever expected each answer.
    fn said(&self, fits: &[Fit]) -> Vec<String> {
        let texts = |fit: Fit| -> Vec<String> {
            let fitting = self.answers.iter().zip(fits).filter(|(_, known)| **known == fit);
            fitting.map(|(answer, _)| format!("\"{}\"", answer.text)).collect()
        };
        let (inside, partly) = (texts(Fit::Inside), texts(Fit::Partly));
        let said = |fit: &Fit| match fit {
            Fit::Inside => "As you expected.".to_owned(),
            Fit::Partly => {
                format!(
                    "These runs cannot tell whether it is as you expected: the interval ends beyond your answer. {AGAIN}"
                )
            }
            Fit::Apart if !inside.is_empty() => format!("Not as you expected, but: {}.", listed(&inside, "and")),
            Fit::Apart if !partly.is_empty() => {
                format!(
                    "Not as you expected. These runs do not tell more surely what holds: {} may. {AGAIN}",
                    listed(&partly, "or")
                )
            }
            Fit::Apart => "Not as you expected, nor as any of the answers says.".to_owned(),
        };
        fits.iter().map(said).collect()
    }
}

impl Answer {
    fn fit(&self, (low, high): (f64, f64), cores: f64) -> Fit {
        let times = if self.per_core { cores } else { 1.0 };
        let (from, to) = (self.within.0 * times, self.within.1 * times);
        match () {
            () if from <= low && high <= to => Fit::Inside,
            () if high < from || to < low => Fit::Apart,
            () => Fit::Partly,
        }
    }
}

/// Of the rows of a kind in which nothing failed, the one with the most workers.
fn most_workers<'a>(
    analysis: &'a Analysis<'a>,
    is_it: impl Fn(&RowAnalysis<'_>) -> bool,
) -> Option<&'a RowAnalysis<'a>> {
    let rows = analysis.rows.iter().filter(|row| row.summary.failed == 0 && is_it(row));
    rows.max_by_key(|row| row.row.workers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Request;
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;
    use crate::statistics::VALUES_FOR_INTERVAL;
    use crate::strategy::Platform;

    /// The rows of a lesson as they would be measured, taking `ms` of a strategy, sharing and number of workers.
    fn report(lesson: &Lesson, runs: u32, ms: impl Fn(Strategy, Option<Sharing>, u32) -> f64) -> Report {
        let mut report = ReportBuilder::of(lesson.experiment).runs(runs).build();
        for run in &mut report.runs {
            run.wall_ms = ms(run.row.strategy, run.row.workload.sharing(), run.row.workers);
        }
        report
    }

    fn said(report: &Report, lesson: &Lesson) -> (String, Vec<String>) {
        let Outcome { measured, said } = lesson.outcome(&Analysis::of(report));
        (measured, said)
    }

    #[test]
    fn every_lesson_is_a_plan_with_an_interval_whose_rows_tell() {
        assert_eq!(PATH.iter().map(|lesson| lesson.idea).collect::<Vec<_>>(), ["Waiting", "Computing", "Sharing"]);
        for lesson in PATH {
            let mut request = Request::named(lesson.experiment);
            for (key, value) in lesson.options {
                request.set(key, value).expect("an option");
            }
            let plan = request.plan(Platform::Browser).expect("a plan");
            assert!(plan.stages[0].runs >= VALUES_FOR_INTERVAL && plan.left_out.is_empty());
            let is_planned = |is_it: &dyn Fn(Strategy, Option<Sharing>) -> bool| {
                assert!(plan.rows().any(|row| is_it(row.strategy, row.workload.sharing())), "{}", lesson.experiment);
            };
            match lesson.compared {
                Compared::Speed(strategy) => {
                    is_planned(&|known, _| known == strategy);
                    is_planned(&|known, _| known == Strategy::Sequential);
                }
                Compared::Sharing(one, beside) => {
                    is_planned(&|_, known| known == Some(one));
                    is_planned(&|_, known| known == Some(beside));
                }
            }
            assert!(lesson.question.ends_with('?') && lesson.notice.ends_with('.') && lesson.answers.len() >= 3);
            assert_eq!(Lesson::of(lesson.experiment), Some(lesson));
        }
        assert_eq!(Lesson::of("sum"), None);
    }

    #[test]
    fn what_was_measured_decides_between_the_answers() {
        let computing = &PATH[1];
        let threads = |times: f64| {
            let report = report(computing, 6, |strategy, _, workers| match strategy {
                Strategy::Threads if workers == 4 => 800.0 / times,
                _ => 800.0,
            });
            said(&report, computing)
        };
        let (measured, said_then) = threads(2.0);
        assert_eq!(measured, "Threads × 4 is 2.000 ± 0.001 times as fast as sequential, on 2 cores.");
        let but = "Not as you expected, but: \"About as many times as this computer has cores\".";
        assert_eq!(said_then, [but, "As you expected.", but]);
        assert_eq!(threads(1.0).1[0], "As you expected.");
        assert_eq!(threads(8.0).1[2], "As you expected.");
        assert_eq!(threads(4.0).1[0], "Not as you expected, nor as any of the answers says.");
    }

    #[test]
    fn what_an_interval_leaves_open_is_not_told() {
        let waiting = &PATH[0];
        let speed = |times: [f64; 2]| {
            let mut report = report(waiting, 6, |_, _, _| 600.0);
            for run in report.runs.iter_mut().filter(|run| run.row.strategy == Strategy::Async) {
                run.wall_ms = 600.0 / times[run.repetition as usize % 2];
            }
            said(&report, waiting).1
        };
        let may = "Not as you expected. These runs do not tell more surely what holds: \"Up to three times as fast\" or \
                   \"More than three times as fast\" may. Close other programs and run again.";
        let open = "These runs cannot tell whether it is as you expected: the interval ends beyond your answer. Close other \
                    programs and run again.";
        assert_eq!(speed([2.0, 4.0]), [may, open, open]);
        assert_eq!(speed([1.0, 1.8])[0], open);
        let few = said(&report(waiting, 2, |_, _, _| 600.0), waiting);
        assert_eq!(few.0, "Too few runs to tell (2 of 6): raise \"Measured runs\".");
        assert_eq!(few.1, ["These runs do not tell."; 3]);
    }

    #[test]
    fn without_the_rows_that_tell_nothing_is_told() {
        let sharing = &PATH[2];
        let whole = report(sharing, 6, |_, way, _| if way == Some(Sharing::Owner) { 200.0 } else { 80.0 });
        let (measured, said_then) = said(&whole, sharing);
        let expected =
            "\"threads × 6, sharing owner\" takes 2.500 ± 0.001 times as long as \"threads × 6, sharing merge\".";
        assert_eq!((measured.as_str(), said_then[2].as_str()), (expected, "As you expected."));
        let mut part = whole;
        part.runs.retain(|run| run.row.workload.sharing() != Some(Sharing::Merge));
        assert_eq!(said(&part, sharing).0, "The rows that answer this were not measured, or failed.");
    }
}
