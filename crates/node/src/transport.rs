//! HTTP to one partner over mutually authenticated TLS, pinned by the card.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use enlace_keys::Card;
use enlace_taxii::retry_after;
use http::{HeaderName, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::partner::Partner;
use crate::{Node, NodeError};

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(30);
/// How long one round waits in all because a partner asks for it: one that always does must not
/// hold up the others.
const PATIENCE: Duration = Duration::from_secs(10);

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
    /// How long this way may still wait because the partner asks for it.
    patience: Mutex<Duration>,
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

    pub(crate) fn wire_by(&self, card: &Card, tls: rustls::ClientConfig) -> Wire {
        let name = card.name.clone();
        let authority = card.url.strip_prefix("https://").map(|r| r.split('/').next().unwrap_or(r));
        let authority = authority.unwrap_or_default().to_owned();
        let host = match authority.rsplit_once(':') {
            Some((host, _)) => host.trim_matches(['[', ']']).to_owned(),
            None => authority.clone(),
        };
        let tls = TlsConnector::from(std::sync::Arc::new(tls));
        let body_limit = self.config.limits.body_bytes;
        let patience = Mutex::new(PATIENCE);
        Wire { partner: name, authority, host, tls, body_limit, patience }
    }
}

impl Wire {
    /// `GET path`, with an `Accept` header where one is given. A partner that asks to wait longer
    /// than we do here is an error of its own.
    pub(crate) async fn get(&self, path: &str, accept: Option<&str>) -> Result<Answer, NodeError> {
        self.not_busy(self.ask(path, accept).await?)
    }

    /// The same, with the answer as it is.
    pub(crate) async fn ask(&self, path: &str, accept: Option<&str>) -> Result<Answer, NodeError> {
        let accept = accept.map(|accept| (header::ACCEPT, accept));
        self.patiently(Method::GET, path, accept, Bytes::new()).await
    }

    /// `POST path` with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: Bytes) -> Result<Answer, NodeError> {
        let kind = Some((header::CONTENT_TYPE, "application/json"));
        self.not_busy(self.patiently(Method::POST, path, kind, body).await?)
    }

    fn not_busy(&self, answer: Answer) -> Result<Answer, NodeError> {
        match retry_after(answer.status.as_u16(), &answer.headers) {
            Some(retry_after_s) => {
                Err(NodeError::Busy { partner: self.partner.clone(), retry_after_s })
            }
            None => Ok(answer),
        }
    }

    /// Sends a request, and again after the time that the partner asks us to wait, as long as
    /// patience lasts.
    async fn patiently(
        &self,
        method: Method,
        path: &str,
        more: Option<(HeaderName, &str)>,
        body: Bytes,
    ) -> Result<Answer, NodeError> {
        loop {
            let mut request = Request::builder()
                .method(method.clone())
                .uri(path)
                .header(header::HOST, &self.authority);
            if let Some((name, value)) = &more {
                request = request.header(name, *value);
            }
            let request = request.body(Full::new(body.clone())).map_err(|e| self.fault(e))?;
            let answer = self.send(request).await?;
            let wait = retry_after(answer.status.as_u16(), &answer.headers);
            let wait = wait.map(|seconds| Duration::from_secs(seconds.max(1).into()));
            match wait.filter(|wait| self.has_patience(*wait)) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Ok(answer),
            }
        }
    }

    /// Takes so much of the patience that is left, if there is so much.
    fn has_patience(&self, wait: Duration) -> bool {
        let mut left = self.patience.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rest) = left.checked_sub(wait) else { return false };
        *left = rest;
        true
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, NodeError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::standing::tests::Trio;

    #[tokio::test]
    async fn one_way_to_a_partner_waits_for_it_so_long_in_all_and_no_longer() {
        let trio = Trio::new().await;
        let (_, partner) = trio.nodes[0].partner_named("US").await.unwrap();
        let wire = trio.nodes[0].wire(&partner).unwrap();
        let seconds = Duration::from_secs;
        assert!(!wire.has_patience(seconds(11)), "longer than anybody waits");
        assert!(wire.has_patience(seconds(6)));
        assert!(!wire.has_patience(seconds(5)), "it is used up");
        assert!(wire.has_patience(seconds(4)));
        assert!(!wire.has_patience(seconds(1)));
    }
}
