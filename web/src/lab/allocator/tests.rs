use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use proptest::prelude::*;

use super::*;

#[test]
fn a_class_is_the_smallest_that_is_large_enough() {
    for bytes in 1..=LARGEST {
        let class = Class::of_bytes(bytes);
        assert!(class.bytes() >= bytes, "{bytes} bytes");
        assert_eq!(class.bytes() % ALIGN, 0, "{bytes} bytes");
        assert!(class.0 == 0 || Class(class.0 - 1).bytes() < bytes, "{bytes} bytes");
        // A fifth is lost at most, or 15 bytes.
        assert!(class.bytes() - bytes < (class.bytes() / 5).max(ALIGN), "{bytes} bytes");
    }
    assert_eq!(Class(Class::ALL - 1).bytes(), LARGEST);
}

#[test]
fn what_is_large_or_aligned_to_more_is_no_piece() {
    let class = |size, align| Class::of(Layout::from_size_align(size, align).expect("a layout"));
    assert_eq!(class(LARGEST, ALIGN), Some(Class(Class::ALL - 1)));
    assert_eq!(class(LARGEST + 1, 1), None);
    assert_eq!(class(16, 2 * ALIGN), None);
}

#[test]
fn a_thread_has_three_quarters_of_a_mebibyte_at_hand_at_most() {
    let most = |class: usize| MOST[class] as usize * Class(class).bytes();
    assert!((0..Class::ALL).map(most).sum::<usize>() <= 3 << 18);
    for class in (0..Class::ALL).map(Class) {
        let (depot, cache) = (Depot::new(), Cache::new());
        let pieces: Vec<_> = (0..1000).map(|_| cache.take(class, &depot)).collect();
        assert_eq!(pieces.iter().collect::<BTreeSet<_>>().len(), pieces.len(), "each is another");
        for piece in &pieces {
            // SAFETY: it was taken above, and is given back once.
            unsafe { cache.give(piece.cast(), class, &depot) };
            assert!(cache.0[class.0].pieces.get() <= MOST[class.0]);
        }
        let other = Cache::new();
        for _ in cache.0[class.0].pieces.get() as usize..pieces.len() {
            assert!(pieces.contains(&other.take(class, &depot)), "the others are in the depot");
        }
    }
}

#[test]
fn what_a_thread_leaves_the_next_one_takes() {
    let (depot, class) = (Depot::new(), Class::of_bytes(100));
    let mut seen = BTreeSet::new();
    for _ in 0..100 {
        let cache = Cache::new();
        let pieces: Vec<_> = (0..20).map(|_| cache.take(class, &depot)).collect();
        seen.extend(pieces.iter().map(|piece| *piece as usize));
        for piece in pieces {
            // SAFETY: it was taken above, and is given back once.
            unsafe { cache.give(piece.cast(), class, &depot) };
        }
        cache.leave(&depot);
    }
    assert!(seen.len() <= class.batch(), "one batch is enough for all, one after the other");
}

#[test]
fn batches_begin_with_a_line_and_fill_lines() {
    for class in (0..Class::ALL).map(Class) {
        let first = cut(class);
        assert_eq!(first as usize % LINE, 0);
        // SAFETY: it is a batch of this test's own.
        assert_eq!(unsafe { length(first) } as usize, class.batch());
    }
}

#[test]
fn storage_that_a_thread_gives_back_is_a_piece_for_others() {
    // As in the browser, the lists of a thread lie in a piece.
    let layout = Layout::new::<Cache>();
    let class = Class::of(layout).expect("it is small");
    let depot = Depot::new();
    let storage = cut(class).cast::<Cache>();
    // SAFETY: it is large enough; nobody else uses it; what was in it is not used after it was given back.
    unsafe {
        storage.write(Cache::new());
        let piece = (*storage).take(class, &depot);
        (*storage).leave(&depot);
        depot.put(Piece::last(storage.cast()), class);
        assert_eq!(depot.take(class).cast(), storage);
        assert_eq!(length(depot.take(class)) as usize, class.batch() - 1);
        assert!(depot.take(class).is_null());
        assert!(!piece.is_null());
    }
}

/// Memory that is in use, all of whose bytes are the same.
struct Held {
    start: *mut u8,
    layout: Layout,
    byte: u8,
}

// SAFETY: it is the only one that knows the memory.
unsafe impl Send for Held {}

