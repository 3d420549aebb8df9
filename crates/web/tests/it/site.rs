//! A node in a folder of its own, with accounts, and a browser that remembers cookies.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use enlace_ledger::entry;
use enlace_node::{Actor, Clock, ImportRequest, Init, Node, Role, SystemClock};
use enlace_store::sqlite::SqliteStore;
use enlace_store::{LogEntry, Store as _};
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Request};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

pub const HOST_NAME: &str = "127.0.0.1:7101";
pub const PASSWORD: &str = "correct horse battery";
const KNOWN_AS: [(&str, Role); 8] = [
    ("admin", Role::Administrator),
    ("investigator", Role::Investigator),
    ("analyst", Role::Analyst),
    ("liaison", Role::LiaisonOfficer),
    ("approver", Role::Approver),
    ("handler", Role::SourceHandler),
    ("auditor", Role::Auditor),
    ("tool", Role::Tool),
];

pub struct Site {
    pub node: Arc<Node>,
    pub router: Router,
    folder: TempDir,
}

/// The machine's clock, so many microseconds ahead.
#[derive(Debug)]
struct Later(i64);

impl Clock for Later {
    fn now_us(&self) -> i64 {
        SystemClock.now_us() + self.0
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub text: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get(LOCATION).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    /// The value of a hidden field of the page.
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("type=\"hidden\" name=\"{name}\" value=\"");
        let rest = self.text.split(&start).nth(1).unwrap_or_else(|| panic!("no {name}"));
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Site {
    pub async fn new(name: &str, country: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let init = Init { name: name.into(), country: country.into(), unit: None };
        let node = Arc::new(Node::init(folder.path(), &init).await.unwrap());
        let router = enlace_web::pages(Arc::clone(&node));
        Self { node, router, folder }
    }

    /// The same node, opened anew at a later hour, with this text as its configuration.
    pub async fn later(self, hours: i64, config: &str) -> Self {
        let Self { node, router, folder } = self;
        drop((node, router));
        std::fs::write(folder.path().join("enlace.toml"), config).unwrap();
        let clock = Arc::new(Later(hours * 3600 * 1_000_000));
        let node = Arc::new(Node::open_with(folder.path(), clock).await.unwrap());
        let router = enlace_web::pages(Arc::clone(&node));
        Self { node, router, folder }
    }

    /// With an account of every role, named in [`KNOWN_AS`].
    pub async fn with_accounts() -> Self {
        Self::with_accounts_as("Unidad Nacional de Enlace (UNE)", "EC").await
    }

    /// As [`Site::with_accounts`], of another agency.
    pub async fn with_accounts_as(name: &str, country: &str) -> Self {
        let site = Self::new(name, country).await;
        for (name, role) in KNOWN_AS {
            site.account(name, role).await;
        }
        site
    }

    pub async fn account(&self, name: &str, role: Role) {
        let password = PASSWORD.into();
        self.node.account_create(&Actor::console(), name, role, &password).await.unwrap();
    }

    pub async fn actor(&self, name: &str) -> Actor {
        self.node.check_password(name, &PASSWORD.into()).await.unwrap()
    }

    pub async fn import(&self, name: &str, bytes: &[u8]) {
        let request = ImportRequest {
            name,
            bytes,
            format: None,
            marking: Some("amber"),
            source: None,
            dry_run: false,
        };
        self.node.import(&Actor::console(), request).await.unwrap();
    }

    /// What the node log says, from its beginning.
    pub async fn acts(&self) -> Vec<BTreeMap<String, Value>> {
        let store = SqliteStore::open(self.folder.path()).unwrap();
        let entries = store.log_entries("node", 0, 100_000).await.unwrap();
        let open = |e: LogEntry| entry::open(&e.entry, e.record.as_deref()).unwrap().fields;
        entries.into_iter().map(open).collect()
    }

    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: BTreeMap::new() }
    }

    /// A browser in which an account is signed in.
    pub async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, 303, "{name}: {}", answer.text);
        browser
    }
}

pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    /// A form from a page of this node.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(path).header(ORIGIN, format!("http://{HOST_NAME}"));
        self.send(request, form(fields)).await
    }

    /// A form with files: name of the field, name of the file (empty: a field of text), content.
    pub async fn upload(&mut self, path: &str, parts: &[(&str, &str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, file, content) in parts {
            let file = if file.is_empty() { "" } else { &format!("; filename=\"{file}\"") };
            let head =
                format!("--frame\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--frame--\r\n");
        let request = Request::post(path)
            .header(ORIGIN, format!("http://{HOST_NAME}"))
            .header(CONTENT_TYPE, "multipart/form-data; boundary=frame");
        self.send(request, Body::from(body)).await
    }

    pub async fn send(&mut self, request: http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = request.header(HOST, HOST_NAME).body(body).unwrap();
        if !cookies.is_empty() {
            request.headers_mut().insert(COOKIE, cookies.join("; ").parse().unwrap());
        }
        let answer = read(self.router.clone().oneshot(request).await.unwrap()).await;
        for line in answer.headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub async fn sign_in(&mut self, account: &str, password: &str) -> Answer {
        let csrf = self.get("/login").await.hidden("csrf");
        let fields = [("csrf", csrf.as_str()), ("account", account), ("password", password)];
        self.post("/login", &fields).await
    }

    /// Fills in a form of a page and sends it; answers the status.
    pub async fn post_form(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> u16 {
        let csrf = self.get(page).await.hidden("csrf");
        let fields: Vec<_> = [("csrf", csrf.as_str())].iter().chain(fields).copied().collect();
        self.post(action, &fields).await.status
    }

    /// The token of this session's forms.
    pub async fn csrf(&mut self) -> String {
        // The frame of every page holds the form to sign out.
        self.get("/no-such-page").await.hidden("csrf")
    }
}

pub fn form(fields: &[(&str, &str)]) -> Body {
    let escaped = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    Body::from(pairs.join("&"))
}

async fn read(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
        bytes: bytes.to_vec(),
    }
}
