//! What the query of a URL asks for. Whatever it does not know or cannot read, it names.
//!
//! | parameter | values | by default |
//! |---|---|---|
//! | `seed` | a number | 1 |
//! | `task` | any label; it enters the draws | none |
//! | `run` | any label to count under | none |
//! | `latency` | `MS` or `MIN-MAX`: milliseconds before the head, see [`Latency`]; the timer steps by one and rounds up | 0 |
//! | `bandwidth` | bytes of the body per second | as fast as it goes |
//! | `fail` | `KIND` or `KIND:PROBABILITY`, see [`Fault`] | nothing fails |
//! | `hop` | a number; what `fail=redirect` counts with | 0 |
//! | `pages`, `links` | of `page`: the pages of its site, the links of each page | 140, 143 |
//! | `ref` | of `page`: where a link was found; it changes nothing | none |

use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::{Fault, Latency, SEED};

/// What a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    /// Decides on contents and draws.
    pub seed: u64,
    /// Enters the draws.
    pub task: String,
    /// What to count the request under.
    pub run: Option<String>,
    /// The time before the head.
    pub latency: Latency,
    /// Bytes of the body per second.
    pub bandwidth: Option<u64>,
    /// What may go wrong.
    pub fault: Fault,
    /// How many redirects led here.
    pub hop: u64,
    /// How many pages the site has.
    pub pages: u32,
    /// How many links each of its pages has.
    pub links: u32,
    /// The parameters that links to other pages keep: all but `task`, `hop` and `ref`, as they were sent.
    /// None of their values contains a character that means anything in HTML.
    pub kept: String,
    /// The same and `task`: what a redirect keeps.
    pub kept_by_redirect: String,
}

/// Why a query is refused: the parameter with its value, the reason, what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal(String);

impl Display for Refusal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "{}", self.0)
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            seed: SEED,
            task: String::new(),
            run: None,
            latency: Latency::default(),
            bandwidth: None,
            fault: Fault::default(),
            hop: 0,
            pages: 140,
            links: 143,
            kept: String::new(),
            kept_by_redirect: String::new(),
        }
    }
}

impl Parameters {
    /// Reads the query of an address, the part after its question mark; `of_page` says whether it is one of a page.
    ///
    /// # Errors
    ///
    /// A parameter that is unknown here, twice there, or out of its range.
    pub fn parse(query: &str, of_page: bool) -> Result<Self, Refusal> {
        // Sites append `/?ref=…` to whatever address they link to, with a query or without.
        let query = query.split_once("/?ref=").map_or(query, |(before, _)| before);
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();

        let mut parameters = Self::default();
        for (at, (name, value)) in pairs.iter().enumerate() {
            if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                return Err(refusal(name, value, "comes twice", "give each parameter once"));
            }
            parameters.set(name, value, of_page)?;
            let keep = |kept: &mut String| {
                let separator = if kept.is_empty() { "" } else { "&" };
                *kept += &format!("{separator}{name}={value}");
            };
            if !["task", "hop", "ref"].contains(&&**name) {
                keep(&mut parameters.kept);
            }
            if name != "hop" {
                keep(&mut parameters.kept_by_redirect);
            }
        }
        Ok(parameters)
    }

    /// Where an endless redirect leads: one hop on, from wherever a proxy has put the target.
    pub fn next_hop(&self) -> String {
        let separator = if self.kept_by_redirect.is_empty() { "" } else { "&" };
        format!("?{}{separator}hop={}", self.kept_by_redirect, self.hop.saturating_add(1))
    }

    fn set(&mut self, name: &str, value: &str, of_page: bool) -> Result<(), Refusal> {
        match name {
            "seed" => self.seed = number(name, value, 0..=u64::MAX)?,
            "task" => self.task = label(name, value)?,
            "run" => self.run = Some(label(name, value)?),
            "latency" => self.latency = model(name, value)?,
            "bandwidth" => self.bandwidth = Some(number(name, value, 1..=1_000_000_000_000)?),
            "fail" => self.fault = model(name, value)?,
            "hop" => self.hop = number(name, value, 0..=u64::MAX)?,
            "pages" if of_page => self.pages = number(name, value, 1..=1_000_000)? as u32,
            "links" if of_page => self.links = number(name, value, 1..=10_000)? as u32,
            "ref" if of_page => drop(label(name, value)?),
            _ => {
                let of_page = if of_page { ", pages, links, ref" } else { "" };
                let known = format!("use seed, task, run, latency, bandwidth, fail, hop{of_page}");
                return Err(refusal(name, value, "is no parameter of this address", &known));
            }
        }
        Ok(())
    }
}

fn refusal(name: &str, value: &str, reason: &str, fix: &str) -> Refusal {
    Refusal(format!("{name}={value} {reason}: {fix}."))
}

/// A whole number in a range.
fn number(name: &str, value: &str, range: RangeInclusive<u64>) -> Result<u64, Refusal> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|number| digits && range.contains(number));
    let fix = || format!("give a whole number from {} to {}", range.start(), range.end());
    number.ok_or_else(|| refusal(name, value, "is out of range", &fix()))
}

/// A label: short, and the same in a URL, in HTML and in JSON.
fn label(name: &str, value: &str) -> Result<String, Refusal> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if (1..=64).contains(&value.len()) && value.bytes().all(known) {
        return Ok(value.to_owned());
    }
    Err(refusal(name, value, "is no label", "give 1 to 64 letters, digits or -._~"))
}

