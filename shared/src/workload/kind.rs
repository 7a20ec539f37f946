//! The kinds of workload, as they are listed.

use serde::Serialize;

/// What the CLI and the page say of a workload before it has parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kind {
    /// The name in CLI, URL and JSON.
    pub name: &'static str,
    /// One line on what a task does.
    pub about: &'static str,
    /// The name of the parameter that `--size` sets, if there is one.
    pub size: Option<&'static str>,
    /// What that parameter means.
    pub size_means: &'static str,
}

/// Every kind of workload.
pub const KINDS: &[Kind] = &[
    Kind { name: "count", about: "add up 0..n", size: Some("n"), size_means: "numbers per task" },
    Kind { name: "countdown", about: "count from n down to 0", size: Some("n"), size_means: "steps per task" },
    Kind { name: "sum", about: "add up 0..=n", size: Some("n"), size_means: "the last number" },
    Kind {
        name: "mandelbrot",
        about: "draw the Mandelbrot set, a tile per task",
        size: Some("side"),
        size_means: "pixels along one side of the picture",
    },
    Kind {
        name: "crash",
        about: "count or sleep, but one task panics: what a dead worker costs",
        size: Some("n"),
        size_means: "numbers per task",
    },
    Kind {
        name: "download",
        about: "get a body, read it to its end",
        size: Some("bytes"),
        size_means: "length of each body",
    },
    Kind { name: "sites", about: "get small pages of two sites in turn", size: None, size_means: "" },
    Kind {
        name: "images",
        about: "get an image, write it to a file in blocks of 1024 bytes",
        size: None,
        size_means: "",
    },
    Kind { name: "post", about: "post JSON, keep the status", size: None, size_means: "" },
    Kind {
        name: "dictionary",
        about: "post JSON, keep the status in a dictionary that all workers share",
        size: Some("inserts"),
        size_means: "keys per task",
    },
    Kind { name: "write", about: "write a text to a file", size: Some("bytes"), size_means: "length of each text" },
    Kind {
        name: "sleep",
        about: "sleep for a time drawn by chance, then square a number",
        size: Some("longest_ms"),
        size_means: "the longest time, in milliseconds",
    },
    Kind {
        name: "crawl",
        about: "get a page, parse it, follow its links",
        size: Some("pages"),
        size_means: "pages of the site",
    },
    Kind {
        name: "mixed",
        about: "half small pages, half countdowns, shuffled",
        size: Some("n"),
        size_means: "steps per task that computes",
    },
];
