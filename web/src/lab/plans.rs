//! The lab serves its page: it carries plans out, or passes itself on to whoever is at the other end of a socket.

use futures::StreamExt;
use futures::future::{Either, FusedFuture, FutureExt, select};
use parlab_shared::measure::{Event, PairPlan, Plan, carry_out};
use parlab_shared::strategy::Platform;
use wasm_bindgen::JsValue;

use super::conductor::{Audience, Conductor};
use super::run_folder::RunFolders;
use super::{environment, panic_message, remote, workers};
use crate::messages::{FromLab, RunStarted, ToLab};
use crate::wire;

/// Spans that are told the page at a time.
const SPANS_PER_MESSAGE: usize = 1000;

/// Serves the page until it ends this worker.
pub async fn serve() {
    panic_message::install();
    let mut inbox = workers::inbox();
    let folders = RunFolders::begin().await;
    post(&FromLab::Ready(Box::new(environment::look().await)));
    while let Some(message) = inbox.next().await {
        let plan = match wire::open(&message) {
            Some((ToLab::Run(plan), _)) => plan,
            Some((ToLab::Serve(service), _)) => {
                post(&FromLab::Served(remote::serve(service, &mut inbox, &folders).await));
                continue;
            }
            // A cancel that comes when nothing runs has nothing to stop.
            _ => continue,
        };
        let conductor = Conductor::new(&folders, Audience::Page);
        let mut carried = Box::pin(conduct(plan, &conductor)).fuse();
        while !carried.is_terminated() {
            match select(&mut carried, inbox.next()).await {
                Either::Left(_) => {}
                Either::Right((Some(message), _)) => {
                    if let Some((ToLab::Cancel, _)) = wire::open(&message) {
                        conductor.cancel();
                    }
                }
                Either::Right((None, _)) => return,
            }
        }
    }
}

/// Carries a plan out and tells the page of every run.
async fn conduct(plan: Plan, conductor: &Conductor<'_>) {
    let plan = PairPlan::alone(plan, Platform::Browser);
    carry_out(&plan, &mut [conductor], |event| match event {
        Event::RunStarted { index, of, spec, .. } => {
            post(&FromLab::RunStarted(RunStarted { index, of, spec: spec.clone() }));
        }
        Event::RunFinished { mut run, .. } => {
            for spans in std::mem::take(&mut run.spans).chunks(SPANS_PER_MESSAGE) {
                post(&FromLab::Spans(spans.to_vec()));
            }
            post(&FromLab::RunFinished(Box::new(run)));
        }
    })
    .await;
    post(&FromLab::Finished { cancelled: conductor.is_cancelled() });
}

/// Says something to the page that has nothing beside it.
fn post(message: &FromLab) {
    workers::post(message, &JsValue::UNDEFINED);
}
