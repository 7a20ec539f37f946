//! Workers that compute at the same time, by which the cores are known that a machine has for them.

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use super::parallel_speed::ParallelSpeed;

#[wasm_bindgen(module = "/src/lab/gauge.js")]
extern "C" {
    type Gauge;
    #[wasm_bindgen(constructor)]
    fn new() -> Gauge;
    #[wasm_bindgen(method)]
    fn open(this: &Gauge, cores: u32) -> Promise;
    #[wasm_bindgen(method)]
    fn pieces(this: &Gauge, workers: u32) -> Promise;
    #[wasm_bindgen(method)]
    fn close(this: &Gauge);
}

/// Ends its workers when it is dropped, in the middle of a round, too.
struct Opened(Gauge);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Looks once, for less than a second.
pub async fn look(speed: &mut ParallelSpeed) {
    // Where no workers can be made for this, nothing is known.
    if rounds(speed).await.is_err() {
        speed.end();
    }
}

async fn rounds(speed: &mut ParallelSpeed) -> Result<(), JsValue> {
    let (cores, gauge) = (speed.cores(), Opened(Gauge::new()));
    JsFuture::from(gauge.0.open(cores)).await?;
    let pieces = async |workers| {
        let pieces = JsFuture::from(gauge.0.pieces(workers)).await?;
        Ok::<_, JsValue>(pieces.as_f64().unwrap_or_default())
    };
    while !speed.add(pieces(1).await?, pieces(cores).await?) {}
    Ok(())
}
