//! How many requests are under way at once on an event loop: in which steps their answers come.

use super::gain::in_flight;
use super::statement::{Evidence, Statement, number_with_margin};
use crate::analysis::{Analysis, Answers, RowAnalysis};
use crate::number::{Counted, Time};
use crate::text::in_sentence;

/// Of more kinds of rows than this the tables tell.
const KINDS_MAX: usize = 4;

/// In which steps the answers come to requests that all wait equally long, for the most that an event loop sends at once, kind
/// by kind.
pub(super) fn under_way(analysis: &Analysis<'_>) -> Vec<Statement> {
    let known = in_flight(analysis).into_iter().filter_map(|row| said(row, &row.answers()?));
    known.take(KINDS_MAX).collect()
}

fn said(row: &RowAnalysis<'_>, answers: &Answers) -> Option<Statement> {
    let Answers { wait_ms, requests, steps, largest, runs, at_once: (mean, interval) } = *answers;
    let range = |(fewest, most): (usize, usize)| {
        if fewest == most { most.to_string() } else { format!("{fewest} to {most}") }
    };
    let came = match (steps, largest) {
        ((1, 1), _) => "all at once".to_owned(),
        (_, (1, 1)) => "one after another".to_owned(),
        ((1, _) | (_, 1), _) => format!("in {} steps", range(steps)),
        _ => format!("in {} steps of at most {}", range(steps), range(largest)),
    };
    let all = Counted(row.measured.len() as u64, "run");
    let in_runs = if runs == row.measured.len() { format!("in each of {all}") } else { format!("in {runs} of {all}") };
    let waited = match interval {
        Some(interval) => {
            format!("; on average {} of them waited at once", number_with_margin(mean, interval))
        }
        None => String::new(),
    };
    let name = in_sentence(&row.label.to_string()).into_owned();
    let text = format!(
        "{name}: {requests} requests that wait {} each were answered {came} ({in_runs}){waited}",
        Time(wait_ms)
    );
    Some(Statement::new(&text, vec![row.label.clone()], Evidence::Times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;
    use crate::row::Row;

    /// Requests of which so many are under way at once, though all were sent at the beginning.
    fn told(name: &str, runs: u32, at_once: fn(&Row) -> u32) -> Vec<String> {
        let mut report: Report = ReportBuilder::of(name).runs(runs).build();
        for run in &mut report.runs {
            let at_once = at_once(&run.row);
            run.wall_ms =
                f64::from(run.row.workload.tasks().div_ceil(at_once)) * 21.0 + f64::from(run.repetition % 5) / 10.0;
            for span in &mut run.spans {
                (span.start_ms, span.end_ms) = (0.0, f64::from(span.task / at_once + 1) * 20.5);
            }
        }
        said(&report)
    }

    fn said(report: &Report) -> Vec<String> {
        under_way(&Analysis::of(report)).into_iter().map(|said| said.text).collect()
    }

    #[test]
    fn in_how_many_runs_steps_were_seen_is_told() {
        let mut report = ReportBuilder::of("connections").runs(7).build();
        // One run in which answers came all the time.
        for run in &mut report.runs {
            let end_ms = |task: u32| if run.repetition == 0 { f64::from(task) * 5.0 } else { 22.0 };
            run.spans.iter_mut().for_each(|span| span.end_ms = end_ms(span.task));
        }
        assert!(said(&report)[0].contains(" were answered all at once (in 6 of 7 runs)"), "{:?}", said(&report));
    }

    #[test]
    fn steps_are_told_of_the_most_in_flight() {
        let in_browser = told("connections", 8, |row| row.workers.min(6));
        let expected = "Async × 24: 24 requests that wait 20.0 ms each were answered in 4 steps of at most 6 (in each of 8 runs); on \
                        average 5.70 ± 0.02 of them waited at once.";
        assert_eq!(in_browser, [expected]);
        let native = told("connections", 2, |row| row.workers);
        assert_eq!(
            native,
            ["Async × 24: 24 requests that wait 20.0 ms each were answered all at once (in each of 2 runs)."]
        );
        let cached = told("cache", 2, |row| {
            let is_one = row.workload.params()["one_address"] == true;
            if is_one { 1 } else { row.workers }
        });
        let expected = [
            "Async × 4: 12 requests that wait 20.0 ms each were answered in 3 steps of at most 4 (in each of 2 runs).",
            "\"async × 4, one address\": 12 requests that wait 20.0 ms each were answered one after another (in each of 2 runs).",
        ];
        assert_eq!(cached, expected);
    }
}
