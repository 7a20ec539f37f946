//! Saying what was found: tables and sentences, each in one place.
//!
//! A terminal, a page, Markdown and HTML draw the same [`Table`]s; what a view leaves out, and why, is one list,
//! [`view::LEFT_OUT`].

mod about;
mod clock;
mod code;
mod crossing;
mod doubt;
mod dropped;
mod finding;
mod gain;
mod glossary;
mod held;
mod losses;
mod makes;
mod operations;
mod pair;
mod parts;
mod path;
mod statement;
mod table;
mod tables;
mod texts;
mod together;
mod under_way;
pub mod verdict;
pub mod view;
mod ways;

pub use about::{
    facts, has_the_articles_sizes, inferred, machine, parallel_speed, parameters, predicted, prediction_basis,
    source_hint, speedup_basis, stopped, title,
};
pub use code::{Excerpt, code};
pub use doubt::{Doubt, doubts, doubts_of};
pub use finding::statements;
pub use glossary::{GLOSSARY, MARK, Marker, OF, Term};
pub use pair::{pair_facts, pair_machines, pair_statements, pair_title};
pub use path::{Answer, Lesson, Outcome, PATH};
pub use statement::{Evidence, FIRST_STATEMENTS, Statement};
pub use table::{Cell, Column, Line, Note, Table, Unit, Value, line_id};
pub use tables::{OUTLIERS, PARTS, comparison, pair_summary, pair_tables, ratio_change, tables};
pub use texts::{Texts, texts};
pub use view::View;
