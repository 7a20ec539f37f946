//! The end of threads: waited for, but not for ever.

use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long threads may go on, all of them together, when the run was stopped or is over. Who waits for a disk hears nothing
/// of that.
pub const END: Duration = Duration::from_secs(5);
/// How often is looked whether they have ended.
const LOOK: Duration = Duration::from_micros(100);

/// Waits until threads have ended that were told to. One that does not waits for something that does not end, has nothing
/// to report to any more, and is left alone. Returns how many those are.
pub fn join(threads: impl IntoIterator<Item = JoinHandle<()>>, limit: Duration) -> usize {
    let until = Instant::now() + limit;
    let mut left = 0;
    for thread in threads {
        while !thread.is_finished() && Instant::now() < until {
            thread::sleep(LOOK);
        }
        if thread.is_finished() {
            // It panicked outside of a task, and has said so.
            _ = thread.join();
        } else {
            left += 1;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn several_threads_that_do_not_end_are_waited_for_once() {
        let limit = Duration::from_millis(200);
        let began = Instant::now();
        let (senders, threads): (Vec<_>, Vec<_>) = (0..8)
            .map(|_| {
                let (end, ended) = mpsc::channel::<()>();
                (end, thread::spawn(move || _ = ended.recv()))
            })
            .unzip();
        assert_eq!(join(threads, limit), 8);
        let took = began.elapsed();
        assert!(limit <= took && took < 4 * limit, "{took:?}");
        drop(senders);
        assert_eq!(join([thread::spawn(|| ())], END), 0);
    }
}
