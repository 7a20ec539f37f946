//! What both worlds of parlab agree on: the work, the plan, the report.
//!
//! Everything here is pure: no clock, no thread, no socket, no file, no print.
//! Time and I/O come in through [`host::Host`] and [`measure::Executor`], which
//! the native binary and the browser's lab implement each in its own way.

pub mod address;
#[cfg(any(test, feature = "analysis"))]
pub mod analysis;
#[cfg(any(test, feature = "analysis"))]
pub mod chart;
pub mod checksum;
pub mod conduct;
pub mod costs;
pub mod dictionary;
pub mod draw;
pub mod experiment;
#[cfg(any(test, feature = "analysis"))]
pub mod export;
pub mod grouping;
pub mod host;
pub mod ideal;
pub mod kernels;
pub mod label;
pub mod measure;
mod named;
pub mod number;
pub mod remote;
pub mod report;
pub mod row;
pub mod run;
#[cfg(any(test, feature = "analysis"))]
pub mod say;
pub mod scale;
pub mod screen;
pub mod span;
pub mod statistics;
pub mod strategy;
pub mod sync;
pub mod target;
pub mod task;
pub mod text;
pub mod way;
pub mod workload;

#[cfg(test)]
#[path = "../../tests/support/golden.rs"]
mod golden;
