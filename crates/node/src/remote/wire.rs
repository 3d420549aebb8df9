//! Requests to one server over one connection that is kept.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use enlace_taxii::{Response, Transport, TransportError};
use http::{HeaderValue, Method, Request, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::address::Address;
use super::{Credentials, body, refused};
use crate::NodeError;

/// Redirects that one request follows.
const REDIRECTS: usize = 5;

/// How long a server may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) connect: Duration,
    /// Without a byte.
    pub(super) silence: Duration,
    /// For a request in all, its redirects among them.
    pub(super) whole: Duration,
}

impl Default for Times {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { connect: seconds(10), silence: seconds(30), whole: seconds(300) }
    }
}

/// The way to one server: one connection, one request at a time.
pub(crate) struct RemoteTransport {
    address: Address,
    tls: Option<TlsConnector>,
    authorization: Option<HeaderValue>,
    pub(super) times: Times,
    kept: Mutex<Option<Sender>>,
}

type Sender = SendRequest<Full<Bytes>>;

impl fmt::Debug for RemoteTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RemoteTransport({})", self.address.authority)
    }
}

/// A request that may have to be sent again.
struct Asked<'a> {
    method: Method,
    headers: &'a [(&'a str, &'a str)],
    body: Bytes,
}

impl RemoteTransport {
    pub(super) fn new(
        address: Address,
        tls: Option<ClientConfig>,
        credentials: &Credentials,
    ) -> Result<Self, NodeError> {
        let tls = tls.map(|config| TlsConnector::from(Arc::new(config)));
        let authorization = authorization(credentials)?;
        let (times, kept) = (Times::default(), Mutex::new(None));
        Ok(Self { address, tls, authorization, times, kept })
    }

    async fn exchange(
        &self,
        asked: Asked<'_>,
        path: &str,
        most: usize,
    ) -> Result<Response, TransportError> {
        let whole = timeout(self.times.whole, self.followed(asked, path, most)).await;
        whole.map_err(|_| unreachable("it did not finish its answer in time"))?
    }

    /// The answer, behind redirects on this server.
    async fn followed(
        &self,
        asked: Asked<'_>,
        path: &str,
        most: usize,
    ) -> Result<Response, TransportError> {
        let mut path = path.to_owned();
        for _ in 0..=REDIRECTS {
            let answer = self.once(&asked, &path, most).await?;
            // The others turn a POST into a GET.
            let follows = match answer.status {
                307 | 308 => true,
                301..=303 => asked.method == Method::GET,
                _ => false,
            };
            let target = answer.headers.get(header::LOCATION).filter(|_| follows);
            let Some(target) = target else { return Ok(answer) };
            let own = target.to_str().ok().and_then(|target| self.address.own_path(target));
            path = own.ok_or_else(|| {
                let problem = "it sends us to another server, or away from TLS: give the address \
                               of that one, if it is meant";
                TransportError::Refused(problem.to_owned())
            })?;
        }
        Err(TransportError::Refused("it redirects without end".to_owned()))
    }

    /// One request and its whole answer, on the kept connection if that is still good.
    async fn once(
        &self,
        asked: &Asked<'_>,
        path: &str,
        most: usize,
    ) -> Result<Response, TransportError> {
        let mut kept = self.kept.lock().await;
        let mut old = kept.take();
        if let Some(sender) = &mut old
            && sender.ready().await.is_err()
        {
            old = None;
        }
        let (response, sender) = match old {
            None => self.anew(asked, path).await?,
            Some(mut old) => match self.send(&mut old, asked, path).await {
                Ok(response) => (response, old),
                // The server had closed it, and took nothing of the request.
                Err(Unsent::Whole) => self.anew(asked, path).await?,
                Err(Unsent::Lost(error)) => return Err(error),
            },
        };
        let (parts, body) = response.into_parts();
        let body = body::read(body, &parts.headers, most, self.times.silence).await?;
        *kept = Some(sender);
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    async fn anew(
        &self,
        asked: &Asked<'_>,
        path: &str,
    ) -> Result<(http::Response<Incoming>, Sender), TransportError> {
        let connected = timeout(self.times.connect, self.connect()).await;
        let mut sender = connected.map_err(|_| unreachable("no connection in time"))??;
        match self.send(&mut sender, asked, path).await {
            Ok(response) => Ok((response, sender)),
            Err(Unsent::Whole) => Err(unreachable("it closed the connection")),
            Err(Unsent::Lost(error)) => Err(error),
        }
    }

    async fn send(
        &self,
        sender: &mut Sender,
        asked: &Asked<'_>,
        path: &str,
    ) -> Result<http::Response<Incoming>, Unsent> {
        let request = self.request(asked, path).map_err(Unsent::Lost)?;
        match timeout(self.times.silence, sender.try_send_request(request)).await {
            Err(_) => Err(Unsent::Lost(unreachable("it did not begin to answer in time"))),
            Ok(Ok(response)) => Ok(response),
            Ok(Err(mut error)) => match error.take_message() {
                Some(_) => Err(Unsent::Whole),
                None => Err(Unsent::Lost(broken(&error.into_error()))),
            },
        }
    }

    fn request(
        &self,
        asked: &Asked<'_>,
        path: &str,
    ) -> Result<Request<Full<Bytes>>, TransportError> {
        let mut request = Request::builder()
            .method(asked.method.clone())
            .uri(path)
            .header(header::HOST, &self.address.authority)
            .header(header::USER_AGENT, "enlace")
            .header(header::ACCEPT_ENCODING, "gzip");
        for (name, value) in asked.headers {
            request = request.header(*name, *value);
        }
        if let Some(value) = &self.authorization {
            request = request.header(header::AUTHORIZATION, value.clone());
        }
        request
            .body(Full::new(asked.body.clone()))
            .map_err(|_| TransportError::Refused("its path is no path of HTTP".to_owned()))
    }

    async fn connect(&self) -> Result<Sender, TransportError> {
        let tcp = self.tcp().await?;
        tcp.set_nodelay(true).map_err(|e| broken(&e))?;
        let Some(tls) = &self.tls else { return speak(tcp).await };
        let name = ServerName::try_from(self.address.host.clone()).map_err(|e| broken(&e))?;
        speak(tls.connect(name, tcp).await.map_err(|e| broken(&e))?).await
    }

    async fn tcp(&self) -> Result<TcpStream, TransportError> {
        let place = (self.address.host.as_str(), self.address.port);
        let found = tokio::net::lookup_host(place).await.map_err(|e| broken(&e))?;
        // Without TLS a name that leads elsewhere must not be followed there.
        let may = |at: &std::net::SocketAddr| self.tls.is_some() || at.ip().is_loopback();
        let mut last = unreachable("its name leads nowhere");
        for at in found.filter(may) {
            match TcpStream::connect(at).await {
                Ok(tcp) => return Ok(tcp),
                Err(error) => last = broken(&error),
            }
        }
        Err(last)
    }
}

async fn speak<S>(stream: S) -> Result<Sender, TransportError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|e| broken(&e))?;
    // Ends with its sender.
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection to a remote server ended");
        }
    });
    Ok(sender)
}

