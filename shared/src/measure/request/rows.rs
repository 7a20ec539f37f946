//! Which rows a request asks for: those of an experiment, or strategies × workloads × dispatches × workers; and that for each
//! combination of the parameters' values that are asked for.

use super::value::unfit;
use super::{ALL, Decides, OPTIONS, Request, RequestError, option};
use crate::experiment::Experiment;
use crate::grouping::distinct;
use crate::measure::check::{ROWS_MAX, TOO_MANY_ROWS};
use crate::measure::option::RequestOption;
use crate::row::Row;
use crate::strategy::{Dispatch, Platform, Strategy, mechanism};
use crate::way::{Handing, Way};
use crate::workload::within;

impl Request {
    /// The rows that are asked for, value by value of the parameters that have several.
    pub(super) fn rows(
        &self,
        experiment: &Experiment,
        named: bool,
        platform: Platform,
    ) -> Result<Vec<Row>, RequestError> {
        if let Some(empty) = OPTIONS
            .iter()
            .find(|option| option.kind.is_list() && option.get(self).is_some_and(|values| values.is_empty()))
        {
            return Err(RequestError::Empty { key: empty.key });
        }
        self.fits(&experiment.rows(self.scale, platform, self.variant.unwrap_or_default()))?;
        let mut rows = Vec::new();
        for setting in self.settings()? {
            rows.extend(setting.rows_of_setting(experiment, named, platform, &self.swept())?);
        }
        self.heeded_by(&rows, platform)?;
        Ok(distinct(rows))
    }

    /// Passes rows among which there is one at least for each number of workers and each dispatch that was asked for. Of all
    /// experiments, some have them.
    fn heeded_by(&self, rows: &[Row], platform: Platform) -> Result<(), RequestError> {
        if self.name == ALL || rows.is_empty() {
            return Ok(());
        }
        let unheeded = |key: &str, of: fn(&Row) -> String| {
            let option = option::find(key).filter(|option| {
                let has = |value: &String| rows.iter().any(|row| of(row) == *value);
                !values_of(option, self).iter().all(has)
            });
            option.and_then(|option| option.get(self))
        };
        let (key, value, reason) = if let Some(value) = unheeded("workers", |row| row.workers.to_string()) {
            ("workers", value, "sequential has a single worker")
        } else if let Some(value) = unheeded("dispatch", |row| row.dispatch.to_string()) {
            ("dispatch", value, "only threads and processes have workers that can be made anew for a task or a wave")
        } else {
            return Ok(());
        };
        let is_spread = |row: &Row, strategy: &Strategy| {
            mechanism(&row.workload, *strategy, Dispatch::Pool, Handing::Single, platform).is_ok()
        };
        let mut others = Strategy::ALL.iter().filter(|strategy| strategy.is_parallel());
        let can_be = others.any(|strategy| rows.iter().any(|row| is_spread(row, strategy)));
        let fix = if can_be { "leave it out, or name other strategies" } else { "leave it out" };
        Err(unfit(key, &value, &format!("{reason}; {fix}")))
    }

    /// What decides of the parameters that are asked for with several values.
    fn swept(&self) -> Vec<Decides> {
        let is_swept = |option: &&RequestOption| option.can_be_swept() && values_of(option, self).len() > 1;
        OPTIONS.iter().filter(is_swept).map(|option| option.decides).collect()
    }

    /// The same request for each combination of the parameters' values, of which each has a single one.
    fn settings(&self) -> Result<Vec<Self>, RequestError> {
        let mut settings = vec![self.clone()];
        for option in OPTIONS.iter().filter(|option| option.can_be_swept()) {
            let values = values_of(option, self);
            if values.is_empty() {
                continue;
            }
            // Before they are made: of several long lists they are more than there is room for.
            within("rows", (settings.len() * values.len()) as u64, 1, ROWS_MAX.into(), TOO_MANY_ROWS)?;
            let with = |setting: &Self, value: &String| {
                let mut setting = setting.clone();
                option.set(&mut setting, value).expect("what an option writes, it reads");
                setting
            };
            settings =
                settings.iter().flat_map(|setting| values.iter().map(move |value| with(setting, value))).collect();
        }
        Ok(settings)
    }

    /// The experiment's rows, or those that were asked for: strategies × workloads × dispatches × workers. Parameters have a
    /// single value each, and of some there are others, too.
    fn rows_of_setting(
        &self,
        experiment: &Experiment,
        named: bool,
        platform: Platform,
        swept: &[Decides],
    ) -> Result<Vec<Row>, RequestError> {
        let mut own = experiment.rows(self.scale, platform, self.variant.unwrap_or_default());
        for row in &mut own {
            row.workload = self.adapt(&row.workload)?;
            let asked = swept.iter().filter_map(|decides| parameter(*decides, row));
            row.swept = distinct(row.swept.iter().cloned().chain(asked));
            row.experiment = row.experiment.take().filter(|_| named);
            // Of a workload by itself nobody asked in which ways an experiment has it handed out.
            if !named && self.variant.is_none() {
                row.way = Way::default();
            }
        }
        if let Some(locks) = &self.lock {
            let under = |row: &Row, lock| Row { way: Way { lock, ..row.way }, ..row.clone() };
            own = locks.iter().flat_map(|lock| own.iter().map(|row| under(row, *lock))).collect();
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
            // The ways of one strategy are none of another; any may run under a lock.
            let way_of = |row: &Row| if any { row.way } else { row.way.usual() };
            for (workload, way, swept) in distinct(models.iter().map(|row| (&row.workload, way_of(row), &row.swept))) {
                let of_workload = || of_strategy().filter(move |row| row.workload == *workload && row.way == way);
                let row = |workers, dispatch| {
                    let is_own = of_workload().any(|row| row.dispatch == dispatch);
                    Row {
                        experiment: named.then(|| experiment.name.clone()),
                        workload: workload.clone(),
                        strategy,
                        workers,
                        dispatch,
                        way: if is_own { way } else { way.usual() },
                        swept: swept.clone(),
                    }
                };
                // What has a single worker takes no part in a sweep over dispatches or workers.
                if !strategy.is_concurrent() {
                    rows.push(row(1, Dispatch::Pool));
                    continue;
                }
                let dispatches = match &self.dispatch {
                    Some(dispatches) => distinct(dispatches.iter().copied()),
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

/// The values that a request has of an option, each once, as text.
fn values_of(option: &RequestOption, request: &Request) -> Vec<String> {
    let values = option.get(request).filter(|values| !values.is_empty());
    distinct(values.iter().flat_map(|values| values.split(option.kind.separator())).map(str::to_owned))
}

/// The name in JSON of the parameter of a row's workload that an option decides.
fn parameter(decides: Decides, row: &Row) -> Option<String> {
    match decides {
        Decides::Parameter(name) => Some(name.to_owned()),
        Decides::Size => row.workload.entry().size.as_ref().map(|size| size.name.to_owned()),
        Decides::Rows | Decides::Requests | Decides::Course => None,
    }
}
