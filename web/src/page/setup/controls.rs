//! The controls of the form: one for each option of the table, by what its value looks like.

use parlab_shared::experiment::Experiment;
use parlab_shared::measure::option::{DefaultValue, Kind, OPTIONS, Place, RequestOption, Scope};
use parlab_shared::scale::Scale;
use parlab_shared::strategy::{Platform, Strategy};
use parlab_shared::workload::Workload;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::super::draft::Draft;
use super::super::text;
use super::{available, available_strategies};

/// Called with a parameter and its text; with `None`, the experiment decides.
pub type OnChange = Callback<(&'static str, Option<String>)>;

/// What the controls depend on.
#[derive(Properties, PartialEq)]
pub struct OptionsProps {
    /// What is asked for so far.
    pub draft: Draft,
    /// The chosen experiment, by its name; none of them if it is every one.
    pub experiment: Option<&'static str>,
    /// Called when something is changed.
    pub on_change: OnChange,
}

impl OptionsProps {
    fn experiment(&self) -> Option<&'static Experiment> {
        self.experiment.and_then(parlab_shared::experiment::find).map(|(experiment, _)| experiment)
    }

    fn scale(&self) -> Scale {
        self.draft.get("scale").parse().unwrap_or_default()
    }

    fn workload(&self) -> Option<&'static Workload> {
        self.experiment().map(|experiment| experiment.workload(self.scale()))
    }

    /// The options that are offered in a place, in the table's order.
    fn offered(&self, place: Place) -> Vec<&'static RequestOption> {
        let workload = self.workload();
        let is_offered =
            |option: &&RequestOption| option.place == place && option.is_offered(workload, |key| self.draft.has(key));
        OPTIONS.iter().filter(is_offered).collect()
    }

    fn control(&self, option: &'static RequestOption) -> Html {
        match option.kind {
            Kind::Strategies => self.strategies(option),
            // One of few that everybody chooses stands open.
            Kind::Choice(_) if option.place == Place::Top => scales("scale", self.scale(), &self.on_change),
            Kind::Choice(names) => self.select(option, names, |name| name),
            Kind::Flag => self.select(option, &["1", "0"], |value| if value == "1" { "yes" } else { "no" }),
            Kind::Numbers { .. } | Kind::Number { .. } => self.field(option, "numeric"),
            Kind::Percent | Kind::Seconds { .. } => self.field(option, "decimal"),
            Kind::Address => self.field(option, "url"),
            Kind::Addresses => self.lines(option),
            Kind::Text => self.field(option, "text"),
        }
    }

    /// What stands below a control.
    fn hint(&self, option: &RequestOption) -> String {
        match (option.scope, option.kind, self.workload()) {
            (Scope::Sized, _, Some(workload)) => {
                let size = workload.entry().size.as_ref();
                size.map_or_else(|| option.scope.misfit(workload), |size| format!("{}: {}", size.name, size.means))
            }
            (_, Kind::Numbers { from, .. }, _) => {
                let [to, in_flight] =
                    [Strategy::Threads, Strategy::Async].map(|strategy| strategy.workers_max(Platform::Browser));
                format!("{from} to {to}, async to {in_flight}; several with commas")
            }
            _ => option.help.to_owned(),
        }
    }

    fn strategies(&self, option: &'static RequestOption) -> Html {
        let default = self.experiment().map_or_else(Vec::new, available_strategies);
        let chosen: Vec<Strategy> = match self.draft.has(option.key) {
            true => self.draft.get(option.key).split(',').filter_map(|name| name.trim().parse().ok()).collect(),
            false => default.clone(),
        };
        let toggle = |strategy: Strategy| {
            let (default, chosen) = (default.clone(), chosen.clone());
            self.on_change.reform(move |event: Event| {
                let checked = event.target_unchecked_into::<HtmlInputElement>().checked();
                let is_in = |known: &Strategy| if *known == strategy { checked } else { chosen.contains(known) };
                let next: Vec<Strategy> = Strategy::ALL.iter().copied().filter(is_in).collect();
                let names: Vec<&str> = next.iter().map(|strategy| strategy.name()).collect();
                (option.key, (next != default).then(|| names.join(",")))
            })
        };
        html! {
            <fieldset class="chips" key={option.key}>
                <legend>{ option.label }</legend>
                for strategy in Strategy::ALL.iter().copied() {
                    <label class="chip" key={strategy.name()}>
                        <input
                            type="checkbox" name={option.key} id={format!("{}-{strategy}", option.key)}
                            value={strategy.name()}
                            checked={chosen.contains(&strategy)} disabled={!available(strategy)}
                            onchange={toggle(strategy)}
                        />
                        <span class="chip-name">{ strategy.name() }</span>
                        <span class="chip-about">{
                            if available(strategy) { text::strategy(strategy) } else { "needs shared memory" }
                        }</span>
                    </label>
                }
            </fieldset>
        }
    }

    /// What is typed is text, so that a value that cannot be is refused with its reason instead of vanishing.
    fn field(&self, option: &'static RequestOption, keyboard: &'static str) -> Html {
        let oninput = self.on_change.reform(move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            let value = value.trim();
            (option.key, (!value.is_empty()).then(|| value.to_owned()))
        });
        let default = option.default_text(self.experiment(), self.scale());
        self.labelled(
            option,
            html! {
                <input
                    id={option.key} name={option.key} type="text" inputmode={keyboard} autocomplete="off"
                    spellcheck="false" value={self.draft.get(option.key).to_owned()} placeholder={default}
                    aria-describedby={format!("{}-hint", option.key)} {oninput}
                />
            },
        )
    }

    /// A text of several lines.
    fn lines(&self, option: &'static RequestOption) -> Html {
        let oninput = self.on_change.reform(move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlTextAreaElement>().value();
            (option.key, (!value.trim().is_empty()).then_some(value))
        });
        let default = option.default_text(self.experiment(), self.scale());
        self.labelled(
            option,
            html! {
                <textarea
                    id={option.key} name={option.key} rows="3" autocomplete="off" spellcheck="false"
                    value={self.draft.get(option.key).to_owned()} placeholder={default}
                    aria-describedby={format!("{}-hint", option.key)} {oninput}
                />
            },
        )
    }

    fn select(
        &self,
        option: &'static RequestOption,
        values: &'static [&'static str],
        name: impl Fn(&'static str) -> &'static str,
    ) -> Html {
        let onchange = self.on_change.reform(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            (option.key, (!value.is_empty()).then_some(value))
        });
        let chosen = self.draft.get(option.key);
        let default = match option.default {
            DefaultValue::Fixed(value) => value,
            DefaultValue::Nothing(_) | DefaultValue::Workload | DefaultValue::Experiment(_) => "the experiment's own",
        };
        self.labelled(
            option,
            html! {
                <select
                    id={option.key} name={option.key} aria-describedby={format!("{}-hint", option.key)} {onchange}
                >
                    <option value="" selected={chosen.is_empty()}>{ default }</option>
                    for value in values.iter().copied().filter(|value| *value != default || *value == chosen) {
                        <option {value} selected={value == chosen}>{ name(value) }</option>
                    }
                </select>
            },
        )
    }

    fn labelled(&self, option: &RequestOption, control: Html) -> Html {
        let unit = option.unit.map(|unit| format!(", {unit}"));
        html! {
            <div class="field" key={option.key}>
                <label for={option.key}>{ option.label }{ unit }</label>
                { control }
                <p class="hint" id={format!("{}-hint", option.key)}>{ self.hint(option) }</p>
            </div>
        }
    }
}

