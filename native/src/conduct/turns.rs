//! One plan of a page's, from what the page wants to its end.

use anyhow::Context;
use futures::future::{BoxFuture, FutureExt};
use parlab_shared::conduct::{Begun, Ended, FromConductor, Happened, PlannedRow, Refusal, Wanted};
use parlab_shared::label::full_name;
use parlab_shared::measure::{Event, LeftOut, PairPlan, Request, RunFinished, RunStarted, read_pairs};
use parlab_shared::report::{Environment, Tool, Warning, files};
use parlab_shared::row::Row;
use parlab_shared::strategy::Platform;
use parlab_shared::target::Protocol;
use tokio::runtime::Handle;

use super::boards::Boards;
use super::mouth::Mouth;
use crate::alone::alone;
use crate::any_executor::AnyExecutor;
use crate::executors::Live;
use crate::hub::Hub;
use crate::prepared::{Prepared, begin};
use crate::program;
use crate::remote::Open;

/// Carries out what a page wants, whose lab comes to a place of the hub, by way of the server's event loop.
///
/// # Errors
/// Why nothing is carried out.
pub fn carry_out(wanted: &Wanted, hub: &Hub, server: &Handle, live: &Live, mouth: &Mouth) -> Result<Ended, Refusal> {
    let own = program::tool();
    let Planned { plan, page, environment } = planned(wanted, &own)?;
    let _alone = alone().map_err(refused)?;
    let mut prepared = Prepared::of(plan, live.clone()).map_err(refused)?;
    let mut reports = begin(&prepared.plan, &prepared.here);
    let mut executors = Vec::new();
    for place in (0..reports.len()).filter(|place| Some(*place) != page) {
        executors.push(prepared.on_this_machine(place, &mut reports[place].environment).map_err(refused)?);
    }
    let place = page.map(|_| hub.place()).transpose().map_err(refused)?;
    if let Some(page) = page {
        reports[page].environment = environment;
    }
    let plan = &prepared.plan;
    mouth.say(&FromConductor::Begun(Box::new(Begun {
        reports: files(&reports).iter().map(|file| file.to_json()).collect(),
        plan: serde_json::to_string(&plan.plan).map_err(|error| refused(error.into()))?,
        parts: plan.parts.iter().map(|part| part.name.clone()).collect(),
        page,
        rows: plan.plan.rows().map(|row| PlannedRow { label: full_name(row), on: plan.on(row) }).collect(),
        runs: plan.runs(),
        token: place.as_ref().map(|place| place.token.to_string()),
    })));
    if let (Some(page), Some(place)) = (page, place) {
        let lab = Box::new(Lab(plan.parts[page].name.clone()));
        match AnyExecutor::remote(server.clone(), live.clone(), lab, place) {
            Ok(lab) => executors.insert(page, prepared.in_page(page, lab, None, &mut reports[page].environment)),
            Err(error) => {
                let problem = (!live.cancelled()).then(|| format!("{error:#}"));
                return Ok(ended(&prepared.plan, live, &vec![Happened::default(); reports.len()], problem));
            }
        }
    }

    let plan = &prepared.plan;
    let rows: Vec<&Row> = plan.plan.rows().collect();
    let place_of = |row: &Row| rows.iter().position(|known| *known == row).unwrap_or_default();
    let boards = Boards::start(live, mouth);
    let on_event = |event: Event<'_>| match event {
        Event::RunStarted { index, of, part, spec } => {
            let (row, warmup, repetition) = (place_of(&spec.row), spec.warmup, spec.repetition);
            mouth.say(&FromConductor::RunStarted(RunStarted { index, of, part, row, warmup, repetition }));
            if Some(part) != page {
                boards.begin(index);
            }
        }
        Event::RunFinished { part, run, pass_is_over } => {
            boards.end();
            let finished = RunFinished {
                part,
                row: place_of(&run.row),
                warmup: run.warmup,
                wall_ms: run.wall_ms,
                tasks: run.tasks(),
                failed: run.failed(),
                pass_is_over,
            };
            let run = serde_json::to_vec(&run).expect("a run has only text keys");
            mouth.say_with(&FromConductor::RunFinished(finished), &run);
        }
    };
    let warnings = prepared.carry_out(&mut executors, on_event);
    let throttled = prepared.throttled();
    let happened = warnings.into_iter().enumerate().map(|(place, warnings)| {
        // The quota is that of this program and its children.
        Happened { warnings, throttled: throttled.filter(|_| Some(place) != page) }
    });
    Ok(ended(plan, live, &happened.collect::<Vec<_>>(), None))
}

