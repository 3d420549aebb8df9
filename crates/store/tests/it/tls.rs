//! The way to a server over TLS: the right one is used for everything, any other hears nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use async_trait::async_trait;
use enlace_store::carry::{Place as At, carry};
use enlace_store::postgres::PostgresStore;
use enlace_store::{Store, StoreError, probe};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_postgres::NoTls;

use crate::conformance::{acts, objects};
use crate::place::{Folder, Place};
use crate::samples::*;
use crate::{concurrency, server};

const NAME: &str = "db.example";
const PASSWORD: &str = "clave-inventada-7";

/// Who may come in: a password or a certificate, over TLS alone; the socket is the test's own.
const HBA: &str = "\
local all all trust
hostssl all enlace 0.0.0.0/0 scram-sha-256
hostssl all carrier 0.0.0.0/0 cert
";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "Autoridad inventada");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes a certificate and its key, both PEM.
fn certify(by: &Authority, names: &[&str], common: &str, (crt, key): (&Path, &Path)) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, common);
    let pair = KeyPair::generate().unwrap();
    fs::write(crt, params.signed_by(&pair, by).unwrap().pem()).unwrap();
    fs::write(key, pair.serialize_pem()).unwrap();
    fs::set_permissions(key, fs::Permissions::from_mode(0o600)).unwrap();
}

/// A server of its own that is reached over TLS, as `db.example` at an address of the loopback.
struct TlsServer {
    folder: tempfile::TempDir,
    at: String,
    name: String,
}

impl TlsServer {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let number = std::process::id() % 250 * 250 + rand_byte(&folder);
        let at = format!("127.77.{}.{}", number / 250 + 1, number % 250 + 1);
        let server = Self { folder, at, name: format!("tls-{number}") };
        let (path, ours) = (|name: &str| server.file(name), authority());
        fs::create_dir(path("tls")).unwrap();
        certify(&ours, &[NAME], NAME, (&path("tls/server.crt"), &path("tls/server.key")));
        certify(&ours, &[], "carrier", (&path("client.crt"), &path("client.key")));
        fs::write(path("tls/ca.crt"), ours.as_ref().pem()).unwrap();
        fs::write(path("tls/pg_hba.conf"), HBA).unwrap();
        fs::write(path("tls/listen"), &server.at).unwrap();
        fs::write(path("other.crt"), authority().as_ref().pem()).unwrap();
        let socket = server.script("start");
        ask(&socket, &format!("ALTER ROLE enlace PASSWORD '{PASSWORD}'")).await;
        ask(&socket, "CREATE ROLE carrier LOGIN SUPERUSER").await;
        server
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn script(&self, what: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres.sh");
        let mut command = Command::new("bash");
        command.arg(script).args([what, &self.name]).env("ENLACE_PG_TLS", self.file("tls"));
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// The address of an empty store there, over TLS.
    fn fresh(&self) -> String {
        let made = self.script("fresh");
        let schema = made.split_once('?').unwrap().1;
        format!("{}&{schema}", self.url(NAME, "tls/ca.crt"))
    }

    fn url(&self, name: &str, roots: &str) -> String {
        let (at, roots) = (&self.at, self.file(roots).display().to_string());
        format!(
            "postgres://enlace:{PASSWORD}@{name}/enlace?hostaddr={at}&sslmode=verify-full\
             &sslrootcert={roots}&channel_binding=require"
        )
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.script("stop");
    }
}

/// Tells tests of one process apart.
fn rand_byte(folder: &tempfile::TempDir) -> u32 {
    folder.path().as_os_str().as_encoded_bytes().iter().map(|b| u32::from(*b)).sum::<u32>() % 250
}

async fn ask(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let task = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    task.await.unwrap().unwrap();
}

/// An empty store of the server each time one is made.
struct Schema {
    url: String,
    folder: tempfile::TempDir,
}

impl Schema {
    fn new(server: &TlsServer) -> Self {
        Self { url: server.fresh(), folder: tempfile::tempdir().unwrap() }
    }
}

#[async_trait]
impl Place for Schema {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(PostgresStore::open(&self.url, self.folder.path()).await.unwrap())
    }
}

