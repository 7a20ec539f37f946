//! What is known of the lab's machine.

use parlab_shared::number::{Counted, Time};
use parlab_shared::report::{Browser, Environment};
use parlab_shared::say;

use crate::questions::PageFacts;
use crate::views::{Fact, MachineView};

/// What is known of a machine.
pub fn view(environment: &Environment, facts: &PageFacts) -> MachineView {
    let of_browser = |fact: fn(&Browser) -> String| environment.browser.as_ref().map_or_else(unknown, fact);
    let tool = facts.tool();
    let shared = facts.unshared.as_ref().map_or("yes".to_owned(), |unshared| format!("no: {}", unshared.reason));
    let isolated =
        environment.cross_origin_isolated.map_or_else(unknown, |yes| if yes { "yes" } else { "no" }.to_owned());
    let speed = say::parallel_speed(environment);
    let list = [
        ("cores", "Cores, as the browser says", environment.cores.to_string()),
        ("parallel-speed", "Cores together, measured", speed.unwrap_or_else(|| "not measured yet".to_owned())),
        ("browser", "Browser", of_browser(|browser| format!("{} {}", browser.name, browser.version))),
        ("engine", "Engine", of_browser(|browser| browser.engine.clone())),
        ("os", "System", environment.os.clone()),
        ("arch", "Code is compiled to", environment.arch.clone()),
        ("isolated", "Cross-origin isolated", isolated),
        ("shared-memory", "Shared memory", shared),
        ("clock-step", "Clock step, measured", Time(environment.clock_step_ms).to_string()),
        ("version", "parlab", tool.version),
        ("build", "Build", tool.build),
    ];
    let fact = |(key, name, value): (&str, &str, String)| Fact { key: key.to_owned(), name: name.to_owned(), value };
    let name = environment.browser.as_ref().map_or_else(String::new, |browser| format!(" · {}", browser.name));
    let like = environment.computes_like().map_or_else(String::new, |like| format!(" (computes like {like})"));
    let memory = if facts.unshared.is_none() { "shared memory" } else { "no shared memory" };
    MachineView {
        short: format!("{}{like}{name} · {memory}", Counted(environment.cores.into(), "core")),
        facts: list.map(fact).into(),
    }
}

fn unknown() -> String {
    "not known".to_owned()
}
