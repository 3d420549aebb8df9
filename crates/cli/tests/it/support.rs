//! Nodes of the invented case as real processes, and a client that shows every byte of an answer.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use serde_json::Value;

pub const BINARY: &str = env!("CARGO_BIN_EXE_enlace");
/// Media type that TAXII answers.
pub const TAXII: &str = "application/taxii+json;version=2.1";
/// Password of every account.
pub const PASSWORD: &str = "only-for-tests-0417";

/// Passphrase of every backup.
pub const PASSPHRASE: &str = "only for tests, twelve and more";

/// A file of the invented case.
pub fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenario").join(name)
}

/// A JSON file of the invented case.
pub fn scenario_json(name: &str) -> Value {
    serde_json::from_slice(&fs::read(scenario(name)).unwrap()).unwrap()
}

/// What a command did.
pub struct Done {
    pub code: i32,
    /// Every line of the output that is a JSON object.
    pub lines: Vec<Value>,
    pub text: String,
    pub errors: String,
}

impl Done {
    /// The counts of the last line.
    pub fn summary(&self) -> &Value {
        self.lines.last().and_then(|l| l.get("summary")).unwrap_or(&Value::Null)
    }

    /// The lines before the summary.
    pub fn results(&self) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(|l| l.get("summary").is_none())
    }
}

/// Runs the binary. No setting of the machine that tests run on reaches it.
pub fn run(args: &[&str], env: &[(&str, &str)]) -> Done {
    let mut command = Command::new(BINARY);
    for name in ["ENLACE_NODE", "ENLACE_AS", "ENLACE_TOKEN", "ENLACE_PASSWORD"] {
        command.env_remove(name);
    }
    command.args(args).envs(env.iter().copied());
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter_map(|l| serde_json::from_str(l).ok());
    Done {
        code: output.status.code().unwrap_or(-1),
        lines: lines.filter(Value::is_object).collect(),
        errors: String::from_utf8(output.stderr).unwrap(),
        text,
    }
}

/// A node by itself, and the folder that it lies in.
pub fn alone() -> (tempfile::TempDir, Node) {
    let home = tempfile::tempdir().unwrap();
    let node = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
    (home, node)
}

/// A node of the case: its folder, ports and process.
pub struct Node {
    pub key: &'static str,
    pub dir: PathBuf,
    pub pages: SocketAddr,
    pub partners: SocketAddr,
    child: RefCell<Option<Child>>,
    accounts: Cell<bool>,
}

impl Node {
    /// `init` and the configuration.
    pub fn init(home: &Path, key: &'static str, name: &str, country: &'static str) -> Self {
        let dir = home.join(key);
        let (pages, partners) = (free_address(), free_address());
        let node = Self {
            key,
            dir,
            pages,
            partners,
            child: RefCell::new(None),
            accounts: Cell::new(false),
        };
        node.must(&["init", "--name", name, "--country", country]);
        let config = configured(pages, partners);
        fs::write(node.dir.join("enlace.toml"), config).unwrap();
        node
    }

    /// The same node once more, in another folder and on other ports; it must not be serving.
    pub fn double(&self, key: &'static str) -> Self {
        assert!(self.child.borrow().is_none(), "{} is stopped first", self.key);
        let dir = self.dir.with_file_name(key);
        let copied = Command::new("cp").arg("-a").arg(&self.dir).arg(&dir).status().unwrap();
        assert!(copied.success());
        let (pages, partners) = (free_address(), free_address());
        let config = configured(pages, partners);
        fs::write(dir.join("enlace.toml"), config).unwrap();
        let (child, accounts) = (RefCell::new(None), Cell::new(self.accounts.get()));
        Self { key, dir, pages, partners, child, accounts }
    }

    /// `enlace … --json` at the console of this node.
    pub fn cli(&self, args: &[&str]) -> Done {
        self.cli_as(None, args)
    }

    /// As [`Node::cli`], with the account of a role (`liaison-officer`, `approver`…).
    pub fn cli_as(&self, role: Option<&str>, args: &[&str]) -> Done {
        let dir = self.dir.display().to_string();
        let mut all = vec!["--node", &dir, "--json"];
        if let Some(role) = role {
            self.make_accounts();
            all.extend(["--as", role]);
        }
        all.extend(args);
        run(&all, &[("ENLACE_PASSWORD", PASSWORD), ("ENLACE_PASSPHRASE", PASSPHRASE)])
    }

    /// A folder beside this node's, in which nothing is yet.
    pub fn beside(&self, key: &'static str) -> Self {
        let dir = self.dir.with_file_name(key);
        let (pages, partners) = (free_address(), free_address());
        let (child, accounts) = (RefCell::new(None), Cell::new(self.accounts.get()));
        Self { key, dir, pages, partners, child, accounts }
    }

    /// Writes the configuration anew, with this node's own ports.
    pub fn configure(&self) {
        fs::write(self.dir.join("enlace.toml"), configured(self.pages, self.partners)).unwrap();
    }

