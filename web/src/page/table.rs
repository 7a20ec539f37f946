//! A table, drawn: the same for every table, whatever it says.
//!
//! A table has its key as `data-table`, a line its row as `data-workload`, `data-strategy`, … and a cell the key of its
//! column as `data-key` and its number, as it is, as `data-value`.
//!
//! Where there is less room than it takes, columns go by their rank, and a switch brings them back; what is still too wide
//! scrolls, and says so. On paper all columns are there.

mod columns;
mod lines;
mod meanings;
#[cfg(test)]
mod sample;

#[cfg(target_arch = "wasm32")]
mod grid;

#[cfg(target_arch = "wasm32")]
pub use grid::{folded, grid, pager, titled};
