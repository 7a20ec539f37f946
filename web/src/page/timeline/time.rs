//! How long a run has gone on, and how long its axis is.

/// More than a run has taken so far, its axis shows this part of it.
const AHEAD: f64 = 1.05;
/// Where nothing is known of a run, its axis ends with one of these, or with a power of ten times as much.
const ENDS: [f64; 12] = [1.0, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 4.0, 4.8, 5.8, 7.0, 8.4];

/// What the run's clock says now, judged from what was seen of it: the page's clock and the board's do not have the same
/// zero, but nothing on the board is later than now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// The page's clock minus the board's.
    offset_ms: Option<f64>,
}

impl Clock {
    /// How long a run has gone on that began at `base_ms` and of which `latest_ms` was seen, both on the board's clock; the
    /// page's says `page_ms`. A run that is over has taken until the latest.
    pub fn gone_ms(&mut self, base_ms: f64, latest_ms: f64, page_ms: f64, is_over: bool) -> f64 {
        let offset = page_ms - latest_ms;
        let offset = self.offset_ms.map_or(offset, |before| before.min(offset));
        self.offset_ms = Some(offset);
        let now_ms = if is_over { latest_ms } else { page_ms - offset };
        (now_ms - base_ms).max(0.0)
    }
}

/// Where the axis of a run ends that has gone on for so long. `expected_ms` is how long runs of its row took.
pub fn axis_end(gone_ms: f64, expected_ms: Option<f64>, is_over: bool) -> f64 {
    let least = (gone_ms * AHEAD).max(1e-3);
    if is_over {
        return least;
    }
    match expected_ms.filter(|expected| expected.is_finite() && *expected > 0.0) {
        Some(expected_ms) => least.max(expected_ms * AHEAD),
        None => {
            let power = 10_f64.powf(least.log10().floor());
            let ends = ENDS.iter().map(|end| end * power).chain([10.0 * power]);
            ends.into_iter().find(|end| *end >= least).unwrap_or(least)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_on_the_board_is_later_than_now() {
        let mut clock = Clock::default();
        assert_eq!(clock.gone_ms(100.0, 110.0, 5000.0, false), 10.0);
        assert_eq!(clock.gone_ms(100.0, 110.0, 5020.0, false), 30.0, "time goes on while nothing is seen");
        assert_eq!(clock.gone_ms(100.0, 150.0, 5030.0, false), 50.0, "the board knows better");
        assert_eq!(clock.gone_ms(100.0, 150.0, 9000.0, true), 50.0, "a run that is over takes no longer");
        assert_eq!(Clock::default().gone_ms(100.0, 0.0, 5.0, true), 0.0);
    }

    #[test]
    fn an_axis_is_never_much_longer_than_its_run() {
        for gone_ms in [0.02, 0.9, 12.0, 99.0, 480.0, 1234.5, 60_000.0] {
            let end = axis_end(gone_ms, None, false);
            assert!(end >= gone_ms * 1.04 && end <= gone_ms * AHEAD * 1.26, "{gone_ms}: {end}");
            let end = axis_end(gone_ms, Some(1e6), true);
            assert!(end <= gone_ms * 1.06, "{gone_ms}: {end}");
        }
        assert!((axis_end(12.0, None, true) - 12.6).abs() < 1e-9);
        assert!(axis_end(0.0, None, false) > 0.0);
    }

    #[test]
    fn runs_of_a_row_have_one_axis_from_their_beginning() {
        assert!((axis_end(1.0, Some(100.0), false) - 105.0).abs() < 1e-9);
        assert!((axis_end(200.0, Some(100.0), false) - 210.0).abs() < 1e-9);
        assert!(axis_end(1.0, Some(f64::NAN), false) < 2.0);
    }
}
