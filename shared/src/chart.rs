//! Report to SVG.
