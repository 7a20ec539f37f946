//! The form: a field for each option of the table that has a meaning for what is chosen.

use parlab_shared::experiment::{Experiment, Variant};
use parlab_shared::measure::option::{Decides, DefaultValue, Kind, OPTIONS, Place, RequestOption, SEVERAL, Scope};
use parlab_shared::row::Row;
use parlab_shared::scale::Scale;
use parlab_shared::strategy::{Dispatch, Platform, Strategy, mechanism};
use parlab_shared::way::Handing;
use parlab_shared::workload::Workload;

use crate::analyst::draft::Draft;
use crate::analyst::text;
use crate::questions::{OwnTarget, PageFacts};
use crate::views::{Choice, Control, FieldView, Problem};

/// What the form depends on.
pub struct Form<'a> {
    /// What is asked for so far.
    pub draft: &'a Draft,
    /// The chosen experiment; none of them if it is every one.
    pub experiment: Option<&'static Experiment>,
    /// The page that shows it.
    pub facts: &'a PageFacts,
    /// What is wrong with what is asked for.
    pub problems: &'a [Problem],
}

impl Form<'_> {
    /// The fields that everybody chooses; the heading of the others, and these.
    pub fn fields(&self) -> (Vec<FieldView>, String, Vec<FieldView>) {
        let [top, panel] = [Place::Top, Place::Panel].map(|place| self.offered(place));
        let sends = panel.iter().any(|option| matches!(option.scope, Scope::Asks | Scope::Requests));
        let title = if sends { "Sizes, repetitions, seed and requests" } else { "Sizes, repetitions and seed" };
        let view =
            |options: Vec<&'static RequestOption>| options.into_iter().map(|option| self.field(option)).collect();
        (view(top), title.to_owned(), view(panel))
    }

    fn workload(&self) -> Option<&'static Workload> {
        self.experiment.map(|experiment| experiment.workload(self.draft.scale()))
    }

    /// The options that are offered in a place, in the table's order; what is wrong is offered, too, so that it can be
    /// mended.
    fn offered(&self, place: Place) -> Vec<&'static RequestOption> {
        let workload = self.workload();
        let is_set = |key: &str| self.draft.has(key) || self.is_wrong(key);
        // Work that nothing but one worker does cannot be spread in several ways.
        let is_spread =
            Strategy::ALL.iter().any(|strategy| strategy.is_concurrent() && self.lacks(*strategy).is_none());
        let has_rows = |option: &RequestOption| {
            is_spread || option.decides != Decides::Rows || option.kind == Kind::Strategies || is_set(option.key)
        };
        let is_offered =
            |option: &&RequestOption| option.place == place && option.is_offered(workload, is_set) && has_rows(option);
        OPTIONS.iter().filter(is_offered).collect()
    }

    fn is_wrong(&self, key: &str) -> bool {
        self.problems.iter().any(|problem| problem.key.as_deref() == Some(key))
    }

    fn field(&self, option: &'static RequestOption) -> FieldView {
        let unit = option.unit.map_or_else(String::new, |unit| format!(", {unit}"));
        let problem = self.problems.iter().find(|problem| problem.key.as_deref() == Some(option.key));
        FieldView {
            key: option.key.to_owned(),
            label: format!("{}{unit}", option.label),
            hint: self.hint(option),
            control: self.control(option),
            problem: problem.map(|problem| problem.text.clone()),
        }
    }

    fn control(&self, option: &'static RequestOption) -> Control {
        let default = option.default_text(self.experiment, self.draft.scale());
        let line = |keyboard: &str| Control::Line { keyboard: keyboard.to_owned(), default: default.clone() };
        match option.kind {
            Kind::Strategies => Control::Chips(self.strategies(option)),
            // One of few that everybody chooses stands open.
            Kind::Choice(_) if option.place == Place::Top => {
                Control::Segments(scales((!self.is_wrong(option.key)).then_some(self.draft.scale())))
            }
            Kind::Choice(names) => self.list(option, names, |name| name),
            Kind::Choices(names) => Control::Chips(self.several(option, names)),
            Kind::Flag => self.list(option, &["1", "0", "1,0"], |value| match value {
                "1" => "yes",
                "0" => "no",
                _ => "with and without",
            }),
            Kind::Numbers { .. } | Kind::Sizes | Kind::Number { .. } => line("numeric"),
            Kind::Percent | Kind::Seconds { .. } => line("decimal"),
            Kind::Address => line("url"),
            Kind::Addresses => Control::Lines { default },
            Kind::Texts => match self.workload().map(Workload::methods) {
                Some(methods) if option.scope == Scope::Methods => Control::Chips(self.several(option, methods)),
                _ => line("text"),
            },
        }
    }

    /// What stands below a control.
    fn hint(&self, option: &RequestOption) -> String {
        match (option.scope, option.kind, self.workload()) {
            (Scope::Sized, _, Some(workload)) => match workload.entry().size.as_ref() {
                Some(size) => format!("{}: {}{SEVERAL}", size.name, size.means),
                None => option.scope.misfit(workload),
            },
            (_, Kind::Numbers { from, .. }, _) if option.decides == Decides::Rows => {
                let [to, isolated, in_flight] = [Strategy::Threads, Strategy::Processes, Strategy::Async]
                    .map(|strategy| strategy.workers_max(Platform::Browser));
                format!("{from} to {to}, processes to {isolated}, async to {in_flight}{SEVERAL}")
            }
            (_, Kind::Numbers { .. } | Kind::Sizes | Kind::Texts, _) => format!("{}{SEVERAL}", option.help),
            _ => option.help.to_owned(),
        }
    }

    fn strategies(&self, option: &'static RequestOption) -> Vec<Choice> {
        let is_available = |strategy: Strategy| self.lacks(strategy).is_none();
        let by_default = self.experiment.map_or_else(Vec::new, Experiment::strategies);
        let chosen: Vec<Strategy> = match self.draft.has(option.key) {
            true => self.draft.get(option.key).split(',').filter_map(|name| name.trim().parse().ok()).collect(),
            false => by_default.clone(),
        };
        let choice = |strategy: Strategy| Choice {
            value: strategy.name().to_owned(),
            name: strategy.name().to_owned(),
            about: text::strategy(strategy).to_owned(),
            chosen: chosen.contains(&strategy) && is_available(strategy),
            by_default: by_default.contains(&strategy) && is_available(strategy),
            unavailable: self.lacks(strategy).map(str::to_owned),
        };
        Strategy::ALL.iter().copied().map(choice).collect()
    }

    /// Why the page cannot do the chosen work by a strategy, if it cannot do any of it.
    fn lacks(&self, strategy: Strategy) -> Option<&'static str> {
        if strategy.needs_shared_memory() && self.facts.unshared.is_some() {
            return Some("needs shared memory");
        }
        let rows = self.experiment?.rows(self.draft.scale(), Platform::Browser, Variant::default());
        let names_server = ["target", "url", "urls"].iter().any(|key| self.draft.has(key));
        if matches!(self.facts.target, OwnTarget::Missing(_))
            && !names_server
            && rows.iter().all(|row| row.workload.asks_target())
        {
            return Some("needs a target");
        }
        let carried_out =
            |row: &Row| mechanism(&row.workload, strategy, Dispatch::default(), Handing::default(), Platform::Browser);
        let refusals: Result<Vec<_>, _> = rows.iter().map(|row| carried_out(row).err().ok_or(())).collect();
        refusals.ok()?.first().copied()
    }

    /// Some of several names; if there are none, the experiment decides.
    fn several(&self, option: &'static RequestOption, names: &[&'static str]) -> Vec<Choice> {
        let chosen: Vec<&str> = self.draft.get(option.key).split(',').map(str::trim).collect();
        let choice = |name: &&str| Choice {
            value: (*name).to_owned(),
            name: (*name).to_owned(),
            about: String::new(),
            chosen: chosen.contains(name),
            by_default: false,
            unavailable: None,
        };
        names.iter().map(choice).collect()
    }

    fn list(
        &self,
        option: &'static RequestOption,
        values: &'static [&'static str],
        name: impl Fn(&'static str) -> &'static str,
    ) -> Control {
        let default = match option.default {
            DefaultValue::Fixed(value) => value,
            DefaultValue::Nothing(_) | DefaultValue::Workload | DefaultValue::Experiment(_) => "the experiment's own",
        };
        let chosen = option.rewritten(self.draft.get(option.key));
        let choices =
            values.iter().copied().filter(|value| *value != default || *value == chosen).map(|value| Choice {
                value: value.to_owned(),
                name: name(value).to_owned(),
                about: String::new(),
                chosen: value == chosen,
                by_default: false,
                unavailable: None,
            });
        Control::List { default: default.to_owned(), choices: choices.collect() }
    }
}

/// The scales, of which one is chosen, if what is asked for is one.
pub fn scales(chosen: Option<Scale>) -> Vec<Choice> {
    let choice = |scale: Scale| Choice {
        value: scale.name().to_owned(),
        name: scale.title().to_owned(),
        about: scale.about().to_owned(),
        chosen: Some(scale) == chosen,
        by_default: scale == Scale::default(),
        unavailable: None,
    };
    Scale::ALL.iter().copied().map(choice).collect()
}
