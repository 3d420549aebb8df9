//! Which server is believed to be the one that was meant, and how we show who we are in TLS.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore,
    SignatureScheme,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::{Credentials, RemoteConfig, refused};
use crate::NodeError;

/// The TLS settings for a server.
pub(super) fn client_config(remote: &RemoteConfig) -> Result<ClientConfig, NodeError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(remote, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| NodeError::Internal("TLS versions"))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match &remote.credentials {
        Credentials::Certificate { certificates, key } => {
            let expected = "the certificate and its private key, both in PEM";
            let bad = |problem: &str| refused("remote.credentials", problem, expected);
            let chain = certificates_of(certificates).ok_or_else(|| bad("no certificate"))?;
            let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes());
            let key = key.map_err(|_| bad("no private key"))?;
            let pair = builder.with_client_auth_cert(chain, key);
            pair.map_err(|_| bad("certificate and key do not belong together"))?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn verifier(
    remote: &RemoteConfig,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, NodeError> {
    let pin = remote.pin.as_deref().map(pin).transpose()?;
    if let (Some(sha256), None) = (pin, &remote.ca) {
        let provider = Arc::clone(provider);
        return Ok(Arc::new(Pinned { sha256, chain: None, provider }));
    }
    let roots = Arc::new(roots(remote.ca.as_deref())?);
    let chain = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider));
    let expected = "certificates of authorities in PEM";
    let chain = chain.build().map_err(|_| refused("remote.ca", "no authority", expected))?;
    Ok(match pin {
        None => chain,
        Some(sha256) => {
            Arc::new(Pinned { sha256, chain: Some(chain), provider: Arc::clone(provider) })
        }
    })
}

/// Those that were given, else those of this machine: an agency adds its own authority there.
fn roots(given: Option<&str>) -> Result<RootCertStore, NodeError> {
    let (found, expected) = match given {
        Some(pem) => (certificates_of(pem), "at least one certificate in PEM that can be read"),
        None => (
            Some(rustls_native_certs::load_native_certs().certs),
            "a certificate of the server's authority, or the SHA-256 of the server's own: this \
             machine trusts no authority (on Debian they come with `ca-certificates`)",
        ),
    };
    let mut store = RootCertStore::empty();
    // One that cannot be read does not spoil the others, as on every machine.
    store.add_parsable_certificates(found.unwrap_or_default());
    match store.is_empty() {
        true => Err(refused("remote.ca", "no authority to trust", expected)),
        false => Ok(store),
    }
}

fn certificates_of(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    all.ok().filter(|all| !all.is_empty())
}

fn pin(text: &str) -> Result<[u8; 32], NodeError> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let mut sha256 = [0; 32];
    hex::decode_to_slice(&digits, &mut sha256).map_err(|_| {
        let expected = "the SHA-256 of the server's certificate: 64 hexadecimal digits, as `openssl \
                        x509 -noout -fingerprint -sha256` prints them";
        refused("remote.pin", "the pin cannot be read", expected)
    })?;
    Ok(sha256)
}

/// The one certificate that was named, in addition to its chain where authorities were named too.
#[derive(Debug)]
struct Pinned {
    sha256: [u8; 32],
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found: [u8; 32] = Sha256::digest(end_entity).into();
        if found != self.sha256 {
            let other = OtherError(Arc::new(Another(found)));
            return Err(CertificateError::Other(other).into());
        }
        match &self.chain {
            Some(chain) => {
                chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Another certificate than the pinned one; said, so that it can be compared.
#[derive(Debug)]
struct Another([u8; 32]);

impl fmt::Display for Another {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = hex::encode(self.0);
        write!(f, "its SHA-256 is {found} and not the pinned one: ask its operator which is right")
    }
}

impl std::error::Error for Another {}
