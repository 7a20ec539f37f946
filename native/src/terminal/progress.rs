//! How far a plan is: a bar, drawn by a thread of its own that only reads the run's board, or a line for each experiment
//! where no bar can be drawn.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use parlab_shared::label::{full_name, group};
use parlab_shared::measure::{PairPlan, Stage};
use parlab_shared::number::Counted;
use parlab_shared::run::RunSpec;

use super::wrap::width;
use super::{Style, complain};
use crate::executors::Live;
use crate::threads_end;

/// How often the bar is drawn: rarely, because drawing takes time from what is measured.
const REDRAW: Duration = Duration::from_millis(200);
/// How wide a bar is at most.
const BAR_MAX: usize = 24;
/// Where the terminal does not say how wide it is.
const WIDTH: usize = 80;
/// How long the bar may take to go.
const END: Duration = Duration::from_secs(1);
/// What takes less than this shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Says on standard error how far a plan is.
#[derive(Debug)]
pub enum Progress {
    /// A bar, where it can be drawn over.
    Bar(Bar),
    /// A line for each experiment.
    Lines(Lines),
}

impl Progress {
    /// Starts to show how far a plan is, whose runs `live` shows.
    pub fn start(plan: &PairPlan, live: Live) -> Self {
        if Style::can_redraw() { Self::Bar(Bar::start(plan, live)) } else { Self::Lines(Lines::of(plan)) }
    }

    /// A run of the part at a place begins.
    pub fn begin(&mut self, index: usize, of: usize, part: usize, spec: &RunSpec) {
        match self {
            Self::Bar(bar) => bar.begin(index, of, part, spec),
            Self::Lines(lines) => {
                if let Some(line) = lines.begin(spec) {
                    complain(&line);
                }
            }
        }
    }

    /// Takes the bar away.
    pub fn end(self) {
        if let Self::Bar(bar) = self {
            bar.end();
        }
    }
}

/// What is said where no bar is drawn.
#[derive(Debug)]
pub struct Lines {
    /// The experiments, with how many runs they have.
    stages: Vec<(String, String)>,
    /// How many of them have begun.
    begun: usize,
}

impl Lines {
    fn of(plan: &PairPlan) -> Self {
        let stage = |stage: &Stage| {
            let goes_on = stage.until.is_some() || stage.stable.is_some();
            let runs = Counted(plan.runs_of(stage) as u64, "run");
            Some((group(stage.rows.first()?).to_owned(), format!("{}{runs}", if goes_on { "at least " } else { "" })))
        };
        Self { stages: plan.plan.stages.iter().filter_map(stage).collect(), begun: 0 }
    }

    /// What there is to say when a run begins: something, if it is the first of an experiment.
    fn begin(&mut self, spec: &RunSpec) -> Option<String> {
        let name = group(&spec.row);
        let is_known = self.begun > 0 && self.stages[self.begun - 1].0 == name;
        let (_, runs) = self.stages.get(self.begun).filter(|_| !is_known)?;
        self.begun += 1;
        let place = match self.stages.len() {
            1 => String::new(),
            all => format!(" ({} of {all})", self.begun),
        };
        Some(format!("{name}{place}: {runs}"))
    }
}

/// A bar.
#[derive(Debug)]
pub struct Bar {
    shared: Arc<Shared>,
    /// What the parts of a pair are called; of a plan on one platform, nothing.
    parts: Vec<String>,
    /// `None` where there was none to spare: then nothing is drawn.
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    run: Mutex<(usize, usize, String)>,
    over: AtomicBool,
}

impl Bar {
    fn start(plan: &PairPlan, live: Live) -> Self {
        let parts =
            plan.parts.iter().map(|part| if plan.is_pair() { format!(" on {}", part.name) } else { String::new() });
        let parts = parts.collect();
        let shared = Arc::new(Shared::default());
        let draw = {
            let shared = Arc::clone(&shared);
            move || draw(&shared, &live)
        };
        let thread = thread::Builder::new().name("progress".to_owned()).spawn(draw).ok();
        Self { shared, parts, thread }
    }

    fn begin(&self, index: usize, of: usize, part: usize, spec: &RunSpec) {
        let kind = if spec.warmup { " (warm-up)" } else { "" };
        let label = full_name(&spec.row) + &self.parts[part] + kind;
        *self.shared.run.lock().unwrap_or_else(PoisonError::into_inner) = (index, of, label);
    }

    fn end(self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread {
            thread.thread().unpark();
            // What is measured is kept after this: a terminal that is held up does not hold that up for long.
            threads_end::join([thread], END);
        }
    }
}