/// Why a request has no answer.
enum Unsent {
    /// Nothing of it went out.
    Whole,
    /// It may have arrived.
    Lost(TransportError),
}

#[async_trait]
impl Transport for RemoteTransport {
    async fn get(
        &self,
        path_and_query: &str,
        headers: &[(&str, &str)],
        max_bytes: usize,
    ) -> Result<Response, TransportError> {
        let asked = Asked { method: Method::GET, headers, body: Bytes::new() };
        self.exchange(asked, path_and_query, max_bytes).await
    }

    async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
        max_bytes: usize,
    ) -> Result<Response, TransportError> {
        let asked = Asked { method: Method::POST, headers, body };
        self.exchange(asked, path, max_bytes).await
    }

    async fn wait(&self, least: Duration, most: Duration) -> bool {
        let mut random = [0; 2];
        if getrandom::fill(&mut random).is_err() {
            return false;
        }
        let share = f64::from(u16::from_le_bytes(random)) / f64::from(u16::MAX);
        tokio::time::sleep(least + most.saturating_sub(least).mul_f64(share)).await;
        true
    }
}

fn unreachable(problem: &str) -> TransportError {
    TransportError::Unreachable(problem.to_owned())
}

/// What an error below HTTP means: trouble on the way, or a server that is not trusted.
fn broken(error: &(dyn std::error::Error + 'static)) -> TransportError {
    let mut cause = Some(error);
    let mut deepest = error;
    while let Some(this) = cause {
        deepest = this;
        // An I/O error hides what it wraps from its own chain of causes.
        let wrapped = this.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let wrapped = wrapped.map(|inner| inner as &(dyn std::error::Error + 'static));
        match wrapped.unwrap_or(this).downcast_ref::<rustls::Error>() {
            Some(rustls::Error::InvalidCertificate(why)) => return untrusted(why),
            Some(rustls::Error::AlertReceived(alert)) => {
                let said = format!("it ended TLS with {alert:?}: does it ask for a certificate?");
                return TransportError::Untrusted(said);
            }
            _ => cause = wrapped.or_else(|| this.source()),
        }
    }
    TransportError::Unreachable(deepest.to_string())
}

fn untrusted(why: &rustls::CertificateError) -> TransportError {
    TransportError::Untrusted(match why {
        rustls::CertificateError::Other(other) => other.0.to_string(),
        rustls::CertificateError::UnknownIssuer => {
            "no authority that is trusted here signed it: give the authority's certificate, or the \
             SHA-256 of the server's own"
                .to_owned()
        }
        other => other.to_string(),
    })
}

/// The value of `Authorization`.
fn authorization(credentials: &Credentials) -> Result<Option<HeaderValue>, NodeError> {
    let text = |scheme: &str, secret: &SecretString| {
        Zeroizing::new(format!("{scheme} {}", secret.expose_secret().trim()))
    };
    let text = match credentials {
        Credentials::None | Credentials::Certificate { .. } => return Ok(None),
        Credentials::Bearer(token) => text("Bearer", token),
        Credentials::Token(token) => text("Token", token),
        Credentials::Basic { user, .. } if user.contains(':') => {
            let expected = "a user without `:`, which ends the user";
            return Err(refused("remote.credentials", "the user holds `:`", expected));
        }
        Credentials::Basic { user, password } => {
            let pair = Zeroizing::new(format!("{user}:{}", password.expose_secret()));
            Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
        }
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| {
        let expected = "a token of letters, digits and signs in one line";
        refused("remote.credentials", "the token cannot be sent", expected)
    })?;
    value.set_sensitive(true);
    Ok(Some(value))
}
