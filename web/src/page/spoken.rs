//! What of a status that changes often is read out.

/// While something goes on, it is read out again after so many milliseconds at the earliest.
const SELDOM_MS: f64 = 10_000.0;

/// What was read out last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spoken {
    text: String,
    /// When, if something goes on.
    said_ms: Option<f64>,
}

impl Spoken {
    /// What is to be read out, if the status is this now. What begins and what ends is read out at once.
    pub fn now(&mut self, status: &str, goes_on: bool, now_ms: f64) -> String {
        if !goes_on || self.said_ms.is_none_or(|said_ms| now_ms - said_ms >= SELDOM_MS) {
            *self = Self { text: status.to_owned(), said_ms: goes_on.then_some(now_ms) };
        }
        self.text.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_read_out_seldom_and_its_end_at_once() {
        let mut spoken = Spoken::default();
        assert_eq!(spoken.now("Ready.", false, 0.0), "Ready.");
        assert_eq!(spoken.now("Run 1", true, 100.0), "Run 1");
        let said: Vec<String> =
            (2..1000).map(|run| spoken.now(&format!("Run {run}"), true, 100.0 + f64::from(run) * 20.0)).collect();
        let changes = said.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!((changes, said.last().map(String::as_str)), (1, Some("Run 500")), "in twenty seconds");
        assert_eq!(spoken.now("Done: 1000 runs.", false, 20_200.0), "Done: 1000 runs.");
        assert_eq!(spoken.now("Run 1", true, 20_300.0), "Run 1");
    }
}
