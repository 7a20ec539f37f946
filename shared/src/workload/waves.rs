//! The tasks of a run, handed out in waves.

use super::{Model, Workload, crawl, mandelbrot};
use crate::draw;
use crate::task::{Finished, Task, Work};

/// How long a task of `crash` sleeps, if it does, in milliseconds: long enough that others are in flight meanwhile.
const CRASH_SLEEP_MS: f64 = 5.0;

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
    fn url(&self, path: &str, task: Option<u32>, model: &Model) -> String {
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

impl Workload {
    /// The tasks of a run, wave by wave.
    pub fn waves(&self, setting: Setting<'_>) -> Waves {
        let page = |task: u32, model| {
            // Two sites, in turn.
            let site = Setting { seed: setting.seed.wrapping_add(u64::from(task % 2)), ..setting };
            Work::Get { url: site.url("page/0?pages=2&links=10", Some(task), model) }
        };
        let works: Vec<Work> = match self {
            Workload::Count { tasks, n } => vec![Work::Count { n: *n }; *tasks as usize],
            Workload::Countdown { tasks, n } => vec![Work::Countdown { n: *n }; *tasks as usize],
            Workload::Sum { tasks, n } => vec![Work::Sum { n: *n }; *tasks as usize],
            Workload::Mandelbrot { tasks, side, iterations } => {
                mandelbrot::tiles(*side, tasks.isqrt(), *iterations).map(Work::Tile).collect()
            }
            Workload::Crash { tasks, n, at, waits } => {
                let after_ms = waits.then_some(CRASH_SLEEP_MS);
                let other = |id| match after_ms {
                    Some(duration_ms) => Work::Sleep { duration_ms, x: id },
                    None => Work::Count { n: *n },
                };
                (0..*tasks).map(|id| if id == *at { Work::Crash { after_ms } } else { other(id.into()) }).collect()
            }
            Workload::Download { tasks, bytes, model } => (0..*tasks)
                .map(|id| Work::Get { url: setting.url(&format!("bytes/{bytes}"), Some(id), model) })
                .collect(),
            Workload::Sites { tasks, model } => (0..*tasks).map(|id| page(id, model)).collect(),
            Workload::Images { tasks, model } => (0..*tasks)
                .map(|id| Work::Save {
                    url: setting.url(&format!("image/{}.png", id % IMAGES), Some(id), model),
                    name: format!("image-{id}.png"),
                })
                .collect(),
            Workload::Post { tasks, model } => (0..*tasks)
                .map(|id| Work::Post {
                    url: setting.url("echo", Some(id), model),
                    json: format!("{{\"request\":{id}}}"),
                })
                .collect(),
            Workload::Dictionary { tasks, inserts, model, .. } => (0..*tasks)
                .map(|id| Work::Insert {
                    url: setting.url("echo", Some(id), model),
                    json: format!("{{\"request\":{id}}}"),
                    key: u64::from(id) * u64::from(*inserts),
                    inserts: *inserts,
                })
                .collect(),
            Workload::Write { tasks, bytes, flush, one_file } => (0..*tasks)
                .map(|id| Work::Write {
                    name: if *one_file { "output.txt".to_owned() } else { format!("output-{id}.txt") },
                    bytes: *bytes,
                    seed: setting.seed,
                    flush: *flush,
                })
                .collect(),
            Workload::Sleep { tasks, longest_ms, falling } => (0..*tasks)
                .map(|id| {
                    let share = if *falling { f64::from(tasks - id) / f64::from(*tasks) } else { 1.0 };
                    let duration_ms = draw::uniform(setting.seed, id.into()) * share * *longest_ms as f64;
                    Work::Sleep { duration_ms, x: id.into() }
                })
                .collect(),
            Workload::Crawl { tasks, pages, links, round, model } => {
                let start = setting.url(&format!("page/0?pages={pages}&links={links}"), None, model);
                return Waves(Next::Crawl(crawl::Frontier::new(start, *round, *tasks)));
            }
            Workload::Mixed { tasks, n, model } => {
                let mut works: Vec<_> = (0..*tasks)
                    .map(|id| if id % 2 == 0 { page(id / 2, model) } else { Work::Countdown { n: *n } })
                    .collect();
                draw::shuffle(setting.seed, &mut works);
                works
            }
        };
        Waves(Next::Once(Some(works.into_iter().zip(0..).map(|(work, id)| Task { id, work }).collect())))
    }
}

/// Images that the target has; more tasks than that get the first ones again.
const IMAGES: u32 = 1000;

/// The tasks of a run, handed out in waves: what a wave found out decides on the next.
#[derive(Debug)]
pub struct Waves(Next);

#[derive(Debug)]
enum Next {
    /// One wave that is known beforehand.
    Once(Option<Vec<Task>>),
    /// The pages of a site.
    Crawl(crawl::Frontier),
}

impl Waves {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_tasks_as_it_says() {
        for workload in [
            Workload::Count { tasks: 3, n: 5 },
            Workload::Mandelbrot { tasks: 16, side: 64, iterations: 10 },
            Workload::Crash { tasks: 4, n: 5, at: 1, waits: false },
            Workload::Crash { tasks: 4, n: 5, at: 1, waits: true },
        ] {
            let tasks = workload.waves(Setting { target: "http://t/", seed: 1 }).next(&[]).expect("a wave");
            assert_eq!(tasks.len(), workload.tasks() as usize);
            assert!(tasks.iter().zip(0..).all(|(task, id)| task.id == id));
        }
    }
}
