//! The draft: what is asked for, as text by parameter. The form, the address and `window.parlab.run` all fill one, and it
//! becomes a plan in one place.

use std::collections::BTreeMap;

use parlab_shared::measure::{LeftOut, Plan, Request, RequestError};
use parlab_shared::number::Counted;
use parlab_shared::scale::Scale;
use parlab_shared::strategy::{Platform, Strategy};

use crate::questions::Unshared;
use crate::views::{Parameters, Problem};

/// What is asked for so far. A parameter that is not set is the experiment's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft(BTreeMap<String, String>);

impl FromIterator<(String, String)> for Draft {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(parameters: T) -> Self {
        Self(parameters.into_iter().collect())
    }
}

impl Draft {
    /// The text of a parameter, empty if it is not set.
    pub fn get(&self, key: &str) -> &str {
        self.0.get(key).map_or("", String::as_str)
    }

    /// Whether a parameter is set.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The parameters, as in an address.
    pub fn parameters(&self) -> Parameters {
        self.0.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The request.
    ///
    /// # Errors
    /// The first parameter that cannot be read.
    pub fn request(&self) -> Result<Request, RequestError> {
        let mut request = Request::default();
        for (key, value) in &self.0 {
            request.set(key, value)?;
        }
        Ok(request)
    }

    /// The plan for this page, whose workers can share a `memory` or not. What needs shared memory where there is none is
    /// left out, unless it was asked for by name; the plan says why.
    ///
    /// # Errors
    /// What cannot be run here, for a human.
    pub fn offer(&self, memory: Result<(), &Unshared>) -> Result<Plan, Problem> {
        let request = self.request()?;
        let plan = request.plan(Platform::Browser)?;
        let requested = request.strategies.unwrap_or_default();
        if let (Err(unshared), Some(strategy)) =
            (memory, requested.into_iter().find(|strategy| strategy.needs_shared_memory()))
        {
            return Err(Problem { key: Some("strategy".to_owned()), text: refusal(strategy, unshared) });
        }
        fitting(plan, memory).map_err(|text| Problem { key: None, text })
    }

    /// The scale that is chosen.
    pub fn scale(&self) -> Scale {
        self.get("scale").parse().unwrap_or_default()
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        Self { key: error.key().map(str::to_owned), text: error.to_string() }
    }
}

/// What of a plan can be run on a page whose workers can share a `memory` or not: rows that need it where there is none are
/// left out, and the plan says why.
///
/// # Errors
/// Why nothing of it can be run.
pub fn fitting(mut plan: Plan, memory: Result<(), &Unshared>) -> Result<Plan, String> {
    let Err(unshared) = memory else { return Ok(plan) };
    let reason = format!("it needs shared memory, but {}; {}", unshared.reason, unshared.fix);
    let cannot = plan.rows().filter(|row| row.strategy.needs_shared_memory());
    let left_out: Vec<LeftOut> = cannot.map(|row| LeftOut { row: row.clone(), reason: reason.clone() }).collect();
    plan.left_out.extend(left_out);
    plan.retain(|row| !row.strategy.needs_shared_memory());
    if plan.stages.is_empty() { Err(refusal(Strategy::Threads, unshared)) } else { Ok(plan) }
}

/// What is not run of a plan, in a sentence for each reason.
pub fn left_out(plan: &Plan) -> Option<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for left_out in &plan.left_out {
        match reasons.iter_mut().find(|(reason, _)| *reason == left_out.reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((&left_out.reason, 1)),
        }
    }
    let sentence = |(reason, rows): (&str, usize)| format!("Left out, {}: {reason}.", Counted(rows as u64, "row"));
    let sentences: Vec<String> = reasons.into_iter().map(sentence).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Why a strategy that needs shared memory cannot run here, and how to make it.
fn refusal(strategy: Strategy, unshared: &Unshared) -> String {
    format!("{strategy} cannot run here: it needs shared memory, but {}; {}", unshared.reason, unshared.fix)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A draft of some parameters.
    pub fn draft(parameters: &[(&str, &str)]) -> Draft {
        parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// Why workers cannot share a memory, in some page.
    pub fn unshared() -> Unshared {
        Unshared { reason: "there is none".to_owned(), fix: "get one".to_owned() }
    }

    #[test]
    fn no_strategy_at_all_is_refused_as_such() {
        let request = draft(&[("run", "sum"), ("strategy", "")]).request().expect("it can be read");
        assert_eq!(request.strategies, Some(vec![]));
        let problem = draft(&[("run", "sum"), ("strategy", "")]).offer(Ok(())).expect_err("refused");
        assert_eq!(problem.key.as_deref(), Some("strategy"));
    }

    #[test]
    fn what_needs_shared_memory_is_left_out_where_there_is_none_and_the_plan_says_why() {
        let whole = draft(&[("run", "cpu-heavy")]).offer(Ok(())).expect("a plan");
        let plan = draft(&[("run", "cpu-heavy")]).offer(Err(&unshared())).expect("a plan");
        assert!(plan.rows().all(|row| !row.strategy.needs_shared_memory()));
        assert_eq!(plan.rows().count() + plan.left_out.len(), whole.rows().count());
        assert_eq!(left_out(&whole), None);
        let sentence = left_out(&plan).expect("rows are missing");
        let rows = Counted(plan.left_out.len() as u64, "row");
        assert_eq!(sentence, format!("Left out, {rows}: it needs shared memory, but there is none; get one."));
    }

    #[test]
    fn what_was_asked_for_by_name_is_refused_instead() {
        let problem = draft(&[("run", "sum"), ("strategy", "sequential,threads")]).offer(Err(&unshared()));
        let text = "threads cannot run here: it needs shared memory, but there is none; get one".to_owned();
        assert_eq!(problem, Err(Problem { key: Some("strategy".to_owned()), text }));
    }
}
