//! What intervals of ratios are of: runs, passes, or sessions.

use serde::Serialize;

use crate::analysis::RowAnalysis;
use crate::analysis::pair::take_turns;
use crate::grouping::grouped;
use crate::report::Report;
use crate::run::Run;
use crate::statistics::{VALUES_FOR_INTERVAL, median};

/// What the intervals of a comparison are of, and so how much they say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Basis {
    /// The runs of one session on each side: how sessions differ is not in them.
    #[default]
    Runs,
    /// The ratios of the passes in which both took turns, as parts of one pair.
    Passes,
    /// The runs of several sessions, too few to be told apart: how sessions differ is in them in part.
    PooledRuns {
        /// The sessions of the baseline, and of the candidate.
        sessions: [usize; 2],
    },
    /// The median of each of enough sessions on both sides: how sessions differ is in them.
    Sessions {
        /// The sessions of the baseline, and of the candidate.
        sessions: [usize; 2],
    },
}

impl Basis {
    pub(super) fn of(reports: [&Report; 2]) -> Self {
        if take_turns(reports[0], reports[1]) {
            return Basis::Passes;
        }
        let sessions = reports.map(|report| report.sessions.len().max(1));
        match sessions {
            [1, 1] => Basis::Runs,
            _ if sessions.iter().all(|count| *count >= VALUES_FOR_INTERVAL as usize) => Basis::Sessions { sessions },
            _ => Basis::PooledRuns { sessions },
        }
    }

    /// The wall times of a row that its interval is of, in milliseconds.
    pub(super) fn walls(self, report: &Report, row: &RowAnalysis<'_>) -> Vec<f64> {
        let walls = row.measured.iter().map(|run| run.wall_ms);
        match self {
            Basis::Runs | Basis::Passes | Basis::PooledRuns { .. } => walls.collect(),
            Basis::Sessions { .. } => {
                let session = |run: &&Run| report.sessions.partition_point(|first| *first <= run.repetition);
                let of_sessions = grouped(row.measured.iter().map(session).zip(walls));
                of_sessions.iter().filter_map(|(_, walls)| median(walls)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{compare, pool};
    use crate::report::fixture::ReportBuilder;
    use crate::say;
    use crate::statistics::Verdict;

    /// How the runs of a session scatter, in milliseconds.
    const SCATTER: [f64; 8] = [0.0, 0.1, -0.1, 0.0, 0.2, -0.2, 0.0, 0.1];

    /// A report of a session whose runs took about so many milliseconds.
    fn report(own_ms: f64) -> Report {
        ReportBuilder::of("sum").runs(8).wall_ms(move |_, run| own_ms + SCATTER[run as usize]).build()
    }

    #[test]
    fn intervals_of_many_sessions_are_of_their_medians() {
        // Every session has its own speed, and its runs differ little.
        let side = |sessions: u32, slower: f64| {
            let session = |session: u32| {
                let own = 10.0 + f64::from(session * 7 % 6) + slower;
                vec![report(own)]
            };
            pool((0..sessions).map(session).collect()).expect("the same plan").remove(0)
        };
        let of = |sessions: [u32; 2]| {
            let comparison = compare(&side(sessions[0], 0.0), &side(sessions[1], 1.5));
            let ratio = comparison.ratios[0].clone();
            (comparison.basis, ratio.verdict, [ratio.baseline_runs, ratio.candidate_runs])
        };
        // As independent runs they would tell what one session more could turn round.
        assert_eq!(of([6, 6]), (Basis::Sessions { sessions: [6, 6] }, Verdict::CannotTell, [6, 6]));
        assert_eq!(of([5, 6]).0, Basis::PooledRuns { sessions: [5, 6] });
        assert_eq!(of([5, 6]).2, [40, 48]);
        assert_eq!(of([1, 1]), (Basis::Runs, Verdict::Slower, [8, 8]));
        let words = |sessions: [u32; 2]| {
            let comparison = compare(&side(sessions[0], 0.0), &side(sessions[1], 9.0));
            let table = say::comparison(&comparison, ["#1", "#2"]);
            table.notes.iter().map(|note| note.text.clone()).collect::<Vec<_>>().join("\n")
        };
        assert!(words([6, 7]).contains("Intervals are of the medians of 6 and 7 sessions"), "{}", words([6, 7]));
        assert!(words([2, 1]).contains("sessions can differ by more"), "{}", words([2, 1]));
        assert!(words([1, 1]).contains("another session of the same work can differ by more"), "{}", words([1, 1]));
    }
}