async fn refusal(url: &str) -> StoreError {
    let folder = tempfile::tempdir().unwrap();
    let error = PostgresStore::open(url, folder.path()).await.err().unwrap();
    let told = format!("{error} {error:?} {}", error.advice());
    assert!(!told.contains(PASSWORD), "{told}");
    error
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_over_tls_keeps_its_promises_and_is_carried_there() {
    let tls = TlsServer::new().await;
    acts::guards_refuse_the_whole_batch(&Schema::new(&tls)).await;
    acts::what_was_acknowledged_is_there_after_reopening(&Schema::new(&tls)).await;
    objects::same_version_is_known_or_a_conflict(&Schema::new(&tls)).await;
    concurrency::one_of_many_claimants_wins_a_guard(&Schema::new(&tls)).await;
    concurrency::one_process_is_on_duty_and_another_when_it_is_gone(&Schema::new(&tls)).await;
    // What another process commits is heard over TLS too.
    let place = Schema::new(&tls);
    let (ours, theirs) = (place.open().await, place.open().await);
    let mut changes = theirs.changes();
    server::told(&mut changes).await;
    commit(&*ours, vec![put("k", "1")]).await;
    server::told(&mut changes).await;
    // A folder's store goes there whole, and is looked at there.
    let (from, to) = (Folder::new(), Schema::new(&tls));
    commit(&*from.open().await, vec![put("k", "1"), leaf("node", "e")]).await;
    let there = At::Server { url: to.url.clone(), blobs: to.folder.path().to_owned() };
    carry(&At::Folder(from.0.path().to_owned()), &there, |_, _| {}).await.unwrap();
    assert_eq!(to.open().await.record("b", "k").await.unwrap().unwrap().body, "1");
    let probe = probe::look(&there).await.unwrap();
    let way = (probe::WAY.to_owned(), "TLSv1.3".to_owned());
    assert!(probe.settings.contains(&way), "{probe:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_used_only_by_its_name_its_root_and_what_we_show_it() {
    let tls = TlsServer::new().await;
    let untrusted = |error: StoreError| match error {
        StoreError::Untrusted { problem } => problem,
        other => panic!("{other}"),
    };
    let foreign = untrusted(refusal(&tls.url(NAME, "other.crt")).await);
    assert!(foreign.contains("none of the roots"), "{foreign}");
    let renamed = untrusted(refusal(&tls.url("db2.example", "tls/ca.crt")).await);
    assert!(renamed.contains("another name"), "{renamed}");
    let system = tls.url(NAME, "x").replace(&tls.file("x").display().to_string(), "system");
    let system = untrusted(refusal(&system).await);
    assert!(system.contains("none of the roots"), "{system}");
    let missing = refusal(&tls.url(NAME, "missing.crt")).await;
    assert_eq!(missing.code(), "store.file");
    let wrong = refusal(&tls.url(NAME, "tls/ca.crt").replace(PASSWORD, "otra")).await;
    assert!(matches!(&wrong, StoreError::Server { code, .. } if code == "28P01"), "{wrong}");
    assert_eq!(
        refusal(&format!("postgres://enlace@{}/enlace", tls.at)).await.code(),
        "store.server"
    );

    // A certificate of ours instead of a password.
    let bare = format!(
        "postgres://carrier@{NAME}/enlace?hostaddr={}&sslmode=verify-full&sslrootcert={}",
        tls.at,
        tls.file("tls/ca.crt").display()
    );
    assert_eq!(refusal(&bare).await.code(), "store.server", "without it");
    let (crt, key) = (tls.file("client.crt"), tls.file("client.key"));
    let shown = format!("{bare}&sslcert={}&sslkey={}", crt.display(), key.display());
    let folder = tempfile::tempdir().unwrap();
    PostgresStore::open(&shown, folder.path()).await.unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let open = refusal(&shown).await;
    assert!(open.to_string().contains("read by others"), "{open}");
}

/// Answers as a server that speaks no TLS, or TLS with a certificate of its own making, and tells what
/// it heard after the question for TLS.
async fn impostor(
    speaks: Option<tokio_rustls::TlsAcceptor>,
) -> (u16, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 8];
        stream.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked, [0, 0, 0, 8, 4, 210, 22, 47], "the question for TLS comes first");
        let mut heard = Vec::new();
        match speaks {
            None => {
                stream.write_all(b"N").await.unwrap();
                let _ = stream.read_to_end(&mut heard).await;
            }
            Some(acceptor) => {
                stream.write_all(b"S").await.unwrap();
                if let Ok(mut inside) = acceptor.accept(stream).await {
                    let _ = inside.read_to_end(&mut heard).await;
                }
            }
        }
        heard
    });
    (port, heard)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_the_server_hears_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    certify(&authority(), &[NAME], NAME, (&path("crt"), &path("key")));
    fs::write(path("root"), authority().as_ref().pem()).unwrap();
    let chain = vec![CertificateDer::from_pem_file(path("crt")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(path("key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    for (speaks, why) in [(None, "does not speak TLS"), (Some(acceptor), "none of the roots")] {
        let (port, heard) = impostor(speaks).await;
        let url = format!(
            "postgres://enlace:{PASSWORD}@{NAME}:{port}/enlace?hostaddr=127.0.0.1\
             &sslmode=verify-full&sslrootcert={}",
            path("root").display()
        );
        let error = refusal(&url).await;
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(heard.await.unwrap(), b"", "{why}");
    }
}
