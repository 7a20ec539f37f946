//! How requests over https are secured: whom they trust. Read once per process, before the clock starts.

use std::sync::{Arc, OnceLock};

use anyhow::{Context, bail};
use parlab_shared::target::Protocol;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// The environment variables that name certificates to trust instead of the system's, as for OpenSSL.
const CHOICES: &str = "SSL_CERT_FILE or SSL_CERT_DIR";

/// The settings of a client that trusts the system's certificates, or those that the environment names: all clients the same
/// ones, each with sessions of its own.
///
/// # Errors
/// There is none that can be read; the message says how to give some.
pub fn trusting() -> anyhow::Result<ClientConfig> {
    static ROOTS: OnceLock<Result<Arc<RootCertStore>, String>> = OnceLock::new();
    let roots = ROOTS.get_or_init(|| {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        let reasons: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        if added > 0 { Ok(Arc::new(roots)) } else { Err(reasons.join("; ")) }
    });
    match roots {
        Ok(roots) => config(Arc::clone(roots)),
        Err(reasons) => {
            let reasons = if reasons.is_empty() { "the system has none" } else { reasons };
            bail!(
                "https needs certificates to trust ({reasons}): install the system's (ca-certificates), or name a file or folder with {CHOICES}"
            )
        }
    }
}

/// The settings of a client that only sends requests without TLS: it trusts nobody, and reads no certificates.
pub fn distrusting() -> ClientConfig {
    config(RootCertStore::empty().into()).expect("every provider has TLS")
}

/// The settings of a client that trusts one certificate, as PEM, and offers one protocol.
///
/// # Errors
/// It is no certificate.
pub fn pinned(certificate: &str, protocol: Protocol) -> anyhow::Result<ClientConfig> {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).context("the target showed none")?;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).context("the target's cannot be trusted")?;
    let mut config = config(roots.into())?;
    config.alpn_protocols = vec![protocol.id().as_bytes().to_vec()];
    Ok(config)
}

fn config(roots: Arc<RootCertStore>) -> anyhow::Result<ClientConfig> {
    let provider = rustls::crypto::ring::default_provider();
    let versions = ClientConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions();
    Ok(versions.context("TLS cannot be set up")?.with_root_certificates(roots).with_no_client_auth())
}
