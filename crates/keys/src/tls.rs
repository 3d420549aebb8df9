//! TLS between nodes: self-signed certificates, trusted by the hash of their public key alone.
//!
//! There is no CA and no trust on first use. The key that is hashed and compared with a card is
//! the very key the handshake signature is checked with, read once by one parser.

use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::TLS13;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, Error,
    PeerIncompatible, ServerConfig, SignatureScheme,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime,
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::node_keys::NodeKeys;

/// Years that a certificate lives; its trust ends with the card, not with a date.
const LIFETIME_YEARS: i32 = 50;

/// The configuration of the partners' listener: TLS 1.3; a client certificate may be missing, may
/// be anybody's, but whoever shows one has proved to hold its key.
///
/// After the handshake the caller takes [`spki_sha256`] of the peer's first certificate and looks
/// for a pinned card. No session is resumed, so a revoked partner is out at the next connection.
pub fn partner_server_config(keys: &NodeKeys) -> Result<ServerConfig, KeyError> {
    let provider = provider();
    let verifier = AnyHeldKey(provider.clone());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(refused)?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(keys.tls().clone())));
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The configuration for calls to one partner: TLS 1.3, our certificate shown, the server accepted
/// only if the SHA-256 of its SubjectPublicKeyInfo is `pinned_spki`; names and dates are not read.
pub fn partner_client_config(
    keys: &NodeKeys,
    pinned_spki: [u8; 32],
) -> Result<ClientConfig, KeyError> {
    client_config(keys.tls(), pinned_spki)
}

/// [`partner_client_config`] for the one message that says that our TLS key was replaced: it shows
/// the certificate that the partner still knows. Who may have that key learns nothing by it.
pub fn notice_client_config(
    keys: &NodeKeys,
    pinned_spki: [u8; 32],
) -> Result<ClientConfig, KeyError> {
    client_config(keys.notice_tls(), pinned_spki)
}

fn client_config(own: &Arc<CertifiedKey>, pinned_spki: [u8; 32]) -> Result<ClientConfig, KeyError> {
    let provider = provider();
    let verifier = Pinned { provider: provider.clone(), spki_sha256: pinned_spki };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(refused)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(own.clone())));
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The configuration of the pages' listener off loopback: TLS 1.2 and 1.3 for browsers and tools
/// of our own agency, no client certificate.
pub fn pages_server_config(keys: &NodeKeys) -> Result<ServerConfig, KeyError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(keys.tls().clone())));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// SHA-256 of the DER SubjectPublicKeyInfo of a certificate, as cards state it (`tls_sha256`).
pub fn spki_sha256(certificate: &CertificateDer<'_>) -> Result<[u8; 32], KeyError> {
    Ok(Sha256::digest(spki(certificate).map_err(refused)?.as_ref()).into())
}

/// The PEM texts of a new P-256 key and its certificate.
pub(crate) fn self_signed(
    now_us: i64,
    host: Option<&str>,
) -> Result<(Zeroizing<String>, String), KeyError> {
    let made = |e: rcgen::Error| KeyError::Tls(e.to_string());
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(made)?;
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec();
    names.extend(host.filter(|host| !names.iter().any(|n| n == host)).map(String::from));
    let mut params = CertificateParams::new(names).map_err(made)?;
    params.distinguished_name.push(DnType::CommonName, "Enlace node");
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let year = year_of(now_us);
    // The year before, so that a peer whose clock is behind does not refuse the certificate.
    params.not_before = rcgen::date_time_ymd(year - 1, 1, 1);
    params.not_after = rcgen::date_time_ymd(year + LIFETIME_YEARS, 1, 1);
    let certificate = params.self_signed(&key).map_err(made)?;
    Ok((Zeroizing::new(key.serialize_pem()), certificate.pem()))
}

/// The years in which a certificate of ours begins and ends: its two dates are the only values of
/// their kind in it.
pub(crate) fn years(certificate: &[u8]) -> Option<(i32, i32)> {
    // UTCTime (0x17, 13 bytes, two digits of the year) or GeneralizedTime (0x18, 15 bytes, four).
    let year = |at: &[u8]| -> Option<i32> {
        let digits = |text: &[u8]| std::str::from_utf8(text).ok()?.parse::<i32>().ok();
        match at {
            [0x17, 13, rest @ ..] if rest.get(12) == Some(&b'Z') => {
                let year = digits(rest.get(..2)?)?;
                Some(if year < 50 { 2000 + year } else { 1900 + year })
            }
            [0x18, 15, rest @ ..] if rest.get(14) == Some(&b'Z') => digits(rest.get(..4)?),
            _ => None,
        }
    };
    let mut found = (0..certificate.len()).filter_map(|at| year(certificate.get(at..)?));
    Some((found.next()?, found.next()?))
}

fn year_of(now_us: i64) -> i32 {
    let text = enlace_stix::Timestamp::from_micros(now_us).to_string();
    let year = text.split_once('-').and_then(|(year, _)| year.parse().ok()).unwrap_or(1970);
    year.clamp(1970, 9000)
}

/// The key pair of the two PEM files, each given with its path; they must belong together.
pub(crate) fn certified_key(
    (key_path, key): (&Path, &str),
    (certificate_path, certificate): (&Path, &str),
) -> Result<CertifiedKey, KeyError> {
    let damaged = |path: &Path, expected| KeyError::Malformed { path: path.to_owned(), expected };
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| damaged(key_path, "a PKCS #8 private key in PEM"))?;
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes())
        .map_err(|_| damaged(certificate_path, "an X.509 certificate in PEM"))?;
    let key = provider()
        .key_provider
        .load_private_key(key)
        .map_err(|_| damaged(key_path, "a P-256 private key"))?;
    let pair = CertifiedKey::new(vec![certificate], key);
    pair.keys_match()
        .map_err(|_| damaged(certificate_path, "the certificate of the key in `tls.key`"))?;
    Ok(pair)
}

/// [`spki_sha256`] of our own certificate.
pub(crate) fn own_spki_sha256(tls: &CertifiedKey) -> Result<[u8; 32], KeyError> {
    spki_sha256(tls.end_entity_cert().map_err(refused)?)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn refused(error: Error) -> KeyError {
    KeyError::Tls(error.to_string())
}

fn spki(certificate: &CertificateDer<'_>) -> Result<SubjectPublicKeyInfoDer<'static>, Error> {
    Ok(ParsedCertificate::try_from(certificate)?.subject_public_key_info())
}

/// Checks the handshake signature with the certificate's own key: proof that the peer holds it.
fn proof_of_possession(
    provider: &CryptoProvider,
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signature: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let algorithms = &provider.signature_verification_algorithms;
    verify_tls13_signature_with_raw_key(message, &spki(certificate)?, signature, algorithms)
}

fn only_tls13() -> Error {
    PeerIncompatible::Tls12NotOfferedOrEnabled.into()
}

/// Server side: any readable certificate whose key the client holds.
#[derive(Debug)]
struct AnyHeldKey(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyHeldKey {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        spki(end_entity).map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(only_tls13())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        proof_of_possession(&self.0, message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Client side: the one server key that the partner's card names.
#[derive(Debug)]
struct Pinned {
    provider: Arc<CryptoProvider>,
    spki_sha256: [u8; 32],
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found: [u8; 32] = Sha256::digest(spki(end_entity)?.as_ref()).into();
        if found == self.spki_sha256 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(only_tls13())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        proof_of_possession(&self.provider, message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
