//! Processes that a test starts, looks at, signals and waits for: never without a limit, and none outlives its test.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parlab_shared::measure::{Snapshot, TaskState};
use parlab_shared::report::Report;

use super::parlab::interruptible;

/// How long anything that has to happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// A process; dropping it ends it.
pub struct Process {
    child: Child,
    stderr: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts a command. What it prints is dropped, what it complains of kept.
    pub fn start(command: &mut Command) -> Self {
        let started = command.env_remove("RUST_BACKTRACE").stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = started.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let mut stderr = child.stderr.take().expect("its standard error is a pipe");
        // Read all the time: what nobody takes would hold it up.
        let reading = thread::spawn(move || {
            let mut said = Vec::new();
            // What was said until it broke off is all that there is.
            _ = stderr.read_to_end(&mut said);
            String::from_utf8_lossy(&said).into_owned()
        });
        Self { child, stderr: Some(reading) }
    }

    /// Starts `parlab run ARGS` whose report, and all other files, go to a folder.
    pub fn run(folder: &Path, args: &[&str]) -> Self {
        let mut command = interruptible();
        Self::start(command.arg("run").args(args).arg("--json").arg(report_in(folder)).env("TMPDIR", folder))
    }

    /// Its number.
    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Sends it a signal such as `-INT`.
    pub fn signal(&self, name: &str) {
        signal(name, &self.id());
    }

    /// Waits for its end: the exit code, and what it complained of.
    #[track_caller]
    pub fn end(mut self) -> (Option<i32>, String) {
        let status = wait_for("the end of a process", || self.child.try_wait().expect("a child"));
        let said = self.stderr.take().map(|reading| reading.join().expect("it only reads"));
        (status.code(), said.unwrap_or_default())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only if it has ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// What a function finds, as soon as it finds something; says what is missing if that never happens.
#[track_caller]
pub fn wait_for<T>(what: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until something is so.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(what, || is_so().then_some(()));
}

/// The names in a folder, hidden ones too.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Sends a signal such as `-INT` to a process, or with a dash before its number to a process group.
#[track_caller]
pub fn signal(name: &str, to: &str) {
    assert!(Command::new("kill").args([name, "--", to]).status().expect("kill runs").success(), "{name} {to}");
}

/// The processes whose parent is this one, whichever of its threads started them.
pub fn children(parent: &str) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    let of_tasks = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    of_tasks.flat_map(|children| children.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Those that were started with an argument, as soon as there are some that are not among `known`.
#[track_caller]
pub fn children_with(parent: &str, argument: &str, known: &[String]) -> Vec<String> {
    let is_meant = |child: &String| {
        let words = fs::read_to_string(format!("/proc/{child}/cmdline")).unwrap_or_default();
        words.split('\0').any(|word| word == argument) && !known.contains(child)
    };
    wait_for(&format!("parlab has a child that is a {argument}"), || {
        let found: Vec<String> = children(parent).into_iter().filter(is_meant).collect();
        (!found.is_empty()).then_some(found)
    })
}

/// Whether a process is there and has not ended.
pub fn is_running(id: &str) -> bool {
    state(id).is_some_and(|state| !state.starts_with('Z'))
}

/// Whether a process has computed for a tenth of a second, which starting does not take.
pub fn has_computed(id: &str) -> bool {
    const USER_TIME: usize = 11;
    let ticks = state(id).and_then(|state| state.split(' ').nth(USER_TIME)?.parse::<u64>().ok());
    ticks.is_some_and(|ticks| ticks >= 10)
}

/// What the system tells of a process after its name.
fn state(id: &str) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    Some(stat.rsplit_once(") ")?.1.to_owned())
}

/// What a process is waiting for: the file that the call in which it is has as its first argument.
pub fn waits_for(id: &str) -> Option<PathBuf> {
    let call = fs::read_to_string(format!("/proc/{id}/syscall")).ok()?;
    let number = i32::from_str_radix(call.split(' ').nth(1)?.strip_prefix("0x")?, 16).ok()?;
    fs::read_link(format!("/proc/{id}/fd/{number}")).ok()
}

/// Says something in the place of a process, into the pipe in which it answers whoever started it: the one that it can write
/// to and that is not its standard error.
pub fn answer_for(id: &str, said: &[u8]) {
    let link = |file: &Path| fs::read_link(file).unwrap_or_default();
    let (files, complaints) = (PathBuf::from(format!("/proc/{id}/fd")), link(Path::new(&format!("/proc/{id}/fd/2"))));
    let is_its_answers = |file: &PathBuf| {
        let number = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let info = fs::read_to_string(format!("/proc/{id}/fdinfo/{number}")).unwrap_or_default();
        let mode = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap_or_default().trim().to_owned();
        let to = link(file);
        mode.ends_with('1') && to.to_string_lossy().starts_with("pipe:") && to != complaints
    };
    let pipe = wait_for("a process has a pipe for its answers", || {
        fs::read_dir(&files).into_iter().flatten().flatten().map(|file| file.path()).find(is_its_answers)
    });
    let mut pipe = fs::File::options().write(true).open(pipe).expect("the pipe can be opened");
    pipe.write_all(said).expect("it is written");
}

/// Whether a process is in an event loop, as worker processes are while a task of theirs sleeps.
pub fn is_in_event_loop(id: &str) -> bool {
    waits_for(id).is_some_and(|file| file.as_os_str() == "anon_inode:[eventpoll]")
}

/// The boards of runs in Python whose files are in a folder.
pub fn boards(folder: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten();
    let of_plan = entries(folder).filter(|entry| entry.file_name().to_string_lossy().starts_with("parlab-"));
    let files = of_plan.flat_map(|folder| entries(&folder.path()));
    let boards = files.filter(|entry| entry.file_name().to_string_lossy().starts_with("board-"));
    boards.map(|entry| entry.path()).collect()
}

/// Waits until the board of a run in Python says that tasks are in all of these states.
#[track_caller]
pub fn wait_for_tasks(folder: &Path, states: &[TaskState]) {
    wait_for(&format!("tasks are {states:?}"), || {
        let snapshot = Snapshot::decode(&fs::read(boards(folder).pop()?).ok()?)?;
        let is_in = |state: &TaskState| snapshot.slots.iter().any(|slot| slot.state == *state);
        states.iter().all(is_in).then_some(())
    });
}

/// Where [`Process::run`] has its report.
fn report_in(folder: &Path) -> PathBuf {
    folder.join("report.json")
}

/// The report that [`Process::run`] wrote.
#[track_caller]
pub fn report_of(folder: &Path) -> Report {
    load(&report_in(folder))
}

/// Waits until that report has more runs than some.
#[track_caller]
pub fn wait_for_runs(folder: &Path, more_than: usize) -> usize {
    wait_for("runs are saved", || {
        let runs = report_in(folder).exists().then(|| report_of(folder).runs.len());
        runs.filter(|runs| *runs > more_than)
    })
}

/// A report that lies somewhere.
#[track_caller]
pub fn load(path: &Path) -> Report {
    let json = fs::read_to_string(path).expect("a report");
    Report::from_json(&json).unwrap_or_else(|error| panic!("{}: {error}: {json:?}", path.display()))
}
