//! A request: what a user asks for, in the CLI's options or the page's parameters, and how it becomes a plan.

mod error;
mod pairs;
mod planned;
mod rows;
mod value;

use std::iter;

use serde_json::Value;

use super::option::{self, Decides, OPTIONS, RUN};
use super::pair::{PARTS_MAX, PairPlan};
use super::{Plan, PrecisionOf};
use crate::address::{Address, Addresses};
use crate::dictionary::Sharing;
use crate::experiment::Variant;
use crate::row::Row;
use crate::scale::Scale;
use crate::screen::OnThread;
use crate::strategy::{Dispatch, Platform, Strategy};
use crate::target::{Fault, Filter, Latency, Protocol};
use crate::way::Lock;
use crate::workload::{OperationKind, OutOfRange, Workload};

pub use error::RequestError;
pub use pairs::read_pairs;
use value::unfit;

/// What a user asks for. What is `None` is the experiment's own; what each field means, the table of [`OPTIONS`] says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// An experiment or a workload, or [`ALL`].
    pub name: String,
    /// Only these strategies.
    pub strategies: Option<Vec<Strategy>>,
    /// These numbers of workers, for every strategy that has workers.
    pub workers: Option<Vec<u32>>,
    /// So many tasks per run; as of all lists of parameters that follow, each value has rows of its own.
    pub tasks: Option<Vec<u32>>,
    /// The workload's main parameter.
    pub size: Option<Vec<u64>>,
    /// The first of the sizes that is larger than can be read, as it was typed: no work is as large, and a refusal names it.
    pub size_beyond: Option<String>,
    /// Which sizes.
    pub scale: Scale,
    /// Where workers get their tasks from.
    pub dispatch: Option<Vec<Dispatch>>,
    /// Which lock workers take turns at.
    pub lock: Option<Vec<Lock>>,
    /// Measured runs per row.
    pub runs: Option<u32>,
    /// Warm-up runs per row.
    pub warmup: Option<u32>,
    /// Warm up until a row's last two runs differ by no more than so many percent.
    pub stable: Option<f64>,
    /// Measure until every 95 % interval is no wider than so many percent to both sides.
    pub precision: Option<f64>,
    /// What those intervals are of.
    pub precision_of: Option<PrecisionOf>,
    /// How many seconds an experiment may go on for that.
    pub budget: Option<f64>,
    /// Decides everything that is drawn by chance.
    pub seed: Option<u64>,
    /// How long the target waits before it answers.
    pub latency: Option<Vec<Latency>>,
    /// How the target fails.
    pub fail: Option<Vec<Fault>>,
    /// Over which protocol requests go.
    pub protocol: Option<Vec<Protocol>>,
    /// How many seconds a task may wait for an answer.
    pub timeout: Option<f64>,
    /// How many seconds a task may take, whatever it does.
    pub task_limit: Option<f64>,
    /// The address of another target server than the platform's own.
    pub target: Option<Address>,
    /// The address that is fetched instead of what the target offers.
    pub url: Option<Address>,
    /// The addresses that are, after it.
    pub urls: Option<Addresses>,
    /// Whether a file that was written has to be on the disk.
    pub flush: Option<Vec<bool>>,
    /// Whether all tasks overwrite one file.
    pub one_file: Option<Vec<bool>>,
    /// Whether bodies stay unread.
    pub unread: Option<Vec<bool>>,
    /// Whether tasks are given the texts that they write.
    pub sent: Option<Vec<bool>>,
    /// Pages of a crawl per wave; 0 for all that are known.
    pub round: Option<Vec<u32>>,
    /// How many addresses are found before a crawl ends; 0 for any number.
    pub found: Option<Vec<u32>>,
    /// Which links a crawl follows.
    pub filter: Option<Vec<Filter>>,
    /// How a dictionary is shared.
    pub sharing: Option<Vec<Sharing>>,
    /// On which thread the work is done while frames are drawn.
    pub on: Option<Vec<OnThread>>,
    /// Which operation is done over and over.
    pub operation: Option<Vec<OperationKind>>,
    /// Length of a message, in bytes.
    pub payload: Option<Vec<u32>>,
    /// Which of several ways a kernel has to do its work.
    pub method: Option<Vec<String>>,
    /// Whose way to carry rows out.
    pub variant: Option<Variant>,
}

/// The name that stands for every experiment, one after another, in one report.
pub const ALL: &str = "all";

