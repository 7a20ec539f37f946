//! The checks of times: what takes how many times as long. How long something takes, whoever makes them says.

use parlab_shared::statistics::{Interval, paired_ratio};

/// How long a kernel takes for one task of some size, in milliseconds.
pub type WallMs<'a> = dyn FnMut(&str, u64) -> Result<f64, String> + 'a;

/// How often a size is tried.
const CALIBRATIONS: u32 = 3;
/// A kernel that takes no time for this size takes none for any.
const SIZE_MAX: u64 = 1 << 28;
/// The kernels: a size to begin with, by how much it is raised, and how many times the work that is.
const KERNELS: &[(&str, u64, u64, f64)] =
    &[("count", 1000, 8, 8.0), ("countdown", 1000, 8, 8.0), ("sum", 1000, 8, 8.0), ("mandelbrot", 16, 3, 9.0)];
/// How long the smaller size is to take, in milliseconds: the larger one then takes no longer than systems let a program
/// run before it is another one's turn, so that both find quiet moments on a busy machine.
const KERNEL_MS: f64 = 0.5;
/// So often both are tried.
const KERNEL_TRIES: u32 = 50;
/// How many passes a ratio is taken of.
const PASSES: u32 = 40;
/// How long a run of them is to take at least, in milliseconds: not much more, for the same reason.
const RUN_MS: f64 = 2.0;
/// In one try of twenty an interval does not hold the true value: in one of 8000 three of them do not.
const TRIES: u32 = 3;
/// What starting and stopping the clock adds, and what a processor does to the longer run, is less than this share.
const SLACK: f64 = 0.01;
/// An interval that reaches further than this share to either side of its middle agrees with nearly anything.
const HALF_WIDTH_MAX: f64 = 0.05;

/// A size for which a kernel takes so many milliseconds or more, from some size on. One that was held up by other programs
/// seems to take long: the fastest of some runs counts.
fn size_for(workload: &str, from: u64, least_ms: f64, wall_ms: &mut WallMs<'_>) -> Result<u64, String> {
    let mut size = from;
    loop {
        let mut fastest_ms = f64::INFINITY;
        for _ in 0..CALIBRATIONS {
            fastest_ms = fastest_ms.min(wall_ms(workload, size)?);
        }
        if fastest_ms >= least_ms || size >= SIZE_MAX {
            return Ok(size);
        }
        size *= 2;
    }
}

/// Whether time grows with the work, for every kernel.
pub fn kernels(wall_ms: &mut WallMs<'_>) -> Result<String, String> {
    let mut found = Vec::new();
    for (name, from, factor, work) in KERNELS {
        let size = size_for(name, *from, KERNEL_MS, wall_ms)?;
        let (mut short_ms, mut long_ms) = (f64::INFINITY, f64::INFINITY);
        let mut settles = || -> Result<bool, String> {
            short_ms = short_ms.min(wall_ms(name, size)?);
            long_ms = long_ms.min(wall_ms(name, size * factor)?);
            Ok((work * 0.62..work * 1.6).contains(&(long_ms / short_ms)))
        };
        let mut settled = false;
        for _ in 0..KERNEL_TRIES {
            settled = settled || settles()?;
        }
        let times = long_ms / short_ms;
        if !settled {
            return Err(format!("{name}: {work} times the work takes {times:.2} times as long"));
        }
        found.push(format!("{name} {times:.1} for {work}"));
    }
    Ok(format!("times as long: {}", found.join(", ")))
}

/// The interval of how many times as long one size takes as another, in turn.
fn ratio(sizes: [u64; 2], wall_ms: &mut WallMs<'_>) -> Result<Interval, String> {
    let mut pairs = Vec::new();
    for pass in 0..PASSES {
        // Neither always runs first.
        let mut order = [0, 1];
        order.rotate_left((pass % 2) as usize);
        let mut walls_ms = [0.0; 2];
        for place in order {
            walls_ms[place] = wall_ms("count", sizes[place])?;
        }
        pairs.push((walls_ms[0], walls_ms[1]));
    }
    let interval = paired_ratio(&pairs).and_then(|ratio| ratio.interval);
    interval.ok_or_else(|| "some runs took no time at all".to_owned())
}

