//! Which rows a request asks for: those of an experiment, or strategies × workloads × dispatches × workers.

use super::{Request, RequestError};
use crate::experiment::Experiment;
use crate::grouping::distinct;
use crate::row::Row;
use crate::strategy::{Dispatch, Platform};
use crate::way::Way;

impl Request {
    /// The experiment's rows, or those that were asked for: strategies × workloads × dispatches × workers.
    pub(super) fn rows(
        &self,
        experiment: &Experiment,
        named: bool,
        platform: Platform,
    ) -> Result<Vec<Row>, RequestError> {
        if self.strategies.as_ref().is_some_and(Vec::is_empty) {
            return Err(RequestError::Empty { key: "strategy" });
        }
        if self.workers.as_ref().is_some_and(Vec::is_empty) {
            return Err(RequestError::Empty { key: "workers" });
        }
        let mut own = experiment.rows(self.scale, platform, self.variant.unwrap_or_default());
        for row in &mut own {
            row.workload = self.adapt(&row.workload)?;
            row.experiment = row.experiment.take().filter(|_| named);
            // Of a workload by itself nobody asked in which ways an experiment has it handed out.
            if !named && self.variant.is_none() {
                row.way = Way::default();
            }
        }
        if self.strategies.is_none() && self.workers.is_none() && self.dispatch.is_none() {
            return Ok(distinct(own));
        }
        let strategies = self.strategies.clone().unwrap_or_else(|| experiment.strategies());
        let mut rows = Vec::new();
        for strategy in distinct(strategies) {
            let of_strategy = || own.iter().filter(move |row| row.strategy == strategy);
            let any = of_strategy().next().is_some();
            let models: Vec<&Row> = if any { of_strategy().collect() } else { own.iter().collect() };
            // The ways of one strategy are none of another.
            let way_of = |row: &Row| if any { row.way } else { Way::default() };
            for (workload, way) in distinct(models.iter().map(|row| (&row.workload, way_of(row)))) {
                let of_workload = || of_strategy().filter(move |row| row.workload == *workload && row.way == way);
                let row = |workers, dispatch| {
                    let is_own = of_workload().any(|row| row.dispatch == dispatch);
                    Row {
                        experiment: named.then(|| experiment.name.clone()),
                        workload: workload.clone(),
                        strategy,
                        workers,
                        dispatch,
                        way: if is_own { way } else { Way::default() },
                    }
                };
                // What has a single worker takes no part in a sweep over dispatches or workers.
                if !strategy.is_concurrent() {
                    rows.push(row(1, Dispatch::Pool));
                    continue;
                }
                let dispatches = match self.dispatch {
                    Some(dispatch) => vec![dispatch],
                    None if any => distinct(of_workload().map(|row| row.dispatch)),
                    None => vec![Dispatch::Pool],
                };
                for dispatch in dispatches {
                    let own = || distinct(of_workload().filter(|row| row.dispatch == dispatch).map(|row| row.workers));
                    let workers = self.workers.clone().unwrap_or_else(|| match own() {
                        own if own.is_empty() => experiment.workers(),
                        own => own,
                    });
                    let dispatch = if strategy.is_parallel() { dispatch } else { Dispatch::Pool };
                    rows.extend(workers.into_iter().map(|workers| row(workers, dispatch)));
                }
            }
        }
        Ok(distinct(rows))
    }
}
