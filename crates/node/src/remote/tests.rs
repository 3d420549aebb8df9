//! Servers on the loopback that trust, pack, redirect and tarry in every way we know.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use enlace_taxii::{Client, ClientError, TransportError};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// An authority and what it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
}

struct Signed {
    pem: String,
    der: CertificateDer<'static>,
    key: KeyPair,
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        // Two authorities of one name are told apart by their keys, which is said in other words.
        let name = format!("Invented authority {}", NEXT.fetch_add(1, Ordering::SeqCst));
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        Self { pem: own.pem(), der: own.der().clone(), issuer: Issuer::new(params, key) }
    }

    fn sign(&self, name: &str) -> Signed {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        Signed { pem: signed.pem(), der: signed.der().clone(), key }
    }
}

fn tls(own: &Signed, clients: Option<&Authority>) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der.clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.unwrap())
        }
    };
    let key = PrivateKeyDer::try_from(own.key.serialize_der()).unwrap();
    let config = builder.with_single_cert(vec![own.der.clone()], key).unwrap();
    TlsAcceptor::from(Arc::new(config))
}

type Answer = Response<Full<Bytes>>;

/// A server of HTTP; counts its connections.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn new<F>(tls: Option<TlsAcceptor>, answer: F) -> Self
    where
        F: Fn(&Request<()>) -> Answer + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, answer) = (Arc::new(AtomicUsize::new(0)), Arc::new(answer));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let (tls, answer) = (tls.clone(), Arc::clone(&answer));
                tokio::spawn(async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        let answer = Arc::clone(&answer);
                        async move {
                            let (parts, body) = request.into_parts();
                            body.collect().await?;
                            Ok::<_, hyper::Error>(answer(&Request::from_parts(parts, ())))
                        }
                    });
                    let http = hyper::server::conn::http1::Builder::new();
                    match tls {
                        None => drop(http.serve_connection(TokioIo::new(tcp), service).await),
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(tcp).await {
                                drop(http.serve_connection(TokioIo::new(stream), service).await);
                            }
                        }
                    }
                });
            }
        });
        Self { port, connections }
    }

    fn config(&self, scheme: &str) -> RemoteConfig {
        config(&format!("{scheme}://localhost:{}/taxii2/", self.port))
    }
}

fn config(url: &str) -> RemoteConfig {
    let (url, credentials) = (url.to_owned(), Credentials::None);
    RemoteConfig { url, credentials, ca: None, pin: None, max_body: 100_000 }
}

