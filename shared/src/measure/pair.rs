//! A pair: one plan on several platforms, which take turns. A plan on a single platform is one of a single part.

use super::{Estimate, LeftOut, Plan, Stage};
use crate::address::Address;
use crate::row::Row;
use crate::run::RunSpec;
use crate::strategy::Platform;

/// The most parts of a pair.
pub const PARTS_MAX: usize = 16;

/// What one platform of a pair measures.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is called: its platform, and for the second one of a platform `native#2`.
    pub name: String,
    /// Where its runs take place.
    pub platform: Platform,
    /// The address of its own target server, if it has one; else the plan's.
    pub target: Option<Address>,
    /// Its tasks can write files: not every browser has a file system for pages.
    pub has_files: bool,
    /// Its tasks can ask over a protocol that is named: a page that came without TLS finds no HTTP/2.
    pub has_tls: bool,
}

/// Why a row is left out of a part that has no files.
const NO_FILES: &str = "it writes files, and this browser gives pages no file system (WebKit gives none to private windows and \
    automated sessions)";
/// Why a row is left out of a page that came without TLS.
pub const NO_TLS: &str =
    "browsers speak HTTP/2 over TLS alone, and this page came without: start parlab serve with --tls";

/// One plan, and the platforms that carry it out in turn.
#[derive(Clone, Debug, PartialEq)]
pub struct PairPlan {
    /// What takes turns; ratios are to the first one.
    pub parts: Vec<Part>,
    /// What is run: rows that at least two parts can carry out, or, of a single part, those that it can.
    pub plan: Plan,
    /// The platform whose sizes hold for all, where they are not everybody's own.
    pub sizes_of: Option<Platform>,
}

impl PairPlan {
    /// A plan that one platform carries out by itself.
    pub fn alone(plan: Plan, platform: Platform) -> Self {
        Self { parts: parts(&[platform]), plan, sizes_of: None }
    }

    /// Whether several platforms take turns.
    pub fn is_pair(&self) -> bool {
        self.parts.len() > 1
    }

    /// The places of the parts that carry a row out, in their order.
    pub fn on(&self, row: &Row) -> Vec<usize> {
        (0..self.parts.len()).filter(|place| self.refusal(*place, row).is_none()).collect()
    }

    /// Why the part at a place does not carry a row out, if it does not.
    fn refusal(&self, place: usize, row: &Row) -> Option<&'static str> {
        let part = &self.parts[place];
        // What the platform of a single part cannot do is no row of its plan.
        let cannot = row.mechanism(part.platform).err().filter(|_| self.is_pair());
        let no_files = || (row.workload.writes_files() && !part.has_files).then_some(NO_FILES);
        let no_tls = || (row.workload.protocol().is_some() && !part.has_tls).then_some(NO_TLS);
        cannot.or_else(no_files).or_else(no_tls)
    }

    /// What one part carries out, and what of the experiments it does not.
    ///
    /// # Panics
    /// There is no part at that place.
    pub fn plan_of(&self, place: usize) -> Plan {
        let mut plan = self.plan.clone();
        let part = &self.parts[place];
        plan.target = part.target.clone().or(plan.target);
        let reason = |row: &Row| self.refusal(place, row).map(str::to_owned);
        let left_out = self.plan.rows().filter_map(|row| Some(LeftOut { row: row.clone(), reason: reason(row)? }));
        plan.left_out.extend(left_out);
        plan.retain(|row| self.refusal(place, row).is_none());
        plan
    }

    /// A run of one of its rows by the part at a place.
    pub fn run(&self, place: usize, row: &Row, repetition: u32, warmup: bool) -> RunSpec {
        let mut run = self.plan.run(row, repetition, warmup);
        if let Some(target) = &self.parts[place].target {
            run.target = target.to_string();
        }
        run
    }

    /// How many runs one pass over the rows of a stage has.
    pub(super) fn runs_per_pass(&self, stage: &Stage) -> usize {
        stage.rows.iter().map(|row| self.on(row).len()).sum()
    }

    /// How many runs a stage has at least, warm-up runs included.
    pub fn runs_of(&self, stage: &Stage) -> usize {
        self.runs_per_pass(stage) * stage.passes_at_least()
    }

    /// How many runs it has at least, warm-up runs included.
    pub fn runs(&self) -> usize {
        self.plan.stages.iter().map(|stage| self.runs_of(stage)).sum()
    }

    /// How many requests all parts send to servers of others, at most.
    pub fn requests_to_others(&self) -> u32 {
        let of_parts = (0..self.parts.len()).map(|place| self.plan_of(place).requests_to_others());
        of_parts.fold(0, u32::saturating_add)
    }

    /// What all parts take at least.
    pub fn estimate(&self) -> Estimate {
        let of_parts = (0..self.parts.len()).map(|place| Estimate::of(&self.plan_of(place)));
        of_parts.fold(Estimate::default(), Estimate::and)
    }
}

