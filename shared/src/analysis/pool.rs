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

/// One report with the runs of several. Its environment is the first one's: what the others differ in,
/// [`caveats`](super::caveats) tells.
///
/// # Errors
/// They are not of the same plan.
pub fn pool(reports: Vec<Report>) -> Result<Report, PoolError> {
    let mut reports = reports.into_iter();
    let mut pooled = reports.next().ok_or(PoolError::Nothing)?;
    for report in reports {
        if pooled.sessions.is_empty() {
            pooled.sessions.push(0);
        }
        for (what, first, second) in [
            ("platform", pooled.platform.to_string(), report.platform.to_string()),
            ("scale", pooled.scale.to_string(), report.scale.to_string()),
            ("seed", pooled.seed.to_string(), report.seed.to_string()),
        ] {
            if first != second {
                return Err(PoolError::Differs { what, first, second });
            }
        }
        // Passes are of one session: those of another have other numbers.
        let passes = pooled.runs.iter().map(|run| run.repetition + 1).max().unwrap_or(0);
        pooled.sessions.push(passes);
        pooled.runs.extend(report.runs.into_iter().map(|mut run| {
            run.repetition += passes;
            run
        }));
        let throttled = [pooled.environment.throttled, report.environment.throttled].into_iter().flatten();
        let sum =
            |all: Throttled, next: Throttled| Throttled { periods: all.periods + next.periods, ms: all.ms + next.ms };
        pooled.environment.throttled = throttled.reduce(sum);
        pooled.warnings.extend(report.warnings);
        pooled.cancelled |= report.cancelled;
        pooled.id = format!("{} + {}", pooled.id, report.id);
    }
    Ok(pooled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Analysis;
    use crate::report::fixture::ReportBuilder;
    use crate::strategy::Platform;

    #[test]
    fn runs_of_all_sessions_count() {
        let of = |ms: f64| ReportBuilder::of("sum").runs(4).wall_ms(move |_, _| ms).build();
        let pooled = pool(vec![of(10.0), of(12.0), of(14.0)]).expect("the same plan");
        let analysis = Analysis::of(&pooled);
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
            report
        };
        let held = |periods: u32| Some(Throttled { periods: periods.into(), ms: 2.0 * f64::from(periods) });
        let pooled = |all: &[Option<Throttled>]| {
            pool(all.iter().copied().map(of).collect()).expect("the same plan").environment.throttled
        };
        assert_eq!(pooled(&[held(3), None, held(4)]), held(7));
        assert_eq!(pooled(&[None, None]), None);
    }

    #[test]
    fn what_is_not_the_same_plan_is_refused() {
        let native = ReportBuilder::of("sum").build();
        let python = ReportBuilder::of("sum").platform(Platform::Python).build();
        let error = pool(vec![native.clone(), python]).expect_err("two platforms").to_string();
        assert!(error.contains("of one platform, and there are native and python"), "{error}");
        let seeded = Report { seed: 7, ..native.clone() };
        let error = pool(vec![native, seeded]).expect_err("two seeds").to_string();
        assert!(error.contains("of one seed, and there are 1 and 7"), "{error}");
        assert_eq!(pool(Vec::new()), Err(PoolError::Nothing));
    }
}
