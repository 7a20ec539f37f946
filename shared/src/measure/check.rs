//! What is not run, whoever asks for it: a request, or a report that is repeated.

use super::PairPlan;
use crate::row::Row;
use crate::strategy::Platform;
use crate::workload::{OutOfRange, TOO_MANY_TASKS, within};

/// The most rows of a plan, and of a report.
pub const ROWS_MAX: u32 = 500;
/// Why there are no more, and what to do.
pub(super) const TOO_MANY_ROWS: &str =
    "every row is held against others; ask for fewer strategies, workers or values of a parameter";

/// Tasks that ask servers of others at the same time, at most.
const OTHERS_AT_ONCE_MAX: u32 = 64;
/// Requests of a plan to servers of others, at most.
const OTHERS_MAX: u32 = 10_000;
/// Why there are such limits.
pub(super) const OTHERS: &str = "servers of others are asked, which are not to be flooded";

impl Row {
    /// Passes a row that has a number of workers and parameters with which a platform may run it. Whether it can,
    /// [`Row::mechanism`] says.
    ///
    /// # Errors
    /// The first number that is beyond its limits.
    pub fn check(&self, platform: Platform) -> Result<(), OutOfRange> {
        let tasks = u64::from(self.workload.tasks());
        within("tasks", tasks, 1, platform.tasks_max().into(), TOO_MANY_TASKS)?;
        self.workload.check()?;
        let at_most = |most: u32, reason| within("workers", self.workers.into(), 1, most.into(), reason);
        at_most(self.strategy.workers_max(platform), self.strategy.too_many_workers(platform))?;
        if let Some(most) = platform.requests_max().filter(|_| self.workload.model().is_some()) {
            at_most(most, "of more requests in flight at once a browser fails some by itself")?;
        }
        if self.workload.asks_others() {
            at_most(OTHERS_AT_ONCE_MAX, OTHERS)?;
        }
        Ok(())
    }
}

impl PairPlan {
    /// Passes a plan that its platforms may carry out: each of its rows, and all of them together.
    ///
    /// # Errors
    /// The first number, or product of numbers, that is beyond its limits.
    pub fn check(&self) -> Result<(), OutOfRange> {
        for row in self.plan.rows() {
            self.on(row).into_iter().try_for_each(|place| row.check(self.parts[place].platform))?;
        }
        within("rows", self.plan.rows().count() as u64, 1, ROWS_MAX.into(), TOO_MANY_ROWS)?;
        self.estimate().check()?;
        match self.requests_to_others() {
            0 => Ok(()),
            asked => within("requests", asked.into(), 1, OTHERS_MAX.into(), OTHERS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Plan, Request};

    /// A plan that asks a server of others, and one that does not.
    fn plan(platform: Platform) -> Plan {
        let mut request = Request::named("urls");
        for (key, value) in [("url", "http://127.0.0.1:1/"), ("strategy", "async"), ("tasks", "10"), ("runs", "5")] {
            request.set(key, value).expect("a value");
        }
        request.plan(platform).expect("a plan")
    }

    #[test]
    fn a_browser_is_given_as_many_workers_as_it_bears() {
        let check = |strategy: &str, workers: u32, expected: Option<&str>| {
            let mut request = Request::named("count");
            request
                .set("strategy", strategy)
                .and_then(|()| request.set("workers", &workers.to_string()))
                .expect("values");
            let refused = request.plan(Platform::Browser).err().map(|error| error.to_string());
            assert_eq!(refused.as_deref(), expected, "{strategy} {workers}");
        };
        check("threads", 128, None);
        check("processes", 96, None);
        check("async", 10_000, None);
        check(
            "threads",
            129,
            Some("workers = 129 cannot be run: browsers lose some of so many, or never get them ready; use 1 to 128"),
        );
        check(
            "processes",
            97,
            Some(
                "workers = 97 cannot be run: each has a memory of its own, and browsers have no room for many more; use 1 to 96",
            ),
        );
    }

    #[test]
    fn whoever_made_a_plan_its_limits_hold() {
        let check = |change: &dyn Fn(&mut Plan), expected: Option<&str>| {
            let mut plan = plan(Platform::Browser);
            change(&mut plan);
            let refused = PairPlan::alone(plan, Platform::Browser).check().err().map(|error| error.to_string());
            match (&refused, expected) {
                (Some(refused), Some(expected)) => assert!(refused.contains(expected), "{refused}"),
                (refused, expected) => assert_eq!(refused.as_deref(), expected),
            }
        };
        check(&|_| {}, None);
        check(&|plan| plan.stages[0].rows[0].workers = 65, Some("workers = 65 cannot be run: servers of others"));
        check(&|plan| plan.stages[0].runs = 1000, Some("cannot be run: servers of others are asked"));
        check(&|plan| plan.stages[0].rows[0].workers = 0, Some("workers = 0 cannot be run"));
        let many = |plan: &mut Plan| {
            let row = &mut plan.stages[0].rows[0];
            row.workload = row.workload.clone().with_tasks(1_000_001);
        };
        check(
            &many,
            Some(
                "tasks = 1000001 cannot be run: what more of them leave behind would not fit into memory; use 1 to 1000000",
            ),
        );
        let row = plan(Platform::Browser).stages[0].rows[0].clone();
        check(&|plan| plan.stages[0].rows = vec![row.clone(); 501], Some("rows = 501 cannot be run"));
    }
}