/// Every option: what everybody chooses in sight, the others in a panel, each where it has a meaning.
#[component]
pub fn Options(props: &OptionsProps) -> Html {
    let (top, panel) = (props.offered(Place::Top), props.offered(Place::Panel));
    let (open_top, fields): (Vec<_>, Vec<_>) = top.into_iter().partition(|option| option.kind == Kind::Strategies);
    // Once it had to be open it stays so: a field that is emptied must not vanish under the hand.
    let open = use_mut_ref(|| false);
    let is_used = props.experiment.is_none() || panel.iter().any(|option| props.draft.has(option.key));
    let is_open = *open.borrow() || is_used;
    *open.borrow_mut() = is_open;
    let sends = panel.iter().any(|option| option.scope == Scope::Requests);
    html! {
        <>
        for option in open_top {
            { props.control(option) }
        }
        <div class="fields">
            for option in fields {
                { props.control(option) }
            }
        </div>
        <details class="more" open={is_open}>
            <summary>{ if sends { "Sizes, repetitions, seed and requests" } else { "Sizes, repetitions and seed" } }</summary>
            <div class="fields">
                for option in panel {
                    { props.control(option) }
                }
            </div>
        </details>
        </>
    }
}

/// The choice of a scale, in a group of controls with a name of its own.
pub fn scales(group: &'static str, chosen: Scale, on_change: &OnChange) -> Html {
    let about = |scale| match scale {
        Scale::Exact => "the source's own sizes",
        Scale::Lab => "long enough to measure",
        Scale::Smoke => "a first look, seconds",
    };
    html! {
        <fieldset class="segments" key={group}>
            <legend>{ "Scale" }</legend>
            <div class="segment-row">
            for scale in Scale::ALL.iter().copied() {
                <label class="segment" key={scale.name()} title={about(scale)}>
                    <input
                        type="radio" name={group} id={format!("{group}-{scale}")} value={scale.name()}
                        checked={scale == chosen}
                        onchange={on_change.reform(move |_: Event| ("scale", Some(scale.name().to_owned())))}
                    />
                    <span>{ scale.name() }</span>
                </label>
            }
            </div>
            <p class="hint">{ about(chosen) }</p>
        </fieldset>
    }
}
