//! Documents on their way out: the flattened copy of an artifact.
//!
//! A copy is made once per document and version of the flattener, and kept as a blob under a record
//! `flattened/<sha256 of the original>`: a partner who is sent the document twice gets the same
//! bytes, also after the node has moved to another processor. A refusal is kept likewise.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use enlace_flatten::{Code, Limits, Refusal, VERSION};
use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_store::{Batch, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError};

/// Longest time for one document. The limits of the flattener bound its work; this bounds what
/// they do not foresee.
const TIME: Duration = Duration::from_secs(120);

/// `url` of an artifact whose bytes are a blob here, before the SHA-256 in hexadecimal digits.
const URN: &str = "urn:sha256:";

/// What leaves of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// The flattened copy.
    Flat(FlatDocument),
    /// Nothing: a stable code (`flatten.…` or `document.…`), and the page at fault from 1.
    Withheld {
        /// The reason.
        code: String,
        /// The page.
        page: Option<u32>,
    },
}

/// A flattened copy, ready for a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlatDocument {
    /// The copy.
    pub bytes: Bytes,
    /// SHA-256 of the copy in lower-case hexadecimal digits: a blob here.
    pub sha256: String,
    /// Media type of the copy.
    pub mime: String,
    /// Pages of the copy.
    pub pages: u32,
    /// What was left out and how often, for the officer who releases; never for the partner.
    pub notes: Vec<(String, u32)>,
}

/// What is remembered of a document.
#[derive(Debug, Serialize, Deserialize)]
struct Flattened {
    /// [`enlace_flatten::VERSION`] that made it.
    version: String,
    /// The media type that was declared.
    declared: String,
    outcome: Outcome,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Flat { sha256: String, mime: String, pages: u32, notes: Vec<(String, u32)> },
    Withheld { code: String, page: Option<u32> },
}

impl Node {
    /// The flattened copy of the document that an `artifact` is or names.
    ///
    /// The bytes are `payload_bin`, or the blob named by `hashes` or a `urn:sha256:` URL. An
    /// artifact that is encrypted, names a place elsewhere, or is not held here is withheld.
    pub async fn flattened(&self, actor: &Actor, artifact: &Object) -> Result<Document, NodeError> {
        actor.require(Action::DryRun)?;
        if artifact.kind() != "artifact" {
            return Ok(withheld("document.not-an-artifact"));
        }
        if artifact.get("encryption_algorithm").is_some() {
            return Ok(withheld(Code::Encrypted.as_str()));
        }
        let declared = artifact.text("mime_type").unwrap_or_default();
        let Some(bytes) = self.original(artifact).await? else {
            return Ok(withheld("document.missing"));
        };
        let original = hex::encode(Sha256::digest(&bytes));
        let known = self.store.record(Bucket::FLATTENED, &original).await?;
        let known: Option<Flattened> = known.as_ref().map(record::read).transpose()?;
        if let Some(known) = known.filter(|k| k.version == VERSION && k.declared == declared)
            && let Some(document) = self.kept(known.outcome).await?
        {
            return Ok(document);
        }
        let mime = declared.to_owned();
        let work = tokio::task::spawn_blocking(move || {
            enlace_flatten::flatten(&bytes, &mime, &Limits::default())
        });
        match tokio::time::timeout(TIME, work).await {
            Ok(Ok(made)) => self.keep_flattened(&original, declared, made).await,
            // A fault or a lack of time is not remembered: it may be of the moment.
            Ok(Err(_)) => Ok(withheld(Code::Fault.as_str())),
            Err(_) => Ok(withheld(Code::Work.as_str())),
        }
    }

    /// The bytes of the original; `None` if they are not here.
    async fn original(&self, artifact: &Object) -> Result<Option<Bytes>, NodeError> {
        if let Some(payload) = artifact.text("payload_bin") {
            return Ok(STANDARD.decode(payload).ok().map(Bytes::from));
        }
        let by_url = artifact.text("url").and_then(|url| url.strip_prefix(URN));
        let hashes = artifact.get("hashes").and_then(|hashes| hashes.get("SHA-256"));
        let name = by_url.or_else(|| hashes.and_then(|hash| hash.as_str()));
        let Some(name) = name.map(str::to_ascii_lowercase) else { return Ok(None) };
        if name.len() != 64 || !name.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        Ok(self.store.blobs().get(&name).await?)
    }

    /// What was made before, if its copy is still here.
    async fn kept(&self, outcome: Outcome) -> Result<Option<Document>, NodeError> {
        Ok(match outcome {
            Outcome::Withheld { code, page } => Some(Document::Withheld { code, page }),
            Outcome::Flat { sha256, mime, pages, notes } => {
                let bytes = self.store.blobs().get(&sha256).await?;
                let flat = |bytes| FlatDocument { bytes, sha256, mime, pages, notes };
                bytes.map(|bytes| Document::Flat(flat(bytes)))
            }
        })
    }

