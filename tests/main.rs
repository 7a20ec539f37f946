//! Every test of a boundary, in one binary.
//!
//! | module     | what it holds                                                                    |
//! |------------|----------------------------------------------------------------------------------|
//! | `addresses` | real servers, https, lists of addresses, a target below a proxy's path            |
//! | `architecture` | what ARCHITECTURE.md says is absent, read from the sources                 |
//! | `browsers` | real browsers of each engine, here and through a Selenium Grid; `parlab doctor`   |
//! | `cli`      | what `parlab` prints and which exit code it returns, for good and bad input      |
//! | `clocks`   | a time of day that is set back changes no time that is measured                 |
//! | `compare`  | `parlab compare`: ratios, what is refused, thresholds                            |
//! | `conduct`  | plans that `parlab serve` carries out for its page: turns, refusals, ends           |
//! | `costs`    | what runs cost besides time: CPU time and memory of all processes that have a part in them |
//! | `disks`    | disks that are full, become full, or cannot be written to |
//! | `export`   | reports as CSV, Markdown, trace, HTML; what is no report                         |
//! | `engines`  | each flow of the page in Chromium, Firefox and WebKitGTK                           |
//! | `experiments` | every row of every experiment; theory, articles, dictionaries                 |
//! | `figures`  | the charts of results in a real browser: what stands behind them, links, a telephone |
//! | `frames`   | frames that are drawn, or not, while work is done on the main thread or elsewhere  |
//! | `limits`   | what the system lets processes have, and what becomes of processes meanwhile     |
//! | `locks`    | one lock for all threads: who computes when, what waits, what ends                 |
//! | `run`      | `parlab run` end to end: equal results, linear time, tasks that panic            |
//! | `saved`    | whoever reads, whatever signals come: files, exit codes, what is left behind      |
//! | `selftest` | `parlab selftest`: what is well passes, what is wrong is named                    |
//! | `schema`   | today's report validates, yesterday's still loads                                |
//! | `states`   | each state of the page, as axe and windows of all widths see it                    |
//! | `static_site` | `parlab site`: what it writes and refuses, the page on a host that only has files |
//! | `strangers` | who connects and asks for nothing, sends a half, does not read, or comes from elsewhere |
//! | `service_worker` | the page on a host that only has files: its target in the browser, without a network, another build |
//! | `server`   | headers, types, encodings, faults of `parlab serve`                              |
//! | `network`  | work that waits: equal results, a fault test for each way to fail                |
//! | `own_work` | `cargo lab --with`: functions of a crate of somebody's own                     |
//! | `page`     | the page in a real browser: strategies, parity, cancel, import, no isolation     |
//! | `gallery`  | the page's experiments: cards, all in one go, theory and figures beside results     |
//! | `kills`    | every command killed at any moment: what is left can be read, and nothing else stays |
//! | `learn`    | the path of those who learn: expected beside measured, words, code                   |
//! | `workers`  | the page's workers: many runs in one tab, workers that are closed from outside           |
//! | `tls`      | `parlab serve --tls`: both protocols, whom it refuses, a telephone's report beside the computer's |
//! | `target`   | what `/target` serves, its models and faults, as clients and its own counts see it |
//! | `remote`   | the page that measures for somebody else, in a real browser: what it does with what it is told |
//! | `page_network` | the same for work that waits: parity, faults, files, other origins            |
//! | `page_files` | what the page loads, that it keeps it, what it says in the console, what axe finds     |
//! | `pair`     | `parlab pair`: several platforms in turn, what is refused, what a stop leaves        |
//! | `protocols` | HTTP/1.1 against HTTP/2, natively, in pairs and on the page                    |
//! | `python`   | CPython: parity, faults, deaths, the script of its own                           |
//! | `support`  | servers and other processes, a browser, a proxy, what tasks leave behind         |

mod addresses;
mod architecture;
#[cfg(target_os = "linux")]
mod browsers;
mod cli;
mod clocks;
mod compare;
mod conduct;
mod costs;
#[cfg(target_os = "linux")]
mod disks;
mod engines;
mod experiments;
mod export;
mod figures;
mod frames;
mod gallery;
#[cfg(target_os = "linux")]
mod kills;
mod learn;
mod limits;
mod locks;
mod network;
mod own_work;
mod page;
mod page_files;
mod page_network;
mod pair;
mod protocols;
mod python;
mod remote;
mod run;
mod saved;
mod schema;
mod selftest;
mod server;
mod service_worker;
mod states;
mod static_site;
mod strangers;
mod support;
mod target;
mod tls;
mod workers;
