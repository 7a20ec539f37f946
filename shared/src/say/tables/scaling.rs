//! What sweeps over workers say about more workers.

use crate::analysis::{Analysis, Sweep};
use crate::say::table::{Cell, Column, Line, Table, Unit};

/// A law's name, and what it says of a sweep.
type Law = (&'static str, fn(&Sweep) -> String);

const LAWS: [Law; 3] = [
    ("Amdahl's law", |sweep| sweep.amdahl.sentence()),
    ("Universal Scalability Law", |sweep| sweep.universal.sentence()),
    ("Serial fraction (Karp-Flatt)", |sweep| format!("{}.", sweep.fractions())),
];

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let columns = vec![
        Column::new("sweep", "Sweep", Unit::Text, 0),
        Column::new("law", "Law", Unit::Text, 0),
        Column::new("says", "What it says", Unit::Text, 0),
    ];
    let line = |sweep: &Sweep, (law, says): Law| Line::Cells {
        row: None,
        cells: vec![Cell::text(sweep.label().to_string()), Cell::text(law), Cell::text(says(sweep))],
    };
    let lines = analysis.sweeps.iter().flat_map(|sweep| LAWS.map(|law| line(sweep, law))).collect();
    let notes = [
        "Speed-ups here are against 1 worker of the same kind, or the sequential row where there is none.",
        "What is said of more workers than were measured is extrapolated.",
    ];
    Table {
        key: "scaling",
        title: "How it scales".to_owned(),
        about: "What laws of scaling say of each sweep over workers",
        columns,
        lines,
        notes: notes.map(str::to_owned).to_vec(),
    }
}