    /// Remembers what was made; the copy is on disk before the record that names it.
    async fn keep_flattened(
        &self,
        original: &str,
        declared: &str,
        made: Result<enlace_flatten::Flat, Refusal>,
    ) -> Result<Document, NodeError> {
        let mut writes = Vec::new();
        let (document, outcome) = match made {
            Ok(flat) => {
                let notes = flat.notes.iter().map(|n| (n.code.as_str().to_owned(), n.count));
                let (notes, pages): (Vec<_>, _) = (notes.collect(), flat.pages);
                let (mime, bytes) = (flat.mime.to_owned(), Bytes::from(flat.bytes));
                let sha256 = self.store.blobs().put(bytes.clone()).await?;
                writes.push(Write::Blob { sha256: sha256.clone(), size: bytes.len() as u64 });
                let outcome = Outcome::Flat {
                    sha256: sha256.clone(),
                    mime: mime.clone(),
                    pages,
                    notes: notes.clone(),
                };
                (Document::Flat(FlatDocument { bytes, sha256, mime, pages, notes }), outcome)
            }
            Err(Refusal { code: Code::Fault, page }) => {
                let code = Code::Fault.as_str().to_owned();
                return Ok(Document::Withheld { code, page });
            }
            Err(refusal) => {
                let (code, page) = (refusal.code.as_str().to_owned(), refusal.page);
                (Document::Withheld { code: code.clone(), page }, Outcome::Withheld { code, page })
            }
        };
        let (version, declared) = (VERSION.to_owned(), declared.to_owned());
        let body = Flattened { version, declared, outcome };
        writes.push(record::put(Bucket::FLATTENED, original, &body, None)?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(document)
    }
}

fn withheld(code: &str) -> Document {
    Document::Withheld { code: code.to_owned(), page: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Init;
    use enlace_stix::sco_id;
    use serde_json::{Map, Value, json};

    /// One white pixel with a comment.
    const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xfe\x07Canario\0,\0\0\0\0\
                         \x01\0\x01\0\0\x02\x02D\x01\0;";

    async fn node(home: &tempfile::TempDir) -> Node {
        let init = Init { name: "Agencia".into(), country: "EC".into(), unit: None };
        Node::init(&home.path().join("node"), &init).await.unwrap()
    }

    fn artifact(properties: Value) -> Object {
        let Value::Object(mut body) = properties else { panic!("an object") };
        let id = sco_id("artifact", &body).map_or_else(
            || "artifact--ba0b2a1c-1a2b-4c3d-8e4f-5a6b7c8d9e0f".into(),
            |id| id.to_string(),
        );
        body.insert("type".into(), json!("artifact"));
        body.insert("spec_version".into(), json!("2.1"));
        body.insert("id".into(), json!(id));
        Object::from_view(body.into_iter().collect::<Map<_, _>>()).unwrap()
    }

    async fn run(node: &Node, properties: Value) -> Document {
        node.flattened(&Actor::console(), &artifact(properties)).await.unwrap()
    }

    fn flat(document: Document) -> FlatDocument {
        match document {
            Document::Flat(flat) => flat,
            Document::Withheld { code, .. } => panic!("withheld: {code}"),
        }
    }

    fn code(document: Document) -> String {
        match document {
            Document::Flat(_) => panic!("not withheld"),
            Document::Withheld { code, .. } => code,
        }
    }

    #[tokio::test]
    async fn the_copy_of_an_artifact_is_made_once_and_kept() {
        let home = tempfile::tempdir().unwrap();
        let node = node(&home).await;
        let payload = json!({"mime_type": "image/gif", "payload_bin": STANDARD.encode(GIF)});
        let first = flat(run(&node, payload.clone()).await);
        assert_eq!(first.mime, "image/png");
        assert!(!first.bytes.windows(7).any(|window| window == b"Canario"));
        assert_eq!(node.store.blobs().get(&first.sha256).await.unwrap(), Some(first.bytes.clone()));
        let original = hex::encode(Sha256::digest(GIF));
        let kept = node.store.record(Bucket::FLATTENED, &original).await.unwrap().unwrap();
        assert_eq!(flat(run(&node, payload.clone()).await), first);
        // The second answer was the kept one: nothing was written.
        let again = node.store.record(Bucket::FLATTENED, &original).await.unwrap().unwrap();
        assert_eq!(again.revision, kept.revision);
        // The same bytes by their hash, as a blob.
        let hash = node.store.blobs().put(GIF).await.unwrap();
        for named in [
            json!({"mime_type": "image/gif", "url": format!("urn:sha256:{hash}"), "hashes": {"SHA-256": &hash}}),
            json!({"mime_type": "image/gif", "url": "https://x.example/a", "hashes": {"SHA-256": hash.to_uppercase()}}),
        ] {
            assert_eq!(flat(run(&node, named).await), first);
        }
        // Declared otherwise, it is another document.
        let other = json!({"mime_type": "image/png", "payload_bin": STANDARD.encode(GIF)});
        assert_eq!(code(run(&node, other).await), "flatten.type-mismatch");
    }

    #[tokio::test]
    async fn what_is_not_here_or_encrypted_is_withheld() {
        let home = tempfile::tempdir().unwrap();
        let node = node(&home).await;
        let hashes = json!({"SHA-256": "0".repeat(64)});
        let elsewhere =
            json!({"mime_type": "image/gif", "url": "https://x.example/a", "hashes": hashes});
        assert_eq!(code(run(&node, elsewhere).await), "document.missing");
        let broken = json!({"mime_type": "image/gif", "url": "urn:sha256:../../etc", "hashes": {"SHA-256": "x"}});
        assert_eq!(code(run(&node, broken).await), "document.missing");
        let encrypted = json!({"mime_type": "image/gif", "payload_bin": STANDARD.encode(GIF),
                               "encryption_algorithm": "AES-256-GCM"});
        assert_eq!(code(run(&node, encrypted).await), "flatten.encrypted");
    }
}
