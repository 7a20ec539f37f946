//! The order in which tasks were over, beside the order in which they were numbered: what `as_completed` shows and an
//! ordered map hides.

use crate::run::Run;

/// In which order the tasks of a run were over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The tasks' numbers, in that order.
    pub order: Vec<u32>,
    /// How many of them came after a later task's, whose number is larger.
    pub overtaken: usize,
}

impl Arrival {
    /// What an order says.
    pub fn of(order: Vec<u32>) -> Self {
        let mut largest = 0;
        let is_overtaken = |task: &&u32| {
            largest = largest.max(**task);
            largest > **task
        };
        let overtaken = order.iter().filter(is_overtaken).count();
        Self { order, overtaken }
    }
}

/// Tasks that are spelled out.
const SHOWN: usize = 12;

impl std::fmt::Display for Arrival {
    /// The order, and what an ordered collection hides of it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { order, overtaken } = self;
        if *overtaken == 0 {
            return f.write_str("in the order of tasks");
        }
        let tasks: Vec<String> = order.iter().take(SHOWN).map(u32::to_string).collect();
        let more = if order.len() > SHOWN { " …" } else { "" };
        write!(
            f,
            "in the order {}{more}; {overtaken} of {} results came after a later task's",
            tasks.join(" "),
            order.len()
        )
    }
}

impl Run {
    /// In which order its tasks were over, where its spans stand in the order of their numbers. Tasks that were over at
    /// the same moment stand by number.
    pub fn arrival(&self) -> Arrival {
        let mut ends: Vec<(f64, u32)> = self.spans.iter().map(|span| (span.end_ms, span.task)).collect();
        ends.sort_by(|(end_ms, task), (other_end_ms, other_task)| {
            end_ms.total_cmp(other_end_ms).then(task.cmp(other_task))
        });
        Arrival::of(ends.into_iter().map(|(_, task)| task).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{row, run, span};
    use crate::strategy::Strategy;
    use crate::workload::{Count, Workload};

    #[track_caller]
    fn check(ends_ms: &[f64], order: &[u32], overtaken: usize) {
        let spans = (0..).zip(ends_ms).map(|(task, end_ms)| span(task, 0, 0.0, *end_ms)).collect();
        let row = row(Workload::Count(Count { tasks: 1, n: 1 }), Strategy::Threads, 1);
        let arrival = run(row, 9.0, spans).arrival();
        assert_eq!((&arrival.order[..], arrival.overtaken), (order, overtaken), "{ends_ms:?}");
    }

    #[test]
    fn tasks_by_the_time_of_their_end() {
        check(&[], &[], 0);
        check(&[1.0, 2.0, 3.0], &[0, 1, 2], 0);
        check(&[3.0, 2.0, 1.0], &[2, 1, 0], 2);
        check(&[4.0, 1.0, 2.0, 3.0], &[1, 2, 3, 0], 1);
        check(&[1.0, 1.0, 0.5], &[2, 0, 1], 2);
    }

    #[test]
    fn it_is_said_in_few_words() {
        let check = |order: Vec<u32>, expected| assert_eq!(Arrival::of(order).to_string(), expected);
        check(vec![0, 1, 2], "in the order of tasks");
        check(vec![2, 0, 1], "in the order 2 0 1; 2 of 3 results came after a later task's");
        check(
            (0..20).rev().collect(),
            "in the order 19 18 17 16 15 14 13 12 11 10 9 8 …; 19 of 20 results came after a later task's",
        );
    }
}
