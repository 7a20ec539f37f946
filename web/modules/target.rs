//! The module of the target, with which a service worker answers: what `parlab_web` exports with the feature `target`.

#![no_main]

use parlab_web as _;
