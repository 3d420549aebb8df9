//! The limit of one answer: an axum route that gives the bytes of a file and does nothing else.
//!
//! `bare FILE` prints the port of the loopback that it listens on and answers until it is ended. With a
//! database, `bare FILE URL`, each answer waits for `SELECT 1` of that server first, prepared and by one
//! kept connection: the least that an answer costs which a server has to be asked for.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use tokio::net::TcpListener;
use tokio_postgres::NoTls;

const MEDIA_TYPE: &str = "application/taxii+json;version=2.1";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("bare FILE [URL]")?;
    let body = Bytes::from(std::fs::read(file)?);
    let router = match std::env::args().nth(2) {
        None => Router::new()
            .route("/", get(move || async move { ([(CONTENT_TYPE, MEDIA_TYPE)], body) })),
        Some(url) => asking(&url, body).await?,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?.port())?;
    // As the node's own listeners do.
    let listener = listener.tap_io(|tcp| {
        let _ = tcp.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}

/// The same route behind the smallest question to a server.
async fn asking(url: &str, body: Bytes) -> Result<Router, Box<dyn Error>> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    let question = client.prepare("SELECT 1").await?;
    let asked = Arc::new((client, question));
    let answer = move || {
        let (asked, body) = (Arc::clone(&asked), body.clone());
        async move {
            let (client, question) = &*asked;
            match client.query_one(question, &[]).await {
                Ok(_) => ([(CONTENT_TYPE, MEDIA_TYPE)], body).into_response(),
                Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            }
        }
    };
    Ok(Router::new().route("/", get(answer)))
}
