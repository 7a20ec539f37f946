//! The bars as they stand below each other: in rows, in which none covers another, in the order of their times.

use super::bars::{Bars, FAILED};
use crate::views::TimelineView;

/// There are no more rows than this, so that each is seen; lanes that would take more share rows.
pub const ROWS_MAX: usize = 160;
/// Tasks that are in flight at the same time in one lane take no more rows than this; what is beyond them is covered in part.
const ROWS_OF_LANE: usize = 12;

/// What begins no earlier than this before another ends begins with its end: times are rounded.
const ROUNDING_MS: f64 = 1e-6;

/// Bars in rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    rows: Vec<Row>,
    /// Bars by row and time: the place of each in [`Bars`].
    bars: Vec<u32>,
    /// When each begins, in that order.
    starts: Vec<f64>,
    /// When each ends or the next one of its row covers it, in that order.
    ends: Vec<f64>,
    kinds: Vec<u8>,
    /// How many before each place failed.
    failed: Vec<u32>,
    until_ms: f64,
}

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The part that it belongs to.
    pub part: usize,
    /// The first lane that stands in it.
    pub lane: usize,
    /// It is the first row of its lane.
    pub is_first: bool,
    /// The place of its first bar in the scene.
    pub from: usize,
    /// The place after its last bar.
    pub to: usize,
}

impl Scene {
    /// The rows of bars. What has no lane, or no time, is left out.
    pub fn of(view: &TimelineView, bars: &Bars) -> Self {
        let groups = Groups::of(view);
        let mut order: Vec<u32> = (0..bars.len() as u32).collect();
        let key = |bar: u32| (groups.of_lane(bars.lanes[bar as usize]), bars.starts[bar as usize]);
        order.retain(|bar| {
            let (start, end) = (bars.starts[*bar as usize], bars.ends[*bar as usize]);
            key(*bar).0.is_some() && start.is_finite() && end.is_finite()
        });
        let in_order = |left: u32, right: u32| {
            let (left, right) = (key(left), key(right));
            left.0.cmp(&right.0).then(left.1.total_cmp(&right.1))
        };
        // Mostly they come in order.
        if !order.is_sorted_by(|left, right| in_order(*left, *right).is_le()) {
            order.sort_by(|left, right| in_order(*left, *right));
        }

        let mut scene = Self { failed: vec![0], ..Self::default() };
        let rows_of_lane = (ROWS_MAX / groups.all.len().max(1)).clamp(1, ROWS_OF_LANE);
        let mut first = 0;
        for (number, group) in groups.all.iter().enumerate() {
            let of_group = |bar: &&u32| key(**bar).0 == Some(number);
            let count = order[first..].iter().take_while(of_group).count();
            let rows = side_by_side(&order[first..first + count], bars, rows_of_lane);
            first += count;
            for (place, row) in rows.iter().enumerate() {
                let from = scene.bars.len();
                row.iter().for_each(|bar| scene.push(*bar, bars));
                let (part, lane) = *group;
                scene.rows.push(Row { part, lane, is_first: place == 0, from, to: scene.bars.len() });
                scene.uncover(from);
            }
        }
        scene
    }

    fn push(&mut self, bar: u32, bars: &Bars) {
        let at = bar as usize;
        let start = bars.starts[at].max(0.0);
        let end = bars.ends[at].max(start);
        self.bars.push(bar);
        self.starts.push(start);
        self.ends.push(end);
        self.kinds.push(bars.kinds[at]);
        let failed = self.failed.last().copied().unwrap_or(0);
        self.failed.push(failed + u32::from(bars.kinds[at] & FAILED != 0));
        self.until_ms = self.until_ms.max(end);
    }

    /// Ends each bar of a row where the next one begins.
    fn uncover(&mut self, from: usize) {
        for at in from + 1..self.bars.len() {
            self.ends[at - 1] = self.ends[at - 1].min(self.starts[at]);
        }
    }

    /// What stands below each other.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// When the last bar ends.
    pub fn until_ms(&self) -> f64 {
        self.until_ms
    }

