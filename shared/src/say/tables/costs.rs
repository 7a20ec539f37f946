//! What rows cost besides time.

use super::{column, of_rows, row_names};
use crate::analysis::{Analysis, RowCosts};
use crate::say::table::{Cell, Note, Table, Unit};
use crate::strategy::Platform;
use crate::way::Setup;

/// What a note is about: what the system counts of processes.
const COUNTED: &[&str] = &["user", "system", "cores", "peak-memory", "waits", "preempted"];

/// What cores used are, and what they tell.
const CORES: &str = "Cores used: user and system CPU time by wall time. Work that waits has little CPU time, however long it takes, and \
                     so has work that other programs keep from the cores. It can be more than a row has workers: the threads \
                     that hand tasks out and show progress count, too.";

/// What they are divided by where setup is a part of wall time.
const SETUP_TIMED: &str = "Where setup is timed, cores used are CPU time by wall time without setup: CPU time is counted from the first \
                           task on.";

/// What is counted natively.
const NATIVELY: &str = "Counted of this program's threads and worker processes, from the first task to the last result; the \
                        target server is not.";

/// What is counted in Python.
const IN_PYTHON: &str = "Counted of Python and its worker processes, from the first task to the last result; the target server \
                         is not.";

/// What context switches are.
const SWITCHES: &str =
    "Waits: a thread gave its core up (voluntary context switches). Preempted: the system took it (involuntary).";

/// What peak memory is.
const PEAK: &str = "Peak memory: resident, with what was there before; of several processes the sum, in which shared pages count \
                    in each.";

/// The same where it is not of the run alone.
const PEAK_SINCE_START: &str = "Peak memory: resident, since the process began, for this system does not forget it; of several \
                                processes the sum, in which shared pages count in each.";

/// What is known in a browser.
const IN_A_BROWSER: &str = "Lab memory: WebAssembly memories of the lab's workers at the end of a run, which never shrink. Browsers \
                            tell nothing of CPU time, and of memory of their own only after seconds. Of rows whose workers \
                            end in the run, nobody knows it.";

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let is_known = analysis.rows.iter().any(|row| row.summary.costs.is_known());
    let rows = || analysis.rows.iter().filter(|_| is_known);
    let since_start = rows().any(|row| row.summary.costs.peak_since_start);
    let is_timed = rows().any(|row| row.row.way.setup == Setup::Timed);
    let costs = |key, name, unit, rank, value: fn(&RowCosts) -> Option<f64>| {
        column(key, name, unit, rank, move |row| Cell::number(value(&row.summary.costs))).optional()
    };
    let (columns, lines) = of_rows(
        rows(),
        vec![
            row_names(),
            column("median", "Median", Unit::Ms, 6, |row| Cell::number(row.summary.median_ms()))
                .about("The median wall time")
                .optional(),
            costs("cores", "Cores used", Unit::Cores, 0, |costs| costs.cores)
                .about("CPU time by the time in which it was counted"),
            costs("user", "User CPU", Unit::Ms, 1, |costs| costs.user_ms)
                .about("CPU time of the program's own code, added up over cores"),
            costs("system", "System CPU", Unit::Ms, 2, |costs| costs.system_ms)
                .about("CPU time of the system on the program's behalf, added up over cores"),
            costs("peak-memory", "Peak memory", Unit::Mb, 3, |costs| costs.peak_memory_bytes.map(mb))
                .about("The most memory that was resident"),
            costs("waits", "Waits", Unit::Count, 4, |costs| costs.voluntary_switches)
                .about("How often a thread gave its core up: voluntary context switches"),
            costs("preempted", "Preempted", Unit::Count, 5, |costs| costs.involuntary_switches)
                .about("How often the system took a core from a thread: involuntary context switches"),
            costs("lab-memory", "Lab memory", Unit::Mb, 0, |costs| costs.wasm_memory_bytes.map(mb))
                .about("How large the WebAssembly memories of the lab's workers were at the end of the run"),
        ],
    );
    let counted = match analysis.report.platform {
        Platform::Native => Some(NATIVELY),
        Platform::Python => Some(IN_PYTHON),
        Platform::Browser | Platform::Chromium | Platform::Firefox | Platform::Webkit => None,
    };
    let notes = [
        Note::on(&["cores"], CORES),
        Note::on(&["peak-memory"], if since_start { PEAK_SINCE_START } else { PEAK }),
        Note::on(&["waits", "preempted"], SWITCHES),
        Note::on(&["lab-memory"], IN_A_BROWSER),
    ];
    let timed = is_timed.then(|| Note::on(&["cores"], SETUP_TIMED));
    let notes = counted.map(|counted| Note::on(COUNTED, counted)).into_iter().chain(notes).chain(timed);
    Table {
        key: "costs",
        title: "Costs besides time".to_owned(),
        about: "What the runs of each row cost besides time: medians",
        notes: notes.filter(|note| note.is_about(|key| columns.iter().any(|column| column.key == key))).collect(),
        columns,
        lines,
    }
}

/// Megabytes.
fn mb(bytes: f64) -> f64 {
    bytes / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Variant;
    use crate::report::Report;
    use crate::report::fixture::ReportBuilder;

    fn keys(report: &Report) -> Vec<String> {
        table(&Analysis::of(report)).columns.iter().map(|column| column.key.to_string()).collect()
    }

    #[test]
    fn each_platform_has_what_it_tells() {
        let of = |platform| ReportBuilder::of("sum").platform(platform).build();
        let native = ["row", "median", "cores", "user", "system", "peak-memory", "waits", "preempted"];
        assert_eq!(keys(&of(Platform::Native)), native);
        assert_eq!(keys(&of(Platform::Python)), native);
        assert_eq!(keys(&of(Platform::Firefox)), ["row", "median", "lab-memory"]);
        let mut old = of(Platform::Native);
        old.runs.iter_mut().for_each(|run| run.costs = None);
        let table = table(&Analysis::of(&old));
        assert!(table.lines.is_empty() && table.notes.is_empty(), "{table:?}");
    }

    #[test]
    fn a_row_of_which_nothing_is_known_has_a_line_all_the_same() {
        let mut report = ReportBuilder::of("sum").build();
        let first = report.runs[0].row.clone();
        report.runs.iter_mut().filter(|run| run.row == first).for_each(|run| run.costs = None);
        let analysis = Analysis::of(&report);
        assert_eq!(table(&analysis).lines.len(), analysis.rows.len());
    }

    #[test]
    fn where_setup_is_timed_it_is_said_what_cores_are_of() {
        let says = |name: &str, variant| {
            let report = ReportBuilder::of(name).request(|request| request.variant = variant).build();
            table(&Analysis::of(&report)).notes.iter().any(|note| note.text == SETUP_TIMED)
        };
        assert!(says("sum", Some(Variant::Source)) && !says("sum", None));
    }

    #[test]
    fn a_peak_that_may_be_of_an_earlier_run_is_called_so() {
        let mut report = ReportBuilder::of("sum").build();
        let said = |report: &Report| {
            let notes = table(&Analysis::of(report)).notes;
            notes.iter().any(|note| note.text.contains("since the process began"))
        };
        assert!(!said(&report));
        report.runs.iter_mut().filter_map(|run| run.costs.as_mut()).for_each(|costs| costs.peak_since_start = true);
        assert!(said(&report));
    }
}
