//! The table as it stands in the page.

use std::rc::Rc;

use parlab_shared::number::Grouped;
use parlab_shared::say::line_id;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::columns::{self, Group};
use super::lines::{Order, ordered};
use super::meanings::meanings;
use crate::page::browser::Resized;
use crate::views::{CellView, ColumnView, LineView, RowMark, TableView};

/// Text with more characters than this is set in several lines.
const LINE_MAX: usize = 40;
/// More lines than this are shown in turn: to draw them all at once would hold the page up.
const LINES_MAX: usize = 250;
/// A table with more columns than this is smaller on paper,
const MANY_COLUMNS: usize = 12;
/// and with more than this, words are broken there rather than columns cut off.
const MOST_COLUMNS: usize = 16;

/// A table under its title, with what has to be known to read it. If links lead to its lines, it stands within an element with
/// this id, and the id of a line begins with that.
pub fn titled(table: &Rc<TableView>, level: u8, within: Option<&str>) -> Html {
    html! {
        <div class="titled">
            <@{format!("h{level}")}>{ &table.title }</@>
            <Grid table={table.clone()} within={within.map(|within| AttrValue::from(within.to_owned()))} />
            { notes(table) }
        </div>
    }
}

/// The same, to unfold.
pub fn folded(table: &Rc<TableView>) -> Html {
    html! { <Folded table={table.clone()} /> }
}

/// What has to be known to read a table.
fn notes(table: &TableView) -> Html {
    if table.notes.is_empty() {
        return Html::default();
    }
    html! { <p class="hint">{ table.notes.join(" ") }</p> }
}

/// A table by itself.
pub fn grid(table: &Rc<TableView>) -> Html {
    html! { <Grid table={table.clone()} /> }
}

/// What a table is drawn of.
#[derive(Properties, PartialEq)]
struct TableProps {
    table: Rc<TableView>,
    /// What ids of lines begin with, if they have some.
    #[prop_or_default]
    within: Option<AttrValue>,
}

/// A table that is drawn when it is first unfolded.
#[component]
fn Folded(props: &TableProps) -> Html {
    let seen = use_state(|| false);
    let ontoggle = {
        let seen = seen.clone();
        move |_| seen.set(true)
    };
    html! {
        <details class="more" {ontoggle}>
            <summary>{ &props.table.title }</summary>
            if *seen {
                { grid(&props.table) }
                { notes(&props.table) }
            }
        </details>
    }
}

/// How much room there is for a table.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Room {
    /// The width of its box in CSS pixels.
    width: i32,
    /// Columns with a higher rank are not seen.
    rank: u8,
    /// It is wider than its box all the same.
    overflows: bool,
}

const ANY_ROOM: Room = Room { width: 0, rank: u8::MAX, overflows: false };

#[component]
fn Grid(props: &TableProps) -> Html {
    let table = &props.table;
    let scroll = use_node_ref();
    let order = use_state(|| None::<Order>);
    let from = use_state(|| 0_usize);
    let all = use_state(|| false);
    let room = use_state_eq(|| ANY_ROOM);
    {
        let room = room.setter();
        let scroll = scroll.clone();
        use_effect_with((), move |()| {
            let element = scroll.cast::<HtmlElement>();
            let resized = element.map(|element| {
                let seen = element.clone();
                let mut width = element.client_width();
                Resized::watch(&element, move || {
                    // What is below each other needs no new columns.
                    if seen.client_width() != width {
                        width = seen.client_width();
                        room.set(ANY_ROOM);
                    }
                })
            });
            move || drop(resized)
        });
    }
    {
        let room = room.clone();
        let scroll = scroll.clone();
        use_effect_with((table.clone(), *room, *all, *order, *from), move |(table, now, all, ..)| {
            if let Some(element) = scroll.cast::<HtmlElement>() {
                room.set(measured(&element, table, *now, *all));
            }
        });
    }

    let rank = if *all { u8::MAX } else { room.rank };
    let unseen = columns::unseen(table, room.rank);
    let places = ordered(table, *order);
    let first = (*from).min(places.len().saturating_sub(1)) / LINES_MAX * LINES_MAX;
    let page = &places[first..places.len().min(first + LINES_MAX)];
    let seen = table.columns.len() - columns::unseen(table, rank);
    let press = {
        let (order, from) = (order.clone(), from.clone());
        Callback::from(move |column| {
            order.set(Order::pressed(*order, column));
            from.set(0);
        })
    };
    let switch = {
        let all = all.clone();
        move |_| all.set(!*all)
    };
    let region = room.overflows;
    html! {
        <div class="table">
            <div
                ref={scroll} class="scroll" role={region.then_some("region")}
                aria-label={region.then(|| table.title.clone())} tabindex={region.then_some("0")}
            >
            <table data-table={table.key.clone()} class={size(table.columns.len())}>
                <caption class="unseen">{ &table.about }</caption>
                { head(table, rank, *order, &press) }
                <tbody>
                    for place in page { { drawn(table, *place, rank, seen, props.within.as_deref()) } }
                </tbody>
            </table>
            </div>
            if room.overflows {
                <p class="hint sideways" aria-hidden="true">{ "The table goes on to the side: scroll it. →" }</p>
            }
            if unseen > 0 {
                <button type="button" class="small switch" aria-pressed={(*all).to_string()} onclick={switch}>
                    { format!("All {} columns", table.columns.len()) }
                </button>
            }
            { turn(table, first, page.len(), &from) }
            { more_about(table) }
        </div>
    }
}