    /// How many bars it has.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.bars.len()
    }

    /// The place in [`Bars`] of a bar.
    pub fn bar(&self, at: usize) -> usize {
        self.bars[at] as usize
    }

    /// From when to when a bar is seen.
    pub fn seen(&self, at: usize) -> (f64, f64) {
        (self.starts[at], self.ends[at])
    }

    /// The kind of a bar, without whether it failed.
    pub fn kind(&self, at: usize) -> u8 {
        self.kinds[at] & !FAILED
    }

    /// Whether one of these bars failed.
    pub fn has_failed(&self, from: usize, to: usize) -> bool {
        self.failed[to] > self.failed[from]
    }

    /// The first bar of a row that ends after a time; the end of the row, if there is none.
    pub fn first_after(&self, row: Row, ms: f64) -> usize {
        row.from + self.ends[row.from..row.to].partition_point(|end| *end <= ms)
    }

    /// The first bar from a place on that begins at a time or later; the end of the row, if there is none.
    pub fn first_from(&self, from: usize, row: Row, ms: f64) -> usize {
        from + self.starts[from..row.to].partition_point(|start| *start < ms)
    }

    /// The row that a bar stands in.
    pub fn row_of(&self, at: usize) -> usize {
        self.rows.partition_point(|row| row.to <= at)
    }

    /// The bar of a row nearest to a time, if one is no further from it than this.
    pub fn nearest(&self, row: usize, ms: f64, within_ms: f64) -> Option<usize> {
        let row = *self.rows.get(row)?;
        let next = self.first_from(row.from, row, ms);
        let distance = |at: usize| (self.starts[at] - ms).max(ms - self.ends[at]).max(0.0);
        let candidates = [next.checked_sub(1).filter(|at| *at >= row.from), Some(next).filter(|at| *at < row.to)];
        let candidates = candidates.into_iter().flatten().filter(|at| distance(*at) <= within_ms);
        candidates.min_by(|left, right| distance(*left).total_cmp(&distance(*right)))
    }

    /// The bar that a step leads to: along a row, or to the nearest of the next row that has any.
    pub fn step(&self, at: usize, step: Step) -> usize {
        let place = self.row_of(at);
        let Some(row) = self.rows.get(place) else { return at };
        match step {
            Step::Earlier => at.saturating_sub(1).max(row.from),
            Step::Later => (at + 1).min(row.to - 1),
            Step::Up => self.beside(at, (0..place).rev()),
            Step::Down => self.beside(at, place + 1..self.rows.len()),
        }
    }

    fn beside(&self, at: usize, mut rows: impl Iterator<Item = usize>) -> usize {
        let middle = (self.starts[at] + self.ends[at]) / 2.0;
        rows.find_map(|row| self.nearest(row, middle, f64::INFINITY)).unwrap_or(at)
    }
}

/// Where to go from a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the one before it.
    Earlier,
    /// To the one after it.
    Later,
    /// To the row above.
    Up,
    /// To the row below.
    Down,
}

/// Lanes that share rows: each lane by itself, unless there are too many.
struct Groups {
    /// The part and the first lane of each.
    all: Vec<(usize, usize)>,
    /// The group of each lane, one more than its number; 0 for a lane of no part.
    of_lanes: Vec<u32>,
}

impl Groups {
    fn of(view: &TimelineView) -> Self {
        let lanes = view.lanes.len();
        let mut groups = Self { all: Vec::new(), of_lanes: vec![0; lanes] };
        for (part, (_, first, count)) in view.parts.iter().enumerate() {
            let (first, count) = (*first as usize, *count as usize);
            let count = count.min(lanes.saturating_sub(first));
            // Each part has its share of the rows.
            let rows = (count * ROWS_MAX / lanes.max(1)).max(1).min(if lanes > ROWS_MAX { ROWS_MAX } else { count });
            let before = groups.all.len();
            for lane in 0..count {
                let group = before + lane * rows / count;
                if group == groups.all.len() {
                    groups.all.push((part, first + lane));
                }
                groups.of_lanes[first + lane] = group as u32 + 1;
            }
        }
        groups
    }

    fn of_lane(&self, lane: u32) -> Option<usize> {
        self.of_lanes.get(lane as usize).and_then(|group| group.checked_sub(1)).map(|group| group as usize)
    }
}

