//! What was found of the frames that were due while work was done.

use super::statement::{Evidence, Statement};
use crate::analysis::Analysis;
use crate::number::Time;
use crate::text::in_sentence;

/// How many frames each row dropped, as they were counted, and the longest time without one; `None` where nobody drew.
pub(super) fn dropped(analysis: &Analysis<'_>) -> Option<Statement> {
    let rows = || analysis.rows.iter().filter_map(|row| Some((row, row.summary.frames?)));
    let said: Vec<String> = rows()
        .map(|(row, frames)| {
            let count = if frames.fewest == frames.most {
                frames.most.to_string()
            } else {
                format!("{} to {}", frames.fewest, frames.most)
            };
            let longest = Time(frames.longest_gaps.slowest_ms);
            format!("{count} with {} (none for up to {longest})", in_sentence(&row.label.to_string()))
        })
        .collect();
    if said.is_empty() {
        return None;
    }
    let text = format!("frames that a run dropped: {}", said.join("; "));
    Some(Statement::new(&text, rows().map(|(row, _)| row.label.clone()).collect(), Evidence::Frames))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::ReportBuilder;
    use crate::screen::{FRAME_MS, OnThread};
    use crate::span::phase;

    #[test]
    fn what_is_said_is_what_was_counted() {
        let mut report = ReportBuilder::of("frames").runs(2).build();
        for run in &mut report.runs {
            let most = if run.repetition == 0 { 3.0 } else { 5.0 };
            let dropped = if run.row.workload.on_thread() == Some(OnThread::Worker) { 0.0 } else { most };
            for span in &mut run.spans {
                span.phases.insert(phase::FROZEN.to_owned(), dropped * FRAME_MS);
                span.phases.insert(phase::LONGEST_GAP.to_owned(), (dropped + 1.0) * FRAME_MS);
            }
        }
        let said = dropped(&Analysis::of(&report)).expect("frames").text;
        assert!(
            said.starts_with("Frames that a run dropped: 6 to 10 with \"sequential, on main-thread\" (none for "),
            "{said}"
        );
        assert!(said.contains("; 0 with \"sequential, on worker\" (none for up to 16.7 ms)"), "{said}");
        assert_eq!(dropped(&Analysis::of(&ReportBuilder::of("sum").build())), None);
    }
}
