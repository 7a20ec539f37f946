//! What the server saw since it began or was last told to begin anew: of all requests, and of each run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::http::Connection;
use parlab_shared::target::FaultKind;

/// How many runs are counted separately; then the one that began first is forgotten.
pub const MAX_RUNS: usize = 100;

/// The counts of a server.
#[derive(Debug, Default)]
pub struct Stats(Mutex<Counters>);

#[derive(Debug, Default)]
struct Counters {
    total: Arc<Counter>,
    runs: BTreeMap<String, Arc<Counter>>,
}

#[derive(Debug)]
struct Counter {
    number: u64,
    counts: Mutex<Counts>,
}

impl Default for Counter {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { number: NEXT.fetch_add(1, Ordering::Relaxed), counts: Mutex::default() }
    }
}

/// What the target saw of some requests.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    /// Requests by route: `bytes`, `page`, `image`, `echo`; refused ones included.
    pub requests: BTreeMap<String, u64>,
    /// Bytes of bodies that were handed to connections.
    pub bytes_sent: u64,
    /// Connections that requests came over.
    pub connections: u64,
    /// Requests whose answers are not finished.
    pub in_flight: u64,
    /// The most that were in flight at once.
    pub most_in_flight: u64,
    /// Faults that were injected, by kind.
    pub failures: BTreeMap<FaultKind, u64>,
}

/// The JSON of `/target/stats`.
#[derive(Debug, Serialize)]
pub struct Seen {
    /// Of all requests together.
    pub total: Counts,
    /// Of those with a parameter `run`, by its value; of the latest [`MAX_RUNS`] runs.
    pub runs: BTreeMap<String, Counts>,
}

/// A request that is being counted. It is in flight until this is dropped.
#[derive(Debug)]
pub struct Counted(Vec<Arc<Counter>>);

impl Stats {
    /// Begins to count a request.
    pub fn begin(&self, route: &str, run: Option<&str>, connection: &Connection) -> Counted {
        let counters = self.counters(run);
        for counter in &counters {
            let is_new = connection.is_new_to(counter.number);
            let mut counts = lock(&counter.counts);
            match counts.requests.get_mut(route) {
                Some(count) => *count += 1,
                None => drop(counts.requests.insert(route.to_owned(), 1)),
            }
            counts.connections += u64::from(is_new);
            counts.in_flight += 1;
            counts.most_in_flight = counts.most_in_flight.max(counts.in_flight);
        }
        Counted(counters)
    }

    /// What the target saw of some requests.
    pub fn seen(&self) -> Seen {
        let counters = lock(&self.0);
        let counts = |counter: &Arc<Counter>| lock(&counter.counts).clone();
        let runs = counters.runs.iter().map(|(run, counter)| (run.clone(), counts(counter)));
        Seen { total: counts(&counters.total), runs: runs.collect() }
    }

    /// Begins anew. What is in flight is counted where it began, and so no longer seen.
    pub fn reset(&self) {
        *lock(&self.0) = Counters::default();
    }

    /// Where a request of a run is counted.
    fn counters(&self, run: Option<&str>) -> Vec<Arc<Counter>> {
        let mut counters = lock(&self.0);
        let mut found = vec![Arc::clone(&counters.total)];
        if let Some(run) = run {
            if let Some(counter) = counters.runs.get(run) {
                found.push(Arc::clone(counter));
                return found;
            }
            if counters.runs.len() >= MAX_RUNS {
                let first = counters.runs.iter().min_by_key(|(_, counter)| counter.number);
                let first = first.map(|(run, _)| run.clone()).expect("there are some");
                counters.runs.remove(&first);
            }
            let counter = Arc::<Counter>::default();
            counters.runs.insert(run.to_owned(), Arc::clone(&counter));
            found.push(counter);
        }
        found
    }
}

impl Counted {
    /// Counts a fault that is being injected.
    pub fn fault(&self, kind: FaultKind) {
        self.each(|counts| *counts.failures.entry(kind).or_default() += 1);
    }

    /// Counts bytes of the body.
    pub fn sent(&self, bytes: usize) {
        self.each(|counts| counts.bytes_sent += bytes as u64);
    }

    fn each(&self, change: impl Fn(&mut Counts)) {
        self.0.iter().for_each(|counter| change(&mut lock(&counter.counts)));
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.each(|counts| counts.in_flight -= 1);
    }
}

/// Counts are whole after each change: a panic elsewhere does not spoil them.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_counted_apart_and_together() {
        let (stats, connection) = (Stats::default(), Connection::default());
        let first = stats.begin("bytes", Some("a"), &connection);
        let second = stats.begin("echo", None, &connection);
        first.sent(10);
        second.fault(FaultKind::Cut);
        let Seen { total, runs } = stats.seen();
        assert_eq!((total.in_flight, total.most_in_flight, total.bytes_sent, total.connections), (2, 2, 10, 1));
        assert_eq!(total.failures, BTreeMap::from([(FaultKind::Cut, 1)]));
        assert_eq!(runs["a"].requests, BTreeMap::from([("bytes".to_owned(), 1)]));
        assert_eq!((runs["a"].connections, runs["a"].most_in_flight), (1, 1));
        drop((first, second));
        assert_eq!(stats.seen().total.in_flight, 0);
    }

    #[test]
    fn a_reset_forgets_what_is_in_flight_too() {
        let (stats, connection) = (Stats::default(), Connection::default());
        let before = stats.begin("bytes", Some("a"), &connection);
        stats.reset();
        drop(before);
        drop(stats.begin("bytes", None, &connection));
        let Seen { total, runs } = stats.seen();
        assert_eq!((total.in_flight, total.most_in_flight, total.connections), (0, 1, 1));
        assert!(runs.is_empty());
    }

    #[test]
    fn the_number_of_runs_is_bounded() {
        let stats = Stats::default();
        for run in 0..=MAX_RUNS {
            drop(stats.begin("bytes", Some(&run.to_string()), &Connection::default()));
        }
        let runs = stats.seen().runs;
        assert_eq!(runs.len(), MAX_RUNS);
        assert!(!runs.contains_key("0") && runs.contains_key("100"));
    }
}
