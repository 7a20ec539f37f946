//! A table, drawn: the same for every table, whatever it says.
//!
//! A table has its key as `data-table`, a line its row as `data-workload`, `data-strategy`, … and a cell the key of its
//! column as `data-key` and its number, as it is, as `data-value`.

use parlab_shared::experiment::differing_params;
use parlab_shared::row::Row;
use parlab_shared::say::{Cell, Column, Line, Table};
use yew::prelude::*;

/// Text with more characters than this is set in several lines.
const LINE_MAX: usize = 40;

/// A table under its title, with what has to be known to read it.
pub fn titled(table: &Table, level: u8) -> Html {
    html! {
        <div class="titled">
            <@{format!("h{level}")}>{ &table.title }</@>
            { grid(table) }
            { notes(table) }
        </div>
    }
}

/// The same, to unfold.
pub fn folded(table: &Table) -> Html {
    html! {
        <details class="more">
            <summary>{ &table.title }</summary>
            { grid(table) }
            { notes(table) }
        </details>
    }
}

/// What has to be known to read a table.
pub fn notes(table: &Table) -> Html {
    if table.notes.is_empty() {
        return Html::default();
    }
    let texts: Vec<&str> = table.notes.iter().map(|note| note.text.as_str()).collect();
    html! { <p class="hint">{ texts.join(" ") }</p> }
}

/// A table by itself, which scrolls where it is too wide.
pub fn grid(table: &Table) -> Html {
    let heading = |column: &Column, rows: Option<&'static str>| {
        html! {
            <th
                scope="col" class={column.unit.is_number().then_some("number")} rowspan={rows}
                title={(!column.about.is_empty()).then_some(column.about)}
            >{ column.heading() }</th>
        }
    };
    let has_groups = !table.groups().is_empty();
    let headings = table.columns.iter().filter(|column| !has_groups || column.group.is_some());
    let mut at = 0;
    let groups = table.spans().into_iter().map(|(group, columns)| {
        at += columns;
        match group {
            Some(name) => html! { <th scope="colgroup" colspan={columns.to_string()}>{ name }</th> },
            // It reaches over both lines of headings.
            None => heading(&table.columns[at - columns], Some("2")),
        }
    });
    html! {
        <div class="scroll" role="region" aria-label={table.title.clone()} tabindex="0">
        <table data-table={table.key}>
            <caption class="unseen">{ table.about }</caption>
            <thead>
                if has_groups {
                    <tr>for group in groups { { group } }</tr>
                }
                <tr>
                    for column in headings { { heading(column, None) } }
                </tr>
            </thead>
            <tbody>
                for line in &table.lines { { drawn(line, &table.columns) } }
            </tbody>
        </table>
        </div>
    }
}

fn drawn(line: &Line, columns: &[Column]) -> Html {
    match line {
        Line::Cells { row, cells } => {
            let row = row.as_ref();
            let cells = cells.iter().zip(columns).enumerate();
            html! {
                <tr
                    data-workload={row.map(|row| row.workload.name())} data-strategy={row.map(|row| row.strategy.name())}
                    data-workers={row.map(|row| row.workers.to_string())} data-dispatch={row.map(|row| row.dispatch.name())}
                    data-own={row.and_then(params)}
                >
                    for (place, (cell, column)) in cells {
                        { if place == 0 || column.key == "row" { name(cell, column) } else { value(cell, column) } }
                    }
                </tr>
            }
        }
        Line::LeftOut { label, reason } => html! {
            <tr class="left-out" data-left-out={label.clone()}>
                <th scope="row">{ label }</th>
                <td colspan={(columns.len() - 1).to_string()}>{ format!("Left out: {reason}.") }</td>
            </tr>
        },
    }
}

/// A cell that says what its line is about.
fn name(cell: &Cell, column: &Column) -> Html {
    html! { <th scope="row" data-key={key(column)}>{ cell.shown(column.unit).into_owned() }</th> }
}

fn value(cell: &Cell, column: &Column) -> Html {
    let text = cell.shown(column.unit).into_owned();
    let is_long = text.chars().nth(LINE_MAX).is_some();
    let class = classes!(
        column.unit.is_number().then_some("number"),
        cell.alarm.then_some("failed"),
        is_long.then_some("long")
    );
    html! {
        <td
            {class} data-key={key(column)} data-group={column.group.clone()} data-value={cell.as_number().map(|number| number.to_string())}
            title={cell.detail.clone()}
        >{ text }</td>
    }
}

fn key(column: &Column) -> String {
    column.key.clone().into_owned()
}

/// What tells a row from others of its experiment, for scripts: `keep=lock`.
fn params(row: &Row) -> Option<String> {
    let params: Vec<String> =
        differing_params(row).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    (!params.is_empty()).then(|| params.join(","))
}
