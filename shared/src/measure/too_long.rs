//! A run that was ended with a task that took too long.

use super::failed;
use crate::run::Execution;
use crate::span::{ErrorKind, TaskError};

/// Makes a run that was stopped one that was ended because these tasks took longer than `limit_ms`: they have failed for that
/// reason, and it is as if nobody had begun what was stopped with them.
pub fn end_with(execution: &mut Execution, too_long: &[u32], limit_ms: u64) {
    let error = || TaskError::new(ErrorKind::TooLong, format!("it did not end within {} s", limit_ms as f64 / 1e3));
    execution.spans.retain(|span| {
        let is_cancelled = span.error.as_ref().is_some_and(|error| error.kind == ErrorKind::Cancelled);
        !is_cancelled || too_long.contains(&span.task)
    });
    for task in too_long {
        match execution.spans.iter_mut().find(|span| span.task == *task) {
            Some(span) => (span.checksum, span.error) = (None, Some(error())),
            None => execution.spans.push(failed(*task, 0, [0.0, 0.0, execution.wall_ms], error()).span),
        }
    }
    execution.spans.sort_by_key(|span| span.task);
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
        let mechanism = Mechanism::RayonPool;
        let mut execution = Execution { mechanism, began_ms: 0.0, setup_ms: 0.0, wall_ms: 400.0, costs: None, spans };
        end_with(&mut execution, &[1, 4], 90_000);
        let errors: Vec<_> = execution.spans.iter().map(|span| (span.task, span.error.as_ref())).collect();
        let error = TaskError::new(ErrorKind::TooLong, "it did not end within 90 s");
        assert_eq!(errors, [(0, None), (1, Some(&error)), (3, None), (4, Some(&error))]);
    }
}