impl Held {
    fn take(layout: Layout, byte: u8, zeroed: bool) -> Self {
        // SAFETY: no size here is 0.
        let start = unsafe { if zeroed { PerThread.alloc_zeroed(layout) } else { PerThread.alloc(layout) } };
        assert!(!start.is_null());
        assert_eq!(start as usize % layout.align(), 0);
        let mut held = Self { start, layout, byte: 0 };
        if zeroed {
            held.check(layout.size());
        }
        held.fill(byte);
        held
    }

    fn fill(&mut self, byte: u8) {
        self.byte = byte;
        // SAFETY: it was taken with as many bytes.
        unsafe { self.start.write_bytes(byte, self.layout.size()) };
    }

    /// Whether the first bytes are what was written: nobody else has them.
    fn check(&self, bytes: usize) {
        // SAFETY: it was taken with as many bytes, all of which were written.
        let bytes = unsafe { std::slice::from_raw_parts(self.start, bytes) };
        assert!(bytes.iter().all(|byte| *byte == self.byte), "{:?}", self.layout);
    }

    fn resize(&mut self, bytes: usize) {
        self.check(self.layout.size());
        let kept = self.layout.size().min(bytes);
        // SAFETY: it was taken with this layout, and the new size is not 0.
        let start = unsafe { PerThread.realloc(self.start, self.layout, bytes) };
        assert!(!start.is_null());
        assert_eq!(start as usize % self.layout.align(), 0);
        let layout = Layout::from_size_align(bytes, self.layout.align()).expect("a layout");
        if Class::of(layout).is_some() && Class::of(layout) == Class::of(self.layout) {
            assert_eq!(start, self.start, "it has room already");
        }
        (self.start, self.layout) = (start, layout);
        self.check(kept);
        self.fill(self.byte);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.check(self.layout.size());
        }
        // SAFETY: it was taken with this layout.
        unsafe { PerThread.dealloc(self.start, self.layout) };
    }
}

/// What a thread does next; numbers are of what it holds, modulo how much that is.
#[derive(Clone, Debug)]
enum Step {
    Take {
        layout: Layout,
        zeroed: bool,
    },
    Resize {
        held: usize,
        bytes: usize,
    },
    GiveBack {
        held: usize,
    },
    /// To the thread beside.
    Pass {
        held: usize,
    },
}

fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 1_usize..200, 2 => 1_usize..5000, 1 => 30_000_usize..40_000]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let layout =
        (sizes(), 0_u32..8).prop_map(|(size, align)| Layout::from_size_align(size, 1 << align).expect("small"));
    let held = any::<usize>();
    let step = prop_oneof![
        4 => (layout, any::<bool>()).prop_map(|(layout, zeroed)| Step::Take { layout, zeroed }),
        2 => (held, sizes()).prop_map(|(held, bytes)| Step::Resize { held, bytes }),
        2 => held.prop_map(|held| Step::GiveBack { held }),
        2 => held.prop_map(|held| Step::Pass { held }),
    ];
    proptest::collection::vec(step, 1..400)
}

fn go(steps: Vec<Step>, thread: u8, beside: Sender<Held>, passed: Receiver<Held>) {
    let mut all = Vec::<Held>::new();
    for (number, step) in steps.into_iter().enumerate() {
        all.extend(passed.try_iter());
        let byte = (number as u8).wrapping_mul(4).wrapping_add(thread);
        match step {
            Step::Take { layout, zeroed } => all.push(Held::take(layout, byte, zeroed)),
            _ if all.is_empty() => {}
            Step::Resize { held, bytes } => {
                let held = held % all.len();
                all[held].resize(bytes);
            }
            Step::GiveBack { held } => drop(all.swap_remove(held % all.len())),
            // It may have ended: then what was passed is given back here.
            Step::Pass { held } => drop(beside.send(all.swap_remove(held % all.len()))),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nobody_else_has_what_a_thread_holds(all_steps in proptest::collection::vec(steps(), 3)) {
        let (senders, mut receivers): (Vec<_>, Vec<_>) = all_steps.iter().map(|_| channel()).unzip();
        receivers.rotate_left(1);
        thread::scope(|scope| {
            for (number, ((steps, beside), passed)) in all_steps.into_iter().zip(senders).zip(receivers).enumerate() {
                scope.spawn(move || go(steps, number as u8, beside, passed));
            }
        });
    }
}

#[test]
fn threads_that_take_for_each_other_have_enough_in_the_depot() {
    // One takes and the other gives back: what comes back is what is taken next.
    let layout = Layout::from_size_align(48, 8).expect("a layout");
    let (sender, receiver) = channel::<Held>();
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..20_000 {
                sender.send(Held::take(layout, number as u8, false)).expect("the other thread goes on");
            }
        });
        scope.spawn(move || receiver.into_iter().for_each(drop));
    });
}
