//! Values that belong together, in the order of their first appearance; values in the order of their numbers.

/// Each value once.
pub fn distinct<T: PartialEq>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for value in values {
        if !once.contains(&value) {
            once.push(value);
        }
    }
    once
}

/// Values by their keys: each key once, with all its values.
pub fn grouped<K: PartialEq, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let mut groups: Vec<(K, Vec<V>)> = Vec::new();
    for (key, value) in pairs {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => groups.push((key, vec![value])),
        }
    }
    groups
}

/// Puts values in the order of their numbers; of equal ones, the order stays. Only numbers are sorted, by the same code for all
/// kinds of values: it is long, and a lab is transferred with all that is in it.
pub fn sort_by_number<T>(values: &mut [T], number: impl Fn(&T) -> u32) {
    if values.is_sorted_by_key(&number) {
        return;
    }
    let with_place = |(value, place): (&T, u64)| u64::from(number(value)) << 32 | place;
    let mut order: Vec<u64> = values.iter().zip(0..).map(with_place).collect();
    order.sort_unstable();
    // Where the value of each place is, as long as it is not there.
    for start in 0..order.len() {
        let mut to = start;
        loop {
            let from = order[to] as u32 as usize;
            order[to] = to as u64;
            if from == start {
                break;
            }
            values.swap(to, from);
            to = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_are_sorted_as_the_standard_library_does(numbers in proptest::collection::vec(0..50_u32, 0..200)) {
            let mut values: Vec<(u32, usize)> = numbers.into_iter().zip(0..).collect();
            let mut expected = values.clone();
            expected.sort_by_key(|(number, _)| *number);
            sort_by_number(&mut values, |(number, _)| *number);
            prop_assert_eq!(values, expected);
        }
    }

    #[test]
    fn what_comes_first_stands_first() {
        assert_eq!(distinct([3, 1, 3, 2, 1]), [3, 1, 2]);
        assert_eq!(grouped([("b", 1), ("a", 2), ("b", 3)]), [("b", vec![1, 3]), ("a", vec![2])]);
    }
}