/// How much of a table its box has room for: with a lower rank, if it does not fit with the one that it has.
fn measured(element: &HtmlElement, table: &TableView, now: Room, all: bool) -> Room {
    let width = element.client_width();
    if width == 0 {
        // It is not shown.
        return now;
    }
    if element.scroll_width() <= width + 1 {
        return Room { width, overflows: false, ..now };
    }
    let rank = if all { now.rank } else { columns::fitting(table, &widths(element), width, now.rank) };
    // Whether it fits now is measured once more.
    Room { width, rank, overflows: all || rank == now.rank }
}

/// How wide each column is: as narrow as it can be, as the table does not fit.
fn widths(element: &HtmlElement) -> Vec<i32> {
    let cells = element.query_selector("tbody > tr:not(.left-out)").ok().flatten().map(|line| line.children());
    let cells =
        cells.map(|cells| (0..cells.length()).filter_map(move |at| cells.item(at)?.dyn_into::<HtmlElement>().ok()));
    cells.into_iter().flatten().map(|cell| cell.offset_width()).collect()
}

/// Leads to the next lines and back, where a table has too many to be shown at once.
fn turn(table: &TableView, first: usize, shown: usize, from: &UseStateHandle<usize>) -> Html {
    if table.lines.len() <= LINES_MAX {
        return Html::default();
    }
    let to = |first: Option<usize>| {
        let from = from.clone();
        move |_| {
            if let Some(first) = first {
                from.set(first);
            }
        }
    };
    let next = (first + shown < table.lines.len()).then_some(first + shown);
    pager(first, shown, table.lines.len(), to(first.checked_sub(LINES_MAX)).into(), to(next).into())
}

/// Which lines of how many are shown, and buttons to those before and after them.
pub fn pager(first: usize, shown: usize, all: usize, before: Callback<MouseEvent>, next: Callback<MouseEvent>) -> Html {
    let count = |count: usize| Grouped(count as f64);
    html! {
        <div class="actions pager">
            <button type="button" class="small" aria-disabled={(first == 0).then_some("true")} onclick={before}>
                { "Previous lines" }
            </button>
            <button type="button" class="small" aria-disabled={(first + shown >= all).then_some("true")} onclick={next}>
                { "Next lines" }
            </button>
            <span class="hint" role="status">
                { format!("Lines {} to {} of {}", count(first + usize::from(shown > 0)), count(first + shown), count(all)) }
            </span>
        </div>
    }
}

