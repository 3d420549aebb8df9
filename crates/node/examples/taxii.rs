//! Polls and pushes by hand, for a look at somebody's server:
//!
//! ```text
//! taxii find URL
//! taxii poll URL [POSITION-FILE]      objects as JSON lines; the position is read and written
//! taxii push URL < OBJECTS            JSON lines in; one outcome a line out
//! ```
//!
//! `TAXII_TOKEN`, or `TAXII_USER` and `TAXII_PASSWORD`, `TAXII_CA` (a file), `TAXII_PIN`,
//! `TAXII_LIMIT`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

use std::error::Error;
use std::io::Read;

use enlace_node::{Credentials, Remote, RemoteConfig, RemoteTransport};
use enlace_taxii::{Client, Place, Poll, Position, Push};
use secrecy::SecretString;
use serde_json::value::RawValue;

type Done = Result<(), Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Done {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (verb, url, file) = match args.as_slice() {
        [verb, url] => (verb.as_str(), url, None),
        [verb, url, file] => (verb.as_str(), url, Some(file)),
        _ => return Err("expected find|poll|push URL".into()),
    };
    let client = Remote::open(&settings(url)?)?;
    let place = client.locate(&Remote::path(url)?).await?;
    match verb {
        "find" => find(&client, &place).await,
        "poll" => poll(&client, &place, file).await,
        "push" => push(&client, &place).await,
        _ => Err("expected find, poll or push".into()),
    }
}

fn settings(url: &str) -> Result<RemoteConfig, Box<dyn Error>> {
    let env = |name: &str| std::env::var(name).ok();
    let credentials = match (env("TAXII_TOKEN"), env("TAXII_USER"), env("TAXII_PASSWORD")) {
        (Some(token), ..) => Credentials::Bearer(SecretString::from(token)),
        (None, Some(user), Some(password)) => {
            Credentials::Basic { user, password: SecretString::from(password) }
        }
        _ => Credentials::None,
    };
    let ca = env("TAXII_CA").map(std::fs::read_to_string).transpose()?;
    let (url, pin) = (url.to_owned(), env("TAXII_PIN"));
    Ok(RemoteConfig { url, credentials, ca, pin, max_body: 100 << 20 })
}

async fn find(client: &Client<RemoteTransport>, place: &Place) -> Done {
    println!("root {}", place.root);
    for found in client.collections(&place.root).await? {
        let (read, write) = (found.can_read, found.can_write);
        println!("collection {} read={read} write={write} {}", found.id, found.title);
    }
    Ok(())
}

async fn poll(client: &Client<RemoteTransport>, place: &Place, file: Option<&String>) -> Done {
    let collection = place.collection.as_deref().ok_or("expected the URL of a collection")?;
    let position = match file.map(std::fs::read_to_string) {
        Some(Ok(text)) => serde_json::from_str(&text)?,
        _ => Position::default(),
    };
    let limit = std::env::var("TAXII_LIMIT").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
    let mut poll = Poll::new(client, &place.root, collection, position, limit);
    while let Some(page) = poll.next_page().await? {
        for object in &page.objects {
            println!("{}", object.get().replace(['\n', '\r'], " "));
        }
        if let Some(file) = file {
            std::fs::write(file, serde_json::to_string(&page.position)?)?;
        }
    }
    poll.quirks().for_each(|quirk| eprintln!("the server {quirk}"));
    Ok(())
}

async fn push(client: &Client<RemoteTransport>, place: &Place) -> Done {
    let collection = place.collection.as_deref().ok_or("expected the URL of a collection")?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let objects: Result<Vec<Box<RawValue>>, _> = lines.map(serde_json::from_str).collect();
    let longest = client.api_root(&place.root).await?.max_content_length;
    let pushed = Push::new(client, &place.root, collection, longest).send(&objects?).await;
    pushed.outcomes.iter().for_each(|outcome| println!("{outcome:?}"));
    pushed.stopped.map_or(Ok(()), |error| Err(error.into()))
}
