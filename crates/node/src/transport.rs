//! HTTP to one partner over mutually authenticated TLS, pinned by the card.

use std::time::Duration;

use bytes::Bytes;
use enlace_keys::Card;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::partner::Partner;
use crate::{Node, NodeError};

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(30);

/// An answer of a partner.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

/// A way to one partner. Each call opens its own connection: partners are asked seldom, and a
/// revoked key must be out at once.
pub(crate) struct Wire {
    partner: String,
    authority: String,
    host: String,
    tls: TlsConnector,
    body_limit: usize,
}

impl Node {
    /// The way to a partner by its pinned card.
    pub(crate) fn wire(&self, partner: &Partner) -> Result<Wire, NodeError> {
        let card = partner.card()?;
        let tls = enlace_keys::partner_client_config(&self.keys, card.tls_sha256)?;
        Ok(self.wire_by(&card, tls))
    }

    /// The way to a partner that may not know our present certificate.
    pub(crate) fn notice_wire(&self, partner: &Partner) -> Result<Wire, NodeError> {
        let card = partner.card()?;
        let tls = enlace_keys::notice_client_config(&self.keys, card.tls_sha256)?;
        Ok(self.wire_by(&card, tls))
    }

    fn wire_by(&self, card: &Card, tls: rustls::ClientConfig) -> Wire {
        let name = card.name.clone();
        let authority = card.url.strip_prefix("https://").map(|r| r.split('/').next().unwrap_or(r));
        let authority = authority.unwrap_or_default().to_owned();
        let host = match authority.rsplit_once(':') {
            Some((host, _)) => host.trim_matches(['[', ']']).to_owned(),
            None => authority.clone(),
        };
        let tls = TlsConnector::from(std::sync::Arc::new(tls));
        let body_limit = self.config.limits.body_bytes;
        Wire { partner: name, authority, host, tls, body_limit }
    }
}

impl Wire {
    /// `GET path`, with an `Accept` header where one is given.
    pub(crate) async fn get(&self, path: &str, accept: Option<&str>) -> Result<Answer, NodeError> {
        let mut request = Request::builder().method(Method::GET).uri(path);
        if let Some(accept) = accept {
            request = request.header(header::ACCEPT, accept);
        }
        self.send(request, Bytes::new()).await
    }

    /// `POST path` with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: Bytes) -> Result<Answer, NodeError> {
        let request = Request::builder().method(Method::POST).uri(path);
        self.send(request.header(header::CONTENT_TYPE, "application/json"), body).await
    }

    async fn send(
        &self,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<Answer, NodeError> {
        let request = request
            .header(header::HOST, &self.authority)
            .body(Full::new(body))
            .map_err(|e| self.fault(e))?;
        let connect = tokio::time::timeout(CONNECT, self.connect());
        let io = connect.await.map_err(|_| self.fault("no connection within 10 s"))??;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(io)).await;
        let (mut sender, connection) = handshake.map_err(|e| self.fault(e))?;
        let driver = tokio::spawn(connection);
        let answer = tokio::time::timeout(ANSWER, async {
            let response = sender.send_request(request).await.map_err(|e| self.fault(e))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, self.body_limit).collect().await;
            let body = body.map_err(|e| self.fault(e))?.to_bytes();
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        });
        let answer = answer.await.map_err(|_| self.fault("no answer within 30 s"))?;
        driver.abort();
        answer
    }

    async fn connect(&self) -> Result<tokio_rustls::client::TlsStream<TcpStream>, NodeError> {
        let port = if self.authority.rsplit_once(':').is_some() { "" } else { ":443" };
        let address = format!("{}{port}", self.authority);
        let tcp = TcpStream::connect(&address).await.map_err(|e| self.fault(e))?;
        tcp.set_nodelay(true).map_err(|e| self.fault(e))?;
        let name = ServerName::try_from(self.host.clone()).map_err(|e| self.fault(e))?;
        self.tls.connect(name, tcp).await.map_err(|e| self.fault(e))
    }

    /// An error that names the partner.
    pub(crate) fn fault(&self, problem: impl std::fmt::Display) -> NodeError {
        NodeError::Partner { partner: self.partner.clone(), problem: problem.to_string() }
    }
}
