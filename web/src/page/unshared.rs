//! Why threads cannot share a memory.

use crate::questions;

/// Why threads cannot share a memory on this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unshared {
    /// The address is neither https nor this machine.
    InsecureAddress,
    /// The server did not send the isolation headers.
    NotIsolated,
    /// The browser has no `SharedArrayBuffer`.
    NoSharedArrayBuffer,
}

impl From<Unshared> for questions::Lack {
    fn from(unshared: Unshared) -> Self {
        Self { reason: unshared.reason().to_owned(), fix: unshared.fix().to_owned() }
    }
}

impl Unshared {
    /// What is missing.
    pub fn reason(self) -> &'static str {
        match self {
            Self::InsecureAddress => "the browser does not count this address as secure",
            Self::NotIsolated => {
                "the page is not cross-origin isolated (it came without the headers \
                 Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy)"
            }
            Self::NoSharedArrayBuffer => "this browser hides SharedArrayBuffer",
        }
    }

    /// How to get it.
    pub fn fix(self) -> &'static str {
        match self {
            Self::InsecureAddress => "open the page as http://localhost or over https",
            Self::NotIsolated => "serve the page with \"parlab serve\", without --no-isolation",
            Self::NoSharedArrayBuffer => "use a current Chromium, Firefox or Safari",
        }
    }
}
