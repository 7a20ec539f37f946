//! The chart as it stands in the page.

use std::cell::RefCell;
use std::rc::Rc;

use parlab_shared::chart::STYLE;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::file::{self, file};
use super::marks::{Marks, mark_at};
use super::picture;
use crate::page::tip::Tip;
use crate::page::{led, table};
use crate::views::ChartView;

/// So many marks are passed with one key for pages.
const PAGE: usize = 10;

/// What a figure shows.
#[derive(Properties, PartialEq)]
pub struct FigureProps {
    /// The chart.
    pub chart: Rc<ChartView>,
}

/// The mark that is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Chosen {
    mark: usize,
    /// By keys or touch, not by passing over it.
    spoken: bool,
}

/// A chart with what belongs to it.
#[component]
pub fn Figure(props: &FigureProps) -> Html {
    let chart = &props.chart;
    use_effect_with(chart.id.clone(), |id| led::drawn(id));
    html! {
        <figure
            id={chart.id.clone()} class="chart-box" tabindex="-1" data-chart={chart.kind.clone()}
            aria-labelledby={format!("{}-title", chart.id)}
        >
            <Plot chart={chart.clone()} />
            if let Some(caption) = &chart.caption {
                <figcaption>{ caption }</figcaption>
            }
            <Tools chart={chart.clone()} />
            <Behind chart={chart.clone()} />
        </figure>
    }
}

/// The picture and the tips of its marks: one stop for the Tab key, in which arrow keys lead from mark to mark.
#[component]
fn Plot(props: &FigureProps) -> Html {
    let chart = &props.chart;
    let root = use_node_ref();
    let marks = use_mut_ref(|| None::<Marks>);
    let chosen = use_state_eq(|| None::<Chosen>);
    // The picture is written by the writer of charts, which escapes all text in it, and checked by its tests.
    let svg = use_memo(chart.clone(), |chart| Html::from_html_unchecked(AttrValue::from(chart.svg.clone())));
    {
        let (marks, chosen) = (marks.clone(), chosen.setter());
        // Another picture has other marks.
        use_effect_with(chart.clone(), move |_| {
            marks.replace(None);
            chosen.set(None);
        });
    }
    {
        let marks = marks.clone();
        use_effect_with(*chosen, move |chosen| {
            let now = chosen.map(|chosen| chosen.mark);
            if let Some(marks) = &*marks.borrow() {
                marks.choose(None, now);
            }
            move || {
                if let Some(marks) = &*marks.borrow() {
                    marks.choose(now, None);
                }
            }
        });
    }
    if !file::has_marks(&chart.svg) {
        return html! { <div class="plot">{ (*svg).clone() }</div> };
    }

    let choose = {
        let (root, marks, chosen) = (root.clone(), marks.clone(), chosen.clone());
        Rc::new(move |which: &dyn Fn(usize) -> Option<usize>, spoken: bool| {
            let Some(root) = root.cast::<Element>() else { return };
            let count = marks.borrow_mut().get_or_insert_with(|| Marks::take(&root)).len();
            chosen.set(which(count).filter(|mark| *mark < count).map(|mark| Chosen { mark, spoken }));
        })
    };
    let pointed = {
        let choose = choose.clone();
        Callback::from(move |event: PointerEvent| {
            let is_touch = event.pointer_type() != "mouse";
            // The marks are taken before the one is looked for.
            choose(&|_| event.target_dyn_into::<Element>().and_then(|target| mark_at(&target)), is_touch);
        })
    };
    let onpointerdown = pointed.clone();
    let onpointerleave = {
        let chosen = chosen.clone();
        move |event: PointerEvent| {
            // A finger that is lifted has still asked.
            if event.pointer_type() == "mouse" {
                chosen.set(None);
            }
        }
    };
    let onblur = {
        let chosen = chosen.clone();
        move |_: FocusEvent| chosen.set(None)
    };
    let onfocus = {
        let (choose, root) = (choose.clone(), root.clone());
        move |_: FocusEvent| {
            let by_keys = root.cast::<Element>().is_some_and(|root| root.matches(":focus-visible").unwrap_or(false));
            if by_keys {
                choose(&|_| Some(0), true);
            }
        }
    };
    let onkeydown = {
        let chosen = chosen.clone();
        move |event: KeyboardEvent| {
            let now = chosen.map(|chosen| chosen.mark);
            let step = |steps: isize| {
                move |count: usize| {
                    Some(now.map_or(0, |now| now.saturating_add_signed(steps).min(count.saturating_sub(1))))
                }
            };
            match event.key().as_str() {
                "ArrowRight" | "ArrowDown" => choose(&step(1), true),
                "ArrowLeft" | "ArrowUp" => choose(&step(-1), true),
                "PageDown" => choose(&step(PAGE as isize), true),
                "PageUp" => choose(&step(-(PAGE as isize)), true),
                "Home" => choose(&|_| Some(0), true),
                "End" => choose(&|count| count.checked_sub(1), true),
                "Escape" => chosen.set(None),
                _ => return,
            }
            event.prevent_default();
        }
    };
    let tip = tip(&marks, *chosen, &root);
    html! {
        <div
            ref={root} class="plot" tabindex="0" role="application" aria-roledescription="chart"
            aria-label={format!("{}. Arrow keys lead from one mark to the next.", chart.title)}
            aria-describedby={format!("{}-desc", chart.id)}
            onpointermove={pointed} {onpointerdown} {onpointerleave} {onfocus} {onblur} {onkeydown}
        >
            { (*svg).clone() }
            { tip }
        </div>
    }
}

