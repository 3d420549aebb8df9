//! The limit of one answer: an axum route that gives the bytes of a file and does nothing else.
//!
//! `bare FILE` prints the port of the loopback that it listens on and answers until it is ended.

use std::error::Error;
use std::io::Write as _;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use tokio::net::TcpListener;

const MEDIA_TYPE: &str = "application/taxii+json;version=2.1";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("bare FILE")?;
    let body = Bytes::from(std::fs::read(file)?);
    let answer = move || async move { ([(CONTENT_TYPE, MEDIA_TYPE)], body) };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?.port())?;
    // As the node's own listeners do.
    let listener = listener.tap_io(|tcp| {
        let _ = tcp.set_nodelay(true);
    });
    axum::serve(listener, Router::new().route("/", get(answer))).await?;
    Ok(())
}
