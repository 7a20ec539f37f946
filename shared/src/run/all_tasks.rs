//! What all tasks of a run left behind together, where they are too many for a report to keep the span of each.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::draw;
use crate::span::{Checksum, ErrorKind, Span, phase};

/// Of a run with more tasks than this, a report keeps about so many spans.
pub const SPANS_KEPT: usize = 10_000;
/// So many spans of tasks that failed are kept beside those: they tell why.
const FAILED_KEPT: usize = 100;
/// And at most so many others: the first task and the last one, those that took and that waited longest, and that which was
/// over last.
const ENDS_KEPT: usize = 5;
/// No more spans of a run are kept.
pub const SPANS_KEPT_MAX: usize = SPANS_KEPT + FAILED_KEPT + ENDS_KEPT;

/// What all tasks of a run left behind together. Where a run has it, its spans are of some of the tasks only: of one in each
/// group of tasks that follow each other, drawn by chance and alike everywhere, and of some that stand out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AllTasks {
    /// How many there were.
    pub tasks: u64,
    /// Those of them that ended with an error, by its kind.
    pub errors: BTreeMap<ErrorKind, u64>,
    /// Bytes that were read, written or received by those that ended well.
    pub bytes: u64,
    /// How many workers had a task.
    pub workers: u32,
    /// For how long they were under way, waiting for their turn left out, added up, in milliseconds.
    pub busy_ms: f64,
    /// A digest of the checksums of all tasks, each with its task.
    pub checksum: Checksum,
}

impl AllTasks {
    /// What some spans say together.
    pub fn of(spans: &[Span]) -> Self {
        Self {
            tasks: spans.len() as u64,
            errors: errors(spans),
            bytes: bytes(spans),
            workers: workers(spans),
            busy_ms: busy_ms(spans),
            checksum: checksum(spans),
        }
    }
}

/// Tasks that ended with an error, by its kind.
pub(super) fn errors(spans: &[Span]) -> BTreeMap<ErrorKind, u64> {
    let mut errors = BTreeMap::new();
    for error in spans.iter().filter_map(|span| span.error.as_ref()) {
        *errors.entry(error.kind).or_default() += 1;
    }
    errors
}

/// Bytes of the tasks that ended well.
pub(super) fn bytes(spans: &[Span]) -> u64 {
    spans.iter().filter(|span| span.error.is_none()).map(|span| span.bytes).fold(0, u64::saturating_add)
}

/// How many workers had a task.
pub(super) fn workers(spans: &[Span]) -> u32 {
    spans.iter().map(|span| span.worker).collect::<HashSet<_>>().len() as u32
}

/// For how long tasks were under way, in milliseconds: a task needs nothing while it waits.
pub(super) fn busy_ms(spans: &[Span]) -> f64 {
    let busy = |span: &Span| length_ms(span) - span.phases.get(phase::WAIT).copied().unwrap_or_default();
    spans.iter().map(busy).sum()
}

/// A digest that is the same in whatever order the spans are.
pub(super) fn checksum(spans: &[Span]) -> Checksum {
    let digest = |span: &Span| span.checksum.map_or(0, |Checksum(value)| draw::bits(value, span.task.into()));
    Checksum(spans.iter().map(digest).fold(0, u64::wrapping_add))
}

fn length_ms(span: &Span) -> f64 {
    span.end_ms - span.start_ms
}

