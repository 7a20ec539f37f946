//! What pointers mean: one that is dragged moves what is seen, two that part come closer.

/// A pointer that moved no further than this, in CSS pixels, was pressed and not dragged.
const STILL: f64 = 5.0;

/// Pointers that are down.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gesture {
    /// Each with its number, where it was seen last, and how far it went.
    down: Vec<(i32, f64, f64)>,
    /// There were two of them.
    pinched: bool,
}

/// What a pointer asks for, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    /// What is seen goes along by so much.
    Drag(f64),
    /// So many times as close, around this place.
    Pinch(f64, f64),
}

impl Gesture {
    /// A pointer goes down. Of more than two, the others mean nothing.
    pub fn down(&mut self, id: i32, x: f64) {
        self.down.retain(|pointer| pointer.0 != id);
        if self.down.len() < 2 {
            self.pinched = !self.down.is_empty();
            self.down.push((id, x, 0.0));
        }
    }

    /// A pointer moves; what it asks for, if it is down.
    pub fn moved(&mut self, id: i32, x: f64) -> Option<Wish> {
        let place = self.down.iter().position(|pointer| pointer.0 == id)?;
        let other = self.down.iter().find(|pointer| pointer.0 != id).map(|pointer| pointer.1);
        let (_, before, way) = &mut self.down[place];
        let step = x - *before;
        let from = std::mem::replace(before, x);
        *way += step.abs();
        let still = *way <= STILL;
        match other {
            // What is closer together than a finger is wide says nothing.
            Some(other) => {
                Some(Wish::Pinch((x - other).abs().max(16.0) / (from - other).abs().max(16.0), (x + other) / 2.0))
            }
            None if still => None,
            None => Some(Wish::Drag(step)),
        }
    }

    /// A pointer goes up; whether it was pressed on something.
    pub fn up(&mut self, id: i32) -> bool {
        let pressed = self.down.iter().any(|pointer| pointer.0 == id && pointer.2 <= STILL) && !self.pinched;
        self.down.retain(|pointer| pointer.0 != id);
        pressed
    }

    /// Whether no pointer is down.
    pub fn is_over(&self) -> bool {
        self.down.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pointer_drags_or_presses() {
        let mut gesture = Gesture::default();
        assert_eq!(gesture.moved(1, 5.0), None, "it is not down");
        gesture.down(1, 100.0);
        assert_eq!((gesture.moved(1, 103.0), gesture.up(1)), (None, true));
        gesture.down(1, 100.0);
        assert_eq!(
            (gesture.moved(1, 110.0), gesture.moved(1, 108.0)),
            (Some(Wish::Drag(10.0)), Some(Wish::Drag(-2.0)))
        );
        assert!(!gesture.up(1) && gesture.is_over());
    }

    #[test]
    fn two_pointers_pinch_around_their_middle() {
        let mut gesture = Gesture::default();
        gesture.down(1, 100.0);
        gesture.down(2, 200.0);
        gesture.down(3, 0.0);
        assert_eq!(gesture.moved(2, 300.0), Some(Wish::Pinch(2.0, 200.0)));
        assert_eq!(gesture.moved(1, 200.0), Some(Wish::Pinch(0.5, 250.0)));
        assert_eq!(gesture.moved(3, 10.0), None);
        assert!(!gesture.up(2), "nothing was pressed");
        assert_eq!(gesture.moved(1, 190.0), Some(Wish::Drag(-10.0)));
        assert!(!gesture.up(1) && gesture.is_over());
    }

    #[test]
    fn what_is_in_one_place_is_not_infinitely_close() {
        let mut gesture = Gesture::default();
        gesture.down(1, 100.0);
        gesture.down(2, 100.0);
        assert_eq!(gesture.moved(2, 116.0), Some(Wish::Pinch(1.0, 108.0)));
    }
}
