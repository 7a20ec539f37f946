//! Charts: what was measured, as SVG.
//!
//! Every chart is a pure function from data to the text of one `<svg>` element that is meant to
//! stand inline in a page: it holds no style, no script and no handler, so that the strictest
//! content security policy lets it through, and all text in it is escaped.
//! Its looks come from [`STYLE`], which a page carries once for all its charts.
//!
//! Nothing is told by colour alone: failures are hatched and named, series differ in marks and
//! dashes, bars carry labels, and `<title>` and `<desc>` say in words what is seen.

mod article;
mod bars;
mod distribution;
mod figures;
mod frame;
mod idea;
mod legend;
mod scaling;
mod svg;
mod sweep;
mod timeline;

use article::article;
use bars::{Bar, bars};
use distribution::{Distribution, distribution};
pub use figures::{Chart, ChartGroup, ChartKind, comparison_figures, comparison_timelines, figures, timelines};
pub use idea::idea;
use scaling::{Series, scaling, scaling_series};
pub(crate) use svg::Escaped;
use sweep::sweep;
pub use timeline::Detail;

/// The one style of all charts, in light, dark and print.
///
/// The colours are custom properties of the root, `--w0` to `--w7` for workers and series and
/// `--chart-…` for the rest, so that a canvas can draw with the same. They follow the system's
/// theme, and `data-theme="light"` or `"dark"` on the root or on a part of the page overrides it.
pub const STYLE: &str = include_str!("chart/chart.css");

#[cfg(test)]
mod check;
