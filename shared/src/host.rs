//! What a platform offers to a task.

/// The few primitives that work needs from the platform it runs on.
///
/// A host belongs to one worker: it is never shared between threads.
pub trait Host {
    /// Milliseconds since the run's base, from a monotonic clock that all workers of a run agree on.
    fn now_ms(&self) -> f64;

    /// Whether the run was cancelled. Kernels ask between chunks.
    fn cancelled(&self) -> bool;
}