fn tip(marks: &RefCell<Option<Marks>>, chosen: Option<Chosen>, root: &NodeRef) -> Html {
    let marks = marks.borrow();
    let said = chosen.zip(marks.as_ref()).zip(root.cast::<HtmlElement>()).and_then(|((chosen, marks), root)| {
        Some((marks.text(chosen.mark)?.to_owned(), marks.place(chosen.mark, &root), chosen.spoken))
    });
    let (lines, place, spoken) = match said {
        Some((text, place, spoken)) => (Some(AttrValue::from(text)), place, spoken),
        None => (None, Default::default(), false),
    };
    html! { <Tip {lines} {place} {spoken} /> }
}

/// Buttons to save and copy the picture, one stop for the Tab key; what came of it is said beside them.
#[component]
fn Tools(props: &FigureProps) -> Html {
    let said = use_state(String::new);
    let at = use_state(|| 0_usize);
    let bar = use_node_ref();
    let press = |doing: fn(Rc<ChartView>, UseStateSetter<String>)| {
        let (chart, said) = (props.chart.clone(), said.setter());
        Callback::from(move |_: MouseEvent| doing(chart.clone(), said.clone()))
    };
    let buttons = [
        (
            "Save as SVG",
            press(|chart, said| {
                said.set(
                    file(&chart.svg, STYLE).map_or_else(no_picture, |file| picture::save_svg(&file, &stem(&chart))),
                );
            }),
        ),
        (
            "Save as PNG",
            press(|chart, said| {
                let Some(file) = file(&chart.svg, STYLE) else { return said.set(no_picture()) };
                let stem = stem(&chart);
                wasm_bindgen_futures::spawn_local(async move { said.set(picture::save_png(file, stem).await) });
            }),
        ),
        (
            "Copy",
            press(|chart, said| {
                let Some(file) = file(&chart.svg, STYLE) else { return said.set(no_picture()) };
                wasm_bindgen_futures::spawn_local(async move { said.set(picture::copy(file).await) });
            }),
        ),
    ];
    let onkeydown = {
        let (at, bar, count) = (at.clone(), bar.clone(), buttons.len());
        move |event: KeyboardEvent| {
            let next = match event.key().as_str() {
                "ArrowRight" => (*at + 1) % count,
                "ArrowLeft" => (*at + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return,
            };
            event.prevent_default();
            at.set(next);
            let button = bar.cast::<Element>().and_then(|bar| bar.children().item(next as u32)?.dyn_into().ok());
            if let Some(button) = button {
                let button: HtmlElement = button;
                // A button takes the focus.
                _ = button.focus();
            }
        }
    };
    let now = *at;
    html! {
        <div class="actions tools">
            <div ref={bar} class="actions" role="toolbar" aria-label={format!("Save or copy: {}", props.chart.title)} {onkeydown}>
                for (place, (name, onclick)) in buttons.into_iter().enumerate() {
                    <button type="button" class="small" tabindex={if place == now { "0" } else { "-1" }} {onclick}>{ name }</button>
                }
            </div>
            <span class="hint" role="status">{ &*said }</span>
        </div>
    }
}

fn stem(chart: &ChartView) -> String {
    file::stem(&chart.kind, &chart.title)
}

fn no_picture() -> String {
    "There is no picture to save.".to_owned()
}

/// The numbers that the chart draws.
#[component]
fn Behind(props: &FigureProps) -> Html {
    let numbers = use_memo(props.chart.clone(), |chart| chart.table.clone().map(Rc::new));
    match &*numbers {
        Some(numbers) => table::folded(numbers),
        None => Html::default(),
    }
}