/// Bars, given in the order of their beginnings, in as many rows as it takes that none covers another, up to a number.
fn side_by_side(order: &[u32], bars: &Bars, rows_max: usize) -> Vec<Vec<u32>> {
    let mut rows: Vec<Vec<u32>> = vec![Vec::new()];
    let mut free_from = vec![f64::NEG_INFINITY];
    for bar in order {
        let (start, end) = (bars.starts[*bar as usize], bars.ends[*bar as usize]);
        let free = free_from.iter().position(|free| *free <= start + ROUNDING_MS);
        let row = free.unwrap_or_else(|| {
            if rows.len() < rows_max {
                rows.push(Vec::new());
                free_from.push(f64::NEG_INFINITY);
                return rows.len() - 1;
            }
            let soonest = free_from.iter().enumerate().min_by(|left, right| left.1.total_cmp(right.1));
            soonest.map_or(0, |(row, _)| row)
        });
        rows[row].push(*bar);
        free_from[row] = free_from[row].max(end);
    }
    rows
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A view of parts with so many lanes each, and bars: lane, start, end, kind.
    pub fn scene(parts: &[u32], of_bars: &[(u32, f64, f64, u8)]) -> (TimelineView, Bars, Scene) {
        let mut first = 0;
        let part = |lanes: &u32| {
            first += lanes;
            (format!("part {first}"), first - lanes, *lanes)
        };
        let parts: Vec<_> = parts.iter().map(part).collect();
        let lanes = (0..first).map(|lane| format!("worker {lane}")).collect();
        let kinds = vec![("computes".to_owned(), "--w0".to_owned()), ("waits".to_owned(), "--w1".to_owned())];
        let view = TimelineView { title: "t".to_owned(), parts, lanes, kinds, bars: of_bars.len(), errors: Vec::new() };
        let bars = Bars {
            lanes: of_bars.iter().map(|bar| bar.0).collect(),
            starts: of_bars.iter().map(|bar| bar.1).collect(),
            ends: of_bars.iter().map(|bar| bar.2).collect(),
            kinds: of_bars.iter().map(|bar| bar.3).collect(),
            tasks: (0..of_bars.len() as u32).collect(),
            ..Bars::default()
        };
        let scene = Scene::of(&view, &bars);
        (view, bars, scene)
    }

    fn rows(scene: &Scene) -> Vec<Vec<usize>> {
        scene.rows().iter().map(|row| (row.from..row.to).map(|at| scene.bar(at)).collect()).collect()
    }

    #[test]
    fn bars_stand_in_the_rows_of_their_lanes_in_the_order_of_times() {
        let bars = [(1, 5.0, 6.0, 0), (0, 3.0, 4.0, 0), (2, 0.0, 9.0, 0), (0, 1.0, 2.0, 0)];
        let (_, _, scene) = scene(&[2, 1], &bars);
        assert_eq!(rows(&scene), [vec![3, 1], vec![0], vec![2]]);
        assert_eq!(scene.rows().iter().map(|row| row.part).collect::<Vec<_>>(), [0, 0, 1]);
        assert_eq!(scene.until_ms(), 9.0);
    }

    #[test]
    fn what_is_in_flight_at_once_takes_rows_of_its_own() {
        let (_, _, scene) = scene(&[1], &[(0, 0.0, 10.0, 0), (0, 1.0, 3.0, 0), (0, 2.0, 4.0, 0), (0, 3.0, 5.0, 0)]);
        assert_eq!(rows(&scene), [vec![0], vec![1, 3], vec![2]]);
        let firsts: Vec<bool> = scene.rows().iter().map(|row| row.is_first).collect();
        assert_eq!(firsts, [true, false, false]);
    }

    #[test]
    fn of_too_many_in_flight_some_are_covered_in_part() {
        let bars: Vec<_> = (0..100).map(|bar| (0, f64::from(bar), f64::from(bar) + 1000.0, 0)).collect();
        let (_, _, scene) = scene(&[1], &bars);
        assert_eq!((scene.rows().len(), scene.len()), (ROWS_OF_LANE, 100));
        for row in scene.rows() {
            assert!((row.from + 1..row.to).all(|at| scene.seen(at - 1).1 <= scene.seen(at).0));
        }
    }

    #[test]
    fn too_many_lanes_share_rows_and_no_part_loses_all() {
        let bars: Vec<_> = (0..100_000_u32).map(|bar| (bar, f64::from(bar), f64::from(bar) + 1.0, 0)).collect();
        let (_, _, scene) = scene(&[99_999, 1], &bars);
        assert!((2..=ROWS_MAX + 1).contains(&scene.rows().len()), "{}", scene.rows().len());
        assert_eq!(scene.len(), 100_000);
        assert_eq!(scene.rows().last().map(|row| (row.part, row.to - row.from)), Some((1, 1)));
    }

    #[test]
    fn what_makes_no_sense_is_left_out_or_set_right() {
        let bars =
            [(7, 0.0, 1.0, 0), (0, f64::NAN, 1.0, 0), (0, 0.0, f64::INFINITY, 0), (0, -3.0, -1.0, 0), (0, 5.0, 2.0, 0)];
        let (_, _, scene) = scene(&[1], &bars);
        let seen: Vec<_> = (0..scene.len()).map(|at| scene.seen(at)).collect();
        assert_eq!(seen, [(0.0, 0.0), (5.0, 5.0)]);
        let nothing = Scene::of(&TimelineView::default(), &Bars::default());
        assert_eq!((nothing.len(), nothing.rows().len()), (0, 0));
        assert_eq!(nothing.nearest(0, 1.0, 1.0), None);
    }

    #[test]
    fn the_nearest_bar_within_reach() {
        let (_, _, scene) = scene(&[1], &[(0, 10.0, 20.0, 0), (0, 30.0, 31.0, 0)]);
        for (ms, within, expected) in [
            (15.0, 0.0, Some(0)),
            (24.0, 3.0, None),
            (24.0, 5.0, Some(0)),
            (26.0, 5.0, Some(1)),
            (0.0, 10.0, Some(0)),
            (99.0, 1e9, Some(1)),
        ] {
            assert_eq!(scene.nearest(0, ms, within), expected, "{ms}");
        }
    }

    #[test]
    fn steps_lead_along_rows_and_between_them() {
        let bars = [(0, 0.0, 1.0, 0), (0, 2.0, 3.0, 0), (2, 0.0, 0.5, 0), (2, 2.2, 2.4, 0)];
        let (_, _, scene) = scene(&[3], &bars);
        let steps = [Step::Later, Step::Later, Step::Down, Step::Earlier, Step::Up, Step::Up, Step::Later];
        let mut at = 0;
        let seen: Vec<usize> = steps
            .iter()
            .map(|step| {
                at = scene.step(at, *step);
                scene.bar(at)
            })
            .collect();
        assert_eq!(seen, [1, 1, 3, 2, 0, 0, 1]);
    }
}
