//! Every command killed at any moment (SIGKILL, which nobody can hear): what it was writing can be read, and after the next
//! start nothing of it is left.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use parlab_shared::draw;
use parlab_shared::report::load;

use crate::support::process::{names, until};
use crate::support::room::{Room, Seen};

/// So many kills, unless the variable `PARLAB_KILLS` says another number: BENCHMARKS.md has the figures of many.
const KILLS: usize = 12;
/// What decides on the moments.
const SEED: u64 = 15;
/// How often is looked which processes there are.
const LOOK: Duration = Duration::from_millis(10);
/// A report that lies there before.
const BEFORE: &str = "sum --scale smoke --runs 2 --warmup 0 -s sequential";

/// What they are asked to write.
const WRITTEN: [&str; 6] = ["r.csv", "r-runs.csv", "r.html", "r.json", "r.md", "r.trace.json"];
/// Commands, and how long each takes at least when it is let alone, in milliseconds: killed at a moment of that time.
const COMMANDS: [(&str, u64); 12] = [
    ("run sum -s processes,threads -w 2 -n 4 --size 1e6 --runs 500 --warmup 0 --json r.json --html r.html", 1500),
    ("pair sum --platform native,chromium -s threads -w 2 -n 4 --size 1e6 --runs 500 --warmup 0 --json r.json", 6000),
    ("run write -s processes,threads -w 2 -n 4 --size 1000 --runs 500 --warmup 0 --json r.json --csv r.csv", 1500),
    ("pair sum --platform native,python -s processes -w 2 -n 4 --size 1e5 --runs 500 --warmup 0 --json r.json", 2500),
    ("run post -s async,processes -w 2 -n 50 --runs 500 --warmup 0 --json r.json --trace r.trace.json", 1500),
    ("pair sum --platform native,firefox -s threads -w 2 -n 4 --size 1e6 --runs 500 --warmup 0 --json r.json", 8000),
    ("report before.json --json r.json --html r.html --markdown r.md --csv r.csv --trace r.trace.json", 60),
    ("serve --listen 127.0.0.1:0", 400),
    ("compare before.json before.json --html r.html", 60),
    ("doctor --json", 5000),
    ("target --listen 127.0.0.1:0", 300),
    ("list --json", 30),
];

#[test]
fn whatever_is_killed_leaves_what_can_be_read_and_after_the_next_start_nothing_else() {
    let kills = std::env::var("PARLAB_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number"));
    let room = Room::new();
    let here = room.path().join("here");
    fs::create_dir(&here).expect("a folder");
    let run = |args: &str| {
        let output = room.parlab().args(args.split(' ')).current_dir(&here).output().expect("parlab runs");
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run(&format!("run {BEFORE} --json before.json"));
    let ours = ["after.json", "before.json"].map(str::to_owned).to_vec();
    let (mut written, mut runs) = (0, 0);
    for kill in 0..kills {
        let (command, ms) = COMMANDS[kill % COMMANDS.len()];
        let moment = Duration::from_micros(draw::bits(SEED, kill as u64) % (ms * 1000));
        let of_kill = || format!("{command}, killed after {moment:?} (kill {kill})");
        let mut parlab = room.parlab();
        parlab.args(command.split(' ')).current_dir(&here).stdout(Stdio::null()).stderr(Stdio::null());
        let begun = Instant::now();
        let mut child = parlab.spawn().expect("parlab runs");
        let mut seen = Seen::default();
        while begun.elapsed() + LOOK < moment {
            seen.look(&child);
            sleep(LOOK);
        }
        sleep(moment.saturating_sub(begun.elapsed()));
        seen.look(&child);
        child.kill().expect("it is ours");
        child.wait().expect("it ended");
        until(&format!("nothing runs: {}", of_kill()), || seen.left().is_empty() && room.processes().is_empty());
        if let Ok(bytes) = fs::read(here.join("r.json")) {
            let reports = load(&bytes).unwrap_or_else(|error| panic!("{}: r.json {error}", of_kill()));
            written += 1;
            runs += reports.iter().map(|report| report.runs.len()).sum::<usize>();
        }
        run(&format!("run {BEFORE} --json after.json"));
        for name in names(&here).iter().filter(|name| WRITTEN.contains(&name.as_str())) {
            fs::remove_file(here.join(name)).expect("it is a file");
        }
        assert_eq!((names(&here), names(room.path())), (ours.clone(), vec!["here".to_owned()]), "{}", of_kill());
    }
    #[expect(clippy::print_stdout, reason = "figures for BENCHMARKS.md")]
    {
        println!("{kills} kills: {written} reports with {runs} runs were written, and all of them can be read");
    }
}