/// Whether so many times the work takes so many times as long.
pub fn of_times_the_work(factor: u64, wall_ms: &mut WallMs<'_>) -> Result<String, String> {
    let expected = factor as f64;
    // What is the same is the same.
    let slack = if factor == 1 { 0.0 } else { SLACK };
    let size = size_for("count", 1000, RUN_MS, wall_ms)?;
    let mut said = String::new();
    for _ in 0..TRIES {
        let interval = ratio([size * factor, size], wall_ms)?;
        let Interval { low, high, .. } = interval;
        said = format!("{low:.4} to {high:.4} times as long");
        if low <= expected * (1.0 + slack) && high >= expected * (1.0 - slack) {
            if interval.relative_half_width() > HALF_WIDTH_MAX {
                said.push_str(", which is too wide to tell much: close other programs and test again");
            }
            return Ok(said);
        }
    }
    Err(format!("{said} in the last of {TRIES} tries"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine on which a task of some size of a kernel takes so long, give or take a share that differs from run to run.
    fn machine(wall_ms: impl Fn(&str, u64) -> f64) -> impl FnMut(&str, u64) -> Result<f64, String> {
        let mut runs = 0_u32;
        move |workload, size| {
            runs += 1;
            // The golden ratio's multiples fill the unit evenly (<https://en.wikipedia.org/wiki/Low-discrepancy_sequence>).
            let share = (f64::from(runs) * 0.618_033_988_75).fract();
            Ok(wall_ms(workload, size) * (1.0 + 0.004 * (share - 0.5)))
        }
    }

    /// A task's work.
    fn work(workload: &str, size: u64) -> f64 {
        let work = if workload == "mandelbrot" { size * size } else { size };
        work as f64 * 1e-6
    }

    #[test]
    fn a_machine_that_is_well_passes() {
        assert!(kernels(&mut machine(work)).is_ok_and(|said| said.contains("mandelbrot 9.0 for 9")));
        for factor in [1, 2] {
            let passes = of_times_the_work(factor, &mut machine(work));
            assert!(passes.as_ref().is_ok_and(|said| said.ends_with("times as long")), "{factor}: {passes:?}");
        }
    }

    #[test]
    fn a_kernel_that_the_compiler_folded_fails() {
        let folded = |workload: &str, size| if workload == "sum" { 1.0 } else { work(workload, size) };
        let said = kernels(&mut machine(folded)).expect_err("it takes the same time for any size");
        assert!(said.starts_with("sum: 8 times the work takes 1.0"), "{said}");
        let quadratic = |workload: &str, size| work(workload, size) * size as f64;
        assert!(kernels(&mut machine(quadratic)).is_err());
    }

    #[test]
    fn a_machine_that_is_off_fails() {
        // What is added to every run.
        let late = |workload: &str, size| work(workload, size) + 0.3;
        let said = of_times_the_work(2, &mut machine(late)).expect_err("less than twice as long");
        assert!(said.starts_with("1.8") && said.ends_with("in the last of 3 tries"), "{said}");
        // Whatever runs first in a pass is slower: both are as often. Then what is named first is.
        let of_place = |slow: fn(u32) -> bool| {
            let mut runs = 0;
            move |workload: &str, size: u64| {
                runs += 1;
                Ok(work(workload, size) * if slow(runs) { 1.1 } else { 1.0 })
            }
        };
        assert!(of_times_the_work(1, &mut of_place(|run| run % 2 == 1)).is_ok());
        assert!(of_times_the_work(1, &mut of_place(|run| matches!(run % 4, 0 | 1))).is_err());
        // What others do to it all the time is no fault that can be told, and no proof of health either.
        let mut runs = 0_u32;
        let mut busy = |workload: &str, size| {
            runs += 1;
            Ok(work(workload, size) * (1.0 + (f64::from(runs) * 0.618_033_988_75).fract()))
        };
        assert!(of_times_the_work(1, &mut busy).is_ok_and(|said| said.contains("too wide to tell much")));
        let mut without_time = |_: &str, _| Ok(0.0);
        assert!(of_times_the_work(2, &mut without_time).is_err_and(|said| said == "some runs took no time at all"));
        let mut broken = |_: &str, _| Err("count: task 0 failed".to_owned());
        assert!(kernels(&mut broken).is_err_and(|said| said == "count: task 0 failed"));
    }
}
