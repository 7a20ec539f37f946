//! The module of the analyst, which makes of reports what is shown: what `parlab_web` exports with the feature `analyst`.

#![no_main]

use parlab_web as _;
