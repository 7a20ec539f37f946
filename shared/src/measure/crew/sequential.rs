//! `sequential`: one worker, one task after another.

use super::{Crew, Station};
use crate::measure::work;
use crate::task::Finished;
use crate::task::Task;

/// The calling thread.
#[derive(Debug)]
pub struct Sequential<S>(pub S);

impl<S: Station> Crew for Sequential<S> {
    async fn spread(&mut self, wave: Vec<Task>) -> Vec<Finished> {
        let Self(station) = self;
        let queued_ms = station.now_ms();
        let mut finished = Vec::with_capacity(wave.len());
        for task in &wave {
            if station.cancelled() {
                break;
            }
            finished.push(work(task, queued_ms, 0, station).await);
            station.task_ended();
        }
        finished
    }
}
