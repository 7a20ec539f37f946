//! The environment: where the page measures.

use parlab_shared::number::Time;
use parlab_shared::report::{Browser, Environment, Tool};
use yew::prelude::*;

use super::browser;
use super::state::LabState;

/// What the panel shows.
#[derive(Properties, PartialEq)]
pub struct EnvironmentPanelProps {
    /// Whether there is a lab: it is the lab that looks around.
    pub lab: LabState,
}

/// The panel.
#[component]
pub fn EnvironmentPanel(props: &EnvironmentPanelProps) -> Html {
    let known = match &props.lab {
        LabState::Ready(environment) => Some(&**environment),
        LabState::Starting | LabState::Absent(_) => None,
    };
    let tool = Tool::this(option_env!("PARLAB_BUILD"));
    let seen = |fact: &dyn Fn(&Environment) -> Option<String>| known.and_then(fact).unwrap_or("not known".to_owned());
    let of_browser = |fact: fn(&Browser) -> String| seen(&move |environment| environment.browser.as_ref().map(fact));
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let shared = match browser::shared_memory() {
        Ok(()) => "yes".to_owned(),
        Err(unshared) => format!("no: {}", unshared.reason()),
    };
    let facts = [
        ("cores", "Cores", known.map_or(browser::cores(), |environment| environment.cores).to_string()),
        ("browser", "Browser", of_browser(|browser| format!("{} {}", browser.name, browser.version))),
        ("engine", "Engine", of_browser(|browser| browser.engine.clone())),
        ("os", "System", seen(&|environment| Some(environment.os.clone()))),
        ("arch", "Runs", seen(&|environment| Some(environment.arch.clone()))),
        ("isolated", "Cross-origin isolated", yes_no(browser::is_isolated())),
        ("shared-memory", "Shared memory", shared),
        ("clock-step", "Clock step, measured", seen(&|environment| Some(Time(environment.clock_step_ms).to_string()))),
        ("version", "parlab", tool.version),
        ("build", "Build", tool.build),
    ];
    html! {
        <section class="sheet" aria-labelledby="environment-title">
            <h2 id="environment-title">{ "Environment" }</h2>
            <dl id="environment" class="facts">
                for (key, name, value) in facts {
                    <div key={key}><dt>{ name }</dt><dd data-key={key}>{ value }</dd></div>
                }
            </dl>
        </section>
    }
}

/// Why threads cannot run here, and how to make them.
#[component]
pub fn UnsharedNote() -> Html {
    let Err(unshared) = browser::shared_memory() else {
        return Html::default();
    };
    html! {
        <aside id="unshared" class="note" aria-labelledby="unshared-title">
            <h2 id="unshared-title">{ "Without shared memory" }</h2>
            <p>
                { format!("Workers cannot share memory here, because {}. ", unshared.reason()) }
                <code>{ "threads" }</code>{ " needs that memory; " }
                <code>{ "sequential" }</code>{ ", " }<code>{ "async" }</code>{ " and " }<code>{ "processes" }</code>
                { " work without it." }
            </p>
            <p>{ format!("To get it, {}.", unshared.fix()) }</p>
        </aside>
    }
}
