//! A secret that whoever may do something was told.

use std::fmt::{self, Display, Write};

use anyhow::Context;
use subtle::ConstantTimeEq;

/// A secret of 128 random bits, as hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one.
    ///
    /// # Errors
    /// The system has no random numbers to give.
    pub fn random() -> anyhow::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).context("the system gives no random numbers for a token")?;
        let mut digits = String::new();
        for byte in bytes {
            write!(digits, "{byte:02x}").expect("a string takes whatever is written to it");
        }
        Ok(Self(digits))
    }

    /// Whether it is this text. How long that takes tells nothing of where they differ.
    pub fn is(&self, text: &str) -> bool {
        self.0.as_bytes().ct_eq(text.as_bytes()).into()
    }
}

impl Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let tokens: Vec<_> = (0..100).map(|_| Token::random().expect("random").to_string()).collect();
        assert!(tokens.iter().all(|token| token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit())));
        assert_eq!(tokens.iter().collect::<std::collections::BTreeSet<_>>().len(), 100);
        assert_eq!(format!("{:?}", Token::random()), "Ok(Token(…))");
    }

    #[test]
    fn only_the_whole_token_is_it() {
        let token = Token::random().expect("random");
        let text = token.to_string();
        assert!(token.is(&text));
        for wrong in ["", "0", &text[1..], &format!("{text}0"), &format!(" {text}")] {
            assert!(!token.is(wrong), "{wrong}");
        }
    }
}
