use std::fs;
use std::sync::Arc;

use enlace_keys::{pages_server_config, partner_client_config, partner_server_config, spki_sha256};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, ClientConnection, Error, ServerConfig, ServerConnection};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::Node;

/// Runs a handshake in memory; the server's end, the client's error and the server's, if any.
fn shake(
    client: ClientConfig,
    server: ServerConfig,
) -> (ServerConnection, Result<(), Error>, Result<(), Error>) {
    shake_with("any.example", client, server)
}

fn shake_with(
    host: &'static str,
    client: ClientConfig,
    server: ServerConfig,
) -> (ServerConnection, Result<(), Error>, Result<(), Error>) {
    let mut client = ClientConnection::new(Arc::new(client), host.try_into().unwrap()).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    let (mut at_client, mut at_server) = (Ok(()), Ok(()));
    for _ in 0..6 {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut from = wire.as_slice();
        while !from.is_empty() && at_server.is_ok() {
            server.read_tls(&mut from).unwrap();
            at_server = server.process_new_packets().map(|_| ());
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut from = wire.as_slice();
        while !from.is_empty() && at_client.is_ok() {
            client.read_tls(&mut from).unwrap();
            at_client = client.process_new_packets().map(|_| ());
        }
    }
    (server, at_client, at_server)
}

fn peer_spki(server: &ServerConnection) -> Option<[u8; 32]> {
    server.peer_certificates().map(|chain| spki_sha256(&chain[0]).unwrap())
}

/// A client that shows `certificate` but signs with `key`; it accepts the server of `pin`.
fn forger(pin: [u8; 32], node: &Node, certificate: &Node, key: &Node) -> ClientConfig {
    let certificate = fs::read(certificate.file("tls.crt")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&fs::read(key.file("tls.key")).unwrap()).unwrap();
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(&certificate).unwrap()];
    let mut config = partner_client_config(&node.keys, pin).unwrap();
    config.client_auth_cert_resolver =
        Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key)));
    config
}

#[test]
fn partners_with_the_right_pin_meet_and_know_each_other() {
    let (ours, theirs) = (Node::new(), Node::new());
    let client = partner_client_config(&ours.keys, theirs.keys.tls_sha256()).unwrap();
    let server = partner_server_config(&theirs.keys).unwrap();
    let (server, at_client, at_server) = shake(client, server);
    assert_eq!((at_client, at_server), (Ok(()), Ok(())));
    assert_eq!(server.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    assert_eq!(peer_spki(&server), Some(ours.keys.tls_sha256()));
}

#[test]
fn a_server_with_another_key_than_the_pinned_one_is_refused() {
    let (ours, theirs, stranger) = (Node::new(), Node::new(), Node::new());
    let client = partner_client_config(&ours.keys, theirs.keys.tls_sha256()).unwrap();
    let (server, at_client, _) = shake(client, partner_server_config(&stranger.keys).unwrap());
    let pin = rustls::CertificateError::ApplicationVerificationFailure;
    assert_eq!(at_client, Err(Error::InvalidCertificate(pin)));
    assert_eq!(peer_spki(&server), None);
}

#[test]
fn a_server_that_shows_a_pinned_certificate_without_its_key_is_refused() {
    let (ours, theirs, stranger) = (Node::new(), Node::new(), Node::new());
    let mut server = partner_server_config(&stranger.keys).unwrap();
    let certificate = fs::read(theirs.file("tls.crt")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&fs::read(stranger.file("tls.key")).unwrap()).unwrap();
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(&certificate).unwrap()];
    server.cert_resolver = Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key)));
    let client = partner_client_config(&ours.keys, theirs.keys.tls_sha256()).unwrap();
    let (_, at_client, _) = shake(client, server);
    assert!(matches!(at_client, Err(Error::InvalidCertificate(_))), "{at_client:?}");
}

#[test]
fn a_client_without_certificate_may_connect_with_a_token() {
    let (ours, theirs) = (Node::new(), Node::new());
    let mut client = partner_client_config(&ours.keys, theirs.keys.tls_sha256()).unwrap();
    client.client_auth_cert_resolver = Arc::new(NoCertificate);
    let (server, at_client, at_server) =
        shake(client, partner_server_config(&theirs.keys).unwrap());
    assert_eq!((at_client, at_server), (Ok(()), Ok(())));
    assert_eq!(peer_spki(&server), None);
}

#[test]
fn a_client_that_shows_a_partners_certificate_without_its_key_is_refused() {
    let (attacker, partner, node) = (Node::new(), Node::new(), Node::new());
    let client = forger(node.keys.tls_sha256(), &attacker, &partner, &attacker);
    let (server, _, at_server) = shake(client, partner_server_config(&node.keys).unwrap());
    assert!(matches!(at_server, Err(Error::InvalidCertificate(_))), "{at_server:?}");
    assert!(server.is_handshaking());
    let honest = forger(node.keys.tls_sha256(), &attacker, &partner, &partner);
    let (server, _, at_server) = shake(honest, partner_server_config(&node.keys).unwrap());
    assert_eq!((at_server, peer_spki(&server)), (Ok(()), Some(partner.keys.tls_sha256())));
}

#[test]
fn bytes_that_are_no_certificate_have_no_key_hash() {
    assert!(spki_sha256(&CertificateDer::from(vec![0x30, 0x03, 1, 2, 3])).is_err());
}

#[test]
fn partners_speak_tls_1_3_only_and_pages_ask_for_no_certificate() {
    let (ours, theirs) = (Node::new(), Node::new());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let pinned = partner_client_config(&ours.keys, theirs.keys.tls_sha256()).unwrap();
    let (server, at_client, at_server) = shake(pinned, pages_server_config(&theirs.keys).unwrap());
    assert_eq!((at_client, at_server, peer_spki(&server)), (Ok(()), Ok(()), None));
    let old = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let (_, _, at_server) = shake(old, partner_server_config(&theirs.keys).unwrap());
    assert!(matches!(at_server, Err(Error::PeerIncompatible(_))), "{at_server:?}");
}

/// As a browser or tool of our own agency does it, with the certificate added to its store.
#[test]
fn the_certificate_names_loopback_and_the_host_and_nothing_else() {
    let node = Node::new();
    let certificate = fs::read(node.file("tls.crt")).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    for host in ["localhost", "127.0.0.1", "::1", "une.example"] {
        let server = pages_server_config(&node.keys).unwrap();
        let (_, at_client, _) = shake_with(host, client.clone(), server);
        assert_eq!(at_client, Ok(()), "{host}");
    }
    let server = pages_server_config(&node.keys).unwrap();
    let (_, at_client, _) = shake_with("other.example", client, server);
    assert!(matches!(at_client, Err(Error::InvalidCertificate(_))), "{at_client:?}");
}

#[derive(Debug)]
struct NoCertificate;

impl rustls::client::ResolvesClientCert for NoCertificate {
    fn resolve(
        &self,
        _root_hint_subjects: &[&[u8]],
        _schemes: &[rustls::SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
