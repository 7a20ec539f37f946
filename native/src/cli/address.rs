//! The address of a target, read as whoever sends the requests will read it.

use anyhow::bail;
use reqwest::Url;

/// Refuses an address that no request of a run could be sent to.
///
/// # Errors
/// The address, the reason, the fix.
pub fn check(address: &str) -> anyhow::Result<()> {
    let url = match Url::parse(address) {
        Ok(url) => url,
        Err(reason) => {
            bail!("target = \"{address}\" cannot be used: {reason}; use an address such as http://127.0.0.1:8017/")
        }
    };
    if url.scheme() != "http" {
        bail!("target = \"{address}\" cannot be used: natively and in Python parlab speaks no TLS; use http://");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden;

    #[test]
    fn addresses_are_read_as_requests_read_them() {
        for address in ["http://127.0.0.1:8017/", "http://[::1]:80/", "http://bücher.example/below/"] {
            check(address).expect("an address");
        }
        let addresses =
            ["http://127.0.0.1:99999/", "http://[::1/", "http://256.1.1.1/", "http://:80/", "https://127.0.0.1:8443/"];
        golden::answers("refused.address.txt", addresses.map(|address| (address, check(address).expect_err(address))));
    }
}
