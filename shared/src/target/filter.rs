//! Which links of a page a crawl follows.

use serde::{Deserialize, Serialize};

use crate::named::named;

/// Which links of a page a crawl follows: of those that lead to the same site. What leads elsewhere, or to no page, is never
/// asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// To other pages, each once: without fragment, and without a `/?ref=…` at the end.
    #[default]
    Pages,
    /// As the serial crawl of the article: a `/?ref=…` is cut off, while a part of a page (`page#part`) is an address of its
    /// own. A fragment alone leads nowhere.
    Parts,
    /// As its other two crawls: an address with a `/?ref=…` is one of its own, too.
    All,
}
named!(Filter "filter": Pages = "pages", Parts = "parts", All = "all");

impl Filter {
    /// Whether a `/?ref=…` at the end of an address is cut off.
    pub fn cuts_references(self) -> bool {
        match self {
            Filter::Pages | Filter::Parts => true,
            Filter::All => false,
        }
    }

    /// Whether parts of a page are addresses of their own.
    pub fn keeps_parts(self) -> bool {
        match self {
            Filter::Pages => false,
            Filter::Parts | Filter::All => true,
        }
    }
}
