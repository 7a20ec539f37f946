//! Pages that are crawled, and the addresses in them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parlab_shared::address::Address;
use parlab_shared::workload::Links;

fuzz_target!(|page: &[u8]| {
    let own: Address = "http://127.0.0.1:8017/target/page/0?latency=5".parse().expect("an address");
    let links = Links::of(page);
    let base = links.base.as_deref().and_then(|base| own.join(base)).unwrap_or(own);
    for href in &links.hrefs {
        if let Some(address) = base.join(href) {
            let same: Address = address.as_str().parse().expect("an address can be read again");
            assert_eq!(same.as_str(), address.as_str());
            _ = (address.origin().len(), address.query().map(str::len), address.is_secure());
        }
    }
});
