//! The lab serves its page: it carries plans out, or passes itself on to whoever is at the other end of a socket.

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use futures::future::{Either, FusedFuture, FutureExt, select};
use js_sys::Uint8Array;
use parlab_shared::measure::{Event, PairPlan, Plan, RunFinished, RunStarted, carry_out};
use parlab_shared::report::Environment;
use parlab_shared::row::Row;
use parlab_shared::run::RunSpec;
use parlab_shared::strategy::Platform;
use wasm_bindgen::JsValue;

use super::conductor::{Audience, Conductor, Supplies};
use super::parallel_speed::ParallelSpeed;
use super::timer::sleep_ms;
use super::{environment, gauge, panic_message, remote, workers};
use crate::messages::{FromLab, ToLab};
use crate::wire;

/// Serves the page until it ends this worker.
pub async fn serve() {
    panic_message::install();
    let mut inbox = workers::inbox();
    let supplies = Supplies::begin().await;
    let mut environment = environment::look().await;
    ready(&environment);
    let mut speed = ParallelSpeed::of(environment.cores);
    while let Some(message) = next(&mut inbox, &mut speed, &mut environment).await {
        let plan = match wire::open(&message) {
            Some((ToLab::Run { plan, target }, _)) => {
                let plan: Plan = serde_json::from_str(&plan).expect("the analyst wrote a plan");
                let own = || target?.parse().ok();
                Plan { target: plan.target.or_else(own), ..plan }
            }
            Some((ToLab::Serve(service), _)) => {
                let served = remote::serve(service, &environment, &mut inbox, &supplies).await;
                supplies.teams.end_all().await;
                post(&FromLab::Served(served));
                continue;
            }
            // A cancel that comes when nothing runs has nothing to stop.
            _ => continue,
        };
        let conductor = Conductor::new(&supplies, Audience::Page);
        let mut carried = Box::pin(conduct(plan, &conductor)).fuse();
        while !carried.is_terminated() {
            match select(&mut carried, inbox.next()).await {
                Either::Left(_) => {}
                Either::Right((Some(message), _)) => match wire::open(&message) {
                    Some((ToLab::Cancel, _)) => conductor.cancel(),
                    Some((ToLab::Screen(said), _)) => supplies.screen_says(said),
                    _ => {}
                },
                Either::Right((None, _)) => return,
            }
        }
        supplies.teams.end_all().await;
    }
}

/// What the page says next. Until then it is measured how the cores compute together, of which the page hears then.
async fn next(
    inbox: &mut UnboundedReceiver<JsValue>,
    speed: &mut ParallelSpeed,
    environment: &mut Environment,
) -> Option<JsValue> {
    while let Some(pause_ms) = speed.pause_ms() {
        let looked = Box::pin(async {
            sleep_ms(pause_ms).await;
            gauge::look(speed).await;
        });
        if let Either::Left((message, _)) = select(inbox.next(), looked).await {
            return message;
        }
        environment.parallel_speed = speed.value();
        ready(environment);
    }
    inbox.next().await
}

/// Tells the page on what is measured.
fn ready(environment: &Environment) {
    post(&FromLab::Ready(serde_json::to_string(environment).expect("an environment has only text keys")));
}

/// Carries a plan out and tells the page of every run.
async fn conduct(plan: Plan, conductor: &Conductor<'_>) {
    let plan = PairPlan::alone(plan, Platform::Browser);
    let place = |row: &Row| plan.plan.rows().position(|known| known == row).unwrap_or_default();
    carry_out(&plan, &mut [conductor], |event| match event {
        Event::RunStarted { index, of, part, spec } => {
            let RunSpec { row, warmup, repetition, .. } = spec;
            let (row, warmup, repetition) = (place(row), *warmup, *repetition);
            post(&FromLab::RunStarted(RunStarted { index, of, part, row, warmup, repetition }));
        }
        Event::RunFinished { part, run, pass_is_over } => {
            let (row, tasks, failed) = (place(&run.row), run.tasks(), run.failed());
            let finished =
                RunFinished { part, row, warmup: run.warmup, wall_ms: run.wall_ms, tasks, failed, pass_is_over };
            let bytes = serde_json::to_vec(&run).expect("a run has only text keys");
            workers::give(&FromLab::RunFinished(finished), &Uint8Array::new_from_slice(&bytes));
        }
    })
    .await;
    post(&FromLab::Finished { cancelled: conductor.is_cancelled() });
}

/// Says something to the page that has nothing beside it.
fn post(message: &FromLab) {
    workers::post(message, &JsValue::UNDEFINED);
}