/// What the target does to a request, by the same rules as in a plan.
fn model<T: FromStr<Err = String>>(name: &str, value: &str) -> Result<T, Refusal> {
    value.parse().map_err(|reason: String| refusal(name, value, "cannot be used", &reason))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::golden;
    use crate::measure::Request;
    use crate::strategy::Platform;
    use crate::target::Draws;
    use crate::task::Work;

    /// The path and the query of what a task asks for.
    fn parts(url: &str) -> (String, &str) {
        let (path, query) = url.split_once('?').expect("a query");
        (format!("/{path}"), query)
    }

    proptest! {
        #[test]
        fn what_a_plan_accepts_the_target_accepts(latency in "[0-9.]{0,7}-?[0-9.]{0,7}", fail in "(cut|stall|)(:[0-9.]{1,4})?") {
            // An empty list has no value.
            prop_assume!(!latency.is_empty() && !fail.is_empty());
            let mut request = Request::named("post");
            if request.set("latency", &latency).and(request.set("fail", &fail)).is_ok() {
                let plan = request.plan(Platform::Native).expect("a plan");
                let run = plan.run(plan.rows().next().expect("a row"), 0, false);
                let tasks = run.waves().next(&[]).expect("a wave");
                let Work::Post { url, .. } = &tasks[0].work else { panic!("{:?}", tasks[0].work) };
                let parameters = Parameters::parse(parts(url).1, false).expect("known parameters");
                let (latency, fault) = (Some(vec![parameters.latency]), Some(vec![parameters.fault]));
                prop_assert_eq!((latency, fault), (request.latency, request.fail));
            } else {
                let refused = |name, value: &str| Parameters::parse(&format!("{name}={value}"), false).is_err();
                prop_assert!(refused("latency", &latency) || refused("fail", &fail));
            }
        }
    }

    #[test]
    fn what_is_predicted_is_what_the_target_draws() {
        for name in ["post", "sites", "images", "dictionary", "urls", "crawl"] {
            let mut request = Request::named(name);
            request.set("latency", "0-200").and(request.set("seed", "7")).expect("options");
            let plan = request.plan(Platform::Native).expect("a plan");
            let run = plan.run(plan.rows().next().expect("a row"), 0, false);
            let predicted_ms = run.row.workload.waits_ms(run.seed);
            let wave = run.waves().next(&[]).expect("a wave");
            assert_eq!(wave.len(), predicted_ms[0].len(), "{name}");
            for (task, predicted_ms) in wave.iter().zip(&predicted_ms[0]) {
                let (Work::Post { url, .. }
                | Work::Get { url, .. }
                | Work::Save { url, .. }
                | Work::Insert { url, .. }
                | Work::Page { url, .. }) = &task.work
                else {
                    panic!("{:?}", task.work)
                };
                let (path, query) = parts(url);
                let parameters = Parameters::parse(query, url.contains("/page/")).expect("known parameters");
                // As the target does it.
                let draws = Draws { seed: parameters.seed, path: &path, task: &parameters.task };
                assert_eq!(draws.latency_ms(parameters.latency), *predicted_ms, "{name}: {url}");
            }
        }
    }

    fn parse(query: &str) -> Result<Parameters, String> {
        Parameters::parse(query, true).map_err(|refusal| refusal.0)
    }

    #[test]
    fn everything_is_optional_and_combines() {
        assert_eq!(parse(""), Ok(Parameters::default()));
        let parsed = parse("seed=3&task=a-1&run=r&latency=5-10&bandwidth=1000&fail=cut:0.25&pages=9&links=8&hop=2");
        let parsed = parsed.expect("known parameters");
        assert_eq!((parsed.seed, parsed.task.as_str(), parsed.run.as_deref()), (3, "a-1", Some("r")));
        assert_eq!((parsed.latency.to_string(), parsed.fault.to_string()), ("5-10".to_owned(), "cut:0.25".to_owned()));
        assert_eq!((parsed.bandwidth, parsed.pages, parsed.links), (Some(1000), 9, 8));
        assert_eq!(parsed.kept, "seed=3&run=r&latency=5-10&bandwidth=1000&fail=cut:0.25&pages=9&links=8");
        assert_eq!(parsed.next_hop(), format!("?{}&hop=3", parsed.kept.replace("&run", "&task=a-1&run")));
        assert_eq!(parse("").expect("nothing").next_hop(), "?hop=1");
    }

    #[test]
    fn what_other_sites_append_changes_nothing() {
        assert_eq!(parse("pages=9/?ref=outind"), parse("pages=9"));
        assert_eq!(parse("ref=outind").expect("known").kept, "");
    }

    #[test]
    fn refusals_name_the_value_and_the_way_out() {
        let queries = [
            "sed=1",
            "seed=1&seed=2",
            "seed=x",
            "seed=-1",
            "task=",
            "run=a/b",
            "latency=600001",
            "latency=9-5",
            "latency=1-2-3",
            "bandwidth=0",
            "fail=fire",
            "fail=cut:1.5",
            "fail=cut:1e-1",
            "pages=0",
            "links=10001",
        ];
        let refused = queries.map(|query| (query, parse(query).expect_err(query)));
        let elsewhere = Parameters::parse("pages=3", false).expect_err("no page");
        golden::answers("refused.target.txt", refused.into_iter().chain([("pages=3 of no page", elsewhere.0)]));
    }
}
