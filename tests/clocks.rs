//! The time of day, which somebody or something may set at any time, decides no time that is measured.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Command;

use parlab_shared::report::Report;

use crate::support::parlab::{parlab, text};

/// A library that is loaded before the system's: to whoever asks for the time of day it says that it is one in 2001, and
/// five seconds earlier each time. Every other clock is as it is.
const SET_BACK: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

static long long calls;

static time_t earlier(void) {
    return 1000000000 - 5 * __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
        if (real == 0) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
        return real(clock, now);
    }
    now->tv_sec = earlier();
    now->tv_nsec = 0;
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    now->tv_sec = earlier();
    now->tv_usec = 0;
    return 0;
}

time_t time(time_t *now) {
    time_t then = earlier();
    if (now != 0) *now = then;
    return then;
}
"#;

/// Compiles it into a folder.
fn compile(folder: &Path) -> std::path::PathBuf {
    let (source, library) = (folder.join("back.c"), folder.join("back.so"));
    std::fs::write(&source, SET_BACK).expect("written");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").output();
    let compiled = compiled.expect("a C compiler: Rust's linker is one");
    assert!(compiled.status.success(), "{}", text(&compiled.stderr));
    library
}

#[test]
fn a_clock_that_is_set_back_changes_no_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let library = compile(folder.path());
    for platform in ["native", "python"] {
        for work in [["sum", "--size", "100000"], ["post", "--latency", "5"], ["sleep", "--size", "20"]] {
            let mut command = parlab();
            command.arg("run").args(work).args(["--platform", platform, "-n", "4", "--runs", "6", "--warmup", "0"]);
            command.args(["-s", "sequential,async,threads,processes", "-w", "2", "--json", "-"]);
            let output = command.env("LD_PRELOAD", &library).output().expect("parlab runs");
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{platform} {work:?}: {said}");
            let report = Report::from_json(&text(&output.stdout)).unwrap_or_else(|error| panic!("{error}: {said}"));
            // It is what the process was told.
            assert!(report.created.starts_with("2001-09-0"), "{}", report.created);
            for run in &report.runs {
                // Processes meet at the system's clock: a fraction of a millisecond apart at most.
                let slack = 0.5;
                for span in &run.spans {
                    let in_order =
                        [-slack, span.queued_ms, span.start_ms + slack, span.end_ms + slack, run.wall_ms + 2.0 * slack];
                    assert!(in_order.is_sorted(), "{platform} {work:?}: {span:?} of {}", run.wall_ms);
                }
            }
        }
    }
}
