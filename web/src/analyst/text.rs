//! What only the page says of numbers and names.

use parlab_shared::number::Counted;
use parlab_shared::strategy::Strategy;
use parlab_shared::workload::Workload;

/// How many tasks a run has: where tasks are found, it is only known how many there can be.
pub fn tasks(workload: &Workload) -> String {
    let tasks = Counted(workload.tasks().into(), "task");
    if workload.entry().finds_tasks { format!("up to {tasks}") } else { tasks.to_string() }
}

/// What the page says of a strategy, in a few words.
pub fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Sequential => "one after another",
        Strategy::Async => "one event loop",
        Strategy::Threads => "one shared memory",
        Strategy::Processes => "isolated workers, the browser's nearest to processes",
    }
}
