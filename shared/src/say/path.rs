//! A path for those who learn: three experiments in order, with one idea each.

use crate::strategy::Strategy;

/// A step of the path: predict first, then run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// The experiment to run.
    pub experiment: &'static str,
    /// What it is about, in a word.
    pub idea: &'static str,
    /// The idea, in a sentence or two.
    pub about: &'static str,
    /// What to predict.
    pub question: &'static str,
    /// What one may answer.
    pub answers: [&'static str; 3],
    /// Which row of the result answers it, beside the row that speed-ups are against.
    pub row: Strategy,
    /// The column of the table of rows that tells.
    pub column: &'static str,
    /// What to notice then.
    pub notice: &'static str,
}

/// The path.
pub const PATH: &[Lesson] = &[
    Lesson {
        experiment: "post",
        idea: "Waiting",
        about: "A task that waits for an answer needs no core. Others can wait at the same time, even on one thread.",
        question: "One event loop on one thread sends its requests without waiting for the answer before: how much of the time \
                   of one request after another does it take?",
        answers: ["About as long: there is only one thread", "Half of it", "A small part of it"],
        row: Strategy::Async,
        column: "speedup",
        notice: "The bars of the timeline lie below each other: all of them wait at once. Nobody computed faster.",
    },
    Lesson {
        experiment: "cpu-heavy",
        idea: "Computing",
        about: "A task that computes keeps a core busy. Only more cores do more of it at once, and there are as many as there are.",
        question: "With twice as many threads as the machine has cores: how many times as fast as one thread?",
        answers: ["As many times as there are threads", "As many times as there are cores", "No faster than one"],
        row: Strategy::Threads,
        column: "speedup",
        notice: "Beyond the cores the line of speed-ups is flat: workers take turns, and each task takes longer.",
    },
    Lesson {
        experiment: "dictionary",
        idea: "Sharing",
        about: "Workers that write to one place have to take turns there. How they share decides what that costs.",
        question: "Results go into one dictionary behind one lock, or each worker keeps its own and they are put together at the \
                   end: what does the lock cost here?",
        answers: [
            "It doubles the time",
            "So little that no difference is shown",
            "Nothing gains from threads any more",
        ],
        row: Strategy::Threads,
        column: "median",
        notice: "Look at the interval before the median: whether two rows differ is told by it alone. A lock that is held for \
                 moments is hardly waited for.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::experiment::find;
    use crate::report::fixture::ReportBuilder;
    use crate::say::{View, tables};

    #[test]
    fn every_lesson_is_of_an_experiment_that_answers_it() {
        assert_eq!(PATH.iter().map(|lesson| lesson.idea).collect::<Vec<_>>(), ["Waiting", "Computing", "Sharing"]);
        for lesson in PATH {
            let (experiment, _) = find(lesson.experiment).expect("an experiment");
            let report = ReportBuilder::of(&experiment.name).runs(6).build();
            let analysis = Analysis::of(&report);
            assert!(analysis.rows.iter().any(|row| row.row.strategy == lesson.row), "{}", lesson.experiment);
            let columns = &tables(&analysis, View::Page)[0].columns;
            assert!(columns.iter().any(|column| column.key == lesson.column), "{columns:?}");
            assert!(lesson.question.ends_with('?') && lesson.notice.ends_with('.'));
        }
    }
}