/// Parts on platforms: what has the platform of an earlier one is numbered.
pub(super) fn parts(platforms: &[Platform]) -> Vec<Part> {
    let part = |(place, &platform): (usize, &Platform)| {
        let before = platforms[..place].iter().filter(|earlier| **earlier == platform).count();
        let name = if before == 0 { platform.to_string() } else { format!("{platform}#{}", before + 1) };
        Part { name, platform, target: None, has_files: true, has_tls: true }
    };
    platforms.iter().enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;
    use crate::measure::{ALL, Request, RequestError};
    use crate::report::recorded;
    use crate::scale::Scale;
    use crate::strategy::Strategy;
    use Platform::{Chromium, Firefox, Native, Python};

    fn pair(request: &[(&str, &str)], platforms: &[Platform]) -> Result<PairPlan, RequestError> {
        let mut asked = Request { scale: Scale::Smoke, ..Request::default() };
        request.iter().try_for_each(|(key, value)| asked.set(key, value))?;
        asked.pair(platforms)
    }

    fn names(plan: &PairPlan) -> Vec<&str> {
        plan.parts.iter().map(|part| part.name.as_str()).collect()
    }

    #[test]
    fn a_platform_that_is_named_again_is_numbered() {
        let plan = pair(&[("run", "sum")], &[Native, Chromium, Native, Native]).expect("a pair");
        assert_eq!(names(&plan), ["native", "chromium", "native#2", "native#3"]);
        assert!(plan.is_pair() && plan.plan.rows().all(|row| plan.on(row) == [0, 1, 2, 3]));
        assert_eq!(plan.runs(), 4 * plan.plan.runs());
    }

    #[test]
    fn what_writes_files_is_left_out_where_there_are_none() {
        let mut plan = pair(&[("run", ALL)], &[Native, Platform::Webkit]).expect("a pair");
        let writes = |row: &&Row| row.workload.writes_files();
        let rows = plan.plan.rows().filter(writes).count();
        assert!(rows > 0);
        plan.parts[1].has_files = false;
        assert!(plan.plan.rows().filter(writes).all(|row| plan.on(row) == [0]));
        assert!(plan.plan.rows().filter(|row| !writes(row)).all(|row| plan.on(row) == [0, 1]));
        let there = plan.plan_of(1);
        assert_eq!(there.rows().filter(writes).count(), 0);
        let left_out: Vec<_> = there.left_out.iter().filter(|left_out| writes(&&left_out.row)).collect();
        assert!(left_out.len() == rows && left_out.iter().all(|left_out| left_out.reason.contains("no file system")));
        assert_eq!(plan.plan_of(0).rows().filter(writes).count(), rows);
        // The only platform of a plan, too.
        let write = Request { scale: Scale::Smoke, ..Request::named("write") }.plan(Platform::Webkit).expect("a plan");
        let mut alone = PairPlan::alone(write, Platform::Webkit);
        alone.parts[0].has_files = false;
        assert!(alone.plan_of(0).stages.is_empty() && alone.runs() == 0);
    }

    #[test]
    fn a_protocol_is_not_asked_for_by_a_page_without_tls_nor_by_python() {
        let mut plan = pair(&[("run", "http2")], &[Native, Chromium]).expect("a pair");
        assert!(plan.plan.rows().all(|row| plan.on(row) == [0, 1]));
        plan.parts[1].has_tls = false;
        assert!(plan.plan.rows().all(|row| plan.on(row) == [0]));
        let there = plan.plan_of(1);
        assert!(there.stages.is_empty() && there.left_out.iter().all(|left_out| left_out.reason == NO_TLS));
        let refused = pair(&[("run", "http2")], &[Native, Python]).expect_err("only one of them can").to_string();
        assert!(refused.contains("only native can run it (on python: Python's standard library speaks"), "{refused}");
        // Of all experiments the others are left.
        let plan = pair(&[("run", ALL), ("target", "http://127.0.0.1:8017/")], &[Native, Chromium]).expect("a pair");
        assert!(plan.plan.rows().all(|row| row.workload.protocol().is_none()));
        let needs_two = |reason: &str| reason.contains("needs one for each");
        assert_eq!(plan.plan.left_out.iter().filter(|left_out| needs_two(&left_out.reason)).count(), 2);
    }

    #[test]
    fn who_cannot_run_a_row_is_left_out_of_it() {
        let all = [("run", ALL)];
        let plan = pair(&all, &[Native, Python, Firefox]).expect("a pair");
        let own = plan.plan.rows().find(|row| !row.workload.entry().in_python).expect("a row of parlab's own");
        assert_eq!(plan.on(own), [0, 2]);
        let [native, python] = [0, 1].map(|place| plan.plan_of(place));
        assert!(native.rows().any(|row| row == own) && python.rows().all(|row| row != own));
        assert!(
            python.left_out.iter().any(|left_out| left_out.row == *own && left_out.reason.contains("Python has what"))
        );
        assert_eq!(
            recorded(&python).count() - recorded(&native).count(),
            native.rows().count() - python.rows().count()
        );
        assert_eq!(plan.runs(), (0..3).map(|place| plan.plan_of(place).runs()).sum::<usize>());
    }

    #[test]
    fn a_row_that_only_one_part_can_run_is_no_row_of_a_pair() {
        let plan = pair(&[("run", ALL)], &[Native, Python]).expect("a pair");
        assert!(plan.plan.rows().all(|row| plan.on(row) == [0, 1]));
        let reason =
            &plan.plan.left_out.iter().find(|left_out| !left_out.row.workload.entry().in_python).expect("one").reason;
        assert!(reason.starts_with("only native can run it (on python: Python has what"), "{reason}");
    }

    #[test]
    fn sizes_are_those_that_all_platforms_share() {
        let lab = [("run", "count"), ("scale", "lab")];
        let sizes = |platforms: &[Platform]| {
            let plan = pair(&lab, platforms).expect("a pair");
            (plan.plan.stages[0].rows[0].workload.clone(), plan.sizes_of)
        };
        let alone = |platform| {
            let request = Request { scale: Scale::Lab, ..Request::named("count") };
            request.plan(platform).expect("a plan").stages[0].rows[0].workload.clone()
        };
        assert_ne!(alone(Native), alone(Python));
        assert_eq!(sizes(&[Native, Chromium]), (alone(Native), None));
        assert_eq!(sizes(&[Native, Chromium, Python]), (alone(Python), Some(Python)));
        assert_eq!(sizes(&[Python, Python]), (alone(Python), None));
        let asked = pair(&[&lab[..], &[("size", "7"), ("tasks", "2")]].concat(), &[Native, Python]).expect("a pair");
        assert_eq!(asked.sizes_of, None, "who asks for a size has it everywhere");
    }

    #[test]
    fn precision_of_a_pair_is_that_of_its_ratios() {
        let of = |pairs: &[(&str, &str)]| {
            let plan = pair(&[&[("run", "sum"), ("precision", "5")], pairs].concat(), &[Native, Python]);
            plan.expect("a pair").plan.sampling().map(|precision| precision.of.name())
        };
        assert_eq!([of(&[]), of(&[("precision-of", "median")])], [Some("ratio"), Some("median")]);
    }

    #[test]
    fn what_one_of_its_platforms_does_not_bear_is_refused() {
        let refused = |request: &str, platforms: &[Platform]| {
            let pairs: Vec<_> = request.split(' ').filter_map(|pair| pair.split_once('=')).collect();
            let names: Vec<&str> = platforms.iter().map(|platform| platform.name()).collect();
            (format!("{request} on {}", names.join(",")), pair(&pairs, platforms).expect_err(request))
        };
        golden::answers(
            "refused.pair.txt",
            [
                refused("run=sum", &[]),
                refused("run=sum", &[Native]),
                refused("run=sum", &[Native; 17]),
                refused("run=sum", &[Native, Platform::Browser]),
                refused("run=mandelbrot", &[Native, Python]),
                refused("run=dictionary strategy=processes keep=lock", &[Native, Chromium]),
                refused("run=sum strategy=processes workers=65", &[Native, Python]),
                refused("run=post strategy=async workers=5000", &[Native, Chromium]),
                refused("run=count strategy=threads workers=2 tasks=100000 size=1 runs=1000", &[Native, Chromium]),
            ],
        );
        // Natively alone they are no bother.
        let alone =
            Request { strategies: Some(vec![Strategy::Processes]), workers: Some(vec![65]), ..Request::named("sum") };
        assert!(alone.plan(Native).is_ok());
    }
}
