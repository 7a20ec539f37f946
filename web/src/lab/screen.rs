//! How a team asks the page's main thread to draw: by way of the lab, which passes on what both say.

use std::cell::RefCell;

use futures::channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures::future::{Either, select};
use futures::{StreamExt, pin_mut};
use parlab_shared::screen::{Drawing, Drawn, FromScreen, OnThread, ToScreen};
use parlab_shared::span::{ErrorKind, TaskError};

use super::from_team;
use super::timer::sleep_ms;
use crate::messages::FromTeam;

/// A main thread that says nothing for so long draws nothing: no work that may be asked for takes it longer.
const SILENCE_LIMIT_MS: f64 = 30_000.0;

thread_local! {
    /// Whoever waits for what the main thread says.
    static WAITS: RefCell<Option<UnboundedSender<FromScreen>>> = const { RefCell::new(None) };
}

/// The main thread says something. What nobody waits for any more is of a task that was given up.
pub fn hear(said: FromScreen) {
    if let Some(waits) = WAITS.with_borrow(Clone::clone) {
        // Likewise.
        _ = waits.unbounded_send(said);
    }
}

/// Has the page's main thread draw frames while work is done: there, or by calling `meanwhile` here.
///
/// # Errors
/// It says nothing.
pub async fn draw(drawing: Drawing, meanwhile: impl FnOnce()) -> Result<Drawn, TaskError> {
    let (say, mut said) = mpsc::unbounded();
    WAITS.set(Some(say));
    let mut asked = Asked::draw(drawing);
    if drawing.on == OnThread::Worker {
        next(&mut said).await?;
        meanwhile();
        asked.end();
    }
    loop {
        if let FromScreen::Drawn(drawn) = next(&mut said).await? {
            asked.is_over = true;
            return Ok(drawn);
        }
    }
}

async fn next(said: &mut UnboundedReceiver<FromScreen>) -> Result<FromScreen, TaskError> {
    let time = sleep_ms(SILENCE_LIMIT_MS);
    pin_mut!(time);
    match select(said.next(), time).await {
        Either::Left((Some(said), _)) => Ok(said),
        Either::Left((None, _)) | Either::Right(_) => {
            let reason = format!(
                "the page drew nothing for {} s: is it hidden? Show it, and run the plan again",
                SILENCE_LIMIT_MS / 1e3
            );
            Err(TaskError::new(ErrorKind::Setup, reason))
        }
    }
}

/// What was asked of the main thread: it is told to end when it is over, or given up.
struct Asked {
    is_over: bool,
}

impl Asked {
    fn draw(drawing: Drawing) -> Self {
        from_team::post(&FromTeam::Screen(ToScreen::Draw(drawing)));
        Self { is_over: false }
    }

    fn end(&mut self) {
        if !std::mem::replace(&mut self.is_over, true) {
            from_team::post(&FromTeam::Screen(ToScreen::End));
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.end();
    }
}
