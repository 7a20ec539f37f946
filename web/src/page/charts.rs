//! Charts, each drawn in a task of its own: all of a report together would take a while.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use parlab_shared::analysis::{Analysis, Comparison, PairAnalysis, RowAnalysis, compare_analyses};
use parlab_shared::chart::{self, Chart, ChartGroup, ChartKind, Detail};
use parlab_shared::report::Report;
use parlab_shared::row::Row;
use yew::prelude::*;
use yew::virtual_dom::VNode;

use super::browser;
use super::figure::Figure;
use super::state::Shared;
use crate::views::ChartView;

/// What charts are of.
#[derive(Clone, PartialEq)]
pub enum Subject {
    /// A part of a report, by its place.
    Part(Shared<Report>, usize),
    /// Two reports side by side, the baseline first.
    Pair(Shared<Pair>),
    /// An experiment of a pair, by its place.
    Stage(Shared<Vec<Report>>, usize),
}

/// Two reports side by side, the baseline first.
pub struct Pair {
    /// The baseline and the candidate.
    pub reports: [Rc<Report>; 2],
    /// What they are called.
    pub names: [String; 2],
    /// The rows of both whose timelines are drawn.
    pub timelines: Vec<[Row; 2]>,
}

/// What the charts show.
#[derive(Properties, PartialEq)]
pub struct ChartsProps {
    /// What they are of.
    pub subject: Subject,
    /// The level of headings.
    pub level: u8,
}

/// A chart as the page has it.
#[derive(Clone, PartialEq)]
struct Drawn {
    kind: ChartKind,
    view: Rc<ChartView>,
}

/// The charts of a subject as far as they are drawn, and whether these are all.
#[derive(Clone, PartialEq)]
struct Progress {
    subject: Subject,
    charts: Vec<Drawn>,
    done: bool,
}

/// How many sets of charts there were in the page: each has a number of its own, and so have the ids in them.
static SETS: AtomicU32 = AtomicU32::new(0);

/// The charts, which appear one after another.
#[component]
pub fn Charts(props: &ChartsProps) -> Html {
    let scope = use_memo((), |()| format!("charts-{}", SETS.fetch_add(1, Ordering::Relaxed)));
    let progress = use_state(|| None::<Progress>);
    {
        let setter = progress.setter();
        use_effect_with(props.subject.clone(), move |subject| {
            let (subject, wanted) = (subject.clone(), Rc::new(Cell::new(true)));
            let still_wanted = wanted.clone();
            wasm_bindgen_futures::spawn_local(async move {
                // What stands around the charts is shown first.
                browser::sleep_ms(0.0).await;
                let show = |charts: &[Drawn], done: bool| {
                    setter.set(Some(Progress { subject: subject.clone(), charts: charts.to_vec(), done }));
                };
                draw(&subject, &scope, &still_wanted, show).await;
            });
            move || wanted.set(false)
        });
    }
    let progress = progress.as_ref().filter(|progress| progress.subject == props.subject);
    let charts = progress.map_or(&[][..], |progress| &progress.charts);
    html! {
        <>
        for group in ChartGroup::ALL {
            { grouped(*group, props.level, charts) }
        }
        if !progress.is_some_and(|progress| progress.done) {
            <p class="hint">{ "Drawing …" }</p>
        }
        </>
    }
}

async fn draw(subject: &Subject, scope: &str, wanted: &Cell<bool>, show: impl FnMut(&[Drawn], bool)) {
    match subject {
        Subject::Part(report, place) => {
            let Some(part) = Analysis::part(report, *place) else { return };
            let timelines = chart::timelines(&part, Detail::FULL, scope).map(|(_, chart)| chart);
            in_turn(chart::figures(&part, scope).chain(timelines), wanted, show).await;
        }
        Subject::Pair(pair) => {
            let [baseline, candidate] = [0, 1].map(|side| Analysis::of(&pair.reports[side]));
            let [of_baseline, of_candidate] = [0, 1].map(|side| pair.names[side].as_str());
            let timelines = pair.timelines.iter().enumerate().filter_map(|(place, rows)| {
                let rows = [(of_baseline, baseline.row(&rows[0])?), (of_candidate, candidate.row(&rows[1])?)];
                Some(chart::comparison_timelines(&rows, Detail::FULL, &format!("{scope}-{place}")))
            });
            let comparison = compare_analyses(&baseline, &candidate);
            let sides = [(of_baseline, &baseline), (of_candidate, &candidate)];
            let figures = chart::comparison_figures(&sides, &[&comparison], scope);
            in_turn(figures.into_iter().chain(timelines), wanted, show).await;
        }
        Subject::Stage(reports, place) => {
            let pair = PairAnalysis::of(reports);
            let Some(stage) = pair.stages.get(*place) else { return };
            let sides: Vec<(&str, &Analysis<'_>)> = pair.names.iter().map(String::as_str).zip(&stage.parts).collect();
            let comparisons: Vec<&Comparison> = pair.comparisons.iter().collect();
            let timelines = stage.rows.iter().enumerate().map(|(at, row)| {
                let names = sides.iter().enumerate();
                let sides: Vec<(&str, &RowAnalysis<'_>)> =
                    names.filter_map(|(part, (name, _))| Some((*name, stage.side(row, part)?))).collect();
                chart::comparison_timelines(&sides, Detail::FULL, &format!("{scope}-{at}"))
            });
            let figures = chart::comparison_figures(&sides, &comparisons, scope);
            in_turn(figures.into_iter().chain(timelines), wanted, show).await;
        }
    }
}

/// Shows each chart as soon as it is drawn, as long as any is wanted.
async fn in_turn(charts: impl Iterator<Item = Chart>, wanted: &Cell<bool>, mut show: impl FnMut(&[Drawn], bool)) {
    let mut drawn = Vec::new();
    for chart in charts {
        if !wanted.get() {
            return;
        }
        let Chart { kind, svg, caption, .. } = chart;
        // The first title in a picture is its own.
        let title = svg.split("-title\">").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        let title = title.to_owned();
        drawn.push(Drawn {
            kind,
            view: Rc::new(ChartView { kind: kind.name().to_owned(), title, svg, caption, table: None }),
        });
        show(&drawn, false);
        browser::sleep_ms(0.0).await;
    }
    if wanted.get() {
        show(&drawn, true);
    }
}

/// The charts of a group, if there are any.
fn grouped(group: ChartGroup, level: u8, charts: &[Drawn]) -> Html {
    let charts: Vec<&Drawn> = charts.iter().filter(|drawn| drawn.kind.group() == group).collect();
    if charts.is_empty() {
        return Html::default();
    }
    let (heading, is_pair) = match group {
        ChartGroup::Article => (None, true),
        ChartGroup::Rows => (None, false),
        ChartGroup::Timelines => (
            Some(html! {
                <>
                <@{format!("h{level}")}>{ "Timelines" }</@>
                <p class="meta">{ "The last run of each row: a bar per task, coloured by worker." }</p>
                </>
            }),
            true,
        ),
    };
    html! {
        <>
        { heading.unwrap_or_default() }
        <div class={classes!("charts", is_pair.then_some("pair"))}>
            for drawn in charts {
                <Figure chart={drawn.view.clone()} />
            }
        </div>
        </>
    }
}

/// A chart in the page.
pub fn svg(chart: String) -> VNode {
    Html::from_html_unchecked(AttrValue::from(chart))
}
