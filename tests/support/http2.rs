//! A client with TLS that trusts the one certificate whose fingerprint it was told, and speaks HTTP/2 or HTTP/1.1.

use std::sync::Arc;

use axum::body::Body;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Trusts one certificate.
#[derive(Debug)]
struct Pinned {
    fingerprint: String,
    provider: CryptoProvider,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let digits: Vec<String> = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect();
        let is_it = digits.join(":") == self.fingerprint;
        if is_it { Ok(ServerCertVerified::assertion()) } else { Err(Error::General("another certificate".to_owned())) }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// A connection to a server at an address of loopback, with the protocols that the client names.
pub async fn connect(address: &str, fingerprint: &str, protocols: &[&[u8]]) -> std::io::Result<TlsStream<TcpStream>> {
    let provider = ring::default_provider();
    let verifier = Pinned { fingerprint: fingerprint.to_owned(), provider: provider.clone() };
    let versions = ClientConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions();
    let config = versions.expect("versions").dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("127.0.0.1").expect("an address");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// What sends requests over one connection of HTTP/2.
#[derive(Clone)]
pub struct Http2(SendRequest<Body>, String);

impl Http2 {
    /// Connects.
    pub async fn connect(address: &str, fingerprint: &str) -> Self {
        let stream = connect(address, fingerprint, &[b"h2"]).await.expect("it is the certificate that was printed");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (send, connection) = handshake.expect("it speaks HTTP/2");
        tokio::spawn(connection);
        Self(send, format!("https://{address}"))
    }

    /// The head of the answer to a GET.
    pub async fn get(&self, path: &str) -> Result<Response<hyper::body::Incoming>, hyper::Error> {
        self.send(Request::get(format!("{}{path}", self.1)).body(Body::empty()).expect("a request")).await
    }

    /// The head of the answer to any request.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<hyper::body::Incoming>, hyper::Error> {
        let mut send = self.0.clone();
        send.ready().await?;
        send.send_request(request).await
    }
}