/// The most runs of one row, measured or warm-up.
pub(super) const RUNS_MAX: u32 = 1000;
/// How long a task may wait for an answer if nobody says otherwise, in seconds.
const TIMEOUT_S: f64 = 30.0;
/// And at most.
pub(super) const TIMEOUT_MAX_S: f64 = 600.0;
/// How long a task may take if nobody says otherwise, in seconds; or twice as long as it may wait for an answer, if that is
/// more.
const TASK_LIMIT_S: f64 = 300.0;
/// And at most.
pub(super) const TASK_LIMIT_MAX_S: f64 = 86_400.0;

/// Warm-up runs at most, where they end as soon as a row is stable.
const WARMUP_UNTIL_STABLE: u32 = 10;
/// How long an experiment goes on for its precision if nobody says otherwise, in seconds.
const BUDGET_S: f64 = 60.0;
/// And at most.
pub(super) const BUDGET_MAX_S: f64 = 86_400.0;

impl Request {
    /// A request for an experiment or workload as it is.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Sets one parameter from text: an option, or [`RUN`].
    ///
    /// # Errors
    /// A parameter that there is not, or a value that cannot be read.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), RequestError> {
        if key == RUN {
            value.clone_into(&mut self.name);
            return Ok(());
        }
        let Some(option) = option::find(key) else {
            let known: Vec<_> = iter::once(RUN).chain(OPTIONS.iter().map(|option| option.key)).collect();
            return Err(RequestError::UnknownParameter { key: key.to_owned(), known: known.join(", ") });
        };
        option.set(self, value).map_err(|reason| unfit(key, value, &reason))
    }

    /// The plan for a platform. Rows of an experiment that the platform cannot run are left out, and the plan says why;
    /// what was asked for by name is never left out.
    ///
    /// # Errors
    /// The first thing about the request that cannot be run there.
    pub fn plan(&self, platform: Platform) -> Result<Plan, RequestError> {
        Ok(self.planned(&[platform])?.plan)
    }

    /// The plan that several platforms carry out in turn, with the sizes that all of them share. Its rows are those that
    /// two of them or more can run; the plan says why the others are left out. A platform that is named twice is measured
    /// against itself. Precision is that of ratios to the first platform, unless something else is asked for.
    ///
    /// # Errors
    /// The first thing about the request that cannot be run so.
    pub fn pair(&self, platforms: &[Platform]) -> Result<PairPlan, RequestError> {
        let names: Vec<&str> = platforms.iter().map(|platform| platform.name()).collect();
        let refused = |reason: &str| Err(unfit("platform", &names.join(","), reason));
        if platforms.len() < 2 {
            return refused("a pair takes two platforms or more; name one twice to measure it against itself");
        }
        if platforms.len() > PARTS_MAX {
            return refused(&format!("a pair has {PARTS_MAX} platforms at most"));
        }
        if platforms.contains(&Platform::Browser) {
            return refused("a pair opens the browsers itself: name chromium, firefox or webkit");
        }
        self.planned(platforms)
    }

    /// The addresses that are fetched instead of what the target offers.
    fn addresses(&self) -> Vec<Address> {
        let several = self.urls.iter().flat_map(|urls| &urls.0);
        self.url.iter().chain(several).cloned().collect()
    }

    /// Passes a request without an option that the work of these rows has no use for: that some of it has none for, where
    /// the option decides what is done, and that none of it has one for, where it does not. Of all experiments, some have.
    fn fits(&self, rows: &[Row]) -> Result<(), RequestError> {
        for option in OPTIONS {
            let mut misfits = rows.iter().filter(|row| !option.scope.fits(&row.workload));
            let Some(Row { workload, .. }) = misfits.next() else { continue };
            let is_useless = match option.decides {
                Decides::Parameter(_) | Decides::Size | Decides::Requests => true,
                Decides::Rows | Decides::Course => self.name != ALL && misfits.count() + 1 == rows.len(),
            };
            if let Some(value) = option.get(self).filter(|_| is_useless) {
                return Err(unfit(option.key, &value, &format!("{}; leave it out", option.scope.misfit(workload))));
            }
        }
        for option in ["size", "latency", "fail", "target"].into_iter().filter_map(option::find) {
            if let Some(value) = option.get(self).filter(|_| !self.addresses().is_empty()) {
                let reason = "addresses are fetched as they are, whatever it says: leave it out, or the addresses";
                return Err(unfit(option.key, &value, reason));
            }
        }
        Ok(())
    }

    /// A workload as it was asked for, by a request with a single value of each parameter.
    fn adapt(&self, workload: &Workload) -> Result<Workload, RequestError> {
        let details = [
            ("flush", only(&self.flush).map(Value::from)),
            ("one_file", only(&self.one_file).map(Value::from)),
            ("unread", only(&self.unread).map(Value::from)),
            ("sent", only(&self.sent).map(Value::from)),
            ("round", only(&self.round).map(Value::from)),
            ("found", only(&self.found).map(Value::from)),
            ("filter", only(&self.filter).map(Filter::name).map(Value::from)),
            ("keep", only(&self.sharing).map(Sharing::name).map(Value::from)),
            ("on", only(&self.on).map(OnThread::name).map(Value::from)),
            ("protocol", only(&self.protocol).map(Protocol::name).map(Value::from)),
            ("operation", only(&self.operation).map(OperationKind::name).map(Value::from)),
            ("payload", only(&self.payload).map(Value::from)),
            ("method", only(&self.method).map(Value::from)),
        ];
        let details = details.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let mut workload = workload.with_params(&details).expect("what does not fit was refused");
        let addresses = self.addresses();
        if !addresses.is_empty() {
            workload = workload.on(addresses);
        }
        if let Some(tasks) = only(&self.tasks) {
            workload = workload.with_tasks(tasks);
        }
        if let Some(size) = only(&self.size) {
            workload = workload.with_size(size);
        }
        if let Some(model) = workload.model_mut() {
            model.latency = only(&self.latency).unwrap_or(model.latency);
            model.fault = only(&self.fail).unwrap_or(model.fault);
        }
        match workload.check() {
            Ok(()) => Ok(workload),
            // A parameter is called as the option that sets it.
            Err(error) => Err(OutOfRange { name: option::of_parameter(&workload, error.name), ..error }.into()),
        }
    }
}