    /// A command that can be killed; its output goes nowhere.
    pub fn start(&self, args: &[&str]) -> Child {
        let mut command = Command::new(BINARY);
        command.arg("--node").arg(&self.dir).args(args).env("ENLACE_PASSPHRASE", PASSPHRASE);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// A command that has to work.
    pub fn must(&self, args: &[&str]) -> Done {
        checked(self.key, args, self.cli(args))
    }

    /// A command that has to work, with the account of a role.
    pub fn must_as(&self, role: &str, args: &[&str]) -> Done {
        checked(self.key, args, self.cli_as(Some(role), args))
    }

    /// Imports a file of the scenario; parts of it may be set aside.
    pub fn import(&self, file: &str) {
        let done = self.cli(&["import", scenario(file).to_str().unwrap()]);
        assert!(done.code < 2, "{}\n{}", done.text, done.errors);
    }

    /// One account a role, named like the role.
    fn make_accounts(&self) {
        if self.accounts.replace(true) {
            return;
        }
        for role in ["liaison-officer", "approver"] {
            self.must(&["account", "create", role, "--role", role, "--password", PASSWORD]);
        }
    }

    /// Starts `serve`; returns when both listeners are up.
    pub fn serve(&self) {
        self.serve_by(Command::new(BINARY));
    }

    /// The same by a command that runs the binary with what else it is given.
    pub fn serve_by(&self, mut command: Command) {
        let log = File::options().append(true).create(true).open(self.log_path()).unwrap();
        let mut child = command
            .arg("--node")
            .arg(&self.dir)
            .arg("serve")
            .env("ENLACE_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let up = lines.map_while(Result::ok).any(|line| line.starts_with("partners"));
        self.child.replace(Some(child));
        assert!(up, "{}: not up\n{}", self.key, self.log());
    }

    /// Most memory in kB that the process that serves ever had (`VmHWM`), or has (`VmRSS`).
    pub fn memory_kb(&self, which: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
    }

    /// The process that serves.
    pub fn process(&self) -> u32 {
        self.child.borrow().as_ref().map_or(0, Child::id)
    }

    /// Ends `serve` as a service manager does.
    pub fn stop(&self) {
        if let Some(mut child) = self.child.take() {
            let sent = Command::new("kill").arg(child.id().to_string()).status().unwrap();
            assert!(sent.success(), "{}: TERM", self.key);
            child.wait().unwrap();
        }
    }

    /// Ends `serve` as a loss of power does.
    pub fn kill(&self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// What `serve` wrote to standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.dir.with_extension("log")
    }

    /// The node's keys, to sign what its own software never would.
    pub fn keys(&self) -> enlace_keys::NodeKeys {
        enlace_keys::NodeKeys::open(&self.dir).unwrap()
    }

    /// The card as JSON.
    pub fn card(&self) -> Value {
        serde_json::from_str(&self.must(&["card"]).text).unwrap()
    }

    /// The id of the node's identity object.
    pub fn identity(&self) -> String {
        self.card()["identity"]["id"].as_str().unwrap().to_owned()
    }

    /// The database, to do what an insider with the disk could.
    pub fn database(&self) -> rusqlite::Connection {
        let db = rusqlite::Connection::open(self.dir.join("enlace.db")).unwrap();
        db.busy_timeout(Duration::from_secs(10)).unwrap();
        db
    }

    /// Every byte of every file that the node keeps, keys aside.
    pub fn stored_bytes(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        walk(&self.dir, &mut files);
        files.retain(|(name, _)| !name.contains("/keys/"));
        files
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The configuration of a node of the tests, which ask faster than strangers may.
fn configured(pages: SocketAddr, partners: SocketAddr) -> String {
    let listen = format!("[listen]\npages = \"{pages}\"\npartners = \"{partners}\"\n");
    format!("{listen}[quota]\nstranger_burst = 1000000\npartner_burst = 1000000\n")
}

fn checked(key: &str, args: &[&str], done: Done) -> Done {
    let what = args.join(" ");
    assert_eq!(done.code, 0, "{key}: enlace {what}\n{}\n{}", done.text, done.errors);
    done
}

fn walk(dir: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

/// A free port below those that the system gives to clients.
fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + u16::try_from(std::process::id() % 5_000).unwrap();
    loop {
        let port = start + NEXT.fetch_add(1, Ordering::Relaxed);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// One answer, as it came.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The body, chunks joined.
    pub body: Vec<u8>,
    /// From the request's last byte to the answer's last.
    pub took: Duration,
}

impl Answer {
    /// Status line, headers and body without the clock: what two answers must share to be alike.
    pub fn alike(&self) -> String {
        let dated = |line: &&str| !line.to_ascii_lowercase().starts_with("date:");
        let head: Vec<&str> = self.head.lines().filter(dated).collect();
        format!("{}\n\n{}", head.join("\n"), String::from_utf8_lossy(&self.body))
    }

    /// Every byte.
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }

    /// The answer without a text that the asker itself sent.
    pub fn without(mut self, sent: &str) -> Self {
        self.head = self.head.replace(sent, "");
        self.body = String::from_utf8_lossy(&self.body).replace(sent, "").into_bytes();
        self
    }

    /// A header of it.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Whether all came of it that it says.
    fn is_whole(&self) -> bool {
        let said = self.header("content-length").and_then(|said| said.parse().ok());
        said.is_none_or(|said: usize| self.body.len() >= said)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// `objects` of an envelope or manifest.
    pub fn objects(&self) -> Vec<Value> {
        self.json()["objects"].as_array().cloned().unwrap_or_default()
    }
}

/// A client of one listener with what it shows.
#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    headers: BTreeMap<String, String>,
}

impl Client {
    /// Plain HTTP.
    pub fn plain(address: SocketAddr) -> Self {
        Self { address, tls: None, headers: BTreeMap::new() }
    }

    /// TLS without a certificate.
    pub fn nobody(address: SocketAddr) -> Self {
        Self::plain(address).with_tls(None)
    }

    /// TLS with the certificate of a node.
    pub fn node(address: SocketAddr, node: &Node) -> Self {
        Self::plain(address).with_tls(Some(&node.dir.join("keys")))
    }

    /// TLS without a certificate, with a token.
    pub fn token(address: SocketAddr, token: &str) -> Self {
        Self::nobody(address).with("Authorization", &format!("Bearer {token}"))
    }

    /// The same client at another listener.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self { address, ..self.clone() }
    }

    /// The same client with one more header in every request.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    fn with_tls(mut self, keys: Option<&Path>) -> Self {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider)));
        let config = match keys {
            None => builder.with_no_client_auth(),
            Some(keys) => {
                let certificate = CertificateDer::from_pem_file(keys.join("tls.crt")).unwrap();
                let key = PrivateKeyDer::from_pem_file(keys.join("tls.key")).unwrap();
                builder.with_client_auth_cert(vec![certificate], key).unwrap()
            }
        };
        self.tls = Some(Arc::new(config));
        self
    }

    /// `GET`, as a TAXII client asks.
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[("Accept", TAXII)], b"")
    }

