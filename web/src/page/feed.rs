//! The feed: what can be seen of the run that is going on. The session fills it, whoever shows
//! something looks into it when it likes.

use std::cell::RefCell;
use std::rc::Rc;

use parlab_shared::measure::Snapshot;

use crate::views::{PlanRow, PlanView};
use parlab_shared::measure::RunStarted;

/// What can be seen of the run that is going on.
#[derive(Default)]
pub struct Feed {
    current: RefCell<Option<Current>>,
    last: RefCell<Option<Look>>,
}

struct Current {
    plan: Rc<PlanView>,
    started: RunStarted,
    /// Reads the bytes of the board; `None` if it is not known yet, or no longer.
    board: Option<Box<dyn Fn() -> Vec<u8>>>,
}

/// One look at a run.
#[derive(Clone, Debug)]
pub struct Look {
    plan: Rc<PlanView>,
    /// Which run of the plan it is.
    pub started: RunStarted,
    /// What its board said.
    pub snapshot: Snapshot,
}

impl Feed {
    /// A run of a plan begins.
    pub fn begins(&self, plan: Rc<PlanView>, started: RunStarted) {
        self.current.replace(Some(Current { plan, started, board: None }));
    }

    /// How to read the bytes of the run's board from now on.
    pub fn board(&self, read: impl Fn() -> Vec<u8> + 'static) {
        if let Some(current) = &mut *self.current.borrow_mut() {
            current.board = Some(Box::new(read));
        }
    }

    /// The run is over. Its last picture is kept, if its board is still whole: the lab may have
    /// given the memory to the next run by now.
    pub fn ended(&self) {
        let whole = |look: &Look| {
            let snapshot = &look.snapshot;
            snapshot.side > 0 && look.fits() && snapshot.finished as usize == snapshot.slots.len()
        };
        self.last.replace(self.look().filter(whole));
        if let Some(current) = &mut *self.current.borrow_mut() {
            current.board = None;
        }
    }

    /// Nothing is going on any more.
    pub fn clear(&self) {
        self.current.replace(None);
    }

    /// Looks at the run that is going on.
    pub fn look(&self) -> Option<Look> {
        let current = self.current.borrow();
        let Current { plan, started, board } = current.as_ref()?;
        let snapshot = Snapshot::decode(&board.as_ref()?())?;
        Some(Look { plan: plan.clone(), started: *started, snapshot })
    }

    /// Which run of which plan is going on, and the bytes of its board.
    pub fn bytes(&self) -> Option<(Rc<PlanView>, RunStarted, Vec<u8>)> {
        let current = self.current.borrow();
        let Current { plan, started, board } = current.as_ref()?;
        Some((plan.clone(), *started, board.as_ref()?()))
    }

    /// The last look at a run that ended and drew a picture, once.
    pub fn take_last(&self) -> Option<Look> {
        self.last.take()
    }
}

impl Look {
    /// The row of the plan that is run.
    pub fn row(&self) -> &PlanRow {
        &self.plan.rows[self.started.row]
    }

    /// Whether the board is this run's.
    fn fits(&self) -> bool {
        let row = self.row();
        self.snapshot.side == row.picture.as_ref().map_or(0, |picture| picture.side)
            && self.snapshot.slots.len() == row.tasks as usize
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use parlab_shared::measure::{Board, Counts};

    use super::*;
    use crate::fixture::{board_bytes, plan, plan_view, started};
    use crate::views::Picture;

    #[test]
    fn there_is_something_to_see_from_the_first_board_to_the_end_of_the_run() {
        let feed = Feed::default();
        feed.board(|| board_bytes(4));
        assert!(feed.look().is_none(), "no run is going on");
        feed.begins(Rc::new(plan_view()), started(&plan(), 0));
        assert!(feed.look().is_none(), "its board is not known");
        let over = Rc::new(Cell::new(0));
        let seen = over.clone();
        feed.board(move || board_bytes(seen.get()));
        for tasks in [0, 3] {
            over.set(tasks);
            assert_eq!(feed.look().map(|look| (look.started.index, look.snapshot.finished)), Some((0, tasks)));
        }
        feed.ended();
        assert!(feed.look().is_none());
        feed.begins(Rc::new(plan_view()), started(&plan(), 1));
        assert!(feed.look().is_none(), "the last board is another run's");
        feed.clear();
        feed.board(|| board_bytes(4));
        assert!(feed.look().is_none());
    }

    #[test]
    fn the_last_picture_is_kept_once_if_it_is_whole() {
        let (tasks, side) = (4, 8);
        let look = |tasks: u32, side: u32, over: u32| {
            let mut plan = plan_view();
            plan.rows[0].picture = Some(Picture { side: 8, tiles: vec![[0, 0, 8, 2]; 4] });
            let feed = Feed::default();
            feed.begins(Rc::new(plan), started(&crate::fixture::plan(), 0));
            let board = Board::new(tasks, side);
            board.tell(Counts { finished: over, failed: 0 });
            let bytes = board.bytes();
            feed.board(move || bytes.clone());
            feed.ended();
            let first = feed.take_last().is_some();
            assert!(feed.take_last().is_none(), "once");
            first
        };
        assert!(look(tasks, side, tasks));
        assert!(!look(tasks, side, tasks - 1), "a task is missing");
        assert!(!look(tasks, side + 1, tasks), "the memory is another run's already");
    }
}
