//! What the value of an option looks like.

/// What the value of an option looks like, and what is said of a text that does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Names of strategies, with commas between.
    Strategies,
    /// Whole numbers in some limits, with commas between.
    Numbers {
        /// The least.
        from: u64,
        /// The most.
        to: u64,
    },
    /// Whole numbers with commas between, whose limits each workload has of its own.
    Sizes,
    /// A whole number in some limits.
    Number {
        /// The least.
        from: u64,
        /// The most.
        to: u64,
    },
    /// One of these names.
    Choice(&'static [&'static str]),
    /// Some of these names, with commas between.
    Choices(&'static [&'static str]),
    /// More than 0 percent and at most 100.
    Percent,
    /// More than 0 seconds, and a most.
    Seconds {
        /// The most.
        to: f64,
    },
    /// Yes or no, or both with a comma between; where it is typed without a value, yes.
    Flag,
    /// The address of a server.
    Address,
    /// Addresses, one per line; on the command line a file of them.
    Addresses,
    /// Texts with rules of their own, with commas between.
    Texts,
}

impl Kind {
    /// Whether there can be several values, with commas between.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Kind::Strategies | Kind::Numbers { .. } | Kind::Sizes | Kind::Choices(_) | Kind::Flag | Kind::Texts
        )
    }

    /// What stands between several values.
    pub fn separator(self) -> &'static str {
        if self == Kind::Addresses { "\n" } else { "," }
    }

    /// Whether a value can be one that is read as a number: is in the limits, where there are any.
    pub fn admits(self, text: &str) -> bool {
        let is_within = |most: f64| text.trim().parse().is_ok_and(|number: f64| number > 0.0 && number <= most);
        match self {
            Kind::Percent => is_within(100.0),
            Kind::Seconds { to } => is_within(to),
            _ => true,
        }
    }

    /// What to use; `None` where whoever reads the value knows better.
    pub fn usage(self) -> Option<String> {
        Some(match self {
            Kind::Strategies | Kind::Choice(_) | Kind::Choices(_) | Kind::Address | Kind::Addresses | Kind::Texts => {
                return None;
            }
            Kind::Numbers { from, to } => format!("use whole numbers from {from} to {to}, with commas: 1,2,4"),
            Kind::Sizes => "use whole numbers, with commas: 1000,2000".to_owned(),
            Kind::Number { from, to } => format!("use a whole number from {from} to {to}"),
            Kind::Percent => "use percent, more than 0 and at most 100".to_owned(),
            Kind::Seconds { to } => format!("use seconds, more than 0 and at most {to}"),
            Kind::Flag => "use on or off, or both: on,off".to_owned(),
        })
    }
}
