//! How a plan that is carried out is stopped: by signals.

use std::path::{Path, PathBuf};
use std::sync::Weak;
use std::thread;
use std::time::{Duration, Instant};
use std::{fs, process};

use anyhow::Context;

use super::saving::Shared;
use crate::executors::Live;
use crate::signals::{Signal, Signals};
use crate::terminal::complain;

/// Signals that come within this time are one: `timeout` sends two, to the process and to its group.
const SAME: Duration = Duration::from_secs(1);
/// The exit code of a process that an interrupt ended.
const INTERRUPTED: i32 = 130;

/// Listens for signals. The first stops the plan and keeps what was measured; another interrupt, a while after it, ends the
/// process at once: with the runs that are over saved, and without its `folder`.
///
/// # Errors
/// The system has no signals or no threads to spare.
pub fn stop_when_told(live: Live, saving: Weak<Shared>, folder: Option<PathBuf>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let signals = {
        let _inside = runtime.enter();
        Signals::listen()
    };
    let mut signals = signals.context("signals cannot be heard")?;
    let hear = async move {
        let mut patience = Patience::default();
        loop {
            let signal = signals.next().await;
            let reaction = patience.react(signal, Instant::now());
            if reaction == Reaction::Stop {
                live.cancel();
                say("stopping; interrupt again to end at once".to_owned());
            }
            let shared = saving.upgrade();
            // Whoever saves files just now comes to the end of that first.
            let mut saving = shared.as_deref().map(Shared::lock);
            if let Some(code) = saving.as_ref().and_then(|saving| saving.exit_code()) {
                // All that is left is to print, and whoever reads that has had enough.
                end(folder.as_deref(), code.into());
            }
            if reaction == Reaction::EndAtOnce {
                if let Some(Err(error)) = saving.as_mut().map(|saving| saving.save_as_stopped()) {
                    say(format!("{error:#}"));
                }
                end(folder.as_deref(), INTERRUPTED);
            }
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(hear))?;
    Ok(())
}

/// Complains on a thread of its own: on a terminal that is held up, saying it would be all that ever happens. Where there is
/// no thread to spare, it stays unsaid.
fn say(text: String) {
    _ = thread::Builder::new().name("complaint".to_owned()).spawn(move || complain(&text));
}

/// Ends the process, and removes its folder.
fn end(folder: Option<&Path>, code: i32) -> ! {
    // Tasks may be writing to it: what is left then is removed when parlab starts the next time.
    _ = folder.map(fs::remove_dir_all);
    process::exit(code);
}

/// What to do about signals.
#[derive(Debug, Default)]
struct Patience {
    /// When the plan was told to stop.
    told: Option<Instant>,
}

/// What to do about one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reaction {
    Stop,
    EndAtOnce,
    Nothing,
}

impl Patience {
    fn react(&mut self, signal: Signal, now: Instant) -> Reaction {
        match self.told {
            None => {
                self.told = Some(now);
                Reaction::Stop
            }
            // Only a person is impatient: a terminal that closes hangs up twice.
            Some(told) if signal == Signal::Interrupt && now - told >= SAME => Reaction::EndAtOnce,
            Some(_) => Reaction::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What follows on signals, each with the milliseconds at which it comes.
    #[track_caller]
    fn check(signals: &[(Signal, u64)], expected: &[Reaction]) {
        let (began, mut patience) = (Instant::now(), Patience::default());
        let react = |(signal, ms): &(Signal, u64)| patience.react(*signal, began + Duration::from_millis(*ms));
        assert_eq!(signals.iter().map(react).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn only_a_person_is_impatient_and_not_within_a_second() {
        use Reaction::{EndAtOnce, Nothing, Stop};
        use Signal::{HangUp, Interrupt, Terminate};
        check(&[(Interrupt, 0), (Interrupt, 999), (Interrupt, 1000)], &[Stop, Nothing, EndAtOnce]);
        check(&[(Terminate, 0), (Terminate, 5000), (HangUp, 9000)], &[Stop, Nothing, Nothing]);
        check(&[(HangUp, 0), (HangUp, 3000), (Interrupt, 4000)], &[Stop, Nothing, EndAtOnce]);
    }
}
