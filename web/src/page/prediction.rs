//! What somebody expects of a lesson, kept while the tab is open, and which results it came before.

/// An answer that was chosen, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// Its place among the answers.
    pub answer: usize,
    /// The time of day (RFC 3339, in UTC as all times of reports).
    pub at: String,
}

impl Prediction {
    /// What it is kept under.
    pub fn name(experiment: &str) -> String {
        format!("parlab.expected.{experiment}")
    }

    /// As it is kept.
    pub fn text(&self) -> String {
        format!("{} {}", self.answer, self.at)
    }

    /// As it was kept; nothing, if it is damaged.
    pub fn read(text: &str) -> Option<Self> {
        let (answer, at) = text.split_once(' ')?;
        Some(Self { answer: answer.parse().ok()?, at: at.to_owned() })
    }

    /// Whether it was there before a report was begun: what is known already cannot be predicted.
    pub fn precedes(&self, created: &str) -> bool {
        *self.at <= *created
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_and_holds_for_later_results_only() {
        let expected = Prediction { answer: 2, at: "2026-11-27T04:00:00.500Z".to_owned() };
        assert_eq!(Prediction::read(&expected.text()), Some(expected.clone()));
        assert_eq!([Prediction::read(""), Prediction::read("two 2026"), Prediction::read("2")], [None, None, None]);
        assert!(expected.precedes("2026-11-27T04:00:01.000Z") && !expected.precedes("2026-11-26T23:59:59.000Z"));
        assert_eq!(Prediction::name("post"), "parlab.expected.post");
    }
}