fn good() -> Answer {
    let answer = Response::builder().header("content-type", "application/taxii+json;version=2.1");
    answer.body(Full::new(Bytes::from(r#"{"title":"Invented"}"#))).unwrap()
}

async fn asked(config: &RemoteConfig) -> Result<String, ClientError> {
    Ok(Remote::open(config).unwrap().discover().await?.title)
}

/// Why a server was not believed.
async fn distrust(config: &RemoteConfig) -> String {
    match asked(config).await.unwrap_err() {
        ClientError::Transport(TransportError::Untrusted(why)) => why,
        other => panic!("{other}"),
    }
}

fn code(config: &RemoteConfig) -> &'static str {
    Remote::open(config).unwrap_err().code()
}

#[test]
fn what_may_not_be_spoken_to_is_refused_before_a_byte_leaves() {
    for bad in [
        "http://taxii.example/taxii2/",
        "http://127.0.0.1.example/",
        "http://10.0.0.1/",
        "https://user:canary@taxii.example/",
        "http://canary@localhost/",
        "ftp://localhost/",
        "taxii.example/taxii2/",
        "https://",
        "",
    ] {
        let error = Remote::open(&config(bad)).unwrap_err();
        assert_eq!(error.code(), "remote.url", "{bad}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    for good in ["http://127.0.0.1:1/", "http://[::1]:1/a", "http://LOCALHOST/"] {
        assert!(Remote::open(&config(good)).is_ok(), "{good}");
    }
    assert_eq!(Remote::path("https://taxii.example:8443/a/b/?c").unwrap(), "/a/b/");
}

#[test]
fn trust_and_credentials_that_cannot_be_used_are_refused_and_secrets_are_not_shown() {
    let base = config("https://taxii.example/");
    let with = |credentials| RemoteConfig { credentials, ..base.clone() };
    assert_eq!(code(&RemoteConfig { ca: Some("no PEM".into()), ..base.clone() }), "remote.ca");
    for pin in ["", "abc", "zz", &"ab".repeat(31), &"ab".repeat(33)] {
        assert_eq!(code(&RemoteConfig { pin: Some(pin.into()), ..base.clone() }), "remote.pin");
    }
    let secret = || SecretString::from("canary\n\u{1}");
    let certificates = "canary".to_owned();
    for credentials in [
        Credentials::Bearer(secret()),
        Credentials::Token(SecretString::from("can\nary")),
        Credentials::Basic { user: "a:b".into(), password: secret() },
        Credentials::Certificate { certificates, key: secret() },
    ] {
        // A pin, so that the machine's authorities are not read.
        let config = RemoteConfig { pin: Some("ab".repeat(32)), ..with(credentials) };
        let error = Remote::open(&config).unwrap_err();
        assert_eq!(error.code(), "remote.credentials", "{error}");
        let shown = format!("{error} {error:?} {config:?}");
        assert!(!shown.contains("canary") && !shown.contains("can\\nary"), "{shown}");
    }
    let basic = Credentials::Basic { user: "une".into(), password: SecretString::from("canary") };
    let config = RemoteConfig { credentials: basic, ..config("http://localhost:1/") };
    let shown = format!("{config:?} {:?}", Remote::open(&config).unwrap());
    assert!(!shown.contains("canary") && !shown.contains("Y2FuYXJ5"), "{shown}");
}

#[tokio::test]
async fn a_server_is_believed_by_its_authority_or_by_its_pin_and_not_otherwise() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let own = authority.sign("localhost");
    let pin = hex::encode(Sha256::digest(&own.der));
    let server = Server::new(Some(tls(&own, None)), |_| good()).await;
    let base = server.config("https");
    let ca = |a: &Authority| Some(a.pem.clone());

    assert_eq!(
        asked(&RemoteConfig { ca: ca(&authority), ..base.clone() }).await.unwrap(),
        "Invented"
    );
    let colons: Vec<String> =
        pin.as_bytes().chunks(2).map(|c| String::from_utf8_lossy(c).to_uppercase()).collect();
    for pin in [pin.clone(), colons.join(":")] {
        assert!(asked(&RemoteConfig { pin: Some(pin), ..base.clone() }).await.is_ok());
    }
    let both = RemoteConfig { ca: ca(&authority), pin: Some(pin.clone()), ..base.clone() };
    assert!(asked(&both).await.is_ok());

    let why = distrust(&RemoteConfig { ca: ca(&stranger), ..base.clone() }).await;
    assert!(why.contains("no authority"), "{why}");
    let why = distrust(&RemoteConfig { pin: Some("ab".repeat(32)), ..base.clone() }).await;
    assert!(why.contains(&pin), "the found one is said, to be compared: {why}");
    distrust(&RemoteConfig { ca: ca(&stranger), pin: Some(pin), ..base.clone() }).await;

    let named = Server::new(Some(tls(&authority.sign("taxii.example"), None)), |_| good()).await;
    let other = RemoteConfig { ca: ca(&authority), ..named.config("https") };
    distrust(&other).await;
}

#[tokio::test]
async fn a_client_certificate_opens_what_is_closed_without_it() {
    let authority = Authority::new();
    let (own, ours) = (authority.sign("localhost"), authority.sign("une.example"));
    let server = Server::new(Some(tls(&own, Some(&authority))), |_| good()).await;
    let base = RemoteConfig { ca: Some(authority.pem.clone()), ..server.config("https") };
    let shown = |signed: &Signed| Credentials::Certificate {
        certificates: signed.pem.clone(),
        key: SecretString::from(signed.key.serialize_pem()),
    };
    let with = RemoteConfig { credentials: shown(&ours), ..base.clone() };
    assert_eq!(asked(&with).await.unwrap(), "Invented");
    let error = asked(&base).await.unwrap_err();
    assert_eq!(error.code(), "taxii.client.untrusted", "{error}");
    let stranger = Authority::new().sign("une.example");
    assert!(asked(&RemoteConfig { credentials: shown(&stranger), ..base.clone() }).await.is_err());
    let mixed = Credentials::Certificate {
        certificates: ours.pem,
        key: SecretString::from(stranger.key.serialize_pem()),
    };
    assert_eq!(code(&RemoteConfig { credentials: mixed, ..base }), "remote.credentials");
}

#[tokio::test]
async fn each_credential_is_sent_in_its_own_form() {
    let server = Server::new(None, |request| {
        let value = request.headers().get("authorization").map(|v| v.to_str().unwrap().to_owned());
        let body = format!(r#"{{"title":"{}"}}"#, value.unwrap_or_default());
        let answer = Response::builder().header("content-type", "application/taxii+json");
        answer.body(Full::new(Bytes::from(body))).unwrap()
    })
    .await;
    let secret = || SecretString::from("s3cret");
    for (credentials, sent) in [
        (Credentials::None, ""),
        (Credentials::Basic { user: "une".into(), password: secret() }, "Basic dW5lOnMzY3JldA=="),
        (Credentials::Bearer(secret()), "Bearer s3cret"),
        (Credentials::Token(SecretString::from("s3cret\n")), "Token s3cret"),
    ] {
        let config = RemoteConfig { credentials, ..server.config("http") };
        assert_eq!(asked(&config).await.unwrap(), sent);
    }
}

#[tokio::test]
async fn one_connection_is_kept_and_a_new_one_made_when_the_server_closed_it() {
    let server = Server::new(None, |request| {
        let mut answer = good();
        if request.uri().path() == "/last/" {
            answer.headers_mut().insert("connection", "close".parse().unwrap());
        }
        answer
    })
    .await;
    let client = Remote::open(&server.config("http")).unwrap();
    for _ in 0..3 {
        client.discover().await.unwrap();
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    client.api_root("/last/").await.unwrap();
    client.discover().await.unwrap();
    assert_eq!(server.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_packed_answer_is_taken_up_to_what_it_inflates_to() {
    let server = Server::new(None, |request| {
        assert_eq!(request.headers().get("accept-encoding").unwrap(), "gzip");
        let title = match request.uri().path() {
            "/bomb/" => "x".repeat(30_000_000),
            _ => "Packed".to_owned(),
        };
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, format!(r#"{{"title":"{title}"}}"#).as_bytes())
            .unwrap();
        let mut packed = packed.finish().unwrap();
        if request.uri().path() == "/cut/" {
            packed.truncate(15);
        }
        let coding = if request.uri().path() == "/other/" { "br" } else { "gzip" };
        let answer = Response::builder()
            .header("content-type", "application/taxii+json")
            .header("content-encoding", coding);
        answer.body(Full::new(Bytes::from(packed))).unwrap()
    })
    .await;
    let client = Remote::open(&RemoteConfig { max_body: 1_000_000, ..server.config("http") });
    let client: Client<_> = client.unwrap();
    assert_eq!(client.discover().await.unwrap().title, "Packed");
    let code = async |path| client.api_root(path).await.unwrap_err().code();
    assert_eq!(code("/bomb/").await, "taxii.client.too-large");
    assert_eq!(code("/cut/").await, "taxii.client.unreachable");
    assert_eq!(code("/other/").await, "taxii.client.not-asked");
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_same_server_and_nowhere_else() {
    let other = Server::new(None, |_| panic!("asked another server")).await;
    let elsewhere = format!("http://localhost:{}/taxii2/", other.port);
    let server = Server::new(None, move |request| {
        let to = match request.uri().path() {
            "/taxii2/" => return good(),
            "/bare" => "/taxii2/",
            "/other/" => &elsewhere,
            "/slashes/" => "//taxii.example/",
            "/round/" => "/round/",
            _ => "https://localhost/taxii2/",
        };
        let answer = Response::builder().status(308).header("location", to);
        answer.body(Full::new(Bytes::new())).unwrap()
    })
    .await;
    let config = RemoteConfig {
        credentials: Credentials::Bearer(SecretString::from("s3cret")),
        ..server.config("http")
    };
    let client = Remote::open(&config).unwrap();
    assert_eq!(client.api_root("/bare").await.unwrap().title, "Invented");
    for path in ["/other/", "/slashes/", "/round/", "/scheme/"] {
        let error = client.api_root(path).await.unwrap_err();
        assert_eq!(error.code(), "taxii.client.not-asked", "{path}: {error}");
    }
    assert_eq!(other.connections.load(Ordering::SeqCst), 0);
}

/// Says these bytes on each connection, one after the other with pauses, and goes on for ever.
async fn drip(lead: &'static str, piece: &'static str, pause: Duration) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut tcp, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                drop(tcp.read(&mut asked).await);
                if tcp.write_all(lead.as_bytes()).await.is_err() {
                    return;
                }
                loop {
                    tokio::time::sleep(pause).await;
                    if tcp.write_all(piece.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

async fn with_times(port: u16, silence: u64, whole: u64) -> ClientError {
    let config = config(&format!("http://127.0.0.1:{port}/"));
    let mut transport =
        RemoteTransport::new(Address::of(&config.url).unwrap(), None, &config.credentials).unwrap();
    transport.times.silence = Duration::from_millis(silence);
    transport.times.whole = Duration::from_millis(whole);
    Client::new(transport).with_max_body(1_000).discover().await.unwrap_err()
}

#[tokio::test]
async fn a_server_that_tarries_is_left() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/taxii+json\r\n\r\n";
    let long = Duration::from_secs(60);
    let short = Duration::from_millis(5);
    let silent = with_times(drip("", "", long).await, 50, 60_000).await.to_string();
    assert!(silent.contains("did not begin"), "{silent}");
    let stops = with_times(drip(HEAD, "", long).await, 50, 60_000).await.to_string();
    assert!(stops.contains("fell silent"), "{stops}");
    let drips = with_times(drip(HEAD, " ", short).await, 5_000, 100).await.to_string();
    assert!(drips.contains("did not finish"), "{drips}");
    let floods = with_times(drip(HEAD, "                    ", short).await, 5_000, 60_000).await;
    assert_eq!(floods.code(), "taxii.client.too-large");
}