/// What all spans say together, and those of them that are kept, in their order; `None` where all are.
pub(super) fn sampled(spans: Vec<Span>) -> (Option<Box<AllTasks>>, Vec<Span>) {
    if spans.len() <= SPANS_KEPT {
        return (None, spans);
    }
    let all = Box::new(AllTasks::of(&spans));
    let last = spans.iter().map(|span| span.task).max().unwrap_or_default();
    let group = (last as usize + 1).div_ceil(SPANS_KEPT) as u32;
    // Neither workers that take turns nor what comes every so many tasks is in step with it.
    let is_drawn = |task: u32| task % group == (draw::bits(0, (task / group).into()) % u64::from(group)) as u32;
    let most =
        |of: fn(&Span) -> f64| spans.iter().max_by(|span, next| of(span).total_cmp(&of(next))).map(|span| span.task);
    let ends = [spans.first().map(|span| span.task), spans.last().map(|span| span.task)];
    let longest = [most(length_ms), most(|span| span.start_ms - span.queued_ms), most(|span| span.end_ms)];
    let standing_out: HashSet<u32> = ends.into_iter().chain(longest).flatten().collect();
    let mut failed = 0;
    let kept = spans.into_iter().filter(|span| {
        let is_failed = span.error.is_some() && failed < FAILED_KEPT;
        failed += usize::from(is_failed);
        is_failed || standing_out.contains(&span.task) || is_drawn(span.task)
    });
    let mut kept: Vec<Span> = kept.collect();
    // It was made in the place of all of them.
    kept.shrink_to_fit();
    (Some(all), kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::failed;
    use crate::span::TaskError;

    /// Spans of tasks of 1 ms by two workers in turn, of which some fail.
    fn spans(tasks: u32, fails: impl Fn(u32) -> bool) -> Vec<Span> {
        let span = |task: u32| {
            let start_ms = f64::from(task / 2);
            let mut span = failed(task, task % 2, [0.0, start_ms, start_ms + 1.0], TaskError::cancelled()).span;
            span.error = fails(task).then(|| TaskError::new(ErrorKind::Panicked, "x"));
            span.checksum = span.error.is_none().then_some(Checksum(u64::from(task) * 7));
            Span { bytes: 3, ..span }
        };
        (0..tasks).map(span).collect()
    }

    #[test]
    fn all_are_kept_up_to_a_number() {
        let few = spans(SPANS_KEPT as u32, |_| false);
        assert_eq!(sampled(few.clone()), (None, few));
    }

    #[test]
    fn of_more_some_are_kept_and_all_are_counted() {
        let whole = spans(1_000_000, |task| task % 10 == 0);
        let (all, kept) = sampled(whole.clone());
        let all = all.expect("more than are kept");
        assert_eq!((all.tasks, all.workers, all.bytes), (1_000_000, 2, 2_700_000));
        assert_eq!(all.errors, BTreeMap::from([(ErrorKind::Panicked, 100_000)]));
        assert!((all.busy_ms - 1e6).abs() < 1e-3);
        assert!((SPANS_KEPT..=SPANS_KEPT_MAX).contains(&kept.len()), "{}", kept.len());
        assert_eq!((kept[0].task, kept[kept.len() - 1].task), (0, 999_999));
        assert!(kept.windows(2).all(|two| two[0].task < two[1].task));
        assert!(kept.capacity() < 2 * SPANS_KEPT_MAX, "the memory of the others is given back");
        // Both workers have about as many, though they take turns.
        let of_first = kept.iter().filter(|span| span.worker == 0).count();
        assert!(of_first.abs_diff(kept.len() / 2) < 300, "{of_first}");
        // Another result shows, also where no span of it is kept.
        let dropped = (0..).find(|task| kept.iter().all(|span| span.task != *task)).expect("most are not");
        let mut other = whole;
        other[dropped as usize].checksum = Some(Checksum(1));
        let (others, others_kept) = sampled(other);
        assert_eq!(others_kept, kept);
        assert_ne!(others.expect("as many").checksum, all.checksum);
    }

    #[test]
    fn what_stands_out_is_kept() {
        let mut all = spans(50_000, |_| false);
        all[1234].end_ms += 500.0;
        all[4321].queued_ms -= 1e6;
        (all[2345].queued_ms, all[2345].start_ms, all[2345].end_ms) = (1e9, 1e9, 1e9);
        let kept: HashSet<u32> = sampled(all).1.iter().map(|span| span.task).collect();
        assert!([0, 1234, 4321, 2345, 49_999].iter().all(|task| kept.contains(task)));
    }
}
