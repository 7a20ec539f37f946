//! Parameters of an address: what is read becomes a plan, or is refused.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parlab_shared::measure::{Request, read_pairs};
use parlab_shared::strategy::Platform;

fuzz_target!(|query: &str| {
    let (read, errors) = read_pairs(form_urlencoded::parse(query.as_bytes()).into_owned());
    errors.iter().for_each(|error| assert!(!error.to_string().is_empty()));
    let mut request = Request::default();
    for (key, value) in &read {
        request.set(key, value).expect("it was read before");
    }
    for platform in [Platform::Native, Platform::Browser, Platform::Python] {
        match request.plan(platform) {
            Ok(plan) => _ = plan.runs(),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    _ = request.pair(&[Platform::Native, Platform::Chromium]).is_ok();
});