/// The end of a plan to whose parts this happened.
fn ended(plan: &PairPlan, live: &Live, happened: &[Happened], problem: Option<String>) -> Ended {
    let of_parts = plan.parts.iter().zip(happened);
    let of_parts = of_parts.flat_map(|(part, happened)| happened.warnings.iter().map(move |warning| (part, warning)));
    let lost = of_parts.filter_map(|(part, warning)| match warning {
        Warning::Lost { reason } => Some((part.name.clone(), reason.clone())),
        _ => None,
    });
    let happened = serde_json::to_string(happened).expect("what happened has only text keys");
    Ended { cancelled: live.cancelled(), lost: lost.collect(), happened, problem }
}

/// What is carried out.
#[derive(Debug)]
struct Planned {
    plan: PairPlan,
    /// The place of the page among its parts, if it takes part.
    page: Option<usize>,
    /// On what that measures.
    environment: Environment,
}

/// The plan for what a page wants of this program.
fn planned(wanted: &Wanted, own: &Tool) -> Result<Planned, Refusal> {
    let Wanted { tool, parameters, platforms, environment } = wanted;
    if tool.is_other_build(own) {
        return Err(Refusal {
            key: None,
            reason: format!(
                "the page is parlab {} (build {}), and this server is parlab {} (build {}): reload the page",
                tool.version, tool.build, own.version, own.build
            ),
        });
    }
    let environment: Environment = serde_json::from_str(environment)
        .context("the page does not say on what it measures: reload it")
        .map_err(refused)?;
    let platforms: Vec<Platform> =
        platforms.iter().map(|platform| really(*platform, &environment)).collect::<Result<_, _>>()?;
    let page = platforms.iter().position(|platform| platform.is_browser());
    let (parameters, errors) = read_pairs(parameters.iter().cloned());
    if let Some(error) = errors.into_iter().next() {
        return Err(error.into());
    }
    let mut request = Request::default();
    parameters.iter().try_for_each(|(key, value)| request.set(key, value))?;
    let mut plan = request.pair(&platforms)?;
    if let Some(page) = page {
        plan.parts[page].has_files = environment.has_files();
        plan.parts[page].has_tls = environment.http.as_deref() == Some(Protocol::Http2.id());
    }
    if platforms.iter().filter(|platform| platform.is_browser()).count() > 1 {
        return Err(of_platforms("the page takes part once: leave it out the second time"));
    }
    let shares =
        |row: &Row| row.strategy.needs_shared_memory() && page.is_some_and(|page| plan.on(row).contains(&page));
    if environment.cross_origin_isolated == Some(false) && plan.plan.rows().any(shares) {
        let reason = "threads need a memory that this page may not share: leave them out, or start parlab serve without \
                      --no-isolation";
        return Err(Refusal { key: Some("strategy".to_owned()), reason: reason.to_owned() });
    }
    if let Some(left_out) = page.and_then(|page| has_nothing(&plan, page)) {
        let what = format!("{} cannot run in this page: {}", full_name(&left_out.row), left_out.reason);
        return Err(Refusal { key: Some("run".to_owned()), reason: what });
    }
    Ok(Planned { plan, page, environment })
}

/// What the part at a place does not carry out, if that is all that there is.
fn has_nothing(plan: &PairPlan, place: usize) -> Option<LeftOut> {
    let own = plan.plan_of(place);
    own.left_out.into_iter().next_back().filter(|_| own.stages.is_empty())
}

/// The platform that a page means: the page itself is the one of its browser.
fn really(platform: Platform, environment: &Environment) -> Result<Platform, Refusal> {
    match platform {
        Platform::Native | Platform::Python => Ok(platform),
        Platform::Browser => {
            let engine = environment.browser.as_ref().map_or("", |browser| browser.engine.as_str());
            Platform::of_engine(engine).ok_or_else(|| {
                of_platforms(&format!(
                    "pairs have parts in Chromium, Firefox and WebKit, and the engine of this browser is {engine:?}: take one \
                     of those"
                ))
            })
        }
        Platform::Chromium | Platform::Firefox | Platform::Webkit => {
            Err(of_platforms("a page names itself browser: other browsers are opened by `parlab pair`"))
        }
    }
}

