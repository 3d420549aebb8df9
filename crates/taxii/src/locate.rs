//! What the address is that somebody was given: discovery, API root or collection, in 2.1 or 2.0.

use http::header;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Client, read};
use crate::client_error::ClientError;
use crate::media_type::{self, MEDIA_TYPE};
use crate::server::DISCOVERY;
use crate::transport::{Response, Transport};
use crate::types::{ApiRoot, Collection, Collections, Discovery};

/// Where TAXII 2.0 has its discovery, and what it answers with.
const DISCOVERY_2_0: &str = "/taxii/";
const MEDIA_TYPE_2_0: &str = "application/vnd.oasis.taxii+json; version=2.0";

/// What an address of a server leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path of the API root.
    pub root: String,
    /// Paths of all API roots on this server, if the address was that of a discovery.
    pub roots: Vec<String>,
    /// The collection, if the address was that of one.
    pub collection: Option<String>,
}

impl<T: Transport> Client<T> {
    /// Finds what is at a path: a discovery, an API root, its collections, or one of them. An
    /// empty path is where discovery usually is.
    ///
    /// A server that speaks 2.0 only is told from one that is not there.
    pub async fn locate(&self, path: &str) -> Result<Place, ClientError> {
        let path = match path {
            "" | "/" => DISCOVERY.to_owned(),
            // Without the slash at the end some servers answer 404 and some redirect.
            path => format!("{}/", path.trim_end_matches('/')),
        };
        let answer = self.get_as(&path, MEDIA_TYPE).await?;
        let answer = match self.judged(answer) {
            Ok(answer) => answer,
            // OpenTAXII 0.9.3 fails on its collections and serves what is below them.
            Err(error) => match named(&path).filter(|_| error.refusal() == Some(500)) {
                Some(place) => return Ok(place),
                None => return Err(self.explained(&path, error).await),
            },
        };
        self.place(&path, &answer)
    }

    fn place(&self, path: &str, answer: &Response) -> Result<Place, ClientError> {
        let value: Value = read(&answer.body, "TAXII resource")?;
        let has = |name: &str| value.get(name).is_some();
        let below = |end: &str| path.strip_suffix('/').and_then(|p| p.strip_suffix(end));
        if has("api_roots") || has("default") {
            let discovery: Discovery = resource(&value, "discovery resource")?;
            return self.place_of(&discovery);
        }
        if has("max_content_length") || has("versions") {
            let _: ApiRoot = resource(&value, "API root")?;
            return Ok(Place { root: path.to_owned(), roots: Vec::new(), collection: None });
        }
        if has("can_read") || has("can_write") {
            let found: Collection = resource(&value, "collection")?;
            if let Some((root, _)) = path.rsplit_once("collections/") {
                return Ok(place(root, Some(found.id)));
            }
        }
        // An empty list has no member at all.
        if has("collections") || below("/collections").is_some() {
            let _: Collections = resource(&value, "list of collections")?;
            if let Some(root) = below("/collections") {
                return Ok(place(&format!("{root}/"), None));
            }
        }
        let envelope = below("/objects").or_else(|| below("/manifest"));
        if let Some((root, id)) = envelope.and_then(|path| path.rsplit_once("/collections/")) {
            return Ok(place(&format!("{root}/"), Some(id.to_owned())));
        }
        Err(ClientError::NothingThere { path: path.to_owned(), status: answer.status })
    }

    fn place_of(&self, discovery: &Discovery) -> Result<Place, ClientError> {
        let mut roots: Vec<String> =
            discovery.api_roots.iter().filter_map(|url| self.local_path(url)).collect();
        let root = self.root_path(discovery)?;
        if !roots.contains(&root) {
            roots.insert(0, root.clone());
        }
        Ok(Place { root, roots, collection: None })
    }

    /// The error of a refusal, or what it means: a server that only speaks 2.0 answers 404 where
    /// 2.1 has its discovery, or 406, and shows itself when it is asked in its own words.
    async fn explained(&self, path: &str, error: ClientError) -> ClientError {
        let ClientError::Status { status: status @ (404 | 406 | 415), .. } = error else {
            return error;
        };
        for path in [path, DISCOVERY_2_0] {
            let asked = self.get_as(path, MEDIA_TYPE_2_0).await;
            if asked.is_ok_and(|answer| answer.status == 200 && is_2_0(&answer)) {
                return ClientError::Taxii20;
            }
        }
        ClientError::NothingThere { path: path.to_owned(), status }
    }
}

/// The collection that a path names by its form.
fn named(path: &str) -> Option<Place> {
    let (root, below) = path.rsplit_once("/collections/")?;
    let id = below.split('/').next().filter(|id| !id.is_empty())?;
    Some(place(&format!("{root}/"), Some(id.to_owned())))
}

fn place(root: &str, collection: Option<String>) -> Place {
    Place { root: root.to_owned(), roots: Vec::new(), collection }
}

fn is_2_0(answer: &Response) -> bool {
    let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(media_type::is_taxii_2_0)
}

fn resource<R: DeserializeOwned>(value: &Value, resource: &'static str) -> Result<R, ClientError> {
    R::deserialize(value).map_err(|e| ClientError::Malformed { resource, reason: e.to_string() })
}