/// The headings; a press on one orders the lines.
fn head(table: &TableView, rank: u8, order: Option<Order>, press: &Callback<usize>) -> Html {
    let has_groups = table.columns.iter().any(|column| column.group.is_some());
    let heading = |place: usize, rows: Option<&'static str>| {
        let column = &table.columns[place];
        let order = order.filter(|order| order.column == place);
        let onclick = press.reform(move |_: MouseEvent| place);
        html! {
            <th
                scope="col" class={class(column, place, rank)} rowspan={rows}
                aria-sort={order.map(|order| if order.falling { "descending" } else { "ascending" })}
                title={(!column.about.is_empty()).then(|| column.about.clone())}
            >
                <button type="button" class="order" {onclick}>{ &column.heading }</button>
            </th>
        }
    };
    let above = |only: Option<&'static str>, rank: u8| {
        let cells = columns::groups(&table.columns, rank).into_iter().map(|Group { name, first, seen }| match name {
            Some(name) => html! { <th scope="colgroup" colspan={seen.to_string()}>{ name }</th> },
            // It reaches over both lines of headings.
            None => heading(first, Some("2")),
        });
        html! { <tr class={only}>for cell in cells { { cell } }</tr> }
    };
    let below = (0..table.columns.len()).filter(|place| !has_groups || table.columns[*place].group.is_some());
    let all_are_seen = columns::unseen(table, rank) == 0;
    html! {
        <thead>
            if has_groups && all_are_seen {
                { above(None, u8::MAX) }
            } else if has_groups {
                { above(Some("on-screen"), rank) }
                { above(Some("on-paper"), u8::MAX) }
            }
            <tr>
                for place in below { { heading(place, None) } }
            </tr>
        </thead>
    }
}

/// How a table of so many columns looks on paper.
fn size(columns: usize) -> Classes {
    classes!((columns > MANY_COLUMNS).then_some("many"), (columns > MOST_COLUMNS).then_some("most"))
}

/// How the cells of a column look.
fn class(column: &ColumnView, place: usize, rank: u8) -> Classes {
    classes!(
        column.is_number.then_some("number"),
        (place == 0).then_some("first"),
        // It is on paper all the same.
        (column.rank > rank).then_some("beyond")
    )
}

fn drawn(table: &TableView, place: usize, rank: u8, seen: usize, within: Option<&str>) -> Html {
    match &table.lines[place] {
        LineView::Cells { row, cells } => {
            let row = row.as_ref();
            let mark = |of: fn(&RowMark) -> String| row.map(of);
            let cells = cells.iter().zip(&table.columns).enumerate();
            html! {
                <tr
                    id={within.map(|within| format!("{within}-{}", line_id(&table.key, place)))} tabindex={within.map(|_| "-1")}
                    data-workload={mark(|row| row.workload.clone())} data-strategy={mark(|row| row.strategy.clone())}
                    data-workers={mark(|row| row.workers.to_string())} data-dispatch={mark(|row| row.dispatch.clone())}
                    data-own={row.and_then(|row| row.own.clone())}
                >
                    for (place, (cell, column)) in cells {
                        { value(cell, column, place, rank) }
                    }
                </tr>
            }
        }
        LineView::LeftOut { label, reason } => html! {
            <tr class="left-out" data-left-out={label.clone()}>
                <th scope="row" class="first">{ label }</th>
                <td colspan={(seen - 1).max(1).to_string()}>{ format!("Left out: {reason}.") }</td>
            </tr>
        },
    }
}

/// A cell: one that says what its line is about, or a value.
fn value(cell: &CellView, column: &ColumnView, place: usize, rank: u8) -> Html {
    let class = class(column, place, rank);
    if place == 0 || column.key == "row" {
        return html! { <th scope="row" {class} data-key={column.key.clone()}>{ &cell.text }</th> };
    }
    let is_long = cell.text.chars().nth(LINE_MAX).is_some();
    let class = classes!(class, cell.alarm.then_some("failed"), is_long.then_some("long"));
    html! {
        <td
            {class} data-key={column.key.clone()} data-group={column.group.clone()}
            data-value={cell.value.map(|number| number.to_string())} title={cell.detail.clone()}
        >{ &cell.text }</td>
    }
}

/// What a pointer shows above columns and cells, for everybody else.
fn more_about(table: &TableView) -> Html {
    let meanings = meanings(table);
    if meanings.is_empty() {
        return Html::default();
    }
    html! {
        <details class="more">
            <summary>{ "What columns and cells mean" }</summary>
            <dl class="meanings">
                for (name, text) in meanings {
                    <div><dt>{ name }</dt><dd>{ text }</dd></div>
                }
            </dl>
        </details>
    }
}
