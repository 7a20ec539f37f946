//! What a person sees in a terminal: tables, timelines, progress, complaints.

mod charset;
mod progress;
mod qr;
mod results;
mod style;
mod table;
mod timeline;
mod wrap;

use std::io::{ErrorKind, Write};

use anyhow::Context;

pub use progress::Progress;
pub use qr::qr;
pub use results::{pair_results, results};
pub use style::Style;
pub use table::titled_table;

/// How far in the lines of a paragraph are that follow its first.
pub const INDENT: usize = 2;

/// Says something on standard error, whatever the names in it are. On a terminal its lines end between words; everywhere else
/// it is one line.
pub fn complain(text: &str) {
    to_stderr(&Style::of_stderr().message(&format!("parlab: {text}")));
}

/// Says on standard error what is some lines long, none of them longer than the terminal.
pub fn complain_in_lines(text: &str) {
    to_stderr(&Style::of_stderr().lines(text));
}

/// The only place that writes to standard error.
fn to_stderr(text: &str) {
    // Nobody is left to tell if it is gone.
    _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Prints what a command has to say on standard output. (Reports that go there as files, and messages to a parent, are written
/// elsewhere.) A reader that went away, as `head` does, has read what it wanted:
/// neither files nor the exit code depend on it.
///
/// # Errors
/// What is there to be written to cannot take it, such as a file on a full disk.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("standard output cannot be written to")
        }
        _ => Ok(()),
    }
}

/// From now on a panic is one line: a task that panics is data, and its reason is in the report.
pub fn panic_in_one_line() {
    std::panic::set_hook(Box::new(|panic| complain(&panic.to_string())));
}
