//! What is set up: an experiment with its form, and the plan that would be run.

pub mod form;

use parlab_shared::experiment::{self, Experiment};
use parlab_shared::measure::option::RUN;
use parlab_shared::measure::{ALL, Plan, read_pairs};
use parlab_shared::number::Counted;
use parlab_shared::row::Row;
use parlab_shared::say::{Marker, Texts, code};
use parlab_shared::statistics::VALUES_FOR_INTERVAL;
use parlab_shared::strategy::Platform;
use parlab_shared::workload::Nature;

use super::draft::{self, Draft};
use super::walls::{Takes, Walls};
use super::{text, timelines};
use crate::questions::{OwnTarget, PageFacts};
use crate::views::{CodeView, Parameters, Picture, PlanRow, PlanView, Problem, SetUpView, SourceView, TextsView};

/// What is set up with some parameters, which may be those of an address.
pub fn set_up(parameters: Parameters, facts: &PageFacts, walls: &Walls) -> SetUpView {
    let (read, errors) = read_pairs(parameters);
    let mut problems: Vec<Problem> = errors.into_iter().map(Problem::from).collect();
    let draft: Draft = read.into_iter().collect();
    let name = draft.get(RUN);
    let found = experiment::find(name);
    if found.is_none() && name != ALL {
        // An unknown name is among the errors already; a missing one is no error of reading.
        let unknown = draft.request().and_then(|request| request.plan(Platform::Browser)).err();
        if problems.is_empty() {
            problems.extend(unknown.map(Problem::from));
        }
        return SetUpView {
            parameters: draft.parameters(),
            problems,
            title: "There is no such experiment".to_owned(),
            ..SetUpView::default()
        };
    }
    let offered = draft.offer(facts);
    let texts = |experiment: &Experiment| match &offered {
        Ok(plan) => Texts::of(experiment, plan.rows()),
        Err(_) => Texts::planned(experiment, draft.scale(), Platform::Browser),
    };
    let named = found.filter(|(_, named)| *named).map(|(experiment, _)| experiment);
    let (title, said) = match (named, found) {
        (Some(experiment), _) => {
            let mut said = said(&texts(experiment), &mut Marker::default());
            said.paragraphs.extend(offered.as_ref().ok().and_then(|plan| here(experiment, plan, facts)));
            (experiment.title.clone(), said)
        }
        (None, Some((experiment, _))) => alone(experiment),
        (None, None) => all(),
    };
    let code = match &offered {
        Ok(plan) if name != ALL => excerpts(plan),
        _ => Vec::new(),
    };
    let plan = match offered {
        // What was asked for is not what this plan does, and there is a field to mend it in.
        Ok(_) if problems.iter().any(|problem| problem.key.is_some()) => None,
        Ok(plan) => Some(view(plan, name, &title, facts, walls)),
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    let form =
        form::Form { draft: &draft, experiment: found.map(|(experiment, _)| experiment), facts, problems: &problems };
    let (fields, panel_title, panel) = form.fields();
    SetUpView {
        source: named
            .and_then(|experiment| experiment.source.as_ref())
            .map(|source| SourceView { document: source.document.clone(), title: source.title.clone() }),
        title,
        texts: said,
        fields,
        panel_title,
        panel,
        plan,
        code,
        parameters: draft.parameters(),
        problems,
    }
}

/// What is said of an experiment, with the words that are explained.
pub fn said(texts: &Texts, marker: &mut Marker) -> TextsView {
    let predicted = std::iter::once(("What is predicted, and why", texts.expect.as_str()));
    let paragraphs = predicted.chain(texts.beside_the_article());
    TextsView {
        question: marker.mark(&texts.question),
        paragraphs: paragraphs.map(|(heading, text)| (heading.to_owned(), marker.mark(text))).collect(),
    }
}

/// What is to be known of an experiment whose target is in the browser, with its heading.
fn here(experiment: &Experiment, plan: &Plan, facts: &PageFacts) -> Option<(String, String)> {
    let is_here = facts.target == OwnTarget::Browser && plan.target.is_none() && plan.needs_target();
    let said = is_here.then(|| experiment.unseen.as_deref().unwrap_or(TARGET_IN_BROWSER))?;
    Some(("Where the target is".to_owned(), said.to_owned()))
}

/// What is to be known of all work whose target is in the browser.
const TARGET_IN_BROWSER: &str = "In this browser: the page comes from a static host, and its service worker answers the requests, \
    with the delays, bandwidths and faults of a target of parlab. No request opens a connection, so that the browser's limit \
    of connections to a server is not felt, and times are not compared with those of a target over a network.";

/// The code that the tasks of a plan run.
fn excerpts(plan: &Plan) -> Vec<CodeView> {
    let excerpts = code(plan.rows().map(|row| &row.workload)).into_iter();
    excerpts.map(|excerpt| CodeView { file: excerpt.file.to_owned(), text: excerpt.text }).collect()
}

/// What is said of a workload on its own.
fn alone(experiment: &Experiment) -> (String, TextsView) {
    let entry = experiment.sizes.lab.entry();
    let question = format!("{}. A workload on its own: choose what to spread it over.", entry.about);
    (entry.name.to_owned(), TextsView { question, paragraphs: Vec::new() })
}

/// What is said of all experiments together.
fn all() -> (String, TextsView) {
    let question = "One report with all of their rows. Only what fails on purpose is left out.".to_owned();
    ("Every experiment, one after another".to_owned(), TextsView { question, paragraphs: Vec::new() })
}

/// The plan that is run again, for this page.
///
/// # Errors
/// What of it cannot be run here, for a human.
pub fn again(plan: Plan, facts: &PageFacts, walls: &Walls) -> PlanView {
    let name = match (plan.stages.len(), plan.experiment()) {
        (2.., _) => ALL,
        (_, Some(name)) => name,
        (_, None) => plan.rows().next().map_or("", |row| row.workload.name()),
    };
    let (name, title) = (name.to_owned(), experiment::find(name).map(|(experiment, _)| experiment.title.clone()));
    let title = title.unwrap_or_else(|| name.clone());
    view(plan, &name, &title, facts, walls)
}

fn view(plan: Plan, name: &str, title: &str, facts: &PageFacts, walls: &Walls) -> PlanView {
    let (several, takes) = (plan.stages.len() > 1, walls.of_plan(&plan));
    let seed = plan.seed;
    let row = |row: &Row| PlanRow {
        kinds: timelines::kinds_of(&row.workload, seed),
        kind_names: timelines::kind_names(&row.workload),
        label: parlab_shared::label::RowLabel::of(row).to_string(),
        experiment: row.experiment.clone().filter(|_| several),
        runs: plan.runs_of_row(row) as usize,
        tasks: row.workload.tasks(),
        tasks_text: text::tasks(&row.workload),
        // Tasks in flight on one event loop share its lane.
        lanes: row.strategy.effective_workers(row.workers),
        waits: row.workload.nature() != Nature::Computes,
        picture: row.workload.picture_side().map(|side| Picture {
            side,
            tiles: row.workload.tiles().iter().map(|tile| [tile.x, tile.y, tile.width, tile.height]).collect(),
        }),
    };
    PlanView {
        name: name.to_owned(),
        title: title.to_owned(),
        about: about(&plan, &takes),
        left_out: draft::left_out(&plan),
        runs: plan.runs(),
        rows: plan.rows().map(row).collect(),
        estimate_ms: match takes {
            Takes::About(ms, _) => Some(ms),
            Takes::AtLeast(_) => None,
        },
        // What is in the browser cannot be gone by itself.
        needs_server: plan.needs_target() && plan.target.is_none() && facts.target == OwnTarget::Server,
        // The page's own target is beside the page, wherever a proxy has put it.
        target: facts.folder.clone(),
        needs_files: plan.rows().any(|row| row.workload.writes_files()),
        plan: serde_json::to_string(&plan).expect("a plan has only text keys"),
    }
}

/// What runs, in a sentence, and how long that takes, as far as it is known.
fn about(plan: &Plan, takes: &Takes) -> String {
    let (rows, runs) = (Counted(plan.rows().count() as u64, "row"), Counted(plan.runs() as u64, "run"));
    let each = match &plan.stages[..] {
        [stage] => {
            let warmup = if stage.warmup == 0 { String::new() } else { format!("{} warm-up and ", stage.warmup) };
            let few = if stage.runs < VALUES_FOR_INTERVAL { ", too few for intervals" } else { "" };
            format!(", {warmup}{} measured each{few}", stage.runs)
        }
        stages => format!(" of {}", Counted(stages.len() as u64, "experiment")),
    };
    let mut tasks: Vec<String> = plan.rows().map(|row| text::tasks(&row.workload)).collect();
    tasks.dedup();
    let tasks = if let [tasks] = &tasks[..] { format!(" of {tasks}") } else { String::new() };
    format!("{rows}{each}: {runs}{tasks}. {}", takes.text())
}

#[cfg(test)]
mod tests {
    use parlab_shared::measure::option::{OPTIONS, Scope};

    use super::*;
    use crate::views::Control;

    fn facts() -> PageFacts {
        PageFacts {
            folder: Some("http://127.0.0.1:8000/".to_owned()),
            target: OwnTarget::Server,
            unshared: None,
            unfiled: None,
            build: String::new(),
        }
    }

    fn of(parameters: &[(&str, &str)]) -> SetUpView {
        set_up(
            parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            &facts(),
            &Walls::default(),
        )
    }

    #[test]
    fn an_experiment_has_a_form_and_a_plan() {
        let view = of(&[("run", "cpu-heavy"), ("workers", "1,2"), ("scale", "smoke")]);
        assert_eq!(view.problems, []);
        let plan = view.plan.expect("a plan");
        assert_eq!((plan.name.as_str(), plan.needs_server), ("cpu-heavy", false));
        assert!(plan.rows.iter().all(|row| row.tasks > 0 && row.runs > 0));
        assert!(serde_json::from_str::<Plan>(&plan.plan).is_ok());
        assert!(view.source.is_some() && !view.fields.is_empty() && !view.panel.is_empty());
        assert!(view.code.iter().any(|code| code.text.contains("pub fn count(")), "{:?}", view.code);
    }

    #[test]
    fn the_pages_own_target_is_no_other_one() {
        let plan = of(&[("run", "post")]).plan.expect("a plan");
        assert_eq!((plan.needs_server, plan.target.as_deref()), (true, Some("http://127.0.0.1:8000/")));
        let plan: Plan = serde_json::from_str(&plan.plan).expect("a plan");
        assert_eq!(parlab_shared::report::recorded(&plan).count(), 0);
        let plan = of(&[("run", "post"), ("target", "http://127.0.0.1:81/a b")]).plan.expect("a plan");
        assert!(!plan.needs_server && plan.plan.contains("http://127.0.0.1:81/"), "{}", plan.plan);
    }

    #[test]
    fn a_target_in_the_browser_is_named_and_what_it_cannot_show_is_said() {
        let of = |target: OwnTarget, parameters: &[(&str, &str)]| {
            let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            set_up(parameters, &PageFacts { target, ..facts() }, &Walls::default())
        };
        let said = |view: &SetUpView| {
            let here = view.texts.paragraphs.iter().find(|(heading, _)| heading == "Where the target is");
            here.map(|(_, text)| text.clone())
        };
        let view = of(OwnTarget::Browser, &[("run", "connections")]);
        assert!(said(&view).is_some_and(|text| text.starts_with("The limit is one of connections to a server")));
        assert!(view.plan.is_some_and(|plan| !plan.needs_server), "it cannot go away by itself");
        assert!(
            said(&of(OwnTarget::Browser, &[("run", "post")])).is_some_and(|text| text.starts_with("In this browser: "))
        );
        for (target, parameters) in [
            (OwnTarget::Server, &[("run", "post")][..]),
            (OwnTarget::Browser, &[("run", "cpu-heavy")]),
            (OwnTarget::Browser, &[("run", "post"), ("target", "http://127.0.0.1:81/")]),
        ] {
            assert_eq!(said(&of(target.clone(), parameters)), None, "{target:?} {parameters:?}");
        }
    }

    #[test]
    fn strategies_are_offered_with_that_reason_where_there_is_no_target() {
        let lack = crate::questions::Lack { reason: "there is none".to_owned(), fix: "get one".to_owned() };
        let facts = PageFacts { target: OwnTarget::Missing(lack), ..facts() };
        let reasons = |parameters: &[(&str, &str)]| -> Vec<Option<String>> {
            let parameters = parameters.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let view = set_up(parameters, &facts, &Walls::default());
            let field = view.fields.into_iter().find(|field| field.key == "strategy").expect("a field");
            let Control::Chips(choices) = field.control else { panic!("choices") };
            choices.into_iter().map(|choice| choice.unavailable).collect()
        };
        assert!(reasons(&[("run", "post")]).iter().all(|reason| reason.as_deref() == Some("needs a target")));
        assert!(reasons(&[("run", "post"), ("target", "http://127.0.0.1:81/")]).iter().all(Option::is_none));
        assert!(reasons(&[("run", "cpu-heavy")]).iter().all(Option::is_none));
    }

    #[test]
    fn fields_take_several_values_where_each_has_rows() {
        let several = [("run", "dictionary"), ("strategy", "threads"), ("workers", "2"), ("size", "1e2,1e3")];
        let view = of(&[&several[..], &[("sharing", "merge,lock")]].concat());
        assert_eq!(view.problems, []);
        let labels: Vec<String> = view.plan.expect("a plan").rows.iter().map(|row| row.label.clone()).collect();
        let expected = ["inserts 100, sharing merge", "inserts 100, sharing lock", "inserts 1,000, sharing merge"];
        assert_eq!(labels[..3], expected.map(|values| format!("threads × 2, {values}")));
        let field = |key: &str| view.panel.iter().find(|field| field.key == key).expect("a field");
        assert!(["tasks", "size", "latency"].iter().all(|key| field(key).hint.ends_with("; several with commas")));
        let Control::Chips(choices) = &field("sharing").control else { panic!("{:?}", field("sharing")) };
        let chosen: Vec<&str> =
            choices.iter().filter(|choice| choice.chosen).map(|choice| choice.value.as_str()).collect();
        assert_eq!(chosen, ["lock", "merge"]);
        assert!(choices.iter().all(|choice| !choice.by_default), "with none of them the experiment decides");
    }

    #[test]
    fn what_is_unknown_is_named_and_nothing_else_is_set_up() {
        let view = of(&[("run", "nope")]);
        let [problem] = &view.problems[..] else { panic!("{:?}", view.problems) };
        assert!(problem.text.starts_with("there is no experiment or workload \"nope\""), "{}", problem.text);
        assert!(view.plan.is_none() && view.fields.is_empty());
    }

    #[test]
    fn problems_name_their_field() {
        for (key, value) in [("workers", "many"), ("tasks", "0"), ("strategy", ""), ("runs", "-1"), ("seed", "inf")] {
            let view = of(&[("run", "sum"), (key, value)]);
            let keys: Vec<_> = view.problems.iter().map(|problem| problem.key.as_deref()).collect();
            assert_eq!(keys, [Some(key)], "{key}={value}: {:?}", view.problems);
            assert!(view.plan.is_none(), "{key}: something else would be run");
            let field = view.fields.iter().chain(&view.panel).find(|field| field.key == key);
            assert!(field.is_some_and(|field| field.problem.is_some()), "{key}");
        }
        for (parameters, expected) in [
            (&[("run", "sum"), ("wokers", "2")][..], "there is no parameter \"wokers\""),
            (
                &[("run", "sum"), ("runs", "1"), ("runs", "2")],
                "runs is given twice, as \"1\" and as \"2\": give it once",
            ),
        ] {
            let view = of(parameters);
            assert!(view.problems.iter().any(|problem| problem.text.starts_with(expected)), "{:?}", view.problems);
        }
    }

    #[test]
    fn every_option_says_beside_its_field_what_can_be_used() {
        // Which methods there are, the work says.
        for option in OPTIONS.iter().filter(|option| option.scope != Scope::Methods) {
            let view = of(&[("run", "crawl"), (option.key, "no such thing")]);
            let [problem] = &view.problems[..] else { panic!("{}: {:?}", option.key, view.problems) };
            assert_eq!(problem.key.as_deref(), Some(option.key), "{}", problem.text);
            let (value, fix) = problem.text.split_once(" cannot be used: ").expect("a reason");
            assert_eq!(value, format!("{} = \"no such thing\"", option.key));
            // Words of the machine's own are no help.
            assert!(!fix.contains("invalid") && fix.contains("use "), "{}", problem.text);
            assert!(view.plan.is_none(), "{}", option.key);
            let field = view.fields.iter().chain(&view.panel).find(|field| field.key == option.key);
            assert!(field.is_some_and(|field| field.problem.is_some()), "{} has no field", option.key);
        }
    }

    #[test]
    fn what_is_no_scale_is_said_at_its_field_where_none_is_chosen() {
        let view = of(&[("run", "sum"), ("scale", "tiny")]);
        assert!(view.plan.is_none());
        let field = view.fields.iter().find(|field| field.key == "scale").expect("a field");
        let problem = field.problem.as_deref().expect("a reason");
        assert!(problem.contains("\"tiny\"") && problem.ends_with("use one of exact, lab, smoke"), "{problem}");
        let Control::Segments(choices) = &field.control else { panic!("{field:?}") };
        assert!(choices.iter().all(|choice| !choice.chosen));
        for (parameters, expected) in [(&[("run", "sum")][..], "lab"), (&[("run", "sum"), ("scale", "smoke")], "smoke")]
        {
            let view = of(parameters);
            let field = view.fields.iter().find(|field| field.key == "scale").expect("a field");
            let Control::Segments(choices) = &field.control else { panic!("{field:?}") };
            let chosen: Vec<&str> =
                choices.iter().filter(|choice| choice.chosen).map(|choice| &*choice.value).collect();
            assert_eq!(chosen, [expected]);
        }
        // Without anything to run there is no field, and the reason is said all the same.
        let view = of(&[("scale", "tiny")]);
        assert!(view.fields.is_empty() && view.problems[0].text.contains("use one of exact, lab, smoke"));
    }

    #[test]
    fn strategies_that_cannot_do_the_work_are_offered_with_their_reason() {
        let offered = |name: &str| -> Vec<String> {
            let view = of(&[("run", name)]);
            let field = view.fields.into_iter().find(|field| field.key == "strategy").expect("a field");
            let Control::Chips(choices) = field.control else { panic!("choices") };
            choices.into_iter().filter(|choice| choice.unavailable.is_none()).map(|choice| choice.value).collect()
        };
        assert_eq!(offered("frames"), ["sequential"]);
        assert_eq!(offered("cpu-heavy"), ["sequential", "async", "threads", "processes"]);
        // How they would be spread is no question then.
        let keys = |name: &str| -> Vec<String> {
            let view = of(&[("run", name)]);
            view.fields.iter().chain(&view.panel).map(|field| field.key.clone()).collect()
        };
        for key in ["workers", "dispatch"] {
            let key = key.to_owned();
            assert!(!keys("frames").contains(&key) && keys("cpu-heavy").contains(&key), "{key}");
        }
    }

    #[test]
    fn what_scripts_give_is_named_as_it_was_given() {
        for key in ["seed", "workers", "runs"] {
            let view = of(&[("run", "cpu-heavy"), (key, "null")]);
            let expected = format!("{key} = \"null\" cannot be used: use ");
            assert!(view.problems[0].text.starts_with(&expected), "{}", view.problems[0].text);
        }
    }

    #[test]
    fn half_the_tasks_of_a_mixture_wait() {
        let kinds = |seed| {
            let plan = of(&[("run", "mixed"), ("scale", "smoke"), ("seed", seed)]).plan.expect("a plan");
            assert_eq!(plan.rows[0].kind_names, ["computes", "waits"]);
            assert_eq!(plan.rows[0].kinds.len(), plan.rows[0].tasks as usize);
            plan.rows[0].kinds.clone()
        };
        let waiting = kinds("7").iter().filter(|kind| **kind == 1).count();
        assert!(waiting.abs_diff(kinds("7").len() - waiting) <= 1);
        assert_ne!(kinds("7"), kinds("8"), "the seed decides");
        assert!(of(&[("run", "cpu-heavy")]).plan.is_some_and(|plan| plan.rows.iter().all(|row| row.kinds.is_empty())));
    }

    #[test]
    fn what_draws_has_a_picture_and_its_tiles() {
        let plan = of(&[("run", "mandelbrot"), ("scale", "smoke")]).plan.expect("a plan");
        let picture = plan.rows[0].picture.as_ref().expect("a picture");
        assert_eq!(picture.tiles.len(), plan.rows[0].tasks as usize);
    }
}