fn of_platforms(reason: &str) -> Refusal {
    Refusal { key: Some("platform".to_owned()), reason: reason.to_owned() }
}

/// A refusal that is about no parameter.
fn refused(error: anyhow::Error) -> Refusal {
    Refusal { key: None, reason: format!("{error:#}") }
}

/// The lab of the page that wants the plan: it comes by itself, and again when it was lost.
#[derive(Debug)]
struct Lab(String);

impl Open for Lab {
    fn name(&self) -> &str {
        &self.0
    }

    fn open(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        async { Ok(()) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use parlab_shared::report::Browser;

    use super::*;
    use crate::environment;

    fn tool(version: &str) -> Tool {
        Tool { version: version.to_owned(), ..Tool::this(None) }
    }

    fn environment_of(engine: &str, isolated: bool) -> String {
        let browser = Browser { name: "Some".to_owned(), version: "1".to_owned(), engine: engine.to_owned() };
        let environment = Environment {
            browser: Some(browser),
            cross_origin_isolated: Some(isolated),
            file_system: None,
            ..environment::look()
        };
        serde_json::to_string(&environment).expect("written")
    }

    fn wanted(parameters: &[(&str, &str)], platforms: &[Platform]) -> Wanted {
        Wanted {
            tool: tool("1.2.3"),
            parameters: parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            platforms: platforms.to_vec(),
            environment: environment_of("Gecko", true),
        }
    }

    const SUM: &[(&str, &str)] = &[("run", "sum"), ("scale", "smoke")];
    const BOTH: &[Platform] = &[Platform::Native, Platform::Browser];

    #[test]
    fn the_page_is_the_platform_of_its_browser() {
        let planned = planned(&wanted(SUM, &[Platform::Python, Platform::Browser]), &tool("1.2.3")).expect("a plan");
        let names: Vec<_> = planned.plan.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!((names, planned.page), (vec!["python", "firefox"], Some(1)));
    }

    #[track_caller]
    fn check_refused(wanted: &Wanted, key: Option<&str>, expected: &str) {
        let refusal = planned(wanted, &tool("1.2.3")).expect_err("refused");
        assert_eq!(refusal.key.as_deref(), key, "{}", refusal.reason);
        assert!(refusal.reason.contains(expected), "{}", refusal.reason);
    }

    #[test]
    fn what_cannot_be_carried_out_is_refused_with_its_parameter() {
        check_refused(&Wanted { tool: tool("1.2.2"), ..wanted(SUM, BOTH) }, None, "reload the page");
        check_refused(&Wanted { environment: "{}".to_owned(), ..wanted(SUM, BOTH) }, None, "on what it measures");
        let servo = Wanted { environment: environment_of("Servo", true), ..wanted(SUM, BOTH) };
        check_refused(&servo, Some("platform"), "the engine of this browser is \"Servo\"");
        check_refused(&wanted(SUM, &[Platform::Browser]), Some("platform"), "takes two platforms");
        check_refused(&wanted(SUM, &[Platform::Browser; 2]), Some("platform"), "takes part once");
        check_refused(&wanted(SUM, &[Platform::Native, Platform::Chromium]), Some("platform"), "`parlab pair`");
        check_refused(&wanted(&[("run", "sum"), ("workers", "none")], BOTH), Some("workers"), "none");
        check_refused(&wanted(&[("run", "sum"), ("run", "count")], BOTH), Some("run"), "twice");
        check_refused(&wanted(&[("scale", "smoke")], BOTH), Some("run"), "no experiment");
        let threads = wanted(&[("run", "sum"), ("strategy", "threads")], BOTH);
        let apart = Wanted { environment: environment_of("Blink", false), ..threads.clone() };
        check_refused(&apart, Some("strategy"), "--no-isolation");
        assert!(planned(&threads, &tool("1.2.3")).is_ok());
        // The native half would be alone.
        let writes = wanted(&[("run", "write"), ("strategy", "async")], BOTH);
        check_refused(&writes, Some("run"), "this browser gives pages no file system");
        let sequential = wanted(&[("run", "sum"), ("strategy", "sequential")], BOTH);
        let apart = Wanted { environment: environment_of("Blink", false), ..sequential };
        assert!(planned(&apart, &tool("1.2.3")).is_ok());
    }
}
