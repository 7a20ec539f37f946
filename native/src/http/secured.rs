//! TLS: a certificate for this machine, and what those are told who do without.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use axum::Router;
use axum::http::header::{HOST, LOCATION};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use parlab_shared::target::Protocol;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SanType};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

/// The first byte of a connection with TLS (<https://www.rfc-editor.org/rfc/rfc8446#section-5.1>), with which no request begins.
pub const HANDSHAKE: u8 = 22;
/// How long before now a certificate holds: clocks differ.
const BEFORE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long from now on. Browsers refuse more than 398 days of some; a server that runs longer is started again.
const AFTER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A certificate that nobody vouches for, with its key. Clones are the same one.
#[derive(Clone)]
pub struct Certificate {
    config: Arc<ServerConfig>,
    der: CertificateDer<'static>,
    pem: String,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

impl Certificate {
    /// A new one for loopback, and for these names and addresses. Its key is written nowhere.
    ///
    /// # Errors
    /// A name cannot be written into a certificate; or there are no random numbers.
    pub fn made<'a>(names: impl Iterator<Item = &'a str>, addresses: &[IpAddr]) -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        let name = |name: &str| {
            let text = name.to_owned().try_into();
            text.map(SanType::DnsName).map_err(|_| {
                anyhow::anyhow!(
                    "{name} cannot stand in a certificate: give --host a name in ASCII, as browsers send it"
                )
            })
        };
        let names: BTreeSet<&str> = names.collect();
        let names: Vec<SanType> = names.into_iter().map(name).collect::<anyhow::Result<_>>()?;
        let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let addresses: BTreeSet<IpAddr> = addresses.iter().copied().chain(loopback).collect();
        params.subject_alt_names = names.into_iter().chain(addresses.into_iter().map(SanType::IpAddress)).collect();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "parlab");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let now = SystemTime::now();
        (params.not_before, params.not_after) = ((now - BEFORE).into(), (now + AFTER).into());

        let key = KeyPair::generate().context("no key can be made for TLS")?;
        let made = params.self_signed(&key).context("no certificate can be made for TLS")?;
        let (der, pem) = (made.der().clone(), made.pem());
        let provider = rustls::crypto::ring::default_provider();
        let versions = ServerConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions();
        let config = versions.context("TLS cannot be set up")?.with_no_client_auth();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let mut config = config.with_single_cert(vec![der.clone()], key.into()).context("TLS cannot be set up")?;
        config.alpn_protocols = offered([Protocol::Http2, Protocol::Http1]);
        Ok(Self { config: Arc::new(config), der, pem })
    }

    /// The same one, of a server that offers this protocol alone.
    #[must_use]
    pub fn only(mut self, protocol: Protocol) -> Self {
        Arc::make_mut(&mut self.config).alpn_protocols = offered([protocol]);
        self
    }

    /// All of it, as PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// What accepts connections with it.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// The SHA-256 of all of it, as browsers show it.
    pub fn fingerprint(&self) -> String {
        let mut shown = String::new();
        for (place, byte) in Sha256::digest(&self.der).iter().enumerate() {
            let separator = if place == 0 { "" } else { ":" };
            write!(shown, "{separator}{byte:02X}").expect("a string takes whatever is written to it");
        }
        shown
    }
}

/// What is offered while a connection begins, the first one first.
fn offered<const N: usize>(protocols: [Protocol; N]) -> Vec<Vec<u8>> {
    protocols.iter().map(|protocol| protocol.id().as_bytes().to_vec()).collect()
}

/// What answers those who ask without TLS: that they are to ask with it.
pub fn redirecting() -> Router {
    Router::new().fallback(redirect)
}

async fn redirect(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    // Who is addressed was looked at before.
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let reason = format!("This server speaks https only: ask for https://{host}{path}\n");
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, format!("https://{host}{path}"))], reason).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_for_names_and_addresses_and_never_the_same() {
        let addresses = ["192.168.0.7", "fd00::7"].map(|address| address.parse().expect("an address"));
        let make =
            || Certificate::made(["localhost", "lab.example", "localhost"].into_iter(), &addresses).expect("one");
        let certificate = make();
        let contains = |part: &[u8]| certificate.der.windows(part.len()).filter(|window| *window == part).count();
        assert_eq!((contains(b"localhost"), contains(b"lab.example")), (1, 1));
        assert_eq!((contains(&[192, 168, 0, 7]), contains(&[127, 0, 0, 1])), (1, 1));
        let fingerprint = certificate.fingerprint();
        assert!(fingerprint.split(':').count() == 32 && fingerprint.len() == 95, "{fingerprint}");
        assert_ne!(make().fingerprint(), fingerprint);
    }

    #[test]
    fn a_name_that_no_certificate_can_have_is_refused() {
        let refused = Certificate::made(["lab.exämple"].into_iter(), &[]).expect_err("no ASCII").to_string();
        assert!(refused.starts_with("lab.exämple cannot stand in a certificate"), "{refused}");
    }
}