/// The value of a parameter that has a single one.
fn only<T: Clone>(values: &Option<Vec<T>>) -> Option<T> {
    values.as_ref().and_then(|values| values.first().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::label::RowLabel;
    use crate::workload::Count;

    fn request(pairs: &[(&str, &str)]) -> Result<Plan, RequestError> {
        let mut request = Request::default();
        for (key, value) in pairs {
            request.set(key, value)?;
        }
        request.plan(Platform::Native)
    }

    fn rows(pairs: &[(&str, &str)]) -> Vec<String> {
        let plan = request(pairs).expect("a plan");
        let row = |row: &Row| format!("{} {} {}{}", row.strategy, row.workers, row.dispatch, row.way);
        plan.rows().map(row).collect()
    }

    #[test]
    fn a_row_is_carried_out_as_the_source_did_on_request() {
        let check = |variant, expected: &[&str]| {
            assert_eq!(rows(&[("run", "sum"), ("variant", variant)]), expected, "{variant}");
        };
        let [sequential, alone] = ["sequential 1 pool", "processes 5 per-task"];
        let [own, of_source] = ["processes 5 pool", "processes 5 pool, map, setup timed"];
        check("parlab", &[sequential, alone, own]);
        check("source", &[sequential, alone, of_source]);
        check("both", &[sequential, alone, own, of_source]);
        // The way stays with other numbers of workers, and not with another strategy or dispatch.
        let source =
            |pairs: &[(&'static str, &'static str)]| rows(&[&[("run", "sum"), ("variant", "source")], pairs].concat());
        assert_eq!(source(&[("workers", "3")])[1..], ["processes 3 per-task", "processes 3 pool, map, setup timed"]);
        assert_eq!(source(&[("strategy", "threads"), ("workers", "2")]), ["threads 2 pool"]);
        let sleep = rows(&[("run", "sleep"), ("strategy", "processes"), ("workers", "2")]);
        assert_eq!(sleep, ["processes 2 pool"]);
        assert_eq!(source(&[("strategy", "processes"), ("dispatch", "per-task")]), ["processes 5 per-task"]);
    }

    #[test]
    fn an_experiment_has_the_sources_rows() {
        let expected = [
            "sequential 1 pool",
            "threads 1 pool",
            "threads 2 pool",
            "threads 4 pool",
            "processes 1 pool",
            "processes 2 pool",
            "processes 4 pool",
        ];
        assert_eq!(rows(&[("run", "cpu-heavy")]), expected);
    }

    #[test]
    fn strategies_and_workers_multiply() {
        assert_eq!(
            rows(&[("run", "cpu-heavy"), ("strategy", "sequential,threads"), ("workers", "2,3")]),
            ["sequential 1 pool", "threads 2 pool", "threads 3 pool"]
        );
        assert_eq!(
            rows(&[("run", "sum"), ("strategy", "processes"), ("dispatch", "per-task")]),
            ["processes 5 per-task"]
        );
    }

    #[test]
    fn each_value_of_a_parameter_has_rows_of_its_own() {
        #[track_caller]
        fn labels(pairs: &[(&str, &str)]) -> Vec<String> {
            request(pairs).expect("a plan").rows().map(|row| RowLabel::of(row).to_string()).collect()
        }
        let sizes = [("run", "count"), ("strategy", "sequential,threads"), ("workers", "2"), ("size", "1e4,10000,2e4")];
        let expected =
            ["sequential, n 10,000", "threads × 2, n 10,000", "sequential, n 20,000", "threads × 2, n 20,000"];
        assert_eq!(labels(&sizes), expected);
        // A single value tells no rows apart, however it is written.
        assert_eq!(labels(&[&sizes[..3], &[("size", "1e4,10000")]].concat()), ["sequential", "threads × 2"]);
        let both = [("run", "post"), ("strategy", "async"), ("workers", "4"), ("latency", "0,5-10"), ("tasks", "1,2")];
        let expected = ["tasks 1", "tasks 2"]
            .map(|tasks| ["latency 0 ms", "latency 5-10 ms"].map(|latency| format!("async × 4, {latency}, {tasks}")));
        assert_eq!(labels(&both), expected.concat());
        let words = [("run", "dictionary"), ("strategy", "threads"), ("workers", "2"), ("sharing", "owner,lock")];
        assert_eq!(labels(&words), ["threads × 2, sharing owner", "threads × 2, sharing lock"]);
        let flags = [("run", "write"), ("strategy", "threads"), ("workers", "2"), ("flush", "off,on")];
        assert_eq!(labels(&flags), ["threads × 2", "threads × 2, flush"]);
        assert_eq!(labels(&[&flags[..3], &[("flush", "1")]].concat()), ["threads × 2"]);
        let methods = [("run", "contend"), ("strategy", "threads"), ("workers", "2"), ("method", "lock,apart")];
        assert_eq!(labels(&methods), ["threads × 2, method lock", "threads × 2, method apart"]);
        let dispatches = [("run", "sum"), ("strategy", "processes"), ("workers", "2"), ("dispatch", "pool,per-task")];
        assert_eq!(labels(&dispatches), ["processes × 2", "processes × 2, one per task"]);
        let locks = [("run", "gil"), ("strategy", "threads"), ("workers", "3"), ("lock", "gil,none")];
        assert_eq!(labels(&locks), ["threads × 3, GIL", "threads × 3"]);
        assert_eq!(labels(&locks[..3]), ["threads × 3", "threads × 3, GIL"]);
        // Any strategy and dispatch may run under a lock; other ways of an experiment's row are its own.
        let others = [("run", "sum"), ("variant", "source"), ("strategy", "threads,processes"), ("lock", "gil")];
        let per_task = ["threads × 5, one per task, GIL", "processes × 5, one per task, GIL"];
        assert_eq!(labels(&[&others[..], &[("dispatch", "per-task")]].concat()), per_task);
        // The rows of an experiment, each with every value.
        let own = request(&[("run", "cpu-heavy")]).expect("a plan").rows().count();
        let swept = request(&[("run", "cpu-heavy"), ("tasks", "2,4,8")]).expect("a plan");
        assert_eq!(swept.rows().count(), 3 * own);
        assert!(swept.rows().all(|row| row.experiment.as_deref() == Some("cpu-heavy")));
    }

    #[test]
    fn a_workload_runs_without_an_experiment() {
        let plan = request(&[("run", "count"), ("tasks", "3"), ("size", "7")]).expect("a plan");
        assert_eq!(plan.experiment(), None);
        assert_eq!(plan.stages[0].rows[0].workload, Workload::Count(Count { tasks: 3, n: 7 }));
    }

    #[test]
    fn a_target_is_read_once_and_is_a_folder() {
        for (given, target) in [
            ("http://127.0.0.1:8017", "http://127.0.0.1:8017/"),
            ("HTTPS://Example.org:443/below", "https://example.org/below/"),
        ] {
            let plan = request(&[("run", "post"), ("target", given)]).expect("a plan");
            assert_eq!(plan.target.as_ref().map(Address::as_str), Some(target));
        }
    }

    #[test]
    fn an_option_is_refused_where_nothing_heeds_it_and_passed_where_something_does() {
        let check = |pairs: &[(&str, &str)]| assert!(request(pairs).is_ok(), "{pairs:?}: {:?}", request(pairs));
        // Of all experiments some send requests, and some have workers that can be made anew.
        check(&[("run", "all"), ("timeout", "5"), ("dispatch", "per-task")]);
        // One of its operations is a request.
        check(&[("run", "ladder"), ("timeout", "5"), ("target", "http://127.0.0.1:8017/")]);
        check(&[("run", "sum"), ("strategy", "sequential,threads"), ("workers", "3"), ("dispatch", "per-task")]);
        check(&[("run", "sum"), ("strategy", "sequential"), ("workers", "1"), ("dispatch", "pool")]);
        check(&[("run", "sum"), ("strategy", "async"), ("workers", "3")]);
    }

    #[test]
    fn a_browser_is_given_no_more_requests_than_it_bears() {
        let plan = |name: &str, platform: Platform, workers: &str| {
            let mut request = Request::named(name);
            request.set("strategy", "async").expect("a strategy");
            request.set("workers", workers).expect("a number");
            request.plan(platform)
        };
        let error = plan("post", Platform::Browser, "1,5000").expect_err("too many").to_string();
        let expected = "workers = 5000 cannot be run: of more requests in flight at once a browser fails some by itself; \
            use 1 to 1000";
        assert_eq!(error, expected);
        assert!(plan("post", Platform::Browser, "1000").is_ok());
        assert!(plan("post", Platform::Native, "5000").is_ok());
        assert!(plan("gather", Platform::Browser, "5000").is_ok());
    }

    #[test]
    fn bad_requests_name_value_reason_and_fix() {
        let many: Vec<String> = (1..=64).map(|workers| workers.to_string()).collect();
        let many = format!("run=all strategy=threads,processes workers={}", many.join(","));
        let values: Vec<String> = (1..=64).map(|value| value.to_string()).collect();
        let long = format!("run=sum size={0} tasks={0}", values.join(","));
        let requests = [
            "run=cpu",
            "run=sum wokers=1",
            "run=sum workers=0",
            "run=sum workers=1025",
            "run=sum workers=",
            "run=sum workers=1,,2",
            "run=sum tasks=9999999999",
            "run=sum workers=two",
            "run=sum strategy=fork",
            "run=sum size=99999999999",
            "run=sum size=1e4,1e10",
            "run=sum size=",
            "run=sum size=1e4,,1e5",
            "run=post latency=1,,2",
            "run=sum latency=5,10",
            &long,
            "run=sum runs=0",
            "run=sum latency=5",
            "run=sum flush=1",
            "run=sum method=fast",
            "run=contend method=fast",
            "run=io-heavy flush=yes",
            "run=post latency=a-b",
            "run=post latency=300-100",
            "run=crawl keep=lock",
            "run=post size=1",
            "run=post fail=burn",
            "run=post timeout=0",
            "run=post timeout=nan",
            "run=post timeout=1e999",
            "run=post task-limit=1e99",
            "run=sum timeout=5",
            "run=sum target=http://127.0.0.1:8017/",
            "run=ladder latency=5",
            "run=ladder size=5",
            "run=ladder payload=5",
            "run=sum size=1e99",
            "run=cache unread=1",
            "run=cache url=http://127.0.0.1/",
            "run=sum strategy=sequential dispatch=per-task",
            "run=sum strategy=sequential,async dispatch=pool,per-task",
            "run=sum strategy=sequential workers=4",
            "run=frames workers=4",
            "run=count tasks=100000 size=1 runs=1000 workers=2",
            "run=count strategy=sequential tasks=100000 size=4294967295 runs=1000",
            "run=sum precision=0",
            "run=sum precision=-1",
            "run=sum stable=5 warmup=1",
            "run=sum budget=9",
            "run=sum precision=5 precision-of=mean",
            "run=mandelbrot variant=source",
            "run=sum variant=own",
            "run=post protocol=spdy",
            "run=sum protocol=http2",
            "run=urls protocol=http2",
            "run=post protocol=http1,http2 target=http://127.0.0.1:8017/",
            "run=post target=ftp://x",
            "run=post target=http://127.0.0.1:99999/",
            "run=post target=127.0.0.1:8017",
            "run=post target=http://me:secret@x/",
            "run=post target=http://x/?a",
            &many,
        ];
        let refused = requests.map(|text| {
            let pairs: Vec<_> = text.split(' ').filter_map(|pair| pair.split_once('=')).collect();
            (text, request(&pairs).expect_err(text))
        });
        golden::answers("refused.request.txt", refused);
        let error = Request::named("mandelbrot").plan(Platform::Python).expect_err("unsupported");
        let of_protocol = Request::named("http2").plan(Platform::Python).expect_err("unsupported");
        golden::answers("refused.request-of-python.txt", [("run=mandelbrot", error), ("run=http2", of_protocol)]);
    }
}
