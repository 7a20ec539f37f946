//! The lab in the service of whoever is at the other end of a socket: carries one run after another out, as it is told.
//! Between two of them it only waits; the page hears nothing of them at all, unless it shows
//! how far they are.

use std::cell::Cell;

use futures::channel::mpsc::UnboundedReceiver;
use futures::future::{Either, FutureExt, select};
use futures::{StreamExt, pin_mut, select_biased};
use parlab_shared::measure::Executor;
use parlab_shared::remote::{Executed, FromExecutor, ToExecutor};
use parlab_shared::report::Environment;
use parlab_shared::run::{Execution, RunSpec};
use parlab_shared::screen::FromScreen;
use wasm_bindgen::{JsCast, JsValue};

use super::conductor::{Audience, Conductor, Supplies};
use super::socket::Socket;
use super::timer::sleep_ms;
use crate::messages::{Service, ToLab};
use crate::wire;

/// How often a run that is on is heard of. Each time costs this worker some microseconds.
const PROGRESS_MS: f64 = 500.0;

/// Carries out what is asked for, until the socket ends.
///
/// # Errors
/// Why it did, if not in good order.
pub async fn serve(
    service: Service,
    environment: &Environment,
    inbox: &mut UnboundedReceiver<JsValue>,
    supplies: &Supplies,
) -> Result<(), String> {
    let visibility = Visibility { hidden: Cell::new(service.hidden), was_hidden: Cell::new(false) };
    let (obeyed, followed) = (
        obey(&service, environment, supplies, &visibility),
        visibility.follow(inbox, |said| supplies.screen_says(said)),
    );
    pin_mut!(obeyed, followed);
    match select(obeyed, followed).await {
        Either::Left((end, _)) => end,
        Either::Right(((), _)) => Err("the page is gone".to_owned()),
    }
}

/// Carries one order after another out.
async fn obey(
    service: &Service,
    environment: &Environment,
    supplies: &Supplies,
    visibility: &Visibility,
) -> Result<(), String> {
    let mut socket = Socket::open(&service.url).await?;
    let environment = Box::new(environment.clone());
    socket.say(&FromExecutor::Ready { environment, tool: service.tool.clone() })?;
    while let Some(order) = socket.next().await? {
        match order {
            ToExecutor::Execute(mut run) => {
                // Its times are since now.
                let audience = if service.watched { Audience::Page } else { Audience::Nobody };
                let conductor = Conductor::new(supplies, audience);
                visibility.was_hidden.set(visibility.hidden.get());
                if run.target.is_empty() {
                    run.target.clone_from(&service.target);
                }
                let execution = execute(&run, &conductor, &mut socket).await?;
                let executed = Executed { execution, hidden: visibility.was_hidden.get() };
                socket.say_bytes(wire::seal_bytes(&executed).unchecked_ref())?;
            }
            ToExecutor::Probe => {
                let conductor = Conductor::new(supplies, Audience::Nobody);
                let probe_ms = (&mut &conductor).probe_ms().await.unwrap_or_default();
                socket.say(&FromExecutor::Probed(probe_ms))?;
            }
            // It came when the run was over already.
            ToExecutor::Cancel => {}
        }
    }
    Ok(())
}

/// Carries a run out, and tells how far it is; a run that nobody waits for any more ends.
async fn execute(run: &RunSpec, conductor: &Conductor<'_>, socket: &mut Socket) -> Result<Execution, String> {
    let mut executor = conductor;
    let execution = executor.execute(run).fuse();
    let time = sleep_ms(PROGRESS_MS).fuse();
    pin_mut!(execution, time);
    loop {
        select_biased! {
            execution = execution => return Ok(execution),
            order = socket.next().fuse() => match order? {
                Some(ToExecutor::Cancel) => conductor.cancel(),
                Some(_) => return Err("it asked for something else during a run".to_owned()),
                None => return Err("it went away during a run".to_owned()),
            },
            () = time => {
                socket.say(&FromExecutor::Progress(conductor.counts()))?;
                time.set(sleep_ms(PROGRESS_MS).fuse());
            }
        }
    }
}

/// Whether the page can be seen.
struct Visibility {
    /// It is hidden now.
    hidden: Cell<bool>,
    /// It was at some time of the run that is on.
    was_hidden: Cell<bool>,
}

impl Visibility {
    /// Follows what the page says of itself, and passes on what its main thread says. Returns when the page is gone.
    async fn follow(&self, inbox: &mut UnboundedReceiver<JsValue>, screen_says: impl Fn(FromScreen)) {
        while let Some(message) = inbox.next().await {
            match wire::open(&message) {
                Some((ToLab::Hidden(hidden), _)) => {
                    self.hidden.set(hidden);
                    self.was_hidden.set(self.was_hidden.get() | hidden);
                }
                Some((ToLab::Screen(said), _)) => screen_says(said),
                _ => {}
            }
        }
    }
}
