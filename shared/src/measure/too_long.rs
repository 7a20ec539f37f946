//! A run that was ended with a task that took too long.

use super::{Begun, failed};
use crate::run::Execution;
use crate::span::{ErrorKind, TaskError};

/// Makes a run that was stopped one that was ended because these tasks, as they stood on its board, took longer than
/// `limit_ms`: they have failed for that reason, and it is as if nobody had begun what was stopped with them.
pub fn end_with(execution: &mut Execution, too_long: &[Begun], limit_ms: u64) {
    let error = || TaskError::new(ErrorKind::TooLong, format!("it did not end within {} s", limit_ms as f64 / 1e3));
    execution.spans.retain(|span| {
        let is_cancelled = span.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Cancelled);
        !is_cancelled && too_long.iter().all(|begun| begun.task != span.task)
    });
    let Execution { began_ms, wall_ms, .. } = *execution;
    execution.spans.extend(too_long.iter().map(|begun| {
        let times_ms = [begun.queued_ms - began_ms, begun.start_ms - began_ms, wall_ms];
        failed(begun.task, begun.worker, times_ms, error()).span
    }));
    execution.sort();
    execution.costs = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;
    use crate::strategy::Mechanism;

    #[test]
    fn what_took_too_long_has_failed_and_what_was_stopped_with_it_left_nothing() {
        let span = |task, error| Span { error, ..failed(task, 0, [0.0, 1.0, 2.0], TaskError::cancelled()).span };
        let cancelled = || Some(TaskError::cancelled());
        let spans = vec![span(0, None), span(1, cancelled()), span(2, cancelled()), span(3, None)];
        let (mechanism, began_ms, wall_ms) = (Mechanism::RayonPool, 1000.0, 95_000.0);
        let mut execution = Execution { mechanism, began_ms, setup_ms: 0.0, wall_ms, costs: None, spans };
        let begun = |task| Begun { task, worker: 1, queued_ms: 1000.0, start_ms: 1500.0 };
        end_with(&mut execution, &[begun(1), begun(4)], 90_000);
        let errors: Vec<_> = execution.spans.iter().map(|span| (span.task, span.error.as_ref())).collect();
        let error = TaskError::new(ErrorKind::TooLong, "it did not end within 90 s");
        assert_eq!(errors, [(0, None), (1, Some(&error)), (3, None), (4, Some(&error))]);
        let last = &execution.spans[3];
        assert_eq!((last.worker, last.queued_ms, last.start_ms, last.end_ms), (1, 0.0, 500.0, 95_000.0));
    }
}
