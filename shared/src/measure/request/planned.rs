//! How a request becomes a plan for one platform, or for several that take turns.

use super::value::{limit, milliseconds, share, target_address, unfit};
use super::{
    ALL, BUDGET_MAX_S, BUDGET_S, RUNS_MAX, Request, RequestError, TASK_LIMIT_MAX_S, TASK_LIMIT_S, TIMEOUT_MAX_S,
    TIMEOUT_S, WARMUP_UNTIL_STABLE,
};
use crate::experiment::{self, Experiment};
use crate::measure::check::OTHERS;
use crate::measure::pair::{PairPlan, Part, parts};
use crate::measure::{LeftOut, Plan, Precision, PrecisionOf, Stage};
use crate::row::Row;
use crate::statistics::VALUES_FOR_INTERVAL;
use crate::strategy::Platform;

/// Why a protocol is not asked for at a server that is named.
const ONE_ADDRESS: &str =
    "it is one address, and work that asks for a protocol needs one for each, as parlab's own target has: leave it out";

impl Request {
    /// The plan for one platform, or for several that take turns.
    pub(super) fn planned(&self, platforms: &[Platform]) -> Result<PairPlan, RequestError> {
        self.planned_as_read(platforms).map_err(|error| match &self.size_beyond {
            Some(typed) if error.key() == Some("size") => error.naming(&u64::MAX.to_string(), typed),
            _ => error,
        })
    }

    /// The same, in whose refusals sizes that are larger than can be read are the largest that can.
    fn planned_as_read(&self, platforms: &[Platform]) -> Result<PairPlan, RequestError> {
        let parts = parts(platforms);
        let experiments: Vec<(&Experiment, bool)> = if self.name == ALL {
            experiment::experiments()
                .iter()
                .filter(|experiment| !experiment.fails)
                .map(|experiment| (experiment, true))
                .collect()
        } else {
            vec![experiment::find(&self.name).ok_or_else(|| RequestError::UnknownName {
                name: self.name.clone(),
                known: experiment::names().join(", "),
            })?]
        };
        let timeout_ms = milliseconds("timeout", self.timeout.unwrap_or(TIMEOUT_S), TIMEOUT_MAX_S)?.ceil() as u64;
        let task_limit_ms = match self.task_limit {
            Some(seconds) => milliseconds("task-limit", seconds, TASK_LIMIT_MAX_S)?.ceil() as u64,
            None => (2 * timeout_ms).max((TASK_LIMIT_S * 1e3) as u64),
        };
        let target = self.target.clone().map(target_address).transpose()?;
        let (stable, until) = (self.stable()?, self.until(parts.len() > 1)?);
        let (mut left_out, mut sizes_of) = (Vec::new(), None);
        let mut stages = Vec::new();
        let addresses = self.addresses();
        if !addresses.is_empty() && until.is_some() {
            let reason = format!("{OTHERS}: leave it out, and say how many runs there are (runs)");
            return Err(unfit("precision", &self.precision.unwrap_or_default().to_string(), &reason));
        }
        for (experiment, named) in experiments {
            // What an article measured says nothing of other addresses.
            let named = named && addresses.is_empty();
            // An interval takes some runs; to be stable takes two.
            let own_runs = experiment.runs_at(self.scale);
            let (own_runs, own_warmup) = (
                if until.is_some() { own_runs.max(VALUES_FOR_INTERVAL) } else { own_runs },
                if stable.is_some() { WARMUP_UNTIL_STABLE } else { experiment.warmup },
            );
            let runs = limit("runs", self.runs.unwrap_or(own_runs), 1, RUNS_MAX, "a row has a thousand runs at most")?;
            let warmup =
                limit("warmup", self.warmup.unwrap_or(own_warmup), 0, RUNS_MAX, "a row has a thousand runs at most")?;
            if stable.is_some() && warmup < 2 {
                let reason =
                    "to be stable takes 2 warm-up runs at least; give more of them (warmup), or leave their number out";
                return Err(unfit("stable", &self.stable.unwrap_or_default().to_string(), reason));
            }
            let (all, whose) = self.rows_for(experiment, named, platforms)?;
            let mut rows = Vec::new();
            for row in all {
                let can = |platform: &&Platform| row.mechanism(**platform).is_ok();
                platforms.iter().filter(can).try_for_each(|platform| row.check(*platform))?;
                let elsewhere = target.as_ref().filter(|_| row.workload.protocol().is_some());
                if let Some(target) = elsewhere.filter(|_| self.name != ALL) {
                    return Err(unfit("target", target.as_str(), ONE_ADDRESS));
                }
                let elsewhere = elsewhere.map(|_| ONE_ADDRESS.to_owned());
                match elsewhere.or_else(|| left_out_of_all(&row, &parts)) {
                    None => rows.push(row),
                    Some(reason) => left_out.push(LeftOut { row, reason }),
                }
            }
            if !rows.is_empty() {
                sizes_of = sizes_of.or(whose);
                stages.push(Stage { rows, warmup, stable, runs, until });
            }
        }
        if stages.is_empty() && left_out.is_empty() {
            return Err(self.without_rows());
        }
        let by_name =
            self.strategies.is_some() || self.dispatch.is_some() || self.lock.is_some() || self.sharing.is_some();
        if (by_name && self.name != ALL || stages.is_empty())
            && let Some(LeftOut { row, reason }) = left_out.first()
        {
            let (strategy, dispatch, reason) = (row.strategy, row.dispatch, reason.clone());
            let name = row.workload.name().to_owned();
            return Err(match platforms {
                [platform] => RequestError::Unsupported { name, strategy, dispatch, platform: *platform, reason },
                _ => RequestError::Unpaired { name, strategy, dispatch, reason },
            });
        }
        let (scale, seed) = (self.scale, self.seed.unwrap_or(1));
        let plan = Plan { scale, seed, stages, left_out, target, timeout_ms, task_limit_ms };
        let plan = PairPlan { parts, plan, sizes_of };
        plan.check()?;
        Ok(plan)
    }

