//! What pages say over sockets: the lab that takes part in a pair, the page that has its server carry something out.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use parlab_shared::conduct::{ToConductor, unpack};
use parlab_shared::measure::Request;
use parlab_shared::remote::{Executed, FromExecutor, ToExecutor};
use parlab_shared::run::{Run, RunSpec};
use parlab_shared::strategy::Platform;

/// What was ordered.
static ORDERED: LazyLock<RunSpec> = LazyLock::new(|| {
    let request = Request { tasks: Some(vec![3]), ..Request::named("sum") };
    let plan = request.plan(Platform::Browser).expect("a plan");
    plan.run(plan.rows().next().expect("a row"), 0, false)
});

fuzz_target!(|bytes: &[u8]| {
    _ = serde_json::from_slice::<FromExecutor>(bytes);
    _ = serde_json::from_slice::<ToExecutor>(bytes);
    _ = unpack(bytes);
    if let Ok(ToConductor::Begin(wanted)) = serde_json::from_slice(bytes) {
        let mut request = Request::default();
        let is_read = wanted.parameters.iter().all(|(key, value)| request.set(key, value).is_ok());
        _ = is_read && request.pair(&wanted.platforms).is_ok();
    }
    if let Ok(executed) = postcard::from_bytes::<Executed>(bytes)
        && executed.fault(&ORDERED, 1e6).is_none()
    {
        let run = Run::new(ORDERED.clone(), executed.execution, 0.0, false);
        assert!(run.wall_ms.is_finite() && run.tasks() <= 3);
        _ = (run.failed(), run.is_measured());
    }
});
