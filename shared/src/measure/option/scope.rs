//! What work an option has a meaning for.

use std::fmt::{self, Display};

use crate::workload::Workload;

/// What work an option has a meaning for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Any.
    All,
    /// Work whose tasks have a size.
    Sized,
    /// Work that sends requests.
    Asks,
    /// Work whose requests the target answers late, or not at all, where that is asked for.
    Requests,
    /// Work whose requests go over a protocol that is asked for.
    Protocol,
    /// Work that gets what an address names.
    Fetches,
    /// Work that gets bodies of some length.
    Download,
    /// Work that writes a text.
    Write,
    /// Work that visits pages in waves.
    Crawl,
    /// Work that puts results into a dictionary.
    Dictionary,
    /// One operation over and over.
    Operation,
    /// A function that has several ways to do its work.
    Methods,
    /// Work beside which a thread draws.
    Frames,
}

impl Scope {
    /// Whether some work is of it.
    pub fn fits(self, workload: &Workload) -> bool {
        match self {
            Scope::All => true,
            Scope::Sized => workload.size().is_some(),
            Scope::Asks => workload.model().is_some(),
            Scope::Requests => workload.has_param("latency_ms"),
            Scope::Protocol => workload.has_param("protocol"),
            Scope::Fetches => workload.urls().is_some(),
            Scope::Download => workload.has_param("unread"),
            Scope::Write => workload.has_param("flush"),
            Scope::Crawl => workload.has_param("round"),
            Scope::Dictionary => workload.sharing().is_some(),
            Scope::Operation => workload.has_param("operation"),
            Scope::Methods => workload.has_param("method"),
            Scope::Frames => workload.draws(),
        }
    }

    /// Why an option cannot be used for some other work.
    pub fn misfit(self, workload: &Workload) -> String {
        let why = match self {
            Scope::All => "has no use for it",
            Scope::Sized => "has no size",
            Scope::Fetches if workload.model().is_some() => {
                "asks the target alone, where urls, crawl and breakdown ask any address"
            }
            Scope::Requests if workload.model().is_some() || workload.has_param("operation") => {
                "gets no answers that come late, or not, on purpose"
            }
            Scope::Protocol if workload.model().is_some() => {
                "uses whatever protocol its target speaks: only post can be told which"
            }
            Scope::Asks | Scope::Requests | Scope::Protocol | Scope::Fetches => "sends no requests",
            Scope::Download => "gets no bodies that could stay unread",
            Scope::Write => "writes no text",
            Scope::Crawl => "visits no pages in waves",
            Scope::Dictionary => "keeps nothing in a dictionary",
            Scope::Operation => "is no single operation",
            Scope::Methods => "has no methods to choose from",
            Scope::Frames => "has no frames drawn meanwhile",
        };
        format!("the workload {} {why}", workload.name())
    }

    /// The only workload that is of it, if there is only one.
    pub fn only(self) -> Option<&'static str> {
        match self {
            Scope::All | Scope::Sized | Scope::Asks | Scope::Requests | Scope::Fetches | Scope::Methods => None,
            Scope::Protocol => Some("post"),
            Scope::Download => Some("download"),
            Scope::Write => Some("write"),
            Scope::Crawl => Some("crawl"),
            Scope::Dictionary => Some("dictionary"),
            Scope::Operation => Some("operation"),
            Scope::Frames => Some("frames"),
        }
    }
}

impl Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.only()) {
            (_, Some(workload)) => write!(f, "workload `{workload}`"),
            (Scope::Sized, None) => f.write_str("work with a size"),
            (Scope::Asks | Scope::Requests, None) => f.write_str("work that sends requests"),
            (Scope::Fetches, None) => f.write_str("workloads `download` and `crawl`"),
            (Scope::Methods, None) => f.write_str("kernels with several methods"),
            (_, None) => f.write_str("all work"),
        }
    }
}
