//! Every test of a boundary, in one binary.
//!
//! | module     | what it holds                                                                    |
//! |------------|----------------------------------------------------------------------------------|
//! | `cli`      | what `parlab` prints and which exit code it returns, for good and bad input      |
//! | `run`      | `parlab run` end to end: equal results, linear time, deaths, interrupts          |
//! | `schema`   | today's report validates, yesterday's still loads                                |
//! | `server`   | headers, types, encodings, faults of `parlab serve`                              |
//! | `page`     | the page in a real browser: strategies, parity, cancel, import, no isolation     |
//! | `support`  | a server as a child process, a browser, temporary files                          |

mod cli;
mod page;
mod run;
mod schema;
mod server;
mod support;