    /// An experiment's rows with the sizes that all platforms share: Python's, where it takes part, whose own would take
    /// it minutes. Also whose sizes they are, if they are not everybody's own.
    fn rows_for(
        &self,
        experiment: &Experiment,
        named: bool,
        platforms: &[Platform],
    ) -> Result<(Vec<Row>, Option<Platform>), RequestError> {
        let slow = platforms.iter().find(|platform| **platform == Platform::Python);
        let whose = *slow.or(platforms.first()).unwrap_or(&Platform::Native);
        let rows = self.rows(experiment, named, whose)?;
        for platform in platforms.iter().filter(|platform| **platform != whose) {
            if self.rows(experiment, named, *platform)? != rows {
                return Ok((rows, Some(whose)));
            }
        }
        Ok((rows, None))
    }

    /// Why there are no rows: none is carried out as a source did.
    fn without_rows(&self) -> RequestError {
        let reason = format!("{} has no rows as a source ran them; leave the variant out", self.name);
        unfit("variant", self.variant.unwrap_or_default().name(), &reason)
    }

    /// When a row is warm, as a share.
    fn stable(&self) -> Result<Option<f64>, RequestError> {
        self.stable.map(|percent| share("stable", percent)).transpose()
    }

    /// How well times are to be known; of a pair it is ratios that are.
    fn until(&self, of_pair: bool) -> Result<Option<Precision>, RequestError> {
        let Some(percent) = self.precision else {
            let of = self.precision_of.map(|of| ("precision-of", of.to_string()));
            return match of.or(self.budget.map(|budget| ("budget", budget.to_string()))) {
                Some((key, value)) => Err(unfit(key, &value, "there is no precision to reach; give precision, too")),
                None => Ok(None),
            };
        };
        let budget_ms = milliseconds("budget", self.budget.unwrap_or(BUDGET_S), BUDGET_MAX_S)?;
        let usual = if of_pair { PrecisionOf::Ratio } else { PrecisionOf::default() };
        let of = self.precision_of.unwrap_or(usual);
        Ok(Some(Precision { half_width: share("precision", percent)?, of, budget_ms }))
    }
}

/// Why a row is no row of a plan, if it is not: its only part cannot run it, or of several parts less than two can.
fn left_out_of_all(row: &Row, parts: &[Part]) -> Option<String> {
    let refusals: Vec<(&Part, &str)> =
        parts.iter().filter_map(|part| Some((part, row.mechanism(part.platform).err()?))).collect();
    match (parts, &refusals[..]) {
        (_, []) => None,
        ([_], [(_, reason), ..]) => Some((*reason).to_owned()),
        (_, refusals) if parts.len() - refusals.len() >= 2 => None,
        (_, [(part, reason), ..]) => {
            let only = parts.iter().find(|part| refusals.iter().all(|(refusing, _)| refusing.name != part.name));
            let who = only.map_or("no platform of this pair can run it".to_owned(), |only| {
                format!("only {} can run it", only.name)
            });
            Some(format!("{who} (on {}: {reason})", part.name))
        }
    }
}
