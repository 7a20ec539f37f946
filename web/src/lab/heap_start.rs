//! Where the heap of a team begins in a memory that other teams had before it.
//!
//! A heap that always began where the last one ended would make the memory grow with every run. One that always began at the
//! same place would have its words where a team that has just ended waited: engines keep its waiters for a while, and one
//! of them could be woken in place of a worker of this team. So heaps go round: each begins where the last one ended, until the
//! memory is as long as a few short ones, and then at the front again, if the last one does not lie there.

/// Below this, a heap begins where the last one ended.
const ROUND_BYTES: u32 = 16 << 20;

/// Where the next heap begins. The first one of this memory began at `first`, the last one reached from `began` to `ended`.
pub fn next(first: u32, began: u32, ended: u32) -> u32 {
    let length = ended.saturating_sub(began);
    let is_round = ended > ROUND_BYTES && first.saturating_add(length) <= began;
    if is_round { first } else { ended }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: u32 = 1 << 20;

    /// How long a memory becomes in which heaps of these lengths follow each other.
    fn longest(lengths: impl Iterator<Item = u32>) -> u32 {
        let (mut began, mut ended, mut longest) = (FIRST, FIRST, FIRST);
        for length in lengths {
            let begins = next(FIRST, began, ended);
            assert!(begins >= ended || begins + length <= began, "it lies where the last one does");
            (began, ended) = (begins, begins + length);
            longest = longest.max(ended);
        }
        longest
    }

    #[test]
    fn many_heaps_take_no_more_room_than_a_few() {
        for length in [0, 64 << 10, 6 << 20, 16 << 20, 40 << 20] {
            let room = longest(std::iter::repeat_n(length, 1000));
            assert!(room <= FIRST + ROUND_BYTES + 2 * length, "{length}: {room}");
        }
    }

    #[test]
    fn short_heaps_lie_apart_for_several_runs() {
        let length = 4 << 20;
        let mut places = vec![(FIRST, FIRST + length)];
        for _ in 0..20 {
            let (began, ended) = places[places.len() - 1];
            let begins = next(FIRST, began, ended);
            let near = &places[places.len().saturating_sub(3)..];
            assert!(near.iter().all(|(from, to)| begins >= *to || begins + length <= *from), "{begins}: {near:?}");
            places.push((begins, begins + length));
        }
    }

    #[test]
    fn a_team_that_touched_nothing_is_followed_by_one_at_its_place() {
        assert_eq!(next(FIRST, FIRST, FIRST), FIRST);
    }
}