fn draw(shared: &Shared, live: &Live) {
    thread::park_timeout(PATIENCE);
    if shared.over.load(Ordering::Relaxed) {
        return;
    }
    let bar = ProgressBar::new(0);
    while !shared.over.load(Ordering::Relaxed) {
        let (index, of, label) = shared.run.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(board) = live.board() {
            // The terminal may have become another one meanwhile.
            let style = Style::of_stderr();
            let (finished, failed, tasks) = (board.finished(), board.failed(), board.tasks());
            let run = style.text(&format!("run {}/{of}", index + 1));
            let elapsed = elapsed(bar.elapsed());
            let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
            let counts = format!("{finished}/{tasks} tasks{failures}");
            let columns = style.width.unwrap_or(WIDTH);
            let message = message([&elapsed, &run, &counts], &style.text(&label), columns);
            let template = format!("{elapsed} {{bar:{}}} {{msg}}", bar_width(columns));
            let template = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(if style.ascii { template.progress_chars("#>-") } else { template });
            // The bar counts in thousandths of a run, so that a long run moves it too.
            bar.set_length(of as u64 * 1000);
            bar.set_position(index as u64 * 1000 + u64::from(finished) * 1000 / u64::from(tasks.max(1)));
            bar.set_message(style.text(&message));
        }
        thread::park_timeout(REDRAW);
    }
    bar.finish_and_clear();
}

/// How wide the bar is on a terminal.
fn bar_width(columns: usize) -> usize {
    (columns / 4).min(BAR_MAX)
}

/// What stands beside a bar, in whole words: which run it is, then how far that is, then what is run, as far as there is
/// room. What stands before the bar is no part of it.
fn message([elapsed, run, counts]: [&str; 3], label: &str, columns: usize) -> String {
    // A line that is full makes some terminals begin the next one.
    let room = columns.saturating_sub(width(elapsed) + 1 + bar_width(columns) + 1 + 1);
    let ends = label.char_indices().rev().filter(|(_, character)| *character == ' ').map(|(at, _)| &label[..at]);
    let cut = ends.map(|words| format!("{run}, {counts}: {} …", words.trim_end_matches([' ', ',', '×', '·'])));
    let whole = [format!("{run}, {counts}: {label}")].into_iter();
    let less = [format!("{run}, {counts}"), run.to_owned()];
    whole.chain(cut).chain(less).find(|message| width(message) <= room).unwrap_or_default()
}

/// How long a plan takes so far: `9 s`, `12 min`, `1 h 30 min`.
fn elapsed(time: Duration) -> String {
    match (time.as_secs(), time.as_secs() / 60) {
        (seconds, 0) => format!("{seconds} s"),
        (_, minutes @ 1..60) => format!("{minutes} min"),
        (_, minutes) => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use parlab_shared::measure::{ALL, Request};
    use parlab_shared::strategy::Platform;

    use super::*;

    #[test]
    fn no_word_and_no_number_is_cut_on_any_terminal() {
        let label = "dictionary, processes × 16, one per task, sharing merge (warm-up)";
        let parts = ["59 min", "run 118/1200", "99999/100000 tasks, 12345 failed"];
        let whole = format!("{}, {}: {label} …", parts[1], parts[2]);
        for columns in 40..200 {
            let message = message(parts, label, columns);
            assert!(width(parts[0]) + 1 + bar_width(columns) + 1 + width(&message) < columns, "{columns}: {message}");
            // Where it ends there is neither comma nor colon.
            let is_whole =
                |word: &str| whole.split(' ').any(|known| known == word || known.trim_end_matches([',', ':']) == word);
            assert!(message.split(' ').all(is_whole), "{columns}: {message}");
        }
        let check = |columns, expected: &str| assert_eq!(message(parts, label, columns), expected);
        check(40, "run 118/1200");
        check(80, "run 118/1200, 99999/100000 tasks, 12345 failed");
        check(100, "run 118/1200, 99999/100000 tasks, 12345 failed: dictionary …");
        check(120, "run 118/1200, 99999/100000 tasks, 12345 failed: dictionary, processes × 16, one per …");
        check(160, &format!("run 118/1200, 99999/100000 tasks, 12345 failed: {label}"));
    }

    #[test]
    fn time_has_a_unit() {
        let check = |seconds, expected: &str| assert_eq!(elapsed(Duration::from_secs(seconds)), expected);
        check(9, "9 s");
        check(60, "1 min");
        check(3599, "59 min");
        check(5400, "1 h 30 min");
    }

    /// What is said of a plan.
    fn said(request: &Request) -> Vec<String> {
        let plan = PairPlan::alone(request.plan(Platform::Native).expect("a plan"), Platform::Native);
        let mut lines = Lines::of(&plan);
        let specs = plan.plan.rows().map(|row| plan.run(0, row, 0, false));
        specs.filter_map(|spec| lines.begin(&spec)).collect()
    }

    #[test]
    fn without_a_bar_each_experiment_is_a_line() {
        let sum = Request { runs: Some(4), warmup: Some(1), ..Request::named("sum") };
        assert_eq!(said(&sum), ["sum: 15 runs"]);
        let goes_on = Request { precision: Some(5.0), ..sum.clone() };
        assert!(said(&goes_on)[0].starts_with("sum: at least "), "{:?}", said(&goes_on));
        let all = said(&Request { name: ALL.to_owned(), ..sum });
        assert!(all[1].starts_with(&format!("io-heavy (2 of {}): ", all.len())), "{all:?}");
    }
}
