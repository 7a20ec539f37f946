//! `async`: one thread with an event loop, up to N tasks in flight.

use futures::StreamExt;

use super::{Crew, Station};
use crate::measure::work;
use crate::task::Finished;
use crate::task::Task;

/// The calling thread and its event loop.
#[derive(Debug)]
pub struct EventLoop<S> {
    /// What the platform offers to its tasks.
    pub station: S,
    /// How many tasks may be in flight.
    pub in_flight: u32,
}

impl<S: Station> Crew for EventLoop<S> {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let station = &self.station;
        let queued_ms = station.now_ms();
        let tasks = futures::stream::iter(&wave).map(async |task| {
            if station.cancelled() {
                return None;
            }
            let finished = work(task, queued_ms, 0, station).await;
            station.task_ended();
            Some(finished)
        });
        tasks.buffer_unordered(self.in_flight as usize).filter_map(async |finished| finished).collect().await
    }
}