    /// `POST` of JSON.
    pub fn post(&self, path: &str, body: &[u8]) -> Answer {
        self.send("POST", path, &[("Content-Type", "application/json")], body)
    }

    /// One request on a connection of its own.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let answer = self.attempt(method, path, headers, body);
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same, where there may be no answer, or none that is whole.
    pub fn attempt(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Answer> {
        let length = body.len().to_string();
        let head = self.head(method, path, headers, &[("Content-Length", length.as_str())]);
        self.exchange(method, &[head.as_bytes(), body].concat())
    }

    /// Sends these bytes on a connection of its own, and reads what comes.
    pub fn exchange(&self, method: &str, request: &[u8]) -> io::Result<Answer> {
        let mut tcp = TcpStream::connect(self.address)?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(Duration::from_secs(30)))?;
        let (raw, took) = match &self.tls {
            None => exchange(&mut tcp, request)?,
            Some(config) => {
                let name = ServerName::try_from("localhost").unwrap();
                let mut tls = ClientConnection::new(Arc::clone(config), name).unwrap();
                while tls.is_handshaking() {
                    tls.complete_io(&mut tcp)?;
                }
                exchange(&mut StreamOwned::new(tls, tcp), request)?
            }
        };
        let answer = read_answer(&raw, took)?;
        if method != "HEAD" && !answer.is_whole() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(answer)
    }

    /// Request line and headers, to be sent by a hand of its own.
    pub fn head(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        of_body: &[(&str, &str)],
    ) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        let own = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        for (name, value) in own.chain(headers.iter().copied()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("Connection: close\r\n");
        for (name, value) in of_body {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head + "\r\n"
    }
}

fn exchange(stream: &mut (impl Read + Write), request: &[u8]) -> io::Result<(Vec<u8>, Duration)> {
    let started = Instant::now();
    // A server that has heard enough answers, and may close before it has read all.
    let written = stream.write_all(request).and_then(|()| stream.flush());
    let mut raw = Vec::new();
    // It may also close without saying so first.
    let read = stream.read_to_end(&mut raw);
    if raw.is_empty() {
        written.and(read)?;
    }
    Ok((raw, started.elapsed()))
}

/// What an HTTP/1.1 server sent on a connection that it closed.
pub fn read_answer(raw: &[u8], took: Duration) -> io::Result<Answer> {
    let none = || io::Error::new(io::ErrorKind::UnexpectedEof, "no answer");
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n").ok_or_else(none)?;
    let head = String::from_utf8(raw[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut body = raw[end + 4..].to_vec();
    if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        body = joined(&body);
    }
    Ok(Answer { status, head, body, took })
}

/// The body of chunks.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        let from = end + 2;
        body.extend_from_slice(&rest[from..from + size]);
        rest = rest.get(from + size + 2..).unwrap_or_default();
    }
    body
}

/// Believes every server; for tests on loopback only.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
