//! A team: the worker that carries one run out, with the workers that the run's strategy needs.

use std::cell::Cell;
use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use parlab_shared::dictionary::Dictionary;
use parlab_shared::host::Host;
use parlab_shared::measure::{Board, drive, read_back};
use wasm_bindgen::JsValue;

use super::clock::Clock;
use super::host::BrowserHost;
use super::signal::Signal;
use super::station::TeamStation;
use super::{executors, from_team, memory, panic_message, run_folder, screen, workers};
use crate::messages::{FromTeam, TeamSpec, ToTeam};
use crate::wire;

/// Carries one run out and tells the lab.
pub async fn serve(spec: TeamSpec) {
    let left_bytes = memory::left_bytes();
    let workload = &spec.run.row.workload;
    let clock = Clock::join(spec.base_ms);
    let board = Board::new(workload.tasks(), workload.picture_side().unwrap_or(0));
    let board = board.under(spec.run.row.way.lock, move || clock.now_ms());
    // These live as long as this worker's memory, which is thrown away after the run.
    let board: &'static Board = Box::leak(Box::new(board));
    let folder: &'static str = if workload.writes_files() { spec.folder.clone().leak() } else { "" };
    let timeout_ms = spec.run.timeout_ms as f64;
    let (dictionary, wanted) = Dictionary::with_owner(workload.sharing(), spec.run.row.workers);
    let dictionary: &'static Dictionary = Box::leak(Box::new(dictionary));
    if let Some(wanted) = wanted {
        wasm_bindgen_futures::spawn_local(dictionary.serve(wanted));
    }
    let host = BrowserHost { clock, board, folder, timeout_ms, worker: 0, dictionary, left_bytes };
    let shares = cfg!(feature = "threads");
    panic_message::prepare(host, 0, !shares);

    let mut inbox = workers::inbox();
    let (cancel, cancelled) = Signal::new();
    let copied_ms = (!shares).then(|| Rc::new(Cell::new(0.0)));
    let station = TeamStation { host, cancelled, copied_ms };

    let setup_began_ms = host.now_ms();
    run_folder::open(folder).await;
    let (mechanism, mut crew) = match executors::make(&spec.run, station).await {
        Ok(made) => made,
        Err(reason) => return from_team::post(&FromTeam::Unable(reason)),
    };
    let setup_ms = host.now_ms() - setup_began_ms;

    from_team::post_ready(board, shares);
    loop {
        match next(&mut inbox).await {
            Some(ToTeam::Go) => break,
            Some(ToTeam::Cancel) => board.cancel(),
            Some(ToTeam::Screen(_)) | None => {}
        }
    }
    wasm_bindgen_futures::spawn_local(async move {
        loop {
            match next(&mut inbox).await {
                Some(ToTeam::Cancel) => break,
                Some(ToTeam::Screen(said)) => screen::hear(said),
                Some(ToTeam::Go) | None => {}
            }
        }
        board.cancel();
        // Whoever waited for the signal is done already.
        _ = cancel.send(());
    });
    let waves = spec.run.waves().without(&spec.done);
    let mut execution = drive(waves, mechanism, setup_ms, &mut crew, &host).await;
    // Workers that live for a task have closed their files; those of a pool close each when its task is over.
    read_back(&spec.run, &mut execution, &host).await;
    if !shares {
        from_team::post_snapshot(board);
    }
    // The threads of a pool sleep where they would not hear that they are to end: they end with this worker.
    drop(crew);
    from_team::post(&FromTeam::Done(execution));
    // The lab ends this worker, when those that it made have ended.
    std::future::pending::<()>().await;
}

async fn next(inbox: &mut UnboundedReceiver<JsValue>) -> Option<ToTeam> {
    match inbox.next().await {
        Some(message) => wire::open(&message).map(|(message, _)| message),
        None => std::future::pending().await,
    }
}
