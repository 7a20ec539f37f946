//! Several reports of the same plan, taken for one.

use crate::report::{Report, Throttled};

/// Why reports cannot be taken for one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// They are not of the same plan on the same platform.
    #[error(
        "reports that are taken together have to be of one {what}, and there are {first} and {second}; compare them as \
         reports of their own, with a blank instead of the comma"
    )]
    Differs {
        /// What they have to have in common.
        what: &'static str,
        /// What it is in the first.
        first: String,
        /// And in the one that differs.
        second: String,
    },
    /// There is none.
    #[error("there is no report to be taken together with others")]
    Nothing,
}

/// One file of reports, which is one report or the parts of a pair, with the runs of several. Environments are the first
/// one's: what the others differ in, [`caveats`](super::caveats) tells.
///
/// # Errors
/// They are not of the same plan on the same platforms.
pub fn pool(files: Vec<Vec<Report>>) -> Result<Vec<Report>, PoolError> {
    let mut files = files.into_iter();
    let mut pooled = files.next().ok_or(PoolError::Nothing)?;
    for file in files {
        let platforms = |reports: &[Report]| {
            let name =
                |report: &Report| report.part.as_ref().map_or(report.platform.to_string(), |part| part.name.clone());
            reports.iter().map(name).collect::<Vec<String>>().join(", ")
        };
        let plan =
            |reports: &[Report]| reports.first().map(|report| (report.scale.to_string(), report.seed.to_string()));
        let ((scale, seed), (other_scale, other_seed)) = plan(&pooled).zip(plan(&file)).ok_or(PoolError::Nothing)?;
        let what = if pooled.len() > 1 || file.len() > 1 { "list of platforms" } else { "platform" };
        let target = |reports: &[Report]| {
            let is_in_browser = reports.iter().any(|report| report.environment.target_in_browser);
            if is_in_browser { "one in the browser" } else { "one over a network" }.to_owned()
        };
        // Work that asks none is the same whatever answers.
        let asks = |reports: &[Report]| {
            reports.iter().flat_map(|report| &report.runs).any(|run| run.row.workload.asks_target())
        };
        let targets = (asks(&pooled) && asks(&file)).then(|| ("target", target(&pooled), target(&file)));
        for (what, first, second) in
            [(what, platforms(&pooled), platforms(&file)), ("scale", scale, other_scale), ("seed", seed, other_seed)]
                .into_iter()
                .chain(targets)
        {
            if first != second {
                return Err(PoolError::Differs { what, first, second });
            }
        }
        // Passes are of one session, in which all platforms took turns: those of another have other numbers.
        let passes = pooled.iter().flat_map(|report| &report.runs).map(|run| run.repetition + 1).max().unwrap_or(0);
        for (pooled, report) in pooled.iter_mut().zip(file) {
            if pooled.sessions.is_empty() {
                pooled.sessions.push(0);
            }
            pooled.sessions.push(passes);
            pooled.runs.extend(report.runs.into_iter().map(|mut run| {
                run.repetition += passes;
                run
            }));
            let throttled = [pooled.environment.throttled, report.environment.throttled].into_iter().flatten();
            let sum = |all: Throttled, next: Throttled| Throttled {
                periods: all.periods + next.periods,
                ms: all.ms + next.ms,
            };
            pooled.environment.throttled = throttled.reduce(sum);
            pooled.warnings.extend(report.warnings);
            pooled.cancelled |= report.cancelled;
            pooled.id = format!("{} + {}", pooled.id, report.id);
        }
    }
    Ok(pooled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Analysis, compare};
    use crate::report::fixture::{PairBuilder, ReportBuilder};
    use crate::strategy::Platform;

    #[test]
    fn runs_of_all_sessions_count() {
        let of = |ms: f64| ReportBuilder::of("sum").runs(4).wall_ms(move |_, _| ms).build();
        let files = [10.0, 12.0, 14.0].map(|ms| vec![of(ms)]);
        let pooled = pool(files.to_vec()).expect("the same plan");
        let analysis = Analysis::of(&pooled[0]);
        for row in &analysis.rows {
            assert_eq!((row.summary.runs, row.summary.median_ms()), (12, Some(12.0)));
            let interval = row.summary.interval.expect("enough");
            assert!(interval.low < 11.0 && interval.high > 13.0, "how sessions differ is in it: {interval:?}");
            assert_eq!(row.summary.speedup, Some(1.0), "passes of different sessions are not paired");
        }
    }

    #[test]
    fn what_held_any_session_back_is_added_up() {
        let of = |throttled: Option<Throttled>| {
            let mut report = ReportBuilder::of("sum").build();
            report.environment.throttled = throttled;
            vec![report]
        };
        let held = |periods: u32| Some(Throttled { periods: periods.into(), ms: 2.0 * f64::from(periods) });
        let pooled = |all: &[Option<Throttled>]| {
            pool(all.iter().copied().map(of).collect()).expect("the same plan")[0].environment.throttled
        };
        assert_eq!(pooled(&[held(3), None, held(4)]), held(7));
        assert_eq!(pooled(&[None, None]), None);
    }

    #[test]
    fn passes_of_a_pair_stay_together() {
        let platforms = [Platform::Native, Platform::Chromium];
        let mut first = PairBuilder::of("sum", &platforms).runs(6).build();
        // One platform was stopped before the last pass.
        first[1].runs.retain(|run| run.repetition < 5);
        let second = PairBuilder::of("sum", &platforms).runs(6).build();
        let pooled = pool(vec![first, second.clone()]).expect("the same plan");
        let ratios = compare(&pooled[0], &pooled[1]).ratios;
        assert!(!ratios.is_empty() && ratios.iter().all(|ratio| ratio.passes == Some(11)), "{ratios:?}");
        let alone = pool(vec![second, vec![ReportBuilder::of("sum").build()]]).expect_err("another list").to_string();
        assert!(alone.contains("of one list of platforms, and there are native, chromium and native"), "{alone}");
    }

    #[test]
    fn what_is_not_the_same_plan_is_refused() {
        let native = ReportBuilder::of("sum").build();
        let python = ReportBuilder::of("sum").platform(Platform::Python).build();
        let error = pool(vec![vec![native.clone()], vec![python]]).expect_err("two platforms").to_string();
        assert!(error.contains("of one platform, and there are native and python"), "{error}");
        let seeded = Report { seed: 7, ..native.clone() };
        let error = pool(vec![vec![native], vec![seeded]]).expect_err("two seeds").to_string();
        assert!(error.contains("of one seed, and there are 1 and 7"), "{error}");
        let mut asking = ReportBuilder::of("post").build();
        let network = asking.clone();
        asking.environment.target_in_browser = true;
        let error = pool(vec![vec![network], vec![asking]]).expect_err("two targets").to_string();
        assert!(error.contains("of one target, and there are one over a network and one in the browser"), "{error}");
        assert_eq!(pool(Vec::new()), Err(PoolError::Nothing));
    }
}
