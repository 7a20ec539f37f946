//! The names of the parts of a task's time.

/// The time just before a task began, in which its worker was made, if that was made for it alone.
pub const SPAWN: &str = "spawn";
/// From sending a request until the head of its response was there.
pub const FIRST_BYTE: &str = "first-byte";
/// How long after a request was sent it had to be sent again, because its server had ended the connection that was kept for it.
pub const RESENT: &str = "resent";
/// Until a page was there as a whole.
pub const GET: &str = "get";
/// Until its links were found.
pub const PARSE: &str = "parse";
/// Until those were chosen that lead to other pages of the site.
pub const FILTER: &str = "filter";
/// Until it was the task's turn at the dictionary.
pub const WAIT: &str = "wait";
/// Until its result was in the dictionary.
pub const INSERT: &str = "insert";
/// All that it waited for its turns at the one lock of a run's threads.
pub const LOCK: &str = "lock";

/// Time in which frames that were due did not come: as many as were dropped, of the length of a frame each.
pub const FROZEN: &str = "frozen";
/// The longest time from one frame to the next.
pub const LONGEST_GAP: &str = "longest-gap";

/// The parts that follow each other from the beginning of a task.
pub const LEADING: &[&str] = &[GET, PARSE, FILTER];
/// The parts that follow each other until its end.
pub const TRAILING: &[&str] = &[WAIT, INSERT];
