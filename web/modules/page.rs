//! The module of the page, which is what the user sees: what `parlab_web` exports with the feature `page`.

#![no_main]

use parlab_web as _;
