//! The module of the lab, which does the work in workers: what `parlab_web` exports with the feature `lab`.

#![no_main]

use parlab_web as _;
