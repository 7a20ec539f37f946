//! The tasks of a run, handed out in waves.

use super::Model;
use super::crawl::frontier::Frontier;
use crate::task::{Finished, Task, Work};

/// What a run's tasks need to know besides the workload: it is not part of what is compared.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The address of the target server; it ends with a slash.
    pub target: &'a str,
    /// Decides everything that is drawn by chance.
    pub seed: u64,
}

impl Setting<'_> {
    /// The address of something that the target offers. Each task's address is its own, because a
    /// browser queues requests for one address on its cache's lock; the pages of a crawl differ anyway.
    pub(super) fn url(&self, path: &str, task: Option<u32>, model: &Model) -> String {
        let mut url = format!("{}target/{path}", self.target);
        url.push(if path.contains('?') { '&' } else { '?' });
        url += &format!("seed={}", self.seed);
        if let Some(task) = task {
            url += &format!("&task={task}");
        }
        if !model.latency.is_none() {
            url += &format!("&latency={}", model.latency);
        }
        if !model.fault.is_none() {
            url += &format!("&fail={}", model.fault);
        }
        url
    }
}

/// The tasks of a run, handed out in waves: what a wave found out decides on the next.
#[derive(Debug)]
pub struct Waves(Next);

#[derive(Debug)]
enum Next {
    /// One wave that is known beforehand.
    Once(Option<Vec<Task>>),
    /// The pages of a site.
    Crawl(Frontier),
}

impl Waves {
    /// One wave that is known beforehand: a task for each work, in their order.
    pub(super) fn once(works: impl IntoIterator<Item = Work>) -> Self {
        Self(Next::Once(Some(works.into_iter().zip(0..).map(|(work, id)| Task { id, work }).collect())))
    }

    /// The same, for tests of what hands tasks out.
    #[cfg(test)]
    pub(crate) fn of(works: Vec<Work>) -> Self {
        Self::once(works)
    }

    /// The pages of a site, wave by wave.
    pub(super) fn crawl(frontier: Frontier) -> Self {
        Self(Next::Crawl(frontier))
    }

    /// The same waves without the tasks that `done` names: what is left to do after a crew died. A
    /// crawl cannot be taken up again: what its crew knew is gone.
    #[must_use]
    pub fn without(mut self, done: &[u32]) -> Self {
        match &mut self.0 {
            Next::Once(Some(wave)) => wave.retain(|task| !done.contains(&task.id)),
            Next::Crawl(_) if !done.is_empty() => self.0 = Next::Once(None),
            _ => {}
        }
        self
    }

    /// The next wave, given what the last one left behind (nothing, before the first); `None` at the end.
    pub fn next(&mut self, last: &[Finished]) -> Option<Vec<Task>> {
        match &mut self.0 {
            Next::Once(wave) => wave.take(),
            Next::Crawl(frontier) => frontier.next(last),
        }
    }
}
